//! `wirenotes deal FILE... -w DIR --buckets K`: a capture is dealt into buckets, each of
//! whole conversations, so that several machines can follow it. Only what tells the
//! conversation is decoded, and nothing is followed.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};

use crate::capture::{
    BeforeWaiting, Frame, Interfaces, PacketWriter, ReadOptions, Reader, Timelines, WriteOptions,
};
use crate::commands::analyze::{AnalyzeError, Faults, Outcome, Tick};
use crate::commands::output_file::FileError;
use crate::decode::decode_headers;
use crate::escape::{escape, escape_path};
use crate::notes::Lang;
use crate::report::numbers::grouped;
use crate::track::part_of;

/// The list of what was dealt, one line a piece.
const PIECES: &str = "_pieces.ndjson";

/// Bytes that are collected over all buckets before they are written.
const BUFFERS: usize = 64 << 20;

/// The least and the most that are collected of one bucket.
const BUFFER_AT_LEAST: usize = 4 << 10;
const BUFFER_AT_MOST: usize = 256 << 10;

/// How far the reading is, is told once in so many packets.
const TICK_EVERY: u64 = 4_096;

/// What to deal, and where.
#[derive(Debug)]
pub struct Deal {
    /// The captures, `-` for standard input.
    pub files: Vec<PathBuf>,
    /// The folder of the buckets.
    pub folder: PathBuf,
    /// How many buckets, at least 1.
    pub buckets: u16,
    /// The number in the whole of the packet before the first.
    pub base: u64,
    /// Ends the reading.
    pub interrupt: Arc<AtomicBool>,
    /// In which language to say what was done.
    pub lang: Lang,
    /// Nothing is said.
    pub quiet: bool,
}

/// Deals captures into buckets. Each file of a bucket has its final name only when it is
/// whole, and its piece is listed behind that.
///
/// # Errors
/// When a piece was dealt before, or cannot be written.
pub fn run(it: &Deal, out: &mut dyn Write, tick: Tick<'_>) -> Result<Outcome, AnalyzeError> {
    let interfaces = Interfaces::default();
    let options = ReadOptions {
        interrupt: Arc::clone(&it.interrupt),
        before_waiting: BeforeWaiting::default(),
        interfaces: Some(interfaces.clone()),
        timelines: Timelines::Joined,
        ..ReadOptions::default()
    };
    let mut reader = Reader::open(it.files.iter(), options).map_err(AnalyzeError::Filter)?;
    let names = piece_names(&reader, &it.folder)?;
    may_open_as_many_as_possible();
    let mut faults = Faults::default();
    let mut done: Vec<Piece> = Vec::new();
    let mut piece: Option<Piece> = None;
    loop {
        let numbered_before = it.base + reader.packets();
        match reader.next() {
            Ok(Some(frame)) => {
                if piece.as_ref().is_none_or(|piece| piece.file != frame.file) {
                    done.extend(piece.take().map(|piece| piece.finish(it)).transpose()?);
                    let name = names.get(frame.file as usize);
                    let name = name.cloned().unwrap_or_default();
                    piece = Some(Piece::new(frame.file, name, numbered_before));
                }
                if let Some(piece) = &mut piece {
                    piece.packet(it, &interfaces, &frame)?;
                }
                if frame.number.is_multiple_of(TICK_EVERY) {
                    let progress = reader.progress();
                    tick(progress.read, progress.total);
                }
            }
            Ok(None) => break,
            Err(fault) => faults.add(fault),
        }
    }
    // Of a piece that was not read to its end nothing stays.
    if let Some(piece) = piece.filter(|_| !reader.interrupted()) {
        done.push(piece.finish(it)?);
    }
    if !it.quiet {
        for piece in &done {
            writeln!(out, "{}", piece.in_a_line(it))?;
        }
    }
    Ok(Outcome {
        faults: faults.kept,
        more_faults: faults.more,
        interrupted: reader.interrupted(),
        failed_on: None,
        missing: None,
        conversations: 0,
        packets: reader.packets(),
        bytes: reader.progress().read,
        threads: 1,
        written: None,
        secrets_written: 0,
    })
}

