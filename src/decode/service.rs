//! Services by name: what the data of TCP and UDP are, where the port promises
//! it and the bytes agree, or where the bytes alone are plain. A port is a
//! hint, the bytes decide.

use serde::{Deserialize, Serialize};

use super::Transport;
use super::registry::FIRST_TO_CHOOSE;

/// A service that is known by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Service(u8);

/// What a message is by its bytes: who sends it follows from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// Only clients send it.
    Question,
    /// Only servers send it.
    Answer,
    /// Both may have sent it.
    Either,
}

use Said::{Answer, Either, Question};

/// One service: its ports, and what its messages look like.
struct Row {
    name: &'static str,
    tcp: &'static [u16],
    udp: &'static [u16],
    /// What a message is; `None`: these bytes are none of the service.
    says: fn(&[u8]) -> Option<Said>,
    /// The bytes are plain enough on any port.
    on_any_port: bool,
}

impl Service {
    /// Whether its messages are read where they come over TCP.
    #[must_use]
    pub fn is_read_over_tcp(self) -> bool {
        matches!(self.name(), "HTTP" | "TLS")
    }

    /// The service's name in the field.
    #[must_use]
    pub fn name(self) -> &'static str {
        SERVICES.get(usize::from(self.0)).map_or("", |row| row.name)
    }
}

/// The service that data belong to, by the ports and the bytes.
#[must_use]
pub fn recognise(transport: &Transport, data: &[u8]) -> Option<(Service, Said)> {
    let (ports, is_tcp) = match transport {
        Transport::Tcp(tcp) => ([tcp.source_port, tcp.destination_port], true),
        Transport::Udp(udp) => ([udp.source_port, udp.destination_port], false),
        Transport::Icmp(_) | Transport::None => return None,
    };
    if data.is_empty() {
        return None;
    }
    let may_be = |row: &Row| {
        let known = if is_tcp { row.tcp } else { row.udp };
        row.on_any_port || known.iter().any(|port| ports.contains(port))
    };
    let rows = (0..).zip(SERVICES);
    rows.filter(|(_, row)| may_be(row))
        .find_map(|(number, row)| Some((Service(number), (row.says)(data)?)))
}

/// Whether a server is known to listen at a port: below 1024 the port is a
/// system port, and above one of those registered that are met (RFC 6335).
#[must_use]
pub fn is_service_port(port: u16) -> bool {
    port < FIRST_TO_CHOOSE || REGISTERED.binary_search(&port).is_ok()
}

/// User ports at which a server is known to listen: from IANA's register those
/// that are met, and some that nobody registered and everybody knows.
static REGISTERED: [u16; 162] = [
    1080, 1194, 1352, 1433, 1434, 1494, 1521, 1701, 1720, 1723, 1812, 1813, 1883, 1900, 1935, 1985,
    2000, 2049, 2055, 2123, 2152, 2181, 2222, 2375, 2376, 2379, 2380, 2404, 2427, 2483, 2484, 2598,
    2601, 2727, 2812, 2944, 2945, 3128, 3205, 3222, 3260, 3268, 3269, 3306, 3389, 3478, 3479, 3544,
    3632, 3690, 3702, 3784, 3785, 3868, 4189, 4369, 4433, 4460, 4500, 4569, 4739, 4784, 4789, 4840,
    5004, 5005, 5060, 5061, 5222, 5223, 5228, 5246, 5247, 5269, 5349, 5351, 5353, 5355, 5432, 5555,
    5601, 5631, 5632, 5666, 5671, 5672, 5683, 5684, 5800, 5900, 5901, 5984, 5985, 5986, 6000, 6001,
    6081, 6343, 6379, 6443, 6513, 6514, 6556, 6633, 6653, 6665, 6666, 6667, 6696, 6697, 7400, 7680,
    7946, 8000, 8008, 8009, 8080, 8081, 8086, 8088, 8140, 8333, 8443, 8472, 8500, 8554, 8600, 8883,
    8888, 9042, 9080, 9090, 9092, 9100, 9200, 9300, 9418, 9443, 9993, 9995, 9996, 10000, 10050,
    10051, 10514, 11211, 11371, 15672, 17500, 19132, 19302, 20000, 25565, 25826, 27015, 27017,
    30303, 34962, 34964, 44818, 47808, 51820,
];

