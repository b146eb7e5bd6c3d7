//! Tables for engines: a renderer that writes an analysis as Parquet, a file for each
//! table. Every table is a list of [columns](column::Column), each with its name, its
//! type, its meaning and the value of its cells; that list is what is written and what
//! [`describe`] tells.
//!
//! Rows come in the order in which things become known: packets and annotations in
//! that of the capture, a conversation's when it has ended. At most one row group of a
//! table is held in memory, and less where all tables together would take more than
//! [`MOST_HELD`].

mod annotations;
mod buffer;

mod column;
mod community_id;
mod conversations;
mod describe;
mod dns;
mod exchanges;
mod file_names;
mod packets;
mod page;
mod totals;
mod visits;
mod writer;

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::{
    ConversationReport, ExchangeReport, FindingReport, PacketReport, Report, Summary, Wants,
};
use crate::notes::Lang;
use crate::track::{Event, Seen, Visit};
use annotations::{AnnotationRow, Annotations, FindingRow, Findings};
use conversations::Conversations;
use dns::{Dns, DnsRow};
use exchanges::Exchanges;
use file_names::FileNames;
use packets::{PacketRow, Packets};
use totals::{CaptureRow, Captures, Kinds, Layers, Listeners};
use visits::Visits;
use writer::{Open, TableWriter};

pub use describe::{ColumnInfo, TableInfo, describe};
pub use page::{list, list_json};
pub use writer::SCHEMA_VERSION;

/// Bytes of encoded rows that all tables together may hold; beyond that the largest
/// row group ends before its time.
const MOST_HELD: usize = 12 << 20;

/// What is to be in the tables beside what always is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The table of packets.
    pub packets: bool,
    /// The texts of annotations and findings, in this language.
    pub texts: Option<Lang>,
}

impl Content {
    /// The names of the tables.
    #[must_use]
    pub fn tables(self) -> Vec<&'static str> {
        let all = describe().into_iter().map(|table| table.name);
        all.filter(|name| self.packets || *name != "packets")
            .collect()
    }
}

/// What was written, known once all of it is.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// The captures.
    pub files: Vec<String>,
    /// Packets that passed the filter.
    pub packets: u64,
    /// The earliest packet's time.
    pub first_ns: Option<u64>,
    /// The latest packet's time.
    pub last_ns: Option<u64>,
    /// Rows of each table.
    pub rows: Vec<(&'static str, u64)>,
}

/// Why a table could not be written.
#[derive(Debug)]
pub struct Failure {
    /// Which.
    pub table: &'static str,
    /// What the system said.
    pub source: io::Error,
}

/// How the writing ended, for whoever gave the files; clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Ending(Arc<Mutex<Option<Result<Totals, Failure>>>>);

impl Ending {
    /// How it ended; `None` where it did not.
    #[must_use]
    pub fn take(&self) -> Option<Result<Totals, Failure>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, ending: Result<Totals, Failure>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(ending);
    }
}

/// The renderer.
pub struct Tables {
    captures: TableWriter<Captures>,
    conversations: TableWriter<Conversations>,
    packets: Option<TableWriter<Packets>>,
    annotations: TableWriter<Annotations>,
    findings: TableWriter<Findings>,
    dns: TableWriter<Dns>,
    exchanges: TableWriter<Exchanges>,
    visits: TableWriter<Visits>,
    listeners: TableWriter<Listeners>,
    kinds: TableWriter<Kinds>,
    layers: TableWriter<Layers>,
    /// Findings so far.
    found: u64,
    names: FileNames,
    content: Content,
    ending: Ending,
}

