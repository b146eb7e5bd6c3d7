//! What stands where on the screen: the views above, the panes of the place, the
//! keys and the progress below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::widgets::{Clear, Widget};

use super::place::{Place, TABS};
use super::words::Words;
use super::{LEAST, Typing, Viewer, ansi};
use crate::escape::escape;
use crate::notes::{Severity, units};
use crate::report::digest::Waits;
use crate::report::explain::{Sheet, SheetRow};
use crate::report::numbers::grouped;
use crate::report::style::sign;
use crate::report::wrap::{cut, pad, width, wrap};

/// The columns of steps that a column of a strip is high.
const STEPS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Of the palette of [`crate::report::style`].
const STEEL: Color = Color::Indexed(67);

pub(super) fn draw(viewer: &mut Viewer, area: Rect, buffer: &mut Buffer) {
    Clear.render(area, buffer);
    if area.width < LEAST.0 || area.height < LEAST.1 {
        put(buffer, area, 0, viewer.words.too_small(), Style::new());
        return;
    }
    tabs(viewer, row(area, 0), buffer);
    let body = Rect {
        y: area.y + 1,
        height: area.height - 2,
        ..area
    };
    let place = viewer.screen().place.clone();
    match place {
        Place::Problems => problems(viewer, body, buffer),
        Place::Time => time(viewer, body, buffer),
        _ => panes(viewer, body, buffer),
    }
    foot(viewer, row(area, area.height - 1), buffer);
    if viewer.keys_shown {
        keys(viewer.words, area, buffer);
    }
}

/// One row of an area.
fn row(area: Rect, y: u16) -> Rect {
    Rect {
        y: area.y + y.min(area.height),
        height: 1.min(area.height),
        ..area
    }
}

/// Writes a line into a row of an area.
fn put(buffer: &mut Buffer, area: Rect, y: u16, text: &str, style: Style) {
    if y < area.height {
        buffer.set_stringn(area.x, area.y + y, text, usize::from(area.width), style);
    }
}

/// Writes lines with colour codes, as many as fit; gives how many rows they took.
fn put_lines(buffer: &mut Buffer, area: Rect, lines: &[String]) -> u16 {
    let lines = ansi::lines(&lines.join("\n"));
    let shown = lines.iter().take(usize::from(area.height));
    for (line, y) in shown.zip(area.y..) {
        buffer.set_line(area.x, y, line, area.width);
    }
    (lines.len() as u16).min(area.height)
}

/// The views by number: with their names where they fit, else that of the one that is
/// seen.
fn tab_texts(words: Words, columns: u16, seen: Option<usize>) -> Vec<String> {
    let named = |index: usize, place: &Place| format!("{} {}", index + 1, place.title(words.0));
    let all: Vec<_> = TABS
        .iter()
        .enumerate()
        .map(|(index, place)| named(index, place))
        .collect();
    let wide: usize = all.iter().map(|text| width(text) + 1).sum();
    if wide <= usize::from(columns) + 1 {
        return all;
    }
    let all = all.into_iter().enumerate();
    all.map(|(index, text)| {
        if Some(index) == seen {
            text
        } else {
            (index + 1).to_string()
        }
    })
    .collect()
}

/// The view whose name stands in this column.
pub(super) fn tab_at(words: Words, columns: u16, column: u16) -> Option<usize> {
    let mut x = 0;
    tab_texts(words, columns, None).iter().position(|text| {
        x += width(text) + 1;
        usize::from(column) < x
    })
}

fn tabs(viewer: &Viewer, area: Rect, buffer: &mut Buffer) {
    let bottom = viewer.stack.first().map(|screen| &screen.place);
    let seen = TABS.iter().position(|place| Some(place) == bottom);
    let mut x = area.x;
    for (index, text) in tab_texts(viewer.words, area.width, seen).iter().enumerate() {
        let style = match Some(index) == seen {
            true => Style::new().add_modifier(Modifier::REVERSED),
            false => Style::new(),
        };
        let room = usize::from(area.right().saturating_sub(x));
        buffer.set_stringn(x, area.y, text, room, style);
        x = (x + width(text) as u16 + 1).min(area.right());
    }
}

