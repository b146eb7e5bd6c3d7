//! How bytes of unknown origin begin: every link type that packets are
//! commonly pasted with is tried, and the one wins whose headers prove most,
//! by a checksum that holds, by lengths that fit, or at least by their form.

use super::{ChecksumVerdict, Packet, Protocol, StopReason, decode};
use crate::capture::{Frame, LinkType};

/// A link type and what speaks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guess {
    /// How the bytes are best read.
    pub link_type: LinkType,
    /// The first header behind the link's own, and its offset in bytes: what
    /// the proof is about.
    pub network: Option<(Protocol, u32)>,
    /// The strongest sign.
    pub because: Because,
}

impl Guess {
    /// Whether the bytes themselves show that they are a packet: random ones
    /// and text hardly ever do.
    #[must_use]
    pub fn is_telling(&self) -> bool {
        match self.because {
            Because::HeaderChecksum
            | Because::TransportChecksum
            | Because::Length
            | Because::Arp => true,
            Because::Header | Because::EtherType => {
                self.link_type == LinkType::ETHERNET && self.network.is_some()
            }
            Because::Nothing => false,
        }
    }
}

/// What speaks for a guess, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Because {
    /// An IPv4 header stands there, and its checksum holds.
    HeaderChecksum,
    /// An IP header stands there, and the checksum of what it carries holds.
    TransportChecksum,
    /// An IP header stands there, and its length is that of the packet.
    Length,
    /// An ARP message stands there, of the form that Ethernet and IPv4 have.
    Arp,
    /// A header stands there, and nothing in it speaks against that.
    Header,
    /// The EtherType is one that is known, though what follows is not as it
    /// should be.
    EtherType,
    /// Nothing speaks for it, but most packets are Ethernet.
    Nothing,
}

impl Because {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HeaderChecksum => "header_checksum",
            Self::TransportChecksum => "transport_checksum",
            Self::Length => "length",
            Self::Arp => "arp",
            Self::Header => "header",
            Self::EtherType => "ether_type",
            Self::Nothing => "nothing",
        }
    }
}

/// What is tried, the commonest first: of equals, the first wins.
const CANDIDATES: [LinkType; 8] = [
    LinkType::ETHERNET,
    LinkType::RAW,
    LinkType::LINUX_SLL2,
    LinkType::LINUX_SLL,
    LinkType::NULL,
    LinkType::ARP,
    LinkType::PPP,
    LinkType::C_HDLC,
];

/// Guesses how a packet's bytes begin.
#[must_use]
pub fn guess(bytes: &[u8]) -> Guess {
    let guesses = CANDIDATES.iter().map(|&link_type| of(link_type, bytes));
    // The least reason is the strongest; the first of equals stays.
    let best = guesses.min_by_key(|guess| guess.because);
    best.unwrap_or(Guess {
        link_type: LinkType::ETHERNET,
        network: None,
        because: Because::Nothing,
    })
}

fn of(link_type: LinkType, bytes: &[u8]) -> Guess {
    let packet = decode(Frame::alone(link_type, bytes));
    let network = packet.layers.iter().position(|layer| {
        matches!(
            layer.protocol,
            Protocol::Ipv4 | Protocol::Ipv6 | Protocol::Arp
        )
    });
    let because = match network {
        _ if !is_plausible(&packet) => Because::Nothing,
        Some(index) => proof(&packet, index),
        None if is_known_ether_type(&packet) => Because::EtherType,
        None => Because::Nothing,
    };
    let layer = network.and_then(|index| packet.layers.get(index));
    Guess {
        link_type,
        network: layer.map(|layer| (layer.protocol, layer.offset)),
        because,
    }
}

/// What speaks for the network header, which is this layer.
fn proof(packet: &Packet<'_>, index: usize) -> Because {
    let mut strongest = Because::EtherType;
    for checksum in &packet.checksums {
        let good = checksum.verdict == ChecksumVerdict::Good;
        if good && usize::from(checksum.layer) == index {
            return Because::HeaderChecksum;
        }
        if good && usize::from(checksum.layer) > index {
            strongest = Because::TransportChecksum;
        }
    }
    let protocol = packet.layers.get(index).map(|layer| layer.protocol);
    let damaged = packet.stop.is_some();
    let by_form = match protocol {
        _ if damaged => Because::EtherType,
        Some(Protocol::Arp) => Because::Arp,
        _ if packet.payload.padding == 0 => Because::Length,
        _ => Because::Header,
    };
    strongest.min(by_form)
}

/// Whether the link's own header is one that could be: its fields are free
/// enough to find one anywhere.
fn is_plausible(packet: &Packet<'_>) -> bool {
    let bytes = packet.frame.bytes;
    match packet.frame.link_type {
        // Packet type up to 4, an address of at most 8 bytes.
        LinkType::LINUX_SLL => matches!(bytes, [0, 0..=4, _, _, 0, 0..=8, ..]),
        // Reserved zeros.
        LinkType::LINUX_SLL2 => matches!(bytes, [_, _, 0, 0, _, _, _, _, _, _, 0..=4, 0..=8, ..]),
        // Hardware type, protocol and address lengths of Ethernet and IPv4.
        LinkType::ARP => matches!(bytes, [0, 1, 8, 0, 6, 4, 0, _, ..]),
        LinkType::PPP => matches!(bytes, [0xff, 3, ..]),
        LinkType::C_HDLC => matches!(bytes, [0x0f | 0x8f, 0, ..]),
        _ => true,
    }
}

