//! The sender's retransmission timer as RFC 6298 computes it, from what the
//! capture can measure.
use serde::{Deserialize, Serialize};

/// The clock granularity and lower bound that most stacks use for the
/// variance term (Linux: `TCP_RTO_MIN`).
const VARIANCE_AT_LEAST_NS: u64 = 200_000_000;

/// Smoothed round-trip time and its variation, in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Estimate {
    smoothed_ns: u64,
    variation_ns: u64,
}

impl Estimate {
    /// Takes a sample (RFC 6298, section 2).
    pub fn add(&mut self, sample_ns: u64) {
        let sample_ns = sample_ns.max(1);
        if self.smoothed_ns == 0 {
            self.smoothed_ns = sample_ns;
            self.variation_ns = sample_ns / 2;
            return;
        }
        let off = self.smoothed_ns.abs_diff(sample_ns);
        self.variation_ns = (3 * self.variation_ns + off) / 4;
        self.smoothed_ns = (7 * self.smoothed_ns + sample_ns) / 8;
    }

    /// SRTT; `None` before the first sample.
    pub fn smoothed_ns(&self) -> Option<u64> {
        (self.smoothed_ns > 0).then_some(self.smoothed_ns)
    }

    /// RTTVAR; `None` before the first sample.
    pub fn variation_ns(&self) -> Option<u64> {
        (self.smoothed_ns > 0).then_some(self.variation_ns)
    }

    /// The timer: SRTT + 4 × RTTVAR, the latter at least 200 ms as in Linux;
    /// 1 s before the first sample (RFC 6298, section 2.1).
    pub fn timeout_ns(&self) -> u64 {
        if self.smoothed_ns == 0 {
            return 1_000_000_000;
        }
        self.smoothed_ns + VARIANCE_AT_LEAST_NS.max(4 * self.variation_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::Estimate;

    #[test]
    fn the_first_sample_and_the_smoothing_are_the_rfcs() {
        let mut estimate = Estimate::default();
        assert_eq!(estimate.timeout_ns(), 1_000_000_000);
        estimate.add(80_000_000);
        assert_eq!(estimate.smoothed_ns(), Some(80_000_000));
        assert_eq!(estimate.timeout_ns(), 280_000_000);
        estimate.add(160_000_000);
        assert_eq!(estimate.smoothed_ns(), Some(90_000_000));
        assert_eq!(estimate.timeout_ns(), 90_000_000 + 4 * 50_000_000);
    }
}
