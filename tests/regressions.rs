//! What fuzzing has found, given to the targets again: no find comes back. A
//! few of every sample's bytes go through them too, so that the targets
//! themselves stay in order without a fuzzer.

#[path = "common/files.rs"]
mod files;
#[path = "fuzz/targets.rs"]
mod targets;

use std::fs;
use std::path::Path;

/// Every find, whatever its target, goes through all of them.
#[test]
fn no_find_comes_back() {
    let finds = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/regressions");
    let mut count = 0;
    for (name, _) in targets::ALL {
        let Ok(entries) = fs::read_dir(finds.join(name)) else {
            continue;
        };
        for entry in entries {
            let bytes = fs::read(entry.expect("an entry").path()).expect("a file");
            targets::ALL.iter().for_each(|(_, target)| target(&bytes));
            count += 1;
        }
    }
    assert!(count > 0, "no finds in {}", finds.display());
}

#[test]
fn each_folder_of_finds_is_a_targets() {
    let finds = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/regressions");
    for entry in fs::read_dir(finds).expect("a folder") {
        let name = entry.expect("an entry").file_name();
        let known = targets::ALL.iter().any(|(target, _)| name == *target);
        assert!(known, "{name:?}");
    }
}

#[test]
fn the_targets_hold_for_small_samples_whole_and_damaged() {
    for sample in files::samples() {
        let bytes = fs::read(&sample).expect("a sample");
        if bytes.len() > 4096 {
            continue;
        }
        for end in [bytes.len(), bytes.len() * 2 / 3] {
            let mut cut = bytes[..end].to_vec();
            targets::ALL.iter().for_each(|(_, target)| target(&cut));
            let at = end / 2;
            cut[at] ^= 0xff;
            targets::ALL.iter().for_each(|(_, target)| target(&cut));
        }
    }
}
