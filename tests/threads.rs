//! The output is the same bytes whatever the number of threads, and several
//! threads end as one does.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;
#[path = "common/traffic.rs"]
mod traffic;

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use traffic::traffic;

const FORMATS: [&[&str]; 6] = [
    &["--format", "text"],
    &["--format", "text", "--packets"],
    &["--format", "ndjson"],
    &["--format", "ndjson", "--packets"],
    &["--format", "json"],
    &["--format", "json", "--packets"],
];

/// Fails unless every number of threads gives the same, in every format; gives
/// the exit status.
fn assert_same<A: Into<OsString> + Clone>(arguments: &[A]) -> Option<i32> {
    let arguments: Vec<OsString> = arguments.iter().cloned().map(Into::into).collect();
    let mut status = None;
    for format in FORMATS {
        let run = |threads: &str| {
            let mut command = binary::wirenotes();
            command.timeout(Duration::from_secs(60));
            command.arg("analyze").args(&arguments).args(format);
            binary::finish(command.args(["--threads", threads]))
        };
        let one = run("1");
        for threads in ["2", "3", "8"] {
            let several = run(threads);
            let what = format!("{threads} threads, {format:?}, {arguments:?}");
            assert_eq!(several.status, one.status, "{what}");
            assert_eq!(several.stderr, one.stderr, "{what}");
            let lines = one.stdout.lines().zip(several.stdout.lines());
            for (one, several) in lines {
                assert_eq!(one, several, "{what}");
            }
            assert_eq!(one.stdout.len(), several.stdout.len(), "{what}");
        }
        status = one.status;
    }
    status
}

/// A folder with captures large enough for several threads.
fn large(contents: &[(&str, Vec<u8>)]) -> (TempDir, Vec<PathBuf>) {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = contents
        .iter()
        .map(|(name, bytes)| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).expect("a file");
            path
        })
        .collect();
    (folder, paths)
}

#[test]
fn every_sample_gives_the_same() {
    for sample in files::samples() {
        assert_same(&[sample]);
    }
}

#[test]
fn all_samples_at_once_give_the_same() {
    assert_same(&files::samples());
}

#[test]
fn a_large_capture_gives_the_same() {
    let (_folder, paths) = large(&[("large.pcap", traffic(8_000, 1))]);
    assert_eq!(assert_same(&paths), Some(0));
}

#[test]
fn several_captures_with_faults_among_them_give_the_same() {
    let mut cut = traffic(3_000, 2);
    cut.truncate(cut.len() - 7);
    let mut damaged = traffic(3_000, 3);
    damaged.extend([0xff; 64]);
    let (_folder, paths) = large(&[
        ("cut", cut),
        ("text", b"no capture".to_vec()),
        ("damaged", damaged),
        ("whole", traffic(1_000, 4)),
    ]);
    assert_eq!(assert_same(&paths), Some(1));
}

#[test]
fn a_filter_a_count_and_a_failed_condition_give_the_same() {
    let (_folder, paths) = large(&[("large.pcap", traffic(8_000, 5))]);
    let path = paths[0].as_os_str();
    let with = |more: &[&str]| {
        let mut arguments = vec![path.to_owned()];
        arguments.extend(more.iter().map(OsString::from));
        assert_same(&arguments)
    };
    assert_eq!(with(&["-f", "tcp[13] & 7 != 0"]), Some(0));
    assert_eq!(with(&["-c", "5000"]), Some(0));
    assert_eq!(with(&["--fail-on", "error"]), Some(3));
    assert_eq!(with(&["--conversation", "77"]), Some(0));
    assert_eq!(with(&["--kind", "tcp.checksum_bad,tcp.gap"]), Some(0));
}

