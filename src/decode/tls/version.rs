//! Versions of SSL and TLS.

use serde::{Deserialize, Serialize};

/// A version, as its number on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Version(pub u16);

impl Version {
    /// SSL 2.0.
    pub const SSL2: Self = Self(0x0002);
    /// SSL 3.0 (RFC 6101).
    pub const SSL3: Self = Self(0x0300);
    /// TLS 1.0 (RFC 2246).
    pub const TLS10: Self = Self(0x0301);
    /// TLS 1.1 (RFC 4346).
    pub const TLS11: Self = Self(0x0302);
    /// TLS 1.2 (RFC 5246).
    pub const TLS12: Self = Self(0x0303);
    /// TLS 1.3 (RFC 8446).
    pub const TLS13: Self = Self(0x0304);
    /// DTLS 1.0 (RFC 4347).
    pub const DTLS10: Self = Self(0xfeff);
    /// DTLS 1.2 (RFC 6347).
    pub const DTLS12: Self = Self(0xfefd);
    /// DTLS 1.3 (RFC 9147).
    pub const DTLS13: Self = Self(0xfefc);

    /// Whether the handshake is that of TLS 1.3: drafts and DTLS 1.3 are too.
    #[must_use]
    pub const fn is_13(self) -> bool {
        matches!(self.0, 0x0304 | 0xfefc) || self.is_draft_of_13()
    }

    /// The drafts of TLS 1.3, and Facebook's copies of two of them.
    const fn is_draft_of_13(self) -> bool {
        matches!(self.0 >> 8, 0x7f | 0xfb)
    }

    /// Whether it is of DTLS.
    #[must_use]
    pub const fn is_dtls(self) -> bool {
        self.0 >> 8 == 0xfe
    }

    /// Whether it is deprecated: TLS 1.1 and what is older (RFC 8996).
    #[must_use]
    pub const fn is_old(self) -> bool {
        matches!(self.0, 0x0002 | 0x0300..=0x0302 | 0xfeff)
    }

    /// Its place in time, for finding the highest: DTLS counts downwards.
    #[must_use]
    pub const fn rank(self) -> u16 {
        match self.0 {
            0xfeff => 0x0302,
            0xfefd => 0x0303,
            0xfefc => 0x0304,
            _ if self.is_draft_of_13() => 0x0304,
            other => other,
        }
    }

    /// The name in the field, of those that are standards.
    #[must_use]
    pub const fn known_name(self) -> Option<&'static str> {
        Some(match self {
            Self::SSL2 => "SSL 2.0",
            Self::SSL3 => "SSL 3.0",
            Self::TLS10 => "TLS 1.0",
            Self::TLS11 => "TLS 1.1",
            Self::TLS12 => "TLS 1.2",
            Self::TLS13 => "TLS 1.3",
            Self::DTLS10 => "DTLS 1.0",
            Self::DTLS12 => "DTLS 1.2",
            Self::DTLS13 => "DTLS 1.3",
            _ => return None,
        })
    }

    /// The name in the field, or the number.
    #[must_use]
    pub fn name(self) -> String {
        match self.known_name() {
            Some(name) => name.to_owned(),
            None if self.is_draft_of_13() => format!("TLS 1.3 (draft {})", self.0 & 0xff),
            None => format!("0x{:04x}", self.0),
        }
    }
}
