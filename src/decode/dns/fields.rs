//! The fields of a DNS message with their places: header, questions, records
//! (RFC 1035, section 4.1) and EDNS options (RFC 6891).

use super::{
    CodeName, Data, Message, Name, Record, Section, algorithm_name, class_name, opcode_name,
    option_name, rcode_name, record_type, type_name,
};
use crate::decode::field::{FieldReader, FieldValue};

/// Bytes of an entry that are neither a known field nor of known meaning.
const REST: &str = "dns.unknown";

/// Describes the message whose bytes the reader stands on.
pub(in crate::decode) fn fields(reader: &mut FieldReader<'_>) {
    let Ok(message) = Message::parse(reader.peek()) else {
        return;
    };
    header(reader);
    for question in message.questions().map_while(Result::ok) {
        reader.group("dns.question", question.length(), REST, |entry| {
            name(entry, "dns.question.name", &question.name);
            coded(entry, "dns.question.type", type_name);
            coded(entry, "dns.question.class", class_name);
        });
    }
    for entry in message.records().map_while(Result::ok) {
        let called = match entry.section {
            Section::Answer => "dns.answer",
            Section::Authority => "dns.authority",
            Section::Additional => "dns.additional",
        };
        reader.group(called, entry.length(), REST, |reader| {
            record(reader, &entry)
        });
    }
}

fn header(reader: &mut FieldReader<'_>) {
    reader.number("dns.id", 16);
    if let Some(flags) = reader.peek_bits(16) {
        let value = FieldValue::Number(flags);
        reader.bit_group("dns.flags", 16, value, REST, |flags| {
            flags.flag("dns.flags.response");
            flags.named("dns.flags.opcode", 4, |code| opcode_name(code as u8).known);
            flags.flag("dns.flags.authoritative");
            flags.flag("dns.flags.truncated");
            flags.flag("dns.flags.recursion_desired");
            flags.flag("dns.flags.recursion_available");
            flags.flag("dns.flags.reserved");
            flags.flag("dns.flags.authentic_data");
            flags.flag("dns.flags.checking_disabled");
            flags.named("dns.flags.response_code", 4, |code| {
                rcode_name(code as u16).known
            });
        });
    }
    reader.number("dns.question_count", 16);
    reader.number("dns.answer_count", 16);
    reader.number("dns.authority_count", 16);
    reader.number("dns.additional_count", 16);
}

/// A name as it reads; its place is where it stands, not where it points to.
fn name(reader: &mut FieldReader<'_>, called: &'static str, name: &Name<'_>) {
    let bits = name.length() as u64 * 8;
    reader.value(called, bits, FieldValue::Text(name.to_string().into()));
}

fn coded(reader: &mut FieldReader<'_>, called: &'static str, names: fn(u16) -> CodeName) {
    reader.named(called, 16, |code| names(code as u16).known);
}

fn record(reader: &mut FieldReader<'_>, record: &Record<'_>) {
    name(reader, "dns.record.name", &record.name);
    coded(reader, "dns.record.type", type_name);
    if record.record_type == record_type::OPT {
        return edns(reader);
    }
    coded(reader, "dns.record.class", class_name);
    reader.number("dns.record.ttl", 32);
    reader.number("dns.record.data_length", 16);
    let Ok(data) = record.data() else {
        return reader.remainder("dns.record.data");
    };
    let bits = u64::from(record.data_length) * 8;
    let text = FieldValue::Text(data.to_string().into());
    reader.bit_group(
        "dns.record.data",
        bits,
        text,
        "dns.record.data.rest",
        |inside| {
            values(inside, &data);
        },
    );
}

