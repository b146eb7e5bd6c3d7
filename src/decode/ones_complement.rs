//! The arithmetic of the Internet checksum (RFC 1071): ones' complement sums
//! of big-endian 16-bit words.
//!
//! Eight bytes are added at a time, in the machine's own byte order, which comes
//! to the same (section 2 there): 65536 is 1 in this arithmetic, so that a
//! word's weight does not matter, and swapping the words' bytes swaps those of
//! the sum.

/// The sum of the bytes as 16-bit words, below 65536; an odd last byte is the
/// upper half of a word.
pub(super) fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks();
    let mut last = [0; 8];
    for (place, byte) in last.iter_mut().zip(rest) {
        *place = *byte;
    }
    let number = |word: &[u8; 8]| u128::from(u64::from_ne_bytes(*word));
    // Four at a time: one at a time, half of the work is counting.
    let (fours, few) = words.as_chunks();
    let of_four = |[a, b, c, d]: &[[u8; 8]; 4]| number(a) + number(b) + number(c) + number(d);
    let total = fours.iter().map(of_four).sum::<u128>()
        + few.iter().map(number).sum::<u128>()
        + number(&last);
    let total = (total >> 64) + (total & u128::from(u64::MAX));
    let total = (total >> 64) as u64 + u64::from(fold(total as u64));
    u64::from(u16::from_be_bytes(fold(total).to_ne_bytes()))
}

/// A sum in 16 bits.
pub(super) fn fold(sum: u64) -> u16 {
    let sum = (sum >> 32) + (sum & 0xffff_ffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    ((sum >> 16) + (sum & 0xffff)) as u16
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
        }
    }

    #[test]
    fn the_largest_packet_of_ones_does_not_overflow() {
        let ones = vec![0xff; 1 << 18];
        assert_eq!(fold(sum(&ones)), 0xffff);
    }
}
