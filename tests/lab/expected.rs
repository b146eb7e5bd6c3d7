//! The kinds that each scenario of a state shows, at each host's capture: no
//! others, and as many as stand here.

use crate::runs::{Host, Side};

/// How often a kind is expected.
#[derive(Clone, Copy, Debug)]
pub enum Count {
    /// Exactly so often.
    Exactly(usize),
    /// The kind is found at least once.
    Some,
    /// The kind may be missing.
    Any,
    /// As often as host a's kernel counted it.
    Counted(&'static str),
}

use Count::{Any, Counted, Exactly, Some as AtLeastOne};

/// A kind and how often it is expected.
pub type Expectation = (&'static str, Count);

/// Normal everywhere, and not what these scenarios are about.
pub const EVERYWHERE: &[&str] = &[
    "overhead.small_message",
    "tcp.options.agreed",
    "capture.checksum_offload",
];

const CALLERS: usize = 6;

impl Count {
    /// Whether it was found as often as expected.
    pub fn holds(self, found: usize, caller: &Host) -> bool {
        match self {
            Exactly(count) => found == count,
            AtLeastOne => found > 0,
            Any => true,
            Counted(name) => found as u64 == caller.counter(name),
        }
    }
}

/// What a scenario shows in the capture of one host; `None` for scenarios
/// that are about something else.
pub fn expected(scenario: &str, side: Side) -> Option<Vec<Expectation>> {
    let own: &[Expectation] = match (scenario, side) {
        ("refused", _) => &[
            ("tcp.handshake.syn", Exactly(1)),
            ("tcp.handshake.refused", Exactly(1)),
            ("tcp.reset", Exactly(1)),
        ],
        ("firewalled", _) => &[
            ("tcp.handshake.syn", AtLeastOne),
            ("tcp.retransmission.handshake", Counted("TcpRetransSegs")),
            ("tcp.handshake.unanswered", Exactly(1)),
        ],
        ("lost-syn", Side::A) => &[
            ("tcp.handshake.syn", AtLeastOne),
            ("tcp.handshake.syn_ack", Exactly(CALLERS)),
            ("tcp.handshake.ack", Exactly(CALLERS)),
            ("tcp.retransmission.handshake", Counted("TcpRetransSegs")),
            // A FIN that a tail-loss probe repeats needlessly.
            ("tcp.dsack", Any),
        ],
        // A repeated SYN-ACK that comes too late is answered once more.
        ("lost-syn-ack", _) => &[
            ("tcp.handshake.syn", AtLeastOne),
            ("tcp.handshake.syn_ack", AtLeastOne),
            ("tcp.handshake.ack", Exactly(CALLERS)),
            ("tcp.retransmission.handshake", AtLeastOne),
            ("tcp.retransmission.spurious", Any),
            ("tcp.duplicate_ack", Any),
        ],
        ("lost-fin", Side::A) => &[("tcp.retransmission.handshake", Counted("TcpRetransSegs"))],
        ("dead-host", Side::A) => &[
            ("tcp.peer_silent", Exactly(1)),
            ("tcp.retransmission.timeout", AtLeastOne),
            ("tcp.retransmission.tail_loss_probe", Any),
            ("tcp.retransmission.after_timeout", Any),
        ],
        ("half-open", Side::A) => &[("tcp.reset", Exactly(1)), ("tcp.half_open", Exactly(1))],
        // Host b recorded its own first RST, too, which was lost.
        ("half-open", Side::B) => &[("tcp.reset", Exactly(2)), ("tcp.half_open", Any)],
        ("zero-window", _) => &[
            ("tcp.window.zero", AtLeastOne),
            ("tcp.window.probe", Counted("TCPWinProbe")),
            ("tcp.window.probe_ack", Counted("TCPWinProbe")),
            ("tcp.window.update", AtLeastOne),
            ("tcp.window.full", Any),
            // The receiver's full buffer drops a segment now and then.
            ("tcp.retransmission.tail_loss_probe", Any),
            ("tcp.retransmission.timeout", Any),
            ("tcp.retransmission.unknown", Any),
            ("tcp.retransmission.spurious", Any),
            ("tcp.retransmission.fast", Any),
            ("tcp.dsack", Any),
            ("tcp.duplicate_ack", Any),
        ],
        ("keep-alive", _) => &[
            ("tcp.keep_alive", Counted("TCPKeepAlive")),
            ("tcp.keep_alive_ack", Counted("TCPKeepAlive")),
        ],
        ("half-close", _) => &[
            ("tcp.half_close", Exactly(1)),
            ("tcp.heartbeat", Any), // five lines at a steady period
        ],
        ("never-closed", _) => &[
            ("tcp.teardown.first_fin", Exactly(1)),
            ("tcp.teardown.first_ack", Exactly(1)),
            ("tcp.close_wait", Exactly(1)),
        ],
        ("abort" | "abort-unread", _) => &[("tcp.reset", Exactly(1))],
        ("after-close", _) => &[
            ("tcp.teardown.first_fin", Exactly(1)),
            ("tcp.teardown.first_ack", Exactly(1)),
            ("tcp.half_close", Any),
            ("tcp.reset", Exactly(1)),
        ],
        ("simultaneous-close", _) => &[("tcp.teardown.simultaneous", Exactly(1))],
        ("port-reuse", _) => &[
            ("tcp.port_reused", Exactly(1)),
            ("tcp.time_wait", Exactly(1)),
        ],
        // On a machine that stands still for a second, a SYN-ACK comes again.
        ("lost-syn", Side::B) => &[("tcp.retransmission.handshake", Any), ("tcp.dsack", Any)],
        ("lost-fin" | "dead-host", Side::B) => &[],
        _ => return None,
    };
    let (opened, closed) = connections(scenario, side);
    let mut all = own.to_vec();
    for (kinds, count) in [(OPENING, opened), (CLOSING, closed)] {
        if count > 0 {
            all.extend(kinds.iter().map(|kind| (*kind, Exactly(count))));
        }
    }
    Some(all)
}

const OPENING: &[&str] = &[
    "tcp.handshake.syn",
    "tcp.handshake.syn_ack",
    "tcp.handshake.ack",
];

const CLOSING: &[&str] = &[
    "tcp.teardown.first_fin",
    "tcp.teardown.first_ack",
    "tcp.teardown.second_fin",
    "tcp.teardown.second_ack",
];

/// How many connections are opened and closed in the plain way.
fn connections(scenario: &str, side: Side) -> (usize, usize) {
    match (scenario, side) {
        ("refused" | "firewalled", _) => (0, 0),
        ("lost-syn", Side::A) | ("lost-syn-ack", _) => (0, CALLERS),
        ("lost-syn" | "lost-fin", _) => (CALLERS, CALLERS),
        (
            "dead-host" | "half-open" | "never-closed" | "abort" | "abort-unread" | "after-close",
            _,
        ) => (1, 0),
        ("port-reuse", _) => (2, 2),
        _ => (1, 1),
    }
}

/// The cause that a scenario's (last) RST has at host a.
pub fn reset_cause(scenario: &str) -> Option<&'static str> {
    match scenario {
        "refused" => Some("refused"),
        "half-open" => Some("half_open"),
        "abort" | "abort-unread" => Some("aborted"),
        "after-close" => Some("after_close"),
        _ => None,
    }
}
