//! With `--lang zh` nothing is said in English: help, mistakes, what cannot be read.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use binary::{finish, wirenotes};

/// Words that every English sentence has one of, and no name, flag or command.
const ENGLISH: &[&str] = &[
    "the",
    "is",
    "are",
    "was",
    "not",
    "and",
    "of",
    "with",
    "for",
    "this",
    "that",
    "which",
    "cannot",
    "no",
    "there",
    "its",
    "has",
    "have",
    "by",
    "from",
    "found",
    "expected",
    "unexpected",
    "argument",
    "required",
    "invalid",
    "usage",
    "try",
    "information",
    "more",
    "only",
    "possible",
    "values",
    "default",
    "print",
    "show",
];

/// The English words in a text, but for those in lines of examples and in what the
/// user typed.
fn english(text: &str, typed: &[&str]) -> Vec<String> {
    let typed: Vec<&str> = typed.iter().flat_map(|words| words.split(' ')).collect();
    let is_example = |line: &&str| {
        let line = line.trim_start();
        ["wirenotes", "sudo", "tcpdump", "ssh"]
            .iter()
            .any(|first| line.starts_with(first))
            && !line.starts_with("wirenotes: ")
    };
    text.lines()
        .filter(|line| !is_example(line))
        .flat_map(|line| {
            line.split(|letter: char| !letter.is_ascii_alphabetic() && !"-_".contains(letter))
        })
        .filter(|word| ENGLISH.contains(&word.to_lowercase().as_str()) && !typed.contains(word))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_help_of_every_command_is_chinese() {
    for command in [
        "",
        "analyze",
        "conversations",
        "hosts",
        "visits",
        "view",
        "follow",
        "graph",
        "report",
        "deal",
        "live",
        "explain",
        "notes",
        "interfaces",
        "schema",
        "completions",
        "man",
    ] {
        for flag in ["-h", "--help"] {
            let words = [command, flag].into_iter().filter(|word| !word.is_empty());
            let run = finish(wirenotes().args(words).args(["--lang", "zh"]));
            run.assert_status(0);
            let found = english(&run.stdout, &["default", "none", "of", "show"]);
            assert!(
                found.is_empty(),
                "{command} {flag}: {found:?}\n{}",
                run.stdout
            );
            assert!(run.stdout.contains("用法："), "{}", run.stdout);
        }
    }
}

#[test]
fn the_commands_are_those_that_are_walked() {
    let help = finish(wirenotes().args(["--help", "--lang", "en"])).stdout;
    let commands = help.split("Commands:").nth(1).expect("a list of commands");
    let commands = commands.lines().skip(1).take_while(|line| !line.is_empty());
    let source = include_str!("chinese.rs");
    let mut count = 0;
    for name in commands.filter_map(|line| line.split_whitespace().next()) {
        assert!(
            source.contains(&format!("\"{name}\"")),
            "{name} is not walked"
        );
        count += 1;
    }
    assert!(count >= 8, "{count}");
}

#[test]
fn mistakes_are_told_in_chinese() {
    let collar = files::sample("pet-collar.pcap");
    let collar = collar.to_string_lossy();
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        path.to_string_lossy().into_owned()
    };
    let capture = std::fs::read(files::sample("pet-collar.pcap")).expect("the sample");
    let (empty, text) = (file("empty.pcap", b""), file("text.pcap", b"no packets\n"));
    let snoop = file("snoop.pcap", b"snoop\0\0\0\0\0\0\x02");
    let cut = file("cut.pcap", &capture[..300]);
    let header = file("header.pcap", &capture[..10]);
    let here = folder.path().to_string_lossy();
    for words in [
        &["analyze"][..],
        &["anlyze"],
        &["analyze", &collar, "--no-such-flag"],
        &["analyze", &collar, "--format", "xml"],
        &["analyze", &collar, "--format"],
        &["analyze", &collar, "--fail-on", "note"],
        &["analyze", &collar, "--conversation", "first"],
        &["analyze", &collar, "--conversation", "99"],
        &["analyze", &collar, "-c", "0"],
        &["analyze", &collar, "--threads", "0"],
        &["analyze", &collar, "--frame", "len:u64"],
        &["analyze", &collar, "--max-memory", "5X"],
        &["analyze", &collar, "--max-memory", "many"],
        &["analyze", &collar, "--max-memory", "1M"],
        &["analyze", &collar, "--kind", "tcp.rest"],
        &["analyze", &collar, "--kind", "time-wait"],
        &["analyze", &collar, "-t", "--time", "a"],
        &["analyze", &collar, "-w", &collar],
        &["analyze", &collar, "-w", "/nowhere/folder/file.pcap"],
        &["analyze", &collar, "-w", &here],
        &["analyze", &collar, "-w", "-", "-C", "1"],
        &["analyze", &collar, "-C", "1"],
        &["analyze", &collar, "-w", "x.pcap", "-C", "1x"],
        &["analyze", &collar, "-w", "x.pcap", "-W", "2"],
        &["-r", &collar, "-f", "tcp", "udp"],
        &["-r", &collar, "tcp", "prot", "80"],
        &["-r", &collar, "port", "99999"],
        &["-r", &collar, "tcp", "and", "udp"],
        &["-r", &collar, "-Y", "tcp"],
        &["-r", &collar, "-V"],
        &["-r", &collar, "-T", "json"],
        &["-r", &collar, "-z", "io"],
        &["-r", &collar, "-b", "files:2"],
        &["analyze", "tcp", "udp"],
        &["analyze", &collar, "port:65536"],
        &["analyze", &collar, "host:here"],
        &["analyze", &collar, "rtt:50xs.."],
        &["analyze", &collar, "state:asleep"],
        &["analyze", &collar, "kind:tcp.rest"],
        &["analyze", &collar, "proto:"],
        &["analyze", &collar, "time:noon"],
        &["analyze", &collar, "packets:9..1"],
        &["analyze", &collar, "port:3001", "--conversation", "99"],
        &["analyze", &collar, "--conversation", "10.9.9.9"],
        &["analyze", &collar, "-f", "arp", "--conversation", "99"],
        &["analyze", "-", "port:3001"],
        &["analyze", &collar, "--format", "csv"],
        &["conversations"],
        &["conversations", "port:80"],
        &["conversations", &collar, "--top", "few"],
        &["conversations", &collar, "--sort", "beauty"],
        &["conversations", &collar, "--join", "--apart"],
        &["hosts", "/nowhere/file.pcap"],
        &["follow", &collar, "0"],
        &["follow", &collar, "9"],
        &["follow", &collar, "1", "--raw", "both"],
        &[
            "follow", &collar, "1", "--raw", "client", "--format", "json",
        ],
        &["hosts", &collar, "--top", "0"],
        &["live", "-r", &collar, "port:80"],
        &["live", "-r", &collar, &collar],
        &["live", "-r", &collar, "--conversation", "10.0.0.1"],
        &["/nowhere/file.pcap"],
        &[&here],
        &[&empty],
        &[&text],
        &[&snoop],
        &[&cut],
        &[&header],
        &["live", "-i", "no-such-0"],
        &["live", "-r", &collar, "-i", "lo"],
        &["live", "-r", &collar, "--duration", "soon"],
        &["live", "-r", &collar, "--duration", "5d"],
        &["live", "-r", &collar, "-a", "weather:fair"],
        &["live", "-r", &collar, "-B", "0"],
        &["live", "-r", &collar, "-s", "all"],
        &[
            "live",
            "-r",
            &collar,
            "--format",
            "json",
            "--summary-every",
            "1s",
        ],
        &["notes", "no-such-topic"],
        &["notes", "--search", "zzzz"],
        &["explain", &collar],
        &["explain", &collar, "99"],
        &["explain", &collar, "first"],
        &["explain", "/nowhere/file.pcap"],
        &["explain", &collar, "1", "--compare"],
        &["explain", &collar, "1", "--field", "tcp.flag"],
        &["explain", "--hex", "0", "--link", "tin-can"],
        &["explain", "--hex", "nothing here"],
        &["man", "no-such-command"],
        &["completions", "cmd"],
    ] {
        let run = finish(
            wirenotes()
                .args(words)
                .args(["--lang", "zh"])
                .write_stdin(""),
        );
        assert!(!run.stderr.trim().is_empty(), "{words:?} says nothing");
        let found = english(&run.stderr, words);
        assert!(found.is_empty(), "{words:?}: {found:?}\n{}", run.stderr);
        let is_chinese = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
        assert!(run.stderr.contains(is_chinese), "{words:?}: {}", run.stderr);
    }
}

#[test]
fn what_ends_well_is_told_in_chinese_too() {
    let sample = files::sample("close-wait.pcap");
    for more in [
        &["-v"][..],
        &["--fail-on", "warning"],
        &["-v", "-w", "/dev/null"],
    ] {
        let run = finish(wirenotes().arg(&sample).args(more).args(["--lang", "zh"]));
        let found = english(&run.stderr, more);
        assert!(found.is_empty(), "{more:?}: {found:?}\n{}", run.stderr);
    }
}
