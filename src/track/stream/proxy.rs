//! The header that a load balancer puts before a connection's bytes (PROXY protocol,
//! versions 1 and 2, by HAProxy): it is stepped over, and what stands behind it is
//! tasted anew.

use super::{End, Events, Next, Side, StreamReader, Stretch, Unread, Want};

/// The longest line of version 1, its end included.
const LINE_AT_MOST: usize = 107;

/// What version 2 begins with.
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// Signature, version and command, family, and the length of the rest.
const FIXED: usize = 16;

/// Steps over the header.
#[derive(Debug)]
pub(super) struct ProxyHeader;

/// Whether a header may begin with these bytes.
pub(super) fn may_begin(bytes: &[u8]) -> bool {
    let begins = |with: &[u8]| {
        let length = with.len().min(bytes.len());
        bytes.len() >= 6 && bytes.get(..length) == with.get(..length)
    };
    begins(b"PROXY ") || begins(SIGNATURE)
}

/// The bytes of the header; `None` while it is not whole.
///
/// # Errors
/// It is none.
fn length(bytes: &[u8]) -> Option<Result<usize, ()>> {
    if bytes.starts_with(b"PROXY ") {
        let line = bytes.get(..LINE_AT_MOST.min(bytes.len()))?;
        let end = memchr::memchr(b'\n', line).map(|newline| newline + 1);
        return match end {
            Some(end) if is_line(line.get(..end)?) => Some(Ok(end)),
            Some(_) => Some(Err(())),
            None => (line.len() >= LINE_AT_MOST).then_some(Err(())),
        };
    }
    if !bytes.starts_with(SIGNATURE.get(..SIGNATURE.len().min(bytes.len()))?) {
        return Some(Err(()));
    }
    match bytes.get(SIGNATURE.len()..FIXED)? {
        [version, _, high, low] if version >> 4 == 2 => {
            let rest = usize::from(u16::from_be_bytes([*high, *low]));
            (bytes.len() >= FIXED + rest).then_some(Ok(FIXED + rest))
        }
        _ => Some(Err(())),
    }
}

/// `PROXY TCP4 192.0.2.1 192.0.2.2 40000 80`, or `PROXY UNKNOWN`.
fn is_line(line: &[u8]) -> bool {
    let mut words = line.trim_ascii_end().split(|byte| *byte == b' ').skip(1);
    match words.next() {
        Some(b"TCP4" | b"TCP6") => words.count() == 4,
        Some(b"UNKNOWN") => true,
        _ => false,
    }
}

impl StreamReader for ProxyHeader {
    fn bytes(&mut self, _: Side, stretch: &Stretch<'_>, _: &mut Events<'_>) -> Want {
        match length(stretch.bytes) {
            None => Want::Bytes { taken: 0, more: 1 },
            Some(Ok(taken)) => Want::HandOver {
                taken,
                to: Next::Any,
            },
            Some(Err(())) => Want::HandOver {
                taken: 0,
                to: Next::Framing,
            },
        }
    }

    fn gap(&mut self, _: Side, _: u32, _: &mut Events<'_>) -> Want {
        Want::Nothing
    }

    fn end(&mut self, _: Side, _: End, _: Unread, _: &mut Events<'_>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_both_versions_are_measured() {
        let line = b"PROXY TCP4 192.0.2.1 192.0.2.2 40000 80\r\n";
        let behind = [&line[..], b"GET / HTTP/1.1\r\n"].concat();
        assert_eq!(length(&behind), Some(Ok(line.len())));
        assert_eq!(length(b"PROXY UNKNOWN\r\n"), Some(Ok(15)));
        assert_eq!(length(b"PROXY TCP4 192.0.2.1"), None);
        assert_eq!(length(b"PROXY is what I say\n"), Some(Err(())));
        assert_eq!(
            length(&[b"PROXY TCP4 ", [b'x'; 100].as_slice()].concat()),
            Some(Err(()))
        );
        let mut second = SIGNATURE.to_vec();
        second.extend([0x21, 0x11, 0, 12]);
        assert_eq!(length(&second), None);
        second.extend([0; 12]);
        second.extend(b"GET /");
        assert_eq!(length(&second), Some(Ok(28)));
        second[12] = 0x11;
        assert_eq!(length(&second), Some(Err(())));
        assert!(may_begin(line) && may_begin(&second) && !may_begin(b"PRO"));
        assert!(!may_begin(b"\r\n\r\n\r\n"));
    }
}
