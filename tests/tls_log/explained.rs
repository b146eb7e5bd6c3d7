//! Why ours and the log differ where they do.

use super::logs::Reason;

/// Ports of clients whose connections are in captures that are not at hand: the log
/// was made of several.
const ELSEWHERE: [&str; 17] = [
    "62987", "60934", "43056", "51066", "51071", "58529", "58530", "58532", "51293", "56253",
    "60640", "53994", "53996", "36778", "36782", "63564", "33714",
];

/// Every known reason.
pub const REASONS: &[Reason] = &[
    Reason {
        explains: |it| it.is_row() && it.trace.starts_with("quic/"),
        is_comparable: false,
        because: "within QUIC, which is not read",
    },
    Reason {
        explains: |it| it.is_row() && ELSEWHERE.contains(&it.client_port.as_str()),
        is_comparable: false,
        because: "the log was made of several captures, and that of this row is not at hand",
    },
    Reason {
        explains: |it| it.is_row() && it.is_in("websocket/wstunnel-https.pcap"),
        is_comparable: false,
        because: "TLS within the frames of a WebSocket, whose contents are not read",
    },
    Reason {
        explains: |it| {
            let is_of_version = it.field != "version" || it.theirs == "unknown-32257";
            it.is_in("tls/chrome-63.0.3211.0-canary-tls_experiment.pcap") && is_of_version
        },
        is_comparable: false,
        because: "0x7e01 was an experiment of one browser: a version that no standard has, and \
                  nothing behind it is read as that of TLS 1.3",
    },
    Reason {
        explains: |it| it.field == "conversation" && it.is_in("tls/ocsp-stapling-twimg.pcap"),
        is_comparable: false,
        because: "the rows of this log are those of another capture under the same name",
    },
];
