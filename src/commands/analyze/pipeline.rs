//! Several threads, each of which takes up what is to be done next: read a
//! batch, decode one, follow the packets of one part in the next one, analyse
//! what all parts found in the next one, format one, or write the next one.
//! Batches are read, followed by each part, analysed and written one after the
//! other, whichever thread does it: so the output is the same whatever the
//! number of threads. Only so many batches are under way, and they are used
//! again.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::analysis::Analysis;
use super::batch::PacketBatch;
use super::faults::Faults;
use super::flush::Flusher;
use super::packet_format::{Formatter, PacketOutput};
use crate::capture::{CaptureError, Reader};
use crate::track::{MemoryLimit, Part};

/// Batches under way, beside one in work by each thread and one by each part.
const SPARE: usize = 2;

/// Bytes of a batch. Measured: with half of it, passing batches on takes
/// more time than the second thread saves on large packets.
const BATCH: usize = 256 * 1024;

/// And where memory is scarce: for each of its packets a conversation or two may
/// have to be given up, and what is told of them takes more than they did until it
/// is written.
const SMALL_BATCH: usize = 16 * 1024;

/// What a batch comes by, one after the other.
pub(super) struct Stages<'a, 't> {
    pub(super) reader: &'a mut Reader,
    pub(super) analysis: &'a mut Analysis<'t>,
    /// Where records of packets are written, if formatters make them.
    pub(super) packets: Option<&'a mut PacketOutput>,
    /// Takes what could not be read.
    pub(super) faults: &'a mut Faults,
    pub(super) flusher: &'a Flusher,
    /// Ends a reading that waits.
    pub(super) interrupt: &'a AtomicBool,
    /// Where little is left, batches are small: what is found in them takes some too
    /// until it is written.
    pub(super) memory: Option<MemoryLimit>,
    pub(super) verify_checksums: bool,
}

/// Takes all that is still to be read through the stages, with so many threads,
/// this one included.
///
/// # Errors
/// When the output cannot be written.
pub(super) fn run(threads: usize, stages: Stages<'_, '_>) -> io::Result<()> {
    let parts = std::mem::take(&mut stages.analysis.tracker.parts);
    let mut free = Vec::new();
    free.resize_with(threads + parts.len() + SPARE, PacketBatch::default);
    let pipeline = Pipeline {
        parts: parts.len(),
        verify_checksums: stages.verify_checksums,
        flusher: stages.flusher,
        interrupt: stages.interrupt,
        formatter: stages.packets.as_ref().map(|packets| packets.formatter()),
        changed: Condvar::new(),
        state: Mutex::new(State {
            reader: Some(stages.reader),
            analysis: Some(stages.analysis),
            packets: stages.packets,
            faults: stages.faults,
            free,
            read: Vec::new(),
            parts: parts.into_iter().map(PartAtWork::new).collect(),
            decoded: Vec::new(),
            analysed: Vec::new(),
            formatted: Vec::new(),
            batches: 0,
            next_analysed: 0,
            done: 0,
            ended: false,
            stopped: false,
            failed: None,
            memory: stages.memory,
        }),
    };
    thread::scope(|scope| {
        let pipeline = &pipeline;
        for _ in 1..threads {
            let worker = thread::Builder::new().name("worker".to_owned());
            // With fewer threads it takes longer, that is all.
            if worker.spawn_scoped(scope, move || pipeline.work()).is_err() {
                break;
            }
        }
        pipeline.work();
    });
    let state = pipeline.state.into_inner();
    let state = state.unwrap_or_else(PoisonError::into_inner);
    if let Some(analysis) = state.analysis {
        let parts = state.parts.into_iter();
        analysis.tracker.parts = parts.filter_map(|part| part.idle).collect();
    }
    state.failed.map_or(Ok(()), Err)
}

