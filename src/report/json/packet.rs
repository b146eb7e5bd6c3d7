//! A packet as a record.

use super::layers::LayerObject;
use super::write::{Json, Plain, list, member, members, object};
use crate::decode::{Layer, Packet, Protocol};
use crate::report::PacketReport;
use crate::track::endpoints;

/// A `packet` record.
impl Json for PacketReport<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let packet = self.packet;
        let frame = &packet.frame;
        let (source, destination) = endpoints(self.told()).unzip();
        object(out, |out| {
            members!(out, "record": Plain("packet"), "number": frame.number);
            if let Some(file) = self.file {
                members!(out, "file": file, "number_in_file": frame.number_in_file);
            }
            members!(
                out,
                "time_ns": self.has_time.then_some(frame.time_ns),
                "interface": frame.interface,
                "captured_length": frame.captured_length(),
                "original_length": frame.original_length,
                "protocols": Protocols(self),
                "source": source,
                "destination": destination,
                "source_address": source.map(|end| end.address),
                "source_port": source.and_then(|end| end.port),
                "destination_address": destination.map(|end| end.address),
                "destination_port": destination.and_then(|end| end.port),
                "conversation": self.tracked.conversation,
                "overhead": Overhead(packet),
                "payload": packet.payload.length,
                "padding": packet.payload.padding,
            );
            if let Some(comment) = frame.comment {
                members!(out, "comment": comment);
            }
            layers(self, out);
            members!(out, "annotations": self.annotations);
        });
    }
}

/// Each layer's object under its protocol's name: the innermost where a
/// protocol occurs twice, the others in `outer`.
fn layers(report: &PacketReport<'_>, out: &mut Vec<u8>) {
    let (layers, behind) = report.layers();
    let mut any_outer = false;
    for (index, layer) in layers.iter().enumerate() {
        if is_innermost(layers, index, behind) {
            let object = LayerObject::new(report, layer, false);
            if object.has_values() {
                member(out, layer.protocol.name(), &object);
            }
        } else {
            any_outer = true;
        }
    }
    let whole = PacketReport {
        packet: report.told(),
        ..*report
    };
    for (index, layer) in behind.iter().enumerate() {
        let object = LayerObject::new(&whole, layer, false);
        if is_innermost(behind, index, &[]) && object.has_values() {
            member(out, layer.protocol.name(), &object);
        }
    }
    if any_outer {
        members!(out, "outer": Outer(report));
    }
}

fn is_innermost(layers: &[Layer], index: usize, behind: &[Layer]) -> bool {
    let Some((layer, inner)) = layers.get(index..).and_then(<[Layer]>::split_first) else {
        return false;
    };
    let mut inner = inner.iter().chain(behind);
    inner.all(|other| other.protocol != layer.protocol)
}

struct Outer<'a>(&'a PacketReport<'a>);

impl Json for Outer<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let (layers, behind) = self.0.layers();
        let outer = layers
            .iter()
            .enumerate()
            .filter(|(index, _)| !is_innermost(layers, *index, behind));
        list(out, outer, |out, (_, layer)| {
            LayerObject::new(self.0, layer, true).write(out);
        });
    }
}

struct Protocols<'a>(&'a PacketReport<'a>);

impl Json for Protocols<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let (own, behind) = self.0.layers();
        list(out, own.iter().chain(behind), |out, layer| {
            Plain(layer.protocol.name()).write(out);
        });
    }
}

struct Overhead<'a>(&'a Packet<'a>);

impl Json for Overhead<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let headers = self.0.layers.iter().filter(|layer| layer.header_length > 0);
        list(out, headers, |out, layer| {
            header(layer.protocol, u64::from(layer.header_length), out);
        });
    }
}

/// Writes one layer's header bytes, and where both models put the layer.
pub fn header(protocol: Protocol, bytes: u64, out: &mut Vec<u8>) {
    object(out, |out| {
        members!(
            out,
            "layer": Plain(protocol.name()),
            "bytes": bytes,
            "osi_layer": protocol.osi_layer(),
            "tcp_ip_layer": Plain(protocol.tcp_ip_layer()),
        );
    });
}
