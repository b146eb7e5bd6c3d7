//! The bytes of a file as a stream through one buffer, decompressed where they
//! are compressed (RFC 1952 gzip, RFC 8878 zstd, recognised by their first
//! bytes). A record is handed out as a range of that buffer.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Chain, Cursor, Read, Write};
use std::ops::Range;

use flate2::bufread::MultiGzDecoder;

use super::error::Fault;

/// Bytes read at once, unless it is said otherwise: few enough to leave most of
/// a processor's cache to the conversations.
const BUFFER_SIZE: usize = 128 * 1024;
/// Compressed bytes read at once.
const COMPRESSED_BUFFER_SIZE: usize = 128 * 1024;
/// The largest zstd window that is decoded: 128 MiB, what `zstd` itself allows
/// without `--memory`.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// How a capture is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// RFC 1952, one or more members.
    Gzip,
    /// RFC 8878, one or more frames.
    Zstd,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

impl Compression {
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1f, 0x8b, 0x08, ..] => Some(Self::Gzip),
            // A frame, or a skippable frame (as pzstd writes one first).
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// The source of bytes: an open file, or bytes in memory.
pub(super) type Raw = Box<dyn Read + Send>;
/// The bytes that were read to recognise the compression, then the rest.
type Compressed = BufReader<Chain<Cursor<Vec<u8>>, Raw>>;

enum Source {
    Plain(Raw),
    Gzip(Box<MultiGzDecoder<Compressed>>),
    Zstd(Box<zstd::Decoder<'static, Compressed>>),
}

/// One read buffer over a file.
pub(super) struct Stream {
    source: Source,
    buffer: Vec<u8>,
    /// The first byte not yet consumed.
    start: usize,
    /// The place behind the last byte read.
    end: usize,
    /// Offset of `start` in the (decompressed) stream.
    offset: u64,
    /// What was taken from the buffer stays there: nothing more is read.
    stays: bool,
    /// More was wanted than may be read at present.
    wanted_more: bool,
    /// The place where the present record or block begins.
    mark: usize,
    /// Bytes that are read at once.
    at_once: usize,
    /// Where all bytes go too.
    copy: Option<File>,
}

impl Stream {
    /// Reads the first bytes into `buffer` (of any size) and recognises the
    /// compression.
    pub(super) fn new(raw: Raw, buffer: Vec<u8>) -> Result<Self, Fault> {
        let mut stream = Self::plain(raw, buffer, 0);
        if stream.require(4)? == 0 {
            return Err(Fault::Empty);
        }
        let Some(compression) = Compression::of(stream.available_bytes()) else {
            return Ok(stream);
        };
        stream.decompress(compression)?;
        Ok(stream)
    }

    /// What is not packed, from a place on that is so many bytes from its beginning.
    pub(super) fn plain(raw: Raw, mut buffer: Vec<u8>, offset: u64) -> Self {
        fit(&mut buffer, BUFFER_SIZE);
        Self {
            source: Source::Plain(raw),
            buffer,
            start: 0,
            end: 0,
            offset,
            stays: false,
            wanted_more: false,
            mark: 0,
            at_once: BUFFER_SIZE,
            copy: None,
        }
    }

    /// Everything goes into this file too, unpacked. Nothing has been taken yet.
    pub(super) fn copy_to(&mut self, mut copy: File) -> Result<(), Fault> {
        copy.write_all(self.available_bytes())
            .map_err(Fault::Read)?;
        self.copy = Some(copy);
        Ok(())
    }

    fn decompress(&mut self, compression: Compression) -> Result<(), Fault> {
        let head = self.available_bytes().to_vec();
        let nothing = Source::Plain(Box::new(io::empty()));
        let Source::Plain(raw) = std::mem::replace(&mut self.source, nothing) else {
            return Ok(());
        };
        (self.start, self.end) = (0, 0);
        let compressed =
            BufReader::with_capacity(COMPRESSED_BUFFER_SIZE, Cursor::new(head).chain(raw));
        self.source = match compression {
            Compression::Gzip => Source::Gzip(Box::new(MultiGzDecoder::new(compressed))),
            Compression::Zstd => {
                let failed = |error| Fault::Decompress(compression, error);
                let mut decoder = zstd::Decoder::with_buffer(compressed).map_err(failed)?;
                decoder
                    .window_log_max(ZSTD_WINDOW_LOG_MAX)
                    .map_err(failed)?;
                Source::Zstd(Box::new(decoder))
            }
        };
        Ok(())
    }

