//! The form of a step that opens a connection: a SYN or its answer, with all
//! fields of fixed lengths, and the options behind them.

use super::reading::Reading;
use super::step::{Previous, Step, bits};
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
    pub side: Side,
    /// Since the packet before it.
    pub numbers: u64,
    pub nanoseconds: u64,
    pub stack: u16,
    pub padding: u32,
    pub checksum: u16,
    pub gist: Gist,
    pub options: &'p [u8],
}

impl<'p> OpeningStep<'p> {
    /// A step behind another, if its options are not mere timestamps.
    pub fn of(step: &Step<'p>, previous: &Previous) -> Option<Self> {
        let segment = step.segment.as_ref()?;
        let Options::Other(options) = segment.options else {
            return None;
        };
        if step.identification >> 16 != 0 {
            return None;
        }
        Some(Self {
            side: step.side,
            numbers: step.number.wrapping_sub(previous.number),
            nanoseconds: step.time_ns.wrapping_sub(previous.time_ns),
            stack: step.stack,
            padding: step.padding,
            checksum: segment.tcp.checksum,
            gist: segment.gist(),
            options,
        })
    }

    /// Writes it, if it has this form and there is room; gives how many bytes it
    /// takes. `calm`: how the connection stands before it.
    #[inline]
    pub fn write(&self, calm: &Calm, room: &mut [u8]) -> Option<usize> {
        let gist = &self.gist;
        let words = self.options.len() / 4;
        let has_form = self.numbers >> 16 == 0
            && self.nanoseconds >> 32 == 0
            && gist.payload_length == 0
            && gist.acknowledgment == calm.lines[self.side.other()].next
            && self.padding >> 8 == 0
            && self.stack >> STACK_BITS == 0
            && self.options.len() == words * 4;
        if !has_form {
            return None;
        }
        let since = self.numbers | self.nanoseconds << 16;
        let control = 1 << bits::USUAL
            | 1 << OPENING
            | u32::from(since != 0) << LATER
            | u32::from(self.side == Side::Server) << form::SERVER
            | u32::from(gist.flags.0) << form::FLAGS;
        let front = u64::from(control)
            | u64::from(self.checksum) << 16
            | u64::from(gist.window) << 32
            | u64::from(gist.identification) << 48;
        let layers = u64::from(self.stack) | (words as u64) << STACK_BITS;
        let behind = u64::from(gist.sequence)
            | u64::from(gist.time_to_live) << 32
            | u64::from(self.padding) << 40
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
}

/// Whether a control word is that of this form.
#[inline]
pub(super) fn is_opening(control: u32) -> bool {
    control >> OPENING & 1 == 1
}

impl<'a> Reading<'a> {
    /// A step of this form, behind its control word.
    pub(super) fn opening(
        &mut self,
        control: u32,
        previous: &Previous,
        calm: &Calm,
        ports: Sides<u16>,
    ) -> Step<'a> {
        let side = match control >> form::SERVER & 1 {
            1 => Side::Server,
            _ => Side::Client,
        };
        let (checksum, window) = (self.get(2) as u16, self.get(2) as u16);
        let identification = self.get(2) as u16;
        let sequence = self.get(4) as u32;
        let (time_to_live, padding) = (self.get(1) as u8, self.get(1) as u32);
        let layers = self.get(2);
        let (mut number, mut time_ns) = (previous.number, previous.time_ns);
        if control >> LATER & 1 == 1 {
            number = number.wrapping_add(self.get(2));
            time_ns = time_ns.wrapping_add(self.get(4));
        }
        let options = self.take((layers >> STACK_BITS) as usize * 4);
        let tcp = Tcp {
            source_port: ports[side],
            destination_port: ports[side.other()],
            sequence,
            acknowledgment: calm.lines[side.other()].next,
            flags: TcpFlags((control >> form::FLAGS) as u16 & 0x1ff),
            window,
            checksum,
            options_offset: 0,
            options_captured: options.len() as u8,
            payload_length: 0,
        };
        Step {
            side,
            number,
            time_ns,
            stack: layers as u16 & ((1 << STACK_BITS) - 1),
            payload: 0,
            padding,
            identification: identification.into(),
            segment: Some(Bare {
                tcp,
                options: Options::Other(options),
                identification,
                time_to_live,
            }),
        }
    }
}
