//! Messages in the byte stream: which segments hold several, and which
//! messages are cut. TCP keeps no boundaries (RFC 9293, section 3.8), so the
//! framing must be declared, or shown by the bytes themselves.
//!
//! In come a direction's new bytes in order. No byte is kept, only where the
//! message at hand began and how much of it there is.

use super::line_evidence::{LineEvidence, end_of_line, may_be_lines};
use super::packed::{Flag, Number, Packed, Packer, Seldom, Sequence, Unpacker, Whole, packed};
use super::prefix_evidence::{LONGEST, PrefixEvidence, may_be_prefixed};
use super::{Event, Framing, MessageCut, PacketNumber, SeveralMessages};

/// The next new bytes of one direction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch<'a> {
    /// The packet.
    pub packet: PacketNumber,
    /// The sequence number of the first of them.
    pub start: u32,
    /// How many they are.
    pub length: u32,
    /// Those that were captured, from the first on.
    pub bytes: &'a [u8],
    /// Whether they are the first that the direction ever sent.
    pub is_beginning: bool,
}

/// One direction of a connection: two words until it is known to be framed.
/// Of most the first segment shows that nothing can be said.
#[derive(Debug, Default)]
pub(super) struct Direction(State);

#[derive(Debug, Default)]
enum State {
    /// No bytes yet.
    #[default]
    Empty,
    Followed(Box<Followed>),
    /// Nothing can be said of it.
    Opaque,
}

#[derive(Debug, Default)]
struct Followed {
    /// The sequence number behind its last bytes.
    next: u32,
    how: How,
}

#[derive(Debug)]
enum How {
    /// Declared.
    Declared(Framing, Place),
    /// Not declared, and not known yet.
    Watched(Watched),
    /// The bytes show it, and go on showing it.
    Recognised(Framing, Place, LineEvidence),
}

/// A direction that may turn out to be framed.
#[derive(Debug)]
struct Watched {
    place: Place,
    lines: LineEvidence,
    prefixes: PrefixEvidence,
}

packed!(Direction(Whole));

impl Packed for State {
    fn pack(&self, to: &mut Packer) {
        match self {
            Self::Empty => to.choice(0, 2),
            Self::Followed(followed) => {
                to.choice(1, 2);
                followed.pack(to);
            }
            Self::Opaque => to.choice(2, 2),
        }
    }

    fn unpack(&mut self, from: &mut Unpacker<'_>) {
        *self = match from.choice(2) {
            1 => {
                let mut followed = Box::<Followed>::default();
                followed.unpack(from);
                Self::Followed(followed)
            }
            2 => Self::Opaque,
            _ => Self::Empty,
        };
    }

    fn is_nothing(&self) -> bool {
        matches!(self, Self::Empty)
    }

    fn clear(&mut self) {
        *self = Self::Empty;
    }
}

packed!(Followed {
    next: Sequence,
    how: Whole,
});

impl Packed for How {
    fn pack(&self, to: &mut Packer) {
        match self {
            Self::Watched(watched) => {
                to.choice(0, 2);
                watched.pack(to);
            }
            Self::Declared(framing, place) => {
                to.choice(1, 2);
                framing.pack(to);
                place.pack(to);
            }
            Self::Recognised(framing, place, evidence) => {
                to.choice(2, 2);
                framing.pack(to);
                place.pack(to);
                evidence.pack(to);
            }
        }
    }

    fn unpack(&mut self, from: &mut Unpacker<'_>) {
        let (mut framing, mut place) = (Framing::default(), Place::START);
        *self = match from.choice(2) {
            0 => {
                let mut watched = Watched::default();
                watched.unpack(from);
                Self::Watched(watched)
            }
            declared => {
                framing.unpack(from);
                place.unpack(from);
                if declared == 1 {
                    Self::Declared(framing, place)
                } else {
                    let mut evidence = LineEvidence::default();
                    evidence.unpack(from);
                    Self::Recognised(framing, place, evidence)
                }
            }
        };
    }
}

packed!(Watched {
    place: Whole,
    lines: Whole,
    prefixes: Whole,
});

impl Direction {
    /// Whether its bytes make no difference any more.
    pub fn is_opaque(&self) -> bool {
        matches!(self.0, State::Opaque)
    }

