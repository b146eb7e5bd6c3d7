//! Moments: the time of each packet in the form that the reader chose, and dates
//! in UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::report::zone::zone;
use crate::report::{Look, TimeForm};

/// The times of packets, one after the other, all in one form.
#[derive(Clone, Debug)]
pub struct TimeColumn {
    form: TimeForm,
    zone: TimeZone,
    /// The time of the capture's first packet.
    zero_ns: Option<u64>,
    /// The time of the packet before.
    last_ns: Option<u64>,
}

impl TimeColumn {
    /// A column in the form that was asked for; else by seconds since the first
    /// packet, and by the time of the day while packets arrive.
    #[must_use]
    pub fn new(look: &Look) -> Self {
        let default = match look.live {
            true => TimeForm::Clock,
            false => TimeForm::SinceFirst,
        };
        Self {
            form: look.time.unwrap_or(default),
            zone: zone(look.utc),
            zero_ns: None,
            last_ns: None,
        }
    }

    /// The capture's first packet came at this time, whether it is shown or not.
    pub fn begins(&mut self, first_ns: u64) {
        self.zero_ns.get_or_insert(first_ns);
    }

    /// Whether it shows how long it was since the packet before.
    #[must_use]
    pub fn is_since_last(&self) -> bool {
        self.form == TimeForm::SinceLast
    }

    /// How wide a time is; 0 where none is shown.
    #[must_use]
    pub fn columns(&self) -> usize {
        match self.form {
            TimeForm::None => 0,
            TimeForm::SinceLast | TimeForm::SinceFirst => 10,
            TimeForm::Clock => 15,
            TimeForm::Epoch => 17,
            TimeForm::Date => 26,
        }
    }

    /// The next packet's time, to the right of its column; a dash where it is
    /// not known.
    pub fn next(&mut self, time_ns: Option<u64>) -> String {
        let text = time_ns.map_or_else(|| "–".to_owned(), |time_ns| self.text(time_ns));
        self.last_ns = time_ns.or(self.last_ns);
        match self.columns() {
            0 => String::new(),
            columns => format!("{text:>columns$}"),
        }
    }

    fn text(&mut self, time_ns: u64) -> String {
        let zero_ns = *self.zero_ns.get_or_insert(time_ns);
        match self.form {
            TimeForm::None => String::new(),
            TimeForm::Epoch => since(0, time_ns),
            TimeForm::SinceLast => since(self.last_ns.unwrap_or(time_ns), time_ns),
            TimeForm::SinceFirst => since(zero_ns, time_ns),
            TimeForm::Clock => self.written("%H:%M:%S%.6f", time_ns),
            TimeForm::Date => self.written("%Y-%m-%d %H:%M:%S%.6f", time_ns),
        }
    }

    fn written(&self, form: &str, time_ns: u64) -> String {
        match Timestamp::from_nanosecond(i128::from(time_ns)) {
            Ok(moment) => moment
                .to_zoned(self.zone.clone())
                .strftime(form)
                .to_string(),
            Err(_) => since(0, time_ns),
        }
    }
}

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

    /// 2023-11-14 22:13:20 UTC.
    const START: u64 = 1_700_000_000_000_000_000;

    #[test]
    fn each_form_is_as_wide_as_its_column() {
        for (form, texts) in [
            (TimeForm::None, ["", "", ""]),
            (
                TimeForm::Epoch,
                [
                    "1700000000.500000",
                    "1700000001.750000",
                    "1700000002.000000",
                ],
            ),
            (
                TimeForm::SinceLast,
                ["  0.000000", "  1.250000", "  0.250000"],
            ),
            (
                TimeForm::SinceFirst,
                ["  0.500000", "  1.750000", "  2.000000"],
            ),
            (
                TimeForm::Clock,
                ["22:13:20.500000", "22:13:21.750000", "22:13:22.000000"],
            ),
            (
                TimeForm::Date,
                [
                    "2023-11-14 22:13:20.500000",
                    "2023-11-14 22:13:21.750000",
                    "2023-11-14 22:13:22.000000",
                ],
            ),
        ] {
            let mut column = TimeColumn::new(&Look {
                time: Some(form),
                utc: true,
                ..Look::default()
            });
            column.begins(START);
            let times = [500, 1_750, 2_000].map(|ms| Some(START + ms * 1_000_000));
            assert_eq!(times.map(|time| column.next(time)), texts);
            assert_eq!(column.columns(), texts[0].len());
        }
    }

    #[test]
    fn without_a_form_it_is_since_the_first_packet_and_live_by_the_clock() {
        let of = |live| {
            let look = Look {
                live,
                utc: true,
                ..Look::default()
            };
            TimeColumn::new(&look).next(Some(START))
        };
        assert_eq!(of(false), "  0.000000");
        assert_eq!(of(true), "22:13:20.000000");
    }

    #[test]
    fn an_unknown_time_is_a_dash_and_moves_nothing() {
        let mut column = TimeColumn::new(&Look {
            time: Some(TimeForm::SinceLast),
            ..Look::default()
        });
        column.next(Some(START));
        assert_eq!(column.next(None), "         –");
        assert_eq!(column.next(Some(START + 1_000_000)), "  0.001000");
    }

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
