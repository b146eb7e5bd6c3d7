//! What the keys do, and what is typed.

use super::place::{Place, TABS};
use super::screen::{Screen, Typing};
use super::{Action, Key, Shown, Viewer};
use crate::notes::Lang;
use crate::report::conversations::Sort;

impl Viewer {
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
            Key::Home => self.edge(false),
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
            Key::Char('g') => {
                if let Some(number) = self.conversation() {
                    self.open(Place::Graph(number));
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
            Place::Conversation(number) | Place::Follow(number) | Place::Graph(number) => {
                Some(number)
            }
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
        let name = match self.shown() {
            Shown::Conversation(number) => format!("conversation-{number}.pcapng"),
            Shown::Packets(numbers) if numbers.start() == numbers.end() => {
                format!("packet-{}.pcapng", numbers.start())
            }
            Shown::Packets(numbers) => {
                format!("packets-{}-{}.pcapng", numbers.start(), numbers.end())
            }
            Shown::Conversations(_) => "packets.pcapng".to_owned(),
        };
        self.typing = Some(Typing::Path(name));
    }

    /// Which packets are shown.
    fn shown(&self) -> Shown {
        let all = Shown::Conversations(String::new());
        let Some(screen) = self.stack.last() else {
            return all;
        };
        match &screen.place {
            Place::Conversation(number) | Place::Follow(number) | Place::Graph(number) => {
                Shown::Conversation(*number)
            }
            Place::Fields(number) | Place::Packet(number) => Shown::Packets(*number..=*number),
            Place::Packets => screen.main.seen().map_or(all, Shown::Packets),
            Place::Conversations => Shown::Conversations(screen.words.clone()),
            _ => all,
        }
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
                    let shown = self.shown();
                    self.actions.push_back(Action::Write { path, shown });
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
