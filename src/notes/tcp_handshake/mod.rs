//! The topic `tcp-handshake`: its note in both languages, and the words for
//! its events (RFC 9293, section 3.5; Fast Open: RFC 7413).

mod failed;
mod past_the_syn;
mod scan;

pub use failed::{accept_queue_full, other_address, refused, rejected, unanswered};
pub use scan::scan;

use past_the_syn::PastTheSyn;

use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, packets};
use crate::notes::{Lang, Note, Rule, Scene, Topic};
use crate::track::{FastOpen, HandshakeAck, HandshakeSimultaneous, HandshakeSyn, HandshakeSynAck};

pub static TOPIC: Topic = Topic {
    name: "tcp-handshake",
    title_en: "The three-step handshake",
    title_zh: "三次握手",
    also: &[
        "handshake",
        "three-way-handshake",
        "3-way-handshake",
        "syn",
        "syn-ack",
        "三次握手",
        "握手",
        "fast-open",
        "scan",
        "port-scan",
        "端口扫描",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

const ACKNOWLEDGES_THE_SYN: Rule = Rule {
    id: "acknowledgment = client sequence + 1",
    zh: "确认号 = 客户端序号 + 1",
};

/// The server may take all data in a SYN, some, or none.
const ACKNOWLEDGES_THE_SYN_AND_DATA: Rule = Rule {
    id: "client sequence + 1 ≤ acknowledgment ≤ client sequence + 1 + SYN data",
    zh: "客户端序号 + 1 ≤ 确认号 ≤ 客户端序号 + 1 + SYN 数据",
};

const FOLLOWS_THE_SYN: Rule = Rule {
    id: "sequence = client sequence + 1",
    zh: "序号 = 客户端序号 + 1",
};

const FOLLOWS_THE_SYN_AND_DATA: Rule = Rule {
    id: "client sequence + 1 ≤ sequence ≤ client sequence + 1 + SYN data",
    zh: "客户端序号 + 1 ≤ 序号 ≤ 客户端序号 + 1 + SYN 数据",
};

const ACKNOWLEDGES_THE_SERVER: Rule = Rule {
    id: "acknowledgment = server sequence + 1",
    zh: "确认号 = 服务器序号 + 1",
};

pub fn syn(event: &HandshakeSyn, scene: &Scene, note: &mut Note) {
    let x = event.sequence;
    let next = x.wrapping_add(1);
    let data = scene
        .packet
        .and_then(|packet| packet.tcp())
        .map_or(0, |tcp| tcp.payload_length);
    note.value("sequence", x)
        .value("maximum_segment_size", event.maximum_segment_size)
        .value("payload", data);
    note.say(
        || {
            format!(
                "Asks for a connection: this SYN sets the client's initial sequence number \
                 x = {x}. A SYN takes one number, so the answer must acknowledge x + 1 = {next}."
            )
        },
        || {
            format!(
                "请求建立连接：这个 SYN 给出客户端的初始序号 x = {x}。SYN 占用一个序号，\
                 所以应答的确认号应为 x + 1 = {next}。"
            )
        },
    );
    if data > 0 {
        note.say(
            || {
                format!(
                    "It already carries {} of data, which a server with TCP Fast Open may accept.",
                    bytes_en(data)
                )
            },
            || format!("它还带着 {data} 字节数据，支持 TCP Fast Open 的服务器可以直接收下。"),
        );
    }
}

pub fn syn_ack(event: &HandshakeSynAck, _: &Scene, note: &mut Note) {
    let (y, acknowledgment) = (event.sequence, event.acknowledgment);
    let past = PastTheSyn {
        client: event.client_sequence,
        data: event.syn_payload,
        observed: acknowledgment,
    };
    note.value("sequence", y)
        .value("acknowledgment", acknowledgment)
        .value("client_sequence", event.client_sequence)
        .value("syn_payload", event.syn_payload)
        .value("since_syn_ns", event.since_syn_ns)
        .related(event.syn);
    past.check(ACKNOWLEDGES_THE_SYN, ACKNOWLEDGES_THE_SYN_AND_DATA, note);
    if note.is_wordless() {
        return;
    }
    match event.client_sequence {
        Some(x) if past.wrong() => note.say(
            || {
                format!(
                    "Acknowledges {acknowledgment}, but the client's SYN had x = {x}, so only {} \
                     is right: a real TCP answers this with RST.",
                    past.right(Lang::En)
                )
            },
            || {
                format!(
                    "确认号是 {acknowledgment}，但客户端的 SYN 里 x = {x}，只有 {} 才正确：\
                     真正的 TCP 会用 RST 回应它。",
                    past.right(Lang::Zh)
                )
            },
        ),
        Some(x) => note.say(
            || {
                format!(
                    "Accepts and asks back: ack = {acknowledgment} confirms the client's SYN \
                     (x = {x}), and the server sets its own initial sequence number y = {y}."
                )
            },
            || {
                format!(
                    "同意并反向请求：确认号 {acknowledgment} 确认了客户端的 SYN（x = {x}），\
                     同时给出服务器自己的初始序号 y = {y}。"
                )
            },
        ),
        None => note.say(
            || {
                format!(
                    "Accepts and asks back with y = {y}. The SYN that it answers was not \
                     captured, so nothing tells whether ack = {acknowledgment} is x + 1."
                )
            },
            || {
                format!(
                    "同意并反向请求，y = {y}。它所应答的 SYN 没有被捕获到，因此无法判断确认号 \
                     {acknowledgment} 是否等于 x + 1。"
                )
            },
        ),
    };
    if let Some(waited) = event.since_syn_ns {
        let waited = duration(waited);
        note.say(
            || {
                format!(
                    "It came {waited} after the SYN: the way from the recording point to the \
                     server and back, and the server itself."
                )
            },
            || format!("距 SYN {waited}：从抓包点到服务器往返的时间，加上服务器本身的时间。"),
        );
    }
}

pub fn ack(event: &HandshakeAck, _: &Scene, note: &mut Note) {
    let past = PastTheSyn {
        client: event.client_sequence,
        data: event.syn_payload,
        observed: event.sequence,
    };
    let y = event.server_sequence;
    let acknowledgment = event.acknowledgment;
    let right_acknowledgment = y.wrapping_add(1);
    note.value("sequence", event.sequence)
        .value("acknowledgment", acknowledgment)
        .value("client_sequence", event.client_sequence)
        .value("server_sequence", y)
        .value("syn_payload", event.syn_payload)
        .value("payload", event.payload)
        .value("since_syn_ack_ns", event.since_syn_ack_ns)
        .value("since_syn_ns", event.since_syn_ns)
        .related([event.syn_ack]);
    past.check(FOLLOWS_THE_SYN, FOLLOWS_THE_SYN_AND_DATA, note);
    note.check(
        ACKNOWLEDGES_THE_SERVER,
        Some(right_acknowledgment),
        acknowledgment,
    );
    if note.is_wordless() {
        return;
    }
    let sequence = event.sequence;
    if past.wrong() || acknowledgment != right_acknowledgment {
        if let (true, Some(x)) = (past.wrong(), event.client_sequence) {
            note.say(
                || {
                    format!(
                        "Goes on at sequence {sequence}, but the client's SYN had x = {x}, so only \
                         {} is right.",
                        past.right(Lang::En)
                    )
                },
                || {
                    format!(
                        "序号是 {sequence}，但客户端的 SYN 里 x = {x}，只有 {} 才正确。",
                        past.right(Lang::Zh)
                    )
                },
            );
        }
        if acknowledgment != right_acknowledgment {
            note.say(
                || {
                    format!(
                        "Acknowledges {acknowledgment}, but the server's SYN had y = {y}, so only \
                         y + 1 = {right_acknowledgment} is right: a real TCP answers this with RST."
                    )
                },
                || {
                    format!(
                        "确认号是 {acknowledgment}，但服务器的 SYN 里 y = {y}，只有 y + 1 = \
                         {right_acknowledgment} 才正确：真正的 TCP 会用 RST 回应它。"
                    )
                },
            );
        }
        return;
    }
    note.say(
        || {
            let sequence = match event.client_sequence {
                Some(_) if event.syn_payload == 0 => format!("seq = x + 1 = {sequence}"),
                _ => format!("seq = {sequence}"),
            };
            format!(
                "Completes the handshake: {sequence} and ack = y + 1 = {acknowledgment} prove to \
                 the server that its y = {y} arrived, and both directions work. It came {} after \
                 the SYN-ACK{}.",
                duration(event.since_syn_ack_ns),
                whole(event.since_syn_ns, Lang::En),
            )
        },
        || {
            let sequence = match event.client_sequence {
                Some(_) if event.syn_payload == 0 => format!("序号 x + 1 = {sequence}"),
                _ => format!("序号 {sequence}"),
            };
            format!(
                "完成握手：{sequence}，确认号 y + 1 = {acknowledgment}，向服务器证明它的 y = {y} \
                 已经送达，两个方向都通。距 SYN-ACK {}{}。",
                duration(event.since_syn_ack_ns),
                whole(event.since_syn_ns, Lang::Zh),
            )
        },
    );
    if event.payload > 0 {
        note.say(
            || {
                format!(
                    "It already carries {} of data, which the third step may.",
                    bytes_en(event.payload)
                )
            },
            || {
                format!(
                    "它已经带上了 {} 字节数据，第三次握手允许这样做。",
                    event.payload
                )
            },
        );
    }
}

/// How long the handshake took altogether.
fn whole(since_syn_ns: Option<u64>, lang: Lang) -> String {
    since_syn_ns.map_or_else(String::new, |ns| match lang {
        Lang::En => format!("; the whole handshake took {}", duration(ns)),
        Lang::Zh => format!("，整个握手共 {}", duration(ns)),
    })
}

pub fn simultaneous(event: &HandshakeSimultaneous, _: &Scene, note: &mut Note) {
    let other = event.other_syn;
    note.value("other_syn", other).related([other]);
    note.say(
        || {
            format!(
                "Opens from both ends at once: this side sent its SYN before it saw the other's \
                 in {}. Both pass through SYN_RCVD, and the result is one connection, not two.",
                packets(&[other], Lang::En)
            )
        },
        || {
            format!(
                "双方同时打开：这一端发出 SYN 时还没有看到对方的 SYN（{}）。两端都经过 \
                 SYN_RCVD，最终只有一条连接，不是两条。",
                packets(&[other], Lang::Zh)
            )
        },
    );
}

pub fn fast_open(event: &FastOpen, _: &Scene, note: &mut Note) {
    let (syn, accepted, sent) = (event.syn, event.accepted, event.syn_payload);
    note.value("accepted", accepted)
        .value("syn_payload", sent)
        .related([syn]);
    note.say(
        || {
            let rest = if accepted < sent {
                "; the rest must be sent again"
            } else {
                ""
            };
            format!(
                "Accepts {} that the SYN in packet {syn} carried (TCP Fast Open): the request \
                 saved one round trip{rest}.",
                if accepted == sent {
                    format!("all {}", bytes_en(sent))
                } else {
                    format!("{accepted} of the {}", bytes_en(sent))
                }
            )
        },
        || {
            let rest = if accepted < sent {
                "，其余的需要重发"
            } else {
                ""
            };
            format!(
                "收下了第 {syn} 号报文的 SYN 所带的{}（TCP Fast Open）：请求省掉了一个往返{rest}。",
                if accepted == sent {
                    format!("全部 {sent} 字节")
                } else {
                    format!(" {sent} 字节中的 {accepted} 字节")
                }
            )
        },
    );
}

#[cfg(test)]
mod tests;
