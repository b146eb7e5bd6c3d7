//! What happens to each packet of a running capture, and between packets: it
//! is followed and reported; summaries and the status line come when they are
//! due.

use std::io;
use std::time::{Duration, Instant};

use crate::capture::{Drops, Frame, Statistics};
use crate::commands::console::Console;
use crate::commands::writing::Writing;
use crate::decode::decode;
use crate::report::{self, Presenter, Rates, Summary, status_line};
use crate::track::{self, Tracker};

use super::LiveFailure;

/// The time between two status lines.
const STATUS_EVERY: Duration = Duration::from_secs(1);

/// The time between two looks at what stands in the open conversations.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// With more open conversations than this, a look would take too long.
const MOST_LOOKED_AT: u64 = 100_000;

/// A look may take this part of the time at most.
const LOOK_SHARE: u32 = 20;

/// A capture that is being followed.
pub struct Session {
    tracker: Tracker,
    presenter: Presenter,
    happened: track::Output,
    interface: Option<String>,
    /// Packets so far, and their bytes on the wire.
    packets: u64,
    bytes: u64,
    count: Option<u64>,
    summaries: Option<Clock>,
    looks: Clock,
    status: Option<Status>,
    writing: Option<Writing>,
    verify_checksums: bool,
    drops: Drops,
    /// Packets that were not followed, because the output failed.
    dropped: u64,
    faults: u64,
}

/// What is due every so often.
struct Clock {
    every: Duration,
    last: Instant,
}

impl Clock {
    fn new(every: Duration) -> Self {
        Self {
            every,
            last: Instant::now(),
        }
    }

    /// Whether it is time again; gives the time since the last one.
    fn is_due(&mut self) -> Option<Duration> {
        let since = self.last.elapsed();
        if since < self.every {
            return None;
        }
        self.last = Instant::now();
        Some(since)
    }
}

/// The status line.
struct Status {
    console: Console,
    clock: Clock,
    started: Instant,
    packets: u64,
    bytes: u64,
    look: report::Look,
}

impl Session {
    /// A capture on an interface, or of a file, that is followed from here.
    pub fn new(tracker: Tracker, presenter: Presenter) -> Self {
        Self {
            tracker,
            presenter,
            happened: track::Output::default(),
            interface: None,
            packets: 0,
            bytes: 0,
            count: None,
            summaries: None,
            looks: Clock::new(LOOK_EVERY),
            status: None,
            writing: None,
            verify_checksums: true,
            drops: Drops::default(),
            dropped: 0,
            faults: 0,
        }
    }

    /// The packets come from this interface.
    pub fn on_interface(mut self, name: String) -> Self {
        self.interface = Some(name);
        self
    }

    /// Checksums are verified only if this is true.
    pub fn verifying_checksums(mut self, verify: bool) -> Self {
        self.verify_checksums = verify;
        self
    }

    /// Ends the session after so many packets.
    pub fn with_count(mut self, count: Option<u64>) -> Self {
        self.count = count;
        self
    }

    /// The summary so far comes again and again.
    pub fn with_summaries(mut self, every: Option<Duration>) -> Self {
        self.summaries = every.map(Clock::new);
        self
    }

    /// Writes the session's packets to a file as well.
    pub fn with_writing(mut self, writing: Option<Writing>) -> Self {
        self.writing = writing;
        self
    }

    /// Adds a status line, where the console has one.
    pub fn with_status(mut self, console: &Console, look: report::Look) -> Self {
        self.status = console.has_status().then(|| Status {
            console: console.clone(),
            clock: Clock::new(STATUS_EVERY),
            started: Instant::now(),
            packets: 0,
            bytes: 0,
            look,
        });
        self
    }

    /// The number of the next packet of an interface.
    pub fn next_number(&self) -> u64 {
        self.packets + 1
    }

    /// Whether as many packets were seen as are wanted.
    pub fn is_complete(&self) -> bool {
        self.count.is_some_and(|count| self.packets >= count)
    }

    /// The capture's first packet came at this time, whether it passed the filter
    /// or not.
    pub fn begins(&mut self, first_ns: u64) {
        self.presenter.begins(first_ns);
    }

