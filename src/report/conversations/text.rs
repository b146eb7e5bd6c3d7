//! The table of conversations for reading: as many columns as the terminal is
//! wide enough for, and at the end of each row what was wrong, or how it ended.

use std::io;

use super::Table;
use super::order::Sort;
use super::row::{Names, Row, Web};
use crate::escape::escape;
use crate::notes::{Lang, units};
use crate::report::Summary;
use crate::report::hint;
use crate::report::numbers::grouped;
use crate::report::style::{Paint, Style};
use crate::report::table::{Column, write_columns};
use crate::report::text::conversations::{ended, protocol};
use crate::report::text::first_screen::{cut_in_middle, pair, trouble};
use crate::report::text::screen::Screen;
use crate::report::words::Words;
use crate::track::Endpoint;

/// Columns of both ends at the most; longer ones are cut in their middle.
const WIDEST_PAIR: usize = 47;

/// Columns that are kept for what is said of a conversation, if it needs them.
const WORDS: usize = 24;

/// So many rows are laid out at once, as they may be millions; what the first of
/// them look like decides for all.
const BLOCK: usize = 1_000;

/// The optional columns.
const OPTIONAL: usize = 7;

/// How the rows are laid out.
#[derive(Default)]
struct Layout {
    /// Which of the optional columns are shown.
    shown: [bool; OPTIONAL],
    /// The server of all rows, which is named in the head alone.
    server: Option<Endpoint>,
    /// How wide each column is.
    widths: Vec<usize>,
}

/// Writes the table of these rows, which are `selected` in all.
pub(super) fn write(
    screen: &mut Screen,
    table: &Table,
    summary: &Summary,
    selected: u64,
    mut rows: impl Iterator<Item = Row>,
    names: &Names,
) -> io::Result<()> {
    title(screen, summary, selected)?;
    let mut layout = Layout::default();
    let mut shown = 0;
    let mut first = None;
    loop {
        let block: Vec<Row> = rows.by_ref().take(BLOCK).collect();
        if block.is_empty() {
            break;
        }
        if first.is_none() {
            screen.write("\n")?;
            first = block.first().map(Row::number);
            if block.len() < BLOCK {
                layout.server = only_server(&block, names);
            }
        }
        shown += block.len() as u64;
        let columns = columns(screen, table.sort, summary, &block, names, &mut layout);
        write_columns(screen, &columns, &mut layout.widths)?;
    }
    closing(screen, selected.saturating_sub(shown), first)
}

/// `HTTP 200 example.com`: the status that was answered last, and whom it was asked;
/// `TLS 1.3 example.com`.
fn said_of(web: &Web) -> String {
    let host = web.host.as_deref().map(|host| format!(" {}", escape(host)));
    let host = host.unwrap_or_default();
    match web.tls.as_deref() {
        Some("") => return format!("TLS{host}"),
        Some(version) => return format!("{version}{host}"),
        None => {}
    }
    let status = web.status.map(|status| format!(" {status}"));
    let status = status.unwrap_or_default();
    format!("HTTP{status}{host}")
}

/// What was wrong with a conversation, or how it ended.
pub(super) fn what(row: &Row, names: &Names, words: Words, style: Style) -> String {
    let lang = words.0;
    if let Some(it) = row.trouble() {
        return trouble(&it, lang, style);
    }
    if let Some(web) = row.web(names) {
        return said_of(web);
    }
    let name = protocol(row.protocol(names), lang);
    let ended = row.tcp().map(|tcp| ended(&tcp, words, style));
    ended.map_or_else(|| name.to_owned(), |ended| format!("{name} {ended}"))
}

/// The server that all rows have in common, where there are several.
fn only_server(rows: &[Row], names: &Names) -> Option<Endpoint> {
    let server_of = |row: &Row| row.ends(names)[1];
    let first = rows.first().and_then(server_of)?;
    let same = rows.len() > 1 && rows.iter().all(|row| server_of(row) == Some(first));
    same.then_some(first)
}

/// `capture.pcap   3 of 300 conversations: state:close_wait`.
fn title(screen: &mut Screen, summary: &Summary, selected: u64) -> io::Result<()> {
    let lang = screen.look.lang;
    let words = screen.words;
    let names = match summary.files.as_slice() {
        [one] => escape(one).into_owned(),
        many => words.count_files(many.len() as u64),
    };
    let names = screen.style.paint(Paint::Heading, &names);
    let selecting = escape(&screen.look.selecting).into_owned();
    let all = summary.conversations;
    let mut sums = match selecting.is_empty() {
        true => words.count_conversations(all),
        false => match lang {
            Lang::En => format!(
                "{} of {}: {selecting}",
                grouped(selected),
                words.count_conversations(all)
            ),
            Lang::Zh => format!(
                "{}中的 {} 个：{selecting}",
                words.count_conversations(all),
                grouped(selected)
            ),
        },
    };
    if let Some(read) = summary.read {
        let passed = words.passed(summary.packets, read);
        sums = format!("{sums}{}{passed}", lang.pick("; ", "；"));
    }
    screen.paragraph("", "  ", &format!("{names}   {sums}"))
}

