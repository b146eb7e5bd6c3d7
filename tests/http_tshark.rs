//! HTTP against tshark: the requests and responses of each TCP stream in their
//! order, which response answers which request, and after what time; and nothing is
//! HTTP to us alone. Every difference must be explained in `http_tshark/explained.rs`.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/differences.rs"]
mod differences;
#[path = "http_tshark/explained.rs"]
mod explained;
#[path = "common/files.rs"]
mod files;
#[path = "http_tshark/theirs.rs"]
mod theirs;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use differences::{Count, Difference, short_name};
use explained::REASONS;
use serde_json::Value;

/// Of the samples alone so many values are compared.
const COMPARED_AT_LEAST: u64 = 300;

#[test]
fn messages_and_pairs_are_those_of_tshark() {
    let compare_file = |file: &Path, count: &Mutex<Count>| {
        let ours = Ours::read(file);
        if ours.exchanges.is_empty() && !names_http(file) {
            return;
        }
        let theirs = theirs::read(file);
        let mut count = count.lock().expect("no other thread failed");
        compare(file, &ours, &theirs, &mut count);
    };
    Count::of_all(compare_file, REASONS, COMPARED_AT_LEAST);
}

/// Whether HTTP can be in the file; where its packets are compressed, ours says.
fn names_http(file: &Path) -> bool {
    let bytes = std::fs::read(file).expect("a capture");
    memchr::memmem::find(&bytes, b"HTTP/1.").is_some()
}

/// Our exchanges of a capture.
struct Ours {
    exchanges: Vec<Value>,
}

impl Ours {
    fn read(file: &Path) -> Self {
        let arguments = [
            "--format",
            "ndjson",
            "--secrets",
            "show",
            "--only",
            "exchange",
        ];
        let run = binary::finish(binary::wirenotes().arg("analyze").arg(file).args(arguments));
        Self {
            exchanges: run.records("exchange"),
        }
    }

    /// By the stream in which tshark has the packet.
    fn by_stream(&self, theirs: &theirs::Capture) -> BTreeMap<Option<u64>, Vec<&Value>> {
        let mut streams: BTreeMap<Option<u64>, Vec<&Value>> = BTreeMap::new();
        for exchange in &self.exchanges {
            let messages = [&exchange["request"], &exchange["response"]];
            let packet = messages.iter().find_map(|it| it["packets"][0].as_u64());
            let stream = packet.and_then(|packet| theirs.stream_of.get(&packet));
            streams.entry(stream.copied()).or_default().push(exchange);
        }
        streams
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The field Content-Length of these messages, where they have one.
fn lengths(messages: &[&Value]) -> Vec<String> {
    let fields = messages.iter().flat_map(|it| it["headers"].as_array());
    let lengths = fields.flatten().filter(|field| {
        let name = field["name"].as_str().unwrap_or_default();
        name.eq_ignore_ascii_case("content-length")
    });
    lengths.map(|field| text(&field["value"])).collect()
}

fn compare(file: &Path, ours: &Ours, theirs: &theirs::Capture, count: &mut Count) {
    let file = short_name(file);
    let by_stream = ours.by_stream(theirs);
    let empty = theirs::Stream::default();
    let none = Vec::new();
    let streams = theirs.streams.keys().map(|it| Some(*it));
    let mut all: Vec<Option<u64>> = streams.chain(by_stream.keys().copied()).collect();
    all.sort_unstable();
    all.dedup();
    for stream in all {
        let their = stream
            .and_then(|it| theirs.streams.get(&it))
            .unwrap_or(&empty);
        let our = by_stream.get(&stream).unwrap_or(&none);
        let mut differ = |field, ours: String, theirs: String| {
            count.differences.push(Difference {
                file: file.clone(),
                stream: stream.unwrap_or(u64::MAX),
                field,
                ours,
                theirs,
            });
        };
        if !our.is_empty() && !their.is_http {
            differ("is HTTP", "yes".to_owned(), "no".to_owned());
            continue;
        }
        let mut asked: Vec<&&Value> = our.iter().filter(|it| !it["request"].is_null()).collect();
        asked.sort_by_key(|it| it["index"].as_u64());
        let requests: Vec<&Value> = asked.iter().map(|it| &it["request"]).collect();
        let responses: Vec<&Value> = our
            .iter()
            .map(|it| &it["response"])
            .filter(|it| !it.is_null())
            .collect();
        let of_requests =
            |key: &str| -> Vec<String> { requests.iter().map(|it| text(&it[key])).collect() };
        let codes: Vec<String> = responses
            .iter()
            .flat_map(|it| {
                let before = it["informational"].as_array().into_iter().flatten();
                before.chain([*it]).map(|it| text(&it["status"]))
            })
            .collect();
        let their_codes: Vec<String> = their.responses.iter().map(|it| it.code.clone()).collect();
        let sequences = [
            ("http.request.method", of_requests("method"), &their.methods),
            ("http.request.uri", of_requests("target"), &their.targets),
            ("http.response.code", codes, &their_codes),
            (
                "length of a request",
                lengths(&requests),
                &their.request_lengths,
            ),
            (
                "length of a response",
                lengths(&responses),
                &their.response_lengths,
            ),
        ];
        for (field, ours, theirs) in sequences {
            for index in 0..ours.len().max(theirs.len()) {
                match (ours.get(index), theirs.get(index)) {
                    (Some(ours), Some(theirs)) if ours == theirs => {
                        *count.agreed.entry(field).or_default() += 1;
                    }
                    (ours, theirs) => {
                        let told = |it: Option<&String>| it.cloned().unwrap_or_default();
                        differ(field, told(ours), told(theirs));
                    }
                }
            }
        }
        for exchange in our {
            let (request, response) = (&exchange["request"], &exchange["response"]);
            let Some(pair) = Pair::of(request, response) else {
                continue;
            };
            let head = |it: &&theirs::Response| {
                (pair.response.0..=pair.response.1).contains(&it.packet)
                    && it.code == text(&response["status"])
            };
            let Some((their, (asked, took))) = their
                .responses
                .iter()
                .find(head)
                .and_then(|it| Some((it, it.answers?)))
            else {
                continue;
            };
            if (pair.request.0..=pair.request.1).contains(&asked) {
                *count.agreed.entry("http.request_in").or_default() += 1;
            } else {
                differ(
                    "http.request_in",
                    format!("{:?}", pair.request),
                    asked.to_string(),
                );
                continue;
            }
            // Each head in one packet, so that both speak of the same two.
            let is_plain = pair.request.0 == pair.request.1 && their.packet == pair.response.0;
            let Some(wait) = exchange["timing_ns"]["wait"].as_u64().filter(|_| is_plain) else {
                continue;
            };
            // To the microsecond, which is the unit of most captures.
            let took = (took * 1e9).round() as u64;
            if wait.abs_diff(took) < 1000 {
                *count.agreed.entry("http.time").or_default() += 1;
            } else {
                differ("http.time", wait.to_string(), took.to_string());
            }
        }
    }
}

/// The first and the last packet of both messages.
struct Pair {
    request: (u64, u64),
    response: (u64, u64),
}

impl Pair {
    fn of(request: &Value, response: &Value) -> Option<Self> {
        let both = |message: &Value| {
            let packets = message["packets"].as_array()?;
            Some((packets.first()?.as_u64()?, packets.last()?.as_u64()?))
        };
        Some(Self {
            request: both(request)?,
            response: both(response)?,
        })
    }
}
