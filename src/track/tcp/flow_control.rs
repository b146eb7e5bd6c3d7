//! Flow control as the capture shows it (RFC 9293, section 3.8.6): the window
//! that a receiver announces, full, closed, opened again; probes of a closed
//! window, and keep-alives, which look the same.

use super::connection::Connection;
use super::direction::Half;
use super::segment::Segment;
use crate::decode::TcpFlags;
use crate::track::dormant::near;
use crate::track::{
    Event, KeepAlive, KeepAliveAck, PacketNumber, Side, WindowFull, WindowProbe, WindowProbeAck,
    WindowUpdate, ZeroWindow,
};
use serde::{Deserialize, Serialize};

/// The receive window that one side announces.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Advertised {
    /// The window field, raw.
    raw: Option<u16>,
    /// The packet that brought it.
    #[serde(with = "near::packet")]
    packet: PacketNumber,
    /// That was the SYN.
    unscaled: bool,
    /// What few connections have.
    rare: Option<Box<Rare>>,
}

/// Closed windows and probes.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Rare {
    /// The packet that closed the window and when; while it is closed.
    #[serde(with = "near::moment")]
    closed: Option<(PacketNumber, u64)>,
    /// How many times it was closed.
    times_closed: u32,
    /// A probe of this side's window, or a keep-alive to it, not yet answered.
    probe: Option<Probe>,
    /// Probes in a row.
    probes: u32,
}

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Probe {
    #[serde(with = "near::packet")]
    packet: PacketNumber,
    #[serde(with = "near::time")]
    time_ns: u64,
    keep_alive: bool,
    /// What its answer should acknowledge.
    #[serde(with = "near::sequence")]
    expected: u32,
}

/// Whether a segment asks for a sign of life only: at most one byte, just
/// below what is due next, and everything before has been acknowledged (RFC
/// 9293, section 3.8.4) or the peer's window is closed (section 3.8.6.1).
pub(super) fn is_probe(from: &Half, to: &Half, segment: &Segment<'_>) -> bool {
    let tcp = &segment.tcp;
    let control = TcpFlags::SYN.0 | TcpFlags::FIN.0 | TcpFlags::RST.0;
    if tcp.payload_length > 1 || tcp.flags.0 & control != 0 || !from.has_begun() {
        return false;
    }
    let below = tcp.sequence.wrapping_add(1);
    let all_acknowledged = from.acknowledged == Some(from.next) && from.fin.is_none();
    if below == from.next && all_acknowledged {
        return true;
    }
    // Linux probes a closed window with the number below the first that is
    // not acknowledged; others send the first byte that does not fit.
    to.advertised.closed().is_some()
        && (from.acknowledged == Some(below)
            || (tcp.payload_length == 1 && from.acknowledged == Some(tcp.sequence)))
}

/// Tells of a probe that `side` sent.
pub(super) fn probe(
    connection: &mut Connection,
    side: Side,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
) {
    let (from, to) = connection.halves.pair(side);
    let last_ns = from.last_ns.max(to.last_ns);
    let advertised = to.advertised.rare();
    advertised.probes = advertised.probes.saturating_add(1);
    let nth = advertised.probes;
    advertised.probe = Some(Probe {
        packet: segment.number,
        time_ns: segment.time_ns,
        keep_alive: advertised.closed.is_none(),
        expected: from.next,
    });
    events.push(match advertised.closed {
        Some((closed_by, closed_ns)) => Event::WindowProbe(WindowProbe {
            nth,
            closed_by,
            closed_ns: segment.time_ns.saturating_sub(closed_ns),
            bytes: segment.tcp.payload_length,
        }),
        None => Event::KeepAlive(KeepAlive {
            nth,
            idle_ns: segment.time_ns.saturating_sub(last_ns),
            relative_sequence: from.relative(segment.tcp.sequence).unwrap_or_default(),
            expected: from.relative(from.next).unwrap_or_default(),
        }),
    });
}

/// Follows the window that a side announces with an acknowledgment; gives
/// whether the packet answers a probe or opens the window, and so is no
/// duplicate ACK.
pub(super) fn announce(
    from: &mut Half,
    to: &Half,
    scale: Option<u8>,
    segment: &Segment<'_>,
    newly_acknowledged: u32,
    events: &mut Vec<Event>,
) -> bool {
    let before = from.advertised.bytes(scale.unwrap_or(0));
    let mut speaks_of_window = false;
    if segment.tcp.payload_length == 0 {
        speaks_of_window |= answer(from, to, segment, events);
    } else {
        from.advertised.no_probe();
    }
    let tcp = &segment.tcp;
    from.advertised.raw = Some(tcp.window);
    from.advertised.packet = segment.number;
    let closed = from.advertised.closed();
    // Of a peer that has closed there is nothing more to read.
    let awaits_data = to.fin.is_none();
    if tcp.window == 0 && closed.is_none() && awaits_data {
        let rare = from.advertised.rare();
        let times = rare.times_closed.saturating_add(1);
        rare.times_closed = times;
        rare.closed = Some((segment.number, segment.time_ns));
        let relative_acknowledgment = to.relative(tcp.acknowledgment).unwrap_or_default();
        events.push(Event::ZeroWindow(ZeroWindow {
            times,
            relative_acknowledgment,
        }));
        return true;
    }
    let (Some(was), false) = (before, tcp.window == 0) else {
        return speaks_of_window;
    };
    from.advertised.unscaled = false;
    let is = u32::from(tcp.window) << scale.unwrap_or(0);
    let opened = closed.is_some();
    let alone = newly_acknowledged == 0
        && tcp.payload_length == 0
        && !tcp.flags.has(TcpFlags::FIN)
        && segment.sack.is_empty();
    // With another window it is no duplicate (RFC 5681, section 2).
    speaks_of_window |= alone && is != was;
    let only_window = alone && is > was;
    if opened || only_window {
        if let Some(rare) = &mut from.advertised.rare {
            rare.closed = None;
        }
        events.push(Event::WindowUpdate(WindowUpdate {
            from: was,
            to: scale.map(|scale| u32::from(tcp.window) << scale),
            closed_by: closed.map(|(packet, _)| packet),
            closed_ns: closed.map(|(_, since_ns)| segment.time_ns.saturating_sub(since_ns)),
        }));
        return true;
    }
    speaks_of_window
}

