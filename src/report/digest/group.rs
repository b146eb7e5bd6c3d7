//! One group: events of one kind, with what is common to them.

use std::cmp::Reverse;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use smallvec::SmallVec;

use super::Hit;
use super::places::Place;
use crate::notes::grouping::Cause;
use crate::notes::{Check, Kind, Lang, Severity};
use crate::track::PacketNumber;

/// How many causes, places and symptoms are told apart; the rest is counted
/// together.
const MOST_CAUSES: usize = 8;
const MOST_PLACES: usize = 4_096;

/// Events of one kind and severity.
#[derive(Clone, Debug)]
pub struct Group {
    /// The kind, which stands for its family.
    pub kind: Kind,
    /// How bad they are.
    pub severity: Severity,
    /// How many events.
    pub times: u64,
    /// In how many conversations; 0 where they belong to none.
    pub conversations: u64,
    /// By cause, how many events; at most eight.
    pub causes: SmallVec<[(Option<Cause>, u64); 2]>,
    /// By host or listener, how many conversations (events where they belong to
    /// none); at most 4,096.
    places: HashMap<Place, u64, FixedState>,
    /// What is counted of no place in the list.
    pub elsewhere: u64,
    /// The sum of the times that they are about.
    pub span_ns: u64,
    /// The longest of these times.
    pub longest_ns: u64,
    /// The time of the first event that is on a packet.
    pub first_ns: Option<u64>,
    /// What followed from it in its conversations, by kind.
    pub(super) symptoms: SmallVec<[(Kind, u64); 2]>,
    examples: SmallVec<[(Option<Cause>, Example); 1]>,
}

/// What is said of one event of a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Example {
    /// In English and in Chinese, as far as that is wanted.
    pub(super) texts: [String; 2],
    /// The rules that were checked.
    pub checks: Vec<Check>,
    /// Other packets that it concerns.
    pub related: Vec<PacketNumber>,
    /// Its conversation.
    pub conversation: Option<u64>,
    /// The packet that it is on.
    pub packet: Option<PacketNumber>,
}

impl Example {
    /// In this language; empty where nobody wanted that.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        let [en, zh] = &self.texts;
        lang.pick(en, zh)
    }
}

/// So many of so many conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// How many were hit.
    pub hit: u64,
    /// Of how many.
    pub of: u64,
}

impl Share {
    /// The share that is certain in tenths: the lower end of Wilson's interval
    /// at 95 %, so that one of one weighs less than a hundred of two hundred.
    #[must_use]
    pub fn weight(self) -> u64 {
        const Z: f64 = 1.96;
        let (hit, of) = (self.hit as f64, self.of as f64);
        if self.of == 0 {
            return 0;
        }
        let share = hit / of;
        let middle = share + Z * Z / (2.0 * of);
        let spread = Z * (share * (1.0 - share) / of + Z * Z / (4.0 * of * of)).sqrt();
        let lower = (middle - spread) / (1.0 + Z * Z / of);
        (lower.clamp(0.0, 1.0) * 10.0) as u64
    }
}

impl Group {
    pub(super) fn new(kind: Kind, severity: Severity) -> Self {
        Self {
            kind,
            severity,
            times: 0,
            conversations: 0,
            causes: SmallVec::new(),
            places: HashMap::default(),
            elsewhere: 0,
            span_ns: 0,
            longest_ns: 0,
            first_ns: None,
            symptoms: SmallVec::new(),
            examples: SmallVec::new(),
        }
    }

    /// Adds what happened in a conversation, which is counted where this is its
    /// first hit, or elsewhere.
    pub(super) fn add(&mut self, hit: &Hit, place: Option<Place>, conversation: bool) {
        self.times += hit.times;
        self.conversations += u64::from(conversation);
        self.span_ns = self.span_ns.saturating_add(hit.span_ns);
        self.longest_ns = self.longest_ns.max(hit.longest_ns);
        if let Some(time_ns) = hit.first_ns {
            self.first_ns = Some(self.first_ns.map_or(time_ns, |first| first.min(time_ns)));
        }
        count(&mut self.causes, hit.cause, hit.times, MOST_CAUSES);
        if let Some(place) = place {
            let counted = if conversation { 1 } else { hit.times };
            let room = self.places.len() < MOST_PLACES;
            match self.places.get_mut(&place) {
                Some(sum) => *sum += counted,
                None if room => {
                    self.places.insert(place, counted);
                }
                None => self.elsewhere += counted,
            }
        }
    }

    pub(super) fn symptom(&mut self, kind: Kind, times: u64) {
        count(&mut self.symptoms, kind, times, MOST_CAUSES);
    }

    /// Keeps the first example of each cause.
    pub(super) fn example(&mut self, cause: Option<Cause>, make: impl FnOnce() -> Example) {
        let known = self.examples.iter().any(|(of, _)| *of == cause);
        if !known && self.examples.len() < MOST_CAUSES {
            self.examples.push((cause, make()));
        }
    }

    /// An example of the most frequent cause.
    #[must_use]
    pub fn typical(&self) -> Option<&Example> {
        let most = self.causes.iter().max_by_key(|(_, times)| *times)?;
        let of_it = self.examples.iter().find(|(of, _)| *of == most.0);
        of_it.map(|(_, example)| example)
    }

    /// By host or listener, how many conversations (events where they belong to
    /// none), the most first.
    #[must_use]
    pub fn places(&self) -> Vec<(Place, u64)> {
        let mut places: Vec<_> = self.places.iter().map(|(at, hit)| (*at, *hit)).collect();
        places.sort_by_key(|(place, hit)| (Reverse(*hit), *place));
        places
    }

    /// The host or listener that was hit most, and how often.
    #[must_use]
    pub fn main_place(&self) -> Option<(Place, u64)> {
        self.places
            .iter()
            .map(|(place, hit)| (*place, *hit))
            .max_by_key(|(place, hit)| (*hit, Reverse(*place)))
    }
}

fn count<K: PartialEq, const N: usize>(
    counts: &mut SmallVec<[(K, u64); N]>,
    key: K,
    times: u64,
    most: usize,
) where
    [(K, u64); N]: smallvec::Array<Item = (K, u64)>,
{
    let room = counts.len() < most;
    match counts.iter_mut().find(|(known, _)| *known == key) {
        Some((_, sum)) => *sum += times,
        None if room => counts.push((key, times)),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_weighs_as_much_as_is_certain_of_it() {
        let weight = |hit, of| Share { hit, of }.weight();
        assert_eq!(weight(0, 0), 0);
        assert!(weight(1, 1) < weight(120, 300));
        assert!(weight(120, 300) < weight(57, 57));
        assert_eq!(weight(1, 1_000_000), 0);
    }
}
