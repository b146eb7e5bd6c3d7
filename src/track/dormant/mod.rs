//! Idle conversations as bytes. Few conversations are at work at a time; the
//! others wait for a packet that may never come, and wait in less memory.

pub(super) mod near;

use std::cell::RefCell;

use super::PacketNumber;
use super::flow::{Flow, Key};

/// An idle conversation: everything but its key and its first packet,
/// which its record has.
#[derive(Debug)]
pub(super) struct Dormant(Box<[u8]>);

thread_local! {
    /// Memory to write the next one into.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Dormant {
    /// Lays a conversation to rest; `None` where it cannot be written, and then
    /// it has to stay as it is.
    pub fn put(flow: &Flow) -> Option<Self> {
        near::begin(flow.first_packet);
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.clear();
            *scratch = postcard::to_extend(flow, std::mem::take(scratch)).ok()?;
            Some(Self(scratch.as_slice().into()))
        })
    }

    /// The conversation, as it was.
    pub fn wake(&self, key: &Key, first_packet: PacketNumber) -> Option<Box<Flow>> {
        near::begin(first_packet);
        let mut flow: Box<Flow> = postcard::from_bytes(&self.0).ok()?;
        flow.key = *key;
        flow.first_packet = first_packet;
        Some(flow)
    }
}
