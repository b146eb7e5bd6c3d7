//! SIGINT, SIGTERM and SIGHUP end it in order: what was read is reported, files
//! are whole, and a reader that stands still holds nothing up. A full disk and a
//! closed pipe end it with the status that says so, whatever was to be written.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use files::sample;
use rustix::process::{Pid, Signal, kill_process};

/// The end comes within this time, whoever stands still.
const END: Duration = Duration::from_secs(5);

const SIGNALS: [Signal; 3] = [Signal::INT, Signal::TERM, Signal::HUP];

fn start(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirenotes"));
    command
        .args(arguments)
        .env("LANG", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("it runs");
}

/// Waits for the end, which is no hang.
#[track_caller]
fn end(mut child: Child) -> (Option<i32>, String, Duration) {
    let since = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if since.elapsed() > 2 * END {
            child.kill().expect("a child");
            panic!("it hangs");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let took = since.elapsed();
    let mut said = String::new();
    if let Some(mut error) = child.stderr.take() {
        error.read_to_string(&mut said).expect("text");
    }
    (child.wait().expect("a child").code(), said, took)
}

fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < binary::TIME_LIMIT, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// How many packets a file holds that may still be growing.
fn packets(path: &Path) -> usize {
    match path.metadata() {
        Ok(file) if file.len() > 0 => binary::packets(path).len(),
        _ => 0,
    }
}

#[test]
fn each_signal_ends_it_with_a_report_and_a_whole_file() {
    let capture = fs::read(sample("pet-collar.pcap")).expect("the sample");
    let all = binary::packets(&sample("pet-collar.pcap")).len();
    for (command, status) in [(&["analyze", "-"][..], 130), (&["live", "-r", "-"], 0)] {
        for which in SIGNALS {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let path = folder.path().join("x.pcapng");
            let mut child = start(command)
                .args(["--format", "ndjson", "-w"])
                .arg(&path)
                .spawn()
                .expect("the binary starts");
            let mut input = child.stdin.take().expect("its input");
            input.write_all(&capture).expect("it reads");
            wait_for("all packets are written", || packets(&path) == all);
            signal(&child, which);
            let mut report = String::new();
            let mut output = child.stdout.take().expect("its output");
            output.read_to_string(&mut report).expect("text");
            let (ended, said, took) = end(child);
            assert_eq!(ended, Some(status), "{command:?} {which:?}: {said}");
            assert!(took < END);
            assert!(report.contains("\"record\":\"summary\""), "{report}");
            assert!(report.contains(&format!("\"packets\":{all},")), "{report}");
            assert_eq!(packets(&path), all);
            drop(input);
        }
    }
}

/// A capture of so many bytes: no pipe holds what is said of it.
fn large(at_least: usize) -> (tempfile::TempDir, std::path::PathBuf) {
    let one = fs::read(sample("loss.pcap")).expect("the sample");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("large.pcap");
    let (header, records) = one.split_at(24);
    let mut bytes = header.to_vec();
    while bytes.len() < at_least {
        bytes.extend_from_slice(records);
    }
    fs::write(&path, bytes).expect("a writable folder");
    (folder, path)
}

#[test]
fn a_reader_that_stands_still_is_not_waited_for_once_it_is_to_end() {
    let (folder, capture) = large(1 << 20);
    let capture = capture.to_str().expect("a name");
    for (command, status, which) in [
        (
            &["analyze", capture, "--threads", "1"][..],
            130,
            Signal::TERM,
        ),
        (&["analyze", capture, "--threads", "3"], 130, Signal::INT),
        (&["live", "-r", capture], 0, Signal::HUP),
    ] {
        let path = folder.path().join("copy.pcapng");
        let child = start(command)
            .args(["--packets", "--format", "ndjson", "-w"])
            .arg(&path)
            .spawn()
            .expect("the binary starts");
        // The pipe is full by now, and nobody empties it.
        std::thread::sleep(Duration::from_millis(700));
        signal(&child, which);
        let (ended, said, took) = end(child);
        assert_eq!(ended, Some(status), "{command:?} {which:?}: {said}");
        assert!(took < END, "{command:?} {which:?}: {took:?}");
        assert!(said.contains("dropped"), "{said}");
        assert!(packets(&path) > 0);
    }
}

#[test]
fn packets_or_messages_that_nobody_reads_hold_no_end_up_either() {
    let (_folder, capture) = large(1 << 20);
    let capture = capture.to_str().expect("a name");
    for (command, status) in [
        // Packets to standard output, the report to standard error.
        (&["analyze", capture, "-w", "-", "--packets"][..], 130),
        (&["live", "-r", capture, "-w", "-"], 0),
    ] {
        let mut child = start(command).spawn().expect("the binary starts");
        std::thread::sleep(Duration::from_millis(700));
        signal(&child, Signal::TERM);
        let since = Instant::now();
        wait_for("the end", || child.try_wait().expect("a child").is_some());
        assert!(since.elapsed() < END, "{command:?}: {:?}", since.elapsed());
        let ended = child.wait().expect("a child");
        assert_eq!(ended.code(), Some(status), "{command:?}");
    }
}

#[test]
fn who_reads_slowly_gets_everything() {
    let (_folder, capture) = large(1 << 24);
    let capture = capture.to_str().expect("a name");
    let mut child = start(&["analyze", capture, "--packets"])
        .spawn()
        .expect("the binary starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output"));
    let mut line = String::new();
    lines.read_line(&mut line).expect("a line");
    std::thread::sleep(Duration::from_millis(500));
    signal(&child, Signal::INT);
    // Shorter pauses than it is waited for.
    let mut rest = String::new();
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(400));
        lines.read_line(&mut rest).expect("a line");
    }
    lines.read_to_string(&mut rest).expect("text");
    let (ended, said, _) = end(child);
    assert_eq!(ended, Some(130), "{said}");
    assert!(rest.contains("client → server"), "no summary");
}

