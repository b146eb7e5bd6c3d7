//! The head of a message, kept: its first line, its fields, and what they say of
//! the body.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::ops::Range;

use super::secret::{HIDDEN, Named, without_secrets};
use super::{Conflict, Fault, FieldName, FirstLine, Hidden, Rule, Secret, field_lines, first_line};

/// Fields that are kept of one head at the most.
const FIELDS_AT_MOST: usize = 100;

/// Bytes that are kept of a value at the most, and of a name.
const VALUE_AT_MOST: usize = 1_024;

/// Conflicts that are told of one head at the most.
const CONFLICTS_AT_MOST: usize = 8;

/// What is done with values that are secrets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Secrets {
    /// They are not kept.
    #[default]
    Hide,
    /// They are values like others.
    Show,
}

/// The version of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version {
    /// Before the dot.
    pub major: u8,
    /// Behind it.
    pub minor: u8,
}

impl Version {
    /// The one whose requests name none.
    pub const OLDEST: Self = Self { major: 0, minor: 9 };

    /// `HTTP/1.1`: one digit on each side of the dot (RFC 9112, section 2.3).
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        match text {
            [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
                if major.is_ascii_digit() && minor.is_ascii_digit() =>
            {
                Some(Self {
                    major: major - b'0',
                    minor: minor - b'0',
                })
            }
            _ => None,
        }
    }

    /// Whether messages of it name it: a request of HTTP/0.9 does not, and its answer
    /// has no head.
    #[must_use]
    pub fn names_itself(self) -> bool {
        self != Self::OLDEST
    }

    /// Whether a connection stays open behind a message that says nothing of it.
    #[must_use]
    pub fn persists(self) -> bool {
        self >= Self { major: 1, minor: 1 }
    }

    /// The name of the protocol in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match (self.major, self.minor) {
            (0, _) => "0.9",
            (1, 0) => "1.0",
            _ => "1.1",
        }
    }
}

/// The class of a status code (RFC 9110, section 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatusClass {
    /// 1xx.
    Informational,
    /// 2xx.
    Successful,
    /// 3xx.
    Redirection,
    /// 4xx.
    ClientError,
    /// 5xx.
    ServerError,
    /// Any other, which is to be treated as 5xx.
    Unknown,
}

impl StatusClass {
    /// Each of them.
    pub const ALL: [Self; 6] = [
        Self::Informational,
        Self::Successful,
        Self::Redirection,
        Self::ClientError,
        Self::ServerError,
        Self::Unknown,
    ];

    /// The class of a code.
    #[must_use]
    pub const fn of(code: u16) -> Self {
        match code / 100 {
            1 => Self::Informational,
            2 => Self::Successful,
            3 => Self::Redirection,
            4 => Self::ClientError,
            5 => Self::ServerError,
            _ => Self::Unknown,
        }
    }

    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Informational => "1xx",
            Self::Successful => "2xx",
            Self::Redirection => "3xx",
            Self::ClientError => "4xx",
            Self::ServerError => "5xx",
            Self::Unknown => "other",
        }
    }
}

/// Whether a method asks for nothing to be changed (RFC 9110, section 9.2.1).
#[must_use]
pub fn is_safe(method: &str) -> bool {
    matches!(
        method,
        "GET" | "HEAD" | "OPTIONS" | "TRACE" | "QUERY" | "PROPFIND" | "REPORT" | "SEARCH"
    )
}

/// Whether a method has the same effect when it is sent twice (RFC 9110, section
/// 9.2.2).
#[must_use]
pub fn is_idempotent(method: &str) -> bool {
    is_safe(method) || matches!(method, "PUT" | "DELETE")
}

/// A field as it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldLine<'h> {
    /// Its name; names are compared without case.
    pub name: &'h str,
    /// Its value, without the white space around it; of a folded one with single
    /// spaces in place of the line ends.
    pub value: &'h str,
    /// The bytes of the value, also of those that are not kept.
    pub length: usize,
    /// What is known of the value where it is a secret: none of it is in `value`.
    pub hidden: Option<&'h Hidden>,
}

impl FieldLine<'_> {
    /// Whether the field has this name.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// The head of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    first: First,
    fields: HeadFields,
    length: u32,
    body: OfBody,
    conflicts: Vec<Conflict>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum First {
    Request {
        method: Box<str>,
        target: Box<str>,
        version: Version,
    },
    Status {
        version: Version,
        code: u16,
        reason: Box<str>,
    },
    /// None: an answer of HTTP/0.9.
    None,
}

