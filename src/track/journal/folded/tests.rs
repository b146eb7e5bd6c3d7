//! Journals of steps that may be, folded and unfolded.

use proptest::prelude::*;

use super::super::{OWN_ROOM, RUFFLED, Step};
use super::*;
use crate::decode::{Protocol, Tcp, TcpFlags};
use crate::track::entry::First;
use crate::track::key::{self, Key};
use crate::track::tcp::calm::{Bare, Options};
use crate::track::{Roles, Side};

/// What Linux offers in a SYN, and the least.
const OFFERS: [&[u8]; 2] = [
    &[
        2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 0, 1, 3, 3, 7,
    ],
    &[2, 4, 5, 0xb4],
];

/// Bytes behind the steps, at the most.
const LONGEST: usize = WORD + 8 + 8 + TAG + MORE_BYTES;

/// A conversation that begins.
#[derive(Clone, Debug)]
struct Beginning {
    is_tcp: bool,
    is_wide: bool,
    client_second: bool,
    tag: u32,
    addresses: [[u32; 4]; 2],
    ports: [u16; 2],
    number: u64,
    origin_ns: u64,
    start_ns: u64,
    linux: bool,
}

/// What its next packet is.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Ack,
    Data(u16),
    Fin,
    /// A segment that was followed, whatever it is.
    Followed(u16),
    Ruffled,
}

#[derive(Clone, Debug)]
struct Next {
    kind: Kind,
    from_server: bool,
    numbers: u64,
    nanoseconds: u64,
    window: u16,
    identification: u16,
    timestamps: Option<[u32; 2]>,
    stack: u16,
    folds: bool,
}

/// Small numbers mostly.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..300_u64, 0..1_u64 << 20, 0..1_u64 << 30, 0..1_u64 << 50]
}

fn beginning() -> impl Strategy<Value = Beginning> {
    let bits = any::<[bool; 4]>();
    let tag = prop_oneof![Just(0), any::<u32>()];
    let ends = (any::<[[u32; 4]; 2]>(), any::<[u16; 2]>());
    let times = (number(), number(), number());
    (bits, 0..8, tag, ends, times).prop_map(|(bits, kind, tag, ends, times)| {
        let [is_wide, client_second, linux, is_late] = bits;
        let (addresses, ports) = ends;
        let (number, origin_ns, since_ns) = times;
        Beginning {
            is_tcp: kind > 0,
            is_wide,
            client_second,
            tag,
            addresses: match is_wide {
                true => addresses,
                false => addresses.map(|[.., last]| [0, 0, 0, last]),
            },
            ports,
            number,
            // Time may go back.
            origin_ns: if is_late { origin_ns } else { since_ns },
            start_ns: if is_late { origin_ns + since_ns } else { 0 },
            linux,
        }
    })
}

fn next() -> impl Strategy<Value = Next> {
    let kind = prop_oneof![
        4 => Just(Kind::Ack),
        4 => (1..=1460_u16).prop_map(Kind::Data),
        1 => Just(Kind::Fin),
        1 => any::<u16>().prop_map(Kind::Followed),
        1 => Just(Kind::Ruffled),
    ];
    let since = (0..0x1_0010_u64, number());
    let timestamps = proptest::option::of(any::<[u32; 2]>());
    let rest = (
        1..=u16::MAX,
        any::<u16>(),
        timestamps,
        0..3_u16,
        any::<bool>(),
    );
    (kind, any::<bool>(), since, rest).prop_map(|(kind, from_server, since, rest)| Next {
        kind,
        from_server,
        numbers: since.0,
        nanoseconds: since.1,
        window: rest.0,
        identification: rest.1,
        timestamps: rest.2,
        stack: rest.3,
        folds: rest.4,
    })
}

fn tcp(flags: u16, sequence: u32, acknowledgment: u32, options: &Options<'_>) -> Tcp {
    Tcp {
        source_port: 0,
        destination_port: 0,
        sequence,
        acknowledgment,
        flags: TcpFlags(flags),
        window: 512,
        checksum: 77,
        options_offset: 0,
        options_captured: options.length() as u8,
        payload_length: 0,
    }
}

