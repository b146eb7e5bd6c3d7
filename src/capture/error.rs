//! What can go wrong between a path on the command line and a frame in hand.
//!
//! Every message says which file, where in it, what is wrong, and what to do.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::LinkType;
use super::filter_place::FilterPlace;
use super::stream::Compression;
use crate::escape::{escape, escape_path};

/// The first fault of one file (or of the filter). Reading goes on behind it:
/// the next call continues with the next file, or the next packet where only
/// the filter failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// The file is not there or may not be opened.
    #[error("{}: cannot be opened: {source}{}", name(path), advice(source))]
    Open {
        /// The path as it was given.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// A directory was named.
    #[error("{}: is a directory; name the capture files in it", name(path))]
    Directory {
        /// The path as it was given.
        path: PathBuf,
    },

    /// The file has not one byte.
    #[error(
        "{}: is empty, without even a file header; was the capture stopped before its first packet was written?",
        name(path)
    )]
    Empty {
        /// The path as it was given.
        path: PathBuf,
    },

    /// The file is neither pcap nor pcapng.
    #[error(
        "{}: is not a capture that wirenotes reads (pcap or pcapng, also inside gzip or zstd): {found}",
        name(path)
    )]
    UnknownFormat {
        /// The path as it was given.
        path: PathBuf,
        /// What the file looks like instead, and what to do.
        found: String,
        /// What to do, for those who tell it in other words.
        advice: Advice,
    },

    /// A version of the format that nobody knows how to read.
    #[error(
        "{}: is {format} of version {major}.{minor}, which is not known; open it with the program that wrote it and save it as pcapng",
        name(path)
    )]
    Version {
        /// The path as it was given.
        path: PathBuf,
        /// `pcap` or `pcapng`.
        format: &'static str,
        /// The major version that the header says.
        major: u16,
        /// The minor version that the header says.
        minor: u16,
    },

    /// The file ends inside its own header.
    #[error(
        "{}: is cut off inside the file header: {needed} bytes are needed, {had} are there; get the file again",
        name(path)
    )]
    CutHeader {
        /// The path as it was given.
        path: PathBuf,
        /// Bytes of the header.
        needed: u64,
        /// Bytes that are there.
        had: u64,
    },

    /// The file ends inside a record; everything before it was delivered.
    #[error(
        "{}: is cut off in {position}: the record needs {needed} bytes, {had} are there{}. Get the file again, or stop the capture before copying it",
        name(path),
        before(position)
    )]
    CutRecord {
        /// The path as it was given.
        path: PathBuf,
        /// The place where the record begins.
        position: Position,
        /// Bytes of the record, as far as it says.
        needed: u64,
        /// Bytes that are there.
        had: u64,
    },

    /// A record says it is longer than any packet.
    #[error(
        "{}: {position} claims {claimed} bytes, more than the {limit} that a packet can have here: the file is damaged from there on{}. Get the file again",
        name(path),
        before(position)
    )]
    TooLarge {
        /// The path as it was given.
        path: PathBuf,
        /// The place where the record begins.
        position: Position,
        /// Bytes that the record says it has.
        claimed: u64,
        /// The most that is believed.
        limit: u64,
    },

    /// The structure of the file is broken.
    #[error(
        "{}: {position}: {what}: the file is damaged from there on{}. Get the file again",
        name(path),
        before(position)
    )]
    Corrupt {
        /// The path as it was given.
        path: PathBuf,
        /// The place where the record begins.
        position: Position,
        /// What is wrong.
        what: String,
    },

    /// A section of a pcapng file has more interfaces than are kept.
    #[error(
        "{}: {position}: its section describes more than {most} interfaces, and wirenotes keeps no more: what stands behind is not read{}. Divide the capture, for example with editcap",
        name(path),
        before(position)
    )]
    TooManyInterfaces {
        /// The path as it was given.
        path: PathBuf,
        /// The place where the description begins that is one too many.
        position: Position,
        /// How many are kept.
        most: usize,
    },

    /// The compressed data around the capture is damaged or cut off.
    #[error(
        "{}: {position}: the {compression} data {}: {source}{}. Get the file again",
        name(path),
        broken(source),
        before(position)
    )]
    Decompress {
        /// The path as it was given.
        path: PathBuf,
        /// The place where the next record would have begun.
        position: Position,
        /// The compression of the file.
        compression: Compression,
        /// What the decompressor said.
        source: io::Error,
    },

    /// Reading failed in the middle (a disk, a network share).
    #[error("{}: {position}: reading failed: {source}", name(path))]
    Read {
        /// The path as it was given.
        path: PathBuf,
        /// The place where the next record would have begun.
        position: Position,
        /// What the system said.
        source: io::Error,
    },

    /// libpcap refuses the filter, whatever the link type.
    #[error(
        "the filter cannot be used: {}\n{}its grammar is in the manual page pcap-filter(7)",
        escape(&source.to_string()),
        place.pointed(expression)
    )]
    Filter {
        /// The filter as it was given.
        expression: String,
        /// The part of it that is wrong.
        place: FilterPlace,
        /// What libpcap said.
        source: pcap::Error,
    },

    /// libpcap accepts the filter, but not for this link type.
    #[error(
        "{}: the filter '{}' cannot be used on packets of link type {link_type}, of which packet {packet} is the first: {}; none of them passes",
        name(path),
        escape(expression),
        escape(&source.to_string())
    )]
    FilterForLinkType {
        /// The path as it was given.
        path: PathBuf,
        /// The filter as it was given.
        expression: String,
        /// The packets that it fails for.
        link_type: LinkType,
        /// The first of them, counted from 1 in its file.
        packet: u64,
        /// What libpcap said.
        source: pcap::Error,
    },
}

