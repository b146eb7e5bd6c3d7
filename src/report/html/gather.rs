//! What a page is made of: the first way through the captures gives the sums, the
//! groups and the tables; a second one, of a few conversations, gives their ladders
//! and graphs. Both are bounded, however long the captures are.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::decode::http::Secrets;
use crate::notes::{Annotation, Lang, Scene, annotate};
use crate::report::conversations::{Line, Worst};
use crate::report::digest::Trouble;
use crate::report::graph::{Most, Points, Rungs};
use crate::report::{ConversationReport, FindingReport, PacketReport, Report, Summary, Wants};
use crate::track::{Conversation, Finding, PacketNumber, Tracked, Visit};

/// So many conversations have a row.
const ROWS: usize = 250;

/// So many conversations are shown from near.
pub const CLOSE: usize = 20;

/// So many visits are drawn.
const VISITS: usize = 60;

/// So many findings that are about no conversation are told.
const FINDINGS: usize = 60;

/// So many conversations of which something was found may be open at once.
const OPEN: usize = 1 << 16;

/// So many packets of a conversation are looked at from near.
pub const PACKETS: u64 = 2_000;

/// So many points of each are kept.
const POINTS: usize = 1_024;

/// How much of a ladder is drawn.
const RUNGS: Most = Most {
    first: 12,
    attention: 12,
    last: 4,
};

/// What the first way gives.
#[derive(Default)]
pub struct Gathered {
    /// The sums, with the groups.
    pub summary: Summary,
    /// The conversations that have a row, the worst first.
    pub rows: Vec<Line>,
    /// How many conversations there were for a row.
    pub all_rows: u64,
    /// The rows, while they are gathered.
    kept: Option<Worst>,
    /// The conversations that fared worst, the worst first.
    pub worst: Vec<Told>,
    /// The largest conversations of TCP, for where few fared badly.
    largest: Vec<Told>,
    /// What was found of conversations that have not ended yet.
    open: HashMap<u64, Vec<(Finding, Option<u64>)>, FixedState>,
    /// The first visits.
    pub visits: Vec<Visit>,
    /// Those for which there was no room.
    pub more_visits: u64,
    /// What is said of the captures as a whole, by language.
    pub findings: Vec<[Annotation; 2]>,
}

impl Gathered {
    /// The conversations that are worth a look from near: those that fared worst,
    /// then the largest.
    #[must_use]
    pub fn close(&mut self) -> Vec<Told> {
        let mut close = std::mem::take(&mut self.worst);
        for one in std::mem::take(&mut self.largest) {
            let number = one.conversation.number;
            if close.len() < CLOSE
                && close
                    .iter()
                    .all(|known| known.conversation.number != number)
            {
                close.push(one);
            }
        }
        close
    }

    /// A conversation has ended, and all that is found of it.
    fn ended(&mut self, report: &ConversationReport<'_>) {
        if let Some(rows) = &mut self.kept {
            rows.add(report);
        }
        let it = report.conversation;
        let found = self.open.remove(&it.number).unwrap_or_default();
        let told = || Told {
            conversation: it.clone(),
            trouble: report.trouble,
            findings: found
                .iter()
                .map(|(one, runs)| in_both(one, *runs))
                .collect(),
        };
        if let Some(trouble) = report.trouble {
            let rank = |of: &Trouble| (of.severity, of.span_ns, of.times);
            let before = |other: &Told| {
                let other = other.trouble.as_ref();
                other.is_some_and(|other| rank(other) >= rank(&trouble))
            };
            let place = self.worst.partition_point(before);
            if place < CLOSE {
                self.worst.insert(place, told());
                self.worst.truncate(CLOSE);
            }
        } else if it.tcp.is_some() && it.payload() > 0 {
            let larger = |other: &Told| other.conversation.bytes() >= it.bytes();
            let place = self.largest.partition_point(larger);
            if place < CLOSE {
                self.largest.insert(place, told());
                self.largest.truncate(CLOSE);
            }
        }
    }
}

/// A conversation with what was found of it as a whole.
#[derive(Clone, Debug)]
pub struct Told {
    /// The conversation.
    pub conversation: Conversation,
    /// The worst that happened in it.
    pub trouble: Option<Trouble>,
    /// What was found, by language.
    pub findings: Vec<[Annotation; 2]>,
}

