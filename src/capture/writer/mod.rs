//! Writing packets to files: frames and their comments come in, pcapng or
//! classic pcap goes out, into one file or, by [`Rotation`], several, each of
//! them complete by itself. What a comment says is not known here.

mod error;
mod pcap;
mod pcapng;
mod rotation;
mod sink;

use std::path::{Path, PathBuf};

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use rustix::fs::{Access, access};
use rustix::system::uname;

use super::{Drops, Frame, InterfaceInfo, Interfaces, LinkType};

pub use error::WriteError;
pub use rotation::{FileSize, NoFileSize, Rotation};

use rotation::{Names, Turn};
use sink::{Identity, Sink};

#[cfg(test)]
mod tests;

/// Real captures have a handful. Behind so many, a section begins anew, so
/// that neither memory nor the head of a rotated file grows without bound.
const INTERFACES_IN_SECTION: usize = 1_000;

/// So many of a file's interfaces keep their numbers, though no packet of
/// those before them is written.
const NUMBERS_KEPT: u32 = 64;

/// Where packets are to be written, and how.
#[derive(Clone, Debug, Default)]
pub struct WriteOptions {
    /// The file, `-` for standard output. Classic pcap when the name ends in
    /// `.pcap`, else pcapng.
    pub path: PathBuf,
    /// When to begin another file.
    pub rotation: Rotation,
    /// User and group that regular files are given to, when they are not that
    /// user's already.
    pub owner: Option<(u32, u32)>,
    /// What is being read, `-` for standard input: never written to.
    pub inputs: Vec<PathBuf>,
    /// What is known of the interfaces that packets come from.
    pub interfaces: Interfaces,
}

/// What became of an interface's packets since the capture began; `None`
/// where that is not known. A file gets what was added since the file before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// That came in on the interface (`isb_ifrecv`).
    pub received: Option<u64>,
    /// Lost by the interface for lack of resources (`isb_ifdrop`).
    pub dropped_by_interface: Option<u64>,
    /// That passed the filter (`isb_filteraccept`).
    pub accepted: Option<u64>,
    /// Lost by the system behind the filter (`isb_osdrop`). What a program
    /// itself loses has no other place in the format.
    pub dropped_by_system: Option<u64>,
    /// That reached the program (`isb_usrdeliv`).
    pub delivered: Option<u64>,
}

impl Statistics {
    /// As the file said that is read; nothing where it lost nothing.
    fn of(drops: Drops) -> Option<Self> {
        let some = |count: u64| (count > 0).then_some(count);
        let statistics = Self {
            dropped_by_interface: some(drops.by_interface),
            dropped_by_system: some(drops.by_system),
            ..Self::default()
        };
        (statistics != Self::default()).then_some(statistics)
    }

    fn since(&self, before: &Self) -> Self {
        let less = |now: Option<u64>, before: Option<u64>| {
            now.map(|now| now.saturating_sub(before.unwrap_or(0)))
        };
        Self {
            received: less(self.received, before.received),
            dropped_by_interface: less(self.dropped_by_interface, before.dropped_by_interface),
            accepted: less(self.accepted, before.accepted),
            dropped_by_system: less(self.dropped_by_system, before.dropped_by_system),
            delivered: less(self.delivered, before.delivered),
        }
    }
}

/// What was written in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files begun; those of a ring that were written again count again.
    pub files: u64,
    /// Packets.
    pub packets: u64,
    /// Bytes of files, headers included.
    pub bytes: u64,
}

/// An interface as the reader numbers it: the file, and the number in it.
type Key = (u32, u32);

/// An interface that the present section describes.
#[derive(Debug)]
struct Described {
    key: Key,
    info: InterfaceInfo,
    statistics: Option<Statistics>,
    /// What the files before have of it.
    told: Statistics,
}

/// Which of the two formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Pcapng,
    Pcap,
}

