//! A connection as long as it is dull: opened by a SYN, everything in order,
//! everything acknowledged that was sent. Of such a connection nothing is told
//! but notes, and a few numbers say what may come next.
//!
//! In come the segments before anything else has followed them; out comes
//! whether the next one is as dull. The test is strict, and errs on the safe
//! side: what it refuses is followed in full, and may turn out to be harmless.

use super::marks::{mostly_rise, rises};
use super::segment::Segment;
use crate::decode::{Brief, BriefOptions, Tcp, TcpFlags};
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
    pub options: Options<'p>,
    /// The IPv4 identification; 0 where there is none.
    pub identification: u16,
    pub time_to_live: u8,
}

/// What of a segment decides whether it is due next, and what it changes.
#[derive(Clone, Copy, Debug)]
pub(in crate::track) struct Gist {
    pub sequence: u32,
    pub acknowledgment: u32,
    pub flags: TcpFlags,
    pub window: u16,
    pub payload_length: u32,
    pub identification: u16,
    pub time_to_live: u8,
}

impl Gist {
    /// Of a frame of a usual build.
    #[inline(always)]
    pub fn of_brief(brief: &Brief) -> Self {
        Self {
            sequence: brief.tcp.sequence,
            acknowledgment: brief.tcp.acknowledgment,
            flags: brief.tcp.flags,
            window: brief.tcp.window,
            payload_length: brief.payload_length.into(),
            identification: brief.identification,
            time_to_live: brief.time_to_live,
        }
    }

    /// Whether it acknowledges, and is neither the opening nor a reset.
    #[inline(always)]
    fn is_between(&self) -> bool {
        const CONTROL: u16 = TcpFlags::SYN.0 | TcpFlags::ACK.0 | TcpFlags::RST.0;
        self.flags.0 & CONTROL == TcpFlags::ACK.0
    }
}

/// The options of a TCP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::track) enum Options<'p> {
    None,
    /// Timestamps, padded in front (RFC 7323, appendix A): value and echo.
    Timestamps([u32; 2]),
    Other(&'p [u8]),
}

impl<'p> Options<'p> {
    /// All option bytes of a header.
    #[inline]
    pub fn of(bytes: &'p [u8]) -> Self {
        match *bytes {
            [] => Self::None,
            [1, 1, 8, 10, a, b, c, d, e, f, g, h] => {
                Self::Timestamps([[a, b, c, d], [e, f, g, h]].map(u32::from_be_bytes))
            }
            _ => Self::Other(bytes),
        }
    }

    /// How many bytes they are.
    #[inline]
    pub fn length(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Timestamps(_) => TIMESTAMPS.len(),
            Self::Other(bytes) => bytes.len(),
        }
    }
}

/// Options that are timestamps, without the values.
const TIMESTAMPS: [u8; 12] = [1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0];

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
        let options: &[u8] = match self.options {
            Options::None => &[],
            Options::Timestamps(_) => &TIMESTAMPS,
            Options::Other(bytes) => bytes,
        };
        let mut segment = Segment::new(number, time_ns, self.tcp, options);
        if let Options::Timestamps([value, echo]) = self.options {
            segment.timestamps = Some((value, echo));
        }
        segment.identification = self.identification;
        segment.time_to_live = self.time_to_live;
        segment
    }

    #[inline(always)]
    pub fn gist(&self) -> Gist {
        Gist {
            sequence: self.tcp.sequence,
            acknowledgment: self.tcp.acknowledgment,
            flags: self.tcp.flags,
            window: self.tcp.window,
            payload_length: self.tcp.payload_length,
            identification: self.identification,
            time_to_live: self.time_to_live,
        }
    }

    /// Whether its options are timestamps or none: what nearly all have that
    /// are no SYN.
    #[inline]
    fn has_usual_options(&self) -> bool {
        !matches!(self.options, Options::Other(_))
    }

    /// The few options that matter here.
    fn offered(&self) -> Offered {
        match self.options {
            Options::Other(options) => Offered::of(options),
            _ => Offered::default(),
        }
    }
}

