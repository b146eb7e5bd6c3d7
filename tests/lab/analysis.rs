//! What the binary says about a capture, as far as the lab asks.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde_json::Value;

use crate::binary;
use crate::runs::Cause;

/// One annotation or finding.
#[derive(Clone, Debug)]
pub struct Note {
    /// The annotation's kind.
    pub kind: String,
    /// `note`, `warning` or `error`.
    pub severity: String,
    /// The annotation's values.
    pub values: Value,
}

/// A capture's analysis.
pub struct Analysis {
    /// Annotations by packet number.
    pub packets: HashMap<u64, Vec<Note>>,
    /// What belongs to no single packet.
    pub findings: Vec<Note>,
    /// The exchanges of HTTP, as they are told.
    pub exchanges: Vec<Value>,
    /// Wire segments sent again, summed over conversations, by sender's address.
    pub retransmissions: HashMap<String, u64>,
    /// Source address (without port) by packet number.
    pub sources: HashMap<u64, String>,
}

const TRIGGERS: &[(&str, Option<Cause>)] = &[
    ("tcp.retransmission.timeout", Some(Cause::Timeout)),
    ("tcp.retransmission.after_timeout", Some(Cause::Timeout)),
    ("tcp.retransmission.fast", Some(Cause::Fast)),
    ("tcp.retransmission.tail_loss_probe", Some(Cause::Probe)),
    ("tcp.retransmission.unknown", None),
    ("tcp.retransmission.handshake", None),
];

impl Analysis {
    /// Runs the binary on a capture.
    pub fn of(capture: &Path) -> Self {
        let run = binary::finish(
            binary::wirenotes()
                .arg("analyze")
                .arg(capture)
                .args(["--packets", "--format", "ndjson"])
                .timeout(std::time::Duration::from_secs(120)),
        );
        assert_eq!(run.status, Some(0), "{}: {}", capture.display(), run.stderr);
        let mut analysis = Self {
            packets: HashMap::new(),
            findings: Vec::new(),
            exchanges: Vec::new(),
            retransmissions: HashMap::new(),
            sources: HashMap::new(),
        };
        for line in run.stdout.lines() {
            let record: Value = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{}: {error}: {line}", capture.display()));
            analysis.take(&record);
        }
        analysis
    }

    fn take(&mut self, record: &Value) {
        match record["record"].as_str() {
            Some("packet") => {
                let number = record["number"].as_u64().expect("a number");
                let notes = record["annotations"].as_array().expect("annotations");
                self.packets
                    .insert(number, notes.iter().map(note).collect());
                self.sources.insert(number, address(&record["source"]));
            }
            Some("exchange") => self.exchanges.push(record.clone()),
            Some("finding") => self.findings.push(note(record)),
            Some("conversation") if record["protocol"] == "tcp" => {
                for role in ["client", "server"] {
                    let count = record["tcp"]["retransmissions"][role].as_u64();
                    *self
                        .retransmissions
                        .entry(address(&record[role]))
                        .or_default() += count.expect("a count");
                }
            }
            _ => {}
        }
    }

    /// The annotations of a packet.
    pub fn of_packet(&self, number: u64) -> &[Note] {
        self.packets.get(&number).map_or(&[], Vec::as_slice)
    }

    /// Whether a packet has an annotation of that kind.
    pub fn has(&self, number: u64, kind: &str) -> bool {
        self.of_packet(number).iter().any(|note| note.kind == kind)
    }

    /// What a packet sent again is said to have been caused by: a trigger's
    /// kind, of which a packet should have one.
    pub fn trigger(&self, number: u64) -> Option<(&'static str, Option<Cause>)> {
        TRIGGERS
            .iter()
            .find(|(kind, _)| self.has(number, kind))
            .copied()
    }

    /// The packets of a source address that are said to be sent again.
    pub fn sent_again(&self, source: &str) -> Vec<u64> {
        let mut found: Vec<u64> = self
            .packets
            .keys()
            .filter(|number| self.sources[number] == source)
            .filter(|number| self.trigger(**number).is_some())
            .copied()
            .collect();
        found.sort_unstable();
        found
    }

    /// How often each kind is there, on packets and as finding.
    pub fn kinds(&self) -> BTreeMap<&str, usize> {
        let mut kinds = BTreeMap::new();
        for note in self.notes() {
            *kinds.entry(note.kind.as_str()).or_default() += 1;
        }
        kinds
    }

    /// All annotations and findings.
    pub fn notes(&self) -> impl Iterator<Item = &Note> {
        self.packets.values().flatten().chain(&self.findings)
    }
}

fn note(value: &Value) -> Note {
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    Note {
        kind: text("kind"),
        severity: text("severity"),
        values: value["values"].clone(),
    }
}

/// `10.0.0.1` of `10.0.0.1:80`, `fd00::1` of `[fd00::1]:80`.
fn address(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    let text = text.rsplit_once(':').map_or(text, |(host, _)| host);
    text.trim_matches(['[', ']']).to_owned()
}