/// A journal and all that it needs.
struct Kept {
    journal: Journal,
    cells: Cells,
    wide: Vec<[[u32; 4]; 2]>,
    number: u64,
    time_ns: u64,
}

impl Kept {
    fn begin(beginning: &Beginning) -> Self {
        let (number, protocol) = match beginning.is_tcp {
            true => (key::TCP, Protocol::Tcp),
            false => (key::UDP, Protocol::Udp),
        };
        let key = Key::restored(
            beginning.is_wide,
            number,
            beginning.addresses,
            beginning.ports,
            beginning.tag,
        );
        let first = First {
            key,
            protocol: Some(protocol),
            vlan: None,
            client_second: beginning.client_second,
            roles: Roles::Handshake,
            packet: beginning.number,
            time_ns: beginning.start_ns,
            is_tcp: beginning.is_tcp,
            opening: match beginning.is_tcp {
                true => Opening::HalfOpen,
                false => Opening::Unseen,
            },
        };
        let options = Options::Other(offer(beginning.linux));
        let step = Step {
            side: Side::Client,
            number: first.packet,
            time_ns: first.time_ns,
            stack: 2,
            payload: 0,
            padding: 6,
            identification: 9,
            segment: beginning.is_tcp.then(|| Bare {
                tcp: tcp(TcpFlags::SYN.0, u32::MAX - 3, 0, &options),
                options,
                identification: 9,
                time_to_live: 64,
            }),
        };
        let (mut cells, mut wide) = (Cells::default(), Vec::new());
        let journal = Journal::begin(&first, &step, 70, &mut cells, |addresses| {
            wide.push(addresses);
            0
        });
        Self {
            journal: journal.expect("a cell is there"),
            cells,
            wide,
            number: first.packet,
            time_ns: first.time_ns,
        }
    }

    fn key(&self, journal: &Journal) -> Key {
        journal.key(|place| self.wide[place as usize])
    }

    fn calm(&self) -> Calm {
        match self.journal.room {
            Room::Cell(_, calm) => calm,
            Room::Own(_) => self.journal.calm_of_first(&self.cells).unwrap_or_default(),
        }
    }

    /// The server's answer to the SYN.
    fn answer(&mut self, linux: bool) {
        let options = Options::Other(offer(linux));
        let next = self.calm().lines.client.next;
        self.time_ns += 1_000;
        self.number += 1;
        let step = Step {
            side: Side::Server,
            number: self.number,
            time_ns: self.time_ns,
            stack: 1,
            payload: 0,
            padding: 0,
            identification: 0,
            segment: Some(Bare {
                tcp: tcp(TcpFlags::SYN.0 | TcpFlags::ACK.0, 90, next, &options),
                options,
                identification: 0,
                time_to_live: 60,
            }),
        };
        self.journal.note_answer(&step, 74, &mut self.cells);
    }

    fn note(&mut self, next: &Next) {
        if let Kind::Ruffled = next.kind {
            self.journal.set(RUFFLED, true);
            return;
        }
        let side = match next.from_server {
            true => Side::Server,
            false => Side::Client,
        };
        let calm = self.calm();
        let options = next.timestamps.map_or(Options::None, Options::Timestamps);
        let mut segment = Bare {
            tcp: tcp(
                TcpFlags::ACK.0,
                calm.lines[side].next,
                calm.lines[side.other()].next,
                &options,
            ),
            options,
            identification: next.identification,
            time_to_live: 64,
        };
        segment.tcp.window = next.window;
        match next.kind {
            Kind::Data(length) => segment.tcp.payload_length = length.into(),
            Kind::Fin => segment.tcp.flags.0 |= TcpFlags::FIN.0,
            Kind::Followed(what) => {
                segment.tcp.sequence ^= u32::from(what >> 9);
                segment.tcp.flags = TcpFlags(what & 0x1ff);
            }
            Kind::Ack | Kind::Ruffled => {}
        }
        let step = Step {
            side,
            number: self.number + next.numbers,
            time_ns: self.time_ns + next.nanoseconds,
            stack: next.stack,
            payload: segment.tcp.payload_length,
            padding: 0,
            identification: next.identification.into(),
            segment: self.journal.is_tcp().then_some(segment),
        };
        let (journal, cells) = (&mut self.journal, &mut self.cells);
        let bytes = 54 + step.payload;
        let noted = match (next.kind, journal.is_tcp()) {
            (_, false) => journal.note_datagram(&step, bytes, cells),
            (Kind::Followed(_), true) => journal.note_followed(&step, bytes, cells),
            (_, true) => journal.note_segment(&step, bytes, cells, || false),
        };
        if noted.is_some() {
            (self.number, self.time_ns) = (step.number, step.time_ns);
        }
    }

