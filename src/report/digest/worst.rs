//! The conversations that fared worst: a few are kept, however many there are.

use std::cmp::Reverse;

use super::Hit;
use crate::notes::grouping::family;
use crate::notes::{Kind, Severity};
use crate::track::Conversation;

/// How many are kept.
const MOST: usize = 10;

/// A conversation in which something was wrong.
#[derive(Clone, Debug)]
pub struct Troubled {
    /// The conversation.
    pub conversation: Conversation,
    /// The worst that happened in it.
    pub trouble: Trouble,
}

/// The worst that happened in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Its kind, which stands for its family.
    pub kind: Kind,
    /// How bad it was.
    pub severity: Severity,
    /// How often it happened.
    pub times: u64,
    /// The time that it is about; 0 where it is about none.
    pub span_ns: u64,
}

/// The worst so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Worst {
    kept: Vec<Troubled>,
    /// How many there were in all.
    pub all: u64,
}

/// Severity, then the time that it cost, then how often it happened, then the
/// earlier one.
type Rank = (Severity, u64, u64, Reverse<u64>);

impl Trouble {
    /// The worst of what happened in a conversation, with all of its family.
    pub(super) fn of(hits: &[&Hit]) -> Option<Self> {
        let worst = hits
            .iter()
            .max_by_key(|hit| (hit.severity, hit.span_ns, hit.times))?;
        let kind = family(worst.kind);
        let (span_ns, times) = hits
            .iter()
            .filter(|hit| family(hit.kind) == kind)
            .fold((0_u64, 0), |(span_ns, times), hit| {
                (span_ns.saturating_add(hit.span_ns), times + hit.times)
            });
        Some(Self {
            kind,
            severity: worst.severity,
            times,
            span_ns,
        })
    }

    fn rank(&self, number: u64) -> Rank {
        (self.severity, self.span_ns, self.times, Reverse(number))
    }
}

impl Troubled {
    fn rank(&self) -> Rank {
        self.trouble.rank(self.conversation.number)
    }
}

impl Worst {
    pub fn add(&mut self, conversation: &Conversation, trouble: Trouble) {
        self.all += 1;
        let rank = trouble.rank(conversation.number);
        let least = self
            .kept
            .iter()
            .enumerate()
            .min_by_key(|(_, kept)| kept.rank());
        let place = match least {
            Some((_, kept)) if self.kept.len() >= MOST && kept.rank() >= rank => return,
            Some((place, _)) if self.kept.len() >= MOST => Some(place),
            _ => None,
        };
        let troubled = Troubled {
            conversation: conversation.clone(),
            trouble,
        };
        match place.and_then(|place| self.kept.get_mut(place)) {
            Some(kept) => *kept = troubled,
            None => self.kept.push(troubled),
        }
    }

    /// The worst first.
    pub fn sorted(&self) -> Vec<&Troubled> {
        let mut all: Vec<_> = self.kept.iter().collect();
        all.sort_by_key(|kept| Reverse(kept.rank()));
        all
    }
}
