//! `-w FILE`: packets that were analysed are written, each with what is said
//! of it as its comment.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::capture::{InterfaceInfo, PacketWriter, Statistics, WriteError, WriteOptions, Written};
use crate::decode::Packet;
use crate::report::{Comments, Show};
use crate::track::Output;

/// Writes packets until that fails; the analysis goes on in any case. Clones
/// are the same.
#[derive(Clone, Debug)]
pub struct Writing(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    comments: Comments,
    /// `None` when there is nothing to write to any longer.
    writer: Option<PacketWriter>,
    failed: Option<WriteError>,
}

impl Writing {
    /// Makes the file. `show` says which packets are written, and what is said
    /// of them in which language.
    ///
    /// # Errors
    /// When packets cannot be written there.
    pub fn begin(options: WriteOptions, show: Show) -> Result<Self, WriteError> {
        Ok(Self(Arc::new(Mutex::new(Inner {
            comments: Comments::new(show),
            writer: Some(PacketWriter::create(options)?),
            failed: None,
        }))))
    }

    /// Says from which interface packets are about to come.
    pub fn describe(&self, info: InterfaceInfo) {
        self.with_writer(|writer| writer.describe(0, 0, info));
    }

    /// What became of that interface's packets so far.
    pub fn statistics(&self, statistics: Statistics) {
        self.with_writer(|writer| {
            writer.statistics(0, 0, statistics);
            Ok(())
        });
    }

    /// Whether further files can be made where they will be needed. To be
    /// asked again when privileges were dropped.
    ///
    /// # Errors
    /// When they cannot.
    pub fn can_begin_files(&self) -> Result<(), WriteError> {
        match &self.lock().writer {
            Some(writer) => writer.can_begin_files(),
            None => Ok(()),
        }
    }

    /// Why packets can no longer be written, told once.
    pub fn take_failure(&self) -> Option<WriteError> {
        self.lock().failed.take()
    }

    fn with_writer(&self, what: impl FnOnce(&mut PacketWriter) -> Result<(), WriteError>) {
        let mut inner = self.lock();
        if let Some(Err(error)) = inner.writer.as_mut().map(what) {
            inner.fail(error);
        }
    }

    /// Writes a packet, if it is one of those that are asked for.
    pub fn packet(&self, packet: &Packet<'_>, output: &Output) {
        let mut inner = self.lock();
        let Inner {
            comments, writer, ..
        } = &mut *inner;
        let Some(writer) = writer else { return };
        if !comments.has(output) {
            return;
        }
        let comment = match writer.has_comments() {
            true => comments.of(packet, output),
            false => "",
        };
        if let Err(error) = writer.write(&packet.frame, comment) {
            inner.fail(error);
        }
    }

    /// Flushes what has been written so far.
    pub fn flush(&self) {
        self.with_writer(PacketWriter::flush);
    }

    /// Ends the file.
    ///
    /// # Errors
    /// The first reason why packets could not be written. A closed pipe is
    /// none: the reader has seen enough.
    pub fn finish(&self) -> Result<Written, WriteError> {
        let mut inner = self.lock();
        let written = inner
            .writer
            .take()
            .map_or_else(|| Ok(Written::default()), PacketWriter::finish);
        match (inner.failed.take(), written) {
            (Some(error), _) | (None, Err(error)) if !error.is_closed_pipe() => Err(error),
            (None, Ok(written)) => Ok(written),
            _ => Ok(Written::default()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Blocks are written whole or, after a panic, cut off by the writer.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn fail(&mut self, error: WriteError) {
        self.writer = None;
        self.failed.get_or_insert(error);
    }
}