/// What a head says of the body behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct OfBody {
    length: Option<u64>,
    has_encoding: bool,
    is_chunked: bool,
}

/// The fields of a head or a trailer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadFields {
    text: String,
    fields: Vec<Kept>,
    /// Secrets in targets and in values that are shown but for them.
    beside: Vec<Named>,
    /// So many of those stand in the first line.
    in_first_line: u32,
    /// Those that were sent, also such as are not kept.
    pub sent: u32,
}

/// One field: where its name and its value end in the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    name_end: u32,
    end: u32,
    length: u32,
    hidden: Option<Box<Hidden>>,
}

/// As much of a name or a value as is kept.
fn kept(bytes: &[u8]) -> &[u8] {
    bytes.get(..bytes.len().min(VALUE_AT_MOST)).unwrap_or(bytes)
}

impl HeadFields {
    fn push(&mut self, name: &[u8], value: &[u8], secrets: Secrets) {
        self.sent += 1;
        if self.fields.len() >= FIELDS_AT_MOST {
            return;
        }
        self.text.push_str(&String::from_utf8_lossy(kept(name)));
        let name_end = self.text.len() as u32;
        let hidden = match secrets {
            Secrets::Hide => Hidden::of_field(name, value).map(Box::new),
            Secrets::Show => None,
        };
        if hidden.is_none() {
            let shown = shown(kept(value), secrets, &mut self.beside);
            self.text.push_str(&shown);
        }
        let end = self.text.len() as u32;
        self.fields.push(Kept {
            name_end,
            end,
            length: value.len() as u32,
            hidden,
        });
    }

    /// A line that goes on with the value before.
    fn fold(&mut self, value: &[u8], secrets: Secrets) {
        let Some(last) = self.fields.last_mut() else {
            return;
        };
        if self.sent as usize > FIELDS_AT_MOST || value.is_empty() {
            return;
        }
        last.length += 1 + value.len() as u32;
        let room = VALUE_AT_MOST.saturating_sub((last.end - last.name_end) as usize);
        if last.hidden.is_none() && room > value.len() {
            let shown = shown(value, secrets, &mut self.beside);
            self.text.push(' ');
            self.text.push_str(&shown);
            last.end = self.text.len() as u32;
        }
    }

    /// The fields in the order in which they were sent.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = FieldLine<'_>> {
        (0..self.fields.len()).filter_map(|at| {
            let start = match at.checked_sub(1) {
                Some(before) => self.fields.get(before)?.end,
                None => 0,
            };
            let kept = self.fields.get(at)?;
            Some(FieldLine {
                name: self.text.get(start as usize..kept.name_end as usize)?,
                value: self.text.get(kept.name_end as usize..kept.end as usize)?,
                length: kept.length as usize,
                hidden: kept.hidden.as_deref(),
            })
        })
    }
}

/// A text as it is kept: without its secrets, which are noted.
fn shown<'t>(text: &'t [u8], secrets: Secrets, found: &mut Vec<Named>) -> Cow<'t, str> {
    let hidden = match secrets {
        Secrets::Hide => without_secrets(text),
        Secrets::Show => None,
    };
    match hidden {
        Some((shown, secrets)) => {
            found.extend(secrets);
            shown.into()
        }
        None => String::from_utf8_lossy(text),
    }
}

impl Head {
    /// Reads a whole head, its empty line included.
    ///
    /// # Errors
    /// Where it cannot be read on, and which rule it breaks.
    pub fn parse(bytes: &[u8], secrets: Secrets) -> Result<Self, Fault> {
        let at_start = |rule| Fault { offset: 0, rule };
        let first = first_line(bytes).ok_or(at_start(Rule::FirstLine))?;
        let (first, behind) = first.map_err(at_start)?;
        let mut fields = HeadFields::default();
        let mut text = |range: Range<usize>| {
            let bytes = bytes.get(range).unwrap_or_default();
            let shown = shown(bytes, secrets, &mut fields.beside);
            shown.into_owned().into_boxed_str()
        };
        let first = match first {
            FirstLine::Request {
                method,
                target,
                version,
            } => First::Request {
                method: text(method),
                target: text(target),
                version,
            },
            FirstLine::Status {
                version,
                code,
                reason,
            } => First::Status {
                version,
                code,
                reason: text(reason),
            },
        };
        fields.in_first_line = fields.beside.len() as u32;
        let mut head = Self {
            first,
            fields,
            length: bytes.len() as u32,
            body: OfBody::default(),
            conflicts: Vec::new(),
        };
        head.conflicts_of_line(bytes.get(..behind).unwrap_or_default());
        for (line, name, value) in field_lines(bytes, behind) {
            head.field(bytes, &line, name, value, secrets)
                .map_err(|rule| Fault {
                    offset: line.start,
                    rule,
                })?;
        }
        head.judge();
        Ok(head)
    }

