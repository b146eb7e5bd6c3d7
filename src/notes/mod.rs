//! From events to annotations: kind, severity, the packet's own values, the
//! rule checked with them, and a text in the reader's language. Knows nothing
//! of where it will be shown. One folder a topic: its note in both languages
//! (`en.md`, `zh.md`) and the words and checks for its events.

mod arp;
mod close_wait;
mod connection_identity;
mod cookies_and_sessions;
mod cors;
mod dhcp;
mod dns;
pub mod fields;
mod file_descriptors;
#[cfg(test)]
mod fixture;
pub mod grouping;
mod header_overhead;
mod heartbeat;
mod http;
mod http_versions;
mod icmp;
mod io_multiplexing;
mod ip_fragmentation;
mod layers;
mod long_polling;
mod mac_and_ip;
mod nat;
mod network_performance;
mod retransmission;
mod retries_and_failover;
mod sequence_and_ack;
mod server_sent_events;
mod sockets;
mod subnet_and_gateway;
mod tcp_handshake;
mod tcp_options;
mod tcp_states;
mod tcp_teardown;
mod tcp_vs_udp;
mod time_wait;
mod tls;
mod tokens;
mod udp;
mod url_to_page;
mod websocket;

mod annotation;
mod blocks;
mod byte_stream;
mod checksum;
mod congestion_control;
mod dead_peer;
mod duplicate_ack_and_sack;
mod flow_control;
mod head_of_line;
mod keep_alive;
mod kind;
mod lang;
mod lookup;
mod reordering;
mod round_trip_time;
mod search;
mod syn_flood;
mod topic;
pub mod units;
mod wording;

pub use annotation::{Annotation, Check, Note, Rule, Scene, Value};
pub use blocks::{Block, blocks};
pub use kind::{Kind, On, Severity};
pub use lang::Lang;
pub use lookup::{Subject, UnknownName, look_up};
pub use mac_and_ip::next_hop;
pub use search::{Hits, search};
pub use topic::{TOPICS, Topic};
pub use units::{bytes, duration};
pub use wording::{model_layers, protocol as protocol_name};

use smallvec::{SmallVec, smallvec};

use crate::track::Event;

