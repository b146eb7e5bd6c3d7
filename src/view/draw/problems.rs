//! The opening screen: what happened, what the selected problem means, and which
//! conversations it concerns.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::super::Viewer;
use super::time::strip_of;
use super::{below, put, put_lines, row, rule};
use crate::notes::{Kind, Severity};
use crate::report::style::sign;
use crate::report::wrap::{width, wrap};

pub(super) fn problems(viewer: &mut Viewer, area: Rect, buffer: &mut Buffer) {
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
        course(
            viewer,
            problem.kind,
            row(meaning, meaning.height.saturating_sub(1)),
            buffer,
        );
        title = match problem.conversations {
            _ if viewer.source.live => words.events().to_owned(),
            0 => words.no_conversation().to_owned(),
            _ => format!("{} · kind:{}", words.its_conversations(), problem.pattern),
        };
    }
    concerned(viewer, below(area, height), &title, buffer);
}

/// How often something of this kind happened over time, in a row.
fn course(viewer: &Viewer, kind: Kind, area: Rect, buffer: &mut Buffer) {
    let label = format!("{} ", viewer.words.its_course());
    let at = (width(&label) as u16).min(area.width);
    let bar = Rect {
        x: area.x + at,
        width: area.width - at,
        ..area
    };
    let strip = &viewer.opening.strip;
    let columns = strip.happened_over_time(kind, usize::from(bar.width));
    // Of what has no time nothing is drawn.
    if columns.iter().any(|times| *times > 0) {
        put(
            buffer,
            area,
            0,
            &label,
            Style::new().add_modifier(Modifier::DIM),
        );
        strip_of(buffer, bar, &columns, viewer.source.color);
    }
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
    let waits_for_all = viewer.opening.so_far && !viewer.source.live;
    let screen = viewer.screen();
    rule(buffer, row(area, 0), title, screen.beneath_has_keys);
    let area = below(area, 1);
    if screen.beneath.is_empty() && (screen.waits[1].is_some() || waits_for_all) {
        put(buffer, area, 0, words.works(), Style::new());
    }
    let has_keys = screen.beneath_has_keys;
    screen.beneath.draw(area, buffer, has_keys);
}
