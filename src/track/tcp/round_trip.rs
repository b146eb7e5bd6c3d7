//! Round-trip times of one direction, kept as a histogram with buckets 2 %
//! wide: percentiles come out within 1 %, memory depends on the spread of the
//! values and not on their number.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::track::RoundTrip;

/// Width of a bucket as a ratio.
const GAMMA: f64 = 1.02;

/// Behind the bucket of the longest time that there is.
const BUCKETS: usize = 2241;

/// The shortest time of each bucket: bucket `k` begins at GAMMA^(k - 1/2).
static SHORTEST: [u64; BUCKETS] = {
    // With 64 bits behind the point, from 1.02^(-1/2) on.
    let mut border: u128 = 0xfd7a4f334cb0a97a;
    let mut shortest = [0; BUCKETS];
    shortest[0] = 1;
    let mut bucket = 1;
    while bucket < BUCKETS {
        border = border / 50 * 51 + border % 50 * 51 / 50;
        shortest[bucket] = (border >> 64) as u64 + 1;
        bucket += 1;
    }
    shortest
};

/// Times are looked up by their leading bits, so many behind the first.
const LEADING: u32 = 5;

/// By a time's leading bits, a bucket not behind its own, and hardly before.
static FIRST: [u16; 64 << LEADING] = {
    let mut first = [0; 64 << LEADING];
    let (mut at, mut bucket) = (0, 0);
    while at < first.len() {
        let leading = (at & ((1 << LEADING) - 1)) as u128 | 1 << LEADING;
        let least = (leading << (at >> LEADING)) >> LEADING;
        while bucket + 1 < BUCKETS && SHORTEST[bucket + 1] as u128 <= least {
            bucket += 1;
        }
        first[at] = bucket as u16;
        at += 1;
    }
    first
};

/// Bucket number and count, by bucket.
type Buckets = SmallVec<[(u16, u32); 6]>;

/// Samples of one direction.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::track) struct RoundTrips {
    samples: u64,
    min_ns: u64,
    max_ns: u64,
    buckets: Buckets,
}

impl RoundTrips {
    /// Takes a sample in nanoseconds.
    pub fn add(&mut self, nanoseconds: u64) {
        if self.samples == 0 || nanoseconds < self.min_ns {
            self.min_ns = nanoseconds;
        }
        self.max_ns = self.max_ns.max(nanoseconds);
        self.samples += 1;
        let bucket = bucket(nanoseconds);
        let buckets = self.buckets.as_mut_slice();
        match buckets.binary_search_by_key(&bucket, |(number, _)| *number) {
            Ok(at) => {
                if let Some((_, count)) = buckets.get_mut(at) {
                    *count = count.saturating_add(1);
                }
            }
            Err(at) => self.begin_bucket(at, bucket),
        }
    }

    /// The first sample of a bucket, whose place is known.
    fn begin_bucket(&mut self, at: usize, bucket: u16) {
        self.buckets.insert(at, (bucket, 1));
    }

    /// The sample that half of them do not exceed.
    pub fn median_ns(&self) -> u64 {
        self.percentile(50)
    }

    /// What the conversation's record says.
    pub fn summary(&self) -> RoundTrip {
        RoundTrip {
            samples: self.samples,
            min_ns: self.min_ns,
            median_ns: self.median_ns(),
            p95_ns: self.percentile(95),
            max_ns: self.max_ns,
        }
    }

    /// The smallest sample that `percent` of 100 do not exceed (nearest rank).
    fn percentile(&self, percent: u64) -> u64 {
        if self.min_ns == self.max_ns {
            return self.max_ns;
        }
        let rank = (self.samples * percent).div_ceil(100);
        let mut seen = 0;
        for (bucket, count) in &self.buckets {
            seen += u64::from(*count);
            if seen >= rank {
                return middle(*bucket).clamp(self.min_ns, self.max_ns);
            }
        }
        self.max_ns
    }
}

/// The logarithm to the base [`GAMMA`], rounded.
fn bucket(nanoseconds: u64) -> u16 {
    let nanoseconds = nanoseconds.max(1);
    let zeros = nanoseconds.leading_zeros();
    let leading = (nanoseconds << zeros) >> (63 - LEADING) & ((1 << LEADING) - 1);
    let at = u64::from(63 - zeros) << LEADING | leading;
    let mut bucket = FIRST.get(at as usize).copied().unwrap_or_default();
    let is_behind = |shortest: &u64| *shortest <= nanoseconds;
    while SHORTEST.get(usize::from(bucket) + 1).is_some_and(is_behind) {
        bucket += 1;
    }
    bucket
}

fn middle(bucket: u16) -> u64 {
    GAMMA.powi(i32::from(bucket)).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_within_one_percent() {
        let mut times = RoundTrips::default();
        for microseconds in 1..=1000 {
            times.add(microseconds * 1000);
        }
        let summary = times.summary();
        assert_eq!(
            (summary.samples, summary.min_ns, summary.max_ns),
            (1000, 1000, 1_000_000)
        );
        for (found, exact) in [(summary.median_ns, 500_000.0), (summary.p95_ns, 950_000.0)] {
            assert!(
                (found as f64 - exact).abs() <= exact * 0.0101,
                "{found} for {exact}"
            );
        }
        assert!(times.buckets.len() < 360);
    }

    #[test]
    fn buckets_are_rounded_logarithms() {
        let logarithm = |nanoseconds: u64| ((nanoseconds as f64).ln() / GAMMA.ln()).round() as u16;
        for shortest in SHORTEST {
            for time in shortest.saturating_sub(2).max(1)..=shortest.saturating_add(2) {
                // Of longer ones the logarithm is not exact enough.
                if time < 1 << 40 {
                    assert_eq!(bucket(time), logarithm(time), "{time}");
                }
            }
        }
        for bits in 0..64 {
            assert!(
                bucket(1 << bits).abs_diff(logarithm(1 << bits)) <= 1,
                "{bits}"
            );
        }
        assert_eq!(usize::from(bucket(u64::MAX)), BUCKETS - 1);
        assert_eq!(bucket(0), 0);
    }

    #[test]
    fn a_single_sample_is_every_percentile() {
        let mut times = RoundTrips::default();
        times.add(412_345);
        let summary = times.summary();
        assert_eq!(
            (summary.min_ns, summary.median_ns, summary.p95_ns),
            (412_345, 412_345, 412_345)
        );
    }
}
