//! A pipe is kept in a temporary file while it is read for the first time, so that it
//! can be read again: bytes from the pipe go into the file and, through a pipe of our
//! own, to the reading.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::pipe::{PipeFlags, pipe_with};
use tempfile::NamedTempFile;

/// Bytes that are taken at once.
const AT_ONCE: usize = 64 * 1024;

/// The copy of a pipe. The file goes with it.
pub(super) struct Spool {
    file: NamedTempFile,
    /// Where the first reading finds the bytes as they come.
    reads: OwnedFd,
    ended: Arc<AtomicBool>,
}

impl Spool {
    /// Begins to copy what comes from there; `None` where it can be read again anyway.
    pub(super) fn of(file: &Path) -> io::Result<Option<Self>> {
        let input: Box<dyn Read + Send> = match file.as_os_str() == "-" {
            true => Box::new(io::stdin()),
            false if file.metadata().is_ok_and(|it| it.is_file() || it.is_dir()) => {
                return Ok(None);
            }
            false => Box::new(File::open(file)?),
        };
        let copy = NamedTempFile::with_prefix("wirenotes-")?;
        let (reads, writes) = pipe_with(PipeFlags::CLOEXEC)?;
        let ended = Arc::new(AtomicBool::new(false));
        let (mut kept, at_end) = (copy.reopen()?, Arc::clone(&ended));
        let through = File::from(writes);
        thread::Builder::new()
            .name("spool".to_owned())
            .spawn(move || {
                // What is not kept is not read either: both end there.
                let _ = pass_on(input, &mut kept, through);
                at_end.store(true, Ordering::Relaxed);
            })?;
        Ok(Some(Self {
            file: copy,
            reads,
            ended,
        }))
    }

    /// Where it is read for the first time.
    pub(super) fn first(&self) -> PathBuf {
        PathBuf::from(format!("/dev/fd/{}", self.reads.as_raw_fd()))
    }

    /// Where it is read again, as far as it has come.
    pub(super) fn again(&self) -> PathBuf {
        self.file.path().to_owned()
    }

    /// Whether all of it has come.
    pub(super) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
}

/// Passes on all that comes, and keeps it; what nobody reads any longer is kept
/// still.
fn pass_on(mut input: impl Read, kept: &mut File, through: File) -> io::Result<()> {
    let mut through = Some(through);
    let mut bytes = vec![0; AT_ONCE];
    loop {
        let count = match input.read(&mut bytes) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let came = bytes.get(..count).unwrap_or_default();
        kept.write_all(came)?;
        if through
            .as_mut()
            .is_some_and(|through| through.write_all(came).is_err())
        {
            through = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_through_a_pipe_is_read_at_once_and_once_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RWXU,
            0,
        )
        .unwrap();
        let there = path.clone();
        let writer = thread::spawn(move || std::fs::write(there, vec![7; 300_000]).unwrap());
        let spool = Spool::of(&path).unwrap().expect("a pipe");
        let mut first = File::open(spool.first()).unwrap();
        let mut read = vec![0; 300_000];
        first.read_exact(&mut read).unwrap();
        writer.join().unwrap();
        assert_eq!(std::fs::read(spool.again()).unwrap(), read);
        assert!(read.iter().all(|byte| *byte == 7));
    }

    #[test]
    fn a_file_needs_no_copy() {
        let file = NamedTempFile::new().unwrap();
        assert!(Spool::of(file.path()).unwrap().is_none());
    }
}
