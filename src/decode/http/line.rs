//! The lines of a head: where each begins and ends.

use std::ops::Range;

use memchr::{memchr, memchr_iter};

use super::{FirstLine, Rule, Version};

/// No method is longer; registered ones have at most 17 letters.
const METHOD_AT_MOST: usize = 24;

/// Whether a message may begin with these bytes, as far as they go: capitals and
/// a space, as a method is followed by (any, not those of a list), or `HTTP/`.
#[must_use]
pub fn may_begin(bytes: &[u8]) -> bool {
    const NAME: &[u8] = b"HTTP/";
    let named = NAME.len().min(bytes.len());
    if !bytes.is_empty() && bytes.get(..named) == NAME.get(..named) {
        return true;
    }
    let is_method = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'-' || *byte == b'_';
    let method = bytes.iter().take_while(|byte| is_method(byte)).count();
    let is_there = (1..=METHOD_AT_MOST).contains(&method);
    let target = bytes.get(method + 1);
    is_there
        && bytes.get(method).is_none_or(|behind| *behind == b' ')
        && target.is_none_or(u8::is_ascii_graphic)
}

/// Behind the empty line that ends a head, if it is there. The first `looked_at`
/// bytes are known to hold no end.
#[must_use]
pub fn end_of_head(bytes: &[u8], looked_at: usize) -> Option<usize> {
    // The end of the line before the empty one may lie in them.
    let from = looked_at.saturating_sub(2);
    let ends = memchr_iter(b'\n', bytes.get(from..)?).map(|at| from + at + 1);
    let mut ends = ends.filter_map(|behind| match bytes.get(behind..)? {
        [b'\n', ..] => Some(behind + 1),
        [b'\r', b'\n', ..] => Some(behind + 2),
        _ => None,
    });
    ends.next()
}

/// The bytes up to a line's end, and behind it.
fn line(bytes: &[u8]) -> Option<(usize, usize)> {
    let newline = memchr(b'\n', bytes)?;
    let has_return = newline > 0 && bytes.get(newline - 1) == Some(&b'\r');
    Some((newline - usize::from(has_return), newline + 1))
}

/// The first line of a message, and where the next begins.
///
/// # Errors
/// The rule that it breaks; [`Rule::FirstLine`] where it is no line of HTTP.
/// `None` while the line has no end yet.
#[must_use]
pub fn first_line(bytes: &[u8]) -> Option<Result<(FirstLine, usize), Rule>> {
    let (end, behind) = line(bytes)?;
    let first = bytes.get(..end).unwrap_or_default();
    let read = if first.starts_with(b"HTTP/") {
        status_line(first)
    } else {
        request_line(first)
    };
    Some(read.map(|read| (read, behind)))
}

/// Whether the first line ends with a version of HTTP.
#[must_use]
pub fn names_version(bytes: &[u8]) -> bool {
    let line = line(bytes).and_then(|(end, _)| bytes.get(..end));
    line.and_then(|line| line.rsplit(|byte| *byte == b' ').next())
        .is_some_and(|last| Version::read(last).is_some())
}

fn status_line(line: &[u8]) -> Result<FirstLine, Rule> {
    let version_end = memchr(b' ', line).unwrap_or(line.len());
    let version = line.get(..version_end).and_then(Version::read);
    let version = version.ok_or(Rule::FirstLine)?;
    let behind = line.get(version_end + 1..).unwrap_or_default();
    let (code, reason) = match behind {
        [a, b, c, rest @ ..] if [a, b, c].into_iter().all(u8::is_ascii_digit) => {
            let code = [a, b, c].into_iter();
            let code = code.fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
            (code, rest)
        }
        _ => return Err(Rule::StatusCode),
    };
    let start = line.len() - reason.len();
    match reason {
        [] => Ok(FirstLine::Status {
            version,
            code,
            reason: start..start,
        }),
        [b' ', ..] => Ok(FirstLine::Status {
            version,
            code,
            reason: start + 1..line.len(),
        }),
        _ => Err(Rule::StatusCode),
    }
}