    /// How the file is packed.
    pub(super) fn compression(&self) -> Option<Compression> {
        match self.source {
            Source::Plain(_) => None,
            Source::Gzip(_) => Some(Compression::Gzip),
            Source::Zstd(_) => Some(Compression::Zstd),
        }
    }

    /// Bytes consumed so far, of the decompressed data.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// The place of the next byte, as [`Stream::take`] will say.
    pub(super) fn place(&self) -> usize {
        self.start
    }

    /// The bytes in hand.
    pub(super) fn available_bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// The next `count` bytes if they are in hand.
    pub(super) fn peek(&self, count: usize) -> Option<&[u8]> {
        self.available_bytes().get(..count)
    }

    /// Reads until `needed` bytes are in hand, never waiting for more than
    /// that, and returns how many are: fewer only at the end of the stream.
    pub(super) fn require(&mut self, needed: usize) -> Result<usize, Fault> {
        if self.end - self.start >= needed {
            return Ok(self.end - self.start);
        }
        self.refill(needed)
    }

    fn refill(&mut self, needed: usize) -> Result<usize, Fault> {
        if self.stays {
            self.wanted_more = true;
            return Ok(self.end - self.start);
        }
        while self.end - self.start < needed {
            self.make_room(needed);
            let limit = self.buffer.len().min(self.end + self.at_once);
            let room = self.buffer.get_mut(self.end..limit).unwrap_or_default();
            let read = match &mut self.source {
                Source::Plain(raw) => raw.read(room).map_err(Fault::Read),
                Source::Gzip(decoder) => decoder
                    .read(room)
                    .map_err(|error| decompression_fault(Compression::Gzip, error)),
                Source::Zstd(decoder) => decoder
                    .read(room)
                    .map_err(|error| decompression_fault(Compression::Zstd, error)),
            }?;
            if read == 0 {
                break;
            }
            let came = self.buffer.get(self.end..self.end + read);
            if let (Some(copy), Some(came)) = (&mut self.copy, came) {
                copy.write_all(came).map_err(Fault::Read)?;
            }
            self.end += read;
        }
        Ok(self.end - self.start)
    }

    /// Moves what is left to the front, and grows the buffer when it is full
    /// of one record: only as its bytes arrive, so that a record that merely
    /// claims to be large costs nothing.
    fn make_room(&mut self, needed: usize) {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        if self.start > 0 && self.start + needed > self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            let size = (self.buffer.len() * 2).min(needed.max(self.at_once));
            self.buffer.resize(size.max(self.end + 1), 0);
        }
    }

    /// Consumes `count` bytes that are in hand and says where they stand;
    /// [`Stream::bytes`] gives them until the next [`Stream::require`].
    pub(super) fn take(&mut self, count: usize) -> Range<usize> {
        let from = self.start;
        self.start = (from + count).min(self.end);
        self.offset += (self.start - from) as u64;
        from..self.start
    }

    /// Bytes that were taken.
    pub(super) fn bytes(&self, range: &Range<usize>) -> &[u8] {
        self.buffer.get(range.clone()).unwrap_or_default()
    }

    /// Reads nothing from now on while `stays`: the stream answers as if it
    /// ended behind the bytes in hand, and the caller must look at
    /// [`Stream::wants_more`] before taking it for the end.
    pub(super) fn stay(&mut self, stays: bool) {
        self.stays = stays;
        self.wanted_more = false;
    }

    /// Whether more was wanted than may be read.
    pub(super) fn wants_more(&self) -> bool {
        self.wanted_more
    }

    /// A record or block begins here.
    pub(super) fn mark(&mut self) {
        self.mark = self.start;
    }

