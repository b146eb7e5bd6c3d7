//! The way of a packet that is a copy of an earlier one: it is told of, and
//! changes nothing.

use super::flow::Counted;
use super::following::{is_in_head, segment};
use super::part::Part;
use super::recording::{Alike, LOOPS, Look};
use super::{CopyEvidence, CopyMaker, Event, IpDuplicate, Output, Side, Tracked};
use crate::decode::{Packet, TcpFlags, Transport};

/// No timer repeats the first SYN or SYN-ACK of a side so soon (RFC 6298, section
/// 2.1: after a second; Linux has never less than this).
const OPENING_NS: u64 = 200_000_000;

impl Part {
    /// Looks at a packet that has the contents of an earlier one. If it is a
    /// copy of that, or may be one and nothing can be told, it is followed here;
    /// gives whether it was.
    pub(super) fn may_be_copy(
        &mut self,
        packet: &Packet<'_>,
        look: &Look,
        output: &mut Output,
    ) -> bool {
        let Some(mut alike) = self.copies.alike(look, packet) else {
            return false;
        };
        alike.evidence = self.by_connection(packet, &alike);
        let Some(evidence) = alike.evidence else {
            // Nobody asks again so soon. Whether this is a copy is not known, and
            // so nothing is said of it; an acknowledgment may well be repeated.
            let is_segment = packet.tcp().is_some();
            let is_copy = !is_segment && alike.is_near;
            if is_copy {
                self.place_of_copy(packet, &alike, output);
            }
            return is_copy;
        };
        self.copies.add_copy(look, &alike);
        let reacts = self.place_of_copy(packet, &alike, output);
        let made_by = match evidence {
            _ if alike.passes >= LOOPS => CopyMaker::Network,
            CopyEvidence::HopLimit | CopyEvidence::VlanTag | CopyEvidence::Doubled => {
                CopyMaker::Recording
            }
            CopyEvidence::Identification | CopyEvidence::Time => reacts,
        };
        let copy = IpDuplicate {
            original: alike.original,
            after_ns: alike.after_ns,
            evidence,
            made_by,
            time_to_live_lower: alike.time_to_live_lower,
            identification: alike.identification,
            nth: alike.nth,
            passes: alike.passes,
            is_first_round: alike.is_first_round,
        };
        output.events.push(Event::IpDuplicate(copy));
        true
    }

    /// What shows that a packet is a copy, by what its connection knows beside.
    fn by_connection(&mut self, packet: &Packet<'_>, alike: &Alike) -> Option<CopyEvidence> {
        if alike.evidence.is_some() || alike.nth > 1 {
            return alike.evidence;
        }
        // A RST, like an acknowledgment, answers each segment that comes.
        let tcp = packet.tcp()?;
        let opens = tcp.flags.has(TcpFlags::SYN) && alike.after_ns < OPENING_NS;
        if !(alike.is_near || opens) || tcp.sequence_length() == 0 || tcp.flags.has(TcpFlags::RST) {
            return None;
        }
        let side = self.side_of(packet, alike)?;
        let connection = self.table.get(alike.flow?)?.tcp()?;
        if !alike.is_near && !connection.opened_with(side, alike.original) {
            return None;
        }
        // Nothing has come that could have asked for it, and no timer is so
        // short.
        let was_asked = connection.has_heard_since(side, alike.original);
        (!was_asked).then_some(CopyEvidence::Time)
    }

    /// Which side has sent a packet.
    fn side_of(&mut self, packet: &Packet<'_>, alike: &Alike) -> Option<Side> {
        let (_, source_second) = super::flow::Key::of(packet)?;
        Some(self.table.get(alike.flow?)?.side(source_second))
    }

    /// Finds the place of a copy, where it counts as a packet of the recording;
    /// gives who made it, as far as the receiver of earlier ones shows.
    fn place_of_copy(
        &mut self,
        packet: &Packet<'_>,
        alike: &Alike,
        output: &mut Output,
    ) -> CopyMaker {
        let Some(side) = self.side_of(packet, alike) else {
            if alike.flow.is_none() {
                // An ICMP error counts in no conversation.
                output.tracked.conversation = alike.conversation;
            }
            return CopyMaker::Unknown;
        };
        let Some(flow) = alike.flow.and_then(|id| self.table.get(id)) else {
            return CopyMaker::Unknown;
        };
        output.tracked = Tracked::of(flow.first_packet, side);
        flow.count(side, &Counted::of(packet), &packet.layers);
        let (Transport::Tcp(tcp), Some(stream)) = (&packet.transport, &mut flow.stream) else {
            return CopyMaker::Unknown;
        };
        let name = flow.first_packet;
        output.tracked.in_head = is_in_head(&self.streams, stream, name, side, tcp);
        let segment = segment(packet, tcp);
        output.tracked.tcp = Some(stream.connection.place_of_copy(side, &segment));
        stream.connection.copied()
    }
}
