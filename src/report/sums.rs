//! What is summed up of frames of usual builds before they are told, in any
//! thread: added to a [`super::Summary`] it comes to the same as counting them
//! there one by one.

use crate::capture::Frame;
use crate::decode::{Brief, Build};

const _: () = assert!(Build::COUNT == u64::BITS as usize);

/// Some builds, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Builds(u64);

impl Builds {
    #[inline]
    pub fn add(&mut self, build: Build) {
        self.0 |= 1 << (build.number() % Build::COUNT);
    }

    #[inline]
    pub fn has(self, build: Build) -> bool {
        self.0 >> (build.number() % Build::COUNT) & 1 == 1
    }

    /// Whether all of these are among them.
    #[inline]
    pub fn have(self, these: Self) -> bool {
        these.0 & !self.0 == 0
    }
}

/// The sums of some frames.
#[derive(Clone, Debug)]
pub struct Sums {
    /// How many, by build.
    pub(super) builds: [u32; Build::COUNT],
    pub(super) seen: Builds,
    pub(super) bytes: u64,
    pub(super) payload: u64,
    pub(super) padding: u64,
    pub(super) first_ns: u64,
    pub(super) last_ns: u64,
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            builds: [0; Build::COUNT],
            seen: Builds::default(),
            bytes: 0,
            payload: 0,
            padding: 0,
            first_ns: u64::MAX,
            last_ns: 0,
        }
    }
}

impl Sums {
    /// Adds a frame.
    #[inline(always)]
    pub fn add(&mut self, frame: &Frame<'_>, brief: &Brief) {
        if let Some(count) = self.builds.get_mut(brief.build.number() % Build::COUNT) {
            *count += 1;
        }
        self.seen.add(brief.build);
        self.bytes += u64::from(frame.original_length);
        self.payload += u64::from(brief.payload_length);
        self.padding += u64::from(brief.padding);
        self.first_ns = self.first_ns.min(frame.time_ns);
        self.last_ns = self.last_ns.max(frame.time_ns);
    }
}
