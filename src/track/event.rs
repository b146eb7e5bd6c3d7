//! What can happen, as plain values: numbers, times, packet numbers. The words
//! for each stand in `notes/`, one entry a variant.

use std::net::IpAddr;

use smallvec::SmallVec;

use super::{Endpoint, Side};
use crate::decode::{Packet, Stop};

/// A packet's number in the capture, from 1.
pub type PacketNumber = u64;

/// Something that happened, on a packet or in a [`Finding`].
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    // --- TCP: opening -----------------------------------------------------
    /// First step: a SYN asks for a connection.
    HandshakeSyn(HandshakeSyn),
    /// Second step: SYN and ACK.
    HandshakeSynAck(HandshakeSynAck),
    /// Third step: the client acknowledges y.
    HandshakeAck(HandshakeAck),
    /// What both sides agreed on in SYN and SYN-ACK (on the third step).
    OptionsAgreed(OptionsAgreed),
    /// A RST answered the SYN.
    HandshakeRefused(HandshakeRefused),
    /// Finding: no answer to a SYN.
    HandshakeUnanswered(HandshakeUnanswered),
    /// Both ends sent a SYN before they saw the other's.
    HandshakeSimultaneous(HandshakeSimultaneous),
    /// The SYN's data was accepted (RFC 7413).
    FastOpen(FastOpen),

    // --- TCP: closing -----------------------------------------------------
    /// First step of the teardown.
    FirstFin(FirstFin),
    /// Second step: the first FIN is acknowledged.
    FirstAck(FirstAck),
    /// Third step: the other side closes too.
    SecondFin(SecondFin),
    /// Fourth step: the second FIN is acknowledged.
    SecondAck(SecondAck),
    /// The FINs crossed: each was sent before the other was seen.
    TeardownSimultaneous(TeardownSimultaneous),
    /// Data towards the side that closed first: half-close at work.
    HalfClose(HalfClose),
    /// A RST.
    Reset(Reset),
    /// Finding: the peer closed, this side never did.
    CloseWait(CloseWait),
    /// TIME_WAIT at work: a repeated FIN is answered again.
    TimeWaitAnswered(TimeWaitAnswered),
    /// TIME_WAIT cut short: the 4-tuple is taken again before 2 MSL passed.
    TimeWaitReused(TimeWaitReused),
    /// The same 4-tuple, a new connection.
    PortReused(PortReused),

    // --- TCP: bytes on their way ------------------------------------------
    /// Data sent again.
    Retransmission(Retransmission),
    /// SYN, SYN-ACK or FIN sent again.
    HandshakeRetransmission(HandshakeRetransmission),
    /// Sent again although it had arrived (beside the trigger's event; or on
    /// the later packet that proves it).
    SpuriousRetransmission(SpuriousRetransmission),
    /// Arrived late by reordering, not sent again.
    OutOfOrder(OutOfOrder),
    /// The n-th duplicate acknowledgment.
    DuplicateAck(DuplicateAck),
    /// The receiver reports that something arrived twice (RFC 2883).
    Dsack(Dsack),
    /// Fills a gap that later bytes had to wait for.
    HeadOfLine(HeadOfLine),
    /// The receiver is full.
    ZeroWindow(ZeroWindow),
    /// The sender has used all of the receiver's window.
    WindowFull(WindowFull),
    /// The receiver has room again.
    WindowUpdate(WindowUpdate),
    /// Asks a receiver with zero window whether it has room.
    WindowProbe(WindowProbe),
    /// The answer to a window probe.
    WindowProbeAck(WindowProbeAck),
    /// Asks an idle peer whether it is there.
    KeepAlive(KeepAlive),
    /// It is.
    KeepAliveAck(KeepAliveAck),
    /// Finding: small messages at a steady period.
    Heartbeat(Heartbeat),
    /// Finding: data sent again and never acknowledged.
    PeerSilent(PeerSilent),
    /// Finding: one side has lost the connection.
    HalfOpen(HalfOpen),
    /// Finding: many half-open handshakes at one listener.
    SynFlood(SynFlood),
    /// A copy of a packet seen before.
    IpDuplicate(IpDuplicate),
    /// A checksum that does not fit the bytes.
    ChecksumBad(ChecksumBad),
    /// Finding, once a host: checksums not yet filled in by the network card.
    ChecksumOffload(ChecksumOffload),
    /// Finding, once a host: segments not yet cut by the network card.
    Oversize(Oversize),
    /// Several messages in one segment.
    SeveralMessages(SeveralMessages),
    /// A message cut across segments.
    MessageCut(MessageCut),
    /// Bytes before this segment have not been seen.
    Gap(Gap),
    /// Acknowledges bytes that the capture does not have.
    AckOfUnseen(AckOfUnseen),

    // --- Headers ----------------------------------------------------------
    /// Headers outweigh the payload.
    SmallMessage(SmallMessage),

    // --- ARP and neighbour discovery --------------------------------------
    /// Who has this address?
    ArpRequest(ArpRequest),
    /// The answer.
    ArpReply(ArpReply),
    /// A host announces its own address.
    ArpGratuitous(ArpGratuitous),
    /// A host asks whether an address is free (RFC 5227).
    ArpProbe(ArpProbe),
    /// Finding: nobody answered.
    ArpUnanswered(ArpUnanswered),
    /// Finding: one IP address claimed by two MAC addresses.
    ArpAddressConflict(ArpAddressConflict),
    /// IPv6: who has this address?
    NdpSolicitation(NdpSolicitation),
    /// IPv6: the answer.
    NdpAdvertisement(NdpAdvertisement),

    // --- ICMP -------------------------------------------------------------
    /// Ping.
    EchoRequest(EchoRequest),
    /// Pong.
    EchoReply(EchoReply),
    /// Finding: no answer to pings of one conversation.
    EchoUnanswered(EchoUnanswered),
    /// An ICMP error about an earlier packet.
    IcmpError(IcmpError),

    // --- DNS --------------------------------------------------------------
    /// A question.
    DnsQuery(DnsQuery),
    /// The answer (response code 0).
    DnsResponse(DnsResponse),
    /// An answer that says no.
    DnsError(DnsError),
    /// The answer did not fit: ask again over TCP.
    DnsTruncated(DnsTruncated),
    /// The same query again.
    DnsRetransmission(DnsRetransmission),
    /// Finding: no answer.
    DnsUnanswered(DnsUnanswered),

    // --- The packet and the capture itself --------------------------------
    /// Could not be decoded further.
    Malformed(Malformed),
    /// Cut by the snapshot length.
    Truncated(Truncated),
    /// Finding, once a capture: TCP conversations that had begun before.
    MidStream(MidStream),
    /// Finding, once a capture: TCP conversations seen in one direction only
    /// though the acknowledgments show the other.
    OneSided(OneSided),
    /// Finding, once a capture: the recording lost packets.
    CaptureDropped(CaptureDropped),
}

