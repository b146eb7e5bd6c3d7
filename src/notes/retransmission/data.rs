//! The words for data sent again: what is repeated, what triggered it, what
//! shows that, and whether it was needed.

use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, counted_en, durations, ordinal_en, packet, packets};
use crate::notes::{Lang, Note, Scene};
use crate::track::{Retransmission, Trigger, TriggerEvidence};

/// A wait of this length or more may be the sender's upper limit, where
/// doubling ends (Linux: 120 s).
const LIMIT_NS: u64 = 60_000_000_000;

pub fn retransmission(event: &Retransmission, _: &Scene, note: &mut Note) {
    note.value("original", event.original)
        .value("relative_sequence", event.relative_sequence)
        .value("bytes", event.bytes)
        .value("segments", event.segments)
        .value("after_ns", event.after_ns)
        .value("evidence", evidence_name(event.evidence))
        .value("duplicate_acks", duplicates(event.evidence))
        .value("proof", event.proof.to_vec())
        .value("back_off", event.back_off)
        .value("waits_ns", event.waits_ns.to_vec())
        .value("retransmission_timeout_ns", implied_timeout(event))
        .value("smoothed_round_trip_ns", event.smoothed_round_trip_ns)
        .value("acknowledged_by", event.acknowledged_by)
        .related(event.original)
        .related(event.proof.iter().copied())
        .related(event.acknowledged_by);
    note.say(|| repeated_en(event), || repeated_zh(event));
    match event.trigger {
        Trigger::Timeout => note.say(|| timeout_en(event), || timeout_zh(event)),
        Trigger::AfterTimeout => note.say(|| after_timeout_en(event), || after_timeout_zh(event)),
        Trigger::Fast => note.say(|| fast_en(event), || fast_zh(event)),
        Trigger::TailLossProbe => note.say(|| probe_en(event), || probe_zh(event)),
        Trigger::PathMtu => note.say(|| path_mtu_en(event), || path_mtu_zh(event)),
        Trigger::Unknown => note.say(
            || {
                "The capture alone cannot tell what triggered it: neither a wait as long as a \
                 timer's nor evidence of loss from the receiver is to be seen."
                    .to_owned()
            },
            || {
                "仅凭抓包无法判断是什么触发的：既没有等到定时器那么久，也看不到接收方给出的丢失证据。"
                    .to_owned()
            },
        ),
    };
    if let Some(ack) = event.acknowledged_by {
        note.say(
            || {
                format!(
                    "It was not needed: {} had already acknowledged these bytes. That \
                     acknowledgment was lost, or came too late for the sender.",
                    packet(ack, Lang::En)
                )
            },
            || {
                format!(
                    "其实不需要重发：{}早已确认了这些字节，只是那个确认丢了，或到达发送方太晚。",
                    packet(ack, Lang::Zh)
                )
            },
        );
    }
}

const fn evidence_name(evidence: TriggerEvidence) -> &'static str {
    match evidence {
        TriggerEvidence::Silence => "silence",
        TriggerEvidence::DuplicateAcks(_) => "duplicate_acks",
        TriggerEvidence::Sack => "sack",
        TriggerEvidence::Recovery => "recovery",
        TriggerEvidence::AfterTimeout => "after_timeout",
        TriggerEvidence::Delay => "delay",
        TriggerEvidence::TooBig(_) => "icmp_error",
        TriggerEvidence::None => "none",
    }
}

const fn duplicates(evidence: TriggerEvidence) -> Option<u32> {
    match evidence {
        TriggerEvidence::DuplicateAcks(count) => Some(count),
        _ => None,
    }
}

/// The sender's RTO as the last wait shows it; only where its timer could be
/// watched.
fn implied_timeout(event: &Retransmission) -> Option<u64> {
    event.waits_ns.last().copied()
}

