//! Dumps with offsets: tcpdump, tshark, xxd, hexdump, od, the kernel's. The
//! offsets tell how many bytes each line holds, and so where the column of
//! characters begins, what is missing, and where the next packet starts.

use super::characters::has_characters;
use super::columns::{Item, base, is_blank_start, items};
use super::dump_line::{DumpLine, Group};
use super::line;
use super::{At, Format, Found, LONGEST_PACKET, PastedPacket, ProblemKind, Reading};

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

/// Bytes of a line from which on it is one of a dump: numbered lists grow by
/// one, and disassembled instructions by a few.
const FEWEST_IN_LINE: usize = 8;

/// The packet that is being read.
struct Building {
    start: u64,
    last: u64,
    bytes: Vec<u8>,
    /// Bytes of the last line.
    line_bytes: usize,
    /// Bytes of every line but the first, if that is blank at its start, and
    /// the last; `None` where they differ.
    width: Option<usize>,
    /// Lines read so far.
    lines: usize,
    /// The first line is blank at its start.
    blank_start: bool,
    /// The last line, counted from 0.
    index: usize,
    /// Where the digits of the widest line end.
    column: usize,
    /// The narrowest gap between groups of the first line.
    gap: Option<usize>,
    format: Format,
    swapped: Option<u8>,
    /// Bytes of the first group.
    word: Option<u8>,
    from: At,
    to: At,
    title: Option<String>,
    problems: Vec<(At, usize, ProblemKind)>,
    broken: bool,
    repeat: bool,
    /// A last offset confirmed the length.
    ended: bool,
}

impl Building {
    /// The offset that should come next.
    fn expected(&self) -> u64 {
        self.start.saturating_add(self.bytes.len() as u64)
    }

    /// Notes a line that was read.
    fn take_line(&mut self, index: usize, bytes: usize) {
        // The first line may be blank at its start, the last one short.
        self.width = match self.lines {
            0 => None,
            1 if bytes > self.line_bytes && !self.blank_start => None,
            1 => Some(self.line_bytes.max(bytes)),
            _ => self.width.filter(|&width| width == self.line_bytes),
        };
        self.line_bytes = bytes;
        self.lines += 1;
        self.index = index;
    }

    /// Whether this line, which does not join on, begins another packet:
    /// addresses go on to grow from one packet to the next.
    fn is_left_behind(&self, line: &DumpLine<'_>) -> bool {
        let apart = line.index > self.index + 1;
        let full = self.width.is_none_or(|width| self.line_bytes >= width);
        self.start > 0 && !line.is_end() && (apart || !full)
    }

    /// Whether lines of one width that join on leave no doubt about it.
    fn is_certain(&self) -> bool {
        let joined = self.lines > if self.broken { 2 } else { 1 };
        let fits = |width| width >= FEWEST_IN_LINE && self.line_bytes <= width;
        joined && self.width.is_some_and(fits)
    }

    fn problem(&mut self, at: At, kind: ProblemKind) {
        self.problems.push((at, self.bytes.len(), kind));
        self.broken = true;
    }

