//! The viewer: keys, and what the commands answer, come in; questions to the
//! commands and a screen that is drawn anew go out. It finds out nothing itself:
//! every text is what a command prints, at the width of the pane.

mod ansi;
mod draw;
mod key;
mod pane;
mod place;
mod terminal;
mod words;

use std::collections::VecDeque;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::notes::Lang;
use crate::report::Opening;
use crate::report::conversations::Sort;
use crate::report::explain::Sheet;
use pane::Pane;
use place::{Place, TABS};
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
    /// What is to be known of how it is read, in the reader's language.
    pub remark: Option<String>,
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
pub enum Answered {
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
        /// Only those of this conversation.
        conversation: Option<u64>,
        /// Only those of the conversations that these words select.
        words: String,
    },
    /// Everything is to be told in this language.
    Language(Lang),
    /// The view stands still, or goes on.
    Pause(bool),
}

/// What is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Typing {
    /// Words that select conversations.
    Words(String),
    /// The name of a file.
    Path(String),
}

/// One screen, with those that it came from below it.
struct Screen {
    place: Place,
    main: Pane,
    beneath: Pane,
    /// Keys move through the pane beneath.
    beneath_has_keys: bool,
    /// Words that select conversations, as typed.
    words: String,
    /// The order of conversations, by its place in [`Sort::NAMED`].
    sort: usize,
    /// Runs of plain packets are drawn one by one.
    unfold: bool,
    /// The first packet that is asked for.
    from: u64,
    /// The questions that are not answered yet.
    waits: [Option<u64>; 2],
    /// The questions that the panes show the answers to.
    shows: [Option<Question>; 2],
    /// The problem that is selected.
    problem: usize,
    /// The packet whose fields are shown.
    sheet: Sheet,
    /// The column of the strips that is looked at, and the one that is marked.
    column: u16,
    mark: Option<u16>,
}

impl Screen {
    fn new(place: Place) -> Self {
        Self {
            place,
            main: Pane::default(),
            beneath: Pane::default(),
            beneath_has_keys: false,
            words: String::new(),
            sort: 0,
            unfold: false,
            from: 1,
            waits: [None; 2],
            shows: [None, None],
            problem: 0,
            sheet: Sheet::default(),
            column: 0,
            mark: None,
        }
    }