/// Writes packets. Whatever happens to it, the files hold whole packets only;
/// [`PacketWriter::finish`] says what came of it.
///
/// ```no_run
/// # use wirenotes::capture::{PacketWriter, ReadOptions, Reader, WriteOptions};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut reader = Reader::open(["a.pcap"], ReadOptions::default())?;
/// let mut writer = PacketWriter::create(WriteOptions {
///     path: "b.pcapng".into(),
///     inputs: vec!["a.pcap".into()],
///     ..WriteOptions::default()
/// })?;
/// while let Some(frame) = reader.next()? {
///     writer.write(&frame, "seen")?;
/// }
/// println!("{} packets", writer.finish()?.packets);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PacketWriter {
    names: Names,
    format: Format,
    inputs: Vec<Identity>,
    owner: Option<(u32, u32)>,
    out: Option<Sink>,
    known: Interfaces,
    /// Of the present section, by their number in it.
    interfaces: Vec<Described>,
    numbers: HashMap<Key, u32, FxBuildHasher>,
    /// Whether the present file has its header (of a classic file it needs to
    /// be known what the packets are).
    has_header: bool,
    /// The first and the last packet's time in the present file.
    times_ns: Option<(u64, u64)>,
    system: String,
    /// Of the files before the present one.
    before: Written,
    ended: bool,
}

impl PacketWriter {
    /// Makes the first file, so that a place that cannot be written to is
    /// known before anything is captured. With rotation by time the file waits
    /// for its first packet, whose time is in its name, and it is seen to
    /// that the directory can be written to.
    ///
    /// # Errors
    /// When the file cannot be made, is one of the inputs, or is a terminal.
    pub fn create(options: WriteOptions) -> Result<Self, WriteError> {
        let is_pcap = options
            .path
            .extension()
            .is_some_and(|extension| extension == "pcap");
        let inputs = options.inputs.iter();
        let mut writer = Self {
            format: if is_pcap {
                Format::Pcap
            } else {
                Format::Pcapng
            },
            inputs: inputs.filter_map(|path| Identity::of_input(path)).collect(),
            owner: options.owner,
            names: Names::new(options.path, options.rotation),
            out: None,
            known: options.interfaces,
            interfaces: Vec::new(),
            numbers: HashMap::default(),
            has_header: false,
            times_ns: None,
            system: system(),
            before: Written::default(),
            ended: false,
        };
        if writer.names.given().as_os_str() == "-" && writer.names.rotate() {
            return Err(WriteError::Undivided);
        }
        if writer.names.need_time() {
            writer
                .names
                .base_at(0)
                .map_err(|reason| writer.no_name(reason))?;
            writer.can_begin_files()?;
        } else {
            writer.begin_file(0)?;
            writer.flush()?;
        }
        Ok(writer)
    }

    /// Whether this process may make further files beside the first. To be
    /// asked again when privileges were dropped.
    ///
    /// # Errors
    /// When it may not.
    pub fn can_begin_files(&self) -> Result<(), WriteError> {
        let path = self.names.given();
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let is_known =
            !self.names.need_time() || !folder.as_os_str().as_encoded_bytes().contains(&b'%');
        if !self.names.rotate() || !is_known {
            return Ok(());
        }
        access(folder, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| WriteError::Create {
            path: path.to_owned(),
            source: error.into(),
        })
    }

    /// Whether an interface, as [`Frame::file`] and [`Frame::interface`]
    /// number it, has been described.
    #[must_use]
    pub fn knows(&self, file: u32, interface: u32) -> bool {
        self.numbers.contains_key(&(file, interface))
    }

