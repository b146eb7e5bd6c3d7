//! What went well, counted: only what was judged is counted, so that a tick is
//! never drawn for what nobody looked at.

use crate::decode::{Checksum, ChecksumVerdict, Packet};
use crate::track::tcp::Completeness;
use crate::track::{CloseKind, Conversation, DhcpAck, DhcpQuestion, Event};

/// Times are counted in buckets that grow by a sixteenth.
const PARTS: u32 = 4;

/// What went well, and how much there was of it.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// Ended conversations of TCP that began with a SYN.
    pub asked: u64,
    /// Of these with a whole handshake.
    pub opened: u64,
    /// From SYN to SYN-ACK.
    pub handshakes: Times,
    /// Ended conversations of TCP with data.
    pub with_data: u64,
    /// Segments sent again in them.
    pub sent_again: u64,
    /// Ended conversations of TCP that were closed by both sides.
    pub closed: u64,
    /// Packets with a checksum that was found right.
    pub right_sums: u64,
    /// Packets with one that was not, damaged or not filled in.
    pub wrong_sums: u64,
    /// DNS queries, each counted once.
    pub queries: u64,
    /// Answers, those that say no included.
    pub answers: u64,
    /// From query to answer.
    pub answered_in: Times,
    /// Leases that DHCP gave or extended.
    pub leases: u64,
    /// From the client's first message to a new lease.
    pub leased_in: Times,
    /// Small messages whose headers outweigh them.
    pub small_messages: u64,
}

impl Health {
    pub(super) fn packet(&mut self, packet: &Packet<'_>) {
        self.sums(packet.checksums.iter());
    }

    /// Judges sums that one packet has, or a datagram that came in several.
    fn sums<'s>(&mut self, sums: impl Iterator<Item = &'s Checksum> + Clone) {
        let verdicts = || sums.clone().map(|sum| sum.verdict);
        let is_wrong = |verdict| {
            matches!(
                verdict,
                ChecksumVerdict::Bad { .. } | ChecksumVerdict::Offloaded { .. }
            )
        };
        if verdicts().any(is_wrong) {
            self.wrong_sums += 1;
        } else if verdicts().any(|verdict| verdict == ChecksumVerdict::Good) {
            self.right_sums += 1;
        }
    }

    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::IpReassembled(whole) => {
                // The sum of the header was made with it.
                let sums = whole.datagram.decoded.checksums.iter();
                self.sums(sums.filter(|sum| sum.layer > 0));
            }
            Event::SmallMessage(_) => self.small_messages += 1,
            Event::DnsQuery(query) => self.queries += u64::from(query.attempt == 1),
            Event::DnsResponse(response) if response.pairing.duplicate_of.is_none() => {
                self.answer(response.pairing.latency_ns);
            }
            Event::DnsError(error) if error.pairing.duplicate_of.is_none() => {
                self.answer(error.pairing.latency_ns);
            }
            Event::DhcpAck(ack) | Event::DhcpRenewed(ack) => self.lease(ack),
            _ => {}
        }
    }

    fn lease(&mut self, ack: &DhcpAck) {
        let gives = !matches!(
            ack.answers,
            Some((
                _,
                DhcpQuestion::Inform | DhcpQuestion::Release | DhcpQuestion::Decline
            ))
        );
        if gives && ack.step.relayed.is_none() {
            self.leases += 1;
            if let Some((_, since_ns)) = ack.began {
                self.leased_in.add(since_ns);
            }
        }
    }

    fn answer(&mut self, latency_ns: Option<u64>) {
        if let Some(latency_ns) = latency_ns {
            self.answers += 1;
            self.answered_in.add(latency_ns);
        }
    }

    pub(super) fn conversation(&mut self, it: &Conversation) {
        let Some(tcp) = &it.tcp else {
            return;
        };
        let saw = |part: u8| tcp.completeness.0 & part != 0;
        if saw(Completeness::SYN) {
            self.asked += 1;
            self.opened += u64::from(saw(Completeness::SYN_ACK) && saw(Completeness::ACK));
        }
        if let Some(time_ns) = tcp.handshake.syn_to_syn_ack_ns {
            self.handshakes.add(time_ns);
        }
        self.with_data += u64::from(it.payload() > 0);
        let again = tcp.retransmissions;
        self.sent_again += again.client.segments + again.server.segments;
        self.closed += u64::from(tcp.close == CloseKind::Fin);
    }
}

/// Times of which the median and the longest are told.
#[derive(Clone, Debug, Default)]
pub struct Times {
    counts: Vec<u32>,
    all: u64,
    longest_ns: u64,
}

impl Times {
    fn add(&mut self, time_ns: u64) {
        let bucket = bucket(time_ns);
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(bucket) {
            *count = count.saturating_add(1);
        }
        self.all += 1;
        self.longest_ns = self.longest_ns.max(time_ns);
    }

    /// Half are shorter, within a sixteenth.
    #[must_use]
    pub fn median_ns(&self) -> Option<u64> {
        let mut before = 0;
        let mut counts = self.counts.iter().enumerate();
        let (median, _) = counts.find(|(_, count)| {
            before += u64::from(**count);
            before * 2 >= self.all && self.all > 0
        })?;
        Some(middle(median).min(self.longest_ns))
    }

    /// The longest.
    #[must_use]
    pub fn longest_ns(&self) -> u64 {
        self.longest_ns
    }
}

/// The bucket of a time: its leading bits, so many behind the first.
fn bucket(time_ns: u64) -> usize {
    let magnitude = time_ns.max(1).ilog2();
    let rest = match magnitude.checked_sub(PARTS) {
        Some(shift) => time_ns >> shift,
        None => time_ns << (PARTS - magnitude),
    };
    (magnitude << PARTS) as usize + (rest & ((1 << PARTS) - 1)) as usize
}

/// A time in the middle of a bucket.
fn middle(bucket: usize) -> u64 {
    let magnitude = (bucket >> PARTS) as u32;
    let leading = (bucket as u64 & ((1 << PARTS) - 1)) | 1 << PARTS;
    match magnitude.checked_sub(PARTS) {
        Some(shift) => (leading << shift) + ((1 << shift) >> 1),
        None => leading >> (PARTS - magnitude),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_near_whatever_the_size() {
        for size in [1_u64, 900, 27_000, 1_500_000, 3_000_000_000, u64::MAX / 4] {
            let mut times = Times::default();
            for time_ns in [size / 2, size, size * 2] {
                times.add(time_ns);
            }
            let median = times.median_ns().expect("a median");
            assert!(median.abs_diff(size) <= size / 16 + 1, "{size}: {median}");
        }
        assert_eq!(Times::default().median_ns(), None);
    }
}
