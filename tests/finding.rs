//! From what one knows to the packets: words that select conversations, names of
//! conversations, the tables, commands that lead on, several files.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use binary::{Run, finish, run, wirenotes};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

/// The terminal's width.
const COLUMNS: usize = 80;

/// Orders of the table, each with what is to fall from row to row.
const AMOUNTS: [(&str, &str); 6] = [
    ("duration", "duration_ns"),
    ("packets", "packets"),
    ("bytes", "bytes"),
    ("sent-again", "sent_again"),
    ("rtt", "round_trip_ns"),
    ("wait", "wait_ns"),
];

fn path(name: &str) -> String {
    files::sample(name).to_string_lossy().into_owned()
}

/// The rows of the table of conversations, as records.
fn rows(arguments: &[&str]) -> Vec<Value> {
    table("conversations", arguments).records("row")
}

fn table(command: &str, arguments: &[&str]) -> Run {
    let run = finish(
        wirenotes()
            .arg(command)
            .args(arguments)
            .args(["--format", "ndjson"]),
    );
    run.assert_status(0);
    run
}

fn numbers(rows: &[Value]) -> Vec<u64> {
    let numbers = rows.iter().filter_map(|row| row["number"].as_u64());
    numbers.collect()
}

/// The numbers of what words select, in their order.
fn selected(file: &str, words: &[&str]) -> Vec<u64> {
    let arguments = [&[file, "--sort", "start"][..], words].concat();
    numbers(&rows(&arguments))
}

fn conversations(arguments: &[&str]) -> Vec<Value> {
    let run = finish(
        wirenotes()
            .arg("analyze")
            .args(arguments)
            .args(["--format", "ndjson"]),
    );
    let mut records = run.records("conversation");
    records.sort_by_key(|record| record["number"].as_u64());
    records
}

#[test]
fn words_select_conversations_and_all_must_hold() {
    let file = path("close-wait.pcap");
    for (words, expected) in [
        (&["state:close_wait"][..], &[1, 2, 3][..]),
        (&["state:CLOSE-WAIT", "host:10.0.0.3"], &[2, 3]),
        (&["port:3001"], &[1, 2, 3, 4]),
        (&["port:42271"], &[4]),
        (&["port:9"], &[]),
        (&["host:10.0.0.0/30", "port:3001"], &[1, 2, 3, 4]),
        (&["host:10.0.0.1/32"], &[1, 4]),
        (&["host:10.1.0.0/16"], &[]),
        (&["proto:tcp", "packets:8"], &[4]),
        (&["proto:udp"], &[]),
        (&["kind:tcp.close_wait"], &[1, 2, 3]),
        (&["kind:tcp.teardown.second_ack"], &[4]),
        (&["kind:tcp.close_wait", "kind:tcp.handshake.*"], &[1, 2, 3]),
        (&["packets:..7"], &[1, 2, 3]),
        (&["bytes:500.."], &[4]),
        (&["duration:..150.5ms"], &[3, 4]),
        (&["sent-again:1.."], &[]),
        (&["sent-again:0"], &[1, 2, 3, 4]),
        (&["time:..0.1"], &[1]),
        (&["time:0.5..0.9"], &[2, 3]),
        (&["time:3.."], &[4]),
        (&["time:19:15:20"], &[1]),
        (
            &["time:2026-11-20T19:15:21.1Z..2026-11-20T19:15:21.6Z"],
            &[2],
        ),
    ] {
        assert_eq!(selected(&file, words), expected, "{words:?}");
    }
}

#[test]
fn a_name_is_what_dns_was_asked_for_and_a_text_is_in_the_payload() {
    let file = path("dns-http.pcap");
    let all = selected(&file, &[]);
    let named = selected(&file, &["name:EXAMPLE"]);
    let with_text = selected(&file, &["text:GET /"]);
    assert_eq!((all.len(), named.len(), with_text.len()), (2, 1, 1));
    assert_ne!(named, with_text);
    assert_eq!(selected(&file, &["proto:dns"]), named);
    assert!(selected(&file, &["name:no.such.name"]).is_empty());
    assert!(selected(&file, &["text:no such text"]).is_empty());
}

