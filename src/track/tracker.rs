//! The way of a packet through the trackers: its conversation is found, it is
//! counted there, and goes to the tracker of its protocol.

use std::vec::IntoIter;

use super::flow::{Flow, FlowId, Fragments, Key, Table};
use super::protocols::Protocols;
use super::recording::{Checksums, Coverage, Dropped, OversizeSegments};
use super::servers::{Listeners, Opening, SynFloods};
use super::{
    Conversation, Event, Finding, Framing, Listener, Malformed, Output, Side, SmallMessage,
    Truncated,
};
use crate::capture::Drops;
use crate::decode::{Packet, StopReason, Transport};

/// So many of the conversations that are open at the end of the capture end at
/// a time: what is told of them has to be kept meanwhile.
const ENDING_AT_ONCE: usize = 4_096;

/// Follows every conversation of a capture.
#[derive(Debug, Default)]
pub struct Tracker {
    pub(super) table: Table,
    pub(super) listeners: Listeners,
    pub(super) coverage: Coverage,
    pub(super) fragments: Fragments,
    pub(super) protocols: Protocols,
    pub(super) checksums: Checksums,
    pub(super) oversize: OversizeSegments,
    pub(super) syn_floods: SynFloods,
    pub(super) dropped: Dropped,
    /// How messages are told apart in every TCP stream, if that was declared.
    pub(super) framing: Option<Framing>,
    /// The conversations that are still open at the end of the capture, in the
    /// order of their numbers.
    ending: Option<IntoIter<FlowId>>,
    /// The capture's clock: it never goes back, though timestamps may.
    pub(super) now_ns: u64,
}

impl Tracker {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With every TCP stream's messages told apart in this way; `None`: where
    /// the bytes themselves show it.
    #[must_use]
    pub fn with_framing(mut self, framing: Option<Framing>) -> Self {
        self.framing = framing;
        self
    }

    /// Of a capture that may go on for ever: TCP connections end also by long
    /// silence.
    #[must_use]
    pub fn forgetting_idle(mut self) -> Self {
        self.table = self.table.forgetting_idle();
        self
    }

    /// With so many active conversations at the most between packets; the
    /// others lie dormant, in less memory. It changes nothing of what is told:
    /// the tests have 0.
    #[must_use]
    pub fn with_active(mut self, at_most: usize) -> Self {
        self.table = self.table.with_active(at_most);
        self
    }

    /// Of packets that were selected by a filter: that others are missing says
    /// nothing of the recording.
    #[must_use]
    pub fn of_selection(mut self, selected: bool) -> Self {
        if selected {
            self.dropped.blur();
        }
        self
    }

    /// What the recorder says that it lost, known at the end of the reading.
    pub fn recorder_lost(&mut self, drops: Drops) {
        self.dropped.counted_by_recorder(drops);
    }

    /// Follows one packet; `output` is emptied first.
    pub fn packet(&mut self, packet: &Packet<'_>, output: &mut Output) {
        self.advance(packet.frame.time_ns, output);
        own_events(packet, &mut output.events);
        self.checksums.packet(packet, &mut output.events);
        if !self.icmp_error(packet, output) {
            self.in_its_conversation(packet, output);
        }
        self.table.settle();
    }

    /// Follows a packet in its conversation.
    fn in_its_conversation(&mut self, packet: &Packet<'_>, output: &mut Output) {
        let is_fragment = packet
            .network
            .is_some_and(|network| network.fragment.is_some());
        if is_fragment {
            self.dropped.blur();
        }
        let Some((key, source_second)) = Key::of(packet) else {
            return;
        };
        let id = match self.of_first_fragment(packet) {
            Some(id) => id,
            None => self.conversation(packet, &key, source_second, output),
        };
        if is_fragment {
            self.remember_first_fragment(packet, id);
        }
        self.follow(packet, id, source_second, output);
    }

    /// Moves the capture's clock on, as an interface does on which nothing is
    /// seen: what has waited in vain for long enough is told of, and what has
    /// been silent for long enough ends. `output` is emptied first.
    pub fn advance(&mut self, now_ns: u64, output: &mut Output) {
        output.clear();
        self.now_ns = self.now_ns.max(now_ns);
        if self.table.may_expire(self.now_ns) {
            while let Some(id) = self.table.expired(self.now_ns) {
                self.end(id, output);
            }
        }
        self.protocols.expire(self.now_ns, output);
    }

