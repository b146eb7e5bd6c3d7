//! A DNS message as an object: header, questions, and the records of its three
//! sections, up to where it can be read.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::conversation::Shown;
use crate::decode::dns::{Message, Question, Record, Section, class_name, record_type, type_name};

/// Adds a message's values.
pub fn dns<M: SerializeMap>(bytes: &[u8], map: &mut M) -> Result<(), M::Error> {
    let Ok(message) = Message::parse(bytes) else {
        return Ok(());
    };
    let header = message.header;
    map.serialize_entry("id", &header.id)?;
    map.serialize_entry("response", &header.flags.response())?;
    map.serialize_entry("opcode", &header.flags.opcode())?;
    map.serialize_entry("response_code", &message.response_code())?;
    let flags: Vec<_> = header.flags.names().collect();
    map.serialize_entry("flags", &flags)?;
    map.serialize_entry("questions", &Questions(&message))?;
    for (name, section) in [
        ("answers", Section::Answer),
        ("authorities", Section::Authority),
        ("additionals", Section::Additional),
    ] {
        map.serialize_entry(name, &Records(&message, section))?;
    }
    Ok(())
}

struct Questions<'a>(&'a Message<'a>);

impl Serialize for Questions<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let readable = self.0.questions().map_while(Result::ok);
        serializer.collect_seq(readable.map(QuestionRecord))
    }
}

struct QuestionRecord<'a>(Question<'a>);

impl Serialize for QuestionRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let it = &self.0;
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("name", &Shown(&it.name))?;
        map.serialize_entry("type", &Shown(&type_name(it.record_type)))?;
        map.serialize_entry("class", &Shown(&class_name(it.class)))?;
        map.end()
    }
}

struct Records<'a>(&'a Message<'a>, Section);

impl Serialize for Records<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.section(self.1).map(RecordObject))
    }
}

struct RecordObject<'a>(Record<'a>);

impl Serialize for RecordObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let it = &self.0;
        let data = it.data().ok();
        // EDNS's record has no class: the field holds a size (RFC 6891).
        let class = (it.record_type != record_type::OPT).then(|| class_name(it.class));
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("name", &Shown(&it.name))?;
        map.serialize_entry("type", &Shown(&type_name(it.record_type)))?;
        map.serialize_entry("class", &class.as_ref().map(Shown))?;
        map.serialize_entry("ttl", &it.ttl)?;
        map.serialize_entry("data", &data.as_ref().map(Shown))?;
        map.end()
    }
}