#[test]
fn what_is_measured_lies_in_the_range() {
    for (name, word, field, least, most) in [
        ("loss.pcap", "sent-again:1..", "sent_again", 1, u64::MAX),
        (
            "dns-http.pcap",
            "wait:10ms..",
            "wait_ns",
            10_000_000,
            u64::MAX,
        ),
        (
            "pet-collar.pcap",
            "rtt:1ms..10ms",
            "round_trip_ns",
            1_000_000,
            10_000_000,
        ),
    ] {
        let file = path(name);
        let (all, chosen) = (rows(&[&file]), rows(&[&file, word]));
        let within = |row: &&Value| {
            row[field]
                .as_u64()
                .is_some_and(|of| (least..=most).contains(&of))
        };
        assert!(!chosen.is_empty(), "{name}");
        assert_eq!(chosen.len(), all.iter().filter(within).count(), "{name}");
        assert!(chosen.iter().all(|row| within(&row)), "{name}");
    }
}

#[test]
fn a_wrong_word_is_marked_and_nothing_is_read() {
    let file = path("close-wait.pcap");
    for (arguments, said) in [
        (&["conversations", &file, "state:waiting"][..], "close_wait"),
        (&["conversations", &file, "rtt:5"], "5.. or ..5"),
        (&["analyze", &file, "port:http"], "65535"),
        (&["hosts", &file, "no/such"], "no such file"),
        (&[&file, "missing.pcapng.gz"], "no such file"),
        (&["conversations", "port:80"], "no capture"),
        (&["live", "port:80"], "capture filter"),
        (&["live", "-r", &file, "state:closed"], "capture filter"),
    ] {
        let run = run(arguments);
        run.assert_status(2).assert_says(said);
        assert!(run.stdout.is_empty(), "{arguments:?}: {}", run.stdout);
    }
    let marked = run(["conversations", "samples/none.pcap"]);
    marked
        .assert_status(2)
        .assert_says("\n  samples/none.pcap\n  ^^^^^^^^^^^^^^^^^");
    let zh = run(["--lang", "zh", "conversations", &file, "rtt:x.."]);
    zh.assert_status(2).assert_says("不是时间");
}

#[test]
fn what_words_select_is_all_that_the_analysis_tells_of() {
    let file = path("close-wait.pcap");
    let words = [
        "analyze",
        &file,
        "host:10.0.0.3",
        "--format",
        "ndjson",
        "--packets",
    ];
    for threads in ["1", "3"] {
        let run = finish(wirenotes().args(words).args(["--threads", threads]));
        run.assert_status(0);
        let of = |record: &str, field: &str| -> BTreeSet<u64> {
            let records = run.records(record);
            records.iter().filter_map(|it| it[field].as_u64()).collect()
        };
        let both = BTreeSet::from([2, 3]);
        assert_eq!(of("packet", "conversation"), both);
        assert_eq!(of("conversation", "number"), both);
        assert_eq!(of("finding", "conversation"), both);
        let summary = &run.records("summary")[0];
        assert_eq!(summary["packets"], run.records("packet").len());
        assert_eq!(summary["conversations"], 2);
        assert_eq!(summary["kinds"]["tcp.close_wait"], 2);
    }
    let text = run(["analyze", &file, "host:10.0.0.3"]).stdout;
    assert!(text.contains("14 of 29 packets"), "{text}");
    assert!(
        text.contains("2 of 4 conversations selected by host:10.0.0.3"),
        "{text}"
    );
    let none = run(["analyze", &file, "port:9"]);
    none.assert_status(0);
    assert!(
        none.stdout
            .contains("0 of 4 conversations selected by port:9.")
    );
    let folder = tempfile::tempdir().expect("a folder");
    let written = folder.path().join("selected.pcap");
    finish(
        wirenotes()
            .args(["analyze", &file, "host:10.0.0.3", "-w"])
            .arg(&written),
    )
    .assert_status(0);
    assert_eq!(binary::packets(&written).len(), 14);
}

