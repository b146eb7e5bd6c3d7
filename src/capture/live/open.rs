//! Opening an interface for capture.

use std::path::PathBuf;

use nix::libc::timeval;
use pcap::{Active, Capture, Linktype, Precision};

use super::error::LiveError;
use super::interface::{self, ANY};
use crate::capture::filter::{dlt, link_type_of, place};
use crate::capture::{InterfaceInfo, LinkType};

/// How long the kernel may keep packets back to hand them over together, in
/// milliseconds. libpcap's immediate mode would do without, but it costs
/// TPACKET_V3's variable blocks: each packet then takes a slot of the ring as
/// long as the longest, and the same buffer holds far fewer.
pub(super) const GATHER_MS: i32 = 20;

/// The longest packet that libpcap delivers.
const LONGEST: u32 = 262_144;

/// What to capture, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveOptions {
    /// An interface, `any`, or a number in the list; `None` is the first that
    /// is up and not loopback.
    pub interface: Option<String>,
    /// Only packets that pass this filter, in libpcap's grammar.
    pub filter: Option<String>,
    /// Bytes kept of each packet at the most; 0 is all.
    pub snapshot_length: u32,
    /// The kernel's ring in KiB.
    pub buffer_kib: u32,
    /// Whether frames are taken that are meant for others.
    pub promiscuous: bool,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            interface: None,
            filter: None,
            snapshot_length: 0,
            buffer_kib: 16 << 10,
            promiscuous: true,
        }
    }
}

/// An open interface: packets are gathering in the kernel.
pub struct Live {
    pub(super) capture: Capture<Active>,
    pub(super) clock: Clock,
    /// The kernel's number of the interface, where it is one.
    pub(super) index: Option<u32>,
    name: String,
    link_type: LinkType,
    snapshot_length: u32,
    filter: Option<String>,
}

/// What the fraction of a time stamp counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    Microseconds,
    Nanoseconds,
}

impl Clock {
    /// Nanoseconds since the Unix epoch.
    pub(super) fn nanoseconds(self, stamp: &timeval) -> u64 {
        let unit = match self {
            Self::Microseconds => 1_000,
            Self::Nanoseconds => 1,
        };
        let seconds = u64::try_from(stamp.tv_sec).unwrap_or(0);
        let fraction = u64::try_from(stamp.tv_usec).unwrap_or(0);
        seconds
            .saturating_mul(1_000_000_000)
            .saturating_add(fraction.saturating_mul(unit))
    }
}

impl Live {
    /// Opens an interface.
    ///
    /// # Errors
    /// Each with what to do about it; see [`LiveError`].
    pub fn open(options: &LiveOptions) -> Result<Self, LiveError> {
        let name = match &options.interface {
            Some(name) => interface::named(name)?,
            None => interface::default_interface()?,
        };
        let index = interface::index(&name);
        let snapshot_length = match options.snapshot_length {
            0 => LONGEST,
            asked => asked.min(LONGEST),
        };
        let buffer = i32::try_from(u64::from(options.buffer_kib) << 10).unwrap_or(i32::MAX);
        // Only network interfaces have nanoseconds, and libpcap does not say
        // whether it took the wish.
        let (clock, precision) = match index.is_some() || name == ANY {
            true => (Clock::Nanoseconds, Precision::Nano),
            false => (Clock::Microseconds, Precision::Micro),
        };
        let opened = Capture::from_device(name.as_str()).and_then(|inactive| {
            inactive
                .promisc(options.promiscuous && name != ANY)
                .snaplen(snapshot_length.cast_signed())
                .buffer_size(buffer)
                .timeout(GATHER_MS)
                .precision(precision)
                .open()?
                // The thread waits by itself, for libpcap would wait for ever
                // where no packet comes.
                .setnonblock()
        });
        let mut capture = opened.map_err(|source| refused(&name, source))?;
        if name == ANY {
            // The version that says on which interface a packet was seen; a
            // libpcap that does not know it has the other.
            let _ = capture.set_datalink(Linktype(dlt(LinkType::LINUX_SLL2)));
        }
        if let Some(expression) = &options.filter {
            capture
                .filter(expression, true)
                .map_err(|source| LiveError::Filter {
                    expression: expression.clone(),
                    place: place(expression, &source),
                    name: name.clone(),
                    source,
                })?;
        }
        Ok(Self {
            link_type: link_type_of(capture.get_datalink()),
            capture,
            clock,
            index,
            name,
            snapshot_length,
            filter: options.filter.clone(),
        })
    }

    /// The interface's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the interface's packets begin.
    #[must_use]
    pub fn link_type(&self) -> LinkType {
        self.link_type
    }

    /// What a file says of the interface.
    #[must_use]
    pub fn info(&self) -> InterfaceInfo {
        InterfaceInfo {
            snapshot_length: self.snapshot_length,
            name: Some(self.name.clone()),
            filter: self.filter.clone(),
            microseconds: self.clock == Clock::Microseconds,
            ..InterfaceInfo::of(self.link_type)
        }
    }

    /// Bytes kept of each packet at the most.
    #[must_use]
    pub fn snapshot_length(&self) -> u32 {
        self.snapshot_length
    }
}

/// What it means that libpcap does not open an interface that exists.
fn refused(name: &str, source: pcap::Error) -> LiveError {
    let name = name.to_owned();
    if !interface::may_capture() {
        let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("wirenotes"));
        return LiveError::Permission { name, program };
    }
    match interface::is_up(&name) {
        Some(false) => LiveError::Down { name },
        _ => LiveError::Open { name, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_stamps_become_nanoseconds() {
        let stamp = timeval {
            tv_sec: 1_700_000_000,
            tv_usec: 999_999,
        };
        assert_eq!(
            Clock::Microseconds.nanoseconds(&stamp),
            1_700_000_000_999_999_000
        );
        assert_eq!(
            Clock::Nanoseconds.nanoseconds(&stamp),
            1_700_000_000_000_999_999
        );
        let before = timeval {
            tv_sec: -1,
            tv_usec: 0,
        };
        assert_eq!(Clock::Nanoseconds.nanoseconds(&before), 0);
    }
}
