//! Where in the viewer one is, what is asked of the commands there, and the command
//! that prints the same.

use super::pane::Names;
use crate::escape::shell_word;
use crate::notes::Lang;
use crate::track::PacketNumber;

/// What a screen shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Problems,
    Conversations,
    Packets,
    Exchanges,
    Visits,
    Hosts,
    Time,
    Notes,
    Conversation(u64),
    Follow(u64),
    Graph(u64),
    Fields(u64),
    Packet(u64),
    Note(String),
}

/// Those that have a key, in its order.
pub(super) const TABS: [Place; 8] = [
    Place::Problems,
    Place::Conversations,
    Place::Packets,
    Place::Exchanges,
    Place::Visits,
    Place::Hosts,
    Place::Time,
    Place::Notes,
];

/// What is asked of the commands: each answers with the text that it prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// The conversations that these words select, in this order.
    Conversations {
        /// The words, as they are typed.
        words: String,
        /// The name of the order.
        sort: &'static str,
    },
    /// So many packets from this number on.
    Packets {
        /// The first; beyond the last: the last ones.
        from: PacketNumber,
    },
    /// The exchanges in their order.
    Exchanges,
    /// The visits as bars.
    Visits,
    /// The hosts.
    Hosts,
    /// The list of notes.
    Notes,
    /// A note, by the name of a topic or of a kind.
    Note(String),
    /// The ladder of a conversation.
    Conversation {
        /// Its number.
        number: u64,
        /// Runs of plain packets are drawn one by one.
        unfold: bool,
    },
    /// What the sides of a conversation said.
    Follow(u64),
    /// What a conversation did over time, as a picture.
    Graph {
        /// Its number.
        number: u64,
        /// The rows of a terminal that it would fill.
        rows: usize,
    },
    /// The bytes and fields of a packet.
    Fields(u64),
    /// A packet explained; `long`: with what is around it.
    Explain {
        /// Its number.
        number: u64,
        /// With the packets around it, and every field.
        long: bool,
    },
}

impl Place {
    /// Its title.
    pub(super) fn title(&self, lang: Lang) -> String {
        let (en, zh) = match self {
            Self::Problems => ("problems", "问题"),
            Self::Conversations => ("conversations", "会话"),
            Self::Packets => ("packets", "报文"),
            Self::Exchanges => ("exchanges", "请求"),
            Self::Visits => ("visits", "访问"),
            Self::Hosts => ("hosts", "主机"),
            Self::Time => ("time", "时间"),
            Self::Notes => ("notes", "笔记"),
            Self::Conversation(number) => {
                return format!("{} {number}", lang.pick("conversation", "会话"));
            }
            Self::Follow(number) => {
                return match lang {
                    Lang::En => format!("what conversation {number} said"),
                    Lang::Zh => format!("会话 {number} 的内容"),
                };
            }
            Self::Graph(number) => {
                return match lang {
                    Lang::En => format!("conversation {number} over time"),
                    Lang::Zh => format!("会话 {number} 随时间的变化"),
                };
            }
            Self::Packet(number) | Self::Fields(number) => {
                return format!("{} {number}", lang.pick("packet", "报文"));
            }
            Self::Note(name) => return format!("{} {name}", lang.pick("note", "笔记")),
        };
        lang.pick(en, zh).to_owned()
    }

    /// Where its lines have their names.
    pub(super) const fn names(&self) -> Names {
        match self {
            Self::Conversations | Self::Packets => Names::First,
            Self::Conversation(_) => Names::BehindTime,
            Self::Exchanges => Names::BehindDuration,
            Self::Fields(_) => Names::Lines,
            Self::Notes => Names::Word,
            _ => Names::None,
        }
    }

    /// Whether it can be shown while it is still being recorded.
    pub(super) const fn is_known_while_recorded(&self) -> bool {
        matches!(self, Self::Problems | Self::Time | Self::Notes)
    }

    /// Whether what is selected is told of beneath.
    pub(super) const fn has_beneath(&self) -> bool {
        matches!(
            self,
            Self::Problems | Self::Packets | Self::Conversation(_) | Self::Fields(_)
        )
    }
}

/// The commands that read the same input.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    /// Analyses it; empty where it cannot be read again.
    pub analyze: String,
    /// Lists its conversations; empty likewise.
    pub listing: String,
}

impl Commands {
    /// The command that prints what a question asks for.
    pub(super) fn of(&self, question: &Question) -> Option<String> {
        if let Question::Notes = question {
            return Some("wirenotes notes".to_owned());
        }
        if let Question::Note(name) = question {
            return Some(format!("wirenotes notes {}", shell_word(name.as_ref())));
        }
        if self.listing.is_empty() {
            return None;
        }
        let other = |name: &str| self.listing.replacen("conversations", name, 1);
        Some(match question {
            Question::Conversations { words, sort } => {
                let words = if words.is_empty() {
                    String::new()
                } else {
                    format!(" {words}")
                };
                format!("{}{words} --sort {sort}", self.listing)
            }
            Question::Packets { .. } => format!("{} --packets", self.analyze),
            Question::Exchanges => format!("{} --only exchange", self.analyze),
            Question::Visits => other("visits"),
            Question::Hosts => other("hosts"),
            Question::Conversation { number, unfold } => {
                let unfold = if *unfold { " --unfold" } else { "" };
                format!("{} --conversation {number}{unfold}", self.analyze)
            }
            Question::Follow(number) => format!("{} {number}", other("follow")),
            Question::Graph { number, .. } => format!("{} {number}", other("graph")),
            Question::Explain { number, .. } | Question::Fields(number) => {
                format!("{} {number}", other("explain"))
            }
            Question::Notes | Question::Note(_) => return None,
        })
    }
}