fn repeated_en(event: &Retransmission) -> String {
    let from = event.relative_sequence;
    let first = match (event.original, event.after_ns) {
        (Some(original), Some(after)) => format!(
            "; {} held them first, and they were last sent {} ago",
            packet(original, Lang::En),
            duration(after)
        ),
        (Some(original), None) => format!("; {} held them first", packet(original, Lang::En)),
        (None, Some(after)) => format!(
            ", whose first copy the capture does not hold; they had been missing for {}",
            duration(after)
        ),
        (None, None) => ", whose first copy the capture does not hold".to_owned(),
    };
    let cut = match event.segments {
        0 | 1 => String::new(),
        count => format!(" ({} on the wire)", counted_en(u64::from(count), "segment")),
    };
    format!(
        "Sends {} again{cut}, from relative sequence number {from}{first}.",
        bytes_en(event.bytes)
    )
}

fn repeated_zh(event: &Retransmission) -> String {
    let (from, bytes) = (event.relative_sequence, event.bytes);
    let first = match (event.original, event.after_ns) {
        (Some(original), Some(after)) => format!(
            "，首次发送见{}，距上一次发送 {}",
            packet(original, Lang::Zh),
            duration(after)
        ),
        (Some(original), None) => format!("，首次发送见{}", packet(original, Lang::Zh)),
        (None, Some(after)) => {
            format!("，抓包里没有首次发送的那一份，空缺已有 {}", duration(after))
        }
        (None, None) => "，抓包里没有首次发送的那一份".to_owned(),
    };
    let cut = match event.segments {
        0 | 1 => String::new(),
        count => format!("（线路上是 {count} 段）"),
    };
    format!("重发 {bytes} 字节{cut}，从相对序号 {from} 开始{first}。")
}

fn timeout_en(event: &Retransmission) -> String {
    if event.evidence == TriggerEvidence::Delay {
        return "They came so late that a timeout at the sender is likely; this capture does not \
                show the sender's timer, so the delay is all that the verdict rests on."
            .to_owned();
    }
    let measured = event
        .smoothed_round_trip_ns
        .map_or_else(String::new, |srtt| {
            format!(", at a smoothed round-trip time of {}", duration(srtt))
        });
    let since = match event.proof.as_slice() {
        [] => String::new(),
        proof => format!(" since {}", packets(proof, Lang::En)),
    };
    match event.waits_ns.as_slice() {
        [] if event.back_off > 1 => format!(
            "The retransmission timer ran out, for the {} time in a row.",
            ordinal_en(event.back_off)
        ),
        [] => {
            format!("Nothing had come back{since}, and the retransmission timer ran out{measured}.")
        }
        [wait] => format!(
            "Nothing that acknowledges them had come{since}, and the retransmission timer ran \
             out: the RTO was about {wait}{measured}. That is judged by the silence; only what \
             follows shows whether they were lost or late.",
            wait = duration(*wait)
        ),
        waits => format!(
            "The retransmission timer ran out for the {} time in a row: {} waits {}{}. The RTO is \
             now about {}.",
            ordinal_en(event.back_off),
            if waits.len() < event.back_off as usize {
                "the first"
            } else {
                "the"
            },
            durations(waits, Lang::En),
            match growth(waits) {
                Growth::Doubled => " show it doubled each time (exponential back-off)",
                Growth::AfterTheFirst => " show it doubled from the second on",
                Growth::Limited => " show it doubled up to the sender's limit",
                Growth::Uneven => " are not clean doubling",
            },
            duration(implied_timeout(event).unwrap_or_default()),
        ),
    }
}

