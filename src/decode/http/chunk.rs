//! Chunk sizes (RFC 9112, section 7.1).

use memchr::memchr;

use super::Rule;

/// No line with a chunk's size is longer, its extensions included.
const LINE_AT_MOST: usize = 4_096;

/// A line that begins a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes of data behind the line; 0: the last chunk.
    pub size: u64,
    /// The bytes of the line, its end included.
    pub line: usize,
}

/// Reads the line that begins a chunk; `None` while it has no end yet.
///
/// # Errors
/// Where it has no size.
#[must_use]
pub fn chunk_size(bytes: &[u8]) -> Option<Result<Chunk, Rule>> {
    let Some(newline) = memchr(b'\n', bytes) else {
        return (bytes.len() > LINE_AT_MOST).then_some(Err(Rule::ChunkSize));
    };
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_hexdigit());
    let digits = digits.count();
    let behind = bytes.get(digits..newline).unwrap_or_default();
    let ends = matches!(behind, [] | [b'\r'] | [b';' | b' ' | b'\t', ..]);
    let size = bytes
        .get(..digits)
        .and_then(|digits| u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok());
    Some(match size {
        Some(size) if ends => Ok(Chunk {
            size,
            line: newline + 1,
        }),
        _ => Err(Rule::ChunkSize),
    })
}
