//! Certificates that go in clear.

use super::{host, part};
use crate::decode::tls::Certificate;
use crate::escape::escape;
use crate::notes::units::duration;
use crate::notes::wording::counted_en;
use crate::notes::{Lang, Note, Rule, Scene};
use crate::track::{TlsCertificate, TlsCertificateExpired, TlsCertificateName};

const VALID: Rule = Rule {
    id: "not before <= time of the capture <= not after",
    zh: "生效时间 <= 抓包时间 <= 失效时间",
};

const NAMED: Rule = Rule {
    id: "the server name asked for is among the certificate's names",
    zh: "所要的服务器名在证书的名字之中",
};

/// Names of hosts that a text names.
const NAMES_AT_MOST: usize = 3;

/// The day in UTC, as `2026-12-01`.
fn day(ns: Option<u64>, lang: Lang) -> String {
    let time = ns.and_then(|ns| jiff::Timestamp::from_nanosecond(ns.into()).ok());
    match time {
        Some(time) => time.strftime("%Y-%m-%d").to_string(),
        None => lang.pick("no end", "无期限").to_owned(),
    }
}

/// What is told of every certificate.
fn values(certificate: &Certificate, note: &mut Note) {
    note.value("subject", certificate.subject.clone())
        .value("issuer", certificate.issuer.clone())
        .value("names", certificate.names.clone())
        .value("not_before_time_ns", certificate.not_before_ns)
        .value("not_after_time_ns", certificate.not_after_ns)
        .value("key", certificate.key.clone())
        .value("signature", certificate.signature.clone());
}

/// The hosts that a certificate is for.
fn names(certificate: &Certificate, lang: Lang) -> String {
    let shown = certificate.names.iter().take(NAMES_AT_MOST);
    let mut shown: Vec<String> = shown.map(|name| host(name)).collect();
    if shown.is_empty() {
        shown.push(host(&certificate.subject));
    }
    let more = certificate.names_count.saturating_sub(NAMES_AT_MOST);
    let text = shown.join(lang.pick(", ", "、"));
    match (lang, more) {
        (_, 0) => text,
        (Lang::En, _) => format!("{text} and {more} more"),
        (Lang::Zh, _) => format!("{text} 等 {} 个", more + NAMES_AT_MOST),
    }
}

pub fn certificate(event: &TlsCertificate, scene: &Scene, note: &mut Note) {
    let own = event.certificates.first();
    note.value("of", if event.of_server { "server" } else { "client" })
        .value("certificates", event.count as u64)
        .value("bytes", event.bytes as u64)
        .value("server_name", event.server_name.clone())
        .value("in_order", event.in_order)
        .related(Some(event.first.packet).filter(|number| !scene.is_on(*number)));
    if let Some(own) = own {
        values(own, note);
    }
    let Some(own) = own else {
        let none = event.count == 0;
        note.say(
            || match (none, event.of_server) {
                (true, false) => {
                    "The client was asked for a certificate and has none to show.".to_owned()
                }
                (true, true) => "The server shows no certificate.".to_owned(),
                (false, _) => {
                    format!(
                        "{} that cannot be read as X.509.",
                        match event.count {
                            1 => "A certificate".to_owned(),
                            more => format!("{more} certificates"),
                        }
                    )
                }
            },
            || match (none, event.of_server) {
                (true, false) => "服务器要证书，客户端没有可出示的。".to_owned(),
                (true, true) => "服务器没有出示证书。".to_owned(),
                (false, _) => format!("{} 张证书，但读不出 X.509 的内容。", event.count),
            },
        );
        return;
    };
    let at_ns = event.last.time_ns;
    let is_valid = own.not_before_ns.is_some_and(|start| start <= at_ns)
        && own.not_after_ns.is_none_or(|end| at_ns <= end);
    // What does not hold is told as a kind of its own.
    if is_valid {
        note.check(VALID, Some(true), true);
    }
    if own.names_host == Some(true) {
        note.check(NAMED, Some(true), true);
    }
    note.say(
        || {
            let mut who = part(event.of_server, Lang::En).to_owned();
            if let Some(first) = who.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            let order = match event.in_order {
                Some(false) => " They are not in order: each should be signed by the next.",
                _ => "",
            };
            let by = match own.is_self_issued {
                true => "signed by itself".to_owned(),
                false => format!("signed by {}", host(&own.issuer)),
            };
            format!(
                "{who} shows {} ({} bytes): for {}, {by}, valid from {} to {}, key {}.{order}",
                counted_en(event.count as u64, "certificate"),
                event.bytes,
                names(own, Lang::En),
                day(own.not_before_ns, Lang::En),
                day(own.not_after_ns, Lang::En),
                escape(&own.key),
            )
        },
        || {
            let order = match event.in_order {
                Some(false) => "次序不对：每一张应由下一张签发。",
                _ => "",
            };
            let by = match own.is_self_issued {
                true => "自签名".to_owned(),
                false => format!("由 {} 签发", host(&own.issuer)),
            };
            format!(
                "{}出示 {} 张证书（{} 字节）：用于 {}，{by}，有效期 {} 至 {}，密钥 {}。{order}",
                part(event.of_server, Lang::Zh),
                event.count,
                event.bytes,
                names(own, Lang::Zh),
                day(own.not_before_ns, Lang::Zh),
                day(own.not_after_ns, Lang::Zh),
                escape(&own.key),
            )
        },
    );
}

pub fn expired(event: &TlsCertificateExpired, _: &Scene, note: &mut Note) {
    let own = &event.certificate;
    let early = own
        .not_before_ns
        .and_then(|start| start.checked_sub(event.at_ns))
        .filter(|ns| *ns > 0);
    let late = own.not_after_ns.map(|end| event.at_ns.saturating_sub(end));
    values(own, note);
    note.value("captured_time_ns", event.at_ns)
        .value("early_by", early.map(duration))
        .value("late_by", late.filter(|_| early.is_none()).map(duration));
    note.say(
        || match early {
            Some(ns) => format!(
                "The certificate for {} is not valid yet: it begins on {}, {} after this packet \
                 (or a clock is wrong).",
                names(own, Lang::En),
                day(own.not_before_ns, Lang::En),
                duration(ns),
            ),
            None => format!(
                "The certificate for {} has expired: it ended on {}, {} before this packet (or a \
                 clock is wrong).",
                names(own, Lang::En),
                day(own.not_after_ns, Lang::En),
                duration(late.unwrap_or_default()),
            ),
        },
        || match early {
            Some(ns) => format!(
                "{} 的证书尚未生效：{} 才开始，在此报文之后 {}（或是时钟不准）。",
                names(own, Lang::Zh),
                day(own.not_before_ns, Lang::Zh),
                duration(ns),
            ),
            None => format!(
                "{} 的证书已过期：{} 到期，在此报文之前 {}（或是时钟不准）。",
                names(own, Lang::Zh),
                day(own.not_after_ns, Lang::Zh),
                duration(late.unwrap_or_default()),
            ),
        },
    );
}

pub fn name(event: &TlsCertificateName, _: &Scene, note: &mut Note) {
    let own = &event.certificate;
    values(own, note);
    note.value("server_name", event.server_name.clone());
    note.say(
        || {
            format!(
                "The client asked for {}, and the certificate is for {}: a client that checks \
                 names breaks off.",
                host(&event.server_name),
                names(own, Lang::En),
            )
        },
        || {
            format!(
                "客户端要的是 {}，证书却属于 {}：会核对名字的客户端将中止。",
                host(&event.server_name),
                names(own, Lang::Zh),
            )
        },
    );
}
