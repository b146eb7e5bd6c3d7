//! The words for a segment that its receiver must refuse (RFC 9293, section
//! 3.10.7), and for the ACK that answers it (RFC 5961).

use crate::notes::units::duration;
use crate::notes::wording::{packet, side, side_first};
use crate::notes::{Lang, Note, Scene};
use crate::track::{AcceptabilityTest, ChallengeAck, NotAcceptable};

pub fn not_acceptable(event: &NotAcceptable, _: &Scene, note: &mut Note) {
    let (lowest, highest) = match event.expected {
        Some((lowest, highest)) => (Some(lowest), Some(highest)),
        None => (None, None),
    };
    note.value("test", event.test.name())
        .value("side", event.side.name())
        .value("observed", event.observed)
        .value("expected_lowest", lowest)
        .value("expected_highest", highest);
    note.say(|| english(event), || chinese(event));
}

fn range_en(event: &NotAcceptable) -> String {
    match event.expected {
        Some((lowest, highest)) if lowest == highest => format!(", where only {lowest} is right"),
        Some((lowest, highest)) => format!(", where {lowest} to {highest} is expected"),
        None => String::new(),
    }
}

fn range_zh(event: &NotAcceptable) -> String {
    match event.expected {
        Some((lowest, highest)) if lowest == highest => format!("，只有 {lowest} 才正确"),
        Some((lowest, highest)) => format!("，应在 {lowest} 到 {highest} 之间"),
        None => String::new(),
    }
}

fn english(event: &NotAcceptable) -> String {
    let peer = side(event.side.other(), Lang::En);
    let (observed, range) = (event.observed, range_en(event));
    let what = match event.test {
        AcceptabilityTest::Window => {
            format!("Its sequence number {observed} lies outside {peer}'s window{range}")
        }
        AcceptabilityTest::Acknowledgment => {
            format!("It acknowledges {observed} to {peer}{range}")
        }
        AcceptabilityTest::NoAck if event.in_syn_sent => {
            format!("It acknowledges nothing, while {peer} waits for the answer to its SYN")
        }
        AcceptabilityTest::NoAck => {
            "It has no ACK, as every segment of a connection that stands must have".to_owned()
        }
        AcceptabilityTest::Timestamp => format!(
            "Its timestamp {observed} is older than the last one{}: a segment of long ago (PAWS)",
            event
                .expected
                .map_or_else(String::new, |(last, _)| format!(", {last}"))
        ),
        AcceptabilityTest::BeforeInitial => {
            format!("Its sequence number {observed} lies before the connection's first{range}")
        }
    };
    let then = match event.is_reset {
        true => "this RST ends nothing",
        false => "nothing changes by it, and what it carries does not count as sent",
    };
    format!("{what}. {} must drop it: {then}.", upper(event))
}

fn upper(event: &NotAcceptable) -> &'static str {
    side_first(event.side.other(), Lang::En)
}

fn chinese(event: &NotAcceptable) -> String {
    let peer = side(event.side.other(), Lang::Zh);
    let (observed, range) = (event.observed, range_zh(event));
    let what = match event.test {
        AcceptabilityTest::Window => format!("序号 {observed} 不在{peer}的窗口之内{range}"),
        AcceptabilityTest::Acknowledgment => {
            format!("它向{peer}确认的是 {observed}{range}")
        }
        AcceptabilityTest::NoAck if event.in_syn_sent => {
            format!("它没有确认任何东西，而{peer}正在等 SYN 的应答")
        }
        AcceptabilityTest::NoAck => "它没有 ACK 标志，已建立的连接中每个段都必须有".to_owned(),
        AcceptabilityTest::Timestamp => format!(
            "时间戳 {observed} 比上一个{}还旧，是很久以前的段（PAWS）",
            event
                .expected
                .map_or_else(String::new, |(last, _)| format!("（{last}）"))
        ),
        AcceptabilityTest::BeforeInitial => {
            format!("序号 {observed} 在连接的初始序号之前{range}")
        }
    };
    let then = match event.is_reset {
        true => "这个 RST 什么也没有结束",
        false => "它不改变任何状态，所带的数据也不算发送过",
    };
    format!("{what}。{peer}必须丢弃它：{then}。")
}

pub fn challenge_ack(event: &ChallengeAck, _: &Scene, note: &mut Note) {
    let (answers, acknowledgment) = (event.answers, event.acknowledgment);
    let after = duration(event.after_ns);
    note.value("answers", answers)
        .value("sequence", event.sequence)
        .value("acknowledgment", acknowledgment)
        .value("after_ns", event.after_ns)
        .related([answers]);
    note.say(
        || {
            let answered = packet(answers, Lang::En);
            match event.of_syn {
                true => format!(
                    "Answers the SYN in {answered} after {after} with the numbers of an older \
                     connection between the same ports, which its host still has: it expects \
                     {acknowledgment} there. The asker, who knows of none, denies it with RST and \
                     asks again (RFC 5961)."
                ),
                false => format!(
                    "Answers {answered}, which it did not take, after {after} and says again what \
                     it expects: {acknowledgment} (RFC 5961). A peer that really meant it would \
                     answer with that number."
                ),
            }
        },
        || {
            let answered = packet(answers, Lang::Zh);
            match event.of_syn {
                true => format!(
                    "在 {after} 后应答了{answered}的 SYN，用的却是同一对端口上旧连接的号码：\
                     它的主机还留着那条连接，期待的是 {acknowledgment}。发起方不认识它，会回 RST \
                     否认，再重新请求（RFC 5961）。"
                ),
                false => format!(
                    "在 {after} 后应答了没有被它接受的{answered}，再次说明自己期待的号码：\
                     {acknowledgment}（RFC 5961）。对方若真有此意，会用这个号码再发一次。"
                ),
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::annotated;
    use crate::track::{Event, Side};

    #[test]
    fn every_test_names_what_fails_it_and_what_would_have_passed() {
        for test in [
            AcceptabilityTest::Window,
            AcceptabilityTest::Acknowledgment,
            AcceptabilityTest::NoAck,
            AcceptabilityTest::Timestamp,
            AcceptabilityTest::BeforeInitial,
        ] {
            for (is_reset, in_syn_sent) in [(false, false), (true, false), (true, true)] {
                for expected in [None, Some((1001, 1001)), Some((1001, 1300))] {
                    let event = NotAcceptable {
                        side: Side::Server,
                        test,
                        is_reset,
                        in_syn_sent,
                        observed: 4711,
                        expected,
                    };
                    let event = Event::NotAcceptable(event);
                    let words: &[&str] = match (test, expected) {
                        (AcceptabilityTest::NoAck, _) => &["ACK"],
                        (_, None) => &["4711"],
                        (_, Some(_)) => &["4711", "1001"],
                    };
                    let words = if in_syn_sent && test == AcceptabilityTest::NoAck {
                        &["SYN"]
                    } else {
                        words
                    };
                    annotated(&event, Severity::Warning, words);
                }
            }
        }
    }

    #[test]
    fn a_challenge_names_what_it_answers_and_what_is_expected() {
        for of_syn in [false, true] {
            let event = ChallengeAck {
                answers: 6,
                of_syn,
                sequence: 5001,
                acknowledgment: 1101,
                after_ns: 30_000,
            };
            annotated(
                &Event::ChallengeAck(event),
                Severity::Note,
                &["6", "1101", "30.0 µs", "RFC 5961"],
            );
        }
    }
}
