//! `--conversation N`: the client on the left, the server on the right, every
//! packet an arrow between them, with both ends' states, the bytes it took,
//! and what is said of it beneath. The verdict stands at the end.

use std::io;

use super::annotation::annotation;
use super::info::{flags, info, numbers};
use super::screen::Screen;
use super::verdict::verdict;
use super::when::since;
use crate::decode::{Packet, TcpFlags};
use crate::notes::{Annotation, Kind, protocol_name};
use crate::report::escape::text_preview;
use crate::report::style::Paint;
use crate::report::wrap::{cut, hang, pad, width};
use crate::report::{FindingReport, PacketReport, Report, Summary, Wants};
use crate::track::{Conversation, Side, TcpTracked, endpoints};

/// Columns of the time, of the packet's number, and of a state with its mark.
const TIME: usize = 10;
const NUMBER: usize = 5;
const STATE: usize = 12;

/// Columns of a payload's text.
const PREVIEW: usize = 58;

/// Columns before the ladder: time and number.
const MARGIN: usize = TIME + 1 + NUMBER + 2;

/// The ladder.
pub struct Ladder {
    screen: Screen,
    number: u64,
    start_ns: Option<u64>,
    last_ns: u64,
    any_inferred: bool,
    small_message_said: bool,
    findings: Vec<Annotation>,
    conversation: Option<Conversation>,
}

impl Ladder {
    /// A ladder on which nothing is drawn yet.
    pub fn new(screen: Screen, number: u64) -> Self {
        Self {
            screen,
            number,
            start_ns: None,
            last_ns: 0,
            any_inferred: false,
            small_message_said: false,
            findings: Vec::new(),
            conversation: None,
        }
    }

    /// Who talks, and the heads of the columns.
    fn title(&mut self, report: &PacketReport<'_>) -> io::Result<()> {
        let screen = &mut self.screen;
        let words = screen.words;
        let style = screen.style;
        let protocol = report.packet.layers.last();
        let protocol = match report.packet.tcp() {
            Some(_) => "TCP",
            None => protocol.map_or("–", |layer| protocol_name(layer.protocol, words.0)),
        };
        let mut title = format!("{} {} · {protocol}", words.conversation(), self.number);
        if let Some(tcp) = report.packet.tcp() {
            let told = if tcp.flags.has(TcpFlags::SYN) {
                words.by_packets()
            } else {
                words.by_evidence()
            };
            title.push_str(words.0.pick(": client and server ", "：客户端与服务器"));
            title.push_str(told);
        }
        let title = style.paint(Paint::Heading, &title);
        screen.paragraph("", "  ", &title)?;
        let ends =
            endpoints(report.packet).map(|(source, destination)| match report.tracked.sender {
                Some(Side::Server) => (destination, source),
                _ => (source, destination),
            });
        if let Some((client, server)) = ends {
            let client = style.paint(Paint::Client, &client.to_string());
            let server = style.paint(Paint::Server, &server.to_string());
            let columns = width(words.client()).max(width(words.server()));
            for (word, end) in [(words.client(), client), (words.server(), server)] {
                let mut line = "  ".to_owned();
                pad(&mut line, word, columns);
                screen.write(&format!("{line}  {end}\n"))?;
            }
        }
        let mut line = "\n".to_owned();
        for (word, columns) in [(words.time(), TIME), (words.number(), NUMBER + 1)] {
            line.push_str(&" ".repeat(columns.saturating_sub(width(word))));
            line.push_str(word);
        }
        line.push_str("  ");
        let server = words.server();
        let room = screen.width.saturating_sub(MARGIN);
        let right_at = match report.packet.tcp() {
            Some(_) => room.saturating_sub(STATE),
            None => room.saturating_sub(width(server)),
        };
        pad(&mut line, words.client(), right_at);
        line.push_str(server);
        line.push('\n');
        let line = style.paint(Paint::Heading, &line);
        screen.write(&line)
    }

