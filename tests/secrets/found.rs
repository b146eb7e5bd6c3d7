//! Secrets of a capture, found in its bytes by this test alone, and in an output.

use std::path::PathBuf;

/// A part of a secret that nobody writes by chance.
const PART: usize = 8;

/// Something that an output must not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret(pub String);

/// A capture and its secrets.
pub struct Found {
    pub file: PathBuf,
    pub secrets: Vec<Secret>,
}

impl Found {
    pub fn in_file(file: PathBuf) -> Self {
        let bytes = std::fs::read(&file).expect("a capture");
        let text = String::from_utf8_lossy(&bytes);
        let mut values: Vec<&str> = Vec::new();
        let mut length = 0;
        for line in text.split("\r\n") {
            // The first line of a head stands behind the headers of its packet.
            if let Some((_, token)) = line.split_once("access_token=") {
                values.extend(token.split([' ', '&']).next());
            }
            // Behind a form stands the next packet's record.
            let form = line
                .get(..length)
                .and_then(|form| form.split_once("&password="));
            values.extend(form.map(|(_, password)| password));
            let Some((name, value)) = line.split_once(": ") else {
                continue;
            };
            match name {
                "Content-Length" => length = value.parse().expect("a number"),
                "Authorization" => values.extend(value.split(' ').nth(1)),
                "Cookie" => {
                    let pairs = value.split("; ");
                    values.extend(pairs.filter_map(|pair| Some(pair.split_once('=')?.1)));
                }
                "Set-Cookie" => {
                    let pair = value.split(';').next().and_then(|it| it.split_once('='));
                    values.extend(pair.map(|(_, value)| value));
                }
                _ => {}
            }
        }
        let values = values.into_iter().filter(|value| !value.is_empty());
        let mut secrets: Vec<Secret> = values.map(|value| Secret(value.to_owned())).collect();
        secrets.sort();
        secrets.dedup();
        Self { file, secrets }
    }
}

impl Secret {
    /// Whether it is in the text, as it is or as digits of a dump.
    pub fn is_in(&self, text: &str) -> bool {
        in_forms(text, |form| form.contains(&self.0))
    }

    /// A part of it that is in the text: all of it, or eight bytes.
    pub fn part_in(&self, text: &str) -> Option<String> {
        self.part_longer_than(self.0.len().min(PART) - 1, text)
    }

    /// A part of more than so many bytes that is in the text.
    pub fn part_longer_than(&self, most: usize, text: &str) -> Option<String> {
        let parts = self.0.as_bytes().windows(most + 1);
        let mut parts = parts.map(|part| String::from_utf8_lossy(part).into_owned());
        parts.find(|part| in_forms(text, |form| form.contains(part.as_str())))
    }
}

/// Looks into the text without its line breaks and indents, and into the bytes of
/// its dumps.
fn in_forms(text: &str, has: impl Fn(&str) -> bool) -> bool {
    has(&text.split_whitespace().collect::<String>()) || has(&dumped(text))
}

/// The bytes that dumps in the text hold: of each line up to 16 in its first row of
/// digits.
fn dumped(text: &str) -> String {
    let mut bytes = Vec::new();
    for line in text.lines() {
        let is_digits = |word: &&str| {
            matches!(word.len(), 2 | 4) && word.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        // The offset stands before, with or without a colon.
        let words = line.split_whitespace().skip(1);
        let row: String = words.take_while(is_digits).collect();
        let row = row.get(..row.len().min(32)).unwrap_or_default();
        let digits: Vec<u8> = row.bytes().collect();
        bytes.extend(digits.chunks_exact(2).filter_map(|pair| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        }));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a pcapng file holds beside the bytes of its packets.
pub fn beside_packets(file: &[u8]) -> String {
    let mut beside = Vec::new();
    let mut rest = file;
    let word = |bytes: &[u8], at: usize| {
        let word = bytes.get(at..at + 4).expect("a whole block");
        u32::from_le_bytes(word.try_into().expect("four bytes")) as usize
    };
    while !rest.is_empty() {
        let (block, behind) = rest.split_at(word(rest, 4));
        rest = behind;
        match word(block, 0) {
            // An Enhanced Packet Block: its options stand behind the packet.
            6 => beside.extend(&block[28 + word(block, 20).next_multiple_of(4)..]),
            _ => beside.extend(block),
        }
    }
    String::from_utf8_lossy(&beside).into_owned()
}
