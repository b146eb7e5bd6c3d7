//! Finds the format of a file by its first bytes, and what to say of one that
//! has none of ours.

use std::ops::Range;

use super::Interfaces;
use super::error::{Advice, Fault, Place};
use super::pcap_file::{Magic, PcapFile};
use super::pcapng_file::{self, Described, PcapngFile, is_pcapng};
use super::pcapng_interface::{Drops, Interface};
use super::record::Record;
use super::stream::{Compression, Stream};

/// A file whose header was read.
#[derive(Debug)]
pub(super) enum Format {
    Pcap(PcapFile),
    Pcapng(PcapngFile),
}

/// What a file has said up to one of its packets.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// Nothing but its header.
    Pcap,
    Pcapng(pcapng_file::State),
}

impl State {
    /// Which of the interfaces that are described belong to the packet's section.
    pub(super) fn interfaces(&self) -> Range<usize> {
        match self {
            Self::Pcap => 0..0,
            Self::Pcapng(state) => state.interfaces(),
        }
    }
}

impl Format {
    /// Recognises the format and reads the header.
    pub(super) fn open(stream: &mut Stream) -> Result<Self, Fault> {
        let had = stream.require(4)?;
        let head = stream.available_bytes();
        if is_pcapng(head) {
            return PcapngFile::open(stream).map(Self::Pcapng);
        }
        if let Some(magic) = Magic::of(head) {
            return PcapFile::open(magic, stream).map(Self::Pcap);
        }
        if had == 0 {
            return Err(Fault::Empty);
        }
        // A little more helps to tell what it is; no capture begins like this.
        stream.require(RECOGNISED)?;
        let (found, advice) = looks_like(stream.available_bytes());
        Err(Fault::UnknownFormat(found, advice))
    }

    /// The next packet, or `None` at the end.
    pub(super) fn next(&mut self, stream: &mut Stream) -> Result<Option<Record>, Fault> {
        match self {
            Self::Pcap(file) => file.next(stream),
            Self::Pcapng(file) => file.next(stream),
        }
    }

    /// Takes every packet that needs no reading and nothing else but looking at
    /// one record; not the end, and nothing that anything is wrong with.
    pub(super) fn all_in_hand(&self, stream: &mut Stream, to: impl FnMut(Record)) {
        match self {
            Self::Pcap(file) => file.all_in_hand(stream, to),
            Self::Pcapng(_) => {}
        }
    }

    /// The place where the record or block begins that [`Format::next`] found a
    /// fault in, and what it holds.
    pub(super) fn position(&self, stream: &Stream) -> (u64, Place) {
        match self {
            Self::Pcap(_) => (stream.offset(), Place::Packet),
            Self::Pcapng(file) => file.position(),
        }
    }

    /// The place where the record or block begins of the packet that was taken last.
    pub(super) fn start_of(&self, stream: &Stream, record: &Record) -> u64 {
        match self {
            Self::Pcap(file) => stream.offset() - file.length_of(record),
            Self::Pcapng(file) => file.position().0,
        }
    }

    /// What the file has said; interfaces that are not described yet are added to
    /// those that are. `None` where these would become too many.
    pub(super) fn state(&self, described: &mut Described) -> Option<State> {
        match self {
            Self::Pcap(_) => Some(State::Pcap),
            Self::Pcapng(file) => file.state(described).map(State::Pcapng),
        }
    }

    /// Goes on where the file has said this, with the interfaces of that section.
    pub(super) fn resume(&mut self, state: &State, interfaces: Vec<Interface>) {
        if let (Self::Pcapng(file), State::Pcapng(state)) = (self, state) {
            file.resume(state, interfaces);
        }
    }

    /// How many interfaces were described so far.
    pub(super) fn interface_count(&self) -> u32 {
        match self {
            Self::Pcap(_) => 1,
            Self::Pcapng(file) => file.interface_count(),
        }
    }

    /// Tells of the interfaces that packets can come from now, from this number
    /// on.
    pub(super) fn tell_interfaces(&self, file: u32, from: u32, to: &Interfaces) {
        match self {
            Self::Pcap(pcap) => {
                let only = (0, pcap.interface(), Drops::default());
                to.learn(file, std::iter::once(only));
            }
            Self::Pcapng(pcapng) => to.learn(file, pcapng.interfaces(from)),
        }
    }

    /// The format's name.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Pcap(_) => "pcap",
            Self::Pcapng(_) => "pcapng",
        }
    }

    /// What the recorder says it lost.
    pub(super) fn drops(&self) -> Drops {
        match self {
            Self::Pcap(_) => Drops::default(),
            Self::Pcapng(file) => file.drops(),
        }
    }
}

