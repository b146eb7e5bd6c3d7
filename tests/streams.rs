//! Standard input analysed while it arrives, an interruption, a reader that
//! leaves.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use files::sample;
use serde_json::Value;

/// The binary reading from a pipe, its lines arriving one by one.
struct Running {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

fn start(arguments: &[&str]) -> Running {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wirenotes"))
        .args(arguments)
        .env("LANG", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let output = BufReader::new(child.stdout.take().expect("its output"));
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    Running {
        input: child.stdin.take(),
        child,
        lines,
    }
}

impl Running {
    fn feed(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("its input is open");
        input.write_all(bytes).expect("it reads");
        input.flush().expect("it reads");
    }

    fn record(&self) -> Value {
        let line = self
            .lines
            .recv_timeout(binary::TIME_LIMIT)
            .expect("a record before the end of the input");
        serde_json::from_str(&line).expect("a record is JSON")
    }

    fn end(mut self) -> (ExitStatus, Vec<String>, String) {
        drop(self.input.take());
        self.wait()
    }

    fn wait(mut self) -> (ExitStatus, Vec<String>, String) {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            if start.elapsed() > binary::TIME_LIMIT {
                self.child.kill().expect("a child");
                panic!("it hangs");
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let mut said = String::new();
        let mut errors = self.child.stderr.take().expect("its messages");
        errors.read_to_string(&mut said).expect("messages are text");
        (status, self.lines.iter().collect(), said)
    }
}

#[test]
fn a_stream_is_analysed_while_it_arrives() {
    let bytes = std::fs::read(sample("pet-collar.pcap")).expect("the sample");
    let whole = binary::finish(
        binary::wirenotes()
            .arg("analyze")
            .arg(sample("pet-collar.pcap"))
            .args(["--packets", "--format", "ndjson"]),
    )
    .records("packet");
    let mut running = start(&["analyze", "-", "--packets", "--format", "ndjson"]);
    let (half, rest) = bytes.split_at(bytes.len() / 2);
    running.feed(half);
    let first = running.record();
    assert_eq!(first["number"], 1);
    let second = running.record();
    assert_eq!(
        second, whole[1],
        "a packet's record does not wait for what follows"
    );
    running.feed(rest);
    let (status, lines, said) = running.end();
    assert_eq!(status.code(), Some(0), "{said}");
    let packets = lines
        .iter()
        .filter(|line| line.contains("\"record\":\"packet\""))
        .count();
    assert_eq!(packets + 2, whole.len());
    assert!(
        lines
            .last()
            .is_some_and(|line| line.contains("\"record\":\"summary\""))
    );
}

#[test]
fn the_same_from_a_stream_as_from_a_file() {
    for name in [
        "pet-collar.pcap",
        "pet-collar.pcap.gz",
        "pet-collar.pcap.zst",
    ] {
        let bytes = std::fs::read(sample(name)).expect("the sample");
        let mut running = start(&["analyze", "-", "--packets", "--format", "ndjson"]);
        running.feed(&bytes);
        let (status, lines, said) = running.end();
        assert_eq!(status.code(), Some(0), "{name}: {said}");
        let file = binary::finish(binary::wirenotes().arg("analyze").arg(sample(name)).args([
            "--packets",
            "--format",
            "ndjson",
        ]));
        let expected: Vec<_> = file.stdout.lines().collect();
        // The summary names its file; all before is equal.
        let last = expected.len() - 1;
        assert_eq!(lines[..last], expected[..last], "{name}");
    }
}

#[test]
fn an_interrupted_stream_is_still_reported() {
    let bytes = std::fs::read(sample("pet-collar.pcap")).expect("the sample");
    for format in ["ndjson", "json", "text"] {
        let mut running = start(&["analyze", "-", "--packets", "--format", format]);
        running.feed(&bytes[..bytes.len() / 2]);
        if format == "ndjson" {
            assert_eq!(running.record()["number"], 1);
        } else {
            std::thread::sleep(Duration::from_millis(500));
        }
        let interrupted = Command::new("sh")
            .args(["-c", &format!("kill -INT {}", running.child.id())])
            .status()
            .expect("a shell");
        assert!(interrupted.success());
        // The input stays open: it is the signal that ends it.
        let input = running.input.take();
        let (status, lines, said) = running.wait();
        drop(input);
        assert_eq!(status.code(), Some(130), "{format}: {said}");
        let text = lines.join("\n");
        match format {
            "ndjson" => assert!(text.contains("\"record\":\"summary\""), "{text}"),
            "json" => {
                let document: Value = serde_json::from_str(&text).expect("a whole document");
                assert!(
                    document["summary"]["packets"].as_u64() > Some(2),
                    "{document}"
                );
            }
            _ => assert!(!text.is_empty()),
        }
    }
}

#[test]
fn a_reader_that_leaves_ends_it_quietly() {
    for format in ["text", "json", "ndjson"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wirenotes"))
            .arg("analyze")
            .arg(sample("loss.pcap"))
            .args(["--packets", "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a first line");
        drop(output);
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{format}: {said}");
        assert!(said.is_empty(), "{format}: {said}");
    }
}

#[test]
fn an_empty_stream_says_so() {
    let running = start(&["analyze", "-"]);
    let (status, _, said) = running.end();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("standard input"), "{said}");
}
