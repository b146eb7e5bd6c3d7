//! The words for a handshake that came to nothing: refused by RST, or never
//! answered.

use super::past_the_syn::PastTheSyn;
use super::{ACKNOWLEDGES_THE_SYN, ACKNOWLEDGES_THE_SYN_AND_DATA};
use crate::notes::icmp::code_meaning;
use crate::notes::units::duration;
use crate::notes::wording::{counted_en, durations, ordinal_en, packet, packets};
use crate::notes::{Lang, Note, Scene, Value};
use crate::track::{
    AcceptQueueFull, HandshakeOtherAddress, HandshakeRefused, HandshakeRejected,
    HandshakeUnanswered, IcmpErrorKind,
};

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
    if note.is_wordless() {
        return;
    }
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
                format!(", the {} sent", ordinal_en(attempts))
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
                 第 {syn} 号报文{again}）。主机在线，但该端口没有程序监听，或被防火墙拒绝；\
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
    let too_early = event.is_too_early();
    note.value("client", client.to_string())
        .value("server", server.to_string())
        .value("attempts", attempts)
        .value(
            "intervals_ns",
            Value::List(intervals.iter().map(|ns| Value::from(*ns)).collect()),
        )
        .value("waited_ns", event.waited_ns)
        .related(event.syns.iter().copied());
    if too_early {
        note.too_early();
    }
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
            let syns = counted_en(u64::from(attempts), "SYN");
            if too_early {
                return format!(
                    "{client} sent {syns} to {server}{waits}, and no answer had come when the \
                     recording ended {waited} later: too early to tell whether one will."
                );
            }
            format!(
                "{client} sent {syns} to {server}{waits}, and had no answer within {waited}. \
                 Silence, where a closed port would answer RST, points to a packet filter, a host \
                 that is down, or a lost route."
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
            if too_early {
                return format!(
                    "{client} 向 {server} 发了 {attempts} 个 SYN{waits}，{waited} 后抓包就结束了，\
                     还没有应答：时间太短，无法判断会不会有应答。"
                );
            }
            format!(
                "{client} 向 {server} 发了 {attempts} 个 SYN{waits}，{waited} 内没有任何应答。\
                 端口关闭时会收到 RST；毫无回音说明报文被过滤、主机不在线，或路由不通。"
            )
        },
    );
}

pub fn accept_queue_full(event: &AcceptQueueFull, _: &Scene, note: &mut Note) {
    let (client, server) = (event.client, event.server);
    let (repeats, during) = (event.repeats, duration(event.during_ns));
    note.value("client", client.to_string())
        .value("server", server.to_string())
        .value("third_step", event.third_step)
        .value("repeats", repeats)
        .value("during_ns", event.during_ns)
        .value("taken", event.taken)
        .related(event.third_step)
        .related(event.syn_acks.iter().copied());
    note.say(
        || {
            let third_step = event.third_step.map_or_else(String::new, |number| {
                format!(" ({})", packet(number, Lang::En))
            });
            let end = match event.taken {
                true => "In the end it took the connection",
                false => "The client believes in a connection that the server does not have",
            };
            format!(
                "{server} goes on repeating its SYN-ACK, {repeats} times within {during}, although \
                 the third step{third_step} and what follows it stand in the recording. A listener \
                 does so when its accept queue is full: its program does not call accept() fast \
                 enough, or listen() was given too small a backlog. {end}: {client} sends its data \
                 in vain meanwhile."
            )
        },
        || {
            let third_step = event.third_step.map_or_else(String::new, |number| {
                format!("（{}）", packet(number, Lang::Zh))
            });
            let end = match event.taken {
                true => "最后它接受了连接",
                false => "客户端以为连接已建立，服务器那边却没有",
            };
            format!(
                "{server} 在 {during} 内重发了 {repeats} 次 SYN-ACK，可是第三步{third_step}\
                 和之后的报文都在抓包里。监听方的 accept 队列满了就会这样：程序调用 accept() \
                 不够快，或者 listen() 的 backlog 太小。{end}；其间 {client} 的数据都白发了。"
            )
        },
    );
}

pub fn other_address(event: &HandshakeOtherAddress, _: &Scene, note: &mut Note) {
    let (client, server, answerer) = (event.client, event.server, event.answerer);
    let attempts = event.attempts;
    note.value("client", client.to_string())
        .value("server", server.to_string())
        .value("answered_by", answerer.to_string())
        .value("attempts", attempts)
        .value("answer", event.answer)
        .related(event.syns.iter().copied())
        .related([event.answer]);
    note.say(
        || {
            let syns = counted_en(u64::from(attempts), "SYN");
            format!(
                "{client} sent {syns} to {server}, and the answer came from {answerer} ({}): it \
                 acknowledges this SYN's number, and only the address is another. {client} knows \
                 of no such connection and rejects it, so this is not silence: an address is \
                 translated on the way there and not on the way back, or the host answers with \
                 another of its addresses.",
                packet(event.answer, Lang::En)
            )
        },
        || {
            format!(
                "{client} 向 {server} 发了 {attempts} 个 SYN，应答却来自 {answerer}（{}）：它确认的\
                 正是这个 SYN 的序号，只有地址不同。{client} 不认识这样的连接，只能拒绝，\
                 所以并非毫无回音：多半是地址在去路上被转换、回程没有转换回来，\
                 或者主机用了自己的另一个地址应答。",
                packet(event.answer, Lang::Zh)
            )
        },
    );
}

pub fn rejected(event: &HandshakeRejected, _: &Scene, note: &mut Note) {
    let (client, server, reporter) = (event.client, event.server, event.reporter);
    let attempts = event.attempts;
    note.value("client", client.to_string())
        .value("server", server.to_string())
        .value("reporter", reporter.to_string())
        .value("icmp_type", event.icmp_type)
        .value("code", event.code)
        .value("attempts", attempts)
        .value("after_ns", event.after_ns)
        .value("waited_ns", event.waited_ns)
        .related([event.syn])
        .related(event.errors.iter().copied());
    let kind = match event.time_exceeded {
        true => IcmpErrorKind::TimeExceeded,
        false => IcmpErrorKind::Unreachable,
    };
    let meaning = code_meaning(kind, event.v6, event.code);
    let (version, code) = (if event.v6 { "ICMPv6" } else { "ICMP" }, event.code);
    let after = duration(event.after_ns);
    note.say(
        || {
            let syns = counted_en(u64::from(attempts), "SYN");
            let why = meaning.map_or_else(
                || format!("type {}, code {code}", event.icmp_type),
                |(en, _)| en.to_owned(),
            );
            format!(
                "{client} sent {syns} to {server}, and {reporter} answered with an {version} error \
                 after {after} ({}): {why}. The connection was rejected openly, it did not meet \
                 silence.",
                packets(&event.errors, Lang::En)
            )
        },
        || {
            let why = meaning.map_or_else(
                || format!("类型 {}，代码 {code}", event.icmp_type),
                |(_, zh)| zh.to_owned(),
            );
            format!(
                "{client} 向 {server} 发了 {attempts} 个 SYN，{reporter} 在 {after} 后用 {version} \
                 差错应答（{}）：{why}。连接是被明确拒绝的，并非毫无回音。",
                packets(&event.errors, Lang::Zh)
            )
        },
    );
}
