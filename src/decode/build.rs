//! Which headers a packet of a usual build has, in one small number: what is
//! summed up over millions of packets is counted by it first.

use super::Protocol;

/// The headers of a packet of a usual build with their lengths: Ethernet,
/// perhaps one VLAN tag, IPv4 without options or IPv6 without extension
/// headers, and TCP or UDP; all of them whole, with lengths that agree, and
/// with no layer behind them, unless it is a message of DNS, mDNS or LLMNR in
/// UDP that can be read to its end. Packets with the same build have the same
/// layers at the same places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Build(u8);

/// The lower bits: the words of four bytes in TCP's header, at least 5, or
/// UDP with nothing or one of these messages behind it.
const UDP: u8 = 1;
const DNS: u8 = 2;
const MDNS: u8 = 3;
const LLMNR: u8 = 4;
const LOWER: u8 = 0xf;
const IPV6: u8 = 0x10;
const TAGGED: u8 = 0x20;

impl Build {
    /// Any other than those.
    pub const OTHER: Self = Self(0);

    /// How many there are; the number of each is below it.
    pub const COUNT: usize = 64;

    /// With TCP, whose header has so many bytes.
    #[inline]
    pub(super) const fn tcp(tagged: bool, ipv6: bool, header_length: usize) -> Self {
        Self::of(tagged, ipv6, (header_length / 4) as u8 & LOWER)
    }

    /// With UDP.
    #[inline]
    pub(super) const fn udp(tagged: bool, ipv6: bool) -> Self {
        Self::of(tagged, ipv6, UDP)
    }

    /// With UDP and a message of this protocol.
    #[inline]
    pub(super) const fn message(tagged: bool, ipv6: bool, protocol: Protocol) -> Self {
        match protocol {
            Protocol::Dns => Self::of(tagged, ipv6, DNS),
            Protocol::Mdns => Self::of(tagged, ipv6, MDNS),
            Protocol::Llmnr => Self::of(tagged, ipv6, LLMNR),
            _ => Self::OTHER,
        }
    }

    #[inline]
    const fn of(tagged: bool, ipv6: bool, lower: u8) -> Self {
        let tagged = if tagged { TAGGED } else { 0 };
        let ipv6 = if ipv6 { IPV6 } else { 0 };
        Self(tagged | ipv6 | lower)
    }

    /// Which of them it is.
    #[must_use]
    #[inline]
    pub const fn number(self) -> usize {
        self.0 as usize
    }

    /// Whether it has IPv6.
    #[must_use]
    #[inline]
    pub const fn is_ipv6(self) -> bool {
        self.0 & IPV6 != 0
    }

    /// Whether it has TCP; else it has UDP, or it is [`Self::OTHER`].
    #[must_use]
    #[inline]
    pub const fn is_tcp(self) -> bool {
        self.0 & LOWER > LLMNR
    }

    /// Whether it has a message of DNS, mDNS or LLMNR.
    #[must_use]
    #[inline]
    pub const fn has_message(self) -> bool {
        matches!(self.0 & LOWER, DNS..=LLMNR)
    }

    /// Whose message it carries in UDP, if it does.
    #[must_use]
    #[inline]
    pub const fn message_protocol(self) -> Option<Protocol> {
        match self.0 & LOWER {
            DNS => Some(Protocol::Dns),
            MDNS => Some(Protocol::Mdns),
            LLMNR => Some(Protocol::Llmnr),
            _ => None,
        }
    }

    /// Bytes of TCP's options, if it has TCP.
    #[must_use]
    #[inline]
    pub const fn options_length(self) -> usize {
        ((self.0 & LOWER) as usize * 4).saturating_sub(20)
    }
}
