//! Connections packet by packet, and what is read of their bytes.

mod verbatim;

use proptest::prelude::*;

use super::*;
use crate::capture::{Frame, LinkType};
use crate::decode::decode;
use crate::track::frames;
use crate::track::{Delivered, DnsBytes, Event, MessageCut, Output, SeveralMessages, Tracker};

const SYN: u8 = 2;
const FIN: u8 = 1;
const RST: u8 = 4;
const ACK: u8 = 16;

/// Where the client's and the server's data begins.
const FIRST: Sides<u32> = Sides {
    client: 0xffff_ff00,
    server: 5000,
};

/// A tracker that sees the packets of connections between two hosts.
struct Wire {
    tracker: Tracker,
    number: u64,
    client_port: u16,
    server_port: u16,
    snapshot: usize,
    told: Vec<(u64, Event)>,
    delivered: Vec<Delivered>,
}

impl Wire {
    fn new(server_port: u16, framing: Option<Framing>) -> Self {
        let tracker = Tracker::new().with_framing(framing);
        Self::of(tracker, server_port)
    }

    fn of(tracker: Tracker, server_port: u16) -> Self {
        Self {
            tracker,
            number: 0,
            client_port: 4000,
            server_port,
            snapshot: usize::MAX,
            told: Vec::new(),
            delivered: Vec::new(),
        }
    }

    fn open(&mut self) {
        let Sides { client, server } = FIRST;
        self.packet(Side::Client, SYN, client.wrapping_sub(1), 0, b"");
        self.packet(Side::Server, SYN | ACK, server - 1, client, b"");
        self.packet(Side::Client, ACK, client, server, b"");
    }

    fn packet(&mut self, side: Side, flags: u8, sequence: u32, acknowledgment: u32, data: &[u8]) {
        self.number += 1;
        let (hosts, ports) = match side {
            Side::Client => ((1, 2), (self.client_port, self.server_port)),
            Side::Server => ((2, 1), (self.server_port, self.client_port)),
        };
        let segment = frames::tcp(ports, (sequence, acknowledgment), flags, data);
        let bytes = frames::with_tcp_sum(frames::ipv4(6, hosts.0, hosts.1, &segment));
        let captured = bytes.get(..self.snapshot).unwrap_or(&bytes);
        let packet = decode(Frame {
            number: self.number,
            number_in_file: self.number,
            time_ns: self.number * 1_000_000,
            original_length: bytes.len() as u32,
            ..Frame::alone(LinkType::ETHERNET, captured)
        });
        let mut output = Output::default();
        self.tracker.packet(&packet, &mut output);
        self.delivered.append(&mut output.delivered);
        for event in &output.events {
            if let Event::DnsQuery(query) = event {
                assert_eq!(query.message.of(&packet).len(), 17);
            }
        }
        self.told
            .extend(output.events.into_iter().map(|event| (self.number, event)));
        self.told.extend(
            output
                .findings
                .into_iter()
                .map(|finding| (self.number, finding.event)),
        );
    }

    /// Data of the client from this place in its stream on.
    fn client(&mut self, offset: u32, data: &[u8]) {
        let sequence = FIRST.client.wrapping_add(offset);
        self.packet(Side::Client, ACK, sequence, FIRST.server, data);
    }

    /// The server acknowledges so much of the client's stream.
    fn acknowledge(&mut self, offset: u32) {
        let acknowledgment = FIRST.client.wrapping_add(offset);
        self.packet(Side::Server, ACK, FIRST.server, acknowledgment, b"");
    }

    fn finish(mut self) -> Vec<(u64, Event)> {
        let mut output = Output::default();
        while self.tracker.finish(&mut output) {}
        let findings = output.findings.into_iter();
        self.told.extend(findings.map(|finding| (0, finding.event)));
        self.told
    }

    /// The ids of the queries told, each with the packet that it was told on.
    fn queries(&self) -> Vec<(u64, u16)> {
        let told = self.told.iter();
        told.filter_map(|(packet, event)| match event {
            Event::DnsQuery(query) => Some((*packet, query.id)),
            _ => None,
        })
        .collect()
    }

