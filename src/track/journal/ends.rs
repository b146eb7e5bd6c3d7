//! Whose a journal is: its key, kept in few bytes.

use super::{BY_HANDSHAKE, CLIENT_SECOND, Journal, TCP, WIDE};
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
        self.addresses == [one[3], other[3]] && key.is_over(false) && self.has_rest_of(key)
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

    /// Whether a key has its ports and so on.
    #[inline]
    pub(super) fn has_rest_of(&self, key: &Key) -> bool {
        self.ports == key.ports() && self.tag == key.tag() && self.protocol() == key.protocol()
    }

    #[inline]
    pub(super) fn protocol(&self) -> u8 {
        if self.is_tcp() { key::TCP } else { key::UDP }
    }

    /// Its key; `wide`: the addresses of IPv6 at their place.
    pub fn key(&self, wide: impl FnOnce(u32) -> [[u32; 4]; 2]) -> Key {
        let addresses = match self.wide() {
            None => self.addresses.map(|address| [0, 0, 0, address]),
            Some(place) => wide(place),
        };
        let is_wide = self.has(WIDE);
        Key::restored(is_wide, self.protocol(), addresses, self.ports, self.tag)
    }

    /// What its first packet told, of a conversation with this key.
    pub fn first(&self, key: Key) -> First {
        let is_tcp = self.is_tcp();
        First {
            key,
            protocol: Some(if is_tcp { Protocol::Tcp } else { Protocol::Udp }),
            vlan: key.vlan(),
            client_second: self.has(CLIENT_SECOND),
            roles: match self.has(BY_HANDSHAKE) {
                true => Roles::Handshake,
                false => Roles::Inferred,
            },
            packet: self.first_packet,
            time_ns: self.start_ns,
            is_tcp,
            opening: self.opening,
        }
    }
}
