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

pub(super) use bytes::{Packer, Unpacker};
pub(super) use kinds::{
    Acknowledgment, Amount, Apart, Boxed, Each, Flag, Identification, Kind, Least, Maybe, Number,
    Pair, Plain, Seldom, SeldomTime, Sequence, Stamp, Time, TwoSides, Whole,
};

/// What can be packed.
pub(super) trait Packed {
    /// Writes it.
    fn pack(&self, to: &mut Packer);
    /// Reads it, over whatever was there: its memory is used again.
    fn unpack(&mut self, from: &mut Unpacker<'_>);
}

/// Packs a struct field by field: `packed!(Name { field: Kind, ... })`.
macro_rules! packed {
    ($name:ident { $($field:ident: $kind:ty),* $(,)? }) => {
        impl $crate::track::packed::Packed for $name {
            fn pack(&self, to: &mut $crate::track::packed::Packer) {
                let Self { $($field),* } = self;
                $(<$kind as $crate::track::packed::Kind<_>>::pack($field, to);)*
            }
            fn unpack(&mut self, from: &mut $crate::track::packed::Unpacker<'_>) {
                let Self { $($field),* } = self;
                $(<$kind as $crate::track::packed::Kind<_>>::unpack($field, from);)*
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
        }
    };
}

/// Packs one of several names in so many bits: `packed_choice!(Name, 2 bits {
/// One, Two, Three })`.
macro_rules! packed_choice {
    ($name:ident, $bits:literal bits { $($variant:ident),* $(,)? }) => {
        impl $crate::track::packed::Packed for $name {
            fn pack(&self, to: &mut $crate::track::packed::Packer) {
                const { assert!([$(Self::$variant),*].len() <= 1 << $bits) };
                // Exhaustive: a variant that is left out does not compile.
                let known = match self {
                    $(Self::$variant => Self::$variant,)*
                };
                let all = [$(Self::$variant),*];
                let place = all.iter().position(|each| *each == known).unwrap_or(0);
                to.choice(place as u64, $bits);
            }
            fn unpack(&mut self, from: &mut $crate::track::packed::Unpacker<'_>) {
                let all = [$(Self::$variant),*];
                if let Some(found) = all.get(from.choice($bits) as usize) {
                    *self = *found;
                }
            }
        }
    };
}

pub(super) use {packed, packed_choice};
