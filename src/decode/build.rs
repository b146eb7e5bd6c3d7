//! Which headers a packet of a usual build has, in one small number: what is
//! summed up over millions of packets is counted by it first.

/// The headers of a packet of a usual build with their lengths: Ethernet,
/// perhaps one VLAN tag, IPv4 without options or IPv6 without extension
/// headers, and TCP or UDP; all of them whole, with lengths that agree, and
/// with no layer behind them. Packets with the same build have the same layers
/// at the same places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Build(u8);

/// The lower bits: the words of four bytes in TCP's header, at least 5, or
/// this.
const UDP: u8 = 1;
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
        self.0 & LOWER > UDP
    }

    /// Bytes of TCP's options, if it has TCP.
    #[must_use]
    #[inline]
    pub const fn options_length(self) -> usize {
        ((self.0 & LOWER) as usize * 4).saturating_sub(20)
    }
}
