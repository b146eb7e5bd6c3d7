//! Several threads, each of which takes up what is to be done next: read a
//! batch, tell the next one, or format one and write it. Batches are read, told
//! and written one after the other, in the same order, whatever thread does it:
//! so the output is the same whatever the number of threads. Only so many
//! batches are under way, and they are used again.

use std::hint;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::apart::{Apart, Formatter};
use super::faults::Faults;
use super::hand_on::HandOn;
use super::teller::Teller;
use super::work::Work;
use crate::capture::{CaptureError, Reader};

/// Batches under way, beside one in each thread's hands.
const SPARE: usize = 2;

/// Bytes of a batch. Measured: with a quarter of it, handing on takes more time
/// than the second thread saves on large packets.
const BATCH: usize = 512 * 1024;

/// How often somebody who has nothing to do looks whether there is, before he
/// waits to be woken: that takes as long as many a batch.
const LOOKS: u32 = 4000;

/// With fewer free batches nobody is woken to read: that would take about as
/// long as the reading.
const WORTH_WAKING: usize = 2;

/// Those that a batch comes by, one after the other.
pub(super) struct Stations<'a, 't> {
    pub(super) reader: &'a mut Reader,
    pub(super) teller: &'a mut Teller<'t>,
    /// Where packets are written apart from everything else.
    pub(super) apart: Option<&'a mut Apart>,
    /// Takes what could not be read.
    pub(super) faults: &'a mut Faults,
    pub(super) hand_on: &'a HandOn,
    /// Ends a reading that waits.
    pub(super) interrupt: &'a AtomicBool,
}

/// Reads and tells all that is left, with so many threads, this one included.
///
/// # Errors
/// When the output cannot be written.
pub(super) fn run(threads: usize, stations: Stations<'_, '_>) -> io::Result<()> {
    stations.reader.read_at_once(BATCH);
    let mut free = Vec::new();
    free.resize_with(threads + SPARE, Work::default);
    let line = Line {
        hand_on: stations.hand_on,
        interrupt: stations.interrupt,
        formatter: stations.apart.as_ref().map(|apart| apart.formatter()),
        changes: AtomicUsize::new(0),
        bell: Condvar::new(),
        state: Mutex::new(State {
            reader: Some(stations.reader),
            teller: Some(stations.teller),
            apart: stations.apart,
            faults: stations.faults,
            free,
            read: 0,
            ready: Vec::new(),
            told: Vec::new(),
            formatted: Vec::new(),
            next_told: 0,
            done: 0,
            waiting: 0,
            ended: false,
            stopped: false,
            failed: None,
        }),
    };
    thread::scope(|scope| {
        let line = &line;
        for _ in 1..threads {
            let worker = thread::Builder::new().name("worker".to_owned());
            // With fewer threads it takes longer, that is all.
            if worker.spawn_scoped(scope, move || line.work()).is_err() {
                break;
            }
        }
        line.work();
    });
    let state = line.state.into_inner();
    let state = state.unwrap_or_else(PoisonError::into_inner);
    state.failed.map_or(Ok(()), Err)
}

/// What the threads share.
struct Line<'a, 't> {
    state: Mutex<State<'a, 't>>,
    /// Rings when there may be something to do.
    bell: Condvar,
    /// For each thread to copy, where packets are written apart.
    formatter: Option<Formatter>,
    /// How often there may have become something to do.
    changes: AtomicUsize,
    hand_on: &'a HandOn,
    interrupt: &'a AtomicBool,
}

/// A batch and its number, from 0.
type Numbered = (u64, Work);

/// Whoever is at work at a station is away with it.
struct State<'a, 't> {
    reader: Option<&'a mut Reader>,
    teller: Option<&'a mut Teller<'t>>,
    apart: Option<&'a mut Apart>,
    faults: &'a mut Faults,
    free: Vec<Work>,
    /// To be told, in order.
    ready: Vec<Numbered>,
    /// To be formatted, in any order.
    told: Vec<Numbered>,
    /// To be written, in order.
    formatted: Vec<Numbered>,
    /// Batches so far.
    read: u64,
    /// The next to be told.
    next_told: u64,
    /// Batches that went all the way; the next to be written.
    done: u64,
    /// Threads that wait for the bell.
    waiting: usize,
    /// Nothing more is to be read.
    ended: bool,
    /// Nothing more is to be done: the output failed, or somebody panicked.
    stopped: bool,
    failed: Option<io::Error>,
}

