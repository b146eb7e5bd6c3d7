//! Exchanges of one client after the other, and what never ends them.

use proptest::prelude::*;

use super::*;
use crate::capture::{Frame, LinkType};
use crate::decode::decode;

const SECOND: u64 = 1_000_000_000;

/// One message: kind, transaction, address given, options.
#[derive(Clone)]
struct Line {
    kind: u8,
    transaction: u32,
    client: u8,
    source: [u8; 4],
    destination: [u8; 4],
    client_address: [u8; 4],
    your_address: [u8; 4],
    relay: [u8; 4],
    options: Vec<u8>,
}

const NOWHERE: [u8; 4] = [0; 4];
const ALL: [u8; 4] = [255; 4];
const SERVER: [u8; 4] = [10, 0, 0, 1];
const OTHER: [u8; 4] = [10, 0, 0, 2];
const GIVEN: [u8; 4] = [10, 0, 0, 50];

fn asks(kind: u8) -> Line {
    Line {
        kind,
        transaction: 7,
        client: 1,
        source: NOWHERE,
        destination: ALL,
        client_address: NOWHERE,
        your_address: NOWHERE,
        relay: NOWHERE,
        options: Vec::new(),
    }
}

fn says(kind: u8, server: [u8; 4]) -> Line {
    let mut line = asks(kind);
    (line.source, line.your_address) = (server, GIVEN);
    line.with(54, server)
}

impl Line {
    fn with(mut self, code: u8, data: [u8; 4]) -> Self {
        self.options.extend([code, 4]);
        self.options.extend(data);
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let operation = if matches!(self.kind, 2 | 5 | 6) { 2 } else { 1 };
        let mut data = vec![operation, 1, 6, 0];
        data.extend(self.transaction.to_be_bytes());
        data.extend([0; 4]);
        for address in [self.client_address, self.your_address, NOWHERE, self.relay] {
            data.extend(address);
        }
        data.extend([2, 0, 0, 0, 0, self.client]);
        data.resize(236, 0);
        data.extend([0x63, 0x82, 0x53, 0x63, 53, 1, self.kind]);
        data.extend(&self.options);
        data.push(255);
        let ports: [u16; 2] = if operation == 1 { [68, 67] } else { [67, 68] };
        let length = 8 + data.len() as u16;
        let mut bytes = vec![0x45, 0];
        bytes.extend((20 + length).to_be_bytes());
        bytes.extend([0, 0, 0, 0, 64, 17, 0, 0]);
        bytes.extend(self.source);
        bytes.extend(self.destination);
        for number in [ports[0], ports[1], length, 0] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(data);
        bytes
    }
}

#[derive(Default)]
struct Wire {
    tracker: DhcpTracker,
    number: u64,
    output: Output,
}

impl Wire {
    fn see(&mut self, second: u64, line: &Line) -> Event {
        self.see_bytes(second, &line.bytes());
        self.output.events.pop().unwrap()
    }

    fn see_bytes(&mut self, second: u64, bytes: &[u8]) {
        self.number += 1;
        let mut frame = Frame::alone(LinkType::RAW, bytes);
        (frame.number, frame.time_ns) = (self.number, second * SECOND);
        self.tracker.expire(second * SECOND, &mut self.output);
        self.tracker.packet(&decode(frame), 1, &mut self.output);
    }

    fn findings(&mut self, second: u64) -> Vec<Event> {
        self.tracker.finish(second * SECOND, &mut self.output);
        let findings = self.output.findings.drain(..);
        findings.map(|finding| finding.event).collect()
    }
}

fn lease() -> Line {
    says(5, SERVER).with(51, 100_u32.to_be_bytes())
}

/// A Discover and all up to its Ack in second 3.
fn leased() -> Wire {
    let mut wire = Wire::default();
    wire.see(0, &asks(1));
    wire.see(1, &says(2, SERVER));
    wire.see(2, &asks(3).with(54, SERVER).with(50, GIVEN));
    wire.see(3, &lease());
    wire
}

