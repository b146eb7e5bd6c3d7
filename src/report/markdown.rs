//! A note in Markdown, set for a terminal: headings, paragraphs, lists, tables
//! and code blocks as the notes use them. Code blocks stay as they are,
//! everything else is broken into lines of the width asked for.

use std::io::{self, Write};

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use unicode_width::UnicodeWidthChar;

use super::style::{Paint, Style};
use super::wrap::{hang, pad, width, wrap};

/// Longer lines are hard to read, however wide the terminal is.
const WIDEST: usize = 80;
/// Nothing readable fits into less.
const NARROW: usize = 12;
/// Text stands to the right of the headings.
const MARGIN: &str = "  ";
/// Code stands to the right of the text.
const CODE_MARGIN: &str = "    ";
/// Between two columns of a table.
const GUTTER: &str = "  ";
/// No column of a table is made narrower than this.
const NARROWEST: usize = 6;

/// Writes a Markdown text set in lines of at most `columns`.
///
/// # Errors
/// When it cannot be written.
pub fn markdown(out: &mut dyn Write, text: &str, columns: usize, style: Style) -> io::Result<()> {
    let mut setter = Setter {
        out: String::new(),
        columns: columns.clamp(NARROW, WIDEST),
        style,
        text: String::new(),
        bold: false,
        lists: Vec::new(),
        marker: None,
        tight: false,
        code: None,
        table: None,
    };
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        setter.event(event);
    }
    out.write_all(setter.out.replace('\u{a0}', " ").as_bytes())
}

/// The rows of a table, the first its head.
#[derive(Default)]
struct Table {
    rows: Vec<Vec<String>>,
}

struct Setter {
    out: String,
    columns: usize,
    style: Style,
    /// The paragraph, heading or cell in the making.
    text: String,
    bold: bool,
    /// The lists that are open, with the next number of the numbered ones.
    lists: Vec<Option<u64>>,
    /// The mark of a list item whose first line is still to come.
    marker: Option<String>,
    /// Inside a list: no empty line before the next block.
    tight: bool,
    code: Option<String>,
    table: Option<Table>,
}

