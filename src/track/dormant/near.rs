//! How times, packet numbers and sequence numbers of dormant conversations are
//! written: as the distance from the one of the same sort that was written
//! last, as those of a connection lie near each other; 0, which stands for none,
//! as itself. Fields name one of the modules [`time`], [`packet`], [`sequence`]
//! and [`moment`] in their `#[serde(with = …)]`.

use std::cell::Cell;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What was written, or read, last.
#[derive(Clone, Copy, Default)]
struct Last {
    time_ns: u64,
    packet: u64,
    sequence: u32,
}

thread_local! {
    /// Of the conversation that is being written or read.
    static LAST: Cell<Last> = const {
        Cell::new(Last { time_ns: 0, packet: 0, sequence: 0 })
    };
}

/// Before a conversation with this first packet is written or read.
pub(super) fn begin(first_packet: u64) {
    LAST.set(Last {
        packet: first_packet,
        ..Last::default()
    });
}

/// What can be written as a distance, which is small where it is near.
trait Near: Sized {
    /// The distance from the last one, which is this now. 0 stands for what is
    /// not there: it is written as 0, and is not the last one.
    fn distance(&self, last: &mut Self) -> Self;

    /// The one at a distance from the last one, which it is now.
    fn at(distance: Self, last: &mut Self) -> Self;
}

/// A number with a sign, as one that is small where it is near 0.
macro_rules! zigzag {
    ($number:expr) => {{
        let number = $number;
        number << 1 ^ (number >> (std::mem::size_of_val(&number) * 8 - 1)).wrapping_neg()
    }};
}

/// The distances of numbers of a type.
macro_rules! distances {
    ($number:ty) => {
        impl Near for $number {
            fn distance(&self, last: &mut Self) -> Self {
                if *self == 0 {
                    return 0;
                }
                let before = std::mem::replace(last, *self);
                let distance = zigzag!(self.wrapping_sub(before));
                // No number stands for the distance to 0 itself: the smaller
                // ones move up by one.
                let to_zero = zigzag!(before.wrapping_neg());
                distance + Self::from(distance < to_zero)
            }

            fn at(distance: Self, last: &mut Self) -> Self {
                if distance == 0 {
                    return 0;
                }
                let to_zero = zigzag!(last.wrapping_neg());
                let distance = distance - Self::from(distance <= to_zero);
                let half = (distance >> 1) ^ (distance & 1).wrapping_neg();
                *last = last.wrapping_add(half);
                *last
            }
        }
    };
}

macro_rules! near {
    ($module:ident, $field:ident: $number:ty, $about:literal) => {
        #[doc = $about]
        pub(in crate::track) mod $module {
            use super::*;

            /// Writes it.
            pub fn serialize<S: Serializer>(value: &$number, to: S) -> Result<S::Ok, S::Error> {
                let mut last = LAST.get();
                let distance = value.distance(&mut last.$field);
                LAST.set(last);
                distance.serialize(to)
            }

            /// Reads it.
            pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<$number, D::Error> {
                let distance = Deserialize::deserialize(from)?;
                let mut last = LAST.get();
                let value = Near::at(distance, &mut last.$field);
                LAST.set(last);
                Ok(value)
            }

            /// Where there may be none.
            pub mod optional {
                use super::*;

                /// Writes it.
                pub fn serialize<S: Serializer>(
                    value: &Option<$number>,
                    to: S,
                ) -> Result<S::Ok, S::Error> {
                    let mut last = LAST.get();
                    let distance = value.map(|value| value.distance(&mut last.$field));
                    LAST.set(last);
                    distance.serialize(to)
                }

                /// Reads it.
                pub fn deserialize<'de, D: Deserializer<'de>>(
                    from: D,
                ) -> Result<Option<$number>, D::Error> {
                    let distance: Option<_> = Deserialize::deserialize(from)?;
                    let mut last = LAST.get();
                    let value = distance.map(|distance| Near::at(distance, &mut last.$field));
                    LAST.set(last);
                    Ok(value)
                }
            }
        }
    };
}

distances!(u64);
distances!(u32);

near!(time, time_ns: u64, "A time in nanoseconds.");
near!(packet, packet: u64, "A packet's number.");
near!(sequence, sequence: u32, "A sequence number.");

/// A packet's number and its time, or neither.
pub(in crate::track) mod moment {
    use super::*;

    /// Writes both.
    pub fn serialize<S: Serializer>(value: &Option<(u64, u64)>, to: S) -> Result<S::Ok, S::Error> {
        let mut last = LAST.get();
        let distance = value.map(|(packet, time_ns)| {
            (
                packet.distance(&mut last.packet),
                time_ns.distance(&mut last.time_ns),
            )
        });
        LAST.set(last);
        distance.serialize(to)
    }

    /// Reads both.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<(u64, u64)>, D::Error> {
        let distance: Option<(u64, u64)> = Deserialize::deserialize(from)?;
        let mut last = LAST.get();
        let value = distance.map(|(packet, time_ns)| {
            (
                Near::at(packet, &mut last.packet),
                Near::at(time_ns, &mut last.time_ns),
            )
        });
        LAST.set(last);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_near_is_small_and_zero_is_zero() {
        let mut last = 1_000_000_u64;
        let distances = [1_000_001, 0, 1_000_001, 1_000_000, 999_990].map(|number: u64| {
            let distance = number.distance(&mut last);
            assert!(distance < 32, "{distance}");
            distance
        });
        let mut last = 1_000_000;
        let again = distances.map(|distance| u64::at(distance, &mut last));
        assert_eq!(again, [1_000_001, 0, 1_000_001, 1_000_000, 999_990]);
    }

    proptest! {
        #[test]
        fn every_number_is_found_again(numbers in prop::collection::vec(number(), 0..20)) {
            let (mut written, mut read) = (0, 0);
            let (mut written_short, mut read_short) = (0, 0);
            for number in numbers {
                let distance = number.distance(&mut written);
                prop_assert_eq!(u64::at(distance, &mut read), number);
                let short = number as u32;
                let distance = short.distance(&mut written_short);
                prop_assert_eq!(u32::at(distance, &mut read_short), short);
            }
        }
    }

    fn number() -> impl Strategy<Value = u64> {
        const EDGES: [u64; 8] = [0, 1, 2, 1 << 31, 1 << 32, 1 << 63, u64::MAX - 1, u64::MAX];
        prop_oneof![any::<u64>(), prop::sample::select(EDGES.to_vec())]
    }
}
