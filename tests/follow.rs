//! `wirenotes follow`: the bytes of one conversation, on the samples.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::collections::BTreeMap;
use std::path::Path;

use binary::{Run, finish, wirenotes};
use files::{each_packet, sample};
use serde_json::Value;
use wirenotes::decode::TcpFlags;

fn follow(name: &str, words: &[&str]) -> Run {
    finish(wirenotes().arg("follow").arg(sample(name)).args(words))
}

fn shown(name: &str, words: &[&str]) -> String {
    let run = follow(name, words);
    run.assert_status(0);
    assert_eq!(run.stderr, "", "{name} {words:?}");
    run.stdout
}

/// What `--raw` writes, which need not be text.
fn raw(file: &Path, number: u64, side: &str) -> Vec<u8> {
    let number = number.to_string();
    let output = wirenotes()
        .arg("follow")
        .arg(file)
        .args([&number, "--raw", side])
        .output()
        .expect("the binary starts");
    assert_eq!(output.status.code(), Some(0), "{}", file.display());
    output.stdout
}

#[test]
fn each_run_of_a_side_stands_below_a_line() {
    let expected = "\
Conversation 1
  client  10.0.0.1:3572
  server  10.0.0.2:3001

client → server · packet 6 · 0.111307 · 27 bytes
IDENTIFY:CE:96:C2:78:27:FC

server → client · packet 8 · 0.116168 · 3 bytes
OK

client → server · packet 10 · 0.616465 · 8 bytes
location
";
    assert_eq!(shown("pet-collar.pcap", &["1"]), expected);
    for name in [
        "10.0.0.1:3572",
        ":3001",
        "10.0.0.2,10.0.0.1:3572",
        "port:3001",
    ] {
        assert_eq!(shown("pet-collar.pcap", &[name]), expected, "{name}");
    }
    let none = "Conversation 2 carried no bytes.\n";
    assert_eq!(shown("pet-collar.pcap", &["2"]), none);
    let none = "No datagram of conversation 1 became whole.\n";
    assert_eq!(shown("crafted-fragment-overlap.pcap", &["1"]), none);
}

#[test]
fn it_is_told_in_chinese_too() {
    let text = shown("one-sided.pcap", &["1", "--lang", "zh"]);
    assert!(text.contains("服务器 → 客户端 · 报文 3 至 5 · 0.006804 · 9 字节\nOK\nOK\nOK\n"));
    assert!(
        text.ends_with("… 缺少：客户端自偏移 0 起的 24 字节，不在抓包的任何报文中 …\n"),
        "{text}"
    );
}

#[test]
fn datagrams_stand_one_by_one() {
    let text = shown("udp.pcap", &["1"]);
    let heads: Vec<_> = text.lines().filter(|line| line.contains(" · ")).collect();
    assert_eq!(
        heads,
        [
            "client → server · packet 1 · 0.000000 · 8 bytes",
            "server → client · packet 2 · 0.004886 · 3 bytes",
            "client → server · packet 3 · 0.305248 · 8 bytes",
            "server → client · packet 4 · 0.310003 · 3 bytes",
        ]
    );
    // One that came in fragments is one.
    let records = follow("fragments.pcap", &["proto:udp", "--format", "ndjson"]).records("bytes");
    let lengths: Vec<_> = records.iter().map(|it| it["length"].as_u64()).collect();
    assert_eq!(lengths, [Some(4_000), Some(4_000)]);
}

#[test]
fn what_was_sent_again_is_marked_as_often_as_it_was() {
    let text = shown("loss.pcap", &["1"]);
    let again: Vec<_> = text.lines().filter(|line| line.contains("sent ")).collect();
    assert_eq!(again.len(), 12, "as the kernel counted: {again:?}");
    assert_eq!(
        again[0],
        "… packet 90: the client sent 1,448 bytes again, from offset 34,752 on …"
    );
    // Nothing came twice at the receiver, and nothing is missing.
    let text = shown("loss-receiver.pcap", &["1"]);
    assert!(!text.contains('…'));
}

#[test]
fn a_connection_that_was_in_use_says_so() {
    let text = shown("mid-stream.pcap", &["1"]);
    for side in ["client", "server"] {
        let line = format!("… the capture has not what the {side} sent before …");
        assert_eq!(text.matches(&line).count(), 1, "{text}");
    }
}

#[test]
fn what_is_missing_has_a_line_and_leaves_no_trace_in_raw_bytes() {
    let text = shown("crafted-dropped.pcap", &["1"]);
    let line = "… missing: 100 bytes of the client from offset 200 on, in no packet of this \
                capture …";
    assert!(text.contains(line), "{text}");
    let run = follow("crafted-dropped.pcap", &["1", "--raw", "client"]);
    run.assert_status(0);
    assert!(run.stdout.bytes().all(|byte| byte == b'x'));
    let first = run.stderr.lines().next();
    assert_eq!(
        first,
        Some(&*format!("wirenotes: {}", line.trim_matches(['…', ' '])))
    );
    assert_eq!(run.stderr.lines().count(), text.matches("missing").count());
    let cut = shown("snaplen.pcap", &["1"]);
    assert!(cut.contains("6 bytes of the client from offset 2 on, cut off packet 4 by"));
}

