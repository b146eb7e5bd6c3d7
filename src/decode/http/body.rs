//! What a head says of the body behind it (RFC 9112, section 6.3).

use super::{Head, Version};
use serde::{Deserialize, Serialize};

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BodyEnd {
    /// There is none.
    None,
    /// After so many bytes.
    Length(u64),
    /// With the last chunk.
    Chunked,
    /// With the connection.
    Close,
}

impl BodyEnd {
    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Length(_) => "length",
            Self::Chunked => "chunked",
            Self::Close => "close",
        }
    }
}

/// How the body of a request ends.
#[must_use]
pub fn request_body(head: &Head) -> BodyEnd {
    if head.is_chunked() {
        BodyEnd::Chunked
    } else {
        head.content_length().map_or(BodyEnd::None, of_length)
    }
}

/// How the body of a response ends, to a request of this method if it is known.
#[must_use]
pub fn response_body(head: &Head, method: Option<&str>) -> BodyEnd {
    let code = head.status().map_or(0, |(code, _)| code);
    let of_method = match method {
        Some("HEAD") => true,
        Some("CONNECT") => (200..300).contains(&code),
        _ => false,
    };
    if of_method || (100..200).contains(&code) || matches!(code, 204 | 304) {
        return BodyEnd::None;
    }
    if head.is_chunked() {
        return BodyEnd::Chunked;
    }
    if head.has_transfer_encoding() && head.version() != Version::OLDEST {
        return BodyEnd::Close;
    }
    head.content_length().map_or(BodyEnd::Close, of_length)
}

fn of_length(length: u64) -> BodyEnd {
    match length {
        0 => BodyEnd::None,
        length => BodyEnd::Length(length),
    }
}
