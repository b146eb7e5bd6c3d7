//! The sender's retransmission timer as RFC 6298 computes it, from what the
//! capture can measure.
use serde::{Deserialize, Serialize};

/// The clock granularity and lower bound that most stacks use for the
/// variance term (Linux: `TCP_RTO_MIN`).
const VARIANCE_AT_LEAST_NS: u64 = 200_000_000;

/// No timer is longer: stacks hold it at 60 s (RFC 6298, section 2.5, asks for
/// no less), 120 s (Linux: `TCP_RTO_MAX`) or 240 s. A longer wait is a host that
/// slept, or packets that were not recorded.
pub(super) const LONGEST_TIMER_NS: u64 = 240_000_000_000;

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
        self.variation_ns = self.variation_ns.saturating_mul(3).saturating_add(off) / 4;
        self.smoothed_ns = self.smoothed_ns.saturating_mul(7).saturating_add(sample_ns) / 8;
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
    /// `None` before the first sample, and where no timer is so long.
    pub fn timeout_ns(&self) -> Option<u64> {
        let variance_ns = self.variation_ns.saturating_mul(4);
        let timeout_ns = self
            .smoothed_ns
            .saturating_add(variance_ns.max(VARIANCE_AT_LEAST_NS));
        (self.smoothed_ns > 0 && timeout_ns <= LONGEST_TIMER_NS).then_some(timeout_ns)
    }
}

#[cfg(test)]
mod tests {
    use super::Estimate;

    #[test]
    fn the_first_sample_and_the_smoothing_are_the_rfcs() {
        let mut estimate = Estimate::default();
        assert_eq!(estimate.timeout_ns(), None);
        estimate.add(80_000_000);
        assert_eq!(estimate.smoothed_ns(), Some(80_000_000));
        assert_eq!(estimate.timeout_ns(), Some(280_000_000));
        estimate.add(160_000_000);
        assert_eq!(estimate.smoothed_ns(), Some(90_000_000));
        assert_eq!(estimate.timeout_ns(), Some(90_000_000 + 4 * 50_000_000));
    }

    #[test]
    fn centuries_are_no_timer_and_overflow_nothing() {
        let mut estimate = Estimate::default();
        for sample_ns in [u64::MAX, 1, u64::MAX, u64::MAX] {
            estimate.add(sample_ns);
            assert_eq!(estimate.timeout_ns(), None);
        }
    }
}
