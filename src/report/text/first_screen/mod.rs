//! The summary as it fits the first screen: what happened, in groups ordered by
//! harm; what went well; the conversations that matter; the bill for headers;
//! the capture over time; what to type next. What does not fit is said in fewer
//! words, and at last in a count, but never left out.

mod opening;
mod sentence;
mod table;
mod totals;

pub use opening::{Opening, Problem, Watch};
pub use sentence::now;
pub(in crate::report) use sentence::{facts, sentence};
pub(in crate::report) use table::{cut_in_middle, pair, trouble};

use std::io;

use super::screen::Screen;
use super::summary::files;
use super::when::date;
use crate::escape::{escape, shell_word};
use crate::notes::grouping::{family_pattern, family_title};
use crate::notes::{Kind, Lang, Severity, units};
use crate::report::digest::{Digest, Group};
use crate::report::hint;
use crate::report::numbers::grouped;
use crate::report::style::{Paint, sign};
use crate::report::wrap::{cut, width, wrap};
use crate::report::{Attention, Summary};
use crate::track::Conversation;

/// Lines of the first screen: a terminal has 24, and the prompt wants one.
pub const MOST_LINES: usize = 22;

/// Groups that are told in full.
const MOST_GROUPS: usize = 4;

/// Lines of a group's example, where there is room.
const EXAMPLE: usize = 4;

/// Files that are told apart, where there is room.
const MOST_FILES: usize = 4;

/// Rows of the table, where there is room.
const ROWS: usize = 5;

/// What is shown, and how much of each.
struct Plan {
    columns: usize,
    groups: Vec<Told>,
    /// Rows of the table.
    rows: usize,
    /// Empty lines between the parts.
    gaps: bool,
    /// What is shown beside the groups and can be left out at need.
    protocols: bool,
    strip: bool,
    remarks: usize,
    /// Files that are told apart, where there are several.
    files: usize,
}

/// A group in lines.
struct Told {
    head: Vec<String>,
    facts: Vec<String>,
    /// The facts in a line.
    short: String,
    example: Vec<String>,
    /// The command that lists all of it.
    command: Vec<String>,
}

/// Writes the first screen. `largest`: the largest conversations, for where
/// nothing is wrong with any; `so_far`: the capture goes on.
pub fn write(
    screen: &mut Screen,
    summary: &Summary,
    largest: &[Conversation],
    so_far: bool,
) -> io::Result<()> {
    let digest = summary.digest.as_deref().cloned().unwrap_or_default();
    let page = Page {
        screen,
        summary,
        digest: &digest,
        largest,
        so_far,
    };
    let lines = page.lines();
    for line in lines {
        screen.write(&format!("{}\n", line.trim_end()))?;
    }
    Ok(())
}

struct Page<'a> {
    screen: &'a Screen,
    summary: &'a Summary,
    digest: &'a Digest,
    largest: &'a [Conversation],
    so_far: bool,
}

