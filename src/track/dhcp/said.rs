//! What a message of either family says, in one form.

use std::hash::{BuildHasher, Hasher};
use std::net::{IpAddr, Ipv4Addr};

use foldhash::fast::FixedState;

use crate::decode::dhcp::{self, MessageType, code, v6};
use crate::decode::{Packet, View, is_group_address, view};
use crate::track::{DhcpPurpose, DhcpQuestion};

/// What a message is in its exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// A client asks.
    Question(DhcpQuestion),
    /// A server offers.
    Offer,
    /// A server answers.
    Answer,
}

/// The way that a message takes: one that a relay passes on is seen on both sides of
/// it, with another relay's address or to another destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub relay: Option<IpAddr>,
    pub destination: IpAddr,
}

impl Path {
    /// No relay has passed it on yet.
    pub fn is_first(&self) -> bool {
        self.relay.is_none()
    }
}

/// What a message says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said {
    pub v6: bool,
    pub sort: Sort,
    pub transaction: u32,
    /// The client, as a hash of its hardware address or its identifier.
    pub client: u64,
    pub hardware: Option<[u8; 6]>,
    /// The server that it is from, or meant for.
    pub server: Option<u64>,
    pub chosen: Option<IpAddr>,
    pub speaker: IpAddr,
    pub address: Option<IpAddr>,
    /// Lease, T1 and T2 in seconds.
    pub times: Option<[u32; 3]>,
    /// Mask, gateway and DNS servers, each in a hash.
    pub network: [Option<u64>; 3],
    /// Bits of the mask, and the first router.
    pub prefix_length: Option<u8>,
    pub router: Option<IpAddr>,
    pub path: Path,
    pub wants_broadcast: bool,
    /// The server says no.
    pub refuses: bool,
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

impl Said {
    /// What the packet's message says; `None` without one that belongs to a client's
    /// exchange.
    pub fn of(packet: &Packet<'_>) -> Option<Self> {
        match view(packet, packet.layers.last()?) {
            View::Dhcp(message) => Self::v4(packet, &message),
            View::Dhcpv6(message) => Self::v6(packet, &message),
            _ => None,
        }
    }

    fn v4(packet: &Packet<'_>, message: &dhcp::Message<'_>) -> Option<Self> {
        let network = packet.network.as_ref()?;
        let kind = message.message_type()?;
        let server = message.address_option(code::SERVER_IDENTIFIER);
        let relay = some(message.relay_address());
        let held = some(message.client_address());
        let is_direct = relay.is_none() && !is_group_address(network.destination);
        let purpose = match (server, held) {
            (Some(_), _) => DhcpPurpose::Selecting,
            (None, None) => DhcpPurpose::Restarting,
            (None, Some(_)) if is_direct => DhcpPurpose::Renewing,
            (None, Some(_)) => DhcpPurpose::Rebinding,
        };
        let sort = match kind {
            MessageType::DISCOVER => Sort::Question(DhcpQuestion::Discover),
            MessageType::REQUEST => Sort::Question(DhcpQuestion::Request(purpose)),
            MessageType::INFORM => Sort::Question(DhcpQuestion::Inform),
            MessageType::RELEASE => Sort::Question(DhcpQuestion::Release),
            MessageType::DECLINE => Sort::Question(DhcpQuestion::Decline),
            MessageType::OFFER => Sort::Offer,
            MessageType::ACK | MessageType::NAK => Sort::Answer,
            _ => return None,
        };
        let address = match sort {
            Sort::Question(_) => message.address_option(code::REQUESTED_ADDRESS).or(held),
            _ => some(message.your_address()),
        };
        let hardware = message.hardware_address();
        let identifier = message.option(code::CLIENT_IDENTIFIER);
        let client = match (hardware.iter().any(|byte| *byte != 0), &identifier) {
            (true, _) => hash(hardware),
            (false, Some(identifier)) => hash(identifier),
            (false, None) => u64::from(message.transaction_id()),
        };
        let setting = |code: u8| message.option(code).map(|data| hash(&data));
        Some(Self {
            v6: false,
            sort,
            transaction: message.transaction_id(),
            client,
            hardware: hardware.try_into().ok(),
            server: server.map(|server| u64::from(server.to_bits())),
            chosen: server.map(IpAddr::V4),
            speaker: server.map_or(network.source, IpAddr::V4),
            address: address.map(IpAddr::V4),
            times: times(message),
            network: [code::SUBNET_MASK, code::ROUTERS, code::NAME_SERVERS].map(setting),
            prefix_length: message
                .address_option(code::SUBNET_MASK)
                .and_then(dhcp::prefix_length)
                .map(|length| length as u8),
            router: first_router(message).map(IpAddr::V4),
            path: Path {
                relay: relay.map(IpAddr::V4),
                destination: network.destination,
            },
            wants_broadcast: message.wants_broadcast(),
            refuses: kind == MessageType::NAK,
        })
    }

