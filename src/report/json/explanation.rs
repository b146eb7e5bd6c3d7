//! An explanation as a record.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::annotation::CheckRecord;
use super::packet::PacketRecord;
use crate::capture::pasted::Problem;
use crate::decode::FieldValue;
use crate::notes::fields::{ExplainedField, ExplainedLayer};
use crate::report::explain::{Explanation, LinkReason, Origin, Source};
use crate::track::Address;

/// Writes the record in one line. With `field`, only the fields of that name
/// are in its layers.
///
/// # Errors
/// When it cannot be written.
pub fn explanation(
    out: &mut dyn Write,
    explanation: &Explanation<'_>,
    field: Option<&str>,
) -> io::Result<()> {
    let mut line = serde_json::to_vec(&ExplanationRecord { explanation, field })?;
    line.push(b'\n');
    out.write_all(&line)
}

struct ExplanationRecord<'a> {
    explanation: &'a Explanation<'a>,
    field: Option<&'a str>,
}

impl Serialize for ExplanationRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let it = self.explanation;
        let bytes = it.report.packet.frame.bytes;
        let layers = |layers| Layers {
            layers,
            bytes,
            field: self.field,
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("record", "explanation")?;
        map.serialize_entry("packet", &PacketRecord(&it.report))?;
        map.serialize_entry("layers", &layers(&it.layers))?;
        map.serialize_entry("quoted", &layers(&it.quoted))?;
        map.serialize_entry("input", &Input(it))?;
        map.serialize_entry("around", &Around(it))?;
        map.end()
    }
}

struct Layers<'a> {
    layers: &'a [ExplainedLayer],
    bytes: &'a [u8],
    field: Option<&'a str>,
}

impl Serialize for Layers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for layer in self.layers {
            let all: Vec<&ExplainedField> = match self.field {
                None => layer.fields.iter().collect(),
                Some(name) => crate::notes::fields::find(std::slice::from_ref(layer), name),
            };
            if self.field.is_none() || !all.is_empty() {
                list.serialize_element(&Layer {
                    layer,
                    fields: all,
                    bytes: self.bytes,
                })?;
            }
        }
        list.end()
    }
}

struct Layer<'a> {
    layer: &'a ExplainedLayer,
    fields: Vec<&'a ExplainedField>,
    bytes: &'a [u8],
}

impl Serialize for Layer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("name", self.layer.protocol.name())?;
        map.serialize_entry("bit_offset", &self.layer.bit_offset)?;
        map.serialize_entry("bit_length", &self.layer.bit_length)?;
        let fields: Vec<_> = self
            .fields
            .iter()
            .map(|field| Field(field, self.bytes))
            .collect();
        map.serialize_entry("fields", &fields)?;
        map.end()
    }
}

struct Field<'a>(&'a ExplainedField, &'a [u8]);

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(field, bytes) = *self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", field.name)?;
        map.serialize_entry("label", field.label)?;
        map.serialize_entry("bit_offset", &field.bit_offset)?;
        map.serialize_entry("bit_length", &field.bit_length)?;
        let raw = raw(bytes, field.bit_offset, field.bit_length);
        map.serialize_entry("raw", &raw)?;
        match &field.value {
            FieldValue::Number(number) | FieldValue::Named(number, _) => {
                map.serialize_entry("value", number)?;
            }
            FieldValue::Flag(set) => map.serialize_entry("value", set)?,
            FieldValue::Text(text) => map.serialize_entry("value", text)?,
            FieldValue::Mac(mac) => {
                map.serialize_entry("value", &Address::Mac(*mac).to_string())?
            }
            FieldValue::Ip(address) => map.serialize_entry("value", &address.to_string())?,
            // What a group holds stands in its fields.
            FieldValue::Bytes(_) if !field.fields.is_empty() => {
                map.serialize_entry("value", &())?
            }
            FieldValue::Bytes(_) => map.serialize_entry("value", &raw)?,
        }
        map.serialize_entry("meaning", &field.meaning)?;
        let checks: Vec<_> = field.checks.iter().map(CheckRecord).collect();
        map.serialize_entry("checks", &checks)?;
        let fields: Vec<_> = field
            .fields
            .iter()
            .map(|field| Field(field, bytes))
            .collect();
        map.serialize_entry("fields", &fields)?;
        map.end()
    }
}

/// Bits as they stand on the wire, in lower-case hexadecimal: the number that
/// they make, with as many digits as they need.
pub fn raw(bytes: &[u8], bit_offset: u64, bit_length: u64) -> String {
    let mut out = String::new();
    let mut digit = 0;
    for index in 0..bit_length {
        let at = bit_offset + index;
        let byte = bytes.get((at / 8) as usize).copied().unwrap_or(0);
        digit = digit << 1 | u32::from(byte >> (7 - at % 8) & 1);
        if (bit_length - index - 1).is_multiple_of(4) {
            out.extend(char::from_digit(digit, 16));
            digit = 0;
        }
    }
    out
}

struct Input<'a>(&'a Explanation<'a>);

impl Serialize for Input<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Origin { source, link } = self.0.origin;
        let link_type = self.0.report.packet.frame.link_type;
        let mut map = serializer.serialize_map(None)?;
        let (format, problems): (_, &[Problem]) = match source {
            Source::Capture(_) => ("capture", &[]),
            Source::Pasted {
                packet, problems, ..
            } => (packet.format.name(), problems),
        };
        map.serialize_entry("format", format)?;
        map.serialize_entry("link_type", &link_type.0)?;
        let because = match link {
            LinkReason::Guessed(guess) => Some(guess.because.name()),
            LinkReason::Recorded | LinkReason::Told => None,
        };
        map.serialize_entry("guessed_because", &because)?;
        let problems: Vec<_> = problems.iter().map(ProblemRecord).collect();
        map.serialize_entry("problems", &problems)?;
        map.end()
    }
}

struct ProblemRecord<'a>(&'a Problem);

impl Serialize for ProblemRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("kind", self.0.kind.name())?;
        map.serialize_entry("line", &self.0.at.line)?;
        map.serialize_entry("column", &self.0.at.column)?;
        map.serialize_entry("understood", &self.0.understood)?;
        map.end()
    }
}

/// The numbers of the packets around it.
struct Around<'a>(&'a Explanation<'a>);

impl Serialize for Around<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(around) = self.0.around else {
            return serializer.serialize_none();
        };
        let numbers = |list: &[crate::report::explain::Neighbour]| {
            list.iter().map(|one| one.number).collect::<Vec<_>>()
        };
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("before", &numbers(&around.before))?;
        map.serialize_entry("after", &numbers(&around.after))?;
        map.serialize_entry("refers_to", &numbers(&around.refers_to))?;
        map.serialize_entry("referred_by", &numbers(&around.referred_by))?;
        map.end()
    }
}
