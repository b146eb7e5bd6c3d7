//! An open conversation, whatever its protocol: its ends, its sums, and for
//! TCP the connection with the messages in its bytes.

use super::Key;
use super::content::Content;
use super::record::{
    Conversation, Endpoint, LayerBytes, Roles, Side, Sides, TcpConversation, Totals,
};
use crate::decode::{Layer, Packet, Protocol, Quoted};
use crate::track::PacketNumber;
use crate::track::dormant::near;
use crate::track::recording::Clock;
use crate::track::servers::Opening;
use crate::track::stream::Interest;
use crate::track::tcp::{Connection, Reliability, Thinking};
use serde::{Deserialize, Serialize};

/// The last packet of one side, to be found by what quotes it.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(in crate::track) struct LastPacket {
    #[serde(with = "near::packet")]
    pub number: PacketNumber,
    #[serde(with = "near::time")]
    pub time_ns: u64,
    pub identification: u32,
}

impl LastPacket {
    /// Whether this may be the packet that an ICMP error quotes: the same
    /// identification, where there is one.
    pub fn is(&self, quoted: &Quoted) -> bool {
        let identification = quoted.network.identification;
        self.number > 0 && (identification == 0 || identification == self.identification)
    }
}

/// What the first packet of a conversation tells of it.
#[derive(Clone, Copy, Debug)]
pub(in crate::track) struct FirstPacket {
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

/// What is counted of a packet.
#[derive(Clone, Copy, Debug)]
pub(in crate::track) struct Counted {
    pub number: PacketNumber,
    pub time_ns: u64,
    /// On the wire.
    pub bytes: u32,
    pub payload: u32,
    pub identification: u32,
}

impl Counted {
    /// What is counted of this one.
    pub fn of(packet: &Packet<'_>) -> Self {
        Self {
            number: packet.frame.number,
            time_ns: packet.frame.time_ns,
            bytes: packet.frame.original_length,
            payload: packet.payload.length,
            identification: packet.network.map_or(0, |network| network.identification),
        }
    }
}

/// When a conversation was recorded, in a capture whose clock has stepped.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(in crate::track) struct RecordedTimes {
    start_ns: Option<u64>,
    end_ns: Option<u64>,
    /// The clock stepped while it went on: no duration of it is known.
    is_broken: bool,
}

/// An open conversation.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::track) struct Flow {
    /// Its record has it while it lies dormant.
    #[serde(skip)]
    pub key: Key,
    /// Its innermost protocol with a conversation.
    pub protocol: Option<Protocol>,
    pub vlan: Option<u32>,
    /// Whether the client stands second in the key.
    pub client_second: bool,
    pub roles: Roles,
    pub sent: Sides<Totals>,
    pub overhead: LayerBytes,
    pub last: Sides<LastPacket>,
    /// It names the conversation in its part; its record has it too.
    #[serde(skip)]
    pub first_packet: PacketNumber,
    #[serde(with = "near::time")]
    pub start_ns: u64,
    #[serde(with = "near::time")]
    pub end_ns: u64,
    /// When it was recorded, once the capture's clock has stepped.
    pub recorded: Option<Box<RecordedTimes>>,
    /// Its server counts it as open.
    pub counted: bool,
    /// How far its handshake has come.
    pub opening: Opening,
    /// How many of its data packets were compared with those of other flows.
    pub compared: u8,
    /// What its data are, where nothing reads them.
    pub content: Content,
    /// For UDP, questions of the client and answers of the server.
    pub answers: Option<Thinking>,
    /// For TCP.
    pub stream: Option<Box<Stream>>,
}

/// The TCP part of a conversation.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::track) struct Stream {
    pub connection: Connection,
    /// What of its bytes is read.
    pub interest: Interest,
    /// What its packets were sent for.
    pub reliability: Reliability,
}

