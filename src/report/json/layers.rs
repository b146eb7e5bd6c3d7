//! One layer's values as an object under its protocol's name.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::conversation::Shown;
use super::dns::dns;
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
    /// Of `layer`; `outer` for those that stand in `outer`.
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

impl Serialize for LayerObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(protocol) = self.protocol {
            map.serialize_entry("protocol", protocol)?;
        }
        self.values(&mut map)?;
        map.end()
    }
}

impl LayerObject<'_> {
    fn values<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match &self.view {
            View::Ethernet(it) => {
                map.serialize_entry("source", &Mac(it.source))?;
                map.serialize_entry("destination", &Mac(it.destination))?;
                map.serialize_entry("ether_type", &it.ether_type)
            }
            View::LinuxCooked(it) => cooked(it, map),
            View::Vlan(it) => {
                map.serialize_entry("id", &it.id)?;
                map.serialize_entry("priority", &it.priority)?;
                map.serialize_entry("drop_eligible", &it.drop_eligible)?;
                map.serialize_entry("ether_type", &it.ether_type)
            }
            View::Arp(it) => arp(it, map),
            View::Ipv4(it) => {
                map.serialize_entry("source", &Shown(&it.source))?;
                map.serialize_entry("destination", &Shown(&it.destination))?;
                map.serialize_entry("ttl", &it.time_to_live)?;
                map.serialize_entry("identification", &it.identification)?;
                map.serialize_entry("total_length", &it.total_length)?;
                map.serialize_entry("header_length", &it.header_length)?;
                map.serialize_entry("dscp", &it.dscp)?;
                map.serialize_entry("ecn", &it.ecn)?;
                map.serialize_entry("dont_fragment", &it.dont_fragment)?;
                map.serialize_entry("more_fragments", &it.more_fragments)?;
                map.serialize_entry("fragment_offset", &it.fragment_offset)?;
                map.serialize_entry("protocol_number", &it.protocol)?;
                map.serialize_entry("checksum", &it.checksum)
            }
            View::Ipv6(it) => {
                map.serialize_entry("source", &Shown(&it.source))?;
                map.serialize_entry("destination", &Shown(&it.destination))?;
                map.serialize_entry("hop_limit", &it.hop_limit)?;
                map.serialize_entry("payload_length", &it.payload_length)?;
                map.serialize_entry("traffic_class", &it.traffic_class)?;
                map.serialize_entry("flow_label", &it.flow_label)?;
                map.serialize_entry("next_header", &it.next_header)
            }
            View::Tcp(it, options) => {
                let tracked = self.tracked_tcp();
                tcp(it, options, tracked.as_ref(), map)
            }
            View::Udp(it) => {
                map.serialize_entry("source_port", &it.source_port)?;
                map.serialize_entry("destination_port", &it.destination_port)?;
                map.serialize_entry("length", &it.length)?;
                map.serialize_entry("checksum", &it.checksum)
            }
            View::Icmp(it) => self.icmp(it, map),
            View::Dns(bytes) => dns(bytes, map),
            View::Bare => Ok(()),
        }
    }

    fn icmp<M: SerializeMap>(&self, it: &Icmp, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("type", &it.kind)?;
        map.serialize_entry("code", &it.code)?;
        map.serialize_entry("name", it.name())?;
        if it.is_echo() {
            map.serialize_entry("identifier", &it.rest.map(|rest| rest >> 16))?;
            map.serialize_entry("sequence", &it.rest.map(|rest| rest & 0xffff))?;
        }
        if it.is_error() && self.protocol.is_none() {
            let quoted = quoted(self.report.packet);
            map.serialize_entry("quoted", &quoted.as_ref().map(QuotedRecord))?;
        }
        Ok(())
    }

    /// What the tracker knows of the segment; of an outer one, nothing.
    fn tracked_tcp(&self) -> Option<TcpTracked> {
        match self.protocol {
            None => self.report.tracked.tcp,
            Some(_) => None,
        }
    }
}

fn cooked<M: SerializeMap>(it: &LinuxCooked, map: &mut M) -> Result<(), M::Error> {
    let address = match it.address {
        [a, b, c, d, e, f, _, _] if it.address_length == 6 => Some(Mac([a, b, c, d, e, f])),
        _ => None,
    };
    map.serialize_entry("packet_type", &it.packet_type)?;
    map.serialize_entry("source", &address)?;
    map.serialize_entry("ether_type", &it.ether_type)?;
    map.serialize_entry("interface_index", &it.interface_index)
}

fn arp<M: SerializeMap>(it: &Arp, map: &mut M) -> Result<(), M::Error> {
    map.serialize_entry("operation", &it.operation)?;
    map.serialize_entry("sender_mac", &it.sender_mac.map(Mac))?;
    map.serialize_entry("sender_ip", &it.sender_ip.as_ref().map(Shown))?;
    map.serialize_entry("target_mac", &it.target_mac.map(Mac))?;
    map.serialize_entry("target_ip", &it.target_ip.as_ref().map(Shown))
}

