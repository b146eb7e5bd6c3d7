//! Parse, run, exit status.

use std::alloc::System;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use cap::Cap;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::flag;
use wirenotes::capture::{WriteOptions, Written, standard_input_is_capture};
use wirenotes::cli::{self, Job, Surroundings};
use wirenotes::commands::analyze::{self, Analyze, AnalyzeError, Outcome, Tick};
use wirenotes::commands::console::Console;
use wirenotes::commands::conversations;
use wirenotes::commands::explain::{self, Explain, ExplainError, Subject};
use wirenotes::commands::follow::{self, Follow};
use wirenotes::commands::graph::{self, Graph};
use wirenotes::commands::interfaces::{self, InterfacesError};
use wirenotes::commands::live::{self, LiveFailure};
use wirenotes::commands::notes::{self, NotesError};
use wirenotes::commands::output_file::FileError;
use wirenotes::commands::pace::{Pace, peak_memory};
use wirenotes::commands::pager::Pager;
use wirenotes::commands::progress::Progress;
use wirenotes::commands::report;
use wirenotes::commands::signals::{Signals, is_ignored};
#[cfg(feature = "view")]
use wirenotes::commands::view;
use wirenotes::commands::{deal, hosts, visits};
use wirenotes::notes::Lang;
use wirenotes::report::errors::system;

/// Counts what is in use, which `--max-memory` bounds.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const DONE: u8 = 0;
const FAILED: u8 = 1;
const USAGE: u8 = 2;
const FAIL_ON: u8 = 3;
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let surroundings = surroundings();
    let lang = cli::language(std::env::args_os());
    let console = Console::new(&surroundings.signals.stop, lang);
    let status = match cli::parse(std::env::args_os(), &surroundings) {
        Ok(job) => run(job, &surroundings, &console),
        Err(refusal) => match refusal.tell(&console) {
            Ok(true) => DONE,
            Ok(false) => USAGE,
            Err(error) => write_failed(&error, &console),
        },
    };
    ExitCode::from(status)
}

fn surroundings() -> Surroundings {
    let terminal = io::stdout().is_terminal();
    let size = terminal_size::terminal_size_of(io::stdout());
    Surroundings {
        terminal,
        columns: size.map(|(terminal_size::Width(columns), _)| usize::from(columns)),
        rows: size.map(|(_, terminal_size::Height(rows))| usize::from(rows)),
        input_is_capture: Some(standard_input_is_capture),
        memory_in_use: Some(|| ALLOCATOR.allocated()),
        ..Surroundings::default()
    }
}

fn run(job: Job, surroundings: &Surroundings, console: &Console) -> u8 {
    let signals = &surroundings.signals;
    match job {
        Job::Analyze {
            analyze,
            quiet,
            verbose,
            pager,
        } => run_analyze(*analyze, signals, console, quiet, verbose, pager),
        Job::Conversations {
            conversations,
            quiet,
            pager,
        } => run_table(signals, console, quiet, pager, |out, tick| {
            conversations::run(*conversations, out, tick)
        }),
        Job::Hosts {
            hosts,
            quiet,
            pager,
        } => run_table(signals, console, quiet, pager, |out, tick| {
            hosts::run(*hosts, out, tick)
        }),
        Job::Visits {
            visits,
            quiet,
            pager,
        } => run_table(signals, console, quiet, pager, |out, tick| {
            visits::run(*visits, out, tick)
        }),
        #[cfg(feature = "view")]
        Job::View(view) => {
            end_on_signals(signals);
            match view::run(*view) {
                Ok(()) => DONE,
                Err(error) => {
                    console.tell_error(&error);
                    FAILED
                }
            }
        }
        Job::Follow {
            follow,
            quiet,
            pager,
        } => run_follow(*follow, signals, console, quiet, pager),
        Job::Graph {
            graph,
            quiet,
            pager,
        } => run_graph(*graph, signals, console, quiet, pager),
        Job::Deal(deal) => {
            let quiet = deal.quiet;
            run_table(signals, console, quiet, false, |mut out, tick| {
                deal::run(&deal, &mut out, tick)
            })
        }
        Job::Report { report, quiet } => run_table(signals, console, quiet, false, |out, tick| {
            report::run(*report, out, tick)
        }),
        Job::Notes {
            question,
            lang,
            json,
            width,
            color,
            pager,
        } => {
            let pager = Pager::new(pager, signals, || {});
            let mut out = pager.output();
            let done = match json {
                true => notes::run_json(&mut out, &question, lang),
                false => notes::run(&mut out, &question, lang, width, color),
            };
            pager.finish();
            match done {
                Ok(()) => DONE,
                Err(NotesError::Write(error)) => write_failed(&error, console),
                Err(error @ NotesError::NotFound(_)) => {
                    console.tell_error(&error);
                    FAILED
                }
                Err(error) => {
                    console.tell_error(&error);
                    USAGE
                }
            }
        }
        Job::Explain { explain, pager } => run_explain(&explain, signals, console, pager),
        Job::Live { live, verbose } => {
            run_live(signals, console, verbose, || live::run(*live, console))
        }
        #[cfg(feature = "view")]
        Job::LiveView { live, verbose } => {
            let mut refused = None;
            let status = run_live(signals, console, verbose, || {
                view::recording::run(*live, console).unwrap_or_else(|error| {
                    refused = Some(error);
                    Ok(live::Outcome::default())
                })
            });
            match refused {
                None => status,
                Some(error) => {
                    console.tell_error(&error);
                    FAILED
                }
            }
        }
        Job::Interfaces { form, look } => {
            match interfaces::run(console.output(false), form, &look) {
                Ok(()) => DONE,
                Err(InterfacesError::Write(error)) => write_failed(&error, console),
                Err(error) => {
                    console.tell_error(&error);
                    FAILED
                }
            }
        }
        Job::Print(text) => match console.output(false).write_all(&text) {
            Ok(()) => DONE,
            Err(error) => write_failed(&error, console),
        },
    }
}

