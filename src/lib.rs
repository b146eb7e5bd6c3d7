//! Understand packets: a capture goes in, every layer is decoded, every
//! conversation followed, and what happens is written beside the packet that
//! shows it, with the packet's own numbers put into the rule and checked.
//!
//! A packet goes one way through the folders:
//!
//! ```text
//! capture  →  decode  →  track  →  notes  →  report
//! Frame       Packet     Event     Annotation  text, JSON, …
//! ```
//!
//! Each uses only what stands to its left. Under them all stand [`escape`], through
//! which foreign text goes on its way out, and [`patience`], by which bytes go.
//!
//! ```
//! use wirenotes::capture::{ReadOptions, Reader};
//! use wirenotes::decode::{Protocol, decode};
//!
//! # fn main() -> Result<(), wirenotes::capture::CaptureError> {
//! let mut reader = Reader::open(["samples/pet-collar.pcap"], ReadOptions::default())?;
//! let mut messages = Vec::new();
//! while let Some(frame) = reader.next()? {
//!     let packet = decode(frame);
//!     if packet.has(Protocol::Tcp) && packet.payload.length > 0 {
//!         messages.push((packet.frame.original_length, packet.payload.length));
//!     }
//! }
//! // 14 + 20 + 20 bytes of headers, whatever the message.
//! assert!(messages.contains(&(62, 8)));
//! assert!(messages.contains(&(81, 27)));
//! # Ok(())
//! # }
//! ```

pub mod capture;
pub mod cli;
pub mod commands;
pub mod decode;
pub mod escape;
pub mod notes;
pub mod patience;
pub mod report;
pub mod track;
#[cfg(feature = "view")]
pub mod view;
