//! Fragments in any order, doubled, overlapping, and too many of them.

use proptest::prelude::*;

use super::*;
use crate::decode::{Fragment, Transport};
use crate::track::frames::{MS, ipv4, packet, tcp, udp};
use crate::track::{Event, Output, Tracker};

/// An IPv4 header without options, of the first fragment.
const HEADER: [u8; 20] = [
    0x45, 0, 0, 0, 0, 7, 0x20, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
];

fn view<'a>(identification: u32, offset: u32, data: &'a [u8], more: bool) -> FragmentView<'a> {
    FragmentView {
        source: [10, 0, 0, 1].into(),
        destination: [10, 0, 0, 2].into(),
        protocol: 17,
        identification,
        part: Fragment { offset, more },
        header: &HEADER,
        data,
        length: data.len() as u32,
        headers: 34,
    }
}

fn data(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 % 251) as u8).collect()
}

/// Frames of a UDP datagram with so many bytes of data, cut at every so many.
fn frames(identification: u8, length: usize, every: usize) -> Vec<Vec<u8>> {
    let datagram = udp(4000, 9, &data(length));
    let mut frames = Vec::new();
    for (index, piece) in datagram.chunks(every).enumerate() {
        let offset = index * every;
        let more = offset + piece.len() < datagram.len();
        let place = (offset / 8) as u16 | if more { 0x2000 } else { 0 };
        let mut frame = ipv4(17, 1, 2, piece);
        frame[19] = identification;
        frame[20..22].copy_from_slice(&place.to_be_bytes());
        frames.push(frame);
    }
    frames
}

fn missing(findings: &[Finding]) -> Vec<&FragmentsMissing> {
    findings
        .iter()
        .filter_map(|finding| match &finding.event {
            Event::FragmentsMissing(missing) => Some(missing.as_ref()),
            _ => None,
        })
        .collect()
}

proptest! {
    #[test]
    fn the_datagram_is_the_same_in_whatever_order_its_fragments_come(
        length in 400..3000_usize,
        every in 1..40_usize,
        keys in proptest::collection::vec(any::<u32>(), 128),
        doubled in proptest::collection::vec(any::<bool>(), 128),
    ) {
        let (data, every) = (data(length), (every * 8).max(length.div_ceil(60).next_multiple_of(8)));
        let mut pieces: Vec<(usize, &[u8])> =
            data.chunks(every).enumerate().map(|(index, piece)| (index * every, piece)).collect();
        let number = |at: usize, keys: &[u32]| keys.get(at / every % keys.len()).copied();
        pieces.sort_by_key(|(at, _)| number(*at, &keys));
        let mut fragments = Fragments::default();
        let mut whole = None;
        for (index, (at, piece)) in pieces.iter().enumerate() {
            let more = at + piece.len() < length;
            for again in 0..=u8::from(doubled[index % doubled.len()]) {
                let packet = index as u64 * 2 + 1 + u64::from(again);
                let (_, added) = fragments.add(&view(1, *at as u32, piece, more), packet, 0);
                match added {
                    Added::Completes(found) => {
                        prop_assert!(whole.is_none() && again == 0);
                        prop_assert_eq!(index + 1, pieces.len());
                        whole = Some(found);
                    }
                    Added::Again(_) => prop_assert_eq!(again, 1),
                    Added::Waits { overlap, .. } => prop_assert!(overlap.is_none()),
                }
            }
        }
        let whole = whole.unwrap();
        prop_assert_eq!(whole.bytes.get(20..), Some(data.as_slice()));
        fragments.expire(PATIENCE_V4_NS, 0, &mut Vec::new());
        prop_assert_eq!(fragments.bytes, 0);
    }

    #[test]
    fn whatever_overlaps_nothing_is_joined_that_was_not_sent(
        pieces in proptest::collection::vec((0..40_u32, 1..60_usize, any::<bool>(), 0..3_u8), 1..80),
    ) {
        let mut fragments = Fragments::default();
        for (packet, (eights, length, more, byte)) in (1..).zip(&pieces) {
            let bytes = vec![*byte; *length];
            let fragment = view(1, eights * 8, &bytes, *more);
            if let (_, Added::Completes(whole)) = fragments.add(&fragment, packet, 0) {
                prop_assert_eq!(whole.bytes.len() as u32, whole.data + 20);
            }
        }
        let mut findings = Vec::new();
        fragments.expire(u64::MAX, 0, &mut findings);
        for missing in missing(&findings) {
            prop_assert!(!missing.missing.is_empty());
        }
        prop_assert_eq!(fragments.bytes, 0);
    }
}

