//! Packets that are written apart from everything else: formatted by any
//! thread, then written in order.

use std::io::{self, Write};
use std::sync::Arc;

use super::work::Work;
use crate::decode::decode;
use crate::report::apart::PacketWriter;
use crate::report::output::Output;

/// Where packets are written, and how.
pub(super) struct Apart {
    formatter: Formatter,
    out: Output,
}

/// Formats batches; each thread has its own.
#[derive(Clone)]
pub(super) struct Formatter {
    writer: PacketWriter,
    names: Arc<[String]>,
}

impl Apart {
    /// `names`: the files' names, where there are several.
    pub(super) fn new(writer: PacketWriter, names: &[String], out: Output) -> Self {
        let names = names.into();
        Self {
            formatter: Formatter { writer, names },
            out,
        }
    }

    /// For another thread.
    pub(super) fn formatter(&self) -> Formatter {
        self.formatter.clone()
    }

    /// Writes what was formatted.
    pub(super) fn write(&mut self, work: &Work) -> io::Result<()> {
        self.out.write_all(&work.bytes)
    }
}

impl Formatter {
    /// Puts the packets that were told, and what was written beside them, into
    /// the batch's bytes.
    pub(super) fn format(&mut self, work: &mut Work) {
        let out = &mut work.bytes;
        out.clear();
        let (mut event, mut aside) = (0, 0);
        for (frame, told) in work.batch.frames().zip(&work.told) {
            let before = work.aside.get(aside..told.aside_end);
            out.extend_from_slice(before.unwrap_or_default());
            let events = work.events.get(event..told.events_end);
            (event, aside) = (told.events_end, told.aside_end);
            if told.shown {
                let packet = decode(frame);
                let file = self.names.get(packet.frame.file as usize);
                let (file, events) = (file.map(String::as_str), events.unwrap_or_default());
                self.writer
                    .packet(&packet, &told.tracked, events, file, out);
            }
        }
        out.extend_from_slice(work.aside.get(aside..).unwrap_or_default());
    }
}
