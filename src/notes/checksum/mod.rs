//! The topic `checksum`: its note in both languages, and the words for its
//! events (RFC 1071; RFC 9293, section 3.1).

mod found_later;

pub use found_later::{damage, rewritten};

use crate::notes::units::bytes as amount;
use crate::notes::wording::{counted_en, packet};
use crate::notes::{Kind, Lang, Note, Rule, Scene, Topic};
use crate::track::{ChecksumBad, ChecksumOf, ChecksumOffload, ChecksumWrong, Oversize};

pub static TOPIC: Topic = Topic {
    name: "checksum",
    title_en: "Checksums: damaged, or just offloaded",
    title_zh: "校验和：是损坏还是卸载",
    also: &["checksums", "offload", "tso", "gro", "校验和", "卸载"],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

const FITS_THE_BYTES: Rule = Rule {
    id: "checksum = complement of the ones' complement sum",
    zh: "校验和 = 反码求和之后取反",
};

/// The kind that damage is reported under.
pub fn damaged(of: ChecksumOf) -> Kind {
    match of {
        ChecksumOf::Tcp => Kind::TcpChecksumBad,
        ChecksumOf::Udp => Kind::UdpChecksumBad,
        ChecksumOf::Icmp => Kind::IcmpChecksumBad,
        ChecksumOf::Ipv4 => Kind::Ipv4ChecksumBad,
    }
}

/// The name of the header that holds a checksum.
fn whose(of: ChecksumOf, lang: Lang) -> &'static str {
    match of {
        ChecksumOf::Tcp => lang.pick("TCP", "TCP "),
        ChecksumOf::Udp => lang.pick("UDP", "UDP "),
        ChecksumOf::Icmp => lang.pick("ICMP", "ICMP "),
        ChecksumOf::Ipv4 => lang.pick("IPv4 header", "IPv4 头部"),
    }
}

/// What happens to a packet that arrives like this.
fn dropped_by(of: ChecksumOf, lang: Lang) -> &'static str {
    match of {
        ChecksumOf::Tcp => lang.pick(
            "A receiver that gets the segment like this drops it without a word; unacknowledged, \
             it will be sent again",
            "接收方收到的若是这样，内核会悄悄丢弃这一段；得不到确认，发送方会重发",
        ),
        ChecksumOf::Udp => lang.pick(
            "A receiver that gets the datagram like this drops it without a word, and UDP does \
             not send it again",
            "接收方收到的若是这样，内核会悄悄丢弃这个数据报，而 UDP 不会重发",
        ),
        ChecksumOf::Icmp => lang.pick(
            "A receiver that gets the message like this drops it without a word",
            "接收方收到的若是这样，会悄悄丢弃这个报文",
        ),
        ChecksumOf::Ipv4 => lang.pick(
            "A router or receiver that gets the packet like this drops it without a word",
            "路由器或接收方收到的若是这样，会悄悄丢弃这个报文",
        ),
    }
}

pub fn bad(event: &ChecksumBad, _: &Scene, note: &mut Note) {
    let ChecksumBad {
        of,
        expected,
        observed,
    } = *event;
    note.value("expected", expected)
        .value("observed", observed)
        .check(FITS_THE_BYTES, Some(expected), observed);
    note.say(
        || {
            format!(
                "The {} checksum is {observed:#06x}, but the bytes give {expected:#06x}, and this \
                 sender's were right before: the packet was changed after the sum was made. {}.",
                whose(of, Lang::En),
                dropped_by(of, Lang::En)
            )
        },
        || {
            format!(
                "{}校验和是 {observed:#06x}，而按内容算出的是 {expected:#06x}，这个发送方先前的都\
                 正确：计算之后字节被改动过。{}。",
                whose(of, Lang::Zh),
                dropped_by(of, Lang::Zh)
            )
        },
    );
}

