//! Who reads an output learns nothing that would let him in: no value of a cookie, of
//! `Authorization`, of a parameter called token, and no JSON Web Token stands in any
//! view, format or language, unless `--secrets show` asks for it.

#[path = "common/binary.rs"]
mod binary;
#[path = "secrets/craft.rs"]
mod craft;
#[path = "common/files.rs"]
mod files;
#[path = "secrets/found.rs"]
mod found;

use std::path::Path;

use binary::{finish, wirenotes};
use craft::Recording;
use files::sample;
use found::{Found, Secret};

/// Every way to look at a capture. `{}` is the file.
const VIEWS: &[&[&str]] = &[
    &["analyze", "{}"],
    &["analyze", "{}", "-v"],
    &["analyze", "{}", "-vv"],
    &["analyze", "{}", "--packets"],
    &["analyze", "{}", "--packets", "-v"],
    &["analyze", "{}", "--packets", "-A"],
    &["analyze", "{}", "--packets", "-x"],
    &["analyze", "{}", "--packets", "-xx"],
    &["analyze", "{}", "--packets", "-X"],
    &["analyze", "{}", "--packets", "-XX"],
    &["analyze", "{}", "--packets", "--unfold"],
    &["analyze", "{}", "--conversation", "1"],
    &["analyze", "{}", "--conversation", "1", "--unfold"],
    &["analyze", "{}", "--conversation", "1", "-v"],
    &["analyze", "{}", "--format", "ndjson"],
    &["analyze", "{}", "--packets", "--format", "ndjson"],
    &["analyze", "{}", "--packets", "--format", "json"],
    &["analyze", "{}", "--format", "har"],
    &["live", "-r", "{}"],
    &["live", "-r", "{}", "-v"],
    &["live", "-r", "{}", "-A"],
    &["live", "-r", "{}", "-X"],
    &["live", "-r", "{}", "--format", "ndjson"],
    &["conversations", "{}"],
    &["conversations", "{}", "--format", "json"],
    &["conversations", "{}", "--format", "csv"],
    &["hosts", "{}"],
    &["hosts", "{}", "--format", "json"],
    &["visits", "{}"],
    &["visits", "{}", "--format", "json"],
    &["follow", "{}", "1"],
    &["follow", "{}", "1", "--hex"],
    &["follow", "{}", "1", "--format", "ndjson"],
    &["report", "{}", "-o", "-"],
    &["report", "{}", "-o", "-", "--payload"],
    &["graph", "{}", "1", "--kind", "ladder", "--svg", "-"],
];

/// What a view prints, of the packets and of the errors.
fn output(view: &[&str], file: &Path, more: &[&str]) -> String {
    let file = file.to_str().expect("a name of plain letters");
    let words = view.iter().map(|word| match *word {
        "{}" => file,
        word => word,
    });
    let run = finish(wirenotes().args(words).args(more));
    assert!(
        matches!(run.status, Some(0)),
        "{view:?} {more:?}: {}",
        run.stderr
    );
    without_notes(run.stdout) + &run.stderr
}

/// A page without the notes in it, whose examples are those of the samples.
fn without_notes(mut text: String) -> String {
    for lang in ["en", "zh"] {
        let from = text.find(&format!("<section id=\"{lang}-notes\">"));
        let to = text.find(&format!("<section id=\"{lang}-made\">"));
        if let (Some(from), Some(to)) = (from, to) {
            text.replace_range(from..to, "");
        }
    }
    text
}

#[track_caller]
fn assert_hidden(text: &str, secrets: &[Secret], of: &str) {
    let found: Vec<_> = secrets
        .iter()
        .filter_map(|secret| Some((&secret.0, secret.part_in(text)?)))
        .collect();
    assert!(found.is_empty(), "{of}: {found:?} in {text}");
}

fn samples() -> [Found; 2] {
    ["http-cookies.pcap", "http-cors.pcap"].map(|name| Found::in_file(sample(name)))
}

#[test]
fn the_samples_have_secrets_of_every_kind() {
    let [cookies, cors] = samples();
    let all: Vec<&str> = cookies.secrets.iter().map(|it| &*it.0).collect();
    let kinds = [
        "3f9ac1d07be24c55",
        "teal",
        "b81e77f0",
        "Y2F0LTc6dHVuYQ==",
        "tuna",
    ];
    for secret in kinds {
        assert!(all.contains(&secret), "{secret} is not in {all:?}");
    }
    assert!(
        all.iter().any(|secret| secret.starts_with("eyJ")),
        "{all:?}"
    );
    assert_eq!(cors.secrets.len(), 1);
}

#[test]
fn no_view_shows_a_secret() {
    for Found { file, secrets } in samples() {
        for view in VIEWS {
            for lang in ["en", "zh"] {
                let text = output(view, &file, &["--lang", lang]);
                assert_hidden(&text, &secrets, &format!("{view:?} {lang}"));
            }
        }
    }
}

#[test]
fn no_packet_that_is_explained_shows_a_secret() {
    for Found { file, secrets } in samples() {
        let packets = binary::packets(&file).len();
        for number in 1..=packets {
            let number = number.to_string();
            let view = ["explain", "{}", &number];
            for more in [["--lang", "en"], ["--lang", "zh"], ["--format", "json"]] {
                let text = output(&view, &file, &more);
                assert_hidden(&text, &secrets, &format!("{view:?} {more:?}"));
            }
        }
    }
}

