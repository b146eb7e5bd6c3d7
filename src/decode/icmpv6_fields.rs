//! The fields of ICMPv6 messages behind the checksum (RFC 4443), of neighbour
//! discovery (RFC 4861, 8106) and of multicast listener reports (RFC 2710,
//! 3810).

use super::field::FieldReader;

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    let kind = reader.named("icmpv6.type", 8, type_name);
    reader.number("icmpv6.code", 8);
    reader.number("icmpv6.checksum", 16);
    match kind {
        Some(2) => drop(reader.number("icmpv6.mtu", 32)),
        Some(4) => drop(reader.number("icmpv6.pointer", 32)),
        Some(1 | 3) => {
            reader.number("icmpv6.quoted_length", 8);
            reader.number("icmpv6.unused", 24);
        }
        Some(128 | 129) => {
            reader.number("icmpv6.identifier", 16);
            reader.number("icmpv6.sequence", 16);
        }
        Some(130..=132) => listener(reader),
        Some(133) => {
            reader.number("icmpv6.reserved", 32);
            options(reader);
        }
        Some(134) => router_advertisement(reader),
        Some(135) => {
            reader.number("icmpv6.reserved", 32);
            reader.ipv6("icmpv6.target");
            options(reader);
        }
        Some(136) => {
            reader.flag("icmpv6.neighbor.router");
            reader.flag("icmpv6.neighbor.solicited");
            reader.flag("icmpv6.neighbor.override");
            reader.number("icmpv6.reserved", 29);
            reader.ipv6("icmpv6.target");
            options(reader);
        }
        Some(137) => {
            reader.number("icmpv6.reserved", 32);
            reader.ipv6("icmpv6.target");
            reader.ipv6("icmpv6.redirect.destination");
            options(reader);
        }
        Some(143) => listener_report(reader),
        _ => {}
    }
}

fn listener(reader: &mut FieldReader<'_>) {
    reader.number("icmpv6.listener.maximum_response_delay", 16);
    reader.number("icmpv6.reserved", 16);
    reader.ipv6("icmpv6.listener.address");
    // Version 2 queries go on.
    if reader.bytes_remaining() >= 4 {
        reader.number("icmpv6.reserved", 4);
        reader.flag("icmpv6.listener.suppress");
        reader.number("icmpv6.listener.robustness", 3);
        reader.number("icmpv6.listener.query_interval", 8);
        let count = reader.number("icmpv6.listener.source_count", 16);
        sources(reader, count);
    }
}

fn sources(reader: &mut FieldReader<'_>, count: Option<u64>) {
    let mut remaining = count.unwrap_or_default();
    while remaining > 0 && reader.bytes_remaining() >= 16 {
        reader.ipv6("icmpv6.listener.source");
        remaining -= 1;
    }
}

fn listener_report(reader: &mut FieldReader<'_>) {
    reader.number("icmpv6.reserved", 16);
    reader.number("icmpv6.listener.record_count", 16);
    while let Some(&[_, auxiliary, high, low]) = reader.peek().first_chunk() {
        let count = usize::from(u16::from_be_bytes([high, low]));
        let auxiliary = usize::from(auxiliary) * 4;
        let length = 20 + count * 16 + auxiliary;
        if length > reader.bytes_remaining() {
            return;
        }
        reader.group(
            "icmpv6.listener.record",
            length,
            "icmpv6.listener.record.auxiliary_data",
            |record| {
                record.number("icmpv6.listener.record.type", 8);
                record.number("icmpv6.listener.record.auxiliary_length", 8);
                let count = record.number("icmpv6.listener.source_count", 16);
                record.ipv6("icmpv6.listener.address");
                sources(record, count);
            },
        );
    }
}

fn router_advertisement(reader: &mut FieldReader<'_>) {
    reader.number("icmpv6.router.hop_limit", 8);
    reader.flag("icmpv6.router.managed");
    reader.flag("icmpv6.router.other");
    reader.flag("icmpv6.router.home_agent");
    reader.number("icmpv6.router.preference", 2);
    reader.flag("icmpv6.router.proxy");
    reader.number("icmpv6.reserved", 2);
    reader.number("icmpv6.router.lifetime", 16);
    reader.number("icmpv6.router.reachable_time", 32);
    reader.number("icmpv6.router.retransmission_timer", 32);
    options(reader);
}

/// Neighbour discovery options (RFC 4861, section 4.6), counted in units of
/// eight bytes.
fn options(reader: &mut FieldReader<'_>) {
    while let Some(&[kind, units]) = reader.peek().first_chunk() {
        let length = usize::from(units) * 8;
        if length == 0 || length > reader.bytes_remaining() {
            return;
        }
        reader.group(option_name(kind), length, "icmpv6.option.data", |option| {
            option.number("icmpv6.option.type", 8);
            option.number("icmpv6.option.length", 8);
            option_values(option, kind, length);
        });
    }
}

fn option_values(option: &mut FieldReader<'_>, kind: u8, length: usize) {
    match kind {
        1 | 2 if length == 8 => option.mac("icmpv6.option.link_layer_address.value"),
        3 => {
            option.number("icmpv6.option.prefix.length", 8);
            option.flag("icmpv6.option.prefix.on_link");
            option.flag("icmpv6.option.prefix.autonomous");
            option.number("icmpv6.reserved", 6);
            option.number("icmpv6.option.prefix.valid_lifetime", 32);
            option.number("icmpv6.option.prefix.preferred_lifetime", 32);
            option.number("icmpv6.reserved", 32);
            option.ipv6("icmpv6.option.prefix.value");
        }
        4 => {
            option.number("icmpv6.reserved", 48);
            let quoted = option.bytes_remaining();
            option.bytes("icmpv6.option.redirected.packet", quoted);
        }
        5 => {
            option.number("icmpv6.reserved", 16);
            option.number("icmpv6.option.mtu.value", 32);
        }
        25 => {
            option.number("icmpv6.reserved", 16);
            option.number("icmpv6.option.dns.lifetime", 32);
            while option.bytes_remaining() >= 16 {
                option.ipv6("icmpv6.option.dns.address");
            }
        }
        _ => {}
    }
}

fn option_name(kind: u8) -> &'static str {
    match kind {
        1 => "icmpv6.option.source_link_layer_address",
        2 => "icmpv6.option.target_link_layer_address",
        3 => "icmpv6.option.prefix",
        4 => "icmpv6.option.redirected",
        5 => "icmpv6.option.mtu",
        14 => "icmpv6.option.nonce",
        24 => "icmpv6.option.route",
        25 => "icmpv6.option.dns",
        31 => "icmpv6.option.search_list",
        _ => "icmpv6.option.unknown",
    }
}

fn type_name(number: u64) -> Option<&'static str> {
    Some(match number {
        1 => "destination unreachable",
        2 => "packet too big",
        3 => "time exceeded",
        4 => "parameter problem",
        128 => "echo request",
        129 => "echo reply",
        130 => "multicast listener query",
        131 => "multicast listener report",
        132 => "multicast listener done",
        133 => "router solicitation",
        134 => "router advertisement",
        135 => "neighbor solicitation",
        136 => "neighbor advertisement",
        137 => "redirect",
        143 => "multicast listener report (version 2)",
        _ => return None,
    })
}
