//! What may be typed: commands, flags, their meaning, and the help that says
//! so. Words come in, a [`Job`] goes out.

mod again;
mod completions;
mod deal;
mod examples;
mod explain;
mod follow;
mod graph;
mod habits;
mod help;
mod input;
mod live;
mod man;
mod parquet;
mod refused;
mod report;
mod said;
mod surroundings;
mod tables;
mod units;
#[cfg(feature = "view")]
mod view;
pub mod words;
mod writing;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::num::NonZero;
use std::path::Path;
use std::thread;

use clap::builder::PossibleValuesParser;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::commands::analyze::{Analyze, MOST_USEFUL_THREADS};
use crate::commands::console::Console;
use crate::commands::conversations::Conversations;
use crate::commands::deal::Deal;
use crate::commands::explain::Explain;
use crate::commands::follow::Follow;
use crate::commands::graph::Graph;
use crate::commands::hosts::Hosts;
use crate::commands::interfaces::Form;
use crate::commands::live::Live;
use crate::commands::notes::Question;
use crate::commands::report::ReportPage;
#[cfg(feature = "view")]
use crate::commands::view::View;
use crate::commands::visits::Visits;
use crate::decode::http::Secrets;
use crate::escape::{escape, escape_path};
use crate::notes::{Kind, Lang, Severity, Subject, look_up};
use crate::report::table::FORMS;
use crate::report::{Format, Kinds, Look, Notes, Only, SCHEMA, Show, Style};
use crate::track::Framing;

use habits::{LineArgs, TimeArgs};
use input::{FollowArgs, InputArgs};
use said::Said;
use surroundings::{colored, lang_of_locale, pages, width};
use words::{Named, WrongWord, named};

pub use surroundings::Surroundings;

/// The job that a command line asks for.
#[derive(Debug)]
pub enum Job {
    /// Analyse captures.
    Analyze {
        /// What is to be done with the captures, and how.
        analyze: Box<Analyze>,
        /// Whether nothing but results is printed.
        quiet: bool,
        /// Say how long it took.
        verbose: bool,
        /// What is longer than the screen goes through a pager.
        pager: bool,
    },
    /// List conversations.
    Conversations {
        /// Which, and how.
        conversations: Box<Conversations>,
        /// Whether nothing but results is printed.
        quiet: bool,
        /// What is longer than the screen goes through a pager.
        pager: bool,
    },
    /// List hosts.
    Hosts {
        /// Of which captures, and how.
        hosts: Box<Hosts>,
        /// Whether nothing but results is printed.
        quiet: bool,
        /// What is longer than the screen goes through a pager.
        pager: bool,
    },
    /// Draw visits.
    Visits {
        /// Of which captures, and how.
        visits: Box<Visits>,
        /// Whether nothing but results is printed.
        quiet: bool,
        /// What is longer than the screen goes through a pager.
        pager: bool,
    },
    /// Look at captures in the viewer.
    #[cfg(feature = "view")]
    View(Box<View>),
    /// Write the bytes of a conversation.
    Follow {
        /// Which, and how.
        follow: Box<Follow>,
        /// Whether nothing but results is printed.
        quiet: bool,
        /// What is longer than the screen goes through a pager.
        pager: bool,
    },
    /// Draw a conversation over time.
    Graph {
        /// Which, and how.
        graph: Box<Graph>,
        /// Whether nothing but results is printed.
        quiet: bool,
        /// What is longer than the screen goes through a pager.
        pager: bool,
    },
    /// Deal captures into buckets.
    Deal(Box<Deal>),
    /// Write a page.
    Report {
        /// Of what, and where.
        report: Box<ReportPage>,
        /// Whether nothing but results is printed.
        quiet: bool,
    },
    /// Explain single packets.
    Explain {
        /// What is to be explained, and how.
        explain: Box<Explain>,
        /// What is longer than the screen goes through a pager.
        pager: bool,
    },
    /// Capture and analyse at once.
    Live {
        /// What is to be captured, and how it is analysed.
        live: Box<Live>,
        /// Say how it went.
        verbose: bool,
    },
    /// Look at what is captured while it is.
    #[cfg(feature = "view")]
    LiveView {
        /// What is to be captured, and how it is analysed.
        live: Box<Live>,
        /// Say how it went.
        verbose: bool,
    },
    /// List what can be captured on.
    Interfaces {
        /// The form in which the interfaces are listed.
        form: Form,
        /// The look of the output.
        look: Look,
    },
    /// List the notes, show one, or search them.
    Notes {
        /// The question about the notes.
        question: Question,
        /// The reader's language.
        lang: Lang,
        /// Whether the notes are written as JSON.
        json: bool,
        /// The width of the terminal in columns.
        width: usize,
        /// Whether the text is coloured.
        color: bool,
        /// What is longer than the screen goes through a pager.
        pager: bool,
    },
    /// Print this text to standard output: completions, man page.
    Print(Vec<u8>),
}

