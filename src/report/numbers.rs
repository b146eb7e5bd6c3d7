//! Numbers as texts write them, the same in every language.

/// A number with its digits in groups of three: `1,234,567`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A share with one decimal: `12.3 %`; `0 %` and `100 %` only when exact, and
/// `<0.1 %` for less than can be written.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let tenths = (u128::from(part) * 2_000 / u128::from(whole)).div_ceil(2);
    if part > 0 && u128::from(part) * 1_000 < u128::from(whole) {
        return "<0.1 %".to_owned();
    }
    let tenths = match tenths {
        1_000.. if part < whole => 999,
        tenths => tenths,
    };
    match tenths {
        0 => "0 %".to_owned(),
        1_000 => "100 %".to_owned(),
        _ => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

/// Bits per second in the unit that suits: `4.21 Mbit/s`.
#[must_use]
pub fn bit_rate(bits_per_second: u64) -> String {
    let units = [
        (1_000_000_000, "Gbit/s"),
        (1_000_000, "Mbit/s"),
        (1_000, "kbit/s"),
    ];
    for (size, unit) in units {
        if bits_per_second >= size {
            return format!("{:.2} {unit}", bits_per_second as f64 / size as f64);
        }
    }
    format!("{bits_per_second} bit/s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn a_share_is_nothing_or_everything_only_when_it_is() {
        assert_eq!(percent(0, 5), "0 %");
        assert_eq!(percent(5, 5), "100 %");
        assert_eq!(percent(1, 1_000_000), "<0.1 %");
        assert_eq!(percent(1, 1_000), "0.1 %");
        assert_eq!(percent(999_999, 1_000_000), "99.9 %");
        assert_eq!(percent(1, 8), "12.5 %");
        assert_eq!(percent(1, 0), "–");
        assert_eq!(percent(u64::MAX - 1, u64::MAX), "99.9 %");
    }
}
