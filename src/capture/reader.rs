//! Saved captures, one after the other in the order of their first packets:
//! paths come in, numbered frames that pass the filter go out.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::batch::text;
use super::error::{CaptureError, Fault, Place, Position};
use super::filter::Filter;
use super::format::Format;
use super::input::{self, BeforeWaiting, Input, Waits};
use super::pcapng_interface::Drops;
use super::record::Record;
use super::stream::Stream;
use super::{Batch, Bookmark, Bookmarks, Frame, Interfaces};

/// A file that begins so much later than the one before it ended, in nanoseconds,
/// is no continuation of it.
const CONTINUES_WITHIN_NS: u64 = 60_000_000_000;

/// Which of several files belong to one timeline, so that what is open at the end
/// of one goes on in the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timelines {
    /// Those of which each begins within a minute of the end of the one before, or
    /// earlier.
    ByTime,
    /// All of them: the reading never stops between two.
    #[default]
    Joined,
    /// None.
    Apart,
}

/// What to read of the files.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Only packets that pass this filter, in libpcap's grammar.
    pub filter: Option<String>,
    /// Only so many packets (that passed the filter).
    pub count: Option<u64>,
    /// Reading ends soon after this is set, as if the files ended there, also
    /// while it waits for a pipe. A signal handler may set it.
    pub interrupt: Arc<AtomicBool>,
    /// Called when a pipe has nothing to read yet, before waiting for it.
    pub before_waiting: BeforeWaiting,
    /// Is to learn of each interface before its first packet is given, and
    /// what it lost at the end of its file.
    pub interfaces: Option<Interfaces>,
    /// Is to learn where packets stand.
    pub bookmarks: Option<Bookmarks>,
    /// Where the reading stops between two files until [`Reader::next_timeline`].
    pub timelines: Timelines,
}

/// How far the reading is, in bytes of the files as they stand on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read.
    pub read: u64,
    /// Bytes of all files; `None` when one is a pipe.
    pub total: Option<u64>,
    /// The time of the first packet that has one, whether the filter passed it or
    /// not.
    pub first_ns: Option<u64>,
}

/// Reads captures as one sequence of frames.
///
/// ```no_run
/// # use wirenotes::capture::{ReadOptions, Reader};
/// # fn main() -> Result<(), wirenotes::capture::CaptureError> {
/// let mut reader = Reader::open(["a.pcap", "b.pcapng.gz"], ReadOptions::default())?;
/// loop {
///     match reader.next() {
///         Ok(Some(frame)) => println!("{} {}", frame.number, frame.original_length),
///         Ok(None) => break,
///         // Each fault is told once; what else can be read follows.
///         Err(error) => eprintln!("{error}"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Reader {
    /// The files in reading order.
    files: Vec<PathBuf>,
    /// What is known of each of them, but for the drops of the one under way.
    infos: Vec<FileInfo>,
    /// The files not yet begun.
    waiting: VecDeque<Waiting>,
    current: Option<OpenFile>,
    filter: Option<Filter>,
    /// How many packets may still pass.
    remaining: Option<u64>,
    on_wait: Waits,
    interfaces: Option<Interfaces>,
    bookmarks: Option<Bookmarks>,
    timelines: Timelines,
    /// The latest packet's time in this timeline.
    latest_ns: Option<u64>,
    /// The next file begins a timeline of its own, which is waited for.
    between_timelines: bool,
    interrupted: bool,
    /// Packets read, passed or not.
    number: u64,
    /// The time of the first packet that has one.
    first_ns: Option<u64>,
    /// The drops of the files that are done.
    drops: Drops,
    read_before: u64,
    total: Option<u64>,
    /// A fault behind the packets of the batch that was given last.
    fault: Option<CaptureError>,
    /// The buffer of the file before, for the next one.
    buffer: Vec<u8>,
    /// Bytes that are read at once, if that was said.
    at_once: Option<usize>,
}

/// What is known of one file, up to where it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileInfo {
    /// `pcap` or `pcapng`; `None` where its header was not read.
    pub format: Option<&'static str>,
    /// The number of its first packet, over all files; of a file without one, of the
    /// next that would have come.
    pub first_number: Option<u64>,
    /// What the recorder says that it lost.
    pub drops: Drops,
    /// How often something of it could not be read.
    pub faults: u32,
}

/// What one step of the reading came to.
enum Step {
    Packet(Record),
    /// More would have to be read, and must not be.
    Stay,
    End,
}

/// A file before its turn.
struct Waiting {
    path: PathBuf,
    size: Option<u64>,
    first_time_ns: Option<u64>,
    /// What cannot be opened twice stays open (or broken).
    opened: Option<Result<Box<OpenFile>, CaptureError>>,
}

/// A file under way.
struct OpenFile {
    path: PathBuf,
    index: u32,
    stream: Stream,
    format: Format,
    size: Option<u64>,
    count: Arc<AtomicU64>,
    /// Packets read.
    number: u64,
    /// Interfaces that were told of.
    told: u32,
    /// What was read before the file's turn.
    held: Option<Result<Option<Record>, Fault>>,
}

