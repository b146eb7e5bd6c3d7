//! The topic `tcp-handshake`: its note in both languages, and the words for
//! its events (RFC 9293, section 3.5; Fast Open: RFC 7413).

use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, counted_en, durations, packets};
use crate::notes::{Lang, Note, Rule, Scene, Topic, Value};
use crate::track::{
    FastOpen, HandshakeAck, HandshakeRefused, HandshakeSimultaneous, HandshakeSyn, HandshakeSynAck,
    HandshakeUnanswered,
};

pub static TOPIC: Topic = Topic {
    name: "tcp-handshake",
    title_en: "The three-step handshake",
    title_zh: "三次握手",
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

const ACKNOWLEDGES_THE_SYN: Rule = Rule {
    id: "acknowledgment = client sequence + 1",
    zh: "确认号 = 客户端序号 + 1",
};

/// With data in the SYN the server may take all of it, some, or none.
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

/// A number that should be one past the client's x, or with data in the SYN
/// anything up to the end of it.
struct PastTheSyn {
    client: Option<u32>,
    data: u32,
    observed: u32,
}

impl PastTheSyn {
    /// x + 1.
    fn first(&self) -> Option<u32> {
        self.client.map(|x| x.wrapping_add(1))
    }

    /// x + 1 + data.
    fn last(&self) -> Option<u32> {
        self.first().map(|first| first.wrapping_add(self.data))
    }

    /// How far past x + 1 (as a circle of 32 bits measures it).
    fn beyond(&self) -> Option<u32> {
        self.first().map(|first| self.observed.wrapping_sub(first))
    }

    fn holds(&self) -> Option<bool> {
        self.beyond().map(|beyond| beyond <= self.data)
    }

    fn wrong(&self) -> bool {
        self.holds() == Some(false)
    }

    fn check(&self, plain: Rule, with_data: Rule, note: &mut Note) {
        if self.data == 0 {
            note.check(plain, self.first(), self.observed);
        } else {
            // Any number in the range is right: the nearest is shown.
            let nearest = if self.wrong() {
                self.last()
            } else {
                self.client.map(|_| self.observed)
            };
            note.judge(with_data, nearest, self.observed, self.holds());
        }
    }

    /// What would have been right, for the sentence that says it was not.
    fn right(&self, lang: Lang) -> String {
        let (Some(first), Some(last)) = (self.first(), self.last()) else {
            return String::new();
        };
        match (self.data, lang) {
            (0, _) => format!("x + 1 = {first}"),
            (data, Lang::En) => {
                format!("x + 1 = {first} up to x + 1 + {data} = {last} (its data)")
            }
            (data, Lang::Zh) => {
                format!("x + 1 = {first} 到 x + 1 + {data} = {last}（含其数据）")
            }
        }
    }
}

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
        note.say(
            || {
                format!(
                    "It came {} after the SYN (the network and the server together).",
                    duration(waited)
                )
            },
            || format!("距 SYN {}（网络加服务器的时间）。", duration(waited)),
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
                 the server that its y = {y} arrived, and both directions work. The client took {} \
                 for it{}.",
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
                 已经送达，两个方向都通。客户端用了 {}{}。",
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
        Lang::En => format!(", the whole handshake {}", duration(ns)),
        Lang::Zh => format!("，整个握手共 {}", duration(ns)),
    })
}