/// First step: a SYN asks for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeSyn {
    /// Initial sequence number, x.
    pub sequence: u32,
    /// The maximum segment size offered, if any.
    pub maximum_segment_size: Option<u16>,
}

/// Second step: SYN and ACK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeSynAck {
    /// The SYN that it answers.
    pub syn: Option<PacketNumber>,
    /// The client's x; `None` when the SYN was not captured.
    pub client_sequence: Option<u32>,
    /// The server's own initial sequence number, y.
    pub sequence: u32,
    /// Should be x + 1.
    pub acknowledgment: u32,
    /// Bytes that the SYN carried: with Fast Open the acknowledgment may
    /// be up to x + 1 + this.
    pub syn_payload: u32,
    /// Time since the SYN.
    pub since_syn_ns: Option<u64>,
}

/// Third step: the client acknowledges y.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeAck {
    /// The SYN-ACK that it answers.
    pub syn_ack: PacketNumber,
    /// The client's x; `None` when the SYN was not captured.
    pub client_sequence: Option<u32>,
    /// Should be x + 1 (beyond it with Fast Open data).
    pub sequence: u32,
    /// The server's y.
    pub server_sequence: u32,
    /// Should be y + 1.
    pub acknowledgment: u32,
    /// Bytes that the SYN carried (Fast Open).
    pub syn_payload: u32,
    /// Data bytes that ride on the third step.
    pub payload: u32,
    /// Time since the SYN-ACK.
    pub since_syn_ack_ns: u64,
    /// Time since the SYN.
    pub since_syn_ns: Option<u64>,
}

/// What both sides agreed on in SYN and SYN-ACK (on the third step).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionsAgreed {
    /// Offered in the SYN.
    pub client: Offer,
    /// Offered in the SYN-ACK.
    pub server: Offer,
}

/// A RST answered the SYN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeRefused {
    /// The SYN.
    pub syn: PacketNumber,
    /// How many SYNs had been sent.
    pub attempts: u32,
    /// Time since the last of them.
    pub after_ns: u64,
    /// The SYN's sequence number.
    pub client_sequence: u32,
    /// Should be it + 1 (+ data).
    pub acknowledgment: u32,
    /// Bytes that the SYN carried.
    pub syn_payload: u32,
}

