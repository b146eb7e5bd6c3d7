//! Texts about packets that hold none of their bytes: a line for each, a
//! packet taken apart, an object as a program prints it.

use super::{At, Reading};

/// What a text is that tells of packets without their bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithoutBytes {
    /// A line for each packet, as tcpdump, tshark or a firewall's log print
    /// it.
    SummaryLines,
    /// Fields with their values, as `tshark -V` prints them.
    Dissection,
    /// A packet as scapy and other libraries show the object.
    PythonObject,
    /// JSON with fields, but without the packet.
    Json,
}

/// Lines that are looked at.
const MOST_LINES: usize = 2_000;

/// Characters of a line that are looked at.
const LONGEST_LINE: usize = 2_000;

/// The first line that is of such a text, and what that is.
pub(super) fn find(reading: &Reading<'_>) -> Option<(At, WithoutBytes)> {
    let lines = reading.lines.iter().filter(|line| !line.is_blank());
    let found = lines.take(MOST_LINES).find_map(|line| {
        let what = of_line(line.written)?;
        Some((line.at(0), what))
    });
    let json = reading.json.map(|at| (at, WithoutBytes::Json));
    found.or(json)
}

/// What a line is.
pub(super) fn of_line(line: &str) -> Option<WithoutBytes> {
    let end = line.char_indices().nth(LONGEST_LINE);
    let end = end.map_or(line.len(), |(end, _)| end);
    let line = line.get(..end).unwrap_or_default().trim();
    let starts = |starts: &[&str]| starts.iter().any(|start| line.starts_with(start));
    let contains = |parts: &[&str]| parts.iter().all(|part| line.contains(part));
    let object = [
        "<Ether ",
        "<IP ",
        "<IPv6 ",
        "<ARP ",
        "<Packet ",
        "Ether(",
        "IP(",
        "Ethernet(",
    ];
    let shown = line.starts_with('<') && line.ends_with(" Packet>");
    if starts(&object) && (contains(&["="]) || contains(&["|"])) || shown {
        return Some(WithoutBytes::PythonObject);
    }
    let dissected = starts(&[
        "Ethernet II, Src",
        "Internet Protocol",
        "###[ ",
        "<pdml",
        "<proto ",
    ]) || starts(&["Transmission Control Protocol,", "User Datagram Protocol,"])
        || starts(&["Frame "]) && contains(&["bytes on wire"])
        || contains(&["-----", " Header ", "-----"]);
    if dissected {
        return Some(WithoutBytes::Dissection);
    }
    let arrow = [" > ", " → ", " -> ", " ↔ ", " <-> "].iter().any(|arrow| {
        line.match_indices(arrow).take(4).any(|(at, arrow)| {
            let before = line
                .get(..at)
                .and_then(|text| text.split_whitespace().last());
            let behind = line.get(at + arrow.len()..).unwrap_or_default();
            let behind = behind.split_whitespace().next();
            before.is_some_and(is_address) && behind.is_some_and(is_address)
        })
    });
    let logged = contains(&["SRC=", "DST=", "PROTO="]);
    let table = contains(&["Source", "Destination", "Protocol"]);
    let resolved = contains(&["ARP"]) && (contains(&["who-has"]) || contains(&["is-at"]));
    (arrow || logged || table || resolved).then_some(WithoutBytes::SummaryLines)
}

/// `10.0.0.1.3572`, `server.6666:`, `02:00:00:00:0a:01`, `fe80::1`.
fn is_address(word: &str) -> bool {
    let word = word.trim_end_matches([':', ',']);
    let parts = |mark: char| word.matches(mark).count();
    let letters = |c: char| c.is_ascii_alphanumeric() || ".:-_%".contains(c);
    let number = word.bytes().any(|byte| byte.is_ascii_digit());
    word.chars().all(letters) && number && (parts('.') >= 1 || parts(':') >= 2 || parts('-') == 5)
}
