//! The parts together again, packet by packet in the order of the capture:
//! conversations get their numbers, and what rests on more than one pair of
//! addresses is judged.
//!
//! In come what the parts found: of a packet, and of what ended before it. Out
//! goes the same whatever the number of parts.

use std::collections::VecDeque;

use super::event_streams::EventStreams;
use super::hash::Map;
use super::link::Link;
use super::memory::{Keep, MemoryLimit, Room, WEIGHED_EVERY};
use super::nat::Translations;
use super::observation::Observation;
use super::recording::{Checksums, Coverage, Doubled, Dropped, OversizeSegments};
use super::secrets::SecretNumbers;
use super::servers::{Answer, AnsweredElsewhere, Listeners, Opening, Scans, SynFloods};
use super::visits::Visits;
use super::{
    Conversation, Event, Finding, HttpTotals, Listener, NextHop, Output, PacketNumber, TlsSession,
    WebSocketTotals,
};
use crate::capture::Drops;
use crate::decode::{Packet, TcpFlags};

/// So many conversations that ended last keep their numbers: a question may be
/// given up after its conversation.
const ENDED_AT_MOST: usize = 16_384;

/// Judges what the parts found.
#[derive(Debug, Default)]
pub struct Merge {
    numbers: Numbers,
    listeners: Listeners,
    elsewhere: AnsweredElsewhere,
    syn_floods: SynFloods,
    scans: Scans,
    coverage: Coverage,
    checksums: Checksums,
    oversize: OversizeSegments,
    doubled: Doubled,
    dropped: Dropped,
    link: Link,
    translations: Translations,
    secrets: SecretNumbers,
    exchanges: u64,
    visits: Visits,
    /// By the first packet of their conversation, until it ends.
    http: Map<PacketNumber, Box<HttpTotals>>,
    websocket: Map<PacketNumber, Box<WebSocketTotals>>,
    event_streams: EventStreams,
    /// What is known of their TLS, likewise.
    tls: Map<PacketNumber, Box<TlsSession>>,
    /// How much memory may be in use, and what is kept within it.
    pub(super) memory: Option<MemoryLimit>,
    keep: Keep,
}

/// The numbers of the conversations, from 1 in the order of first packets.
#[derive(Debug, Default)]
struct Numbers {
    /// By first packet, of those that are open.
    open: Map<PacketNumber, u64>,
    /// First packet and number of those that have ended, the latest last.
    ended: VecDeque<(PacketNumber, u64)>,
    last: u64,
}

impl Merge {
    /// Of packets that were selected by a filter: that others are missing says
    /// nothing of the recording.
    #[must_use]
    pub(super) fn of_selection(mut self, selected: bool) -> Self {
        if selected {
            self.dropped.blur();
        }
        self
    }

    /// Behind a timeline that has ended.
    #[must_use]
    pub(super) fn behind(mut self, ended: &mut Self) -> Self {
        self.numbers.last = ended.numbers.last;
        self.listeners = std::mem::take(&mut ended.listeners);
        self.exchanges = ended.exchanges;
        self.visits.count_on(&ended.visits);
        self.secrets = std::mem::take(&mut ended.secrets);
        self
    }

    /// What the recorder says that it lost, known at the end of the reading.
    pub(super) fn recorder_lost(&mut self, drops: Drops) {
        self.dropped.counted_by_recorder(drops);
    }

    /// Takes in what the parts found of the next packet, and of what ended
    /// before it; `output` has it as it is to be told.
    pub fn packet(&mut self, packet: &Packet<'_>, output: &mut Output) {
        if packet.frame.number.is_multiple_of(WEIGHED_EVERY)
            && let Some(memory) = &self.memory
        {
            self.fit_into(memory.room(), packet.frame.time_ns);
        }
        if packet.fragment.is_some() {
            self.dropped.blur();
        }
        let copy = output.events.iter().find_map(Event::as_copy);
        self.doubled.packet(packet, copy);
        if copy.is_none() {
            self.checksums.packet(packet, false, &mut output.events);
            self.link.packet(packet, &output.tracked);
            if packet.fragment.is_some() {
                self.datagram(packet, &mut output.events);
            }
        }
        if packet.tcp().is_some_and(|tcp| tcp.flags.has(TcpFlags::RST))
            && let Some(first) = output.tracked.conversation
        {
            self.scans.reset(first, &output.events);
        }
        if output.tracked.conversation == Some(packet.frame.number) {
            self.numbers.begins(packet.frame.number);
        }
        self.outcome(output);
        self.visits.packet(packet, &output.events);
        self.visits.ended(packet.frame.time_ns, &mut output.visits);
        slow_phases(output, 0);
    }

