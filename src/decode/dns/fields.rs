//! Every field of a message with its place. A compressed name is the bytes
//! that it occupies where it stands; its value is the name that they spell.

use std::borrow::Cow;

use super::{
    Data, EdnsOption, Message, Name, Parameter, Record, Section, Soa, algorithm_name, class_name,
    opcode_name, option_name, parameter_name, rcode_name, record_type, type_name,
};
use crate::decode::field::{FieldReader, FieldValue};

/// Reads the fields from the message's first bit on. `multicast`: the class's
/// first bit has mDNS's meaning.
pub(in crate::decode) fn fields(reader: &mut FieldReader<'_>, multicast: bool) {
    let Ok(message) = Message::parse(reader.peek()) else {
        return;
    };
    header(reader, &message);
    for question in message.questions().flatten() {
        reader.group("dns.question", question.length(), "dns.rest", |inside| {
            name(inside, "dns.question.name", &question.name);
            kind(inside, "dns.question.type");
            if multicast {
                inside.flag("dns.question.unicast_response");
                class(inside, "dns.question.class", 15);
            } else {
                class(inside, "dns.question.class", 16);
            }
        });
    }
    for record in message.records().flatten() {
        let section = match record.section {
            Section::Answer => "dns.answer",
            Section::Authority => "dns.authority",
            Section::Additional => "dns.additional",
        };
        reader.group(section, record.length(), "dns.rest", |inside| {
            fixed(inside, &record, multicast);
            let length = usize::from(record.data_length);
            inside.group("dns.record.data", length, "dns.data.rest", |inside| {
                data(inside, &record);
            });
        });
    }
}

fn header(reader: &mut FieldReader<'_>, message: &Message<'_>) {
    reader.number("dns.id", 16);
    let flags = FieldValue::Number(u64::from(message.header.flags.0));
    reader.bit_group("dns.flags", 16, flags, "dns.rest", |inside| {
        inside.flag("dns.flags.response");
        inside.named("dns.flags.opcode", 4, |code| opcode_name(code as u8).known);
        inside.flag("dns.flags.authoritative");
        inside.flag("dns.flags.truncated");
        inside.flag("dns.flags.recursion_desired");
        inside.flag("dns.flags.recursion_available");
        inside.flag("dns.flags.reserved");
        inside.flag("dns.flags.authentic_data");
        inside.flag("dns.flags.checking_disabled");
        inside.named("dns.flags.response_code", 4, |code| {
            rcode_name(code as u16).known
        });
    });
    reader.number("dns.count.questions", 16);
    reader.number("dns.count.answers", 16);
    reader.number("dns.count.authorities", 16);
    reader.number("dns.count.additionals", 16);
}

/// A record's name, type, class, TTL and data length; OPT gives class and TTL
/// another meaning (RFC 6891, section 6.1.3).
fn fixed(inside: &mut FieldReader<'_>, record: &Record<'_>, multicast: bool) {
    name(inside, "dns.record.name", &record.name);
    kind(inside, "dns.record.type");
    if record.record_type == record_type::OPT {
        inside.number("dns.opt.udp_size", 16);
        inside.number("dns.opt.upper_response_code", 8);
        inside.number("dns.opt.version", 8);
        inside.flag("dns.opt.dnssec_ok");
        inside.number("dns.opt.reserved", 15);
    } else {
        if multicast {
            inside.flag("dns.record.cache_flush");
            class(inside, "dns.record.class", 15);
        } else {
            class(inside, "dns.record.class", 16);
        }
        inside.number("dns.record.ttl", 32);
    }
    inside.number("dns.record.data_length", 16);
}

fn name(inside: &mut FieldReader<'_>, field: &'static str, name: &Name<'_>) {
    let value = FieldValue::Text(Cow::Owned(name.to_string()));
    inside.value(field, name.length() as u64 * 8, value);
}

fn kind(inside: &mut FieldReader<'_>, field: &'static str) {
    inside.named(field, 16, |code| type_name(code as u16).known);
}

fn class(inside: &mut FieldReader<'_>, field: &'static str, bits: u64) {
    inside.named(field, bits, |code| class_name(code as u16).known);
}

