//! The thread that empties the kernel's ring, and what is seen of it from
//! outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pcap::{Active, Capture};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::batch::Batch;
use super::error::LiveError;
use super::interface::{self, ANY};
use super::open::{Clock, GATHER_MS, Live};
use super::queue::{FULL, Queue};
use crate::capture::{Drops, LinkType};

/// Packets taken out of the ring before anything else is looked at.
const ROUND: usize = 8192;

/// How long to wait for packets before the flags are looked at again.
const WAIT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// Between two looks at the kernel's counters, which are of 32 bits and wrap.
const COUNT_EVERY: Duration = Duration::from_millis(250);

/// When nothing came for this long, the capture's clock is moved on: to this
/// long ago, so that it never overtakes a packet that is still on its way.
const LAG: Duration = Duration::from_secs(1);

/// At the end, packets that the kernel still keeps back are waited for.
const LAST_CALL: Duration = Duration::from_millis(3 * GATHER_MS as u64);

/// The pause after an error.
const BETWEEN_FAILURES: Duration = Duration::from_millis(100);

/// Errors in a row, with the interface up, after which it is given up.
const ENOUGH: u32 = 20;

/// What comes out of a running capture.
#[derive(Debug)]
pub enum Next {
    /// Packets, in the order of their arrival.
    Packets(Batch),
    /// No packet of before this time (nanoseconds since the Unix epoch, by the
    /// clock that stamps the packets) is still to come.
    Idle(u64),
    /// Something to be told.
    Notice(Notice),
    /// Nothing has come as yet.
    Nothing,
    /// Nothing will come any more.
    End(Ending),
}

/// What happened to the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The interface was taken down.
    Down,
    /// The interface is up again.
    Up,
}

/// Why a capture ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The capture was stopped, or the time that was asked for is over.
    Stopped,
    /// The interface does not exist any more.
    Deleted,
    /// libpcap failed, with this message.
    Failed(String),
}

/// What was lost, up to date within a quarter of a second, and exact at the
/// end.
#[derive(Debug, Default)]
pub struct Counters {
    by_kernel: AtomicU64,
    by_interface: AtomicU64,
    by_us: AtomicU64,
}

impl Counters {
    /// The losses so far.
    #[must_use]
    pub fn drops(&self) -> Drops {
        Drops {
            by_interface: self.by_interface.load(Ordering::Relaxed),
            by_system: self.by_kernel.load(Ordering::Relaxed),
            by_us: self.by_us.load(Ordering::Relaxed),
            before_packets: 0,
        }
    }
}

/// A capture under way.
#[derive(Debug)]
pub struct Running {
    queue: Arc<Queue>,
    counters: Arc<Counters>,
    stop: Arc<AtomicBool>,
    link_type: LinkType,
    thread: Option<JoinHandle<()>>,
}

impl Live {
    /// Starts to capture, for so long or until it is stopped.
    ///
    /// # Errors
    /// [`LiveError::Thread`].
    pub fn start(self, duration: Option<Duration>) -> Result<Running, LiveError> {
        let queue = Arc::<Queue>::default();
        let counters = Arc::<Counters>::default();
        let stop = Arc::<AtomicBool>::default();
        let link_type = self.link_type();
        let pump = Pump {
            name: self.name().to_owned(),
            index: self.index,
            capture: self.capture,
            clock: self.clock,
            queue: Arc::clone(&queue),
            counters: Arc::clone(&counters),
            stop: Arc::clone(&stop),
            until: duration.map(|duration| Instant::now() + duration),
            up: true,
            batch: Batch::default(),
            counted: Instant::now(),
            kernel: Wrapping::default(),
            interface: Wrapping::default(),
        };
        let thread = thread::Builder::new()
            .name("capture".to_owned())
            .spawn(move || pump.run())
            .map_err(LiveError::Thread)?;
        Ok(Running {
            queue,
            counters,
            stop,
            link_type,
            thread: Some(thread),
        })
    }
}

impl Running {
    /// What comes next, after waiting so long at the most.
    #[must_use]
    pub fn next(&self, patience: Duration) -> Next {
        self.queue.take(patience)
    }

    /// Gives a batch back that is done with, for its memory.
    pub fn give_back(&self, batch: Batch) {
        self.queue.give_back(batch);
    }

    /// How the packets begin.
    #[must_use]
    pub fn link_type(&self) -> LinkType {
        self.link_type
    }

    /// What was lost so far.
    #[must_use]
    pub fn drops(&self) -> Drops {
        self.counters.drops()
    }

    /// Ends the capture, and gives how many packets there still were to be
    /// taken: nobody will.
    pub fn drop_queued(&self) -> u64 {
        self.stop();
        let mut dropped = 0;
        loop {
            match self.next(LAST_CALL) {
                Next::Packets(batch) => {
                    dropped += batch.len() as u64;
                    self.give_back(batch);
                }
                Next::End(_) => return dropped,
                Next::Idle(_) | Next::Notice(_) | Next::Nothing => {}
            }
        }
    }

    /// Ends the capture: what is still in the kernel comes out, and then
    /// [`Next::End`].
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            // The thread has nothing to say that the queue did not.
            let _ = thread.join();
        }
    }
}

/// A 32-bit counter of libpcap's, followed over its wraps.
#[derive(Debug, Default)]
struct Wrapping {
    last: u32,
    sum: u64,
}

impl Wrapping {
    fn now(&mut self, value: u32) -> u64 {
        self.sum += u64::from(value.wrapping_sub(self.last));
        self.last = value;
        self.sum
    }
}