impl Setter {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None if self.bold => {
                    let text = self.style.paint(Paint::Heading, &text);
                    self.text.push_str(&text);
                }
                None => self.text.push_str(&text),
            },
            Event::Code(code) => {
                let code = self.style.paint(Paint::Command, &code);
                self.text.push_str(&code);
            }
            // Chinese has no spaces between words, so a line break in the
            // source becomes none; the next piece of text tells.
            Event::SoftBreak => self.text.push('\n'),
            Event::HardBreak => self.text.push('\u{2028}'),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Strong | Tag::Emphasis => self.bold = true,
            Tag::List(first) => {
                self.paragraph();
                if self.lists.is_empty() {
                    self.tight = false;
                }
                self.lists.push(*first);
            }
            Tag::Item => {
                self.marker = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let marker = format!("{number}. ");
                        *number += 1;
                        marker
                    }
                    _ => "- ".to_owned(),
                });
            }
            Tag::CodeBlock(_) => {
                self.paragraph();
                self.code = Some(String::new());
            }
            Tag::Table(_) => self.table = Some(Table::default()),
            Tag::TableHead | Tag::TableRow => {
                if let Some(table) = &mut self.table {
                    table.rows.push(Vec::new());
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong | TagEnd::Emphasis => self.bold = false,
            TagEnd::Heading(level) => self.heading(level),
            TagEnd::Paragraph => self.paragraph(),
            TagEnd::Item => {
                self.paragraph();
                self.marker = None;
            }
            TagEnd::List(_) => {
                self.lists.pop();
                self.tight = !self.lists.is_empty();
            }
            TagEnd::CodeBlock => self.code_block(),
            TagEnd::TableCell => {
                let cell = joined(&std::mem::take(&mut self.text));
                if let Some(row) = self.table.as_mut().and_then(|table| table.rows.last_mut()) {
                    row.push(cell);
                }
            }
            TagEnd::Table => self.table(),
            _ => {}
        }
    }

    /// An empty line between blocks, but not between the items of a list.
    fn gap(&mut self) {
        if !self.out.is_empty() && !self.tight {
            self.out.push('\n');
        }
        self.tight = !self.lists.is_empty();
    }

    fn heading(&mut self, level: HeadingLevel) {
        self.tight = false;
        self.gap();
        let text = joined(&std::mem::take(&mut self.text));
        let lines = wrap(&text, self.columns);
        for line in &lines {
            self.out.push_str(&self.style.paint(Paint::Heading, line));
            self.out.push('\n');
        }
        if level == HeadingLevel::H1 {
            let longest = lines.iter().map(|line| width(line)).max().unwrap_or(0);
            self.out.push_str(&"═".repeat(longest));
            self.out.push('\n');
        }
    }

    /// The margin of the text at this depth of lists.
    fn margin(&self) -> String {
        let mut margin = MARGIN.to_owned();
        for list in self.lists.iter().take(self.lists.len().saturating_sub(1)) {
            margin.push_str(if list.is_some() { "   " } else { "  " });
        }
        margin
    }

    fn paragraph(&mut self) {
        let text = joined(&std::mem::take(&mut self.text));
        if text.is_empty() {
            return;
        }
        self.gap();
        let margin = self.margin();
        let hanging = match self.lists.last() {
            Some(Some(_)) => format!("{margin}   "),
            Some(None) => format!("{margin}  "),
            None => margin.clone(),
        };
        let first = match self.marker.take() {
            Some(marker) => margin + &marker,
            None => hanging.clone(),
        };
        hang(&mut self.out, &first, &hanging, &tied(&text), self.columns);
    }

    fn code_block(&mut self) {
        self.gap();
        for line in self.code.take().unwrap_or_default().lines() {
            if !line.is_empty() {
                self.out.push_str(CODE_MARGIN);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }

    fn table(&mut self) {
        self.gap();
        let Some(Table { rows }) = self.table.take() else {
            return;
        };
        let room = self.columns.saturating_sub(MARGIN.len());
        let widths = column_widths(&rows, room);
        for (index, row) in rows.iter().enumerate() {
            self.row(row, &widths, index == 0);
            if index == 0 {
                let rules: Vec<String> = widths.iter().map(|wide| "─".repeat(*wide)).collect();
                self.out.push_str(MARGIN);
                self.out.push_str(&rules.join(GUTTER));
                self.out.push('\n');
            }
        }
    }

    fn row(&mut self, row: &[String], widths: &[usize], head: bool) {
        let cells: Vec<Vec<String>> = row
            .iter()
            .zip(widths)
            .map(|(cell, wide)| wrap(cell, *wide))
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        for line in 0..height {
            let mut text = MARGIN.to_owned();
            for (cell, wide) in cells.iter().zip(widths) {
                let part = cell.get(line).map_or("", String::as_str);
                let paint = if head {
                    self.style.paint(Paint::Heading, part)
                } else {
                    part.to_owned()
                };
                pad(&mut text, &paint, *wide);
                text.push_str(GUTTER);
            }
            self.out.push_str(text.trim_end());
            self.out.push('\n');
        }
    }
}

/// Columns are as wide as their cells; where that is too much for the line, the
/// widest ones give way.
fn column_widths(rows: &[Vec<String>], room: usize) -> Vec<usize> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| width(cell))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let gutters = columns.saturating_sub(1) * GUTTER.len();
    while widths.iter().sum::<usize>() + gutters > room {
        match widths.iter_mut().max() {
            Some(widest) if *widest > NARROWEST => *widest -= 1,
            _ => break,
        }
    }
    widths
}

/// Puts the lines of a paragraph's source behind each other: with a space, but
/// with nothing between two Chinese characters or at a full-width mark.
pub fn joined(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    for line in source.split('\n') {
        let (before, after) = (last_visible(&text), first_visible(line));
        if let (Some(before), Some(after)) = (before, after)
            && !touch(before, after)
        {
            text.push(' ');
        }
        text.push_str(line);
    }
    text.trim().replace('\u{2028}', "\n")
}

/// Whether two characters stand side by side without a space.
fn touch(before: char, after: char) -> bool {
    let chinese = |character| is_wide(character) || is_quote(character);
    is_full_width_mark(before)
        || is_full_width_mark(after)
        || chinese(before) && is_wide(after)
        || is_wide(before) && chinese(after)
}

