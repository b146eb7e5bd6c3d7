//! Parse, run, exit status.

use std::alloc::System;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use cap::Cap;
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};
use signal_hook::flag;
use wirenotes::capture::{WriteOptions, Written};
use wirenotes::cli::{self, Job, Surroundings};
use wirenotes::commands::analyze::{self, Analyze, AnalyzeError, Outcome};
use wirenotes::commands::explain::{self, Explain, ExplainError, Subject};
use wirenotes::commands::interfaces::{self, InterfacesError};
use wirenotes::commands::live::{self, Console, Live, LiveFailure};
use wirenotes::commands::notes::{self, NotesError};
use wirenotes::commands::pace::{Pace, peak_memory};
use wirenotes::commands::pager::Pager;
use wirenotes::commands::progress::Progress;

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
    let status = match cli::parse(std::env::args_os(), &surroundings) {
        Ok(job) => run(job),
        Err(refusal) => refusal.tell(),
    };
    ExitCode::from(status)
}

fn surroundings() -> Surroundings {
    let terminal = io::stdout().is_terminal();
    let size = terminal_size::terminal_size_of(io::stdout());
    Surroundings {
        terminal,
        columns: size.map(|(terminal_size::Width(columns), _)| usize::from(columns)),
        memory_in_use: Some(|| ALLOCATOR.allocated()),
        ..Surroundings::default()
    }
}

fn run(job: Job) -> u8 {
    match job {
        Job::Analyze {
            analyze,
            quiet,
            verbose,
            pager,
        } => run_analyze(*analyze, quiet, verbose, pager),
        Job::Notes {
            question,
            lang,
            json,
            width,
            color,
            pager,
        } => {
            let pager = Pager::new(pager, || {});
            let mut out = pager.output();
            let done = match json {
                true => notes::run_json(&mut out, &question, lang),
                false => notes::run(&mut out, &question, lang, width, color),
            };
            pager.finish(&AtomicBool::new(false));
            match done {
                Ok(()) => DONE,
                Err(NotesError::Write(error)) => write_failed(&error),
                Err(error @ NotesError::NotFound(_)) => {
                    complain(&error);
                    FAILED
                }
                Err(error) => {
                    complain(&error);
                    USAGE
                }
            }
        }
        Job::Explain { explain, pager } => run_explain(&explain, pager),
        Job::Live { live, verbose } => run_live(*live, verbose),
        Job::Interfaces { form, look } => {
            match interfaces::run(Box::new(io::stdout()), form, &look) {
                Ok(()) => DONE,
                Err(InterfacesError::Write(error)) => write_failed(&error),
                Err(error) => {
                    complain(&error);
                    FAILED
                }
            }
        }
        Job::Print(text) => match io::stdout().write_all(&text) {
            Ok(()) => DONE,
            Err(error) => write_failed(&error),
        },
    }
}

fn run_analyze(analyze: Analyze, quiet: bool, verbose: bool, pager: bool) -> u8 {
    let started = Instant::now();
    let flag = &analyze.interrupt;
    // The second time, it ends at once. Without the handlers, the first time
    // does: nothing is lost but the report.
    let _ = flag::register_conditional_shutdown(SIGINT, INTERRUPTED.into(), Arc::clone(flag));
    let _ = flag::register(SIGINT, Arc::clone(flag));
    let asked = analyze.show.conversation;
    let progress = Progress::new(!quiet && io::stderr().is_terminal());
    let shown = progress.clone();
    let pager = Pager::new(pager, move || shown.finish());
    let writes_there = |options: &WriteOptions| options.path.as_os_str() == "-";
    let out: Box<dyn Write + Send> = match analyze.write.as_ref().is_some_and(writes_there) {
        true => Box::new(io::stderr()),
        false => pager.output(),
    };
    let interrupt = Arc::clone(flag);
    let done = analyze::run(analyze, out, &mut |read, total| {
        progress.tick(read, total);
    });
    progress.finish();
    pager.finish(&interrupt);
    match done {
        Ok(outcome) => {
            let status = conclude(&outcome, asked);
            if verbose {
                complain(&Pace {
                    packets: outcome.packets,
                    bytes: outcome.bytes,
                    took: started.elapsed(),
                    threads: outcome.threads,
                    memory: peak_memory(),
                });
                if let Some(Written {
                    files,
                    packets,
                    bytes,
                }) = outcome.written
                {
                    complain(&format!(
                        "{packets} packets written: {bytes} bytes, files: {files}"
                    ));
                }
            }
            status
        }
        Err(AnalyzeError::Write(error)) => write_failed(&error),
        Err(AnalyzeError::Packets(error)) => {
            complain(&error);
            if error.is_usage() { USAGE } else { FAILED }
        }
        Err(error @ AnalyzeError::Filter(_)) => {
            complain(&error);
            USAGE
        }
    }
}

