//! How fast the work went: counts and a duration in, one line out.

use std::fmt;
use std::time::Duration;

use crate::notes::Lang;
use crate::report::numbers::grouped;

/// Work that is done.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Packets read.
    pub packets: u64,
    /// Bytes read.
    pub bytes: u64,
    /// How long the analysis took.
    pub took: Duration,
    /// Threads that worked.
    pub threads: usize,
    /// The most bytes of memory that were in use, where the system says so.
    pub memory: Option<u64>,
    /// The reader's language.
    pub lang: Lang,
}

impl fmt::Display for Pace {
    /// `1,000,000 packets, 345 MB in 0.31 s: 3.2 M packets/s, 1.1 GB/s,
    /// 2 threads, 31 MB of memory`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64();
        let packets = grouped(self.packets);
        if self.lang == Lang::Zh {
            return self.in_chinese(f);
        }
        let plural = |count| if count == 1 { "" } else { "s" };
        write!(f, "{packets} packet{}, ", plural(self.packets as usize))?;
        write!(f, "{}B in ", Scaled(self.bytes as f64))?;
        match seconds {
            0.1.. => write!(f, "{seconds:.2} s")?,
            _ => write!(f, "{:.1} ms", seconds * 1e3)?,
        }
        if seconds > 0.0 {
            let packets = Scaled(self.packets as f64 / seconds);
            let bytes = Scaled(self.bytes as f64 / seconds);
            let gap = if packets.has_prefix() { " " } else { "" };
            write!(f, ": {packets}{gap}packets/s, {bytes}B/s")?;
        }
        write!(f, ", {} thread{}", self.threads, plural(self.threads))?;
        match self.memory {
            Some(memory) => write!(f, ", {}B of memory", Scaled(memory as f64)),
            None => Ok(()),
        }
    }
}

impl Pace {
    fn in_chinese(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.took.as_secs_f64();
        write!(f, "{} 个报文，", grouped(self.packets))?;
        write!(f, "{}B，用时 {seconds:.3} 秒", Scaled(self.bytes as f64))?;
        if seconds > 0.0 {
            let packets = Scaled(self.packets as f64 / seconds);
            let bytes = Scaled(self.bytes as f64 / seconds);
            write!(f, "：每秒 {packets}个报文、{bytes}B")?;
        }
        write!(f, "，{} 个线程", self.threads)?;
        match self.memory {
            Some(memory) => write!(f, "，内存 {}B", Scaled(memory as f64)),
            None => Ok(()),
        }
    }
}

/// A number in thousands, millions or more: `3.2 M`, `345 k`, `7 `.
struct Scaled(f64);

impl Scaled {
    fn has_prefix(&self) -> bool {
        self.0 >= 1e3
    }
}

impl fmt::Display for Scaled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, prefix) = match self.0 {
            1e9.. => (self.0 / 1e9, "G"),
            1e6.. => (self.0 / 1e6, "M"),
            1e3.. => (self.0 / 1e3, "k"),
            _ => return write!(f, "{:.0} ", self.0),
        };
        // Two digits at least.
        let decimals = usize::from(value < 9.95);
        write!(f, "{value:.decimals$} {prefix}")
    }
}

/// The most bytes of memory that this process has had so far; `None` where
/// the system does not say.
#[must_use]
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_much_how_long_and_how_fast() {
        let pace = Pace {
            packets: 1_000_000,
            bytes: 345_533_862,
            took: Duration::from_millis(310),
            threads: 2,
            memory: Some(31_400_000),
            lang: Lang::En,
        };
        assert_eq!(
            pace.to_string(),
            "1,000,000 packets, 346 MB in 0.31 s: 3.2 M packets/s, 1.1 GB/s, 2 threads, \
             31 MB of memory"
        );
        let nothing = Pace {
            packets: 1,
            bytes: 0,
            took: Duration::ZERO,
            threads: 1,
            memory: None,
            lang: Lang::En,
        };
        assert_eq!(nothing.to_string(), "1 packet, 0 B in 0.0 ms, 1 thread");
    }

    #[test]
    fn the_memory_of_this_process_is_known_on_linux() {
        assert!(!cfg!(target_os = "linux") || peak_memory() > Some(100_000));
    }
}
