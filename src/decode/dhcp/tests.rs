//! Messages, options and fields, whole, broken and made of anything.

use proptest::prelude::*;

use super::*;
use crate::capture::{Frame, LinkType};
use crate::decode::field::{Field, FieldReader};
use crate::decode::{Packet, decode};

/// A message of a client with these options behind the cookie.
fn message(operation: u8, options: &[u8]) -> Vec<u8> {
    let mut bytes = vec![operation, 1, 6, 0, 0x12, 0x34, 0x56, 0x78, 0, 7, 0x80, 0];
    bytes.extend([0, 0, 0, 0, 10, 0, 0, 5, 10, 0, 0, 1, 10, 0, 0, 2]);
    bytes.extend([2, 0, 0, 0, 0, 0xa]);
    bytes.resize(236, 0);
    bytes.extend([0x63, 0x82, 0x53, 0x63]);
    bytes.extend(options);
    bytes
}

/// A UDP datagram between these ports, as raw IPv4.
fn datagram(ports: [u16; 2], data: &[u8]) -> Vec<u8> {
    let length = 8 + data.len() as u16;
    let mut bytes = vec![0x45, 0];
    bytes.extend((20 + length).to_be_bytes());
    bytes.extend([0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    for number in [ports[0], ports[1], length, 0] {
        bytes.extend(number.to_be_bytes());
    }
    bytes.extend(data);
    bytes
}

fn decoded(bytes: &[u8]) -> Packet<'_> {
    decode(Frame::alone(LinkType::RAW, bytes))
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

fn read(bytes: &[u8], read: impl Fn(&mut FieldReader<'_>)) -> Vec<Field> {
    let mut reader = FieldReader::new(bytes, 0, bytes.len() as u32);
    read(&mut reader);
    reader.finish("cut", "rest")
}

#[test]
fn the_fixed_part_is_read_at_its_places() {
    let bytes = message(2, &[53, 1, 2, 255]);
    let message = Message::parse(&bytes).unwrap();
    assert!(message.is_reply() && message.wants_broadcast());
    assert_eq!(message.transaction_id(), 0x1234_5678);
    assert_eq!(message.seconds(), 7);
    assert_eq!(message.your_address().to_string(), "10.0.0.5");
    assert_eq!(message.next_server().to_string(), "10.0.0.1");
    assert_eq!(message.relay_address().to_string(), "10.0.0.2");
    assert_eq!(message.hardware_address(), [2, 0, 0, 0, 0, 0xa]);
    assert_eq!(message.message_type(), Some(MessageType::OFFER));
}

#[test]
fn the_cookie_makes_it_dhcp_and_the_port_does_not() {
    let whole = message(1, &[53, 1, 1, 255]);
    let is_dhcp = |ports, data: &[u8]| decoded(&datagram(ports, data)).has(Protocol::Dhcp);
    assert!(is_dhcp([68, 67], &whole));
    assert!(is_dhcp([4011, 50_000], &whole));
    let mut other = whole.clone();
    other[239] = 0x64;
    assert!(!is_dhcp([68, 67], &other));
    let mut other = whole.clone();
    other[0] = 3;
    assert!(!is_dhcp([68, 67], &other));
    assert!(!is_dhcp([68, 67], &whole[..239]));
}

#[test]
fn an_option_that_reaches_beyond_the_message_stops_the_reading_there() {
    let bytes = datagram([68, 67], &message(1, &[53, 1, 1, 12, 9, b'x']));
    let packet = decoded(&bytes);
    let stop = packet.stop.unwrap();
    assert_eq!(stop.offset, 28 + 243);
    assert_eq!(stop.reason, StopReason::TooShort { needed: 11, had: 3 });
    let cut = &bytes[..bytes.len() - 1];
    let mut frame = Frame::alone(LinkType::RAW, cut);
    frame.original_length = bytes.len() as u32;
    let stop = decode(frame).stop.unwrap();
    assert!(stop.reason.is_truncation());
}

#[test]
fn overloaded_fields_are_read_once_and_send_nobody_on() {
    let mut bytes = message(2, &[52, 1, 3, 53, 1, 2, 255]);
    // Each of the two says that the other one holds options.
    bytes[108..114].copy_from_slice(&[52, 1, 3, 12, 1, b'a']);
    bytes[44..50].copy_from_slice(&[52, 1, 3, 12, 1, b'b']);
    let message = Message::parse(&bytes).unwrap();
    let codes: Vec<u8> = message
        .options()
        .map(|option| option.unwrap().code)
        .collect();
    assert_eq!(codes, [52, 53, 52, 12, 52, 12]);
    assert_eq!(message.option(12).unwrap().as_ref(), b"ab");
    assert!(message.server_name().is_empty() && message.boot_file().is_empty());
    // Said in a name's field alone, it says nothing.
    bytes[240..243].copy_from_slice(&[0, 0, 0]);
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.options().count(), 1);
    assert_eq!(message.server_name(), [52, 1, 3, 12, 1, b'b']);
}

#[test]
fn a_long_option_is_joined_from_its_pieces() {
    let options = [121, 5, 24, 10, 0, 1, 10, 53, 1, 5, 121, 3, 0, 0, 2, 255];
    let bytes = message(2, &options);
    let joined = Message::parse(&bytes).unwrap().joined_options();
    assert_eq!(joined.len(), 2);
    let value = Value::of(joined[0].0, &joined[0].1);
    assert_eq!(value.to_string(), "10.0.1.0/24 via 10.0.0.2");
}

#[test]
fn values_are_read_in_the_form_of_their_option() {
    let shown = |code: u8, data: &[u8]| Value::of(code, data).to_string();
    assert_eq!(shown(1, &[255, 255, 0, 0]), "255.255.0.0");
    assert_eq!(shown(3, &[10, 0, 0, 1, 10, 0, 0, 2]), "10.0.0.1, 10.0.0.2");
    assert_eq!(shown(12, b"collar\0"), "collar");
    assert_eq!(shown(51, &[0, 0, 0x0e, 0x10]), "3600 s");
    assert_eq!(
        shown(55, &[1, 3, 6, 250]),
        "subnet mask, routers, domain name servers, option 250"
    );
    assert_eq!(shown(61, &[1, 2, 0, 0, 0, 0, 0xa]), "02:00:00:00:00:0a");
    assert_eq!(
        shown(82, &[1, 2, b'e', b'0', 5, 4, 10, 0, 0, 0]),
        "circuit id e0, link selection 10.0.0.0"
    );
    assert_eq!(shown(119, b"\x03lan\x00"), "lan");
    // What does not have the form stays bytes.
    assert_eq!(shown(1, &[255, 255]), "ffff");
    assert_eq!(shown(12, b"a\x1b[2J"), "611b5b324a");
}

#[test]
fn the_fields_cover_the_message() {
    let options = [
        0, 53, 1, 1, 55, 2, 1, 3, 0, 82, 4, 1, 2, b'e', b'0', 121, 8, 24, 10, 0, 1, 10, 0, 0, 2,
        255, 0, 0,
    ];
    let bytes = message(1, &options);
    let all = read(&bytes, fields);
    check(&all, 0, bytes.len() as u64 * 8);
    assert!(all.iter().all(|field| field.name != "rest"), "{all:?}");
    for length in 0..bytes.len() {
        check(&read(&bytes[..length], fields), 0, length as u64 * 8);
    }
}

/// Solicit with a DUID, an IA_NA that holds an address that holds a status.
fn solicit() -> Vec<u8> {
    let mut bytes = vec![
        1, 0x12, 0x34, 0x56, 0, 1, 0, 10, 0, 3, 0, 1, 2, 0, 0, 0, 0, 0xa,
    ];
    bytes.extend([
        0, 3, 0, 46, 0, 0, 0, 7, 0, 0, 0, 60, 0, 0, 0, 90, 0, 5, 0, 30,
    ]);
    bytes.extend([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]);
    bytes.extend([0, 0, 0, 100, 0, 0, 0, 120, 0, 13, 0, 2, 0, 0]);
    bytes
}

/// A message inside so many relays.
fn relayed(times: usize) -> Vec<u8> {
    let mut bytes = solicit();
    for hops in 0..times {
        let mut outer = vec![12, hops as u8];
        outer.extend([0; 32]);
        outer.extend([0, 9]);
        outer.extend((bytes.len() as u16).to_be_bytes());
        outer.extend(&bytes);
        bytes = outer;
    }
    bytes
}

#[test]
fn options_within_options_are_read() {
    let bytes = solicit();
    let message = v6::Message::parse(&bytes).unwrap();
    assert_eq!(message.transaction_id(), Some(0x12_3456));
    let client = message.option(v6::code::CLIENT_IDENTIFIER).unwrap();
    assert_eq!(v6::Duid::of(client).to_string(), "02:00:00:00:00:0a");
    let association = v6::Value::of(3, message.option(3).unwrap());
    let inner = association.options().unwrap().next().unwrap().unwrap();
    let address = v6::Value::of(inner.code, inner.data);
    assert_eq!(
        address.to_string(),
        "2001:db8::5, preferred 100 s, valid 120 s"
    );
    let all = read(&bytes, v6::fields);
    check(&all, 0, bytes.len() as u64 * 8);
}

#[test]
fn relays_stand_in_one_another_up_to_a_depth() {
    for times in [1, 8] {
        let bytes = relayed(times);
        let inner = v6::Message::parse(&bytes).unwrap().innermost().unwrap();
        assert_eq!(inner.message_type(), v6::MessageType::SOLICIT);
        check(&read(&bytes, v6::fields), 0, bytes.len() as u64 * 8);
    }
    let deep = relayed(200);
    assert!(v6::Message::parse(&deep).unwrap().innermost().is_none());
    check(&read(&deep, v6::fields), 0, deep.len() as u64 * 8);
}

#[test]
fn a_port_of_dhcpv6_alone_makes_nothing_dhcpv6() {
    let is_dhcp = |data: &[u8]| decoded(&datagram([546, 547], data)).has(Protocol::Dhcpv6);
    assert!(is_dhcp(&solicit()));
    assert!(!is_dhcp(b"GET / HTTP/1.1\r\n"));
    assert!(!is_dhcp(&[1, 2, 3]));
    assert!(!is_dhcp(&[99, 0, 0, 0, 0, 1, 0, 0]));
}

/// Reads all that there is of a datagram.
fn read_all(bytes: &[u8]) {
    if let Some(message) = Message::parse(bytes) {
        for (code, data) in message.joined_options() {
            let _ = Value::of(code, &data).to_string();
        }
        let _ = message.fault();
    }
    if let Some(message) = v6::Message::parse(bytes) {
        for option in message.options().map_while(Result::ok) {
            let _ = v6::Value::of(option.code, option.data).to_string();
        }
        let _ = (message.innermost(), message.fault(), message.may_be());
    }
    check(&read(bytes, fields), 0, bytes.len() as u64 * 8);
    check(&read(bytes, v6::fields), 0, bytes.len() as u64 * 8);
}

proptest! {
    #[test]
    fn any_options_can_be_read(
        fixed in proptest::collection::vec(any::<u8>(), 44..236),
        options in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut bytes = message(2, &options);
        bytes[44..fixed.len()].copy_from_slice(&fixed[44..]);
        read_all(&bytes);
        let raw = datagram([67, 68], &bytes);
        let packet = decoded(&raw);
        let _ = crate::decode::fields(&packet);
    }

    #[test]
    fn any_bytes_can_be_read_as_dhcpv6(
        kind in 1..40_u8,
        rest in proptest::collection::vec(prop_oneof![0..30_u8, any::<u8>()], 0..300),
    ) {
        let mut bytes = vec![kind];
        bytes.extend(rest);
        read_all(&bytes);
        let raw = datagram([546, 547], &bytes);
        let packet = decoded(&raw);
        let _ = crate::decode::fields(&packet);
    }
}