    /// Keeps as much of what grows with the hosts of a capture as there is room for.
    fn fit_into(&mut self, room: Room, now_ns: u64) {
        let keep = match room {
            Room::Exceeded(_) => Keep::Few,
            Room::Scarce => return,
            Room::Plenty => Keep::Many,
        };
        if std::mem::replace(&mut self.keep, keep) == keep {
            return;
        }
        self.elsewhere.keep(keep);
        self.scans.keep(keep, now_ns);
        self.checksums.keep(keep);
        self.listeners.keep(keep);
    }

    /// Judges the checksums of a datagram that came in fragments, but for the one of
    /// the header that was made for it.
    fn datagram(&mut self, last: &Packet<'_>, events: &mut Vec<Event>) {
        let whole = events.iter().rev().find_map(Event::as_datagram).cloned();
        if let Some(whole) = whole {
            let mut packet = whole.packet(&last.frame);
            packet.checksums.retain(|sum| sum.layer > 0);
            self.checksums.packet(&packet, true, events);
        }
    }

    /// Takes in what the parts found while no packet came.
    pub(super) fn outcome(&mut self, output: &mut Output) {
        for observation in output.observations.drain(..) {
            match observation {
                Observation::Syn {
                    packet,
                    client,
                    listener,
                    sequence,
                    time_ns,
                } => {
                    self.syn_floods.syn(listener, time_ns);
                    self.scans.syn(packet, client.address, listener, time_ns);
                    self.elsewhere.syn(packet, (client, listener), sequence);
                }
                Observation::SynAck {
                    packet,
                    conversation,
                    client,
                    server,
                    acknowledgment,
                } => {
                    self.elsewhere
                        .syn_ack(packet, (client, server), acknowledgment);
                    self.scans.answered(conversation, Answer::Open);
                }
                Observation::OpeningChanged {
                    syn,
                    listener,
                    syn_ns,
                    from,
                    to,
                } => {
                    self.syn_floods.changed(listener, syn_ns, from, to);
                    let answer = match to {
                        Opening::Completed => Some(Answer::Completed),
                        Opening::Refused => Some(Answer::Refused),
                        Opening::Unseen | Opening::HalfOpen | Opening::AskedAgain => None,
                    };
                    if let Some(answer) = answer {
                        self.scans.answered(syn, answer);
                    }
                }
                Observation::StaysHalfOpen {
                    listener,
                    source,
                    syn_ns,
                    syn,
                } => self
                    .syn_floods
                    .stays_half_open(listener, source, syn_ns, syn),
                Observation::Opened { server, client } => self.listeners.opened(server, client),
                Observation::Closed { server } => self.listeners.closed(server),
                Observation::StaysInCloseWait { server } => {
                    self.listeners.stays_in_close_wait(server);
                }
                Observation::Oversize(segment) => self.oversize.add(segment),
                Observation::Data(one) => self.translations.packet(&one, &mut output.findings),
                Observation::Lease(lease) => self.link.lease(&lease),
                Observation::Ended(end) => {
                    self.coverage.add(&end);
                    self.dropped.ended(&end);
                }
            }
        }
        for finding in &mut output.findings {
            if let Some(first) = finding.conversation
                && let Some(event) = self.elsewhere.instead_of(first, &finding.event)
            {
                finding.event = event;
            }
            if let Some(first) = finding.conversation {
                self.scans.finding(first, &finding.event);
            }
        }
        self.exchanges(output);
        self.numbers.put_into(output);
    }

    /// Numbers exchanges and secrets, and adds up what conversations were for.
    fn exchanges(&mut self, output: &mut Output) {
        for event in &output.events {
            self.secrets.event(event);
        }
        self.websocket(output);
        self.event_streams.take_in(output);
        for exchange in &mut output.exchanges {
            self.exchanges += 1;
            exchange.number = self.exchanges;
            self.secrets.exchange(exchange);
            let number = self.numbers.of(exchange.conversation).unwrap_or_default();
            self.visits.exchange(exchange, number);
            self.http
                .entry(exchange.conversation)
                .or_default()
                .add(exchange);
        }
        for session in &output.sessions {
            let first = session.conversation;
            let number = self.numbers.of(first).unwrap_or_default();
            self.visits.session(session, number);
            self.tls.insert(first, Box::new(session.clone()));
        }
        if !self.http.is_empty() || !self.tls.is_empty() {
            for conversation in &mut output.ended {
                conversation.http = self.http.remove(&conversation.number);
                conversation.websocket = self.websocket.remove(&conversation.number);
                conversation.tls = self.tls.remove(&conversation.number);
            }
        }
    }

    /// Adds up what connections have said as WebSocket.
    fn websocket(&mut self, output: &Output) {
        let of_packet = output.tracked.conversation;
        for event in &output.events {
            if let (Event::WebSocketUpgrade(upgrade), Some(first)) = (event, of_packet) {
                let totals = Box::new(WebSocketTotals::of(upgrade));
                self.websocket.insert(first, totals);
            }
        }
        if self.websocket.is_empty() {
            return;
        }
        let on_packet = output.events.iter().map(|event| (of_packet, event));
        let findings = output.findings.iter();
        let beside = findings.map(|finding| (finding.conversation, &finding.event));
        for (first, event) in on_packet.chain(beside) {
            if let Some(totals) = first.and_then(|first| self.websocket.get_mut(&first)) {
                totals.add(event);
            }
        }
    }

