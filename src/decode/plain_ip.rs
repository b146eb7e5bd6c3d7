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
    /// The raw sum of both addresses.
    fn addresses_sum(&self) -> u64;
    /// Whether the header's own sum holds, if it has one.
    fn is_good(&self) -> bool;
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
    fn addresses_sum(&self) -> u64 {
        eight(self.0, 12)
    }

    #[inline(always)]
    fn is_good(&self) -> bool {
        let rest = [four(self.0, 8), eight(self.0, 0)];
        is_all_ones(plus(self.addresses_sum(), rest))
    }

    #[inline(always)]
    fn ends(&self, ports: u32) -> Ends {
        let addresses = eight(self.0, 12).swap_bytes();
        let turned = (addresses.rotate_left(32), ports.rotate_left(16));
        let source_second = end(addresses, ports) > end(turned.0, turned.1);
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
    fn addresses_sum(&self) -> u64 {
        let at = |at| eight(self.0, at);
        plus(at(8), [at(16), at(24), at(32)])
    }

    #[inline(always)]
    fn is_good(&self) -> bool {
        true
    }

    #[inline(always)]
    fn ends(&self, ports: u32) -> Ends {
        let [a, b, c, d] = [8, 16, 24, 32].map(|at| eight(self.0, at).swap_bytes());
        let turned = ports.rotate_left(16);
        let lower = end(b, ports) > end(d, turned);
        let source_second = (a > c) | ((a == c) & lower);
        let ([a, b, c, d], ports) = match source_second {
            true => ([c, d, a, b], turned),
            false => ([a, b, c, d], ports),
        };
        let words = |high, low| {
            let ([a, b], [c, d]) = (words(high), words(low));
            [a, b, c, d]
        };
        Ends {
            addresses: [words(a, b), words(c, d)],
            ports: [(ports >> 16) as u16, ports as u16],
            source_second,
        }
    }
}

/// Half an address, or both of IPv4, and the ports behind it: one number, so that
/// they are compared without a branch, as the one direction of a conversation
/// comes as often as the other.
#[inline(always)]
fn end(addresses: u64, ports: u32) -> u128 {
    u128::from(addresses) << 64 | u128::from(ports)
}

/// Two words of an address, the higher first.
#[inline(always)]
fn words(of: u64) -> [u32; 2] {
    let turned = of.rotate_left(32);
    [turned as u32, (turned >> 32) as u32]
}
