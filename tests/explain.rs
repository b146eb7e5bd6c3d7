//! `wirenotes explain`: expected texts of the packets that learners meet, the
//! same explanation from every pasted format, every field in its place, and
//! an answer to any bytes at all.
//!
//! After a change that is meant to be seen:
//! `INSTA_UPDATE=always cargo test --test explain`, then read the difference
//! (`git diff tests/snapshots/explain`) line by line before committing it.

#[path = "common/binary.rs"]
mod binary;
#[path = "common/files.rs"]
mod files;

use std::io;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::Value;
use unicode_width::UnicodeWidthStr;
use wirenotes::capture::{Frame, LinkType, ReadOptions, Reader};
use wirenotes::commands::explain::{Explain, Form, Subject, run};
use wirenotes::decode::{Field, LayerFields, Packet, decode, fields};
use wirenotes::notes::Lang;
use wirenotes::notes::fields::{ExplainedField, explain_quoted};
use wirenotes::report::{Look, Style};

/// The terminal's width.
const COLUMNS: usize = 80;

/// Each packet that a learner meets, and where it is.
const PACKETS: &[(&str, &[&str])] = &[
    ("syn", &["samples/pet-collar.pcap", "1"]),
    ("syn-ack", &["samples/pet-collar.pcap", "4"]),
    ("third-ack", &["samples/pet-collar.pcap", "5"]),
    ("location", &["samples/pet-collar.pcap", "10"]),
    ("fin", &["samples/pet-collar.pcap", "12"]),
    ("rst", &["samples/abort.pcap", "6"]),
    ("bad-syn-ack", &["samples/crafted-bad-syn-ack.pcap", "2"]),
    ("retransmission", &["samples/loss.pcap", "90"]),
    ("sack", &["samples/loss-receiver.pcap", "60"]),
    ("arp-request", &["samples/arp-ping.pcap", "1"]),
    ("ping", &["samples/arp-ping.pcap", "3"]),
    ("icmp-error", &["samples/icmp-errors.pcap", "4"]),
    ("dns-response", &["samples/dns-http.pcap", "3"]),
    ("http-request", &["samples/dns-http.pcap", "8"]),
    ("ipv6-tcp", &["samples/ipv6.pcap", "10"]),
    ("neighbour", &["samples/ipv6.pcap", "1"]),
    ("vlan", &["samples/vlan.pcap", "8"]),
    ("fragment", &["samples/fragments.pcap", "4"]),
    ("truncated", &["samples/snaplen.pcap", "6"]),
    ("offload", &["samples/cooked.pcap", "9"]),
    ("ipv6-extensions", &["--hex", IPV6_WITH_EXTENSIONS]),
    ("malformed", &["--hex", MALFORMED]),
    ("not-all-hex", &["--hex", NOT_ALL_HEX]),
    (
        "compared",
        &["samples/pet-collar.pcap", "1", "4", "--compare"],
    ),
    (
        "one-field",
        &[
            "samples/pet-collar.pcap",
            "4",
            "--field",
            "tcp.acknowledgment",
        ],
    ),
];

/// A hop-by-hop header with a router alert, a destination options header, a
/// fragment header of a whole packet, and a UDP datagram.
const IPV6_WITH_EXTENSIONS: &str = "\
    02000000 0a020200 00000a01 86dd 60000000 00280040\
    20010db8 00000000 00000000 00000001 20010db8 00000000 00000000 00000002\
    3c000502 00000100 2c000104 00000000 11000000 00003572 0df40bb9 0010d703\
    6c6f6361 74696f6e";

/// An IPv4 header whose total length is below its header length.
const MALFORMED: &str = "\
    02000000 0a020200 00000a01 0800 45000010 00004000 400626c2 0a000001 0a000002";

/// A paste with a fault: it is explained as far as it goes, then status 1.
const NOT_ALL_HEX: &str = "45 00 00 30 ee e8 4z 00";

