//! What clients ask and wait for, by client and what is asked, whatever the
//! transaction id: some take a new one each time.

use smallvec::SmallVec;

use super::said::Said;
use crate::track::waiting::Waiting;
use crate::track::{
    DhcpAttempt, DhcpPurpose, DhcpQuestion, DhcpUnanswered, Event, Finding, Output, PacketNumber,
};

/// A question is given up this long after it was last asked: clients ask again after
/// 64 seconds at the latest (RFC 2131, section 4.1), with one to either side.
const WAIT_NS: u64 = 70_000_000_000;

/// What is asked, in the order in which a client goes on.
type Key = (u64, u8);

const DISCOVER: u8 = 0;
const REQUEST: u8 = 1;
const INFORM: u8 = 2;
const ALL: [u8; 3] = [DISCOVER, REQUEST, INFORM];

const fn class(question: DhcpQuestion) -> u8 {
    match question {
        DhcpQuestion::Discover => DISCOVER,
        DhcpQuestion::Request(_) => REQUEST,
        _ => INFORM,
    }
}

/// A message that asks.
pub(super) struct Asking<'a> {
    pub packet: PacketNumber,
    pub time_ns: u64,
    pub conversation: u64,
    pub question: DhcpQuestion,
    pub said: &'a Said,
}

/// All questions that are open.
#[derive(Debug)]
pub(super) struct Questions {
    waiting: Waiting<Key, Asked>,
    evicted: u64,
}

/// A question.
#[derive(Debug)]
struct Asked {
    question: DhcpQuestion,
    v6: bool,
    client: Option<[u8; 6]>,
    packets: SmallVec<[PacketNumber; 8]>,
    attempts: u32,
    first_ns: u64,
    conversation: u64,
    wants_broadcast: bool,
    /// It needs no answer any more.
    closed: bool,
}

impl Asked {
    fn new(asking: &Asking<'_>) -> Self {
        Self {
            question: asking.question,
            v6: asking.said.v6,
            client: asking.said.hardware,
            packets: SmallVec::new(),
            attempts: 0,
            first_ns: asking.time_ns,
            conversation: asking.conversation,
            wants_broadcast: asking.said.wants_broadcast,
            closed: false,
        }
    }

    fn attempt(&self, time_ns: u64) -> DhcpAttempt {
        let is_again = self.attempts > 1;
        let first = self.packets.first().copied();
        DhcpAttempt {
            number: self.attempts.max(1),
            first: first.filter(|_| is_again),
            since_first_ns: is_again.then(|| time_ns.saturating_sub(self.first_ns)),
        }
    }

    fn unanswered(self, end_ns: u64, began_anew: bool, for_room: bool) -> Option<Finding> {
        (!self.closed).then(|| Finding {
            conversation: Some(self.conversation),
            first_packet: None,
            event: Event::DhcpUnanswered(DhcpUnanswered {
                v6: self.v6,
                question: self.question,
                client: self.client,
                packets: self.packets,
                attempts: self.attempts,
                waited_ns: end_ns.saturating_sub(self.first_ns),
                wants_broadcast: self.wants_broadcast,
                began_anew,
                for_room,
            }),
        })
    }
}

impl Questions {
    pub fn with_most(most: usize) -> Self {
        Self {
            waiting: Waiting::with_most(most),
            evicted: 0,
        }
    }

    /// Asked, perhaps again. A request says that an offer came, seen or not; a client
    /// that asks around again has given up what it asked for.
    pub fn ask(&mut self, asking: &Asking<'_>, output: &mut Output) -> DhcpAttempt {
        let client = asking.said.client;
        match asking.question {
            DhcpQuestion::Request(DhcpPurpose::Selecting) => self.close(client, DISCOVER),
            DhcpQuestion::Discover => self.begun_anew(client, asking.time_ns, output),
            _ => {}
        }
        let key = (client, class(asking.question));
        let deadline_ns = asking.time_ns.saturating_add(WAIT_NS);
        let make = || Asked::new(asking);
        let (asked, displaced) = self.waiting.renew(key, deadline_ns, make);
        if asked.closed || asked.question != asking.question {
            *asked = Asked::new(asking);
        }
        asked.attempts = asked.attempts.saturating_add(1);
        if asked.packets.len() < 8 {
            asked.packets.push(asking.packet);
        }
        let attempt = asked.attempt(asking.time_ns);
        if let Some((_, displaced, due_ns)) = displaced {
            self.evicted += u64::from(!displaced.closed);
            let end_ns = due_ns.min(asking.time_ns);
            output
                .findings
                .extend(displaced.unanswered(end_ns, false, true));
        }
        attempt
    }

    /// A relay passes the question on: it is the same one.
    pub fn passed_on(&mut self, asking: &Asking<'_>) -> DhcpAttempt {
        let key = (asking.said.client, class(asking.question));
        let asked = self.waiting.get_mut(&key);
        asked.map_or(
            DhcpAttempt {
                number: 1,
                first: None,
                since_first_ns: None,
            },
            |asked| asked.attempt(asking.time_ns),
        )
    }

    fn begun_anew(&mut self, client: u64, now_ns: u64, output: &mut Output) {
        let Some(asked) = self.waiting.get_mut(&(client, REQUEST)) else {
            return;
        };
        if asked.closed {
            return;
        }
        let given_up = Asked {
            packets: std::mem::take(&mut asked.packets),
            ..*asked
        };
        output
            .findings
            .extend(given_up.unanswered(now_ns, true, false));
        self.close(client, REQUEST);
    }

    fn close(&mut self, client: u64, class: u8) {
        if let Some(asked) = self.waiting.get_mut(&(client, class)) {
            asked.closed = true;
        }
        self.waiting.settle(&(client, class));
    }

    /// This question of the client's has its answer.
    pub fn answered(&mut self, client: u64, question: DhcpQuestion) {
        self.close(client, class(question));
    }

    /// Whatever the client asked has its answer.
    pub fn all_answered(&mut self, client: u64) {
        for class in ALL {
            self.close(client, class);
        }
    }

    pub fn due_ns(&self) -> u64 {
        self.waiting.due_ns()
    }

    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    pub fn expire(&mut self, now_ns: u64, output: &mut Output) {
        while let Some((_, asked, due_ns)) = self.waiting.pop_due(now_ns) {
            let end_ns = due_ns.min(now_ns);
            output
                .findings
                .extend(asked.unanswered(end_ns, false, false));
        }
    }

    pub fn finish(&mut self, now_ns: u64, output: &mut Output) {
        while let Some((_, asked, due_ns)) = self.waiting.pop_due(u64::MAX) {
            let end_ns = due_ns.min(now_ns);
            output
                .findings
                .extend(asked.unanswered(end_ns, false, false));
        }
    }
}
