//! The words of graphs, both languages side by side: titles, legends, and the
//! caption that says what the shape means, with the packets that each number comes
//! from.

use super::model::{Graph, GraphKind, Ink, interval_ns, letter, rate};
use super::pauses::{Pause, Reason};
use super::points::Points;
use crate::notes::{Kind, Lang, units};
use crate::report::numbers::{bit_rate, grouped};
use crate::report::text::{held_back, since};
use crate::report::words::Words;
use crate::track::{Conversation, Side};

/// So many pauses are told.
const PAUSES: usize = 3;

/// A pause is told that takes this part of the whole at least.
const PART: u64 = 20;

/// A shorter pause is no news.
const LEAST_NS: u64 = 1_000_000;

/// Behind a round trip this many times the shortest stands more than the way.
const QUEUED: u64 = 2;

/// What the graph shows of whom.
#[must_use]
pub fn title(kind: GraphKind, side: Side, lang: Lang) -> String {
    let of = Words(lang).side(side);
    let what = match kind {
        GraphKind::Sequence => lang.pick("bytes over time", "发送的字节随时间"),
        GraphKind::RoundTrip => lang.pick("round trips", "往返时间"),
        GraphKind::Flight => lang.pick("bytes in flight", "在途字节"),
        GraphKind::Throughput => lang.pick("throughput", "吞吐量"),
        GraphKind::Window => {
            let receiver = Words(lang).side(side.other());
            return match lang {
                Lang::En => format!(
                    "the {receiver}'s window, for what the {side} sends",
                    side = of
                ),
                Lang::Zh => format!("{receiver}的接收窗口（约束{of}的发送）"),
            };
        }
    };
    match lang {
        Lang::En => format!("the {of}'s {what}"),
        Lang::Zh => format!("{of}{what}"),
    }
}

/// What a line or bar of this colour stands for, in this kind of graph.
#[must_use]
pub const fn ink(ink: Ink, kind: GraphKind, lang: Lang) -> &'static str {
    match (ink, kind) {
        (Ink::Sent, GraphKind::Sequence) => lang.pick("sent", "发送"),
        (Ink::Sent, GraphKind::RoundTrip) => lang.pick("a sample", "一次测量"),
        (Ink::Sent, GraphKind::Throughput) => lang.pick("new bytes", "新字节"),
        (Ink::Sent, _) => lang.pick("in flight", "在途"),
        (Ink::Acknowledged, _) => lang.pick("acknowledged", "已确认"),
        (Ink::Window, GraphKind::Sequence) => lang.pick("edge of the window", "窗口边沿"),
        (Ink::Window, _) => lang.pick("the receiver's window", "接收窗口"),
        (Ink::Sacked, _) => lang.pick("arrived beyond a gap (SACK)", "空洞之后已到（SACK）"),
        (Ink::Attention, GraphKind::Throughput) => {
            lang.pick("with bytes sent again", "含重发的字节")
        }
        (Ink::Attention, _) => lang.pick("sent again", "重发"),
        (Ink::Note, _) => "",
    }
}

/// What the letters stand for, with how often each occurs: `T sent again after a
/// timeout ×2`.
#[must_use]
pub fn letters(graph: &Graph, points: &Points, lang: Lang) -> Vec<(char, Ink, String)> {
    let count = |kind| -> u64 {
        let counts = [&points.counts.client, &points.counts.server];
        let of_kind = counts.into_iter().flatten().filter(|(of, _)| *of == kind);
        of_kind.map(|(_, count)| count).sum()
    };
    let each = graph.kinds().into_iter().filter_map(|kind| {
        let (character, ink) = letter(kind)?;
        let text = format!("{} ×{}", kind.title(lang), grouped(count(kind)));
        Some((character, ink, text))
    });
    each.collect()
}

