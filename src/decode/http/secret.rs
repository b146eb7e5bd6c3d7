//! Which values of a message are secrets: who reads a recording could use them.
//! They are not kept; what is known of them is how long they are, and which are
//! the same.

use serde::{Deserialize, Serialize};
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::OnceLock;

use memchr::memchr;

/// What stands in place of a secret in a longer text.
pub const HIDDEN: &str = "***";

/// A JSON object in base64url, which begins with `{"`.
const TOKEN_BEGINS: &[u8] = b"eyJ";

/// No shorter text is taken for a JSON Web Token.
const TOKEN_AT_LEAST: usize = 24;

/// Names that are told of one value at the most.
const NAMES_AT_MOST: usize = 64;

/// A value that is not shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hidden {
    /// The scheme before it, as of `Authorization: Bearer …`.
    pub scheme: Option<Box<str>>,
    /// The values in it that have a name, as of `Cookie: a=…; b=…`.
    pub named: Vec<(Box<str>, Secret)>,
    /// What is said of a cookie behind its value: where and when it is sent.
    pub attributes: Box<str>,
    /// Bytes of the whole value.
    pub bytes: u32,
    /// The value as a whole, or the only one in it.
    pub secret: Secret,
}

/// Something that is the same as another, or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Equal secrets have equal ones. Not to be shown: of a short secret it could
    /// be guessed what it was made of.
    fingerprint: u64,
    #[serde(with = "number")]
    number: OnceLock<u32>,
}

/// A number that may be given later.
mod number {
    use std::sync::OnceLock;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(it: &OnceLock<u32>, to: S) -> Result<S::Ok, S::Error> {
        it.get().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<OnceLock<u32>, D::Error> {
        let number = Option::<u32>::deserialize(from)?;
        Ok(number.map_or_else(OnceLock::new, OnceLock::from))
    }
}

impl Secret {
    fn of(value: &[u8]) -> Self {
        Self {
            fingerprint: foldhash::fast::FixedState::with_seed(0x5ec4_e700).hash_one(value),
            number: OnceLock::new(),
        }
    }

    /// What tells it from others while the program runs.
    #[must_use]
    pub const fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Gives it its number, once.
    pub fn set_number(&self, number: u32) {
        self.number.get_or_init(|| number);
    }

    /// Whether it was given one already.
    #[must_use]
    pub fn is_numbered(&self) -> bool {
        self.number.get().is_some()
    }

    /// Its number, from 1 in the order of first sight; `None` where it has none.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        self.number.get().copied().filter(|number| *number > 0)
    }
}

impl Hidden {
    /// What of a field's value is a secret, where all of it is to be hidden.
    pub(super) fn of_field(name: &[u8], value: &[u8]) -> Option<Self> {
        let kept = |range: Range<usize>| value.get(range).unwrap_or_default();
        let text = |range| {
            String::from_utf8_lossy(kept(range))
                .into_owned()
                .into_boxed_str()
        };
        let mut hidden = Self {
            scheme: None,
            named: Vec::new(),
            attributes: Box::default(),
            bytes: value.len() as u32,
            secret: Secret::of(value),
        };
        match FieldSecret::of(name)? {
            FieldSecret::Credentials => {
                // Without a scheme, all of it is the secret.
                if let Some(space) = memchr(b' ', value) {
                    hidden.scheme = Some(text(0..space));
                    hidden.secret = Secret::of(kept(space + 1..value.len()).trim_ascii());
                }
            }
            FieldSecret::Cookies => {
                for (name, value) in pairs(value).take(NAMES_AT_MOST) {
                    hidden.named.push((text(name), Secret::of(kept(value))));
                }
            }
            FieldSecret::Cookie => {
                let (name, cookie) = pairs(value).next()?;
                let end = cookie.end;
                hidden.named.push((text(name), Secret::of(kept(cookie))));
                let behind = text(end..value.len());
                hidden.attributes = behind.trim_start_matches([';', ' ']).into();
            }
            FieldSecret::Value => {}
        }
        if let [(_, only)] = hidden.named.as_slice() {
            hidden.secret = only.clone();
        }
        Some(hidden)
    }
}

/// How a field holds a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FieldSecret {
    /// Behind a scheme.
    Credentials,
    /// `name=value` after `name=value`.
    Cookies,
    /// One `name=value`, then what is said of it.
    Cookie,
    /// As a whole.
    Value,
}

