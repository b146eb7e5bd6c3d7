//! Segments fed to a direction, and what they tell of its messages.

use super::*;
use crate::track::{MessageCut, SeveralMessages};

const U16: Framing = Framing::Length {
    bytes: 2,
    big_endian: true,
};

/// Segments in order from the direction's first byte; packet numbers from
/// 1.
fn events(declared: Option<Framing>, segments: &[&[u8]]) -> Vec<(u64, Event)> {
    let mut messages = Messages::Empty;
    messages.begin(declared, true);
    let mut all = Vec::new();
    for (packet, bytes) in (1..).zip(segments) {
        let told = messages.follow(packet, bytes);
        all.extend(told.into_iter().map(|event| (packet, event)));
    }
    all
}

fn several(packet: u64, messages: u32, begun_bytes: u32, framing: Framing) -> Event {
    Event::SeveralMessages(SeveralMessages {
        packet,
        messages,
        framing,
        begun_bytes,
    })
}

fn cut(packet: u64, begins_in: u64, bytes: u32, complete: bool, framing: Framing) -> Event {
    Event::MessageCut(MessageCut {
        packet,
        begins_in,
        bytes,
        complete,
        framing,
    })
}

#[test]
fn one_message_a_segment_needs_no_word() {
    assert!(events(Some(Framing::Line), &[b"one\n", b"two\r\n"]).is_empty());
    assert!(events(Some(U16), &[&[0, 1, 7], &[0, 2, 8, 9], &[0, 0]]).is_empty());
}

#[test]
fn several_lines_at_once_and_lines_that_are_cut() {
    let line = Framing::Line;
    assert_eq!(
        events(
            Some(line),
            &[b"one\ntwo\nthr", b"e", b"e\nfour\n", b"fi", b"ve\nsix"]
        ),
        [
            (1, several(1, 2, 3, line)),
            (3, cut(3, 1, 6, true, line)),
            (3, several(3, 1, 0, line)),
            (4, cut(4, 4, 2, false, line)),
            (5, cut(5, 4, 5, true, line)),
            (5, cut(5, 5, 3, false, line)),
        ]
    );
}

#[test]
fn lengths_are_read_in_every_form_however_the_stream_is_cut() {
    for (name, framing) in Framing::NAMED.into_iter().skip(1) {
        let Framing::Length { bytes, big_endian } = framing else {
            panic!("{name}");
        };
        let mut stream = Vec::new();
        for length in [3_u32, 0, 200, 17] {
            let mut prefix = length.to_le_bytes()[..usize::from(bytes)].to_vec();
            if big_endian {
                prefix.reverse();
            }
            stream.extend(prefix);
            stream.extend(vec![b'x'; length as usize]);
        }
        let whole = events(Some(framing), &[&stream]);
        assert_eq!(whole, [(1, several(1, 4, 0, framing))], "{name}");
        for step in 1..stream.len() {
            let segments: Vec<&[u8]> = stream.chunks(step).collect();
            let mut ended = 0;
            for (_, event) in events(Some(framing), &segments) {
                match event {
                    Event::MessageCut(cut) if cut.complete => ended += 1,
                    Event::SeveralMessages(several) => ended += several.messages,
                    _ => {}
                }
            }
            assert!(ended <= 4, "{name} {step}");
            let mut place = Place::START;
            let total: u32 = (1..)
                .zip(&segments)
                .map(|(packet, bytes)| place.take(framing, packet, bytes))
                .map(|brought| brought.whole + u32::from(brought.tail.is_some()))
                .sum();
            assert_eq!((total, place.bytes), (4, 0), "{name} {step}");
        }
    }
}

#[test]
fn a_stream_that_began_before_the_capture_is_read_from_its_first_newline() {
    let mut messages = Messages::Empty;
    messages.begin(Some(Framing::Line), false);
    let events = messages.follow(9, b"d\none\ntwo\nx");
    assert_eq!(events, [several(9, 2, 1, Framing::Line)]);
}