/// Why there is nothing to do: help, version, or a mistake.
#[derive(Debug)]
pub enum Refusal {
    /// The message is clap's own.
    Clap(clap::Error),
    /// Nothing was typed: the uses are shown.
    Uses,
    /// A mistake that clap does not know of.
    Usage(String),
    /// A word that is not understood, with its place.
    Word(Box<WrongWord>),
    /// An option of another tool: why it is none here, and the command to copy.
    Instead {
        /// What does it here, in the reader's language.
        why: &'static str,
        /// The command, with its words quoted.
        command: String,
    },
}

const EXAMPLES: &str = "\
Examples:
  wirenotes capture.pcap                     what is in it, what deserves attention
  wirenotes analyze capture.pcap --packets   every packet, annotated
  wirenotes analyze capture.pcap --conversation 1
                                             one conversation as a ladder
  wirenotes conversations capture.pcap       the conversations, sorted
  wirenotes hosts capture.pcap               who asked whom, and how that went
  wirenotes follow capture.pcap 1            what both sides of one said
  wirenotes graph capture.pcap 1             what it did over time, drawn
  wirenotes report capture.pcap -o report.html
                                             all of it as a page to hand on
  sudo wirenotes live -i eth0                the same while packets arrive
  wirenotes explain capture.pcap 10          one packet, field by field
  wirenotes notes tcp-handshake              read a note
  wirenotes notes tcp.reset                  what an annotation means
  wirenotes < capture.pcap                   from standard input";

/// What the short help ends with.
const MORE: &str = "--help has everything.";

const ANALYZE_EXAMPLES: &str = "\
Examples:
  wirenotes analyze capture.pcapng.gz
  wirenotes analyze capture.pcap --packets --kind 'tcp.retransmission.*'
  wirenotes analyze capture.pcap --conversation 3
  wirenotes analyze capture.pcap --conversation 10.0.0.1:3572
  wirenotes analyze capture.pcap port:3001 state:close_wait
                                             only conversations like these
  wirenotes analyze -r capture.pcap -nn -tttt -X port 53 and host 10.0.0.1
  wirenotes analyze capture.pcap --format ndjson --only packet | jq .annotations
  wirenotes analyze capture.pcap --fail-on error
  wirenotes analyze capture.pcap -w annotated.pcapng
                                             what is said, for Wireshark to show
  tcpdump -i eth0 -w - | wirenotes analyze -

Exit status: 0 done, 1 something could not be read or written, 2 wrong usage,
3 --fail-on met, 130 interrupted.";

