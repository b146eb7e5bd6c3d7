//! A connection as long as it is dull: opened by a SYN, everything in order,
//! everything acknowledged that was sent. Of such a connection nothing is told
//! but notes, and a few numbers say what may come next.
//!
//! In come the segments before anything else has followed them; out comes
//! whether the next one is as dull. The test is strict, and errs on the safe
//! side: what it refuses is followed in full, and may turn out to be harmless.

use super::marks::{mostly_rise, rises};
use super::segment::Segment;
use crate::decode::{Tcp, TcpFlags};
use crate::track::journal::stored;
use crate::track::{PacketNumber, Side, Sides};

/// Larger messages belong to no heartbeat.
const SMALL: u32 = 128;

/// Fewer small messages of a side make no heartbeat.
const BEATS: u8 = 4;

/// A larger shift of the window is an error (RFC 7323, section 2.3).
const SHIFT_AT_MOST: u8 = 14;

/// A segment as it stands in the packet.
#[derive(Clone, Copy, Debug)]
pub(in crate::track) struct Bare<'p> {
    pub tcp: Tcp,
    /// All option bytes.
    pub options: &'p [u8],
    /// Value and echo, where the options have lost them.
    pub timestamps: Option<[u32; 2]>,
    /// The IPv4 identification; 0 where there is none.
    pub identification: u16,
    pub time_to_live: u8,
}

/// What a SYN offers.
#[derive(Clone, Copy, Debug, Default)]
struct Offered {
    segment_size: u16,
    /// How many times it says it.
    segment_sizes: u8,
    shift: u8,
    sack: bool,
}

impl<'p> Bare<'p> {
    /// As it is followed.
    pub fn segment(&self, number: PacketNumber, time_ns: u64) -> Segment<'p> {
        let mut segment = Segment::new(number, time_ns, self.tcp, self.options);
        if let Some([value, echo]) = self.timestamps {
            segment.timestamps = Some((value, echo));
        }
        segment.identification = self.identification;
        segment.time_to_live = self.time_to_live;
        segment
    }

    /// Whether its options are timestamps, padded in front (RFC 7323, appendix
    /// A), or none: what nearly all have that are no SYN.
    #[inline]
    pub fn has_usual_options(&self) -> bool {
        matches!(self.options, [] | [1, 1, 8, 10, _, _, _, _, _, _, _, _])
    }

    /// The segment size that a SYN with a plain offer says.
    #[inline]
    fn segment_size(&self) -> u16 {
        match *self.options {
            [2, 4, a, b, ..] => u16::from_be_bytes([a, b]),
            _ => self.offered().segment_size,
        }
    }

    /// The few options that matter here. All lengths are known to be right.
    fn offered(&self) -> Offered {
        let mut offered = Offered::default();
        let mut rest = self.options;
        loop {
            rest = match rest {
                [] | [0, ..] => return offered,
                [1, behind @ ..] => behind,
                [2, 4, a, b, behind @ ..] => {
                    offered.segment_size = u16::from_be_bytes([*a, *b]);
                    offered.segment_sizes += 1;
                    behind
                }
                [3, 3, shift, behind @ ..] => {
                    offered.shift = *shift;
                    behind
                }
                [kind, length, ..] => {
                    offered.sack |= *kind == 5;
                    let length = usize::from(*length).max(2);
                    rest.get(length..).unwrap_or_default()
                }
                [_] => return offered,
            };
        }
    }
}

stored! {
    /// One direction.
    pub(in crate::track) struct Line {
        /// Behind the last sequence number.
        pub next: u32,
        /// How far the peer has acknowledged it.
        pub acknowledged: u32,
        /// The window that its last segment announced, raw.
        pub window: u16,
        /// The maximum segment size that its SYN offered.
        segment_size: u16,
        /// Its last IP identification that is not 0,
        pub identification: u16,
        /// and the highest, as far as they rise.
        latest: u16,
        /// How often the next was a little higher, and how often it was not.
        rising: u8,
        falling: u8,
        pub time_to_live: u8,
        /// Messages that may be part of a heartbeat.
        small: u8,
        /// Its FIN was sent: 1; and acknowledged: 2.
        fin: u8,
        /// It sent data, and nothing can be said of its messages.
        pub opaque: u8,
    }
}

