//! A graph on a terminal: the picture in braille between its axes, the legend, and
//! the caption.

use std::io;

use super::axis::{Label, labels};
use super::braille::{Symbol, picture};
use super::model::{Graph, Ink, Unit};
use super::points::Points;
use super::words;
use crate::notes::Lang;
use crate::report::style::{Paint, Style};
use crate::report::text::screen::Screen;
use crate::report::wrap::width;

/// Rows of the picture, whatever the terminal.
const LEAST_ROWS: usize = 8;
const MOST_ROWS: usize = 40;

/// Columns between two numbers of the time axis.
const APART: usize = 14;

/// Rows between two numbers of the upright axis.
const ROWS_APART: usize = 2;

/// How a colour looks on a terminal.
const fn paint(ink: Ink) -> Paint {
    match ink {
        Ink::Sent => Paint::Client,
        Ink::Acknowledged => Paint::Good,
        Ink::Window => Paint::Warning,
        Ink::Sacked => Paint::Server,
        Ink::Attention => Paint::Error,
        Ink::Note => Paint::Heading,
    }
}

/// What stands around the picture.
pub(super) struct Around<'a> {
    pub title: &'a str,
    pub caption: &'a [String],
    /// Rows of the terminal.
    pub rows: usize,
}

/// Writes the graph.
pub(super) fn write(
    screen: &mut Screen,
    graph: &Graph,
    points: &Points,
    around: &Around<'_>,
) -> io::Result<()> {
    let (lang, style) = (screen.words.0, screen.style);
    let mut below = String::new();
    for line in legend(graph, points, lang, style, screen.width) {
        below.push_str(&format!("{line}\n"));
    }
    for said in around.caption {
        crate::report::wrap::hang(&mut below, "  ", "  ", said, screen.width);
    }
    // The title, the axis with its numbers, and the prompt.
    let others = below.lines().count() + 4;
    let rows = around.rows.saturating_sub(others);
    let rows = rows.clamp(LEAST_ROWS, MOST_ROWS);
    let title = style.paint(Paint::Heading, around.title);
    screen.paragraph("", "  ", &title)?;
    let upright = labels(graph.values, rows.div_ceil(ROWS_APART).max(2), graph.unit);
    let margin = upright.iter().map(|(_, text)| width(text)).max();
    let margin = margin.unwrap_or(0) + 1;
    let columns = screen.width.saturating_sub(margin + 2).max(1);
    let mut out = String::new();
    for (row, symbols) in picture(graph, columns, rows).iter().enumerate() {
        let label = upright
            .iter()
            .find(|(at, _)| row_of(*at, graph.values, rows) == row);
        let text = label.map_or("", |(_, text)| text.as_str());
        let axis = if label.is_some() { "┤" } else { "│" };
        let before = format!("{}{text} {axis}", " ".repeat(margin - 1 - width(text)));
        out.push_str(&style.paint(Paint::Faint, &before));
        out.push_str(painted(symbols, style).trim_end());
        out.push('\n');
    }
    let times = labels(graph.times_ns, (columns / APART).max(2), Unit::Time);
    for line in time_axis(&times, graph.times_ns, columns) {
        let line = format!("{}{line}", " ".repeat(margin));
        out.push_str(&style.paint(Paint::Faint, line.trim_end()));
        out.push('\n');
    }
    screen.write(&out)?;
    screen.write(&below)
}

/// The row of a number, from the top.
fn row_of(number: u64, (first, last): (u64, u64), rows: usize) -> usize {
    let all = u128::from(last.saturating_sub(first)).max(1);
    let dots = (rows * 4).saturating_sub(1) as u128;
    let from_bottom = (u128::from(number.saturating_sub(first)) * dots + all / 2) / all;
    (rows * 4 - 1).saturating_sub(from_bottom as usize) / 4
}

/// Signs of one colour side by side are painted at once.
fn painted(symbols: &[Symbol], style: Style) -> String {
    let mut out = String::new();
    for run in symbols.chunk_by(|one, other| one.ink == other.ink) {
        let text: String = run.iter().map(|symbol| symbol.character).collect();
        match run.first().and_then(|symbol| symbol.ink) {
            Some(ink) => out.push_str(&style.paint(paint(ink), &text)),
            None => out.push_str(&text),
        }
    }
    out
}

/// The axis with its ticks, and the numbers below.
fn time_axis(times: &[Label], (first, last): (u64, u64), columns: usize) -> [String; 2] {
    let all = u128::from(last.saturating_sub(first)).max(1);
    let mut axis: Vec<char> = vec!['─'; columns];
    let mut below = String::new();
    for (at, text) in times {
        let along = u128::from(at.saturating_sub(first)) * (columns.saturating_sub(1)) as u128;
        let column = (along / all) as usize;
        if let Some(tick) = axis.get_mut(column) {
            *tick = '┬';
        }
        let start = (column + 1).saturating_sub(width(text) / 2);
        let start = start.min((columns + 1).saturating_sub(width(text)));
        let used = width(&below);
        if used == 0 || used < start {
            below.push_str(&" ".repeat(start - used.min(start)));
            below.push_str(text);
        }
    }
    let axis: String = axis.into_iter().collect();
    [format!("└{axis}"), below]
}

/// What lines, bars and letters stand for.
fn legend(graph: &Graph, points: &Points, lang: Lang, style: Style, columns: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let inks = graph.inks();
    for ink in inks {
        let text = words::ink(ink, graph.kind, lang);
        let sign = match ink {
            Ink::Acknowledged => "⠤⠤",
            Ink::Window => "⠤ ",
            Ink::Sacked => "⢸",
            _ if graph.kind == super::GraphKind::Sequence => "⡇",
            _ => "⠒⠒",
        };
        parts.push(format!(
            "{} {text}",
            style.paint(paint(ink), sign.trim_end())
        ));
    }
    for (character, ink, text) in words::letters(graph, points, lang) {
        let letter = style.paint(paint(ink), &character.to_string());
        parts.push(format!("{letter} {text}"));
    }
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if width(line) + 3 + width(&part) <= columns => {
                line.push_str("   ");
                line.push_str(&part);
            }
            _ => lines.push(format!("  {part}")),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_time_axis_do_not_run_into_each_other() {
        let labels = labels((0, 1_000_000_000), 6, Unit::Time);
        for columns in 1..90 {
            let [axis, below] = time_axis(&labels, (0, 1_000_000_000), columns);
            assert_eq!(width(&axis), columns + 1);
            assert!(width(&below) <= columns.max(6) + 1, "{columns}: {below}");
        }
        let [_, below] = time_axis(&labels, (0, 1_000_000_000), 60);
        assert!(below.contains("0.2 s"), "{below}");
    }
}
