//! Colours for a terminal that wants them. Passed to every renderer, so that
//! nothing depends on a global switch; what matters is always said in words
//! or signs as well.

use colored::Color;

use crate::notes::Severity;

/// The palette, by xterm's numbers: of middling brightness, so that each has
/// four times the contrast on white and on black.
const GREEN: u8 = 28;
const ORANGE: u8 = 130;
const RED: u8 = 160;
const BLUE: u8 = 31;
const PURPLE: u8 = 133;
const STEEL: u8 = 67;

/// How text is set off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Headings.
    Heading,
    /// What is of second rank.
    Faint,
    /// Good.
    Good,
    /// Unusual.
    Warning,
    /// Broken.
    Error,
    /// The client's side.
    Client,
    /// The server's side.
    Server,
    /// A command to copy.
    Command,
    /// A RST.
    Reset,
    /// A FIN.
    Fin,
}

/// Whether to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Write colour codes.
    pub color: bool,
}

impl Style {
    /// `text` set off, or as it is.
    #[must_use]
    pub fn paint(self, paint: Paint, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let code = match paint {
            Paint::Heading => "1".into(),
            Paint::Faint => "2".into(),
            Paint::Good => Color::AnsiColor(GREEN).to_fg_str(),
            Paint::Warning => Color::AnsiColor(ORANGE).to_fg_str(),
            Paint::Error | Paint::Reset => Color::AnsiColor(RED).to_fg_str(),
            Paint::Client => Color::AnsiColor(BLUE).to_fg_str(),
            Paint::Server | Paint::Fin => Color::AnsiColor(PURPLE).to_fg_str(),
            Paint::Command => Color::AnsiColor(STEEL).to_fg_str(),
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// Paints the flags in a segment's line that end a connection.
    #[must_use]
    pub fn flags(self, text: &str) -> String {
        if !self.color {
            return text.to_owned();
        }
        let text = text.replace("RST", &self.paint(Paint::Reset, "RST"));
        text.replace("FIN", &self.paint(Paint::Fin, "FIN"))
    }

    /// Paints the name of a TCP state: one that waits for a program or for time
    /// to pass is set off.
    #[must_use]
    pub fn state(self, name: &str) -> String {
        let paint = match name.trim_end_matches(['?', ' ']) {
            "ESTABLISHED" => Paint::Good,
            "CLOSE_WAIT" => Paint::Warning,
            "TIME_WAIT" | "FIN_WAIT_1" | "FIN_WAIT_2" | "CLOSING" | "LAST_ACK" => Paint::Fin,
            "CLOSED" | "LISTEN" => Paint::Faint,
            _ => return name.to_owned(),
        };
        self.paint(paint, name)
    }

    /// Paints text in the colour of the packet's n-th layer, counted from 0.
    #[must_use]
    pub fn layer(self, index: usize, text: &str) -> String {
        const LAYERS: [Paint; 5] = [
            Paint::Client,
            Paint::Good,
            Paint::Server,
            Paint::Command,
            Paint::Warning,
        ];
        let paint = LAYERS.get(index % LAYERS.len()).copied();
        self.paint(paint.unwrap_or(Paint::Faint), text)
    }

    /// Paints text in the colour of a severity.
    #[must_use]
    pub fn severity(self, severity: Severity, text: &str) -> String {
        match severity {
            Severity::Note => self.paint(Paint::Faint, text),
            Severity::Warning => self.paint(Paint::Warning, text),
            Severity::Error => self.paint(Paint::Error, text),
        }
    }
}

/// The sign of a severity, one column wide.
#[must_use]
pub const fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "·",
        Severity::Warning => "!",
        Severity::Error => "✗",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_text_stays_as_it_is() {
        assert_eq!(Style::default().paint(Paint::Error, "no"), "no");
    }

    #[test]
    fn with_colour_it_is_set_back_at_the_end() {
        let style = Style { color: true };
        assert_eq!(style.paint(Paint::Error, "no"), "\x1b[38;5;160mno\x1b[0m");
    }
}
