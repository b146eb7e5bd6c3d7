//! One line of a dump: an offset, groups of digits, and perhaps the same
//! bytes as characters, which may look like digits too.

use super::characters::has_characters;
use super::line::{self, Line};
use super::offset::Offset;

/// A line that may have an offset, read as if a certain word were that.
pub(super) struct DumpLine<'a> {
    /// Which of the lines, from 0.
    pub index: usize,
    pub line: &'a Line<'a>,
    /// The digits of the offset.
    pub offset: (usize, usize),
    /// Text stands before the offset.
    pub prefixed: bool,
    /// So few digits, or so close to others, that only what it grows by shows
    /// an offset.
    pub glued: bool,
    /// `0x` stands before the offset.
    pub hex_mark: bool,
    /// A colon (or what a debugger puts there) stands behind it, or brackets
    /// around it.
    pub marked: bool,
    /// Groups of digits behind it: as many as there are, those of the
    /// character column that look like digits too.
    pub groups: Vec<Group>,
    /// How the groups are written.
    pub numerals: Numerals,
    /// `0x` stands before the first group.
    pub group_mark: bool,
    /// Where the first word stands that is no group.
    pub stop: Option<usize>,
}

/// Digits that stand together, by their indices in the line.
#[derive(Clone, Copy)]
pub(super) struct Group {
    pub start: usize,
    pub end: usize,
    pub numerals: Numerals,
}

/// The base in which the bytes are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Numerals {
    /// Two digits a byte.
    Hexadecimal,
    /// Three digits a byte or six for a word of two, as `od` writes them.
    Octal,
    /// Eight digits a byte, as `xxd -b` writes them.
    Binary,
}

impl Group {
    /// How many bytes it stands for.
    pub(super) fn bytes(self) -> usize {
        let length = self.end - self.start;
        match self.numerals {
            Numerals::Hexadecimal => length / 2,
            Numerals::Octal => length / 3,
            Numerals::Binary => length / 8,
        }
    }

    /// The bytes, in the order of the digits.
    pub(super) fn read(self, line: &[u8]) -> Vec<u8> {
        let digits = line.get(self.start..self.end).unwrap_or_default();
        let number = |base| {
            let digits = std::str::from_utf8(digits).ok()?;
            u16::from_str_radix(digits, base).ok()
        };
        let value = match self.numerals {
            Numerals::Hexadecimal => {
                let digits: Vec<u8> = digits.iter().filter(|&&b| b != b'`').copied().collect();
                return line::hex_bytes(&digits).collect();
            }
            Numerals::Octal => number(8),
            Numerals::Binary => number(2),
        };
        let bytes = value.unwrap_or_default().to_be_bytes();
        let from = bytes.len().saturating_sub(self.bytes());
        bytes.get(from..).unwrap_or_default().to_vec()
    }
}

/// Digits of one group: `xxd -g0` writes a whole line as one.
const LONGEST_GROUP: usize = 512;

/// Words at the start of a line among which an offset is looked for.
const WORDS: usize = 24;

/// Words before an offset that may be numbers.
const FEW: usize = 1;

/// Ways to read a line that are tried.
const MOST_WAYS: usize = 4;

impl<'a> DumpLine<'a> {
    /// Every way to read a line with an offset: at its start, or further on
    /// behind text.
    pub(super) fn ways(index: usize, line: &'a Line<'a>) -> Vec<Self> {
        let text = &line.text;
        let mut ways = Vec::new();
        let mut behind_text = true;
        for (nth, (start, end)) in line::words(text, 0).take(WORDS).enumerate() {
            let word = line.slice(start, end);
            let after_text = std::mem::replace(&mut behind_text, !line::is_hex(word));
            let Some(offset) = Offset::read(text, start, end) else {
                continue;
            };
            behind_text &= !offset.marked;
            // Digits behind digits are groups, but for numbers of lines.
            if !after_text && !offset.marked && nth > FEW {
                continue;
            }
            for numerals in [Numerals::Hexadecimal, Numerals::Octal, Numerals::Binary] {
                let (groups, stop) = groups(text, &offset, numerals);
                let other = numerals != Numerals::Hexadecimal;
                if (nth > 0 || other) && groups.is_empty() {
                    continue;
                }
                let group_mark = groups
                    .first()
                    .and_then(|group| text.get(group.start.checked_sub(1)?))
                    .is_some_and(|mark| mark.eq_ignore_ascii_case(&b'x'));
                ways.push(Self {
                    index,
                    line,
                    offset: (offset.start, offset.end),
                    prefixed: nth > 0 || offset.glued,
                    glued: offset.glued || offset.end - offset.start < 3,
                    hex_mark: offset.hex_mark,
                    marked: offset.marked,
                    groups,
                    numerals,
                    group_mark,
                    stop,
                });
            }
            if ways.len() >= MOST_WAYS {
                break;
            }
        }
        ways
    }

