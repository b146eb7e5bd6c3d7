//! Which of the latest IPv4 identifications of a direction were seen.
use serde::{Deserialize, Serialize};

/// How many identifications behind the latest are remembered.
pub(super) const REMEMBERED: u16 = 256;

const WORDS: usize = REMEMBERED as usize / 64;

/// The latest identification, and which of those before it were seen.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Turned", into = "Turned")]
pub(super) struct Seen {
    /// 0 while there is none.
    latest: u16,
    /// A bit for each, at [`place`]: a ring, so that nothing moves. Written from
    /// the latest on, so that few are short.
    ring: [u64; WORDS],
}

/// Where the bit of an identification stands: that of the one before it is
/// the next higher.
fn place(identification: u16) -> u32 {
    u32::from(!identification % REMEMBERED)
}

/// The latest identification, and a bit for each of those up to it, its own the
/// lowest.
#[derive(Serialize, Deserialize)]
struct Turned(u16, [u64; WORDS]);

impl From<Seen> for Turned {
    fn from(Seen { latest, ring }: Seen) -> Self {
        Self(latest, turned(ring, place(latest)))
    }
}

impl From<Turned> for Seen {
    fn from(Turned(latest, bits): Turned) -> Self {
        let back = u32::from(REMEMBERED) - place(latest);
        let ring = turned(bits, back % u32::from(REMEMBERED));
        Self { latest, ring }
    }
}

/// All bits moved down by so many places, around the end.
fn turned(ring: [u64; WORDS], by: u32) -> [u64; WORDS] {
    let (words, bits) = (by as usize / 64, by % 64);
    let word = |at: usize| ring[(at + words) % WORDS];
    std::array::from_fn(|at| word(at) >> bits | (word(at + 1) << 1) << (63 - bits))
}

impl Seen {
    /// The latest; 0 while there is none.
    pub fn latest(&self) -> u16 {
        self.latest
    }

    /// Remembers that an identification other than 0 was seen.
    pub fn add(&mut self, identification: u16) {
        let ahead = identification.wrapping_sub(self.latest);
        if ahead.wrapping_sub(1) >= 63 || self.latest == 0 {
            return self.add_far(identification, ahead);
        }
        // Nearly always.
        self.latest = identification;
        let (place, run) = (place(identification), (1_u64 << (ahead % 64)) - 1);
        let (word, bit) = (place as usize / 64, place % 64);
        let seen = &mut self.ring[word % WORDS];
        *seen = *seen & !(run << bit) | 1 << bit;
        if bit + u32::from(ahead) > 64 {
            self.ring[(word + 1) % WORDS] &= !(run >> (64 - bit));
        }
    }

    /// Of so many, this one the last, none was seen; fewer than 64.
    fn skip(&mut self, last: u16, count: u16) {
        let run = (1_u64 << (count % 64)) - 1;
        let (word, bit) = (place(last) as usize / 64, place(last) % 64);
        self.ring[word % WORDS] &= !(run << bit);
        self.ring[(word + 1) % WORDS] &= !((run >> 1) >> (63 - bit));
    }

    fn set(&mut self, identification: u16) {
        let place = place(identification);
        self.ring[place as usize / 64 % WORDS] |= 1 << (place % 64);
    }

    fn add_far(&mut self, identification: u16, ahead: u16) {
        if self.latest == 0 || (REMEMBERED..0x8000).contains(&ahead) {
            self.ring = [0; WORDS];
            self.latest = identification;
        } else if ahead < REMEMBERED {
            for behind in (0..ahead).step_by(32) {
                let count = (ahead - behind).min(32);
                self.skip(identification.wrapping_sub(behind), count);
            }
            self.latest = identification;
        }
        if self.latest.wrapping_sub(identification) < REMEMBERED {
            self.set(identification);
        }
    }

    /// Whether an identification that is not after the latest was seen; `None`
    /// when that is forgotten.
    pub fn holds(&self, identification: u16) -> Option<bool> {
        let place = place(identification);
        let word = self.ring[place as usize / 64 % WORDS];
        let is_near = self.latest.wrapping_sub(identification) < REMEMBERED;
        is_near.then_some(word & 1 << (place % 64) != 0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_seen_is_known_as_long_as_it_is_near(
            first in 1..=u16::MAX,
            steps in proptest::collection::vec(
                prop_oneof![8 => 1..4_i32, 4 => -300..300_i32, 1 => -32_000..32_000_i32],
                1..300,
            ),
        ) {
            let mut seen = Seen::default();
            // Counted on, where identifications wrap around.
            let (mut latest, mut all) = (i64::from(first), BTreeSet::new());
            let mut now = latest;
            for step in steps {
                if now as u16 != 0 {
                    seen.add(now as u16);
                    latest = latest.max(now);
                    if latest - now < i64::from(REMEMBERED) {
                        all.insert(now);
                    }
                }
                prop_assert_eq!(seen.latest(), latest as u16);
                for near in latest - i64::from(REMEMBERED) + 1..=latest {
                    let holds = seen.holds(near as u16);
                    prop_assert_eq!(holds, Some(all.contains(&near)), "{} of {}", near, latest);
                }
                prop_assert_eq!(seen.holds((latest - i64::from(REMEMBERED)) as u16), None);
                let written = postcard::to_stdvec(&seen).expect("it can be written");
                let again: Seen = postcard::from_bytes(&written).expect("it can be read");
                prop_assert_eq!((again.latest, again.ring), (seen.latest, seen.ring));
                now = latest + i64::from(step);
            }
        }
    }
}
