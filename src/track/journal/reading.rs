//! Reading the steps of a journal.

use super::Journal;
use super::opening::OpeningStep;
use super::step::{
    NUMBER, Previous, SHORT, Step, TIME, acknowledgment, bits, both, identification, length,
    options,
};
use super::usual::form;
use crate::decode::{Tcp, TcpFlags};
use crate::track::cells::Cells;
use crate::track::tcp::calm::{Bare, Calm, Options};
use crate::track::{Side, Sides};

/// Reads steps.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) rest: &'a [u8],
}

impl<'a> Reading<'a> {
    pub fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// The next step of a conversation that stands there.
    pub fn step(
        &mut self,
        previous: &Previous,
        calm: &Calm,
        ports: Option<Sides<u16>>,
    ) -> Step<'a> {
        if let Some(ports) = ports
            && self
                .rest
                .first()
                .is_some_and(|byte| byte & 1 << bits::USUAL != 0)
        {
            return match OpeningStep::read(&mut self.rest) {
                Some(opening) => opening.step(previous, calm, ports),
                None => self.usual(previous, calm, ports),
            };
        }
        let bytes = match ports {
            Some(_) => bits::TCP_BYTES,
            None => bits::UDP_BYTES,
        };
        let control = self.get(bytes) as u32;
        let part = |at: u32| control >> at & 3;
        let flag = |at: u32| control >> at & 1 == 1;
        let side = match flag(bits::SERVER) {
            true => Side::Server,
            false => Side::Client,
        };
        let number = self.get(length(part(bits::NUMBER), NUMBER));
        let time = self.get(length(part(bits::TIME), TIME));
        let stack = match flag(bits::STACK) {
            true => self.get(2) as u16,
            false => previous.stack,
        };
        let payload = self.get(length(part(bits::PAYLOAD), SHORT)) as u32;
        let padding = self.get(length(part(bits::PADDING), SHORT)) as u32;
        let identification = match part(bits::IDENTIFICATION) {
            identification::ZERO => 0,
            identification::NEXT => calm.lines[side].identification.wrapping_add(1).into(),
            identification::SHORT => self.get(2) as u32,
            _ => self.get(4) as u32,
        };
        let mut step = Step {
            side,
            number: previous.number.wrapping_add(number),
            time_ns: previous.time_ns.wrapping_add(time),
            stack,
            payload,
            padding,
            identification,
            segment: None,
        };
        step.segment = ports.map(|ports| self.segment(&step, control, calm, ports));
        step
    }

    fn segment(
        &mut self,
        step: &Step<'_>,
        control: u32,
        calm: &Calm,
        ports: Sides<u16>,
    ) -> Bare<'a> {
        let (from, to) = (&calm.lines[step.side], &calm.lines[step.side.other()]);
        let part = |at: u32| control >> at & 3;
        let flag = |at: u32| control >> at & 1 == 1;
        let flags = TcpFlags((control >> bits::FLAGS) as u16 & 0x1ff);
        let checksum = self.get(2) as u16;
        let sequence = match flag(bits::SEQUENCE) {
            true => self.get(4) as u32,
            false => from.next,
        };
        let acknowledgment = match part(bits::ACKNOWLEDGMENT) {
            acknowledgment::ALL => to.next,
            acknowledgment::SAME => to.acknowledged,
            _ => self.get(4) as u32,
        };
        let window = match flag(bits::WINDOW) {
            true => self.get(2) as u16,
            false => from.window,
        };
        let time_to_live = match flag(bits::TIME_TO_LIVE) {
            true => self.get(1) as u8,
            false => from.time_to_live,
        };
        let options = match part(bits::OPTIONS) {
            options::NONE => Options::None,
            options::TIMESTAMPS => Options::Timestamps(both(self.get(form::TIMESTAMPS_LENGTH))),
            _ => {
                let length = self.get(1) as usize;
                Options::Other(self.take(length))
            }
        };
        let tcp = Tcp {
            source_port: ports[step.side],
            destination_port: ports[step.side.other()],
            sequence,
            acknowledgment,
            flags,
            window,
            checksum,
            options_offset: 0,
            options_captured: options.length() as u8,
            payload_length: step.payload,
        };
        Bare {
            tcp,
            options,
            identification: step.identification as u16,
            time_to_live,
        }
    }

    /// A number of so many bytes, at most eight.
    #[inline]
    pub(super) fn get(&mut self, length: usize) -> u64 {
        let Some(word) = self.rest.first_chunk() else {
            return self.get_last(length);
        };
        self.rest = self.rest.get(length..).unwrap_or_default();
        let others = u64::BITS - 8 * length as u32;
        let front = u64::from_le_bytes(*word).checked_shl(others);
        front.map_or(0, |front| front >> others)
    }

    /// The same where fewer than eight bytes are left.
    #[inline(never)]
    fn get_last(&mut self, length: usize) -> u64 {
        let mut bytes = [0; 8];
        for (to, from) in bytes.iter_mut().zip(self.take(length)) {
            *to = *from;
        }
        u64::from_le_bytes(bytes)
    }

    pub(super) fn take(&mut self, length: usize) -> &'a [u8] {
        let (front, behind) = self.rest.split_at_checked(length).unwrap_or_default();
        self.rest = behind;
        front
    }
}

impl Journal {
    /// Every packet.
    pub fn steps<'a>(&'a self, cells: &'a Cells) -> Steps<'a> {
        // What stands behind the last of them is not read.
        let steps = self.room_of_steps(cells);
        let ports = Sides::of_key(self.ports, self.has(super::CLIENT_SECOND));
        Steps {
            reading: Reading::new(steps),
            left: self.packets,
            previous: Previous {
                number: self.first_packet,
                time_ns: self.start_ns,
                stack: 0,
            },
            calm: Calm::default(),
            ports: self.is_tcp().then_some(ports),
        }
    }
}

/// The packets of a journal, from the first on.
#[derive(Debug)]
pub(in crate::track) struct Steps<'a> {
    reading: Reading<'a>,
    left: u8,
    previous: Previous,
    /// How the two sides stand behind what was read so far.
    pub calm: Calm,
    ports: Option<Sides<u16>>,
}

impl Steps<'_> {
    /// The last packet that was read.
    pub(super) fn last_read(&self) -> Previous {
        self.previous
    }

    /// What stands behind it.
    pub(super) fn behind(&self) -> &[u8] {
        self.reading.rest
    }
}

impl<'a> Iterator for Steps<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        self.left = self.left.checked_sub(1)?;
        let step = self.reading.step(&self.previous, &self.calm, self.ports);
        if let Some(segment) = &step.segment {
            self.calm.take(step.side, segment);
        }
        self.previous = Previous::of(&step);
        Some(step)
    }
}
