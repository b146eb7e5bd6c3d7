//! What may be typed, what it does, and with what status it ends.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use binary::{finish, run, wirenotes};
use files::sample;

const COLLAR: &str = "pet-collar.pcap";

fn packets(arguments: &[&str]) -> Vec<serde_json::Value> {
    let run = finish(
        wirenotes()
            .args(["analyze", "--packets", "--format", "ndjson"])
            .args(arguments),
    );
    run.assert_status(0);
    run.records("packet")
}

fn path(name: &str) -> String {
    sample(name).to_string_lossy().into_owned()
}

#[test]
fn alone_it_shows_its_uses() {
    let run = run([""; 0]);
    run.assert_status(2).assert_says("wirenotes analyze");
    assert!(run.stdout.is_empty(), "{}", run.stdout);
}

#[test]
fn help_and_version_go_to_standard_output() {
    for arguments in [
        &["--help"][..],
        &["analyze", "--help"],
        &["live", "--help"],
        &["interfaces", "--help"],
        &["--version"],
    ] {
        let run = run(arguments);
        run.assert_status(0);
        assert!(
            run.stdout.contains("wirenotes"),
            "{arguments:?}: {}",
            run.stdout
        );
        assert!(run.stderr.is_empty(), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn wrong_usage_is_status_two() {
    let collar = path(COLLAR);
    for arguments in [
        &["analyze"][..],
        &["analyze", &collar, "--no-such-flag"],
        &["analyze", &collar, "--format", "xml"],
        &["analyze", &collar, "--lang", "tlh"],
        &["analyze", &collar, "--color", "perhaps"],
        &["analyze", &collar, "--fail-on", "note"],
        &["analyze", &collar, "--conversation", "first"],
        &["analyze", &collar, "-c", "many"],
        &["analyze", &collar, "--kind", "no.such.kind"],
        &["notes", "no-such-topic"],
        &["live", "-r", &collar, "-i", "lo"],
        &["live", "-r", &collar, "-c", "0"],
        &["live", "-r", &collar, "--duration", "soon"],
        &["live", "-r", &collar, "-a", "weather:fair"],
        &["live", "-r", &collar, "-f", "tcp", "udp"],
        &["live", "-r", &collar, "tcp", "prot", "80"],
        &["live", "-r", &collar, "-C", "1"],
        &[
            "live",
            "-r",
            &collar,
            "--format",
            "json",
            "--summary-every",
            "1s",
        ],
        &["live", "-r", &collar, "--kind", "no.such.kind"],
    ] {
        let run = run(arguments);
        run.assert_status(2);
        assert!(!run.stderr.is_empty(), "{arguments:?} says nothing");
        assert!(run.stdout.is_empty(), "{arguments:?}: {}", run.stdout);
    }
}

#[test]
fn a_file_alone_is_analyzed() {
    let collar = path(COLLAR);
    let full = run(["analyze", &collar]);
    full.assert_status(0);
    for short in [
        &[collar.as_str()][..],
        &["analyze", "-r", &collar],
        &["-r", &collar],
    ] {
        let short = run(short);
        short.assert_status(0);
        assert_eq!(short.stdout, full.stdout);
    }
}

#[test]
fn live_plays_a_capture_as_analyze_shows_it() {
    let collar = path(COLLAR);
    let analyze = run(["analyze", &collar]);
    // Nothing in it deserves attention, so that the summary stands alone; the
    // packets, which its last line offers, were shown.
    let live = run(["live", "-r", &collar, "-q"]);
    live.assert_status(0);
    let all_but_hints = |text: &str| {
        let lines = text
            .lines()
            .filter(|line| ![" one: ", " or: "].iter().any(|hint| line.contains(hint)));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(all_but_hints(&live.stdout), all_but_hints(&analyze.stdout));
    let analyze = run(["live", "-r", &collar]);
    assert!(
        analyze
            .stdout
            .contains("    1 19:13:52.318732  10.0.0.1:3572")
    );
    let capture = std::fs::read(sample(COLLAR)).expect("the sample");
    let piped = finish(wirenotes().args(["live", "-r", "-"]).write_stdin(capture));
    piped.assert_status(0);
    // Only the file's name, and the commands that read it again, are not there.
    assert_eq!(
        piped.stdout.lines().next(),
        analyze.stdout.lines().next(),
        "{}",
        piped.stderr
    );
    assert!(piped.stdout.contains("tcp.teardown.second_ack"));
}

#[test]
fn live_shows_events_alone_or_records() {
    let collar = path(COLLAR);
    let refused = path("refused.pcap");
    let quiet = run(["live", "-r", &collar, "-q"]);
    quiet.assert_status(0);
    assert!(
        !quiet.stdout.contains("tcp.handshake.syn "),
        "{}",
        quiet.stdout
    );
    let quiet = run(["live", "-r", &refused, "-q"]);
    assert!(quiet.stdout.contains("tcp.handshake.refused"));
    assert!(!quiet.stdout.contains("tcp.handshake.syn "));
    let records = run(["live", "-r", &collar, "--format", "ndjson"]);
    assert_eq!(records.records("packet"), packets(&[&collar]));
    let summary = &records.records("summary")[0];
    assert_eq!(summary["received"], summary["packets"]);
    for key in ["dropped_by_kernel", "dropped_by_interface", "dropped_by_us"] {
        assert_eq!(summary[key], 0);
    }
    assert!(summary["interface"].is_null());
    let quiet = run(["live", "-r", &collar, "--format", "ndjson", "-q"]);
    assert!(quiet.records("packet").is_empty());
    assert!(!quiet.records("conversation").is_empty());
}

#[test]
fn live_stops_after_so_many_packets_or_so_much_of_the_captures_time() {
    let collar = path(COLLAR);
    let count = |arguments: &[&str]| {
        let mut all = vec!["live", "-r", &collar, "--format", "ndjson"];
        all.extend(arguments);
        let run = run(all);
        run.assert_status(0);
        run.records("packet").len()
    };
    let all = packets(&[&collar]);
    assert_eq!(count(&["-c", "3"]), 3);
    assert_eq!(count(&["-a", "packets:4"]), 4);
    let start = all[0]["time_ns"].as_u64().expect("a time");
    let within = all
        .iter()
        .filter(|it| {
            it["time_ns"]
                .as_u64()
                .is_some_and(|time| time - start < 100_000_000)
        })
        .count();
    assert!(within > 0 && within < all.len());
    assert_eq!(count(&["--duration", "100ms"]), within);
    assert_eq!(count(&["-a", "duration:0.1"]), within);
}

#[test]
fn interfaces_are_listed_whether_they_may_be_opened_or_not() {
    for arguments in [&["interfaces"][..], &["live", "-D"], &["-D"]] {
        let run = run(arguments);
        run.assert_status(0);
        let names: Vec<_> = run
            .stdout
            .lines()
            .filter_map(|line| line.split_whitespace().nth(1))
            .collect();
        assert!(names.contains(&"lo"), "{}", run.stdout);
        assert!(run.stdout.contains("127.0.0.1/8"));
        assert!(run.stdout.lines().all(|line| line.chars().count() <= 80));
    }
    let run = run(["interfaces", "--format", "ndjson"]);
    let records = run.records("interface");
    let loopback = records.iter().find(|it| it["name"] == "lo");
    assert_eq!(loopback.expect("loopback")["loopback"], true);
}

#[test]
fn a_broken_filter_shows_libpcaps_message() {
    let run = run(["analyze", &path(COLLAR), "-f", "tcp prot 80"]);
    run.assert_status(2).assert_says("syntax error");
}

#[test]
fn a_filter_passes_what_it_names_and_numbers_stay() {
    let all = packets(&[&path(COLLAR)]);
    let arp = packets(&[&path(COLLAR), "-f", "arp"]);
    let expected: Vec<_> = all
        .iter()
        .filter(|packet| packet.get("arp").is_some())
        .map(|packet| packet["number"].clone())
        .collect();
    let numbers: Vec<_> = arp.iter().map(|packet| packet["number"].clone()).collect();
    assert!(!expected.is_empty());
    assert_eq!(numbers, expected);
}

#[test]
fn len_in_a_filter_is_the_original_length() {
    // The pet collar's packets, with 40 bytes captured of each.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("snapped.pcap");
    std::fs::write(
        &file,
        snapped(&std::fs::read(sample(COLLAR)).expect("the sample"), 40),
    )
    .expect("a writable folder");
    let file = file.to_string_lossy();
    let all = packets(&[&file]);
    assert!(all.iter().all(|packet| packet["captured_length"] == 40));
    let lengths = |packets: &[serde_json::Value]| -> Vec<u64> {
        packets
            .iter()
            .filter_map(|packet| packet["original_length"].as_u64())
            .collect()
    };
    let long: Vec<_> = lengths(&all)
        .into_iter()
        .filter(|length| *length > 60)
        .collect();
    assert!(!long.is_empty() && long.len() < all.len());
    assert_eq!(lengths(&packets(&[&file, "-f", "len > 60"])), long);
    assert_eq!(lengths(&packets(&[&file, "-f", "greater 61"])), long);
    assert_eq!(
        packets(&[&file, "-f", "less 60"]).len(),
        all.len() - long.len()
    );
}

/// A classic little-endian capture with every packet cut to `length` bytes.
fn snapped(capture: &[u8], length: usize) -> Vec<u8> {
    let (header, mut rest) = capture.split_at(24);
    let mut out = header.to_vec();
    while let Some((record, behind)) = rest.split_at_checked(16) {
        let captured = u32::from_le_bytes([record[8], record[9], record[10], record[11]]) as usize;
        let (bytes, behind) = behind.split_at(captured);
        let kept = captured.min(length);
        out.extend(&record[..8]);
        out.extend((kept as u32).to_le_bytes());
        out.extend(&record[12..]);
        out.extend(&bytes[..kept]);
        rest = behind;
    }
    out
}

#[test]
fn a_count_stops_after_packets_that_passed() {
    let numbers = |arguments: &[&str]| -> Vec<u64> {
        packets(arguments)
            .iter()
            .filter_map(|packet| packet["number"].as_u64())
            .collect()
    };
    let collar = path(COLLAR);
    assert_eq!(numbers(&[&collar, "-c", "3"]), [1, 2, 3]);
    let tcp = numbers(&[&collar, "-f", "tcp"]);
    assert_eq!(numbers(&[&collar, "-f", "tcp", "-c", "2"]), tcp[..2]);
}

#[test]
fn several_files_are_read_in_the_order_of_their_first_packets() {
    let names = ["refused.pcap", COLLAR, "udp.pcap"];
    let mut files: Vec<_> = names
        .iter()
        .map(|name| {
            let packets = packets(&[&path(name)]);
            (packets[0]["time_ns"].as_u64(), path(name), packets.len())
        })
        .collect();
    files.sort();
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let arguments = order.map(|index| path(names[index]));
        let arguments = [&*arguments[0], &*arguments[1], &*arguments[2]];
        let read = packets(&arguments);
        let mut expected = Vec::new();
        for (_, file, count) in &files {
            expected.extend((1..=*count).map(|number| (file.clone(), number as u64)));
        }
        let found: Vec<_> = read
            .iter()
            .map(|packet| {
                let file = packet["file"].as_str().unwrap_or_default().to_owned();
                (file, packet["number_in_file"].as_u64().unwrap_or_default())
            })
            .collect();
        assert_eq!(found, expected);
        let running = read.iter().enumerate();
        assert!(
            running
                .clone()
                .all(|(index, packet)| packet["number"] == index + 1)
        );
    }
}

#[test]
fn fail_on_looks_at_what_was_found() {
    let refused = path("refused.pcap");
    let broken = path("crafted-bad-syn-ack.pcap");
    let cases: &[(&[&str], i32)] = &[
        (&["analyze", &refused], 0),
        (&["analyze", &refused, "--fail-on", "warning"], 3),
        (&["analyze", &refused, "--fail-on", "error"], 0),
        (&["analyze", &broken, "--fail-on", "error"], 3),
        (
            &[
                "analyze",
                &refused,
                "--fail-on",
                "warning",
                "--kind",
                "dns.*",
            ],
            0,
        ),
        (
            &[
                "analyze",
                &refused,
                "--fail-on",
                "warning",
                "--kind",
                "tcp.handshake.refused",
            ],
            3,
        ),
    ];
    for (arguments, status) in cases {
        for format in ["text", "json", "ndjson"] {
            let run = finish(wirenotes().args(*arguments).args(["--format", format]));
            assert_eq!(run.status, Some(*status), "{arguments:?}: {}", run.stderr);
        }
    }
}

#[test]
fn what_could_not_be_read_outweighs_what_was_found() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cut = folder.path().join("cut.pcap");
    let mut bytes = std::fs::read(sample("refused.pcap")).expect("the sample");
    bytes.extend([1, 2, 3]);
    std::fs::write(&cut, bytes).expect("a writable folder");
    let run = finish(
        wirenotes()
            .arg("analyze")
            .arg(&cut)
            .args(["--fail-on", "warning"]),
    );
    run.assert_status(1).assert_says("cut.pcap");
    assert!(run.stdout.contains("refused"), "{}", run.stdout);
}

#[test]
fn kinds_narrow_what_is_told() {
    let file = path("crafted-bad-syn-ack.pcap");
    let told = packets(&[&file, "--kind", "tcp.handshake.syn*"]);
    let kinds: Vec<_> = told
        .iter()
        .flat_map(|packet| packet["annotations"].as_array().into_iter().flatten())
        .filter_map(|note| note["kind"].as_str())
        .collect();
    assert!(kinds.contains(&"tcp.handshake.syn_ack"), "{kinds:?}");
    assert!(
        kinds
            .iter()
            .all(|kind| kind.starts_with("tcp.handshake.syn")),
        "{kinds:?}"
    );
}

#[test]
fn a_summary_of_some_kinds_says_nothing_of_the_others() {
    let file = path("loss.pcap");
    for more in [&[][..], &["-v"]] {
        let kind = ["analyze", &file, "--kind", "tcp.duplicate_ack"];
        let run = run([&kind[..], more].concat());
        run.assert_status(0);
        assert!(
            run.stdout
                .contains("✓ No warning and no error of these kinds."),
            "{}",
            run.stdout
        );
    }
}

#[test]
fn the_bill_for_headers_stands_beside_each_packet_where_it_is_asked_for() {
    let file = path("pet-collar.pcap");
    let bill = "62 bytes = 54 headers (14 + 20 + 20) + 8 payload  \"location\"";
    for view in [&["--packets"][..], &["--conversation", "1"]] {
        let plain = run([&["analyze", &file], view].concat());
        plain.assert_status(0);
        assert!(!plain.stdout.contains(bill), "{}", plain.stdout);
        let full = run([&["analyze", &file, "--overhead"], view].concat());
        full.assert_status(0);
        assert!(full.stdout.contains(bill), "{view:?}: {}", full.stdout);
    }
}

#[test]
fn a_wrong_acknowledgment_is_an_error_with_both_numbers() {
    let packets = packets(&[&path("crafted-bad-syn-ack.pcap")]);
    let note = packets
        .iter()
        .flat_map(|packet| packet["annotations"].as_array().into_iter().flatten())
        .find(|note| note["kind"] == "tcp.handshake.syn_ack")
        .expect("the SYN-ACK is annotated");
    assert_eq!(note["severity"], "error");
    let check = &note["checks"][0];
    assert_eq!(check["holds"], false);
    let x = packets[0]["tcp"]["sequence"]
        .as_u64()
        .expect("the SYN's number");
    assert_eq!(check["expected"], x + 1);
    assert_eq!(check["observed"], x);
}

#[test]
fn colour_only_where_it_is_wanted() {
    let collar = path(COLLAR);
    let coloured = |arguments: &[&str], environment: &[(&str, &str)]| -> bool {
        let mut command = wirenotes();
        command.args(["analyze", &collar]).args(arguments);
        command.envs(environment.iter().copied());
        finish(&mut command)
            .assert_status(0)
            .stdout
            .contains('\u{1b}')
    };
    assert!(!coloured(&[], &[]), "a pipe is no terminal");
    assert!(coloured(&["--color", "always"], &[]));
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("NO_COLOR", "1")]));
    assert!(
        coloured(&["--color", "always"], &[("NO_COLOR", "1")]),
        "a flag is nearer"
    );
    assert!(
        !coloured(&["--format", "ndjson", "--color", "always"], &[]),
        "records have none"
    );
}

