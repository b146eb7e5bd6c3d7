//! What the fields and options of DHCP mean.

use std::net::Ipv4Addr;

use super::Spot;
use crate::decode::FieldValue;
use crate::decode::dhcp::{self, code};
use crate::notes::{Lang, duration};

/// What a field of DHCP means beyond what it is for.
pub fn v4(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    Some(match spot.field.name {
        "dhcp.option" => option(spot)?,
        "dhcp.option.code" => option_label(spot.number()? as u8, lang)?.to_owned(),
        "dhcp.sub_option" => sub_option(spot)?,
        "dhcp.option.seconds" => seconds(spot.number()?, lang),
        "dhcp.operation" if spot.number()? == 1 => {
            spot.say("request: a client speaks", "请求：客户端发出")
        }
        "dhcp.operation" if spot.number()? == 2 => {
            spot.say("reply: a server answers", "应答：服务器发出")
        }
        "dhcp.client_address" | "dhcp.your_address" | "dhcp.next_server" | "dhcp.relay_address"
            if is_unspecified(spot) =>
        {
            spot.say("none", "无")
        }
        "dhcp.client_address" | "dhcp.your_address" | "dhcp.next_server" | "dhcp.relay_address" => {
            let row = super::row(spot.field.name)?;
            row.about(lang).to_owned()
        }
        "dhcp.flags.broadcast" if spot.number()? == 0 => spot.say(
            "not set: unicast answers are welcome",
            "未设置：可以用单播应答",
        ),
        _ => return None,
    })
}

/// What a field of DHCPv6 means beyond what it is for.
pub fn v6(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    Some(match spot.field.name {
        "dhcpv6.type" => message_label(spot.number()? as u8, lang)?.to_owned(),
        "dhcpv6.option" => option6(spot)?,
        "dhcpv6.option.code" => option6_label(spot.number()? as u16, lang)?.to_owned(),
        "dhcpv6.option.seconds"
        | "dhcpv6.option.t1"
        | "dhcpv6.option.t2"
        | "dhcpv6.option.preferred_lifetime"
        | "dhcpv6.option.valid_lifetime"
            if spot.number()? > 0 =>
        {
            seconds(spot.number()?, lang)
        }
        _ => return None,
    })
}

fn is_unspecified(spot: &Spot<'_>) -> bool {
    matches!(spot.field.value, FieldValue::Ip(address) if address.is_unspecified())
}

fn seconds(number: u64, lang: Lang) -> String {
    match number {
        0xffff_ffff => lang.pick("for ever", "永久").to_owned(),
        number => duration(number.saturating_mul(1_000_000_000)),
    }
}

/// The bytes of a field that consists of others.
fn bytes<'a>(spot: &Spot<'a>) -> Option<&'a [u8]> {
    let FieldValue::Bytes(range) = &spot.field.value else {
        return None;
    };
    let range = range.start as usize..range.end as usize;
    spot.scene.packet.frame.bytes.get(range)
}

/// A name and what it says; the name alone where that is nothing.
fn said(label: &str, value: &str, lang: Lang) -> String {
    match (value, lang) {
        ("", _) => label.to_owned(),
        (value, Lang::En) => format!("{label}: {value}"),
        (value, Lang::Zh) => format!("{label}：{value}"),
    }
}

/// An option in a line: `subnet mask: 255.255.255.0 = /24, 254 usable addresses`.
fn option(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    let (code, rest) = bytes(spot)?.split_first()?;
    let data = rest.get(1..)?;
    let value = dhcp::Value::of(*code, data);
    let value = match (&value, *code) {
        (dhcp::Value::Address(mask), code::SUBNET_MASK) => mask_said(*mask, lang),
        (dhcp::Value::Seconds(number), _) => seconds(u64::from(*number), lang),
        (dhcp::Value::MessageType(kind), _) => {
            v4_label(kind.0, lang).map_or_else(|| kind.to_string(), str::to_owned)
        }
        (dhcp::Value::Parameters(codes), _) => parameters(codes, lang),
        _ => value.to_string(),
    };
    let label = match option_label(*code, lang) {
        Some(label) => label.to_owned(),
        None => match dhcp::option_name(*code) {
            Some(name) => name.name.replace('_', " "),
            None => spot.say("an option without a common name", "没有通用名称的选项"),
        },
    };
    Some(said(&label, &value, lang))
}

