//! A capture over time in a few columns: its bytes, and how many conversations
//! were open. Whatever the length of the capture, there are at most so many
//! buckets; when they do not reach, two become one.

use crate::notes::Kind;

/// How many buckets there are at the most.
const BUCKETS: usize = 128;

/// The first buckets are 2^10 ns wide.
const FINEST: u32 = 10;

/// Bytes and conversations over time.
#[derive(Clone, Debug)]
pub struct Strip {
    start_ns: Option<u64>,
    /// Each bucket is 2 to the power of this wide, in nanoseconds.
    shift: u32,
    bytes: Vec<u64>,
    /// Conversations that begin in each bucket.
    opened: Vec<u64>,
    /// Conversations that end in each bucket.
    closed: Vec<u64>,
    /// Segments that are sent again in each bucket.
    sent_again: Vec<u64>,
    /// The longest that an answer in each bucket was waited for, in nanoseconds: of
    /// DNS, and of HTTP.
    longest: [Vec<u64>; 2],
    /// By kind, how often it happened in each bucket.
    happened: Vec<(Kind, Vec<u64>)>,
}

/// Answers that are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// Of name servers.
    Names,
    /// Of web servers.
    Web,
}

impl Default for Strip {
    fn default() -> Self {
        Self {
            start_ns: None,
            shift: FINEST,
            bytes: Vec::new(),
            opened: Vec::new(),
            closed: Vec::new(),
            sent_again: Vec::new(),
            longest: [Vec::new(), Vec::new()],
            happened: Vec::new(),
        }
    }
}

impl Strip {
    /// Counts a packet. What lies before the first one counts with it.
    pub(super) fn packet(&mut self, time_ns: u64, bytes: u64) {
        self.start_ns.get_or_insert(time_ns);
        let at = self.bucket(time_ns);
        *slot(&mut self.bytes, at) += bytes;
    }

    /// Counts a conversation that lasted from its first packet to its last.
    pub(super) fn conversation(&mut self, start_ns: u64, end_ns: u64) {
        self.start_ns.get_or_insert(start_ns);
        // The end comes first: it may make the buckets wider.
        let end = self.bucket(end_ns);
        let start = self.bucket(start_ns);
        *slot(&mut self.closed, end) += 1;
        *slot(&mut self.opened, start) += 1;
    }

    /// Counts a segment that was sent again.
    pub(super) fn sent_again(&mut self, time_ns: u64) {
        let at = self.bucket(time_ns);
        *slot(&mut self.sent_again, at) += 1;
    }

    /// An answer that came then was waited for so long.
    pub fn waited(&mut self, of: Waits, time_ns: u64, wait_ns: u64) {
        let at = self.bucket(time_ns);
        if let Some(longest) = self.longest.get_mut(of as usize) {
            let longest = slot(longest, at);
            *longest = (*longest).max(wait_ns);
        }
    }

    /// Something of this kind happened so often then.
    pub(super) fn happened(&mut self, kind: Kind, time_ns: u64, times: u64) {
        let at = self.bucket(time_ns);
        let known = self.happened.iter().position(|(of, _)| *of == kind);
        let known = known.unwrap_or_else(|| {
            self.happened.push((kind, Vec::new()));
            self.happened.len() - 1
        });
        if let Some((_, sums)) = self.happened.get_mut(known) {
            *slot(sums, at) += times;
        }
    }

    fn bucket(&mut self, time_ns: u64) -> usize {
        let since = time_ns.saturating_sub(self.start_ns.unwrap_or(time_ns));
        while since >> self.shift >= BUCKETS as u64 {
            self.shift += 1;
            let sums = [
                &mut self.bytes,
                &mut self.opened,
                &mut self.closed,
                &mut self.sent_again,
            ];
            let happened = self.happened.iter_mut().map(|(_, sums)| sums);
            for sums in sums.into_iter().chain(happened) {
                let halved = sums.chunks(2).map(|two| two.iter().sum()).collect();
                *sums = halved;
            }
            for most in &mut self.longest {
                *most = most.chunks(2).map(largest).collect();
            }
        }
        (since >> self.shift) as usize
    }

    /// Bytes over time in so many columns.
    #[must_use]
    pub fn bytes(&self, columns: usize) -> Vec<u64> {
        squeeze(&self.bytes, self.buckets(), columns, |part| {
            part.iter().sum()
        })
    }

    /// Segments that were sent again over time in so many columns.
    #[must_use]
    pub fn sent_again_over_time(&self, columns: usize) -> Vec<u64> {
        squeeze(&self.sent_again, self.buckets(), columns, |part| {
            part.iter().sum()
        })
    }

    /// How often something of this kind happened over time in so many columns.
    #[must_use]
    pub fn happened_over_time(&self, kind: Kind, columns: usize) -> Vec<u64> {
        let known = self.happened.iter().find(|(of, _)| *of == kind);
        let sums = known.map(|(_, sums)| sums.as_slice()).unwrap_or_default();
        squeeze(sums, self.buckets(), columns, |part| part.iter().sum())
    }

