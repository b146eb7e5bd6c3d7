//! The header of a frame (RFC 6455, section 5.2), all of it in network byte order.

use super::Fault;
use serde::{Deserialize, Serialize};

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Opcode {
    /// Goes on with the message before (0).
    Continuation,
    /// Begins a message of text in UTF-8 (1).
    Text,
    /// Begins a message of bytes (2).
    Binary,
    /// Ends the connection (8).
    Close,
    /// Asks whether the peer is there (9).
    Ping,
    /// Answers a Ping (10).
    Pong,
    /// Has no meaning.
    Reserved(u8),
}

impl Opcode {
    /// Of the four bits of a header.
    #[must_use]
    pub const fn of(bits: u8) -> Self {
        match bits & 0xf {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            other => Self::Reserved(other),
        }
    }

    /// The four bits of a header.
    #[must_use]
    pub const fn bits(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
            Self::Reserved(bits) => bits,
        }
    }

    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Continuation => "continuation",
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Close => "close",
            Self::Ping => "ping",
            Self::Pong => "pong",
            Self::Reserved(_) => "reserved",
        }
    }

    /// Whether it is a control frame: 8 and above.
    #[must_use]
    pub const fn is_control(self) -> bool {
        self.bits() >= 8
    }
}

/// The extensions that both sides have agreed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// `permessage-deflate` (RFC 7692), to which the first reserved bit belongs.
    pub deflate: bool,
    /// Others, which may give a meaning to all that is reserved.
    pub other: bool,
}

impl Extensions {
    /// Those that a server's `Sec-WebSocket-Extensions` names.
    #[must_use]
    pub fn named(field: &str) -> Self {
        let names = field.split(',').filter_map(|each| each.split(';').next());
        let names = names.map(str::trim).filter(|name| !name.is_empty());
        names.fold(Self::default(), |all, name| {
            let deflate = name.eq_ignore_ascii_case("permessage-deflate");
            Self {
                deflate: all.deflate || deflate,
                other: all.other || !deflate,
            }
        })
    }
}

/// A frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Whether it is the last of its message.
    pub is_last: bool,
    /// The three reserved bits, the first as 4.
    pub reserved: u8,
    /// What it is.
    pub opcode: Opcode,
    /// What each byte of the payload is combined with, by exclusive or.
    pub mask: Option<[u8; 4]>,
    /// Bytes of payload.
    pub length: u64,
    /// Bytes of the header: 2 to 14.
    pub header: usize,
    /// The length takes as few bytes as it can.
    is_shortest: bool,
}

impl Frame {
    /// The header at the front of these bytes; `None` where it takes more.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let [first, second, rest @ ..] = bytes else {
            return None;
        };
        let (length, rest) = match second & 0x7f {
            126 => {
                let (length, rest) = rest.split_first_chunk::<2>()?;
                (u16::from_be_bytes(*length).into(), rest)
            }
            127 => {
                let (length, rest) = rest.split_first_chunk::<8>()?;
                (u64::from_be_bytes(*length), rest)
            }
            short => (u64::from(short), rest),
        };
        let is_shortest = match second & 0x7f {
            126 => length > 125,
            127 => length > 0xffff,
            _ => true,
        };
        let (mask, rest) = match second & 0x80 {
            0 => (None, rest),
            _ => {
                let (mask, rest) = rest.split_first_chunk::<4>()?;
                (Some(*mask), rest)
            }
        };
        Some(Self {
            is_last: first & 0x80 != 0,
            reserved: first >> 4 & 7,
            opcode: Opcode::of(*first),
            mask,
            length,
            header: bytes.len() - rest.len(),
            is_shortest,
        })
    }

    /// What it breaks by itself, sent by a client or a server; its mask only where
    /// nothing else is broken.
    #[must_use]
    pub fn fault(&self, from_client: bool, extensions: Extensions) -> Option<Fault> {
        let begins_data = matches!(self.opcode, Opcode::Text | Opcode::Binary);
        let allowed = if extensions.deflate && begins_data {
            4
        } else {
            0
        };
        if !extensions.other && self.reserved & !allowed != 0 {
            return Some(Fault::ReservedBits);
        }
        if !extensions.other && matches!(self.opcode, Opcode::Reserved(_)) {
            return Some(Fault::Opcode);
        }
        if !self.is_shortest || self.length >> 63 != 0 {
            return Some(Fault::Length);
        }
        if self.opcode.is_control() && self.length > 125 {
            return Some(Fault::ControlLength);
        }
        if self.opcode.is_control() && !self.is_last {
            return Some(Fault::ControlFragmented);
        }
        match (from_client, self.mask) {
            (true, None) => Some(Fault::NotMasked),
            (false, Some(_)) => Some(Fault::Masked),
            _ => None,
        }
    }
}

/// Takes the mask off bytes, the first of which is this one of its frame's payload
/// (section 5.3).
pub fn unmask(bytes: &mut [u8], mask: Option<[u8; 4]>, at: u64) {
    let Some(mask) = mask else { return };
    let keys = mask.iter().cycle().skip((at % 4) as usize);
    for (byte, key) in bytes.iter_mut().zip(keys) {
        *byte ^= key;
    }
}
