//! The conversation around the packet: its states, three packets before and
//! behind it, what it answers and what answers it.

use std::io;

use super::{Explanation, Neighbour, tracked};
use crate::notes::Lang;
use crate::report::style::Paint;
use crate::report::text::screen::Screen;
use crate::report::wrap::{cut, hang, width};
use crate::track::Side;

pub fn write(screen: &mut Screen, explanation: &Explanation<'_>) -> io::Result<()> {
    let Some(around) = explanation.around else {
        return Ok(());
    };
    let Some(number) = tracked(explanation).conversation else {
        return Ok(());
    };
    let words = screen.words;
    screen.heading(&format!(
        "{}{}",
        words.around_it(),
        match words.0 {
            Lang::En => format!(" (number {number})"),
            Lang::Zh => format!("（会话 {number}）"),
        }
    ))?;
    states(screen, explanation)?;
    if let Some(first_ns) = around.first_ns {
        screen.time.begins(first_ns);
    }
    let this = Neighbour::new(&explanation.report, words.0);
    let mut lines: Vec<(&Neighbour, bool)> = around.before.iter().map(|one| (one, false)).collect();
    lines.push((&this, true));
    lines.extend(around.after.iter().map(|one| (one, false)));
    for (one, is_this) in &lines {
        line(screen, one, *is_this)?;
    }
    if around.no_way_back {
        let text = words.0.pick(
            "Earlier packets are not shown: the input cannot be read twice.",
            "没有列出之前的报文：输入无法再读一遍。",
        );
        screen.paragraph("  ", "  ", text)?;
    }
    list(screen, words.refers_to(), &around.refers_to, &lines)?;
    list(screen, words.referred_by(), &around.referred_by, &lines)
}

/// States and what was to come next, for TCP.
fn states(screen: &mut Screen, explanation: &Explanation<'_>) -> io::Result<()> {
    let tracked = tracked(explanation);
    let (Some(tcp), Some(sender)) = (tracked.tcp, tracked.sender) else {
        return Ok(());
    };
    let words = screen.words;
    let name = |state: Option<crate::track::tcp::State>| {
        state.map_or(words.unknown(), crate::track::tcp::State::name)
    };
    let mark = if tcp.observed() {
        ""
    } else {
        words.0.pick(" (inferred)", "（推断）")
    };
    let (source, destination) = (name(tcp.source_state), name(tcp.destination_state));
    let (from, to) = (words.side(sender), words.side(sender.other()));
    let line = match words.0 {
        Lang::En => format!(
            "Sent by the {from}, which is in {source} after sending it; the {to} is in {destination} after receiving it{mark}."
        ),
        Lang::Zh => {
            format!("由{from}发出，发出后处于 {source}；{to}收到后处于 {destination}{mark}。")
        }
    };
    screen.paragraph("  ", "  ", &line)
}

fn line(screen: &mut Screen, one: &Neighbour, is_this: bool) -> io::Result<()> {
    let mark = if is_this {
        screen.words.this_one()
    } else {
        " "
    };
    let mut time = screen.time.next(one.time_ns);
    if !time.is_empty() {
        time.push(' ');
    }
    let arrow = arrow(one);
    let kinds: Vec<_> = one.kinds.iter().map(|kind| kind.name()).collect();
    let kinds = kinds.join(", ");
    let head = format!("  {mark} {:>5} {time}{arrow} ", one.number);
    let text = format!("{}  {}", one.info, screen.style.paint(Paint::Faint, &kinds));
    let room = screen.width.saturating_sub(width(&head));
    let text = match width(&text) > room && !is_this {
        true => cut(&format!("{}  {kinds}", one.info), room),
        false => text,
    };
    let margin = " ".repeat(width(&head));
    let mut out = String::new();
    hang(&mut out, &head, &margin, text.trim_end(), screen.width);
    if is_this {
        out = out
            .lines()
            .map(|line| screen.style.paint(Paint::Heading, line) + "\n")
            .collect();
    }
    screen.write(&out)
}

/// Which way a packet goes in its conversation.
const fn arrow(one: &Neighbour) -> &'static str {
    match one.sender {
        Some(Side::Client) => "→",
        Some(Side::Server) => "←",
        None => "·",
    }
}

/// Packets that are not among the lines already.
fn list(
    screen: &mut Screen,
    title: &str,
    others: &[Neighbour],
    shown: &[(&Neighbour, bool)],
) -> io::Result<()> {
    let this = shown.iter().find(|(_, is_this)| *is_this);
    let conversation = this.and_then(|(this, _)| this.conversation);
    if others.is_empty() {
        return Ok(());
    }
    let words = screen.words;
    let items: Vec<String> = others
        .iter()
        .map(|one| {
            let known = shown.iter().any(|(shown, _)| shown.number == one.number);
            match (known, words.0) {
                (true, _) => one.number.to_string(),
                (false, _) if one.conversation == conversation => {
                    let open = words.0.pick(" (", "（");
                    let close = words.0.pick(")", "）");
                    format!("{}{open}{} {}{close}", one.number, arrow(one), one.info)
                }
                (false, Lang::En) => format!("{} ({}, {})", one.number, one.pair, one.info),
                (false, Lang::Zh) => format!("{}（{}，{}）", one.number, one.pair, one.info),
            }
        })
        .collect();
    let text = match words.0 {
        Lang::En if items.len() == 1 => format!("{title} packet {}.", items.join(", ")),
        Lang::En => format!("{title} packets {}.", items.join(", ")),
        Lang::Zh => format!("{title}报文：{}。", items.join("、")),
    };
    screen.paragraph("  ", "    ", &text)
}
