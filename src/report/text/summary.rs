//! The summary: what is in the capture, what deserves attention, who talked,
//! who listened, and where the bytes went. One screen for an ordinary capture.

use std::io;
use std::path::Path;

use comfy_table::Table;

use super::conversations::Largest;
use super::exchanges;
use super::first_screen;
use super::screen::{Screen, lay_out};
use super::when::{date, date_after};
use crate::capture::LinkType;
use crate::escape::escape;
use crate::notes::{Kind, On, protocol_name, units};
use crate::report::hint;
use crate::report::numbers::{grouped, percent};
use crate::report::style::{Paint, sign};
use crate::report::words::Words;
use crate::report::wrap::{pad, width};
use crate::report::{Attention, ConversationReport, Report, Summary, Wants};
use crate::track::{Conversation, Listener};

/// How many kinds deserve attention at once.
const MOST_ATTENTION: usize = 8;

/// How many things that were not read are named.
const MOST_UNDECODED: usize = 6;

/// How many files are told apart.
const MOST_FILES: usize = 50;

/// How many listeners are shown.
const MOST_LISTENERS: usize = 5;

/// Columns of the longest bar.
const LONGEST_BAR: usize = 40;

/// The renderer of the summary.
pub struct Overview {
    pub screen: Screen,
    largest: Largest,
}

impl Overview {
    /// A summary of which nothing is known yet.
    pub fn new(screen: Screen) -> Self {
        Self {
            screen,
            largest: Largest::default(),
        }
    }

    fn what(&mut self, summary: &Summary) -> io::Result<()> {
        let screen = &mut self.screen;
        let words = screen.words;
        let names: Vec<_> = summary
            .files
            .iter()
            .map(|name| escape(name).into_owned())
            .collect();
        let interface = summary.live.as_ref().and_then(|it| it.interface.as_deref());
        let names = match names.as_slice() {
            [] => escape(interface.unwrap_or_default()).into_owned(),
            [one] => one.clone(),
            many => format!(
                "{}{}{}",
                words.count_files(many.len() as u64),
                words.0.pick(": ", "："),
                many.join(words.0.pick(", ", "、"))
            ),
        };
        let names = screen.style.paint(Paint::Heading, &names);
        screen.paragraph("", "  ", &names)?;
        if summary.packets == 0 {
            let nothing = match (summary.selected, summary.read) {
                (Some(_), _) => words.none_selected(&screen.look.selecting, summary),
                (None, Some(read)) => {
                    format!("{}{}", words.passed(0, read), words.0.pick(".", "。"))
                }
                (None, None) => words.no_packets().to_owned(),
            };
            screen.paragraph("  ", "  ", &nothing)?;
            return self.losses(summary);
        }
        let times = summary.first_ns.zip(summary.last_ns);
        let links: Vec<_> = summary
            .link_types
            .iter()
            .copied()
            .map(link_type_name)
            .collect();
        let mut sums = vec![words.count_packets_of(summary), units::bytes(summary.bytes)];
        let is_steady = !summary.has_seen(Kind::CaptureTimeDisorder);
        if let Some((first, last)) = times.filter(|_| is_steady && summary.packets > 1) {
            sums.push(units::duration(last - first));
        }
        sums.push(links.join(words.0.pick(", ", "、")));
        screen.paragraph("  ", "  ", &sums.join(" · "))?;
        let when = match times {
            None => words.no_times().to_owned(),
            Some((first, last)) if first == last => format!("{} UTC", date(first)),
            Some((first, last)) => words.between_times(&date(first), &date_after(first, last)),
        };
        screen.paragraph("  ", "  ", &when)?;
        let protocols: Vec<_> = summary
            .protocols()
            .map(|(protocol, packets)| {
                format!("{} {}", protocol_name(protocol, words.0), grouped(packets))
            })
            .collect();
        // Frames of a link type that nobody here knows have none.
        if !protocols.is_empty() {
            screen.paragraph("  ", "    ", &protocols.join(" · "))?;
        }
        if let Some(line) = words.selected(&screen.look.selecting, summary) {
            screen.paragraph("  ", "    ", &line)?;
        }
        for line in files(summary, words, MOST_FILES) {
            screen.paragraph("  ", "      ", &line)?;
        }
        self.undecoded(summary)?;
        self.losses(summary)
    }

    /// What was carried and not read, the largest of it.
    fn undecoded(&mut self, summary: &Summary) -> io::Result<()> {
        match not_read(summary, self.screen.words, MOST_UNDECODED) {
            Some(line) => self.screen.paragraph("  ", "    ", &line),
            None => Ok(()),
        }
    }

