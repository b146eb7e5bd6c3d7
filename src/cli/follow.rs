//! What may be typed behind `follow`: words come in, which conversation's bytes are
//! asked for goes out.

use clap::{Args, ValueEnum};

use super::habits::TimeArgs;
use super::input::{FollowArgs, InputArgs};
use super::words::Named;
use super::{Refusal, Surroundings};
use crate::commands::follow::{Follow, View};
use crate::commands::named;
use crate::report::Look;
use crate::track::Side;

/// The examples that the help shows behind the flags.
pub(super) const EXAMPLES: &str = "\
Examples:
  wirenotes follow capture.pcap 3            what both sides of conversation 3 said
  wirenotes follow capture.pcap 10.0.0.1:3572
  wirenotes follow capture.pcap name:www.example.com port:80
  wirenotes follow capture.pcap 3 --hex
  wirenotes follow capture.pcap 3 --raw server > body.bin
  wirenotes follow capture.pcap 3 --format ndjson | jq -r .bytes

What is missing and what was sent again has a line of its own; with --raw, what is
missing is said on standard error.";

/// The long help of the words.
pub(super) const WORDS: &str = "\
A capture (- is standard input), and a conversation of it

It is named by its number, or by ADDR:PORT, ADDR, :PORT, or two of them with a comma;
KEY:VALUE selects it as in analyze. The other words are a capture filter.";

#[derive(Debug, Args)]
pub(super) struct TranscriptArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Bytes in hexadecimal beside the text
    #[arg(long, conflicts_with = "raw")]
    hex: bool,
    /// The bytes of one side as they are, and nothing else
    ///
    /// Secrets are not hidden in them. What is missing is said on standard error.
    #[arg(long, value_name = "SIDE")]
    raw: Option<RawSide>,
    #[command(flatten)]
    time: TimeArgs,
    #[command(flatten)]
    follow: FollowArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RawSide {
    Client,
    Server,
}

impl TranscriptArgs {
    /// Whether what is written is no text.
    pub(super) fn is_raw(&self) -> bool {
        self.raw.is_some()
    }
}

/// Understands the words of `follow`.
pub(super) fn follow(
    mut arguments: TranscriptArgs,
    format: &str,
    look: Look,
    quiet: bool,
    surroundings: &Surroundings,
) -> Result<Follow, Refusal> {
    let lang = look.lang;
    let view = match (format, arguments.raw, arguments.hex) {
        ("text", Some(RawSide::Client), _) => View::Raw(Side::Client),
        ("text", Some(RawSide::Server), _) => View::Raw(Side::Server),
        ("text", None, true) => View::Hex,
        ("text", None, false) => View::Text,
        ("json", None, false) => View::Document,
        (_, None, false) => View::Lines,
        (_, Some(_), _) | (_, _, true) => {
            return Err(Refusal::Usage(
                lang.pick(
                    "--hex and --raw are ways to show bytes, and JSON is another",
                    "--hex 和 --raw 与 JSON 是不同的写法，不能合用",
                )
                .to_owned(),
            ));
        }
    };
    let look = arguments.time.look(look);
    let named = named(
        &mut arguments.input,
        &arguments.follow,
        look,
        quiet,
        surroundings,
    )?;
    Ok(Follow { named, view })
}

/// Understands the words that name one conversation.
pub(super) fn named(
    input: &mut InputArgs,
    follow: &FollowArgs,
    mut look: Look,
    quiet: bool,
    surroundings: &Surroundings,
) -> Result<named::Named, Refusal> {
    let name = input.take_name(look.lang)?;
    let (reading, selection) = input.reading(follow, &mut look, !quiet, true, surroundings)?;
    let (typed, name) = name.unzip();
    let (number, selection) = match name {
        None => (None, selection),
        Some(Named::Number(number)) => (Some(number), selection),
        Some(Named::Ends(ends)) => (None, selection.and(ends)),
    };
    Ok(named::Named {
        reading,
        number,
        selection,
        typed: typed.unwrap_or_else(|| look.selecting.clone()),
        look,
    })
}
