//! The fields that are compared, and where each stands on either side.

/// How a value is written down to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The value as it stands.
    Text,
    /// tshark writes some numbers in hexadecimal; ours are numbers.
    Number,
    /// tshark's twelve TCP flag bits, of which our records name the nine that
    /// have a meaning (RFC 9293, RFC 9768).
    Flags,
    /// tshark counts units of eight bytes; ours are bytes.
    EightBytes,
    /// tshark writes decimal seconds; ours are nanoseconds.
    Seconds,
}

/// The place of our value in the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ours {
    /// A key of the packet's record itself.
    Packet(&'static str),
    /// A key of a layer's object, in every layer of that protocol.
    Layer(&'static str, &'static str),
    /// A TCP option: its name, and the key in its entry.
    TcpOption(&'static str, &'static str),
    /// A value put together by code of its own.
    Special,
}

/// A compared field.
#[derive(Debug)]
pub struct Field {
    /// tshark's name for it, or a name of our own where several fields of
    /// tshark's are put together.
    pub name: &'static str,
    /// The protocols at top level of tshark's tree that it is looked for in.
    pub protocols: &'static [&'static str],
    /// How the value is read.
    pub reading: Reading,
    /// The place of our value in the record.
    pub ours: Ours,
}

const fn field(
    name: &'static str,
    protocols: &'static [&'static str],
    reading: Reading,
    ours: Ours,
) -> Field {
    Field {
        name,
        protocols,
        reading,
        ours,
    }
}

use Ours::{Layer, Packet, Special, TcpOption};
use Reading::{EightBytes, Flags, Number, Seconds, Text};

