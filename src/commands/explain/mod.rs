//! `wirenotes explain`: one packet (or several), field by field, from a
//! capture with the conversation around it, or from pasted bytes.

mod captured;
mod pasted;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::capture::pasted::{PastedPacket, Problem};
use crate::capture::{CaptureError, Frame, LinkType};
use crate::commands::kept::{Kept, KeptError};
use crate::decode::http::Secrets;
use crate::decode::{Checksums, Packet, add_stream_layer, decode};
use crate::escape::escape;
use crate::notes::fields::{Knowledge, explain, explain_quoted};
use crate::notes::{Annotation, Lang};
use crate::report::explain::{
    Around, Explanation, LinkReason, Origin, Sheet, Source, UnknownField, compare, explanation,
    one_field, problem, sheet, text,
};
use crate::report::preview::{hidden_bytes, masked};
use crate::report::{Kinds, Look, PacketReport, annotations};
use crate::track::{Output, Tracked};

/// What to explain.
#[derive(Clone, Debug)]
pub enum Subject {
    /// Packets of a capture, by their numbers.
    Captured {
        /// The capture, `-` for standard input.
        file: PathBuf,
        /// The packets' numbers, from 1.
        numbers: Vec<u64>,
    },
    /// A packet of what is kept, by its number.
    Kept(Kept, u64),
    /// Packets in texts.
    Pasted(Vec<String>),
    /// Packets in the text that standard input holds.
    StandardInput,
}

/// The form of the explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text for reading.
    Text,
    /// One JSON document: a record, or a list of several.
    Document,
    /// A record a line.
    Lines,
}

