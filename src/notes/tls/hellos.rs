//! What is offered and what is chosen.

use super::{group, host, suite, versions};
use crate::decode::tls::{ClientHello, Version, extension_name, is_grease};
use crate::escape::escape;
use crate::notes::units::duration;
use crate::notes::wording::{counted_en, list, packet};
use crate::notes::{Lang, Note, Rule, Scene};
use crate::track::{
    NotOffered, Seen, TlsClientHello, TlsNotOffered, TlsRetry, TlsServerHello, TlsVersionOld,
};

const OFFERED: Rule = Rule {
    id: "the cipher suite chosen is one of those offered",
    zh: "选定的密码套件在所提供的之中",
};

const CHOSEN: Rule = Rule {
    id: "what is chosen was offered",
    zh: "选定的必须是对方提供过的",
};

/// Versions that a text names; a client of TLS 1.2 offers all below too.
const NAMED_AT_MOST: usize = 4;

/// Numbers without those that mean nothing.
fn meant(all: &[u16]) -> impl Iterator<Item = u16> + '_ {
    all.iter().copied().filter(|number| !is_grease(*number))
}

fn extensions(hello: &ClientHello) -> Vec<String> {
    let name =
        |number: u16| extension_name(number).map_or_else(|| number.to_string(), str::to_owned);
    meant(&hello.extensions).map(name).collect()
}

pub fn client_hello(event: &TlsClientHello, scene: &Scene, note: &mut Note) {
    let hello = &event.hello;
    let offered = hello.versions();
    note.value("server_name", hello.server_name.clone())
        .value("versions", versions(&offered))
        .value("alpn", hello.alpn.clone())
        .value(
            "cipher_suites",
            meant(&hello.suites).map(suite).collect::<Vec<_>>(),
        )
        .value(
            "groups",
            meant(&hello.groups).map(group).collect::<Vec<_>>(),
        )
        .value(
            "key_shares",
            meant(&hello.key_shares).map(group).collect::<Vec<_>>(),
        )
        .value("extensions", extensions(hello))
        .value("session_id_bytes", hello.session_id.len() as u64)
        .value("ticket_bytes", hello.ticket.map(|bytes| bytes as u64))
        .value("pre_shared_key", hello.offers_psk)
        .value("early_data", hello.early_data)
        .value("encrypted_client_hello", hello.encrypted_client_hello)
        .value("bytes", hello.bytes as u64)
        .value("packets", event.packets)
        .value("fingerprint", event.fingerprint.clone())
        .value("before", event.before);
    let earlier = [Some(event.first.packet), event.before];
    note.related(
        earlier
            .into_iter()
            .flatten()
            .filter(|number| !scene.is_on(*number)),
    );
    let suites = meant(&hello.suites).count() as u64;
    let named = versions(offered.get(..NAMED_AT_MOST).unwrap_or(&offered));
    note.say(
        || {
            let which = match event.before {
                Some(_) => "The client offers again, with what was asked for",
                None => "The client offers",
            };
            let to = hello
                .server_name
                .as_ref()
                .map_or(String::new(), |name| format!(" to {}", host(name)));
            let inside = match hello.alpn.as_slice() {
                [] => String::new(),
                all => format!(", inside {}", escape(&list(all, Lang::En))),
            };
            let length = match event.packets {
                0 | 1 => format!("{} bytes", hello.bytes),
                more => format!("{} bytes in {more} packets", hello.bytes),
            };
            let more = more(event, Lang::En);
            format!(
                "{which} {}{to}: {}{inside} ({length}).{more}",
                list(&named, Lang::En),
                counted_en(suites, "cipher suite"),
            )
        },
        || {
            let which = match event.before {
                Some(_) => "客户端按要求重新提出",
                None => "客户端提出",
            };
            let to = hello
                .server_name
                .as_ref()
                .map_or(String::new(), |name| format!("，要访问 {}", host(name)));
            let inside = match hello.alpn.as_slice() {
                [] => String::new(),
                all => format!("，内层协议 {}", escape(&list(all, Lang::Zh))),
            };
            let length = match event.packets {
                0 | 1 => format!("{} 字节", hello.bytes),
                more => format!("{} 字节，分在 {more} 个报文里", hello.bytes),
            };
            let more = more(event, Lang::Zh);
            format!(
                "{which} {}{to}：{suites} 个密码套件{inside}（{length}）。{more}",
                list(&named, Lang::Zh),
            )
        },
    );
}

