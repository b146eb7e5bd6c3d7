//! Dumps with offsets: tcpdump, tshark, xxd, hexdump, od, the kernel's. The
//! offsets tell how many bytes each line holds, and so where the column of
//! characters begins, what is missing, and where the next packet starts.

use super::columns::{Item, base, is_blank_start, items};
use super::dump_format::{declared, format, made_from_others};
use super::dump_line::DumpLine;
use super::dump_packet::{Building, digits, end};
use super::{Found, LONGEST_PACKET, PastedPacket, ProblemKind, Reading};

/// Finds the dumps of the text.
pub(super) fn read(reading: &mut Reading<'_>) {
    let items = items(reading);
    if !items.iter().any(|item| matches!(item, Item::Dump(_))) {
        return;
    }
    let mut dump = Dump {
        base: base(&items),
        items: &items,
        reading,
        packet: None,
        title: None,
        after_frame: false,
    };
    for at in 0..items.len() {
        dump.take(at);
    }
    dump.finish();
}

/// The dump that is being read.
struct Dump<'r, 'a, 'i> {
    base: u32,
    items: &'i [Item<'a>],
    reading: &'r mut Reading<'a>,
    packet: Option<Building>,
    /// The first line of text since the last packet.
    title: Option<usize>,
    /// The last packet was one of Wireshark's "Frame", which is followed by
    /// what was made from it.
    after_frame: bool,
}

impl Dump<'_, '_, '_> {
    fn take(&mut self, at: usize) {
        match self.items.get(at) {
            Some(Item::Dump(line)) => {
                self.reading.mark_used(line.index);
                self.line(line, at);
            }
            Some(Item::Repeat) => {
                if let Some(packet) = &mut self.packet {
                    packet.repeat = true;
                }
            }
            Some(&Item::Text(index)) => {
                self.title.get_or_insert(index);
            }
            None => {}
        }
    }

    fn line(&mut self, line: &DumpLine<'_>, at: usize) {
        let Some(offset) = line.offset(self.base) else {
            // Not a number in the base of the others.
            if let Some(packet) = &mut self.packet {
                let found = line.offset(16).unwrap_or_default();
                let expected = packet.expected();
                let kind = ProblemKind::Gap { expected, found };
                packet.problem(line.line.at(line.offset.0), kind);
            }
            return;
        };
        let begins = |packet: &Building| {
            offset <= packet.last || offset != packet.expected() && packet.is_overtaken(line)
        };
        if self.packet.as_ref().is_some_and(begins) {
            self.finish();
        }
        if self.packet.is_none() {
            if line.is_end() {
                return;
            }
            return self.begin(line, at, offset);
        }
        self.title = None;
        let Some(packet) = &mut self.packet else {
            return;
        };
        if packet.broken {
            packet.last = offset;
            return;
        }
        if std::mem::take(&mut packet.repeat) {
            packet.fill(offset);
        }
        if line.is_end() {
            return end(packet, line, offset);
        }
        if offset != packet.expected() {
            let expected = packet.expected();
            let found = offset;
            packet.last = offset;
            return packet.problem(
                line.line.at(line.offset.0),
                ProblemKind::Gap { expected, found },
            );
        }
        packet.last = offset;
        let delta = self.distance(at, offset);
        if let Some(packet) = &mut self.packet {
            digits(packet, line, delta);
        }
    }

    /// Where the packet begins, and how far it is to the next line's offset: a
    /// line that is blank at its start holds the last bytes before that.
    fn start(&self, line: &DumpLine<'_>, at: usize, offset: u64) -> (u64, Option<u64>) {
        let next = match self.items.get(at + 1) {
            Some(Item::Dump(next)) if is_blank_start(line, next) => next.offset(self.base),
            _ => None,
        };
        let groups = line.groups.iter().take(line.close_groups(2));
        let held: usize = groups.map(|group| group.bytes()).sum();
        match next.and_then(|next| next.checked_sub(held as u64)) {
            Some(start) if start > offset => (start, Some(held as u64)),
            _ => (offset, self.distance(at, offset)),
        }
    }

    /// How far it is to the next line's offset, when that belongs to the same
    /// packet.
    fn distance(&self, at: usize, offset: u64) -> Option<u64> {
        let next = self.items.iter().skip(at + 1).find_map(|item| match item {
            Item::Dump(next) => Some(next.offset(self.base)),
            Item::Repeat => Some(None),
            Item::Text(_) => None,
        });
        next.flatten()?
            .checked_sub(offset)
            .filter(|&delta| delta > 0)
    }

    fn begin(&mut self, line: &DumpLine<'_>, at: usize, offset: u64) {
        let (start, delta) = self.start(line, at, offset);
        let from = line
            .groups
            .first()
            .map_or(line.offset.0, |group| group.start);
        let title = self.title.take();
        let lines = self.reading.lines;
        let at = line.line.at(from);
        let mut packet = Building {
            start,
            last: offset,
            bytes: Vec::new(),
            line_bytes: 0,
            width: None,
            lines: 0,
            blank_start: start > offset,
            index: line.index,
            column: 0,
            gap: None,
            format: format(line, self.base, start),
            swapped: line.is_swapped().then_some(line.group_bytes() as u8),
            word: u8::try_from(line.group_bytes()).ok(),
            from: at,
            to: at,
            title: title.and_then(|index| Some(lines.get(index)?.title())),
            problems: Vec::new(),
            broken: false,
            repeat: false,
            ended: false,
        };
        // Debuggers and the kernel write addresses.
        if start > 0 && start <= LONGEST_PACKET as u64 {
            let kind = ProblemKind::LateStart(start);
            packet.problems.push((line.line.at(line.offset.0), 0, kind));
        }
        digits(&mut packet, line, delta);
        self.packet = Some(packet);
    }

    fn finish(&mut self) {
        let Some(mut packet) = self.packet.take() else {
            return;
        };
        if packet.swapped.is_some() && !packet.ended && packet.bytes.last() == Some(&0) {
            let length = packet.bytes.len();
            packet
                .problems
                .push((packet.to, length, ProblemKind::LastByteUncertain));
        }
        let title = packet.title.as_deref().unwrap_or_default();
        let (name, declared) = declared(title);
        let is_frame = matches!(name, Some("Frame" | "Packet"));
        if made_from_others(title) || self.after_frame && declared.is_some() && !is_frame {
            let kind = ProblemKind::NotAPacket(title.to_owned());
            self.reading.loose.push((packet.from, kind));
            return;
        }
        self.after_frame = is_frame;
        if let Some(declared) = declared
            && declared != packet.bytes.len()
            && packet.problems.is_empty()
        {
            let found = packet.bytes.len();
            let kind = ProblemKind::Length { declared, found };
            packet.problems.push((packet.to, found, kind));
        }
        let certain = packet.is_certain();
        self.reading.add(Found {
            packet: PastedPacket {
                swapped: packet.swapped,
                word: packet.word,
                title: packet.title,
                certain,
                ..PastedPacket::new(packet.bytes, packet.format, (packet.from, packet.to))
            },
            problems: packet.problems,
        });
    }
}
