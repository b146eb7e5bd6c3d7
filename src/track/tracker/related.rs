//! Packets that belong to the conversation of another packet: ICMP errors (RFC
//! 792, RFC 4443) to that of the packet that they quote, fragments to that of
//! the first of their datagram.

use super::Tracker;
use crate::decode::{Packet, Quoted, quoted};
use crate::track::fragments::Place;
use crate::track::key::Key;
use crate::track::table::Slot;
use crate::track::{Output, PacketNumber};

/// A conversation's number, and number and time of its last packet.
pub(super) type QuotedOf = (Option<u64>, Option<(PacketNumber, u64)>);

impl Tracker {
    /// An ICMP error belongs to the conversation of the packet that it quotes,
    /// and does not count in its totals; gives whether that was found.
    pub(super) fn icmp_error(&mut self, packet: &Packet<'_>, output: &mut Output) -> bool {
        let Some(quoted) = quoted(packet) else {
            return false;
        };
        let of = self.quoted_conversation(packet, &quoted);
        self.error_about(packet, &quoted, of, output)
    }

    /// Tells of an ICMP error about a packet of a conversation.
    pub(super) fn error_about(
        &mut self,
        packet: &Packet<'_>,
        quoted: &Quoted,
        (conversation, last): QuotedOf,
        output: &mut Output,
    ) -> bool {
        self.followers
            .icmp_error(packet, quoted, conversation, last, output);
        output.tracked.conversation = conversation;
        conversation.is_some()
    }

    /// The conversation of the packet that an ICMP error quotes, and number
    /// and time of that packet.
    pub(super) fn quoted_conversation(&mut self, packet: &Packet<'_>, quoted: &Quoted) -> QuotedOf {
        let (key, source_second) = Key::of_quoted(quoted, packet);
        let Some(slot) = self.table.find(&key) else {
            return (None, None);
        };
        let entry = self.table.get(slot);
        let last = entry.as_ref().and_then(|entry| {
            let last = entry.last[entry.side(source_second)];
            last.is(quoted).then_some((last.number, last.time_ns))
        });
        let conversation = entry.map(|entry| entry.number);
        self.table.settle(slot);
        (conversation, last)
    }

    /// The conversation of a fragment behind the first.
    pub(super) fn of_first_fragment(&mut self, packet: &Packet<'_>) -> Option<Slot> {
        let network = packet.network.as_ref()?;
        network.fragment.filter(|fragment| fragment.offset > 0)?;
        let place = self.fragments.find(network)?;
        let birth = self.table.birth(place.slot)?;
        (birth == place.birth).then_some(place.slot)
    }

    pub(super) fn remember_first_fragment(&mut self, packet: &Packet<'_>, slot: Slot) {
        if let Some(network) = &packet.network
            && network
                .fragment
                .is_some_and(|fragment| fragment.offset == 0)
            && let Some(birth) = self.table.birth(slot)
        {
            self.fragments
                .first(network, Place { slot, birth }, self.now_ns);
        }
    }
}