/// The kind that an event is reported under.
#[must_use]
pub fn kind(event: &Event) -> Kind {
    match event {
        Event::HandshakeSyn(_) => Kind::TcpHandshakeSyn,
        Event::HandshakeSynAck(_) => Kind::TcpHandshakeSynAck,
        Event::HandshakeAck(_) => Kind::TcpHandshakeAck,
        Event::OptionsAgreed(_) => Kind::TcpOptionsAgreed,
        Event::HandshakeRefused(_) => Kind::TcpHandshakeRefused,
        Event::HandshakeUnanswered(_) => Kind::TcpHandshakeUnanswered,
        Event::HandshakeSimultaneous(_) => Kind::TcpHandshakeSimultaneous,
        Event::FastOpen(_) => Kind::TcpHandshakeFastOpen,
        Event::FirstFin(_) => Kind::TcpTeardownFirstFin,
        Event::FirstAck(_) => Kind::TcpTeardownFirstAck,
        Event::SecondFin(_) => Kind::TcpTeardownSecondFin,
        Event::SecondAck(_) => Kind::TcpTeardownSecondAck,
        Event::TeardownSimultaneous(_) => Kind::TcpTeardownSimultaneous,
        Event::HalfClose(_) => Kind::TcpHalfClose,
        Event::Reset(_) => Kind::TcpReset,
        Event::ResetContradicted(_) => Kind::TcpResetContradicted,
        Event::NotAcceptable(_) => Kind::TcpNotAcceptable,
        Event::ChallengeAck(_) => Kind::TcpChallengeAck,
        Event::AcceptQueueFull(_) => Kind::TcpAcceptQueueFull,
        Event::HandshakeRejected(_) => Kind::TcpHandshakeRejected,
        Event::HandshakeOtherAddress(_) => Kind::TcpHandshakeOtherAddress,
        Event::PathMtuBlackHole(_) => Kind::TcpPathMtuBlackHole,
        Event::CloseWait(_) => Kind::TcpCloseWait,
        Event::TimeWaitAnswered(_) | Event::TimeWaitReused(_) => Kind::TcpTimeWait,
        Event::PortReused(_) => Kind::TcpPortReused,
        Event::Retransmission(event) => match event.trigger {
            crate::track::Trigger::Timeout => Kind::TcpRetransmissionTimeout,
            crate::track::Trigger::AfterTimeout => Kind::TcpRetransmissionAfterTimeout,
            crate::track::Trigger::Fast => Kind::TcpRetransmissionFast,
            crate::track::Trigger::TailLossProbe => Kind::TcpRetransmissionTailLossProbe,
            crate::track::Trigger::PathMtu => Kind::TcpRetransmissionPathMtu,
            crate::track::Trigger::Unknown => Kind::TcpRetransmissionUnknown,
        },
        Event::HandshakeRetransmission(_) => Kind::TcpRetransmissionHandshake,
        Event::SpuriousRetransmission(_) => Kind::TcpRetransmissionSpurious,
        Event::OutOfOrder(_) => Kind::TcpOutOfOrder,
        Event::DuplicateAck(_) => Kind::TcpDuplicateAck,
        Event::Dsack(_) => Kind::TcpDsack,
        Event::HeadOfLine(_) => Kind::TcpHeadOfLine,
        Event::ZeroWindow(_) => Kind::TcpWindowZero,
        Event::WindowFull(_) => Kind::TcpWindowFull,
        Event::WindowUpdate(_) => Kind::TcpWindowUpdate,
        Event::WindowProbe(_) => Kind::TcpWindowProbe,
        Event::WindowProbeAck(_) => Kind::TcpWindowProbeAck,
        Event::KeepAlive(_) => Kind::TcpKeepAlive,
        Event::KeepAliveAck(_) => Kind::TcpKeepAliveAck,
        Event::Heartbeat(_) => Kind::TcpHeartbeat,
        Event::PeerSilent(_) => Kind::TcpPeerSilent,
        Event::HalfOpen(_) => Kind::TcpHalfOpen,
        Event::SynFlood(_) => Kind::TcpSynFlood,
        Event::Scan(_) => Kind::TcpScan,
        Event::Gateway(_) => Kind::LinkGateway,
        Event::Subnet(_) => Kind::LinkSubnet,
        Event::Translated(_) => Kind::NatTranslated,
        Event::IpFragment(_) => Kind::IpFragment,
        Event::IpReassembled(_) => Kind::IpReassembled,
        Event::FragmentsOverlap(_) => Kind::IpFragmentsOverlap,
        Event::FragmentsMissing(_) => Kind::IpFragmentsMissing,
        Event::IpDuplicate(_) => Kind::IpDuplicate,
        Event::IpLoop(_) => Kind::IpLoop,
        Event::CaptureDoubled(_) => Kind::CaptureDoubled,
        Event::ChecksumOffload(_) => Kind::CaptureChecksumOffload,
        Event::Oversize(_) => Kind::CaptureOversize,
        Event::SeveralMessages(_) => Kind::StreamSeveralMessages,
        Event::MessageCut(_) => Kind::StreamMessageCut,
        Event::MessagesOfOneSize(_) => Kind::StreamMessagesOfOneSize,
        Event::DataDiffers(_) => Kind::TcpDataDiffers,
        Event::ChecksumBad(event) => checksum::damaged(event.of),
        Event::ChecksumDamage(event) => checksum::damaged(event.of),
        Event::ChecksumWrong(_) => Kind::ChecksumWrong,
        Event::ChecksumRewritten(_) => Kind::CaptureChecksumRewritten,
        Event::Gap(_) => Kind::TcpGap,
        Event::AckOfUnseen(_) => Kind::TcpAckOfUnseen,
        Event::SmallMessage(_) => Kind::OverheadSmallMessage,
        Event::ArpRequest(_) => Kind::ArpRequest,
        Event::ArpReply(_) => Kind::ArpReply,
        Event::ArpGratuitous(_) => Kind::ArpGratuitous,
        Event::ArpProbe(_) => Kind::ArpProbe,
        Event::ArpUnanswered(_) => Kind::ArpUnanswered,
        Event::ArpAddressConflict(_) => Kind::ArpAddressConflict,
        Event::NdpSolicitation(_) => Kind::NdpSolicitation,
        Event::NdpAdvertisement(_) => Kind::NdpAdvertisement,
        Event::EchoRequest(_) => Kind::IcmpEchoRequest,
        Event::EchoReply(_) => Kind::IcmpEchoReply,
        Event::EchoUnanswered(_) => Kind::IcmpEchoUnanswered,
        Event::Traceroute(_) => Kind::IcmpTraceroute,
        Event::IcmpError(event) => match event.kind {
            crate::track::IcmpErrorKind::Unreachable => Kind::IcmpUnreachable,
            crate::track::IcmpErrorKind::TimeExceeded => Kind::IcmpTimeExceeded,
            crate::track::IcmpErrorKind::FragmentationNeeded => Kind::IcmpFragmentationNeeded,
            crate::track::IcmpErrorKind::Redirect => Kind::IcmpRedirect,
        },
        Event::DnsQuery(_) => Kind::DnsQuery,
        Event::DnsResponse(_) => Kind::DnsResponse,
        Event::DnsError(_) => Kind::DnsError,
        Event::DnsTruncated(_) => Kind::DnsTruncated,
        Event::DnsRetransmission(_) => Kind::DnsRetransmission,
        Event::DnsOtherAddress(_) => Kind::DnsOtherAddress,
        Event::DnsAnswersDiffer(_) => Kind::DnsAnswersDiffer,
        Event::DnsUnanswered(_) => Kind::DnsUnanswered,
        Event::DhcpDiscover(_) => Kind::DhcpDiscover,
        Event::DhcpOffer(_) => Kind::DhcpOffer,
        Event::DhcpRequest(_) => Kind::DhcpRequest,
        Event::DhcpAck(_) => Kind::DhcpAck,
        Event::DhcpRenewed(_) => Kind::DhcpRenewed,
        Event::DhcpNak(_) => Kind::DhcpNak,
        Event::DhcpDecline(_) => Kind::DhcpDecline,
        Event::DhcpRelease(_) => Kind::DhcpRelease,
        Event::DhcpInform(_) => Kind::DhcpInform,
        Event::DhcpUnanswered(_) => Kind::DhcpUnanswered,
        Event::DhcpSeveralServers(_) => Kind::DhcpSeveralServers,
        Event::Malformed(_) => Kind::Malformed,
        Event::Truncated(_) => Kind::Truncated,
        Event::MidStream(_) => Kind::CaptureMidStream,
        Event::HttpRequest(_) => Kind::HttpRequest,
        Event::HttpResponse(_) => Kind::HttpResponse,
        Event::HttpServerError(_) => Kind::HttpServerError,
        Event::HttpUnanswered(_) => Kind::HttpUnanswered,
        Event::HttpBodyCut(_) => Kind::HttpBodyCut,
        Event::HttpPipelined(_) => Kind::HttpPipelined,
        Event::HttpHeadOfLine(_) => Kind::HttpHeadOfLine,
        Event::HttpReused(_) => Kind::HttpReused,
        Event::HttpUpgrade(_) => Kind::HttpUpgrade,
        Event::HttpTunnel(_) => Kind::HttpTunnel,
        Event::HttpFramingConflict(_) => Kind::HttpFramingConflict,
        Event::HttpMalformed(_) => Kind::HttpMalformed,
        Event::HttpVersion(_) => Kind::HttpVersion,
        Event::CookieSet(_) => Kind::CookieSet,
        Event::CookieSent(_) => Kind::CookieSent,
        Event::CookieUnprotected(_) => Kind::CookieUnprotected,
        Event::TokenInClear(_) => Kind::TokenInClear,
        Event::TokenInUrl(_) => Kind::TokenInUrl,
        Event::CorsPreflight(_) => Kind::CorsPreflight,
        Event::CorsRefused(_) => Kind::CorsRefused,
        Event::SseStream(_) => Kind::SseStream,
        Event::SseReconnected(_) => Kind::SseReconnected,
        Event::HttpLongPolling(_) => Kind::HttpLongPolling,
        Event::WebSocketUpgrade(_) => Kind::WebSocketUpgrade,
        Event::WebSocketMessage(_) => Kind::WebSocketMessage,
        Event::WebSocketPing(_) => Kind::WebSocketPing,
        Event::WebSocketPong(_) => Kind::WebSocketPong,
        Event::WebSocketClose(_) => Kind::WebSocketClose,
        Event::WebSocketProtocolError(_) => Kind::WebSocketProtocolError,
        Event::VisitSlowPhase(_) => Kind::VisitSlowPhase,
        Event::TlsClientHello(_) => Kind::TlsClientHello,
        Event::TlsServerHello(_) => Kind::TlsServerHello,
        Event::TlsRetry(_) => Kind::TlsRetry,
        Event::TlsCertificate(_) => Kind::TlsCertificate,
        Event::TlsEstablished(_) => Kind::TlsEstablished,
        Event::TlsEarlyData(_) => Kind::TlsEarlyData,
        Event::TlsAlert(_) => Kind::TlsAlert,
        Event::TlsFailed(_) => Kind::TlsFailed,
        Event::TlsCertificateExpired(_) => Kind::TlsCertificateExpired,
        Event::TlsCertificateName(_) => Kind::TlsCertificateName,
        Event::TlsVersionOld(_) => Kind::TlsVersionOld,
        Event::TlsPlaintext(_) => Kind::TlsPlaintext,
        Event::TlsNotOffered(_) => Kind::TlsNotOffered,
        Event::OneSided(_) => Kind::CaptureOneSided,
        Event::CaptureDropped(_) => Kind::CaptureDropped,
        Event::TimeDisorder(_) => Kind::CaptureTimeDisorder,
        Event::CapturePause(_) => Kind::CapturePause,
    }
}

