//! `KEY:VALUE`: what a word selects; and the names that conversations have.

use std::net::IpAddr;

use super::Wrong;
use super::range::{of_counts, of_moments, of_times};
use crate::cli::kinds;
use crate::decode::Protocol;
use crate::notes::Lang;
use crate::report::selection::{Amount, Condition, End, Network};
use crate::track::Address;
use crate::track::tcp::State;

/// The keys.
pub const KEYS: [&str; 14] = [
    "host",
    "port",
    "proto",
    "state",
    "kind",
    "name",
    "text",
    "rtt",
    "duration",
    "packets",
    "bytes",
    "sent-again",
    "wait",
    "time",
];

/// A conversation, as the command line names it.
#[derive(Clone, Debug, PartialEq)]
pub enum Named {
    /// By its number.
    Number(u64),
    /// By its ends.
    Ends(Condition),
}

/// The two parts of a word that selects.
pub(super) fn key_and_value(word: &str) -> Option<(&str, &str)> {
    word.split_once(':').filter(|(key, _)| KEYS.contains(key))
}

/// What a word selects; where it is wrong is counted from the word's beginning.
/// `utc`: times of the day are in UTC.
pub(super) fn condition(key: &str, value: &str, utc: bool, lang: Lang) -> Result<Condition, Wrong> {
    let in_word = |wrong: Wrong| Wrong {
        from: wrong.from + key.len() + 1,
        ..wrong
    };
    if value.is_empty() {
        return Err(in_word(Wrong::whole(match lang {
            Lang::En => format!("{key}: needs a value behind it"),
            Lang::Zh => format!("{key}: 后面要有值"),
        })));
    }
    of_value(key, value, utc, lang).map_err(in_word)
}

fn of_value(key: &str, value: &str, utc: bool, lang: Lang) -> Result<Condition, Wrong> {
    Ok(match key {
        "host" => Condition::Host(network(value, lang)?),
        "port" => Condition::Port(port(value, lang)?),
        "proto" => Condition::Protocol(protocol(value, lang)?),
        "state" => Condition::State(state(value, lang)?),
        "kind" => {
            let patterns: Vec<_> = value.split(',').map(str::to_owned).collect();
            Condition::Kind(kinds(&patterns, lang).map_err(Wrong::whole)?)
        }
        "name" => Condition::Name(value.to_lowercase()),
        "text" => Condition::Text(value.as_bytes().to_vec()),
        "rtt" => Condition::Amount(Amount::RoundTrip, of_times(value, lang)?),
        "duration" => Condition::Amount(Amount::Duration, of_times(value, lang)?),
        "packets" => Condition::Amount(Amount::Packets, of_counts(value, lang)?),
        "bytes" => Condition::Amount(Amount::Bytes, of_counts(value, lang)?),
        "sent-again" => Condition::Amount(Amount::SentAgain, of_counts(value, lang)?),
        "wait" => Condition::Amount(Amount::Wait, of_times(value, lang)?),
        _ => {
            let (from, to) = of_moments(value, utc, lang)?;
            Condition::Time(from, to)
        }
    })
}

fn network(value: &str, lang: Lang) -> Result<Network, Wrong> {
    if let Some(mac) = mac(value) {
        return Ok(Network::Mac(mac));
    }
    let (address, bits) = match value.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (value, None),
    };
    let plain = address.trim_start_matches('[').trim_end_matches(']');
    let ip: IpAddr = plain
        .parse()
        .map_err(|_| Wrong::whole(no_address(address, lang)))?;
    let most = if ip.is_ipv4() { 32 } else { 128 };
    let wrong_bits = || Wrong {
        message: match lang {
            Lang::En => format!("a network of {address} has 0 to {most} bits"),
            Lang::Zh => format!("{address} 的网络前缀是 0 到 {most} 位"),
        },
        from: address.len() + 1,
    };
    let bits = match bits {
        None => most,
        Some(bits) => bits.parse().map_err(|_| wrong_bits())?,
    };
    match bits <= most {
        true => Ok(Network::Ip(ip, bits)),
        false => Err(wrong_bits()),
    }
}

