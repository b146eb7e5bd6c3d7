//! A conversation for tests: 192.0.2.1 talks to port 80 of 192.0.2.9.

use crate::track::{
    Address, Conversation, Endpoint, LayerBytes, Roles, Sides, TcpConversation, Totals,
};

/// The conversation of this number, with one packet of 60 bytes.
pub fn conversation(number: u64) -> Conversation {
    let end = |host: u8, port: u16| Endpoint {
        address: Address::Ip([192, 0, 2, host].into()),
        port: Some(port),
    };
    let sent = Totals {
        packets: 1,
        bytes: 60,
        ..Totals::default()
    };
    Conversation {
        number,
        protocol: "tcp",
        client: Some(end(1, 1_000 + (number % 60_000) as u16)),
        server: Some(end(9, 80)),
        vlan: None,
        roles: Roles::Inferred,
        sent: Sides {
            client: sent,
            server: Totals::default(),
        },
        overhead: LayerBytes::default(),
        first_packet: number,
        start_ns: Some(number),
        end_ns: Some(number),
        duration_ns: Some(0),
        tcp: Some(TcpConversation::default()),
        spoken: None,
        http: None,
        websocket: None,
        tls: None,
        answer_time: None,
    }
}