impl Reader {
    /// Prepares to read files; `-` is standard input. With more than one, each
    /// is opened to see when its first packet was captured; one that cannot be
    /// read comes last, and [`Reader::next`] will say why.
    ///
    /// # Errors
    /// [`CaptureError::Filter`] when libpcap refuses the filter.
    pub fn open<P: Into<PathBuf>>(
        paths: impl IntoIterator<Item = P>,
        options: ReadOptions,
    ) -> Result<Self, CaptureError> {
        let on_wait = Waits {
            interrupt: options.interrupt,
            before: options.before_waiting,
        };
        let filter = options.filter.map(Filter::new).transpose()?;
        let mut waiting: Vec<Waiting> = paths
            .into_iter()
            .map(|path| Waiting::new(path.into()))
            .collect();
        let mut buffer = Vec::new();
        if waiting.len() > 1 {
            for file in &mut waiting {
                file.look(&on_wait, options.bookmarks.as_ref(), &mut buffer);
            }
            waiting.sort_by_key(|file| (file.first_time_ns.is_none(), file.first_time_ns));
        }
        let files: Vec<_> = waiting.iter().map(|file| file.path.clone()).collect();
        let infos = vec![FileInfo::default(); waiting.len()];
        if let Some(bookmarks) = &options.bookmarks {
            bookmarks.begin(&files);
        }
        Ok(Self {
            files,
            infos,
            total: waiting.iter().map(|file| file.size).sum(),
            waiting: waiting.into(),
            current: None,
            filter,
            remaining: options.count,
            on_wait,
            interfaces: options.interfaces,
            bookmarks: options.bookmarks,
            timelines: options.timelines,
            latest_ns: None,
            between_timelines: false,
            interrupted: false,
            number: 0,
            first_ns: None,
            drops: Drops::default(),
            read_before: 0,
            fault: None,
            buffer,
            at_once: None,
        })
    }

    /// Reads what `bookmarks` were set in once more, from one of them on: packets have
    /// the numbers that they had then.
    ///
    /// # Errors
    /// When the filter is refused, or the file can no longer be read.
    pub fn resume(
        bookmarks: &Bookmarks,
        mark: &Bookmark,
        options: ReadOptions,
    ) -> Result<Self, CaptureError> {
        let mut reader = Self::open([] as [PathBuf; 0], options)?;
        reader.files = bookmarks.files();
        let behind = reader.files.iter().skip(mark.file as usize + 1);
        reader.waiting = behind.cloned().map(Waiting::new).collect();
        let Some(path) = reader.files.get(mark.file as usize) else {
            return Ok(reader);
        };
        let interfaces = bookmarks.interfaces(mark);
        let mut file = OpenFile::open(path, mark.file, &reader.on_wait, None, &mut reader.buffer)?;
        file.resume(mark, &reader.on_wait)?;
        file.format.resume(&mark.state, interfaces);
        file.number = mark.number_in_file - 1;
        reader.number = mark.number - 1;
        reader.current = Some(file);
        Ok(reader)
    }