fn parameters(codes: &[u8], lang: Lang) -> String {
    let names: Vec<String> = codes
        .iter()
        .map(
            |code| match (option_label(*code, lang), dhcp::option_name(*code)) {
                (Some(label), _) => label.to_owned(),
                (None, Some(name)) => name.name.replace('_', " "),
                (None, None) => code.to_string(),
            },
        )
        .collect();
    names.join(lang.pick(", ", "、"))
}

fn parameters6(codes: &[u16], lang: Lang) -> String {
    let names: Vec<String> = codes
        .iter()
        .map(
            |code| match (option6_label(*code, lang), dhcp::v6::option_name(*code)) {
                (Some(label), _) => label.to_owned(),
                (None, Some(name)) => name.name.replace('_', " "),
                (None, None) => code.to_string(),
            },
        )
        .collect();
    names.join(lang.pick(", ", "、"))
}

/// A mask as /n with what that leaves for hosts.
pub fn mask_said(mask: Ipv4Addr, lang: Lang) -> String {
    match (dhcp::prefix_length(mask), lang) {
        (Some(length), Lang::En) => {
            let usable = usable(length);
            format!("{mask} = /{length}, {usable} usable addresses")
        }
        (Some(length), Lang::Zh) => {
            let usable = usable(length);
            format!("{mask} = /{length}，可用地址 {usable} 个")
        }
        (None, Lang::En) => format!("{mask}, no mask: its ones do not stand together"),
        (None, Lang::Zh) => format!("{mask}，不是掩码：其中的 1 不相连"),
    }
}

/// Addresses that hosts may have in a network of this prefix length: without its
/// own and the broadcast address, but both of /31 (RFC 3021) and the one of /32.
#[must_use]
pub const fn usable(prefix_length: u32) -> u64 {
    match prefix_length {
        31 => 2,
        32.. => 1,
        length => (1 << (32 - length)) - 2,
    }
}

fn sub_option(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    let (code, rest) = bytes(spot)?.split_first()?;
    let (label_en, label_zh) = match code {
        1 => (
            "circuit: the port that the client is at",
            "线路编号：客户端所在的端口",
        ),
        2 => (
            "remote id: the modem or host at its end",
            "远端编号：线路另一端的设备",
        ),
        5 => (
            "link selection: the network to choose from",
            "链路选择：从哪个网络分配",
        ),
        6 => ("subscriber", "用户编号"),
        9 => ("vendor's own", "厂商自定义"),
        11 => ("server identifier to give", "对客户端自称的服务器标识"),
        12 => ("relay's own id", "中继自己的编号"),
        _ => return None,
    };
    let known = dhcp::sub_option_name(*code)?;
    let value = dhcp::Value::read(known.form, rest.get(1..)?).to_string();
    Some(said(lang.pick(label_en, label_zh), &value, lang))
}

fn option6(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    let bytes = bytes(spot)?;
    let code = u16::from_be_bytes(*bytes.first_chunk::<2>()?);
    let value = dhcp::v6::Value::of(code, bytes.get(4..)?);
    let value = match &value {
        dhcp::v6::Value::Seconds(number) => seconds(u64::from(*number), lang),
        dhcp::v6::Value::Parameters(codes) => parameters6(codes, lang),
        value => value.to_string(),
    };
    let label = match option6_label(code, lang) {
        Some(label) => label.to_owned(),
        None => match dhcp::v6::option_name(code) {
            Some(name) => name.name.replace('_', " "),
            None => spot.say("an option without a common name", "没有通用名称的选项"),
        },
    };
    Some(said(&label, &value, lang))
}

/// What a message of DHCP is.
fn v4_label(kind: u8, lang: Lang) -> Option<&'static str> {
    let (en, zh) = match kind {
        1 => (
            "discover: who gives me an address?",
            "discover（发现）：谁能给我地址？",
        ),
        2 => ("offer: take this one", "offer（提供）：给你这个"),
        3 => ("request: I take that one", "request（请求）：我要那个"),
        4 => (
            "decline: someone has it already",
            "decline（拒绝）：已有人在用",
        ),
        5 => ("ack: it is yours", "ack（确认）：归你了"),
        6 => ("nak: you must not use it", "nak（否认）：你不能用它"),
        7 => ("release: I give it back", "release（释放）：我不用了"),
        8 => (
            "inform: I have an address, tell me the rest",
            "inform（询问）：地址已有，其余请告知",
        ),
        9 => ("force renew: renew now", "force renew：请立即续租"),
        _ => return None,
    };
    Some(lang.pick(en, zh))
}

