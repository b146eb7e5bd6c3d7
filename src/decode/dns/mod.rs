//! DNS messages (RFC 1035, section 4; EDNS RFC 6891; mDNS RFC 6762; LLMNR
//! RFC 4795). In come the bytes of one message; out come its header and, one
//! after the other, its questions and records, or the place and reason where
//! it cannot be read further. Nothing is allocated, and the work is bounded by
//! a small multiple of the message's length.

mod code;
mod data;
mod edns;
mod entries;
mod fault;
mod fields;
mod header;
mod name;
mod plausible;
mod service;

pub use code::{
    CodeName, algorithm_name, class_name, opcode_name, option_name, parameter_name, rcode_name,
    type_name,
};
pub use data::{Data, Rrsig, Soa, Strings, TypeBitmap};
pub use edns::{Edns, EdnsOption, EdnsOptions};
pub use entries::{Question, Questions, Record, Records, Section};
pub use fault::{Fault, FaultReason};
pub(super) use fields::fields;
pub use header::{Counts, Flags, Header};
pub use name::{Labels, Name};
pub use service::{Parameter, ParameterValue, Parameters};

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

/// A message of which the header is known; the rest is read on demand.
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
            remaining: self.header.counts.questions,
        }
    }

    /// The first question, where it can be read.
    #[must_use]
    pub fn question(&self) -> Option<Question<'a>> {
        self.questions().next()?.ok()
    }

    /// The question of a message that has one; `None` says nothing of others.
    #[must_use]
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
            remaining: [counts.answers, counts.authorities, counts.additionals],
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

/// The bytes at an offset, or what is missing of them.
fn array<const N: usize>(message: &[u8], at: usize, field: &'static str) -> Result<[u8; N], Fault> {
    let rest = message.get(at..).unwrap_or_default();
    rest.first_chunk::<N>()
        .copied()
        .ok_or_else(|| Fault::new(at, field, FaultReason::too_short(N, rest.len())))
}

#[cfg(test)]
mod tests;