fn transcript(arguments: &[&str], lang: &str) -> String {
    let mut command = binary::wirenotes();
    command
        .arg("explain")
        .args(arguments)
        .args(["--lang", lang])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let run = binary::finish(&mut command);
    if arguments.contains(&NOT_ALL_HEX) {
        run.assert_status(1).assert_says("20").assert_says("'z'");
    } else {
        run.assert_status(0);
        assert!(run.stderr.is_empty(), "{arguments:?}: {}", run.stderr);
    }
    run.stdout
        .lines()
        .map(|line| line.trim_end().to_owned() + "\n")
        .collect()
}

/// Compares with the expected text; gives the name if it differs.
fn differs(name: &str, text: &str) -> Option<String> {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/explain");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let compare = || settings.bind(|| insta::assert_snapshot!(name, text));
    // All are compared, so that all differences are seen at once.
    let compared = std::panic::catch_unwind(std::panic::AssertUnwindSafe(compare));
    compared.is_err().then(|| name.to_owned())
}

#[test]
fn every_kind_of_packet_reads_as_expected_in_both_languages() {
    let mut different = Vec::new();
    for (name, arguments) in PACKETS {
        for lang in ["en", "zh"] {
            let text = transcript(arguments, lang);
            for line in text.lines() {
                assert!(line.width() <= COLUMNS, "{name} {lang}: {line}");
            }
            different.extend(differs(&format!("{name}.{lang}"), &text));
        }
    }
    assert!(
        different.is_empty(),
        "otherwise than expected: {different:?}"
    );
}

#[test]
fn every_expected_text_has_its_packet() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/explain");
    for entry in std::fs::read_dir(folder).expect("the expected texts") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_string_lossy();
        let packet = name.split('.').next().expect("a name");
        assert!(
            PACKETS.iter().any(|(known, _)| *known == packet),
            "{name} is of no packet"
        );
    }
}

fn record(arguments: &[&str], stdin: Option<&str>) -> Value {
    let mut command = binary::wirenotes();
    command
        .arg("explain")
        .args(arguments)
        .args(["--format", "json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    if let Some(text) = stdin {
        command.write_stdin(text);
    }
    let run = binary::finish(&mut command);
    run.assert_status(0);
    serde_json::from_str(&run.stdout).expect("one record")
}

/// Every field below, by name.
fn each<'a>(fields: &'a Value, visit: &mut dyn FnMut(&'a Value)) {
    for field in fields.as_array().expect("fields") {
        visit(field);
        each(&field["fields"], visit);
    }
}

#[test]
fn the_location_frame_reads_the_same_from_every_pasted_format() {
    let file = record(&["samples/pet-collar.pcap", "10"], None);
    assert_eq!(file["packet"]["original_length"], 62);
    assert_eq!(file["packet"]["payload"], 8);
    let overhead = file["packet"]["overhead"].as_array().expect("a list");
    let headers: u64 = overhead
        .iter()
        .filter_map(|one| one["bytes"].as_u64())
        .sum();
    assert_eq!(headers, 54);
    let mut pasted = 0;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/paste");
    for entry in std::fs::read_dir(folder).expect("pasted texts") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read_to_string(&path).expect("a text");
        let one = record(&["-"], Some(&text));
        let layers = one["layers"].as_array().expect("layers");
        // tcpdump -x and -X leave the link's header out.
        let cut = 3 - layers.len();
        let mut sums = 0;
        for (layer, known) in layers
            .iter()
            .zip(&file["layers"].as_array().expect("layers")[cut..])
        {
            assert_eq!(layer["name"], known["name"], "{path:?}");
            let mut known_raw = Vec::new();
            each(&known["fields"], &mut |field| known_raw.push(&field["raw"]));
            let mut raw = Vec::new();
            each(&layer["fields"], &mut |field| {
                raw.push(&field["raw"]);
                for check in field["checks"].as_array().expect("checks") {
                    assert_eq!(check["holds"], true, "{path:?} {check}");
                    sums += usize::from(
                        check["rule"]
                            .as_str()
                            .is_some_and(|rule| rule.starts_with("checksum")),
                    );
                }
            });
            assert_eq!(raw, known_raw, "{path:?}");
        }
        assert_eq!(sums, 2, "{path:?}: IPv4's and TCP's checksum");
        assert_eq!(one["packet"]["payload"], 8);
        assert_eq!(one["packet"]["number"], 1);
        assert!(one["input"]["guessed_because"].is_string());
        pasted += 1;
    }
    assert!(pasted > 20, "only {pasted} formats");
}