/// Whether bytes begin like a capture, or like what one may be compressed in.
pub(super) fn is_capture(head: &[u8]) -> bool {
    is_pcapng(head) || Magic::of(head).is_some() || Compression::of(head).is_some()
}

/// Bytes that are looked at.
const RECOGNISED: usize = 64;

impl Advice {
    fn text(self) -> String {
        match self {
            Self::Convert => "convert it with 'editcap FILE NEW.pcapng' and read that".to_owned(),
            Self::Unpack => "unpack it and read what is inside".to_owned(),
            Self::UnpackWith(tool) => {
                format!("unpack it with '{tool}' and read what is inside")
            }
            Self::FromDump => {
                "convert it with 'text2pcap FILE NEW.pcapng' and read that".to_owned()
            }
            Self::SavePackets => "an export as text no longer holds the packets, save the capture \
                                  itself (tcpdump -w, tshark -w, or Save As in Wireshark)"
                .to_owned(),
        }
    }
}

/// What a file of no known format begins with, its name, and what to do.
const OTHERS: &[(&[u8], &str, Advice)] = &[
    (b"snoop\0\0\0", "a snoop capture", Advice::Convert),
    (
        b"btsnoop\0",
        "a btsnoop capture (Bluetooth)",
        Advice::Convert,
    ),
    (
        b"RTSS",
        "a capture of Microsoft Network Monitor 1",
        Advice::Convert,
    ),
    (
        b"GMBU",
        "a capture of Microsoft Network Monitor 2",
        Advice::Convert,
    ),
    (
        b"TRSNIFF data    \x1a",
        "a Sniffer capture",
        Advice::Convert,
    ),
    (
        b"XCP\0",
        "a NetXray or Windows Sniffer capture",
        Advice::Convert,
    ),
    (b"iptrace ", "an AIX iptrace capture", Advice::Convert),
    (
        b"ObserverPktBufferVersion",
        "a Network Instruments Observer capture",
        Advice::Convert,
    ),
    (
        b"\x1c\x00\x01\xac",
        "an IXIA hardware capture",
        Advice::Convert,
    ),
    (
        b"\xac\x01\x00\x1c",
        "an IXIA hardware capture",
        Advice::Convert,
    ),
    (
        b"\x1f\x8b",
        "gzip data inside compressed data",
        Advice::Unpack,
    ),
    (
        b"\x28\xb5\x2f\xfd",
        "zstd data inside compressed data",
        Advice::Unpack,
    ),
    (b"\xfd7zXZ\0", "xz data", Advice::UnpackWith("xz -d")),
    (b"BZh", "bzip2 data", Advice::UnpackWith("bzip2 -d")),
    (
        b"\x04\x22\x4d\x18",
        "lz4 data",
        Advice::UnpackWith("lz4 -d"),
    ),
    (b"\x1f\x9d", "compress data", Advice::UnpackWith("gzip -d")),
    (b"PK\x03\x04", "a zip archive", Advice::Unpack),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", Advice::Unpack),
    (b"<?xml", "XML (perhaps a PDML export)", Advice::SavePackets),
    (b"<pdml", "a PDML export", Advice::SavePackets),
    (b"\"No.\"", "a CSV export of Wireshark", Advice::SavePackets),
    (b"No. ", "a text export of Wireshark", Advice::SavePackets),
    (
        b"Frame 1",
        "a text export of Wireshark or tshark",
        Advice::SavePackets,
    ),
];

fn looks_like(bytes: &[u8]) -> (String, Advice) {
    let head = bytes.get(..bytes.len().min(RECOGNISED)).unwrap_or_default();
    for (magic, what, advice) in OTHERS {
        if head.starts_with(magic) {
            return (format!("it begins like {what}; {}", advice.text()), *advice);
        }
    }
    let shown = head.get(..head.len().min(16)).unwrap_or_default();
    let is_text = head
        .iter()
        .all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~') || *byte >= 0x80);
    if is_text && std::str::from_utf8(shown).is_ok() {
        return text_looks_like(head, shown);
    }
    let hex: Vec<String> = shown.iter().map(|byte| format!("{byte:02x}")).collect();
    let said = format!(
        "it begins with the bytes {}, which no capture format known here does; if it is a capture, {}",
        hex.join(" "),
        Advice::Convert.text()
    );
    (said, Advice::Convert)
}