    /// Values that were hidden so far.
    pub(super) fn hidden_secrets(&self) -> u64 {
        self.secrets.hidden()
    }

    /// The capture has ended: what is open from now on stays as it is.
    pub(super) fn settle(&mut self) {
        self.syn_floods.settle();
    }

    /// What there is to tell at the end of the capture.
    pub(super) fn findings(&mut self, output: &mut Output) {
        self.syn_floods.findings(&mut output.findings);
        self.scans.findings(&mut output.findings);
        self.checksums.findings(&mut output.findings);
        self.oversize.findings(&mut output.findings);
        self.coverage.findings(&mut output.findings);
        self.doubled.findings(&mut output.findings);
        self.dropped.findings(&mut output.findings);
        self.link.findings(&mut output.findings);
        let before = output.visits.len();
        self.visits.all(&mut output.visits);
        slow_phases(output, before);
    }

    /// The gateway that a frame goes to, or comes from, by what was seen so far.
    pub(super) fn next_hop(&self, packet: &Packet<'_>) -> Option<NextHop> {
        self.link.next_hop(packet)
    }

    /// Conversations so far.
    pub(super) fn conversations(&self) -> u64 {
        self.numbers.last
    }

    /// An open conversation of a part with its number.
    pub(super) fn numbered(&self, mut conversation: Conversation) -> Option<Conversation> {
        conversation.http = self.http.get(&conversation.number).cloned();
        conversation.websocket = self.websocket.get(&conversation.number).cloned();
        conversation.tls = self.tls.get(&conversation.number).cloned();
        conversation.number = self.numbers.of(conversation.number)?;
        Some(conversation)
    }

    /// The busiest servers, most connections first.
    pub(super) fn listeners(&self, most: usize) -> Vec<Listener> {
        self.listeners.busiest(most)
    }
}

/// Tells of the visits behind the first `before` of which one phase took most.
fn slow_phases(output: &mut Output, before: usize) {
    let ended = output.visits.iter().skip(before);
    output.findings.extend(ended.filter_map(|visit| {
        Some(Finding {
            conversation: visit.conversations.first().copied(),
            first_packet: visit.first_packets.first().copied(),
            event: Event::VisitSlowPhase(Box::new(visit.slow_phase()?)),
        })
    }));
}

impl Numbers {
    fn begins(&mut self, first: PacketNumber) {
        self.last += 1;
        self.open.insert(first, self.last);
    }

    fn of(&self, first: PacketNumber) -> Option<u64> {
        if let Some(number) = self.open.get(&first) {
            return Some(*number);
        }
        let ended = self.ended.iter().rev();
        let mut of_first = ended.filter(|(of, _)| *of == first);
        of_first.next().map(|(_, number)| *number)
    }

    /// A conversation's first packet with its number, as far as that is known.
    fn named(&self, first: Option<PacketNumber>) -> (Option<PacketNumber>, Option<u64>) {
        first
            .and_then(|first| Some((first, self.of(first)?)))
            .unzip()
    }

    /// Numbers what conversations are named by their first packets; what is told
    /// between two packets is told in the order of the conversations.
    fn put_into(&mut self, output: &mut Output) {
        (output.tracked.first_packet, output.tracked.conversation) =
            self.named(output.tracked.conversation);
        for event in &mut output.events {
            if let Event::PortReused(reused) = event {
                reused.earlier = self.of(reused.earlier).unwrap_or_default();
            }
        }
        for session in &mut output.sessions {
            session.conversation = self.of(session.conversation).unwrap_or_default();
        }
        for exchange in &mut output.exchanges {
            exchange.conversation = self.of(exchange.conversation).unwrap_or_default();
        }
        if output.findings.is_empty() && output.ended.is_empty() {
            return;
        }
        for finding in &mut output.findings {
            (finding.first_packet, finding.conversation) = self.named(finding.conversation);
            if let Event::Translated(translated) = &mut finding.event {
                let (before, after) = translated.conversations;
                let of = |first| self.of(first).unwrap_or_default();
                translated.conversations = (of(before), of(after));
            }
        }
        output.findings.sort_by_key(|finding| finding.conversation);
        for conversation in &mut output.ended {
            let first = conversation.number;
            conversation.number = self.open.remove(&first).unwrap_or_default();
            if self.ended.len() >= ENDED_AT_MOST {
                self.ended.pop_front();
            }
            self.ended.push_back((first, conversation.number));
        }
        output.ended.sort_by_key(|conversation| conversation.number);
    }
}
