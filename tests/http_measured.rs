//! The phases of our exchanges against what the peers measured themselves, in the
//! `*.measured.json` beside the samples: curl's clock, nginx's log, a client in
//! Python. A phase may differ by what a process needs to hear of its packets; sizes
//! have to be the same.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::collections::HashMap;
use std::path::PathBuf;

use serde_json::Value;

/// Between a packet and the process that waits for it.
const TOLERANCE_MS: f64 = 1.0;

/// A sample's exchanges, and what its peers say.
struct Sample {
    name: String,
    exchanges: Vec<Value>,
    /// By the number of the conversation.
    client_ports: HashMap<u64, u64>,
    measured: Value,
}

impl Sample {
    fn all() -> Vec<Self> {
        let files = files::samples();
        let is_http = |file: &&PathBuf| {
            let name = file.file_name().unwrap_or_default();
            name.to_string_lossy().starts_with("http")
        };
        let measured = files.iter().filter(is_http).filter_map(|file| {
            let text = std::fs::read_to_string(file.with_extension("measured.json")).ok()?;
            let arguments = ["--format", "ndjson", "--secrets", "show"];
            let run = binary::finish(binary::wirenotes().arg("analyze").arg(file).args(arguments));
            let ports = run
                .records("conversation")
                .into_iter()
                .filter_map(|it| Some((it["number"].as_u64()?, it["client_port"].as_u64()?)));
            Some(Self {
                name: file.file_stem()?.to_string_lossy().into_owned(),
                exchanges: run.records("exchange"),
                client_ports: ports.collect(),
                measured: serde_json::from_str(&text).expect("what peers measured is JSON"),
            })
        });
        let found: Vec<_> = measured.collect();
        assert_eq!(found.len(), 10, "samples with measurements");
        found
    }

    /// What a peer says of each exchange.
    fn of(&self, peer: &str) -> impl Iterator<Item = &Value> {
        self.measured[peer].as_array().into_iter().flatten()
    }

    /// The exchanges of the connection from this port, in their order.
    fn on_port(&self, port: &Value) -> Vec<&Value> {
        let is_from = |it: &&Value| {
            let conversation = it["conversation"].as_u64().unwrap_or_default();
            self.client_ports.get(&conversation).copied() == port.as_u64()
        };
        self.exchanges.iter().filter(is_from).collect()
    }

    /// curl's lines, each with its exchange: the next of its connection; behind a
    /// tunnel the one in it.
    fn of_curl(&self) -> Vec<(&Value, &Value)> {
        let mut asked: HashMap<u64, usize> = HashMap::new();
        let pairs = self.of("curl").map(|line| {
            let port = &line["local_port"];
            let all = self.on_port(port);
            let next = asked.entry(port.as_u64().expect("a port")).or_default();
            let is_tunnel = |it: &&&Value| it["request"]["method"] == "CONNECT";
            let tunnels = all.iter().filter(is_tunnel).count();
            let index = *next + usize::from(tunnels > 0 && all.len() > 1);
            *next += 1;
            let ours = all.get(index);
            (
                line,
                *ours.unwrap_or_else(|| panic!("{}: {line}", self.name)),
            )
        });
        pairs.collect()
    }
}

fn seconds(line: &Value, key: &str) -> f64 {
    line[key]
        .as_f64()
        .unwrap_or_else(|| panic!("{key} in {line}"))
}

fn milliseconds(nanoseconds: &Value) -> Option<f64> {
    nanoseconds.as_f64().map(|it| it / 1e6)
}

/// From the first byte of the request to the last of the response.
fn total_ms(exchange: &Value) -> Option<f64> {
    let start = exchange["request"]["start_ns"].as_u64()?;
    let end = exchange["response"]["end_ns"].as_u64()?;
    Some((end - start) as f64 / 1e6)
}

/// What was compared, by phase, and what differed.
#[derive(Default)]
struct Compared {
    phases: HashMap<&'static str, u32>,
    differences: Vec<String>,
}

impl Compared {
    fn phase(&mut self, of: &str, phase: &'static str, ours: Option<f64>, theirs: f64) {
        *self.phases.entry(phase).or_default() += 1;
        let is_near = ours.is_some_and(|ours| (ours - theirs).abs() <= TOLERANCE_MS);
        if !is_near {
            let difference = format!("{of}: {phase} {ours:?} ms, measured {theirs:.3} ms");
            self.differences.push(difference);
        }
    }

