//! A capture filter in libpcap's grammar (pcap-filter(7)), compiled for each
//! link type when its first packet comes, and run over packets with `len`
//! meaning the length on the wire.

use std::io::{self, Write};
use std::os::fd::AsRawFd;

use pcap::{Activated, BpfProgram, Capture, Linktype, Offline};

use super::LinkType;
use super::bpf::{self, Instruction};
use super::error::CaptureError;
use super::filter_place::FilterPlace;

/// What is tried before a filter is called wrong: one that is right for any
/// of these may be right for the file.
const COMMON_LINK_TYPES: [LinkType; 10] = [
    LinkType::ETHERNET,
    LinkType::RAW,
    LinkType::LINUX_SLL,
    LinkType::LINUX_SLL2,
    LinkType::NULL,
    // PPP, IEEE 802.11, the same with radiotap, IP over ATM, MTP2.
    LinkType(9),
    LinkType(105),
    LinkType(127),
    LinkType(123),
    LinkType(140),
];

/// A filter that at least one common link type can be filtered with.
#[derive(Debug)]
pub(super) struct Filter {
    expression: String,
    /// One program for each kind of packet seen; `None` where the filter cannot
    /// be compiled.
    programs: Vec<(Beginning, Option<Vec<Instruction>>)>,
}

/// What a program depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beginning {
    link_type: LinkType,
    /// BSD loopback begins with four bytes in the order of the machine that
    /// captured it.
    big_endian: bool,
}

impl Beginning {
    pub(super) fn of(link_type: LinkType, packet: &[u8]) -> Self {
        Self {
            link_type,
            // Address families are small numbers.
            big_endian: link_type == LinkType::NULL && packet.starts_with(&[0, 0]),
        }
    }
}

/// Whether a filter that no packet can pass is an error, as in tcpdump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Impossible {
    Refused,
    Compiled,
}

