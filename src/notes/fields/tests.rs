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
