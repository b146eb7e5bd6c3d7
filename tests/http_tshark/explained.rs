//! Why ours and tshark's differ where they do. An entry that explains nothing any
//! more fails the test.

use super::differences::{Difference, Reason};

/// Only tshark has it.
fn is_theirs_alone(it: &Difference) -> bool {
    it.ours.is_empty()
}

/// Every known reason.
pub const REASONS: &[Reason] = &[
    Reason {
        explains: |it| {
            let of_response = ["http.response.code", "length of a response"].contains(&it.field);
            let asks_by_tls = it.is_in("samples/tls-plaintext.pcap") && it.stream == 1
                || it.is_in("tls/ssl-to-http-server.pcap");
            of_response && asks_by_tls && is_theirs_alone(it)
        },
        because: "a hello of TLS to a server of HTTP, whose complaint answers no request: told as \
                  tls.plaintext",
    },
    Reason {
        explains: |it| {
            let malformed = [5, 15, 16, 20, 21, 25, 26, 30, 31, 35, 36, 40, 41, 45, 46];
            it.is_in("http/methods.pcap") && malformed.contains(&it.stream) && is_theirs_alone(it)
        },
        because: "\"GET / HTTP/1.\" and \"PUT /HTTP/1.1\" have no version (RFC 9112 section 2.3), \
                  and HTTP/0.9 knew GET alone: these connections are not read as HTTP, tshark \
                  goes by the method",
    },
    Reason {
        explains: |it| {
            let is_of_request = it.field.starts_with("http.request.");
            let of_methods = it.is_in("http/methods.pcap") && [1, 3].contains(&it.stream);
            is_of_request && is_theirs_alone(it) && (of_methods || it.is_in("http/no-uri.pcap"))
        },
        because: "\"OPTIONS HTTP/1.1\", \"OPTIONS\" and \"GET HTTP/1.1\" have no target (RFC 9112 \
                  section 3), so the answers stand alone",
    },
    Reason {
        explains: |it| {
            let is_of_request = it.field.starts_with("http.request.");
            it.is_in("http/connect-with-smtp.pcap") && is_of_request && is_theirs_alone(it)
        },
        because: "the second line of the request is no field, as it has no colon (RFC 9112 \
                  section 5), so there is no request",
    },
    Reason {
        explains: |it| {
            let on_port_22 = [
                "http/get-to-ssh-server.pcap",
                "http/http-single-conn-22.pcap",
            ];
            it.field == "is HTTP" && on_port_22.iter().any(|file| it.is_in(file))
        },
        because: "HTTP on port 22, which tshark calls SSH by the port",
    },
    Reason {
        explains: |it| it.field == "is HTTP" && it.is_in("http/zeek-image-post-1080-8000-x.pcap"),
        because: "HTTP on port 1080, which tshark calls SOCKS by the port",
    },
    Reason {
        explains: |it| it.field == "is HTTP" && it.is_in("http/http_09.pcap") && it.stream == 0,
        because: "\"GET /zeek.html\", HTTP/0.9 on port 80, which tshark does not know",
    },
    Reason {
        explains: |it| it.is_in("http/query-method.pcap") && it.theirs.is_empty(),
        because: "the method QUERY, which tshark 4.0 does not know; we take any token (RFC 9110 \
                  section 9.1)",
    },
    Reason {
        explains: |it| {
            it.is_in("http/variant-02-cl_uint64max.pcap") && it.theirs.contains(['G', '/'])
        },
        because: "a Content-Length of 2^64 - 1: what follows is its body, tshark takes it for \
                  the next request",
    },
    Reason {
        explains: |it| {
            it.is_in("http/variant-10-multi_value_te.pcap") && it.theirs.contains(['G', '/'])
        },
        because: "\"Transfer-Encoding: chunked, identity\": the last coding is not chunked, so the \
                  end of the body is not known (RFC 9112 section 6.3) and we stop; tshark reads \
                  chunks",
    },
    Reason {
        explains: |it| {
            let folded = it.stream == 3 || it.stream == 7;
            let is_length = it.field == "length of a request" && it.ours == "5";
            it.is_in("samples/http-framing-conflict.pcap") && folded && is_length
        },
        because: "a Content-Length behind a field that goes on in the next line (obs-fold, RFC \
                  9112 section 5.2), where tshark reads no more fields",
    },
    Reason {
        explains: |it| {
            it.is_in("samples/http-tunnel.pcap") && it.stream == 0 && it.theirs.is_empty()
        },
        because: "inside the tunnel of a CONNECT: we read on, tshark shows its bytes as data",
    },
    Reason {
        explains: |it| {
            let carried = [
                "tcpdump/arcnet-rfc1051-arp-icmp-http.pcap",
                "tcpdump/arcnet-rfc1201-arp-icmp-http.pcap",
                "tunnels/ayiya3.pcap",
            ];
            is_theirs_alone(it) && carried.iter().any(|file| it.is_in(file))
        },
        because: "inside ARCNET or AYIYA, which are not among our protocols",
    },
];
