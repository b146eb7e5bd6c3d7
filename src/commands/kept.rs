//! What a reading has found of each packet, kept in a temporary file, so that any
//! packet is told of again at once: its bytes are read again from the capture, and
//! nothing before it is analysed once more. In memory stay the conversation of each
//! packet (4 bytes), and every 64 packets a place in the file (16 bytes) and in the
//! capture ([`Bookmarks`]).

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::capture::{Bookmarks, CaptureError, Interfaces, ReadOptions, Reader};
use crate::commands::analyze::Reading;
use crate::decode::{Packet, decode};
use crate::track::{Event, NextHop, Output, PacketNumber, Tracked, Tracker};

/// Packets between two places that are known.
const APART: usize = 64;

/// Bytes that are written at once.
const AT_ONCE: usize = 256 * 1024;

/// What a reading has found. Clones share it.
#[derive(Clone, Debug)]
pub struct Kept {
    found: Arc<Mutex<Found>>,
    bookmarks: Bookmarks,
    filter: Option<String>,
    verify_checksums: bool,
}

#[derive(Debug)]
struct Found {
    file: Arc<File>,
    /// Bytes in the file, and those that are still to be written.
    written: u64,
    pending: Vec<u8>,
    /// Why nothing more is kept.
    failed: Option<io::Error>,
    /// Every so many packets, a packet's number and where it stands in the file.
    places: Vec<(PacketNumber, u64)>,
    /// The conversation of each packet; 0: none.
    conversations: Vec<u32>,
    first_ns: Option<u64>,
    files: Vec<String>,
}

/// What stands in the file of a packet, behind its length.
#[derive(Serialize, Deserialize)]
struct Record<T, E> {
    number: PacketNumber,
    tracked: T,
    next_hop: Option<NextHop>,
    /// Conversations that ended before it.
    ended: Vec<u64>,
    events: E,
}

type Whole = Record<Tracked, Vec<Event>>;

/// One packet with what was found of it.
pub(in crate::commands) struct KeptPacket<'a> {
    pub(in crate::commands) packet: &'a Packet<'a>,
    /// Its events, and its place in its conversation; nothing else.
    pub(in crate::commands) output: &'a Output,
    pub(in crate::commands) next_hop: Option<&'a NextHop>,
    /// Conversations that ended before it.
    pub(in crate::commands) ended: &'a [u64],
    /// The file's name.
    pub(in crate::commands) file: &'a str,
}

/// Why packets cannot be told of again.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// The capture cannot be read again.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// The temporary file fails.
    #[error("what is known of the packets cannot be kept in a temporary file: {0}")]
    File(#[from] io::Error),
}

impl Kept {
    /// Nothing is kept yet; what is read is to be read as `reading` says, and to set
    /// these bookmarks.
    ///
    /// # Errors
    /// When there can be no temporary file.
    pub fn new(reading: &Reading, bookmarks: Bookmarks) -> io::Result<Self> {
        let found = Found {
            file: Arc::new(tempfile::tempfile()?),
            written: 0,
            pending: Vec::new(),
            failed: None,
            places: Vec::new(),
            conversations: Vec::new(),
            first_ns: None,
            files: Vec::new(),
        };
        Ok(Self {
            found: Arc::new(Mutex::new(found)),
            bookmarks,
            filter: reading.filter.clone(),
            verify_checksums: reading.verify_checksums,
        })
    }

    /// Where packets stand in the captures.
    #[must_use]
    pub fn bookmarks(&self) -> &Bookmarks {
        &self.bookmarks
    }

    /// The time of the first packet of all, once it is known.
    #[must_use]
    pub fn first_ns(&self) -> Option<u64> {
        self.lock().first_ns
    }