    /// What a running capture lost.
    fn losses(&mut self, summary: &Summary) -> io::Result<()> {
        let Some(live) = &summary.live else {
            return Ok(());
        };
        let lost = live.dropped_by_kernel + live.dropped_by_interface + live.dropped_by_us;
        if lost == 0 && live.interface.is_none() {
            return Ok(());
        }
        let screen = &mut self.screen;
        let line = screen.words.losses(live);
        let paint = if lost == 0 {
            Paint::Good
        } else {
            Paint::Warning
        };
        let line = screen.style.paint(paint, &line);
        screen.paragraph("  ", "    ", &line)
    }

    fn attention(&mut self, summary: &Summary) -> io::Result<()> {
        let rows = summary.attention();
        let words = self.screen.words;
        self.screen.heading(words.attention())?;
        if rows.is_empty() && summary.is_mostly_not_followed() {
            // Whoever reads "nothing" would take it for all of the capture.
            let line = words.mostly_not_read(summary.not_followed, summary.packets);
            self.screen.paragraph("  ", "    ", &line)?;
            let rest = words.nothing_wrong_in_the_rest();
            return self.screen.paragraph("  ", "    ", rest);
        }
        if rows.is_empty() {
            let good = self.screen.style.paint(Paint::Good, words.holds());
            let nothing = match self.screen.look.chosen_kinds {
                true => words.nothing_wrong_of_these(),
                false => words.nothing_wrong(),
            };
            let line = format!("{good} {nothing}");
            return self.screen.paragraph("  ", "    ", &line);
        }
        for row in rows.iter().take(MOST_ATTENTION) {
            self.attention_row(row)?;
        }
        if let Some(more @ 1..) = rows.len().checked_sub(MOST_ATTENTION) {
            self.screen.paragraph("  ", "  ", &words.and_more(more))?;
        }
        Ok(())
    }

    /// What to bear in mind, where there is something.
    fn remarks(&mut self, summary: &Summary) -> io::Result<()> {
        let rows = summary.remarks();
        if rows.is_empty() {
            return Ok(());
        }
        let words = self.screen.words;
        self.screen.heading(words.worth_knowing())?;
        for row in rows {
            self.attention_row(row)?;
        }
        Ok(())
    }

    fn attention_row(&mut self, row: &Attention) -> io::Result<()> {
        let screen = &mut self.screen;
        let (words, style) = (screen.words, screen.style);
        let severity = row.severity;
        let head = format!("{} {}", sign(severity), words.severity(severity));
        let head = style.severity(severity, &head);
        let kind = style.paint(Paint::Heading, row.kind.name());
        let head = format!("{head}  {kind}  ×{}  ", grouped(row.count));
        // The line names as many of the first packets as fit it.
        let line = (1..=row.first.len())
            .rev()
            .filter_map(|count| row.first.get(..count))
            .map(|first| words.in_packets(first, row.count > first.len() as u64))
            .find(|places| width(&head) + width(places) + 2 <= screen.width)
            .map_or_else(|| head.clone(), |places| format!("{head}{places}"));
        screen.paragraph("  ", "      ", line.trim_end())?;
        if let Some(example) = row.example.as_deref().filter(|text| !text.is_empty()) {
            screen.paragraph("      ", "      ", &escape(example))?;
        }
        let of_the_capture = row.kind.on() == On::Finding && row.conversation.is_none();
        if screen.look.command.is_empty() || of_the_capture {
            return Ok(());
        }
        let what = match (row.kind.on(), row.conversation) {
            (On::Finding, Some(number)) => format!("--conversation {number}"),
            _ => format!("--packets --kind {}", row.kind.name()),
        };
        let label = words.show_them();
        self.command(6, label, &what)
    }

    /// The command that shows it, to be copied.
    fn command(&mut self, margin: usize, label: &str, what: &str) -> io::Result<()> {
        let screen = &mut self.screen;
        let label = format!("{}{label} ", " ".repeat(margin));
        let text = format!("{} {what}", screen.look.command);
        for line in hint::command(&label, &text, screen.width, screen.style) {
            screen.write(&format!("{line}\n"))?;
        }
        Ok(())
    }

    /// What to look at next.
    fn closer(&mut self) -> io::Result<()> {
        if self.screen.look.command.is_empty() {
            return Ok(());
        }
        let words = self.screen.words;
        let largest = self.largest.number();
        let mut next = Vec::new();
        if !self.screen.look.packets {
            next.push((words.every_packet(), "--packets".to_owned()));
        }
        if let Some(number) = largest {
            next.push((words.one_conversation(), format!("--conversation {number}")));
        }
        self.screen.heading(words.look_closer())?;
        let columns = next
            .iter()
            .map(|(label, _)| width(label))
            .max()
            .unwrap_or(0);
        for (label, what) in next {
            let mut padded = String::new();
            pad(&mut padded, label, columns);
            self.command(2, &padded, &what)?;
        }
        Ok(())
    }