/// The capturing thread.
struct Pump {
    capture: Capture<Active>,
    clock: Clock,
    name: String,
    index: Option<u32>,
    queue: Arc<Queue>,
    counters: Arc<Counters>,
    stop: Arc<AtomicBool>,
    until: Option<Instant>,
    /// The interface was up when it was last looked at.
    up: bool,
    batch: Batch,
    counted: Instant,
    kernel: Wrapping,
    interface: Wrapping,
}

impl Pump {
    fn run(mut self) {
        let ending = self.pump();
        // What the kernel had gathered before is still to come.
        let end = Instant::now() + LAST_CALL;
        while Instant::now() < end {
            let _ = self.round();
            thread::sleep(LAST_CALL / 8);
        }
        let _ = self.round();
        self.count();
        self.queue.end(ending);
    }

    fn pump(&mut self) -> Ending {
        let mut last_packet = Instant::now();
        let mut failures = 0;
        while !self.is_to_end() {
            match self.round() {
                Ok(0) => {}
                Ok(_) => {
                    last_packet = Instant::now();
                    failures = 0;
                }
                Err(error) => {
                    failures += 1;
                    if let Some(ending) = self.failed(&error, failures) {
                        return ending;
                    }
                }
            }
            if self.counted.elapsed() >= COUNT_EVERY {
                self.count();
                let silence = last_packet.elapsed();
                if (silence >= COUNT_EVERY || !self.up)
                    && let Some(ending) = self.silent(silence)
                {
                    return ending;
                }
            }
            self.wait();
        }
        Ending::Stopped
    }

    /// Empties the ring, as far as it is filled by now; gives the number of
    /// packets.
    fn round(&mut self) -> Result<usize, pcap::Error> {
        let Self {
            capture,
            batch,
            clock,
            queue,
            counters,
            ..
        } = self;
        let taken = capture.dispatch(Some(ROUND), |packet| {
            let header = packet.header;
            // libpcap's own rule; a length that contradicts it is of no use.
            let original_length = header.len.max(packet.data.len() as u32);
            batch.push(clock.nanoseconds(&header.ts), original_length, packet.data);
            if batch.size() >= FULL {
                deliver(queue, counters, batch);
            }
        });
        self.deliver();
        taken
    }

    fn deliver(&mut self) {
        deliver(&self.queue, &self.counters, &mut self.batch);
    }

    /// Waits until there is something in the ring; not long.
    fn wait(&self) {
        let mut descriptors = [PollFd::new(&self.capture, PollFlags::IN)];
        // Whatever it says, the ring is looked at next.
        let _ = poll(&mut descriptors, Some(&WAIT));
    }

    fn is_to_end(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// What follows from an error of libpcap's: an end, if anything.
    fn failed(&mut self, error: &pcap::Error, times: u32) -> Option<Ending> {
        if !self.exists() {
            return Some(Ending::Deleted);
        }
        // An error would come again at once: the interface may be down, and the
        // socket goes on by itself once it is up.
        thread::sleep(BETWEEN_FAILURES);
        if interface::is_up(&self.name) == Some(false) || times < ENOUGH {
            return None;
        }
        Some(Ending::Failed(match error {
            pcap::Error::PcapError(message) => message.clone(),
            other => other.to_string(),
        }))
    }

    /// What follows from silence: the interface may be down or gone, which
    /// libpcap does not always tell; and time goes on.
    fn silent(&mut self, silence: Duration) -> Option<Ending> {
        if !self.exists() {
            return Some(Ending::Deleted);
        }
        let up = interface::is_up(&self.name) != Some(false);
        if up != std::mem::replace(&mut self.up, up) {
            self.queue
                .notice(if up { Notice::Up } else { Notice::Down });
        }
        if silence >= LAG {
            self.queue.idle(a_while_ago());
        }
        None
    }

    /// Whether the interface that was opened is still there.
    fn exists(&self) -> bool {
        self.name == ANY || self.index.is_none() || interface::index(&self.name) == self.index
    }

    /// Takes over the kernel's counters.
    fn count(&mut self) {
        self.counted = Instant::now();
        if let Ok(stat) = self.capture.stats() {
            let (kernel, interface) = (&self.counters.by_kernel, &self.counters.by_interface);
            kernel.store(self.kernel.now(stat.dropped), Ordering::Relaxed);
            interface.store(self.interface.now(stat.if_dropped), Ordering::Relaxed);
        }
    }
}

fn deliver(queue: &Queue, counters: &Counters, batch: &mut Batch) {
    if !batch.is_empty() && !queue.offer(batch) {
        let lost = batch.len() as u64;
        counters.by_us.fetch_add(lost, Ordering::Relaxed);
        batch.clear();
    }
}

/// The time of the clock that stamps packets, [`LAG`] ago.
fn a_while_ago() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let then = now.unwrap_or_default().saturating_sub(LAG);
    u64::try_from(then.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_of_32_bits_is_followed_over_its_wrap() {
        let mut counter = Wrapping::default();
        assert_eq!(counter.now(u32::MAX - 1), u64::from(u32::MAX) - 1);
        assert_eq!(counter.now(3), u64::from(u32::MAX) + 4);
        assert_eq!(counter.now(3), u64::from(u32::MAX) + 4);
    }

    #[test]
    fn what_the_queue_refuses_is_counted() {
        let (queue, counters) = (Queue::default(), Counters::default());
        let mut batch = Batch::default();
        let mut offered = 0;
        while counters.drops().by_us == 0 {
            for _ in 0..3 {
                batch.push(0, 0, &[0; FULL]);
                offered += 1;
            }
            deliver(&queue, &counters, &mut batch);
            assert!(batch.is_empty());
        }
        assert_eq!(counters.drops().by_us, 3);
        let mut taken = 0;
        while let Next::Packets(batch) = queue.take(Duration::ZERO) {
            taken += batch.len();
        }
        assert_eq!(taken + 3, offered);
    }
}