#[test]
fn what_is_known_only_at_the_end_cannot_be_asked_of_a_pipe() {
    let bytes = std::fs::read(files::sample("close-wait.pcap")).expect("a sample");
    for arguments in [
        &["analyze", "-", "port:3001"][..],
        &["analyze", "-", "--conversation", ":3001"],
    ] {
        let run = finish(wirenotes().args(arguments).write_stdin(bytes.clone()));
        run.assert_status(2).assert_says("read twice");
    }
    let listed = finish(
        wirenotes()
            .args([
                "conversations",
                "-",
                "state:close_wait",
                "--format",
                "ndjson",
            ])
            .write_stdin(bytes),
    );
    assert_eq!(numbers(&listed.records("row")), [1, 2, 3]);
}

#[test]
fn a_conversation_is_found_by_its_ends() {
    let file = path("close-wait.pcap");
    let by_number = run(["analyze", &file, "--conversation", "2"]);
    for name in [
        "10.0.0.3:37549",
        ":37549",
        "10.0.0.2:3001,10.0.0.3:37549",
        ":37549,10.0.0.2",
    ] {
        let found = run(["analyze", &file, "--conversation", name]);
        found.assert_status(0);
        assert_eq!(found.stdout, by_number.stdout, "{name}");
    }
    let several = run(["analyze", &file, "--conversation", "10.0.0.3"]);
    several.assert_status(0);
    assert!(
        several.stdout.contains("2 of 4 conversations: 10.0.0.3"),
        "{}",
        several.stdout
    );
    assert!(
        several.stdout.contains("--conversation 2"),
        "{}",
        several.stdout
    );
    let records = conversations(&[&file, "--conversation", "10.0.0.3"]);
    assert_eq!(numbers(&records), [2, 3]);
    run(["analyze", &file, "--conversation", "10.0.0.3:1"])
        .assert_status(1)
        .assert_says("there is no conversation 10.0.0.3:1: the capture has 4");
    run(["analyze", &file, "--conversation", "10.0.0.3:x"]).assert_status(2);
}

#[test]
fn with_a_filter_numbers_count_what_passed() {
    let file = path("close-wait.pcap");
    run(["analyze", &file, "host", "10.0.0.3", "--conversation", "3"])
        .assert_status(1)
        .assert_says("numbers count what passed the filter, and that is 2");
    run(["analyze", &file, "host:10.0.0.3", "--conversation", "1"])
        .assert_status(1)
        .assert_says("no conversation 1 with host:10.0.0.3");
    let nothing = run(["analyze", &file, "udp"]);
    nothing.assert_status(0);
    assert!(
        nothing
            .stdout
            .contains("0 of 29 packets passed the filter."),
        "{}",
        nothing.stdout
    );
    let nothing = run(["analyze", &file, "udp", "--lang", "zh"]);
    assert!(
        nothing.stdout.contains("29 个报文中有 0 个通过过滤器。"),
        "{}",
        nothing.stdout
    );
    let some = run(["analyze", &file, "host", "10.0.0.3"]);
    assert!(some.stdout.contains("14 of 29 packets"), "{}", some.stdout);
}

#[test]
fn rows_come_in_the_order_that_is_asked_for() {
    for name in [
        "close-wait.pcap",
        "loss.pcap",
        "port-scan.pcap",
        "dns-errors.pcap",
    ] {
        let file = path(name);
        let whole = conversations(&[&file]);
        for (order, field) in AMOUNTS {
            let all = rows(&[&file, "--sort", order]);
            assert_eq!(all.len(), whole.len(), "{name} {order}");
            // What is not known stands behind what is.
            let amounts: Vec<_> = all.iter().map(|row| row[field].as_u64()).collect();
            assert!(
                amounts.is_sorted_by(|a, b| a >= b),
                "{name} {order}: {amounts:?}"
            );
            let top = rows(&[&file, "--sort", order, "--top", "2"]);
            assert_eq!(top, all[..all.len().min(2)], "{name} {order}");
        }
        let by_start = rows(&[&file, "--sort", "start"]);
        assert!(
            by_start
                .iter()
                .map(|row| row["start_ns"].as_u64())
                .is_sorted()
        );
        let rank = |row: &Value| {
            let severity = ["note", "warning", "error"];
            let severity = severity.iter().position(|name| row["severity"] == **name);
            (severity, row["lasted_ns"].as_u64(), row["times"].as_u64())
        };
        let by_harm = rows(&[&file]);
        assert!(
            by_harm.iter().map(rank).is_sorted_by(|a, b| a >= b),
            "{name}"
        );
    }
}

