//! TCP as an observer between the two ends sees it (RFC 9293).
//!
//! In goes one segment after the other, out come events and both ends' states.
//! A capture may begin late, miss packets or one direction: what it cannot
//! show is not claimed.

mod acceptable;
mod acks;
mod connection;
mod dead_peer;
mod direction;
mod flow_control;
mod gaps;
mod handshake;
mod header_prediction;
mod heartbeat;
mod icmp_errors;
mod in_flight;
mod recovery;
mod reliability;
mod repeats;
mod reset;
mod round_trip;
mod segment;
mod send_order;
mod sequence;
mod state_machine;
mod states;
mod stream;
mod teardown;
#[cfg(test)]
mod tests;
mod timer;
mod transfer;
mod unfinished;

pub(super) use connection::{Connection, Followed};
pub(super) use reliability::Purpose;
pub use reliability::{Reliability, Spent};
pub(super) use round_trip::RoundTrips;
pub(super) use segment::Segment;
pub use states::{Completeness, State};
pub(super) use transfer::Thinking;