    /// Describes an interface; the next number in the files is its. One that
    /// is not described before its first packet is described then, by what
    /// [`WriteOptions::interfaces`] knows.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn describe(
        &mut self,
        file: u32,
        interface: u32,
        info: InterfaceInfo,
    ) -> Result<(), WriteError> {
        if self.knows(file, interface) {
            return Ok(());
        }
        if self.interfaces.len() >= INTERFACES_IN_SECTION {
            self.begin_section()?;
        }
        let number = self.interfaces.len() as u32;
        if let Some(out) = self.out.as_mut() {
            match self.format {
                Format::Pcapng => pcapng::interface_description(&mut out.buffer, &info),
                Format::Pcap if !self.has_header => {
                    pcap::file_header(&mut out.buffer, &info);
                    self.has_header = true;
                    out.flush()?;
                }
                Format::Pcap => {}
            }
        }
        self.numbers.insert((file, interface), number);
        self.interfaces.push(Described {
            key: (file, interface),
            info,
            statistics: None,
            told: Statistics::default(),
        });
        Ok(())
    }

    /// Writes a packet with its comment (which classic pcap has no place for);
    /// the comment that it has already stays before that. Of a longer one,
    /// 65,535 bytes are kept. `false`: it was not written, because the last
    /// file that [`Rotation`] allows is complete.
    ///
    /// # Errors
    /// When it cannot be written; then nothing can any longer.
    pub fn write(&mut self, frame: &Frame<'_>, comment: &str) -> Result<bool, WriteError> {
        if self.ended {
            return Ok(false);
        }
        let size = self.out.as_ref().map_or(0, Sink::size);
        match self.names.turn(frame.time_ns, size) {
            Turn::Stay if self.out.is_some() => {}
            Turn::Stay | Turn::Next => self.begin_file(frame.time_ns)?,
            Turn::End => {
                self.ended = true;
                return self.end_file().map(|()| false);
            }
        }
        let number = self.number_of(frame)?;
        let Some(out) = self.out.as_mut() else {
            return Ok(false);
        };
        match self.format {
            Format::Pcapng => pcapng::packet(&mut out.buffer, number, frame, comment),
            Format::Pcap => self.write_classic(frame)?,
        }
        let (first, last) = self.times_ns.unwrap_or((frame.time_ns, frame.time_ns));
        self.times_ns = Some((first.min(frame.time_ns), last.max(frame.time_ns)));
        let Some(out) = self.out.as_mut() else {
            return Ok(false);
        };
        out.packets += 1;
        out.record_ends().map(|()| true)
    }

    /// Hands on what has been written so far, so that a reader can follow: to
    /// be called when the next packet may be long in coming.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn flush(&mut self) -> Result<(), WriteError> {
        self.out.as_mut().map_or(Ok(()), Sink::flush)
    }

    /// What became of an interface's packets so far. The latest stands at the
    /// end of each pcapng file.
    pub fn statistics(&mut self, file: u32, interface: u32, statistics: Statistics) {
        let number = self.numbers.get(&(file, interface));
        let described = number.and_then(|number| self.interfaces.get_mut(*number as usize));
        if let Some(described) = described {
            described.statistics = Some(statistics);
        }
    }

    /// Ends the last file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<Written, WriteError> {
        if self.format == Format::Pcapng {
            // That nothing came from an interface may be because it was lost.
            for (file, interface) in self.known.that_lost() {
                if self.interfaces.len() < INTERFACES_IN_SECTION
                    && let Some(info) = self.known.get(file, interface)
                {
                    self.describe(file, interface, info)?;
                }
            }
        }
        self.end_file()?;
        Ok(self.before)
    }

    /// What was written so far.
    #[must_use]
    pub fn written(&self) -> Written {
        let mut written = self.before;
        if let Some(out) = &self.out {
            written.packets += out.packets;
            written.bytes += out.size();
        }
        written
    }

    fn begin_file(&mut self, time_ns: u64) -> Result<(), WriteError> {
        self.end_file()?;
        let path = self
            .names
            .next(time_ns)
            .map_err(|reason| self.no_name(reason))?;
        let mut out = Sink::create(path, &self.inputs, self.owner, self.format)?;
        self.before.files += 1;
        match self.format {
            Format::Pcapng => {
                pcapng::section_header(&mut out.buffer, APPLICATION, &self.system);
                for interface in &self.interfaces {
                    pcapng::interface_description(&mut out.buffer, &interface.info);
                }
                self.has_header = true;
            }
            Format::Pcap => {
                let first = self.interfaces.first();
                self.has_header = first.is_some();
                if let Some(first) = first {
                    pcap::file_header(&mut out.buffer, &first.info);
                }
            }
        }
        self.out = Some(out);
        Ok(())
    }

    fn end_file(&mut self) -> Result<(), WriteError> {
        if self.out.is_none() {
            return Ok(());
        }
        self.write_statistics();
        let Some(mut out) = self.out.take() else {
            return Ok(());
        };
        if !self.has_header {
            // No packet came that would have said what they are.
            pcap::file_header(&mut out.buffer, &InterfaceInfo::of(LinkType::ETHERNET));
        }
        let done = out.flush();
        self.before.packets += out.packets;
        self.before.bytes += out.size();
        self.times_ns = None;
        done
    }

    /// Begins a section within the file.
    fn begin_section(&mut self) -> Result<(), WriteError> {
        self.write_statistics();
        self.interfaces
            .truncate(usize::from(self.format == Format::Pcap));
        self.numbers.clear();
        match self.out.as_mut() {
            Some(out) if self.format == Format::Pcapng => {
                pcapng::section_header(&mut out.buffer, APPLICATION, &self.system);
                out.record_ends()
            }
            _ => Ok(()),
        }
    }

    fn write_statistics(&mut self) {
        let (Format::Pcapng, Some(out)) = (self.format, self.out.as_mut()) else {
            return;
        };
        for (number, interface) in (0..).zip(&mut self.interfaces) {
            let (file, of_file) = interface.key;
            let read = || Statistics::of(self.known.drops(file, of_file));
            let Some(statistics) = interface.statistics.or_else(read) else {
                continue;
            };
            let added = statistics.since(&interface.told);
            interface.told = statistics;
            pcapng::interface_statistics(&mut out.buffer, number, self.times_ns, &added);
        }
    }

    /// The interface's number in the present section.
    fn number_of(&mut self, frame: &Frame<'_>) -> Result<u32, WriteError> {
        let key = (frame.file, frame.interface);
        let described = match self.interfaces.first() {
            // Nearly always there is one.
            Some(first) if first.key == key => Some(0),
            _ => self.numbers.get(&key).copied(),
        };
        match described {
            Some(number) => Ok(number),
            None => self.describe_known(key, frame.link_type),
        }
    }

    /// Describes an interface at its first packet, and those before it in its
    /// file, so that it keeps its number.
    fn describe_known(
        &mut self,
        (file, interface): Key,
        link_type: LinkType,
    ) -> Result<u32, WriteError> {
        let before = match (self.format, interface) {
            (Format::Pcapng, ..NUMBERS_KEPT) => 0..interface,
            _ => 0..0,
        };
        for number in before {
            if let Some(info) = self.known.get(file, number) {
                self.describe(file, number, info)?;
            }
        }
        let known = self.known.get(file, interface);
        let info = known.filter(|info| info.link_type == link_type);
        self.describe(
            file,
            interface,
            info.unwrap_or_else(|| InterfaceInfo::of(link_type)),
        )?;
        Ok(self.numbers.get(&(file, interface)).copied().unwrap_or(0))
    }

    fn write_classic(&mut self, frame: &Frame<'_>) -> Result<(), WriteError> {
        let (Some(first), Some(out)) = (self.interfaces.first_mut(), self.out.as_mut()) else {
            return Ok(());
        };
        if first.info.link_type != frame.link_type {
            return Err(WriteError::MixedLinkTypes {
                path: out.path.clone(),
                first: first.info.link_type,
                other: frame.link_type,
                packet: frame.number,
                packets: out.packets,
            });
        }
        if frame.captured_length() > pcap::snapshot_length(first.info.snapshot_length) {
            // The snapshot length was exceeded where it was captured, and
            // readers would cut the packet here.
            first.info.snapshot_length = frame.captured_length();
            out.change(
                &frame.captured_length().to_le_bytes(),
                pcap::SNAPSHOT_LENGTH_AT,
            )?;
        }
        pcap::packet(&mut out.buffer, frame, first.info.microseconds).ok_or_else(|| {
            WriteError::Time {
                path: out.path.clone(),
                packet: frame.number,
                packets: out.packets,
            }
        })
    }

    fn no_name(&self, reason: String) -> WriteError {
        WriteError::Name {
            path: self.names.given().to_owned(),
            reason,
        }
    }
}

impl Drop for PacketWriter {
    /// Whoever leaves early leaves complete files too.
    fn drop(&mut self) {
        // Nobody is left to be told if this fails.
        let _ = self.end_file();
    }
}

/// Names us in the files.
const APPLICATION: &str = concat!("wirenotes ", env!("CARGO_PKG_VERSION"));

/// The system that this runs on: `Linux 6.12.1`.
fn system() -> String {
    let system = uname();
    let name = system.sysname().to_string_lossy();
    let release = system.release().to_string_lossy();
    format!("{name} {release}")
}
