//! What a connection paid for reliability, in packets and in bytes on the wire:
//! each packet counts once, for what it was sent for. Beside it stands what the
//! data would have cost over UDP (RFC 768): one datagram for each segment that
//! brought something new, with UDP's header in place of TCP's.

use serde::{Deserialize, Serialize};

use crate::decode::{Tcp, TcpFlags};

/// UDP's header (RFC 768).
const UDP_HEADER: u32 = 8;

/// Packets, and their bytes on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// How many packets.
    pub packets: u64,
    /// Their original lengths together.
    pub bytes: u64,
}

/// What the packets of a connection were sent for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reliability {
    /// SYN, SYN-ACK and the third step, as often as they were sent.
    pub handshake: Spent,
    /// Packets without data between handshake and teardown.
    pub acknowledgments: Spent,
    /// RSTs, and packets without data from the first FIN on.
    pub teardown: Spent,
    /// Data that had been sent before.
    pub sent_again: Spent,
    /// What the data would have cost over UDP.
    pub over_udp: Spent,
}

/// What is known of a segment when it has been followed.
#[derive(Clone, Copy, Debug)]
pub(in crate::track) struct Purpose {
    /// Bytes of the packet on the wire.
    pub bytes: u32,
    /// Bytes of TCP's header, options included.
    pub header: u32,
    /// Data bytes that were not seen before.
    pub new: u32,
    /// It completed the handshake.
    pub completes: bool,
    /// A FIN has been sent, by this segment or before it.
    pub is_closing: bool,
}

impl Spent {
    fn add(&mut self, bytes: u32) {
        self.packets += 1;
        self.bytes += u64::from(bytes);
    }

    /// Together with others.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            packets: self.packets + other.packets,
            bytes: self.bytes + other.bytes,
        }
    }
}

impl Reliability {
    /// Counts a segment.
    pub(in crate::track) fn add(&mut self, tcp: &Tcp, purpose: &Purpose) {
        let has_data = tcp.payload_length > 0;
        let spent = if purpose.new > 0 {
            let over_udp = (purpose.bytes + UDP_HEADER).saturating_sub(purpose.header);
            return self.over_udp.add(over_udp);
        } else if tcp.flags.has(TcpFlags::RST) {
            &mut self.teardown
        } else if has_data {
            &mut self.sent_again
        } else if tcp.flags.has(TcpFlags::SYN) || purpose.completes {
            &mut self.handshake
        } else if purpose.is_closing {
            &mut self.teardown
        } else {
            &mut self.acknowledgments
        };
        spent.add(purpose.bytes);
    }

    /// All that was paid.
    #[must_use]
    pub fn paid(&self) -> Spent {
        let Self {
            handshake,
            acknowledgments,
            teardown,
            sent_again,
            over_udp: _,
        } = *self;
        handshake.and(acknowledgments).and(teardown).and(sent_again)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(flags: u16, payload_length: u32) -> Tcp {
        Tcp {
            source_port: 1,
            destination_port: 2,
            sequence: 3,
            acknowledgment: 4,
            flags: TcpFlags(flags),
            window: 5,
            checksum: 6,
            options_offset: 0,
            options_captured: 0,
            payload_length,
        }
    }

    #[test]
    fn each_packet_counts_for_what_it_was_sent_for() {
        let mut reliability = Reliability::default();
        let ack = TcpFlags::ACK.0;
        for (flags, payload, new, completes, is_closing) in [
            (TcpFlags::SYN.0, 0, 0, false, false),
            (TcpFlags::SYN.0 | ack, 0, 0, false, false),
            (ack, 0, 0, true, false),
            (ack, 8, 8, false, false),
            (ack, 8, 0, false, false),
            (ack, 0, 0, false, false),
            (TcpFlags::FIN.0 | ack, 0, 0, false, true),
            (ack, 0, 0, false, true),
            (TcpFlags::RST.0, 0, 0, false, false),
        ] {
            let purpose = Purpose {
                bytes: 66 + payload,
                header: 32,
                new,
                completes,
                is_closing,
            };
            reliability.add(&segment(flags, payload), &purpose);
        }
        let packets = |spent: Spent| spent.packets;
        assert_eq!(packets(reliability.handshake), 3);
        assert_eq!(packets(reliability.acknowledgments), 1);
        assert_eq!(packets(reliability.teardown), 3);
        assert_eq!(packets(reliability.sent_again), 1);
        // Ethernet 14 + IPv4 20 + UDP 8 + 8.
        let over_udp = Spent {
            packets: 1,
            bytes: 50,
        };
        assert_eq!(reliability.over_udp, over_udp);
        assert_eq!(packets(reliability.paid()), 8);
    }
}
