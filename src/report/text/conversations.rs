//! The table of conversations: all of them where they are few, else the
//! largest.

use std::cmp::Reverse;
use std::io;

use comfy_table::Table;

use super::screen::{Screen, lay_out};
use crate::decode::Protocol;
use crate::notes::{Lang, protocol_name, units};
use crate::report::Summary;
use crate::report::numbers::{grouped, percent};
use crate::report::style::{Paint, Style};
use crate::report::words::Words;
use crate::report::wrap::width;
use crate::track::tcp::{Completeness, State};
use crate::track::{CloseKind, Conversation, Side, Sides, TcpConversation};

/// How many are shown.
const MOST: usize = 10;

/// The largest so far.
#[derive(Clone, Default)]
pub struct Largest {
    kept: Vec<Conversation>,
    /// The index of the smallest in a full list, and its bytes.
    smallest: Option<(usize, u64)>,
}

impl Largest {
    /// Keeps a conversation if it belongs to the largest.
    pub fn add(&mut self, conversation: &Conversation) {
        let size = |it: &Conversation| (it.bytes(), Reverse(it.number));
        let smallest = match self.smallest {
            // Most are smaller than all that are kept.
            Some((_, bytes)) if conversation.bytes() < bytes => return,
            Some((place, _)) => self.kept.get_mut(place),
            None => None,
        };
        match smallest {
            Some(smallest) if size(conversation) > size(smallest) => {
                smallest.clone_from(conversation);
            }
            Some(_) => return,
            None => self.kept.push(conversation.clone()),
        }
        if self.kept.len() >= MOST {
            let places = self.kept.iter().enumerate();
            let smallest = places.min_by_key(|(_, kept)| size(kept));
            self.smallest = smallest.map(|(place, kept)| (place, kept.bytes()));
        }
    }

    /// The number of the largest, of TCP's if there are any.
    pub fn number(&self) -> Option<u64> {
        let size = |it: &&Conversation| (it.tcp.is_some(), it.bytes(), Reverse(it.number));
        self.kept.iter().max_by_key(size).map(|it| it.number)
    }

    /// The largest first.
    pub fn sorted(&self) -> Vec<Conversation> {
        let mut kept = self.kept.clone();
        kept.sort_by_key(|it| (Reverse(it.bytes()), it.number));
        kept
    }

    /// Writes the table.
    pub fn show(&mut self, screen: &mut Screen, summary: &Summary) -> io::Result<()> {
        if self.kept.is_empty() {
            return Ok(());
        }
        let words = screen.words;
        self.kept.sort_by_key(|it| it.number);
        let mut heading = words.all_conversations().to_owned();
        if summary.conversations > self.kept.len() as u64 {
            self.kept.sort_by_key(|it| (Reverse(it.bytes()), it.number));
            let more = words.more_conversations(self.kept.len(), summary.conversations);
            heading = format!("{heading}{}{more}", words.0.pick(": ", "："));
        }
        screen.heading(&heading)?;
        let row = |it: &Conversation| Row::new(it, words, screen.style);
        let rows: Vec<_> = self.kept.iter().map(row).collect();
        let room = screen.width.saturating_sub(2);
        let wide: (_, &[usize], _) = (wide(&rows, words), &[0, 4, 5, 6, 7, 8, 9], 1);
        let narrow: (_, &[usize], _) = (narrow(&rows, words), &[0, 3, 4, 5], 2);
        let table = [wide, narrow]
            .into_iter()
            .map(|(table, right, head)| (lay_out(table, right), head))
            .find(|(table, _)| table.lines().all(|line| width(line.trim_end()) <= room));
        match table {
            Some((table, head)) => screen.table(&table, head)?,
            None => {
                for row in &rows {
                    row.list(screen)?;
                }
            }
        }
        if summary.evicted.total() > 0 {
            screen.paragraph("  ", "  ", &words.evicted(&summary.evicted))?;
        }
        Ok(())
    }
}

/// The cells of one conversation.
struct Row {
    number: String,
    client: String,
    server: String,
    protocol: String,
    ended: String,
    duration: String,
    handshake: String,
    packets: String,
    bytes: String,
    payload: String,
    again: String,
}

impl Row {
    fn new(it: &Conversation, words: Words, style: Style) -> Self {
        let end = |end: &Option<crate::track::Endpoint>| {
            end.as_ref().map_or("–".to_owned(), ToString::to_string)
        };
        let tcp = it.tcp.as_ref();
        let again = tcp.map(|tcp| {
            let again = tcp.retransmissions;
            grouped(again.client.segments + again.server.segments)
        });
        let handshake = tcp
            .and_then(|tcp| tcp.handshake.syn_to_syn_ack_ns)
            .map(units::duration);
        let none = || "–".to_owned();
        Self {
            number: it.number.to_string(),
            client: end(&it.client),
            server: end(&it.server),
            protocol: protocol(it.protocol, words.0).to_owned(),
            ended: tcp.map_or_else(none, |tcp| ended(tcp, words, style)),
            duration: match it.packets() {
                1 => none(),
                _ => it.duration_ns.map_or_else(none, units::duration),
            },
            handshake: handshake.unwrap_or_else(none),
            packets: grouped(it.packets()),
            bytes: units::bytes(it.bytes()),
            payload: percent(it.payload(), it.bytes()),
            again: again.unwrap_or_else(none),
        }
    }