    /// Of whose bytes nothing can be said.
    pub fn opaque() -> Self {
        Self(State::Opaque)
    }

    /// Follows its next bytes.
    pub fn follow(
        &mut self,
        declared: Option<Framing>,
        stretch: &Stretch<'_>,
        events: &mut Vec<Event>,
    ) {
        if stretch.length == 0 {
            return;
        }
        let next = stretch.start.wrapping_add(stretch.length);
        match &mut self.0 {
            State::Opaque => {}
            State::Empty => {
                let mut how = match declared {
                    Some(framing) => How::Declared(framing, Place::START),
                    None => How::Watched(Watched::default()),
                };
                self.0 = if how.follow(stretch.is_beginning, stretch, events) {
                    State::Followed(Box::new(Followed { next, how }))
                } else {
                    State::Opaque
                };
            }
            State::Followed(followed) => {
                let goes_on = followed.next == stretch.start || stretch.is_beginning;
                followed.next = next;
                if !followed.how.follow(goes_on, stretch, events) {
                    self.0 = State::Opaque;
                }
            }
        }
    }
}

/// Whether there may be messages in a direction that begins with these bytes,
/// which were captured of so many: else [`Direction::follow`] finds it opaque.
#[inline(never)]
pub(super) fn may_be_framed(bytes: &[u8], length: u32) -> bool {
    let is_whole = bytes.len() == length as usize;
    is_whole && (may_be_prefixed(bytes) || may_be_lines(bytes))
}

impl How {
    /// Gives whether there is more to expect. `goes_on`: no bytes are missing
    /// before these.
    fn follow(&mut self, goes_on: bool, stretch: &Stretch<'_>, events: &mut Vec<Event>) -> bool {
        let whole = stretch.bytes.len() == stretch.length as usize;
        match self {
            Self::Declared(framing, place) => {
                place.lost |= !goes_on;
                place.read(*framing, stretch.packet, stretch.bytes, events);
                place.lost |= !whole;
                // Where a message begins is never known again.
                !(matches!(framing, Framing::Length { .. }) && place.lost)
            }
            Self::Watched(_) if !whole => false,
            Self::Watched(watched) => {
                if !goes_on {
                    watched.lose();
                }
                watched.look(stretch);
                if let Some((framing, place)) = watched.certain() {
                    *self = Self::Recognised(framing, place, watched.lines);
                    return true;
                }
                watched.lines.is_possible() || watched.prefixes.is_possible()
            }
            Self::Recognised(framing, place, evidence) => {
                place.lost |= !goes_on;
                let before = events.len();
                place.read(*framing, stretch.packet, stretch.bytes, events);
                place.lost |= !whole;
                let holds = match framing {
                    Framing::Line => {
                        evidence.add(stretch.bytes);
                        evidence.is_possible()
                    }
                    Framing::Length { .. } => !place.lost && place.is_likely(),
                };
                if !holds {
                    events.truncate(before);
                }
                holds
            }
        }
    }
}

impl Default for How {
    fn default() -> Self {
        Self::Watched(Watched::default())
    }
}

impl Default for Watched {
    fn default() -> Self {
        Self {
            place: Place::START,
            lines: LineEvidence::default(),
            prefixes: PrefixEvidence::new(true),
        }
    }
}

impl Watched {
    fn lose(&mut self) {
        self.place.lost = true;
        self.prefixes = PrefixEvidence::new(false);
    }

    /// Takes in a segment.
    fn look(&mut self, stretch: &Stretch<'_>) {
        self.lines.add(stretch.bytes);
        if self.lines.is_possible() {
            // What is not yet known to be framed is not yet told.
            let _ = self
                .place
                .take(Framing::Line, stretch.packet, stretch.bytes);
        }
        self.prefixes.add(stretch.bytes);
    }

    /// The framing, when there is no doubt, and where its reading stands.
    fn certain(&self) -> Option<(Framing, Place)> {
        if self.lines.is_certain() {
            return Some((Framing::Line, self.place));
        }
        // So far every segment ended with a message.
        Some((self.prefixes.certain()?, Place::START))
    }
}