pub fn refused(event: &HandshakeRefused, _: &Scene, note: &mut Note) {
    let x = event.client_sequence;
    let acknowledgment = event.acknowledgment;
    let past = PastTheSyn {
        client: Some(x),
        data: event.syn_payload,
        observed: acknowledgment,
    };
    note.value("client_sequence", x)
        .value("acknowledgment", acknowledgment)
        .value("syn_payload", event.syn_payload)
        .value("attempts", event.attempts)
        .value("after_ns", event.after_ns)
        .related([event.syn]);
    past.check(ACKNOWLEDGES_THE_SYN, ACKNOWLEDGES_THE_SYN_AND_DATA, note);
    if past.wrong() {
        note.say(
            || {
                format!(
                    "Tries to refuse the connection, but acknowledges {acknowledgment}: the SYN \
                     had x = {x}, so only {} is right, and the client ignores this RST.",
                    past.right(Lang::En)
                )
            },
            || {
                format!(
                    "想拒绝连接，但确认号是 {acknowledgment}：SYN 里 x = {x}，只有 {} 才正确，\
                     客户端会忽略这个 RST。",
                    past.right(Lang::Zh)
                )
            },
        );
        return;
    }
    let (syn, after) = (event.syn, duration(event.after_ns));
    let attempts = event.attempts;
    note.say(
        || {
            let again = if attempts > 1 {
                format!(", the {} sent", crate::notes::wording::ordinal_en(attempts))
            } else {
                String::new()
            };
            format!(
                "Refuses the connection: this RST (ack = {acknowledgment}) answers the SYN{again} \
                 (x = {x}, packet {syn}) after {after}. The host is there, but nothing listens on \
                 that port, or a firewall rejects it; connect() fails with \"connection refused\"."
            )
        },
        || {
            let again = if attempts > 1 {
                format!("，第 {attempts} 次尝试")
            } else {
                String::new()
            };
            format!(
                "拒绝连接：这个 RST（确认号 {acknowledgment}）在 {after} 后应答了 SYN（x = {x}，\
                 第 {syn} 号包{again}）。主机在线，但该端口没有程序监听，或被防火墙拒绝；\
                 connect() 会以“连接被拒绝”失败。"
            )
        },
    );
}

/// How the waits between repeated SYNs grow.
enum BackOff {
    None,
    Doubling,
    Other,
}

fn back_off(intervals: &[u64]) -> BackOff {
    let doubles = |pair: &[u64]| match pair {
        // A tenth of tolerance: timers tick, networks jitter.
        [before, after] => after.abs_diff(before.saturating_mul(2)) <= before / 5,
        _ => false,
    };
    match intervals.len() {
        0 | 1 => BackOff::None,
        _ if intervals.windows(2).all(doubles) => BackOff::Doubling,
        _ => BackOff::Other,
    }
}

pub fn unanswered(event: &HandshakeUnanswered, _: &Scene, note: &mut Note) {
    let (client, server) = (event.client, event.server);
    let (intervals, waited) = (&event.intervals_ns, duration(event.waited_ns));
    let attempts = event.attempts;
    note.value("client", client.to_string())
        .value("server", server.to_string())
        .value("attempts", attempts)
        .value(
            "intervals_ns",
            Value::List(intervals.iter().map(|ns| Value::from(*ns)).collect()),
        )
        .value("waited_ns", event.waited_ns)
        .related(event.syns.iter().copied());
    note.say(
        || {
            let waits = match (back_off(intervals), intervals.as_slice()) {
                (_, []) => String::new(),
                (BackOff::Doubling, all) => format!(
                    ", waiting {} in between, twice as long each time",
                    durations(all, Lang::En)
                ),
                (_, all) => format!(", waiting {} in between", durations(all, Lang::En)),
            };
            format!(
                "{client} sent {} to {server}{waits}, and had no answer within {waited}. Silence, \
                 where a closed port would answer RST, points to a packet filter, a host that is \
                 down, or a lost route.",
                counted_en(u64::from(attempts), "SYN"),
            )
        },
        || {
            let waits = match (back_off(intervals), intervals.as_slice()) {
                (_, []) => String::new(),
                (BackOff::Doubling, all) => {
                    format!("，间隔依次为 {}，每次加倍", durations(all, Lang::Zh))
                }
                (_, all) => format!("，间隔依次为 {}", durations(all, Lang::Zh)),
            };
            format!(
                "{client} 向 {server} 发了 {attempts} 个 SYN{waits}，{waited} 内没有任何应答。\
                 端口关闭时会收到 RST；毫无回音说明包被过滤、主机不在线，或路由不通。"
            )
        },
    );
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
                "Accepts {accepted} of the {} that the SYN in packet {syn} carried (TCP Fast \
                 Open): the request saved one round trip{rest}.",
                bytes_en(sent)
            )
        },
        || {
            let rest = if accepted < sent {
                "，其余的需要重发"
            } else {
                ""
            };
            format!(
                "收下了第 {syn} 号包的 SYN 所带 {sent} 字节中的 {accepted} 字节（TCP Fast Open）：\
                 请求省掉了一个往返{rest}。"
            )
        },
    );
}

#[cfg(test)]
mod tests;
