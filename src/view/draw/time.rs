//! The view of time: strips, one below the other.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::super::Viewer;
use super::super::place::Place;
use super::{below, put, row, rule};
use crate::notes::units;
use crate::report::digest::Waits;
use crate::report::numbers::grouped;
use crate::report::wrap::width;

/// The columns of steps that a column of a strip is high.
const STEPS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Of the palette of [`crate::report::style`].
const STEEL: Color = Color::Indexed(67);

pub(super) fn time(viewer: &mut Viewer, area: Rect, buffer: &mut Buffer) {
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

/// A strip as high as the area.
pub(super) fn strip_of(buffer: &mut Buffer, area: Rect, columns: &[u64], color: bool) {
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
