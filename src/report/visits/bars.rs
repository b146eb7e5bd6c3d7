//! Visits as text: a line for each phase, with a bar, to one scale.

use std::io;

use crate::escape::escape;
use crate::notes::Lang;
use crate::notes::units::duration;
use crate::report::Summary;
use crate::report::style::{Paint, Style};
use crate::report::text::screen::Screen;
use crate::report::text::summary::bar;
use crate::report::words::Words;
use crate::report::wrap::{cut, hang, pad, width};
use crate::track::{JoinedBy, Phase, PhaseName, Visit, WithoutDns};

/// Columns of a phase's name and of its time.
const NAME: usize = 9;
const TIME: usize = 8;

/// Columns of the bars at the most, and at the least.
const MOST_BAR: usize = 40;
const LEAST_BAR: usize = 8;

/// Columns that what is said of a phase needs.
const SAID: usize = 30;

/// A round trip that is so much of a wait or less is not told of.
const SHARE: u64 = 20;

pub fn write(
    screen: &mut Screen,
    visits: &[Visit],
    more: u64,
    summary: &Summary,
) -> io::Result<()> {
    if visits.is_empty() {
        return nothing(screen, summary);
    }
    for (index, visit) in visits.iter().enumerate() {
        if index > 0 {
            screen.write("\n")?;
        }
        one(screen, visit)?;
    }
    if more > 0 {
        let text = screen.words.and_more(more as usize);
        screen.write("\n")?;
        screen.paragraph("", "", &text)?;
    }
    Ok(())
}

fn nothing(screen: &mut Screen, summary: &Summary) -> io::Result<()> {
    let text = match (screen.words.0, summary.exchanges.count) {
        (Lang::En, 0) => "No visits: neither HTTP nor a TLS handshake with data behind it.",
        (Lang::Zh, 0) => "没有访问：既没有 HTTP，也没有带数据的 TLS 握手。",
        (Lang::En, _) => "No visits: no request was captured whole.",
        (Lang::Zh, _) => "没有访问：未捕获到完整的请求。",
    };
    screen.paragraph("", "", text)
}

fn one(screen: &mut Screen, visit: &Visit) -> io::Result<()> {
    let lang = screen.words.0;
    let title = match lang {
        Lang::En => format!("Visit {}", visit.number),
        Lang::Zh => format!("访问 {}", visit.number),
    };
    let name = escape(&visit.name).into_owned();
    let title = screen
        .style
        .paint(Paint::Heading, &format!("{title} · {name}"));
    let ends = format!("{} → {}", visit.client.address, visit.server);
    screen.paragraph("", "  ", &format!("{title} · {ends}"))?;
    if let Some((method, target)) = &visit.asked {
        let status = visit.status.map_or_else(
            || lang.pick("no answer", "无响应").to_owned(),
            |status| status.to_string(),
        );
        let asked = escape(&format!("{method} {target}")).into_owned();
        let room = screen.width.saturating_sub(width(&status) + 5);
        screen.write(&format!("  {} → {status}\n", cut(&asked, room)))?;
    }
    if let Some(other) = &visit.other_name {
        let other = escape(other);
        let text = match lang {
            Lang::En => format!("The client had asked for this address as {other}."),
            Lang::Zh => format!("客户端是以 {other} 之名查到这个地址的。"),
        };
        screen.paragraph("  ", "  ", &text)?;
    }
    if let Some(why) = visit.without_dns {
        let mut line = "  ".to_owned();
        pad(&mut line, "DNS", NAME);
        line.push_str(&" ".repeat(TIME.saturating_sub(1)));
        line.push_str("?  ");
        let margin = " ".repeat(2 + NAME + TIME + 2);
        let mut out = String::new();
        hang(&mut out, &line, &margin, without(why, lang), screen.width);
        screen.write(&out)?;
    }
    let start_ns = visit.phases.iter().map(|phase| phase.start.time_ns).min();
    let scale = Scale {
        start_ns: start_ns.unwrap_or_default(),
        total_ns: visit.total_ns.max(1),
        columns: screen
            .width
            .saturating_sub(2 + NAME + TIME + 2 + 1 + SAID)
            .clamp(LEAST_BAR, MOST_BAR),
        style: screen.style,
    };
    for phase in &visit.phases {
        let mut line = "  ".to_owned();
        pad(&mut line, phase_name(phase.name, lang), NAME);
        let took = match phase.start.packet == phase.end.packet {
            true => "–".to_owned(),
            false => duration(phase.took_ns()),
        };
        line.push_str(&" ".repeat(TIME.saturating_sub(width(&took))));
        line.push_str(&took);
        line.push_str("  ");
        let (bar, columns) = scale.bar(phase);
        line.push_str(&screen.style.paint(Paint::Command, &bar));
        line.push_str(&" ".repeat(scale.columns.saturating_sub(columns) + 1));
        let margin = " ".repeat(2 + NAME + TIME + 2 + scale.columns + 1);
        let mut out = String::new();
        hang(
            &mut out,
            &line,
            &margin,
            &said(phase, visit, screen.words),
            screen.width,
        );
        screen.write(&out)?;
    }
    let sum = sum(visit, lang);
    screen.paragraph("  ", "  ", &sum)
}

/// Where bars begin and end.
struct Scale {
    start_ns: u64,
    total_ns: u64,
    columns: usize,
    style: Style,
}

