//! Why a verdict of ours that tshark does not share is right: each reason
//! checks its evidence in the packets, with tshark's own reading of them.

use crate::family::Family::{
    self, AckOfUnseen, DuplicateAck, Gap, KeepAlive, OutOfOrder, Probe, ProbeAck, Retransmission,
    WindowFull, WindowUpdate, ZeroWindow,
};
use crate::trace::{ACK, FIN, Place, RST, SYN, Segment, before};

/// A verdict that only one of the two has.
pub struct Disagreement<'t> {
    pub family: Family,
    /// Whether the verdict is only ours (else only tshark's).
    pub ours: bool,
    pub place: Place<'t>,
    /// All that we say of the packet.
    pub kinds: &'t [String],
}

/// A listed reason.
pub struct Reason {
    pub name: &'static str,
    pub holds: fn(&Disagreement<'_>) -> bool,
}

/// No timer sends a SYN again so soon (RFC 6298, section 2: a second).
const NO_TIMER_YET: f64 = 0.2;

pub const REASONS: &[Reason] = &[
    // Every packet that a host sends has an identification of its own; this
    // one has the same as an earlier packet, and the same contents. A copy is
    // nothing that TCP sent.
    Reason {
        name: "ip.duplicate: same identification, sequence, length, acknowledgment and flags as an earlier packet",
        holds: |it| {
            let this = it.place.this();
            !it.ours
                && it.says("ip.duplicate")
                && this.identification.is_some_and(|number| number != 0)
                && it.place.own().any(|earlier| same(earlier, this))
        },
    },
    // Linux gives SYN-ACKs the identification 0; but no timer repeats a SYN
    // within milliseconds.
    Reason {
        name: "ip.duplicate: the same SYN-ACK sooner than any timer",
        holds: |it| {
            let this = it.place.this();
            !it.ours
                && it.says("ip.duplicate")
                && this.has(SYN)
                && it
                    .place
                    .own()
                    .any(|earlier| same(earlier, this) && this.time - earlier.time < NO_TIMER_YET)
        },
    },
    // Reordering brings bytes late, not twice: these had come, so they were
    // sent again. tshark goes by the time since the last segment.
    Reason {
        name: "sent again, not reordered: bytes of it are in an earlier packet",
        holds: |it| {
            let this = it.place.this();
            it.resent_instead_of_reordered() && it.place.repeats(this)
        },
    },
    // The bytes had not come, but the host numbered this packet after
    // everything that had: it was sent later, not overtaken.
    Reason {
        name: "sent again, not reordered: its identification is later than all before",
        holds: |it| {
            let this = it.place.this();
            it.resent_instead_of_reordered()
                && it
                    .place
                    .own()
                    .all(|earlier| is_later(this, earlier) != Some(false))
                && it
                    .place
                    .own()
                    .any(|earlier| is_later(this, earlier) == Some(true))
        },
    },
    // The packets are numbered before what came before them.
    Reason {
        name: "not sent again, but overtaken: its identification is older than that of a packet before it",
        holds: |it| {
            let this = it.place.this();
            it.family == Retransmission
                && !it.ours
                && !it.place.repeats(this)
                && it
                    .place
                    .own()
                    .any(|earlier| is_later(this, earlier) == Some(false))
        },
    },
    // RFC 5961, section 3.2: a RST that is not exact is not taken, and its number
    // says nothing of what its side has sent.
    Reason {
        name: "not sent again: no byte of it came before, only a RST with a later number",
        holds: |it| {
            let this = it.place.this();
            it.family == Retransmission
                && !it.ours
                && this.length > 0
                && !it.place.repeats(this)
                && it.place.own().any(|earlier| earlier.has(RST))
        },
    },
    // RFC 9293, figure 8: in a simultaneous open the SYN-ACK has the SYN's
    // number. It is the first of its kind.
    Reason {
        name: "not sent again: the first SYN-ACK of a simultaneous open",
        holds: |it| {
            let this = it.place.this();
            let both = SYN | ACK;
            it.family == Retransmission
                && !it.ours
                && this.flags & both == both
                && it
                    .place
                    .own()
                    .any(|earlier| earlier.has(SYN) && !earlier.has(ACK))
                && !it.place.own().any(|earlier| earlier.flags & both == both)
        },
    },
    // What a host sends again is the same (RFC 9293, section 3.8.1). Where the
    // sum holds, other bytes are told as such; where it is wrong, nothing is.
    Reason {
        name: "not sent again: other bytes than in an earlier packet, at the same numbers",
        holds: |it| {
            let this = it.place.this();
            it.family == Retransmission
                && !it.ours
                && (it.says("tcp.data_differs") || it.says("checksum.wrong"))
                && it.place.own().any(|earlier| this.has_other_bytes(earlier))
        },
    },
    // A FIN that stands below what was sent, but its side has sent none: an
    // impossible segment, in which nothing is repeated.
    Reason {
        name: "not sent again: the side's first FIN, without data",
        holds: |it| {
            let this = it.place.this();
            it.family == Retransmission
                && !it.ours
                && this.has(FIN)
                && this.length == 0
                && !it.place.own().any(|earlier| earlier.has(FIN))
        },
    },
    // RFC 5681, section 2 (a): a duplicate ACK comes while something is
    // outstanding.
    Reason {
        name: "no duplicate ACK: it acknowledges all that the peer has sent",
        holds: |it| {
            it.family == DuplicateAck
                && !it.ours
                && Place::highest(it.place.peers())
                    .is_some_and(|end| !before(it.place.this().acknowledgment, end))
        },
    },
    // RFC 6675, section 2: an ACK with a SACK block of bytes beyond it is a
    // duplicate ACK, whatever the window.
    Reason {
        name: "a duplicate ACK, no window update: a SACK block tells of bytes beyond a gap",
        holds: |it| {
            let this = it.place.this();
            let instead = (it.family == DuplicateAck && it.ours)
                || (it.family == WindowUpdate && !it.ours && it.says("tcp.duplicate_ack"));
            instead
                && this
                    .sack
                    .iter()
                    .any(|(start, _)| before(this.acknowledgment, *start))
        },
    },
    // The window closed earlier and has not opened since: told there.
    Reason {
        name: "zero window: closed by an earlier packet already",
        holds: |it| {
            it.family == ZeroWindow
                && !it.ours
                && it.place.own().next().is_some_and(|last| last.window == 0)
        },
    },
    // A keep-alive and a window probe look alike; the peer's last window is
    // zero, so it asks for that (RFC 9293, section 3.8.6.1).
    Reason {
        name: "a window probe, no keep-alive: the peer's last window is zero",
        holds: |it| {
            let instead = (it.family == Probe && it.ours)
                || (it.family == KeepAlive && !it.ours && it.says("tcp.window.probe"));
            instead
                && it.place.this().may_probe()
                && it.place.peers().next().is_some_and(|last| last.window == 0)
        },
    },
    Reason {
        name: "a window probe's answer: it follows a probe of this side's zero window",
        holds: |it| {
            it.family == ProbeAck
                && it.ours
                && it.place.peers().next().is_some_and(Segment::may_probe)
                && it.place.own().next().is_some_and(|last| last.window == 0)
        },
    },
    // Bytes sent again use up nothing; the first transmission did.
    Reason {
        name: "window full: told when these bytes were first sent",
        holds: |it| {
            let this = it.place.this();
            it.family == WindowFull
                && !it.ours
                && Place::missing(it.place.own(), this.start(), this.end()) == 0
        },
    },
    // There is no earlier window to compare with.
    Reason {
        name: "no window update: the side's first packet",
        holds: |it| it.family == WindowUpdate && !it.ours && it.place.own().next().is_none(),
    },
    // It says that something came twice, and was sent because of that.
    Reason {
        name: "no window update: a D-SACK answers a repeated segment",
        holds: |it| {
            let this = it.place.this();
            it.family == WindowUpdate
                && !it.ours
                && this
                    .sack
                    .iter()
                    .any(|(_, end)| !before(this.acknowledgment, *end))
        },
    },
    // The peer has the bytes: they are missing to the capture only, which was
    // told of the acknowledgment.
    Reason {
        name: "gap: told before, when the peer acknowledged the missing bytes",
        holds: |it| {
            let this = it.place.this();
            it.family == Gap
                && !it.ours
                && it
                    .place
                    .acknowledged()
                    .is_some_and(|acknowledged| !before(acknowledged, this.sequence))
        },
    },
    Reason {
        name: "ACK of unseen: bytes that it newly acknowledges are in no packet before",
        holds: |it| it.family == AckOfUnseen && it.ours && it.newly_unseen() > 0,
    },
    Reason {
        name: "no ACK of unseen: all that it newly acknowledges is in packets before",
        holds: |it| it.family == AckOfUnseen && !it.ours && it.newly_unseen() == 0,
    },
];

impl Disagreement<'_> {
    fn says(&self, kind: &str) -> bool {
        self.kinds.iter().any(|said| said == kind)
    }

