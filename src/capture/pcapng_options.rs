//! Numbers in a section's byte order, and the options at the end of a pcapng
//! block: a code, a length, the value, padding to 32 bits (section 3.5 of the
//! draft).

use std::ops::Range;

/// The byte order of a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endian {
    Little,
    Big,
}

impl Endian {
    pub(super) fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        })
    }

    pub(super) fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        })
    }

    pub(super) fn u64(self, bytes: &[u8], at: usize) -> Option<u64> {
        let bytes = *bytes.get(at..)?.first_chunk()?;
        Some(match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        })
    }
}

/// Walks over options: each one's code, and where its value stands. Ends at
/// the end-of-options code or at an option that does not fit.
pub(super) struct Options<'a> {
    bytes: &'a [u8],
    endian: Endian,
    at: usize,
}

impl<'a> Options<'a> {
    pub(super) fn of(bytes: &'a [u8], endian: Endian) -> Self {
        Self {
            bytes,
            endian,
            at: 0,
        }
    }
}

impl Iterator for Options<'_> {
    type Item = (u16, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        let code = self.endian.u16(self.bytes, self.at)?;
        let length = usize::from(self.endian.u16(self.bytes, self.at + 2)?);
        let from = self.at + 4;
        let value = from..from + length;
        if code == 0 || self.bytes.get(value.clone()).is_none() {
            return None;
        }
        self.at = from + length.next_multiple_of(4);
        Some((code, value))
    }
}