/// What to do with a file that is no capture of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// It may be a capture: convert it.
    Convert,
    /// Unpack it.
    Unpack,
    /// Unpack it with this command.
    UnpackWith(&'static str),
    /// It is a hex dump: make a capture of it.
    FromDump,
    /// It is text made of packets: save the packets themselves.
    SavePackets,
}

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// What the file begins with.
    FileHeader,
    /// The record or block of a packet.
    Packet,
    /// A pcapng block that holds no packet.
    Block,
}

/// A place in a file: the packet that was being read, and where its record
/// begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The packet that came next, counted from 1 within its file.
    pub packet: u64,
    /// What was being read.
    pub place: Place,
    /// Bytes from the start of the file (of the decompressed data).
    pub offset: u64,
    /// Whether `offset` counts decompressed bytes.
    pub decompressed: bool,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.place, self.packet) {
            (Place::FileHeader, _) => f.write_str("its header")?,
            (Place::Packet, packet) => write!(f, "packet {packet}")?,
            (Place::Block, 0 | 1) => f.write_str("a block before the first packet")?,
            (Place::Block, packet) => write!(f, "a block behind packet {}", packet - 1)?,
        }
        write!(f, " (at byte {}", self.offset)?;
        if self.decompressed {
            f.write_str(" of the decompressed data")?;
        }
        f.write_str(")")
    }
}

/// A file as a message names it.
fn name(path: &Path) -> String {
    if path.as_os_str() == "-" {
        "standard input".to_owned()
    } else {
        escape_path(path)
    }
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "; check the name",
        io::ErrorKind::PermissionDenied => {
            "; run as a user who may read it, or change its permissions"
        }
        _ => "",
    }
}

/// What of the file is not lost.
fn before(position: &Position) -> String {
    match position.packet.saturating_sub(1) {
        0 => String::new(),
        1 => "; the packet before it was read".to_owned(),
        count => format!("; the {count} packets before it were read"),
    }
}

fn broken(error: &io::Error) -> &'static str {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        "ends too early"
    } else {
        "is damaged"
    }
}

/// What a parser of one file format reports; the reader adds path and packet.
#[derive(Debug)]
pub(super) enum Fault {
    Read(io::Error),
    Decompress(Compression, io::Error),
    Version {
        format: &'static str,
        major: u16,
        minor: u16,
    },
    CutHeader {
        needed: u64,
        had: u64,
    },
    CutRecord {
        needed: u64,
        had: u64,
    },
    TooLarge {
        claimed: u64,
        limit: u64,
    },
    Corrupt(String),
    TooManyInterfaces(usize),
    UnknownFormat(String, Advice),
    Empty,
}

impl Fault {
    /// Says where it happened.
    pub(super) fn at(self, path: PathBuf, position: Position) -> CaptureError {
        match self {
            Self::Read(source) => CaptureError::Read {
                path,
                position,
                source,
            },
            Self::Decompress(compression, source) => CaptureError::Decompress {
                path,
                position,
                compression,
                source,
            },
            Self::Version {
                format,
                major,
                minor,
            } => CaptureError::Version {
                path,
                format,
                major,
                minor,
            },
            Self::CutHeader { needed, had } => CaptureError::CutHeader { path, needed, had },
            Self::CutRecord { needed, had } => CaptureError::CutRecord {
                path,
                position,
                needed,
                had,
            },
            Self::TooLarge { claimed, limit } => CaptureError::TooLarge {
                path,
                position,
                claimed,
                limit,
            },
            Self::Corrupt(what) => CaptureError::Corrupt {
                path,
                position,
                what,
            },
            Self::TooManyInterfaces(most) => CaptureError::TooManyInterfaces {
                path,
                position,
                most,
            },
            Self::UnknownFormat(found, advice) => CaptureError::UnknownFormat {
                path,
                found,
                advice,
            },
            Self::Empty => CaptureError::Empty { path },
        }
    }
}
