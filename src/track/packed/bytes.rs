//! The byte string itself: whole numbers take as few bytes as they have,
//! yes and no a bit. Times, packet numbers and sequence numbers mostly repeat
//! one that was just written, or lie near one: they are written as which of the
//! last ones they are, or as the distance.

use super::super::Side;
use super::memory::{Memories, Near, Noted, PLACE_BITS};

/// Longer strings are not made.
const AT_MOST: usize = 1700;

/// Numbers are written in steps of so many bytes, whatever they take of them.
const STEP: usize = size_of::<u64>();

/// Most recordings count time in microseconds.
const MICROSECOND_NS: u64 = 1000;

/// No string has more words of bits.
const WORDS: usize = 255 / STEP;

/// Writes; its memory is used again and again.
#[derive(Debug)]
pub(in crate::track) struct Packer {
    bytes: Box<[u8; AT_MOST + STEP]>,
    length: usize,
    bits: Box<[u64; WORDS]>,
    words: usize,
    /// Bytes of all words that are not 0, when it is finished.
    bit_bytes: u8,
    /// Bits not yet in `bits`, the first lowest.
    waiting: u64,
    waiting_bits: u32,
    memories: Memories,
    side: Side,
}

impl Default for Packer {
    fn default() -> Self {
        Self {
            bytes: Box::new([0; AT_MOST + STEP]),
            length: 0,
            bits: Box::new([0; WORDS]),
            words: 0,
            bit_bytes: 0,
            waiting: 0,
            waiting_bits: 0,
            memories: Memories::from(0),
            side: Side::Client,
        }
    }
}

impl Packer {
    /// Begins anew; times are counted from `origin_ns`.
    pub fn begin(&mut self, origin_ns: u64) {
        (self.length, self.words) = (0, 0);
        (self.waiting, self.waiting_bits) = (0, 0);
        self.memories = Memories::from(origin_ns);
        self.side = Side::Client;
    }

    /// How many bytes [`Packer::write_to`] needs; `None` where it is too much
    /// to be packed.
    pub fn finish(&mut self) -> Option<usize> {
        self.put_word();
        let words = self.bits.get(..self.words)?;
        // Bits that are not there are read as 0.
        let last = words.iter().enumerate().rfind(|(_, word)| **word != 0);
        let bytes = last.map_or(0, |(at, word)| {
            8 * at + (64 - word.leading_zeros() as usize).div_ceil(8)
        });
        self.bit_bytes = u8::try_from(bytes).ok()?;
        (self.length <= AT_MOST).then_some(1 + bytes + self.length)
    }

    /// Writes all to the front of `to`, which is long enough.
    pub fn write_to(&self, to: &mut [u8]) {
        let Some((count, rest)) = to.split_first_mut() else {
            return;
        };
        *count = self.bit_bytes;
        let bit_bytes = usize::from(self.bit_bytes);
        // What is too much of the last word is written over.
        for (at, word) in (0..bit_bytes).step_by(STEP).zip(self.bits.iter()) {
            let room = rest.get_mut(at..).unwrap_or_default();
            match room.first_chunk_mut() {
                Some(place) => *place = word.to_le_bytes(),
                None => room
                    .iter_mut()
                    .zip(word.to_le_bytes())
                    .for_each(|(to, byte)| *to = byte),
            }
        }
        let room = rest.get_mut(bit_bytes..).unwrap_or_default();
        if let (Some(to), Some(bytes)) =
            (room.get_mut(..self.length), self.bytes.get(..self.length))
        {
            to.copy_from_slice(bytes);
        }
    }

    fn put_word(&mut self) {
        if let Some(word) = self.bits.get_mut(self.words) {
            *word = self.waiting;
        }
        self.words += 1;
    }

    /// The lowest bytes of a word, the lowest first.
    #[inline(always)]
    pub fn put(&mut self, word: u64, bytes: usize) {
        let room = self.bytes.get_mut(self.length..);
        if let Some(place) = room.and_then(|room| room.first_chunk_mut()) {
            *place = word.to_le_bytes();
        }
        self.length += bytes;
    }

    /// Whose sequence numbers come next.
    pub fn turn_to(&mut self, side: Side) {
        self.side = side;
    }

    #[inline]
    pub fn bit(&mut self, bit: bool) {
        self.choice(u64::from(bit), 1);
    }

    /// A number below 2 to the power of `bits`, at most 16.
    #[inline(always)]
    pub fn choice(&mut self, number: u64, bits: u32) {
        self.waiting |= number << self.waiting_bits;
        self.waiting_bits += bits;
        if self.waiting_bits >= u64::BITS {
            self.put_word();
            self.waiting_bits -= u64::BITS;
            self.waiting = number >> (bits - self.waiting_bits);
        }
    }