/// Understand packets: every conversation followed, every rule checked with
/// the packet's own numbers, explained in plain words.
#[derive(Debug, Parser)]
#[command(name = "wirenotes", version, about, after_help = MORE, after_long_help = EXAMPLES)]
#[command(disable_help_flag = true, disable_version_flag = true)]
#[command(disable_help_subcommand = true)]
struct Cli {
    /// Show the version
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,

    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Common {
    /// Show help (-h the short one, --help all of it)
    #[arg(short, long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
    /// Output format
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    #[arg(value_parser = PossibleValuesParser::new(FORMS.map(|(name, _)| name).into_iter().chain([HAR])))]
    format: String,
    /// Language of texts
    ///
    /// Without it, from LC_ALL, LC_MESSAGES, LANG.
    #[arg(long, global = true, value_name = "LANG")]
    lang: Option<Language>,
    /// Colours: auto is for terminals, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: When,
    /// On a terminal, do not show what is longer than the screen through $PAGER
    #[arg(long, global = true)]
    no_pager: bool,
    /// Show passwords, cookies and tokens, or hide them
    ///
    /// Values of Authorization, Cookie and Set-Cookie, parameters called token, key,
    /// password and the like, and JSON Web Tokens are replaced in every output;
    /// equal ones have equal numbers. Packets written by -w are copied as they are.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHAT",
        default_value = "hide"
    )]
    secrets: SecretsChoice,
    /// Less: only what deserves attention, no hints
    #[arg(short, long, global = true)]
    quiet: bool,
    /// More: the long form, and how it went (-vv too)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Language {
    En,
    Zh,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SecretsChoice {
    Hide,
    Show,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Limit {
    Warning,
    Error,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RecordType {
    Packet,
    Conversation,
    Exchange,
    Visit,
    Finding,
    Summary,
}

impl RecordType {
    fn only(self) -> Only {
        match self {
            Self::Packet => Only::Packets,
            Self::Conversation => Only::Conversations,
            Self::Exchange => Only::Exchanges,
            Self::Visit => Only::Visits,
            Self::Finding => Only::Findings,
            Self::Summary => Only::Summary,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum NotesLength {
    Full,
    First,
    None,
}

impl NotesLength {
    fn notes(self) -> Notes {
        match self {
            Self::Full => Notes::Full,
            Self::First => Notes::First,
            Self::None => Notes::None,
        }
    }
}

impl ChoiceArgs {
    /// The format to write in: one type of record is written as records.
    fn format<'f>(&self, format: &'f str) -> &'f str {
        match (self.only, format) {
            (Some(_), "text") => "ndjson",
            _ => format,
        }
    }

    /// How what is chosen is to look.
    fn look(&self, look: Look) -> Look {
        Look {
            chosen_kinds: !self.kind.is_empty(),
            only: self.only.map(RecordType::only),
            notes: self.notes.map(NotesLength::notes),
            unfold: self.unfold,
            overhead: self.overhead,
            ..self.time.look(self.line.look(look))
        }
    }
}

impl Limit {
    fn severity(self) -> Severity {
        match self {
            Self::Warning => Severity::Warning,
            Self::Error => Severity::Error,
        }
    }
}

/// The format that is no table's: an archive of exchanges.
const HAR: &str = "har";

#[derive(Debug, Subcommand)]
enum Command {
    /// Read captures and print the annotated analysis
    #[command(after_help = MORE, after_long_help = ANALYZE_EXAMPLES)]
    Analyze(Box<AnalyzeArgs>),
    /// List conversations, sorted, and those that words select
    #[command(after_help = MORE, after_long_help = tables::CONVERSATIONS)]
    Conversations(Box<tables::ConversationsArgs>),
    /// List what hosts were asked, answered, refused, leaked
    #[command(after_help = MORE, after_long_help = tables::HOSTS)]
    Hosts(Box<tables::TableArgs>),
    /// Draw what the time of each visit to a server went to
    #[command(after_help = MORE, after_long_help = tables::VISITS)]
    Visits(Box<tables::TableArgs>),
    /// Look at a capture in the terminal, from problem to packet
    #[cfg(feature = "view")]
    #[command(after_help = MORE, after_long_help = view::EXAMPLES)]
    View(Box<view::ViewArgs>),
    /// Write what both sides of a conversation said
    #[command(after_help = MORE, after_long_help = follow::EXAMPLES)]
    #[command(mut_arg("words", |words| words
        .value_name("FILE|NAME|WORD")
        .help("A capture (- is standard input), and a conversation of it")
        .long_help(follow::WORDS)))]
    Follow(Box<follow::TranscriptArgs>),
    /// Draw what a conversation did over time
    #[command(after_help = MORE, after_long_help = graph::EXAMPLES)]
    #[command(mut_arg("words", |words| words
        .value_name("FILE|NAME|WORD")
        .help("A capture (- is standard input), and a conversation of it")
        .long_help(follow::WORDS)))]
    Graph(Box<graph::GraphArgs>),
    /// Write a page that stands alone, for whoever has no terminal
    #[command(after_help = MORE, after_long_help = report::EXAMPLES)]
    Report(Box<report::PageArgs>),
    /// Deal a capture into buckets of whole conversations
    #[command(after_help = MORE, after_long_help = deal::EXAMPLES)]
    Deal(Box<deal::DealArgs>),
    /// Capture on an interface, annotating packets as they arrive
    #[command(after_help = MORE, after_long_help = live::EXAMPLES)]
    Live(Box<live::LiveArgs>),
    /// Explain one packet, field by field
    #[command(after_help = MORE, after_long_help = explain::EXAMPLES)]
    Explain(Box<explain::ExplainArgs>),
    /// List the notes, read one, or search them
    Notes {
        /// A topic, by a name in either language, or an annotation kind
        ///
        /// As in tcp-handshake, handshake, close wait; tcp.reset, or a pattern
        /// as in 'tcp.*'.
        #[arg(value_name = "TOPIC or KIND")]
        name: Vec<String>,
        /// Look through all notes for what has all these words
        #[arg(long, value_name = "WORDS", num_args = 1.., conflicts_with = "name")]
        search: Option<Vec<String>>,
    },
    /// List what live can capture on
    Interfaces,
    /// Print the JSON Schema of all records
    Schema,
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the man page, of one command if it is named
    Man {
        /// As in wirenotes-analyze(1)
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
    },
}

