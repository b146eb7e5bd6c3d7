//! The short way of a packet: of a conversation that is dull so far it is only
//! noted.

use super::beginning::{first, first_of_brief};
use super::following::follow_brief;
use super::prepared::Prepared;
use super::steps::{is_framed, options_of, step, step_of_brief};
use super::{Tracker, opened_further, opened_or_closed};
use crate::capture::Frame;
use crate::decode::{Brief, Packet, Tcp, TcpFlags};
use crate::track::entry::{First, ends};
use crate::track::framing::may_be_framed;
use crate::track::journal::{Due, EndOfOpen, Noted, Step};
use crate::track::key::Key;
use crate::track::syn_flood::Opening;
use crate::track::table::{AHEAD, Slot, Way};
use crate::track::tcp::calm::{Calm, may_begin};
use crate::track::tcp::{refused_once, unanswered_once};
use crate::track::{Endpoint, Finding, Output, Side, Sides, Tracked, followers};

/// With fewer conversations everything is near.
const LOOK_AHEAD_FROM: usize = 2048;

/// Whose packet it is, as far as the packet tells.
#[derive(Clone, Copy)]
struct Whose<'a> {
    /// Its conversation, if it is an open one.
    found: Option<Slot>,
    key: &'a Key,
    hash: u64,
    source_second: bool,
}

impl Tracker {
    /// Whether packets may be noted only, where notes are not asked for.
    #[must_use]
    pub fn may_note(&self) -> bool {
        self.framing.is_none() && self.idle.is_none()
    }

    /// Whether so many conversations are open that [`Tracker::look_ahead`] is
    /// worth while: more than the processor's nearest memories hold.
    #[must_use]
    pub fn is_worth_looking_ahead(&self) -> bool {
        self.table.open_count() > LOOK_AHEAD_FROM
    }

