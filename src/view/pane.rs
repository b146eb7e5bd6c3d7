//! Lines that are moved through: one of them is selected where they have names
//! (numbers of packets, of conversations, names of notes), else they scroll.

use std::ops::RangeInclusive;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::Line;

use super::ansi;

/// Where a line has its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// Nowhere.
    None,
    /// Each is named by its place.
    Lines,
    /// It begins with a number.
    First,
    /// A number stands behind its time.
    BehindTime,
    /// A number stands behind a duration and its unit.
    BehindDuration,
    /// It begins with a word.
    Word,
}

/// Lines, and what of them is shown.
#[derive(Debug, Default)]
pub(super) struct Pane {
    lines: Vec<Line<'static>>,
    names: Vec<Option<String>>,
    /// The line that is selected.
    selected: usize,
    /// The first line that is shown.
    top: usize,
    /// Rows that were drawn last.
    rows: usize,
    /// Where it was drawn last.
    area: Rect,
}

impl Pane {
    /// Other lines, of which the same is selected as before where it is among them.
    pub(super) fn set(&mut self, text: &str, names: Names) {
        let before = self.selected_name().map(str::to_owned);
        self.lines = ansi::lines(text);
        let lines = self.lines.iter().enumerate();
        let named = lines.map(|(at, line)| match names {
            Names::Lines => Some(at.to_string()),
            _ => name(line, names),
        });
        self.names = named.collect();
        if before.is_none_or(|before| !self.select(&before)) {
            self.selected = self.names.iter().position(Option::is_some).unwrap_or(0);
            self.top = 0;
        }
    }

