//! The bytes of one connection given on as they are.

use super::*;
use crate::track::StreamPart;

fn wire(conversation: u64) -> Wire {
    Wire::of(Tracker::new().giving_on(Some(conversation)), 80)
}

/// What was delivered, and what is at the end.
fn all(mut wire: Wire) -> Vec<Delivered> {
    let mut output = Output::default();
    while wire.tracker.finish(&mut output) {}
    wire.delivered.append(&mut output.delivered);
    wire.delivered
}

fn of_client(delivered: &[Delivered]) -> Vec<(u64, Option<u64>, StreamPart)> {
    let of_client = delivered.iter().filter(|it| it.side == Side::Client);
    of_client
        .map(|it| (it.offset, it.packet, it.part.clone()))
        .collect()
}

fn bytes(bytes: &[u8]) -> StreamPart {
    StreamPart::Bytes(bytes.into())
}

fn missing(bytes: u32, is_cut: bool) -> StreamPart {
    StreamPart::Missing { bytes, is_cut }
}

#[test]
fn bytes_come_in_order_whatever_they_would_be_for_others() {
    let mut wire = wire(1);
    wire.open();
    wire.client(2, b"TP");
    wire.client(0, b"HT");
    wire.client(4, b"\x00\x01");
    wire.packet(
        Side::Server,
        ACK,
        FIRST.server,
        FIRST.client.wrapping_add(6),
        b"no",
    );
    let delivered = all(wire);
    assert_eq!(
        of_client(&delivered),
        [
            (0, Some(5), bytes(b"HT")),
            (2, Some(4), bytes(b"TP")),
            (4, Some(6), bytes(b"\x00\x01"))
        ]
    );
    assert!(
        delivered
            .iter()
            .all(|it| it.from_beginning && it.conversation == 1)
    );
    assert_eq!(delivered.last().map(|it| it.side), Some(Side::Server));
}

#[test]
fn only_the_conversation_that_is_asked_for_is_given_on() {
    let mut wire = wire(2);
    wire.open();
    wire.client(0, b"first");
    wire.client_port += 1;
    wire.open();
    wire.client(0, b"second");
    assert_eq!(of_client(&all(wire)), [(0, Some(8), bytes(b"second"))]);
}

#[test]
fn bytes_sent_again_are_marked_and_the_first_copy_counts() {
    let mut wire = wire(1);
    wire.open();
    wire.client(0, b"abcdef");
    wire.client(3, b"XYZg");
    wire.client(9, b"j");
    wire.client(9, b"J");
    wire.client(7, b"hi");
    assert_eq!(
        of_client(&all(wire)),
        [
            (0, Some(4), bytes(b"abcdef")),
            (3, Some(5), StreamPart::SentAgain { bytes: 3 }),
            (6, Some(5), bytes(b"g")),
            (9, Some(7), StreamPart::SentAgain { bytes: 1 }),
            (7, Some(8), bytes(b"hi")),
            (9, Some(6), bytes(b"j")),
        ]
    );
}

#[test]
fn what_was_acknowledged_and_not_captured_is_missing() {
    let mut wire = wire(1);
    wire.open();
    wire.client(4, b"late");
    wire.acknowledge(8);
    wire.client(8, b"more");
    let missing_first = [
        (0, Some(5), missing(4, false)),
        (4, Some(4), bytes(b"late")),
        (8, Some(6), bytes(b"more")),
    ];
    let delivered = all(wire);
    assert_eq!(of_client(&delivered), missing_first);
    assert!(delivered.iter().all(|it| it.from_beginning));
}

#[test]
fn what_is_missing_at_the_end_is_told_there() {
    let mut wire = wire(1);
    wire.open();
    wire.client(0, b"begin");
    wire.client(10, b"behind a hole");
    let told = of_client(&all(wire));
    assert_eq!(
        told.get(1..),
        Some(
            &[
                (5, None, missing(5, false)),
                (10, Some(5), bytes(b"behind a hole"))
            ][..]
        )
    );
}

#[test]
fn a_side_that_was_not_captured_is_missing_as_far_as_it_was_acknowledged() {
    let mut wire = wire(1);
    // The last number may be that of a FIN.
    wire.packet(Side::Server, SYN | ACK, FIRST.server - 1, FIRST.client, b"");
    wire.packet(
        Side::Server,
        ACK,
        FIRST.server,
        FIRST.client.wrapping_add(9),
        b"OK",
    );
    let delivered = all(wire);
    assert_eq!(of_client(&delivered), [(0, None, missing(8, false))]);
}

#[test]
fn bytes_behind_a_reset_are_given_on() {
    let mut wire = wire(1);
    wire.open();
    wire.client(0, b"one");
    wire.packet(
        Side::Server,
        RST | ACK,
        FIRST.server,
        FIRST.client.wrapping_add(3),
        b"",
    );
    wire.client(3, b"two");
    let told = of_client(&all(wire));
    assert_eq!(
        told,
        [(0, Some(4), bytes(b"one")), (3, Some(6), bytes(b"two"))]
    );
}

#[test]
fn what_the_snapshot_length_cuts_off_is_missing() {
    let mut wire = wire(1);
    wire.open();
    wire.snapshot = 56;
    wire.client(0, b"location");
    assert_eq!(
        of_client(&all(wire)),
        [(0, Some(4), bytes(b"lo")), (2, Some(4), missing(6, true))]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Segments in any order, some of them twice, some never: what is given on lies
    /// at its offsets, and all of it together with what is missing is the stream.
    #[test]
    fn the_stream_comes_out_with_its_holes(
        cuts in proptest::collection::vec(1_usize..40, 1..30),
        seen in proptest::collection::vec((0_usize..30, any::<bool>()), 1..60),
    ) {
        let length: usize = cuts.iter().sum();
        let stream: Vec<u8> = (0..length).map(|at| (at * 7 % 251) as u8).collect();
        let mut segments = Vec::new();
        let mut from = 0;
        for cut in cuts {
            segments.push((from, from + cut));
            from += cut;
        }
        let mut wire = wire(1);
        wire.open();
        let (mut captured, mut known) = (0, vec![false; length]);
        for (place, wide) in seen {
            let Some(&(from, to)) = segments.get(place) else { continue };
            // A wide one has the bytes of the next, too.
            let to = match segments.get(place + 1) {
                Some(next) if wide => next.1,
                _ => to,
            };
            wire.client(from as u32, &stream[from..to]);
            captured += to - from;
            known[from..to].fill(true);
        }
        let end = FIRST.client.wrapping_add(length as u32);
        wire.packet(Side::Client, FIN | ACK, end, FIRST.server, b"");
        wire.packet(Side::Server, ACK, FIRST.server, end.wrapping_add(1), b"");
        let (mut next, mut again) = (0, 0);
        for (offset, _, part) in of_client(&all(wire)) {
            let at = offset as usize;
            match part {
                StreamPart::Bytes(bytes) => {
                    prop_assert_eq!(at, next);
                    next += bytes.len();
                    prop_assert_eq!(&*bytes, &stream[at..next]);
                    prop_assert!(known[at..next].iter().all(|known| *known));
                }
                StreamPart::Missing { bytes, is_cut } => {
                    prop_assert_eq!((at, is_cut), (next, false));
                    next += bytes as usize;
                    prop_assert!(!known[at..next].iter().any(|known| *known));
                }
                StreamPart::SentAgain { bytes } => again += bytes as usize,
                StreamPart::Datagram(_) => prop_assert!(false, "a stream has none"),
            }
        }
        prop_assert_eq!(next, length);
        prop_assert_eq!(captured - known.iter().filter(|known| **known).count(), again);
    }
}
