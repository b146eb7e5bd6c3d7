//! `wirenotes graph`: one conversation's packets come in; out goes what they did
//! over time as a picture, in braille on a terminal or as SVG, with a caption that
//! says what the shape means. The time-sequence graph is drawn as `tcptrace` does.
//!
//! [`Points`] collects, [`Graph`] is the picture as plain values, [`picture`] makes
//! rows of braille of it, [`svg`] an SVG, and [`caption`] the words.

mod axis;
mod braille;
mod ladder;
mod model;
mod pauses;
mod points;
mod svg;
mod text;
mod words;

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

pub use axis::{Label, labels};
pub use braille::{Symbol, picture};
pub use ladder::{LadderDrawing, Most, Rung, Rungs, ladder};
pub use model::{Bar, Graph, GraphKind, Ink, Line, Place, Sign, Unit, letter};
pub use pauses::{Pause, Pauses, Reason};
pub use points::{Extremes, MANY, Mark, Point, Points, Span};
pub use svg::{Around, colour, svg};
pub use words::{caption, ink, letters, title};

use super::text::screen::Screen;
use super::{ConversationReport, Look, PacketReport, Report, Summary, Wants};
use crate::track::{Conversation, Side};

/// What is to be drawn.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The conversation's number.
    pub number: u64,
    /// What is shown of it.
    pub kind: GraphKind,
    /// Whose bytes; `None`: of the side that sent most.
    pub side: Option<Side>,
    /// Rows of the terminal.
    pub rows: usize,
    /// As SVG, not for a terminal.
    pub is_svg: bool,
}

/// Draws a graph at the end.
pub struct Drawing {
    screen: Screen,
    wanted: Wanted,
    points: Points,
    conversation: Option<Conversation>,
    /// Why nothing was drawn, for the command to say.
    missing: Arc<Mutex<Option<String>>>,
}

impl Drawing {
    /// Nothing is drawn yet; why there is nothing to draw goes to `missing`.
    #[must_use]
    pub fn new(
        out: Box<dyn Write + Send>,
        look: Look,
        wanted: Wanted,
        missing: Arc<Mutex<Option<String>>>,
    ) -> Self {
        Self {
            screen: Screen::new(out, look),
            wanted,
            points: Points::new(MANY),
            conversation: None,
            missing,
        }
    }

    fn refuse(&self, why: String) {
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        *missing = Some(why);
    }

    /// `Conversation 3: the client's bytes over time · 10.0.0.1:3572 → 10.0.0.2:3001`.
    fn title(&self, side: Side) -> String {
        let words = self.screen.words;
        let (number, kind) = (self.wanted.number, self.wanted.kind);
        let what = title(kind, side, words.0);
        let colon = words.0.pick(": ", "：");
        let mut title = format!("{} {number}{colon}{what}", words.conversation());
        if let Some(ends) = &self.points.ends {
            title.push_str(&format!(" · {} → {}", ends[side], ends[side.other()]));
        }
        title
    }
}

impl Report for Drawing {
    fn wants(&self) -> Wants {
        Wants {
            packets: true,
            conversations: true,
            ..Wants::default()
        }
    }

    fn begins(&mut self, first_ns: u64) {
        self.points.begins(first_ns);
    }

    fn packet(&mut self, report: &PacketReport<'_>) -> io::Result<()> {
        self.points.add(report);
        Ok(())
    }

    fn conversation(&mut self, report: &ConversationReport<'_>) -> io::Result<()> {
        self.conversation = Some(report.conversation.clone());
        Ok(())
    }

    fn summary(&mut self, _: &Summary) -> io::Result<()> {
        let Wanted {
            number,
            kind,
            is_svg,
            rows,
            ..
        } = self.wanted;
        let lang = self.screen.words.0;
        let side = self.wanted.side.unwrap_or_else(|| self.points.main_side());
        let Some(graph) = Graph::of(&self.points, kind, side) else {
            let is_known = self.conversation.is_some() || self.points.not_tcp > 0;
            if is_known {
                let is_tcp = self.points.not_tcp == 0;
                self.refuse(match is_tcp {
                    true => words::nothing(number, kind, side, lang),
                    false => words::not_tcp(number, lang),
                });
            }
            return Ok(());
        };
        let title = self.title(side);
        let said = caption(&self.points, kind, side, self.conversation.as_ref(), lang);
        if is_svg {
            let around = Around {
                title: &title,
                caption: &said,
                lang,
            };
            let picture = svg(&graph, &self.points, &around).into_string();
            return self.screen.write(&format!("{picture}\n"));
        }
        let around = text::Around {
            title: &title,
            caption: &said,
            rows,
        };
        text::write(&mut self.screen, &graph, &self.points, &around)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.screen.flush()
    }
}
