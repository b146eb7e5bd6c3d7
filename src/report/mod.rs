//! What the user sees: text, JSON, … from finished values. Every renderer
//! writes into a `Write` that it is given, and knows nothing of how anything
//! was found.

pub mod apart;
mod chooser;
mod comment;
pub mod conversations;
pub mod digest;
pub mod errors;
pub mod exchanges;
pub mod explain;
mod failed_on;
#[cfg(test)]
mod fixture;
pub mod follow;
pub mod graph;
mod hint;
pub mod hosts;
pub mod html;
pub mod interfaces;
mod json;
pub mod markdown;
pub mod notes;
pub mod numbers;
pub mod output;
mod presenter;
pub mod preview;
pub mod selection;
mod several;
mod status;
pub mod style;
mod summary;
pub mod table;
#[cfg(feature = "parquet")]
pub mod tables;
mod text;
pub mod tls;
pub mod visits;
mod words;
pub mod wrap;
pub mod zone;

use std::io::{self, Write};

use crate::decode::http::Secrets;
use crate::decode::{Layer, Packet};
use crate::notes::{Annotation, Lang};
use crate::track::{Conversation, Delivered, Event, Exchange, Finding, TlsSession, Tracked, Visit};

pub use comment::Comments;
use digest::{Digest, Trouble};
pub use failed_on::failed_on;
pub use json::{SCHEMA, document_of_bytes, lines_of_bytes, value_line};
pub use presenter::{Kinds, Presenter, Show, annotations, whole};
pub use several::Several;
pub use status::{Rates, status_line};
pub use style::Style;
pub use summary::{Amount, Attention, Captured, Live, Selected, Summary};
pub use text::{ExchangeList, Opening, Problem, Watch, link_type_name};

/// One packet with all that is said of it.
#[derive(Clone, Copy, Debug)]
pub struct PacketReport<'a> {
    /// The packet, decoded.
    pub packet: &'a Packet<'a>,
    /// The datagram that it made whole as the last of its fragments.
    pub whole: Option<&'a Packet<'a>>,
    /// The packet's place in its conversation.
    pub tracked: &'a Tracked,
    /// Whether the packet's time is known: of a pasted one it is not.
    pub has_time: bool,
    /// What happened on it.
    pub events: &'a [Event],
    /// Outermost layer first, then by kind.
    pub annotations: &'a [Annotation],
    /// The file's name, when several are read.
    pub file: Option<&'a str>,
}

impl<'a> PacketReport<'a> {
    /// The packet whose conversation is followed: the datagram that this one made
    /// whole, else itself.
    #[must_use]
    pub fn told(&self) -> &'a Packet<'a> {
        self.whole.unwrap_or(self.packet)
    }

    /// The layers of the frame that the packet is told with, and those of the datagram
    /// that it made whole behind them.
    #[must_use]
    pub fn layers(&self) -> (&'a [Layer], &'a [Layer]) {
        let own = self.packet.layers.as_slice();
        let Some(whole) = self.whole else {
            return (own, &[]);
        };
        let of = |packet: &Packet<'_>| packet.fragment.map_or(0, usize::from) + 1;
        // The header that was made for the whole says the same as the fragment's.
        let own = own.get(..of(self.packet)).unwrap_or(own);
        let behind = whole.layers.get(of(whole)..).unwrap_or_default();
        (own, behind)
    }
}

/// Something that belongs to no single packet.
#[derive(Clone, Copy, Debug)]
pub struct FindingReport<'a> {
    /// The conversation, where it is about one.
    pub conversation: Option<u64>,
    /// What is said of the finding.
    pub annotation: &'a Annotation,
    /// The finding itself, for whoever tells it in another language.
    pub finding: &'a Finding,
    /// How far back differences of time mean anything.
    pub clock_runs_for_ns: Option<u64>,
}

/// A conversation that has ended.
#[derive(Clone, Copy, Debug)]
pub struct ConversationReport<'a> {
    /// The conversation.
    pub conversation: &'a Conversation,
    /// The worst that happened in it, where groups are wanted and there is any.
    pub trouble: Option<Trouble>,
}