/// A rule with a title.
fn rule(buffer: &mut Buffer, area: Rect, title: &str, focused: bool) {
    let columns = usize::from(area.width);
    let title = cut(title, columns.saturating_sub(4));
    let rest = columns.saturating_sub(width(&title) + 4);
    let line = format!("── {title} {}", "─".repeat(rest));
    let style = match focused {
        true => Style::new().add_modifier(Modifier::BOLD),
        false => Style::new().add_modifier(Modifier::DIM),
    };
    put(buffer, area, 0, &line, style);
}

fn panes(viewer: &mut Viewer, area: Rect, buffer: &mut Buffer) {
    let words = viewer.words;
    let name = viewer.source.name.clone();
    let screen = viewer.screen();
    let mut title = format!("{name} · {}", screen.place.title(words.0));
    if screen.place == Place::Conversations {
        title.push_str(&format!(" · {}", words.sorted(screen.sort())));
        if !screen.words.is_empty() {
            title.push_str(&format!(" · {}", screen.words));
        }
    }
    let beneath = screen.place.has_beneath() && area.height >= 10;
    let in_main = !(beneath && screen.beneath_has_keys);
    rule(buffer, row(area, 0), &title, in_main);
    let main = match beneath {
        true => area.height * 11 / 20,
        false => area.height,
    };
    let upper = Rect {
        y: area.y + 1,
        height: main - 1,
        ..area
    };
    if screen.main.is_empty() && screen.waits[0].is_some() {
        put(buffer, upper, 0, words.works(), Style::new());
    }
    screen.main.draw(upper, buffer, in_main);
    if !beneath {
        return;
    }
    let lower = Rect {
        y: area.y + main,
        height: area.height - main,
        ..area
    };
    if let Place::Fields(_) = screen.place {
        return field(viewer, lower, buffer);
    }
    let number = screen.main.number().map(|number| number.to_string());
    let title = format!("{} {}", words.packet_beneath(), number.unwrap_or_default());
    rule(buffer, row(lower, 0), &title, !in_main);
    let lower = below(lower, 1);
    screen.beneath.draw(lower, buffer, !in_main);
}

/// Columns of the names of fields, at the most.
const WIDEST_LABEL: usize = 32;

/// The layers and fields of a packet, a line each.
pub(super) fn rows(sheet: &Sheet) -> String {
    let labels = sheet.rows.iter().map(|row| width(&row.label));
    let columns = labels.max().unwrap_or(0).min(WIDEST_LABEL);
    let line = |row: &SheetRow| {
        let mut line = String::new();
        pad(&mut line, &cut(&row.label, columns), columns + 2);
        line.push_str(&escape(&row.value));
        line
    };
    let lines: Vec<String> = sheet.rows.iter().map(line).collect();
    lines.join("\n")
}

/// Bytes in a row of a dump.
const DUMP: usize = 16;

/// What the selected field means, and all bytes, its own set off.
fn field(viewer: &mut Viewer, area: Rect, buffer: &mut Buffer) {
    let screen = viewer.screen();
    let selected = screen
        .main
        .number()
        .and_then(|at| screen.sheet.rows.get(at as usize));
    let title = selected.map_or("", |row| row.label.trim());
    rule(buffer, row(area, 0), title, false);
    let area = below(area, 1);
    let columns = usize::from(area.width);
    let mut said: Vec<String> = Vec::new();
    for text in selected.iter().flat_map(|row| &row.said) {
        said.extend(wrap(text, columns));
    }
    let bits = selected.map_or(0..0, |row| row.bits.clone());
    let bytes = (bits.start / 8) as usize..bits.end.div_ceil(8) as usize;
    let half = Rect {
        height: area.height / 2,
        ..area
    };
    let taken = put_lines(buffer, half, &said);
    let dump = below(area, taken);
    let rows = usize::from(dump.height);
    // The first of its bytes is always seen.
    let first = (bytes.start / DUMP).saturating_sub(rows / 2);
    let last = screen.sheet.bytes.len().div_ceil(DUMP).saturating_sub(rows);
    let top = first.min(last);
    let lines = screen
        .sheet
        .bytes
        .chunks(DUMP)
        .enumerate()
        .skip(top)
        .take(rows);
    for ((at, line), y) in lines.zip(0_u16..) {
        let offset = format!("  {:04x}  ", at * DUMP);
        put(
            buffer,
            dump,
            y,
            &offset,
            Style::new().add_modifier(Modifier::DIM),
        );
        for (place, byte) in line.iter().enumerate() {
            let style = match bytes.contains(&(at * DUMP + place)) {
                true => Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD),
                false => Style::new(),
            };
            let character = match byte {
                0x20..=0x7e => char::from(*byte),
                _ => '·',
            };
            let gap = if place >= DUMP / 2 { 1 } else { 0 };
            let hex = Rect {
                x: dump.x + (8 + place * 3 + gap) as u16,
                ..dump
            };
            let text = Rect {
                x: dump.x + (10 + DUMP * 3 + place) as u16,
                ..dump
            };
            for (cell, shown) in [(hex, format!("{byte:02x}")), (text, character.to_string())] {
                if usize::from(cell.x - dump.x) + shown.len() <= columns {
                    buffer.set_stringn(cell.x, dump.y + y, &shown, 2, style);
                }
            }
        }
    }
}

