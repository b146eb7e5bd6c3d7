//! The byte string itself: whole numbers take as few bytes as they have,
//! yes and no a bit. Times, packet numbers and sequence numbers mostly repeat
//! one that was just written, or lie near it: they are written as which of the
//! last ones they are, or as the distance.

use super::super::{Side, Sides};

/// Longer strings are not made.
const AT_MOST: usize = 1700;

/// Nor do they have more words of bits.
const WORDS: usize = 255 / 8;

/// So many values back a repetition is known.
const REMEMBERED: usize = 1 << PLACE_BITS;
const PLACE_BITS: u32 = 3;

/// The values of one kind that were written last.
#[derive(Clone, Copy, Debug)]
struct Memory {
    values: [u64; REMEMBERED],
    /// Which of them is written over next.
    oldest: usize,
    /// What distances are counted from.
    latest: u64,
}

impl Memory {
    const fn from(origin: u64) -> Self {
        Self {
            values: [origin; REMEMBERED],
            oldest: 0,
            latest: origin,
        }
    }

    /// What is to be written for a value.
    #[inline]
    fn note(&mut self, value: u64) -> Noted {
        match self.values.iter().position(|known| *known == value) {
            Some(place) => Noted::Known(place),
            None => {
                let distance = value.wrapping_sub(self.latest) as i64;
                self.add(value);
                Noted::Far(fold(distance))
            }
        }
    }

    /// The same where numbers wrap at 2^32.
    #[inline]
    fn note_wrapping(&mut self, value: u32) -> Noted {
        let distance = value.wrapping_sub(self.latest as u32) as i32;
        match self.note(value.into()) {
            Noted::Far(_) => Noted::Far(fold(distance.into())),
            known => known,
        }
    }

    /// The value for which this was written.
    #[inline]
    fn recall(&mut self, noted: Noted) -> u64 {
        match noted {
            Noted::Known(place) => self.values.get(place).copied().unwrap_or_default(),
            Noted::Far(folded) => {
                let value = self.latest.wrapping_add(unfold(folded) as u64);
                self.add(value);
                value
            }
        }
    }

    /// The same where numbers wrap at 2^32.
    #[inline]
    fn recall_wrapping(&mut self, noted: Noted) -> u32 {
        match noted {
            Noted::Known(_) => self.recall(noted) as u32,
            Noted::Far(folded) => {
                let value = (self.latest as u32).wrapping_add(unfold(folded) as u32);
                self.add(value.into());
                value
            }
        }
    }

    #[inline]
    fn add(&mut self, value: u64) {
        if let Some(oldest) = self.values.get_mut(self.oldest) {
            *oldest = value;
        }
        self.oldest = (self.oldest + 1) % REMEMBERED;
        self.latest = value;
    }
}

/// A value: which of the remembered ones, or how far from the latest.
#[derive(Clone, Copy, Debug)]
enum Noted {
    Known(usize),
    Far(u64),
}

/// What both ends of the writing must agree on.
#[derive(Clone, Copy, Debug)]
struct Memories {
    times: Memory,
    numbers: Memory,
    amounts: Memory,
    sequences: Sides<Memory>,
    stamps: Sides<Memory>,
    identifications: Sides<Memory>,
}

impl Memories {
    const fn from(origin_ns: u64) -> Self {
        let zeros = Sides {
            client: Memory::from(0),
            server: Memory::from(0),
        };
        Self {
            times: Memory::from(origin_ns),
            numbers: Memory::from(0),
            amounts: Memory::from(0),
            sequences: zeros,
            stamps: zeros,
            identifications: zeros,
        }
    }
}

/// Small numbers near 0 on either side become small numbers.
const fn fold(distance: i64) -> u64 {
    ((distance << 1) ^ (distance >> 63)) as u64
}

const fn unfold(folded: u64) -> i64 {
    (folded >> 1) as i64 ^ -((folded & 1) as i64)
}

/// Writes; its memory is used again and again.
#[derive(Debug)]
pub(in crate::track) struct Packer {
    bytes: Box<[u8; AT_MOST]>,
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
            bytes: Box::new([0; AT_MOST]),
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
        let Some((bits, rest)) = rest.split_at_mut_checked(usize::from(self.bit_bytes)) else {
            return;
        };
        for (to, word) in bits.chunks_mut(8).zip(self.bits.iter()) {
            for (to, byte) in to.iter_mut().zip(word.to_le_bytes()) {
                *to = byte;
            }
        }
        if let (Some(to), Some(bytes)) =
            (rest.get_mut(..self.length), self.bytes.get(..self.length))
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

    #[inline]
    fn put(&mut self, byte: u8) {
        if let Some(at) = self.bytes.get_mut(self.length) {
            *at = byte;
        }
        self.length += 1;
    }

    /// Whose sequence numbers come next.
    pub fn turn_to(&mut self, side: Side) {
        self.side = side;
    }

    #[inline]
    pub fn bit(&mut self, bit: bool) {
        self.choice(u64::from(bit), 1);
    }

