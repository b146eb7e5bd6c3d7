//! A graph as SVG: what is said of a packet is a mark with its number, and its
//! words show when the pointer rests on it. Nothing is loaded from elsewhere.

use std::collections::HashSet;
use std::fmt::Write;

use maud::{Markup, PreEscaped, html};

use super::axis::labels;
use super::model::{Bar, Graph, Ink, Line, Place, Sign, Unit, letter};
use super::points::Points;
use super::words;
use crate::escape::escape;
use crate::notes::Lang;
use crate::report::wrap::{width, wrap};

/// The picture's size, in its own units.
const WIDTH: u64 = 960;
const HEIGHT: u64 = 440;

/// The plot's place in it.
const LEFT: u64 = 84;
const RIGHT: u64 = WIDTH - 16;
const TOP: u64 = 36;
const BOTTOM: u64 = HEIGHT - 40;

/// The height of a line of text below the plot.
const LINE: u64 = 19;

/// Columns of text below the plot.
const COLUMNS: usize = 128;

/// So many bars are drawn one by one; more are one path, each place once.
const BARS_APART: usize = 600;

/// Units between two numbers of an axis.
const APART: u64 = 110;
const ROWS_APART: u64 = 48;

/// The colour of a line, bar or mark: dark enough on white, and told apart by most
/// who do not see all colours.
#[must_use]
pub const fn colour(ink: Ink) -> &'static str {
    match ink {
        Ink::Sent => "#1f5fa8",
        Ink::Acknowledged => "#2b7a3d",
        Ink::Window => "#b36b00",
        Ink::Sacked => "#8243a8",
        Ink::Attention => "#c42020",
        Ink::Note => "#444444",
    }
}

/// What stands around the plot.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// Above it.
    pub title: &'a str,
    /// Below it, sentence by sentence; none where the page says it.
    pub caption: &'a [String],
    /// The reader's language.
    pub lang: Lang,
}

/// The graph.
#[must_use]
pub fn svg(graph: &Graph, points: &Points, around: &Around<'_>) -> Markup {
    let plot = Plot { graph };
    let lang = around.lang;
    let legend = legend(graph, points, lang);
    let caption: Vec<String> = around
        .caption
        .iter()
        .flat_map(|said| wrap(&escape(said), COLUMNS))
        .collect();
    let height = HEIGHT + LINE * (legend.len() + caption.len()) as u64 + 12;
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {height}"))
            width=(WIDTH) height=(height) role="img" aria-label=(escape(around.title))
            font-family="system-ui, 'Noto Sans CJK SC', sans-serif" font-size="13" {
            rect width=(WIDTH) height=(height) fill="#ffffff" {}
            text x=(LEFT) y="22" font-size="15" font-weight="bold" fill="#111111" {
                (escape(around.title))
            }
            (plot.axes())
            @for line in &graph.lines { (plot.line(line)) }
            (plot.bars())
            @for sign in graph.signs.iter().filter(|sign| sign.ink() == Ink::Note) {
                (plot.sign(sign, lang))
            }
            @for sign in graph.signs.iter().filter(|sign| sign.ink() != Ink::Note) {
                (plot.sign(sign, lang))
            }
            @for (number, row) in legend.iter().enumerate() {
                text x=(LEFT - 18) y=(HEIGHT + 10 + LINE * number as u64) fill="#333333" {
                    @for (sign, ink, text) in row {
                        tspan dx="18" fill=(colour(*ink)) font-weight="bold" { (sign) }
                        tspan dx="5" { (text) }
                    }
                }
            }
            @for (number, said) in caption.iter().enumerate() {
                text x=(LEFT) y=(HEIGHT + 16 + LINE * (legend.len() + number) as u64)
                    fill="#111111" { (said) }
            }
        }
    }
}

impl Sign {
    fn ink(&self) -> Ink {
        letter(self.kind).map_or(Ink::Note, |(_, ink)| ink)
    }
}

