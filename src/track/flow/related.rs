//! Packets that belong to the conversation of another packet: ICMP errors (RFC
//! 792, RFC 4443) to that of the packet that they quote.

use super::{Flow, FlowId, Key};
use crate::decode::{Packet, quoted};
use crate::track::part::Part;
use crate::track::{Event, IcmpError, Output};

impl Part {
    /// An ICMP error belongs to the conversation of the packet that it quotes,
    /// and does not count in its totals; gives whether that was found.
    pub(in crate::track) fn icmp_error(
        &mut self,
        packet: &Packet<'_>,
        output: &mut Output,
    ) -> bool {
        let Some(quoted) = quoted(packet) else {
            return false;
        };
        let (key, source_second) = Key::of_quoted(&quoted);
        let found = self.table.find_near(&key, packet.vlan);
        let conversation = found.and_then(|id| self.table.first_packet(id));
        let last = |flow: &Flow| flow.last[flow.side(source_second)];
        let last = found.and_then(|id| self.table.look(id, last));
        let last = last.filter(|last| last.is(&quoted));
        let last = last.map(|last| (last.number, last.time_ns));
        self.protocols
            .icmp_error(packet, &quoted, conversation, last, output);
        if let (Some(id), Some(Event::IcmpError(error))) = (found, output.events.last()) {
            let error = *error;
            self.tell_connection(id, packet, source_second, &error, quoted.sequence);
        }
        output.tracked.conversation = conversation;
        conversation.is_some()
    }

    /// An ICMP error is evidence for the connection whose segment it quotes.
    fn tell_connection(
        &mut self,
        id: FlowId,
        packet: &Packet<'_>,
        source_second: bool,
        error: &IcmpError,
        sequence: Option<u32>,
    ) {
        let Some(flow) = self.table.get(id) else {
            return;
        };
        let side = flow.side(source_second);
        if let Some(stream) = flow.stream.as_deref_mut() {
            let at = (packet.frame.number, packet.frame.time_ns);
            stream.connection.icmp_error(side, at, error, sequence);
        }
    }
}
