//! Conversations of a few packets: DNS, ARP, pings, UDP exchanges, and TCP
//! connections that come to nothing.

use std::collections::VecDeque;

use super::frame::{ACK, RST, SYN, Segment};
use super::message::Message;
use super::random::Random;
use super::script::{Said, Side, Step};

const MS: u64 = 1_000_000;

/// A conversation that is planned at once.
pub enum Small {
    /// A query: its number, and whether the name exists; some get no answer.
    Lookup(u32),
    /// Who has this address?
    Resolution,
    /// Pings, so many.
    Pings(u16),
    /// One datagram and one back.
    Datagrams(u32),
    /// A SYN that is answered by a RST.
    Refused(u32),
    /// A SYN that is sent again and again.
    Unanswered(u32),
    /// A handshake's first two or three steps.
    Opening(u32),
    /// Was planned.
    Over,
}

impl Small {
    /// Appends the packets.
    pub fn plan(&mut self, now: u64, random: &mut Random, steps: &mut VecDeque<Step>) {
        let trip = random.between(MS / 5, 20 * MS);
        let mut say = |at_ns, from, said| steps.push_back(Step::new(at_ns, from, said));
        match std::mem::replace(self, Self::Over) {
            Self::Lookup(number) => {
                let mut at = now;
                say(at, Side::Client, Said::Udp(Message::dns_query(number)));
                if random.one_in(40) {
                    at += 5_000 * MS;
                    say(at, Side::Client, Said::Udp(Message::dns_query(number)));
                }
                if !random.one_in(50) {
                    let answer = Message::dns_answer(number, !random.one_in(20));
                    say(at + trip, Side::Server, Said::Udp(answer));
                }
            }
            Self::Resolution => {
                say(now, Side::Client, Said::Arp(false));
                if !random.one_in(20) {
                    say(now + trip / 10, Side::Server, Said::Arp(true));
                }
            }
            Self::Pings(count) => {
                for number in 1..=count {
                    let at = now + u64::from(number - 1) * 1_000 * MS;
                    say(at, Side::Client, Said::Echo(number, false));
                    if !random.one_in(30) {
                        say(at + trip, Side::Server, Said::Echo(number, true));
                    }
                }
            }
            Self::Datagrams(number) => {
                let length = random.between(20, 400) as u32;
                say(now, Side::Client, Said::Udp(Message::noise(number, length)));
                if random.one_in(2) {
                    let answer = Message::noise(number, length / 2);
                    say(now + trip, Side::Server, Said::Udp(answer));
                }
            }
            Self::Refused(start) => {
                say(now, Side::Client, bare(SYN, start, 0));
                say(
                    now + trip,
                    Side::Server,
                    bare(RST | ACK, 0, start.wrapping_add(1)),
                );
            }
            Self::Unanswered(start) => {
                for seconds in [0, 1, 3, 7] {
                    say(
                        now + seconds * 1_000 * MS,
                        Side::Client,
                        bare(SYN, start, 0),
                    );
                }
            }
            Self::Opening(start) => {
                let (next, answer) = (start.wrapping_add(1), random.word());
                say(now, Side::Client, bare(SYN, start, 0));
                say(now + trip, Side::Server, bare(SYN | ACK, answer, next));
                if random.one_in(2) {
                    let third = bare(ACK, next, answer.wrapping_add(1));
                    say(now + trip + MS / 10, Side::Client, third);
                }
            }
            Self::Over => (),
        }
    }
}

fn bare(flags: u8, sequence: u32, acknowledgment: u32) -> Said {
    Said::Tcp(Segment {
        flags,
        sequence,
        acknowledgment,
        window: if flags & RST == 0 { 64_240 } else { 0 },
        timestamps: None,
        sack: None,
        data: None,
    })
}
