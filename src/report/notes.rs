//! The notes for reading: the list of topics, one topic with its kinds, or one
//! kind with the note that explains it; as text and as JSON.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::markdown::{joined, markdown};
use super::style::{Paint, Style, sign};
use super::wrap::{hang, pad, width};
use crate::notes::{Hits, Kind, Lang, On, Severity, Subject, TOPICS, Topic, blocks};

/// How the notes are set.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The reader's language.
    pub lang: Lang,
    /// Columns of the terminal.
    pub width: usize,
    /// Colours.
    pub style: Style,
}

/// Writes the list of topics and how to read one.
///
/// # Errors
/// When it cannot be written.
pub fn list(out: &mut dyn Write, page: Page) -> io::Result<()> {
    let Page { lang, style, .. } = page;
    let mut text = String::new();
    let names = TOPICS.iter().map(|topic| topic.name.len());
    let widest = names.max().unwrap_or(0);
    let kinds_head = lang.pick("kinds", "标注");
    text.push_str(&style.paint(
        Paint::Heading,
        &row(
            lang.pick("topic", "主题"),
            kinds_head,
            lang.pick("about", "内容"),
            widest,
        ),
    ));
    text.push('\n');
    for topic in TOPICS {
        let count = match kinds_of(topic).len() {
            0 => "-".to_owned(),
            count => count.to_string(),
        };
        text.push_str(&row(topic.name, &count, topic.title(lang), widest));
        text.push('\n');
    }
    text.push('\n');
    for (command, about) in [
        (
            "wirenotes notes tcp-handshake",
            lang.pick("read a note", "阅读一篇笔记"),
        ),
        (
            "wirenotes notes tcp.reset",
            lang.pick("what an annotation means", "某个标注的含义"),
        ),
        (
            "wirenotes notes 'tcp.*'",
            lang.pick("list annotations by pattern", "按模式列出标注"),
        ),
        (
            "wirenotes notes --search cookie",
            lang.pick("look through all notes", "在所有笔记里查找"),
        ),
    ] {
        let mut line = String::new();
        pad(&mut line, command, 33);
        text.push_str("  ");
        text.push_str(&style.paint(Paint::Command, &line));
        text.push_str(about);
        text.push('\n');
    }
    out.write_all(text.as_bytes())
}

/// One line of the list of topics.
fn row(name: &str, count: &str, about: &str, widest: usize) -> String {
    let mut text = "  ".to_owned();
    pad(&mut text, name, widest + 2);
    text.push_str(&" ".repeat(5_usize.saturating_sub(width(count))));
    text.push_str(count);
    text.push_str("  ");
    text.push_str(about);
    text
}

/// Writes what a name means.
///
/// # Errors
/// When it cannot be written.
pub fn subject(out: &mut dyn Write, subject: &Subject, page: Page) -> io::Result<()> {
    match subject {
        Subject::Topic(topic) => whole_topic(out, topic, page),
        Subject::Kind(kind) => one_kind(out, *kind, page),
        Subject::Kinds(kinds) => several_kinds(out, kinds, page),
    }
}

/// The note, its annotations, and at the end what to try.
fn whole_topic(out: &mut dyn Write, topic: &Topic, page: Page) -> io::Result<()> {
    let Page { lang, width, style } = page;
    let text = topic.text(lang);
    let end = text.rfind("\n## ").unwrap_or(text.len());
    let (note, to_try) = text.split_at(end);
    markdown(out, note, width, style)?;
    let kinds = kinds_of(topic);
    if !kinds.is_empty() {
        let heading = lang.pick("Its annotations", "本主题的标注");
        writeln!(out, "\n{}\n", style.paint(Paint::Heading, heading))?;
        table(out, &kinds, page)?;
    }
    writeln!(out)?;
    markdown(out, to_try, width, style)
}

fn several_kinds(out: &mut dyn Write, kinds: &[Kind], page: Page) -> io::Result<()> {
    table(out, kinds, page)?;
    let topics: Vec<&str> = topics_of(kinds).iter().map(|topic| topic.name).collect();
    let (lead, join) = page.lang.pick(("Explained in: ", ", "), ("见主题：", "、"));
    let mut text = "\n".to_owned();
    hang(
        &mut text,
        "  ",
        "    ",
        &format!("{lead}{}", topics.join(join)),
        page.width,
    );
    out.write_all(text.as_bytes())
}

