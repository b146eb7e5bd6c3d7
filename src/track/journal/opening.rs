//! The form of a step that opens a connection: a SYN or its answer, with all
//! fields of fixed lengths, and the options behind them.

use super::step::{Fields, Previous, Step, bits};
use super::usual::form;
use crate::decode::{Tcp, TcpFlags};
use crate::track::tcp::calm::{Bare, Calm, Gist, Options};
use crate::track::{Side, Sides};

/// Bits of the control word, behind those of the short form: it is this form,
const OPENING: u32 = 13;
/// and number and time since the packet before it stand in front of the
/// options.
const LATER: u32 = 14;

/// Bytes in front of those.
const FRONT: usize = 16;

/// Number and time.
const SINCE: usize = 6;

/// Bits of the number of the layers; above it stands the length of the options
/// in words.
const STACK_BITS: u32 = 12;

/// What the form may say.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpeningStep<'p> {
    pub fields: Fields,
    pub options: &'p [u8],
}

impl<'p> OpeningStep<'p> {
    /// A step behind another, if its options are not mere timestamps.
    pub fn of(step: &Step<'p>, previous: &Previous) -> Option<Self> {
        let segment = step.segment.as_ref()?;
        let Options::Other(options) = segment.options else {
            return None;
        };
        let fields = Fields::of(step, segment, previous)?;
        Some(Self { fields, options })
    }

    /// Writes it, if it has this form and there is room; gives how many bytes it
    /// takes. `calm`: how the connection stands before it.
    #[inline]
    pub fn write(&self, calm: &Calm, room: &mut [u8]) -> Option<usize> {
        let (fields, gist) = (&self.fields, &self.fields.gist);
        let words = self.options.len() / 4;
        let has_form = fields.numbers >> 16 == 0
            && fields.nanoseconds >> 32 == 0
            && gist.payload_length == 0
            && gist.acknowledgment == calm.lines[fields.side.other()].next
            && fields.padding >> 8 == 0
            && fields.stack >> STACK_BITS == 0
            && self.options.len() == words * 4;
        if !has_form {
            return None;
        }
        let since = fields.numbers | fields.nanoseconds << 16;
        let control = 1 << bits::USUAL
            | 1 << OPENING
            | u32::from(since != 0) << LATER
            | u32::from(fields.side == Side::Server) << form::SERVER
            | u32::from(gist.flags.0) << form::FLAGS;
        let front = u64::from(control)
            | u64::from(fields.checksum) << 16
            | u64::from(gist.window) << 32
            | u64::from(gist.identification) << 48;
        let layers = u64::from(fields.stack) | (words as u64) << STACK_BITS;
        let behind = u64::from(gist.sequence)
            | u64::from(gist.time_to_live) << 32
            | u64::from(fields.padding) << 40
            | layers << 48;
        let (start, rest) = room.split_first_chunk_mut::<FRONT>()?;
        let both = u128::from(front) | u128::from(behind) << 64;
        *start = both.to_le_bytes();
        let (mut length, mut rest) = (FRONT, rest);
        if since != 0 {
            let [a, b, c, d, e, f, _, _] = since.to_le_bytes();
            let (place, behind) = rest.split_first_chunk_mut::<SINCE>()?;
            *place = [a, b, c, d, e, f];
            (length, rest) = (length + SINCE, behind);
        }
        rest.get_mut(..self.options.len())?
            .copy_from_slice(self.options);
        Some(length + self.options.len())
    }

    /// Reads what stands in front, if it has this form.
    #[inline]
    pub fn read(from: &mut &'p [u8]) -> Option<Self> {
        let (start, rest) = from.split_first_chunk::<FRONT>()?;
        let both = u128::from_le_bytes(*start);
        let (front, behind) = (both as u64, (both >> 64) as u64);
        let has = |bit: u32| front >> bit & 1 == 1;
        if !has(bits::USUAL) || !has(OPENING) {
            return None;
        }
        let (mut since, mut rest) = (0, rest);
        if has(LATER) {
            let ([a, b, c, d, e, f], behind) = rest.split_first_chunk::<SINCE>()?;
            since = u64::from_le_bytes([*a, *b, *c, *d, *e, *f, 0, 0]);
            rest = behind;
        }
        let layers = behind >> 48;
        let (options, rest) = rest.split_at_checked((layers >> STACK_BITS) as usize * 4)?;
        *from = rest;
        let fields = Fields {
            side: match has(form::SERVER) {
                true => Side::Server,
                false => Side::Client,
            },
            numbers: since & 0xffff,
            nanoseconds: since >> 16,
            stack: layers as u16 & ((1 << STACK_BITS) - 1),
            padding: (behind >> 40) as u32 & 0xff,
            checksum: (front >> 16) as u16,
            gist: Gist {
                sequence: behind as u32,
                // The connection says it.
                acknowledgment: 0,
                flags: TcpFlags((front >> form::FLAGS) as u16 & 0x1ff),
                window: (front >> 32) as u16,
                payload_length: 0,
                identification: (front >> 48) as u16,
                time_to_live: (behind >> 32) as u8,
            },
        };
        Some(Self { fields, options })
    }

    /// The step that it is of a connection that stands so.
    pub fn step(self, previous: &Previous, calm: &Calm, ports: Sides<u16>) -> Step<'p> {
        let Fields { side, gist, .. } = self.fields;
        let tcp = Tcp {
            source_port: ports[side],
            destination_port: ports[side.other()],
            sequence: gist.sequence,
            acknowledgment: calm.lines[side.other()].next,
            flags: gist.flags,
            window: gist.window,
            checksum: self.fields.checksum,
            options_offset: 0,
            options_captured: self.options.len() as u8,
            payload_length: 0,
        };
        Step {
            side,
            number: previous.number.wrapping_add(self.fields.numbers),
            time_ns: previous.time_ns.wrapping_add(self.fields.nanoseconds),
            stack: self.fields.stack,
            payload: 0,
            padding: self.fields.padding,
            identification: gist.identification.into(),
            segment: Some(Bare {
                tcp,
                options: Options::Other(self.options),
                identification: gist.identification,
                time_to_live: gist.time_to_live,
            }),
        }
    }

    /// How a connection stands that begins with this.
    pub fn begun(&self) -> Calm {
        let mut calm = Calm::default();
        let Fields { side, gist, .. } = self.fields;
        calm.take_opening(side, gist, self.options);
        calm
    }
}