    /// Nothing.
    pub(super) fn clear(&mut self) {
        *self = Self {
            area: self.area,
            rows: self.rows,
            ..Self::default()
        };
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether there is something to select.
    pub(super) fn has_names(&self) -> bool {
        self.names.iter().any(Option::is_some)
    }

    /// The name of the selected line.
    pub(super) fn selected_name(&self) -> Option<&str> {
        self.names.get(self.selected)?.as_deref()
    }

    /// The number that the selected line has for a name.
    pub(super) fn number(&self) -> Option<u64> {
        self.selected_name()?.parse().ok()
    }

    /// The last name of all.
    pub(super) fn last_number(&self) -> Option<u64> {
        self.names.iter().rev().flatten().next()?.parse().ok()
    }

    /// The first name of all.
    pub(super) fn first_number(&self) -> Option<u64> {
        self.names.iter().flatten().next()?.parse().ok()
    }

    /// The first and the last number of what is drawn.
    pub(super) fn seen(&self) -> Option<RangeInclusive<u64>> {
        let lines = self.names.iter().skip(self.top).take(self.rows);
        let mut numbers = lines.flatten().filter_map(|name| name.parse().ok());
        let first = numbers.next()?;
        Some(first..=numbers.next_back().unwrap_or(first))
    }

    /// Selects the line of this name, if there is one.
    pub(super) fn select(&mut self, name: &str) -> bool {
        let place = self.names.iter().position(|it| it.as_deref() == Some(name));
        self.selected = place.unwrap_or(self.selected);
        place.is_some()
    }

    /// The lines of the selected name: its own, and those without one behind it.
    pub(super) fn selected_lines(&self) -> impl Iterator<Item = String> {
        let behind = self.names.iter().skip(self.selected + 1);
        let count = 1 + behind.take_while(|name| name.is_none()).count();
        self.lines.iter().skip(self.selected).take(count).map(text)
    }

    /// Moves by so many names, or lines where there are none. False where it was at
    /// the end already.
    pub(super) fn move_by(&mut self, by: isize) -> bool {
        if !self.has_names() {
            let most = self.lines.len().saturating_sub(self.rows.max(1));
            let before = self.top;
            self.top = self.top.saturating_add_signed(by).min(most);
            return self.top != before;
        }
        let named = |at: &usize| self.names.get(*at).is_some_and(Option::is_some);
        let steps = by.unsigned_abs();
        let found = match by < 0 {
            true => (0..self.selected).rev().filter(named).take(steps).last(),
            false => (self.selected + 1..self.names.len())
                .filter(named)
                .take(steps)
                .last(),
        };
        if let Some(found) = found {
            self.selected = found;
        }
        found.is_some()
    }

    /// Moves by so many screens.
    pub(super) fn page(&mut self, by: isize) -> bool {
        let rows = self.rows.saturating_sub(1).max(1) as isize;
        if !self.has_names() {
            return self.move_by(by * rows);
        }
        // As many lines, whatever of them has a name.
        let to = self.selected.saturating_add_signed(by * rows);
        let between = match by < 0 {
            true => to..self.selected,
            false => self.selected + 1..to.saturating_add(1).min(self.names.len()),
        };
        let names = self.names.get(between).unwrap_or_default();
        let steps = names.iter().flatten().count().max(1) as isize;
        self.move_by(if by < 0 { -steps } else { steps })
    }

    /// Moves to the beginning, or to the end.
    pub(super) fn edge(&mut self, end: bool) {
        self.move_by(if end { isize::MAX } else { -isize::MAX });
        if !end {
            self.top = 0;
        }
    }

    /// Selects what stands in this row of the screen; false where that is elsewhere.
    pub(super) fn click(&mut self, column: u16, row: u16) -> bool {
        if !self.area.contains((column, row).into()) {
            return false;
        }
        let at = self.top + usize::from(row - self.area.y);
        let mut upwards = (0..=at.min(self.names.len().saturating_sub(1))).rev();
        if let Some(found) = upwards.find(|at| self.names.get(*at).is_some_and(Option::is_some)) {
            self.selected = found;
        }
        true
    }

    /// Whether this place of the screen is its.
    pub(super) fn has(&self, column: u16, row: u16) -> bool {
        self.area.contains((column, row).into())
    }

    /// Draws what fits. `focused`: keys move through it.
    pub(super) fn draw(&mut self, area: Rect, buffer: &mut Buffer, focused: bool) {
        self.area = area;
        self.rows = usize::from(area.height);
        let rows = self.rows;
        if self.has_names() && rows > 0 {
            // What belongs to the selected line is to be seen as far as there is room.
            let behind = self.names.iter().skip(self.selected + 1);
            let own = behind
                .take_while(|name| name.is_none())
                .count()
                .min(rows / 2);
            let last = self.selected + own;
            if self.selected < self.top {
                self.top = self.selected;
            } else if last >= self.top + rows {
                self.top = last + 1 - rows;
            }
            // The heads of the columns are seen again with the first name.
            if self.names.iter().take(self.selected).all(Option::is_none) && self.selected < rows {
                self.top = 0;
            }
        }
        self.top = self.top.min(self.lines.len().saturating_sub(1));
        let named = self.has_names();
        let shown = self.lines.iter().enumerate().skip(self.top).take(rows);
        for ((at, line), y) in shown.zip(area.y..) {
            buffer.set_line(area.x, y, line, area.width);
            if named && at == self.selected {
                let row = Rect {
                    y,
                    height: 1,
                    ..area
                };
                let set_off = match focused {
                    true => Modifier::REVERSED,
                    false => Modifier::UNDERLINED,
                };
                buffer.set_style(row, set_off);
            }
        }
    }
}

fn text(line: &Line<'_>) -> String {
    line.spans
        .iter()
        .map(|span| span.content.as_ref())
        .collect()
}

/// Columns within which the number of a row ends.
const NUMBER_ENDS: usize = 20;

fn name(line: &Line<'_>, names: Names) -> Option<String> {
    let text = text(line);
    let mut words = text.split_whitespace();
    let number = |word: Option<&str>| {
        let word = word?;
        let ends = text.find(word)? + word.len();
        let digits = word.bytes().all(|byte| byte.is_ascii_digit());
        (digits && ends <= NUMBER_ENDS).then(|| word.to_owned())
    };
    match names {
        Names::None | Names::Lines => None,
        Names::First => number(words.next()),
        Names::BehindTime => {
            let time = words.next()?;
            let is_time = |c: char| c.is_ascii_digit() || c == '.';
            let word = words
                .next()
                .filter(|_| time.contains('.') && time.chars().all(is_time))?;
            // A run of packets is named by its first.
            let word = word.split('–').next()?;
            let digits = word.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| word.to_owned())
        }
        Names::BehindDuration => {
            let word = words.nth(2)?;
            let digits = word.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| word.to_owned())
        }
        Names::Word => {
            let word = words.next()?;
            let count = words.next()?;
            let is_name = word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit());
            let counted = count == "-" || count.bytes().all(|byte| byte.is_ascii_digit());
            (is_name && counted).then(|| word.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pane(text: &str, names: Names) -> Pane {
        let mut pane = Pane::default();
        pane.set(text, names);
        pane
    }

    #[test]
    fn a_row_is_named_by_its_number_and_what_stands_below_belongs_to_it() {
        let text = "    #  time\n    1   0.000000  a\n                  · tcp.reset  40 bytes\n    2   0.1  b";
        let mut pane = pane(text, Names::First);
        assert_eq!(pane.number(), Some(1));
        assert_eq!(pane.selected_lines().count(), 2);
        assert!(pane.move_by(1) && pane.number() == Some(2));
        assert!(!pane.move_by(1));
        pane.edge(false);
        assert_eq!(pane.number(), Some(1));
    }

    #[test]
    fn a_step_of_a_ladder_is_named_by_its_packet_and_no_other_line() {
        let text = "  0.000000     1  SYN_SENT     ─ SYN\n +0.002417        8 bytes \"x\"\n  0.109795     6–9  4 packets";
        let mut pane = pane(text, Names::BehindTime);
        assert_eq!(pane.number(), Some(1));
        assert!(pane.move_by(5));
        assert_eq!(pane.number(), Some(6));
    }

    #[test]
    fn what_is_selected_stays_so_in_other_lines() {
        let mut pane = pane("  1  a\n  2  b", Names::First);
        pane.move_by(1);
        pane.set("  5  c\n  2  b", Names::First);
        assert_eq!(pane.number(), Some(2));
        pane.set("  7  d", Names::First);
        assert_eq!(pane.number(), Some(7));
    }
}
