//! What may be typed behind `live`: words come in, what is to be captured and
//! how it is to be shown goes out.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::again::Again;
use super::habits::{self, AcceptedArgs, ForeignArgs};
use super::said::Said;
use super::units::duration;
use super::words::{self, Named};
use super::writing::WriteArgs;
use super::{ChoiceArgs, Limit, Refusal, Surroundings, conversation, kinds, no_format};
use crate::capture::live::LiveOptions;
use crate::capture::{Rotation, Timelines};
use crate::commands::live::{Live, Source};
use crate::escape::shell_word;
use crate::notes::Lang;
use crate::report::{Format, Look, Only, Show};

/// The examples that the help shows behind the flags.
pub(super) const EXAMPLES: &str = "\
Examples:
  wirenotes live                             the first interface that is up
  wirenotes live -i eth0 tcp port 443        the words are the filter
  wirenotes live -i any -q                   only what deserves attention
  wirenotes live -i eth0 --duration 60s --fail-on error
  wirenotes live -i eth0 --format ndjson | jq .annotations
  ssh host sudo tcpdump -w - | wirenotes live -r -

Ctrl-C ends it with the summary; so do SIGTERM and SIGHUP. SIGUSR1 shows the
summary so far. It must be allowed to capture: run it with sudo (it then goes
on as the user who called sudo), or give the program the capability once; it
says how.

Exit status: 0 done, also by Ctrl-C; 1 cannot capture, or the interface was
deleted; 2 wrong usage; 3 --fail-on met.";

#[derive(Debug, Args)]
pub(super) struct LiveArgs {
    /// The interface, or any for all of them
    ///
    /// Without it, the first that is up and not loopback.
    #[arg(short = 'i', value_name = "INTERFACE")]
    interface: Option<String>,
    /// List what can be captured on, and end
    #[arg(short = 'D')]
    pub(super) list: bool,
    /// Play this capture through the same display (- is standard input)
    #[arg(short = 'r', value_name = "FILE", conflicts_with = "interface")]
    read: Option<PathBuf>,
    /// Only packets that pass this filter (libpcap's grammar)
    #[arg(value_name = "FILTER")]
    words: Vec<OsString>,
    #[arg(
        help = "The same as the words behind the flags",
        short = 'f',
        value_name = "FILTER",
        conflicts_with = "words"
    )]
    filter: Option<String>,
    /// Stop after N packets that passed the filter
    #[arg(short = 'c', value_name = "N", value_parser = super::units::positive)]
    count: Option<u64>,
    /// Stop after this time, as in 90s, 5m or 500ms
    #[arg(long, value_name = "TIME", value_parser = duration)]
    duration: Option<Duration>,
    /// Stop on a condition: duration:SECONDS or packets:N (may be repeated)
    #[arg(short = 'a', long, value_name = "CONDITION", value_parser = condition)]
    autostop: Vec<Condition>,
    #[command(flatten)]
    write: WriteArgs,
    /// A line or record for every packet, which is the default without -q
    #[arg(long)]
    packets: bool,
    /// Show the summary so far every so often, as in 5s
    #[arg(long, value_name = "TIME", value_parser = duration)]
    summary_every: Option<Duration>,
    /// Look at it in the viewer while it is recorded
    #[cfg(feature = "view")]
    #[arg(long, conflicts_with_all = ["summary_every", "packets"])]
    pub(super) view: bool,
    #[command(flatten)]
    choice: ChoiceArgs,
    /// Keep so many bytes of each packet (0 is all)
    #[arg(short = 's', value_name = "BYTES", default_value_t = 0)]
    #[arg(value_parser = super::units::natural)]
    snapshot_length: u32,
    /// The kernel's buffer, in KiB
    #[arg(short = 'B', value_name = "KIB", default_value_t = 16_384)]
    #[arg(value_parser = super::units::kib)]
    buffer: u32,
    /// Not promiscuous: only what is meant for this machine
    #[arg(short = 'p')]
    not_promiscuous: bool,
    /// Become this user once the interface is open
    ///
    /// Without it, the one who called sudo.
    #[arg(short = 'Z', value_name = "USER")]
    user: Option<String>,
    #[command(flatten)]
    accepted: AcceptedArgs,
    #[command(flatten)]
    foreign: ForeignArgs,
}

impl LiveArgs {
    /// What is to be shown.
    pub(super) fn choice(&self) -> &ChoiceArgs {
        &self.choice
    }
}

/// What ends a capture by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    Duration(Duration),
    Packets(u64),
}