#[test]
fn what_is_written_is_the_same_with_its_comments() {
    let (folder, paths) = large(&[("large.pcap", traffic(8_000, 7))]);
    let written = |threads: &str| {
        let to = folder.path().join(threads);
        let [from, to_argument] = [&paths[0], &to].map(|path| path.as_os_str());
        let arguments = ["analyze", "-w", "--threads", threads].map(OsString::from);
        let [analyze, write, option, threads] = arguments;
        let command = [&analyze, from, &write, to_argument, &option, &threads];
        binary::run(command).assert_status(0);
        fs::read(&to).expect("what was written")
    };
    let one = written("1");
    assert!(one.len() > 500_000, "{}", one.len());
    for threads in ["2", "3", "8"] {
        assert!(written(threads) == one, "{threads} threads");
    }
}

#[test]
fn no_threads_are_a_mistake() {
    let sample = files::sample("pet-collar.pcap");
    let run = |threads: &str| binary::run([Path::new("analyze"), &sample, Path::new(threads)]);
    run("--threads=0").assert_status(2).assert_says("--threads");
    run("--threads=-1").assert_status(2);
    run("--threads=100000").assert_status(0);
}

#[test]
fn a_reader_that_leaves_ends_every_thread_quietly() {
    let (_folder, paths) = large(&[("large.pcap", traffic(20_000, 6))]);
    for threads in ["1", "2", "3", "8"] {
        for format in ["text", "ndjson", "json"] {
            // The input is a file, or a pipe that stays open.
            for piped in [false, true] {
                let mut command = Command::new(env!("CARGO_BIN_EXE_wirenotes"));
                command
                    .args(["analyze", "--packets", "--format", format])
                    .args(["--threads", threads])
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped());
                match piped {
                    true => command.arg("-"),
                    false => command.arg(&paths[0]),
                };
                let mut child = command.spawn().expect("the binary starts");
                let mut input = child.stdin.take().expect("its input");
                let bytes = fs::read(&paths[0]).expect("the capture");
                let feeder = thread::spawn(move || {
                    if piped {
                        // The program leaves before it has read everything.
                        let _ = input.write_all(&bytes);
                    }
                    input
                });
                let mut output = BufReader::new(child.stdout.take().expect("its output"));
                let mut line = String::new();
                output.read_line(&mut line).expect("a first line");
                drop(output);
                let output = child.wait_with_output().expect("it ends");
                drop(feeder.join());
                let said = String::from_utf8_lossy(&output.stderr);
                let what = format!("{threads} threads, {format}, piped: {piped}");
                assert_eq!(output.status.code(), Some(0), "{what}: {said}");
                assert!(said.is_empty(), "{what}: {said}");
            }
        }
    }
}

/// Everything is told although the input stays open, and the signal then ends
/// the waiting.
#[test]
fn an_interrupted_pipe_is_reported_by_every_number_of_threads() {
    let bytes = traffic(3_000, 7);
    for threads in ["1", "2", "3", "8"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wirenotes"))
            .args(["analyze", "-", "--packets", "--format", "ndjson"])
            .args(["--threads", threads])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut input = child.stdin.take().expect("its input");
        let bytes = bytes.clone();
        let feeder = thread::spawn(move || {
            input.write_all(&bytes).expect("it reads");
            input
        });
        let mut packets = 0;
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        // The input is whole, so that the last packet may not be kept back.
        while packets < 3_000 {
            let line = lines.next().expect("another line").expect("a line");
            packets += usize::from(line.starts_with("{\"record\":\"packet\""));
        }
        let input = feeder.join().expect("all was read");
        let killed = Command::new("sh")
            .args(["-c", &format!("kill -INT {}", child.id())])
            .status();
        assert!(killed.expect("a shell").success());
        let start = Instant::now();
        let last = lines.map_while(Result::ok).last().expect("a summary");
        let summary: Value = serde_json::from_str(&last).expect("a record");
        assert_eq!(summary["record"], "summary", "{threads} threads");
        assert_eq!(summary["packets"], 3_000, "{threads} threads");
        assert_eq!(child.wait().expect("it ends").code(), Some(130));
        assert!(start.elapsed() < binary::TIME_LIMIT);
        drop(input);
        let mut said = String::new();
        let mut errors = child.stderr.take().expect("its messages");
        errors.read_to_string(&mut said).expect("text");
        assert!(said.is_empty(), "{said}");
    }
}