/// How far its opening has come.
pub(in crate::track) mod stage {
    /// The client's SYN.
    pub const SYN: u8 = 1;
    /// The server's SYN-ACK.
    pub const SYN_ACK: u8 = 2;
    /// The third step.
    pub const OPEN: u8 = 3;
}

/// Both directions.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::track) struct Calm {
    pub lines: Sides<Line>,
    pub stage: u8,
}

impl Calm {
    /// Bytes that [`Calm::write`] takes.
    pub const LENGTH: usize = 2 * Line::LENGTH;

    /// What [`Calm::write`] wrote.
    pub fn read(bytes: &[u8; Self::LENGTH], stage: u8) -> Self {
        let (client, server) = bytes.split_at(Line::LENGTH);
        let line = |bytes: &[u8]| bytes.first_chunk().map(Line::read).unwrap_or_default();
        Self {
            lines: Sides {
                client: line(client),
                server: line(server),
            },
            stage,
        }
    }

    /// Writes everything but the stage.
    pub fn write(&self, bytes: &mut [u8; Self::LENGTH]) {
        let (client, server) = bytes.split_at_mut(Line::LENGTH);
        for (line, bytes) in [(&self.lines.client, client), (&self.lines.server, server)] {
            if let Some(bytes) = bytes.first_chunk_mut() {
                line.write(bytes);
            }
        }
    }

    /// Whether a connection may begin so: with a SYN and nothing else.
    pub fn may_begin_with(segment: &Bare<'_>) -> bool {
        let tcp = &segment.tcp;
        let others = [TcpFlags::ACK, TcpFlags::FIN, TcpFlags::RST];
        tcp.flags.has(TcpFlags::SYN)
            && !others.into_iter().any(|flag| tcp.flags.has(flag))
            && tcp.payload_length == 0
            && has_plain_offer(segment)
    }

    /// Whether nothing but notes is to be told of a segment.
    #[inline]
    pub fn accepts(&self, side: Side, segment: &Bare<'_>) -> bool {
        let tcp = &segment.tcp;
        let (from, to) = (&self.lines[side], &self.lines[side.other()]);
        let [syn, ack, fin, rst] =
            [TcpFlags::SYN, TcpFlags::ACK, TcpFlags::FIN, TcpFlags::RST].map(|f| tcp.flags.has(f));
        if !ack || rst || from.may_be_copy(segment) {
            return false;
        }
        match self.stage {
            stage::SYN => {
                side == Side::Server
                    && syn
                    && !fin
                    && tcp.payload_length == 0
                    && tcp.acknowledgment == to.next
                    && has_plain_offer(segment)
            }
            stage::SYN_ACK if side == Side::Server || fin => false,
            _ => {
                let unacknowledged = to.next.wrapping_sub(to.acknowledged);
                let room = u32::from(to.segment_size);
                let control = from.fin != 0 && (fin || tcp.payload_length > 0);
                !syn
                    && !control
                    && (segment.has_usual_options() || !segment.offered().sack)
                    && tcp.sequence == from.next
                    && to.next.wrapping_sub(tcp.acknowledgment) <= unacknowledged
                    && tcp.window != 0
                    && tcp.payload_length <= room
                    // The third step acknowledges the SYN-ACK.
                    && (self.stage == stage::OPEN || tcp.acknowledgment == to.next)
            }
        }
    }