/// Finding: no answer to a SYN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandshakeUnanswered {
    /// Who asked.
    pub client: Endpoint,
    /// Who did not answer.
    pub server: Endpoint,
    /// How many SYNs were sent.
    pub attempts: u32,
    /// The SYNs (the first eight).
    pub syns: SmallVec<[PacketNumber; 8]>,
    /// The waits between them (the back-off).
    pub intervals_ns: SmallVec<[u64; 8]>,
    /// From the first SYN to the end of what was seen.
    pub waited_ns: u64,
}

/// Both ends sent a SYN before they saw the other's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeSimultaneous {
    /// The other SYN.
    pub other_syn: PacketNumber,
}

/// The SYN's data was accepted (RFC 7413).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FastOpen {
    /// The SYN.
    pub syn: PacketNumber,
    /// How many of its bytes were accepted.
    pub accepted: u32,
    /// How many it carried.
    pub syn_payload: u32,
}

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

/// TIME_WAIT cut short: the 4-tuple is taken again before 2 MSL passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeWaitReused {
    /// Who was in TIME_WAIT.
    pub holder: Side,
    /// How long it had been there.
    pub in_time_wait_ns: u64,
    /// The sequence number that the old connection ended at.
    pub old_end: u32,
    /// The new initial sequence number; it should lie beyond the old end.
    pub sequence: u32,
}

/// The same 4-tuple, a new connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortReused {
    /// The earlier conversation.
    pub earlier: u64,
    /// Time since its last packet.
    pub after_ns: u64,
    /// Whether it had been closed in order.
    pub was_closed: bool,
}

/// Data sent again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retransmission {
    /// What triggered it.
    pub trigger: Trigger,
    /// What the verdict rests on.
    pub evidence: TriggerEvidence,
    /// The packets that prove it: the timeout that it follows, the duplicate
    /// ACKs or SACKs, the packet since which nothing had come.
    pub proof: SmallVec<[PacketNumber; 4]>,
    /// The packet that it repeats (the first that held its first byte).
    pub original: Option<PacketNumber>,
    /// Its first sequence number, relative.
    pub relative_sequence: u32,
    /// Payload bytes sent again.
    pub bytes: u32,
    /// Wire segments that they make (more than one before the network card
    /// cuts them).
    pub segments: u32,
    /// Time since the same bytes were last sent.
    pub after_ns: Option<u64>,
    /// Which of a row of timeouts this is, from 1; 0 for other triggers.
    pub back_off: u32,
    /// The timeouts of the row so far, in nanoseconds: each wait.
    pub waits_ns: SmallVec<[u64; 4]>,
    /// Smoothed round-trip time at that moment (RFC 6298), if measured.
    pub smoothed_round_trip_ns: Option<u64>,
    /// The bytes had already been acknowledged by this packet.
    pub acknowledged_by: Option<PacketNumber>,
}

/// Sent again although it had arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpuriousRetransmission {
    /// The needless retransmission (this packet, or an earlier one that this
    /// packet proves needless).
    pub retransmission: PacketNumber,
    /// The packet that it repeated.
    pub original: Option<PacketNumber>,
    /// The acknowledgment that shows it: seen before the retransmission, or a
    /// D-SACK after it.
    pub shown_by: PacketNumber,
    /// Whether a D-SACK told (RFC 2883); else the earlier acknowledgment did.
    pub by_dsack: bool,
    /// Payload bytes.
    pub bytes: u32,
}

/// Arrived late by reordering, not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfOrder {
    /// Its first sequence number, relative.
    pub relative_sequence: u32,
    /// The sequence number that was due next, relative.
    pub expected: u32,
    /// Payload bytes.
    pub bytes: u32,
    /// The packet that overtook it first.
    pub overtaken_by: PacketNumber,
    /// How many segments overtook it.
    pub overtaken_segments: u32,
    /// How long after the first of them it came.
    pub late_ns: u64,
    /// What tells it from a retransmission.
    pub evidence: LateEvidence,
}

/// The n-th duplicate acknowledgment (RFC 5681, section 2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateAck {
    /// Which of the row, from 1.
    pub nth: u32,
    /// What it acknowledges again, relative.
    pub relative_acknowledgment: u32,
    /// The first packet that acknowledged this.
    pub first: PacketNumber,
    /// End of the gap that the receiver waits for, relative (exclusive), if
    /// SACK tells.
    pub gap_end: Option<u32>,
    /// SACK blocks, relative, as in the option.
    pub sack: SmallVec<[(u32, u32); 4]>,
}

