//! The words for wrong checksums of which only later packets show what they
//! mean.

use super::{dropped_by, whose};
use crate::notes::wording::{counted_en, packet, packets};
use crate::notes::{Lang, Note, Scene, Value};
use crate::track::{ChecksumDamage, ChecksumRewritten};

pub fn damage(event: &ChecksumDamage, _: &Scene, note: &mut Note) {
    let ChecksumDamage {
        of,
        source,
        destination,
        packets: ref damaged,
        right,
    } = *event;
    note.value("source", source.to_string())
        .value("destination", destination.to_string())
        .value("packets", damaged.len() as u64)
        .value("right", right)
        .related(damaged.iter().copied());
    note.say(
        || {
            format!(
                "The {} checksum of {} from {source} to {destination} was wrong, and what came \
                 later shows that it was damage: {right} others of this sender hold, and nothing \
                 shows that these were received. {}.",
                whose(of, Lang::En),
                packets(damaged, Lang::En),
                dropped_by(of, Lang::En)
            )
        },
        || {
            format!(
                "{source} 发往 {destination} 的{}的 {}校验和不对，后来的报文说明这是损坏：这个发送方\
                 另有 {right} 个正确，也没有迹象表明这些报文被收到。{}。",
                packets(damaged, Lang::Zh),
                whose(of, Lang::Zh),
                dropped_by(of, Lang::Zh)
            )
        },
    );
}

pub fn rewritten(event: &ChecksumRewritten, _: &Scene, note: &mut Note) {
    let ChecksumRewritten {
        hosts: [one, other],
        packets: count,
        first,
        differences,
        otherwise,
    } = *event;
    let named = [one, other].map(|host| Value::from(host.to_string()));
    note.value("hosts", Value::List(named.into()))
        .value("packets", count)
        .value("first", first)
        .value(
            "differences",
            Value::List(differences.map(Value::from).into()),
        )
        .value("otherwise", otherwise)
        .related([first]);
    let by = |lang: Lang| match differences {
        [Some(there), Some(back)] if there == back => format!("{there:#06x}"),
        [Some(there), Some(back)] => match lang {
            Lang::En => format!("{there:#06x} one way and {back:#06x} the other"),
            Lang::Zh => format!("一个方向 {there:#06x}，另一个方向 {back:#06x}"),
        },
        [Some(only), None] | [None, Some(only)] => match lang {
            Lang::En => format!("{only:#06x}, in one direction"),
            Lang::Zh => format!("{only:#06x}，仅在一个方向"),
        },
        [None, None] => String::new(),
    };
    note.say(
        || {
            let rest = match otherwise {
                0 => String::new(),
                rest => format!(
                    " In {} more than that was changed.",
                    counted_en(rest, "packet")
                ),
            };
            format!(
                "No damage: in {} between {one} and {other} ({} is the first) the checksums are \
                 wrong by the same amount, {}. So addresses, ports or another field were changed \
                 after the sums had been made: in the recording, or by a translator that was \
                 recorded before it mended them.{rest}",
                counted_en(count, "packet"),
                packet(first, Lang::En),
                by(Lang::En)
            )
        },
        || {
            let rest = match otherwise {
                0 => String::new(),
                rest => format!("另有 {rest} 个报文还改动了别处。"),
            };
            format!(
                "不是损坏：{one} 与 {other} 之间有 {count} 个报文（首个是{}）的校验和都差同一个数：\
                 {}。可见地址、端口或别的字段是在算好校验和之后改的：录下之后改写，或是地址转换设备\
                 在修正校验和之前就被录下。{rest}",
                packet(first, Lang::Zh),
                by(Lang::Zh)
            )
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::annotated;
    use crate::track::{ChecksumOf, Event};

    #[test]
    fn damage_that_shows_later_names_its_packets() {
        let event = ChecksumDamage {
            of: ChecksumOf::Udp,
            source: [192, 0, 2, 1].into(),
            destination: [192, 0, 2, 2].into(),
            packets: [1, 7].into_iter().collect(),
            right: 40,
        };
        let words = ["UDP", "192.0.2.1", "192.0.2.2", "1", "7", "40"];
        let annotation = annotated(&Event::ChecksumDamage(event), Severity::Error, &words);
        assert_eq!(annotation.related.as_slice(), [1, 7]);
    }

    #[test]
    fn rewritten_sums_are_no_damage() {
        for (differences, words) in [
            ([Some(0x1234), Some(0x1234)], "0x1234. "),
            ([Some(0x1234), Some(1)], "0x0001 the other"),
            ([None, Some(0x1234)], "in one direction"),
        ] {
            let event = ChecksumRewritten {
                hosts: [[192, 0, 2, 1].into(), [192, 0, 2, 2].into()],
                packets: 40,
                first: 3,
                differences,
                otherwise: 2,
            };
            let words_of_both = ["192.0.2.1", "192.0.2.2", "40", "3", "0x1234", "2"];
            let annotation = annotated(
                &Event::ChecksumRewritten(event),
                Severity::Note,
                &words_of_both,
            );
            assert!(annotation.text.starts_with("No damage"));
            assert!(annotation.text.contains(words), "{}", annotation.text);
        }
    }
}
