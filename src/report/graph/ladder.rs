//! A conversation's ladder as SVG, for tickets and pages: every packet an arrow
//! between client and server with both states, below it the names of what is said,
//! in words where the pointer rests on it. Of a long conversation the beginning,
//! the end and what deserves attention are drawn, and what is left out is counted.

use std::collections::VecDeque;
use std::io::{self, Write};

use maud::{Markup, html};

use crate::decode::http::Secrets;
use crate::escape::escape;
use crate::notes::{Annotation, Lang, Severity};
use crate::report::preview::{shown_payload, text_preview};
use crate::report::style::{Style, sign};
use crate::report::text::annotation::{Base, check_line};
use crate::report::text::info::{flags, info, numbers};
use crate::report::text::{since, states};
use crate::report::words::Words;
use crate::report::wrap::{cut, width};
use crate::report::{Look, PacketReport, Report, Summary, Wants};
use crate::track::{Endpoint, PacketNumber, Side, Sides, endpoints};

/// The picture's width, and the places in it.
const WIDTH: u32 = 920;
const TIME: u32 = 84;
const NUMBER: u32 = 128;
const CLIENT: u32 = 140;
const FROM: u32 = 256;
const TO: u32 = 790;
const SERVER: u32 = 800;
const HEAD: u32 = 52;

/// The height of a rung, of a line of words below it, and of a gap.
const RUNG: u32 = 26;
const LINE: u32 = 15;
const GAP: u32 = 24;

/// Columns of words between the two sides.
const COLUMNS: usize = 84;

/// Columns of a packet's label on its arrow.
const LABEL: usize = 70;

/// How much is drawn of a conversation.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// Packets at the beginning.
    pub first: usize,
    /// Packets behind these that deserve attention.
    pub attention: usize,
    /// Packets at the end.
    pub last: usize,
}

impl Most {
    /// Of a conversation that is drawn alone.
    pub const ALONE: Self = Self {
        first: 60,
        attention: 60,
        last: 20,
    };
}

/// One packet of a ladder.
#[derive(Clone, Debug)]
pub struct Rung {
    /// Which packet of the conversation it is, from 1.
    nth: u64,
    packet: PacketNumber,
    /// In nanoseconds since the capture's first packet, where that is known.
    time_ns: Option<u64>,
    sender: Option<Side>,
    /// What stands on the arrow, by language.
    labels: [String; 2],
    /// Both ends' states, of TCP.
    states: Option<(String, String)>,
    /// The payload as text, where it is wanted.
    payload: Option<String>,
    /// What is said, by language.
    said: [Vec<Annotation>; 2],
}

/// The rungs of a conversation, as they come.
#[derive(Clone, Debug)]
pub struct Rungs {
    most: Most,
    /// Payload is shown, with or without its secrets.
    payload: Option<Secrets>,
    first_ns: Option<u64>,
    ends: Option<Sides<Endpoint>>,
    kept: Vec<Rung>,
    attention: usize,
    last: VecDeque<Rung>,
    all: u64,
}

impl Rungs {
    /// None yet. `payload`: it is shown, and what is done with its secrets.
    #[must_use]
    pub fn new(most: Most, payload: Option<Secrets>) -> Self {
        Self {
            most,
            payload,
            first_ns: None,
            ends: None,
            kept: Vec::new(),
            attention: 0,
            last: VecDeque::new(),
            all: 0,
        }
    }

    /// The capture's first packet came at this time.
    pub fn begins(&mut self, first_ns: u64) {
        self.first_ns.get_or_insert(first_ns);
    }

    /// Takes in a packet with what is said of it, by language.
    pub fn add(&mut self, report: &PacketReport<'_>, said: [&[Annotation]; 2]) {
        self.all += 1;
        let told = report.told();
        if self.ends.is_none() {
            self.ends = endpoints(told).map(|(source, destination)| match report.tracked.sender {
                Some(Side::Server) => Sides {
                    client: destination,
                    server: source,
                },
                _ => Sides {
                    client: source,
                    server: destination,
                },
            });
        }
        let deserves = |annotation: &Annotation| annotation.severity > Severity::Note;
        let is_first = self.kept.len() < self.most.first + self.attention;
        let is_wanted = said.iter().any(|of| of.iter().any(deserves));
        let keeps = is_first && self.all <= self.most.first as u64;
        let rung = self.rung(report, said);
        if keeps {
            self.kept.push(rung);
        } else if is_wanted && self.attention < self.most.attention {
            self.attention += 1;
            self.kept.push(rung);
        } else {
            if self.last.len() >= self.most.last {
                self.last.pop_front();
            }
            self.last.push_back(rung);
        }
    }