    fn sort(&self) -> &'static str {
        Sort::NAMED.get(self.sort).map_or("harm", |(name, _)| *name)
    }
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
            message: source.remark.clone(),
            source,
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
        match answer {
            Ok(Answered::Sheet(sheet)) => {
                screen.main.set(&draw::rows(&sheet), screen.place.names());
                screen.sheet = *sheet;
            }
            Ok(Answered::Text(text)) if slot == Slot::Main as usize => {
                let names = screen.place.names();
                screen.main.set(&text, names);
                self.ask_beneath();
            }
            Ok(Answered::Text(text)) => {
                let names = match screen.place {
                    Place::Problems => Place::Conversations.names(),
                    _ => pane::Names::None,
                };
                screen.beneath.set(&text, names);
            }
            Err(message) => self.message = Some(message),
        }
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

    /// What the main pane of the screen asks.
    fn main_question(&self) -> Option<Question> {
        let screen = self.stack.last()?;
        Some(match &screen.place {
            Place::Problems | Place::Time => return None,
            Place::Conversations => Question::Conversations {
                words: screen.words.clone(),
                sort: screen.sort(),
            },
            Place::Packets => Question::Packets { from: screen.from },
            Place::Exchanges => Question::Exchanges,
            Place::Visits => Question::Visits,
            Place::Hosts => Question::Hosts,
            Place::Notes => Question::Notes,
            Place::Note(name) => Question::Note(name.clone()),
            Place::Conversation(number) => Question::Conversation {
                number: *number,
                unfold: screen.unfold,
            },
            Place::Follow(number) => Question::Follow(*number),
            Place::Fields(number) => Question::Fields(*number),
            Place::Packet(number) => Question::Explain {
                number: *number,
                long: true,
            },
        })
    }

    /// What the pane beneath asks.
    fn beneath_question(&self) -> Option<Question> {
        let screen = self.stack.last()?;
        match &screen.place {
            Place::Problems if self.source.live => None,
            Place::Problems => {
                let problem = self.opening.problems.get(screen.problem);
                let words = match problem {
                    Some(problem) if problem.conversations > 0 => {
                        format!("kind:{}", problem.pattern)
                    }
                    Some(_) => return None,
                    None => String::new(),
                };
                Some(Question::Conversations {
                    words,
                    sort: "harm",
                })
            }
            Place::Packets | Place::Conversation(_) => Some(Question::Explain {
                number: screen.main.number()?,
                long: false,
            }),
            _ => None,
        }
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

    /// Takes in a key.
    pub fn key(&mut self, key: Key) {
        if key == Key::Interrupt {
            self.actions.push_back(Action::Quit);
            return;
        }
        self.message = None;
        if self.keys_shown {
            self.keys_shown = false;
            return;
        }
        if let Some(typing) = self.typing.take() {
            self.typed(typing, key);
            return;
        }
        if self.screen().place == Place::Time && self.time_key(key) {
            return;
        }
        match key {
            Key::Up | Key::Char('k') => self.move_by(-1),
            Key::Down | Key::Char('j') => self.move_by(1),
            Key::PageUp => self.page(-1),
            Key::PageDown | Key::Char(' ') if key != Key::Char(' ') || !self.is_live() => {
                self.page(1)
            }
            Key::Char(' ') => {
                self.paused = !self.paused;
                self.actions.push_back(Action::Pause(self.paused));
            }
            Key::Home | Key::Char('g') => self.edge(false),
            Key::End | Key::Char('G') => self.edge(true),
            Key::Enter | Key::Right | Key::Char('l') => self.enter(),
            Key::Escape | Key::Backspace | Key::Left | Key::Char('h') => self.back(),
            Key::Char('q') if self.stack.len() > 1 => self.back(),
            Key::Char('q') => self.actions.push_back(Action::Quit),
            Key::Tab => {
                let screen = self.screen();
                screen.beneath_has_keys = screen.place.has_beneath() && !screen.beneath_has_keys;
            }
            Key::Char(digit @ '1'..='8') => {
                let place = (digit as usize - '1' as usize).min(TABS.len() - 1);
                if self.source.live && !TABS[place].is_known_while_recorded() {
                    self.message = Some(self.words.only_when_recorded().to_owned());
                    return;
                }
                self.stack.clear();
                self.open(TABS[place].clone());
            }
            Key::Char('<') => self.sort_by(-1),
            Key::Char('>' | 's') => self.sort_by(1),
            Key::Char('/') => self.begin_words(),
            Key::Char('e') => {
                if let Some(number) = self.packet().filter(|_| !self.source.live) {
                    self.open(Place::Packet(number));
                }
            }
            Key::Char('f') => {
                if let Some(number) = self.conversation() {
                    self.open(Place::Follow(number));
                }
            }
            Key::Char('u') if matches!(self.screen().place, Place::Conversation(_)) => {
                let screen = self.screen();
                screen.unfold = !screen.unfold;
                self.ask_main();
            }
            Key::Char('n') => self.note(),
            Key::Char('y') => {
                if let Some(command) = self.command() {
                    self.message = Some(self.words.copied(&command));
                    self.actions.push_back(Action::Copy(command));
                } else {
                    self.message = Some(self.words.no_command().to_owned());
                }
            }
            Key::Char('w') => self.begin_path(),
            Key::Char('L') => {
                let lang = self.lang().pick(Lang::Zh, Lang::En);
                self.actions.push_back(Action::Language(lang));
            }
            Key::Char('?') => self.keys_shown = true,
            Key::Click(column, row) => self.click(column, row),
            Key::Wheel(column, row, by) => {
                let screen = self.screen();
                if screen.beneath.has(column, row) {
                    screen.beneath.move_by(by.into());
                } else {
                    self.screen().beneath_has_keys = false;
                    self.move_by(by.into());
                }
            }
            _ => {}
        }
    }

    /// A key in the view of time, if it has a meaning of its own there.
    fn time_key(&mut self, key: Key) -> bool {
        let last = self.size.0.saturating_sub(1);
        let words = format!("time:{}", self.marked_time());
        let live = self.source.live;
        let screen = self.screen();
        match key {
            Key::Left | Key::Char('h') => screen.column = screen.column.saturating_sub(1),
            Key::Right | Key::Char('l') => screen.column = (screen.column + 1).min(last),
            Key::PageUp => screen.column = screen.column.saturating_sub(10),
            Key::PageDown => screen.column = (screen.column + 10).min(last),
            Key::Home => screen.column = 0,
            Key::End => screen.column = last,
            Key::Click(column, row) if row > 0 => screen.column = column.min(last),
            Key::Char('m') => {
                screen.mark = match screen.mark {
                    Some(_) => None,
                    None => Some(screen.column),
                };
            }
            Key::Enter if !live => {
                self.stack.push(Screen {
                    words,
                    ..Screen::new(Place::Conversations)
                });
                self.ask_main();
            }
            _ => return false,
        }
        true
    }

    /// The columns of the strips that are marked, the first and the last.
    fn marked(&self) -> (u16, u16) {
        let screen = self.stack.last();
        let column = screen.map_or(0, |screen| screen.column);
        let mark = screen.and_then(|screen| screen.mark).unwrap_or(column);
        (column.min(mark), column.max(mark))
    }

    /// The time that is marked, in seconds since the first packet, as words that
    /// select have it.
    fn marked_time(&self) -> String {
        let (from, to) = self.marked();
        let span = u128::from(self.opening.strip.span_ns());
        let at = |column: u16| {
            let ns = span * u128::from(column) / u128::from(self.size.0.max(1));
            format!("{}.{:06}", ns / 1_000_000_000, ns % 1_000_000_000 / 1_000)
        };
        format!("{}..{}", at(from), at(to + 1))
    }

    fn is_live(&self) -> bool {
        self.source.live && self.progress.is_some()
    }

    fn move_by(&mut self, by: isize) {
        let problems = self.opening.problems.len();
        let screen = self.screen();
        if screen.beneath_has_keys {
            screen.beneath.move_by(by);
            return;
        }
        if screen.place == Place::Problems {
            let most = problems.saturating_sub(1);
            screen.problem = screen.problem.saturating_add_signed(by).min(most);
        } else if !screen.main.move_by(by) && screen.place == Place::Packets {
            self.more_packets(by);
        }
        self.ask_beneath();
    }

    fn page(&mut self, by: isize) {
        let screen = self.screen();
        if screen.beneath_has_keys {
            screen.beneath.page(by);
            return;
        }
        if screen.place == Place::Problems {
            return self.move_by(by);
        }
        if !screen.main.page(by) && screen.place == Place::Packets {
            self.more_packets(by);
        }
        self.ask_beneath();
    }

    fn edge(&mut self, end: bool) {
        let packets = self.opening.packets;
        let screen = self.screen();
        if screen.beneath_has_keys {
            screen.beneath.edge(end);
            return;
        }
        if screen.place == Place::Packets {
            let from = match end {
                true => packets.saturating_sub(PACKETS_AT_ONCE - 1).max(1),
                false => 1,
            };
            if from != screen.from {
                screen.from = from;
                screen.main.clear();
                self.ask_main();
            }
        }
        let screen = self.screen();
        match screen.place {
            Place::Problems => self.move_by(if end { isize::MAX } else { -isize::MAX }),
            _ => screen.main.edge(end),
        }
        self.ask_beneath();
    }

    /// Goes on with the packets before or behind those that are shown.
    fn more_packets(&mut self, by: isize) {
        let packets = self.opening.packets;
        let screen = self.screen();
        let from = match (
            by < 0,
            screen.main.first_number(),
            screen.main.last_number(),
        ) {
            (true, Some(first @ 2..), _) => first.saturating_sub(PACKETS_AT_ONCE / 2).max(1),
            (false, _, Some(last)) if last < packets => {
                last.saturating_sub(PACKETS_AT_ONCE / 2).max(1)
            }
            _ => return,
        };
        if from != screen.from {
            screen.from = from;
            self.ask_main();
        }
    }

    /// Opens what is selected.
    fn enter(&mut self) {
        if self.source.live && self.screen().place == Place::Problems {
            return self.note();
        }
        let problem = self.stack.last().map_or(0, |screen| screen.problem);
        let pattern = self.opening.problems.get(problem);
        let pattern = pattern.map(|problem| {
            (
                problem.conversations,
                problem.pattern.clone(),
                problem.packet,
            )
        });
        let screen = self.screen();
        let in_beneath = screen.beneath_has_keys;
        match (screen.place.clone(), in_beneath) {
            (Place::Problems, true) => {
                if let Some(number) = screen.beneath.number() {
                    self.open(Place::Conversation(number));
                }
            }
            (Place::Problems, false) => match pattern {
                Some((1.., pattern, _)) => {
                    let mut screen = Screen::new(Place::Conversations);
                    screen.words = format!("kind:{pattern}");
                    self.stack.push(screen);
                    self.ask_main();
                }
                Some((_, _, Some(packet))) => self.open(Place::Packet(packet)),
                Some(_) => self.note(),
                None => self.open(Place::Conversations),
            },
            (Place::Conversations | Place::Exchanges, _) => {
                if let Some(number) = screen.main.number() {
                    self.open(Place::Conversation(number));
                }
            }
            (Place::Fields(number), _) => self.open(Place::Packet(number)),
            (Place::Packets | Place::Conversation(_), _) => {
                if let Some(number) = screen.main.number() {
                    self.open(Place::Fields(number));
                }
            }
            (Place::Notes, _) => {
                if let Some(name) = screen.main.selected_name().map(str::to_owned) {
                    self.open(Place::Note(name));
                }
            }
            _ => {}
        }
    }

    /// The packet that is selected.
    fn packet(&self) -> Option<u64> {
        let screen = self.stack.last()?;
        match screen.place {
            Place::Packets | Place::Conversation(_) => screen.main.number(),
            Place::Fields(number) => Some(number),
            Place::Problems => self.opening.problems.get(screen.problem)?.packet,
            _ => None,
        }
    }

    /// The conversation that is selected.
    fn conversation(&self) -> Option<u64> {
        let screen = self.stack.last()?;
        match screen.place {
            Place::Conversation(number) => Some(number),
            Place::Conversations | Place::Exchanges => screen.main.number(),
            Place::Problems => screen.beneath.number(),
            _ => None,
        }
    }

    /// Opens the note on what is selected.
    fn note(&mut self) {
        let Some(screen) = self.stack.last() else {
            return;
        };
        let name = match screen.place {
            Place::Problems => {
                let problem = self.opening.problems.get(screen.problem);
                problem.map(|problem| problem.kind.name().to_owned())
            }
            Place::Packets | Place::Conversation(_) => screen
                .main
                .selected_lines()
                .find_map(|line| line.split_whitespace().find_map(kind)),
            _ => None,
        };
        match name {
            Some(name) => self.open(Place::Note(name)),
            None => self.open(Place::Notes),
        }
    }

    fn sort_by(&mut self, by: isize) {
        let screen = self.screen();
        if screen.place == Place::Conversations {
            let orders = Sort::NAMED.len() as isize;
            screen.sort = (screen.sort as isize + by).rem_euclid(orders) as usize;
            self.ask_main();
        }
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

    fn begin_words(&mut self) {
        if self.source.live {
            self.message = Some(self.words.only_when_recorded().to_owned());
            return;
        }
        let screen = self.screen();
        if screen.place == Place::Conversations {
            let words = screen.words.clone();
            self.typing = Some(Typing::Words(words));
        } else {
            self.stack.clear();
            self.open(Place::Conversations);
            self.typing = Some(Typing::Words(String::new()));
        }
    }

    fn begin_path(&mut self) {
        if self.source.commands.analyze.is_empty() {
            self.message = Some(self.words.not_written().to_owned());
            return;
        }
        let name = match self.stack.last().map(|screen| &screen.place) {
            Some(Place::Conversation(number) | Place::Follow(number)) => {
                format!("conversation-{number}.pcapng")
            }
            _ => "packets.pcapng".to_owned(),
        };
        self.typing = Some(Typing::Path(name));
    }

    /// A key while something is typed.
    fn typed(&mut self, mut typing: Typing, key: Key) {
        let text = match &mut typing {
            Typing::Words(text) | Typing::Path(text) => text,
        };
        match key {
            Key::Char(character) if !crate::escape::is_dangerous(character) => text.push(character),
            Key::Backspace => {
                text.pop();
            }
            Key::Escape => {
                if let Typing::Words(_) = typing {
                    self.screen().words.clear();
                    self.ask_main();
                }
                return;
            }
            Key::Enter => {
                if let Typing::Path(path) = typing {
                    self.write(path);
                }
                return;
            }
            _ => {}
        }
        if let Typing::Words(words) = &typing {
            self.screen().words = words.trim().to_owned();
            self.ask_main();
        }
        self.typing = Some(typing);
    }

    fn write(&mut self, path: String) {
        let screen = self.screen();
        let conversation = match screen.place {
            Place::Conversation(number) | Place::Follow(number) => Some(number),
            _ => None,
        };
        let words = match screen.place {
            Place::Conversations => screen.words.clone(),
            _ => String::new(),
        };
        self.actions.push_back(Action::Write {
            path,
            conversation,
            words,
        });
    }

    fn click(&mut self, column: u16, row: u16) {
        if row == 0 {
            if let Some(tab) = draw::tab_at(self.words, self.size.0, column) {
                self.key(Key::Char((b'1' + tab as u8) as char));
            }
            return;
        }
        let screen = self.screen();
        if screen.place == Place::Problems && !screen.beneath.has(column, row) {
            screen.beneath_has_keys = false;
            return;
        }
        screen.beneath_has_keys = screen.beneath.click(column, row);
        if !screen.beneath_has_keys && screen.main.click(column, row) {
            self.ask_beneath();
        }
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

/// The name of a kind, if a word is one; its family may be left out.
fn kind(word: &str) -> Option<String> {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let fits = |name: &str| {
        let within = name.split_once('.').map(|(_, within)| within);
        name == word || within.is_some_and(|within| within.contains('.') && within == word)
    };
    let mut known = crate::notes::Kind::ALL.iter().map(|kind| kind.name());
    known.find(|name| fits(name)).map(str::to_owned)
}
