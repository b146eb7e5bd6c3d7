//! Heads against a parser of others, and what no parser should take.

use proptest::prelude::*;

use super::*;

fn head(bytes: &[u8]) -> Head {
    Head::parse(bytes, Secrets::Hide).unwrap()
}

fn fields(head: &Head) -> Vec<(&str, &str)> {
    head.fields()
        .map(|field| (field.name, field.value))
        .collect()
}

#[test]
fn a_request_and_a_response_are_read() {
    let request = head(b"GET /a?b=c HTTP/1.1\r\nHost: example.com\r\nX-Empty:\r\n\r\n");
    assert_eq!(request.request(), Some(("GET", "/a?b=c")));
    assert_eq!(fields(&request), [("Host", "example.com"), ("X-Empty", "")]);
    assert_eq!(request_body(&request), BodyEnd::None);
    let response = head(b"HTTP/1.0 404 Not Found\nContent-Length:  5 \n\n");
    assert_eq!(response.status(), Some((404, "Not Found")));
    assert_eq!(response.version().name(), "1.0");
    assert_eq!(response_body(&response, Some("GET")), BodyEnd::Length(5));
    assert_eq!(response_body(&response, Some("HEAD")), BodyEnd::None);
    assert_eq!(head(b"HTTP/1.1 200\r\n\r\n").status(), Some((200, "")));
}

#[test]
fn how_a_body_ends_follows_the_rules() {
    let of = |text: &str| head(format!("{text}\r\n\r\n").as_bytes());
    let response = |text: &str| response_body(&of(text), Some("GET"));
    assert_eq!(response("HTTP/1.1 200 OK"), BodyEnd::Close);
    assert_eq!(
        response("HTTP/1.1 204 No Content\r\nContent-Length: 4"),
        BodyEnd::None
    );
    assert_eq!(
        response("HTTP/1.1 304 Not Modified\r\nContent-Length: 4"),
        BodyEnd::None
    );
    let both = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: gzip, chunked";
    assert_eq!(response(both), BodyEnd::Chunked);
    assert_eq!(of(both).conflicts(), [Conflict::LengthAndEncoding(4)]);
    assert_eq!(
        response("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip"),
        BodyEnd::Close
    );
    let connect = of("HTTP/1.1 200 OK");
    assert_eq!(response_body(&connect, Some("CONNECT")), BodyEnd::None);
    let twice = of("POST / HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5, 4");
    assert_eq!(request_body(&twice), BodyEnd::Length(4));
    assert_eq!(twice.conflicts(), [Conflict::LengthTwice(4, 5)]);
}