#[test]
fn hexadecimal_goes_on_counting_along_the_stream() {
    let text = shown("pet-collar.pcap", &["1", "--hex"]);
    assert!(text.contains("\t0x0010:  323a 3738 3a32 373a 4643 0a              2:78:27:FC.\n"));
    assert!(text.contains("\t0x001b:  6c6f 6361 7469 6f6e                      location\n"));
}

#[test]
fn records_have_the_bytes_and_the_conversation() {
    let run = follow("pet-collar.pcap", &["1", "--format", "ndjson"]);
    let records = run.records("bytes");
    let hex: Vec<_> = records.iter().map(|it| it["bytes"].as_str()).collect();
    assert_eq!(hex[1..], [Some("4f4b0a"), Some("6c6f636174696f6e")]);
    assert_eq!(records[2]["offset"], 27);
    assert_eq!(run.records("conversation").len(), 1);
    let document: Value =
        serde_json::from_str(&shown("pet-collar.pcap", &["1", "--format", "json"])).expect("JSON");
    assert_eq!(document["bytes"], Value::Array(records));
    assert_eq!(document["conversations"][0]["number"], 1);
    let none = shown("pet-collar.pcap", &["2", "--format", "json"]);
    let none: Value = serde_json::from_str(&none).expect("JSON");
    assert_eq!(none["bytes"], Value::Array(Vec::new()));
}

#[test]
fn a_conversation_behind_a_pause_keeps_its_number() {
    // The first file is the later one.
    let files = [sample("pet-collar.pcap"), sample("half-close.pcap")];
    let run = |number: &str| {
        let words = ["--apart", "--raw", "client", number];
        let run = finish(wirenotes().arg("follow").args(&files).args(words));
        run.assert_status(0);
        run.stdout
    };
    assert_eq!(run("1"), "location");
    assert_eq!(run("2"), "IDENTIFY:CE:96:C2:78:27:FC\nlocation");
    assert_eq!(run("3"), "");
}

#[test]
fn standard_input_is_followed_by_number_alone() {
    let capture = std::fs::read(sample("pet-collar.pcap")).expect("a sample");
    let piped = |name: &str| {
        finish(
            wirenotes()
                .args(["follow", "-", name])
                .write_stdin(capture.clone()),
        )
    };
    assert_eq!(piped("1").stdout, shown("pet-collar.pcap", &["1"]));
    let twice = piped("10.0.0.1:3572");
    assert_eq!(twice.status, Some(2));
    assert!(twice.stderr.contains("read twice"), "{}", twice.stderr);
}

#[test]
fn one_conversation_must_be_named_and_exist() {
    let several = follow("dns-errors.pcap", &["10.0.0.9"]);
    assert_eq!(several.status, Some(1));
    let listed = follow("abort.pcap", &["port:3001"]);
    listed.assert_status(0);
    assert!(
        listed.stdout.contains("2 of 2 conversations"),
        "{}",
        listed.stdout
    );
    let records = follow("abort.pcap", &["port:3001", "--format", "ndjson"]);
    assert_eq!((records.status, &*records.stdout), (Some(1), ""));
    assert!(
        records.stderr.contains("2 conversations fit"),
        "{}",
        records.stderr
    );
    let missing = follow("pet-collar.pcap", &["9"]);
    assert_eq!(missing.status, Some(1));
    assert!(
        missing.stderr.contains("no conversation 9"),
        "{}",
        missing.stderr
    );
    for wrong in [
        &["0"][..],
        &["1", "--hex", "--raw", "client"],
        &["1", "--hex", "--format", "json"],
    ] {
        assert_eq!(
            follow("pet-collar.pcap", wrong).status,
            Some(2),
            "{wrong:?}"
        );
    }
}

#[test]
fn nothing_of_the_bytes_reaches_a_terminal_as_it_is() {
    for (name, words) in [
        ("dns-tcp.pcap", &["proto:tcp"][..]),
        ("http-chunked.pcap", &["1"]),
        ("http-chunked.pcap", &["1", "--hex"]),
    ] {
        let plain = shown(name, words);
        let mut letters = plain.chars().filter(|letter| !"\n\t".contains(*letter));
        assert!(!letters.any(char::is_control), "{name}: {plain}");
        let coloured = shown(name, &[words, &["--color", "always"]].concat());
        let mut without = String::new();
        for part in coloured.split('\u{1b}') {
            let text = match without.is_empty() && !part.starts_with('[') {
                true => part,
                false => part.split_once('m').map_or("", |(_, behind)| behind),
            };
            without.push_str(text);
        }
        assert_eq!(without, plain, "{name}");
        assert!(coloured.len() > plain.len());
    }
    let text = shown("dns-tcp.pcap", &["proto:tcp"]);
    assert!(text.contains("\\0\\0"), "{text}");
}