/// Link to transport, DNS, DHCP and DHCPv6.
#[rustfmt::skip]
pub const FIELDS: &[Field] = &[
    field("frame.number", &["frame"], Number, Packet("number")),
    field("frame.time_epoch", &["frame"], Seconds, Packet("time_ns")),
    field("frame.len", &["frame"], Number, Packet("original_length")),
    field("frame.cap_len", &["frame"], Number, Packet("captured_length")),
    field("eth.src", &["eth"], Text, Layer("ethernet", "source")),
    field("eth.dst", &["eth"], Text, Layer("ethernet", "destination")),
    field("eth.type", &["eth"], Number, Special),
    field("sll.etype", &["sll"], Number, Special),
    field("vlan.id", &["vlan"], Number, Special),
    field("ieee8021ad.id", &["ieee8021ad"], Number, Special),
    field("arp.opcode", &["arp"], Number, Layer("arp", "operation")),
    field("arp.src.hw_mac", &["arp"], Text, Layer("arp", "sender_mac")),
    field("arp.src.proto_ipv4", &["arp"], Text, Layer("arp", "sender_ip")),
    field("arp.dst.hw_mac", &["arp"], Text, Layer("arp", "target_mac")),
    field("arp.dst.proto_ipv4", &["arp"], Text, Layer("arp", "target_ip")),
    field("ip.src", &["ip"], Text, Layer("ipv4", "source")),
    field("ip.dst", &["ip"], Text, Layer("ipv4", "destination")),
    field("ip.ttl", &["ip"], Number, Layer("ipv4", "ttl")),
    field("ip.id", &["ip"], Number, Layer("ipv4", "identification")),
    field("ip.len", &["ip"], Number, Layer("ipv4", "total_length")),
    field("ip.proto", &["ip"], Number, Layer("ipv4", "protocol_number")),
    field("ip.dsfield.dscp", &["ip"], Number, Layer("ipv4", "dscp")),
    field("ip.dsfield.ecn", &["ip"], Number, Layer("ipv4", "ecn")),
    field("ip.flags.df", &["ip"], Number, Layer("ipv4", "dont_fragment")),
    field("ip.flags.mf", &["ip"], Number, Layer("ipv4", "more_fragments")),
    field("ip.frag_offset", &["ip"], EightBytes, Layer("ipv4", "fragment_offset")),
    field("ip.checksum", &["ip"], Number, Layer("ipv4", "checksum")),
    field("ipv6.src", &["ipv6"], Text, Layer("ipv6", "source")),
    field("ipv6.dst", &["ipv6"], Text, Layer("ipv6", "destination")),
    field("ipv6.hlim", &["ipv6"], Number, Layer("ipv6", "hop_limit")),
    field("ipv6.nxt", &["ipv6"], Number, Layer("ipv6", "next_header")),
    field("ipv6.tclass", &["ipv6"], Number, Layer("ipv6", "traffic_class")),
    field("ipv6.flow", &["ipv6"], Number, Layer("ipv6", "flow_label")),
    field("ipv6.plen", &["ipv6"], Number, Layer("ipv6", "payload_length")),
    field("tcp.srcport", &["tcp"], Number, Layer("tcp", "source_port")),
    field("tcp.dstport", &["tcp"], Number, Layer("tcp", "destination_port")),
    field("tcp.seq_raw", &["tcp"], Number, Layer("tcp", "sequence")),
    field("tcp.ack_raw", &["tcp"], Number, Layer("tcp", "acknowledgment")),
    field("tcp.flags", &["tcp"], Flags, Special),
    field("tcp.window_size_value", &["tcp"], Number, Layer("tcp", "window")),
    field("tcp.checksum", &["tcp"], Number, Layer("tcp", "checksum")),
    field("tcp.options.mss_val", &["tcp"], Number, TcpOption("maximum_segment_size", "value")),
    field("tcp.options.wscale.shift", &["tcp"], Number, TcpOption("window_scale", "value")),
    field("tcp.options.timestamp.tsval", &["tcp"], Number, TcpOption("timestamps", "value")),
    field("tcp.options.timestamp.tsecr", &["tcp"], Number, TcpOption("timestamps", "echo")),
    field("tcp.options.sack_le", &["tcp"], Number, Special),
    field("tcp.options.sack_re", &["tcp"], Number, Special),
    field("udp.srcport", &["udp"], Number, Layer("udp", "source_port")),
    field("udp.dstport", &["udp"], Number, Layer("udp", "destination_port")),
    field("udp.length", &["udp"], Number, Layer("udp", "length")),
    field("udp.checksum", &["udp"], Number, Layer("udp", "checksum")),
    field("icmp.type", &["icmp"], Number, Layer("icmp", "type")),
    field("icmp.code", &["icmp"], Number, Layer("icmp", "code")),
    field("icmp.ident", &["icmp"], Number, Layer("icmp", "identifier")),
    field("icmp.seq", &["icmp"], Number, Layer("icmp", "sequence")),
    field("icmpv6.type", &["icmpv6"], Number, Layer("icmpv6", "type")),
    field("icmpv6.code", &["icmpv6"], Number, Layer("icmpv6", "code")),
    field("icmpv6.echo.identifier", &["icmpv6"], Number, Layer("icmpv6", "identifier")),
    field("icmpv6.echo.sequence_number", &["icmpv6"], Number, Layer("icmpv6", "sequence")),
    field("dns.id", &[], Number, Special),
    field("dns.flags.response", &[], Number, Special),
    field("dns.flags.opcode", &[], Number, Special),
    field("dns.flags.rcode", &[], Number, Special),
    field("dns.qry.name", &[], Text, Special),
    field("dns.qry.type", &[], Number, Special),
    field("dns.qry.class", &[], Number, Special),
    field("dns.resp.name", &[], Text, Special),
    field("dns.resp.type", &[], Number, Special),
    field("dns.resp.class", &[], Number, Special),
    field("dns.resp.ttl", &[], Number, Special),
    field("dns data", &[], Text, Special),
    field("dhcp.ip.client", &[], Text, Special),
    field("dhcp.ip.your", &[], Text, Special),
    field("dhcp.ip.server", &[], Text, Special),
    field("dhcp.ip.relay", &[], Text, Special),
    field("dhcp.option.subnet_mask", &[], Text, Special),
    field("dhcp.option.router", &[], Text, Special),
    field("dhcp.option.domain_name_server", &[], Text, Special),
    field("dhcp.option.hostname", &[], Text, Special),
    field("dhcp.option.domain_name", &[], Text, Special),
    field("dhcp.option.requested_ip_address", &[], Text, Special),
    field("dhcp.option.dhcp_server_id", &[], Text, Special),
    field("dhcpv6.linkaddr", &[], Text, Special),
    field("dhcpv6.peeraddr", &[], Text, Special),
    field("dhcpv6.iaaddr.ip", &[], Text, Special),
    field("dhcpv6.dns_server", &[], Text, Special),
    field("dhcp.type", &[], Number, Special),
    field("dhcp.hops", &[], Number, Special),
    field("dhcp.id", &[], Number, Special),
    field("dhcp.secs", &[], Number, Special),
    field("dhcp.flags.bc", &[], Number, Special),
    field("dhcp.option.ip_address_lease_time", &[], Number, Special),
    field("dhcp.option.dhcp_max_message_size", &[], Number, Special),
    field("dhcp.option.renewal_time_value", &[], Number, Special),
    field("dhcp.option.rebinding_time_value", &[], Number, Special),
    field("dhcp.option.dhcp", &[], Number, Special),
    field("dhcp.option.type", &[], Number, Special),
    field("dhcpv6.msgtype", &[], Number, Special),
    field("dhcpv6.xid", &[], Number, Special),
    field("dhcpv6.hopcount", &[], Number, Special),
    field("dhcpv6.option.type", &[], Number, Special),
    field("dhcpv6.iaid.t1", &[], Number, Special),
    field("dhcpv6.iaid.t2", &[], Number, Special),
    field("dhcpv6.iaaddr.pref_lifetime", &[], Number, Special),
    field("dhcpv6.iaaddr.valid_lifetime", &[], Number, Special),
    field("dhcpv6.iaprefix.pref_lifetime", &[], Number, Special),
    field("dhcpv6.iaprefix.valid_lifetime", &[], Number, Special),
    field("dhcpv6.status_code", &[], Number, Special),
];
