//! Why ours and tshark's differ where they do. An entry that explains nothing any
//! more fails the test.

use super::differences::{Difference, Reason};

/// tshark alone calls it TLS.
fn is_theirs_alone(it: &Difference) -> bool {
    it.field == "is TLS" && it.ours.is_empty() && it.theirs == "yes"
}

/// Every known reason.
pub const REASONS: &[Reason] = &[
    Reason {
        explains: |it| {
            let files = [
                "samples/tls-mid-stream.pcap",
                "contentline/contentline-irc-5k-line.pcap",
                "tunnels/gre-aruba-amsdu.pcap",
            ];
            is_theirs_alone(it) && files.iter().any(|file| it.is_in(file))
        },
        because: "records of application data alone: no hello is in the capture, which begins \
                  when the connection is in use, and nothing is claimed; tshark goes by what a \
                  record looks like",
    },
    Reason {
        explains: |it| it.field == "fingerprint" && it.is_in("tls/dtls1_0.pcap"),
        because: "tshark makes the fingerprint of a hello of DTLS 1.0 out of nothing: all zeros",
    },
    Reason {
        explains: |it| it.field == "fingerprint" && it.is_in("tls/ssl.v3.pcap"),
        because: "a hello in the form of SSLv2, whose suites tshark has in another field",
    },
    Reason {
        explains: |it| is_theirs_alone(it) && it.is_in("quic/quicdoq.pcap"),
        because: "DNS over QUIC on the port that tshark has for DNS over DTLS",
    },
];
