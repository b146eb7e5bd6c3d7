//! The header stacks that packets have: few in any capture, so that a number
//! is enough to name one.

use std::hash::{BuildHasher, BuildHasherDefault};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

use crate::decode::{Build, Layer, Layers, Packet, Protocol};

/// Stacks that are told apart at the most. Packets with others are followed.
const AT_MOST: usize = 4096;

/// Every stack so far. Those of packets of a usual build stand at the number of
/// their [`Build`], and are found without a look at the layers.
#[derive(Debug)]
pub(in crate::track) struct Stacks {
    stacks: Vec<Option<Stack>>,
    /// Which of the usual builds there are, a bit each.
    builds: u64,
    by_layers: HashTable<u16>,
}

impl Default for Stacks {
    fn default() -> Self {
        let mut stacks = Vec::new();
        stacks.resize_with(Build::COUNT, || None);
        Self {
            stacks,
            builds: 0,
            by_layers: HashTable::new(),
        }
    }
}

/// The layers of a packet, with their places and lengths.
#[derive(Debug)]
pub(in crate::track) struct Stack {
    pub layers: Layers,
    /// Bytes of all headers.
    pub headers: u32,
    /// One IP header, and TCP, UDP or ICMP behind it; or ARP.
    plain: bool,
}

impl Stacks {
    /// A packet's stack and its number; `None` for what is not one IP header
    /// with TCP, UDP or ICMP behind it, and not ARP.
    #[inline]
    pub fn of(&mut self, packet: &Packet<'_>) -> Option<(u16, &Stack)> {
        let usual = packet.build.number();
        let number = match self.stacks.get(usual) {
            Some(Some(_)) if packet.build != Build::OTHER => usual as u16,
            _ => self.find_or_add(packet)?,
        };
        let stack = self.stacks.get(usize::from(number))?.as_ref()?;
        stack.plain.then_some((number, stack))
    }

    /// Whether a frame of a usual build was seen that is like that.
    #[inline(always)]
    pub fn has_build(&self, build: Build) -> bool {
        self.builds >> build.number() & 1 == 1
    }

    /// The number of the stack that frames of a usual build have, if one was
    /// seen.
    #[inline]
    pub fn of_build(&self, build: Build) -> Option<u16> {
        self.has_build(build).then_some(build.number() as u16)
    }

    /// A stack by its number.
    #[inline]
    pub fn get(&self, number: u16) -> Option<&Stack> {
        self.stacks.get(usize::from(number))?.as_ref()
    }

    fn find_or_add(&mut self, packet: &Packet<'_>) -> Option<u16> {
        let layers = &packet.layers;
        let stack = || Stack {
            layers: layers.clone(),
            headers: layers.iter().map(|layer| layer.header_length).sum(),
            plain: is_plain(layers),
        };
        if packet.build != Build::OTHER {
            let usual = packet.build.number();
            let stack = stack();
            self.builds |= u64::from(stack.plain) << usual;
            *self.stacks.get_mut(usual)? = Some(stack);
            return u16::try_from(usual).ok();
        }
        let hash = hash(layers);
        let is_it = |number: &u16| {
            self.get(*number)
                .is_some_and(|stack| stack.layers == *layers)
        };
        if let Some(number) = self.by_layers.find(hash, is_it) {
            return Some(*number);
        }
        if self.stacks.len() >= AT_MOST {
            return None;
        }
        let number = self.stacks.len() as u16;
        self.stacks.push(Some(stack()));
        let stacks = &self.stacks;
        let hash_of = |number: &u16| {
            let stack = stacks.get(usize::from(*number)).and_then(Option::as_ref);
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
    let transports = [
        Protocol::Tcp,
        Protocol::Udp,
        Protocol::Icmp,
        Protocol::Icmpv6,
    ];
    let network = count(&[Protocol::Ipv4, Protocol::Ipv6]);
    match (network, count(&transports), count(&[Protocol::Arp])) {
        (1, 1, 0) => count(&[Protocol::Ipv6Fragment]) == 0,
        (0, 0, 1) => true,
        _ => false,
    }
}

fn hash(layers: &[Layer]) -> u64 {
    let each = layers
        .iter()
        .map(|layer| (layer.protocol as u8, layer.offset, layer.header_length));
    BuildHasherDefault::<FxHasher>::default().hash_one(each.collect::<arrayvec::ArrayVec<_, 16>>())
}