    /// All that it says, but for where its steps stand.
    fn said(&self) -> String {
        let journal = &self.journal;
        let calm = match journal.room {
            Room::Cell(_, calm) => Some(calm),
            Room::Own(_) => None,
        };
        let steps: Vec<_> = journal.steps(&self.cells).collect();
        let plain = Journal {
            room: Room::Own([0; OWN_ROOM]),
            ..journal.clone()
        };
        format!("{plain:?} {calm:?} {steps:?} {:?}", self.key(journal))
    }

    /// Folds it and unfolds it again.
    fn fold(&mut self, origin_ns: u64) -> Result<(), TestCaseError> {
        let said = self.said();
        let (key, end) = (self.key(&self.journal), self.journal.end_of_open());
        let first = format!("{:?}", self.journal.first(key));
        let (bytes, end_ns) = (self.journal.bytes(), self.journal.end_ns());
        let (is_open, used) = (self.journal.is_open(), self.journal.used);
        let Some(cell) = self.journal.fold(&mut self.cells, origin_ns) else {
            prop_assert!(!is_open || usize::from(used) + LONGEST > AT_MOST);
            prop_assert_eq!(self.said(), said);
            return Ok(());
        };
        prop_assert!(is_open && cell.bytes() <= AT_MOST);
        let folded = Folded::read(cell, &self.cells, origin_ns);
        let folded = folded.expect("it was written");
        prop_assert_eq!(self.key(folded.journal()), key);
        prop_assert_eq!(format!("{:?}", folded.journal().first(key)), first);
        prop_assert_eq!(folded.journal().bytes(), bytes);
        prop_assert_eq!(folded.end_of_open(), end);
        self.journal = folded.unfold(&self.cells);
        prop_assert_eq!(self.journal.end_ns(), end_ns);
        prop_assert_eq!(self.said(), said.clone());
        self.journal.make_room(&mut self.cells);
        prop_assert_eq!(self.said(), said);
        Ok(())
    }
}

fn offer(linux: bool) -> &'static [u8] {
    OFFERS[usize::from(!linux)]
}

proptest! {
    #[test]
    fn a_journal_comes_out_of_its_folds_as_it_was(
        beginning in beginning(),
        is_answered in any::<bool>(),
        packets in proptest::collection::vec(next(), 0..12),
    ) {
        let mut kept = Kept::begin(&beginning);
        kept.fold(beginning.origin_ns)?;
        if is_answered {
            kept.answer(beginning.linux);
            kept.fold(beginning.origin_ns)?;
        }
        for next in &packets {
            kept.note(next);
            if next.folds {
                kept.fold(beginning.origin_ns)?;
            }
        }
    }
}

#[test]
fn a_connection_that_carried_nothing_takes_little() {
    let beginning = Beginning {
        is_tcp: true,
        is_wide: false,
        client_second: false,
        tag: 0,
        addresses: [[0, 0, 0, 1], [0, 0, 0, 2]],
        ports: [80, 40_000],
        number: 9_000_000,
        origin_ns: 1_700_000_000_000_000_000,
        start_ns: 1_700_000_900_000_000_000,
        linux: true,
    };
    let mut kept = Kept::begin(&beginning);
    kept.answer(true);
    kept.note(&Next {
        kind: Kind::Ack,
        from_server: false,
        numbers: 900,
        nanoseconds: 1_000_000,
        window: 500,
        identification: 1,
        timestamps: Some([8, 7]),
        stack: 1,
        folds: true,
    });
    let cell = kept.journal.fold(&mut kept.cells, beginning.origin_ns);
    assert_eq!(cell.expect("it is open").bytes(), 128);
}
