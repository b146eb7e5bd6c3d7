//! What is a copy of what, and by which evidence.

use super::*;
use crate::track::frames::{MS, icmp, icmpv6, ipv4, packet, udp};
use crate::track::{Event, IpDuplicate, Output, Tracker};

const US: u64 = 1_000;

/// A recording as it is followed.
#[derive(Default)]
struct Recording {
    tracker: Tracker,
    output: Output,
    number: u64,
}

impl Recording {
    /// The next packet; gives what it is a copy of.
    fn see(&mut self, time_ns: u64, frame: &[u8]) -> Option<IpDuplicate> {
        self.number += 1;
        let packet = packet(self.number, time_ns, frame);
        self.tracker.packet(&packet, &mut self.output);
        self.output.events.iter().find_map(|event| match event {
            Event::IpDuplicate(copy) => Some(*copy),
            _ => None,
        })
    }

    fn evidence(&mut self, time_ns: u64, frame: &[u8]) -> Option<CopyEvidence> {
        self.see(time_ns, frame).map(|copy| copy.evidence)
    }

    /// The kinds of what was found in the end.
    fn findings(&mut self) -> Vec<Event> {
        let mut found = Vec::new();
        while self.tracker.finish(&mut self.output) {
            found.append(&mut self.output.findings);
        }
        found.append(&mut self.output.findings);
        found.into_iter().map(|finding| finding.event).collect()
    }

    fn doubled(&mut self) -> Option<u64> {
        self.findings().into_iter().find_map(|event| match event {
            Event::CaptureDoubled(event) => Some(event.copies),
            _ => None,
        })
    }
}

fn numbered(mut frame: Vec<u8>, identification: u16) -> Vec<u8> {
    frame[18..20].copy_from_slice(&identification.to_be_bytes());
    frame
}

/// As it is on the other side of a router.
fn routed(mut frame: Vec<u8>) -> Vec<u8> {
    frame[5] = 9;
    frame[11] = 8;
    frame[22] -= 1;
    frame
}

fn tagged(frame: &[u8]) -> Vec<u8> {
    [&frame[..12], &[0x81, 0, 0, 7], &frame[12..]].concat()
}

fn datagram(identification: u16, data: &[u8]) -> Vec<u8> {
    numbered(ipv4(17, 1, 2, &udp(1000, 2000, data)), identification)
}

/// A segment without identification.
fn segment(host: u8, sequence: u8, acknowledgment: u8, flags: u8, data: &[u8]) -> Vec<u8> {
    let ports = if host == 1 {
        [9, 9, 0, 80]
    } else {
        [0, 80, 9, 9]
    };
    let numbers = [0, 0, 0, sequence, 0, 0, 0, acknowledgment, 0x50, flags];
    let bytes = [&ports[..], &numbers, &[9, 0, 0, 0, 0, 0], data].concat();
    ipv4(6, host, 3 - host, &bytes)
}

#[test]
fn one_identification_and_the_same_bytes_are_a_copy() {
    let mut recording = Recording::default();
    assert_eq!(recording.evidence(0, &datagram(7, b"a")), None);
    let copy = recording.see(US, &datagram(7, b"a"));
    let copy = copy.expect("a copy");
    assert_eq!(copy.evidence, CopyEvidence::Identification);
    assert_eq!((copy.original, copy.after_ns, copy.nth), (1, US, 1));
    assert_eq!(recording.evidence(2 * US, &datagram(8, b"a")), None);
    assert_eq!(recording.evidence(3 * US, &datagram(7, b"b")), None);
    // A second later identifications may have come round.
    assert_eq!(recording.evidence(2_000 * MS, &datagram(7, b"a")), None);
}

