//! Writing to somebody who may not read: bytes go straight to a descriptor, and
//! once this process is to end, only so long is waited for a reader that stands
//! still.

use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use rustix::io::Errno;

/// Once the end is asked for, a reader that takes nothing for this long is not
/// waited for: what remains would never be read. Standard output and standard
/// error together stay below five seconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often it is looked whether the end is asked for.
const LOOK_EVERY: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// So many bytes go into a pipe at once without waiting when it has room at
/// all (`PIPE_BUF` of Linux, pipe(7)).
const AT_ONCE: usize = 4096;

/// A descriptor that is written to until its reader stands still at the end.
#[derive(Debug)]
pub struct Patient<F> {
    to: F,
    /// Its pipe, opened once more so that writing never waits: who shares the
    /// descriptor itself would not expect that of it.
    pipe: Option<OwnedFd>,
    /// Its reader can make it wait: a pipe, a socket, a terminal.
    may_wait: bool,
    terminal: bool,
    /// The process is to end.
    stop: Arc<AtomicBool>,
    /// It was waited for long enough.
    given_up: bool,
}

impl<F: AsFd> Patient<F> {
    /// Writes to `to`; `stop` says that the process is to end.
    #[must_use]
    pub fn new(to: F, stop: &Arc<AtomicBool>) -> Self {
        let terminal = to.as_fd().is_terminal();
        let file_type = fstat(&to).map(|stat| FileType::from_raw_mode(stat.st_mode));
        let pipe = match file_type {
            Ok(FileType::Fifo) => opened_again(to.as_fd()),
            _ => None,
        };
        Self {
            to,
            pipe,
            may_wait: terminal || matches!(file_type, Ok(FileType::Fifo | FileType::Socket)),
            terminal,
            stop: Arc::clone(stop),
            given_up: false,
        }
    }

    /// What is written to.
    #[must_use]
    pub fn get_ref(&self) -> &F {
        &self.to
    }

    /// Waits until something can be written.
    fn wait(&mut self) -> io::Result<()> {
        let mut since = None;
        while !self.given_up {
            let mut descriptors = [PollFd::new(&self.to, PollFlags::OUT)];
            match poll(&mut descriptors, Some(&LOOK_EVERY)) {
                Ok(1..) => return Ok(()),
                Ok(0) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            if self.stop.load(Ordering::Relaxed) {
                let since: &Instant = since.get_or_insert_with(Instant::now);
                self.given_up = since.elapsed() >= PATIENCE;
            }
        }
        Err(io::ErrorKind::TimedOut.into())
    }
}

/// A pipe with a description of its own that does not wait; `None` where the
/// system has no such way, or this user may not.
fn opened_again(pipe: BorrowedFd<'_>) -> Option<OwnedFd> {
    let path = format!("/proc/self/fd/{}", pipe.as_raw_fd());
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    open(path, flags, Mode::empty()).ok()
}

/// Whether an output failed because its reader stood still at the end.
#[must_use]
pub fn stood_still(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut
}

impl<F: AsFd> Write for Patient<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Without a pipe of its own, so much as goes without waiting.
        let may_wait = self.may_wait && self.pipe.is_none();
        let some = match may_wait {
            true => bytes.get(..AT_ONCE).unwrap_or(bytes),
            false => bytes,
        };
        let mut is_full = self.given_up || may_wait;
        loop {
            if is_full {
                self.wait()?;
            }
            let written = match &self.pipe {
                Some(pipe) => rustix::io::write(pipe, some),
                None => rustix::io::write(&self.to, some),
            };
            match written {
                // Who else has the descriptor may have set it so.
                Err(Errno::AGAIN) => is_full = true,
                Err(Errno::INTR) => {}
                // Nobody looks at a terminal that was closed.
                Err(Errno::IO) if self.terminal => return Err(io::ErrorKind::BrokenPipe.into()),
                written => return Ok(written?),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read;
    use std::thread;

    use super::*;

    #[test]
    fn everything_reaches_a_reader_who_reads() {
        let (mut reader, writer) = io::pipe().unwrap();
        let bytes = vec![7; 1 << 20];
        let expected = bytes.clone();
        let read = thread::spawn(move || {
            let mut read = Vec::new();
            reader.read_to_end(&mut read).map(|_| read)
        });
        let stop = Arc::new(AtomicBool::new(true));
        let mut out = Patient::new(writer, &stop);
        out.write_all(&bytes).unwrap();
        drop(out);
        assert!(read.join().unwrap().unwrap() == expected);
    }

    #[test]
    fn a_reader_who_stands_still_is_waited_for_once_and_not_long() {
        let (reader, writer) = io::pipe().unwrap();
        let stop = Arc::new(AtomicBool::new(true));
        let mut out = Patient::new(writer, &stop);
        let begun = Instant::now();
        let error = out.write_all(&vec![0; 1 << 20]).unwrap_err();
        assert!(stood_still(&error));
        assert!((PATIENCE..PATIENCE * 2).contains(&begun.elapsed()));
        let again = Instant::now();
        assert!(stood_still(&out.write_all(b"more").unwrap_err()));
        assert!(again.elapsed() < PATIENCE / 2);
        drop(reader);
    }

    #[test]
    fn a_reader_who_has_gone_is_told_from_one_who_stands_still() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let error = Patient::new(writer, &Arc::default()).write_all(b"x");
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        let full = File::options().write(true).open("/dev/full").unwrap();
        let error = Patient::new(full, &Arc::default()).write_all(b"x");
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
