//! The capture as a whole, as a record.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::conversation::{Overhead, Shown};
use crate::report::Summary;
use crate::track::Listener;

/// The `summary` record.
pub struct SummaryRecord<'a>(pub &'a Summary);

impl Serialize for SummaryRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let it = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("record", "summary")?;
        map.serialize_entry("files", &it.files)?;
        map.serialize_entry("packets", &it.packets)?;
        map.serialize_entry("bytes", &it.bytes)?;
        map.serialize_entry("first_ns", &it.first_ns)?;
        map.serialize_entry("last_ns", &it.last_ns)?;
        map.serialize_entry("protocols", &Protocols(it))?;
        map.serialize_entry("overhead", &Overhead(&it.overhead()))?;
        map.serialize_entry("payload", &it.payload)?;
        map.serialize_entry("padding", &it.padding)?;
        map.serialize_entry("kinds", &Counts(it))?;
        map.serialize_entry("listeners", &Listeners(&it.listeners))?;
        map.serialize_entry("conversations", &it.conversations)?;
        map.serialize_entry("evicted", &it.evicted)?;
        map.end()
    }
}

struct Protocols<'a>(&'a Summary);

impl Serialize for Protocols<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = self.0.protocols();
        serializer.collect_map(rows.map(|(protocol, packets)| (protocol.name(), packets)))
    }
}

struct Counts<'a>(&'a Summary);

impl Serialize for Counts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = self.0.kinds();
        serializer.collect_map(rows.map(|(kind, count)| (kind.name(), count)))
    }
}

struct Listeners<'a>(&'a [Listener]);

impl Serialize for Listeners<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(ListenerRecord))
    }
}

struct ListenerRecord<'a>(&'a Listener);

impl Serialize for ListenerRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let it = self.0;
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("address", &Shown(&it.address))?;
        map.serialize_entry("connections", &it.connections)?;
        map.serialize_entry("clients", &it.clients)?;
        map.serialize_entry("peak_concurrent", &it.peak_concurrent)?;
        map.serialize_entry("close_wait", &it.close_wait)?;
        map.end()
    }
}