/// What else is worth a sentence.
fn more(event: &TlsClientHello, lang: Lang) -> String {
    let hello = &event.hello;
    let mut said = Vec::new();
    if hello.offers_psk {
        said.push(lang.pick(
            "It knows a key from an earlier session and would go on with that.",
            "它有上次会话的密钥，想据此恢复。",
        ));
    } else if hello.ticket.is_some_and(|bytes| bytes > 0) {
        said.push(lang.pick(
            "It shows the ticket of an earlier session and would go on with that.",
            "它出示上次会话的票据，想据此恢复。",
        ));
    }
    if hello.encrypted_client_hello {
        said.push(lang.pick(
            "It has an encrypted hello inside, or random bytes that only look like one \
             (nobody on the way can tell): if it is real, the name here is the outer one.",
            "其中带有加密的 hello，也可能只是看上去像的随机字节（途中无法分辨）：\
             若是真的，这里的名字就只是外层的。",
        ));
    }
    let sentences = said.join(lang.pick(" ", ""));
    match (lang, sentences.is_empty()) {
        (Lang::En, false) => format!(" {sentences}"),
        _ => sentences,
    }
}

/// What both answers of a server have.
fn values(event: &TlsServerHello, scene: &Scene, note: &mut Note) {
    let hello = &event.hello;
    let waited_ns = event
        .asked
        .map(|asked| event.first.time_ns.saturating_sub(asked.time_ns));
    let asked = event.asked.map(|asked| asked.packet);
    note.value("version", hello.version().name())
        .value("cipher_suite", suite(hello.suite))
        .value("group", hello.group.map(group))
        .value("alpn", hello.alpn.clone())
        .value(
            "session_id_echoed",
            event.offered.as_ref().map(|_| event.is_compatible()),
        )
        .value("pre_shared_key", hello.takes_psk)
        .value("bytes", hello.bytes as u64)
        .value("client_hello", asked)
        .value("wait_ns", waited_ns)
        .related(asked)
        .related(Some(event.first.packet).filter(|number| !scene.is_on(*number)));
    if let Some(offered) = &event.offered
        && offered.suites.contains(&hello.suite)
    {
        note.check(OFFERED, Some(suite(hello.suite)), suite(hello.suite));
    }
}

pub fn server_hello(event: &TlsServerHello, scene: &Scene, note: &mut Note) {
    let hello = &event.hello;
    let version = hello.version();
    values(event, scene, note);
    let waited = event
        .asked
        .map(|asked| duration(event.first.time_ns.saturating_sub(asked.time_ns)));
    note.say(
        || {
            let keys = hello.group.map_or(String::new(), |number| {
                format!(", keys by {}", group(number))
            });
            let after = waited
                .as_ref()
                .map_or(String::new(), |waited| format!(" after {waited}"));
            let inside = hello
                .alpn
                .as_ref()
                .map_or(String::new(), |alpn| format!(", inside {}", escape(alpn)));
            let rest = match (version.is_13(), event.is_compatible()) {
                (true, true) => {
                    " All behind it is encrypted, the certificate too. It sends the client's \
                     made-up session back, to look like TLS 1.2."
                }
                (true, false) => " All behind it is encrypted, the certificate too.",
                (false, _) => "",
            };
            format!(
                "The server chooses {}{after}: {}{keys}{inside}.{rest}",
                version.name(),
                suite(hello.suite),
            )
        },
        || {
            let keys = hello.group.map_or(String::new(), |number| {
                format!("，用 {} 交换密钥", group(number))
            });
            let after = waited
                .as_ref()
                .map_or(String::new(), |waited| format!("在 {waited} 后"));
            let inside = hello
                .alpn
                .as_ref()
                .map_or(String::new(), |alpn| format!("，内层协议 {}", escape(alpn)));
            let rest = match (version.is_13(), event.is_compatible()) {
                (true, true) => {
                    "此后的内容全部加密，包括证书。它原样送回客户端随便编的会话标识，\
                     让人看着像 TLS 1.2。"
                }
                (true, false) => "此后的内容全部加密，包括证书。",
                (false, _) => "",
            };
            format!(
                "服务器{after}选定 {}：{}{keys}{inside}。{rest}",
                version.name(),
                suite(hello.suite),
            )
        },
    );
}

pub fn retry(event: &TlsRetry, scene: &Scene, note: &mut Note) {
    match event {
        TlsRetry::Hello(event) => retry_by_hello(event, scene, note),
        TlsRetry::Cookie {
            bytes,
            asked,
            first,
        } => retry_with_cookie(*bytes, *asked, *first, note),
    }
}

