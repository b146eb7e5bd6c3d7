//! The bytes of a conversation for reading: each run of one side's bytes below a line
//! that says whose they are, what is missing and what came again in lines of their
//! own.

use std::io::{self, Write};
use std::ops::Range;

use super::words;
use crate::escape;
use crate::report::preview::masked;
use crate::report::style::Paint;
use crate::report::text::bytes::rows;
use crate::report::text::screen::Screen;
use crate::report::{ConversationReport, Look, Report, Summary, Wants};
use crate::track::{Delivered, PacketNumber, Side, Sides, StreamPart};

/// A run longer than this goes out in several, so that no more is kept.
const RUN: usize = 64 * 1024;

/// So many lines wait for the end of a run at the most.
const MARKS: usize = 1_000;

/// Bytes of one side, with nothing of the other between them.
struct Run {
    side: Side,
    offset: u64,
    /// The first and the last of the packets that brought it: one that overtook
    /// another may stand before it.
    packets: Option<(PacketNumber, PacketNumber)>,
    time_ns: Option<u64>,
    bytes: Vec<u8>,
    /// Those of them that are not shown.
    hidden: Vec<Range<usize>>,
    /// What is said below it.
    marks: Vec<String>,
}

/// The transcript.
pub struct Transcript {
    screen: Screen,
    is_hex: bool,
    run: Option<Run>,
    /// Who talks stands above.
    is_titled: bool,
    /// Something was said of how a side begins.
    has_begun: Sides<bool>,
    number: u64,
    /// Values that were not shown.
    hidden: u64,
    /// The last line is of what is missing or came again.
    is_marked: bool,
}

impl Transcript {
    /// Of the conversation of this number, in hexadecimal beside the text, or as
    /// text.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, look: Look, number: u64, is_hex: bool) -> Self {
        Self {
            screen: Screen::new(out, look),
            is_hex,
            run: None,
            is_titled: false,
            has_begun: Sides::default(),
            number,
            hidden: 0,
            is_marked: false,
        }
    }

    fn title(&mut self, it: &Delivered) -> io::Result<()> {
        let words = self.screen.words;
        let title = format!("{} {}", words.conversation(), it.conversation);
        let title = self.screen.style.paint(Paint::Heading, &title);
        self.screen.write(&format!("{title}\n"))?;
        for side in Side::BOTH {
            let end = it.ends[side].to_string();
            let end = self.screen.style.paint(paint(side), &end);
            let line = format!("  {}  {end}\n", words.side(side));
            self.screen.write(&line)?;
        }
        Ok(())
    }

    /// The side's first bytes that were captured were not its first.
    fn begins(&mut self, it: &Delivered) -> io::Result<()> {
        let has_begun = std::mem::replace(&mut self.has_begun[it.side], true);
        if has_begun || it.from_beginning || !matches!(it.part, StreamPart::Bytes(_)) {
            return Ok(());
        }
        self.end_run()?;
        let words = self.screen.words;
        let said = words::begins_later(words.0, words.side(it.side));
        self.mark_line(&said)
    }

    fn mark_line(&mut self, said: &str) -> io::Result<()> {
        let line = self
            .screen
            .style
            .paint(Paint::Warning, &format!("… {said} …"));
        let before = match std::mem::replace(&mut self.is_marked, true) {
            true => "",
            false => "\n",
        };
        self.screen.write(&format!("{before}{line}\n"))
    }

    fn add(&mut self, it: &Delivered, bytes: &[u8], is_datagram: bool) -> io::Result<()> {
        let goes_on = self.run.as_ref().is_some_and(|run| {
            run.side == it.side && !is_datagram && run.bytes.len() < RUN && run.marks.len() < MARKS
        });
        if !goes_on {
            self.end_run()?;
        }
        let run = self.run.get_or_insert_with(|| Run {
            side: it.side,
            offset: it.offset,
            packets: None,
            time_ns: it.time_ns,
            bytes: Vec::new(),
            hidden: Vec::new(),
            marks: Vec::new(),
        });
        if let Some(packet) = it.packet {
            let (first, last) = run.packets.unwrap_or((packet, packet));
            run.packets = Some((first.min(packet), last.max(packet)));
        }
        let before = run.bytes.len();
        let shifted = |range: &Range<usize>| before + range.start..before + range.end;
        run.hidden.extend(it.hidden.iter().map(shifted));
        run.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn end_run(&mut self) -> io::Result<()> {
        let Some(run) = self.run.take() else {
            return Ok(());
        };
        self.hidden += values(&run.hidden);
        let words = self.screen.words;
        let (from, to) = (words.side(run.side), words.side(run.side.other()));
        let mut head = vec![format!("{from} → {to}")];
        if let Some((first, last)) = run.packets {
            head.push(words::packets(words.0, first, last));
        }
        let time = self.screen.time.next(run.time_ns);
        if !time.is_empty() {
            head.push(time.trim_start().to_owned());
        }
        head.push(words.count_bytes(run.bytes.len() as u64));
        let head = self.screen.style.paint(Paint::Heading, &head.join(" · "));
        let mut text = String::new();
        match self.is_hex {
            true => {
                let is_hidden = |at: usize| run.hidden.iter().any(|range| range.contains(&at));
                rows(&mut text, &run.bytes, run.offset, true, is_hidden);
            }
            false => push_text(&mut text, &masked(&run.bytes, &run.hidden)),
        }
        self.is_marked = false;
        self.screen.write(&format!("\n{head}\n"))?;
        for line in text.lines() {
            let line = self.screen.style.paint(paint(run.side), line);
            self.screen.write(&format!("{line}\n"))?;
        }
        for said in &run.marks {
            self.mark_line(said)?;
        }
        Ok(())
    }
}