/// What to do.
#[derive(Clone, Debug)]
pub struct Explain {
    /// What to explain.
    pub subject: Subject,
    /// How the bytes begin, where the user says so.
    pub link: Option<LinkType>,
    /// The field that is explained alone.
    pub field: Option<String>,
    /// Two packets side by side.
    pub compare: bool,
    /// The form of the explanation.
    pub form: Form,
    /// The look of the output.
    pub look: Look,
    /// Set when the reading is to end.
    pub interrupt: Arc<AtomicBool>,
}

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The capture cannot be read (status 1).
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// The capture ends before the packet (status 1).
    #[error("there is no packet {number}: {} has {}", escape(.file), counted(.packets))]
    NoSuchPacket {
        /// The number that was asked for.
        number: u64,
        /// The file's name.
        file: String,
        /// How many packets the file has.
        packets: u64,
    },
    /// No packet in the text (status 1).
    #[error("{0}")]
    NotUnderstood(String),
    /// The text has a fault, and what could be read was explained (status 1).
    #[error("{0}")]
    Faulty(String),
    /// Two packets are needed (wrong usage).
    #[error("--compare needs two packets, and there {}", are(.0))]
    NotTwo(usize),
    /// No such field (wrong usage).
    #[error(transparent)]
    Field(#[from] UnknownField),
    /// What is kept cannot be told of again (status 1).
    #[error(transparent)]
    Kept(#[from] KeptError),
    /// The reading was ended from outside.
    #[error("interrupted")]
    Interrupted,
    /// Standard input cannot be read (status 1).
    #[error("standard input cannot be read: {0}")]
    Read(#[source] io::Error),
    /// The output cannot be written.
    #[error("the output cannot be written: {0}")]
    Write(#[from] io::Error),
}

fn counted(packets: &u64) -> String {
    match packets {
        0 => "no packets".to_owned(),
        1 => "1 packet".to_owned(),
        _ => format!("{packets} packets"),
    }
}

fn are(count: &usize) -> String {
    match count {
        0 => "is none".to_owned(),
        1 => "is one".to_owned(),
        _ => format!("are {count}"),
    }
}

/// Explains, and writes to standard output or wherever `out` leads.
///
/// # Errors
/// When there is nothing to explain, or the output cannot be written.
pub fn run(explain: &Explain, out: impl Fn() -> Box<dyn Write + Send>) -> Result<(), ExplainError> {
    let found = match &explain.subject {
        Subject::Captured { file, numbers } => captured::read(explain, file, numbers)?,
        Subject::Kept(kept, number) => vec![captured::again(explain, kept, *number)?],
        Subject::Pasted(texts) => pasted::read(explain, texts, pasted::Trust::Told)?,
        Subject::StandardInput => {
            let text = pasted::standard_input()?;
            pasted::read(explain, &[text], pasted::Trust::Shown)?
        }
    };
    let all: Vec<Ready<'_>> = found.iter().map(|subject| subject.ready(explain)).collect();
    let explanations: Vec<_> = all.iter().map(Ready::explanation).collect();
    if explain.compare && explanations.len() != 2 {
        return Err(ExplainError::NotTwo(explanations.len()));
    }
    match (explain.form, explanations.as_slice()) {
        (Form::Text, [first, second]) if explain.compare => {
            compare(out(), explain.look.clone(), first, second)?;
        }
        (Form::Text, all) => {
            for (index, one) in all.iter().enumerate() {
                if index > 0 {
                    out().write_all(b"\n\n")?;
                }
                write(explain, out(), one)?;
            }
        }
        (form, all) => records(explain, form, &mut out(), all)?,
    }
    let faults: Vec<_> = found
        .iter()
        .flat_map(Found::faults)
        .map(|fault| problem(fault, explain.look.lang))
        .collect();
    match faults.is_empty() {
        true => Ok(()),
        false => Err(ExplainError::Faulty(faults.join("\n"))),
    }
}

/// A packet of what is kept, field by field, for who lays it out.
///
/// # Errors
/// When there is no such packet, or the capture cannot be read again.
pub fn fields(explain: &Explain, kept: &Kept, number: u64) -> Result<Sheet, ExplainError> {
    let found = captured::alone(explain, kept, number)?;
    let ready = found.ready(explain);
    Ok(sheet(explain.look.clone(), &ready.explanation()))
}

fn write(
    explain: &Explain,
    out: Box<dyn Write + Send>,
    one: &Explanation<'_>,
) -> Result<(), ExplainError> {
    match &explain.field {
        None => Ok(text(out, explain.look.clone(), one)?),
        Some(name) => Ok(one_field(out, explain.look.clone(), one, name)??),
    }
}

fn records(
    explain: &Explain,
    form: Form,
    out: &mut dyn Write,
    all: &[Explanation<'_>],
) -> Result<(), ExplainError> {
    let is_list = form == Form::Document && all.len() > 1;
    for (index, one) in all.iter().enumerate() {
        if let Some(name) = &explain.field {
            // The error of an unknown field reads as it does in text.
            one_field(Box::new(io::sink()), explain.look.clone(), one, name)??;
        }
        if is_list {
            out.write_all(if index == 0 { b"[" } else { b"," })?;
        }
        explanation(out, one, explain.field.as_deref())?;
    }
    if is_list {
        out.write_all(b"]\n")?;
    }
    Ok(())
}

/// A packet that was found, with its bytes.
struct Found {
    number: u64,
    time_ns: u64,
    has_time: bool,
    interface: u32,
    link_type: LinkType,
    original_length: u32,
    /// With asterisks in place of secrets.
    bytes: Vec<u8>,
    /// What the sums over the packet as it is say.
    checksums: Checksums,
    comment: Option<String>,
    tracked: Tracked,
    annotations: Vec<Annotation>,
    around: Option<Around>,
    from: From,
    link: LinkReason,
    /// Why its frame goes to a gateway or comes from one, where it does.
    next_hop: Option<String>,
    /// Explains it again.
    command: String,
}

/// The place where the packet was found.
enum From {
    Capture(String),
    Paste {
        packet: PastedPacket,
        problems: Vec<Problem>,
        of: usize,
    },
}

impl Found {
    /// A packet as the tracker left it.
    fn new(
        packet: &Packet<'_>,
        output: &Output,
        look: &Look,
        (from, link): (From, LinkReason),
        command: String,
    ) -> Self {
        let frame = &packet.frame;
        let lang = look.lang;
        let hidden = hidden_bytes(packet, Some(&output.tracked), look.secrets);
        Self {
            number: frame.number,
            time_ns: frame.time_ns,
            has_time: frame.has_time,
            interface: frame.interface,
            link_type: frame.link_type,
            original_length: frame.original_length,
            bytes: masked(frame.bytes, &hidden),
            checksums: packet.checksums.clone(),
            comment: frame.comment.map(str::to_owned),
            tracked: output.tracked,
            annotations: annotations(packet, output, &Kinds::All, lang),
            around: None,
            next_hop: None,
            from,
            link,
            command,
        }
    }

    /// What was wrong with the text that it was found in.
    fn faults(&self) -> impl Iterator<Item = &Problem> {
        let problems = match &self.from {
            From::Capture(_) => &[][..],
            From::Paste { problems, .. } => problems,
        };
        problems.iter().filter(|problem| problem.kind.is_fault())
    }

    fn ready(&self, explain: &Explain) -> Ready<'_> {
        let mut packet = decode(Frame {
            number: self.number,
            file: 0,
            number_in_file: self.number,
            time_ns: self.time_ns,
            has_time: self.has_time,
            interface: self.interface,
            link_type: self.link_type,
            original_length: self.original_length,
            bytes: &self.bytes,
            comment: self.comment.as_deref(),
        });
        packet.decoded.checksums = self.checksums.clone();
        let websocket = |said: &Annotation| said.kind.name().starts_with("websocket.");
        let is_websocket = self.annotations.iter().any(websocket);
        add_stream_layer(&mut packet, is_websocket);
        Ready {
            found: self,
            packet,
            lang: explain.look.lang,
            secrets: explain.look.secrets,
        }
    }
}

/// A packet decoded again, to be explained.
struct Ready<'a> {
    found: &'a Found,
    packet: Packet<'a>,
    lang: Lang,
    secrets: Secrets,
}

impl Ready<'_> {
    fn explanation(&self) -> Explanation<'_> {
        let found = self.found;
        Explanation {
            secrets: self.secrets,
            report: PacketReport {
                packet: &self.packet,
                whole: None,
                tracked: &found.tracked,
                has_time: found.has_time && matches!(found.from, From::Capture(_)),
                events: &[],
                annotations: &found.annotations,
                file: None,
            },
            layers: explain(&Knowledge {
                packet: &self.packet,
                tracked: &found.tracked,
                annotations: &found.annotations,
                lang: self.lang,
            }),
            quoted: explain_quoted(&self.packet, self.lang),
            origin: Origin {
                source: match &found.from {
                    From::Capture(name) => Source::Capture(name),
                    From::Paste {
                        packet,
                        problems,
                        of,
                    } => Source::Pasted {
                        packet,
                        problems,
                        of: *of,
                    },
                },
                link: found.link,
            },
            around: found.around.as_ref(),
            next_hop: found.next_hop.as_deref(),
            command: &found.command,
        }
    }
}