/// The first row that agrees is taken, so those whose bytes are plain stand
/// before those that agree with nearly any.
static SERVICES: &[Row] = &[
    // Its answers are those of HTTP.
    udp("SSDP", &[1900], |data| {
        starts(data, b"M-SEARCH ", Question)
            .or_else(|| starts(data, b"NOTIFY ", Either))
            .or_else(|| starts(data, b"HTTP/1.", Answer))
    }),
    on_any_port("TLS", tls),
    on_any_port("HTTP", http),
    on_any_port("SSH", |data| starts(data, b"SSH-", Either)),
    on_any_port("SIP", sip),
    on_any_port("STUN", stun),
    on_any_port("BitTorrent", |data| {
        starts(data, b"\x13BitTorrent protocol", Either)
            .or_else(|| starts(data, b"d1:ad2:id20:", Question))
            .or_else(|| starts(data, b"d1:rd2:id20:", Answer))
    }),
    on_any_port("DHCP", dhcp),
    on_any_port("SMB", smb),
    udp("DHCPv6", &[546, 547], |data| match data.first()? {
        1 | 3..=6 | 8 | 9 | 11 => Some(Question),
        2 | 7 | 10 => Some(Answer),
        12 | 13 => Some(Either),
        _ => None,
    }),
    udp("NTP", &[123], ntp),
    udp("SNMP", &[161, 162], snmp),
    udp("TFTP", &[69], |data| match data {
        [0, 1 | 2, ..] => Some(Question),
        [0, 3..=6, ..] => Some(Either),
        _ => None,
    }),
    udp("syslog", &[514], |data| starts(data, b"<", Question)),
    udp("NetBIOS name service", &[137], netbios_name),
    udp("NetBIOS datagram", &[138], |data| {
        matches!(data, [0x10..=0x16, ..] if data.len() >= 10).then_some(Either)
    }),
    udp("QUIC", &[443, 8443, 4433], quic),
    udp("IKE", &[500], ike),
    udp("IKE or ESP in UDP", &[4500], |data| match data {
        [0xff] => Some(Either),
        [0, 0, 0, 0, ike_message @ ..] => ike(ike_message),
        _ => (data.len() > 8).then_some(Either),
    }),
    udp("RADIUS", &[1645, 1646, 1812, 1813, 3799], radius),
    udp("WireGuard", &[51820], |data| match (data, data.len()) {
        ([1, 0, 0, 0, ..], 148) => Some(Question),
        ([2, 0, 0, 0, ..], 92) => Some(Answer),
        ([3, 0, 0, 0, ..], 64) => Some(Either),
        ([4, 0, 0, 0, ..], 32..) => Some(Either),
        _ => None,
    }),
    udp("RIP", &[520], |data| match data {
        [1, 1 | 2, 0, 0, ..] => Some(Question),
        [2, 1 | 2, ..] => Some(Either),
        _ => None,
    }),
    udp("RIPng", &[521], |data| {
        matches!(data, [1 | 2, 1, 0, 0, ..]).then_some(Either)
    }),
    udp("HSRP", &[1985, 2029], |data| {
        matches!(data, [0, 0..=3, ..] | [1, 40, ..]).then_some(Either)
    }),
    udp("GLBP", &[3222], |data| {
        matches!(data, [1, ..]).then_some(Either)
    }),
    udp("LDP", &[646], ldp),
    udp("BFD", &[3784, 3785, 4784], |data| match data {
        [first, _, _, length, ..] => {
            let agrees = first >> 5 == 1 && usize::from(*length) == data.len();
            agrees.then_some(Either)
        }
        _ => None,
    }),
    udp("sFlow", &[6343], |data| {
        matches!(data, [0, 0, 0, 2 | 4 | 5, ..]).then_some(Question)
    }),
    udp("NetFlow", &[2055, 9995, 9996, 9555, 4739], |data| {
        matches!(data, [0, 1 | 5 | 7 | 8 | 9 | 10, ..]).then_some(Question)
    }),
    udp("PTP", &[319, 320], |data| {
        matches!(data, [_, 1 | 2 | 0x12, ..] if data.len() >= 34).then_some(Either)
    }),
    udp("CoAP", &[5683], |data| match data {
        [first, code, ..] if first >> 6 == 1 && first & 0xf <= 8 => Some(match code >> 5 {
            0 if *code > 0 => Question,
            2 | 4 | 5 => Answer,
            _ => Either,
        }),
        _ => None,
    }),
    udp("CAPWAP", &[5246, 5247], |data| {
        matches!(data, [0 | 1, ..]).then_some(Either)
    }),
    udp("GTP control", &[2123], |data| {
        matches!(data.first()? >> 5, 1 | 2).then_some(Either)
    }),
    udp("OpenVPN", &[1194], |data| {
        matches!(data.first()? >> 3, 1..=10).then_some(Either)
    }),
    udp("BACnet", &[47808], |data| {
        matches!(data, [0x81, ..]).then_some(Either)
    }),
    udp("WS-Discovery", &[3702], |data| starts(data, b"<", Either)),
    udp("Dropbox LAN sync", &[17500], |data| {
        starts(data, b"{", Either)
    }),
    udp("IPMI", &[623], |data| {
        matches!(data, [6, 0, ..]).then_some(Either)
    }),
    udp("Kerberos", &[88, 464], kerberos),
    udp("ONC RPC", &[111, 2049], |data| match data {
        [_, _, _, _, 0, 0, 0, 0, 0, 0, 0, 2, ..] => Some(Question),
        [_, _, _, _, 0, 0, 0, 1, 0, 0, 0, 0 | 1, ..] => Some(Answer),
        _ => None,
    }),
    udp("memcached", &[11211], |data| {
        (data.len() > 8).then_some(Either)
    }),
    udp("RTCP or RTP", &[5004, 5005], |data| {
        (data.first()? >> 6 == 2).then_some(Either)
    }),
    udp("LDAP", &[389], ldap),
    tcp("BGP", &[179], |data| starts(data, &[0xff; 16], Either)),
    tcp("FTP", &[21], reply_or_command),
    tcp("SMTP", &[25, 465, 587, 2525], reply_or_command),
    tcp("NNTP", &[119], reply_or_command),
    tcp("POP3", &[110], |data| {
        starts(data, b"+OK", Answer)
            .or_else(|| starts(data, b"-ERR", Answer))
            .or_else(|| command(data))
    }),
    tcp("IMAP", &[143], |data| {
        starts(data, b"* ", Answer).or_else(|| command(data))
    }),
    tcp("Telnet", &[23], |data| starts(data, &[0xff], Either)),
    tcp("IRC", &[6665, 6666, 6667, 6668, 6669, 194], |data| {
        starts(data, b":", Answer).or_else(|| command(data))
    }),
    tcp("Kerberos", &[88, 464], |data| match data {
        [0, 0, _, _, message @ ..] => kerberos(message),
        _ => None,
    }),
    tcp("ONC RPC", &[111, 2049], |data| match data {
        [0x80, _, _, _, _, _, _, _, 0, 0, 0, 0, 0, 0, 0, 2, ..] => Some(Question),
        [0x80, _, _, _, _, _, _, _, 0, 0, 0, 1, ..] => Some(Answer),
        _ => None,
    }),
    tcp("DCE/RPC", &[135], |data| match data {
        [5, 0 | 1, 0 | 11 | 14 | 16, ..] => Some(Question),
        [5, 0 | 1, 2 | 3 | 12 | 13 | 15, ..] => Some(Answer),
        _ => None,
    }),
    tcp("NetBIOS session", &[139], |data| match data {
        [0x81, 0, ..] => Some(Question),
        [0x82..=0x84, 0, ..] => Some(Answer),
        _ => None,
    }),
    tcp("LDAP", &[389, 3268], ldap),
    tcp(
        "RDP or ISO transport",
        &[102, 1720, 3389],
        |data| match data {
            [3, 0, _, _, _, 0xe0, ..] => Some(Question),
            [3, 0, _, _, _, 0xd0, ..] => Some(Answer),
            [3, 0, ..] => Some(Either),
            _ => None,
        },
    ),
    tcp("RTSP", &[554, 8554], |data| {
        starts(data, b"RTSP/1.", Answer).or_else(|| command(data))
    }),
    tcp("LDP", &[646], ldp),
    tcp("Modbus", &[502], |data| {
        matches!(data, [_, _, 0, 0, 0, ..] if data.len() >= 8).then_some(Either)
    }),
    tcp("MQTT", &[1883], |data| match data.first()? >> 4 {
        1 | 8 | 10 | 12 | 14 => Some(Question),
        2 | 9 | 11 | 13 => Some(Answer),
        3..=7 => Some(Either),
        _ => None,
    }),
    tcp("MySQL", &[3306], |data| match data {
        [_, _, 0, 0, 10, ..] => Some(Answer),
        [_, _, _, 0 | 1, ..] => Some(Either),
        _ => None,
    }),
    tcp("PostgreSQL", &[5432], |data| match data {
        [0, 0, _, _, 0, 3, 0, 0, ..] | [0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f] => Some(Question),
        [b'R' | b'S' | b'T' | b'Z', 0, ..] => Some(Answer),
        [b'A'..=b'z', 0, ..] => Some(Either),
        _ => None,
    }),
    tcp("Redis", &[6379], |data| match data.first()? {
        b'*' => Some(Either),
        b'+' | b'-' | b':' | b'$' => Some(Answer),
        _ => None,
    }),
    tcp("memcached", &[11211], command),
    tcp("MongoDB", &[27017], |data| {
        data.get(12..16)
            .is_some_and(|operation| matches!(operation, [1 | 0xd1..=0xdd, 0 | 7, 0, 0]))
            .then_some(Either)
    }),
    tcp("AMQP", &[5672], |data| starts(data, b"AMQP", Question)),
    tcp("XMPP", &[5222, 5269], |data| starts(data, b"<", Either)),
    tcp("VNC", &[5900, 5901], |data| starts(data, b"RFB ", Either)),
    tcp("DNP3", &[20000], |data| starts(data, &[5, 0x64], Either)),
    tcp("rsync", &[873], |data| starts(data, b"@RSYNCD:", Either)),
    tcp("Git", &[9418], |data| {
        data.get(4..)
            .and_then(|line| starts(line, b"git-", Question))
    }),
    tcp("TACACS+", &[49], |data| {
        matches!(data, [0xc0 | 0xc1, 1..=3, ..]).then_some(Either)
    }),
    tcp("Finger", &[79], |data| {
        data.ends_with(b"\r\n").then_some(Either)
    }),
    tcp("Whois", &[43], |data| data.is_ascii().then_some(Either)),
];

