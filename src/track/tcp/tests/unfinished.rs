//! Segments of which only the first fragment was recorded.

use super::*;

impl Wire {
    /// The first fragment of a segment; gives the name of its datagram.
    fn begins(&mut self, side: Side, names: &str, seq: u32, ack: u32, payload: u32) -> u64 {
        let segment = self.next(names, seq, ack, payload);
        for connection in [&mut self.connection, &mut self.unpredicted] {
            connection.begins(side, &segment, segment.number);
        }
        self.number
    }

    /// The datagram is whole; gives whether its segment was followed before.
    fn is_whole(&mut self, datagram: u64) -> bool {
        self.unpredicted.is_whole(datagram);
        self.connection.is_whole(datagram)
    }
}

#[test]
fn what_only_the_first_fragment_shows_is_not_missing() {
    let mut wire = Wire::open();
    wire.begins(Side::Client, "A", 1001, 5001, 84);
    wire.begins(Side::Client, "A", 1101, 5001, 84);
    assert!(wire.server("A", 5001, 1201, 0).names().is_empty());
    assert!(wire.client("A", 1201, 5001, 100).names().is_empty());
    assert_eq!(wire.client("A", 1401, 5001, 100).names(), ["Gap"]);
}

#[test]
fn what_its_host_goes_on_behind_is_not_missing() {
    let mut wire = Wire::open();
    wire.begins(Side::Client, "A", 1001, 5001, 84);
    assert!(wire.client("A", 1201, 5001, 100).names().is_empty());
    assert!(wire.server("A", 5001, 1301, 0).names().is_empty());
    wire.begins(Side::Client, "A", 1301, 5001, 84);
    assert!(wire.client("A", 1501, 5001, 0).names().is_empty());
}

#[test]
fn before_it_there_may_be_a_gap_and_far_behind_it_too() {
    let mut wire = Wire::open();
    wire.begins(Side::Client, "A", 1101, 5001, 84);
    assert_eq!(wire.server("A", 5001, 1201, 0).names(), ["AckOfUnseen"]);
    wire.begins(Side::Client, "A", 1201, 5001, 84);
    assert_eq!(wire.client("A", 101_201, 5001, 100).names(), ["Gap"]);
}

#[test]
fn a_segment_that_is_whole_in_time_is_followed_as_any_other() {
    let mut wire = Wire::open();
    let datagram = wire.begins(Side::Client, "A", 1001, 5001, 84);
    assert!(!wire.is_whole(datagram));
    assert!(wire.client("A", 1001, 5001, 200).names().is_empty());
    assert!(wire.client("A", 1201, 5001, 100).names().is_empty());
    assert!(wire.server("A", 5001, 1301, 0).names().is_empty());
    assert_eq!(wire.summary().retransmissions.client.segments, 0);
}

#[test]
fn one_that_is_whole_late_was_followed() {
    let mut wire = Wire::open();
    let datagram = wire.begins(Side::Client, "A", 1001, 5001, 84);
    wire.server("A", 5001, 1201, 0);
    assert!(wire.is_whole(datagram));
}

#[test]
fn one_that_is_sent_again_names_its_first_fragment() {
    let mut wire = Wire::open();
    let first = wire.begins(Side::Client, "A", 1001, 5001, 84);
    wire.wait_ms(1000);
    let again = wire.client("A", 1001, 5001, 200);
    let [Event::Retransmission(event)] = again.events.as_slice() else {
        panic!("{:?}", again.names());
    };
    assert_eq!((event.original, event.bytes), (Some(first), 200));
    assert!(wire.server("A", 5001, 1201, 0).names().is_empty());
}

#[test]
fn its_fin_stands_behind_all_of_its_data() {
    let mut wire = Wire::open();
    wire.begins(Side::Server, "FA", 5001, 1001, 84);
    // 200 bytes and the FIN.
    wire.client("A", 1001, 5202, 0);
    assert_eq!(wire.client("FA", 1001, 5202, 0).names(), ["SecondFin"]);
    wire.server("A", 5202, 1002, 0);
    assert_eq!(wire.summary().closed_by.map(|by| by.server), Some(true));
    assert!(wire.findings().is_empty());
}

#[test]
fn they_are_bounded() {
    let mut wire = Wire::open();
    for number in 0..1000 {
        wire.begins(Side::Client, "A", 1001 + 10 * number, 5001, 8);
    }
    let kept = wire.connection.unfinished.as_ref().map(|all| all.len());
    assert_eq!(kept, Some(256));
    wire.server("A", 5001, 1002, 0);
    for number in 0..1000 {
        wire.server("A", 5001, 1001 + 10 * number, 0);
    }
    let kept = wire.connection.unfinished.as_ref().map(|all| all.len());
    assert_eq!(kept, Some(16));
}
