//! The eleven states of RFC 9293, section 3.3.2, and what of a connection a
//! capture holds.
use serde::{Deserialize, Serialize};

/// A state of the connection state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum State {
    /// Waiting for a connection request.
    #[default]
    Listen,
    /// Sent a SYN, waiting for its match.
    SynSent,
    /// SYN received and sent, waiting for its acknowledgment.
    SynReceived,
    /// Open: data flows.
    Established,
    /// Sent a FIN, not yet acknowledged.
    FinWait1,
    /// Own FIN acknowledged, the peer still open.
    FinWait2,
    /// The peer closed, the local program has not yet.
    CloseWait,
    /// Both FINs crossed, own not yet acknowledged.
    Closing,
    /// Closed after the peer did, own FIN not yet acknowledged.
    LastAck,
    /// Waiting for 2 MSL so that nothing old can come back.
    TimeWait,
    /// No connection.
    Closed,
}

impl State {
    /// All of them, in the RFC's order.
    pub const ALL: [Self; 11] = [
        Self::Listen,
        Self::SynSent,
        Self::SynReceived,
        Self::Established,
        Self::FinWait1,
        Self::FinWait2,
        Self::CloseWait,
        Self::Closing,
        Self::LastAck,
        Self::TimeWait,
        Self::Closed,
    ];

    /// The name in records, the kernel's spelling.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Listen => "LISTEN",
            Self::SynSent => "SYN_SENT",
            Self::SynReceived => "SYN_RCVD",
            Self::Established => "ESTABLISHED",
            Self::FinWait1 => "FIN_WAIT_1",
            Self::FinWait2 => "FIN_WAIT_2",
            Self::CloseWait => "CLOSE_WAIT",
            Self::Closing => "CLOSING",
            Self::LastAck => "LAST_ACK",
            Self::TimeWait => "TIME_WAIT",
            Self::Closed => "CLOSED",
        }
    }
}

/// Which parts of a connection were seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completeness(pub u8);

impl Completeness {
    /// The client's SYN.
    pub const SYN: u8 = 1;
    /// The server's SYN-ACK.
    pub const SYN_ACK: u8 = 2;
    /// The handshake's third step.
    pub const ACK: u8 = 4;
    /// Payload in either direction.
    pub const DATA: u8 = 8;
    /// A FIN.
    pub const FIN: u8 = 16;
    /// A RST.
    pub const RST: u8 = 32;

    /// The names in records, in the order of a connection's life.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        [
            (Self::SYN, "syn"),
            (Self::SYN_ACK, "syn_ack"),
            (Self::ACK, "ack"),
            (Self::DATA, "data"),
            (Self::FIN, "fin"),
            (Self::RST, "rst"),
        ]
        .into_iter()
        .filter(move |(bit, _)| self.0 & bit != 0)
        .map(|(_, name)| name)
    }
}