    /// A whole number: seven bits a byte. In the lowest bits stands how many
    /// bytes: so many less one are 0.
    #[inline]
    pub fn plain(&mut self, number: u64) {
        let bytes = (number | 1).ilog2() / 7;
        if bytes >= STEP as u32 {
            return self.long(number);
        }
        self.put((number << 1 | 1) << bytes, bytes as usize + 1);
    }

    /// One that takes more: all bytes as they are, behind one that is 0.
    #[cold]
    #[inline(never)]
    fn long(&mut self, number: u64) {
        self.put(0, 1);
        self.put(number, STEP);
    }

    /// A value as a memory has noted it; `far`: writes one that it did not know.
    #[inline(always)]
    fn noted(&mut self, noted: Noted, far: impl FnOnce(&mut Self, u64)) {
        match noted {
            Noted::Known(place) => self.choice((place as u64) << 1 | 1, 1 + PLACE_BITS),
            Noted::Far(distance) => {
                self.bit(false);
                far(self, distance);
            }
        }
    }

    /// The same of a value near a remembered one; `distance`: writes how far
    /// from it.
    #[inline(always)]
    fn near(&mut self, near: Near, distance: impl FnOnce(&mut Self, u64)) {
        let is_itself = near.distance == 0;
        self.choice(
            (near.place as u64) << 1 | u64::from(is_itself),
            1 + PLACE_BITS,
        );
        if !is_itself {
            distance(self, near.distance);
        }
    }

    /// Nanoseconds, where they are whole microseconds, as such.
    #[inline]
    fn nanoseconds(&mut self, time_ns: u64) {
        let is_whole = time_ns.is_multiple_of(MICROSECOND_NS);
        self.bit(is_whole);
        self.plain(if is_whole {
            time_ns / MICROSECOND_NS
        } else {
            time_ns
        });
    }

    /// A time in nanoseconds.
    #[inline]
    pub fn time(&mut self, time_ns: u64) {
        let near = self.memories.times.note_near(time_ns);
        self.near(near, Self::nanoseconds);
    }

    /// A packet's number.
    #[inline]
    pub fn number(&mut self, number: u64) {
        let near = self.memories.numbers.note_near(number);
        self.near(near, Self::plain);
    }

    /// A sequence number of the side whose turn it is, or of its peer.
    #[inline]
    pub fn sequence(&mut self, sequence: u32, of_peer: bool) {
        let side = if of_peer {
            self.side.other()
        } else {
            self.side
        };
        let noted = self.memories.sequences[side].note(sequence);
        self.noted(noted, Self::plain);
    }

    /// How long or how much: mostly the same in several places, or 0.
    #[inline]
    pub fn amount(&mut self, amount: u64) {
        // Amounts that are near each other are no more likely than others.
        let noted = self.memories.amounts.note_itself(amount);
        self.noted(noted, Self::plain);
    }

    /// The same of how long something took, in nanoseconds.
    #[inline]
    pub fn duration(&mut self, duration_ns: u64) {
        let noted = self.memories.amounts.note_itself(duration_ns);
        self.noted(noted, Self::nanoseconds);
    }

    /// An identification that the side whose turn it is gave a packet.
    #[inline]
    pub fn identification(&mut self, identification: u32) {
        let noted = self.memories.identifications[self.side].note(identification);
        self.noted(noted, Self::plain);
    }

    /// A timestamp (RFC 7323) of the side whose turn it is.
    #[inline]
    pub fn stamp(&mut self, stamp: u32) {
        let noted = self.memories.stamps[self.side].note(stamp);
        self.noted(noted, Self::plain);
    }
}

/// Reads what a [`Packer`] wrote. Behind the end there are zeros.
#[derive(Debug)]
pub(in crate::track) struct Unpacker<'a> {
    bits: &'a [u8],
    bytes: &'a [u8],
    /// Bits taken out of `bits` and not yet read.
    waiting: u64,
    waiting_bits: u32,
    memories: Memories,
    side: Side,
}

impl<'a> Unpacker<'a> {
    /// Reads what was written with the same origin.
    pub fn new(packed: &'a [u8], origin_ns: u64) -> Self {
        let (bit_bytes, rest) = packed.split_first().unwrap_or((&0, &[]));
        let (bits, bytes) = rest
            .split_at_checked(usize::from(*bit_bytes))
            .unwrap_or_default();
        Self {
            bits,
            bytes,
            waiting: 0,
            waiting_bits: 0,
            memories: Memories::from(origin_ns),
            side: Side::Client,
        }
    }

    /// Whose sequence numbers come next.
    pub fn turn_to(&mut self, side: Side) {
        self.side = side;
    }

    #[inline]
    pub fn bit(&mut self) -> bool {
        self.choice(1) == 1
    }

    #[inline]
    pub fn choice(&mut self, bits: u32) -> u64 {
        self.have_bits();
        self.taken(bits)
    }