    /// The files' names in reading order.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        self.lock().files.clone()
    }

    /// How many packets are kept.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.lock().conversations.len() as u64
    }

    /// The number of the packet before which so many are kept.
    #[must_use]
    pub fn number_at(&self, index: u64) -> Option<PacketNumber> {
        let mut records = self.records(Start::Index(index)).ok()?;
        records.next()?.ok().map(|record| record.number)
    }

    /// The file that a packet is in, and its number there.
    #[must_use]
    pub fn place_of(&self, number: PacketNumber) -> Option<(String, u64)> {
        let mut found = None;
        let told = self.each(number, None, &Arc::default(), |one| {
            let frame = &one.packet.frame;
            found = (frame.number == number).then(|| (one.file.to_owned(), frame.number_in_file));
            ControlFlow::Break(())
        });
        told.ok().and(found)
    }

    /// These files are read, in this order.
    pub(in crate::commands) fn begins(&self, files: &[String]) {
        self.lock().files = files.to_vec();
    }

    /// The first packet of all came at this time.
    pub(in crate::commands) fn first_is_at(&self, first_ns: u64) {
        self.lock().first_ns = Some(first_ns);
    }

    /// Keeps what was found of the packet that comes next.
    pub(in crate::commands) fn packet(
        &self,
        packet: &Packet<'_>,
        output: &Output,
        tracker: &Tracker,
    ) {
        let record = Record {
            number: packet.frame.number,
            tracked: &output.tracked,
            next_hop: tracker.next_hop(packet),
            ended: output.ended.iter().map(|ended| ended.number).collect(),
            events: &output.events,
        };
        self.lock().add(&record, output.tracked.conversation);
    }

    fn lock(&self) -> MutexGuard<'_, Found> {
        // A record is in the list of places only behind its bytes.
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of the packets from this number on, as long as `step` goes on;
    /// `interfaces` are to learn where they come from.
    ///
    /// # Errors
    /// When they cannot be read again.
    pub(in crate::commands) fn each(
        &self,
        from: PacketNumber,
        interfaces: Option<Interfaces>,
        interrupt: &Arc<AtomicBool>,
        mut step: impl FnMut(KeptPacket<'_>) -> ControlFlow<()>,
    ) -> Result<(), KeptError> {
        let files = self.lock().files.clone();
        let mut records = self.records(Start::Number(from))?;
        let Some(mut record) = records.next().transpose()? else {
            return Ok(());
        };
        let Some(mark) = self.bookmarks.before(record.number) else {
            return Ok(());
        };
        let options = ReadOptions {
            filter: self.filter.clone(),
            interrupt: Arc::clone(interrupt),
            interfaces,
            ..ReadOptions::default()
        };
        let mut reader = Reader::resume(&self.bookmarks, &mark, options)?;
        let mut output = Output::default();
        loop {
            let frame = match reader.next() {
                Ok(Some(frame)) => frame,
                Ok(None) => return Ok(()),
                // It was told when this was read for the first time.
                Err(_) => continue,
            };
            if frame.number < record.number {
                continue;
            }
            let packet = decode(frame).verified(self.verify_checksums);
            output.tracked = record.tracked;
            output.events = record.events;
            for event in &mut output.events {
                event.complete(&packet);
            }
            let file = files.get(packet.frame.file as usize);
            let told = step(KeptPacket {
                packet: &packet,
                output: &output,
                next_hop: record.next_hop.as_ref(),
                ended: &record.ended,
                file: file.map_or("", String::as_str),
            });
            match records.next().transpose()? {
                Some(next) if told.is_continue() => record = next,
                _ => return Ok(()),
            }
        }
    }

    /// The nearest packets of the conversation that a packet belongs to, so many before
    /// it and as many behind it, in their order.
    ///
    /// # Errors
    /// When the temporary file fails.
    pub(in crate::commands) fn around(
        &self,
        number: PacketNumber,
        most: usize,
    ) -> io::Result<[Vec<PacketNumber>; 2]> {
        let records = self.records(Start::Number(number))?;
        let index = records.index as usize;
        let (before, behind) = {
            let found = self.lock();
            let all = found.conversations.as_slice();
            let own = all.get(index).copied().unwrap_or(0);
            if own == 0 {
                return Ok([Vec::new(), Vec::new()]);
            }
            let is_own = |(_, it): &(usize, &u32)| **it == own;
            let before = all.iter().enumerate().take(index).rev().filter(is_own);
            let before: Vec<usize> = before.take(most).map(|(at, _)| at).collect();
            let behind = all.iter().enumerate().skip(index + 1).filter(is_own);
            let behind: Vec<usize> = behind.take(most).map(|(at, _)| at).collect();
            (before, behind)
        };
        let number = |at: usize| self.number_at(at as u64);
        Ok([
            before.into_iter().rev().filter_map(number).collect(),
            behind.into_iter().filter_map(number).collect(),
        ])
    }

    fn records(&self, start: Start) -> io::Result<Records> {
        let mut found = self.lock();
        found.write()?;
        let place = match start {
            Start::Number(number) => {
                let behind = found.places.partition_point(|place| place.0 <= number);
                behind.saturating_sub(1)
            }
            Start::Index(index) => index as usize / APART,
        };
        let offset = found.places.get(place).map(|place| place.1);
        let file = At {
            file: Arc::clone(&found.file),
            offset: offset.unwrap_or(found.written),
            end: found.written,
        };
        drop(found);
        let mut records = Records {
            file: BufReader::new(file),
            index: (place * APART) as u64,
            next: None,
        };
        // Up to the first that is wanted.
        while let Some(record) = records.read() {
            let record = record?;
            let is_before = match start {
                Start::Number(number) => record.number < number,
                Start::Index(index) => records.index < index,
            };
            if !is_before {
                records.next = Some(record);
                break;
            }
            records.index += 1;
        }
        Ok(records)
    }
}

