//! The way of a fragment: its datagram waits for the others, and goes through the
//! decoder once more, from its IP header on, when it is whole. Then it is followed
//! like any packet that came at that time.

use super::deal::{part_of, part_of_pair};
use super::flow::{Counted, FlowId, Key};
use super::following::segment;
use super::fragments::{Added, Uncounted, Whole};
use super::part::{Part, broken, cut, own_events};
use super::{Datagram, Event, IpFragment, IpReassembled, Malformed, Output, PacketNumber, Tracked};
use crate::decode::{
    FragmentView, Packet, Protocol, Stop, StopReason, Transport, fragment, quoted,
};

const TCP: u8 = 6;
const UDP: u8 = 17;

/// A first fragment with fewer bytes of TCP does not have all of its header (RFC
/// 1858, section 3).
const TCP_HEADER: u32 = 20;

impl Part {
    /// Takes a fragment; gives whether this part tells of it. `on_wire` is the
    /// packet that was recorded; within a datagram that came in fragments, another.
    pub(super) fn fragment(
        &mut self,
        packet: &Packet<'_>,
        fragment: &FragmentView<'_>,
        on_wire: &Packet<'_>,
        output: &mut Output,
    ) -> bool {
        let (number, now_ns) = (on_wire.frame.number, self.clock.now_ns());
        let (datagram, added) = self.fragments.add(fragment, number, now_ns);
        let mut told = IpFragment::of(fragment);
        told.first_seen = Some(datagram).filter(|first| *first != number);
        told.is_tiny = is_tiny(packet, fragment);
        if datagram == number
            && let Some(place) = self.fragments.place(datagram)
        {
            let ends = [fragment.source, fragment.destination];
            place.part = part_of_pair(ends, self.parts);
        }
        match added {
            Added::Again(part) => {
                let is_told = part == self.number;
                if is_told {
                    told.again = true;
                    self.again(datagram, on_wire, told, output);
                }
                is_told
            }
            Added::Waits { overlap, is_first } => self.waits(
                datagram,
                packet,
                on_wire,
                is_first,
                |events| {
                    events.push(Event::IpFragment(told));
                    events.extend(overlap.map(Event::FragmentsOverlap));
                    events.extend(too_long(fragment, packet));
                },
                output,
            ),
            Added::Completes(whole) => self.completes(datagram, whole, told, on_wire, output),
        }
    }

    /// A fragment that was there already: a copy, or sent again.
    fn again(
        &mut self,
        datagram: PacketNumber,
        packet: &Packet<'_>,
        told: IpFragment,
        output: &mut Output,
    ) {
        own_events(packet, &mut output.events);
        output.events.push(Event::IpFragment(told));
        let look = self.copies.look(packet);
        if self.may_be_copy(packet, &look, output) {
            return;
        }
        let place = self.fragments.place(datagram);
        let known = place.and_then(|place| place.conversation);
        if let Some((id, _, source_second)) = known {
            self.count_fragment(id, source_second, packet, false, output);
        }
        let conversation = output.tracked.conversation;
        self.copies
            .add(&look, packet, conversation, known.map(|known| known.0));
    }

    /// A fragment of a datagram that is not whole: it is counted in the conversation
    /// of its first fragment, once that is there.
    fn waits(
        &mut self,
        datagram: PacketNumber,
        packet: &Packet<'_>,
        on_wire: &Packet<'_>,
        is_first: bool,
        tell: impl FnOnce(&mut Vec<Event>),
        output: &mut Output,
    ) -> bool {
        let key = is_first.then(|| key_of_first(packet)).flatten();
        let parts = self.parts;
        let mut earlier = Vec::new();
        let (mut part, mut conversation) = (0, None);
        if let Some(place) = self.fragments.place(datagram) {
            if key.is_some() {
                place.is_known = true;
                place.part = part_of(packet, parts);
                earlier = std::mem::take(&mut place.uncounted);
            }
            let is_known = place.is_known;
            (part, conversation) = (place.part, place.conversation);
            if !is_known {
                let one = Uncounted {
                    counted: Counted::of(on_wire),
                    layers: on_wire.layers.clone(),
                };
                self.fragments.is_uncounted(datagram, one);
            }
        }
        self.fragments.told_by(datagram, part);
        if part != self.number {
            if is_first {
                self.begins(datagram, packet);
            }
            return false;
        }
        own_events(on_wire, &mut output.events);
        tell(&mut output.events);
        if let Some((key, source_second)) = key {
            let id = self.conversation(packet, &key, source_second, output);
            let name = self.table.first_packet(id).unwrap_or_default();
            conversation = Some((id, name, source_second));
            if let Some(place) = self.fragments.place(datagram) {
                place.conversation = conversation;
            }
            self.count_earlier(id, source_second, &earlier);
        }
        if is_first {
            self.begins(datagram, packet);
        }
        if let Some((id, _, source_second)) = conversation {
            self.count_fragment(id, source_second, on_wire, true, output);
        }
        let look = self.copies.look(on_wire);
        let (name, flow) = (output.tracked.conversation, conversation.map(|one| one.0));
        self.copies.add(&look, on_wire, name, flow);
        self.table.settle();
        true
    }

    /// The first fragment of a segment, in a tunnel or not, if its connection is one
    /// of this part: the rest may never come.
    fn begins(&mut self, datagram: PacketNumber, packet: &Packet<'_>) {
        let Transport::Tcp(tcp) = &packet.transport else {
            return;
        };
        if let Some((key, source_second)) = Key::of(packet)
            && part_of(packet, self.parts) == self.number
            && let Some(id) = self.table.find_near(&key, packet.vlan)
            && let Some(flow) = self.table.get(id)
        {
            let side = flow.side(source_second);
            if let Some(stream) = &mut flow.stream {
                let segment = segment(packet, tcp);
                stream.connection.begins(side, &segment, datagram);
            }
        }
    }

