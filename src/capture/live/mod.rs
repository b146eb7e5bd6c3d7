//! Packets from an interface, through libpcap: a name comes in, batches of
//! [`Frame`](super::Frame)s go out, with a count of everything that was lost
//! on the way.
//!
//! One thread does nothing but empty the kernel's ring into a bounded queue;
//! the analysis takes batches out of it. When the queue is full (a slow
//! terminal, a slow disk) packets are dropped here and counted, and the
//! kernel's ring stays empty.

mod batch;
mod error;
mod interface;
mod open;
mod queue;
mod running;

pub use batch::Batch;
pub use error::LiveError;
pub use interface::{Interface, Openable, default_interface, interfaces};
pub use open::{Live, LiveOptions};
pub use running::{Counters, Ending, Next, Notice, Running};
