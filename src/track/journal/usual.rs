//! The short form of a step, of a segment like the one before it on a connection
//! where everything comes in order: a control word of two bytes, and all fields
//! of fixed lengths.

use super::reading::Reading;
use super::step::{Fields, Previous, Step, bits, both, word};
use crate::decode::{Tcp, TcpFlags};
use crate::track::tcp::calm::{Bare, Calm, Options};
use crate::track::{Side, Sides};

/// Bits of its control word, and lengths.
pub(super) mod form {
    pub const SERVER: u32 = 1;
    /// Its options are timestamps, not none.
    pub const TIMESTAMPS: u32 = 2;
    pub const FLAGS: u32 = 3;
    /// It does not acknowledge all that the peer has sent, or its layers are
    /// others.
    pub const MORE: u32 = 12;
    /// Behind the word stand number, time, payload, checksum, window and
    /// identification;
    pub const LENGTH: usize = 16;
    /// where there is more, how much of what the peer has sent it does not
    /// acknowledge, and the layers;
    pub const MORE_LENGTH: usize = 4;
    /// the timestamps.
    pub const TIMESTAMPS_LENGTH: usize = 8;
}

/// A step in the short form: numbers as they stand there.
#[derive(Debug)]
pub(super) struct Usual {
    front: u64,
    behind: u64,
    more: Option<u32>,
    timestamps: Option<u64>,
}

/// Bytes of the longest step in the short form.
pub(super) const LONGEST: usize = form::LENGTH + form::MORE_LENGTH + form::TIMESTAMPS_LENGTH;

/// What the short form may say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Short {
    pub fields: Fields,
    /// If there are no other options.
    pub timestamps: Option<[u32; 2]>,
}

impl Usual {
    /// A step of a conversation that stands there, if it has the short form.
    pub fn of(step: &Step<'_>, previous: &Previous, calm: &Calm) -> Option<Self> {
        let segment = step.segment.as_ref()?;
        let short = Short {
            fields: Fields::of(step, segment, previous)?,
            timestamps: match segment.options {
                Options::None => None,
                Options::Timestamps(values) => Some(values),
                Options::Other(_) => return None,
            },
        };
        Self::short(&short, previous.stack, calm)
    }

    /// The same, of a step behind one with this stack.
    #[inline(always)]
    pub fn short(short: &Short, stack: u16, calm: &Calm) -> Option<Self> {
        let (fields, gist) = (&short.fields, short.fields.gist);
        let (from, to) = (&calm.lines[fields.side], &calm.lines[fields.side.other()]);
        let unacknowledged = to.next.wrapping_sub(gist.acknowledgment);
        let is_usual = (fields.numbers >> 16 == 0)
            & (fields.nanoseconds >> 32 == 0)
            & (gist.payload_length >> 16 == 0)
            & (fields.padding == 0)
            & (gist.sequence == from.next)
            & (unacknowledged >> 16 == 0)
            & (gist.time_to_live == from.time_to_live);
        if !is_usual {
            return None;
        }
        let has_more = unacknowledged != 0 || fields.stack != stack;
        let control = 1 << bits::USUAL
            | u32::from(fields.side == Side::Server) << form::SERVER
            | u32::from(short.timestamps.is_some()) << form::TIMESTAMPS
            | u32::from(has_more) << form::MORE
            | u32::from(gist.flags.0) << form::FLAGS;
        Some(Self {
            front: u64::from(control) | fields.numbers << 16 | fields.nanoseconds << 32,
            behind: u64::from(gist.payload_length)
                | u64::from(fields.checksum) << 16
                | u64::from(gist.window) << 32
                | u64::from(gist.identification) << 48,
            more: has_more.then_some(unacknowledged | u32::from(fields.stack) << 16),
            timestamps: short.timestamps.map(word),
        })
    }

    /// Writes it; gives how many bytes it takes.
    #[inline(always)]
    pub fn write(&self, bytes: &mut [u8; LONGEST]) -> u16 {
        let (front, rest) = bytes.split_at_mut(8);
        front.copy_from_slice(&self.front.to_le_bytes());
        let (behind, rest) = rest.split_at_mut(8);
        behind.copy_from_slice(&self.behind.to_le_bytes());
        let (more, last) = rest.split_at_mut(form::MORE_LENGTH);
        let timestamps = self.timestamps.unwrap_or_default().to_le_bytes();
        let length = match self.more {
            Some(word) => {
                more.copy_from_slice(&word.to_le_bytes());
                last.copy_from_slice(&timestamps);
                form::LENGTH + form::MORE_LENGTH
            }
            None => {
                let (front, behind) = timestamps.split_at(form::MORE_LENGTH);
                more.copy_from_slice(front);
                last[..form::MORE_LENGTH].copy_from_slice(behind);
                form::LENGTH
            }
        };
        match self.timestamps {
            Some(_) => (length + form::TIMESTAMPS_LENGTH) as u16,
            None => length as u16,
        }
    }
}

impl<'a> Reading<'a> {
    /// A step in the short form.
    pub(super) fn usual(
        &mut self,
        previous: &Previous,
        calm: &Calm,
        ports: Sides<u16>,
    ) -> Step<'a> {
        let (front, behind) = (self.get(8), self.get(8));
        let control = front as u32;
        let flag = |at: u32| control >> at & 1 == 1;
        let side = match flag(form::SERVER) {
            true => Side::Server,
            false => Side::Client,
        };
        let (from, to) = (&calm.lines[side], &calm.lines[side.other()]);
        let number = previous.number.wrapping_add(front >> 16 & 0xffff);
        let time_ns = previous.time_ns.wrapping_add(front >> 32);
        let payload = behind as u32 & 0xffff;
        let (checksum, window) = ((behind >> 16) as u16, (behind >> 32) as u16);
        let identification = (behind >> 48) as u16;
        let (unacknowledged, stack) = match flag(form::MORE) {
            true => {
                let more = self.get(form::MORE_LENGTH) as u32;
                (more & 0xffff, (more >> 16) as u16)
            }
            false => (0, previous.stack),
        };
        let options = match flag(form::TIMESTAMPS) {
            true => Options::Timestamps(both(self.get(form::TIMESTAMPS_LENGTH))),
            false => Options::None,
        };
        let tcp = Tcp {
            source_port: ports[side],
            destination_port: ports[side.other()],
            sequence: from.next,
            acknowledgment: to.next.wrapping_sub(unacknowledged),
            flags: TcpFlags((control >> form::FLAGS) as u16 & 0x1ff),
            window,
            checksum,
            options_offset: 0,
            options_captured: options.length() as u8,
            payload_length: payload,
        };
        Step {
            side,
            number,
            time_ns,
            stack,
            payload,
            padding: 0,
            identification: identification.into(),
            segment: Some(Bare {
                tcp,
                options,
                identification,
                time_to_live: from.time_to_live,
            }),
        }
    }
}
