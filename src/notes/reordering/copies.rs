//! The words for packets that stand in a recording more than once.

use crate::notes::units::duration;
use crate::notes::wording::{counted_en, packet};
use crate::notes::{Lang, Note, Scene};
use crate::track::{CaptureDoubled, CopyEvidence, CopyMaker, IpDuplicate, IpLoop};

pub fn duplicate(event: &IpDuplicate, _: &Scene, note: &mut Note) {
    let IpDuplicate {
        original,
        after_ns,
        evidence,
        made_by,
        time_to_live_lower,
        identification,
        nth,
        ..
    } = *event;
    note.value("original", original)
        .value("after_ns", after_ns)
        .value("evidence", evidence.name())
        .value("made_by", made_by.name())
        .value("time_to_live_lower", time_to_live_lower)
        .value("identification", identification)
        .value("nth", nth)
        .related([original]);
    note.say(
        || {
            format!(
                "A copy of {}, {} after it, not sent again: {}.",
                packet(original, Lang::En),
                duration(after_ns),
                shown_in_english(event)
            )
        },
        || {
            format!(
                "{}的副本，晚 {}，不是重发的：{}。",
                packet(original, Lang::Zh),
                duration(after_ns),
                shown_in_chinese(event)
            )
        },
    );
    note.say(
        || {
            match made_by {
                CopyMaker::Network => "The network made it.",
                CopyMaker::Recording => {
                    "Only the recording has it twice, the network carried one packet."
                }
                CopyMaker::Unknown => {
                    "Whether the network or the recording made it, the capture alone cannot tell."
                }
            }
            .to_owned()
        },
        || {
            match made_by {
                CopyMaker::Network => "副本出自网络。",
                CopyMaker::Recording => "只是抓包录了两遍，网络上只有一个报文。",
                CopyMaker::Unknown => "副本出自网络还是抓包，仅凭抓包无法判断。",
            }
            .to_owned()
        },
    );
}

fn shown_in_english(event: &IpDuplicate) -> String {
    match event.evidence {
        CopyEvidence::Identification => format!(
            "the IP identification {:#06x} and the bytes are the same, and sending again would \
             have taken a new identification",
            event.identification
        ),
        CopyEvidence::HopLimit => match event.time_to_live_lower {
            0 => "the bytes are the same, but the TTL is higher and the MAC addresses are others: \
                  it was recorded on the other side of a router as well"
                .to_owned(),
            lower => format!(
                "the bytes are the same, but its TTL is {lower} lower: it was recorded behind a \
                 router as well"
            ),
        },
        CopyEvidence::VlanTag => {
            "the bytes are the same, but the VLAN tag is not: it was recorded \
                                  in two places of the network"
                .to_owned()
        }
        CopyEvidence::Doubled => {
            "nearly every packet of this recording stands twice, at once and with the same bytes"
                .to_owned()
        }
        CopyEvidence::Time => "no timer sends the same bytes again so soon, and nothing came from \
                               the peer that could have asked for them"
            .to_owned(),
    }
}

fn shown_in_chinese(event: &IpDuplicate) -> String {
    match event.evidence {
        CopyEvidence::Identification => format!(
            "IP 标识同为 {:#06x}，内容也相同，而重发会换用新的标识",
            event.identification
        ),
        CopyEvidence::HopLimit => match event.time_to_live_lower {
            0 => "内容相同，但 TTL 更高，MAC 地址也不同，说明在路由器的另一侧也录到一次".to_owned(),
            lower => format!("内容相同，但 TTL 低 {lower}，说明经过路由器之后又被录到一次"),
        },
        CopyEvidence::VlanTag => {
            "内容相同，但 VLAN 标签不同，说明在网络的两处各录到一次".to_owned()
        }
        CopyEvidence::Doubled => "这次抓包里几乎每个报文都连着出现两次，内容相同".to_owned(),
        CopyEvidence::Time => {
            "没有哪个定时器会这么快就重发同样的字节，对端其间也没有发来任何东西引起重发".to_owned()
        }
    }
}

pub fn ip_loop(event: &IpLoop, _: &Scene, note: &mut Note) {
    let IpLoop {
        source,
        destination,
        identification,
        datagrams,
        packets,
        first,
        last,
        time_to_live,
        last_time_to_live,
    } = *event;
    note.value("source", source.to_string())
        .value("destination", destination.to_string())
        .value("identification", identification)
        .value("datagrams", datagrams)
        .value("packets", packets)
        .value("time_to_live", time_to_live)
        .value("last_time_to_live", last_time_to_live)
        .related([first, last]);
    note.say(
        || {
            format!(
                "A routing loop: {} from {source} to {destination} came over the same link again \
                 and again, {packets} times in all. The TTL of the first fell from {time_to_live} \
                 in {} to {last_time_to_live} in {}. Routers send such a datagram to each other \
                 until its TTL is used up, so it does not arrive.",
                counted_en(datagrams, "datagram"),
                packet(first, Lang::En),
                packet(last, Lang::En)
            )
        },
        || {
            format!(
                "路由环路：{source} 发往 {destination} 的 {datagrams} 个数据报在同一条链路上反复出现，\
                 共 {packets} 次。第一个的 TTL 从{}的 {time_to_live} 降到{}的 {last_time_to_live}。\
                 路由器把它来回转发，直到 TTL 用尽，所以它到不了目的地。",
                packet(first, Lang::Zh),
                packet(last, Lang::Zh)
            )
        },
    );
}