impl Page<'_> {
    fn lang(&self) -> Lang {
        self.screen.words.0
    }

    fn paint(&self, paint: Paint, text: &str) -> String {
        self.screen.style.paint(paint, text)
    }

    fn lines(&self) -> Vec<String> {
        let mut plan = self.plan();
        loop {
            let lines = self.laid_out(&plan);
            if lines.len() <= MOST_LINES || !plan.shrink() {
                return lines;
            }
        }
    }

    fn plan(&self) -> Plan {
        let all = self.digest.groups();
        let told: Vec<_> = all
            .iter()
            .take(MOST_GROUPS)
            .map(|group| self.told(group))
            .collect();
        Plan {
            columns: self.screen.width,
            groups: told,
            rows: ROWS,
            gaps: true,
            protocols: true,
            strip: true,
            remarks: EXAMPLE,
            files: MOST_FILES,
        }
    }

    /// All lines according to the plan.
    fn laid_out(&self, plan: &Plan) -> Vec<String> {
        let mut lines = self.title(plan);
        let gap = |lines: &mut Vec<String>| {
            if plan.gaps {
                lines.push(String::new());
            }
        };
        gap(&mut lines);
        let all = self.digest.groups();
        for told in &plan.groups {
            lines.extend(told.head.iter().cloned());
            lines.extend(told.facts.iter().cloned());
            lines.extend(told.example.iter().cloned());
            lines.extend(told.command.iter().cloned());
        }
        lines.extend(self.others(all.get(plan.groups.len()..).unwrap_or_default()));
        lines.extend(self.remarks(plan.remarks));
        lines.extend(self.given_up());
        lines.extend(self.not_read());
        lines.extend(self.went_well(all.is_empty()));
        lines.extend(self.totals());
        let table = self.table(plan.rows);
        if !table.is_empty() {
            gap(&mut lines);
            lines.extend(table);
        }
        let strip = if plan.strip { self.strip() } else { Vec::new() };
        let commands = self.commands();
        if !strip.is_empty() || !commands.is_empty() {
            gap(&mut lines);
        }
        lines.extend(strip);
        lines.extend(commands);
        lines
    }

    /// `collar.pcap   5,096 packets, 358 kB, 8.98 s from 2026-11-30 11:26:11 UTC`.
    fn title(&self, plan: &Plan) -> Vec<String> {
        let summary = self.summary;
        let words = self.screen.words;
        let names = match summary.files.as_slice() {
            [] => {
                let live = summary.live.as_ref();
                let interface = live.and_then(|live| live.interface.as_deref());
                escape(interface.unwrap_or_default()).into_owned()
            }
            [one] => escape(one).into_owned(),
            many => words.count_files(many.len() as u64),
        };
        let mut sums = vec![words.count_packets_of(summary), units::bytes(summary.bytes)];
        if let (Some(first), Some(last)) = (summary.first_ns, summary.last_ns) {
            let until = units::duration(last.saturating_sub(first));
            let start = date(first);
            let start = start.split('.').next().unwrap_or_default();
            sums.push(match (summary.packets, words.0) {
                (1, Lang::En) => format!("at {start} UTC"),
                (1, Lang::Zh) => format!("时间 {start}（UTC）"),
                (_, Lang::En) => format!("{until} from {start} UTC"),
                (_, Lang::Zh) => format!("自 {start}（UTC）起 {until}"),
            });
        }
        let name = self.paint(Paint::Heading, &names);
        let sums = sums.join(words.0.pick(", ", "，"));
        let text = format!("{name}   {sums}");
        let mut lines = match width(&text) <= self.screen.width {
            true => vec![text],
            false => {
                let mut lines = self.wrapped("", "  ", &name);
                lines.extend(self.wrapped("  ", "  ", &sums));
                lines
            }
        };
        if plan.protocols {
            lines.extend(self.protocols());
        }
        if let Some(selected) = words.selected(&self.screen.look.selecting, summary) {
            lines.extend(self.wrapped("  ", "    ", &selected));
        }
        for file in files(summary, words, plan.files) {
            lines.push(cut(&format!("  {file}"), self.screen.width));
        }
        lines.extend(self.losses());
        lines
    }

    fn wrapped(&self, first: &str, rest: &str, text: &str) -> Vec<String> {
        let room = self
            .screen
            .width
            .saturating_sub(width(first).max(width(rest)));
        let lines = wrap(text, room).into_iter().enumerate();
        lines
            .map(|(index, line)| format!("{}{line}", if index == 0 { first } else { rest }))
            .collect()
    }

    /// Parts side by side, as many as fit each line; none is broken.
    fn side_by_side(&self, margin: &str, parts: &[String]) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for part in parts {
            match lines.last_mut() {
                Some(last) if width(last) + 3 + width(part) <= self.screen.width => {
                    last.push_str("   ");
                    last.push_str(part);
                }
                _ => lines.push(format!("{margin}{part}")),
            }
        }
        lines
    }

    fn told(&self, group: &Group) -> Told {
        let lang = self.lang();
        let style = self.screen.style;
        let said = sentence::sentence(group, self.digest, lang);
        let head = style.severity(group.severity, &format!("{} ", sign(group.severity)));
        let said = escape(&said).into_owned();
        let head = self.wrapped(&head, "  ", &self.paint(Paint::Heading, &said));
        let mut facts = sentence::facts(group, self.digest, lang);
        if let Some(since) = self.since(group) {
            facts.push(since);
        }
        let mut text = facts.join(lang.pick("; ", "；"));
        if !text.is_empty() {
            text.push_str(lang.pick(".", "。"));
        }
        let note = format!("{}{}", lang.pick("note: ", "笔记："), group.kind.name());
        let room = self.screen.width.saturating_sub(width(&note) + 7);
        let short = cut(&text, room);
        let short = format!("    {short}  {}", self.paint(Paint::Faint, &note));
        let facts = self.with_note(&text, &note);
        let example = self
            .example(group)
            .map_or_else(Vec::new, |example| self.wrapped("    ", "    ", &example));
        let example = shortened(example, EXAMPLE, self.screen.width);
        Told {
            head,
            facts,
            short,
            example,
            command: self.listing(group),
        }
    }

    /// The command that lists all that a group counts: its conversations, or the
    /// packets and findings that belong to none.
    fn listing(&self, group: &Group) -> Vec<String> {
        let look = &self.screen.look;
        if look.listing.is_empty() {
            return Vec::new();
        }
        let pattern = shell_word(family_pattern(group.kind).as_ref());
        let (command, what) = match group.conversations {
            0 => (&look.command, format!("--packets --kind {pattern}")),
            _ => (&look.listing, format!("kind:{pattern}")),
        };
        let label = format!("    {}", self.lang().pick("all: ", "全部："));
        let text = format!("{command} {what}");
        hint::command(&label, &text, self.screen.width, self.screen.style)
    }

    /// When it began, where that is later than the capture.
    fn since(&self, group: &Group) -> Option<String> {
        let first_ns = group.first_ns?;
        let since = first_ns.checked_sub(self.summary.first_ns?)?;
        let all = self.summary.last_ns?.saturating_sub(self.summary.first_ns?);
        // What is there from the beginning needs no time.
        if since < all / 20 || group.times < 2 {
            return None;
        }
        let since = units::duration(since);
        Some(match self.lang() {
            Lang::En => format!("from {since} on"),
            Lang::Zh => format!("从 {since} 起"),
        })
    }

    /// The text with the name of its note behind it, at the right where there is
    /// room.
    fn with_note(&self, text: &str, note: &str) -> Vec<String> {
        let painted = self.paint(Paint::Faint, note);
        if text.is_empty() {
            return vec![format!("    {painted}")];
        }
        let mut lines = self.wrapped("    ", "    ", &escape(text));
        let room = self.screen.width.saturating_sub(width(note) + 2);
        match lines.last_mut() {
            Some(last) if width(last) <= room => last.push_str(&format!("  {painted}")),
            _ => lines.push(format!("    {painted}")),
        }
        lines
    }

    /// The groups that are not told in full, with their counts.
    fn others(&self, groups: &[&Group]) -> Vec<String> {
        let Some(worst) = groups.first() else {
            return Vec::new();
        };
        let lang = self.lang();
        let each: Vec<_> = groups
            .iter()
            .map(|group| {
                let count = grouped(group.times);
                format!("{} ×{count}", family_title(group.kind, lang))
            })
            .collect();
        let head = format!("{} ", sign(worst.severity));
        let head = self.screen.style.severity(worst.severity, &head);
        let text = format!(
            "{}{}",
            lang.pick("also: ", "另有："),
            each.join(lang.pick(", ", "，"))
        );
        shortened(self.wrapped(&head, "  ", &text), 3, self.screen.width)
    }

    /// What to bear in mind of the recording: in sentences where there is room,
    /// else by name.
    fn remarks(&self, most: usize) -> Vec<String> {
        let mut remarks = self.summary.remarks();
        // The version that is spoken is no news of the recording.
        remarks.retain(|row| row.kind != Kind::HttpVersion);
        if remarks.is_empty() {
            return Vec::new();
        }
        let lang = self.lang();
        let head = self.screen.style.severity(Severity::Note, "· ");
        if most > 1 {
            return remarks
                .iter()
                .flat_map(|row| {
                    let lines = self.wrapped(&head, "  ", &escape(&remark_text(row, lang)));
                    shortened(lines, most.saturating_sub(1), self.screen.width)
                })
                .collect();
        }
        let each: Vec<_> = remarks.iter().map(|row| remark_name(row, lang)).collect();
        let text = each.join(lang.pick("; ", "；"));
        shortened(self.wrapped(&head, "  ", &text), 2, self.screen.width)
    }

    fn losses(&self) -> Vec<String> {
        let Some(live) = &self.summary.live else {
            return Vec::new();
        };
        let lost = live.dropped_by_kernel + live.dropped_by_interface + live.dropped_by_us;
        if lost == 0 && live.interface.is_none() {
            return Vec::new();
        }
        let paint = if lost == 0 {
            Paint::Good
        } else {
            Paint::Warning
        };
        let line = self.paint(paint, &self.screen.words.losses(live));
        self.wrapped("  ", "    ", &line)
    }
}

