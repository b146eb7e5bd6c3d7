//! Packets out of pasted text: what a person copies from a terminal, a log,
//! a mail, Wireshark or source code goes in, bytes come out, with what was
//! not understood and where it stands. Knows nothing of protocols.
//!
//! Three readers look at the text, the surest first: dumps with offsets
//! (`dump`), literals of programming languages (`literal`), and runs of
//! digits or base64 (`digits`, `base64`).

mod base64;
mod characters;
mod clock;
mod columns;
mod digits;
mod dump;
mod dump_line;
mod json;
mod json_scan;
mod line;
mod list;
mod literal;
mod offset;
#[cfg(test)]
mod tests;
mod without_bytes;

use line::Line;

use super::LinkType;
pub use without_bytes::WithoutBytes;

/// Characters of a paste that are looked at.
const LONGEST_TEXT: usize = 4 << 20;

/// Bytes of one packet: the longest that capture files hold.
const LONGEST_PACKET: usize = 262_144;

/// Bytes of all packets of one paste (a repeat mark can mean many).
const MOST_BYTES: usize = 16 << 20;

/// What a paste came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pasted {
    /// In the order of the text; none is empty.
    pub packets: Vec<PastedPacket>,
    /// In the order of the text.
    pub problems: Vec<Problem>,
    /// The text looks like one that tells of packets without their bytes, at
    /// least in part.
    pub without_bytes: Option<WithoutBytes>,
}

/// One packet of a paste.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastedPacket {
    /// What it consists of.
    pub bytes: Vec<u8>,
    /// How it was written.
    pub format: Format,
    /// Set when it was written as words of this many bytes in the order of a
    /// little-endian host, which have been turned round.
    pub swapped: Option<u8>,
    /// Its first digit.
    pub from: At,
    /// Its last digit.
    pub to: At,
    /// The first line of text above it that belongs to it alone, such as
    /// tcpdump's line on the packet.
    pub title: Option<String>,
    /// The link type, where the text says it.
    pub link_type: Option<LinkType>,
    /// The time of day at the packet or above it, in nanoseconds, if it stands
    /// there; the date may be unknown, so that only differences count.
    pub clock_ns: Option<u64>,
    /// How it is written leaves no doubt that these are bytes: offsets grow by
    /// what the lines hold, or nothing but digits stands in the text.
    pub certain: bool,
}

impl PastedPacket {
    /// Bytes as they were written, of which nothing else is known.
    fn new(bytes: Vec<u8>, format: Format, (from, to): (At, At)) -> Self {
        Self {
            bytes,
            format,
            swapped: None,
            from,
            to,
            title: None,
            link_type: None,
            clock_ns: None,
            certain: false,
        }
    }

    /// The bytes as they would be if words that were turned round had been
    /// written in the order of the packet.
    #[must_use]
    pub fn turned_back(&self) -> Option<Vec<u8>> {
        let word = usize::from(self.swapped?);
        let turned = self.bytes.chunks(word).flat_map(|word| word.iter().rev());
        Some(turned.copied().collect())
    }
}

/// A place in the text, both counted from 1; columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The line.
    pub line: u32,
    /// The character of the line.
    pub column: u32,
}

/// Something in the text that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub at: At,
    /// How many bytes of this packet had been understood before it.
    pub understood: usize,
    /// Which of [`Pasted::packets`] it concerns, from 0.
    pub packet: Option<usize>,
    /// What.
    pub kind: ProblemKind,
}

/// What is wrong at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// There is no text, or only white space.
    Empty,
    /// Nothing in the text could be bytes; the first character that is no
    /// hexadecimal digit.
    NothingFound(char),
    /// The text tells of packets, but not their bytes.
    WithoutBytes(WithoutBytes),
    /// So many bytes stand there, but nothing shows that they are a packet.
    UnlikeAPacket(usize),
    /// A character that is no hexadecimal digit stands among digits. The
    /// packet ends before it.
    NotHex(char),
    /// This many digits, which is odd: one is missing or too many.
    OddDigits(usize),
    /// A number of a list that does not fit into a byte, as written.
    NotAByte(String),
    /// An offset that leaves bytes out: where the dump should have gone on,
    /// and where it does. The packet ends before it.
    Gap {
        /// The offset behind the last byte read.
        expected: u64,
        /// The offset that is written.
        found: u64,
    },
    /// The dump does not begin at offset 0 but here: what stood before is
    /// missing.
    LateStart(u64),
    /// The text says how long the packet is, and it is not.
    Length {
        /// Bytes by the text.
        declared: usize,
        /// Bytes that stand there.
        found: usize,
    },
    /// Words of bytes turned round, without a last offset: whether the last
    /// zero byte belongs to the packet cannot be told.
    LastByteUncertain,
    /// Bytes that are no packet but made from several (Wireshark's
    /// "Reassembled TCP"); left out.
    NotAPacket(String),
    /// More than is read of one paste.
    TooLong,
}

