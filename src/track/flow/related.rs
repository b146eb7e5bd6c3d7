//! Packets that belong to the conversation of another packet: ICMP errors (RFC
//! 792, RFC 4443) to that of the packet that they quote, fragments to that of
//! the first of their datagram.

use super::{Flow, FlowId, Key};
use crate::decode::{Packet, quoted};
use crate::track::Output;
use crate::track::part::Part;

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
        let (key, source_second) = Key::of_quoted(&quoted, packet);
        let found = self.table.find(&key);
        let conversation = found.and_then(|id| self.table.first_packet(id));
        let last = |flow: &Flow| flow.last[flow.side(source_second)];
        let last = found.and_then(|id| self.table.look(id, last));
        let last = last.filter(|last| last.is(&quoted));
        let last = last.map(|last| (last.number, last.time_ns));
        self.protocols
            .icmp_error(packet, &quoted, conversation, last, output);
        output.tracked.conversation = conversation;
        conversation.is_some()
    }

    /// The conversation of a fragment behind the first.
    pub(in crate::track) fn of_first_fragment(&self, packet: &Packet<'_>) -> Option<FlowId> {
        let network = packet.network.as_ref()?;
        network.fragment.filter(|fragment| fragment.offset > 0)?;
        let id = self.fragments.find(network)?;
        self.table.is_open(id).then_some(id)
    }

    /// The fragments behind this first one belong to its conversation.
    pub(in crate::track) fn remember_first_fragment(&mut self, packet: &Packet<'_>, id: FlowId) {
        if let Some(network) = &packet.network
            && network
                .fragment
                .is_some_and(|fragment| fragment.offset == 0)
        {
            self.fragments.first(network, id, self.now_ns);
        }
    }
}
