//! Many events told as one: under which kind they are counted, what they are a
//! symptom of, whose they are, what they cost, and the words for so many of so
//! many in both languages. A kind without words of its own is told by its
//! title.

use super::icmp::short_meaning;
use super::{Kind, Lang};
use crate::decode::dns::rcode_name;
use crate::track::{Endpoint, Event, Side, Trigger};

/// How a group of one kind is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phrase {
    /// Behind "one connection" and "120 of 300 connections".
    Connections {
        /// Behind one connection.
        one: &'static str,
        /// Behind several.
        many: &'static str,
        /// In Chinese.
        zh: &'static str,
    },
    /// Behind the number of events. What stands in square brackets is said where
    /// they are all about one host or listener, which takes the place of `@`.
    Events {
        /// Behind 1.
        one: &'static str,
        /// Behind a larger number.
        many: &'static str,
        /// In Chinese, with the measure word.
        zh: &'static str,
    },
    /// The kind's title.
    Title,
}

/// What the time in a group's sentence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// How long a state has lasted: the oldest is told.
    Age,
    /// Time lost: the longest and the sum are told.
    Lost,
}

/// The kind under which a kind is grouped: what was sent again is one group,
/// whatever triggered it.
#[must_use]
pub const fn family(kind: Kind) -> Kind {
    match kind {
        Kind::TcpRetransmissionAfterTimeout
        | Kind::TcpRetransmissionFast
        | Kind::TcpRetransmissionTailLossProbe
        | Kind::TcpRetransmissionUnknown => Kind::TcpRetransmissionTimeout,
        Kind::UdpChecksumBad | Kind::IcmpChecksumBad | Kind::Ipv4ChecksumBad => {
            Kind::TcpChecksumBad
        }
        kind => kind,
    }
}

/// A pattern that all kinds of a family match.
#[must_use]
pub const fn family_pattern(kind: Kind) -> &'static str {
    match family(kind) {
        Kind::TcpRetransmissionTimeout => "tcp.retransmission.*",
        Kind::TcpChecksumBad => "*.checksum_bad",
        kind => kind.name(),
    }
}

/// What all events of a family are called.
#[must_use]
pub const fn family_title(kind: Kind, lang: Lang) -> &'static str {
    match family(kind) {
        Kind::TcpRetransmissionTimeout => lang.pick("data sent again", "数据重发"),
        Kind::TcpChecksumBad => lang.pick("wrong checksum", "校验和错误"),
        kind => kind.title(lang),
    }
}

/// What follows from what: a symptom, and the causes under which it is told
/// where both are in one conversation. The names of kinds, as in records; a
/// name that ends in a dot stands for all that begin with it.
const SYMPTOMS: &[(&str, &[&str])] = &[
    (
        "tcp.reset",
        &[
            "tcp.handshake.refused",
            "tcp.handshake.other_address",
            "tcp.half_open",
        ],
    ),
    (
        "tcp.retransmission.handshake",
        &[
            "tcp.handshake.unanswered",
            "tcp.handshake.rejected",
            "tcp.handshake.other_address",
            "tcp.accept_queue_full",
            "tcp.peer_silent",
        ],
    ),
    ("tcp.head_of_line", &["tcp.retransmission."]),
    ("tcp.retransmission.spurious", &["tcp.retransmission."]),
    (
        "tcp.retransmission.",
        &["tcp.peer_silent", "tcp.path_mtu_black_hole"],
    ),
    (
        "tcp.gap",
        &[
            "capture.dropped",
            "capture.doubled",
            "tcp.retransmission.",
            "tcp.head_of_line",
        ],
    ),
    ("tcp.ack_of_unseen", &["capture.dropped"]),
    (
        "tcp.handshake.unanswered",
        &["tcp.syn_flood", "tcp.scan", "tcp.handshake.rejected"],
    ),
    ("tcp.handshake.refused", &["tcp.scan"]),
    (
        "dns.retransmission",
        &[
            "dns.unanswered",
            "dns.other_address",
            "icmp.unreachable",
            "icmp.time_exceeded",
        ],
    ),
    ("icmp.unreachable", &["tcp.handshake.rejected"]),
    ("icmp.time_exceeded", &["ip.loop", "icmp.traceroute"]),
    ("ip.duplicate", &["capture.doubled", "ip.loop"]),
];