fn run_live(live: Live, verbose: bool) -> u8 {
    let started = Instant::now();
    let stop = &live.signals.stop;
    // The second Ctrl-C ends it at once, should the terminal be stuck.
    let _ = flag::register_conditional_shutdown(SIGINT, INTERRUPTED.into(), Arc::clone(stop));
    for signal in [SIGINT, SIGTERM] {
        let _ = flag::register(signal, Arc::clone(stop));
    }
    let _ = flag::register(SIGUSR1, Arc::clone(&live.signals.so_far));
    let console = Console::new();
    let done = live::run(live, &console);
    console.clear();
    match done {
        Ok(outcome) => {
            if verbose {
                let took = started.elapsed().as_secs_f64();
                complain(&format!("{} packets in {took:.3} s", outcome.packets));
            }
            match outcome {
                live::Outcome { failed: true, .. } => FAILED,
                live::Outcome {
                    failed_on: true, ..
                } => FAIL_ON,
                _ => DONE,
            }
        }
        Err(LiveFailure::Write(error)) => write_failed(&error),
        Err(error) => {
            complain(&error);
            if error.is_usage() { USAGE } else { FAILED }
        }
    }
}

fn run_explain(explain: &Explain, pager: bool) -> u8 {
    if matches!(explain.subject, Subject::StandardInput) {
        if io::stdin().is_terminal() {
            let prompt = explain.look.lang.pick(
                "Paste the packet's bytes (any dump will do), then Enter and Ctrl-D:",
                "请粘贴报文的字节（任何转储格式都行），然后按回车和 Ctrl-D：",
            );
            // Without the prompt, pasting still works.
            let _ = writeln!(io::stderr(), "{prompt}");
        }
    } else {
        let interrupt = &explain.interrupt;
        let _ =
            flag::register_conditional_shutdown(SIGINT, INTERRUPTED.into(), Arc::clone(interrupt));
        let _ = flag::register(SIGINT, Arc::clone(interrupt));
    }
    let pager = Pager::new(pager, || {});
    let done = explain::run(explain, || pager.output());
    pager.finish(&explain.interrupt);
    match done {
        Ok(()) => DONE,
        Err(ExplainError::Write(error)) => write_failed(&error),
        Err(ExplainError::Interrupted) => INTERRUPTED,
        Err(error) => {
            complain(&error);
            match error {
                ExplainError::Field(_) | ExplainError::NotTwo(_) => USAGE,
                _ => FAILED,
            }
        }
    }
}

/// Says what went wrong, and how the process ends.
fn conclude(outcome: &Outcome, asked: Option<u64>) -> u8 {
    for fault in &outcome.faults {
        complain(fault);
    }
    if outcome.more_faults > 0 {
        complain(&format!("and {} more such faults", outcome.more_faults));
    }
    let mut failed = !outcome.faults.is_empty();
    if let (Some(asked), Some(known)) = (asked, outcome.no_conversation) {
        if !failed || known > 0 {
            complain(&format!(
                "there is no conversation {asked}: the capture has {known}"
            ));
        }
        failed = true;
    }
    match outcome {
        Outcome {
            interrupted: true, ..
        } => INTERRUPTED,
        _ if failed => FAILED,
        Outcome {
            failed_on: true, ..
        } => FAIL_ON,
        _ => DONE,
    }
}

/// A closed pipe is a quiet end: the reader has seen enough.
fn write_failed(error: &io::Error) -> u8 {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return DONE;
    }
    complain(&format!("the output cannot be written: {error}"));
    FAILED
}

fn complain(message: &dyn std::fmt::Display) {
    // Nobody is left to be told if this fails.
    let _ = writeln!(io::stderr(), "wirenotes: {message}");
}
