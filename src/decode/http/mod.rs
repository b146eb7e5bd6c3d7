//! HTTP/1.x messages (RFC 9112): the head's lines, what a head says of the body,
//! and chunk sizes. Bytes come in, values with their places go out; the malformed
//! ones too, with the rule that they break, because those are what there is to
//! explain.

mod body;
mod chunk;
mod cookie;
mod cors;
mod fields;
mod head;
mod line;
mod secret;

pub use body::{BodyEnd, request_body, response_body};
pub use chunk::{Chunk, chunk_size};
pub use cookie::{CookieAttributes, has_secure_prefix};
pub use cors::{Preflight, Refusal, is_cross_origin_read, is_preflight, refusal};
pub use head::{
    FieldLine, Head, HeadFields, Secrets, StatusClass, Version, is_idempotent, is_safe,
};
pub use line::{FieldName, end_of_head, field_lines, first_line, may_begin, names_version};
pub use secret::{HIDDEN, Hidden, Secret, SecretsInParts, secrets_in, with_secrets_hidden};

pub(in crate::decode) use fields::{begins_with_head, fields, head_length};

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The first line of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirstLine {
    /// What a client sends (section 3).
    Request {
        /// The method: a token.
        method: Range<usize>,
        /// What is asked for.
        target: Range<usize>,
        /// The version; 0.9 where the line names none.
        version: Version,
    },
    /// What a server sends (section 4).
    Status {
        /// The version.
        version: Version,
        /// Three digits.
        code: u16,
        /// The reason in words; may be empty.
        reason: Range<usize>,
    },
}

/// What a message breaks, so that it cannot be read on (RFC 9112 if nothing else
/// is named).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rule {
    /// A message begins with a request line or a status line (sections 3 and 4).
    FirstLine,
    /// A status code is three digits (section 4).
    StatusCode,
    /// A field line has a colon behind its name (section 5).
    Colon,
    /// A field name is a token (section 5.1).
    FieldName,
    /// A field value holds no NUL (RFC 9110, section 5.5).
    Nul,
    /// Content-Length is a decimal number (RFC 9110, section 8.6).
    ContentLength,
    /// A chunk begins with its size in hexadecimal digits (section 7.1).
    ChunkSize,
    /// A line end stands behind a chunk's data (section 7.1).
    ChunkEnd,
}

impl Rule {
    /// Where the rule stands.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::FirstLine => "RFC 9112, 2.1",
            Self::StatusCode => "RFC 9112, 4",
            Self::Colon => "RFC 9112, 5",
            Self::FieldName => "RFC 9112, 5.1",
            Self::Nul => "RFC 9110, 5.5",
            Self::ContentLength => "RFC 9110, 8.6",
            Self::ChunkSize | Self::ChunkEnd => "RFC 9112, 7.1",
        }
    }
}

/// A fault, with how many bytes of the message stand before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// In bytes from the message's first.
    pub offset: usize,
    /// What is broken.
    pub rule: Rule,
}

/// What two readers may read in two ways, so that they do not agree where the
/// message ends or what a field says (request smuggling).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Conflict {
    /// Content-Length stands there twice with other values (section 6.3, rule 5).
    LengthTwice(u64, u64),
    /// Content-Length beside Transfer-Encoding (section 6.3, rule 3).
    LengthAndEncoding(u64),
    /// A request's last transfer coding is not chunked (section 6.3, rule 4).
    ChunkedNotLast,
    /// Transfer-Encoding in a message of HTTP/1.0 (section 6.1).
    EncodingInOldVersion,
    /// A CR without LF (section 2.2).
    BareCr,
    /// White space between a field's name and its colon (section 5.1).
    SpaceBeforeColon,
    /// A field value that goes on in the next line (obs-fold, section 5.2).
    Folded,
}

impl Conflict {
    /// Where the rule stands in RFC 9112.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::LengthTwice(..) | Self::LengthAndEncoding(_) | Self::ChunkedNotLast => {
                "RFC 9112, 6.3"
            }
            Self::EncodingInOldVersion => "RFC 9112, 6.1",
            Self::BareCr => "RFC 9112, 2.2",
            Self::SpaceBeforeColon => "RFC 9112, 5.1",
            Self::Folded => "RFC 9112, 5.2",
        }
    }
}

#[cfg(test)]
mod tests;