#[test]
fn without_identification_equal_bytes_prove_nothing() {
    let mut recording = Recording::default();
    recording.see(0, &segment(1, 1, 0, 2, b""));
    recording.see(5 * MS, &segment(2, 1, 2, 0x12, b""));
    assert_eq!(
        recording.evidence(300 * MS, &segment(2, 1, 2, 0x12, b"")),
        None
    );
    assert_eq!(recording.evidence(11 * MS, &datagram(0, b"a")), None);
    assert_eq!(recording.evidence(11 * MS, &datagram(0, b"a")), None);
    let ping = icmpv6(1, 2, &icmp(128, 0, [0, 1, 0, 1], b"x"));
    assert_eq!(recording.evidence(12 * MS, &ping), None);
    assert_eq!(recording.evidence(12 * MS + US, &ping), None);
    assert_eq!(recording.doubled(), None);
}

#[test]
fn both_sides_of_a_router_show_by_ttl_and_link() {
    let mut recording = Recording::default();
    for (number, frame) in [datagram(0, b"a"), segment(1, 1, 0, 2, b"")]
        .into_iter()
        .enumerate()
    {
        let at = number as u64 * MS;
        assert_eq!(recording.evidence(at, &frame), None);
        let copy = recording.evidence(at + 30 * US, &routed(frame));
        assert_eq!(copy, Some(CopyEvidence::HopLimit));
    }
    assert_eq!(recording.doubled(), Some(2));
}

#[test]
fn a_ttl_that_grows_over_one_link_looks_for_the_way() {
    let mut recording = Recording::default();
    let mut probe = datagram(7, b"a");
    for time_to_live in 1..5 {
        probe[22] = time_to_live;
        assert_eq!(
            recording.evidence(u64::from(time_to_live) * US, &probe),
            None
        );
    }
}

#[test]
fn one_tag_more_is_a_copy_in_the_same_conversation() {
    let mut recording = Recording::default();
    let frame = segment(1, 1, 0, 2, b"");
    recording.see(0, &frame);
    let copy = recording.evidence(US, &tagged(&frame));
    assert_eq!(copy, Some(CopyEvidence::VlanTag));
    assert_eq!(recording.output.tracked.conversation, Some(1));
    assert_eq!(recording.tracker.conversations(), 1);
}

#[test]
fn no_timer_sends_data_again_so_soon_unless_the_peer_asks() {
    let mut recording = Recording::default();
    recording.see(0, &segment(1, 1, 1, 0x18, b"data"));
    let copy = recording.evidence(100 * US, &segment(1, 1, 1, 0x18, b"data"));
    assert_eq!(copy, Some(CopyEvidence::Time));
    recording.see(MS, &segment(1, 5, 1, 0x18, b"more"));
    recording.see(MS + US, &segment(2, 1, 5, 0x10, b""));
    let again = recording.evidence(MS + 2 * US, &segment(1, 5, 1, 0x18, b"more"));
    assert_eq!(again, None, "the peer may have asked for it");
    // Acknowledgments are repeated for each segment that comes.
    assert_eq!(
        recording.evidence(MS + 3 * US, &segment(2, 1, 5, 0x10, b"")),
        None
    );
}

#[test]
fn a_host_that_gives_all_packets_one_number_numbers_none() {
    let mut recording = Recording::default();
    let numbered = |sequence, data: &[u8]| numbered(segment(1, sequence, 1, 0x18, data), 77);
    recording.see(0, &numbered(1, b"data"));
    recording.see(MS, &numbered(5, b"more"));
    assert_eq!(recording.evidence(300 * MS, &numbered(1, b"data")), None);
}

#[test]
fn where_nearly_every_packet_stands_twice_equal_bytes_are_copies() {
    let mut recording = Recording::default();
    let mut copies = 0;
    for number in 0..20 {
        let ping = icmpv6(1, 2, &icmp(128, 0, [0, 1, 0, number], b"x"));
        let at = u64::from(number) * 10 * MS;
        assert_eq!(recording.evidence(at, &ping), None);
        copies += u32::from(recording.evidence(at + US, &ping).is_some());
    }
    assert!(copies >= 15, "{copies}");
    assert_eq!(recording.doubled(), Some(copies.into()));
}