#[test]
fn the_bill_of_the_location_frame_is_in_the_text() {
    let text = transcript(&["samples/pet-collar.pcap", "10"], "en");
    for part in [
        "62 → 48 → 28 → 8 bytes",
        "54 of 62 bytes are headers",
        "12.9 %",
        "IPv4 ✓, TCP ✓; all verified",
    ] {
        assert!(text.contains(part), "no {part:?} in:\n{text}");
    }
}

/// Fields lie inside their range, in order, without overlap, and cover it.
fn assert_covered(fields: &[Field], start: u64, length: u64, whose: &str) {
    let mut at = start;
    for field in fields {
        assert_eq!(
            field.bit_offset, at,
            "{whose}: {} is out of place",
            field.name
        );
        assert!(field.bit_length > 0, "{whose}: {} is empty", field.name);
        at += field.bit_length;
        if !field.fields.is_empty() {
            assert_covered(&field.fields, field.bit_offset, field.bit_length, whose);
        }
    }
    assert_eq!(at, start + length, "{whose} is not covered to its end");
}

fn assert_in_place(packet: &Packet<'_>, whose: &str) {
    let captured = packet.frame.bytes.len() as u64 * 8;
    let layers: Vec<LayerFields> = fields(packet);
    assert_eq!(layers.len(), packet.layers.len(), "{whose}");
    for (layer, decoded) in layers.iter().zip(&packet.layers) {
        assert!(layer.bit_offset + layer.bit_length <= captured, "{whose}");
        let header = u64::from(decoded.header_length) * 8;
        let there = captured.saturating_sub(layer.bit_offset);
        assert!(layer.bit_length >= header.min(there), "{whose}");
        assert_covered(&layer.fields, layer.bit_offset, layer.bit_length, whose);
    }
    let payload = u64::from(packet.payload.offset) * 8;
    for layer in explain_quoted(packet, Lang::En) {
        assert!(
            layer.bit_offset >= payload,
            "{whose}: the quote is elsewhere"
        );
        assert!(layer.bit_offset + layer.bit_length <= captured, "{whose}");
        assert_explained(&layer.fields, whose);
    }
}

/// Whatever is shown has a name and a meaning.
fn assert_explained(fields: &[ExplainedField], whose: &str) {
    for field in fields {
        assert!(!field.label.is_empty(), "{whose}: {}", field.name);
        assert!(!field.meaning.is_empty(), "{whose}: {}", field.name);
        assert_explained(&field.fields, whose);
    }
}

fn assert_captures_in_place(captures: &[std::path::PathBuf]) {
    for path in captures {
        let Ok(mut reader) = Reader::open([path], ReadOptions::default()) else {
            continue;
        };
        // A damaged file is looked at as far as it goes.
        while let Ok(Some(frame)) = reader.next() {
            let whose = format!("{}: packet {}", path.display(), frame.number);
            assert_in_place(&decode(frame), &whose);
        }
    }
}

#[test]
fn the_fields_of_every_sample_cover_each_header() {
    assert_captures_in_place(&files::samples());
}

#[test]
fn the_fields_of_every_shared_capture_cover_each_header() {
    if let Some(captures) = files::shared_captures() {
        assert_captures_in_place(&captures);
    }
}

fn asked(bytes: &[u8], link: Option<LinkType>, lang: Lang, form: Form) -> Explain {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Explain {
        subject: Subject::Pasted(vec![digits]),
        link,
        field: None,
        compare: false,
        form,
        look: Look {
            lang,
            style: Style { color: false },
            width: COLUMNS,
            packets: false,
            long: true,
            ..Look::default()
        },
        interrupt: Arc::default(),
    }
}

