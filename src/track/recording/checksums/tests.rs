//! What wrong sums are taken for, packet by packet and in the end.

use super::pair::minus;
use super::*;
use crate::track::frames::{ipv4, packet, udp};

/// Datagrams and segments between hosts 1 and 2, with sums as they are wanted.
struct Line {
    checksums: Checksums,
    events: Vec<Event>,
    number: u64,
    /// What comes next comes in fragments.
    in_fragments: bool,
}

/// What is added to the right sum of an IPv4 header, and what the transport's
/// field is made of: the right sum and the pseudo-header's.
type Field = fn(u16, u16) -> u16;

impl Line {
    fn new() -> Self {
        Self {
            checksums: Checksums::default(),
            events: Vec::new(),
            number: 0,
            in_fragments: false,
        }
    }

    fn in_fragments(&mut self, in_fragments: bool) -> &mut Self {
        self.in_fragments = in_fragments;
        self
    }

    fn see(&mut self, protocol: u8, source: u8, transport: &[u8], header: u16, field: Field) {
        let frame = frame(protocol, source, transport, header, field);
        self.number += 1;
        let packet = packet(self.number, 0, &frame);
        let events = &mut self.events;
        self.checksums.packet(&packet, self.in_fragments, events);
    }

    /// A datagram from host 1 to host 2.
    fn sends(&mut self, data: &[u8], field: Field) -> &mut Self {
        self.see(17, 1, &udp(1000, 2000, data), 0, field);
        self
    }

    /// A segment of a host whose sums are all too high by so much.
    fn segment(&mut self, host: u8, at: u8, acknowledged: u8, data: &[u8], by: Field) -> &mut Self {
        let ports = if host == 1 {
            [0, 9, 0, 25]
        } else {
            [0, 25, 0, 9]
        };
        let mut bytes = [
            &ports[..],
            &[0, 0, 0, at, 0, 0, 0, acknowledged, 0x50, 0x18, 9, 0],
        ]
        .concat();
        bytes.extend([0; 4]);
        bytes.extend(data);
        self.see(6, host, &bytes, by(0, 0), by);
        self
    }

    fn findings(&self) -> Vec<Event> {
        let mut findings = Vec::new();
        self.checksums.findings(&mut findings);
        findings.into_iter().map(|finding| finding.event).collect()
    }

    /// Packets with sums that were left to the card, and the first of them.
    fn offload(&self) -> Vec<(u64, u64)> {
        let told = self.findings().into_iter().map(|event| match event {
            Event::ChecksumOffload(event) => (event.packets, event.first),
            other => panic!("{other:?}"),
        });
        told.collect()
    }

    /// How often a sum was called damaged, and how often only wrong.
    fn told(&self) -> (usize, usize) {
        let bad = |event: &&Event| matches!(event, Event::ChecksumBad(_));
        let wrong = |event: &&Event| matches!(event, Event::ChecksumWrong(_));
        let count = |events: &dyn Fn(&&Event) -> bool| self.events.iter().filter(events).count();
        (count(&bad), count(&wrong))
    }
}

/// A frame between hosts 1 and 2 with sums as they are wanted.
fn frame(protocol: u8, source: u8, transport: &[u8], header: u16, field: Field) -> Vec<u8> {
    let mut frame = ipv4(protocol, source, 3 - source, transport);
    set(&mut frame, 14 + 10, 0);
    let sum = !add(&frame[14..34]);
    set(&mut frame, 14 + 10, plus(sum, header));
    let length = frame.len() as u16 - 34;
    let mut covered = frame[26..34].to_vec();
    covered.extend([0, protocol]);
    covered.extend(length.to_be_bytes());
    let pseudo = add(&covered);
    covered.extend(&frame[34..]);
    let at = 34 + if protocol == 6 { 16 } else { 6 };
    set(&mut frame, at, field(!add(&covered), pseudo));
    frame
}

