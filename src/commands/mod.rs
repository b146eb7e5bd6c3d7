//! One file a subcommand.

pub mod analyze;
pub mod notes;
pub mod progress;
