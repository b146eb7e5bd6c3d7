//! A command to copy, behind what it is for: where it is too long for a line it
//! goes on behind a backslash, as a shell reads it.

use super::style::{Paint, Style};
use super::wrap::width;

/// How far the lines behind the first stand in.
const INDENT: usize = 2;

/// The lines of a command behind a label; a word that is too long by itself stays
/// whole.
pub(super) fn command(label: &str, command: &str, columns: usize, style: Style) -> Vec<String> {
    let margin = label.len() - label.trim_start_matches(' ').len() + INDENT;
    let mut lines: Vec<String> = vec![String::new()];
    let mut words = words(command).peekable();
    while let Some(word) = words.next() {
        let before = if lines.len() == 1 {
            width(label)
        } else {
            margin
        };
        // A line that is not the last needs room for its backslash.
        let behind = if words.peek().is_some() { 2 } else { 0 };
        let room = columns.saturating_sub(before + behind);
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if width(line) + 1 + width(word) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let count = lines.len();
    let painted = lines.into_iter().enumerate().map(|(place, line)| {
        let before = match place {
            0 => label.to_owned(),
            _ => " ".repeat(margin),
        };
        let behind = if place + 1 < count { " \\" } else { "" };
        let line = style.paint(Paint::Command, &format!("{line}{behind}"));
        format!("{before}{line}")
    });
    painted.collect()
}

/// The words of a command as [`crate::escape::shell_word`] writes them: spaces in
/// quotes divide none.
fn words(command: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    command.split(move |character: char| {
        if std::mem::take(&mut escaped) {
            return false;
        }
        match character {
            '\\' => escaped = true,
            '\'' => quoted = !quoted,
            _ => {}
        }
        character == ' ' && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, columns: usize) -> Vec<String> {
        command("  all: ", text, columns, Style::default())
    }

    #[test]
    fn a_long_command_goes_on_behind_a_backslash() {
        assert_eq!(
            lines("wirenotes a.pcap -v", 80),
            ["  all: wirenotes a.pcap -v"]
        );
        let long = lines("wirenotes a.pcap b.pcap --conversation 12", 30);
        assert_eq!(
            long,
            ["  all: wirenotes a.pcap \\", "    b.pcap --conversation 12"]
        );
        let joined: String = long.join("\n").replace("\\\n", "");
        let words: Vec<_> = joined.split_whitespace().skip(1).collect();
        assert_eq!(words.join(" "), "wirenotes a.pcap b.pcap --conversation 12");
    }

    #[test]
    fn quotes_stay_whole() {
        let text = "wirenotes 'it'\\''s here.pcap' $'a b' -f 'tcp port 80'";
        let found: Vec<_> = words(text).collect();
        assert_eq!(
            found,
            [
                "wirenotes",
                "'it'\\''s here.pcap'",
                "$'a b'",
                "-f",
                "'tcp port 80'"
            ]
        );
    }
}