fn request_line(line: &[u8]) -> Result<FirstLine, Rule> {
    let method_end = memchr(b' ', line).ok_or(Rule::FirstLine)?;
    let method = line.get(..method_end).unwrap_or_default();
    if method.is_empty() || !method.iter().all(|byte| is_token(*byte)) {
        return Err(Rule::FirstLine);
    }
    let target_start = method_end + 1;
    let behind = line.get(target_start..).unwrap_or_default();
    // A target has no space; where one was sent nevertheless, the version is what
    // stands behind the last.
    let last_space = memchr::memrchr(b' ', behind);
    let (target, version) = match last_space {
        Some(space) => {
            let version = behind.get(space + 1..).and_then(Version::read);
            (0..space, version.ok_or(Rule::FirstLine)?)
        }
        // HTTP/0.9 knew one method and no version.
        None if method == b"GET" && behind.starts_with(b"/") => (0..behind.len(), Version::OLDEST),
        None => return Err(Rule::FirstLine),
    };
    let has_control = |target: &[u8]| target.iter().any(u8::is_ascii_control);
    match behind.get(target.clone()) {
        Some(bytes) if !bytes.is_empty() && !has_control(bytes) => Ok(FirstLine::Request {
            method: 0..method_end,
            target: target_start..target_start + target.end,
            version,
        }),
        _ => Err(Rule::FirstLine),
    }
}

/// The name of a field line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldName {
    /// A name, and whether white space stands between it and its colon.
    Name(Range<usize>, bool),
    /// The line goes on with the value of the one before (obs-fold).
    Folded,
    /// None can be read.
    Broken(Rule),
}

/// The field lines of a head behind its first line, up to the empty one: where
/// each stands in `bytes`, with its name and its value without the white space
/// around it.
pub fn field_lines(
    bytes: &[u8],
    from: usize,
) -> impl Iterator<Item = (Range<usize>, FieldName, Range<usize>)> {
    let mut at = from;
    std::iter::from_fn(move || {
        let (end, behind) = line(bytes.get(at..)?)?;
        if end == 0 {
            return None;
        }
        let (start, end) = (at, at + end);
        at += behind;
        let (name, value) = field_line(bytes, start..end);
        Some((start..end, name, value))
    })
}

fn field_line(bytes: &[u8], at: Range<usize>) -> (FieldName, Range<usize>) {
    let line = bytes.get(at.clone()).unwrap_or_default();
    if line.first().is_some_and(|byte| is_blank(*byte)) {
        return (FieldName::Folded, trimmed(bytes, at));
    }
    let Some(colon) = memchr(b':', line) else {
        return (FieldName::Broken(Rule::Colon), at.end..at.end);
    };
    let name = line.get(..colon).unwrap_or_default();
    let length = name.trim_ascii_end().len();
    let is_name = |byte: &u8| is_token(*byte);
    let value = trimmed(bytes, at.start + colon + 1..at.end);
    match name.get(..length) {
        Some(name) if !name.is_empty() && name.iter().all(is_name) => {
            let name = at.start..at.start + length;
            (FieldName::Name(name, length < colon), value)
        }
        _ => (FieldName::Broken(Rule::FieldName), value),
    }
}

/// The place without the white space at its ends.
fn trimmed(bytes: &[u8], at: Range<usize>) -> Range<usize> {
    let all = bytes.get(at.clone()).unwrap_or_default();
    let front = all.iter().take_while(|byte| is_blank(**byte)).count();
    let back = all.iter().rev().take_while(|byte| is_blank(**byte)).count();
    let start = at.start + front;
    start..(at.end - back.min(all.len())).max(start)
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Whether a token may hold this character (RFC 9110, section 5.6.2).
pub(super) const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}
