//! The body behind a head, as its bytes come: how far it is, and what is wanted
//! next. Nothing of it is kept.

use crate::decode::http::{BodyEnd, Rule, chunk_size};

/// How far a body has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Body {
    stage: Stage,
    /// Its bytes are looked at, and not only counted.
    pub is_read: bool,
    /// Bytes of it, the lines of chunks apart.
    pub bytes: u64,
    /// Those of them that were not captured.
    pub missing: u64,
    /// Chunks with data.
    pub chunks: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// So many bytes are still to come.
    Length(u64),
    /// The line with a chunk's size.
    Size,
    /// So many bytes of a chunk are still to come.
    Chunk(u64),
    /// The line end behind a chunk.
    ChunkEnd,
    /// Lines behind the last chunk, up to an empty one.
    Trailer,
    /// All that comes.
    Close,
}

/// What a body does with bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// So many are its.
    Takes(usize),
    /// The next so many are its and need only be counted.
    Skips(u64),
    /// It needs more to go on.
    Waits,
    /// So many are its, and it is complete.
    Ends(usize),
    /// It cannot be read on.
    Breaks(Rule),
}

impl Body {
    /// A body that ends so; `None` where there is none.
    pub fn of(end: BodyEnd) -> Option<Self> {
        let stage = match end {
            BodyEnd::None => return None,
            BodyEnd::Length(length) => Stage::Length(length),
            BodyEnd::Chunked => Stage::Size,
            BodyEnd::Close => Stage::Close,
        };
        Some(Self {
            stage,
            is_read: false,
            bytes: 0,
            missing: 0,
            chunks: 0,
        })
    }

    /// Whether only the end of the connection ends it.
    pub fn ends_with_connection(&self) -> bool {
        self.stage == Stage::Close
    }

    /// How many of these bytes, which come next, are the body's own.
    pub fn own(&self, bytes: &[u8]) -> usize {
        match self.stage {
            Stage::Length(left) | Stage::Chunk(left) => left.min(bytes.len() as u64) as usize,
            Stage::Close => bytes.len(),
            Stage::Size | Stage::ChunkEnd | Stage::Trailer => 0,
        }
    }

    /// Takes in bytes; there is at least one.
    pub fn read(&mut self, bytes: &[u8]) -> Step {
        let there = bytes.len() as u64;
        match self.stage {
            Stage::Length(left) if left <= there => {
                self.bytes += left;
                Step::Ends(left as usize)
            }
            Stage::Length(left) if self.is_read => {
                self.bytes += there;
                self.stage = Stage::Length(left - there);
                Step::Takes(bytes.len())
            }
            Stage::Length(left) => {
                // The last byte is looked at: it tells when the body was complete.
                self.bytes += left - 1;
                self.stage = Stage::Length(1);
                Step::Skips(left - 1)
            }
            Stage::Close => {
                self.bytes += there;
                Step::Takes(bytes.len())
            }
            Stage::Size => match chunk_size(bytes) {
                None => Step::Waits,
                Some(Err(rule)) => Step::Breaks(rule),
                Some(Ok(chunk)) => {
                    self.chunks += u64::from(chunk.size > 0);
                    self.stage = match chunk.size {
                        0 => Stage::Trailer,
                        size => Stage::Chunk(size),
                    };
                    Step::Takes(chunk.line)
                }
            },
            Stage::Chunk(left) if self.is_read => {
                let own = left.min(there);
                self.bytes += own;
                self.stage = match left - own {
                    0 => Stage::ChunkEnd,
                    left => Stage::Chunk(left),
                };
                Step::Takes(own as usize)
            }
            Stage::Chunk(left) => {
                self.bytes += left;
                self.stage = Stage::ChunkEnd;
                Step::Skips(left)
            }
            Stage::ChunkEnd => match bytes {
                [b'\r', b'\n', ..] => self.next_chunk(2),
                [b'\n', ..] => self.next_chunk(1),
                [b'\r'] => Step::Waits,
                _ => Step::Breaks(Rule::ChunkEnd),
            },
            Stage::Trailer => match bytes {
                [b'\r', b'\n', ..] => Step::Ends(2),
                [b'\n', ..] => Step::Ends(1),
                _ => match memchr::memchr(b'\n', bytes) {
                    Some(newline) => Step::Takes(newline + 1),
                    None => Step::Waits,
                },
            },
        }
    }

    fn next_chunk(&mut self, taken: usize) -> Step {
        self.stage = Stage::Size;
        Step::Takes(taken)
    }

    /// So many bytes that were to be counted only were not captured.
    pub fn missed(&mut self, bytes: u64) {
        self.missing += bytes;
    }

    /// So many bytes that were to be counted never came.
    pub fn never_came(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// So many bytes will never come; gives how many are beyond its end, where that
    /// is known.
    pub fn gap(&mut self, bytes: u64) -> Gap {
        match self.stage {
            Stage::Length(left) => {
                let own = left.min(bytes);
                self.bytes += own;
                self.missing += own;
                self.stage = Stage::Length(left - own);
                match left - own {
                    0 => Gap::Ends {
                        beyond: bytes - own,
                    },
                    _ => Gap::GoesOn,
                }
            }
            Stage::Chunk(left) if bytes <= left => {
                self.bytes += bytes;
                self.missing += bytes;
                self.stage = match left - bytes {
                    0 => Stage::ChunkEnd,
                    left => Stage::Chunk(left),
                };
                Gap::GoesOn
            }
            Stage::Close => {
                self.bytes += bytes;
                self.missing += bytes;
                Gap::GoesOn
            }
            _ => Gap::Loses,
        }
    }
}

/// What missing bytes do to a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// It is known where it ends.
    GoesOn,
    /// It ended in them, so many bytes before their end.
    Ends { beyond: u64 },
    /// It is not known any more where it ends.
    Loses,
}