/// What the threads share.
struct Pipeline<'a, 't> {
    state: Mutex<State<'a, 't>>,
    /// There may be something to do.
    changed: Condvar,
    /// For each thread to copy, where formatters make the records of packets.
    formatter: Option<Formatter>,
    flusher: &'a Flusher,
    interrupt: &'a AtomicBool,
    /// How many parts there are.
    parts: usize,
    verify_checksums: bool,
}

/// A part, and the number of the batch that it follows next.
struct PartAtWork {
    /// `None` while a thread is at it.
    idle: Option<Box<Part>>,
    next: u64,
}

impl PartAtWork {
    fn new(part: Box<Part>) -> Self {
        Self {
            idle: Some(part),
            next: 0,
        }
    }
}

/// A batch and its number, from 0.
type Numbered = (u64, PacketBatch);

/// Where everything stands. A stage that is in use is not here.
struct State<'a, 't> {
    reader: Option<&'a mut Reader>,
    analysis: Option<&'a mut Analysis<'t>>,
    packets: Option<&'a mut PacketOutput>,
    faults: &'a mut Faults,
    free: Vec<PacketBatch>,
    /// To be decoded, in any order.
    read: Vec<Numbered>,
    parts: Vec<PartAtWork>,
    /// To be followed by the parts, each in order, and then to be analysed, in
    /// order.
    decoded: Vec<Numbered>,
    /// To be formatted, in any order.
    analysed: Vec<Numbered>,
    /// To be written, in order.
    formatted: Vec<Numbered>,
    /// How many batches were read.
    batches: u64,
    /// The number of the next batch to be analysed.
    next_analysed: u64,
    /// How many batches are done: the number of the next to be written.
    done: u64,
    /// Nothing more is to be read.
    ended: bool,
    /// Nothing more is to be done: the output failed, or a thread panicked.
    stopped: bool,
    failed: Option<io::Error>,
    memory: Option<MemoryLimit>,
}

