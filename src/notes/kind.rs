//! Every annotation kind: its name, severity and topic. One row each; the words
//! for an event of that kind stand in the topic's folder.

/// How much attention an annotation asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Normal and worth explaining.
    Note,
    /// Unusual.
    Warning,
    /// Broken.
    Error,
}

impl Severity {
    /// How many severities there are; `as usize` of each is below it.
    pub const COUNT: usize = Self::ALL.len();

    /// All severities, the mildest first.
    pub const ALL: [Self; 3] = [Self::Note, Self::Warning, Self::Error];

    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What a kind stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// A packet.
    Packet,
    /// A finding of its own.
    Finding,
}

macro_rules! kinds {
    ($($kind:ident $name:literal $severity:ident $topic:literal $on:ident $en:literal $zh:literal;)*) => {
        /// An annotation kind. Its meaning is fixed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Kind {
            $(#[doc = concat!("`", $name, "`: ", $en, ".")] $kind,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// The name in records and on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// The severity while its checks hold.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$kind => Severity::$severity,)* }
            }

            /// The topic that explains the kind.
            #[must_use]
            pub const fn topic(self) -> &'static str {
                match self { $(Self::$kind => $topic,)* }
            }

            /// Whether the kind stands on a packet or is a finding.
            #[must_use]
            pub const fn on(self) -> On {
                match self { $(Self::$kind => On::$on,)* }
            }

            /// A few words that name the kind.
            #[must_use]
            pub const fn title(self, lang: super::Lang) -> &'static str {
                match self { $(Self::$kind => lang.pick($en, $zh),)* }
            }
        }
    };
}