impl Offered {
    /// Of options, whose lengths are known to be right.
    fn of(mut rest: &[u8]) -> Self {
        let mut offered = Self::default();
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

/// One direction. Every open conversation that is noted has two: 20 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
    /// [`mark`]s; the lower bits count messages that may be part of a
    /// heartbeat.
    marks: u8,
}

/// What has happened in one direction.
mod mark {
    /// Small messages, at the most.
    pub const SMALL: u8 = 7;
    /// Its FIN was sent,
    pub const FIN: u8 = 8;
    /// and acknowledged.
    pub const FIN_ACKNOWLEDGED: u8 = 16;
    /// It sent data, and nothing can be said of its messages.
    pub const OPAQUE: u8 = 32;
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::track) struct Calm {
    pub lines: Sides<Line>,
    pub stage: u8,
}

impl Calm {
    /// Whether a connection may begin so: with a SYN and nothing else.
    pub fn may_begin_with(segment: &Bare<'_>) -> bool {
        is_lone_syn(segment.gist()) && has_plain_offer(segment)
    }

    /// Whether nothing but notes is to be told of a segment.
    #[inline]
    pub fn accepts(&self, side: Side, segment: &Bare<'_>) -> bool {
        let gist = segment.gist();
        if !gist.is_between() {
            return self.answers(side, segment);
        }
        self.is_due(side, gist) && (segment.has_usual_options() || !segment.offered().sack)
    }

    /// The same of a segment behind the opening, without SACK blocks.
    #[inline(always)]
    pub fn is_due(&self, side: Side, gist: Gist) -> bool {
        let (from, to) = (&self.lines[side], &self.lines[side.other()]);
        let unacknowledged = to.next.wrapping_sub(to.acknowledged);
        let says_more = gist.flags.has(TcpFlags::FIN) | (gist.payload_length > 0);
        // Few decisions: nearly always all of it holds.
        let is_due = gist.is_between()
            & (gist.sequence == from.next)
            & (to.next.wrapping_sub(gist.acknowledgment) <= unacknowledged)
            & (gist.payload_length <= u32::from(to.segment_size))
            & (gist.window != 0)
            & !(from.has(mark::FIN) & says_more);
        is_due && (self.stage == stage::OPEN || self.opens(side, gist)) && !from.may_be_copy(gist)
    }

    /// Whether a segment is the third step: it acknowledges the SYN-ACK.
    #[cold]
    fn opens(&self, side: Side, gist: Gist) -> bool {
        self.stage == stage::SYN_ACK
            && side == Side::Client
            && !gist.flags.has(TcpFlags::FIN)
            && gist.acknowledgment == self.lines.server.next
    }

    /// Whether a segment is a plain SYN-ACK where one is due.
    #[inline(never)]
    fn answers(&self, side: Side, segment: &Bare<'_>) -> bool {
        const ALL: u16 = TcpFlags::SYN.0 | TcpFlags::ACK.0 | TcpFlags::RST.0 | TcpFlags::FIN.0;
        let tcp = &segment.tcp;
        tcp.flags.0 & ALL == TcpFlags::SYN.0 | TcpFlags::ACK.0
            && self.stage == stage::SYN
            && side == Side::Server
            && tcp.payload_length == 0
            && tcp.acknowledgment == self.lines.client.next
            && has_plain_offer(segment)
            && !self.lines.server.may_be_copy(segment.gist())
    }

    /// Takes in a segment that was accepted, the first one included; gives
    /// whether both directions are closed by it.
    #[inline]
    pub fn take(&mut self, side: Side, segment: &Bare<'_>) -> bool {
        let gist = segment.gist();
        if !gist.flags.has(TcpFlags::SYN) {
            return self.take_due(side, gist);
        }
        let options = match segment.options {
            Options::Other(options) => options,
            _ => &[],
        };
        self.take_opening(side, gist, options);
        false
    }

    /// Takes in a SYN, or the answer to it, with these options.
    pub fn take_opening(&mut self, side: Side, gist: Gist, options: &[u8]) {
        let (from, to) = self.lines.pair(side);
        from.see(gist);
        from.next = gist.sequence.wrapping_add(1);
        from.acknowledged = gist.sequence;
        from.segment_size = segment_size(options);
        if gist.flags.has(TcpFlags::ACK) {
            to.acknowledged = gist.acknowledgment;
        }
        self.go_on();
    }

    /// The same of a segment behind the opening.
    #[inline(always)]
    pub fn take_due(&mut self, side: Side, gist: Gist) -> bool {
        let (from, to) = self.lines.pair(side);
        from.see(gist);
        from.next = from.next.wrapping_add(gist.payload_length);
        if gist.flags.has(TcpFlags::ACK) {
            to.acknowledged = gist.acknowledgment;
        }
        if gist.payload_length > 0 {
            from.marks |= mark::OPAQUE;
            let is_small = gist.payload_length <= SMALL && from.marks & mark::SMALL < mark::SMALL;
            from.marks += u8::from(is_small);
        }
        let ends = gist.flags.has(TcpFlags::FIN) | from.has(mark::FIN) | to.has(mark::FIN);
        self.go_on();
        ends && self.take_end(side, gist)
    }