/// The annotation for an event, in the reader's language.
#[must_use]
pub fn annotate(event: &Event, scene: &Scene) -> Annotation {
    finished(event, scene, Note::new(kind(event), scene.lang))
}

/// Annotates an event as [`annotate`] does, but for the text, which stays empty.
#[must_use]
pub fn annotate_without_text(event: &Event, scene: &Scene) -> Annotation {
    finished(event, scene, Note::textless(kind(event), scene.lang))
}

fn finished(event: &Event, scene: &Scene, mut note: Note) -> Annotation {
    write(event, scene, &mut note);
    let mut annotation = note.finish();
    let clock_runs_for_ns = scene.tracked.and_then(|tracked| tracked.clock_runs_for_ns);
    let is_about_the_clock = matches!(event, Event::TimeDisorder(_) | Event::CapturePause(_));
    if let Some(known_ns) = clock_runs_for_ns.filter(|_| !is_about_the_clock) {
        annotation.without_times_beyond(known_ns, scene.lang);
    }
    annotation
}

/// The severity of an event: its kind's, or error when a check does not hold.
/// Makes no words.
#[must_use]
pub fn severity(event: &Event, scene: &Scene) -> Severity {
    severity_of(kind(event), event, scene)
}

/// Annotates an event as [`annotate`] does, where its kind is known already.
#[must_use]
pub fn severity_of(kind: Kind, event: &Event, scene: &Scene) -> Severity {
    if has_rule(event) {
        let mut note = Note::wordless(kind, scene.lang);
        write(event, scene, &mut note);
        note.severity()
    } else {
        kind.severity()
    }
}

