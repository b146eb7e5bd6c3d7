//! The topic `time-wait`: its note in both languages, and the words for its
//! events (RFC 9293, section 3.6; RFC 6191 for the early reuse).

use crate::notes::units::duration;
use crate::notes::wording::{packets, side, side_first};
use crate::notes::{Lang, Note, Rule, Scene, Topic};
use crate::track::{TimeWaitAnswered, TimeWaitReused};

pub static TOPIC: Topic = Topic {
    name: "time-wait",
    title_en: "TIME_WAIT: who closes first waits 2 MSL",
    title_zh: "TIME_WAIT：先关闭的一端再等 2 MSL",
    also: &["timewait", "2msl", "2-msl"],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

const ACKNOWLEDGES_THE_FIN: Rule = Rule {
    id: "acknowledgment = FIN sequence + 1",
    zh: "确认号 = FIN 序号 + 1",
};

const BEYOND_THE_OLD: Rule = Rule {
    id: "new sequence > last sequence of the old connection",
    zh: "新的初始序号 > 旧连接的最后序号",
};

pub fn answered(event: &TimeWaitAnswered, _: &Scene, note: &mut Note) {
    let (fin, acknowledgment) = (event.fin_sequence, event.acknowledgment);
    let right = fin.wrapping_add(1);
    note.value("fin_sequence", fin)
        .value("acknowledgment", acknowledgment)
        .value("first_ack", event.first_ack)
        .value("in_time_wait_ns", event.in_time_wait_ns)
        .related([event.fin])
        .related(event.first_ack)
        .check(ACKNOWLEDGES_THE_FIN, Some(right), acknowledgment);
    let repeated = event.fin;
    if acknowledgment != right {
        note.say(
            || {
                format!(
                    "Answers the repeated FIN (packet {repeated}) with ack = {acknowledgment}, but \
                     the FIN has sequence number {fin}, so only {right} acknowledges it."
                )
            },
            || {
                format!(
                    "对重发的 FIN（第 {repeated} 号报文）回复的确认号是 {acknowledgment}，但该 FIN \
                     的序号为 {fin}，只有 {right} 才是对它的确认。"
                )
            },
        );
        return;
    }
    note.say(
        || {
            let first = event.first_ack.map_or_else(String::new, |ack| {
                format!(" The first acknowledgment ({}) was lost or late.", packets(&[ack], Lang::En))
            });
            format!(
                "Answers a repeated FIN (packet {repeated}) out of TIME_WAIT, {} after entering \
                 it: ack = {fin} + 1 = {acknowledgment} again, and the 2 MSL start anew.{first} \
                 This is what TIME_WAIT is kept for.",
                duration(event.in_time_wait_ns),
            )
        },
        || {
            let first = event.first_ack.map_or_else(String::new, |ack| {
                format!("第一次的确认（{}）丢了或来迟了。", packets(&[ack], Lang::Zh))
            });
            format!(
                "进入 TIME_WAIT {} 之后，应答了重发的 FIN（第 {repeated} 号报文）：再次确认 {fin} + 1 \
                 = {acknowledgment}，2 MSL 重新计时。{first}TIME_WAIT 正是为此而留。",
                duration(event.in_time_wait_ns),
            )
        },
    );
}

pub fn reused(event: &TimeWaitReused, _: &Scene, note: &mut Note) {
    let (x, old_end) = (event.sequence, event.old_end);
    // Less than half the circle ahead is later (RFC 9293, section 3.4).
    let beyond = matches!(x.wrapping_sub(old_end), 1..0x8000_0000);
    note.value("holder", event.holder.name())
        .value("in_time_wait_ns", event.in_time_wait_ns)
        .value("old_end", old_end)
        .value("sequence", x);
    // A sequence number that is not beyond is no proof of an error: a newer
    // timestamp allows the reuse as well (RFC 6191).
    if beyond {
        note.judge(BEYOND_THE_OLD, Some(old_end), x, Some(true));
    } else {
        note.judge(BEYOND_THE_OLD, None, x, None);
    }
    note.say(
        || {
            let holder = side(event.holder, Lang::En);
            let allowed = if beyond {
                format!(
                    "That is safe, because the new initial sequence number x = {x} lies beyond \
                     {old_end}, where the old connection ended"
                )
            } else {
                format!(
                    "The new x = {x} does not lie beyond {old_end}, where the old connection \
                     ended, so only a newer timestamp can make it safe; without one TIME_WAIT \
                     refuses it"
                )
            };
            format!(
                "Takes the 4-tuple again while {holder} had been in TIME_WAIT for only {}. \
                 {allowed}.",
                duration(event.in_time_wait_ns),
            )
        },
        || {
            let allowed = if beyond {
                format!("新的初始序号 x = {x} 在旧连接结束的 {old_end} 之后，所以是安全的")
            } else {
                format!(
                    "新的 x = {x} 不在旧连接结束的 {old_end} 之后，只有更新的时间戳才能保证安全；\
                     否则 TIME_WAIT 会拒绝它"
                )
            };
            format!(
                "{}在 TIME_WAIT 里才待了 {}，四元组就被再次使用。{allowed}。",
                side_first(event.holder, Lang::Zh),
                duration(event.in_time_wait_ns),
            )
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::annotated;
    use crate::track::{Event, Side};

    #[test]
    fn a_repeated_fin_is_answered_with_the_same_number() {
        let event = TimeWaitAnswered {
            fin: 12,
            first_ack: Some(10),
            fin_sequence: 2001,
            acknowledgment: 2002,
            in_time_wait_ns: 210_000_000,
        };
        let annotation = annotated(
            &Event::TimeWaitAnswered(event),
            Severity::Note,
            &["12", "10", "2001 + 1 = 2002", "210 ms"],
        );
        assert_eq!(annotation.related.as_slice(), [12, 10]);
        assert_eq!(annotation.checks[0].holds, Some(true));
        let wrong = TimeWaitAnswered {
            acknowledgment: 2001,
            first_ack: None,
            ..event
        };
        annotated(
            &Event::TimeWaitAnswered(wrong),
            Severity::Error,
            &["2001", "2002"],
        );
    }

    #[test]
    fn an_early_reuse_is_judged_on_the_circle_of_numbers() {
        let event = TimeWaitReused {
            holder: Side::Client,
            in_time_wait_ns: 3_000_000_000,
            old_end: u32::MAX,
            sequence: 5,
        };
        let annotation = annotated(
            &Event::TimeWaitReused(event),
            Severity::Note,
            &["x = 5", "4294967295", "3.00 s"],
        );
        assert_eq!(annotation.checks[0].holds, Some(true));
        let before = TimeWaitReused {
            sequence: u32::MAX - 1,
            ..event
        };
        let annotation = annotated(
            &Event::TimeWaitReused(before),
            Severity::Note,
            &["4294967294"],
        );
        assert_eq!(annotation.checks[0].holds, None, "a timestamp may allow it");
    }
}
