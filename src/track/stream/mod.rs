//! The bytes of a connection, in order, and what reads them.

pub(super) mod framing;
