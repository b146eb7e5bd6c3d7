//! TCP as an observer between the two ends sees it (RFC 9293).
//!
//! In goes one segment after the other, out come events and both ends' states.
//! A capture may begin late, miss packets or one direction: what it cannot
//! show is not claimed.

mod connection;
mod half;
mod handshake;
mod machine;
mod reset;
mod round_trip;
mod sequence;
mod state;
mod stream;
mod teardown;
#[cfg(test)]
mod tests;

pub(super) use connection::{Connection, Followed, Segment};
pub(super) use half::Arrival;
pub use state::{Completeness, State};