impl ProblemKind {
    /// A name for records and tests.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NothingFound(_) => "nothing_found",
            Self::WithoutBytes(_) => "without_bytes",
            Self::UnlikeAPacket(_) => "unlike_a_packet",
            Self::NotHex(_) => "not_hex",
            Self::OddDigits(_) => "odd_digits",
            Self::NotAByte(_) => "not_a_byte",
            Self::Gap { .. } => "gap",
            Self::LateStart(_) => "late_start",
            Self::Length { .. } => "length",
            Self::LastByteUncertain => "last_byte_uncertain",
            Self::NotAPacket(_) => "not_a_packet",
            Self::TooLong => "too_long",
        }
    }

    /// Whether the paste is not as it should be. A text that says that the
    /// packet is longer was merely cut.
    #[must_use]
    pub const fn is_fault(&self) -> bool {
        match self {
            Self::Length { declared, found } => *declared < *found,
            _ => !self.is_remark(),
        }
    }

    /// Whether it is only worth mentioning: all bytes were read.
    #[must_use]
    pub const fn is_remark(&self) -> bool {
        matches!(self, Self::LastByteUncertain | Self::NotAPacket(_))
    }
}

/// How bytes were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Digits without anything between (Wireshark's hex stream, `xxd -p`).
    Hex,
    /// Digits in groups: spaces, colons, dashes, commas.
    SeparatedHex,
    /// `0x02, 0x00` outside of any brackets.
    PrefixedHex,
    /// `\x02\x00`, in quotes or without.
    EscapedString,
    /// `b'\x02\x00E'`.
    BytesLiteral,
    /// Numbers in brackets: C, Rust, Go, Java, Python.
    Array,
    /// RFC 4648, either alphabet.
    Base64,
    /// `tcpdump -x` or `-xx`.
    Tcpdump,
    /// `tcpdump -X` or `-XX`.
    TcpdumpAscii,
    /// `tshark -x`, Wireshark's hex dump.
    Wireshark,
    /// `xxd`.
    Xxd,
    /// `hexdump -C`.
    HexdumpCanonical,
    /// `hexdump`: 16-bit words.
    Hexdump,
    /// `od -t x1` and other widths, with offsets in any base.
    Od,
    /// The Linux kernel's `print_hex_dump`, and others with text before the
    /// offset.
    KernelDump,
    /// Another dump with offsets.
    OtherDump,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 16] = [
        Self::Hex,
        Self::SeparatedHex,
        Self::PrefixedHex,
        Self::EscapedString,
        Self::BytesLiteral,
        Self::Array,
        Self::Base64,
        Self::Tcpdump,
        Self::TcpdumpAscii,
        Self::Wireshark,
        Self::Xxd,
        Self::HexdumpCanonical,
        Self::Hexdump,
        Self::Od,
        Self::KernelDump,
        Self::OtherDump,
    ];

    /// Whether bytes are written as hexadecimal digits without offsets or
    /// anything around them.
    const fn is_digits(self) -> bool {
        matches!(
            self,
            Self::Hex | Self::SeparatedHex | Self::PrefixedHex | Self::EscapedString
        )
    }

    /// The name in records.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::SeparatedHex => "separated_hex",
            Self::PrefixedHex => "prefixed_hex",
            Self::EscapedString => "escaped_string",
            Self::BytesLiteral => "bytes_literal",
            Self::Array => "array",
            Self::Base64 => "base64",
            Self::Tcpdump => "tcpdump",
            Self::TcpdumpAscii => "tcpdump_ascii",
            Self::Wireshark => "wireshark_hex_dump",
            Self::Xxd => "xxd",
            Self::HexdumpCanonical => "hexdump_canonical",
            Self::Hexdump => "hexdump",
            Self::Od => "od",
            Self::KernelDump => "kernel_dump",
            Self::OtherDump => "hex_dump",
        }
    }
}

/// Reads every packet of a text.
#[must_use]
pub fn parse(text: &str) -> Pasted {
    let (text, cut) = shortened(text);
    let lines = line::lines(text);
    let mut reading = Reading::new(&lines);
    json::read(&mut reading);
    dump::read(&mut reading);
    literal::read(&mut reading);
    base64::read(&mut reading);
    digits::read(&mut reading);
    reading.finish(cut)
}

/// The text up to what is looked at, and whether more followed.
fn shortened(text: &str) -> (&str, bool) {
    let end = (0..=LONGEST_TEXT.min(text.len()))
        .rev()
        .find(|&end| text.is_char_boundary(end))
        .unwrap_or_default();
    (text.get(..end).unwrap_or_default(), end < text.len())
}

