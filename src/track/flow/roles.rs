//! Who is the client: by the handshake, else by the better evidence at hand.

use std::cmp::Ordering;

use super::Roles;
use crate::decode::{Packet, TcpFlags, Transport};

/// Ports below this are assigned to services (RFC 6335, system ports).
const SYSTEM_PORTS: u16 = 1024;

/// Whether the source of a conversation's first packet is its client, and how
/// that is known.
pub(super) fn source_is_client(packet: &Packet<'_>) -> (bool, Roles) {
    match &packet.transport {
        Transport::Tcp(tcp) => of_segment(tcp.flags, tcp.source_port, tcp.destination_port),
        Transport::Udp(udp) => of_ports(udp.source_port, udp.destination_port),
        Transport::Icmp(icmp) => {
            let reply = if icmp.v6 {
                icmp.kind == 129 || icmp.kind == 136
            } else {
                icmp.kind == 0
            };
            (!reply, Roles::Inferred)
        }
        Transport::None => (true, Roles::Inferred),
    }
}

/// Whether the source of a TCP segment is the client, and how that is known.
fn of_segment(flags: TcpFlags, source: u16, destination: u16) -> (bool, Roles) {
    if flags.has(TcpFlags::SYN) {
        return (!flags.has(TcpFlags::ACK), Roles::Handshake);
    }
    of_ports(source, destination)
}

/// Whether the source is the client as far as the ports tell.
fn of_ports(source: u16, destination: u16) -> (bool, Roles) {
    (
        by_port(source, destination).unwrap_or(true),
        Roles::Inferred,
    )
}

/// The service has the system port, else the lower one; equal ports tell
/// nothing.
fn by_port(source: u16, destination: u16) -> Option<bool> {
    let is_service = |port: u16| port < SYSTEM_PORTS;
    match (is_service(source), is_service(destination)) {
        (true, false) => return Some(false),
        (false, true) => return Some(true),
        _ => {}
    }
    match source.cmp(&destination) {
        Ordering::Less => Some(false),
        Ordering::Greater => Some(true),
        Ordering::Equal => None,
    }
}

#[cfg(test)]
mod tests {
    use super::by_port;

    #[test]
    fn the_service_port_is_the_servers() {
        assert_eq!(by_port(50_000, 443), Some(true));
        assert_eq!(by_port(53, 41_000), Some(false));
        assert_eq!(by_port(40_000, 8080), Some(true));
        assert_eq!(by_port(123, 123), None);
    }
}
