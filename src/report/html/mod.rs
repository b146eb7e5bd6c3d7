//! `wirenotes report`: one page that stands alone, for whoever has no terminal. What
//! was gathered comes in, HTML goes out. Both languages are inside, nothing is
//! loaded from elsewhere, and the page's own policy forbids it.
//!
//! All text that is not ours is escaped twice: control characters as everywhere
//! ([`crate::escape`]), and what HTML would obey by `maud`. Scripts and styles run
//! by their hashes alone, so that nothing else would, even if it got in.

mod gather;
mod notes;
mod sections;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::escape::escape;
use crate::notes::Lang;

pub use gather::{CLOSE, Close, Gathered, Gatherer, PACKETS};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// No page is larger: what is shown from near gives way.
pub const MOST_BYTES: usize = 3_000_000;

/// Where a page comes from.
#[derive(Clone, Debug, Default)]
pub struct Provenance {
    /// The command that made it.
    pub command: String,
    /// The captures.
    pub files: Vec<Input>,
}

/// A capture that was read.
#[derive(Clone, Debug)]
pub struct Input {
    /// As it was named.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 (FIPS 180-4), 64 hexadecimal digits; `None` where it could not be
    /// read a second time.
    pub sha256: Option<String>,
}

/// A page in the making.
pub struct Page<'a> {
    /// What the first way through the captures gave.
    pub gathered: &'a Gathered,
    /// What is shown from near, the worst first.
    pub close: &'a [Close],
    /// Where it comes from.
    pub provenance: &'a Provenance,
    /// The language that is shown first.
    pub lang: Lang,
}

/// The code of a language, as in `lang` attributes and in names of places.
const fn code(lang: Lang) -> &'static str {
    lang.pick("en", "zh")
}

/// The page, of [`MOST_BYTES`] at the most where that can be.
#[must_use]
pub fn page(page: &Page<'_>) -> String {
    let mut close = page.close;
    loop {
        let drawn = Page { close, ..*page }.render().into_string();
        let fewer = close.len() * 3 / 4;
        if drawn.len() <= MOST_BYTES || close.is_empty() {
            return drawn;
        }
        close = close.get(..fewer).unwrap_or_default();
    }
}

impl Page<'_> {
    fn render(&self) -> Markup {
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; \
             form-action 'none'",
            hash(STYLE),
            hash(SCRIPT)
        );
        let other = self.lang.pick(Lang::Zh, Lang::En);
        let name = self.name();
        html! {
            (DOCTYPE)
            html lang=(tag(self.lang)) {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="generator" content=(generator());
                    title { "wirenotes: " (name) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    header {
                        h1 { "wirenotes · " (name) }
                        button type="button" id="language" lang=(tag(other)) hidden {
                            (spoken(other))
                        }
                    }
                    main {
                        @for lang in Lang::ALL {
                            div id=(code(lang)) lang=(tag(lang)) data-name=(spoken(lang))
                                hidden[lang != self.lang] {
                                (self.sections(lang))
                            }
                        }
                    }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        }
    }

    /// What was read, in a few words.
    fn name(&self) -> String {
        match self.gathered.summary.files.as_slice() {
            [one] => escape(one.rsplit('/').next().unwrap_or(one)).into_owned(),
            files => format!("{} captures", files.len()),
        }
    }
}

/// `wirenotes 0.1.0`.
fn generator() -> String {
    format!("wirenotes {}", env!("CARGO_PKG_VERSION"))
}

const fn tag(lang: Lang) -> &'static str {
    lang.pick("en", "zh-CN")
}

const fn spoken(lang: Lang) -> &'static str {
    lang.pick("English", "中文")
}

/// The hash by which a policy allows a text (CSP level 2).
fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_as_policies_write_it() {
        // The empty text, as in the policies of many sites.
        assert_eq!(hash(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    #[test]
    fn neither_style_nor_script_ends_its_own_element() {
        assert!(!STYLE.contains("</") && !SCRIPT.contains("</"));
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import"));
    }
}
