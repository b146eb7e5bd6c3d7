//! The words for a RST: by its cause, what provoked it and how long after.

use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, packets, side, side_first};
use crate::notes::{Lang, Note, Scene};
use crate::track::{Reset, ResetCause};

pub fn reset(event: &Reset, _: &Scene, note: &mut Note) {
    note.value("cause", event.cause.name())
        .value("side", event.side.name())
        .value("provoked_by", event.provoked_by)
        .value("after_ns", event.after_ns)
        .value("unacknowledged", event.unacknowledged)
        .related(event.provoked_by);
    note.say(|| english(event), || chinese(event));
    let lost = event.unacknowledged;
    if lost > 0 && event.cause != ResetCause::Refused {
        note.say(
            || {
                let were = if lost == 1 { "was" } else { "were" };
                format!(
                    "{} {were} not yet acknowledged and may never have reached a program.",
                    bytes_en(lost)
                )
            },
            || format!("还有 {lost} 字节未被确认，可能没有送到对方程序。"),
        );
    }
}

fn english(event: &Reset) -> String {
    let lang = Lang::En;
    let who = side_first(event.side, lang);
    let peer = side(event.side.other(), lang);
    let provoked = event.provoked_by.map(|packet| packets(&[packet], lang));
    let after = event.after_ns.map(duration);
    match event.cause {
        ResetCause::Refused => format!(
            "{who} refuses{}: nobody listens on that port, and connect() fails at {peer}'s end.",
            answering(" the SYN in", provoked, after)
        ),
        ResetCause::Aborted => {
            let last = match (provoked, after) {
                (Some(packet), Some(after)) => format!(", {after} after {packet}"),
                (Some(packet), None) => format!(", after {packet}"),
                (None, Some(after)) => format!(", {after} after the last packet"),
                (None, None) => String::new(),
            };
            format!(
                "{who} breaks the connection off with RST instead of closing it with FIN{last}: \
                 its program closed with data unread or with SO_LINGER 0, died, or its kernel gave \
                 up. What was still on its way is thrown away, and {peer} gets \"connection \
                 reset\"."
            )
        }
        ResetCause::AfterClose => format!(
            "{who} had already closed{}: no program is left to read what arrives, so the kernel \
             throws it away and answers RST.",
            answering(" when it met", provoked, after)
        ),
        ResetCause::HalfOpen => {
            let packet = answering("", provoked, after);
            let packet = if packet.is_empty() {
                " what it got"
            } else {
                &packet
            };
            format!(
                "{who} knows no connection that{packet} belongs to, and says so with RST: it was \
                 restarted, a device on the path forgot the connection, or the numbers do not fit; \
                 {peer} still believed in it."
            )
        }
    }
}

/// ` the SYN in packet 1, 20 µs after it`, as far as it is known.
fn answering(before: &str, provoked: Option<String>, after: Option<String>) -> String {
    match (provoked, after) {
        (Some(packet), Some(after)) => format!("{before} {packet} ({after} before)"),
        (Some(packet), None) => format!("{before} {packet}"),
        (None, _) => String::new(),
    }
}

fn chinese(event: &Reset) -> String {
    let lang = Lang::Zh;
    let who = side_first(event.side, lang);
    let peer = side(event.side.other(), lang);
    let provoked = event.provoked_by.map(|packet| {
        let packet = packets(&[packet], lang);
        match event.after_ns {
            Some(after) => format!("{packet}（{} 之前）", duration(after)),
            None => packet,
        }
    });
    match event.cause {
        ResetCause::Refused => {
            let what = provoked.map_or_else(String::new, |packet| format!("{packet}的 SYN"));
            format!(
                "{who}拒绝了{what}：该端口没有程序监听，{peer}的 connect() 会失败。",
                what = if what.is_empty() {
                    "连接".to_owned()
                } else {
                    what
                }
            )
        }
        ResetCause::Aborted => {
            let last = match (event.provoked_by, event.after_ns) {
                (Some(packet), Some(after)) => {
                    format!("（{}之后 {}）", packets(&[packet], lang), duration(after))
                }
                (Some(packet), None) => format!("（在{}之后）", packets(&[packet], lang)),
                (None, Some(after)) => format!("（距上一个报文 {}）", duration(after)),
                (None, None) => String::new(),
            };
            format!(
                "{who}没有用 FIN 正常关闭，而是用 RST 中断了连接{last}：可能是程序关闭时还有数据\
                 没读完、设置了 SO_LINGER 0、进程崩溃，或内核放弃了连接。途中的数据全部作废，\
                 {peer}会得到“连接被重置”。"
            )
        }
        ResetCause::AfterClose => {
            let what = provoked.map_or_else(String::new, |packet| format!("，却又收到{packet}"));
            format!("{who}早已关闭{what}：没有程序再来读取这些数据，内核丢弃它们并回 RST。")
        }
        ResetCause::HalfOpen => {
            let what = provoked.unwrap_or_else(|| "收到的报文".to_owned());
            format!(
                "{who}没有与{what}相符的连接，于是回 RST：它可能重启过，途中设备可能丢掉了连接记录，\
                 或者序号对不上；而{peer}还以为连接存在。"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::fixture::annotated;
    use crate::notes::{Severity, Value};
    use crate::track::{Event, Side};

    const CAUSES: [ResetCause; 4] = [
        ResetCause::Refused,
        ResetCause::Aborted,
        ResetCause::AfterClose,
        ResetCause::HalfOpen,
    ];

    #[test]
    fn every_cause_names_what_provoked_it_and_how_long_after() {
        for cause in CAUSES {
            let event = Reset {
                side: Side::Server,
                cause,
                provoked_by: Some(12),
                after_ns: Some(30_000),
                unacknowledged: 0,
            };
            let annotation = annotated(&Event::Reset(event), Severity::Warning, &["12", "30.0 µs"]);
            assert!(
                annotation.text.starts_with("The server "),
                "{}",
                annotation.text
            );
            assert!(
                annotation
                    .values
                    .contains(&("cause", Value::from(cause.name())))
            );
            assert_eq!(annotation.related.as_slice(), [12]);
        }
    }

    #[test]
    fn what_is_not_known_is_not_said() {
        for cause in CAUSES {
            for (provoked_by, after_ns) in [(None, None), (Some(12), None), (None, Some(7_000))] {
                let event = Reset {
                    side: Side::Client,
                    cause,
                    provoked_by,
                    after_ns,
                    unacknowledged: 0,
                };
                annotated(&Event::Reset(event), Severity::Warning, &[]);
            }
        }
    }

    #[test]
    fn data_that_may_be_lost_is_counted() {
        let event = Reset {
            side: Side::Client,
            cause: ResetCause::Aborted,
            provoked_by: None,
            after_ns: None,
            unacknowledged: 27,
        };
        annotated(&Event::Reset(event), Severity::Warning, &["27"]);
    }
}
