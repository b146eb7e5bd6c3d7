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
use crate::notes::grouping::{self, Cause, family, is_symptom_of};
use crate::notes::{Annotation, Kind, Lang, Severity};
use crate::track::{Conversation, Event, Finding, PacketNumber, Side, Tracker};

pub use group::{Example, Group, Share};
pub use health::Health;
pub use places::Place;
pub use strip::{Strip, Waits};
pub use worst::{Trouble, Troubled};

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
    /// The languages in which examples are told.
    langs: &'static [Lang],
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
    /// What findings stand for, by kind; at most one entry each.
    explained: SmallVec<[(Kind, u64); 2]>,
}

/// What happened in one conversation, mostly one thing. It has memory of its own,
/// which is given back at the end of the conversation: a table does not shrink.
type Hits = Box<SmallVec<[Hit; 1]>>;

/// Events of one kind and cause in one conversation, or of no conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hit {
    kind: Kind,
    severity: Severity,
    cause: Option<Cause>,
    times: u64,
    span_ns: u64,
    longest_ns: u64,
    first_ns: Option<u64>,
    side: Option<Side>,
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
    /// Nothing has happened yet. Examples are told in these languages.
    #[must_use]
    pub fn new(langs: &'static [Lang]) -> Self {
        Self {
            langs,
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

    /// Counts an event; `said` is made where it is the first of its cause.
    pub fn event(
        &mut self,
        kind: Kind,
        severity: Severity,
        event: &Event,
        found: Found,
        said: impl Fn(Lang) -> Annotation,
    ) {
        self.health.event(event);
        if let Some(time_ns) = found.time_ns {
            let wait_ns = match event {
                Event::DnsResponse(response) => response.pairing.latency_ns,
                Event::DnsError(error) => error.pairing.latency_ns,
                _ => None,
            };
            if let Some(wait_ns) = wait_ns {
                self.strip.waited(Waits::Names, time_ns, wait_ns);
            }
            let again = [
                Kind::TcpRetransmissionTimeout,
                Kind::TcpRetransmissionHandshake,
            ];
            if again.contains(&family(kind)) {
                self.strip.sent_again(time_ns);
            }
        }
        if severity == Severity::Note {
            return;
        }
        let hit = Hit::of((kind, severity), event, found.time_ns);
        if let Some(time_ns) = found.time_ns {
            self.strip.happened(family(kind), time_ns, hit.times);
        }
        let langs = self.langs;
        self.group(kind, severity).example(hit.cause, || {
            let mut example = Example {
                conversation: found.conversation,
                packet: found.packet,
                ..Example::default()
            };
            for lang in langs {
                let said = said(*lang);
                example.texts[*lang as usize] = said.text;
                example.checks = said.checks;
                example.related = said.related.to_vec();
            }
            example
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

    /// A conversation has ended: what happened in it goes into its groups. Gives
    /// the worst of it.
    pub fn ended(&mut self, conversation: &Conversation) -> Option<Trouble> {
        let hits = self.open.remove(&conversation.number).unwrap_or_default();
        self.tally(conversation, &hits)
    }

    /// A conversation has ended that is not asked for: what happened in it is
    /// forgotten.
    pub fn forget(&mut self, conversation: u64) {
        self.open.remove(&conversation);
    }

    fn tally(&mut self, conversation: &Conversation, hits: &[Hit]) -> Option<Trouble> {
        self.places.count(conversation);
        self.health.conversation(conversation);
        if let (Some(start_ns), Some(end_ns)) = (conversation.start_ns, conversation.end_ns) {
            self.strip.conversation(start_ns, end_ns);
        }
        self.connections += u64::from(conversation.tcp.is_some());
        let mut counted: SmallVec<[Kind; 4]> = SmallVec::new();
        let mut told: SmallVec<[&Hit; 4]> = SmallVec::new();
        for hit in hits {
            if let Some(cause) = root_cause(hit, hits) {
                self.group(cause.kind, cause.severity)
                    .symptom(hit.kind, hit.times);
                continue;
            }
            told.push(hit);
            // What is on no packet is known when the conversation is over.
            if let (None, Some(end_ns)) = (hit.first_ns, conversation.end_ns) {
                self.strip.happened(family(hit.kind), end_ns, hit.times);
            }
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
        let trouble = Trouble::of(&told)?;
        self.worst.add(conversation, trouble);
        Some(trouble)
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
                let severity = kind.severity();
                let hit = Hit::of((kind, severity), event, None);
                let early = grouping::is_absence(event) && hit.span_ns < PATIENCE_NS;
                if !early && severity > Severity::Note {
                    hit.add_to(&mut hits);
                }
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

    /// A finding stands for so many of a kind, and is told in their place.
    pub fn explain(&mut self, kind: Kind, count: u64) {
        match self.explained.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, known)) => *known = known.saturating_add(count),
            None => self.explained.push((kind, count)),
        }
    }

    fn follows_from_another(&self, group: &Group) -> bool {
        let stands_for = |(kind, count): &(Kind, u64)| *kind == group.kind && *count >= group.times;
        self.explained.iter().any(stands_for)
            || self
                .groups
                .iter()
                .any(|cause| cause.times > 0 && follows(group, cause))
    }

    /// What followed from a group, by kind: in its conversations, and where it is
    /// about no single one, as a whole.
    #[must_use]
    pub fn symptoms(&self, group: &Group) -> Vec<(Kind, u64)> {
        let mut symptoms = group.symptoms.to_vec();
        let is_whole = |other: &&Group| other.times > 0 && follows(other, group);
        let whole = self.groups.iter().filter(is_whole);
        symptoms.extend(whole.map(|other| (other.kind, other.times)));
        symptoms
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

/// Whether a group is a symptom of another that is about no single conversation:
/// of the recording, or of the same listener.
fn follows(group: &Group, cause: &Group) -> bool {
    is_symptom_of(group.kind, cause.kind)
        && cause.conversations == 0
        && match (cause.main_place(), group.main_place()) {
            (Some((cause, _)), Some((own, _))) => cause == own,
            (None, _) => true,
            (Some(_), None) => false,
        }
}

/// What a hit is a symptom of in the end, if of anything in its conversation.
fn root_cause<'a>(hit: &Hit, hits: &'a [Hit]) -> Option<&'a Hit> {
    let mut cause: Option<&Hit> = None;
    // No chain of causes is longer than this.
    for _ in 0..hits.len().min(4) {
        let symptom = cause.unwrap_or(hit).kind;
        match hits.iter().find(|hit| is_symptom_of(symptom, hit.kind)) {
            Some(next) => cause = Some(next),
            None => break,
        }
    }
    cause
}

impl Hit {
    fn of((kind, severity): (Kind, Severity), event: &Event, first_ns: Option<u64>) -> Self {
        let span_ns = grouping::span_ns(event).unwrap_or(0);
        Self {
            kind,
            severity,
            cause: grouping::cause(event, kind),
            times: grouping::times(event),
            span_ns,
            longest_ns: span_ns,
            first_ns,
            side: grouping::side(event),
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::{self, Scene};
    use crate::track::{Address, CloseWait, Endpoint, LayerBytes, Roles, Sides, Totals};

    fn end(host: u8, port: u16) -> Endpoint {
        Endpoint {
            address: Address::Ip([192, 0, 2, host].into()),
            port: Some(port),
        }
    }

    fn conversation(number: u64, server: u8) -> Conversation {
        Conversation {
            number,
            protocol: "tcp",
            client: Some(end(1, 1_000 + number as u16)),
            server: Some(end(server, 80)),
            vlan: None,
            roles: Roles::Inferred,
            sent: Sides {
                client: Totals::default(),
                server: Totals::default(),
            },
            overhead: LayerBytes::default(),
            first_packet: number,
            start_ns: Some(0),
            end_ns: Some(0),
            duration_ns: Some(0),
            tcp: Some(crate::track::TcpConversation::default()),
            spoken: None,
            http: None,
            websocket: None,
            tls: None,
            answer_time: None,
        }
    }

    fn tell(digest: &mut Digest, number: u64, kind: Kind, event: &Event) {
        let found = Found {
            conversation: Some(number),
            packet: None,
            time_ns: None,
        };
        let scene = Scene {
            packet: None,
            tracked: None,
            lang: Lang::En,
        };
        let said = |lang| notes::annotate(event, &Scene { lang, ..scene });
        digest.event(kind, kind.severity(), event, found, said);
    }

    fn close_wait_at(server: u8, for_ns: u64) -> Event {
        Event::CloseWait(CloseWait {
            side: Side::Server,
            endpoint: end(server, 80),
            peer: end(1, 1_000),
            fin: 9,
            for_ns,
        })
    }

    #[test]
    fn a_group_says_how_many_of_the_listeners_conversations_and_forgets_the_rest() {
        let mut digest = Digest::new(&[Lang::En]);
        for number in 1..=300 {
            let server = if number % 3 == 0 { 9 } else { 8 };
            if server == 9 {
                let event = close_wait_at(server, number);
                tell(&mut digest, number, Kind::TcpCloseWait, &event);
            }
            digest.ended(&conversation(number, server));
        }
        assert!(digest.open.is_empty());
        let groups = digest.groups();
        assert_eq!(groups.len(), 1);
        let share = digest.share(groups[0]).expect("a share");
        assert_eq!((share.hit, share.of), (100, 100));
        assert_eq!(groups[0].longest_ns, 300);
        assert!(digest.worst().len() <= 10);
        assert_eq!(digest.troubled(), 100);
    }

    #[test]
    fn what_follows_from_a_cause_is_told_under_it() {
        let mut digest = Digest::new(&[Lang::En]);
        // The kind decides; what the event itself is does not matter here.
        let event = close_wait_at(9, 5);
        for kind in [Kind::TcpReset, Kind::TcpHandshakeRefused] {
            tell(&mut digest, 1, kind, &event);
        }
        digest.ended(&conversation(1, 9));
        let groups = digest.groups();
        let kinds: Vec<_> = groups.iter().map(|group| group.kind).collect();
        assert_eq!(kinds, [Kind::TcpHandshakeRefused]);
        assert_eq!(digest.symptoms(groups[0]), [(Kind::TcpReset, 1)]);
    }

    #[test]
    fn what_a_finding_stands_for_is_no_group_of_its_own() {
        let mut digest = Digest::new(&[Lang::En]);
        let event = close_wait_at(9, 5);
        tell(&mut digest, 1, Kind::IpDuplicate, &event);
        digest.ended(&conversation(1, 9));
        assert_eq!(digest.groups().len(), 1);
        digest.explain(Kind::IpDuplicate, 1);
        assert!(digest.groups().is_empty());
    }
}