#[test]
fn other_bytes_in_the_same_place_are_named_and_nothing_is_joined() {
    let mut fragments = Fragments::default();
    fragments.add(&view(1, 0, &[1; 16], true), 1, 0);
    let (_, added) = fragments.add(&view(1, 8, &[1, 1, 1, 2, 1, 1, 1, 1], false), 2, 0);
    let Added::Waits {
        overlap: Some(overlap),
        ..
    } = added
    else {
        panic!("{added:?}");
    };
    assert_eq!((overlap.at, overlap.other), (11, 1));
    let mut findings = Vec::new();
    fragments.finish(60 * 1000 * MS, 0, &mut findings);
    assert!(findings.is_empty());
}

#[test]
fn seventy_thousand_open_datagrams_take_no_more_memory_than_four_thousand() {
    let mut fragments = Fragments::default();
    for packet in 1..=70_000 {
        fragments.add(&view(packet as u32, 0, &data(1480), true), packet, packet);
        assert!(fragments.gathering.len() <= DATAGRAMS && fragments.bytes <= BYTES);
        assert!(fragments.deadlines.len() <= 2 * DATAGRAMS);
    }
    assert_eq!(fragments.names.len(), fragments.gathering.len());
    assert_eq!(
        fragments.evicted(),
        70_000 - fragments.gathering.len() as u64
    );
    // More fragments than any datagram has.
    for eights in 1..2_000 {
        fragments.add(&view(70_000, eights * 8, &[0; 8], true), 80_000, 70_000);
    }
    let pieces = fragments.gathering.values().map(|one| one.pieces.len());
    assert!(pieces.max() <= Some(PIECES + 1));
}

#[test]
fn missing_ranges_are_named_when_the_receiver_gives_up_and_not_before() {
    let mut fragments = Fragments::default();
    let mut findings = Vec::new();
    for (offset, more) in [(0, true), (32, true)] {
        fragments.add(&view(9, offset, &[0; 16], more), 1 + u64::from(offset), 0);
    }
    fragments.expire(PATIENCE_V4_NS - 1, 0, &mut findings);
    assert!(findings.is_empty());
    fragments.expire(PATIENCE_V4_NS, 0, &mut findings);
    let [missing] = missing(&findings)[..] else {
        panic!("{findings:?}");
    };
    assert_eq!(missing.missing.as_slice(), [(16, Some(32)), (48, None)]);
    assert!(!missing.is_early && !missing.is_filtered);
    assert_eq!(missing.waited_ns, PATIENCE_V4_NS);
}

#[test]
fn an_identification_that_comes_round_is_another_datagram() {
    let mut fragments = Fragments::default();
    for (second, byte) in [(0, 1), (2, 2), (4, 3)] {
        let (now_ns, bytes) = (second * 1000 * MS, [byte; 16]);
        fragments.add(&view(9, 0, &bytes, true), second * 2 + 1, now_ns);
        let (_, added) = fragments.add(&view(9, 16, &bytes, false), second * 2 + 2, now_ns);
        assert!(matches!(added, Added::Completes(_)), "{second}: {added:?}");
    }
}

/// Follows frames in so many parts; gives the conversations and all that is told.
fn follow(frames: &[Vec<u8>], parts: usize) -> (Vec<Option<u64>>, Vec<Event>, u64) {
    let mut tracker = Tracker::with_parts(parts);
    let (mut output, mut events) = (Output::default(), Vec::new());
    let mut conversations = Vec::new();
    for (number, frame) in (1..).zip(frames) {
        tracker.packet(&packet(number, number * MS, frame), &mut output);
        conversations.push(output.tracked.conversation);
        events.append(&mut output.events);
    }
    let mut payload = 0;
    loop {
        let goes_on = tracker.finish(&mut output);
        let ended = output.ended.iter();
        payload += ended.map(|one| one.sent.client.unique_payload).sum::<u64>();
        events.extend(output.findings.iter().map(|finding| finding.event.clone()));
        if !goes_on {
            return (conversations, events, payload);
        }
    }
}

