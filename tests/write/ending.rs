//! However it ends, the file is complete: a full disk, an interruption, a
//! reader that leaves. And while it goes on, others can follow.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::binary::TIME_LIMIT;
use crate::files::sample;
use crate::{folder, records};

fn start(arguments: &[&str], write: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_wirenotes"))
        .args(arguments)
        .arg("-w")
        .arg(write)
        .env("LANG", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts")
}

/// How many packets a file holds that may still be growing.
fn packets(path: &Path) -> usize {
    match path.metadata() {
        Ok(file) if file.len() > 0 => records(path, [""; 0]).records("packet").len(),
        _ => 0,
    }
}

fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < TIME_LIMIT, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_full_disk_leaves_whole_packets_and_the_analysis() {
    for name in ["x.pcapng", "x.pcap"] {
        let folder = folder();
        let path = folder.path().join(name);
        // A limit on the size of files instead of a disk; 90 blocks of 512
        // or 1,024 bytes.
        let output = Command::new("sh")
            .args(["-c", "trap '' XFSZ; ulimit -f 90; exec \"$0\" \"$@\""])
            .arg(env!("CARGO_BIN_EXE_wirenotes"))
            .args(["analyze", "--packets", "--format", "ndjson", "-w"])
            .arg(&path)
            .arg(sample("loss.pcap"))
            .output()
            .expect("a shell");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains(name) && said.contains("writing failed"),
            "{said}"
        );
        let whole = records(&sample("loss.pcap"), [""; 0]);
        assert_eq!(String::from_utf8_lossy(&output.stdout), whole.stdout);
        let kept = records(&path, [""; 0]);
        kept.assert_status(0);
        let count = kept.records("packet").len();
        assert!(count > 10, "{count}");
        assert!(
            said.contains(&format!("holds the {count} packets")),
            "{said}"
        );
    }
}

#[test]
fn others_can_follow_and_an_interrupted_end_is_complete() {
    for name in ["x.pcapng", "x.pcap"] {
        let folder = folder();
        let path = folder.path().join(name);
        let mut child = start(&["analyze", "-"], &path);
        let bytes = fs::read(sample("pet-collar.pcap")).expect("the sample");
        let mut input = child.stdin.take().expect("its input");
        let (half, rest) = bytes.split_at(bytes.len() / 2);
        input.write_all(half).expect("it reads");
        wait_for("the first packets to be written", || packets(&path) > 2);
        let before = packets(&path);
        input.write_all(rest).expect("it reads");
        wait_for("the other packets to be written", || {
            packets(&path) > before
        });
        let id = child.id();
        let interrupted = Command::new("sh")
            .args(["-c", &format!("kill -INT {id}")])
            .status();
        assert!(interrupted.expect("a shell").success());
        let output = child.wait_with_output().expect("it ends");
        drop(input);
        assert_eq!(output.status.code(), Some(130));
        let all = records(&sample("pet-collar.pcap"), [""; 0])
            .records("packet")
            .len();
        records(&path, [""; 0]).assert_status(0);
        assert_eq!(packets(&path), all);
    }
}

#[test]
fn when_the_reader_of_the_report_leaves_the_file_is_complete() {
    let folder = folder();
    let path = folder.path().join("x.pcapng");
    let capture = sample("loss.pcap");
    let arguments = ["analyze", "--packets", capture.to_str().expect("a name")];
    let mut child = start(&arguments, &path);
    let mut output = BufReader::new(child.stdout.take().expect("its output"));
    output.read_line(&mut String::new()).expect("a first line");
    drop(output);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
    records(&path, [""; 0]).assert_status(0);
    assert!(packets(&path) > 0);
}

#[test]
fn to_standard_output_go_packets_and_the_report_goes_beside() {
    let capture = sample("pet-collar.pcap");
    let arguments = ["analyze", "--packets", capture.to_str().expect("a name")];
    let output = start(&arguments, Path::new("-"))
        .wait_with_output()
        .expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    let folder = folder();
    let path = folder.path().join("x");
    fs::write(&path, &output.stdout).expect("a file");
    let again = records(&path, [""; 0]);
    again.assert_status(0);
    let all = records(&capture, [""; 0]);
    assert_eq!(crate::comparable(&again), crate::comparable(&all));
    let report = String::from_utf8(output.stderr).expect("a report is text");
    assert!(report.contains("tcp.handshake.syn"), "{report}");
}

#[test]
fn when_the_reader_of_the_packets_leaves_that_is_no_fault() {
    let capture = sample("loss.pcap");
    let mut child = start(
        &["analyze", capture.to_str().expect("a name")],
        Path::new("-"),
    );
    let mut output = child.stdout.take().expect("its output");
    output.read_exact(&mut [0; 4]).expect("a magic number");
    drop(output);
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.contains("client → server") && !said.contains("wirenotes:"),
        "{said}"
    );
}
