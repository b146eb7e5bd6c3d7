//! Whose a packet is, where several follow a share of the conversations each.

use crate::decode::{Network, Packet, quoted};
use crate::track::fragments::Fragments;
use crate::track::key::Key;
use crate::track::share::Share;

/// What a packet tells of the share that it belongs to.
#[derive(Clone, Copy, Debug)]
pub enum Dealt {
    /// It is this one's.
    To(Share),
    /// It is a fragment: [`Dealer::deal`] knows whose.
    Fragment(Fragmented),
}

/// A fragment, and whose it is by its own ports.
#[derive(Clone, Copy, Debug)]
pub struct Fragmented {
    network: Network,
    share: Share,
}

impl Dealt {
    /// Of a packet. An ICMP error goes to where the packet is known that it
    /// quotes.
    #[must_use]
    pub fn of(packet: &Packet<'_>) -> Self {
        let quoted = quoted(packet);
        let key = match &quoted {
            Some(quoted) => Some(Key::of_quoted(quoted, packet)),
            None => Key::of(packet),
        };
        let share = key.map_or(Share::WHOLE, |(key, _)| Share::of(&key, key.hash()));
        match packet.network {
            Some(network) if network.fragment.is_some() => Self::Fragment(Fragmented {
                network,
                // What follows it is no error.
                share: if quoted.is_some() {
                    Share::WHOLE
                } else {
                    share
                },
            }),
            _ => Self::To(share),
        }
    }
}

/// Says of fragments whose they are. It has to meet them in their order.
#[derive(Debug, Default)]
pub struct Dealer {
    first: Fragments<Share>,
}

impl Dealer {
    /// Whose a fragment is: the share of the first of its datagram.
    pub fn deal(&mut self, fragment: &Fragmented, now_ns: u64) -> Share {
        let Fragmented { network, share } = fragment;
        if network.is_later_fragment() {
            return self.first.find(network).unwrap_or(Share::WHOLE);
        }
        self.first.first(network, *share, now_ns);
        *share
    }
}
