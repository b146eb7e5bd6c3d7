//! The topic `connection-identity`: its note in both languages, and the words
//! for its events (RFC 9293, section 3.3.1; RFC 6528 for the new x).

use crate::notes::units::duration;
use crate::notes::{Note, Scene, Topic};
use crate::track::PortReused;

pub static TOPIC: Topic = Topic {
    name: "connection-identity",
    title_en: "The 4-tuple: what names a connection",
    title_zh: "四元组：连接的身份",
    also: &[
        "4-tuple",
        "four-tuple",
        "tuple",
        "5-tuple",
        "socket-pair",
        "四元组",
        "五元组",
        "连接标识",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn port_reused(event: &PortReused, _: &Scene, note: &mut Note) {
    let (earlier, after) = (event.earlier, duration(event.after_ns));
    note.value("earlier_conversation", earlier)
        .value("after_ns", event.after_ns)
        .value("was_closed", event.was_closed);
    note.say(
        || {
            let end = if event.was_closed {
                "That one had been closed, so this is ordinary"
            } else {
                "That one was not closed in this capture: its client may have crashed or been \
                 restarted, or the close was missed"
            };
            format!(
                "Opens a new connection under the same addresses and ports as conversation \
                 {earlier}, {after} after its last packet. {end}; the new initial sequence number \
                 keeps their bytes apart."
            )
        },
        || {
            let end = if event.was_closed {
                "那条连接已经关闭，这是正常现象"
            } else {
                "抓包里没有看到那条连接关闭：可能客户端崩溃或重启过，也可能漏抓了关闭过程"
            };
            format!(
                "用与会话 {earlier} 相同的地址和端口建立新连接，距其最后一个报文 {after}。{end}；\
                 新的初始序号把两者的字节区分开来。"
            )
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::annotated;
    use crate::track::Event;

    #[test]
    fn a_reuse_names_the_earlier_conversation() {
        for was_closed in [true, false] {
            let event = PortReused {
                earlier: 3,
                after_ns: 12_000_000_000,
                was_closed,
            };
            let annotation = annotated(&Event::PortReused(event), Severity::Note, &["3", "12.0 s"]);
            assert_eq!(annotation.text.contains("ordinary"), was_closed);
        }
    }
}
