//! Why ours and the log differ where they do.

use super::logs::Reason;

/// Every known reason.
pub const REASONS: &[Reason] = &[
    Reason {
        explains: |it| it.is_row() && it.is_in("tls/ssl-to-http-server.pcap"),
        is_comparable: false,
        because: "the complaint of a server of HTTP about a hello of TLS: no request is asked, so \
                  there is no exchange; told as tls.plaintext",
    },
    Reason {
        explains: |it| it.is_row() && it.is_in("tls/tls12-decryption.pcap"),
        is_comparable: false,
        because: "inside TLS: the log was made with the keys",
    },
    Reason {
        explains: |it| {
            let is_inside = it.is_in("tunnels/Teredo.pcap") && it.client_port == "1286";
            it.is_row() && (is_inside || it.is_in("tunnels/ayiya3.pcap"))
        },
        is_comparable: false,
        because: "IPv6 inside Teredo (RFC 4380) or AYIYA: no protocols of ours",
    },
    Reason {
        explains: |it| {
            it.is_in("websocket/wstunnel-http.pcap")
                && (it.is_row() || (it.field == "status_code" && it.theirs == "301"))
        },
        is_comparable: false,
        because: "HTTP inside the frames of a WebSocket, which are not read; the log puts the 301 \
                  from in there into the row of the upgrade, whose own answer is 101",
    },
    Reason {
        explains: |it| {
            let trace = "http/http-lower-case-nonstandard-port.pcap";
            it.is_in(trace) && it.is_row() && it.client_port == "60618"
        },
        is_comparable: false,
        because: "the row of another trace, which is not there",
    },
    Reason {
        explains: |it| {
            let trace = "http/http-lower-case-nonstandard-port.pcap";
            it.is_in(trace) && it.field.starts_with("status_") && it.ours.is_none()
        },
        is_comparable: false,
        because: "a status line that begins with \"http/1.1\": HTTP-name is case-sensitive (RFC \
                  9112 section 2.3), so it is none",
    },
    Reason {
        explains: |it| {
            let no_method = matches!(it.field, "method" | "uri" | "host") && it.ours.is_none();
            let in_methods = it.is_in("http/methods.pcap") && it.client_port == "46563";
            no_method && (in_methods || it.is_in("http/no-uri.pcap"))
        },
        is_comparable: false,
        because: "\"OPTIONS HTTP/1.1\" and \"GET HTTP/1.1\" have no target (RFC 9112 section 3), so \
                  the answers stand alone; the log has an empty one",
    },
    Reason {
        explains: |it| {
            // The ports of each ten in the trace.
            let last = ["2", "3", "7", "8"];
            it.is_in("http/methods.pcap")
                && it.is_row()
                && last.iter().any(|digit| it.client_port.ends_with(digit))
        },
        is_comparable: false,
        because: "\"GET / HTTP/1.\" has no version (RFC 9112 section 2.3), \"PUT /HTTP/1.1\" none \
                  either, and HTTP/0.9 knew GET alone: these connections are not read as HTTP",
    },
    Reason {
        explains: |it| it.is_in("http/methods.pcap") && it.client_port == "46568",
        is_comparable: false,
        because: "\"GET /HTTP/1.1\" without a version is HTTP/0.9, which knows no fields, so no \
                  Host; the answer has a status line nevertheless, which we read, and the log \
                  counts as 142 bytes of its body",
    },
    Reason {
        explains: |it| {
            it.is_in("http/methods.pcap") && it.field == "host" && it.ours.as_deref() == Some("/")
        },
        is_comparable: true,
        because: "\"CONNECT /\": what the method asks for is the target (RFC 9110 section 7.1), be \
                  it a host or not; the log tells the field Host",
    },
    Reason {
        explains: |it| {
            let is_told = matches!(it.field, "method" | "uri" | "response_body_len");
            it.is_in("http/connect-with-smtp.pcap") && is_told
        },
        is_comparable: false,
        because: "the second line of the request is no field, as it has no colon \
                  (RFC 9112 section 5), so there is no request, and what follows its answer \
                  is a body that ends with the connection",
    },
    Reason {
        explains: |it| {
            it.is_in("http/http_09.pcap") && it.field.starts_with("status_") && it.ours.is_none()
        },
        is_comparable: false,
        because: "an answer of HTTP/0.9 has no status; the log writes 0",
    },
    Reason {
        explains: |it| {
            let is_empty = !it.theirs.contains("method");
            it.is_in("http/http_09.pcap") && it.is_row() && is_empty
        },
        is_comparable: false,
        because: "rows in which nothing is told, not of a request nor of an answer",
    },
    Reason {
        explains: |it| {
            let is_post = it.theirs.contains("POST");
            it.is_in("http/http_09.pcap") && it.is_row() && is_post
        },
        is_comparable: false,
        because: "\"POST /zeek.html\" without a version: HTTP/0.9 knew GET alone",
    },
    Reason {
        explains: |it| it.is_in("http/http-09-content-length-confusion.pcap"),
        is_comparable: false,
        because: "the server sends its head before it is asked, \"GET /\" comes later, then 19 \
                  bytes for a length of 4: we take that head for the request, the log has a row \
                  for each, and the 19 bytes as an answer of HTTP/0.9",
    },
    Reason {
        explains: |it| {
            let traces = ["http/x-gzip.pcap", "tunnels/Teredo.pcap"];
            it.field == "response_body_len" && traces.iter().any(|trace| it.is_in(trace))
        },
        is_comparable: false,
        because: "the log counts the bytes after Content-Encoding is undone, we count those that \
                  were sent: 39 and 3651, as the fields Content-Length say",
    },
    Reason {
        explains: |it| {
            let trace = "http/http-inner-transfer-encoding-reproducer.pcap";
            it.is_in(trace) && it.field == "request_body_len"
        },
        is_comparable: false,
        because: "the log counts what is left of a message/rfc822 when its own head is taken \
                  off; 87 bytes were sent (15, 66 and 6), as Content-Length says",
    },
    Reason {
        explains: |it| {
            let traces = [
                "http/http-single-conn-22.pcap",
                "http/http-inner-transfer-encoding-reproducer.pcap",
            ];
            it.field == "response_body_len"
                && traces.iter().any(|trace| it.is_in(trace))
                && it.numbers().is_some_and(|(_, more)| more == 2)
        },
        is_comparable: true,
        because: "a body up to the end of the connection, whose last line has no end: the log, \
                  which reads by lines, counts an end of two bytes; the server sent 12,649 bytes \
                  with a head of 19, and 154 with one of 119",
    },
];