    /// Lists the conversations line by line, where addresses are too long for
    /// any table.
    fn list(&self, screen: &mut Screen) -> io::Result<()> {
        let words = screen.words;
        let first = format!("  {:>3}  ", self.number);
        let rest = " ".repeat(first.len());
        let pair = format!("{} → {}", self.client, self.server);
        screen.paragraph(&first, &rest, &pair)?;
        let facts = [
            format!("{} {}", self.protocol, self.ended),
            self.duration.clone(),
            format!("{} {}", words.handshake(), self.handshake),
            format!("{} {}", self.packets, words.packets()),
            self.bytes.clone(),
            format!("{} {}", words.payload(), self.payload),
            format!("{} {}", words.again(), self.again),
        ];
        screen.paragraph(&rest, &rest, &facts.join(" · "))
    }
}

/// A table with one line for each conversation.
fn wide(rows: &[Row], words: Words) -> Table {
    let mut table = Table::new();
    table.set_header([
        words.number().to_owned(),
        format!("{} → {}", words.client(), words.server()),
        words.protocol().to_owned(),
        words.ended().to_owned(),
        words.duration().to_owned(),
        words.handshake().to_owned(),
        words.packets().to_owned(),
        words.bytes().to_owned(),
        words.payload().to_owned(),
        words.again().to_owned(),
    ]);
    for row in rows {
        table.add_row([
            row.number.clone(),
            format!("{} → {}", row.client, row.server),
            row.protocol.clone(),
            row.ended.clone(),
            row.duration.clone(),
            row.handshake.clone(),
            row.packets.clone(),
            row.bytes.clone(),
            row.payload.clone(),
            row.again.clone(),
        ]);
    }
    table
}

/// A table with two lines for each conversation.
fn narrow(rows: &[Row], words: Words) -> Table {
    let mut table = Table::new();
    let two = |first: &str, second: &str| format!("{first}\n{second}");
    table.set_header([
        words.number().to_owned(),
        two(words.client(), &format!("→ {}", words.server())),
        two(words.protocol(), words.ended()),
        two(words.duration(), words.handshake()),
        two(words.packets(), words.bytes()),
        two(words.payload(), words.again()),
    ]);
    for row in rows {
        table.add_row([
            row.number.clone(),
            two(&row.client, &format!("→ {}", row.server)),
            two(&row.protocol, &row.ended),
            two(&row.duration, &row.handshake),
            two(&row.packets, &row.bytes),
            two(&row.payload, &row.again),
        ]);
    }
    table
}

/// How people write the name of a conversation's protocol.
pub fn protocol(name: &'static str, lang: Lang) -> &'static str {
    Protocol::ALL
        .into_iter()
        .find(|protocol| protocol.name() == name)
        .map_or(name, |protocol| protocol_name(protocol, lang))
}

/// How it ended, in a cell; what is not in order is set off.
pub fn ended(tcp: &TcpConversation, words: Words, style: Style) -> String {
    let saw = |part: u8| tcp.completeness.0 & part != 0;
    let unanswered = saw(Completeness::SYN) && !saw(Completeness::SYN_ACK);
    let who = tcp.closed_by.and_then(|sides| who(sides, words));
    let odd = |text: &str| style.paint(Paint::Warning, text);
    match tcp.close {
        CloseKind::Reset if unanswered => odd(words.refused()),
        CloseKind::Reset => odd(&words.closed_by("RST", who)),
        CloseKind::Fin => match close_wait(tcp) {
            Some(side) => odd(&format!("{} CLOSE_WAIT", words.side(side))),
            None => words.closed_by("FIN", who),
        },
        CloseKind::Open if unanswered => odd(words.no_answer()),
        CloseKind::Open => words.open().to_owned(),
    }
}

/// The side that stayed in CLOSE_WAIT.
pub fn close_wait(tcp: &TcpConversation) -> Option<Side> {
    [Side::Client, Side::Server]
        .into_iter()
        .find(|side| tcp.state[*side] == Some(State::CloseWait))
}

/// The side or sides in words.
pub fn who(sides: Sides<bool>, words: Words) -> Option<&'static str> {
    match (sides.client, sides.server) {
        (true, true) => Some(words.both()),
        (true, false) => Some(words.client()),
        (false, true) => Some(words.server()),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::{LayerBytes, Roles, Totals};

    fn conversation(number: u64, bytes: u64) -> Conversation {
        Conversation {
            number,
            protocol: "udp",
            client: None,
            server: None,
            vlan: None,
            roles: Roles::Inferred,
            sent: Sides {
                client: Totals {
                    packets: 1,
                    bytes,
                    ..Totals::default()
                },
                server: Totals::default(),
            },
            overhead: LayerBytes::default(),
            first_packet: number,
            start_ns: Some(0),
            end_ns: Some(0),
            duration_ns: Some(0),
            tcp: None,
            spoken: None,
            http: None,
            websocket: None,
            tls: None,
            answer_time: None,
        }
    }

    #[test]
    fn the_largest_are_kept_and_of_equals_the_earlier() {
        let mut largest = Largest::default();
        for number in 1..=100 {
            largest.add(&conversation(
                number,
                if number % 10 == 0 { 500 } else { 60 },
            ));
        }
        let mut kept: Vec<_> = largest.kept.iter().map(|it| it.number).collect();
        kept.sort_unstable();
        assert_eq!(kept, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
        largest.add(&conversation(101, 500));
        assert!(largest.kept.iter().all(|it| it.number != 101));
        assert_eq!(largest.number(), Some(10));
    }

    #[test]
    fn a_side_in_close_wait_is_said_before_the_side_that_closed() {
        let tcp = TcpConversation {
            close: CloseKind::Fin,
            closed_by: Some(Sides {
                client: true,
                server: false,
            }),
            state: Sides {
                client: Some(State::FinWait2),
                server: Some(State::CloseWait),
            },
            ..TcpConversation::default()
        };
        let words = Words(Lang::En);
        assert_eq!(ended(&tcp, words, Style::default()), "server CLOSE_WAIT");
    }
}