/// What is to be done next.
enum Job<'a, 't> {
    Read(&'a mut Reader, Work),
    Tell(&'a mut Teller<'t>, Numbered),
    Format(Numbered),
    Write(&'a mut Apart, Work),
    Wait,
    Leave,
}

impl<'a, 't> Line<'a, 't> {
    fn lock(&self) -> MutexGuard<'_, State<'a, 't>> {
        // Nobody panics with it in his hands; elsewhere the alarm rings.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What every thread does until there is nothing left.
    fn work(&self) {
        let _alarm = Alarm(self);
        let mut formatter = self.formatter.clone();
        let mut state = self.lock();
        let mut looks = LOOKS;
        loop {
            let job = state.next_job();
            if let Job::Wait = job {
                state = self.wait(state, &mut looks);
                continue;
            }
            looks = LOOKS;
            self.let_go(state);
            state = match job {
                Job::Read(reader, work) => self.read(reader, work),
                Job::Tell(teller, (number, mut work)) => {
                    let told = teller.tell(&mut work);
                    if formatter.is_none() {
                        self.hand_on.was_done();
                    }
                    let mut state = self.lock();
                    state.teller = Some(teller);
                    state.next_told += 1;
                    if told.is_ok() && formatter.is_some() {
                        state.told.push((number, work));
                    } else {
                        self.went_all_the_way(&mut state, work, told);
                    }
                    state
                }
                Job::Format((number, mut work)) => {
                    if let Some(formatter) = &mut formatter {
                        formatter.format(&mut work);
                    }
                    let mut state = self.lock();
                    state.formatted.push((number, work));
                    state
                }
                Job::Write(apart, work) => {
                    let written = apart.write(&work);
                    self.hand_on.was_done();
                    let mut state = self.lock();
                    state.apart = Some(apart);
                    self.went_all_the_way(&mut state, work, written);
                    state
                }
                Job::Wait | Job::Leave => return,
            }
        }
    }

    /// Waits until there may be something to do: looks so many times, then waits
    /// to be woken.
    fn wait<'l>(
        &'l self,
        mut state: MutexGuard<'l, State<'a, 't>>,
        looks: &mut u32,
    ) -> MutexGuard<'l, State<'a, 't>> {
        if *looks == 0 {
            *looks = LOOKS;
            state.waiting += 1;
            let woken = self.bell.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
            return state;
        }
        let seen = self.changes.load(Ordering::Relaxed);
        drop(state);
        while *looks > 0 && self.changes.load(Ordering::Relaxed) == seen {
            hint::spin_loop();
            *looks -= 1;
        }
        self.lock()
    }

    /// Goes away from the shared state; where more is to be done, or nothing
    /// at all any more, those that wait for it are woken. Nobody need be who
    /// would find nothing: whoever is at work looks again when he is done.
    fn let_go(&self, state: MutexGuard<'_, State<'a, 't>>) {
        let (waiting, is_over, has_more) = (state.waiting, state.is_over(), state.has_more());
        self.changes.fetch_add(1, Ordering::Relaxed);
        drop(state);
        if waiting == 0 {
            return;
        }
        if is_over {
            self.bell.notify_all();
        } else if has_more {
            self.bell.notify_one();
        }
    }

    fn read(&self, reader: &'a mut Reader, mut work: Work) -> MutexGuard<'_, State<'a, 't>> {
        let found = work.read(reader);
        if matches!(found, Ok(true)) {
            self.hand_on.was_read();
        }
        let mut state = self.lock();
        state.was_read(reader, work, found);
        state
    }

    /// A batch has gone all the way; nothing more is done where its end could
    /// not be written.
    fn went_all_the_way(&self, state: &mut State<'a, 't>, work: Work, written: io::Result<()>) {
        state.done += 1;
        state.free.push(work);
        if let Err(error) = written {
            state.failed = Some(error);
            self.stop(state);
        }
    }

    fn stop(&self, state: &mut State<'a, 't>) {
        state.stopped = true;
        self.interrupt.store(true, Ordering::Relaxed);
    }
}

impl<'a, 't> State<'a, 't> {
    /// What is nearest to the end goes first: it gives batches free.
    fn next_job(&mut self) -> Job<'a, 't> {
        if self.is_over() {
            return Job::Leave;
        }
        if let Some(index) = at(&self.formatted, self.done)
            && let Some(apart) = self.apart.take()
        {
            return Job::Write(apart, self.formatted.swap_remove(index).1);
        }
        if let Some(index) = at(&self.ready, self.next_told)
            && let Some(teller) = self.teller.take()
        {
            return Job::Tell(teller, self.ready.swap_remove(index));
        }
        if let Some(numbered) = self.told.pop() {
            return Job::Format(numbered);
        }
        if !self.ended
            && !self.free.is_empty()
            && let Some(reader) = self.reader.take()
            && let Some(work) = self.free.pop()
        {
            return Job::Read(reader, work);
        }
        Job::Wait
    }

    fn is_over(&self) -> bool {
        self.stopped || (self.ended && self.done == self.read)
    }

    /// Whether there is something to do that is worth waking somebody.
    fn has_more(&self) -> bool {
        let may_write = self.apart.is_some() && at(&self.formatted, self.done).is_some();
        let may_tell = self.teller.is_some() && at(&self.ready, self.next_told).is_some();
        let may_read = self.reader.is_some() && !self.ended && self.free.len() >= WORTH_WAKING;
        may_write || may_tell || may_read || !self.told.is_empty()
    }

    fn was_read(&mut self, reader: &'a mut Reader, work: Work, found: Result<bool, CaptureError>) {
        self.reader = Some(reader);
        match found {
            Ok(true) => {
                self.ready.push((self.read, work));
                self.read += 1;
                return;
            }
            Ok(false) => self.ended = true,
            Err(fault) => self.faults.add(fault),
        }
        self.free.push(work);
    }
}

/// Where the batch of this number stands.
fn at(batches: &[Numbered], number: u64) -> Option<usize> {
    batches.iter().position(|(of, _)| *of == number)
}

/// Lets the others leave when a thread panics, instead of waiting for it.
struct Alarm<'l, 'a, 't>(&'l Line<'a, 't>);

impl Drop for Alarm<'_, '_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let mut state = self.0.lock();
            self.0.stop(&mut state);
            self.0.bell.notify_all();
        }
    }
}
