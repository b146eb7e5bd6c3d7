//! The sources of packets: saved captures, as a stream through one buffer,
//! interfaces, and pasted text; and the files that they are written to. Gives
//! [`Frame`]s and knows nothing of protocols.

mod batch;
mod bookmarks;
mod bpf;
#[cfg(test)]
mod build;
mod error;
mod filter;
mod filter_place;
mod format;
mod frame;
mod input;
mod interfaces;
pub mod live;
pub mod pasted;
mod pcap_file;
mod pcapng_block;
mod pcapng_file;
mod pcapng_interface;
mod pcapng_options;
mod reader;
mod record;
mod standard_input;
mod stream;
mod writer;

pub use batch::Batch;
pub use bookmarks::{Bookmark, Bookmarks};
pub use error::{Advice, CaptureError, Place, Position};
pub use filter_place::FilterPlace;
pub use frame::{Frame, LinkType};
pub use input::BeforeWaiting;
pub use interfaces::{InterfaceInfo, Interfaces};
pub use pcapng_interface::Drops;
pub use reader::{FileInfo, Progress, ReadOptions, Reader, Timelines};
pub use standard_input::standard_input_is_capture;
pub use stream::Compression;
pub use writer::{
    FileSize, NoFileSize, PacketWriter, Rotation, Statistics, WriteError, WriteOptions, Written,
};