impl Scale {
    /// The bar of a phase with the room before it, and how many columns both take.
    fn bar(&self, phase: &Phase) -> (String, usize) {
        let eighths = |ns: u64| {
            let all = self.columns as u128 * 8;
            (u128::from(ns) * all / u128::from(self.total_ns)) as usize
        };
        let start = eighths(phase.start.time_ns.saturating_sub(self.start_ns));
        let end = eighths(phase.end.time_ns.saturating_sub(self.start_ns));
        let room = (start / 8).min(self.columns.saturating_sub(1));
        let length = end.saturating_sub(room * 8).max(1);
        let length = length.min((self.columns - room) * 8);
        let mut drawn = " ".repeat(room);
        if self.style.color {
            let all = self.columns as u64 * 8;
            drawn.push_str(&bar(length as u64, all, self.columns));
        } else {
            drawn.push_str(&"=".repeat(length.div_ceil(8)));
        }
        (drawn, room + length.div_ceil(8))
    }
}

/// What a phase is called.
pub const fn phase_name(phase: PhaseName, lang: Lang) -> &'static str {
    match phase {
        PhaseName::Dns => "DNS",
        PhaseName::Tcp => "TCP",
        PhaseName::Tls => "TLS",
        PhaseName::Request => lang.pick("request", "请求"),
        PhaseName::Wait => lang.pick("wait", "等待"),
        PhaseName::Response => lang.pick("response", "响应"),
    }
}

/// Why no question for the name is among the phases.
const fn without(why: WithoutDns, lang: Lang) -> &'static str {
    match why {
        WithoutDns::Address => lang.pick("the request names an address", "请求里写的就是地址"),
        WithoutDns::Known => lang.pick(
            "the client knew the address from an answer before",
            "客户端此前已查到过地址",
        ),
        WithoutDns::NotCaptured => lang.pick(
            "resolved before the capture began, or elsewhere",
            "在抓包开始之前或在别处解析",
        ),
    }
}

/// The packets of a phase, and what else is known of it.
pub fn said(phase: &Phase, visit: &Visit, words: Words) -> String {
    let lang = words.0;
    let (first, last) = (phase.start.packet, phase.end.packet);
    let between = match phase.name {
        PhaseName::Wait | PhaseName::Response if first != last => format!("{first} → {last}"),
        _ if first == last => first.to_string(),
        _ => format!("{first}{}{last}", lang.pick(", ", "、")),
    };
    let round_trip = visit.round_trip_ns;
    let more = match (phase.name, round_trip, lang) {
        (PhaseName::Tcp, _, Lang::En) => " (network round trip)".to_owned(),
        (PhaseName::Tcp, _, Lang::Zh) => "（网络往返）".to_owned(),
        (PhaseName::Wait, Some(trip), _)
            if trip <= phase.took_ns() && trip * SHARE >= phase.took_ns() =>
        {
            let server = duration(phase.took_ns() - trip);
            let trip = duration(trip);
            match lang {
                Lang::En => format!(": {trip} of it the round trip, {server} the server"),
                Lang::Zh => format!("：其中往返 {trip}，服务器 {server}"),
            }
        }
        _ => String::new(),
    };
    format!("{between}{more}")
}

/// `509 ms · longest: response 59 % · 2 round trips before the request left`.
pub fn sum(visit: &Visit, lang: Lang) -> String {
    let mut parts = vec![duration(visit.total_ns)];
    if let Some((phase, share)) = visit.longest() {
        let name = phase_name(phase.name, lang);
        parts.push(match lang {
            Lang::En => format!("longest: {name} {share} %"),
            Lang::Zh if name.is_ascii() => format!("最长的是 {name}，占 {share} %"),
            Lang::Zh => format!("最长的是{name}，占 {share} %"),
        });
    }
    let before = |name| visit.phases.iter().any(|phase| phase.name == name);
    let trips = u32::from(before(PhaseName::Dns))
        + u32::from(before(PhaseName::Tcp))
        + visit.tls_round_trips;
    if trips > 0 {
        parts.push(match (lang, trips) {
            (Lang::En, 1) => "1 round trip before the request left".to_owned(),
            (Lang::En, _) => format!("{trips} round trips before the request left"),
            (Lang::Zh, _) => format!("发出请求之前有 {trips} 次往返"),
        });
    }
    if visit.exchanges > 1 {
        let connections = visit.conversations.len();
        parts.push(match (lang, connections) {
            (Lang::En, 1) => format!("{} exchanges", visit.exchanges),
            (Lang::En, _) => {
                format!(
                    "{} exchanges over {connections} connections",
                    visit.exchanges
                )
            }
            (Lang::Zh, 1) => format!("共 {} 次请求", visit.exchanges),
            (Lang::Zh, _) => format!("{connections} 条连接上共 {} 次请求", visit.exchanges),
        });
    }
    let connections = visit.conversations.len();
    if visit.exchanges == 0 && connections > 1 {
        parts.push(match lang {
            Lang::En => format!("{connections} connections, the first is drawn"),
            Lang::Zh => format!("共 {connections} 条连接，图中为第一条"),
        });
    }
    let is_encrypted = visit.joined_by.contains(&JoinedBy::Sni) || before(PhaseName::Tls);
    if is_encrypted {
        parts.push(
            lang.pick(
                "encrypted: request and answer are the first data of either side",
                "已加密：请求与响应是双方各自最先的数据",
            )
            .to_owned(),
        );
    } else if !visit.is_certain {
        parts.push(lang.pick("not certain", "不能确定").to_owned());
    }
    parts.join(" · ")
}