    #[track_caller]
    fn assert_none(&self) {
        assert!(self.differences.is_empty(), "{:#?}", self.differences);
    }
}

#[test]
fn phases_are_those_that_curl_measured() {
    let mut compared = Compared::default();
    for sample in Sample::all() {
        for (line, ours) in sample.of_curl() {
            let of = format!("{} exchange {}", sample.name, ours["number"]);
            let timing = &ours["timing_ns"];
            let told = |key: &str| milliseconds(&timing[key]);
            let at = |key: &str| seconds(line, key) * 1e3;
            // A name from a table of its own takes no time, and no packet.
            if at("time_namelookup") > 1.0 {
                compared.phase(&of, "dns", told("dns"), at("time_namelookup"));
            } else {
                assert_eq!(told("dns"), None, "{of}");
            }
            if at("time_connect") > 0.0 {
                let connect = at("time_connect") - at("time_namelookup");
                compared.phase(&of, "connect", told("connect"), connect);
            } else if ours["index"] != 1 {
                assert_eq!(told("connect"), None, "{of}");
            }
            // curl takes the 100 for the first byte; without an answer there is none.
            let informational = &ours["response"]["informational"];
            let is_whole = ours["complete"] == true;
            let is_answered = is_whole && at("time_starttransfer") > 0.0;
            if is_answered && informational.as_array().is_some_and(Vec::is_empty) {
                let wait = at("time_starttransfer") - at("time_pretransfer");
                let sent = told("send").unwrap_or_default();
                let ours = told("wait").map(|it| it + sent);
                compared.phase(&of, "wait", ours, wait);
            }
            if is_answered {
                let total = at("time_total") - at("time_pretransfer");
                compared.phase(&of, "total", total_ms(ours), total);
            }
        }
    }
    compared.assert_none();
    let of = |phase| compared.phases.get(phase).copied();
    let counts = ["dns", "connect", "wait", "total"].map(of);
    assert_eq!(counts, [Some(1), Some(14), Some(31), Some(32)]);
}

#[test]
fn phases_are_those_that_a_client_with_three_requests_at_once_measured() {
    let mut compared = Compared::default();
    for sample in Sample::all() {
        let lines: Vec<_> = sample.of("python").collect();
        if lines.iter().any(|line| line["time_total"].is_null()) {
            continue;
        }
        for (line, ours) in lines.iter().zip(&sample.exchanges) {
            let of = format!("{} exchange {}", sample.name, ours["number"]);
            assert_eq!(line["uri"], ours["request"]["target"], "{of}");
            let wait = milliseconds(&ours["timing_ns"]["wait"]);
            let measured = seconds(line, "time_starttransfer") * 1e3;
            compared.phase(&of, "wait", wait, measured);
            let measured = seconds(line, "time_total") * 1e3;
            compared.phase(&of, "total", total_ms(ours), measured);
        }
    }
    compared.assert_none();
    assert_eq!(compared.phases.get("total"), Some(&3));
}

/// nginx's lines, each with its exchange; not those of requests that it refuses:
/// such a line reaches up to the close.
fn of_nginx(sample: &Sample) -> Vec<(&Value, &Value)> {
    let lines = sample.of("nginx").filter(|line| line["status"] != 400);
    let pairs = lines.filter_map(|line| {
        let index = &line["connection_requests"];
        let mut ours = sample.on_port(&line["client_port"]).into_iter();
        // Behind a proxy nginx sees the proxy's port.
        let found = ours.find(|it| it["index"] == *index)?;
        Some((line, found))
    });
    pairs.collect()
}

