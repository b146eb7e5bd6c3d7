//! What a written packet gets as its comment: its annotations in the words of
//! the text report, a line for each and one for each of its checks.

use crate::decode::Packet;
use crate::track::Output;

use super::presenter::{Show, annotations};
use super::text::annotation::unfolded;
use super::words::Words;

/// Makes the comments of packets.
#[derive(Debug)]
pub struct Comments {
    show: Show,
    text: String,
}

impl Comments {
    /// Comments of these kinds, in this language.
    #[must_use]
    pub fn new(show: Show) -> Self {
        Self {
            show,
            text: String::new(),
        }
    }

    /// Whether a packet's conversation is asked for.
    #[must_use]
    pub fn has(&self, output: &Output) -> bool {
        self.show.has_conversation(output.tracked.conversation)
    }

    /// The comment of a packet, empty when there is nothing to be said.
    pub fn of(&mut self, packet: &Packet<'_>, output: &Output) -> &str {
        self.text.clear();
        if !output.events.is_empty() {
            let Show { lang, kinds, .. } = &self.show;
            for annotation in annotations(packet, output, kinds, *lang) {
                unfolded(&mut self.text, Words(*lang), &annotation);
            }
        }
        self.text.trim_end()
    }
}
