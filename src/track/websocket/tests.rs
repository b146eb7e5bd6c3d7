//! A WebSocket in every cut, order and overlap gives the same messages.

use proptest::prelude::*;

use crate::decode::websocket::{Fault, accept_of, unmask};
use crate::track::talk::{ACK, FIN_ACK, PSH_ACK, Talk, pieces};
use crate::track::{Event, Side, WebSocketMessage};

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A frame; a client's is masked.
fn frame(first: u8, payload: &[u8], is_masked: bool) -> Vec<u8> {
    let mask_bit = if is_masked { 0x80 } else { 0 };
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(mask_bit | length as u8),
        length @ 126..=0xffff => {
            frame.push(mask_bit | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(mask_bit | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    let mut payload = payload.to_vec();
    if is_masked {
        frame.extend(MASK);
        unmask(&mut payload, Some(MASK), 0);
    }
    frame.extend(payload);
    frame
}

fn client(first: u8, payload: &[u8]) -> Vec<u8> {
    frame(first, payload, true)
}

fn server(first: u8, payload: &[u8]) -> Vec<u8> {
    frame(first, payload, false)
}

/// A connection behind its handshake, with how many bytes each side has sent.
struct Socket {
    talk: Talk,
    sent: (u32, u32),
}

impl Socket {
    fn opened(extensions: &str) -> Self {
        let mut socket = Self {
            talk: Talk::opened(),
            sent: (0, 0),
        };
        let request = format!(
            "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        let accept = accept_of(KEY);
        let response = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n{extensions}\r\n"
        );
        socket.client(request.as_bytes());
        socket.server(response.as_bytes());
        socket
    }

    fn client(&mut self, bytes: &[u8]) {
        let (client, server) = self.sent;
        self.talk
            .client(PSH_ACK, 1000 + client, 1000 + server, bytes);
        self.sent.0 += bytes.len() as u32;
    }

    fn server(&mut self, bytes: &[u8]) {
        let (client, server) = self.sent;
        self.talk
            .server(PSH_ACK, 1000 + server, 1000 + client, bytes);
        self.sent.1 += bytes.len() as u32;
    }

    /// Bytes of the server's that were not captured, and are acknowledged.
    fn lose(&mut self, bytes: usize) {
        self.sent.1 += bytes as u32;
    }

    fn acknowledge(&mut self) {
        let (client, server) = self.sent;
        self.talk.client(ACK, 1000 + client, 1000 + server, b"");
    }

    fn end(self) -> Talk {
        self.talk.end()
    }
}

/// What was told, in a line each.
fn told(talk: &Talk) -> Vec<String> {
    let events = talk.events.iter().chain(&talk.findings);
    let told = events.filter_map(|event| match event {
        Event::WebSocketMessage(message) => Some(line(message)),
        Event::WebSocketPing(ping) => Some(format!("{:?} ping {}", ping.sender, ping.bytes)),
        Event::WebSocketPong(pong) => Some(format!(
            "{:?} pong {} answers {}",
            pong.sender,
            pong.bytes,
            pong.ping.is_some()
        )),
        Event::WebSocketClose(close) => Some(format!(
            "{:?} close {:?} {:?} answers {}",
            close.sender,
            close.code,
            close.reason,
            close.answers.is_some()
        )),
        Event::WebSocketProtocolError(error) => {
            Some(format!("{:?} {}", error.sender, error.fault.name()))
        }
        _ => None,
    });
    told.collect()
}

fn line(message: &WebSocketMessage) -> String {
    format!(
        "{:?} {} {} of {} frames, {} overhead, missing {} {:?} certain {}",
        message.sender,
        message.opcode.name(),
        message.bytes,
        message.frames,
        message.overhead_bytes,
        message.missing_bytes,
        message.text,
        message.is_certain,
    )
}

/// The client's and the server's frames.
fn streams() -> (Vec<u8>, Vec<u8>) {
    let client_side = [
        client(0x81, b"where is the cat"),
        client(0x01, b"one, "),
        client(0x89, b"purr"),
        client(0x00, b"two, "),
        client(0x80, b"three"),
        client(0x82, &[7; 70_000]),
        client(0x88, b"\x03\xe8bye"),
    ];
    let server_side = [
        server(0x81, b"on the roof"),
        server(0x8a, b"purr"),
        server(0x81, b""),
        server(0x82, &[7; 300]),
        server(0x88, b"\x03\xe8"),
    ];
    (client_side.concat(), server_side.concat())
}

fn expected() -> Vec<&'static str> {
    vec![
        "Client text 16 of 1 frames, 6 overhead, missing 0 \"where is the cat\" certain true",
        "Client ping 4",
        "Client text 15 of 3 frames, 18 overhead, missing 0 \"one, two, three\" certain true",
        "Client binary 70000 of 1 frames, 14 overhead, missing 0 \"\" certain true",
        "Client close Some(1000) \"bye\" answers false",
        "Server text 11 of 1 frames, 2 overhead, missing 0 \"on the roof\" certain true",
        "Server pong 4 answers true",
        "Server text 0 of 1 frames, 2 overhead, missing 0 \"\" certain true",
        "Server binary 300 of 1 frames, 4 overhead, missing 0 \"\" certain true",
        "Server close Some(1000) \"\" answers true",
    ]
}

#[test]
fn frames_become_messages_and_pongs_find_their_pings() {
    let (client_side, server_side) = streams();
    let mut socket = Socket::opened("");
    for piece in client_side.chunks(1400) {
        socket.client(piece);
    }
    socket.server(&server_side);
    assert_eq!(told(&socket.end()), expected());
}

#[test]
fn what_is_agreed_on_is_known_when_frames_come() {
    let mut socket = Socket::opened("Sec-WebSocket-Extensions: permessage-deflate\r\n");
    socket.server(&server(0xc1, b"\xaa\x56\x4a"));
    socket.client(&client(0xc1, b"\xaa\x56\x4a"));
    let talk = socket.end();
    let compressed =
        |event: &&Event| matches!(event, Event::WebSocketMessage(message) if message.is_compressed);
    assert_eq!(talk.events.iter().filter(compressed).count(), 2);
    let mut socket = Socket::opened("");
    socket.server(&server(0xc1, b"\xaa\x56\x4a"));
    assert_eq!(told(&socket.end()), ["Server reserved_bits"]);
}

#[test]
fn what_breaks_a_rule_ends_the_reading_of_its_side_alone() {
    let close = |code: &'static [u8]| server(0x88, code);
    for (bytes, fault) in [
        (server(0x83, b"a"), Fault::Opcode),
        (server(0x80, b"a"), Fault::NothingToContinue),
        (
            [server(0x01, b"a"), server(0x81, b"a")].concat(),
            Fault::NotContinued,
        ),
        (server(0x09, b"a"), Fault::ControlFragmented),
        (server(0x89, &[1; 126]), Fault::ControlLength),
        (close(b"\x03"), Fault::CloseLength),
        (close(b"\x03\xed"), Fault::CloseCode),
        (close(b"\x03\xe8\xff"), Fault::CloseReason),
    ] {
        let mut socket = Socket::opened("");
        socket.server(&bytes);
        socket.server(&server(0x81, b"not read"));
        socket.client(&client(0x81, b"read"));
        let expected = [
            format!("Server {}", fault.name()),
            "Client text 4 of 1 frames, 6 overhead, missing 0 \"read\" certain true".to_owned(),
        ];
        assert_eq!(told(&socket.end()), expected);
    }
    let mut socket = Socket::opened("");
    for _ in 0..2 {
        socket.server(&client(0x8a, b"purr"));
    }
    // A mask too many is told once, and taken off.
    let expected = [
        "Server masked",
        "Server pong 4 answers false",
        "Server pong 4 answers false",
    ];
    assert_eq!(told(&socket.end()), expected);
    let mut socket = Socket::opened("");
    socket.client(
        &[
            client(0x88, b"\x03\xe8"),
            client(0x8a, b""),
            client(0x81, b"a"),
        ]
        .concat(),
    );
    let told = told(&socket.end());
    assert_eq!(
        told.last().map(String::as_str),
        Some("Client data_after_close")
    );
    assert_eq!(told.len(), 3);
}

#[test]
fn bytes_that_the_recording_lacks_are_counted_where_the_length_is_known() {
    let mut socket = Socket::opened("");
    let long = server(0x82, &[7; 5000]);
    socket.server(&long[..4004]);
    socket.lose(1000);
    socket.server(&server(0x81, b"on the roof"));
    socket.acknowledge();
    assert_eq!(
        told(&socket.end()),
        [
            "Server binary 5000 of 1 frames, 4 overhead, missing 1000 \"\" certain true",
            "Server text 11 of 1 frames, 2 overhead, missing 0 \"on the roof\" certain true",
        ]
    );
}

#[test]
fn behind_missing_headers_the_reading_goes_on_at_a_segment_made_of_frames() {
    let mut socket = Socket::opened("");
    socket.server(&server(0x81, b"one"));
    socket.lose(40);
    // Not the beginning of a frame.
    socket.server(b"the rest of another message, in lower case");
    socket.acknowledge();
    socket.server(&[server(0x81, b"two"), server(0x89, b"")].concat());
    assert_eq!(
        told(&socket.end()),
        [
            "Server text 3 of 1 frames, 2 overhead, missing 0 \"one\" certain true",
            "Server text 3 of 1 frames, 2 overhead, missing 0 \"two\" certain false",
            "Server ping 0",
        ]
    );
}

#[test]
fn pings_that_are_not_answered_are_forgotten() {
    let mut socket = Socket::opened("");
    for count in 0..super::PINGS_AT_MOST as u8 + 4 {
        socket.server(&server(0x89, &[count]));
    }
    // Of the first four nothing is known any more; the last answers all.
    socket.client(&client(0x8a, &[3]));
    socket.client(&client(0x8a, &[4]));
    socket.client(&client(0x8a, &[19]));
    let talk = socket.end();
    let pongs = talk.events.iter().filter_map(|event| match event {
        Event::WebSocketPong(pong) => Some((pong.ping.is_some(), pong.skipped)),
        _ => None,
    });
    let pongs: Vec<_> = pongs.collect();
    assert_eq!(pongs, [(false, 0), (true, 0), (true, 14)]);
}

#[test]
fn of_a_text_the_beginning_is_kept_without_secrets() {
    let mut socket = Socket::opened("");
    let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYXQtNyJ9.c2lnbmF0dXJlc2lnbmF0dXJl";
    socket.client(&client(0x81, format!("login {token} now").as_bytes()));
    socket.client(&client(0x81, "\u{732b}".repeat(3000).as_bytes()));
    socket.client(&client(0x81, b"\xff\xfe"));
    let texts: Vec<_> = socket
        .end()
        .events
        .iter()
        .filter_map(|event| match event {
            Event::WebSocketMessage(message) => Some(message.text.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(texts[0], "login *** now");
    assert_eq!(texts[1], format!("{}…", "\u{732b}".repeat(80)));
    assert_eq!(texts[2], "");
}

#[test]
fn the_conversation_adds_it_up() {
    let (client_side, server_side) = streams();
    let mut socket = Socket::opened("Sec-WebSocket-Protocol: v1\r\n");
    for piece in client_side.chunks(1400) {
        socket.client(piece);
    }
    socket.server(&server_side);
    let (client, server) = socket.sent;
    socket
        .talk
        .server(FIN_ACK, 1000 + server, 1000 + client, b"");
    socket
        .talk
        .client(FIN_ACK, 1000 + client, 1001 + server, b"");
    socket.talk.server(ACK, 1001 + server, 1001 + client, b"");
    let talk = socket.end();
    let [conversation] = talk.ended.as_slice() else {
        panic!("one conversation");
    };
    assert_eq!(conversation.application(), ["http/1.1", "websocket"]);
    let totals = conversation.websocket.as_deref().expect("WebSocket");
    assert_eq!(totals.subprotocol.as_deref(), Some("v1"));
    let sent = totals.sent.client;
    assert_eq!((sent.messages, sent.bytes), (3, 16 + 15 + 70_000));
    assert_eq!(sent.overhead_bytes, 6 + 18 + 14 + 10 + 11);
    assert_eq!((sent.pings, totals.sent.server.pongs), (1, 1));
    let close = totals.close.as_ref().expect("a Close");
    assert_eq!((close.by, close.code), (Side::Client, Some(1000)));
    assert!(close.is_answered);
}

proptest! {
    #[test]
    fn any_cut_and_order_gives_the_same_messages(
        (ours, theirs) in {
            let (client, server) = streams();
            // Segments are no longer than this; the long message is cut by itself.
            (pieces(client.len()), pieces(server.len()))
        }
    ) {
        let (client_side, server_side) = streams();
        let mut socket = Socket::opened("");
        let (client, server) = socket.sent;
        for (start, end) in ours {
            for (index, piece) in client_side[start..end].chunks(20_000).enumerate() {
                let at = 1000 + client + (start + index * 20_000) as u32;
                socket.talk.client(PSH_ACK, at, 1000 + server, piece);
            }
        }
        for (start, end) in theirs {
            let at = 1000 + server + start as u32;
            socket.talk.server(PSH_ACK, at, 1000 + client, &server_side[start..end]);
        }
        prop_assert_eq!(told(&socket.end()), expected());
    }

    #[test]
    fn any_bytes_can_follow_the_handshake(ours: Vec<u8>, theirs: Vec<u8>, cut in 1_usize..40) {
        let mut socket = Socket::opened("Sec-WebSocket-Extensions: permessage-deflate\r\n");
        for piece in ours.chunks(cut) {
            socket.client(piece);
        }
        socket.lose(cut);
        for piece in theirs.chunks(cut) {
            socket.server(piece);
        }
        socket.acknowledge();
        let _ = socket.end();
    }
}
