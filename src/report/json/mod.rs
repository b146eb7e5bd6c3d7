//! The JSON records of the interface: one object a line (`ndjson`), or one
//! document of the same objects (`json`). What is shown writes itself, with no
//! tree of values in between ([`write`]).

mod address;
mod annotation;
mod bytes;
mod conversation;
mod dhcp;
mod dns;
mod exchange;
mod explanation;
mod har;
mod layers;
mod packet;
mod summary;
mod tls;
mod websocket;
mod write;

use std::io::{self, Write};

use super::table::Form;
use super::{
    ConversationReport, ExchangeReport, FindingReport, Look, Only, PacketReport, Report, Summary,
    Wants,
};
use crate::track::{Conversation, Delivered, Visit};
use annotation::FindingRecord;
use summary::SummaryRecord;
use write::Json;

#[cfg(feature = "parquet")]
pub use annotation::{value, values};
pub use explanation::{explanation, raw};
pub use har::archive;
pub use write::value_line;

/// Visits alone, as one document or one a line.
pub fn visits(visits: &[Visit], form: Form) -> Vec<u8> {
    let mut out = Vec::new();
    if form == Form::Document {
        out.extend_from_slice(b"{\"visits\":[\n");
        for (place, visit) in visits.iter().enumerate() {
            out.extend_from_slice(if place == 0 { b"" } else { b",\n" });
            visit.write(&mut out);
        }
        out.extend_from_slice(b"\n]}\n");
        return out;
    }
    for visit in visits {
        visit.write(&mut out);
        out.push(b'\n');
    }
    out
}

/// `--format ndjson`.
pub fn lines(out: Box<dyn Write + Send>, look: Look) -> Box<dyn Report> {
    Box::new(Lines {
        out,
        line: Vec::new(),
        packets: look.packets,
        only: look.only,
    })
}

/// `--format json`.
pub fn document(out: Box<dyn Write + Send>, look: Look) -> Box<dyn Report> {
    let streamed = look.packets.then_some(PACKETS);
    Box::new(Document::new(out, streamed, look.only))
}

/// The bytes of a conversation, and the conversation itself, a record a line.
pub fn lines_of_bytes(out: Box<dyn Write + Send>) -> Box<dyn Report> {
    Box::new(Lines {
        out,
        line: Vec::new(),
        packets: false,
        only: Some(Only::Conversations),
    })
}

/// They as one document.
pub fn document_of_bytes(out: Box<dyn Write + Send>) -> Box<dyn Report> {
    Box::new(Document::new(out, Some(BYTES), Some(Only::Conversations)))
}

impl Document {
    fn new(out: Box<dyn Write + Send>, streamed: Option<&'static str>, only: Option<Only>) -> Self {
        Self {
            out,
            streamed,
            only,
            any: false,
            record: Vec::new(),
            conversations: Vec::new(),
            exchanges: Vec::new(),
            visits: Vec::new(),
            findings: Vec::new(),
        }
    }
}

/// A packet in `--format ndjson`.
pub fn line(packet: &PacketReport<'_>, out: &mut Vec<u8>) {
    packet.write(out);
    out.push(b'\n');
}

/// A packet in the list of `--format json`.
pub fn element(packet: &PacketReport<'_>, out: &mut Vec<u8>) {
    packet.write(out);
}

fn wants(packets: bool, only: Option<Only>) -> Wants {
    Wants {
        packets,
        findings: has(only, Only::Findings),
        conversations: has(only, Only::Conversations),
        exchanges: has(only, Only::Exchanges) || has(only, Only::Visits),
        ..Wants::default()
    }
}

/// The JSON Schema of all records.
pub const SCHEMA: &str = include_str!("schema.json");

/// Whether records of a type are wanted.
fn has(only: Option<Only>, of: Only) -> bool {
    only.is_none_or(|only| only == of)
}

struct Lines {
    out: Box<dyn Write + Send>,
    /// The record in the making, so that it is written at once.
    line: Vec<u8>,
    packets: bool,
    only: Option<Only>,
}

impl Lines {
    fn line(&mut self, record: &impl Json) -> io::Result<()> {
        self.line.clear();
        record.write(&mut self.line);
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }
}

impl Report for Lines {
    fn wants(&self) -> Wants {
        wants(self.packets, self.only)
    }

    fn packet(&mut self, packet: &PacketReport<'_>) -> io::Result<()> {
        self.line(packet)
    }

    fn finding(&mut self, finding: &FindingReport<'_>) -> io::Result<()> {
        self.line(&FindingRecord(finding))
    }

    fn conversation(&mut self, report: &ConversationReport<'_>) -> io::Result<()> {
        self.line(report.conversation)
    }

