//! Alerts (RFC 8446, section 6; IANA's register).

use serde::{Deserialize, Serialize};

/// An alert in clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// 1 is a warning, 2 is fatal.
    pub level: u8,
    /// What it is about.
    pub description: u8,
}

impl Alert {
    /// The sender sends no more, and all is well.
    pub const CLOSE_NOTIFY: u8 = 0;

    /// Reads one; `None` where it is none, as an encrypted one.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let [level @ 1..=2, description] = *bytes else {
            return None;
        };
        alert_name(description)?;
        Some(Self { level, description })
    }

    /// Whether it ends the connection at once.
    #[must_use]
    pub const fn is_fatal(self) -> bool {
        self.level == 2
    }

    /// The name in records.
    #[must_use]
    pub fn name(self) -> &'static str {
        alert_name(self.description).unwrap_or("unknown")
    }
}

/// The name of an alert in the standard.
#[must_use]
pub fn alert_name(description: u8) -> Option<&'static str> {
    Some(match description {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        21 => "decryption_failed",
        22 => "record_overflow",
        30 => "decompression_failure",
        40 => "handshake_failure",
        41 => "no_certificate",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        52 => "too_many_cids_requested",
        60 => "export_restriction",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        100 => "no_renegotiation",
        109 => "missing_extension",
        110 => "unsupported_extension",
        111 => "certificate_unobtainable",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        114 => "bad_certificate_hash_value",
        115 => "unknown_psk_identity",
        116 => "certificate_required",
        117 => "general_error",
        120 => "no_application_protocol",
        121 => "ech_required",
        _ => return None,
    })
}
