//! One file that is being written: made so that nothing that is being read is
//! lost, buffered, and cut back to whole records when the disk is full.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, IsTerminal, Seek, SeekFrom, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, MetadataExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::error::WriteError;
use super::{Format, pcap, pcapng};
use crate::patience::Patient;

/// A file by what it is, not by what it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    /// The identity of a file that would be lost if it were written to.
    fn of(metadata: &Metadata) -> Option<Self> {
        metadata.is_file().then(|| Self {
            device: metadata.dev(),
            inode: metadata.ino(),
        })
    }

    /// The identity of a path that is read; `-` is standard input. `None` for
    /// what is no file, or not there.
    pub(super) fn of_input(path: &Path) -> Option<Self> {
        let metadata = if path.as_os_str() == "-" {
            let input = io::stdin().as_fd().try_clone_to_owned().ok()?;
            File::from(input).metadata().ok()?
        } else {
            fs::metadata(path).ok()?
        };
        Self::of(&metadata)
    }
}

/// An open file behind a buffer.
#[derive(Debug)]
pub(super) struct Sink {
    pub(super) path: PathBuf,
    file: Patient<File>,
    /// The file can be cut and changed; pipes and devices cannot.
    regular: bool,
    /// Whole records only, when it is looked at.
    pub(super) buffer: Vec<u8>,
    /// It is written when it has so many bytes.
    most_buffered: usize,
    /// Bytes written before the buffer.
    written: u64,
    format: Format,
    /// Packets written, those in the buffer included.
    pub(super) packets: u64,
    /// Nothing is written any longer.
    broken: bool,
}

impl Sink {
    /// Makes a file, or empties the one that is there; `-` is standard output.
    pub(super) fn create(
        path: PathBuf,
        inputs: &[Identity],
        owner: Option<(u32, u32)>,
        format: Format,
        stop: &Arc<AtomicBool>,
        most_buffered: usize,
    ) -> Result<Self, WriteError> {
        let (file, regular) = if path.as_os_str() == "-" {
            (standard_output()?, false)
        } else {
            open(&path, inputs, owner)?
        };
        Ok(Self {
            path,
            file: Patient::new(file, stop),
            regular,
            buffer: Vec::with_capacity(most_buffered),
            most_buffered,
            written: 0,
            format,
            packets: 0,
            broken: false,
        })
    }

    /// Bytes of the file, those in the buffer included.
    pub(super) fn size(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    /// Called behind each record: writes the buffer when it is full.
    pub(super) fn record_ends(&mut self) -> Result<(), WriteError> {
        if self.buffer.len() >= self.most_buffered {
            return self.flush();
        }
        Ok(())
    }

    /// Writes what is in the buffer.
    pub(super) fn flush(&mut self) -> Result<(), WriteError> {
        let mut done = 0;
        while let Some(rest) = self.buffer.get(done..).filter(|rest| !rest.is_empty()) {
            if self.broken {
                break;
            }
            match self.file.write(rest) {
                Ok(0) => return Err(self.broken(done, io::ErrorKind::WriteZero.into())),
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.broken(done, error)),
            }
        }
        self.written += done as u64;
        self.buffer.clear();
        Ok(())
    }

    /// Changes bytes that are before the last flush, where that is possible.
    pub(super) fn change(&mut self, bytes: &[u8], at: u64) -> Result<(), WriteError> {
        if !self.regular {
            return Ok(());
        }
        self.flush()?;
        match self.file.get_ref().write_all_at(bytes, at) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.broken(0, error)),
        }
    }

    /// How many of the buffer's first `limit` bytes are whole records, and how
    /// many packets those are.
    fn whole(&self, limit: usize) -> (usize, u64) {
        match self.format {
            Format::Pcapng => pcapng::whole(&self.buffer, limit),
            Format::Pcap => pcap::whole(&self.buffer, limit, self.written == 0),
        }
    }

    /// The file ends behind its last whole record: a reader shall not stumble.
    fn broken(&mut self, done: usize, source: io::Error) -> WriteError {
        let (end, kept) = self.whole(done);
        let (_, all) = self.whole(self.buffer.len());
        self.packets = self.packets.saturating_sub(all - kept);
        self.written += end as u64;
        if self.regular {
            // If even that fails, the file is cut where the disk was full,
            // which readers can tell.
            let _ = self.file.get_ref().set_len(self.written);
        }
        self.buffer.clear();
        self.broken = true;
        WriteError::Write {
            path: self.path.clone(),
            source,
            packets: self.packets,
        }
    }
}

fn standard_output() -> Result<File, WriteError> {
    let output = io::stdout();
    if output.is_terminal() {
        return Err(WriteError::Terminal);
    }
    let cloned = output.as_fd().try_clone_to_owned();
    cloned.map(File::from).map_err(|source| WriteError::Create {
        path: "-".into(),
        source,
    })
}

/// The file, and whether it is a regular one.
fn open(
    path: &Path,
    inputs: &[Identity],
    owner: Option<(u32, u32)>,
) -> Result<(File, bool), WriteError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::IsADirectory => WriteError::Directory {
            path: path.to_owned(),
        },
        _ => WriteError::Create {
            path: path.to_owned(),
            source,
        },
    };
    // Not emptied before it is known not to be an input. One that is there is
    // not asked to be made: in a directory for everybody that is refused even
    // to root when the file is another's.
    let mut file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            File::create_new(path).map_err(failed)?
        }
        opened => opened.map_err(failed)?,
    };
    let metadata = file.metadata().map_err(failed)?;
    let Some(identity) = Identity::of(&metadata) else {
        // A pipe, or a device such as /dev/null: neither cut nor given away.
        return Ok((file, false));
    };
    if inputs.contains(&identity) {
        return Err(WriteError::Input {
            path: path.to_owned(),
        });
    }
    file.set_len(0).map_err(failed)?;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    if let Some((user, group)) = owner {
        // Files made after the privilege drop belong to that user anyway.
        if metadata.uid() != user {
            fchown(&file, Some(user), Some(group)).map_err(failed)?;
        }
    }
    Ok((file, true))
}
