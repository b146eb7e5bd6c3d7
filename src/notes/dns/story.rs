//! What a DNS message says, gathered for the texts: the question, the answers
//! to it, the chain of aliases that leads there, and why there are none.

use crate::decode::dns::{Data, Message, Record, Section, record_type, type_name};
use crate::notes::Lang;
use crate::notes::wording::list;

/// Answers that a text lists; the rest is counted.
const MOST_ANSWERS: usize = 4;
/// Aliases that a chain follows: resolvers give up earlier.
const MOST_ALIASES: usize = 16;
/// Characters of one answer that a text shows.
const MOST_CHARACTERS: usize = 90;

/// A message, read once.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// The name asked for, and its type; `None` without a readable question.
    pub question: Option<(String, String)>,
    pub questions: u16,
    /// `name TYPE data` of what answers, aliases left out.
    pub answers: Vec<Answer>,
    /// Answers, aliases left out.
    pub answer_count: usize,
    /// Answers that the header announces and that cannot be read: nothing
    /// follows from their absence.
    pub unread: usize,
    /// The names from the one asked for to the one that has the answer.
    pub chain: Vec<String>,
    /// No answer, but the name servers to ask next, and their zone.
    pub referral: Option<(String, Vec<String>)>,
    /// How many seconds the "no" may be kept (RFC 2308, section 5).
    pub negative_ttl: Option<u32>,
    /// EDNS: the largest answer over UDP, and whether DNSSEC is wanted.
    pub edns: Option<(u16, bool)>,
}

/// One answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub name: String,
    pub type_name: String,
    pub data: String,
    pub ttl: u32,
}

impl Story {
    pub(super) fn of(message: &Message<'_>) -> Self {
        let question = message.question();
        let mut story = Self {
            question: question.map(|question| {
                let asked = type_name(question.record_type).to_string();
                (question.name.to_string(), asked)
            }),
            questions: message.header.counts.questions,
            edns: message.edns().map(|edns| (edns.udp_size, edns.dnssec_ok)),
            ..Self::default()
        };
        let wants_aliases = question.is_some_and(|question| {
            matches!(
                question.record_type,
                record_type::CNAME | record_type::DNAME | record_type::ANY
            )
        });
        let asked = question.map(|question| question.record_type);
        let mut readable = 0;
        for record in message.answers() {
            readable += 1;
            let beside = match record.record_type {
                record_type::CNAME | record_type::DNAME => !wants_aliases,
                // A signature proves an answer and is none itself.
                record_type::RRSIG => asked.is_some_and(|asked| asked != record_type::RRSIG),
                _ => false,
            };
            if beside {
                continue;
            }
            story.answer_count += 1;
            if story.answers.len() < MOST_ANSWERS {
                story.answers.push(Answer::of(&record));
            }
        }
        story.unread = usize::from(message.header.counts.answers).saturating_sub(readable);
        if !wants_aliases {
            story.chain = chain(message);
        }
        if message.header.flags.response() && story.answer_count == 0 {
            story.referral = referral(message);
            story.negative_ttl = negative_ttl(message);
        }
        story
    }

    /// `192.0.2.7 and 192.0.2.8`, with how many more there are.
    pub(super) fn listed(&self, full: bool, lang: Lang) -> String {
        let mut items: Vec<String> = self
            .answers
            .iter()
            .map(|answer| match full {
                true => format!("{} {} {}", answer.name, answer.type_name, answer.data),
                false => answer.data.clone(),
            })
            .collect();
        let more = self.answer_count - self.answers.len();
        if more > 0 {
            items.push(match lang {
                Lang::En => format!("{more} more"),
                Lang::Zh => format!("另外 {more} 条"),
            });
        }
        if self.unread > 0 {
            items.push(match lang {
                Lang::En => format!("{} that cannot be read", self.unread),
                Lang::Zh => format!("{} 条无法读出", self.unread),
            });
        }
        list(&items, lang)
    }

    /// The shortest time that an answer may be kept.
    pub(super) fn ttl(&self) -> Option<u32> {
        self.answers.iter().map(|answer| answer.ttl).min()
    }

    /// `www.example.com → edge.example.net`.
    pub(super) fn chain(&self) -> String {
        self.chain.join(" → ")
    }
}

impl Answer {
    fn of(record: &Record<'_>) -> Self {
        let data = match record.data() {
            Ok(data) => shortened(data.to_string()),
            Err(fault) => format!("({fault})"),
        };
        Self {
            name: record.name.to_string(),
            type_name: type_name(record.record_type).to_string(),
            data,
            ttl: record.ttl,
        }
    }
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// Follows the aliases from the question on, whatever order they come in.
fn chain(message: &Message<'_>) -> Vec<String> {
    let Some(question) = message.question() else {
        return Vec::new();
    };
    let mut at = question.name;
    let mut names = vec![at.to_string()];
    while names.len() <= MOST_ALIASES {
        let alias = message
            .answers()
            .find(|record| record.record_type == record_type::CNAME && record.name == at);
        let Some(Ok(Data::Name(target))) = alias.map(|record| record.data()) else {
            break;
        };
        at = target;
        names.push(at.to_string());
    }
    if names.len() > 1 { names } else { Vec::new() }
}

/// Name servers of a zone nearer to the name, without a SOA: "ask there next".
fn referral(message: &Message<'_>) -> Option<(String, Vec<String>)> {
    let mut servers = Vec::new();
    let mut zone = None;
    for record in message.section(Section::Authority) {
        match record.data() {
            Ok(Data::Soa(_)) => return None,
            Ok(Data::Name(server)) if record.record_type == record_type::NS => {
                zone.get_or_insert(record.name);
                if servers.len() < MOST_ANSWERS {
                    servers.push(server.to_string());
                }
            }
            _ => {}
        }
    }
    zone.map(|zone| (zone.to_string(), servers))
}

fn negative_ttl(message: &Message<'_>) -> Option<u32> {
    message
        .section(Section::Authority)
        .find_map(|record| match record.data() {
            Ok(Data::Soa(soa)) => Some(soa.minimum.min(record.ttl)),
            _ => None,
        })
}