/// What of an area is below so many rows.
fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    }
}

fn problems(viewer: &mut Viewer, area: Rect, buffer: &mut Buffer) {
    let words = viewer.words;
    let opening = viewer.opening.clone();
    let title = put_lines(
        buffer,
        Rect {
            height: area.height.min(3),
            ..area
        },
        &opening.title,
    );
    let area = below(area, title.max(1));
    if opening.problems.is_empty() {
        let nothing = match opening.so_far {
            true => words.nothing_yet(),
            false => words.nothing_wrong(),
        };
        let mut lines = Vec::new();
        // What went well says it, where that is known.
        if opening.others.is_empty() {
            lines.push(nothing.to_owned());
        }
        lines.extend(opening.others.iter().cloned());
        let taken = put_lines(
            buffer,
            Rect {
                height: area.height / 2,
                ..area
            },
            &lines,
        );
        let title = match viewer.source.live {
            true => words.events(),
            false => words.conversations(),
        };
        return concerned(viewer, below(area, taken + 1), title, buffer);
    }
    let height = (area.height * 9 / 20).max(3);
    let upper = Rect { height, ..area };
    let list = Rect {
        width: upper.width * 2 / 5,
        ..upper
    };
    let meaning = Rect {
        x: upper.x + list.width + 2,
        width: upper.width - list.width - 2,
        ..upper
    };
    problem_list(viewer, list, buffer);
    let selected = viewer.screen().problem;
    let mut title = words.conversations().to_owned();
    if let Some(problem) = opening.problems.get(selected) {
        let columns = usize::from(meaning.width);
        let mut lines: Vec<String> = Vec::new();
        for fact in &problem.facts {
            lines.extend(wrap(fact, columns));
        }
        put_lines(
            buffer,
            Rect {
                height: meaning.height.saturating_sub(1),
                ..meaning
            },
            &lines,
        );
        let strip = row(meaning, meaning.height.saturating_sub(1));
        let label = format!("{} ", words.bytes_over_time());
        put(
            buffer,
            strip,
            0,
            &label,
            Style::new().add_modifier(Modifier::DIM),
        );
        let at = (width(&label) as u16).min(strip.width);
        let bar = Rect {
            x: strip.x + at,
            width: strip.width - at,
            ..strip
        };
        let columns = opening.strip.bytes(usize::from(bar.width));
        strip_of(buffer, bar, &columns, viewer.source.color);
        title = match problem.conversations {
            _ if viewer.source.live => words.events().to_owned(),
            0 => words.no_conversation().to_owned(),
            _ => format!("{} · kind:{}", words.its_conversations(), problem.pattern),
        };
    }
    concerned(viewer, below(area, height), &title, buffer);
}