pub fn doubled(event: &CaptureDoubled, _: &Scene, note: &mut Note) {
    let CaptureDoubled {
        copies,
        packets,
        both_sides_of_router,
        vlan_tags,
        ref examples,
    } = *event;
    let others = copies.saturating_sub(both_sides_of_router.saturating_add(vlan_tags));
    note.value("copies", copies)
        .value("packets", packets)
        .value("both_sides_of_router", both_sides_of_router)
        .value("vlan_tags", vlan_tags)
        .value("others", others)
        .related(examples.iter().copied());
    note.say(
        || {
            let ways = [
                (
                    both_sides_of_router,
                    "on both sides of a router (the TTL differs)",
                ),
                (vlan_tags, "with and without a VLAN tag, or with two"),
                (
                    others,
                    "without a difference (a mirror of both ports, or several interfaces)",
                ),
            ];
            let ways = ways.into_iter().filter(|(count, _)| *count > 0);
            let ways: Vec<_> = ways.map(|(count, how)| format!("{count} {how}")).collect();
            format!(
                "{copies} of {packets} packets are copies that the recording has twice: {}. They \
                 are no retransmissions and count as nothing that the hosts did.",
                ways.join(", ")
            )
        },
        || {
            let ways = [
                (both_sides_of_router, "在路由器两侧各录一次（TTL 不同）"),
                (vlan_tags, "带与不带 VLAN 标签各录一次，或标签不同"),
                (others, "毫无差别（镜像了两个端口，或抓了几个接口）"),
            ];
            let ways = ways.into_iter().filter(|(count, _)| *count > 0);
            let ways: Vec<_> = ways
                .map(|(count, how)| format!("{count} 个{how}"))
                .collect();
            format!(
                "{packets} 个报文里有 {copies} 个是抓包录了两遍的副本：{}。它们不是重传，也不算主机\
                 做过的任何事。",
                ways.join("，")
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

    const COPY: IpDuplicate = IpDuplicate {
        original: 4,
        after_ns: 12_000,
        evidence: CopyEvidence::Identification,
        made_by: CopyMaker::Unknown,
        time_to_live_lower: 0,
        identification: 0x1c46,
        nth: 1,
        passes: 0,
        is_first_round: false,
    };

    #[test]
    fn a_copy_says_who_made_it_as_far_as_that_is_known() {
        for (made_by, words) in [
            (CopyMaker::Network, "The network made it"),
            (CopyMaker::Recording, "Only the recording"),
            (CopyMaker::Unknown, "cannot tell"),
        ] {
            let event = Event::IpDuplicate(IpDuplicate { made_by, ..COPY });
            let annotation = annotated(&event, Severity::Warning, &["4", "12.0 µs", "0x1c46"]);
            assert!(annotation.text.contains(words), "{}", annotation.text);
        }
    }

    #[test]
    fn a_copy_names_the_evidence_that_there_is() {
        for (evidence, time_to_live_lower, words) in [
            (CopyEvidence::HopLimit, 1, "1 lower"),
            (CopyEvidence::HopLimit, 0, "higher"),
            (CopyEvidence::VlanTag, 0, "VLAN"),
            (CopyEvidence::Doubled, 0, "nearly every"),
            (CopyEvidence::Time, 0, "timer"),
        ] {
            let event = Event::IpDuplicate(IpDuplicate {
                evidence,
                time_to_live_lower,
                ..COPY
            });
            let annotation = annotated(&event, Severity::Warning, &["4"]);
            assert!(annotation.text.contains(words), "{}", annotation.text);
            assert!(!annotation.text.contains("identification"));
        }
    }

    #[test]
    fn a_loop_shows_how_the_ttl_falls() {
        let event = IpLoop {
            source: [192, 0, 2, 1].into(),
            destination: [192, 0, 2, 2].into(),
            identification: 777,
            datagrams: 1,
            packets: 19,
            first: 3,
            last: 22,
            time_to_live: 60,
            last_time_to_live: 41,
        };
        let words = ["192.0.2.1", "192.0.2.2", "19", "60", "41", "3", "22"];
        annotated(&Event::IpLoop(event), Severity::Warning, &words);
    }

    #[test]
    fn a_doubled_recording_says_why() {
        let event = CaptureDoubled {
            copies: 20,
            packets: 41,
            both_sides_of_router: 15,
            vlan_tags: 2,
            examples: [2, 4].into_iter().collect(),
        };
        let words = ["20", "41", "15", "VLAN", "3"];
        let annotation = annotated(&Event::CaptureDoubled(event), Severity::Note, &words);
        assert_eq!(annotation.related.as_slice(), [2, 4]);
    }
}
