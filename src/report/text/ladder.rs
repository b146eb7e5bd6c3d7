//! `--conversation N`: the client on the left, the server on the right, every
//! packet an arrow between them, with both ends' states, its payload and what is
//! said of it beneath. Runs of plain packets in a long conversation take a line.
//! The verdict stands at the end.

use std::io;

use super::annotation::annotation;
use super::bytes::{dump, link_header};
use super::info::{flags, info, numbers};
use super::run::{Run, is_plain};
use super::screen::Screen;
use super::told::{Told, tags};
use super::verdict::verdict;
use super::when::since;
use crate::decode::TcpFlags;
use crate::decode::tls::outline;
use crate::notes::{Annotation, protocol_name};
use crate::report::preview::{frames_in, hidden_bytes, shown_payload, text_preview};
use crate::report::style::Paint;
use crate::report::wrap::{cut, hang, pad, width};
use crate::report::{
    ConversationReport, FindingReport, Notes, PacketReport, Report, Summary, Wants,
};
use crate::track::{Conversation, Side, TcpTracked, endpoints};

/// Columns of the packet's number, and of a state with its mark.
const NUMBER: usize = 5;
const STATE: usize = 12;

/// A conversation of so many packets has all of its notes in full.
const SHORT: usize = 50;

/// Columns of a payload's text.
const PREVIEW: usize = 58;

/// The ladder.
pub struct Ladder {
    screen: Screen,
    number: u64,
    /// Who talks stands above.
    titled: bool,
    last_ns: Option<u64>,
    any_inferred: bool,
    told: Told,
    /// All notes in full, and the packets so far, while the conversation may
    /// still turn out to be short.
    in_full: Option<InFull>,
    /// The ladder with notes where their kind comes first, until it is written.
    pending: String,
    /// Plain packets that are not drawn yet.
    run: Run,
    findings: Vec<Annotation>,
    conversation: Option<Conversation>,
}

impl Ladder {
    /// A ladder on which nothing is drawn yet.
    pub fn new(screen: Screen, number: u64) -> Self {
        let undecided = screen.look.notes.is_none() && !screen.look.live;
        let notes = screen.look.notes.unwrap_or_default();
        Self {
            told: Told::new(notes, &screen.look),
            in_full: undecided.then(|| InFull {
                told: Told::new(Notes::Full, &screen.look),
                text: String::new(),
                packets: 0,
            }),
            pending: String::new(),
            run: Run::default(),
            screen,
            number,
            titled: false,
            last_ns: None,
            any_inferred: false,
            findings: Vec::new(),
            conversation: None,
        }
    }

