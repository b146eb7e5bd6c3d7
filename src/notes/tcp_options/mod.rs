//! The topic `tcp-options`: its note in both languages, and the words for its
//! events (RFC 9293, section 3.2 and 3.7.1; RFC 7323; RFC 2018).

use std::net::IpAddr;

use crate::notes::wording::list;
use crate::notes::{Lang, Note, Rule, Scene, Topic};
use crate::track::{Offer, OptionsAgreed};

pub static TOPIC: Topic = Topic {
    name: "tcp-options",
    title_en: "TCP options: agreed in the handshake",
    title_zh: "TCP 选项：握手时商定",
    also: &[
        "options",
        "mss",
        "window-scale",
        "timestamps",
        "sack-permitted",
        "选项",
        "窗口缩放",
        "时间戳",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

/// RFC 7323, section 2.3: a larger shift would let old bytes pass for new.
const SCALE_LIMIT: Rule = Rule {
    id: "window scale ≤ 14",
    zh: "缩放因子 ≤ 14",
};
const LARGEST_SCALE: u8 = 14;

/// Ten bytes of the option and two of padding, on every segment.
const TIMESTAMPS_LENGTH: u16 = 12;

/// What two offers come to.
struct Agreed {
    scale: bool,
    sack: bool,
    timestamps: bool,
    /// Most data bytes in a segment, towards the server and the client.
    to_server: u16,
    to_client: u16,
}

impl Agreed {
    fn new(event: &OptionsAgreed, v6: bool) -> Self {
        let OptionsAgreed { client, server } = event;
        let timestamps = client.timestamps && server.timestamps;
        // RFC 9293, section 3.7.1: what to assume without an offer.
        let absent = if v6 { 1220 } else { 536 };
        let limit = |receiver: &Offer| {
            receiver
                .maximum_segment_size
                .unwrap_or(absent)
                .saturating_sub(if timestamps { TIMESTAMPS_LENGTH } else { 0 })
        };
        Self {
            scale: client.window_scale.is_some() && server.window_scale.is_some(),
            sack: client.sack_permitted && server.sack_permitted,
            timestamps,
            to_server: limit(server),
            to_client: limit(client),
        }
    }
}

pub fn agreed(event: &OptionsAgreed, scene: &Scene, note: &mut Note) {
    let OptionsAgreed { client, server } = event;
    let v6 = scene
        .packet
        .and_then(|packet| packet.network)
        .is_some_and(|network| matches!(network.source, IpAddr::V6(_)));
    let agreed = Agreed::new(event, v6);
    note.value("window_scaling", agreed.scale)
        .value("client_window_scale", client.window_scale)
        .value("server_window_scale", server.window_scale)
        .value("sack", agreed.sack)
        .value("timestamps", agreed.timestamps)
        .value("client_maximum_segment_size", client.maximum_segment_size)
        .value("server_maximum_segment_size", server.maximum_segment_size)
        .value("largest_segment_to_server", agreed.to_server)
        .value("largest_segment_to_client", agreed.to_client)
        .value("client_window", client.window)
        .value("server_window", server.window);
    let largest = client.window_scale.max(server.window_scale);
    if let Some(scale) = largest.filter(|scale| *scale > LARGEST_SCALE) {
        note.judge(SCALE_LIMIT, Some(LARGEST_SCALE), scale, Some(false));
        note.say(
            || {
                format!(
                    "Offers a window scale of {scale}, but {LARGEST_SCALE} is the most that TCP \
                     allows: the peer must use {LARGEST_SCALE} instead."
                )
            },
            || {
                format!(
                    "缩放因子为 {scale}，但 TCP 最多允许 {LARGEST_SCALE}：对方应当按 \
                     {LARGEST_SCALE} 处理。"
                )
            },
        );
    }
    note.say(
        || {
            let (uses, lacks) = (
                uses(event, &agreed, Lang::En),
                lacks(event, &agreed, Lang::En),
            );
            let uses = match uses.as_slice() {
                [] => "Settles on no options beside the segment size".to_owned(),
                all => format!("Settles on {}", list(all, Lang::En)),
            };
            let lacks = match lacks.as_slice() {
                [] => String::new(),
                all => format!(" Not in use: {}.", all.join("; ")),
            };
            format!("{uses}. {}{lacks}", segments(event, &agreed, Lang::En))
        },
        || {
            let (uses, lacks) = (
                uses(event, &agreed, Lang::Zh),
                lacks(event, &agreed, Lang::Zh),
            );
            let uses = match uses.as_slice() {
                [] => "双方除段大小外没有商定任何选项".to_owned(),
                all => format!("双方商定使用：{}", list(all, Lang::Zh)),
            };
            let lacks = match lacks.as_slice() {
                [] => String::new(),
                all => format!("未启用：{}。", all.join("；")),
            };
            format!("{uses}。{}{lacks}", segments(event, &agreed, Lang::Zh))
        },
    );
}

/// The options in use.
fn uses(event: &OptionsAgreed, agreed: &Agreed, lang: Lang) -> Vec<String> {
    let mut all = Vec::new();
    if let (Some(client), Some(server)) = (event.client.window_scale, event.server.window_scale) {
        let [client, server] = [client, server].map(|shift| 1_u32 << shift.min(LARGEST_SCALE));
        all.push(match lang {
            Lang::En if client == server => format!("window scaling (both × {client})"),
            Lang::En => format!("window scaling (client × {client}, server × {server})"),
            Lang::Zh if client == server => format!("窗口缩放（双方 × {client}）"),
            Lang::Zh => format!("窗口缩放（客户端 × {client}，服务器 × {server}）"),
        });
    }
    if agreed.sack {
        all.push("SACK".to_owned());
    }
    if agreed.timestamps {
        all.push(lang.pick("timestamps", "时间戳").to_owned());
    }
    all
}

/// The options not in use, whose doing that is, and what is lost.
fn lacks(event: &OptionsAgreed, agreed: &Agreed, lang: Lang) -> Vec<String> {
    let OptionsAgreed { client, server } = event;
    let by = |client: bool, server: bool| match (client, server) {
        (true, _) => lang.pick("offered by the client alone", "只有客户端提出"),
        (_, true) => lang.pick("offered by the server alone", "只有服务器提出"),
        _ => lang.pick("offered by neither side", "双方都没有提出"),
    };
    let mut all = Vec::new();
    let mut lack = |name_en, name_zh, who, loss_en: &str, loss_zh: &str| {
        all.push(match lang {
            Lang::En => format!("{name_en} ({who}): {loss_en}"),
            Lang::Zh => format!("{name_zh}（{who}），{loss_zh}"),
        });
    };
    if !agreed.scale {
        lack(
            "window scaling",
            "窗口缩放",
            by(client.window_scale.is_some(), server.window_scale.is_some()),
            "at most 65535 bytes can be in flight",
            "在途数据最多 65535 字节",
        );
    }
    if !agreed.sack {
        lack(
            "SACK",
            "SACK",
            by(client.sack_permitted, server.sack_permitted),
            "after several losses the sender learns of one hole per round trip",
            "多处丢包时，发送方每个往返只能得知一个空洞",
        );
    }
    if !agreed.timestamps {
        lack(
            "timestamps",
            "时间戳",
            by(client.timestamps, server.timestamps),
            "12 bytes saved per segment, but retransmitted data gives no round-trip time and old \
             segments are not told by their age",
            "每段省下 12 字节，但重传的数据无法测量往返时间，也不能凭时间戳识别旧段",
        );
    }
    all
}

/// The effective segment sizes.
fn segments(event: &OptionsAgreed, agreed: &Agreed, lang: Lang) -> String {
    let Agreed {
        to_server,
        to_client,
        timestamps,
        ..
    } = agreed;
    let offer = |offer: &Offer| match (offer.maximum_segment_size, lang) {
        (Some(size), _) => format!("MSS {size}"),
        (None, Lang::En) => "no MSS offered".to_owned(),
        (None, Lang::Zh) => "未提出 MSS".to_owned(),
    };
    let (client, server) = (offer(&event.client), offer(&event.server));
    match lang {
        Lang::En => {
            let less = if *timestamps {
                ", less 12 for the timestamps"
            } else {
                ""
            };
            if client == server {
                format!("A segment carries at most {to_server} bytes of data ({client}{less}).")
            } else {
                format!(
                    "A segment carries at most {to_server} bytes of data towards the server (its \
                     {server}{less}) and {to_client} towards the client (its {client}{less})."
                )
            }
        }
        Lang::Zh => {
            let less = if *timestamps {
                "，减去时间戳的 12 字节"
            } else {
                ""
            };
            if client == server {
                format!("每段最多携带 {to_server} 字节数据（{client}{less}）。")
            } else {
                format!(
                    "每段最多携带的数据：发往服务器 {to_server} 字节（服务器 {server}{less}），\
                     发往客户端 {to_client} 字节（客户端 {client}{less}）。"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::fixture::annotated;
    use crate::notes::{Severity, Value};
    use crate::track::Event;

    const FULL: Offer = Offer {
        maximum_segment_size: Some(1460),
        window_scale: Some(7),
        sack_permitted: true,
        timestamps: true,
        window: 64240,
    };

    fn event(client: Offer, server: Offer) -> Event {
        Event::OptionsAgreed(OptionsAgreed { client, server })
    }

    #[test]
    fn what_both_offer_is_in_use() {
        let annotation = annotated(
            &event(FULL, FULL),
            Severity::Note,
            &["128", "SACK", "1448", "1460", "12"],
        );
        assert!(
            !annotation.text.contains("Not in use"),
            "{}",
            annotation.text
        );
        for value in [
            ("window_scaling", Value::Bool(true)),
            ("largest_segment_to_server", Value::Number(1448)),
        ] {
            assert!(annotation.values.contains(&value), "{value:?}");
        }
    }

    #[test]
    fn each_direction_is_limited_by_the_others_offer() {
        let server = Offer {
            maximum_segment_size: Some(1400),
            window_scale: Some(9),
            ..FULL
        };
        let annotation = annotated(
            &event(FULL, server),
            Severity::Note,
            &["1388", "1448", "128", "512"],
        );
        assert!(
            annotation
                .values
                .contains(&("largest_segment_to_server", Value::Number(1388)))
        );
        assert!(
            annotation
                .values
                .contains(&("largest_segment_to_client", Value::Number(1448)))
        );
    }

    #[test]
    fn a_scale_offered_by_one_side_is_not_used() {
        let server = Offer {
            window_scale: None,
            timestamps: false,
            ..FULL
        };
        let annotation = annotated(&event(FULL, server), Severity::Note, &["65535", "1460"]);
        assert!(annotation.text.contains("offered by the client alone"));
        assert!(
            annotation
                .values
                .contains(&("window_scaling", Value::Bool(false)))
        );
    }

    #[test]
    fn without_any_option_the_default_size_counts() {
        let annotation = annotated(
            &event(Offer::default(), Offer::default()),
            Severity::Note,
            &["536", "SACK"],
        );
        assert!(annotation.text.contains("offered by neither side"));
    }

    #[test]
    fn a_scale_beyond_fourteen_is_an_error() {
        let server = Offer {
            window_scale: Some(15),
            ..FULL
        };
        let annotation = annotated(
            &event(FULL, server),
            Severity::Error,
            &["15", "14", "16384"],
        );
        assert_eq!(annotation.checks[0].holds, Some(false));
    }
}
