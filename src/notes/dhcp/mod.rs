//! The topic `dhcp`: its note in both languages, and the words for its events (RFC
//! 2131, RFC 2132; DHCPv6 RFC 8415).

mod answers;
mod asked;
mod checks;
mod findings;
mod given_back;
mod told;

pub use answers::{ack, nak, offer, renewed};
pub use asked::{discover, inform, request};
pub use findings::{several_servers, unanswered};
pub use given_back::{decline, release};

use told::Told;

use crate::notes::units::duration;
use crate::notes::wording::packet;
use crate::notes::{Lang, Note, Rule, Scene, Topic};
use crate::track::{DhcpLease, DhcpStep};

pub static TOPIC: Topic = Topic {
    name: "dhcp",
    title_en: "DHCP",
    title_zh: "DHCP",
    also: &[
        "dhcpv6",
        "dora",
        "lease",
        "address-lease",
        "动态主机配置",
        "租约",
        "租期",
        "自动获取地址",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

/// The message at hand; `None` where its packet is not.
fn told<'a>(scene: &'a Scene) -> Option<Told<'a>> {
    Told::of(scene.packet?)
}

/// What every message has, and where a relay has passed it on.
fn common(step: &DhcpStep, told: Option<&Told<'_>>, note: &mut Note) {
    let hardware = told.and_then(|told| told.client.clone());
    let relay = told.and_then(|told| told.relay);
    note.value("transaction_id", step.transaction)
        .value("version", if step.v6 { 6_u32 } else { 4 })
        .value("client", hardware)
        .value("relay", relay.map(|relay| relay.to_string()))
        .value("relayed", step.relayed)
        .related(step.relayed);
}

/// Says that this is the message of another packet, passed on.
fn passed_on(step: &DhcpStep, told: Option<&Told<'_>>, note: &mut Note) {
    let Some(told) = told.filter(|told| told.relay.is_some()) else {
        return;
    };
    let Some(relay) = told.relay else {
        return;
    };
    let circuit = told.circuit.as_deref();
    note.say(
        || {
            let circuit = circuit.map_or(String::new(), |circuit| {
                format!(", which adds where the client is attached ({circuit})")
            });
            match step.relayed {
                Some(earlier) => format!(
                    "It is the message of {} on the other side of the relay {relay}{circuit}.",
                    packet(earlier, Lang::En)
                ),
                None => format!("It goes through the relay {relay}{circuit}."),
            }
        },
        || {
            let circuit = circuit.map_or(String::new(), |circuit| {
                format!("，中继还附上了客户端的接入位置（{circuit}）")
            });
            match step.relayed {
                Some(earlier) => format!(
                    "它就是{}，只是到了中继 {relay} 的另一侧{circuit}。",
                    packet(earlier, Lang::Zh)
                ),
                None => format!("它经过中继 {relay}{circuit}。"),
            }
        },
    );
}

/// A time in seconds, as leases have it.
fn seconds(count: u32, lang: Lang) -> String {
    match count {
        u32::MAX => lang.pick("for ever", "永久").to_owned(),
        count => duration(u64::from(count) * 1_000_000_000),
    }
}

/// Chinese with a space only where it meets other letters or digits: names and
/// the words that stand for them take the same place in a sentence.
fn tight(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let before = out.chars().next_back();
        let next = characters.peek().copied();
        let is_mark = |it: char| matches!(it, '，' | '：' | '。' | '；' | '（' | '）' | '、');
        let is_chinese = |it: char| !it.is_ascii();
        let is_spare = before.is_none_or(is_mark)
            || next.is_none_or(is_mark)
            || before.is_some_and(is_chinese) && next.is_some_and(is_chinese);
        if character != ' ' || !is_spare {
            out.push(character);
        }
    }
    out
}

/// The name of the message in each family.
const fn named(v6: bool, four: &'static str, six: &'static str) -> &'static str {
    if v6 { six } else { four }
}

/// What is known of a lease that a message is about.
fn lease_values(lease: Option<&DhcpLease>, note: &mut Note) {
    note.value("lease_from", lease.map(|lease| lease.packet))
        .value("since_lease_ns", lease.map(|lease| lease.since_ns))
        .related(lease.map(|lease| lease.packet));
}

const SAME_TRANSACTION: Rule = Rule {
    id: "transaction id = the question's",
    zh: "事务编号 = 询问的事务编号",
};

#[cfg(test)]
mod tests;
