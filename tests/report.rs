//! `wirenotes report`: a page that stands alone, of every sample, and of captures whose
//! names are HTML. What a browser makes of it is seen in `tests/browser`.

#[path = "common/binary.rs"]
mod binary;
#[allow(dead_code, reason = "a part of this is used")]
#[path = "secrets/craft.rs"]
mod craft;
#[path = "common/files.rs"]
mod files;

use std::path::Path;

use binary::{Run, finish, run, wirenotes};
use craft::Recording;
use files::{sample, samples};

fn page(file: &Path, words: &[&str]) -> Run {
    finish(
        wirenotes()
            .arg("report")
            .arg(file)
            .args(["-o", "-"])
            .args(words),
    )
}

fn shown(file: &Path, words: &[&str]) -> String {
    let run = page(file, words);
    run.assert_status(0);
    run.stdout
}

#[test]
fn every_sample_has_a_page_that_loads_nothing() {
    for file in samples() {
        let run = page(&file, &[]);
        let text = &run.stdout;
        if run.status != Some(0) {
            assert_eq!(run.status, Some(1), "{}: {}", file.display(), run.stderr);
            continue;
        }
        assert!(text.len() < 3_000_000, "{}: {}", file.display(), text.len());
        assert!(text.starts_with("<!DOCTYPE html><html lang=\"en\">"));
        assert!(text.trim_end().ends_with("</html>"));
        assert_eq!(text.matches("<script").count(), 1, "{}", file.display());
        for loads in [
            " src=", "<link", "<img", "<iframe", "@import", "url(", " style=",
        ] {
            assert!(!text.contains(loads), "{}: {loads}", file.display());
        }
        assert!(text.contains("default-src 'none'"));
        for lang in ["<div id=\"en\"", "<div id=\"zh\""] {
            assert!(text.contains(lang), "{}: {lang}", file.display());
        }
    }
}

#[test]
fn it_says_the_verdict_how_it_is_known_and_where_the_page_comes_from() {
    let file = sample("close-wait.pcap");
    let text = shown(&file, &[]);
    for said in [
        "3 of 4 connections to 10.0.0.2:3001 are left in CLOSE_WAIT.",
        "到 10.0.0.2:3001 的 4 条连接中有 3 条",
        "How we know",
        "如何得知",
        "href=\"#en-note-close-wait\"",
        "id=\"en-note-close-wait\"",
        "id=\"zh-note-close-wait\"",
        "wirenotes report ",
        env!("CARGO_PKG_VERSION"),
        "What the recording cannot know",
    ] {
        assert!(text.contains(said), "{said}");
    }
    let output = std::process::Command::new("sha256sum").arg(&file).output();
    let output = String::from_utf8(output.expect("coreutils").stdout).expect("text");
    let sum = output.split(' ').next().expect("a sum");
    assert!(sum.len() == 64 && text.contains(sum), "{sum}");
    // The ladder and the graph have the numbers of their packets.
    let loss = shown(&sample("loss.pcap"), &[]);
    assert!(loss.contains("data-packet=\"124\" data-kind=\"tcp.retransmission.timeout\""));
}

#[test]
fn it_begins_in_the_language_that_is_asked_for() {
    let text = shown(&sample("close-wait.pcap"), &["--lang", "zh"]);
    assert!(text.starts_with("<!DOCTYPE html><html lang=\"zh-CN\">"));
    assert!(text.contains("<div id=\"en\" lang=\"en\" data-name=\"English\" hidden>"));
}

const EVIL: &str = "<script>alert(1)</script>";

fn evil(folder: &Path) -> std::path::PathBuf {
    let mut recording = Recording::default();
    let connection = recording.connection();
    let request = format!(
        "GET /{EVIL}?token=s3cr3t-1 HTTP/1.1\r\nHost: {EVIL}\r\nCookie: a=s3cr3t-2\r\n\r\n"
    );
    recording.client(connection, 0, request.as_bytes());
    let plain = format!("{EVIL}</title></style></svg>{EVIL}");
    let connection = recording.connection();
    recording.client(connection, 0, plain.as_bytes());
    let file = folder.join("<b>evil.pcap");
    std::fs::write(&file, recording.finish()).expect("written");
    file
}

#[test]
fn what_packets_say_does_not_break_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = evil(folder.path());
    for words in [&[][..], &["--payload"], &["--payload", "--secrets", "show"]] {
        let text = shown(&file, words);
        assert_eq!(text.matches("<script").count(), 1, "{words:?}");
        assert!(!text.contains("<b>"), "{words:?}");
        assert!(text.contains("&lt;b&gt;evil.pcap"), "{words:?}");
        let is_shown = text.contains("&lt;script&gt;alert(1)&lt;/script&gt;&lt;/title&gt;");
        assert_eq!(is_shown, words.contains(&"--payload"), "{words:?}");
        assert_eq!(
            text.contains("s3cr3t"),
            words.contains(&"show"),
            "{words:?}"
        );
    }
}

#[test]
fn nothing_is_written_over_and_a_pipe_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let capture = folder.path().join("a.pcap");
    std::fs::copy(sample("loss.pcap"), &capture).expect("copied");
    let before = std::fs::read(&capture).expect("read");
    let over = finish(
        wirenotes()
            .arg("report")
            .arg(&capture)
            .arg("-o")
            .arg(&capture),
    );
    assert_eq!(over.status, Some(2), "{}", over.stderr);
    assert_eq!(std::fs::read(&capture).expect("read"), before);
    let piped = finish(
        wirenotes()
            .args(["report", "-", "-o", "-"])
            .write_stdin(before),
    );
    assert_eq!(piped.status, Some(2), "{}", piped.stderr);
    assert!(piped.stderr.contains("read twice"), "{}", piped.stderr);
    let name = capture.to_str().expect("plain letters");
    assert_eq!(run(["report", name]).status, Some(2));
    assert_eq!(
        run(["report", name, "-o", "-", "--format", "json"]).status,
        Some(2)
    );
    let page = folder.path().join("page.html");
    let written = finish(wirenotes().arg("report").arg(&capture).arg("-o").arg(&page));
    written.assert_status(0);
    assert_eq!((written.stdout.as_str(), written.stderr.as_str()), ("", ""));
    assert!(
        std::fs::read_to_string(&page)
            .expect("a page")
            .contains("</html>")
    );
}

#[test]
fn words_select_what_it_is_about() {
    let text = shown(&sample("close-wait.pcap"), &["state:time_wait"]);
    assert!(
        !text.contains("are left in CLOSE_WAIT"),
        "not of that conversation"
    );
}

#[test]
fn a_ladder_alone_is_a_picture() {
    let words = ["1", "--kind", "ladder", "--svg", "-"];
    let file = sample("pet-collar.pcap");
    let ladder = finish(wirenotes().arg("graph").arg(&file).args(words));
    ladder.assert_status(0);
    let document = roxmltree::Document::parse(&ladder.stdout).expect("well-formed XML");
    let numbers: Vec<u64> = document
        .descendants()
        .filter_map(|node| node.attribute("data-packet")?.parse().ok())
        .collect();
    assert_eq!(numbers, [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    assert!(
        ladder
            .stdout
            .contains("acknowledgment = client sequence + 1")
    );
    let text = finish(
        wirenotes()
            .arg("graph")
            .arg(&file)
            .args(["1", "--kind", "ladder"]),
    );
    let analyze = finish(
        wirenotes()
            .arg("analyze")
            .arg(&file)
            .args(["--conversation", "1"]),
    );
    assert_eq!(text.stdout, analyze.stdout);
}
