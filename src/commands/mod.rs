//! The subcommands, one file or folder each.

pub mod analyze;
pub mod console;
mod errors;
pub mod explain;
pub mod interfaces;
pub mod live;
pub mod notes;
pub mod pace;
pub mod pager;
pub mod progress;
pub mod signals;
pub mod writing;
