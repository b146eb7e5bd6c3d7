//! Where packets stand in captures, so that they are read again without what is before
//! them: a [`super::Reader`] sets a bookmark every now and then while it reads, and
//! another begins at one.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::{NamedTempFile, TempPath};

use super::format::{Format, State};
use super::pcapng_file::Described;
use super::pcapng_interface::Interface;

/// Packets between two bookmarks, at least.
const APART: u64 = 64;

/// A place in a capture, in front of a packet.
#[derive(Clone, Debug)]
pub struct Bookmark {
    /// The packet, counted from 1 over everything that is read.
    pub(super) number: u64,
    /// And within its file.
    pub(super) number_in_file: u64,
    /// The file, counted from 0 in reading order.
    pub(super) file: u32,
    /// Where the packet's record or block begins, in bytes of the file, unpacked.
    pub(super) offset: u64,
    /// What the file has said until then.
    pub(super) state: State,
}

/// The bookmarks in what is read. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Bookmarks(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// In reading order.
    files: Vec<PathBuf>,
    /// What the pcapng files say of their interfaces, by file.
    interfaces: Vec<Described>,
    marks: Vec<Bookmark>,
    /// By the file that it is one of.
    copies: Vec<(PathBuf, Copy)>,
}

/// What was read of a file that cannot be read at any place.
#[derive(Debug)]
enum Copy {
    /// Somebody else has it.
    At(PathBuf),
    /// It goes with the bookmarks.
    Own(TempPath),
}

impl Copy {
    fn path(&self) -> &Path {
        match self {
            Self::At(path) => path,
            Self::Own(path) => path,
        }
    }
}

impl Bookmarks {
    /// What is read from there goes into this file too, unpacked. Without it, what is
    /// read of a packed file goes into a temporary one.
    pub fn copy(&self, file: PathBuf, into: PathBuf) {
        self.lock().copies.push((file, Copy::At(into)));
    }

    /// Whether there is a copy of any file.
    #[must_use]
    pub fn has_copies(&self) -> bool {
        !self.lock().copies.is_empty()
    }

    /// The copy that is to be written of a file, if one is to be.
    pub(super) fn begin_copy(&self, file: &Path, is_packed: bool) -> io::Result<Option<File>> {
        let mut known = self.lock();
        if let Some((_, copy)) = known.copies.iter().find(|(of, _)| of == file) {
            return File::create(copy.path()).map(Some);
        }
        if !is_packed {
            return Ok(None);
        }
        let (copy, path) = NamedTempFile::with_prefix("wirenotes-")?.into_parts();
        known.copies.push((file.to_owned(), Copy::Own(path)));
        Ok(Some(copy))
    }

    /// These files are read.
    pub(super) fn begin(&self, files: &[PathBuf]) {
        self.lock().files = files.to_vec();
    }

    /// Sets one in front of a packet, unless the last is near.
    pub(super) fn add(
        &self,
        file: u32,
        offset: u64,
        (number, number_in_file): (u64, u64),
        format: &Format,
    ) {
        let mut known = self.lock();
        let last = known.marks.last();
        if last.is_some_and(|last| last.file == file && number - last.number < APART) {
            return;
        }
        let index = file as usize;
        if known.interfaces.len() <= index {
            known.interfaces.resize_with(index + 1, Described::default);
        }
        let described = known.interfaces.get_mut(index);
        let Some(state) = described.and_then(|described| format.state(described)) else {
            return;
        };
        known.marks.push(Bookmark {
            number,
            number_in_file,
            file,
            offset,
            state,
        });
    }

    /// The last one that is not behind a packet.
    #[must_use]
    pub fn before(&self, number: u64) -> Option<Bookmark> {
        let known = self.lock();
        let behind = known.marks.partition_point(|mark| mark.number <= number);
        known.marks.get(behind.checked_sub(1)?).cloned()
    }

    /// The files in reading order, where they can be read again.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let known = self.lock();
        let again = |file: &PathBuf| {
            let copy = known.copies.iter().find(|(of, _)| of == file);
            copy.map_or_else(|| file.clone(), |(_, copy)| copy.path().to_owned())
        };
        known.files.iter().map(again).collect()
    }

    /// The interfaces of a file that its packets may come from at a bookmark.
    pub(super) fn interfaces(&self, mark: &Bookmark) -> Vec<Interface> {
        let known = self.lock();
        let all = known.interfaces.get(mark.file as usize);
        let own = all.and_then(|all| all.interfaces.get(mark.state.interfaces()));
        own.unwrap_or_default().to_vec()
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        // Every entry is whole after any panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
