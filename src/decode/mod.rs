//! From one [`Frame`] to one [`Packet`]: the layers in wire order, and where
//! and why the decoding stopped if it had to. Knows nothing of other packets.
//!
//! [`decode`] notes where each layer begins, what the trackers need, and whether
//! the checksums hold. [`view`] reads one layer's values on demand; [`fields`]
//! names every field with its exact bit range.

mod arp;
mod checksum;
pub mod constant;
mod cooked;
mod cursor;
pub mod dhcp;
pub mod dns;
mod dns_messages;
mod erspan;
mod ethernet;
mod fabric_path;
mod field;
mod fragment;
mod frame_relay;
mod gre;
mod guess;
pub mod http;
mod icmp;
mod icmp_fields;
mod icmp_name;
mod icmpv6_fields;
mod ieee80211;
mod ipv4;
mod ipv4_option_fields;
mod ipv6;
mod ipv6_extensions;
mod llc;
mod loopback;
mod mpls;
mod names;
mod nflog;
mod ones_complement;
mod packet;
mod ppi;
mod ppp;
mod protocol;
mod quoted;
mod registry;
mod service;
mod stream_layer;
mod tcp;
mod tcp_option_fields;
mod tcp_options;
pub mod tls;
mod udp;
mod udp_tunnels;
mod undecoded;
mod view;
mod vlan;
pub mod websocket;
mod wire_length;

pub use checksum::{Checksum, ChecksumVerdict, Checksums, tcp_data_sum};
pub use field::{Field, FieldValue, LayerFields, broken_fields, fields};
pub use fragment::{FragmentView, IPV6_FRAGMENT_HEADER, fragment, whole_header};
pub use guess::{Because, Guess, guess};
pub use packet::{
    Decoded, Fragment, Icmp, Layer, Layers, MAX_LAYERS, Network, Packet, Payload, Stop, StopReason,
    Tcp, TcpFlags, Transport, Udp, is_group_address,
};
pub use protocol::Protocol;
pub use quoted::{Quoted, quoted};
pub use service::{Said, Service, is_service_port, recognise};
pub use stream_layer::add_stream_layer;
pub use tcp_options::{BadOption, TcpOption, TcpOptions};
pub use undecoded::{Undecoded, undecoded};
pub use view::{Arp, Ethernet, Ipv4, Ipv6, LinuxCooked, View, Vlan, view};
pub use wire_length::wire_length;

use crate::capture::Frame;

/// Decodes one frame as far as it goes: from decoder to decoder, as each layer
/// names the next (`registry.rs`), and judges its checksums.
#[must_use]
pub fn decode(frame: Frame<'_>) -> Packet<'_> {
    let mut packet = decode_headers(frame);
    packet.decoded.checksums = checksum::judge(&packet);
    packet
}

/// Decodes one frame as [`decode`] does, for who does not ask whether its checksums
/// hold.
#[must_use]
pub fn decode_headers(frame: Frame<'_>) -> Packet<'_> {
    let mut packet = Packet {
        frame,
        decoded: Decoded::default(),
    };
    let mut cursor = cursor::Cursor::new(&mut packet);
    registry::link_type(&mut cursor, frame.link_type);
    cursor.finish();
    packet
}

#[cfg(test)]
mod tests;