/// What the shape means, sentence by sentence.
#[must_use]
pub fn caption(
    points: &Points,
    kind: GraphKind,
    side: Side,
    conversation: Option<&Conversation>,
    lang: Lang,
) -> Vec<String> {
    let mut said = Vec::new();
    match kind {
        GraphKind::Sequence => {
            said.extend(sent(points, side, lang));
            said.extend(pauses(points, side, lang));
        }
        GraphKind::RoundTrip => said.extend(round_trips(points, side, lang)),
        GraphKind::Flight => {
            said.extend(flight(points, side, lang));
            said.extend(pauses(points, side, lang));
        }
        GraphKind::Throughput => {
            said.extend(sent(points, side, lang));
            said.extend(intervals(points, lang));
        }
        GraphKind::Window => said.extend(window(points, side, lang)),
    }
    if !matches!(kind, GraphKind::RoundTrip)
        && let Some(tcp) = conversation.and_then(|it| it.tcp.as_ref())
        && let Some(transfer) = &tcp.transfer[side]
        && transfer.limited_by.is_some()
    {
        let held = held_back(transfer, Words(lang));
        said.push(match lang {
            Lang::En => format!("Time went: {held}."),
            Lang::Zh => format!("时间用于：{held}。"),
        });
    }
    said.extend(not_drawn(points, lang));
    said
}

/// `The server sent 1.05 MB in 1.23 s (packets 4 to 901): 6.83 Mbit/s.`
fn sent(points: &Points, side: Side, lang: Lang) -> Option<String> {
    let of = Words(lang).side(side);
    let Some(((first, first_ns), (last, last_ns))) = points.spans[side] else {
        return Some(match lang {
            Lang::En => format!("The {of} sent no payload."),
            Lang::Zh => format!("{of}没有发送数据。"),
        });
    };
    let bytes = units::bytes(points.unique[side]);
    let lasted_ns = last_ns.saturating_sub(first_ns);
    if first == last || lasted_ns == 0 {
        return Some(match lang {
            Lang::En => format!("The {of} sent {bytes} (packet {first})."),
            Lang::Zh => format!("{of}发送了 {bytes}（报文 {first}）。"),
        });
    }
    let lasted = units::duration(lasted_ns);
    let speed = bit_rate(rate(points.unique[side], lasted_ns));
    Some(match lang {
        Lang::En => {
            format!("The {of} sent {bytes} in {lasted} (packets {first} to {last}): {speed}.")
        }
        Lang::Zh => {
            format!("{of}在 {lasted} 内发送了 {bytes}（报文 {first} 至 {last}）：{speed}。")
        }
    })
}

/// The longest pauses, each with what it waited for.
fn pauses(points: &Points, side: Side, lang: Lang) -> Vec<String> {
    let (Some(first), Some(last)) = (points.all.first(), points.all.last()) else {
        return Vec::new();
    };
    let all_ns = last.time_ns.saturating_sub(first.time_ns);
    let longest = points.pauses[side].longest((all_ns / PART).max(LEAST_NS));
    let is_wait = |pause: &&Pause| pause.reason != Reason::Idle;
    let waits = longest.iter().filter(is_wait).take(PAUSES);
    let told = waits.chain(longest.iter().find(|pause| !is_wait(pause)));
    let mut said: Vec<String> = told.map(|pause| flat(pause, lang)).collect();
    if let (true, Some(pause)) = (said.is_empty(), points.pauses[side].longest(0).first()) {
        let lasted = units::duration(pause.lasted_ns());
        let (from, to) = (pause.from, pause.to);
        said.push(match lang {
            Lang::En => format!("Never flat for longer than {lasted} (packets {from} → {to})."),
            Lang::Zh => format!("平直段最长 {lasted}（报文 {from} → {to}）。"),
        });
    }
    said
}