impl Tables {
    /// Begins tables that are written to what `open` gives for each name. How that
    /// ends is put into `ending`.
    ///
    /// # Errors
    /// When a table cannot be begun.
    pub fn new(
        content: Content,
        ending: Ending,
        mut open: impl FnMut(&'static str) -> Box<dyn Write + Send>,
    ) -> io::Result<Self> {
        let with_texts = content.texts.is_some();
        let lang = content.texts.map(|lang| lang.pick("en", "zh"));
        let footer: Vec<_> = lang.map(|lang| ("language", lang)).into_iter().collect();
        let footer = footer.as_slice();
        Ok(Self {
            captures: TableWriter::new(totals::captures(), footer, open("captures"))?,
            conversations: TableWriter::new(
                conversations::columns(),
                footer,
                open("conversations"),
            )?,
            packets: match content.packets {
                true => Some(TableWriter::new(
                    packets::columns(),
                    footer,
                    open("packets"),
                )?),
                false => None,
            },
            annotations: TableWriter::new(
                annotations::of_packets(with_texts),
                footer,
                open("annotations"),
            )?,
            findings: TableWriter::new(
                annotations::of_findings(with_texts),
                footer,
                open("findings"),
            )?,
            dns: TableWriter::new(dns::columns(), footer, open("dns"))?,
            exchanges: TableWriter::new(exchanges::columns(with_texts), footer, open("exchanges"))?,
            visits: TableWriter::new(visits::columns(), footer, open("visits"))?,
            listeners: TableWriter::new(totals::listeners(), footer, open("listeners"))?,
            kinds: TableWriter::new(totals::kinds(), footer, open("kinds"))?,
            layers: TableWriter::new(totals::layers(), footer, open("layers"))?,
            found: 0,
            names: FileNames::default(),
            content,
            ending,
        })
    }

    /// Each table with its name.
    fn each(&mut self) -> Vec<(&'static str, &mut dyn Open)> {
        let mut all: Vec<(&'static str, &mut dyn Open)> = vec![
            ("captures", &mut self.captures),
            ("conversations", &mut self.conversations),
            ("annotations", &mut self.annotations),
            ("findings", &mut self.findings),
            ("dns", &mut self.dns),
            ("exchanges", &mut self.exchanges),
            ("visits", &mut self.visits),
            ("listeners", &mut self.listeners),
            ("kinds", &mut self.kinds),
            ("layers", &mut self.layers),
        ];
        if let Some(packets) = &mut self.packets {
            all.push(("packets", packets));
        }
        all
    }

    /// What became of a row; where rows were encoded, the tables are kept from growing
    /// together beyond their bound.
    fn pushed(&mut self, table: &'static str, pushed: io::Result<bool>) -> io::Result<()> {
        let within_bound = match pushed {
            Ok(false) => return Ok(()),
            Ok(true) => self.keep_within_bound(),
            Err(error) => Err((table, error)),
        };
        within_bound.map_err(|(table, error)| self.failed(table, error))
    }

    fn keep_within_bound(&mut self) -> Result<(), (&'static str, io::Error)> {
        let mut all = self.each();
        let held: usize = all.iter().map(|(_, table)| table.memory()).sum();
        if held <= MOST_HELD {
            return Ok(());
        }
        let largest = all.iter_mut().max_by_key(|(_, table)| table.memory());
        match largest {
            Some((name, table)) => table.end_row_group().map_err(|error| (*name, error)),
            None => Ok(()),
        }
    }

    /// Takes down why a table cannot be written, and ends the analysis with that.
    fn failed(&mut self, table: &'static str, source: io::Error) -> io::Error {
        let told = io::Error::new(source.kind(), format!("{table}: {source}"));
        self.ending.set(Err(Failure { table, source }));
        told
    }

    fn dns(&mut self, row: &DnsRow<'_>) -> io::Result<()> {
        let pushed = self.dns.push(row);
        self.pushed("dns", pushed)
    }

    /// Writes the tables of what is known at the end.
    fn totals(&mut self, summary: &Summary) -> io::Result<()> {
        for row in CaptureRow::all(summary) {
            let pushed = self.captures.push(&row);
            self.pushed("captures", pushed)?;
        }
        for listener in &summary.listeners {
            let pushed = self.listeners.push(listener);
            self.pushed("listeners", pushed)?;
        }
        for row in summary.kinds_by_severity() {
            let pushed = self.kinds.push(&row);
            self.pushed("kinds", pushed)?;
        }
        for row in summary.layers_seen() {
            let pushed = self.layers.push(&row);
            self.pushed("layers", pushed)?;
        }
        Ok(())
    }
}

impl Report for Tables {
    fn wants(&self) -> Wants {
        Wants {
            packets: true,
            findings: true,
            conversations: true,
            exchanges: true,
            only_eventful: !self.content.packets,
            textless: self.content.texts.is_none(),
            ..Wants::default()
        }
    }

    fn begins_file(&mut self, _: u32, name: &str, first_number: u64) {
        self.names.begins(name, first_number);
    }

    fn packet(&mut self, packet: &PacketReport<'_>) -> io::Result<()> {
        let number = packet.packet.frame.number;
        let conversation = packet.tracked.first_packet;
        if let Some(packets) = &mut self.packets {
            let pushed = packets.push(&PacketRow::new(packet, self.names.newest()));
            self.pushed("packets", pushed)?;
        }
        for (position, annotation) in packet.annotations.iter().enumerate() {
            let pushed = self.annotations.push(&AnnotationRow {
                packet: number,
                position,
                conversation,
                annotation,
            });
            self.pushed("annotations", pushed)?;
        }
        for event in packet.events {
            if let Some(row) = DnsRow::of_event(event, packet.told(), conversation) {
                self.dns(&row)?;
            }
        }
        Ok(())
    }

    fn finding(&mut self, report: &FindingReport<'_>) -> io::Result<()> {
        self.found += 1;
        let conversation = report.finding.first_packet;
        let pushed = self.findings.push(&FindingRow {
            ordinal: self.found,
            conversation,
            annotation: report.annotation,
        });
        self.pushed("findings", pushed)?;
        match &report.finding.event {
            Event::DnsUnanswered(it) => self.dns(&DnsRow::unanswered(it, conversation)),
            _ => Ok(()),
        }
    }

    fn conversation(&mut self, report: &ConversationReport<'_>) -> io::Result<()> {
        let conversation = report.conversation;
        let capture = self.names.of(conversation.first_packet);
        let pushed = self.conversations.push(&(conversation, capture));
        self.pushed("conversations", pushed)
    }

    fn exchange(&mut self, exchange: &ExchangeReport<'_>) -> io::Result<()> {
        let pushed = self.exchanges.push(exchange);
        self.pushed("exchanges", pushed)
    }

    fn visit(&mut self, visit: &Visit) -> io::Result<()> {
        let pushed = self.visits.push(visit);
        self.pushed("visits", pushed)
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        self.totals(summary)?;
        let mut rows = Vec::new();
        let mut failed = None;
        for (name, table) in self.each() {
            match table.finish() {
                Ok(count) => rows.push((name, count)),
                Err(error) => {
                    failed = Some((name, error));
                    break;
                }
            }
        }
        if let Some((table, error)) = failed {
            return Err(self.failed(table, error));
        }
        self.ending.set(Ok(Totals {
            files: summary.files.clone(),
            packets: summary.packets,
            first_ns: summary.first_ns,
            last_ns: summary.last_ns,
            rows,
        }));
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        // A row group is written when it is full.
        Ok(())
    }
}

/// The first packet and the last; one where they are the same.
fn first_and_last(first: Seen, last: Seen, put: &mut dyn FnMut(u64)) {
    put(first.packet);
    if last.packet != first.packet {
        put(last.packet);
    }
}
