//! What is asked most, answered by the first reading of all: the tables are drawn up
//! beside the opening screen. And answers that were given, for when the same is asked
//! again.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::answer::{Page, table};
use crate::notes::Lang;
use crate::report::digest::Digest;
use crate::report::{
    ConversationReport, ExchangeReport, FindingReport, Look, PacketReport, Report, Summary, Wants,
};
use crate::track::{Conversation, Delivered, TlsSession, Visit};
use crate::view::{Answered, Asked, Content, Question};

/// Answers that are kept, and bytes of them.
const MOST_ANSWERS: usize = 64;
const MOST_BYTES: usize = 16 << 20;

/// Answers by what was asked, for how many columns and in which language.
#[derive(Default)]
pub(super) struct Answers(VecDeque<((Question, usize, Lang), Answered)>);

impl Answers {
    /// The answer to the same question.
    pub(super) fn get(&self, asked: &Asked) -> Option<Answered> {
        let same = |(question, width, lang): &(Question, usize, Lang)| {
            *question == asked.question && *width == asked.width && *lang == asked.lang
        };
        let mut known = self.0.iter().filter(|(of, _)| same(of));
        known.next().map(|(_, answered)| answered.clone())
    }

    /// Keeps an answer; the oldest go.
    pub(super) fn add(&mut self, question: Question, width: usize, lang: Lang, it: Answered) {
        self.0.push_back(((question, width, lang), it));
        let bytes = |answered: &Answered| match &answered.content {
            Content::Text(text) => text.len(),
            Content::Sheet(sheet) => sheet.bytes.len(),
        };
        let mut all: usize = self.0.iter().map(|(_, answered)| bytes(answered)).sum();
        while self.0.len() > MOST_ANSWERS || all > MOST_BYTES {
            let Some((_, oldest)) = self.0.pop_front() else {
                return;
            };
            all -= bytes(&oldest);
        }
    }
}

/// The tables that are asked for first, as far as they take little until they are
/// complete: many visits take much. Each with what it is drawn up on.
pub(super) struct Tables {
    pages: Vec<(Question, Page)>,
    width: usize,
    lang: Lang,
}

impl Tables {
    /// Reports that draw them up, as `look` says.
    pub(super) fn new(look: &Look) -> (Self, Vec<Box<dyn Report>>) {
        let questions = [
            Question::Conversations {
                words: String::new(),
                sort: "harm",
            },
            Question::Exchanges,
            Question::Hosts,
        ];
        let (mut pages, mut reports) = (Vec::new(), Vec::new());
        for question in questions {
            // What is too long for a page ends no reading of others.
            let page = Page::new(&Arc::new(AtomicBool::new(false)));
            if let Some(report) = table(&question, page.output(), look.clone()) {
                reports.push(report);
                pages.push((question, page));
            }
        }
        let tables = Self {
            pages,
            width: look.width,
            lang: look.lang,
        };
        (tables, reports)
    }

    /// They are complete.
    pub(super) fn give(self, to: &mut Answers) {
        for (question, page) in self.pages {
            to.add(question, self.width, self.lang, page.answer());
        }
    }
}

/// Several reports of one reading: each is told what it wants.
pub(super) struct Several(pub(super) Vec<Box<dyn Report>>);

impl Several {
    fn each(
        &mut self,
        wanted: impl Fn(Wants) -> bool,
        mut tell: impl FnMut(&mut dyn Report) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut reports = self.0.iter_mut().filter(|report| wanted(report.wants()));
        reports.try_for_each(|report| tell(&mut **report))
    }
}

impl Report for Several {
    fn wants(&self) -> Wants {
        let all = self.0.iter().map(|report| report.wants());
        all.fold(Wants::default(), |sum, it| Wants {
            packets: sum.packets || it.packets,
            findings: sum.findings || it.findings,
            conversations: sum.conversations || it.conversations,
            exchanges: sum.exchanges || it.exchanges,
            groups: sum.groups || it.groups,
            both_languages: sum.both_languages || it.both_languages,
            only_annotated: false,
            only_attention: false,
        })
    }

    fn begins(&mut self, first_ns: u64) {
        for report in &mut self.0 {
            report.begins(first_ns);
        }
    }

    fn packet(&mut self, it: &PacketReport<'_>) -> io::Result<()> {
        self.each(|wants| wants.packets, |report| report.packet(it))
    }

    fn delivered(&mut self, it: &Delivered) -> io::Result<()> {
        self.each(|_| true, |report| report.delivered(it))
    }

    fn finding(&mut self, it: &FindingReport<'_>) -> io::Result<()> {
        self.each(|wants| wants.findings, |report| report.finding(it))
    }

    fn session(&mut self, it: &TlsSession) -> io::Result<()> {
        self.each(|wants| wants.exchanges, |report| report.session(it))
    }

    fn conversation(&mut self, it: &ConversationReport<'_>) -> io::Result<()> {
        self.each(
            |wants| wants.conversations,
            |report| report.conversation(it),
        )
    }

    fn exchange(&mut self, it: &ExchangeReport<'_>) -> io::Result<()> {
        self.each(|wants| wants.exchanges, |report| report.exchange(it))
    }

    fn visit(&mut self, it: &Visit) -> io::Result<()> {
        self.each(|wants| wants.exchanges, |report| report.visit(it))
    }

    fn so_far(&mut self, summary: &Summary, open: Vec<Conversation>) -> io::Result<()> {
        self.each(|_| true, |report| report.so_far(summary, open.clone()))
    }

    fn standing(&mut self, digest: &Digest) -> io::Result<()> {
        self.each(|_| true, |report| report.standing(digest))
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        self.each(|_| true, |report| report.summary(summary))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.each(|_| true, |report| report.flush())
    }
}
