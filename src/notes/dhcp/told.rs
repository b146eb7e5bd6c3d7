//! What a message of either family tells, in the form that sentences want.

use std::net::IpAddr;

use crate::decode::dhcp::{self, code, v6};
use crate::decode::{Packet, View, view};
use crate::notes::Lang;
use crate::notes::fields::mask_said;

/// A message, told.
pub struct Told<'a> {
    pub message: Message<'a>,
    /// The client: its hardware address, or its identifier.
    pub client: Option<String>,
    /// The address or prefix that it is about.
    pub address: Option<String>,
    /// The server that it is from, or meant for.
    pub server: Option<String>,
    /// The relay that passed it on.
    pub relay: Option<IpAddr>,
    /// What the relay adds of the place where the client is attached.
    pub circuit: Option<String>,
    /// Lease (the valid lifetime), T1 and T2 in seconds, as they are told.
    pub lease: Option<u32>,
    pub t1: Option<u32>,
    pub t2: Option<u32>,
    /// A client and a server that need two messages instead of four.
    pub rapid: bool,
    /// What the server says in words, or the status that it gives.
    pub reason: Option<String>,
}

/// The message itself.
pub enum Message<'a> {
    Four(dhcp::Message<'a>),
    Six(v6::Message<'a>),
}

impl<'a> Told<'a> {
    pub fn of(packet: &'a Packet<'a>) -> Option<Self> {
        match view(packet, packet.layers.last()?) {
            View::Dhcp(message) => Some(Self::four(message)),
            View::Dhcpv6(message) => Self::six(&message),
            _ => None,
        }
    }

    fn four(message: dhcp::Message<'a>) -> Self {
        let shown = |code: u8| {
            let data = message.option(code)?;
            Some(dhcp::Value::of(code, &data).to_string())
        };
        let some = |address: std::net::Ipv4Addr| (!address.is_unspecified()).then_some(address);
        let address = match message.is_reply() {
            true => some(message.your_address()).or(some(message.client_address())),
            false => message
                .address_option(code::REQUESTED_ADDRESS)
                .or(some(message.client_address())),
        };
        let client = match message.hardware_address() {
            [] => shown(code::CLIENT_IDENTIFIER),
            address => Some(dhcp::Value::Hardware(1, address).to_string()),
        };
        Self {
            client,
            address: address.map(|address| address.to_string()),
            server: shown(code::SERVER_IDENTIFIER),
            relay: some(message.relay_address()).map(IpAddr::V4),
            circuit: shown(82),
            lease: message.seconds_option(code::LEASE_TIME),
            t1: message.seconds_option(code::RENEWAL_TIME),
            t2: message.seconds_option(code::REBINDING_TIME),
            rapid: message.option(code::RAPID_COMMIT).is_some(),
            reason: shown(code::MESSAGE),
            message: Message::Four(message),
        }
    }

    fn six(outer: &v6::Message<'a>) -> Option<Self> {
        let message = outer.innermost()?;
        let shown = |code: u16| {
            let data = message.option(code)?;
            Some(v6::Value::of(code, data).to_string())
        };
        let mut told = Self {
            client: shown(v6::code::CLIENT_IDENTIFIER),
            address: None,
            server: shown(v6::code::SERVER_IDENTIFIER),
            relay: outer.relay().map(IpAddr::V6),
            circuit: None,
            lease: None,
            t1: None,
            t2: None,
            rapid: message.option(v6::code::RAPID_COMMIT).is_some(),
            reason: None,
            message: Message::Six(message),
        };
        let mut addresses = Vec::new();
        for option in message.options().map_while(Result::ok) {
            match v6::Value::of(option.code, option.data) {
                status @ v6::Value::Status(..) => told.status(&status),
                v6::Value::Association(_, times, options) => {
                    if let Some([t1, t2]) = times.filter(|times| times[0] > 0 && told.t1.is_none())
                    {
                        (told.t1, told.t2) = (Some(t1), Some(t2));
                    }
                    told.association(options, &mut addresses);
                }
                _ => {}
            }
        }
        told.address = (!addresses.is_empty()).then(|| addresses.join(", "));
        Some(told)
    }

    fn association(&mut self, options: v6::Options<'_>, addresses: &mut Vec<String>) {
        for option in options.map_while(Result::ok) {
            let (address, valid) = match v6::Value::of(option.code, option.data) {
                v6::Value::Address(address, [_, valid], _) => (address.to_string(), valid),
                v6::Value::Prefix(prefix, length, [_, valid], _) => {
                    (format!("{prefix}/{length}"), valid)
                }
                status @ v6::Value::Status(..) => {
                    self.status(&status);
                    continue;
                }
                _ => continue,
            };
            self.lease = self.lease.or(Some(valid));
            // More of them would not be read.
            if addresses.len() < 4 {
                addresses.push(address);
            }
        }
    }

    fn status(&mut self, status: &v6::Value<'_>) {
        if let v6::Value::Status(1.., _) = status {
            self.reason.get_or_insert_with(|| status.to_string());
        }
    }

    /// A setting of the network that the server tells.
    fn setting(&self, four: u8, six: u16) -> Option<String> {
        match &self.message {
            Message::Four(message) => {
                let data = message.option(four)?;
                Some(dhcp::Value::of(four, &data).to_string())
            }
            Message::Six(message) => {
                let data = message.option(six)?;
                Some(v6::Value::of(six, data).to_string())
            }
        }
    }

    pub fn gateway(&self) -> Option<String> {
        // DHCPv6 names no gateway: router advertisements do.
        self.setting(code::ROUTERS, 0)
    }

    pub fn dns(&self) -> Option<String> {
        self.setting(code::NAME_SERVERS, v6::code::NAME_SERVERS)
    }

    pub fn mask(&self) -> Option<std::net::Ipv4Addr> {
        match &self.message {
            Message::Four(message) => message.address_option(code::SUBNET_MASK),
            Message::Six(_) => None,
        }
    }

    pub fn prefix_length(&self) -> Option<u32> {
        self.mask().and_then(dhcp::prefix_length)
    }

    /// The host's name, as the client gives it.
    pub fn host_name(&self) -> Option<String> {
        self.setting(12, 39)
    }

    /// What the client would like to be told.
    pub fn wishes(&self) -> Option<String> {
        self.setting(55, 6)
    }

    /// What the server tells of the network, as the end of a sentence.
    pub fn network(&self, lang: Lang) -> Option<String> {
        let part = |en: &str, zh: &str, value: Option<String>| {
            value.map(|value| match lang {
                Lang::En => format!("{en} {value}"),
                Lang::Zh => format!("{zh} {value}"),
            })
        };
        let mask = self.mask().map(|mask| mask_said(mask, lang));
        let parts: Vec<String> = [
            part("mask", "掩码", mask),
            part("gateway", "网关", self.gateway()),
            part("DNS", "DNS", self.dns()),
        ]
        .into_iter()
        .flatten()
        .collect();
        (!parts.is_empty()).then(|| parts.join(lang.pick("; ", "；")))
    }
}
