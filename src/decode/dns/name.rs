//! A domain name inside a message (RFC 1035, sections 3.1 and 4.1.4): labels,
//! possibly ended by a pointer to an earlier name. In comes the message and an
//! offset; out comes a name that is known to end, or the reason why it does
//! not.

use std::fmt::{self, Write as _};
use std::hash::Hasher;

use arrayvec::ArrayVec;

use super::{Fault, FaultReason};

/// The most bytes that a name has on the wire when uncompressed.
const MOST_BYTES: usize = 255;
/// Every pointer but the first needs a label before it to be of use, and 255
/// bytes hold no more than 127 labels.
pub(super) const MOST_POINTERS: usize = 127;

/// A name, checked to end: pointers lead backwards only, and what they spell
/// is at most 255 bytes.
#[derive(Clone, Copy)]
pub struct Name<'a> {
    message: &'a [u8],
    offset: usize,
    length: usize,
    /// Whether no pointer is part of it.
    is_whole: bool,
}

impl<'a> Name<'a> {
    /// Reads the name at `offset` of the message.
    ///
    /// # Errors
    /// When the message ends within it, a pointer does not lead backwards, a
    /// label is of a reserved type, or it spells more than 255 bytes.
    pub fn parse(message: &'a [u8], offset: usize) -> Result<Self, Fault> {
        match Self::spelt_out(message, offset) {
            Some(name) => Ok(name),
            None => Self::parse_any(message, offset),
        }
    }

    /// Reads a name that has no pointers; `None` where there are pointers, or
    /// no name.
    pub(super) fn spelt_out(message: &'a [u8], offset: usize) -> Option<Self> {
        let length = length_in_place(message.get(offset..)?)?;
        Some(Self {
            message,
            offset,
            length,
            is_whole: true,
        })
    }

    /// Reads a name that may have pointers.
    fn parse_any(message: &'a [u8], offset: usize) -> Result<Self, Fault> {
        let mut at = offset;
        let mut segment = offset;
        let mut in_place = None;
        let mut spelt = 0_usize;
        let mut pointers = 0;
        let fault = |at: usize, reason| Fault::new(at, "name", reason);
        loop {
            let short = |needed: usize| {
                let had = message.len().saturating_sub(at);
                fault(at, FaultReason::too_short(needed, had))
            };
            let first = *message.get(at).ok_or_else(|| short(1))?;
            match first >> 6 {
                0 => {
                    let label = usize::from(first);
                    spelt += 1 + label;
                    if spelt > MOST_BYTES {
                        return Err(fault(at, FaultReason::NameTooLong(spelt as u16)));
                    }
                    if message.len() < at + 1 + label {
                        return Err(short(1 + label));
                    }
                    at += 1 + label;
                    if label == 0 {
                        let end = in_place.unwrap_or(at);
                        return Ok(Self {
                            message,
                            offset,
                            length: end - offset,
                            is_whole: in_place.is_none(),
                        });
                    }
                }
                3 => {
                    let second = *message.get(at + 1).ok_or_else(|| short(2))?;
                    let target = u16::from_be_bytes([first & 0x3f, second]);
                    in_place.get_or_insert(at + 2);
                    pointers += 1;
                    // Each jump goes before the labels it came from, so the
                    // walk cannot turn in a circle.
                    if usize::from(target) >= segment || usize::from(target) < super::HEADER_LENGTH
                    {
                        return Err(fault(at, FaultReason::BadPointer(target)));
                    }
                    if pointers > MOST_POINTERS {
                        return Err(fault(at, FaultReason::TooManyPointers));
                    }
                    segment = usize::from(target);
                    at = segment;
                }
                _ => return Err(fault(at, FaultReason::LabelType(first))),
            }
        }
    }

    /// The place where the name begins, in bytes from the message's start.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// The bytes that it takes in place: a pointer counts two, not what it
    /// points to.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }

