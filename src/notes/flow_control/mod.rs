//! The topic `flow-control`: its note in both languages, and the words for its
//! events (RFC 9293, section 3.8.6).

use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, ordinal_en, packet};
use crate::notes::{Lang, Note, Rule, Scene, Topic};
use crate::track::{WindowFull, WindowProbe, WindowProbeAck, WindowUpdate, ZeroWindow};

pub static TOPIC: Topic = Topic {
    name: "flow-control",
    title_en: "Flow control: the window of the receiver",
    title_zh: "流量控制：接收方的滑动窗口",
    also: &[
        "window",
        "zero-window",
        "sliding-window",
        "rwnd",
        "流量控制",
        "滑动窗口",
        "窗口",
        "零窗口",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

const USES_ALL_OF_THE_WINDOW: Rule = Rule {
    id: "bytes in flight = receive window",
    zh: "在途字节 = 接收窗口",
};

pub fn zero(event: &ZeroWindow, _: &Scene, note: &mut Note) {
    let (times, taken) = (event.times, event.relative_acknowledgment);
    note.value("times", times)
        .value("relative_acknowledgment", taken);
    note.say(
        || {
            format!(
                "The receive buffer here is full: window 0. The kernel has taken everything before \
                 {taken} (relative), but its program does not read fast enough, and the peer has \
                 to stop. The receiver is slow, not the network."
            )
        },
        || {
            format!(
                "本端的接收缓冲区满了：窗口为 0。内核已收下相对序号 {taken} 之前的全部字节，\
                 但程序来不及读取，对端只好停下。慢的是接收方，不是网络。"
            )
        },
    );
    if times > 1 {
        note.say(
            || format!("It is the {} time that it fills up.", ordinal_en(times)),
            || format!("这是它第 {times} 次被填满。"),
        );
    }
}

pub fn full(event: &WindowFull, _: &Scene, note: &mut Note) {
    let WindowFull {
        in_flight,
        window,
        announced_by,
    } = *event;
    note.value("in_flight", in_flight)
        .value("window", window)
        .value("announced_by", announced_by)
        .related([announced_by])
        .check(USES_ALL_OF_THE_WINDOW, Some(window), in_flight);
    if in_flight > window {
        note.say(
            || {
                format!(
                    "With this segment {} are in flight, more than the {window} that the receiver \
                     allows ({}): what lies beyond may be thrown away.",
                    bytes_en(in_flight),
                    packet(announced_by, Lang::En)
                )
            },
            || {
                format!(
                    "加上这一段，在途共 {in_flight} 字节，超过了接收方允许的 {window} 字节（{}）：\
                     超出的部分可能被丢弃。",
                    packet(announced_by, Lang::Zh)
                )
            },
        );
        return;
    }
    note.say(
        || {
            format!(
                "With this segment {} are in flight, all that the receiver allows ({} announced a \
                 window of {window}). The sender must wait for an acknowledgment: here the \
                 receiver's window is the limit, not the network.",
                bytes_en(in_flight),
                packet(announced_by, Lang::En)
            )
        },
        || {
            format!(
                "加上这一段，在途共 {in_flight} 字节，接收方允许的已全部用完（{}通告的窗口是 \
                 {window}）。发送方必须等待确认：此刻的限制是接收窗口，不是网络。",
                packet(announced_by, Lang::Zh)
            )
        },
    );
}

pub fn update(event: &WindowUpdate, _: &Scene, note: &mut Note) {
    let WindowUpdate {
        from,
        to,
        closed_by,
        closed_ns,
    } = *event;
    note.value("from", from)
        .value("to", to)
        .value("closed_by", closed_by)
        .value("closed_ns", closed_ns)
        .related(closed_by);
    note.say(
        || {
            let room = match to {
                Some(to) => format!("The window grows from {from} to {}", bytes_en(to)),
                None => "The window opens; how far is not known, as the capture does not hold the \
                         handshake with its scale"
                    .to_owned(),
            };
            match (closed_by, closed_ns) {
                (Some(closer), Some(closed)) => format!(
                    "{room}, after it had been zero for {} (since {}): the program has read, and \
                     the peer may send again. For that long the receiver held up the transfer.",
                    duration(closed),
                    packet(closer, Lang::En)
                ),
                (Some(closer), None) => {
                    format!("{room}, after {} had closed it.", packet(closer, Lang::En))
                }
                (None, _) => format!(
                    "{room}: the program has read, and the peer may have more in flight. Nothing \
                     new is acknowledged."
                ),
            }
        },
        || {
            let room = match to {
                Some(to) => format!("窗口从 {from} 增大到 {to} 字节"),
                None => "窗口重新打开；抓包里没有握手，不知道缩放因子，无法得知具体大小".to_owned(),
            };
            match (closed_by, closed_ns) {
                (Some(closer), Some(closed)) => format!(
                    "{room}，此前为零已有 {}（从{}开始）：程序读走了数据，对端可以继续发送。\
                     这段时间里拖住传输的是接收方。",
                    duration(closed),
                    packet(closer, Lang::Zh)
                ),
                (Some(closer), None) => {
                    format!("{room}，此前被{}关闭。", packet(closer, Lang::Zh))
                }
                (None, _) => {
                    format!("{room}：程序读走了数据，对端可以有更多在途。这里没有新的确认。")
                }
            }
        },
    );
}

pub fn probe(event: &WindowProbe, _: &Scene, note: &mut Note) {
    let WindowProbe {
        nth,
        closed_by,
        closed_ns,
        bytes,
    } = *event;
    note.value("nth", nth)
        .value("closed_by", closed_by)
        .value("closed_ns", closed_ns)
        .value("bytes", bytes)
        .related([closed_by]);
    note.say(
        || {
            let with = match bytes {
                0 => "no data".to_owned(),
                bytes => bytes_en(bytes),
            };
            format!(
                "Window probe, the {} of this row, with {with}: the peer's window has been zero \
                 for {} (since {}), and an update may have been lost, so the sender asks. A \
                 keep-alive looks the same; the closed window tells them apart.",
                ordinal_en(nth),
                duration(closed_ns),
                packet(closed_by, Lang::En)
            )
        },
        || {
            let with = match bytes {
                0 => "不带数据".to_owned(),
                bytes => format!("带 {bytes} 字节"),
            };
            format!(
                "窗口探测，这一轮的第 {nth} 次，{with}：对端窗口为零已有 {}（从{}开始），窗口更新\
                 可能丢了，所以主动询问。保活探测的样子与它相同，区别在于窗口已关闭。",
                duration(closed_ns),
                packet(closed_by, Lang::Zh)
            )
        },
    );
}

pub fn probe_ack(event: &WindowProbeAck, _: &Scene, note: &mut Note) {
    let WindowProbeAck {
        probe,
        after_ns,
        window,
    } = *event;
    note.value("probe", probe)
        .value("after_ns", after_ns)
        .value("window", window)
        .related([probe]);
    note.say(
        || {
            let now = if window == 0 {
                "still no room (window 0). The peer is alive, its program just does not read; the \
                 sender asks again later"
                    .to_owned()
            } else {
                format!("there is room again (window field {window}), so sending goes on")
            };
            format!(
                "Answers the window probe in {} after {}: {now}.",
                packet(probe, Lang::En),
                duration(after_ns)
            )
        },
        || {
            let now = if window == 0 {
                "仍然没有空间（窗口为 0）。对端还在，只是程序没有读取；发送方隔一阵再问".to_owned()
            } else {
                format!("又有空间了（窗口字段 {window}），可以继续发送")
            };
            format!(
                "{} 后应答{}的窗口探测：{now}。",
                duration(after_ns),
                packet(probe, Lang::Zh)
            )
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::annotated;
    use crate::track::Event;

    #[test]
    fn a_zero_window_blames_the_receiver() {
        let event = ZeroWindow {
            times: 1,
            relative_acknowledgment: 65161,
        };
        let annotation = annotated(&Event::ZeroWindow(event), Severity::Warning, &["65161"]);
        assert!(annotation.text.contains("not the network"));
        let again = ZeroWindow { times: 3, ..event };
        let annotation = annotated(&Event::ZeroWindow(again), Severity::Warning, &["3"]);
        assert!(annotation.text.contains("3rd time"));
    }

    #[test]
    fn a_full_window_is_held_against_the_one_announced() {
        let event = WindowFull {
            in_flight: 65160,
            window: 65160,
            announced_by: 12,
        };
        let annotation = annotated(&Event::WindowFull(event), Severity::Note, &["65160", "12"]);
        assert_eq!(annotation.checks[0].holds, Some(true));
        assert_eq!(annotation.related.as_slice(), [12]);
        let beyond = WindowFull {
            in_flight: 65161,
            ..event
        };
        let annotation = annotated(&Event::WindowFull(beyond), Severity::Error, &["65161"]);
        assert!(annotation.text.contains("more than"));
    }

    #[test]
    fn an_update_says_how_long_the_window_was_closed() {
        let event = WindowUpdate {
            from: 0,
            to: Some(32768),
            closed_by: Some(20),
            closed_ns: Some(1_500_000_000),
        };
        let annotation = annotated(
            &Event::WindowUpdate(event),
            Severity::Note,
            &["32768", "20", "1.50 s"],
        );
        assert_eq!(annotation.related.as_slice(), [20]);
        let unknown = WindowUpdate {
            to: None,
            closed_ns: None,
            ..event
        };
        let annotation = annotated(&Event::WindowUpdate(unknown), Severity::Note, &["20"]);
        assert!(annotation.text.contains("not known"));
        let wider = WindowUpdate {
            from: 1000,
            closed_by: None,
            closed_ns: None,
            ..event
        };
        annotated(
            &Event::WindowUpdate(wider),
            Severity::Note,
            &["1000", "32768"],
        );
    }

    #[test]
    fn a_probe_is_told_from_a_keep_alive_by_the_closed_window() {
        for bytes in [0, 1] {
            let event = WindowProbe {
                nth: 2,
                closed_by: 20,
                closed_ns: 600_000_000,
                bytes,
            };
            let annotation = annotated(
                &Event::WindowProbe(event),
                Severity::Note,
                &["2", "20", "600 ms"],
            );
            assert!(annotation.text.contains("keep-alive"));
        }
    }

    #[test]
    fn an_answer_to_a_probe_says_whether_there_is_room() {
        let event = WindowProbeAck {
            probe: 21,
            after_ns: 412_000,
            window: 0,
        };
        let shut = annotated(
            &Event::WindowProbeAck(event),
            Severity::Note,
            &["21", "412 µs"],
        );
        assert!(shut.text.contains("still no room"));
        let open = WindowProbeAck {
            window: 512,
            ..event
        };
        annotated(&Event::WindowProbeAck(open), Severity::Note, &["512"]);
    }
}
