//! Annotations and findings as records.

use super::write::{Json, Plain, list, member, members, object};
use crate::notes::{Annotation, Check, Value};
use crate::report::FindingReport;

/// A `finding` record.
pub struct FindingRecord<'a>(pub &'a FindingReport<'a>);

impl Json for FindingRecord<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let FindingReport {
            conversation,
            annotation,
            ..
        } = self.0;
        object(out, |out| {
            members!(out, "record": Plain("finding"));
            head(annotation, out);
            members!(out, "conversation": conversation);
            body(annotation, out);
        });
    }
}

/// An entry of a packet's `annotations`.
impl Json for Annotation {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            head(self, out);
            body(self, out);
        });
    }
}

fn head(annotation: &Annotation, out: &mut Vec<u8>) {
    members!(
        out,
        "kind": Plain(annotation.kind.name()),
        "severity": Plain(annotation.severity.name()),
        "topic": Plain(annotation.kind.topic()),
    );
}

fn body(annotation: &Annotation, out: &mut Vec<u8>) {
    members!(
        out,
        "related": annotation.related.as_slice(),
        "values": Values(&annotation.values),
        "checks": annotation.checks,
        "text": annotation.text,
    );
}

/// An annotation's values by name, as an object.
#[cfg(feature = "parquet")]
pub fn values(annotation: &Annotation) -> String {
    text(&Values(&annotation.values))
}

/// A value as JSON.
#[cfg(feature = "parquet")]
pub fn value(value: &Value) -> String {
    text(value)
}

#[cfg(feature = "parquet")]
fn text(value: &impl Json) -> String {
    let mut out = Vec::new();
    value.write(&mut out);
    // What is written is made of texts.
    String::from_utf8(out).unwrap_or_default()
}

struct Values<'a>(&'a [(&'static str, Value)]);

impl Json for Values<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            for (name, value) in self.0 {
                member(out, name, value);
            }
        });
    }
}

impl Json for Value {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => ().write(out),
            Self::Bool(yes) => yes.write(out),
            Self::Number(number) => number.write(out),
            Self::Real(number) => number.write(out),
            Self::Text(text) => text.as_ref().write(out),
            Self::List(all) => list(out, all, |out, value| value.write(out)),
        }
    }
}

/// A rule with its numbers.
impl Json for Check {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "rule": self.rule.id,
                "expected": self.expected,
                "observed": self.observed,
                "holds": self.holds,
            );
        });
    }
}