    /// Has half a word of bits, or more, for [`Self::taken`].
    #[inline(always)]
    fn have_bits(&mut self) {
        if self.waiting_bits < u32::BITS {
            self.waiting |= self.next_bits() << self.waiting_bits;
            self.waiting_bits += u32::BITS;
        }
    }

    /// The next of the bits that are there.
    #[inline(always)]
    fn taken(&mut self, bits: u32) -> u64 {
        let number = self.waiting & ((1 << bits) - 1);
        self.waiting >>= bits;
        self.waiting_bits -= bits;
        number
    }

    #[inline(never)]
    fn next_bits(&mut self) -> u64 {
        if let Some((half, behind)) = self.bits.split_first_chunk() {
            self.bits = behind;
            return u32::from_le_bytes(*half).into();
        }
        let bytes = std::mem::take(&mut self.bits).iter().rev();
        bytes.fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }

    /// What was [`Packer::put`].
    #[inline]
    pub fn get(&mut self, bytes: usize) -> u64 {
        let word = self.next_word();
        self.bytes = self.bytes.get(bytes..).unwrap_or_default();
        let above = u64::BITS - 8 * bytes as u32;
        word.checked_shl(above).map_or(0, |word| word >> above)
    }

    /// What is left of the bytes, where that is no whole word.
    #[inline(never)]
    fn last_word(&self) -> u64 {
        let bytes = self.bytes.iter().rev();
        bytes.fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }

    #[inline]
    pub fn plain(&mut self) -> u64 {
        let word = self.next_word();
        let bytes = word.trailing_zeros() + 1;
        if bytes > STEP as u32 {
            return self.long();
        }
        self.bytes = self.bytes.get(bytes as usize..).unwrap_or_default();
        let above = u64::BITS - 8 * bytes;
        word << above >> above >> bytes
    }

    /// What [`Packer::long`] wrote.
    #[cold]
    #[inline(never)]
    fn long(&mut self) -> u64 {
        self.bytes = self.bytes.get(1..).unwrap_or_default();
        self.get(STEP)
    }

    /// The next bytes, as many as a word has.
    #[inline(always)]
    fn next_word(&self) -> u64 {
        match self.bytes.first_chunk() {
            Some(word) => u64::from_le_bytes(*word),
            None => self.last_word(),
        }
    }

    /// A value as a memory has noted it; `far`: reads one that it did not know.
    #[inline(always)]
    fn noted(&mut self, far: impl FnOnce(&mut Self) -> u64) -> Noted {
        self.have_bits();
        if self.taken(1) == 1 {
            Noted::Known(self.taken(PLACE_BITS) as usize)
        } else {
            Noted::Far(far(self))
        }
    }

    #[inline]
    fn nanoseconds(&mut self) -> u64 {
        let unit_ns = if self.bit() { MICROSECOND_NS } else { 1 };
        self.plain().wrapping_mul(unit_ns)
    }

    /// A value near a remembered one; `distance`: reads how far from it.
    #[inline(always)]
    fn near(&mut self, distance: impl FnOnce(&mut Self) -> u64) -> Near {
        self.have_bits();
        let is_itself = self.taken(1) == 1;
        Near {
            place: self.taken(PLACE_BITS) as usize,
            distance: if is_itself { 0 } else { distance(self) },
        }
    }

    #[inline(never)]
    pub fn time(&mut self) -> u64 {
        let near = self.near(Self::nanoseconds);
        self.memories.times.recall_near(near)
    }

    #[inline(never)]
    pub fn number(&mut self) -> u64 {
        let near = self.near(Self::plain);
        self.memories.numbers.recall_near(near)
    }

    #[inline(never)]
    pub fn sequence(&mut self, of_peer: bool) -> u32 {
        let side = if of_peer {
            self.side.other()
        } else {
            self.side
        };
        let noted = self.noted(Self::plain);
        self.memories.sequences[side].recall(noted)
    }

    #[inline(never)]
    pub fn amount(&mut self) -> u64 {
        let noted = self.noted(Self::plain);
        self.memories.amounts.recall_itself(noted)
    }

    #[inline(never)]
    pub fn duration(&mut self) -> u64 {
        let noted = self.noted(Self::nanoseconds);
        self.memories.amounts.recall_itself(noted)
    }

    #[inline(never)]
    pub fn identification(&mut self) -> u32 {
        let noted = self.noted(Self::plain);
        self.memories.identifications[self.side].recall(noted)
    }