#[test]
fn comments_hold_no_secret() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for Found { file, secrets } in samples() {
        let written = folder.path().join("annotated.pcapng");
        let path = written.to_str().expect("a name of plain letters");
        for view in [["analyze", "{}"].as_slice(), &["live", "-r", "{}"]] {
            output(view, &file, &["-w", path]);
            let comments = found::beside_packets(&std::fs::read(&written).expect("it is there"));
            assert!(comments.contains("GET"), "{comments}");
            assert_hidden(&comments, &secrets, &format!("comments of {view:?}"));
            std::fs::remove_file(&written).expect("it is there");
        }
    }
}

#[test]
fn who_writes_packets_is_told_that_secrets_go_with_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = |name: &str, more: &[&str]| {
        let run = finish(
            wirenotes()
                .arg("analyze")
                .arg(sample(name))
                .arg("-w")
                .arg(folder.path().join("copy.pcapng"))
                .args(more),
        );
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        run.stderr.contains("as they are, with the 19 secrets")
    };
    assert!(told("http-cookies.pcap", &[]));
    assert!(!told("http-cookies.pcap", &["-q"]));
    assert!(!told("http-cookies.pcap", &["--secrets", "show"]));
    assert!(!told("pet-collar.pcap", &[]));
}

#[test]
fn all_secrets_are_shown_where_that_is_asked() {
    let payloads: &[&[&str]] = &[
        &["analyze", "{}", "--packets", "-A"],
        &["analyze", "{}", "--packets", "-x"],
        &["analyze", "{}", "--packets", "-X"],
        &["analyze", "{}", "--packets", "-XX"],
        &["live", "-r", "{}", "-A"],
        &["follow", "{}", "1"],
    ];
    for Found { file, secrets } in samples() {
        for view in payloads {
            let text = output(view, &file, &["--secrets", "show"]);
            for secret in &secrets {
                assert!(secret.is_in(&text), "{view:?}: no {} in {text}", secret.0);
            }
        }
    }
}

/// A head whose secrets look like anything that may begin a message.
fn head() -> (Vec<u8>, Vec<Secret>) {
    let secrets = [
        "tq7xTRGTmmw42",
        "QWERTZUIOPASDFGH",
        "KQJXVWZHPLMRT509",
        "Zm9vOmJhcnNlY3JldA==",
    ];
    let [token, session, other, basic] = secrets;
    let head = format!(
        "GET /collars?access_token={token} HTTP/1.1\r\nHost: c.example\r\n\
         Cookie: session={session}; b={other}\r\nAuthorization: Basic {basic}\r\n\r\n"
    );
    let secrets = secrets.map(|secret| Secret(secret.to_owned()));
    (head.into_bytes(), secrets.into())
}

/// Views that show what a segment carries.
const OF_SEGMENTS: &[&[&str]] = &[
    &["analyze", "{}", "--packets", "-A"],
    &["analyze", "{}", "--packets", "-x"],
    &["analyze", "{}", "--packets", "--format", "ndjson"],
    &["analyze", "{}", "--unfold", "--conversation", "1"],
    &["live", "-r", "{}", "-A"],
];

/// Holds a recording against its secrets. Up to three bytes of one may be at the
/// edge of what is not known to belong to a head.
#[track_caller]
fn assert_recording_hides(of: &str, make: impl FnOnce(&mut Recording)) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("cut.pcap");
    let mut recording = Recording::default();
    make(&mut recording);
    std::fs::write(&file, recording.finish()).expect("there is room");
    let (_, secrets) = head();
    for view in OF_SEGMENTS {
        let text = output(view, &file, &[]);
        for secret in &secrets {
            let found = secret.part_longer_than(3, &text);
            assert_eq!(found, None, "{of} {view:?}: {text}");
        }
    }
}

#[test]
fn a_head_cut_in_two_at_any_byte_hides_both() {
    let (head, _) = head();
    assert_recording_hides("in two", |recording| {
        for cut in 1..head.len() {
            let connection = recording.connection();
            let (first, second) = head.split_at(cut);
            recording.client(connection, 0, first);
            recording.client(connection, cut, second);
        }
    });
}

#[test]
fn a_head_in_small_segments_hides_all() {
    let (head, _) = head();
    for size in [4, 5, 7, 8, 11, 16, 30] {
        assert_recording_hides(&format!("by {size}"), |recording| {
            for shift in 0..size {
                let connection = recording.connection();
                let (first, rest) = head.split_at(shift);
                if !first.is_empty() {
                    recording.client(connection, 0, first);
                }
                for (index, part) in rest.chunks(size).enumerate() {
                    recording.client(connection, shift + index * size, part);
                }
            }
        });
    }
}

/// A head with a body behind it, of which the first byte is there.
fn head_with_body() -> Vec<u8> {
    let (head, _) = head();
    let head = String::from_utf8(head).expect("plain letters");
    let fields = "\r\nContent-Length: 9\r\n\r\nx";
    (head.replace("GET", "POST").trim_end().to_owned() + fields).into_bytes()
}

#[test]
fn a_part_that_is_there_twice_is_hidden_twice() {
    for head in [head().0, head_with_body()] {
        let cuts = (1..head.len()).step_by(3);
        // As a recording of two interfaces has it, and as a sender repeats it.
        for is_copy in [true, false] {
            let of = format!("twice, copy: {is_copy}, {} bytes", head.len());
            assert_recording_hides(&of, |recording| {
                for cut in cuts.clone() {
                    let connection = recording.connection();
                    let (first, second) = head.split_at(cut);
                    recording.client(connection, 0, first);
                    recording.client(connection, cut, second);
                    match is_copy {
                        true => recording.again(),
                        false => recording.client(connection, cut, second),
                    }
                }
            });
        }
    }
}
