//! Where a filter is wrong: libpcap says what, and not where.

use std::ops::Range;

use crate::escape::escape;

/// The place in a filter's text that is wrong, in bytes, if it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterPlace(Option<Range<usize>>);

/// The words of pcap-filter(7).
const WORDS: &[&str] = &[
    "aarp",
    "action",
    "ah",
    "and",
    "arp",
    "atalk",
    "broadcast",
    "carp",
    "clnp",
    "csnp",
    "decnet",
    "dir",
    "direction",
    "dst",
    "esis",
    "esp",
    "ether",
    "fddi",
    "gateway",
    "geneve",
    "greater",
    "host",
    "hssp",
    "icmp",
    "icmp6",
    "ifname",
    "ifindex",
    "igmp",
    "igrp",
    "iih",
    "inbound",
    "ip",
    "ip6",
    "ipx",
    "isis",
    "iso",
    "l1",
    "l2",
    "lane",
    "lat",
    "len",
    "less",
    "link",
    "llc",
    "lsp",
    "mask",
    "metac",
    "metaconnect",
    "mopdl",
    "moprc",
    "mpls",
    "multicast",
    "net",
    "netbeui",
    "not",
    "oam",
    "oamf4",
    "on",
    "or",
    "outbound",
    "pim",
    "port",
    "portrange",
    "ppp",
    "pppoed",
    "pppoes",
    "proto",
    "protochain",
    "psnp",
    "radio",
    "ra",
    "rarp",
    "reason",
    "rnr",
    "rset",
    "rulenum",
    "ruleset",
    "sca",
    "sctp",
    "slip",
    "snp",
    "src",
    "stp",
    "subrulenum",
    "subtype",
    "ta",
    "tcp",
    "tr",
    "type",
    "udp",
    "vci",
    "vlan",
    "vpi",
    "vrrp",
    "vxlan",
    "wlan",
];

/// Words behind which a name stands that is none of these words.
const BEFORE_NAMES: &[&str] = &[
    "host",
    "net",
    "port",
    "portrange",
    "gateway",
    "proto",
    "protochain",
    "ifname",
    "on",
    "type",
    "subtype",
    "dir",
    "mask",
    "reason",
    "action",
    "ruleset",
    "rset",
    "addr1",
    "src",
    "dst",
    "ether",
    "tcp-flags",
];

/// What may complete the beginning of a filter.
const ENDINGS: &[&str] = &[
    "",
    " 1",
    " 1.2.3.4",
    " port 1",
    " and ip",
    " = 1",
    " 1)",
    " 1.2.3.4)",
    ")",
    " ip)",
    "] = 1",
    "0] = 1",
];

impl FilterPlace {
    /// Looks for what is wrong in a filter that libpcap refused with this message;
    /// `compiles` asks libpcap about the filter's beginnings.
    pub(super) fn of(expression: &str, message: &str, compiles: impl Fn(&str) -> bool) -> Self {
        let words = words(expression);
        let text = |word: &Range<usize>| expression.get(word.clone()).unwrap_or_default();
        let is_syntax = message.contains("syntax error");
        if !is_syntax {
            let named = words.iter().find(|word| {
                let word = text(word);
                !WORDS.contains(&word) && names(message, word)
            });
            return Self(named.cloned());
        }
        let is_unknown = |word: &str| {
            word.chars().all(|letter| letter.is_ascii_alphabetic()) && !WORDS.contains(&word)
        };
        let mut before = "";
        for word in &words {
            if is_unknown(text(word)) && !BEFORE_NAMES.contains(&before) {
                return Self(Some(word.clone()));
            }
            before = text(word);
        }
        let continues = |word: &&Range<usize>| {
            let beginning = expression.get(..word.end).unwrap_or_default();
            !ENDINGS
                .iter()
                .any(|ending| compiles(&format!("{beginning}{ending}")))
        };
        // A name would be looked up again and again.
        if words.iter().any(|word| is_unknown(text(word))) {
            return Self(None);
        }
        Self(words.iter().find(continues).or(words.last()).cloned())
    }

    /// The filter in a line, and in the next one what is wrong underlined.
    #[must_use]
    pub fn pointed(&self, expression: &str) -> String {
        let mut out = format!("  {}\n", escape(expression));
        if let Some(place) = &self.0
            && expression.is_ascii()
        {
            let before = expression.get(..place.start).unwrap_or_default();
            let before = escape(before).chars().count();
            let wrong = expression.get(place.clone()).unwrap_or_default();
            let marks = "^".repeat(escape(wrong).chars().count());
            out.push_str(&format!("  {}{marks}\n", " ".repeat(before)));
        }
        out
    }
}

/// Whether a message has this word as a whole.
fn names(message: &str, word: &str) -> bool {
    message
        .split(|letter: char| letter.is_whitespace() || "'\"()".contains(letter))
        .any(|found| found.trim_matches([':', ',', ';']) == word)
}

/// The words of a filter, brackets apart.
fn words(expression: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut open = None;
    for (at, letter) in expression.char_indices() {
        let ends = letter.is_whitespace() || "()[]!&|<>=".contains(letter);
        match (ends, open) {
            (false, None) => open = Some(at),
            (true, Some(start)) => {
                words.push(start..at);
                open = None;
            }
            _ => {}
        }
    }
    words.extend(open.map(|start| start..expression.len()));
    words
}

#[cfg(test)]
mod tests {
    use super::super::filter::Filter;
    use super::*;

    fn place(expression: &str) -> Option<String> {
        let error = Filter::new(expression.to_owned()).unwrap_err();
        let text = error.to_string();
        let mut lines = text.lines().skip_while(|line| !line.contains(expression));
        let (filter, marks) = (lines.next()?, lines.next()?);
        let start = marks.find('^')?;
        Some(filter.get(start..=marks.rfind('^')?)?.to_owned())
    }

    #[test]
    fn the_wrong_word_is_pointed_at() {
        for (expression, wrong) in [
            ("tcp prot 80", "prot"),
            ("tcp port 80 adn host 10.0.0.1", "adn"),
            ("port 99999", "99999"),
            ("tcp port 80 90", "90"),
            ("host 10.0.0.1 and and tcp", "and"),
            ("srcc port 80", "srcc"),
        ] {
            assert_eq!(place(expression).as_deref(), Some(wrong), "{expression}");
        }
    }

    #[test]
    fn where_nothing_is_found_the_filter_alone_is_shown() {
        assert_eq!(place("tcp and udp"), None);
        let nothing = FilterPlace(None);
        assert_eq!(nothing.pointed("tcp and udp"), "  tcp and udp\n");
    }
}
