//! DHCPv6 messages (RFC 8415): a type, a transaction id and options, some of which
//! hold options again; a relay puts a whole message into an option of its own.
//! How deep they may stand in one another is bounded.

mod duid;
mod fields;
mod options;
mod value;

use std::net::Ipv6Addr;

pub use duid::Duid;
pub(in crate::decode) use fields::fields;
pub use options::{Form, Option6, OptionName, Options, code, option_name};
pub use value::{Value, status_name};

use super::Fault;

/// Relays that pass a message on one after the other (RFC 8415, section 7.6:
/// HOP_COUNT_LIMIT), with one to spare for what they carry.
pub const MOST_NESTED: usize = 9;

/// Bytes before the options of a message, and of a relay's.
const HEADER: usize = 4;
const RELAY_HEADER: usize = 34;

/// Types that are known: RFC 8415 to 13, lease queries and failover behind.
const LAST_TYPE: u8 = 36;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageType(pub u8);

impl MessageType {
    #![allow(missing_docs, reason = "each is the type of its name")]
    pub const SOLICIT: Self = Self(1);
    pub const ADVERTISE: Self = Self(2);
    pub const REQUEST: Self = Self(3);
    pub const CONFIRM: Self = Self(4);
    pub const RENEW: Self = Self(5);
    pub const REBIND: Self = Self(6);
    pub const REPLY: Self = Self(7);
    pub const RELEASE: Self = Self(8);
    pub const DECLINE: Self = Self(9);
    pub const RECONFIGURE: Self = Self(10);
    pub const INFORMATION_REQUEST: Self = Self(11);
    pub const RELAY_FORWARD: Self = Self(12);
    pub const RELAY_REPLY: Self = Self(13);

    /// The name in records; `None` for a number that has none.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "solicit",
            2 => "advertise",
            3 => "request",
            4 => "confirm",
            5 => "renew",
            6 => "rebind",
            7 => "reply",
            8 => "release",
            9 => "decline",
            10 => "reconfigure",
            11 => "information_request",
            12 => "relay_forward",
            13 => "relay_reply",
            14 => "lease_query",
            15 => "lease_query_reply",
            16 => "lease_query_done",
            17 => "lease_query_data",
            18 => "reconfigure_request",
            19 => "reconfigure_reply",
            20 => "dhcpv4_query",
            21 => "dhcpv4_response",
            22 => "active_lease_query",
            23 => "start_tls",
            24 => "binding_update",
            25 => "binding_reply",
            26 => "pool_request",
            27 => "pool_response",
            28 => "update_request",
            29 => "update_request_all",
            30 => "update_done",
            31 => "connect",
            32 => "connect_reply",
            33 => "disconnect",
            34 => "state",
            35 => "contact",
            36 => "address_registration_inform",
            _ => return None,
        })
    }

    /// Whether a relay wrote it, or it is for one.
    #[must_use]
    pub const fn is_relays(self) -> bool {
        matches!(self, Self::RELAY_FORWARD | Self::RELAY_REPLY)
    }

    /// Whether a server wrote it.
    #[must_use]
    pub const fn is_servers(self) -> bool {
        matches!(
            self,
            Self::ADVERTISE | Self::REPLY | Self::RECONFIGURE | Self::RELAY_REPLY
        )
    }
}

/// A message of which the header is known.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    bytes: &'a [u8],
}

impl<'a> Message<'a> {
    /// Takes bytes whose first is a known type, with the whole header.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let kind = *bytes.first()?;
        let message = Self { bytes };
        let is_message = (1..=LAST_TYPE).contains(&kind) && bytes.len() >= message.header_length();
        is_message.then_some(message)
    }

    /// Bytes before its options.
    #[must_use]
    pub const fn header_length(&self) -> usize {
        match self.message_type().is_relays() {
            true => RELAY_HEADER,
            false => HEADER,
        }
    }

    /// All its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What it is.
    #[must_use]
    pub const fn message_type(&self) -> MessageType {
        match self.bytes {
            [kind, ..] => MessageType(*kind),
            [] => MessageType(0),
        }
    }

    /// Chosen by who asks; the answer repeats it. A relay's message has none.
    #[must_use]
    pub const fn transaction_id(&self) -> Option<u32> {
        match self.bytes {
            [_, a, b, c, ..] if !self.message_type().is_relays() => {
                Some(u32::from_be_bytes([0, *a, *b, *c]))
            }
            _ => None,
        }
    }

    /// How many relays had passed it on before this one.
    #[must_use]
    pub const fn hop_count(&self) -> Option<u8> {
        match self.bytes {
            [_, hops, ..] if self.message_type().is_relays() => Some(*hops),
            _ => None,
        }
    }

    fn relay_address(&self, at: usize) -> Option<Ipv6Addr> {
        let bytes = self.bytes.get(at..)?.first_chunk::<16>()?;
        let is_relays = self.message_type().is_relays();
        is_relays.then(|| Ipv6Addr::from(*bytes))
    }

    /// In a relay's message: an address of the client's link.
    #[must_use]
    pub fn link_address(&self) -> Option<Ipv6Addr> {
        self.relay_address(2)
    }

    /// The relay, as readers know it: by its address on the client's link, or where
    /// that is not told by the client's own.
    #[must_use]
    pub fn relay(&self) -> Option<Ipv6Addr> {
        let link = self.link_address()?;
        match link.is_unspecified() {
            true => self.peer_address(),
            false => Some(link),
        }
    }

    /// In a relay's message: the client, or the relay before.
    #[must_use]
    pub fn peer_address(&self) -> Option<Ipv6Addr> {
        self.relay_address(18)
    }

    /// Its options, up to the first that cannot be read.
    #[must_use]
    pub fn options(&self) -> Options<'a> {
        let at = self.header_length();
        Options::new(self.bytes.get(at..).unwrap_or_default(), at)
    }

    /// The data of the first option of this code.
    #[must_use]
    pub fn option(&self, code: u16) -> Option<&'a [u8]> {
        let mut options = self.options().map_while(Result::ok);
        options
            .find(|option| option.code == code)
            .map(|option| option.data)
    }

    /// The message that a relay passes on, the innermost where several do; itself
    /// where none does. `None` where that cannot be read.
    #[must_use]
    pub fn innermost(&self) -> Option<Self> {
        let mut message = *self;
        for _ in 0..MOST_NESTED {
            if !message.message_type().is_relays() {
                return Some(message);
            }
            message = Self::parse(message.option(code::RELAY_MESSAGE)?)?;
        }
        None
    }

    /// The place where its own options break; what stands inside them is data.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.options().find_map(Result::err)
    }

    /// Whether bytes on a port of DHCPv6 are a message: they have options that
    /// can be read, or nothing behind the header.
    #[must_use]
    pub fn may_be(&self) -> bool {
        match self.options().next() {
            Some(Ok(_)) => true,
            Some(Err(_)) => false,
            None => self.bytes.len() == self.header_length(),
        }
    }
}
