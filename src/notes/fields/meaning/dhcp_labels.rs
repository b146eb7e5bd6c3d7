//! What the messages and options of DHCP are called and for, in both languages.

use crate::notes::Lang;

/// What a message of DHCP is.
pub fn v4_label(kind: u8, lang: Lang) -> Option<&'static str> {
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
pub fn message_label(kind: u8, lang: Lang) -> Option<&'static str> {
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
pub fn option_label(number: u8, lang: Lang) -> Option<&'static str> {
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
pub fn option6_label(number: u16, lang: Lang) -> Option<&'static str> {
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