/// Understands the words of `live`.
pub(super) fn live(
    arguments: LiveArgs,
    format: &str,
    look: Look,
    quiet: bool,
    surroundings: &Surroundings,
) -> Result<Live, Refusal> {
    let format =
        Format::from_name(format).ok_or_else(|| Refusal::Usage(no_format(format, look.lang)))?;
    if format.name == "json" && arguments.summary_every.is_some() {
        return Err(Refusal::Usage(
            look.lang
                .pick(
                    "one JSON document has no place for --summary-every; use --format ndjson",
                    "一个 JSON 文档里放不下 --summary-every 的多份摘要；请用 --format ndjson",
                )
                .to_owned(),
        ));
    }
    let input = habits::input(arguments.read.as_slice());
    arguments.foreign.refuse(&input, look.lang)?;
    let look = arguments.choice.look(look);
    let quiet = quiet && !arguments.packets && !arguments.choice.line.wants_packets();
    let words = words::divide(&arguments.words, look.utc, look.lang).map_err(Refusal::Word)?;
    if !words.selection.is_empty() {
        return Err(Refusal::Usage(only_at_the_end(look.lang)));
    }
    if let Some(file) = words.files.first() {
        let file = shell_word(file.as_os_str());
        return Err(Refusal::Usage(match look.lang {
            Lang::En => format!("{file} is a file: live plays it with -r {file}"),
            Lang::Zh => format!("{file} 是文件：live 用 -r {file} 播放它"),
        }));
    }
    let filter = words.filter.or(arguments.filter);
    let (mut count, mut duration) = (arguments.count, arguments.duration);
    for condition in arguments.autostop {
        match condition {
            Condition::Duration(time) => {
                duration = Some(duration.map_or(time, |known| known.min(time)));
            }
            Condition::Packets(packets) => {
                count = Some(count.map_or(packets, |known| known.min(packets)));
            }
        }
    }
    let write = arguments.write.options(look.lang)?;
    let framing = arguments.choice.follow.frame.as_deref();
    let again = match (&arguments.read, &write) {
        (Some(file), _) => Some(Again {
            files: std::slice::from_ref(file),
            filter: filter.as_deref(),
            count,
            framing,
            timelines: Timelines::ByTime,
            ..Again::default()
        }),
        // What was written can be looked at again.
        (None, Some(write)) if write.rotation == Rotation::default() => Some(Again {
            files: std::slice::from_ref(&write.path),
            framing,
            timelines: Timelines::ByTime,
            ..Again::default()
        }),
        _ => None,
    };
    let conversation = match conversation(arguments.choice.conversation.as_deref(), look.lang)? {
        None => None,
        Some(Named::Number(number)) => Some(number),
        Some(Named::Ends(_)) => return Err(Refusal::Usage(only_at_the_end(look.lang))),
    };
    let look = Look {
        packets: match arguments.choice.only {
            Some(only) => only.only() == Only::Packets,
            None => !quiet || format.name == "text",
        },
        only_attention: quiet && arguments.choice.kind.is_empty(),
        live: true,
        command: again.map(|again| again.analyze()).unwrap_or_default(),
        listing: again.map(|again| again.conversations()).unwrap_or_default(),
        conversation,
        ..look
    };
    let source = match arguments.read {
        Some(path) => Source::File { path, filter },
        None => Source::Interface(LiveOptions {
            interface: arguments.interface,
            filter,
            snapshot_length: arguments.snapshot_length,
            buffer_kib: arguments.buffer,
            promiscuous: !arguments.not_promiscuous,
        }),
    };
    Ok(Live {
        source,
        count,
        duration,
        summary_every: arguments.summary_every,
        user: arguments.user,
        write,
        framing: arguments.choice.follow.framing(),
        secrets: look.secrets,
        verify_checksums: !arguments.accepted.no_checksums,
        memory: surroundings.memory_limit(arguments.choice.follow.max_memory),
        show: Show {
            lang: look.lang,
            kinds: kinds(&arguments.choice.kind, look.lang).map_err(Refusal::Usage)?,
            conversation,
            selected: None,
        },
        format,
        look,
        fail_on: arguments.choice.fail_on.map(Limit::severity),
        signals: surroundings.signals.clone(),
        report: None,
    })
}

/// Words that select conversations are for saved captures.
fn only_at_the_end(lang: Lang) -> String {
    lang.pick(
        "which conversations these are is known only at the end: live takes a capture filter in \
         their place, as in host 10.0.0.1; for a saved capture there is analyze",
        "哪些会话符合要到最后才知道：live 请改用抓包过滤器，例如 host 10.0.0.1；\
         已保存的抓包请用 analyze",
    )
    .to_owned()
}

fn condition(text: &str) -> Result<Condition, Said> {
    let known = Said::new(
        "it is duration:SECONDS or packets:N",
        "应为 duration:SECONDS（秒）或 packets:N（个）",
    );
    match text.split_once(':') {
        Some(("duration", value)) => duration(value).map(Condition::Duration),
        Some(("packets", value)) => match value.parse() {
            Ok(packets @ 1..) => Ok(Condition::Packets(packets)),
            _ => Err(known),
        },
        _ => Err(known),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_fit_a_terminal() {
        assert!(EXAMPLES.lines().all(|line| line.chars().count() <= 80));
    }

    #[test]
    fn conditions_are_those_of_the_big_tools() {
        assert_eq!(
            condition("duration:10"),
            Ok(Condition::Duration(Duration::from_secs(10)))
        );
        assert_eq!(condition("packets:7"), Ok(Condition::Packets(7)));
        for wrong in ["", "packets", "packets:0", "packets:x", "weather:fair"] {
            assert!(condition(wrong).is_err(), "{wrong}");
        }
    }
}