/// Whether what is told beside on the same packet says it all.
#[must_use]
pub fn is_told_beside(event: &Event) -> bool {
    let refused = crate::track::ResetCause::Refused;
    matches!(event, Event::Reset(event) if event.cause == refused)
}

/// What a finding stands for, and how much of it: it counts in their place.
#[must_use]
pub fn explained(event: &Event) -> SmallVec<[(Kind, u64); 2]> {
    match event {
        Event::CaptureDoubled(event) => smallvec![(Kind::IpDuplicate, event.copies)],
        Event::IpLoop(event) => smallvec![(Kind::IpDuplicate, event.packets)],
        Event::CaptureDropped(event) if event.unrecorded_bytes > 0 => {
            smallvec![(Kind::TcpGap, u64::MAX), (Kind::TcpAckOfUnseen, u64::MAX)]
        }
        Event::Traceroute(event) => {
            let rejected = if event.protocol == 6 {
                event.exceeded
            } else {
                0
            };
            smallvec![
                (Kind::IcmpTimeExceeded, event.exceeded),
                (Kind::IcmpUnreachable, event.unreachable),
                (Kind::TcpHandshakeRejected, rejected),
            ]
        }
        Event::Scan(event) => {
            let beside = event.beside;
            smallvec![
                (Kind::TcpHandshakeRefused, beside.refusals),
                (Kind::TcpHandshakeUnanswered, beside.silences),
                (Kind::TcpHandshakeRejected, beside.rejections),
                (Kind::IcmpUnreachable, beside.errors),
                (Kind::TcpRetransmissionHandshake, beside.repeats),
                (Kind::TcpReset, beside.abandoned),
            ]
        }
        _ => SmallVec::new(),
    }
}

