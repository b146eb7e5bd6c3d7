//! One line for each: what went well, the bill for headers, DNS, the capture
//! over time, what to type next.

use super::Page;
use crate::decode::Protocol;
use crate::decode::http::StatusClass;
use crate::escape::escape;
use crate::notes::grouping::family;
use crate::notes::{Kind, Lang, protocol_name, units};
use crate::report::hint;
use crate::report::numbers::{bit_rate, grouped, percent};
use crate::report::style::Paint;
use crate::report::text::summary::{bar, not_read};
use crate::report::text::verdict::{ROUNDS_WORTH_TELLING, held_back};
use crate::report::wrap::{cut, width};
use crate::track::Side;

/// Columns of the bar for headers, and of the strip over time.
const BAR: usize = 24;
const STRIP: usize = 40;

/// So many names of what was not read.
const NOT_READ: usize = 3;

/// Columns that a target needs to say anything.
const LEAST_TARGET: usize = 12;

/// A transfer that took less is not called slow.
const SLOW_NS: u64 = 500_000_000;

impl Page<'_> {
    /// The protocols of the capture, innermost ones first worth naming.
    pub(super) fn protocols(&self) -> Vec<String> {
        let lang = self.lang();
        let names: Vec<_> = self
            .summary
            .protocols()
            .map(|(protocol, packets)| {
                format!("{} {}", protocol_name(protocol, lang), grouped(packets))
            })
            .collect();
        match names.is_empty() {
            true => Vec::new(),
            false => {
                let text = self.paint(Paint::Faint, &names.join(" · "));
                self.wrapped("  ", "  ", &text)
            }
        }
    }

    /// What was not followed to its end for want of memory.
    pub(super) fn given_up(&self) -> Vec<String> {
        let evicted = &self.summary.evicted;
        match evicted.total() {
            0 => Vec::new(),
            _ => self.wrapped("· ", "  ", &self.screen.words.evicted(evicted)),
        }
    }

    /// What was carried and not read, in a line; and that this is most of it.
    pub(super) fn not_read(&self) -> Vec<String> {
        let words = self.screen.words;
        let Some(names) = not_read(self.summary, words, NOT_READ) else {
            return Vec::new();
        };
        let mut lines = Vec::new();
        if self.summary.is_mostly_not_followed() {
            let (not_followed, packets) = (self.summary.not_followed, self.summary.packets);
            lines.extend(self.wrapped("· ", "  ", &words.mostly_not_read(not_followed, packets)));
        }
        lines.extend(self.wrapped("· ", "  ", &names));
        lines
    }

    /// Ticks for what was judged and found in order. `nothing_wrong`: there is
    /// no warning and no error.
    pub(super) fn went_well(&self, nothing_wrong: bool) -> Vec<String> {
        let understood = self.summary.protocols().next().is_some();
        if self.so_far || !understood {
            // What is open, or cannot be read, is not judged.
            return Vec::new();
        }
        let lang = self.lang();
        let words = self.screen.words;
        let health = &self.digest.health;
        let mut ticks = Vec::new();
        // Whoever reads "nothing" would take it for all of the capture.
        if nothing_wrong && !self.summary.is_mostly_not_followed() {
            let nothing = match self.screen.look.chosen_kinds {
                true => words.nothing_wrong_of_these(),
                false => words.nothing_wrong(),
            };
            ticks.push(nothing.to_owned());
        }
        if health.asked > 0 && health.opened == health.asked {
            let all = grouped(health.asked);
            let median = health.handshakes.median_ns().map(units::duration);
            ticks.push(match (lang, median) {
                (Lang::En, Some(median)) => format!("handshakes {all} of {all} (median {median})"),
                (Lang::Zh, Some(median)) => format!("握手 {all}/{all}（中位数 {median}）"),
                (Lang::En, None) => format!("handshakes {all} of {all}"),
                (Lang::Zh, None) => format!("握手 {all}/{all}"),
            });
        }
        let again = |(kind, _): (Kind, u64)| {
            matches!(
                family(kind),
                Kind::TcpRetransmissionTimeout | Kind::TcpRetransmissionHandshake
            )
        };
        if health.asked > 0
            && health.with_data > 0
            && health.sent_again == 0
            && self.summary.evicted.total() == 0
            && !self.summary.kinds().any(again)
        {
            ticks.push(lang.pick("nothing sent again", "没有重发").to_owned());
        }
        if health.right_sums > 0 && health.wrong_sums == 0 {
            ticks.push(lang.pick("checksums right", "校验和正确").to_owned());
        }
        if health.queries > 0 && health.answers >= health.queries {
            ticks.push(
                lang.pick("every DNS query answered", "DNS 查询都有应答")
                    .to_owned(),
            );
        }
        if ticks.is_empty() {
            return Vec::new();
        }
        let mark = self.paint(Paint::Good, words.holds());
        let ticks: Vec<_> = ticks.iter().map(|tick| format!("{mark} {tick}")).collect();
        self.side_by_side("", &ticks)
    }

    /// The bill for headers, and DNS and DHCP where there are any.
    pub(super) fn totals(&self) -> Vec<String> {
        let mut lines: Vec<_> = self.header_bill().into_iter().collect();
        lines.extend(self.dns());
        lines.extend(self.dhcp());
        lines.extend(self.http());
        lines.extend(self.tls());
        lines.extend(self.websocket());
        if let Some(text) = self.transfer() {
            lines.extend(self.wrapped("", "  ", &text));
        }
        lines
    }

    /// `· headers 95.0 % ███████▌ 340 kB of 358 kB, 2,092 small messages`.
    fn header_bill(&self) -> Option<String> {
        let lang = self.lang();
        let summary = self.summary;
        let headers = summary.overhead().total();
        if headers == 0 {
            return None;
        }
        let share = percent(headers, summary.bytes);
        let drawn = bar(headers, summary.bytes, BAR);
        let (headers, all) = (units::bytes(headers), units::bytes(summary.bytes));
        let mut text = match lang {
            Lang::En => format!("· headers {share} {drawn} {headers} of {all}"),
            Lang::Zh => format!("· 头部占 {share} {drawn} {headers} / {all}"),
        };
        let small = self.digest.health.small_messages;
        let more = match (lang, small) {
            (_, 0) => String::new(),
            (Lang::En, 1) => ", 1 small message".to_owned(),
            (Lang::En, _) => format!(", {} small messages", grouped(small)),
            (Lang::Zh, _) => format!("，{} 条小消息", grouped(small)),
        };
        if width(&text) + width(&more) <= self.screen.width {
            text.push_str(&more);
        }
        Some(text)
    }

    /// How fast the data of the conversation that matters most went, and what
    /// held it back, where it took long enough to be asked.
    fn transfer(&self) -> Option<String> {
        let worst = self.digest.worst();
        let it = worst.first().map(|troubled| &troubled.conversation);
        let it = it.or(self.largest.first())?;
        let tcp = it.tcp.as_ref()?;
        let (side, transfer) = Side::BOTH
            .into_iter()
            .filter_map(|side| Some((side, tcp.transfer[side].as_ref()?)))
            .max_by_key(|(side, _)| it.sent[*side].unique_payload)?;
        if transfer.rounds < ROUNDS_WORTH_TELLING || transfer.duration_ns < SLOW_NS {
            return None;
        }
        let rate = bit_rate(transfer.goodput_bits_per_second?);
        let words = self.screen.words;
        let held = held_back(transfer, words);
        let (number, side) = (it.number, words.side(side));
        let text = match self.lang() {
            Lang::En => format!("· conversation {number}: {side} {rate}; time went: {held}"),
            Lang::Zh => format!("· 会话 {number}：{side} {rate}；时间用于：{held}"),
        };
        Some(text)
    }

    fn dns(&self) -> Option<String> {
        let health = &self.digest.health;
        let of = |wanted| {
            let mut protocols = self.summary.protocols();
            protocols.any(|(protocol, _)| protocol == wanted)
        };
        if health.queries == 0 || !(of(Protocol::Dns) || health.answers > 0) {
            return None;
        }
        let lang = self.lang();
        let (queries, answers) = (grouped(health.queries), grouped(health.answers));
        let mut text = match lang {
            Lang::En => format!("· DNS: {answers} of {queries} queries answered"),
            Lang::Zh => format!("· DNS：{queries} 个查询中有 {answers} 个得到应答"),
        };
        if let Some(median) = health.answered_in.median_ns() {
            let median = units::duration(median);
            let slowest = units::duration(health.answered_in.longest_ns());
            text.push_str(&match lang {
                Lang::En => format!(", half within {median}, the slowest in {slowest}"),
                Lang::Zh => format!("，一半在 {median} 内，最慢 {slowest}"),
            });
        }
        Some(text).filter(|text| width(text) <= self.screen.width)
    }

    fn dhcp(&self) -> Option<String> {
        let health = &self.digest.health;
        let leases = grouped(health.leases);
        let mut text = match (self.lang(), health.leases) {
            (_, 0) => return None,
            (Lang::En, 1) => "· DHCP: 1 lease given or extended".to_owned(),
            (Lang::En, _) => format!("· DHCP: {leases} leases given or extended"),
            (Lang::Zh, _) => format!("· DHCP：分配或延长租约 {leases} 次"),
        };
        if let Some(median) = health.leased_in.median_ns() {
            let median = units::duration(median);
            text.push_str(&match self.lang() {
                Lang::En => format!(", typically within {median}"),
                Lang::Zh => format!("，新租约通常用时 {median}"),
            });
        }
        Some(text).filter(|text| width(text) <= self.screen.width)
    }

    /// `· HTTP: 5 exchanges, 2xx 3, 4xx 1, 5xx 1; slowest 258 ms: GET /slow`.
    fn http(&self) -> Option<String> {
        let exchanges = &self.summary.exchanges;
        if exchanges.count == 0 {
            return None;
        }
        let lang = self.lang();
        let words = self.screen.words;
        let count = words.counted(exchanges.count, "exchange", "exchanges", "次请求与响应");
        let mut parts = vec![format!("{}{count}", lang.pick("· HTTP: ", "· HTTP："))];
        for class in StatusClass::ALL {
            if let count @ 1.. = exchanges.of_class(class) {
                parts.push(format!("{} ×{}", class.name(), grouped(count)));
            }
        }
        for (count, en, zh) in [
            (exchanges.unanswered, "unanswered", "无应答"),
            (exchanges.cut, "cut", "被截断"),
        ] {
            if count > 0 {
                parts.push(format!("{} ×{}", lang.pick(en, zh), grouped(count)));
            }
        }
        if let hidden @ 1.. = self.summary.secrets_hidden {
            let hidden = grouped(hidden);
            parts.push(match lang {
                Lang::En => format!("{hidden} secrets hidden"),
                Lang::Zh => format!("已隐藏 {hidden} 个秘密值"),
            });
        }
        let mut text = parts.join(lang.pick(", ", "，"));
        if let Some(slow) = exchanges.slowest.first()
            && let Some(wait_ns) = slow.wait_ns
        {
            let waited = units::duration(wait_ns);
            let asked = escape(&format!("{} {}", slow.method, slow.target)).into_owned();
            let slowest = match lang {
                Lang::En => format!("; slowest {waited}: "),
                Lang::Zh => format!("；最慢 {waited}："),
            };
            let room = self
                .screen
                .width
                .saturating_sub(width(&text) + width(&slowest));
            if room >= LEAST_TARGET {
                text.push_str(&slowest);
                text.push_str(&cut(&asked, room));
            }
        }
        Some(cut(&text, self.screen.width))
    }

    /// `· WebSocket: 3 connections, 9 messages, 2 pings, 1 closed by an error`.
    fn websocket(&self) -> Option<String> {
        let of = |wanted: Kind| {
            let mut kinds = self.summary.kinds();
            kinds
                .find(|(kind, _)| *kind == wanted)
                .map_or(0, |(_, count)| count)
        };
        let upgrades = of(Kind::WebSocketUpgrade);
        let messages = of(Kind::WebSocketMessage);
        if upgrades + messages == 0 {
            return None;
        }
        let lang = self.lang();
        let mut parts = Vec::new();
        for (count, one, many, zh) in [
            (upgrades, "connection", "connections", "条连接"),
            (messages, "message", "messages", "条消息"),
            (of(Kind::WebSocketPing), "ping", "pings", "个 Ping"),
            (of(Kind::WebSocketPong), "pong", "pongs", "个 Pong"),
        ] {
            if count > 0 {
                parts.push(self.screen.words.counted(count, one, many, zh));
            }
        }
        let text = parts.join(lang.pick(", ", "，"));
        let text = format!("{}{text}", lang.pick("· WebSocket: ", "· WebSocket："));
        Some(cut(&text, self.screen.width))
    }

    /// `· TLS: 5 connections, TLS 1.3 ×4, TLS 1.2 ×1, 1 resumed, 1 failed`.
    fn tls(&self) -> Option<String> {
        let tls = &self.summary.tls;
        if tls.connections == 0 {
            return None;
        }
        let lang = self.lang();
        let words = self.screen.words;
        let count = words.counted(tls.connections, "connection", "connections", "条连接");
        let mut parts = vec![format!("{}{count}", lang.pick("· TLS: ", "· TLS："))];
        for (version, count) in tls.versions.iter().rev() {
            parts.push(format!("{} ×{}", version.name(), grouped(*count)));
        }
        for (count, en, zh) in [
            (tls.resumed, "resumed", "恢复会话"),
            (tls.failed, "failed", "失败"),
            (tls.expired, "certificate not valid", "证书不在有效期"),
            (tls.for_another, "for another name", "证书名字不符"),
        ] {
            if count > 0 {
                parts.push(format!("{} ×{}", lang.pick(en, zh), grouped(count)));
            }
        }
        let text = parts.join(lang.pick(", ", "，"));
        Some(cut(&text, self.screen.width))
    }

    /// The capture over time: conversations open at once where there are many,
    /// else bytes.
    pub(super) fn strip(&self) -> Vec<String> {
        let lang = self.lang();
        let strip = &self.digest.strip;
        let open = strip.open(STRIP);
        let most = open.iter().copied().max().unwrap_or(0);
        let (label, columns, behind) = if most >= 10 {
            let most = grouped(most);
            let behind = match lang {
                Lang::En => format!("{most} at most"),
                Lang::Zh => format!("最多 {most} 个"),
            };
            (lang.pick("open at once", "同时打开"), open, behind)
        } else {
            let bytes = strip.bytes(STRIP);
            let behind = units::bytes(self.summary.bytes);
            let lasted = self.summary.last_ns.zip(self.summary.first_ns);
            let lasted = lasted.map_or(0, |(last, first)| last.saturating_sub(first));
            let behind = match lang {
                Lang::En => format!("{behind} in {}", units::duration(lasted)),
                Lang::Zh => format!("{} 内 {behind}", units::duration(lasted)),
            };
            (lang.pick("bytes over time", "字节随时间"), bytes, behind)
        };
        if columns.len() < 2 {
            return Vec::new();
        }
        let drawn = self.paint(Paint::Command, &blocks(&columns));
        vec![format!("  {label} {drawn} {behind}")]
    }

    /// What to type next.
    pub(super) fn commands(&self) -> Vec<String> {
        let command = &self.screen.look.command;
        if command.is_empty() {
            return Vec::new();
        }
        let lang = self.lang();
        let worst = self.digest.worst();
        let number = worst
            .first()
            .map(|troubled| troubled.conversation.number)
            .or_else(|| self.largest.first().map(|it| it.number));
        let flag = |what: &str| self.paint(Paint::Command, what);
        let packets = (!self.screen.look.packets).then_some("--packets");
        let mut others: Vec<_> = packets.into_iter().chain(["-v"]).collect();
        let (label, what) = match number {
            Some(number) => {
                let one = lang.pick("  one: ", "  单个会话：");
                (one, format!("--conversation {number}"))
            }
            None => {
                let all = lang.pick("  all: ", "  全部：");
                (all, others.remove(0).to_owned())
            }
        };
        let (room, style) = (self.screen.width, self.screen.style);
        let mut lines = hint::command(label, &format!("{command} {what}"), room, style);
        let others: Vec<_> = others.into_iter().map(flag).collect();
        let others = others.join(lang.pick(", ", "、"));
        let others = format!("{}{others}", lang.pick("or: ", "或者："));
        match lines.last_mut() {
            Some(last) if width(last) + 3 + width(&others) <= room => {
                last.push_str("   ");
                last.push_str(&others);
            }
            _ => lines.push(format!("  {others}")),
        }
        lines
    }
}

/// Columns as high as their numbers, in eighths; something is never nothing.
fn blocks(columns: &[u64]) -> String {
    const EIGHTHS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = columns.iter().copied().max().unwrap_or(0).max(1);
    columns
        .iter()
        .map(|number| match number {
            0 => ' ',
            number => {
                let height = (u128::from(*number) * 8).div_ceil(u128::from(most)) as usize;
                EIGHTHS
                    .get(height.saturating_sub(1))
                    .copied()
                    .unwrap_or('█')
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_column_is_full_and_an_empty_one_is_empty() {
        assert_eq!(blocks(&[0, 1, 4, 8]), " ▁▄█");
        assert_eq!(blocks(&[1, u64::MAX]), "▁█");
        assert_eq!(blocks(&[]), "");
    }
}
