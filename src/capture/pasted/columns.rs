//! Which lines of a paste belong to dumps, and which word of each is the
//! offset: a column that grows by what the lines hold, whatever stands in
//! front of it.

use super::Reading;
use super::dump_line::{DumpLine, Numerals};

/// What the lines of a paste are to a dump.
pub(super) enum Item<'a> {
    Dump(DumpLine<'a>),
    /// `*`: lines like the last one follow.
    Repeat,
    /// Text, perhaps about the packet that follows.
    Text(usize),
}

/// Which lines belong to dumps, with what stands between them.
pub(super) fn items<'a>(reading: &Reading<'a>) -> Vec<Item<'a>> {
    let mut items: Vec<Item<'a>> = Vec::new();
    let mut lines = reading
        .lines
        .iter()
        .enumerate()
        .filter(|(index, line)| !line.is_blank() && !reading.is_used(*index))
        .map(|(index, line)| (index, DumpLine::ways(index, line)))
        .peekable();
    while let Some((index, ways)) = lines.next() {
        let is_repeat = |text: &[u8]| text.trim_ascii() == b"*";
        if reading
            .lines
            .get(index)
            .is_some_and(|line| is_repeat(&line.text))
        {
            items.push(Item::Repeat);
            continue;
        }
        let next = lines.peek().map_or(&[][..], |(_, ways)| ways);
        items.push(match chosen(&items, ways, next) {
            Some(line) => Item::Dump(line),
            None => Item::Text(index),
        });
    }
    items
}

/// The way to read a line that makes it one of a dump: it fits to the line
/// above, or to the one below, or speaks for itself.
fn chosen<'a>(
    items: &[Item<'a>],
    mut ways: Vec<DumpLine<'a>>,
    next: &[DumpLine<'a>],
) -> Option<DumpLine<'a>> {
    let above = match items {
        [.., Item::Dump(above)] => Some(above),
        _ => None,
    };
    let before_repeat = match items {
        [.., Item::Dump(above), Item::Repeat] => Some(above),
        _ => None,
    };
    let joins = |way: &DumpLine<'_>| above.map_or(0, |above| fit(above, way));
    let continued = |way: &DumpLine<'_>| {
        let fits = next.iter().map(|next| fit(way, next));
        fits.max().unwrap_or_default()
    };
    let begins = |way: &DumpLine<'_>| next.iter().any(|next| is_blank_start(way, next));
    let goes_on = |way: &DumpLine<'_>| {
        above.is_some_and(|above| is_alike(above, way))
            || before_repeat.is_some_and(|above| above.offset(16) < way.offset(16))
    };
    let at = best(&ways, joins)
        .or_else(|| best(&ways, continued))
        .or_else(|| ways.iter().position(begins))
        .or_else(|| ways.iter().position(goes_on))
        .or_else(|| ways.iter().position(DumpLine::is_sure))?;
    Some(ways.swap_remove(at))
}

/// The way that fits best, the first of equals.
fn best<'a>(ways: &[DumpLine<'a>], fit: impl Fn(&DumpLine<'a>) -> u32) -> Option<usize> {
    let fits = ways.iter().map(fit).enumerate();
    let best = fits.rev().max_by_key(|(_, fit)| *fit);
    best.filter(|(_, fit)| *fit > 0).map(|(at, _)| at)
}

/// The first line of a dump that is aligned to addresses: it is blank up to
/// where the packet begins, so that it holds less than its offset and that of
/// the next line say.
pub(super) fn is_blank_start(line: &DumpLine<'_>, next: &DumpLine<'_>) -> bool {
    let held: usize = line
        .groups
        .iter()
        .take(line.close_groups(2))
        .map(|group| group.bytes())
        .sum();
    let whole: usize = next.groups.iter().map(|group| group.bytes()).sum();
    let delta = line
        .offset(16)
        .zip(next.offset(16))
        .and_then(|(from, to)| to.checked_sub(from));
    let hexadecimal = |line: &DumpLine<'_>| line.numerals == Numerals::Hexadecimal;
    hexadecimal(line)
        && hexadecimal(next)
        && line.digits().len() == next.digits().len()
        && line.offset == next.offset
        && line.gap() > next.gap() + 1
        && (line.marked || line.digits().len() >= 6)
        && held > 0
        && delta.is_some_and(|delta| delta > held as u64 && delta <= whole as u64)
}

