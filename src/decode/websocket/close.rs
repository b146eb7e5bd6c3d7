//! What a Close says (RFC 6455, sections 5.5.1 and 7.4).

use super::Fault;

/// The body of a Close.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// The status code; `None` where the body is empty.
    pub code: Option<u16>,
    /// The reason in words; may be empty.
    pub reason: Box<str>,
}

impl Close {
    /// The ordinary end of a connection.
    pub const NORMAL: u16 = 1000;
    /// The server goes down, or the browser leaves the page.
    pub const GOING_AWAY: u16 = 1001;

    /// Reads a body, without its mask.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn parse(body: &[u8]) -> Result<Self, Fault> {
        let (code, reason) = match body {
            [] => (None, body),
            [_] => return Err(Fault::CloseLength),
            [high, low, reason @ ..] => (Some(u16::from_be_bytes([*high, *low])), reason),
        };
        if matches!(code, Some(..1000 | 1005 | 1006 | 1015 | 5000..)) {
            return Err(Fault::CloseCode);
        }
        let reason = str::from_utf8(reason).map_err(|_| Fault::CloseReason)?;
        Ok(Self {
            code,
            reason: reason.into(),
        })
    }

    /// Whether the connection ends as it should: 1000, 1001, or without a word.
    #[must_use]
    pub const fn is_ordinary(code: Option<u16>) -> bool {
        matches!(code, None | Some(Self::NORMAL | Self::GOING_AWAY))
    }
}