/// The receiver reports a duplicate (RFC 2883).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dsack {
    /// First byte that arrived twice, relative.
    pub start: u32,
    /// Behind the last of them, relative.
    pub end: u32,
    /// The packet that brought them the second time, if it is known.
    pub duplicate: Option<PacketNumber>,
}

/// Fills a gap that later bytes had to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadOfLine {
    /// The packet behind which the gap was first seen.
    pub gap_seen_at: PacketNumber,
    /// How long the gap stood.
    pub waited_ns: u64,
    /// Bytes behind the gap that could not be delivered.
    pub waiting_bytes: u32,
    /// Segments that brought them.
    pub waiting_segments: u32,
    /// Bytes that had been missing.
    pub gap_bytes: u32,
}

/// The receiver is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZeroWindow {
    /// How many times its window has fallen to zero, this one included.
    pub times: u32,
    /// Everything up to here it has taken, relative to the peer.
    pub relative_acknowledgment: u32,
}

/// The sender has used all of the receiver's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowFull {
    /// Bytes in flight with this segment.
    pub in_flight: u32,
    /// The receiver's window, scaled.
    pub window: u32,
    /// The packet that announced it.
    pub announced_by: PacketNumber,
}

/// The receiver has room again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowUpdate {
    /// The window before.
    pub from: u32,
    /// The window now; `None` when the scale is not known.
    pub to: Option<u32>,
    /// The packet that closed the window, when it had been zero.
    pub closed_by: Option<PacketNumber>,
    /// For how long it was zero.
    pub closed_ns: Option<u64>,
}

/// Asks a receiver with zero window whether it has room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowProbe {
    /// Which probe of this row, from 1.
    pub nth: u32,
    /// The packet that closed the window.
    pub closed_by: PacketNumber,
    /// For how long it has been closed.
    pub closed_ns: u64,
    /// Data bytes in the probe (0 or 1).
    pub bytes: u32,
}

/// The answer to a window probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowProbeAck {
    /// The probe.
    pub probe: PacketNumber,
    /// Time since it.
    pub after_ns: u64,
    /// The raw window that it announces.
    pub window: u16,
}

/// Asks an idle peer whether it is there (RFC 9293, section 3.8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepAlive {
    /// Which probe of this row, from 1.
    pub nth: u32,
    /// How long the connection had been idle (since the last packet either
    /// way).
    pub idle_ns: u64,
    /// The sequence number it has, relative; the next one due is one more.
    pub relative_sequence: u32,
    /// The sequence number due next, relative.
    pub expected: u32,
}

/// The answer to a keep-alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepAliveAck {
    /// The probe.
    pub probe: PacketNumber,
    /// Time since it.
    pub after_ns: u64,
    /// Should be the number due next from the prober.
    pub acknowledgment: u32,
    /// That number.
    pub expected: u32,
}

/// Small messages at a steady period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// Who sends them.
    pub side: Side,
    /// The sender's address.
    pub endpoint: Endpoint,
    /// The median time between two.
    pub period_ns: u64,
    /// How many.
    pub messages: u32,
    /// Payload bytes of each (the median).
    pub bytes: u32,
    /// The first and the last of them.
    pub packets: (PacketNumber, PacketNumber),
}

/// Data sent again and never acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerSilent {
    /// Who sent it.
    pub side: Side,
    /// The sender.
    pub endpoint: Endpoint,
    /// Who does not answer.
    pub peer: Endpoint,
    /// The last packet from the peer, if there was one.
    pub last_heard: Option<PacketNumber>,
    /// From then to the end of what was seen.
    pub silent_ns: u64,
    /// Bytes sent and never acknowledged.
    pub unacknowledged: u32,
    /// Retransmissions since the peer was last heard.
    pub attempts: u32,
    /// The first eight of them.
    pub retransmissions: SmallVec<[PacketNumber; 8]>,
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
    /// How long the one that lost it had said nothing before.
    pub silent_ns: u64,
}

/// Many half-open handshakes at one listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SynFlood {
    /// The target.
    pub listener: Endpoint,
    /// Handshakes without a third step.
    pub half_open: u64,
    /// Handshakes that were completed.
    pub completed: u64,
    /// Different source addresses of the half-open ones; estimated beyond
    /// 4096.
    pub sources: u64,
    /// From the first to the last of them.
    pub during_ns: u64,
    /// The first eight SYNs.
    pub examples: SmallVec<[PacketNumber; 8]>,
}

