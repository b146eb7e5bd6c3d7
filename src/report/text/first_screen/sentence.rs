//! A group in words: how many of how many, where, how bad, split by cause.

use crate::notes::grouping::{Phrase, Span, phrase, span};
use crate::notes::{Kind, Lang, Severity, units};
use crate::report::digest::{Digest, Group, Place, Share};
use crate::report::numbers::grouped;

/// How many places are named where there are several.
const MOST_PLACES: usize = 3;

/// Where no place has this part of all, none is named.
const LEAST_PART: u64 = 10;

/// How many causes are named.
const MOST_CAUSES: usize = 4;

/// `120 of 300 connections to 10.9.0.2:3001 are left in CLOSE_WAIT`.
pub fn sentence(group: &Group, digest: &Digest, lang: Lang) -> String {
    let place = only_place(group);
    if group.severity == Severity::Error && group.kind.severity() < Severity::Error {
        return broken_rule(group, place, lang);
    }
    match phrase(group.kind) {
        Phrase::Connections { one, many, zh } if group.conversations > 0 => {
            let share = digest.share(group);
            let words = match lang {
                Lang::En => connections_en(group, share, place, one, many),
                Lang::Zh => connections_zh(group, share, place, zh),
            };
            match group.times == group.conversations {
                true => words,
                false => format!("{words}{}", in_all(group, lang)),
            }
        }
        Phrase::Events { one, many, zh } => {
            let count = grouped(group.times);
            match (lang, place) {
                (Lang::En, place) => {
                    let words = if group.times == 1 { one } else { many };
                    format!("{count} {}", with_place(words, place))
                }
                (Lang::Zh, Some(place)) => format!("{place}：{count} {zh}"),
                (Lang::Zh, None) => format!("{count} {zh}"),
            }
        }
        Phrase::Connections { .. } | Phrase::Title => titled(group, place, lang),
    }
}

/// Packets that are ordinary but for a rule that does not hold.
fn broken_rule(group: &Group, place: Option<Place>, lang: Lang) -> String {
    let (count, name) = (grouped(group.times), group.kind.name());
    let place = place.map(|place| place.to_string());
    match (lang, place, group.times) {
        (Lang::En, None, 1) => format!("1 packet breaks a rule of {name}"),
        (Lang::En, None, _) => format!("{count} packets break a rule of {name}"),
        (Lang::En, Some(place), 1) => {
            format!("1 packet to or from {place} breaks a rule of {name}")
        }
        (Lang::En, Some(place), _) => {
            format!("{count} packets to or from {place} break a rule of {name}")
        }
        (Lang::Zh, None, _) => format!("{count} 个报文违反 {name} 的规则"),
        (Lang::Zh, Some(place), _) => format!("{place}：{count} 个报文违反 {name} 的规则"),
    }
}

/// Puts the place where the words have `@`, or leaves the square brackets out.
fn with_place(words: &str, place: Option<Place>) -> String {
    let parts = words
        .split_once('[')
        .and_then(|(before, rest)| Some((before, rest.split_once(']')?)));
    let Some((before, (between, behind))) = parts else {
        return words.to_owned();
    };
    match place {
        Some(place) => {
            let between = between.replace('@', &place.to_string());
            format!("{before}{between}{behind}")
        }
        None => format!("{before}{behind}"),
    }
}

/// A kind without a sentence of its own: its title, and how often.
fn titled(group: &Group, place: Option<Place>, lang: Lang) -> String {
    let title = group.kind.title(lang);
    let mut letters = title.chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let rest = letters.as_str();
    let count = grouped(group.times);
    match (lang, place) {
        (Lang::En, place) => {
            let place = place
                .map(|place| format!(", at {place}"))
                .unwrap_or_default();
            let times = if group.times == 1 { "once" } else { "times" };
            let count = if group.times == 1 {
                times.to_owned()
            } else {
                format!("{count} {times}")
            };
            format!("{first}{rest}: {count}{place}")
        }
        (Lang::Zh, Some(place)) => format!("{place}：{first}{rest}，{count} 次"),
        (Lang::Zh, None) => format!("{first}{rest}：{count} 次"),
    }
}

