//! The words of a command line behind its flags: files, words that select
//! conversations, and the capture filter come in, in any order; they go out
//! apart. Every command reads them alike:
//!
//! - an existing path is a file, and `-` is standard input;
//! - `KEY:VALUE` with a key of `condition::KEYS` selects conversations;
//! - what has a `/` in it or ends like a capture is a file that is missing;
//! - the others are the filter, in their order.

mod condition;
mod range;

use std::ffi::{OsStr, OsString};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::escape::{escape, shell_word};
use crate::notes::Lang;
use crate::report::selection::Selection;
use crate::report::wrap::width;

pub use condition::{Named, named};

/// How names of captures end, also with `.gz` or `.zst` behind that.
const ENDINGS: [&str; 3] = [".pcap", ".pcapng", ".cap"];

/// What the words are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Words {
    /// The captures.
    pub files: Vec<PathBuf>,
    /// Which conversations are asked for.
    pub selection: Selection,
    /// The words of [`Words::selection`] as they were typed.
    pub selecting: Vec<String>,
    /// The filter in libpcap's grammar, if there is one.
    pub filter: Option<String>,
}

/// A word that is not understood: all of them, and the place to point at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongWord {
    /// What is wrong, in the reader's language.
    pub message: String,
    /// The words before it, as a shell takes them.
    before: String,
    /// The word.
    word: String,
    /// Where in the word it is wrong, in bytes.
    from: usize,
}

/// What is wrong with a word, and from which of its bytes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) from: usize,
}

/// Divides words into what they are. `utc`: times of the day are in UTC.
///
/// # Errors
/// At the first that is wrong.
pub fn divide(words: &[OsString], utc: bool, lang: Lang) -> Result<Words, Box<WrongWord>> {
    let mut divided = Words::default();
    let mut filter: Vec<String> = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let wrong = |wrong: Wrong| Box::new(WrongWord::new(words, place, wrong));
        let text = word.to_string_lossy();
        if is_file(word) {
            divided.files.push(PathBuf::from(word));
        } else if let Some((key, value)) = condition::key_and_value(&text) {
            let condition = condition::condition(key, value, utc, lang).map_err(wrong)?;
            divided.selection = divided.selection.and(condition);
            divided.selecting.push(text.into_owned());
            if divided.selecting.len() > Selection::MOST {
                let message = lang.pick("more than 64 words select", "选择会话的词超过 64 个");
                return Err(wrong(Wrong::whole(message)));
            }
        } else if looks_like_file(&text) {
            let message = lang.pick("there is no such file", "没有这个文件");
            return Err(wrong(Wrong::whole(message)));
        } else {
            filter.push(text.into_owned());
        }
    }
    divided.filter = (!filter.is_empty()).then(|| filter.join(" "));
    Ok(divided)
}

/// Takes out the word that names a conversation, with what it names: the first that
/// is no file and does not select, if it is a number or an address.
///
/// # Errors
/// When it is a number that no conversation has; in the reader's language.
pub fn take_name(words: &mut Vec<OsString>, lang: Lang) -> Result<Option<(String, Named)>, String> {
    let place = words.iter().position(|word| {
        let text = word.to_string_lossy();
        !is_file(word) && condition::key_and_value(&text).is_none() && !looks_like_file(&text)
    });
    let word = place.and_then(|place| words.get(place));
    let (Some(place), Some(word)) = (place, word) else {
        return Ok(None);
    };
    let text = word.to_string_lossy().into_owned();
    match named(&text, lang) {
        Ok(name) => {
            words.remove(place);
            Ok(Some((text, name)))
        }
        Err(wrong) if text.bytes().all(|byte| byte.is_ascii_digit()) => Err(wrong),
        // It begins a filter.
        Err(_) => Ok(None),
    }
}

/// Whether a word is an existing path, or standard input.
fn is_file(word: &OsStr) -> bool {
    word == "-" || Path::new(word).exists()
}

/// Whether a word can only have been meant as a file. A network (`10.0.0.0/8`)
/// has a slash in it as well, and belongs to a filter.
#[must_use]
pub fn looks_like_file(text: &str) -> bool {
    let name = [".gz", ".zst"]
        .iter()
        .find_map(|packed| text.strip_suffix(packed))
        .unwrap_or(text);
    let is_capture = ENDINGS.iter().any(|ending| name.ends_with(ending));
    let mut with_slash = text
        .split([' ', '(', ')'])
        .filter(|word| word.contains('/'));
    is_capture || with_slash.any(|word| !is_network(word))
}

/// `10/8`, `10.1.0.0/16`, `2001:db8::/32`, and divisions in arithmetic
/// (`ip[2:2]/4`).
fn is_network(word: &str) -> bool {
    let Some((network, bits)) = word.rsplit_once('/') else {
        return false;
    };
    let is_number = |text: &str| text.parse::<u8>().is_ok();
    let is_address = network.parse::<IpAddr>().is_ok()
        || network.split('.').all(is_number)
        || network.ends_with(']');
    is_address && is_number(bits)
}

