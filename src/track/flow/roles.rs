//! Who is the client: by the handshake, else by the better evidence at hand.
//! In this order: a group is never a client; who asks by what it says; who has
//! the port of a service; who spoke first. Only of a connection whose beginning
//! was not recorded is it unknown who spoke first: there it is the lower port.

use std::cmp::Ordering;

use super::Roles;
use crate::decode::dns::Message;
use crate::decode::{Packet, Said, TcpFlags, Transport, View};
use crate::decode::{is_group_address, is_service_port, recognise, view};

/// Ports below this are assigned to services (RFC 6335, system ports).
const SYSTEM_PORTS: u16 = 1024;

/// Whether the source of a conversation's first packet is its client, and how
/// that is known.
pub(super) fn source_is_client(packet: &Packet<'_>) -> (bool, Roles) {
    let is_client = match &packet.transport {
        Transport::Tcp(tcp) if tcp.flags.has(TcpFlags::SYN) => {
            return (!tcp.flags.has(TcpFlags::ACK), Roles::Handshake);
        }
        Transport::Tcp(tcp) => by_content(packet)
            .or_else(|| by_service_port(tcp.source_port, tcp.destination_port))
            .or_else(|| by_lower_port(tcp.source_port, tcp.destination_port)),
        Transport::Udp(udp) => to_group(packet)
            .or_else(|| by_content(packet))
            .or_else(|| by_service_port(udp.source_port, udp.destination_port)),
        Transport::Icmp(icmp) => {
            let reply = if icmp.v6 {
                icmp.kind == 129 || icmp.kind == 136
            } else {
                icmp.kind == 0
            };
            Some(!reply)
        }
        Transport::None => None,
    };
    (is_client.unwrap_or(true), Roles::Inferred)
}

/// A group only listens.
fn to_group(packet: &Packet<'_>) -> Option<bool> {
    is_group_address(packet.network?.destination).then_some(true)
}

/// Who asks, where the message says it.
fn by_content(packet: &Packet<'_>) -> Option<bool> {
    if let View::Dns(message) = view(packet, packet.layers.last()?) {
        let message = Message::parse(message).ok()?;
        return Some(!message.header.flags.response());
    }
    match recognise(&packet.transport, packet.payload_bytes())? {
        (_, Said::Question) => Some(true),
        (_, Said::Answer) => Some(false),
        (_, Said::Either) => None,
    }
}

/// The service has the system port, else the registered one; two ports of the
/// same kind tell nothing.
fn by_service_port(source: u16, destination: u16) -> Option<bool> {
    let rank = |port: u16| (port < SYSTEM_PORTS, is_service_port(port));
    match rank(source).cmp(&rank(destination)) {
        Ordering::Less => Some(true),
        Ordering::Greater => Some(false),
        Ordering::Equal => None,
    }
}

/// The service has the lower port; equal ports tell nothing.
fn by_lower_port(source: u16, destination: u16) -> Option<bool> {
    (source != destination).then_some(source > destination)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::frames::{ipv4, packet, udp};

    fn datagram(source: u16, destination: u16, data: &[u8]) -> bool {
        let bytes = ipv4(17, 1, 2, &udp(source, destination, data));
        source_is_client(&packet(1, 0, &bytes)).0
    }

    #[test]
    fn the_service_port_is_the_servers() {
        assert_eq!(by_service_port(50_000, 443), Some(true));
        assert_eq!(by_service_port(53, 41_000), Some(false));
        assert_eq!(by_service_port(40_000, 8080), Some(true));
        assert_eq!(by_service_port(443, 8080), Some(false));
        assert_eq!(by_service_port(123, 123), None);
        assert_eq!(by_service_port(40_000, 40_001), None);
    }

    #[test]
    fn who_speaks_first_on_ports_that_tell_nothing_is_the_client() {
        assert!(datagram(30_001, 40_000, &[9; 9]));
        assert!(datagram(40_000, 30_001, &[9; 9]));
        // The higher port is the known one.
        assert!(datagram(43_462, 51_820, &[9; 9]));
        assert!(!datagram(51_820, 43_462, &[9; 9]));
    }

    #[test]
    fn what_a_message_says_goes_before_the_ports() {
        let answer = b"HTTP/1.1 200 OK\r\n\r\n";
        assert!(!datagram(40_000, 1900, answer));
        let asks = b"GET / HTTP/1.1\r\n\r\n";
        assert!(datagram(443, 40_000, asks));
    }

    #[test]
    fn a_group_is_never_the_client() {
        let mut bytes = ipv4(17, 1, 2, &udp(1900, 50_000, b"HTTP/1.1 200 OK\r\n"));
        bytes[30..34].copy_from_slice(&[239, 255, 255, 250]);
        assert!(source_is_client(&packet(1, 0, &bytes)).0);
        bytes[30..34].copy_from_slice(&[255; 4]);
        assert!(source_is_client(&packet(1, 0, &bytes)).0);
    }

    #[test]
    fn of_a_connection_under_way_the_lower_port_is_the_servers() {
        assert_eq!(by_lower_port(40_000, 30_000), Some(true));
        assert_eq!(by_lower_port(30_000, 40_000), Some(false));
        assert_eq!(by_lower_port(30_000, 30_000), None);
    }
}
