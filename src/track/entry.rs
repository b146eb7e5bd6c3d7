//! An open conversation, whatever its protocol: its ends, its sums, and for
//! TCP the connection with the messages in its bytes.

use super::cells::Cells;
use super::dropped::unrecorded;
use super::framing::Direction;
use super::journal::{Journal, Stacks};
use super::key::Key;
use super::overhead::Overhead;
use super::packed::{
    Apart, Flag, Identification, Maybe, Number, Packed, Packer, Plain, SeldomTime, Time, TwoSides,
    Unpacker, Whole, packed,
};
use super::syn_flood::Opening;
use super::tcp::Connection;
use super::{Conversation, Endpoint, Event, PacketNumber, Roles, Side, Sides, Totals};
use crate::decode::{Protocol, Quoted};

/// The last packet of one side, to be found by what quotes it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Last {
    pub number: PacketNumber,
    pub time_ns: u64,
    pub identification: u32,
}

packed!(Last {
    number: Number,
    time_ns: SeldomTime,
    identification: Identification,
});

impl Last {
    /// Whether this may be the packet that an ICMP error quotes: the same
    /// identification, where there is one.
    pub fn is(&self, quoted: &Quoted) -> bool {
        let identification = quoted.network.identification;
        self.number > 0 && (identification == 0 || identification == self.identification)
    }
}

/// What the first packet of a conversation tells of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct First {
    pub key: Key,
    pub protocol: Option<Protocol>,
    pub vlan: Option<u32>,
    pub client_second: bool,
    pub roles: Roles,
    pub packet: PacketNumber,
    pub time_ns: u64,
    pub is_tcp: bool,
    pub opening: Opening,
}

impl First {
    /// Both ends.
    pub fn ends(&self) -> Sides<Endpoint> {
        ends(&self.key, self.client_second)
    }
}

/// The ends that a key names.
#[inline]
pub(super) fn ends(key: &Key, client_second: bool) -> Sides<Endpoint> {
    Sides::of_key(key.endpoints(), client_second)
}

/// What is counted of a packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub number: PacketNumber,
    pub time_ns: u64,
    /// On the wire.
    pub bytes: u32,
    pub payload: u32,
    pub identification: u32,
}

/// A conversation at rest of which nothing is left to tell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quiet {
    pub is_tcp: bool,
    /// Bytes of both sides.
    pub bytes: u64,
    /// The server that counts it as open.
    pub open_at: Option<Endpoint>,
}

/// How a conversation stands of which nothing would be left to tell if it ended
/// now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It counts as nothing but one more connection, if it is one.
    Over,
    /// Its server counts it as open.
    Open,
}

/// An open conversation.
#[derive(Debug)]
pub(super) struct Entry {
    pub key: Key,
    pub number: u64,
    /// Its innermost protocol with a conversation.
    pub protocol: Option<Protocol>,
    pub vlan: Option<u32>,
    /// Whether the client stands second in the key.
    pub client_second: bool,
    pub roles: Roles,
    pub sent: Sides<Totals>,
    pub overhead: Overhead,
    pub last: Sides<Last>,
    pub first_packet: PacketNumber,
    pub start_ns: u64,
    pub end_ns: u64,
    /// Its server counts it as open.
    pub counted: bool,
    /// How far its handshake has come.
    pub opening: Opening,
    is_tcp: bool,
    /// Nothing unless `is_tcp`, but memory that the next one may use.
    stream: Box<Stream>,
}

packed!(Entry {
    // These stand first, and can be read alone.
    key: Apart,
    end_ns: Apart,
    number: Apart,
    protocol: Plain,
    vlan: Maybe<Plain>,
    client_second: Flag,
    roles: Whole,
    first_packet: Number,
    start_ns: Time,
    sent: TwoSides<Whole>,
    overhead: Whole,
    last: TwoSides<Whole>,
    counted: Flag,
    opening: Whole,
    is_tcp: Flag,
    stream: Apart,
});

/// The TCP part of a conversation.
#[derive(Debug, Default)]
pub(super) struct Stream {
    pub connection: Connection,
    /// The messages in its bytes.
    pub framed: Sides<Direction>,
}