impl Wrong {
    /// All of the word is wrong.
    fn whole(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            from: 0,
        }
    }
}

impl WrongWord {
    fn new(words: &[OsString], place: usize, wrong: Wrong) -> Self {
        let before = words.iter().take(place);
        let before: Vec<_> = before.map(|word| shell_word(word)).collect();
        let word = words.get(place).map(|word| word.to_string_lossy());
        let word = word.unwrap_or_default().into_owned();
        Self {
            message: wrong.message,
            before: before.join(" "),
            from: wrong.from.min(word.len()),
            word,
        }
    }

    /// The first of words among which there is no file: it must have been meant as
    /// one. `None` where all of them select.
    #[must_use]
    pub fn no_file(words: &[OsString], lang: Lang) -> Option<Self> {
        let meant = |word: &OsString| condition::key_and_value(&word.to_string_lossy()).is_none();
        let place = words.iter().position(meant)?;
        let message = lang.pick("there is no such file", "没有这个文件");
        Some(Self::new(words, place, Wrong::whole(message)))
    }

    /// What is wrong, the words up to the wrong one, and marks below that.
    #[must_use]
    pub fn text(&self) -> String {
        let shown = match self.before.is_empty() {
            true => String::new(),
            false => format!("{} ", self.before),
        };
        let right = escape(self.word.get(..self.from).unwrap_or_default());
        let wrong = escape(self.word.get(self.from..).unwrap_or_default());
        let margin = " ".repeat(width(&shown) + width(&right));
        let marks = "^".repeat(width(&wrong).max(1));
        let message = escape(&self.message);
        format!("{message}\n  {shown}{right}{wrong}\n  {margin}{marks}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(words: &[&str]) -> Result<Words, Box<WrongWord>> {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        divide(&words, true, Lang::En)
    }

    #[test]
    fn files_words_that_select_and_the_filter_may_stand_in_any_order() {
        let words = divided(&[
            "tcp",
            "state:close_wait",
            "Cargo.toml",
            "net",
            "10.0.0.0/8",
            "port:3001",
            "-",
        ])
        .expect("they are right");
        assert_eq!(words.files, [PathBuf::from("Cargo.toml"), "-".into()]);
        assert_eq!(words.filter.as_deref(), Some("tcp net 10.0.0.0/8"));
        assert_eq!(words.selecting, ["state:close_wait", "port:3001"]);
        assert_eq!(words.selection.conditions().len(), 2);
    }

    #[test]
    fn what_looks_like_a_file_and_is_none_is_missing() {
        for file in ["no.pcap", "no.pcapng.gz", "no.cap.zst", "no/such", "/no"] {
            assert!(looks_like_file(file), "{file}");
            let wrong = divided(&["tcp", file]).expect_err("it is missing");
            assert!(wrong.text().contains("no such file"), "{}", wrong.text());
        }
        for filter in [
            "10/8",
            "net 10.1/16",
            "(net 2001:db8::/32)",
            "tcp",
            "len>60",
        ] {
            assert!(!looks_like_file(filter), "{filter}");
        }
    }

    #[test]
    fn the_word_behind_the_files_may_name_a_conversation() {
        let taken = |words: &[&str]| {
            let mut words: Vec<OsString> = words.iter().map(OsString::from).collect();
            let name = take_name(&mut words, Lang::En);
            (name.map(|name| name.map(|(text, _)| text)), words.len())
        };
        let name = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(taken(&["Cargo.toml", "3", "tcp"]), (name("3"), 2));
        assert_eq!(taken(&["port:80", "-", ":3001"]), (name(":3001"), 2));
        assert_eq!(
            taken(&["Cargo.toml", "10.0.0.1:1,10.0.0.2:2"]),
            (name("10.0.0.1:1,10.0.0.2:2"), 1)
        );
        assert_eq!(taken(&["Cargo.toml", "port", "80"]), (Ok(None), 3));
        assert_eq!(taken(&["no.pcap", "port:80"]), (Ok(None), 2));
        assert!(taken(&["Cargo.toml", "0"]).0.is_err());
    }

    #[test]
    fn what_is_wrong_in_a_word_is_marked() {
        let wrong = divided(&["Cargo.toml", "rtt:50xs.."]).expect_err("no unit");
        let text = wrong.text();
        let mut lines = text.lines().skip(1);
        assert_eq!(lines.next(), Some("  Cargo.toml rtt:50xs.."));
        assert_eq!(lines.next(), Some("                 ^^^^^^"));
    }

    #[test]
    fn other_words_with_a_colon_are_the_filters() {
        let words = divided(&["ether", "host", "02:42:0a:00:00:01"]).expect("a filter");
        assert_eq!(
            words.filter.as_deref(),
            Some("ether host 02:42:0a:00:00:01")
        );
        assert!(words.selection.is_empty());
    }
}
