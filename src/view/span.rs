//! The view of time: a span of it is marked, and what was under way in it is listed.

use super::place::Place;
use super::screen::Screen;
use super::{Key, Viewer};

impl Viewer {
    /// A key in the view of time, if it has a meaning of its own there.
    pub(super) fn time_key(&mut self, key: Key) -> bool {
        let last = self.size.0.saturating_sub(1);
        let words = format!("time:{}", self.marked_time());
        let live = self.source.live;
        let screen = self.screen();
        match key {
            Key::Left | Key::Char('h') => screen.column = screen.column.saturating_sub(1),
            Key::Right | Key::Char('l') => screen.column = (screen.column + 1).min(last),
            Key::PageUp => screen.column = screen.column.saturating_sub(10),
            Key::PageDown => screen.column = (screen.column + 10).min(last),
            Key::Home => screen.column = 0,
            Key::End => screen.column = last,
            Key::Click(column, row) if row > 0 => screen.column = column.min(last),
            Key::Char('m') => {
                screen.mark = match screen.mark {
                    Some(_) => None,
                    None => Some(screen.column),
                };
            }
            Key::Enter if !live => {
                self.stack.push(Screen {
                    words,
                    ..Screen::new(Place::Conversations)
                });
                self.ask_main();
            }
            _ => return false,
        }
        true
    }

    /// The columns of the strips that are marked, the first and the last.
    pub(super) fn marked(&self) -> (u16, u16) {
        let screen = self.stack.last();
        let column = screen.map_or(0, |screen| screen.column);
        let mark = screen.and_then(|screen| screen.mark).unwrap_or(column);
        (column.min(mark), column.max(mark))
    }

    /// The time that is marked, in seconds since the first packet, as words that
    /// select have it.
    pub(super) fn marked_time(&self) -> String {
        let (from, to) = self.marked();
        let span = u128::from(self.opening.strip.span_ns());
        let at = |column: u16| {
            let ns = span * u128::from(column) / u128::from(self.size.0.max(1));
            format!("{}.{:06}", ns / 1_000_000_000, ns % 1_000_000_000 / 1_000)
        };
        format!("{}..{}", at(from), at(to + 1))
    }
}
