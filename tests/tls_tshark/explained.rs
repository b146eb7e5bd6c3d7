//! Why ours and tshark's differ where they do. An entry that explains nothing any
//! more fails the test.

/// One value that differs.
#[derive(Debug)]
pub struct Difference {
    /// The capture's short name.
    pub file: String,
    /// tshark's number of the stream.
    pub stream: u64,
    pub field: &'static str,
    /// Empty where it is absent.
    pub ours: String,
    pub theirs: String,
}

impl Difference {
    fn is_in(&self, file: &str) -> bool {
        self.file == file
    }

    /// tshark alone calls it TLS.
    fn is_theirs_alone(&self) -> bool {
        self.field == "is TLS" && self.ours.is_empty() && self.theirs == "yes"
    }
}

/// A reason for differences.
pub struct Reason {
    pub explains: fn(&Difference) -> bool,
    pub because: &'static str,
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
            it.is_theirs_alone() && files.iter().any(|file| it.is_in(file))
        },
        because: "records of application data alone: no hello is in the capture, which begins \
                  when the connection is in use, and nothing is claimed; tshark goes by what a \
                  record looks like",
    },
    Reason {
        explains: |it| {
            let files = [
                "samples/tls-datagram.pcap",
                "tls/dtls13-cid.pcap",
                "tls/dtls1_0.pcap",
                "tls/webrtc-stun.pcap",
            ];
            it.is_theirs_alone() && files.iter().any(|file| it.is_in(file))
        },
        because: "DTLS, which is not read",
    },
    Reason {
        explains: |it| it.field == "fingerprint" && it.is_in("tls/ssl.v3.pcap"),
        because: "a hello in the form of SSLv2, whose suites tshark has in another field",
    },
    Reason {
        explains: |it| it.is_theirs_alone() && it.is_in("quic/quicdoq.pcap"),
        because: "DNS over QUIC on the port that tshark has for DNS over DTLS",
    },
];