fn no_address(text: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("\"{text}\" is no address, as 10.9.0.1 or 2001:db8::1 are"),
        Lang::Zh => format!("“{text}”不是地址；地址例如 10.9.0.1 或 2001:db8::1"),
    }
}

fn mac(text: &str) -> Option<[u8; 6]> {
    let mut mac = [0; 6];
    let mut parts = text.split([':', '-']);
    for byte in &mut mac {
        let part = parts.next().filter(|part| part.len() == 2)?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(mac)
}

fn port(value: &str, lang: Lang) -> Result<u16, Wrong> {
    value.parse().map_err(|_| {
        Wrong::whole(match lang {
            Lang::En => format!("\"{value}\" is no port; ports are numbers up to 65535"),
            Lang::Zh => format!("“{value}”不是端口；端口是不超过 65535 的数"),
        })
    })
}

/// Names that people use for protocols beside those of records.
const ALSO_CALLED: [(&str, &str); 3] = [("ip", "ipv4"), ("ip6", "ipv6"), ("icmp6", "icmpv6")];

fn protocol(value: &str, lang: Lang) -> Result<&'static str, Wrong> {
    let lower = value.to_lowercase();
    let also = ALSO_CALLED.iter().find(|(name, _)| *name == lower);
    let name = also.map_or(lower.as_str(), |(_, name)| name);
    let mut names = Protocol::ALL.into_iter().map(Protocol::name);
    names.clone().find(|known| *known == name).ok_or_else(|| {
        // The one knows beginnings, the other letters that changed places.
        let likeness = |known: &&str| {
            let both = strsim::jaro_winkler(known, name)
                + strsim::normalized_damerau_levenshtein(known, name);
            (both * 1_000.0) as u32
        };
        let near = names.by_ref().max_by_key(likeness).unwrap_or_default();
        Wrong::whole(match lang {
            Lang::En => format!("there is no protocol \"{value}\"; did you mean {near}?"),
            Lang::Zh => format!("没有协议“{value}”；是不是想写 {near}？"),
        })
    })
}