const fn on_any_port(name: &'static str, says: fn(&[u8]) -> Option<Said>) -> Row {
    Row {
        name,
        tcp: &[],
        udp: &[],
        says,
        on_any_port: true,
    }
}

const fn udp(name: &'static str, ports: &'static [u16], says: fn(&[u8]) -> Option<Said>) -> Row {
    Row {
        name,
        tcp: &[],
        udp: ports,
        says,
        on_any_port: false,
    }
}

const fn tcp(name: &'static str, ports: &'static [u16], says: fn(&[u8]) -> Option<Said>) -> Row {
    Row {
        name,
        tcp: ports,
        udp: &[],
        says,
        on_any_port: false,
    }
}

fn starts(data: &[u8], with: &[u8], said: Said) -> Option<Said> {
    data.starts_with(with).then_some(said)
}

/// A record of TLS 1.0 to 1.3 (RFC 8446, 5.1) whose length may be.
fn tls(data: &[u8]) -> Option<Said> {
    const HANDSHAKE: u8 = 22;
    const CLIENT_HELLO: u8 = 1;
    const SERVER_HELLO: u8 = 2;
    let &[kind, 3, minor, high, low, ref behind @ ..] = data else {
        return None;
    };
    let length = u16::from_be_bytes([high, low]);
    if !(20..=24).contains(&kind) || minor > 4 || length == 0 || length > 18_432 {
        return None;
    }
    Some(match (kind, behind.first()) {
        (HANDSHAKE, Some(&CLIENT_HELLO)) => Question,
        (HANDSHAKE, Some(&SERVER_HELLO)) => Answer,
        _ => Either,
    })
}

