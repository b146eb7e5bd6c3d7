//! What the records in a segment or a datagram are, in a few words.

use super::{
    Alert, ContentType, DatagramRecord, HandshakeFragment, HandshakeHeader, Record, handshake_name,
};

/// Records that are named.
const RECORDS_AT_MOST: usize = 8;

/// The records with which a segment begins, by name: `ServerHello, Certificate`;
/// nothing where it begins with none.
#[must_use]
pub fn outline(bytes: &[u8]) -> Option<String> {
    let mut rest = bytes;
    let records = std::iter::from_fn(|| {
        let record = Record::parse(rest)?;
        let end = (Record::HEADER + record.length).min(rest.len());
        let body = rest.get(Record::HEADER..end).unwrap_or_default();
        rest = rest.get(end..).unwrap_or_default();
        Some(match record.content {
            ContentType::Handshake => handshake(body, record.length),
            content => vec![name(content, body)],
        })
    });
    listed(records)
}

/// The records of a datagram by name, as [`outline`] gives them.
#[must_use]
pub fn datagram_outline(datagram: &[u8]) -> Option<String> {
    listed(DatagramRecord::all(datagram).map(|record| {
        match record.content {
            ContentType::Handshake if record.epoch == 0 => HandshakeFragment::all(record.body)
                .filter_map(|fragment| handshake_name(fragment.kind))
                .map(str::to_owned)
                .collect(),
            content => vec![name(content, record.body)],
        }
    }))
}

/// The first names, each once where it comes several times in a row.
fn listed(records: impl Iterator<Item = Vec<String>>) -> Option<String> {
    let mut named: Vec<String> = records.take(RECORDS_AT_MOST).flatten().collect();
    named.dedup();
    (!named.is_empty()).then(|| named.join(", "))
}

/// A record by its name, without what is in it.
fn name(content: ContentType, body: &[u8]) -> String {
    match content {
        ContentType::ChangeCipherSpec => "ChangeCipherSpec".to_owned(),
        ContentType::ApplicationData => "application data".to_owned(),
        ContentType::Heartbeat => "heartbeat".to_owned(),
        ContentType::Handshake => "handshake, encrypted".to_owned(),
        ContentType::Alert => match Alert::parse(body) {
            Some(alert) => format!("alert {}", alert.name()),
            None => "alert, encrypted".to_owned(),
        },
    }
}

/// The messages of a record; they are encrypted where their lengths do not add up.
fn handshake(body: &[u8], length: usize) -> Vec<String> {
    match messages(body, length) {
        Some(names) => names.into_iter().map(str::to_owned).collect(),
        None => vec![name(ContentType::Handshake, body)],
    }
}

/// Whether the body of a handshake record of this length is in clear, as far as its
/// messages' lengths tell.
pub(super) fn is_clear(body: &[u8], length: usize) -> bool {
    messages(body, length).is_some()
}

/// The messages of a record by name; nothing where it is encrypted.
fn messages(body: &[u8], length: usize) -> Option<Vec<&'static str>> {
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
        names.push(name);
        at = end;
    }
    let is_clear = at >= length || at >= body.len() && !names.is_empty();
    is_clear.then_some(names)
}
