//! What can be made of a frame of a usual build ahead, and in any thread.

use crate::capture::Frame;
use crate::decode::{Beside, Brief, GoodSums, Protocol};
use crate::track::key::Key;
use crate::track::share::Share;
use crate::track::table::AHEAD;

/// A frame of a usual build, and where its conversation is looked for: what
/// can be made of a frame ahead, and in any thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Prepared {
    pub(super) brief: Brief,
    pub(super) hash: HashOfKey,
}

/// Of the key of a brief's conversation.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HashOfKey(pub(super) u64);

impl Beside for HashOfKey {
    #[inline(always)]
    fn make(&mut self, brief: &Brief) {
        self.0 = Key::of_brief(brief).hash();
    }
}

impl Prepared {
    /// For so many frames at most it is worth while to look ahead together.
    pub const AHEAD: usize = AHEAD;

    /// Of a frame, where [`Brief::of`] knows it.
    #[must_use]
    pub fn of(frame: &Frame<'_>) -> Option<Self> {
        let mut prepared = Self::default();
        prepared.read(frame).then_some(prepared)
    }

    /// Of another frame, where [`Brief::of_message`] knows it.
    #[must_use]
    pub fn of_message(frame: &Frame<'_>) -> Option<Self> {
        let mut prepared = Self::default();
        prepared.read_message(frame).then_some(prepared)
    }

    /// Is made of a frame, where [`Brief::read`] knows it; gives false where it
    /// does not.
    #[must_use]
    #[inline(always)]
    pub fn read(&mut self, frame: &Frame<'_>) -> bool {
        self.brief.read(frame, &mut self.hash)
    }

    /// The same where [`Brief::read_message`] knows it.
    #[must_use]
    pub fn read_message(&mut self, frame: &Frame<'_>) -> bool {
        self.brief.read_message(frame, &mut self.hash)
    }

    /// What the frame says.
    #[must_use]
    #[inline]
    pub fn brief(&self) -> &Brief {
        &self.brief
    }

    /// The share of its conversation.
    #[must_use]
    #[inline]
    pub fn share(&self) -> Share {
        Share::of_ports(self.brief.ports, self.hash.0)
    }

    /// What [`crate::decode::good_sums`] says of it.
    #[must_use]
    pub fn good_sums(&self) -> GoodSums {
        GoodSums {
            transport: match self.brief.build.is_tcp() {
                true => Protocol::Tcp,
                false => Protocol::Udp,
            },
            ipv4: !self.brief.build.is_ipv6(),
        }
    }
}