fn problem_list(viewer: &mut Viewer, area: Rect, buffer: &mut Buffer) {
    let selected = viewer.screen().problem;
    let has_keys = !viewer.screen().beneath_has_keys;
    let columns = usize::from(area.width).saturating_sub(2);
    let mut lines = Vec::new();
    let mut place = (0, 0);
    for (index, problem) in viewer.opening.problems.iter().enumerate() {
        let from = lines.len();
        for (at, line) in wrap(&problem.said, columns).into_iter().enumerate() {
            let mark = if at == 0 { sign(problem.severity) } else { " " };
            lines.push((index, problem.severity, format!("{mark} {line}")));
        }
        if index == selected {
            place = (from, lines.len());
        }
    }
    let rows = usize::from(area.height);
    let top = place.1.saturating_sub(rows).min(place.0);
    let shown = lines.iter().skip(top).take(rows);
    for ((index, severity, line), y) in shown.zip(0_u16..) {
        let mut style = Style::new();
        if viewer.source.color {
            style = style.fg(match severity {
                Severity::Error => Color::Indexed(160),
                Severity::Warning => Color::Indexed(130),
                Severity::Note => Color::Reset,
            });
        }
        if *index == selected {
            style = style.add_modifier(match has_keys {
                true => Modifier::REVERSED,
                false => Modifier::UNDERLINED,
            });
        }
        put(buffer, area, y, line, style);
    }
}

/// The conversations that the selected problem concerns.
fn concerned(viewer: &mut Viewer, area: Rect, title: &str, buffer: &mut Buffer) {
    let words = viewer.words;
    let screen = viewer.screen();
    rule(buffer, row(area, 0), title, screen.beneath_has_keys);
    let area = below(area, 1);
    if screen.beneath.is_empty() && screen.waits[1].is_some() {
        put(buffer, area, 0, words.works(), Style::new());
    }
    let has_keys = screen.beneath_has_keys;
    screen.beneath.draw(area, buffer, has_keys);
}

/// A strip as high as the area.
fn strip_of(buffer: &mut Buffer, area: Rect, columns: &[u64], color: bool) {
    let most = columns.iter().copied().max().unwrap_or(0).max(1);
    let style = match color {
        true => Style::new().fg(STEEL),
        false => Style::new(),
    };
    let steps = u64::from(area.height) * 8;
    // Few columns are stretched over all of the width.
    let wide = usize::from(area.width).max(1);
    let at = |x: u16| columns.get(usize::from(x - area.x) * columns.len() / wide);
    for (x, amount) in (area.x..area.right()).filter_map(|x| Some((x, at(x)?))) {
        // What is little is seen, what is nothing is not.
        let filled = u128::from(*amount) * u128::from(steps);
        let filled = filled.div_ceil(u128::from(most)) as u64;
        for (level, y) in (0..u64::from(area.height)).zip((area.y..area.bottom()).rev()) {
            let step = filled.saturating_sub(level * 8).min(8) as usize;
            if let Some(symbol) = STEPS.get(step) {
                buffer.set_stringn(x, y, symbol, 1, style);
            }
        }
    }
}

fn time(viewer: &mut Viewer, area: Rect, buffer: &mut Buffer) {
    let words = viewer.words;
    let name = viewer.source.name.clone();
    let color = viewer.source.color;
    rule(
        buffer,
        row(area, 0),
        &format!("{name} · {}", Place::Time.title(words.0)),
        true,
    );
    let area = below(area, 1);
    let Some((first, last)) = viewer.opening.times_ns else {
        put(buffer, area, 0, words.no_times(), Style::new());
        return;
    };
    let columns = usize::from(area.width);
    let strip = &viewer.opening.strip;
    let bytes = units::bytes as fn(u64) -> String;
    let mut parts = vec![
        (words.bytes_over_time(), strip.bytes(columns), bytes),
        (words.open_over_time(), strip.open(columns), grouped),
        (
            words.sent_again_over_time(),
            strip.sent_again_over_time(columns),
            grouped,
        ),
        (
            words.waits_for_names(),
            strip.longest_waits(Waits::Names, columns),
            units::duration,
        ),
        (
            words.waits_for_web(),
            strip.longest_waits(Waits::Web, columns),
            units::duration,
        ),
    ];
    // What there is nothing of takes no room.
    parts.retain(|(_, columns, _)| columns.iter().any(|amount| *amount > 0));
    let each = area.height.saturating_sub(2) / (parts.len() as u16).max(1);
    for ((title, columns, shown), at) in parts.into_iter().zip(0_u16..) {
        let part = Rect {
            y: area.y + at * each,
            height: each,
            ..area
        };
        let most = columns.iter().copied().max().unwrap_or(0);
        let title = format!("{title}  {} {}", words.at_most(), shown(most));
        put(
            buffer,
            part,
            0,
            &title,
            Style::new().add_modifier(Modifier::BOLD),
        );
        strip_of(buffer, below(part, 1), &columns, color);
    }
    let until = units::duration(last.saturating_sub(first));
    let axis = row(area, area.height.saturating_sub(2));
    let gap = columns.saturating_sub(width(&until) + 1);
    put(
        buffer,
        axis,
        0,
        &format!("0{}{until}", " ".repeat(gap)),
        Style::new(),
    );
    let (from, to) = viewer.marked();
    let marked = Rect {
        x: area.x + from.min(area.width.saturating_sub(1)),
        width: (to - from + 1).min(area.width.saturating_sub(from)),
        ..area
    };
    buffer.set_style(
        Rect {
            height: area.height.saturating_sub(1),
            ..marked
        },
        Modifier::REVERSED,
    );
    let said = words.marked(&viewer.marked_time());
    put(
        buffer,
        row(area, area.height.saturating_sub(1)),
        0,
        &said,
        Style::new(),
    );
}