    /// Takes in a segment that was accepted, the first one included.
    #[inline]
    pub fn take(&mut self, side: Side, segment: &Bare<'_>) {
        let tcp = &segment.tcp;
        let (from, to) = self.lines.pair(side);
        from.see(segment.identification);
        from.window = tcp.window;
        from.time_to_live = segment.time_to_live;
        let fin = tcp.flags.has(TcpFlags::FIN);
        if tcp.flags.has(TcpFlags::SYN) {
            from.next = tcp.sequence.wrapping_add(1);
            from.acknowledged = tcp.sequence;
            from.segment_size = segment.segment_size();
        } else {
            from.next = from
                .next
                .wrapping_add(tcp.payload_length)
                .wrapping_add(u32::from(fin));
        }
        if tcp.flags.has(TcpFlags::ACK) {
            to.acknowledged = tcp.acknowledgment;
            if to.fin == 1 && tcp.acknowledgment == to.next {
                to.fin = 2;
            }
        }
        from.fin |= u8::from(fin);
        from.opaque |= u8::from(tcp.payload_length > 0);
        if (1..=SMALL).contains(&tcp.payload_length) {
            from.small = from.small.saturating_add(1);
        }
        self.stage = match self.stage {
            0 => stage::SYN,
            stage::SYN => stage::SYN_ACK,
            _ => stage::OPEN,
        };
    }

    /// Both directions are closed and acknowledged.
    pub fn is_closed(&self) -> bool {
        self.lines.client.fin == 2 && self.lines.server.fin == 2
    }

    /// Whether it has sent messages that may make a heartbeat.
    pub fn may_beat(&self) -> bool {
        self.lines.client.small >= BEATS || self.lines.server.small >= BEATS
    }
}

impl Line {
    /// Whether its identification may be that of a packet seen before, as far
    /// as identifications tell: see [`super::copies`].
    #[inline]
    fn may_be_copy(&self, segment: &Bare<'_>) -> bool {
        let identification = segment.identification;
        if identification == 0 {
            // Where they rise to their end, 0 is one of them.
            return self.latest.wrapping_add(256) < 512 && self.latest != 0;
        }
        let step = identification.wrapping_sub(self.identification);
        let is_older = self.identification != 0 && (step == 0 || step >= 0x8000);
        let may_rise = mostly_rise(self.rising.into(), self.falling.into());
        is_older && (step == 0 || (may_rise && segment.tcp.payload_length == 0))
    }

    #[inline]
    fn see(&mut self, identification: u16) {
        if identification == 0 {
            return;
        }
        if self.identification != 0 {
            if rises(self.identification, identification) {
                self.rising = self.rising.saturating_add(1);
            } else {
                self.falling = self.falling.saturating_add(1);
            }
        }
        self.identification = identification;
        if self.latest == 0 || (1..0x8000).contains(&identification.wrapping_sub(self.latest)) {
            self.latest = identification;
        }
    }
}