    /// Whether it is the root, `.`.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.labels().next().is_none()
    }

    /// The name's labels, leftmost first, as raw bytes.
    #[must_use]
    pub const fn labels(&self) -> Labels<'a> {
        Labels {
            message: self.message,
            at: self.offset,
        }
    }

    /// The name's labels as they stand in the message, each behind its length
    /// and all before a 0, where they do so without pointers. What stands first
    /// in a message always does.
    #[must_use]
    pub fn in_place(&self) -> Option<&'a [u8]> {
        let bytes = self.message.get(self.offset..self.offset + self.length);
        bytes.filter(|_| self.is_whole)
    }

    /// Feeds it to a hasher so that names that differ only in letter case give
    /// the same (RFC 4343), with pointers or without.
    pub fn hash_caseless(&self, hasher: &mut impl Hasher) {
        match self.in_place() {
            Some(bytes) => hash_caseless(bytes, hasher),
            None => self.hash_spelt(hasher),
        }
    }

    fn hash_spelt(&self, hasher: &mut impl Hasher) {
        let mut spelt = ArrayVec::<u8, MOST_BYTES>::new();
        // The vector has room for every name.
        for label in self.labels() {
            let _ = spelt.try_push(label.len() as u8);
            let _ = spelt.try_extend_from_slice(label);
        }
        let _ = spelt.try_push(0);
        hash_caseless(&spelt, hasher);
    }
}

/// Bytes of a name that begins here and is spelt out; `None` where there are
/// pointers, or no name.
fn length_in_place(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match *bytes.get(at)? {
            0 => break,
            label if label >> 6 == 0 => at += 1 + usize::from(label),
            _ => return None,
        }
    }
    (at < MOST_BYTES).then_some(at + 1)
}

/// Labels behind their lengths, which are less than any letter.
fn hash_caseless(spelt: &[u8], hasher: &mut impl Hasher) {
    let (words, rest) = spelt.as_chunks();
    for word in words {
        hasher.write_u64(lowercase(u64::from_le_bytes(*word)));
    }
    // The last eight bytes, some of them once more, or all where there are
    // fewer.
    let rest = match spelt.last_chunk() {
        Some(last) => u64::from_le_bytes(*last),
        None => rest.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    };
    hasher.write_u64(lowercase(rest));
}

/// Equal but for letter case (RFC 4343).
impl PartialEq for Name<'_> {
    fn eq(&self, other: &Self) -> bool {
        let mut others = other.labels();
        for label in self.labels() {
            match others.next() {
                Some(same) if label.eq_ignore_ascii_case(same) => {}
                _ => return false,
            }
        }
        others.next().is_none()
    }
}

impl Eq for Name<'_> {}

/// Master file form without the last dot: a dot or backslash within a label
/// gets a backslash, what is not printable ASCII becomes `\DDD`. The root is
/// `.`.
impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut empty = true;
        for label in self.labels() {
            if !empty {
                f.write_char('.')?;
            }
            empty = false;
            for &byte in label {
                if byte == b'.' {
                    f.write_str("\\.")?;
                } else if byte == b' ' {
                    f.write_str("\\032")?;
                } else {
                    write_escaped(f, byte)?;
                }
            }
        }
        if empty { f.write_char('.') } else { Ok(()) }
    }
}

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

/// Eight bytes of text in lower case, where they are ASCII's.
fn lowercase(bytes: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * EACH;
    let low = bytes & !HIGH;
    // The highest bit of each byte says whether it is at least A, and beyond Z.
    let from_a = low + (0x80 - u64::from(b'A')) * EACH;
    let beyond_z = low + (0x7f - u64::from(b'Z')) * EACH;
    let upper = from_a & !beyond_z & !bytes & HIGH;
    bytes | upper >> 2
}

/// Writes one byte of text as master files do; space stays.
pub(super) fn write_escaped(f: &mut fmt::Formatter<'_>, byte: u8) -> fmt::Result {
    match byte {
        b'\\' => f.write_str("\\\\"),
        0x20..=0x7e => f.write_char(char::from(byte)),
        _ => write!(f, "\\{byte:03}"),
    }
}

