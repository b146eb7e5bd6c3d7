//! TCP options (RFC 9293, section 3.2, and the IANA list), read from the
//! option bytes one after the other.

use arrayvec::ArrayVec;

/// One option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TcpOption<'a> {
    /// Kind 0: the rest is padding.
    EndOfOptions,
    /// Kind 1.
    NoOperation,
    /// Kind 2.
    MaximumSegmentSize(u16),
    /// Kind 3 (RFC 7323): shift count.
    WindowScale(u8),
    /// Kind 4 (RFC 2018).
    SackPermitted,
    /// Kind 5 (RFC 2018): left and right edges.
    Sack(ArrayVec<(u32, u32), 4>),
    /// Kind 8 (RFC 7323).
    Timestamps {
        /// TSval.
        value: u32,
        /// TSecr.
        echo: u32,
    },
    /// Kind 19 (RFC 2385): the digest.
    Md5Signature(&'a [u8]),
    /// Kind 28 (RFC 5482).
    UserTimeout {
        /// Minutes instead of seconds.
        minutes: bool,
        /// The time-out.
        value: u16,
    },
    /// Kind 29 (RFC 5925).
    Authentication {
        /// KeyID.
        key_id: u8,
        /// RNextKeyID.
        next_key_id: u8,
        /// Message authentication code.
        code: &'a [u8],
    },
    /// Kind 30 (RFC 8684): subtype, and the bytes from the subtype on.
    Multipath {
        /// Subtype (upper four bits of the first byte).
        subtype: u8,
        /// The option's bytes from the subtype on.
        data: &'a [u8],
    },
    /// Kind 34 (RFC 7413), or 254 with its magic number: empty asks for a
    /// cookie.
    FastOpen {
        /// The cookie.
        cookie: &'a [u8],
    },
    /// Kinds 172 and 174 (RFC 9768).
    AccurateEcn {
        /// 172: order 0; 174: order 1.
        kind: u8,
        /// The counters.
        data: &'a [u8],
    },
    /// Any other.
    Other {
        /// Option kind.
        kind: u8,
        /// The option's bytes behind kind and length.
        data: &'a [u8],
    },
}

impl TcpOption<'_> {
    /// The name in records.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::EndOfOptions => "end_of_options",
            Self::NoOperation => "no_operation",
            Self::MaximumSegmentSize(_) => "maximum_segment_size",
            Self::WindowScale(_) => "window_scale",
            Self::SackPermitted => "sack_permitted",
            Self::Sack(_) => "sack",
            Self::Timestamps { .. } => "timestamps",
            Self::Md5Signature(_) => "md5_signature",
            Self::UserTimeout { .. } => "user_timeout",
            Self::Authentication { .. } => "authentication",
            Self::Multipath { .. } => "multipath",
            Self::FastOpen { .. } => "fast_open",
            Self::AccurateEcn { .. } => "accurate_ecn",
            Self::Other { .. } => "unknown",
        }
    }
}

/// An option that cannot be read; nothing behind it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadOption {
    /// The option's kind.
    pub kind: u8,
    /// The option's length byte, if there is one.
    pub length: Option<u8>,
    /// The option's place, from the first option byte.
    pub offset: usize,
}

/// The options in order, each with its offset from the first option byte.
/// Ends at the end-of-options mark, at the end of the bytes, or behind the
/// first that cannot be read.
#[derive(Clone, Debug)]
pub struct TcpOptions<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> TcpOptions<'a> {
    /// Over the option bytes of a header.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }
}

fn be32(a: u8, b: u8, c: u8, d: u8) -> u32 {
    u32::from_be_bytes([a, b, c, d])
}

impl<'a> Iterator for TcpOptions<'a> {
    type Item = Result<(usize, TcpOption<'a>), BadOption>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.bytes.get(self.at..)?;
        let (&kind, behind) = rest.split_first()?;
        let offset = self.at;
        match kind {
            0 => {
                self.at = self.bytes.len();
                return Some(Ok((offset, TcpOption::EndOfOptions)));
            }
            1 => {
                self.at += 1;
                return Some(Ok((offset, TcpOption::NoOperation)));
            }
            _ => {}
        }
        let length = behind.first().copied();
        let Some(data) = length.and_then(|length| rest.get(2..usize::from(length))) else {
            self.at = self.bytes.len();
            return Some(Err(BadOption {
                kind,
                length,
                offset,
            }));
        };
        self.at += data.len() + 2;
        let option = match (kind, data) {
            (2, &[a, b]) => TcpOption::MaximumSegmentSize(u16::from_be_bytes([a, b])),
            (3, &[shift]) => TcpOption::WindowScale(shift),
            (4, []) => TcpOption::SackPermitted,
            (5, _) if matches!(data.len(), 8 | 16 | 24 | 32) => TcpOption::Sack(blocks(data)),
            (8, &[a, b, c, d, e, f, g, h]) => TcpOption::Timestamps {
                value: be32(a, b, c, d),
                echo: be32(e, f, g, h),
            },
            (19, _) => TcpOption::Md5Signature(data),
            (28, &[a, b]) => TcpOption::UserTimeout {
                minutes: a & 0x80 != 0,
                value: u16::from_be_bytes([a & 0x7f, b]),
            },
            (29, &[key_id, next_key_id, ref code @ ..]) => TcpOption::Authentication {
                key_id,
                next_key_id,
                code,
            },
            (30, &[first, ..]) => TcpOption::Multipath {
                subtype: first >> 4,
                data,
            },
            (34, cookie) | (254, [0xf9, 0x89, cookie @ ..]) => TcpOption::FastOpen { cookie },
            (172 | 174, _) => TcpOption::AccurateEcn { kind, data },
            _ => TcpOption::Other { kind, data },
        };
        Some(Ok((offset, option)))
    }
}

/// Left and right edges.
fn blocks(data: &[u8]) -> ArrayVec<(u32, u32), 4> {
    let (blocks, _) = data.as_chunks::<8>();
    blocks
        .iter()
        .map(|&[a, b, c, d, e, f, g, h]| (be32(a, b, c, d), be32(e, f, g, h)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_of_an_ordinary_syn() {
        let bytes = [
            2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 0, 1, 3, 3, 7,
        ];
        let options: Vec<_> = TcpOptions::new(&bytes)
            .map(|option| option.unwrap())
            .collect();
        assert_eq!(
            options,
            [
                (0, TcpOption::MaximumSegmentSize(1460)),
                (4, TcpOption::SackPermitted),
                (6, TcpOption::Timestamps { value: 7, echo: 0 }),
                (16, TcpOption::NoOperation),
                (17, TcpOption::WindowScale(7)),
            ]
        );
    }

    #[test]
    fn a_length_below_two_or_past_the_end_ends_it() {
        for bytes in [&[2, 1, 0, 0][..], &[8, 10, 0], &[5]] {
            let all: Vec<_> = TcpOptions::new(bytes).collect();
            assert_eq!(all.len(), 1);
            assert!(all[0].is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn nothing_is_read_behind_the_end_mark() {
        let options: Vec<_> = TcpOptions::new(&[0, 2, 4, 5]).collect();
        assert_eq!(options, [Ok((0, TcpOption::EndOfOptions))]);
    }
}