    fn rung(&mut self, report: &PacketReport<'_>) -> String {
        let frame = &report.packet.frame;
        let start = *self.start_ns.get_or_insert(frame.time_ns);
        let screen = &self.screen;
        let style = screen.style;
        let time = match report.has_time {
            true => since(start, frame.time_ns),
            false => "–".to_owned(),
        };
        let before = format!("{time:>TIME$} {:>NUMBER$}  ", frame.number);
        let room = screen.width.saturating_sub(width(&before));
        let mut out = style.paint(Paint::Faint, &before);
        let mut rest = String::new();
        match (report.packet.tcp(), &report.tracked.tcp) {
            (Some(tcp), Some(tracked)) => {
                let (client, server) = states(report.tracked.sender, tracked);
                self.any_inferred |= client.ends_with('?') || server.ends_with('?');
                let room = room.saturating_sub(2 * (STATE + 1));
                let numbers = numbers(tcp, report.tracked);
                let full = format!("{} {numbers}", flags(tcp));
                let label = if fits(&full, room) {
                    full
                } else {
                    rest = format!("{numbers}, ");
                    flags(tcp)
                };
                pad(&mut out, &client, STATE + 1);
                out.push_str(&arrow(report.tracked.sender, &label, room));
                out.push(' ');
                out.push_str(&server);
            }
            _ => {
                let label = info(report.packet, report.tracked, screen.words);
                if !fits(&label, room) {
                    rest = format!("{label}\n");
                }
                out.push_str(&arrow(report.tracked.sender, &label, room));
            }
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        rest.push_str(&bytes(report.packet, screen));
        let delta = match self.last_ns {
            _ if !report.has_time => " ".repeat(TIME),
            0 => " ".repeat(TIME),
            last => {
                let delta = since(last, frame.time_ns);
                let sign = if delta.starts_with('-') { "" } else { "+" };
                format!("{:>TIME$}", format!("{sign}{delta}"))
            }
        };
        let margin = " ".repeat(MARGIN);
        let delta = style.paint(Paint::Faint, &format!("{delta:<MARGIN$}"));
        hang(&mut out, &delta, &margin, &rest, screen.width);
        self.last_ns = frame.time_ns;
        out
    }
}

/// Left and right state; an inferred one carries a question mark.
fn states(sender: Option<Side>, tracked: &TcpTracked) -> (String, String) {
    let name = |state: Option<crate::track::tcp::State>, observed| match state {
        None => "–".to_owned(),
        Some(state) if observed => state.name().to_owned(),
        Some(state) => format!("{}?", state.name()),
    };
    let source = name(tracked.source_state, tracked.source_observed);
    let destination = name(tracked.destination_state, tracked.destination_observed);
    match sender {
        Some(Side::Server) => (destination, source),
        _ => (source, destination),
    }
}

/// Whether a label leaves enough of the arrow to see where it points.
fn fits(label: &str, room: usize) -> bool {
    width(label) + 5 <= room
}

/// `─ SYN seq 0 len 0 ────→`, or from the right to the left.
fn arrow(sender: Option<Side>, label: &str, room: usize) -> String {
    let label = cut(label, room.saturating_sub(5));
    let tail = "─".repeat(room.saturating_sub(width(&label) + 4));
    match sender {
        Some(Side::Client) => format!("─ {label} {tail}→"),
        Some(Side::Server) => format!("←─ {label} {tail}"),
        None => format!("─ {label} {tail}─"),
    }
}

/// `62 bytes = 54 headers (14 + 20 + 20) + 8 payload "location"`.
fn bytes(packet: &Packet<'_>, screen: &Screen) -> String {
    let words = screen.words;
    let headers: Vec<_> = packet
        .layers
        .iter()
        .map(|layer| layer.header_length)
        .filter(|length| *length > 0)
        .collect();
    let sum: u32 = headers
        .iter()
        .fold(0, |sum, length| sum.saturating_add(*length));
    let each: Vec<_> = headers.iter().map(ToString::to_string).collect();
    let each = words.in_brackets(&each.join(" + "));
    let mut terms = format!("{sum} {}{each}", words.header_bill());
    let payload = packet.payload;
    if payload.length > 0 {
        terms.push_str(&format!(" + {} {}", payload.length, words.payload()));
    }
    if payload.padding > 0 {
        terms.push_str(&format!(" + {} {}", payload.padding, words.padding()));
    }
    let mut line = words.sum(packet.frame.original_length, &terms);
    let captured = packet.frame.captured_length();
    if captured < packet.frame.original_length {
        line.push_str(&words.in_brackets(&words.cut_at(captured)));
    }
    // A message whose content is shown by its own protocol is not shown raw.
    let decoded = packet
        .layers
        .last()
        .is_some_and(|layer| layer.header_length == 0);
    if !decoded {
        let room = screen.width.saturating_sub(MARGIN + 2);
        if let Some(text) = text_preview(packet.payload_bytes(), room.min(PREVIEW)) {
            // The text gets a line of its own rather than being broken.
            let fits = width(&line) + 4 + width(&text) <= room + 2;
            line.push_str(if fits { "  " } else { "\n" });
            line.push_str(&format!("\"{text}\""));
        }
    }
    line
}

impl Report for Ladder {
    fn wants(&self) -> Wants {
        Wants {
            packets: true,
            findings: true,
            conversations: true,
            ..Wants::default()
        }
    }