    /// The next packet that passes the filter, or `None` at the end of the
    /// last file, after the wanted count, or when interrupted.
    ///
    /// # Errors
    /// Each fault once; the call after it goes on with what can be read.
    #[expect(
        clippy::should_implement_trait,
        reason = "a frame borrows the read buffer, which an iterator cannot express"
    )]
    pub fn next(&mut self) -> Result<Option<Frame<'_>>, CaptureError> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        let Step::Packet(record) = self.step(false)? else {
            return Ok(None);
        };
        let Some(file) = &self.current else {
            return Ok(None);
        };
        Ok(Some(Frame {
            number: self.number,
            file: file.index,
            number_in_file: file.number,
            time_ns: record.time_ns,
            has_time: record.has_time,
            interface: record.interface,
            link_type: record.link_type,
            original_length: record.original_length,
            bytes: file.stream.bytes(&record.bytes),
            comment: record
                .comment
                .as_ref()
                .map(|range| text(file.stream.bytes(range))),
        }))
    }

    /// Reads the next packets that pass the filter into `batch`: those of one
    /// file whose bytes can be had without waiting for more than the first of
    /// them. False where [`Reader::next`] gives `None`.
    ///
    /// # Errors
    /// Each fault once, behind the packets before it; the call after it goes
    /// on with what can be read.
    pub fn read(&mut self, batch: &mut Batch) -> Result<bool, CaptureError> {
        batch.clear();
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        loop {
            self.take_in_hand(batch);
            match self.step(!batch.is_empty()) {
                Ok(Step::Packet(record)) => {
                    if let Some(file) = &self.current {
                        if let Some(bookmarks) =
                            self.bookmarks.as_ref().filter(|_| batch.is_empty())
                        {
                            let offset = file.format.start_of(&file.stream, &record);
                            let numbers = (self.number, file.number);
                            bookmarks.add(file.index, offset, numbers, &file.format);
                        }
                        batch.begin(file.index, self.number, file.number);
                        batch.push(&record, self.number);
                    }
                }
                Ok(Step::Stay | Step::End) => break,
                Err(fault) if batch.is_empty() => return Err(fault),
                Err(fault) => {
                    self.fault = Some(fault);
                    break;
                }
            }
        }
        if batch.is_empty() {
            return Ok(false);
        }
        match &mut self.current {
            Some(file) => {
                if let Some(bytes) = self.at_once {
                    file.stream.read_at_once(bytes);
                }
                file.stream.exchange(&mut batch.buffer);
            }
            // A fault has closed it.
            None => std::mem::swap(&mut self.buffer, &mut batch.buffer),
        }
        Ok(true)
    }

    /// Goes on with the next timeline where one has ended and another follows, and
    /// gives the number of its first file. Until then there is no next packet.
    pub fn next_timeline(&mut self) -> Option<u32> {
        let is_over = self.interrupted || self.remaining == Some(0);
        if is_over || !self.between_timelines {
            return None;
        }
        self.between_timelines = false;
        self.latest_ns = None;
        Some(self.next_file())
    }

    /// The number of the next file to be opened.
    fn next_file(&self) -> u32 {
        (self.files.len() - self.waiting.len()) as u32
    }

    /// Whether the next file belongs to another timeline than those before it.
    fn is_apart(&self) -> bool {
        let Some(next) = self.waiting.front().filter(|_| self.next_file() > 0) else {
            return false;
        };
        match (self.timelines, self.latest_ns, next.first_time_ns) {
            (Timelines::Joined, ..) => false,
            (Timelines::Apart, latest, _) => latest.is_some(),
            (Timelines::ByTime, Some(latest), Some(first)) => {
                first.saturating_sub(latest) > CONTINUES_WITHIN_NS
            }
            (Timelines::ByTime, ..) => false,
        }
    }

    /// The files in reading order; [`Frame::file`] counts them from 0.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// What is known of each file, in reading order.
    #[must_use]
    pub fn file_infos(&self) -> Vec<FileInfo> {
        let mut infos = self.infos.clone();
        if let Some(file) = &self.current
            && let Some(info) = infos.get_mut(file.index as usize)
        {
            info.drops = file.format.drops();
        }
        infos
    }

    /// Something of a file could not be read.
    fn count_fault(&mut self, file: u32) {
        if let Some(info) = self.infos.get_mut(file as usize) {
            info.faults = info.faults.saturating_add(1);
        }
    }

    /// The path of one file, as it was given.
    #[must_use]
    pub fn path(&self, file: u32) -> Option<&Path> {
        self.files.get(file as usize).map(PathBuf::as_path)
    }

    /// Packets read so far, whether they passed the filter or not.
    #[must_use]
    pub fn packets(&self) -> u64 {
        self.number
    }

    /// Whether reading ended because the interrupt flag was set.
    #[must_use]
    pub fn interrupted(&self) -> bool {
        self.interrupted
    }

    /// What the recorder says that it lost, in what was read so far.
    #[must_use]
    pub fn drops(&self) -> Drops {
        match &self.current {
            Some(file) => self.drops.plus(file.format.drops()),
            None => self.drops,
        }
    }

    /// Reads so many bytes at once from now on, into each batch: more where
    /// batches go from one processor to another.
    pub fn read_at_once(&mut self, bytes: usize) {
        self.at_once = Some(bytes);
    }

    /// How far the reading is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let current = match &self.current {
            Some(file) => file.count.load(Ordering::Relaxed),
            None => 0,
        };
        Progress {
            read: self.read_before + current,
            total: self.total,
            first_ns: self.first_ns,
        }
    }

    /// Takes the packets that are in hand, where nothing else is to be done
    /// with them: nearly all packets come this way.
    fn take_in_hand(&mut self, batch: &mut Batch) {
        let has_more_to_do =
            self.filter.is_some() || self.remaining.is_some() || self.interfaces.is_some();
        let Some(file) = &mut self.current else {
            return;
        };
        let is_over = self.interrupted || self.on_wait.interrupt.load(Ordering::Relaxed);
        if has_more_to_do || is_over || file.held.is_some() {
            return;
        }
        let (offset, is_first) = (file.stream.offset(), batch.is_empty());
        batch.begin(file.index, self.number + 1, file.number + 1);
        let first = batch.behind_first(self.number + 1);
        let mut next = first;
        let mut latest_ns = self.latest_ns;
        file.format.all_in_hand(&mut file.stream, |record| {
            if record.has_time {
                latest_ns = latest_ns.max(Some(record.time_ns));
            }
            batch.push_counted(&record, next);
            next += 1;
        });
        self.latest_ns = latest_ns;
        let taken = u64::from(next - first);
        if let Some(bookmarks) = self.bookmarks.as_ref().filter(|_| is_first && taken > 0) {
            let numbers = (self.number + 1, file.number + 1);
            bookmarks.add(file.index, offset, numbers, &file.format);
        }
        file.number += taken;
        self.number += taken;
        if self.first_ns.is_none() {
            let mut timed = batch.frames().filter(|frame| frame.has_time);
            self.first_ns = timed.next().map(|frame| frame.time_ns);
        }
    }

    /// The next packet that passes the filter; with `stays`, only if that needs
    /// no reading, so that the packets before it stay in the buffer.
    fn step(&mut self, stays: bool) -> Result<Step, CaptureError> {
        loop {
            if self.on_wait.interrupt.load(Ordering::Relaxed) {
                self.interrupted = true;
            }
            if self.interrupted || self.remaining == Some(0) {
                return Ok(Step::End);
            }
            if self.between_timelines {
                return Ok(Step::End);
            }
            let Some(file) = &mut self.current else {
                if self.is_apart() {
                    self.between_timelines = true;
                    continue;
                }
                if !self.open_next()? {
                    return Ok(Step::End);
                }
                continue;
            };
            file.stream.stay(stays);
            let record = match file.next() {
                Ok(Some(record)) => record,
                _ if file.stream.wants_more() => {
                    file.stream.rewind();
                    return Ok(Step::Stay);
                }
                end => {
                    // An interrupted read looks like the end of the file.
                    if self.on_wait.interrupt.load(Ordering::Relaxed) {
                        continue;
                    }
                    let fault = end.err().map(|fault| file.fault(fault));
                    let index = file.index;
                    self.close();
                    match fault {
                        Some(error) => {
                            self.count_fault(index);
                            return Err(error);
                        }
                        None => continue,
                    }
                }
            };
            file.number += 1;
            self.number += 1;
            if record.has_time {
                self.latest_ns = self.latest_ns.max(Some(record.time_ns));
                self.first_ns = self.first_ns.or(Some(record.time_ns));
            }
            if let Some(interfaces) = &self.interfaces {
                file.tell_new_interfaces(interfaces);
            }
            if let Some(filter) = &mut self.filter {
                let bytes = file.stream.bytes(&record.bytes);
                match filter.passes(record.link_type, bytes, record.original_length) {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(source) => {
                        let error = CaptureError::FilterForLinkType {
                            path: file.path.clone(),
                            expression: filter.expression().to_owned(),
                            link_type: record.link_type,
                            packet: file.number,
                            source,
                        };
                        let index = file.index;
                        self.count_fault(index);
                        return Err(error);
                    }
                }
            }
            if let Some(remaining) = &mut self.remaining {
                *remaining -= 1;
            }
            return Ok(Step::Packet(record));
        }
    }

    /// Begins the next file; false when there is none.
    fn open_next(&mut self) -> Result<bool, CaptureError> {
        let Some(waiting) = self.waiting.pop_front() else {
            return Ok(false);
        };
        let index = self.next_file() - 1;
        let size = waiting.size;
        let bookmarks = self.bookmarks.as_ref();
        match waiting.begin(index, &self.on_wait, bookmarks, &mut self.buffer) {
            Ok(file) => {
                if let Some(info) = self.infos.get_mut(index as usize) {
                    info.format = Some(file.format.name());
                    info.first_number = Some(self.number + 1);
                }
                self.current = Some(file);
                Ok(true)
            }
            // The interrupt cut the header; the caller looks at the flag.
            Err(_) if self.on_wait.interrupt.load(Ordering::Relaxed) => Ok(true),
            Err(error) => {
                self.read_before += size.unwrap_or(0);
                self.count_fault(index);
                Err(error)
            }
        }
    }

    fn close(&mut self) {
        if let Some(file) = self.current.take() {
            if let Some(interfaces) = &self.interfaces {
                file.format.tell_interfaces(file.index, 0, interfaces);
                interfaces.learn_drops(file.index, file.format.drops());
            }
            self.drops = self.drops.plus(file.format.drops());
            if let Some(info) = self.infos.get_mut(file.index as usize) {
                info.drops = file.format.drops();
            }
            self.read_before += file
                .size
                .unwrap_or_else(|| file.count.load(Ordering::Relaxed));
            self.buffer = file.stream.into_buffer();
        }
    }
}

