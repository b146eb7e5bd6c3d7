//! One part of a capture: the conversations of some pairs of addresses. The way
//! of a packet through the trackers: its conversation is found, it is counted
//! there, and goes to the tracker of its protocol.
//!
//! A part knows nothing of the others. What says something only together with
//! them it hands on ([`Observation`]), and conversations are named by their first
//! packets: [`Merge`](super::Merge) numbers them.

use super::flow::{Flow, FlowId, Key, Table};
use super::fragments::{Fragments, Uncounted};
use super::memory::{Room, WEIGHED_EVERY};
use super::observation::Observation;
use super::protocols::Protocols;
use super::recording::{Clock, Copies, TcpEnd};
use super::servers::Opening;
use super::stream::{Events, Streams};
use super::traceroute::PROBE_HOPS;
use super::{
    Conversation, Dealt, Event, Evicted, Finding, IpFragment, Kept, Malformed, MemoryLimit, Output,
    PacketNumber, Side, SmallMessage, Truncated,
};
use crate::capture::Frame;
use crate::decode::http::Secrets;
use crate::decode::{FragmentView, Packet, StopReason, Transport, fragment, undecoded};

/// Conversations are given up once in so many packets, a few at a time, for the
/// same reason.
const RELIEVED_EVERY: u64 = 64;

/// Follows the conversations of one part.
#[derive(Debug, Default)]
pub struct Part {
    /// Which one it is, from 0, and of how many.
    pub(super) number: u16,
    pub(super) parts: usize,
    pub(super) table: Table,
    pub(super) fragments: Fragments,
    pub(super) protocols: Protocols,
    pub(super) copies: Copies,
    /// The TCP connections whose bytes are read.
    pub(super) streams: Streams,
    /// The capture's clock, which every part has.
    pub(super) clock: Clock,
    /// The time of the packet at hand by that clock.
    time_ns: u64,
    /// What is done with secrets in what is read.
    pub(super) secrets: Secrets,
    /// How much memory may be in use.
    pub(super) memory: Option<MemoryLimit>,
}

/// A conversation that is open at the end of the capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Open {
    /// Its first packet.
    pub first: PacketNumber,
    pub id: FlowId,
}

impl Part {
    /// One of so many parts, which share what bounds their memory.
    pub(super) fn one_of(number: u16, parts: usize) -> Self {
        Self {
            number,
            parts,
            fragments: Fragments::shared_by(parts),
            table: Table::default().shared_by(parts),
            streams: Streams::default().shared_by(parts),
            ..Self::default()
        }
    }

    /// Moves the capture's clock on to this frame, whichever part's it is: what
    /// has waited in vain for long enough is told of, and what has been silent
    /// for long enough ends. Nothing is taken out of `output`.
    pub fn advance(&mut self, frame: &Frame<'_>, dealt: Dealt, output: &mut Output) {
        self.time_ns = self.clock.packet(frame);
        self.copies.next(dealt.contents, self.time_ns);
        if frame.number.is_multiple_of(RELIEVED_EVERY)
            && let Some(memory) = &self.memory
        {
            if frame.number.is_multiple_of(WEIGHED_EVERY) {
                let room = memory.room();
                self.table.fit_into(room);
                if matches!(room, Room::Exceeded(_)) {
                    self.fragments.drop_oldest_half();
                }
            }
            self.table.relieve();
        }
        self.expire(frame.number, output);
    }

    /// Moves the capture's clock on though no packet came behind the one of this
    /// number.
    pub(super) fn idle(&mut self, now_ns: u64, packet: PacketNumber, output: &mut Output) {
        self.clock.advance(now_ns);
        self.expire(packet, output);
    }

    fn expire(&mut self, packet: PacketNumber, output: &mut Output) {
        let now_ns = self.clock.now_ns();
        if self.table.may_expire(now_ns, packet) {
            while let Some((id, due_ns)) = self.table.expired(now_ns, packet) {
                self.end(id, due_ns.min(now_ns), output);
            }
        }
        self.protocols.expire(now_ns, output);
        if now_ns >= self.fragments.due_ns() {
            self.fragments
                .expire(now_ns, self.number, &mut output.findings);
        }
    }

    /// Follows a packet of this part, or hears of one that concerns all; the clock
    /// was moved on for it. Gives whether this part tells of it. Nothing is taken
    /// out of `output`.
    pub fn packet(&mut self, packet: &Packet<'_>, is_own: bool, output: &mut Output) -> bool {
        let is_told = match self.at_its_time(packet) {
            Some(packet) => self.take(&packet, is_own, output),
            None => self.take(packet, is_own, output),
        };
        if is_told {
            output.tracked.clock_runs_for_ns = self.clock.runs_for_ns();
        }
        is_told
    }

