//! The fields of IPv4 options (RFC 791, section 3.1; router alert: RFC 2113).

use super::field::FieldReader;

/// Reads one field for each option from here to the end of the header.
pub(super) fn fields(reader: &mut FieldReader<'_>) {
    while let Some(&kind) = reader.peek().first() {
        match kind {
            0 => {
                reader.group("ipv4.option.end", 1, REST, option_type);
                return reader.remainder("ipv4.option.padding");
            }
            1 => reader.group("ipv4.option.no_operation", 1, REST, option_type),
            _ => {
                let length = reader.peek().get(1).copied().map_or(0, usize::from);
                if length < 2 || length > reader.bytes_remaining() {
                    return reader.remainder("ipv4.option.malformed");
                }
                reader.group(name(kind), length, REST, |option| inside(option, kind));
            }
        }
    }
}

/// What an option holds beyond its known fields.
const REST: &str = "ipv4.option.data";

fn name(kind: u8) -> &'static str {
    match kind {
        7 => "ipv4.option.record_route",
        68 => "ipv4.option.timestamp",
        130 => "ipv4.option.security",
        131 => "ipv4.option.loose_source_route",
        136 => "ipv4.option.stream_identifier",
        137 => "ipv4.option.strict_source_route",
        148 => "ipv4.option.router_alert",
        _ => "ipv4.option.unknown",
    }
}

fn option_type(option: &mut FieldReader<'_>) {
    option.flag("ipv4.option.type.copied");
    option.number("ipv4.option.type.class", 2);
    option.number("ipv4.option.type.number", 5);
}

fn inside(option: &mut FieldReader<'_>, kind: u8) {
    option_type(option);
    option.number("ipv4.option.length", 8);
    match kind {
        7 | 131 | 137 => {
            option.number("ipv4.option.pointer", 8);
            while option.bytes_remaining() >= 4 {
                option.ipv4("ipv4.option.route_address");
            }
        }
        68 => timestamps(option),
        136 => drop(option.number("ipv4.option.stream_identifier.value", 16)),
        148 => drop(option.number("ipv4.option.router_alert.value", 16)),
        _ => {}
    }
}

fn timestamps(option: &mut FieldReader<'_>) {
    option.number("ipv4.option.pointer", 8);
    option.number("ipv4.option.timestamp.overflow", 4);
    let with_addresses = option.number("ipv4.option.timestamp.flag", 4) != Some(0);
    while option.bytes_remaining() >= if with_addresses { 8 } else { 4 } {
        if with_addresses {
            option.ipv4("ipv4.option.timestamp.address");
        }
        option.number("ipv4.option.timestamp.value", 32);
    }
}