/// One input, as far as it is dealt.
struct Piece {
    /// Which one of the inputs.
    file: u32,
    name: String,
    /// The number before its first packet.
    base: u64,
    packets: u64,
    times_ns: Option<(u64, u64)>,
    buckets: BTreeMap<u16, Bucket>,
}

/// The part of a piece in one bucket.
struct Bucket {
    /// `None` once it is whole.
    writer: Option<PacketWriter>,
    part: PathBuf,
    whole: PathBuf,
    packets: u64,
    bytes: u64,
}

impl Drop for Bucket {
    /// What is not whole does not stay.
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            // Nobody is left to be told if this fails.
            let _ = fs::remove_file(&self.part);
        }
    }
}

impl Piece {
    fn new(file: u32, name: String, base: u64) -> Self {
        Self {
            file,
            name,
            base,
            packets: 0,
            times_ns: None,
            buckets: BTreeMap::new(),
        }
    }

    fn packet(
        &mut self,
        it: &Deal,
        interfaces: &Interfaces,
        frame: &Frame<'_>,
    ) -> Result<(), AnalyzeError> {
        let number = part_of(&decode_headers(*frame), usize::from(it.buckets));
        let bucket = match self.buckets.entry(number) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Bucket::begin(it, number, &self.name, interfaces)?),
        };
        if let Some(writer) = &mut bucket.writer {
            writer.write(frame, "").map_err(AnalyzeError::Packets)?;
        }
        bucket.packets += 1;
        self.packets += 1;
        if frame.has_time {
            let (first, last) = self.times_ns.unwrap_or((frame.time_ns, frame.time_ns));
            self.times_ns = Some((first.min(frame.time_ns), last.max(frame.time_ns)));
        }
        Ok(())
    }

    /// Gives the files their names, and lists the piece behind that.
    fn finish(mut self, it: &Deal) -> Result<Self, AnalyzeError> {
        for bucket in self.buckets.values_mut() {
            bucket.finish()?;
        }
        let path = it.folder.join(PIECES);
        let line = format!("{}\n", self.record());
        // In one step: several may be dealing into the same folder.
        let opened = OpenOptions::new().append(true).create(true).open(&path);
        opened
            .and_then(|mut file| file.write_all(line.as_bytes()))
            .map_err(|source| FileError::write(&path, source))?;
        Ok(self)
    }

    fn record(&self) -> Value {
        let (first_ns, last_ns) = self.times_ns.unzip();
        let buckets = self.buckets.iter().map(|(number, bucket)| {
            json!({"bucket": number, "packets": bucket.packets, "bytes": bucket.bytes})
        });
        json!({
            "piece": self.name,
            "base": self.base,
            "packets": self.packets,
            "first_ns": first_ns,
            "last_ns": last_ns,
            "buckets": buckets.collect::<Vec<_>>(),
        })
    }

    /// `monday: 1,000 packets into 8 of 8 buckets, the largest has 181`.
    fn in_a_line(&self, it: &Deal) -> String {
        let name = escape(&self.name);
        let (packets, used) = (grouped(self.packets), self.buckets.len());
        let largest = self.buckets.values().map(|bucket| bucket.packets).max();
        let largest = grouped(largest.unwrap_or_default());
        let (of, folder) = (it.buckets, escape_path(&it.folder));
        match it.lang {
            Lang::En => format!(
                "{name}: {packets} packets into {used} of {of} buckets of {folder}, at most \
                 {largest} in one"
            ),
            Lang::Zh => format!(
                "{name}：{packets} 个报文分入 {folder} 的 {used} 个桶（共 {of} 个），单个桶最多 {largest} 个"
            ),
        }
    }
}

