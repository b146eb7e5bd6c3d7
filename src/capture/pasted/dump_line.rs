//! One line of a dump: an offset, groups of digits, and perhaps the same
//! bytes as characters, which may look like digits too.

use super::line::{self, Line};

/// A line that begins with what may be an offset.
pub(super) struct DumpLine<'a> {
    /// Which of the lines, from 0.
    pub index: usize,
    pub line: &'a Line<'a>,
    /// The digits of the offset.
    pub offset: (usize, usize),
    /// Text stands before the offset.
    pub prefixed: bool,
    /// `0x` stands before the offset.
    pub hex_mark: bool,
    /// A colon (or what a debugger puts there) stands behind it.
    pub colon: bool,
    /// Groups of digits behind it: as many as there are, those of the
    /// character column that look like digits too.
    pub groups: Vec<Group>,
    /// Where the first word stands that is no group.
    pub stop: Option<usize>,
}

/// Digits that stand together, by their indices in the line.
#[derive(Clone, Copy)]
pub(super) struct Group {
    pub start: usize,
    pub end: usize,
}

impl Group {
    /// How many bytes it stands for.
    pub(super) fn bytes(self) -> usize {
        (self.end - self.start) / 2
    }
}

/// Digits of one group: `xxd -g0` writes a whole line as one.
const LONGEST_GROUP: usize = 512;

impl<'a> DumpLine<'a> {
    /// Looks for an offset at the start of a line, or further on where a
    /// colon marks it.
    pub(super) fn find(index: usize, line: &'a Line<'a>) -> Option<Self> {
        let text = &line.text;
        for (nth, (start, end)) in line::words(text, 0).take(24).enumerate() {
            let Some(offset) = Offset::read(text, start, end) else {
                continue;
            };
            if nth > 0 && !offset.colon {
                continue;
            }
            let (groups, stop) = groups(text, offset.behind);
            if nth > 0 && groups.is_empty() {
                continue;
            }
            return Some(Self {
                index,
                line,
                offset: (offset.start, offset.end),
                prefixed: nth > 0,
                hex_mark: offset.hex_mark,
                colon: offset.colon,
                groups,
                stop,
            });
        }
        None
    }

    pub(super) fn digits(&self) -> &'a [u8] {
        self.line.slice(self.offset.0, self.offset.1)
    }

    /// The offset, where it is a number in this base.
    pub(super) fn offset(&self, base: u32) -> Option<u64> {
        let digits = std::str::from_utf8(self.digits()).ok()?;
        u64::from_str_radix(digits, base).ok()
    }

    /// Nothing stands behind the offset: it says where the dump ends.
    pub(super) fn is_end(&self) -> bool {
        self.groups.is_empty() && self.stop.is_none()
    }

    /// Bytes that the first group stands for.
    pub(super) fn group_bytes(&self) -> usize {
        self.groups.first().map_or(0, |group| group.bytes())
    }

    /// Whether the groups are words that `hexdump` and `od` print as numbers
    /// of a little-endian host: they put no colon behind the offset, which
    /// has six digits at least.
    pub(super) fn is_swapped(&self) -> bool {
        matches!(self.group_bytes(), 2 | 4 | 8) && !self.colon && self.digits().len() >= 6
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

    /// The spaces between the offset and what follows.
    fn gap(&self) -> usize {
        let body = self.groups.first().map_or(0, |group| group.start);
        body.saturating_sub(self.offset.1)
    }

    /// Whether this line alone looks like one of a dump: groups of digits
    /// without offsets must not be taken for it.
    pub(super) fn is_sure(&self) -> bool {
        let Some(first) = self.groups.first() else {
            return false;
        };
        let (offset, group) = (self.offset.1 - self.offset.0, first.end - first.start);
        if self.colon {
            return true;
        }
        if offset < 3 || offset == group {
            return false;
        }
        let zero = self.digits().iter().all(|&digit| digit == b'0');
        zero && offset > group || self.gap() >= 2 && group == 2 && self.other_gaps_are_narrow()
    }

    /// How far apart two neighbours stand; a tab is wider than any gap made of
    /// spaces.
    pub(super) fn gap_width(&self, left: Group, right: Group) -> usize {
        let between = self.line.slice(left.end, right.start);
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
            _ => gaps.min().unwrap_or(1),
        }
    }

    fn other_gaps_are_narrow(&self) -> bool {
        let pairs = self.groups.iter().zip(self.groups.iter().skip(1));
        let narrow = |(left, right): (&Group, &Group)| right.start == left.end + 1;
        pairs.take(3).all(narrow)
    }
}

