//! The viewer: keys, and what the commands answer, come in; questions to the
//! commands and a screen that is drawn anew go out. It finds out nothing itself:
//! every text is what a command prints, at the width of the pane.

mod ansi;
mod draw;
mod key;
mod keys;
mod moves;
mod pane;
mod place;
mod screen;
mod span;
mod terminal;
mod words;

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::notes::Lang;
use crate::report::Opening;
use crate::report::explain::Sheet;
use crate::track::PacketNumber;
use place::Place;
use screen::{Screen, Typing};
use words::Words;

pub use key::Key;
pub use place::{Commands, Question};
pub use terminal::Screen as Terminal;

/// Fewer packets than this lie between what is selected and what is not read yet
/// before more is asked for.
pub const PACKETS_AT_ONCE: u64 = 500;

/// The smallest screen that anything is drawn on.
const LEAST: (u16, u16) = (40, 10);

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Its name, as it may be shown.
    pub name: String,
    /// The commands that read the same.
    pub commands: Commands,
    /// It is being recorded.
    pub live: bool,
    /// Write colours.
    pub color: bool,
}

/// Which of a screen's panes an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The pane that the screen is about.
    Main,
    /// What is said of that which is selected in it.
    Beneath,
}

impl Slot {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Main, Self::Beneath];
}

/// A question, for a pane of so many columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Tells the answer from those to earlier questions.
    pub serial: u64,
    /// The pane; an earlier question for it is void.
    pub slot: Slot,
    /// What is asked.
    pub question: Question,
    /// The columns of the pane.
    pub width: usize,
    /// The reader's language.
    pub lang: Lang,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answered {
    /// What it says.
    pub content: Content,
    /// The command that prints it, where the question alone does not tell.
    pub command: Option<String>,
}

/// What an answer says.
#[derive(Clone, Debug)]
pub enum Content {
    /// In text, as a command prints it.
    Text(String),
    /// The fields of a packet.
    Sheet(Box<Sheet>),
}

/// What the viewer is told.
#[derive(Debug)]
pub enum News {
    /// How things stand.
    Opening(Box<Opening>),
    /// So many bytes are read, of so many where that is known.
    Progress(u64, Option<u64>),
    /// The reading has come to its end; what went wrong, in lines.
    Read(Vec<String>),
    /// The answer to a question, or why there is none.
    Answer(u64, Result<Answered, String>),
    /// Something else to say.
    Message(String),
    /// How a recording goes, in a line.
    Status(String),
    /// What has happened while it is recorded, the newest first.
    Events(String),
}

/// What is to be done for the viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// It has come to its end.
    Quit,
    /// This is to be put into the clipboard.
    Copy(String),
    /// The packets that are shown are to be written into this file.
    Write {
        /// Its name.
        path: String,
        /// Which packets these are.
        shown: Shown,
    },
    /// Everything is to be told in this language.
    Language(Lang),
    /// The view stands still, or goes on.
    Pause(bool),
}

/// Which packets are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Those with these numbers.
    Packets(RangeInclusive<PacketNumber>),
    /// Those of this conversation.
    Conversation(u64),
    /// Those of the conversations that these words select; all, if there are none.
    Conversations(String),
}

/// The viewer.
pub struct Viewer {
    source: Source,
    words: Words,
    size: (u16, u16),
    opening: Opening,
    /// The screens, the one that is seen last.
    stack: Vec<Screen>,
    asked: VecDeque<Asked>,
    serial: u64,
    /// How far the reading is; `None` when it is done.
    progress: Option<(u64, Option<u64>)>,
    message: Option<String>,
    /// How a recording goes.
    status: String,
    keys_shown: bool,
    typing: Option<Typing>,
    actions: VecDeque<Action>,
    paused: bool,
}

impl Viewer {
    /// The opening screen, of which nothing is known yet, on so many columns and rows.
    #[must_use]
    pub fn new(source: Source, lang: Lang, size: (u16, u16)) -> Self {
        Self {
            source,
            message: None,
            words: Words(lang),
            size,
            opening: Opening {
                so_far: true,
                ..Opening::default()
            },
            stack: vec![Screen::new(Place::Problems)],
            asked: VecDeque::new(),
            serial: 0,
            progress: Some((0, None)),
            status: String::new(),
            keys_shown: false,
            typing: None,
            actions: VecDeque::new(),
            paused: false,
        }
    }

    fn lang(&self) -> Lang {
        self.words.0
    }

    fn screen(&mut self) -> &mut Screen {
        if self.stack.is_empty() {
            self.stack.push(Screen::new(Place::Problems));
        }
        let last = self.stack.len() - 1;
        &mut self.stack[last]
    }

    /// The next question to the commands.
    pub fn asks(&mut self) -> Option<Asked> {
        self.asked.pop_front()
    }

