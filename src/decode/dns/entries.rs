//! The entries of a DNS message, one after the other: questions (RFC 1035,
//! section 4.1.2) and records (section 4.1.3).

use super::{Data, Fault, FaultReason, HEADER_LENGTH, Name, array};

/// A question.
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
    pub(super) message: &'a [u8],
    pub(super) at: usize,
    pub(super) remaining: u16,
}

impl<'a> Iterator for Questions<'a> {
    type Item = Result<Question<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        self.remaining = self.remaining.checked_sub(1)?;
        let item = question(self.message, self.at);
        match &item {
            Ok(question) => self.at += question.length(),
            Err(_) => self.remaining = 0,
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

/// One of the three record sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// The records that were asked for.
    Answer,
    /// Who is the authority (or the SOA of a negative answer).
    Authority,
    /// Records that are useful beside the answer, and EDNS.
    Additional,
}

impl Section {
    /// All sections, in wire order.
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
    /// The name that the record belongs to.
    pub name: Name<'a>,
    /// The record's type.
    pub record_type: u16,
    /// The class field as on the wire; mDNS uses its first bit, OPT all of it.
    pub class: u16,
    /// How many seconds the record may be kept.
    pub ttl: u32,
    /// Bytes of data.
    pub data_length: u16,
    message: &'a [u8],
}

impl<'a> Record<'a> {
    /// The place where the data begins, in bytes from the message's start.
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
    pub(super) message: &'a [u8],
    pub(super) at: usize,
    pub(super) remaining: [u16; 3],
    pub(super) fault: Option<Fault>,
}

impl Records<'_> {
    /// Steps over the records that come next and are addresses of the name
    /// that stands first in the message, as most are: there is nothing wrong
    /// with them.
    pub(super) fn step_over_addresses(&mut self) {
        // The first name was read already, unless it is the one here.
        if self.fault.is_some() || self.at == HEADER_LENGTH {
            return;
        }
        while let Some(remaining) = self.remaining.iter_mut().find(|remaining| **remaining > 0)
            && let Some(length) = address_length(self.message.get(self.at..).unwrap_or_default())
        {
            *remaining -= 1;
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
            self.remaining = [0; 3];
            return Some(Err(fault));
        }
        let (section, remaining) = Section::ALL
            .into_iter()
            .zip(&mut self.remaining)
            .find(|(_, remaining)| **remaining > 0)?;
        *remaining -= 1;
        let item = record(self.message, self.at, section);
        match &item {
            Ok(record) => self.at += record.length(),
            Err(_) => self.remaining = [0; 3],
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
