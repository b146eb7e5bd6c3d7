//! Every field of a packet explained: from what the decoder names and
//! measures ([`crate::decode::fields`]) to what it is called, what its value
//! means here, and the rules that it should obey, with the numbers put in. In
//! the reader's language; knows nothing of where it will be shown.

mod address;
mod checks;
mod meaning;
mod named;
mod place;
mod port;
mod table;
#[cfg(test)]
mod tests;

use crate::capture::{Frame, LinkType};
use crate::decode::{
    Checksums, Field, FieldValue, Packet, Protocol, broken_fields, fields, quoted,
};
use crate::notes::{Annotation, Check, Lang};
use crate::track::Tracked;

pub use address::{class as address_class, needs_translation};
pub use meaning::{mask_said, usable};
pub use port::service;
pub use table::{Row, row, rows};

/// One field, explained.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedField {
    /// The name that the decoder gives: `tcp.flags.syn`.
    pub name: &'static str,
    /// The name that people use, in the reader's language.
    pub label: &'static str,
    /// Bits from the packet's first bit to the field.
    pub bit_offset: u64,
    /// The field's length in bits.
    pub bit_length: u64,
    /// The field's value.
    pub value: FieldValue,
    /// What that means here, in the reader's language.
    pub meaning: String,
    /// The rules that the field should obey.
    pub checks: Vec<Check>,
    /// The fields that this one consists of.
    pub fields: Vec<ExplainedField>,
}

/// One header, explained.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedLayer {
    /// The protocol of the header.
    pub protocol: Protocol,
    /// Bits from the packet's first bit to the header.
    pub bit_offset: u64,
    /// The header's captured bits.
    pub bit_length: u64,
    /// The header's fields in order.
    pub fields: Vec<ExplainedField>,
    /// The decoding broke in this header: only the fields that are there are
    /// listed.
    pub is_broken: bool,
}

/// What is known when fields are explained.
#[derive(Clone, Copy, Debug)]
pub struct Knowledge<'a> {
    /// The packet.
    pub packet: &'a Packet<'a>,
    /// The packet's place in its conversation.
    pub tracked: &'a Tracked,
    /// What is said of it; its checks are put to the fields that they are on.
    pub annotations: &'a [Annotation],
    /// The reader's language.
    pub lang: Lang,
}

/// Every field of every layer, outermost layer first.
#[must_use]
pub fn explain(knowledge: &Knowledge<'_>) -> Vec<ExplainedLayer> {
    layers(&Scene {
        packet: knowledge.packet,
        tracked: knowledge.tracked,
        annotations: knowledge.annotations,
        lang: knowledge.lang,
        sums: knowledge.packet.checksums.clone(),
        is_quote: false,
    })
}

/// The layers of the packet that an ICMP error quotes, bits counted from the
/// start of the packet that quotes; none where nothing is quoted. What some
/// routers change before they quote is not checked.
#[must_use]
pub fn explain_quoted(packet: &Packet<'_>, lang: Lang) -> Vec<ExplainedLayer> {
    let Some(frame) = quoted_frame(packet) else {
        return Vec::new();
    };
    let inner = crate::decode::decode(frame);
    let mut found = layers(&Scene {
        packet: &inner,
        tracked: &Tracked::default(),
        annotations: &[],
        lang,
        sums: Checksums::new(),
        is_quote: true,
    });
    let shift = u64::from(packet.payload.offset) * 8;
    for layer in &mut found {
        layer.bit_offset += shift;
        shift_all(&mut layer.fields, shift);
    }
    found
}

fn shift_all(fields: &mut [ExplainedField], shift: u64) {
    for field in fields {
        field.bit_offset += shift;
        shift_all(&mut field.fields, shift);
    }
}

