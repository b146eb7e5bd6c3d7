//! Chooses conversations while they are followed: of each that is open a bit is
//! kept for each condition that its packets fulfilled, and at its end the others
//! are looked at.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use memchr::memmem::Finder;

use super::selection::{Condition, Selection};
use crate::decode::{Packet, dns};
use crate::notes;
use crate::track::{Conversation, DnsBytes, Event, Finding, Output};

/// So many open conversations are told apart; of those that come later their
/// packets show nothing.
const MOST_OPEN: usize = 1 << 20;

/// Knows what open conversations have shown so far.
pub(super) struct Chooser {
    selection: Selection,
    /// What is looked for in payloads, by the bit of its condition.
    texts: Vec<(u64, Finder<'static>)>,
    /// By conversation, the conditions that its packets fulfilled; none where
    /// there is none.
    seen: HashMap<u64, u64, FixedState>,
}

impl Chooser {
    /// Chooses by this selection.
    pub(super) fn new(selection: Selection) -> Self {
        let texts = selection.conditions().iter().enumerate();
        let texts = texts.filter_map(|(place, condition)| match condition {
            Condition::Text(text) => Some((1 << place, Finder::new(text).into_owned())),
            _ => None,
        });
        Self {
            texts: texts.collect(),
            selection,
            seen: HashMap::default(),
        }
    }

    /// Looks at a packet and what happened on it.
    pub(super) fn packet(&mut self, packet: &Packet<'_>, output: &Output) {
        let Some(conversation) = output.tracked.conversation else {
            return;
        };
        let mut seen = 0;
        for (place, condition) in self.selection.conditions().iter().enumerate() {
            let holds = match condition {
                Condition::Kind(kinds) => output
                    .events
                    .iter()
                    .any(|event| kinds.has(notes::kind(event))),
                Condition::Name(name) => output
                    .events
                    .iter()
                    .any(|event| asks_for(event, packet, name)),
                Condition::Protocol(name) => packet
                    .layers
                    .iter()
                    .any(|layer| layer.protocol.name() == *name),
                _ => false,
            };
            seen |= u64::from(holds) << place;
        }
        let payload = packet.payload_bytes();
        for (bit, finder) in &self.texts {
            if finder.find(payload).is_some() {
                seen |= bit;
            }
        }
        self.add(conversation, seen);
    }

    /// Looks at a finding.
    pub(super) fn finding(&mut self, finding: &Finding) {
        let Some(conversation) = finding.conversation else {
            return;
        };
        let kind = notes::kind(&finding.event);
        let mut seen = 0;
        for (place, condition) in self.selection.conditions().iter().enumerate() {
            if let Condition::Kind(kinds) = condition {
                seen |= u64::from(kinds.has(kind)) << place;
            }
        }
        self.add(conversation, seen);
    }

    fn add(&mut self, conversation: u64, seen: u64) {
        if seen == 0 {
            return;
        }
        if self.seen.len() < MOST_OPEN || self.seen.contains_key(&conversation) {
            *self.seen.entry(conversation).or_default() |= seen;
        }
    }

    /// Whether a conversation that has ended is asked for; `first_ns`: the time
    /// of the capture's first packet.
    pub(super) fn ended(&mut self, it: &Conversation, first_ns: Option<u64>) -> bool {
        let seen = self.seen.remove(&it.number).unwrap_or_default();
        self.selection.has(it, seen, first_ns)
    }
}

/// Whether an event is a question for a name that has this in it, or an answer
/// to one.
fn asks_for(event: &Event, packet: &Packet<'_>, name: &str) -> bool {
    let message: &DnsBytes = match event {
        Event::DnsQuery(query) => &query.message,
        Event::DnsResponse(response) => &response.message,
        Event::DnsError(error) => &error.message,
        _ => return false,
    };
    let Ok(message) = dns::Message::parse(message.of(packet)) else {
        return false;
    };
    message
        .questions()
        .filter_map(Result::ok)
        .any(|question| question.name.to_string().to_lowercase().contains(name))
}