/// A copy of a packet seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpDuplicate {
    /// The packet that it copies, where it is still known.
    pub original: Option<PacketNumber>,
    /// Time since it.
    pub after_ns: Option<u64>,
    /// Who made the copy, as far as it can be told.
    pub made_by: CopyMaker,
    /// How much lower its TTL is.
    pub time_to_live_lower: u8,
    /// Its IPv4 identification.
    pub identification: u32,
}

/// A checksum that does not fit the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChecksumBad {
    /// Whose.
    pub of: ChecksumOf,
    /// What it should be.
    pub expected: u16,
    /// What the packet has.
    pub observed: u16,
}

/// Checksums not yet filled in by the network card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChecksumOffload {
    /// The sending host, on which the capture was made.
    pub host: IpAddr,
    /// How many of its packets have a sum that is not filled in.
    pub packets: u64,
    /// The first of them.
    pub first: PacketNumber,
}

/// Segments not yet cut by the network card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oversize {
    /// The sending host.
    pub host: IpAddr,
    /// How many such segments.
    pub packets: u64,
    /// The first of them.
    pub first: PacketNumber,
    /// Payload of the largest.
    pub largest: u32,
    /// What a segment may carry, as the receiver of the largest had offered
    /// (MSS); 0: not known.
    pub maximum_segment_size: u32,
}

/// Several messages in one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeveralMessages {
    /// Whole messages in it.
    pub messages: u32,
    /// How messages are told apart.
    pub framing: Framing,
    /// Bytes of a message that goes on in the next segment.
    pub begun_bytes: u32,
}

/// A message cut across segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageCut {
    /// The packet in which the message begins: this one (and it goes on in the
    /// next), or an earlier one (and it ends here).
    pub begins_in: PacketNumber,
    /// Bytes of it up to and with this packet.
    pub bytes: u32,
    /// Whether it ends in this packet.
    pub complete: bool,
    /// How messages are told apart.
    pub framing: Framing,
}

/// SYN, SYN-ACK or FIN sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeRetransmission {
    /// Which.
    pub what: ControlSegment,
    /// The first of them.
    pub original: PacketNumber,
    /// How many times it has been sent now.
    pub attempt: u32,
    /// Time since the one before.
    pub after_ns: u64,
}

/// Bytes before this segment have not been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Relative sequence number expected.
    pub expected: u32,
    /// Relative sequence number seen.
    pub observed: u32,
    /// How many are missing.
    pub missing: u32,
}

/// Acknowledges bytes that the capture does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckOfUnseen {
    /// Up to which relative sequence number the peer's bytes were seen without
    /// a gap.
    pub seen: u32,
    /// What was acknowledged, relative.
    pub acknowledged: u32,
    /// How many bytes the capture misses.
    pub missing: u32,
}

/// Headers outweigh the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SmallMessage {
    /// Header bytes of all layers.
    pub headers: u32,
    /// Payload bytes.
    pub payload: u32,
}

/// Who has this address?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArpRequest {
    /// Which address is asked for.
    pub target: IpAddr,
    /// Who wants to know.
    pub asker: IpAddr,
    /// How many times it has been asked without an answer, this one
    /// included.
    pub attempt: u32,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArpReply {
    /// The request that it answers, the last one where it was repeated, if it
    /// was seen.
    pub request: Option<PacketNumber>,
    /// Time since that request.
    pub latency_ns: Option<u64>,
    /// How many requests had been sent by then; 0 when none was seen.
    pub attempts: u32,
    /// Whose address.
    pub address: IpAddr,
    /// The answer.
    pub mac: [u8; 6],
    /// Whom it tells.
    pub asker: IpAddr,
    /// The address that was asked for.
    pub asked: Option<IpAddr>,
    /// It answers a probe: the address that the asker wants is taken.
    pub answers_probe: bool,
}

/// A host announces its own address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArpGratuitous {
    /// Whose address.
    pub address: IpAddr,
    /// The host.
    pub mac: [u8; 6],
    /// Announced in a request (as usual) or in a reply.
    pub reply: bool,
}

/// A host asks whether an address is free (RFC 5227).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArpProbe {
    /// The address.
    pub address: IpAddr,
    /// The host that would like to have it.
    pub mac: [u8; 6],
    /// How many times it has been asked without an answer, this one
    /// included.
    pub attempt: u32,
}

/// Finding: nobody answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArpUnanswered {
    /// Who asked.
    pub asker: IpAddr,
    /// For whom.
    pub target: IpAddr,
    /// The requests (the first eight).
    pub requests: SmallVec<[PacketNumber; 8]>,
    /// How many there were.
    pub attempts: u32,
    /// From the first request to the end of the wait: five seconds after the
    /// last one, or the end of the capture.
    pub waited_ns: u64,
}

