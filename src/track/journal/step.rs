//! One packet in a journal: what following it later needs, written against
//! what is known from the packets before it, so that most of it takes no
//! space.

use super::opening::OpeningStep;
use super::usual::form;
use crate::decode::Brief;
use crate::track::tcp::calm::{Bare, Calm, Gist, Options};
use crate::track::{PacketNumber, Side};

/// Bytes of the longest step: TCP with all options, nothing as expected.
pub(super) const LONGEST: usize = 104;

/// Lengths by code.
pub(super) const SHORT: [u32; 4] = [0, 1, 2, 4];
pub(super) const NUMBER: [u32; 4] = [0, 1, 2, 8];
pub(super) const TIME: [u32; 4] = [0, 3, 4, 8];

/// One packet.
#[derive(Clone, Debug)]
pub(in crate::track) struct Step<'p> {
    pub side: Side,
    pub number: PacketNumber,
    pub time_ns: u64,
    /// Its layers, as [`super::Stacks`] number them.
    pub stack: u16,
    /// Payload bytes on the wire.
    pub payload: u32,
    /// Bytes of the frame behind headers and payload.
    pub padding: u32,
    /// IP identification.
    pub identification: u32,
    /// Of TCP.
    pub segment: Option<Bare<'p>>,
}

/// What the packet before it was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Previous {
    pub number: PacketNumber,
    pub time_ns: u64,
    pub stack: u16,
}

impl Previous {
    pub fn of(step: &Step<'_>) -> Self {
        Self {
            number: step.number,
            time_ns: step.time_ns,
            stack: step.stack,
        }
    }
}

/// What the forms with fields of fixed lengths say of a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub side: Side,
    /// Since the packet before it.
    pub numbers: u64,
    pub nanoseconds: u64,
    pub stack: u16,
    pub padding: u32,
    pub checksum: u16,
    pub gist: Gist,
}

impl Fields {
    /// Of a segment behind another packet, if its identification is not too
    /// long.
    pub fn of(step: &Step<'_>, segment: &Bare<'_>, previous: &Previous) -> Option<Self> {
        let fields = Self {
            side: step.side,
            numbers: step.number.wrapping_sub(previous.number),
            nanoseconds: step.time_ns.wrapping_sub(previous.time_ns),
            stack: step.stack,
            padding: step.padding,
            checksum: segment.tcp.checksum,
            gist: segment.gist(),
        };
        (step.identification >> 16 == 0).then_some(fields)
    }

    /// Of a frame of a usual build, so long after the packet before it.
    #[inline(always)]
    pub fn of_brief(brief: &Brief, side: Side, numbers: u64, nanoseconds: u64) -> Self {
        Self {
            side,
            numbers,
            nanoseconds,
            stack: brief.build.number() as u16,
            padding: brief.padding,
            checksum: brief.tcp.checksum,
            gist: Gist::of_brief(brief),
        }
    }
}

/// Bits of the control word, from the lowest on.
pub(super) mod bits {
    /// The short form is used: see [`super::usual`].
    pub const USUAL: u32 = 0;
    pub const NUMBER: u32 = 1;
    pub const TIME: u32 = 3;
    pub const SERVER: u32 = 5;
    pub const STACK: u32 = 6;
    pub const PAYLOAD: u32 = 7;
    pub const PADDING: u32 = 9;
    pub const IDENTIFICATION: u32 = 11;
    /// Without TCP the word ends here.
    pub const UDP_BYTES: usize = 2;
    pub const ACKNOWLEDGMENT: u32 = 13;
    pub const WINDOW: u32 = 15;
    pub const TIME_TO_LIVE: u32 = 16;
    pub const OPTIONS: u32 = 17;
    pub const FLAGS: u32 = 19;
    pub const SEQUENCE: u32 = 28;
    pub const TCP_BYTES: usize = 4;
}

/// How a step says the identification.
pub(super) mod identification {
    pub const ZERO: u32 = 0;
    /// One more than the last of its side.
    pub const NEXT: u32 = 1;
    pub const SHORT: u32 = 2;
    pub const LONG: u32 = 3;
}