/// A name that a framing has.
fn framing_name(name: &str) -> Result<String, Said> {
    let framing = Framing::from_name(name);
    framing.map(|_| name.to_owned()).ok_or_else(|| {
        let names: Vec<&str> = Framing::NAMED.iter().map(|(name, _)| *name).collect();
        let most = Framing::FIXED_AT_MOST;
        Said::new(
            format!(
                "not one of {}, fixed:N (N from 1 to {most})",
                names.join(", ")
            ),
            format!("应为 {} 或 fixed:N（N 为 1 到 {most}）", names.join("、")),
        )
    })
}

/// What `analyze` and `live` are to show, and to fail on.
#[derive(Debug, Args)]
struct ChoiceArgs {
    /// Only this conversation; as text, drawn as a ladder
    ///
    /// It is named by its number, or by ADDR:PORT, ADDR, :PORT, or two of them with
    /// a comma.
    #[arg(long, value_name = "NAME")]
    conversation: Option<String>,
    /// Show only records of this type, and nothing else
    ///
    /// One of packet, conversation, finding and summary; it implies --format
    /// ndjson, unless --format json is given.
    #[arg(long, value_name = "RECORD")]
    only: Option<RecordType>,
    /// Only these annotation kinds, as in tcp.reset
    ///
    /// A pattern as in 'tcp.retransmission.*' is fine too; text lists only packets
    /// that carry one.
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    kind: Vec<String>,
    /// Which notes are written in full
    ///
    /// All of them (full), each only where its kind comes first (first), or names
    /// only (none). Without it, first; full for a single conversation of up to 50
    /// packets.
    #[arg(long, value_name = "HOW")]
    notes: Option<NotesLength>,
    /// Draw plain packets of a long ladder one by one
    #[arg(long)]
    unfold: bool,
    /// Write the bill for headers for every packet
    #[arg(long)]
    overhead: bool,
    #[command(flatten)]
    time: TimeArgs,
    #[command(flatten)]
    line: LineArgs,
    #[command(flatten)]
    follow: FollowArgs,
    /// Exit status 3 if anything was this bad
    ///
    /// Only what passed --kind counts; which it was is said on standard error.
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<Limit>,
}

#[derive(Debug, Args)]
struct AnalyzeArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    write: writing::WriteArgs,
    #[command(flatten)]
    parquet: parquet::ParquetArgs,
    /// A line or record for every packet
    #[arg(long)]
    packets: bool,
    #[command(flatten)]
    choice: ChoiceArgs,
}

/// The language that a command line asks for, as far as that can be seen before it
/// is understood.
pub fn language(words: impl IntoIterator<Item = OsString>) -> Lang {
    let mut words = words.into_iter();
    let mut lang = None;
    while let Some(word) = words.next() {
        lang = match word.to_str() {
            Some("--lang") => words.next(),
            Some(word) => word.strip_prefix("--lang=").map(OsString::from),
            None => None,
        }
        .or(lang);
    }
    match lang.as_deref().and_then(OsStr::to_str) {
        Some("en") => Lang::En,
        Some("zh") => Lang::Zh,
        _ => lang_of_locale(),
    }
}

