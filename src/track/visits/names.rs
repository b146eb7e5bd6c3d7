//! Which names a client was told for an address, and when.

use std::net::IpAddr;

use crate::decode::Packet;
use crate::decode::dns::{Data, Message};
use crate::track::hash::Map;
use crate::track::{DnsResponse, Event, Seen};

/// Answers that are kept at the most.
const AT_MOST: usize = 65_536;

/// An answer is used for so long beyond its time to live.
const BEYOND_NS: u64 = 3_600_000_000_000;

/// What a client was told.
#[derive(Clone, Debug)]
pub(super) struct Resolved {
    /// The name that was asked for, in lower case and without the dot at its end.
    pub name: String,
    /// The question; `None` where it was not captured.
    pub query: Option<Seen>,
    /// The answer.
    pub answer: Seen,
    /// Until then it may be used.
    pub expires_ns: u64,
    /// When it was last looked at.
    used_ns: u64,
    /// Whether a visit has paid for it.
    pub is_paid: bool,
}

/// The answers, by client and address.
#[derive(Debug, Default)]
pub(super) struct Names {
    told: Map<(IpAddr, IpAddr), Vec<Resolved>>,
    count: usize,
}

/// Names for one address that are kept at the most.
const NAMES_AT_MOST: usize = 8;

impl Names {
    /// Takes in an answer.
    pub fn packet(&mut self, packet: &Packet<'_>, event: &Event) {
        let Event::DnsResponse(response) = event else {
            return;
        };
        let Some(network) = &packet.network else {
            return;
        };
        self.response(network.destination, packet, response);
    }

    fn response(&mut self, client: IpAddr, packet: &Packet<'_>, response: &DnsResponse) {
        let Ok(message) = Message::parse(response.message.of(packet)) else {
            return;
        };
        let Some(question) = message.question() else {
            return;
        };
        let name = plain(&question.name.to_string());
        let now_ns = packet.frame.time_ns;
        let query = response.pairing.query.map(|packet| Seen {
            packet,
            time_ns: now_ns.saturating_sub(response.pairing.latency_ns.unwrap_or_default()),
        });
        let answer = Seen {
            packet: packet.frame.number,
            time_ns: now_ns,
        };
        for record in message.answers() {
            let address = match record.data() {
                Ok(Data::A(address)) => IpAddr::V4(address),
                Ok(Data::Aaaa(address)) => IpAddr::V6(address),
                _ => continue,
            };
            let lives_ns = u64::from(record.ttl) * 1_000_000_000;
            self.add(
                (client, address),
                Resolved {
                    name: name.clone(),
                    query,
                    answer,
                    expires_ns: now_ns.saturating_add(lives_ns),
                    used_ns: now_ns,
                    is_paid: false,
                },
            );
        }
    }

    fn add(&mut self, of: (IpAddr, IpAddr), resolved: Resolved) {
        if self.count >= AT_MOST {
            self.forget_half();
        }
        let all = self.told.entry(of).or_default();
        let before = all.len();
        all.retain(|known| known.name != resolved.name);
        if all.len() >= NAMES_AT_MOST {
            all.remove(0);
        }
        all.push(resolved);
        self.count = (self.count + all.len()).saturating_sub(before);
    }

    /// Forgets the half that was not used for longest.
    fn forget_half(&mut self) {
        let all = self.told.values().flatten();
        let mut used: Vec<u64> = all.map(|resolved| resolved.used_ns).collect();
        let middle = used.len() / 2;
        let (_, middle, _) = used.select_nth_unstable(middle);
        let middle = *middle;
        self.told.retain(|_, all| {
            all.retain(|resolved| resolved.used_ns > middle);
            !all.is_empty()
        });
        self.count = self.told.values().map(Vec::len).sum();
    }

    /// What the client was told of a name for this address before this time; else
    /// what it was told last of any.
    pub fn of(
        &mut self,
        client: IpAddr,
        server: IpAddr,
        name: Option<&str>,
        now_ns: u64,
    ) -> Option<&mut Resolved> {
        let all = self.told.get_mut(&(client, server))?;
        let may_be = |resolved: &Resolved| {
            let until = resolved.expires_ns.saturating_add(BEYOND_NS);
            resolved.answer.time_ns <= now_ns && now_ns <= until
        };
        let wanted =
            |resolved: &Resolved| may_be(resolved) && name.is_none_or(|name| resolved.name == name);
        let at = all.iter().rposition(wanted);
        let at = at.or_else(|| all.iter().rposition(may_be))?;
        let found = all.get_mut(at)?;
        found.used_ns = now_ns;
        Some(found)
    }
}

/// A name for comparing: lower case, without the dot at its end.
pub(super) fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}
