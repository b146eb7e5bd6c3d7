//! What is true of the recording and not of the network: checksums and segments
//! that a network card has yet to finish, packets that were lost, what the
//! capture could not see or saw twice, and its clock.

mod checksums;
mod clock;
mod copies;
mod coverage;
mod doubled;
mod dropped;
mod oversize;
mod tcp_end;
mod twins;

pub(super) use checksums::Checksums;
pub(super) use clock::Clock;
pub(super) use copies::{Alike, Contents, Copies, LOOPS, Look, contents};
pub(super) use coverage::Coverage;
pub(super) use doubled::Doubled;
pub(super) use dropped::Dropped;
pub(super) use oversize::{OversizeSegment, OversizeSegments};
pub(super) use tcp_end::TcpEnd;