/// The labels of a [`Name`].
#[derive(Clone, Debug)]
pub struct Labels<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Labels<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let first = *self.message.get(self.at)?;
            if first >> 6 == 3 {
                let second = *self.message.get(self.at + 1)?;
                // Strictly backwards, as `Name::parse` has checked.
                self.at = usize::from(u16::from_be_bytes([first & 0x3f, second]));
                continue;
            }
            let length = usize::from(first);
            if length == 0 || length > 63 {
                return None;
            }
            let label = self.message.get(self.at + 1..self.at + 1 + length)?;
            self.at += 1 + length;
            return Some(label);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::DefaultHasher;

    #[test]
    fn eight_letters_at_once_are_made_small_as_one_by_one() {
        for byte in 0..=255_u8 {
            let other = byte.wrapping_mul(7).wrapping_add(13);
            let bytes = [byte, other, b'Z', b'[', byte, b'@', b'A', 0xc1];
            let lower = lowercase(u64::from_le_bytes(bytes)).to_le_bytes();
            assert_eq!(lower, bytes.map(|byte| byte.to_ascii_lowercase()));
        }
    }

    /// A message of twelve header bytes and what follows.
    fn behind_a_header(bytes: &[u8]) -> Vec<u8> {
        [&[0; 12], bytes].concat()
    }

    proptest::proptest! {
        #[test]
        fn a_name_that_is_spelt_out_is_read_as_any_other(
            labels in proptest::collection::vec((0..70_u8, 0..4_u8), 0..12),
            cut in 0..40_usize,
        ) {
            let mut bytes = Vec::new();
            for (length, kind) in labels {
                match kind {
                    0 => bytes.extend([0xc0, length]),
                    _ => bytes.extend([vec![length], vec![b'x'; length.into()]].concat()),
                }
            }
            bytes.push(0);
            bytes.truncate(bytes.len().saturating_sub(cut / 2));
            let message = behind_a_header(&bytes);
            let form = |name: Name<'_>| (name.offset, name.length, name.is_whole);
            let fast = Name::parse(&message, 12).map(form);
            proptest::prop_assert_eq!(fast, Name::parse_any(&message, 12).map(form));
        }
    }

    #[test]
    fn labels_are_joined_by_dots() {
        let message = behind_a_header(b"\x03www\x07example\x03com\x00\xff");
        let name = Name::parse(&message, 12).unwrap();
        assert_eq!(name.to_string(), "www.example.com");
        assert_eq!(name.length(), 17);
    }

    #[test]
    fn a_pointer_continues_an_earlier_name_and_takes_two_bytes() {
        let message = behind_a_header(b"\x07example\x03com\x00\x03www\xc0\x0c");
        let name = Name::parse(&message, 25).unwrap();
        assert_eq!(name.to_string(), "www.example.com");
        assert_eq!(name.length(), 6);
    }

    #[test]
    fn the_root_is_a_dot() {
        let message = behind_a_header(b"\x00");
        let name = Name::parse(&message, 12).unwrap();
        assert!(name.is_root());
        assert_eq!(name.to_string(), ".");
        assert_eq!(name.length(), 1);
    }

    #[test]
    fn what_is_not_printable_is_escaped() {
        let message = behind_a_header(b"\x0aa.b\\c \x1b[\xc3\xa9\x00");
        let name = Name::parse(&message, 12).unwrap();
        assert_eq!(name.to_string(), "a\\.b\\\\c\\032\\027[\\195\\169");
    }

    #[test]
    fn a_pointer_to_itself_or_forward_is_a_fault() {
        for bytes in [
            &b"\xc0\x0c"[..],
            b"\xc0\x0e\x00",
            b"\x01a\xc0\x0c",
            b"\xc0\x00",
        ] {
            let message = behind_a_header(bytes);
            let fault = Name::parse(&message, 12).unwrap_err();
            assert!(
                matches!(fault.reason, FaultReason::BadPointer(_)),
                "{bytes:?}: {fault:?}"
            );
        }
    }

    #[test]
    fn two_pointers_at_each_other_are_a_fault() {
        let message = behind_a_header(b"\xc0\x0e\xc0\x0c");
        let fault = Name::parse(&message, 14).unwrap_err();
        assert_eq!(fault.reason, FaultReason::BadPointer(14));
        assert_eq!(fault.offset, 12);
    }

    #[test]
    fn a_long_ladder_of_pointers_is_given_up() {
        let mut bytes = b"\x00".to_vec();
        for rung in 0..200_u16 {
            let below = if rung == 0 { 12 } else { 13 + 2 * (rung - 1) };
            bytes.extend((0xc000 | below).to_be_bytes());
        }
        let message = behind_a_header(&bytes);
        assert!(Name::parse(&message, 13 + 2 * 126).is_ok());
        let fault = Name::parse(&message, 13 + 2 * 199).unwrap_err();
        assert_eq!(fault.reason, FaultReason::TooManyPointers);
    }

    #[test]
    fn two_hundred_and_fifty_five_bytes_are_the_most() {
        let mut bytes = Vec::new();
        for _ in 0..3 {
            bytes.push(63);
            bytes.extend([b'a'; 63]);
        }
        let mut fits = bytes.clone();
        fits.push(61);
        fits.extend([b'b'; 61]);
        fits.push(0);
        assert_eq!(fits.len(), 255);
        assert!(Name::parse(&behind_a_header(&fits), 12).is_ok());
        bytes.push(62);
        bytes.extend([b'b'; 62]);
        bytes.push(0);
        let fault = Name::parse(&behind_a_header(&bytes), 12).unwrap_err();
        assert_eq!(fault.reason, FaultReason::NameTooLong(256));
    }

    #[test]
    fn a_cut_label_says_what_it_needed() {
        let message = behind_a_header(b"\x07exam");
        let fault = Name::parse(&message, 12).unwrap_err();
        assert_eq!(fault.offset, 12);
        assert_eq!(fault.reason, FaultReason::TooShort { needed: 8, had: 5 });
    }

    #[test]
    fn reserved_label_types_are_a_fault() {
        let message = behind_a_header(b"\x41a\x00");
        let fault = Name::parse(&message, 12).unwrap_err();
        assert_eq!(fault.reason, FaultReason::LabelType(0x41));
    }

    #[test]
    fn letter_case_makes_no_difference() {
        let one = behind_a_header(b"\x03wWw\x02Ab\x00");
        let two = behind_a_header(b"\x03WWw\x02aB\x00");
        let other = behind_a_header(b"\x03www\x02ac\x00");
        let longer = behind_a_header(b"\x03www\x02ab\x01c\x00");
        let name = |message| Name::parse(message, 12).unwrap();
        let hash = |message| {
            let mut hasher = DefaultHasher::new();
            name(message).hash_caseless(&mut hasher);
            hasher.finish()
        };
        assert_eq!(name(&one), name(&two));
        assert_eq!(hash(&one), hash(&two));
        assert_ne!(name(&one), name(&other));
        assert_ne!(name(&one), name(&longer));
        assert_ne!(name(&longer), name(&one));
    }

    #[test]
    fn a_name_with_a_pointer_is_hashed_as_it_is_spelt() {
        let message =
            behind_a_header(b"\x07example\x03com\x00\x03www\xc0\x0c\x03WWW\x07EXAMPLE\x03com\x00");
        let name = |at| Name::parse(&message, at).unwrap();
        let hash = |at| {
            let mut hasher = DefaultHasher::new();
            name(at).hash_caseless(&mut hasher);
            hasher.finish()
        };
        assert_eq!(name(25).in_place(), None);
        assert_eq!(name(31).in_place().map(<[u8]>::len), Some(17));
        assert_eq!(hash(25), hash(31));
        assert_ne!(hash(12), hash(31));
    }
}
