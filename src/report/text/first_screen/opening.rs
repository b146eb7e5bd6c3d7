//! The first screen in parts, for a viewer that lays them out itself: the sums in,
//! what happened group by group, what else there is to say, the course over time
//! out. The words are those of the first screen.

use std::io;

use super::{EXAMPLE, MOST_FILES, Page, sentence};
use crate::escape::{escape, shell_word};
use crate::notes::grouping::family_pattern;
use crate::notes::{Kind, Severity};
use crate::report::text::screen::Screen;
use crate::report::{Look, Report, Summary, Wants};
use crate::report::{digest::Group, digest::Strip};
use crate::track::Conversation;

/// What the opening screen shows of a capture.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    /// Packets so far.
    pub packets: u64,
    /// Conversations so far.
    pub conversations: u64,
    /// The sums, the protocols, the files, in lines.
    pub title: Vec<String>,
    /// What happened, the worst first.
    pub problems: Vec<Problem>,
    /// What else there is to say: what to bear in mind, what went well, totals.
    pub others: Vec<String>,
    /// Bytes and conversations over time.
    pub strip: Strip,
    /// The time of the first packet and of the last, in nanoseconds since the epoch.
    pub times_ns: Option<(u64, u64)>,
    /// The capture goes on.
    pub so_far: bool,
}

/// What happened, of one kind.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The kind, which stands for its family.
    pub kind: Kind,
    /// How bad it is.
    pub severity: Severity,
    /// In a sentence.
    pub said: String,
    /// Its numbers, and an example, a paragraph each.
    pub facts: Vec<String>,
    /// The kinds of the family, as a shell takes them.
    pub pattern: String,
    /// In how many conversations; 0 where it belongs to none.
    pub conversations: u64,
    /// The packet or the conversation that is an example of it.
    pub packet: Option<u64>,
}

/// The parts of the first screen, in lines as wide as `look` says.
fn opening(summary: &Summary, look: &Look, so_far: bool) -> Opening {
    let screen = Screen::new(Box::new(io::sink()), look.clone());
    let digest = summary.digest.as_deref().cloned().unwrap_or_default();
    let page = Page {
        screen: &screen,
        summary,
        digest: &digest,
        largest: &[],
        so_far,
    };
    let groups = digest.groups();
    let mut plan = page.plan();
    plan.files = MOST_FILES;
    let mut others = page.remarks(EXAMPLE);
    others.extend(page.not_read());
    others.extend(page.went_well(groups.is_empty()));
    others.extend(page.totals());
    Opening {
        packets: summary.packets,
        conversations: summary.conversations,
        title: page.title(&plan),
        problems: groups.iter().map(|group| page.problem(group)).collect(),
        others,
        strip: digest.strip.clone(),
        times_ns: summary.first_ns.zip(summary.last_ns),
        so_far,
    }
}

impl Page<'_> {
    fn problem(&self, group: &Group) -> Problem {
        let lang = self.lang();
        let mut facts = sentence::facts(group, self.digest, lang);
        facts.extend(self.since(group));
        let mut facts = match facts.is_empty() {
            true => Vec::new(),
            false => {
                let joined = facts.join(lang.pick("; ", "；"));
                vec![format!("{}{}", escape(&joined), lang.pick(".", "。"))]
            }
        };
        if let Some(example) = self.example(group) {
            facts.push(example);
        }
        let pattern = family_pattern(group.kind);
        Problem {
            kind: group.kind,
            severity: group.severity,
            said: escape(&sentence::sentence(group, self.digest, lang)).into_owned(),
            facts,
            pattern: shell_word(pattern.as_ref()),
            conversations: group.conversations,
            packet: group.typical().and_then(|example| example.packet),
        }
    }

    /// What is said of a group's typical event, and where that is.
    pub(super) fn example(&self, group: &Group) -> Option<String> {
        let lang = self.lang();
        let example = group.typical()?;
        let which = match (example.conversation, example.packet) {
            (_, Some(packet)) => format!(
                "{}{packet}{}",
                lang.pick("e.g. packet ", "例如第 "),
                lang.pick(": ", " 号报文：")
            ),
            (Some(number), None) => format!(
                "{}{number}{}",
                lang.pick("e.g. conversation ", "例如会话 "),
                lang.pick(": ", "：")
            ),
            (None, None) => String::new(),
        };
        Some(format!("{which}{}", escape(example.text(lang))))
    }
}

/// Tells how things stand, each time it is asked and at the end.
pub struct Watch {
    look: Look,
    files: Vec<String>,
    tell: Box<dyn FnMut(Opening) + Send>,
}

impl Watch {
    /// Tells this of files with these names.
    #[must_use]
    pub fn new(look: Look, files: Vec<String>, tell: Box<dyn FnMut(Opening) + Send>) -> Self {
        Self { look, files, tell }
    }

    fn told(&mut self, summary: &Summary, so_far: bool) -> io::Result<()> {
        let mut summary = summary.clone();
        summary.files.clone_from(&self.files);
        (self.tell)(opening(&summary, &self.look, so_far));
        Ok(())
    }
}

impl Report for Watch {
    fn wants(&self) -> Wants {
        Wants {
            groups: true,
            ..Wants::default()
        }
    }

    fn so_far(&mut self, summary: &Summary, _: Vec<Conversation>) -> io::Result<()> {
        self.told(summary, true)
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        self.told(summary, false)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
