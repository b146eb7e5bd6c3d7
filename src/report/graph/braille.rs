//! A graph as rows of braille signs: two dots wide and four high each. What stands
//! around the picture (numbers, words) is another's: [`super::text`] for a
//! terminal, the viewer for its screen.

use super::model::{Graph, Ink, Place, letter};

/// The first braille sign, which has no dot.
const BLANK: u32 = 0x2800;

/// The bits of a sign's dots, by column and by row from the top.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// One sign of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// A braille sign, a letter, or a blank.
    pub character: char,
    /// What it stands for; of several, the one that matters most.
    pub ink: Option<Ink>,
}

/// The graph in so many columns and rows, the topmost row first.
#[must_use]
pub fn picture(graph: &Graph, columns: usize, rows: usize) -> Vec<Vec<Symbol>> {
    let mut canvas = Canvas::new(graph, columns.max(1), rows.max(1));
    for line in graph.lines.iter().filter(|line| line.ink == Ink::Window) {
        canvas.line(&line.places, line.ink, line.steps);
    }
    for line in graph.lines.iter().filter(|line| line.ink != Ink::Window) {
        canvas.line(&line.places, line.ink, line.steps);
    }
    for ink in [Ink::Sacked, Ink::Sent, Ink::Attention] {
        for bar in graph.bars.iter().filter(|bar| bar.ink == ink) {
            canvas.bar(bar.place, bar.end, ink);
        }
    }
    for wanted in [Ink::Note, Ink::Attention] {
        for sign in &graph.signs {
            if let Some((character, ink)) = letter(sign.kind)
                && ink == wanted
            {
                canvas.letter(sign.place, character, ink);
            }
        }
    }
    canvas.symbols()
}

/// What is drawn so far.
struct Canvas {
    columns: usize,
    rows: usize,
    times_ns: (u64, u64),
    values: (u64, u64),
    dots: Vec<u8>,
    inks: Vec<Option<Ink>>,
    letters: Vec<Option<char>>,
}

impl Canvas {
    fn new(graph: &Graph, columns: usize, rows: usize) -> Self {
        let signs = columns.saturating_mul(rows);
        Self {
            columns,
            rows,
            times_ns: graph.times_ns,
            values: graph.values,
            dots: vec![0; signs],
            inks: vec![None; signs],
            letters: vec![None; signs],
        }
    }

    fn x(&self, time_ns: u64) -> usize {
        scale(time_ns, self.times_ns, self.columns * 2)
    }

    /// From the bottom.
    fn y(&self, value: u64) -> usize {
        scale(value, self.values, self.rows * 4)
    }

    fn index(&self, x: usize, y: usize) -> Option<usize> {
        let from_top = (self.rows * 4).checked_sub(y + 1)?;
        let (column, row) = (x / 2, from_top / 4);
        (column < self.columns && row < self.rows).then_some(row * self.columns + column)
    }

    fn dot(&mut self, x: usize, y: usize, ink: Ink) {
        let Some(index) = self.index(x, y) else {
            return;
        };
        let from_top = self.rows * 4 - 1 - y;
        let bit = DOTS[x % 2][from_top % 4];
        if let Some(dots) = self.dots.get_mut(index) {
            *dots |= bit;
        }
        if let Some(known) = self.inks.get_mut(index) {
            *known = Some(ink);
        }
    }

    fn upright(&mut self, x: usize, (from, to): (usize, usize), ink: Ink) {
        for y in from.min(to)..=from.max(to) {
            self.dot(x, y, ink);
        }
    }

    /// The edge of a window is a broken line.
    fn level(&mut self, (from, to): (usize, usize), y: usize, ink: Ink) {
        for x in from..=to {
            if ink != Ink::Window || x % 4 < 2 {
                self.dot(x, y, ink);
            }
        }
    }

    fn line(&mut self, places: &[Place], ink: Ink, steps: bool) {
        let mut last: Option<(usize, usize)> = None;
        for place in places {
            let is_above = place.value > self.values.1;
            let (x, y) = (self.x(place.time_ns), self.y(place.value));
            match last {
                Some((last_x, last_y)) if steps => {
                    self.level((last_x, x), last_y, ink);
                    // Where the edge of a window jumps is of no interest.
                    if ink != Ink::Window || !is_above {
                        self.upright(x, (last_y, y), ink);
                    }
                }
                _ => self.dot(x, y, ink),
            }
            last = Some((x, y));
        }
        if let (Some((x, y)), true) = (last, steps) {
            let end = self.columns * 2 - 1;
            self.level((x, end.max(x)), y, ink);
        }
    }

