//! The arithmetic of the Internet checksum (RFC 1071): ones' complement sums
//! of 16-bit words.
//!
//! Every packet's bytes go through [`raw_sum`], so they are added eight at a
//! time and in little-endian order, which comes to the same (section 2 there):
//! a word's weight does not matter, because 65536 is 1 in this arithmetic, and
//! swapping the words' bytes swaps those of the sum.

/// So many bytes are added.
type Word = [u8; 8];

/// What is added side by side.
type Block = [Word; 8];

/// With fewer blocks, side by side is slower than one word after the other.
const MANY_BLOCKS: usize = 6;

/// The sum of big-endian 16-bit words; an odd last byte is the upper half of a
/// word.
pub(super) fn sum(bytes: &[u8]) -> u64 {
    u64::from(fold(raw_sum(bytes)).swap_bytes())
}

/// The same of little-endian words and not folded to less than 33 bits.
#[inline]
pub(super) fn raw_sum(bytes: &[u8]) -> u64 {
    let Some(last) = bytes.last_chunk() else {
        return raw_sum_of_few(bytes);
    };
    let (mut words, rest) = bytes.as_chunks();
    // The last eight bytes without those that are in a whole word.
    let others = u64::BITS - 8 * rest.len() as u32;
    let rest = u64::from_le_bytes(*last).checked_shr(others);
    let mut total = rest.unwrap_or_default();
    let (blocks, behind) = words.as_chunks();
    if blocks.len() >= MANY_BLOCKS {
        total = narrower(total) + side_by_side(blocks);
        words = behind;
    }
    let (fours, words) = words.as_chunks::<4>();
    for four in fours {
        total = plus(total, four.map(u64::from_le_bytes));
    }
    for word in words {
        total = plus(total, [u64::from_le_bytes(*word)]);
    }
    narrower(total)
}

/// Of fewer than eight bytes.
fn raw_sum_of_few(bytes: &[u8]) -> u64 {
    let mut word = Word::default();
    for (place, byte) in word.iter_mut().zip(bytes) {
        *place = *byte;
    }
    narrower(u64::from_le_bytes(word))
}

/// Adds words to a total, each with the carry of the one before, and the last
/// one's in the end: the fastest for few.
#[inline(always)]
pub(super) fn plus<const N: usize>(mut total: u64, words: [u64; N]) -> u64 {
    let mut carry = false;
    for word in words {
        let (sum, first) = total.overflowing_add(word);
        let (sum, second) = sum.overflowing_add(carry.into());
        (total, carry) = (sum, first | second);
    }
    // What has overflown has room for one more.
    total.wrapping_add(carry.into())
}

/// The sum of many words, in the places of a block apart, as vectors add.
fn side_by_side(blocks: &[Block]) -> u64 {
    // The upper halves apart; the lower ones are what the whole is without
    // them, which takes fewer steps than to add them up too.
    let (mut upper, mut whole) = ([0_u64; 8], [0_u64; 8]);
    for block in blocks {
        for (place, word) in block.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            upper[place] += word >> 32;
            whole[place] = whole[place].wrapping_add(word);
        }
    }
    let upper: u64 = upper.iter().sum();
    let whole = whole.into_iter().fold(0, u64::wrapping_add);
    upper + whole.wrapping_sub(upper << 32)
}

/// The same sum in 33 bits, as 2^32 is 1 too.
#[inline]
fn narrower(sum: u64) -> u64 {
    (sum >> 32) + (sum & u64::from(u32::MAX))
}

/// Eight bytes of a header, as they count in a [`raw_sum`].
#[inline(always)]
pub(super) fn eight<const BYTES: usize>(header: &[u8; BYTES], at: usize) -> u64 {
    let bytes = header.get(at..).and_then(<[u8]>::first_chunk);
    bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// Four bytes of it.
#[inline(always)]
pub(super) fn four<const BYTES: usize>(header: &[u8; BYTES], at: usize) -> u64 {
    let bytes = header.get(at..).and_then(<[u8]>::first_chunk);
    bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes).into())
}

/// A number as it counts in a [`raw_sum`].
#[inline]
pub(super) fn raw(number: u32) -> u64 {
    number.swap_bytes().into()
}

/// Whether a sum, its checksum included, is what it is when the checksum
/// holds: all ones. No packet is all zeros.
#[inline]
pub(super) fn is_all_ones(sum: u64) -> bool {
    sum.is_multiple_of(0xffff)
}

/// In 16 bits.
pub(super) fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    sum as u16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 1071 to the letter, slowly.
    fn slow(bytes: &[u8]) -> u16 {
        let mut sum: u32 = 0;
        for pair in bytes.chunks(2) {
            let word = [pair[0], pair.get(1).copied().unwrap_or(0)];
            sum += u32::from(u16::from_be_bytes(word));
            if sum > 0xffff {
                sum = (sum & 0xffff) + 1;
            }
        }
        sum as u16
    }

    proptest! {
        #[test]
        fn the_wide_sum_is_the_sum_of_the_words(
            bytes in proptest::collection::vec(any::<u8>(), 0..1600),
        ) {
            prop_assert_eq!(fold(sum(&bytes)), slow(&bytes));
            let complete = [&bytes[..bytes.len() & !1], &[1, 2]].concat();
            let checksum = !slow(&complete);
            let all = raw_sum(&complete) + raw(checksum.into());
            prop_assert!(is_all_ones(all));
            prop_assert!(!is_all_ones(all + raw(1)));
        }
    }

    #[test]
    fn the_largest_packet_of_ones_does_not_overflow() {
        let ones = vec![0xff; 1 << 18];
        assert_eq!(fold(sum(&ones)), 0xffff);
        assert!(raw_sum(&ones) < 1 << 33);
    }
}
