//! Why segments were sent again: the kernel's word and ours, counted together.

use crate::runs::Host;

/// How many there were of each.
#[derive(Default)]
pub struct Triggers {
    /// Segments with data that were sent again.
    pub segments: u64,
    /// Segments for which both name the same cause.
    pub agree: u64,
    /// Segments for which we name no cause.
    pub unknown: u64,
    /// What the kernel counted, in [`Cause`](crate::runs::Cause)'s order.
    pub counted: [u64; 3],
    /// What we say, in the same order.
    pub ours: [u64; 3],
}

impl Triggers {
    /// Whether so many agree as must.
    pub fn are_enough(&self) -> bool {
        self.agree * 100 >= self.segments * 97
    }

    /// Adds what a host sent again.
    pub fn take(&mut self, host: &Host) {
        for burst in &host.bursts {
            let mut ours = [0; 3];
            let data = burst
                .numbers
                .iter()
                .filter(|number| host.data_again.contains(number));
            for number in data {
                let segments = host.sent_again[number];
                self.segments += segments;
                match host.analysis.trigger(*number) {
                    Some((_, Some(cause))) => ours[cause as usize] += segments,
                    _ => self.unknown += segments,
                }
            }
            for (index, (ours, counted)) in ours.into_iter().zip(burst.counted).enumerate() {
                self.agree += ours.min(counted);
                self.ours[index] += ours;
                self.counted[index] += counted;
            }
        }
    }
}