/// Where the reading stands within the messages of a stream.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Bytes are missing: where the next message begins is not known.
    lost: bool,
    /// The packet in which the message at hand began.
    begins_in: PacketNumber,
    /// Bytes of it so far; 0 between messages.
    bytes: u32,
    /// The length that its prefix gives, as far as it was read.
    length: u32,
}

packed!(Place {
    lost: Flag,
    begins_in: Number,
    bytes: Seldom,
    length: Seldom,
});

/// What one segment brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Brought {
    /// The end of a message that began in this earlier packet, and how long
    /// the message is.
    tail: Option<(PacketNumber, u32)>,
    /// Messages that lie in it from beginning to end.
    whole: u32,
    /// Bytes of one that begins in it and goes on.
    begun: u32,
}

impl Place {
    /// At the first byte of a message.
    const START: Self = Self {
        lost: false,
        begins_in: 0,
        bytes: 0,
        length: 0,
    };

    fn read(
        &mut self,
        framing: Framing,
        packet: PacketNumber,
        bytes: &[u8],
        events: &mut Vec<Event>,
    ) {
        self.take(framing, packet, bytes)
            .tell(framing, packet, events);
    }

    /// Takes the bytes of one segment.
    fn take(&mut self, framing: Framing, packet: PacketNumber, bytes: &[u8]) -> Brought {
        let mut brought = Brought::default();
        let mut rest = bytes;
        if self.lost {
            match (framing, end_of_line(rest)) {
                (Framing::Line, Some(end)) => {
                    *self = Self::START;
                    rest = rest.get(end..).unwrap_or_default();
                }
                _ => return brought,
            }
        }
        while !rest.is_empty() {
            if self.bytes == 0 {
                self.begins_in = packet;
                self.length = 0;
            }
            let (taken, ends) = match framing {
                Framing::Line => match end_of_line(rest) {
                    Some(end) => (end, true),
                    None => (rest.len(), false),
                },
                Framing::Length { bytes, big_endian } => self.body(rest, bytes, big_endian),
            };
            self.bytes = self.bytes.saturating_add(taken as u32);
            rest = rest.get(taken..).unwrap_or_default();
            if ends {
                if self.begins_in == packet {
                    brought.whole += 1;
                } else {
                    brought.tail = Some((self.begins_in, self.bytes));
                }
                self.bytes = 0;
            }
        }
        if self.bytes > 0 && self.begins_in == packet {
            brought.begun = self.bytes;
        }
        brought
    }

    /// Takes what belongs to the message at hand, its prefix first; gives how
    /// much that is, and whether the message ends with it.
    fn body(&mut self, rest: &[u8], prefix: u8, big_endian: bool) -> (usize, bool) {
        let prefix = u32::from(prefix);
        let mut taken = 0;
        for (at, byte) in (self.bytes..prefix).zip(rest) {
            if big_endian {
                self.length = self.length << 8 | u32::from(*byte);
            } else {
                self.length |= u32::from(*byte) << (8 * at);
            }
            taken += 1;
        }
        let have = u64::from(self.bytes) + taken as u64;
        if have < u64::from(prefix) {
            return (taken, false);
        }
        let lacking = (u64::from(prefix) + u64::from(self.length)).saturating_sub(have);
        let behind = rest.len() - taken;
        if lacking <= behind as u64 {
            (taken + lacking as usize, true)
        } else {
            (rest.len(), false)
        }
    }

    /// Whether the last length read is one that messages have.
    fn is_likely(&self) -> bool {
        self.length <= LONGEST
    }
}

