//! The table of tcpdump's and tshark's flags: every row's command is run, and
//! prints what the row says.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::path::Path;

use binary::{finish, wirenotes};

/// A row of the table.
struct Row {
    flag: String,
    here: String,
    command: String,
    prints: String,
}

fn rows() -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("contrib/flags.md");
    let text = std::fs::read_to_string(path).expect("the table");
    let lines = text.lines().filter(|line| line.starts_with("| "));
    lines
        .filter(|line| !line.starts_with("| flag |"))
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split(" | ").collect();
            let &[flag, _, here, command, prints] = cells.as_slice() else {
                panic!("not five cells: {line}");
            };
            let code = |cell: &str| {
                let cell = cell.trim().strip_prefix('`');
                let cell = cell.and_then(|cell| cell.strip_suffix('`'));
                cell.unwrap_or_else(|| panic!("no code in {line}"))
                    .to_owned()
            };
            Row {
                flag: flag.to_owned(),
                here: here.to_owned(),
                command: code(command),
                prints: code(prints),
            }
        })
        .collect()
}

#[test]
fn every_row_does_what_it_says() {
    let rows = rows();
    assert!(rows.len() > 55, "only {} rows", rows.len());
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    for row in rows {
        let mut words = row.command.split(' ');
        assert_eq!(words.next(), Some("wirenotes"), "{}", row.command);
        let run = finish(
            wirenotes()
                .current_dir(&samples)
                .args(words)
                .args(["--lang", "en"]),
        );
        let all = format!("{}{}", run.stdout, run.stderr);
        assert!(
            all.contains(&row.prints),
            "{} does not print {}:\n{all}",
            row.command,
            row.prints
        );
    }
}

/// A row that says so names a flag that is refused, any other one that is taken.
#[test]
fn only_flags_that_are_not_here_are_unknown() {
    for row in rows() {
        let is_unknown = row.prints.starts_with("unexpected argument");
        assert_eq!(
            row.here.starts_with("not here"),
            is_unknown || row.flag.contains("-z COMMAND")
        );
    }
}

#[test]
fn bytes_and_checksums_are_as_with_tcpdump() {
    let collar = files::sample("pet-collar.pcap");
    let run = |flags: &[&str]| {
        let run = finish(wirenotes().arg(&collar).args(flags));
        run.assert_status(0);
        run.stdout
    };
    // 15 packets, of which -x leaves the 14 bytes of Ethernet out.
    let bytes = |text: &str| -> usize {
        let rows = text.lines().filter_map(|line| line.strip_prefix("\t0x"));
        let digits = rows
            .filter_map(|row| row.split_once(":  "))
            .map(|(_, hex)| {
                let hex = hex.split("  ").next().unwrap_or_default();
                hex.chars().filter(char::is_ascii_hexdigit).count()
            });
        digits.sum::<usize>() / 2
    };
    assert_eq!(bytes(&run(&["-xx"])), 848);
    assert_eq!(bytes(&run(&["-x"])), 848 - 15 * 14);
    assert_eq!(bytes(&run(&["-XX"])), 848);
    let bad = files::sample("offload.pcap");
    let kinds = |flags: &[&str]| {
        let run = finish(
            wirenotes()
                .arg(&bad)
                .args(["--only", "summary"])
                .args(flags),
        );
        run.stdout
    };
    assert!(kinds(&[]).contains("capture.checksum_offload"));
    assert!(!kinds(&["-K"]).contains("checksum_offload"));
}

#[test]
fn a_capture_on_standard_input_needs_no_name() {
    let capture = std::fs::read(files::sample("pet-collar.pcap")).expect("the sample");
    for flags in [&[][..], &["--packets"], &["-q"], &["analyze"]] {
        let run = finish(wirenotes().args(flags).write_stdin(capture.clone()));
        run.assert_status(0);
        assert!(run.stdout.contains("15 packets"), "{flags:?}");
    }
    let run = finish(wirenotes().write_stdin("no capture at all"));
    run.assert_status(2);
}

