//! The words of explanations, both languages side by side.

use crate::notes::Lang;
use crate::report::numbers::grouped;
use crate::report::words::{Words, words};

words! {
    the_bytes "The bytes, layer by layer" "字节（按层分开）";
    quoted_packet "Quoted in it: the packet that the error is about" "所引用的报文：差错由它引起";
    wrapped "How the layers wrap each other" "逐层封装";
    payload_text "The payload as text" "载荷的文本";
    peeled "How the receiver's kernel unwraps it" "接收方内核逐层拆开";
    around_it "The conversation around it" "前后的报文";
    refers_to "It answers or refers to" "它应答或涉及";
    referred_by "It is answered or referred to by" "应答或涉及它的";
    read_more "Read more" "进一步阅读";
    the_comment "comment" "注释";
    at_column "byte" "字节";
    value_column "value" "值";
    meaning_column "meaning" "含义";
    this_one "▶" "▶";
    first "first" "第一个";
    second "second" "第二个";
    only_first "only in the first" "只在第一个里有";
    only_second "only in the second" "只在第二个里有";
    differs "≠ differs" "≠ 不同";
    same_fields "same" "相同";
    raw "raw" "原始";
    broken_here ": broken, as far as it goes" "：有损坏，只能读到这里";
    not_decoded "not decoded" "未能解码";
    all_alike "Every field is the same." "所有字段都相同。";
}

impl Words {
    /// Where a header stands and how long it is.
    pub fn span(self, first: u64, last: u64, bytes: u64) -> String {
        match (self.0, bytes) {
            (Lang::En, 0) => "no bytes of its own".to_owned(),
            (Lang::Zh, 0) => "没有自己的字节".to_owned(),
            (Lang::En, 1) => format!("byte {first}: 1 byte"),
            (Lang::En, _) => format!("bytes {first}–{last}: {} bytes", grouped(bytes)),
            (Lang::Zh, 1) => format!("第 {first} 字节：1 字节"),
            (Lang::Zh, _) => format!("第 {first}–{last} 字节：{} 字节", grouped(bytes)),
        }
    }

    /// Bytes that a dump leaves out.
    pub fn more_bytes(self, count: u64) -> String {
        match self.0 {
            Lang::En => format!("… and {} more", self.count_bytes(count)),
            Lang::Zh => format!("……另有 {}", self.count_bytes(count)),
        }
    }

    /// The sum of headers and payload.
    pub fn bill(self, headers: u64, payload: u64, padding: u64, total: u64, share: &str) -> String {
        let padding = match (self.0, padding) {
            (_, 0) => String::new(),
            (Lang::En, padding) => format!(", {padding} of padding"),
            (Lang::Zh, padding) => format!("，填充 {padding} 字节"),
        };
        match self.0 {
            Lang::En => format!(
                "{headers} of {total} bytes are headers{padding}; the payload is {payload}: {share}"
            ),
            Lang::Zh => format!(
                "{total} 字节中头部 {headers} 字节{padding}，载荷 {payload} 字节，占 {share}"
            ),
        }
    }
}
