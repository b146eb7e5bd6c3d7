//! Scans JSON where it stands in a text, so that the places of its values are
//! known and what is cut off at the end does no harm.

use super::LinkType;
use super::json::{Candidate, Record};
use super::line;
use super::literal::Source;

/// Values inside each other.
const DEEPEST: usize = 64;

/// One value that is being scanned.
pub(super) struct Scan<'s> {
    source: &'s Source<'s, 's>,
    at: usize,
    /// Characters that may still be looked at.
    pub steps: usize,
    /// What was found: the elements of a list are records of their own.
    pub records: Vec<Record>,
    /// Candidates of the record that is being scanned.
    open: Vec<Candidate>,
    /// Names of fields.
    keys: usize,
}

/// What a value came to.
enum Value {
    /// A number, if it is one of these.
    Number(Option<u64>),
    /// A byte in hexadecimal digits.
    Byte(u8),
    /// Something with a link type in it.
    LinkType(LinkType),
    Other,
}

impl<'s> Scan<'s> {
    /// Begins at an opening bracket.
    pub(super) fn new(source: &'s Source<'s, 's>, at: usize, steps: usize) -> Self {
        Self {
            source,
            at,
            steps,
            records: Vec::new(),
            open: Vec::new(),
            keys: 0,
        }
    }

    /// Scans the whole value: where it ends; `None` if it is no JSON.
    pub(super) fn run(&mut self) -> Option<usize> {
        self.value("", 0)?;
        self.close_record();
        (self.keys > 0).then_some(self.at)
    }

    /// The next character; a line feed where the text is cut off.
    fn peek(&mut self) -> Option<u8> {
        self.steps = self.steps.checked_sub(1)?;
        Some(self.source.get(self.at).unwrap_or(b'\n'))
    }

    fn is_cut(&self) -> bool {
        self.source.get(self.at).is_none()
    }

