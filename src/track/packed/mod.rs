//! Conversations at rest: all that is known of one, without loss, in a short
//! string of bytes.
//!
//! Few conversations are active at a time; the rest wait for a packet that may
//! never come. They wait packed ([`Packer`]) and go on, unpacked, as if
//! nothing had happened. Each struct says once of what kind its fields are
//! (`packed!`); writing and reading both follow from that, and a field that is
//! left out does not compile.

mod bytes;
mod kinds;
mod memory;

pub(super) use bytes::{Packer, Unpacker};
pub(super) use kinds::{
    Acknowledgment, Amount, Apart, Boxed, Duration, Each, Flag, Identification, Kind, Maybe,
    Number, Pair, Plain, Seldom, SeldomTime, Sequence, Stamp, Time, TwoSides, Whole,
};

/// What can be packed.
pub(super) trait Packed {
    /// Writes it.
    fn pack(&self, to: &mut Packer);
    /// Reads it, over whatever was there: its memory is used again.
    fn unpack(&mut self, from: &mut Unpacker<'_>);
    /// Whether it is what [`Packed::clear`] makes of it, so that its group
    /// need not be written.
    fn is_nothing(&self) -> bool {
        false
    }
    /// Makes it nothing, where it can be.
    fn clear(&mut self) {}
}

/// Packs a struct field by field: `packed!(Name { field: Kind, ... })`. Fields
/// that are mostly nothing at the same time stand in a group, with a semicolon
/// between groups: a bit is enough for all of them.
macro_rules! packed {
    ($name:ident { $($($field:ident: $kind:ty),+ $(,)?);+ $(;)? }) => {
        impl $crate::track::packed::Packed for $name {
            fn pack(&self, to: &mut $crate::track::packed::Packer) {
                let Self { $($($field),+),+ } = self;
                // A bit for each group, the first group's lowest.
                let (mut there, mut group) = (0_u64, 1_u64);
                $(
                    let nothing = $(<$kind as $crate::track::packed::Kind<_>>::is_nothing($field))&&+;
                    there |= if nothing { 0 } else { group };
                    group <<= 1;
                )+
                to.choice(there, group.ilog2());
                let mut rest = there;
                $(
                    if rest & 1 == 1 {
                        $(<$kind as $crate::track::packed::Kind<_>>::pack($field, to);)+
                    }
                    rest >>= 1;
                )+
                debug_assert_eq!(rest, 0);
            }
            fn unpack(&mut self, from: &mut $crate::track::packed::Unpacker<'_>) {
                let Self { $($($field),+),+ } = self;
                let mut rest = from.choice(const { [$(stringify!($($field),+)),+].len() as u32 });
                $(
                    if rest & 1 == 1 {
                        $(<$kind as $crate::track::packed::Kind<_>>::unpack($field, from);)+
                    } else {
                        $(<$kind as $crate::track::packed::Kind<_>>::clear($field);)+
                    }
                    rest >>= 1;
                )+
                debug_assert_eq!(rest, 0);
            }
            fn is_nothing(&self) -> bool {
                let Self { $($($field),+),+ } = self;
                $($(<$kind as $crate::track::packed::Kind<_>>::is_nothing($field))&&+)&&+
            }
            fn clear(&mut self) {
                let Self { $($($field),+),+ } = self;
                $($(<$kind as $crate::track::packed::Kind<_>>::clear($field);)+)+
            }
        }
    };
    ($name:ident($kind:ty)) => {
        impl $crate::track::packed::Packed for $name {
            fn pack(&self, to: &mut $crate::track::packed::Packer) {
                let Self(value) = self;
                <$kind as $crate::track::packed::Kind<_>>::pack(value, to);
            }
            fn unpack(&mut self, from: &mut $crate::track::packed::Unpacker<'_>) {
                let Self(value) = self;
                <$kind as $crate::track::packed::Kind<_>>::unpack(value, from);
            }
            fn is_nothing(&self) -> bool {
                let Self(value) = self;
                <$kind as $crate::track::packed::Kind<_>>::is_nothing(value)
            }
            fn clear(&mut self) {
                let Self(value) = self;
                <$kind as $crate::track::packed::Kind<_>>::clear(value);
            }
        }
    };
}

/// Packs one of several names in so many bits: `packed_choice!(Name, 2 bits {
/// One, Two, Three })`. The first of them is nothing.
macro_rules! packed_choice {
    ($name:ident, $bits:literal bits { $first:ident $(, $variant:ident)* $(,)? }) => {
        impl $name {
            const BY_CODE: &[Self] = &[Self::$first $(, Self::$variant)*];

            /// What stands for it in so many bits.
            pub(in $crate::track) fn code(self) -> u64 {
                const { assert!(Self::BY_CODE.len() <= 1 << $bits) };
                // Exhaustive: a variant that is left out does not compile.
                let known = match self {
                    Self::$first => Self::$first,
                    $(Self::$variant => Self::$variant,)*
                };
                Self::BY_CODE.iter().position(|each| *each == known).unwrap_or(0) as u64
            }

            /// What a code stands for.
            pub(in $crate::track) fn of_code(code: u64) -> Option<Self> {
                Self::BY_CODE.get(code as usize).copied()
            }
        }
        impl $crate::track::packed::Packed for $name {
            fn pack(&self, to: &mut $crate::track::packed::Packer) {
                to.choice(self.code(), $bits);
            }
            fn unpack(&mut self, from: &mut $crate::track::packed::Unpacker<'_>) {
                if let Some(found) = Self::of_code(from.choice($bits)) {
                    *self = found;
                }
            }
            fn is_nothing(&self) -> bool {
                matches!(self, Self::$first)
            }
            fn clear(&mut self) {
                *self = Self::$first;
            }
        }
    };
}

pub(super) use {packed, packed_choice};
