//! Amounts on the command line: a number and a unit in, what it comes to out.

use std::num::NonZero;
use std::time::Duration;

use super::said::Said;

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
pub(super) fn duration(text: &str) -> Result<Duration, Said> {
    let (number, unit) = number_and_unit(text);
    let seconds = seconds(unit).ok_or_else(|| {
        Said::new(
            format!("\"{unit}\" is no unit of time; there are ns, us, ms, s, m and h"),
            format!("“{unit}”不是时间单位；可用 ns、us、ms、s、m、h"),
        )
    })?;
    let number: f64 = number.parse().map_err(|_| {
        Said::new(
            "a time is a number and a unit, as in 90s, 5m or 500ms",
            "时间是一个数加单位，如 90s、5m、500ms",
        )
    })?;
    match Duration::try_from_secs_f64(number * seconds) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err(Said::new("it must be longer than nothing", "必须大于零")),
    }
}

/// `256M`, `4G`, also with `B` or `iB` behind it: powers of 1024; a number alone
/// is bytes.
pub(super) fn memory_size(text: &str) -> Result<usize, Said> {
    let (number, unit) = number_and_unit(text);
    let prefix = unit.trim_end_matches("iB").trim_end_matches('B');
    let power = ["", "K", "M", "G", "T"]
        .iter()
        .position(|known| known.eq_ignore_ascii_case(prefix))
        .ok_or_else(|| {
            Said::new(
                format!("\"{unit}\" is no unit of memory; there are K, M, G and T"),
                format!("“{unit}”不是内存单位；可用 K、M、G、T"),
            )
        })?;
    let number: u64 = number.parse().map_err(|_| {
        Said::new(
            "a size is a whole number and a unit, as in 256M or 4G",
            "大小是一个整数加单位，如 256M、4G",
        )
    })?;
    let too_much = || Said::new("that is too much", "太大了");
    let bytes = number.checked_mul(1 << (10 * power));
    match bytes {
        Some(bytes) if bytes < LEAST_MEMORY => {
            Err(Said::new("it must be at least 128M", "至少要有 128M"))
        }
        Some(bytes) => usize::try_from(bytes).map_err(|_| too_much()),
        None => Err(too_much()),
    }
}

/// A whole number, 1 at least.
pub(super) fn positive(text: &str) -> Result<u64, Said> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| Said::new("it is a whole number, 1 at least", "应为不小于 1 的整数"))
}

/// A whole number of bytes.
pub(super) fn natural(text: &str) -> Result<u32, Said> {
    text.parse()
        .map_err(|_| Said::new("it is a whole number, 0 at least", "应为不小于 0 的整数"))
}

/// The size of the kernel's buffer.
pub(super) fn kib(text: &str) -> Result<u32, Said> {
    let number = text.parse().ok();
    let number = number.filter(|number| (1..=2_097_151).contains(number));
    number.ok_or_else(|| {
        Said::new(
            "it is a whole number from 1 to 2097151",
            "应为 1 到 2097151 的整数",
        )
    })
}

/// How many threads.
pub(super) fn threads(text: &str) -> Result<NonZero<usize>, Said> {
    text.parse()
        .map_err(|_| Said::new("it is a whole number, 1 at least", "应为不小于 1 的整数"))
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