#[test]
fn the_language_is_the_readers() {
    let collar = path(COLLAR);
    let chinese = |arguments: &[&str], environment: &[(&str, &str)]| -> bool {
        let mut command = wirenotes();
        command.args(["analyze", &collar]).args(arguments);
        command.envs(environment.iter().copied());
        let run = finish(&mut command);
        run.assert_status(0);
        run.stdout
            .chars()
            .any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character))
    };
    assert!(!chinese(&[], &[]));
    assert!(chinese(&["--lang", "zh"], &[]));
    assert!(chinese(&[], &[("LANG", "zh_CN.UTF-8")]));
    assert!(chinese(
        &[],
        &[("LC_MESSAGES", "zh_CN.UTF-8"), ("LANG", "en_US.UTF-8")]
    ));
    assert!(!chinese(
        &[],
        &[("LC_ALL", "en_US.UTF-8"), ("LANG", "zh_CN.UTF-8")]
    ));
    assert!(!chinese(&["--lang", "en"], &[("LANG", "zh_CN.UTF-8")]));
}

#[test]
fn notes_are_listed_and_read_by_topic_or_kind() {
    let listing = run(["notes"]);
    listing.assert_status(0);
    for topic in [
        "layers",
        "header-overhead",
        "connection-identity",
        "tcp-handshake",
        "tcp-options",
        "tcp-teardown",
        "time-wait",
        "close-wait",
        "tcp-states",
        "sequence-and-ack",
        "retransmission",
        "tcp-vs-udp",
        "udp",
        "dns",
        "arp",
        "icmp",
    ] {
        assert!(listing.stdout.contains(topic), "{topic} is not listed");
        for lang in ["en", "zh"] {
            let note = run(["notes", topic, "--lang", lang]);
            note.assert_status(0);
            assert!(
                note.stdout.lines().count() > 5,
                "{topic} in {lang}: {}",
                note.stdout
            );
        }
    }
    let by_kind = run(["notes", "tcp.handshake.syn_ack"]);
    by_kind.assert_status(0);
    assert!(by_kind.stdout.contains("SYN-ACK"), "{}", by_kind.stdout);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn what_is_not_built_in_says_how_to_build_it() {
    let collar = path(COLLAR);
    let how = "cargo install --path . --features parquet";
    for arguments in [
        &["analyze", &collar, "--parquet", "tables"][..],
        &["notes", "tables"],
        &["notes", "tables", "--lang", "zh"],
    ] {
        let run = run(arguments);
        run.assert_status(2).assert_says(how);
        assert!(run.stdout.is_empty(), "{arguments:?}: {}", run.stdout);
    }
    assert!(!std::path::Path::new("tables").exists());
}
