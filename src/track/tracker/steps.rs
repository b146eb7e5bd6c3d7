//! What a journal notes of a packet, made of the decoded packet or of a frame of
//! a usual build.

use crate::capture::Frame;
use crate::decode::{Brief, BriefOptions, Packet, Tcp, Transport};
use crate::track::Side;
use crate::track::framing::may_be_framed;
use crate::track::journal::{Stacks, Step};
use crate::track::tcp::calm::{Bare, Options};

/// What is noted of a packet, its side left open; `None` for a packet of an
/// unusual build.
pub(super) fn step<'p>(packet: &Packet<'p>, stacks: &mut Stacks) -> Option<Step<'p>> {
    let (number, stack) = stacks.of(packet)?;
    let network = packet.network.as_ref();
    let payload = packet.payload.length;
    let mut step = Step {
        side: Side::Client,
        number: packet.frame.number,
        time_ns: packet.frame.time_ns,
        stack: number,
        payload,
        padding: packet
            .frame
            .original_length
            .checked_sub(stack.headers)?
            .checked_sub(payload)?,
        identification: network.map_or(0, |network| network.identification),
        segment: None,
    };
    if let Transport::Tcp(tcp) = &packet.transport {
        let network = network?;
        let mut segment = Bare {
            tcp: *tcp,
            options: Options::of(options(packet, tcp)?),
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

/// The same of a frame of a usual build, if one like it was noted before.
#[inline(always)]
pub(super) fn step_of_brief<'p>(
    frame: &Frame<'p>,
    brief: &Brief,
    stacks: &Stacks,
) -> Option<Step<'p>> {
    let stack = stacks.of_build(brief.build)?;
    let payload = u32::from(brief.payload_length);
    let mut step = Step {
        side: Side::Client,
        number: frame.number,
        time_ns: frame.time_ns,
        stack,
        payload,
        padding: brief.padding,
        identification: brief.identification.into(),
        segment: None,
    };
    if brief.build.is_tcp() {
        let options = match brief.tcp.options {
            BriefOptions::None => Options::None,
            BriefOptions::Timestamps => Options::Timestamps(brief.tcp.timestamps),
            BriefOptions::Other => Options::Other(options_of(frame, brief)?),
        };
        step.segment = Some(Bare {
            tcp: tcp_of_brief(brief),
            options,
            identification: brief.identification,
            time_to_live: brief.time_to_live,
        });
    }
    Some(step)
}

/// The TCP options of a frame of a usual build.
#[inline]
pub(super) fn options_of<'p>(frame: &Frame<'p>, brief: &Brief) -> Option<&'p [u8]> {
    let end = usize::from(brief.payload_offset);
    let start = end - brief.build.options_length();
    frame.bytes.get(start..end)
}

/// The TCP header of a frame of a usual build that has one.
#[inline(always)]
fn tcp_of_brief(brief: &Brief) -> Tcp {
    let length = brief.build.options_length();
    let end = u32::from(brief.payload_offset);
    let (source_port, destination_port) = brief.directed_ports();
    Tcp {
        source_port,
        destination_port,
        sequence: brief.tcp.sequence,
        acknowledgment: brief.tcp.acknowledgment,
        flags: brief.tcp.flags,
        window: brief.tcp.window,
        checksum: brief.tcp.checksum,
        options_offset: end - length as u32,
        options_captured: length as u8,
        payload_length: brief.payload_length.into(),
    }
}

/// Whether there may be messages in what a frame of a usual build carries, if
/// its side begins with that.
pub(super) fn is_framed(frame: &Frame<'_>, brief: &Brief) -> bool {
    may_be_framed(brief.payload(frame), brief.payload_length.into())
}