/// A request with its response.
#[derive(Clone, Copy, Debug)]
pub struct ExchangeReport<'a> {
    /// The exchange.
    pub exchange: &'a Exchange,
    /// What is said of it.
    pub annotations: &'a [Annotation],
}

/// What a renderer has a use for: nothing else is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// [`Report::packet`] is to be called.
    pub packets: bool,
    /// [`Report::finding`] is to be called.
    pub findings: bool,
    /// [`Report::conversation`] is to be called.
    pub conversations: bool,
    /// [`Report::exchange`] and [`Report::visit`] are to be called.
    pub exchanges: bool,
    /// Packets on which nothing happened are left out.
    pub only_eventful: bool,
    /// Packets without an annotation that is asked for are left out.
    pub only_annotated: bool,
    /// Packets without a warning or an error are left out.
    pub only_attention: bool,
    /// What happened is to be told in groups, with examples.
    pub groups: bool,
    /// The examples of groups are to be told in the other language, too.
    pub both_languages: bool,
    /// The annotations of packets are to have no text.
    pub textless: bool,
}

/// A renderer. The calls come in the order in which things become known, the
/// summary last.
pub trait Report: Send {
    /// What the report has a use for.
    fn wants(&self) -> Wants;

    /// The capture's first packet came at this time, whether it is shown or not:
    /// times are counted from there.
    fn begins(&mut self, _first_ns: u64) {}

    /// The packets from now on are of this file: its place in the reading order, its
    /// name, and the number of its first packet.
    fn begins_file(&mut self, _place: u32, _name: &str, _first_number: u64) {}

    /// A packet; nothing is written of it by a renderer that does not want packets.
    ///
    /// # Errors
    /// When it cannot be written.
    fn packet(&mut self, _: &PacketReport<'_>) -> io::Result<()> {
        Ok(())
    }

    /// Bytes of the conversation that is asked for byte by byte.
    ///
    /// # Errors
    /// When they cannot be written.
    fn delivered(&mut self, _: &Delivered) -> io::Result<()> {
        Ok(())
    }

    /// What stands before a packet that [`Format::packet`] has written.
    ///
    /// # Errors
    /// When it cannot be written.
    fn before_packet(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// A finding; nothing is written of it by a renderer that does not want them.
    ///
    /// # Errors
    /// When it cannot be written.
    fn finding(&mut self, _: &FindingReport<'_>) -> io::Result<()> {
        Ok(())
    }

    /// TLS that stands in a conversation.
    ///
    /// # Errors
    /// When it cannot be written.
    fn session(&mut self, _: &TlsSession) -> io::Result<()> {
        Ok(())
    }

    /// A conversation that has ended.
    ///
    /// # Errors
    /// When it cannot be written.
    fn conversation(&mut self, _: &ConversationReport<'_>) -> io::Result<()> {
        Ok(())
    }

    /// An exchange that is complete, or never will be; nothing is written of it by a
    /// renderer that does not want them.
    ///
    /// # Errors
    /// When it cannot be written.
    fn exchange(&mut self, _: &ExchangeReport<'_>) -> io::Result<()> {
        Ok(())
    }

    /// A visit that has ended.
    ///
    /// # Errors
    /// When it cannot be written.
    fn visit(&mut self, _: &Visit) -> io::Result<()> {
        Ok(())
    }

    /// How things stand while they go on: the sums so far, and the largest
    /// conversations that are still open. Nothing is written by a renderer of whole
    /// captures.
    ///
    /// # Errors
    /// When it cannot be written.
    fn so_far(&mut self, _: &Summary, _: Vec<Conversation>) -> io::Result<()> {
        Ok(())
    }

    /// What stands while things go on: to be told where it is new or has grown.
    ///
    /// # Errors
    /// When it cannot be written.
    fn standing(&mut self, _: &Digest) -> io::Result<()> {
        Ok(())
    }

    /// The end of it all.
    ///
    /// # Errors
    /// When it cannot be written.
    fn summary(&mut self, summary: &Summary) -> io::Result<()>;

    /// Flushes what has been written so far, because the next packet may be
    /// long in coming.
    ///
    /// # Errors
    /// When it cannot be written.
    fn flush(&mut self) -> io::Result<()>;
}

/// One type of record, where no others are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// Packets.
    Packets,
    /// Conversations.
    Conversations,
    /// Exchanges.
    Exchanges,
    /// Visits.
    Visits,
    /// Findings.
    Findings,
    /// The summary, and those before it.
    Summary,
}

