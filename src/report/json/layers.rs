//! One layer's values as an object under its protocol's name.

use super::address::{Hex, Mac};
use super::dhcp::{dhcp, dhcpv6};
use super::dns::dns;
use super::write::{Json, Plain, list, members, object};
use crate::decode::{
    Arp, Icmp, Layer, LinuxCooked, Quoted, Tcp, TcpFlags, TcpOption, TcpOptions, View, quoted, view,
};
use crate::report::PacketReport;
use crate::track::tcp::State;
use crate::track::{Address, Endpoint, TcpTracked};

/// A layer of a packet.
pub struct LayerObject<'a> {
    report: &'a PacketReport<'a>,
    view: View<'a>,
    /// The protocol's name, said inside the object in `outer`.
    protocol: Option<&'static str>,
}

impl<'a> LayerObject<'a> {
    /// The object of `layer`; `outer` says that it stands inside another
    /// object.
    pub fn new(report: &'a PacketReport<'a>, layer: &Layer, outer: bool) -> Self {
        Self {
            report,
            view: view(report.packet, layer),
            protocol: outer.then(|| layer.protocol.name()),
        }
    }

    /// Whether there is anything to say.
    pub fn has_values(&self) -> bool {
        !matches!(self.view, View::Bare)
    }
}

impl Json for LayerObject<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            if let Some(protocol) = self.protocol {
                members!(out, "protocol": Plain(protocol));
            }
            self.values(out);
        });
    }
}

impl LayerObject<'_> {
    fn values(&self, out: &mut Vec<u8>) {
        match &self.view {
            View::Ethernet(it) => members!(
                out,
                "source": Mac(it.source),
                "destination": Mac(it.destination),
                "ether_type": it.ether_type,
            ),
            View::LinuxCooked(it) => cooked(it, out),
            View::Vlan(it) => members!(
                out,
                "id": it.id,
                "priority": it.priority,
                "drop_eligible": it.drop_eligible,
                "ether_type": it.ether_type,
            ),
            View::Arp(it) => arp(it, out),
            View::Ipv4(it) => members!(
                out,
                "source": it.source,
                "destination": it.destination,
                "ttl": it.time_to_live,
                "identification": it.identification,
                "total_length": it.total_length,
                "header_length": it.header_length,
                "dscp": it.dscp,
                "ecn": it.ecn,
                "dont_fragment": it.dont_fragment,
                "more_fragments": it.more_fragments,
                "fragment_offset": it.fragment_offset,
                "protocol_number": it.protocol,
                "checksum": it.checksum,
            ),
            View::Ipv6(it) => members!(
                out,
                "source": it.source,
                "destination": it.destination,
                "hop_limit": it.hop_limit,
                "payload_length": it.payload_length,
                "traffic_class": it.traffic_class,
                "flow_label": it.flow_label,
                "next_header": it.next_header,
            ),
            View::Tcp(it, options) => {
                let tracked = self.tracked_tcp().unwrap_or_default();
                tcp(it, options, &tracked, out);
            }
            View::Udp(it) => members!(
                out,
                "source_port": it.source_port,
                "destination_port": it.destination_port,
                "length": it.length,
                "checksum": it.checksum,
            ),
            View::Icmp(it) => self.icmp(it, out),
            View::Dns(bytes) => dns(bytes, out),
            View::Dhcp(message) => dhcp(message, out),
            View::Dhcpv6(message) => dhcpv6(message, out),
            View::Bare => (),
        }
    }

    fn icmp(&self, it: &Icmp, out: &mut Vec<u8>) {
        members!(out, "type": it.kind, "code": it.code, "name": it.name());
        if it.is_echo() {
            members!(
                out,
                "identifier": it.rest.map(|rest| rest >> 16),
                "sequence": it.rest.map(|rest| rest & 0xffff),
            );
        }
        if it.is_error() && self.protocol.is_none() {
            members!(out, "quoted": quoted(self.report.packet));
        }
    }

    /// What the tracker knows of the segment; of an outer one, nothing.
    fn tracked_tcp(&self) -> Option<TcpTracked> {
        match self.protocol {
            None => self.report.tracked.tcp,
            Some(_) => None,
        }
    }
}

