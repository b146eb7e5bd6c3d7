//! How one segment moves the states of both ends (RFC 9293, figure 5): the
//! sender's on departure, the receiver's on arrival.

use super::direction::Half;
use super::sequence::{after, before};
use super::{Segment, State};
use crate::decode::TcpFlags;

/// Whether this acknowledgment covers the FIN that the half sent.
pub(super) fn covers_fin(half: &Half, acknowledgment: u32) -> bool {
    half.fin
        .is_some_and(|fin| after(acknowledgment, fin.sequence))
}

/// Moves both ends for a segment without RST. The sequence space of both is
/// still as it was before the segment, but for a FIN that it carries.
pub(super) fn advance(from: &mut Half, to: &mut Half, segment: &Segment<'_>, fin_in_order: bool) {
    let tcp = &segment.tcp;
    let acknowledges = tcp.flags.has(TcpFlags::ACK);
    let covers = acknowledges && covers_fin(to, tcp.acknowledgment);
    if covers {
        // An acknowledgment of the FIN proves that it had arrived.
        receive_fin(from);
    }
    if tcp.flags.has(TcpFlags::SYN) {
        send_syn(from, acknowledges);
        receive_syn(to, segment);
    } else {
        if acknowledges {
            // It has received the peer's SYN, and of its own the acknowledgment,
            // or it would send no such segment.
            from.doubted = false;
            if let Some(State::SynSent | State::SynReceived) = from.state {
                from.state = Some(State::Established);
            }
        }
        from.state.get_or_insert(State::Established);
        to.state.get_or_insert(State::Established);
        if acknowledges && !to.seen && to.state == Some(State::SynReceived) {
            // Of a side that was not recorded the acknowledgment is all there is.
            to.state = Some(State::Established);
        }
    }
    if tcp.flags.has(TcpFlags::FIN) {
        send_fin(from, covers || to.fin.is_none());
    }
    if acknowledges {
        receive_acknowledgment(to, tcp.acknowledgment, covers);
    }
    if tcp.flags.has(TcpFlags::FIN) && fin_in_order {
        receive_fin(to);
    }
}

/// A RST ends the connection for both.
pub(super) fn reset(from: &mut Half, to: &mut Half) {
    from.state = Some(State::Closed);
    to.state = Some(State::Closed);
}

fn send_syn(from: &mut Half, acknowledges: bool) {
    from.state = match from.state {
        None | Some(State::Closed | State::Listen) if acknowledges => Some(State::SynReceived),
        None | Some(State::Closed | State::Listen) => Some(State::SynSent),
        // Simultaneous open: the peer's SYN has arrived meanwhile.
        Some(State::SynSent) if acknowledges => Some(State::SynReceived),
        other => other,
    };
}

fn receive_syn(to: &mut Half, segment: &Segment<'_>) {
    let acknowledges = segment.tcp.flags.has(TcpFlags::ACK);
    to.state = match to.state {
        // The other end's SYN was not captured, but this answers it.
        None if acknowledges => Some(State::Established),
        None | Some(State::Listen | State::Closed) if !acknowledges => Some(State::SynReceived),
        Some(State::SynSent) if !acknowledges => Some(State::SynReceived),
        Some(State::SynSent) if covers_syn(to, segment.tcp.acknowledgment) => {
            Some(State::Established)
        }
        other => other,
    };
}

fn send_fin(from: &mut Half, had_peer_fin: bool) {
    from.state = match from.state {
        None | Some(State::Established | State::SynReceived | State::SynSent) => {
            Some(State::FinWait1)
        }
        Some(State::CloseWait) if had_peer_fin => Some(State::LastAck),
        // The peer's FIN is still on its way: the two cross.
        Some(State::CloseWait) => Some(State::FinWait1),
        other => other,
    };
}

fn receive_acknowledgment(to: &mut Half, acknowledgment: u32, covers_fin: bool) {
    to.state = match to.state {
        Some(State::SynReceived) if !to.doubted && covers_syn(to, acknowledgment) => {
            Some(State::Established)
        }
        Some(State::FinWait1) if covers_fin => Some(State::FinWait2),
        Some(State::Closing) if covers_fin => Some(State::TimeWait),
        Some(State::LastAck) if covers_fin => Some(State::Closed),
        other => other,
    };
}

fn receive_fin(to: &mut Half) {
    to.state = match to.state {
        None | Some(State::Established | State::SynReceived) => Some(State::CloseWait),
        Some(State::FinWait1) => Some(State::Closing),
        Some(State::FinWait2) => Some(State::TimeWait),
        other => other,
    };
}

/// Whether this acknowledgment covers the SYN that the half sent, and nothing
/// that it has not sent.
pub(super) fn covers_syn(half: &Half, acknowledgment: u32) -> bool {
    half.initial
        .is_some_and(|initial| after(acknowledgment, initial) && !before(half.next, acknowledgment))
}
