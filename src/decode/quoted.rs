//! The packet that an ICMP error quotes (RFC 792; RFC 4443, section 2.4):
//! enough of its start to tell whose it was. Quotes are always cut, often
//! after eight bytes of transport, and some stacks change the IP header's
//! length, offset or checksum before they quote it; none of that is a fault.

use super::{Icmp, MAX_LAYERS, Network, Packet, Protocol, Transport, ipv4, ipv6, ipv6_extensions};
use arrayvec::ArrayVec;

/// A quoted packet's headers, as far as the quote goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// The quoted packet's layers, outermost first, down to a transport of
    /// which at least the ports (of ICMP: type and code) are there.
    pub protocols: ArrayVec<Protocol, MAX_LAYERS>,
    /// The quoted IP header; `protocol` is the transport's number.
    pub network: Network,
    /// The source port of TCP and UDP.
    pub source_port: Option<u16>,
    /// The destination port of TCP and UDP.
    pub destination_port: Option<u16>,
    /// TCP's sequence number.
    pub sequence: Option<u32>,
    /// UDP's length field.
    pub udp_length: Option<u16>,
    /// The first two bytes of UDP's data: of a DNS message, its id.
    pub dns_id: Option<u16>,
    /// The identifier and sequence number of an ICMP echo.
    pub echo: Option<(u16, u16)>,
}

/// The packet that this ICMP or ICMPv6 error quotes; `None` when it is no
/// error or quotes less than an IP header.
#[must_use]
pub fn quoted(packet: &Packet<'_>) -> Option<Quoted> {
    match packet.transport {
        Transport::Icmp(icmp) => quoted_by(packet, icmp),
        _ => None,
    }
}

fn quoted_by(packet: &Packet<'_>, icmp: Icmp) -> Option<Quoted> {
    let error = match icmp.v6 {
        // Unreachable, source quench, redirect, time exceeded, parameter.
        false => matches!(icmp.kind, 3 | 4 | 5 | 11 | 12),
        // Every type below 128 is an error (RFC 4443, section 2.1).
        true => icmp.kind < 128,
    };
    let bytes = packet.payload_bytes();
    match bytes.first()? >> 4 {
        4 if error => quoted_ipv4(bytes),
        6 if error => quoted_ipv6(bytes),
        _ => None,
    }
}

impl Quoted {
    fn new(protocol: Protocol, network: Network) -> Self {
        Self {
            protocols: [protocol].into_iter().collect(),
            network,
            source_port: None,
            destination_port: None,
            sequence: None,
            udp_length: None,
            dns_id: None,
            echo: None,
        }
    }

    /// Reads what is there of the transport header.
    fn transport(&mut self, bytes: &[u8]) {
        if self.network.is_later_fragment() {
            return;
        }
        let Some((&[a, b, c, d], behind)) = bytes.split_first_chunk() else {
            return;
        };
        let protocol = match self.network.protocol {
            1 => Protocol::Icmp,
            6 => Protocol::Tcp,
            17 => Protocol::Udp,
            58 => Protocol::Icmpv6,
            _ => return,
        };
        // Full only after a dozen extension headers; the ports matter more.
        let _ = self.protocols.try_push(protocol);
        let next = behind.first_chunk::<4>().copied();
        match protocol {
            Protocol::Tcp | Protocol::Udp => {
                self.source_port = Some(u16::from_be_bytes([a, b]));
                self.destination_port = Some(u16::from_be_bytes([c, d]));
                match protocol {
                    Protocol::Tcp => self.sequence = next.map(u32::from_be_bytes),
                    _ => {
                        self.udp_length = next.map(|[a, b, ..]| u16::from_be_bytes([a, b]));
                        let data = behind.get(4..).unwrap_or_default();
                        self.dns_id = data.first_chunk().copied().map(u16::from_be_bytes);
                    }
                }
            }
            _ => {
                let echo = matches!((protocol, a), (Protocol::Icmp, 0 | 8) | (_, 128 | 129));
                self.echo = next
                    .filter(|_| echo)
                    .map(|[a, b, c, d]| (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])));
            }
        }
    }
}

fn quoted_ipv4(bytes: &[u8]) -> Option<Quoted> {
    let fixed = ipv4::Fixed(bytes.first_chunk()?);
    let mut quoted = Quoted::new(Protocol::Ipv4, fixed.network());
    let length = usize::from(fixed.header_length()).max(ipv4::FIXED);
    quoted.transport(bytes.get(length..).unwrap_or_default());
    Some(quoted)
}

fn quoted_ipv6(bytes: &[u8]) -> Option<Quoted> {
    let (header, mut rest) = bytes.split_first_chunk()?;
    let fixed = ipv6::Fixed(header);
    if fixed.version() != 6 {
        return None;
    }
    let mut quoted = Quoted::new(Protocol::Ipv6, fixed.network());
    while !quoted.network.is_later_fragment()
        && let Some((protocol, length)) = ipv6_extensions::read(&mut quoted.network, rest)
        && quoted.protocols.try_push(protocol).is_ok()
    {
        rest = rest.get(length as usize..).unwrap_or_default();
    }
    quoted.transport(rest);
    Some(quoted)
}
