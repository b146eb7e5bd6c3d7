//! Writing packets to files: frames and their comments come in, pcapng or
//! classic pcap goes out, into one file or, by [`Rotation`], several, each of
//! them complete by itself. What a comment says is not known here.

mod error;
mod options;
mod pcap;
mod pcapng;
mod rotation;
mod section;
mod sink;
mod statistics;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::fs::{Access, access};
use rustix::system::uname;

use super::{Frame, InterfaceInfo, Interfaces, LinkType};

pub use error::WriteError;
pub use options::{WriteOptions, Written};
pub use rotation::{FileSize, NoFileSize, Rotation};
pub use statistics::Statistics;

use rotation::{Names, Turn};
use section::{Key, Section};
use sink::{Identity, Sink};

#[cfg(test)]
mod tests;

/// The most interfaces of a file that keep their numbers though no packet of
/// those before them is written.
const NUMBERS_KEPT: u32 = 64;

/// One of the two formats.
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
    one_input: bool,
    owner: Option<(u32, u32)>,
    /// The process is to end.
    stop: Arc<AtomicBool>,
    numbered_from: Option<u64>,
    /// Bytes that are collected before they are written.
    buffer: usize,
    out: Option<Sink>,
    known: Interfaces,
    section: Section,
    /// Whether the present file has its header (of a classic file it needs to
    /// be known what the packets are).
    has_header: bool,
    /// The first and the last packet's time in the present file.
    times_ns: Option<(u64, u64)>,
    system: String,
    /// What was written to the files before the present one.
    before: Written,
    /// No more packets come.
    ending: bool,
    /// No more packets are taken.
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
            one_input: options.inputs.len() <= 1,
            format: if is_pcap {
                Format::Pcap
            } else {
                Format::Pcapng
            },
            inputs: inputs.filter_map(|path| Identity::of_input(path)).collect(),
            owner: options.owner,
            stop: options.stop,
            numbered_from: options.numbered_from,
            buffer: options.buffer,
            names: Names::new(options.path, options.rotation),
            out: None,
            known: options.interfaces,
            section: Section::default(),
            has_header: false,
            times_ns: None,
            system: system(),
            before: Written::default(),
            ending: false,
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

    /// Whether the format has a place for comments; without one they need not
    /// be made.
    #[must_use]
    pub fn has_comments(&self) -> bool {
        self.format == Format::Pcapng
    }

    /// Whether an interface, as [`Frame::file`] and [`Frame::interface`]
    /// number it, has been described.
    #[must_use]
    pub fn knows(&self, file: u32, interface: u32) -> bool {
        self.section.number((file, interface)).is_some()
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
        if self.section.is_full() {
            self.begin_section()?;
        }
        // Another file may have finer times.
        let info = InterfaceInfo {
            microseconds: info.microseconds && self.one_input,
            ..info
        };
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
        self.section.add((file, interface), info);
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
        // Every file has a packet, however long its head.
        let begun = self.out.as_ref().filter(|out| out.packets > 0);
        let size = begun.map_or(0, Sink::size);
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
            Format::Pcapng => {
                let numbered = self.numbered_from.map(|base| base + frame.number);
                pcapng::packet(&mut out.buffer, number, frame, comment, numbered);
            }
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

    /// Flushes what has been written so far, so that a reader can follow: to
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
        if let Some(described) = self.section.get_mut((file, interface)) {
            described.statistics = Some(statistics);
        }
    }

    /// Ends the last file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<Written, WriteError> {
        self.ending = true;
        if self.format == Format::Pcapng {
            // An interface from which nothing came may have lost its packets.
            for (file, interface) in self.known.that_lost() {
                if !self.section.is_full()
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
        let buffer = self.buffer;
        let mut out = Sink::create(
            path,
            &self.inputs,
            self.owner,
            self.format,
            &self.stop,
            buffer,
        )?;
        self.before.files += 1;
        match self.format {
            Format::Pcapng => {
                pcapng::section_header(&mut out.buffer, APPLICATION, &self.system);
                for interface in &self.section.interfaces {
                    pcapng::interface_description(&mut out.buffer, &interface.info);
                }
                self.has_header = true;
            }
            Format::Pcap => {
                let first = self.section.interfaces.first();
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
        self.section
            .truncate(usize::from(self.format == Format::Pcap));
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
        for (number, interface) in (0..).zip(&mut self.section.interfaces) {
            let (file, of_file) = interface.key;
            // The reader's numbers go into the last file alone: before that
            // they depend on how far the reading has come.
            let read = || match self.ending {
                true => Statistics::of(self.known.drops(file, of_file)),
                false => None,
            };
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
        match self.section.number(key) {
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
        Ok(self.section.number((file, interface)).unwrap_or(0))
    }

    fn write_classic(&mut self, frame: &Frame<'_>) -> Result<(), WriteError> {
        let first = self.section.interfaces.first_mut();
        let (Some(first), Some(out)) = (first, self.out.as_mut()) else {
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
