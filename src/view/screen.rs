//! One screen: what is shown on it, and what it asks of the commands.

use super::Viewer;
use super::pane::Pane;
use super::place::{Place, Question};
use crate::report::conversations::Sort;
use crate::report::explain::Sheet;
use crate::track::PacketNumber;

/// What is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typing {
    /// Words that select conversations.
    Words(String),
    /// The name of a file.
    Path(String),
}

/// One screen, with those that it came from below it.
pub(super) struct Screen {
    pub(super) place: Place,
    pub(super) main: Pane,
    pub(super) beneath: Pane,
    /// Keys move through the pane beneath.
    pub(super) beneath_has_keys: bool,
    /// Words that select conversations, as typed.
    pub(super) words: String,
    /// The order of conversations, by its place in [`Sort::NAMED`].
    pub(super) sort: usize,
    /// Runs of plain packets are drawn one by one.
    pub(super) unfold: bool,
    /// The first packet that is asked for; beyond the last: the last ones.
    pub(super) from: PacketNumber,
    /// The questions that are not answered yet.
    pub(super) waits: [Option<u64>; 2],
    /// The questions that the panes show the answers to.
    pub(super) shows: [Option<Question>; 2],
    /// The problem that is selected.
    pub(super) problem: usize,
    /// The packet whose fields are shown.
    pub(super) sheet: Sheet,
    /// The column of the strips that is looked at, and the one that is marked.
    pub(super) column: u16,
    pub(super) mark: Option<u16>,
    /// The command that prints what is shown, where the question alone does not tell.
    pub(super) command: Option<String>,
}

impl Screen {
    pub(super) fn new(place: Place) -> Self {
        Self {
            place,
            main: Pane::default(),
            beneath: Pane::default(),
            beneath_has_keys: false,
            words: String::new(),
            sort: 0,
            unfold: false,
            from: 1,
            waits: [None; 2],
            shows: [None, None],
            problem: 0,
            sheet: Sheet::default(),
            column: 0,
            mark: None,
            command: None,
        }
    }

    pub(super) fn sort(&self) -> &'static str {
        Sort::NAMED.get(self.sort).map_or("harm", |(name, _)| *name)
    }
}

impl Viewer {
    /// What the main pane of the screen asks.
    pub(super) fn main_question(&self) -> Option<Question> {
        let screen = self.stack.last()?;
        Some(match &screen.place {
            Place::Problems | Place::Time => return None,
            Place::Conversations => Question::Conversations {
                words: screen.words.clone(),
                sort: screen.sort(),
            },
            Place::Packets => Question::Packets { from: screen.from },
            Place::Exchanges => Question::Exchanges,
            Place::Visits => Question::Visits,
            Place::Hosts => Question::Hosts,
            Place::Notes => Question::Notes,
            Place::Note(name) => Question::Note(name.clone()),
            Place::Conversation(number) => Question::Conversation {
                number: *number,
                unfold: screen.unfold,
            },
            Place::Follow(number) => Question::Follow(*number),
            Place::Graph(number) => Question::Graph {
                number: *number,
                // The prompt has no row here, but the views and the title have.
                rows: usize::from(self.size.1.saturating_sub(2)),
            },
            Place::Fields(number) => Question::Fields(*number),
            Place::Packet(number) => Question::Explain {
                number: *number,
                long: true,
            },
        })
    }

    /// What the pane beneath asks.
    pub(super) fn beneath_question(&self) -> Option<Question> {
        let screen = self.stack.last()?;
        match &screen.place {
            // Before all is read it would be read again beside, for what then changes.
            Place::Problems if self.source.live || self.opening.so_far => None,
            Place::Problems => {
                let problem = self.opening.problems.get(screen.problem);
                let words = match problem {
                    Some(problem) if problem.conversations > 0 => {
                        format!("kind:{}", problem.pattern)
                    }
                    Some(_) => return None,
                    None => String::new(),
                };
                Some(Question::Conversations {
                    words,
                    sort: "harm",
                })
            }
            Place::Packets | Place::Conversation(_) => Some(Question::Explain {
                number: screen.main.number()?,
                long: false,
            }),
            _ => None,
        }
    }
}