/// The quoted packet as a frame of its own, raw IP. A quote is always cut, so
/// that its original length is what its own header says.
#[must_use]
pub fn quoted_frame<'a>(packet: &Packet<'a>) -> Option<Frame<'a>> {
    quoted(packet)?;
    let bytes = packet.payload_bytes();
    let claimed = match bytes {
        [first, _, high, low, ..] if first >> 4 == 4 => {
            u32::from(u16::from_be_bytes([*high, *low]))
        }
        [first, _, _, _, high, low, ..] if first >> 4 == 6 => {
            40 + u32::from(u16::from_be_bytes([*high, *low]))
        }
        _ => 0,
    };
    Some(Frame {
        link_type: LinkType::RAW,
        original_length: claimed.max(bytes.len() as u32),
        bytes,
        comment: None,
        ..packet.frame
    })
}

/// What the meanings and checks look at.
struct Scene<'a> {
    packet: &'a Packet<'a>,
    tracked: &'a Tracked,
    annotations: &'a [Annotation],
    lang: Lang,
    sums: Checksums,
    /// The packet is one quoted by an error.
    is_quote: bool,
}

/// One field where it stands.
#[derive(Clone, Copy)]
struct Spot<'a> {
    scene: &'a Scene<'a>,
    /// The index of the layer among the packet's.
    layer: usize,
    field: &'a Field,
    /// The fields around this one, itself among them.
    siblings: &'a [Field],
}

fn layers(scene: &Scene<'_>) -> Vec<ExplainedLayer> {
    let whole = fields(scene.packet).into_iter().map(|layer| (layer, false));
    let broken = broken_fields(scene.packet).map(|layer| (layer, true));
    whole
        .chain(broken)
        .enumerate()
        .map(|(index, (layer, is_broken))| ExplainedLayer {
            protocol: layer.protocol,
            bit_offset: layer.bit_offset,
            bit_length: layer.bit_length,
            fields: explained(scene, index, &layer.fields),
            is_broken,
        })
        .collect()
}

fn explained(scene: &Scene<'_>, layer: usize, fields: &[Field]) -> Vec<ExplainedField> {
    fields
        .iter()
        .map(|field| {
            let spot = Spot {
                scene,
                layer,
                field,
                siblings: fields,
            };
            let row = row(field.name);
            ExplainedField {
                name: field.name,
                label: row.map_or(field.name, |row| row.label(scene.lang)),
                bit_offset: field.bit_offset,
                bit_length: field.bit_length,
                value: field.value.clone(),
                meaning: meaning::of(&spot),
                checks: if scene.is_quote {
                    Vec::new()
                } else {
                    checks::of(&spot)
                },
                fields: explained(scene, layer, &field.fields),
            }
        })
        .collect()
}

impl Spot<'_> {
    /// The field's number, where it holds one.
    fn number(&self) -> Option<u64> {
        number(&self.field.value)
    }

    /// The number that a field beside this one holds.
    fn beside(&self, name: &str) -> Option<u64> {
        let field = self.siblings.iter().find(|field| field.name == name)?;
        number(&field.value)
    }

    /// The words of the reader's language.
    fn say(&self, en: impl Into<String>, zh: impl Into<String>) -> String {
        match self.scene.lang {
            Lang::En => en.into(),
            Lang::Zh => zh.into(),
        }
    }
}

fn number(value: &FieldValue) -> Option<u64> {
    match value {
        FieldValue::Number(number) | FieldValue::Named(number, _) => Some(*number),
        FieldValue::Flag(set) => Some(u64::from(*set)),
        _ => None,
    }
}

/// The field of this name, wherever it stands.
#[must_use]
pub fn find<'a>(layers: &'a [ExplainedLayer], name: &str) -> Vec<&'a ExplainedField> {
    fn within<'a>(fields: &'a [ExplainedField], name: &str, found: &mut Vec<&'a ExplainedField>) {
        for field in fields {
            if field.name == name {
                found.push(field);
            }
            within(&field.fields, name, found);
        }
    }
    let mut found = Vec::new();
    for layer in layers {
        within(&layer.fields, name, &mut found);
    }
    found
}
