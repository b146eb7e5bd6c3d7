//! Times and amounts as people read them: three significant digits and the
//! unit that fits. The same in every language; records carry the exact
//! numbers instead.

/// A duration in nanoseconds as `850 ns`, `412 µs`, `23.4 ms`, `1.20 s`,
/// `2 min 5 s`, `3 h 20 min`, `4 d 6 h`.
#[must_use]
pub fn duration(ns: u64) -> String {
    const SMALL: [(&str, u64); 3] = [("µs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000)];
    if ns < 1_000 {
        return format!("{ns} ns");
    }
    for (unit, size) in SMALL {
        if let Some(number) = three_digits(ns, size, if unit == "s" { 60 } else { 1_000 }) {
            return format!("{number} {unit}");
        }
    }
    let seconds = ns.saturating_add(500_000_000) / 1_000_000_000;
    let minutes = seconds.saturating_add(30) / 60;
    let hours = seconds.saturating_add(1_800) / 3_600;
    match seconds {
        0..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 if minutes < 1_440 => two(minutes / 60, "h", minutes % 60, "min"),
        _ => two(hours / 24, "d", hours % 24, "h"),
    }
}

/// An amount of bytes as `812 B`, `12.3 kB`, `4.56 MB` (powers of 1000, as
/// link rates are counted).
#[must_use]
pub fn bytes(amount: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if amount < 1_000 {
        return format!("{amount} B");
    }
    let mut size = 1_000_u64;
    for unit in UNITS {
        if let Some(number) = three_digits(amount, size, 1_000) {
            return format!("{number} {unit}");
        }
        size = size.saturating_mul(1_000);
    }
    format!("{amount} B")
}

/// How many a second; `None` when they came at one moment, or fewer than one.
#[must_use]
pub fn per_second(count: u64, during_ns: u64) -> Option<u64> {
    let scaled = u128::from(count) * 1_000_000_000;
    let rate = scaled.checked_div(u128::from(during_ns))?;
    u64::try_from(rate).ok().filter(|rate| *rate > 0)
}

/// `amount` in units of `size` with three significant digits, rounded half
/// up; `None` when that reaches `limit` units.
fn three_digits(amount: u64, size: u64, limit: u64) -> Option<String> {
    // The amount is counted in hundredths, tenths or wholes of the unit: the
    // first scale at which three digits are enough.
    for (parts, decimals) in [(100_u128, 2_usize), (10, 1), (1, 0)] {
        let scaled = (u128::from(amount) * parts * 2 + u128::from(size)) / (u128::from(size) * 2);
        if scaled >= u128::from(limit) * parts {
            return None;
        }
        if scaled < 1_000 {
            let whole = scaled / parts;
            let fraction = scaled % parts;
            return Some(if decimals == 0 {
                whole.to_string()
            } else {
                format!("{whole}.{fraction:0decimals$}")
            });
        }
    }
    None
}

/// Two units, the second left out when it is nothing.
fn two(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large} {large_unit}")
    } else {
        format!("{large} {large_unit} {small} {small_unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_carry_three_digits_and_the_unit_that_fits() {
        for (ns, text) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (38_250, "38.3 µs"),
            (412_000, "412 µs"),
            (23_400_000, "23.4 ms"),
            (1_200_000_000, "1.20 s"),
            (59_940_000_000, "59.9 s"),
            (60_000_000_000, "1 min"),
            (125_000_000_000, "2 min 5 s"),
            (12_000_000_000_000, "3 h 20 min"),
            (86_400_000_000_000, "1 d"),
            (367_200_000_000_000, "4 d 6 h"),
        ] {
            assert_eq!(duration(ns), text);
        }
    }

    #[test]
    fn rounding_moves_up_to_the_next_unit() {
        assert_eq!(duration(999_600), "1.00 ms");
        assert_eq!(duration(999_499), "999 µs");
        assert_eq!(duration(9_995), "10.0 µs");
        assert_eq!(duration(59_960_000_000), "1 min");
        assert_eq!(duration(3_599_600_000_000), "1 h");
        assert_eq!(duration(86_399_000_000_000), "1 d");
        assert_eq!(bytes(999_999), "1.00 MB");
    }

    #[test]
    fn the_largest_numbers_have_a_text() {
        assert_eq!(duration(u64::MAX), "213504 d");
        assert_eq!(bytes(u64::MAX), "18.4 EB");
    }

    #[test]
    fn amounts_are_counted_in_thousands() {
        for (amount, text) in [
            (0, "0 B"),
            (812, "812 B"),
            (1_000, "1.00 kB"),
            (12_345, "12.3 kB"),
            (4_560_000, "4.56 MB"),
            (65_535, "65.5 kB"),
        ] {
            assert_eq!(bytes(amount), text);
        }
    }
}