impl Waiting {
    fn new(path: PathBuf) -> Self {
        let size = if path.as_os_str() == "-" {
            None
        } else {
            match path.metadata() {
                Ok(metadata) if metadata.is_dir() => Some(0),
                Ok(metadata) => input::size(&metadata),
                Err(_) => Some(0),
            }
        };
        Self {
            path,
            size,
            first_time_ns: None,
            opened: None,
        }
    }

    /// Looks for the first packet's time. A file is closed again, there may
    /// be more of them than a process may hold open. A fault is not told yet,
    /// but when the file's turn comes.
    fn look(&mut self, on_wait: &Waits, bookmarks: Option<&Bookmarks>, buffer: &mut Vec<u8>) {
        // What is closed again is copied when it is opened for good.
        let bookmarks = bookmarks.filter(|_| self.size.is_none());
        let opened = OpenFile::open(&self.path, 0, on_wait, bookmarks, buffer);
        let mut opened = opened.map(Box::new);
        if let Ok(file) = &mut opened {
            let first = file.next();
            if let Ok(Some(record)) = &first {
                self.first_time_ns = Some(record.time_ns);
            }
            file.held = Some(first);
        }
        if self.size.is_none() {
            self.opened = Some(opened);
        } else if let Ok(file) = opened {
            *buffer = file.stream.into_buffer();
        }
    }