fn text_looks_like(head: &[u8], shown: &[u8]) -> (String, Advice) {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut words = line
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    let begins = String::from_utf8_lossy(shown);
    let is_offset = matches!(
        first,
        b"0000" | b"00000" | b"000000" | b"00000000" | b"0x0000:"
    );
    if is_offset && second.iter().all(u8::is_ascii_hexdigit) {
        let advice = Advice::FromDump;
        let said = format!(
            "it begins with {begins:?}, like a hex dump; {}",
            advice.text()
        );
        return (said, advice);
    }
    let advice = Advice::SavePackets;
    let said = format!(
        "it begins with {begins:?}, which is text; {}",
        advice.text()
    );
    (said, advice)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::build::{Order, enhanced_packet, interface, pcap, read_all, section};
    use super::*;

    fn found(bytes: &[u8]) -> String {
        match read_all(bytes) {
            (_, Some(Fault::UnknownFormat(found, _))) => found,
            (_, fault) => panic!("{fault:?}"),
        }
    }

    #[test]
    fn other_captures_are_named_with_the_way_to_convert_them() {
        let snoop = found(b"snoop\0\0\0\0\0\0\x02");
        assert!(
            snoop.contains("snoop") && snoop.contains("editcap"),
            "{snoop}"
        );
        let netmon = found(b"GMBU\0\x02");
        assert!(netmon.contains("Network Monitor"), "{netmon}");
        assert!(found(b"BZh91AY").contains("bzip2 -d"));
    }

    #[test]
    fn text_is_shown_and_told_to_be_text() {
        let message = found(b"    1   0.000000    10.0.0.1 -> 10.0.0.2");
        assert!(message.contains("which is text"), "{message}");
        assert!(message.contains("tcpdump -w"), "{message}");
        let dump = found(b"0000  02 42 0a 00 00 02 02 42\n");
        assert!(dump.contains("text2pcap"), "{dump}");
    }

    #[test]
    fn anything_else_is_shown_in_hex() {
        assert!(found(&[0, 1, 2, 0xff]).contains("00 01 02 ff"));
        assert!(found(&[0]).contains("bytes 00"));
    }

    #[test]
    fn nothing_is_an_empty_file_compressed_or_not() {
        assert!(matches!(read_all([]), (_, Some(Fault::Empty))));
        let packed = zstd::encode_all(&b""[..], 1).unwrap();
        assert!(matches!(read_all(packed), (_, Some(Fault::Empty))));
    }

    fn valid() -> impl Strategy<Value = Vec<u8>> {
        let order = prop_oneof![Just(Order::Little), Just(Order::Big)];
        let comment: &[(u16, &[u8])] = &[(1, b"comment")];
        let pcapng = order.prop_map(move |order| {
            [
                section(order),
                interface(order, 1, 0, &[(9, &[9])]),
                enhanced_packet(order, 0, 1, b"first packet", &[]),
                enhanced_packet(order, 0, 2, b"second", comment),
            ]
            .concat()
        });
        let pcap = Just(pcap(1, &[b"first packet", b"second", b""]));
        let plain = prop_oneof![pcap, pcapng].boxed();
        let packed = plain
            .clone()
            .prop_map(|file| zstd::encode_all(&file[..], 1).unwrap());
        prop_oneof![3 => plain, 1 => packed]
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_behind_a_magic_end_in_packets_or_a_fault(
            magic in prop::sample::select(vec![
                &b""[..], b"\xd4\xc3\xb2\xa1\x02\0\x04\0", b"\xa1\xb2\x3c\x4d\0\x02\0\x03",
                b"\x0a\x0d\x0d\x0a", b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0",
                b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd",
            ]),
            bytes in prop::collection::vec(any::<u8>(), 0..600),
        ) {
            let length = bytes.len();
            let (seen, _) = read_all([magic, &bytes].concat());
            if !magic.starts_with(b"\x1f") && !magic.starts_with(b"\x28") {
                prop_assert!(seen.len() <= length / 12);
            }
        }

        #[test]
        fn a_damaged_or_cut_capture_ends_in_packets_or_a_fault(
            mut file in valid(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            cut in any::<prop::sample::Index>(),
        ) {
            for (at, value) in damage {
                let at = at.index(file.len());
                file[at] = value;
            }
            file.truncate(cut.index(file.len() + 1));
            let (seen, _) = read_all(file);
            prop_assert!(seen.len() <= 4);
            for packet in seen {
                prop_assert!(packet.original_length as usize >= packet.bytes.len());
            }
        }
    }
}