    /// The fragment that was missing last.
    fn completes(
        &mut self,
        datagram: PacketNumber,
        whole: Whole,
        told: IpFragment,
        on_wire: &Packet<'_>,
        output: &mut Output,
    ) -> bool {
        let mut reassembled = IpReassembled {
            identification: told.identification,
            others: whole.others,
            bytes: whole.data,
            last_offset: whole.last_offset,
            last_length: whole.last_length,
            headers: whole.headers,
            took_ns: self.clock.now_ns().saturating_sub(whole.since_ns),
            datagram: Datagram {
                bytes: whole.bytes,
                length: whole.length,
                decoded: Default::default(),
            },
        };
        let frame = &on_wire.frame;
        reassembled.datagram.decode(on_wire);
        let reassembled = Box::new(reassembled);
        let packet = reassembled.datagram.packet(frame);
        let before = output.events.len();
        let inner = fragment(&packet).filter(|inner| !inner.is_atomic());
        let is_told = match inner {
            // A datagram that was fragmented, and its fragments in a tunnel again.
            Some(inner) => self.fragment(&packet, &inner, on_wire, output),
            None => self.whole(datagram, &packet, on_wire, output),
        };
        if is_told {
            let told = [Event::IpFragment(told), Event::IpReassembled(reassembled)];
            output.events.splice(before..before, told);
        }
        is_told
    }

    /// Follows a datagram that is whole.
    fn whole(
        &mut self,
        datagram: PacketNumber,
        packet: &Packet<'_>,
        on_wire: &Packet<'_>,
        output: &mut Output,
    ) -> bool {
        let part = part_of(packet, self.parts);
        let mut earlier = Vec::new();
        if let Some(place) = self.fragments.place(datagram) {
            place.part = part;
            place.is_known = true;
            earlier = std::mem::take(&mut place.uncounted);
        }
        self.fragments.told_by(datagram, part);
        if part != self.number {
            return false;
        }
        cut(&on_wire.frame, on_wire, &mut output.events);
        broken(packet, &mut output.events);
        let look = self.copies.look(on_wire);
        let flow = match self.icmp_error(packet, output) {
            true => None,
            false => self.in_its_conversation(packet, on_wire, Some(datagram), &earlier, output),
        };
        if let (Some(id), Some((_, source_second))) = (flow, Key::of(packet))
            && let Some(name) = self.table.first_packet(id)
            && let Some(place) = self.fragments.place(datagram)
        {
            place.conversation = Some((id, name, source_second));
        }
        self.copies
            .add(&look, on_wire, output.tracked.conversation, flow);
        self.table.settle();
        true
    }

    /// Counts a fragment in its conversation; `is_new`: its bytes were not there
    /// before.
    fn count_fragment(
        &mut self,
        id: FlowId,
        source_second: bool,
        packet: &Packet<'_>,
        is_new: bool,
        output: &mut Output,
    ) {
        let Some(flow) = self.table.get(id) else {
            return;
        };
        let side = flow.side(source_second);
        output.tracked = Tracked::of(flow.first_packet, side);
        if self.clock.has_stepped() {
            flow.clock_stepped(&self.clock);
        }
        flow.count(side, &Counted::of(packet), &packet.layers);
        // A connection counts the bytes of its segments.
        if is_new && flow.stream.is_none() {
            flow.sent[side].unique_payload += u64::from(packet.payload.length);
        }
    }

    /// Counts the fragments that came before their conversation was known.
    pub(super) fn count_earlier(&mut self, id: FlowId, source_second: bool, earlier: &[Uncounted]) {
        let Some(flow) = self.table.get(id) else {
            return;
        };
        let side = flow.side(source_second);
        for one in earlier {
            flow.count(side, &one.counted, &one.layers);
            if flow.stream.is_none() {
                flow.sent[side].unique_payload += u64::from(one.counted.payload);
            }
        }
    }
}

/// The conversation that a first fragment names: its own, unless a tunnel or an
/// ICMP error is in it, or its ports are not.
fn key_of_first(packet: &Packet<'_>) -> Option<(Key, bool)> {
    let network = packet.network?;
    network.fragment?;
    let has_ports = !matches!(packet.transport, Transport::None);
    if (matches!(network.protocol, TCP | UDP) && !has_ports) || quoted(packet).is_some() {
        return None;
    }
    Key::of(packet)
}

/// Whether a first fragment is too short for the header of its transport.
fn is_tiny(packet: &Packet<'_>, fragment: &FragmentView<'_>) -> bool {
    let protocol = packet.network.map(|network| network.protocol);
    fragment.part.offset == 0 && protocol == Some(TCP) && fragment.length < TCP_HEADER
}

/// A fragment whose data end behind those of any datagram.
fn too_long(fragment: &FragmentView<'_>, packet: &Packet<'_>) -> Option<Event> {
    let layer = packet.layers.get(usize::from(packet.fragment?))?;
    let field = match layer.protocol {
        Protocol::Ipv4 => "ipv4.fragment_offset",
        _ => "ipv6_fragment.offset",
    };
    let reason = StopReason::Invalid {
        field,
        value: fragment.part.offset,
    };
    fragment
        .is_too_long()
        .then_some(Event::Malformed(Malformed {
            stop: Stop {
                protocol: layer.protocol,
                offset: layer.offset,
                reason,
            },
        }))
}