impl FieldSecret {
    fn of(name: &[u8]) -> Option<Self> {
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        if is("Authorization") || is("Proxy-Authorization") {
            Some(Self::Credentials)
        } else if is("Cookie") {
            Some(Self::Cookies)
        } else if is("Set-Cookie") {
            Some(Self::Cookie)
        } else {
            // What browsers and servers settle between them holds no secret.
            let begins = |prefix: &str| {
                let begin = name.get(..prefix.len());
                begin.is_some_and(|begin| begin.eq_ignore_ascii_case(prefix.as_bytes()))
            };
            let is_settled = begins("Sec-") || begins("Access-Control-");
            (is_secret_name(name) && !is_settled).then_some(Self::Value)
        }
    }
}

/// Whether a value of this name is a secret.
fn is_secret_name(name: &[u8]) -> bool {
    const WHOLE: [&str; 9] = [
        "code",
        "sid",
        "session",
        "sessionid",
        "pwd",
        "pass",
        "jwt",
        "auth",
        "phpsessid",
    ];
    const ENDS: [&str; 10] = [
        "token",
        "key",
        "secret",
        "password",
        "passwd",
        "signature",
        "sig",
        "credential",
        "credentials",
        "assertion",
    ];
    let mut lower = [0_u8; 64];
    let Some(lower) = lower.get_mut(..name.len()) else {
        return false;
    };
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    let name = &*lower;
    let ends = |end: &&str| {
        let Some(front) = name.strip_suffix(end.as_bytes()) else {
            return false;
        };
        // `monkey` is no key: a word of its own, or written together with one that
        // says what it opens.
        let known: [&[u8]; 6] = [b"api", b"access", b"auth", b"id", b"refresh", b"client"];
        let is_word = front.last().is_none_or(|last| !last.is_ascii_alphabetic());
        is_word || end.len() > 3 || known.contains(&front)
    };
    WHOLE.iter().any(|whole| name == whole.as_bytes()) || ENDS.iter().any(ends)
}

/// `name=value; name=value`: where names and values stand.
fn pairs(text: &[u8]) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let blank = |byte: &&u8| matches!(**byte, b' ' | b'\t' | b';');
        at += text.get(at..)?.iter().take_while(blank).count();
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let end = memchr(b';', rest).unwrap_or(rest.len());
        let pair = rest.get(..end)?;
        let equals = memchr(b'=', pair);
        let start = at;
        at += end;
        Some(match equals {
            Some(equals) => (start..start + equals, start + equals + 1..start + end),
            None => (start..start, start..start + end),
        })
    })
}

/// Where the secrets in a text stand: the values of fields, of `name=value` in a
/// target or a form, JSON Web Tokens wherever they are. In order, none in another.
#[must_use]
pub fn secrets_in(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let end = memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
        let line = rest.get(..end).unwrap_or_default();
        let content = line.trim_ascii_end();
        in_line(content, at, &mut found);
        at += end;
    }
    found
}

/// A text with asterisks in place of its secrets.
#[must_use]
pub fn with_secrets_hidden(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut behind = 0;
    for range in secrets_in(text) {
        out.extend_from_slice(text.get(behind..range.start).unwrap_or_default());
        out.extend_from_slice(HIDDEN.as_bytes());
        behind = range.end;
    }
    out.extend_from_slice(text.get(behind..).unwrap_or_default());
    out
}

/// Lines that are held against their beginning are no longer.
const LINE_AT_MOST: usize = 16 << 10;

/// Finds secrets in a text that comes in parts: a line may be cut anywhere.
#[derive(Clone, Debug, Default)]
pub struct SecretsInParts {
    /// The line that has no end yet.
    line: Vec<u8>,
}

impl SecretsInParts {
    /// Where secrets stand in the next part.
    pub fn next(&mut self, part: &[u8]) -> Vec<Range<usize>> {
        let before = self.line.len();
        self.line.extend_from_slice(part);
        let found = secrets_in(&self.line).into_iter();
        let found = found.filter(|range| range.end > before);
        let found = found.map(|range| range.start.saturating_sub(before)..range.end - before);
        let found = found.collect();
        let line = memchr::memrchr(b'\n', &self.line).map_or(0, |newline| newline + 1);
        self.line.drain(..line);
        self.line.truncate(LINE_AT_MOST);
        found
    }
}

