//! Several renderers of one analysis: each is told what it would be told alone.

use std::io;

use super::digest::Digest;
use super::{
    ConversationReport, ExchangeReport, FindingReport, PacketReport, Report, Summary, Wants,
};
use crate::notes::Severity;
use crate::track::{Conversation, Delivered, TlsSession, Visit};

/// Several renderers; the first is told first.
pub struct Several(Vec<Box<dyn Report>>);

impl Several {
    /// Puts renderers beside each other.
    #[must_use]
    pub fn new(all: Vec<Box<dyn Report>>) -> Self {
        Self(all)
    }

    /// Tells those that want it.
    fn tell(
        &mut self,
        wants: impl Fn(&Wants) -> bool,
        mut what: impl FnMut(&mut dyn Report) -> io::Result<()>,
    ) -> io::Result<()> {
        for report in &mut self.0 {
            if wants(&report.wants()) {
                what(report.as_mut())?;
            }
        }
        Ok(())
    }
}

impl Wants {
    /// What this and another have a use for together; what only one of them wants
    /// left out is left in.
    fn or(self, other: Self) -> Self {
        // Who wants no packets leaves out all of them.
        let leaves_out = |of: fn(&Self) -> bool| {
            let without = |wants: &Self| !wants.packets || of(wants);
            (self.packets || other.packets) && without(&self) && without(&other)
        };
        Self {
            packets: self.packets || other.packets,
            findings: self.findings || other.findings,
            conversations: self.conversations || other.conversations,
            exchanges: self.exchanges || other.exchanges,
            only_eventful: leaves_out(|wants| wants.only_eventful),
            only_annotated: leaves_out(|wants| wants.only_annotated),
            only_attention: leaves_out(|wants| wants.only_attention),
            groups: self.groups || other.groups,
            both_languages: self.both_languages || other.both_languages,
            textless: leaves_out(|wants| wants.textless),
        }
    }

    /// Whether a packet is wanted.
    fn has(&self, packet: &PacketReport<'_>) -> bool {
        let is_worse = || {
            let mut all = packet.annotations.iter();
            all.any(|annotation| annotation.severity > Severity::Note)
        };
        self.packets
            && !(self.only_eventful && packet.events.is_empty())
            && !(self.only_annotated && packet.annotations.is_empty())
            && (!self.only_attention || is_worse())
    }
}

impl Report for Several {
    fn wants(&self) -> Wants {
        let all = self.0.iter().map(|report| report.wants());
        all.reduce(Wants::or).unwrap_or_default()
    }

    fn begins(&mut self, first_ns: u64) {
        for report in &mut self.0 {
            report.begins(first_ns);
        }
    }

    fn begins_file(&mut self, place: u32, name: &str, first_number: u64) {
        for report in &mut self.0 {
            report.begins_file(place, name, first_number);
        }
    }

    fn packet(&mut self, packet: &PacketReport<'_>) -> io::Result<()> {
        self.tell(|wants| wants.has(packet), |report| report.packet(packet))
    }

    fn delivered(&mut self, delivered: &Delivered) -> io::Result<()> {
        self.tell(|_| true, |report| report.delivered(delivered))
    }

    fn before_packet(&mut self) -> io::Result<()> {
        self.tell(|wants| wants.packets, |report| report.before_packet())
    }

    fn finding(&mut self, finding: &FindingReport<'_>) -> io::Result<()> {
        self.tell(|wants| wants.findings, |report| report.finding(finding))
    }

    fn session(&mut self, session: &TlsSession) -> io::Result<()> {
        self.tell(|wants| wants.exchanges, |report| report.session(session))
    }

    fn conversation(&mut self, report: &ConversationReport<'_>) -> io::Result<()> {
        let conversation = report;
        self.tell(
            |wants| wants.conversations,
            |report| report.conversation(conversation),
        )
    }

    fn exchange(&mut self, exchange: &ExchangeReport<'_>) -> io::Result<()> {
        self.tell(|wants| wants.exchanges, |report| report.exchange(exchange))
    }

    fn visit(&mut self, visit: &Visit) -> io::Result<()> {
        self.tell(|wants| wants.exchanges, |report| report.visit(visit))
    }

    fn so_far(&mut self, summary: &Summary, open: Vec<Conversation>) -> io::Result<()> {
        self.tell(|_| true, |report| report.so_far(summary, open.clone()))
    }

    fn standing(&mut self, digest: &Digest) -> io::Result<()> {
        self.tell(|_| true, |report| report.standing(digest))
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        self.tell(|_| true, |report| report.summary(summary))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tell(|_| true, |report| report.flush())
    }
}
