//! What the TLS of all conversations adds up to.

use std::collections::BTreeMap;

use crate::decode::tls::Version;
use crate::track::{Resumed, TlsSession};

/// The TLS of a capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsTotals {
    /// Conversations with TLS.
    pub connections: u64,
    /// Those in which both sides had the keys.
    pub established: u64,
    /// Those in which an earlier session went on.
    pub resumed: u64,
    /// Those that ended before both sides had the keys.
    pub failed: u64,
    /// Those in which the server's certificate was not valid.
    pub expired: u64,
    /// Those in which it was for another name.
    pub for_another: u64,
    /// How often each version was chosen.
    pub versions: BTreeMap<Version, u64>,
}

impl TlsTotals {
    /// Takes in a conversation's.
    pub(super) fn add(&mut self, session: &TlsSession) {
        self.connections += 1;
        self.established += u64::from(session.established.is_some());
        let resumed = session.resumed;
        let is_resumed = !matches!(resumed, None | Some(Resumed::No));
        self.resumed += u64::from(is_resumed);
        self.failed += u64::from(session.has_failed);
        self.expired += u64::from(session.has_expired);
        self.for_another += u64::from(session.is_for_another);
        if let Some(version) = session.version {
            *self.versions.entry(version).or_default() += 1;
        }
    }
}
