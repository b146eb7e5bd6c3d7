//! From one [`Frame`] to one [`Packet`]: the layers in wire order, and where
//! and why the decoding stopped if it had to. Knows nothing of other packets.
//!
//! [`decode`] is the fast path: it notes where each layer begins and what the
//! trackers need, and allocates nothing. [`view`] reads one layer's values on
//! demand; [`fields`] names every field with its exact bit range.

pub mod dns;
mod packet;
mod protocol;
mod tcp_options;
mod view;

pub use packet::{
    Fragment, Icmp, Layer, Layers, MAX_LAYERS, Network, Packet, Payload, Stop, StopReason, Tcp,
    TcpFlags, Transport, Udp,
};
pub use protocol::Protocol;
pub use tcp_options::{BadOption, TcpOption, TcpOptions};
pub use view::{Arp, Ethernet, Ipv4, Ipv6, LinuxCooked, View, Vlan, view};

use crate::capture::Frame;

/// Decodes one frame as far as it goes.
#[must_use]
pub fn decode(frame: Frame<'_>) -> Packet<'_> {
    Packet {
        frame,
        layers: Layers::new(),
        network: None,
        transport: Transport::None,
        vlan: None,
        payload: Payload::default(),
        stop: None,
    }
}