/// Whether `symptom` is told under `cause` where both are in one conversation.
#[must_use]
pub fn is_symptom_of(symptom: Kind, cause: Kind) -> bool {
    let is = |kind: Kind, pattern: &str| match pattern.ends_with('.') {
        true => kind.name().starts_with(pattern),
        false => kind.name() == pattern,
    };
    // The first row that fits is the kind's own.
    SYMPTOMS
        .iter()
        .find(|(pattern, _)| is(symptom, pattern))
        .is_some_and(|(_, causes)| {
            family(symptom) != family(cause) && causes.iter().any(|pattern| is(cause, pattern))
        })
}

/// Which of several causes, or of several kinds in one group, an event is of: its
/// name in each language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    en: &'static str,
    zh: &'static str,
}

impl Cause {
    /// The name in the reader's language.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        lang.pick(self.en, self.zh)
    }
}

/// The cause of an event, where its kind has several.
#[must_use]
pub fn cause(event: &Event, kind: Kind) -> Option<Cause> {
    Some(Cause {
        en: cause_name(event, kind, Lang::En)?,
        zh: cause_name(event, kind, Lang::Zh)?,
    })
}

fn cause_name(event: &Event, kind: Kind, lang: Lang) -> Option<&'static str> {
    match event {
        Event::Reset(reset) => Some(reset_cause(reset.cause.name(), lang)),
        Event::DnsError(error) => rcode_name(error.response_code).known,
        Event::IcmpError(error) => short_meaning(error, lang),
        Event::HandshakeRetransmission(again) => Some(again.what.name()),
        _ if family(kind) != kind || kind == Kind::TcpRetransmissionTimeout => {
            Some(kind.title(lang))
        }
        _ => None,
    }
}

