//! A DNS message as an object: header, questions, and the records of its three
//! sections, up to where it can be read.

use super::write::{Json, Plain, Shown, list, members, object};
use crate::decode::dns::{Message, Question, Record, Section, class_name, record_type, type_name};

/// Adds a message's values.
pub fn dns(bytes: &[u8], out: &mut Vec<u8>) {
    let Ok(message) = Message::parse(bytes) else {
        return;
    };
    let header = message.header;
    members!(
        out,
        "id": header.id,
        "response": header.flags.response(),
        "opcode": header.flags.opcode(),
        "response_code": message.response_code(),
        "flags": Flags(&message),
        "questions": Questions(&message),
        "answers": Records(&message, Section::Answer),
        "authorities": Records(&message, Section::Authority),
        "additionals": Records(&message, Section::Additional),
    );
}

struct Flags<'a>(&'a Message<'a>);

impl Json for Flags<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let names = self.0.header.flags.names();
        list(out, names, |out, name| Plain(name).write(out));
    }
}

struct Questions<'a>(&'a Message<'a>);

impl Json for Questions<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let readable = self.0.questions().map_while(Result::ok);
        list(out, readable, |out, question| question.write(out));
    }
}

impl Json for Question<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "name": Shown(&self.name),
                "type": Shown(type_name(self.record_type)),
                "class": Shown(class_name(self.class)),
            );
        });
    }
}

struct Records<'a>(&'a Message<'a>, Section);

impl Json for Records<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let records = self.0.section(self.1);
        list(out, records, |out, record| record.write(out));
    }
}

impl Json for Record<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        // EDNS's record has no class: the field holds a size (RFC 6891).
        let has_class = self.record_type != record_type::OPT;
        object(out, |out| {
            members!(
                out,
                "name": Shown(&self.name),
                "type": Shown(type_name(self.record_type)),
                "class": has_class.then(|| Shown(class_name(self.class))),
                "ttl": self.ttl,
                "data": self.data().ok().map(Shown),
            );
        });
    }
}
