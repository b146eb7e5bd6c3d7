//! Annotations and findings as records.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::notes::{Annotation, Check, Value};
use crate::report::FindingReport;

/// A `finding` record.
pub struct FindingRecord<'a>(pub &'a FindingReport<'a>);

impl Serialize for FindingRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let FindingReport {
            conversation,
            annotation,
        } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("record", "finding")?;
        head(annotation, &mut map)?;
        map.serialize_entry("conversation", conversation)?;
        body(annotation, &mut map)?;
        map.end()
    }
}

/// An entry of a packet's `annotations`.
pub struct AnnotationRecord<'a>(pub &'a Annotation);

impl Serialize for AnnotationRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        head(self.0, &mut map)?;
        body(self.0, &mut map)?;
        map.end()
    }
}

fn head<M: SerializeMap>(annotation: &Annotation, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("kind", annotation.kind.name())?;
    map.serialize_entry("severity", annotation.severity.name())?;
    map.serialize_entry("topic", annotation.kind.topic())
}

fn body<M: SerializeMap>(annotation: &Annotation, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("related", annotation.related.as_slice())?;
    map.serialize_entry("values", &Values(&annotation.values))?;
    map.serialize_entry("checks", &Checks(&annotation.checks))?;
    map.serialize_entry("text", &annotation.text)
}

struct Values<'a>(&'a [(&'static str, Value)]);

impl Serialize for Values<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.0
                .iter()
                .map(|(name, value)| (name, ValueRecord(value))),
        )
    }
}

struct ValueRecord<'a>(&'a Value);

impl Serialize for ValueRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_none(),
            Value::Bool(yes) => serializer.serialize_bool(*yes),
            Value::Number(number) => serializer.serialize_u64(*number),
            Value::Real(number) => serializer.serialize_f64(*number),
            Value::Text(text) => serializer.serialize_str(text),
            Value::List(list) => serializer.collect_seq(list.iter().map(ValueRecord)),
        }
    }
}

struct Checks<'a>(&'a [Check]);

impl Serialize for Checks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(CheckRecord))
    }
}

/// A rule with its numbers.
pub struct CheckRecord<'a>(pub &'a Check);

impl Serialize for CheckRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("rule", self.0.rule.id)?;
        map.serialize_entry("expected", &self.0.expected.as_ref().map(ValueRecord))?;
        map.serialize_entry("observed", &ValueRecord(&self.0.observed))?;
        map.serialize_entry("holds", &self.0.holds)?;
        map.end()
    }
}
