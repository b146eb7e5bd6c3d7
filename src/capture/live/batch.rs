//! Packets that were copied out of the kernel's ring, one behind the other in
//! one piece of memory.

use crate::capture::{Frame, LinkType};

/// Some packets of one interface, in the order of their arrival.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    packets: Vec<Packet>,
}

/// The place where a packet ends in the bytes, and what is known of it.
#[derive(Clone, Copy, Debug)]
struct Packet {
    time_ns: u64,
    original_length: u32,
    end: usize,
}

impl Batch {
    /// Copies a packet to the end.
    pub(super) fn push(&mut self, time_ns: u64, original_length: u32, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.packets.push(Packet {
            time_ns,
            original_length,
            end: self.bytes.len(),
        });
    }

    /// Moves all packets of another batch to the end of this one.
    pub(super) fn append(&mut self, other: &mut Self) {
        let before = self.bytes.len();
        self.bytes.append(&mut other.bytes);
        let moved = other.packets.drain(..).map(|packet| Packet {
            end: packet.end + before,
            ..packet
        });
        self.packets.extend(moved);
    }

    /// Empties it; keeps the memory.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.packets.clear();
    }

    /// How many packets there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.packets.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    /// Bytes of memory in use.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + self.packets.len() * size_of::<Packet>()
    }

    /// The packets as frames, numbered from `first`.
    pub fn frames(&self, first: u64, link_type: LinkType) -> impl Iterator<Item = Frame<'_>> {
        let starts = std::iter::once(0).chain(self.packets.iter().map(|packet| packet.end));
        let places = starts.zip(&self.packets);
        (first..)
            .zip(places)
            .map(move |(number, (start, packet))| Frame {
                number,
                file: 0,
                number_in_file: number,
                time_ns: packet.time_ns,
                has_time: true,
                interface: 0,
                link_type,
                original_length: packet.original_length,
                bytes: self.bytes.get(start..packet.end).unwrap_or_default(),
                comment: None,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(batch: &Batch) -> Vec<(u64, u64, u32, &[u8])> {
        batch
            .frames(7, LinkType::RAW)
            .map(|it| (it.number, it.time_ns, it.original_length, it.bytes))
            .collect()
    }

    #[test]
    fn packets_come_out_as_they_went_in_also_out_of_joined_batches() {
        let mut first = Batch::default();
        first.push(1, 4, b"abcd");
        first.push(2, 0, b"");
        let mut second = Batch::default();
        second.push(3, 900, b"ef");
        first.append(&mut second);
        let expected: [(u64, u64, u32, &[u8]); 3] =
            [(7, 1, 4, b"abcd"), (8, 2, 0, b""), (9, 3, 900, b"ef")];
        assert_eq!(told(&first), expected);
        assert!(second.is_empty());
        first.clear();
        assert_eq!((first.len(), first.size()), (0, 0));
    }
}
