//! tshark's view of the TLS in a capture.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// The random of a ServerHello that is a HelloRetryRequest (RFC 8446 section 4.1.3).
const RETRY: &str = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";

/// What tshark is asked for of each packet, under `tls` and `dtls` alike.
const ASKED: [&str; 11] = [
    "handshake.type",
    "handshake.version",
    "handshake.random",
    "handshake.ciphersuite",
    "handshake.extensions_server_name",
    "handshake.extensions_alpn_str",
    "handshake.extensions.supported_version",
    "handshake.extension.type",
    "handshake.sig_hash_alg",
    "alert_message.desc",
    "handshake.sig_hash_alg_len",
];

/// A ClientHello in tshark's view. Numbers are those on the wire.
#[derive(Clone, Default)]
pub struct ClientHello {
    pub version: u16,
    pub versions: Vec<u16>,
    pub suites: Vec<u16>,
    pub extensions: Vec<u16>,
    pub schemes: Vec<u16>,
    pub server_name: Option<String>,
    pub alpn: Vec<String>,
    pub is_datagram: bool,
}

/// The TLS of one stream.
#[derive(Default)]
pub struct Stream {
    /// tshark calls something in it TLS.
    pub is_tls: bool,
    pub client_hello: Option<ClientHello>,
    /// The version and the suite of the ServerHello.
    pub chosen: Option<(u16, u16)>,
    pub alpn: Option<String>,
    pub is_certificate_asked: bool,
    pub alerts: Vec<u8>,
}

/// A stream: whether it is of UDP, and tshark's number.
pub type Key = (bool, u64);

/// A capture: its streams, and the stream of each packet.
#[derive(Default)]
pub struct Capture {
    pub streams: BTreeMap<Key, Stream>,
    pub stream_of: BTreeMap<u64, Key>,
}

/// Reads a capture; ports decide only where the bytes do not.
pub fn read(file: &Path) -> Capture {
    let mut command = Command::new("tshark");
    command.args(["-n", "-T", "fields"]);
    command.args(["-E", "separator=/t", "-E", "aggregator=/s"]);
    command.args(["-o", "tcp.try_heuristic_first:TRUE"]);
    command.args(["-o", "tcp.reassemble_out_of_order:TRUE"]);
    command.args(["-Y", "tcp || udp", "-r"]).arg(file);
    for field in [
        "frame.number",
        "tcp.stream",
        "udp.stream",
        "frame.protocols",
    ] {
        command.args(["-e", field]);
    }
    for protocol in ["tls", "dtls"] {
        for field in ASKED {
            command.args(["-e", &format!("{protocol}.{field}")]);
        }
    }
    let output = command.stderr(Stdio::null()).output();
    let output = output.expect("tshark starts (`bash tests/setup` installs it)");
    let mut capture = Capture::default();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let number = |index: usize| columns.get(index)?.split(' ').next_back()?.parse().ok();
        let stream = number(1).map(|it| (false, it));
        let stream = stream.or_else(|| number(2).map(|it| (true, it)));
        let (Some(packet), Some(key)) = (number(0), stream) else {
            continue;
        };
        capture.stream_of.insert(packet, key);
        let protocols: Vec<&str> = columns[3].split(':').collect();
        let stream = capture.streams.entry(key).or_default();
        // Neither what QUIC carries nor what an error of ICMP quotes.
        if protocols.contains(&"quic") || protocols.contains(&"icmp") {
            continue;
        }
        let is_datagram = protocols.contains(&"dtls");
        if !is_datagram && !protocols.contains(&"tls") {
            continue;
        }
        stream.is_tls = true;
        let from = 4 + if is_datagram { ASKED.len() } else { 0 };
        let values = &columns[from.min(columns.len())..];
        stream.take(values, is_datagram);
    }
    capture
}

/// A number as tshark writes it, decimal or in hexadecimal.
fn parsed(text: &str) -> Option<u16> {
    match text.strip_prefix("0x") {
        Some(digits) => u16::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The schemes of the extension `signature_algorithms`. tshark has those of two other
/// extensions in the same field, all in the order of the hello, and how many bytes
/// each list takes.
fn schemes(extensions: &[u16], all: &[u16], bytes: &[u16]) -> Vec<u16> {
    let has_list = |extension: &&u16| matches!(extension, 13 | 34 | 50);
    let lists = extensions.iter().filter(has_list).zip(bytes);
    let mut from = 0;
    for (extension, bytes) in lists {
        let behind = from + usize::from(bytes / 2);
        if *extension == 13 {
            return all.get(from..behind).unwrap_or_default().to_vec();
        }
        from = behind;
    }
    Vec::new()
}

impl Stream {
    fn take(&mut self, columns: &[&str], is_datagram: bool) {
        let texts = |index: usize| {
            let column = columns.get(index).copied().unwrap_or_default();
            column.split(' ').filter(|it| !it.is_empty())
        };
        let numbers = |index: usize| -> Vec<u16> { texts(index).filter_map(parsed).collect() };
        let types = numbers(0);
        let alerts = numbers(9);
        self.alerts.extend(alerts.iter().map(|it| *it as u8));
        self.is_certificate_asked |= types.contains(&13);
        let alpn: Vec<String> = texts(5).map(str::to_owned).collect();
        if types.contains(&1) && self.client_hello.is_none() {
            self.client_hello = Some(ClientHello {
                version: numbers(1).first().copied().unwrap_or_default(),
                versions: numbers(6),
                suites: numbers(3),
                extensions: numbers(7),
                schemes: schemes(&numbers(7), &numbers(8), &numbers(10)),
                server_name: texts(4).next().map(str::to_owned),
                alpn,
                is_datagram,
            });
        } else if types.contains(&2) && !texts(2).any(|it| it == RETRY) && self.chosen.is_none() {
            let version = numbers(6).first().or(numbers(1).first()).copied();
            let suite = numbers(3).first().copied();
            self.chosen = version.zip(suite);
            self.alpn = alpn.into_iter().next();
        }
    }
}
