//! What the user sees: text, JSON, … from finished values. Every renderer
//! writes into a `Write` that it is given, and knows nothing of how anything
//! was found.

pub mod escape;
pub mod style;
pub mod wrap;
