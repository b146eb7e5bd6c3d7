//! A TCP connection that comes about, planned phase by phase, and a message
//! flight by flight: a flight's segments, which of them are lost or late, what
//! the receiver acknowledges at which moment, and what the sender does about
//! it. Only then is it said when each packet passes the recorder, which stands
//! somewhere between the two.
//!
//! Numbers here count from 0 at the initial sequence number.

use std::collections::VecDeque;

use super::frame::{ACK, FIN, Link, PSH, RST, SYN, Segment, segment_size};
use super::message::Message;
use super::random::Random;
use super::script::{Said, Side, Step};

const US: u64 = 1_000;
const MS: u64 = 1_000_000;

/// A host's time to answer by itself.
const REACTION: u64 = 20 * US;
/// The first flight's segments (RFC 6928).
const FIRST_FLIGHT: u32 = 10;

/// A part of a connection.
#[derive(Clone, Copy)]
enum Phase {
    /// The handshake.
    Open,
    /// A message, sent so far up to the number.
    Send(Side, Message, u32),
    /// Nothing is sent for so long.
    Pause(u64),
    /// This side's window is full for a while.
    Stall(Side),
    /// This side asks whether the other is still there.
    KeepAlive(Side),
    /// FINs, this side's first; the other's perhaps together with its ACK.
    Close(Side, bool),
    /// This side gives up.
    Reset(Side),
    /// All over again, from another port.
    Again(u32),
}

/// What is to come about, and over which path.
pub struct Plan {
    phases: VecDeque<Phase>,
    /// The most segments in one flight.
    most: u32,
    /// One segment in so many is lost.
    lost: u64,
    /// One segment in so many is late.
    late: u64,
    /// The longest way from the recorder to an end, in nanoseconds.
    far: u64,
    /// Between two segments of a flight.
    gap: u64,
}

impl Plan {
    /// A few requests and responses.
    pub fn web(port: u16, random: &mut Random) -> Self {
        let mut phases = VecDeque::from([Phase::Open]);
        let encrypted = port == 443;
        for _ in 0..=random.below(3) {
            // Most pages are small, a few are large.
            let most = if random.one_in(60) { 300_000 } else { 6_000 };
            let (number, body) = (random.word() % 100_000, random.between(100, most) as u32);
            let (request, response) = match encrypted {
                true => (
                    Message::records(number, 517),
                    Message::records(number, body),
                ),
                false => (Message::http_request(number), Message::http_response(body)),
            };
            phases.push_back(Phase::Send(Side::Client, request, 0));
            phases.push_back(Phase::Pause(random.below(30 * MS)));
            phases.push_back(Phase::Send(Side::Server, response, 0));
            match random.below(60) {
                0 => phases.push_back(Phase::Stall(Side::Client)),
                1 => phases.extend([Phase::Pause(10_000 * MS), Phase::KeepAlive(Side::Client)]),
                _ => phases.push_back(Phase::Pause(random.below(200 * MS))),
            }
        }
        let closer = [Side::Client, Side::Server][random.below(2) as usize];
        phases.push_back(match random.one_in(30) {
            true => Phase::Reset(closer),
            false => Phase::Close(closer, random.one_in(2)),
        });
        Self {
            phases,
            most: 40,
            lost: 400,
            late: 400,
            far: 30 * MS,
            gap: random.between(12 * US, 120 * US),
        }
    }

    /// Transfers without end; every second one goes up.
    pub fn bulk(number: u32, random: &mut Random) -> Self {
        Self {
            phases: transfer(number, random),
            most: 200,
            lost: 500,
            late: 5_000,
            far: 8 * MS,
            gap: 12 * US,
        }
    }
}

fn transfer(number: u32, random: &mut Random) -> VecDeque<Phase> {
    let from = if number.is_multiple_of(2) {
        Side::Server
    } else {
        Side::Client
    };
    let length = random.between(8_000_000, 64_000_000) as u32;
    let ask = Phase::Send(Side::Client, Message::http_request(number), 0);
    let give = Phase::Send(from, Message::noise(number, length), 0);
    let close = Phase::Close(Side::Client, false);
    VecDeque::from([Phase::Open, ask, give, close, Phase::Again(number)])
}

/// One side of the connection.
#[derive(Clone, Copy, Default)]
struct End {
    /// The side's initial sequence number.
    start: u32,
    /// The number that the side sends next.
    next: u32,
    /// What the side has, without gaps, of the other.
    got: u32,
    /// What the side acknowledged last.
    acknowledged: u32,
    /// The side's timestamp clock at time 0.
    clock: u32,
    /// The timestamp that it echoes.
    echo: u32,
    /// Segments that it may send at once.
    flight: u32,
    /// The time from the recorder to this side, one way.
    distance: u64,
}

