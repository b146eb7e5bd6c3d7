//! Packets written apart from everything else, in any thread: what happened on
//! them and their place in their conversation come in, bytes go out.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::presenter::{sort, whole};
use super::{PacketFormat, PacketReport, Show};
use crate::decode::Packet;
use crate::notes::{self, Annotation, Scene};
use crate::track::{Event, Tracked};

/// Writes packets. Each thread has its own.
#[derive(Clone)]
pub struct PacketWriter {
    format: PacketFormat,
    show: Show,
    annotations: Vec<Annotation>,
}

impl PacketWriter {
    /// Makes a writer of packets in this format.
    #[must_use]
    pub fn new(format: PacketFormat, show: Show) -> Self {
        Self {
            format,
            show,
            annotations: Vec::new(),
        }
    }

    /// Writes one packet behind what is in `out`. `file` is its file's name
    /// where several are read.
    pub fn packet(
        &mut self,
        packet: &Packet<'_>,
        tracked: &Tracked,
        events: &[Event],
        file: Option<&str>,
        out: &mut Vec<u8>,
    ) {
        let whole = whole(packet, events);
        let told = whole.as_ref().unwrap_or(packet);
        let scene = Scene {
            packet: Some(told),
            tracked: Some(tracked),
            lang: self.show.lang,
        };
        self.annotations.clear();
        let kinds = &self.show.kinds;
        let wanted = events.iter().filter(|event| kinds.has(notes::kind(event)));
        self.annotations
            .extend(wanted.map(|event| notes::annotate(event, &scene)));
        sort(&mut self.annotations, told);
        let report = PacketReport {
            packet,
            whole: whole.as_ref(),
            tracked,
            has_time: packet.frame.has_time,
            events,
            annotations: &self.annotations,
            file,
        };
        (self.format)(&report, out);
    }
}

/// What a renderer writes beside the packets, kept until it is put between
/// them.
#[derive(Clone, Debug, Default)]
pub struct Aside(Arc<Mutex<Vec<u8>>>);

impl Aside {
    /// Bytes written since they were last taken.
    #[must_use]
    pub fn written(&self) -> usize {
        self.lock().len()
    }

    /// Takes the bytes written so far, in exchange for a vector to write into.
    pub fn take(&self, into: &mut Vec<u8>) {
        into.clear();
        std::mem::swap(&mut *self.lock(), into);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        // A panic elsewhere leaves bytes that are still whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Aside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
