//! What is true of the recording and not of the network: checksums and segments
//! that a network card has yet to finish, packets that were lost, and what the
//! capture could not see.

mod checksums;
mod coverage;
mod dropped;
mod oversize;
mod tcp_end;

pub(super) use checksums::Checksums;
pub(super) use coverage::Coverage;
pub(super) use dropped::Dropped;
pub(super) use oversize::{OversizeSegment, OversizeSegments};
pub(super) use tcp_end::TcpEnd;