    /// Looks at what is known of these frames' conversations, before the first
    /// of them is followed: then memory is waited for once, not for each. It
    /// changes nothing.
    pub fn look_ahead<'a>(&self, frames: impl Iterator<Item = Option<&'a Prepared>>) {
        let mut hashes = [0; AHEAD];
        for (hash, prepared) in hashes.iter_mut().zip(frames) {
            *hash = prepared.map_or(0, |prepared| prepared.hash.0);
        }
        self.table.look_ahead(&hashes);
    }

    /// Follows a frame as [`Tracker::packet`] does, if it need only be noted;
    /// `output` is emptied first. Where this gives false, the frame is to be
    /// decoded and brought before [`Tracker::decoded_packet`] next.
    #[inline(always)]
    pub fn prepared(
        &mut self,
        frame: &Frame<'_>,
        prepared: &Prepared,
        output: &mut Output,
    ) -> bool {
        self.advance(frame.time_ns, output);
        if !output.only_attention || !self.may_note() {
            return false;
        }
        let is_known = match self.note_due(frame, prepared) {
            Way::Noted(_, number, Due::As(side)) => {
                output.tracked = Tracked::of(number, side);
                true
            }
            way => self.go_on(frame, prepared, way, output),
        };
        if is_known {
            self.checksums.all_good(&prepared.brief);
        }
        is_known
    }

    /// Notes a frame that is simply the next of its connection, where that is
    /// only noted.
    #[inline(always)]
    pub(super) fn note_due(&mut self, frame: &Frame<'_>, prepared: &Prepared) -> Way {
        let (brief, hash) = (&prepared.brief, prepared.hash.0);
        let may_be_framed = || is_framed(frame, brief);
        self.table.note_brief(hash, frame, brief, may_be_framed)
    }

    /// Follows a frame whose connection probably has this seat, which changes
    /// nothing but that: `None` where it has not, false where the frame is to be
    /// decoded.
    #[inline(never)]
    pub(super) fn follow_seated(
        &mut self,
        seat: u32,
        frame: &Frame<'_>,
        brief: &Brief,
        output: &mut Output,
    ) -> Option<bool> {
        let seated = self.table.seated_of(seat, brief)?;
        Some(follow_brief(frame, brief, seated, output))
    }

    /// Goes on with a frame that is no mere note; gives false where it is to be
    /// decoded.
    #[inline(always)]
    pub(super) fn go_on(
        &mut self,
        frame: &Frame<'_>,
        prepared: &Prepared,
        way: Way,
        output: &mut Output,
    ) -> bool {
        let brief = &prepared.brief;
        let known = match way {
            Way::Seated(seat) => self.follow_seated(seat, frame, brief, output),
            Way::Noted(slot, number, due) => {
                let side = match due {
                    Due::As(side) => side,
                    Due::Changed(noted) => {
                        self.tell_of_brief(slot, brief, &noted);
                        noted.side
                    }
                };
                output.tracked = Tracked::of(number, side);
                Some(true)
            }
            Way::Other => None,
        };
        known.unwrap_or_else(|| self.note_or_follow(frame, prepared, output))
    }

    /// Notes or follows a frame, wherever its conversation is.
    #[inline(never)]
    fn note_or_follow(
        &mut self,
        frame: &Frame<'_>,
        prepared: &Prepared,
        output: &mut Output,
    ) -> bool {
        let brief = &prepared.brief;
        let key = Key::of_brief(brief);
        let whose = Whose {
            found: self.table.find_hashed(&key, prepared.hash.0),
            key: &key,
            hash: prepared.hash.0,
            source_second: brief.source_second,
        };
        match whose.found {
            Some(slot) if !self.table.is_noted(slot) => {
                let seated = self.table.seated(slot).filter(|_| brief.build.is_tcp());
                seated.is_some_and(|seated| follow_brief(frame, brief, seated, output))
            }
            None if self.note_syn(frame, brief, &whose, output) => true,
            _ => self.note_brief(frame, brief, &whose, output),
        }
    }

    /// Notes a SYN that opens a connection, if it is a plain one.
    fn note_syn(
        &mut self,
        frame: &Frame<'_>,
        brief: &Brief,
        whose: &Whose<'_>,
        output: &mut Output,
    ) -> bool {
        let options = options_of(frame, brief).filter(|options| may_begin(brief, options));
        let opened =
            options.and_then(|options| self.table.add_opened(whose.hash, frame, brief, options));
        let Some(number) = opened else {
            return false;
        };
        output.tracked = Tracked::of(number, Side::Client);
        let ends = ends(whose.key, brief.source_second);
        self.syn_floods.syn(ends.server, frame.time_ns);
        true
    }

    /// Notes any frame of a usual build of which nothing but notes is to be
    /// told; gives false where it is to be followed.
    #[inline(never)]
    fn note_brief(
        &mut self,
        frame: &Frame<'_>,
        brief: &Brief,
        whose: &Whose<'_>,
        output: &mut Output,
    ) -> bool {
        let Some(mut step) = step_of_brief(frame, brief, self.table.stacks()) else {
            return false;
        };
        let bytes = frame.original_length;
        let noted = match whose.found {
            Some(slot) => {
                let framed = || is_framed(frame, brief);
                self.note_next(slot, whose, bytes, &mut step, framed, output)
            }
            None => {
                let first = first_of_brief(frame, brief, *whose.key);
                self.note_first(&first, whose, bytes, &mut step, output)
            }
        };
        if noted && brief.build.has_message() {
            self.message_noted(frame, brief, output);
        }
        noted
    }

    /// Tells who follows it of the message in a datagram that was noted.
    #[inline(never)]
    fn message_noted(&mut self, frame: &Frame<'_>, brief: &Brief, output: &mut Output) {
        let Tracked {
            conversation,
            sender,
            ..
        } = output.tracked;
        if let (Some(number), Some(sender)) = (conversation, sender) {
            if let Some(leaves) = &mut self.leaves {
                return leaves.message(number, sender);
            }
            let ends = || ends_of(brief);
            self.followers.message(frame, brief, &ends, number, output);
        }
    }

    /// Notes a packet; gives false where it is to be followed. `found`: its
    /// conversation, if it is an open one.
    pub(super) fn note(
        &mut self,
        found: Option<Slot>,
        packet: &Packet<'_>,
        key: Key,
        source_second: bool,
        output: &mut Output,
    ) -> bool {
        let is_dns = packet.tcp().is_some_and(followers::is_dns);
        if packet.stop.is_some() || is_dns || !self.may_note() {
            return false;
        }
        if found.is_some_and(|slot| !self.table.is_noted(slot)) {
            return false;
        }
        let Some(mut step) = step(packet, self.table.stacks()) else {
            return false;
        };
        let bytes = packet.frame.original_length;
        let whose = Whose {
            found,
            key: &key,
            hash: key.hash(),
            source_second,
        };
        let noted = match found {
            Some(slot) => {
                let may_be_framed = || may_be_framed(packet.payload_bytes(), packet.payload.length);
                self.note_next(slot, &whose, bytes, &mut step, may_be_framed, output)
            }
            None => {
                let first = first(packet, key, source_second);
                self.note_first(&first, &whose, bytes, &mut step, output)
            }
        };
        let Tracked {
            conversation,
            sender,
            ..
        } = output.tracked;
        if noted
            && packet.tcp().is_none()
            && let (Some(number), Some(sender)) = (conversation, sender)
        {
            self.tell_followers(packet, whose.found, (number, sender), None, output);
        }
        noted
    }

    /// Notes a packet of an open conversation; gives false where it is to be
    /// followed. `bytes`: of the frame, on the wire; `may_be_framed`: whether
    /// there may be messages in its data.
    #[inline]
    fn note_next(
        &mut self,
        slot: Slot,
        whose: &Whose<'_>,
        bytes: u32,
        step: &mut Step<'_>,
        may_be_framed: impl FnOnce() -> bool,
        output: &mut Output,
    ) -> bool {
        let now_ns = self.now_ns;
        let noted = self.table.note(
            slot,
            whose.source_second,
            bytes,
            step,
            now_ns,
            may_be_framed,
        );
        let Some((number, noted)) = noted else {
            return self.note_end(slot, whose, bytes, step, output);
        };
        output.tracked = Tracked::of(number, noted.side);
        if noted.changes() {
            self.tell_of_noted(slot, whose.key, whose.source_second, &noted);
        }
        true
    }

    /// Of a connection that is only noted, a segment that is no mere note: one
    /// that refuses it is noted all the same, and told of; for another that
    /// ends it a seat is spared ([`super::super::table::Table::visit`]).
    #[inline(never)]
    fn note_end(
        &mut self,
        slot: Slot,
        whose: &Whose<'_>,
        bytes: u32,
        step: &mut Step<'_>,
        output: &mut Output,
    ) -> bool {
        let Some(tcp) = step.segment.as_ref().map(|segment| segment.tcp) else {
            return false;
        };
        if !ends_it(&tcp) {
            return false;
        }
        let refused = self.table.refuse(slot, whose.source_second, bytes, step);
        let Some((number, noted)) = refused else {
            self.table.visit(slot, whose.source_second, bytes, step);
            return false;
        };
        let after_ns = step.time_ns.saturating_sub(noted.start_ns);
        output.tracked = Tracked::of(number, noted.side);
        let syn = self.table.noted(slot).map(|journal| journal.first_packet());
        output
            .events
            .extend(refused_once(syn.unwrap_or_default(), after_ns, &tcp));
        self.tell_of_noted(slot, whose.key, whose.source_second, &noted);
        true
    }

    /// The end of a connection that was never closed, of which nothing else is
    /// to be told.
    pub(super) fn end_of_open(
        &mut self,
        number: u64,
        syn: &First,
        end: EndOfOpen,
        output: &mut Output,
    ) {
        let ends = syn.ends();
        if end == EndOfOpen::Unanswered {
            output.findings.push(Finding {
                conversation: Some(number),
                event: unanswered_once(&ends, syn.packet, syn.time_ns, self.now_ns),
            });
        } else {
            self.listeners.closed(ends.server);
        }
        if end != EndOfOpen::Open {
            let source = ends.client.address;
            self.syn_floods
                .left_half_open(ends.server, source, syn.time_ns, syn.packet);
        }
        self.vantage.add_whole();
    }

    /// Notes the first packet of a conversation.
    #[inline(never)]
    fn note_first(
        &mut self,
        first: &First,
        whose: &Whose<'_>,
        bytes: u32,
        step: &mut Step<'_>,
        output: &mut Output,
    ) -> bool {
        let is_dull = step.segment.as_ref().is_none_or(Calm::may_begin_with);
        if !is_dull {
            return false;
        }
        step.side = Side::of_source(whose.source_second, first.client_second);
        let Some(number) = self.table.add_noted(first, whose.hash, step, bytes) else {
            return false;
        };
        output.tracked = Tracked::of(number, step.side);
        if first.opening == Opening::HalfOpen {
            self.syn_floods.syn(first.ends().server, first.time_ns);
        }
        true
    }

    /// Tells who counts connections of a segment that was noted.
    #[inline(never)]
    fn tell_of_noted(&mut self, slot: Slot, key: &Key, source_second: bool, noted: &Noted) {
        let client_second = source_second == (noted.side == Side::Client);
        let ends = ends(key, client_second);
        opened_further(&mut self.syn_floods, noted.start_ns, noted.opening, || ends);
        opened_or_closed(&mut self.listeners, noted.counted, || ends);
        if noted.closed {
            self.table.close(slot, self.now_ns);
        }
    }

    /// The same of a frame of a usual build.
    #[cold]
    #[inline(never)]
    fn tell_of_brief(&mut self, slot: Slot, brief: &Brief, noted: &Noted) {
        if !noted.changes() {
            return;
        }
        self.tell_of_noted(slot, &Key::of_brief(brief), brief.source_second, noted);
    }
}