#[test]
fn the_first_syn_ack_comes_again_sooner_than_any_timer_only_as_a_copy() {
    let segment = |back: bool, flags: u8, [sequence, ack]: [u32; 2]| {
        let ports: [u16; 2] = if back { [80, 4_000] } else { [4_000, 80] };
        let mut segment: Vec<u8> = ports.iter().flat_map(|port| port.to_be_bytes()).collect();
        segment.extend(sequence.to_be_bytes());
        segment.extend(ack.to_be_bytes());
        segment.extend([0x50, flags, 4, 0, 0, 0, 0, 0]);
        let hosts = if back { [2, 1] } else { [1, 2] };
        ipv4(6, hosts[0], hosts[1], &segment)
    };
    let (syn, syn_ack) = (segment(false, 2, [100, 0]), segment(true, 0x12, [500, 101]));
    let mut recording = Recording::default();
    assert_eq!(recording.evidence(0, &syn), None);
    assert_eq!(recording.evidence(10 * MS, &syn_ack), None);
    let copy = recording.evidence(30 * MS, &syn_ack);
    assert_eq!(copy, Some(CopyEvidence::Time));
    // A second later the timer repeats it, and the answer to a SYN that came
    // again follows.
    assert_eq!(recording.evidence(1_010 * MS, &syn_ack), None);
    assert_eq!(recording.evidence(1_015 * MS, &syn), None);
    assert_eq!(recording.evidence(1_020 * MS, &syn_ack), None);
}

#[test]
fn a_flood_of_equal_packets_is_no_doubled_recording() {
    let mut recording = Recording::default();
    for number in 0..200 {
        let flood = datagram(0, b"flood");
        assert_eq!(recording.evidence(number * US, &flood), None);
    }
    assert_eq!(recording.doubled(), None);
}

#[test]
fn one_datagram_with_a_falling_ttl_goes_round() {
    let mut recording = Recording::default();
    let (there, mut back) = (datagram(777, b"x"), datagram(777, b"x"));
    back.swap(5, 11);
    back[22] -= 1;
    for round in 0..10 {
        let [mut there, mut back] = [there.clone(), back.clone()];
        there[22] -= 2 * round;
        back[22] -= 2 * round;
        recording.see(u64::from(round) * 200 * US, &there);
        recording.see(u64::from(round) * 200 * US + 100 * US, &back);
    }
    let found = recording.findings();
    let loops: Vec<_> = found
        .iter()
        .filter_map(|event| match event {
            Event::IpLoop(event) => Some(*event),
            _ => None,
        })
        .collect();
    let [event] = loops[..] else {
        panic!("{found:?}");
    };
    assert_eq!(
        (event.datagrams, event.packets, event.first, event.last),
        (1, 19, 1, 20)
    );
    assert_eq!((event.time_to_live, event.last_time_to_live), (64, 45));
    let doubled = |event: &Event| matches!(event, Event::CaptureDoubled(_));
    assert!(!found.iter().any(doubled), "{found:?}");
}

#[test]
fn the_table_is_bounded_and_finds_what_is_not_too_far_back() {
    let mut copies = Copies::default();
    let frame = |number: u32| ipv4(17, 1, 2, &udp(1, 2, &number.to_be_bytes()));
    let add = |copies: &mut Copies, number: u32| {
        let bytes = frame(number);
        let packet = packet(u64::from(number), 0, &bytes);
        copies.next(contents(&packet), 0);
        let look = copies.look(&packet);
        copies.add(&look, &packet, None, None);
        look.found.is_some()
    };
    for number in 0..REMEMBERED {
        assert!(!add(&mut copies, number));
    }
    let first = frame(0);
    let finds = |copies: &mut Copies, number: u32| {
        let packet = packet(u64::from(number), 0, &first);
        copies.next(contents(&packet), 0);
        copies.look(&packet).found.is_some()
    };
    assert!(finds(&mut copies, REMEMBERED));
    for number in REMEMBERED..REMEMBERED + 100 {
        add(&mut copies, number);
    }
    assert_eq!(copies.latest.len(), REMEMBERED as usize);
    assert!(!finds(&mut copies, REMEMBERED + 100));
}
