//! Records of packets: formatted by any thread, then written in order.

use std::io::{self, Write};
use std::sync::Arc;

use super::batch::PacketBatch;
use crate::report::apart::PacketWriter;
use crate::report::output::Output;

/// Where records of packets are written, and how.
pub(super) struct PacketOutput {
    formatter: Formatter,
    out: Output,
}

/// Formats batches; each thread has its own.
#[derive(Clone)]
pub(super) struct Formatter {
    writer: PacketWriter,
    names: Arc<[String]>,
}

impl PacketOutput {
    /// `names`: the files' names, where there are several.
    pub(super) fn new(writer: PacketWriter, names: &[String], out: Output) -> Self {
        let names = names.into();
        Self {
            formatter: Formatter { writer, names },
            out,
        }
    }

    /// A formatter for another thread.
    pub(super) fn formatter(&self) -> Formatter {
        self.formatter.clone()
    }

    /// Writes what was formatted.
    pub(super) fn write(&mut self, batch: &PacketBatch) -> io::Result<()> {
        self.out.write_all(&batch.bytes)
    }
}

impl Formatter {
    /// Puts the packets that were analysed, and what the report wrote between
    /// them, into the batch's bytes.
    pub(super) fn format(&mut self, batch: &mut PacketBatch) {
        let mut out = std::mem::take(&mut batch.bytes);
        let between = std::mem::take(&mut batch.between);
        let events = std::mem::take(&mut batch.events);
        let found = std::mem::take(&mut batch.found);
        out.clear();
        let (mut event, mut at) = (0, 0);
        let mut of_packets = found.iter();
        let formatted = batch.each_packet(|packet| {
            let Some(found) = of_packets.next() else {
                return Ok(());
            };
            out.extend_from_slice(between.get(at..found.between_end).unwrap_or_default());
            let events = events.get(event..found.events_end).unwrap_or_default();
            (event, at) = (found.events_end, found.between_end);
            if found.shown {
                let file = self.names.get(packet.frame.file as usize);
                let file = file.map(String::as_str);
                self.writer
                    .packet(packet, &found.tracked, events, file, &mut out);
            }
            Ok::<(), std::convert::Infallible>(())
        });
        // It cannot fail.
        let Ok(()) = formatted;
        out.extend_from_slice(between.get(at..).unwrap_or_default());
        (batch.bytes, batch.between) = (out, between);
        (batch.events, batch.found) = (events, found);
    }
}
