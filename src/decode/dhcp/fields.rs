//! Every field of a DHCP message with its place.

use std::borrow::Cow;

use super::message::Message;
use super::options::{DhcpOption, Form, OptionName, Place, code, option_name, sub_option_name};
use super::value::{Value, routes};
use crate::decode::field::{FieldReader, FieldValue};

pub(in crate::decode) fn fields(reader: &mut FieldReader<'_>) {
    let bytes = reader.peek();
    let Some(message) = Message::parse(bytes) else {
        return;
    };
    reader.named("dhcp.operation", 8, |operation| match operation {
        1 => Some("request"),
        2 => Some("reply"),
        _ => None,
    });
    reader.number("dhcp.hardware_type", 8);
    reader.number("dhcp.hardware_length", 8);
    reader.number("dhcp.hops", 8);
    reader.number("dhcp.transaction_id", 32);
    reader.number("dhcp.seconds", 16);
    let flags = FieldValue::Number(reader.peek_bits(16).unwrap_or_default());
    reader.bit_group("dhcp.flags", 16, flags, "dhcp.rest", |inside| {
        inside.flag("dhcp.flags.broadcast");
        inside.number("dhcp.flags.reserved", 15);
    });
    reader.ipv4("dhcp.client_address");
    reader.ipv4("dhcp.your_address");
    reader.ipv4("dhcp.next_server");
    reader.ipv4("dhcp.relay_address");
    let length = message.hardware_address().len();
    match length {
        6 => reader.mac("dhcp.hardware_address"),
        _ => drop(reader.bytes("dhcp.hardware_address", length)),
    }
    reader.bytes("dhcp.hardware_padding", 16 - length);
    name(reader, &message, Place::ServerName, 64);
    name(reader, &message, Place::BootFile, 128);
    reader.named("dhcp.cookie", 32, |_| Some("DHCP"));
    options(reader, &message, Place::Options);
}

/// A field for a name, or for options in its place.
fn name(reader: &mut FieldReader<'_>, message: &Message<'_>, place: Place, length: usize) {
    let (field, text) = match place {
        Place::BootFile => ("dhcp.boot_file", message.boot_file()),
        _ => ("dhcp.server_name", message.server_name()),
    };
    if message.holds_options(place) {
        reader.group(field, length, "dhcp.padding", |inside| {
            options(inside, message, place);
        });
        return;
    }
    let text = FieldValue::Text(Cow::Owned(String::from_utf8_lossy(text).into_owned()));
    reader.value(field, length as u64 * 8, text);
}

/// The options of one field.
fn options(reader: &mut FieldReader<'_>, message: &Message<'_>, place: Place) {
    for one in message.of_place(place).map_while(Result::ok) {
        skip_padding(reader);
        option(reader, &one);
    }
    skip_padding(reader);
    if reader.peek().first() == Some(&code::END) {
        reader.named("dhcp.end", 8, |_| Some("end"));
        let rest = reader.bytes_remaining();
        reader.bytes("dhcp.padding", rest);
    }
}

/// Padding may stand between options.
fn skip_padding(reader: &mut FieldReader<'_>) {
    let bytes = reader.peek().iter();
    let length = bytes.take_while(|byte| **byte == code::PAD).count();
    reader.bytes("dhcp.padding", length);
}

fn option(reader: &mut FieldReader<'_>, one: &DhcpOption<'_>) {
    let (name, form) = match option_name(one.code) {
        Some(OptionName { name, form }) => (Some(name), form),
        None => (None, Form::Bytes),
    };
    reader.group(
        "dhcp.option",
        one.data.len() + 2,
        "dhcp.option.data",
        |inside| {
            inside.named("dhcp.option.code", 8, |_| name);
            inside.number("dhcp.option.length", 8);
            value(inside, form, one.data);
        },
    );
}

/// The parts of an option's data; what does not have its form stays bytes.
fn value(inside: &mut FieldReader<'_>, form: Form, data: &[u8]) {
    let bits = data.len() as u64 * 8;
    match Value::read(form, data) {
        Value::Nothing => {}
        Value::Flag(_) | Value::Number(_) => drop(inside.number("dhcp.option.number", bits)),
        Value::Numbers(numbers) => {
            for _ in numbers {
                inside.number("dhcp.option.number", 16);
            }
        }
        Value::Seconds(_) | Value::SignedSeconds(_) => {
            inside.number("dhcp.option.seconds", 32);
        }
        Value::Address(_) => inside.ipv4("dhcp.option.address"),
        Value::Addresses(addresses) => {
            for _ in addresses {
                inside.ipv4("dhcp.option.address");
            }
        }
        Value::Pairs(pairs) => {
            for _ in pairs {
                inside.ipv4("dhcp.option.address");
                inside.ipv4("dhcp.option.address");
            }
        }
        text @ Value::Text(_) => {
            inside.value(
                "dhcp.option.text",
                bits,
                FieldValue::Text(text.to_string().into()),
            );
        }
        Value::MessageType(kind) => {
            inside.named("dhcp.option.message_type", 8, |_| kind.name());
        }
        names @ Value::Parameters(_) => {
            let text = FieldValue::Text(names.to_string().into());
            inside.value("dhcp.option.parameters", bits, text);
        }
        Value::Hardware(..) => {
            inside.number("dhcp.option.hardware_type", 8);
            inside.mac("dhcp.option.hardware_address");
        }
        names @ Value::Domains(_) => {
            if form == Form::HostName {
                inside.number("dhcp.option.name_flags", 8);
                inside.number("dhcp.option.name_code", 8);
                inside.number("dhcp.option.name_code", 8);
            }
            let bits = inside.remaining();
            inside.value(
                "dhcp.option.domains",
                bits,
                FieldValue::Text(names.to_string().into()),
            );
        }
        Value::Routes(_) => routes_of(inside, data),
        Value::Relay(options) => {
            for (code, data) in options {
                sub_option(inside, code, data);
            }
        }
        Value::Bytes(bytes) => drop(inside.bytes("dhcp.option.data", bytes.len())),
    }
}

/// A destination's prefix length, the bytes of it that count, and its router.
fn routes_of(inside: &mut FieldReader<'_>, data: &[u8]) {
    for route in routes(data).into_iter().flatten() {
        let bytes = usize::from(route.prefix_length.div_ceil(8));
        let text = FieldValue::Text(Cow::Owned(route.to_string()));
        let bits = (1 + bytes + 4) as u64 * 8;
        inside.bit_group(
            "dhcp.option.route",
            bits,
            text,
            "dhcp.option.data",
            |inside| {
                inside.number("dhcp.option.prefix_length", 8);
                inside.bytes("dhcp.option.destination", bytes);
                inside.ipv4("dhcp.option.router");
            },
        );
    }
}

fn sub_option(inside: &mut FieldReader<'_>, code: u8, data: &[u8]) {
    let name = sub_option_name(code);
    inside.group(
        "dhcp.sub_option",
        data.len() + 2,
        "dhcp.option.data",
        |inside| {
            inside.named("dhcp.sub_option.code", 8, |_| name.map(|name| name.name));
            inside.number("dhcp.sub_option.length", 8);
            value(inside, name.map_or(Form::Bytes, |name| name.form), data);
        },
    );
}
