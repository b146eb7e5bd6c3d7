//! Where the journals stand, by place; free places are used again.

use super::Journal;
use crate::decode::Brief;
use crate::track::chunks::Chunks;
use crate::track::key::Key;

/// No place.
const NONE: u32 = u32::MAX;

/// All journals, by place.
#[derive(Debug)]
pub(in crate::track) struct Journals {
    all: Chunks<Journal>,
    /// The first free place; a free journal's `last_packet` is the next.
    free: u32,
    /// The addresses of those that have IPv6,
    wide: Vec<[[u32; 4]; 2]>,
    /// and which of their places are free.
    wide_free: Vec<u32>,
}

impl Default for Journals {
    fn default() -> Self {
        Self {
            all: Chunks::default(),
            free: NONE,
            wide: Vec::new(),
            wide_free: Vec::new(),
        }
    }
}

impl Journals {
    /// The journal at a place.
    #[inline]
    pub fn get(&self, place: u32) -> Option<&Journal> {
        self.all.get(place)
    }

    /// The same, to be written into.
    #[inline]
    pub fn get_mut(&mut self, place: u32) -> Option<&mut Journal> {
        self.all.get_mut(place)
    }

    /// Adds one; gives its place.
    pub fn add(&mut self, journal: Journal) -> u32 {
        let place = self.free;
        if let Some(free) = self.get_mut(place) {
            let old = std::mem::replace(free, journal);
            self.free = old.last_packet;
            return place;
        }
        self.all.push(journal)
    }

    /// Frees a place, and that of its addresses.
    pub fn remove(&mut self, place: u32) {
        let wide = self.take_out(place);
        self.wide_free.extend(wide);
    }

    /// Frees a place whose journal is kept elsewhere; gives where its addresses
    /// are, if they are IPv6.
    #[inline]
    pub fn take_out(&mut self, place: u32) -> Option<u32> {
        let next = self.free;
        let journal = self.get_mut(place)?;
        journal.last_packet = next;
        let wide = journal.wide();
        self.free = place;
        wide
    }

    /// Frees the place of the addresses that a journal has which is kept
    /// elsewhere.
    pub fn forget_addresses(&mut self, journal: &Journal) {
        self.wide_free.extend(journal.wide());
    }

    /// Keeps addresses of IPv6; gives their place.
    pub fn add_wide(&mut self, addresses: [[u32; 4]; 2]) -> u32 {
        if let Some(free) = self.wide_free.pop()
            && let Some(place) = self.wide.get_mut(free as usize)
        {
            *place = addresses;
            return free;
        }
        self.wide.push(addresses);
        self.wide.len() as u32 - 1
    }

    /// Whether this is the key of the journal at a place.
    #[inline]
    pub fn has_key(&self, place: u32, key: &Key) -> bool {
        let journal = self.get(place);
        journal.is_some_and(|journal| self.is_key_of(journal, key))
    }

    /// Whether this is the key of a journal.
    #[inline(always)]
    pub fn is_key_of(&self, journal: &Journal, key: &Key) -> bool {
        match journal.wide() {
            None => journal.has_narrow_key(key),
            Some(wide) => {
                self.wide.get(wide as usize) == Some(key.addresses()) && journal.has_rest_of(key)
            }
        }
    }

    /// The journal at a place, if it is that of a connection to which a frame of
    /// a usual build belongs.
    #[inline(always)]
    pub fn of_brief(&mut self, place: u32, brief: &Brief) -> Option<&mut Journal> {
        let journal = self.all.get_mut(place)?;
        is_of(journal, brief, &self.wide).then_some(journal)
    }

    /// Whether the journal at a place is that.
    pub fn has_brief(&self, place: u32, brief: &Brief) -> bool {
        let journal = self.all.get(place);
        journal.is_some_and(|journal| is_of(journal, brief, &self.wide))
    }

    /// The key of a journal.
    pub fn key(&self, journal: &Journal) -> Key {
        journal.key(|wide| self.wide.get(wide as usize).copied().unwrap_or_default())
    }
}

/// Whether a journal is that of a connection to which a frame of a usual build
/// belongs.
#[inline(always)]
fn is_of(journal: &Journal, brief: &Brief, wide: &[[[u32; 4]; 2]]) -> bool {
    journal.is_narrow_of(brief) || is_wide_of(journal, brief, wide)
}

/// The same of IPv6.
#[inline(never)]
fn is_wide_of(journal: &Journal, brief: &Brief, wide: &[[[u32; 4]; 2]]) -> bool {
    let addresses = journal.wide().and_then(|place| wide.get(place as usize));
    addresses == Some(&brief.addresses)
        && brief.build.is_ipv6()
        && journal.is_tcp()
        && journal.has_ends_of(brief)
}