kinds! {
    TcpHandshakeSyn "tcp.handshake.syn" Note "tcp-handshake" Packet "SYN: asks for a connection" "SYN：请求建立连接";
    TcpHandshakeSynAck "tcp.handshake.syn_ack" Note "tcp-handshake" Packet "SYN-ACK: accepts and asks back" "SYN-ACK：同意并反向请求";
    TcpHandshakeAck "tcp.handshake.ack" Note "tcp-handshake" Packet "ACK: the connection stands" "ACK：连接建立";
    TcpOptionsAgreed "tcp.options.agreed" Note "tcp-options" Packet "options agreed on" "双方商定的选项";
    TcpHandshakeRefused "tcp.handshake.refused" Warning "tcp-handshake" Packet "connection refused" "连接被拒绝";
    TcpHandshakeUnanswered "tcp.handshake.unanswered" Warning "tcp-handshake" Finding "SYN never answered" "SYN 无人应答";
    TcpAcceptQueueFull "tcp.accept_queue_full" Warning "tcp-handshake" Finding "accept queue full" "accept 队列已满";
    TcpHandshakeOtherAddress "tcp.handshake.other_address" Warning "tcp-handshake" Finding "SYN answered from another address" "SYN 由别的地址应答";
    TcpHandshakeRejected "tcp.handshake.rejected" Warning "tcp-handshake" Finding "SYN rejected by an ICMP error" "SYN 被 ICMP 差错拒绝";
    TcpScan "tcp.scan" Warning "tcp-handshake" Finding "port scan" "端口扫描";
    TcpHandshakeSimultaneous "tcp.handshake.simultaneous" Note "tcp-handshake" Packet "simultaneous open" "同时打开";
    TcpHandshakeFastOpen "tcp.handshake.fast_open" Note "tcp-handshake" Packet "data accepted in the SYN" "SYN 携带的数据被接受";
    TcpTeardownFirstFin "tcp.teardown.first_fin" Note "tcp-teardown" Packet "first FIN" "第一个 FIN";
    TcpTeardownFirstAck "tcp.teardown.first_ack" Note "tcp-teardown" Packet "first FIN acknowledged" "第一个 FIN 被确认";
    TcpTeardownSecondFin "tcp.teardown.second_fin" Note "tcp-teardown" Packet "second FIN" "第二个 FIN";
    TcpTeardownSecondAck "tcp.teardown.second_ack" Note "tcp-teardown" Packet "second FIN acknowledged" "第二个 FIN 被确认";
    TcpTeardownSimultaneous "tcp.teardown.simultaneous" Note "tcp-teardown" Packet "both closed at once" "同时关闭";
    TcpHalfClose "tcp.half_close" Note "tcp-teardown" Packet "data after the peer's FIN" "对方 FIN 之后的数据";
    TcpReset "tcp.reset" Warning "tcp-teardown" Packet "connection reset" "连接被重置";
    TcpResetContradicted "tcp.reset_contradicted" Warning "tcp-teardown" Finding "goes on after its reset" "“重置”之后仍在继续";
    TcpNotAcceptable "tcp.not_acceptable" Warning "tcp-states" Packet "the receiver must refuse it" "接收方必须拒收";
    TcpChallengeAck "tcp.challenge_ack" Note "tcp-states" Packet "challenge ACK" "质询 ACK";
    TcpCloseWait "tcp.close_wait" Warning "close-wait" Finding "left in CLOSE_WAIT" "滞留在 CLOSE_WAIT";
    TcpTimeWait "tcp.time_wait" Note "time-wait" Packet "TIME_WAIT at work" "TIME_WAIT 在起作用";
    TcpRetransmissionUnknown "tcp.retransmission.unknown" Warning "retransmission" Packet "bytes sent again" "字节被重发";
    TcpRetransmissionHandshake "tcp.retransmission.handshake" Warning "retransmission" Packet "SYN, SYN-ACK or FIN sent again" "重发 SYN、SYN-ACK 或 FIN";
    TcpRetransmissionTimeout "tcp.retransmission.timeout" Warning "retransmission" Packet "sent again after a timeout" "超时重传";
    TcpRetransmissionAfterTimeout "tcp.retransmission.after_timeout" Warning "retransmission" Packet "rest of a flight given up with a timeout" "超时之后补发的其余数据";
    TcpRetransmissionFast "tcp.retransmission.fast" Warning "retransmission" Packet "fast retransmission" "快速重传";
    TcpRetransmissionTailLossProbe "tcp.retransmission.tail_loss_probe" Warning "retransmission" Packet "tail-loss probe" "尾部丢包探测";
    TcpRetransmissionPathMtu "tcp.retransmission.path_mtu" Warning "retransmission" Packet "cut smaller and sent again" "改用更小的段重发";
    TcpPathMtuBlackHole "tcp.path_mtu_black_hole" Warning "retransmission" Finding "large segments never arrive" "大段始终送不到";
    TcpRetransmissionSpurious "tcp.retransmission.spurious" Warning "retransmission" Packet "sent again needlessly" "不必要的重传";
    TcpOutOfOrder "tcp.out_of_order" Note "reordering" Packet "late by reordering" "乱序到达";
    TcpDuplicateAck "tcp.duplicate_ack" Note "duplicate-ack-and-sack" Packet "duplicate ACK" "重复 ACK";
    TcpDsack "tcp.dsack" Note "duplicate-ack-and-sack" Packet "arrived twice (D-SACK)" "重复到达（D-SACK）";
    TcpHeadOfLine "tcp.head_of_line" Warning "head-of-line" Packet "later bytes had to wait" "后面的字节被迫等待";
    TcpWindowZero "tcp.window.zero" Warning "flow-control" Packet "the receiver is full" "接收方已满（零窗口）";
    TcpWindowFull "tcp.window.full" Note "flow-control" Packet "the window is used up" "窗口已用尽";
    TcpWindowUpdate "tcp.window.update" Note "flow-control" Packet "the receiver has room again" "接收方又有空间";
    TcpWindowProbe "tcp.window.probe" Note "flow-control" Packet "window probe" "窗口探测";
    TcpWindowProbeAck "tcp.window.probe_ack" Note "flow-control" Packet "answer to a window probe" "窗口探测的应答";
    TcpKeepAlive "tcp.keep_alive" Note "keep-alive" Packet "keep-alive probe" "保活探测";
    TcpKeepAliveAck "tcp.keep_alive_ack" Note "keep-alive" Packet "answer to a keep-alive" "保活探测的应答";
    TcpHeartbeat "tcp.heartbeat" Note "heartbeat" Finding "heartbeat" "心跳";
    TcpPeerSilent "tcp.peer_silent" Warning "dead-peer" Finding "the peer stopped answering" "对端不再应答";
    TcpHalfOpen "tcp.half_open" Warning "dead-peer" Finding "one side lost the connection" "一端已丢失连接";
    TcpSynFlood "tcp.syn_flood" Error "syn-flood" Finding "SYN flood" "SYN 洪泛";
    IpFragment "ip.fragment" Note "ip-fragmentation" Packet "a fragment of a datagram" "数据报的一个分片";
    IpReassembled "ip.reassembled" Note "ip-fragmentation" Packet "datagram whole again" "数据报重组完成";
    IpFragmentsMissing "ip.fragments_missing" Warning "ip-fragmentation" Finding "fragments never came" "有分片没有到";
    IpFragmentsOverlap "ip.fragments_overlap" Error "ip-fragmentation" Packet "fragments overlap with other bytes" "分片重叠且内容不同";
    IpDuplicate "ip.duplicate" Warning "reordering" Packet "copy of an earlier packet" "先前报文的副本";
    IpLoop "ip.loop" Warning "reordering" Finding "routing loop" "路由环路";
    ChecksumWrong "checksum.wrong" Note "checksum" Packet "checksum wrong, cause not known yet" "校验和不符，原因尚不可知";
    TcpChecksumBad "tcp.checksum_bad" Error "checksum" Packet "TCP checksum wrong" "TCP 校验和错误";
    UdpChecksumBad "udp.checksum_bad" Error "checksum" Packet "UDP checksum wrong" "UDP 校验和错误";
    IcmpChecksumBad "icmp.checksum_bad" Error "checksum" Packet "ICMP checksum wrong" "ICMP 校验和错误";
    Ipv4ChecksumBad "ipv4.checksum_bad" Error "checksum" Packet "IPv4 header checksum wrong" "IPv4 头部校验和错误";
    CaptureChecksumOffload "capture.checksum_offload" Note "checksum" Finding "checksums left to the network card" "校验和由网卡填写";
    CaptureChecksumRewritten "capture.checksum_rewritten" Note "checksum" Finding "packets changed after their checksums were made" "计算校验和之后报文被改写";
    CaptureOversize "capture.oversize" Note "checksum" Finding "segments left to the network card to cut" "由网卡切分的大段";
    StreamSeveralMessages "stream.several_messages" Note "byte-stream" Packet "several messages in one segment" "一段里有多条消息（粘包）";
    StreamMessageCut "stream.message_cut" Note "byte-stream" Packet "message cut across segments" "消息被拆到多段（拆包）";
    StreamMessagesOfOneSize "stream.messages_of_one_size" Note "byte-stream" Finding "all messages have one size" "消息大小全都相同";
    TcpGap "tcp.gap" Warning "sequence-and-ack" Packet "bytes missing before this segment" "此段之前缺少字节";
    TcpAckOfUnseen "tcp.ack_of_unseen" Warning "sequence-and-ack" Packet "acknowledges bytes not captured" "确认了未捕获到的字节";
    TcpDataDiffers "tcp.data_differs" Error "sequence-and-ack" Packet "same numbers, other bytes" "序号相同，字节不同";
    TcpPortReused "tcp.port_reused" Note "connection-identity" Packet "same 4-tuple, new connection" "四元组相同的新连接";
    OverheadSmallMessage "overhead.small_message" Note "header-overhead" Packet "headers outweigh the payload" "头部比载荷还大";
    ArpRequest "arp.request" Note "arp" Packet "who has this address?" "谁有这个地址？";
    ArpReply "arp.reply" Note "arp" Packet "the address is at" "该地址位于";
    ArpGratuitous "arp.gratuitous" Note "arp" Packet "announces its own address" "宣告自己的地址";
    ArpProbe "arp.probe" Note "arp" Packet "is this address free?" "该地址有人用吗？";
    ArpUnanswered "arp.unanswered" Warning "arp" Finding "nobody answered" "无人应答";
    ArpAddressConflict "arp.address_conflict" Error "arp" Finding "one IP claimed by two MACs" "一个 IP 被两个 MAC 声称";
    NdpSolicitation "ndp.solicitation" Note "arp" Packet "who has this IPv6 address?" "谁有这个 IPv6 地址？";
    NdpAdvertisement "ndp.advertisement" Note "arp" Packet "the IPv6 address is at" "该 IPv6 地址位于";
    LinkGateway "link.gateway" Note "mac-and-ip" Finding "a gateway, and what stands behind it" "网关及其背后的地址";
    LinkSubnet "link.subnet" Note "subnet-and-gateway" Finding "the likely subnet of this link" "本链路可能的子网";
    NatTranslated "nat.translated" Note "nat" Finding "one flow before and after translation" "同一条流在地址转换前后";
    IcmpEchoRequest "icmp.echo.request" Note "icmp" Packet "ping" "ping 请求";
    IcmpEchoReply "icmp.echo.reply" Note "icmp" Packet "pong" "ping 应答";
    IcmpEchoUnanswered "icmp.echo.unanswered" Warning "icmp" Finding "pings not answered" "ping 无应答";
    IcmpUnreachable "icmp.unreachable" Warning "icmp" Packet "destination unreachable" "目的不可达";
    IcmpTimeExceeded "icmp.time_exceeded" Warning "icmp" Packet "time exceeded" "超时";
    IcmpFragmentationNeeded "icmp.fragmentation_needed" Warning "icmp" Packet "packet too big for a link" "报文超过链路 MTU";
    IcmpTraceroute "icmp.traceroute" Note "icmp" Finding "traceroute: the way, hop by hop" "traceroute：逐跳的路径";
    IcmpRedirect "icmp.redirect" Warning "icmp" Packet "there is a better gateway" "有更好的网关";
    DnsQuery "dns.query" Note "dns" Packet "DNS query" "DNS 查询";
    DnsResponse "dns.response" Note "dns" Packet "DNS response" "DNS 响应";
    DnsError "dns.error" Warning "dns" Packet "DNS says no" "DNS 返回错误";
    DnsTruncated "dns.truncated" Warning "dns" Packet "DNS answer cut: ask over TCP" "DNS 响应被截断，需改用 TCP";
    DnsRetransmission "dns.retransmission" Warning "dns" Packet "same DNS query again" "重复的 DNS 查询";
    DnsAnswersDiffer "dns.answers_differ" Warning "dns" Packet "a second DNS answer says something else" "第二个 DNS 响应内容不同";
    DnsOtherAddress "dns.other_address" Warning "dns" Packet "DNS answer from another address than was asked" "DNS 响应来自另一个地址";
    DnsUnanswered "dns.unanswered" Warning "dns" Finding "DNS query not answered" "DNS 查询无应答";
    DhcpDiscover "dhcp.discover" Note "dhcp" Packet "who gives me an address?" "谁能给我地址？";
    DhcpOffer "dhcp.offer" Note "dhcp" Packet "an address is offered" "提供地址";
    DhcpRequest "dhcp.request" Note "dhcp" Packet "an offer is taken, or a lease to be kept" "选用地址，或请求续租";
    DhcpAck "dhcp.ack" Note "dhcp" Packet "the server agrees" "服务器同意";
    DhcpRenewed "dhcp.renewed" Note "dhcp" Packet "the lease is extended" "租约得到延长";
    DhcpNak "dhcp.nak" Warning "dhcp" Packet "the server refuses the address" "服务器拒绝该地址";
    DhcpDecline "dhcp.decline" Warning "dhcp" Packet "the address has another owner" "地址已有人在用";
    DhcpRelease "dhcp.release" Note "dhcp" Packet "the address is given back" "归还地址";
    DhcpInform "dhcp.inform" Note "dhcp" Packet "asks for settings alone" "只询问设置";
    DhcpUnanswered "dhcp.unanswered" Warning "dhcp" Finding "DHCP client not answered" "DHCP 客户端无人应答";
    DhcpSeveralServers "dhcp.several_servers" Warning "dhcp" Finding "two DHCP servers answer one client" "两台 DHCP 服务器应答同一客户端";
    HttpRequest "http.request" Note "http" Packet "HTTP request" "HTTP 请求";
    HttpResponse "http.response" Note "http" Packet "HTTP response, complete" "HTTP 响应已完整";
    HttpServerError "http.server_error" Warning "http" Packet "the server says that it failed" "服务器报告出错";
    HttpUnanswered "http.unanswered" Warning "http" Finding "HTTP request not answered" "HTTP 请求无应答";
    HttpBodyCut "http.body_cut" Warning "http" Packet "closed in the middle of a body" "消息体未传完就关闭";
    HttpPipelined "http.pipelined" Note "http" Packet "asked before the last answer was there" "上一个响应未到就再次请求";
    HttpHeadOfLine "http.head_of_line" Warning "http" Packet "an answer waited for the one before" "响应排在前一个响应之后等待";
    HttpReused "http.reused" Note "http" Packet "the connection is used again" "连接被再次使用";
    HttpUpgrade "http.upgrade" Note "http" Packet "another protocol from here on" "从此改用另一协议";
    HttpTunnel "http.tunnel" Note "http" Packet "a tunnel through the proxy" "经代理的隧道";
    HttpFramingConflict "http.framing_conflict" Error "http" Packet "two readers may read it in two ways" "两个接收者可能读法不同";
    HttpMalformed "http.malformed" Error "http" Packet "no HTTP message can be read" "读不出 HTTP 消息";
    HttpVersion "http.version" Note "http-versions" Finding "which HTTP it speaks" "使用哪个 HTTP 版本";
    CookieSet "cookie.set" Note "cookies-and-sessions" Packet "the server sets a cookie" "服务器设置 Cookie";
    CookieSent "cookie.sent" Note "cookies-and-sessions" Packet "the client brings its cookies" "客户端带来 Cookie";
    CookieUnprotected "cookie.unprotected" Warning "cookies-and-sessions" Packet "a cookie for TLS alone in clear text" "只许经 TLS 的 Cookie 以明文传送";
    TokenInClear "token.in_clear" Warning "tokens" Packet "a password or token in clear text" "口令或令牌以明文传送";
    TokenInUrl "token.in_url" Warning "tokens" Packet "a secret in the address" "地址里有秘密";
    CorsPreflight "cors.preflight" Note "cors" Packet "may a page ask another origin?" "页面能否访问另一个源？";
    CorsRefused "cors.refused" Warning "cors" Packet "a browser refuses it to the page" "浏览器拒绝交给页面";
    SseStream "sse.stream" Note "server-sent-events" Finding "a stream of events" "事件流";
    SseReconnected "sse.reconnected" Note "server-sent-events" Packet "comes again for more events" "重新连接继续接收事件";
    HttpLongPolling "http.long_polling" Note "long-polling" Finding "long polling" "长轮询";
    WebSocketUpgrade "websocket.upgrade" Note "websocket" Packet "WebSocket begins" "WebSocket 开始";
    WebSocketMessage "websocket.message" Note "websocket" Packet "WebSocket message, complete" "WebSocket 消息已完整";
    WebSocketPing "websocket.ping" Note "websocket" Packet "WebSocket Ping: are you there?" "WebSocket Ping：你还在吗";
    WebSocketPong "websocket.pong" Note "websocket" Packet "WebSocket Pong: I am here" "WebSocket Pong：我在";
    WebSocketClose "websocket.close" Note "websocket" Packet "WebSocket is closed" "WebSocket 关闭";
    WebSocketProtocolError "websocket.protocol_error" Error "websocket" Packet "a frame against the rules" "违反规则的帧";
    VisitSlowPhase "visit.slow_phase" Note "url-to-page" Finding "what a visit was spent on" "一次访问的时间花在哪里";
    TlsClientHello "tls.client_hello" Note "tls" Packet "the client offers TLS" "客户端提出 TLS";
    TlsServerHello "tls.server_hello" Note "tls" Packet "the server chooses" "服务器作出选择";
    TlsRetry "tls.retry" Note "tls" Packet "the server asks for another hello" "服务器要求重发 hello";
    TlsCertificate "tls.certificate" Note "tls" Packet "certificates are shown" "出示证书";
    TlsEstablished "tls.established" Note "tls" Packet "TLS stands" "TLS 建立";
    TlsEarlyData "tls.early_data" Note "tls" Packet "data before the answer (0-RTT)" "不等应答就发数据（0-RTT）";
    TlsAlert "tls.alert" Warning "tls" Packet "TLS alert" "TLS 警报";
    TlsFailed "tls.failed" Warning "tls" Finding "TLS was not established" "TLS 没有建立";
    TlsCertificateExpired "tls.certificate_expired" Warning "tls" Packet "the certificate is not valid now" "证书不在有效期内";
    TlsCertificateName "tls.certificate_name" Warning "tls" Packet "the certificate is for another name" "证书属于别的名字";
    TlsVersionOld "tls.version_old" Warning "tls" Packet "an old TLS version is agreed on" "商定了过时的 TLS 版本";
    TlsPlaintext "tls.plaintext" Warning "tls" Packet "one side speaks TLS, the other does not" "一方说 TLS，另一方不是";
    TlsNotOffered "tls.not_offered" Error "tls" Packet "chosen though not offered" "选定了未提供的";
    Malformed "malformed" Error "layers" Packet "could not be decoded further" "无法继续解码";
    Truncated "truncated" Note "layers" Packet "cut by the snapshot length" "被截取长度截断";
    CaptureMidStream "capture.mid_stream" Note "tcp-states" Finding "the recording starts late" "抓包开始得晚";
    CaptureOneSided "capture.one_sided" Note "tcp-states" Finding "the recording misses one direction" "抓包缺少一个方向";
    CaptureDoubled "capture.doubled" Note "reordering" Finding "packets recorded twice" "报文被录了两遍";
    CaptureDropped "capture.dropped" Warning "tcp-states" Finding "the recording lost packets" "抓包时丢了报文";
    CaptureTimeDisorder "capture.time_disorder" Warning "round-trip-time" Finding "the recording's clock went back" "抓包的时钟倒退";
    CapturePause "capture.pause" Note "round-trip-time" Finding "the recording pauses" "抓包有长时间中断";
}

impl Kind {
    /// The kind of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}