#[test]
fn nohup_keeps_it_alive() {
    let capture = fs::read(sample("pet-collar.pcap")).expect("the sample");
    let binary = env!("CARGO_BIN_EXE_wirenotes");
    let mut child = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" analyze - --format ndjson"])
        .arg(binary)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut input = child.stdin.take().expect("its input");
    let (half, rest) = capture.split_at(capture.len() / 2);
    input.write_all(half).expect("it reads");
    std::thread::sleep(Duration::from_millis(500));
    signal(&child, Signal::HUP);
    std::thread::sleep(Duration::from_millis(300));
    input.write_all(rest).expect("it still reads");
    drop(input);
    let (ended, said, _) = end(child);
    assert_eq!(ended, Some(0), "{said}");
}

fn full() -> File {
    File::options()
        .write(true)
        .open("/dev/full")
        .expect("a device that is always full")
}

#[test]
fn a_full_disk_ends_whatever_is_written_with_one() {
    let collar = sample("pet-collar.pcap");
    let collar = collar.to_str().expect("a name");
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["analyze", "--help"],
        &["analyze", collar],
        &["analyze", collar, "--packets", "--format", "ndjson"],
        &["analyze", collar, "--format", "json"],
        &["live", "-r", collar],
        &["explain", collar, "1"],
        &["explain", collar, "1", "--format", "json"],
        &["notes"],
        &["notes", "udp", "--format", "json"],
        &["interfaces"],
        &["completions", "bash"],
        &["man"],
    ] {
        let output = start(arguments).stdout(full()).output();
        let output = output.expect("the binary starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(said.contains("No space left"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_closed_pipe_is_a_quiet_end_whatever_is_written() {
    let collar = sample("pet-collar.pcap");
    let collar = collar.to_str().expect("a name");
    for arguments in [
        &["--help"][..],
        &["analyze", collar],
        &["analyze", collar, "--packets", "--format", "ndjson"],
        &["live", "-r", collar],
        &["explain", collar, "1"],
        &["notes"],
        &["completions", "bash"],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let writer = writer.as_fd().try_clone_to_owned().expect("a descriptor");
        let output = start(arguments).stdout(writer).output();
        let output = output.expect("the binary starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        assert!(!said.contains("wirenotes:"), "{arguments:?}: {said}");
    }
}