#[test]
fn the_four_steps_are_put_to_each_other() {
    let mut wire = Wire::default();
    let Event::DhcpDiscover(discover) = wire.see(0, &asks(1)) else {
        panic!();
    };
    assert_eq!((discover.attempt.number, discover.step.transaction), (1, 7));
    let Event::DhcpOffer(offer) = wire.see(1, &says(2, SERVER)) else {
        panic!();
    };
    assert_eq!((offer.discover, offer.latency_ns), (Some(1), Some(SECOND)));
    let Event::DhcpOffer(second) = wire.see(1, &says(2, OTHER)) else {
        panic!();
    };
    assert_eq!(second.others.as_slice(), [2]);
    let Event::DhcpRequest(request) = wire.see(2, &asks(3).with(54, SERVER).with(50, GIVEN)) else {
        panic!();
    };
    assert_eq!(request.purpose, DhcpPurpose::Selecting);
    assert_eq!(
        (request.offer, request.offered),
        (Some(2), Some(GIVEN.into()))
    );
    assert_eq!(request.lapsed.as_slice(), [3]);
    let Event::DhcpAck(ack) = wire.see(3, &lease()) else {
        panic!();
    };
    assert_eq!(ack.answers.unwrap().0, 4);
    assert_eq!(
        (ack.requested, ack.chosen),
        (Some(GIVEN.into()), Some(SERVER.into()))
    );
    assert_eq!(ack.began, Some((1, 3 * SECOND)));
    let findings = wire.findings(100);
    assert!(
        matches!(findings.as_slice(), [Event::DhcpSeveralServers(several)] if !several.contradict())
    );
}

#[test]
fn a_lease_is_renewed_by_its_server_and_rebound_by_any() {
    let mut wire = leased();
    let mut renewal = asks(3);
    (renewal.transaction, renewal.client_address) = (8, GIVEN);
    (renewal.source, renewal.destination) = (GIVEN, SERVER);
    let Event::DhcpRequest(request) = wire.see(53, &renewal) else {
        panic!();
    };
    assert_eq!(request.purpose, DhcpPurpose::Renewing);
    let held = request.lease.unwrap();
    assert_eq!(
        (held.packet, held.since_ns, held.t1, held.t2),
        (4, 50 * SECOND, 50, 87)
    );
    renewal.destination = ALL;
    let Event::DhcpRequest(request) = wire.see(90, &renewal) else {
        panic!();
    };
    assert_eq!(request.purpose, DhcpPurpose::Rebinding);
    let mut extended = lease();
    extended.transaction = 8;
    let Event::DhcpRenewed(ack) = wire.see(91, &extended) else {
        panic!();
    };
    assert_eq!(ack.lease.unwrap().packet, 4);
    let mut release = asks(7);
    (release.transaction, release.client_address) = (9, GIVEN);
    let Event::DhcpRelease(release) = wire.see(95, &release) else {
        panic!();
    };
    assert_eq!(release.lease.unwrap().since_ns, 4 * SECOND);
    assert_eq!(wire.findings(200), []);
}

#[test]
fn a_refusal_takes_the_lease_away() {
    let mut wire = leased();
    let mut restart = asks(3).with(50, GIVEN);
    restart.transaction = 8;
    let Event::DhcpRequest(request) = wire.see(10, &restart) else {
        panic!();
    };
    assert_eq!(request.purpose, DhcpPurpose::Restarting);
    assert!(request.lease.is_some());
    let mut refusal = says(6, SERVER);
    (refusal.transaction, refusal.your_address) = (8, NOWHERE);
    let Event::DhcpNak(nak) = wire.see(11, &refusal) else {
        panic!();
    };
    assert_eq!((nak.request, nak.requested), (Some(5), Some(GIVEN.into())));
    let Event::DhcpDecline(decline) = wire.see(12, &asks(4).with(50, GIVEN)) else {
        panic!();
    };
    assert_eq!(decline.lease, None);
}

#[test]
fn what_a_relay_passes_on_is_asked_and_answered_once() {
    let mut wire = Wire::default();
    wire.see(0, &asks(1));
    let mut passed = asks(1);
    (passed.relay, passed.source, passed.destination) = (OTHER, OTHER, SERVER);
    let Event::DhcpDiscover(discover) = wire.see(0, &passed) else {
        panic!();
    };
    assert_eq!(
        (discover.step.relayed, discover.attempt.number),
        (Some(1), 1)
    );
    let mut offer = says(2, SERVER);
    (offer.relay, offer.destination) = (OTHER, OTHER);
    wire.see(1, &offer);
    offer.destination = GIVEN;
    let Event::DhcpOffer(passed) = wire.see(1, &offer) else {
        panic!();
    };
    assert_eq!(passed.step.relayed, Some(3));
    assert!(passed.others.is_empty());
    assert_eq!(wire.findings(100), []);
}

