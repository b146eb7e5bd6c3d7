//! `--packets`: a line for every packet, what is said of it beneath, the
//! summary at the end.

use std::io;

use super::annotation::annotation;
use super::info::{info, more};
use super::screen::Screen;
use super::summary::Overview;
use super::when::since;
use crate::report::style::Paint;
use crate::report::wrap::{hang, pad, width};
use crate::report::{FindingReport, PacketReport, Report, Summary, Wants};
use crate::track::{Conversation, Side, endpoints};

/// Columns of the packet's number and of its time.
const NUMBER: usize = 5;
const TIME: usize = 10;

/// Columns before a packet's text: number and time.
const MARGIN: usize = NUMBER + 1 + TIME + 2;

/// The pair of endpoints gets as many columns as the widest so far, up to
/// this.
const WIDEST_PAIR: usize = 43;

/// The list.
pub struct PacketList {
    overview: Overview,
    start_ns: Option<u64>,
    pair: usize,
}

impl PacketList {
    /// A list in which nothing is listed yet.
    pub fn new(screen: Screen) -> Self {
        Self {
            overview: Overview::new(screen),
            start_ns: None,
            pair: 0,
        }
    }

    fn screen(&mut self) -> &mut Screen {
        &mut self.overview.screen
    }

    /// A line across the page, with a title where there is one.
    fn rule(&mut self, title: &str) -> io::Result<()> {
        let columns = self.screen().width;
        let rule = match title {
            "" => "─".repeat(columns),
            title => {
                let rest = columns.saturating_sub(width(title) + 4);
                format!("── {title} {}", "─".repeat(rest))
            }
        };
        let rule = self.screen().style.paint(Paint::Faint, &rule);
        self.screen().write(&format!("{rule}\n"))
    }

    fn title(&mut self) -> io::Result<()> {
        let screen = self.screen();
        let words = screen.words;
        let mut line = String::new();
        let number = words.number();
        line.push_str(&" ".repeat(NUMBER.saturating_sub(width(number))));
        line.push_str(number);
        line.push_str(&" ".repeat(1 + TIME.saturating_sub(width(words.time()))));
        line.push_str(words.time());
        line.push_str("  ");
        line.push_str(words.between());
        line.push_str("  ");
        line.push_str(words.info());
        let line = screen.style.paint(Paint::Heading, &line);
        screen.write(&format!("{line}\n"))
    }

    /// `   1    0.000000  10.0.0.1:3572 → 10.0.0.2:3001  TCP SYN …`.
    fn line(&mut self, report: &PacketReport<'_>) -> String {
        let frame = &report.packet.frame;
        let start = *self.start_ns.get_or_insert(frame.time_ns);
        let time = match report.has_time {
            true => since(start, frame.time_ns),
            false => "–".to_owned(),
        };
        let ends = endpoints(report.packet);
        let plain = ends.map_or_else(
            || "–".to_owned(),
            |(source, destination)| format!("{source} → {destination}"),
        );
        self.pair = self.pair.max(width(&plain).min(WIDEST_PAIR));
        let pair_width = self.pair;
        let screen = self.screen();
        let style = screen.style;
        let mut out = style.paint(
            Paint::Faint,
            &format!("{:>NUMBER$} {time:>TIME$}  ", frame.number),
        );
        let pair = ends.map_or(plain, |(source, destination)| {
            let (from, to) = match report.tracked.sender {
                Some(Side::Server) => (Paint::Server, Paint::Client),
                _ => (Paint::Client, Paint::Server),
            };
            let source = style.paint(from, &source.to_string());
            let destination = style.paint(to, &destination.to_string());
            format!("{source} → {destination}")
        });
        let words = screen.words;
        let info = info(report.packet, report.tracked, words);
        let more = more(report.packet, report.tracked);
        let aligned = width(&out) + width(&pair).max(pair_width) + 2 + width(&info);
        let close = width(&out) + width(&pair) + 2 + width(&info);
        if aligned <= screen.width {
            pad(&mut out, &pair, pair_width);
            out.push_str("  ");
            out.push_str(&info);
            if aligned + width(&more) <= screen.width {
                out.push_str(&more);
            }
            out.push('\n');
        } else if close <= screen.width {
            out.push_str(&format!("{pair}  {info}\n"));
        } else {
            let margin = " ".repeat(MARGIN);
            let first = std::mem::take(&mut out);
            hang(&mut out, &first, &margin, &pair, screen.width);
            let info = format!("{info}{more}");
            hang(&mut out, &margin, &margin, &info, screen.width);
        }
        out
    }
}

impl Report for PacketList {
    fn wants(&self) -> Wants {
        Wants {
            packets: true,
            findings: true,
            only_annotated: self.overview.screen.look.chosen_kinds,
            only_attention: self.overview.screen.look.only_attention,
            ..self.overview.wants()
        }
    }

    fn packet(&mut self, report: &PacketReport<'_>) -> io::Result<()> {
        if self.start_ns.is_none() {
            self.title()?;
        }
        let mut out = self.line(report);
        for said in report.annotations {
            annotation(&mut out, &self.overview.screen, MARGIN, said);
        }
        self.screen().write(&out)
    }

    fn finding(&mut self, finding: &FindingReport<'_>) -> io::Result<()> {
        let mut out = String::new();
        annotation(&mut out, &self.overview.screen, 2, finding.annotation);
        self.screen().write(&out)
    }

    fn conversation(&mut self, conversation: &Conversation) -> io::Result<()> {
        self.overview.conversation(conversation)
    }

    fn so_far(&mut self, summary: &Summary, open: Vec<Conversation>) -> io::Result<()> {
        let so_far = self.screen().words.so_far();
        self.rule(so_far)?;
        self.overview.so_far(summary, open)?;
        self.rule("")
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        if self.start_ns.is_some() {
            self.rule("")?;
        }
        self.overview.summary(summary)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.screen().flush()
    }
}
