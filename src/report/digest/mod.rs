//! What happened in a capture as a few groups: each event is counted in its
//! conversation while that is open, and goes into its group when the
//! conversation ends, or into that of its cause. Memory is bounded by the
//! conversations that are open and by the kinds that there are, never by how
//! much happened.

mod group;
mod health;
mod places;
mod strip;
mod worst;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use smallvec::SmallVec;

use crate::decode::Packet;
use crate::notes::grouping::{self, family, is_symptom_of};
use crate::notes::{Kind, Lang, Severity};
use crate::track::{Conversation, Event, Finding, PacketNumber, Tracker};

pub use group::{Example, Group, Share};
pub use health::Health;
pub use places::Place;
pub use strip::Strip;
pub use worst::Troubled;

use places::Places;
use worst::Worst;

/// So many open conversations with something to tell are kept apart; what
/// happens in others goes into its group at once.
const MOST_OPEN: usize = 1 << 20;

/// How long an answer that has not come is waited for before a running summary
/// counts it, in nanoseconds.
const PATIENCE_NS: u64 = 3_000_000_000;

/// Everything that the first screen says of a capture beside its sums.
#[derive(Clone, Debug, Default)]
pub struct Digest {
    lang: Lang,
    /// By open conversation, what happened in it so far.
    open: HashMap<u64, Hits, FixedState>,
    groups: Vec<Group>,
    places: Places,
    worst: Worst,
    /// What went well.
    pub health: Health,
    /// Bytes and open conversations over time.
    pub strip: Strip,
    /// Ended conversations of TCP.
    connections: u64,
}

/// What happened in one conversation.
type Hits = SmallVec<[Hit; 2]>;

/// Events of one kind and cause in one conversation, or of no conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hit {
    kind: Kind,
    severity: Severity,
    cause: Option<&'static str>,
    times: u64,
    span_ns: u64,
    longest_ns: u64,
    first_ns: Option<u64>,
    side: Option<crate::track::Side>,
}

/// Where an event was found.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// The conversation, where it is about one.
    pub conversation: Option<u64>,
    /// The packet that it is on.
    pub packet: Option<PacketNumber>,
    /// The packet's time.
    pub time_ns: Option<u64>,
}

impl Digest {
    /// Nothing has happened yet. Causes are named in this language.
    #[must_use]
    pub fn new(lang: Lang) -> Self {
        Self {
            lang,
            ..Self::default()
        }
    }

    /// Counts a packet.
    pub fn packet(&mut self, packet: &Packet<'_>) {
        let frame = &packet.frame;
        self.strip
            .packet(frame.time_ns, u64::from(frame.original_length));
        self.health.packet(packet);
    }

    /// Counts an event; `text` is made where it is the first of its cause.
    pub fn event(
        &mut self,
        kind: Kind,
        severity: Severity,
        event: &Event,
        found: Found,
        text: impl FnOnce() -> String,
    ) {
        self.health.event(event);
        if severity == Severity::Note {
            return;
        }
        let cause = grouping::cause(event, kind, self.lang);
        let hit = Hit {
            kind,
            severity,
            cause,
            times: grouping::times(event),
            span_ns: grouping::span_ns(event).unwrap_or(0),
            longest_ns: grouping::span_ns(event).unwrap_or(0),
            first_ns: found.time_ns,
            side: grouping::side(event),
        };
        self.group(kind, severity).example(cause, || Example {
            text: text(),
            conversation: found.conversation,
            packet: found.packet,
        });
        match found.conversation {
            Some(number) if self.open.len() < MOST_OPEN || self.open.contains_key(&number) => {
                hit.add_to(self.open.entry(number).or_default());
            }
            _ => {
                let place = grouping::host(event).map(Place::Listener);
                self.group(kind, severity).add(&hit, place, false);
            }
        }
    }

    /// A conversation has ended: what happened in it goes into its groups.
    pub fn ended(&mut self, conversation: &Conversation) {
        let hits = self.open.remove(&conversation.number).unwrap_or_default();
        self.tally(conversation, &hits);
    }

    fn tally(&mut self, conversation: &Conversation, hits: &[Hit]) {
        self.places.count(conversation);
        self.health.conversation(conversation);
        self.strip
            .conversation(conversation.start_ns, conversation.end_ns);
        self.connections += u64::from(conversation.tcp.is_some());
        let mut counted: SmallVec<[Kind; 4]> = SmallVec::new();
        let mut told: SmallVec<[&Hit; 4]> = SmallVec::new();
        for hit in hits {
            let cause = hits
                .iter()
                .find(|cause| is_symptom_of(hit.kind, cause.kind));
            if let Some(cause) = cause {
                self.group(cause.kind, cause.severity)
                    .symptom(hit.kind, hit.times);
                continue;
            }
            told.push(hit);
            let own = family(hit.kind);
            let again = counted.contains(&own);
            counted.push(own);
            let place = Place::of(conversation, hit.side);
            self.group(hit.kind, hit.severity).add(
                hit,
                (!again).then_some(place).flatten(),
                !again,
            );
        }
        self.worst.add(conversation, &told);
    }

