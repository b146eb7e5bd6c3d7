//! `wirenotes graph`: what one conversation did over time, on the samples.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::collections::BTreeSet;

use binary::{Run, finish, wirenotes};
use files::{each_packet, sample};
use unicode_width::UnicodeWidthStr;
use wirenotes::notes::Kind;
use wirenotes::report::graph::{GraphKind, letter};

const DRAWN: [&str; 3] = ["loss.pcap", "zero-window.pcap", "loss-receiver.pcap"];

fn graph(name: &str, words: &[&str]) -> Run {
    finish(wirenotes().arg("graph").arg(sample(name)).args(words))
}

fn shown(name: &str, words: &[&str]) -> String {
    let run = graph(name, words);
    run.assert_status(0);
    assert_eq!(run.stderr, "", "{name} {words:?}");
    run.stdout
}

/// The marks of an SVG: packet number and kind.
fn marks(svg: &str) -> BTreeSet<(u64, String)> {
    let document = roxmltree::Document::parse(svg).expect("well-formed XML");
    let nodes = document.descendants();
    let marks = nodes.filter_map(|node| {
        let number = node.attribute("data-packet")?.parse().expect("a number");
        Some((number, node.attribute("data-kind")?.to_owned()))
    });
    marks.collect()
}

/// The annotations of a capture's only conversation that have a place in graphs.
fn annotations(name: &str) -> BTreeSet<(u64, String)> {
    let words = ["--packets", "--format", "ndjson"];
    let run = finish(wirenotes().arg("analyze").arg(sample(name)).args(words));
    let mut found = BTreeSet::new();
    for packet in run.records("packet") {
        assert_eq!(packet["conversation"], 1);
        for annotation in packet["annotations"].as_array().expect("a list") {
            let kind = annotation["kind"].as_str().expect("a kind");
            if Kind::from_name(kind).and_then(letter).is_some() {
                found.insert((
                    packet["number"].as_u64().expect("a number"),
                    kind.to_owned(),
                ));
            }
        }
    }
    found
}

#[test]
fn each_mark_has_the_number_of_its_annotations_packet() {
    for name in DRAWN {
        let expected = annotations(name);
        assert!(expected.len() >= 10, "{name}: {expected:?}");
        let svg = shown(name, &["1", "--svg", "-"]);
        assert_eq!(marks(&svg), expected, "{name}");
    }
}

#[test]
fn every_segment_stands_at_its_number() {
    let svg = shown("zero-window.pcap", &["1", "--svg", "-"]);
    let document = roxmltree::Document::parse(&svg).expect("well-formed XML");
    let bars = document
        .descendants()
        .filter(|node| node.has_tag_name("path") && node.attribute("data-packet").is_some());
    let drawn: BTreeSet<u64> = bars
        .map(|node| {
            node.attribute("data-packet")
                .expect("checked")
                .parse()
                .expect("a number")
        })
        .collect();
    let mut expected = BTreeSet::new();
    each_packet(&sample("zero-window.pcap"), 1_000, |packet, number| {
        let tcp = packet.tcp().expect("TCP");
        if tcp.payload_length > 0 {
            expected.insert(number);
        }
    });
    assert!(
        expected.len() > 10 && expected.is_subset(&drawn),
        "{drawn:?}"
    );
}

/// The text between two others.
fn between<'t>(text: &'t str, before: &str, behind: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(behind).map(|(found, _)| found)
}

#[test]
fn the_numbers_of_the_caption_are_those_of_the_packets() {
    for name in DRAWN {
        let mut times_ns = vec![0];
        each_packet(&sample(name), 1_000, |packet, _| {
            times_ns.push(packet.frame.time_ns);
        });
        let text = shown(name, &["1"]);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut told = 0;
        for said in text.split("Flat for ").skip(1) {
            let packets = between(said, "(packets ", ")").expect("packets");
            let (from, to) = packets.split_once(" → ").expect("two packets");
            let time_ns = |number: &str| -> u64 {
                times_ns[number.parse::<usize>().expect("a number")] - times_ns[1]
            };
            let (from_ns, to_ns) = (time_ns(from), time_ns(to));
            let written = |ns: u64| format!("{}.{:06}", ns / 1_000_000_000, ns / 1_000 % 1_000_000);
            let times = between(said, ", ", " (packets").expect("times");
            assert_eq!(times, format!("{} to {}", written(from_ns), written(to_ns)));
            let lasted = said.split_once(',').expect("a duration").0;
            let expected = wirenotes::notes::units::duration(to_ns - from_ns);
            assert_eq!(lasted, expected, "{name}: {said}");
            told += 1;
        }
        assert!(told > 0, "{name}: {text}");
    }
}

