//! Text that is not our own made fit for a terminal: what packets, files, names
//! of files, the command line and libraries say comes in; what goes out cannot
//! move the cursor, change colours, reverse the writing direction, hide
//! characters, or pass for a line of ours.
//!
//! Every output goes through here: text by [`escape`], messages of several
//! lines by [`escape_lines`], commands to copy by [`shell_word`]. JSON asks
//! [`is_dangerous`] and writes what is as `\u`.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::Write;
use std::path::Path;

/// Escapes control, format and direction characters; other text stays as it
/// is. What is escaped stays so when it is escaped again.
#[must_use]
pub fn escape(text: &str) -> Cow<'_, str> {
    escape_if(text, is_dangerous)
}

/// Escapes a message whose own lines are to stay lines.
#[must_use]
pub fn escape_lines(text: &str) -> Cow<'_, str> {
    escape_if(text, |character| {
        character != '\n' && is_dangerous(character)
    })
}

/// A path as a message or a report names it.
#[must_use]
pub fn escape_path(path: &Path) -> String {
    escape(&path.to_string_lossy()).into_owned()
}

fn escape_if(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match is_escaped(character) {
            true => push_escaped(&mut out, character),
            false => out.push(character),
        }
    }
    Cow::Owned(out)
}

/// Appends a character, escaped if it has to be.
pub(crate) fn push(out: &mut String, character: char) {
    match is_dangerous(character) {
        true => push_escaped(out, character),
        false => out.push(character),
    }
}

fn push_escaped(out: &mut String, character: char) {
    match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\0' => out.push_str("\\0"),
        other => {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", other as u32);
        }
    }
}

/// Appends bytes that are no characters, two digits each.
pub(crate) fn push_bytes_in_hex(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(out, "\\x{byte:02x}");
    }
}

/// Control characters, and those of Unicode's format class that show nothing
/// themselves but change how their neighbours look.
#[must_use]
pub fn is_dangerous(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
            | '\u{fe00}'..='\u{fe0f}')
}

/// A word of a command to copy, quoted as a shell wants it. What could command
/// the terminal, or is no UTF-8, is written byte by byte in `$'…'` (POSIX.1-2024,
/// 2.2.4), so that the command still names the same file.
#[must_use]
pub fn shell_word(word: &OsStr) -> String {
    let plain = |character: char| {
        character.is_alphanumeric() || matches!(character, '.' | '/' | '_' | '-' | '+' | ':' | ',')
    };
    match word.to_str() {
        Some(word) if !word.is_empty() && word.chars().all(plain) => word.to_owned(),
        Some(word) if !word.chars().any(is_dangerous) => {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
        _ => {
            let mut out = "$'".to_owned();
            for chunk in word.as_encoded_bytes().utf8_chunks() {
                for character in chunk.valid().chars() {
                    match character {
                        '\'' | '\\' => out.extend(['\\', character]),
                        other if is_dangerous(other) => {
                            push_bytes(&mut out, other.encode_utf8(&mut [0; 4]).as_bytes());
                        }
                        other => out.push(other),
                    }
                }
                push_bytes(&mut out, chunk.invalid());
            }
            out.push('\'');
            out
        }
    }
}

/// Appends bytes with three octal digits each: of hexadecimal digits a shell
/// may take more than two.
fn push_bytes(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(out, "\\{byte:03o}");
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;
    use std::process::Command;

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_could_command_a_terminal_is_escaped() {
        assert_eq!(escape("a\x1b[31mb\x07\u{9b}"), "a\\u{1b}[31mb\\u{7}\\u{9b}");
    }

    #[test]
    fn what_reverses_or_hides_text_is_escaped() {
        assert_eq!(escape("evil\u{202e}gnp.exe"), "evil\\u{202e}gnp.exe");
        assert_eq!(escape("pay\u{200b}pal"), "pay\\u{200b}pal");
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        assert!(matches!(escape("例え.jp ✓"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_message_keeps_its_lines_and_nothing_else() {
        assert_eq!(escape_lines("a\nb\r\x1b"), "a\nb\\r\\u{1b}");
        assert_eq!(escape("a\nb"), "a\\nb");
    }

    #[test]
    fn a_word_to_copy_is_quoted_only_as_far_as_it_needs() {
        for (word, quoted) in [
            ("plain-1.pcap", "plain-1.pcap"),
            ("", "''"),
            ("it's here.pcap", "'it'\\''s here.pcap'"),
            ("a\x1b]52;c;x\x07.pcap", "$'a\\033]52;c;x\\007.pcap'"),
            ("it's\n", "$'it\\'s\\012'"),
            ("\u{202e}1", "$'\\342\\200\\2561'"),
        ] {
            assert_eq!(shell_word(OsStr::new(word)), quoted);
        }
        assert_eq!(shell_word(OsStr::from_bytes(b"\xff7")), "$'\\3777'");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_dangerous_comes_out(text in any::<String>()) {
            let once = escape(&text);
            prop_assert!(!once.chars().any(is_dangerous));
            prop_assert_eq!(escape(&once), once.clone());
        }

        #[test]
        fn a_shell_reads_the_same_word_again(bytes in proptest::collection::vec(1_u8.., 0..20)) {
            let word = OsStr::from_bytes(&bytes);
            let quoted = shell_word(word);
            prop_assert!(!quoted.chars().any(is_dangerous));
            let script = format!("printf %s {quoted}");
            let shell = Command::new("bash").env("LC_ALL", "C").arg("-c").arg(script).output();
            // Where there is no bash, the examples above have to do.
            if let Ok(read) = shell {
                prop_assert_eq!(read.stdout, bytes);
            }
        }
    }
}