/// The first line of a request or a response (RFC 9112), or the preface of
/// HTTP/2 (RFC 9113, 3.4).
fn http(data: &[u8]) -> Option<Said> {
    const METHODS: [&[u8]; 10] = [
        b"GET /",
        b"GET http",
        b"POST ",
        b"HEAD ",
        b"PUT /",
        b"DELETE /",
        b"OPTIONS ",
        b"CONNECT ",
        b"PATCH /",
        b"PROPFIND /",
    ];
    if let Some(answer) = starts(data, b"HTTP/1.", Answer) {
        return Some(answer);
    }
    if data.starts_with(b"PRI * HTTP/2.0\r\n") {
        return Some(Question);
    }
    let asks = METHODS.iter().any(|method| data.starts_with(method));
    // SIP and RTSP share some of the methods.
    let line = data.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_other = line.ends_with(b" SIP/2.0\r") || line.ends_with(b" RTSP/1.0\r");
    (asks && !is_other).then_some(Question)
}

fn sip(data: &[u8]) -> Option<Said> {
    const METHODS: [&[u8]; 9] = [
        b"INVITE sip",
        b"REGISTER sip",
        b"OPTIONS sip",
        b"ACK sip",
        b"BYE sip",
        b"CANCEL sip",
        b"SUBSCRIBE sip",
        b"NOTIFY sip",
        b"PUBLISH sip",
    ];
    if let Some(answer) = starts(data, b"SIP/2.0 ", Answer) {
        return Some(answer);
    }
    let asks = METHODS.iter().any(|method| data.starts_with(method));
    asks.then_some(Question)
}

