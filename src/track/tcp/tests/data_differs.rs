//! Sequence numbers that had other bytes before.

use super::*;

/// A segment of a server whose numbers begin at 5000.
fn segment<'p>(number: u64, start: u32, payload: &'p [u8], sum: Option<u16>) -> Segment<'p> {
    let tcp = Tcp {
        source_port: 1,
        destination_port: 2,
        sequence: start,
        acknowledgment: 1001,
        flags: flags("PA"),
        window: 1000,
        checksum: 0,
        options_offset: 0,
        options_captured: 0,
        payload_length: payload.len() as u32,
    };
    let mut segment = Segment::new(number, number * 10 * MS, tcp, &[]);
    segment.payload = payload;
    segment.data_sum = sum;
    segment.is_sound = sum.is_some();
    segment
}

/// What the second of two segments at the same number is.
fn second(one: (&[u8], Option<u16>), other: (&[u8], Option<u16>)) -> Vec<String> {
    let mut wire = Wire::open();
    let mut events = Vec::new();
    for (number, (payload, sum)) in [(10, one), (20, other)] {
        events.clear();
        let segment = segment(number, 5001, payload, sum);
        wire.connection.segment(Side::Server, &segment, &mut events);
    }
    let name = |event: &Event| format!("{event:?}").split('(').next().map(str::to_owned);
    events.iter().filter_map(name).collect()
}

const REDIRECT: &[u8] = b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\n";
const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n";

#[test]
fn another_sum_of_the_same_piece_is_other_data() {
    assert_eq!(
        second((b"abc", Some(1)), (b"abd", Some(2))),
        ["DataDiffers"]
    );
    assert_eq!(
        second((b"abc", Some(1)), (b"abc", Some(1))),
        ["Retransmission"]
    );
}

#[test]
fn another_beginning_of_a_piece_cut_otherwise_is_other_data() {
    assert_eq!(
        second((REDIRECT, Some(1)), (PAGE, Some(2))),
        ["DataDiffers"]
    );
    let cut = REDIRECT.get(..40).unwrap_or_default();
    assert_eq!(
        second((REDIRECT, Some(1)), (cut, Some(2))),
        ["Retransmission"]
    );
}

#[test]
fn nothing_is_said_of_what_is_not_whole_or_may_be_damaged() {
    let nothing: [&str; 0] = [];
    assert_eq!(second((REDIRECT, None), (PAGE, Some(2))), nothing);
    assert_eq!(second((REDIRECT, Some(1)), (PAGE, None)), nothing);
    assert_eq!(second((REDIRECT, None), (PAGE, None)), nothing);
    // It was changed after it was recorded, in the same way each time.
    assert_eq!(
        second((REDIRECT, None), (REDIRECT, None)),
        ["Retransmission"]
    );
}
