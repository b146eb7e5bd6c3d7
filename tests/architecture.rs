//! The house keeps its order: imports point left only, each outside library is
//! named in one place, and every file says what it is for.

use std::path::{Path, PathBuf};

/// The folders in the order that a packet goes through them. Each may use what
/// stands before it, and itself.
const STAGES: &[&str] = &[
    "capture", "decode", "track", "notes", "report", "commands", "cli",
];

/// Libraries that are named in one place alone, and the place.
const AT_HOME: &[(&str, &[&str])] = &[
    ("clap", &["src/cli.rs", "src/cli/", "src/main.rs"]),
    ("clap_complete", &["src/cli.rs", "src/cli/", "src/main.rs"]),
    ("clap_mangen", &["src/cli.rs", "src/cli/", "src/main.rs"]),
    ("pcap", &["src/capture/"]),
    ("pcap_parser", &["src/capture/"]),
    ("colored", &["src/report/"]),
    ("comfy_table", &["src/report/"]),
];

struct Source {
    path: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["src", "tests", "benches"] {
        collect(&root.join(folder), root, &mut found);
    }
    assert!(found.len() > 20, "only {} files found", found.len());
    found
}

fn collect(folder: &Path, root: &Path, found: &mut Vec<Source>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, root, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source is text");
            let path = path.strip_prefix(root).expect("below the root");
            found.push(Source {
                path: path.to_string_lossy().into_owned(),
                text,
            });
        }
    }
}

impl Source {
    /// Lines that are code: without comments, numbered from 1. Text in quotes
    /// stays, which is only stricter.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default()))
    }

    /// The stage that this file belongs to.
    fn stage(&self) -> Option<usize> {
        let rest = self.path.strip_prefix("src/")?;
        let name = rest.split('/').next()?.trim_end_matches(".rs");
        STAGES.iter().position(|stage| *stage == name)
    }
}

/// Whether `line` names the path `name::`, not as the end of a longer name.
fn names_path(line: &str, name: &str) -> bool {
    let path = format!("{name}::");
    line.match_indices(&path)
        .any(|(at, _)| starts_a_path(line, at))
        || line.trim_start().starts_with(&format!("use {name};"))
        || line.trim_start().starts_with(&format!("use {name} as"))
}

fn starts_a_path(line: &str, at: usize) -> bool {
    line[..at]
        .chars()
        .next_back()
        .is_none_or(|before| !before.is_alphanumeric() && before != '_' && before != ':')
}

#[track_caller]
fn assert_none(found: &[String], law: &str) {
    assert!(found.is_empty(), "{law}:\n{}", found.join("\n"));
}

#[test]
fn imports_point_left_only() {
    let mut found = Vec::new();
    for source in sources() {
        let Some(own) = source.stage() else { continue };
        let code: String = source.code().map(|(_, line)| line).collect();
        for right in &STAGES[own + 1..] {
            if names_stage(&code, right) {
                found.push(format!("{} uses {right}", source.path));
            }
        }
    }
    assert_none(&found, "a stage uses what stands to its right");
}

/// Whether code names a stage: `crate::stage`, or at the top level of a
/// `crate::{…}`.
fn names_stage(code: &str, stage: &str) -> bool {
    code.match_indices("crate::").any(|(at, path)| {
        let rest = &code[at + path.len()..];
        match rest.strip_prefix('{') {
            Some(group) => top_level(group)
                .iter()
                .any(|item| first_name(item) == stage),
            None => first_name(rest) == stage,
        }
    })
}

/// The items of a group up to its closing brace, those of inner groups left out.
fn top_level(group: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 0_usize;
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => items.push(String::new()),
            _ if depth == 0 => items.last_mut().expect("one at least").push(character),
            _ => {}
        }
    }
    items
}

fn first_name(path: &str) -> &str {
    let path = path.trim_start();
    let end = path
        .find(|character: char| !character.is_alphanumeric() && character != '_')
        .unwrap_or(path.len());
    &path[..end]
}

#[test]
fn outside_libraries_stay_at_home() {
    let mut found = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| source.path.starts_with("src/"))
    {
        for (library, homes) in AT_HOME {
            if homes.iter().any(|home| source.path.starts_with(home)) {
                continue;
            }
            for (number, line) in source.code() {
                if names_path(line, library) {
                    found.push(format!("{}:{number}: {}", source.path, line.trim()));
                }
            }
        }
    }
    assert_none(&found, "a library is named outside its home");
}

#[test]
fn nothing_is_unsafe() {
    let mut found = Vec::new();
    // In two parts, so as not to find itself.
    let word = concat!("un", "safe ");
    for source in sources() {
        for (number, line) in source.code() {
            if line.contains(word) {
                found.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    assert_none(&found, "memory safety is not negotiable");
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let manifest = std::fs::read_to_string(manifest).expect("the manifest");
    assert!(manifest.contains(concat!("un", "safe_code = \"forbid\"")));
}

#[test]
fn every_file_says_what_it_is_for() {
    let found: Vec<_> = sources()
        .iter()
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| source.path.clone())
        .collect();
    assert_none(&found, "opens without `//!`");
}

#[test]
fn no_file_is_a_drawer_for_everything() {
    let found: Vec<_> = sources()
        .iter()
        .filter(|source| {
            ["utils", "util", "helpers", "helper", "manager", "misc"]
                .iter()
                .any(|name| {
                    source.path.ends_with(&format!("/{name}.rs"))
                        || source.path.contains(&format!("/{name}/"))
                })
        })
        .map(|source| source.path.clone())
        .collect();
    assert_none(&found, "a name that says nothing");
}

#[test]
fn nothing_is_left_unfinished() {
    let in_code = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("dbg", "!("),
        concat!("#[ig", "nore"),
    ];
    let in_comments = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
    ];
    let mut found = Vec::new();
    for source in sources() {
        for (index, line) in source.text.lines().enumerate() {
            let (code, comment) = line.split_once("//").unwrap_or((line, ""));
            let unfinished = in_code.iter().any(|mark| code.contains(mark))
                || in_comments.iter().any(|mark| comment.contains(mark));
            if unfinished {
                found.push(format!("{}:{}: {}", source.path, index + 1, line.trim()));
            }
        }
    }
    assert_none(&found, "unfinished");
}

#[test]
fn no_source_knows_a_path_of_somebodys_machine() {
    let mut found = Vec::new();
    let folders = [
        concat!("\"/ho", "me/"),
        concat!("\"/ro", "ot/"),
        concat!("\"/us", "ers/"),
    ];
    for source in sources() {
        for (index, line) in source.text.lines().enumerate() {
            let line = line.to_lowercase();
            if folders.iter().any(|folder| line.contains(folder)) {
                found.push(format!("{}:{}: {}", source.path, index + 1, line.trim()));
            }
        }
    }
    assert_none(&found, "an absolute path");
}

#[test]
fn the_law_of_imports_can_be_broken() {
    assert!(names_path("    clap::Parser", "clap"));
    assert!(names_path("use pcap;", "pcap"));
    assert!(!names_path("use crate::pcap::x", "pcap"));
    assert!(!names_path("my_pcap::x", "pcap"));
    assert!(names_stage("use crate::report::Row;", "report"));
    assert!(names_stage(
        "use crate::{decode::{Packet, report},    report};",
        "report"
    ));
    assert!(!names_stage(
        "use crate::{decode::{Packet, report}, track};",
        "report"
    ));
    assert!(!names_stage("use crate::reporting::Row;", "report"));
}