/// The magic cookie of RFC 8489, section 5; the class says who speaks.
fn stun(data: &[u8]) -> Option<Said> {
    let [first, second, high, low, 0x21, 0x12, 0xa4, 0x42, ..] = data else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if first >> 6 != 0 || data.len() != 20 + length {
        return None;
    }
    Some(match (first & 1, second >> 4 & 1) {
        (0, 0) => Question,
        (1, _) => Answer,
        _ => Either,
    })
}

/// BOOTP with the magic cookie of RFC 2131, section 3.
fn dhcp(data: &[u8]) -> Option<Said> {
    let cookie = data.get(236..240)?;
    match (data.first()?, cookie) {
        (1, [99, 130, 83, 99]) => Some(Question),
        (2, [99, 130, 83, 99]) => Some(Answer),
        _ => None,
    }
}

/// SMB 1 to 3 behind the length that stands before each message.
fn smb(data: &[u8]) -> Option<Said> {
    match data {
        [0, _, _, _, 0xfc..=0xff, b'S', b'M', b'B', ..] => Some(Either),
        _ => None,
    }
}

/// Version 1 to 4, and a mode that says who speaks (RFC 5905, 7.3).
fn ntp(data: &[u8]) -> Option<Said> {
    let first = data.first()?;
    if !(1..=4).contains(&(first >> 3 & 7)) {
        return None;
    }
    match (first & 7, data.len()) {
        (3, 48..) => Some(Question),
        (4, 48..) => Some(Answer),
        (1 | 2 | 5, 48..) | (6 | 7, 8..) => Some(Either),
        _ => None,
    }
}

