//! When the output is flushed: as soon as the reading has to wait and all that
//! was read is in it.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use crate::commands::writing::Writing;
use crate::report::output::Output;

/// Knows what was read and done, in batches, and flushes the output when there
/// is nothing else to do.
#[derive(Clone)]
pub(super) struct Flusher {
    out: Output,
    /// Packets may be written too, from some time on.
    writing: Arc<OnceLock<Writing>>,
    pending: Arc<Mutex<Pending>>,
}

#[derive(Default)]
struct Pending {
    read: u64,
    done: u64,
    /// The reading has to wait.
    waits: bool,
}

impl Flusher {
    pub(super) fn new(out: Output) -> Self {
        Self {
            out,
            writing: Arc::default(),
            pending: Arc::default(),
        }
    }

    /// The packets that are written are to be flushed too.
    pub(super) fn with_packets(&self, writing: Writing) {
        // It is said once.
        let _ = self.writing.set(writing);
    }

    /// The reading has to wait.
    pub(super) fn before_waiting(&self) {
        let mut pending = self.lock();
        pending.waits = true;
        self.if_idle(&pending);
    }

    /// A batch was read. Before the next reading begins.
    pub(super) fn was_read(&self) {
        let mut pending = self.lock();
        pending.read += 1;
        pending.waits = false;
    }

    /// A batch is done: analysed, and written into the output.
    pub(super) fn was_done(&self) {
        let mut pending = self.lock();
        pending.done += 1;
        self.if_idle(&pending);
    }

    fn if_idle(&self, pending: &Pending) {
        if pending.waits && pending.read == pending.done {
            // A failure shows again at the next write.
            let _ = self.out.clone().flush();
            if let Some(writing) = self.writing.get() {
                writing.flush();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        // Two numbers and a flag are whole after any panic.
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    struct Counts(Arc<AtomicU64>);

    impl Write for Counts {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_reported_is_flushed_once_the_reading_waits_and_never_before_all_is_done() {
        let flushed = Arc::new(AtomicU64::new(0));
        let mut out = Output::new(Box::new(Counts(Arc::clone(&flushed))));
        let flusher = Flusher::new(out.clone());
        let seen = || flushed.load(Ordering::Relaxed);
        flusher.was_read();
        flusher.was_read();
        out.write_all(b"first").unwrap();
        flusher.was_done();
        assert_eq!(seen(), 0, "the reading does not wait");
        flusher.before_waiting();
        assert_eq!(seen(), 0, "the second batch is under way");
        out.write_all(b"second").unwrap();
        flusher.was_done();
        assert_eq!(seen(), 11);
        flusher.was_read();
        out.write_all(b"third").unwrap();
        flusher.was_done();
        assert_eq!(seen(), 11);
        flusher.before_waiting();
        assert_eq!(seen(), 16);
    }
}