fn algorithm(inside: &mut FieldReader<'_>, field: &'static str) {
    inside.named(field, 8, |code| algorithm_name(code as u8).known);
}

/// The parts of a record's data; what does not have the form of its type stays
/// bytes.
fn data(inside: &mut FieldReader<'_>, record: &Record<'_>) {
    let Ok(data) = record.data() else {
        return;
    };
    match data {
        Data::A(_) => inside.ipv4("dns.a"),
        Data::Aaaa(_) => inside.ipv6("dns.aaaa"),
        Data::Name(target) => name(inside, "dns.target", &target),
        Data::Mx { exchange, .. } => {
            inside.number("dns.mx.preference", 16);
            name(inside, "dns.mx.exchange", &exchange);
        }
        Data::Strings(strings) => strings.for_each(|string| text(inside, string)),
        Data::Soa(soa) => zone(inside, &soa),
        Data::Srv { target, .. } => {
            inside.number("dns.srv.priority", 16);
            inside.number("dns.srv.weight", 16);
            inside.number("dns.srv.port", 16);
            name(inside, "dns.srv.target", &target);
        }
        Data::Service {
            target, parameters, ..
        } => {
            inside.number("dns.svcb.priority", 16);
            name(inside, "dns.svcb.target", &target);
            for one in parameters {
                parameter(inside, &one);
            }
        }
        Data::Edns(edns) => edns.options().for_each(|one| option(inside, &one)),
        Data::Ds { digest, .. } => {
            inside.number("dns.ds.key_tag", 16);
            algorithm(inside, "dns.ds.algorithm");
            inside.number("dns.ds.digest_type", 8);
            inside.bytes("dns.ds.digest", digest.len());
        }
        Data::Rrsig(signature) => {
            kind(inside, "dns.rrsig.covered");
            algorithm(inside, "dns.rrsig.algorithm");
            inside.number("dns.rrsig.labels", 8);
            inside.number("dns.rrsig.original_ttl", 32);
            inside.number("dns.rrsig.expiration", 32);
            inside.number("dns.rrsig.inception", 32);
            inside.number("dns.rrsig.key_tag", 16);
            name(inside, "dns.rrsig.signer", &signature.signer);
            inside.bytes("dns.rrsig.signature", signature.signature.len());
        }
        Data::Dnskey { key, .. } => {
            inside.number("dns.dnskey.flags", 16);
            inside.number("dns.dnskey.protocol", 8);
            algorithm(inside, "dns.dnskey.algorithm");
            inside.bytes("dns.dnskey.key", key.len());
        }
        Data::Nsec { next, .. } => {
            name(inside, "dns.nsec.next", &next);
            inside.remainder("dns.nsec.types");
        }
        Data::Caa { tag, value, .. } => {
            inside.number("dns.caa.flags", 8);
            inside.number("dns.caa.tag_length", 8);
            inside.bytes("dns.caa.tag", tag.len());
            inside.bytes("dns.caa.value", value.len());
        }
        Data::Other(_) => inside.remainder("dns.data"),
    }
}

/// A string with its length in a byte before it.
fn text(inside: &mut FieldReader<'_>, string: &[u8]) {
    inside.group("dns.txt", string.len() + 1, "dns.data.rest", |inside| {
        inside.number("dns.txt.length", 8);
        inside.bytes("dns.txt.text", string.len());
    });
}

fn zone(inside: &mut FieldReader<'_>, soa: &Soa<'_>) {
    name(inside, "dns.soa.primary", &soa.primary);
    name(inside, "dns.soa.mailbox", &soa.mailbox);
    inside.number("dns.soa.serial", 32);
    inside.number("dns.soa.refresh", 32);
    inside.number("dns.soa.retry", 32);
    inside.number("dns.soa.expire", 32);
    inside.number("dns.soa.minimum", 32);
}

fn parameter(inside: &mut FieldReader<'_>, one: &Parameter<'_>) {
    let length = one.data.len();
    inside.group(
        "dns.svcb.parameter",
        length + 4,
        "dns.data.rest",
        |inside| {
            inside.named("dns.svcb.key", 16, |key| parameter_name(key as u16).known);
            inside.number("dns.svcb.length", 16);
            if length > 0 {
                let value = FieldValue::Text(Cow::Owned(one.to_string()));
                inside.value("dns.svcb.value", length as u64 * 8, value);
            }
        },
    );
}