/// What a message of DHCPv6 is.
fn message_label(kind: u8, lang: Lang) -> Option<&'static str> {
    let (en, zh) = match kind {
        1 => (
            "solicit: which servers are there?",
            "solicit（征求）：有哪些服务器？",
        ),
        2 => (
            "advertise: I am one, and would give this",
            "advertise（通告）：我是，可以给你这些",
        ),
        3 => ("request: I take that", "request（请求）：我要这些"),
        4 => (
            "confirm: is my address still right on this link?",
            "confirm（确认）：我的地址在这条链路上还对吗？",
        ),
        5 => ("renew: may I keep it?", "renew（续租）：我能继续用吗？"),
        6 => (
            "rebind: may I keep it, whoever answers?",
            "rebind（重新绑定）：谁都行，我能继续用吗？",
        ),
        7 => ("reply: the server's answer", "reply（答复）：服务器的回答"),
        8 => ("release: I give it back", "release（释放）：我不用了"),
        9 => (
            "decline: someone has it already",
            "decline（拒绝）：已有人在用",
        ),
        10 => (
            "reconfigure: ask me again",
            "reconfigure（重新配置）：请重新来问",
        ),
        11 => (
            "information request: an address I have, tell me the rest",
            "information-request（信息请求）：地址已有，其余请告知",
        ),
        12 => (
            "relay forward: a relay passes a message on to a server",
            "relay-forward（中继转发）：中继把消息转给服务器",
        ),
        13 => (
            "relay reply: what the relay is to pass on to the client",
            "relay-reply（中继答复）：要中继转给客户端的消息",
        ),
        _ => return None,
    };
    Some(lang.pick(en, zh))
}

/// What an option of DHCP is called and for.
fn option_label(number: u8, lang: Lang) -> Option<&'static str> {
    let (en, zh) = match number {
        1 => ("subnet mask", "子网掩码"),
        2 => ("time offset", "时区偏移"),
        3 => ("default gateway", "默认网关"),
        4 => ("time servers", "时间服务器"),
        6 => ("DNS servers", "DNS 服务器"),
        7 => ("log servers", "日志服务器"),
        12 => ("host name", "主机名"),
        15 => ("domain name", "域名"),
        17 => ("root path", "根路径"),
        23 => ("default TTL", "默认 TTL"),
        26 => ("interface MTU", "接口 MTU"),
        28 => ("broadcast address", "广播地址"),
        31 => ("router discovery", "路由器发现"),
        33 => ("static routes (old form)", "静态路由（旧格式）"),
        40 => ("NIS domain", "NIS 域"),
        41 => ("NIS servers", "NIS 服务器"),
        42 => ("NTP servers", "NTP 服务器"),
        43 => ("vendor's own options", "厂商自定义选项"),
        44 => ("NetBIOS name servers (WINS)", "NetBIOS 名字服务器（WINS）"),
        45 => ("NetBIOS datagram servers", "NetBIOS 数据报服务器"),
        46 => ("NetBIOS node type", "NetBIOS 节点类型"),
        47 => ("NetBIOS scope", "NetBIOS 作用域"),
        50 => ("requested address", "请求的地址"),
        51 => ("lease time", "租期"),
        52 => (
            "overload (1: the boot file's field holds options too, 2: the server name's, 3: both)",
            "选项过载（1：启动文件名字段里也放选项，2：服务器名字段，3：两者）",
        ),
        53 => ("message type", "消息类型"),
        54 => ("server identifier", "服务器标识"),
        55 => ("asks for", "想要的选项"),
        56 => ("message", "说明"),
        57 => ("largest message taken", "可接收的最大消息"),
        58 => ("T1, renewal time", "T1（续租时间）"),
        59 => ("T2, rebinding time", "T2（重新绑定时间）"),
        60 => (
            "vendor class: what the client runs",
            "厂商类别：客户端的软件",
        ),
        61 => ("client identifier", "客户端标识"),
        66 => ("TFTP server", "TFTP 服务器"),
        67 => ("boot file", "启动文件"),
        77 => ("user class", "用户类别"),
        80 => (
            "rapid commit: two messages instead of four",
            "快速提交：两条消息代替四条",
        ),
        81 => ("the client's whole name", "客户端的完整域名"),
        82 => ("relay agent information", "中继代理信息"),
        93 => ("client's processor architecture", "客户端处理器架构"),
        94 => ("client's network interface", "客户端网络接口"),
        95 => ("LDAP servers", "LDAP 服务器"),
        97 => ("client's machine identifier", "客户端机器标识"),
        108 => (
            "IPv6 only preferred: go without IPv4 for",
            "优先只用 IPv6：可不用 IPv4 的时间",
        ),
        114 => ("captive portal", "强制门户"),
        116 => ("configure oneself (APIPA)", "自动配置地址（APIPA）"),
        118 => ("subnet to choose from", "从哪个子网分配"),
        119 => ("domain search list", "域名搜索列表"),
        120 => ("SIP servers", "SIP 服务器"),
        121 => ("classless static routes", "无类静态路由"),
        124 => ("vendor identifying class", "厂商标识类别"),
        125 => ("vendor identifying options", "厂商标识选项"),
        138 => ("CAPWAP controllers", "CAPWAP 控制器"),
        150 => ("TFTP servers", "TFTP 服务器"),
        249 => (
            "classless static routes (Microsoft)",
            "无类静态路由（微软）",
        ),
        252 => ("web proxy configuration (WPAD)", "网页代理配置（WPAD）"),
        _ => return None,
    };
    Some(lang.pick(en, zh))
}