fn one_kind(out: &mut dyn Write, kind: Kind, page: Page) -> io::Result<()> {
    let Page { lang, style, .. } = page;
    let topic = Topic::from_name(kind.topic());
    let severity = kind.severity();
    let mut text = style.paint(Paint::Heading, kind.name());
    text.push('\n');
    let about = topic.map_or_else(
        || kind.topic().to_owned(),
        |topic| match lang {
            Lang::En => format!("{} ({})", topic.name, topic.title(lang)),
            Lang::Zh => format!("{}（{}）", topic.name, topic.title(lang)),
        },
    );
    let failing = lang.pick(
        "; an error when one of its checks fails",
        "；若有检查不成立，则升为错误",
    );
    let rises = if severity == Severity::Error {
        ""
    } else {
        failing
    };
    for (label, value) in [
        (lang.pick("meaning", "含义"), kind.title(lang).to_owned()),
        (
            lang.pick("severity", "级别"),
            format!(
                "{} {}{rises}",
                style.severity(severity, sign(severity)),
                severity_word(severity, lang)
            ),
        ),
        (
            lang.pick("stands on", "出现于"),
            place(kind.on(), lang).to_owned(),
        ),
        (lang.pick("topic", "主题"), about),
    ] {
        let mut first = "  ".to_owned();
        pad(&mut first, label, 11);
        hang(&mut text, &first, &" ".repeat(13), &value, page.width);
    }
    text.push('\n');
    out.write_all(text.as_bytes())?;
    let Some(topic) = topic else { return Ok(()) };
    let own = own_words(kind, topic, lang);
    markdown(out, &own, page.width, style)?;
    let command = format!("wirenotes notes {}", topic.name);
    let mut text = String::new();
    if !own.is_empty() {
        text.push('\n');
    }
    hang(
        &mut text,
        "  ",
        "    ",
        &format!(
            "{}{}",
            lang.pick("The whole note: ", "整篇笔记："),
            style.paint(Paint::Command, &command)
        ),
        page.width,
    );
    out.write_all(text.as_bytes())
}

/// What a topic's note says of a kind by name, but for what it suggests to try.
fn own_words(kind: Kind, topic: &Topic, lang: Lang) -> String {
    let name = format!("`{}`", kind.name());
    let parts: Vec<&str> = blocks(topic.text(lang))
        .into_iter()
        .filter(|block| !block.is_code && !block.text.starts_with('|'))
        .filter(|block| block.heading != lang.pick("Try it", "动手试试"))
        .filter(|block| block.text.contains(&name))
        .map(|block| block.text)
        .collect();
    parts.join("\n\n")
}

/// At most so many parts of a note are shown of one topic.
const MOST_PARTS: usize = 3;

/// Writes what a search found: each topic, its kinds, and the parts of its
/// note.
///
/// # Errors
/// When it cannot be written.
pub fn found(out: &mut dyn Write, all: &[Hits], page: Page) -> io::Result<()> {
    let Page { lang, style, .. } = page;
    for (index, hits) in all.iter().enumerate() {
        let mut text = String::new();
        if index > 0 {
            text.push('\n');
        }
        let name = style.paint(Paint::Heading, hits.topic.name);
        let head = format!("{name}  {}", hits.topic.title(lang));
        hang(&mut text, "", "    ", &head, page.width);
        out.write_all(text.as_bytes())?;
        table(out, &hits.kinds, page)?;
        // The title is there already.
        let parts = || {
            let blocks = hits.blocks.iter();
            blocks.filter(|block| block.text != hits.topic.title(lang))
        };
        let mut text = String::new();
        for block in parts().take(MOST_PARTS) {
            let part = plain(block.text);
            hang(&mut text, "  ", "    ", &part, page.width);
        }
        let more = parts().count().saturating_sub(MOST_PARTS);
        if more > 0 {
            let more = match lang {
                Lang::En => format!("and {more} more: wirenotes notes {}", hits.topic.name),
                Lang::Zh => format!("另有 {more} 处：wirenotes notes {}", hits.topic.name),
            };
            hang(&mut text, "  ", "    ", &more, page.width);
        }
        out.write_all(text.as_bytes())?;
    }
    Ok(())
}

/// A part of a note without the line breaks of the source.
fn one_line(source: &str) -> String {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    joined(&lines.join("\n"))
}

/// A part of a note as one line without its marks: those of lists, tables,
/// emphasis and code.
fn plain(source: &str) -> String {
    let text = one_line(source);
    let text = text.trim_start_matches("- ");
    let text = match text.strip_prefix('|') {
        Some(row) => row.trim_end_matches('|').trim().replace(" | ", " · "),
        None => text.to_owned(),
    };
    text.replace("**", "").replace('`', "")
}

