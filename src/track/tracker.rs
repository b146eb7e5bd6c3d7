//! The one table of conversations, and who is told of each packet.

use super::Output;
use crate::decode::Packet;

/// Follows every conversation of a capture.
#[derive(Debug, Default)]
pub struct Tracker {
    conversations: u64,
}

/// A listening server address and what its connections came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Where it listens.
    pub address: super::Endpoint,
    /// Connections made or tried.
    pub connections: u64,
    /// Different client addresses.
    pub clients: u64,
    /// Most connections open at once.
    pub peak_concurrent: u64,
    /// Connections that it left in CLOSE_WAIT.
    pub close_wait: u64,
}

impl Tracker {
    /// An empty table.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Follows one packet; `output` is emptied first.
    pub fn packet(&mut self, packet: &Packet<'_>, output: &mut Output) {
        output.clear();
        let _ = packet;
    }

    /// Ends what is still open: its findings and conversations. `output` is
    /// emptied first.
    pub fn finish(&mut self, output: &mut Output) {
        output.clear();
    }

    /// Conversations so far.
    #[must_use]
    pub fn conversations(&self) -> u64 {
        self.conversations
    }

    /// Conversations ended early because too many were open.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        0
    }

    /// The busiest servers, most connections first (complete after
    /// [`Tracker::finish`]).
    #[must_use]
    pub fn listeners(&self, most: usize) -> Vec<Listener> {
        let _ = most;
        Vec::new()
    }
}
