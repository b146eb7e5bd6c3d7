//! One file a subcommand.

pub mod notes;
