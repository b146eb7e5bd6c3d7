//! The short way of a packet: of a conversation that is dull so far it is only
//! noted.

use super::{Tracker, first, opened_further, opened_or_closed};
use crate::decode::{Packet, Tcp, TcpFlags, Transport};
use crate::track::entry::{First, ends};
use crate::track::framing::{Direction, Stretch};
use crate::track::journal::{Journal, Noted, Stacks, Step};
use crate::track::key::Key;
use crate::track::syn_flood::Opening;
use crate::track::table::{Slot, is_silent};
use crate::track::tcp::calm::{Bare, Calm};
use crate::track::tcp::unanswered_once;
use crate::track::{Event, Finding, Output, Side, Tracked, followers};

impl Tracker {
    /// Notes a packet; gives false where it is to be followed. `found`: its
    /// conversation, if it is an open one.
    #[inline]
    pub(super) fn note(
        &mut self,
        found: Option<Slot>,
        packet: &Packet<'_>,
        key: Key,
        source_second: bool,
        output: &mut Output,
    ) -> bool {
        let is_udp = matches!(packet.transport, Transport::Udp(_));
        let may_be = packet.stop.is_none()
            && match &packet.transport {
                Transport::Tcp(tcp) => !followers::is_dns(tcp),
                Transport::Udp(_) => true,
                _ => false,
            };
        if !may_be || self.framing.is_some() || self.idle.is_some() {
            return false;
        }
        let bytes = packet.frame.original_length;
        let Some(slot) = found else {
            return self.note_first(packet, key, source_second, output);
        };
        if !self.table.is_noted(slot) {
            return false;
        }
        let Some(mut step) = step(packet, Side::Client, self.table.stacks()) else {
            return false;
        };
        let (now_ns, unwanted) = (self.now_ns, &mut output.events);
        let may = |journal: &Journal, step: &Step<'_>| match &step.segment {
            Some(segment) => {
                journal.is_tcp() && stays_calm(journal, step.side, packet, segment, unwanted)
            }
            None => !journal.is_tcp() && !is_silent(journal.end_ns(), now_ns),
        };
        let Some((number, noted)) = self.table.note(slot, source_second, bytes, &mut step, may)
        else {
            if packet.tcp().is_some_and(ends_it) {
                self.table.visit(slot, source_second, bytes, &mut step);
            }
            return false;
        };
        output.tracked = Tracked {
            conversation: Some(number),
            sender: Some(noted.side),
            tcp: None,
        };
        if is_udp {
            self.followers
                .packet(packet, number, noted.side, None, output);
        } else {
            self.tell_of_noted(slot, key, source_second, &noted);
        }
        true
    }

    /// The end of a connection of which only the SYN was seen.
    pub(super) fn end_of_lone_syn(&mut self, number: u64, syn: &First, output: &mut Output) {
        let ends = syn.ends();
        let source = ends.client.address;
        self.syn_floods
            .left_half_open(ends.server, source, syn.time_ns, syn.packet);
        output.findings.push(Finding {
            conversation: Some(number),
            event: unanswered_once(&ends, syn.packet, syn.time_ns, self.now_ns),
        });
        self.vantage.add_whole();
        self.followers.end(number);
    }

    /// Notes the first packet of a conversation.
    fn note_first(
        &mut self,
        packet: &Packet<'_>,
        key: Key,
        source_second: bool,
        output: &mut Output,
    ) -> bool {
        let first = first(packet, key, source_second);
        let side = Side::of_source(source_second, first.client_second);
        let Some(step) = step(packet, side, self.table.stacks()) else {
            return false;
        };
        let is_dull = step.segment.as_ref().is_none_or(Calm::may_begin_with);
        let bytes = packet.frame.original_length;
        if !is_dull {
            return false;
        }
        let Some(number) = self.table.add_noted(&first, &step, bytes) else {
            return false;
        };
        output.tracked = Tracked {
            conversation: Some(number),
            sender: Some(side),
            tcp: None,
        };
        if first.opening == Opening::HalfOpen {
            self.syn_floods.syn(first.ends().server, first.time_ns);
        }
        if step.segment.is_none() {
            self.followers.packet(packet, number, side, None, output);
        }
        true
    }

    /// Tells who counts connections of a segment that was noted.
    #[inline]
    fn tell_of_noted(&mut self, slot: Slot, key: Key, source_second: bool, noted: &Noted) {
        let client_second = source_second == (noted.side == Side::Client);
        let ends = || ends(&key, client_second);
        opened_further(&mut self.syn_floods, noted.start_ns, noted.opening, ends);
        opened_or_closed(&mut self.listeners, noted.counted, ends);
        if noted.closed {
            self.table.close(slot, self.now_ns);
        }
    }
}

/// Whether nothing is expected behind a segment.
fn ends_it(tcp: &Tcp) -> bool {
    tcp.flags.has(TcpFlags::RST) && !tcp.flags.has(TcpFlags::SYN) && tcp.payload_length == 0
}

/// What is noted of a packet; `None` for a packet of an unusual build.
#[inline]
fn step<'p>(packet: &Packet<'p>, side: Side, stacks: &mut Stacks) -> Option<Step<'p>> {
    let (number, stack) = stacks.of(packet)?;
    let network = packet.network.as_ref()?;
    let payload = packet.payload.length;
    let mut step = Step {
        side,
        number: packet.frame.number,
        time_ns: packet.frame.time_ns,
        stack: number,
        payload,
        padding: packet
            .frame
            .original_length
            .checked_sub(stack.headers)?
            .checked_sub(payload)?,
        identification: network.identification,
        segment: None,
    };
    if let Transport::Tcp(tcp) = &packet.transport {
        let mut segment = Bare {
            tcp: *tcp,
            options: options(packet, tcp)?,
            timestamps: None,
            identification: 0,
            time_to_live: network.time_to_live,
        };
        if network.source.is_ipv4() {
            segment.identification = u16::try_from(step.identification).ok()?;
        } else if step.identification != 0 {
            return None;
        }
        step.segment = Some(segment).filter(|_| tcp.payload_length == payload);
        step.segment.as_ref()?;
    }
    Some(step)
}

/// All options of a TCP header.
#[inline]
fn options<'p>(packet: &Packet<'p>, tcp: &Tcp) -> Option<&'p [u8]> {
    let start = tcp.options_offset as usize;
    let end = start + usize::from(tcp.options_captured);
    let payload = packet.payload.offset as usize;
    packet
        .frame
        .bytes
        .get(start..end)
        .filter(|_| end == payload)
}

/// Whether a segment of a connection that was only noted so far tells nothing
/// but notes.
#[inline]
fn stays_calm(
    journal: &Journal,
    side: Side,
    packet: &Packet<'_>,
    segment: &Bare<'_>,
    unwanted: &mut Vec<Event>,
) -> bool {
    if !journal.calm.accepts(side, segment) {
        return false;
    }
    let length = segment.tcp.payload_length;
    if length == 0 || journal.calm.lines[side].opaque != 0 {
        return true;
    }
    // Its first bytes: are there messages in them?
    let stretch = Stretch {
        packet: packet.frame.number,
        start: segment.tcp.sequence,
        length,
        bytes: packet.payload_bytes(),
        is_beginning: true,
    };
    let mut direction = Direction::default();
    let before = unwanted.len();
    direction.follow(None, &stretch, unwanted);
    unwanted.truncate(before);
    direction.is_opaque()
}