/// What a search found, as JSON.
#[must_use]
pub fn found_json(words: &[String], all: &[Hits], lang: Lang) -> Value {
    let hits: Vec<Value> = all
        .iter()
        .map(|hits| {
            json!({
                "topic": hits.topic.name,
                "title": hits.topic.title(lang),
                "kinds": hits.kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>(),
                "texts": hits.blocks.iter().map(|block| one_line(block.text)).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({ "record": "notes", "search": words.join(" "), "found": hits })
}

/// One line a kind: sign, name, severity, place, title.
fn table(out: &mut dyn Write, kinds: &[Kind], page: Page) -> io::Result<()> {
    let Page { lang, style, .. } = page;
    let widest = kinds
        .iter()
        .map(|kind| kind.name().len())
        .max()
        .unwrap_or(0);
    let words = Severity::ALL.map(|severity| width(severity_word(severity, lang)));
    let word_width = words.into_iter().max().unwrap_or(0);
    let mut text = String::new();
    for kind in kinds {
        let severity = kind.severity();
        let mut first = format!("  {} ", style.severity(severity, sign(severity)));
        pad(&mut first, severity_word(severity, lang), word_width + 2);
        pad(&mut first, kind.name(), widest + 2);
        let rest = " ".repeat(width(&first));
        let mut title = kind.title(lang).to_owned();
        if kind.on() == On::Finding {
            title.push_str(lang.pick(" (finding)", "（发现）"));
        }
        hang(&mut text, &first, &rest, &title, page.width);
    }
    out.write_all(text.as_bytes())
}

fn severity_word(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::Note => lang.pick("note", "说明"),
        Severity::Warning => lang.pick("warning", "警告"),
        Severity::Error => lang.pick("error", "错误"),
    }
}

fn place(on: On, lang: Lang) -> &'static str {
    match on {
        On::Packet => lang.pick("a packet", "某个报文"),
        On::Finding => lang.pick(
            "a finding: what belongs to no single packet",
            "独立的发现：不属于任何单个报文",
        ),
    }
}

/// The topics of some kinds, each once, in reading order.
fn topics_of(kinds: &[Kind]) -> Vec<&'static Topic> {
    TOPICS
        .iter()
        .copied()
        .filter(|topic| kinds.iter().any(|kind| kind.topic() == topic.name))
        .collect()
}

fn kinds_of(topic: &Topic) -> Vec<Kind> {
    Kind::ALL
        .iter()
        .copied()
        .filter(|kind| kind.topic() == topic.name)
        .collect()
}

/// The list of topics and kinds, without the notes themselves.
#[must_use]
pub fn list_json(lang: Lang) -> Value {
    json!({
        "record": "notes",
        "topics": TOPICS.iter().map(|topic| topic_json(topic, lang)).collect::<Vec<_>>(),
        "kinds": Kind::ALL.iter().map(|kind| kind_json(*kind, lang)).collect::<Vec<_>>(),
    })
}

/// What a name means, with the notes' Markdown.
#[must_use]
pub fn subject_json(subject: &Subject, lang: Lang) -> Value {
    let kinds = match subject {
        Subject::Topic(topic) => kinds_of(topic),
        Subject::Kind(kind) => vec![*kind],
        Subject::Kinds(kinds) => kinds.clone(),
    };
    let topics = match subject {
        Subject::Topic(topic) => vec![*topic],
        _ => topics_of(&kinds),
    };
    let topics: Vec<Value> = topics
        .into_iter()
        .map(|topic| {
            let mut value = topic_json(topic, lang);
            value["markdown"] = topic.text(lang).into();
            value
        })
        .collect();
    json!({
        "record": "notes",
        "topics": topics,
        "kinds": kinds.into_iter().map(|kind| kind_json(kind, lang)).collect::<Vec<_>>(),
    })
}

fn topic_json(topic: &Topic, lang: Lang) -> Value {
    json!({
        "name": topic.name,
        "title": topic.title(lang),
        "kinds": kinds_of(topic).iter().map(|kind| kind.name()).collect::<Vec<_>>(),
    })
}

fn kind_json(kind: Kind, lang: Lang) -> Value {
    json!({
        "kind": kind.name(),
        "severity": kind.severity().name(),
        "topic": kind.topic(),
        "on": match kind.on() {
            On::Packet => "packet",
            On::Finding => "finding",
        },
        "title": kind.title(lang),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notes::{look_up, search};

    fn page(lang: Lang) -> Page {
        Page {
            lang,
            width: 80,
            style: Style::default(),
        }
    }

    fn shown(name: &str, lang: Lang) -> String {
        let mut out = Vec::new();
        subject(&mut out, &look_up(name).unwrap(), page(lang)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_page_keeps_to_eighty_columns() {
        for lang in Lang::ALL {
            let mut pages = vec![shown("*", lang)];
            pages.extend(TOPICS.iter().map(|topic| shown(topic.name, lang)));
            pages.extend(Kind::ALL.iter().map(|kind| shown(kind.name(), lang)));
            for line in pages.iter().flat_map(|page| page.lines()) {
                assert!(width(line) <= 80, "{} columns: {line}", width(line));
            }
        }
    }

    #[test]
    fn the_list_names_every_topic_with_its_kinds() {
        for lang in Lang::ALL {
            let mut out = Vec::new();
            list(&mut out, page(lang)).unwrap();
            let text = String::from_utf8(out).unwrap();
            for topic in TOPICS {
                let name = format!("  {} ", topic.name);
                let line = text.lines().find(|line| line.starts_with(&name)).unwrap();
                assert!(line.ends_with(topic.title(lang)), "{line}");
            }
            assert!(text.lines().all(|line| width(line) <= 80));
        }
    }

    #[test]
    fn a_topic_is_followed_by_its_kinds() {
        let text = shown("tcp-handshake", Lang::En);
        let (_, kinds) = text.split_once("Its annotations").unwrap();
        let (kinds, end) = kinds.split_once("\nTry it\n").unwrap();
        assert!(end.ends_with("--packets\n"), "{end}");
        assert!(
            kinds.contains("! warning  tcp.handshake.refused"),
            "{kinds}"
        );
        assert!(kinds.contains("(finding)"), "{kinds}");
    }

    #[test]
    fn a_kind_says_its_meaning_its_own_words_and_where_the_note_stands() {
        let text = shown("tcp.close_wait", Lang::En);
        assert!(text.starts_with("tcp.close_wait\n"));
        assert!(text.contains("severity   ! warning"), "{text}");
        assert!(
            text.contains("- tcp.close_wait, a finding: who is left in CLOSE_WAIT"),
            "{text}"
        );
        assert!(
            text.ends_with("\n  The whole note: wirenotes notes close-wait\n"),
            "{text}"
        );
        for kind in Kind::ALL {
            for lang in Lang::ALL {
                let text = shown(kind.name(), lang);
                assert!(text.lines().count() < 40, "{text}");
                let again = text.matches(kind.name()).count();
                assert!(again > 1, "no words of its own: {text}");
            }
        }
    }

    #[test]
    fn a_search_names_the_topic_the_kinds_and_the_words() {
        let words = ["silly".to_owned(), "window".to_owned()];
        let mut out = Vec::new();
        found(&mut out, &search(&words, Lang::En), page(Lang::En)).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("flow-control  Flow control"), "{text}");
        assert!(text.contains("(silly window"), "{text}");
        for (words, lang) in [("tcp", Lang::En), ("窗口", Lang::Zh), ("|", Lang::En)] {
            let words = [words.to_owned()];
            let mut out = Vec::new();
            found(&mut out, &search(&words, lang), page(lang)).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert!(text.lines().all(|line| width(line) <= 80), "{text}");
            assert!(!text.contains("**") && !text.contains('`'), "{text}");
        }
    }

    #[test]
    fn a_prefix_lists_the_kinds_below_it() {
        let text = shown("tcp.handshake", Lang::Zh);
        assert!(text.contains("tcp.handshake.syn_ack"));
        assert!(text.ends_with("见主题：tcp-handshake\n"), "{text}");
    }

    #[test]
    fn json_carries_the_note_and_its_kinds() {
        let value = subject_json(&look_up("udp").unwrap(), Lang::En);
        assert_eq!(value["topics"][0]["name"], "udp");
        assert!(
            value["topics"][0]["markdown"]
                .as_str()
                .unwrap()
                .starts_with("# UDP: ")
        );
        let all = list_json(Lang::En);
        assert_eq!(all["topics"].as_array().unwrap().len(), TOPICS.len());
        assert_eq!(all["kinds"].as_array().unwrap().len(), Kind::ALL.len());
    }
}
