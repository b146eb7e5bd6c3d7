//! The header stacks that packets have: few in any capture, so that a number
//! is enough to name one.

use std::hash::{BuildHasher, BuildHasherDefault};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

use crate::decode::{Layer, Layers, Packet, Protocol};

/// Stacks that are told apart at the most. Packets with others are followed.
const AT_MOST: usize = 4096;

/// Every stack so far.
#[derive(Debug, Default)]
pub(in crate::track) struct Stacks {
    stacks: Vec<Stack>,
    by_layers: HashTable<u16>,
}

/// The layers of a packet, with their places and lengths.
#[derive(Debug)]
pub(in crate::track) struct Stack {
    pub layers: Layers,
    /// Bytes of all headers.
    pub headers: u32,
    /// One IP header, and TCP or UDP behind it.
    plain: bool,
}

impl Stacks {
    /// The number of a packet's stack, which may be this one; `None` for what
    /// is not one IP header with TCP or UDP behind it.
    #[inline]
    pub fn number(&mut self, packet: &Packet<'_>, likely: u16) -> Option<u16> {
        if let Some(stack) = self.get(likely)
            && stack.layers == packet.layers
        {
            return Some(likely).filter(|_| stack.plain);
        }
        let number = self.find_or_add(&packet.layers)?;
        self.get(number)?.plain.then_some(number)
    }

    /// A stack by its number.
    #[inline]
    pub fn get(&self, number: u16) -> Option<&Stack> {
        self.stacks.get(usize::from(number))
    }

    fn find_or_add(&mut self, layers: &Layers) -> Option<u16> {
        let hash = hash(layers);
        let is_it = |number: &u16| {
            let stack = self.stacks.get(usize::from(*number));
            stack.is_some_and(|stack| stack.layers == *layers)
        };
        if let Some(number) = self.by_layers.find(hash, is_it) {
            return Some(*number);
        }
        if self.stacks.len() >= AT_MOST {
            return None;
        }
        let number = self.stacks.len() as u16;
        self.stacks.push(Stack {
            layers: layers.clone(),
            headers: layers.iter().map(|layer| layer.header_length).sum(),
            plain: is_plain(layers),
        });
        let stacks = &self.stacks;
        let hash_of = |number: &u16| {
            let stack = stacks.get(usize::from(*number));
            stack.map_or(0, |stack| self::hash(&stack.layers))
        };
        self.by_layers.insert_unique(hash, number, hash_of);
        Some(number)
    }
}

fn is_plain(layers: &[Layer]) -> bool {
    let count = |wanted: &[Protocol]| {
        let of = layers
            .iter()
            .filter(|layer| wanted.contains(&layer.protocol));
        of.count()
    };
    count(&[Protocol::Ipv4, Protocol::Ipv6]) == 1
        && count(&[Protocol::Tcp, Protocol::Udp]) == 1
        && count(&[Protocol::Ipv6Fragment]) == 0
}

fn hash(layers: &[Layer]) -> u64 {
    let each = layers
        .iter()
        .map(|layer| (layer.protocol as u8, layer.offset, layer.header_length));
    BuildHasherDefault::<FxHasher>::default().hash_one(each.collect::<arrayvec::ArrayVec<_, 16>>())
}