/// What an option of DHCPv6 is called and for.
fn option6_label(number: u16, lang: Lang) -> Option<&'static str> {
    let (en, zh) = match number {
        1 => ("client identifier", "客户端标识"),
        2 => ("server identifier", "服务器标识"),
        3 => ("addresses (IA_NA)", "地址（IA_NA）"),
        4 => ("temporary addresses (IA_TA)", "临时地址（IA_TA）"),
        5 => ("address", "地址"),
        6 => ("asks for", "想要的选项"),
        7 => (
            "preference: the highest server wins",
            "优先级：数值大的服务器优先",
        ),
        8 => ("the client has tried for", "客户端已尝试"),
        9 => ("the message that the relay passes on", "中继转发的消息"),
        11 => ("authentication", "认证"),
        12 => ("the server takes unicast at", "服务器接受单播的地址"),
        13 => ("status", "状态"),
        14 => (
            "rapid commit: two messages instead of four",
            "快速提交：两条消息代替四条",
        ),
        15 => ("user class", "用户类别"),
        16 => ("vendor class", "厂商类别"),
        17 => ("vendor's own options", "厂商自定义选项"),
        18 => ("interface that the relay heard it on", "中继收到它的接口"),
        20 => ("takes a reconfigure", "接受重新配置"),
        21 => ("SIP domains", "SIP 域名"),
        22 => ("SIP servers", "SIP 服务器"),
        23 => ("DNS servers", "DNS 服务器"),
        24 => ("domain search list", "域名搜索列表"),
        25 => ("prefixes to give on (IA_PD)", "可再分配的前缀（IA_PD）"),
        26 => ("prefix", "前缀"),
        31 => ("SNTP servers", "SNTP 服务器"),
        32 => ("ask again after", "多久后再来询问"),
        37 => ("remote id", "远端编号"),
        38 => ("subscriber", "用户编号"),
        39 => ("the client's whole name", "客户端的完整域名"),
        56 => ("NTP servers", "NTP 服务器"),
        59 => ("boot file", "启动文件"),
        64 => (
            "gateway for IPv4 over IPv6 (AFTR)",
            "IPv4 over IPv6 网关（AFTR）",
        ),
        79 => ("client's link-layer address", "客户端链路层地址"),
        82 => ("longest wait between solicits", "两次 solicit 间的最长等待"),
        83 => (
            "longest wait between information requests",
            "两次信息请求间的最长等待",
        ),
        103 => ("captive portal", "强制门户"),
        _ => return None,
    };
    Some(lang.pick(en, zh))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_read_as_prefix_length_with_what_it_leaves() {
        let mask = |text: &str| text.parse().unwrap();
        assert_eq!(dhcp::prefix_length(mask("255.255.255.0")), Some(24));
        assert_eq!(dhcp::prefix_length(mask("0.0.0.0")), Some(0));
        assert_eq!(dhcp::prefix_length(mask("255.255.255.255")), Some(32));
        assert_eq!(dhcp::prefix_length(mask("255.0.255.0")), None);
        assert_eq!(
            [usable(24), usable(30), usable(31), usable(32)],
            [254, 2, 2, 1]
        );
        assert_eq!(
            mask_said(mask("255.255.255.252"), Lang::En),
            "255.255.255.252 = /30, 2 usable addresses"
        );
    }
}