/// Ties with a no-break space what reads badly at the start of a line: an
/// operator and its right side, and the number of an RFC or a section. The
/// spaces become ordinary ones again when the lines are made.
fn tied(text: &str) -> String {
    const TIES: [(&str, &str); 11] = [
        (" + ", " +\u{a0}"),
        (" − ", " −\u{a0}"),
        (" × ", " ×\u{a0}"),
        (" / ", " /\u{a0}"),
        (" = ", " =\u{a0}"),
        ("RFC ", "RFC\u{a0}"),
        ("section ", "section\u{a0}"),
        ("figure ", "figure\u{a0}"),
        ("第 ", "第\u{a0}"),
        ("图 ", "图\u{a0}"),
        (" 节", "\u{a0}节"),
    ];
    TIES.iter().fold(text.to_owned(), |text, (loose, tied)| {
        text.replace(loose, tied)
    })
}

/// The last character that is no part of a colour code.
fn last_visible(text: &str) -> Option<char> {
    let text = text.strip_suffix("\x1b[0m").unwrap_or(text);
    text.chars().next_back()
}

/// The first character that is no part of a colour code.
fn first_visible(text: &str) -> Option<char> {
    match text.strip_prefix('\x1b') {
        Some(coded) => coded
            .split_once('m')
            .and_then(|(_, text)| text.chars().next()),
        None => text.chars().next(),
    }
}

fn is_wide(character: char) -> bool {
    character.width() == Some(2)
}

fn is_quote(character: char) -> bool {
    matches!(character, '“' | '”' | '‘' | '’')
}

fn is_full_width_mark(character: char) -> bool {
    matches!(character, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ff65}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str, columns: usize) -> String {
        let mut out = Vec::new();
        markdown(&mut out, text, columns, Style::default()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn headings_stand_out_of_the_text() {
        assert_eq!(
            set("# Title\n\nSome\ntext.\n\n## Part\n\nMore.", 40),
            "Title\n═════\n\n  Some text.\n\nPart\n\n  More.\n"
        );
    }

    #[test]
    fn paragraphs_are_broken_at_the_width() {
        assert_eq!(
            set("one two three four five", 20),
            "  one two three four\n  five\n"
        );
    }

    #[test]
    fn lists_hang_and_nest_without_empty_lines() {
        assert_eq!(
            set(
                "Before:\n\n- one two three four five\n- six\n  - inner\n\nAfter.",
                20
            ),
            "  Before:\n\n  - one two three\n    four five\n  - six\n    - inner\n\n  After.\n"
        );
        assert_eq!(set("1. a\n2. b", 20), "  1. a\n  2. b\n");
    }

    #[test]
    fn code_blocks_stay_as_they_are() {
        let long = "x".repeat(100);
        assert_eq!(
            set(&format!("```\na   b\n\n{long}\n```"), 20),
            format!("    a   b\n\n    {long}\n")
        );
    }

    #[test]
    fn tables_are_aligned_by_display_width() {
        assert_eq!(
            set("| 状态 | x |\n|---|---|\n| a | 1 |\n| 关闭 | 2 |", 40),
            "  状态  x\n  ────  ─\n  a     1\n  关闭  2\n"
        );
    }

    #[test]
    fn a_table_too_wide_wraps_its_widest_column() {
        let text = set(
            "| a | b |\n|---|---|\n| one | two three four five six |",
            20,
        );
        for line in text.lines() {
            assert!(width(line) <= 20, "{line}");
        }
        assert!(text.contains("one  two three"), "{text}");
    }

    #[test]
    fn chinese_lines_are_joined_without_a_space() {
        assert_eq!(
            set("连接\n建立，\nTCP\n完成。", 40),
            "  连接建立，TCP 完成。\n"
        );
    }

    #[test]
    fn a_quote_clings_to_its_chinese_neighbour() {
        assert_eq!(set("字节的\n“Linux”", 40), "  字节的“Linux”\n");
    }

    #[test]
    fn sums_break_before_the_operator_and_rfcs_keep_their_number() {
        assert_eq!(set("it is 1400 − 12 now", 15), "  it is 1400\n  − 12 now\n");
        assert_eq!(
            set("it stands in RFC 9293", 20),
            "  it stands in\n  RFC 9293\n"
        );
    }

    #[test]
    fn colour_marks_bold_and_code_and_costs_no_width() {
        let mut out = Vec::new();
        markdown(&mut out, "**one** `two`\nthree", 20, Style { color: true }).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "  \x1b[1mone\x1b[0m \x1b[38;5;67mtwo\x1b[0m three\n"
        );
    }
}