/// What lines, bars and letters stand for, in rows that fit.
fn legend(graph: &Graph, points: &Points, lang: Lang) -> Vec<Vec<(String, Ink, String)>> {
    let inks = graph.inks().into_iter().map(|ink| {
        let sign = if ink == Ink::Window { "╌" } else { "━" };
        let text = words::ink(ink, graph.kind, lang).to_owned();
        (sign.to_owned(), ink, text)
    });
    let letters = words::letters(graph, points, lang).into_iter();
    let letters = letters.map(|(character, ink, text)| (character.to_string(), ink, text));
    let mut rows: Vec<Vec<(String, Ink, String)>> = Vec::new();
    let mut used = 0;
    for part in inks.chain(letters) {
        let columns = width(&part.2) + 5;
        match rows.last_mut() {
            Some(row) if used + columns <= COLUMNS => row.push(part),
            _ => {
                rows.push(vec![part]);
                used = 0;
            }
        }
        used += columns;
    }
    rows
}

struct Plot<'a> {
    graph: &'a Graph,
}

impl Plot<'_> {
    fn x(&self, time_ns: u64) -> f64 {
        along(time_ns, self.graph.times_ns, LEFT, RIGHT)
    }

    fn y(&self, value: u64) -> f64 {
        let from_bottom = along(value, self.graph.values, 0, BOTTOM - TOP);
        BOTTOM as f64 - from_bottom
    }

    fn axes(&self) -> Markup {
        let most = ((BOTTOM - TOP) / ROWS_APART) as usize;
        let values = labels(self.graph.values, most, self.graph.unit);
        let most = ((RIGHT - LEFT) / APART) as usize;
        let times = labels(self.graph.times_ns, most, Unit::Time);
        html! {
            g fill="#555555" stroke="none" font-size="12" {
                @for (at, text) in &values {
                    line x1=(LEFT) x2=(RIGHT) y1=(units(self.y(*at))) y2=(units(self.y(*at)))
                        stroke="#e4e4e4" {}
                    text x=(LEFT - 8) y=(units(self.y(*at) + 4.0)) text-anchor="end" { (text) }
                }
                @for (at, text) in &times {
                    line x1=(units(self.x(*at))) x2=(units(self.x(*at))) y1=(BOTTOM)
                        y2=(BOTTOM + 5) stroke="#888888" {}
                    text x=(units(self.x(*at))) y=(BOTTOM + 20) text-anchor="middle" { (text) }
                }
            }
            path d=(format!("M{LEFT} {TOP}V{BOTTOM}H{RIGHT}")) fill="none" stroke="#888888" {}
        }
    }

    fn line(&self, line: &Line) -> Markup {
        let places: Vec<(f64, f64)> = line
            .places
            .iter()
            .map(|place| (self.x(place.time_ns), self.y(place.value)))
            .collect();
        if !line.steps {
            return self.dots(line);
        }
        let mut path = String::new();
        for (x, y) in thinned(&places) {
            let begin = if path.is_empty() { "M" } else { "H" };
            let _ = match begin {
                "M" => write!(path, "M{} {}", units(x), units(y)),
                _ => write!(path, "H{}V{}", units(x), units(y)),
            };
        }
        let _ = write!(path, "H{RIGHT}");
        let broken = (line.ink == Ink::Window).then_some("6 4");
        html! {
            path d=(path) fill="none" stroke=(colour(line.ink)) stroke-width="1.5"
                stroke-dasharray=[broken] {}
        }
    }

    fn dots(&self, line: &Line) -> Markup {
        let mut drawn = HashSet::new();
        let places = line.places.iter().filter(|place| {
            let here = (self.x(place.time_ns) as u64, self.y(place.value) as u64);
            drawn.insert(here)
        });
        html! {
            g fill=(colour(line.ink)) {
                @for place in places {
                    circle cx=(units(self.x(place.time_ns))) cy=(units(self.y(place.value))) r="2"
                        data-packet=(place.packet) {}
                }
            }
        }
    }

    fn bars(&self) -> Markup {
        let bars = &self.graph.bars;
        if bars.len() > BARS_APART {
            return html! {
                @for ink in [Ink::Sacked, Ink::Sent, Ink::Attention] { (self.all_bars(ink)) }
            };
        }
        html! {
            @for ink in [Ink::Sacked, Ink::Sent, Ink::Attention] {
                @if bars.iter().any(|bar| bar.ink == ink) {
                    g stroke=(colour(ink)) stroke-width=(stroke(ink)) {
                        @for bar in bars.iter().filter(|bar| bar.ink == ink) {
                            path d=(self.upright(bar)) data-packet=(bar.place.packet) {}
                        }
                    }
                }
            }
        }
    }

    fn all_bars(&self, ink: Ink) -> Markup {
        let mut drawn = HashSet::new();
        let mut path = String::new();
        for bar in self.graph.bars.iter().filter(|bar| bar.ink == ink) {
            let part = self.upright(bar);
            if drawn.insert(part.clone()) {
                path.push_str(&part);
            }
        }
        html! {
            @if !path.is_empty() {
                path d=(path) stroke=(colour(ink)) stroke-width=(stroke(ink)) {}
            }
        }
    }

    fn upright(&self, bar: &Bar) -> String {
        let (from, to) = (self.y(bar.place.value), self.y(bar.end));
        // What is too short to be seen is made as high as a dot.
        let to = if from - to < 1.5 { from - 1.5 } else { to };
        let x = self.x(bar.place.time_ns);
        format!("M{} {}V{}", units(x), units(from), units(to))
    }

    fn sign(&self, sign: &Sign, lang: Lang) -> Markup {
        let Some((character, ink)) = letter(sign.kind) else {
            return PreEscaped(String::new());
        };
        let Place {
            time_ns,
            value,
            packet,
        } = sign.place;
        let said = match lang {
            Lang::En => format!("Packet {packet}: {}", sign.text),
            Lang::Zh => format!("报文 {packet}：{}", sign.text),
        };
        let (x, y) = (self.x(time_ns), self.y(value));
        let radius = if ink == Ink::Attention { "7" } else { "5" };
        html! {
            g data-packet=(packet) data-kind=(sign.kind.name()) {
                title { (escape(&said)) }
                circle cx=(units(x)) cy=(units(y)) r=(radius) fill="#ffffff" fill-opacity="0.75"
                    stroke=(colour(ink)) {}
                text x=(units(x)) y=(units(y + 4.0)) font-size="10" font-weight="bold"
                    text-anchor="middle" fill=(colour(ink)) { (character) }
            }
        }
    }
}

