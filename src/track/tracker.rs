//! The way of a packet through the trackers: its conversation is found, it is
//! counted there, and whoever follows its protocol is told.

mod beginning;
mod dealing;
mod ending;
mod following;
mod left;
mod merging;
mod noting;
mod prepared;
mod related;
mod sharing;
mod steps;
mod telling;

pub use dealing::{Clock, Deal, Dealer, Dealt, Fragmented};
pub use left::Left;
pub use prepared::Prepared;
pub use sharing::{Known, Part};
pub use telling::Telling;

use super::checksums::Checksums;
use super::dropped::Dropped;
use super::entry::Entry;
use super::followers::Followers;
use super::fragments::{Fragments, Place};
use super::idle::Idle;
use super::key::Key;
use super::listeners::Listeners;
use super::oversize::OversizeSegments;
use super::syn_flood::{Opening, SynFloods};
use super::table::{Numbered, Slot, Table};
use super::vantage::Vantage;
use super::{
    Conversation, Endpoint, Event, Framing, Malformed, Output, Side, Sides, SmallMessage, Truncated,
};
use crate::capture::Drops;
use crate::decode::{GoodSums, Packet, StopReason, Transport, good_sums};
use ending::Ending;
use merging::Merging;
use sharing::Leaving;

/// Follows every conversation of a capture.
#[derive(Debug, Default)]
pub struct Tracker {
    table: Table,
    listeners: Listeners,
    vantage: Vantage,
    fragments: Fragments<Place>,
    followers: Followers,
    checksums: Checksums,
    oversize: OversizeSegments,
    syn_floods: SynFloods,
    dropped: Dropped,
    /// How messages are told apart in every TCP stream, if that was declared.
    framing: Option<Framing>,
    /// The conversations that are still open at the end of the capture.
    ending: Option<Ending>,
    /// What is left to another, where this follows one share of the
    /// conversations.
    leaves: Option<Box<Leaving>>,
    /// What belongs to those that follow the shares, where there are such.
    merging: Merging,
    /// Connections that may be forgotten when nothing happens on them.
    idle: Option<Idle>,
    /// The capture's clock: it never goes back, though timestamps may.
    now_ns: u64,
}

