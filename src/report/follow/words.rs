//! The words of a transcript, both languages side by side.

use crate::notes::Lang;
use crate::report::numbers::grouped;
use crate::report::words::Words;
use crate::track::{Delivered, PacketNumber, StreamPart};

/// What is said of missing bytes, and of bytes that came again; `None` of those that
/// are there.
pub fn mark(lang: Lang, it: &Delivered) -> Option<String> {
    let words = Words(lang);
    let (side, offset) = (words.side(it.side), grouped(it.offset));
    let said = match it.part {
        StreamPart::Bytes(_) | StreamPart::Datagram(_) => return None,
        StreamPart::Missing { bytes, is_cut } => {
            let count = words.count_bytes(bytes.into());
            match (lang, is_cut) {
                (Lang::En, true) => format!(
                    "missing: {count} of the {side} from offset {offset} on, cut off packet {} by \
                     the snapshot length",
                    packet(it)
                ),
                (Lang::En, false) => format!(
                    "missing: {count} of the {side} from offset {offset} on, in no packet of this \
                     capture"
                ),
                (Lang::Zh, true) => format!(
                    "缺少：{side}自偏移 {offset} 起的 {count}，被抓包长度限制从报文 {} 中截掉",
                    packet(it)
                ),
                (Lang::Zh, false) => {
                    format!("缺少：{side}自偏移 {offset} 起的 {count}，不在抓包的任何报文中")
                }
            }
        }
        StreamPart::SentAgain { bytes } => {
            let count = words.count_bytes(bytes.into());
            let packet = packet(it);
            match lang {
                Lang::En => format!(
                    "packet {packet}: the {side} sent {count} again, from offset {offset} on"
                ),
                Lang::Zh => format!("报文 {packet}：{side}重发了自偏移 {offset} 起的 {count}"),
            }
        }
    };
    Some(said)
}

fn packet(it: &Delivered) -> String {
    it.packet.map_or_else(|| "–".to_owned(), grouped)
}

/// That more is missing than was told.
pub fn more_missing(lang: Lang, gaps: u64, bytes: u64) -> String {
    let (gaps, bytes) = (grouped(gaps), Words(lang).count_bytes(bytes));
    match lang {
        Lang::En => format!("and {gaps} more gaps; {bytes} missing in all"),
        Lang::Zh => format!("另有 {gaps} 处空缺；共缺少 {bytes}"),
    }
}

/// That values are not shown.
pub fn hidden(lang: Lang, count: u64) -> String {
    let number = grouped(count);
    match (lang, count) {
        (Lang::En, 1) => "1 password, cookie or token is hidden (--secrets show)".to_owned(),
        (Lang::En, _) => {
            format!("{number} passwords, cookies and tokens are hidden (--secrets show)")
        }
        (Lang::Zh, _) => format!("隐藏了 {number} 个口令、cookie 和令牌（--secrets show）"),
    }
}

/// That the capture began when a side had sent bytes already.
pub fn begins_later(lang: Lang, side: &str) -> String {
    match lang {
        Lang::En => format!("the capture has not what the {side} sent before"),
        Lang::Zh => format!("抓包中没有{side}在此之前发送的内容"),
    }
}

/// That there is nothing to show.
pub fn no_bytes(lang: Lang, conversation: u64) -> String {
    match lang {
        Lang::En => format!("Conversation {conversation} carried no bytes."),
        Lang::Zh => format!("会话 {conversation} 没有传送字节。"),
    }
}

/// That what there is is none of it whole.
pub fn none_whole(lang: Lang, conversation: u64) -> String {
    match lang {
        Lang::En => format!("No datagram of conversation {conversation} became whole."),
        Lang::Zh => format!("会话 {conversation} 没有一个数据报是完整的。"),
    }
}

/// `packet 6`, `packets 6 to 9`.
pub fn packets(lang: Lang, first: PacketNumber, last: PacketNumber) -> String {
    match (lang, first == last) {
        (Lang::En, true) => format!("packet {first}"),
        (Lang::En, false) => format!("packets {first} to {last}"),
        (Lang::Zh, true) => format!("报文 {first}"),
        (Lang::Zh, false) => format!("报文 {first} 至 {last}"),
    }
}
