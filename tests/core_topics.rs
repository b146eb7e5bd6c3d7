//! The topics and all kinds: each topic has its note in both languages with a
//! sample and a command that shows one of its kinds, and each kind has a sample.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::collections::BTreeSet;
use std::path::Path;

use wirenotes::notes::{Kind, Lang, Topic};

/// The topics of link, network and transport, in the order in which they are best
/// learned.
const CORE: &[&str] = &[
    "layers",
    "header-overhead",
    "mac-and-ip",
    "arp",
    "icmp",
    "subnet-and-gateway",
    "nat",
    "dhcp",
    "tcp-vs-udp",
    "udp",
    "connection-identity",
    "tcp-handshake",
    "tcp-options",
    "syn-flood",
    "tcp-teardown",
    "time-wait",
    "close-wait",
    "tcp-states",
    "sequence-and-ack",
    "byte-stream",
    "retransmission",
    "duplicate-ack-and-sack",
    "reordering",
    "head-of-line",
    "checksum",
    "flow-control",
    "congestion-control",
    "round-trip-time",
    "dead-peer",
    "keep-alive",
    "ip-fragmentation",
    "dns",
];

/// The topics of what a connection is used for.
const APPLICATION: &[&str] = &[
    "url-to-page",
    "http",
    "http-versions",
    "cookies-and-sessions",
    "tokens",
    "cors",
    "network-performance",
];

/// Topics that have nothing on the wire of their own: their notes exist, and the
/// others link to them.
const CONCEPTS: &[&str] = &[
    "sockets",
    "io-multiplexing",
    "file-descriptors",
    "retries-and-failover",
];

fn topic(name: &str) -> &'static Topic {
    Topic::from_name(name).unwrap_or_else(|| panic!("there is no note {name}"))
}

/// The commands at the end of a note.
fn commands(topic: &Topic, lang: Lang) -> Vec<&'static str> {
    let heading = lang.pick("\n## Try it\n", "\n## 动手试试\n");
    let (_, end) = topic
        .text(lang)
        .split_once(heading)
        .unwrap_or_else(|| panic!("{} has nothing to try", topic.name));
    let lines = end.lines().filter(|line| line.starts_with("wirenotes "));
    lines.collect()
}

/// What a command of a note prints.
fn output(command: &str, lang: &str) -> String {
    let words = command
        .split(' ')
        .skip(1)
        .map(|word| word.trim_matches('\''));
    let run = binary::finish(
        binary::wirenotes()
            .args(words)
            .args(["--lang", lang])
            .current_dir(env!("CARGO_MANIFEST_DIR")),
    );
    run.assert_status(0);
    run.stdout
}

#[test]
fn every_topic_has_a_note_whose_command_shows_one_of_its_kinds() {
    for name in CORE.iter().chain(APPLICATION) {
        let topic = topic(name);
        for (lang, flag) in [(Lang::En, "en"), (Lang::Zh, "zh")] {
            let commands = commands(topic, lang);
            let samples = commands
                .iter()
                .filter(|command| command.contains("samples/"));
            assert!(samples.count() > 0, "{name}: no sample");
            let shown: String = commands.iter().map(|it| output(it, flag)).collect();
            let mut kinds = Kind::ALL
                .iter()
                .filter(|kind| kind.topic() == *name)
                .peekable();
            // What is measured for each connection has no kind of its own.
            let measured = [
                "tcp-vs-udp",
                "udp",
                "congestion-control",
                "layers",
                "round-trip-time",
                "network-performance",
            ];
            assert!(
                measured.contains(name) || kinds.any(|kind| shown.contains(kind.name())),
                "{name}: none of its kinds is shown"
            );
        }
    }
}

#[test]
fn every_concept_has_a_note_and_others_send_the_reader_there() {
    for name in CONCEPTS {
        let concept = topic(name);
        for lang in Lang::ALL {
            assert!(!commands(concept, lang).is_empty(), "{name}");
            let others = CORE.iter().chain(CONCEPTS).filter(|other| *other != name);
            let mut linking =
                others.filter(|other| topic(other).text(lang).contains(&format!("`{name}`")));
            assert!(linking.next().is_some(), "nothing sends to {name}");
        }
    }
}

#[test]
fn every_kind_has_a_sample() {
    let mut shown = BTreeSet::new();
    for sample in files::samples() {
        let run = binary::run([
            Path::new("analyze"),
            &sample,
            Path::new("--format"),
            Path::new("ndjson"),
        ]);
        run.assert_status(0);
        for summary in run.records("summary") {
            let kinds = summary["kinds"].as_object().expect("an object");
            shown.extend(kinds.keys().cloned());
        }
    }
    let missing: Vec<_> = Kind::ALL
        .iter()
        .map(|kind| kind.name())
        .filter(|name| !shown.contains(*name))
        .collect();
    assert!(missing.is_empty(), "no sample shows {missing:?}");
}