fn state(value: &str, lang: Lang) -> Result<State, Wrong> {
    let plain = |name: &str| -> String {
        let letters = name.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let wanted = match plain(value).as_str() {
        "synreceived" => plain(State::SynReceived.name()),
        other => other.to_owned(),
    };
    let mut all = State::ALL.into_iter();
    all.find(|state| plain(state.name()) == wanted)
        .ok_or_else(|| {
            let names: Vec<_> = State::ALL
                .iter()
                .map(|state| state.name().to_lowercase())
                .collect();
            let names = names.join(lang.pick(", ", "、"));
            Wrong::whole(match lang {
                Lang::En => format!("\"{value}\" is no TCP state; there are {names}"),
                Lang::Zh => format!("“{value}”不是 TCP 状态；有 {names}"),
            })
        })
}

/// What `--conversation` names: a number, `ADDR:PORT`, `ADDR`, `:PORT`, or two
/// ends with a comma between them.
///
/// # Errors
/// What is wrong with it, in the reader's language.
pub fn named(text: &str, lang: Lang) -> Result<Named, String> {
    if let Ok(number) = text.parse::<u64>() {
        return match number {
            0 => Err(lang
                .pick("conversations count from 1", "会话编号从 1 开始")
                .to_owned()),
            number => Ok(Named::Number(number)),
        };
    }
    let (one, other) = match text.split_once(',') {
        Some((one, other)) => (one, Some(other)),
        None => (text, None),
    };
    let one = end(one.trim(), lang)?;
    let other = other.map(|other| end(other.trim(), lang)).transpose()?;
    Ok(Named::Ends(Condition::Ends(one, other)))
}

fn end(text: &str, lang: Lang) -> Result<End, String> {
    let alone = |address| End {
        address: Some(address),
        port: None,
    };
    if let Some(mac) = mac(text) {
        return Ok(alone(Address::Mac(mac)));
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(alone(Address::Ip(ip)));
    }
    let wrong = || match lang {
        Lang::En => format!(
            "\"{text}\" names no conversation: it is a number, 10.0.0.1:3572, [2001:db8::1]:80, \
             10.0.0.1, :3001, or two of these with a comma"
        ),
        Lang::Zh => format!(
            "“{text}”不能用来指会话：可以写编号、10.0.0.1:3572、[2001:db8::1]:80、10.0.0.1、:3001，\
             或用逗号隔开的两个"
        ),
    };
    let (address, port) = match text.rsplit_once(':') {
        Some((address, port)) => (address, Some(port)),
        None => (text, None),
    };
    let port = port
        .map(|port| port.parse::<u16>().map_err(|_| wrong()))
        .transpose()?;
    let inner = address
        .strip_prefix('[')
        .and_then(|it| it.strip_suffix(']'));
    let address = match (address, inner) {
        ("", _) if port.is_some() => None,
        (_, Some(inner)) => Some(inner.parse().map_err(|_| wrong())?),
        (address, None) => Some(address.parse().map_err(|_| wrong())?),
    };
    Ok(End {
        address: address.map(Address::Ip),
        port,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(word: &str) -> Result<Condition, Wrong> {
        let (key, value) = key_and_value(word).expect("a known key");
        condition(key, value, true, Lang::En)
    }

    #[test]
    fn every_key_takes_its_values() {
        for word in [
            "host:10.9.0.1",
            "host:10.9.0.0/16",
            "host:2001:db8::/32",
            "host:[2001:db8::1]",
            "host:02:42:0a:00:00:01",
            "port:3001",
            "proto:udp",
            "proto:IP6",
            "state:close_wait",
            "state:CLOSE-WAIT",
            "state:syn_received",
            "kind:tcp.reset",
            "kind:tcp.retransmission.*,tcp.gap",
            "name:example",
            "text:GET /",
            "rtt:50ms..",
            "duration:..1s",
            "packets:10..20",
            "bytes:1k..",
            "sent-again:1..",
            "wait:1s..",
            "time:10..20",
            "time:11:26:15",
        ] {
            assert!(parsed(word).is_ok(), "{word}: {:?}", parsed(word));
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (word, from, said) in [
            ("host:", 5, "needs a value"),
            ("host:10.9.0", 5, "no address"),
            ("host:10.9.0.1/33", 14, "0 to 32"),
            ("port:http", 5, "no port"),
            ("proto:tpc", 6, "did you mean tcp"),
            ("state:waiting", 6, "close_wait"),
            ("kind:tcp.rest", 5, "tcp.reset"),
            ("rtt:50ms", 4, "50ms.."),
            ("packets:1..x", 11, "no number"),
            ("time:noon", 5, "11:26:15"),
        ] {
            let wrong = parsed(word).expect_err(word);
            assert_eq!(wrong.from, from, "{word}");
            assert!(wrong.message.contains(said), "{word}: {}", wrong.message);
        }
        assert_eq!(key_and_value("ether:1"), None);
    }

    #[test]
    fn a_conversation_is_named_by_its_number_or_its_ends() {
        assert_eq!(named("7", Lang::En), Ok(Named::Number(7)));
        let ip = |text: &str| Some(Address::Ip(text.parse().expect("an address")));
        let one = |address, port| Named::Ends(Condition::Ends(End { address, port }, None));
        assert_eq!(
            named("10.0.0.1:3572", Lang::En),
            Ok(one(ip("10.0.0.1"), Some(3572)))
        );
        assert_eq!(named("10.0.0.1", Lang::En), Ok(one(ip("10.0.0.1"), None)));
        assert_eq!(named(":3001", Lang::En), Ok(one(None, Some(3001))));
        assert_eq!(named("::1", Lang::En), Ok(one(ip("::1"), None)));
        assert_eq!(named("[::1]:80", Lang::En), Ok(one(ip("::1"), Some(80))));
        assert_eq!(
            named("10.0.0.1:3572,:80", Lang::En),
            Ok(Named::Ends(Condition::Ends(
                End {
                    address: ip("10.0.0.1"),
                    port: Some(3572)
                },
                Some(End {
                    address: None,
                    port: Some(80)
                })
            )))
        );
        for wrong in [
            "0",
            "",
            "x",
            "10.0.0.1:x",
            ":",
            "1,",
            ":70000",
            "[::1",
            "10.0.0",
        ] {
            assert!(named(wrong, Lang::En).is_err(), "{wrong}");
        }
    }
}