/// Whether an Ethernet header names a protocol that could not be read on.
fn is_known_ether_type(packet: &Packet<'_>) -> bool {
    let stopped_behind = packet.stop.is_some_and(|stop| {
        stop.protocol != Protocol::Ethernet
            && !matches!(stop.reason, StopReason::UnknownLinkType(_))
    });
    let ethernet = packet.frame.link_type == LinkType::ETHERNET;
    ethernet && (packet.layers.len() > 1 || stopped_behind)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::capture::{ReadOptions, Reader};

    /// Packet 10 of `samples/pet-collar.pcap`.
    const LOCATION: &[u8] = b"\x02\x00\x00\x00\x0a\x02\x02\x00\x00\x00\x0a\x01\x08\x00\
        \x45\x00\x00\x30\xee\xe8\x40\x00\x40\x06\x37\xdd\x0a\x00\x00\x01\x0a\x00\x00\x02\
        \x0d\xf4\x0b\xb9\xbe\x7f\x18\x71\x06\x7d\x33\xef\x50\x18\x00\x3f\xbc\xd0\x00\x00location";

    fn behind(header: &[u8]) -> Guess {
        let mut bytes = header.to_vec();
        bytes.extend_from_slice(&LOCATION[14..]);
        guess(&bytes)
    }

    #[test]
    fn ethernet_by_the_checksum_of_the_ip_header_behind_it() {
        let guess = guess(LOCATION);
        assert_eq!(guess.link_type, LinkType::ETHERNET);
        assert_eq!(guess.network, Some((Protocol::Ipv4, 14)));
        assert_eq!(guess.because, Because::HeaderChecksum);
    }

    #[test]
    fn raw_ip_and_the_headers_that_it_may_have() {
        assert_eq!(behind(&[]).link_type, LinkType::RAW);
        assert_eq!(behind(&[2, 0, 0, 0]).link_type, LinkType::NULL);
        assert_eq!(behind(&[0, 0, 0, 2]).link_type, LinkType::NULL);
        let cooked = [0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 10, 1, 0, 0, 8, 0];
        assert_eq!(behind(&cooked).link_type, LinkType::LINUX_SLL);
        let cooked = [8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 4, 6, 2, 0, 0, 0, 10, 1, 0, 0];
        assert_eq!(behind(&cooked).link_type, LinkType::LINUX_SLL2);
        assert_eq!(behind(&[0xff, 3, 0, 0x21]).link_type, LinkType::PPP);
    }

    #[test]
    fn a_wrong_header_checksum_leaves_the_others_to_tell() {
        let mut bytes = LOCATION.to_vec();
        bytes[24] ^= 1;
        let guess = guess(&bytes);
        assert_eq!(guess.link_type, LinkType::ETHERNET);
        assert_eq!(guess.because, Because::TransportChecksum);
    }

    #[test]
    fn arp_with_and_without_its_ethernet_header() {
        let arp =
            b"\0\x01\x08\0\x06\x04\0\x01\x02\0\0\0\x0a\x02\x0a\0\0\x02\0\0\0\0\0\0\x0a\0\0\x01";
        assert_eq!(guess(arp).link_type, LinkType::ARP);
        let mut frame = LOCATION[..12].to_vec();
        frame.extend([8, 6]);
        frame.extend(arp);
        let guess = guess(&frame);
        assert_eq!(
            (guess.link_type, guess.because),
            (LinkType::ETHERNET, Because::Arp)
        );
        assert_eq!(guess.network, Some((Protocol::Arp, 14)));
    }

    #[test]
    fn what_proves_nothing_is_ethernet() {
        let guess = guess(&[1, 2, 3]);
        assert_eq!(
            (guess.link_type, guess.because),
            (LinkType::ETHERNET, Because::Nothing)
        );
    }

    #[test]
    fn every_sample_is_guessed_as_its_file_says() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/samples");
        let mut wrong = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "pcap") {
                continue;
            }
            let mut reader =
                Reader::open(std::slice::from_ref(&path), ReadOptions::default()).unwrap();
            while let Some(frame) = reader.next().unwrap() {
                let guess = guess(frame.bytes);
                if guess.link_type != frame.link_type {
                    wrong.push(format!("{}: {}: {guess:?}", path.display(), frame.number));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn the_pasted_frame_is_guessed_alike_from_every_format() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/paste");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            let pasted = crate::capture::pasted::parse(&text);
            let guess = guess(&pasted.packets[0].bytes);
            let expected = match pasted.packets[0].bytes.len() {
                48 => (LinkType::RAW, Some((Protocol::Ipv4, 0))),
                _ => (LinkType::ETHERNET, Some((Protocol::Ipv4, 14))),
            };
            assert_eq!((guess.link_type, guess.network), expected, "{path:?}");
            assert_eq!(guess.because, Because::HeaderChecksum, "{path:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_get_a_guess(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let guess = guess(&bytes);
            prop_assert!(CANDIDATES.contains(&guess.link_type));
        }
    }
}