#[test]
fn a_datagram_belongs_to_its_conversation_once_its_ports_are_known() {
    let mut in_order = frames(7, 2000, 800);
    let (conversations, events, payload) = follow(&in_order, 1);
    assert_eq!(conversations, [Some(1); 3]);
    assert_eq!(payload, 2000);
    let whole = events.iter().find_map(Event::as_datagram).unwrap();
    assert!(matches!(whole.decoded.transport, Transport::Udp(_)));
    assert_eq!(whole.decoded.payload.length, 2000);
    in_order.reverse();
    let (conversations, _, payload) = follow(&in_order, 1);
    assert_eq!(conversations, [None, None, Some(1)]);
    assert_eq!(payload, 2000);
}

/// A segment between hosts 1 and 2, in fragments of so many bytes.
fn segments(from: u8, at: (u32, u32), data: &[u8], every: usize) -> Vec<Vec<u8>> {
    const ACK: u8 = 16;
    let ports = if from == 1 { (4000, 80) } else { (80, 4000) };
    let segment = tcp(ports, at, ACK, data);
    let mut frames = Vec::new();
    for (index, piece) in segment.chunks(every).enumerate() {
        let offset = index * every;
        let more = offset + piece.len() < segment.len();
        let place = (offset / 8) as u16 | if more { 0x2000 } else { 0 };
        let mut frame = ipv4(6, from, 3 - from, piece);
        frame[18..20].copy_from_slice(&(at.0 as u16).to_be_bytes());
        frame[20..22].copy_from_slice(&place.to_be_bytes());
        frames.push(frame);
    }
    frames
}

fn names(events: &[Event]) -> Vec<String> {
    let of = |event: &Event| format!("{event:?}").split('(').next().map(str::to_owned);
    events.iter().filter_map(of).collect()
}

#[test]
fn a_segment_whose_later_fragments_were_not_recorded_was_sent() {
    let mut all = Vec::new();
    for number in 0..20 {
        let at = 1 + number * 2000;
        let cut = segments(1, (at, 1), &data(2000), 800);
        all.push(cut[0].clone());
        all.extend(segments(2, (1, at + 2000), b"", 800));
    }
    let (conversations, events, _) = follow(&all, 1);
    assert!(conversations.iter().all(|one| *one == Some(1)));
    let names = names(&events);
    for name in ["Gap", "AckOfUnseen", "Retransmission", "OutOfOrder"] {
        assert!(!names.iter().any(|told| told == name), "{name}: {names:?}");
    }
    assert_eq!(missing(&finding_of(&events)).len(), 20);
    for parts in 2..4 {
        assert_eq!(follow(&all, parts).1, events);
    }
}

#[test]
fn a_segment_that_is_whole_after_later_ones_raises_no_alarm() {
    let first = segments(1, (1, 1), &data(2000), 800);
    let mut all = first[..2].to_vec();
    all.extend(segments(1, (2001, 1), &data(100), 800));
    all.extend(segments(2, (1, 2101), b"", 800));
    all.push(first[2].clone());
    let (_, events, _) = follow(&all, 1);
    let names = names(&events);
    assert!(
        names.iter().any(|told| told == "IpReassembled"),
        "{names:?}"
    );
    for name in ["Gap", "AckOfUnseen", "Retransmission", "NotAcceptable"] {
        assert!(!names.iter().any(|told| told == name), "{name}: {names:?}");
    }
}

fn finding_of(events: &[Event]) -> Vec<Finding> {
    let finding = |event: &Event| Finding {
        conversation: None,
        first_packet: None,
        event: event.clone(),
    };
    events.iter().map(finding).collect()
}

#[test]
fn the_number_of_parts_changes_nothing() {
    let mut all = Vec::new();
    for (identification, (a, b)) in (1..).zip([(0, 1), (2, 0), (1, 2)]) {
        let cut = frames(identification, 2000, 800);
        all.extend([cut[a].clone(), cut[b].clone()]);
        let rest = 3 - a - b;
        if identification != 2 {
            all.extend([cut[rest].clone(), cut[a].clone()]);
        }
    }
    let alone = follow(&all, 1);
    assert!(missing_in(&alone.1) && !alone.1.is_empty());
    for parts in 2..6 {
        assert_eq!(follow(&all, parts), alone);
    }
}

fn missing_in(events: &[Event]) -> bool {
    let is_missing = |event: &Event| matches!(event, Event::FragmentsMissing(_));
    events.iter().any(is_missing)
}
