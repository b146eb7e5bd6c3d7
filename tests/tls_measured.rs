//! The TLS of our conversations against what the peers say themselves, in the
//! `*.measured.json` beside the samples: curl's clock, and what curl, nginx, Python
//! and OpenSSL's client name of what was agreed on. Times may differ by what a
//! process needs to hear of its packets.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use serde_json::Value;

/// Between a packet and the process that waits for it.
const TOLERANCE_MS: f64 = 1.0;

/// OpenSSL's names of suites that the register has another one for.
const SUITES: [(&str, &str); 3] = [
    (
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    ),
    ("AES128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256"),
    (
        "ECDHE-ECDSA-AES256-SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    ),
];

/// A sample of TLS, and what its peers say.
struct Sample {
    name: String,
    conversations: Vec<Value>,
    packets: Vec<Value>,
    measured: Value,
}

impl Sample {
    fn all() -> Vec<Self> {
        let files = files::samples();
        let measured = files.iter().filter_map(|file| {
            let name = file.file_stem()?.to_string_lossy().into_owned();
            let text = std::fs::read_to_string(file.with_extension("measured.json")).ok()?;
            if !name.starts_with("tls-") {
                return None;
            }
            let arguments = ["--packets", "--format", "ndjson"];
            let run = binary::finish(binary::wirenotes().arg("analyze").arg(file).args(arguments));
            Some(Self {
                name,
                conversations: run.records("conversation"),
                packets: run.records("packet"),
                measured: serde_json::from_str(&text).expect("what peers measured is JSON"),
            })
        });
        let found: Vec<_> = measured.collect();
        assert_eq!(found.len(), 14, "samples with measurements");
        found
    }

    /// What a peer says of each connection, and our conversation.
    fn of(&self, peer: &str, port: &str) -> Vec<(&Value, &Value)> {
        let lines = self.measured[peer].as_array().into_iter().flatten();
        let pairs = lines.map(|line| {
            let is_from = |it: &&Value| it["client_port"] == line[port];
            let conversation = self.conversations.iter().find(is_from);
            let missing = || panic!("{}: no conversation for {line}", self.name);
            (line, conversation.unwrap_or_else(missing))
        });
        pairs.collect()
    }

    /// When the first hello of a conversation was sent.
    fn hello_ns(&self, conversation: &Value) -> Option<u64> {
        let hello = self.packets.iter().find(|packet| {
            let annotations = packet["annotations"].as_array();
            let mut kinds = annotations.into_iter().flatten().map(|it| &it["kind"]);
            packet["conversation"] == conversation["number"]
                && kinds.any(|kind| kind == "tls.client_hello")
        });
        hello?["time_ns"].as_u64()
    }
}

/// A version as OpenSSL writes it, in our words.
fn version(theirs: &str) -> String {
    let named = theirs.replace("TLSv", "TLS ");
    match named.contains('.') {
        true => named,
        false => named + ".0",
    }
}

fn suite(theirs: &str) -> &str {
    let known = SUITES.iter().find(|(name, _)| *name == theirs);
    known.map_or(theirs, |(_, ours)| ours)
}

/// Fails unless version and suite are those that the peer names.
#[track_caller]
fn assert_agreed(of: &str, tls: &Value, their_version: &Value, their_suite: &Value) {
    let theirs = their_version.as_str().map(version);
    assert_eq!(tls["version"].as_str(), theirs.as_deref(), "{of}");
    let theirs = their_suite.as_str().map(suite);
    assert_eq!(tls["cipher_suite"].as_str(), theirs, "{of}");
}

#[test]
fn what_was_agreed_on_is_what_the_client_of_openssl_says() {
    let (mut agreed, mut failed) = (0, 0);
    for sample in Sample::all() {
        for (line, conversation) in sample.of("s_client", "client_port") {
            let tls = &conversation["tls"];
            let of = format!("{}: {line}: {tls}", sample.name);
            assert!(!tls.is_null(), "{of}");
            // What ended it, where it was not encrypted.
            let alerts = tls["alerts"].as_array().expect("a list");
            let is_clear = line["version"] != "TLSv1.3";
            if let Some(alert) = line["alert"].as_u64().filter(|_| is_clear) {
                let names = [(40, "handshake_failure"), (70, "protocol_version")];
                let others = [(112, "unrecognized_name"), (0, "")];
                let mut names = names.iter().chain(&others);
                let name = names.find(|(number, _)| *number == alert);
                let name = name.unwrap_or_else(|| panic!("alert {alert}")).1;
                assert!(alerts.iter().any(|it| it["name"] == name), "{of}");
            }
            if line["cipher"].is_null() {
                assert!(tls["handshake_ns"].is_null(), "{of}");
                failed += 1;
                continue;
            }
            assert_agreed(&of, tls, &line["version"], &line["cipher"]);
            let is_resumed = tls["resumed"].as_str().expect("yes or no") != "no";
            assert_eq!(is_resumed, line["reused"] == true, "{of}");
            // Whether it was taken is encrypted: ours may say no more than that it came.
            let early = tls["early_data"].as_str().expect("a word");
            match line["early_data"].as_str() {
                None => assert_eq!(early, "none", "{of}"),
                Some(theirs) => assert!(early == theirs || early == "offered", "{of}"),
            }
            if let Some(key) = line["temporary_key"].as_str() {
                let group = tls["group"].as_str().expect("a group");
                assert!(key.to_lowercase().contains(group), "{of}");
            }
            // In TLS 1.3 the protocol is encrypted.
            match line["version"] == "TLSv1.3" {
                true => assert!(tls["alpn"].is_null(), "{of}"),
                false => assert_eq!(tls["alpn"], line["alpn"], "{of}"),
            }
            // An alert in clear came before it was established.
            let is_established = !tls["handshake_ns"].is_null();
            assert_eq!(is_established, alerts.is_empty(), "{of}");
            agreed += 1;
        }
    }
    assert_eq!((agreed, failed), (29, 9));
}

#[test]
fn what_was_agreed_on_is_what_servers_and_python_say() {
    let mut lines = 0;
    for sample in Sample::all() {
        let of_nginx = sample.of_where("nginx", "client_port", "ssl_protocol");
        for (line, conversation) in of_nginx {
            let tls = &conversation["tls"];
            let of = format!("{}: {line}: {tls}", sample.name);
            assert_agreed(&of, tls, &line["ssl_protocol"], &line["ssl_cipher"]);
            assert_eq!(tls["server_name"], line["ssl_server_name"], "{of}");
            let is_resumed = tls["resumed"].as_str().expect("yes or no") != "no";
            assert_eq!(is_resumed, line["ssl_session_reused"] == "r", "{of}");
            lines += 1;
        }
        for (line, conversation) in sample.of("python", "client_port") {
            let tls = &conversation["tls"];
            let of = format!("{}: {line}: {tls}", sample.name);
            assert_agreed(&of, tls, &line["version"], &line["cipher"]);
            assert_eq!(tls["server_name"], "collars.example.com", "{of}");
            lines += 1;
        }
    }
    assert_eq!(lines, 7);
}

impl Sample {
    /// As [`Sample::of`], of those lines alone that have this member.
    fn of_where(&self, peer: &str, port: &str, member: &str) -> Vec<(&Value, &Value)> {
        let mut pairs = self.of(peer, port);
        pairs.retain(|(line, _)| !line[member].is_null());
        pairs
    }
}

/// curl's clock runs from the end of TCP's handshake, and its library takes a moment
/// before the hello; ours runs from the hello.
#[test]
fn it_takes_as_long_as_curl_measured() {
    let mut lines = 0;
    for sample in Sample::all() {
        for (line, conversation) in sample.of("curl", "local_port") {
            let at = |key: &str| line[key].as_f64().expect("seconds") * 1e3;
            // Not on a connection that is used again; in a tunnel curl's clock stops
            // for the proxy's answer as well.
            let is_tunnel = conversation["server_port"] == 3128;
            if at("time_appconnect") == 0.0 || is_tunnel {
                continue;
            }
            let of = format!("{}: {line}", sample.name);
            let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("{of}"));
            let syn = number(&conversation["start_ns"]);
            let tcp = number(&conversation["tcp"]["handshake"]["syn_to_syn_ack_ns"]);
            let tls = number(&conversation["tls"]["handshake_ns"]);
            let hello = sample.hello_ns(conversation).expect("a hello");
            let ours = (hello + tls - syn - tcp) as f64 / 1e6;
            let theirs = at("time_appconnect") - at("time_connect");
            let difference = (ours - theirs).abs();
            assert!(
                difference <= TOLERANCE_MS,
                "{ours:.3} ms, {theirs:.3}: {of}"
            );
            lines += 1;
        }
    }
    assert_eq!(lines, 4);
}