#[test]
fn secrets_are_hidden_unless_they_are_asked_for() {
    const SECRETS: [&str; 5] = ["3f9ac1d0", "b81e77f0", "Y2F0LTc6", "tuna", "eyJhbGci"];
    let hex = |text: &str| -> String { text.bytes().map(|byte| format!("{byte:02x}")).collect() };
    for words in [&["1"][..], &["1", "--hex"], &["1", "--format", "ndjson"]] {
        let output = shown("http-cookies.pcap", words).replace(' ', "");
        for secret in SECRETS {
            assert!(!output.contains(secret), "{words:?}: {secret}");
            assert!(!output.contains(&hex(secret)), "{words:?}: {secret}");
        }
    }
    let text = shown("http-cookies.pcap", &["1"]);
    let said = "· 12 passwords, cookies and tokens are hidden (--secrets show)\n";
    assert!(text.ends_with(said), "{text}");
    let text = shown("http-cookies.pcap", &["1", "--secrets", "show"]);
    let raw = ["client", "server"].map(|side| shown("http-cookies.pcap", &["1", "--raw", side]));
    for secret in SECRETS {
        assert!(text.contains(secret), "{secret}");
        assert!(raw.concat().contains(secret), "{secret}");
    }
    assert!(!text.contains("hidden"));
}

/// The first sequence number of a side, and its segments.
type Segments = (Option<u32>, Vec<(u32, Vec<u8>)>);

/// The bytes of each side of each conversation as a table of sequence numbers has
/// them: of each number the first copy, where a gap is nothing is.
fn naive(file: &Path) -> BTreeMap<(u64, String), Vec<u8>> {
    let records = binary::packets(file);
    let mut ends = BTreeMap::new();
    let mut sides: BTreeMap<(u64, String), Segments> = BTreeMap::new();
    let run = finish(
        wirenotes()
            .arg("analyze")
            .arg(file)
            .args(["--format", "ndjson"]),
    );
    for conversation in run.records("conversation") {
        let number = conversation["number"].as_u64().expect("a number");
        ends.insert(number, conversation["client"].clone());
    }
    each_packet(file, u64::MAX, |packet, number| {
        let record = &records[number as usize - 1];
        let (Some(conversation), Some(tcp)) = (record["conversation"].as_u64(), packet.tcp())
        else {
            return;
        };
        let is_client = record["source"] == ends[&conversation];
        let side = if is_client { "client" } else { "server" };
        let (first, segments) = sides.entry((conversation, side.to_owned())).or_default();
        let syn = tcp.flags.has(TcpFlags::SYN);
        if syn {
            first.get_or_insert(tcp.sequence.wrapping_add(1));
        }
        let start = tcp.sequence.wrapping_add(u32::from(syn));
        if packet.payload.captured > 0 {
            segments.push((start, packet.payload_bytes().to_vec()));
        }
    });
    let in_order = sides.into_iter().map(|(of, (first, segments))| {
        let first = first
            .or(segments.first().map(|(start, _)| *start))
            .unwrap_or_default();
        let mut bytes = BTreeMap::new();
        for (start, data) in segments {
            let offset = i64::from(start.wrapping_sub(first) as i32);
            for (at, byte) in (offset..).zip(data) {
                if at >= 0 {
                    bytes.entry(at).or_insert(byte);
                }
            }
        }
        (of, bytes.into_values().collect())
    });
    in_order.collect()
}

#[test]
fn raw_bytes_are_those_that_the_sequence_numbers_give() {
    let mut compared = 0;
    for file in files::samples() {
        let name = file
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        // What is cut off of a segment is missing, though a smaller one brings it later.
        if name.ends_with(".gz") || name.ends_with(".zst") || name.starts_with("path-mtu") {
            continue;
        }
        let with_bytes = naive(&file)
            .into_iter()
            .filter(|(_, bytes)| !bytes.is_empty());
        for ((number, side), bytes) in with_bytes.take(6) {
            assert_eq!(
                raw(&file, number, &side),
                bytes,
                "{name}: conversation {number}, {side}"
            );
            compared += 1;
        }
    }
    assert!(compared > 100, "only {compared}");
}

#[test]
fn datagrams_have_all_that_their_conversation_carried() {
    let mut compared = 0;
    for file in files::samples() {
        let name = file.to_string_lossy();
        // What never becomes whole is no datagram.
        if name.contains("fragments-lost") || name.contains("fragment-overlap") {
            continue;
        }
        let run = binary::run(["analyze", &*name, "--format", "ndjson"]);
        let udp = run.records("conversation").into_iter();
        for conversation in udp.filter(|it| it["protocol"] == "udp").take(4) {
            let number = conversation["number"].to_string();
            let run = binary::run(["follow", &*name, &number, "--format", "ndjson"]);
            for side in ["client", "server"] {
                let of_side = run.records("bytes").into_iter();
                let lengths = of_side
                    .filter(|it| it["side"] == side)
                    .filter_map(|it| it["length"].as_u64());
                let payload = conversation["payload"][side].as_u64();
                assert_eq!(Some(lengths.sum()), payload, "{name} {number} {side}");
                compared += 1;
            }
        }
    }
    assert!(compared > 40, "only {compared}");
}
