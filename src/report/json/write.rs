//! JSON, written straight into bytes: in come values that know how to write
//! themselves ([`Json`]), out goes RFC 8259, compact, into a buffer that is
//! used again for the next record. Nothing is collected in between.
//!
//! Members and elements all write the comma that stands before them; the brace
//! or bracket that opens the whole replaces the first one. So no code has to
//! know which comes first, and a member's comma, name and colon are one constant
//! that is appended at once.

use std::fmt::{self, Write as _};

use serde_json::Value;

use crate::escape::is_dangerous;

/// A value that writes itself.
pub trait Json {
    /// Appends the value.
    fn write(&self, out: &mut Vec<u8>);
}

/// Members of an object, for [`object`] to put braces around:
/// `members!(out, "number": 5, "name": "x")`. The names are taken as they are.
macro_rules! members {
    ($out:expr, $($name:literal: $value:expr),+ $(,)?) => {{
        let out: &mut Vec<u8> = $out;
        $(
            out.extend_from_slice(concat!(",\"", $name, "\":").as_bytes());
            $crate::report::json::write::Json::write(&$value, out);
        )+
    }};
}
pub(super) use members;

/// An object of the members that `write` appends.
pub fn object(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    enclosed(out, *b"{}", write);
}

/// A list, each element written by `write`.
pub fn list<T>(
    out: &mut Vec<u8>,
    elements: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    enclosed(out, *b"[]", |out| {
        for element in elements {
            out.push(b',');
            write(out, element);
        }
    });
}

/// A member whose name is known only now; it has to be [`Plain`].
pub fn member(out: &mut Vec<u8>, name: &'static str, value: &(impl Json + ?Sized)) {
    out.push(b',');
    Plain(name).write(out);
    out.push(b':');
    value.write(out);
}

fn enclosed(out: &mut Vec<u8>, [open, close]: [u8; 2], write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    write(out);
    match out.get_mut(start) {
        Some(comma) => *comma = open,
        None => out.push(open),
    }
    out.push(close);
}

/// A name of our own, which has nothing in it to escape.
pub struct Plain(pub &'static str);

impl Json for Plain {
    fn write(&self, out: &mut Vec<u8>) {
        debug_assert!(!may_need_escape(self.0.as_bytes()), "{:?}", self.0);
        out.push(b'"');
        out.extend_from_slice(self.0.as_bytes());
        out.push(b'"');
    }
}

impl Json for str {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'"');
        escaped(out, self);
        out.push(b'"');
    }
}

impl Json for String {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_str().write(out);
    }
}

/// A displayed value as a string.
pub struct Shown<T>(pub T);

impl<T: fmt::Display> Json for Shown<T> {
    fn write(&self, out: &mut Vec<u8>) {
        struct Escaping<'a>(&'a mut Vec<u8>);
        impl fmt::Write for Escaping<'_> {
            fn write_str(&mut self, text: &str) -> fmt::Result {
                escaped(self.0, text);
                Ok(())
            }
        }
        out.push(b'"');
        // Neither the buffer nor what is shown here ever fails.
        let _ = write!(Escaping(out), "{}", self.0);
        out.push(b'"');
    }
}

/// Whether a byte of UTF-8 text cannot stand in a JSON string as it is, or begins
/// a character that may be [dangerous](is_dangerous) to whom the JSON is shown.
fn may_be_special(byte: u8) -> bool {
    byte < 0x20
        || matches!(
            byte,
            b'"' | b'\\' | 0x7f | 0xc2 | 0xd8 | 0xe1 | 0xe2 | 0xef | 0xf3
        )
}

/// Looks at every byte, so that it is done for many at once.
fn may_need_escape(text: &[u8]) -> bool {
    text.iter()
        .fold(false, |found, byte| found | may_be_special(*byte))
}

/// Text as it stands between quotes.
fn escaped(out: &mut Vec<u8>, text: &str) {
    if !may_need_escape(text.as_bytes()) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    let mut written = 0;
    for (at, character) in text.char_indices() {
        let letter = match character {
            '"' => Some(b'"'),
            '\\' => Some(b'\\'),
            '\u{8}' => Some(b'b'),
            '\t' => Some(b't'),
            '\n' => Some(b'n'),
            '\u{c}' => Some(b'f'),
            '\r' => Some(b'r'),
            other if is_dangerous(other) => None,
            _ => continue,
        };
        let before = text.get(written..at).unwrap_or_default();
        out.extend_from_slice(before.as_bytes());
        written = at + character.len_utf8();
        match letter {
            Some(letter) => out.extend_from_slice(&[b'\\', letter]),
            None => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                }
            }
        }
    }
    let rest = text.get(written..).unwrap_or_default();
    out.extend_from_slice(rest.as_bytes());
}

