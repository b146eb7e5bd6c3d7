//! DNS messages (RFC 1035, section 4; EDNS RFC 6891; mDNS RFC 6762; LLMNR
//! RFC 4795). In come the bytes of one message; out come its header and, one
//! after the other, its questions and records, or the place and reason where
//! it cannot be read further. Nothing is allocated, and the work is bounded by
//! a small multiple of the message's length.

mod code;
mod data;
mod edns;
mod fields;
mod name;
mod service;

use std::fmt;

pub use code::{
    CodeName, algorithm_name, class_name, opcode_name, option_name, parameter_name, rcode_name,
    type_name,
};
pub use data::{Data, Rrsig, Soa, Strings, TypeBitmap};
pub use edns::{Edns, EdnsOption, EdnsOptions};
pub(super) use fields::fields;
pub use name::{Labels, Name};
pub use service::{Parameter, ParameterValue, Parameters};

use super::StopReason;

/// Bytes of the header that every message begins with.
pub const HEADER_LENGTH: usize = 12;

/// Record types that the code decides by.
pub mod record_type {
    #![allow(missing_docs, reason = "each is the type of its name")]
    pub const A: u16 = 1;
    pub const NS: u16 = 2;
    pub const CNAME: u16 = 5;
    pub const SOA: u16 = 6;
    pub const PTR: u16 = 12;
    pub const HINFO: u16 = 13;
    pub const MX: u16 = 15;
    pub const TXT: u16 = 16;
    pub const AAAA: u16 = 28;
    pub const SRV: u16 = 33;
    pub const NAPTR: u16 = 35;
    pub const DNAME: u16 = 39;
    pub const OPT: u16 = 41;
    pub const DS: u16 = 43;
    pub const SSHFP: u16 = 44;
    pub const RRSIG: u16 = 46;
    pub const NSEC: u16 = 47;
    pub const DNSKEY: u16 = 48;
    pub const NSEC3: u16 = 50;
    pub const TLSA: u16 = 52;
    pub const CDS: u16 = 59;
    pub const CDNSKEY: u16 = 60;
    pub const SVCB: u16 = 64;
    pub const HTTPS: u16 = 65;
    pub const SPF: u16 = 99;
    pub const IXFR: u16 = 251;
    pub const AXFR: u16 = 252;
    pub const ANY: u16 = 255;
    pub const CAA: u16 = 257;
}

/// Where a message cannot be read further, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Bytes from the message's start.
    pub offset: u32,
    /// What was being read there.
    pub field: &'static str,
    /// Why it could not be.
    pub reason: FaultReason,
}

/// Why a message cannot be read further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultReason {
    /// The bytes end before the field does.
    TooShort {
        /// Bytes that the field takes.
        needed: u32,
        /// Bytes that were left.
        had: u32,
    },
    /// A compression pointer that does not lead to an earlier name.
    BadPointer(u16),
    /// Pointers to pointers to pointers, more than any name can need.
    TooManyPointers,
    /// A label whose first two bits are `01` or `10`.
    LabelType(u8),
    /// More than 255 bytes when spelt out: so many at least.
    NameTooLong(u16),
    /// The record's data does not have the form of its type; the data's length.
    Data(u16),
}

impl FaultReason {
    const fn too_short(needed: usize, had: usize) -> Self {
        Self::TooShort {
            needed: needed as u32,
            had: had as u32,
        }
    }
}

impl Fault {
    const fn new(offset: usize, field: &'static str, reason: FaultReason) -> Self {
        Self {
            offset: offset as u32,
            field,
            reason,
        }
    }

    /// The same as a packet's stop says it. `cut`: the capture holds less of
    /// the message than was sent.
    #[must_use]
    pub const fn stop_reason(&self, cut: bool) -> StopReason {
        let (field, value) = match self.reason {
            FaultReason::TooShort { needed, had } if cut => {
                return StopReason::Truncated { needed, had };
            }
            FaultReason::TooShort { needed, had } => return StopReason::TooShort { needed, had },
            FaultReason::BadPointer(target) => ("name_pointer", target as u32),
            FaultReason::TooManyPointers => ("name_pointers", name::MOST_POINTERS as u32 + 1),
            FaultReason::NameTooLong(length) => ("name_length", length as u32),
            FaultReason::LabelType(byte) => ("label_type", byte as u32),
            FaultReason::Data(length) => ("data_length", length as u32),
        };
        StopReason::Invalid { field, value }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}: ", self.field, self.offset)?;
        match self.reason {
            FaultReason::TooShort { needed, had } => {
                write!(f, "{needed} bytes needed, {had} left")
            }
            FaultReason::BadPointer(target) => {
                write!(
                    f,
                    "the pointer to byte {target} does not lead to an earlier name"
                )
            }
            FaultReason::TooManyPointers => f.write_str("too many pointers in a row"),
            FaultReason::LabelType(byte) => write!(f, "reserved label type {byte:#04x}"),
            FaultReason::NameTooLong(_) => f.write_str("the name is longer than 255 bytes"),
            FaultReason::Data(length) => write!(f, "{length} bytes do not fit the type"),
        }
    }
}

