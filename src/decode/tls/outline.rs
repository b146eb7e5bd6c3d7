//! What the records in a segment are, in a few words.

use super::{Alert, ContentType, HandshakeHeader, Record, handshake_name};

/// Records that are named.
const RECORDS_AT_MOST: usize = 8;

/// The records with which a segment begins, by name: `ServerHello, Certificate`;
/// nothing where it begins with none.
#[must_use]
pub fn outline(bytes: &[u8]) -> Option<String> {
    let mut named: Vec<String> = Vec::new();
    let mut rest = bytes;
    for _ in 0..RECORDS_AT_MOST {
        let Some(record) = Record::parse(rest) else {
            break;
        };
        let end = (Record::HEADER + record.length).min(rest.len());
        let body = rest.get(Record::HEADER..end).unwrap_or_default();
        let names = match record.content {
            ContentType::ChangeCipherSpec => vec!["ChangeCipherSpec".to_owned()],
            ContentType::ApplicationData => vec!["application data".to_owned()],
            ContentType::Heartbeat => vec!["heartbeat".to_owned()],
            ContentType::Alert => vec![match Alert::parse(body) {
                Some(alert) => format!("alert {}", alert.name()),
                None => "alert, encrypted".to_owned(),
            }],
            ContentType::Handshake => handshake(body, record.length),
        };
        for name in names {
            if named.last() != Some(&name) {
                named.push(name);
            }
        }
        rest = rest.get(end..).unwrap_or_default();
    }
    (!named.is_empty()).then(|| named.join(", "))
}

/// The messages of a record; they are encrypted where their lengths do not add up.
fn handshake(body: &[u8], length: usize) -> Vec<String> {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(header) = body.get(at..).and_then(HandshakeHeader::parse) {
        let Some(name) = handshake_name(header.kind) else {
            break;
        };
        let end = at + HandshakeHeader::LENGTH + header.length;
        // The last may go on in the next record.
        if end > length && (header.length > 1 << 16 || !names.is_empty()) {
            break;
        }
        names.push(name.to_owned());
        at = end;
    }
    match at >= length {
        true => names,
        false if at >= body.len() && !names.is_empty() => names,
        false => vec!["handshake, encrypted".to_owned()],
    }
}