/// How the time of a packet is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeForm {
    /// Not at all.
    None,
    /// In seconds since the Unix epoch.
    Epoch,
    /// In seconds since the packet that is shown before it.
    SinceLast,
    /// In seconds since the capture's first packet.
    SinceFirst,
    /// As the time of the day.
    Clock,
    /// As the date and the time of the day.
    Date,
}

/// The bytes of a packet below its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketBytes {
    /// In hexadecimal.
    Hex {
        /// From the link layer on, else from the network header on.
        link_layer: bool,
    },
    /// In hexadecimal and as text.
    HexAndText {
        /// From the link layer on, else from the network header on.
        link_layer: bool,
    },
    /// As text, from the network header on.
    Text,
}

/// Which notes are written in full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notes {
    /// All of them.
    Full,
    /// Where their kind comes first; later its name.
    #[default]
    First,
    /// None: names only.
    None,
}

/// How the output is to look.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// The reader's language.
    pub lang: Lang,
    /// Colours.
    pub style: Style,
    /// Columns of the terminal.
    pub width: usize,
    /// A line or record for every packet.
    pub packets: bool,
    /// Only packets with a warning or an error are shown.
    pub only_attention: bool,
    /// Only this conversation.
    pub conversation: Option<u64>,
    /// Only annotations of chosen kinds are shown.
    pub chosen_kinds: bool,
    /// Only records of this type.
    pub only: Option<Only>,
    /// The long form of what has one.
    pub long: bool,
    /// Which notes are written in full; `None`: all of a short conversation, of
    /// lists where their kind comes first.
    pub notes: Option<Notes>,
    /// Plain packets of a ladder are drawn one by one.
    pub unfold: bool,
    /// The bill for headers is written for every packet.
    pub overhead: bool,
    /// It is shown while it happens: by the time of the day, and at once.
    pub live: bool,
    /// How packets' times are written; `None`: as is best where they stand.
    pub time: Option<TimeForm>,
    /// Each packet's bytes stand below its line.
    pub bytes: Option<PacketBytes>,
    /// Each packet's link layer stands below its line.
    pub link_header: bool,
    /// Times of the day are in UTC, not of the zone where this runs.
    pub utc: bool,
    /// What is done with values that are secrets.
    pub secrets: Secrets,
    /// The command that reads the same input again, for the hints; empty when
    /// it cannot be read again, or hints are not wanted.
    pub command: String,
    /// The command that lists the conversations of the same input, or empty
    /// likewise.
    pub listing: String,
    /// The words that select conversations, as they were typed.
    pub selecting: String,
}

/// An output format: one row of the registry.
#[derive(Debug)]
pub struct Format {
    /// The format's name on the command line.
    pub name: &'static str,
    /// What the format is, in English, for the help.
    pub about: &'static str,
    /// Makes the format's renderer.
    pub make: fn(Box<dyn Write + Send>, Look) -> Box<dyn Report>,
    /// Writes a packet, where nothing but the packet decides how: it may be
    /// done by any thread then.
    pub packet: Option<PacketFormat>,
}

/// Writes a packet behind the bytes that are there.
pub type PacketFormat = fn(&PacketReport<'_>, &mut Vec<u8>);

/// Every output format, the default first.
pub static FORMATS: &[Format] = &[
    Format {
        name: "text",
        about: "for reading",
        make: text::report,
        packet: None,
    },
    Format {
        name: "json",
        about: "one JSON document",
        make: json::document,
        packet: Some(json::element),
    },
    Format {
        name: "ndjson",
        about: "one JSON object a line, as soon as it is known",
        make: json::lines,
        packet: Some(json::line),
    },
    Format {
        name: "har",
        about: "HTTP Archive: the exchanges, for browsers and their tools",
        make: json::archive,
        packet: None,
    },
];

impl Format {
    /// The format of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name)
    }
}
