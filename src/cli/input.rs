//! What may be typed of what is read, in every command that reads captures: words
//! and flags come in, [`Reading`] and a [`Selection`] go out.

use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::again::Again;
use super::habits::{self, AcceptedArgs, ForeignArgs};
use super::words::{self, Named, Words, WrongWord};
use super::{Refusal, Surroundings, framing_name, units, useful_threads};
use crate::capture::Timelines;
use crate::commands::analyze::Reading;
use crate::notes::Lang;
use crate::report::Look;
use crate::report::selection::Selection;
use crate::track::Framing;

#[derive(Debug, Args)]
pub(super) struct InputArgs {
    /// Captures (- is standard input), words that select, a capture filter
    ///
    /// Captures are in pcap or pcapng, also inside gzip or zstd. KEY:VALUE selects
    /// conversations, as in port:443 rtt:50ms.., by host, port, proto, state, kind,
    /// name, text, rtt, duration, packets, bytes, sent-again, wait or time. The
    /// other words are a capture filter.
    #[arg(value_name = "FILE|WORD")]
    words: Vec<OsString>,
    /// Read this file (may be repeated)
    #[arg(short = 'r', value_name = "FILE")]
    read: Vec<PathBuf>,
    /// Only packets that pass this capture filter
    ///
    /// Its grammar is libpcap's; in it, len is the original length.
    #[arg(short = 'f', value_name = "FILTER")]
    filter: Option<String>,
    /// Stop after N packets that passed the filter
    #[arg(short = 'c', value_name = "N", value_parser = units::positive)]
    count: Option<u64>,
    /// Several captures are one, however long it is from one to the next
    #[arg(long, conflicts_with = "apart")]
    join: bool,
    /// No conversation goes on from one capture in the next
    ///
    /// Without it and --join, it does where that begins within a minute of the end
    /// of the one before.
    #[arg(long)]
    apart: bool,
    /// Work with at most N threads; the output is the same whatever N
    ///
    /// Without it, as many as there are processors, and use.
    #[arg(long, value_name = "N", value_parser = units::threads)]
    threads: Option<NonZero<usize>>,
    #[command(flatten)]
    accepted: AcceptedArgs,
    #[command(flatten)]
    foreign: ForeignArgs,
}

/// How what is read is followed.
#[derive(Debug, Args)]
pub(super) struct FollowArgs {
    /// How messages are told apart in TCP streams
    ///
    /// By line (a newline ends each), fixed:N (each has N bytes), or by the length
    /// before each, counted as len:u8, len:u16be, len:u16le, len:u32be or
    /// len:u32le. Without it, where the bytes show it.
    #[arg(long, alias = "framing", value_name = "FRAMING", value_parser = framing_name)]
    pub(super) frame: Option<String>,
    /// Use at most this much memory, as in 256M or 4G
    ///
    /// Beyond it the conversations that have been idle for longest are closed
    /// early, and counted. Without it, a quarter of the machine's memory, at most
    /// 2G.
    #[arg(long, value_name = "SIZE", value_parser = units::memory_size)]
    pub(super) max_memory: Option<usize>,
}

impl FollowArgs {
    /// The framing that is declared.
    pub(super) fn framing(&self) -> Option<Framing> {
        self.frame.as_deref().and_then(Framing::from_name)
    }
}

impl InputArgs {
    /// Takes out the word that names a conversation, if one does.
    pub(super) fn take_name(&mut self, lang: Lang) -> Result<Option<(String, Named)>, Refusal> {
        words::take_name(&mut self.words, lang).map_err(Refusal::Usage)
    }

    /// What is to be read, and which of it is asked for; the commands that do the
    /// same again go into `look`, with the words that select where the analysis is
    /// of those conversations alone (`selects`).
    pub(super) fn reading(
        &self,
        follow: &FollowArgs,
        look: &mut Look,
        hints: bool,
        selects: bool,
        surroundings: &Surroundings,
    ) -> Result<(Reading, Selection), Refusal> {
        let Words {
            files,
            selection,
            selecting,
            filter,
        } = self.divided(look, surroundings)?;
        let input = habits::input(&files);
        self.foreign.refuse(&input, look.lang)?;
        let timelines = match (self.join, self.apart) {
            (true, _) => Timelines::Joined,
            (_, true) => Timelines::Apart,
            _ => Timelines::ByTime,
        };
        if hints {
            let again = Again {
                files: &files,
                selecting: &selecting,
                filter: filter.as_deref(),
                count: self.count,
                framing: follow.frame.as_deref(),
                timelines,
                utc: look.utc,
            };
            look.listing = again.conversations();
            look.command = match selects {
                true => again.analyze(),
                false => Again {
                    selecting: &[],
                    ..again
                }
                .analyze(),
            };
        }
        look.selecting = selecting.join(" ");
        let reading = Reading {
            files,
            filter,
            count: self.count,
            timelines,
            framing: follow.framing(),
            secrets: look.secrets,
            verify_checksums: !self.accepted.no_checksums,
            memory: surroundings.memory_limit(follow.max_memory),
            threads: self.threads.unwrap_or_else(useful_threads),
            interrupt: Arc::clone(&surroundings.signals.stop),
        };
        Ok((reading, selection))
    }

    /// The words, and what `-r` and `-f` say, put together. At least one file is
    /// named, and all of them exist.
    fn divided(&self, look: &Look, surroundings: &Surroundings) -> Result<Words, Refusal> {
        let lang = look.lang;
        let divided = words::divide(&self.words, look.utc, lang).map_err(Refusal::Word)?;
        all_exist(&self.read, lang)?;
        let mut files: Vec<_> = self.read.iter().chain(&divided.files).cloned().collect();
        if files.is_empty() && surroundings.captures_come_in() {
            files.push(PathBuf::from("-"));
        }
        if files.is_empty() {
            return Err(match WrongWord::no_file(&self.words, lang) {
                Some(wrong) => Refusal::Word(Box::new(wrong)),
                None => Refusal::Usage(
                    lang.pick("no capture is named", "没有给出抓包文件")
                        .to_owned(),
                ),
            });
        }
        let filter = match (&self.filter, &divided.filter) {
            (Some(_), Some(words)) => {
                return Err(Refusal::Usage(match lang {
                    Lang::En => {
                        format!("the filter is given twice: by -f, and by the words \"{words}\"")
                    }
                    Lang::Zh => format!("过滤器给了两次：-f，以及“{words}”"),
                }));
            }
            (Some(filter), None) => Some(filter.clone()),
            (None, words) => words.clone(),
        };
        Ok(Words {
            files,
            filter,
            ..divided
        })
    }
}

/// Whether all of these files are there; `-` is.
pub(super) fn all_exist(files: &[PathBuf], lang: Lang) -> Result<(), Refusal> {
    let missing = |file: &&PathBuf| file.as_os_str() != "-" && !file.exists();
    match files.iter().find(missing) {
        None => Ok(()),
        Some(file) => Err(Refusal::Usage(match lang {
            Lang::En => format!("there is no file {}", file.display()),
            Lang::Zh => format!("没有文件 {}", file.display()),
        })),
    }
}