macro_rules! json_of_integers {
    ($($type:ty)*) => {
        $(impl Json for $type {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(itoa::Buffer::new().format(*self).as_bytes());
            }
        })*
    };
}
json_of_integers!(u8 u16 u32 u64 i64 usize);

impl Json for f64 {
    /// The shortest digits that give the same number again; what is no number
    /// is `null`.
    fn write(&self, out: &mut Vec<u8>) {
        // A vector takes whatever is written.
        let _ = serde_json::to_writer(out, self);
    }
}

impl Json for bool {
    fn write(&self, out: &mut Vec<u8>) {
        let word: &[u8] = if *self { b"true" } else { b"false" };
        out.extend_from_slice(word);
    }
}

/// `null`.
impl Json for () {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"null");
    }
}

/// What is not known is `null`.
impl<T: Json> Json for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(out),
            None => ().write(out),
        }
    }
}

impl<T: Json> Json for [T] {
    fn write(&self, out: &mut Vec<u8>) {
        list(out, self, |out, element| element.write(out));
    }
}

/// A pair is a list of two.
impl<A: Json, B: Json> Json for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'[');
        self.0.write(out);
        out.push(b',');
        self.1.write(out);
        out.push(b']');
    }
}

/// A value that was collected, for what is not written often.
impl Json for Value {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => ().write(out),
            Self::Bool(value) => value.write(out),
            Self::Number(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Self::String(value) => value.write(out),
            Self::Array(values) => values.write(out),
            Self::Object(members) => object(out, |out| {
                for (name, value) in members {
                    out.push(b',');
                    name.write(out);
                    out.push(b':');
                    value.write(out);
                }
            }),
        }
    }
}

/// A collected value on a line of its own.
#[must_use]
pub fn value_line(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(&mut out);
    out.push(b'\n');
    out
}

impl<T: Json> Json for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_slice().write(out);
    }
}

impl<T: Json + ?Sized> Json for &T {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(value: &(impl Json + ?Sized)) -> String {
        let mut out = Vec::new();
        value.write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_first_member_has_no_comma_before_it_and_without_any_the_object_is_empty() {
        let mut out = b"x".to_vec();
        object(
            &mut out,
            |out| members!(out, "a": 1_u8, "b": [true, false][..]),
        );
        assert_eq!(out, br#"x{"a":1,"b":[true,false]}"#);
        let mut out = b"x".to_vec();
        object(&mut out, |_| ());
        list(&mut out, [(); 0], |_, ()| ());
        assert_eq!(out, b"x{}[]");
    }

    #[test]
    fn lists_may_stand_in_lists() {
        assert_eq!(
            text(&vec![vec![1_u8], vec![], vec![2, 3]]),
            "[[1],[],[2,3]]"
        );
    }

    #[test]
    fn what_is_not_known_is_null() {
        assert_eq!(text(&None::<u8>), "null");
        assert_eq!(text(&f64::NAN), "null");
    }

    #[test]
    fn displayed_values_are_escaped_too() {
        let strange = format_args!("{}\"{}\u{1}", 1, "\n").to_string();
        assert_eq!(text(&Shown(&strange)), r#""1\"\n\u0001""#);
    }

    proptest! {
        #[test]
        fn texts_are_read_again_as_they_were_and_hold_nothing_dangerous(
            any in any::<String>(),
            special in "[\\x00-\\x7f\u{80}-\u{ad}\u{200b}-\u{206f}\u{fe00}-\u{feff}\u{e0000}-\u{e007f}]*",
        ) {
            for any in [any, special] {
                let written = text(&any);
                prop_assert!(!written.chars().any(is_dangerous), "{written:?}");
                prop_assert_eq!(&serde_json::from_str::<String>(&written).unwrap(), &any);
                prop_assert_eq!(text(&Shown(&any)), &*written);
                prop_assert_eq!(text(&Value::String(any)), written);
            }
        }

        #[test]
        fn ordinary_text_is_written_as_serde_json_writes_it(any in "[ -~一-龥–-”\t\n]*") {
            prop_assert_eq!(text(&any), serde_json::to_string(&any).unwrap());
        }

        #[test]
        fn numbers_are_written_as_serde_json_writes_them(
            whole in any::<u64>(), signed in any::<i64>(), real in any::<f64>()
        ) {
            prop_assert_eq!(text(&whole), whole.to_string());
            prop_assert_eq!(text(&signed), signed.to_string());
            prop_assert_eq!(text(&real), serde_json::to_string(&real).unwrap());
        }
    }
}
