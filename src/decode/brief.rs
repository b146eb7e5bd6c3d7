//! What a frame of a usual build says, in few words: all that following its
//! conversation needs where nothing unusual happens. It borrows nothing, so
//! that it can be made ahead, in another thread, and kept.

use std::net::IpAddr;

use super::{Build, Network, Packet, TcpFlags, Transport};
use crate::capture::Frame;

/// A frame of a usual build ([`Build`]) whose checksums hold and of whose
/// payload nothing is known: TCP or UDP, whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brief {
    /// The addresses as big-endian numbers, the highest word first; IPv4's in
    /// the last word. The lower end (address, then port) stands first, so that
    /// both directions name the same pair.
    pub addresses: [[u32; 4]; 2],
    /// The ports, in the same order.
    pub ports: [u16; 2],
    /// Whether the source stands second.
    pub source_second: bool,
    /// Which of the usual builds.
    pub build: Build,
    /// The VLAN tag plus 1; 0 without one, as tag 0 is a tag too.
    pub tag: u32,
    /// IPv4's identification, else 0.
    pub identification: u16,
    /// Time to live, or IPv6's hop limit.
    pub time_to_live: u8,
    /// Where the payload begins, from the start of the frame.
    pub payload_offset: u8,
    /// Bytes of it, all of them captured.
    pub payload_length: u16,
    /// Bytes of the frame that belong to no header and no payload.
    pub padding: u32,
    /// Of TCP; else nothing but zeros.
    pub tcp: BriefTcp,
}

/// The rest of a TCP header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BriefTcp {
    /// Sequence number of the first data byte (of the SYN, if set).
    pub sequence: u32,
    /// The next byte expected from the peer; meaningful with ACK set.
    pub acknowledgment: u32,
    /// The flag bits.
    pub flags: TcpFlags,
    /// The raw window field.
    pub window: u16,
    /// The checksum field.
    pub checksum: u16,
    /// What the options are.
    pub options: BriefOptions,
    /// Value and echo, as they stand in the header, where the options are
    /// timestamps.
    pub timestamps: [u8; 8],
}

/// What a TCP header's options are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BriefOptions {
    /// There are none.
    #[default]
    None,
    /// Timestamps, padded in front (RFC 7323, appendix A).
    Timestamps,
    /// Others, which the frame has between TCP's first 20 bytes and the
    /// payload.
    Other,
}

impl Brief {
    /// Of a frame, if it has a usual build and so on.
    #[must_use]
    #[inline]
    pub fn of(frame: &Frame<'_>) -> Option<Self> {
        let mut packet = Packet::undecoded(*frame);
        packet.decode_and_sum()?;
        if packet.build == Build::OTHER {
            return None;
        }
        let network = packet.network.as_ref()?;
        let (ports, tcp) = match &packet.transport {
            Transport::Tcp(tcp) => {
                let start = tcp.options_offset as usize;
                let end = start + usize::from(tcp.options_captured);
                let (options, timestamps) = match *frame.bytes.get(start..end)? {
                    [] => (BriefOptions::None, [0; 8]),
                    [1, 1, 8, 10, a, b, c, d, e, f, g, h] => {
                        (BriefOptions::Timestamps, [a, b, c, d, e, f, g, h])
                    }
                    _ => (BriefOptions::Other, [0; 8]),
                };
                let tcp_brief = BriefTcp {
                    sequence: tcp.sequence,
                    acknowledgment: tcp.acknowledgment,
                    flags: tcp.flags,
                    window: tcp.window,
                    checksum: tcp.checksum,
                    options,
                    timestamps,
                };
                ([tcp.source_port, tcp.destination_port], tcp_brief)
            }
            Transport::Udp(udp) => ([udp.source_port, udp.destination_port], BriefTcp::default()),
            _ => return None,
        };
        let [source, destination] = addresses(network);
        let source_second = (source, ports[0]) > (destination, ports[1]);
        let (addresses, ports) = match source_second {
            true => ([destination, source], [ports[1], ports[0]]),
            false => ([source, destination], ports),
        };
        Some(Self {
            addresses,
            ports,
            source_second,
            build: packet.build,
            tag: packet.vlan.map_or(0, |vlan| vlan.wrapping_add(1)),
            identification: network.identification as u16,
            time_to_live: network.time_to_live,
            payload_offset: packet.payload.offset as u8,
            payload_length: packet.payload.length as u16,
            padding: packet.payload.padding,
            tcp,
        })
    }
}

fn addresses(network: &Network) -> [[u32; 4]; 2] {
    [network.source, network.destination].map(|address| match address {
        IpAddr::V4(ip) => [0, 0, 0, ip.into()],
        IpAddr::V6(ip) => {
            let number = u128::from(ip);
            [96, 64, 32, 0].map(|shift| (number >> shift) as u32)
        }
    })
}
