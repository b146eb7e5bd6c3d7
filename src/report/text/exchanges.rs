//! The slowest exchanges as a table: when, what was asked, what came, and how long
//! each step took.

use std::io::{self, Write};

use comfy_table::Table;

use super::screen::{Screen, lay_out};
use crate::escape::escape;
use crate::notes::{Lang, units};
use crate::report::exchanges::Slow;
use crate::report::wrap::cut;
use crate::report::{ExchangeReport, Look, Report, Summary, Wants};
use crate::track::{Exchange, TlsSession};

/// Columns that everything but what was asked takes.
const OTHER_COLUMNS: usize = 54;

/// Columns of a target in a line.
const TARGET: usize = 40;

/// What was asked is cut to no less.
const LEAST: usize = 16;

/// The table, with one line of heads.
pub fn table(screen: &Screen, exchanges: &[Slow], first_ns: Option<u64>) -> Table {
    let lang = screen.words.0;
    let mut table = Table::new();
    table.set_header([
        lang.pick("time", "时间"),
        screen.words.number(),
        lang.pick("asked", "请求"),
        lang.pick("status", "状态"),
        lang.pick("body", "消息体"),
        lang.pick("wait", "等待"),
        lang.pick("receive", "接收"),
    ]);
    let room = screen.width.saturating_sub(OTHER_COLUMNS).max(LEAST);
    for slow in exchanges {
        let none = || "–".to_owned();
        let since = slow
            .start_ns
            .saturating_sub(first_ns.unwrap_or(slow.start_ns));
        table.add_row([
            units::duration(since),
            slow.conversation.to_string(),
            cut(&asked(slow), room),
            slow.status.map_or_else(none, |status| status.to_string()),
            slow.bytes.map_or_else(none, units::bytes),
            slow.wait_ns.map_or_else(none, units::duration),
            slow.receive_ns
                .filter(|ns| *ns > 0)
                .map_or_else(none, units::duration),
        ]);
    }
    lay_out(table, &[0, 1, 3, 4, 5, 6])
}

/// `⇄ TLS 1.3 example.com stands after 10.3 ms (conversation 2, packets 8 → 12)`.
pub fn tls_in_a_line(session: &TlsSession, lang: Lang) -> String {
    let version = session
        .version
        .map_or_else(|| "TLS".to_owned(), |version| version.name());
    let name = session.server_name.as_deref();
    let name = name.map_or(String::new(), |name| format!(" {}", escape(name)));
    let took = units::duration(session.handshake_ns().unwrap_or_default());
    let places = [session.hello, session.established];
    let places = places.map(|seen| seen.unwrap_or_default().packet);
    let (number, [first, last]) = (session.conversation, places);
    match lang {
        Lang::En => format!(
            "⇄ {version}{name} stands after {took} (conversation {number}, packets {first} → {last})"
        ),
        Lang::Zh => {
            format!("⇄ {version}{name} 建立，用时 {took}（会话 {number}，报文 {first} → {last}）")
        }
    }
}

/// `⇄ GET /slow → 504, 164 B, waited 300 ms (conversation 1, packets 8 → 10)`.
pub fn in_a_line(exchange: &Exchange, lang: Lang) -> String {
    let none = lang.pick("a request that was not captured", "未捕获到的请求");
    let asked = exchange.asked();
    let asked = asked.map_or_else(
        || none.to_owned(),
        |(method, target)| {
            let target = cut(target, TARGET);
            escape(&format!("{method} {target}")).into_owned()
        },
    );
    let mut said = vec![match exchange.status() {
        Some(status) => format!("{asked} → {status}"),
        None => format!("{asked} → {}", lang.pick("no answer", "无响应")),
    }];
    if let Some(response) = &exchange.response {
        said.push(units::bytes(response.body_bytes));
    }
    if let Some(wait_ns) = exchange.wait_ns() {
        let waited = units::duration(wait_ns);
        said.push(match lang {
            Lang::En => format!("waited {waited}"),
            Lang::Zh => format!("等待 {waited}"),
        });
    }
    let messages = [&exchange.request, &exchange.response];
    let places = messages.into_iter().flatten();
    let places = places.flat_map(|message| [message.first.packet, message.last.packet]);
    let (first, last) = places.fold((u64::MAX, 0), |(first, last), packet| {
        (first.min(packet), last.max(packet))
    });
    let number = exchange.conversation;
    let said = said.join(lang.pick(", ", "，"));
    match lang {
        Lang::En => format!("⇄ {said} (conversation {number}, packets {first} → {last})"),
        Lang::Zh => format!("⇄ {said}（会话 {number}，第 {first} → {last} 号报文）"),
    }
}

/// `GET example.com/index.html`.
fn asked(slow: &Slow) -> String {
    let host = slow.host.as_deref().unwrap_or_default();
    let is_whole = slow.target.contains("://") || slow.method == "CONNECT";
    let host = if is_whole { "" } else { host };
    escape(&format!("{} {host}{}", slow.method, slow.target)).into_owned()
}

/// Exchanges that a list holds; those behind them are counted.
const MOST_LISTED: usize = 10_000;

/// The renderer of a list of exchanges, in their order.
pub struct List {
    screen: Screen,
    exchanges: Vec<Slow>,
    more: u64,
}

impl List {
    /// An empty list.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, look: Look) -> Self {
        Self {
            screen: Screen::new(out, look),
            exchanges: Vec::new(),
            more: 0,
        }
    }
}

impl Report for List {
    fn wants(&self) -> Wants {
        Wants {
            exchanges: true,
            ..Wants::default()
        }
    }

    fn exchange(&mut self, report: &ExchangeReport<'_>) -> io::Result<()> {
        if let Some(row) = Slow::of(report.exchange) {
            match self.exchanges.len() < MOST_LISTED {
                true => self.exchanges.push(row),
                false => self.more += 1,
            }
        }
        Ok(())
    }

    fn summary(&mut self, summary: &Summary) -> io::Result<()> {
        self.exchanges.sort_by_key(|row| (row.start_ns, row.number));
        if self.exchanges.is_empty() {
            let none = self.screen.words.0.pick(
                "No request was captured whose exchange can be followed.",
                "没有捕获到可以跟踪的请求。",
            );
            return self.screen.paragraph("  ", "  ", none);
        }
        let table = table(&self.screen, &self.exchanges, summary.first_ns);
        self.screen.table(&table, 1)?;
        match self.more {
            0 => Ok(()),
            more => {
                let more = match self.screen.words.0 {
                    Lang::En => format!("{more} more"),
                    Lang::Zh => format!("另有 {more} 个"),
                };
                self.screen.paragraph("  ", "  ", &more)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.screen.flush()
    }
}