#[test]
fn what_two_readers_may_read_in_two_ways_is_told() {
    let conflicts = |bytes: &[u8]| head(bytes).conflicts().to_vec();
    assert_eq!(
        conflicts(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
        [Conflict::SpaceBeforeColon]
    );
    let folded = head(b"GET / HTTP/1.1\r\nX: a\r\n  b\r\n\r\n");
    assert_eq!(folded.conflicts(), [Conflict::Folded]);
    assert_eq!(fields(&folded), [("X", "a b")]);
    assert_eq!(
        conflicts(b"GET / HTTP/1.1\r\nX: a\rY: b\r\n\r\n"),
        [Conflict::BareCr]
    );
    assert_eq!(
        conflicts(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n"),
        [Conflict::ChunkedNotLast]
    );
    assert_eq!(
        conflicts(b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        [Conflict::EncodingInOldVersion]
    );
}

#[test]
fn what_breaks_a_rule_is_placed() {
    let fault = |bytes: &[u8]| Head::parse(bytes, Secrets::Hide).unwrap_err();
    let placed = |offset, rule| Fault { offset, rule };
    let line = b"GET / HTTP/1.1\r\n";
    let at = line.len();
    for (field, rule) in [
        (&b"no colon"[..], Rule::Colon),
        (b"a b: c", Rule::FieldName),
        (b": c", Rule::FieldName),
        (b"a: \0", Rule::Nul),
        (b"Content-Length: 4x", Rule::ContentLength),
        (b"Content-Length: -4", Rule::ContentLength),
    ] {
        let bytes = [line, field, b"\r\n\r\n"].concat();
        assert_eq!(fault(&bytes), placed(at, rule));
    }
    assert_eq!(
        fault(b"HTTP/1.1 20 OK\r\n\r\n"),
        placed(0, Rule::StatusCode)
    );
    for other in [
        "EHLO mail.example.com",
        "USER anonymous",
        "OPTIONS rtsp://a/b RTSP/1.0",
        "INVITE sip:a@b SIP/2.0",
        "TEMP 0001 38.5C",
    ] {
        let line = format!("{other}\r\n");
        assert!(may_begin(line.as_bytes()), "{other}");
        assert_eq!(
            first_line(line.as_bytes()),
            Some(Err(Rule::FirstLine)),
            "{other}"
        );
    }
}

#[test]
fn what_may_begin_a_message_is_told_from_what_may_not() {
    for yes in [
        "GET /",
        "G",
        "QUERY",
        "HTTP/1.1 200",
        "HT",
        "M-SEARCH *",
        "BASELINE-CONTROL /",
    ] {
        assert!(may_begin(yes.as_bytes()), "{yes}");
    }
    for no in [
        "",
        "get /",
        "\x16\x03\x01",
        "220 ready",
        "GET  /",
        "PRI*",
        "IDENTIFY:CE",
        "location",
    ] {
        assert!(!may_begin(no.as_bytes()), "{no}");
    }
}

#[test]
fn chunk_sizes_are_hexadecimal() {
    let chunk = |size, line| Some(Ok(Chunk { size, line }));
    assert_eq!(chunk_size(b"1a\r\nxyz"), chunk(0x1a, 4));
    assert_eq!(chunk_size(b"0;name=value\r\n"), chunk(0, 14));
    assert_eq!(chunk_size(b"ffffffffffffffff\n"), chunk(u64::MAX, 17));
    assert_eq!(chunk_size(b"1a"), None);
    for bad in [
        &b"\r\n"[..],
        b"g\r\n",
        b"-1\r\n",
        b"1x\r\n",
        b"10000000000000000\r\n",
    ] {
        assert_eq!(chunk_size(bad), Some(Err(Rule::ChunkSize)));
    }
    assert_eq!(chunk_size(&[b'0'; 5_000]), Some(Err(Rule::ChunkSize)));
}

#[test]
fn secrets_are_not_kept() {
    let bytes = b"GET /a?token=tttt&x=1 HTTP/1.1\r\nAuthorization: Bearer bbbb\r\n\
        Cookie: sid=ssss; theme=hhhh\r\nX-Api-Key: kkkk\r\nReferer: http://e/?access_token=rrrr\r\n\
        X-Other: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.jjjj\r\n\r\n";
    let head = head(bytes);
    assert_eq!(head.request(), Some(("GET", "/a?token=***&x=1")));
    let hidden: Vec<_> = head.fields().filter_map(|field| field.hidden).collect();
    let [authorization, cookie, key] = hidden.as_slice() else {
        panic!("{hidden:?}");
    };
    assert_eq!(authorization.scheme.as_deref(), Some("Bearer"));
    assert_eq!(authorization.bytes, 11);
    let names: Vec<&str> = cookie.named.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["sid", "theme"]);
    assert_eq!(key.bytes, 4);
    let all = format!("{head:?}");
    for secret in ["tttt", "bbbb", "ssss", "hhhh", "kkkk", "rrrr", "jjjj"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
    let shown = Head::parse(bytes, Secrets::Show).unwrap();
    assert!(format!("{shown:?}").contains("ssss"));
}

#[test]
fn a_cookie_that_is_sent_is_the_one_that_was_set() {
    let set = head(b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=abc; Path=/; HttpOnly\r\n\r\n");
    let sent = head(b"GET / HTTP/1.1\r\nCookie: a=b; sid=abc\r\n\r\n");
    let of = |head: &Head| {
        let found = head.secrets().find(|(name, _)| *name == "sid");
        found.map(|(_, secret)| secret.fingerprint())
    };
    assert_eq!(of(&set), of(&sent));
    let set = set.fields().find_map(|field| field.hidden).unwrap();
    assert_eq!(&*set.attributes, "Path=/; HttpOnly");
}

#[test]
fn what_stands_without_a_scheme_is_a_secret_too() {
    let head = head(b"GET / HTTP/1.1\r\nAuthorization: kkkk\r\n\r\n");
    let hidden = head.fields().find_map(|field| field.hidden).unwrap();
    assert_eq!((hidden.scheme.as_deref(), hidden.bytes), (None, 4));
    assert!(!format!("{head:?}").contains("kkkk"));
}

#[test]
fn what_only_sounds_like_a_secret_is_shown() {
    let bytes = b"GET / HTTP/1.1\r\nSec-WebSocket-Key: k1\r\n\
        Access-Control-Allow-Credentials: true\r\n\r\n";
    let head = head(bytes);
    assert_eq!(head.value("Sec-WebSocket-Key"), Some("k1"));
    assert_eq!(head.value("Access-Control-Allow-Credentials"), Some("true"));
}

#[test]
fn the_secrets_of_a_target_are_told_from_those_beside() {
    let bytes = b"GET /a?token=t1&page=2 HTTP/1.1\r\nReferer: http://e/?sig=s1\r\n\r\n";
    for secrets in [Secrets::Hide, Secrets::Show] {
        let head = Head::parse(bytes, secrets).unwrap();
        let found = head.secrets_of_target();
        let names: Vec<&str> = found.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["token"], "{secrets:?}");
    }
    let bytes = b"GET / HTTP/1.1\r\nReferer: http://e/?sig=s1\r\n\r\n";
    assert!(head(bytes).secrets_of_target().is_empty());
}

#[test]
fn cookies_are_read_whether_they_are_shown_or_not() {
    let bytes = b"GET / HTTP/1.1\r\nCookie: a=1; b=2\r\n\r\n";
    let read = [Secrets::Hide, Secrets::Show].map(|secrets| {
        let head = Head::parse(bytes, secrets).unwrap();
        let fields: Vec<_> = head
            .credentials("cookie")
            .map(|one| one.into_owned())
            .collect();
        fields
    });
    assert_eq!(read[0].len(), 1);
    assert_eq!(read[0], read[1]);
}

#[test]
fn secrets_in_any_text_are_found() {
    let hidden = |text: &str| {
        let found = secrets_in(text.as_bytes());
        let found = found.iter().map(|range| text[range.clone()].to_owned());
        found.collect::<Vec<_>>()
    };
    assert_eq!(hidden("user=me&password=pw1&x=2"), ["pw1"]);
    assert_eq!(
        hidden("GET /?code=c1#x HTTP/1.1\r\nCookie: a=1; b=2\r\n"),
        ["c1", "1", "2"]
    );
    assert_eq!(hidden("Set-Cookie: a=1; Path=/\r\n"), ["1"]);
    assert_eq!(
        hidden("authorization: Basic dXNlcjpwdw==\r\n"),
        ["dXNlcjpwdw=="]
    );
    assert_eq!(
        hidden("Sec-WebSocket-Key: abc\r\nHost: a\r\nETag: \"x\"\r\n"),
        [""; 0]
    );
    assert_eq!(hidden("monkey=1&keyboard=2&author=3&location"), [""; 0]);
    assert_eq!(hidden("IDENTIFY:CE:96:C2:78:27:FC\n"), [""; 0]);
}

#[test]
fn secrets_are_found_wherever_a_text_is_cut() {
    let text = b"GET /?x=1 HTTP/1.1\r\nCookie: sid=abcdef\r\n\r\npassword=pw";
    let whole = secrets_in(text);
    assert_eq!(whole.len(), 2);
    for cut in 0..text.len() {
        let mut parts = SecretsInParts::default();
        let mut hidden = vec![false; text.len()];
        for (start, part) in [(0, &text[..cut]), (cut, &text[cut..])] {
            for range in parts.next(part) {
                hidden[start + range.start..start + range.end].fill(true);
            }
        }
        for range in &whole {
            assert!(
                hidden[range.clone()].iter().all(|hidden| *hidden),
                "cut at {cut}"
            );
        }
    }
}

/// Heads as they are sent, more or less.
fn plausible() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        Just("GET / HTTP/1.1".to_owned()),
        Just("HTTP/1.1 200 OK".to_owned()),
        "[A-Z]{1,8} /[a-z?=&]{0,12} HTTP/1\\.[01]",
        "HTTP/1\\.[01] [0-9]{3}( [A-Za-z ]{0,10})?",
    ];
    let field = "[A-Za-z-]{1,12}:[ \t]?[ -~]{0,20}";
    (line, proptest::collection::vec(field, 0..6)).prop_map(|(line, fields)| {
        let mut out = line;
        for field in fields {
            out.push_str("\r\n");
            out.push_str(&field);
        }
        out.push_str("\r\n\r\n");
        out.into_bytes()
    })
}

proptest! {
    #[test]
    fn heads_are_read_as_others_read_them(bytes in plausible()) {
        let ours = Head::parse(&bytes, Secrets::Show);
        let mut room = [httparse::EMPTY_HEADER; 16];
        let is_response = bytes.starts_with(b"HTTP/");
        let theirs: Option<Vec<(String, String)>> = if is_response {
            let mut response = httparse::Response::new(&mut room);
            let read = response.parse(&bytes);
            read.is_ok_and(|read| read.is_complete()).then(|| {
                assert_eq!(ours.as_ref().unwrap().status().map(|(code, _)| code), response.code);
                response.headers.iter().map(text).collect()
            })
        } else {
            let mut request = httparse::Request::new(&mut room);
            let read = request.parse(&bytes);
            read.is_ok_and(|read| read.is_complete()).then(|| {
                let asked = ours.as_ref().unwrap().request();
                assert_eq!(asked, request.method.zip(request.path));
                request.headers.iter().map(text).collect()
            })
        };
        if let Some(theirs) = theirs
            && let Ok(ours) = &ours
        {
            let ours: Vec<_> = ours.fields()
                .map(|field| (field.name.to_owned(), field.value.to_owned()))
                .collect();
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn no_bytes_are_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = may_begin(&bytes);
        let _ = first_line(&bytes);
        let _ = end_of_head(&bytes, 0);
        let _ = chunk_size(&bytes);
        let _ = Head::parse(&bytes, Secrets::Hide);
        let mut behind = 0;
        for range in secrets_in(&bytes) {
            prop_assert!(range.start >= behind && range.end > range.start);
            behind = range.end;
        }
        prop_assert!(behind <= bytes.len());
    }

    #[test]
    fn the_end_of_a_head_is_found_wherever_the_reading_stood(
        bytes in "[a\r\n]{0,40}",
        looked_at in 0_usize..40,
    ) {
        let bytes = bytes.as_bytes();
        let looked_at = looked_at.min(bytes.len());
        if end_of_head(&bytes[..looked_at], 0).is_none() {
            prop_assert_eq!(end_of_head(bytes, looked_at), end_of_head(bytes, 0));
        }
    }
}

fn text(header: &httparse::Header<'_>) -> (String, String) {
    let value = String::from_utf8_lossy(header.value).trim().to_owned();
    (header.name.to_owned(), value)
}
