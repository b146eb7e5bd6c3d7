//! DHCP messages (RFC 2131; options RFC 2132, long ones RFC 3396) and, in
//! [`v6`], those of DHCPv6 (RFC 8415). In come the bytes of one message; out
//! come its header and, one after the other, its options, or the place where
//! they break. Nothing is allocated until a value is asked for, and the work is
//! bounded by a small multiple of the message's length.

mod domains;
mod fields;
mod message;
mod options;
pub mod v6;
mod value;

pub(super) use fields::fields;
pub use message::{Message, MessageType, SHORTEST};
pub use options::{
    DhcpOption, Fault, Form, OptionName, Options, Place, code, option_name, sub_option_name,
};
pub use value::{Route, Value};

use std::net::Ipv4Addr;

use super::cursor::Cursor;
use super::{Protocol, StopReason};

/// The ones of a mask, if they stand together at its beginning.
#[must_use]
pub fn prefix_length(mask: Ipv4Addr) -> Option<u32> {
    let bits = mask.to_bits();
    (bits.leading_ones() + bits.trailing_zeros() == 32 || bits == u32::MAX)
        .then_some(bits.leading_ones())
}

/// A datagram on ports of nothing that is known: DHCP, if its first byte says
/// that a client or a server speaks, and the magic cookie stands where options
/// begin. A port alone makes nothing DHCP: BOOTP without options stays data.
pub(super) fn on_any_port(cursor: &mut Cursor<'_, '_>) {
    if let Some(message) = Message::parse(cursor.rest) {
        let fault = message.fault();
        layer(cursor, Protocol::Dhcp, fault);
    }
}

/// A datagram on a port of DHCPv6, which has no cookie: its type has to be known,
/// and its options have to fill it, or nearly.
pub(super) fn v6_on_its_port(cursor: &mut Cursor<'_, '_>) {
    if let Some(message) = v6::Message::parse(cursor.rest)
        && message.may_be()
    {
        let fault = message.fault();
        layer(cursor, Protocol::Dhcpv6, fault);
    }
}

/// The bytes stay payload: the layer's header is empty, as DNS's. Notes where the
/// message breaks, if it does; the rest of one that continues in other fragments
/// is not missing.
fn layer(cursor: &mut Cursor<'_, '_>, protocol: Protocol, fault: Option<Fault>) {
    if !cursor.layer(protocol, 0) || cursor.is_fragment() {
        return;
    }
    let Some(fault) = fault else {
        return;
    };
    let Fault { needed, had, .. } = fault;
    let is_cut = (cursor.rest.len() as u32) < cursor.remaining();
    let reason = match is_cut {
        true => StopReason::Truncated { needed, had },
        false => StopReason::TooShort { needed, had },
    };
    cursor.stop_at(protocol, cursor.at + fault.offset, reason);
}

#[cfg(test)]
mod tests;
