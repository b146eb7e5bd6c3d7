//! Words looked for in all notes: in the titles, the other names, the texts and
//! the kinds.

use super::blocks::{Block, blocks};
use super::{Kind, Lang, TOPICS, Topic};

/// What was found of one topic.
#[derive(Debug)]
pub struct Hits {
    /// The topic.
    pub topic: &'static Topic,
    /// The topic's kinds whose name or title has the words.
    pub kinds: Vec<Kind>,
    /// The parts of the topic's note that have the words.
    pub blocks: Vec<Block<'static>>,
}

/// Where all these words stand together, whatever their case, topic by topic;
/// first the topics whose title or names have them. Where the notes of the
/// reader's language have nothing, those of the other language are searched.
#[must_use]
pub fn search(words: &[String], lang: Lang) -> Vec<Hits> {
    let words: Vec<String> = words
        .iter()
        .flat_map(|word| word.split_whitespace())
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() {
        return Vec::new();
    }
    let other = match lang {
        Lang::En => Lang::Zh,
        Lang::Zh => Lang::En,
    };
    let found = search_in(&words, lang);
    if found.is_empty() {
        search_in(&words, other)
    } else {
        found
    }
}

fn search_in(words: &[String], lang: Lang) -> Vec<Hits> {
    let has = |text: &str| {
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let (mut named, mut others) = (Vec::new(), Vec::new());
    for topic in TOPICS.iter().copied() {
        let is_named =
            has(topic.name) || has(topic.title(lang)) || topic.also.iter().any(|name| has(name));
        let hits = Hits {
            topic,
            kinds: Kind::ALL
                .iter()
                .copied()
                .filter(|kind| kind.topic() == topic.name)
                .filter(|kind| has(kind.name()) || has(kind.title(lang)))
                .collect(),
            blocks: blocks(topic.text(lang))
                .into_iter()
                .filter(|block| !block.is_code && block.heading != lang.pick("See also", "另见"))
                .filter(|block| has(&one_line(block.text, lang)))
                .collect(),
        };
        if is_named {
            named.push(hits);
        } else if !hits.kinds.is_empty() || !hits.blocks.is_empty() {
            others.push(hits);
        }
    }
    named.append(&mut others);
    named
}

/// The text without the source's line breaks, so that words that a break parts
/// are found too.
fn one_line(text: &str, lang: Lang) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join(lang.pick(" ", ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &str, lang: Lang) -> Vec<&'static str> {
        let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
        search(&words, lang)
            .iter()
            .map(|hits| hits.topic.name)
            .collect()
    }

    #[test]
    fn all_words_must_stand_in_one_place() {
        assert_eq!(names("tcp_tw_reuse", Lang::En), ["time-wait"]);
        assert_eq!(names("SYN Cookie", Lang::En)[0], "syn-flood");
        assert_eq!(names("tcp_tw_reuse collar", Lang::En), [""; 0]);
        assert_eq!(names("", Lang::En), [""; 0]);
    }

    #[test]
    fn kinds_and_the_other_language_are_searched_too() {
        let hits = search(&["tcp.window.zero".to_owned()], Lang::En);
        assert_eq!(hits[0].topic.name, "flow-control");
        assert_eq!(hits[0].kinds, [Kind::TcpWindowZero]);
        assert_eq!(names("糊涂窗口", Lang::En), ["flow-control"]);
        assert_eq!(names("silly window", Lang::Zh), ["flow-control"]);
    }
}
