//! A pcapng interface: how its packets begin, what its time stamps count
//! (section 4.2 of the draft), and what it lost (section 4.6).

use super::pcapng_options::{Endian, Options};
use super::{InterfaceInfo, LinkType};

const OPTION_NAME: u16 = 2;
const OPTION_DESCRIPTION: u16 = 3;
const OPTION_TIME_RESOLUTION: u16 = 9;
const OPTION_TIME_OFFSET: u16 = 14;
const OPTION_DROPPED_BY_INTERFACE: u16 = 5;
const OPTION_DROPPED_BY_SYSTEM: u16 = 7;

/// Names are short; of more than this a file cannot make us keep.
const LONGEST_NAME: usize = 255;

const NANOSECONDS: i128 = 1_000_000_000;

/// Packets that the recorder says it lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drops {
    /// Packets dropped by the interface, for lack of resources (`isb_ifdrop`).
    pub by_interface: u64,
    /// Packets dropped by the operating system (`isb_osdrop`).
    pub by_system: u64,
    /// Packets dropped by this program, while it captures: they came faster
    /// than they could be shown or written.
    pub by_us: u64,
    /// Noted on packets, as lost just before them (`epb_dropcount`); the same
    /// ones may be counted in the others.
    pub before_packets: u64,
}

impl Drops {
    /// Whether anything was lost.
    #[must_use]
    pub fn any(&self) -> bool {
        *self != Self::default()
    }

    /// What was lost since then.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            by_interface: self.by_interface.saturating_sub(before.by_interface),
            by_system: self.by_system.saturating_sub(before.by_system),
            by_us: self.by_us.saturating_sub(before.by_us),
            before_packets: self.before_packets.saturating_sub(before.before_packets),
        }
    }

    /// Sums, one interface to another.
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            by_interface: self.by_interface.saturating_add(other.by_interface),
            by_system: self.by_system.saturating_add(other.by_system),
            by_us: self.by_us.saturating_add(other.by_us),
            before_packets: self.before_packets.saturating_add(other.before_packets),
        }
    }
}

/// What one unit of a time stamp is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resolution {
    /// 10^-n seconds.
    Decimal(u8),
    /// 2^-n seconds.
    Binary(u8),
}

/// What an interface description block says.
#[derive(Clone, Debug)]
pub(super) struct Interface {
    pub(super) link_type: LinkType,
    /// 0: no limit.
    pub(super) snapshot_length: u32,
    pub(super) drops: Drops,
    name: Option<Box<str>>,
    description: Option<Box<str>>,
    resolution: Resolution,
    /// Seconds to add.
    offset: i64,
}

impl Interface {
    /// Reads a whole block; `None` when it is too short for its fixed fields.
    pub(super) fn of(block: &[u8], endian: Endian) -> Option<Self> {
        let options = block.get(16..block.len().checked_sub(4)?)?;
        let mut interface = Self {
            link_type: LinkType(endian.u16(block, 8)?),
            snapshot_length: endian.u32(block, 12)?,
            drops: Drops::default(),
            name: None,
            description: None,
            resolution: Resolution::Decimal(6),
            offset: 0,
        };
        for (code, value) in Options::of(options, endian) {
            let value = options.get(value).unwrap_or_default();
            match (code, value) {
                (OPTION_NAME, value) => interface.name = name(value),
                (OPTION_DESCRIPTION, value) => interface.description = name(value),
                (OPTION_TIME_RESOLUTION, [unit, ..]) => {
                    interface.resolution = if unit & 0x80 == 0 {
                        Resolution::Decimal(*unit)
                    } else {
                        Resolution::Binary(unit & 0x7f)
                    };
                }
                (OPTION_TIME_OFFSET, value) => {
                    let seconds = endian.u64(value, 0).unwrap_or(0);
                    interface.offset = seconds.cast_signed();
                }
                _ => {}
            }
        }
        Some(interface)
    }

    /// What is said of the interface where its packets are written again.
    pub(super) fn info(&self) -> InterfaceInfo {
        InterfaceInfo {
            snapshot_length: self.snapshot_length,
            name: self.name.as_deref().map(str::to_owned),
            description: self.description.as_deref().map(str::to_owned),
            ..InterfaceInfo::of(self.link_type)
        }
    }

    /// Takes over the counters of an interface statistics block: they count
    /// from the start of the capture, so the latest block is the sum.
    pub(super) fn statistics(&mut self, block: &[u8], endian: Endian) {
        let options = block
            .get(20..block.len().saturating_sub(4))
            .unwrap_or_default();
        for (code, value) in Options::of(options, endian) {
            let counter = options.get(value).and_then(|value| endian.u64(value, 0));
            let Some(counter) = counter else { continue };
            match code {
                OPTION_DROPPED_BY_INTERFACE => self.drops.by_interface = counter,
                OPTION_DROPPED_BY_SYSTEM => self.drops.by_system = counter,
                _ => {}
            }
        }
    }

