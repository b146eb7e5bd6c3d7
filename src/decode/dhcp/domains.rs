//! Domain names in an option: labels as DNS writes them, with pointers into the
//! option itself (RFC 3397, RFC 1035 section 4.1.4). Each pointer has to lead to
//! an earlier byte than the one before, so that no chain of them is endless.

use std::fmt::Write;

/// The most names that are read of one option.
const MOST: usize = 64;

/// The longest name in bytes, as DNS has it.
const LONGEST: usize = 255;

/// The names, up to the first that cannot be read.
pub fn domains(data: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < data.len() && found.len() < MOST {
        let Some((name, next)) = name(data, at) else {
            break;
        };
        found.push(name);
        at = next;
    }
    found
}

/// One name, and where the next begins.
fn name(data: &[u8], start: usize) -> Option<(String, usize)> {
    let mut text = String::new();
    let (mut at, mut next, mut lowest) = (start, None, start);
    let mut length = 0;
    loop {
        let first = *data.get(at)?;
        match first >> 6 {
            0 if first == 0 => {
                if text.is_empty() {
                    text.push('.');
                }
                return Some((text, next.unwrap_or(at + 1)));
            }
            0 => {
                let end = at + 1 + usize::from(first);
                length += 1 + usize::from(first);
                if length > LONGEST {
                    return None;
                }
                if !text.is_empty() {
                    text.push('.');
                }
                push_label(&mut text, data.get(at + 1..end)?);
                at = end;
                // A name that ends with its option instead of a zero.
                if at == data.len() && next.is_none() {
                    return Some((text, at));
                }
            }
            3 => {
                let second = *data.get(at + 1)?;
                next = next.or(Some(at + 2));
                at = usize::from(first & 0x3f) << 8 | usize::from(second);
                if at >= lowest {
                    return None;
                }
                lowest = at;
            }
            _ => return None,
        }
    }
}

/// A label as text; what is no plain character is written as in zone files.
fn push_label(text: &mut String, label: &[u8]) {
    for byte in label {
        match byte {
            b'.' | b'\\' => {
                text.push('\\');
                text.push(char::from(*byte));
            }
            0x21..=0x7e => text.push(char::from(*byte)),
            // Writing to a string cannot fail.
            _ => drop(write!(text, "\\{byte:03}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_each_other_and_share_their_ends() {
        let data = b"\x03eng\x05apple\x03com\x00\x09marketing\xc0\x04";
        assert_eq!(domains(data), ["eng.apple.com", "marketing.apple.com"]);
    }

    #[test]
    fn a_pointer_to_itself_or_to_later_bytes_ends_the_reading() {
        assert!(domains(b"\xc0\x00").is_empty());
        assert!(domains(b"\x01a\xc0\x00").is_empty());
        assert!(domains(b"\xc0\x02\x01a\x00").is_empty());
    }

    #[test]
    fn a_last_name_without_its_zero_is_read() {
        assert_eq!(domains(b"\x03lan"), ["lan"]);
    }
}