#[test]
fn a_pause_says_what_was_waited_for() {
    let text = |name| {
        shown(name, &["1"])
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let lost = text("loss.pcap");
    assert!(
        lost.contains(": waiting for the retransmission timer."),
        "{lost}"
    );
    let full = text("zero-window.pcap");
    assert!(
        full.contains(": the receiver was full (window zero)."),
        "{full}"
    );
}

#[test]
fn the_picture_of_a_receiver_that_was_full() {
    let english = shown("zero-window.pcap", &["1"]);
    let chinese = shown("zero-window.pcap", &["1", "--lang", "zh"]);
    insta::with_settings!({snapshot_path => "graph"}, {
        insta::assert_snapshot!("graph-zero-window", english);
        insta::assert_snapshot!("graph-zero-window.zh", chinese);
    });
}

#[test]
fn every_kind_fits_eighty_columns_in_both_languages_and_any_colour() {
    for name in DRAWN {
        for (kind, _) in GraphKind::NAMED {
            for lang in ["en", "zh"] {
                let words = ["1", "--kind", kind, "--lang", lang];
                let plain = shown(name, &words);
                for line in plain.lines() {
                    assert!(line.width() <= 80, "{name} {words:?}: {line}");
                }
                assert!(plain.lines().count() <= 24, "{name} {words:?}:\n{plain}");
                let coloured = shown(name, &[&words[..], &["--color", "always"]].concat());
                let mut stripped = String::new();
                let mut parts = coloured.split('\x1b');
                stripped.push_str(parts.next().unwrap_or_default());
                for part in parts {
                    stripped.push_str(part.split_once('m').expect("a colour").1);
                }
                assert_eq!(stripped, plain, "{name} {words:?}");
                let picture = shown(name, &[&words[..], &["--svg", "-"]].concat());
                roxmltree::Document::parse(&picture).expect("well-formed XML");
            }
        }
    }
}

#[test]
fn the_side_can_be_chosen() {
    let text = shown("half-close.pcap", &["1", "--side", "server"]);
    assert!(
        text.starts_with("Conversation 1: the server's bytes over time"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let run = graph("udp.pcap", &["1"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.contains("is not of TCP"), "{}", run.stderr);
    let run = graph("loss.pcap", &["7"]);
    assert_eq!(run.status, Some(1));
    assert!(
        run.stderr.contains("there is no conversation 7"),
        "{}",
        run.stderr
    );
    let run = graph("close-wait.pcap", &["port:3001"]);
    run.assert_status(0);
    assert!(run.stdout.contains("10.0.0.1:36779"), "{}", run.stdout);
    let run = graph("close-wait.pcap", &["port:3001", "--svg", "-"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.contains("conversations fit"), "{}", run.stderr);
    for words in [&["1", "--kind", "weather"][..], &["1", "--format", "json"]] {
        assert_eq!(graph("loss.pcap", words).status, Some(2), "{words:?}");
    }
}

#[test]
fn a_capture_is_not_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let capture = folder.path().join("loss.pcap");
    std::fs::copy(sample("loss.pcap"), &capture).expect("copied");
    let before = std::fs::read(&capture).expect("read");
    let run = finish(
        wirenotes()
            .arg("graph")
            .arg(&capture)
            .args(["1", "--svg"])
            .arg(&capture),
    );
    assert_eq!(run.status, Some(2), "{}", run.stderr);
    assert_eq!(std::fs::read(&capture).expect("read"), before);
    let nowhere = folder.path().join("no/such/folder.svg");
    let run = finish(
        wirenotes()
            .arg("graph")
            .arg(&capture)
            .args(["1", "--svg"])
            .arg(&nowhere),
    );
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    let picture = folder.path().join("loss.svg");
    let run = finish(
        wirenotes()
            .arg("graph")
            .arg(&capture)
            .args(["1", "--svg"])
            .arg(&picture),
    );
    run.assert_status(0);
    assert_eq!(run.stdout, "");
    let written = std::fs::read_to_string(&picture).expect("a picture");
    assert!(written.starts_with("<svg"), "{written}");
}

#[test]
fn the_pictures_of_the_readme_are_what_is_drawn() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).expect("the README");
    let pictures: Vec<&str> = readme
        .split("](samples/pictures/")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(".svg)")?.0))
        .collect();
    assert_eq!(pictures, ["loss", "zero-window", "pet-collar"]);
    let mut bytes = 0;
    for picture in pictures {
        let path = root.join(format!("samples/pictures/{picture}.svg"));
        let kept = std::fs::read_to_string(path).expect("a picture");
        let kind = if picture == "pet-collar" {
            "ladder"
        } else {
            "sequence"
        };
        let words = ["1", "--kind", kind, "--svg", "-"];
        assert_eq!(shown(&format!("{picture}.pcap"), &words), kept, "{picture}");
        bytes += kept.len();
    }
    assert!(bytes < 300_000, "{bytes}");
}
