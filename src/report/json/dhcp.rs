//! A DHCP or DHCPv6 message as an object: its header, and its options by name, each
//! with its value in the form that it has.

use std::net::Ipv4Addr;

use super::address::Hex;
use super::write::{Json, Plain, Shown, list, members, object};
use crate::decode::dhcp::{
    Message, MessageType, OptionName, Route, Value, option_name, sub_option_name, v6,
};

/// Adds a message's values. A field that holds nothing is `null`.
pub fn dhcp(message: &Message<'_>, out: &mut Vec<u8>) {
    let some = |address: Ipv4Addr| (!address.is_unspecified()).then_some(address);
    members!(
        out,
        "operation": message.operation(),
        "message_type": message.message_type().and_then(MessageType::name).map(Plain),
        "transaction_id": message.transaction_id(),
        "hardware_type": message.hardware_type(),
        "hardware_address": Colons(message.hardware_address()),
        "hops": message.hops(),
        "seconds": message.seconds(),
        "broadcast": message.wants_broadcast(),
        "client_address": some(message.client_address()),
        "your_address": some(message.your_address()),
        "next_server": some(message.next_server()),
        "relay_address": some(message.relay_address()),
        "server_name": Text(message.server_name()),
        "boot_file": Text(message.boot_file()),
        "options": OptionList(message),
    );
}

impl Json for MessageType {
    fn write(&self, out: &mut Vec<u8>) {
        match self.name() {
            Some(name) => Plain(name).write(out),
            None => self.0.write(out),
        }
    }
}

struct OptionList<'a>(&'a Message<'a>);

impl Json for OptionList<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        list(out, self.0.joined_options(), |out, (code, data)| {
            object(out, |out| {
                let name = option_name(code).map(|name| Plain(name.name));
                members!(out, "code": code, "name": name, "value": Value::of(code, &data));
            });
        });
    }
}

/// Text, or `null` where there is none.
struct Text<'a>(&'a [u8]);

impl Json for Text<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        match self.0 {
            [] => ().write(out),
            text => String::from_utf8_lossy(text).as_ref().write(out),
        }
    }
}

/// A hardware address of any length.
struct Colons<'a>(&'a [u8]);

impl Json for Colons<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let bytes: Vec<String> = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        bytes.join(":").write(out);
    }
}

impl Json for Value<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Nothing => true.write(out),
            Self::Flag(yes) => yes.write(out),
            Self::Number(number) => number.write(out),
            Self::Numbers(numbers) => list(out, numbers, |out, number| number.write(out)),
            Self::Seconds(seconds) => seconds.write(out),
            Self::SignedSeconds(seconds) => i64::from(*seconds).write(out),
            Self::Address(address) => address.write(out),
            Self::Addresses(all) => list(out, all, |out, address| address.write(out)),
            Self::Pairs(pairs) => list(out, pairs, |out, pair| {
                list(out, pair, |out, address| address.write(out));
            }),
            Self::Text(text) => String::from_utf8_lossy(text).as_ref().write(out),
            Self::MessageType(kind) => kind.write(out),
            Self::Parameters(codes) => list(out, *codes, |out, code| match option_name(*code) {
                Some(OptionName { name, .. }) => Plain(name).write(out),
                None => code.write(out),
            }),
            Self::Hardware(kind, address) => object(out, |out| {
                members!(out, "hardware_type": kind, "hardware_address": Colons(address));
            }),
            Self::Domains(names) => list(out, names, |out, name| name.write(out)),
            Self::Routes(routes) => list(out, routes, |out, route| route.write(out)),
            Self::Relay(options) => list(out, options, |out, (code, data)| {
                sub_option(*code, data, out);
            }),
            Self::Bytes(bytes) => Hex(bytes).write(out),
        }
    }
}

impl Json for Route {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(
                out,
                "destination": Shown(format_args!("{}/{}", self.destination, self.prefix_length)),
                "router": self.router,
            );
        });
    }
}

fn sub_option(code: u8, data: &[u8], out: &mut Vec<u8>) {
    let known = sub_option_name(code);
    object(out, |out| {
        let value = known.map(|known| Value::read(known.form, data));
        members!(
            out,
            "code": code,
            "name": known.map(|known| Plain(known.name)),
            "value": value.unwrap_or(Value::Bytes(data)),
        );
    });
}