impl Brought {
    fn tell(self, framing: Framing, packet: PacketNumber, events: &mut Vec<Event>) {
        if let Some((begins_in, bytes)) = self.tail {
            events.push(Event::MessageCut(MessageCut {
                begins_in,
                bytes,
                complete: true,
                framing,
            }));
        }
        let parts = u32::from(self.tail.is_some()) + self.whole + u32::from(self.begun > 0);
        if self.whole > 0 && parts > 1 {
            events.push(Event::SeveralMessages(SeveralMessages {
                messages: self.whole,
                framing,
                begun_bytes: self.begun,
            }));
        } else if self.begun > 0 {
            events.push(Event::MessageCut(MessageCut {
                begins_in: packet,
                bytes: self.begun,
                complete: false,
                framing,
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const U16: Framing = Framing::Length {
        bytes: 2,
        big_endian: true,
    };

    /// Segments in order from the direction's first byte; packet numbers from
    /// 1.
    fn events(declared: Option<Framing>, segments: &[&[u8]]) -> Vec<(u64, Event)> {
        let mut direction = Direction::default();
        let mut start = 1_000_u32;
        let mut all = Vec::new();
        for (packet, bytes) in (1..).zip(segments) {
            let mut events = Vec::new();
            let stretch = Stretch {
                packet,
                start,
                length: bytes.len() as u32,
                bytes,
                is_beginning: packet == 1,
            };
            direction.follow(declared, &stretch, &mut events);
            start = start.wrapping_add(bytes.len() as u32);
            all.extend(events.into_iter().map(|event| (packet, event)));
        }
        all
    }

    fn several(messages: u32, begun_bytes: u32, framing: Framing) -> Event {
        Event::SeveralMessages(SeveralMessages {
            messages,
            framing,
            begun_bytes,
        })
    }

    fn cut(begins_in: u64, bytes: u32, complete: bool, framing: Framing) -> Event {
        Event::MessageCut(MessageCut {
            begins_in,
            bytes,
            complete,
            framing,
        })
    }

    #[test]
    fn one_message_a_segment_needs_no_word() {
        assert!(events(Some(Framing::Line), &[b"one\n", b"two\r\n"]).is_empty());
        assert!(events(Some(U16), &[&[0, 1, 7], &[0, 2, 8, 9], &[0, 0]]).is_empty());
    }

    #[test]
    fn lines_that_come_together_and_lines_that_are_cut() {
        let line = Framing::Line;
        assert_eq!(
            events(
                Some(line),
                &[b"one\ntwo\nthr", b"e", b"e\nfour\n", b"fi", b"ve\nsix"]
            ),
            [
                (1, several(2, 3, line)),
                (3, cut(1, 6, true, line)),
                (3, several(1, 0, line)),
                (4, cut(4, 2, false, line)),
                (5, cut(4, 5, true, line)),
                (5, cut(5, 3, false, line)),
            ]
        );
    }

    #[test]
    fn lengths_are_read_in_every_form_however_the_stream_is_cut() {
        for (name, framing) in Framing::NAMED.into_iter().skip(1) {
            let Framing::Length { bytes, big_endian } = framing else {
                panic!("{name}");
            };
            let mut stream = Vec::new();
            for length in [3_u32, 0, 200, 17] {
                let mut prefix = length.to_le_bytes()[..usize::from(bytes)].to_vec();
                if big_endian {
                    prefix.reverse();
                }
                stream.extend(prefix);
                stream.extend(vec![b'x'; length as usize]);
            }
            let whole = events(Some(framing), &[&stream]);
            assert_eq!(whole, [(1, several(4, 0, framing))], "{name}");
            for step in 1..stream.len() {
                let segments: Vec<&[u8]> = stream.chunks(step).collect();
                let mut ended = 0;
                for (_, event) in events(Some(framing), &segments) {
                    match event {
                        Event::MessageCut(cut) if cut.complete => ended += 1,
                        Event::SeveralMessages(several) => ended += several.messages,
                        _ => {}
                    }
                }
                assert!(ended <= 4, "{name} {step}");
                let mut place = Place::START;
                let total: u32 = (1..)
                    .zip(&segments)
                    .map(|(packet, bytes)| place.take(framing, packet, bytes))
                    .map(|brought| brought.whole + u32::from(brought.tail.is_some()))
                    .sum();
                assert_eq!((total, place.bytes), (4, 0), "{name} {step}");
            }
        }
    }

    #[test]
    fn after_a_gap_lines_are_found_again_at_the_next_newline_and_lengths_never() {
        for (framing, expected) in [(Framing::Line, 1), (U16, 0)] {
            let mut direction = Direction::default();
            let mut events = Vec::new();
            for (packet, start, bytes) in [
                (1, 100, &b"\0\x02a\n"[..]),
                (2, 200, b"tail\n"),
                (3, 205, b"\0\x01x\0\x01\n\0\x01\n"),
            ] {
                let stretch = Stretch {
                    packet,
                    start,
                    length: bytes.len() as u32,
                    bytes,
                    is_beginning: packet == 1,
                };
                direction.follow(Some(framing), &stretch, &mut events);
            }
            assert_eq!(events.len(), expected, "{framing:?} {events:?}");
        }
    }

    #[test]
    fn a_stream_that_began_before_the_capture_is_read_from_its_first_newline() {
        let mut direction = Direction::default();
        let mut events = Vec::new();
        let stretch = Stretch {
            packet: 9,
            start: 5,
            length: 11,
            bytes: b"d\none\ntwo\nx",
            is_beginning: false,
        };
        direction.follow(Some(Framing::Line), &stretch, &mut events);
        assert_eq!(events, [several(2, 1, Framing::Line)]);
    }

    #[test]
    fn bytes_that_the_snapshot_cut_off_are_a_gap() {
        let mut direction = Direction::default();
        let mut events = Vec::new();
        for (packet, start, length, bytes) in [
            (1, 0, 8, &b"one\n"[..]),
            (2, 8, 4, b"end\n"),
            (3, 12, 4, b"a\nb\n"),
        ] {
            let stretch = Stretch {
                packet,
                start,
                length,
                bytes,
                is_beginning: packet == 1,
            };
            direction.follow(Some(Framing::Line), &stretch, &mut events);
        }
        assert_eq!(events, [several(2, 0, Framing::Line)]);
    }

    #[test]
    fn lines_are_recognised_after_a_few_messages() {
        let told = events(
            None,
            &[
                b"ID:7\n",
                b"TEMP 38.4\n",
                b"TEMP 38.5\n",
                b"POS 1 2\n",
                b"TEMP 38.6\nPOS 3 4\n",
                b"TEMP 3",
                b"8.7\n",
            ],
        );
        assert_eq!(
            told,
            [
                (5, several(2, 0, Framing::Line)),
                (6, cut(6, 6, false, Framing::Line)),
                (7, cut(6, 10, true, Framing::Line)),
            ]
        );
    }

    #[test]
    fn text_whose_lines_are_no_messages_is_left_alone() {
        let http: &[&[u8]] = &[
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            b"a\n",
            b"b\n",
            b"c\n",
            b"d\ne\n",
        ];
        let mail: &[&[u8]] = &[
            b"220 hi\r\n",
            b"250-one\r\n250 two\r\n",
            b"250 ok\r\n",
            b"354 go\r\n",
            b"250 a\r\n250 b\r\n",
        ];
        let redis: &[&[u8]] = &[
            b"*1\r\n$4\r\nPING\r\n",
            b"+OK\r\n",
            b"+OK\r\n",
            b"+OK\r\n",
            b"+OK\r\n+OK\r\n",
        ];
        let binary: &[&[u8]] = &[b"\x16\x03\x01\n", b"a\n", b"b\n", b"c\n", b"d\n", b"e\nf\n"];
        let document: &[&[u8]] = &[
            b"one\ntwo\nthree\n",
            b"four\nfive\n",
            b"six\nseven\n",
            b"eight\nnine\n",
            b"ten\neleven\n",
        ];
        for segments in [http, mail, redis, binary, document] {
            assert_eq!(events(None, segments), [], "{segments:?}");
        }
    }

    #[test]
    fn a_header_block_behind_single_lines_ends_the_recognition() {
        let told = events(
            None,
            &[
                b"a\n",
                b"b\n",
                b"c\n",
                b"d\n",
                b"Subject: x\n\nBody\n",
                b"e\nf\n",
            ],
        );
        assert_eq!(told, []);
    }

    #[test]
    fn lengths_are_recognised_when_every_segment_is_exact() {
        let message: &[u8] = &[0, 5, b'h', b'e', 0, 0xff, b'o'];
        let two = [message, &[0, 1, 9]].concat();
        let mut segments: Vec<&[u8]> = vec![message; 12];
        segments.push(&two);
        segments.push(&message[..3]);
        segments.push(&message[3..]);
        assert_eq!(
            events(None, &segments),
            [
                (13, several(2, 0, U16)),
                (14, cut(14, 3, false, U16)),
                (15, cut(14, 7, true, U16)),
            ]
        );
        // One exception and there is nothing to recognise.
        segments[3] = b"hello";
        assert_eq!(events(None, &segments), []);
    }
}