    fn bar(&mut self, place: Place, end: u64, ink: Ink) {
        let x = self.x(place.time_ns);
        let range = (self.y(place.value), self.y(end));
        self.upright(x, range, ink);
    }

    fn letter(&mut self, place: Place, character: char, ink: Ink) {
        let (x, y) = (self.x(place.time_ns), self.y(place.value));
        let Some(index) = self.index(x, y) else {
            return;
        };
        if let (Some(letter), Some(known)) = (self.letters.get_mut(index), self.inks.get_mut(index))
        {
            *letter = Some(character);
            *known = Some(ink);
        }
    }

    fn symbols(&self) -> Vec<Vec<Symbol>> {
        let all = self.dots.iter().zip(&self.inks).zip(&self.letters);
        let all: Vec<Symbol> = all
            .map(|((dots, ink), letter)| Symbol {
                character: letter.unwrap_or_else(|| match dots {
                    0 => ' ',
                    dots => char::from_u32(BLANK + u32::from(*dots)).unwrap_or(' '),
                }),
                ink: *ink,
            })
            .collect();
        all.chunks(self.columns).map(<[Symbol]>::to_vec).collect()
    }
}

/// Where a number stands among so many places.
fn scale(number: u64, (first, last): (u64, u64), places: usize) -> usize {
    let number = number.clamp(first, last);
    let all = u128::from(last.saturating_sub(first)).max(1);
    let most = places.saturating_sub(1) as u128;
    let at = (u128::from(number - first) * most + all / 2) / all;
    usize::try_from(at).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::model::{Bar, GraphKind, Line, Sign, Unit};
    use super::*;
    use crate::notes::Kind;
    use crate::track::Side;

    fn place(time_ns: u64, value: u64) -> Place {
        Place {
            time_ns,
            value,
            packet: 1,
        }
    }

    fn graph() -> Graph {
        Graph {
            kind: GraphKind::Sequence,
            side: Side::Client,
            unit: Unit::Bytes,
            times_ns: (0, 70),
            values: (0, 70),
            lines: Vec::new(),
            bars: Vec::new(),
            signs: Vec::new(),
        }
    }

    fn drawn(graph: &Graph, columns: usize, rows: usize) -> Vec<String> {
        let rows = picture(graph, columns, rows).into_iter();
        rows.map(|row| row.iter().map(|symbol| symbol.character).collect())
            .collect()
    }

    #[test]
    fn steps_hold_a_value_until_the_next() {
        let mut graph = graph();
        graph.lines.push(Line {
            ink: Ink::Acknowledged,
            steps: true,
            places: vec![place(0, 0), place(35, 70)],
        });
        assert_eq!(drawn(&graph, 4, 2), ["  ⡏⠉", "⣀⣀⡇ "]);
    }

    #[test]
    fn a_letter_stands_above_the_dots() {
        let mut graph = graph();
        graph.bars.push(Bar {
            ink: Ink::Sent,
            place: place(70, 0),
            end: 70,
        });
        graph.signs.push(Sign {
            place: place(70, 0),
            kind: Kind::TcpRetransmissionTimeout,
            text: String::new(),
        });
        assert_eq!(drawn(&graph, 3, 2), ["  ⢸", "  T"]);
    }

    proptest! {
        #[test]
        fn whatever_is_drawn_fits(
            places in proptest::collection::vec(any::<(u64, u64)>(), 0..40),
            times_ns in any::<(u64, u64)>(),
            values in any::<(u64, u64)>(),
            columns in 0_usize..30,
            rows in 0_usize..12,
        ) {
            let order = |(a, b): (u64, u64)| (a.min(b), a.max(b));
            let places: Vec<Place> = places.into_iter().map(|(x, y)| place(x, y)).collect();
            let mut graph = Graph { times_ns: order(times_ns), values: order(values), ..graph() };
            for ink in Ink::ALL {
                graph.lines.push(Line { ink, steps: true, places: places.clone() });
            }
            for place in places {
                graph.bars.push(Bar { ink: Ink::Sent, place, end: place.value.wrapping_mul(3) });
            }
            let rows_drawn = picture(&graph, columns, rows);
            prop_assert_eq!(rows_drawn.len(), rows.max(1));
            prop_assert!(rows_drawn.iter().all(|row| row.len() == columns.max(1)));
        }
    }
}