impl Found {
    fn add<T: Serialize, E: Serialize>(
        &mut self,
        record: &Record<T, E>,
        conversation: Option<u64>,
    ) {
        if self.failed.is_some() {
            return;
        }
        if self.conversations.len().is_multiple_of(APART) {
            let offset = self.written + self.pending.len() as u64;
            self.places.push((record.number, offset));
        }
        let start = self.pending.len();
        self.pending.extend([0; 4]);
        match postcard::to_extend(record, std::mem::take(&mut self.pending)) {
            Ok(pending) => self.pending = pending,
            Err(error) => {
                self.failed = Some(io::Error::other(error));
                return;
            }
        }
        let length = (self.pending.len() - start - 4) as u32;
        if let Some(place) = self.pending.get_mut(start..start + 4) {
            place.copy_from_slice(&length.to_le_bytes());
        }
        let conversation = conversation.and_then(|number| u32::try_from(number).ok());
        self.conversations.push(conversation.unwrap_or(0));
        if self.pending.len() >= AT_ONCE {
            // It shows again when something is to be read.
            let _ = self.write();
        }
    }

    /// Writes all that is to be written.
    fn write(&mut self) -> io::Result<()> {
        if let Some(error) = &self.failed {
            return Err(io::Error::new(error.kind(), error.to_string()));
        }
        let written = (&*self.file).write_all(&self.pending);
        self.written += self.pending.len() as u64;
        self.pending.clear();
        if let Err(error) = written {
            let told = io::Error::new(error.kind(), error.to_string());
            self.failed = Some(error);
            return Err(told);
        }
        Ok(())
    }
}

/// Where to begin.
#[derive(Clone, Copy)]
enum Start {
    /// With the first packet that has this number, or a higher one.
    Number(PacketNumber),
    /// Behind so many packets.
    Index(u64),
}

/// The part of a file that is written already.
struct At {
    file: Arc<File>,
    offset: u64,
    end: u64,
}

impl Read for At {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(self.end - self.offset).unwrap_or(usize::MAX);
        let most = buffer.len().min(rest);
        let read = self
            .file
            .read_at(buffer.get_mut(..most).unwrap_or_default(), self.offset)?;
        self.offset += read as u64;
        Ok(read)
    }
}

/// One record after the other.
struct Records {
    file: BufReader<At>,
    /// How many packets are before the next.
    index: u64,
    next: Option<Whole>,
}

impl Records {
    fn read(&mut self) -> Option<io::Result<Whole>> {
        let mut length = [0; 4];
        match self.file.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return None,
            Err(error) => return Some(Err(error)),
            Ok(()) => {}
        }
        let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
        if let Err(error) = self.file.read_exact(&mut bytes) {
            return Some(Err(error));
        }
        Some(postcard::from_bytes(&bytes).map_err(io::Error::other))
    }
}