fn set(frame: &mut [u8], at: usize, value: u16) {
    frame[at..at + 2].copy_from_slice(&value.to_be_bytes());
}

fn add(bytes: &[u8]) -> u16 {
    let mut sum = 0;
    for pair in bytes.chunks(2) {
        let word = [pair[0], pair.get(1).copied().unwrap_or(0)];
        sum += u32::from(u16::from_be_bytes(word));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

/// Addition in ones' complement.
fn plus(a: u16, b: u16) -> u16 {
    let sum = u32::from(a) + u32::from(b);
    ((sum & 0xffff) + (sum >> 16)) as u16
}

fn right(right: u16, _: u16) -> u16 {
    right
}

fn pseudo(_: u16, pseudo: u16) -> u16 {
    pseudo
}

fn flipped(right: u16, _: u16) -> u16 {
    right ^ 0x0404
}

/// By the difference of an address that was replaced.
fn rewritten(right: u16, _: u16) -> u16 {
    plus(right, 0x125f)
}

/// By that, and by the difference of a name in the data.
fn rewritten_twice(right: u16, _: u16) -> u16 {
    plus(right, 0x2901)
}

#[test]
fn one_wrong_sum_among_right_ones_is_damage() {
    let mut line = Line::new();
    line.sends(b"one", right)
        .sends(b"two", flipped)
        .sends(b"three", right);
    let [Event::ChecksumBad(bad)] = line.events.as_slice() else {
        panic!("{:?}", line.events);
    };
    assert_eq!(bad.of, ChecksumOf::Udp);
    assert_eq!(bad.expected ^ 0x0404, bad.observed);
    assert!(line.findings().is_empty());
}

#[test]
fn the_very_first_wrong_sum_is_damage_only_when_others_have_come() {
    let mut line = Line::new();
    line.sends(b"one", flipped);
    assert_eq!(line.told(), (0, 1));
    assert!(line.findings().is_empty(), "one alone shows nothing");
    for text in ["a", "bc", "def", "ghij", "klmno", "pqrstu", "v", "w"] {
        line.sends(text.as_bytes(), right);
    }
    let [Event::ChecksumDamage(damage)] = &line.findings()[..] else {
        panic!("{:?}", line.findings());
    };
    assert_eq!((damage.of, damage.right), (ChecksumOf::Udp, 8));
    assert_eq!(damage.packets.as_slice(), [1]);
}

#[test]
fn a_datagram_that_was_answered_was_not_damaged() {
    let mut line = Line::new();
    line.sends(b"one", flipped);
    line.see(17, 2, &udp(2000, 1000, b"answer"), 0, right);
    for text in ["a", "bc", "def", "ghij", "klmno", "pqrstu", "v", "w"] {
        line.sends(text.as_bytes(), right);
    }
    assert!(line.findings().is_empty());
}

#[test]
fn offloaded_sums_are_told_once_and_are_no_damage() {
    let mut line = Line::new();
    // A few packets are made elsewhere in the kernel, with their sums.
    line.sends(b"one", pseudo)
        .sends(b"two", right)
        .sends(b"three", pseudo)
        .sends(b"four", pseudo);
    assert!(line.events.is_empty());
    assert_eq!(line.offload(), [(3, 1)]);
    // What such a host sends has not been on a wire yet.
    line.sends(b"five", |_, _| 0x1234);
    assert!(line.events.is_empty());
    assert_eq!(line.offload(), [(4, 1)]);
}

#[test]
fn pseudo_header_sums_of_addresses_that_were_replaced_are_offloaded_too() {
    let mut line = Line::new();
    let replaced: Field = |_, pseudo| pseudo.wrapping_add(0x0500);
    line.sends(b"one", replaced);
    assert_eq!(line.told(), (0, 1), "it cannot be known yet");
    line.sends(b"three", replaced).sends(b"seven", replaced);
    assert_eq!(line.told(), (0, 1));
    assert_eq!(line.offload(), [(2, 2)]);
}

#[test]
fn sums_that_are_all_wrong_by_the_same_amount_were_right_before() {
    let mut line = Line::new();
    for text in ["a", "bc", "def"] {
        line.sends(text.as_bytes(), rewritten);
    }
    assert_eq!(line.told(), (0, 3));
    let [Event::ChecksumRewritten(event)] = line.findings()[..] else {
        panic!("{:?}", line.findings());
    };
    assert_eq!((event.packets, event.first, event.otherwise), (3, 1, 0));
    assert_eq!(event.differences, [Some(0x125f), None]);
}

#[test]
fn sums_that_are_wrong_in_fragments_alone_were_right_before_too() {
    let mut line = Line::new();
    for text in ["a", "bc", "def"] {
        line.in_fragments(false).sends(text.as_bytes(), right);
        line.in_fragments(true).sends(text.as_bytes(), rewritten);
    }
    assert_eq!(line.told(), (0, 3));
    let [Event::ChecksumRewritten(event)] = line.findings()[..] else {
        panic!("{:?}", line.findings());
    };
    assert_eq!((event.packets, event.first), (3, 2));
    // Where the others are wrong by as much, it is told once.
    let mut line = Line::new();
    for text in ["a", "bc", "def"] {
        line.in_fragments(false).sends(text.as_bytes(), rewritten);
        line.in_fragments(true).sends(text.as_bytes(), rewritten);
    }
    let [Event::ChecksumRewritten(event)] = line.findings()[..] else {
        panic!("{:?}", line.findings());
    };
    assert_eq!((event.packets, event.first), (6, 1));
    assert_eq!(event.differences, [Some(0x125f), None]);
}

#[test]
fn a_wrong_sum_over_one_that_holds_is_no_damage() {
    let inner = frame(17, 1, &udp(1000, 2000, b"hello"), 0, right);
    let vxlan = [&[8, 0, 0, 0, 0, 0, 1, 0], &inner[..]].concat();
    let mut line = Line::new();
    line.see(17, 2, &udp(50_000, 4789, &vxlan), 0, right);
    line.see(17, 2, &udp(50_000, 4789, &vxlan), 0, flipped);
    for _ in 0..10 {
        line.see(17, 2, &udp(50_000, 4789, &vxlan), 0, right);
    }
    assert_eq!(line.told(), (0, 1));
    assert!(line.findings().is_empty());
}

#[test]
fn the_same_wrong_packet_again_shows_nothing() {
    let mut line = Line::new();
    for _ in 0..6 {
        line.sends(b"a", rewritten);
    }
    assert_eq!(line.told(), (0, 6));
    assert!(line.findings().is_empty());
}

#[test]
fn rewritten_packets_of_which_more_was_changed_are_no_damage_if_acknowledged() {
    let mut line = Line::new();
    line.segment(1, 1, 1, b"hello", rewritten)
        .segment(2, 1, 6, b"host", rewritten_twice)
        .segment(1, 6, 5, b"bye", rewritten)
        .segment(2, 5, 9, b"bye", rewritten);
    let [Event::ChecksumRewritten(event)] = line.findings()[..] else {
        panic!("{:?}", line.findings());
    };
    assert_eq!(line.told().0, 0);
    assert_eq!(event.differences[0], Some(0x125f));
}

#[test]
fn damage_among_rewritten_sums_is_what_was_sent_again() {
    let mut line = Line::new();
    line.segment(1, 1, 1, b"hello", rewritten)
        .segment(1, 6, 1, b"you", rewritten_twice)
        .segment(2, 1, 6, b"?", rewritten)
        .segment(1, 6, 2, b"you", rewritten)
        .segment(2, 2, 9, b"!", rewritten);
    let found = line.findings();
    assert!(matches!(found[0], Event::ChecksumRewritten(_)), "{found:?}");
    let damaged = found.iter().filter_map(|event| match event {
        Event::ChecksumDamage(damage) => Some((damage.of, damage.packets.as_slice())),
        _ => None,
    });
    let damaged: Vec<_> = damaged.collect();
    let both = [(ChecksumOf::Ipv4, &[2][..]), (ChecksumOf::Tcp, &[2][..])];
    assert_eq!(damaged, both);
}

#[test]
fn data_that_was_edited_is_no_damage_though_segments_without_data_hold() {
    // The header, whose part is made of 0, holds.
    let edited: Field = |right, _| if right == 0 { 0 } else { plus(right, 3) };
    let mut line = Line::new();
    for at in 1..6 {
        line.segment(1, at, 1, b"", right)
            .segment(1, at, 1, b"x", edited);
    }
    assert_eq!(line.told().0, 0);
}

#[test]
fn rubbish_that_is_answered_is_for_the_card_to_fill_in() {
    let mut line = Line::new();
    let rubbish: [Field; 5] = [
        |_, _| 0x1111,
        |_, _| 0x1888,
        |_, _| 0x1fff,
        |_, _| 0x2776,
        |_, _| 0x2eed,
    ];
    for (number, rubbish) in rubbish.into_iter().enumerate() {
        line.sends(&b"abcdefgh"[number..], rubbish);
    }
    assert_eq!(line.told(), (0, 5));
    assert!(line.findings().is_empty(), "it was not answered");
    for text in ["a", "bc", "def", "ghij"] {
        line.see(17, 2, &udp(2000, 1000, text.as_bytes()), 0, right);
    }
    assert_eq!(line.offload(), [(5, 1)]);
}

#[test]
fn a_host_that_never_fills_in_the_header_sum_leaves_it() {
    let mut checksums = Checksums::default();
    let mut events = Vec::new();
    // The frame's header checksum is 0.
    let frame = ipv4(17, 1, 2, &udp(1000, 2000, b"hi"));
    checksums.packet(&packet(1, 0, &frame), false, &mut events);
    assert!(events.is_empty());
}

#[test]
fn pairs_are_given_up_for_new_ones_unless_there_is_something_to_say() {
    let mut checksums = Checksums::default();
    let host = |number: u32| IpAddr::from(number.to_be_bytes());
    let pair = |number| Pair::of(host(number), host(u32::MAX), false).0;
    let bad = checksums.sums(pair(0)).expect("there is room");
    bad.suspect = Some(Box::default());
    for number in 1..AT_MOST as u32 + 10 {
        assert!(checksums.sums(pair(number)).is_some());
        assert!(checksums.pairs.len() <= AT_MOST);
    }
    assert!(checksums.pairs[&pair(0)].suspect.is_some());
    checksums.keep(Keep::Few);
    for number in 1..AT_MOST as u32 {
        checksums.sums(pair(number));
        assert!(checksums.pairs.len() <= AT_MOST / 8);
    }
    assert!(checksums.pairs.capacity() <= AT_MOST / 4);
    assert!(checksums.pairs[&pair(0)].suspect.is_some());
}

#[test]
fn what_was_called_damaged_and_is_acknowledged_ends_such_calls() {
    let edited: Field = |right, _| if right == 0 { 0 } else { plus(right, 0x0404) };
    let mut line = Line::new();
    line.segment(1, 1, 1, b"a", right)
        .segment(1, 2, 1, b"b", right)
        .segment(1, 3, 1, b"c", edited);
    assert_eq!(line.told(), (1, 0));
    line.segment(2, 1, 4, b"", right)
        .segment(1, 4, 1, b"d", right)
        .segment(1, 5, 1, b"e", edited);
    assert_eq!(line.told(), (1, 1));
}

#[test]
fn subtraction_goes_round_at_65535() {
    assert_eq!(minus(5, 3), 2);
    assert_eq!(minus(3, 5), 0xfffd);
    assert_eq!(minus(0xffff, 0), 0);
    assert_eq!(minus(7, 7), 0);
}