/// How a step says the acknowledgment.
pub(super) mod acknowledgment {
    /// Of all that the peer has sent.
    pub const ALL: u32 = 0;
    /// The same as before.
    pub const SAME: u32 = 1;
    pub const OTHER: u32 = 2;
}

/// How a step says the options.
pub(super) mod options {
    pub const NONE: u32 = 0;
    /// Timestamps: only their values are written.
    pub const TIMESTAMPS: u32 = 1;
    pub const OTHER: u32 = 2;
}

/// The code of the least length that holds a number.
#[inline]
pub(super) fn code(number: u64, lengths: [u32; 4]) -> u32 {
    let [a, b, c, _] = lengths;
    let longer = |length: u32| u32::from(number >> (8 * length) != 0);
    longer(a) + longer(b) + longer(c)
}

#[inline]
pub(super) fn length(code: u32, lengths: [u32; 4]) -> usize {
    lengths[(code & 3) as usize] as usize
}

/// Two timestamps in one word,
#[inline]
pub(super) fn word([value, echo]: [u32; 2]) -> u64 {
    u64::from(value) << 32 | u64::from(echo)
}

/// and back.
#[inline]
pub(super) fn both(word: u64) -> [u32; 2] {
    [(word >> 32) as u32, word as u32]
}

/// The bytes of any step.
#[derive(Debug)]
pub(super) struct Writing {
    bytes: [u8; LONGEST],
    at: usize,
}

impl Writing {
    /// A step of a conversation that stands there.
    pub fn step(step: &Step<'_>, previous: &Previous, calm: &Calm) -> Self {
        let mut to = Self {
            bytes: [0; LONGEST],
            at: 0,
        };
        let opening = OpeningStep::of(step, previous);
        if let Some(at) = opening.and_then(|opening| opening.write(calm, &mut to.bytes)) {
            to.at = at;
            return to;
        }
        let number = step.number.wrapping_sub(previous.number);
        let time = step.time_ns.wrapping_sub(previous.time_ns);
        let (number_code, time_code) = (code(number, NUMBER), code(time, TIME));
        let other_stack = step.stack != previous.stack;
        let payload = code(step.payload.into(), SHORT);
        let padding = code(step.padding.into(), SHORT);
        let expected = calm.lines[step.side].identification.wrapping_add(1);
        let identification = match step.identification {
            0 => identification::ZERO,
            same if same == u32::from(expected) => identification::NEXT,
            short if short >> 16 == 0 => identification::SHORT,
            _ => identification::LONG,
        };
        let mut control = number_code << bits::NUMBER
            | time_code << bits::TIME
            | u32::from(step.side == Side::Server) << bits::SERVER
            | u32::from(other_stack) << bits::STACK
            | payload << bits::PAYLOAD
            | padding << bits::PADDING
            | identification << bits::IDENTIFICATION;
        let tcp = step.segment.as_ref().map(|segment| {
            let tcp = TcpCodes::of(segment, calm, step.side);
            control |= tcp.control;
            tcp
        });
        let control_bytes = match tcp {
            Some(_) => bits::TCP_BYTES,
            None => bits::UDP_BYTES,
        };
        to.put(control.into(), control_bytes);
        to.put(number, length(number_code, NUMBER));
        to.put(time, length(time_code, TIME));
        to.put(step.stack.into(), 2 * usize::from(other_stack));
        to.put(step.payload.into(), length(payload, SHORT));
        to.put(step.padding.into(), length(padding, SHORT));
        let identification_bytes = match identification {
            identification::SHORT => 2,
            identification::LONG => 4,
            _ => 0,
        };
        to.put(step.identification.into(), identification_bytes);
        if let (Some(codes), Some(segment)) = (tcp, &step.segment) {
            to.tcp(&codes, segment);
        }
        to
    }