/// SIGINT, SIGTERM and SIGHUP end what is under way in order: they set flags.
/// Without the handlers it ends at once.
fn end_on_signals(signals: &Signals) {
    // The second Ctrl-C ends it at once, should anything be stuck.
    let stop = &signals.stop;
    let _ = flag::register_conditional_shutdown(SIGINT, INTERRUPTED.into(), Arc::clone(stop));
    let _ = flag::register(SIGINT, Arc::clone(stop));
    for signal in [SIGTERM, SIGHUP] {
        // nohup wants it to live on without its terminal.
        if signal == SIGHUP && is_ignored(signal) {
            continue;
        }
        let _ = flag::register(signal, Arc::clone(&signals.terminated));
        let _ = flag::register(signal, Arc::clone(stop));
    }
}

fn run_analyze(
    analyze: Analyze,
    signals: &Signals,
    console: &Console,
    quiet: bool,
    verbose: bool,
    pager: bool,
) -> u8 {
    let started = Instant::now();
    end_on_signals(signals);
    let progress = Progress::new(!quiet && io::stderr().is_terminal());
    let shown = progress.clone();
    let pager = Pager::new(pager, signals, move || shown.finish());
    let writes_there = |options: &WriteOptions| options.path.as_os_str() == "-";
    let out: Box<dyn Write + Send> = match analyze.write.as_ref().is_some_and(writes_there) {
        true => console.output(true),
        false => pager.output(),
    };
    let done = analyze::run(analyze, out, &mut |read, total| {
        progress.tick(read, total);
    });
    progress.finish();
    pager.finish();
    match done {
        Ok(outcome) => {
            let status = conclude(&outcome, console);
            if let secrets @ 1.. = outcome.secrets_written
                && !quiet
            {
                console.tell(&match console.lang {
                    Lang::En => format!(
                        "packets are written as they are, with the {secrets} secrets that the \
                         output hides"
                    ),
                    Lang::Zh => {
                        format!("报文照原样写出，其中含有输出所隐藏的 {secrets} 个秘密值")
                    }
                });
            }
            if verbose {
                console.tell(&Pace {
                    packets: outcome.packets,
                    bytes: outcome.bytes,
                    took: started.elapsed(),
                    threads: outcome.threads,
                    memory: peak_memory(),
                    lang: console.lang,
                });
                if let Some(Written {
                    files,
                    packets,
                    bytes,
                }) = outcome.written
                {
                    console.tell(&match console.lang {
                        Lang::En => {
                            format!("{packets} packets written: {bytes} bytes, files: {files}")
                        }
                        Lang::Zh => {
                            format!("写出 {packets} 个报文：{bytes} 字节，{files} 个文件")
                        }
                    });
                }
            }
            status
        }
        Err(error) => no_analysis(error, console),
    }
}

