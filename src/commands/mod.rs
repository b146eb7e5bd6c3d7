//! The subcommands, one file or folder each.

pub mod analyze;
pub mod console;
pub mod conversations;
pub mod deal;
mod errors;
pub mod explain;
pub mod follow;
pub mod graph;
pub mod hosts;
pub mod interfaces;
pub mod kept;
pub mod live;
pub mod named;
pub mod notes;
pub mod output_file;
pub mod pace;
pub mod pager;
pub mod progress;
pub mod report;
pub mod signals;
#[cfg(feature = "parquet")]
pub mod tables;
#[cfg(feature = "view")]
pub mod view;
pub mod visits;
pub mod writing;
