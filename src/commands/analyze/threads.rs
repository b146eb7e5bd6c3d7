//! Several threads, each of which takes up what is to be done next: read a
//! batch, or tell the next one. Batches are read one after the other and told
//! one after the other, in the same order, whoever does it, so that the output
//! is the same whatever the number of threads. Only so many batches are under
//! way, and they are used again.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::faults::Faults;
use super::hand_on::HandOn;
use super::teller::{Teller, Work};
use crate::capture::{CaptureError, Reader};

/// Batches under way, beside one in each thread's hands.
const SPARE: usize = 2;

/// What the threads share.
struct Line<'a, 't> {
    state: Mutex<State<'a, 't>>,
    /// Rings when there may be something to do.
    bell: Condvar,
    hand_on: &'a HandOn,
    /// Ends a reading that waits.
    interrupt: &'a AtomicBool,
}

/// Who reads or tells takes the reader or the teller with him.
struct State<'a, 't> {
    reader: Option<&'a mut Reader>,
    teller: Option<&'a mut Teller<'t>>,
    faults: &'a mut Faults,
    free: Vec<Work>,
    /// Batches to be told, with their numbers.
    ready: Vec<(u64, Work)>,
    read: u64,
    told: u64,
    /// Nothing more is to be read.
    ended: bool,
    /// Nothing more is to be done: the output failed, or somebody panicked.
    stopped: bool,
    failed: Option<io::Error>,
}

/// What is to be done next.
enum Job<'a, 't> {
    Tell(&'a mut Teller<'t>, Work),
    Read(&'a mut Reader, Work),
    Wait,
    Leave,
}

/// Reads and tells all that is left, with so many threads, this one included.
///
/// # Errors
/// When the output cannot be written.
pub(super) fn run<'a, 't>(
    threads: usize,
    reader: &'a mut Reader,
    teller: &'a mut Teller<'t>,
    faults: &'a mut Faults,
    hand_on: &'a HandOn,
    interrupt: &'a AtomicBool,
) -> io::Result<()> {
    let mut free = Vec::new();
    free.resize_with(threads + SPARE, Work::default);
    let line = Line {
        state: Mutex::new(State {
            reader: Some(reader),
            teller: Some(teller),
            faults,
            ready: Vec::with_capacity(free.len()),
            free,
            read: 0,
            told: 0,
            ended: false,
            stopped: false,
            failed: None,
        }),
        bell: Condvar::new(),
        hand_on,
        interrupt,
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            let worker = thread::Builder::new().name("worker".to_owned());
            // With fewer threads it takes longer, that is all.
            if worker.spawn_scoped(scope, || line.work()).is_err() {
                break;
            }
        }
        line.work();
    });
    let state = line
        .state
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    state.failed.map_or(Ok(()), Err)
}

impl<'a, 't> Line<'a, 't> {
    fn lock(&self) -> MutexGuard<'_, State<'a, 't>> {
        // Nobody panics while holding it; whoever does elsewhere rings the alarm.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What every thread does, until there is nothing left.
    fn work(&self) {
        let _alarm = Alarm(self);
        let mut state = self.lock();
        loop {
            match state.next_job() {
                Job::Tell(teller, work) => {
                    drop(state);
                    let done = teller.tell(&work);
                    self.hand_on.was_told();
                    state = self.lock();
                    state.was_told(teller, work, done);
                    if state.stopped {
                        self.interrupt.store(true, Ordering::Relaxed);
                    }
                }
                Job::Read(reader, mut work) => {
                    drop(state);
                    let done = reader.read(&mut work.batch);
                    work.progress = reader.progress();
                    if matches!(done, Ok(true)) {
                        self.hand_on.was_read();
                    }
                    state = self.lock();
                    if let Some((number, mut work)) = state.was_read(reader, work, done) {
                        // Somebody else may read now.
                        drop(state);
                        self.bell.notify_all();
                        work.prepare();
                        state = self.lock();
                        state.ready.push((number, work));
                    }
                }
                Job::Wait => {
                    state = self
                        .bell
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                    continue;
                }
                Job::Leave => return,
            }
            self.bell.notify_all();
        }
    }
}

impl<'a, 't> State<'a, 't> {
    /// Telling goes first: it gives batches free.
    fn next_job(&mut self) -> Job<'a, 't> {
        if self.stopped || (self.ended && self.told == self.read) {
            return Job::Leave;
        }
        let next = self
            .ready
            .iter()
            .position(|(number, _)| *number == self.told);
        if let Some(next) = next
            && let Some(teller) = self.teller.take()
        {
            return Job::Tell(teller, self.ready.swap_remove(next).1);
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

    fn was_told(&mut self, teller: &'a mut Teller<'t>, work: Work, done: io::Result<()>) {
        self.teller = Some(teller);
        self.free.push(work);
        self.told += 1;
        if let Err(error) = done {
            self.failed = Some(error);
            self.stopped = true;
        }
    }
    /// Gives the batch with its number, if there is one.
    fn was_read(
        &mut self,
        reader: &'a mut Reader,
        work: Work,
        done: Result<bool, CaptureError>,
    ) -> Option<(u64, Work)> {
        self.reader = Some(reader);
        match done {
            Ok(true) => {
                self.read += 1;
                return Some((self.read - 1, work));
            }
            Ok(false) => self.ended = true,
            Err(fault) => self.faults.add(fault),
        }
        self.free.push(work);
        None
    }
}

/// Lets the others leave when a thread panics, instead of waiting for it.
struct Alarm<'l, 'a, 't>(&'l Line<'a, 't>);

impl Drop for Alarm<'_, '_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.lock().stopped = true;
            self.0.interrupt.store(true, Ordering::Relaxed);
            self.0.bell.notify_all();
        }
    }
}