    /// We say that it was sent again, tshark that it was reordered (or
    /// nothing).
    fn resent_instead_of_reordered(&self) -> bool {
        let says = self
            .kinds
            .iter()
            .any(|kind| kind.starts_with("tcp.retransmission."));
        says && match self.family {
            Retransmission => self.ours,
            OutOfOrder => !self.ours,
            _ => false,
        }
    }

    /// What this packet newly acknowledges.
    fn newly_acknowledged(&self) -> Option<(u32, u32)> {
        let this = self.place.this();
        let known = self
            .place
            .own()
            .filter(|earlier| earlier.has(ACK))
            .map(|earlier| earlier.acknowledgment)
            .reduce(|high, ack| if before(high, ack) { ack } else { high });
        let first = self.place.peers().last().map(|first| first.sequence);
        known
            .or(first)
            .filter(|known| before(*known, this.acknowledgment))
            .map(|known| (known, this.acknowledgment))
    }

    /// Bytes of that which no packet holds.
    fn newly_unseen(&self) -> u32 {
        self.newly_acknowledged()
            .map_or(0, |(from, to)| Place::missing(self.place.peers(), from, to))
    }
}

impl Place<'_> {
    /// Whether an earlier packet holds bytes (or the SYN) of this one.
    fn repeats(self, this: &Segment) -> bool {
        let length = this.end().wrapping_sub(this.sequence);
        Place::missing(self.own(), this.sequence, this.end()) < length
    }
}

/// Whether two packets are the same.
fn same(a: &Segment, b: &Segment) -> bool {
    (
        a.identification,
        a.sequence,
        a.acknowledgment,
        a.length,
        a.flags,
        a.timestamp,
    ) == (
        b.identification,
        b.sequence,
        b.acknowledgment,
        b.length,
        b.flags,
        b.timestamp,
    )
}

/// Whether a packet was numbered after another; `None` without numbers.
fn is_later(this: &Segment, earlier: &Segment) -> Option<bool> {
    let (this, earlier) = (this.identification?, earlier.identification?);
    if this == 0 || earlier == 0 || this == earlier {
        return None;
    }
    Some(this.wrapping_sub(earlier) < 0x8000)
}
