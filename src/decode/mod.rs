//! From one [`Frame`] to one [`Packet`]: the layers in wire order, and where
//! and why the decoding stopped if it had to. Knows nothing of other packets.
//!
//! [`decode`] is the fast path: it notes where each layer begins and what the
//! trackers need, and allocates nothing. [`view`] reads one layer's values on
//! demand; [`fields`] names every field with its exact bit range.

mod arp;
mod brief;
mod build;
mod checksum;
mod cooked;
mod cursor;
pub mod dns;
mod dns_messages;
mod erspan;
mod ethernet;
mod field;
mod frame_relay;
mod gre;
mod guess;
mod icmp;
mod icmp_fields;
mod icmp_name;
mod icmpv6_fields;
mod ipv4;
mod ipv4_option_fields;
mod ipv6;
mod ipv6_extensions;
mod llc;
mod loopback;
mod mpls;
mod names;
mod ones_complement;
mod packet;
mod plain;
mod plain_ip;
mod plain_sums;
mod ppp;
mod protocol;
mod quoted;
mod registry;
mod tcp;
mod tcp_option_fields;
mod tcp_options;
mod udp;
mod udp_tunnels;
mod view;
mod vlan;
mod wire_length;

pub use brief::{Beside, Brief, BriefOptions, BriefTcp};
pub use build::Build;
pub use checksum::{Checksum, ChecksumVerdict, checksums};
pub use field::{Field, FieldValue, LayerFields, broken_fields, fields};
pub use guess::{Because, Guess, guess};
pub use packet::{
    Fragment, Icmp, Layer, Layers, MAX_LAYERS, Network, Packet, Payload, Stop, StopReason, Tcp,
    TcpFlags, Transport, Udp,
};
pub use plain_sums::{GoodSums, good_sums};
pub use protocol::Protocol;
pub use quoted::{Quoted, quoted};
pub use tcp_options::{BadOption, TcpOption, TcpOptions};
pub use view::{Arp, Ethernet, Ipv4, Ipv6, LinuxCooked, View, Vlan, view};
pub use wire_length::wire_length;

use crate::capture::Frame;

/// Decodes one frame as far as it goes.
#[must_use]
#[inline]
pub fn decode(frame: Frame<'_>) -> Packet<'_> {
    let mut packet = Packet::undecoded(frame);
    packet.decode();
    packet
}

#[cfg(test)]
mod tests;