/// Finding: one IP address claimed by two MAC addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArpAddressConflict {
    /// The address.
    pub address: IpAddr,
    /// Who claimed it before.
    pub earlier_mac: [u8; 6],
    /// In which packet.
    pub earlier: PacketNumber,
    /// Who claims it now.
    pub mac: [u8; 6],
    /// In which packet.
    pub later: PacketNumber,
    /// Time between the two packets.
    pub between_ns: u64,
}

/// IPv6: who has this address?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NdpSolicitation {
    /// Which address is asked for.
    pub target: IpAddr,
    /// Who wants to know.
    pub asker: IpAddr,
    /// Duplicate address detection: asked from the unspecified address.
    pub probe: bool,
    /// Asked of the neighbour itself, not of the group: is it still there?
    pub unicast: bool,
    /// How many times it has been asked without an answer, this one
    /// included.
    pub attempt: u32,
}

/// IPv6: the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NdpAdvertisement {
    /// Whose address.
    pub target: IpAddr,
    /// The solicitation that it answers, if it was seen.
    pub solicitation: Option<PacketNumber>,
    /// Time since it.
    pub latency_ns: Option<u64>,
    /// The link-layer address given.
    pub mac: Option<[u8; 6]>,
    /// It says that it was asked.
    pub solicited: bool,
    /// The sender is a router.
    pub router: bool,
    /// What is cached shall be replaced.
    pub overrides: bool,
    /// It answers a probe: the address that the asker wants is taken.
    pub answers_probe: bool,
}

/// Ping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EchoRequest {
    /// Which ping program.
    pub identifier: u16,
    /// Which of its requests.
    pub sequence: u16,
    /// Data bytes.
    pub bytes: u32,
    /// Sent to a group or to everyone: any number may answer.
    pub group: bool,
    /// The same identifier and sequence were sent before, unanswered.
    pub repeats: Option<PacketNumber>,
}

/// Pong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EchoReply {
    /// The request that it answers, if it was seen.
    pub request: Option<PacketNumber>,
    /// As in the request.
    pub identifier: u16,
    /// As in the request.
    pub sequence: u16,
    /// Data bytes.
    pub bytes: u32,
    /// Data bytes of the request.
    pub request_bytes: Option<u32>,
    /// Round-trip time.
    pub round_trip_ns: Option<u64>,
    /// The reply that had already answered the same request.
    pub duplicate_of: Option<PacketNumber>,
}

/// Finding: no answer to pings of one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EchoUnanswered {
    /// Who asked.
    pub asker: IpAddr,
    /// Whom.
    pub target: IpAddr,
    /// The unanswered requests (the first eight).
    pub requests: SmallVec<[PacketNumber; 8]>,
    /// How many requests went unanswered.
    pub unanswered: u32,
    /// How many were sent.
    pub sent: u32,
    /// How many of them met an ICMP error instead of a reply.
    pub errors: u32,
    /// How long the capture went on after the last unanswered request, at most
    /// ten seconds.
    pub watched_ns: u64,
}

/// An ICMP error about an earlier packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IcmpError {
    /// Which.
    pub kind: IcmpErrorKind,
    /// Message type as on the wire.
    pub icmp_type: u8,
    /// Message code as on the wire.
    pub code: u8,
    /// Whether the numbers are ICMPv6's.
    pub v6: bool,
    /// Who reports it.
    pub reporter: IpAddr,
    /// IP protocol number of the quoted packet.
    pub quoted_protocol: Option<u8>,
    /// Source of the quoted packet.
    pub quoted_source: Option<Endpoint>,
    /// Destination of the quoted packet.
    pub quoted_destination: Option<Endpoint>,
    /// The quoted packet, if it was seen.
    pub quoted: Option<PacketNumber>,
    /// Time since it.
    pub after_ns: Option<u64>,
    /// The next hop's MTU (fragmentation needed).
    pub mtu: Option<u32>,
    /// The better gateway (redirect).
    pub gateway: Option<IpAddr>,
}

/// Where the bytes of a DNS message are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DnsBytes {
    /// In the packet that the event is on.
    InPacket {
        /// Bytes from the start of the frame.
        offset: u32,
        /// How many of them were captured.
        length: u32,
    },
    /// Put together from several TCP segments; the packet brought the last.
    Reassembled(Box<[u8]>),
}