/// A connection in progress.
pub struct Connection {
    plan: Plan,
    ends: [End; 2],
    timestamps: bool,
    /// The next phase cannot begin before this time.
    ready: u64,
}

/// A segment of a flight that does not come with the others.
struct Straggler {
    index: u32,
    /// Late by so long; `None`: lost.
    late: Option<u64>,
    /// The loss happens before the recorder.
    unseen: bool,
}

/// A data segment on its way.
struct Arrival {
    at: u64,
    index: u32,
    timestamp: u32,
}

impl Connection {
    /// Makes a connection with a path of its own.
    pub fn new(plan: Plan, random: &mut Random) -> Self {
        let mut ends = [End::default(); 2];
        for end in &mut ends {
            end.clock = random.word();
            end.distance = random.below(plan.far);
        }
        // The recorder runs on one of the two, more often than not.
        if let Some(host) = ends.get_mut(random.below(4) as usize) {
            host.distance = 0;
        }
        let mut connection = Self {
            plan,
            ends,
            timestamps: !random.one_in(10),
            ready: 0,
        };
        connection.restart(random);
        connection
    }

    fn restart(&mut self, random: &mut Random) {
        for end in &mut self.ends {
            end.start = random.word();
            (end.next, end.got, end.acknowledged, end.echo) = (0, 0, 0, 0);
            end.flight = FIRST_FLIGHT;
        }
    }

    /// Appends the next phase's packets, or the next flight's.
    pub fn plan(
        &mut self,
        now: u64,
        random: &mut Random,
        link: &mut Link,
        steps: &mut VecDeque<Step>,
    ) {
        while steps.is_empty() {
            let start = now.max(self.ready);
            let Some(phase) = self.plan.phases.pop_front() else {
                return;
            };
            match phase {
                Phase::Open => self.open(start, random, steps),
                Phase::Send(from, message, sent) => {
                    let size = segment_size(&link.hosts[0].ip);
                    let sent = self.flight(start, from, &message, sent, size, random, steps);
                    if sent < message.length {
                        let rest = Phase::Send(from, message, sent);
                        self.plan.phases.push_front(rest);
                    }
                }
                Phase::Pause(time) => self.ready = start + time,
                Phase::Stall(side) => self.stall(start, side, steps),
                Phase::KeepAlive(side) => self.probe(start, side, true, steps),
                Phase::Close(side, simultaneous) => {
                    self.close(start, side, simultaneous, random, steps)
                }
                Phase::Reset(side) => self.say(start, side, RST | ACK, steps),
                Phase::Again(number) => {
                    link.ports[0] = link.ports[0].wrapping_add(1).max(1_024);
                    self.restart(random);
                    self.plan.phases = transfer(number, random);
                    self.ready = start + 50 * MS;
                }
            }
        }
    }

    /// The time between the ends, one way.
    fn trip(&self) -> u64 {
        self.ends[0].distance + self.ends[1].distance + REACTION
    }

    fn timestamp(&self, at: u64, from: Side) -> u32 {
        let clock = self.ends[from as usize].clock;
        clock.wrapping_add((at / MS) as u32)
    }

    /// A segment without data, in its place.
    fn say(&mut self, at: u64, from: Side, flags: u8, steps: &mut VecDeque<Step>) {
        let segment = self.segment(at, from, flags);
        self.send(at, from, segment, steps);
        let end = &mut self.ends[from as usize];
        end.acknowledged = end.got;
        if flags & (SYN | FIN) != 0 {
            end.next = end.next.wrapping_add(1);
        }
    }

    fn segment(&self, at: u64, from: Side, flags: u8) -> Segment {
        let (end, peer) = (&self.ends[from as usize], &self.ends[from.other() as usize]);
        Segment {
            flags,
            sequence: end.start.wrapping_add(end.next),
            acknowledgment: match flags & ACK {
                0 => 0,
                _ => peer.start.wrapping_add(end.got),
            },
            window: match flags & (SYN | RST) {
                0 => 4_096,
                SYN => 64_240,
                _ => 0,
            },
            timestamps: (self.timestamps && flags & RST == 0)
                .then(|| (self.timestamp(at, from), end.echo)),
            sack: None,
            data: None,
        }
    }