impl Flow {
    /// A conversation that begins with this packet, which is not counted yet.
    pub fn begin(first: &FirstPacket) -> Self {
        let stream = first.is_tcp.then(|| {
            Box::new(Stream {
                connection: Connection::begin(first.time_ns),
                interest: Interest::default(),
                reliability: Reliability::default(),
            })
        });
        Self {
            key: first.key,
            protocol: first.protocol,
            vlan: first.vlan,
            client_second: first.client_second,
            roles: first.roles,
            sent: Sides::default(),
            overhead: LayerBytes::default(),
            last: Sides::default(),
            first_packet: first.packet,
            start_ns: first.time_ns,
            end_ns: first.time_ns,
            recorded: None,
            counted: false,
            opening: first.opening,
            compared: 0,
            content: Content::default(),
            answers: None,
            stream,
        }
    }

    /// Notes when the packet at hand was recorded, before it is counted: that
    /// is another time than the one that the trackers go by.
    #[cold]
    pub fn clock_stepped(&mut self, clock: &Clock) {
        let is_first = self.sent.client.packets + self.sent.server.packets == 0;
        let (start_ns, end_ns) = (self.start_ns, self.end_ns);
        let recorded_ns = clock.this_recorded_ns();
        let recorded = self.recorded.get_or_insert_with(|| {
            let before_the_step = |ns| if is_first { recorded_ns } else { Some(ns) };
            Box::new(RecordedTimes {
                start_ns: before_the_step(start_ns),
                end_ns: before_the_step(end_ns),
                is_broken: false,
            })
        });
        recorded.end_ns = recorded_ns;
        recorded.is_broken |= start_ns < clock.known_since_ns();
    }

    /// Adds a packet to the totals.
    pub fn count(&mut self, side: Side, counted: &Counted, layers: &[Layer]) {
        let totals = &mut self.sent[side];
        totals.packets += 1;
        totals.bytes += u64::from(counted.bytes);
        totals.payload += u64::from(counted.payload);
        self.end_ns = self.end_ns.max(counted.time_ns);
        self.last[side] = LastPacket {
            number: counted.number,
            time_ns: counted.time_ns,
            identification: counted.identification,
        };
        self.overhead.add_all(layers);
    }

    /// A datagram of UDP: a question of the client, or the server's answer.
    pub fn datagram(&mut self, side: Side, time_ns: u64) {
        match (side, &mut self.answers) {
            (Side::Client, answers) => answers.get_or_insert_default().asked(time_ns),
            (Side::Server, Some(answers)) => answers.answered(time_ns, None),
            (Side::Server, None) => {}
        }
    }

    /// Its connection, if it is one.
    pub fn tcp(&self) -> Option<&Connection> {
        self.stream.as_deref().map(|stream| &stream.connection)
    }

    /// Both ends.
    pub fn ends(&self) -> Sides<Endpoint> {
        Sides::of_key(self.key.endpoints(), self.client_second)
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
        let recorded = self.recorded.as_deref();
        let is_broken = recorded.is_some_and(|recorded| recorded.is_broken);
        let of_whole = |ns: u64| (!is_broken).then_some(ns);
        Conversation {
            number: self.first_packet,
            protocol: self.protocol.map_or("unknown", Protocol::name),
            client: Some(ends.client),
            server: Some(ends.server),
            vlan: self.vlan,
            roles: self.roles,
            sent: self.sent,
            overhead: self.overhead.clone(),
            first_packet: self.first_packet,
            start_ns: recorded.map_or(Some(self.start_ns), |recorded| recorded.start_ns),
            end_ns: recorded.map_or(Some(self.end_ns), |recorded| recorded.end_ns),
            duration_ns: of_whole(self.end_ns.saturating_sub(self.start_ns)),
            tcp: self.stream.as_deref().map(|stream| {
                let tcp = TcpConversation {
                    reliability: stream.reliability,
                    ..stream.connection.summary()
                };
                if is_broken { tcp.without_times() } else { tcp }
            }),
            spoken: self.content.spoken(),
            http: None,
            websocket: None,
            tls: None,
            answer_time: self
                .answers
                .as_ref()
                .and_then(Thinking::summary)
                .filter(|_| !is_broken),
        }
    }
}
