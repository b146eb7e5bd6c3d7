//! The packet of a dump that is being read: takes line after line, and tells
//! the digits of a line from its characters.

use super::characters::has_characters;
use super::dump_format::with_characters;
use super::dump_line::{DumpLine, Group};
use super::line;
use super::{At, Format, LONGEST_PACKET, ProblemKind};

/// Bytes of a line from which on it is one of a dump: numbered lists grow by
/// one, and disassembled instructions by a few.
const FEWEST_IN_LINE: usize = 8;

/// The packet that is being read.
pub(super) struct Building {
    pub start: u64,
    pub last: u64,
    pub bytes: Vec<u8>,
    /// Bytes of the last line.
    pub line_bytes: usize,
    /// Bytes of every line but the first, if that is blank at its start, and
    /// the last; `None` where they differ.
    pub width: Option<usize>,
    /// Lines read so far.
    pub lines: usize,
    /// The first line is blank at its start.
    pub blank_start: bool,
    /// The last line, counted from 0.
    pub index: usize,
    /// Where the digits of the widest line end.
    pub column: usize,
    /// The narrowest gap between groups of the first line.
    pub gap: Option<usize>,
    pub format: Format,
    pub swapped: Option<u8>,
    /// Bytes of the first group.
    pub word: Option<u8>,
    pub from: At,
    pub to: At,
    pub title: Option<String>,
    pub problems: Vec<(At, usize, ProblemKind)>,
    pub broken: bool,
    pub repeat: bool,
    /// A last offset confirmed the length.
    pub ended: bool,
}

impl Building {
    /// The offset that should come next.
    pub(super) fn expected(&self) -> u64 {
        self.start.saturating_add(self.bytes.len() as u64)
    }

    /// Notes a line that was read.
    fn take_line(&mut self, index: usize, bytes: usize) {
        // The first line may be blank at its start, the last one short.
        self.width = match self.lines {
            0 => None,
            1 if bytes > self.line_bytes && !self.blank_start => None,
            1 => Some(self.line_bytes.max(bytes)),
            _ => self.width.filter(|&width| width == self.line_bytes),
        };
        self.line_bytes = bytes;
        self.lines += 1;
        self.index = index;
    }

    /// Whether this line, which does not join on, begins another packet:
    /// addresses go on to grow from one packet to the next.
    pub(super) fn is_overtaken(&self, line: &DumpLine<'_>) -> bool {
        let apart = line.index > self.index + 1;
        let full = self.width.is_none_or(|width| self.line_bytes >= width);
        self.start > 0 && !line.is_end() && (apart || !full)
    }

    /// Whether lines of one width that join on leave no doubt about it.
    pub(super) fn is_certain(&self) -> bool {
        let joined = self.lines > if self.broken { 2 } else { 1 };
        let fits = |width| width >= FEWEST_IN_LINE && self.line_bytes <= width;
        joined && self.width.is_some_and(fits)
    }

    pub(super) fn problem(&mut self, at: At, kind: ProblemKind) {
        self.problems.push((at, self.bytes.len(), kind));
        self.broken = true;
    }

    /// Repeats the last line until the offset.
    pub(super) fn fill(&mut self, offset: u64) {
        let from = self.bytes.len() - self.line_bytes.min(self.bytes.len());
        let wanted = usize::try_from(offset.saturating_sub(self.start)).unwrap_or(usize::MAX);
        let Some(line) = self.bytes.get(from..).map(<[u8]>::to_vec) else {
            return;
        };
        // One byte more than allowed, so that the cut is noticed.
        let missing = wanted
            .min(LONGEST_PACKET + 1)
            .saturating_sub(self.bytes.len());
        self.bytes.extend(line.iter().cycle().take(missing));
    }
}

/// The last offset of a dump, behind which nothing stands.
pub(super) fn end(packet: &mut Building, line: &DumpLine<'_>, offset: u64) {
    packet.last = offset;
    packet.ended = true;
    let expected = packet.expected();
    let word = packet.swapped.unwrap_or(1).into();
    if expected > offset && expected - offset < word {
        // The last word was filled up with zeros.
        let length = packet.bytes.len() - (expected - offset) as usize;
        packet.bytes.truncate(length);
    } else if expected != offset {
        let found = offset;
        packet.problem(
            line.line.at(line.offset.0),
            ProblemKind::Gap { expected, found },
        );
    }
}