pub fn wrong(event: &ChecksumWrong, _: &Scene, note: &mut Note) {
    let ChecksumWrong {
        of,
        expected,
        observed,
        difference,
        right_before,
    } = *event;
    let name = match of {
        ChecksumOf::Tcp => "tcp",
        ChecksumOf::Udp => "udp",
        ChecksumOf::Icmp => "icmp",
        ChecksumOf::Ipv4 => "ipv4",
    };
    note.value("of", name)
        .value("expected", expected)
        .value("observed", observed)
        .value("difference", difference)
        .value("right_before", right_before);
    note.say(
        || {
            let before = match right_before {
                0 => "No right one of this sender has been seen yet",
                _ => "Of this sender right and wrong ones have been seen",
            };
            format!(
                "The {} checksum is {observed:#06x}, but the bytes give {expected:#06x}: it is \
                 off by {difference:#06x}. {before}, so whether a network card had still to fill \
                 it in, something was changed in the recording, or the packet was damaged, cannot \
                 be told from this packet.",
                whose(of, Lang::En)
            )
        },
        || {
            let before = match right_before {
                0 => "这个发送方还没有出现过正确的校验和",
                _ => "这个发送方的校验和有对有错",
            };
            format!(
                "{}校验和是 {observed:#06x}，而按内容算出的是 {expected:#06x}，相差 \
                 {difference:#06x}。{before}，所以仅凭这个报文无法判断：是网卡尚未填写，是录下之后\
                 被改写，还是传输中损坏。",
                whose(of, Lang::Zh)
            )
        },
    );
}

pub fn offload(event: &ChecksumOffload, _: &Scene, note: &mut Note) {
    let ChecksumOffload {
        host,
        packets: count,
        first,
    } = *event;
    note.value("host", host.to_string())
        .value("packets", count)
        .value("first", first)
        .related([first]);
    note.say(
        || {
            format!(
                "No damage: {host} leaves the sum of {} ({} is the first) to its network card \
                 (offload), and the capture was made before the card, on {host} itself. On the \
                 wire the sums are right.",
                counted_en(count, "packet"),
                packet(first, Lang::En)
            )
        },
        || {
            format!(
                "不是损坏：{host} 把 {count} 个报文（首个是{}）的校验和留给网卡去填（卸载），而抓包就在 \
                 {host} 本机、在网卡之前进行。线路上的校验和是对的。",
                packet(first, Lang::Zh)
            )
        },
    );
}