/// What has been found so far, and which lines are still to be read.
struct Reading<'a> {
    lines: &'a [Line<'a>],
    /// For each line, whether a reader made something of it.
    used: Vec<bool>,
    found: Vec<Found>,
    /// Problems of no packet.
    loose: Vec<(At, ProblemKind)>,
    bytes: usize,
    /// The text holds JSON.
    has_json: bool,
}

/// A packet with its problems: where, after how many bytes, what.
struct Found {
    packet: PastedPacket,
    problems: Vec<(At, usize, ProblemKind)>,
}

impl<'a> Reading<'a> {
    fn new(lines: &'a [Line<'a>]) -> Self {
        Self {
            lines,
            used: vec![false; lines.len()],
            found: Vec::new(),
            loose: Vec::new(),
            bytes: 0,
            has_json: false,
        }
    }

    /// Whether earlier readers left nothing to be sure of: then weaker signs
    /// of data are enough.
    fn nothing_yet(&self) -> bool {
        self.found.is_empty()
    }

    /// Fewest bytes that count as a packet: beside one that was found, a few
    /// digits in the text around it are none.
    fn fewest(&self) -> usize {
        if self.nothing_yet() { 1 } else { 14 }
    }

    fn is_used(&self, index: usize) -> bool {
        self.used.get(index).copied().unwrap_or(true)
    }

    fn mark_used(&mut self, index: usize) {
        if let Some(used) = self.used.get_mut(index) {
            *used = true;
        }
    }

    /// Takes a packet, cut to what is left of the bounds.
    fn add(&mut self, mut found: Found) {
        let room = LONGEST_PACKET.min(MOST_BYTES - self.bytes);
        if found.packet.bytes.len() > room {
            found.packet.bytes.truncate(room);
            let at = found.packet.from;
            found.problems.push((at, room, ProblemKind::TooLong));
        }
        self.bytes += found.packet.bytes.len();
        self.found.push(found);
    }

    fn finish(mut self, cut: bool) -> Pasted {
        self.found.sort_by_key(|found| found.packet.from);
        clock::read(self.lines, &mut self.found);
        let only_digits = self.is_only_digits();
        for found in &mut self.found {
            found.packet.certain |= only_digits && found.packet.format.is_digits();
        }
        let without_bytes = without_bytes::find(&self);
        if cut {
            let number = self.lines.len() as u32;
            let at = At {
                line: number,
                column: 1,
            };
            self.loose.push((at, ProblemKind::TooLong));
        } else if self.found.is_empty() && self.loose.is_empty() {
            let (at, kind) = self.nothing_found();
            let kind = match (kind, without_bytes) {
                (ProblemKind::NothingFound(_), Some(what)) => ProblemKind::WithoutBytes(what),
                (kind, _) => kind,
            };
            self.loose.push((at, kind));
        }
        let mut pasted = Pasted {
            without_bytes,
            ..Pasted::default()
        };
        for (at, kind) in self.loose {
            pasted.problems.push(Problem {
                at,
                understood: 0,
                packet: None,
                kind,
            });
        }
        for found in self.found {
            let has_bytes = !found.packet.bytes.is_empty();
            let packet = has_bytes.then_some(pasted.packets.len());
            for (at, understood, kind) in found.problems {
                pasted.problems.push(Problem {
                    at,
                    understood,
                    packet,
                    kind,
                });
            }
            if has_bytes {
                pasted.packets.push(found.packet);
            }
        }
        pasted.problems.sort_by_key(|problem| problem.at);
        pasted
    }

    /// Whether nothing but hexadecimal digits stands in the text, with what
    /// may be between them, and they cannot well be decimal.
    fn is_only_digits(&self) -> bool {
        let mut hexadecimal = false;
        let all = self.lines.iter().enumerate().all(|(index, line)| {
            let plain = |byte: &u8| byte.is_ascii_hexdigit() || b" \t,:.-|_\\xX%".contains(byte);
            hexadecimal |= line::words(&line.text, 0).any(|(start, end)| {
                let word = line.slice(start, end);
                let letters = word.iter().any(u8::is_ascii_alphabetic);
                letters || word.len() > 1 && word.first() == Some(&b'0')
            });
            line.is_blank() || self.is_used(index) && line.text.iter().all(plain)
        });
        all && hexadecimal
    }

    /// Where the text stops making sense, when none of it did.
    fn nothing_found(&self) -> (At, ProblemKind) {
        for line in self.lines {
            let wrong = line
                .text
                .iter()
                .position(|byte| !byte.is_ascii_whitespace() && !byte.is_ascii_hexdigit());
            if let Some(index) = wrong {
                let character = line.character(index);
                return (line.at(index), ProblemKind::NothingFound(character));
            }
        }
        (At { line: 1, column: 1 }, ProblemKind::Empty)
    }
}
