//! Taking one pcapng block off the stream: a type, a length, a body and the
//! length again (section 3.1 of the draft).

use std::ops::Range;

use super::error::Fault;
use super::pcapng_options::Endian;
use super::stream::Stream;

/// Type, length, and the length again behind the body.
pub(super) const FRAMING: u32 = 12;
/// A block that is kept holds at most so much beside a packet's bytes; as in
/// libpcap.
pub(super) const MAXIMUM_BLOCK: u32 = 16 * 1024 * 1024;

/// Takes a block that is kept although it holds no packet.
pub(super) fn take_kept(
    endian: Endian,
    stream: &mut Stream,
    length: u32,
) -> Result<Range<usize>, Fault> {
    if length > MAXIMUM_BLOCK {
        return Err(Fault::TooLarge {
            claimed: length.into(),
            limit: MAXIMUM_BLOCK.into(),
        });
    }
    take_whole(endian, stream, length)
}

/// Takes a whole block and checks that it ends with its length.
pub(super) fn take_whole(
    endian: Endian,
    stream: &mut Stream,
    length: u32,
) -> Result<Range<usize>, Fault> {
    let padded = padded(length);
    let had = stream.require(padded)?;
    if had < padded {
        return Err(Fault::CutRecord {
            needed: padded as u64,
            had: had as u64,
        });
    }
    let trailer = stream
        .peek(padded)
        .and_then(|block| endian.u32(block, padded - 4));
    check_trailer(length, trailer)?;
    Ok(stream.take(padded))
}

/// Passes over a block of any size.
pub(super) fn skip(endian: Endian, stream: &mut Stream, length: u32) -> Result<(), Fault> {
    let padded = padded(length) as u64;
    let before_trailer = padded - 4;
    let skipped = stream.skip(before_trailer)?;
    let had = stream.require(4)?;
    if skipped < before_trailer || had < 4 {
        return Err(Fault::CutRecord {
            needed: padded,
            had: skipped + had.min(4) as u64,
        });
    }
    let trailer = stream.peek(4).and_then(|bytes| endian.u32(bytes, 0));
    check_trailer(length, trailer)?;
    stream.take(4);
    Ok(())
}

/// Some writers forgot to round the length up, but did write the padding.
fn padded(length: u32) -> usize {
    (length as usize).next_multiple_of(4)
}

fn check_trailer(length: u32, trailer: Option<u32>) -> Result<(), Fault> {
    match trailer {
        Some(trailer) if trailer == length => Ok(()),
        trailer => Err(Fault::Corrupt(format!(
            "a block begins with the length {length} and ends with {}",
            trailer.unwrap_or(0)
        ))),
    }
}

/// The stream ends inside a block.
pub(super) fn cut(needed: u32, had: usize) -> Fault {
    Fault::CutRecord {
        needed: needed.into(),
        had: had as u64,
    }
}