    #[inline]
    fn tcp(&mut self, codes: &TcpCodes, segment: &Bare<'_>) {
        let tcp = &segment.tcp;
        self.put(tcp.checksum.into(), 2);
        self.put(tcp.sequence.into(), codes.sequence_bytes);
        self.put(tcp.acknowledgment.into(), codes.acknowledgment_bytes);
        self.put(tcp.window.into(), codes.window_bytes);
        self.put(segment.time_to_live.into(), codes.time_to_live_bytes);
        match segment.options {
            Options::None => {}
            Options::Timestamps(values) => self.put(word(values), form::TIMESTAMPS_LENGTH),
            Options::Other(bytes) => {
                self.put(bytes.len() as u64, 1);
                let room = self.bytes.get_mut(self.at..);
                if let Some(place) = room.and_then(|room| room.get_mut(..bytes.len())) {
                    place.copy_from_slice(bytes);
                    self.at += bytes.len();
                }
            }
        }
    }

    #[inline]
    fn put(&mut self, number: u64, length: usize) {
        let room = self.bytes.get_mut(self.at..);
        if let Some(place) = room.and_then(|room| room.first_chunk_mut()) {
            *place = number.to_le_bytes();
            self.at += length;
        }
    }

    /// What was written.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.at).unwrap_or_default()
    }
}

/// How a step says what only TCP has.
struct TcpCodes {
    control: u32,
    sequence_bytes: usize,
    acknowledgment_bytes: usize,
    window_bytes: usize,
    time_to_live_bytes: usize,
}