/// How many values are hidden: one that came in several packets is one.
fn values(hidden: &[Range<usize>]) -> u64 {
    let before = hidden.iter().map(|range| range.end);
    let before = std::iter::once(usize::MAX).chain(before);
    let begin = hidden
        .iter()
        .zip(before)
        .filter(|(range, end)| range.start != *end);
    begin.count() as u64
}

fn paint(side: Side) -> Paint {
    match side {
        Side::Client => Paint::Client,
        Side::Server => Paint::Server,
    }
}

/// Appends bytes as text: their lines stay lines, what a terminal would obey is
/// escaped, and so is what is no UTF-8.
fn push_text(out: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        let mut characters = chunk.valid().chars().peekable();
        while let Some(character) = characters.next() {
            match (character, characters.peek()) {
                ('\r', Some('\n')) => {}
                ('\n', _) => out.push('\n'),
                (other, _) => escape::push(out, other),
            }
        }
        escape::push_bytes_in_hex(out, chunk.invalid());
    }
}

impl Report for Transcript {
    fn wants(&self) -> Wants {
        super::wants()
    }

    fn begins(&mut self, first_ns: u64) {
        self.screen.time.begins(first_ns);
    }

    fn delivered(&mut self, it: &Delivered) -> io::Result<()> {
        if !std::mem::replace(&mut self.is_titled, true) {
            self.title(it)?;
        }
        self.begins(it)?;
        match &it.part {
            StreamPart::Bytes(bytes) => return self.add(it, bytes, false),
            StreamPart::Datagram(bytes) => return self.add(it, bytes, true),
            StreamPart::Missing { .. } => self.end_run()?,
            StreamPart::SentAgain { .. } => {}
        }
        let Some(said) = words::mark(self.screen.words.0, it) else {
            return Ok(());
        };
        match &mut self.run {
            Some(run) => {
                run.marks.push(said);
                Ok(())
            }
            None => self.mark_line(&said),
        }
    }

    fn conversation(&mut self, report: &ConversationReport<'_>) -> io::Result<()> {
        self.end_run()?;
        if self.is_titled {
            return Ok(());
        }
        let lang = self.screen.words.0;
        let said = match report.conversation.payload() {
            0 => words::no_bytes(lang, self.number),
            _ => words::none_whole(lang, self.number),
        };
        self.screen.write(&format!("{said}\n"))
    }

    fn summary(&mut self, _: &Summary) -> io::Result<()> {
        self.end_run()?;
        if self.hidden == 0 {
            return Ok(());
        }
        let said = words::hidden(self.screen.words.0, self.hidden);
        self.screen.paragraph("\n· ", "  ", &said)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.screen.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_several_packets_is_one() {
        assert_eq!(values(&[]), 0);
        assert_eq!(values(&[3..5, 5..9, 12..13, 20..24, 24..25]), 3);
    }

    #[test]
    fn lines_stay_lines_and_what_a_terminal_obeys_is_escaped() {
        let mut text = String::new();
        push_text(&mut text, b"GET /\r\nHost: a\n\x1b[31m\xff\xfe\tz\r");
        assert_eq!(text, "GET /\nHost: a\n\\u{1b}[31m\\xff\\xfe\\tz\\r");
    }
}