/// What stands below the table.
fn closing(screen: &mut Screen, more: u64, first: Option<u32>) -> io::Result<()> {
    let lang = screen.look.lang;
    let mut lines = Vec::new();
    if more > 0 {
        let more = grouped(more);
        lines.push(match lang {
            Lang::En => format!("  {more} more: --top all"),
            Lang::Zh => format!("  另有 {more} 个：--top all"),
        });
    }
    let command = &screen.look.command;
    if let (Some(number), false) = (first, command.is_empty()) {
        let command = format!("{command} --conversation {number}");
        let label = lang.pick("  one: ", "  单个会话：");
        lines.extend(hint::command(label, &command, screen.width, screen.style));
    }
    match lines.is_empty() {
        true => Ok(()),
        false => screen.write(&format!("\n{}\n", lines.join("\n"))),
    }
}

/// The columns that fit: those that cannot be done without, what the table is
/// sorted by, then the others by their use.
fn columns(
    screen: &Screen,
    sort: Sort,
    summary: &Summary,
    rows: &[Row],
    names: &Names,
    layout: &mut Layout,
) -> Vec<Column> {
    let lang = screen.look.lang;
    let words = screen.words;
    let of = |head: &str, to_the_right, cell: &dyn Fn(&Row) -> String| Column {
        head: head.to_owned(),
        cells: rows.iter().map(cell).collect(),
        to_the_right,
    };
    let none = || "–".to_owned();
    let time = |ns: Option<u64>| ns.map_or_else(none, units::duration);
    let number = of(words.number(), true, &|row| row.number().to_string());
    let ends = pairs(screen, rows, names, layout.server);
    let start = of(lang.pick("start", "开始"), true, &|row| {
        let start = row.start_ns().zip(summary.first_ns);
        start.map_or_else(none, |(start, first)| since(first, start))
    });
    let lasted = of(
        lang.pick("lasted", "时长"),
        true,
        &|row| match row.packets() {
            1 => none(),
            _ => time(row.duration_ns()),
        },
    );
    let packets = of(words.packets(), true, &|row| grouped(row.packets()));
    let bytes = of(words.bytes(), true, &|row| units::bytes(row.bytes()));
    let again = of(words.again(), true, &|row| {
        row.sent_again().map_or_else(none, grouped)
    });
    let rtt = of("RTT", true, &|row| time(row.round_trip_ns()));
    let wait = of(lang.pick("wait", "等待"), true, &|row| {
        time(row.wait_ns())
    });
    let what = of(lang.pick("what", "情况"), false, &|row| {
        what(row, names, words, screen.style)
    });
    // In the order of a row, each with its use.
    let optional = [
        (Sort::Start, start, 1),
        (Sort::Duration, lasted, 2),
        (Sort::Packets, packets, 3),
        (Sort::Bytes, bytes, 4),
        (Sort::SentAgain, again, 5),
        (Sort::RoundTrip, rtt, 6),
        (Sort::Wait, wait, 7),
    ];
    if layout.widths.is_empty() {
        let taken = number.width() + 2 + ends.width() + 2 + what.width().min(WORDS) + 2;
        let widths = optional.each_ref().map(|(by, column, rank)| {
            let rank = if *by == sort { 0 } else { *rank };
            (rank, column.width() + 2)
        });
        layout.shown = that_fit(widths, screen.width.saturating_sub(taken));
    }
    let optional = optional.into_iter().zip(layout.shown);
    let optional = optional.filter(|(_, shown)| *shown);
    let optional = optional.map(|((_, column, _), _)| column);
    [number, ends]
        .into_iter()
        .chain(optional)
        .chain([what])
        .collect()
}

/// Which columns fit into so much room, given how useful (0 is what cannot be done
/// without) and how wide each is.
fn that_fit(columns: [(u8, usize); OPTIONAL], mut room: usize) -> [bool; OPTIONAL] {
    let mut by_use: Vec<_> = columns.iter().enumerate().collect();
    by_use.sort_by_key(|(_, (rank, _))| *rank);
    let mut shown = [false; OPTIONAL];
    for (place, (rank, columns)) in by_use {
        if *columns > room && *rank > 0 {
            break;
        }
        room = room.saturating_sub(*columns);
        if let Some(shown) = shown.get_mut(place) {
            *shown = true;
        }
    }
    shown
}

/// Both ends of each conversation, or its client alone where all have the same
/// server, which then stands in the head.
fn pairs(screen: &Screen, rows: &[Row], names: &Names, server: Option<Endpoint>) -> Column {
    let words = screen.words;
    let head = match server {
        Some(server) => format!("{} → {server}", words.client()),
        None => format!("{} → {}", words.client(), words.server()),
    };
    let most = WIDEST_PAIR.min(screen.width / 2);
    Column {
        head: cut_in_middle(&head, most),
        cells: rows
            .iter()
            .map(|row| pair(row.ends(names), server, most))
            .collect(),
        to_the_right: false,
    }
}

/// Seconds since the capture's first packet, with three digits.
fn since(first_ns: u64, start_ns: u64) -> String {
    let sign = if start_ns < first_ns { "-" } else { "" };
    let millis = start_ns.abs_diff(first_ns) / 1_000_000;
    format!("{sign}{}.{:03}", millis / 1_000, millis % 1_000)
}
