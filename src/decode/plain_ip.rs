//! What the IP headers of a usual build have in common: IPv4 without options
//! (RFC 791, section 3.1) and IPv6 without extension headers (RFC 8200, section
//! 3). In comes such a header, out goes what the ways of [`super::plain`] need.

use super::ones_complement::{eight, four, is_all_ones, plus};
use super::{Network, Protocol, ipv4, ipv6};

/// A header of the one or of the other kind.
pub(super) trait PlainIp {
    /// Its bytes.
    const LENGTH: usize;
    /// Its kind.
    const PROTOCOL: Protocol;

    /// The number of what follows.
    fn protocol(&self) -> u8;
    /// All of its values.
    fn network(&self) -> Network;
    /// Time to live, or the hop limit.
    fn time_to_live(&self) -> u8;
    /// IPv4's identification, else 0.
    fn identification(&self) -> u16;
    /// The raw sum of both addresses, where the header's own holds.
    fn good_addresses(&self) -> Option<u64>;
    /// The addresses with the ports: the source's above the destination's.
    fn ends(&self, ports: u32) -> Ends;
}

/// Both ends of a packet's way, the lower one (address, then port) first.
pub(super) struct Ends {
    /// As big-endian numbers, the highest word first.
    pub addresses: [[u32; 4]; 2],
    pub ports: [u16; 2],
    /// Whether the source stands second.
    pub source_second: bool,
}

impl PlainIp for ipv4::Fixed<'_> {
    const LENGTH: usize = ipv4::FIXED;
    const PROTOCOL: Protocol = Protocol::Ipv4;

    #[inline]
    fn protocol(&self) -> u8 {
        self.protocol()
    }

    #[inline(always)]
    fn network(&self) -> Network {
        self.unfragmented()
    }

    #[inline]
    fn time_to_live(&self) -> u8 {
        self.0[8]
    }

    #[inline]
    fn identification(&self) -> u16 {
        self.identification()
    }

    #[inline(always)]
    fn good_addresses(&self) -> Option<u64> {
        let addresses = eight(self.0, 12);
        let header = plus(addresses, [four(self.0, 8), eight(self.0, 0)]);
        is_all_ones(header).then_some(addresses)
    }

    #[inline(always)]
    fn ends(&self, ports: u32) -> Ends {
        let addresses = eight(self.0, 12).swap_bytes();
        let turned = (addresses.rotate_left(32), ports.rotate_left(16));
        let number = |addresses: u64, ports: u32| u128::from(addresses) << 64 | u128::from(ports);
        let source_second = number(addresses, ports) > number(turned.0, turned.1);
        let (addresses, ports) = match source_second {
            true => turned,
            false => (addresses, ports),
        };
        Ends {
            addresses: [
                [0, 0, 0, (addresses >> 32) as u32],
                [0, 0, 0, addresses as u32],
            ],
            ports: [(ports >> 16) as u16, ports as u16],
            source_second,
        }
    }
}

impl PlainIp for ipv6::Fixed<'_> {
    const LENGTH: usize = ipv6::LENGTH;
    const PROTOCOL: Protocol = Protocol::Ipv6;

    #[inline]
    fn protocol(&self) -> u8 {
        self.next_header()
    }

    #[inline]
    fn network(&self) -> Network {
        self.network()
    }

    #[inline]
    fn time_to_live(&self) -> u8 {
        self.hop_limit()
    }

    #[inline]
    fn identification(&self) -> u16 {
        0
    }

    #[inline(always)]
    fn good_addresses(&self) -> Option<u64> {
        let at = |at| eight(self.0, at);
        Some(plus(at(8), [at(16), at(24), at(32)]))
    }

    #[inline(always)]
    fn ends(&self, ports: u32) -> Ends {
        let turned_ports = ports.rotate_left(16);
        let source = u128::from(self.source());
        let destination = u128::from(self.destination());
        let source_second = match source == destination {
            true => ports > turned_ports,
            false => source > destination,
        };
        let (ends, ports) = match source_second {
            true => ([destination, source], turned_ports),
            false => ([source, destination], ports),
        };
        let words = |ip: u128| [96, 64, 32, 0].map(|shift| (ip >> shift) as u32);
        Ends {
            addresses: ends.map(words),
            ports: [(ports >> 16) as u16, ports as u16],
            source_second,
        }
    }
}
