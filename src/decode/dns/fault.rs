//! The place where a DNS message cannot be read further, and why.

use std::fmt;

use super::name::MOST_POINTERS;
use crate::decode::StopReason;

/// The place where a message cannot be read further, and why.
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
    pub(super) const fn too_short(needed: usize, had: usize) -> Self {
        Self::TooShort {
            needed: needed as u32,
            had: had as u32,
        }
    }
}

impl Fault {
    pub(super) const fn new(offset: usize, field: &'static str, reason: FaultReason) -> Self {
        Self {
            offset: offset as u32,
            field,
            reason,
        }
    }

    /// The fault as a packet's stop says it. `cut`: the capture holds less of
    /// the message than was sent.
    #[must_use]
    pub const fn stop_reason(&self, cut: bool) -> StopReason {
        let (field, value) = match self.reason {
            FaultReason::TooShort { needed, had } if cut => {
                return StopReason::Truncated { needed, had };
            }
            FaultReason::TooShort { needed, had } => return StopReason::TooShort { needed, had },
            FaultReason::BadPointer(target) => ("name_pointer", target as u32),
            FaultReason::TooManyPointers => ("name_pointers", MOST_POINTERS as u32 + 1),
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
