//! The captures that tests read: the project's samples, and a folder of
//! captures from elsewhere that is not part of the project.

#![allow(dead_code, reason = "each test file uses a part of this")]

use std::path::{Path, PathBuf};

use wirenotes::capture::{ReadOptions, Reader};
use wirenotes::decode::{Packet, decode};

/// Gives each packet of a capture, so many at most, with its number among those
/// that could be read; gives how many they were.
pub fn each_packet(capture: &Path, most: u64, mut each: impl FnMut(&Packet<'_>, u64)) -> u64 {
    let Ok(mut reader) = Reader::open([capture.to_path_buf()].iter(), ReadOptions::default())
    else {
        return 0;
    };
    let mut packets = 0;
    loop {
        let packet = match reader.next() {
            Ok(Some(frame)) if packets < most => decode(frame),
            Ok(_) => return packets,
            // What cannot be read is told once, or ends the file.
            Err(_) => continue,
        };
        packets += 1;
        each(&packet, packets);
    }
}

/// The project's own samples, sorted by name.
pub fn samples() -> Vec<PathBuf> {
    let found = captures_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"));
    assert!(!found.is_empty(), "no captures in samples/");
    found
}

/// One of the samples.
pub fn sample(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("samples")
        .join(name);
    assert!(path.is_file(), "{} is missing", path.display());
    path
}

/// The captures from elsewhere, sorted; `None` where the folder is absent.
/// `WIRENOTES_CAPTURES` names another place for it.
pub fn shared_captures() -> Option<Vec<PathBuf>> {
    let folder = std::env::var_os("WIRENOTES_CAPTURES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/captures"),
        PathBuf::from,
    );
    folder.is_dir().then(|| captures_below(&folder))
}

/// The captures in a folder and the folders in it, sorted.
pub fn captures_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let path = entry.expect("a directory entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if is_capture(&path) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn is_capture(path: &Path) -> bool {
    let name = path.to_string_lossy();
    let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
    name.ends_with(".pcap") || name.ends_with(".pcapng")
}