/// The answer to a probe of this side.
fn answer(from: &mut Half, to: &Half, segment: &Segment<'_>, events: &mut Vec<Event>) -> bool {
    let Some(rare) = &mut from.advertised.rare else {
        return false;
    };
    let Some(probe) = rare.probe.take() else {
        return false;
    };
    answers(probe, rare, to, segment, events);
    true
}

fn answers(
    probe: Probe,
    rare: &mut Rare,
    to: &Half,
    segment: &Segment<'_>,
    events: &mut Vec<Event>,
) {
    let after_ns = segment.time_ns.saturating_sub(probe.time_ns);
    if probe.keep_alive {
        rare.probes = 0;
        events.push(Event::KeepAliveAck(KeepAliveAck {
            probe: probe.packet,
            after_ns,
            acknowledgment: to.relative(segment.tcp.acknowledgment).unwrap_or_default(),
            expected: to.relative(probe.expected).unwrap_or_default(),
        }));
    } else {
        if segment.tcp.window > 0 {
            rare.probes = 0;
        }
        events.push(Event::WindowProbeAck(WindowProbeAck {
            probe: probe.packet,
            after_ns,
            window: segment.tcp.window,
        }));
    }
}

/// Tells when the data that was just sent uses up the peer's window; `to`: the
/// peer.
pub(super) fn full(in_flight: u32, window: Option<u32>, to: &Half, events: &mut Vec<Event>) {
    if in_flight > 0 && window == Some(in_flight) {
        used_up(in_flight, to, events);
    }
}

/// Tells that what is in flight uses up the window.
pub(super) fn used_up(in_flight: u32, to: &Half, events: &mut Vec<Event>) {
    events.push(Event::WindowFull(WindowFull {
        in_flight,
        window: in_flight,
        announced_by: to.advertised.packet,
    }));
}

impl Advertised {
    /// Whether its scale is told, it is not closed, and no probe is out.
    pub fn is_open(&self) -> bool {
        let asked = |rare: &Rare| rare.closed.is_some() || rare.probe.is_some() || rare.probes > 0;
        let announced = self.raw.is_some_and(|raw| raw > 0);
        announced && !self.unscaled && !self.rare.as_deref().is_some_and(asked)
    }

    /// Whether this window was announced last.
    pub fn is_now(&self, window: u16) -> bool {
        self.raw == Some(window)
    }

    /// Takes in the window of a segment that is due next, of a connection
    /// where it is open.
    pub fn renew(&mut self, window: u16, packet: PacketNumber) {
        self.packet = packet;
        self.raw = Some(window);
    }

    /// Whether the window was announced to be so large before.
    pub fn is_at_least(&self, window: u16) -> bool {
        self.raw_window() >= window
    }

    /// Tells that there is more of a window that was open before; `window`:
    /// what there is now.
    pub fn tell_wider(&self, window: u16, scale: Option<u8>, events: &mut Vec<Event>) {
        events.push(Event::WindowUpdate(WindowUpdate {
            from: u32::from(self.raw_window()) << scale.unwrap_or(0),
            to: scale.map(|scale| u32::from(window) << scale),
            closed_by: None,
            closed_ns: None,
        }));
    }

    /// The window field, raw; 0 where there was none.
    pub fn raw_window(&self) -> u16 {
        self.raw.unwrap_or_default()
    }

    /// Whether the window is closed.
    pub fn is_closed(&self) -> bool {
        self.closed().is_some() || self.raw == Some(0)
    }

    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// The packet that closed the window and when; while it is closed.
    fn closed(&self) -> Option<(PacketNumber, u64)> {
        self.rare.as_ref().and_then(|rare| rare.closed)
    }

    /// Data shows that the side is there: no probe waits for an answer.
    fn no_probe(&mut self) {
        if let Some(rare) = &mut self.rare {
            rare.probe = None;
            rare.probes = 0;
        }
    }

    /// The window in bytes, if its scale is known.
    pub fn window(&self, scale: Option<u8>) -> Option<u32> {
        self.bytes(scale?)
    }

    /// The window in bytes: that of a SYN is never scaled (RFC 7323, section
    /// 2.2).
    pub fn bytes(&self, scale: u8) -> Option<u32> {
        let scale = if self.unscaled { 0 } else { scale };
        self.raw.map(|raw| u32::from(raw) << scale)
    }

    /// The window before this side's first data is that of its SYN, which is
    /// never scaled.
    pub fn from_syn(window: u16, packet: PacketNumber) -> Self {
        Self {
            raw: Some(window),
            packet,
            unscaled: true,
            ..Self::default()
        }
    }
}
