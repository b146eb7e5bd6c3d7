//! The topic `http-versions`: its note in both languages, and the words for the
//! version that a connection speaks (RFC 9112, RFC 9113, RFC 9114).

use crate::decode::http::Version;
use crate::notes::wording::{packet, packets};
use crate::notes::{Lang, Note, Scene, Topic};
use crate::track::HttpVersion;

pub static TOPIC: Topic = Topic {
    name: "http-versions",
    title_en: "HTTP/1.1, HTTP/2, HTTP/3",
    title_zh: "HTTP/1.1、HTTP/2、HTTP/3 的版本差别",
    also: &[
        "http-version",
        "http-2",
        "http2",
        "http/2",
        "http-3",
        "http3",
        "http/3",
        "h2",
        "h3",
        "hpack",
        "qpack",
        "multiplexing",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn spoken(event: &HttpVersion, _: &Scene, note: &mut Note) {
    let version = event.spoken();
    let evidence = [event.request, event.response];
    note.value("version", version.name())
        .value("request_version", event.of_request.name())
        .value("response_version", event.of_response.name())
        .value("evidence", "request line")
        .related(evidence);
    let differ = event.of_request != event.of_response;
    note.say(
        || {
            let by = match differ {
                true => format!(
                    "the request line says {} ({}) and the answer {} ({}), the lower one counts",
                    event.of_request.name(),
                    packet(event.request, Lang::En),
                    event.of_response.name(),
                    packet(event.response, Lang::En),
                ),
                false => format!(
                    "by request line and answer ({})",
                    packets(&evidence, Lang::En)
                ),
            };
            format!(
                "The connection speaks HTTP/{}, {by}: {}.",
                version.name(),
                means(version, Lang::En)
            )
        },
        || {
            let by = match differ {
                true => format!(
                    "请求行写的是 {}（{}），响应是 {}（{}），以低的为准",
                    event.of_request.name(),
                    packet(event.request, Lang::Zh),
                    event.of_response.name(),
                    packet(event.response, Lang::Zh),
                ),
                false => format!("依据是请求行和响应（{}）", packets(&evidence, Lang::Zh)),
            };
            format!(
                "本连接使用 HTTP/{}，{by}：{}。",
                version.name(),
                means(version, Lang::Zh)
            )
        },
    );
}

/// What follows from a version.
fn means(version: Version, lang: Lang) -> &'static str {
    if version.persists() {
        lang.pick(
            "text, one answer after the other, and the connection stays open until one side \
             says close",
            "文本格式，响应一个接一个，连接保持打开，直到一方说 close",
        )
    } else if version.names_itself() {
        lang.pick(
            "text, and one exchange a connection unless both ask for more (keep-alive)",
            "文本格式，每条连接只有一次往来，除非双方都要求保持（keep-alive）",
        )
    } else {
        lang.pick(
            "a line asks, and the bytes up to the end of the connection are the answer",
            "一行请求，直到连接关闭的全部字节就是响应",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::annotated;
    use crate::track::Event;

    #[test]
    fn the_lower_of_two_versions_is_spoken() {
        let version = |minor| Version { major: 1, minor };
        let mut event = HttpVersion {
            of_request: version(1),
            of_response: version(1),
            request: 4,
            response: 6,
        };
        let told = annotated(
            &Event::HttpVersion(event),
            Severity::Note,
            &["HTTP/1.1", "4"],
        );
        assert_eq!(told.related.as_slice(), [4, 6]);
        assert!(told.text.contains("stays open until"), "{}", told.text);
        event.of_response = version(0);
        let words = ["HTTP/1.0", "1.1", "keep-alive"];
        annotated(&Event::HttpVersion(event), Severity::Note, &words);
        event.of_request = Version::OLDEST;
        event.of_response = Version::OLDEST;
        annotated(&Event::HttpVersion(event), Severity::Note, &["HTTP/0.9"]);
    }
}
