//! Closing a connection: FINs, resets, who waits and who forgot.

use crate::track::{Endpoint, PacketNumber, Side};
use serde::{Deserialize, Serialize};

/// First step of the teardown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CloserSet {
    /// One side.
    One(Side),
    /// Both: the FINs crossed.
    Both,
}

/// The FINs crossed: each was sent before the other was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeardownSimultaneous {
    /// The packet with the other FIN.
    pub other_fin: PacketNumber,
}

/// Data towards the side that closed first: half-close at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reset {
    /// Who sent it (or is said to).
    pub side: Side,
    /// Why, as far as the packets tell.
    pub cause: ResetCause,
    /// With [`ResetCause::ThirdParty`]: what shows it.
    pub evidence: ForeignEvidence,
    /// The packet that provoked it, where one did.
    pub provoked_by: Option<PacketNumber>,
    /// Time since that packet.
    pub after_ns: Option<u64>,
    /// Bytes of data that its sender had sent and were not yet
    /// acknowledged, or that it had been sent and not yet acknowledged.
    pub unacknowledged: u32,
    /// Payload bytes that it carries (RFC 9293, section 3.5.3: a reason).
    pub payload: u32,
    /// The beginning of them, as far as captured.
    pub message: Vec<u8>,
}

/// What shows that a host did not write a packet itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignEvidence {
    /// The host's time to live and this packet's: another number of hops.
    pub time_to_live: Option<(u8, u8)>,
    /// The identification is that of the other side's last packet.
    pub peers_identification: bool,
    /// The identification lies far from those of the host, which rise.
    pub identification: bool,
    /// The timestamps that both had agreed on are missing.
    pub options: bool,
    /// Nothing provoked it: the other side had been silent for longer than any
    /// round trip.
    pub unprovoked: bool,
}

impl ForeignEvidence {
    /// Whether it suffices: hosts send some of their RSTs by another counter, or
    /// without options, so that one of these alone shows nothing.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        let weak = [self.identification, self.options, self.unprovoked];
        let weak: u8 = weak.into_iter().map(u8::from).sum();
        let strong = u8::from(self.time_to_live.is_some()) + u8::from(self.peers_identification);
        strong >= 2 || (strong == 1 && weak >= 1)
    }

    /// The names in records.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let identification = self.identification || self.peers_identification;
        [
            (self.time_to_live.is_some(), "time_to_live"),
            (identification, "identification"),
            (self.options, "options"),
            (self.unprovoked, "unprovoked"),
        ]
        .into_iter()
        .filter_map(|(is_there, name)| is_there.then_some(name))
    }
}

/// Finding: the side that is said to have reset goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResetContradicted {
    /// Whose name the RST bears.
    pub side: Side,
    /// Its address.
    pub endpoint: Endpoint,
    /// The RST.
    pub reset: PacketNumber,
    /// The packet with which that side goes on.
    pub goes_on: PacketNumber,
    /// That somebody else wrote it showed at once.
    pub third_party: bool,
}

/// A segment that its receiver must refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotAcceptable {
    /// Who sent it (or is said to).
    pub side: Side,
    /// The test that it fails.
    pub test: AcceptabilityTest,
    /// It is a RST.
    pub is_reset: bool,
    /// Its receiver is in SYN_SENT.
    pub in_syn_sent: bool,
    /// The number that fails the test (0 for a missing ACK).
    pub observed: u32,
    /// The lowest and the highest number that would have passed, where known.
    pub expected: Option<(u32, u32)>,
}

/// What a segment must pass before it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AcceptabilityTest {
    /// Its sequence number lies in the receive window.
    Window,
    /// It acknowledges what was sent.
    Acknowledgment,
    /// It has ACK.
    NoAck,
    /// Its timestamp is not older than the last (PAWS).
    Timestamp,
    /// It does not lie before the initial sequence number.
    BeforeInitial,
}

impl AcceptabilityTest {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::Acknowledgment => "acknowledgment",
            Self::NoAck => "no_ack",
            Self::Timestamp => "timestamp",
            Self::BeforeInitial => "before_initial",
        }
    }
}

/// The ACK that answers a segment that was not acceptable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeAck {
    /// What it answers.
    pub answers: PacketNumber,
    /// That was a SYN, which met an older connection.
    pub of_syn: bool,
    /// Where its sender stands.
    pub sequence: u32,
    /// What its sender expects next.
    pub acknowledgment: u32,
    /// Time since.
    pub after_ns: u64,
}

/// Why a RST was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResetCause {
    /// It answers a SYN: nobody listens.
    Refused,
    /// The program (or kernel) gave up a working connection.
    Aborted,
    /// Data came for a side that had already closed.
    AfterClose,
    /// Data met a host that knows no such connection.
    HalfOpen,
    /// The client resets the answer to its own SYN.
    Abandoned,
    /// The host itself did not write it.
    ThirdParty,
    /// Its receiver must ignore it.
    NotAccepted,
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
            Self::Abandoned => "abandoned",
            Self::ThirdParty => "third_party",
            Self::NotAccepted => "not_accepted",
        }
    }
}

/// Finding: the peer closed, this side never did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HalfOpen {
    /// Who still had the connection.
    pub survivor: Endpoint,
    /// Who knew nothing of it.
    pub lost: Endpoint,
    /// The packet that found out.
    pub provoked_by: PacketNumber,
    /// The RST that answered it.
    pub reset: PacketNumber,
    /// How long the one that lost it had said nothing before, where something of
    /// it was recorded.
    pub silent_ns: Option<u64>,
}