/// What is to be done next.
enum Job<'a, 't> {
    Read(&'a mut Reader, PacketBatch),
    Decode(Numbered),
    Follow(usize, Box<Part>, Numbered),
    Analyse(&'a mut Analysis<'t>, Numbered),
    Format(Numbered),
    Write(&'a mut PacketOutput, PacketBatch),
}

impl<'a, 't> Pipeline<'a, 't> {
    fn lock(&self) -> MutexGuard<'_, State<'a, 't>> {
        // No thread panics while it holds the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What every thread does until there is nothing left.
    fn work(&self) {
        let _stop = StopOnPanic(self);
        let mut formatter = self.formatter.clone();
        let mut state = self.lock();
        while !state.is_over() {
            let Some(job) = state.next_job() else {
                let woken = self.changed.wait(state);
                state = woken.unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(state);
            state = self.run(job, formatter.as_mut());
            self.changed.notify_all();
        }
    }

    /// Does a job.
    fn run(
        &self,
        job: Job<'a, 't>,
        formatter: Option<&mut Formatter>,
    ) -> MutexGuard<'_, State<'a, 't>> {
        match job {
            Job::Read(reader, mut batch) => {
                let found = batch.read(reader);
                if matches!(found, Ok(true)) {
                    self.flusher.was_read();
                }
                let mut state = self.lock();
                state.reader = Some(reader);
                state.was_read(batch, found);
                state
            }
            Job::Decode((number, mut batch)) => {
                batch.decode(self.parts, self.verify_checksums);
                let mut state = self.lock();
                state.decoded.push((number, batch));
                state
            }
            Job::Follow(place, mut part, (number, mut batch)) => {
                batch.follow(place, &mut part);
                let mut state = self.lock();
                if let Some(at_work) = state.parts.get_mut(place) {
                    at_work.idle = Some(part);
                    at_work.next += 1;
                }
                state.decoded.push((number, batch));
                state
            }
            Job::Analyse(analysis, (number, mut batch)) => {
                let analysed = analysis.batch(&mut batch);
                if formatter.is_none() {
                    self.flusher.was_done();
                }
                let mut state = self.lock();
                state.analysis = Some(analysis);
                state.next_analysed += 1;
                if analysed.is_ok() && formatter.is_some() {
                    state.analysed.push((number, batch));
                } else {
                    self.is_done(&mut state, batch, analysed);
                }
                state
            }
            Job::Format((number, mut batch)) => {
                if let Some(formatter) = formatter {
                    formatter.format(&mut batch);
                }
                let mut state = self.lock();
                state.formatted.push((number, batch));
                state
            }
            Job::Write(packets, batch) => {
                let written = packets.write(&batch);
                self.flusher.was_done();
                let mut state = self.lock();
                state.packets = Some(packets);
                self.is_done(&mut state, batch, written);
                state
            }
        }
    }

    /// A batch has gone all the way; nothing more is done where its end could
    /// not be written.
    fn is_done(&self, state: &mut State<'a, 't>, mut batch: PacketBatch, written: io::Result<()>) {
        state.done += 1;
        batch.is_done();
        state.free.push(batch);
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
    /// What is nearest to the end goes first: it sets batches free.
    fn next_job(&mut self) -> Option<Job<'a, 't>> {
        if let Some(index) = at(&self.formatted, self.done)
            && let Some(packets) = self.packets.take()
        {
            return Some(Job::Write(packets, self.formatted.swap_remove(index).1));
        }
        if self.parts.iter().all(|part| part.next > self.next_analysed)
            && let Some(index) = at(&self.decoded, self.next_analysed)
            && let Some(analysis) = self.analysis.take()
        {
            return Some(Job::Analyse(analysis, self.decoded.swap_remove(index)));
        }
        if let Some(numbered) = self.analysed.pop() {
            return Some(Job::Format(numbered));
        }
        if let Some(job) = self.next_to_follow() {
            return Some(job);
        }
        if !self.read.is_empty() {
            return Some(Job::Decode(self.read.remove(0)));
        }
        if self.ended || self.free.is_empty() {
            return None;
        }
        let reader = self.reader.take()?;
        let is_scarce = self.memory.is_some_and(|memory| memory.is_scarce());
        reader.read_at_once(if is_scarce { SMALL_BATCH } else { BATCH });
        let batch = self.free.pop().unwrap_or_default();
        Some(Job::Read(reader, batch))
    }

    /// The part that is furthest behind goes first, of those that can go on.
    fn next_to_follow(&mut self) -> Option<Job<'a, 't>> {
        let decoded = &self.decoded;
        let waiting = self.parts.iter().enumerate();
        let (place, index) = waiting
            .filter(|(_, part)| part.idle.is_some())
            .filter_map(|(place, part)| Some((part.next, place, at(decoded, part.next)?)))
            .min()
            .map(|(_, place, index)| (place, index))?;
        let part = self.parts.get_mut(place)?.idle.take()?;
        Some(Job::Follow(place, part, self.decoded.swap_remove(index)))
    }

    fn is_over(&self) -> bool {
        self.stopped || (self.ended && self.done == self.batches)
    }

    fn was_read(&mut self, batch: PacketBatch, found: Result<bool, CaptureError>) {
        match found {
            Ok(true) => {
                self.read.push((self.batches, batch));
                self.batches += 1;
                return;
            }
            Ok(false) => self.ended = true,
            Err(fault) => self.faults.add(fault),
        }
        self.free.push(batch);
    }
}

/// Where the batch of this number stands.
fn at(batches: &[Numbered], number: u64) -> Option<usize> {
    batches.iter().position(|(of, _)| *of == number)
}

/// Lets the other threads leave when one panics, instead of waiting for it.
struct StopOnPanic<'l, 'a, 't>(&'l Pipeline<'a, 't>);

impl Drop for StopOnPanic<'_, '_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let mut state = self.0.lock();
            self.0.stop(&mut state);
            drop(state);
            self.0.changed.notify_all();
        }
    }
}
