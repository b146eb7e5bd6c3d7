//! `--packets`: a line for every packet with the names of its notes, the notes
//! themselves where their kind comes first, the summary at the end.

use std::collections::HashMap;
use std::io;

use super::annotation::{annotation, fails, head_line};
use super::bytes::{dump, link_header};
use super::exchanges::{in_a_line, tls_in_a_line};
use super::first_screen::now;
use super::info::{info, more};
use super::ladder::bytes;
use super::screen::Screen;
use super::summary::Overview;
use super::told::{Tag, Told, tags};
use crate::notes::{Kind, On};
use crate::report::digest::Digest;
use crate::report::preview::hidden_bytes;
use crate::report::style::{Paint, sign};
use crate::report::wrap::{cut, hang, pad, width};
use crate::report::{
    ConversationReport, ExchangeReport, FindingReport, PacketReport, Report, Summary, Wants,
};
use crate::track::{Conversation, Side, TlsSession, endpoints};

/// Columns of the packet's number.
const NUMBER: usize = 5;

/// Findings of one kind that are listed; the summary counts them all.
const MOST_FINDINGS: usize = 5;

/// The pair of endpoints gets as many columns as the widest so far, up to
/// this.
const WIDEST_PAIR: usize = 43;

/// The list.
pub struct PacketList {
    overview: Overview,
    /// The heads of the columns stand above.
    titled: bool,
    pair: usize,
    told: Told,
    /// How many findings of each kind have been listed.
    listed: HashMap<Kind, usize>,
    /// By kind of finding, how many there were when it was last told how many
    /// stand.
    standing: HashMap<Kind, u64>,
    /// What became complete with the packet that comes next, in a line each.
    complete: String,
    /// The conversations up to this one have been named by both ends.
    named: u64,
}