#[test]
fn silence_is_told_with_all_that_was_asked() {
    let mut wire = Wire::default();
    for (second, transaction) in [(0, 7), (4, 7), (12, 9)] {
        let mut line = asks(1);
        line.transaction = transaction;
        wire.see(second, &line);
    }
    // Another client asks once and takes an offer that was not recorded.
    let mut other = asks(1);
    other.client = 2;
    wire.see(13, &other);
    let mut request = asks(3).with(54, SERVER);
    request.client = 2;
    wire.see(14, &request);
    let mut ack = lease();
    ack.client = 2;
    wire.see(15, &ack);
    let findings = wire.findings(60);
    let [Event::DhcpUnanswered(silence)] = findings.as_slice() else {
        panic!("{findings:?}");
    };
    assert_eq!(silence.packets.as_slice(), [1, 2, 3]);
    assert_eq!((silence.attempts, silence.waited_ns), (3, 60 * SECOND));
}

#[test]
fn a_client_that_begins_anew_has_given_up_its_request() {
    let mut wire = Wire::default();
    wire.see(0, &asks(3).with(50, GIVEN));
    let mut discover = asks(1);
    discover.transaction = 8;
    wire.see(6, &discover);
    let mut offer = says(2, SERVER);
    offer.transaction = 8;
    wire.see(7, &offer);
    let findings = wire.findings(100);
    let [Event::DhcpUnanswered(silence)] = findings.as_slice() else {
        panic!("{findings:?}");
    };
    assert!(silence.began_anew);
    assert_eq!(silence.waited_ns, 6 * SECOND);
}

#[test]
fn servers_contradict_each_other_where_their_settings_differ_on_one_way() {
    let settings = |server, gateway, relay| {
        let mut offer = says(2, server).with(3, gateway);
        offer.relay = relay;
        offer
    };
    for (gateway, relay, contradict) in [
        (SERVER, NOWHERE, false),
        (OTHER, NOWHERE, true),
        (OTHER, [10, 0, 9, 1], false),
    ] {
        let mut wire = Wire::default();
        wire.see(0, &asks(1));
        wire.see(1, &settings(SERVER, SERVER, NOWHERE));
        wire.see(1, &settings(OTHER, gateway, relay));
        let findings = wire.findings(2);
        let [Event::DhcpSeveralServers(several)] = findings.as_slice() else {
            panic!("{findings:?}");
        };
        assert_eq!(several.contradict(), contradict);
        assert_eq!(several.offers, [2, 3]);
    }
}

#[test]
fn more_clients_than_there_is_room_for_are_counted() {
    let mut wire = Wire {
        tracker: DhcpTracker::with_most(4),
        ..Wire::default()
    };
    for client in 0..40 {
        let mut line = asks(1);
        (line.client, line.transaction) = (client, u32::from(client));
        wire.see(u64::from(client), &line);
    }
    assert_eq!(wire.tracker.evicted(), 36 * 2);
    assert_eq!(wire.findings(100).len(), 40);
    for _ in 0..40 {
        wire.see(101, &asks(1));
    }
    let exchange = wire.tracker.exchanges.get_mut(&{
        let bytes = asks(1).bytes();
        let said = Said::of(&decode(Frame::alone(LinkType::RAW, &bytes))).unwrap();
        (said.client, said.transaction)
    });
    assert_eq!(exchange.unwrap().steps().count(), 16);
}

proptest! {
    #[test]
    fn any_messages_can_be_followed(
        lines in proptest::collection::vec(
            (0..10_u8, 0..3_u8, 0..4_u32, proptest::collection::vec(any::<u8>(), 0..40)),
            0..60,
        ),
    ) {
        let mut wire = Wire {
            tracker: DhcpTracker::with_most(3),
            ..Wire::default()
        };
        for (index, (kind, client, transaction, options)) in lines.into_iter().enumerate() {
            let mut line = asks(kind);
            (line.client, line.transaction, line.options) = (client, transaction, options);
            wire.see_bytes(index as u64, &line.bytes());
        }
        wire.findings(1000);
    }
}
