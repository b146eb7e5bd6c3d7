//! What a connection remembers has an end, whatever comes.

use super::*;
use crate::track::{IcmpError, IcmpErrorKind};

/// The size of a connection as it is written.
fn size(wire: &Wire) -> usize {
    format!("{:?}", wire.connection).len()
}

/// Does the same so often that every bound is reached, and again as often; the connection does not grow in
/// between but for its numbers.
fn does_not_grow(mut wire: Wire, mut again: impl FnMut(&mut Wire, u32)) {
    for round in 0..1_100 {
        again(&mut wire, round);
    }
    let few = size(&wire);
    for round in 1_100..2_400 {
        again(&mut wire, round);
    }
    let many = size(&wire);
    // Numbers have more digits in the end.
    assert!(many < few + few / 20 + 400, "{few}, {many}");
}

#[test]
fn repeated_openings_do_not_grow() {
    let mut wire = Wire::new();
    wire.client("S", 1000, 0, 0);
    does_not_grow(wire, |wire, round| {
        wire.wait_ms(1000);
        wire.stamped(round, 0).client("S", 1000, 0, 0);
        wire.server("SA", 5000 + round, 1001, 0);
        wire.server("RA", 0, 77, 0);
    });
    does_not_grow(Wire::open(), |wire, _| {
        wire.wait_ms(1000);
        wire.server("SA", 5000, 1001, 0);
        wire.client("A", 1001, 5001, 0);
    });
}

#[test]
fn what_is_refused_or_in_vain_does_not_grow() {
    does_not_grow(Wire::open(), |wire, round| {
        wire.client("R", 900 - round.min(800), 0, 0);
        wire.client("PA", 3_000_000_000 + round * 977, 5001, 100);
    });
    let mut wire = Wire::open();
    wire.server("A", 5001, 1001, 1448);
    let error = IcmpError {
        kind: IcmpErrorKind::FragmentationNeeded,
        icmp_type: 3,
        code: 4,
        v6: false,
        reporter: [192, 0, 2, 254].into(),
        quoted_protocol: Some(6),
        quoted_source: None,
        quoted_destination: None,
        quoted: None,
        after_ns: None,
        mtu: Some(1400),
        gateway: None,
    };
    does_not_grow(wire, |wire, _| {
        wire.wait_ms(300);
        wire.server("A", 5001, 1001, 1448);
        let at = (wire.number, wire.now_ms * MS);
        for connection in [&mut wire.connection, &mut wire.unpredicted] {
            connection.icmp_error(Side::Server, at, &error, Some(5001));
        }
    });
}
