//! What every field is called and what it is for, in both languages. One row
//! a field, one file a family of protocols; a test walks the decoders and
//! finds each of their names here.

mod dhcp;
mod dns;
mod dns_records;
mod http;
mod icmp;
mod ip;
mod link;
mod tcp;
mod tls;
mod tunnels;
mod websocket;

use crate::notes::Lang;

/// One field.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The name that the decoders use.
    pub name: &'static str,
    label_en: &'static str,
    label_zh: &'static str,
    about_en: &'static str,
    about_zh: &'static str,
}

impl Row {
    /// The name that readers use.
    #[must_use]
    pub const fn label(&self, lang: Lang) -> &'static str {
        lang.pick(self.label_en, self.label_zh)
    }

    /// What it is for; of a flag, what it says when it is set.
    #[must_use]
    pub const fn about(&self, lang: Lang) -> &'static str {
        lang.pick(self.about_en, self.about_zh)
    }
}

/// `"name" "label" "标签" "what it is for" "作用";`, many times.
macro_rules! table {
    ($($name:literal $label_en:literal $label_zh:literal $about_en:literal $about_zh:literal;)*) => {
        pub(super) static ROWS: &[super::Row] = &[$(super::Row {
            name: $name,
            label_en: $label_en,
            label_zh: $label_zh,
            about_en: $about_en,
            about_zh: $about_zh,
        },)*];
    };
}
use table;

/// What is left of a header of which the capture has only the start.
static CUT: Row = Row {
    name: "cut",
    label_en: "(cut off)",
    label_zh: "（被截断）",
    about_en: "the header goes on, but these are its last bytes here",
    about_zh: "头部还没有结束，但这里只有这些字节",
};

/// Header bytes of no known meaning.
static REST: Row = Row {
    name: "rest",
    label_en: "(rest)",
    label_zh: "（其余）",
    about_en: "bytes of the header that are not decoded further",
    about_zh: "头部中没有进一步解码的字节",
};

/// Every field with a row of its own.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [
        link::ROWS,
        ip::ROWS,
        tcp::ROWS,
        icmp::ROWS,
        dns::ROWS,
        dns_records::ROWS,
        dhcp::ROWS,
        http::ROWS,
        tls::ROWS,
        websocket::ROWS,
        tunnels::ROWS,
    ]
    .into_iter()
    .flatten()
}

/// The row of a field, by its name.
#[must_use]
pub fn row(name: &str) -> Option<&'static Row> {
    rows()
        .find(|row| row.name == name)
        .or_else(|| match name.rsplit('.').next() {
            Some("cut") => Some(&CUT),
            Some("rest") => Some(&REST),
            _ => None,
        })
}
