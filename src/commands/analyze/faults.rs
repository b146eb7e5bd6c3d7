//! What could not be read or not be written: the first faults, and how many more there were.

use std::collections::BTreeMap;

use crate::capture::{CaptureError, WriteError};
use crate::decode::{Packet, Stop, StopReason};
use crate::escape::escape;

/// Messages about faults beyond this many are only counted: a filter can fail
/// on every packet.
const MOST_FAULTS: usize = 20;

/// Something that could not be read, or not be written.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A file, or a packet of it.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// Packets, from one of them on.
    #[error(transparent)]
    Packets(#[from] WriteError),
    /// Frames that begin in a way that nobody here knows.
    #[error(
        "{}: packets of link type {link_type}: {packets}; wirenotes does not decode it \
         (it reads Ethernet, Linux cooked, loopback and raw IP among others); they are counted, \
         and nothing more can be said of them",
        escape(file)
    )]
    LinkType {
        /// The file's name.
        file: String,
        /// LINKTYPE_ number.
        link_type: u16,
        /// How many.
        packets: u64,
    },
}

/// The first faults, and how many more there were.
#[derive(Default)]
pub(in crate::commands) struct Faults {
    pub(in crate::commands) kept: Vec<Fault>,
    pub(in crate::commands) more: u64,
}

impl Faults {
    pub(in crate::commands) fn add(&mut self, fault: impl Into<Fault>) {
        if self.kept.len() < MOST_FAULTS {
            self.kept.push(fault.into());
        } else {
            self.more += 1;
        }
    }

    /// Adds what was counted of frames that nobody knows.
    pub(super) fn add_link_types(&mut self, unknown: &UnknownLinkTypes, names: &[String]) {
        for ((file, link_type), packets) in &unknown.0 {
            self.add(Fault::LinkType {
                file: names.get(*file as usize).cloned().unwrap_or_default(),
                link_type: *link_type,
                packets: *packets,
            });
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.kept.len() as u64 + self.more
    }
}

/// By file and number: packets of link types that are not known.
#[derive(Default)]
pub(super) struct UnknownLinkTypes(BTreeMap<(u32, u16), u64>);

impl UnknownLinkTypes {
    /// Counts a packet if it is one of those.
    pub(super) fn of_packet(&mut self, packet: &Packet<'_>) {
        if let Some(Stop {
            reason: StopReason::UnknownLinkType(link_type),
            ..
        }) = packet.stop
        {
            self.add(packet.frame.file, link_type);
        }
    }

    fn add(&mut self, file: u32, link_type: u16) {
        *self.0.entry((file, link_type)).or_default() += 1;
    }
}
