//! Closing a connection: FINs, resets, who waits and who forgot.

use crate::track::{Endpoint, PacketNumber, Side};

/// First step of the teardown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstFin {
    /// Who closes first.
    pub side: Side,
    /// The FIN's own sequence number (behind any payload).
    pub fin_sequence: u32,
    /// Payload bytes in the same segment.
    pub payload: u32,
    /// The connection's age at this point, since the first packet.
    pub age_ns: u64,
}

/// Second step: the first FIN is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstAck {
    /// The packet with the FIN.
    pub fin: PacketNumber,
    /// The FIN's sequence number; the acknowledgment should be it + 1.
    pub fin_sequence: u32,
    /// What was acknowledged.
    pub acknowledgment: u32,
    /// Time since the FIN.
    pub since_fin_ns: u64,
    /// Whether this very packet also carries the second FIN.
    pub with_second_fin: bool,
}

/// Third step: the other side closes too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFin {
    /// Who sends it.
    pub side: Side,
    /// The FIN's own sequence number.
    pub fin_sequence: u32,
    /// Payload bytes in the same segment.
    pub payload: u32,
    /// The packet with the first FIN.
    pub first_fin: PacketNumber,
    /// Time since the first FIN.
    pub since_first_fin_ns: u64,
}

/// Fourth step: the second FIN is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondAck {
    /// The packet with the second FIN.
    pub fin: PacketNumber,
    /// The FIN's sequence number; the acknowledgment should be it + 1.
    pub fin_sequence: u32,
    /// What was acknowledged.
    pub acknowledgment: u32,
    /// Time since the second FIN.
    pub since_fin_ns: u64,
    /// Who closed first (both when the FINs crossed).
    pub closed_by: CloserSet,
    /// Segments that the teardown took: 3 or 4.
    pub segments: u8,
}

/// Who closed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloserSet {
    /// One side.
    One(Side),
    /// Both: the FINs crossed.
    Both,
}

/// The FINs crossed: each was sent before the other was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TeardownSimultaneous {
    /// The packet with the other FIN.
    pub other_fin: PacketNumber,
}

/// Data towards the side that closed first: half-close at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HalfClose {
    /// Who had closed.
    pub closed_side: Side,
    /// The packet with its FIN.
    pub fin: PacketNumber,
    /// Payload bytes of this packet.
    pub payload: u32,
    /// Time since the FIN.
    pub since_fin_ns: u64,
}

/// A RST.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reset {
    /// Who sent it.
    pub side: Side,
    /// Why, as far as the packets tell.
    pub cause: ResetCause,
    /// The packet that provoked it, where one did.
    pub provoked_by: Option<PacketNumber>,
    /// Time since that packet.
    pub after_ns: Option<u64>,
    /// Bytes of data that its sender had sent and were not yet
    /// acknowledged, or that it had been sent and not yet acknowledged.
    pub unacknowledged: u32,
}

/// Why a RST was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetCause {
    /// It answers a SYN: nobody listens.
    Refused,
    /// The program (or kernel) gave up a working connection.
    Aborted,
    /// Data came for a side that had already closed.
    AfterClose,
    /// Data met a host that knows no such connection.
    HalfOpen,
}

impl ResetCause {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Aborted => "aborted",
            Self::AfterClose => "after_close",
            Self::HalfOpen => "half_open",
        }
    }
}

/// Finding: the peer closed, this side never did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseWait {
    /// Who is left in CLOSE_WAIT.
    pub side: Side,
    /// That side's address.
    pub endpoint: Endpoint,
    /// The peer, who closed.
    pub peer: Endpoint,
    /// The packet with the peer's FIN.
    pub fin: PacketNumber,
    /// From the FIN to the end of the capture (or of what was seen).
    pub for_ns: u64,
}

/// TIME_WAIT at work: a repeated FIN is answered again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeWaitAnswered {
    /// The packet with the repeated FIN.
    pub fin: PacketNumber,
    /// The acknowledgment sent the first time.
    pub first_ack: Option<PacketNumber>,
    /// The FIN's sequence number; the acknowledgment should be it + 1.
    pub fin_sequence: u32,
    /// What was acknowledged.
    pub acknowledgment: u32,
    /// How long the side had been in TIME_WAIT.
    pub in_time_wait_ns: u64,
}

/// One side has lost the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HalfOpen {
    /// Who still had the connection.
    pub survivor: Endpoint,
    /// Who knew nothing of it.
    pub lost: Endpoint,
    /// The packet that found out.
    pub provoked_by: PacketNumber,
    /// The RST that answered it.
    pub reset: PacketNumber,
    /// How long the one that lost it had said nothing before; `None` where
    /// nothing of it was recorded before.
    pub silent_ns: Option<u64>,
}
