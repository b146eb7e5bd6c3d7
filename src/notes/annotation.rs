//! An annotation and the builder that a topic fills.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::units::duration;
use super::{Kind, Lang, Severity};
use crate::decode::Packet;
use crate::track::{PacketNumber, Side, Tracked};

/// A value in an annotation.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Not known.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number; durations in nanoseconds.
    Number(u64),
    /// A share or a ratio.
    Real(f64),
    /// A name, an address.
    Text(Cow<'static, str>),
    /// A list of values.
    List(Vec<Value>),
}

macro_rules! value_from {
    ($($type:ty)*) => {
        $(impl From<$type> for Value {
            fn from(number: $type) -> Self {
                Self::Number(u64::from(number))
            }
        })*
    };
}
value_from!(u8 u16 u32 u64);

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<Cow<'static, str>> for Value {
    fn from(text: Cow<'static, str>) -> Self {
        Self::Text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(option: Option<T>) -> Self {
        option.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(list: Vec<T>) -> Self {
        Self::List(list.into_iter().map(Into::into).collect())
    }
}

/// A rule that a packet should obey. `id` is the English identifier of the
/// records; both are shown to readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The rule in English: `acknowledgment = client sequence + 1`.
    pub id: &'static str,
    /// The rule in Chinese.
    pub zh: &'static str,
}

/// A rule with the packet's own numbers put into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The rule.
    pub rule: Rule,
    /// What the rule asks for; `None` when the capture cannot tell.
    pub expected: Option<Value>,
    /// What the packet has.
    pub observed: Value,
    /// Whether they agree; `None` without an expectation.
    pub holds: Option<bool>,
}

/// What is said of a packet or, in a finding, of what happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    /// The kind of the annotation.
    pub kind: Kind,
    /// The kind's severity, or error when a check does not hold.
    pub severity: Severity,
    /// Other packets that the annotation concerns.
    pub related: SmallVec<[PacketNumber; 4]>,
    /// The annotation's numbers by name.
    pub values: Vec<(&'static str, Value)>,
    /// The rules checked.
    pub checks: Vec<Check>,
    /// One or two sentences in the reader's language, without line breaks.
    pub text: String,
}

impl Annotation {
    /// Takes out what follows from times: of the packet and those that it
    /// refers to none is known.
    pub fn without_times(&mut self, lang: Lang) {
        for (name, value) in &mut self.values {
            if name.ends_with("_ns") {
                *value = Value::Null;
            }
        }
        self.replace_shortest(lang.pick("an unknown time", "未知的时间"), lang);
    }

    /// Takes out the durations that are longer than this one: the clock of the
    /// recording stepped within them.
    #[cold]
    pub fn without_times_beyond(&mut self, known_ns: u64, lang: Lang) {
        let mut unknown: SmallVec<[u64; 4]> = SmallVec::new();
        for (name, value) in &mut self.values {
            if !name.ends_with("_ns") {
                continue;
            }
            let numbers = match value {
                Value::List(list) => list.as_mut_slice(),
                one => std::slice::from_mut(one),
            };
            for number in numbers {
                if let Value::Number(ns) = *number
                    && ns > known_ns
                {
                    unknown.push(ns);
                    *number = Value::Null;
                }
            }
        }
        // The longest first: "1 s" also ends "11 s" and is told apart there.
        unknown.sort_unstable_by(|one, other| other.cmp(one));
        unknown.dedup();
        let words = lang.pick("an unknown time", "未知的时间");
        for ns in unknown {
            self.replace(&duration(ns), words, lang);
        }
    }

    /// Says so where two times are too coarse to differ.
    pub fn coarse_times(&mut self, lang: Lang) {
        self.replace_shortest(lang.pick("no measurable time", "测不出的时间"), lang);
    }

    /// Puts words in the place of durations that are none; without times, the
    /// shortest ones that the tracker gives.
    fn replace_shortest(&mut self, words: &str, lang: Lang) {
        for shortest in ["0 ns", "1 ns"] {
            self.replace(shortest, words, lang);
        }
    }

    /// Puts words in the place of a duration.
    fn replace(&mut self, length: &str, words: &str, lang: Lang) {
        let mut text = String::new();
        let mut rest = self.text.as_str();
        while let Some((before, behind)) = rest.split_once(length) {
            let is_whole = !before.ends_with(|c: char| c.is_ascii_digit() || c == '.');
            text.push_str(before);
            rest = behind;
            if !is_whole {
                text.push_str(length);
                continue;
            }
            if lang == Lang::Zh {
                // No space stands between two Chinese characters.
                let tight = text.trim_end();
                if tight.ends_with(|c: char| !c.is_ascii()) {
                    text.truncate(tight.len());
                }
                rest = rest.trim_start();
            }
            text.push_str(words);
        }
        text.push_str(rest);
        self.text = text;
    }
}

/// What a topic may look at beside the event itself.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The packet that the event is on; `None` in a finding.
    pub packet: Option<&'a Packet<'a>>,
    /// The packet's place in its conversation.
    pub tracked: Option<&'a Tracked>,
    /// The reader's language.
    pub lang: Lang,
}

