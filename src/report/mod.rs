//! What the user sees, from finished values.

pub mod markdown;
pub mod notes;
pub mod style;
pub mod wrap;
