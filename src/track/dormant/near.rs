//! How times, packet numbers and sequence numbers of dormant conversations are
//! written: as the distance from the one of the same sort that was written
//! last, as those of a connection lie near each other. Fields name one of the
//! modules [`time`], [`packet`], [`sequence`] and [`moment`] in their
//! `#[serde(with = …)]`.

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

/// What can be written as a distance.
trait Near: Sized {
    type Distance: Serialize + for<'de> Deserialize<'de>;

    /// The distance from the last one, which is this now.
    fn distance(&self, last: &mut Self) -> Self::Distance;

    /// The one at a distance from the last one, which it is now.
    fn at(distance: Self::Distance, last: &mut Self) -> Self;
}

impl Near for u64 {
    type Distance = i64;

    fn distance(&self, last: &mut Self) -> i64 {
        self.wrapping_sub(std::mem::replace(last, *self)) as i64
    }

    fn at(distance: i64, last: &mut Self) -> Self {
        *last = last.wrapping_add(distance as u64);
        *last
    }
}

impl Near for u32 {
    type Distance = i32;

    fn distance(&self, last: &mut Self) -> i32 {
        self.wrapping_sub(std::mem::replace(last, *self)) as i32
    }

    fn at(distance: i32, last: &mut Self) -> Self {
        *last = last.wrapping_add(distance as u32);
        *last
    }
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
        let distance: Option<(i64, i64)> = Deserialize::deserialize(from)?;
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

/// A time, where 0 stands for none.
pub(in crate::track) mod time_unless_zero {
    use super::time::optional;
    use super::*;

    /// Writes it.
    pub fn serialize<S: Serializer>(value: &u64, to: S) -> Result<S::Ok, S::Error> {
        optional::serialize(&Some(*value).filter(|value| *value != 0), to)
    }

    /// Reads it.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        Ok(optional::deserialize(from)?.unwrap_or_default())
    }
}