    fn streams_mut(&mut self) -> &mut Streams {
        &mut self.tracker.parts[0].streams
    }

    fn kept(&self) -> usize {
        self.tracker.parts[0].streams.kept
    }

    fn readings(&self) -> usize {
        self.tracker.parts[0].streams.readings.len()
    }
}

/// A query for the root's NS, with its length before it.
fn query(id: u8) -> Vec<u8> {
    let mut bytes = vec![0, 17, 0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    bytes.extend([0, 0, 2, 0, 1]);
    bytes
}

const QUERY: u32 = 19;

// --- Order ------------------------------------------------------------------

#[test]
fn four_queries_of_which_two_segments_are_swapped_are_four_queries() {
    for port in [53, 5353, 4242] {
        let mut wire = Wire::new(port, None);
        wire.open();
        for nth in [0, 2, 1, 3] {
            wire.client(nth * QUERY, &query(nth as u8 + 1));
        }
        assert_eq!(wire.queries(), [(4, 1), (6, 2), (6, 3), (7, 4)]);
        let carried: Vec<Vec<u64>> = wire
            .told
            .iter()
            .filter_map(|(_, event)| match event {
                Event::DnsQuery(query) => Some(query.message.carried_by().collect()),
                _ => None,
            })
            .collect();
        assert_eq!(carried, [vec![], vec![], vec![5, 5], vec![]]);
        assert_eq!(wire.kept(), 0);
    }
}

#[test]
fn a_message_in_one_segment_is_lent_out_of_it() {
    let mut wire = Wire::new(53, None);
    wire.open();
    wire.client(0, &[query(1), query(2), query(3)[..7].to_vec()].concat());
    wire.client(2 * QUERY + 7, &query(3)[7..]);
    let lent = wire.told.iter().filter_map(|(_, event)| match event {
        Event::DnsQuery(query) => Some(matches!(query.message, DnsBytes::InPacket { .. })),
        _ => None,
    });
    assert_eq!(lent.collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn messages_of_dns_are_told_where_several_share_a_segment_or_one_is_cut() {
    let mut wire = Wire::new(53, None);
    wire.open();
    wire.client(0, &[query(1), query(2), query(3)[..7].to_vec()].concat());
    wire.client(2 * QUERY + 7, &query(3)[7..]);
    let framing = Framing::Length {
        bytes: 2,
        big_endian: true,
    };
    let about_messages: Vec<Event> = wire
        .told
        .into_iter()
        .map(|(_, event)| event)
        .filter(|event| matches!(event, Event::SeveralMessages(_) | Event::MessageCut(_)))
        .collect();
    let several = SeveralMessages {
        packet: 4,
        messages: 2,
        framing,
        begun_bytes: 7,
    };
    let cut = MessageCut {
        packet: 5,
        begins_in: 4,
        bytes: QUERY,
        complete: true,
        framing,
    };
    assert_eq!(
        about_messages,
        [Event::SeveralMessages(several), Event::MessageCut(cut)]
    );
}

#[test]
fn the_two_sides_do_not_mix() {
    let mut wire = Wire::new(53, None);
    wire.open();
    wire.client(0, &query(7)[..9]);
    let mut answer = query(8);
    answer[4] = 0x81;
    wire.packet(Side::Server, ACK, FIRST.server, FIRST.client, &answer);
    wire.client(9, &query(7)[9..]);
    assert_eq!(wire.queries(), [(6, 7)]);
    let is_response = |event: &Event| matches!(event, Event::DnsResponse(_));
    assert!(
        wire.told
            .iter()
            .any(|(packet, event)| *packet == 5 && is_response(event))
    );
}

// --- Other bytes ------------------------------------------------------------

impl Wire {
    /// Of each packet that had other bytes at numbers that came before: the
    /// earlier packet, the first number that both have and how many of either
    /// follow.
    fn other_bytes(&self) -> Vec<(u64, u64, u32, [u32; 2])> {
        let told = self.told.iter();
        told.filter_map(|(packet, event)| match event {
            Event::DataDiffers(other) => Some((
                *packet,
                other.original,
                other.relative_sequence,
                [other.bytes, other.original_bytes],
            )),
            _ => None,
        })
        .collect()
    }
}

#[test]
fn other_bytes_than_those_that_wait_behind_a_hole_are_told_and_the_first_copy_counts() {
    let mut wire = Wire::new(53, None);
    wire.open();
    let stream = [query(1), query(2), query(3)].concat();
    wire.client(20, &stream[20..40]);
    wire.client(10, &[&stream[10..30], b"other"].concat());
    wire.client(0, &stream[..10]);
    wire.client(40, &stream[40..]);
    assert_eq!(wire.other_bytes(), [(5, 4, 21, [15, 20])]);
    assert_eq!(wire.queries(), [(6, 1), (6, 2), (7, 3)]);
}

#[test]
fn other_bytes_than_those_of_a_message_that_is_not_whole_are_told() {
    let mut wire = Wire::new(53, None);
    wire.open();
    wire.client(0, &query(1)[..7]);
    wire.client(7, &query(1)[7..12]);
    wire.client(2, b"\0\x01\x01\0\0\x02");
    wire.client(2, &query(1)[2..]);
    assert_eq!(wire.other_bytes(), [(6, 5, 8, [1, 5])]);
    assert_eq!(wire.queries(), [(7, 1)]);
}

#[test]
fn what_the_snapshot_length_cut_proves_no_other_bytes() {
    let mut wire = Wire::new(53, None);
    wire.open();
    wire.snapshot = 14 + 20 + 20 + 10;
    wire.client(20, &query(2));
    wire.snapshot = usize::MAX;
    wire.client(22, b"other");
    assert_eq!(wire.other_bytes(), []);
}

// --- Gaps -------------------------------------------------------------------

#[test]
fn a_hole_that_is_acknowledged_is_a_gap_and_the_next_segment_that_begins_a_message_goes_on() {
    let mut wire = Wire::new(53, None);
    wire.open();
    wire.client(0, &query(1));
    wire.client(2 * QUERY, &query(3)[4..]);
    wire.client(3 * QUERY - 4, &query(4));
    assert_eq!(wire.queries(), [(4, 1)]);
    wire.acknowledge(4 * QUERY - 4);
    assert_eq!(wire.queries(), [(4, 1), (7, 4)]);
    wire.client(4 * QUERY - 4, &query(5));
    assert_eq!(wire.queries().last(), Some(&(8, 5)));
}

#[test]
fn bytes_that_the_snapshot_length_cut_off_are_a_gap() {
    let mut wire = Wire::new(53, None);
    wire.open();
    wire.snapshot = 14 + 20 + 20 + 30;
    wire.client(0, &[query(1), query(2)].concat());
    wire.client(2 * QUERY, &query(3));
    assert_eq!(wire.queries(), [(4, 1), (5, 3)]);
}

#[test]
fn lines_go_on_at_the_next_newline_behind_a_gap() {
    let mut wire = Wire::new(7000, Some(Framing::Line));
    wire.open();
    wire.client(0, b"one\n");
    wire.client(8, b"ree\nfour\nfive\n");
    wire.acknowledge(22);
    let several = SeveralMessages {
        packet: 5,
        messages: 2,
        framing: Framing::Line,
        begun_bytes: 0,
    };
    assert!(wire.told.contains(&(6, Event::SeveralMessages(several))));
}

#[test]
fn messages_of_a_declared_size_are_counted_across_a_gap() {
    let mut wire = Wire::new(7000, Some(Framing::Fixed { bytes: 8 }));
    wire.open();
    wire.client(0, b"01234567");
    wire.client(20, b"4567");
    wire.acknowledge(24);
    wire.client(24, b"0123456701234567");
    let told = wire.finish();
    assert!(told.iter().any(|(_, event)| matches!(
        event,
        Event::MessagesOfOneSize(counted) if (counted.messages, counted.bytes) == (5, 8)
    )));
    assert!(
        !told
            .iter()
            .any(|(_, event)| matches!(event, Event::MessageCut(_)))
    );
}

#[test]
fn a_body_that_is_skipped_may_have_holes() {
    let framing = Framing::Length {
        bytes: 4,
        big_endian: true,
    };
    let mut wire = Wire::new(7000, Some(framing));
    wire.open();
    wire.client(0, b"\x00\x00\x0b\xb8body");
    wire.client(1000, b"body");
    wire.acknowledge(2000);
    wire.client(3000, b"last\x00\x00\x00\x01x");
    let cut = MessageCut {
        packet: 7,
        begins_in: 4,
        bytes: 3004,
        complete: true,
        framing,
    };
    assert!(
        wire.told.contains(&(7, Event::MessageCut(cut))),
        "{:?}",
        wire.told
    );
}

// --- What is not read -------------------------------------------------------

#[test]
fn a_side_that_tastes_of_nothing_is_opaque_after_its_first_segment() {
    for first in [
        &b"\x17\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\x01\x02\x03\x04\x05\x06\x07\x08",
    ] {
        let mut wire = Wire::new(53, None);
        wire.open();
        wire.client(0, first);
        assert_eq!(wire.readings(), 0, "{first:?}");
        wire.client(first.len() as u32, &query(1));
        assert_eq!(wire.queries(), [], "{first:?}");
    }
}

#[test]
fn what_was_taken_for_dns_and_is_none_is_read_for_its_lines() {
    let mut wire = Wire::new(7000, None);
    wire.open();
    // So few bytes may begin anything.
    wire.client(0, b"ab");
    wire.client(2, b"c\n");
    for (nth, line) in (0..).zip([b"bcde\n", b"fghi\n", b"jklm\n", b"nopq\n"]) {
        wire.client(4 + nth * 5, line);
    }
    wire.client(24, b"r\ns\n");
    let several = SeveralMessages {
        packet: 10,
        messages: 2,
        framing: Framing::Line,
        begun_bytes: 0,
    };
    assert!(
        wire.told.contains(&(10, Event::SeveralMessages(several))),
        "{:?}",
        wire.told
    );
}

#[test]
fn a_connection_that_is_closed_or_reset_is_read_no_more() {
    for flags in [FIN | ACK, RST] {
        let mut wire = Wire::new(53, None);
        wire.open();
        wire.client(0, &query(1)[..9]);
        assert_eq!((wire.readings(), wire.kept() > 0), (1, true));
        let end = FIRST.client.wrapping_add(9);
        wire.packet(Side::Client, flags, end, FIRST.server, b"");
        if flags != RST {
            let ack = end.wrapping_add(1);
            wire.packet(Side::Server, FIN | ACK, FIRST.server, ack, b"");
            wire.packet(Side::Client, ACK, ack, FIRST.server + 1, b"");
        }
        assert_eq!((wire.readings(), wire.kept()), (0, 0), "{flags}");
    }
}

// --- Bounds -----------------------------------------------------------------

/// A line that goes on and on, from this offset of the client's stream.
fn text(length: usize) -> Vec<u8> {
    vec![b'x'; length]
}

#[test]
fn late_pieces_of_a_side_are_bounded_and_a_hole_that_stays_open_is_given_up() {
    for (pieces, length, least) in [(200, 1, 128), (60, 9_000, 250_000)] {
        let mut wire = Wire::new(7000, Some(Framing::Line));
        wire.open();
        wire.client(0, b"a\n");
        let mut most = 0;
        for nth in 0..pieces {
            // Every second piece is missing.
            wire.client(100 + nth * 2 * length, &text(length as usize));
            most = most.max(wire.kept());
        }
        let bound = (256 << 10) + 129 * size_of::<late::LatePiece>();
        assert!((least..=bound).contains(&most), "{most} of {bound}");
        assert_eq!(wire.readings(), 1);
    }
}

#[test]
fn a_message_that_never_ends_is_kept_no_longer_than_the_longest() {
    let mut wire = Wire::new(53, None);
    wire.open();
    // An answer of 65,535 bytes may follow this header.
    let header = [0xff, 0xff, 0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
    wire.client(0, &header);
    let mut offset = header.len() as u32;
    let mut most = 0;
    for _ in 0..100 {
        wire.client(offset, &[0; 1000]);
        offset += 1000;
        most = most.max(wire.kept());
    }
    assert!(most > 60_000 && most < 70_000 + 70 * size_of::<places::Piece>());
    assert!(wire.kept() < 40_000, "{}", wire.kept());
}

#[test]
fn over_all_connections_the_oldest_bytes_are_given_up_first() {
    let mut wire = Wire::new(53, None);
    wire.streams_mut().kept_at_most = 1 << 20;
    for port in 0..30 {
        wire.client_port = 2000 + port;
        wire.open();
        wire.client(0, &query(1));
        for nth in 1..100 {
            wire.client(100 + nth * 1000, &[0; 1000]);
        }
        assert!(wire.kept() <= 1 << 20);
    }
    assert!(wire.kept() > 900_000);
    assert_eq!(wire.tracker.evicted().total(), 20);
    // The first connections are no longer read, the last is.
    for (port, expected) in [(2000, 0), (2029, 1)] {
        wire.client_port = port;
        wire.told.clear();
        let rest = [
            query(2),
            query(3),
            query(4),
            query(5),
            query(6)[..5].to_vec(),
        ]
        .concat();
        wire.client(QUERY, &rest[..81]);
        assert_eq!(wire.queries().len().min(1), expected, "{port}");
    }
}

#[test]
fn of_too_many_connections_the_one_that_was_silent_for_longest_is_given_up() {
    let mut wire = Wire::new(53, None);
    wire.streams_mut().readings_at_most = 8;
    for port in 0..100 {
        wire.client_port = 2000 + port;
        wire.open();
        wire.client(0, &query(1)[..5]);
        // The first one goes on speaking.
        wire.client_port = 2000;
        wire.client(5 + u32::from(port), &query(1)[5..6]);
        assert!(wire.readings() <= 8);
    }
    assert_eq!(wire.tracker.evicted().total(), 2 * 92);
    for (port, expected) in [(2001, 0), (2099, 1)] {
        wire.client_port = port;
        wire.told.clear();
        wire.client(5, &query(1)[5..]);
        assert_eq!(wire.queries().len(), expected, "{port}");
    }
}

// --- Any order ----------------------------------------------------------------

/// Ranges of a stream in any order, any of them twice, some overlapping.
fn ranges(length: usize) -> impl Strategy<Value = Vec<(usize, usize)>> {
    let cuts = proptest::collection::btree_set(1..length, 0..20);
    let overlaps = proptest::collection::vec((0..length, 1..40_usize), 0..10);
    (cuts, overlaps).prop_flat_map(move |(cuts, overlaps)| {
        let starts = std::iter::once(0).chain(cuts.iter().copied());
        let ends = cuts.iter().copied().chain([length]);
        let mut ranges: Vec<(usize, usize)> = starts.zip(ends).collect();
        let overlaps = overlaps.into_iter();
        ranges.extend(overlaps.map(|(start, more)| (start, (start + more).min(length))));
        Just(ranges).prop_shuffle()
    })
}

/// What a plain reassembler makes of the same: the offset up to which every
/// byte is there, after each segment.
fn plainly(length: usize, ranges: &[(usize, usize)]) -> Vec<usize> {
    let mut there = vec![false; length];
    let mut behind = Vec::new();
    for (start, end) in ranges {
        there[*start..*end].fill(true);
        behind.push(there.iter().take_while(|there| **there).count());
    }
    behind
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn in_any_order_every_message_is_told_once_as_soon_as_it_is_whole(
        ranges in ranges(6 * QUERY as usize),
        dormant: bool,
    ) {
        let stream: Vec<u8> = (1..=6).flat_map(query).collect();
        let tracker = Tracker::new();
        let tracker = if dormant { tracker.with_active(0) } else { tracker };
        let mut wire = Wire::of(tracker, 4242);
        wire.open();
        for (start, end) in &ranges {
            wire.client(*start as u32, &stream[*start..*end]);
        }
        let mut expected = Vec::new();
        let mut known = 0;
        for (packet, behind) in (4..).zip(plainly(stream.len(), &ranges)) {
            let whole = behind / QUERY as usize;
            expected.extend((known..whole).map(|nth| (packet, nth as u16 + 1)));
            known = whole;
        }
        prop_assert_eq!(wire.queries(), expected);
        prop_assert_eq!(wire.other_bytes(), []);
        prop_assert_eq!(wire.kept(), 0);
    }

    #[test]
    fn in_any_order_other_bytes_are_told_while_those_that_they_differ_from_are_kept(
        ranges in ranges(QUERY as usize - 1),
        changed in 0..60_usize,
    ) {
        // A message that is not whole yet: all of its bytes are kept.
        let stream = query(1);
        let mut wire = Wire::new(4242, None);
        wire.open();
        let changed = changed % ranges.len();
        let mut there = vec![false; stream.len()];
        let mut expected = false;
        for (nth, (start, end)) in ranges.iter().enumerate() {
            let mut bytes = stream[*start..*end].to_vec();
            let was_there = &mut there[*start..*end];
            if nth == changed && was_there.iter().all(|there| *there) {
                bytes.last_mut().into_iter().for_each(|byte| *byte ^= 1);
                expected = true;
            }
            was_there.fill(true);
            wire.client(*start as u32, &bytes);
        }
        let told: Vec<u64> = wire.other_bytes().iter().map(|told| told.0).collect();
        let packet = changed as u64 + 4;
        prop_assert_eq!(told, if expected { vec![packet] } else { vec![] });
    }

    #[test]
    fn in_any_order_messages_are_counted_alike(
        ranges in ranges(200),
        framing in prop_oneof![Just(Framing::Line), Just(Framing::Fixed { bytes: 10 })],
    ) {
        let stream = b"012345678\n".repeat(20);
        let mut wire = Wire::new(4242, Some(framing));
        wire.open();
        for (start, end) in &ranges {
            wire.client(*start as u32, &stream[*start..*end]);
        }
        let counted: Vec<_> = wire
            .finish()
            .into_iter()
            .filter_map(|(_, event)| match event {
                Event::MessagesOfOneSize(counted) => Some((counted.messages, counted.bytes)),
                _ => None,
            })
            .collect();
        prop_assert_eq!(counted, [(20, 10)]);
    }

    #[test]
    fn any_segments_with_any_bytes_keep_to_the_bounds(
        segments in proptest::collection::vec(
            (any::<bool>(), 0..3000_u32, proptest::collection::vec(any::<u8>(), 0..60), 0..32_u8),
            0..60,
        ),
        framing in prop_oneof![
            Just(None),
            Just(Some(Framing::Line)),
            Just(Some(Framing::Fixed { bytes: 7 })),
            Just(Some(Framing::Length { bytes: 2, big_endian: false })),
        ],
    ) {
        let mut wire = Wire::new(53, framing);
        wire.open();
        for (by_client, offset, data, flags) in segments {
            let side = if by_client { Side::Client } else { Side::Server };
            let sequence = FIRST[side].wrapping_add(offset);
            let acknowledgment = FIRST[side.other()].wrapping_add(offset);
            wire.packet(side, flags, sequence, acknowledgment, &data);
            let all = wire.tracker.parts[0].streams.readings.iter();
            let kept: usize = all.map(|(_, reading)| reading.kept()).sum();
            prop_assert_eq!(wire.kept(), kept);
        }
    }
}