/// Source and destination of a frame.
pub(super) fn ends_of(brief: &Brief) -> (Endpoint, Endpoint) {
    // As a client's, who sends to the server.
    let Sides { client, server } = ends(&Key::of_brief(brief), brief.source_second);
    (client, server)
}

/// Whether nothing is expected behind a segment.
fn ends_it(tcp: &Tcp) -> bool {
    tcp.flags.has(TcpFlags::RST) && !tcp.flags.has(TcpFlags::SYN) && tcp.payload_length == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::frames::{arp, ipv4, packet};
    use crate::track::key;

    const ECHO: [u8; 9] = [8, 0, 0, 0, 0, 7, 0, 1, b'x'];
    /// An IP protocol without a meaning here (RFC 3692).
    const EXPERIMENT: u8 = 253;

    #[test]
    fn arp_and_pings_are_noted_and_no_other_conversation_without_ports() {
        let (mut tracker, mut output) = (Tracker::new(), Output::default());
        output.only_attention = true;
        // All between the same two hosts. In a key, protocol 0 stands for none,
        // but is one of IP's as well.
        let frames = [
            (arp(1, [2, 0, 0, 0, 0, 1], 1, 2), true),
            (ipv4(key::ICMP, 1, 2, &ECHO), true),
            (ipv4(0, 1, 2, &ECHO), false),
            (ipv4(EXPERIMENT, 1, 2, &ECHO), false),
        ];
        for round in 0..2 {
            for ((frame, is_noted), number) in frames.iter().zip(1..) {
                let packet = packet(round * frames.len() as u64 + number, 0, frame);
                tracker.packet(&packet, &mut output);
                assert_eq!(output.tracked.conversation, Some(number));
                let (key, _) = Key::of(&packet).expect("it has addresses");
                let slot = tracker.table.find(&key).expect("it is open");
                assert_eq!(tracker.table.is_noted(slot), *is_noted, "{number}");
            }
        }
        output.least_bytes = 0;
        while tracker.finish(&mut output) {}
        let names = output
            .ended
            .iter()
            .map(|ended| (ended.number, ended.protocol));
        let names: Vec<_> = names.collect();
        assert_eq!(names[..2], [(1, "arp"), (2, "icmp")]);
    }
}
