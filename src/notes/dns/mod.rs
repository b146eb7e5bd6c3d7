//! The topic `dns`: its note in both languages, and the words for its events
//! (RFC 1034, RFC 1035; negative answers RFC 2308; mDNS RFC 6762).

mod story;

use crate::decode::dns::{Message, opcode_name, rcode_name, type_name};
use crate::notes::units::duration;
use crate::notes::wording::{list, ordinal_en, packets};
use crate::notes::{Lang, Note, Rule, Scene, Topic};
use crate::track::{
    DnsAnswersDiffer, DnsBytes, DnsError, DnsFlavour, DnsOtherAddress, DnsPairing, DnsQuery,
    DnsResponse, DnsRetransmission, DnsTruncated, DnsUnanswered,
};
use story::Story;

pub static TOPIC: Topic = Topic {
    name: "dns",
    title_en: "DNS",
    title_zh: "DNS",
    also: &["name-resolution", "resolver", "域名", "域名解析", "解析"],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

const SAME_ID: Rule = Rule {
    id: "id = query id",
    zh: "ID = 查询的 ID",
};

const SAME_QUESTION: Rule = Rule {
    id: "question = query question",
    zh: "问题 = 查询的问题",
};

/// A recording that ends sooner after a query proves nothing.
const TOO_EARLY_NS: u64 = 1_000_000_000;

/// The message of an event; `None` where its packet is not at hand.
fn message<'a>(bytes: &'a DnsBytes, scene: &'a Scene) -> Option<Message<'a>> {
    let bytes = scene.packet.map(|packet| bytes.of(packet))?;
    Message::parse(bytes).ok()
}

/// Refers to the other packets that brought a message's bytes.
fn carried_by(bytes: &DnsBytes, scene: &Scene, note: &mut Note) {
    let here = scene.packet.map(|packet| packet.frame.number);
    note.related(bytes.carried_by().filter(|packet| Some(*packet) != here));
}

/// Name and type asked for, as a text shows them.
fn question(story: &Story, lang: Lang) -> String {
    match (&story.question, lang) {
        (Some((name, asked)), Lang::En) => format!("{name} ({asked})"),
        (Some((name, asked)), Lang::Zh) => format!(" {name}（{asked}）"),
        (None, Lang::En) => "a question that cannot be read".to_owned(),
        (None, Lang::Zh) => "无法辨认的问题".to_owned(),
    }
}

/// What every message has: id, question, flags.
fn message_values(id: u16, message: &Message<'_>, story: &Story, note: &mut Note) {
    let flags = message.header.flags;
    let (name, asked) = match &story.question {
        Some((name, asked)) => (Some(name.clone()), Some(asked.clone())),
        None => (None, None),
    };
    note.value("id", id)
        .value("name", name)
        .value("type", asked)
        .value("opcode", opcode_name(flags.opcode()).to_string())
        .value("recursion_desired", flags.recursion_desired());
}

pub fn query(event: &DnsQuery, scene: &Scene, note: &mut Note) {
    if note.is_wordless() {
        return;
    }
    let Some(message) = message(&event.message, scene) else {
        note.value("id", event.id);
        note.say(
            || format!("A DNS query with id {}.", event.id),
            || format!("一个 ID 为 {} 的 DNS 查询。", event.id),
        );
        return;
    };
    let story = Story::of(&message);
    message_values(event.id, &message, &story, note);
    carried_by(&event.message, scene, note);
    note.value("attempt", event.attempt)
        .value("questions", story.questions)
        .value("edns_udp_size", story.edns.map(|(size, _)| size))
        .value("dnssec_ok", story.edns.map(|(_, dnssec)| dnssec));
    let flags = message.header.flags;
    match event.flavour {
        _ if flags.opcode() != 0 => {
            let operation = opcode_name(flags.opcode());
            note.say(
                || {
                    let about = question(&story, Lang::En);
                    format!("A DNS {operation} for {about}, id {}.", event.id)
                },
                || {
                    let about = question(&story, Lang::Zh);
                    format!("针对{about}的 DNS {operation} 操作，ID 为 {}。", event.id)
                },
            );
        }
        DnsFlavour::Multicast => multicast_query(&story, note),
        DnsFlavour::LinkLocal => {
            note.say(
                || {
                    let about = question(&story, Lang::En);
                    format!(
                        "Asks all hosts on the link who is called {about} (LLMNR): only the owner \
                         of the name answers, and silence means that nobody has it."
                    )
                },
                || {
                    let about = question(&story, Lang::Zh);
                    format!(
                        "询问本链路上的所有主机谁叫{about}（LLMNR）：只有名字的主人会回答，\
                         没有回答就表示没有主机使用这个名字。"
                    )
                },
            );
        }
        DnsFlavour::Unicast => unicast_query(event.id, &story, flags.recursion_desired(), note),
    }
}

fn unicast_query(id: u16, story: &Story, recursion_desired: bool, note: &mut Note) {
    note.say(
        || {
            let how = match recursion_desired {
                true => "With RD set it means: do the whole search for me",
                false => "Without RD it means: tell me what you know yourself, or whom to ask next",
            };
            let about = question(story, Lang::En);
            format!("Asks for {about}, under id {id}. {how}.")
        },
        || {
            let how = match recursion_desired {
                true => "RD 置位，意思是：请替我查到底",
                false => "RD 未置位，意思是：只说你自己知道的，或者告诉我下一步该问谁",
            };
            let about = question(story, Lang::Zh);
            format!("查询{about}，ID 为 {id}。{how}。")
        },
    );
}

fn multicast_query(story: &Story, note: &mut Note) {
    let more = story.questions.saturating_sub(1);
    note.say(
        || {
            let more = match more {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let about = question(story, Lang::En);
            format!(
                "Asks everyone on the link for {about}{more} (multicast DNS): there is no server, \
                 each host answers for its own names."
            )
        },
        || {
            let more = match more {
                0 => String::new(),
                more => format!(" 等 {} 个问题", more + 1),
            };
            let about = question(story, Lang::Zh);
            format!(
                "向本链路上的所有主机询问{about}{more}（组播 DNS）：这里没有服务器，\
                 每台主机只回答自己的名字。"
            )
        },
    );
}

/// Says which query a response belongs to, and whether it fits.
fn pairing(id: u16, pairing: &DnsPairing, note: &mut Note) {
    note.value("query", pairing.query)
        .value("latency_ns", pairing.latency_ns)
        .value("attempts", pairing.attempts)
        .value("since_first_ns", pairing.since_first_ns)
        .value("question_matches", pairing.question_matches)
        .value("duplicate_of", pairing.duplicate_of)
        .related(pairing.query)
        .related(pairing.duplicate_of);
    note.check(SAME_ID, pairing.query.map(|_| id), id);
    if let Some(matches) = pairing.question_matches {
        note.check(SAME_QUESTION, Some(true), matches);
    }
}

/// The start of the sentence: whom this answers.
fn beginning(pairing: &DnsPairing, flavour: DnsFlavour, lang: Lang) -> String {
    match (pairing.query, pairing.latency_ns, lang) {
        (Some(query), Some(latency), Lang::En) => {
            format!(
                "Answers {} after {}",
                packets(&[query], lang),
                duration(latency)
            )
        }
        (Some(query), Some(latency), Lang::Zh) => {
            format!("{} 后回答{}", duration(latency), packets(&[query], lang))
        }
        _ if flavour == DnsFlavour::Multicast => lang
            .pick("Announces without being asked", "主动宣告")
            .to_owned(),
        _ => lang
            .pick(
                "Answers a query that the capture does not have",
                "回答一个未被捕获到的查询",
            )
            .to_owned(),
    }
}

/// What does not fit, or came before.
fn oddities(pairing: &DnsPairing, note: &mut Note) {
    if pairing.question_matches == Some(false) {
        note.say(
            || {
                "Its question is not the one that was asked: a resolver ignores such a response, \
                 which may be forged."
                    .to_owned()
            },
            || "它的问题与查询的问题不同：解析器会忽略这样的响应，它可能是伪造的。".to_owned(),
        );
    }
    if let Some(first) = pairing.duplicate_of {
        note.say(
            || {
                format!(
                    "The query had been answered before, by {}.",
                    packets(&[first], Lang::En)
                )
            },
            || format!("{}已经回答过这个查询。", packets(&[first], Lang::Zh)),
        );
    }
    if let (true, Some(since)) = (pairing.attempts > 1, pairing.since_first_ns) {
        note.say(
            || {
                format!(
                    "It took {} queries; the first was sent {} ago.",
                    pairing.attempts,
                    duration(since)
                )
            },
            || {
                format!(
                    "一共查询了 {} 次，距第一次 {}。",
                    pairing.attempts,
                    duration(since)
                )
            },
        );
    }
}

pub fn response(event: &DnsResponse, scene: &Scene, note: &mut Note) {
    pairing(event.id, &event.pairing, note);
    if note.is_wordless() {
        return;
    }
    let begins = |lang| beginning(&event.pairing, event.flavour, lang);
    let Some(message) = message(&event.message, scene) else {
        note.value("id", event.id);
        note.say(
            || format!("{}.", begins(Lang::En)),
            || format!("{}。", begins(Lang::Zh)),
        );
        return;
    };
    let story = Story::of(&message);
    message_values(event.id, &message, &story, note);
    response_values(&message, &story, note);
    carried_by(&event.message, scene, note);
    note.say(
        || format!("{}: {}.", begins(Lang::En), fact(&story, Lang::En)),
        || format!("{}：{}。", begins(Lang::Zh), fact(&story, Lang::Zh)),
    );
    oddities(&event.pairing, note);
    if event.flavour == DnsFlavour::Unicast {
        authority(&message, &story, note);
    }
}

fn response_values(message: &Message<'_>, story: &Story, note: &mut Note) {
    let flags = message.header.flags;
    let code = message.response_code();
    let answers: Vec<String> = story
        .answers
        .iter()
        .map(|answer| format!("{} {} {}", answer.name, answer.type_name, answer.data))
        .collect();
    note.value("response_code", code)
        .value("response_code_name", rcode_name(code).to_string())
        .value("authoritative", flags.authoritative())
        .value("truncated", flags.truncated())
        .value("recursion_available", flags.recursion_available())
        .value("authentic_data", flags.authentic_data())
        .value("answer_count", story.answer_count as u64)
        .value("answers", answers)
        .value("cname_chain", story.chain.clone())
        .value("ttl", story.ttl())
        .value("negative_ttl", story.negative_ttl);
}

/// What the answer comes to, as the middle of a sentence.
fn fact(story: &Story, lang: Lang) -> String {
    if story.answer_count == 0 && story.unread > 0 {
        return match lang {
            Lang::En => format!(
                "it announces {} answers, which cannot be read: what they say is not known",
                story.unread
            ),
            Lang::Zh => format!("它声明有 {} 条答案，但无法读出，内容未知", story.unread),
        };
    }
    let Some((name, asked)) = &story.question else {
        // mDNS leaves the question out.
        return match story.answer_count {
            0 => lang.pick("it carries no answer", "不含任何答案").to_owned(),
            _ => format!("{}{}", story.listed(true, lang), lifetime(story, lang)),
        };
    };
    if story.answer_count == 0 {
        return nothing(story, name, asked, lang);
    }
    let owner = story.chain.last().unwrap_or(name);
    let listed = story.listed(false, lang);
    let lifetime = lifetime(story, lang);
    let is = match (asked.as_str(), lang) {
        ("A" | "AAAA", Lang::En) => format!("{owner} is {listed}"),
        ("A" | "AAAA", Lang::Zh) => format!("{owner} 的地址是 {listed}"),
        (_, Lang::En) => format!("{owner} has {asked} {listed}"),
        (_, Lang::Zh) => format!("{owner} 的 {asked} 记录是 {listed}"),
    };
    match (story.chain.is_empty(), lang) {
        (true, _) => format!("{is}{lifetime}"),
        (false, Lang::En) => format!(
            "{is}{lifetime}, reached through the CNAME chain {}",
            story.chain()
        ),
        (false, Lang::Zh) => format!("{is}{lifetime}，经由 CNAME 链 {}", story.chain()),
    }
}

fn lifetime(story: &Story, lang: Lang) -> String {
    match (story.ttl(), lang) {
        (None, _) => String::new(),
        (Some(0), Lang::En) => " (TTL 0: not to be kept)".to_owned(),
        (Some(0), Lang::Zh) => "（TTL 0：不得缓存）".to_owned(),
        (Some(ttl), Lang::En) => format!(" (TTL {ttl} s)"),
        (Some(ttl), Lang::Zh) => format!("（TTL {ttl} s）"),
    }
}

/// Why there is no answer although the code says that all is well.
fn nothing(story: &Story, name: &str, asked: &str, lang: Lang) -> String {
    if let Some((zone, servers)) = &story.referral {
        let servers = list(servers, lang);
        return match lang {
            Lang::En => format!("it does not know {name}, but who does: for {zone} ask {servers}"),
            Lang::Zh => format!("它不知道 {name}，但知道该问谁：{zone} 请问 {servers}"),
        };
    }
    let kept = match (story.negative_ttl, lang) {
        (None, _) => String::new(),
        (Some(ttl), Lang::En) => format!(" (this may be kept for {ttl} s)"),
        (Some(ttl), Lang::Zh) => format!("（这个结论可缓存 {ttl} s）"),
    };
    let through = match (story.chain.is_empty(), lang) {
        (true, _) => String::new(),
        (false, Lang::En) => format!("the CNAME chain {} ends there, and ", story.chain()),
        (false, Lang::Zh) => format!("CNAME 链 {} 到此为止，", story.chain()),
    };
    let owner = story.chain.last().map_or(name, String::as_str);
    match lang {
        Lang::En => format!("{through}{owner} has no {asked} record{kept}"),
        Lang::Zh => format!("{through}{owner} 没有 {asked} 记录{kept}"),
    }
}

/// Who says so: the zone's own server, or a resolver that asked around.
fn authority(message: &Message<'_>, story: &Story, note: &mut Note) {
    let flags = message.header.flags;
    let addresses = story
        .question
        .as_ref()
        .is_some_and(|(_, asked)| matches!(asked.as_str(), "A" | "AAAA"));
    if flags.authoritative() {
        note.say(
            || "The server is an authority for the zone (AA).".to_owned(),
            || "服务器是该区域的权威服务器（AA）。".to_owned(),
        );
    } else if flags.recursion_available() {
        note.say(
            || "It comes from a recursive resolver (RA), perhaps out of its cache.".to_owned(),
            || "它来自递归解析器（RA），可能取自其缓存。".to_owned(),
        );
    }
    if addresses && story.answer_count > 1 {
        note.say(
            || "Of several addresses a client may take any: a simple way to share load.".to_owned(),
            || "给出多个地址时客户端可任选其一，这是一种简单的负载均衡。".to_owned(),
        );
    }
}

pub fn error(event: &DnsError, scene: &Scene, note: &mut Note) {
    pairing(event.id, &event.pairing, note);
    if note.is_wordless() {
        return;
    }
    carried_by(&event.message, scene, note);
    let code = event.response_code;
    let story = match message(&event.message, scene) {
        Some(message) => {
            let story = Story::of(&message);
            message_values(event.id, &message, &story, note);
            response_values(&message, &story, note);
            story
        }
        None => {
            note.value("id", event.id).value("response_code", code);
            Story::default()
        }
    };
    let begins = |lang| beginning(&event.pairing, DnsFlavour::Unicast, lang);
    let name = rcode_name(code);
    note.say(
        || {
            let reason = reason(code, &story, Lang::En);
            format!("{} with {name}: {reason}.", begins(Lang::En))
        },
        || {
            let reason = reason(code, &story, Lang::Zh);
            format!("{}，返回 {name}：{reason}。", begins(Lang::Zh))
        },
    );
    if let (3, Some(ttl)) = (code, story.negative_ttl) {
        note.say(
            || format!("This \"no\" may be kept for {ttl} s."),
            || format!("这个否定的答案可以缓存 {ttl} s。"),
        );
    }
    oddities(&event.pairing, note);
}

/// What a response code means for the client that asked.
fn reason(code: u16, story: &Story, lang: Lang) -> String {
    let about = question(story, lang);
    let name = story
        .chain
        .last()
        .or(story.question.as_ref().map(|(name, _)| name));
    match (code, lang) {
        (1, Lang::En) => "the server could not read the query".to_owned(),
        (1, Lang::Zh) => "服务器读不懂这个查询".to_owned(),
        (2, Lang::En) => format!(
            "the server failed to find out about {about} (servers further on did not answer, or \
             the DNSSEC check failed)"
        ),
        (2, Lang::Zh) => format!("服务器没能查到{about}（上游没有应答，或者 DNSSEC 验证失败）"),
        (3, Lang::En) => match name {
            Some(name) => format!("the name {name} does not exist, with any type"),
            None => "the name does not exist, with any type".to_owned(),
        },
        (3, Lang::Zh) => match name {
            Some(name) => format!("名字 {name} 不存在，任何类型都没有"),
            None => "名字不存在，任何类型都没有".to_owned(),
        },
        (4, Lang::En) => "the server does not know this kind of query".to_owned(),
        (4, Lang::Zh) => "服务器不支持这种查询".to_owned(),
        (5, Lang::En) => format!("the server refuses to answer {about} for this client"),
        (5, Lang::Zh) => format!("服务器拒绝为这个客户端回答{about}"),
        (16, Lang::En) => "the server does not know this EDNS version".to_owned(),
        (16, Lang::Zh) => "服务器不支持这个 EDNS 版本".to_owned(),
        (_, Lang::En) => format!("the server did not do what was asked for {about}"),
        (_, Lang::Zh) => format!("服务器没有完成对{about}的请求"),
    }
}

pub fn truncated(event: &DnsTruncated, scene: &Scene, note: &mut Note) {
    let length = scene
        .packet
        .map(|packet| event.message.of(packet).len() as u64);
    note.value("id", event.id)
        .value("query", event.query)
        .value("message_length", length)
        .related(event.query);
    note.say(
        || {
            let here = match length {
                Some(length) => format!(" into the {length} bytes of this message"),
                None => String::new(),
            };
            format!(
                "The answer did not fit{here} (TC is set): the client should ask the same again \
                 over TCP, where there is room for 65535 bytes."
            )
        },
        || {
            let here = match length {
                Some(length) => format!("这个消息的 {length} 字节里"),
                None => "一个 UDP 消息里".to_owned(),
            };
            format!(
                "答案放不进{here}（TC 置位）：客户端应改用 TCP 重新查询，那里最多可容纳 65535 字节。"
            )
        },
    );
}

pub fn retransmission(event: &DnsRetransmission, _: &Scene, note: &mut Note) {
    note.value("id", event.id)
        .value("original", event.original)
        .value("attempt", event.attempt)
        .value("after_ns", event.after_ns)
        .value("answered", event.answered)
        .value("answered_from_elsewhere", event.elsewhere)
        .value("rejected", event.rejected)
        .related([event.original])
        .related(event.answered)
        .related(event.elsewhere)
        .related(event.rejected);
    let after = duration(event.after_ns);
    note.say(
        || {
            let why = match (event.answered, event.elsewhere, event.rejected) {
                (None, Some(response), _) => format!(
                    "because the answer in {} came from another address than was asked",
                    packets(&[response], Lang::En)
                ),
                (Some(response), ..) => format!(
                    "although {} had answered it: that answer was lost further on, or is late",
                    packets(&[response], Lang::En)
                ),
                (None, None, Some(error)) => format!(
                    "because the ICMP error in {} had answered it",
                    packets(&[error], Lang::En)
                ),
                (None, None, None) => {
                    "because no answer had come: the query or its answer was lost, or the \
                         server is slow"
                        .to_owned()
                }
            };
            format!(
                "The same query as in {}, sent for the {} time, {after} after the one before, \
                 {why}.",
                packets(&[event.original], Lang::En),
                ordinal_en(event.attempt)
            )
        },
        || {
            let why = match (event.answered, event.elsewhere, event.rejected) {
                (None, Some(response), _) => format!(
                    "因为{}中的响应来自另一个地址",
                    packets(&[response], Lang::Zh)
                ),
                (Some(response), ..) => format!(
                    "尽管{}已经回答：那个响应后来丢失了，或者来得太晚",
                    packets(&[response], Lang::Zh)
                ),
                (None, None, Some(error)) => format!(
                    "因为{}中的 ICMP 差错已经应答了它",
                    packets(&[error], Lang::Zh)
                ),
                (None, None, None) => {
                    "因为一直没有应答：查询或响应丢失了，或者服务器太慢".to_owned()
                }
            };
            format!(
                "与{}相同的查询，这是第 {} 次发送，距上一次 {after}，{why}。",
                packets(&[event.original], Lang::Zh),
                event.attempt
            )
        },
    );
}

pub fn other_address(event: &DnsOtherAddress, _: &Scene, note: &mut Note) {
    let DnsOtherAddress {
        id,
        query,
        asked,
        answerer,
    } = *event;
    note.value("id", id)
        .value("query", query)
        .value("asked", asked.to_string())
        .value("answerer", answerer.to_string())
        .related([query]);
    note.say(
        || {
            format!(
                "Comes from {answerer}, but {} asked {asked}: id and question fit, the address \
                 does not, so the resolver drops it and waits in vain. The server has several \
                 addresses and answers from the wrong one, or an address translation is undone on \
                 one way only; it may also be forged.",
                packets(&[query], Lang::En)
            )
        },
        || {
            format!(
                "来自 {answerer}，而{}问的是 {asked}：ID 和问题都相符，只有地址不符，因此解析器会丢弃它、\
                 继续空等。服务器有多个地址而用错了源地址，或者地址转换只在一个方向上还原；也可能是伪造的。",
                packets(&[query], Lang::Zh)
            )
        },
    );
}

pub fn answers_differ(event: &DnsAnswersDiffer, _: &Scene, note: &mut Note) {
    let (query, first) = (event.query, event.first);
    let (first_hops, hops) = event.time_to_live;
    let (first_code, code) = event.response_codes;
    let after = duration(event.after_ns);
    let evidence: &[&str] = match event.hops_differ {
        true => &["time_to_live"],
        false => &[],
    };
    note.value("id", event.id)
        .value("query", query)
        .value("first", first)
        .value("after_ns", event.after_ns)
        .value("first_response_code", first_code)
        .value("response_code", code)
        .value("first_time_to_live", first_hops)
        .value("time_to_live", hops)
        .value("evidence", evidence.to_vec())
        .related([query, first]);
    note.say(
        || {
            let codes = match first_code == code {
                true => String::new(),
                false => format!(
                    " ({} there, {} here)",
                    rcode_name(first_code),
                    rcode_name(code)
                ),
            };
            format!(
                "A second response to {}, {after} after {}, and it says something else{codes}; the \
                 order of the records and how long they may be kept are not meant.",
                packets(&[query], Lang::En),
                packets(&[first], Lang::En)
            )
        },
        || {
            let codes = match first_code == code {
                true => String::new(),
                false => format!(
                    "（那里是 {}，这里是 {}）",
                    rcode_name(first_code),
                    rcode_name(code)
                ),
            };
            format!(
                "这是对{}的第二个响应，比{}晚 {after}，内容却不同{codes}；记录的顺序和缓存时间的差别不算在内。",
                packets(&[query], Lang::Zh),
                packets(&[first], Lang::Zh)
            )
        },
    );
    note.say(
        || match event.hops_differ {
            true => format!(
                "They came over different numbers of hops (TTL {first_hops} and {hops}): two hosts \
                 wrote them, so at least one is forged. The client takes the first that fits."
            ),
            false => "The client takes the first that fits. One of them may be forged, or a server \
                      behind one address answered twice."
                .to_owned(),
        },
        || match event.hops_differ {
            true => format!(
                "它们经过的跳数不同（TTL {first_hops} 和 {hops}），出自两台主机，所以至少有一个是伪造的。\
                 客户端采用最先到达且相符的那个。"
            ),
            false => "客户端采用最先到达且相符的那个。其中一个可能是伪造的，也可能是同一地址后面的服务器\
                      回答了两次。"
                .to_owned(),
        },
    );
}

pub fn unanswered(event: &DnsUnanswered, _: &Scene, note: &mut Note) {
    let asked = type_name(event.record_type);
    let (client, server, name) = (event.client, event.server, &event.name);
    let waited = duration(event.waited_ns);
    note.value("id", event.id)
        .value("name", name.to_string())
        .value("type", asked.to_string())
        .value("client", client.to_string())
        .value("server", server.to_string())
        .value("queries", event.queries.to_vec())
        .value("attempts", event.attempts)
        .value("waited_ns", event.waited_ns)
        .value("heard", event.heard)
        .value("for_room", event.for_room)
        .related(event.queries.iter().copied())
        .related(event.heard);
    let early = event.waited_ns < TOO_EARLY_NS;
    if early {
        note.too_early();
    }
    note.say(
        || {
            let times = match event.attempts {
                1 => "once".to_owned(),
                times => format!("{times} times"),
            };
            let outcome = match (early, event.heard) {
                (true, _) if event.for_room => format!(
                    "the query was given up after {waited} to make room for others, of which too \
                     many waited at once: too early to tell whether an answer came"
                ),
                (true, _) => format!(
                    "the recording ended {waited} later without an answer, too early to tell \
                     whether one came"
                ),
                (false, None) => format!(
                    "no answer was seen within {waited}: the server is down, not reachable, or \
                     filtered on the way"
                ),
                (false, Some(heard)) => format!(
                    "no answer was seen within {waited}, though the server is there: it answered \
                     another query ({}). This one or its answer was lost, or the server does not \
                     answer it",
                    packets(&[heard], Lang::En)
                ),
            };
            format!("{client} asked {server} {times} for {name} ({asked}), and {outcome}.")
        },
        || {
            let outcome = match (early, event.heard) {
                (true, _) if event.for_room => format!(
                    "同时等待应答的查询太多，为给别的查询腾出位置，{waited} 后就不再等它：时间太短，\
                     无法断定有没有应答"
                ),
                (true, _) => {
                    format!("{waited} 后抓包就结束了，还没有看到应答，时间太短，无法断定")
                }
                (false, None) => {
                    format!("{waited} 内没有看到应答：服务器停机、不可达，或者途中被过滤")
                }
                (false, Some(heard)) => format!(
                    "{waited} 内没有看到应答，但服务器在线：它回答了另一个查询（{}）。这个查询或它的\
                     响应丢失了，或者服务器不回答它",
                    packets(&[heard], Lang::Zh)
                ),
            };
            format!(
                "{client} 向 {server} 查询了 {} 次 {name}（{asked}），{outcome}。",
                event.attempts
            )
        },
    );
}

#[cfg(test)]
mod tests;