/// A listening server address and what its connections came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Where it listens.
    pub address: super::Endpoint,
    /// Connections that it answered.
    pub connections: u64,
    /// Different client addresses.
    pub clients: u64,
    /// Most connections open at once.
    pub peak_concurrent: u64,
    /// Connections that it left in CLOSE_WAIT.
    pub close_wait: u64,
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
        self.idle = Some(Idle::default());
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

    /// With so many conversations kept ready for their next packet at the most;
    /// the others wait in less memory. It changes nothing of what is told; 0
    /// is for tests.
    #[must_use]
    pub fn with_hot(mut self, conversations: usize) -> Self {
        self.table = self.table.with_hot(conversations);
        self
    }

    /// What the recorder says that it lost, known at the end of the reading.
    pub fn recorder_lost(&mut self, drops: Drops) {
        self.dropped.counted_by_recorder(drops);
    }

    /// Follows one packet; `output` is emptied first.
    pub fn packet(&mut self, packet: &Packet<'_>, output: &mut Output) {
        self.summed_packet(packet, good_sums(packet), output);
    }

    /// The same, where it is known already what [`good_sums`] says of the
    /// packet.
    pub fn summed_packet(
        &mut self,
        packet: &Packet<'_>,
        good: Option<GoodSums>,
        output: &mut Output,
    ) {
        self.advance(packet.frame.time_ns, output);
        self.decoded_packet(packet, good, output);
    }

    /// The same, where the clock has come to its time already
    /// ([`Tracker::prepared`]).
    pub fn decoded_packet(
        &mut self,
        packet: &Packet<'_>,
        good: Option<GoodSums>,
        output: &mut Output,
    ) {
        self.packet_alone(packet, good, output);
        if !self.icmp_error(packet, output) {
            self.in_its_conversation(packet, output);
        }
    }

    /// What a packet shows without any other, but for the sums of its host.
    fn packet_alone(&mut self, packet: &Packet<'_>, good: Option<GoodSums>, output: &mut Output) {
        if !output.only_attention || packet.stop.is_some() {
            own_events(packet, &mut output.events);
        }
        self.checksums.packet(packet, good, &mut output.events);
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
        let found = self.table.find(&key);
        if output.only_attention
            && !is_fragment
            && self.note(found, packet, key, source_second, output)
        {
            return;
        }
        let first = is_fragment.then(|| self.of_first_fragment(packet));
        let slot = match first.flatten() {
            Some(slot) => slot,
            None if self.is_elsewhere(packet) => return,
            None => self.conversation(found, packet, key, source_second, output),
        };
        if is_fragment {
            self.remember_first_fragment(packet, slot);
        }
        self.follow(packet, slot, source_second, output);
        self.table.settle(slot);
    }

    /// Moves the capture's clock on, as an interface does on which nothing is
    /// seen: what has waited in vain for long enough is told of, and what has
    /// been silent for long enough ends. `output` is emptied first.
    #[inline(always)]
    pub fn advance(&mut self, now_ns: u64, output: &mut Output) {
        output.clear();
        self.now_ns = self.now_ns.max(now_ns);
        self.expire_if_due(output);
    }

    #[inline(always)]
    fn expire_if_due(&mut self, output: &mut Output) {
        if self.table.may_expire(self.now_ns)
            || self.followers.may_expire(self.now_ns)
            || self.idle.is_some()
        {
            self.expire(output);
        }
    }

    #[inline(never)]
    fn expire(&mut self, output: &mut Output) {
        while let Some(expired) = self.table.expired(self.now_ns) {
            self.end(expired.slot, output);
        }
        if self.idle.is_some() {
            self.forget_idle(output);
        }
        self.followers.expire(self.now_ns, output);
    }

    fn forget_idle(&mut self, output: &mut Output) {
        let now_ns = self.now_ns;
        while let Some(due) = self.idle.as_mut().and_then(|idle| idle.due(now_ns)) {
            if self.table.number(due.slot) != Some(due.number) {
                continue;
            }
            let Some(entry) = self.table.get(due.slot) else {
                continue;
            };
            let is_opening = matches!(entry.opening, Opening::HalfOpen | Opening::AskedAgain);
            let last_ns = entry.end_ns;
            self.table.settle(due.slot);
            let idle = self.idle.as_mut();
            if idle.is_some_and(|idle| idle.has_ended(due, last_ns, is_opening, now_ns)) {
                self.end(due.slot, output);
            }
        }
    }

    /// Ends what is still open: its findings and conversations. To be called
    /// until it gives false, as there may be millions; `output` is emptied
    /// first.
    pub fn finish(&mut self, output: &mut Output) -> bool {
        self.finish_some(output, usize::MAX)
    }

    /// The same, but goes on no further when so many conversations are told:
    /// of many, whoever keeps but the largest can say then how large.
    pub fn finish_some(&mut self, output: &mut Output, told: usize) -> bool {
        output.clear();
        let mut ending = match self.ending.take() {
            Some(ending) => ending,
            None => {
                self.followers.finish(self.now_ns, output);
                self.syn_floods.settle();
                self.listeners.settle();
                self.close_down()
            }
        };
        self.end_next(&mut ending, told, output);
        if !ending.is_over() {
            self.ending = Some(ending);
            return true;
        }
        self.take_in_shares();
        self.syn_floods.findings(&mut output.findings);
        self.checksums.findings(&mut output.findings);
        self.oversize.findings(&mut output.findings);
        self.vantage.findings(&mut output.findings);
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
    pub fn largest_open(&mut self, most: usize) -> Vec<Conversation> {
        let mut sizes: Vec<(u64, Slot)> = Vec::new();
        for slot in self.table.open().into_iter().map(Numbered::slot) {
            let bytes = self.table.look(slot).map(|entry| entry.bytes());
            sizes.extend(bytes.map(|bytes| (bytes, slot)));
        }
        sizes.sort_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
        sizes.truncate(most);
        let table = &mut self.table;
        let largest = sizes.into_iter();
        largest
            .filter_map(|(_, slot)| table.look(slot).map(Entry::conversation))
            .collect()
    }

    /// Conversations ended early because too many were open.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        self.table.evicted() + self.merging.evicted()
    }

    /// The busiest servers, most connections first (complete after
    /// [`Tracker::finish`]).
    #[must_use]
    pub fn listeners(&mut self, most: usize) -> Vec<Listener> {
        self.listeners.busiest(most)
    }

    /// Nothing more comes in the streams of a connection.
    fn stream_ends(&mut self, slot: Slot, number: u64) {
        let leaves = self.leaves.as_deref_mut();
        sharing::stream_ends(&mut self.followers, leaves, slot, number);
    }

    /// Tells what is left to say of a conversation, and forgets it.
    fn end(&mut self, slot: Slot, output: &mut Output) {
        if let Some((number, quiet)) = self.table.forget_quiet(slot, output.least_bytes) {
            if let Some(server) = quiet.open_at {
                self.listeners.closed(server);
            }
            if quiet.is_tcp {
                self.vantage.add_whole();
                self.stream_ends(slot, number);
            }
            return;
        }
        if let Some((number, syn, end)) = self.table.forget_open(slot, output.least_bytes) {
            self.end_of_open(number, &syn, end, output);
            return self.stream_ends(slot, number);
        }
        let Some(entry) = self.table.take(slot) else {
            return;
        };
        let ends = entry.ends();
        if let Some(connection) = entry.tcp() {
            if entry.counted {
                self.listeners.closed(ends.server);
            }
            if entry.opening == Opening::HalfOpen {
                let source = ends.client.address;
                let (syn_ns, syn) = (entry.start_ns, entry.first_packet);
                self.syn_floods
                    .left_half_open(ends.server, source, syn_ns, syn);
            }
            let before = output.findings.len();
            connection.finish(entry.number, &ends, self.now_ns, &mut output.findings);
            let told = output.findings.get(before..).unwrap_or_default();
            if told
                .iter()
                .any(|finding| leaves_server_in_close_wait(&finding.event))
            {
                self.listeners.left_in_close_wait(ends.server);
            }
            self.vantage.add(connection, entry.first_packet);
            self.dropped
                .ended(connection, &entry.sent, entry.first_packet);
            let (followers, leaves) = (&mut self.followers, &mut self.leaves);
            sharing::stream_ends(followers, leaves.as_deref_mut(), slot, entry.number);
        }
        if entry.bytes() >= output.least_bytes {
            output.ended.push(entry.conversation());
        }
    }
}

/// Counts the handshakes that come no further. `opening`: how far one had come
/// before a segment, and after it.
#[inline]
fn opened_further(
    floods: &mut SynFloods,
    start_ns: u64,
    opening: (Opening, Opening),
    ends: impl FnOnce() -> Sides<Endpoint>,
) {
    let (before, after) = opening;
    if before != after {
        floods.changed(ends().server, start_ns, before, after);
    }
}

/// Counts the connections that a server has open. `counted`: whether one
/// counted before a segment, and after it.
#[inline]
fn opened_or_closed(
    listeners: &mut Listeners,
    counted: (bool, bool),
    ends: impl FnOnce() -> Sides<Endpoint>,
) {
    match counted {
        (false, true) => {
            let ends = ends();
            listeners.opened(ends.server, ends.client);
        }
        (true, false) => listeners.closed(ends().server),
        _ => {}
    }
}

fn leaves_server_in_close_wait(event: &Event) -> bool {
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
        let headers = packet.layers.iter().map(|layer| layer.header_length).sum();
        if headers > payload {
            events.push(Event::SmallMessage(SmallMessage { headers, payload }));
        }
    }
}