    fn v6(packet: &Packet<'_>, outer: &v6::Message<'_>) -> Option<Self> {
        let network = packet.network.as_ref()?;
        let message = outer.innermost()?;
        let sort = match message.message_type() {
            v6::MessageType::SOLICIT => Sort::Question(DhcpQuestion::Discover),
            v6::MessageType::REQUEST => request6(DhcpPurpose::Selecting),
            v6::MessageType::CONFIRM => request6(DhcpPurpose::Restarting),
            v6::MessageType::RENEW => request6(DhcpPurpose::Renewing),
            v6::MessageType::REBIND => request6(DhcpPurpose::Rebinding),
            v6::MessageType::INFORMATION_REQUEST => Sort::Question(DhcpQuestion::Inform),
            v6::MessageType::RELEASE => Sort::Question(DhcpQuestion::Release),
            v6::MessageType::DECLINE => Sort::Question(DhcpQuestion::Decline),
            v6::MessageType::ADVERTISE => Sort::Offer,
            v6::MessageType::REPLY => Sort::Answer,
            _ => return None,
        };
        let transaction = message.transaction_id()?;
        let client = message.option(v6::code::CLIENT_IDENTIFIER);
        let given = Given::of(&message);
        let dns = message.option(v6::code::NAME_SERVERS).map(hash);
        // A server that has nothing to give says so in its Advertise.
        let sort = match sort {
            Sort::Offer if given.refuses() => Sort::Answer,
            sort => sort,
        };
        Some(Self {
            v6: true,
            sort,
            transaction,
            client: client.map_or(u64::from(transaction), hash),
            hardware: client.and_then(|client| v6::Duid::of(client).mac()),
            server: message.option(v6::code::SERVER_IDENTIFIER).map(hash),
            chosen: None,
            speaker: network.source,
            address: given.address,
            times: given.times,
            network: [None, None, dns],
            prefix_length: None,
            router: None,
            path: Path {
                relay: outer.link_address().map(IpAddr::V6),
                destination: network.destination,
            },
            wants_broadcast: false,
            refuses: given.refuses(),
        })
    }
}

const fn request6(purpose: DhcpPurpose) -> Sort {
    Sort::Question(DhcpQuestion::Request(purpose))
}

fn some(address: Ipv4Addr) -> Option<Ipv4Addr> {
    (!address.is_unspecified()).then_some(address)
}

/// The first of the routers (RFC 2132, section 3.5).
fn first_router(message: &dhcp::Message<'_>) -> Option<Ipv4Addr> {
    let routers = message.option(code::ROUTERS)?;
    let first: [u8; 4] = *routers.first_chunk()?;
    some(first.into())
}

/// The lease's time with T1 and T2: half of it and seven eighths where the server
/// does not tell (RFC 2131, section 4.4.5).
fn times(message: &dhcp::Message<'_>) -> Option<[u32; 3]> {
    let seconds = message.seconds_option(code::LEASE_TIME)?;
    let t1 = message.seconds_option(code::RENEWAL_TIME);
    let t2 = message.seconds_option(code::REBINDING_TIME);
    Some([
        seconds,
        t1.unwrap_or(seconds / 2),
        t2.unwrap_or((u64::from(seconds) * 7 / 8) as u32),
    ])
}

/// What the associations of a message of DHCPv6 give.
#[derive(Clone, Copy, Debug, Default)]
struct Given {
    /// The first address or prefix.
    address: Option<IpAddr>,
    times: Option<[u32; 3]>,
    /// A status that is no success.
    fails: bool,
}

impl Given {
    fn of(message: &v6::Message<'_>) -> Self {
        let mut given = Self::default();
        for option in message.options().map_while(Result::ok) {
            match v6::Value::of(option.code, option.data) {
                v6::Value::Status(status, _) => given.fails |= status != 0,
                v6::Value::Association(_, times, options) => {
                    given.association(times.unwrap_or_default(), options);
                }
                _ => {}
            }
        }
        given
    }

    fn association(&mut self, [t1, t2]: [u32; 2], options: v6::Options<'_>) {
        for option in options.map_while(Result::ok) {
            let (address, valid) = match v6::Value::of(option.code, option.data) {
                v6::Value::Address(address, [_, valid], _) => (address, valid),
                v6::Value::Prefix(prefix, _, [_, valid], _) => (prefix, valid),
                v6::Value::Status(status, _) => {
                    self.fails |= status != 0;
                    continue;
                }
                _ => continue,
            };
            if self.address.is_none() {
                self.address = Some(IpAddr::V6(address));
                self.times = Some([valid, t1, t2]);
            }
        }
    }

    /// It has a status that says no, and gives nothing beside.
    fn refuses(&self) -> bool {
        self.fails && self.times.is_none_or(|[valid, ..]| valid == 0)
    }
}
