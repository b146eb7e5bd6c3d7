//! Where packets come from: saved captures today, as a stream through one
//! buffer. Gives [`Frame`]s and knows nothing of protocols.

mod frame;

pub use frame::{Frame, LinkType};
