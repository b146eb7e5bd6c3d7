//! The topic `ip-fragmentation`: its note in both languages, and the words for its
//! events (RFC 791, section 3.2; RFC 8200, section 4.5; RFC 8900).

use crate::capture::{Frame, LinkType};
use crate::decode::IPV6_FRAGMENT_HEADER;
use crate::notes::units::duration;
use crate::notes::wording::{self, bytes_en, counted_en, list, packet, packets};
use crate::notes::{Lang, Note, Rule, Scene, Topic, Value};
use crate::track::{FragmentsMissing, FragmentsOverlap, IpFragment, IpReassembled, endpoints};

pub static TOPIC: Topic = Topic {
    name: "ip-fragmentation",
    title_en: "IP fragmentation: a datagram in pieces",
    title_zh: "IP 分片：被切开的数据报",
    also: &[
        "fragmentation",
        "fragments",
        "fragment",
        "mtu",
        "ip-分片",
        "分片",
        "重组",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

const EIGHTS: Rule = Rule {
    id: "length of a fragment that others follow = multiple of 8",
    zh: "后面还有分片时，长度 = 8 的倍数",
};

const ALL_THERE: Rule = Rule {
    id: "offset of the last fragment + its length = bytes put together",
    zh: "最后一片的偏移 + 其长度 = 重组所得字节数",
};

pub fn fragment(event: &IpFragment, _: &Scene, note: &mut Note) {
    let IpFragment {
        identification,
        offset,
        length,
        more,
        ..
    } = *event;
    note.value("identification", identification)
        .value("offset", offset)
        .value("length", length)
        .value("more", more)
        .value("again", event.again)
        .value("atomic", event.is_atomic)
        .value("tiny", event.is_tiny)
        .value("first_seen", event.first_seen)
        .related(event.first_seen);
    if event.is_atomic {
        return atomic(identification, note);
    }
    if more {
        note.check(EIGHTS, Some(length / 8 * 8), length);
    }
    let last = (offset + length).saturating_sub(1);
    note.say(
        || {
            let place = match (offset, more) {
                (0, _) => "the first, which alone has the header of what IP carries; more follow",
                (_, true) => "one from the middle",
                (_, false) => "the last: with it the length of the whole is known",
            };
            let again = match event.again {
                true => " It was there already.",
                false => "",
            };
            format!(
                "A fragment of datagram {identification}: bytes {offset} to {last} of its data, \
                 {place}.{again}"
            )
        },
        || {
            let place = match (offset, more) {
                (0, _) => "第一片，只有它带上层协议的头部，后面还有",
                (_, true) => "中间的一片",
                (_, false) => "最后一片，有了它才知道总长度",
            };
            let again = match event.again {
                true => "这一片先前已经到过。",
                false => "",
            };
            format!(
                "数据报 {identification} 的一个分片：其数据的第 {offset} 到 {last} 字节，{place}。{again}"
            )
        },
    );
    if event.is_tiny {
        note.say(
            || {
                "It is shorter than TCP's header of 20 bytes: a filter that judges by the first \
                 fragment cannot see all that it lets through (RFC 1858)."
                    .to_owned()
            },
            || {
                "它比 20 字节的 TCP 头部还短：只看第一片的过滤器看不全自己放行的是什么（RFC 1858）。"
                    .to_owned()
            },
        );
    }
}

fn atomic(identification: u32, note: &mut Note) {
    note.say(
        || {
            format!(
                "An atomic fragment: the packet has a fragment header ({IPV6_FRAGMENT_HEADER} bytes, \
                 identification {identification}) and is whole all the same. Hosts sent these where \
                 a path claimed an MTU below 1280; nobody should any more (RFC 6946, RFC 8021)."
            )
        },
        || {
            format!(
                "原子分片：报文带有分片头部（{IPV6_FRAGMENT_HEADER} 字节，标识 {identification}），\
                 却是完整的。从前路径声称 MTU 小于 1280 时主机会这样发送，现在不应再有\
                 （RFC 6946、RFC 8021）。"
            )
        },
    );
}

pub fn reassembled(event: &IpReassembled, scene: &Scene, note: &mut Note) {
    let alone = Frame::alone(LinkType::RAW, &[]);
    let frame = scene.packet.map_or(alone, |packet| packet.frame);
    let whole = event.datagram.packet(&frame);
    let names = whole.layers.iter().map(|layer| layer.protocol.name());
    let names: Vec<Value> = names.map(Value::from).collect();
    let ends = endpoints(&whole);
    note.value("identification", event.identification)
        .value("fragments", event.others.len() as u64 + 1)
        .value("bytes", event.bytes)
        .value("extra_header_bytes", event.headers)
        .value("took_ns", event.took_ns)
        .value("protocols", Value::List(names))
        .related(event.others.iter().copied())
        .check(
            ALL_THERE,
            Some(event.last_offset + event.last_length),
            event.bytes,
        );
    let what = |lang: Lang| {
        let name = match whole.layers.last() {
            Some(layer) => wording::protocol(layer.protocol, lang),
            None => lang.pick("data that is not read", "未解读的数据"),
        };
        match ends {
            Some((source, destination)) => format!("{name} {source} → {destination}"),
            None => name.to_owned(),
        }
    };
    let others = &event.others;
    note.say(
        || {
            format!(
                "Datagram {} is whole now: {} of data in {} fragments, together with {}, {} after \
                 the first. Put together it is {}. In fragments it took {} of headers more than in \
                 one frame.",
                event.identification,
                bytes_en(event.bytes),
                others.len() + 1,
                packets(others, Lang::En),
                duration(event.took_ns),
                what(Lang::En),
                bytes_en(event.headers),
            )
        },
        || {
            format!(
                "数据报 {} 至此完整：连同{}共 {} 个分片、{} 字节数据，用时 {}。重组后是：{}。\
                 比起放在一帧里，分片多花了 {} 字节头部。",
                event.identification,
                packets(others, Lang::Zh),
                others.len() + 1,
                event.bytes,
                duration(event.took_ns),
                what(Lang::Zh),
                event.headers,
            )
        },
    );
}

pub fn overlap(event: &FragmentsOverlap, _: &Scene, note: &mut Note) {
    let FragmentsOverlap {
        identification,
        at,
        other,
    } = *event;
    note.value("identification", identification)
        .value("at", at)
        .value("other", other)
        .related([other]);
    note.say(
        || {
            format!(
                "Overlaps with {} in datagram {identification} and has other bytes there, from byte \
                 {at} of the data on. Which of them a receiver takes differs from system to system, \
                 so a filter on the way may have read another text than the program gets. No sender \
                 cuts a datagram like this, and receivers should drop all of it (RFC 5722, RFC \
                 8200); nothing is put together here.",
                packet(other, Lang::En)
            )
        },
        || {
            format!(
                "与{}在数据报 {identification} 里重叠，而且从数据的第 {at} 字节起内容不同。\
                 接收方取哪一份因系统而异，途中的过滤器读到的可能与程序得到的不一样。\
                 没有发送方会这样切分，接收方应当整个丢弃（RFC 5722、RFC 8200）；这里不做重组。",
                packet(other, Lang::Zh)
            )
        },
    );
}

pub fn missing(event: &FragmentsMissing, _: &Scene, note: &mut Note) {
    let ranges = event.missing.iter();
    let pairs = ranges.map(|(from, to)| Value::List(vec![(*from).into(), (*to).into()]));
    note.value("identification", event.identification)
        .value("source", event.source.to_string())
        .value("destination", event.destination.to_string())
        .value("bytes", event.bytes)
        .value("missing", Value::List(pairs.collect()))
        .value("waited_ns", event.waited_ns)
        .value("patience_ns", event.patience_ns)
        .related(event.packets.iter().copied());
    if event.is_early || event.is_filtered {
        note.too_early();
    }
    let FragmentsMissing {
        identification,
        source,
        destination,
        ..
    } = event;
    note.say(
        || {
            format!(
                "Of datagram {identification} from {source} to {destination} {} came in {}, but {} \
                 of its data never did.",
                bytes_en(event.bytes),
                packets(&event.packets, Lang::En),
                ranges_text(event, Lang::En),
            )
        },
        || {
            format!(
                "从 {source} 到 {destination} 的数据报 {identification}，{}带来了 {} 字节，\
                 而其数据的{}一直没有到。",
                packets(&event.packets, Lang::Zh),
                event.bytes,
                ranges_text(event, Lang::Zh),
            )
        },
    );
    why(event, note);
}

/// What follows from the missing fragments, as far as the recording can tell.
fn why(event: &FragmentsMissing, note: &mut Note) {
    let (waited, patience) = (duration(event.waited_ns), duration(event.patience_ns));
    let frames = event.packets.len() as u64;
    let (en, zh) = if event.is_filtered {
        (
            "Of this sender the recording has either first fragments only or later ones only, as a \
             capture filter by ports leaves them: whether the rest was lost is not known."
                .to_owned(),
            "抓包里该发送方的分片要么全是第一片，要么全不是，按端口过滤的抓包正是如此：\
             其余的是否真的丢失无从得知。"
                .to_owned(),
        )
    } else if event.is_early {
        (
            format!(
                "The recording ends {waited} after the first of them, and a receiver waits \
                 {patience}: they may still have come."
            ),
            format!(
                "抓包在第一片之后 {waited} 就结束了，而接收方会等 {patience}：其余的也许还会到。"
            ),
        )
    } else {
        let was = if frames == 1 { "was" } else { "were" };
        (
            format!(
                "One lost fragment is enough: the receiver gives up after {patience} and drops what \
                 it has, so {} {was} sent in vain. IP sends nothing again.",
                counted_en(frames, "frame")
            ),
            format!(
                "少一片就全部作废：接收方等 {patience} 后放弃，丢掉已收到的部分，这 {frames} \
                 帧白发了。IP 什么也不重发。"
            ),
        )
    };
    note.say(|| en, || zh);
}

fn ranges_text(event: &FragmentsMissing, lang: Lang) -> String {
    let range = |(from, to): &(u32, Option<u32>)| match (to, lang) {
        (Some(to), Lang::En) => format!("bytes {from} to {}", to - 1),
        (None, Lang::En) => format!("what follows byte {}", from.saturating_sub(1)),
        (Some(to), Lang::Zh) => format!("第 {from} 到 {} 字节", to - 1),
        (None, Lang::Zh) => format!("第 {} 字节以后的部分", from.saturating_sub(1)),
    };
    let ranges: Vec<String> = event.missing.iter().map(range).collect();
    list(&ranges, lang)
}

#[cfg(test)]
mod tests {
    use smallvec::smallvec;

    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::annotated;
    use crate::track::{Datagram, Event};

    const FRAGMENT: IpFragment = IpFragment {
        identification: 7,
        offset: 976,
        length: 432,
        more: false,
        first_seen: Some(1),
        again: false,
        is_atomic: false,
        is_tiny: false,
    };

    #[test]
    fn a_fragment_says_where_its_data_belong() {
        let annotation = annotated(
            &Event::IpFragment(FRAGMENT),
            Severity::Note,
            &["976", "1407"],
        );
        assert_eq!(annotation.related.as_slice(), [1]);
        assert!(annotation.checks.is_empty());
        let first = IpFragment {
            offset: 0,
            length: 16,
            more: true,
            is_tiny: true,
            ..FRAGMENT
        };
        annotated(&Event::IpFragment(first), Severity::Note, &["RFC 1858"]);
        let odd = IpFragment {
            length: 15,
            ..first
        };
        annotated(&Event::IpFragment(odd), Severity::Error, &["0", "14"]);
        let atomic = IpFragment {
            is_atomic: true,
            ..first
        };
        annotated(&Event::IpFragment(atomic), Severity::Note, &["RFC 6946"]);
    }

    #[test]
    fn a_datagram_is_whole_when_its_bytes_are() {
        let event = IpReassembled {
            identification: 7,
            others: smallvec![1],
            bytes: 1408,
            last_offset: 976,
            last_length: 432,
            headers: 34,
            took_ns: 5_000,
            datagram: Datagram {
                bytes: Vec::new(),
                length: 1428,
                decoded: Default::default(),
            },
        };
        let whole = Event::IpReassembled(Box::new(event.clone()));
        annotated(&whole, Severity::Note, &["1408", "2", "34", "5.00 µs"]);
        let wrong = IpReassembled {
            bytes: 1400,
            ..event
        };
        annotated(
            &Event::IpReassembled(Box::new(wrong)),
            Severity::Error,
            &["1400"],
        );
    }

    #[test]
    fn missing_bytes_are_a_fault_only_where_they_were_waited_for() {
        let event = FragmentsMissing {
            identification: 7,
            source: [10, 0, 0, 1].into(),
            destination: [10, 0, 0, 2].into(),
            packets: smallvec![4, 6],
            bytes: 2000,
            missing: smallvec![(1480, Some(2960)), (4440, None)],
            waited_ns: 30_000_000_000,
            patience_ns: 30_000_000_000,
            is_early: false,
            is_filtered: false,
        };
        let of = |event: FragmentsMissing| Event::FragmentsMissing(Box::new(event));
        let words = ["1480", "2959", "4439", "10.0.0.1", "2000"];
        let annotation = annotated(&of(event.clone()), Severity::Warning, &words);
        assert_eq!(annotation.related.as_slice(), [4, 6]);
        for (is_early, is_filtered) in [(true, false), (false, true)] {
            let softer = FragmentsMissing {
                is_early,
                is_filtered,
                ..event.clone()
            };
            annotated(&of(softer), Severity::Note, &words);
        }
    }

    #[test]
    fn an_overlap_names_the_other_fragment_and_the_first_byte() {
        let event = FragmentsOverlap {
            identification: 7,
            at: 1490,
            other: 3,
        };
        annotated(
            &Event::FragmentsOverlap(event),
            Severity::Error,
            &["1490", "3", "RFC 5722"],
        );
    }
}