packed!(Stream {
    connection: Whole,
    framed: TwoSides<Whole>,
});

impl Entry {
    /// A seat for a conversation.
    pub fn empty() -> Self {
        Self {
            key: Key::default(),
            number: 0,
            protocol: None,
            vlan: None,
            client_second: false,
            roles: Roles::Inferred,
            sent: Sides::default(),
            overhead: Overhead::default(),
            last: Sides::default(),
            first_packet: 0,
            start_ns: 0,
            end_ns: 0,
            counted: false,
            opening: Opening::default(),
            is_tcp: false,
            stream: Box::default(),
        }
    }

    /// Begins a conversation in this seat.
    pub fn begin(&mut self, number: u64, first: &First) {
        self.key = first.key;
        self.number = number;
        self.protocol = first.protocol;
        self.vlan = first.vlan;
        self.client_second = first.client_second;
        self.roles = first.roles;
        self.sent = Sides::default();
        self.overhead.clear();
        self.last = Sides::default();
        self.first_packet = first.packet;
        self.start_ns = first.time_ns;
        self.end_ns = first.time_ns;
        self.counted = false;
        self.opening = first.opening;
        self.is_tcp = first.is_tcp;
        if first.is_tcp {
            self.stream.connection.begin_anew(first.time_ns);
            self.stream.framed = Sides::default();
        }
    }

    /// Writes all but its number; before it, whether nothing
    /// is left to tell of it, in how many bytes, and whether it is open.
    pub fn put_to_rest(&self, to: &mut Packer) {
        let standing = self.standing();
        to.bit(standing.is_some());
        if let Some(standing) = standing {
            to.bit(self.is_tcp);
            to.plain(self.bytes());
            let is_open = standing == Standing::Open;
            to.bit(is_open);
            if is_open {
                to.bit(self.client_second);
            }
        }
        self.key.pack(to);
        to.time(self.end_ns);
        self.pack(to);
        if self.is_tcp {
            self.stream.pack(to);
        }
    }

    /// How it stands, if its end, should it come now, would tell nothing, its
    /// own record left out.
    pub fn standing(&self) -> Option<Standing> {
        let Some(connection) = self.tcp() else {
            return Some(Standing::Over);
        };
        let standing = match (connection.is_closed(), self.counted) {
            (true, false) if self.opening != Opening::HalfOpen => Standing::Over,
            (false, true) if self.opening == Opening::Completed => Standing::Open,
            _ => return None,
        };
        let is_whole = !connection.is_mid_stream()
            && !connection.is_one_sided()
            && unrecorded(connection, &self.sent) == 0;
        let mut findings = Vec::new();
        if is_whole {
            // However long it waits.
            connection.finish(self.number, &self.ends(), u64::MAX, &mut findings);
        }
        (is_whole && findings.is_empty()).then_some(standing)
    }

    /// Whether there was nothing left to tell when it was put to rest, of what
    /// [`Entry::put_to_rest`] wrote.
    pub fn quiet(from: &mut Unpacker<'_>) -> Option<Quiet> {
        let (mut quiet, client_second) = Self::quiet_front(from)?;
        if let Some(client_second) = client_second {
            let mut key = Key::default();
            key.unpack(from);
            quiet.open_at = Some(ends(&key, client_second).server);
        }
        Some(quiet)
    }

    /// What stands in front of the key; with it whether the client stands
    /// second, where it is open.
    fn quiet_front(from: &mut Unpacker<'_>) -> Option<(Quiet, Option<bool>)> {
        from.bit().then(|| {
            let quiet = Quiet {
                is_tcp: from.bit(),
                bytes: from.plain(),
                open_at: None,
            };
            let is_open = from.bit();
            (quiet, is_open.then(|| from.bit()))
        })
    }

    /// Adds a packet to the totals, but for its headers.
    #[inline(always)]
    pub fn count(&mut self, side: Side, counted: &Counted) {
        let Totals {
            packets,
            bytes,
            payload,
            ..
        } = &mut self.sent[side];
        *packets += 1;
        *bytes += u64::from(counted.bytes);
        *payload += u64::from(counted.payload);
        self.end_ns = self.end_ns.max(counted.time_ns);
        self.last[side] = Last {
            number: counted.number,
            time_ns: counted.time_ns,
            identification: counted.identification,
        };
    }