/// Understands what was typed, the program's name first.
///
/// # Errors
/// When there is nothing to do but to say something.
pub fn parse(
    words: impl IntoIterator<Item = OsString>,
    surroundings: &Surroundings,
) -> Result<Job, Refusal> {
    let mut words: Vec<OsString> = words.into_iter().collect();
    // `help COMMAND` is `COMMAND --help`.
    if words.get(1).is_some_and(|word| word == "help") {
        words.remove(1);
        words.push("--help".into());
    }
    let lang = language(words.iter().cloned());
    match first_word(&words) {
        First::File(path) => {
            if let Some(command) = misspelt(path) {
                let path = escape_path(path);
                return Err(Refusal::Usage(match lang {
                    Lang::En => format!(
                        "there is no file and no command \"{path}\"; did you mean \"{command}\"?"
                    ),
                    Lang::Zh => {
                        format!("没有名为“{path}”的文件或命令；是否想用“{command}”？")
                    }
                }));
            }
            words.insert(1, "analyze".into());
        }
        First::Flag(command) => words.insert(1, command.into()),
        First::Nothing if surroundings.captures_come_in() => words.insert(1, "analyze".into()),
        First::Nothing => return Err(Refusal::Uses),
        First::Command | First::Help => {}
    }
    let cli = try_parse(&words, lang).map_err(|error| refused(&words, lang, &error))?;
    let color = match cli.common.color {
        When::Always => true,
        When::Never => false,
        When::Auto => colored(surroundings.terminal),
    };
    let width = width(surroundings);
    let look = Look {
        lang,
        style: Style { color },
        width,
        secrets: match cli.common.secrets {
            SecretsChoice::Hide => Secrets::Hide,
            SecretsChoice::Show => Secrets::Show,
        },
        ..Look::default()
    };
    let (quiet, verbose) = (cli.common.quiet, cli.common.verbose > 0);
    let format = match &cli.command {
        Command::Analyze(arguments) => arguments.choice.format(&cli.common.format),
        Command::Live(arguments) => arguments.choice().format(&cli.common.format),
        _ => &cli.common.format,
    };
    let pager = format == "text" && !cli.common.no_pager && pages(surroundings);
    match cli.command {
        Command::Conversations(arguments) => {
            let conversations =
                tables::conversations(&arguments, format, look, quiet, surroundings)?;
            Ok(Job::Conversations {
                conversations: Box::new(conversations),
                quiet,
                pager,
            })
        }
        Command::Hosts(arguments) => Ok(Job::Hosts {
            hosts: Box::new(tables::hosts(
                &arguments,
                format,
                look,
                quiet,
                surroundings,
            )?),
            quiet,
            pager,
        }),
        Command::Live(_) | Command::Explain(_) | Command::Interfaces if format == HAR => {
            Err(Refusal::Usage(
                lang.pick("har is a format of analyze alone", "har 格式只用于 analyze")
                    .to_owned(),
            ))
        }
        _ if format == "csv" => Err(Refusal::Usage(
            lang.pick(
                "csv is a format of conversations and hosts alone",
                "csv 格式只用于 conversations 和 hosts",
            )
            .to_owned(),
        )),
        #[cfg(feature = "view")]
        Command::View(arguments) => {
            let view = view::view(&arguments, format, look, surroundings)?;
            Ok(Job::View(Box::new(view)))
        }
        Command::Visits(arguments) => {
            let visits = tables::visits(&arguments, format, look, quiet, surroundings)?;
            Ok(Job::Visits {
                visits: Box::new(visits),
                quiet,
                pager,
            })
        }
        Command::Analyze(arguments) => {
            let look = arguments.choice.look(look);
            let asks_for_lines = arguments.choice.line.wants_packets() || look.time.is_some();
            let look = Look {
                packets: match look.only {
                    Some(only) => only == Only::Packets,
                    None if format == "text" => {
                        // Beside tables they go there, and the text is the summary.
                        let is_table = arguments.parquet.is_given();
                        (arguments.packets && !is_table) || asks_for_lines
                    }
                    None => arguments.packets,
                },
                long: verbose,
                ..look
            };
            let analyze = analyze(*arguments, format, look, quiet, surroundings)?;
            Ok(Job::Analyze {
                analyze: Box::new(analyze),
                quiet,
                verbose,
                pager,
            })
        }
        Command::Follow(arguments) => {
            let pager = pager && !arguments.is_raw();
            let follow = follow::follow(*arguments, format, look, quiet, surroundings)?;
            Ok(Job::Follow {
                follow: Box::new(follow),
                quiet,
                pager,
            })
        }
        Command::Graph(arguments) => {
            let pager = pager && !arguments.is_picture();
            let graph = graph::graph(*arguments, format, look, quiet, surroundings)?;
            Ok(Job::Graph {
                graph: Box::new(graph),
                quiet,
                pager,
            })
        }
        Command::Deal(arguments) => {
            let deal = deal::deal(*arguments, format, lang, quiet, surroundings)?;
            Ok(Job::Deal(Box::new(deal)))
        }
        Command::Report(arguments) => {
            let report = report::report(&arguments, format, look, &words, surroundings)?;
            Ok(Job::Report {
                report: Box::new(report),
                quiet,
            })
        }
        Command::Live(arguments) if arguments.list => Ok(interfaces(format, look)),
        Command::Live(arguments) => {
            let look = Look {
                long: verbose,
                ..look
            };
            #[cfg(feature = "view")]
            let in_viewer = arguments.view;
            #[cfg(feature = "view")]
            if in_viewer && format != "text" {
                return Err(Refusal::Usage(view::no_other_format(lang)));
            }
            let live = live::live(*arguments, format, look, quiet, surroundings)?;
            #[cfg(feature = "view")]
            if in_viewer {
                let live = Box::new(live);
                return Ok(Job::LiveView { live, verbose });
            }
            Ok(Job::Live {
                live: Box::new(live),
                verbose,
            })
        }
        Command::Interfaces => Ok(interfaces(format, look)),
        Command::Explain(arguments) => {
            let look = Look {
                long: !quiet,
                ..look
            };
            let explain = explain::explain(*arguments, format, look, surroundings)?;
            let explain = Box::new(explain);
            Ok(Job::Explain { explain, pager })
        }
        Command::Notes { name, search } => Ok(Job::Notes {
            question: match search {
                Some(words) => Question::Search(words),
                None if name.is_empty() => Question::All,
                None => Question::Named(name.join(" ")),
            },
            lang,
            json: cli.common.format != "text",
            width,
            color,
            pager,
        }),
        Command::Schema => Ok(Job::Print(SCHEMA.as_bytes().to_vec())),
        Command::Completions { shell } => Ok(Job::Print(completions(shell))),
        Command::Man { command } => man(command.as_deref(), lang),
    }
}

