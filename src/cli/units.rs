//! Amounts on the command line: a number and a unit in, what it comes to out.

use std::time::Duration;

/// The least memory that everything fits into which does not grow with the number
/// of conversations.
const LEAST_MEMORY: u64 = 128 << 20;

/// The number and the unit of an amount.
fn number_and_unit(text: &str) -> (&str, &str) {
    let number = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    (number, text.get(number.len()..).unwrap_or_default())
}

/// How many seconds a unit of time has; without a name it is a second.
fn seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" => 1e-6,
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        _ => return None,
    })
}

/// A time as in [`duration`], 0 included, in nanoseconds.
pub(super) fn nanoseconds(text: &str) -> Option<u64> {
    let (number, unit) = number_and_unit(text);
    let number: f64 = number.parse().ok()?;
    let time = Duration::try_from_secs_f64(number * seconds(unit)?).ok()?;
    u64::try_from(time.as_nanos()).ok()
}

/// `10`, `1.5k`, `2M`, `3GB`: powers of a thousand, as amounts of packets and
/// bytes are printed.
pub(super) fn thousands(text: &str) -> Option<u64> {
    let (number, unit) = number_and_unit(text);
    let power = ["", "k", "m", "g"]
        .iter()
        .position(|known| known.eq_ignore_ascii_case(unit.trim_end_matches(['b', 'B'])))?;
    if power == 0 {
        return number.parse().ok();
    }
    let amount = number.parse::<f64>().ok()? * 1_000_f64.powi(power as i32);
    (0.0..1e18)
        .contains(&amount)
        .then_some(amount.round() as u64)
}

/// `5s`, `500ms`, `2m`, `1h`; a number alone is seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = number_and_unit(text);
    let seconds = seconds(unit)
        .ok_or_else(|| format!("\"{unit}\" is no unit of time; there are us, ms, s, m and h"))?;
    let number: f64 = number
        .parse()
        .map_err(|_| "a time is a number and a unit, as in 90s, 5m or 500ms".to_owned())?;
    match Duration::try_from_secs_f64(number * seconds) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err("it must be longer than nothing".to_owned()),
    }
}

/// `256M`, `4G`, also with `B` or `iB` behind it: powers of 1024; a number alone
/// is bytes.
pub(super) fn memory_size(text: &str) -> Result<usize, String> {
    let (number, unit) = number_and_unit(text);
    let prefix = unit.trim_end_matches("iB").trim_end_matches('B');
    let power = ["", "K", "M", "G", "T"]
        .iter()
        .position(|known| known.eq_ignore_ascii_case(prefix))
        .ok_or_else(|| format!("\"{unit}\" is no unit of memory; there are K, M, G and T"))?;
    let number: u64 = number
        .parse()
        .map_err(|_| "a size is a whole number and a unit, as in 256M or 4G".to_owned())?;
    let bytes = number.checked_mul(1 << (10 * power));
    match bytes {
        Some(bytes) if bytes < LEAST_MEMORY => Err("it must be at least 128M".to_owned()),
        Some(bytes) => usize::try_from(bytes).map_err(|_| "that is too much".to_owned()),
        None => Err("that is too much".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, milliseconds) in [
            ("5s", 5_000),
            ("5", 5_000),
            ("1.5s", 1_500),
            ("500ms", 500),
            ("2m", 120_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)));
        }
        for wrong in [
            "",
            "s",
            "5 parsecs",
            "5d",
            "0",
            "-1s",
            "nan",
            "inf",
            "1e300h",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn memory_is_given_in_powers_of_1024() {
        for (text, bytes) in [
            ("134217728", 128 << 20),
            ("256M", 256 << 20),
            ("256MiB", 256 << 20),
            ("200000k", 200_000 << 10),
            ("4GB", 4 << 30),
        ] {
            assert_eq!(memory_size(text), Ok(bytes), "{text}");
        }
        for wrong in [
            "",
            "M",
            "127M",
            "1.5G",
            "-1G",
            "5 G",
            "1X",
            "99999999999999T",
        ] {
            assert!(memory_size(wrong).is_err(), "{wrong}");
        }
    }
}