    fn begin(
        self,
        index: u32,
        on_wait: &Waits,
        bookmarks: Option<&Bookmarks>,
        buffer: &mut Vec<u8>,
    ) -> Result<OpenFile, CaptureError> {
        let mut file = match self.opened {
            Some(opened) => *opened?,
            None => OpenFile::open(&self.path, index, on_wait, bookmarks, buffer)?,
        };
        file.index = index;
        Ok(file)
    }
}

impl OpenFile {
    /// Takes `buffer` to read into. What cannot be read again at any place is copied
    /// where there are `bookmarks`.
    fn open(
        path: &Path,
        index: u32,
        on_wait: &Waits,
        bookmarks: Option<&Bookmarks>,
        buffer: &mut Vec<u8>,
    ) -> Result<Self, CaptureError> {
        let input = Input::open(path, on_wait.clone())?;
        let (size, count) = (input.size, input.count());
        let before = |fault: Fault, decompressed, offset| {
            let position = Position {
                packet: 1,
                place: Place::FileHeader,
                offset,
                decompressed,
            };
            fault.at(path.to_owned(), position)
        };
        let mut stream = Stream::new(Box::new(input), std::mem::take(buffer))
            .map_err(|fault| before(fault, false, 0))?;
        if let Some(bookmarks) = bookmarks {
            let copy = bookmarks.begin_copy(path, stream.compression().is_some());
            let copied = copy.map_err(Fault::Read).and_then(|copy| match copy {
                Some(copy) => stream.copy_to(copy),
                None => Ok(()),
            });
            copied.map_err(|fault| before(fault, false, 0))?;
        }
        let format = Format::open(&mut stream)
            .map_err(|fault| before(fault, stream.compression().is_some(), stream.offset()))?;
        Ok(Self {
            path: path.to_owned(),
            index,
            stream,
            format,
            size,
            count,
            number: 0,
            told: 0,
            held: None,
        })
    }

