//! Whether bytes are a DNS message: a port is a hint, the bytes decide.

use super::{HEADER_LENGTH, Message, type_name};

/// The least that a question and a record take: a name of one byte, then type
/// and class, or those and time to live and data length.
const QUESTION: u32 = 5;
const RECORD: u32 = 11;

/// Internet, Chaos, Hesiod, and any.
const CLASSES: [u16; 4] = [1, 3, 4, 255];

impl Message<'_> {
    /// Whether bytes on a port of DNS may be a message of `length` bytes on
    /// the wire, if a damaged one: its counts fit into that length or are those
    /// of an ordinary query, or its first entry can be read.
    #[must_use]
    pub fn may_be(&self, length: u32) -> bool {
        let counts = self.header.counts;
        let [questions, answers, authorities, additionals] = [
            counts.questions,
            counts.answers,
            counts.authorities,
            counts.additionals,
        ]
        .map(u32::from);
        let records = answers + authorities + additionals;
        let least = HEADER_LENGTH as u32 + questions * QUESTION + records * RECORD;
        // Opcodes as IANA lists them; 3 was never assigned.
        let is_opcode = matches!(self.header.flags.opcode(), 0..=2 | 4..=6);
        let first_is_readable = || match questions {
            0 => matches!(self.records().next(), Some(Ok(_))),
            _ => self.question().is_some(),
        };
        let asks_one = questions == 1 && records == additionals && additionals <= 1;
        is_opcode && (least <= length || asks_one || first_is_readable())
    }

    /// Whether it is one standard question, or an answer that repeats it, that
    /// can be read to its last byte: chance does not make such bytes.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let (counts, flags) = (self.header.counts, self.header.flags);
        const RESERVED: u16 = 0x0040;
        let is_question = counts.answers == 0
            && counts.authorities == 0
            && counts.additionals <= 2
            && flags.response_code() == 0;
        let Some(question) = self.only_question().or_else(|| self.question()) else {
            return false;
        };
        flags.opcode() == 0
            && flags.0 & RESERVED == 0
            && (flags.response() || is_question)
            && counts.questions == 1
            && CLASSES.contains(&question.class)
            && type_name(question.record_type).known.is_some()
            && self.fault().is_none()
            && self.length() == self.bytes().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &[u8] = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x01\0\x01";

    fn message(bytes: &[u8]) -> Message<'_> {
        Message::parse(bytes).unwrap()
    }

    #[test]
    fn a_whole_question_is_dns_on_any_port_and_with_a_byte_more_it_is_not() {
        assert!(message(QUERY).is_plain());
        assert!(!message(&[QUERY, &[0]].concat()).is_plain());
        let mut class = QUERY.to_vec();
        *class.last_mut().unwrap() = 77;
        assert!(!message(&class).is_plain());
    }

    #[test]
    fn counts_that_no_message_of_this_length_holds_are_no_dns() {
        let noise: Vec<u8> = (0..60_u8)
            .map(|byte| byte.wrapping_mul(197) | 0x80)
            .collect();
        assert!(!message(&noise).may_be(60));
        // The counts are too many, but the question is one: a damaged message.
        let mut damaged = QUERY.to_vec();
        damaged[7] = 99;
        assert!(message(&damaged).may_be(damaged.len() as u32));
        // The name breaks off at once, but the header is a query's: damaged, too.
        assert!(message(&QUERY[..14]).may_be(14));
    }
}
