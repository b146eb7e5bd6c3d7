//! One packet explained as text: what it is in one sentence, its bytes by
//! layer, every field with its meaning and checks, how the layers wrap each
//! other, the conversation around it, and what the notes say of it. From
//! finished values; knows nothing of where the packet came from but what
//! [`Origin`] tells.

mod around;
mod boxes;
mod compare;
mod dump;
mod fields;
mod heading;
mod input;
mod layers;
mod one_field;
mod payload;
mod said;
mod sheet;
mod value;
mod words;

use std::borrow::Cow;
use std::io::{self, Write};

use crate::capture::pasted;
use crate::decode::Guess;
use crate::decode::http::Secrets;
use crate::notes::fields::ExplainedLayer;
use crate::notes::{Kind, Lang};
use crate::report::preview::shown_payload;
use crate::report::text::info::info;
use crate::report::text::screen::Screen;
use crate::report::words::Words;
use crate::report::{Look, PacketReport};
use crate::track::{PacketNumber, Side, Tracked, endpoints};

pub use super::json::explanation;
pub use compare::compare;
pub use one_field::{UnknownField, one_field};
pub use sheet::{Sheet, SheetRow, sheet};

/// A packet with all that can be said of it.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// The packet, its place in its conversation, what is said of it.
    pub report: PacketReport<'a>,
    /// The packet's headers, field by field.
    pub layers: Vec<ExplainedLayer>,
    /// The headers of the packet that it quotes, if it is an ICMP error.
    pub quoted: Vec<ExplainedLayer>,
    /// Where the packet is from.
    pub origin: Origin<'a>,
    /// The packets around it; `None` where there are no others.
    pub around: Option<&'a Around>,
    /// Why its frame goes to a gateway or comes from one, where it does.
    pub next_hop: Option<&'a str>,
    /// What is done with values that are secrets.
    pub secrets: Secrets,
    /// The command that explains it again, for the hints; may be empty.
    pub command: &'a str,
}

impl Explanation<'_> {
    /// The payload as it may be shown.
    fn shown_payload(&self) -> Cow<'_, [u8]> {
        shown_payload(self.report.packet, Some(self.report.tracked), self.secrets)
    }
}

/// Where a packet is from, and how it was read.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The place that the bytes come from.
    pub source: Source<'a>,
    /// Why its bytes are taken to begin as they are.
    pub link: LinkReason,
}

/// The place that a packet comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// A capture of this name.
    Capture(&'a str),
    /// Pasted text.
    Pasted {
        /// The packet as it was found in the text.
        packet: &'a pasted::PastedPacket,
        /// What was wrong with the text.
        problems: &'a [pasted::Problem],
        /// How many packets the paste has.
        of: usize,
    },
}

/// Why a link type was taken.
#[derive(Clone, Copy, Debug)]
pub enum LinkReason {
    /// The capture says so.
    Recorded,
    /// The pasted text says so.
    Written,
    /// The user said so.
    Told,
    /// The bytes themselves led to a guess.
    Guessed(Guess),
}

/// The packets around one, as far as they are wanted.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// The packets before this one in its conversation, the nearest last.
    pub before: Vec<Neighbour>,
    /// The packets behind this one.
    pub after: Vec<Neighbour>,
    /// Earlier packets that this one refers to.
    pub refers_to: Vec<Neighbour>,
    /// Later packets that refer to this one.
    pub referred_by: Vec<Neighbour>,
    /// The time of the capture's first packet, from which times are counted.
    pub first_ns: Option<u64>,
    /// Earlier packets could not be looked at again (a pipe).
    pub no_way_back: bool,
}

/// One of the packets around, in a line.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// The packet's number.
    pub number: PacketNumber,
    /// The time when the packet was captured, if it is known.
    pub time_ns: Option<u64>,
    /// The number of the packet's conversation.
    pub conversation: Option<u64>,
    /// The side that sent the packet.
    pub sender: Option<Side>,
    /// Protocol and content.
    pub info: String,
    /// Source and destination.
    pub pair: String,
    /// What is said of the packet.
    pub kinds: Vec<Kind>,
}

impl Neighbour {
    /// A packet in a line.
    #[must_use]
    pub fn new(report: &PacketReport<'_>, lang: Lang) -> Self {
        let (packet, tracked) = (report.told(), report.tracked);
        let ends = endpoints(packet);
        Self {
            number: packet.frame.number,
            time_ns: report.has_time.then_some(packet.frame.time_ns),
            conversation: tracked.conversation,
            sender: tracked.sender,
            info: info(packet, tracked, Words(lang)),
            pair: ends.map_or_else(String::new, |(source, destination)| {
                format!("{source} → {destination}")
            }),
            kinds: report.annotations.iter().map(|said| said.kind).collect(),
        }
    }
}

/// Lines of the first part where it stands alone: a terminal has 24, and the
/// prompt wants one.
const FIRST_PART: usize = 22;

/// Writes the explanation: what the packet does and which rules hold or fail;
/// behind that, in the long form, its bytes, fields, boxes and surroundings.
///
/// # Errors
/// When it cannot be written.
pub fn text(
    out: Box<dyn Write + Send>,
    look: Look,
    explanation: &Explanation<'_>,
) -> io::Result<()> {
    let mut screen = Screen::new(out, look);
    let heading = heading::lines(&screen, explanation);
    for line in &heading {
        screen.write(&format!("{line}\n"))?;
    }
    let room = FIRST_PART.saturating_sub(heading.len());
    let most = (!screen.look.long).then_some(room);
    said::first(&mut screen, explanation, most)?;
    if !screen.look.long {
        return screen.flush();
    }
    screen.write("\n")?;
    input::write(&mut screen, explanation)?;
    dump::write(&mut screen, explanation)?;
    layers::write(&mut screen, explanation)?;
    boxes::write(&mut screen, explanation)?;
    payload::write(&mut screen, explanation)?;
    around::write(&mut screen, explanation)?;
    said::notes(&mut screen, explanation)?;
    screen.flush()
}

/// What is wrong with a paste, in one line.
#[must_use]
pub fn problem(problem: &pasted::Problem, lang: Lang) -> String {
    input::problem(problem, Words(lang))
}

/// What the tracker knows, where it follows the packet.
fn tracked<'a>(explanation: &Explanation<'a>) -> &'a Tracked {
    explanation.report.tracked
}