impl Bucket {
    fn begin(
        it: &Deal,
        number: u16,
        piece: &str,
        interfaces: &Interfaces,
    ) -> Result<Self, AnalyzeError> {
        let folder = it.folder.join(format!("bucket={number:05}"));
        fs::create_dir_all(&folder).map_err(|source| FileError::write(&folder, source))?;
        let whole = folder.join(format!("{piece}.pcapng"));
        if whole.exists() {
            return Err(FileError::Dealt { path: whole }.into());
        }
        let part = folder.join(format!(".{piece}.pcapng.part"));
        let buffer = BUFFERS / usize::from(it.buckets);
        let writer = PacketWriter::create(WriteOptions {
            path: part.clone(),
            inputs: it.files.clone(),
            interfaces: interfaces.clone(),
            stop: Arc::clone(&it.interrupt),
            numbered_from: Some(it.base),
            buffer: buffer.clamp(BUFFER_AT_LEAST, BUFFER_AT_MOST),
            ..WriteOptions::default()
        });
        Ok(Self {
            writer: Some(writer.map_err(AnalyzeError::Packets)?),
            part,
            whole,
            packets: 0,
            bytes: 0,
        })
    }

    fn finish(&mut self) -> Result<(), AnalyzeError> {
        let Some(writer) = self.writer.take() else {
            return Ok(());
        };
        let written = writer.finish().map_err(AnalyzeError::Packets);
        let named = written.and_then(|written| {
            self.bytes = written.bytes;
            fs::rename(&self.part, &self.whole)
                .map_err(|source| FileError::write(&self.whole, source).into())
        });
        named.inspect_err(|_| {
            // Nobody is left to be told if this fails.
            let _ = fs::remove_file(&self.part);
        })
    }
}

/// The names of the pieces, in reading order: the files' own, without their formats.
/// None of them may be there already, or twice.
fn piece_names(reader: &Reader, folder: &Path) -> Result<Vec<String>, AnalyzeError> {
    fs::create_dir_all(folder).map_err(|source| FileError::write(folder, source))?;
    let list = folder.join(PIECES);
    let mut dealt = match File::open(&list) {
        Ok(file) => listed(file).map_err(|source| FileError::Read {
            path: list.clone(),
            source,
        })?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(source) => return Err(FileError::Read { path: list, source }.into()),
    };
    let mut names = Vec::new();
    for path in reader.files() {
        let name = piece_name(path);
        if dealt.contains(&name) {
            return Err(FileError::Dealt {
                path: folder.join(name),
            }
            .into());
        }
        dealt.push(name.clone());
        names.push(name);
    }
    Ok(names)
}

/// The pieces that a list names.
fn listed(file: File) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for line in BufReader::new(file).lines() {
        let record: Value = serde_json::from_str(&line?)?;
        names.extend(record["piece"].as_str().map(str::to_owned));
    }
    Ok(names)
}

/// `monday` of `/data/monday.pcapng.zst`.
fn piece_name(path: &Path) -> String {
    if path.as_os_str() == "-" {
        return "stdin".to_owned();
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut name: &str = &name;
    for format in [".gz", ".zst", ".pcapng", ".pcap", ".cap"] {
        name = name.strip_suffix(format).unwrap_or(name);
    }
    name.to_owned()
}

/// Every bucket has a file open: the process may have as many as the system lets it.
fn may_open_as_many_as_possible() {
    let limit = getrlimit(Resource::Nofile);
    // Where it may not, opening the file that is too much says so.
    let _ = setrlimit(
        Resource::Nofile,
        Rlimit {
            current: limit.maximum,
            ..limit
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_named_by_its_file_without_formats() {
        for (path, name) in [
            ("/data/monday.pcapng.zst", "monday"),
            ("a.b.pcap", "a.b"),
            ("noon", "noon"),
            ("-", "stdin"),
        ] {
            assert_eq!(piece_name(Path::new(path)), name);
        }
    }
}