/// The secrets in one line, which stands at this place.
fn in_line(line: &[u8], at: usize, found: &mut Vec<Range<usize>>) {
    let field = memchr(b':', line).and_then(|colon| {
        let name = line.get(..colon)?.trim_ascii_end();
        Some((colon + 1, FieldSecret::of(name)?))
    });
    let Some((value_at, how)) = field else {
        return in_text(line, at, found);
    };
    let value = line.get(value_at..).unwrap_or_default();
    let front = value.len() - value.trim_ascii_start().len();
    let (at, value) = (at + value_at + front, value.trim_ascii_start());
    let mut add = |range: Range<usize>| {
        if !range.is_empty() {
            found.push(at + range.start..at + range.end);
        }
    };
    match how {
        FieldSecret::Value => add(0..value.len()),
        FieldSecret::Credentials => {
            let behind = memchr(b' ', value).map_or(0, |space| space + 1);
            add(behind..value.len());
        }
        FieldSecret::Cookies => pairs(value).for_each(|(_, value)| add(value)),
        FieldSecret::Cookie => pairs(value).take(1).for_each(|(_, value)| add(value)),
    }
}

/// `name=value` of a target or a form, and tokens.
fn in_text(text: &[u8], at: usize, found: &mut Vec<Range<usize>>) {
    // Most texts hold neither a value with a name nor a token.
    if memchr(b'=', text).is_none() && memchr::memmem::find(text, TOKEN_BEGINS).is_none() {
        return;
    }
    let is_part = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'%' | b'+' | b'/')
    };
    let mut start = 0;
    let mut from = 0;
    for (place, byte) in text.iter().chain([&b' ']).enumerate() {
        if is_part(*byte) && place < text.len() {
            continue;
        }
        let word = text.get(start..place).unwrap_or_default();
        if *byte == b'=' && place < text.len() {
            let name = word.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
            let value = place + 1;
            if is_secret_name(name) && value > from {
                let ends = |byte: &u8| matches!(byte, b'&' | b' ' | b';' | b'"' | b'\'' | b'#');
                let rest = text.get(value..).unwrap_or_default();
                let length = rest.iter().position(ends).unwrap_or(rest.len());
                if length > 0 {
                    found.push(at + value..at + value + length);
                    from = value + length;
                }
            }
        } else if let Some(token) = token_in(word)
            && start + token.start >= from
        {
            found.push(at + start + token.start..at + start + token.end);
            from = start + token.end;
        }
        start = place + 1;
    }
}

/// A JSON Web Token in a word (RFC 7519): three parts of base64url, the first a
/// JSON object.
fn token_in(word: &[u8]) -> Option<Range<usize>> {
    let start = memchr::memmem::find(word, TOKEN_BEGINS)?;
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let token = word.get(start..)?;
    let length = token.iter().take_while(|byte| is_token(byte)).count();
    let dots = token
        .get(..length)?
        .iter()
        .filter(|byte| **byte == b'.')
        .count();
    (length >= TOKEN_AT_LEAST && dots >= 2).then_some(start..start + length)
}

/// A secret with its name, which may be empty.
pub(super) type Named = (Box<str>, Secret);

/// A text with its secrets replaced, and the secrets that were; `None` where there
/// is none.
pub(super) fn without_secrets(text: &[u8]) -> Option<(String, Vec<Named>)> {
    let mut found = Vec::new();
    in_text(text, 0, &mut found);
    if found.is_empty() {
        return None;
    }
    let mut out = String::new();
    let mut secrets = Vec::new();
    let mut behind = 0;
    let lossy = |range: Range<usize>| String::from_utf8_lossy(text.get(range).unwrap_or_default());
    for range in found {
        let front = lossy(behind..range.start);
        let name = front
            .strip_suffix('=')
            .and_then(|front| front.rsplit(['?', '&', ';', ' ', '#']).next());
        secrets.push((
            name.unwrap_or_default().into(),
            Secret::of(text.get(range.clone()).unwrap_or_default()),
        ));
        out.push_str(&front);
        out.push_str(HIDDEN);
        behind = range.end;
    }
    out.push_str(&lossy(behind..text.len()));
    Some((out, secrets))
}