/// A finding in words of both languages.
fn in_both(finding: &Finding, clock_runs_for_ns: Option<u64>) -> [Annotation; 2] {
    let tracked = Tracked {
        clock_runs_for_ns,
        ..Tracked::default()
    };
    Lang::ALL.map(|lang| {
        let scene = Scene {
            packet: None,
            tracked: Some(&tracked),
            lang,
        };
        annotate(&finding.event, &scene)
    })
}

/// The renderer of the first way: it writes nothing, and hands on what it gathers.
#[derive(Clone)]
pub struct Gatherer(Arc<Mutex<Gathered>>);

impl Gatherer {
    /// Nothing is gathered yet.
    #[must_use]
    pub fn new() -> Self {
        let gathered = Gathered {
            kept: Some(Worst::new(ROWS)),
            ..Gathered::default()
        };
        Self(Arc::new(Mutex::new(gathered)))
    }

    /// What was gathered.
    #[must_use]
    pub fn take(&self) -> Gathered {
        let mut gathered = std::mem::take(&mut *self.lock());
        if let Some(rows) = gathered.kept.take() {
            gathered.all_rows = rows.all();
            gathered.rows = rows.lines();
        }
        gathered
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Gathered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Gatherer {
    fn default() -> Self {
        Self::new()
    }
}

impl Report for Gatherer {
    fn wants(&self) -> Wants {
        Wants {
            findings: true,
            conversations: true,
            exchanges: true,
            groups: true,
            both_languages: true,
            ..Wants::default()
        }
    }

    fn finding(&mut self, report: &FindingReport<'_>) -> io::Result<()> {
        let mut gathered = self.lock();
        let (finding, runs_for_ns) = (report.finding, report.clock_runs_for_ns);
        match report.conversation {
            None if gathered.findings.len() < FINDINGS => {
                gathered.findings.push(in_both(finding, runs_for_ns));
            }
            Some(number) if gathered.open.len() < OPEN => {
                let of_it = gathered.open.entry(number).or_default();
                if of_it.len() < FINDINGS {
                    of_it.push((finding.clone(), runs_for_ns));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn conversation(&mut self, report: &ConversationReport<'_>) -> io::Result<()> {
        self.lock().ended(report);
        Ok(())
    }

    fn visit(&mut self, visit: &Visit) -> io::Result<()> {
        let mut gathered = self.lock();
        match gathered.visits.len() < VISITS {
            true => gathered.visits.push(visit.clone()),
            false => gathered.more_visits += 1,
        }
        Ok(())
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        self.lock().summary = summary.clone();
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One conversation from near.
#[derive(Debug)]
pub struct Close {
    /// As the first way told it at its end.
    pub told: Told,
    /// Its packets that were looked at.
    pub packets: u64,
    /// For its graph, by language.
    pub points: [Points; 2],
    /// For its ladder.
    pub rungs: Rungs,
}

impl Close {
    /// Nothing is known yet but how it ended. `payload`: it is shown, and what is
    /// done with its secrets.
    #[must_use]
    pub fn new(told: Told, first_ns: Option<u64>, payload: Option<Secrets>) -> Self {
        let mut points = Points::new(POINTS);
        let mut rungs = Rungs::new(RUNGS, payload);
        if let Some(first_ns) = first_ns {
            points.begins(first_ns);
            rungs.begins(first_ns);
        }
        Self {
            told,
            packets: 0,
            points: [points.clone(), points],
            rungs,
        }
    }

    /// The packet that it begins with, which names it in every way through the
    /// captures.
    #[must_use]
    pub fn first_packet(&self) -> PacketNumber {
        self.told.conversation.first_packet
    }

    /// Whether it has all that is shown of it.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.packets >= self.told.conversation.packets().min(PACKETS)
    }

    /// Takes in a packet, told in each language.
    pub fn packet(&mut self, reports: [&PacketReport<'_>; 2]) {
        self.packets += 1;
        for (points, report) in self.points.iter_mut().zip(reports) {
            points.add(report);
        }
        let [en, zh] = reports;
        self.rungs.add(en, [en.annotations, zh.annotations]);
    }

    /// The points for a graph with words in this language.
    #[must_use]
    pub fn points(&self, lang: Lang) -> &Points {
        let [en, zh] = &self.points;
        lang.pick(en, zh)
    }
}