    fn packet(&mut self, report: &PacketReport<'_>) -> io::Result<()> {
        if self.start_ns.is_none() {
            self.title(report)?;
        }
        let mut out = self.rung(report);
        for said in report.annotations {
            // The line with the bytes says the same of every packet.
            let said_above = said.kind == Kind::OverheadSmallMessage
                && !self.screen.look.chosen_kinds
                && std::mem::replace(&mut self.small_message_said, true);
            if !said_above {
                annotation(&mut out, &self.screen, MARGIN, said);
            }
        }
        self.screen.write(&out)
    }

    fn finding(&mut self, finding: &FindingReport<'_>) -> io::Result<()> {
        self.findings.push(finding.annotation.clone());
        Ok(())
    }

    fn conversation(&mut self, conversation: &Conversation) -> io::Result<()> {
        self.conversation = Some(conversation.clone());
        Ok(())
    }

    fn so_far(&mut self, _: &Summary, open: Vec<Conversation>) -> io::Result<()> {
        match open.iter().find(|open| open.number == self.number) {
            Some(conversation) => verdict(&mut self.screen, conversation),
            None => Ok(()),
        }
    }

    fn summary(&mut self, _: &Summary) -> io::Result<()> {
        if self.any_inferred {
            let words = self.screen.words;
            self.screen.paragraph("", "", "")?;
            self.screen.paragraph("  ", "  ", words.inferred_mark())?;
        }
        if !self.findings.is_empty() {
            let heading = self.screen.words.findings();
            self.screen.heading(heading)?;
            let mut out = String::new();
            for said in &self.findings {
                annotation(&mut out, &self.screen, 2, said);
            }
            self.screen.write(&out)?;
        }
        match &self.conversation {
            Some(conversation) => verdict(&mut self.screen, conversation),
            None => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.screen.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_fills_its_room_and_points_from_its_sender() {
        for room in 12..50 {
            for sender in [Some(Side::Client), Some(Side::Server), None] {
                let drawn = arrow(sender, "SYN seq 0 len 0", room);
                assert_eq!(width(&drawn), room, "{drawn}");
                assert_eq!(drawn.ends_with('→'), sender == Some(Side::Client));
                assert_eq!(drawn.starts_with('←'), sender == Some(Side::Server));
            }
        }
    }

    #[test]
    fn the_senders_state_stands_on_its_side() {
        use crate::track::tcp::State;
        let tracked = TcpTracked {
            source_state: Some(State::SynReceived),
            destination_state: None,
            source_observed: false,
            ..TcpTracked::default()
        };
        let (client, server) = states(Some(Side::Server), &tracked);
        assert_eq!((client.as_str(), server.as_str()), ("–", "SYN_RCVD?"));
    }
}
