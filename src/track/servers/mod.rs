//! Servers and what their clients do to them: listeners, SYN floods.

mod distinct;
mod listeners;
mod syn_flood;

pub use listeners::Listener;
pub(super) use listeners::Listeners;
pub(super) use syn_flood::{Opening, SynFloods};