const LINKS: [LinkType; 8] = [
    LinkType::ETHERNET,
    LinkType::RAW,
    LinkType::IPV6,
    LinkType::NULL,
    LinkType::LINUX_SLL2,
    LinkType::PPP_ETHER,
    LinkType::FRAME_RELAY,
    LinkType(60_000),
];

/// Bytes that look like something: the start of a real packet, then anything.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let mut starts = Vec::new();
    for path in files::samples() {
        let mut reader = Reader::open([&path], ReadOptions::default()).expect("a sample");
        while let Ok(Some(frame)) = reader.next() {
            let Frame { bytes, number, .. } = frame;
            if number.is_multiple_of(7) || number == 1 {
                starts.push(bytes.to_vec());
            }
        }
    }
    let noise = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (
        prop::sample::select(starts),
        any::<prop::sample::Index>(),
        noise,
    )
        .prop_map(|(mut bytes, end, noise)| {
            for (at, value) in noise {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            let end = end.index(bytes.len()) + 1;
            bytes.truncate(end);
            bytes
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_get_an_answer(
        bytes in proptest::collection::vec(any::<u8>(), 1..300),
        link in proptest::option::of(prop::sample::select(&LINKS[..])),
        form in prop::sample::select(&[Form::Text, Form::Document][..]),
    ) {
        for lang in Lang::ALL {
            let done = run(&asked(&bytes, link, lang, form), || Box::new(io::sink()));
            prop_assert!(done.is_ok(), "{done:?}");
        }
    }

    #[test]
    fn damaged_packets_are_explained_as_far_as_they_go(
        bytes in damaged(),
        link in proptest::option::of(prop::sample::select(&LINKS[..])),
    ) {
        for lang in Lang::ALL {
            let done = run(&asked(&bytes, link, lang, Form::Text), || Box::new(io::sink()));
            prop_assert!(done.is_ok(), "{done:?}");
        }
    }
}

#[test]
fn what_cannot_be_explained_says_why() {
    for (arguments, status, says) in [
        (&["samples/pet-collar.pcap", "99"][..], 1, "has 15 packets"),
        (&["samples/pet-collar.pcap"], 2, "which packet"),
        (&["samples/pet-collar.pcap", "0"], 2, "count from 1"),
        (&["nothing.pcap", "1"], 2, "nothing.pcap"),
        (&["--hex", "hello"], 1, "no hexadecimal digit"),
        (&["--hex", ""], 1, "there is nothing"),
        (
            &["samples/pet-collar.pcap", "1", "--compare"],
            2,
            "two packets",
        ),
        (
            &["samples/pet-collar.pcap", "1", "--field", "tcp.flag"],
            2,
            "did you mean tcp.flags",
        ),
        (
            &["samples/pet-collar.pcap", "1", "--link", "string"],
            2,
            "no link type",
        ),
    ] {
        let mut command = binary::wirenotes();
        command
            .arg("explain")
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        binary::finish(&mut command)
            .assert_status(status)
            .assert_says(says);
    }
}

#[test]
fn several_pasted_packets_are_one_conversation() {
    let mut text = String::new();
    let mut reader = Reader::open([files::sample("pet-collar.pcap")], ReadOptions::default())
        .expect("the sample");
    while let Some(frame) = reader.next().expect("a frame") {
        if [1, 4].contains(&frame.number) {
            let digits: Vec<_> = frame
                .bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            text += &format!("0000  {}\n\n", digits.join(" "));
        }
    }
    let mut command = binary::wirenotes();
    command
        .args(["explain", "-", "--format", "ndjson"])
        .write_stdin(text);
    let run = binary::finish(&mut command);
    let records = run.assert_status(0).records("explanation");
    assert_eq!(records.len(), 2);
    let said = &records[1]["packet"]["annotations"][0];
    assert_eq!(said["kind"], "tcp.handshake.syn_ack");
    assert_eq!(said["checks"][0]["holds"], true);
}

#[test]
fn several_packets_are_one_json_document() {
    let list = record(&["samples/pet-collar.pcap", "4", "1"], None);
    let numbers: Vec<_> = list
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["packet"]["number"])
        .collect();
    assert_eq!(numbers, [4, 1]);
}

/// The keys of an object, in order.
fn keys(value: &Value) -> Vec<&str> {
    let object = value.as_object().expect("an object");
    let mut keys: Vec<_> = object.keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn the_record_has_the_form_that_the_interface_promises() {
    let one = record(&["samples/icmp-errors.pcap", "4"], None);
    assert_eq!(one["record"], "explanation");
    assert_eq!(one["packet"]["record"], "packet");
    assert_eq!(one["packet"]["number"], 4);
    assert_eq!(one["input"]["link_type"], 1);
    assert_eq!(one["input"]["guessed_because"], Value::Null);
    assert_eq!(one["around"]["refers_to"][0], 3);
    assert_eq!(one["quoted"][1]["name"], "udp");
    let names: Vec<_> = one["layers"]
        .as_array()
        .expect("layers")
        .iter()
        .map(|layer| &layer["name"])
        .collect();
    assert_eq!(names, ["ethernet", "ipv4", "icmp"]);
    for layer in one["layers"].as_array().expect("layers") {
        assert_eq!(
            keys(layer),
            [
                "bit_length",
                "bit_offset",
                "fields",
                "name",
                "osi_layer",
                "tcp_ip_layer"
            ]
        );
        each(&layer["fields"], &mut |field| {
            assert_eq!(
                keys(field),
                [
                    "bit_length",
                    "bit_offset",
                    "checks",
                    "fields",
                    "label",
                    "meaning",
                    "name",
                    "raw",
                    "value"
                ]
            );
            let raw = field["raw"].as_str().expect("raw is text");
            let bits = field["bit_length"].as_u64().expect("a number");
            assert_eq!(raw.len() as u64, bits.div_ceil(4), "{field}");
            assert!(!raw.contains(|c: char| c.is_ascii_uppercase()));
            for check in field["checks"].as_array().expect("checks") {
                assert_eq!(keys(check), ["expected", "holds", "observed", "rule"]);
            }
        });
    }
    let models = |layers: &Value| {
        let one = |layer: &Value| (layer["osi_layer"].clone(), layer["tcp_ip_layer"].clone());
        let all = layers.as_array().expect("layers").iter().map(one);
        serde_json::to_string(&all.collect::<Vec<_>>()).expect("JSON")
    };
    let expected = r#"[[2,"link"],[3,"internet"],[3,"internet"]]"#;
    assert_eq!(models(&one["layers"]), expected);
    assert_eq!(models(&one["packet"]["overhead"]), expected);
    let arp = record(&["samples/arp-ping.pcap", "1"], None);
    assert_eq!(models(&arp["layers"]), r#"[[2,"link"],[null,"link"]]"#);
    let ttl = &one["layers"][1]["fields"][10];
    assert_eq!(
        (&ttl["name"], &ttl["value"], &ttl["raw"]),
        (&"ipv4.ttl".into(), &64.into(), &"40".into())
    );
}

#[test]
fn nothing_is_said_by_colour_alone() {
    for arguments in [
        &["samples/pet-collar.pcap", "10"][..],
        &["samples/pet-collar.pcap", "1", "4", "--compare"],
    ] {
        let colored = |when: &str| {
            let mut command = binary::wirenotes();
            command
                .arg("explain")
                .args(arguments)
                .args(["--color", when])
                .current_dir(env!("CARGO_MANIFEST_DIR"));
            binary::finish(&mut command).stdout
        };
        let (plain, painted) = (colored("never"), colored("always"));
        assert!(!plain.contains('\x1b') && painted.contains('\x1b'));
        let mut bare = String::new();
        let mut rest = painted.as_str();
        while let Some((text, code)) = rest.split_once('\x1b') {
            bare.push_str(text);
            rest = code.split_once('m').expect("a colour code").1;
        }
        bare.push_str(rest);
        assert_eq!(bare, plain);
    }
}
