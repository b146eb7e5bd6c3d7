//! An explanation as a record.

use std::io::{self, Write};

use super::address::Mac;
use super::write::{Json, Plain, list, members, object};
use crate::capture::pasted::Problem;
use crate::decode::FieldValue;
use crate::notes::fields::{ExplainedField, ExplainedLayer, find};
use crate::report::explain::{Around, Explanation, LinkReason, Neighbour, Origin, Source};

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
    let mut line = Vec::new();
    ExplanationRecord { explanation, field }.write(&mut line);
    line.push(b'\n');
    out.write_all(&line)
}

struct ExplanationRecord<'a> {
    explanation: &'a Explanation<'a>,
    field: Option<&'a str>,
}

impl Json for ExplanationRecord<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let it = self.explanation;
        let layers = |layers| Layers {
            layers,
            bytes: it.report.packet.frame.bytes,
            field: self.field,
        };
        object(out, |out| {
            members!(
                out,
                "record": Plain("explanation"),
                "packet": it.report,
                "layers": layers(&it.layers),
                "quoted": layers(&it.quoted),
                "input": Input(it),
                "around": it.around,
            );
        });
    }
}

struct Layers<'a> {
    layers: &'a [ExplainedLayer],
    bytes: &'a [u8],
    field: Option<&'a str>,
}

impl Json for Layers<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let chosen = self.layers.iter().filter_map(|layer| {
            let fields: Vec<&ExplainedField> = match self.field {
                None => layer.fields.iter().collect(),
                Some(name) => find(std::slice::from_ref(layer), name),
            };
            (self.field.is_none() || !fields.is_empty()).then_some((layer, fields))
        });
        list(out, chosen, |out, (layer, fields)| {
            object(out, |out| {
                members!(
                    out,
                    "name": Plain(layer.protocol.name()),
                    "osi_layer": layer.protocol.osi_layer(),
                    "tcp_ip_layer": Plain(layer.protocol.tcp_ip_layer()),
                    "bit_offset": layer.bit_offset,
                    "bit_length": layer.bit_length,
                    "fields": Fields(&fields, self.bytes),
                );
            });
        });
    }
}

struct Fields<'a, F>(&'a [F], &'a [u8]);

impl<F: std::borrow::Borrow<ExplainedField>> Json for Fields<'_, F> {
    fn write(&self, out: &mut Vec<u8>) {
        list(out, self.0, |out, field| {
            Field(field.borrow(), self.1).write(out);
        });
    }
}

struct Field<'a>(&'a ExplainedField, &'a [u8]);

impl Json for Field<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let Self(field, bytes) = *self;
        let raw = raw(bytes, field.bit_offset, field.bit_length);
        object(out, |out| {
            members!(
                out,
                "name": field.name,
                "label": field.label,
                "bit_offset": field.bit_offset,
                "bit_length": field.bit_length,
                "raw": raw,
            );
            match &field.value {
                FieldValue::Number(number) | FieldValue::Named(number, _) => {
                    members!(out, "value": number);
                }
                FieldValue::Flag(set) => members!(out, "value": set),
                FieldValue::Text(text) => members!(out, "value": text.as_ref()),
                FieldValue::Mac(mac) => members!(out, "value": Mac(*mac)),
                FieldValue::Ip(address) => members!(out, "value": address),
                // What a group holds stands in its fields.
                FieldValue::Bytes(_) if !field.fields.is_empty() => members!(out, "value": ()),
                FieldValue::Bytes(_) => members!(out, "value": raw),
            }
            members!(
                out,
                "meaning": field.meaning,
                "checks": field.checks,
                "fields": Fields(&field.fields, bytes),
            );
        });
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

impl Json for Input<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let Origin { source, link } = self.0.origin;
        let (format, problems): (_, &[Problem]) = match source {
            Source::Capture(_) => ("capture", &[]),
            Source::Pasted {
                packet, problems, ..
            } => (packet.format.name(), problems),
        };
        let because = match link {
            LinkReason::Guessed(guess) => Some(guess.because.name()),
            LinkReason::Recorded | LinkReason::Written | LinkReason::Told => None,
        };
        object(out, |out| {
            members!(
                out,
                "format": format,
                "link_type": self.0.report.packet.frame.link_type.0,
                "guessed_because": because,
                "problems": problems,
            );
        });
    }
}

impl Json for Problem {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "kind": Plain(self.kind.name()),
                "line": self.at.line,
                "column": self.at.column,
                "understood": self.understood,
            );
        });
    }
}

/// The numbers of the packets around it.
impl Json for Around {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "before": Numbers(&self.before),
                "after": Numbers(&self.after),
                "refers_to": Numbers(&self.refers_to),
                "referred_by": Numbers(&self.referred_by),
            );
        });
    }
}

struct Numbers<'a>(&'a [Neighbour]);

impl Json for Numbers<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        list(out, self.0, |out, neighbour| neighbour.number.write(out));
    }
}
