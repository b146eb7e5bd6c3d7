//! Ranges on the command line: `50ms..`, `..1s`, `10..20`, and moments of the
//! day (`11:26:15`) in place of times since the first packet.

use std::ops::RangeInclusive;

use jiff::civil::{DateTime, Time};
use jiff::{Timestamp, Unit};

use super::Wrong;
use crate::cli::units;
use crate::notes::Lang;
use crate::report::selection::Moment;
use crate::report::zone::zone;

/// Seconds from here on are counted since 1970: no capture lasts that long.
const EPOCH: f64 = 1e9;

/// What stands between the two ends of a range.
const BETWEEN: &str = "..";

/// A range of times, in nanoseconds. One time alone is none.
pub(super) fn of_times(text: &str, lang: Lang) -> Result<RangeInclusive<u64>, Wrong> {
    let Some((from, to)) = text.split_once(BETWEEN) else {
        let example = if units::nanoseconds(text).is_some() {
            text
        } else {
            "50ms"
        };
        return Err(Wrong::whole(match lang {
            Lang::En => format!("a range of times is wanted: {example}.. or ..{example}"),
            Lang::Zh => format!("这里要一个时间范围：{example}.. 或 ..{example}"),
        }));
    };
    range(from, to, lang, |text| {
        units::nanoseconds(text).ok_or_else(|| match lang {
            Lang::En => format!("\"{text}\" is no time; a time is 50ms, 1.5s, 2m …"),
            Lang::Zh => format!("“{text}”不是时间；时间写作 50ms、1.5s、2m 等"),
        })
    })
}

/// A range of numbers; a number alone is that one.
pub(super) fn of_counts(text: &str, lang: Lang) -> Result<RangeInclusive<u64>, Wrong> {
    let count = |text: &str| {
        units::thousands(text).ok_or_else(|| match lang {
            Lang::En => format!("\"{text}\" is no number; a number is 10, 1.5k, 2M …"),
            Lang::Zh => format!("“{text}”不是数；数写作 10、1.5k、2M 等"),
        })
    };
    match text.split_once(BETWEEN) {
        Some((from, to)) => range(from, to, lang, count),
        None => {
            let number = count(text).map_err(Wrong::whole)?;
            Ok(number..=number)
        }
    }
}

fn range(
    from: &str,
    to: &str,
    lang: Lang,
    amount: impl Fn(&str) -> Result<u64, String>,
) -> Result<RangeInclusive<u64>, Wrong> {
    let wrong_end = |message| Wrong {
        message,
        from: from.len() + BETWEEN.len(),
    };
    let first = match from {
        "" => 0,
        _ => amount(from).map_err(Wrong::whole)?,
    };
    let last = match to {
        "" => u64::MAX,
        _ => amount(to).map_err(wrong_end)?,
    };
    if first > last {
        return Err(Wrong::whole(upside_down(lang)));
    }
    Ok(first..=last)
}

fn upside_down(lang: Lang) -> &'static str {
    lang.pick("the range ends before it begins", "范围的终点在起点之前")
}

/// The two ends of a stretch of time; a moment of the day alone is all of its
/// second, or minute.
pub(super) fn of_moments(
    text: &str,
    utc: bool,
    lang: Lang,
) -> Result<(Option<Moment>, Option<Moment>), Wrong> {
    let read = |text: &str| {
        moment(text, utc).ok_or_else(|| match lang {
            Lang::En => format!(
                "\"{text}\" is no moment; a moment is 12.5s since the first packet, 11:26:15, or \
                 2026-11-30T11:26:15+08:00"
            ),
            Lang::Zh => format!(
                "“{text}”不是时刻；时刻写作距第一个报文 12.5s、11:26:15，或 \
                 2026-11-30T11:26:15+08:00"
            ),
        })
    };
    let Some((from, to)) = text.split_once(BETWEEN) else {
        let (start, lasts_ns) = read(text).map_err(Wrong::whole)?;
        return Ok((Some(start), Some(start.plus(lasts_ns))));
    };
    let wrong_end = |message| Wrong {
        message,
        from: from.len() + BETWEEN.len(),
    };
    let first = match from {
        "" => None,
        _ => Some(read(from).map_err(Wrong::whole)?.0),
    };
    let last = match to {
        "" => None,
        _ => {
            let (moment, lasts_ns) = read(to).map_err(wrong_end)?;
            Some(moment.plus(lasts_ns))
        }
    };
    let upside_down_since_first = |first, last| match (first, last) {
        (Some(Moment::SinceFirst(first)), Some(Moment::SinceFirst(last))) => first > last,
        (Some(Moment::At(first)), Some(Moment::At(last))) => first > last,
        _ => false,
    };
    match upside_down_since_first(first, last) {
        true => Err(Wrong::whole(upside_down(lang))),
        false => Ok((first, last)),
    }
}