    fn exchanges(&mut self, summary: &Summary) -> io::Result<()> {
        if summary.exchanges.count == 0 {
            return Ok(());
        }
        let screen = &mut self.screen;
        screen.heading(screen.words.0.pick("Slowest exchanges", "最慢的请求与响应"))?;
        let table = exchanges::table(screen, &summary.exchanges.slowest, summary.first_ns);
        screen.table(&table, 1)
    }

    fn listeners(&mut self, summary: &Summary) -> io::Result<()> {
        if summary.listeners.is_empty() {
            return Ok(());
        }
        let words = self.screen.words;
        self.screen.heading(words.listeners())?;
        let rows = summary.listeners.iter().take(MOST_LISTENERS);
        let heads = [
            words.connections(),
            words.clients(),
            words.most_at_once(),
            "CLOSE_WAIT",
        ];
        let values = |row: &Listener| {
            [
                row.connections,
                row.clients,
                row.peak_concurrent,
                row.close_wait,
            ]
            .map(grouped)
        };
        let mut table = Table::new();
        table.set_header([&[words.address()][..], &heads].concat());
        for row in rows.clone() {
            let mut cells = vec![row.address.to_string()];
            cells.extend(values(row));
            table.add_row(cells);
        }
        let table = lay_out(table, &[1, 2, 3, 4]);
        let room = self.screen.width.saturating_sub(2);
        if table.lines().all(|line| width(line.trim_end()) <= room) {
            self.screen.table(&table, 1)?;
        } else {
            // The addresses are too long for a table.
            for row in rows {
                let pairs: Vec<_> = heads
                    .iter()
                    .zip(values(row))
                    .map(|(head, value)| format!("{head} {value}"))
                    .collect();
                self.screen
                    .paragraph("  ", "    ", &row.address.to_string())?;
                self.screen.paragraph("    ", "    ", &pairs.join(" · "))?;
            }
        }
        if let Some(more @ 1..) = summary.listeners.len().checked_sub(MOST_LISTENERS) {
            self.screen.paragraph("  ", "  ", &words.and_more(more))?;
        }
        Ok(())
    }

    fn bytes(&mut self, summary: &Summary) -> io::Result<()> {
        let words = self.screen.words;
        let mut rows: Vec<(String, u64)> = summary
            .overhead()
            .0
            .iter()
            .map(|(protocol, bytes)| (protocol_name(*protocol, words.0).to_owned(), *bytes))
            .collect();
        if summary.padding > 0 {
            rows.push((words.padding().to_owned(), summary.padding));
        }
        rows.push((words.payload().to_owned(), summary.payload));
        self.screen.heading(words.where_bytes_went())?;
        for line in bars(&rows, summary.bytes, self.screen.width) {
            self.screen.write(&line)?;
        }
        Ok(())
    }
}

/// A bar for each row, as a share of `whole`.
fn bars(rows: &[(String, u64)], whole: u64, columns: usize) -> Vec<String> {
    let widest = |text: fn(&(String, u64)) -> String| {
        let widths = rows.iter().map(|row| width(&text(row)));
        widths.max().unwrap_or(0)
    };
    let names = widest(|(name, _)| name.clone());
    let amounts = widest(|(_, bytes)| units::bytes(*bytes));
    let room = columns.saturating_sub(2 + names + 2 + amounts + 2 + 7 + 2);
    rows.iter()
        .map(|(name, bytes)| {
            let mut line = "  ".to_owned();
            pad(&mut line, name, names);
            let amount = units::bytes(*bytes);
            let share = percent(*bytes, whole);
            line.push_str(&format!("  {amount:>amounts$}  {share:>7}  "));
            line.push_str(&bar(*bytes, whole, room.min(LONGEST_BAR)));
            line.truncate(line.trim_end().len());
            line.push('\n');
            line
        })
        .collect()
}

/// `part` of `whole` as a bar of at most `columns`, in eighths of a column;
/// something is never nothing.
pub fn bar(part: u64, whole: u64, columns: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if whole == 0 || part == 0 {
        return String::new();
    }
    let all = columns as u128 * 8;
    let eighths = (u128::from(part) * all / u128::from(whole)).clamp(1, all.max(1)) as usize;
    let rest = EIGHTHS.get(eighths % 8).copied().unwrap_or_default();
    format!("{}{rest}", "█".repeat(eighths / 8))
}

/// What a link type is called.
#[must_use]
pub fn link_type_name(link_type: LinkType) -> String {
    match link_type {
        LinkType::NULL | LinkType::LOOP => "BSD loopback".to_owned(),
        LinkType::ETHERNET => "Ethernet".to_owned(),
        LinkType::RAW | LinkType::RAW_12 | LinkType::RAW_14 => "raw IP".to_owned(),
        LinkType::IPV4 => "raw IPv4".to_owned(),
        LinkType::IPV6 => "raw IPv6".to_owned(),
        LinkType::LINUX_SLL => "Linux cooked".to_owned(),
        LinkType::LINUX_SLL2 => "Linux cooked v2".to_owned(),
        LinkType::IEEE802_11 => "802.11".to_owned(),
        LinkType::IEEE802_11_RADIOTAP => "802.11 (radiotap)".to_owned(),
        LinkType::PPI => "PPI".to_owned(),
        LinkType::NFLOG => "NFLOG".to_owned(),
        LinkType(number) => format!("link type {number}"),
    }
}

