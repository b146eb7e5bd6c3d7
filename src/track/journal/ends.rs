//! Whose a journal is: its key, kept in few bytes.

use super::{BY_HANDSHAKE, CLIENT_SECOND, Journal, PORTLESS, TCP, WIDE};
use crate::decode::{Brief, Protocol};
use crate::track::Roles;
use crate::track::entry::First;
use crate::track::key::{self, Key};

impl Journal {
    /// Where [`Journals`] have its addresses, if they are IPv6.
    #[inline]
    pub(super) fn wide(&self) -> Option<u32> {
        self.has(WIDE).then_some(self.addresses[0])
    }

    /// Whether this is its key, where it is not of IPv6.
    #[inline]
    pub(super) fn has_narrow_key(&self, key: &Key) -> bool {
        let [one, other] = key.addresses();
        self.addresses == [one[3], other[3]] && self.has_rest_of(key)
    }

    /// The same of the conversation of a frame of a usual build.
    #[inline(always)]
    pub(super) fn is_narrow_of(&self, brief: &Brief) -> bool {
        let [one, other] = &brief.addresses;
        (self.addresses == [one[3], other[3]])
            & !brief.build.is_ipv6()
            & (self.bits & (TCP | WIDE) == TCP)
            & self.has_ends_of(brief)
    }

    /// Whether a frame has its ports and its tag, and TCP.
    #[inline(always)]
    pub(super) fn has_ends_of(&self, brief: &Brief) -> bool {
        (self.ports == brief.ports) & (self.tag == brief.tag) & brief.build.is_tcp()
    }

    /// Whether a key is its own but for the addresses.
    #[inline]
    pub(super) fn has_rest_of(&self, key: &Key) -> bool {
        self.own_ports() == key.ports()
            && self.tag == key.tag()
            && self.protocol() == key.protocol()
            && key.is_restorable(self.has(WIDE))
    }

    /// The ports of its key.
    #[inline]
    fn own_ports(&self) -> [u16; 2] {
        match self.has(PORTLESS) {
            true => [0, 0],
            false => self.ports,
        }
    }

    /// The IP protocol number; [`key::NONE`] without IP.
    #[inline]
    fn protocol(&self) -> u8 {
        match (self.is_tcp(), self.ports) {
            (true, _) => key::TCP,
            (false, [protocol, _]) if self.has(PORTLESS) => protocol as u8,
            (false, _) => key::UDP,
        }
    }

    /// What stands in place of the ports: the ports, or, in a conversation that
    /// has none, its IP protocol number. With it, whether that is so; `None` for
    /// what is not noted.
    pub(super) fn ports_of(first: &First) -> Option<([u16; 2], bool)> {
        let key = &first.key;
        let (protocol, is_wide) = (key.protocol(), key.is_over(true));
        let ports = match protocol {
            key::TCP | key::UDP => (key.ports(), false),
            _ => ([protocol.into(), 0], true),
        };
        let may_be = first.is_tcp == (protocol == key::TCP)
            && first.protocol == name_of(protocol)
            && key.is_restorable(is_wide);
        may_be.then_some(ports)
    }

    /// Its key; `wide`: the addresses of IPv6 at their place.
    pub fn key(&self, wide: impl FnOnce(u32) -> [[u32; 4]; 2]) -> Key {
        let addresses = match self.wide() {
            None => self.addresses.map(|address| [0, 0, 0, address]),
            Some(place) => wide(place),
        };
        let (is_wide, ports) = (self.has(WIDE), self.own_ports());
        Key::restored(is_wide, self.protocol(), addresses, ports, self.tag)
    }

    /// What its first packet told, of a conversation with this key.
    pub fn first(&self, key: Key) -> First {
        First {
            key,
            protocol: name_of(self.protocol()),
            vlan: key.vlan(),
            client_second: self.has(CLIENT_SECOND),
            roles: match self.has(BY_HANDSHAKE) {
                true => Roles::Handshake,
                false => Roles::Inferred,
            },
            packet: self.first_packet,
            time_ns: self.start_ns,
            is_tcp: self.is_tcp(),
            opening: self.opening,
        }
    }
}

/// What a conversation is called that is noted, by its IP protocol number.
fn name_of(protocol: u8) -> Option<Protocol> {
    Some(match protocol {
        key::TCP => Protocol::Tcp,
        key::UDP => Protocol::Udp,
        key::ICMP => Protocol::Icmp,
        key::ICMPV6 => Protocol::Icmpv6,
        key::NONE => Protocol::Arp,
        _ => return None,
    })
}
