//! The kinds of fields: how each is written and read.

use std::marker::PhantomData;

use arrayvec::ArrayVec;
use smallvec::{Array, SmallVec};

use super::{Packed, Packer, Unpacker};
use crate::decode::Protocol;
use crate::track::{Side, Sides};

/// How a field of type `T` is written and read.
pub(in crate::track) trait Kind<T> {
    /// Writes it.
    fn pack(value: &T, to: &mut Packer);
    /// Reads it over what was there.
    fn unpack(value: &mut T, from: &mut Unpacker<'_>);
    /// Whether it is what [`Kind::clear`] makes of it.
    fn is_nothing(value: &T) -> bool;
    /// Makes it nothing.
    fn clear(value: &mut T);
}

/// A whole number.
pub(in crate::track) struct Plain;
/// A whole number that is mostly 0.
pub(in crate::track) struct Seldom;
/// Yes or no.
pub(in crate::track) struct Flag;
/// Nanoseconds since the epoch.
pub(in crate::track) struct Time;
/// A packet's number.
pub(in crate::track) struct Number;
/// A sequence number of the direction that is packed.
pub(in crate::track) struct Sequence;
/// A sequence number of the other direction.
pub(in crate::track) struct Acknowledgment;
/// A timestamp (RFC 7323) of the direction that is packed.
pub(in crate::track) struct Stamp;
/// Kept beside the bytes: not written.
pub(in crate::track) struct Apart;
/// How long or how much of something: mostly said in several places.
pub(in crate::track) struct Amount;
/// The same in nanoseconds.
pub(in crate::track) struct Duration;
/// An identification given by the side that is packed.
pub(in crate::track) struct Identification;
/// A time that is mostly not there, and 0 then.
pub(in crate::track) struct SeldomTime;
/// What packs itself.
pub(in crate::track) struct Whole;
/// May be absent.
pub(in crate::track) struct Maybe<K>(PhantomData<K>);
/// In a box of its own.
pub(in crate::track) struct Boxed<K>(PhantomData<K>);
/// Two values.
pub(in crate::track) struct Pair<A, B>(PhantomData<(A, B)>);
/// One value for each end, whose sequence numbers are in it.
pub(in crate::track) struct TwoSides<K>(PhantomData<K>);
/// Any number of values in a row.
pub(in crate::track) struct Each<K>(PhantomData<K>);

/// A kind of number, 0 of which is nothing: how it is written, as a number of
/// another type, and read.
macro_rules! numbers {
    ($kind:ty: $($number:ty),+ as $wide:ty;
    |$value:ident, $to:ident| $write:expr; |$from:ident| $read:expr) => {$(
        impl Kind<$number> for $kind {
            #[inline]
            fn pack(value: &$number, $to: &mut Packer) {
                let $value = <$wide>::from(*value);
                $write;
            }
            #[inline]
            fn unpack(value: &mut $number, $from: &mut Unpacker<'_>) {
                *value = $read as $number;
            }
            #[inline]
            fn is_nothing(value: &$number) -> bool {
                *value == 0
            }
            #[inline]
            fn clear(value: &mut $number) {
                *value = 0;
            }
        }
    )+};
}

numbers!(Plain: u8, u16, u32, u64 as u64; |value, to| to.plain(value); |from| from.plain());
numbers!(Seldom: u8, u16, u32, u64 as u64;
    |value, to| {
        to.bit(value != 0);
        if value != 0 {
            to.plain(value);
        }
    };
    |from| if from.bit() { from.plain() } else { 0 }
);
numbers!(Amount: u16, u32, u64 as u64; |value, to| to.amount(value); |from| from.amount());
numbers!(Duration: u64 as u64; |value, to| to.duration(value); |from| from.duration());
numbers!(Identification: u16, u32 as u32;
    |value, to| to.identification(value);
    |from| from.identification()
);
numbers!(Time: u64 as u64; |value, to| to.time(value); |from| from.time());
numbers!(SeldomTime: u64 as u64;
    |value, to| {
        to.bit(value != 0);
        if value != 0 {
            to.time(value);
        }
    };
    |from| if from.bit() { from.time() } else { 0 }
);
numbers!(Number: u64 as u64; |value, to| to.number(value); |from| from.number());
numbers!(Sequence: u32 as u32; |value, to| to.sequence(value, false); |from| from.sequence(false));
numbers!(Acknowledgment: u32 as u32;
    |value, to| to.sequence(value, true);
    |from| from.sequence(true)
);
numbers!(Stamp: u32 as u32; |value, to| to.stamp(value); |from| from.stamp());

impl Kind<Option<Protocol>> for Plain {
    fn pack(value: &Option<Protocol>, to: &mut Packer) {
        to.plain(value.map_or(0, |protocol| protocol as u64 + 1));
    }
    fn unpack(value: &mut Option<Protocol>, from: &mut Unpacker<'_>) {
        let place = from.plain().checked_sub(1);
        *value = place.and_then(|place| Protocol::ALL.get(place as usize).copied());
    }
    fn is_nothing(value: &Option<Protocol>) -> bool {
        value.is_none()
    }
    fn clear(value: &mut Option<Protocol>) {
        *value = None;
    }
}

impl Kind<bool> for Flag {
    #[inline]
    fn pack(value: &bool, to: &mut Packer) {
        to.bit(*value);
    }
    #[inline]
    fn unpack(value: &mut bool, from: &mut Unpacker<'_>) {
        *value = from.bit();
    }
    #[inline]
    fn is_nothing(value: &bool) -> bool {
        !*value
    }
    #[inline]
    fn clear(value: &mut bool) {
        *value = false;
    }
}

impl<T> Kind<T> for Apart {
    fn pack(_: &T, _: &mut Packer) {}
    fn unpack(_: &mut T, _: &mut Unpacker<'_>) {}
    fn is_nothing(_: &T) -> bool {
        true
    }
    fn clear(_: &mut T) {}
}

impl<T: Packed> Kind<T> for Whole {
    #[inline]
    fn pack(value: &T, to: &mut Packer) {
        value.pack(to);
    }
    #[inline]
    fn unpack(value: &mut T, from: &mut Unpacker<'_>) {
        value.unpack(from);
    }
    #[inline]
    fn is_nothing(value: &T) -> bool {
        value.is_nothing()
    }
    #[inline]
    fn clear(value: &mut T) {
        value.clear();
    }
}

impl<T: Default, K: Kind<T>> Kind<Option<T>> for Maybe<K> {
    #[inline]
    fn pack(value: &Option<T>, to: &mut Packer) {
        to.bit(value.is_some());
        if let Some(value) = value {
            K::pack(value, to);
        }
    }
    #[inline]
    fn unpack(value: &mut Option<T>, from: &mut Unpacker<'_>) {
        if from.bit() {
            K::unpack(value.get_or_insert_default(), from);
        } else {
            *value = None;
        }
    }
    #[inline]
    fn is_nothing(value: &Option<T>) -> bool {
        value.is_none()
    }
    #[inline]
    fn clear(value: &mut Option<T>) {
        *value = None;
    }
}

impl<T, K: Kind<T>> Kind<Box<T>> for Boxed<K> {
    fn pack(value: &Box<T>, to: &mut Packer) {
        K::pack(value, to);
    }
    fn unpack(value: &mut Box<T>, from: &mut Unpacker<'_>) {
        K::unpack(value, from);
    }
    fn is_nothing(value: &Box<T>) -> bool {
        K::is_nothing(value)
    }
    fn clear(value: &mut Box<T>) {
        K::clear(value);
    }
}

impl<X, Y, A: Kind<X>, B: Kind<Y>> Kind<(X, Y)> for Pair<A, B> {
    #[inline]
    fn pack((first, second): &(X, Y), to: &mut Packer) {
        A::pack(first, to);
        B::pack(second, to);
    }
    #[inline]
    fn unpack((first, second): &mut (X, Y), from: &mut Unpacker<'_>) {
        A::unpack(first, from);
        B::unpack(second, from);
    }
    #[inline]
    fn is_nothing((first, second): &(X, Y)) -> bool {
        A::is_nothing(first) && B::is_nothing(second)
    }
    #[inline]
    fn clear((first, second): &mut (X, Y)) {
        A::clear(first);
        B::clear(second);
    }
}

impl<T, K: Kind<T>> Kind<Sides<T>> for TwoSides<K> {
    fn pack(Sides { client, server }: &Sides<T>, to: &mut Packer) {
        to.turn_to(Side::Client);
        K::pack(client, to);
        to.turn_to(Side::Server);
        K::pack(server, to);
    }
    fn unpack(Sides { client, server }: &mut Sides<T>, from: &mut Unpacker<'_>) {
        from.turn_to(Side::Client);
        K::unpack(client, from);
        from.turn_to(Side::Server);
        K::unpack(server, from);
    }
    fn is_nothing(Sides { client, server }: &Sides<T>) -> bool {
        K::is_nothing(client) && K::is_nothing(server)
    }
    fn clear(Sides { client, server }: &mut Sides<T>) {
        K::clear(client);
        K::clear(server);
    }
}

/// Values in a row that can be emptied and filled again.
macro_rules! rows {
    ([$($generic:tt)*] $item:ty, $row:ty) => {
        impl<$($generic)*, K: Kind<$item>> Kind<$row> for Each<K>
        where
            $item: Default,
        {
            fn pack(value: &$row, to: &mut Packer) {
                Seldom::pack(&(value.len() as u64), to);
                for item in value {
                    K::pack(item, to);
                }
            }
            fn unpack(value: &mut $row, from: &mut Unpacker<'_>) {
                let mut length = 0_u64;
                Seldom::unpack(&mut length, from);
                value.clear();
                for _ in 0..length {
                    let mut item = <$item>::default();
                    K::unpack(&mut item, from);
                    value.push(item);
                }
            }
            fn is_nothing(value: &$row) -> bool {
                value.is_empty()
            }
            fn clear(value: &mut $row) {
                value.clear();
            }
}
    };
}

rows!([T] T, Vec<T>);
rows!([A: Array] A::Item, SmallVec<A>);

impl<T: Default, K: Kind<T>, const N: usize> Kind<ArrayVec<T, N>> for Each<K> {
    fn pack(value: &ArrayVec<T, N>, to: &mut Packer) {
        Seldom::pack(&(value.len() as u64), to);
        for item in value {
            K::pack(item, to);
        }
    }
    fn unpack(value: &mut ArrayVec<T, N>, from: &mut Unpacker<'_>) {
        let mut length = 0_u64;
        Seldom::unpack(&mut length, from);
        value.clear();
        for _ in 0..length {
            let mut item = T::default();
            K::unpack(&mut item, from);
            // There were no more when it was packed.
            let _ = value.try_push(item);
        }
    }
    fn is_nothing(value: &ArrayVec<T, N>) -> bool {
        value.is_empty()
    }
    fn clear(value: &mut ArrayVec<T, N>) {
        value.clear();
    }
}
