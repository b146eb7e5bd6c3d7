//! TCP as an observer between the two ends sees it (RFC 9293).

mod state;

pub use state::{Completeness, State};