    /// Takes a packet whose time is that of the trackers' clock.
    fn take(&mut self, packet: &Packet<'_>, is_own: bool, output: &mut Output) -> bool {
        if packet.fragment.is_some()
            && let Some(fragment) = fragment(packet).filter(|fragment| !fragment.is_atomic())
        {
            return self.fragment(packet, &fragment, packet, output);
        }
        if is_own {
            self.follow_at_its_time(packet, output);
        } else if packet.fragment.is_none() {
            self.protocols.overhear(packet);
        }
        is_own
    }

    /// Follows a packet whose time is that of the trackers' clock.
    fn follow_at_its_time(&mut self, packet: &Packet<'_>, output: &mut Output) {
        own_events(packet, &mut output.events);
        if packet.fragment.is_some() {
            output.events.extend(atomic(packet));
        }
        let look = self.copies.look(packet);
        if !self.may_be_copy(packet, &look, output) {
            let flow = match self.icmp_error(packet, output) {
                true => None,
                false => self.in_its_conversation(packet, packet, None, &[], output),
            };
            let conversation = output.tracked.conversation;
            self.copies.add(&look, packet, conversation, flow);
        }
        self.table.settle();
    }

    /// The packet at the time of the trackers' clock, where that is another than
    /// the recorded one.
    fn at_its_time<'p>(&self, packet: &Packet<'p>) -> Option<Packet<'p>> {
        let mut packet = self.clock.has_stepped().then(|| packet.clone())?;
        packet.frame.time_ns = self.time_ns;
        Some(packet)
    }

    /// Follows a packet in its conversation, and gives that. `on_wire` is what is
    /// counted: of a datagram that came in fragments, the last of them, behind those
    /// that could not be counted before. `datagram`: the one that was seen first.
    pub(super) fn in_its_conversation(
        &mut self,
        packet: &Packet<'_>,
        on_wire: &Packet<'_>,
        datagram: Option<PacketNumber>,
        before: &[Uncounted],
        output: &mut Output,
    ) -> Option<FlowId> {
        let Some((key, source_second)) = Key::of(packet) else {
            output.tracked.undecoded = undecoded(packet);
            return None;
        };
        let id = self.conversation(packet, &key, source_second, output);
        if !before.is_empty() {
            self.count_earlier(id, source_second, before);
        }
        self.follow(packet, on_wire, datagram, (id, source_second), output);
        if may_be_probe(packet) || self.protocols.traces() {
            let conversation = output.tracked.conversation.unwrap_or_default();
            self.protocols.may_be_probe(packet, conversation);
        }
        Some(id)
    }

    /// What the trackers of single protocols still wait for is given up: the
    /// capture has ended.
    pub(super) fn finish_protocols(&mut self, output: &mut Output) {
        self.protocols.finish(self.clock.now_ns(), output);
        let now_ns = self.clock.now_ns();
        self.fragments
            .finish(now_ns, self.number, &mut output.findings);
    }

    /// The conversations that are open.
    pub(super) fn open(&self) -> impl Iterator<Item = Open> {
        self.table.open()
    }

    /// Its only conversation.
    #[cfg(test)]
    pub(super) fn only_flow(&mut self) -> &mut Flow {
        let id = self.open().next().map(|open| open.id);
        id.and_then(|id| self.table.get(id)).expect("it has one")
    }

    /// How many conversations are open.
    pub(super) fn open_count(&self) -> usize {
        self.table.open_count()
    }

    /// Ends what is open at the end of the capture.
    pub(super) fn end_with_capture(&mut self, id: FlowId, output: &mut Output) {
        self.end(id, self.clock.now_ns(), output);
    }

    /// The largest of those that are open, as they stand, in any order.
    pub(super) fn largest_open(&self, most: usize) -> Vec<Conversation> {
        let mut sizes: Vec<(u64, FlowId)> = Vec::new();
        for Open { id, .. } in self.open() {
            let bytes = self.table.look(id, Flow::bytes);
            sizes.extend(bytes.map(|bytes| (bytes, id)));
        }
        sizes.sort_by_key(|(bytes, id)| (std::cmp::Reverse(*bytes), *id));
        sizes.truncate(most);
        let largest = sizes.into_iter();
        largest
            .filter_map(|(_, id)| self.table.look(id, Flow::conversation))
            .collect()
    }

    /// Gives each open conversation as it stands, with what would be found in it
    /// if the capture ended now.
    pub(super) fn as_of_now(&self, mut each: impl FnMut(Conversation, &mut [Finding])) {
        let mut findings = Vec::new();
        for Open { id, .. } in self.open() {
            findings.clear();
            let conversation = self.table.look(id, |flow| {
                if let Some(connection) = flow.tcp() {
                    let (name, ends) = (flow.first_packet, flow.ends());
                    connection.finish(name, &ends, self.clock.now_ns(), &mut findings);
                }
                flow.conversation()
            });
            if let Some(conversation) = conversation {
                each(conversation, &mut findings);
            }
        }
    }

    /// Conversations ended early because too many were open, sides of TCP
    /// connections whose bytes are no longer read because too many were kept, and
    /// questions and datagrams given up because too many waited for an answer or
    /// for their fragments.
    pub(super) fn evicted(&self) -> Evicted {
        // Every part has all fragments.
        let datagrams = match self.number {
            0 => self.fragments.evicted(),
            _ => 0,
        };
        let by_kind = [
            Evicted::of(Kept::Conversations, self.table.evicted()),
            Evicted::of(Kept::ByteStreams, self.streams.given_up()),
            Evicted::of(Kept::Datagrams, datagrams),
            self.protocols.evicted(),
        ];
        by_kind.into_iter().sum()
    }

    /// Tells what is left to say of a conversation, which ends at this time, and
    /// forgets it.
    pub(super) fn end(&mut self, id: FlowId, at_ns: u64, output: &mut Output) {
        let Some(mut flow) = self.table.take(id) else {
            return;
        };
        let ends = flow.ends();
        let stream = flow.stream.as_deref_mut();
        let events = &mut Events {
            conversation: flow.first_packet,
            ends,
            opening: stream.as_ref().and_then(|it| it.connection.opened_by()),
            secrets: self.secrets,
            packet: None,
            output,
            protocols: &mut self.protocols,
        };
        match stream {
            Some(stream) => {
                let numbers = stream.connection.numbers();
                self.streams.end(&mut stream.interest, &numbers, events);
            }
            None => self.streams.end_of_datagrams(events),
        }
        if let Some(connection) = flow.tcp() {
            if flow.counted {
                let server = ends.server;
                output.observations.push(Observation::Closed { server });
            }
            if flow.opening == Opening::HalfOpen {
                output.observations.push(Observation::StaysHalfOpen {
                    listener: ends.server,
                    source: ends.client.address,
                    syn_ns: flow.start_ns,
                    syn: flow.first_packet,
                });
            }
            let before = output.findings.len();
            connection.finish(flow.first_packet, &ends, at_ns, &mut output.findings);
            let told = output.findings.get(before..).unwrap_or_default();
            if told
                .iter()
                .any(|finding| keeps_server_in_close_wait(&finding.event))
            {
                let server = ends.server;
                output
                    .observations
                    .push(Observation::StaysInCloseWait { server });
            }
            let end = TcpEnd::of(connection, &flow.sent, flow.first_packet);
            output.observations.push(Observation::Ended(end));
        }
        output.ended.push(flow.conversation());
    }
}

