//! A capture filter in libpcap's grammar (pcap-filter(7)), compiled for each
//! link type when its first packet comes, and run over packets with `len`
//! meaning the length on the wire.

use pcap::{Capture, Linktype};

use super::LinkType;
use super::bpf::{self, Instruction};
use super::error::CaptureError;

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
    /// One for each link type met; `None` where it cannot be compiled.
    programs: Vec<(LinkType, Option<Vec<Instruction>>)>,
}

impl Filter {
    /// Checks the grammar.
    ///
    /// # Errors
    /// [`CaptureError::Filter`] with libpcap's message.
    pub(super) fn new(expression: String) -> Result<Self, CaptureError> {
        let mut first_error = None;
        for link_type in COMMON_LINK_TYPES {
            match compile(&expression, link_type) {
                Ok(_) => {
                    return Ok(Self {
                        expression,
                        programs: Vec::new(),
                    });
                }
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        Err(CaptureError::Filter {
            expression,
            source: first_error.unwrap_or(pcap::Error::InvalidLinktype),
        })
    }

    /// As it was given.
    pub(super) fn expression(&self) -> &str {
        &self.expression
    }

    /// Whether a packet passes.
    ///
    /// # Errors
    /// libpcap's, once for each link type that it cannot compile the filter
    /// for; further packets of that link type do not pass.
    #[inline]
    pub(super) fn passes(
        &mut self,
        link_type: LinkType,
        packet: &[u8],
        original_length: u32,
    ) -> Result<bool, pcap::Error> {
        let known = self.programs.iter().find(|(known, _)| *known == link_type);
        let program = match known {
            Some((_, program)) => program,
            None => self.add(link_type)?,
        };
        Ok(program
            .as_ref()
            .is_some_and(|program| bpf::passes(program, packet, original_length)))
    }

    #[cold]
    fn add(&mut self, link_type: LinkType) -> Result<&Option<Vec<Instruction>>, pcap::Error> {
        let (program, error) = match compile(&self.expression, link_type) {
            Ok(program) => (Some(program), None),
            Err(error) => (None, Some(error)),
        };
        self.programs.push((link_type, program));
        match (error, self.programs.last()) {
            (None, Some((_, program))) => Ok(program),
            (error, _) => Err(error.unwrap_or(pcap::Error::InvalidLinktype)),
        }
    }
}

fn compile(expression: &str, link_type: LinkType) -> Result<Vec<Instruction>, pcap::Error> {
    let handle = Capture::dead(Linktype(dlt(link_type)))?;
    let program = match handle.compile(expression, true) {
        // `arp` on raw IP: nothing passes, and that is the answer. The
        // optimizer calls it an error, the plain compiler does not.
        Err(pcap::Error::PcapError(message)) if message.contains("rejects all packets") => {
            handle.compile(expression, false)
        }
        result => result,
    }?;
    program
        .get_instructions()
        .iter()
        .map(|instruction| instruction_of(&instruction.to_string()))
        .collect::<Option<_>>()
        .ok_or(pcap::Error::InvalidString)
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