/// A BER sequence with a version as its first element (RFC 1157, RFC 3412).
fn snmp(data: &[u8]) -> Option<Said> {
    let behind = behind_ber_length(data)?;
    matches!(behind, [2, 1, 0 | 1 | 3, ..]).then_some(Either)
}

/// A BER sequence with a message number (RFC 4511, 4.1.1).
fn ldap(data: &[u8]) -> Option<Said> {
    let behind = behind_ber_length(data)?;
    matches!(behind, [2, 1..=4, ..]).then_some(Either)
}

/// What follows tag 0x30 and its length.
fn behind_ber_length(data: &[u8]) -> Option<&[u8]> {
    let (&length, behind) = data.strip_prefix(&[0x30])?.split_first()?;
    match length {
        0..=0x7f => Some(behind),
        0x81..=0x84 => behind.get(usize::from(length & 0x7f)..),
        _ => None,
    }
}

/// The application tags of Kerberos messages (RFC 4120, 5.10).
fn kerberos(data: &[u8]) -> Option<Said> {
    match data.first()? {
        0x6a | 0x6c => Some(Question),
        0x6b | 0x6d | 0x7e => Some(Answer),
        _ => None,
    }
}

/// The header of RFC 1002, 4.2.1.1, which DNS shares: one question or answer
/// of a name of 32 letters.
fn netbios_name(data: &[u8]) -> Option<Said> {
    let [_, _, flags, _, ..] = data else {
        return None;
    };
    let has_name = data.get(12) == Some(&32);
    has_name.then_some(if flags >> 7 == 0 { Question } else { Answer })
}

/// The fixed bit (RFC 9000, 17); a long header has a version.
fn quic(data: &[u8]) -> Option<Said> {
    match data {
        [first, 0, 0, 0, 0 | 1, ..] if first & 0x80 != 0 => Some(Either),
        [first, 0x6b, 0x33, 0x43, 0xcf, ..] if first & 0xc0 == 0xc0 => Some(Either),
        [first, 0xff, 0, 0, _, ..] if first & 0xc0 == 0xc0 => Some(Either),
        // Google's first versions: a flags byte with a connection number.
        [first, _, _, _, _, _, _, _, _, b'Q', b'0', ..] if first & 0x09 == 0x09 => Some(Question),
        [first, _, _, _, _, _, _, _, _, _, ..] if first & 0xc0 == 0x40 => Some(Either),
        _ => None,
    }
}

/// The header of RFC 7296, 3.1: version 1 or 2, and the length of all of it.
fn ike(data: &[u8]) -> Option<Said> {
    let version = data.get(17)? >> 4;
    let length = data.get(24..28)?.first_chunk()?;
    let fits = u32::from_be_bytes(*length) as usize == data.len();
    (matches!(version, 1 | 2) && fits).then_some(Either)
}

/// Code and the length of all of it (RFC 2865, section 3).
fn radius(data: &[u8]) -> Option<Said> {
    let [code, _, high, low, ..] = data else {
        return None;
    };
    if usize::from(u16::from_be_bytes([*high, *low])) > data.len() {
        return None;
    }
    match code {
        1 | 4 | 12 | 40 | 43 => Some(Question),
        2 | 3 | 5 | 11 | 41 | 42 | 44 | 45 => Some(Answer),
        _ => None,
    }
}

/// Version 1 (RFC 5036, 3.1).
fn ldp(data: &[u8]) -> Option<Said> {
    matches!(data, [0, 1, ..] if data.len() >= 10).then_some(Either)
}

