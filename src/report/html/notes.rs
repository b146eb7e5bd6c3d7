//! The notes as they stand in a page: Markdown comes in, HTML goes out. They are
//! our own texts; what they hold of HTML is shown, not obeyed.

use std::collections::BTreeSet;

use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::notes::{Kind, Lang, TOPICS, Topic};

/// The notes of these topics, in the order in which they are best read.
pub fn notes(topics: &BTreeSet<&'static str>, lang: Lang) -> Markup {
    let used = TOPICS.iter().filter(|topic| topics.contains(topic.name));
    html! {
        @for topic in used {
            details.note id=(id(topic.name, lang)) {
                summary { (topic.title(lang)) }
                (rendered(topic, lang))
            }
        }
    }
}

/// Where the note stands in the page of a language.
fn id(topic: &str, lang: Lang) -> String {
    format!("{}-note-{topic}", super::code(lang))
}

/// The name of a kind, leading to its note.
pub fn link(kind: Kind, lang: Lang) -> Markup {
    html! {
        a.kind href=(format!("#{}", id(kind.topic(), lang))) { (kind.name()) }
    }
}

fn rendered(topic: &Topic, lang: Lang) -> Markup {
    let events = Parser::new_ext(topic.text(lang), Options::ENABLE_TABLES);
    // The first heading is the summary; the others stand below the page's own.
    let mut in_title = false;
    let events = events.filter_map(|event| match event {
        Event::Start(Tag::Heading {
            level: HeadingLevel::H1,
            ..
        }) => {
            in_title = true;
            None
        }
        Event::End(TagEnd::Heading(HeadingLevel::H1)) => {
            in_title = false;
            None
        }
        _ if in_title => None,
        Event::Start(Tag::Heading {
            id, classes, attrs, ..
        }) => Some(Event::Start(Tag::Heading {
            level: HeadingLevel::H4,
            id,
            classes,
            attrs,
        })),
        Event::End(TagEnd::Heading(_)) => Some(Event::End(TagEnd::Heading(HeadingLevel::H4))),
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        other => Some(other),
    });
    let mut out = String::new();
    pulldown_cmark::html::push_html(&mut out, events);
    PreEscaped(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_note_is_set_without_its_title_and_without_html_of_its_own() {
        for topic in TOPICS {
            for lang in Lang::ALL {
                let text = rendered(topic, lang).into_string();
                assert!(
                    !text.contains("<h1") && text.contains("<p>"),
                    "{}",
                    topic.name
                );
                assert!(
                    !text.contains("<script") && !text.contains("<img"),
                    "{}",
                    topic.name
                );
            }
        }
    }
}
