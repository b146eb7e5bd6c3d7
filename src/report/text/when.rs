//! Moments: seconds since a start, or the date in UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Seconds since `start_ns`, with six digits: `0.000412`; negative for what
/// was recorded before it.
#[must_use]
pub fn since(start_ns: u64, time_ns: u64) -> String {
    let sign = if time_ns < start_ns { "-" } else { "" };
    let micros = time_ns.abs_diff(start_ns) / 1_000;
    format!("{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// `2023-11-14 22:13:20.000100`, in UTC.
#[must_use]
pub fn date(time_ns: u64) -> String {
    match Timestamp::from_nanosecond(i128::from(time_ns)) {
        Ok(moment) => moment.strftime("%Y-%m-%d %H:%M:%S%.6f").to_string(),
        Err(_) => since(0, time_ns),
    }
}

/// The time of the day where this runs: `22:13:20.000100`.
#[must_use]
pub fn clock(time_ns: u64) -> String {
    match Timestamp::from_nanosecond(i128::from(time_ns)) {
        Ok(moment) => {
            let here = moment.to_zoned(TimeZone::system());
            here.strftime("%H:%M:%S%.6f").to_string()
        }
        Err(_) => since(0, time_ns),
    }
}

/// The time of the day of [`date`], when both are on the same day.
#[must_use]
pub fn date_after(earlier_ns: u64, time_ns: u64) -> String {
    let (earlier, later) = (date(earlier_ns), date(time_ns));
    match (earlier.split_once(' '), later.split_once(' ')) {
        (Some((day, _)), Some((same, time))) if day == same => time.to_owned(),
        _ => later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_since_the_start_have_six_digits() {
        assert_eq!(since(1_000, 413_999), "0.000412");
        assert_eq!(since(0, 61_000_000_000), "61.000000");
        assert_eq!(since(2_000_000, 1_000_000), "-0.001000");
    }

    #[test]
    fn dates_are_in_utc() {
        assert_eq!(
            date(1_700_000_000_000_100_000),
            "2023-11-14 22:13:20.000100"
        );
        assert_eq!(
            date_after(1_700_000_000_000_000_000, 1_700_000_001_000_000_000),
            "22:13:21.000000"
        );
    }

    #[test]
    fn a_time_beyond_all_calendars_is_still_shown() {
        assert!(!date(u64::MAX).is_empty());
    }
}