/// Whether a rule is checked with events of this sort, or it may be too early to
/// tell what they are. The others are only what their kind is: millions of them are counted and never shown. (The
/// topics' tests find out what is missing here.)
fn has_rule(event: &Event) -> bool {
    matches!(
        event,
        Event::ArpReply(_)
            | Event::NdpSolicitation(_)
            | Event::NdpAdvertisement(_)
            | Event::EchoReply(_)
            | Event::HandshakeSynAck(_)
            | Event::HandshakeAck(_)
            | Event::HandshakeRefused(_)
            | Event::HandshakeUnanswered(_)
            | Event::CloseWait(_)
            | Event::PeerSilent(_)
            | Event::OptionsAgreed(_)
            | Event::FirstAck(_)
            | Event::SecondAck(_)
            | Event::TimeWaitAnswered(_)
            | Event::TimeWaitReused(_)
            | Event::WindowFull(_)
            | Event::KeepAlive(_)
            | Event::KeepAliveAck(_)
            | Event::ChecksumBad(_)
            | Event::DnsResponse(_)
            | Event::DnsError(_)
            | Event::ArpUnanswered(_)
            | Event::EchoUnanswered(_)
            | Event::DnsUnanswered(_)
            | Event::DhcpOffer(_)
            | Event::DhcpRequest(_)
            | Event::DhcpAck(_)
            | Event::DhcpRenewed(_)
            | Event::DhcpUnanswered(_)
            | Event::DhcpSeveralServers(_)
            | Event::IpFragment(_)
            | Event::IpReassembled(_)
            | Event::FragmentsMissing(_)
            | Event::Translated(_)
            | Event::HttpResponse(_)
            | Event::HttpUnanswered(_)
            | Event::CookieUnprotected(_)
            | Event::TokenInClear(_)
            | Event::TokenInUrl(_)
            | Event::CorsPreflight(_)
            | Event::SseReconnected(_)
            | Event::HttpLongPolling(_)
            | Event::WebSocketUpgrade(_)
            | Event::WebSocketClose(_)
            | Event::TlsServerHello(_)
            | Event::TlsRetry(_)
            | Event::TlsCertificate(_)
            | Event::TlsEstablished(_)
            | Event::TlsAlert(_)
            | Event::TlsNotOffered(_)
    )
}