/// What the data of the common types consists of.
fn values(reader: &mut FieldReader<'_>, data: &Data<'_>) {
    match data {
        Data::A(_) => reader.ipv4("dns.record.data.address"),
        Data::Aaaa(_) => reader.ipv6("dns.record.data.address"),
        Data::Name(target) => name(reader, "dns.record.data.name", target),
        Data::Mx { exchange, .. } => {
            reader.number("dns.record.data.preference", 16);
            name(reader, "dns.record.data.exchange", exchange);
        }
        Data::Srv { target, .. } => {
            reader.number("dns.record.data.priority", 16);
            reader.number("dns.record.data.weight", 16);
            reader.number("dns.record.data.port", 16);
            name(reader, "dns.record.data.target", target);
        }
        Data::Service { target, .. } => {
            reader.number("dns.record.data.priority", 16);
            name(reader, "dns.record.data.target", target);
            reader.remainder("dns.record.data.parameters");
        }
        Data::Soa(soa) => {
            name(reader, "dns.record.data.primary", &soa.primary);
            name(reader, "dns.record.data.mailbox", &soa.mailbox);
            reader.number("dns.record.data.serial", 32);
            reader.number("dns.record.data.refresh", 32);
            reader.number("dns.record.data.retry", 32);
            reader.number("dns.record.data.expire", 32);
            reader.number("dns.record.data.minimum", 32);
        }
        Data::Strings(_) => {
            while let Some(&length) = reader.peek().first() {
                reader.number("dns.record.data.string_length", 8);
                reader.bytes("dns.record.data.string", usize::from(length));
            }
        }
        Data::Ds { .. } => {
            reader.number("dns.record.data.key_tag", 16);
            algorithm(reader);
            reader.number("dns.record.data.digest_type", 8);
            reader.remainder("dns.record.data.digest");
        }
        Data::Dnskey { .. } => {
            reader.number("dns.record.data.flags", 16);
            reader.number("dns.record.data.protocol", 8);
            algorithm(reader);
            reader.remainder("dns.record.data.key");
        }
        Data::Rrsig(signature) => {
            coded(reader, "dns.record.data.type_covered", type_name);
            algorithm(reader);
            reader.number("dns.record.data.labels", 8);
            reader.number("dns.record.data.original_ttl", 32);
            reader.number("dns.record.data.expiration", 32);
            reader.number("dns.record.data.inception", 32);
            reader.number("dns.record.data.key_tag", 16);
            name(reader, "dns.record.data.signer", &signature.signer);
            reader.remainder("dns.record.data.signature");
        }
        Data::Nsec { next, .. } => {
            name(reader, "dns.record.data.next_name", next);
            reader.remainder("dns.record.data.types");
        }
        Data::Caa { tag, .. } => {
            reader.number("dns.record.data.flags", 8);
            reader.number("dns.record.data.tag_length", 8);
            reader.bytes("dns.record.data.tag", tag.len());
            reader.remainder("dns.record.data.value");
        }
        Data::Edns(_) | Data::Other(_) => reader.remainder("dns.record.data.bytes"),
    }
}

fn algorithm(reader: &mut FieldReader<'_>) {
    reader.named("dns.record.data.algorithm", 8, |code| {
        algorithm_name(code as u8).known
    });
}

/// Class and TTL mean other things in the OPT record (RFC 6891, section
/// 6.1.2).
fn edns(reader: &mut FieldReader<'_>) {
    reader.number("dns.edns.udp_size", 16);
    reader.number("dns.edns.upper_response_code", 8);
    reader.number("dns.edns.version", 8);
    reader.flag("dns.edns.dnssec_ok");
    reader.number("dns.edns.reserved", 15);
    reader.number("dns.record.data_length", 16);
    while let Some(&[_, _, high, low]) = reader.peek().first_chunk() {
        let length = 4 + usize::from(u16::from_be_bytes([high, low]));
        if length > reader.bytes_left() {
            return;
        }
        reader.group("dns.edns.option", length, REST, |option| {
            coded(option, "dns.edns.option.code", option_name);
            option.number("dns.edns.option.length", 16);
            option.remainder("dns.edns.option.data");
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_stands_where_its_bytes_do() {
        let mut message = vec![0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
        message.extend(b"\x01a\x00\x00\x01\x00\x01");
        message.extend(b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x0a\x00\x00\x01");
        let mut reader = FieldReader::new(&message, 0, message.len() as u32);
        fields(&mut reader);
        let fields = reader.finish("dns.cut", "dns.rest");
        let names: Vec<_> = fields.iter().map(|field| field.name).collect();
        assert_eq!(names[..2], ["dns.id", "dns.flags"]);
        assert_eq!(names[6..], ["dns.question", "dns.answer"]);
        let answer = &fields[7];
        assert_eq!((answer.bit_offset, answer.bit_length), (19 * 8, 16 * 8));
        assert_eq!(answer.fields[0].value, FieldValue::Text("a".into()));
        assert_eq!(answer.fields[0].bit_length, 16);
        assert_eq!(answer.fields[1].value, FieldValue::Named(1, "A"));
        let data = &answer.fields[5];
        let address = FieldValue::Ip(std::net::Ipv4Addr::new(10, 0, 0, 1).into());
        assert_eq!(data.fields[0].value, address);
        assert_eq!(data.bit_offset, 31 * 8);
    }
}
