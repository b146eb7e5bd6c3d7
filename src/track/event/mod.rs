//! What can happen, as plain values: numbers, times, packet numbers. The words
//! for each stand in `notes/`, one entry a variant.

mod bytes;
mod closing;
mod dhcp;
mod dns;
mod flow;
mod fragments;
mod http;
mod icmp;
mod link;
mod neighbours;
mod opening;
mod recording;
mod sse;
mod tls;
mod web;
mod websocket;

pub use bytes::*;
pub use closing::*;
pub use dhcp::*;
pub use dns::*;
pub use flow::*;
pub use fragments::*;
pub use http::*;
pub use icmp::*;
pub use link::*;
pub use neighbours::*;
pub use opening::*;
pub use recording::*;
pub use sse::*;
pub use tls::*;
pub use web::*;
pub use websocket::*;

use serde::{Deserialize, Serialize};

use crate::decode::Packet;

/// A packet's number in the capture, from 1.
pub type PacketNumber = u64;

/// Something that happened, on a packet or in a [`Finding`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Finding: the SYN was answered by an ICMP error.
    HandshakeRejected(HandshakeRejected),
    /// Finding: the SYN was answered from another address than was asked.
    HandshakeOtherAddress(HandshakeOtherAddress),
    /// Finding: segments above a size never arrive.
    PathMtuBlackHole(PathMtuBlackHole),
    /// Finding: a listener goes on repeating its SYN-ACK.
    AcceptQueueFull(AcceptQueueFull),
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
    /// Finding: the side that is said to have reset goes on.
    ResetContradicted(ResetContradicted),
    /// A segment that its receiver must refuse.
    NotAcceptable(NotAcceptable),
    /// The ACK that answers such a segment.
    ChallengeAck(ChallengeAck),
    /// Finding: the peer closed, this side never did.
    CloseWait(CloseWait),
    /// TIME_WAIT at work: a repeated FIN is answered again.
    TimeWaitAnswered(TimeWaitAnswered),
    /// TIME_WAIT cut short: the 4-tuple is taken again before 2 MSL passed.
    TimeWaitReused(TimeWaitReused),
    /// A new connection has the 4-tuple of an earlier one.
    PortReused(PortReused),

    // --- TCP: bytes on their way ------------------------------------------
    /// Data sent again.
    Retransmission(Retransmission),
    /// SYN, SYN-ACK or FIN sent again.
    HandshakeRetransmission(HandshakeRetransmission),
    /// Sent again although it had arrived (beside the trigger's event; or on
    /// the later packet that proves it).
    SpuriousRetransmission(SpuriousRetransmission),
    /// Sequence numbers that had other bytes before.
    DataDiffers(DataDiffers),
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
    /// Finding: one host tries many ports or many hosts.
    Scan(Box<Scan>),
    /// A fragment of a datagram.
    IpFragment(IpFragment),
    /// The last fragment that was missing: the datagram is whole.
    IpReassembled(Box<IpReassembled>),
    /// Fragments that overlap with other bytes.
    FragmentsOverlap(FragmentsOverlap),
    /// Finding: fragments that never came.
    FragmentsMissing(Box<FragmentsMissing>),
    /// A copy of a packet seen before.
    IpDuplicate(IpDuplicate),
    /// Finding: datagrams go round in a loop.
    IpLoop(IpLoop),
    /// Finding, once a capture: packets stand in it twice.
    CaptureDoubled(CaptureDoubled),
    /// A checksum that does not fit the bytes.
    ChecksumBad(ChecksumBad),
    /// A checksum that does not fit the bytes, it cannot be told yet why.
    ChecksumWrong(ChecksumWrong),
    /// Finding: packets that were damaged, as only later ones show.
    ChecksumDamage(ChecksumDamage),
    /// Finding, once a host pair: sums that were right before the packets were
    /// changed.
    ChecksumRewritten(ChecksumRewritten),
    /// Finding, once a host: checksums not yet filled in by the network card.
    ChecksumOffload(ChecksumOffload),
    /// Finding, once a host: segments not yet cut by the network card.
    Oversize(Oversize),
    /// Several messages in one segment.
    SeveralMessages(SeveralMessages),
    /// A message cut across segments.
    MessageCut(MessageCut),
    /// Finding: all messages of a side have one size.
    MessagesOfOneSize(MessagesOfOneSize),
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

    /// Finding: a station behind which addresses from elsewhere stand.
    Gateway(Box<Gateway>),
    /// Finding: the likely subnet of the hosts seen.
    Subnet(Box<Subnet>),
    /// Finding: a flow before and after its addresses were translated.
    Translated(Box<Translated>),

    // --- ICMP -------------------------------------------------------------
    /// Ping.
    EchoRequest(EchoRequest),
    /// Pong.
    EchoReply(EchoReply),
    /// Finding: no answer to pings of one conversation.
    EchoUnanswered(EchoUnanswered),
    /// An ICMP error about an earlier packet.
    IcmpError(IcmpError),
    /// Finding: a traceroute.
    Traceroute(Box<Traceroute>),

    // --- DNS --------------------------------------------------------------
    /// A question.
    DnsQuery(DnsQuery),
    /// The answer (response code 0).
    DnsResponse(DnsResponse),
    /// An answer that says no.
    DnsError(DnsError),
    /// The answer did not fit: ask again over TCP.
    DnsTruncated(DnsTruncated),
    /// A query was sent again.
    DnsRetransmission(DnsRetransmission),
    /// The answer came from another address than was asked.
    DnsOtherAddress(DnsOtherAddress),
    /// A second response to one query says something else.
    DnsAnswersDiffer(DnsAnswersDiffer),
    /// Finding: no answer.
    DnsUnanswered(DnsUnanswered),

    // --- DHCP and DHCPv6 ---------------------------------------------------
    /// Who gives me an address?
    DhcpDiscover(DhcpDiscover),
    /// An offer.
    DhcpOffer(DhcpOffer),
    /// An offer is taken, or a lease is to be extended.
    DhcpRequest(DhcpRequest),
    /// The server agrees.
    DhcpAck(DhcpAck),
    /// The server extends a lease.
    DhcpRenewed(DhcpAck),
    /// The server refuses.
    DhcpNak(DhcpNak),
    /// The address has another owner.
    DhcpDecline(DhcpDecline),
    /// The address is given back.
    DhcpRelease(DhcpRelease),
    /// An address I have, tell me the rest.
    DhcpInform(DhcpInform),
    /// Finding: nobody answered.
    DhcpUnanswered(DhcpUnanswered),
    /// Finding: several servers offer something to one client.
    DhcpSeveralServers(DhcpSeveralServers),

    // --- HTTP ---------------------------------------------------------------
    /// A request's head is there.
    HttpRequest(Box<HttpRequest>),
    /// A response is complete, as far as it came.
    HttpResponse(Box<HttpResponse>),
    /// The server says that it failed.
    HttpServerError(Box<HttpServerError>),
    /// Finding: nothing answered a request.
    HttpUnanswered(Box<HttpUnanswered>),
    /// A connection was closed in the middle of a body.
    HttpBodyCut(Box<HttpBodyCut>),
    /// A request was sent before the answer to the one before had come.
    HttpPipelined(HttpPipelined),
    /// An answer had to wait for the ones before it.
    HttpHeadOfLine(HttpHeadOfLine),
    /// A connection is used for a second exchange.
    HttpReused(HttpReused),
    /// 101: from here on another protocol is spoken.
    HttpUpgrade(Box<HttpUpgrade>),
    /// CONNECT succeeded: from here on the proxy passes bytes on.
    HttpTunnel(Box<HttpUpgrade>),
    /// A message that two readers may read in two ways.
    HttpFramingConflict(Box<HttpFramingConflict>),
    /// A message that cannot be read.
    HttpMalformed(HttpMalformed),
    /// Finding: which version a connection speaks.
    HttpVersion(HttpVersion),
    /// A response sets cookies.
    CookieSet(Box<CookieSet>),
    /// A request brings cookies back.
    CookieSent(Box<CookieSent>),
    /// Cookies that are for TLS alone go in clear text.
    CookieUnprotected(Box<CookieUnprotected>),
    /// A password or a token goes in clear text.
    TokenInClear(Box<TokenInClear>),
    /// A secret stands in what is asked for.
    TokenInUrl(Box<TokenInUrl>),
    /// A browser asked whether a page may ask another origin.
    CorsPreflight(Box<Cors>),
    /// A browser does not let the page have what it asked for.
    CorsRefused(Box<Cors>),
    /// Finding: one phase took at least half of a long visit.
    VisitSlowPhase(Box<VisitSlowPhase>),

    // --- Server-sent events and long polling --------------------------------
    /// Finding: a response was a stream of events.
    SseStream(Box<SseStream>),
    /// A client comes again, and names the last event that it has.
    SseReconnected(Box<SseReconnected>),
    /// Finding: each answer waits until there is news.
    HttpLongPolling(Box<HttpLongPolling>),

    // --- WebSocket ----------------------------------------------------------
    /// HTTP ends, and frames follow.
    WebSocketUpgrade(Box<WebSocketUpgrade>),
    /// A message is complete.
    WebSocketMessage(Box<WebSocketMessage>),
    /// A side asks whether the other is there.
    WebSocketPing(WebSocketPing),
    /// A side says that it is there.
    WebSocketPong(WebSocketPong),
    /// A side ends the connection.
    WebSocketClose(Box<WebSocketClose>),
    /// A frame that its receiver must not accept.
    WebSocketProtocolError(WebSocketProtocolError),
    // --- TLS ----------------------------------------------------------------
    /// A client offers TLS.
    TlsClientHello(Box<TlsClientHello>),
    /// A server chooses.
    TlsServerHello(Box<TlsServerHello>),
    /// A server asks for another hello.
    TlsRetry(Box<TlsRetry>),
    /// One side shows its certificates.
    TlsCertificate(Box<TlsCertificate>),
    /// Both sides have the keys.
    TlsEstablished(Box<TlsEstablished>),
    /// Data go along with the client's first words.
    TlsEarlyData(TlsEarlyData),
    /// An alert in clear.
    TlsAlert(TlsAlert),
    /// Finding: it ended before both sides had the keys.
    TlsFailed(Box<TlsFailed>),
    /// A certificate is not valid at the time of the capture.
    TlsCertificateExpired(Box<TlsCertificateExpired>),
    /// A certificate is for other hosts than the one that was asked.
    TlsCertificateName(Box<TlsCertificateName>),
    /// TLS 1.1 or older is agreed on.
    TlsVersionOld(TlsVersionOld),
    /// One side speaks TLS, the other something else.
    TlsPlaintext(Box<TlsPlaintext>),
    /// A server chose what was not offered.
    TlsNotOffered(Box<TlsNotOffered>),

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
    /// Finding, once a capture: its clock went back.
    TimeDisorder(TimeDisorder),
    /// Finding, once a capture: it paused, or was joined from several.
    CapturePause(CapturePause),
}

