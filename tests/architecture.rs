//! The house keeps its order: imports point left only, each outside library is
//! named in one place, and every file says what it is for.

use std::path::{Path, PathBuf};

/// The folders in the order that a packet goes through them. Each may use what
/// stands before it, and itself.
const STAGES: &[&str] = &[
    "capture", "decode", "track", "notes", "report", "view", "commands", "cli",
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
    ("crossterm", &["src/view/"]),
    ("ratatui", &["src/view/"]),
];

/// Words of a language of our own, which names in `src` do without: the field
/// has its terms (flow, active, dormant, prefetch, in flight, gap, emit, record,
/// remaining, flush).
const PRIVATE_WORDS: &[&str] = &[
    "ahead",
    "brief",
    "calm",
    "cells",
    "dense",
    "folded",
    "gist",
    "hand_on",
    "hot",
    "journal",
    "left",
    "meanwhile",
    "meet",
    "noted",
    "seat",
    "teller",
    "together",
    "usual",
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
        // What building the fuzzers leaves is not ours.
        if path.ends_with("fuzz/target") {
            continue;
        }
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
    // The word is in two parts, so that the test does not find itself.
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
fn names_are_the_fields_own() {
    let mut found = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| source.path.starts_with("src/"))
    {
        for (number, line) in source.code() {
            if let Some(word) = defined_name(line).and_then(private_word) {
                found.push(format!("{}:{number}: `{word}`", source.path));
            }
        }
    }
    assert_none(&found, "a name in a language of our own");
}

/// The name of the type, function or module that a line of code begins.
fn defined_name(line: &str) -> Option<&str> {
    let line = line.trim_start();
    // The path of `pub(in …)` would stand before the definition.
    let line = match line.strip_prefix("pub(") {
        Some(visibility) => visibility.split_once(')')?.1,
        None => line,
    };
    let mut words = line
        .split(|character: char| !character.is_alphanumeric() && character != '_')
        .filter(|word| !word.is_empty());
    let first = words.find(|word| !["async", "const", "pub"].contains(word))?;
    let definitions = ["enum", "fn", "mod", "struct", "trait", "type"];
    words.next().filter(|_| definitions.contains(&first))
}

/// The private word that a name contains, as a word between underscores or in
/// CamelCase.
fn private_word(name: &str) -> Option<&'static str> {
    let mut snake = String::from("_");
    for character in name.chars() {
        if character.is_uppercase() {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake.push('_');
    PRIVATE_WORDS
        .iter()
        .find(|word| snake.contains(&format!("_{word}_")))
        .copied()
}

#[test]
fn comments_stand_alone() {
    let mut found = Vec::new();
    for source in &sources() {
        for (index, line) in source.text.lines().enumerate() {
            if begins_the_same(line) {
                found.push(format!("{}:{}: {}", source.path, index + 1, line.trim()));
            }
        }
    }
    assert_none(&found, "a comment that needs the one before it");
}

/// Whether a line is a comment that refers to something said before.
fn begins_the_same(line: &str) -> bool {
    line.trim_start()
        .strip_prefix("//")
        .map(|comment| comment.trim_start_matches(['/', '!']).trim_start())
        .is_some_and(|comment| comment.starts_with("The same "))
}

#[test]
fn one_way_leads_from_frame_to_packet() {
    let mut found: Vec<String> = sources()
        .iter()
        .filter(|source| source.path.starts_with("src/decode/"))
        .flat_map(|source| {
            let code: Vec<&str> = source.code().map(|(_, line)| line).collect();
            decoders(&code.join(" "))
        })
        .collect();
    found.sort();
    // `decode` is `decode_headers` and whether the sums hold.
    let expected = ["decode", "decode_headers"];
    assert_eq!(found, expected, "frames are decoded in one place");
}

/// The public functions in some code that take a frame and give a packet.
fn decoders(code: &str) -> Vec<String> {
    code.match_indices("pub ")
        .filter_map(|(at, public)| {
            let rest = code[at + public.len()..].trim_start();
            let rest = rest.strip_prefix("const ").unwrap_or(rest);
            let signature = rest.strip_prefix("fn ")?.split(['{', ';']).next()?;
            let (takes, gives) = signature.split_once("->")?;
            (names(takes, "Frame") && names(gives, "Packet"))
                .then(|| first_name(signature).to_owned())
        })
        .collect()
}

/// Whether some code has this name as a whole.
fn names(code: &str, name: &str) -> bool {
    code.split(|character: char| !character.is_alphanumeric() && character != '_')
        .any(|word| word == name)
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

#[test]
fn the_law_of_names_can_be_broken() {
    assert_eq!(
        defined_name("    pub(super) fn hand_on(&self) {"),
        Some("hand_on")
    );
    assert_eq!(
        defined_name("pub(in crate::track) struct Left<'a> {"),
        Some("Left")
    );
    assert_eq!(defined_name("mod teller;"), Some("teller"));
    assert_eq!(defined_name("    let left = 1;"), None);
    assert_eq!(private_word("hand_on"), Some("hand_on"));
    assert_eq!(private_word("HandOn"), Some("hand_on"));
    assert_eq!(private_word("bytes_left"), Some("left"));
    assert_eq!(private_word("UsualSegment"), Some("usual"));
    assert_eq!(private_word("unusual"), None);
    assert_eq!(private_word("leftover_bytes"), None);
    assert_eq!(private_word("shot_by_meeting"), None);
}

#[test]
fn the_law_of_comments_can_be_broken() {
    assert!(begins_the_same(concat!("    /// ", "The same of UDP.")));
    assert!(begins_the_same(concat!("//! ", "The same of UDP.")));
    assert!(!begins_the_same("    // Their checksum is the same."));
    assert!(!begins_the_same("let text = \"The same \";"));
}

#[test]
fn the_law_of_one_way_can_be_broken() {
    let one = "pub fn decode(frame: Frame<'_>) -> Packet<'_> {";
    assert_eq!(decoders(one), ["decode"]);
    let two = "pub fn quick( frame: &Frame<'_>, ) -> Option<Packet<'_>> {";
    assert_eq!(decoders(&format!("{one} }} {two} }}")), ["decode", "quick"]);
    assert!(decoders("fn packet(frame: Frame<'_>) -> Packet<'_> {").is_empty());
    assert!(decoders("pub fn name(packet: &Packet<'_>) -> FrameName {").is_empty());
}
