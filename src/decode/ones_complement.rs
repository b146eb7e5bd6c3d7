//! The arithmetic of the Internet checksum (RFC 1071): ones' complement sums
//! of 16-bit words.
//!
//! Every packet's bytes go through [`raw_sum`], so they are added eight at a
//! time and in the machine's own byte order, which comes to the same (section
//! 2 there): a word's weight does not matter, because 65536 is 1 in this
//! arithmetic, and swapping the words' bytes swaps those of the sum.

/// The sum of big-endian 16-bit words; an odd last byte is the upper half of a
/// word.
pub(super) fn sum(bytes: &[u8]) -> u64 {
    u64::from(u16::from_be(fold(raw_sum(bytes))))
}

/// The same in the machine's byte order and not folded: below 2^48 for all
/// that a packet can hold.
#[inline]
pub(super) fn raw_sum(bytes: &[u8]) -> u64 {
    let (eights, rest) = bytes.as_chunks::<8>();
    // The upper halves apart; the lower ones are what the whole is without
    // them, which takes fewer steps than to add them up too.
    let (mut upper, mut whole) = (0_u64, 0_u64);
    for eight in eights {
        let word = u64::from_ne_bytes(*eight);
        upper += word >> 32;
        whole = whole.wrapping_add(word);
    }
    let lower = whole.wrapping_sub(upper << 32);
    upper + lower + raw_sum_of_few(rest)
}

/// Of fewer than eight bytes.
#[inline]
fn raw_sum_of_few(mut bytes: &[u8]) -> u64 {
    let mut total = 0;
    if let Some((four, behind)) = bytes.split_first_chunk() {
        total += u64::from(u32::from_ne_bytes(*four));
        bytes = behind;
    }
    if let Some((two, behind)) = bytes.split_first_chunk() {
        total += u64::from(u16::from_ne_bytes(*two));
        bytes = behind;
    }
    if let [last, ..] = bytes {
        total += u64::from(u16::from_ne_bytes([*last, 0]));
    }
    total
}

/// A number as it counts in a [`raw_sum`].
#[inline]
pub(super) fn raw(number: u32) -> u64 {
    number.to_be().into()
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
        assert!(raw_sum(&ones) < 1 << 48);
    }
}
