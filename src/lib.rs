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
//! Each uses only what stands to its left.

pub mod capture;
pub mod cli;
pub mod commands;
pub mod decode;
pub mod notes;
pub mod report;
pub mod track;
