//! What is asked most, answered by the first reading of all: the tables are drawn up
//! beside the opening screen. And answers that were given, for when the same is asked
//! again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::answer::{Page, table};
use crate::notes::Lang;
use crate::report::{Look, Report};
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
