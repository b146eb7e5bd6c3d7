//! Saved captures, one after the other in the order of their first packets:
//! paths come in, numbered frames that pass the filter go out.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::Frame;
use super::error::{CaptureError, Fault, Position};
use super::filter::Filter;
use super::format::Format;
use super::input::{self, Input};
use super::pcapng_interface::Drops;
use super::record::Record;
use super::stream::Stream;

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
}

/// How far the reading is, in bytes of the files as they stand on the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read.
    pub read: u64,
    /// Bytes of all files; `None` when one is a pipe.
    pub total: Option<u64>,
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
    /// In reading order.
    files: Vec<PathBuf>,
    /// Those not yet begun.
    waiting: VecDeque<Waiting>,
    current: Option<OpenFile>,
    filter: Option<Filter>,
    /// How many packets may still pass.
    left: Option<u64>,
    interrupt: Arc<AtomicBool>,
    interrupted: bool,
    /// Packets read, passed or not.
    number: u64,
    /// Of the files that are done.
    drops: Drops,
    read_before: u64,
    total: Option<u64>,
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
        let filter = options.filter.map(Filter::new).transpose()?;
        let mut waiting: Vec<Waiting> = paths
            .into_iter()
            .map(|path| Waiting::new(path.into()))
            .collect();
        if waiting.len() > 1 {
            for file in &mut waiting {
                file.look(&options.interrupt);
            }
            waiting.sort_by_key(|file| (file.first_time_ns.is_none(), file.first_time_ns));
        }
        Ok(Self {
            files: waiting.iter().map(|file| file.path.clone()).collect(),
            total: waiting.iter().map(|file| file.size).sum(),
            waiting: waiting.into(),
            current: None,
            filter,
            left: options.count,
            interrupt: options.interrupt,
            interrupted: false,
            number: 0,
            drops: Drops::default(),
            read_before: 0,
        })
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
        let Some(record) = self.next_record()? else {
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

    /// The files in reading order; [`Frame::file`] counts them from 0.
    #[must_use]
    pub fn files(&self) -> &[PathBuf] {
        &self.files
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
        }
    }

    fn next_record(&mut self) -> Result<Option<Record>, CaptureError> {
        loop {
            if self.interrupt.load(Ordering::Relaxed) {
                self.interrupted = true;
            }
            if self.interrupted || self.left == Some(0) {
                return Ok(None);
            }
            let Some(file) = &mut self.current else {
                if !self.open_next()? {
                    return Ok(None);
                }
                continue;
            };
            let record = match file.next() {
                Ok(Some(record)) => record,
                end => {
                    // An interrupted read looks like the end of the file.
                    if self.interrupt.load(Ordering::Relaxed) {
                        continue;
                    }
                    let fault = end.err().map(|fault| file.fault(fault));
                    self.close();
                    match fault {
                        Some(error) => return Err(error),
                        None => continue,
                    }
                }
            };
            file.number += 1;
            self.number += 1;
            if let Some(filter) = &mut self.filter {
                let bytes = file.stream.bytes(&record.bytes);
                match filter.passes(record.link_type, bytes, record.original_length) {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(source) => {
                        return Err(CaptureError::FilterForLinkType {
                            path: file.path.clone(),
                            expression: filter.expression().to_owned(),
                            link_type: record.link_type,
                            packet: file.number,
                            source,
                        });
                    }
                }
            }
            if let Some(left) = &mut self.left {
                *left -= 1;
            }
            return Ok(Some(record));
        }
    }

    /// Begins the next file; false when there is none.
    fn open_next(&mut self) -> Result<bool, CaptureError> {
        let Some(waiting) = self.waiting.pop_front() else {
            return Ok(false);
        };
        let index = (self.files.len() - self.waiting.len() - 1) as u32;
        let size = waiting.size;
        match waiting.begin(index, &self.interrupt) {
            Ok(file) => {
                self.current = Some(file);
                Ok(true)
            }
            // The interrupt cut the header; the caller looks at the flag.
            Err(_) if self.interrupt.load(Ordering::Relaxed) => Ok(true),
            Err(error) => {
                self.read_before += size.unwrap_or(0);
                Err(error)
            }
        }
    }

    fn close(&mut self) {
        if let Some(file) = self.current.take() {
            self.drops = self.drops.plus(file.format.drops());
            self.read_before += file
                .size
                .unwrap_or_else(|| file.count.load(Ordering::Relaxed));
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
    fn look(&mut self, interrupt: &Arc<AtomicBool>) {
        let mut opened = OpenFile::open(&self.path, 0, interrupt).map(Box::new);
        if let Ok(file) = &mut opened {
            let first = file.next();
            if let Ok(Some(record)) = &first {
                self.first_time_ns = Some(record.time_ns);
            }
            file.held = Some(first);
        }
        if self.size.is_none() {
            self.opened = Some(opened);
        }
    }

    fn begin(self, index: u32, interrupt: &Arc<AtomicBool>) -> Result<OpenFile, CaptureError> {
        let mut file = match self.opened {
            Some(opened) => *opened?,
            None => OpenFile::open(&self.path, index, interrupt)?,
        };
        file.index = index;
        Ok(file)
    }
}

impl OpenFile {
    fn open(path: &Path, index: u32, interrupt: &Arc<AtomicBool>) -> Result<Self, CaptureError> {
        let input = Input::open(path, Arc::clone(interrupt))?;
        let (size, count) = (input.size, input.count());
        let before = |fault: Fault, decompressed, offset| {
            let position = Position {
                packet: 1,
                offset,
                decompressed,
            };
            fault.at(path.to_owned(), position)
        };
        let mut stream = Stream::new(Box::new(input)).map_err(|fault| before(fault, false, 0))?;
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
            held: None,
        })
    }

    #[inline]
    fn next(&mut self) -> Result<Option<Record>, Fault> {
        if let Some(held) = self.held.take() {
            return held;
        }
        self.format.next(&mut self.stream)
    }

    fn fault(&self, fault: Fault) -> CaptureError {
        let position = Position {
            packet: self.number + 1,
            offset: self.stream.offset(),
            decompressed: self.stream.compression().is_some(),
        };
        fault.at(self.path.clone(), position)
    }
}

/// A comment as far as it is UTF-8, which the format demands.
fn text(bytes: &[u8]) -> &str {
    bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}
