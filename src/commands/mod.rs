//! One file a subcommand.

pub mod analyze;
pub mod explain;
pub mod notes;
pub mod pace;
pub mod progress;
