//! What stands in the table of every open conversation: a record of fixed size.

use super::OPEN_AT_MOST;
use crate::track::PacketNumber;
use crate::track::chunks::Chunks;
use crate::track::share::Share;

/// What is enough to number their places.
const PLACE_BITS: u32 = usize::BITS - OPEN_AT_MOST.leading_zeros() + 1;

/// No record.
pub(super) const NONE: u32 = u32::MAX;

/// A place in the table; good until the conversation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::track) struct Slot(pub(super) u32);

/// Where the rest of a conversation is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rest {
    /// There is none; the next free record.
    Free(u32),
    /// In a seat.
    Hot(u32),
    /// In the cell of these parts.
    Packed(u8, u32),
    /// In full.
    Large(u32),
    /// Noted packet by packet, and not followed yet.
    Noted(u32),
    /// The same, but followed for the packet at hand.
    Visited(u32),
    /// Noted, and its journal folded in the cell of these parts.
    Folded(u8, u32),
}

/// Tells the conversations of a place apart, and says which share one belongs
/// to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::track) struct Birth(u32);

impl Birth {
    const COUNTED: u32 = 28;

    /// Of the conversation that is the `count`th here.
    pub fn new(count: u32, share: Share) -> Self {
        let share = (share.index() as u32) << Self::COUNTED;
        Self(count & ((1 << Self::COUNTED) - 1) | share)
    }

    pub fn share(self) -> Share {
        Share::at((self.0 >> Self::COUNTED) as usize)
    }
}

/// How conversations get their numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Numbers {
    /// One after the other: all are here.
    #[default]
    Counted,
    /// After their first packets, until they are told: others are elsewhere.
    Provisional,
}

/// Set in the number of a conversation that is its first packet's.
pub(super) const PROVISIONAL: u64 = 1 << 63;

/// The packet after which a conversation is called that has no number yet.
pub(in crate::track) fn provisional(number: u64) -> Option<PacketNumber> {
    (number & PROVISIONAL != 0).then_some(number & !PROVISIONAL)
}

/// What stands in the table of each conversation.
#[derive(Debug)]
pub(super) struct Record {
    pub number: u64,
    /// Of its key, which stands with the rest; the lower half.
    pub hash: u32,
    pub birth: Birth,
    pub rest: Rest,
}

const _: () = assert!(size_of::<Record>() == 24);

/// Records by place.
#[derive(Debug)]
pub(super) struct Records {
    pub all: Chunks<Record>,
    free: u32,
    /// Open ones of each share.
    pub open_of: [usize; Share::COUNT],
}

impl Default for Records {
    fn default() -> Self {
        Self {
            all: Chunks::default(),
            free: NONE,
            open_of: [0; Share::COUNT],
        }
    }
}

impl Records {
    #[inline]
    pub fn get(&self, place: u32) -> Option<&Record> {
        self.all.get(place)
    }

    #[inline]
    pub fn get_mut(&mut self, place: u32) -> Option<&mut Record> {
        self.all.get_mut(place)
    }

    pub fn add(&mut self, record: Record) -> u32 {
        if let Some(open) = self.open_of.get_mut(record.birth.share().index()) {
            *open += 1;
        }
        let place = self.free;
        if let Some(free) = self.get_mut(place) {
            let old = std::mem::replace(free, record);
            self.free = match old.rest {
                Rest::Free(next) => next,
                _ => NONE,
            };
            return place;
        }
        self.all.push(record)
    }

    pub fn remove(&mut self, place: u32) {
        let next = self.free;
        if let Some(record) = self.get_mut(place) {
            record.rest = Rest::Free(next);
            let share = record.birth.share();
            self.free = place;
            if let Some(open) = self.open_of.get_mut(share.index()) {
                *open -= 1;
            }
        }
    }

    /// Every open conversation, with its place.
    pub fn open(&self) -> impl Iterator<Item = (&Record, u32)> {
        let open = |(_, record): &(u32, &Record)| !matches!(record.rest, Rest::Free(_));
        let all = self.all.iter().filter(open);
        all.map(|(place, record)| (record, place))
    }
}

/// A conversation's number and place, in one word, as there may be millions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::track) struct Numbered(u64);

impl Numbered {
    /// Behind all.
    pub const NONE: Self = Self(u64::MAX);

    pub fn new(number: u64, place: u32) -> Self {
        Self(number << PLACE_BITS | u64::from(place))
    }

    pub fn slot(self) -> Slot {
        Slot((self.0 & ((1 << PLACE_BITS) - 1)) as u32)
    }
}
