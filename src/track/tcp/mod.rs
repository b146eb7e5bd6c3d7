//! TCP as an observer between the two ends sees it (RFC 9293).
//!
//! In goes one segment after the other, out come events and both ends' states.
//! A capture may begin late, miss packets or one direction: what it cannot
//! show is not claimed.

mod acks;
pub(super) mod calm;
mod connection;
mod copies;
mod expected;
mod flow;
mod half;
mod handshake;
mod heartbeat;
mod holes;
mod machine;
mod marks;
mod measure;
mod recovery;
mod reset;
mod round_trip;
mod seen;
mod segment;
mod sent;
mod sequence;
mod silence;
mod state;
mod stream;
mod teardown;
#[cfg(test)]
mod tests;
mod timer;
mod usual;

pub(super) use connection::Connection;
pub(super) use half::Arrival;
pub(super) use handshake::unanswered_once;
pub(super) use reset::refused_once;
pub(super) use segment::Segment;
pub use state::{Completeness, State};
pub(super) use usual::{BriefSegment, DueSegment, Usual};