fn tcp<M: SerializeMap>(
    it: &Tcp,
    options: &[u8],
    tracked: Option<&TcpTracked>,
    map: &mut M,
) -> Result<(), M::Error> {
    let state = |state: Option<State>| state.map(State::name);
    let observed = tracked.is_some_and(|tracked| tracked.observed());
    map.serialize_entry("source_port", &it.source_port)?;
    map.serialize_entry("destination_port", &it.destination_port)?;
    map.serialize_entry("flags", &Flags(it.flags))?;
    map.serialize_entry("sequence", &it.sequence)?;
    map.serialize_entry("acknowledgment", &it.acknowledgment)?;
    map.serialize_entry(
        "relative_sequence",
        &tracked.and_then(|tracked| tracked.relative_sequence),
    )?;
    map.serialize_entry(
        "relative_acknowledgment",
        &tracked.and_then(|tracked| tracked.relative_acknowledgment),
    )?;
    map.serialize_entry("window", &it.window)?;
    map.serialize_entry(
        "scaled_window",
        &tracked.and_then(|tracked| tracked.scaled_window),
    )?;
    map.serialize_entry("checksum", &it.checksum)?;
    map.serialize_entry("options", &Options(options))?;
    map.serialize_entry(
        "source_state",
        &state(tracked.and_then(|tracked| tracked.source_state)),
    )?;
    map.serialize_entry(
        "destination_state",
        &state(tracked.and_then(|tracked| tracked.destination_state)),
    )?;
    map.serialize_entry("state_is", if observed { "observed" } else { "inferred" })
}

/// The packet that an ICMP error quotes.
struct QuotedRecord<'a>(&'a Quoted);

impl Serialize for QuotedRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let it = self.0;
        let end = |address, port| Endpoint {
            address: Address::Ip(address),
            port,
        };
        let source = end(it.network.source, it.source_port);
        let destination = end(it.network.destination, it.destination_port);
        let protocols: Vec<_> = it.protocols.iter().map(|it| it.name()).collect();
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("source", &Shown(&source))?;
        map.serialize_entry("destination", &Shown(&destination))?;
        map.serialize_entry("protocols", &protocols)?;
        map.end()
    }
}

/// A MAC address, as a string.
#[derive(Clone, Copy)]
pub struct Mac(pub [u8; 6]);

impl Serialize for Mac {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Address::Mac(self.0))
    }
}

struct Flags(TcpFlags);

impl Serialize for Flags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.names())
    }
}

/// The options in order, as far as they can be read.
struct Options<'a>(&'a [u8]);

impl Serialize for Options<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for (_, option) in TcpOptions::new(self.0).map_while(Result::ok) {
            list.serialize_element(&OptionRecord(&option))?;
        }
        list.end()
    }
}

struct OptionRecord<'a>(&'a TcpOption<'a>);

impl Serialize for OptionRecord<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", self.0.name())?;
        match self.0 {
            TcpOption::EndOfOptions | TcpOption::NoOperation | TcpOption::SackPermitted => {
                map.serialize_entry("value", &())?;
            }
            TcpOption::MaximumSegmentSize(size) => map.serialize_entry("value", size)?,
            TcpOption::WindowScale(shift) => map.serialize_entry("value", shift)?,
            TcpOption::Sack(blocks) => map.serialize_entry("value", blocks.as_slice())?,
            TcpOption::Timestamps { value, echo } => {
                map.serialize_entry("value", value)?;
                map.serialize_entry("echo", echo)?;
            }
            TcpOption::Md5Signature(data) => map.serialize_entry("value", &Hex(data))?,
            TcpOption::UserTimeout { minutes, value } => {
                map.serialize_entry("value", value)?;
                map.serialize_entry("unit", if *minutes { "minutes" } else { "seconds" })?;
            }
            TcpOption::Authentication {
                key_id,
                next_key_id,
                code,
            } => {
                map.serialize_entry("value", &Hex(code))?;
                map.serialize_entry("key_id", key_id)?;
                map.serialize_entry("next_key_id", next_key_id)?;
            }
            TcpOption::Multipath { subtype, data } => {
                map.serialize_entry("value", &Hex(data))?;
                map.serialize_entry("subtype", subtype)?;
            }
            TcpOption::FastOpen { cookie } => map.serialize_entry("value", &Hex(cookie))?,
            TcpOption::AccurateEcn { kind, data } | TcpOption::Other { kind, data } => {
                map.serialize_entry("value", &Hex(data))?;
                map.serialize_entry("kind", kind)?;
            }
        }
        map.end()
    }
}

/// Bytes in lower-case hexadecimal.
struct Hex<'a>(&'a [u8]);

impl Serialize for Hex<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl std::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