impl PacketList {
    /// A list in which nothing is listed yet.
    pub fn new(screen: Screen) -> Self {
        let notes = screen.look.notes.unwrap_or_default();
        Self {
            told: Told::new(notes, &screen.look),
            overview: Overview::new(screen),
            titled: false,
            pair: 0,
            listed: HashMap::new(),
            standing: HashMap::new(),
            complete: String::new(),
            named: 0,
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
        let time = screen.time.columns();
        if time > 0 {
            line.push_str(&" ".repeat(1 + time.saturating_sub(width(words.time()))));
            line.push_str(words.time());
        }
        line.push_str("  ");
        line.push_str(words.between());
        line.push_str("  ");
        line.push_str(words.info());
        let line = screen.style.paint(Paint::Heading, &line);
        screen.write(&format!("{line}\n"))
    }

    /// `   1    0.000000  10.0.0.1:3572 → 10.0.0.2:3001  TCP SYN …`, with the
    /// names of the notes that are not told in full behind it.
    fn line(&mut self, report: &PacketReport<'_>, names: &[Tag]) -> String {
        let frame = &report.packet.frame;
        let time_ns = report.has_time.then_some(frame.time_ns);
        let time = self.screen().time.next(time_ns);
        let number = frame.number;
        let before = match time.is_empty() {
            true => format!("{number:>NUMBER$}  "),
            false => format!("{number:>NUMBER$} {time}  "),
        };
        let margin = " ".repeat(self.margin());
        let ends = endpoints(report.told());
        let plain = ends.map_or_else(
            || "–".to_owned(),
            |(source, destination)| format!("{source} → {destination}"),
        );
        self.pair = self.pair.max(width(&plain).min(WIDEST_PAIR));
        let known = self.is_named(report.tracked.conversation);
        let aligned = self.pair;
        let screen = self.screen();
        let (words, style) = (screen.words, screen.style);
        let before = style.paint(Paint::Faint, &before);
        let paints = match report.tracked.sender {
            Some(Side::Server) => (Paint::Server, Paint::Client),
            _ => (Paint::Client, Paint::Server),
        };
        let both = |source: &str, destination: &str| {
            let source = style.paint(paints.0, source);
            let destination = style.paint(paints.1, destination);
            format!("{source} → {destination}")
        };
        let pair = ends.map_or(plain, |(source, destination)| {
            both(&source.to_string(), &destination.to_string())
        });
        // Of a conversation that has been named, the port says whose end it is.
        let short = ends
            .filter(|_| known)
            .and_then(|(source, destination)| {
                Some(both(
                    &source.to_string(),
                    &format!(":{}", destination.port?),
                ))
            })
            .unwrap_or_else(|| pair.clone());
        let mut padded = String::new();
        pad(&mut padded, &pair, aligned);
        let info = info(report.told(), report.tracked, words);
        let info = match report.told().tcp() {
            Some(_) => style.flags(&info),
            None => info,
        };
        let terse = info.strip_prefix("TCP ").unwrap_or(&info);
        let terse = terse.strip_suffix(" len 0").unwrap_or(terse);
        let with_more = format!("{info}{}", more(report.told(), report.tracked));
        let [long, brief] = [true, false].map(|long| match names.is_empty() {
            true => String::new(),
            false => format!("  {}", tags(names, long, words, style)),
        });
        // The fullest form that fits a line.
        let forms = [
            (&padded, with_more.as_str(), &long),
            (&padded, &info, &long),
            (&padded, &info, &brief),
            (&pair, &info, &brief),
            (&pair, terse, &brief),
            (&short, terse, &brief),
        ];
        let line = |(pair, info, names): (&String, &str, &String)| {
            format!("{before}{pair}  {info}{names}\n")
        };
        let tight = format!("{before}{short} {terse} {}", brief.trim_start());
        let tight = format!("{}\n", tight.trim_end());
        let mut lines = forms.into_iter().map(line).chain([tight]);
        if let Some(fits) = lines.find(|line| width(line.trim_end()) <= screen.width) {
            return fits;
        }
        let nothing = String::new();
        let forms = [
            (&padded, info.as_str()),
            (&pair, &info),
            (&pair, terse),
            (&short, terse),
        ];
        let mut lines = forms
            .into_iter()
            .map(|(pair, info)| line((pair, info, &nothing)));
        let mut out = match lines.find(|line| width(line.trim_end()) <= screen.width) {
            Some(fits) => fits,
            None => {
                let mut out = String::new();
                hang(&mut out, &before, &margin, &pair, screen.width);
                hang(&mut out, &margin, &margin, &with_more, screen.width);
                out
            }
        };
        if !names.is_empty() {
            hang(&mut out, &margin, &margin, brief.trim_start(), screen.width);
        }
        out
    }

    /// Columns before a packet's text: number and time.
    fn margin(&self) -> usize {
        match self.overview.screen.time.columns() {
            0 => NUMBER + 2,
            time => NUMBER + 1 + time + 2,
        }
    }

    /// Whether a line before has named both ends of a conversation, as this one
    /// does now.
    fn is_named(&mut self, conversation: Option<u64>) -> bool {
        let Some(number) = conversation else {
            return false;
        };
        let known = number <= self.named;
        self.named = self.named.max(number);
        known
    }
}

impl Report for PacketList {
    fn wants(&self) -> Wants {
        Wants {
            packets: true,
            findings: true,
            exchanges: self.overview.screen.look.live,
            only_annotated: self.overview.screen.look.chosen_kinds,
            only_attention: self.overview.screen.look.only_attention,
            ..self.overview.wants()
        }
    }

    fn begins(&mut self, first_ns: u64) {
        self.screen().time.begins(first_ns);
    }