fn foot(viewer: &Viewer, area: Rect, buffer: &mut Buffer) {
    let words = viewer.words;
    let waits = viewer
        .stack
        .last()
        .is_some_and(|screen| screen.waits.iter().any(Option::is_some));
    let mut corner = match viewer.progress {
        _ if viewer.source.live => String::new(),
        Some((read, Some(total))) if total > 0 => {
            format!("{} {} %", words.reads(), (read.min(total) * 100) / total)
        }
        Some((read, _)) if read > 0 => format!("{} {}", words.reads(), units::bytes(read)),
        Some(_) => words.reads().to_owned(),
        None if waits => words.works().to_owned(),
        None => String::new(),
    };
    if viewer.paused {
        corner = format!("{} {corner}", words.paused()).trim_end().to_owned();
    }
    let room = usize::from(area.width).saturating_sub(width(&corner) + 1);
    let text = match (&viewer.typing, &viewer.message) {
        (Some(Typing::Words(text)), message) => {
            let why = message.as_deref().unwrap_or_default();
            format!("{}{}█  {}", words.select(), escape(text), escape(why))
        }
        (Some(Typing::Path(text)), _) => format!("{}{}█", words.write_to(), escape(text)),
        (None, Some(message)) => escape(message).into_owned(),
        (None, None) if !viewer.status.is_empty() => escape(&viewer.status).into_owned(),
        (None, None) => {
            let mut text = String::new();
            for (key, does) in words.hints() {
                let more = format!("{}{key} {does}", if text.is_empty() { "" } else { "  " });
                if width(&text) + width(&more) > room {
                    break;
                }
                text.push_str(&more);
            }
            text
        }
    };
    put(buffer, area, 0, &cut(&text, room), Style::new());
    let at = usize::from(area.width).saturating_sub(width(&corner)) as u16;
    buffer.set_stringn(area.x + at, area.y, &corner, width(&corner), Style::new());
    let style = Style::new().add_modifier(match viewer.typing {
        Some(_) => Modifier::BOLD,
        None => Modifier::DIM,
    });
    buffer.set_style(area, style);
}

/// The keys, over all else.
fn keys(words: Words, area: Rect, buffer: &mut Buffer) {
    let rows = words.keys();
    let names = rows.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let lines: Vec<String> = rows
        .iter()
        .map(|(name, does)| {
            let gap = " ".repeat(names + 2 - width(name));
            format!(" {name}{gap}{does} ")
        })
        .collect();
    let columns = lines.iter().map(|line| width(line)).max().unwrap_or(0) as u16;
    let (columns, height) = (
        columns.min(area.width),
        (lines.len() as u16).min(area.height),
    );
    let window = Rect {
        x: area.x + (area.width - columns) / 2,
        y: area.y + (area.height - height) / 2,
        width: columns,
        height,
    };
    Clear.render(window, buffer);
    for (line, y) in lines.iter().zip(0_u16..) {
        put(buffer, window, y, line, Style::new());
    }
    buffer.set_style(window, Modifier::REVERSED);
}