    fn rung(&self, report: &PacketReport<'_>, said: [&[Annotation]; 2]) -> Rung {
        let told = report.told();
        let frame = &report.packet.frame;
        let labels = Lang::ALL.map(|lang| match (told.tcp(), &report.tracked.tcp) {
            (Some(tcp), Some(_)) => format!("{} {}", flags(tcp), numbers(tcp, report.tracked)),
            _ => info(told, report.tracked, Words(lang)),
        });
        let payload = self.payload.and_then(|secrets| {
            let payload = shown_payload(report.packet, Some(report.tracked), secrets);
            text_preview(&payload, COLUMNS)
        });
        let tracked = report.tracked.tcp.as_ref();
        let time_ns = frame
            .time_ns
            .checked_sub(self.first_ns.unwrap_or(frame.time_ns));
        Rung {
            nth: self.all,
            packet: frame.number,
            time_ns: time_ns.filter(|_| report.has_time),
            sender: report.tracked.sender,
            labels,
            states: tracked.map(|tracked| states(report.tracked.sender, tracked)),
            payload,
            said: said.map(<[Annotation]>::to_vec),
        }
    }

    /// The rungs that are drawn, in their order.
    pub fn drawn(&self) -> impl Iterator<Item = &Rung> {
        self.kept.iter().chain(&self.last)
    }
}

impl Rung {
    /// The packet's number.
    #[must_use]
    pub fn packet(&self) -> PacketNumber {
        self.packet
    }

    /// What is said of it in this language.
    #[must_use]
    pub fn said(&self, lang: Lang) -> &[Annotation] {
        let [en, zh] = &self.said;
        lang.pick(en, zh)
    }

    /// All that is said of it, with its checks, as it shows where the pointer rests.
    fn title(&self, lang: Lang) -> String {
        let words = Words(lang);
        let mut lines = vec![match lang {
            Lang::En => format!("Packet {}", self.packet),
            Lang::Zh => format!("报文 {}", self.packet),
        }];
        for annotation in self.said(lang) {
            lines.push(format!(
                "{} {}: {}",
                sign(annotation.severity),
                annotation.kind.name(),
                escape(&annotation.text)
            ));
            let checks = annotation.checks.iter();
            lines.extend(checks.map(|check| {
                let line = check_line(check, words, Style::default(), Base::Decimal);
                format!("   {line}")
            }));
        }
        lines.join("\n")
    }

    /// The names of what is said, in lines, with the worst severity of each.
    fn tags(&self, lang: Lang) -> Vec<Vec<(Severity, String)>> {
        let mut lines: Vec<Vec<(Severity, String)>> = Vec::new();
        let mut used = 0;
        for annotation in self.said(lang) {
            let name = annotation.kind.name();
            let name = name.strip_prefix("tcp.").unwrap_or(name);
            let holds = annotation
                .checks
                .iter()
                .all(|check| check.holds == Some(true));
            let holds = holds && !annotation.checks.is_empty();
            let mark = if holds { " ✓" } else { "" };
            let text = format!("{} {name}{mark}", sign(annotation.severity));
            let columns = width(&text) + 3;
            match lines.last_mut() {
                Some(line) if used + columns <= COLUMNS => line.push((annotation.severity, text)),
                _ => {
                    lines.push(vec![(annotation.severity, text)]);
                    used = 0;
                }
            }
            used += columns;
        }
        lines
    }

    fn height(&self, lang: Lang) -> u32 {
        let lines = self.tags(lang).len() as u32 + u32::from(self.payload.is_some());
        RUNG + LINE * lines
    }
}

const fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "#555555",
        Severity::Warning => "#a04a00",
        Severity::Error => "#c42020",
    }
}

/// The ladder in this language.
#[must_use]
pub fn ladder(rungs: &Rungs, title: &str, lang: Lang) -> Markup {
    let words = Words(lang);
    let mut placed = Vec::new();
    let mut y = HEAD;
    let mut before = 0;
    for rung in rungs.drawn() {
        let missing = rung.nth.saturating_sub(before + 1);
        if missing > 0 {
            y += GAP;
        }
        placed.push((y, missing, rung));
        y += rung.height(lang);
        before = rung.nth;
    }
    let missing = rungs.all.saturating_sub(before);
    let height = y + GAP * u32::from(missing > 0) + 10;
    let ends = rungs.ends.as_ref();
    let end = |side: Side| ends.map_or_else(String::new, |ends| ends[side].to_string());
    html! {
        svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("0 0 {WIDTH} {height}"))
            width=(WIDTH) height=(height) role="img" aria-label=(escape(title))
            font-family="system-ui, 'Noto Sans CJK SC', sans-serif" font-size="12.5" {
            rect width=(WIDTH) height=(height) fill="#ffffff" {}
            g font-weight="bold" fill="#111111" {
                text x="10" y="18" font-size="14" { (escape(title)) }
                text x=(CLIENT) y="40" { (words.client()) " " (end(Side::Client)) }
                text x=(SERVER + 110) y="40" text-anchor="end" {
                    (words.server()) " " (end(Side::Server))
                }
            }
            @for (y, missing, rung) in &placed {
                @if *missing > 0 { (gap(*y - GAP, *missing, lang)) }
                (drawn(rung, *y, lang))
            }
            @if missing > 0 { (gap(y, missing, lang)) }
        }
    }
}

