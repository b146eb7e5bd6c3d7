//! What a part has seen that says something only together with other parts: of
//! a server whose clients have other addresses, of a host, of the recording.

use super::link::Lease;
use super::nat::Fingerprint;
use super::recording::{OversizeSegment, TcpEnd};
use super::servers::Opening;
use super::{Address, Endpoint, PacketNumber};

/// A fact for the merge, told in the order of packets.
#[derive(Clone, Copy, Debug)]
pub(in crate::track) enum Observation {
    /// A conversation begins with a SYN.
    Syn {
        packet: PacketNumber,
        client: Endpoint,
        listener: Endpoint,
        sequence: u32,
        time_ns: u64,
    },
    /// A SYN-ACK.
    SynAck {
        packet: PacketNumber,
        conversation: PacketNumber,
        client: Endpoint,
        server: Endpoint,
        acknowledgment: u32,
    },
    /// A handshake has come further.
    OpeningChanged {
        /// The conversation's first packet.
        syn: PacketNumber,
        listener: Endpoint,
        syn_ns: u64,
        from: Opening,
        to: Opening,
    },
    /// A handshake was never completed.
    StaysHalfOpen {
        listener: Endpoint,
        source: Address,
        syn_ns: u64,
        syn: PacketNumber,
    },
    /// A connection to a server stands.
    Opened { server: Endpoint, client: Endpoint },
    /// A connection that stood is over.
    Closed { server: Endpoint },
    /// A server was left in CLOSE_WAIT.
    StaysInCloseWait { server: Endpoint },
    /// A segment that no wire carries.
    Oversize(OversizeSegment),
    /// One of the first data packets of a flow.
    Data(Fingerprint),
    /// A DHCP server gave a client an address.
    Lease(Lease),
    /// A TCP conversation has ended.
    Ended(TcpEnd),
}