    /// Repeats the last line until the offset.
    fn fill(&mut self, offset: u64) {
        let from = self.bytes.len() - self.line_bytes.min(self.bytes.len());
        let wanted = usize::try_from(offset.saturating_sub(self.start)).unwrap_or(usize::MAX);
        let Some(line) = self.bytes.get(from..).map(<[u8]>::to_vec) else {
            return;
        };
        // One byte more than allowed, so that the cut is noticed.
        let missing = wanted
            .min(LONGEST_PACKET + 1)
            .saturating_sub(self.bytes.len());
        self.bytes.extend(line.iter().cycle().take(missing));
    }
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
            offset <= packet.last || offset != packet.expected() && packet.is_left_behind(line)
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

/// The last offset of a dump, behind which nothing stands.
fn end(packet: &mut Building, line: &DumpLine<'_>, offset: u64) {
    packet.last = offset;
    packet.ended = true;
    let expected = packet.expected();
    let word = packet.swapped.unwrap_or(1).into();
    if expected > offset && expected - offset < word {
        // The last word was filled up with zeros.
        let length = packet.bytes.len() - (expected - offset) as usize;
        packet.bytes.truncate(length);
    } else if expected != offset {
        let found = offset;
        packet.problem(
            line.line.at(line.offset.0),
            ProblemKind::Gap { expected, found },
        );
    }
}

/// Takes the digits of a line. `delta`: how many bytes the next offset says.
fn digits(packet: &mut Building, line: &DumpLine<'_>, delta: Option<u64>) {
    let exact = delta.and_then(|delta| line.groups_of(delta));
    let (count, by_characters) = match exact {
        Some(count) => (count, false),
        None => shown(packet, line),
    };
    let before = packet.bytes.len();
    for group in line.groups.iter().take(count) {
        let mut word = group.read(&line.line.text);
        if packet.swapped.is_some() {
            word.reverse();
        }
        packet.bytes.extend(word);
        packet.to = line.line.at(group.end.saturating_sub(1));
        packet.column = packet.column.max(group.end);
    }
    packet.take_line(line.index, packet.bytes.len() - before);
    packet.gap.get_or_insert_with(|| line.narrowest_gap());
    let groups = line.groups.get(..count).unwrap_or_default();
    if by_characters || has_characters(&line.line.text, groups, packet.line_bytes) {
        packet.format = with_characters(packet.format);
    }
    if exact.is_none()
        && !by_characters
        && count == line.groups.len()
        && let Some(stop) = line.stop
    {
        let usual = packet.width.unwrap_or(LONGEST_PACKET) as u64;
        let short = delta.is_some_and(|delta| delta > packet.line_bytes as u64 && delta <= usual);
        if short || looks_like_digits(packet, line, stop) {
            wrong(packet, line, stop);
        }
    }
}

/// How many groups of a line are bytes, where no offset follows: what the
/// column of characters says, else what stands under the digits of the lines
/// above and is not set apart.
fn shown(packet: &Building, line: &DumpLine<'_>) -> (usize, bool) {
    let first = line
        .groups
        .first()
        .map_or(0, |group| group.end - group.start);
    let usual = packet.gap.unwrap_or_else(|| line.narrowest_gap());
    let mut previous: Option<Group> = None;
    let mut count = 0;
    let mut bytes = 0;
    for (index, group) in line.groups.iter().enumerate() {
        let groups = line.groups.get(..=index).unwrap_or_default();
        if has_characters(&line.line.text, groups, bytes + group.bytes()) {
            return (index + 1, true);
        }
        let apart = previous.is_some_and(|previous| line.gap_width(previous, *group) > usual);
        let outside = packet.column > 0 && group.end > packet.column;
        let other = group.end - group.start > first;
        let full = packet.line_bytes > 0 && bytes >= packet.line_bytes;
        // Some set the second half of a line apart.
        if !(apart && bytes != 8 || outside || other || full) && count == index {
            count = index + 1;
        }
        bytes += group.bytes();
        previous = Some(*group);
    }
    (count, false)
}

/// Whether what follows the last group was meant to be one: it stands where
/// groups do and is as long as they are.
fn looks_like_digits(packet: &Building, line: &DumpLine<'_>, stop: usize) -> bool {
    let Some((start, end)) = line::words(&line.line.text, stop).next() else {
        return false;
    };
    let Some(last) = line.groups.last() else {
        return true;
    };
    let length = end - start;
    let alike = length.abs_diff(last.end - last.start) <= 1;
    let near = start == last.end + 1;
    let under = packet.column == last.end || end <= packet.column;
    let digits = line
        .line
        .slice(start, end)
        .iter()
        .filter(|b| b.is_ascii_hexdigit());
    near && alike && under && digits.count() * 2 >= length
}

/// Says what is wrong with the word at `stop`.
fn wrong(packet: &mut Building, line: &DumpLine<'_>, stop: usize) {
    let Some((start, end)) = line::words(&line.line.text, stop).next() else {
        return;
    };
    let word = line.line.slice(start, end);
    let (digits, mark) = line::without_prefix(word);
    match digits.iter().position(|byte| !byte.is_ascii_hexdigit()) {
        Some(wrong) => {
            let whole = line::hex_bytes(digits.get(..wrong).unwrap_or_default());
            if packet.swapped.is_none() {
                packet.bytes.extend(whole);
            }
            let index = start + mark + wrong;
            let kind = ProblemKind::NotHex(line.line.character(index));
            packet.problem(line.line.at(index), kind);
        }
        None => packet.problem(line.line.at(start), ProblemKind::OddDigits(digits.len())),
    }
}

/// Which tool writes such lines. `start`: where the packet begins; addresses
/// are written by debuggers and devices.
fn format(line: &DumpLine<'_>, base: u32, start: u64) -> Format {
    let text = &line.line.text;
    let bars = text.contains(&b'|');
    let upper = line.groups.iter().any(|group| {
        let digits = line.line.slice(group.start, group.end);
        digits.iter().any(u8::is_ascii_uppercase)
    });
    match (line.digits().len(), line.marked, line.group_bytes()) {
        _ if line.prefixed && is_kernel_log(line.line.slice(0, line.offset.0)) => {
            Format::KernelDump
        }
        _ if line.prefixed || start > 0 => Format::OtherDump,
        (4, true, 2) if line.hex_mark => Format::Tcpdump,
        (7 | 8, true, _) if !line.hex_mark && !bars => Format::Xxd,
        (7, false, 2) if base == 16 => Format::Hexdump,
        (6 | 7, false, _) => Format::Od,
        (8, false, 1) if bars || line.stop.is_none() => Format::HexdumpCanonical,
        (4, false, 1) if !line.hex_mark && !upper && !bars && base == 16 => Format::Wireshark,
        _ => Format::OtherDump,
    }
}

/// `[  812.000100]`, as the Linux kernel puts before its lines.
fn is_kernel_log(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    let inside = text
        .split_once('[')
        .and_then(|(_, rest)| rest.split_once(']'));
    let number = inside.map(|(inside, _)| inside.trim());
    number.is_some_and(|number| number.contains('.') && number.parse::<f64>().is_ok())
}

fn with_characters(format: Format) -> Format {
    match format {
        Format::Tcpdump => Format::TcpdumpAscii,
        other => other,
    }
}

/// `Frame (62 bytes):` → `Frame`, 62.
fn declared(title: &str) -> (Option<&str>, Option<usize>) {
    let title = title.trim_end_matches(':');
    let parts = title
        .strip_suffix(" bytes)")
        .or_else(|| title.strip_suffix(" byte)"))
        .and_then(|rest| rest.rsplit_once(" ("));
    match parts {
        Some((name, number)) => (Some(name), number.parse().ok()),
        None => (None, None),
    }
}

/// Titles that Wireshark gives to bytes that were on no wire as they stand.
fn made_from_others(title: &str) -> bool {
    let made = [
        "Reassembled ",
        "Decrypted ",
        "De-chunked ",
        "Uncompressed ",
        "Decompressed ",
    ];
    made.iter().any(|start| title.starts_with(start))
}
