//! Why packets cannot be written: which file, what is wrong, what to do.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::capture::LinkType;
use crate::escape::{escape, escape_path};
use crate::patience::stood_still;

/// Packets cannot be written, or not any longer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The file cannot be made.
    #[error(
        "{}: packets cannot be written there: {source}{}",
        name(path),
        advice(path, source)
    )]
    Create {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A directory was named.
    #[error(
        "{}: is a directory; name a file in it to write packets to",
        name(path)
    )]
    Directory {
        /// The path as it was given.
        path: PathBuf,
    },

    /// The packets would overwrite what they are read from.
    #[error(
        "{}: is being read; write the packets to another file, this one would be lost",
        name(path)
    )]
    Input {
        /// The file.
        path: PathBuf,
    },

    /// Raw packets on a screen.
    #[error(
        "standard output is a terminal, which packets would garble: name a file, or put a program behind, as in `-w - | tcpdump -r -`"
    )]
    Terminal,

    /// Standard output has no second file.
    #[error("standard output cannot be divided into files: -C, -G and -W need a file name")]
    Undivided,

    /// The name has a time in it that cannot be told.
    #[error(
        "{}: the time in the file's name cannot be told: {}",
        name(path),
        escape(reason)
    )]
    Name {
        /// The path as it was given.
        path: PathBuf,
        /// What strftime said.
        reason: String,
    },

    /// The disk is full, the pipe closed.
    #[error("{}: writing failed: {source}{}; {}", name(path), room(source), held(*packets))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
        /// Packets that the file holds, all of them whole.
        packets: u64,
    },

    /// A classic pcap file holds packets of one link type.
    #[error(
        "{}: a .pcap file holds packets of one link type, this one {first}, and packet {packet} is of link type {other}; {}. Name it .pcapng, which holds both",
        name(path),
        held(*packets)
    )]
    MixedLinkTypes {
        /// The file.
        path: PathBuf,
        /// The link type of the file.
        first: LinkType,
        /// The link type of the packet.
        other: LinkType,
        /// The packet's number in the capture.
        packet: u64,
        /// Packets that the file holds.
        packets: u64,
    },

    /// A classic pcap file counts seconds in 32 bits.
    #[error(
        "{}: packet {packet} was recorded after the year 2106, which a .pcap file cannot say; {}. Name it .pcapng",
        name(path),
        held(*packets)
    )]
    Time {
        /// The file.
        path: PathBuf,
        /// The packet's number in the capture.
        packet: u64,
        /// Packets that the file holds.
        packets: u64,
    },
}

impl WriteError {
    /// Whether nobody reads what is written any longer, which is no mistake.
    #[must_use]
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Write { source, .. } if source.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Whether the reader of what is written stood still at the end.
    #[must_use]
    pub fn stood_still(&self) -> bool {
        matches!(self, Self::Write { source, .. } if stood_still(source))
    }

    /// Whether the command line asks for what makes no sense, rather than the
    /// system refusing it.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Input { .. } | Self::Terminal | Self::Undivided | Self::Name { .. }
        )
    }
}

/// A file as a message names it.
fn name(path: &Path) -> String {
    if path.as_os_str() == "-" {
        "standard output".to_owned()
    } else {
        escape_path(path)
    }
}

fn advice(path: &Path, error: &io::Error) -> String {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match error.kind() {
        io::ErrorKind::NotFound => {
            format!("; make the directory {} first", escape_path(folder))
        }
        io::ErrorKind::PermissionDenied => format!(
            "; name a file in a directory where you may write, {} is none",
            escape_path(folder)
        ),
        _ => String::new(),
    }
}

fn room(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            " (make room, or keep less with -C and -W)"
        }
        _ => "",
    }
}

/// What of the packets is not lost.
fn held(packets: u64) -> String {
    match packets {
        0 => "the file holds no packets".to_owned(),
        1 => "the file holds the packet before it".to_owned(),
        count => format!("the file holds the {count} packets before it"),
    }
}