/// Adds a message's values; the messages that relays pass on stand in one another.
pub fn dhcpv6(message: &v6::Message<'_>, out: &mut Vec<u8>) {
    nested(message, v6::MOST_NESTED, out);
}

fn nested(message: &v6::Message<'_>, depth: usize, out: &mut Vec<u8>) {
    let kind = message.message_type();
    members!(
        out,
        "type": kind.0,
        "message_type": kind.name().map(Plain),
        "transaction_id": message.transaction_id(),
        "hop_count": message.hop_count(),
        "link_address": message.link_address(),
        "peer_address": message.peer_address(),
        "options": OptionList6(message.options(), depth),
    );
}

/// Options, and how deep more of them may stand inside.
struct OptionList6<'a>(v6::Options<'a>, usize);

impl Json for OptionList6<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let readable = self.0.clone().map_while(Result::ok);
        list(out, readable, |out, option| {
            object(out, |out| {
                let name = v6::option_name(option.code).map(|name| Plain(name.name));
                let value = v6::Value::of(option.code, option.data);
                members!(
                    out,
                    "code": option.code,
                    "name": name,
                    "value": Value6(value, self.1.saturating_sub(1)),
                );
            });
        });
    }
}

/// A value, and how deep more options may stand inside.
struct Value6<'a>(v6::Value<'a>, usize);

impl Json for Value6<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let depth = self.1;
        match &self.0 {
            v6::Value::Nothing => true.write(out),
            v6::Value::Duid(duid) => object(out, |out| {
                members!(out, "type": Plain(duid.type_name()), "identifier": Shown(duid));
            }),
            v6::Value::Association(id, times, options) => object(out, |out| {
                members!(
                    out,
                    "association": id,
                    "t1": times.map(|[t1, _]| t1),
                    "t2": times.map(|[_, t2]| t2),
                    "options": Deeper(options, depth),
                );
            }),
            v6::Value::Address(address, [preferred, valid], options) => object(out, |out| {
                members!(
                    out,
                    "address": address,
                    "preferred_lifetime": preferred,
                    "valid_lifetime": valid,
                    "options": Deeper(options, depth),
                );
            }),
            v6::Value::Prefix(address, length, [preferred, valid], options) => object(out, |out| {
                members!(
                    out,
                    "prefix": Shown(format_args!("{address}/{length}")),
                    "preferred_lifetime": preferred,
                    "valid_lifetime": valid,
                    "options": Deeper(options, depth),
                );
            }),
            v6::Value::Parameters(codes) => {
                list(out, codes, |out, code| match v6::option_name(*code) {
                    Some(v6::OptionName { name, .. }) => Plain(name).write(out),
                    None => code.write(out),
                });
            }
            v6::Value::Number(number) => number.write(out),
            v6::Value::Hundredths(number) => number.write(out),
            v6::Value::Seconds(seconds) => seconds.write(out),
            v6::Value::Message(message) if depth > 0 => {
                object(out, |out| nested(message, depth, out));
            }
            v6::Value::Message(message) => Hex(message.bytes()).write(out),
            v6::Value::Servers(all) => list(out, all, |out, address| address.write(out)),
            v6::Value::Status(code, text) => object(out, |out| {
                members!(
                    out,
                    "code": code,
                    "name": v6::status_name(*code).map(Plain),
                    "text": Text(text),
                );
            }),
            v6::Value::Vendor(number, options) => object(out, |out| {
                members!(out, "enterprise": number, "options": Vendor(options));
            }),
            v6::Value::Domains(names) => list(out, names, |out, name| name.write(out)),
            v6::Value::Text(text) => String::from_utf8_lossy(text).as_ref().write(out),
            v6::Value::Bytes(bytes) => Hex(bytes).write(out),
        }
    }
}

/// Options inside an option.
struct Deeper<'a>(&'a v6::Options<'a>, usize);

impl Json for Deeper<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        match self.1 {
            0 => ().write(out),
            depth => OptionList6(self.0.clone(), depth).write(out),
        }
    }
}

/// A vendor's own options, of which only the codes are known.
struct Vendor<'a>(&'a v6::Options<'a>);

impl Json for Vendor<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let readable = self.0.clone().map_while(Result::ok);
        list(out, readable, |out, option| {
            object(out, |out| {
                members!(out, "code": option.code, "value": Hex(option.data));
            });
        });
    }
}