    /// The longest that an answer was waited for over time in so many columns, in
    /// nanoseconds.
    #[must_use]
    pub fn longest_waits(&self, of: Waits, columns: usize) -> Vec<u64> {
        let longest = self.longest.get(of as usize);
        let longest = longest.map(Vec::as_slice).unwrap_or_default();
        squeeze(longest, self.buckets(), columns, largest)
    }

    /// The buckets of everything, however long each list is.
    fn buckets(&self) -> usize {
        let lists = [&self.bytes, &self.opened, &self.closed, &self.sent_again];
        let lists = lists.into_iter().chain(&self.longest);
        lists.map(Vec::len).max().unwrap_or(0)
    }

    /// How long all buckets last, in nanoseconds.
    #[must_use]
    pub fn span_ns(&self) -> u64 {
        (self.buckets() as u64) << self.shift
    }

    /// The most conversations open at once, over time in so many columns.
    #[must_use]
    pub fn open(&self, columns: usize) -> Vec<u64> {
        let buckets = self.buckets();
        let at = |sums: &[u64], bucket: usize| sums.get(bucket).copied().unwrap_or(0);
        let mut open = 0_u64;
        let most: Vec<u64> = (0..buckets)
            .map(|bucket| {
                open += at(&self.opened, bucket);
                let most = open;
                open = open.saturating_sub(at(&self.closed, bucket));
                most
            })
            .collect();
        squeeze(&most, buckets, columns, largest)
    }
}

fn largest(of: &[u64]) -> u64 {
    of.iter().copied().max().unwrap_or(0)
}

/// The bucket, and all before it.
fn slot(sums: &mut Vec<u64>, at: usize) -> &mut u64 {
    if sums.len() <= at {
        sums.resize(at + 1, 0);
    }
    // It has just been made long enough.
    &mut sums[at]
}

/// Fewer columns than there are buckets, each of as many as the others.
fn squeeze(sums: &[u64], buckets: usize, columns: usize, merge: fn(&[u64]) -> u64) -> Vec<u64> {
    let each = buckets.div_ceil(columns.max(1)).max(1);
    // A list that ends early is 0 from there on.
    let part = |from: usize| sums.get(from..sums.len().min(from + each));
    (0..buckets)
        .step_by(each)
        .map(|from| merge(part(from).unwrap_or_default()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buckets_stay_few_and_nothing_is_lost() {
        let mut strip = Strip::default();
        for second in 0..10_000 {
            strip.packet(second * 1_000_000_000, 7);
            strip.conversation(second * 1_000_000_000, (second + 3) * 1_000_000_000);
        }
        assert!(strip.bytes.len() <= BUCKETS && strip.closed.len() <= BUCKETS);
        assert_eq!(strip.bytes(30).iter().sum::<u64>(), 70_000);
        assert!(strip.bytes(30).len() <= 30);
        assert!(strip.open(30).iter().all(|open| *open > 0));
    }

    #[test]
    fn what_is_sent_again_and_waited_for_stands_in_its_column() {
        let mut strip = Strip::default();
        for second in 0..100 {
            strip.packet(second * 1_000_000_000, 7);
        }
        strip.sent_again(50_000_000_000);
        strip.waited(Waits::Web, 20_000_000_000, 300);
        strip.waited(Waits::Web, 20_000_000_001, 200);
        let (again, waits) = (
            strip.sent_again_over_time(10),
            strip.longest_waits(Waits::Web, 10),
        );
        assert_eq!(again.len(), strip.bytes(10).len());
        assert_eq!(again.iter().sum::<u64>(), 1);
        assert_eq!(waits.iter().sum::<u64>(), 300);
        assert!(waits.iter().position(|wait| *wait > 0) < again.iter().position(|one| *one > 0));
        assert!(
            strip
                .longest_waits(Waits::Names, 10)
                .iter()
                .all(|wait| *wait == 0)
        );
        assert!(strip.span_ns() >= 99_000_000_000);
    }

    #[test]
    fn each_kind_has_its_own_course() {
        let mut strip = Strip::default();
        strip.packet(0, 7);
        strip.happened(Kind::TcpReset, 30_000_000_000, 2);
        strip.packet(100_000_000_000, 7);
        let course = strip.happened_over_time(Kind::TcpReset, 10);
        assert_eq!(course.len(), strip.bytes(10).len());
        assert_eq!(course.iter().sum::<u64>(), 2);
        let at = course.iter().position(|times| *times > 0);
        assert!(at.is_some_and(|at| (2..=4).contains(&at)), "{course:?}");
        let other = strip.happened_over_time(Kind::TcpCloseWait, 10);
        assert!(other.iter().all(|times| *times == 0));
    }

    #[test]
    fn a_time_before_the_first_counts_with_it() {
        let mut strip = Strip::default();
        strip.packet(5_000, 1);
        strip.packet(0, 1);
        strip.packet(u64::MAX, 1);
        assert_eq!(strip.bytes(8).iter().sum::<u64>(), 3);
    }
}
