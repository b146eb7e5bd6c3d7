//! The terminal: taken at the beginning, given back as it was, also after a panic.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{
    DisableMouseCapture, EnableMouseCapture, Event, KeyCode, KeyEventKind, KeyModifiers,
    MouseButton, MouseEventKind, poll, read,
};
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use rustix::event::{PollFd, PollFlags, Timespec};

use super::{Key, Viewer};

/// Set while the terminal is ours.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Something panicked, in whatever thread.
static PANICKED: AtomicBool = AtomicBool::new(false);

/// The terminal while the viewer has it.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<io::Stdout>>,
    /// Where keys come from if standard input is no terminal.
    keys: Option<File>,
}

impl Screen {
    /// Takes the terminal that standard output is.
    ///
    /// # Errors
    /// When it cannot be set up.
    pub fn take() -> io::Result<Self> {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |what| {
            PANICKED.store(true, Ordering::Relaxed);
            give_back();
            before(what);
        }));
        let keys = match io::stdin().is_terminal() {
            true => None,
            false => Some(File::open("/dev/tty")?),
        };
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::Relaxed);
        let taken = execute!(io::stdout(), EnterAlternateScreen, EnableMouseCapture)
            .and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
        match taken {
            Ok(terminal) => Ok(Self { terminal, keys }),
            Err(error) => {
                give_back();
                Err(error)
            }
        }
    }

    /// Draws the viewer as it is now.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn draw(&mut self, viewer: &mut Viewer) -> io::Result<()> {
        let drawn = self.terminal.draw(|frame| {
            let area = frame.area();
            viewer.draw(area, frame.buffer_mut());
        });
        drawn.map(|_| ())
    }

    /// The columns and rows that there are.
    ///
    /// # Errors
    /// When the terminal does not say.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    /// Waits so long for a key. `Ok(None)`: there was none, or the size changed.
    ///
    /// # Errors
    /// When the terminal cannot be read, or is gone.
    pub fn key(&self, patience: Duration) -> io::Result<Option<Key>> {
        self.wait(patience)?;
        match poll(Duration::ZERO)? {
            true => Ok(key(read()?)),
            false => Ok(None),
        }
    }

    /// Whether a key waits already.
    ///
    /// # Errors
    /// When the terminal cannot be read, or is gone.
    pub fn has_key(&self) -> io::Result<bool> {
        self.wait(Duration::ZERO)?;
        poll(Duration::ZERO)
    }

    /// Waits so long for bytes from the terminal. One that was hung up is never asked
    /// for keys: it says at once, and for ever, that there are none.
    fn wait(&self, patience: Duration) -> io::Result<()> {
        let stdin = io::stdin();
        let keys: BorrowedFd<'_> = match &self.keys {
            Some(file) => file.as_fd(),
            None => stdin.as_fd(),
        };
        let mut asked = [PollFd::from_borrowed_fd(keys, PollFlags::IN)];
        let patience = Timespec::try_from(patience).map_err(io::Error::other)?;
        match rustix::event::poll(&mut asked, Some(&patience)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        match asked[0]
            .revents()
            .intersects(PollFlags::HUP | PollFlags::ERR)
        {
            true => Err(io::ErrorKind::BrokenPipe.into()),
            false => Ok(()),
        }
    }

    /// Puts a text into the clipboard of whoever looks at the terminal (OSC 52).
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text))
    }

    /// Whether anything has panicked: then the terminal is given back already.
    #[must_use]
    pub fn has_panicked(&self) -> bool {
        PANICKED.load(Ordering::Relaxed)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Once: whoever is first.
fn give_back() {
    if !TAKEN.swap(false, Ordering::Relaxed) {
        return;
    }
    // Nobody is left to be told if this fails.
    let _ = execute!(
        io::stdout(),
        DisableMouseCapture,
        LeaveAlternateScreen,
        crossterm::cursor::Show
    );
    let _ = disable_raw_mode();
    let _ = io::stdout().flush();
}

fn key(event: Event) -> Option<Key> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            if key.modifiers.contains(KeyModifiers::CONTROL) {
                return match key.code {
                    KeyCode::Char('c') => Some(Key::Interrupt),
                    KeyCode::Char('d' | 'f') => Some(Key::PageDown),
                    KeyCode::Char('u' | 'b') => Some(Key::PageUp),
                    _ => None,
                };
            }
            Some(match key.code {
                KeyCode::Char(character) => Key::Char(character),
                KeyCode::Enter => Key::Enter,
                KeyCode::Esc => Key::Escape,
                KeyCode::Backspace => Key::Backspace,
                KeyCode::Tab | KeyCode::BackTab => Key::Tab,
                KeyCode::Up => Key::Up,
                KeyCode::Down => Key::Down,
                KeyCode::Left => Key::Left,
                KeyCode::Right => Key::Right,
                KeyCode::PageUp => Key::PageUp,
                KeyCode::PageDown => Key::PageDown,
                KeyCode::Home => Key::Home,
                KeyCode::End => Key::End,
                _ => return None,
            })
        }
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Key::Click(mouse.column, mouse.row)),
            MouseEventKind::ScrollUp => Some(Key::Wheel(mouse.column, mouse.row, -3)),
            MouseEventKind::ScrollDown => Some(Key::Wheel(mouse.column, mouse.row, 3)),
            _ => None,
        },
        _ => None,
    }
}
