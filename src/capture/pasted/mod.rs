//! Packets out of pasted text: what a person copies from a terminal, a log,
//! a mail, Wireshark or source code goes in, bytes come out, with what was
//! not understood and where it stands. Knows nothing of protocols.
//!
//! The readers look at the text one after the other, the surest first: dumps
//! with offsets (`dump`, `columns`), JSON with names (`json`), literals of
//! programming languages (`literal`), and runs of digits or base64 (`digits`,
//! `base64`). A text that tells of packets without their bytes is recognized
//! (`without_bytes`); whether bytes that may be something else are a packet,
//! their user decides by what they hold.

mod base64;
mod characters;
mod clock;
mod columns;
mod digits;
mod dump;
mod dump_format;
mod dump_line;
mod dump_packet;
mod json;
mod json_scan;
mod line;
mod list;
mod literal;
mod offset;
mod reading;
#[cfg(test)]
mod tests;
mod without_bytes;

use line::Line;
use reading::{Found, Reading};

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
    /// least in part: the first line that does.
    pub without_bytes: Option<(At, WithoutBytes)>,
    /// Nothing but hexadecimal digits stands in the text.
    pub only_digits: bool,
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
    /// Set when it was written in words of this many bytes.
    pub word: Option<u8>,
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
            word: None,
            from,
            to,
            title: None,
            link_type: None,
            clock_ns: None,
            certain: false,
        }
    }

    /// The bytes as they are if words were written in the other order than
    /// they were read in.
    #[must_use]
    pub fn turned(&self) -> Option<Vec<u8>> {
        let word = usize::from(self.word.filter(|&word| word > 1)?);
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
    /// Digits stand in the text here and there, but no packet.
    NoPacket,
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
            Self::NoPacket => "no_packet",
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
    /// The Linux kernel's `print_hex_dump`.
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
    dump::read(&mut reading);
    json::read(&mut reading);
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
