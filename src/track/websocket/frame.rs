//! The payload of a frame, as its bytes come: how far it is, and what of it is kept.

use crate::decode::websocket::{Frame, unmask};

/// How far the payload of a frame has come.
#[derive(Debug)]
pub(super) struct Payload {
    pub frame: Frame,
    /// Bytes of the side's stream before the frame.
    pub offset: u64,
    /// Bytes that are still to come.
    pub left: u64,
    /// Bytes of it that were kept, without the mask.
    pub kept: Vec<u8>,
    /// Bytes of it are missing.
    pub has_gap: bool,
}

/// What a payload does with bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// So many are its.
    Takes(usize),
    /// The next so many are its and need only be counted.
    Skips(u64),
}

impl Payload {
    /// Of a frame behind so many bytes of its side.
    pub fn of(frame: Frame, offset: u64) -> Self {
        Self {
            frame,
            offset,
            left: frame.length,
            kept: Vec::new(),
            has_gap: false,
        }
    }

    pub fn is_control(&self) -> bool {
        self.frame.opcode.is_control()
    }

    /// Takes in bytes, of which there is at least one; the first `room` of them are
    /// kept.
    pub fn read(&mut self, bytes: &[u8], room: usize) -> Step {
        let there = (bytes.len() as u64).min(self.left) as usize;
        let wanted = there.min(room);
        if wanted > 0 {
            let begin = self.kept.len();
            let new = bytes.get(..wanted).unwrap_or_default();
            self.kept.extend_from_slice(new);
            let new = self.kept.get_mut(begin..).unwrap_or_default();
            unmask(new, self.frame.mask, self.frame.length - self.left);
            self.left -= wanted as u64;
            return Step::Takes(wanted);
        }
        if self.left == there as u64 {
            self.left = 0;
            return Step::Takes(there);
        }
        // The last byte is looked at: it tells when the frame was complete.
        let skipped = self.left - 1;
        self.left = 1;
        Step::Skips(skipped)
    }

    /// So many bytes will never come; gives how many are beyond the frame's end.
    pub fn gap(&mut self, bytes: u64) -> u64 {
        let own = self.left.min(bytes);
        self.left -= own;
        self.has_gap = true;
        bytes - own
    }
}
