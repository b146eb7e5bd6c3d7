//! Why `--fail-on` is met: which kinds were as bad as that, how often, and in which
//! packet each came first.

use super::numbers::grouped;
use super::{Attention, Summary};
use crate::notes::{Lang, Severity};

/// Kinds that are named; the others are counted.
const MOST_KINDS: usize = 3;

/// What is said where anything was as bad as `limit`; nothing where nothing was,
/// or no limit is set.
#[must_use]
pub fn failed_on(summary: &Summary, limit: Option<Severity>, lang: Lang) -> Option<String> {
    let limit = limit?;
    let mut rows = summary.attention();
    if limit == Severity::Note {
        rows.extend(summary.remarks());
    }
    rows.retain(|row| row.severity >= limit);
    let more = rows.len().saturating_sub(MOST_KINDS);
    let mut said: Vec<_> = rows
        .iter()
        .take(MOST_KINDS)
        .map(|row| one(row, lang))
        .collect();
    if more > 0 {
        said.push(match (lang, more) {
            (Lang::En, 1) => "1 kind more".to_owned(),
            (Lang::En, _) => format!("{more} kinds more"),
            (Lang::Zh, _) => format!("另有 {more} 种"),
        });
    }
    let said = said.join(lang.pick("; ", "；"));
    (!rows.is_empty()).then(|| match lang {
        Lang::En => format!("--fail-on {}: {said}", limit.name()),
        Lang::Zh => format!("--fail-on {} 已触发：{said}", limit.name()),
    })
}

/// `tcp.reset, 3 times, first in packet 12`.
fn one(row: &Attention, lang: Lang) -> String {
    let kind = row.kind.name();
    let times = match (lang, row.count) {
        (Lang::En, 1) => "once".to_owned(),
        (Lang::En, count) => format!("{} times", grouped(count)),
        (Lang::Zh, count) => format!("{} 次", grouped(count)),
    };
    let place = match (lang, row.count, row.first.first()) {
        (_, _, None) => String::new(),
        (Lang::En, 1, Some(packet)) => format!(", packet {packet}"),
        (Lang::En, _, Some(packet)) => format!(", first in packet {packet}"),
        (Lang::Zh, _, Some(packet)) => format!("，最先见于第 {packet} 号报文"),
    };
    match lang {
        Lang::En => format!("{kind} {times}{place}"),
        Lang::Zh => format!("{kind} {times}{place}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Kind;

    #[test]
    fn kinds_are_told_with_their_counts_and_the_first_packet() {
        let mut summary = Summary::default();
        for packet in [12, 15, 19] {
            let row = summary.count(Kind::TcpReset, Severity::Warning);
            row.add_places([packet]);
        }
        summary
            .count(Kind::Malformed, Severity::Error)
            .add_places([7]);
        let said = |limit, lang| failed_on(&summary, limit, lang);
        assert_eq!(
            said(Some(Severity::Warning), Lang::En).as_deref(),
            Some(
                "--fail-on warning: malformed once, packet 7; \
                 tcp.reset 3 times, first in packet 12"
            )
        );
        assert_eq!(
            said(Some(Severity::Error), Lang::Zh).as_deref(),
            Some("--fail-on error 已触发：malformed 1 次，最先见于第 7 号报文")
        );
        assert_eq!(said(None, Lang::En), None);
        assert_eq!(
            failed_on(&Summary::default(), Some(Severity::Warning), Lang::En),
            None
        );
    }
}
