//! One captured record and the link type that says how its bytes begin.

use std::fmt;

/// One record of a capture, borrowed from the read buffer.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Counted from 1 over everything that is read, whether a filter passes
    /// it or not.
    pub number: u64,
    /// The index of the file, counted from 0 in reading order.
    pub file: u32,
    /// The packet's number, counted from 1 within its file.
    pub number_in_file: u64,
    /// Nanoseconds since the Unix epoch, from the capture, never the clock.
    pub time_ns: u64,
    /// Whether that time is known: some records have none.
    pub has_time: bool,
    /// The capture's own number of the interface, from 0.
    pub interface: u32,
    /// How `bytes` begin.
    pub link_type: LinkType,
    /// Bytes that the packet had on the wire; at least `bytes.len()`.
    pub original_length: u32,
    /// The captured bytes.
    pub bytes: &'a [u8],
    /// The comment that a pcapng file carries on this packet; several are
    /// lines of it.
    pub comment: Option<&'a str>,
}

impl<'a> Frame<'a> {
    /// A packet that stands alone, as the first of its file: whole, at the
    /// epoch, on interface 0.
    #[must_use]
    pub fn alone(link_type: LinkType, bytes: &'a [u8]) -> Self {
        Self {
            number: 1,
            file: 0,
            number_in_file: 1,
            time_ns: 0,
            has_time: true,
            interface: 0,
            link_type,
            original_length: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            bytes,
            comment: None,
        }
    }

    /// Bytes in hand, at most [`Frame::original_length`].
    #[must_use]
    pub fn captured_length(&self) -> u32 {
        self.bytes.len() as u32
    }
}

/// A link type of the list at tcpdump.org (`LINKTYPE_*`), as files carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: four bytes of address family in the host's byte order.
    pub const NULL: Self = Self(0);
    /// Ethernet II or IEEE 802.3.
    pub const ETHERNET: Self = Self(1);
    /// PPP, with or without address and control.
    pub const PPP: Self = Self(9);
    /// PPP or Cisco's HDLC on a serial line.
    pub const PPP_HDLC: Self = Self(50);
    /// PPP over Ethernet, from its session header on.
    pub const PPP_ETHER: Self = Self(51);
    /// Cisco's HDLC.
    pub const C_HDLC: Self = Self(104);
    /// IEEE 802.11 without anything before it.
    pub const IEEE802_11: Self = Self(105);
    /// Frame Relay.
    pub const FRAME_RELAY: Self = Self(107);
    /// IEEE 802.11 behind a radiotap header.
    pub const IEEE802_11_RADIOTAP: Self = Self(127);
    /// Per-packet information, which says the link type of what follows.
    pub const PPI: Self = Self(192);
    /// Linux's netfilter log.
    pub const NFLOG: Self = Self(239);
    /// PPP from `pppd`, a direction byte in the address's place.
    pub const PPP_PPPD: Self = Self(166);
    /// PPP with a direction byte in the address's place.
    pub const PPP_WITH_DIRECTION: Self = Self(204);
    /// Raw IP as some systems number it in files (`DLT_RAW` on most systems).
    pub const RAW_12: Self = Self(12);
    /// Raw IP as OpenBSD numbers it.
    pub const RAW_14: Self = Self(14);
    /// Raw IP, version in the first nibble.
    pub const RAW: Self = Self(101);
    /// OpenBSD loopback: address family in network byte order.
    pub const LOOP: Self = Self(108);
    /// Linux cooked capture, version 1.
    pub const LINUX_SLL: Self = Self(113);
    /// Raw IPv4.
    pub const IPV4: Self = Self(228);
    /// Raw IPv6.
    pub const IPV6: Self = Self(229);
    /// Linux cooked capture, version 2.
    pub const LINUX_SLL2: Self = Self(276);
    /// ARP without a link header, as `tcpdump -x` prints it. No capture file
    /// has this, and so the list has no number for it.
    pub const ARP: Self = Self(0xffff);
}

impl fmt::Display for LinkType {
    /// The number, with the name that libpcap knows it by, `1 (EN10MB)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        match pcap::Linktype(super::filter::dlt(*self)).get_name() {
            Ok(name) => write!(f, " ({name})"),
            Err(_) => Ok(()),
        }
    }
}