    /// Goes to where a bookmark was set.
    fn resume(&mut self, mark: &Bookmark, on_wait: &Waits) -> Result<(), CaptureError> {
        let input = Input::open_at(&self.path, mark.offset, on_wait.clone())?;
        self.count = input.count();
        let nothing = Stream::plain(Box::new(io::empty()), Vec::new(), 0);
        let buffer = std::mem::replace(&mut self.stream, nothing).into_buffer();
        self.stream = Stream::plain(Box::new(input), buffer, mark.offset);
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Record>, Fault> {
        if let Some(held) = self.held.take() {
            return held;
        }
        self.format.next(&mut self.stream)
    }

    fn tell_new_interfaces(&mut self, to: &Interfaces) {
        let count = self.format.interface_count();
        if count != self.told {
            self.format.tell_interfaces(self.index, self.told, to);
            self.told = count;
        }
    }

    fn fault(&self, fault: Fault) -> CaptureError {
        let (offset, place) = self.format.position(&self.stream);
        let position = Position {
            packet: self.number + 1,
            place,
            offset,
            decompressed: self.stream.compression().is_some(),
        };
        fault.at(self.path.clone(), position)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::time::{Duration, Instant};

    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use tempfile::TempDir;

    use super::super::build::{
        Order, block, enhanced_packet, interface, pcap, pcap_header, pcap_record_header, section,
    };
    use super::*;

    /// A folder with the named files in it, and their paths in that order.
    fn files(contents: &[(&str, &[u8])]) -> (TempDir, Vec<PathBuf>) {
        let folder = tempfile::tempdir().unwrap();
        let paths = contents
            .iter()
            .map(|(name, bytes)| {
                let path = folder.path().join(name);
                fs::write(&path, bytes).unwrap();
                path
            })
            .collect();
        (folder, paths)
    }

    fn open(paths: &[PathBuf]) -> Reader {
        Reader::open(paths, ReadOptions::default()).unwrap()
    }

    /// What one call after the other gives: a packet's numbers and bytes, or
    /// an error.
    fn all(reader: &mut Reader) -> Vec<Result<(u64, u32, u64, String), String>> {
        let mut seen = Vec::new();
        loop {
            match reader.next() {
                Ok(None) => return seen,
                Ok(Some(frame)) => seen.push(Ok((
                    frame.number,
                    frame.file,
                    frame.number_in_file,
                    String::from_utf8_lossy(frame.bytes).into_owned(),
                ))),
                Err(error) => seen.push(Err(error.to_string())),
            }
        }
    }

    /// Reads all packets in batches.
    fn all_in_batches(reader: &mut Reader) -> Vec<Result<(u64, u32, u64, String), String>> {
        let mut seen = Vec::new();
        let mut batch = Batch::default();
        loop {
            match reader.read(&mut batch) {
                Ok(false) => return seen,
                Ok(true) => seen.extend(batch.frames().map(|frame| {
                    Ok((
                        frame.number,
                        frame.file,
                        frame.number_in_file,
                        String::from_utf8_lossy(frame.bytes).into_owned(),
                    ))
                })),
                Err(error) => seen.push(Err(error.to_string())),
            }
        }
    }

    fn packet(
        number: u64,
        file: u32,
        in_file: u64,
        bytes: &str,
    ) -> Result<(u64, u32, u64, String), String> {
        Ok((number, file, in_file, bytes.to_owned()))
    }

    /// Packets of a kilobyte, which begin with their numbers.
    fn large(count: u64) -> Vec<Vec<u8>> {
        let packet = |number: u64| format!("{number:<1000}").into_bytes();
        (0..count).map(packet).collect()
    }

    #[test]
    fn what_is_read_again_from_a_bookmark_on_is_the_same() {
        let packets = large(400);
        let slices: Vec<&[u8]> = packets.iter().map(Vec::as_slice).collect();
        let mut sections = Vec::new();
        for order in [Order::Big, Order::Little] {
            sections.extend(section(order));
            sections.extend(interface(order, 1, 0, &[]));
            for (number, packet) in packets.iter().enumerate() {
                if number == 200 {
                    sections.extend(interface(order, 101, 0, &[(9, &[9])]));
                }
                let of = u32::from(number > 200);
                sections.extend(enhanced_packet(order, of, 5_000_000, packet, &[]));
            }
        }
        let packed = zstd::encode_all(pcap(0, &slices).as_slice(), 1).unwrap();
        let (_folder, paths) = files(&[
            ("a.pcap", &pcap(0, &slices)),
            ("b.pcapng", &sections),
            ("c.pcap.zst", &packed),
        ]);
        let bookmarks = Bookmarks::default();
        let options = ReadOptions {
            bookmarks: Some(bookmarks.clone()),
            ..ReadOptions::default()
        };
        let facts = |frame: &Frame<'_>| {
            let place = (frame.number, frame.file, frame.number_in_file);
            let how = (frame.time_ns, frame.interface, frame.link_type);
            (place, how, frame.bytes.to_vec())
        };
        let mut reader = Reader::open(&paths, options).unwrap();
        let (mut all, mut batch) = (Vec::new(), Batch::default());
        while reader.read(&mut batch).unwrap() {
            all.extend(batch.frames().map(|frame| facts(&frame)));
        }
        assert_eq!(all.len(), 1_600);
        assert!(bookmarks.has_copies());
        let mut marks = 0;
        for number in (1..=1_600).step_by(50) {
            let mark = bookmarks.before(number).expect("a bookmark");
            marks += u64::from(mark.number + 200 > number);
            let mut again = Reader::resume(&bookmarks, &mark, ReadOptions::default()).unwrap();
            let mut expected = all.iter().skip(mark.number as usize - 1);
            while let Some(frame) = again.next().unwrap() {
                assert_eq!(Some(&facts(&frame)), expected.next());
            }
            assert_eq!(expected.next(), None);
        }
        assert_eq!(marks, 32);
    }

    #[test]
    fn files_are_read_in_the_order_of_their_first_packets_and_numbers_run_on() {
        let (_folder, paths) = files(&[
            ("late", &pcap(300, &[b"d", b"e"])),
            ("none", &pcap(0, &[])),
            ("early", &pcap(100, &[b"a", b"b"])),
            ("early_too", &pcap(100, &[b"c"])),
        ]);
        let mut reader = open(&paths);
        let expected = [
            packet(1, 0, 1, "a"),
            packet(2, 0, 2, "b"),
            packet(3, 1, 1, "c"),
            packet(4, 2, 1, "d"),
            packet(5, 2, 2, "e"),
        ];
        assert_eq!(all(&mut reader), expected);
        assert_eq!(reader.path(2), Some(paths[0].as_path()));
        assert_eq!(reader.files()[3], paths[1]);
        assert_eq!(reader.packets(), 5);
    }

    #[test]
    fn every_fault_is_told_once_and_everything_else_is_read() {
        let mut cut = pcap(100, &[b"a", b"b"]);
        cut.pop();
        let mut huge = pcap(200, &[b"c"]);
        huge.extend(pcap_record_header(Order::Little, 0, 0, u32::MAX, u32::MAX));
        let (folder, mut paths) = files(&[
            ("text", b"this is no capture at all"),
            ("empty", b""),
            ("cut", &cut),
            ("huge", &huge),
            ("header", &pcap(0, &[])[..20]),
            ("good", &pcap(300, &[b"d"])),
        ]);
        paths.insert(0, folder.path().to_owned());
        paths.insert(0, folder.path().join("missing"));
        let mut reader = open(&paths);
        let seen = all(&mut reader);
        let told: Vec<&str> = seen
            .iter()
            .map(|seen| match seen {
                Ok((.., bytes)) => bytes.as_str(),
                Err(error) => error.as_str(),
            })
            .collect();
        for (told, words) in told.iter().zip([
            "a",
            "cut off in packet 2 (at byte 41): the record needs 17 bytes, 16 are there; the packet before it was read",
            "c",
            "packet 2 (at byte 41) claims 4294967295 bytes, more than the 262144",
            "d",
            "missing: cannot be opened: No such file or directory (os error 2); check the name",
            "is a directory",
            "text: is not a capture that wirenotes reads",
            "empty: is empty",
            "header: is cut off inside the file header: 24 bytes are needed, 20 are there",
        ]) {
            assert!(told.contains(words), "{told} should say {words}");
        }
        assert_eq!(told.len(), 10);
        assert!(reader.next().unwrap().is_none());
    }

    #[test]
    fn batches_give_the_same_packets_and_faults_in_the_same_order() {
        let many: Vec<Vec<u8>> = (0..3_000)
            .map(|number: u32| vec![number as u8; (number % 1_400) as usize])
            .collect();
        let many: Vec<&[u8]> = many.iter().map(Vec::as_slice).collect();
        let mut cut = pcap(100, &many);
        cut.pop();
        let mut huge = pcap(200, &[b"c"]);
        huge.extend(pcap_record_header(Order::Little, 0, 0, u32::MAX, u32::MAX));
        // Two link types, the filter fits only the first; unknown blocks,
        // comments and statistics in between.
        let order = Order::Little;
        let ethernet: &[u8] = &[0; 60];
        let comment: &[(u16, &[u8])] = &[(1, b"said")];
        let mut mixed = [
            section(order),
            interface(order, 1, 0, &[]),
            interface(order, 101, 0, &[]),
        ]
        .concat();
        for number in 0..20_000 {
            let options = if number % 3 == 0 { comment } else { &[] };
            let of = u32::from(number > 9_000 && number % 2 == 0);
            mixed.extend(enhanced_packet(order, of, number, ethernet, options));
            if number % 7 == 0 {
                mixed.extend(block(order, 0x1234, &[1; 100]));
            }
            if number % 11 == 0 {
                mixed.extend(interface(order, 1, 0, &[]));
            }
        }
        let (_folder, paths) = files(&[
            ("cut", &cut),
            ("huge", &huge),
            ("text", b"this is no capture at all"),
            ("mixed", &mixed),
        ]);
        for filter in [None, Some("ether[0] = 0"), Some("greater 700")] {
            for count in [None, Some(1), Some(2_999), Some(12_000)] {
                let open = || {
                    let options = ReadOptions {
                        filter: filter.map(str::to_owned),
                        count,
                        ..ReadOptions::default()
                    };
                    Reader::open(&paths, options).unwrap()
                };
                let (mut singly, mut in_batches) = (open(), open());
                assert_eq!(all(&mut singly), all_in_batches(&mut in_batches));
                assert_eq!(singly.packets(), in_batches.packets());
                assert_eq!(singly.progress(), in_batches.progress());
            }
        }
    }

    #[test]
    fn a_frame_of_a_batch_has_everything_that_a_single_one_has() {
        let order = Order::Big;
        let comment: &[(u16, &[u8])] = &[(1, b"said of it")];
        let file = [
            section(order),
            interface(order, 1, 0, &[]),
            interface(order, 101, 0, &[]),
            enhanced_packet(order, 0, 7, b"first", &[]),
            enhanced_packet(order, 1, 8, b"second", comment),
        ]
        .concat();
        let (_folder, paths) = files(&[("a", &file)]);
        let mut batch = Batch::default();
        assert!(open(&paths).read(&mut batch).unwrap());
        let mut singly = open(&paths);
        for frame in batch.frames() {
            let single = singly.next().unwrap().unwrap();
            assert_eq!(format!("{frame:?}"), format!("{single:?}"));
        }
        assert_eq!(batch.len(), 2);
        assert_eq!(batch.get(1).unwrap().comment, Some("said of it"));
        assert!(batch.get(2).is_none());
    }

    #[test]
    fn one_fault_leaves_the_count_of_bytes_right() {
        let (_folder, paths) = files(&[
            ("text", b"this is no capture at all"),
            ("good", &pcap(300, &[b"d"])),
        ]);
        let mut reader = open(&paths);
        let total = 25 + 24 + 16 + 1;
        assert_eq!(reader.progress().total, Some(total));
        all(&mut reader);
        assert_eq!(reader.progress().read, total);
    }

    #[test]
    fn a_filter_lets_packets_out_but_their_numbers_stay() {
        let (_folder, paths) = files(&[
            ("a", &pcap(1, &[b"short", b"longer than five", b"short"])),
            ("b", &pcap(2, &[b"short", b"again longer"])),
        ]);
        let options = ReadOptions {
            filter: Some("greater 6".to_owned()),
            ..ReadOptions::default()
        };
        let mut reader = Reader::open(&paths, options).unwrap();
        let expected = [
            packet(2, 0, 2, "longer than five"),
            packet(5, 1, 2, "again longer"),
        ];
        assert_eq!(all(&mut reader), expected);
    }

    #[test]
    fn the_count_is_of_packets_that_passed() {
        let (_folder, paths) = files(&[("a", &pcap(1, &[b"x", b"yes", b"x", b"yes", b"yes"]))]);
        for (count, passed, read) in [(0, 0, 0), (2, 2, 4), (9, 3, 5)] {
            let options = ReadOptions {
                filter: Some("len = 3".to_owned()),
                count: Some(count),
                ..ReadOptions::default()
            };
            let mut reader = Reader::open(&paths, options).unwrap();
            assert_eq!(all(&mut reader).len(), passed);
            assert_eq!(reader.packets(), read);
        }
    }

    #[test]
    fn a_filter_that_fails_for_a_link_type_names_it_once_and_the_rest_is_read() {
        let mut raw = pcap_header(Order::Little, 0xa1b2_c3d4, 101);
        for _ in 0..2 {
            raw.extend(pcap_record_header(Order::Little, 1, 0, 1, 1));
            raw.push(0x45);
        }
        let mut ethernet = vec![0xff; 12];
        ethernet.extend([8, 0]);
        let (_folder, paths) = files(&[("raw", &raw), ("ethernet", &pcap(5, &[&ethernet]))]);
        let options = ReadOptions {
            filter: Some("ether broadcast".to_owned()),
            ..ReadOptions::default()
        };
        let mut reader = Reader::open(&paths, options).unwrap();
        let seen = all(&mut reader);
        assert_eq!(seen.len(), 2);
        let error = seen[0].as_ref().unwrap_err();
        assert!(
            error.contains("link type 101 (RAW)") && error.contains("packet 1"),
            "{error}"
        );
        assert_eq!(seen[1].as_ref().unwrap().0, 3);
    }

    #[test]
    fn a_wrong_filter_is_refused_before_anything_is_opened() {
        let options = ReadOptions {
            filter: Some("tcp prot 80".to_owned()),
            ..ReadOptions::default()
        };
        let error = Reader::open(["missing"], options).err().unwrap();
        assert!(matches!(error, CaptureError::Filter { .. }));
    }

    #[test]
    fn interrupting_ends_the_reading_between_packets() {
        let (_folder, paths) = files(&[("a", &pcap(1, &[b"x", b"y"]))]);
        let options = ReadOptions::default();
        let interrupt = Arc::clone(&options.interrupt);
        let mut reader = Reader::open(&paths, options).unwrap();
        assert!(reader.next().unwrap().is_some());
        assert!(!reader.interrupted());
        interrupt.store(true, Ordering::Relaxed);
        assert!(reader.next().unwrap().is_none());
        assert!(reader.interrupted());
    }

    #[test]
    fn a_reader_may_be_moved_to_another_thread() {
        fn is_send<T: Send>() {}
        is_send::<Reader>();
        is_send::<CaptureError>();
    }

    fn fifo() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fifo");
        let mode = Mode::RUSR | Mode::WUSR;
        mknodat(CWD, &path, FileType::Fifo, mode, 0).unwrap();
        (folder, path)
    }