/// All that may be typed.
fn definition() -> clap::Command {
    Cli::command()
}

fn try_parse<T>(words: impl IntoIterator<Item = T>, lang: Lang) -> Result<Cli, clap::Error>
where
    T: Into<OsString> + Clone,
{
    let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
    let short = words.iter().any(|word| word == "-h");
    let matches = help::with_help(definition(), lang, short).try_get_matches_from(words)?;
    Cli::from_arg_matches(&matches)
}

/// clap repeats words of the command line in what it says: it is asked once
/// more, with words that are fit for a terminal.
fn refused(words: &[OsString], lang: Lang, error: &clap::Error) -> Refusal {
    let kind = error.kind();
    let shown = words.iter().map(|word| escape_path(Path::new(word)));
    Refusal::Clap(match try_parse(shown, lang) {
        Err(error) if error.kind() == kind => error,
        _ => Cli::command().error(kind, kind),
    })
}

fn interfaces(format: &str, look: Look) -> Job {
    let form = match format {
        "text" => Form::Text,
        "json" => Form::Document,
        _ => Form::Lines,
    };
    Job::Interfaces { form, look }
}

fn analyze(
    arguments: AnalyzeArgs,
    format: &str,
    mut look: Look,
    quiet: bool,
    surroundings: &Surroundings,
) -> Result<Analyze, Refusal> {
    let format =
        Format::from_name(format).ok_or_else(|| Refusal::Usage(no_format(format, look.lang)))?;
    #[cfg(feature = "parquet")]
    let alone = quiet && format.name == "text";
    #[cfg(feature = "parquet")]
    let tables = arguments
        .parquet
        .options(arguments.packets, alone, look.lang);
    #[cfg(not(feature = "parquet"))]
    arguments.parquet.refused(look.lang)?;
    let follow = &arguments.choice.follow;
    let (reading, selection) =
        arguments
            .input
            .reading(follow, &mut look, !quiet, true, surroundings)?;
    let name = arguments.choice.conversation;
    let (conversation, selection) = match conversation(name.as_deref(), look.lang)? {
        None => (None, selection),
        Some(Named::Number(number)) => (Some(number), selection),
        Some(Named::Ends(ends)) => (None, selection.and(ends)),
    };
    look.conversation = conversation;
    Ok(Analyze {
        show: Show {
            lang: look.lang,
            kinds: kinds(&arguments.choice.kind, look.lang).map_err(Refusal::Usage)?,
            conversation,
            selected: None,
        },
        reading,
        selection,
        named: name.filter(|_| conversation.is_none()),
        #[cfg(feature = "parquet")]
        tables,
        write: arguments.write.options(look.lang)?,
        format,
        look,
        fail_on: arguments.choice.fail_on.map(Limit::severity),
    })
}

/// The conversation that `--conversation` names.
fn conversation(name: Option<&str>, lang: Lang) -> Result<Option<Named>, Refusal> {
    let named = name.map(|name| named(name, lang)).transpose();
    named.map_err(|wrong| Refusal::Usage(format!("--conversation: {wrong}")))
}

/// There are as many threads as processors, and no more than have something to
/// do.
fn useful_threads() -> NonZero<usize> {
    thread::available_parallelism().map_or(NonZero::<usize>::MIN, |processors| {
        processors.min(MOST_USEFUL_THREADS)
    })
}

/// The kinds that the patterns name.
fn kinds(patterns: &[String], lang: Lang) -> Result<Kinds, String> {
    if patterns.is_empty() {
        return Ok(Kinds::All);
    }
    let mut kinds = Vec::new();
    for pattern in patterns {
        let pattern = pattern.trim();
        let found = Kind::matching(&pattern.to_lowercase());
        if found.is_empty() {
            return Err(unknown_kind(pattern, lang));
        }
        kinds.extend(found);
    }
    Ok(Kinds::Some(kinds))
}

fn no_format(name: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("there is no format \"{name}\""),
        Lang::Zh => format!("没有“{name}”这种格式"),
    }
}