fn write(event: &Event, scene: &Scene, to: &mut Note) {
    match event {
        Event::Malformed(event) => layers::malformed(event, scene, to),
        Event::Truncated(event) => layers::truncated(event, scene, to),
        Event::SmallMessage(event) => header_overhead::small_message(event, scene, to),
        Event::ArpRequest(event) => arp::request(event, scene, to),
        Event::ArpReply(event) => arp::reply(event, scene, to),
        Event::ArpGratuitous(event) => arp::gratuitous(event, scene, to),
        Event::ArpProbe(event) => arp::probe(event, scene, to),
        Event::ArpUnanswered(event) => arp::unanswered(event, scene, to),
        Event::ArpAddressConflict(event) => arp::address_conflict(event, scene, to),
        Event::NdpSolicitation(event) => arp::solicitation(event, scene, to),
        Event::NdpAdvertisement(event) => arp::advertisement(event, scene, to),
        Event::EchoRequest(event) => icmp::echo_request(event, scene, to),
        Event::EchoReply(event) => icmp::echo_reply(event, scene, to),
        Event::EchoUnanswered(event) => icmp::echo_unanswered(event, scene, to),
        Event::IcmpError(event) => icmp::error(event, scene, to),
        Event::Traceroute(event) => icmp::traceroute(event, scene, to),
        Event::Gateway(event) => mac_and_ip::gateway(event, scene, to),
        Event::Subnet(event) => subnet_and_gateway::subnet(event, scene, to),
        Event::Translated(event) => nat::translated(event, scene, to),
        Event::IpFragment(event) => ip_fragmentation::fragment(event, scene, to),
        Event::IpReassembled(event) => ip_fragmentation::reassembled(event, scene, to),
        Event::FragmentsOverlap(event) => ip_fragmentation::overlap(event, scene, to),
        Event::FragmentsMissing(event) => ip_fragmentation::missing(event, scene, to),
        Event::PortReused(event) => connection_identity::port_reused(event, scene, to),
        Event::HandshakeSyn(event) => tcp_handshake::syn(event, scene, to),
        Event::HandshakeSynAck(event) => tcp_handshake::syn_ack(event, scene, to),
        Event::HandshakeAck(event) => tcp_handshake::ack(event, scene, to),
        Event::HandshakeRefused(event) => tcp_handshake::refused(event, scene, to),
        Event::HandshakeUnanswered(event) => tcp_handshake::unanswered(event, scene, to),
        Event::HandshakeSimultaneous(event) => tcp_handshake::simultaneous(event, scene, to),
        Event::FastOpen(event) => tcp_handshake::fast_open(event, scene, to),
        Event::OptionsAgreed(event) => tcp_options::agreed(event, scene, to),
        Event::FirstFin(event) => tcp_teardown::first_fin(event, scene, to),
        Event::FirstAck(event) => tcp_teardown::first_ack(event, scene, to),
        Event::SecondFin(event) => tcp_teardown::second_fin(event, scene, to),
        Event::SecondAck(event) => tcp_teardown::second_ack(event, scene, to),
        Event::TeardownSimultaneous(event) => tcp_teardown::simultaneous(event, scene, to),
        Event::HalfClose(event) => tcp_teardown::half_close(event, scene, to),
        Event::Reset(event) => tcp_teardown::reset(event, scene, to),
        Event::ResetContradicted(event) => tcp_teardown::contradicted(event, scene, to),
        Event::NotAcceptable(event) => tcp_states::not_acceptable(event, scene, to),
        Event::ChallengeAck(event) => tcp_states::challenge_ack(event, scene, to),
        Event::HandshakeRejected(event) => tcp_handshake::rejected(event, scene, to),
        Event::HandshakeOtherAddress(event) => tcp_handshake::other_address(event, scene, to),
        Event::PathMtuBlackHole(event) => retransmission::black_hole(event, scene, to),
        Event::AcceptQueueFull(event) => tcp_handshake::accept_queue_full(event, scene, to),
        Event::TimeWaitAnswered(event) => time_wait::answered(event, scene, to),
        Event::TimeWaitReused(event) => time_wait::reused(event, scene, to),
        Event::CloseWait(event) => close_wait::close_wait(event, scene, to),
        Event::MidStream(event) => tcp_states::mid_stream(event, scene, to),
        Event::OneSided(event) => tcp_states::one_sided(event, scene, to),
        Event::CaptureDropped(event) => tcp_states::dropped(event, scene, to),
        Event::TimeDisorder(event) => round_trip_time::disorder(event, scene, to),
        Event::CapturePause(event) => round_trip_time::pause(event, scene, to),
        Event::SpuriousRetransmission(event) => retransmission::spurious(event, scene, to),
        Event::OutOfOrder(event) => reordering::out_of_order(event, scene, to),
        Event::IpDuplicate(event) => reordering::duplicate(event, scene, to),
        Event::IpLoop(event) => reordering::ip_loop(event, scene, to),
        Event::CaptureDoubled(event) => reordering::doubled(event, scene, to),
        Event::DuplicateAck(event) => duplicate_ack_and_sack::duplicate_ack(event, scene, to),
        Event::Dsack(event) => duplicate_ack_and_sack::dsack(event, scene, to),
        Event::HeadOfLine(event) => head_of_line::head_of_line(event, scene, to),
        Event::ZeroWindow(event) => flow_control::zero(event, scene, to),
        Event::WindowFull(event) => flow_control::full(event, scene, to),
        Event::WindowUpdate(event) => flow_control::update(event, scene, to),
        Event::WindowProbe(event) => flow_control::probe(event, scene, to),
        Event::WindowProbeAck(event) => flow_control::probe_ack(event, scene, to),
        Event::KeepAlive(event) => keep_alive::keep_alive(event, scene, to),
        Event::KeepAliveAck(event) => keep_alive::keep_alive_ack(event, scene, to),
        Event::Heartbeat(event) => heartbeat::heartbeat(event, scene, to),
        Event::PeerSilent(event) => dead_peer::peer_silent(event, scene, to),
        Event::HalfOpen(event) => dead_peer::half_open(event, scene, to),
        Event::SynFlood(event) => syn_flood::syn_flood(event, scene, to),
        Event::Scan(event) => tcp_handshake::scan(event, scene, to),
        Event::ChecksumBad(event) => checksum::bad(event, scene, to),
        Event::ChecksumWrong(event) => checksum::wrong(event, scene, to),
        Event::ChecksumDamage(event) => checksum::damage(event, scene, to),
        Event::ChecksumRewritten(event) => checksum::rewritten(event, scene, to),
        Event::ChecksumOffload(event) => checksum::offload(event, scene, to),
        Event::Oversize(event) => checksum::oversize(event, scene, to),
        Event::SeveralMessages(event) => byte_stream::several_messages(event, scene, to),
        Event::MessageCut(event) => byte_stream::message_cut(event, scene, to),
        Event::DataDiffers(event) => sequence_and_ack::data_differs(event, scene, to),
        Event::MessagesOfOneSize(event) => byte_stream::messages_of_one_size(event, scene, to),
        Event::Gap(event) => sequence_and_ack::gap(event, scene, to),
        Event::AckOfUnseen(event) => sequence_and_ack::ack_of_unseen(event, scene, to),
        Event::Retransmission(event) => retransmission::retransmission(event, scene, to),
        Event::HandshakeRetransmission(event) => retransmission::handshake(event, scene, to),
        Event::DnsQuery(event) => dns::query(event, scene, to),
        Event::DnsResponse(event) => dns::response(event, scene, to),
        Event::DnsError(event) => dns::error(event, scene, to),
        Event::DnsTruncated(event) => dns::truncated(event, scene, to),
        Event::DnsRetransmission(event) => dns::retransmission(event, scene, to),
        Event::DnsOtherAddress(event) => dns::other_address(event, scene, to),
        Event::DnsAnswersDiffer(event) => dns::answers_differ(event, scene, to),
        Event::DnsUnanswered(event) => dns::unanswered(event, scene, to),
        Event::HttpRequest(event) => http::request(event, scene, to),
        Event::HttpResponse(event) => http::response(event, scene, to),
        Event::HttpServerError(event) => http::server_error(event, scene, to),
        Event::HttpUnanswered(event) => http::unanswered(event, scene, to),
        Event::HttpBodyCut(event) => http::body_cut(event, scene, to),
        Event::HttpPipelined(event) => http::pipelined(event, scene, to),
        Event::HttpHeadOfLine(event) => http::head_of_line(event, scene, to),
        Event::HttpReused(event) => http::reused(event, scene, to),
        Event::HttpUpgrade(event) => http::upgrade(event, scene, to),
        Event::HttpTunnel(event) => http::tunnel(event, scene, to),
        Event::HttpFramingConflict(event) => http::framing_conflict(event, scene, to),
        Event::HttpMalformed(event) => http::malformed(event, scene, to),
        Event::HttpVersion(event) => http_versions::spoken(event, scene, to),
        Event::CookieSet(event) => cookies_and_sessions::set(event, scene, to),
        Event::CookieSent(event) => cookies_and_sessions::sent(event, scene, to),
        Event::CookieUnprotected(event) => cookies_and_sessions::unprotected(event, scene, to),
        Event::TokenInClear(event) => tokens::in_clear(event, scene, to),
        Event::TokenInUrl(event) => tokens::in_url(event, scene, to),
        Event::CorsPreflight(event) => cors::preflight(event, scene, to),
        Event::CorsRefused(event) => cors::refused(event, scene, to),
        Event::SseStream(event) => server_sent_events::stream(event, scene, to),
        Event::SseReconnected(event) => server_sent_events::reconnected(event, scene, to),
        Event::HttpLongPolling(event) => long_polling::long_polling(event, scene, to),
        Event::WebSocketUpgrade(event) => websocket::upgrade(event, scene, to),
        Event::WebSocketMessage(event) => websocket::message(event, scene, to),
        Event::WebSocketPing(event) => websocket::ping(event, scene, to),
        Event::WebSocketPong(event) => websocket::pong(event, scene, to),
        Event::WebSocketClose(event) => websocket::close(event, scene, to),
        Event::WebSocketProtocolError(event) => websocket::protocol_error(event, scene, to),
        Event::VisitSlowPhase(event) => url_to_page::slow_phase(event, scene, to),
        Event::TlsClientHello(event) => tls::client_hello(event, scene, to),
        Event::TlsServerHello(event) => tls::server_hello(event, scene, to),
        Event::TlsRetry(event) => tls::retry(event, scene, to),
        Event::TlsCertificate(event) => tls::certificate(event, scene, to),
        Event::TlsEstablished(event) => tls::established(event, scene, to),
        Event::TlsEarlyData(event) => tls::early_data(event, scene, to),
        Event::TlsAlert(event) => tls::alert(event, scene, to),
        Event::TlsFailed(event) => tls::failed(event, scene, to),
        Event::TlsCertificateExpired(event) => tls::expired(event, scene, to),
        Event::TlsCertificateName(event) => tls::name(event, scene, to),
        Event::TlsVersionOld(event) => tls::version_old(event, scene, to),
        Event::TlsPlaintext(event) => tls::plaintext(event, scene, to),
        Event::TlsNotOffered(event) => tls::not_offered(event, scene, to),
        Event::DhcpDiscover(event) => dhcp::discover(event, scene, to),
        Event::DhcpOffer(event) => dhcp::offer(event, scene, to),
        Event::DhcpRequest(event) => dhcp::request(event, scene, to),
        Event::DhcpAck(event) => dhcp::ack(event, scene, to),
        Event::DhcpRenewed(event) => dhcp::renewed(event, scene, to),
        Event::DhcpNak(event) => dhcp::nak(event, scene, to),
        Event::DhcpDecline(event) => dhcp::decline(event, scene, to),
        Event::DhcpRelease(event) => dhcp::release(event, scene, to),
        Event::DhcpInform(event) => dhcp::inform(event, scene, to),
        Event::DhcpUnanswered(event) => dhcp::unanswered(event, scene, to),
        Event::DhcpSeveralServers(event) => dhcp::several_servers(event, scene, to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_kind_belongs_to_a_topic_that_exists() {
        for kind in Kind::ALL {
            assert!(Topic::from_name(kind.topic()).is_some(), "{}", kind.name());
        }
    }

    #[test]
    fn names_are_unique_and_spelled_as_records_spell_them() {
        let names: HashSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        for name in names {
            assert!(
                name.split('.').all(|word| {
                    let plain = |c: char| c.is_ascii_lowercase() || c == '_' || c == '4';
                    !word.is_empty() && word.chars().all(plain)
                }),
                "{name}"
            );
        }
        let topics: HashSet<_> = TOPICS.iter().map(|topic| topic.name).collect();
        assert_eq!(topics.len(), TOPICS.len());
        for name in topics {
            assert!(
                name.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
                "{name}"
            );
        }
    }

    #[test]
    fn kinds_have_a_title_in_both_languages() {
        for kind in Kind::ALL {
            assert!(kind.title(Lang::En).is_ascii(), "{}", kind.name());
            assert!(
                kind.title(Lang::Zh).contains(fixture::is_chinese),
                "{}",
                kind.name()
            );
        }
    }

    #[test]
    fn every_note_is_written_in_both_languages() {
        for topic in TOPICS {
            for lang in Lang::ALL {
                let text = topic.text(lang);
                let title = format!("# {}\n", topic.title(lang));
                assert!(text.starts_with(&title), "{} has another title", topic.name);
                assert!(text.chars().count() > 800, "{} is too short", topic.name);
                for word in ["TODO", "FIXME", "\t"] {
                    assert!(!text.contains(word), "{}: {word:?}", topic.name);
                }
            }
            assert!(!topic.en.contains(fixture::is_chinese), "{}", topic.name);
            assert!(topic.zh.contains(fixture::is_chinese), "{}", topic.name);
        }
    }

    #[test]
    fn both_languages_of_a_note_have_the_same_build() {
        for topic in TOPICS {
            let build = |text: &str| {
                text.lines()
                    .filter(|line| {
                        ["# ", "## ", "```", "|--"]
                            .iter()
                            .any(|mark| line.starts_with(mark))
                    })
                    .map(|line| {
                        line.chars()
                            .take(3)
                            .filter(|c| !c.is_alphanumeric() && !fixture::is_chinese(*c))
                            .collect::<String>()
                    })
                    .collect::<Vec<_>>()
            };
            assert_eq!(build(topic.en), build(topic.zh), "{}", topic.name);
        }
    }

    #[test]
    fn every_kind_is_explained_in_the_note_of_its_topic() {
        for kind in Kind::ALL {
            let topic = Topic::from_name(kind.topic()).unwrap();
            for lang in Lang::ALL {
                assert!(
                    topic.text(lang).contains(&format!("`{}`", kind.name())),
                    "{} is not in the {lang:?} note {}",
                    kind.name(),
                    topic.name
                );
            }
        }
    }

    #[test]
    fn what_a_note_sends_the_reader_to_exists() {
        for topic in TOPICS {
            for lang in Lang::ALL {
                let heading = lang.pick("\n## See also\n", "\n## 另见\n");
                let (_, see_also) = topic
                    .text(lang)
                    .split_once(heading)
                    .unwrap_or_else(|| panic!("{} sends nowhere", topic.name));
                let see_also = see_also.split("\n## ").next().unwrap_or_default();
                let names = see_also.split('`').skip(1).step_by(2);
                for name in names {
                    assert!(look_up(name).is_ok(), "{} names {name}", topic.name);
                }
            }
        }
    }
}
