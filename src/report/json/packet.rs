//! A packet as a record.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::annotation::AnnotationRecord;
use super::conversation::{LayerRecord, Shown};
use super::layers::LayerObject;
use crate::decode::{Layer, Packet};
use crate::report::PacketReport;
use crate::track::endpoints;

/// A `packet` record.
pub struct PacketRecord<'a>(pub &'a PacketReport<'a>);

impl Serialize for PacketRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = self.0;
        let packet = report.packet;
        let frame = &packet.frame;
        let ends = endpoints(packet);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("record", "packet")?;
        map.serialize_entry("number", &frame.number)?;
        if let Some(file) = report.file {
            map.serialize_entry("file", file)?;
            map.serialize_entry("number_in_file", &frame.number_in_file)?;
        }
        map.serialize_entry("time_ns", &frame.time_ns)?;
        map.serialize_entry("interface", &frame.interface)?;
        map.serialize_entry("captured_length", &frame.captured_length())?;
        map.serialize_entry("original_length", &frame.original_length)?;
        map.serialize_entry("protocols", &Protocols(packet))?;
        map.serialize_entry("source", &ends.as_ref().map(|(source, _)| Shown(source)))?;
        map.serialize_entry(
            "destination",
            &ends.as_ref().map(|(_, destination)| Shown(destination)),
        )?;
        map.serialize_entry("conversation", &report.tracked.conversation)?;
        map.serialize_entry("overhead", &Overhead(packet))?;
        map.serialize_entry("payload", &packet.payload.length)?;
        map.serialize_entry("padding", &packet.payload.padding)?;
        if let Some(comment) = frame.comment {
            map.serialize_entry("comment", comment)?;
        }
        layers(report, &mut map)?;
        map.serialize_entry("annotations", &Annotations(report))?;
        map.end()
    }
}

/// Each layer's object under its protocol's name: the innermost where a
/// protocol occurs twice, the others in `outer`.
fn layers<M: SerializeMap>(report: &PacketReport<'_>, map: &mut M) -> Result<(), M::Error> {
    let layers = &report.packet.layers;
    for (index, layer) in layers.iter().enumerate() {
        if is_innermost(layers, index) {
            let object = LayerObject::new(report, layer, false);
            if object.has_values() {
                map.serialize_entry(layer.protocol.name(), &object)?;
            }
        }
    }
    if (0..layers.len()).any(|index| !is_innermost(layers, index)) {
        map.serialize_entry("outer", &Outer(report))?;
    }
    Ok(())
}

fn is_innermost(layers: &[Layer], index: usize) -> bool {
    let Some((layer, inner)) = layers.get(index..).and_then(<[Layer]>::split_first) else {
        return false;
    };
    inner.iter().all(|other| other.protocol != layer.protocol)
}

struct Outer<'a>(&'a PacketReport<'a>);

impl Serialize for Outer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let layers = &self.0.packet.layers;
        serializer.collect_seq(
            layers
                .iter()
                .enumerate()
                .filter(|(index, _)| !is_innermost(layers, *index))
                .map(|(_, layer)| LayerObject::new(self.0, layer, true)),
        )
    }
}

struct Protocols<'a>(&'a Packet<'a>);

impl Serialize for Protocols<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.layers.iter().map(|layer| layer.protocol.name()))
    }
}

struct Overhead<'a>(&'a Packet<'a>);

impl Serialize for Overhead<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let headers = self.0.layers.iter().filter(|layer| layer.header_length > 0);
        serializer.collect_seq(headers.map(|layer| LayerRecord {
            layer: layer.protocol.name(),
            bytes: u64::from(layer.header_length),
        }))
    }
}

struct Annotations<'a>(&'a PacketReport<'a>);

impl Serialize for Annotations<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.annotations.iter().map(AnnotationRecord))
    }
}