#[test]
fn the_server_took_what_is_left_without_the_way_there_and_back() {
    let mut compared = Compared::default();
    for sample in Sample::all() {
        // The shortest round trip of the sample.
        let trips = sample.exchanges.iter().flat_map(|it| {
            let timing = &it["timing_ns"];
            [&timing["connect"], &timing["wait"]].map(milliseconds)
        });
        let trip = trips.flatten().fold(f64::INFINITY, f64::min);
        for (line, ours) in of_nginx(&sample) {
            let is_alone = ours["complete"] == true && ours["timing_ns"]["blocked"].is_null();
            if !is_alone {
                continue;
            }
            let of = format!("{} exchange {}", sample.name, ours["number"]);
            let took = total_ms(ours).map(|total| total - trip);
            let measured = seconds(line, "request_time") * 1e3;
            compared.phase(&of, "request_time", took, measured);
        }
    }
    compared.assert_none();
    assert_eq!(compared.phases.get("request_time"), Some(&29));
}

/// Bytes of the head and, where `body` says so, of the body.
fn bytes(message: &Value, body: bool) -> u64 {
    let part = |key: &str| message[key].as_u64().unwrap_or_default();
    part("head_bytes") + if body { part("body_bytes") } else { 0 }
}

/// What the heads of answers before the answer take: all are nginx's 100.
fn informational_bytes(exchange: &Value) -> u64 {
    let all = exchange["response"]["informational"].as_array();
    let head = "HTTP/1.1 100 Continue\r\n\r\n".len();
    (all.map_or(0, Vec::len) * head) as u64
}

/// What one chunk and the last one take beside their bytes (RFC 9112 section 7.1).
fn framing(message: &Value) -> u64 {
    if message["body_ends_by"] != "chunked" {
        return 0;
    }
    let size = message["body_bytes"].as_u64().unwrap_or_default();
    (format!("{size:x}\r\n").len() + "\r\n0\r\n\r\n".len()) as u64
}

#[test]
fn sizes_are_those_that_curl_counted() {
    let mut lines = 0;
    for sample in Sample::all() {
        for (line, ours) in sample.of_curl() {
            let of = format!("{} exchange {}: {line}", sample.name, ours["number"]);
            let counted = |key: &str| line[key].as_u64().expect("a size");
            let (request, response) = (&ours["request"], &ours["response"]);
            // What it sent and got to have its tunnel is in curl's sizes.
            let tunnel = sample.on_port(&line["local_port"])[0];
            let tunnel = Some(tunnel).filter(|it| {
                it["request"]["method"] == "CONNECT" && it["number"] != ours["number"]
            });
            let of_tunnel = |part: &str| tunnel.map_or(0, |it| bytes(&it[part], false));
            let heads = of_tunnel("response") + informational_bytes(ours);
            assert_eq!(
                heads + bytes(response, false),
                counted("size_header"),
                "{of}"
            );
            // curl has no use for the body of a proxy's refusal.
            if line["response_code"] != 0 {
                let body = bytes(response, true) - bytes(response, false);
                assert_eq!(body, counted("size_download"), "{of}");
            }
            let body = bytes(request, true) - bytes(request, false) + framing(request);
            assert_eq!(body, counted("size_upload"), "{of}");
            // A body that is sent with its head is in curl's size of the request.
            let head = of_tunnel("request") + bytes(request, false);
            let sizes = [head, head + body];
            assert!(sizes.contains(&counted("size_request")), "{sizes:?}: {of}");
            lines += 1;
        }
    }
    assert_eq!(lines, 37);
}

#[test]
fn sizes_are_those_that_nginx_counted() {
    let mut lines = 0;
    for sample in Sample::all() {
        for (line, ours) in of_nginx(&sample) {
            let of = format!("{} exchange {}: {line}", sample.name, ours["number"]);
            let (request, response) = (&ours["request"], &ours["response"]);
            assert_eq!(line["uri"], request["target"], "{of}");
            assert_eq!(line["status"], response["status"], "{of}");
            // The body of a request whose answer does not need it is not in it.
            let asked = [
                bytes(request, false),
                bytes(request, true) + framing(request),
            ];
            let counted = line["request_length"].as_u64().expect("a size");
            assert!(asked.contains(&counted), "{asked:?}: {of}");
            // Three chunks and a trailer: their framing is not in our records.
            let is_several =
                ours["response"]["body_ends_by"] == "chunked" && request["target"] == "/log";
            if !is_several {
                let sent = informational_bytes(ours) + bytes(response, true) + framing(response);
                assert_eq!(line["bytes_sent"], sent, "{of}");
            }
            lines += 1;
        }
    }
    assert_eq!(lines, 32);
}