impl TcpCodes {
    #[inline]
    fn of(segment: &Bare<'_>, calm: &Calm, side: Side) -> Self {
        let tcp = &segment.tcp;
        let (from, to) = (&calm.lines[side], &calm.lines[side.other()]);
        let acknowledgment = match tcp.acknowledgment {
            all if all == to.next => acknowledgment::ALL,
            same if same == to.acknowledged => acknowledgment::SAME,
            _ => acknowledgment::OTHER,
        };
        let other_window = tcp.window != from.window;
        let other_time_to_live = segment.time_to_live != from.time_to_live;
        let options = match segment.options {
            Options::None => options::NONE,
            Options::Timestamps(_) => options::TIMESTAMPS,
            Options::Other(_) => options::OTHER,
        };
        let other_sequence = tcp.sequence != from.next;
        Self {
            control: acknowledgment << bits::ACKNOWLEDGMENT
                | u32::from(other_window) << bits::WINDOW
                | u32::from(other_time_to_live) << bits::TIME_TO_LIVE
                | options << bits::OPTIONS
                | u32::from(tcp.flags.0) << bits::FLAGS
                | u32::from(other_sequence) << bits::SEQUENCE,
            sequence_bytes: 4 * usize::from(other_sequence),
            acknowledgment_bytes: 4 * usize::from(acknowledgment == acknowledgment::OTHER),
            window_bytes: 2 * usize::from(other_window),
            time_to_live_bytes: usize::from(other_time_to_live),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::reading::Reading;
    use super::super::usual::{self, Usual};
    use super::*;
    use crate::decode::{Tcp, TcpFlags};
    use crate::track::Sides;

    /// Small numbers mostly, as they are.
    fn number() -> impl Strategy<Value = u64> {
        prop_oneof![0..300_u64, 0..1_u64 << 20, 0..1_u64 << 40, any::<u64>()]
    }

    fn options() -> impl Strategy<Value = Vec<u8>> {
        let timestamps = any::<[u8; 8]>().prop_map(|values| {
            let mut options = vec![1, 1, 8, 10];
            options.extend(values);
            options
        });
        let any = proptest::collection::vec(any::<u8>(), 0..=10).prop_map(|mut bytes| {
            bytes.resize(bytes.len() * 4, 0);
            bytes
        });
        prop_oneof![Just(Vec::new()), timestamps, any]
    }

    fn step() -> impl Strategy<Value = (Step<'static>, Vec<u8>)> {
        let common = (
            any::<bool>(),
            number(),
            number(),
            0..3_u16,
            number(),
            number(),
        );
        let header = (number(), number(), 0..0x200_u16, any::<u16>(), any::<u16>());
        let ip = (any::<u16>(), prop_oneof![Just(64), any::<u8>()]);
        (common, header, ip, options()).prop_map(|(common, header, ip, options)| {
            let (from_server, number, time_ns, stack, payload, padding) = common;
            let (sequence, acknowledgment, flags, window, checksum) = header;
            let tcp = Tcp {
                source_port: 0,
                destination_port: 0,
                sequence: sequence as u32,
                acknowledgment: acknowledgment as u32,
                flags: TcpFlags(flags),
                window,
                checksum,
                options_offset: 0,
                options_captured: options.len() as u8,
                payload_length: payload as u32,
            };
            let step = Step {
                side: if from_server {
                    Side::Server
                } else {
                    Side::Client
                },
                number,
                time_ns,
                stack,
                payload: payload as u32,
                padding: padding as u32,
                identification: ip.0.into(),
                segment: Some(Bare {
                    tcp,
                    options: Options::None,
                    identification: ip.0,
                    time_to_live: ip.1,
                }),
            };
            (step, options)
        })
    }

    /// Where a conversation stands, so that some steps have the short form.
    fn follow(step: &mut Step<'_>, previous: &Previous, calm: &Calm, likely: bool) {
        if !likely {
            return;
        }
        step.number = previous.number.wrapping_add(step.number & 0xffff);
        step.time_ns = previous.time_ns.wrapping_add(step.time_ns & 0xffff_ffff);
        let opens = step.segment.as_ref().is_some_and(|segment| {
            let is_other = matches!(segment.options, Options::Other(_));
            segment.tcp.flags.has(TcpFlags::SYN) && is_other
        });
        step.padding &= if opens { 0xff } else { 0 };
        step.payload &= if opens { 0 } else { 0xffff };
        let (from, to) = (&calm.lines[step.side], &calm.lines[step.side.other()]);
        if let Some(segment) = &mut step.segment {
            segment.tcp.payload_length = step.payload;
            segment.tcp.sequence = from.next;
            let unacknowledged = if opens { 0 } else { segment.tcp.window };
            segment.tcp.acknowledgment = to.next.wrapping_sub(unacknowledged.into());
            segment.time_to_live = from.time_to_live;
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_written(
            steps in proptest::collection::vec((step(), any::<bool>()), 1..20),
        ) {
            let start = Previous { number: 7, time_ns: 9, stack: 0 };
            let (mut previous, mut calm) = (start, Calm::default());
            let (mut bytes, mut written, mut short) = (Vec::new(), Vec::new(), 0);
            for ((step, options), likely) in &steps {
                let mut step = step.clone();
                if let Some(segment) = &mut step.segment {
                    segment.options = Options::of(options);
                }
                follow(&mut step, &previous, &calm, *likely);
                match Usual::of(&step, &previous, &calm) {
                    Some(usual) => {
                        short += 1;
                        let mut room = [0; usual::LONGEST];
                        let length = usual.write(&mut room);
                        bytes.extend(&room[..length.into()]);
                    }
                    None => bytes.extend(Writing::step(&step, &previous, &calm).bytes()),
                }
                previous = Previous::of(&step);
                if let Some(segment) = &step.segment {
                    calm.take(step.side, segment);
                }
                written.push(step);
            }
            let usual = |((_, options), likely): &&((Step<'_>, Vec<u8>), bool)| {
                *likely && (options.is_empty() || options.starts_with(&[1, 1, 8, 10]))
            };
            prop_assert!(short >= steps.iter().filter(usual).count());
            let (mut previous, mut calm) = (start, Calm::default());
            let mut reading = Reading::new(&bytes);
            for step in &written {
                let read = reading.step(&previous, &calm, Some(Sides::default()));
                prop_assert_eq!(
                    (read.side, read.number, read.time_ns, read.stack),
                    (step.side, step.number, step.time_ns, step.stack)
                );
                prop_assert_eq!(
                    (read.payload, read.padding, read.identification),
                    (step.payload, step.padding, step.identification)
                );
                let (Some(read), Some(segment)) = (&read.segment, &step.segment) else {
                    return Err(TestCaseError::fail("no segment"));
                };
                prop_assert_eq!(&read.tcp, &segment.tcp);
                prop_assert_eq!(read.identification, segment.identification);
                prop_assert_eq!(read.time_to_live, segment.time_to_live);
                prop_assert_eq!(&read.options, &segment.options);
                previous = Previous::of(step);
                calm.take(step.side, segment);
            }
            prop_assert!(reading.rest.is_empty());
        }
    }
}
