//! Pastes of every kind: the frame that carries `location`, written by the
//! tools themselves (`tests/paste/`), several packets at once, faults.

use std::collections::BTreeMap;
use std::fs;

use proptest::prelude::*;

use super::*;

/// Packet 10 of `samples/pet-collar.pcap`, 62 bytes.
pub(crate) const LOCATION: &[u8] = b"\x02\x00\x00\x00\x0a\x02\x02\x00\x00\x00\x0a\x01\x08\x00\
    \x45\x00\x00\x30\xee\xe8\x40\x00\x40\x06\x37\xdd\x0a\x00\x00\x01\x0a\x00\x00\x02\
    \x0d\xf4\x0b\xb9\xbe\x7f\x18\x71\x06\x7d\x33\xef\x50\x18\x00\x3f\xbc\xd0\x00\x00location";

fn fixtures() -> BTreeMap<String, String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/paste");
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// Every byte of the frame, whatever tool wrote it down.
#[test]
fn the_same_frame_in_every_format() {
    let mut wrong = Vec::new();
    for (name, text) in fixtures() {
        let without_link = matches!(
            name.as_str(),
            "tcpdump-x" | "tcpdump-ascii-x" | "tcpdump-ascii-x-v"
        );
        let expected = if without_link {
            &LOCATION[14..]
        } else {
            LOCATION
        };
        let pasted = parse(&text);
        let right = pasted.problems.is_empty()
            && matches!(pasted.packets.as_slice(), [packet] if packet.bytes == expected);
        if !right {
            wrong.push(format!("{name}: {pasted:x?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

proptest! {
    #[test]
    fn any_text_gets_an_answer(text in "\\PC*") {
        let pasted = parse(&text);
        prop_assert!(!pasted.packets.is_empty() || !pasted.problems.is_empty());
    }
}
