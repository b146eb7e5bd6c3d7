//! The names of numbers, where readers of Chinese want other words than the
//! decoder's English ones, and what codes mean beyond their name.

use crate::notes::Lang;

/// A number's name in the reader's language. Proper names stay as they are.
pub fn localized(name: &'static str, lang: Lang) -> &'static str {
    match lang {
        Lang::En => name,
        Lang::Zh => chinese(name).unwrap_or(name),
    }
}

/// The decoder's English names that have a Chinese word.
fn chinese(name: &str) -> Option<&'static str> {
    Some(match name {
        "Ethernet" => "以太网",
        "flow control" => "流量控制",
        "MPLS multicast" => "MPLS 组播",
        "PPPoE discovery" => "PPPoE 发现阶段",
        "PPPoE session" => "PPPoE 会话阶段",
        "hop-by-hop options" => "逐跳选项",
        "routing header" => "路由头部",
        "fragment header" => "分片头部",
        "no next header" => "后面没有头部",
        "destination options" => "目的选项",
        "IP in IP" => "IP 套 IP",
        "loopback" => "环回",
        "IPv6 in IPv4" => "IPv4 中的 IPv6",
        "none" => "无",
        "request" => "请求：谁有这个地址？",
        "reply" => "应答：就在这里",
        "reverse request" => "反向请求（RARP）",
        "reverse reply" => "反向应答（RARP）",
        "to us" => "发给本机",
        "broadcast" => "广播",
        "multicast" => "组播",
        "to another host" => "发给其他主机",
        "sent by us" => "本机发出",
        "echo reply" => "回显应答（ping 的回答）",
        "echo request" => "回显请求（ping）",
        "extended echo request" => "扩展回显请求",
        "extended echo reply" => "扩展回显应答",
        "destination unreachable" => "目的不可达",
        "source quench" => "源抑制（已废弃）",
        "redirect" => "重定向",
        "router advertisement" => "路由器通告",
        "router solicitation" => "路由器请求",
        "time exceeded" => "超时",
        "parameter problem" => "参数错误",
        "timestamp request" => "时间戳请求",
        "timestamp reply" => "时间戳应答",
        "information request" => "信息请求",
        "information reply" => "信息应答",
        "address mask request" => "地址掩码请求",
        "address mask reply" => "地址掩码应答",
        "packet too big" => "报文太大",
        "multicast listener query" => "组播侦听查询",
        "multicast listener report" => "组播侦听报告",
        "multicast listener report (version 2)" => "组播侦听报告（版本 2）",
        "multicast listener done" => "组播侦听结束",
        "neighbor solicitation" => "邻居请求：谁有这个地址？",
        "neighbor advertisement" => "邻居通告：就在这里",
        "padding" => "填充",
        "tunnel encapsulation limit" => "隧道封装次数限制",
        "router alert" => "路由器警示",
        "jumbo payload" => "超长载荷",
        "home address" => "家乡地址",
        _ => return None,
    })
}

/// What a type of DNS record holds.
pub fn record_type(name: &str, lang: Lang) -> Option<&'static str> {
    let (en, zh) = match name {
        "A" => ("IPv4 address", "IPv4 地址"),
        "AAAA" => ("IPv6 address", "IPv6 地址"),
        "CNAME" => ("alias: the real name", "别名：真正的名字"),
        "NS" => ("name server of the zone", "该区域的域名服务器"),
        "MX" => ("mail server", "邮件服务器"),
        "TXT" => ("text", "文本"),
        "SOA" => (
            "start of authority: data of the zone",
            "起始授权：区域的参数",
        ),
        "SRV" => ("host and port of a service", "服务所在的主机与端口"),
        "PTR" => ("name of an address", "地址对应的名字"),
        "HTTPS" => ("how to reach the web site", "如何访问该网站"),
        "SVCB" => ("how to reach a service", "如何使用某服务"),
        "OPT" => (
            "EDNS: not a record, but extensions of the message",
            "EDNS：不是记录，而是消息的扩展",
        ),
        "DS" => ("fingerprint of the zone's key", "区域密钥的指纹"),
        "DNSKEY" => ("public key of the zone", "区域的公钥"),
        "RRSIG" => ("signature", "签名"),
        "NSEC" | "NSEC3" => ("proof that there is no such name", "证明没有此名"),
        "CAA" => ("who may issue certificates", "谁可以签发证书"),
        "ANY" => ("every type", "所有类型"),
        _ => return None,
    };
    Some(lang.pick(en, zh))
}

/// What a DNS response code says.
pub fn response_code(code: u64, lang: Lang) -> Option<&'static str> {
    let (en, zh) = match code {
        0 => ("no error", "没有错误"),
        1 => (
            "the server did not understand the question",
            "服务器看不懂询问",
        ),
        2 => ("the server failed to find out", "服务器未能查出"),
        3 => ("there is no such name", "没有这个名字"),
        4 => ("the server does not do this", "服务器不支持此操作"),
        5 => ("the server refuses to answer", "服务器拒绝回答"),
        _ => return None,
    };
    Some(lang.pick(en, zh))
}

