//! Every field of a DHCPv6 message with its place: options within options, and the
//! messages that relays pass on.

use super::options::{Form, Option6, OptionName, Options, option_name};
use super::value::{Value, status_name};
use super::{Duid, MOST_NESTED, Message, MessageType};
use crate::decode::field::{FieldReader, FieldValue};

pub(in crate::decode) fn fields(reader: &mut FieldReader<'_>) {
    // Each relay takes two levels: its option and the message in that.
    message(reader, 2 * MOST_NESTED + 3);
}

/// A message, and up to so many in one another.
fn message(reader: &mut FieldReader<'_>, depth: usize) {
    let Some(message) = Message::parse(reader.peek()) else {
        return;
    };
    reader.named("dhcpv6.type", 8, |kind| MessageType(kind as u8).name());
    if message.message_type().is_relays() {
        reader.number("dhcpv6.hop_count", 8);
        reader.ipv6("dhcpv6.link_address");
        reader.ipv6("dhcpv6.peer_address");
    } else {
        reader.number("dhcpv6.transaction_id", 24);
    }
    options(reader, message.options(), depth);
}

fn options(reader: &mut FieldReader<'_>, options: Options<'_>, depth: usize) {
    let Some(deeper) = depth.checked_sub(1) else {
        return;
    };
    for one in options.map_while(Result::ok) {
        option(reader, &one, deeper);
    }
}

fn option(reader: &mut FieldReader<'_>, one: &Option6<'_>, depth: usize) {
    let name = option_name(one.code);
    let length = one.data.len() + 4;
    reader.group("dhcpv6.option", length, "dhcpv6.option.data", |inside| {
        inside.named("dhcpv6.option.code", 16, |_| name.map(|name| name.name));
        inside.number("dhcpv6.option.length", 16);
        value(inside, one, name, depth);
    });
}

/// The parts of an option's data; what does not have its form stays bytes.
fn value(inside: &mut FieldReader<'_>, one: &Option6<'_>, name: Option<OptionName>, depth: usize) {
    let bits = one.data.len() as u64 * 8;
    match Value::of(one.code, one.data) {
        Value::Nothing => {}
        Value::Duid(id) => duid(inside, &id),
        Value::Association(_, times, within) => {
            inside.number("dhcpv6.option.association", 32);
            if times.is_some() {
                inside.number("dhcpv6.option.t1", 32);
                inside.number("dhcpv6.option.t2", 32);
            }
            options(inside, within, depth);
        }
        Value::Address(_, _, within) => {
            inside.ipv6("dhcpv6.option.address");
            inside.number("dhcpv6.option.preferred_lifetime", 32);
            inside.number("dhcpv6.option.valid_lifetime", 32);
            options(inside, within, depth);
        }
        Value::Prefix(_, _, _, within) => {
            inside.number("dhcpv6.option.preferred_lifetime", 32);
            inside.number("dhcpv6.option.valid_lifetime", 32);
            inside.number("dhcpv6.option.prefix_length", 8);
            inside.ipv6("dhcpv6.option.prefix");
            options(inside, within, depth);
        }
        names @ Value::Parameters(_) => {
            let text = FieldValue::Text(names.to_string().into());
            inside.value("dhcpv6.option.parameters", bits, text);
        }
        Value::Number(_) => drop(inside.number("dhcpv6.option.number", bits)),
        Value::Hundredths(_) => drop(inside.number("dhcpv6.option.hundredths", 16)),
        Value::Seconds(_) => drop(inside.number("dhcpv6.option.seconds", 32)),
        Value::Message(_) => inside.group(
            "dhcpv6.option.message",
            one.data.len(),
            "dhcpv6.option.data",
            |inside| {
                if let Some(deeper) = depth.checked_sub(1) {
                    message(inside, deeper);
                }
            },
        ),
        Value::Servers(addresses) => {
            for _ in addresses {
                inside.ipv6("dhcpv6.option.address");
            }
        }
        Value::Status(_, text) => {
            inside.named("dhcpv6.option.status", 16, |code| status_name(code as u16));
            if !text.is_empty() {
                let shown = Value::Text(text).to_string();
                let bits = text.len() as u64 * 8;
                inside.value("dhcpv6.option.text", bits, FieldValue::Text(shown.into()));
            }
        }
        Value::Vendor(..) => {
            inside.number("dhcpv6.option.enterprise", 32);
            inside.bytes("dhcpv6.option.data", one.data.len().saturating_sub(4));
        }
        names @ Value::Domains(_) => {
            if name.is_some_and(|name| name.form == Form::HostName) {
                inside.number("dhcpv6.option.name_flags", 8);
            }
            let bits = inside.remaining();
            let text = FieldValue::Text(names.to_string().into());
            inside.value("dhcpv6.option.domains", bits, text);
        }
        text @ Value::Text(_) => {
            inside.value(
                "dhcpv6.option.text",
                bits,
                FieldValue::Text(text.to_string().into()),
            );
        }
        Value::Bytes(bytes) => drop(inside.bytes("dhcpv6.option.data", bytes.len())),
    }
}

fn duid(inside: &mut FieldReader<'_>, id: &Duid<'_>) {
    if let Duid::Other(bytes) = id {
        inside.bytes("dhcpv6.option.data", bytes.len());
        return;
    }
    let kind = id.type_name();
    inside.named("dhcpv6.duid.type", 16, |_| Some(kind));
    let hardware = |inside: &mut FieldReader<'_>, address: &[u8]| match address.len() {
        6 => inside.mac("dhcpv6.duid.hardware_address"),
        length => drop(inside.bytes("dhcpv6.duid.hardware_address", length)),
    };
    match id {
        Duid::LinkLayerTime { address, .. } => {
            inside.number("dhcpv6.duid.hardware_type", 16);
            inside.number("dhcpv6.duid.time", 32);
            hardware(inside, address);
        }
        Duid::LinkLayer { address, .. } => {
            inside.number("dhcpv6.duid.hardware_type", 16);
            hardware(inside, address);
        }
        Duid::Enterprise { identifier, .. } => {
            inside.number("dhcpv6.duid.enterprise", 32);
            inside.bytes("dhcpv6.duid.identifier", identifier.len());
        }
        Duid::Uuid(uuid) => drop(inside.bytes("dhcpv6.duid.uuid", uuid.len())),
        Duid::Other(_) => {}
    }
}
