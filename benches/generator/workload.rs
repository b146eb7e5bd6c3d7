//! Who talks to whom, and how often.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::connection::{Connection, Plan};
use super::frame::{Host, Link};
use super::random::Random;
use super::script::{Conversation, Talk};
use super::small::Small;

const US: u64 = 1_000;

/// Clients of `web` and `flows`; each has its own addresses.
const CLIENTS: u32 = 4_000;
/// Servers.
const SERVERS: u64 = 200;
/// Transfers of `bulk` at a time.
const TRANSFERS: u32 = 6;

/// Gives new conversations.
pub struct Workload {
    kind: Kind,
    /// Conversations given so far.
    given: u32,
}

#[derive(Clone, Copy)]
enum Kind {
    Web,
    Bulk,
    Flows,
}

impl Workload {
    /// The workload of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let kind = match name {
            "web" => Kind::Web,
            "bulk" => Kind::Bulk,
            "flows" => Kind::Flows,
            _ => return None,
        };
        Some(Self { kind, given: 0 })
    }

    /// The next conversation, and how long after it another one begins, if
    /// any.
    pub fn next(&mut self, random: &mut Random) -> (Conversation, Option<u64>) {
        let number = self.given;
        self.given = self.given.wrapping_add(1);
        match self.kind {
            Kind::Web => (web(number, random), Some(random.below(4_000 * US))),
            Kind::Bulk => {
                let more = (number + 1 < TRANSFERS).then_some(3_000 * US);
                (bulk(number, random), more)
            }
            Kind::Flows => (flow(number, random), Some(random.below(20 * US))),
        }
    }
}

fn web(number: u32, random: &mut Random) -> Conversation {
    let page = [80, 443, 443, 8080][random.below(4) as usize];
    let (port, talk) = match random.below(100) {
        0..24 => (53, Talk::Small(Small::Lookup(random.word()))),
        24..26 => (0, Talk::Small(Small::Resolution)),
        26..27 => (0, Talk::Small(Small::Pings(random.between(1, 5) as u16))),
        27..28 => (page, Talk::Small(Small::Refused(random.word()))),
        28..29 => (page, Talk::Small(Small::Unanswered(random.word()))),
        _ => {
            let connection = Connection::new(Plan::web(page, random), random);
            (page, Talk::Connection(Box::new(connection)))
        }
    };
    // ARP is IPv4's.
    let v6 = random.one_in(8) && !matches!(talk, Talk::Small(Small::Resolution));
    let mut link = link(number, port, v6, random);
    link.vlan = random.one_in(16).then_some(100);
    Conversation::new(link, talk, random)
}

fn bulk(number: u32, random: &mut Random) -> Conversation {
    let connection = Connection::new(Plan::bulk(number, random), random);
    let link = link(number, 5_201, number % 3 == 2, random);
    Conversation::new(link, Talk::Connection(Box::new(connection)), random)
}

fn flow(number: u32, random: &mut Random) -> Conversation {
    let (port, small) = match random.below(10) {
        0..4 => (9_000, Small::Datagrams(random.word())),
        4..7 => (8_443, Small::Opening(random.word())),
        _ => (8_080, Small::Refused(random.word())),
    };
    let link = link(number, port, random.one_in(8), random);
    Conversation::new(link, Talk::Small(small), random)
}

/// A client that has its turn, on a port that it has not used for long, and
/// some server.
fn link(number: u32, port: u16, v6: bool, random: &mut Random) -> Link {
    let client = number % CLIENTS;
    let client_port = 1_024 + (number / CLIENTS % 64_000) as u16;
    let server = random.below(SERVERS) as u32;
    let server_port = if port == 0 { client_port } else { port };
    Link {
        hosts: [host(client, 1, v6), host(server, 2, v6)],
        ports: [client_port, server_port],
        vlan: None,
    }
}

fn host(number: u32, net: u8, v6: bool) -> Host {
    let [_, _, high, low] = number.to_be_bytes();
    let ip = if v6 {
        let word = u16::from_be_bytes([high, low]);
        IpAddr::V6(Ipv6Addr::new(
            0x2001,
            0xdb8,
            net.into(),
            0,
            0,
            0,
            0,
            word + 1,
        ))
    } else {
        IpAddr::V4(Ipv4Addr::new(10, net, high, low))
    };
    Host {
        mac: [2, 0, v6.into(), net, high, low],
        ip,
    }
}
