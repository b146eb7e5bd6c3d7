//! The fields of ICMP messages behind the checksum (RFC 792, 950, 1191, 1256,
//! 4884, 8335).

use super::field::FieldReader;

pub(super) fn fields(reader: &mut FieldReader<'_>) {
    let kind = reader.named("icmp.type", 8, type_name);
    let code = reader.number("icmp.code", 8);
    reader.number("icmp.checksum", 16);
    let (Some(kind), Some(code)) = (kind, code) else {
        return;
    };
    match kind {
        0 | 8 | 13..=18 => {
            reader.number("icmp.identifier", 16);
            reader.number("icmp.sequence", 16);
            behind_sequence(reader, kind);
        }
        3 => {
            reader.number("icmp.unused", 8);
            reader.number("icmp.quoted_length", 8);
            let mtu = if code == 4 {
                "icmp.next_hop_mtu"
            } else {
                "icmp.unused"
            };
            reader.number(mtu, 16);
        }
        5 => reader.ipv4("icmp.gateway"),
        9 => advertisement(reader),
        11 => {
            reader.number("icmp.unused", 8);
            reader.number("icmp.quoted_length", 8);
            reader.number("icmp.unused", 16);
        }
        12 => {
            reader.number("icmp.pointer", 8);
            reader.number("icmp.quoted_length", 8);
            reader.number("icmp.unused", 16);
        }
        42 | 43 => {
            reader.number("icmp.identifier", 16);
            reader.number("icmp.sequence", 8);
            reader.number("icmp.extended_echo.state", 8);
        }
        4 | 10 => drop(reader.number("icmp.unused", 32)),
        _ => {}
    }
}

/// Timestamps and address masks carry more of the same form.
fn behind_sequence(reader: &mut FieldReader<'_>, kind: u64) {
    match kind {
        13 | 14 => {
            reader.number("icmp.originate_timestamp", 32);
            reader.number("icmp.receive_timestamp", 32);
            reader.number("icmp.transmit_timestamp", 32);
        }
        17 | 18 => reader.ipv4("icmp.address_mask"),
        _ => {}
    }
}

fn advertisement(reader: &mut FieldReader<'_>) {
    reader.number("icmp.router.count", 8);
    reader.number("icmp.router.entry_size", 8);
    reader.number("icmp.router.lifetime", 16);
    while reader.bytes_remaining() >= 8 {
        reader.ipv4("icmp.router.address");
        reader.number("icmp.router.preference", 32);
    }
}

fn type_name(number: u64) -> Option<&'static str> {
    Some(match number {
        0 => "echo reply",
        3 => "destination unreachable",
        4 => "source quench",
        5 => "redirect",
        8 => "echo request",
        9 => "router advertisement",
        10 => "router solicitation",
        11 => "time exceeded",
        12 => "parameter problem",
        13 => "timestamp request",
        14 => "timestamp reply",
        15 => "information request",
        16 => "information reply",
        17 => "address mask request",
        18 => "address mask reply",
        42 => "extended echo request",
        43 => "extended echo reply",
        _ => return None,
    })
}
