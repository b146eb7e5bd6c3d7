//! Flows: what the packets between two ends have in common. A packet's [`Key`]
//! finds its [`Flow`] in the [`Table`], which numbers flows by their first
//! packets and ends them when they are over, silent, or too many.

mod content;
#[allow(clippy::module_inception, reason = "the flow itself")]
mod flow;
mod http;
mod key;
mod opening;
mod record;
mod related;
mod roles;
mod table;
mod timeouts;
mod vlan;
mod websocket;

pub(super) use flow::{Counted, FirstPacket, Flow, Stream};
pub use http::HttpTotals;
pub(super) use key::Key;
pub use key::endpoints;
pub(in crate::track) use record::ROUNDS;
pub use record::{
    Address, CloseKind, Conversation, Endpoint, GivenUp, Handshake, LayerBytes, Limit, Roles,
    RoundTrip, Side, Sides, TcpConversation, ThinkTime, Totals, Transfer, Transmission,
};
pub(super) use table::{FlowId, Table};
pub use websocket::{CloseSeen, FramesSent, WebSocketTotals};
