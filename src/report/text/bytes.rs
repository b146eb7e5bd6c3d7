//! A packet's bytes below its line, as tcpdump prints them, and its link layer in
//! a line.

use std::ops::Range;

use crate::decode::{Packet, View, view};
use crate::notes::Lang;
use crate::report::PacketBytes;
use crate::report::preview::masked;
use crate::track::Address;

/// Bytes in a row.
const ROW: usize = 16;

/// Appends a packet's bytes, but for those in `hidden`.
pub fn dump(out: &mut String, packet: &Packet<'_>, form: PacketBytes, hidden: &[Range<usize>]) {
    let bytes = packet.frame.bytes;
    let network = network_header(packet);
    let is_hidden = |at: usize| hidden.iter().any(|range| range.contains(&at));
    match form {
        PacketBytes::Text => {
            let bytes = masked(bytes, hidden);
            text(out, bytes.get(network..).unwrap_or_default());
        }
        PacketBytes::Hex { link_layer } | PacketBytes::HexAndText { link_layer } => {
            let start = if link_layer { 0 } else { network };
            let with_text = matches!(form, PacketBytes::HexAndText { .. });
            let shown = bytes.get(start..).unwrap_or_default();
            rows(out, shown, 0, with_text, |at| is_hidden(start + at));
        }
    }
}

/// Where the network header begins: behind all headers of the link layer.
fn network_header(packet: &Packet<'_>) -> usize {
    let is_link = |osi: Option<u8>| osi == Some(2);
    let behind = |index: usize| packet.layers.get(index).map(|layer| layer.offset as usize);
    let first = packet
        .layers
        .iter()
        .position(|layer| !is_link(layer.protocol.osi_layer()));
    match first {
        Some(first) => behind(first).unwrap_or_default(),
        // Of what is not decoded, the last header read ends where it begins.
        None => packet.layers.last().map_or(0, |layer| {
            layer.offset as usize + layer.header_length as usize
        }),
    }
}

/// `0x0000:  4500 0034 …  E..4`, behind a tab; the first byte has this offset.
/// Those at hidden places are not shown.
pub fn rows(
    out: &mut String,
    bytes: &[u8],
    offset: u64,
    with_text: bool,
    is_hidden: impl Fn(usize) -> bool,
) {
    for (index, row) in bytes.chunks(ROW).enumerate() {
        let hex = |(at, byte): (usize, &u8)| match is_hidden(index * ROW + at) {
            true => "**".to_owned(),
            false => format!("{byte:02x}"),
        };
        let row_hex: Vec<String> = row.iter().enumerate().map(hex).collect();
        let pairs: Vec<String> = row_hex.chunks(2).map(|pair| pair.concat()).collect();
        let pairs = pairs.join(" ");
        let at = offset + (index * ROW) as u64;
        out.push_str(&format!("\t0x{at:04x}:  "));
        if with_text {
            let shown = |(at, byte): (usize, &u8)| match is_hidden(index * ROW + at) {
                true => '*',
                false => printable(*byte),
            };
            let text: String = row.iter().enumerate().map(shown).collect();
            out.push_str(&format!("{pairs:<39}  {text}\n"));
        } else {
            out.push_str(&format!("{pairs}\n"));
        }
    }
}

/// The bytes as text: lines end where the packet's do, whatever else a terminal
/// would obey is a dot.
fn text(out: &mut String, bytes: &[u8]) {
    let mut rest = bytes;
    while let [byte, after @ ..] = rest {
        match (byte, after.first()) {
            (b'\r', Some(b'\n')) => {}
            (b'\n' | b'\t', _) => out.push(char::from(*byte)),
            _ => out.push(printable(*byte)),
        }
        rest = after;
    }
    out.push('\n');
}

fn printable(byte: u8) -> char {
    match byte {
        b' '..=b'~' => char::from(byte),
        _ => '.',
    }
}

/// `02:42:0a:00:00:01 → 02:42:0a:00:00:02, type 0x0800, VLAN 7, length 74`.
pub fn link_header(packet: &Packet<'_>, lang: Lang) -> String {
    let mut parts = Vec::new();
    let mut ether_type = None;
    for layer in &packet.layers {
        match view(packet, layer) {
            View::Ethernet(it) => {
                let [source, destination] = [it.source, it.destination].map(Address::Mac);
                parts.push(format!("{source} → {destination}"));
                ether_type = Some(it.ether_type);
            }
            View::LinuxCooked(it) => {
                let ([a, b, c, d, e, f, ..], 6) = (it.address, it.address_length) else {
                    continue;
                };
                parts.push(Address::Mac([a, b, c, d, e, f]).to_string());
                ether_type = Some(it.ether_type);
            }
            View::Vlan(it) => {
                parts.push(format!("VLAN {}", it.id));
                ether_type = Some(it.ether_type);
            }
            _ => break,
        }
    }
    // Small numbers are lengths, which are told anyway.
    if let Some(ether_type @ 0x600..) = ether_type {
        let word = lang.pick("type", "类型");
        parts.push(format!("{word} 0x{ether_type:04x}"));
    }
    let word = lang.pick("length", "长度");
    parts.push(format!("{word} {}", packet.frame.original_length));
    parts.join(lang.pick(", ", "，"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{Frame, LinkType};
    use crate::decode::decode;

    /// Ethernet with a VLAN tag, IPv4, UDP, and a line of text.
    fn datagram() -> Vec<u8> {
        let mut bytes = vec![2; 12];
        bytes.extend([0x81, 0, 0, 7, 8, 0]);
        bytes.extend([0x45, 0, 0, 33, 0, 0, 0, 0, 64, 17, 0, 0]);
        bytes.extend([10, 0, 0, 1, 10, 0, 0, 2]);
        bytes.extend([0, 9, 0, 9, 0, 13, 0, 0]);
        bytes.extend(b"a\r\nb\x1b");
        bytes
    }

    fn dumped(form: PacketBytes) -> String {
        let bytes = datagram();
        let mut out = String::new();
        dump(
            &mut out,
            &decode(Frame::alone(LinkType::ETHERNET, &bytes)),
            form,
            &[],
        );
        out
    }

    #[test]
    fn bytes_begin_behind_the_link_layer_or_with_it() {
        let without = dumped(PacketBytes::Hex { link_layer: false });
        assert!(without.starts_with("\t0x0000:  4500 0021 "), "{without}");
        let with = dumped(PacketBytes::Hex { link_layer: true });
        assert!(with.starts_with("\t0x0000:  0202 0202 "), "{with}");
        assert_eq!((without.lines().count(), with.lines().count()), (3, 4));
    }

    #[test]
    fn text_stands_beside_in_its_own_columns() {
        let both = dumped(PacketBytes::HexAndText { link_layer: false });
        let beside: Vec<_> = both.lines().filter_map(|line| line.get(51..)).collect();
        assert_eq!(beside, ["E..!....@.......", "............a..b", "."]);
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_printed() {
        let text = dumped(PacketBytes::Text);
        assert!(text.ends_with("a\nb.\n"), "{text:?}");
    }

    #[test]
    fn the_link_layer_is_told_in_a_line() {
        let bytes = datagram();
        let packet = decode(Frame::alone(LinkType::ETHERNET, &bytes));
        assert_eq!(
            link_header(&packet, Lang::En),
            "02:02:02:02:02:02 → 02:02:02:02:02:02, VLAN 7, type 0x0800, length 51"
        );
    }
}