/// Whether a SYN offers one segment size, and no window that cannot be.
fn has_plain_offer(segment: &Bare<'_>) -> bool {
    let offered = segment.offered();
    offered.segment_sizes == 1
        && offered.segment_size > 0
        && offered.shift <= SHIFT_AT_MOST
        && !offered.sack
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: [u8; 4] = [2, 4, 0x05, 0xb4];
    const SACK: [u8; 12] = [1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2];
    const ACK: TcpFlags = TcpFlags::ACK;

    fn segment(
        flags: u16,
        sequence: u32,
        acknowledgment: u32,
        payload_length: u32,
    ) -> Bare<'static> {
        Bare {
            tcp: Tcp {
                source_port: 0,
                destination_port: 0,
                sequence,
                acknowledgment,
                flags: TcpFlags(flags),
                window: 1000,
                checksum: 0,
                options_offset: 0,
                options_captured: 0,
                payload_length,
            },
            options: if flags & TcpFlags::SYN.0 != 0 {
                &OFFER
            } else {
                &[]
            },
            timestamps: None,
            identification: 0,
            time_to_live: 64,
        }
    }

    /// Client 100, server 500; the client has sent 10 bytes, acknowledged.
    fn dull() -> Calm {
        let mut calm = Calm::default();
        let syn = segment(TcpFlags::SYN.0, 100, 0, 0);
        assert!(Calm::may_begin_with(&syn));
        calm.take(Side::Client, &syn);
        let rest = [
            (Side::Server, segment(TcpFlags::SYN.0 | ACK.0, 500, 101, 0)),
            (Side::Client, segment(ACK.0, 101, 501, 0)),
            (Side::Client, segment(ACK.0, 101, 501, 10)),
            (Side::Server, segment(ACK.0, 501, 111, 0)),
        ];
        go_on(calm, &rest)
    }

    fn go_on(mut calm: Calm, segments: &[(Side, Bare<'_>)]) -> Calm {
        for (side, segment) in segments {
            assert!(calm.accepts(*side, segment), "{segment:?}");
            calm.take(*side, segment);
        }
        calm
    }

    #[test]
    fn a_connection_that_opens_carries_data_and_closes_stays_calm() {
        let fin = TcpFlags::FIN.0 | ACK.0;
        let calm = go_on(
            dull(),
            &[
                (Side::Server, segment(ACK.0, 501, 111, 1460)),
                (Side::Server, segment(ACK.0, 1961, 111, 40)),
                (Side::Client, segment(ACK.0, 111, 1961, 0)),
                (Side::Client, segment(ACK.0, 111, 2001, 0)),
                (Side::Server, segment(fin, 2001, 111, 0)),
                (Side::Client, segment(fin, 111, 2002, 0)),
            ],
        );
        assert!(!calm.is_closed());
        let calm = go_on(calm, &[(Side::Server, segment(ACK.0, 2002, 112, 0))]);
        assert!(calm.is_closed() && !calm.may_beat());
    }

    #[test]
    fn what_may_be_more_than_a_note_is_refused() {
        let calm = dull();
        let refused = |segment: Bare<'_>| !calm.accepts(Side::Client, &segment);
        assert!(refused(segment(ACK.0, 101, 501, 10)), "sent again");
        assert!(refused(segment(ACK.0, 110, 501, 0)), "a keep-alive");
        assert!(refused(segment(ACK.0, 121, 501, 10)), "a gap");
        assert!(refused(segment(ACK.0, 111, 502, 0)), "not sent yet");
        assert!(refused(segment(ACK.0, 111, 500, 0)), "less than before");
        assert!(
            refused(segment(TcpFlags::RST.0 | ACK.0, 111, 501, 0)),
            "RST"
        );
        assert!(
            refused(segment(TcpFlags::SYN.0 | ACK.0, 111, 501, 0)),
            "SYN"
        );
        assert!(refused(segment(0, 111, 501, 10)), "no ACK");
        assert!(
            refused(segment(ACK.0, 111, 501, 1461)),
            "larger than offered"
        );
        let mut closed = segment(ACK.0, 111, 501, 0);
        closed.tcp.window = 0;
        assert!(refused(closed), "the window is closed");
        let mut selective = segment(ACK.0, 111, 501, 0);
        selective.options = &SACK;
        assert!(refused(selective), "SACK");
        assert!(!refused(segment(ACK.0, 111, 501, 10)), "what is due next");
    }

    #[test]
    fn nothing_is_expected_behind_a_fin_but_acknowledgments() {
        let fin = segment(TcpFlags::FIN.0 | ACK.0, 111, 501, 0);
        let calm = go_on(dull(), &[(Side::Client, fin)]);
        assert!(!calm.accepts(Side::Client, &segment(ACK.0, 112, 501, 5)));
        assert!(calm.accepts(Side::Client, &segment(ACK.0, 112, 501, 0)));
        assert!(calm.accepts(Side::Server, &segment(ACK.0, 501, 112, 5)));
    }

    #[test]
    fn an_identification_seen_before_may_be_a_copy() {
        let with = |identification| Bare {
            identification,
            ..segment(ACK.0, 111, 501, 0)
        };
        let calm = go_on(dull(), &[(Side::Client, with(7)), (Side::Client, with(8))]);
        assert!(!calm.accepts(Side::Client, &with(8)));
        assert!(!calm.accepts(Side::Client, &with(7)));
        assert!(calm.accepts(Side::Client, &with(9)));
        assert!(calm.accepts(Side::Server, &segment(ACK.0, 501, 111, 0)));
    }

    #[test]
    fn small_messages_may_be_a_heartbeat() {
        let mut calm = dull();
        assert!(!calm.may_beat());
        for message in 0..3 {
            let segment = segment(ACK.0, 111 + message * 10, 501, 10);
            calm = go_on(calm, &[(Side::Client, segment)]);
        }
        assert!(calm.may_beat());
    }
}
