//! The table knows every field, and the meanings say what is right.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;
use crate::notes::fixture::is_chinese;

/// Every literal in the decoders' source that has the form of a field's name.
fn names_in_the_decoders() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/decode")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            names.extend(
                text.split('"')
                    .skip(1)
                    .step_by(2)
                    .filter(|literal| is_field_name(literal))
                    .map(str::to_owned),
            );
        }
    }
    names
}

fn is_field_name(literal: &str) -> bool {
    let Some((family, rest)) = literal.split_once('.') else {
        return false;
    };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.');
    !rest.is_empty()
        && rest.chars().all(plain)
        && Protocol::ALL
            .iter()
            .any(|protocol| protocol.name() == family)
}

#[test]
fn every_field_of_the_decoders_is_explained() {
    let names = names_in_the_decoders();
    assert!(names.len() > 350, "only {} names found", names.len());
    let unknown: Vec<_> = names.iter().filter(|name| row(name).is_none()).collect();
    assert!(unknown.is_empty(), "no row for {unknown:?}");
    for protocol in Protocol::ALL {
        for end in ["cut", "rest"] {
            assert!(row(&format!("{}.{end}", protocol.name())).is_some());
        }
    }
}

#[test]
fn every_row_is_of_a_field_and_stands_once() {
    let names = names_in_the_decoders();
    let mut seen = BTreeSet::new();
    for row in rows() {
        assert!(names.contains(row.name), "{} is no field", row.name);
        assert!(seen.insert(row.name), "{} stands twice", row.name);
    }
}

#[test]
fn every_row_is_written_in_both_languages() {
    for row in rows() {
        for lang in Lang::ALL {
            assert!(!row.label(lang).is_empty(), "{}", row.name);
            assert!(!row.about(lang).is_empty(), "{}", row.name);
        }
        assert!(!row.label(Lang::En).contains(is_chinese), "{}", row.name);
        assert!(!row.about(Lang::En).contains(is_chinese), "{}", row.name);
        let about = row.about(Lang::Zh);
        assert!(
            about.contains(is_chinese) || !about.contains(|c: char| c.is_ascii_lowercase()),
            "{}: {about}",
            row.name
        );
    }
}

/// An IPv4 header and a UDP one to port 53, raw, with a time to live.
fn datagram(time_to_live: u8, fragment: u16) -> Vec<u8> {
    let mut bytes = vec![0x45, 0, 0, 28, 0, 1];
    bytes.extend(fragment.to_be_bytes());
    bytes.extend([time_to_live, 17, 0, 0, 10, 0, 0, 1, 8, 8, 8, 8]);
    bytes.extend([0xc0, 0, 0, 53, 0, 8, 0, 0]);
    bytes
}

fn told(bytes: &[u8], name: &str, lang: Lang) -> ExplainedField {
    let packet = crate::decode::decode(Frame::alone(LinkType::RAW, bytes));
    let layers = explain(&Knowledge {
        packet: &packet,
        tracked: &Tracked::default(),
        annotations: &[],
        lang,
    });
    find(&layers, name)[0].clone()
}

fn meaning_of(bytes: &[u8], name: &str) -> String {
    told(bytes, name, Lang::En).meaning
}

#[test]
fn a_time_to_live_suggests_its_start_and_how_far_it_came() {
    for (ttl, says) in [
        (64, "no router has handled it"),
        (63, "1 router passed if it began with 64"),
        (118, "10 routers passed if it began with 128 (Windows)"),
        (250, "5 routers passed if it began with 255"),
        (1, "traceroute"),
        (0, "no router may pass it on"),
    ] {
        let meaning = meaning_of(&datagram(ttl, 0), "ipv4.ttl");
        assert!(meaning.contains(says), "{ttl}: {meaning}");
    }
}

#[test]
fn lengths_are_put_into_their_sums() {
    let bytes = datagram(64, 0);
    assert_eq!(
        meaning_of(&bytes, "ipv4.total_length"),
        "28 bytes = header 20 + data 8"
    );
    assert_eq!(
        meaning_of(&bytes, "udp.length"),
        "8 bytes = header 8 + data 0"
    );
    assert_eq!(
        meaning_of(&bytes, "udp.destination_port"),
        "DNS (well known)"
    );
    let check = &told(&bytes, "udp.length", Lang::En).checks[0];
    assert_eq!((check.holds, &check.observed), (Some(true), &8_u16.into()));
}

#[test]
fn a_wrong_checksum_comes_with_the_right_one() {
    let check = told(&datagram(64, 0), "ipv4.checksum", Lang::Zh).checks[0].clone();
    assert_eq!(check.holds, Some(false));
    // 0x4500 + 28 + 1 + 0x4011 + 0x0a00 + 1 + 0x0808 + 0x0808 = 0x9f3f.
    assert_eq!(check.expected, Some(0x60c0_u16.into()));
}

#[test]
fn fragments_say_where_they_belong() {
    let bytes = datagram(64, 0x2000 | 185);
    assert_eq!(
        meaning_of(&bytes, "ipv4.fragment_offset"),
        "185 × 8 = byte 1480 of the whole packet's data"
    );
    let last = datagram(64, 185);
    assert!(meaning_of(&last, "ipv4.flags.more_fragments").contains("last fragment"));
}

#[test]
fn a_header_that_breaks_is_explained_as_far_as_it_goes() {
    let mut bytes = datagram(64, 0);
    bytes[3] = 16;
    let field = told(&bytes, "ipv4.total_length", Lang::En);
    assert_eq!(field.checks[0].rule.id, "total length ≥ header length");
    assert_eq!(field.checks[0].holds, Some(false));
}
