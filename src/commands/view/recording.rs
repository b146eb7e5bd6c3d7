//! `wirenotes live --view`: what is recorded is followed in a thread of its own, by
//! the very code of `live`; the viewer is told how things stand, and shows it. Whatever
//! it does, the recording goes on.

use std::io::{self, Write};
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::{Session, ViewError, terminal_or_error};
use crate::commands::console::{Console, Told};
use crate::commands::live::{self, Live, LiveFailure, MakeReport, Outcome};
use crate::report::digest::Digest;
use crate::report::{
    ConversationReport, ExchangeReport, FORMATS, FindingReport, Look, PacketReport, Report,
    Summary, Wants, Watch,
};
use crate::track::Conversation;
use crate::view::News;

/// How often how things stand is told.
const EVERY: Duration = Duration::from_millis(500);

/// Characters of events that are kept: the newest.
const MOST_KEPT: usize = 64 * 1024;

/// Records, and shows it until the reader has seen enough, or the recording ends.
/// Then the summary is written to standard output, as `live` writes it.
///
/// # Errors
/// When there is no terminal to draw on, or nothing can be recorded.
pub fn run(mut live: Live, console: &Console) -> Result<Result<Outcome, LiveFailure>, ViewError> {
    let mut terminal = terminal_or_error()?;
    let look = live.look.clone();
    let mut session = Session::of_recording(look.clone(), terminal.size()?);
    let told = console.send_elsewhere();
    let kept = Arc::<Mutex<Kept>>::default();
    let (tell, report_kept) = (session.news_sender(), Arc::clone(&kept));
    live.summary_every = Some(EVERY);
    live.report = Some(MakeReport::new(move |look| {
        Box::new(Events::new(look, tell.clone(), Arc::clone(&report_kept)))
    }));
    let stop = Arc::clone(&live.signals.stop);
    let to_console = console.clone();
    let work = thread::Builder::new().name("recording".to_owned());
    let work = work.spawn(move || live::run(live, &to_console))?;
    let tell = session.news_sender();
    let mut ended = Ok(());
    while !work.is_finished() && !stop.load(Ordering::Relaxed) {
        for told in told.try_iter() {
            // Nobody is left to be told if it fails.
            let _ = tell.send(match told {
                Told::Message(text) => News::Message(text),
                Told::Status(text) => News::Status(text),
            });
        }
        match session.turn(&mut terminal) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                ended = Err(error);
                break;
            }
        }
    }
    stop.store(true, Ordering::Relaxed);
    let outcome = work.join();
    drop(terminal);
    console.send_back(told);
    ended?;
    let outcome = outcome.map_err(|_| ViewError::Panicked)?;
    let summary = lock(&kept).summary.clone();
    console.output(false).write_all(summary.as_bytes())?;
    Ok(outcome)
}

/// What the list of events was written, newest last, and the summary.
#[derive(Default)]
struct Kept {
    events: String,
    summary: String,
    /// The summary is being written.
    at_end: bool,
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    // Texts are whole after any panic.
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    /// The events, the newest first; the lines of one stay as they are.
    fn newest_first(&self) -> String {
        let mut events: Vec<Vec<&str>> = Vec::new();
        for line in self.events.lines().filter(|line| !line.trim().is_empty()) {
            let goes_on = line.starts_with("         ");
            match events.last_mut() {
                Some(event) if goes_on => event.push(line),
                _ => events.push(vec![line]),
            }
        }
        let lines: Vec<&str> = events.into_iter().rev().flatten().collect();
        lines.join("\n")
    }
}

/// Writes into [`Kept`].
struct Page(Arc<Mutex<Kept>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = lock(&self.0);
        let text = String::from_utf8_lossy(bytes);
        if kept.at_end {
            kept.summary.push_str(&text);
            return Ok(bytes.len());
        }
        kept.events.push_str(&text);
        if let Some(over) = kept.events.len().checked_sub(MOST_KEPT) {
            let rest = kept
                .events
                .get(over..)
                .and_then(|rest| rest.split_once('\n'));
            kept.events = rest.map(|(_, rest)| rest.to_owned()).unwrap_or_default();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What `live -q` writes, kept for the viewer; and how things stand.
struct Events {
    list: Option<Box<dyn Report>>,
    watch: Watch,
    kept: Arc<Mutex<Kept>>,
    tell: Sender<News>,
}

impl Events {
    fn new(look: Look, tell: Sender<News>, kept: Arc<Mutex<Kept>>) -> Self {
        let look = Look {
            packets: true,
            only_attention: true,
            ..look
        };
        let openings = tell.clone();
        let watch = Watch::new(
            look.clone(),
            Vec::new(),
            Box::new(move |opening| {
                let _ = openings.send(News::Opening(Box::new(opening)));
            }),
        );
        let page = Box::new(Page(Arc::clone(&kept)));
        let text = FORMATS.first();
        Self {
            list: text.map(|text| (text.make)(page, look)),
            watch,
            kept,
            tell,
        }
    }

    fn list(&mut self, tell: impl FnOnce(&mut dyn Report) -> io::Result<()>) -> io::Result<()> {
        self.list.as_mut().map_or(Ok(()), |list| tell(&mut **list))
    }
}

impl Report for Events {
    fn wants(&self) -> Wants {
        let list = self.list.as_ref().map(|list| list.wants());
        Wants {
            groups: true,
            ..list.unwrap_or_default()
        }
    }

    fn begins(&mut self, first_ns: u64) {
        if let Some(list) = &mut self.list {
            list.begins(first_ns);
        }
    }

    fn packet(&mut self, report: &PacketReport<'_>) -> io::Result<()> {
        self.list(|list| list.packet(report))
    }

    fn finding(&mut self, report: &FindingReport<'_>) -> io::Result<()> {
        self.list(|list| list.finding(report))
    }

    fn conversation(&mut self, report: &ConversationReport<'_>) -> io::Result<()> {
        self.list(|list| list.conversation(report))
    }

    fn exchange(&mut self, report: &ExchangeReport<'_>) -> io::Result<()> {
        self.list(|list| list.exchange(report))
    }

    fn standing(&mut self, digest: &Digest) -> io::Result<()> {
        self.list(|list| list.standing(digest))
    }

    fn so_far(&mut self, summary: &Summary, open: Vec<Conversation>) -> io::Result<()> {
        self.watch.so_far(summary, open)?;
        let events = lock(&self.kept).newest_first();
        let _ = self.tell.send(News::Events(events));
        Ok(())
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        lock(&self.kept).at_end = true;
        self.list(|list| list.summary(summary))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.list(|list| list.flush())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_event_comes_first_and_the_oldest_goes() {
        let kept = Arc::<Mutex<Kept>>::default();
        let mut page = Page(Arc::clone(&kept));
        page.write_all(b"one\n           of two lines\ntwo\n")
            .unwrap();
        assert_eq!(
            lock(&kept).newest_first(),
            "two\none\n           of two lines"
        );
        for number in 0..20_000 {
            page.write_all(format!("event {number}\n").as_bytes())
                .unwrap();
        }
        let kept = lock(&kept);
        assert!(kept.events.len() <= MOST_KEPT);
        assert!(kept.newest_first().starts_with("event 19999\nevent 19998"));
    }
}