const fn stroke(ink: Ink) -> &'static str {
    match ink {
        Ink::Sacked => "2",
        Ink::Attention => "3",
        _ => "1.5",
    }
}

/// With one decimal.
fn units(number: f64) -> String {
    let tenths = (number * 10.0).round() / 10.0;
    format!("{tenths}")
}

/// Where a number stands between two places.
fn along(number: u64, (first, last): (u64, u64), from: u64, to: u64) -> f64 {
    let number = number.clamp(first, last) - first;
    let all = last.saturating_sub(first).max(1);
    from as f64 + (to - from) as f64 * (number as f64 / all as f64)
}

/// The points without those that the picture cannot show: of all in one of its
/// columns the first, the lowest, the highest and the last are kept.
fn thinned(places: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let same_column = |one: &(f64, f64), other: &(f64, f64)| one.0.floor() == other.0.floor();
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for column in places.chunk_by(same_column) {
        if column.len() <= 4 {
            kept.extend(column);
            continue;
        }
        let by_height = |one: &&(f64, f64), other: &&(f64, f64)| one.1.total_cmp(&other.1);
        let ends = [
            column.first(),
            column.iter().min_by(by_height),
            column.iter().max_by(by_height),
            column.last(),
        ];
        kept.extend(ends.into_iter().flatten());
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_column_the_ends_are_kept() {
        let places: Vec<(f64, f64)> = (0..100).map(|n| (0.5, f64::from(n % 7))).collect();
        assert_eq!(
            thinned(&places),
            [(0.5, 0.0), (0.5, 0.0), (0.5, 6.0), (0.5, 1.0)]
        );
    }

    #[test]
    fn a_number_stands_within_the_axis() {
        assert_eq!(along(5, (0, 10), 0, 100), 50.0);
        assert_eq!(along(50, (0, 10), 0, 100), 100.0);
        assert_eq!(along(0, (5, 5), 7, 100), 7.0);
    }
}
