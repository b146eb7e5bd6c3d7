//! Packets in JSON that other tools write: bytes in base64 or in hexadecimal
//! digits as a field, or numbers in a list. What merely repeats a part of a
//! packet is none, and neither is anything else that the JSON holds.

use std::collections::HashMap;

use super::json_scan::Scan;
use super::literal::Source;
use super::{At, Format, Found, LinkType, PastedPacket, Reading, base64, line};

/// Fewest bytes of a packet: an Ethernet header.
const FEWEST: usize = 14;

/// Bytes by which a part of a packet is looked up in it.
const PROBE: usize = 8;

/// Reads every JSON value of the text.
pub(super) fn read(reading: &mut Reading<'_>) {
    let source = Source::new(reading);
    // Values that turn out to be none are read again from inside; this bounds
    // what that may take.
    let mut steps = source.len().saturating_mul(8);
    let mut at = 0;
    while let Some(open) = opening(&source, at) {
        let mut scan = Scan::new(&source, open, steps);
        let end = scan.run();
        steps = scan.steps;
        let Some(end) = end else {
            at = open + 1;
            continue;
        };
        for index in source.line(open)..=source.line(end.saturating_sub(1)) {
            reading.mark_used(index);
        }
        reading.json.get_or_insert(source.at(open));
        for record in scan.records {
            take(reading, &source, record);
        }
        at = end.max(open + 1);
    }
}

/// The next bracket that may open JSON with names in it.
fn opening(source: &Source<'_, '_>, from: usize) -> Option<usize> {
    let mut found = None;
    for at in from.. {
        let byte = source.get(at)?;
        match (byte, found) {
            (b'"', Some(open)) => return Some(open),
            (b'{', Some(open)) if source.get(open) == Some(b'[') => return Some(open),
            (b'{' | b'[', _) => found = Some(at),
            _ if byte.is_ascii_whitespace() => {}
            _ => found = None,
        }
    }
    None
}

/// What a record of JSON holds that may be bytes.
#[derive(Default)]
pub(super) struct Record {
    pub candidates: Vec<Candidate>,
}

/// A value that may be bytes.
pub(super) struct Candidate {
    pub bytes: Vec<u8>,
    pub format: Format,
    /// Its characters.
    pub range: (usize, usize),
    /// The name of the field, or of the list that it stands in.
    pub name: String,
    /// The link type that stands beside it or one level below.
    pub link_type: Option<LinkType>,
}

impl Candidate {
    /// Bytes of a string, if it is nothing but digits or base64.
    pub(super) fn of_text(text: &[u8]) -> Option<(Vec<u8>, Format)> {
        // `\x02\x00`, `0x0200`.
        let marked = matches!(text, [b'0' | b'\\', b'x' | b'X', ..]);
        let body = match text {
            [b'0', b'x' | b'X', rest @ ..] => rest,
            _ => text,
        };
        let between = |byte: &&u8| match byte {
            b' ' | b':' | b'-' | b',' => false,
            b'\\' | b'x' => !marked,
            _ => true,
        };
        let digits: Vec<u8> = body.iter().filter(between).copied().collect();
        if line::is_hex(&digits) && digits.len().is_multiple_of(2) {
            let format = match digits.len() == text.len() {
                true => Format::Hex,
                false => Format::SeparatedHex,
            };
            return (digits.len() >= FEWEST * 2)
                .then(|| (line::hex_bytes(&digits).collect(), format));
        }
        let bytes = base64::decode(text)?;
        (bytes.len() >= FEWEST).then_some((bytes, Format::Base64))
    }

    /// Bytes of a list of numbers.
    pub(super) fn of_numbers(numbers: &[Option<u8>]) -> Option<(Vec<u8>, Format)> {
        let bytes: Option<Vec<u8>> = numbers.iter().copied().collect();
        bytes
            .filter(|bytes| bytes.len() >= FEWEST)
            .map(|bytes| (bytes, Format::Array))
    }

    /// The field says that this is a whole packet: a link type beside it, or
    /// the name that tshark gives to it.
    fn is_packet(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        let whole = ["packet", "frame", "raw"];
        let is_whole = whole.iter().any(|part| name.contains(part));
        self.link_type.is_some() && is_whole || name == "frame_raw"
    }
}

/// Takes the packets of a record: those that are named as such, else those
/// that are no part of the longest.
fn take(reading: &mut Reading<'_>, source: &Source<'_, '_>, record: Record) {
    let named = record.candidates.iter().any(Candidate::is_packet);
    let longest = record
        .candidates
        .iter()
        .map(|candidate| &candidate.bytes)
        .max_by_key(|bytes| bytes.len())
        .cloned()
        .unwrap_or_default();
    let places = places(&longest);
    for candidate in record.candidates {
        let is_part = || {
            let bytes = &candidate.bytes;
            let place = bytes.get(..PROBE).and_then(|probe| places.get(probe));
            bytes.len() < longest.len()
                && place.is_some_and(|&place| {
                    longest
                        .get(place..)
                        .is_some_and(|rest| rest.starts_with(bytes))
                })
        };
        let certain = candidate.is_packet();
        if named && !certain || !named && is_part() {
            continue;
        }
        let (start, end) = candidate.range;
        let ends: (At, At) = (source.at(start), source.at(end.saturating_sub(1)));
        reading.add(Found {
            packet: PastedPacket {
                link_type: candidate.link_type,
                certain,
                ..PastedPacket::new(candidate.bytes, candidate.format, ends)
            },
            problems: Vec::new(),
        });
    }
}

/// Where in the bytes each run of a few of them stands first.
fn places(bytes: &[u8]) -> HashMap<&[u8], usize> {
    let mut places = HashMap::new();
    for (place, probe) in bytes.windows(PROBE).enumerate() {
        places.entry(probe).or_insert(place);
    }
    places
}