/// A line that begins with a reply's three digits, or with a command's word.
fn reply_or_command(data: &[u8]) -> Option<Said> {
    match data {
        [b'1'..=b'5', b'0'..=b'9', b'0'..=b'9', b' ' | b'-', ..] => Some(Answer),
        _ => command(data),
    }
}

/// A line that begins with a word of three letters at least.
fn command(data: &[u8]) -> Option<Said> {
    let word = data
        .split(|byte| matches!(byte, b' ' | b'\r' | b'\n'))
        .next();
    let is_word = word.is_some_and(|word| {
        (3..=16).contains(&word.len()) && word.iter().all(u8::is_ascii_alphanumeric)
    });
    is_word.then_some(Question)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Tcp, Udp};

    fn on_udp(ports: [u16; 2], data: &[u8]) -> Option<(&'static str, Said)> {
        let transport = Transport::Udp(Udp {
            source_port: ports[0],
            destination_port: ports[1],
            length: 8 + data.len() as u16,
            checksum: 0,
        });
        recognise(&transport, data).map(|(service, said)| (service.name(), said))
    }

    fn on_tcp(ports: [u16; 2], data: &[u8]) -> Option<(&'static str, Said)> {
        let transport = Transport::Tcp(Tcp {
            source_port: ports[0],
            destination_port: ports[1],
            sequence: 0,
            acknowledgment: 0,
            flags: Default::default(),
            window: 0,
            checksum: 0,
            options_offset: 0,
            options_captured: 0,
            payload_length: data.len() as u32,
        });
        recognise(&transport, data).map(|(service, said)| (service.name(), said))
    }

    #[test]
    fn a_port_is_a_hint_and_the_bytes_decide() {
        let mut query = vec![0x23];
        query.resize(48, 0);
        assert_eq!(on_udp([40_000, 123], &query), Some(("NTP", Question)));
        assert_eq!(on_udp([40_000, 124], &query), None);
        assert_eq!(on_udp([40_000, 123], &[0xff; 48]), None);
        assert_eq!(on_tcp([25, 40_000], b"220 hi\r\n"), Some(("SMTP", Answer)));
        assert_eq!(on_tcp([25, 40_000], &[0, 1, 2, 3]), None);
        assert_eq!(on_udp([1, 2], b""), None);
    }

    #[test]
    fn bytes_that_are_plain_are_known_on_any_port() {
        let hello = [22, 3, 1, 0, 50, 1, 0, 0, 46];
        assert_eq!(on_tcp([40_000, 9999], &hello), Some(("TLS", Question)));
        let request = b"GET / HTTP/1.1\r\n\r\n";
        assert_eq!(on_tcp([40_000, 9999], request), Some(("HTTP", Question)));
        let ask = b"OPTIONS sip:a@b SIP/2.0\r\n\r\n";
        assert_eq!(on_udp([40_000, 9999], ask), Some(("SIP", Question)));
        let mut binding = vec![1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
        binding.resize(20, 7);
        assert_eq!(on_udp([3478, 40_000], &binding), Some(("STUN", Answer)));
    }

    #[test]
    fn registered_ports_are_in_order_and_no_system_ports() {
        assert!(REGISTERED.is_sorted_by(|a, b| a < b));
        assert!(REGISTERED[0] >= FIRST_TO_CHOOSE);
        assert!(is_service_port(443) && is_service_port(51_820) && !is_service_port(43_462));
    }

    #[test]
    fn every_service_has_a_name_of_its_own_on_each_transport() {
        for row in SERVICES {
            let same = SERVICES.iter().filter(|other| {
                other.name == row.name && other.tcp.is_empty() == row.tcp.is_empty()
            });
            assert_eq!(same.count(), 1, "{}", row.name);
        }
        assert!(SERVICES.len() <= usize::from(u8::MAX));
    }
}