impl DnsBytes {
    /// The message's bytes.
    #[must_use]
    pub fn of<'a>(&'a self, packet: &Packet<'a>) -> &'a [u8] {
        match self {
            Self::InPacket { offset, length } => {
                let from = packet.frame.bytes.get(*offset as usize..);
                from.and_then(|bytes| bytes.get(..*length as usize))
                    .unwrap_or_default()
            }
            Self::Reassembled(bytes) => bytes,
        }
    }
}

/// Who is asked by which rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DnsFlavour {
    /// A server (RFC 1035).
    Unicast,
    /// Everyone on the link, answers to everyone (RFC 6762).
    Multicast,
    /// Everyone on the link, answers to the asker (RFC 4795).
    LinkLocal,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsQuery {
    /// Transaction id.
    pub id: u16,
    /// By which rules.
    pub flavour: DnsFlavour,
    /// How many times it has been asked, this one included.
    pub attempt: u32,
    /// The message.
    pub message: DnsBytes,
}

/// How a response belongs to its query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DnsPairing {
    /// The query that it answers, the last one where it was repeated, if it
    /// was seen.
    pub query: Option<PacketNumber>,
    /// Time since that query.
    pub latency_ns: Option<u64>,
    /// Time since the first query, where it was repeated.
    pub since_first_ns: Option<u64>,
    /// How many times had been asked by then; 0 when no query was seen.
    pub attempts: u32,
    /// Whether it repeats the query's question; `None` without a query, or
    /// where a response need not repeat it.
    pub question_matches: Option<bool>,
    /// The response that had already answered the query.
    pub duplicate_of: Option<PacketNumber>,
}

/// The answer (response code 0).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsResponse {
    /// Transaction id.
    pub id: u16,
    /// By which rules.
    pub flavour: DnsFlavour,
    /// Its query.
    pub pairing: DnsPairing,
    /// The message.
    pub message: DnsBytes,
}

/// An answer that says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsError {
    /// Transaction id.
    pub id: u16,
    /// Its query.
    pub pairing: DnsPairing,
    /// Response code (RFC 6895), with EDNS's upper bits.
    pub response_code: u16,
    /// The message.
    pub message: DnsBytes,
}

/// The answer did not fit: ask again over TCP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsTruncated {
    /// Transaction id.
    pub id: u16,
    /// The query that it answers, if it was seen.
    pub query: Option<PacketNumber>,
    /// The message.
    pub message: DnsBytes,
}

/// The same query again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DnsRetransmission {
    /// Transaction id.
    pub id: u16,
    /// The first one.
    pub original: PacketNumber,
    /// How many times it has been asked now.
    pub attempt: u32,
    /// Time since the one before.
    pub after_ns: u64,
    /// The response that had already answered it: it did not arrive, or came
    /// too late.
    pub answered: Option<PacketNumber>,
}

/// Finding: no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DnsUnanswered {
    /// Transaction id.
    pub id: u16,
    /// The name asked for.
    pub name: Box<str>,
    /// The type asked for.
    pub record_type: u16,
    /// Who asked.
    pub client: Endpoint,
    /// Who did not answer.
    pub server: Endpoint,
    /// The queries (the first eight).
    pub queries: SmallVec<[PacketNumber; 8]>,
    /// How many there were.
    pub attempts: u32,
    /// From the first query to the end of the wait: thirty seconds after the
    /// last one, or the end of the capture.
    pub waited_ns: u64,
}

/// Could not be decoded further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Where and why.
    pub stop: Stop,
}

/// Cut by the snapshot length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truncated {
    /// Bytes that were captured.
    pub captured: u32,
    /// Bytes that the packet had.
    pub original: u32,
    /// The layer that could not be read whole, if one could not.
    pub stop: Option<Stop>,
}

/// Finding, once a capture: TCP conversations that had begun before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MidStream {
    /// How many.
    pub conversations: u64,
    /// Of how many TCP conversations.
    pub of: u64,
    /// The first packets of the first eight.
    pub examples: SmallVec<[PacketNumber; 8]>,
}

/// Finding, once a capture: TCP conversations seen in one direction only
/// though the acknowledgments show the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneSided {
    /// How many.
    pub conversations: u64,
    /// Of how many TCP conversations.
    pub of: u64,
    /// The first packets of the first eight.
    pub examples: SmallVec<[PacketNumber; 8]>,
}

/// Finding, once a capture: the recording lost packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureDropped {
    /// As the recorder counted them; 0: it says nothing.
    pub packets: u64,
    /// Of these by the interface (pcapng's `isb_ifdrop`).
    pub by_interface: u64,
    /// Of these by the operating system (pcapng's `isb_osdrop`).
    pub by_system: u64,
    /// Bytes of TCP connections that were acknowledged though no packet of the
    /// capture brought them.
    pub unrecorded_bytes: u64,
    /// In how many conversations.
    pub conversations: u64,
    /// The first packets of the first eight.
    pub examples: SmallVec<[PacketNumber; 8]>,
}