fn gap(y: u32, missing: u64, lang: Lang) -> Markup {
    let said = match (lang, missing) {
        (Lang::En, 1) => "⋮ 1 packet".to_owned(),
        (Lang::En, _) => format!("⋮ {missing} packets"),
        (Lang::Zh, _) => format!("⋮ {missing} 个报文"),
    };
    html! {
        text x=((FROM + TO) / 2) y=(y + 16) text-anchor="middle" fill="#777777" { (said) }
    }
}

fn drawn(rung: &Rung, y: u32, lang: Lang) -> Markup {
    let line = y + 18;
    let [en, zh] = &rung.labels;
    let label = cut(lang.pick(en, zh), LABEL);
    let time = rung
        .time_ns
        .map_or_else(|| "–".to_owned(), |ns| since(0, ns));
    let worst = rung.said(lang).iter().map(|said| said.severity).max();
    let stroke = match worst {
        Some(Severity::Error) => "#c42020",
        Some(Severity::Warning) => "#a04a00",
        _ => "#1f5fa8",
    };
    let head = match rung.sender {
        Some(Side::Client) => format!("M{} {}l7 4l-7 4z", TO - 7, line - 4),
        Some(Side::Server) => format!("M{} {}l-7 4l7 4z", FROM + 7, line - 4),
        None => String::new(),
    };
    let tags = rung.tags(lang);
    let payload = rung.payload.as_ref();
    html! {
        g data-packet=(rung.packet) {
            title { (rung.title(lang)) }
            text x=(TIME) y=(line + 4) text-anchor="end" fill="#777777" { (time) }
            text x=(NUMBER) y=(line + 4) text-anchor="end" fill="#333333" { (rung.packet) }
            @if let Some((client, server)) = &rung.states {
                text x=(CLIENT) y=(line + 4) fill="#333333" { (client) }
                text x=(SERVER) y=(line + 4) fill="#333333" { (server) }
            }
            path d=(format!("M{FROM} {line}H{TO}")) stroke=(stroke) fill="none" {}
            @if !head.is_empty() { path d=(head) fill=(stroke) {} }
            text x=((FROM + TO) / 2) y=(line - 4) text-anchor="middle" fill="#111111" {
                (escape(&label))
            }
            @if let Some(text) = payload {
                text x=(FROM + 12) y=(line + LINE) fill="#333333" { "“" (escape(text)) "”" }
            }
            @for (number, row) in tags.iter().enumerate() {
                text x=(FROM + 2) y=(line + LINE * (number as u32 + 1 + u32::from(payload.is_some())))
                    font-size="11" {
                    @for (severity, text) in row {
                        tspan dx="10" fill=(self::colour(*severity)) { (text) }
                    }
                }
            }
        }
    }
}

/// Draws a ladder as SVG at the end.
pub struct LadderDrawing {
    out: Box<dyn Write + Send>,
    number: u64,
    lang: Lang,
    rungs: Rungs,
}

impl LadderDrawing {
    /// Of the conversation of this number; nothing is drawn yet.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, look: Look, number: u64) -> Self {
        Self {
            out,
            number,
            lang: look.lang,
            rungs: Rungs::new(Most::ALONE, None),
        }
    }
}

impl Report for LadderDrawing {
    fn wants(&self) -> Wants {
        Wants {
            packets: true,
            ..Wants::default()
        }
    }

    fn begins(&mut self, first_ns: u64) {
        self.rungs.begins(first_ns);
    }

    fn packet(&mut self, report: &PacketReport<'_>) -> io::Result<()> {
        let said = report.annotations;
        self.rungs.add(report, [said, said]);
        Ok(())
    }

    fn summary(&mut self, _: &Summary) -> io::Result<()> {
        if self.rungs.all == 0 {
            return Ok(());
        }
        let title = format!("{} {}", Words(self.lang).conversation(), self.number);
        let picture = ladder(&self.rungs, &title, self.lang).into_string();
        writeln!(self.out, "{picture}")
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