/// A moment, and how long the unit lasts in which it is given, less a
/// nanosecond. `utc`: a clock without a zone is one of UTC.
fn moment(text: &str, utc: bool) -> Option<(Moment, u64)> {
    if let Some(ns) = units::nanoseconds(text) {
        let is_epoch = text.parse::<f64>().is_ok_and(|seconds| seconds >= EPOCH);
        return Some((
            match is_epoch {
                true => Moment::At(ns),
                false => Moment::SinceFirst(ns),
            },
            0,
        ));
    }
    let clock = text
        .rsplit_once(['T', 't'])
        .map_or(text, |(_, clock)| clock);
    let lasts_ns = unit_of(clock);
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        let ns = u64::try_from(timestamp.as_nanosecond()).ok()?;
        return Some((Moment::At(ns), lasts_ns));
    }
    if text.contains(['T', 't']) {
        let clock: DateTime = text.parse().ok()?;
        let timestamp = clock.to_zoned(zone(utc)).ok()?.timestamp();
        let ns = u64::try_from(timestamp.as_nanosecond()).ok()?;
        return Some((Moment::At(ns), lasts_ns));
    }
    let time: Time = text.parse().ok().filter(|_| text.contains(':'))?;
    let since_midnight = time.since(Time::midnight()).ok()?;
    let ns = since_midnight.total(Unit::Nanosecond).ok()? as u64;
    Some((Moment::OfDay { ns, utc }, lasts_ns))
}

/// How long the smallest unit of a time of the day lasts, less a nanosecond:
/// `11:26` is a minute, `11:26:15` a second, `11:26:15.5` a tenth of it.
fn unit_of(clock: &str) -> u64 {
    let clock = clock.split(['Z', 'z', '+', '-']).next().unwrap_or_default();
    let digits = clock.split_once('.').map_or(0, |(_, digits)| digits.len());
    let unit = match clock.matches(':').count() {
        0 => 3_600_000_000_000,
        1 => 60_000_000_000,
        _ => 1_000_000_000_u64 / 10_u64.pow(digits.min(9) as u32),
    };
    unit.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_open_or_closed_at_either_end() {
        for (text, range) in [
            ("50ms..", 50_000_000..=u64::MAX),
            ("..1s", 0..=1_000_000_000),
            ("10..20", 10_000_000_000..=20_000_000_000),
            ("0..5us", 0..=5_000),
            ("..", 0..=u64::MAX),
        ] {
            assert_eq!(of_times(text, Lang::En), Ok(range), "{text}");
        }
        for wrong in ["", "50ms", "x..", "..5 parsecs", "2s..1s", "-1.."] {
            assert!(of_times(wrong, Lang::En).is_err(), "{wrong}");
        }
    }

    #[test]
    fn counts_may_stand_alone() {
        for (text, range) in [
            ("3", 3..=3),
            ("1..", 1..=u64::MAX),
            ("1.5k..2MB", 1_500..=2_000_000),
        ] {
            assert_eq!(of_counts(text, Lang::En), Ok(range), "{text}");
        }
        for wrong in ["", "x", "1..x", "5..4", "1.5"] {
            assert!(of_counts(wrong, Lang::En).is_err(), "{wrong}");
        }
    }

    #[test]
    fn moments_are_since_the_first_packet_of_the_day_or_of_a_date() {
        let second = 999_999_999;
        let of_day = |hours: u64, minutes: u64, seconds: u64| {
            let ns = (hours * 3_600 + minutes * 60 + seconds) * 1_000_000_000;
            Moment::OfDay { ns, utc: true }
        };
        for (text, from, to) in [
            ("12.5s", Moment::SinceFirst(12_500_000_000), 0),
            ("11:26:15", of_day(11, 26, 15), second),
            ("11:26", of_day(11, 26, 0), 59_999_999_999),
            ("1970-01-01T00:00:02Z", Moment::At(2_000_000_000), second),
            (
                "1970-01-01T08:00:02+08:00",
                Moment::At(2_000_000_000),
                second,
            ),
            ("1970-01-01T00:00:02", Moment::At(2_000_000_000), second),
            ("1700000000", Moment::At(1_700_000_000_000_000_000), 0),
        ] {
            let expected = (Some(from), Some(from.plus(to)));
            assert_eq!(of_moments(text, true, Lang::En), Ok(expected), "{text}");
        }
        assert_eq!(
            of_moments("10..20", true, Lang::En),
            Ok((
                Some(Moment::SinceFirst(10_000_000_000)),
                Some(Moment::SinceFirst(20_000_000_000))
            ))
        );
        for wrong in ["", "noon", "25:00", "20..10", "11", "2026-13-01T00:00"] {
            let read = of_moments(wrong, true, Lang::En);
            assert!(read.is_err() || wrong == "11", "{wrong}: {read:?}");
        }
    }
}
