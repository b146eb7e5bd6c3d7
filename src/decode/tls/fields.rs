//! Every field of the records with which a segment's data or a datagram begin, with
//! its place, for the explanation of a single packet.

use std::borrow::Cow;

use super::bytes::Bytes;
use super::datagram::{DatagramRecord, HandshakeFragment};
use super::extension::{
    ALPN, KEY_SHARE, SERVER_NAME, SIGNATURE_ALGORITHMS, SUPPORTED_GROUPS, SUPPORTED_VERSIONS,
    protocols, server_name,
};
use super::{
    ContentType, HandshakeHeader, HandshakeType, Record, Version, alert_name, extension_name,
    group_name, handshake_name, scheme_name, suite_name,
};
use crate::decode::field::{FieldReader, FieldValue};

/// Bytes of what both sides make up at random.
const RANDOM: usize = 32;

/// Whether a segment's data begin with a record, and go on with another where that ends:
/// its bytes alone show that it is TLS.
pub(in crate::decode) fn begins_with_records(data: &[u8]) -> bool {
    let mut rest = data;
    while let Some(record) = Record::parse(rest) {
        match rest.get(Record::HEADER + record.length..) {
            None | Some([]) => return true,
            Some(behind) => rest = behind,
        }
    }
    rest.len() < data.len() && Record::may_be(rest)
}

/// What a record is and how long, over either transport.
struct Head {
    content: ContentType,
    header: usize,
    length: usize,
    is_encrypted: bool,
}

impl Head {
    fn parse(bytes: &[u8], is_datagram: bool) -> Option<Self> {
        match is_datagram {
            false => Record::parse(bytes).map(|record| Self {
                content: record.content,
                header: Record::HEADER,
                length: record.length,
                is_encrypted: false,
            }),
            true => DatagramRecord::parse(bytes).map(|record| Self {
                content: record.content,
                header: DatagramRecord::HEADER,
                length: record.length,
                is_encrypted: record.epoch > 0,
            }),
        }
    }
}

pub(in crate::decode) fn fields(reader: &mut FieldReader<'_>, is_datagram: bool) {
    while let Some(head) = Head::parse(reader.peek(), is_datagram) {
        let whole = (head.header + head.length).min(reader.bytes_remaining());
        reader.group("tls.record", whole, "tls.cut", |inside| {
            record(inside, &head, is_datagram);
        });
    }
}

fn record(inside: &mut FieldReader<'_>, head: &Head, is_datagram: bool) {
    inside.named("tls.record.type", 8, |_| Some(head.content.name()));
    version(inside, "tls.record.version");
    if is_datagram {
        inside.number("dtls.record.epoch", 16);
        inside.number("dtls.record.sequence_number", 48);
    }
    inside.number("tls.record.length", 16);
    let body = inside.peek();
    match head.content {
        _ if head.is_encrypted => encrypted(inside),
        ContentType::Alert if head.length == 2 => {
            inside.named("tls.alert.level", 8, |level| match level {
                1 => Some("warning"),
                2 => Some("fatal"),
                _ => None,
            });
            inside.named("tls.alert.description", 8, |it| alert_name(it as u8));
        }
        ContentType::ChangeCipherSpec => {
            inside.number("tls.change_cipher_spec", 8);
        }
        ContentType::Handshake if is_datagram => {
            for fragment in HandshakeFragment::all(body) {
                let whole = HandshakeFragment::HEADER + fragment.bytes.len();
                inside.group("tls.handshake", whole, "tls.rest", |inside| {
                    of_fragment(inside, &fragment);
                });
            }
        }
        ContentType::Handshake if super::outline::is_clear(body, head.length) => {
            while let Some(header) = HandshakeHeader::parse(inside.peek()) {
                let whole = HandshakeHeader::LENGTH + header.length;
                let (there, rest) = match inside.bytes_remaining() {
                    fewer if fewer < whole => (fewer, "tls.cut"),
                    _ => (whole, "tls.rest"),
                };
                inside.group("tls.handshake", there, rest, |inside| {
                    kind_and_length(inside);
                    message(inside, header.kind, false);
                });
            }
        }
        _ => encrypted(inside),
    }
}

fn encrypted(inside: &mut FieldReader<'_>) {
    let length = inside.bytes_remaining();
    inside.bytes("tls.encrypted", length);
}

fn kind_and_length(inside: &mut FieldReader<'_>) {
    inside.named("tls.handshake.type", 8, |kind| handshake_name(kind as u8));
    inside.number("tls.handshake.length", 24);
}

fn of_fragment(inside: &mut FieldReader<'_>, fragment: &HandshakeFragment<'_>) {
    kind_and_length(inside);
    inside.number("dtls.handshake.number", 16);
    inside.number("dtls.handshake.fragment_offset", 24);
    inside.number("dtls.handshake.fragment_length", 24);
    match fragment.offset == 0 && fragment.bytes.len() == fragment.length {
        true => message(inside, fragment.kind, true),
        false => drop(inside.bytes("dtls.handshake.fragment", fragment.bytes.len())),
    }
}

