//! The segment that is due next on a connection in which nothing is out of the
//! ordinary: nearly all of them are. What it changes is little and known
//! beforehand ("header prediction", V. Jacobson), so it takes a short way
//! through the connection. The long way would change the same and tell the
//! same; whatever may be anything else takes it.

use super::connection::{Connection, Followed, Scales};
use super::half::{Arrival, Half};
use super::handshake::Stage;
use super::segment::Segment;
use super::sequence::{before, distance};
use super::{Completeness, State, copies, flow, heartbeat};
use crate::decode::TcpFlags;
use crate::track::packed::{Packed, Packer, Unpacker};
use crate::track::{Event, Side, Sides, TcpTracked};

/// The flags that have a say in following a connection. Of these, the segments
/// that take the short way have ACK alone.
const SAYING: u16 = TcpFlags::SYN.0 | TcpFlags::FIN.0 | TcpFlags::RST.0 | TcpFlags::ACK.0;

/// More than any packet carries: sequence numbers so near are in order.
const NEAR: u32 = 1 << 30;

/// What is known of a connection from the last segment that took the long way.
/// Segments that take the short way leave it so.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Steady {
    /// Nothing is out of the ordinary.
    holds: bool,
    scales: Scales,
}

/// It is worked out again.
impl Packed for Steady {
    fn pack(&self, _: &mut Packer) {}

    fn unpack(&mut self, _: &mut Unpacker<'_>) {
        *self = Self::default();
    }

    fn is_nothing(&self) -> bool {
        true
    }

    fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Steady {
    /// What is known of a connection now.
    pub fn of(connection: &Connection, scales: Scales) -> Self {
        let Sides { client, server } = &connection.halves;
        let answers_next = connection.stage == Stage::SynAck;
        Self {
            holds: !answers_next && stands(client) && stands(server),
            scales,
        }
    }
}

/// Whether a direction is open, all of it is known, and nothing is under way.
fn stands(half: &Half) -> bool {
    half.state == Some(State::Established)
        && half.seen
        && half.has_begun()
        && half.fin.is_none()
        && half.holes.len() == 0
        && !half.open_ended
        && half.unheard.is_none()
        && half
            .acknowledged
            .is_some_and(|known| !before(half.next, known))
        && half.past_syn
        && half.advertised.is_open()
        && half.recovery.is_calm()
}

impl Half {
    /// What is in flight, where more than the SYN has been acknowledged.
    #[inline]
    fn outstanding(&self) -> u32 {
        distance(self.acknowledged.unwrap_or_default(), self.next)
    }
}

/// Whether the segment that `side` sends is the one that is due next, and will
/// tell nothing that the short way cannot tell.
#[inline]
pub(super) fn is_due(connection: &Connection, side: Side, segment: &Segment<'_>) -> bool {
    if !connection.steady.holds {
        return false;
    }
    let (from, to) = (&connection.halves[side], &connection.halves[side.other()]);
    let tcp = &segment.tcp;
    let acknowledged = to.acknowledged.unwrap_or_default();
    let advance = tcp.acknowledgment.wrapping_sub(acknowledged);
    let outstanding = to.outstanding();
    // Else it may be a duplicate ACK.
    let says_something = tcp.payload_length > 0
        || advance > 0
        || outstanding == 0
        || !from.advertised.is_now(tcp.window);
    tcp.flags.0 & SAYING == TcpFlags::ACK.0
        && tcp.sequence == from.next
        && tcp.payload_length < NEAR
        && advance <= outstanding
        && says_something
        && tcp.window > 0
        && segment.sack.is_empty()
        && !segment.continues
        && !copies::may_be_copy(from, segment)
}

/// Follows a segment that `side` sent and that is due next.
#[inline]
pub(super) fn follow(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
) -> Followed {
    let Connection {
        halves,
        steady,
        seen,
        ..
    } = connection;
    let (from, to) = halves.pair(side);
    let (own_scale, scale) = (steady.scales[side], steady.scales[side.other()]);
    let (length, time_ns) = (segment.tcp.payload_length, segment.time_ns);
    let expected = from.relative(from.next);
    let window = to.advertised.open_window(scale);
    from.pass_time(from.outstanding(), window, time_ns);
    to.pass_time(
        to.outstanding(),
        from.advertised.open_window(own_scale),
        time_ns,
    );
    let new = acknowledge(to, segment);
    from.advertised.renew(own_scale, segment, new, events);
    from.marks.add(segment.mark());
    from.is_last(segment);
    let answered = seen.0 & Completeness::SYN_ACK != 0;
    let tracked = TcpTracked {
        relative_sequence: expected,
        relative_acknowledgment: to.relative(segment.tcp.acknowledgment),
        expected_sequence: expected,
        newly_acknowledged: new,
        scaled_window: from.advertised.open_window(own_scale),
        source_state: from.state,
        destination_state: to.state,
        source_observed: from.initial.is_some(),
        destination_observed: answered && to.initial.is_some(),
    };
    let mut arrival = Arrival::default();
    if length > 0 {
        arrival = from.data_in_order(segment);
        let in_flight = from.outstanding();
        heartbeat::message(&mut from.beats, segment.number, time_ns, length);
        flow::full(in_flight, window, to, events);
        seen.0 |= Completeness::DATA;
        from.measure_data(length, in_flight, time_ns);
        connection.think(side, time_ns);
    } else if new > 0 {
        to.measure_acknowledged(segment.tcp.acknowledgment, to.outstanding(), time_ns);
    }
    Followed {
        tracked,
        arrival,
        opened: false,
        closed: false,
    }
}

/// Its acknowledgment; gives how much of it is new.
#[inline]
fn acknowledge(to: &mut Half, segment: &Segment<'_>) -> u32 {
    let (number, time_ns) = (segment.number, segment.time_ns);
    let acknowledgment = segment.tcp.acknowledgment;
    let new = acknowledgment.wrapping_sub(to.acknowledged.unwrap_or_default());
    if new > 0 {
        let echo = segment.timestamps.map(|(_, echo)| echo);
        let taken = to.take_acknowledged(acknowledgment, number, time_ns, echo);
        to.recovery.arrived(taken.latest_sent_ns);
    }
    new
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::TestCaseResult;

    use super::*;
    use crate::decode::Tcp;

    /// One connection as it is followed, and one that takes the long way
    /// always.
    #[derive(Default)]
    struct Twins {
        followed: Connection,
        long: Connection,
        /// Segments that took the short way.
        short: u32,
    }

    impl Twins {
        fn segment(&mut self, side: Side, segment: &Segment<'_>) -> TestCaseResult {
            self.short += u32::from(is_due(&self.followed, side, segment));
            let (mut events, mut long_events) = (Vec::new(), Vec::new());
            let followed = self.followed.segment(side, segment, &mut events);
            let long = self.long.any_segment(side, segment, &mut long_events);
            prop_assert_eq!(format!("{followed:?}"), format!("{long:?}"));
            prop_assert_eq!(events, long_events);
            prop_assert_eq!(packed(&self.followed), packed(&self.long));
            let said = |connection: &Connection| format!("{:?}", connection.summary());
            prop_assert_eq!(said(&self.followed), said(&self.long));
            Ok(())
        }
    }

    /// All that is known of it, but what is worked out.
    fn packed(connection: &Connection) -> Option<Vec<u8>> {
        let mut packer = Packer::default();
        packer.begin(0);
        connection.pack(&mut packer);
        let mut bytes = vec![0; packer.finish()?];
        packer.write_to(&mut bytes);
        Some(bytes)
    }

    /// Something that a side does, and by how much.
    type Step = (u8, bool, u16);

    /// Both ends of a wire on which anything may happen.
    #[derive(Default)]
    struct Ends {
        next: Sides<u32>,
        identification: Sides<u16>,
        window: Sides<u16>,
        number: u64,
        time_ns: u64,
        /// Of the next segment.
        sack: Option<(u32, u32)>,
        continues: bool,
    }

    impl Ends {
        /// After a handshake that has been followed.
        fn open(
            twins: &mut Twins,
            initial: u32,
            identification: u16,
        ) -> Result<Self, TestCaseError> {
            let mut ends = Self {
                next: Sides {
                    client: initial,
                    server: initial ^ 0x8000_0000,
                },
                identification: Sides {
                    client: identification,
                    server: 0,
                },
                window: Sides {
                    client: 2000,
                    server: 3000,
                },
                ..Self::default()
            };
            let (client, server) = (ends.next.client, ends.next.server);
            let syn_ack = TcpFlags::SYN.0 | TcpFlags::ACK.0;
            ends.send(twins, Side::Client, TcpFlags::SYN.0, (client, 0, 0))?;
            let acknowledged = client.wrapping_add(1);
            ends.send(twins, Side::Server, syn_ack, (server, acknowledged, 0))?;
            ends.next.client = acknowledged;
            ends.next.server = server.wrapping_add(1);
            ends.acknowledge(twins, Side::Client)?;
            Ok(ends)
        }

        fn send(
            &mut self,
            twins: &mut Twins,
            side: Side,
            flags: u16,
            (sequence, acknowledgment, payload_length): (u32, u32, u32),
        ) -> TestCaseResult {
            self.number += 1;
            self.time_ns += 1_000_000;
            let tcp = Tcp {
                source_port: 1,
                destination_port: 2,
                sequence,
                acknowledgment,
                flags: TcpFlags(flags),
                window: self.window[side],
                checksum: 0,
                options_offset: 0,
                options_captured: 0,
                payload_length,
            };
            let mut segment = Segment::new(self.number, self.time_ns, tcp, &[]);
            segment.identification = self.identification[side];
            if segment.identification > 0 {
                self.identification[side] = segment.identification.wrapping_add(1);
                segment.timestamps = Some((self.number as u32, self.number as u32 - 1));
            }
            segment.time_to_live = 64;
            segment.sack.extend(self.sack.take());
            segment.continues = std::mem::take(&mut self.continues) && payload_length > 0;
            twins.segment(side, &segment)
        }

        fn acknowledge(&mut self, twins: &mut Twins, side: Side) -> TestCaseResult {
            let place = (self.next[side], self.next[side.other()], 0);
            self.send(twins, side, TcpFlags::ACK.0, place)
        }

        fn step(&mut self, twins: &mut Twins, (what, by_client, much): Step) -> TestCaseResult {
            let side = if by_client {
                Side::Client
            } else {
                Side::Server
            };
            let (own, other) = (self.next[side], self.next[side.other()]);
            let length = u32::from(much % 1460) + 1;
            let ack = TcpFlags::ACK.0;
            match what {
                // Data, and its acknowledgment at once.
                0..=5 => {
                    self.next[side] = own.wrapping_add(length);
                    self.send(twins, side, ack | TcpFlags::PSH.0, (own, other, length))?;
                    self.acknowledge(twins, side.other())
                }
                6..=13 => {
                    self.next[side] = own.wrapping_add(length);
                    self.send(twins, side, ack, (own, other, length))
                }
                14..=18 => self.acknowledge(twins, side),
                19 => {
                    let place = (own, other.wrapping_sub(length), 0);
                    self.send(twins, side, ack, place)
                }
                // Sent again, lost, overtaken.
                20 => {
                    let place = (own.wrapping_sub(length), other, u32::from(much % 2000));
                    self.send(twins, side, ack, place)
                }
                21 => {
                    self.next[side] = own.wrapping_add(length);
                    Ok(())
                }
                22 => {
                    self.next[side] = own.wrapping_add(2 * length);
                    self.send(twins, side, ack, (own.wrapping_add(length), other, length))?;
                    self.send(twins, side, ack, (own, other, length))
                }
                23 => {
                    self.window[side] = much % 4000;
                    self.acknowledge(twins, side)
                }
                24 => {
                    self.window[side] = 4000;
                    self.acknowledge(twins, side)
                }
                25 => self.send(twins, side, ack, (own.wrapping_sub(1), other, 0)),
                // A copy, or an identification from anywhere.
                26 => {
                    let last = self.identification[side].wrapping_sub(1);
                    self.identification[side] = last;
                    self.acknowledge(twins, side)
                }
                27 => {
                    self.identification[side] = much;
                    Ok(())
                }
                28 => {
                    self.time_ns += u64::from(much) * 10_000_000;
                    Ok(())
                }
                29 => {
                    self.time_ns = self.time_ns.saturating_sub(u64::from(much) * 1000);
                    Ok(())
                }
                30 if much % 16 == 0 => {
                    self.next[side] = own.wrapping_add(1);
                    self.send(twins, side, ack | TcpFlags::FIN.0, (own, other, 0))
                }
                31 if much % 64 == 0 => self.send(twins, side, TcpFlags::RST.0, (own, other, 0)),
                32 | 33 => {
                    self.sack = Some((other.wrapping_sub(length), other));
                    let behind = u32::from(what - 32) * 3000;
                    self.send(twins, side, ack, (own, other.wrapping_sub(behind), 0))
                }
                34 => {
                    self.continues = true;
                    Ok(())
                }
                35 => {
                    self.window[side] = 0;
                    self.acknowledge(twins, side)
                }
                _ => Ok(()),
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn the_short_way_changes_and_tells_the_same_as_the_long_one(
            initial: u32,
            identification in prop_oneof![Just(0_u16), 1..=u16::MAX],
            steps in proptest::collection::vec((0..36_u8, any::<bool>(), any::<u16>()), 0..120),
        ) {
            let mut twins = Twins::default();
            let mut ends = Ends::open(&mut twins, initial, identification)?;
            for step in steps {
                ends.step(&mut twins, step)?;
            }
        }

        #[test]
        fn what_is_due_takes_the_short_way(
            initial: u32,
            // Where they wrap around is no place to take short ways.
            identification in 0..0x8000_u16,
            steps in proptest::collection::vec((0..6_u8, any::<bool>(), any::<u16>()), 2..40),
        ) {
            let mut twins = Twins::default();
            let mut ends = Ends::open(&mut twins, initial, identification)?;
            // Both must have said their window after the handshake.
            ends.step(&mut twins, (0, true, 7))?;
            ends.step(&mut twins, (0, false, 7))?;
            let before = twins.short;
            for step in &steps {
                ends.step(&mut twins, *step)?;
            }
            prop_assert_eq!(twins.short - before, 2 * steps.len() as u32);
        }
    }

    #[test]
    fn a_connection_that_was_at_rest_takes_the_long_way_first() {
        let mut steady = Steady {
            holds: true,
            scales: Scales::default(),
        };
        steady.clear();
        assert!(!steady.holds);
        steady.holds = true;
        steady.unpack(&mut Unpacker::new(&[0], 0));
        assert!(!steady.holds);
    }
}