    /// Goes back to where the present record or block began. Only when nothing
    /// was read since then.
    pub(super) fn rewind(&mut self) {
        let taken = self.start.saturating_sub(self.mark);
        self.start -= taken;
        self.offset -= taken as u64;
    }

    /// Reads so many bytes at once from the next buffer on.
    pub(super) fn read_at_once(&mut self, bytes: usize) {
        self.at_once = bytes;
    }

    /// Gives the buffer away with all that was taken from it, and goes on in
    /// `other` (of any size), where what is not yet consumed comes first.
    pub(super) fn exchange(&mut self, other: &mut Vec<u8>) {
        fit(other, self.at_once.max(self.end - self.start));
        let rest = self.buffer.get(self.start..self.end).unwrap_or_default();
        if let Some(front) = other.get_mut(..rest.len()) {
            front.copy_from_slice(rest);
        }
        std::mem::swap(&mut self.buffer, other);
        (self.start, self.end, self.mark) = (0, self.end - self.start, 0);
    }

    /// The buffer, where the stream is no longer needed.
    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// Moves parts that were taken together, a line break between them; what
    /// stood between them is lost. Each begins at least a byte behind the one
    /// before.
    pub(super) fn join(&mut self, parts: &[Range<usize>]) -> Option<Range<usize>> {
        let (first, others) = parts.split_first()?;
        let mut end = first.end;
        for part in others {
            let fits = end < part.start && part.start <= part.end && part.end <= self.buffer.len();
            let Some(between) = self.buffer.get_mut(end).filter(|_| fits) else {
                break;
            };
            *between = b'\n';
            self.buffer.copy_within(part.clone(), end + 1);
            end += 1 + part.len();
        }
        Some(first.start..end)
    }

    /// Consumes `count` bytes without keeping them; returns how many there
    /// were.
    pub(super) fn skip(&mut self, count: u64) -> Result<u64, Fault> {
        let mut skipped = 0;
        while skipped < count {
            if self.require(1)? == 0 {
                break;
            }
            let remaining = usize::try_from(count - skipped).unwrap_or(usize::MAX);
            skipped += self.take(remaining.min(self.end - self.start)).len() as u64;
        }
        Ok(skipped)
    }
}

/// Makes a buffer this long. One that had grown for a large record goes back:
/// such are rare.
fn fit(buffer: &mut Vec<u8>, length: usize) {
    if buffer.len() != length {
        buffer.truncate(0);
        buffer.shrink_to(length);
        buffer.resize(length, 0);
    }
}

/// The disk under the compressed data may fail too; the system's own errors
/// carry a number, the decompressors' do not.
fn decompression_fault(compression: Compression, error: io::Error) -> Fault {
    if error.raw_os_error().is_some() {
        Fault::Read(error)
    } else {
        Fault::Decompress(compression, error)
    }
}

