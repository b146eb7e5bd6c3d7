//! `wirenotes follow`: the bytes of one conversation come in as they are delivered,
//! and go out as a transcript for reading ([`Transcript`]), or those of one side as
//! they are ([`Raw`]). JSON writes them itself.

mod raw;
mod transcript;
mod words;

pub use raw::{Gaps, Raw};
pub use transcript::Transcript;

use super::Wants;

/// The conversation itself is told at its end, and nothing else.
fn wants() -> Wants {
    Wants {
        conversations: true,
        ..Wants::default()
    }
}
