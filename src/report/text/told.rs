//! Which notes are told in full and which by name alone: a kind's paragraph
//! where it comes first, later its name, unless the reader wants it otherwise.

use std::collections::HashMap;

use super::annotation::fails;
use crate::notes::{Annotation, Kind, Severity};
use crate::report::style::{Paint, Style, sign};
use crate::report::words::Words;
use crate::report::{Look, Notes};
use crate::track::PacketNumber;

/// What has been told so far.
#[derive(Clone, Debug, Default)]
pub struct Told {
    notes: Notes,
    /// The bill for headers is told of every packet.
    overhead: bool,
    /// By kind, the packet that it was told of in full.
    first: HashMap<Kind, PacketNumber>,
}

/// A note by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    kind: Kind,
    severity: Severity,
    /// All of its rules hold, and there is one at least.
    holds: bool,
    /// The packet that has it in full.
    first: Option<PacketNumber>,
}

/// What is shown of a packet's notes.
#[derive(Debug, Default)]
pub struct Shown<'a> {
    /// In full.
    pub full: Vec<&'a Annotation>,
    /// By name.
    pub tags: Vec<Tag>,
}

impl Told {
    /// Nothing has been told yet.
    pub fn new(notes: Notes, look: &Look) -> Self {
        Self {
            notes,
            overhead: look.overhead || look.chosen_kinds,
            first: HashMap::new(),
        }
    }

    /// Decides what is shown of a packet's notes.
    pub fn of<'a>(&mut self, packet: PacketNumber, annotations: &'a [Annotation]) -> Shown<'a> {
        let mut shown = Shown::default();
        for annotation in annotations {
            let kind = annotation.kind;
            let known = self.first.get(&kind).copied();
            // The bill is the same for every small message.
            let is_bill = kind == Kind::OverheadSmallMessage && !self.overhead;
            if is_bill && (known.is_some() || self.notes == Notes::None) {
                continue;
            }
            let in_full = match self.notes {
                Notes::Full => true,
                Notes::First => known.is_none() || fails(annotation),
                Notes::None => fails(annotation),
            };
            if in_full {
                self.first.entry(kind).or_insert(packet);
                shown.full.push(annotation);
            } else {
                shown.tags.push(Tag {
                    kind,
                    severity: annotation.severity,
                    holds: !annotation.checks.is_empty(),
                    first: known,
                });
            }
        }
        shown
    }

    /// Whether a finding's kind has been told in full, as it has from now on.
    pub fn has(&mut self, kind: Kind) -> bool {
        match self.notes {
            Notes::Full => false,
            Notes::First => self.first.insert(kind, 0).is_some(),
            Notes::None => true,
        }
    }
}

/// Tags side by side; in the long form with the packet that tells more.
pub fn tags(tags: &[Tag], long: bool, words: Words, style: Style) -> String {
    let each: Vec<_> = tags
        .iter()
        .map(|tag| {
            let name = tag.kind.name();
            let name = name.strip_prefix("tcp.").unwrap_or(name);
            let mut text = match tag.severity {
                Severity::Note => name.to_owned(),
                severity => format!("{} {name}", sign(severity)),
            };
            if tag.holds {
                text.push_str(words.holds());
            }
            if let (true, Some(first)) = (long, tag.first) {
                text.push_str(&words.as_in_packet(first));
            }
            match tag.severity {
                Severity::Note => style.paint(Paint::Faint, &text),
                severity => style.severity(severity, &text),
            }
        })
        .collect();
    each.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Lang;

    fn annotation(kind: Kind) -> Annotation {
        Annotation {
            kind,
            severity: kind.severity(),
            related: Default::default(),
            values: Vec::new(),
            checks: Vec::new(),
            text: String::new(),
        }
    }

    #[test]
    fn a_kind_is_told_in_full_once_and_then_by_name() {
        let mut told = Told::new(Notes::First, &Look::default());
        let all = [annotation(Kind::TcpReset), annotation(Kind::TcpTimeWait)];
        assert_eq!(told.of(3, &all).full.len(), 2);
        let again = told.of(9, &all);
        assert!(again.full.is_empty());
        let words = Words(Lang::En);
        let short = tags(&again.tags, false, words, Style::default());
        assert_eq!(short, "! reset time_wait");
        let long = tags(&again.tags, true, words, Style::default());
        assert_eq!(long, "! reset (as in 3) time_wait (as in 3)");
    }

    #[test]
    fn the_bill_for_headers_is_told_once_unless_it_is_asked_for() {
        let all = [annotation(Kind::OverheadSmallMessage)];
        let mut told = Told::new(Notes::First, &Look::default());
        assert_eq!(told.of(1, &all).full.len(), 1);
        let again = told.of(2, &all);
        assert!(again.full.is_empty() && again.tags.is_empty());
        let look = Look {
            overhead: true,
            ..Look::default()
        };
        let mut told = Told::new(Notes::Full, &look);
        assert_eq!(told.of(1, &all).full.len() + told.of(2, &all).full.len(), 2);
    }
}