    /// A number below 2 to the power of `bits`, at most 8.
    #[inline]
    pub fn choice(&mut self, number: u64, bits: u32) {
        // Together they are in one word, and are read together.
        if self.waiting_bits + bits > 64 {
            self.put_word();
            (self.waiting, self.waiting_bits) = (0, 0);
        }
        self.waiting |= number << self.waiting_bits;
        self.waiting_bits += bits;
    }

    /// A whole number: seven bits a byte, the lowest first.
    #[inline]
    pub fn plain(&mut self, number: u64) {
        let mut rest = number;
        while rest >= 0x80 {
            self.put(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.put(rest as u8);
    }

    /// A value as [`Memory::note`] found it.
    #[inline]
    fn noted(&mut self, noted: Noted) {
        match noted {
            Noted::Known(place) => {
                self.bit(true);
                self.choice(place as u64, PLACE_BITS);
            }
            Noted::Far(distance) => {
                self.bit(false);
                self.plain(distance);
            }
        }
    }

    /// A time in nanoseconds.
    #[inline]
    pub fn time(&mut self, time_ns: u64) {
        let noted = self.memories.times.note(time_ns);
        self.noted(noted);
    }

    /// A packet's number.
    #[inline]
    pub fn number(&mut self, number: u64) {
        let noted = self.memories.numbers.note(number);
        self.noted(noted);
    }

    /// A sequence number of the side whose turn it is, or of its peer.
    #[inline]
    pub fn sequence(&mut self, sequence: u32, of_peer: bool) {
        let side = if of_peer {
            self.side.other()
        } else {
            self.side
        };
        let noted = self.memories.sequences[side].note_wrapping(sequence);
        self.noted(noted);
    }

    /// Bytes as they are.
    #[inline]
    pub fn raw(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.put(*byte);
        }
    }

    /// How long or how much: mostly the same in several places, or 0.
    #[inline]
    pub fn amount(&mut self, amount: u64) {
        match self.memories.amounts.note(amount) {
            // Amounts that are near each other are no more likely than others.
            Noted::Far(_) => self.noted(Noted::Far(amount)),
            known => self.noted(known),
        }
    }

    /// An identification that the side whose turn it is gave a packet.
    #[inline]
    pub fn identification(&mut self, identification: u32) {
        let noted = self.memories.identifications[self.side].note_wrapping(identification);
        self.noted(noted);
    }

    /// A timestamp (RFC 7323) of the side whose turn it is.
    #[inline]
    pub fn stamp(&mut self, stamp: u32) {
        let noted = self.memories.stamps[self.side].note_wrapping(stamp);
        self.noted(noted);
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
        if self.waiting_bits < bits {
            (self.waiting, self.waiting_bits) = (self.next_word(), 64);
        }
        let number = self.waiting & ((1 << bits) - 1);
        self.waiting >>= bits;
        self.waiting_bits -= bits;
        number
    }

    fn next_word(&mut self) -> u64 {
        if let Some((word, behind)) = self.bits.split_first_chunk() {
            self.bits = behind;
            return u64::from_le_bytes(*word);
        }
        let bytes = std::mem::take(&mut self.bits).iter().rev();
        bytes.fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }

    #[inline]
    pub fn plain(&mut self) -> u64 {
        let mut number = 0;
        let mut shift = 0;
        while let Some((byte, behind)) = self.bytes.split_first() {
            self.bytes = behind;
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if *byte < 0x80 || shift > 63 {
                break;
            }
        }
        number
    }

    #[inline]
    fn noted(&mut self) -> Noted {
        if self.bit() {
            Noted::Known(self.choice(PLACE_BITS) as usize)
        } else {
            Noted::Far(self.plain())
        }
    }

    #[inline]
    pub fn time(&mut self) -> u64 {
        let noted = self.noted();
        self.memories.times.recall(noted)
    }

    #[inline]
    pub fn number(&mut self) -> u64 {
        let noted = self.noted();
        self.memories.numbers.recall(noted)
    }

    #[inline]
    pub fn sequence(&mut self, of_peer: bool) -> u32 {
        let side = if of_peer {
            self.side.other()
        } else {
            self.side
        };
        let noted = self.noted();
        self.memories.sequences[side].recall_wrapping(noted)
    }

    #[inline]
    pub fn raw(&mut self, bytes: &mut [u8]) {
        if let Some((front, behind)) = self.bytes.split_at_checked(bytes.len()) {
            bytes.copy_from_slice(front);
            self.bytes = behind;
        }
    }

    #[inline]
    pub fn amount(&mut self) -> u64 {
        match self.noted() {
            Noted::Far(amount) => {
                self.memories.amounts.add(amount);
                amount
            }
            known => self.memories.amounts.recall(known),
        }
    }

    #[inline]
    pub fn identification(&mut self) -> u32 {
        let noted = self.noted();
        self.memories.identifications[self.side].recall_wrapping(noted)
    }

    #[inline]
    pub fn stamp(&mut self) -> u32 {
        let noted = self.noted();
        self.memories.stamps[self.side].recall_wrapping(noted)
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
            near.prop_map(Item::Amount),
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
                let _ = (from.sequence(true), from.bit());
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
        // The number once, and 4 bits each time after.
        assert_eq!(
            packer.finish(),
            Some(1 + 3 + (4 + 1 + 14 * 4_usize).div_ceil(8))
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