    /// The head that an answer of HTTP/0.9 has not.
    #[must_use]
    pub fn none() -> Self {
        Self {
            first: First::None,
            fields: HeadFields::default(),
            length: 0,
            body: OfBody::default(),
            conflicts: Vec::new(),
        }
    }

    /// Takes in a field line.
    fn field(
        &mut self,
        bytes: &[u8],
        line: &Range<usize>,
        name: FieldName,
        value: Range<usize>,
        secrets: Secrets,
    ) -> Result<(), Rule> {
        let at = |range: Range<usize>| bytes.get(range).unwrap_or_default();
        let value = at(value);
        self.conflicts_of_line(at(line.clone()));
        if value.contains(&0) {
            return Err(Rule::Nul);
        }
        match name {
            FieldName::Broken(rule) => return Err(rule),
            FieldName::Folded if self.fields.sent == 0 => return Err(Rule::FieldName),
            FieldName::Folded => {
                self.conflict(Conflict::Folded);
                self.fields.fold(value, secrets);
            }
            FieldName::Name(name, has_space) => {
                if has_space {
                    self.conflict(Conflict::SpaceBeforeColon);
                }
                let name = at(name);
                self.fields.push(name, value, secrets);
                if name.eq_ignore_ascii_case(b"content-length") {
                    self.length_field(value)?;
                } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
                    let last = value.rsplit(|byte| *byte == b',').next();
                    let last = last.unwrap_or_default().trim_ascii();
                    self.body.has_encoding = true;
                    self.body.is_chunked = last.eq_ignore_ascii_case(b"chunked");
                }
            }
        }
        Ok(())
    }

    /// A length, or several that are the same.
    fn length_field(&mut self, value: &[u8]) -> Result<(), Rule> {
        for length in value.split(|byte| *byte == b',') {
            let digits = length.trim_ascii();
            let all = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
            let length = str::from_utf8(digits).ok().filter(|_| all);
            let length: u64 = length
                .and_then(|digits| digits.parse().ok())
                .ok_or(Rule::ContentLength)?;
            match self.body.length {
                Some(first) if first != length => {
                    self.conflict(Conflict::LengthTwice(first, length));
                }
                Some(_) => {}
                None => self.body.length = Some(length),
            }
        }
        Ok(())
    }

    /// What the fields say together.
    fn judge(&mut self) {
        if !self.body.has_encoding {
            return;
        }
        if let Some(length) = self.body.length {
            self.conflict(Conflict::LengthAndEncoding(length));
        }
        if self.request().is_some() && !self.body.is_chunked {
            self.conflict(Conflict::ChunkedNotLast);
        }
        if !self.version().persists() {
            self.conflict(Conflict::EncodingInOldVersion);
        }
    }

    fn conflicts_of_line(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.contains(&b'\r') {
            self.conflict(Conflict::BareCr);
        }
    }

    fn conflict(&mut self, conflict: Conflict) {
        if self.conflicts.len() < CONFLICTS_AT_MOST && !self.conflicts.contains(&conflict) {
            self.conflicts.push(conflict);
        }
    }

    /// The method and what is asked for, of a request.
    #[must_use]
    pub fn request(&self) -> Option<(&str, &str)> {
        match &self.first {
            First::Request { method, target, .. } => Some((method, target)),
            First::Status { .. } | First::None => None,
        }
    }

    /// The code and the reason, of a response.
    #[must_use]
    pub fn status(&self) -> Option<(u16, &str)> {
        match &self.first {
            First::Request { .. } | First::None => None,
            First::Status { code, reason, .. } => Some((*code, reason)),
        }
    }

    /// The version that it names.
    #[must_use]
    pub const fn version(&self) -> Version {
        match self.first {
            First::Request { version, .. } | First::Status { version, .. } => version,
            First::None => Version::OLDEST,
        }
    }

    /// The fields in the order in which they were sent.
    pub fn fields(&self) -> impl DoubleEndedIterator<Item = FieldLine<'_>> {
        self.fields.iter()
    }

    /// The value of the first field of this name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        let mut of_name = self.fields().filter(|field| field.is(name));
        of_name.next().map(|field| field.value)
    }

    /// Whether a field that is a list has this element, without regard to case.
    #[must_use]
    pub fn lists(&self, name: &str, element: &str) -> bool {
        let of_name = self.fields().filter(|field| field.is(name));
        let mut elements = of_name.flat_map(|field| field.value.split(','));
        elements.any(|one| one.trim().eq_ignore_ascii_case(element))
    }

    /// Each secret in it: with its name, where it has one.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, &Secret)> {
        let hidden = self
            .fields()
            .filter_map(|field| Some((field.name, field.hidden?)));
        let of_fields = hidden.flat_map(|(name, hidden)| {
            let named = hidden.named.iter().map(|(name, secret)| (&**name, secret));
            named.chain([(name, &hidden.secret)])
        });
        let beside = self.fields.beside.iter();
        of_fields.chain(beside.map(|(name, secret)| (&**name, secret)))
    }

    /// The secrets of the target and of values that are shown but for them, each
    /// with its name.
    pub fn secrets_beside(&self) -> impl Iterator<Item = (&str, &Secret)> {
        let beside = self.fields.beside.iter();
        beside.map(|(name, secret)| (&**name, secret))
    }

    /// The secrets in what is asked for, hidden or shown: the name of each, which
    /// may be empty, and its number.
    #[must_use]
    pub fn secrets_of_target(&self) -> Vec<(Cow<'_, str>, Option<u32>)> {
        let Some((_, target)) = self.request() else {
            return Vec::new();
        };
        let hidden = self.fields.in_first_line as usize;
        if hidden > 0 {
            let hidden = self.secrets_beside().take(hidden);
            return hidden
                .map(|(name, secret)| (name.into(), secret.number()))
                .collect();
        }
        let shown = without_secrets(target.as_bytes()).filter(|_| !target.contains(HIDDEN));
        let (_, shown) = shown.unwrap_or_default();
        let names = shown.into_iter().map(|(name, _)| String::from(name));
        names.map(|name| (name.into(), None)).collect()
    }

    /// What is known of the secret in each field of this name, hidden or shown.
    pub fn credentials<'h>(&'h self, name: &str) -> impl Iterator<Item = Cow<'h, Hidden>> {
        let of_name = self.fields().filter(move |field| field.is(name));
        of_name.filter_map(|field| match field.hidden {
            Some(hidden) => Some(Cow::Borrowed(hidden)),
            None => Hidden::of_field(field.name.as_bytes(), field.value.as_bytes()).map(Cow::Owned),
        })
    }

    /// Whether every field is kept, and all of its value.
    #[must_use]
    pub fn is_kept_whole(&self) -> bool {
        let mut fields = self.fields();
        self.fields.sent as usize == self.fields.fields.len()
            && fields.all(|field| field.hidden.is_some() || field.length < VALUE_AT_MOST)
    }

    /// Field lines that were sent, also those that are not kept.
    #[must_use]
    pub const fn fields_sent(&self) -> u32 {
        self.fields.sent
    }

    /// Bytes on the wire, the empty line included.
    #[must_use]
    pub const fn length(&self) -> u32 {
        self.length
    }

    /// The first Content-Length.
    #[must_use]
    pub const fn content_length(&self) -> Option<u64> {
        self.body.length
    }

    /// Whether chunked is the last transfer coding.
    #[must_use]
    pub const fn is_chunked(&self) -> bool {
        self.body.is_chunked
    }

    /// Whether there is a transfer coding.
    #[must_use]
    pub const fn has_transfer_encoding(&self) -> bool {
        self.body.has_encoding
    }

    /// What readers may not agree upon.
    #[must_use]
    pub fn conflicts(&self) -> &[Conflict] {
        &self.conflicts
    }

    /// Forgets the fields, so that it takes little room.
    #[must_use]
    pub fn without_fields(mut self) -> Self {
        let sent = self.fields.sent;
        self.fields = HeadFields::default();
        self.fields.sent = sent;
        self
    }
}
