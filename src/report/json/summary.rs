//! The capture as a whole, as a record.

use super::write::{Json, Plain, member, members, object};
use crate::report::Summary;
use crate::track::Listener;

/// The `summary` record.
impl Json for Summary {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "record": Plain("summary"),
                "files": self.files,
                "packets": self.packets,
                "bytes": self.bytes,
                "first_ns": self.first_ns,
                "last_ns": self.last_ns,
                "protocols": Protocols(self),
                "overhead": self.overhead(),
                "payload": self.payload,
                "padding": self.padding,
                "kinds": Counts(self),
                "listeners": self.listeners,
                "conversations": self.conversations,
                "evicted": self.evicted,
            );
        });
    }
}

struct Protocols<'a>(&'a Summary);

impl Json for Protocols<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            for (protocol, packets) in self.0.protocols() {
                member(out, protocol.name(), &packets);
            }
        });
    }
}

struct Counts<'a>(&'a Summary);

impl Json for Counts<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            for (kind, count) in self.0.kinds() {
                member(out, kind.name(), &count);
            }
        });
    }
}

impl Json for Listener {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "address": self.address,
                "connections": self.connections,
                "clients": self.clients,
                "peak_concurrent": self.peak_concurrent,
                "close_wait": self.close_wait,
            );
        });
    }
}