/// The first twelve bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Transaction id: the response repeats the query's.
    pub id: u16,
    /// The sixteen flag bits as on the wire.
    pub flags: Flags,
    /// How many entries each section claims to have.
    pub counts: Counts,
}

/// How many entries each section claims to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// QDCOUNT.
    pub questions: u16,
    /// ANCOUNT.
    pub answers: u16,
    /// NSCOUNT.
    pub authorities: u16,
    /// ARCOUNT.
    pub additionals: u16,
}

/// The second word of the header (RFC 1035, section 4.1.1; RFC 4035 for AD
/// and CD).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(pub u16);

impl Flags {
    /// QR: this is a response.
    #[must_use]
    pub const fn response(self) -> bool {
        self.0 & 0x8000 != 0
    }

    /// Opcode, four bits.
    #[must_use]
    pub const fn opcode(self) -> u8 {
        ((self.0 >> 11) & 0xf) as u8
    }

    /// AA: the server is an authority for the name.
    #[must_use]
    pub const fn authoritative(self) -> bool {
        self.0 & 0x0400 != 0
    }

    /// TC: the message was cut to fit.
    #[must_use]
    pub const fn truncated(self) -> bool {
        self.0 & 0x0200 != 0
    }

    /// RD: "do it for me".
    #[must_use]
    pub const fn recursion_desired(self) -> bool {
        self.0 & 0x0100 != 0
    }

    /// RA: the server does it for others.
    #[must_use]
    pub const fn recursion_available(self) -> bool {
        self.0 & 0x0080 != 0
    }

    /// AD: the server has verified the data (DNSSEC).
    #[must_use]
    pub const fn authentic_data(self) -> bool {
        self.0 & 0x0020 != 0
    }

    /// CD: the asker verifies for itself (DNSSEC).
    #[must_use]
    pub const fn checking_disabled(self) -> bool {
        self.0 & 0x0010 != 0
    }

    /// The four bits of response code in the header, without EDNS's.
    #[must_use]
    pub const fn response_code(self) -> u8 {
        (self.0 & 0xf) as u8
    }

    /// The names of the set bits, in wire order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        [
            (0x8000, "QR"),
            (0x0400, "AA"),
            (0x0200, "TC"),
            (0x0100, "RD"),
            (0x0080, "RA"),
            (0x0020, "AD"),
            (0x0010, "CD"),
        ]
        .into_iter()
        .filter(move |(bit, _)| self.0 & bit != 0)
        .map(|(_, name)| name)
    }
}