    /// The recorder sees it when it has come so far.
    fn send(&self, at: u64, from: Side, segment: Segment, steps: &mut VecDeque<Step>) {
        let at_ns = at + self.ends[from as usize].distance;
        steps.push_back(Step::new(at_ns, from, Said::Tcp(segment)));
    }

    /// The other side has all that this side sent, sent at the time given.
    fn arrive(&mut self, sent: u64, from: Side) {
        let (next, timestamp) = (self.ends[from as usize].next, self.timestamp(sent, from));
        let peer = &mut self.ends[from.other() as usize];
        (peer.got, peer.echo) = (next, timestamp);
    }

    fn open(&mut self, mut at: u64, random: &mut Random, steps: &mut VecDeque<Step>) {
        self.say(at, Side::Client, SYN, steps);
        if random.one_in(60) {
            // The first one was lost behind the recorder.
            at += 1_000 * MS;
            self.ends[0].next = 0;
            self.say(at, Side::Client, SYN, steps);
        }
        for (side, flags) in [(Side::Server, SYN | ACK), (Side::Client, ACK)] {
            self.arrive(at, side.other());
            at += self.trip();
            self.say(at, side, flags, steps);
        }
        self.arrive(at, Side::Client);
        self.ready = at + REACTION;
    }

    fn close(
        &mut self,
        mut at: u64,
        closer: Side,
        simultaneous: bool,
        random: &mut Random,
        steps: &mut VecDeque<Step>,
    ) {
        let other = closer.other();
        self.say(at, closer, FIN | ACK, steps);
        self.arrive(at, closer);
        at += self.trip();
        if !simultaneous {
            self.say(at, other, ACK, steps);
            at += random.below(50 * MS);
        }
        self.say(at, other, FIN | ACK, steps);
        self.arrive(at, other);
        self.say(at + self.trip(), closer, ACK, steps);
        self.ready = at + 2 * self.trip();
    }

    /// The receiver closes its window, is asked twice, and opens it.
    fn stall(&mut self, start: u64, receiver: Side, steps: &mut VecDeque<Step>) {
        let mut full = self.segment(start, receiver, ACK);
        full.window = 0;
        self.send(start, receiver, full, steps);
        let mut at = start + self.trip();
        for wait in [200 * MS, 400 * MS] {
            at = at.max(self.ready) + wait;
            self.probe(at, receiver.other(), false, steps);
        }
        let at = self.ready + 100 * MS;
        self.say(at, receiver, ACK, steps);
        self.arrive(at, receiver);
        self.ready = at + self.trip();
    }

    /// A segment that is one number behind, to be answered (RFC 1122,
    /// sections 4.2.2.17 and 4.2.3.6).
    fn probe(&mut self, at: u64, from: Side, open: bool, steps: &mut VecDeque<Step>) {
        let mut probe = self.segment(at, from, ACK);
        probe.sequence = probe.sequence.wrapping_sub(1);
        self.send(at, from, probe, steps);
        let back = at + self.trip();
        let mut answer = self.segment(back, from.other(), ACK);
        if !open {
            answer.window = 0;
        }
        self.send(back, from.other(), answer, steps);
        self.ready = back + self.trip();
    }

