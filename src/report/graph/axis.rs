//! Numbers at an axis: round ones, few, and each in the unit that suits the axis.

use super::model::Unit;

/// A number and how it is written.
pub type Label = (u64, String);

/// The least of 1, 2 and 5 times a power of ten that is not below.
#[must_use]
pub fn step(least: u64) -> u64 {
    let mut size = 1_u64;
    loop {
        for factor in [1, 2, 5] {
            let step = size.saturating_mul(factor);
            if step >= least || step == u64::MAX {
                return step;
            }
        }
        size = size.saturating_mul(10);
    }
}

/// Round numbers from `first` to `last`, at most so many.
#[must_use]
pub fn labels((first, last): (u64, u64), most: usize, unit: Unit) -> Vec<Label> {
    let most = (most as u64).max(2);
    let step = step(last.saturating_sub(first).div_ceil(most - 1).max(1));
    let (size, name) = scale(last, unit);
    let begin = first.div_ceil(step).saturating_mul(step);
    let mut labels = Vec::new();
    let mut at = begin;
    while at <= last && (labels.len() as u64) < most {
        labels.push((at, written(at, step, size, name)));
        match at.checked_add(step) {
            Some(next) => at = next,
            None => break,
        }
    }
    labels
}

/// The unit for numbers up to this one.
fn scale(last: u64, unit: Unit) -> (u64, &'static str) {
    const SMALL: u64 = 1_000;
    let units: &[(u64, &str)] = match unit {
        Unit::Bytes => &[
            (1_000_000_000, "GB"),
            (1_000_000, "MB"),
            (SMALL, "kB"),
            (1, "B"),
        ],
        Unit::Time => &[
            (1_000_000_000, "s"),
            (1_000_000, "ms"),
            (SMALL, "µs"),
            (1, "ns"),
        ],
        Unit::Rate => &[
            (1_000_000_000, "Gbit/s"),
            (1_000_000, "Mbit/s"),
            (SMALL, "kbit/s"),
            (1, "bit/s"),
        ],
    };
    let fits = units.iter().find(|(size, _)| last >= *size);
    fits.copied()
        .unwrap_or((1, units.last().map_or("", |(_, name)| name)))
}

/// With as many decimals as tell the steps apart.
fn written(number: u64, step: u64, size: u64, name: &str) -> String {
    let mut decimals = 0;
    let mut part = size;
    while decimals < 9 && !step.is_multiple_of(part.max(1)) {
        part /= 10;
        decimals += 1;
    }
    let whole = number / size;
    if decimals == 0 || size == 1 {
        return format!("{whole} {name}");
    }
    let fraction = number % size / part.max(1);
    format!("{whole}.{fraction:0decimals$} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        for (least, expected) in [(0, 1), (1, 1), (3, 5), (6, 10), (11, 20), (300, 500)] {
            assert_eq!(step(least), expected, "{least}");
        }
        assert!(step(u64::MAX) >= u64::MAX / 2);
    }

    #[test]
    fn labels_are_few_and_within() {
        let written = |range, most, unit| -> Vec<String> {
            let labels = labels(range, most, unit).into_iter();
            labels.map(|(_, text)| text).collect()
        };
        assert_eq!(
            written((0, 1_200_000_000), 4, Unit::Time),
            ["0.0 s", "0.5 s", "1.0 s"]
        );
        assert_eq!(
            written((200_000, 900_000), 5, Unit::Bytes),
            ["200 kB", "400 kB", "600 kB", "800 kB"]
        );
        assert_eq!(written((0, 0), 5, Unit::Bytes), ["0 B"]);
        for last in [1, 7, 999, 1_001, 123_456_789, u64::MAX] {
            let labels = labels((0, last), 6, Unit::Rate);
            assert!(labels.len() <= 6 && labels.iter().all(|(at, _)| *at <= last));
        }
    }
}