fn unknown_kind(pattern: &str, lang: Lang) -> String {
    let hint = match look_up(pattern) {
        Ok(Subject::Topic(topic)) => match lang {
            Lang::En => format!(
                "it is a topic, `wirenotes notes {}` lists its kinds",
                topic.name
            ),
            Lang::Zh => format!(
                "它是一个主题，wirenotes notes {} 列出其中的种类",
                topic.name
            ),
        },
        Ok(_) => String::new(),
        Err(unknown) => {
            let kinds: Vec<_> = unknown
                .nearest
                .into_iter()
                .filter(|name| Kind::from_name(name).is_some())
                .collect();
            match (kinds.is_empty(), lang) {
                (true, Lang::En) => {
                    "`wirenotes notes` lists the topics with their kinds".to_owned()
                }
                (true, Lang::Zh) => "wirenotes notes 列出各主题及其种类".to_owned(),
                (false, Lang::En) => format!("did you mean {}?", kinds.join(" or ")),
                (false, Lang::Zh) => format!("是否想用 {}？", kinds.join(" 或 ")),
            }
        }
    };
    match lang {
        Lang::En => format!("no annotation kind matches \"{pattern}\"; {hint}"),
        Lang::Zh => format!("没有与“{pattern}”相符的注解种类；{hint}"),
    }
}

/// What the first word that is no common flag turns out to be.
enum First<'a> {
    Command,
    File(&'a Path),
    /// The flag is one of this command.
    Flag(&'static str),
    Help,
    Nothing,
}

/// `wirenotes FILE...` means `analyze`; flags common to all commands may stand
/// before it.
fn first_word(words: &[OsString]) -> First<'_> {
    let mut words = words.iter().skip(1);
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("-h" | "--help" | "--version" | "help") => return First::Help,
            Some("-V") if words.len() == 0 => return First::Help,
            Some("--no-pager" | "--quiet" | "--verbose") => {}
            Some("--format" | "--lang" | "--color") => {
                words.next();
            }
            Some(flag)
                if ["--format=", "--lang=", "--color="]
                    .iter()
                    .any(|common| flag.starts_with(common)) => {}
            Some(name) if is_command(name) => return First::Command,
            Some(flag) if flag.starts_with("-i") || flag == "-D" => return First::Flag("live"),
            Some(flag) if flag.starts_with('-') && flag != "-" => return First::Flag("analyze"),
            _ => return First::File(Path::new(word)),
        }
    }
    First::Nothing
}

fn is_command(name: &str) -> bool {
    Cli::command()
        .get_subcommands()
        .any(|command| command.get_name() == name)
}

/// The command that a word without a file looks like.
fn misspelt(path: &Path) -> Option<String> {
    let word = path.to_str()?;
    if word.contains(['/', '.']) || word == "-" || path.exists() {
        return None;
    }
    Cli::command()
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .find(|name| strsim::jaro_winkler(name, word) > 0.85)
}

fn completions(shell: Shell) -> Vec<u8> {
    let mut out = Vec::new();
    let mut definition = completions::with_values(definition());
    clap_complete::generate(shell, &mut definition, "wirenotes", &mut out);
    completions::asking_for_interfaces(shell, out)
}

fn man(name: Option<&str>, lang: Lang) -> Result<Job, Refusal> {
    let mut all = help::with_help(definition(), lang, false);
    // Gives the subcommands their full names and the common flags.
    all.build();
    let command = match name {
        None => all,
        Some(name) => all.find_subcommand(name).cloned().ok_or_else(|| {
            Refusal::Usage(match lang {
                Lang::En => format!("there is no command \"{name}\""),
                Lang::Zh => format!("没有命令“{name}”"),
            })
        })?,
    };
    man::page(command)
        .map(Job::Print)
        .map_err(|error| Refusal::Usage(error.to_string()))
}

/// Something to copy for each use.
const USES: [(&str, &str, &str); 5] = [
    (
        "wirenotes analyze capture.pcap",
        "analyse a saved capture",
        "分析已保存的抓包文件",
    ),
    (
        "sudo wirenotes live -i eth0",
        "the same while packets arrive",
        "实时抓包并讲解",
    ),
    (
        "wirenotes explain capture.pcap 1",
        "explain one packet, field by field",
        "逐字段解释一个报文",
    ),
    (
        "wirenotes notes",
        "read the notes: how protocols work",
        "阅读笔记：协议如何工作",
    ),
    ("wirenotes --help", "everything else", "其他用法"),
];