#[test]
fn what_fails_on_is_said() {
    let sample = files::sample("close-wait.pcap");
    let failed = |lang| {
        let run = finish(wirenotes().arg(&sample).args([
            "--fail-on",
            "warning",
            "--lang",
            lang,
            "--format",
            "ndjson",
        ]));
        run.assert_status(3);
        run.stderr
    };
    assert_eq!(
        failed("en").trim(),
        "wirenotes: --fail-on warning: tcp.close_wait 3 times, first in packet 6"
    );
    assert!(failed("zh").contains("已触发"));
}

#[test]
fn a_filter_that_is_wrong_is_pointed_at_in_both_languages() {
    let sample = files::sample("pet-collar.pcap");
    for lang in ["en", "zh"] {
        let run = finish(
            wirenotes()
                .arg(&sample)
                .args(["-f", "tcp prot 80", "--lang", lang]),
        );
        run.assert_status(2);
        assert!(
            run.stderr.contains("  tcp prot 80\n      ^^^^\n"),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn zero_is_the_captures_first_packet_in_every_view() {
    let collar = files::sample("pet-collar.pcap");
    let collar = collar.to_string_lossy();
    // Packet 2 is the first of its conversation, and the first that passes.
    for words in [
        &["analyze", &collar, "--packets"][..],
        &["analyze", &collar, "--packets", "-f", "arp"],
        &[
            "analyze",
            &collar,
            "--packets",
            "-f",
            "arp",
            "--threads",
            "1",
        ],
        &["analyze", &collar, "--conversation", "2"],
        &["analyze", &collar, "--conversation", "1", "-f", "arp"],
        &["live", "-r", &collar, "--time", "r", "arp"],
        &["live", "-r", &collar, "--time", "r", "--conversation", "2"],
        &["explain", &collar, "2"],
    ] {
        let run = binary::run(words);
        run.assert_status(0);
        assert!(
            run.stdout.contains(" 0.004585 "),
            "{words:?}: {}",
            run.stdout
        );
    }
}

#[test]
fn every_view_takes_the_form_of_times() {
    // The commands to copy repeat the name, which may be wide.
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let wirenotes = || {
        let mut command = wirenotes();
        command.current_dir(&samples);
        command
    };
    let collar = "pet-collar.pcap";
    let date = "2026-11-20 19:13:52.323317";
    for words in [
        &["analyze", collar, "--packets"][..],
        &["analyze", collar, "--conversation", "2"],
        &["live", "-r", collar],
        &["explain", collar, "2"],
    ] {
        let run = finish(wirenotes().args(words).args(["-tttt", "--utc"]));
        assert!(run.stdout.contains(date), "{words:?}: {}", run.stdout);
        let run = finish(
            wirenotes()
                .args(words)
                .args(["--time", "ad"])
                .env("TZ", "UTC-1"),
        );
        let local = date.replace(" 19:", " 20:");
        assert!(run.stdout.contains(&local), "{words:?}: {}", run.stdout);
        let run = finish(wirenotes().args(words).arg("-t"));
        assert!(
            !run.stdout.contains("0.004585"),
            "{words:?}: {}",
            run.stdout
        );
        assert!(run.stdout.lines().all(|line| line.chars().count() <= 80));
    }
}

#[test]
fn a_time_of_the_day_that_is_typed_is_the_one_that_is_shown() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/pet-collar.pcap");
    let rows = |words: &[&str]| {
        let run = finish(
            wirenotes()
                .args(["conversations", sample, "--format", "csv"])
                .args(words)
                .env("TZ", "UTC-1"),
        );
        run.assert_status(0);
        run.stdout.lines().count()
    };
    // It begins at 19:13:52 UTC.
    let all = rows(&[]);
    assert_eq!(rows(&["time:20:13:50..20:59"]), all);
    assert_eq!(rows(&["time:19:13:50..19:59"]), 0);
    assert_eq!(rows(&["time:19:13:50..19:59", "--utc"]), all);
    assert_eq!(rows(&["time:2026-11-20T20:13:50.."]), all);
    assert_eq!(rows(&["time:..2026-11-20T19:59"]), 0);
    assert_eq!(rows(&["time:..2026-11-20T19:59Z"]), all);
    let run = finish(wirenotes().args([sample, "time:19:13:50..19:59", "--utc"]));
    assert!(run.stdout.contains("--utc"), "{}", run.stdout);
}
