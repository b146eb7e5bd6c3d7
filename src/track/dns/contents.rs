//! What a response says, so that two of them can be held against each other: its
//! response code and the set of its answers. Their order (servers turn it round to
//! share out load, RFC 1794) and how long they may be kept are no part of it.

use std::fmt::{self, Write as _};
use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;

use crate::decode::dns::{Data, Message, Section};

/// The hash of what a response says; `None` where it was cut short, or cannot be
/// read to the end of its answers.
pub(super) fn contents(message: &Message<'_>) -> Option<u64> {
    let header = message.header;
    if header.flags.truncated() {
        return None;
    }
    let mut sum = u64::from(message.response_code());
    let mut answers = 0;
    for record in message.records() {
        let Ok(record) = record else { break };
        if record.section != Section::Answer {
            break;
        }
        let mut hasher = FixedState::default().build_hasher();
        record.name.hash_caseless(&mut hasher);
        let [upper, lower] = [record.record_type, record.class].map(u32::from);
        hasher.write_u32(upper << 16 | lower);
        match record.data().ok()? {
            Data::A(_) | Data::Aaaa(_) => hasher.write(record.data_bytes()),
            Data::Name(name) => name.hash_caseless(&mut hasher),
            data => write!(Text(&mut hasher), "{data}").ok()?,
        }
        sum = sum.wrapping_add(hasher.finish());
        answers += 1;
    }
    (answers == header.counts.answers).then_some(sum)
}

/// Takes text into a hash.
struct Text<'h, H>(&'h mut H);

impl<H: Hasher> fmt::Write for Text<'_, H> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}
