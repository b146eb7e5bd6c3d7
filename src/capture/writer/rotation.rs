//! When one file ends and the next begins, and what each is called, as with
//! tcpdump's `-C`, `-G` and `-W`.
//!
//! | given | a file ends | names of `-w x` | `-W 3` |
//! |---|---|---|---|
//! | `-C` | when it has grown past so many bytes | `x`, `x1`, `x2`, … | `x0`, `x1`, `x2`, and again from `x0`: the newest three are kept |
//! | `-G` | at the first packet that is so many seconds later than the file's first | by strftime (UTC) with the time of the file's first packet; where that gives the name of the file before, a number behind it | the writing ends with the third file |
//! | both | at whichever comes first | as with `-G`, numbered as with `-C` | a ring of three in each period |

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

const NANOSECONDS: u64 = 1_000_000_000;

/// When to begin a new file. Without any of them all goes into one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// Bytes that a file may grow to before the next one begins (`-C`).
    pub size: Option<u64>,
    /// Seconds of the capture's time that a file covers (`-G`).
    pub seconds: Option<u64>,
    /// Files in the ring or, with `seconds` alone, files in all (`-W`).
    pub files: Option<u64>,
}

/// A size as `-C` takes it: millions of bytes, or with a suffix k, m or g
/// (upper case too) so many KiB, MiB or GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileSize(pub u64);

/// Why a size is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a size is a number of millions of bytes, or a number with k, m or g behind it (KiB, MiB, GiB)"
)]
pub struct NoFileSize;

impl FromStr for FileSize {
    type Err = NoFileSize;

    fn from_str(text: &str) -> Result<Self, NoFileSize> {
        let (digits, unit) = match text.as_bytes() {
            [digits @ .., b'k' | b'K'] => (digits, 1 << 10),
            [digits @ .., b'm' | b'M'] => (digits, 1 << 20),
            [digits @ .., b'g' | b'G'] => (digits, 1 << 30),
            digits => (digits, 1_000_000),
        };
        let number: Option<u64> = str::from_utf8(digits)
            .ok()
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok());
        match number.and_then(|number| number.checked_mul(unit)) {
            Some(size) if size > 0 => Ok(Self(size)),
            _ => Err(NoFileSize),
        }
    }
}

/// What comes after a packet's time and the present file's size are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// The packet goes into the present file.
    Stay,
    /// The packet begins the next file.
    Next,
    /// The last file is complete.
    End,
}

/// Names files, one after the other.
#[derive(Debug)]
pub(super) struct Names {
    path: PathBuf,
    rotation: Rotation,
    /// The name before numbers, of the present file.
    base: Option<PathBuf>,
    /// The present file's number behind its base.
    number: u64,
    /// The time when the present period began.
    period_ns: u64,
    /// Periods begun.
    periods: u64,
}

impl Names {
    /// Names for `path`.
    pub(super) fn new(path: PathBuf, rotation: Rotation) -> Self {
        Self {
            path,
            rotation,
            base: None,
            number: 0,
            period_ns: 0,
            periods: 0,
        }
    }

    /// The path as it was given.
    pub(super) fn given(&self) -> &Path {
        &self.path
    }

    /// Whether a file's name depends on its first packet.
    pub(super) fn need_time(&self) -> bool {
        self.rotation.seconds.is_some()
    }

    /// Whether there may be a second file.
    pub(super) fn rotate(&self) -> bool {
        self.rotation.size.is_some() || self.rotation.seconds.is_some()
    }

    /// The file that a packet of this time goes to, when the present file has
    /// so many bytes.
    pub(super) fn turn(&self, time_ns: u64, size: u64) -> Turn {
        let Rotation {
            size: limit, files, ..
        } = self.rotation;
        if self.is_new_period(time_ns) {
            return match files {
                Some(files) if limit.is_none() && self.periods >= files => Turn::End,
                _ => Turn::Next,
            };
        }
        match limit {
            Some(limit) if size > limit => Turn::Next,
            _ => Turn::Stay,
        }
    }

    fn is_new_period(&self, time_ns: u64) -> bool {
        self.rotation.seconds.is_some_and(|seconds| {
            self.periods > 0
                && time_ns.saturating_sub(self.period_ns) >= seconds.saturating_mul(NANOSECONDS)
        })
    }

    /// The name of the file that begins with a packet of this time.
    ///
    /// # Errors
    /// What strftime has to say of the name.
    pub(super) fn next(&mut self, time_ns: u64) -> Result<PathBuf, String> {
        if self.rotation.seconds.is_some() && (self.periods == 0 || self.is_new_period(time_ns)) {
            let base = self.base_at(time_ns)?;
            self.periods += 1;
            self.period_ns = time_ns;
            if self.base.as_ref() == Some(&base) {
                self.number += 1;
            } else {
                self.number = 0;
                self.base = Some(base);
            }
        } else if self.base.is_some() {
            self.number += 1;
        } else {
            self.base = Some(self.path.clone());
        }
        Ok(self.numbered())
    }

    /// The name that a period beginning then has, before numbers.
    pub(super) fn base_at(&self, time_ns: u64) -> Result<PathBuf, String> {
        let Some(format) = self.path.to_str() else {
            return Err("a name with a time in it has to be UTF-8".to_owned());
        };
        if !format.contains('%') {
            return Ok(self.path.clone());
        }
        Timestamp::from_nanosecond(time_ns.into())
            .and_then(|time| strtime::format(format, &time.to_zoned(TimeZone::UTC)))
            .map(PathBuf::from)
            .map_err(|error| error.to_string())
    }