fn keeps_server_in_close_wait(event: &Event) -> bool {
    matches!(event, Event::CloseWait(left) if left.side == Side::Server)
}

/// Whether it began with so few hops that it was not meant to arrive.
fn may_be_probe(packet: &Packet<'_>) -> bool {
    let network = packet.network.as_ref();
    network.is_some_and(|network| network.time_to_live <= PROBE_HOPS)
}

/// A packet of IPv6 that says that it is a fragment, and is whole.
fn atomic(packet: &Packet<'_>) -> Option<Event> {
    let fragment = fragment(packet).filter(FragmentView::is_atomic)?;
    Some(Event::IpFragment(IpFragment {
        is_atomic: true,
        ..IpFragment::of(&fragment)
    }))
}

/// Whether a packet was cut by the snapshot length.
pub(super) fn cut(frame: &Frame<'_>, packet: &Packet<'_>, events: &mut Vec<Event>) {
    if frame.captured_length() < frame.original_length {
        events.push(Event::Truncated(Truncated {
            captured: frame.captured_length(),
            original: frame.original_length,
            stop: packet.stop.filter(|stop| stop.reason.is_truncation()),
        }));
    }
}

/// What a packet shows by itself.
pub(super) fn own_events(packet: &Packet<'_>, events: &mut Vec<Event>) {
    let frame = &packet.frame;
    cut(frame, packet, events);
    broken(packet, events);
    let payload = packet.payload.length;
    if payload > 0 && matches!(packet.transport, Transport::Tcp(_) | Transport::Udp(_)) {
        let headers = frame.original_length - payload - packet.payload.padding;
        if headers > payload {
            events.push(Event::SmallMessage(SmallMessage { headers, payload }));
        }
    }
}

/// Whether a packet could not be decoded to its end.
pub(super) fn broken(packet: &Packet<'_>, events: &mut Vec<Event>) {
    if let Some(stop) = packet.stop
        && !stop.reason.is_truncation()
        && !matches!(stop.reason, StopReason::UnknownLinkType(_))
    {
        events.push(Event::Malformed(Malformed { stop }));
    }
}
