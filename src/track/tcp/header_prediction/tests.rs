//! With header prediction and without: whatever happens on a wire, both change
//! the same and tell the same.

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::*;
use crate::decode::Tcp;
use crate::track::tcp::Segment;

/// One connection as it is followed, and one in which nothing is predicted.
#[derive(Default)]
struct Twins {
    followed: Connection,
    unpredicted: Connection,
    /// Segments that were predicted.
    predicted: u32,
}

impl Twins {
    fn segment(&mut self, side: Side, segment: &Segment<'_>) -> TestCaseResult {
        let (mut events, mut unpredicted_events) = (Vec::new(), Vec::new());
        let followed = match self.followed.predicted(side, segment, &mut events) {
            Some(followed) => {
                self.predicted += 1;
                followed
            }
            None => self.followed.any_segment(side, segment, &mut events),
        };
        let unpredicted = self
            .unpredicted
            .any_segment(side, segment, &mut unpredicted_events);
        prop_assert_eq!(format!("{followed:?}"), format!("{unpredicted:?}"));
        prop_assert_eq!(events, unpredicted_events);
        prop_assert_eq!(
            format!("{:?}", self.followed),
            format!("{:?}", self.unpredicted)
        );
        let said = |connection: &Connection| format!("{:?}", connection.summary());
        prop_assert_eq!(said(&self.followed), said(&self.unpredicted));
        Ok(())
    }
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
    /// Offered by a SYN.
    scale: Option<u8>,
    /// Of the next segment.
    sack: Option<(u32, u32)>,
}

impl Ends {
    /// After a handshake that has been followed, or was before the capture;
    /// both have offered this window scale.
    fn open(
        twins: &mut Twins,
        initial: u32,
        identification: u16,
        (is_seen, scale): (bool, Option<u8>),
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
            scale,
            ..Self::default()
        };
        let (client, server) = (ends.next.client, ends.next.server);
        if !is_seen {
            ends.acknowledge(twins, Side::Client)?;
            ends.acknowledge(twins, Side::Server)?;
            return Ok(ends);
        }
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
        if segment.tcp.flags.has(TcpFlags::SYN) {
            segment.offer.window_scale = self.scale;
        }
        segment.sack.extend(self.sack.take());
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
                self.window[side] = 0;
                self.acknowledge(twins, side)
            }
            // A copy of one before the last.
            35 => {
                let now = self.identification[side];
                self.identification[side] = now.wrapping_sub(2 + much % 8);
                self.acknowledge(twins, side)?;
                self.identification[side] = now;
                Ok(())
            }
            // As much as the window takes.
            37 => {
                self.window[side.other()] = 1 + much % 3;
                self.acknowledge(twins, side.other())?;
                let scale = self.scale.unwrap_or(0).min(14);
                let length = u32::from(1 + much % 3) << scale;
                self.next[side] = own.wrapping_add(length);
                self.send(twins, side, ack, (own, other, length))
            }
            _ => Ok(()),
        }
    }
}

/// Whether the handshake was seen, and the window scale in it.
fn opening() -> impl Strategy<Value = (bool, Option<u8>)> {
    (
        prop_oneof![3 => Just(true), 1 => Just(false)],
        proptest::option::of(0..16_u8),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn the_short_way_changes_and_tells_the_same_as_the_long_one(
        initial: u32,
        identification in prop_oneof![Just(0_u16), 1..=u16::MAX],
        opening in opening(),
        steps in proptest::collection::vec((0..38_u8, any::<bool>(), any::<u16>()), 0..120),
    ) {
        let mut twins = Twins::default();
        let mut ends = Ends::open(&mut twins, initial, identification, opening)?;
        for step in steps {
            ends.step(&mut twins, step)?;
        }
    }

    #[test]
    fn what_is_due_takes_the_short_way(
        initial: u32,
        // Where they wrap around nothing is predicted.
        identification in 0..0x8000_u16,
        opening in opening(),
        steps in proptest::collection::vec((0..6_u8, any::<bool>(), any::<u16>()), 2..40),
    ) {
        let mut twins = Twins::default();
        let mut ends = Ends::open(&mut twins, initial, identification, opening)?;
        // Both must have said their window after the handshake.
        ends.step(&mut twins, (0, true, 7))?;
        ends.step(&mut twins, (0, false, 7))?;
        let before = twins.predicted;
        for step in &steps {
            ends.step(&mut twins, *step)?;
        }
        prop_assert_eq!(twins.predicted - before, 2 * steps.len() as u32);
    }
}