/// Takes the digits of a line. `delta`: how many bytes the next offset says.
pub(super) fn digits(packet: &mut Building, line: &DumpLine<'_>, delta: Option<u64>) {
    let exact = delta.and_then(|delta| line.groups_of(delta));
    let (count, by_characters) = match exact {
        Some(count) => (count, false),
        None => shown(packet, line),
    };
    let before = packet.bytes.len();
    for group in line.groups.iter().take(count) {
        let mut word = group.read(&line.line.text);
        if packet.swapped.is_some() {
            word.reverse();
        }
        packet.bytes.extend(word);
        packet.to = line.line.at(group.end.saturating_sub(1));
        packet.column = packet.column.max(group.end);
    }
    packet.take_line(line.index, packet.bytes.len() - before);
    packet.gap.get_or_insert_with(|| line.narrowest_gap());
    let groups = line.groups.get(..count).unwrap_or_default();
    if by_characters || has_characters(&line.line.text, groups, packet.line_bytes) {
        packet.format = with_characters(packet.format);
    }
    if exact.is_none()
        && !by_characters
        && count == line.groups.len()
        && let Some(stop) = line.stop
    {
        let usual = packet.width.unwrap_or(LONGEST_PACKET) as u64;
        let short = delta.is_some_and(|delta| delta > packet.line_bytes as u64 && delta <= usual);
        if short || looks_like_digits(packet, line, stop) {
            wrong(packet, line, stop);
        }
    }
}

/// How many groups of a line are bytes, where no offset follows: what the
/// column of characters says, else what stands under the digits of the lines
/// above and is not set apart.
fn shown(packet: &Building, line: &DumpLine<'_>) -> (usize, bool) {
    let first = line
        .groups
        .first()
        .map_or(0, |group| group.end - group.start);
    let usual = packet.gap.unwrap_or_else(|| line.narrowest_gap());
    let mut previous: Option<Group> = None;
    let mut count = 0;
    let mut bytes = 0;
    for (index, group) in line.groups.iter().enumerate() {
        let groups = line.groups.get(..=index).unwrap_or_default();
        if has_characters(&line.line.text, groups, bytes + group.bytes()) {
            return (index + 1, true);
        }
        let apart = previous.is_some_and(|previous| line.gap_width(previous, *group) > usual);
        let outside = packet.column > 0 && group.end > packet.column;
        let other = group.end - group.start > first;
        let full = packet.line_bytes > 0 && bytes >= packet.line_bytes;
        // Some set the second half of a line apart.
        if !(apart && bytes != 8 || outside || other || full) && count == index {
            count = index + 1;
        }
        bytes += group.bytes();
        previous = Some(*group);
    }
    (count, false)
}

/// Whether what follows the last group was meant to be one: it stands where
/// groups do and is as long as they are.
fn looks_like_digits(packet: &Building, line: &DumpLine<'_>, stop: usize) -> bool {
    let Some((start, end)) = line::words(&line.line.text, stop).next() else {
        return false;
    };
    let Some(last) = line.groups.last() else {
        return true;
    };
    let length = end - start;
    let alike = length.abs_diff(last.end - last.start) <= 1;
    let near = start == last.end + 1;
    let under = packet.column == last.end || end <= packet.column;
    let digits = line
        .line
        .slice(start, end)
        .iter()
        .filter(|b| b.is_ascii_hexdigit());
    near && alike && under && digits.count() * 2 >= length
}

/// Says what is wrong with the word at `stop`.
fn wrong(packet: &mut Building, line: &DumpLine<'_>, stop: usize) {
    let Some((start, end)) = line::words(&line.line.text, stop).next() else {
        return;
    };
    let word = line.line.slice(start, end);
    let (digits, mark) = line::without_prefix(word);
    match digits.iter().position(|byte| !byte.is_ascii_hexdigit()) {
        Some(wrong) => {
            let whole = line::hex_bytes(digits.get(..wrong).unwrap_or_default());
            if packet.swapped.is_none() {
                packet.bytes.extend(whole);
            }
            let index = start + mark + wrong;
            let kind = ProblemKind::NotHex(line.line.character(index));
            packet.problem(line.line.at(index), kind);
        }
        None => packet.problem(line.line.at(start), ProblemKind::OddDigits(digits.len())),
    }
}