/// A word that may be an offset.
struct Offset {
    start: usize,
    end: usize,
    behind: usize,
    colon: bool,
    hex_mark: bool,
}

impl Offset {
    fn read(text: &[u8], start: usize, end: usize) -> Option<Self> {
        let word = text.get(start..end)?;
        let (digits, mark) = line::without_prefix(word);
        let mark = if word.first() == Some(&b'\\') {
            0
        } else {
            mark
        };
        let digits = if mark == 0 { word } else { digits };
        let length = digits.iter().take_while(|b| b.is_ascii_hexdigit()).count();
        let colon = match digits.get(length..)? {
            [] => false,
            [b':' | b'|' | b'>'] => true,
            // gdb: `0x7ffe12345678 <packet+16>:`, when copied without spaces.
            [b'<', .., b'>', b':'] => true,
            _ => return None,
        };
        let shortest = if colon { 2 } else { 3 };
        (shortest..=16).contains(&length).then_some(Self {
            start: start + mark,
            end: start + mark + length,
            behind: end,
            colon,
            hex_mark: mark > 0,
        })
    }
}

/// The groups of digits from `from` on, and where they end if the line does
/// not.
fn groups(text: &[u8], from: usize) -> (Vec<Group>, Option<usize>) {
    let mut groups = Vec::new();
    for (start, end) in line::words(text, from) {
        let word = text.get(start..end).unwrap_or_default();
        let (digits, mark) = line::without_prefix(word);
        let digits = digits.strip_suffix(b",").unwrap_or(digits);
        if word == b"-" && !groups.is_empty() {
            // Some put a dash behind the eighth byte.
            continue;
        }
        if let [a, b, b'-', c, d] = *digits
            && line::is_hex(&[a, b, c, d])
        {
            groups.push(Group {
                start,
                end: start + 2,
            });
            groups.push(Group {
                start: start + 3,
                end,
            });
            continue;
        }
        if !line::is_hex(digits) || digits.len() % 2 != 0 || digits.len() > LONGEST_GROUP {
            return (groups, Some(start));
        }
        let start = start + mark;
        groups.push(Group {
            start,
            end: start + digits.len(),
        });
    }
    (groups, None)
}

/// Whether the groups, which are `length` bytes, are followed by the same
/// bytes as characters (those that are none shown as dots), to the end of the
/// line, perhaps between bars.
pub(super) fn has_characters(text: &[u8], groups: &[Group], length: usize) -> bool {
    let text = text.strip_suffix(b"|").unwrap_or(text);
    let Some((end, start)) = groups
        .last()
        .map(|last| last.end)
        .zip(text.len().checked_sub(length))
    else {
        return false;
    };
    let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'|';
    if !text
        .get(end..start)
        .is_some_and(|between| !between.is_empty() && between.iter().all(blank))
    {
        return false;
    }
    let bytes = groups
        .iter()
        .flat_map(|group| line::hex_bytes(text.get(group.start..group.end).unwrap_or_default()));
    let fits = |(byte, &shown): (u8, &u8)| shown == b'.' || shown == byte || byte >= 0x80;
    bytes.zip(text.get(start..).unwrap_or_default()).all(fits)
}