#[cfg(test)]
mod tests {
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::super::build::{pcap, read_all, read_from, read_whole};
    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 1).unwrap()
    }

    /// Gives its pieces one read at a time, and fails the test when it is
    /// asked for more after the last: there a pipe would block.
    struct Pipe(Vec<Vec<u8>>);

    impl Read for Pipe {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            assert!(!self.0.is_empty(), "waits for bytes that it does not need");
            let piece = self.0.remove(0);
            buffer[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    /// The first packets of a pipe that never ends.
    fn read_waiting(pieces: Vec<Vec<u8>>, packets: usize) -> Vec<Vec<u8>> {
        let mut stream = Stream::new(Box::new(Pipe(pieces)), Vec::new()).unwrap();
        let mut format = super::super::format::Format::open(&mut stream).unwrap();
        (0..packets)
            .map(|_| {
                let record = format.next(&mut stream).unwrap().unwrap();
                stream.bytes(&record.bytes).to_vec()
            })
            .collect()
    }

    #[test]
    fn a_packet_is_given_as_soon_as_its_bytes_have_arrived() {
        let file = pcap(0, &[b"first", b"second"]);
        let pieces: Vec<Vec<u8>> = file.iter().map(|byte| vec![*byte]).collect();
        assert_eq!(read_waiting(pieces, 2), [&b"first"[..], b"second"]);
    }

    #[test]
    fn a_compressed_packet_is_given_as_soon_as_it_was_flushed() {
        let file = pcap(0, &[b"first"]);
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&file).unwrap();
        encoder.flush().unwrap();
        assert_eq!(read_waiting(vec![encoder.get_ref().clone()], 1), [b"first"]);

        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.write_all(&file).unwrap();
        encoder.flush().unwrap();
        assert_eq!(read_waiting(vec![encoder.get_ref().clone()], 1), [b"first"]);
    }

    #[test]
    fn every_member_of_a_gzip_file_and_every_frame_of_a_zstd_file_is_read() {
        let file = pcap(0, &[b"first", b"second"]);
        let (head, tail) = file.split_at(45);
        assert_eq!(read_whole([gzip(head), gzip(tail)].concat()).len(), 2);
        assert_eq!(read_whole([zstd(head), zstd(tail)].concat()).len(), 2);
        let skippable = b"\x50\x2a\x4d\x18\x04\0\0\0skip".to_vec();
        assert_eq!(read_whole([skippable, zstd(&file)].concat()).len(), 2);
    }

    #[test]
    fn cut_compressed_data_gives_its_packets_and_then_the_fault() {
        let large = vec![7; 200_000];
        let file = pcap(0, &[b"first", &large, b"last"]);
        for (packed, expected) in [
            (gzip(&file), Compression::Gzip),
            (zstd(&file), Compression::Zstd),
        ] {
            let cut = &packed[..packed.len() - 5];
            let (seen, fault) = read_all(cut);
            assert!(!seen.is_empty());
            match fault {
                Some(Fault::Decompress(compression, error)) => {
                    assert_eq!(compression, expected);
                    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
                }
                fault => panic!("{fault:?}"),
            }
        }
    }

    #[test]
    fn a_large_compressed_capture_is_whole() {
        let packet = vec![0x5a; 1_400];
        let packets: Vec<&[u8]> = (0..3_000).map(|_| packet.as_slice()).collect();
        let file = pcap(0, &packets);
        for packed in [gzip(&file), zstd(&file), file] {
            let seen = read_whole(packed);
            assert_eq!(seen.len(), 3_000);
            assert!(seen.iter().all(|seen| seen.bytes == packet));
        }
    }

    #[test]
    fn a_failing_disk_is_told_from_damaged_data() {
        struct Failing(Vec<u8>);
        impl Read for Failing {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if self.0.is_empty() {
                    return Err(io::Error::from_raw_os_error(5));
                }
                buffer[..self.0.len()].copy_from_slice(&self.0);
                Ok(std::mem::take(&mut self.0).len())
            }
        }
        let file = pcap(0, &[b"first"]);
        let packed = gzip(&file);
        let half = packed[..packed.len() / 2].to_vec();
        for head in [file, half] {
            let (_, fault) = read_from(Box::new(Failing(head)));
            assert!(matches!(fault, Some(Fault::Read(_))), "{fault:?}");
        }
    }

    proptest! {
        #[test]
        fn the_size_of_the_pieces_does_not_matter(
            lengths in prop::collection::vec(0_usize..70_000, 1..20),
            piece in 1_usize..100_000,
        ) {
            struct Pieces(io::Cursor<Vec<u8>>, usize);
            impl Read for Pieces {
                fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                    let length = buffer.len().min(self.1);
                    self.0.read(&mut buffer[..length])
                }
            }
            let packets: Vec<Vec<u8>> = lengths
                .iter()
                .enumerate()
                .map(|(number, length)| vec![number as u8; *length])
                .collect();
            let slices: Vec<&[u8]> = packets.iter().map(Vec::as_slice).collect();
            let file = io::Cursor::new(pcap(0, &slices));
            let (seen, fault) = read_from(Box::new(Pieces(file, piece)));
            prop_assert!(fault.is_none());
            let seen: Vec<Vec<u8>> = seen.into_iter().map(|seen| seen.bytes).collect();
            prop_assert_eq!(seen, packets);
        }
    }
}