/// What a RST's cause is called in the middle of a sentence.
fn reset_cause(name: &'static str, lang: Lang) -> &'static str {
    match name {
        "refused" => lang.pick("refused", "拒绝连接"),
        "aborted" => lang.pick("aborted by the program", "程序中止"),
        "after_close" => lang.pick("data after close", "关闭后又来数据"),
        "half_open" => lang.pick("unknown connection (half-open)", "对端不认识该连接（半开）"),
        "abandoned" => lang.pick("abandoned by the client", "客户端放弃"),
        "third_party" => lang.pick("written by a third party", "第三方伪造"),
        "not_accepted" => lang.pick("not acceptable, ignored", "不可接受，被忽略"),
        other => other,
    }
}

/// The side whose doing it is, where that is known: the server's, mostly.
#[must_use]
pub const fn side(event: &Event) -> Option<Side> {
    match event {
        Event::CloseWait(left) => Some(left.side),
        Event::PeerSilent(silent) => Some(silent.side.other()),
        _ => None,
    }
}

/// The host or listener that an event is about which belongs to no conversation.
#[must_use]
pub fn host(event: &Event) -> Option<Endpoint> {
    let host = |address| Endpoint {
        address: crate::track::Address::Ip(address),
        port: None,
    };
    Some(match event {
        Event::SynFlood(flood) => flood.listener,
        Event::Scan(scan) => Endpoint {
            address: scan.source,
            port: None,
        },
        Event::ChecksumOffload(offload) => host(offload.host),
        Event::Oversize(oversize) => host(oversize.host),
        Event::ArpUnanswered(asked) => host(asked.target),
        Event::ArpAddressConflict(conflict) => host(conflict.address),
        Event::EchoUnanswered(asked) => host(asked.target),
        Event::DnsUnanswered(asked) => asked.server,
        Event::DhcpSeveralServers(several) => host(several.servers[1]),
        _ => return None,
    })
}

/// How many an event stands for.
#[must_use]
pub fn times(event: &Event) -> u64 {
    match event {
        Event::SynFlood(flood) => flood.half_open,
        Event::Scan(scan) => scan.targets,
        Event::EchoUnanswered(asked) => asked.unanswered.into(),
        Event::MidStream(late) => late.conversations,
        Event::OneSided(one) => one.conversations,
        Event::ChecksumOffload(offload) => offload.packets,
        Event::Oversize(oversize) => oversize.packets,
        Event::CaptureDropped(dropped) => dropped.packets.max(1),
        _ => 1,
    }
}

/// The time that an event is about, in nanoseconds.
#[must_use]
pub fn span_ns(event: &Event) -> Option<u64> {
    Some(match event {
        Event::CloseWait(left) => left.for_ns,
        Event::HandshakeUnanswered(asked) => asked.waited_ns,
        Event::DnsUnanswered(asked) => asked.waited_ns,
        Event::DhcpUnanswered(asked) => asked.waited_ns,
        Event::ArpUnanswered(asked) => asked.waited_ns,
        Event::PeerSilent(silent) => silent.silent_ns,
        Event::HeadOfLine(waited) => waited.waited_ns,
        // Other triggers cost a round trip at most.
        Event::Retransmission(again) if again.trigger == Trigger::Timeout => again.after_ns?,
        Event::HandshakeRetransmission(again) => again.after_ns,
        Event::DnsRetransmission(again) => again.after_ns,
        _ => return None,
    })
}

/// What that time is.
#[must_use]
pub const fn span(kind: Kind) -> Span {
    match kind {
        Kind::TcpCloseWait | Kind::TcpPeerSilent => Span::Age,
        _ => Span::Lost,
    }
}

/// Whether an event tells that something has not come: it may still come as
/// long as the capture goes on.
#[must_use]
pub const fn is_absence(event: &Event) -> bool {
    matches!(
        event,
        Event::HandshakeUnanswered(_)
            | Event::DnsUnanswered(_)
            | Event::DhcpUnanswered(_)
            | Event::ArpUnanswered(_)
            | Event::EchoUnanswered(_)
            | Event::PeerSilent(_)
    )
}

/// How a group of this kind is told.
#[must_use]
pub const fn phrase(kind: Kind) -> Phrase {
    const fn connections(one: &'static str, many: &'static str, zh: &'static str) -> Phrase {
        Phrase::Connections { one, many, zh }
    }
    const fn events(one: &'static str, many: &'static str, zh: &'static str) -> Phrase {
        Phrase::Events { one, many, zh }
    }
    match kind {
        Kind::TcpCloseWait => connections(
            "is left in CLOSE_WAIT",
            "are left in CLOSE_WAIT",
            "停留在 CLOSE_WAIT",
        ),
        Kind::WebSocketClose => connections(
            "was closed with an error code of WebSocket",
            "were closed with an error code of WebSocket",
            "以 WebSocket 的异常状态码关闭",
        ),
        Kind::TcpReset => connections("was reset (RST)", "were reset (RST)", "被重置（RST）"),
        Kind::TcpHandshakeRefused => connections("was refused", "were refused", "被拒绝"),
        Kind::TcpHandshakeUnanswered => connections(
            "was asked for and never answered",
            "were asked for and never answered",
            "的 SYN 没有得到应答",
        ),
        Kind::TcpHandshakeOtherAddress => connections(
            "was answered from another address",
            "were answered from another address",
            "由别的地址应答",
        ),
        Kind::TcpHandshakeRejected => connections(
            "was rejected by an ICMP error",
            "were rejected by an ICMP error",
            "被 ICMP 差错拒绝",
        ),
        Kind::TcpAcceptQueueFull => connections(
            "met a full accept queue",
            "met a full accept queue",
            "遇到 accept 队列已满",
        ),
        Kind::TcpPathMtuBlackHole => connections(
            "lost every segment above a size",
            "lost every segment above a size",
            "丢失了所有超过某个大小的报文段",
        ),
        Kind::TcpNotAcceptable => connections(
            "brought segments that the receiver must refuse",
            "brought segments that the receiver must refuse",
            "收到了接收方必须拒绝的报文段",
        ),
        Kind::TcpDataDiffers => connections(
            "brought other bytes under the same sequence numbers",
            "brought other bytes under the same sequence numbers",
            "在同样的序号上出现了不同的字节",
        ),
        Kind::TcpRetransmissionTimeout => connections(
            "had to send data again",
            "had to send data again",
            "重发了数据",
        ),
        Kind::TcpRetransmissionSpurious => connections(
            "sent data again needlessly",
            "sent data again needlessly",
            "不必要地重发了数据",
        ),
        Kind::TcpRetransmissionHandshake => connections(
            "had to repeat part of its handshake or close",
            "had to repeat parts of their handshakes or closes",
            "重发了握手或关闭的报文段",
        ),
        Kind::TcpHeadOfLine => connections(
            "had bytes wait behind a gap",
            "had bytes wait behind a gap",
            "有字节在空洞后面等待",
        ),
        Kind::TcpWindowZero => connections(
            "was held up by a full receiver",
            "were held up by a full receiver",
            "因接收方已满（零窗口）而停顿",
        ),
        Kind::TcpGap => connections(
            "had a gap in its bytes",
            "had gaps in their bytes",
            "的字节出现过空洞",
        ),
        Kind::TcpAckOfUnseen => connections(
            "has acknowledged bytes that the capture misses",
            "have acknowledged bytes that the capture misses",
            "确认了抓包里没有的字节",
        ),
        Kind::TcpPeerSilent => connections(
            "has a peer that stopped answering",
            "have a peer that stopped answering",
            "的对端不再应答",
        ),
        Kind::TcpHalfOpen => connections(
            "was lost by one side (half-open)",
            "were lost by one side (half-open)",
            "有一端已丢失连接（半开）",
        ),
        Kind::TcpSynFlood => events(
            "half-open handshake[ at @]: a SYN flood",
            "half-open handshakes[ at @]: a SYN flood",
            "次半开握手：SYN 洪泛",
        ),
        Kind::TcpScan => events(
            "port was tried[ by @]: a scan",
            "ports were tried[ by @], most in vain: a scan",
            "个端口被探测，大多未果：端口扫描",
        ),
        Kind::IpDuplicate => events(
            "packet[ to or from @] is a copy of an earlier one",
            "packets[ to or from @] are copies of earlier ones",
            "个报文是先前报文的副本",
        ),
        Kind::IpFragmentsMissing => events(
            "datagram[ to @] lacks fragments",
            "datagrams[ to @] lack fragments",
            "个数据报缺少分片",
        ),
        Kind::IpFragmentsOverlap => events(
            "fragment[ to or from @] overlaps another with other bytes",
            "fragments[ to or from @] overlap others with other bytes",
            "个分片与其他分片重叠且内容不同",
        ),
        Kind::TcpChecksumBad => events(
            "packet[ to or from @] has a wrong checksum",
            "packets[ to or from @] have wrong checksums",
            "个报文的校验和错误",
        ),
        Kind::ArpUnanswered => events(
            "ARP question[ for @] was answered by nobody",
            "ARP questions[ for @] were answered by nobody",
            "个 ARP 询问无人应答",
        ),
        Kind::ArpAddressConflict => events(
            "IP address[, @,] is claimed by two MAC addresses",
            "times an IP address[, @,] was claimed by two MAC addresses",
            "次同一 IP 地址被两个 MAC 地址声称",
        ),
        Kind::IcmpEchoUnanswered => events(
            "ping[ to @] was not answered",
            "pings[ to @] were not answered",
            "个 ping 没有应答",
        ),
        Kind::IcmpUnreachable => events(
            "packet[ to @] could not be delivered",
            "packets[ to @] could not be delivered",
            "个报文无法送达",
        ),
        Kind::IcmpTimeExceeded => events(
            "packet[ to @] ran out of hops or time",
            "packets[ to @] ran out of hops or time",
            "个报文在途中超时",
        ),
        Kind::IcmpFragmentationNeeded => events(
            "packet[ to @] was too big for a link",
            "packets[ to @] were too big for a link",
            "个报文超过链路 MTU",
        ),
        Kind::IcmpRedirect => events(
            "packet[ to @] was redirected to a better gateway",
            "packets[ to @] were redirected to a better gateway",
            "个报文被重定向到更好的网关",
        ),
        Kind::DnsError => events(
            "DNS answer[ from @] says no",
            "DNS answers[ from @] say no",
            "个 DNS 响应返回错误",
        ),
        Kind::DnsTruncated => events(
            "DNS answer[ from @] was cut: ask over TCP",
            "DNS answers[ from @] were cut: ask over TCP",
            "个 DNS 响应被截断，需改用 TCP",
        ),
        Kind::DnsRetransmission => events(
            "DNS query[ to @] had to be sent again",
            "DNS queries[ to @] had to be sent again",
            "个 DNS 查询被重发",
        ),
        Kind::DnsUnanswered => events(
            "DNS query[ to @] was never answered",
            "DNS queries[ to @] were never answered",
            "个 DNS 查询没有应答",
        ),
        Kind::DhcpNak => events(
            "DHCP request was refused",
            "DHCP requests were refused",
            "个 DHCP 请求被拒绝",
        ),
        Kind::DhcpDecline => events(
            "address from DHCP had another owner",
            "addresses from DHCP had another owner",
            "个 DHCP 地址已有人在用",
        ),
        Kind::DhcpUnanswered => events(
            "DHCP client was answered by nobody",
            "DHCP clients were answered by nobody",
            "个 DHCP 客户端无人应答",
        ),
        Kind::DhcpSeveralServers => events(
            "pair of DHCP servers contradict each other",
            "pairs of DHCP servers contradict each other",
            "对 DHCP 服务器互相矛盾",
        ),
        Kind::Malformed => events(
            "packet[ to or from @] could not be decoded to its end",
            "packets[ to or from @] could not be decoded to their end",
            "个报文无法解码到底",
        ),
        _ => Phrase::Title,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::fixture::is_chinese;

    #[test]
    fn every_phrase_is_in_both_languages() {
        for kind in Kind::ALL {
            let (english, chinese) = match phrase(*kind) {
                Phrase::Connections { one, many, zh } => ([one, many], zh),
                Phrase::Events { one, many, zh } => ([one, many], zh),
                Phrase::Title => continue,
            };
            assert!(english.iter().all(|text| text.is_ascii()), "{kind:?}");
            assert!(chinese.contains(is_chinese), "{kind:?}");
        }
    }

    #[test]
    fn a_symptom_is_told_under_its_cause_and_never_under_itself() {
        let (refused, reset) = (Kind::TcpHandshakeRefused, Kind::TcpReset);
        assert!(is_symptom_of(reset, refused));
        assert!(!is_symptom_of(refused, reset));
        let again = Kind::TcpRetransmissionFast;
        assert!(is_symptom_of(Kind::TcpHeadOfLine, again));
        assert!(is_symptom_of(Kind::TcpRetransmissionSpurious, again));
        assert!(is_symptom_of(again, Kind::TcpPeerSilent));
        for kind in Kind::ALL {
            assert!(!is_symptom_of(*kind, *kind), "{kind:?}");
        }
    }

    #[test]
    fn a_family_is_its_own() {
        for kind in Kind::ALL {
            assert_eq!(family(family(*kind)), family(*kind));
        }
    }
}