impl Scene<'_> {
    /// Whether this is the number of the packet that the event is on.
    #[must_use]
    pub fn is_on(&self, number: PacketNumber) -> bool {
        self.packet
            .is_some_and(|packet| packet.frame.number == number)
    }

    /// The packet's sender.
    #[must_use]
    pub fn sender(&self) -> Option<Side> {
        self.tracked.and_then(|tracked| tracked.sender)
    }
}

/// Room made for an annotation's values at once.
const VALUES_AT_ONCE: usize = 8;

/// An annotation in the making.
#[derive(Debug)]
pub struct Note {
    kind: Kind,
    severity: Severity,
    /// All else; nothing where only the severity is wanted.
    words: Option<Words>,
    /// A text is wanted among it.
    has_text: bool,
    lang: Lang,
}

/// What is said beside the severity.
#[derive(Debug, Default)]
struct Words {
    related: SmallVec<[PacketNumber; 4]>,
    values: Vec<(&'static str, Value)>,
    checks: Vec<Check>,
    text: String,
}

impl Note {
    /// An empty note of a kind.
    #[must_use]
    pub fn new(kind: Kind, lang: Lang) -> Self {
        Self {
            kind,
            severity: kind.severity(),
            words: Some(Words::default()),
            has_text: true,
            lang,
        }
    }

    /// A note of which all is wanted but its text.
    #[must_use]
    pub fn textless(kind: Kind, lang: Lang) -> Self {
        Self {
            has_text: false,
            ..Self::new(kind, lang)
        }
    }

    /// A note of which only the severity is wanted.
    #[must_use]
    pub fn wordless(kind: Kind, lang: Lang) -> Self {
        Self {
            kind,
            severity: kind.severity(),
            words: None,
            has_text: false,
            lang,
        }
    }

    /// The reader's language.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// Whether only kind, severity and checks are wanted, so that what costs
    /// something to find out can be left out.
    #[must_use]
    pub fn is_wordless(&self) -> bool {
        self.words.is_none()
    }

    /// Adds a named value.
    pub fn value(&mut self, name: &'static str, value: impl Into<Value>) -> &mut Self {
        if let Some(words) = &mut self.words {
            words.value(name, value.into());
        }
        self
    }

    /// Adds other packets that this concerns, each once.
    pub fn related(&mut self, packets: impl IntoIterator<Item = PacketNumber>) -> &mut Self {
        if let Some(words) = &mut self.words {
            for packet in packets {
                if !words.related.contains(&packet) {
                    words.related.push(packet);
                }
            }
        }
        self
    }

    /// Checks that `observed` is `expected`; a check that does not hold makes
    /// the annotation an error. Without an expectation nothing is judged.
    pub fn check<T: Into<Value> + PartialEq>(
        &mut self,
        rule: Rule,
        expected: Option<T>,
        observed: T,
    ) -> &mut Self {
        let holds = expected.as_ref().map(|expected| *expected == observed);
        self.judge(rule, expected, observed, holds)
    }

    /// Adds a check as [`Note::check`] does, for rules that are no plain
    /// equality.
    pub fn judge<T: Into<Value>>(
        &mut self,
        rule: Rule,
        expected: Option<T>,
        observed: T,
        holds: Option<bool>,
    ) -> &mut Self {
        if holds == Some(false) {
            self.severity = Severity::Error;
        }
        if let Some(words) = &mut self.words {
            words.checks.push(Check {
                rule,
                expected: expected.map(Into::into),
                observed: observed.into(),
                holds,
            });
        }
        self
    }

    /// The recording ended too soon for this to be more than a note.
    pub fn too_early(&mut self) -> &mut Self {
        self.severity = Severity::Note;
        self
    }

    /// What the kind mostly is no reason for is one here.
    pub fn unusual(&mut self) -> &mut Self {
        self.severity = self.severity.max(Severity::Warning);
        self
    }

    /// Sets the text. Both languages are given, and only the reader's is made.
    pub fn say(&mut self, en: impl FnOnce() -> String, zh: impl FnOnce() -> String) -> &mut Self {
        if let Some(words) = self.words.as_mut().filter(|_| self.has_text) {
            let text = match self.lang {
                Lang::En => en(),
                Lang::Zh => zh(),
            };
            words.say(text, self.lang);
        }
        self
    }

    /// The severity so far.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The finished annotation.
    #[must_use]
    pub fn finish(self) -> Annotation {
        let words = self.words.unwrap_or_default();
        Annotation {
            kind: self.kind,
            severity: self.severity,
            related: words.related,
            values: words.values,
            checks: words.checks,
            text: words.text,
        }
    }
}

impl Words {
    fn value(&mut self, name: &'static str, value: Value) {
        if self.values.is_empty() {
            self.values.reserve(VALUES_AT_ONCE);
        }
        self.values.push((name, value));
    }

    /// Adds a sentence.
    fn say(&mut self, text: String, lang: Lang) {
        if self.text.is_empty() {
            self.text = text;
            return;
        }
        if lang == Lang::En {
            self.text.push(' ');
        }
        self.text.push_str(&text);
    }
}