fn connections_en(
    group: &Group,
    share: Option<Share>,
    place: Option<Place>,
    one: &str,
    many: &str,
) -> String {
    let subject = match share {
        Some(Share { hit: 1, of: 1 }) => "The only connection".to_owned(),
        Some(Share { hit: 2, of: 2 }) => "Both connections".to_owned(),
        Some(Share { hit, of }) if hit == of => format!("All {} connections", grouped(of)),
        Some(Share { hit, of }) => format!("{} of {} connections", grouped(hit), grouped(of)),
        None if group.conversations == 1 => "1 connection".to_owned(),
        None => format!("{} connections", grouped(group.conversations)),
    };
    let place = match place {
        Some(Place::Listener(end)) => format!(" to {end}"),
        Some(Place::Client(end)) => format!(" from {end}"),
        None => String::new(),
    };
    let words = if group.conversations == 1 { one } else { many };
    format!("{subject}{place} {words}")
}

fn connections_zh(group: &Group, share: Option<Share>, place: Option<Place>, zh: &str) -> String {
    let place = match place {
        Some(Place::Listener(end)) => format!("到 {end} 的"),
        Some(Place::Client(end)) => format!("来自 {end} 的"),
        None => String::new(),
    };
    // "的…" and "有…" go on from the noun, a verb from the number.
    match share {
        Some(Share { hit: 1, of: 1 }) => format!("{place}唯一的连接{zh}"),
        Some(Share { hit, of }) if hit == of => {
            format!("{place}全部 {} 条连接{zh}", grouped(of))
        }
        Some(Share { hit, of }) => {
            format!("{place} {} 条连接中有 {} 条{zh}", grouped(of), grouped(hit))
                .trim_start()
                .to_owned()
        }
        None => format!("{place} {} 条连接{zh}", grouped(group.conversations))
            .trim_start()
            .to_owned(),
    }
}

fn in_all(group: &Group, lang: Lang) -> String {
    let count = grouped(group.times);
    match lang {
        Lang::En => format!(", {count} times"),
        Lang::Zh => format!("，共 {count} 次"),
    }
}

/// The host or listener where all of it is.
fn only_place(group: &Group) -> Option<Place> {
    let places = group.places();
    let [(first, _), others @ ..] = places.as_slice() else {
        return None;
    };
    let same_host = |(place, _): &(Place, u64)| place.host() == first.host();
    match others {
        _ if group.elsewhere > 0 => None,
        [] => Some(*first),
        others => others.iter().all(same_host).then_some(first.host()),
    }
}

/// A group as it stands while the capture goes on: `now: 120 of 300 connections
/// to 10.9.0.2:3001 are left in CLOSE_WAIT, the oldest for 41.0 s`.
pub fn now(group: &Group, digest: &Digest, lang: Lang) -> String {
    let mut text = format!(
        "{}{}",
        lang.pick("now: ", "现在："),
        sentence(group, digest, lang)
    );
    if let Some(times) = times(group, lang) {
        text.push_str(lang.pick(", ", "，"));
        text.push_str(&times);
    }
    text
}

/// What more there is to say of it, sentence by sentence: causes, places, times,
/// what followed.
pub fn facts(group: &Group, digest: &Digest, lang: Lang) -> Vec<String> {
    let comma = lang.pick(", ", "，");
    let mut facts = Vec::new();
    facts.extend(causes(group, lang));
    facts.extend(places(group, digest, lang));
    facts.extend(times(group, lang));
    let symptoms = digest.symptoms(group);
    if !symptoms.is_empty() {
        let each: Vec<_> = symptoms
            .iter()
            .map(|(kind, times)| format!("{} ×{}", kind.title(lang), grouped(*times)))
            .collect();
        let what = lang.pick("with it: ", "随之出现：");
        facts.push(format!("{what}{}", each.join(comma)));
    }
    facts
}

/// `2 aborted by the program, 1,955 data after close`, where there is more than
/// one cause, or the one says more than the kind.
fn causes(group: &Group, lang: Lang) -> Option<String> {
    let mut causes: Vec<_> = group
        .causes
        .iter()
        .filter_map(|(cause, times)| cause.map(|cause| (cause.name(lang), *times)))
        .collect();
    causes.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    match causes.as_slice() {
        [] => None,
        [(only, times)] if *times == group.times => Some((*only).to_owned()),
        several => {
            let named = several.iter().take(MOST_CAUSES);
            let mut each: Vec<_> = named
                .clone()
                .map(|(cause, times)| format!("{cause} ×{}", grouped(*times)))
                .collect();
            let named: u64 = named.map(|(_, times)| times).sum();
            if let Some(others @ 1..) = group.times.checked_sub(named) {
                each.push(format!(
                    "{} ×{}",
                    lang.pick("others", "其他"),
                    grouped(others)
                ));
            }
            Some(each.join(lang.pick(", ", "，")))
        }
    }
}