fn retry_with_cookie(bytes: usize, asked: Option<Seen>, first: Seen, note: &mut Note) {
    let waited_ns = asked.map(|asked| first.time_ns.saturating_sub(asked.time_ns));
    let asked = asked.map(|asked| asked.packet);
    note.value("cookie_bytes", bytes as u64)
        .value("client_hello", asked)
        .value("wait_ns", waited_ns)
        .related(asked);
    note.say(
        || {
            format!(
                "HelloVerifyRequest: the server asks for the ClientHello once more, with its \
                 cookie of {bytes} bytes: only who really is at that address gets it, and nobody \
                 can make the server send much to another by a false address. It costs one more \
                 round trip.",
            )
        },
        || {
            format!(
                "HelloVerifyRequest：服务器要求带上它的 {bytes} 字节 cookie 重发 ClientHello：\
                 只有真在该地址的主机才收得到它，伪造地址的人无法借服务器去淹没别人。\
                 多花一次往返。",
            )
        },
    );
}

fn retry_by_hello(event: &TlsServerHello, scene: &Scene, note: &mut Note) {
    let hello = &event.hello;
    values(event, scene, note);
    let shares = event
        .offered
        .as_ref()
        .map(|offered| meant(&offered.key_shares).map(group).collect::<Vec<_>>());
    note.say(
        || {
            let wants = match hello.group {
                Some(number) => {
                    let sent = shares.as_ref().filter(|shares| !shares.is_empty());
                    let sent = sent.map_or(String::new(), |shares| {
                        format!(
                            ", which the client had sent for {} only",
                            list(shares, Lang::En)
                        )
                    });
                    format!("it wants a key share for {}{sent}", group(number))
                }
                None => "it wants a cookie sent back".to_owned(),
            };
            format!(
                "HelloRetryRequest: the server asks for another ClientHello; {wants}. It costs \
                 one more round trip.",
            )
        },
        || {
            let wants = match hello.group {
                Some(number) => {
                    let sent = shares.as_ref().filter(|shares| !shares.is_empty());
                    let sent = sent.map_or(String::new(), |shares| {
                        format!("，而客户端只带了 {} 的", list(shares, Lang::Zh))
                    });
                    format!("它要 {} 的密钥份额{sent}", group(number))
                }
                None => "它要客户端把 cookie 送回来".to_owned(),
            };
            format!("HelloRetryRequest：服务器要求重发 ClientHello，{wants}。多花一次往返。")
        },
    );
}

pub fn version_old(event: &TlsVersionOld, _: &Scene, note: &mut Note) {
    let name = event.version.name();
    let is_client = event
        .offered
        .is_some_and(|offered| offered.rank() <= event.version.rank());
    note.value("version", name.clone())
        .value("highest_offered", event.offered.map(Version::name));
    note.say(
        || {
            let because = match (is_client, event.offered) {
                (true, _) => "the client offers nothing newer",
                (false, Some(offered)) => {
                    return format!(
                        "{name} is agreed on, which is no longer to be used (RFC 8996): the \
                         server knows nothing newer, the client would speak {}.",
                        offered.name()
                    );
                }
                (false, None) => "the client's offer was not captured",
            };
            format!("{name} is agreed on, which is no longer to be used (RFC 8996): {because}.")
        },
        || {
            let because = match (is_client, event.offered) {
                (true, _) => "客户端没有提供更新的版本".to_owned(),
                (false, Some(offered)) => {
                    format!("服务器不会更新的版本，客户端本可用 {}", offered.name())
                }
                (false, None) => "没有捕获到客户端提供了什么".to_owned(),
            };
            format!("双方商定 {name}，该版本已不应再用（RFC 8996）：{because}。")
        },
    );
}

pub fn not_offered(event: &TlsNotOffered, _: &Scene, note: &mut Note) {
    let offered = &event.offered;
    let (what, chosen, from): (_, String, Vec<String>) = match &event.chosen {
        NotOffered::Suite(number) => (
            ("cipher_suite", "cipher suite", "密码套件"),
            suite(*number),
            meant(&offered.suites).map(suite).collect(),
        ),
        NotOffered::Group(number) => (
            ("group", "group", "密钥交换的组"),
            group(*number),
            meant(&offered.groups).map(group).collect(),
        ),
        NotOffered::Version(version) => (
            ("version", "version", "版本"),
            version.name(),
            versions(&offered.versions()),
        ),
        NotOffered::Alpn(name) => (
            ("alpn", "protocol", "内层协议"),
            name.clone(),
            offered.alpn.clone(),
        ),
    };
    note.value("of", what.0)
        .value("chosen", chosen.clone())
        .value("client_hello", event.hello)
        .related([event.hello]);
    note.judge(CHOSEN, Some(from), vec![chosen.clone()], Some(false));
    note.say(
        || {
            format!(
                "The server chooses the {} {}, which the client did not offer ({}): it must \
                 break off.",
                what.1,
                escape(&chosen),
                packet(event.hello, Lang::En),
            )
        },
        || {
            format!(
                "服务器选定的{}是 {}，而客户端并未提供（{}）：客户端必须中止。",
                what.2,
                escape(&chosen),
                packet(event.hello, Lang::Zh),
            )
        },
    );
}
