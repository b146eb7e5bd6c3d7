//! Flow control and signs of life.

use crate::track::{Endpoint, PacketNumber, Side};
use serde::{Deserialize, Serialize};

/// The receiver is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZeroWindow {
    /// How many times its window has fallen to zero, this one included.
    pub times: u32,
    /// Everything up to here it has taken, relative to the peer.
    pub relative_acknowledgment: u32,
}

/// The sender has used all of the receiver's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowFull {
    /// Bytes in flight with this segment.
    pub in_flight: u32,
    /// The receiver's window, scaled.
    pub window: u32,
    /// The packet that announced it.
    pub announced_by: PacketNumber,
}

/// The receiver has room again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowUpdate {
    /// The window before.
    pub from: u32,
    /// The window now; `None` when the scale is not known.
    pub to: Option<u32>,
    /// The packet that closed the window, when it had been zero.
    pub closed_by: Option<PacketNumber>,
    /// For how long it was zero.
    pub closed_ns: Option<u64>,
}

/// Asks a receiver with zero window whether it has room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowProbe {
    /// Which probe of this row, from 1.
    pub nth: u32,
    /// The packet that closed the window.
    pub closed_by: PacketNumber,
    /// For how long it has been closed.
    pub closed_ns: u64,
    /// Data bytes in the probe (0 or 1).
    pub bytes: u32,
}

/// The answer to a window probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowProbeAck {
    /// The probe.
    pub probe: PacketNumber,
    /// Time since it.
    pub after_ns: u64,
    /// The raw window that it announces.
    pub window: u16,
}

/// Asks an idle peer whether it is there (RFC 9293, section 3.8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepAlive {
    /// Which probe of this row, from 1.
    pub nth: u32,
    /// How long the connection had been idle (since the last packet either
    /// way).
    pub idle_ns: u64,
    /// The sequence number it has, relative; the next one due is one more.
    pub relative_sequence: u32,
    /// The sequence number due next, relative.
    pub expected: u32,
}

/// The answer to a keep-alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepAliveAck {
    /// The probe.
    pub probe: PacketNumber,
    /// Time since it.
    pub after_ns: u64,
    /// Should be the number due next from the prober.
    pub acknowledgment: u32,
    /// That number.
    pub expected: u32,
}

/// Small messages at a steady period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Who sends them.
    pub side: Side,
    /// The sender's address.
    pub endpoint: Endpoint,
    /// The median time between two.
    pub period_ns: u64,
    /// How many.
    pub messages: u32,
    /// Payload bytes of each (the median).
    pub bytes: u32,
    /// The other side sends one of so many bytes at the same period: it answers.
    pub answer_bytes: Option<u32>,
    /// The first and the last of them.
    pub packets: (PacketNumber, PacketNumber),
}
