//! What both sides' verdicts are about, so that they can be compared.

/// A kind of verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    Retransmission,
    OutOfOrder,
    Gap,
    AckOfUnseen,
    DuplicateAck,
    ZeroWindow,
    WindowFull,
    WindowUpdate,
    KeepAlive,
    KeepAliveAck,
    Probe,
    ProbeAck,
    PortReused,
}

use Family::{
    AckOfUnseen, DuplicateAck, Gap, KeepAlive, KeepAliveAck, OutOfOrder, PortReused, Probe,
    ProbeAck, Retransmission, WindowFull, WindowUpdate, ZeroWindow,
};

/// The families in the table's order.
pub const FAMILIES: [Family; 13] = [
    Retransmission,
    OutOfOrder,
    Gap,
    AckOfUnseen,
    DuplicateAck,
    ZeroWindow,
    WindowFull,
    WindowUpdate,
    KeepAlive,
    KeepAliveAck,
    Probe,
    ProbeAck,
    PortReused,
];

/// tshark's flags, behind `tcp.analysis.`.
pub const FLAGS: [(&str, Family); 15] = [
    ("retransmission", Retransmission),
    ("fast_retransmission", Retransmission),
    ("spurious_retransmission", Retransmission),
    ("out_of_order", OutOfOrder),
    ("lost_segment", Gap),
    ("ack_lost_segment", AckOfUnseen),
    ("duplicate_ack", DuplicateAck),
    ("zero_window", ZeroWindow),
    ("window_full", WindowFull),
    ("window_update", WindowUpdate),
    ("keep_alive", KeepAlive),
    ("keep_alive_ack", KeepAliveAck),
    ("zero_window_probe", Probe),
    ("zero_window_probe_ack", ProbeAck),
    ("reused_ports", PortReused),
];

/// The family of one of our annotations.
pub fn of_kind(kind: &str) -> Option<Family> {
    match kind {
        "tcp.out_of_order" => Some(OutOfOrder),
        "tcp.gap" => Some(Gap),
        "tcp.ack_of_unseen" => Some(AckOfUnseen),
        "tcp.duplicate_ack" => Some(DuplicateAck),
        "tcp.window.zero" => Some(ZeroWindow),
        "tcp.window.full" => Some(WindowFull),
        "tcp.window.update" => Some(WindowUpdate),
        "tcp.window.probe" => Some(Probe),
        "tcp.window.probe_ack" => Some(ProbeAck),
        "tcp.keep_alive" => Some(KeepAlive),
        "tcp.keep_alive_ack" => Some(KeepAliveAck),
        "tcp.port_reused" => Some(PortReused),
        // A later acknowledgment shows that it was needless.
        "tcp.retransmission.spurious" => None,
        _ => kind
            .starts_with("tcp.retransmission.")
            .then_some(Retransmission),
    }
}
