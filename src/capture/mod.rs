//! Where packets come from: saved captures today, as a stream through one
//! buffer. Gives [`Frame`]s and knows nothing of protocols.

mod batch;
mod bpf;
#[cfg(test)]
mod build;
mod error;
mod filter;
mod format;
mod frame;
mod input;
pub mod pasted;
mod pcap_file;
mod pcapng_block;
mod pcapng_file;
mod pcapng_interface;
mod pcapng_options;
mod reader;
mod record;
mod stream;

pub use batch::Batch;
pub use error::{CaptureError, Place, Position};
pub use frame::{Frame, LinkType};
pub use input::BeforeWaiting;
pub use pcapng_interface::Drops;
pub use reader::{Progress, ReadOptions, Reader};
pub use stream::Compression;
