//! Moving through what is shown, with keys and with the mouse.

use super::place::Place;
use super::{Key, PACKETS_AT_ONCE, Viewer, draw};
use crate::track::PacketNumber;

impl Viewer {
    pub(super) fn is_live(&self) -> bool {
        self.source.live && self.progress.is_some()
    }

    pub(super) fn move_by(&mut self, by: isize) {
        let problems = self.opening.problems.len();
        let screen = self.screen();
        if screen.beneath_has_keys {
            screen.beneath.move_by(by);
            return;
        }
        if screen.place == Place::Problems {
            let most = problems.saturating_sub(1);
            screen.problem = screen.problem.saturating_add_signed(by).min(most);
        } else if !screen.main.move_by(by) && screen.place == Place::Packets {
            self.more_packets(by);
        }
        self.ask_beneath();
    }

    pub(super) fn page(&mut self, by: isize) {
        let screen = self.screen();
        if screen.beneath_has_keys {
            screen.beneath.page(by);
            return;
        }
        if screen.place == Place::Problems {
            return self.move_by(by);
        }
        if !screen.main.page(by) && screen.place == Place::Packets {
            self.more_packets(by);
        }
        self.ask_beneath();
    }

    pub(super) fn edge(&mut self, end: bool) {
        let screen = self.screen();
        if screen.beneath_has_keys {
            screen.beneath.edge(end);
            return;
        }
        if screen.place == Place::Packets {
            let from = if end { PacketNumber::MAX } else { 1 };
            if from != screen.from {
                screen.from = from;
                screen.main.clear();
                self.ask_main();
            }
        }
        let screen = self.screen();
        match screen.place {
            Place::Problems => self.move_by(if end { isize::MAX } else { -isize::MAX }),
            _ => screen.main.edge(end),
        }
        self.ask_beneath();
    }

    /// Goes on with the packets before or behind those that are shown.
    fn more_packets(&mut self, by: isize) {
        let screen = self.screen();
        let near = match by < 0 {
            true => screen.main.first_number().filter(|first| *first > 1),
            false => screen.main.last_number(),
        };
        if let Some(near) = near {
            screen.from = near.saturating_sub(PACKETS_AT_ONCE / 2).max(1);
            // While the reading goes on, there may be more than there were.
            screen.shows = [None, None];
            self.ask_main();
        }
    }

    pub(super) fn click(&mut self, column: u16, row: u16) {
        if row == 0 {
            if let Some(tab) = draw::tab_at(self.words, self.size.0, column) {
                self.key(Key::Char((b'1' + tab as u8) as char));
            }
            return;
        }
        let screen = self.screen();
        if screen.place == Place::Problems && !screen.beneath.has(column, row) {
            screen.beneath_has_keys = false;
            return;
        }
        screen.beneath_has_keys = screen.beneath.click(column, row);
        if !screen.beneath_has_keys && screen.main.click(column, row) {
            self.ask_beneath();
        }
    }
}