    /// A time stamp in nanoseconds since the Unix epoch, rounded down; `None`
    /// where that does not fit into 64 bits, of which the last number stands
    /// for a time that never comes.
    pub(super) fn nanoseconds(&self, units: u64) -> Option<u64> {
        let nanoseconds = match self.resolution {
            Resolution::Decimal(6) if self.offset == 0 => units.checked_mul(1000),
            Resolution::Decimal(9) if self.offset == 0 => Some(units),
            resolution => {
                let since = i128::from(self.offset) * NANOSECONDS;
                u64::try_from(resolution.nanoseconds(units) + since).ok()
            }
        };
        nanoseconds.filter(|nanoseconds| *nanoseconds < u64::MAX)
    }
}

/// The beginning of a text, as far as it is UTF-8.
fn name(bytes: &[u8]) -> Option<Box<str>> {
    let bytes = bytes.get(..LONGEST_NAME).unwrap_or(bytes);
    let chunk = bytes.utf8_chunks().next()?;
    Some(chunk.valid().trim_end_matches('\0').into())
}

impl Resolution {
    /// Gives nanoseconds. Every product stays below 2^94, so none overflows.
    fn nanoseconds(self, units: u64) -> i128 {
        let units = i128::from(units);
        match self {
            Self::Decimal(digits @ 0..=9) => units * 10_i128.pow(9 - u32::from(digits)),
            // Finer than 10^-38 seconds, everything is less than a nanosecond.
            Self::Decimal(digits) => 10_i128
                .checked_pow(u32::from(digits) - 9)
                .map_or(0, |divisor| units / divisor),
            Self::Binary(digits) => (units * NANOSECONDS) >> digits.min(126),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::build::{Order, interface};
    use super::*;

    fn try_time(order: Order, options: &[(u16, &[u8])], units: u64) -> Option<u64> {
        let endian = match order {
            Order::Little => Endian::Little,
            Order::Big => Endian::Big,
        };
        let block = interface(order, 1, 0, options);
        Interface::of(&block, endian).unwrap().nanoseconds(units)
    }

    fn time(order: Order, options: &[(u16, &[u8])], units: u64) -> u64 {
        try_time(order, options, units).unwrap()
    }

    #[test]
    fn time_stamps_count_microseconds_unless_told_otherwise() {
        assert_eq!(time(Order::Little, &[], 1_500_000), 1_500_000_000);
    }

    #[test]
    fn decimal_resolutions_from_seconds_to_less_than_nanoseconds() {
        for (digits, units, expected) in [
            (0_u8, 3, 3_000_000_000),
            (3, 1_500, 1_500_000_000),
            (9, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789),
            (12, 1_999, 1),
            (19, u64::MAX, 1_844_674_407),
            (127, u64::MAX, 0),
        ] {
            let seen = time(Order::Little, &[(9, &[digits])], units);
            assert_eq!(seen, expected, "10^-{digits}");
        }
    }

    #[test]
    fn binary_resolutions() {
        for (digits, units, expected) in [
            (0_u8, 3, 3_000_000_000),
            (10, 1_536, 1_500_000_000),
            (32, 3 << 31, 1_500_000_000),
            (63, 3 << 62, 1_500_000_000),
            (127, u64::MAX, 0),
        ] {
            let seen = time(Order::Little, &[(9, &[0x80 | digits])], units);
            assert_eq!(seen, expected, "2^-{digits}");
        }
    }

    #[test]
    fn the_offset_counts_seconds_in_the_sections_byte_order() {
        for order in [Order::Little, Order::Big] {
            let offset = order.u64(100);
            assert_eq!(time(order, &[(14, &offset)], 1_000_000), 101_000_000_000);
            let back = order.u64((-1_i64).cast_unsigned());
            assert_eq!(time(order, &[(14, &back)], 3_000_000), 2_000_000_000);
        }
    }

    #[test]
    fn times_that_do_not_fit_are_not_known() {
        let far = Order::Little.u64(i64::MAX.cast_unsigned());
        let before = Order::Little.u64((-1_i64).cast_unsigned());
        for (options, units) in [
            (&[(14, &far[..])][..], 0),
            (&[(14, &before[..])], 0),
            (&[(9, &[0][..])], u64::MAX),
            (&[(9, &[9][..])], u64::MAX),
            (&[], u64::MAX),
        ] {
            assert_eq!(try_time(Order::Little, options, units), None, "{options:?}");
        }
        assert_eq!(
            time(Order::Little, &[(9, &[9])], u64::MAX - 1),
            u64::MAX - 1
        );
    }
}