fn timeout_zh(event: &Retransmission) -> String {
    if event.evidence == TriggerEvidence::Delay {
        return "来得这么晚，多半是发送方超时了；但这个抓包看不到发送方的定时器，\
                结论只依据迟到的时间。"
            .to_owned();
    }
    let measured = event
        .smoothed_round_trip_ns
        .map_or_else(String::new, |srtt| {
            format!("，当时平滑往返时间为 {}", duration(srtt))
        });
    let since = match event.proof.as_slice() {
        [] => String::new(),
        proof => format!("自{}之后", packets(proof, Lang::Zh)),
    };
    match event.waits_ns.as_slice() {
        [] if event.back_off > 1 => {
            format!("重传定时器到期，这是连续第 {} 次。", event.back_off)
        }
        [] => format!("{since}一直没有回音，重传定时器到期{measured}。"),
        [wait] => format!(
            "{since}一直没有对它们的确认，重传定时器到期：RTO 约为 {wait}{measured}。\
             这个判断依据的是之前的静默；数据究竟是丢了还是迟了，要看后面的报文。",
            wait = duration(*wait)
        ),
        waits => format!(
            "重传定时器连续第 {} 次到期：{}等待 {}，{}。RTO 现在约为 {}。",
            event.back_off,
            if waits.len() < event.back_off as usize {
                "最初几次"
            } else {
                "先后"
            },
            durations(waits, Lang::Zh),
            match growth(waits) {
                Growth::Doubled => "每次加倍（指数退避）",
                Growth::AfterTheFirst => "从第二次起每次加倍",
                Growth::Limited => "逐次加倍，直到发送方的上限",
                Growth::Uneven => "并非整齐地加倍",
            },
            duration(implied_timeout(event).unwrap_or_default()),
        ),
    }
}

enum Growth {
    /// Each about twice the one before.
    Doubled,
    /// Each wait but the first is about twice the one before.
    AfterTheFirst,
    /// Each wait is about twice the one before, until the waits no longer grow.
    Limited,
    /// The waits follow no such rule.
    Uneven,
}

/// How the waits grow: about twice is from 1.6 to 2.5 times. The first may be
/// off by what was sent and acknowledged in between.
fn growth(waits: &[u64]) -> Growth {
    let mut growth = Growth::Doubled;
    for (index, pair) in waits.windows(2).enumerate() {
        let [before, after] = *pair else { continue };
        let (tenths, before) = (u128::from(after) * 10, u128::from(before));
        let doubled = (before * 16..=before * 25).contains(&tenths);
        let limited = after >= LIMIT_NS && tenths < before * 16;
        growth = match (index, growth) {
            (_, kept) if doubled => kept,
            (_, Growth::Doubled | Growth::Limited) if limited => Growth::Limited,
            (0, _) if waits.len() > 2 => Growth::AfterTheFirst,
            _ => return Growth::Uneven,
        };
    }
    growth
}

fn after_timeout_en(event: &Retransmission) -> String {
    let which = match event.proof.as_slice() {
        [] => String::new(),
        proof => format!(" in {}", packets(proof, Lang::En)),
    };
    format!(
        "They belong to the flight that was given up with the timeout{which}: the sender counts \
         all of it as lost and sends it again, slowly at first (slow start)."
    )
}

fn after_timeout_zh(event: &Retransmission) -> String {
    let which = match event.proof.as_slice() {
        [] => "那次超时".to_owned(),
        proof => format!("{}那次超时", packets(proof, Lang::Zh)),
    };
    format!("它们属于随{which}一起放弃的那一批在途数据：发送方把整批都当作丢失，从慢启动重新发起。")
}

fn fast_en(event: &Retransmission) -> String {
    let shown = match event.proof.as_slice() {
        [] => String::new(),
        proof => format!(" ({})", packets(proof, Lang::En)),
    };
    match event.evidence {
        TriggerEvidence::DuplicateAcks(count @ 0..=2) => format!(
            "Fast retransmission after {}{shown}: later bytes had arrived and these had not, and \
             the sender did not wait for the classic three (RACK, RFC 8985).",
            counted_en(u64::from(count), "duplicate ACK")
        ),
        TriggerEvidence::DuplicateAcks(count) => format!(
            "Fast retransmission: {count} duplicate ACKs{} showed that later bytes had arrived \
             and these had not.",
            last_of(event, count, &shown, " (the last of them ", Lang::En)
        ),
        TriggerEvidence::Sack => format!(
            "Fast retransmission: SACK{shown} showed that later bytes had arrived and these had \
             not; no timer was waited for, nor were three duplicate ACKs."
        ),
        TriggerEvidence::Recovery => format!(
            "Fast retransmission, in a recovery that was under way: the last acknowledgment \
             {shown}left this hole open.",
            shown = shown.trim_start().to_owned() + if shown.is_empty() { "" } else { " " }
        ),
        _ => format!(
            "Fast retransmission: it came sooner than the sender's timer could have run \
             out{shown}."
        ),
    }
}