impl Report for Overview {
    fn wants(&self) -> Wants {
        Wants {
            conversations: true,
            groups: true,
            ..Wants::default()
        }
    }

    fn conversation(&mut self, report: &ConversationReport<'_>) -> io::Result<()> {
        self.largest.add(report.conversation);
        Ok(())
    }

    fn so_far(&mut self, summary: &Summary, open: Vec<Conversation>) -> io::Result<()> {
        let mut largest = self.largest.clone();
        for conversation in &open {
            largest.add(conversation);
        }
        if summary.packets > 0 && !self.screen.look.long {
            return first_screen::write(&mut self.screen, summary, &largest.sorted(), true);
        }
        self.what(summary)?;
        if summary.packets == 0 {
            return Ok(());
        }
        self.attention(summary)?;
        largest.show(&mut self.screen, summary)?;
        self.exchanges(summary)?;
        self.listeners(summary)
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        if summary.packets == 0 && summary.faults > 0 {
            // Nothing was read: the error messages say it all.
            return Ok(());
        }
        if summary.packets > 0 && !self.screen.look.long {
            let largest = self.largest.sorted();
            return first_screen::write(&mut self.screen, summary, &largest, false);
        }
        self.what(summary)?;
        if summary.packets == 0 {
            return Ok(());
        }
        self.attention(summary)?;
        self.remarks(summary)?;
        self.largest.show(&mut self.screen, summary)?;
        self.exchanges(summary)?;
        self.listeners(summary)?;
        self.bytes(summary)?;
        self.closer()
    }

    fn flush(&mut self) -> io::Result<()> {
        self.screen.flush()
    }
}

/// A line for each of several files, so many at most.
pub(super) fn files(summary: &Summary, words: Words, most: usize) -> Vec<String> {
    let all = summary.files.iter().zip(&summary.captured);
    let is_apart = summary.captured.iter().any(|file| file.timeline > 1);
    let mut lines: Vec<_> = all
        .take(most)
        .map(|(path, file)| {
            let name = Path::new(path).file_name();
            let name = name.map_or(path.into(), |name| name.to_string_lossy());
            let mut parts = Vec::new();
            if let (Some(first), Some(last)) = (file.first_ns, file.last_ns) {
                let start = date_after(summary.first_ns.unwrap_or(first), first);
                let start = start.split('.').next().unwrap_or_default();
                let lasted = units::duration(last.saturating_sub(first));
                parts.push(format!("{start} +{lasted}"));
            }
            parts.push(words.count_packets(file.packets));
            parts.push(words.count_conversations(file.conversations));
            if is_apart {
                parts.push(words.timeline(file.timeline));
            }
            format!("{}  {}", escape(&name), parts.join(" · "))
        })
        .collect();
    if let Some(more @ 1..) = summary.captured.len().checked_sub(most) {
        lines.push(words.and_more(more));
    }
    lines
}

/// What was carried and not read, the largest so many by name, in a line; nothing
/// where all was read.
pub(in crate::report) fn not_read(summary: &Summary, words: Words, most: usize) -> Option<String> {
    let rows = summary.undecoded();
    if rows.is_empty() {
        return None;
    }
    let mut parts: Vec<_> = rows
        .iter()
        .take(most)
        .map(|(name, amount)| format!("{name} {}", grouped(amount.packets)))
        .collect();
    if let Some(more @ 1..) = rows.len().checked_sub(most) {
        parts.push(words.and_more(more));
    }
    Some(format!("{}{}", words.not_read(), parts.join(" · ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_never_drawn_as_nothing_and_all_of_it_fills_the_bar() {
        assert_eq!(bar(0, 100, 40), "");
        assert_eq!(bar(1, u64::MAX, 40), "▏");
        assert_eq!(bar(100, 100, 40), "█".repeat(40));
        assert_eq!(bar(1, 2, 9), "████▌");
    }

    #[test]
    fn bars_stay_in_their_columns_with_chinese_names() {
        let rows = [("以太网".to_owned(), 14_000), ("TCP".to_owned(), 123_456)];
        for columns in [40, 80, 120] {
            let lines = bars(&rows, 137_456, columns);
            assert!(lines.iter().all(|line| width(line.trim_end()) <= columns));
            assert!(lines[0].contains("10.2 %"), "{lines:?}");
        }
    }
}
