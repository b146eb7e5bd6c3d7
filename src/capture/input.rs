//! An open file, FIFO or standard input as bytes that can be interrupted and
//! counted.

use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;

use super::error::CaptureError;

/// How long to wait for bytes before the interrupt flag is looked at again. A
/// signal usually ends the waiting at once, but not when it comes between
/// looking and waiting, or was delivered to another thread.
const PATIENCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 200_000_000,
};

/// Called when nothing is there to be read, before waiting for it: the moment
/// to emit what has been made of the packets so far.
#[derive(Clone, Default)]
pub struct BeforeWaiting(Option<Arc<dyn Fn() + Send + Sync>>);

impl BeforeWaiting {
    /// Calls `what`.
    #[must_use]
    pub fn new(what: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(what)))
    }
}

impl fmt::Debug for BeforeWaiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.0.is_some();
        f.debug_tuple("BeforeWaiting").field(&set).finish()
    }
}

/// What is to be known when reading has to wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Waits {
    /// Ends the waiting.
    pub(super) interrupt: Arc<AtomicBool>,
    /// Called first.
    pub(super) before: BeforeWaiting,
}

/// An open file.
pub(super) struct Input {
    file: File,
    /// A pipe, FIFO or terminal, where reading may have to wait.
    waits: bool,
    /// Bytes of it, where that is known.
    pub(super) size: Option<u64>,
    on_wait: Waits,
    count: Arc<AtomicU64>,
}

impl Input {
    /// Opens a path; `-` is standard input.
    ///
    /// # Errors
    /// [`CaptureError::Open`] or [`CaptureError::Directory`].
    pub(super) fn open(path: &Path, on_wait: Waits) -> Result<Self, CaptureError> {
        let opened = if path.as_os_str() == "-" {
            io::stdin().as_fd().try_clone_to_owned().map(File::from)
        } else {
            // A FIFO opened without this flag waits for its writer, deaf to
            // Ctrl-C.
            OpenOptions::new()
                .read(true)
                .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
                .open(path)
        };
        let (file, metadata) = opened
            .and_then(|file| file.metadata().map(|metadata| (file, metadata)))
            .map_err(|source| CaptureError::Open {
                path: path.to_owned(),
                source,
            })?;
        if metadata.is_dir() {
            return Err(CaptureError::Directory {
                path: path.to_owned(),
            });
        }
        Ok(Self {
            file,
            waits: !metadata.is_file(),
            size: size(&metadata),
            on_wait,
            count: Arc::default(),
        })
    }

    /// Opens a regular file so many bytes behind its beginning.
    ///
    /// # Errors
    /// As [`Input::open`].
    pub(super) fn open_at(path: &Path, offset: u64, on_wait: Waits) -> Result<Self, CaptureError> {
        let mut input = Self::open(path, on_wait)?;
        let sought = input.file.seek(SeekFrom::Start(offset));
        sought.map_err(|source| CaptureError::Open {
            path: path.to_owned(),
            source,
        })?;
        Ok(input)
    }

    /// Counts the bytes read, as long as the input lives.
    pub(super) fn count(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.count)
    }
}

/// Bytes of a regular file.
pub(super) fn size(metadata: &Metadata) -> Option<u64> {
    metadata.is_file().then_some(metadata.len())
}

impl Read for Input {
    /// Reads as always, but gives 0 also once the interrupt flag is set: the
    /// caller must look at the flag before taking it for the end. An error
    /// would do as well, were the decompressors not to try again on
    /// `Interrupted`.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.on_wait.interrupt.load(Ordering::Relaxed) {
                return Ok(0);
            }
            if self.waits {
                let mut descriptors = [PollFd::new(&self.file, PollFlags::IN)];
                if let Some(before) = &self.on_wait.before.0 {
                    // Only a look: whether reading would have to wait.
                    if poll(&mut descriptors, Some(&Timespec::default())) == Ok(0) {
                        before();
                    }
                }
                match poll(&mut descriptors, Some(&PATIENCE)) {
                    Ok(0) | Err(rustix::io::Errno::INTR) => continue,
                    Ok(_) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            match self.file.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && self.waits => {}
                result => {
                    if let Ok(read) = result {
                        self.count.fetch_add(read as u64, Ordering::Relaxed);
                    }
                    return result;
                }
            }
        }
    }
}
