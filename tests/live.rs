//! Live capture in network namespaces, with real kernels talking: what is said
//! of each packet, what becomes of a flood, how soon a line is there, what is
//! refused, which user the process becomes, how it ends (`tests/live/run.py`
//! does it and measures). What was measured is printed, passing or not.
//!
//! Needs Linux, root, python3, iproute2, ethtool, nftables and tshark.

#[path = "common/binary.rs"]
mod binary;

use std::io::{BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use binary::{Run, finish, wirenotes};
use serde_json::Value;
use tempfile::TempDir;

/// Scenarios run one at a time: they measure.
static ALONE: Mutex<()> = Mutex::new(());

/// What a scenario left.
struct Scenario {
    folder: TempDir,
    result: Value,
}

impl Scenario {
    fn run(arguments: &[&str]) -> Self {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().expect("a temporary folder");
        // Other users than this one are to run the program.
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).expect("its permissions");
        let program = folder.path().join("wirenotes");
        std::fs::copy(env!("CARGO_BIN_EXE_wirenotes"), &program).expect("a copy of the binary");
        let output = Command::new("python3")
            .arg("-B")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/run.py"))
            .args([&program, folder.path()])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("the scenarios need python3");
        assert!(
            output.status.success(),
            "{arguments:?} did not run (it needs root and network namespaces):\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        let result = std::fs::read(folder.path().join("result.json")).expect("a result");
        let result = serde_json::from_slice(&result).expect("a result in JSON");
        Self { folder, result }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// What a program said and how it ended.
fn run(of: &Value) -> Run {
    let text = |key: &str| of[key].as_str().unwrap_or_default().to_owned();
    Run {
        status: of["status"].as_i64().map(|status| status as i32),
        stdout: text("stdout"),
        stderr: text("stderr"),
    }
}

/// Prints past the test harness, which would keep it to itself.
fn print(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("no number: {value}"))
}

fn summary(run: &Run) -> Value {
    let mut summaries = run.records("summary");
    assert_eq!(summaries.len(), 1, "{}", run.stderr);
    summaries.remove(0)
}

/// Point 1.
fn annotated_as_the_file_is(interface: &str) {
    let scenario = Scenario::run(&["talk", interface]);
    let live = run(&scenario.result);
    live.assert_status(0);
    let file = scenario.path("written.pcapng");
    let packets = live.records("packet");
    let file_name = file.to_string_lossy();
    let mut analyze = wirenotes();
    let analyze = finish(analyze.args(["analyze", &file_name, "--packets", "--format", "ndjson"]));
    analyze.assert_status(0);
    for kind in ["packet", "finding", "conversation"] {
        let (live, mut file) = (live.records(kind), analyze.records(kind));
        assert_eq!(live.len(), file.len(), "{kind} on {interface}");
        for (live, file) in live.iter().zip(&mut file) {
            // Our own remarks, which the file has as a comment.
            if let Some(file) = file.as_object_mut() {
                file.remove("comment");
            }
            assert_eq!(live, file, "on {interface}");
        }
    }

    let annotations = |packet: &Value| packet["annotations"].as_array().cloned();
    let all: Vec<Value> = packets.iter().filter_map(annotations).flatten().collect();
    let mut kinds: Vec<_> = all.iter().filter_map(|it| it["kind"].as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    print(&format!(
        "live on {interface}: {} packets, {} annotations of {} kinds",
        packets.len(),
        all.len(),
        kinds.len()
    ));
    assert!(all.len() >= 20 && kinds.len() >= 8, "{kinds:?}");
    let summary = summary(&live);
    assert_eq!(summary["interface"], interface);
    assert_eq!(number(&summary["received"]), packets.len() as u64);
    assert!(!live.stdout.contains("capture.dropped"));

    let comments = comments_in_tshark(&file);
    assert_eq!(comments.len(), packets.len());
    for (packet, comment) in packets.iter().zip(comments) {
        for annotation in annotations(packet).unwrap_or_default() {
            let text = annotation["text"].as_str().unwrap_or_default();
            let kind = annotation["kind"].as_str().unwrap_or_default();
            assert!(
                comment.contains(kind) && comment.contains(text),
                "no {kind} in tshark's {comment:?}"
            );
        }
    }
}

fn comments_in_tshark(file: &Path) -> Vec<String> {
    let output = Command::new("tshark")
        .args(["-n", "-T", "fields", "-e", "frame.comment", "-r"])
        .arg(file)
        .output()
        .expect("tshark");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("its output is UTF-8");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn on_a_veth_it_says_what_analyze_says_of_the_file() {
    annotated_as_the_file_is("eth0");
}

#[test]
fn on_loopback_it_says_what_analyze_says_of_the_file() {
    annotated_as_the_file_is("lo");
}

#[test]
fn on_any_it_says_what_analyze_says_of_the_file() {
    annotated_as_the_file_is("any");
}

/// Point 2.
fn flooded(rate: u64, seconds: u64, more: &[&str]) -> Flood {
    let (rate, seconds) = (rate.to_string(), seconds.to_string());
    let mut arguments = vec!["flood", rate.as_str(), seconds.as_str()];
    arguments.extend(more);
    let scenario = Scenario::run(&arguments);
    let live = run(&scenario.result);
    live.assert_status(0);
    let document: Value = serde_json::from_str(&live.stdout).expect("one document");
    let summary = &document["summary"];
    let flood = Flood {
        arrived: number(&scenario.result["arrived"]),
        packets: number(&summary["packets"]),
        received: number(&summary["received"]),
        by_kernel: number(&summary["dropped_by_kernel"]),
        by_us: number(&summary["dropped_by_us"]),
        memory: scenario.result["memory"]
            .as_array()
            .expect("samples")
            .iter()
            .map(|sample| number(&sample[0]))
            .collect(),
        told: document["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .any(|finding| finding["kind"] == "capture.dropped"),
    };
    print(&format!(
        "flood of {rate}/s for {seconds} s {more:?}: {} sent in {:.1} s, {} arrived, {} annotated, \
         {} dropped by the kernel, {} by wirenotes ({:.3} %); resident {:?} kB",
        scenario.result["sent"],
        scenario.result["took"].as_f64().unwrap_or_default(),
        flood.arrived,
        flood.packets,
        flood.by_kernel,
        flood.by_us,
        flood.dropped() * 100.0,
        flood.memory,
    ));
    assert_eq!(scenario.result["sent"], flood.arrived);
    // What the interface counted is all there, annotated or counted as lost.
    assert_eq!(flood.packets + flood.by_kernel + flood.by_us, flood.arrived);
    assert_eq!(flood.received, flood.arrived);
    assert_eq!(flood.told, flood.by_kernel + flood.by_us > 0);
    flood
}

struct Flood {
    arrived: u64,
    packets: u64,
    received: u64,
    by_kernel: u64,
    by_us: u64,
    memory: Vec<u64>,
    told: bool,
}

impl Flood {
    fn dropped(&self) -> f64 {
        (self.by_kernel + self.by_us) as f64 / self.arrived.max(1) as f64
    }

    fn assert_flat(&self) {
        let first = self.memory.first().copied().expect("samples");
        for sample in &self.memory {
            let off = sample.abs_diff(first) as f64 / first as f64;
            assert!(off <= 0.1, "memory is not flat: {:?} kB", self.memory);
        }
    }
}

#[test]
fn nothing_of_a_flood_is_lost_without_being_counted() {
    let flood = flooded(200_000, 10, &[]);
    // A build without optimization is several times slower, and may lose some.
    if !cfg!(debug_assertions) {
        assert!(flood.dropped() <= 0.01);
        flood.assert_flat();
    }
}

#[test]
fn a_rate_that_it_can_follow_loses_nothing_and_takes_no_memory() {
    // A build without optimization is several times slower.
    let rate = if cfg!(debug_assertions) {
        10_000
    } else {
        50_000
    };
    let flood = flooded(rate, 6, &[]);
    assert!(flood.dropped() <= 0.01);
    flood.assert_flat();
}

#[test]
fn what_the_kernel_drops_is_counted_too() {
    // A ring of one block is full whenever it is not emptied at once.
    let flood = flooded(200_000, 3, &["-B", "256"]);
    assert!(flood.by_kernel > 0, "nothing was dropped by the kernel");
}

#[test]
fn a_reader_that_stands_still_does_not_hold_the_capture_up() {
    let scenario = Scenario::run(&["stalled"]);
    let summary = &scenario.result["summary"];
    let count = |key: &str| number(&summary[key]);
    print(&format!(
        "a reader that stands still: {} sent, {} annotated, {} dropped by the kernel, {} by wirenotes",
        scenario.result["sent"],
        count("packets"),
        count("dropped_by_kernel"),
        count("dropped_by_us"),
    ));
    assert_eq!(scenario.result["status"], 0);
    assert_eq!(summary["received"], scenario.result["sent"]);
    assert_eq!(
        count("packets") + count("dropped_by_kernel") + count("dropped_by_us"),
        count("received")
    );
    assert!(count("dropped_by_us") > count("dropped_by_kernel"));
    assert_eq!(summary["kinds"]["capture.dropped"], 1);
}

#[test]
fn a_leak_is_told_while_it_lasts_as_the_kernel_counts_it() {
    let scenario = Scenario::run(&["leak"]);
    let said = scenario.result["said"].as_str().unwrap_or_default();
    let count = number(&scenario.result["close_wait"]);
    assert_eq!(count, 20);
    let last = said.rsplit("So far").next().unwrap_or_default();
    let expected = format!("! {count} of 50 connections to 10.0.0.2:8000 are left in CLOSE_WAIT");
    assert!(last.contains(&expected), "{said}");
    // Nothing is ticked off that is not judged yet.
    assert!(!last.contains('✓'), "{said}");
    let ended = run(&scenario.result["run"]);
    ended.assert_status(0);
    assert!(ended.stdout.contains(&expected), "{}", ended.stdout);
}

#[test]
fn an_idle_interface_moves_the_captures_clock() {
    let scenario = Scenario::run(&["expiry"]);
    // The finding was said before the end, of what happened before.
    let said = scenario.result["said"].as_str().unwrap_or_default();
    assert!(
        said.contains("arp.unanswered") && !said.contains("\"summary\""),
        "{said}"
    );
    run(&scenario.result).assert_status(0);
}

#[test]
fn a_line_is_there_within_100_milliseconds() {
    let scenario = Scenario::run(&["latency"]);
    let took = scenario.result["took"].as_array().expect("times");
    let mut took: Vec<f64> = took.iter().filter_map(Value::as_f64).collect();
    took.sort_by(f64::total_cmp);
    let milliseconds = |index: usize| took[index] * 1e3;
    print(&format!(
        "a line through a pipe: {} packets, median {:.1} ms, 90 % {:.1} ms, longest {:.1} ms",
        took.len(),
        milliseconds(took.len() / 2),
        milliseconds(took.len() * 9 / 10),
        milliseconds(took.len() - 1),
    ));
    assert_eq!(took.len(), 20);
    // A machine that does something else for a moment may delay one.
    assert!(milliseconds(took.len() * 9 / 10) <= 100.0, "{took:?}");
    assert_eq!(scenario.result["status"], 0);
}

#[test]
fn each_refusal_says_what_is_wrong_and_what_to_do() {
    let scenario = Scenario::run(&["refusals"]);
    let program = scenario.path("wirenotes");
    let setcap = format!("setcap cap_net_raw,cap_net_admin=eip {}", program.display());
    for (name, status, words) in [
        ("permission", 1, ["no permission", setcap.as_str()]),
        ("interface", 1, ["no interface nonsense0", "eth0, any, lo"]),
        ("filter", 2, ["  tcp prot 80\n      ^^^^\n", "syntax error"]),
        ("down", 1, ["idle0 is down", "ip link set idle0 up"]),
        ("write", 1, ["cannot be written", "Not a directory"]),
        ("rotate", 1, ["cannot be written", "Permission denied"]),
        ("user", 2, ["no user no-such-user", "-Z"]),
    ] {
        let run = run(&scenario.result[name]);
        run.assert_status(status);
        assert!(run.stdout.is_empty(), "{name}: {}", run.stdout);
        assert!(!run.stderr.contains("listening"), "{name}: {}", run.stderr);
        for words in words {
            run.assert_says(words);
        }
    }
}

#[test]
fn once_the_interface_is_open_no_thread_is_root() {
    let scenario = Scenario::run(&["privileges"]);
    for (name, user, group) in [("named", 65534, 65534), ("sudo", 4711, 4712)] {
        let result = &scenario.result[name];
        run(result).assert_status(0);
        let threads = result["threads"].as_array().expect("threads");
        assert!(threads.len() > 1, "{threads:?}");
        for thread in threads {
            let ids = |id: u32| vec![id.to_string(); 4];
            assert_eq!(thread["Uid"], Value::from(ids(user)), "{name}");
            assert_eq!(thread["Gid"], Value::from(ids(group)), "{name}");
            assert_eq!(
                thread["Groups"],
                Value::from(vec![group.to_string()]),
                "{name}"
            );
            for set in ["CapEff", "CapPrm", "CapInh", "CapAmb"] {
                assert_eq!(
                    thread[set],
                    Value::from(vec!["0".repeat(16)]),
                    "{name} {set}"
                );
            }
        }
        assert_eq!(result["owner"], Value::from(vec![user, group]), "{name}");
    }
    let stays = &scenario.result["stays"];
    run(stays).assert_status(0);
    assert_eq!(stays["threads"][0]["Uid"][0], "0");
}

#[test]
fn it_ends_in_order_whatever_ends_it() {
    let scenario = Scenario::run(&["endings"]);
    let deleted = run(&scenario.result["deleted"]);
    deleted
        .assert_status(1)
        .assert_says("the interface went down")
        .assert_says("the interface is up again")
        .assert_says("eth0 does not exist any more");
    // Both pings are there, the one before the interface went down and the one
    // after.
    let replies = &summary(&deleted)["kinds"]["icmp.echo.reply"];
    assert_eq!(number(replies), 2);

    let signals = run(&scenario.result["signals"]);
    signals.assert_status(0);
    let so_far = signals.records("summary_so_far");
    assert_eq!(so_far.len(), 1);
    assert_eq!(number(&so_far[0]["packets"]), 2);
    assert_eq!(number(&summary(&signals)["packets"]), 4);

    let nobody = run(&scenario.result["nobody"]);
    nobody.assert_status(0);
    assert_eq!(nobody.stderr.lines().count(), 1, "{}", nobody.stderr);
}

/// Conversations that are generated for point 5.
const MANY: u32 = 1_000_000;

/// Frames of one conversation after another, ten milliseconds apart: a SYN and
/// its refusal, or a datagram and its answer.
struct Conversations {
    out: BufWriter<ChildStdin>,
}

impl Conversations {
    fn new(to: ChildStdin) -> Self {
        let mut out = BufWriter::with_capacity(1 << 20, to);
        let header: [u32; 6] = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, 101];
        for word in header {
            out.write_all(&word.to_le_bytes()).expect("a reader");
        }
        Self { out }
    }

    fn one(&mut self, number: u32) {
        let client = [10, (number >> 16) as u8, (number >> 8) as u8, number as u8];
        let server = [192, 0, 2, (number % 200) as u8];
        let port = 1024 + (number % 60_000) as u16;
        let is_tcp = number.is_multiple_of(2);
        for answer in [false, true] {
            let (from, to) = if answer {
                (server, client)
            } else {
                (client, server)
            };
            let ports = if answer { [7, port] } else { [port, 7] };
            let segment = match is_tcp {
                true => tcp(ports, answer),
                false => [
                    &ports[0].to_be_bytes()[..],
                    &ports[1].to_be_bytes(),
                    &[0, 12, 0, 0],
                    b"ping",
                ]
                .concat(),
            };
            let micros = u64::from(number) * 10_000 + u64::from(answer) * 500;
            self.packet(micros, is_tcp, from, to, &segment);
        }
    }

    fn packet(&mut self, micros: u64, is_tcp: bool, from: [u8; 4], to: [u8; 4], segment: &[u8]) {
        let length = 20 + segment.len() as u32;
        let seconds = (1_700_000_000 + micros / 1_000_000) as u32;
        for word in [seconds, (micros % 1_000_000) as u32, length, length] {
            self.out.write_all(&word.to_le_bytes()).expect("a reader");
        }
        let protocol = if is_tcp { 6 } else { 17 };
        let [high, low] = (length as u16).to_be_bytes();
        let head = [0x45, 0, high, low, 0, 0, 0x40, 0, 64, protocol, 0, 0];
        for part in [&head[..], &from, &to, segment] {
            self.out.write_all(part).expect("a reader");
        }
    }
}

/// A SYN, or the RST that refuses it.
fn tcp(ports: [u16; 2], answer: bool) -> Vec<u8> {
    let mut segment = Vec::with_capacity(20);
    for port in ports {
        segment.extend(port.to_be_bytes());
    }
    let (sequence, acknowledgment, flags) = if answer {
        (0, 1001, 0x14)
    } else {
        (1000, 0, 2)
    };
    segment.extend(u32::to_be_bytes(sequence));
    segment.extend(u32::to_be_bytes(acknowledgment));
    segment.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    segment
}

/// The most memory that a process had so far, in kB.
fn peak(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("Linux");
    let row = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let digits = row
        .and_then(|row| row.split_whitespace().next())
        .expect("a peak");
    digits.parse().expect("a number")
}

#[test]
fn a_million_conversations_take_the_memory_of_those_that_are_open() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut child = Command::new(env!("CARGO_BIN_EXE_wirenotes"))
        .args([
            "live",
            "-r",
            "-",
            "-q",
            "-v",
            "--kind",
            "malformed",
            "--lang",
            "en",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut conversations = Conversations::new(child.stdin.take().expect("a pipe"));
    let mut peaks = Vec::new();
    for number in 0..MANY {
        conversations.one(number);
        if number % (MANY / 10) == MANY / 10 - 1 {
            peaks.push(peak(&child));
        }
    }
    drop(conversations);
    let output = child.wait_with_output().expect("an end");
    assert!(output.status.success());
    print(&format!(
        "a million conversations: most resident {peaks:?} kB"
    ));
    // As many are open after the first tenth as ever will be.
    let (first, last) = (peaks[0], peaks[9]);
    assert!(last <= first + first / 5, "{peaks:?}");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(text.contains("2,000,000 packets"), "{text}");
    assert!(text.contains("the 10 largest of 1,000,000"), "{text}");
}