    fn group(&mut self, kind: Kind, severity: Severity) -> &mut Group {
        let kind = family(kind);
        let known = self
            .groups
            .iter()
            .position(|group| group.kind == kind && group.severity == severity);
        let at = known.unwrap_or_else(|| {
            self.groups.push(Group::new(kind, severity));
            self.groups.len() - 1
        });
        // It was found or has just been added.
        &mut self.groups[at]
    }

    /// How things stand: what is open is counted as if the capture ended now.
    /// Answers that may still come are not missed yet.
    #[must_use]
    pub fn as_of_now(&self, tracker: &Tracker) -> Self {
        let mut now = self.clone();
        tracker.as_of_now(|conversation, findings| {
            let mut hits = now.open.remove(&conversation.number).unwrap_or_default();
            for Finding { event, .. } in findings {
                let kind = crate::notes::kind(event);
                let span_ns = grouping::span_ns(event).unwrap_or(0);
                let early = grouping::is_absence(event) && span_ns < PATIENCE_NS;
                if early || kind.severity() == Severity::Note {
                    continue;
                }
                now.group(kind, kind.severity());
                Hit {
                    kind,
                    severity: kind.severity(),
                    cause: grouping::cause(event, kind, now.lang),
                    times: grouping::times(event),
                    span_ns,
                    longest_ns: span_ns,
                    first_ns: None,
                    side: grouping::side(event),
                }
                .add_to(&mut hits);
            }
            now.tally(conversation, &hits);
        });
        now
    }

    /// The groups in the order of harm: severity, then the share of the
    /// conversations of its host or listener, then the time that it cost, then
    /// the count. What follows from another group as a whole is left out.
    #[must_use]
    pub fn groups(&self) -> Vec<&Group> {
        let mut groups: Vec<&Group> = self
            .groups
            .iter()
            .filter(|group| group.times > 0 && !self.follows_from_another(group))
            .collect();
        groups.sort_by_key(|group| {
            std::cmp::Reverse((
                group.severity,
                self.share(group).map_or(0, Share::weight),
                group.span_ns,
                group.times,
            ))
        });
        groups
    }

    /// Whether a group is a symptom of another that is about no single
    /// conversation: of the recording, or of the same listener.
    fn follows_from_another(&self, group: &Group) -> bool {
        self.groups.iter().any(|cause| {
            is_symptom_of(group.kind, cause.kind)
                && cause.times > 0
                && cause.conversations == 0
                && match (cause.main_place(), group.main_place()) {
                    (Some((cause, _)), Some((own, _))) => cause == own,
                    (None, _) => true,
                    (Some(_), None) => false,
                }
        })
    }

    /// How many of how many conversations a group has hit: of its host's or
    /// listener's where nearly all are there, else of TCP's.
    #[must_use]
    pub fn share(&self, group: &Group) -> Option<Share> {
        if group.conversations == 0 {
            return None;
        }
        let of = match group.main_place() {
            Some((place, hit)) if hit == group.conversations => self.places.of(place)?,
            _ => self.connections,
        };
        (of >= group.conversations).then_some(Share {
            hit: group.conversations,
            of,
        })
    }

    /// How many conversations are known of a host or listener.
    #[must_use]
    pub fn conversations_of(&self, place: Place) -> Option<u64> {
        self.places.of(place)
    }

    /// The conversations that fared worst, the worst first.
    #[must_use]
    pub fn worst(&self) -> Vec<&Troubled> {
        self.worst.sorted()
    }

    /// Conversations in which something was wrong.
    #[must_use]
    pub fn troubled(&self) -> u64 {
        self.worst.all
    }
}

impl Hit {
    /// Adds a hit to those of its conversation.
    fn add_to(self, hits: &mut Hits) {
        let known = hits.iter_mut().find(|hit| {
            (hit.kind, hit.cause, hit.severity) == (self.kind, self.cause, self.severity)
        });
        match known {
            Some(known) => {
                known.times += self.times;
                known.span_ns = known.span_ns.saturating_add(self.span_ns);
                known.longest_ns = known.longest_ns.max(self.longest_ns);
            }
            None => hits.push(self),
        }
    }
}
