//! The fixed part of a DHCP message (RFC 2131, section 2) and its options
//! wherever they stand: behind the magic cookie, and with option overload (RFC
//! 2132, section 9.3) in the fields for the boot file and the server's name.

use std::borrow::Cow;
use std::fmt;
use std::net::Ipv4Addr;

use super::options::{DhcpOption, Fault, Options, Place, code};

/// Bytes up to the options: the fixed part and the magic cookie.
pub const SHORTEST: usize = 240;

/// Where the server's name, the boot file's name and the options begin.
const SERVER_NAME: usize = 44;
const BOOT_FILE: usize = 108;
const COOKIE: usize = 236;

/// The magic cookie (RFC 2131, section 3).
const MAGIC: [u8; 4] = [0x63, 0x82, 0x53, 0x63];

/// The most bytes of a hardware address.
const LONGEST_ADDRESS: u8 = 16;

/// A message with the magic cookie.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    fixed: &'a [u8; SHORTEST],
    bytes: &'a [u8],
}

impl<'a> Message<'a> {
    /// Takes bytes that are a message by their first byte and the cookie; what
    /// stands behind that may still turn out to be broken.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let fixed = bytes.first_chunk::<SHORTEST>()?;
        let is_message =
            matches!(fixed[0], 1 | 2) && fixed[2] <= LONGEST_ADDRESS && fixed[COOKIE..] == MAGIC;
        is_message.then_some(Self { fixed, bytes })
    }

    /// All its bytes.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// 1: from a client (BOOTREQUEST); 2: from a server (BOOTREPLY).
    #[must_use]
    pub const fn operation(&self) -> u8 {
        self.fixed[0]
    }

    /// Whether a server speaks.
    #[must_use]
    pub const fn is_reply(&self) -> bool {
        self.operation() == 2
    }

    /// The hardware's type, as ARP numbers them: 1 is Ethernet.
    #[must_use]
    pub const fn hardware_type(&self) -> u8 {
        self.fixed[1]
    }

    /// How many relays have passed it on.
    #[must_use]
    pub const fn hops(&self) -> u8 {
        self.fixed[3]
    }

    /// Chosen by the client; the answers repeat it.
    #[must_use]
    pub const fn transaction_id(&self) -> u32 {
        let [_, _, _, _, a, b, c, d, ..] = *self.fixed;
        u32::from_be_bytes([a, b, c, d])
    }

    /// Seconds since the client began, as it says.
    #[must_use]
    pub const fn seconds(&self) -> u16 {
        u16::from_be_bytes([self.fixed[8], self.fixed[9]])
    }

    /// The client cannot take unicast yet: answers have to be broadcast.
    #[must_use]
    pub const fn wants_broadcast(&self) -> bool {
        self.fixed[10] & 0x80 != 0
    }

    fn address(&self, at: usize) -> Ipv4Addr {
        let bytes = self
            .bytes
            .get(at..)
            .and_then(|bytes| bytes.first_chunk::<4>());
        bytes.map_or(Ipv4Addr::UNSPECIFIED, |bytes| Ipv4Addr::from(*bytes))
    }

    /// The address that the client has and answers ARP for (`ciaddr`).
    #[must_use]
    pub fn client_address(&self) -> Ipv4Addr {
        self.address(12)
    }

    /// The address that the server gives (`yiaddr`).
    #[must_use]
    pub fn your_address(&self) -> Ipv4Addr {
        self.address(16)
    }

    /// The server to boot from (`siaddr`).
    #[must_use]
    pub fn next_server(&self) -> Ipv4Addr {
        self.address(20)
    }

    /// The relay that first passed it on (`giaddr`), on the client's network.
    #[must_use]
    pub fn relay_address(&self) -> Ipv4Addr {
        self.address(24)
    }

    /// The client's hardware address, as long as it says.
    #[must_use]
    pub fn hardware_address(&self) -> &'a [u8] {
        let length = usize::from(self.fixed[2]);
        self.fixed.get(28..28 + length).unwrap_or_default()
    }

    /// The server's name up to its first zero; nothing where options stand in its
    /// place.
    #[must_use]
    pub fn server_name(&self) -> &'a [u8] {
        self.text(SERVER_NAME, BOOT_FILE, Place::ServerName)
    }

    /// The boot file's name up to its first zero; nothing where options stand in
    /// its place.
    #[must_use]
    pub fn boot_file(&self) -> &'a [u8] {
        self.text(BOOT_FILE, COOKIE, Place::BootFile)
    }

    fn text(&self, from: usize, to: usize, place: Place) -> &'a [u8] {
        if self.holds_options(place) {
            return &[];
        }
        let field = self.fixed.get(from..to).unwrap_or_default();
        field.split(|byte| *byte == 0).next().unwrap_or_default()
    }

    /// Whether options stand in this field. Option 52 says so, and counts only
    /// where it stands behind the cookie: so a field never sends the reader on.
    #[must_use]
    pub fn holds_options(&self, place: Place) -> bool {
        let bit = match place {
            Place::Options => return true,
            Place::BootFile => 1,
            Place::ServerName => 2,
        };
        self.of_place(Place::Options)
            .map_while(Result::ok)
            .find(|option| option.code == code::OVERLOAD)
            .and_then(|option| option.data.first().copied())
            .is_some_and(|overload| overload & bit != 0)
    }

    /// The options of one field, whether it holds any or not.
    #[must_use]
    pub fn of_place(&self, place: Place) -> Options<'a> {
        let (from, to) = match place {
            Place::Options => (SHORTEST, self.bytes.len()),
            Place::BootFile => (BOOT_FILE, COOKIE),
            Place::ServerName => (SERVER_NAME, BOOT_FILE),
        };
        Options::new(self.bytes.get(from..to).unwrap_or_default(), from, place)
    }

    /// All options in the order that RFC 3396 gives: behind the cookie, then the
    /// boot file's field, then that of the server's name; each field up to the
    /// first that cannot be read, which is yielded as a fault.
    pub fn options(&self) -> impl Iterator<Item = Result<DhcpOption<'a>, Fault>> + use<'a> {
        let message = *self;
        Place::ALL
            .into_iter()
            .filter(move |place| message.holds_options(*place))
            .flat_map(move |place| message.of_place(place))
    }

    /// The data of all options of this code, joined as RFC 3396 asks; `None`
    /// where there is none.
    #[must_use]
    pub fn option(&self, code: u8) -> Option<Cow<'a, [u8]>> {
        let mut joined: Option<Cow<'a, [u8]>> = None;
        for option in self.options().filter_map(Result::ok) {
            if option.code != code {
                continue;
            }
            match &mut joined {
                None => joined = Some(Cow::Borrowed(option.data)),
                Some(data) => data.to_mut().extend_from_slice(option.data),
            }
        }
        joined
    }

    /// Each option once, in the order of its first piece, with its joined data.
    #[must_use]
    pub fn joined_options(&self) -> Vec<(u8, Cow<'a, [u8]>)> {
        let mut found: Vec<(u8, Cow<'a, [u8]>)> = Vec::new();
        let mut places = [usize::MAX; 256];
        for option in self.options().filter_map(Result::ok) {
            let place = &mut places[usize::from(option.code)];
            match found.get_mut(*place) {
                Some((_, data)) => data.to_mut().extend_from_slice(option.data),
                None => {
                    *place = found.len();
                    found.push((option.code, Cow::Borrowed(option.data)));
                }
            }
        }
        found
    }

    fn four_bytes(&self, code: u8) -> Option<[u8; 4]> {
        self.option(code)?.first_chunk::<4>().copied()
    }

    /// An option that holds one address, or several of which this is the first.
    #[must_use]
    pub fn address_option(&self, code: u8) -> Option<Ipv4Addr> {
        self.four_bytes(code).map(Ipv4Addr::from)
    }

    /// An option that holds a time in seconds.
    #[must_use]
    pub fn seconds_option(&self, code: u8) -> Option<u32> {
        self.four_bytes(code).map(u32::from_be_bytes)
    }

    /// What the message is (option 53); `None` for BOOTP with options.
    #[must_use]
    pub fn message_type(&self) -> Option<MessageType> {
        let data = self.option(code::MESSAGE_TYPE)?;
        data.first().copied().map(MessageType)
    }

    /// The first place where its options break.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.options().find_map(Result::err)
    }
}

/// What a message is (RFC 2132, section 9.6 and later ones).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageType(pub u8);

impl MessageType {
    #![allow(missing_docs, reason = "each is the type of its name")]
    pub const DISCOVER: Self = Self(1);
    pub const OFFER: Self = Self(2);
    pub const REQUEST: Self = Self(3);
    pub const DECLINE: Self = Self(4);
    pub const ACK: Self = Self(5);
    pub const NAK: Self = Self(6);
    pub const RELEASE: Self = Self(7);
    pub const INFORM: Self = Self(8);

    /// The name in records; `None` for a number that has none.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            1 => "discover",
            2 => "offer",
            3 => "request",
            4 => "decline",
            5 => "ack",
            6 => "nak",
            7 => "release",
            8 => "inform",
            9 => "force_renew",
            10 => "lease_query",
            11 => "lease_unassigned",
            12 => "lease_unknown",
            13 => "lease_active",
            14 => "bulk_lease_query",
            15 => "lease_query_done",
            16 => "active_lease_query",
            17 => "lease_query_status",
            18 => "tls",
            _ => return None,
        })
    }
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(&name.replace('_', " ")),
            None => write!(f, "type {}", self.0),
        }
    }
}