    /// Who talks, and the heads of the columns.
    fn title(&mut self, report: &PacketReport<'_>) -> io::Result<()> {
        let screen = &mut self.screen;
        let words = screen.words;
        let style = screen.style;
        let protocol = report.told().layers.last();
        let protocol = match report.told().tcp() {
            Some(_) => "TCP",
            None => protocol.map_or("–", |layer| protocol_name(layer.protocol, words.0)),
        };
        let mut title = format!("{} {} · {protocol}", words.conversation(), self.number);
        if let Some(tcp) = report.told().tcp() {
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
            endpoints(report.told()).map(|(source, destination)| match report.tracked.sender {
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
        let time = screen.time.columns();
        let number = NUMBER + usize::from(time > 0);
        for (word, columns) in [(words.time(), time), (words.number(), number)] {
            if columns > 0 {
                line.push_str(&" ".repeat(columns.saturating_sub(width(word))));
                line.push_str(word);
            }
        }
        line.push_str("  ");
        let server = words.server();
        let room = screen.width.saturating_sub(margin(screen));
        let right_at = match report.told().tcp() {
            Some(_) => room.saturating_sub(STATE),
            None => room.saturating_sub(width(server)),
        };
        pad(&mut line, words.client(), right_at);
        line.push_str(server);
        line.push('\n');
        let line = style.paint(Paint::Heading, &line);
        screen.write(&line)
    }

    /// The packet as it is drawn, and its time.
    fn rung(&mut self, report: &PacketReport<'_>) -> (String, String) {
        let frame = &report.packet.frame;
        let time_ns = report.has_time.then_some(frame.time_ns);
        let time = self.screen.time.next(time_ns);
        let columns = margin(&self.screen);
        let screen = &self.screen;
        let style = screen.style;
        let number = frame.number;
        let before = match time.is_empty() {
            true => format!("{number:>NUMBER$}  "),
            false => format!("{time} {number:>NUMBER$}  "),
        };
        let room = screen.width.saturating_sub(width(&before));
        let mut out = style.paint(Paint::Faint, &before);
        let mut rest = Vec::new();
        match (report.told().tcp(), &report.tracked.tcp) {
            (Some(tcp), Some(tracked)) => {
                let (client, server) = states(report.tracked.sender, tracked);
                self.any_inferred |= client.ends_with('?') || server.ends_with('?');
                let room = room.saturating_sub(2 * (STATE + 1));
                let numbers = numbers(tcp, report.tracked);
                let full = format!("{} {numbers}", flags(tcp));
                let label = if fits(&full, room) {
                    full
                } else {
                    rest.push(numbers);
                    flags(tcp)
                };
                pad(&mut out, &style.state(&client), STATE + 1);
                let arrow = arrow(report.tracked.sender, &label, room);
                out.push_str(&style.flags(&arrow));
                out.push(' ');
                out.push_str(&style.state(&server));
            }
            _ => {
                let label = info(report.told(), report.tracked, screen.words);
                if !fits(&label, room) {
                    rest.push(label.clone());
                }
                out.push_str(&arrow(report.tracked.sender, &label, room));
            }
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
        match screen.look.overhead {
            true => rest.push(bytes(report, screen, columns)),
            false => rest.extend(payload(report, screen, columns)),
        }
        let last_ns = self.last_ns;
        self.last_ns = time_ns.or(last_ns);
        // The time above may say it already, or not be wanted at all.
        let is_wanted = !time.is_empty() && !screen.time.is_since_last();
        let last_ns = last_ns.filter(|_| report.has_time && is_wanted);
        let rest = rest.join(", ");
        if rest.is_empty() {
            return (out, time);
        }
        let delta = last_ns.map_or_else(String::new, |last_ns| {
            let delta = since(last_ns, frame.time_ns);
            let sign = if delta.starts_with('-') { "" } else { "+" };
            format!("{sign}{delta}")
        });
        let margin = " ".repeat(columns);
        let width = screen.time.columns();
        let delta = format!("{delta:>width$}");
        let delta = style.paint(Paint::Faint, &format!("{delta:<columns$}"));
        hang(&mut out, &delta, &margin, &rest, screen.width);
        (out, time)
    }

    /// Draws a packet with its notes where their kind comes first; a plain one
    /// waits for others like it.
    fn draw(&mut self, report: &PacketReport<'_>, rung: &str, time: &str) {
        let number = report.packet.frame.number;
        let shown = self.told.of(number, report.annotations);
        let plain = shown.full.is_empty() && shown.tags.is_empty() && is_plain(report.packet);
        let look = &self.screen.look;
        if plain && !look.unfold && !look.link_header && look.bytes.is_none() {
            self.run.add(report, rung, time);
            return;
        }
        self.end_run();
        self.pending.push_str(rung);
        let screen = &self.screen;
        let columns = margin(screen);
        if !shown.tags.is_empty() {
            let margin = " ".repeat(columns);
            let names = tags(&shown.tags, true, screen.words, screen.style);
            hang(&mut self.pending, &margin, &margin, &names, screen.width);
        }
        for said in shown.full {
            annotation(&mut self.pending, screen, columns, said);
        }
    }

    fn end_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        run.write(&mut self.pending, &self.screen, margin(&self.screen));
    }

    /// Writes what is decided.
    fn write_pending(&mut self) -> io::Result<()> {
        self.screen.write(&std::mem::take(&mut self.pending))
    }
}

/// Columns before the ladder: time and number.
fn margin(screen: &Screen) -> usize {
    match screen.time.columns() {
        0 => NUMBER + 2,
        time => time + 1 + NUMBER + 2,
    }
}

/// A short conversation with all notes in full.
struct InFull {
    told: Told,
    text: String,
    packets: usize,
}

impl InFull {
    fn draw(&mut self, report: &PacketReport<'_>, rung: &str, screen: &Screen) {
        self.packets += 1;
        self.text.push_str(rung);
        for said in self
            .told
            .of(report.packet.frame.number, report.annotations)
            .full
        {
            annotation(&mut self.text, screen, margin(screen), said);
        }
    }
}

/// Left and right state; an inferred one carries a question mark.
pub fn states(sender: Option<Side>, tracked: &TcpTracked) -> (String, String) {
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

/// `62 bytes = 54 headers (14 + 20 + 20) + 8 payload "location"`, so many columns
/// from the left.
pub(super) fn bytes(report: &PacketReport<'_>, screen: &Screen, margin: usize) -> String {
    let packet = report.packet;
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
    if let Some(text) = contents(report, screen, margin) {
        // The text gets a line of its own rather than being broken.
        let room = screen.width.saturating_sub(margin);
        let fits = width(&line) + 2 + width(&text) <= room;
        line.push_str(if fits { "  " } else { "\n" });
        line.push_str(&text);
    }
    line
}

/// `8 bytes "location"`; `None` without a payload.
fn payload(report: &PacketReport<'_>, screen: &Screen, margin: usize) -> Option<String> {
    let length = report.packet.payload.length;
    if length == 0 {
        return None;
    }
    let count = screen.words.count_bytes(length.into());
    Some(match contents(report, screen, margin) {
        Some(text) => format!("{count} {text}"),
        None => count,
    })
}

/// What the payload says: the frames of WebSocket that end in it, the records of
/// TLS that begin it, or its text.
fn contents(report: &PacketReport<'_>, screen: &Screen, margin: usize) -> Option<String> {
    let room = screen.width.saturating_sub(margin + 16).min(PREVIEW);
    if let Some(frames) = frames_in(report.annotations) {
        return Some(cut(&frames, room));
    }
    if report.packet.tcp().is_some()
        && let Some(records) = outline(report.packet.payload_bytes())
    {
        return Some(format!("TLS: {}", cut(&records, room)));
    }
    let text = text_of(report, screen, margin)?;
    Some(format!("\"{text}\""))
}

/// The payload as text, where it is one. A message whose content is shown by its
/// own protocol is not shown raw.
fn text_of(report: &PacketReport<'_>, screen: &Screen, margin: usize) -> Option<String> {
    let packet = report.packet;
    let innermost = packet.layers.last();
    if innermost.is_some_and(|layer| layer.header_length == 0) {
        return None;
    }
    let room = screen.width.saturating_sub(margin + 16);
    let payload = shown_payload(packet, Some(report.tracked), screen.look.secrets);
    text_preview(&payload, room.min(PREVIEW))
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

    fn begins(&mut self, first_ns: u64) {
        self.screen.time.begins(first_ns);
    }

    fn packet(&mut self, report: &PacketReport<'_>) -> io::Result<()> {
        if !std::mem::replace(&mut self.titled, true) {
            self.title(report)?;
        }
        let (mut rung, time) = self.rung(report);
        let screen = &self.screen;
        if screen.look.link_header {
            let margin = " ".repeat(margin(screen));
            let line = link_header(report.packet, screen.words.0);
            hang(&mut rung, &margin, &margin, &line, screen.width);
        }
        if let Some(form) = screen.look.bytes {
            let hidden = hidden_bytes(report.packet, Some(report.tracked), screen.look.secrets);
            dump(&mut rung, report.packet, form, &hidden);
        }
        self.draw(report, &rung, &time);
        if let Some(in_full) = &mut self.in_full {
            in_full.draw(report, &rung, &self.screen);
            if in_full.packets <= SHORT {
                return Ok(());
            }
            self.in_full = None;
        }
        self.write_pending()
    }

    fn finding(&mut self, finding: &FindingReport<'_>) -> io::Result<()> {
        self.findings.push(finding.annotation.clone());
        Ok(())
    }

    fn conversation(&mut self, report: &ConversationReport<'_>) -> io::Result<()> {
        self.conversation = Some(report.conversation.clone());
        Ok(())
    }

    fn so_far(&mut self, _: &Summary, open: Vec<Conversation>) -> io::Result<()> {
        self.end_run();
        self.write_pending()?;
        match open.iter().find(|open| open.number == self.number) {
            Some(conversation) => verdict(&mut self.screen, conversation),
            None => Ok(()),
        }
    }

    fn summary(&mut self, _: &Summary) -> io::Result<()> {
        self.end_run();
        if let Some(in_full) = self.in_full.take() {
            self.pending = in_full.text;
        }
        self.write_pending()?;
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
