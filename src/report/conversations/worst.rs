//! The rows that come first by harm, as values: for a page that lays them out
//! itself.

use super::order::{Kept, Sort};
use super::row::{Names, Row};
use super::text::what;
use crate::notes::Lang;
use crate::report::ConversationReport;
use crate::report::style::Style;
use crate::report::table::Top;
use crate::report::words::Words;
use crate::track::Endpoint;

/// Conversations, of which those that fared worst are kept.
pub struct Worst(Kept);

/// One conversation.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its number.
    pub number: u64,
    /// The client, and the server.
    pub ends: [Option<Endpoint>; 2],
    /// From its first packet to its last, in nanoseconds.
    pub duration_ns: Option<u64>,
    /// Packets of both sides.
    pub packets: u64,
    /// Bytes of both sides.
    pub bytes: u64,
    /// Segments sent again, of TCP.
    pub sent_again: Option<u64>,
    /// The median of its round trips, in nanoseconds.
    pub round_trip_ns: Option<u64>,
    /// The longest time that the server took to answer, in nanoseconds.
    pub wait_ns: Option<u64>,
    what: [String; 2],
}

impl Line {
    fn new(row: &Row, names: &Names) -> Self {
        Self {
            number: row.number().into(),
            ends: row.ends(names),
            duration_ns: row.duration_ns().filter(|_| row.packets() > 1),
            packets: row.packets(),
            bytes: row.bytes(),
            sent_again: row.sent_again(),
            round_trip_ns: row.round_trip_ns(),
            wait_ns: row.wait_ns(),
            what: Lang::ALL.map(|lang| what(row, names, Words(lang), Style::default())),
        }
    }

    /// What was wrong with it, or how it ended.
    #[must_use]
    pub fn what(&self, lang: Lang) -> &str {
        let [en, zh] = &self.what;
        lang.pick(en, zh)
    }
}

impl Worst {
    /// None yet, and at most so many are kept in the end.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self(Kept::new(Sort::Harm, Top::Rows(most)))
    }

    /// Takes in a conversation that has ended.
    pub fn add(&mut self, report: &ConversationReport<'_>) {
        self.0.add(report);
    }

    /// How many there were in all.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.0.all()
    }

    /// The worst first.
    #[must_use]
    pub fn lines(self) -> Vec<Line> {
        let (sorted, names) = self.0.sorted();
        sorted.map(|row| Line::new(&row, &names)).collect()
    }
}