impl Refusal {
    /// Says it: help to standard output, anything else to standard error.
    /// Gives whether the command line was right, which it is with help.
    ///
    /// # Errors
    /// When help cannot be written.
    pub fn tell(&self, console: &Console) -> io::Result<bool> {
        let lang = console.lang;
        match self {
            Self::Clap(error) if !error.use_stderr() => {
                error.print()?;
                // What has no end of line waits in a buffer.
                io::stdout().flush()?;
                return Ok(true);
            }
            Self::Clap(error) if lang == Lang::Zh => console.write(&refused::in_chinese(error)),
            Self::Clap(error) => {
                // Nobody is left to be told if this fails.
                let _ = error.print();
            }
            Self::Uses => {
                let title = lang.pick(
                    "wirenotes explains what packets do. To begin with:",
                    "wirenotes 解释报文在做什么。可以从这里开始：",
                );
                let uses =
                    USES.map(|(command, en, zh)| format!("  {command:<34}{}", lang.pick(en, zh)));
                console.write(&format!("{title}\n\n{}", uses.join("\n")));
            }
            Self::Word(wrong) => {
                let error = lang.pick("error: ", "错误：");
                console.write(&format!("{error}{}", wrong.text()));
            }
            Self::Instead { why, command } => {
                let error = lang.pick("error: ", "错误：");
                console.write(&format!("{error}{why}\n  {command}"));
            }
            Self::Usage(message) => console.write(&match lang {
                Lang::En => format!(
                    "error: {}\n\nFor more information, try 'wirenotes --help'.",
                    escape(message)
                ),
                Lang::Zh => format!("错误：{}\n\n更多信息见 wirenotes --help。", escape(message)),
            }),
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn parsed(words: &[&str]) -> Result<Job, Refusal> {
        let words = std::iter::once("wirenotes").chain(words.iter().copied());
        parse(words.map(OsString::from), &Surroundings::default())
    }

    fn analyzed(words: &[&str]) -> Analyze {
        match parsed(words) {
            Ok(Job::Analyze { analyze, .. }) => *analyze,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_file_alone_means_analyze() {
        for words in [
            &["Cargo.toml"][..],
            &["analyze", "Cargo.toml"],
            &["-r", "Cargo.toml"],
            &["--lang", "zh", "Cargo.toml"],
            &["--lang=zh", "--packets", "Cargo.toml"],
        ] {
            assert_eq!(
                analyzed(words).reading.files,
                [PathBuf::from("Cargo.toml")],
                "{words:?}"
            );
        }
    }

    #[test]
    fn every_framing_can_be_declared() {
        for (name, framing) in Framing::NAMED {
            assert_eq!(
                analyzed(&["Cargo.toml", "--frame", name]).reading.framing,
                Some(framing)
            );
        }
        assert_eq!(analyzed(&["Cargo.toml"]).reading.framing, None);
        assert_eq!(
            analyzed(&["Cargo.toml", "--frame", "fixed:8"])
                .reading
                .framing,
            Some(Framing::Fixed { bytes: 8 })
        );
        for wrong in [
            "len:u64",
            "fixed",
            "fixed:",
            "fixed:0",
            "fixed:-1",
            "fixed:99999999999",
        ] {
            assert!(
                parsed(&["Cargo.toml", "--frame", wrong]).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn behind_r_the_words_are_the_filter() {
        let analyze = analyzed(&["-r", "Cargo.toml", "tcp", "port", "80"]);
        assert_eq!(analyze.reading.filter.as_deref(), Some("tcp port 80"));
        assert!(matches!(
            parsed(&["-r", "Cargo.toml", "-f", "udp", "tcp"]),
            Err(Refusal::Usage(_))
        ));
    }

    #[test]
    fn kinds_are_chosen_by_pattern() {
        let analyze = analyzed(&["Cargo.toml", "--kind", "tcp.reset,tcp.handshake.*"]);
        assert!(analyze.show.kinds.has(Kind::TcpReset));
        assert!(analyze.show.kinds.has(Kind::TcpHandshakeSyn));
        assert!(!analyze.show.kinds.has(Kind::DnsQuery));
    }

    #[test]
    fn an_unknown_kind_is_a_mistake_with_a_suggestion() {
        match parsed(&["Cargo.toml", "--kind", "tcp.rest"]) {
            Err(Refusal::Usage(message)) => {
                assert!(message.contains("did you mean tcp.reset"), "{message}");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_misspelt_command_is_no_file() {
        match parsed(&["analyse"]) {
            Err(Refusal::Usage(message)) => assert!(message.contains("analyze"), "{message}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_man_page_and_completions_are_made() {
        for words in [
            &["man"][..],
            &["man", "analyze"],
            &["completions", "bash"],
            &["schema"],
        ] {
            match parsed(words) {
                Ok(Job::Print(text)) => assert!(text.len() > 500),
                other => panic!("{other:?}"),
            }
        }
    }
}