    /// A packet.
    pub fn frame(&mut self, frame: Frame<'_>) -> io::Result<()> {
        self.packets += 1;
        self.bytes += u64::from(frame.original_length);
        let packet = decode(frame).verified(self.verify_checksums);
        self.tracker.packet(&packet, &mut self.happened);
        if let Some(writing) = &self.writing {
            writing.packet(&packet, &self.happened);
        }
        self.presenter.packet(&packet, &self.happened, None)
    }

    /// No packet came up to this time of the capture's clock. Before the first
    /// packet there is nothing to wait for.
    pub fn idle(&mut self, now_ns: u64) -> io::Result<()> {
        if self.packets == 0 {
            return Ok(());
        }
        self.tracker.advance(now_ns, &mut self.happened);
        self.presenter.outcome(&self.happened)?;
        self.flush()
    }

    /// So many packets that had come are not followed any more.
    pub fn dropped(&mut self, packets: u64) {
        self.dropped += packets;
    }

    /// The report cannot be written any further.
    pub fn unreported(&self, error: io::Error) -> LiveFailure {
        LiveFailure::of_output(error, self.packets, self.dropped)
    }

    /// How many packets were followed.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// What was lost so far.
    pub fn lost(&mut self, drops: Drops) {
        self.drops = Drops {
            by_us: drops.by_us + self.dropped,
            ..drops
        };
        let drops = self.drops;
        if let (Some(writing), true) = (&self.writing, self.interface.is_some()) {
            let lost = drops.by_system + drops.by_us;
            writing.statistics(Statistics {
                dropped_by_interface: Some(drops.by_interface),
                accepted: Some(self.packets + lost),
                dropped_by_system: Some(lost),
                delivered: Some(self.packets),
                ..Statistics::default()
            });
        }
    }

    /// Something could not be read or written.
    pub fn fault(&mut self) {
        self.faults += 1;
    }

    /// Does what is due.
    pub fn beat(&mut self) -> io::Result<()> {
        if let Some(summaries) = &mut self.summaries
            && summaries.is_due().is_some()
        {
            self.so_far()?;
        }
        if self.looks.is_due().is_some() && self.tracker.open() <= MOST_LOOKED_AT {
            self.presenter.standing(&self.tracker)?;
            let took = self.looks.last.elapsed();
            self.looks.every = LOOK_EVERY.max(took * LOOK_SHARE);
        }
        if let Some(status) = &mut self.status
            && let Some(since) = status.clock.is_due()
        {
            let rates = Rates {
                elapsed: status.started.elapsed(),
                packets: self.packets,
                packets_per_second: per_second(self.packets - status.packets, since),
                bits_per_second: per_second((self.bytes - status.bytes).saturating_mul(8), since),
                open: self.tracker.open(),
                lost: self.drops.by_interface + self.drops.by_system + self.drops.by_us,
            };
            (status.packets, status.bytes) = (self.packets, self.bytes);
            status.console.status(&status_line(&rates, &status.look));
        }
        Ok(())
    }

    /// Shows the sums so far.
    pub fn so_far(&mut self) -> io::Result<()> {
        self.presenter.captured(self.live());
        self.presenter.so_far(&mut self.tracker)
    }

    /// Flushes what was written.
    pub fn flush(&mut self) -> io::Result<()> {
        if let Some(writing) = &self.writing {
            writing.flush();
        }
        self.presenter.flush()
    }

    /// The end: everything that is still open, and the summary.
    pub fn finish(mut self, files: Vec<String>) -> io::Result<Summary> {
        if let Some(status) = &self.status {
            status.console.clear();
        }
        self.tracker.recorder_lost(self.drops);
        self.presenter.captured(self.live());
        self.presenter.finish(&mut self.tracker, files, self.faults)
    }

    /// What arrived is what was handed over and what is known to be lost. The
    /// kernel's own count of arrivals would be another: it has packets in it
    /// that were never meant to come here, such as the second sight of each on
    /// loopback, and those of before the filter was set.
    fn live(&self) -> report::Live {
        let Drops {
            by_interface,
            by_system,
            by_us,
            ..
        } = self.drops;
        report::Live {
            interface: self.interface.clone(),
            received: self.packets + by_system + by_us,
            dropped_by_kernel: by_system,
            dropped_by_interface: by_interface,
            dropped_by_us: by_us,
        }
    }
}

fn per_second(amount: u64, time: Duration) -> u64 {
    let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
    amount.saturating_mul(1_000) / milliseconds
}
