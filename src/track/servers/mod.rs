//! Servers and what their clients do to them: listeners, SYN floods, scans,
//! answers from other addresses than were asked.

mod distinct;
mod elsewhere;
mod listeners;
mod scan;
mod syn_flood;

pub(super) use elsewhere::AnsweredElsewhere;
pub use listeners::Listener;
pub(super) use listeners::Listeners;
pub(super) use scan::{Answer, Scans};
pub(super) use syn_flood::{Opening, SynFloods};
