//! What all exchanges add up to, and the slowest of them.

use crate::decode::http::StatusClass;
use crate::track::Exchange;

/// So many of the slowest are kept.
const SLOWEST: usize = 10;

/// Characters of a target that are kept.
const TARGET_AT_MOST: usize = 256;

/// The exchanges of a capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchanges {
    /// All of them.
    pub count: u64,
    /// Those of which request and response are whole.
    pub complete: u64,
    /// Requests that were captured whole, and nothing answered them.
    pub unanswered: u64,
    /// Responses whose body was cut.
    pub cut: u64,
    /// Responses by the class of their status, as [`StatusClass::ALL`] has them.
    pub by_class: [u64; StatusClass::ALL.len()],
    /// The slowest, slowest first.
    pub slowest: Vec<Slow>,
}

/// An exchange in a row: one of the slowest, or one of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slow {
    /// The exchange's number.
    pub number: u64,
    /// Its conversation's.
    pub conversation: u64,
    /// The packet of the request's first byte.
    pub packet: u64,
    /// When that came.
    pub start_ns: u64,
    /// The method.
    pub method: String,
    /// The host that was asked.
    pub host: Option<String>,
    /// What was asked for.
    pub target: String,
    /// The status; `None` without an answer.
    pub status: Option<u16>,
    /// Bytes of the response's body.
    pub bytes: Option<u64>,
    /// From the request's last byte to the response's first.
    pub wait_ns: Option<u64>,
    /// From the response's first byte to its last.
    pub receive_ns: Option<u64>,
}

impl Slow {
    /// What a row says of an exchange; `None` where its request was not captured.
    #[must_use]
    pub fn of(exchange: &Exchange) -> Option<Self> {
        let request = exchange.request.as_ref()?;
        let (method, target) = exchange.asked().unwrap_or_default();
        let response = exchange.response.as_ref();
        Some(Self {
            number: exchange.number,
            conversation: exchange.conversation,
            packet: request.first.packet,
            start_ns: request.first.time_ns,
            method: method.to_owned(),
            host: exchange.host().map(str::to_owned),
            target: target.chars().take(TARGET_AT_MOST).collect(),
            status: exchange.status(),
            bytes: response.map(|response| response.body_bytes),
            wait_ns: exchange.wait_ns(),
            receive_ns: exchange.receive_ns(),
        })
    }
}

impl Exchanges {
    /// Takes in an exchange.
    pub(super) fn add(&mut self, exchange: &Exchange) {
        self.count += 1;
        self.complete += u64::from(exchange.is_complete);
        match &exchange.response {
            None => self.unanswered += u64::from(exchange.is_certain),
            Some(response) => {
                self.cut += u64::from(!response.is_complete && exchange.is_certain);
                let class = StatusClass::of(exchange.status().unwrap_or(200)) as usize;
                if let Some(count) = self.by_class.get_mut(class) {
                    *count += 1;
                }
            }
        }
        self.may_be_slow(exchange);
    }

    fn may_be_slow(&mut self, exchange: &Exchange) {
        let wait_ns = exchange.wait_ns();
        let at = self.slowest.partition_point(|slow| slow.wait_ns >= wait_ns);
        if at >= SLOWEST {
            return;
        }
        if let Some(slow) = Slow::of(exchange) {
            self.slowest.truncate(SLOWEST - 1);
            self.slowest.insert(at, slow);
        }
    }

    /// The responses of a class.
    #[must_use]
    pub fn of_class(&self, class: StatusClass) -> u64 {
        self.by_class
            .get(class as usize)
            .copied()
            .unwrap_or_default()
    }

    /// Those that went wrong: answered by 5xx, not at all, or cut.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.of_class(StatusClass::ServerError) + self.unanswered + self.cut
    }
}
