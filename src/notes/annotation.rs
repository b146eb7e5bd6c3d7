//! An annotation and the builder that a topic fills.

use std::borrow::Cow;

use smallvec::SmallVec;

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
    /// Several.
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
    /// In English: `acknowledgment = client sequence + 1`.
    pub id: &'static str,
    /// In Chinese.
    pub zh: &'static str,
}

/// A rule with the packet's own numbers put into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The rule.
    pub rule: Rule,
    /// What it asks for; `None` when the capture cannot tell.
    pub expected: Option<Value>,
    /// What the packet has.
    pub observed: Value,
    /// Whether they agree; `None` without an expectation.
    pub holds: Option<bool>,
}

/// What is said of a packet or, in a finding, of what happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    /// What kind.
    pub kind: Kind,
    /// The kind's severity, or error when a check does not hold.
    pub severity: Severity,
    /// Other packets that it concerns.
    pub related: SmallVec<[PacketNumber; 4]>,
    /// Its numbers by name.
    pub values: Vec<(&'static str, Value)>,
    /// The rules checked.
    pub checks: Vec<Check>,
    /// In the reader's language; one or two sentences, no line breaks.
    pub text: String,
}

/// What a topic may look at beside the event itself.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The packet that the event is on; `None` in a finding.
    pub packet: Option<&'a Packet<'a>>,
    /// Its place in its conversation.
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
const USUAL_VALUES: usize = 8;

/// An annotation in the making. Where only kind and severity are wanted
/// (`wordless`), nothing else is made.
#[derive(Debug)]
pub struct Note {
    annotation: Annotation,
    lang: Lang,
    wordless: bool,
}

impl Note {
    /// An empty note of a kind.
    #[must_use]
    pub fn new(kind: Kind, lang: Lang, wordless: bool) -> Self {
        Self {
            annotation: Annotation {
                kind,
                severity: kind.severity(),
                related: SmallVec::new(),
                values: Vec::new(),
                checks: Vec::new(),
                text: String::new(),
            },
            lang,
            wordless,
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
        self.wordless
    }

    /// Adds a named value.
    pub fn value(&mut self, name: &'static str, value: impl Into<Value>) -> &mut Self {
        if !self.wordless {
            let values = &mut self.annotation.values;
            if values.is_empty() {
                values.reserve(USUAL_VALUES);
            }
            values.push((name, value.into()));
        }
        self
    }

    /// Adds other packets that this concerns, each once.
    pub fn related(&mut self, packets: impl IntoIterator<Item = PacketNumber>) -> &mut Self {
        if self.wordless {
            return self;
        }
        for packet in packets {
            if !self.annotation.related.contains(&packet) {
                self.annotation.related.push(packet);
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

    /// As [`Note::check`], for rules that are no plain equality.
    pub fn judge<T: Into<Value>>(
        &mut self,
        rule: Rule,
        expected: Option<T>,
        observed: T,
        holds: Option<bool>,
    ) -> &mut Self {
        if holds == Some(false) {
            self.annotation.severity = Severity::Error;
        }
        if !self.wordless {
            self.annotation.checks.push(Check {
                rule,
                expected: expected.map(Into::into),
                observed: observed.into(),
                holds,
            });
        }
        self
    }

    /// Says it, in both languages: only the reader's is made.
    pub fn say(&mut self, en: impl FnOnce() -> String, zh: impl FnOnce() -> String) -> &mut Self {
        if !self.wordless {
            let text = match self.lang {
                Lang::En => en(),
                Lang::Zh => zh(),
            };
            if self.annotation.text.is_empty() {
                self.annotation.text = text;
                return self;
            }
            if self.lang == Lang::En {
                self.annotation.text.push(' ');
            }
            self.annotation.text.push_str(&text);
        }
        self
    }

    /// The finished annotation.
    #[must_use]
    pub fn finish(self) -> Annotation {
        self.annotation
    }
}