    fn packet(&mut self, report: &PacketReport<'_>) -> io::Result<()> {
        if !std::mem::replace(&mut self.titled, true) {
            self.title()?;
        }
        let shown = self.told.of(report.packet.frame.number, report.annotations);
        let mut out = self.line(report, &shown.tags);
        let columns = self.margin();
        let screen = &self.overview.screen;
        if screen.look.overhead {
            let margin = " ".repeat(columns);
            let bill = bytes(report, screen, columns);
            hang(&mut out, &margin, &margin, &bill, screen.width);
        }
        if screen.look.link_header {
            let margin = " ".repeat(columns);
            let line = link_header(report.packet, screen.words.0);
            hang(&mut out, &margin, &margin, &line, screen.width);
        }
        if let Some(form) = screen.look.bytes {
            let hidden = hidden_bytes(report.packet, Some(report.tracked), screen.look.secrets);
            dump(&mut out, report.packet, form, &hidden);
        }
        for said in shown.full {
            annotation(&mut out, &self.overview.screen, columns, said);
        }
        out.push_str(&std::mem::take(&mut self.complete));
        self.screen().write(&out)
    }

    fn exchange(&mut self, report: &ExchangeReport<'_>) -> io::Result<()> {
        let screen = &self.overview.screen;
        if !screen.look.only_attention {
            let line = format!("  {}", in_a_line(report.exchange, screen.words.0));
            let line = screen
                .style
                .paint(Paint::Heading, &cut(&line, screen.width));
            self.complete.push_str(&format!("{line}\n"));
        }
        Ok(())
    }

    fn session(&mut self, session: &TlsSession) -> io::Result<()> {
        let screen = &self.overview.screen;
        if !screen.look.only_attention {
            let line = format!("  {}", tls_in_a_line(session, screen.words.0));
            let line = screen
                .style
                .paint(Paint::Heading, &cut(&line, screen.width));
            self.complete.push_str(&format!("{line}\n"));
        }
        Ok(())
    }

    fn finding(&mut self, finding: &FindingReport<'_>) -> io::Result<()> {
        let said = finding.annotation;
        if self.standing.contains_key(&said.kind) {
            // How many there are has been told while they stood.
            return Ok(());
        }
        let listed = self.listed.entry(said.kind).or_default();
        *listed += 1;
        let listed = *listed;
        let screen = &self.overview.screen;
        let mut out = String::new();
        if !self.told.has(said.kind) || fails(said) {
            annotation(&mut out, screen, 2, said);
        } else if listed <= MOST_FINDINGS {
            let line = format!("  {}", head_line(said, screen.words, screen.style));
            out = format!("{}\n", cut(&line, screen.width));
        } else if listed == MOST_FINDINGS + 1 {
            // The summary has them all, in groups.
            let line = screen.words.counted_in_summary(said.kind.name());
            out = format!("  {}\n", screen.style.paint(Paint::Faint, &line));
        }
        self.screen().write(&out)
    }

    fn conversation(&mut self, report: &ConversationReport<'_>) -> io::Result<()> {
        self.overview.conversation(report)
    }

    fn so_far(&mut self, summary: &Summary, open: Vec<Conversation>) -> io::Result<()> {
        let so_far = self.screen().words.so_far();
        self.rule(so_far)?;
        self.overview.so_far(summary, open)?;
        self.rule("")
    }

    /// A line for each group of findings that is new, or has doubled.
    fn standing(&mut self, digest: &Digest) -> io::Result<()> {
        for group in digest.groups() {
            if group.kind.on() != On::Finding {
                continue;
            }
            let known = self.standing.get(&group.kind).copied().unwrap_or(0);
            if group.times < (known * 2).max(1) {
                continue;
            }
            self.standing.insert(group.kind, group.times);
            let screen = self.screen();
            let line = now(group, digest, screen.words.0);
            let line = format!("{} {line}", sign(group.severity));
            let line = screen.style.severity(group.severity, &line);
            screen.paragraph("", "  ", &line)?;
        }
        Ok(())
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        if self.titled {
            self.rule("")?;
        }
        self.overview.summary(summary)
    }

    fn flush(&mut self) -> io::Result<()> {
        let complete = std::mem::take(&mut self.complete);
        self.screen().write(&complete)?;
        self.screen().flush()
    }
}
