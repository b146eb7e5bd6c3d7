//! Text for people: the summary, the list of packets, the ladder of one
//! conversation. Nothing is wider than the terminal, and nothing is said by
//! colour alone.

pub(super) mod annotation;
pub(super) mod bytes;
pub(super) mod conversations;
mod exchanges;
pub(super) mod first_screen;
pub(super) mod info;
mod ladder;
mod packets;
mod run;
pub(super) mod screen;
pub(super) mod summary;
mod told;
mod verdict;
pub(super) mod when;

use std::io::Write;

use super::{Look, Report};
use ladder::Ladder;
pub(super) use ladder::states;
use packets::PacketList;
use screen::Screen;
use summary::Overview;

pub use exchanges::List as ExchangeList;
pub use first_screen::{Opening, Problem, Watch};
pub use summary::link_type_name;
pub(super) use verdict::held_back;
pub(super) use when::since;

/// `--format text`.
pub fn report(out: Box<dyn Write + Send>, look: Look) -> Box<dyn Report> {
    let (packets, conversation) = (look.packets, look.conversation);
    let screen = Screen::new(out, look);
    match conversation {
        Some(number) => Box::new(Ladder::new(screen, number)),
        None if packets => Box::new(PacketList::new(screen)),
        None => Box::new(Overview::new(screen)),
    }
}