fn run_table(
    signals: &Signals,
    console: &Console,
    quiet: bool,
    pager: bool,
    table: impl FnOnce(Box<dyn Write + Send>, Tick<'_>) -> Result<Outcome, AnalyzeError>,
) -> u8 {
    end_on_signals(signals);
    let progress = Progress::new(!quiet && io::stderr().is_terminal());
    let shown = progress.clone();
    let pager = Pager::new(pager, signals, move || shown.finish());
    let done = table(pager.output(), &mut |read, total| {
        progress.tick(read, total);
    });
    progress.finish();
    pager.finish();
    match done {
        Ok(outcome) => conclude(&outcome, console),
        Err(error) => no_analysis(error, console),
    }
}

fn run_follow(
    follow: Follow,
    signals: &Signals,
    console: &Console,
    quiet: bool,
    pager: bool,
) -> u8 {
    let mut said = Vec::new();
    let mut failed = false;
    let status = run_table(signals, console, quiet, pager, |out, tick| {
        let followed = follow::run(follow, out, tick)?;
        said = followed.gaps.lines(console.lang);
        if let Some(several) = followed.several {
            said.push(several.to_string());
            failed = true;
        }
        Ok(followed.outcome)
    });
    for line in said {
        console.tell(&line);
    }
    if failed { FAILED } else { status }
}

fn run_graph(graph: Graph, signals: &Signals, console: &Console, quiet: bool, pager: bool) -> u8 {
    let mut missing = None;
    let status = run_table(signals, console, quiet, pager, |out, tick| {
        let drawn = graph::run(graph, out, tick)?;
        missing = drawn.missing;
        Ok(drawn.outcome)
    });
    match missing {
        Some(why) => {
            console.tell(&why);
            FAILED
        }
        None => status,
    }
}

/// Says why there is no analysis, and how the process ends.
fn no_analysis(error: AnalyzeError, console: &Console) -> u8 {
    match error {
        AnalyzeError::Write(error) => write_failed(&error, console),
        AnalyzeError::StoodStill { .. } => {
            console.tell_error(&error);
            INTERRUPTED
        }
        AnalyzeError::Packets(error) => {
            console.tell_error(&error);
            if error.is_usage() { USAGE } else { FAILED }
        }
        #[cfg(feature = "parquet")]
        AnalyzeError::TablesCut => {
            console.tell_error(&error);
            FAILED
        }
        AnalyzeError::File(FileError::Write { .. } | FileError::Read { .. }) => {
            console.tell_error(&error);
            FAILED
        }
        AnalyzeError::Filter(_) | AnalyzeError::Twice | AnalyzeError::File(_) => {
            console.tell_error(&error);
            USAGE
        }
    }
}

fn run_live(
    signals: &Signals,
    console: &Console,
    verbose: bool,
    live: impl FnOnce() -> Result<live::Outcome, LiveFailure>,
) -> u8 {
    let started = Instant::now();
    end_on_signals(signals);
    let _ = flag::register(SIGUSR1, Arc::clone(&signals.so_far));
    let done = live();
    console.clear();
    match done {
        Ok(outcome) => {
            if verbose {
                let took = started.elapsed().as_secs_f64();
                let packets = outcome.packets;
                console.tell(&match console.lang {
                    Lang::En => format!("{packets} packets in {took:.3} s"),
                    Lang::Zh => format!("{packets} 个报文，用时 {took:.3} 秒"),
                });
            }
            match outcome {
                live::Outcome { failed: true, .. } => FAILED,
                live::Outcome {
                    failed_on: Some(why),
                    ..
                } => {
                    console.tell(&why);
                    FAIL_ON
                }
                _ => DONE,
            }
        }
        Err(LiveFailure::Write(error)) => write_failed(&error, console),
        Err(error @ LiveFailure::StoodStill { .. }) => {
            console.tell_error(&error);
            DONE
        }
        Err(error) => {
            console.tell_error(&error);
            if error.is_usage() { USAGE } else { FAILED }
        }
    }
}

fn run_explain(explain: &Explain, signals: &Signals, console: &Console, pager: bool) -> u8 {
    if matches!(explain.subject, Subject::StandardInput) {
        if io::stdin().is_terminal() {
            let prompt = explain.look.lang.pick(
                "Paste the packet's bytes (any dump will do), then Enter and Ctrl-D:",
                "请粘贴报文的字节（任何转储格式都行），然后按回车和 Ctrl-D：",
            );
            console.write(prompt);
        }
    } else {
        end_on_signals(signals);
    }
    let pager = Pager::new(pager, signals, || {});
    let done = explain::run(explain, || pager.output());
    pager.finish();
    match done {
        Ok(()) => DONE,
        Err(ExplainError::Write(error)) => write_failed(&error, console),
        Err(ExplainError::Interrupted) => INTERRUPTED,
        Err(error) => {
            console.tell_error(&error);
            match error {
                ExplainError::Field(_) | ExplainError::NotTwo(_) => USAGE,
                _ => FAILED,
            }
        }
    }
}

/// Says what went wrong, and how the process ends.
fn conclude(outcome: &Outcome, console: &Console) -> u8 {
    for fault in &outcome.faults {
        console.tell_error(fault);
    }
    if outcome.more_faults > 0 {
        let more = outcome.more_faults;
        console.tell(&match console.lang {
            Lang::En => format!("and {more} more such faults"),
            Lang::Zh => format!("还有 {more} 处这样的错误"),
        });
    }
    let mut failed = !outcome.faults.is_empty();
    if let Some(missing) = &outcome.missing {
        if !failed || outcome.conversations > 0 {
            console.tell(missing);
        }
        failed = true;
    }
    match outcome {
        Outcome {
            interrupted: true, ..
        } => INTERRUPTED,
        _ if failed => FAILED,
        Outcome {
            failed_on: Some(why),
            ..
        } => {
            console.tell(why);
            FAIL_ON
        }
        _ => DONE,
    }
}

/// A closed pipe is a quiet end: the reader has seen enough.
fn write_failed(error: &io::Error, console: &Console) -> u8 {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return DONE;
    }
    console.tell(&match console.lang {
        Lang::En => format!("the output cannot be written: {error}"),
        Lang::Zh => format!("无法写出：{}", system(error)),
    });
    FAILED
}
