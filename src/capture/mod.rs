//! Where packets come from: saved captures today, as a stream through one
//! buffer. Gives [`Frame`]s and knows nothing of protocols.

mod bpf;
mod error;
mod filter;
mod format;
mod frame;
mod input;
mod pcap_file;
mod pcapng_file;
mod pcapng_interface;
mod pcapng_options;
mod reader;
mod record;
mod stream;

pub use error::{CaptureError, Position};
pub use frame::{Frame, LinkType};
pub use pcapng_interface::Drops;
pub use reader::{Progress, ReadOptions, Reader};
pub use stream::Compression;