fn remark_text(row: &Attention, lang: Lang) -> String {
    let text = row.example.clone().unwrap_or_default();
    match row.count {
        _ if text.is_empty() => remark_name(row, lang),
        1 => text,
        count => format!(
            "×{}{}{text}",
            grouped(count),
            lang.pick(", e.g. ", "，例如：")
        ),
    }
}

fn remark_name(row: &Attention, lang: Lang) -> String {
    match row.count {
        1 => row.kind.title(lang).to_owned(),
        count => format!("{} ×{count}", row.kind.title(lang)),
    }
}

impl Plan {
    /// Says something in fewer words; false when nothing more can be said in
    /// fewer.
    fn shrink(&mut self) -> bool {
        if self.remarks > 2 {
            self.remarks -= 1;
            return true;
        }
        // Examples give way from the last group on, each to one line first.
        for least in [2, 1] {
            let long = self
                .groups
                .iter_mut()
                .rev()
                .find(|told| told.example.len() > least);
            if let Some(told) = long {
                let example = std::mem::take(&mut told.example);
                told.example = shortened(example, least, self.columns);
                return true;
            }
        }
        if self.remarks > 1 {
            self.remarks = 1;
            return true;
        }
        if self.rows > 3 {
            self.rows -= 1;
            return true;
        }
        let with_example = self
            .groups
            .iter_mut()
            .skip(1)
            .rev()
            .find(|told| !told.example.is_empty());
        if let Some(told) = with_example {
            told.example.clear();
            return true;
        }
        if self.protocols {
            self.protocols = false;
            return true;
        }
        if self.rows > 2 {
            self.rows -= 1;
            return true;
        }
        if self.files > 2 {
            self.files -= 1;
            return true;
        }
        if self.gaps {
            self.gaps = false;
            return true;
        }
        let long = self
            .groups
            .iter_mut()
            .rev()
            .find(|told| told.facts.len() > 1);
        if let Some(told) = long {
            told.facts = vec![std::mem::take(&mut told.short)];
            return true;
        }
        if self.groups.len() > 2 {
            // The others say how many they are.
            self.groups.pop();
            return true;
        }
        if self.rows > 1 {
            self.rows -= 1;
            return true;
        }
        if self.strip {
            self.strip = false;
            return true;
        }
        if let Some(told) = self.groups.iter_mut().find(|told| !told.example.is_empty()) {
            told.example.clear();
            return true;
        }
        if self.groups.len() > 1 {
            self.groups.pop();
            return true;
        }
        if self.rows > 0 {
            self.rows -= 1;
            return true;
        }
        false
    }
}

/// So many lines of a text, with an ellipsis where there were more.
fn shortened(mut lines: Vec<String>, most: usize, columns: usize) -> Vec<String> {
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = cut(&format!("{}…", last.trim_end_matches('…')), columns);
        }
    }
    lines
}