    /// Goes on in this seat, where its packets were only noted so far: follows
    /// them from the first on. Nothing of what they tell is wanted.
    pub fn catch_up(
        &mut self,
        journal: &Journal,
        cells: &Cells,
        stacks: &Stacks,
        unwanted: &mut Vec<Event>,
    ) {
        let mut steps = journal.steps(cells);
        for step in steps.by_ref() {
            let Some(stack) = stacks.get(step.stack) else {
                continue;
            };
            let counted = Counted {
                number: step.number,
                time_ns: step.time_ns,
                bytes: stack.headers + step.payload + step.padding,
                payload: step.payload,
                identification: step.identification,
            };
            self.count(step.side, &counted);
            // Usual ones have the same number as their build.
            self.overhead.add(step.stack, &stack.layers);
            let mut payload = step.payload;
            if let (Some(bare), Some(stream)) = (&step.segment, self.stream()) {
                let noted = (bare, step.number, step.time_ns);
                let connection = &mut stream.connection;
                payload = connection.noted_segment(step.side, noted, unwanted).new;
                unwanted.clear();
            }
            self.sent[step.side].unique_payload += u64::from(payload);
        }
        self.counted = journal.is_counted();
        if let Some(stream) = self.stream() {
            for side in Side::BOTH {
                if steps.calm.lines[side].is_opaque() {
                    stream.framed[side] = Direction::opaque();
                }
            }
        }
    }

    /// Goes on in this seat.
    pub fn wake(&mut self, number: u64, from: &mut Unpacker<'_>) {
        self.number = number;
        Self::quiet_front(from);
        self.key.unpack(from);
        self.end_ns = from.time();
        self.unpack(from);
        if self.is_tcp {
            self.stream.connection.make_room();
            self.stream.unpack(from);
        }
    }

    /// The key, of what [`Entry::put_to_rest`] wrote.
    pub fn key_of(from: &mut Unpacker<'_>) -> Key {
        Self::quiet_front(from);
        let mut key = Key::default();
        key.unpack(from);
        key
    }

    /// When its last packet was, of what [`Entry::put_to_rest`] wrote.
    pub fn end_of(from: &mut Unpacker<'_>) -> u64 {
        Self::key_of(from);
        from.time()
    }

    /// Whether there is so much of it that it should not be packed: it would
    /// take longer with every packet.
    pub fn is_large(&self) -> bool {
        self.is_tcp && self.stream.connection.is_large()
    }

    /// Its connection, if it is one.
    pub fn tcp(&self) -> Option<&Connection> {
        self.is_tcp.then_some(&self.stream.connection)
    }

    /// Its connection, and the messages in its bytes.
    pub fn stream(&mut self) -> Option<&mut Stream> {
        if self.is_tcp {
            Some(&mut self.stream)
        } else {
            None
        }
    }

    /// Both ends.
    pub fn ends(&self) -> Sides<Endpoint> {
        ends(&self.key, self.client_second)
    }

    /// Which side sent a packet whose source stands second in the key or not.
    pub fn side(&self, source_second: bool) -> Side {
        Side::of_source(source_second, self.client_second)
    }

    /// Bytes of both sides.
    pub fn bytes(&self) -> u64 {
        let Sides { client, server } = &self.sent;
        client.bytes.saturating_add(server.bytes)
    }

    /// What is said of it at its end.
    pub fn conversation(&self) -> Conversation {
        let ends = self.ends();
        Conversation {
            number: self.number,
            protocol: self.protocol.map_or("unknown", Protocol::name),
            client: Some(ends.client),
            server: Some(ends.server),
            vlan: self.vlan,
            roles: self.roles,
            sent: self.sent,
            overhead: self.overhead.bytes(),
            first_packet: self.first_packet,
            start_ns: self.start_ns,
            end_ns: self.end_ns,
            tcp: self.tcp().map(Connection::summary),
        }
    }
}