impl Filter {
    /// Checks the grammar.
    ///
    /// # Errors
    /// [`CaptureError::Filter`] with libpcap's message.
    pub(super) fn new(expression: String) -> Result<Self, CaptureError> {
        let mut first_error = None;
        for link_type in COMMON_LINK_TYPES {
            let beginning = Beginning::of(link_type, &[]);
            match compile(&expression, beginning, Impossible::Refused) {
                Ok(_) => {
                    return Ok(Self {
                        expression,
                        programs: Vec::new(),
                    });
                }
                // What contradicts itself on Ethernet does so everywhere, even
                // where the optimizer is not clever enough to see it.
                Err(error) if first_error.is_none() && is_impossible(&error) => {
                    first_error = Some(error);
                    break;
                }
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        let source = first_error.unwrap_or(pcap::Error::InvalidLinktype);
        Err(CaptureError::Filter {
            place: place(&expression, &source),
            expression,
            source,
        })
    }

    /// The filter as it was given.
    pub(super) fn expression(&self) -> &str {
        &self.expression
    }

    /// Whether a packet passes.
    ///
    /// # Errors
    /// libpcap's, once for each link type that it cannot compile the filter
    /// for; further packets of that link type do not pass.
    pub(super) fn passes(
        &mut self,
        link_type: LinkType,
        packet: &[u8],
        original_length: u32,
    ) -> Result<bool, pcap::Error> {
        let beginning = Beginning::of(link_type, packet);
        let known = self.programs.iter().find(|(known, _)| *known == beginning);
        let program = match known {
            Some((_, program)) => program,
            None => self.add(beginning)?,
        };
        Ok(program
            .as_ref()
            .is_some_and(|program| bpf::passes(program, packet, original_length)))
    }

    fn add(&mut self, beginning: Beginning) -> Result<&Option<Vec<Instruction>>, pcap::Error> {
        // `arp` lets no packet of raw IP pass: that is an answer, not an error.
        let compiled = compile(&self.expression, beginning, Impossible::Compiled);
        let (program, error) = match compiled {
            Ok(program) => (Some(program), None),
            Err(error) => (None, Some(error)),
        };
        self.programs.push((beginning, program));
        match (error, self.programs.last()) {
            (None, Some((_, program))) => Ok(program),
            (error, _) => Err(error.unwrap_or(pcap::Error::InvalidLinktype)),
        }
    }
}

pub(super) fn compile(
    expression: &str,
    beginning: Beginning,
    impossible: Impossible,
) -> Result<Vec<Instruction>, pcap::Error> {
    let program = match saved_file(beginning) {
        Ok(handle) => compile_for(&handle, expression, impossible),
        // A program compiled without /dev/fd is equal in all but BSD loopback
        // and `inbound`.
        Err(_) => {
            let handle = Capture::dead(Linktype(dlt(beginning.link_type)))?;
            compile_for(&handle, expression, impossible)
        }
    }?;
    program
        .get_instructions()
        .iter()
        .map(|instruction| instruction_of(&instruction.to_string()))
        .collect::<Option<_>>()
        .ok_or(pcap::Error::InvalidString)
}

/// Where a filter is wrong that was refused.
pub(super) fn place(expression: &str, refused: &pcap::Error) -> FilterPlace {
    let ethernet = Beginning::of(LinkType::ETHERNET, &[]);
    FilterPlace::of(expression, &refused.to_string(), |beginning| {
        compile(beginning, ethernet, Impossible::Compiled).is_ok()
    })
}

fn compile_for<T: Activated>(
    handle: &Capture<T>,
    expression: &str,
    impossible: Impossible,
) -> Result<BpfProgram, pcap::Error> {
    match handle.compile(expression, true) {
        // Only the optimizer sees that a program always says no.
        Err(error) if impossible == Impossible::Compiled && is_impossible(&error) => {
            handle.compile(expression, false)
        }
        result => result,
    }
}

fn is_impossible(error: &pcap::Error) -> bool {
    matches!(error, pcap::Error::PcapError(message) if message.contains("rejects all packets"))
}

/// A handle on a capture file that holds nothing but its header, written into
/// a pipe. libpcap compiles for saved files otherwise than for interfaces: the
/// address families of BSD loopback are those of any system, not of this one,
/// and what only a running capture knows (`inbound`) is refused.
fn saved_file(beginning: Beginning) -> Result<Capture<Offline>, pcap::Error> {
    let link_type = match beginning.link_type {
        LinkType::RAW_14 => LinkType::RAW,
        same => same,
    };
    let fields: [u32; 6] = [0xa1b2_c3d4, 0, 0, 0, 262_144, link_type.0.into()];
    let mut header: Vec<u8> = fields
        .into_iter()
        .flat_map(|field| match beginning.big_endian {
            true => field.to_be_bytes(),
            false => field.to_le_bytes(),
        })
        .collect();
    let version: [u8; 4] = match beginning.big_endian {
        true => [0, 2, 0, 4],
        false => [2, 0, 4, 0],
    };
    header.splice(4..8, version);
    let (reader, mut writer) = io::pipe().map_err(failed)?;
    writer.write_all(&header).map_err(failed)?;
    // The writing end stays open until then: opening would wait for one.
    Capture::from_file(format!("/dev/fd/{}", reader.as_raw_fd()))
}

fn failed(error: io::Error) -> pcap::Error {
    pcap::Error::IoError(error.kind())
}

/// The crate shows an instruction's fields only as text: code, two jumps and
/// the constant in decimal.
fn instruction_of(text: &str) -> Option<Instruction> {
    let mut fields = text.split(' ');
    let instruction = Instruction {
        code: fields.next()?.parse().ok()?,
        if_true: fields.next()?.parse().ok()?,
        if_false: fields.next()?.parse().ok()?,
        constant: fields.next()?.parse().ok()?,
    };
    fields.next().is_none().then_some(instruction)
}

/// Files number some link types otherwise than libpcap's interface does on
/// Linux (`linktype_to_dlt`).
pub(super) fn dlt(link_type: LinkType) -> i32 {
    match link_type.0 {
        // ATM_RFC1483; raw IP, under three numbers; SLIP_BSDOS; PPP_BSDOS.
        100 => 11,
        12 | 14 | 101 => 12,
        102 => 15,
        103 => 16,
        // ATM_CLIP.
        106 => 19,
        same => same.into(),
    }
}

/// The number that files have for what libpcap's interface numbers like this.
pub(super) fn link_type_of(dlt: Linktype) -> LinkType {
    let file = match dlt.0 {
        11 => 100,
        12 => 101,
        15 => 102,
        16 => 103,
        19 => 106,
        same => same,
    };
    u16::try_from(file).map_or(LinkType(u16::MAX), LinkType)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(expression: &str) -> Filter {
        Filter::new(expression.to_owned()).unwrap()
    }

    #[test]
    fn len_less_and_greater_mean_the_original_length() {
        let packet = [0; 64];
        for (expression, expected) in [
            ("greater 1000", true),
            ("less 1000", false),
            ("len = 1514", true),
            ("len <= 64", false),
        ] {
            let passes = filter(expression).passes(LinkType::ETHERNET, &packet, 1514);
            assert_eq!(passes.unwrap(), expected, "{expression}");
        }
    }

    #[test]
    fn the_same_filter_is_compiled_for_each_link_type() {
        let mut ethernet = vec![0; 14];
        ethernet[12] = 8;
        let mut ip = vec![0x45, 0, 0, 20, 0, 0, 0, 0, 64, 6, 0, 0];
        ip.extend([10, 0, 0, 1, 10, 0, 0, 2]);
        let mut cooked = vec![0; 16];
        cooked[14] = 8;
        let mut filter = filter("ip and host 10.0.0.1");
        for (link_type, link) in [
            (LinkType::ETHERNET, ethernet),
            (LinkType::RAW, Vec::new()),
            (LinkType::RAW_12, Vec::new()),
            (LinkType::RAW_14, Vec::new()),
            (LinkType::IPV4, Vec::new()),
            (LinkType::LINUX_SLL, cooked),
        ] {
            let packet = [link, ip.clone()].concat();
            let length = packet.len() as u32;
            assert!(
                filter.passes(link_type, &packet, length).unwrap(),
                "{link_type}"
            );
            let other = packet[..packet.len() - 9].to_vec();
            assert!(
                !filter.passes(link_type, &other, length).unwrap(),
                "{link_type}"
            );
        }
    }

    #[test]
    fn bsd_loopback_is_understood_from_any_system_in_either_byte_order() {
        let mut filter = filter("ip6");
        for (packet, expected) in [
            ([30, 0, 0, 0, 0x60], true),
            ([0, 0, 0, 30, 0x60], true),
            ([28, 0, 0, 0, 0x60], true),
            ([2, 0, 0, 0, 0x45], false),
            ([0, 0, 0, 2, 0x45], false),
        ] {
            let passes = filter.passes(LinkType::NULL, &packet, 44).unwrap();
            assert_eq!(passes, expected, "{packet:?}");
        }
    }

    #[test]
    fn what_only_a_running_capture_knows_is_refused() {
        let mut filter = filter("inbound");
        assert!(filter.passes(LinkType::ETHERNET, &[0; 60], 60).is_err());
        assert!(filter.passes(LinkType::LINUX_SLL, &[0; 60], 60).unwrap());
    }

    #[test]
    fn what_cannot_be_on_a_link_type_does_not_pass_and_is_no_error() {
        let mut filter = filter("arp");
        assert!(!filter.passes(LinkType::RAW, &[0x45; 40], 40).unwrap());
        let mut packet = [0; 42];
        packet[12..14].copy_from_slice(&[8, 6]);
        assert!(filter.passes(LinkType::ETHERNET, &packet, 42).unwrap());
    }

    #[test]
    fn a_link_type_that_cannot_be_filtered_is_told_once() {
        let mut filter = filter("ether host 02:42:0a:00:00:01");
        let error = filter.passes(LinkType::RAW, &[0x45; 40], 40).unwrap_err();
        assert!(error.to_string().contains("ethernet"), "{error}");
        assert!(!filter.passes(LinkType::RAW, &[0x45; 40], 40).unwrap());
    }

    #[test]
    fn a_filter_for_another_link_type_than_ethernet_is_not_wrong() {
        assert!(Filter::new("type mgt subtype beacon".to_owned()).is_ok());
        assert!(Filter::new(String::new()).is_ok());
    }

    #[test]
    fn a_wrong_filter_is_refused_in_libpcaps_words() {
        for (expression, words) in [
            ("tcp prot 80", "syntax error"),
            ("port 99999", "illegal port number 99999 > 65535"),
            ("host 1.2.3.4.5", "1.2.3.4.5"),
            ("tcp and udp", "rejects all packets"),
            ("tcp\0", "internal null"),
        ] {
            let error = Filter::new(expression.to_owned()).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