#[test]
fn a_row_says_what_the_conversations_record_says() {
    for sample in files::samples() {
        let file = sample.to_string_lossy();
        let records = conversations(&[&file]);
        let mut rows = rows(&[&file]);
        rows.sort_by_key(|row| row["number"].as_u64());
        assert_eq!(numbers(&rows), numbers(&records), "{file}");
        for (row, record) in rows.iter().zip(&records) {
            let both = |field: &str| {
                let sum = |side: &str| record[field][side].as_u64();
                sum("client").zip(sum("server")).map(|(a, b)| a + b)
            };
            for field in ["protocol", "client", "server", "start_ns"] {
                assert_eq!(row[field], record[field], "{file} {field}");
            }
            for field in ["packets", "bytes"] {
                assert_eq!(row[field].as_u64(), both(field), "{file} {field}");
            }
            let state = |side: &str| record["tcp"]["state"][side].clone();
            assert_eq!(row["client_state"], state("client"), "{file}");
            assert_eq!(row["server_state"], state("server"), "{file}");
            assert_eq!(row["close"], record["tcp"]["close"], "{file}");
        }
    }
}

#[test]
fn every_form_has_the_same_rows() {
    let file = path("port-scan.pcap");
    for command in ["conversations", "hosts"] {
        let lines = table(command, &[&file]);
        let records: Vec<Value> = lines
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).expect("a record"))
            .collect();
        let (sums, rows) = records.split_last().expect("sums at least");
        assert_eq!(sums["record"], "table");
        let document = run([command, &file, "--format", "json"]);
        let document: Value = serde_json::from_str(&document.stdout).expect("a document");
        assert_eq!(document["rows"].as_array().map(Vec::as_slice), Some(rows));
        assert_eq!(&document["table"], sums);
        let csv = run([command, &file, "--format", "csv"]);
        let mut lines = csv.stdout.lines();
        let head: Vec<_> = lines.next().expect("a head").split(',').collect();
        for (line, row) in lines.by_ref().zip(rows) {
            for (name, value) in head.iter().zip(line.split(',')) {
                let expected = match &row[name] {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                assert_eq!(value, expected, "{command} {name}");
            }
        }
        assert_eq!(csv.stdout.lines().count(), rows.len() + 1);
    }
    run(["analyze", &file, "--format", "csv"]).assert_status(2);
}

#[test]
fn tables_are_the_same_whatever_the_number_of_threads() {
    for sample in files::samples() {
        for command in ["conversations", "hosts"] {
            let with = |threads: &str| {
                let arguments = ["--threads", threads, "--top", "all"];
                finish(wirenotes().arg(command).arg(&sample).args(arguments)).stdout
            };
            assert_eq!(with("1"), with("4"), "{command} {}", sample.display());
        }
    }
}