fn option(inside: &mut FieldReader<'_>, one: &EdnsOption<'_>) {
    let length = one.data.len();
    inside.group("dns.opt.option", length + 4, "dns.data.rest", |inside| {
        inside.named("dns.opt.option.code", 16, |code| {
            option_name(code as u16).known
        });
        inside.number("dns.opt.option.length", 16);
        inside.bytes("dns.opt.option.data", length);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::field::Field;

    fn message() -> Vec<u8> {
        let mut bytes = vec![0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 1];
        bytes.extend(b"\x01a\x04test\x00\x00\x0f\x00\x01");
        bytes.extend(b"\xc0\x0c\x00\x0f\x80\x01\x00\x00\x01\x2c\x00\x07\x00\x0a\x02mx\xc0\x0e");
        bytes.extend(b"\x00\x00\x29\x04\xd0\x00\x00\x80\x00\x00\x06\x00\x0c\x00\x02\x00\x00");
        bytes
    }

    fn read(bytes: &[u8], multicast: bool) -> Vec<Field> {
        let mut reader = FieldReader::new(bytes, 0, bytes.len() as u32);
        fields(&mut reader, multicast);
        reader.finish("cut", "rest")
    }

    /// The fields have no holes and no overlap, at any depth.
    fn check(fields: &[Field], start: u64, end: u64) {
        let mut at = start;
        for field in fields {
            assert_eq!(field.bit_offset, at, "{field:?}");
            at += field.bit_length;
            if !field.fields.is_empty() {
                check(&field.fields, field.bit_offset, at);
            }
        }
        assert_eq!(at, end);
    }

    fn find<'a>(fields: &'a [Field], name: &str) -> Option<&'a Field> {
        fields.iter().find_map(|field| {
            (field.name == name)
                .then_some(field)
                .or_else(|| find(&field.fields, name))
        })
    }

    #[test]
    fn the_fields_cover_the_message() {
        let bytes = message();
        let fields = read(&bytes, false);
        check(&fields, 0, bytes.len() as u64 * 8);
        assert_eq!(find(&fields, "rest"), None);
        assert_eq!(find(&fields, "dns.rest"), None);
    }

    #[test]
    fn flags_stand_at_their_bits() {
        let fields = read(&message(), false);
        let field = |name| find(&fields, name).unwrap();
        assert_eq!(field("dns.flags.response").bit_offset, 16);
        assert_eq!(field("dns.flags.recursion_available").bit_offset, 24);
        assert_eq!(
            field("dns.flags.recursion_desired").value,
            FieldValue::Flag(true)
        );
        assert_eq!(
            field("dns.flags.response_code").value,
            FieldValue::Named(0, "NOERROR")
        );
    }

    #[test]
    fn a_compressed_name_takes_its_bytes_in_place() {
        let fields = read(&message(), false);
        let owner = find(&fields, "dns.record.name").unwrap();
        assert_eq!((owner.bit_offset, owner.bit_length), (24 * 8, 16));
        assert_eq!(owner.value, FieldValue::Text("a.test".into()));
        let exchange = find(&fields, "dns.mx.exchange").unwrap();
        assert_eq!(exchange.bit_length, 40);
        assert_eq!(exchange.value, FieldValue::Text("mx.test".into()));
    }

    #[test]
    fn the_class_s_first_bit_is_a_flag_in_multicast() {
        let fields = read(&message(), true);
        let flush = find(&fields, "dns.record.cache_flush").unwrap();
        assert_eq!(flush.value, FieldValue::Flag(true));
        let class = find(&fields, "dns.record.class").unwrap();
        assert_eq!(class.value, FieldValue::Named(1, "IN"));
    }

    #[test]
    fn a_cut_message_leaves_the_rest_as_it_is() {
        let bytes = message();
        for length in 12..bytes.len() {
            let cut = &bytes[..length];
            check(&read(cut, false), 0, length as u64 * 8);
        }
    }
}
