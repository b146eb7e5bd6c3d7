//! A conversation as the recorder sees it: a stretch of packets is planned at
//! a time and said packet by packet; when it is over, the next one is planned.

use std::collections::VecDeque;

use super::connection::Connection;
use super::frame::{self, Link, Segment};
use super::message::Message;
use super::random::Random;
use super::small::Small;

/// One of the two ends, as an index too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Speaks first.
    Client = 0,
    /// Answers.
    Server = 1,
}

impl Side {
    /// The other end.
    pub fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// What is in a packet.
pub enum Said {
    /// TCP.
    Tcp(Segment),
    /// UDP with this payload.
    Udp(Message),
    /// ICMP or ICMPv6 echo: its number, whether it is the reply.
    Echo(u16, bool),
    /// ARP: whether it is the reply.
    Arp(bool),
}

/// A packet to come.
pub struct Step {
    /// The time when the packet passes the recorder.
    pub at_ns: u64,
    /// The side that sends the packet.
    pub from: Side,
    /// The IP identification, given in the order of sending.
    pub identification: u16,
    /// What the packet carries.
    pub said: Said,
}

impl Step {
    /// A packet that has no identification yet.
    pub fn new(at_ns: u64, from: Side, said: Said) -> Self {
        Self {
            at_ns,
            from,
            identification: 0,
            said,
        }
    }
}

/// The kind of talk, which plans a conversation's stretches.
pub enum Talk {
    /// A TCP connection.
    Connection(Box<Connection>),
    /// A few packets that are planned at once.
    Small(Small),
}

/// A conversation in progress.
pub struct Conversation {
    link: Link,
    talk: Talk,
    /// The stretch, by time.
    steps: VecDeque<Step>,
    /// The IP identification that each side gave its last packet.
    identification: [u16; 2],
}

impl Conversation {
    /// Makes a conversation between the ends of `link`.
    pub fn new(link: Link, talk: Talk, random: &mut Random) -> Self {
        let any = random.word();
        Self {
            link,
            talk,
            steps: VecDeque::new(),
            identification: [any as u16, (any >> 16) as u16],
        }
    }

    /// Plans the first stretch. Says when the first packet passes.
    pub fn begin(&mut self, now: u64, random: &mut Random) -> Option<u64> {
        self.plan(now, random);
        self.steps.front().map(|step| step.at_ns)
    }

    /// The frame of the packet whose turn it is.
    pub fn frame(&self, bytes: &mut Vec<u8>) {
        if let Some(step) = self.steps.front() {
            frame::write(&self.link, step, bytes);
        }
    }

    /// Goes on to the next packet. Says when it passes, or that there is none.
    pub fn go_on(&mut self, random: &mut Random) -> Option<u64> {
        let now = self.steps.pop_front()?.at_ns;
        if self.steps.is_empty() {
            self.plan(now, random);
        }
        self.steps.front().map(|step| step.at_ns)
    }

    fn plan(&mut self, now: u64, random: &mut Random) {
        match &mut self.talk {
            Talk::Connection(connection) => {
                connection.plan(now, random, &mut self.link, &mut self.steps)
            }
            Talk::Small(small) => small.plan(now, random, &mut self.steps),
        }
        for step in &mut self.steps {
            let last = &mut self.identification[step.from as usize];
            *last = last.wrapping_add(1);
            step.identification = *last;
        }
        // What was planned by cause is said by time; equals keep their order.
        self.steps.make_contiguous().sort_by_key(|step| step.at_ns);
    }
}
