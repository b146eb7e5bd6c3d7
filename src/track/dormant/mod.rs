//! Idle conversations as bytes. Few conversations are at work at a time; the
//! others wait for a packet that may never come, and wait in less memory.

pub(super) mod near;
mod packed;

use std::cell::RefCell;

use super::PacketNumber;
use super::flow::{Flow, Key};

/// An idle conversation: everything but its key and its first packet,
/// which its record has. Most of what is known of a connection is that it has
/// not happened, which is written as zeros: a lone SYN takes some 100 bytes.
#[derive(Debug)]
pub(super) struct Dormant(Box<[u8]>);

thread_local! {
    /// Memory for the next one that is written or read, and for its packed form.
    static SCRATCH: RefCell<[Vec<u8>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

impl Dormant {
    /// Lays a conversation to rest; `None` where it cannot be written, and then
    /// it has to stay as it is.
    pub fn put(flow: &Flow) -> Option<Self> {
        near::begin(flow.first_packet);
        SCRATCH.with_borrow_mut(|[scratch, packed]| {
            scratch.clear();
            *scratch = postcard::to_extend(flow, std::mem::take(scratch)).ok()?;
            packed::pack(scratch, packed);
            Some(Self(packed.as_slice().into()))
        })
    }

    /// The conversation, as it was.
    pub fn wake(&self, key: &Key, first_packet: PacketNumber) -> Option<Box<Flow>> {
        near::begin(first_packet);
        let mut flow: Box<Flow> = SCRATCH.with_borrow_mut(|[scratch, _]| {
            packed::unpack(&self.0, scratch);
            postcard::from_bytes(scratch).ok()
        })?;
        flow.key = *key;
        flow.first_packet = first_packet;
        Some(flow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::frames::{ipv4, packet};
    use crate::track::{Output, Tracker};

    #[test]
    fn a_lone_syn_lies_dormant_in_some_100_bytes() {
        let options = [
            2, 4, 5, 0xb4, 4, 2, 8, 10, 0x4c, 3, 2, 1, 0, 0, 0, 0, 1, 3, 3, 7,
        ];
        let mut segment = vec![0xc0, 1, 0, 80, 0x9a, 0xbc, 0xde, 0xf0, 0, 0, 0, 0];
        segment.extend([0xa0, 2, 0xfa, 0xf0, 0, 0, 0, 0]);
        segment.extend(options);
        let syn = ipv4(6, 1, 2, &segment);
        let mut tracker = Tracker::new();
        let time_ns = 1_700_000_000_123_456_789;
        tracker.packet(&packet(1_000_000, time_ns, &syn), &mut Output::default());
        let flow = tracker.parts[0].only_flow();
        let dormant = Dormant::put(flow).unwrap();
        assert!(dormant.0.len() <= 112, "{}", dormant.0.len());
        let woken = dormant.wake(&flow.key, flow.first_packet).unwrap();
        let again = Dormant::put(&woken).unwrap();
        assert_eq!(again.0, dormant.0);
    }
}
