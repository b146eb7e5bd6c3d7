//! The values that were written last: one of them again is written as which
//! of them it is, and any other as its distance from the latest, or from the
//! nearest.

use super::super::Sides;

/// So many values back a repetition is known.
const REMEMBERED: usize = 1 << PLACE_BITS;
pub(super) const PLACE_BITS: u32 = 3;

/// A value: which of the remembered ones, or how far from the latest.
#[derive(Clone, Copy, Debug)]
pub(super) enum Noted {
    Known(usize),
    Far(u64),
}

/// A value: which of the remembered ones is nearest, and how far from it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Near {
    pub place: usize,
    /// 0: it is that one.
    pub distance: u64,
}

/// The last values of one kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory<T> {
    values: [T; REMEMBERED],
    /// Which of them is written over next.
    oldest: u32,
    /// What distances are counted from.
    latest: T,
}

impl<T: Copy + Default + PartialEq> Memory<T> {
    const fn from(origin: T) -> Self {
        Self {
            values: [origin; REMEMBERED],
            oldest: 0,
            latest: origin,
        }
    }

    /// Remembers a value.
    #[inline(always)]
    fn add(&mut self, value: T) {
        self.values[self.oldest as usize % REMEMBERED] = value;
        self.oldest = self.oldest.wrapping_add(1);
        self.latest = value;
    }

    /// What is to be written for a value, by its distance from the latest.
    #[inline(always)]
    fn note_by(&mut self, value: T, distance: impl FnOnce(T) -> u64) -> Noted {
        match self.values.iter().position(|known| *known == value) {
            Some(place) => Noted::Known(place),
            None => {
                let distance = distance(self.latest);
                self.add(value);
                Noted::Far(distance)
            }
        }
    }

    /// The value for which that was written.
    #[inline]
    fn recall_by(&mut self, noted: Noted, value: impl FnOnce(T, u64) -> T) -> T {
        match noted {
            Noted::Known(place) => self.values.get(place).copied().unwrap_or_default(),
            Noted::Far(distance) => {
                let value = value(self.latest, distance);
                self.add(value);
                value
            }
        }
    }
}

impl Memory<u64> {
    /// What is to be written for a value where those that belong together are
    /// near each other, but not always written together.
    #[inline(always)]
    pub fn note_near(&mut self, value: u64) -> Near {
        let mut nearest = Near {
            place: 0,
            distance: u64::MAX,
        };
        for (place, known) in self.values.iter().enumerate() {
            let distance = fold(value.wrapping_sub(*known) as i64);
            if distance < nearest.distance {
                nearest = Near { place, distance };
            }
        }
        if nearest.distance > 0 {
            self.add(value);
        }
        nearest
    }

    /// The value for which [`Self::note_near`] gave this.
    #[inline]
    pub fn recall_near(&mut self, near: Near) -> u64 {
        let known = self.values.get(near.place).copied().unwrap_or_default();
        let value = known.wrapping_add(unfold(near.distance) as u64);
        if near.distance > 0 {
            self.add(value);
        }
        value
    }

    /// What is to be written for a value where those that are near each other
    /// are no more likely than others: instead of a distance it gives the value
    /// itself.
    #[inline(always)]
    pub fn note_itself(&mut self, value: u64) -> Noted {
        self.note_by(value, |_| value)
    }

    /// The value for which [`Self::note_itself`] gave this.
    #[inline]
    pub fn recall_itself(&mut self, noted: Noted) -> u64 {
        self.recall_by(noted, |_, value| value)
    }
}

/// Where numbers wrap at 2^32.
impl Memory<u32> {
    /// What is to be written for a value.
    #[inline(always)]
    pub fn note(&mut self, value: u32) -> Noted {
        self.note_by(value, |latest| {
            fold((value.wrapping_sub(latest) as i32).into())
        })
    }

    /// The value for which this was written.
    #[inline]
    pub fn recall(&mut self, noted: Noted) -> u32 {
        let behind = |latest: u32, folded| latest.wrapping_add(unfold(folded) as u32);
        self.recall_by(noted, behind)
    }
}

/// What both ends of the writing must agree on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memories {
    pub times: Memory<u64>,
    pub numbers: Memory<u64>,
    pub amounts: Memory<u64>,
    pub sequences: Sides<Memory<u32>>,
    pub stamps: Sides<Memory<u32>>,
    pub identifications: Sides<Memory<u32>>,
}

impl Memories {
    pub const fn from(origin_ns: u64) -> Self {
        let zeros = Sides {
            client: Memory::from(0),
            server: Memory::from(0),
        };
        Self {
            times: Memory::from(origin_ns),
            numbers: Memory::from(0),
            amounts: Memory::from(0),
            sequences: zeros,
            stamps: zeros,
            identifications: zeros,
        }
    }
}

/// Small numbers near 0 on either side become small numbers.
const fn fold(distance: i64) -> u64 {
    ((distance << 1) ^ (distance >> 63)) as u64
}

const fn unfold(folded: u64) -> i64 {
    (folded >> 1) as i64 ^ -((folded & 1) as i64)
}