    /// What is to be taken in where a FIN is or was.
    fn take_end(&mut self, side: Side, gist: Gist) -> bool {
        let was_closed = self.is_closed();
        let (from, to) = self.lines.pair(side);
        let acknowledges = gist.flags.has(TcpFlags::ACK) && gist.acknowledgment == to.next;
        if to.has(mark::FIN) && acknowledges {
            to.marks |= mark::FIN_ACKNOWLEDGED;
        }
        if gist.flags.has(TcpFlags::FIN) {
            from.next = from.next.wrapping_add(1);
            from.marks |= mark::FIN;
        }
        !was_closed && self.is_closed()
    }

    /// Each segment of the opening is one of its steps.
    #[inline(always)]
    fn go_on(&mut self) {
        self.stage = (self.stage + 1).min(stage::OPEN);
    }

    /// Both directions are closed and acknowledged.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.lines.client.marks & self.lines.server.marks & mark::FIN_ACKNOWLEDGED != 0
    }

    /// Whether it is open in both directions, and everything that was sent was
    /// acknowledged.
    pub fn is_at_rest(&self) -> bool {
        let rests = |line: &Line| !line.has(mark::FIN) && line.next == line.acknowledged;
        self.stage == stage::OPEN && rests(&self.lines.client) && rests(&self.lines.server)
    }

    /// Whether it has sent messages that may make a heartbeat.
    pub fn may_beat(&self) -> bool {
        let small = |line: &Line| line.marks & mark::SMALL;
        small(&self.lines.client) >= BEATS || small(&self.lines.server) >= BEATS
    }
}

impl Line {
    #[inline]
    fn has(&self, mark: u8) -> bool {
        self.marks & mark != 0
    }

    /// Whether it sent data of whose messages nothing can be said.
    #[inline]
    pub fn is_opaque(&self) -> bool {
        self.has(mark::OPAQUE)
    }

    /// Whether its identification may be that of a packet seen before, as far
    /// as identifications tell: see [`super::copies`].
    #[inline]
    fn may_be_copy(&self, gist: Gist) -> bool {
        let identification = gist.identification;
        if identification == 0 {
            // Where they rise to their end, 0 is one of them.
            return self.latest.wrapping_add(256) < 512 && self.latest != 0;
        }
        let step = identification.wrapping_sub(self.identification);
        // Nearly always it is a later one.
        if (1..0x8000).contains(&step) || self.identification == 0 {
            return false;
        }
        let may_rise = mostly_rise(self.rising.into(), self.falling.into());
        step == 0 || (may_rise && gist.payload_length == 0)
    }

    /// What every segment says of its side.
    #[inline(always)]
    fn see(&mut self, gist: Gist) {
        self.window = gist.window;
        self.time_to_live = gist.time_to_live;
        let identification = gist.identification;
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

/// The same as [`Calm::may_begin_with`] of a frame of a usual build and its
/// options.
pub(in crate::track) fn may_begin(brief: &Brief, options: &[u8]) -> bool {
    brief.tcp.options == BriefOptions::Other
        && is_lone_syn(Gist::of_brief(brief))
        && is_plain_offer(options)
}

/// Whether a segment is a SYN and nothing else.
fn is_lone_syn(gist: Gist) -> bool {
    const ALL: u16 = TcpFlags::SYN.0 | TcpFlags::ACK.0 | TcpFlags::RST.0 | TcpFlags::FIN.0;
    gist.flags.0 & ALL == TcpFlags::SYN.0 && gist.payload_length == 0
}

/// Whether a SYN offers one segment size, and no window that cannot be.
fn has_plain_offer(segment: &Bare<'_>) -> bool {
    match segment.options {
        Options::Other(options) => is_plain_offer(options),
        _ => false,
    }
}

/// The same of its options.
fn is_plain_offer(options: &[u8]) -> bool {
    let offered = Offered::of(options);
    offered.segment_sizes == 1
        && offered.segment_size > 0
        && offered.shift <= SHIFT_AT_MOST
        && !offered.sack
}

/// The segment size that a plain offer says.
#[inline]
fn segment_size(options: &[u8]) -> u16 {
    match *options {
        [2, 4, a, b, ..] => u16::from_be_bytes([a, b]),
        _ => Offered::of(options).segment_size,
    }
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
                Options::Other(&OFFER)
            } else {
                Options::None
            },
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
        selective.options = Options::Other(&SACK);
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