    #[test]
    fn interrupting_ends_the_waiting_for_a_pipe() {
        let (_folder, path) = fifo();
        let file = pcap(1, &[b"x", b"cut"]);
        let mut writer = fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .unwrap();
        writer.write_all(&file[..file.len() - 1]).unwrap();
        let options = ReadOptions::default();
        let interrupt = Arc::clone(&options.interrupt);
        let mut reader = Reader::open([path], options).unwrap();
        assert_eq!(reader.next().unwrap().unwrap().bytes, b"x");
        let started = Instant::now();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            interrupt.store(true, Ordering::Relaxed);
        });
        // Half a packet is there; that it never comes is no fault of the file.
        assert!(reader.next().unwrap().is_none());
        assert!(reader.interrupted());
        assert!(started.elapsed() < Duration::from_secs(5));
        assert_eq!(reader.progress().total, None);
    }

    #[test]
    fn a_pipe_among_files_is_opened_once_and_takes_its_place() {
        let (_folder, path) = fifo();
        let (_files, mut paths) = files(&[
            ("late", &pcap(300, &[b"c"])),
            ("early", &pcap(100, &[b"a"])),
        ]);
        paths.insert(0, path.clone());
        let writer = std::thread::spawn(move || {
            fs::write(path, pcap(200, &[b"b1", b"b2"])).unwrap();
        });
        let mut reader = open(&paths);
        let expected = [
            packet(1, 0, 1, "a"),
            packet(2, 1, 1, "b1"),
            packet(3, 1, 2, "b2"),
            packet(4, 2, 1, "c"),
        ];
        assert_eq!(all(&mut reader), expected);
        writer.join().unwrap();
    }
}