/// Where it is, if at several hosts or listeners.
fn places(group: &Group, digest: &Digest, lang: Lang) -> Option<String> {
    let places = group.places();
    let (_, most) = places.first().filter(|_| places.len() > 1)?;
    if only_place(group).is_some() {
        return None;
    }
    let all = grouped(places.len() as u64);
    let sum: u64 = places.iter().map(|(_, hit)| hit).sum();
    let is_spread = most * LEAST_PART < sum + group.elsewhere || *most == 1;
    if places.len() > MOST_PLACES && is_spread {
        let more = if group.elsewhere > 0 { "+" } else { "" };
        return Some(match (lang, is_doing(group.kind)) {
            (Lang::En, false) => format!("spread over {all}{more} servers"),
            (Lang::Zh, false) => format!("分布在 {all}{more} 个服务器上"),
            (Lang::En, true) => format!("by {all}{more} hosts"),
            (Lang::Zh, true) => format!("来自 {all}{more} 台主机"),
        });
    }
    let mut each: Vec<_> = places
        .iter()
        .take(MOST_PLACES)
        .map(|(place, hit)| {
            let hit = grouped(*hit);
            match (lang, digest.conversations_of(*place)) {
                (Lang::En, Some(of @ 2..)) if group.conversations > 0 => {
                    format!("{place} ({hit} of {})", grouped(of))
                }
                (Lang::Zh, Some(of @ 2..)) if group.conversations > 0 => {
                    format!("{place}（{} 中的 {hit}）", grouped(of))
                }
                (Lang::En, _) => format!("{place} ({hit})"),
                (Lang::Zh, _) => format!("{place}（{hit}）"),
            }
        })
        .collect();
    let others = places.len().saturating_sub(MOST_PLACES);
    if others > 0 || group.elsewhere > 0 {
        let more = if group.elsewhere > 0 { "+" } else { "" };
        each.push(match lang {
            Lang::En => format!("{others}{more} others"),
            Lang::Zh => format!("另有 {others}{more} 处"),
        });
    }
    let what = match is_doing(group.kind) {
        false => lang.pick("at ", "位于 "),
        true => lang.pick("by ", "来自 "),
    };
    Some(format!("{what}{}", each.join(lang.pick(", ", "、"))))
}

/// Whether a kind's hosts are those that do it, not those that it meets.
const fn is_doing(kind: Kind) -> bool {
    matches!(kind, Kind::TcpScan)
}

/// `oldest 8.54 s`; `longest wait 1.02 s, 9.70 s in all`.
fn times(group: &Group, lang: Lang) -> Option<String> {
    if group.longest_ns == 0 {
        return None;
    }
    let longest = units::duration(group.longest_ns);
    let sum = units::duration(group.span_ns);
    Some(match (span(group.kind), lang) {
        (Span::Age, _) if group.times == 1 => match lang {
            Lang::En => format!("for {longest}"),
            Lang::Zh => format!("已有 {longest}"),
        },
        (Span::Age, Lang::En) => format!("the oldest for {longest}"),
        (Span::Age, Lang::Zh) => format!("最久的已有 {longest}"),
        (Span::Lost, Lang::En) if group.times == 1 => format!("waited {longest}"),
        (Span::Lost, Lang::Zh) if group.times == 1 => format!("等待 {longest}"),
        (Span::Lost, Lang::En) if group.conversations == 1 => {
            format!("waited {sum} in all, {longest} at a time")
        }
        (Span::Lost, Lang::Zh) if group.conversations == 1 => {
            format!("等待共 {sum}，最长一次 {longest}")
        }
        // Waits of several conversations may be at one time.
        (Span::Lost, Lang::En) => format!("waited up to {longest}"),
        (Span::Lost, Lang::Zh) => format!("最长等待 {longest}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::track::{Address, Endpoint};

    #[test]
    fn a_place_stands_where_the_words_want_it() {
        let words = "DNS answers[ from @] say no";
        let place = Place::Listener(Endpoint {
            address: Address::Mac([2; 6]),
            port: None,
        });
        assert_eq!(with_place(words, None), "DNS answers say no");
        assert_eq!(
            with_place(words, Some(place)),
            "DNS answers from 02:02:02:02:02:02 say no"
        );
    }
}
