//! The words for a RST: by its cause, what provoked it and how long after.

use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, list, packet, packets, side, side_first};
use crate::notes::{Lang, Note, Scene};
use crate::track::{ForeignEvidence, Reset, ResetCause, ResetContradicted};

pub fn reset(event: &Reset, _: &Scene, note: &mut Note) {
    note.value("cause", event.cause.name())
        .value("side", event.side.name())
        .value("provoked_by", event.provoked_by)
        .value("after_ns", event.after_ns)
        .value("unacknowledged", event.unacknowledged)
        .value("evidence", event.evidence.names().collect::<Vec<_>>())
        .value("payload", event.payload)
        .value("message", message(event))
        .related(event.provoked_by);
    note.say(|| english(event), || chinese(event));
    if event.payload > 0 {
        note.say(|| carries_en(event), || carries_zh(event));
    }
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

/// The text that a RST carries, where it is text.
fn message(event: &Reset) -> Option<String> {
    let text = std::str::from_utf8(&event.message).ok()?.trim();
    let is_text = !text.is_empty() && !text.contains(char::is_control);
    is_text.then(|| text.to_owned())
}

fn carries_en(event: &Reset) -> String {
    let bytes = bytes_en(event.payload);
    match message(event) {
        Some(text) => format!("It carries {bytes}, as a reason may be given: \"{text}\"."),
        None => format!("It carries {bytes}, which is unusual: they may tell who wrote it."),
    }
}

fn carries_zh(event: &Reset) -> String {
    let bytes = event.payload;
    match message(event) {
        Some(text) => format!("它带着 {bytes} 字节，RST 可以附上原因：“{text}”。"),
        None => format!("它带着 {bytes} 字节，这不常见，也许能看出是谁写的。"),
    }
}

fn evidence_en(evidence: &ForeignEvidence) -> String {
    let mut shown = Vec::new();
    if let Some((host, this)) = evidence.time_to_live {
        shown.push(format!(
            "its TTL is {this} where that host's packets arrive with {host}"
        ));
    }
    if evidence.peers_identification {
        shown.push("its identification is copied from the other side's packet".to_owned());
    } else if evidence.identification {
        shown.push("its identification is none of that host's row".to_owned());
    }
    if evidence.options {
        shown.push("the timestamps that were agreed on are missing".to_owned());
    }
    if evidence.unprovoked {
        shown.push("nothing had been sent that it could answer".to_owned());
    }
    list(&shown, Lang::En)
}

fn evidence_zh(evidence: &ForeignEvidence) -> String {
    let mut shown = Vec::new();
    if let Some((host, this)) = evidence.time_to_live {
        shown.push(format!("TTL 是 {this}，而该主机的报文到达时是 {host}"));
    }
    if evidence.peers_identification {
        shown.push("标识与对方的报文相同".to_owned());
    } else if evidence.identification {
        shown.push("标识不在该主机的序列里".to_owned());
    }
    if evidence.options {
        shown.push("缺少双方商定的时间戳".to_owned());
    }
    if evidence.unprovoked {
        shown.push("之前没有报文可供它应答".to_owned());
    }
    shown.join("，")
}

pub fn contradicted(event: &ResetContradicted, _: &Scene, note: &mut Note) {
    let (endpoint, reset, goes_on) = (event.endpoint, event.reset, event.goes_on);
    note.value("side", event.side.name())
        .value("endpoint", endpoint.to_string())
        .value("reset", reset)
        .value("goes_on", goes_on)
        .value("third_party", event.third_party)
        .related([reset, goes_on]);
    note.say(
        || {
            let who = match event.third_party {
                true => "a device on the path or an attacker wrote it in its name",
                false => "it did not write that RST, or forgot it at once",
            };
            format!(
                "{endpoint} goes on in {} although a RST in its name came in {}: {who}.",
                packet(goes_on, Lang::En),
                packet(reset, Lang::En)
            )
        },
        || {
            let who = match event.third_party {
                true => "它是途中设备或攻击者冒名写的",
                false => "那个 RST 不是它写的，或者它随即又忘了",
            };
            format!(
                "以 {endpoint} 的名义发来了 RST（{}），可它在{}里照样继续：{who}。",
                packet(reset, Lang::Zh),
                packet(goes_on, Lang::Zh)
            )
        },
    );
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
            // Several may have come: which of them it answers is not known.
            answering(" when more arrived, up to", provoked, after)
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
        ResetCause::Abandoned => format!(
            "{who} resets what it has itself begun{}: it wanted to know whether the port is open, \
             as a scan or a health check does, or gave up before the answer came.",
            answering(" with the SYN-ACK in", provoked, after)
        ),
        ResetCause::ThirdParty => format!(
            "This RST bears {}'s address, but {} did not write it: {}. A device on the path or an \
             attacker breaks the connection off in its name; {peer} cannot tell and gets \
             \"connection reset\".",
            side(event.side, lang),
            side(event.side, lang),
            evidence_en(&event.evidence)
        ),
        ResetCause::NotAccepted => format!(
            "This RST ends nothing: {peer} must ignore it, as its numbers are not those of the \
             connection."
        ),
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
            let what = provoked.map_or_else(String::new, |packet| {
                format!("，却又收到报文，直到{packet}")
            });
            format!("{who}早已关闭{what}：没有程序再来读取这些数据，内核丢弃它们并回 RST。")
        }
        ResetCause::HalfOpen => {
            let what = provoked.unwrap_or_else(|| "收到的报文".to_owned());
            format!(
                "{who}没有与{what}相符的连接，于是回 RST：它可能重启过，途中设备可能丢掉了连接记录，\
                 或者序号对不上；而{peer}还以为连接存在。"
            )
        }
        ResetCause::Abandoned => {
            let what =
                provoked.map_or_else(String::new, |packet| format!("（SYN-ACK 见{packet}）"));
            format!(
                "{who}把自己发起的连接{what}又重置了：它只想知道端口是否打开（扫描或健康检查），\
                 或者没等到应答就放弃了。"
            )
        }
        ResetCause::ThirdParty => format!(
            "这个 RST 用的是{0}的地址，却不是{0}写的：{1}。途中设备或攻击者冒名中断了连接；\
             {peer}分辨不出，会得到“连接被重置”。",
            side(event.side, lang),
            evidence_zh(&event.evidence)
        ),
        ResetCause::NotAccepted => {
            format!("这个 RST 什么也没有结束：它的号码与连接不符，{peer}必须忽略它。")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::fixture::annotated;
    use crate::notes::{Severity, Value};
    use crate::track::{Event, Side};

    const CAUSES: [ResetCause; 5] = [
        ResetCause::Refused,
        ResetCause::Aborted,
        ResetCause::AfterClose,
        ResetCause::HalfOpen,
        ResetCause::Abandoned,
    ];

    const FOREIGN: ForeignEvidence = ForeignEvidence {
        time_to_live: Some((52, 101)),
        peers_identification: false,
        identification: true,
        options: true,
        unprovoked: true,
    };

    fn reset(cause: ResetCause) -> Reset {
        Reset {
            side: Side::Server,
            cause,
            evidence: ForeignEvidence::default(),
            provoked_by: None,
            after_ns: None,
            unacknowledged: 0,
            payload: 0,
            message: Vec::new(),
        }
    }

    #[test]
    fn every_cause_names_what_provoked_it_and_how_long_after() {
        for cause in CAUSES {
            let event = Reset {
                provoked_by: Some(12),
                after_ns: Some(30_000),
                ..reset(cause)
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
        for cause in CAUSES.into_iter().chain([ResetCause::NotAccepted]) {
            for (provoked_by, after_ns) in [(None, None), (Some(12), None), (None, Some(7_000))] {
                let event = Reset {
                    side: Side::Client,
                    provoked_by,
                    after_ns,
                    ..reset(cause)
                };
                annotated(&Event::Reset(event), Severity::Warning, &[]);
            }
        }
    }

    #[test]
    fn data_that_may_be_lost_is_counted() {
        let event = Reset {
            unacknowledged: 27,
            ..reset(ResetCause::Aborted)
        };
        annotated(&Event::Reset(event), Severity::Warning, &["27"]);
    }

    #[test]
    fn a_reset_by_somebody_else_names_what_shows_it() {
        let event = Reset {
            evidence: FOREIGN,
            ..reset(ResetCause::ThirdParty)
        };
        let annotation = annotated(
            &Event::Reset(event),
            Severity::Warning,
            &["TTL", "101", "52"],
        );
        assert!(annotation.text.contains("timestamps"));
        let copied = ForeignEvidence {
            peers_identification: true,
            ..FOREIGN
        };
        let event = Reset {
            evidence: copied,
            ..reset(ResetCause::ThirdParty)
        };
        let annotation = annotated(&Event::Reset(event), Severity::Warning, &["101"]);
        assert!(annotation.text.contains("copied"));
    }

    #[test]
    fn one_weak_sign_shows_nothing() {
        let weak = ForeignEvidence {
            time_to_live: None,
            ..FOREIGN
        };
        assert!(FOREIGN.is_enough() && !weak.is_enough());
    }

    #[test]
    fn what_a_reset_carries_is_shown() {
        let event = Reset {
            payload: 10,
            message: b"go away\r\n\0".to_vec(),
            ..reset(ResetCause::Aborted)
        };
        annotated(&Event::Reset(event.clone()), Severity::Warning, &["10"]);
        let text = Reset {
            message: b"Go away, we're not home".to_vec(),
            payload: 23,
            ..event
        };
        annotated(
            &Event::Reset(text),
            Severity::Warning,
            &["23", "Go away, we're not home"],
        );
    }

    #[test]
    fn a_contradicted_reset_names_both_packets() {
        for third_party in [false, true] {
            let event = ResetContradicted {
                side: Side::Server,
                endpoint: crate::notes::fixture::endpoint(2, 80),
                reset: 5,
                goes_on: 8,
                third_party,
            };
            annotated(
                &Event::ResetContradicted(event),
                Severity::Warning,
                &["192.0.2.2:80", "5", "8"],
            );
        }
    }
}