impl Event {
    /// Of the fragment that made a datagram whole: that datagram.
    #[must_use]
    pub fn as_datagram(&self) -> Option<&Datagram> {
        match self {
            Self::IpReassembled(reassembled) => Some(&reassembled.datagram),
            _ => None,
        }
    }

    /// Reads again what is not written down with it: `on_wire` is the packet that it
    /// happened on.
    pub fn complete(&mut self, on_wire: &Packet<'_>) {
        if let Self::IpReassembled(reassembled) = self {
            reassembled.datagram.decode(on_wire);
        }
    }

    /// Whether it tells of a DNS message.
    #[must_use]
    pub const fn is_of_dns(&self) -> bool {
        matches!(
            self,
            Self::DnsQuery(_) | Self::DnsResponse(_) | Self::DnsError(_)
        )
    }

    /// Of a packet that is a copy: of which, and what shows it.
    #[must_use]
    pub const fn as_copy(&self) -> Option<&IpDuplicate> {
        match self {
            Self::IpDuplicate(copy) => Some(copy),
            _ => None,
        }
    }
}

/// Something that belongs to no single packet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The conversation, where it is about one.
    pub conversation: Option<u64>,
    /// The first packet of that conversation; known at the merge.
    pub first_packet: Option<PacketNumber>,
    /// What.
    pub event: Event,
}
