//! One file a subcommand.

pub mod analyze;
pub mod explain;
pub mod interfaces;
pub mod live;
pub mod notes;
pub mod pace;
pub mod progress;
pub mod writing;