/// `Flat for 247 ms, 0.265134 to 0.512310 (packets 12 → 15): waiting for the
/// retransmission timer.`
fn flat(pause: &Pause, lang: Lang) -> String {
    let lasted = units::duration(pause.lasted_ns());
    let (from, to) = (pause.from, pause.to);
    let (start, end) = (since(0, pause.from_ns), since(0, pause.to_ns));
    let reason = reason(pause, lang);
    match lang {
        Lang::En => {
            format!("Flat for {lasted}, {start} to {end} (packets {from} → {to}): {reason}.")
        }
        Lang::Zh => format!("平直 {lasted}，自 {start} 至 {end}（报文 {from} → {to}）：{reason}。"),
    }
}

fn reason(pause: &Pause, lang: Lang) -> String {
    let waits = match pause.reason {
        Reason::Timer if pause.timeouts > 1 => {
            let timeouts = pause.timeouts;
            return match lang {
                Lang::En => format!("the retransmission timer ran out {timeouts} times in a row"),
                Lang::Zh => format!("重传定时器连续 {timeouts} 次到期"),
            };
        }
        Reason::Timer => lang.pick("waiting for the retransmission timer", "在等重传定时器到期"),
        Reason::ProbeTimer => lang.pick(
            "waiting for the timer of the tail-loss probe",
            "在等尾部丢包探测的定时器",
        ),
        Reason::ClosedWindow => lang.pick(
            "the receiver was full (window zero)",
            "接收方已满（零窗口）",
        ),
        Reason::FullWindow => lang.pick(
            "the receiver's window was used up, waiting for acknowledgments",
            "接收窗口已用尽，在等确认",
        ),
        Reason::Acknowledgment => lang.pick("waiting for acknowledgments", "在等确认"),
        Reason::Idle => lang.pick(
            "all was acknowledged, nothing to send",
            "全部已确认，没有数据要发",
        ),
    };
    waits.to_owned()
}

fn round_trips(points: &Points, side: Side, lang: Lang) -> Option<String> {
    let of = Words(lang).side(side);
    let all = points.round_trips[side];
    let (Some((least_ns, fast)), Some((most_ns, slow))) = (all.least, all.most) else {
        return Some(match lang {
            Lang::En => format!("Nothing that the {of} sent gave a sample."),
            Lang::Zh => format!("{of}发送的内容没有给出测量值。"),
        });
    };
    let count = grouped(all.count);
    let (least, most) = (units::duration(least_ns), units::duration(most_ns));
    let mut said = match (lang, all.count) {
        (Lang::En, 1) => format!("1 sample of the {of}'s data: {least} (packet {fast})."),
        (Lang::En, _) => format!(
            "{count} samples of the {of}'s data: from {least} (packet {fast}) to {most} (packet \
             {slow})."
        ),
        (Lang::Zh, 1) => format!("{of}的数据有 1 次测量：{least}（报文 {fast}）。"),
        (Lang::Zh, _) => format!(
            "{of}的数据有 {count} 次测量：最短 {least}（报文 {fast}），最长 {most}（报文 {slow}）。"
        ),
    };
    let times = most_ns / least_ns.max(1);
    if times >= QUEUED {
        let times = grouped(times);
        said.push_str(&match lang {
            Lang::En => format!(
                " The longest is {times} times the shortest: that is not the way alone, but \
                 queues on it, or acknowledgments held back."
            ),
            Lang::Zh => {
                format!("最长是最短的 {times} 倍：这不只是路程，还有途中的排队，或被推迟的确认。")
            }
        });
    }
    Some(said)
}

fn flight(points: &Points, side: Side, lang: Lang) -> Option<String> {
    let (most, packet) = points.flights[side].most?;
    let in_flight = units::bytes(most);
    let mut said = match lang {
        Lang::En => format!("At most {in_flight} in flight (packet {packet})"),
        Lang::Zh => format!("在途最多 {in_flight}（报文 {packet}）"),
    };
    if let Some((window, announced_by)) = points.windows[side].most {
        let window = units::bytes(window);
        said.push_str(&match lang {
            Lang::En => format!("; the window was at most {window} (packet {announced_by})"),
            Lang::Zh => format!("；窗口最大 {window}（报文 {announced_by}）"),
        });
    }
    said.push_str(lang.pick(".", "。"));
    Some(said)
}

