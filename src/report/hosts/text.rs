//! Hosts for reading: a table of those that listen, and one of those that ask.

use std::io;

use super::sums::{Sums, Times};
use super::{Counted, Listener};
use crate::escape::escape;
use crate::notes::{Lang, units};
use crate::report::Summary;
use crate::report::hint;
use crate::report::numbers::grouped;
use crate::report::style::Paint;
use crate::report::table::{Column, Top, write_columns};
use crate::report::text::conversations::protocol;
use crate::report::text::first_screen::cut_in_middle;
use crate::report::text::screen::Screen;
use crate::track::Address;

/// Columns of an address at the most.
const WIDEST: usize = 30;

/// What takes a column.
type Amount = fn(&Sums) -> u64;

/// Writes both tables.
pub(super) fn write(
    screen: &mut Screen,
    top: Top,
    summary: &Summary,
    listeners: &Counted<Listener>,
    hosts: &Counted<Address>,
) -> io::Result<()> {
    title(screen, summary)?;
    let lang = screen.look.lang;
    let rows: Vec<_> = listeners
        .sorted()
        .into_iter()
        .map(|((name, end), sums)| (format!("{} {end}", protocol(name, lang)), sums))
        .collect();
    let heading = lang.pick("Who was asked", "被请求的一方");
    table(screen, heading, top, &rows, |sums| &sums.answers, "")?;
    others(screen, listeners.others)?;
    let rows: Vec<_> = hosts
        .sorted()
        .into_iter()
        .map(|(address, sums)| (address.to_string(), sums))
        .collect();
    let heading = lang.pick("Who asked", "请求的一方");
    let has_dns = rows.iter().any(|(_, sums)| sums.dns.count > 0);
    let times: fn(&Sums) -> &Times = match has_dns {
        true => |sums| &sums.dns,
        false => |sums| &sums.answers,
    };
    let label = match has_dns {
        true => "DNS",
        false => "",
    };
    table(screen, heading, top, &rows, times, label)?;
    others(screen, hosts.others)?;
    closing(screen, listeners)
}

fn title(screen: &mut Screen, summary: &Summary) -> io::Result<()> {
    let words = screen.words;
    let names = match summary.files.as_slice() {
        [one] => escape(one).into_owned(),
        many => words.count_files(many.len() as u64),
    };
    let names = screen.style.paint(Paint::Heading, &names);
    let mut sums = words.count_conversations(summary.conversations);
    if !screen.look.selecting.is_empty() {
        let selecting = escape(&screen.look.selecting).into_owned();
        sums = format!("{sums}{}{selecting}", words.0.pick("; only ", "；只看 "));
    }
    if let Some(read) = summary.read {
        let passed = words.passed(summary.packets, read);
        sums = format!("{sums}{}{passed}", words.0.pick("; ", "；"));
    }
    screen.paragraph("", "  ", &format!("{names}   {sums}"))
}

/// A table; `label` says of which answers the times are, where not of all.
fn table(
    screen: &mut Screen,
    heading: &str,
    top: Top,
    rows: &[(String, &Sums)],
    times: fn(&Sums) -> &Times,
    label: &str,
) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let lang = screen.look.lang;
    screen.heading(&format!(
        "{heading}{}{}",
        lang.pick(": ", "："),
        grouped(rows.len() as u64)
    ))?;
    let shown = rows.get(..top.most().min(rows.len())).unwrap_or_default();
    let amounts: [(&str, &str, Amount); 6] = [
        ("asked", "请求", |sums| sums.asked),
        ("answered", "应答", |sums| sums.answered),
        ("refused", "拒绝", |sums| sums.refused),
        ("leaked", "未关闭", |sums| sums.close_wait),
        ("silent", "无应答", |sums| sums.unanswered),
        ("again", "重发", |sums| sums.sent_again),
    ];
    let none = || "–".to_owned();
    let of = |head: String, cell: &dyn Fn(&Sums) -> Option<String>| Column {
        head,
        cells: shown
            .iter()
            .map(|(_, sums)| cell(sums).unwrap_or_else(none))
            .collect(),
        to_the_right: true,
    };
    let mut columns: Vec<_> = amounts
        .into_iter()
        .map(|(en, zh, amount)| {
            let count = |sums: &Sums| Some(amount(sums)).filter(|count| *count > 0);
            of(lang.pick(en, zh).to_owned(), &|sums| {
                count(sums).map(grouped)
            })
        })
        .collect();
    let in_time = match label {
        "" => lang.pick("in", "用时").to_owned(),
        label => format!("{label} {}", lang.pick("in", "用时")),
    };
    let time = |ns: Option<u64>| ns.map(units::duration);
    columns.push(of(in_time, &|sums| time(times(sums).mean_ns())));
    let most = lang.pick("at most", "最长").to_owned();
    columns.push(of(most, &|sums| time(times(sums).most_ns())));
    // What nobody did needs no column.
    columns.retain(|column| column.cells.iter().any(|cell| *cell != none()));
    let names = shown.iter().map(|(name, _)| cut_in_middle(name, WIDEST));
    let address = Column {
        head: lang.pick("address", "地址").to_owned(),
        cells: names.collect(),
        to_the_right: false,
    };
    let mut room = screen.width.saturating_sub(address.width() + 2);
    let fits = columns.iter().take_while(|column| {
        let fits = column.width() + 2 <= room;
        room = room.saturating_sub(column.width() + 2);
        fits
    });
    let fits = fits.count();
    columns.truncate(fits);
    columns.insert(0, address);
    write_columns(screen, &columns, &mut Vec::new())?;
    let more = rows.len() - shown.len();
    if more == 0 {
        return Ok(());
    }
    let more = grouped(more as u64);
    screen.write(&match lang {
        Lang::En => format!("  {more} more: --top all\n"),
        Lang::Zh => format!("  另有 {more} 个：--top all\n"),
    })
}

/// Those for whom there was no room.
fn others(screen: &mut Screen, conversations: u64) -> io::Result<()> {
    if conversations == 0 {
        return Ok(());
    }
    let count = screen.words.count_conversations(conversations);
    let text = match screen.look.lang {
        Lang::En => format!("{count} of others, who are too many to be told apart"),
        Lang::Zh => format!("另有 {count}属于其他主机，数量太多，不再区分"),
    };
    screen.paragraph("  ", "  ", &text)
}

/// The command that lists the conversations of the one who was asked most.
fn closing(screen: &mut Screen, listeners: &Counted<Listener>) -> io::Result<()> {
    let listing = &screen.look.listing;
    let first = listeners.sorted().first().map(|((_, end), _)| *end);
    let (Some(end), false) = (first, listing.is_empty()) else {
        return Ok(());
    };
    let mut command = format!("{listing} host:{}", end.address);
    if let Some(port) = end.port {
        command.push_str(&format!(" port:{port}"));
    }
    let label = screen
        .look
        .lang
        .pick("  its conversations: ", "  它的会话：");
    let lines = hint::command(label, &command, screen.width, screen.style);
    screen.write(&format!("\n{}\n", lines.join("\n")))
}
