//! Packets that were read together: one buffer with their bytes, and a small
//! record for each that says where they stand. A batch is filled by a
//! [`super::Reader`], may go to another thread, and is filled again.

use std::ops::Range;

use super::record::Record;
use super::{Frame, LinkType};

/// Records of one file that lie in one buffer. Filling it again keeps the
/// memory.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) buffer: Vec<u8>,
    records: Vec<Small>,
    /// Comments by the index of their records; few records have one.
    comments: Vec<(u32, Range<u32>)>,
    file: u32,
    /// The number of the first record.
    number: u64,
    number_in_file: u64,
}

/// What a [`Frame`] is made of. Its places in the buffer fit: no buffer is
/// larger than the largest record.
#[derive(Clone, Copy, Debug)]
struct Small {
    time_ns: u64,
    has_time: bool,
    /// The packet's number, counted from the first record.
    number: u32,
    start: u32,
    captured: u32,
    original_length: u32,
    interface: u32,
    link_type: LinkType,
}

impl Batch {
    /// Packets in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Bytes from the first captured byte to the last.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match (self.records.first(), self.records.last()) {
            (Some(first), Some(last)) => (last.start + last.captured - first.start) as usize,
            _ => 0,
        }
    }

    /// The packet at this index, counted from 0.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Frame<'_>> {
        let record = self.records.get(index)?;
        Some(self.frame(index, record))
    }

    /// Every packet, in order.
    pub fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        self.frames_from(0)
    }

    /// Every packet from this one on, counted from 0.
    pub fn frames_from(&self, first: usize) -> impl Iterator<Item = Frame<'_>> {
        let records = self.records.get(first..).unwrap_or_default();
        let numbered = records.iter().enumerate();
        numbered.map(move |(behind, record)| self.frame(first + behind, record))
    }

    fn frame(&self, index: usize, record: &Small) -> Frame<'_> {
        let start = record.start as usize;
        // The bytes are always there.
        let bytes = self.buffer.get(start..start + record.captured as usize);
        let bytes = bytes.unwrap_or_default();
        let comment = match self.comments.is_empty() {
            true => None,
            false => self.comment(index),
        };
        Frame {
            number: self.number + u64::from(record.number),
            file: self.file,
            number_in_file: self.number_in_file + u64::from(record.number),
            time_ns: record.time_ns,
            has_time: record.has_time,
            interface: record.interface,
            link_type: record.link_type,
            original_length: record.original_length,
            bytes,
            comment,
        }
    }

    fn comment(&self, index: usize) -> Option<&str> {
        let index = index as u32;
        let found = self.comments.binary_search_by_key(&index, |(of, _)| *of);
        let (_, range) = self.comments.get(found.ok()?)?;
        let bytes = self.buffer.get(range.start as usize..range.end as usize)?;
        Some(text(bytes))
    }

    /// Forgets the packets and keeps the memory.
    pub(super) fn clear(&mut self) {
        self.records.clear();
        self.comments.clear();
    }

    /// The next packet is of this file, and has these numbers if it is the
    /// first.
    pub(super) fn begin(&mut self, file: u32, number: u64, number_in_file: u64) {
        if self.records.is_empty() {
            (self.file, self.number, self.number_in_file) = (file, number, number_in_file);
        }
    }

    /// How many numbers this one is behind the first packet's.
    pub(super) fn behind_first(&self, number: u64) -> u32 {
        (number - self.number) as u32
    }

    /// Adds a packet whose bytes are in the buffer, or will be when it is
    /// exchanged.
    pub(super) fn push(&mut self, record: &Record, number: u64) {
        self.push_counted(record, self.behind_first(number));
    }

    /// Adds a packet whose number is counted from the first packet's.
    pub(super) fn push_counted(&mut self, record: &Record, number: u32) {
        if let Some(comment) = &record.comment {
            let range = comment.start as u32..comment.end as u32;
            self.comments.push((self.records.len() as u32, range));
        }
        let (start, end) = (record.bytes.start as u32, record.bytes.end as u32);
        self.records.push(Small {
            time_ns: record.time_ns,
            has_time: record.has_time,
            number,
            start,
            captured: end.wrapping_sub(start),
            original_length: record.original_length,
            interface: record.interface,
            link_type: record.link_type,
        });
    }
}

/// A comment as far as it is UTF-8, which the format demands.
pub(super) fn text(bytes: &[u8]) -> &str {
    bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}
