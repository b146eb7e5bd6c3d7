//! The bytes of one side as they are. What is missing leaves no trace in them, and is
//! taken down apart.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::words;
use crate::notes::Lang;
use crate::report::{Report, Summary, Wants};
use crate::track::{Delivered, Side, StreamPart};

/// So many gaps are told one by one.
const TOLD: usize = 20;

/// What was missing in the bytes that were written.
#[derive(Clone, Debug, Default)]
pub struct Gaps {
    told: Vec<Delivered>,
    more: u64,
    /// Bytes of all of them.
    bytes: u64,
}

impl Gaps {
    fn add(&mut self, it: &Delivered, bytes: u32) {
        self.bytes += u64::from(bytes);
        match self.told.len() < TOLD {
            true => self.told.push(it.clone()),
            false => self.more += 1,
        }
    }

    /// A line for each of the first, and one for the others.
    #[must_use]
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        let mut lines: Vec<_> = self
            .told
            .iter()
            .filter_map(|it| words::mark(lang, it))
            .collect();
        if self.more > 0 {
            lines.push(words::more_missing(lang, self.more, self.bytes));
        }
        lines
    }
}

/// Writes the bytes of one side.
pub struct Raw {
    out: Box<dyn Write + Send>,
    side: Side,
    gaps: Arc<Mutex<Gaps>>,
}

impl Raw {
    /// Of this side; what is missing is added to the gaps.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, side: Side, gaps: Arc<Mutex<Gaps>>) -> Self {
        Self { out, side, gaps }
    }
}

impl Report for Raw {
    fn wants(&self) -> Wants {
        super::wants()
    }

    fn delivered(&mut self, it: &Delivered) -> io::Result<()> {
        if it.side != self.side {
            return Ok(());
        }
        match &it.part {
            StreamPart::Bytes(bytes) | StreamPart::Datagram(bytes) => self.out.write_all(bytes),
            StreamPart::Missing { bytes, .. } => {
                let gaps = self.gaps.lock();
                gaps.unwrap_or_else(PoisonError::into_inner).add(it, *bytes);
                Ok(())
            }
            StreamPart::SentAgain { .. } => Ok(()),
        }
    }

    fn summary(&mut self, _: &Summary) -> io::Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