pub fn oversize(event: &Oversize, _: &Scene, note: &mut Note) {
    let Oversize {
        host,
        packets: count,
        first,
        largest,
        maximum_segment_size: limit,
    } = *event;
    let segments = limit
        .filter(|limit| *limit > 0)
        .map(|limit| largest.div_ceil(limit));
    note.value("host", host.to_string())
        .value("packets", count)
        .value("first", first)
        .value("largest", largest)
        .value("maximum_segment_size", limit)
        .value("largest_segments", segments)
        .related([first]);
    note.say(
        || {
            let size = match limit {
                Some(limit) => format!(", where the MSS is {limit}"),
                None => ", which no link carries in one frame".to_owned(),
            };
            let makes = segments.map_or_else(String::new, |segments| {
                let segments = counted_en(u64::from(segments), "segment");
                format!(" On the wire the largest makes {segments}.")
            });
            format!(
                "{} from {host} ({} is the first) are larger than a segment may be: up to {} of \
                 payload, {largest} bytes{size}. The kernel hands the network card one large \
                 piece to cut (TSO, GSO), or joins what arrived (GRO), and the capture sees it \
                 whole.{makes}",
                counted_en(count, "packet"),
                packet(first, Lang::En),
                amount(u64::from(largest)),
            )
        },
        || {
            let size = match limit {
                Some(limit) => format!("，而 MSS 是 {limit}"),
                None => "，没有链路能用一帧装下".to_owned(),
            };
            let makes = segments.map_or_else(String::new, |segments| {
                format!("最大的那个在线路上是 {segments} 段。")
            });
            format!(
                "{host} 发出的 {count} 个报文（首个是{}）比线路上的一段大：载荷最大 {}（{largest} \
                 字节）{size}。内核把一大块交给网卡去切（TSO、GSO），或把收到的段合并\
                 （GRO），抓包看到的是整块。{makes}",
                packet(first, Lang::Zh),
                amount(u64::from(largest))
            )
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::fixture::annotated;
    use crate::notes::{Severity, Value};
    use crate::track::Event;

    /// The words of the header in the note add up, and are those of packet 10.
    #[test]
    fn the_sum_in_the_note_is_right() {
        let capture = include_bytes!("../../../samples/pet-collar.pcap");
        for text in [TOPIC.en, TOPIC.zh] {
            let (_, block) = text.split_once("```\n").unwrap();
            let (block, _) = block.split_once("```").unwrap();
            let tokens: Vec<&str> = block.split_whitespace().collect();
            // The words that are added: the first, and what stands behind a +.
            let added = tokens.iter().enumerate().filter(|(index, _)| {
                let before = index.checked_sub(1).and_then(|at| tokens.get(at));
                before.is_none_or(|before| *before == "+")
            });
            let words: Vec<u32> = added
                .filter_map(|(_, token)| u32::from_str_radix(token, 16).ok())
                .take(9)
                .collect();
            let total: u32 = words.iter().sum();
            let carried = (total & 0xffff) + (total >> 16);
            let sum = !carried & 0xffff;
            let shown = format!("{:x} {:x}", total >> 16, total & 0xffff);
            for part in [shown, format!("{carried:x}"), format!("{sum:x}")] {
                assert!(block.contains(&part), "no {part} in:\n{block}");
            }
            let mut header: Vec<u8> = words
                .iter()
                .flat_map(|word| [(word >> 8) as u8, *word as u8])
                .collect();
            header.splice(10..10, [(sum >> 8) as u8, sum as u8]);
            assert!(capture.windows(20).any(|bytes| bytes == header));
        }
    }

    #[test]
    fn a_wrong_sum_is_shown_beside_the_right_one() {
        for (of, name) in [
            (ChecksumOf::Tcp, "TCP"),
            (ChecksumOf::Udp, "UDP"),
            (ChecksumOf::Icmp, "ICMP"),
            (ChecksumOf::Ipv4, "IPv4"),
        ] {
            let event = ChecksumBad {
                of,
                expected: 0x1c46,
                observed: 0x0a0b,
            };
            let annotation = annotated(
                &Event::ChecksumBad(event),
                Severity::Error,
                &[name, "0x1c46", "0x0a0b"],
            );
            assert_eq!(annotation.checks[0].holds, Some(false));
        }
    }

    #[test]
    fn a_wrong_sum_of_unknown_cause_is_no_alarm() {
        for (right_before, words) in [(0, "No right one"), (3, "right and wrong ones")] {
            let event = ChecksumWrong {
                of: ChecksumOf::Ipv4,
                expected: 0x1c46,
                observed: 0x1c47,
                difference: 1,
                right_before,
            };
            let annotation = annotated(
                &Event::ChecksumWrong(event),
                Severity::Note,
                &["IPv4", "0x1c46", "0x1c47", "0x0001"],
            );
            assert!(annotation.text.contains(words), "{}", annotation.text);
            assert!(annotation.checks.is_empty());
        }
    }

    #[test]
    fn offload_is_no_damage() {
        let event = ChecksumOffload {
            host: [192, 0, 2, 1].into(),
            packets: 40,
            first: 3,
        };
        let annotation = annotated(
            &Event::ChecksumOffload(event),
            Severity::Note,
            &["192.0.2.1", "40", "3"],
        );
        assert!(annotation.text.starts_with("No damage"));
        assert!(annotation.checks.is_empty());
        assert_eq!(annotation.related.as_slice(), [3]);
    }

    #[test]
    fn an_oversize_segment_is_counted_as_the_wire_has_it() {
        let event = Oversize {
            host: [192, 0, 2, 1].into(),
            packets: 7,
            first: 5,
            largest: 65160,
            maximum_segment_size: Some(1448),
        };
        let annotation = annotated(
            &Event::Oversize(event),
            Severity::Note,
            &["192.0.2.1", "7", "5", "65160", "1448", "45"],
        );
        let segments = ("largest_segments", Value::Number(45));
        assert!(annotation.values.contains(&segments));
        let unknown = Oversize {
            maximum_segment_size: None,
            ..event
        };
        let annotation = annotated(&Event::Oversize(unknown), Severity::Note, &["65160"]);
        assert!(!annotation.text.contains("MSS"));
    }
}
