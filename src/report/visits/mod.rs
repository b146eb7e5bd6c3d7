//! `wirenotes visits`: visits come in; out go their phases as bars to one scale, or
//! their records.

pub(super) mod bars;

use std::collections::HashSet;
use std::io::{self, Write};

use super::json;
use super::table::{Form, Top};
use super::text::screen::Screen;
use super::{ConversationReport, Look, Report, Summary, Wants};
use crate::track::Visit;

/// So many visits are kept at the most.
const MOST: usize = 1 << 16;

/// The renderer of visits.
pub struct Visits {
    out: Screen,
    top: Top,
    form: Form,
    /// The conversations that are asked for, where words select them.
    chosen: Option<HashSet<u64>>,
    visits: Vec<Visit>,
    /// Those for which there was no room.
    more: u64,
}

impl Visits {
    /// None yet. `selects`: only those count of which a conversation is asked for.
    #[must_use]
    pub fn new(
        out: Box<dyn Write + Send>,
        look: Look,
        top: Top,
        form: Form,
        selects: bool,
    ) -> Self {
        Self {
            out: Screen::new(out, look),
            top,
            form,
            chosen: selects.then(HashSet::new),
            visits: Vec::new(),
            more: 0,
        }
    }

    fn choose(&mut self) {
        if let Some(chosen) = &self.chosen {
            let is_chosen = |number: &u64| chosen.contains(number);
            self.visits
                .retain(|visit| visit.conversations.iter().any(is_chosen));
        }
        self.visits.sort_by_key(|visit| visit.number);
    }
}

impl Report for Visits {
    fn wants(&self) -> Wants {
        Wants {
            conversations: self.chosen.is_some(),
            exchanges: true,
            ..Wants::default()
        }
    }

    fn conversation(&mut self, report: &ConversationReport<'_>) -> io::Result<()> {
        if let Some(chosen) = &mut self.chosen {
            chosen.insert(report.conversation.number);
        }
        Ok(())
    }

    fn visit(&mut self, visit: &Visit) -> io::Result<()> {
        match self.visits.len() < MOST {
            true => self.visits.push(visit.clone()),
            false => self.more += 1,
        }
        Ok(())
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        if summary.packets == 0 && summary.faults > 0 {
            // Nothing was read: the error messages say it all.
            return Ok(());
        }
        self.choose();
        let shown = self.visits.len().min(self.top.most());
        let visits = self.visits.get(..shown).unwrap_or_default();
        let more = self.visits.len() as u64 - shown as u64 + self.more;
        match self.form {
            Form::Text => bars::write(&mut self.out, visits, more, summary),
            form => self.out.output().write_all(&json::visits(visits, form)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
