//! The arithmetic of the Internet checksum (RFC 1071): ones' complement sums
//! of 16-bit words.
//!
//! Every packet's bytes go through [`raw_sum`], so they are added eight at a
//! time and in little-endian order, which comes to the same (section 2 there):
//! a word's weight does not matter, because 65536 is 1 in this arithmetic, and
//! swapping the words' bytes swaps those of the sum.

/// So many bytes are added.
type Word = [u8; 8];

/// The sum of big-endian 16-bit words; an odd last byte is the upper half of a
/// word.
pub(super) fn sum(bytes: &[u8]) -> u64 {
    u64::from(fold(raw_sum(bytes)).swap_bytes())
}

/// The same of little-endian words, in 64 bits.
#[inline(never)]
pub(super) fn raw_sum(bytes: &[u8]) -> u64 {
    let (mut total, mut left) = (0, bytes);
    if left.len() >= 64 {
        // Two sums, as one carry would have to wait for the other.
        let mut other = 0;
        while left.len() >= 256 {
            take::<128>(&mut left, &mut total);
            take::<128>(&mut left, &mut other);
        }
        take::<128>(&mut left, &mut total);
        take::<64>(&mut left, &mut other);
        total = plus(total, [other]);
    }
    take::<32>(&mut left, &mut total);
    take::<16>(&mut left, &mut total);
    take::<8>(&mut left, &mut total);
    match bytes.last_chunk() {
        _ if left.is_empty() => total,
        // The last eight bytes without those that were taken.
        Some(last) => {
            let taken = u64::BITS - 8 * left.len() as u32;
            plus(total, [u64::from_le_bytes(*last) >> taken])
        }
        None => few(left),
    }
}

/// Adds so many bytes, if they are there.
#[inline(always)]
fn take<const BYTES: usize>(left: &mut &[u8], total: &mut u64) {
    if let Some((bytes, behind)) = left.split_first_chunk::<BYTES>() {
        let (words, _) = bytes.as_chunks();
        *total = plus(*total, words.iter().map(|word| u64::from_le_bytes(*word)));
        *left = behind;
    }
}

/// Of fewer than eight bytes.
fn few(bytes: &[u8]) -> u64 {
    let mut word = Word::default();
    for (place, byte) in word.iter_mut().zip(bytes) {
        *place = *byte;
    }
    u64::from_le_bytes(word)
}

/// Adds words to a total, each with the carry of the one before, and the last
/// one's in the end. A known number of them takes one step for each.
#[inline(always)]
pub(super) fn plus(mut total: u64, words: impl IntoIterator<Item = u64>) -> u64 {
    let mut carry = false;
    for word in words {
        let (sum, first) = total.overflowing_add(word);
        let (sum, second) = sum.overflowing_add(carry.into());
        (total, carry) = (sum, first | second);
    }
    // What has overflown has room for one more.
    total.wrapping_add(carry.into())
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
            let all = plus(raw_sum(&complete), [raw(checksum.into())]);
            prop_assert!(is_all_ones(all));
            prop_assert!(!is_all_ones(plus(all, [raw(1)])));
        }
    }

    #[test]
    fn the_largest_packet_of_ones_does_not_overflow() {
        let ones = vec![0xff; 1 << 18];
        assert_eq!(fold(sum(&ones)), 0xffff);
    }
}