    fn exchange(&mut self, exchange: &ExchangeReport<'_>) -> io::Result<()> {
        match has(self.only, Only::Exchanges) {
            true => self.line(exchange),
            false => Ok(()),
        }
    }

    fn visit(&mut self, visit: &Visit) -> io::Result<()> {
        match has(self.only, Only::Visits) {
            true => self.line(visit),
            false => Ok(()),
        }
    }

    fn delivered(&mut self, delivered: &Delivered) -> io::Result<()> {
        self.line(delivered)
    }

    fn so_far(&mut self, summary: &Summary, _: Vec<Conversation>) -> io::Result<()> {
        let so_far = true;
        match has(self.only, Only::Summary) {
            true => self.line(&SummaryRecord { summary, so_far }),
            false => Ok(()),
        }
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        let so_far = false;
        match has(self.only, Only::Summary) {
            true => self.line(&SummaryRecord { summary, so_far }),
            false => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The list that is written as it comes: of packets, or of a conversation's bytes.
const PACKETS: &str = "packets";
const BYTES: &str = "bytes";

/// One list is written as it comes; conversations and findings come in between, so
/// that they are kept, as bytes, until their turn.
struct Document {
    out: Box<dyn Write + Send>,
    /// The name of that list, if it is wanted.
    streamed: Option<&'static str>,
    only: Option<Only>,
    /// It has an element.
    any: bool,
    /// The record in the making, so that it is written at once.
    record: Vec<u8>,
    conversations: Vec<u8>,
    exchanges: Vec<u8>,
    visits: Vec<u8>,
    findings: Vec<u8>,
}

/// Begins the next member of the document.
fn next_member(out: &mut Vec<u8>, name: &str) {
    if out.as_slice() != b"{" {
        out.extend_from_slice(b",\n");
    }
    out.extend_from_slice(format!("\"{name}\":").as_bytes());
}

fn append(list: &mut Vec<u8>, record: &impl Json) {
    if !list.is_empty() {
        list.extend_from_slice(b",\n");
    }
    record.write(list);
}

impl Report for Document {
    fn wants(&self) -> Wants {
        wants(self.streamed == Some(PACKETS), self.only)
    }

    fn delivered(&mut self, delivered: &Delivered) -> io::Result<()> {
        self.before_packet()?;
        self.record.clear();
        delivered.write(&mut self.record);
        self.out.write_all(&self.record)
    }

    fn packet(&mut self, packet: &PacketReport<'_>) -> io::Result<()> {
        self.before_packet()?;
        self.record.clear();
        element(packet, &mut self.record);
        self.out.write_all(&self.record)
    }

    fn before_packet(&mut self) -> io::Result<()> {
        let before = match (std::mem::replace(&mut self.any, true), self.streamed) {
            (true, _) => ",\n".to_owned(),
            (false, name) => format!("{{\"{}\":[\n", name.unwrap_or_default()),
        };
        self.out.write_all(before.as_bytes())
    }

    fn finding(&mut self, finding: &FindingReport<'_>) -> io::Result<()> {
        append(&mut self.findings, &FindingRecord(finding));
        Ok(())
    }

    fn conversation(&mut self, report: &ConversationReport<'_>) -> io::Result<()> {
        append(&mut self.conversations, report.conversation);
        Ok(())
    }

    fn exchange(&mut self, exchange: &ExchangeReport<'_>) -> io::Result<()> {
        append(&mut self.exchanges, exchange);
        Ok(())
    }

    fn visit(&mut self, visit: &Visit) -> io::Result<()> {
        append(&mut self.visits, visit);
        Ok(())
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        let mut rest = match (self.streamed, self.any) {
            (None, _) => b"{".to_vec(),
            (Some(name), false) => format!("{{\"{name}\":[]").into_bytes(),
            (Some(_), true) => b"\n]".to_vec(),
        };
        for (name, only, records) in [
            ("conversations", Only::Conversations, &self.conversations),
            ("exchanges", Only::Exchanges, &self.exchanges),
            ("visits", Only::Visits, &self.visits),
            ("findings", Only::Findings, &self.findings),
        ] {
            if has(self.only, only) {
                next_member(&mut rest, name);
                rest.extend_from_slice(b"[\n");
                rest.extend_from_slice(records);
                rest.extend_from_slice(b"\n]");
            }
        }
        if has(self.only, Only::Summary) {
            let so_far = false;
            next_member(&mut rest, "summary");
            rest.push(b'\n');
            SummaryRecord { summary, so_far }.write(&mut rest);
        }
        rest.extend_from_slice(b"\n}\n");
        self.out.write_all(&rest)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