/// The proof holds the last few duplicates only.
fn last_of(event: &Retransmission, count: u32, all: &str, opening: &str, lang: Lang) -> String {
    if event.proof.is_empty() || event.proof.len() >= count as usize {
        return all.to_owned();
    }
    let proof = packets(&event.proof, lang);
    match lang {
        Lang::En => format!("{opening}{proof})"),
        Lang::Zh => format!("{opening}{proof}）"),
    }
}

fn fast_zh(event: &Retransmission) -> String {
    let shown = match event.proof.as_slice() {
        [] => String::new(),
        proof => format!("（{}）", packets(proof, Lang::Zh)),
    };
    match event.evidence {
        TriggerEvidence::DuplicateAcks(count @ 0..=2) => format!(
            "快速重传，此前有 {count} 个重复 ACK{shown}：后面的字节到了而这些没到，发送方没有等满\
             传统的三个（RACK，RFC 8985）。"
        ),
        TriggerEvidence::DuplicateAcks(count) => format!(
            "快速重传：{count} 个重复 ACK{}表明后面的字节到了，而这些没到。",
            last_of(event, count, &shown, "（最后几个是", Lang::Zh)
        ),
        TriggerEvidence::Sack => format!(
            "快速重传：SACK{shown}表明后面的字节到了，而这些没到；既没有等定时器，也没有等满\
             三个重复 ACK。"
        ),
        TriggerEvidence::Recovery => {
            format!("快速重传，属于正在进行的恢复：最近一个确认{shown}仍留着这个空洞。")
        }
        _ => format!("快速重传：来得比发送方的定时器到期更早{shown}。"),
    }
}

fn path_mtu_en(event: &Retransmission) -> String {
    let errors = packets(&event.proof, Lang::En);
    let mtu = match event.evidence {
        TriggerEvidence::TooBig(Some(mtu)) => format!(", at most {mtu} bytes with all headers"),
        _ => String::new(),
    };
    format!(
        "Path MTU discovery at work (RFC 1191): a router had said in {errors} that the packet was \
         too big for its next link{mtu}, and the sender cuts the same bytes into smaller pieces. \
         Nothing was lost by congestion."
    )
}

fn path_mtu_zh(event: &Retransmission) -> String {
    let errors = packets(&event.proof, Lang::Zh);
    let mtu = match event.evidence {
        TriggerEvidence::TooBig(Some(mtu)) => format!("，连头部最多 {mtu} 字节"),
        _ => String::new(),
    };
    format!(
        "路径 MTU 发现在起作用（RFC 1191）：路由器在{errors}里说报文超过了下一段链路的上限{mtu}，\
         发送方就把同样的字节切成更小的段重发。这不是拥塞造成的丢失。"
    )
}

fn probe_en(event: &Retransmission) -> String {
    let measured = event
        .smoothed_round_trip_ns
        .map_or_else(String::new, |srtt| {
            format!(" (smoothed round-trip time {})", duration(srtt))
        });
    format!(
        "Tail-loss probe: these are the last bytes in flight, so no later segment could give \
         their loss away. As nothing comes back{measured}, the sender sends them again to provoke \
         an answer, as a rule before its full timer runs out; they need not be lost."
    )
}

fn probe_zh(event: &Retransmission) -> String {
    let measured = event
        .smoothed_round_trip_ns
        .map_or_else(String::new, |srtt| {
            format!("（平滑往返时间 {}）", duration(srtt))
        });
    format!(
        "尾部丢包探测：这是在途的最后一段，后面没有数据能暴露它的丢失。一直没有回音{measured}，\
         发送方通常不等定时器到期就把它再发一次，逼出一个应答；数据未必真的丢了。"
    )
}