#[test]
fn lengths_are_believed_again_after_three_messages_that_are_whole() {
    let mut messages = Messages::Empty;
    messages.begin(Some(U16), false);
    let mut told = Vec::new();
    let segments: [&[u8]; 7] = [
        &[9, 9, 9],
        &[0, 1, 7],
        // Not whole: what came before it was chance.
        &[0, 3, 7],
        &[0, 1, 7, 0, 1, 8],
        &[0, 2, 8, 9],
        &[0, 1, 7, 0, 1, 8],
        &[0, 5, 1],
    ];
    for (packet, bytes) in (1..).zip(segments) {
        told.extend(messages.follow(packet, bytes));
    }
    assert_eq!(told, [several(6, 2, 0, U16), cut(7, 7, 3, false, U16)]);
}

#[test]
fn messages_of_a_fixed_size_are_told_as_they_lie_in_segments() {
    let framing = Framing::Fixed { bytes: 4 };
    assert_eq!(
        events(Some(framing), &[b"0123", b"01", b"230123", b"01230123"]),
        [
            (2, cut(2, 2, 2, false, framing)),
            (3, cut(3, 2, 4, true, framing)),
            (3, several(3, 1, 0, framing)),
            (4, several(4, 2, 0, framing)),
        ]
    );
}

#[test]
fn what_came_before_it_was_certain_is_told_then() {
    let told = events(None, &[b"one\n", b"two\nthree\n", b"four\n", b"five\n"]);
    assert_eq!(told, [(3, several(2, 2, 0, Framing::Line))]);
}

#[test]
fn lines_are_recognised_after_a_few_messages() {
    let told = events(
        None,
        &[
            b"ID:7\n",
            b"TEMP 38.4\n",
            b"TEMP 38.5\n",
            b"POS 1 2\n",
            b"TEMP 38.6\nPOS 3 4\n",
            b"TEMP 3",
            b"8.7\n",
        ],
    );
    assert_eq!(
        told,
        [
            (5, several(5, 2, 0, Framing::Line)),
            (6, cut(6, 6, 6, false, Framing::Line)),
            (7, cut(7, 6, 10, true, Framing::Line)),
        ]
    );
}

#[test]
fn text_whose_lines_are_no_messages_is_ignored() {
    let http: &[&[u8]] = &[
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"a\n",
        b"b\n",
        b"c\n",
        b"d\ne\n",
    ];
    let mail: &[&[u8]] = &[
        b"220 hi\r\n",
        b"250-one\r\n250 two\r\n",
        b"250 ok\r\n",
        b"354 go\r\n",
        b"250 a\r\n250 b\r\n",
    ];
    let redis: &[&[u8]] = &[
        b"*1\r\n$4\r\nPING\r\n",
        b"+OK\r\n",
        b"+OK\r\n",
        b"+OK\r\n",
        b"+OK\r\n+OK\r\n",
    ];
    let binary: &[&[u8]] = &[b"\x16\x03\x01\n", b"a\n", b"b\n", b"c\n", b"d\n", b"e\nf\n"];
    let document: &[&[u8]] = &[
        b"one\ntwo\nthree\n",
        b"four\nfive\n",
        b"six\nseven\n",
        b"eight\nnine\n",
        b"ten\neleven\n",
    ];
    for segments in [http, mail, redis, binary, document] {
        assert_eq!(events(None, segments), [], "{segments:?}");
    }
}

#[test]
fn a_header_block_behind_single_lines_ends_the_recognition() {
    let told = events(
        None,
        &[
            b"a\n",
            b"b\n",
            b"c\n",
            b"d\n",
            b"Subject: x\n\nBody\n",
            b"e\nf\n",
        ],
    );
    assert_eq!(told, []);
}

#[test]
fn lengths_are_recognised_when_every_segment_is_exact() {
    let message: &[u8] = &[0, 5, b'h', b'e', 0, 0xff, b'o'];
    let two = [message, &[0, 1, 9]].concat();
    let mut segments: Vec<&[u8]> = vec![message; 12];
    segments.push(&two);
    segments.push(&message[..3]);
    segments.push(&message[3..]);
    assert_eq!(
        events(None, &segments),
        [
            (13, several(13, 2, 0, U16)),
            (14, cut(14, 14, 3, false, U16)),
            (15, cut(15, 14, 7, true, U16)),
        ]
    );
    // One exception and there is nothing to recognise.
    segments[3] = b"hello";
    assert_eq!(events(None, &segments), []);
}