    #[inline(never)]
    pub fn stamp(&mut self) -> u32 {
        let noted = self.noted(Self::plain);
        self.memories.stamps[self.side].recall(noted)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Item {
        Bit(bool),
        Choice(u64, u32),
        Plain(u64),
        Time(u64),
        Number(u64),
        Sequence(u32, bool),
        Stamp(u32),
        Amount(u64),
        Duration(u64),
        Identification(u32),
        Turn(Side),
    }

    fn item() -> impl Strategy<Value = Item> {
        let near = prop_oneof![any::<u64>(), 0..40_u64, Just(u64::MAX)];
        let sequence = prop_oneof![any::<u32>(), 0..9_u32, Just(u32::MAX)];
        prop_oneof![
            any::<bool>().prop_map(Item::Bit),
            (1..=8_u32, any::<u8>()).prop_map(|(bits, number)| Item::Choice(
                u64::from(number) & ((1 << bits) - 1),
                bits
            )),
            near.clone().prop_map(Item::Plain),
            near.clone().prop_map(Item::Time),
            near.clone().prop_map(Item::Number),
            near.clone().prop_map(Item::Amount),
            near.prop_map(Item::Duration),
            (0..9_u64).prop_map(|microseconds| Item::Time(microseconds * MICROSECOND_NS)),
            (0..9_u64).prop_map(|microseconds| Item::Duration(microseconds * MICROSECOND_NS)),
            sequence.clone().prop_map(Item::Stamp),
            sequence.clone().prop_map(Item::Identification),
            (sequence, any::<bool>()).prop_map(|(number, peer)| Item::Sequence(number, peer)),
            any::<bool>().prop_map(|first| Item::Turn(if first {
                Side::Client
            } else {
                Side::Server
            })),
        ]
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            items in proptest::collection::vec(item(), 0..150),
            origin_ns: u64,
        ) {
            let mut packer = Packer::default();
            packer.begin(origin_ns);
            for item in &items {
                match *item {
                    Item::Bit(bit) => packer.bit(bit),
                    Item::Choice(number, bits) => packer.choice(number, bits),
                    Item::Plain(number) => packer.plain(number),
                    Item::Time(time_ns) => packer.time(time_ns),
                    Item::Number(number) => packer.number(number),
                    Item::Sequence(number, peer) => packer.sequence(number, peer),
                    Item::Stamp(stamp) => packer.stamp(stamp),
                    Item::Amount(amount) => packer.amount(amount),
                    Item::Duration(duration_ns) => packer.duration(duration_ns),
                    Item::Identification(number) => packer.identification(number),
                    Item::Turn(side) => packer.turn_to(side),
                }
            }
            let mut bytes = vec![0; packer.finish().expect("short enough") + 3];
            packer.write_to(&mut bytes);
            let mut from = Unpacker::new(&bytes, origin_ns);
            for item in &items {
                match *item {
                    Item::Bit(bit) => prop_assert_eq!(from.bit(), bit),
                    Item::Choice(number, bits) => prop_assert_eq!(from.choice(bits), number),
                    Item::Plain(number) => prop_assert_eq!(from.plain(), number),
                    Item::Time(time_ns) => prop_assert_eq!(from.time(), time_ns),
                    Item::Number(number) => prop_assert_eq!(from.number(), number),
                    Item::Sequence(number, peer) => prop_assert_eq!(from.sequence(peer), number),
                    Item::Stamp(stamp) => prop_assert_eq!(from.stamp(), stamp),
                    Item::Amount(amount) => prop_assert_eq!(from.amount(), amount),
                    Item::Duration(time_ns) => prop_assert_eq!(from.duration(), time_ns),
                    Item::Identification(number) => {
                        prop_assert_eq!(from.identification(), number);
                    }
                    Item::Turn(side) => from.turn_to(side),
                }
            }
        }

        #[test]
        fn arbitrary_bytes_are_read_without_a_panic(bytes: Vec<u8>, origin_ns: u64) {
            let mut from = Unpacker::new(&bytes, origin_ns);
            for _ in 0..100 {
                let _ = (from.choice(3), from.plain(), from.time(), from.number());
                let _ = (from.sequence(true), from.bit(), from.duration());
            }
        }
    }

    #[test]
    fn what_repeats_takes_half_a_byte() {
        let mut packer = Packer::default();
        packer.begin(1_700_000_000_000_000_000);
        packer.time(1_700_000_000_000_000_000);
        for _ in 0..15 {
            packer.number(123_456);
        }
        // The number once, and 4 bits each time.
        assert_eq!(
            packer.finish(),
            Some(1 + 3 + (4 + 15 * 4_usize).div_ceil(8))
        );
    }

    #[test]
    fn what_is_too_much_is_not_packed() {
        let mut packer = Packer::default();
        packer.begin(0);
        (0..AT_MOST).for_each(|_| packer.plain(1));
        assert_eq!(packer.finish(), Some(1 + AT_MOST));
        packer.plain(1);
        assert_eq!(packer.finish(), None);
        packer.begin(0);
        (0..=64 * WORDS).for_each(|_| packer.bit(true));
        assert_eq!(packer.finish(), None);
    }
}
