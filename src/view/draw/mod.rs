//! What stands where on the screen: the views above, the panes of the place, the
//! keys and the progress below.

mod field;
mod problems;
mod time;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::widgets::{Clear, Widget};

use super::place::{Place, TABS};
use super::screen::Typing;
use super::words::Words;
use super::{LEAST, Viewer, ansi};
use crate::escape::escape;
use crate::notes::units;
use crate::report::wrap::{cut, width};

pub(super) use field::rows;

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
        Place::Problems => problems::problems(viewer, body, buffer),
        Place::Time => time::time(viewer, body, buffer),
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

/// What of an area is below so many rows.
fn below(area: Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    Rect {
        y: area.y + rows,
        height: area.height - rows,
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
        return field::field(viewer, lower, buffer);
    }
    let number = screen.main.number().map(|number| number.to_string());
    let title = format!("{} {}", words.packet_beneath(), number.unwrap_or_default());
    rule(buffer, row(lower, 0), &title, !in_main);
    let lower = below(lower, 1);
    screen.beneath.draw(lower, buffer, !in_main);
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