impl Iterator for Records {
    type Item = io::Result<Whole>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.next.take() {
            Some(record) => Some(Ok(record)),
            None => self.read(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::commands::analyze::{Pass, read};
    use crate::commands::explain::{self, Explain, Subject};
    use crate::notes::Lang;
    use crate::report::apart::Aside;
    use crate::report::selection::Selection;
    use crate::report::{FORMATS, Look};

    /// Reads files and keeps what is found.
    fn keep(files: &[PathBuf]) -> Kept {
        keep_what(Reading {
            files: files.to_vec(),
            ..Reading::of_nothing()
        })
    }

    fn keep_what(reading: Reading) -> Kept {
        let kept = Kept::new(&reading, Bookmarks::default()).unwrap();
        let pass = Pass {
            keep: Some(kept.clone()),
            ..Pass::of_conversations(Lang::En, Selection::default())
        };
        let make = |out| (FORMATS[0].make)(out, Look::default());
        read(&reading, pass, make, Box::new(io::sink()), &mut |_, _| {}).unwrap();
        kept
    }

    fn explained(subject: Subject) -> String {
        let explain = Explain {
            subject,
            link: None,
            field: None,
            compare: false,
            form: explain::Form::Text,
            look: Look {
                width: 100,
                long: true,
                ..Look::default()
            },
            interrupt: Arc::default(),
        };
        let text = Aside::default();
        explain::run(&explain, || Box::new(text.clone())).unwrap();
        let mut bytes = Vec::new();
        text.take(&mut bytes);
        String::from_utf8(bytes).unwrap()
    }

    fn samples() -> Vec<PathBuf> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
        let files = std::fs::read_dir(folder).unwrap();
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.retain(|file| {
            let extension = file.extension().and_then(|it| it.to_str());
            matches!(extension, Some("pcap" | "pcapng"))
        });
        files.sort();
        files
    }

    #[test]
    fn a_packet_that_is_kept_is_explained_as_if_all_were_read_again() {
        for file in samples() {
            let kept = keep(std::slice::from_ref(&file));
            for index in (0..kept.count()).step_by(3).take(20) {
                let number = kept.number_at(index).expect("a number");
                let read = explained(Subject::Captured {
                    file: file.clone(),
                    numbers: vec![number],
                });
                let again = explained(Subject::Kept(kept.clone(), number));
                assert_eq!(again, read, "{} {number}", file.display());
            }
        }
    }

    #[test]
    fn what_a_filter_does_not_pass_is_not_there_and_the_others_keep_their_numbers() {
        let kept = keep_what(Reading {
            files: vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/http.pcap")],
            filter: Some("tcp port 80".to_owned()),
            ..Reading::of_nothing()
        });
        let mut numbers = Vec::new();
        let each = kept.each(1, None, &Arc::default(), |one| {
            assert!(one.packet.tcp().is_some());
            numbers.push(one.packet.frame.number);
            ControlFlow::Continue(())
        });
        each.unwrap();
        assert_eq!(numbers.len() as u64, kept.count());
        assert!(numbers.len() > 10 && numbers[0] > 1, "{numbers:?}");
        assert_eq!(kept.number_at(3), Some(numbers[3]));
    }

    #[test]
    fn what_is_kept_of_many_packets_is_found_at_once_and_takes_few_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let sample = std::fs::read(samples().first().unwrap()).unwrap();
        let (head, packets) = sample.split_at(24);
        let mut many = head.to_vec();
        while many.len() < 2_000_000 {
            many.extend_from_slice(packets);
        }
        let file = folder.path().join("many.pcap");
        std::fs::write(&file, many).unwrap();
        let kept = keep(&[file]);
        let count = kept.count();
        assert!(count > 1_000);
        for from in [1, 2, 64, 65, 777, count] {
            let mut number = from;
            let each = kept.each(from, None, &Arc::default(), |one| {
                assert_eq!(one.packet.frame.number, number);
                assert_eq!(one.packet.frame.number_in_file, number);
                number += 1;
                ControlFlow::Continue(())
            });
            each.unwrap();
            assert_eq!(number, count + 1);
        }
        assert_eq!(kept.number_at(count), None);
        let found = kept.lock();
        let index = found.places.len() * size_of::<(PacketNumber, u64)>()
            + found.conversations.len() * size_of::<u32>();
        assert!(index as u64 <= 5 * count, "{index} bytes for {count}");
    }
}
