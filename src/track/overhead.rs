//! The header bytes of a conversation by layer. Nearly all of its packets have
//! the same headers as the packet before them: of these only the number is
//! counted, until there are others or somebody asks.

use arrayvec::ArrayVec;

use super::LayerBytes;
use super::packed::{Packed, Packer, Unpacker};
use crate::decode::{Build, Layer, Protocol};

/// Layers of a usual build at the most: Ethernet, VLAN, IP, TCP.
const USUAL_LAYERS: usize = 4;

/// The headers of one conversation.
#[derive(Debug, Default)]
pub(super) struct Overhead {
    /// But those of the packets at hand.
    bytes: LayerBytes,
    run: Run,
}

/// Packets in a row that have the same headers.
#[derive(Clone, Debug)]
struct Run {
    /// The number of their [`Build`]; [`NONE`] when there are none.
    build: u16,
    packets: u64,
    headers: ArrayVec<(Protocol, u8), USUAL_LAYERS>,
}

/// No packet's number.
const NONE: u16 = u16::MAX;

impl Default for Run {
    fn default() -> Self {
        Self {
            build: NONE,
            packets: 0,
            headers: ArrayVec::new(),
        }
    }
}

impl Packed for Overhead {
    fn pack(&self, to: &mut Packer) {
        self.bytes().pack(to);
    }

    fn unpack(&mut self, from: &mut Unpacker<'_>) {
        self.run = Run::default();
        self.bytes.unpack(from);
    }
}

impl Overhead {
    /// Forgets all, and keeps the memory.
    pub fn clear(&mut self) {
        self.run = Run::default();
        self.bytes.0.clear();
    }

    /// Adds a packet's headers. `build`: the number of its [`Build`], or any
    /// other that is none of a usual one.
    #[inline]
    pub fn add(&mut self, build: u16, layers: &[Layer]) {
        if self.goes_on(build) {
            self.go_on();
        } else {
            self.add_other(build, layers);
        }
    }

    /// Whether packets of this build have the same headers as those at hand.
    #[inline]
    pub fn goes_on(&self, build: u16) -> bool {
        build == self.run.build
    }

    /// Adds the headers of a packet that has the same as those at hand.
    #[inline]
    pub fn go_on(&mut self) {
        self.run.packets += 1;
    }

    /// Adds headers that are not those of the packets at hand.
    #[inline(never)]
    fn add_other(&mut self, build: u16, layers: &[Layer]) {
        if self.begin(build, layers) {
            self.go_on();
        } else {
            self.bytes.add_all(layers);
        }
    }

    /// From now on the packets at hand have these headers, none of them added
    /// yet; gives false where they are not those of a usual build.
    pub fn begin(&mut self, build: u16, layers: &[Layer]) -> bool {
        self.run.add_to(&mut self.bytes);
        let run = Run::begin(build, layers);
        let is_usual = run.is_some();
        self.run = run.unwrap_or_default();
        is_usual
    }

    /// All of them.
    pub fn bytes(&self) -> LayerBytes {
        let mut bytes = self.bytes.clone();
        self.run.add_to(&mut bytes);
        bytes
    }
}

impl Run {
    /// Without a packet.
    fn begin(build: u16, layers: &[Layer]) -> Option<Self> {
        if build == Build::OTHER.number() as u16 || usize::from(build) >= Build::COUNT {
            return None;
        }
        let mut headers = ArrayVec::new();
        for layer in layers {
            let length = u8::try_from(layer.header_length).ok()?;
            headers.try_push((layer.protocol, length)).ok()?;
        }
        Some(Self {
            build,
            packets: 0,
            headers,
        })
    }

    fn add_to(&self, bytes: &mut LayerBytes) {
        if self.packets == 0 {
            return;
        }
        for (at, (protocol, length)) in self.headers.iter().enumerate() {
            let sum = u64::from(*length) * self.packets;
            bytes.add_at(at, *protocol, sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What may stand in a frame: of each number's build always the same.
    fn layers(build: u16, lengths: u32) -> Vec<Layer> {
        let of = |protocol, header_length| Layer {
            protocol,
            offset: 0,
            header_length,
        };
        match build {
            20 => vec![
                of(Protocol::Ethernet, 14),
                of(Protocol::Ipv4, 20),
                of(Protocol::Tcp, 32),
            ],
            37 => vec![
                of(Protocol::Ethernet, 14),
                of(Protocol::Vlan, 4),
                of(Protocol::Ipv4, 20),
                of(Protocol::Tcp, 20),
            ],
            _ => vec![
                of(Protocol::Ethernet, 14),
                of(Protocol::Ipv6, 40),
                of(Protocol::Ipv4, lengths),
                of(Protocol::Dns, 0),
            ],
        }
    }

    proptest! {
        #[test]
        fn counted_in_rows_they_come_to_the_same_as_one_by_one(
            packets in proptest::collection::vec(
                (prop_oneof![4 => Just(20_u16), 4 => Just(37), 1 => Just(0), 1 => Just(64)], 0..400_u32),
                0..40,
            ),
        ) {
            let (mut overhead, mut one_by_one) = (Overhead::default(), LayerBytes::default());
            for (build, lengths) in packets {
                let layers = layers(build, lengths);
                overhead.add(build, &layers);
                one_by_one.add_all(&layers);
                prop_assert_eq!(&overhead.bytes(), &one_by_one);
            }
        }
    }
}