    /// Ends what is still open: its findings and conversations. To be called
    /// until it gives false, as there may be millions; `output` is emptied
    /// first.
    pub fn finish(&mut self, output: &mut Output) -> bool {
        output.clear();
        let mut ending = match self.ending.take() {
            Some(ending) => ending,
            None => {
                self.protocols.finish(self.now_ns, output);
                self.syn_floods.settle();
                self.table.open().into_iter()
            }
        };
        for id in ending.by_ref().take(ENDING_AT_ONCE) {
            self.end(id, output);
        }
        if ending.len() > 0 {
            self.ending = Some(ending);
            return true;
        }
        self.syn_floods.findings(&mut output.findings);
        self.checksums.findings(&mut output.findings);
        self.oversize.findings(&mut output.findings);
        self.coverage.findings(&mut output.findings);
        self.dropped.findings(&mut output.findings);
        false
    }

    /// Conversations so far.
    #[must_use]
    pub fn conversations(&self) -> u64 {
        self.table.numbered()
    }

    /// Conversations that are open.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.table.open_count() as u64
    }

    /// The largest of those that are open, as they stand.
    #[must_use]
    pub fn largest_open(&self, most: usize) -> Vec<Conversation> {
        let mut sizes: Vec<(u64, FlowId)> = Vec::new();
        for id in self.table.open() {
            let bytes = self.table.look(id, Flow::bytes);
            sizes.extend(bytes.map(|bytes| (bytes, id)));
        }
        sizes.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
        sizes.truncate(most);
        let largest = sizes.into_iter();
        largest
            .filter_map(|(_, id)| self.table.look(id, Flow::conversation))
            .collect()
    }

    /// Gives each open conversation as it stands, with what would be found in it
    /// if the capture ended now. Nothing ends.
    pub fn as_of_now(&self, mut each: impl FnMut(&Conversation, &[Finding])) {
        let mut findings = Vec::new();
        for id in self.table.open() {
            findings.clear();
            let conversation = self.table.look(id, |flow| {
                if let Some(connection) = flow.tcp() {
                    let ends = flow.ends();
                    connection.finish(flow.number, &ends, self.now_ns, &mut findings);
                }
                flow.conversation()
            });
            if let Some(conversation) = conversation {
                each(&conversation, &findings);
            }
        }
    }

    /// Conversations ended early because too many were open.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        self.table.evicted()
    }

    /// The busiest servers, most connections first (complete after
    /// [`Tracker::finish`]).
    #[must_use]
    pub fn listeners(&self, most: usize) -> Vec<Listener> {
        self.listeners.busiest(most)
    }

    /// Tells what is left to say of a conversation, and forgets it.
    pub(super) fn end(&mut self, id: FlowId, output: &mut Output) {
        let Some(flow) = self.table.take(id) else {
            return;
        };
        if let Some(connection) = flow.tcp() {
            let ends = flow.ends();
            if flow.counted {
                self.listeners.closed(ends.server);
            }
            if flow.opening == Opening::HalfOpen {
                let source = ends.client.address;
                let (syn_ns, syn) = (flow.start_ns, flow.first_packet);
                self.syn_floods
                    .stays_half_open(ends.server, source, syn_ns, syn);
            }
            let before = output.findings.len();
            connection.finish(flow.number, &ends, self.now_ns, &mut output.findings);
            let told = output.findings.get(before..).unwrap_or_default();
            if told
                .iter()
                .any(|finding| keeps_server_in_close_wait(&finding.event))
            {
                self.listeners.stays_in_close_wait(ends.server);
            }
            self.coverage.add(connection, flow.first_packet);
            self.dropped
                .ended(connection, &flow.sent, flow.first_packet);
            self.protocols.end(flow.number);
        }
        output.ended.push(flow.conversation());
    }
}

fn keeps_server_in_close_wait(event: &Event) -> bool {
    matches!(event, Event::CloseWait(left) if left.side == Side::Server)
}

/// What a packet shows by itself.
fn own_events(packet: &Packet<'_>, events: &mut Vec<Event>) {
    let frame = &packet.frame;
    if frame.captured_length() < frame.original_length {
        events.push(Event::Truncated(Truncated {
            captured: frame.captured_length(),
            original: frame.original_length,
            stop: packet.stop.filter(|stop| stop.reason.is_truncation()),
        }));
    }
    if let Some(stop) = packet.stop
        && !stop.reason.is_truncation()
        && !matches!(stop.reason, StopReason::UnknownLinkType(_))
    {
        events.push(Event::Malformed(Malformed { stop }));
    }
    let payload = packet.payload.length;
    if payload > 0 && matches!(packet.transport, Transport::Tcp(_) | Transport::Udp(_)) {
        let headers = frame.original_length - payload - packet.payload.padding;
        if headers > payload {
            events.push(Event::SmallMessage(SmallMessage { headers, payload }));
        }
    }
}
