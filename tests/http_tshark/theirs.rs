//! tshark's view of the HTTP in a capture.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

/// What tshark is asked for, of each packet with TCP.
const ASKED: [&str; 8] = [
    "frame.number",
    "tcp.stream",
    "http.request.method",
    "http.request.uri",
    "http.response.code",
    "http.content_length_header",
    "http.request_in",
    "http.time",
];

/// A response in tshark's view.
pub struct Response {
    /// The packet in which its head ends.
    pub packet: u64,
    pub code: String,
    /// The packet of its request, and how long after that it came.
    pub answers: Option<(u64, f64)>,
}

/// The HTTP of one TCP stream, in the order of its packets.
#[derive(Default)]
pub struct Stream {
    pub methods: Vec<String>,
    pub targets: Vec<String>,
    pub responses: Vec<Response>,
    pub request_lengths: Vec<String>,
    pub response_lengths: Vec<String>,
    /// tshark calls something in it HTTP.
    pub is_http: bool,
}

/// A capture: its streams, and the stream of each packet.
#[derive(Default)]
pub struct Capture {
    pub streams: BTreeMap<u64, Stream>,
    pub stream_of: BTreeMap<u64, u64>,
}

/// Reads a capture. Heads are joined from their segments, bodies are not, so that a
/// time is that of a head.
pub fn read(file: &Path) -> Capture {
    let mut command = Command::new("tshark");
    command.args([
        "-n",
        "-T",
        "fields",
        "-E",
        "separator=/t",
        "-E",
        "aggregator=/s",
    ]);
    command.args(["-o", "http.desegment_body:FALSE"]);
    command.args(["-o", "tcp.reassemble_out_of_order:TRUE"]);
    command.args(["-Y", "tcp", "-r"]).arg(file);
    for field in ASKED {
        command.args(["-e", field]);
    }
    command.args(["-e", "frame.protocols"]);
    let output = command.stderr(Stdio::null()).output();
    let output = output.expect("tshark starts (`bash tests/setup` installs it)");
    let mut capture = Capture::default();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let all = |index: usize| -> Vec<String> {
            let values = columns.get(index).copied().unwrap_or_default();
            values
                .split(' ')
                .filter(|it| !it.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let number = |index| all(index).first().and_then(|it: &String| it.parse().ok());
        let (Some(packet), Some(stream)) = (number(0), number(1)) else {
            continue;
        };
        capture.stream_of.insert(packet, stream);
        let stream = capture.streams.entry(stream).or_default();
        let protocols = columns.last().copied().unwrap_or_default();
        stream.is_http |= protocols.split(':').any(|it| it == "http");
        let (methods, codes) = (all(2), all(4));
        let lengths = match methods.is_empty() {
            true => &mut stream.response_lengths,
            false => &mut stream.request_lengths,
        };
        lengths.extend(all(5));
        stream.methods.extend(methods);
        stream.targets.extend(all(3));
        let (requests, times) = (all(6), all(7));
        let is_paired = requests.len() == codes.len() && times.len() == codes.len();
        for (index, code) in codes.into_iter().enumerate() {
            let answers = is_paired
                .then(|| Some((requests[index].parse().ok()?, times[index].parse().ok()?)));
            stream.responses.push(Response {
                packet,
                code,
                answers: answers.flatten(),
            });
        }
    }
    capture
}
