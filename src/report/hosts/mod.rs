//! `wirenotes hosts`: ended conversations come in; out goes, for each listener,
//! what it was asked and how it answered, and for each host what it asked of
//! others and how that went.

mod sums;
mod text;

use std::cmp::Reverse;
use std::hash::Hash;
use std::io::{self, Write};

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use serde::Serialize;

use super::table::{Form, Top, write_records};
use super::text::screen::Screen;
use super::{ConversationReport, Look, Report, Summary, Wants};
use crate::track::{Address, Conversation, Endpoint, Side};
use sums::Sums;

/// So many listeners, and so many hosts, are told apart; those that come later
/// are counted together.
const MOST: usize = 1 << 16;

/// Who answers: a server by its protocol, address and port.
type Listener = (&'static str, Endpoint);

/// The renderer of the table.
pub struct Hosts {
    out: Screen,
    top: Top,
    form: Form,
    listeners: Counted<Listener>,
    hosts: Counted<Address>,
}

/// Sums by who they are of.
struct Counted<K> {
    by: HashMap<K, Sums, FixedState>,
    /// Conversations of those for whom there was no room.
    others: u64,
}

impl<K> Default for Counted<K> {
    fn default() -> Self {
        Self {
            by: HashMap::default(),
            others: 0,
        }
    }
}

impl<K: Eq + Hash + Ord + Copy> Counted<K> {
    fn add(&mut self, key: K, it: &Conversation, side: Side) {
        if self.by.len() < MOST || self.by.contains_key(&key) {
            self.by.entry(key).or_default().add(it, side);
        } else {
            self.others += 1;
        }
    }

    /// Those that were asked, or asked, most come first.
    fn sorted(&self) -> Vec<(K, &Sums)> {
        let mut all: Vec<_> = self.by.iter().map(|(key, sums)| (*key, sums)).collect();
        all.sort_unstable_by_key(|(key, sums)| (Reverse(sums.asked), *key));
        all
    }
}

/// A row as scripts read it.
#[derive(Serialize)]
struct Record {
    record: &'static str,
    protocol: Option<&'static str>,
    address: String,
    port: Option<u16>,
    asked: u64,
    answered: u64,
    refused: u64,
    unanswered: u64,
    close_wait: u64,
    sent_again: u64,
    packets: u64,
    bytes: u64,
    answers: u64,
    answer_mean_ns: Option<u64>,
    answer_most_ns: Option<u64>,
    dns_answers: u64,
    dns_mean_ns: Option<u64>,
    dns_most_ns: Option<u64>,
}

/// What the rows are rows of, for scripts.
#[derive(Serialize)]
struct Total {
    record: &'static str,
    listeners: u64,
    hosts: u64,
    conversations: u64,
    others_of_listeners: u64,
    others_of_hosts: u64,
    packets: u64,
    packets_read: Option<u64>,
}

impl Record {
    fn new(record: &'static str, protocol: Option<&'static str>, end: Endpoint, it: &Sums) -> Self {
        Self {
            record,
            protocol,
            address: end.address.to_string(),
            port: end.port,
            asked: it.asked,
            answered: it.answered,
            refused: it.refused,
            unanswered: it.unanswered,
            close_wait: it.close_wait,
            sent_again: it.sent_again,
            packets: it.packets,
            bytes: it.bytes,
            answers: it.answers.count,
            answer_mean_ns: it.answers.mean_ns(),
            answer_most_ns: it.answers.most_ns(),
            dns_answers: it.dns.count,
            dns_mean_ns: it.dns.mean_ns(),
            dns_most_ns: it.dns.most_ns(),
        }
    }
}

impl Hosts {
    /// A table without rows.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, look: Look, top: Top, form: Form) -> Self {
        Self {
            out: Screen::new(out, look),
            top,
            form,
            listeners: Counted::default(),
            hosts: Counted::default(),
        }
    }

    fn records(&mut self, summary: &Summary) -> io::Result<()> {
        let most = self.top.most();
        let listeners = self.listeners.sorted();
        let listeners = listeners
            .iter()
            .take(most)
            .map(|((protocol, end), sums)| Record::new("listener", Some(protocol), *end, sums));
        let hosts = self.hosts.sorted();
        let hosts = hosts.iter().take(most).map(|(address, sums)| {
            let end = Endpoint {
                address: *address,
                port: None,
            };
            Record::new("host", None, end, sums)
        });
        let total = Total {
            record: "table",
            listeners: self.listeners.by.len() as u64,
            hosts: self.hosts.by.len() as u64,
            conversations: summary.conversations,
            others_of_listeners: self.listeners.others,
            others_of_hosts: self.hosts.others,
            packets: summary.packets,
            packets_read: summary.read,
        };
        write_records(self.form, self.out.output(), listeners.chain(hosts), &total)
    }
}

impl Report for Hosts {
    fn wants(&self) -> Wants {
        Wants {
            conversations: true,
            ..Wants::default()
        }
    }

    fn conversation(&mut self, report: &ConversationReport<'_>) -> io::Result<()> {
        let it = report.conversation;
        if let Some(server) = it.server {
            self.listeners.add((it.protocol, server), it, Side::Server);
        }
        if let Some(client) = it.client {
            self.hosts.add(client.address, it, Side::Client);
        }
        Ok(())
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        if summary.packets == 0 && summary.faults > 0 {
            // Nothing was read: the error messages say it all.
            return Ok(());
        }
        match self.form {
            Form::Text => text::write(
                &mut self.out,
                self.top,
                summary,
                &self.listeners,
                &self.hosts,
            ),
            _ => self.records(summary),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture::conversation;

    #[test]
    fn of_too_many_hosts_the_later_ones_are_counted_as_others() {
        let mut counted = Counted::default();
        for number in 0..MOST as u64 + 10 {
            counted.add(number, &conversation(number), Side::Client);
        }
        counted.add(0, &conversation(0), Side::Client);
        assert_eq!((counted.by.len(), counted.others), (MOST, 10));
        assert_eq!(counted.sorted()[0].0, 0);
    }
}