/// What one side offers in its SYN or SYN-ACK.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Maximum segment size (RFC 9293, section 3.7.1); absent: 536 or 1220.
    pub maximum_segment_size: Option<u16>,
    /// Window scale shift (RFC 7323).
    pub window_scale: Option<u8>,
    /// SACK permitted (RFC 2018).
    pub sack_permitted: bool,
    /// Timestamps (RFC 7323).
    pub timestamps: bool,
    /// The raw window of the SYN (never scaled).
    pub window: u16,
}

/// Who closed first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloserSet {
    /// One side.
    One(Side),
    /// Both: the FINs crossed.
    Both,
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

/// What triggered a retransmission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The retransmission timer ran out (RFC 6298).
    Timeout,
    /// The rest of a flight that was given up with a timeout.
    AfterTimeout,
    /// Duplicate ACKs or SACK evidence (RFC 5681, 6675, 8985).
    Fast,
    /// Tail-loss probe: the last segment again, to provoke an answer
    /// (RFC 8985, section 7).
    TailLossProbe,
    /// The capture does not tell.
    Unknown,
}

/// What a verdict on a trigger rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerEvidence {
    /// Nothing had come from the peer for the length of a timer.
    Silence,
    /// It followed at once on an acknowledgment: so many duplicates had come.
    DuplicateAcks(u32),
    /// It followed on a SACK that shows later bytes at the receiver.
    Sack,
    /// It followed an acknowledgment that left a hole, within a recovery.
    Recovery,
    /// It belongs to a flight whose first segment timed out.
    AfterTimeout,
    /// Only the time that passed, seen at the receiving side.
    Delay,
    /// Too little to tell.
    None,
}

/// What tells reordering from a retransmission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateEvidence {
    /// Its IP identification is older than that of segments before it.
    Identification,
    /// Its timestamp is older than that of segments before it.
    Timestamp,
    /// It came too soon to be a retransmission (within so short a time that
    /// no acknowledgment could have provoked it).
    Timing,
}

/// Who copied a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyMaker {
    /// The network: the receiver reacted (D-SACK).
    Network,
    /// The recording: nothing reacted.
    Recording,
    /// Not known.
    Unknown,
}

impl CopyMaker {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Recording => "recording",
            Self::Unknown => "unknown",
        }
    }
}

/// Whose checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChecksumOf {
    /// TCP's.
    Tcp,
    /// UDP's.
    Udp,
    /// ICMP's, for IPv4 or IPv6.
    Icmp,
    /// The IPv4 header's.
    Ipv4,
}

/// How an application's messages are told apart in the byte stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Each ends with a newline.
    Line,
    /// Each begins with its length: so many bytes of it.
    Length {
        /// 1, 2 or 4; the length counts what stands behind it.
        bytes: u8,
        /// Most significant byte first.
        big_endian: bool,
    },
}

impl Framing {
    /// Those that can be declared, by the name that declares them.
    pub const NAMED: [(&'static str, Self); 6] = [
        ("line", Self::Line),
        ("len:u8", Self::length(1, true)),
        ("len:u16be", Self::length(2, true)),
        ("len:u16le", Self::length(2, false)),
        ("len:u32be", Self::length(4, true)),
        ("len:u32le", Self::length(4, false)),
    ];

    const fn length(bytes: u8, big_endian: bool) -> Self {
        Self::Length { bytes, big_endian }
    }

    /// The framing of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::NAMED.into_iter();
        all.find(|(known, _)| *known == name)
            .map(|(_, framing)| framing)
    }
}

/// A segment that takes sequence space without data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlSegment {
    /// First step.
    Syn,
    /// Second step.
    SynAck,
    /// Close.
    Fin,
}

impl ControlSegment {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Syn => "SYN",
            Self::SynAck => "SYN-ACK",
            Self::Fin => "FIN",
        }
    }
}

/// The families of ICMP errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IcmpErrorKind {
    /// Destination unreachable (the code tells what).
    Unreachable,
    /// TTL or hop limit reached 0, or reassembly took too long.
    TimeExceeded,
    /// Fragmentation needed, or ICMPv6's packet too big.
    FragmentationNeeded,
    /// There is a better gateway.
    Redirect,
}

/// Something that belongs to no single packet.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The conversation, where it is about one.
    pub conversation: Option<u64>,
    /// What.
    pub event: Event,
}