#[test]
fn hosts_have_the_sums_of_their_conversations() {
    for sample in files::samples() {
        let file = sample.to_string_lossy();
        let hosts = table("hosts", &[&file]);
        let mut asked: BTreeMap<(String, String), u64> = BTreeMap::new();
        let mut leaked = 0;
        for record in conversations(&[&file]) {
            let protocol = record["protocol"].to_string();
            if let Some(server) = record["server"].as_str() {
                *asked.entry((protocol, server.to_owned())).or_default() += 1;
            }
            for side in ["client", "server"] {
                leaked += u64::from(record["tcp"]["state"][side] == "CLOSE_WAIT");
            }
        }
        let (listeners, askers) = (hosts.records("listener"), hosts.records("host"));
        assert_eq!(listeners.len(), asked.len(), "{file}");
        let sum = |rows: &[Value], field: &str| -> u64 {
            rows.iter().filter_map(|row| row[field].as_u64()).sum()
        };
        assert_eq!(
            sum(&listeners, "asked"),
            asked.values().sum::<u64>(),
            "{file}"
        );
        assert_eq!(sum(&listeners, "asked"), sum(&askers, "asked"), "{file}");
        let all = sum(&listeners, "close_wait") + sum(&askers, "close_wait");
        assert_eq!(all, leaked, "{file}");
        for row in listeners.iter().chain(&askers) {
            let of = |field: &str| row[field].as_u64().expect("a number");
            assert!(
                of("answered") + of("refused") + of("unanswered") <= of("asked"),
                "{row}"
            );
        }
    }
    let refused = table("hosts", &[&path("refused.pcap")]).records("listener");
    assert!(
        refused.iter().any(|row| row["refused"].as_u64() > Some(0)),
        "{refused:?}"
    );
    let dns = table("hosts", &[&path("dns-http.pcap")]).records("host");
    assert!(
        dns.iter().any(|row| row["dns_mean_ns"].as_u64() > Some(0)),
        "{dns:?}"
    );
}

#[test]
fn every_group_names_a_command_that_lists_all_of_it() {
    let mut found = 0;
    for sample in files::samples() {
        let name = sample
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let file = format!("samples/{name}");
        let text = at_home(&["analyze", &file]).stdout.replace(" \\\n", "");
        let heads = text.lines().filter(|line| {
            line.starts_with("! ") || line.starts_with("‼ ") || line.starts_with("✗ ")
        });
        let heads = heads.filter(|line| !line.contains("also: ")).count();
        let commands: Vec<_> = text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("all: wirenotes "))
            .filter(|command| !command.ends_with("--packets"))
            .collect();
        assert!(commands.len() >= heads, "{name}: {text}");
        for command in commands {
            let command = command.replace('\'', "");
            let words: Vec<_> = command.split_whitespace().collect();
            let listed = at_home(&words);
            listed.assert_status(0);
            let kind = words.last().expect("a kind").trim_start_matches("kind:");
            match words[0] {
                "conversations" => assert!(
                    !numbers(&at_home_rows(&words)).is_empty(),
                    "{name}: {command}"
                ),
                _ => assert!(
                    listed.stdout.contains(kind.trim_matches('*')),
                    "{name}: {command}: {}",
                    listed.stdout
                ),
            }
            found += 1;
        }
    }
    assert!(found > 20, "only {found} commands");
}

fn at_home(arguments: &[&str]) -> Run {
    let home = env!("CARGO_MANIFEST_DIR");
    finish(wirenotes().args(arguments).current_dir(home))
}

fn at_home_rows(arguments: &[&str]) -> Vec<Value> {
    let arguments = [arguments, &["--format", "ndjson"]].concat();
    at_home(&arguments).records("row")
}

#[test]
fn the_command_of_a_group_survives_a_file_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("it's $HOME.pcap");
    std::fs::copy(files::sample("close-wait.pcap"), &file).expect("a copy");
    let text = run([&file]).stdout.replace(" \\\n", "");
    let command = text
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("all: "));
    let command =
        command
            .expect("a command")
            .replacen("wirenotes", env!("CARGO_BIN_EXE_wirenotes"), 1);
    let shell = std::process::Command::new("sh")
        .args(["-c", &format!("{command} --format ndjson")])
        .output()
        .expect("a shell");
    let rows = String::from_utf8_lossy(&shell.stdout);
    assert_eq!(rows.lines().count(), 4, "{command}: {rows}");
}

/// A classic capture cut in two behind so many packets, the second part so many
/// seconds later.
fn cut_in_two(folder: &Path, sample: &str, packets: usize, later: u32) -> [PathBuf; 2] {
    let bytes = std::fs::read(files::sample(sample)).expect("a sample");
    let (header, mut rest) = bytes.split_at(24);
    let mut parts = [header.to_vec(), header.to_vec()];
    for number in 0.. {
        let Some((head, behind)) = rest.split_at_checked(16) else {
            break;
        };
        let word = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().expect("four bytes"));
        let (data, behind) = behind.split_at(word(8) as usize);
        let second = number >= packets;
        let part = &mut parts[usize::from(second)];
        part.extend((word(0) + if second { later } else { 0 }).to_le_bytes());
        part.extend(&head[4..]);
        part.extend(data);
        rest = behind;
    }
    let paths = ["one.pcap", "two.pcap"].map(|name| folder.join(name));
    for (path, part) in paths.iter().zip(parts) {
        std::fs::write(path, part).expect("a part");
    }
    paths
}