/// One message: its header is known, the rest is read on demand.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The header.
    pub header: Header,
    bytes: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads the header of a message. What stands behind it may still turn out
    /// to be broken.
    ///
    /// # Errors
    /// When there are fewer than twelve bytes.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Fault> {
        let Some((header, _)) = bytes.split_first_chunk::<HEADER_LENGTH>() else {
            let reason = FaultReason::too_short(HEADER_LENGTH, bytes.len());
            return Err(Fault::new(0, "header", reason));
        };
        let [i, d, f, g, q, r, a, b, n, s, x, y] = *header;
        Ok(Self {
            header: Header {
                id: u16::from_be_bytes([i, d]),
                flags: Flags(u16::from_be_bytes([f, g])),
                counts: Counts {
                    questions: u16::from_be_bytes([q, r]),
                    answers: u16::from_be_bytes([a, b]),
                    authorities: u16::from_be_bytes([n, s]),
                    additionals: u16::from_be_bytes([x, y]),
                },
            },
            bytes,
        })
    }

    /// All its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The questions, up to the first that cannot be read: that is yielded as
    /// the last item.
    #[must_use]
    pub const fn questions(&self) -> Questions<'a> {
        Questions {
            message: self.bytes,
            at: HEADER_LENGTH,
            left: self.header.counts.questions,
        }
    }

    /// The first question, where it can be read.
    #[must_use]
    pub fn question(&self) -> Option<Question<'a>> {
        self.questions().next()?.ok()
    }

    /// The question of a message that has one; `None` says nothing of others.
    #[must_use]
    #[inline]
    pub fn only_question(&self) -> Option<Question<'a>> {
        if self.header.counts.questions != 1 {
            return None;
        }
        let name = Name::spelt_out(self.bytes, HEADER_LENGTH)?;
        let behind = self.bytes.get(HEADER_LENGTH + name.length()..)?;
        let [a, b, c, d] = *behind.first_chunk()?;
        Some(Question {
            name,
            record_type: u16::from_be_bytes([a, b]),
            class: u16::from_be_bytes([c, d]),
        })
    }

    /// The records of all three sections in order, up to the first that cannot
    /// be read: that is yielded as the last item. Reads the questions first
    /// and yields their fault if they have one.
    #[must_use]
    pub fn records(&self) -> Records<'a> {
        let counts = self.header.counts;
        let (at, fault) = match self.only_question() {
            Some(question) => (HEADER_LENGTH + question.length(), None),
            None => {
                let mut questions = self.questions();
                let fault = questions.by_ref().find_map(Result::err);
                (questions.at, fault)
            }
        };
        Records {
            message: self.bytes,
            at,
            left: [counts.answers, counts.authorities, counts.additionals],
            fault,
        }
    }

    /// The readable records of one section.
    pub fn section(&self, section: Section) -> impl Iterator<Item = Record<'a>> + use<'a> {
        self.records()
            .map_while(Result::ok)
            .skip_while(move |record| record.section != section)
            .take_while(move |record| record.section == section)
    }

    /// The readable records of the answer section.
    pub fn answers(&self) -> impl Iterator<Item = Record<'a>> + use<'a> {
        self.section(Section::Answer)
    }

    /// The EDNS record, if there is one (RFC 6891).
    #[must_use]
    pub fn edns(&self) -> Option<Edns<'a>> {
        if self.header.counts.additionals == 0 {
            return None;
        }
        self.section(Section::Additional)
            .find_map(|record| record.edns())
    }

    /// The response code with EDNS's upper eight bits.
    #[must_use]
    pub fn response_code(&self) -> u16 {
        let upper = self.edns().map_or(0, |edns| edns.upper_response_code);
        u16::from(upper) << 4 | u16::from(self.header.flags.response_code())
    }

    /// Reads everything once, the records' data too, and says where it breaks.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        let mut records = self.records();
        loop {
            records.step_over_addresses();
            match records.next()? {
                Err(fault) => return Some(fault),
                Ok(record) => {
                    if let Err(fault) = record.data() {
                        return Some(fault);
                    }
                }
            }
        }
    }

    /// The bytes that header, questions and records take, up to where they can
    /// be read.
    #[must_use]
    pub fn length(&self) -> usize {
        let mut records = self.records();
        while let Some(Ok(_)) = records.next() {}
        records.at
    }
}

/// Splits a message off a TCP stream, where each has its length in two bytes
/// before it (RFC 1035, section 4.2.2). Gives the message's length and what
/// the bytes hold of it.
#[must_use]
pub fn length_prefixed(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (prefix, rest) = bytes.split_first_chunk::<2>()?;
    let length = u16::from_be_bytes(*prefix);
    Some((length, rest.get(..usize::from(length)).unwrap_or(rest)))
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question<'a> {
    /// The name asked for.
    pub name: Name<'a>,
    /// The record type asked for.
    pub record_type: u16,
    /// The class field as on the wire; mDNS uses its first bit.
    pub class: u16,
}

impl Question<'_> {
    /// Bytes that it takes in the message.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.name.length() + 4
    }
}

/// The questions of a message.
#[derive(Clone, Debug)]
pub struct Questions<'a> {
    message: &'a [u8],
    at: usize,
    left: u16,
}

impl<'a> Iterator for Questions<'a> {
    type Item = Result<Question<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let item = question(self.message, self.at);
        match &item {
            Ok(question) => self.at += question.length(),
            Err(_) => self.left = 0,
        }
        Some(item)
    }
}

fn question(message: &[u8], at: usize) -> Result<Question<'_>, Fault> {
    let name = Name::parse(message, at)?;
    let at = at + name.length();
    let [a, b, c, d] = array(message, at, "question")?;
    Ok(Question {
        name,
        record_type: u16::from_be_bytes([a, b]),
        class: u16::from_be_bytes([c, d]),
    })
}