    pub(super) fn digits(&self) -> &'a [u8] {
        self.line.slice(self.offset.0, self.offset.1)
    }

    /// The offset, where it is a number in this base.
    pub(super) fn offset(&self, base: u32) -> Option<u64> {
        number(self.digits(), base)
    }

    /// Nothing stands behind the offset: it says where the dump ends.
    pub(super) fn is_end(&self) -> bool {
        self.groups.is_empty() && self.stop.is_none()
    }

    /// Bytes that the first group stands for.
    pub(super) fn group_bytes(&self) -> usize {
        self.groups.first().map_or(0, |group| group.bytes())
    }

    /// Whether the groups are words that `hexdump`, `od` and debuggers print
    /// as numbers of a little-endian host: the former put no colon behind the
    /// offset, which has six digits at least; `gdb` writes `0x` before each.
    pub(super) fn is_swapped(&self) -> bool {
        let of_tool = !self.marked && self.digits().len() >= 6;
        let of_debugger = self.hex_mark && self.group_mark;
        matches!(self.group_bytes(), 2 | 4 | 8) && (of_tool || of_debugger)
    }

    /// How many groups make this many bytes.
    pub(super) fn groups_of(&self, bytes: u64) -> Option<usize> {
        let mut sum = 0;
        for (index, group) in self.groups.iter().enumerate() {
            sum += group.bytes() as u64;
            if sum >= bytes {
                return (sum == bytes).then_some(index + 1);
            }
        }
        None
    }

    /// Whether so many groups are all that the line shows as digits: nothing
    /// follows, or the same bytes as characters.
    pub(super) fn is_all(&self, groups: usize) -> bool {
        let shown = self.groups.get(..groups).unwrap_or_default();
        let length = shown.iter().map(|group| group.bytes()).sum();
        // Behind half of the bytes, some leave a gap.
        let few = self.groups.len() < groups * 2;
        let wide = |next: &Group| {
            let last = shown.last();
            few && last.is_some_and(|last| self.gap_width(*last, *next) > 1)
        };
        groups == self.groups.len() && self.stop.is_none()
            || has_characters(&self.line.text, shown, length)
            || self.groups.get(groups).is_some_and(wide)
    }

    /// How many groups stand at the start with so many blanks between them at
    /// most.
    pub(super) fn close_groups(&self, blanks: usize) -> usize {
        let pairs = self.groups.iter().zip(self.groups.iter().skip(1));
        let near = pairs.take_while(|(left, right)| self.gap_width(**left, **right) <= blanks);
        near.count() + usize::from(!self.groups.is_empty())
    }

    /// The spaces between the offset and what follows.
    pub(super) fn gap(&self) -> usize {
        let body = self.groups.first().map_or(0, |group| group.start);
        body.saturating_sub(self.offset.1)
    }

    /// Whether this line alone looks like one of a dump: groups of digits
    /// without offsets must not be taken for it.
    pub(super) fn is_sure(&self) -> bool {
        let Some(first) = self.groups.first() else {
            return false;
        };
        if self.numerals != Numerals::Hexadecimal {
            return false;
        }
        let (offset, group) = (self.offset.1 - self.offset.0, first.end - first.start);
        if self.marked {
            return offset >= 2;
        }
        if self.prefixed || self.glued || offset < 3 || offset == group {
            return false;
        }
        let zero = self.digits().iter().all(|&digit| digit == b'0');
        zero && offset > group || self.gap() >= 2 && group == 2 && self.other_gaps_are_narrow()
    }

    /// How far apart two neighbours stand; a tab is wider than any gap made of
    /// spaces.
    pub(super) fn gap_width(&self, left: Group, right: Group) -> usize {
        let between = self.line.slice(left.end, right.start);
        if between.iter().any(u8::is_ascii_hexdigit) {
            // The offset of another row.
            return 1;
        }
        let width = |byte: &u8| match byte {
            b' ' => 1,
            b'\t' => 64,
            // A mark, `0x` or a dash between the halves.
            _ => 0,
        };
        between.iter().map(width).sum()
    }

    /// The narrowest gap between groups, one space where there are too few.
    pub(super) fn narrowest_gap(&self) -> usize {
        let pairs = self.groups.iter().zip(self.groups.iter().skip(1));
        let gaps = pairs.map(|(left, right)| self.gap_width(*left, *right));
        match self.groups.len() {
            0..=2 => 1,
            // A dash between the halves leaves none.
            _ => gaps.filter(|&gap| gap > 0).min().unwrap_or(1),
        }
    }

    fn other_gaps_are_narrow(&self) -> bool {
        let pairs = self.groups.iter().zip(self.groups.iter().skip(1));
        let narrow = |(left, right): (&Group, &Group)| right.start == left.end + 1;
        pairs.take(3).all(narrow)
    }
}