/// How routers treat a differentiated services code point (RFC 2474, 2597,
/// 3246, 8622).
pub fn dscp(code: u64, lang: Lang) -> String {
    let class = code >> 3;
    let (en, zh) = match code {
        0 => ("CS0: ordinary, best effort", "CS0：普通，尽力而为"),
        1 => (
            "LE: lower effort, only what others leave",
            "LE：低优先，只用别人剩下的带宽",
        ),
        46 => ("EF: expedited, for voice", "EF：加速转发，用于语音"),
        44 => (
            "VOICE-ADMIT: voice with admission",
            "VOICE-ADMIT：经准入的语音",
        ),
        48 => ("CS6: routing protocols", "CS6：路由协议"),
        56 => ("CS7: network control", "CS7：网络控制"),
        _ => ("", ""),
    };
    if !en.is_empty() {
        return lang.pick(en, zh).to_owned();
    }
    match (code & 7, class) {
        (0, _) => match lang {
            Lang::En => format!("CS{class}: class {class}"),
            Lang::Zh => format!("CS{class}：第 {class} 类"),
        },
        (drop @ (2 | 4 | 6), 1..=4) => {
            let drop = drop / 2;
            match lang {
                Lang::En => {
                    format!("AF{class}{drop}: assured, class {class}, drop precedence {drop}")
                }
                Lang::Zh => format!("AF{class}{drop}：确保转发，第 {class} 类，丢弃优先级 {drop}"),
            }
        }
        _ => lang.pick("no standard meaning", "没有标准含义").to_owned(),
    }
}

/// Congestion marks (RFC 3168).
pub fn ecn(code: u64, lang: Lang) -> &'static str {
    match code {
        0 => lang.pick("the ends do not use congestion marks", "两端不使用拥塞标记"),
        1 => lang.pick(
            "ECT(1): may be marked instead of dropped",
            "ECT(1)：拥塞时可标记而不丢弃",
        ),
        2 => lang.pick(
            "ECT(0): may be marked instead of dropped",
            "ECT(0)：拥塞时可标记而不丢弃",
        ),
        _ => lang.pick(
            "CE: a router on the way was congested",
            "CE：途中有路由器发生拥塞",
        ),
    }
}

/// What an ICMP code adds to its type.
pub fn icmp_code(kind: u64, code: u64, lang: Lang) -> Option<&'static str> {
    let (en, zh) = match (kind, code) {
        (3, 0) => ("network unreachable", "网络不可达"),
        (3, 1) => ("host unreachable", "主机不可达"),
        (3, 2) => (
            "protocol unreachable: the host does not speak it",
            "协议不可达：主机不支持",
        ),
        (3, 3) => (
            "port unreachable: no program listens there",
            "端口不可达：没有程序在监听",
        ),
        (3, 4) => (
            "too large, and must not be cut up (DF)",
            "报文太大，又不许分片（DF）",
        ),
        (3, 5) => ("source route failed", "源路由失败"),
        (3, 6) => ("network unknown", "网络未知"),
        (3, 7) => ("host unknown", "主机未知"),
        (3, 9) => (
            "network forbidden by policy (a firewall says so)",
            "网络被策略禁止（防火墙的回答）",
        ),
        (3, 10 | 13) => (
            "forbidden by policy (a firewall says so)",
            "被策略禁止（防火墙的回答）",
        ),
        (5, 0) => ("for the whole network", "针对整个网络"),
        (5, 1) => ("for this host", "针对这台主机"),
        (11, 0) => ("TTL reached 0 on the way", "途中 TTL 减到 0"),
        (11, 1) => ("not all fragments arrived in time", "分片没有按时到齐"),
        (12, 0) => ("the pointer says where", "指针指出错误位置"),
        _ => return None,
    };
    Some(lang.pick(en, zh))
}

/// What an ICMPv6 code adds to its type.
pub fn icmpv6_code(kind: u64, code: u64, lang: Lang) -> Option<&'static str> {
    let (en, zh) = match (kind, code) {
        (1, 0) => ("no route to the destination", "没有到目的地的路由"),
        (1, 1) => (
            "forbidden by policy (a firewall says so)",
            "被策略禁止（防火墙的回答）",
        ),
        (1, 2) => (
            "beyond the scope of the source address",
            "超出源地址的作用域",
        ),
        (1, 3) => ("address unreachable", "地址不可达"),
        (1, 4) => (
            "port unreachable: no program listens there",
            "端口不可达：没有程序在监听",
        ),
        (1, 5) => ("source address failed a policy", "源地址不符合策略"),
        (1, 6) => ("the route says reject", "路由被设为拒绝"),
        (3, 0) => ("hop limit reached 0 on the way", "途中跳数限制减到 0"),
        (3, 1) => ("not all fragments arrived in time", "分片没有按时到齐"),
        (4, 0) => ("a header field is wrong", "头部字段有错"),
        (4, 1) => ("next header not known", "不认识的下一个头部"),
        (4, 2) => ("option not known", "不认识的选项"),
        _ => return None,
    };
    Some(lang.pick(en, zh))
}