    fn numbered(&self) -> PathBuf {
        let base = self.base.as_ref().unwrap_or(&self.path);
        let (number, digits) = match (self.rotation.size, self.rotation.files) {
            (Some(_), Some(files)) => (self.number % files.max(1), digits(files)),
            _ => (self.number, 0),
        };
        if number == 0 && digits == 0 {
            return base.clone();
        }
        let mut name = OsString::from(base);
        name.push(format!("{number:0digits$}"));
        name.into()
    }
}

/// Enough digits for the last number of a ring; none for a ring of one.
fn digits(files: u64) -> usize {
    match files.saturating_sub(1) {
        0 => 0,
        last => last.ilog10() as usize + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600;

    fn names(path: &str, rotation: Rotation) -> Names {
        Names::new(path.into(), rotation)
    }

    fn next(names: &mut Names, seconds: u64) -> String {
        let path = names.next(seconds * NANOSECONDS).unwrap();
        path.to_str().unwrap().to_owned()
    }

    #[test]
    fn sizes_are_millions_of_bytes_unless_a_suffix_says_otherwise() {
        for (text, size) in [
            ("1", 1_000_000),
            ("2k", 2_048),
            ("2K", 2_048),
            ("3m", 3 << 20),
            ("1G", 1 << 30),
        ] {
            assert_eq!(text.parse(), Ok(FileSize(size)), "{text}");
        }
        for text in [
            "",
            "0",
            "k",
            "-1",
            "+1",
            "1.5",
            "1t",
            "1kk",
            "99999999999999999999",
            "18446744073709551615",
        ] {
            assert_eq!(text.parse::<FileSize>(), Err(NoFileSize), "{text}");
        }
    }

    #[test]
    fn by_size_the_second_file_is_numbered_one() {
        let mut names = names(
            "x.pcap",
            Rotation {
                size: Some(100),
                ..Rotation::default()
            },
        );
        assert_eq!(next(&mut names, 0), "x.pcap");
        assert_eq!(names.turn(0, 100), Turn::Stay);
        assert_eq!(names.turn(0, 101), Turn::Next);
        assert_eq!(next(&mut names, 0), "x.pcap1");
        assert_eq!(next(&mut names, 0), "x.pcap2");
    }

    #[test]
    fn a_ring_is_numbered_with_leading_zeros_and_begins_again() {
        let rotation = Rotation {
            size: Some(1),
            seconds: None,
            files: Some(11),
        };
        let mut names = names("x", rotation);
        let seen: Vec<_> = (0..12).map(|_| next(&mut names, 0)).collect();
        assert_eq!(seen[0], "x00");
        assert_eq!(seen[10], "x10");
        assert_eq!(seen[11], "x00");
        for (files, expected) in [(1, 0), (2, 1), (10, 1), (11, 2), (100, 2), (101, 3)] {
            assert_eq!(digits(files), expected, "{files}");
        }
    }

    #[test]
    fn by_time_a_period_begins_with_a_packet_and_names_its_file() {
        let rotation = Rotation {
            seconds: Some(HOUR),
            ..Rotation::default()
        };
        let mut names = names("%Y/%H%M.pcap", rotation);
        assert_eq!(names.turn(5, 0), Turn::Stay);
        assert_eq!(next(&mut names, 60), "1970/0001.pcap");
        assert_eq!(names.turn((HOUR + 59) * NANOSECONDS, 0), Turn::Stay);
        assert_eq!(names.turn(0, 0), Turn::Stay);
        assert_eq!(names.turn((HOUR + 60) * NANOSECONDS, 0), Turn::Next);
        assert_eq!(next(&mut names, HOUR + 60), "1970/0101.pcap");
    }

    #[test]
    fn a_name_without_a_time_is_numbered_instead_of_written_again() {
        let rotation = Rotation {
            seconds: Some(1),
            ..Rotation::default()
        };
        let mut names = names("x", rotation);
        let seen: Vec<_> = (0..3).map(|second| next(&mut names, second)).collect();
        assert_eq!(seen, ["x", "x1", "x2"]);
    }

    #[test]
    fn by_time_alone_the_writing_ends_with_the_last_file() {
        let rotation = Rotation {
            size: None,
            seconds: Some(1),
            files: Some(2),
        };
        let mut names = names("x%s", rotation);
        assert_eq!(next(&mut names, 0), "x0");
        assert_eq!(names.turn(NANOSECONDS, 0), Turn::Next);
        assert_eq!(next(&mut names, 1), "x1");
        assert_eq!(names.turn(2 * NANOSECONDS - 1, 0), Turn::Stay);
        assert_eq!(names.turn(2 * NANOSECONDS, 0), Turn::End);
    }

    #[test]
    fn by_both_each_period_has_a_ring_of_its_own() {
        let rotation = Rotation {
            size: Some(10),
            seconds: Some(60),
            files: Some(2),
        };
        let mut names = names("%M-", rotation);
        assert_eq!(next(&mut names, 0), "00-0");
        assert_eq!(names.turn(NANOSECONDS, 11), Turn::Next);
        assert_eq!(next(&mut names, 1), "00-1");
        assert_eq!(next(&mut names, 2), "00-0");
        assert_eq!(names.turn(60 * NANOSECONDS, 0), Turn::Next);
        assert_eq!(next(&mut names, 60), "01-0");
    }

    #[test]
    fn a_name_that_strftime_does_not_know_is_refused() {
        let rotation = Rotation {
            seconds: Some(1),
            ..Rotation::default()
        };
        assert!(names("x%!", rotation).next(0).is_err());
    }
}
