//! The options of writing packets, and what came of it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::Rotation;
use crate::capture::Interfaces;

/// The file that packets are to be written to, and how.
#[derive(Clone, Debug)]
pub struct WriteOptions {
    /// The file, `-` for standard output. Classic pcap when the name ends in
    /// `.pcap`, else pcapng.
    pub path: PathBuf,
    /// When to begin another file.
    pub rotation: Rotation,
    /// User and group that regular files are given to, when they are not that
    /// user's already.
    pub owner: Option<(u32, u32)>,
    /// What is being read, `-` for standard input: never written to.
    pub inputs: Vec<PathBuf>,
    /// What is known of the interfaces that packets come from.
    pub interfaces: Interfaces,
    /// Says that the process is to end: then a pipe whose reader stands still is
    /// not waited for.
    pub stop: Arc<AtomicBool>,
    /// Each packet of a pcapng file has its number in the whole (`epb_packetid`): the
    /// sum of this one and [`Frame::number`](crate::capture::Frame::number).
    pub numbered_from: Option<u64>,
    /// Bytes that are collected before they are written.
    pub buffer: usize,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            path: PathBuf::default(),
            rotation: Rotation::default(),
            owner: None,
            inputs: Vec::new(),
            interfaces: Interfaces::default(),
            stop: Arc::default(),
            numbered_from: None,
            buffer: 256 << 10,
        }
    }
}

/// What was written in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files begun; those of a ring that were written again count again.
    pub files: u64,
    /// Packets.
    pub packets: u64,
    /// Bytes of files, headers included.
    pub bytes: u64,
}