/// Whether a line that does not join on is still one of the dump: its offset
/// stands in the same column and grows.
fn is_alike(above: &DumpLine<'_>, line: &DumpLine<'_>) -> bool {
    let (length, other) = (above.digits().len(), line.digits().len());
    let same_column = above.offset.1 == line.offset.1 || above.prefixed && line.prefixed;
    let held: usize = above
        .groups
        .iter()
        .take(above.close_groups(1))
        .map(|group| group.bytes())
        .sum();
    let grows = |base| {
        let offsets = above.offset(base).zip(line.offset(base));
        offsets.is_some_and(|(from, to)| to >= from.saturating_add(held as u64))
    };
    (length == other || line.marked && same_column)
        && above.marked == line.marked
        && above.numerals == line.numerals
        && !line.glued
        && (grows(16) || grows(10))
}

const BASES: [u32; 3] = [16, 8, 10];

/// How well the next line's offset fits to the line in any base.
fn fit(line: &DumpLine<'_>, next: &DumpLine<'_>) -> u32 {
    let fits = BASES.iter().map(|&base| fit_in(line, next, base));
    fits.max().unwrap_or_default()
}

/// Whether the second line's offset is the first's and the bytes that it
/// holds: 2 where that is all it shows, 1 where it could be part of it.
fn fit_in(line: &DumpLine<'_>, next: &DumpLine<'_>, base: u32) -> u32 {
    let alike = line.numerals == next.numerals
        && line.marked == next.marked
        && line.hex_mark == next.hex_mark;
    if !alike && !next.is_end() {
        return 0;
    }
    let delta = line
        .offset(base)
        .zip(next.offset(base))
        .and_then(|(from, to)| to.checked_sub(from));
    let Some(delta) = delta.filter(|&delta| delta > 0) else {
        return 0;
    };
    match line.groups_of(delta) {
        Some(groups) if line.is_all(groups) => 2,
        // Behind text, only a line that is read as a whole convinces; and what
        // is over may be characters, which seldom look like digits.
        Some(groups) => {
            let alone = !line.prefixed || line.marked || line.hex_mark;
            u32::from(alone && groups * 2 > line.groups.len())
        }
        // The last word may stand for fewer bytes than it shows.
        None => {
            let word = line.group_bytes() as u64;
            let spare = (1..word).any(|spare| line.groups_of(delta + spare).is_some());
            u32::from(next.is_end() && line.is_swapped() && spare)
        }
    }
}

/// The base in which most offsets are what the lines before them make
/// expect; `od` writes octal ones.
pub(super) fn base(items: &[Item<'_>]) -> u32 {
    let fitting = |base: u32| -> u32 {
        let pairs = items.iter().zip(items.iter().skip(1));
        pairs
            .map(|pair| match pair {
                (Item::Dump(line), Item::Dump(next)) => fit_in(line, next, base),
                _ => 0,
            })
            .sum()
    };
    // `od` writes seven octal digits unless told otherwise.
    let first = items.iter().find_map(|item| match item {
        Item::Dump(line) => Some(line),
        _ => None,
    });
    let octal = first
        .is_some_and(|line| line.digits().len() == 7 && !line.marked && line.group_bytes() == 1);
    let order = if octal { [10, 16, 8] } else { [8, 10, 16] };
    // The last of equals wins.
    let best = order.into_iter().max_by_key(|&base| fitting(base));
    best.unwrap_or(16)
}