    /// Sends as much of a message as may be on its way at once, and sees to it
    /// that all of it arrives. Gives what has been sent of the message then.
    #[allow(
        clippy::too_many_arguments,
        reason = "all of it is the flight's situation"
    )]
    fn flight(
        &mut self,
        start: u64,
        from: Side,
        message: &Message,
        sent: u32,
        size: u32,
        random: &mut Random,
        steps: &mut VecDeque<Step>,
    ) -> u32 {
        let end = self.ends[from as usize];
        let count = (message.length - sent).div_ceil(size).min(end.flight);
        let until = message.length.min(sent + count * size);
        let first = end.next;
        let straggler = self.straggler(count, from, random);
        let data = |connection: &Self, at, index: u32| {
            let offset = sent + index * size;
            let length = size.min(until - offset);
            let push = if offset + length == message.length {
                PSH
            } else {
                0
            };
            let mut segment = connection.segment(at, from, ACK | push);
            segment.sequence = end.start.wrapping_add(first).wrapping_add(index * size);
            segment.data = Some((*message, offset, length));
            segment
        };
        let mut arrivals = Vec::with_capacity(count as usize + 1);
        for index in 0..count {
            let at = start + u64::from(index) * self.plan.gap;
            let mut arrival = Arrival {
                at: at + self.trip(),
                index,
                timestamp: self.timestamp(at, from),
            };
            let segment = data(self, at, index);
            match &straggler {
                Some(it) if it.index == index => match it.late {
                    None if it.unseen => continue,
                    None => {
                        self.send(at, from, segment, steps);
                        continue;
                    }
                    Some(late) => {
                        let seen = if it.unseen { late } else { 0 };
                        self.send(at + seen, from, segment, steps);
                        arrival.at += late;
                    }
                },
                _ => self.send(at, from, segment, steps),
            }
            arrivals.push(arrival);
        }
        if let Some(index) = straggler.filter(|it| it.late.is_none()).map(|it| it.index) {
            let (at, flight) = self.again(start, count, index, from);
            self.send(at, from, data(self, at, index), steps);
            arrivals.push(Arrival {
                at: at + self.trip(),
                index,
                timestamp: self.timestamp(at, from),
            });
            self.ends[from as usize].flight = flight;
        } else {
            self.ends[from as usize].flight = (end.flight * 2).min(self.plan.most);
        }
        arrivals.sort_by_key(|arrival| arrival.at);
        let sizes = |index: u32| first.wrapping_add((index * size).min(until - sent));
        self.receive(from.other(), &arrivals, sizes, steps);
        self.ends[from as usize].next = first.wrapping_add(until - sent);
        until
    }

    /// The segment of a flight that does not come with the others, if any.
    fn straggler(&self, count: u32, from: Side, random: &mut Random) -> Option<Straggler> {
        let index = random.below(count.into()) as u32;
        let seen_late = self.ends[from as usize].distance > 0;
        let unseen = seen_late && random.one_in(2);
        if random.below(self.plan.lost) < count.into() {
            let late = None;
            return Some(Straggler {
                index,
                late,
                unseen,
            });
        }
        let overtaken = index + 2 < count && random.below(self.plan.late) < count.into();
        overtaken.then(|| Straggler {
            index,
            late: Some(self.plan.gap * random.between(1, 3) + self.plan.gap / 2),
            unseen,
        })
    }

    /// The time when the lost segment is sent again, and what the sender may
    /// send at once from then on: by the third duplicate ACK (RFC 5681), or
    /// when the time is over (RFC 6298).
    fn again(&self, start: u64, count: u32, lost: u32, from: Side) -> (u64, u32) {
        let sent = |index: u32| start + u64::from(index) * self.plan.gap;
        let flight = self.ends[from as usize].flight;
        let round_trip = 2 * self.trip();
        if lost + 3 < count {
            (sent(lost + 3) + round_trip, (flight / 2).max(2))
        } else {
            (sent(count) + 2 * round_trip + 200 * MS, 1)
        }
    }

    /// Acknowledges a flight: every second segment, the last, and at once what
    /// leaves or fills a gap. `start_of` gives where a segment begins.
    fn receive(
        &mut self,
        receiver: Side,
        arrivals: &[Arrival],
        start_of: impl Fn(u32) -> u32,
        steps: &mut VecDeque<Step>,
    ) {
        let peer_start = self.ends[receiver.other() as usize].start;
        let (mut expected, mut beyond, mut waiting) = (0, None::<(u32, u32)>, 0);
        for (place, arrival) in arrivals.iter().enumerate() {
            let last = place + 1 == arrivals.len();
            let end = &mut self.ends[receiver as usize];
            if start_of(arrival.index) == end.acknowledged {
                end.echo = arrival.timestamp;
            }
            let mut now = last;
            if arrival.index == expected {
                now |= beyond.is_some() || waiting == 1;
                expected = match beyond.take() {
                    Some((_, highest)) => highest + 1,
                    None => expected + 1,
                };
                waiting += 1;
                end.got = start_of(expected);
            } else {
                let lowest = beyond.map_or(arrival.index, |(lowest, _)| lowest);
                beyond = Some((lowest, arrival.index));
                now = true;
            }
            if now {
                waiting = 0;
                let at = arrival.at + REACTION;
                let mut ack = self.segment(at, receiver, ACK);
                ack.sack = beyond.map(|(lowest, highest)| {
                    let edge = |index| peer_start.wrapping_add(start_of(index));
                    (edge(lowest), edge(highest + 1))
                });
                self.send(at, receiver, ack, steps);
                self.ends[receiver as usize].acknowledged = self.ends[receiver as usize].got;
                self.ends[receiver.other() as usize].echo = self.timestamp(at, receiver);
                self.ready = at + self.trip();
            }
        }
    }
}