fn cooked(it: &LinuxCooked, out: &mut Vec<u8>) {
    let address = match it.address {
        [a, b, c, d, e, f, _, _] if it.address_length == 6 => Some(Mac([a, b, c, d, e, f])),
        _ => None,
    };
    members!(
        out,
        "packet_type": it.packet_type,
        "source": address,
        "ether_type": it.ether_type,
        "interface_index": it.interface_index,
    );
}

fn arp(it: &Arp, out: &mut Vec<u8>) {
    members!(
        out,
        "operation": it.operation,
        "sender_mac": it.sender_mac.map(Mac),
        "sender_ip": it.sender_ip,
        "target_mac": it.target_mac.map(Mac),
        "target_ip": it.target_ip,
    );
}

fn tcp(it: &Tcp, options: &[u8], tracked: &TcpTracked, out: &mut Vec<u8>) {
    let state = |state: Option<State>| state.map(|state| Plain(state.name()));
    let certainty = if tracked.observed() {
        "observed"
    } else {
        "inferred"
    };
    members!(
        out,
        "source_port": it.source_port,
        "destination_port": it.destination_port,
        "flags": Flags(it.flags),
        "sequence": it.sequence,
        "acknowledgment": it.acknowledgment,
        "relative_sequence": tracked.relative_sequence,
        "relative_acknowledgment": tracked.relative_acknowledgment,
        "window": it.window,
        "scaled_window": tracked.scaled_window,
        "checksum": it.checksum,
        "options": Options(options),
        "source_state": state(tracked.source_state),
        "destination_state": state(tracked.destination_state),
        "state_is": Plain(certainty),
    );
}

/// The packet that an ICMP error quotes.
impl Json for Quoted {
    fn write(&self, out: &mut Vec<u8>) {
        let end = |address, port| Endpoint {
            address: Address::Ip(address),
            port,
        };
        let source = end(self.network.source, self.source_port);
        let destination = end(self.network.destination, self.destination_port);
        object(out, |out| {
            members!(
                out,
                "source": source,
                "destination": destination,
                "source_address": source.address,
                "source_port": source.port,
                "destination_address": destination.address,
                "destination_port": destination.port,
                "protocols": QuotedProtocols(self),
            );
        });
    }
}

struct QuotedProtocols<'a>(&'a Quoted);

impl Json for QuotedProtocols<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        list(out, &self.0.protocols, |out, protocol| {
            Plain(protocol.name()).write(out);
        });
    }
}

struct Flags(TcpFlags);

impl Json for Flags {
    fn write(&self, out: &mut Vec<u8>) {
        list(out, self.0.names(), |out, name| Plain(name).write(out));
    }
}

/// The options in order, as far as they can be read.
struct Options<'a>(&'a [u8]);

impl Json for Options<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        let readable = TcpOptions::new(self.0).map_while(Result::ok);
        list(out, readable, |out, (_, option)| option.write(out));
    }
}

impl Json for TcpOption<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        object(out, |out| {
            members!(out, "name": self.name());
            match self {
                TcpOption::EndOfOptions | TcpOption::NoOperation | TcpOption::SackPermitted => {
                    members!(out, "value": ());
                }
                TcpOption::MaximumSegmentSize(size) => members!(out, "value": size),
                TcpOption::WindowScale(shift) => members!(out, "value": shift),
                TcpOption::Sack(blocks) => members!(out, "value": blocks.as_slice()),
                TcpOption::Timestamps { value, echo } => {
                    members!(out, "value": value, "echo": echo);
                }
                TcpOption::Md5Signature(data) => members!(out, "value": Hex(data)),
                TcpOption::UserTimeout { minutes, value } => {
                    let unit = if *minutes { "minutes" } else { "seconds" };
                    members!(out, "value": value, "unit": Plain(unit));
                }
                TcpOption::Authentication {
                    key_id,
                    next_key_id,
                    code,
                } => {
                    members!(out, "value": Hex(code), "key_id": key_id, "next_key_id": next_key_id);
                }
                TcpOption::Multipath { subtype, data } => {
                    members!(out, "value": Hex(data), "subtype": subtype);
                }
                TcpOption::FastOpen { cookie } => members!(out, "value": Hex(cookie)),
                TcpOption::AccurateEcn { kind, data } | TcpOption::Other { kind, data } => {
                    members!(out, "value": Hex(data), "kind": kind);
                }
            }
        });
    }
}
