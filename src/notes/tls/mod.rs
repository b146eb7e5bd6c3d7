//! The topic `tls`: its note in both languages, and the words for its events (RFC
//! 8446, RFC 5246, RFC 5280).

mod certificates;
mod ends;
mod hellos;
#[cfg(test)]
mod tests;

pub use certificates::{certificate, expired, name};
pub use ends::{alert, early_data, established, failed, plaintext};
pub use hellos::{client_hello, not_offered, retry, server_hello, version_old};

use crate::decode::tls::{Version, group_name, suite_name};
use crate::escape::escape;
use crate::notes::{Lang, Topic};

pub static TOPIC: Topic = Topic {
    name: "tls",
    title_en: "TLS and HTTPS",
    title_zh: "TLS 与 HTTPS",
    also: &[
        "https",
        "ssl",
        "tls-handshake",
        "client-hello",
        "server-hello",
        "certificate",
        "sni",
        "alpn",
        "ja4",
        "cipher-suite",
        "session-ticket",
        "0-rtt",
        "ech",
        "starttls",
        "dtls",
        "加密",
        "证书",
        "会话恢复",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

/// A cipher suite, by its name or its number.
fn suite(number: u16) -> String {
    suite_name(number).map_or_else(|| format!("0x{number:04x}"), str::to_owned)
}

/// A group, by its name or its number.
fn group(number: u16) -> String {
    group_name(number).map_or_else(|| format!("0x{number:04x}"), str::to_owned)
}

/// A host's name as a text shows it.
fn host(name: &str) -> String {
    let mut shown: String = name.chars().take(NAME_AT_MOST).collect();
    if shown.len() < name.len() {
        shown.push('…');
    }
    escape(&shown).into_owned()
}

/// A name is cut behind so many characters.
const NAME_AT_MOST: usize = 80;

/// The names of versions.
fn versions(all: &[Version]) -> Vec<String> {
    all.iter().map(|version| version.name()).collect()
}

/// Who sent it, by the part that it plays in TLS.
const fn part(of_server: bool, lang: Lang) -> &'static str {
    match of_server {
        true => lang.pick("the server", "服务器"),
        false => lang.pick("the client", "客户端"),
    }
}