#[test]
fn files_go_on_in_the_next_where_that_follows_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = conversations(&[&path("pet-collar.pcap")]);
    for (later, flags, joined) in [
        (0, &[][..], true),
        (0, &["--apart"][..], false),
        (50, &[], true),
        (100, &[], false),
        (100, &["--join"], true),
    ] {
        let parts = cut_in_two(folder.path(), "pet-collar.pcap", 8, later);
        let parts = parts.map(|part| part.to_string_lossy().into_owned());
        for threads in ["1", "3"] {
            let arguments = [&[&*parts[1], &*parts[0], "--threads", threads][..], flags].concat();
            let found = conversations(&arguments);
            let at = format!("{later} s later, {flags:?}");
            let packets = |records: &[Value]| -> u64 {
                let sum = |it: &Value| {
                    it["packets"]["client"]
                        .as_u64()
                        .zip(it["packets"]["server"].as_u64())
                };
                records.iter().filter_map(sum).map(|(a, b)| a + b).sum()
            };
            assert_eq!(packets(&found), packets(&whole), "{at}");
            let numbered: Vec<_> = (1..=found.len() as u64).collect();
            assert_eq!(numbers(&found), numbered, "{at}");
            assert_eq!(found.len() == whole.len(), joined, "{at}");
            let lasts = |it: &Value| it["end_ns"].as_u64().zip(it["start_ns"].as_u64());
            let longest = found
                .iter()
                .filter_map(lasts)
                .map(|(end, start)| end - start)
                .max();
            let crosses = longest > Some(u64::from(later.max(40)) * 1_000_000_000);
            assert_eq!(crosses, joined && later > 40, "{at}");
        }
    }
}

#[test]
fn the_summary_has_a_row_for_each_of_several_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let parts = cut_in_two(folder.path(), "pet-collar.pcap", 8, 100);
    let summary = finish(wirenotes().args(&parts).args(["--format", "ndjson"])).records("summary");
    let captures = summary[0]["captures"].as_array().expect("two");
    let of = |field: &str| -> Vec<u64> {
        captures
            .iter()
            .filter_map(|file| file[field].as_u64())
            .collect()
    };
    assert_eq!(of("timeline"), [1, 2]);
    assert_eq!(
        of("packets").iter().sum::<u64>(),
        summary[0]["packets"].as_u64().expect("a sum")
    );
    assert_eq!(of("packets")[0], 8);
    assert_eq!(
        of("conversations").iter().sum::<u64>(),
        summary[0]["conversations"].as_u64().expect("a sum")
    );
    for (lang, said) in [("en", "timeline 2"), ("zh", "时间线 2")] {
        for long in [&[][..], &["-v"]] {
            let text = finish(wirenotes().args(&parts).args(["--lang", lang]).args(long)).stdout;
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains(said) && text.contains("two.pcap"), "{text}");
        }
    }
}

#[test]
fn tables_fit_the_terminal_in_both_languages() {
    for sample in files::samples() {
        let name = format!(
            "samples/{}",
            sample.file_name().expect("a name").to_string_lossy()
        );
        for lang in ["en", "zh"] {
            for arguments in [
                &["conversations", &name][..],
                &["conversations", &name, "--sort", "wait"],
                &["conversations", &name, "--sort", "rtt", "proto:tcp"],
                &["hosts", &name],
            ] {
                let run = at_home(&[arguments, &["--lang", lang]].concat());
                run.assert_status(0);
                let wide = run.stdout.lines().find(|line| line.width() > COLUMNS);
                assert_eq!(wide, None, "{arguments:?} {lang}");
            }
        }
    }
}