/// The bytes at an offset, or what is missing of them.
fn array<const N: usize>(message: &[u8], at: usize, field: &'static str) -> Result<[u8; N], Fault> {
    let rest = message.get(at..).unwrap_or_default();
    rest.first_chunk::<N>()
        .copied()
        .ok_or_else(|| Fault::new(at, field, FaultReason::too_short(N, rest.len())))
}

/// Which of the three record sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// What was asked for.
    Answer,
    /// Who is the authority (or the SOA of a negative answer).
    Authority,
    /// What is useful beside it, and EDNS.
    Additional,
}

impl Section {
    /// All, in wire order.
    pub const ALL: [Self; 3] = [Self::Answer, Self::Authority, Self::Additional];

    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answer => "answers",
            Self::Authority => "authorities",
            Self::Additional => "additionals",
        }
    }
}

/// One resource record.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The section that it stands in.
    pub section: Section,
    /// Whose record it is.
    pub name: Name<'a>,
    /// Its type.
    pub record_type: u16,
    /// The class field as on the wire; mDNS uses its first bit, OPT all of it.
    pub class: u16,
    /// How many seconds it may be kept.
    pub ttl: u32,
    /// Bytes of data.
    pub data_length: u16,
    message: &'a [u8],
}

impl<'a> Record<'a> {
    /// Where the data begins, in bytes from the message's start.
    #[must_use]
    pub const fn data_offset(&self) -> usize {
        self.name.offset() + self.name.length() + 10
    }

    /// Bytes that the whole record takes in the message.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.name.length() + 10 + self.data_length as usize
    }

    /// The raw data.
    #[must_use]
    pub fn data_bytes(&self) -> &'a [u8] {
        let start = self.data_offset();
        self.message
            .get(start..start + usize::from(self.data_length))
            .unwrap_or_default()
    }

    /// The data by its type.
    ///
    /// # Errors
    /// When the data does not have the form of its type.
    pub fn data(&self) -> Result<Data<'a>, Fault> {
        Data::parse(self, self.message)
    }

    /// The class without mDNS's cache-flush bit.
    #[must_use]
    pub const fn class_without_flush(&self) -> u16 {
        self.class & 0x7fff
    }
}

/// The records of a message.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    message: &'a [u8],
    at: usize,
    left: [u16; 3],
    fault: Option<Fault>,
}

impl Records<'_> {
    /// Steps over the records that come next and are addresses of the name
    /// that stands first in the message, as most are: there is nothing wrong
    /// with them.
    fn step_over_addresses(&mut self) {
        // That name was read, if this is not it.
        if self.fault.is_some() || self.at == HEADER_LENGTH {
            return;
        }
        while let Some(left) = self.left.iter_mut().find(|left| **left > 0)
            && let Some(length) = address_length(self.message.get(self.at..).unwrap_or_default())
        {
            *left -= 1;
            self.at += length;
        }
    }
}

/// Bytes of a record of type A or AAAA that points to the name which stands
/// first in the message, if it begins here and is whole.
fn address_length(bytes: &[u8]) -> Option<usize> {
    let address = match bytes.first_chunk::<12>()? {
        [0xc0, 12, 0, 1, .., 0, 4] => 4,
        [0xc0, 12, 0, 28, .., 0, 16] => 16,
        _ => return None,
    };
    (bytes.len() >= 12 + address).then_some(12 + address)
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(fault) = self.fault.take() {
            self.left = [0; 3];
            return Some(Err(fault));
        }
        let (section, left) = Section::ALL
            .into_iter()
            .zip(&mut self.left)
            .find(|(_, left)| **left > 0)?;
        *left -= 1;
        let item = record(self.message, self.at, section);
        match &item {
            Ok(record) => self.at += record.length(),
            Err(_) => self.left = [0; 3],
        }
        Some(item)
    }
}

fn record(message: &[u8], at: usize, section: Section) -> Result<Record<'_>, Fault> {
    let name = Name::parse(message, at)?;
    let at = at + name.length();
    let [a, b, c, d, e, f, g, h, i, j] = array(message, at, "record")?;
    let data_length = u16::from_be_bytes([i, j]);
    let had = message.len().saturating_sub(at + 10);
    if had < usize::from(data_length) {
        let reason = FaultReason::too_short(usize::from(data_length), had);
        return Err(Fault::new(at + 10, "record data", reason));
    }
    Ok(Record {
        section,
        name,
        record_type: u16::from_be_bytes([a, b]),
        class: u16::from_be_bytes([c, d]),
        ttl: u32::from_be_bytes([e, f, g, h]),
        data_length,
        message,
    })
}

#[cfg(test)]
mod tests;