    /// The next thing to be done.
    pub fn acts(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Whether an answer, or the end of the reading, is waited for.
    #[must_use]
    pub fn waits(&self) -> bool {
        let waits = |screen: &Screen| screen.waits.iter().any(Option::is_some);
        self.progress.is_some() || self.stack.last().is_some_and(waits)
    }

    /// The command that prints what is shown.
    #[must_use]
    pub fn command(&self) -> Option<String> {
        let screen = self.stack.last()?;
        if let Some(command) = &screen.command {
            return Some(command.clone());
        }
        match (&screen.place, screen.shows.first()) {
            (Place::Problems | Place::Time, _) => {
                let command = self.source.commands.analyze.clone();
                (!command.is_empty()).then_some(command)
            }
            (_, Some(Some(question))) => self.source.commands.of(question),
            _ => self.source.commands.of(&self.main_question()?),
        }
    }

    /// Takes in what it is told.
    pub fn news(&mut self, news: News) {
        match news {
            News::Opening(_) if self.paused => {}
            News::Opening(opening) => {
                let first = self.opening.problems.is_empty();
                self.opening = *opening;
                let most = self.opening.problems.len().saturating_sub(1);
                let screen = self.screen();
                screen.problem = screen.problem.min(most);
                if first || !self.opening.so_far {
                    self.ask_beneath();
                }
            }
            News::Progress(read, total) => self.progress = Some((read, total)),
            News::Read(faults) => {
                self.progress = None;
                if let Some(first) = faults.into_iter().next() {
                    self.message = Some(first);
                }
                self.refresh();
            }
            News::Answer(serial, answer) => self.answer(serial, answer),
            News::Message(message) => self.message = Some(message),
            News::Status(status) => self.status = ansi::plain(&status),
            News::Events(events) if !self.paused => {
                if let Some(screen) = self
                    .stack
                    .first_mut()
                    .filter(|it| it.place == Place::Problems)
                {
                    screen.beneath.set(&events, pane::Names::None);
                }
            }
            News::Events(_) => {}
        }
    }

    fn answer(&mut self, serial: u64, answer: Result<Answered, String>) {
        let waits = |screen: &Screen| screen.waits.iter().position(|it| *it == Some(serial));
        let found = self
            .stack
            .iter_mut()
            .find_map(|screen| Some((waits(screen)?, screen)));
        let Some((slot, screen)) = found else {
            return;
        };
        screen.waits[slot] = None;
        let content = match answer {
            Ok(answered) => {
                if slot == Slot::Main as usize {
                    screen.command = answered.command;
                }
                answered.content
            }
            Err(message) => {
                self.message = Some(message);
                return;
            }
        };
        match content {
            Content::Sheet(sheet) => {
                screen.main.set(&draw::rows(&sheet), screen.place.names());
                screen.sheet = *sheet;
            }
            Content::Text(text) if slot == Slot::Main as usize => {
                let names = screen.place.names();
                screen.main.set(&text, names);
                self.ask_beneath();
            }
            Content::Text(text) => {
                let names = match screen.place {
                    Place::Problems => Place::Conversations.names(),
                    _ => pane::Names::None,
                };
                screen.beneath.set(&text, names);
            }
        }
    }

    /// The columns and rows that there are.
    #[must_use]
    pub const fn size(&self) -> (u16, u16) {
        self.size
    }

    /// The terminal has another size now.
    pub fn resize(&mut self, size: (u16, u16)) {
        if size != self.size {
            self.size = size;
            self.refresh();
        }
    }

    /// Asks anew for all that is shown.
    fn refresh(&mut self) {
        self.screen().shows = [None, None];
        self.ask_main();
        self.ask_beneath();
    }

    /// Tells everything in this language from now on.
    pub fn speak(&mut self, lang: Lang) {
        self.words = Words(lang);
        for screen in &mut self.stack {
            screen.shows = [None, None];
        }
        self.refresh();
    }

    fn ask(&mut self, slot: Slot, question: Option<Question>) {
        let width = usize::from(self.size.0);
        let lang = self.lang();
        self.serial += 1;
        let serial = self.serial;
        let screen = self.screen();
        let at = slot as usize;
        let Some(question) = question else {
            screen.shows[at] = None;
            screen.waits[at] = None;
            if slot == Slot::Beneath {
                screen.beneath.clear();
            }
            return;
        };
        if screen.shows[at].as_ref() == Some(&question) {
            return;
        }
        if slot == Slot::Main {
            screen.command = None;
        }
        screen.shows[at] = Some(question.clone());
        screen.waits[at] = Some(serial);
        self.asked.push_back(Asked {
            serial,
            slot,
            question,
            width,
            lang,
        });
    }

    fn ask_main(&mut self) {
        let question = self.main_question();
        self.ask(Slot::Main, question);
    }

    fn ask_beneath(&mut self) {
        let place = self.stack.last().map(|screen| &screen.place);
        // While it is recorded, events stand there.
        if !self.source.live && place.is_some_and(Place::has_beneath) {
            let question = self.beneath_question();
            self.ask(Slot::Beneath, question);
        }
    }

    /// Opens a screen above the one that is seen.
    fn open(&mut self, place: Place) {
        self.stack.push(Screen::new(place));
        self.message = None;
        self.ask_main();
        self.ask_beneath();
    }

    /// Goes back to the screen below.
    fn back(&mut self) {
        if self.stack.len() < 2 {
            return;
        }
        self.stack.pop();
        self.message = None;
        // It may have been asked in another language, or for another width.
        self.refresh();
    }

    /// Shows the conversations that these words select.
    pub fn select(&mut self, words: String) {
        self.stack.clear();
        self.stack.push(Screen {
            words,
            ..Screen::new(Place::Conversations)
        });
        self.ask_main();
    }

    /// Draws all of it.
    pub fn draw(&mut self, area: Rect, buffer: &mut Buffer) {
        self.resize((area.width, area.height));
        draw::draw(self, area, buffer);
    }

    /// The screen as lines of text, for those who have no terminal.
    #[must_use]
    pub fn as_text(&mut self) -> String {
        let area = Rect::new(0, 0, self.size.0, self.size.1);
        let mut buffer = Buffer::empty(area);
        self.draw(area, &mut buffer);
        let mut text = String::new();
        for y in area.rows() {
            let mut line = String::new();
            let mut skip = 0;
            for place in y.columns() {
                let symbol = buffer[(place.x, place.y)].symbol();
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                line.push_str(symbol);
                skip = crate::report::wrap::width(symbol).saturating_sub(1);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}