/// The groups of digits behind an offset, and where they end if the line does
/// not. A dump that lost its line feeds has more offsets in the line.
fn groups(text: &[u8], offset: &Offset, numerals: Numerals) -> (Vec<Group>, Option<usize>) {
    let mut groups: Vec<Group> = Vec::new();
    let mut bytes = 0;
    let mut at = offset.behind;
    while let Some((start, end)) = line::words(text, at).next() {
        let word = text.get(start..end).unwrap_or_default();
        let before = groups.len();
        in_word(word, start, numerals, &mut groups);
        at = end;
        let found = groups.get(before..).unwrap_or_default();
        bytes += found.iter().map(|group| group.bytes() as u64).sum::<u64>();
        // Some put a dash behind the eighth byte.
        if found.is_empty() && (word != b"-" || groups.is_empty()) {
            let Some(behind) = next_row(text, start, offset, bytes) else {
                return (groups, Some(start));
            };
            at = behind;
        }
    }
    (groups, None)
}

/// Words that the characters of a row may be.
const MOST_WORDS: usize = 8;

/// Behind the offset of the next row, if that stands in the same line, perhaps
/// behind the characters of the last one. `bytes`: how many there were so far.
fn next_row(text: &[u8], from: usize, offset: &Offset, bytes: u64) -> Option<usize> {
    let value = |offset: &Offset, base| number(text.get(offset.start..offset.end)?, base);
    let mut words = line::words(text, from).take(MOST_WORDS);
    words.find_map(|(start, end)| {
        let next = Offset::read(text, start, end)?;
        let joins = [16, 10].into_iter().any(|base| {
            let expected = value(offset, base).and_then(|from| from.checked_add(bytes));
            expected.is_some() && expected == value(&next, base)
        });
        (joins && bytes > 0 && next.marked == offset.marked).then_some(next.behind)
    })
}

/// A number of this base, with the marks that are put among its digits.
fn number(digits: &[u8], base: u32) -> Option<u64> {
    digits
        .iter()
        .filter(|&&byte| !matches!(byte, b'`' | b'_'))
        .try_fold(0_u64, |number, &byte| {
            let digit = (byte as char).to_digit(base)?;
            number.checked_mul(base.into())?.checked_add(digit.into())
        })
}

/// Adds the groups that a word is: one, or bytes with marks between them
/// (`02:00:0a`, `00-34`).
fn in_word(word: &[u8], at: usize, numerals: Numerals, groups: &mut Vec<Group>) {
    let group = |start: usize, length: usize| Group {
        start,
        end: start + length,
        numerals,
    };
    let (digits, mark) = line::without_prefix(word);
    let digits = without_tail(digits);
    let length = groups.first().map(|first| first.end - first.start);
    if is_group(digits, numerals, length) {
        groups.push(group(at + mark, digits.len()));
        return;
    }
    let word = word.strip_suffix(b":").unwrap_or(word);
    let mut count = 0;
    let are_bytes = word
        .split(|byte| matches!(byte, b':' | b'-' | b','))
        .all(|part| {
            count += 1;
            part.len() == 2 && line::is_hex(part)
        });
    if are_bytes && count > 1 && numerals == Numerals::Hexadecimal {
        groups.extend((at..).step_by(3).take(count).map(|start| group(start, 2)));
    }
}

/// A word without the commas and line feeds of source code.
fn without_tail(word: &[u8]) -> &[u8] {
    let word = word.strip_suffix(b"\\n").unwrap_or(word);
    let word = word.strip_suffix(b",").unwrap_or(word);
    // The dash behind the eighth byte, when that is the last.
    let word = word.strip_suffix(b"-").unwrap_or(word);
    word.strip_suffix(b"\\n").unwrap_or(word)
}

/// `first`: how many digits the first group has.
fn is_group(digits: &[u8], numerals: Numerals, first: Option<usize>) -> bool {
    let length = digits.len();
    match numerals {
        // WinDbg parts words of eight bytes: `00000034`0008010a`.
        Numerals::Hexadecimal if length == 17 => match digits.split_at_checked(8) {
            Some((high, [b'`', low @ ..])) => line::is_hex(high) && line::is_hex(low),
            _ => false,
        },
        Numerals::Hexadecimal => {
            line::is_hex(digits) && length.is_multiple_of(2) && length <= LONGEST_GROUP
        }
        Numerals::Octal => {
            let most = match length {
                3 => b'3',
                6 => b'1',
                _ => return false,
            };
            first.is_none_or(|first| first == length)
                && digits.iter().all(|digit| matches!(digit, b'0'..=b'7'))
                && digits.first().is_some_and(|&digit| digit <= most)
        }
        Numerals::Binary => length == 8 && digits.iter().all(|digit| matches!(digit, b'0' | b'1')),
    }
}