/// The body of a message.
fn message(inside: &mut FieldReader<'_>, kind: u8, is_datagram: bool) {
    const HELLO_VERIFY_REQUEST: u8 = 3;
    match HandshakeType::of(kind) {
        HandshakeType::ClientHello => {
            begins_hello(inside);
            if is_datagram {
                vector(inside, "dtls.cookie_length", 1, "dtls.cookie");
            }
            let length = inside.number("tls.hello.cipher_suites_length", 16);
            listed(inside, "tls.hello.cipher_suites", length, suite_name);
            vector(
                inside,
                "tls.hello.compression_methods_length",
                1,
                "tls.hello.compression_methods",
            );
            extensions(inside, true);
        }
        HandshakeType::ServerHello => {
            begins_hello(inside);
            inside.named("tls.hello.cipher_suite", 16, |it| suite_name(it as u16));
            inside.number("tls.hello.compression_method", 8);
            extensions(inside, false);
        }
        HandshakeType::Certificate => {
            inside.number("tls.certificates_length", 24);
            while inside.bytes_remaining() > 0 {
                vector(inside, "tls.certificate_length", 3, "tls.certificate");
            }
        }
        _ if kind == HELLO_VERIFY_REQUEST && is_datagram => {
            version(inside, "tls.hello.version");
            vector(inside, "dtls.cookie_length", 1, "dtls.cookie");
        }
        _ => {
            let length = inside.bytes_remaining();
            inside.bytes("tls.handshake.body", length);
        }
    }
}

/// What both hellos begin with.
fn begins_hello(inside: &mut FieldReader<'_>) {
    version(inside, "tls.hello.version");
    inside.bytes("tls.hello.random", RANDOM);
    vector(
        inside,
        "tls.hello.session_id_length",
        1,
        "tls.hello.session_id",
    );
}

/// The extensions of a hello, which has none where it ends before them.
fn extensions(inside: &mut FieldReader<'_>, of_client: bool) {
    if inside.bytes_remaining() == 0 {
        return;
    }
    inside.number("tls.hello.extensions_length", 16);
    while let Some([kind, length]) = two_numbers(inside.peek()) {
        let whole = (4 + usize::from(length)).min(inside.bytes_remaining());
        inside.group("tls.extension", whole, "tls.extension.data", |inside| {
            inside.named("tls.extension.type", 16, |it| extension_name(it as u16));
            inside.number("tls.extension.length", 16);
            extension(inside, kind, of_client);
        });
    }
}

/// The data of an extension; what is not described is left for its last field.
fn extension(inside: &mut FieldReader<'_>, kind: u16, of_client: bool) {
    let data = inside.peek();
    let list_name = |inside: &mut FieldReader<'_>, name, number_name: fn(u16) -> _, bits| {
        let length = inside.number("tls.extension.list_length", bits);
        listed(inside, name, length, number_name);
    };
    match kind {
        SERVER_NAME if of_client => {
            if let Some(name) = server_name(Bytes(data)) {
                all_as(inside, "tls.extension.server_name", name);
            }
        }
        ALPN => {
            let names = protocols(Bytes(data)).join(", ");
            all_as(inside, "tls.extension.protocols", names);
        }
        SUPPORTED_VERSIONS if of_client => {
            list_name(inside, "tls.extension.versions", version_name, 8);
        }
        SUPPORTED_VERSIONS => version(inside, "tls.extension.version"),
        SUPPORTED_GROUPS => list_name(inside, "tls.extension.groups", group_name, 16),
        SIGNATURE_ALGORITHMS => {
            list_name(inside, "tls.extension.signature_schemes", scheme_name, 16);
        }
        KEY_SHARE if of_client => {
            inside.number("tls.extension.list_length", 16);
            while inside.bytes_remaining() > 0 {
                key_share(inside);
            }
        }
        KEY_SHARE => key_share(inside),
        _ => {}
    }
}

/// The share of a key for one group; a HelloRetryRequest names the group alone.
fn key_share(inside: &mut FieldReader<'_>) {
    inside.named("tls.extension.group", 16, |it| group_name(it as u16));
    if inside.bytes_remaining() > 0 {
        vector(inside, "tls.extension.key_length", 2, "tls.extension.key");
    }
}

/// All that is left of an extension, as text.
fn all_as(inside: &mut FieldReader<'_>, name: &'static str, text: String) {
    let bits = inside.remaining();
    inside.value(name, bits, FieldValue::Text(Cow::Owned(text)));
}

/// Numbers of two bytes in so many bytes, by their names or in hexadecimal.
fn listed(
    inside: &mut FieldReader<'_>,
    name: &'static str,
    length: Option<u64>,
    name_of: fn(u16) -> Option<&'static str>,
) {
    let Some(length) = length.filter(|length| *length > 0) else {
        return;
    };
    let numbers = inside.peek().get(..length as usize).map(Bytes);
    let names: Vec<String> = numbers
        .map_or_else(Vec::new, Bytes::numbers)
        .into_iter()
        .map(|number| name_of(number).map_or_else(|| format!("0x{number:04x}"), str::to_owned))
        .collect();
    let text = FieldValue::Text(Cow::Owned(names.join(", ")));
    inside.value(name, length * 8, text);
}

/// Bytes behind their length, which takes so many bytes.
fn vector(
    inside: &mut FieldReader<'_>,
    length_name: &'static str,
    length_bytes: u64,
    name: &'static str,
) {
    if let Some(length) = inside.number(length_name, length_bytes * 8) {
        inside.bytes(name, length as usize);
    }
}

fn version(inside: &mut FieldReader<'_>, name: &'static str) {
    inside.named(name, 16, |it| version_name(it as u16));
}

fn version_name(number: u16) -> Option<&'static str> {
    match super::is_grease(number) {
        true => Some("GREASE"),
        false => Version(number).known_name(),
    }
}

fn two_numbers(bytes: &[u8]) -> Option<[u16; 2]> {
    let mut bytes = Bytes(bytes);
    Some([bytes.u16()?, bytes.u16()?])
}
