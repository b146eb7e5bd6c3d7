//! The capture as a whole, as a record; and how it stands while it runs.

use std::borrow::Cow;

use super::write::{Json, Plain, list, member, members, object};
use crate::report::{Amount, Summary};
use crate::track::{Evicted, Listener};

/// The `summary` record, last of all, or a `summary_so_far` before.
pub struct SummaryRecord<'a> {
    pub summary: &'a Summary,
    pub so_far: bool,
}

impl Json for SummaryRecord<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let it = self.summary;
        let record = if self.so_far {
            "summary_so_far"
        } else {
            "summary"
        };
        object(out, |out| {
            members!(
                out,
                "record": Plain(record),
                "files": it.files,
                "packets": it.packets,
                "bytes": it.bytes,
                "first_ns": it.first_ns,
                "last_ns": it.last_ns,
                "protocols": Protocols(it),
                "undecoded": it.undecoded(),
                "overhead": it.overhead(),
                "payload": it.payload,
                "padding": it.padding,
                "kinds": Counts(it),
                "listeners": it.listeners,
                "conversations": it.conversations,
                "exchanges": it.exchanges,
                "tls": it.tls,
                "visits": it.visits,
                "secrets_hidden": it.secrets_hidden,
                "evicted": it.evicted,
            );
            if !it.captured.is_empty() {
                members!(out, "captures": Captures(it));
            }
            if let Some(live) = &it.live {
                members!(
                    out,
                    "interface": live.interface,
                    "received": live.received,
                    "dropped_by_kernel": live.dropped_by_kernel,
                    "dropped_by_interface": live.dropped_by_interface,
                    "dropped_by_us": live.dropped_by_us,
                );
            }
        });
    }
}

/// What each of several files has.
struct Captures<'a>(&'a Summary);

impl Json for Captures<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let files = self.0.files.iter().zip(&self.0.captured);
        list(out, files, |out, (name, file)| {
            object(out, |out| {
                members!(
                    out,
                    "file": name,
                    "packets": file.packets,
                    "bytes": file.bytes,
                    "first_ns": file.first_ns,
                    "last_ns": file.last_ns,
                    "conversations": file.conversations,
                    "timeline": file.timeline,
                );
            });
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

impl Json for (Cow<'static, str>, Amount) {
    fn write(&self, out: &mut Vec<u8>) {
        let (name, amount) = self;
        object(out, |out| {
            members!(
                out,
                "name": name.as_ref(),
                "packets": amount.packets,
                "bytes": amount.bytes,
            );
        });
    }
}

/// `{"conversations":0,"byte_streams":0,…}`.
impl Json for Evicted {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            for (kind, count) in self.by_kind() {
                member(out, kind.name(), &count);
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