    /// The next character that is no white space.
    fn token(&mut self) -> Option<u8> {
        loop {
            let byte = self.peek()?;
            if !byte.is_ascii_whitespace() || self.is_cut() {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    fn close_record(&mut self) {
        if !self.open.is_empty() {
            let candidates = std::mem::take(&mut self.open);
            self.records.push(Record { candidates });
        }
    }

    fn value(&mut self, name: &str, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        match self.token()? {
            _ if self.is_cut() => Some(Value::Other),
            b'{' => self.object(depth),
            b'[' => self.list(name, depth),
            b'"' => {
                let start = self.at + 1;
                let text = self.string()?;
                if let Some((bytes, format)) = Candidate::of_text(&text) {
                    let range = (start, self.at.saturating_sub(1));
                    self.candidate(bytes, format, range, name);
                }
                let (digits, _) = line::without_prefix(&text);
                let is_byte = digits.len() == 2 && line::is_hex(digits);
                let byte = line::hex_bytes(digits).next().filter(|_| is_byte);
                Some(byte.map_or(Value::Other, Value::Byte))
            }
            _ => self.word(),
        }
    }

    fn candidate(
        &mut self,
        bytes: Vec<u8>,
        format: super::Format,
        range: (usize, usize),
        name: &str,
    ) {
        self.open.push(Candidate {
            bytes,
            format,
            range,
            name: name.to_owned(),
            link_type: None,
        });
    }

    /// Fields; a link type among them, or in an object among them, is that of
    /// the bytes that stand beside it.
    fn object(&mut self, depth: usize) -> Option<Value> {
        let mut beside: Vec<usize> = Vec::new();
        let mut link_type = None;
        self.at += 1;
        loop {
            match self.token()? {
                b'}' => {
                    self.at += 1;
                    break;
                }
                b',' => self.at += 1,
                b'"' => {
                    let key = String::from_utf8_lossy(&self.string()?).into_owned();
                    self.keys += 1;
                    if self.token()? != b':' {
                        if self.is_cut() {
                            break;
                        }
                        return None;
                    }
                    self.at += 1;
                    let before = self.open.len();
                    let is_object = self.token()? == b'{';
                    match self.value(&key, depth + 1)? {
                        Value::Number(Some(number)) if is_link_type(&key) => {
                            link_type = u16::try_from(number).ok().map(LinkType);
                        }
                        Value::LinkType(below) => link_type = link_type.or(Some(below)),
                        _ => {}
                    }
                    if !is_object {
                        beside.extend(before..self.open.len());
                    }
                }
                _ if self.is_cut() => break,
                _ => return None,
            }
        }
        for index in beside {
            if let Some(candidate) = self.open.get_mut(index) {
                candidate.link_type = link_type;
            }
        }
        // Beside bytes of its own, it says nothing of those outside.
        Some(match link_type {
            Some(link_type) if depth > 0 => Value::LinkType(link_type),
            _ => Value::Other,
        })
    }

    fn list(&mut self, name: &str, depth: usize) -> Option<Value> {
        let start = self.at + 1;
        let mut numbers: Vec<Option<u8>> = Vec::new();
        self.at += 1;
        loop {
            match self.token()? {
                b']' => {
                    self.at += 1;
                    break;
                }
                b',' => self.at += 1,
                _ if self.is_cut() => break,
                _ => {
                    let value = self.value(name, depth + 1)?;
                    numbers.push(match value {
                        Value::Number(number) => {
                            number.and_then(|number| u8::try_from(number).ok())
                        }
                        Value::Byte(byte) => Some(byte),
                        _ => None,
                    });
                    if depth == 0 {
                        self.close_record();
                    }
                }
            }
        }
        if let Some((bytes, format)) = Candidate::of_numbers(&numbers) {
            let range = (start, self.at.saturating_sub(1));
            self.candidate(bytes, format, range, name);
        }
        Some(Value::Other)
    }

    /// A string, from its opening quote on; line feeds in it are those of a
    /// terminal that broke the line.
    fn string(&mut self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        self.at += 1;
        loop {
            let byte = self.peek()?;
            if self.is_cut() {
                return Some(text);
            }
            self.at += 1;
            match byte {
                b'"' => return Some(text),
                b'\n' => {}
                b'\\' => {
                    let (byte, length) = escape(self.source.text(self.at, self.at + 5))?;
                    text.push(byte);
                    self.at += length;
                }
                _ => text.push(byte),
            }
        }
    }

    /// A number, `true`, `false`, `null`.
    fn word(&mut self) -> Option<Value> {
        let start = self.at;
        while self.peek()?.is_ascii_alphanumeric() || matches!(self.peek()?, b'+' | b'-' | b'.') {
            self.at += 1;
        }
        let word = self.source.text(start, self.at);
        let text = std::str::from_utf8(word).ok()?;
        match word {
            b"true" | b"false" | b"null" => Some(Value::Other),
            [b'0'..=b'9' | b'-', ..] => Some(Value::Number(text.parse().ok())),
            _ => None,
        }
    }
}

/// What follows a backslash, and how many characters that took. Characters
/// that are no ASCII stand for themselves in no base.
fn escape(rest: &[u8]) -> Option<(u8, usize)> {
    let (&letter, rest) = rest.split_first()?;
    match letter {
        b'u' => {
            let digits = std::str::from_utf8(rest.get(..4)?).ok()?;
            let number = u32::from_str_radix(digits, 16).ok()?;
            Some((u8::try_from(number).unwrap_or(b'?'), 5))
        }
        b'n' | b'r' | b't' => Some((b' ', 1)),
        _ => Some((letter, 1)),
    }
}

/// `linktype`, `link_type`, `LinkType`, `dlt`.
fn is_link_type(key: &str) -> bool {
    let name: String = key
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    matches!(name.as_str(), "linktype" | "dlt" | "datalink")
}