fn intervals(points: &Points, lang: Lang) -> Option<String> {
    points.all.first()?;
    let each = units::duration(interval_ns(points));
    Some(match lang {
        Lang::En => format!("Each step is {each}."),
        Lang::Zh => format!("每一级为 {each}。"),
    })
}

fn window(points: &Points, side: Side, lang: Lang) -> Option<String> {
    let receiver = side.other();
    let of = Words(lang).side(receiver);
    let all = points.windows[side];
    let (Some((least, low)), Some((most, high))) = (all.least, all.most) else {
        return Some(match lang {
            Lang::En => format!(
                "How large the {of}'s window is, is not known: its scale is in a handshake that \
                 was not captured."
            ),
            Lang::Zh => format!("{of}的窗口大小未知：缩放因子在未捕获的握手中。"),
        });
    };
    let zero = points.counts[receiver].iter();
    let zero = zero.filter(|(kind, _)| *kind == Kind::TcpWindowZero);
    let zero: u64 = zero.map(|(_, count)| count).sum();
    let (least, most) = (units::bytes(least), units::bytes(most));
    let mut said = match lang {
        Lang::En => {
            format!("The {of}'s window: from {least} (packet {low}) to {most} (packet {high})")
        }
        Lang::Zh => format!("{of}的窗口：最小 {least}（报文 {low}），最大 {most}（报文 {high}）"),
    };
    said.push_str(&match (lang, zero) {
        (Lang::En, 0) => "; it was never zero.".to_owned(),
        (Lang::En, 1) => "; it fell to zero once.".to_owned(),
        (Lang::En, _) => format!("; it fell to zero {zero} times."),
        (Lang::Zh, 0) => "；从未降为零。".to_owned(),
        (Lang::Zh, _) => format!("；{zero} 次降为零。"),
    });
    Some(said)
}

/// What the picture does not show.
fn not_drawn(points: &Points, lang: Lang) -> Vec<String> {
    let mut said = Vec::new();
    if points.halvings > 0 {
        let each = grouped(1_u64.checked_shl(points.halvings).unwrap_or(u64::MAX));
        said.push(match lang {
            Lang::En => format!("Of the oldest segments, only every {each}th is drawn."),
            Lang::Zh => format!("较早的段每 {each} 个只画一个。"),
        });
    }
    if points.more_marks > 0 {
        let more = grouped(points.more_marks);
        said.push(match lang {
            Lang::En => format!("{more} marks are not drawn."),
            Lang::Zh => format!("另有 {more} 个标记没有画出。"),
        });
    }
    if points.without_time > 0 {
        let count = grouped(points.without_time);
        said.push(match lang {
            Lang::En => format!("{count} packets without a known time are not drawn."),
            Lang::Zh => format!("{count} 个时间未知的报文没有画出。"),
        });
    }
    said
}

/// That a conversation has no such graph.
#[must_use]
pub fn not_tcp(number: u64, lang: Lang) -> String {
    match lang {
        Lang::En => format!(
            "conversation {number} is not of TCP: there are no sequence numbers, windows or \
             round trips to draw"
        ),
        Lang::Zh => format!("会话 {number} 不是 TCP：没有序号、窗口和往返时间可画"),
    }
}

/// That this graph of this side has nothing in it.
#[must_use]
pub fn nothing(number: u64, kind: GraphKind, side: Side, lang: Lang) -> String {
    let what = title(kind, side, lang);
    match lang {
        Lang::En => format!("conversation {number} has nothing to draw of {what}"),
        Lang::Zh => format!("会话 {number} 没有可画的内容：{what}"),
    }
}
