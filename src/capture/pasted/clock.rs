//! The time that a tool writes above a packet or in front of it: a time of
//! day, with or without a date, or the seconds since a machine was started.
//! Only the differences between two of them mean anything.

use super::{Found, Line};

const SECOND: u64 = 1_000_000_000;

/// Days of a year and of a month, as far as differences need them.
const YEAR: u64 = 372;
const MONTH: u64 = 31;

/// Words at the start of a line among which a time is looked for.
const WORDS: usize = 6;

/// Gives every packet the time on its first line or nearest above it, behind
/// the packet before.
pub(super) fn read(lines: &[Line<'_>], found: &mut [Found]) {
    let mut after = 0;
    for found in found {
        let first = found.packet.from.line as usize;
        let between = lines.get(after.min(first)..first).unwrap_or_default();
        found.packet.clock_ns = between.iter().rev().find_map(|line| of_line(line.written));
        after = found.packet.to.line as usize;
    }
}

/// The time of a line, in nanoseconds.
fn of_line(line: &str) -> Option<u64> {
    let mut date = 0;
    for word in line.split_whitespace().take(WORDS) {
        let word = word.trim_matches(|c: char| !c.is_ascii_digit());
        let (day, time) = word.split_once('T').unwrap_or(("", word));
        if let Some(days) = days(day).or_else(|| days(word)) {
            date = days;
        }
        if let Some(time) = time_of_day(time) {
            return Some(date * 86_400 * SECOND + time);
        }
    }
    let mut words = line.split_whitespace();
    let first = words.next().filter(|&word| word != "[").or(words.next())?;
    seconds(first.trim_matches(|c: char| !c.is_ascii_digit()))
}

/// `2024-05-15`.
fn days(word: &str) -> Option<u64> {
    let mut parts = word.split(['-', '/']).map(number);
    match (parts.next()?, parts.next()?, parts.next()?, parts.next()) {
        (Some(year @ 1970..3000), Some(month @ 1..=12), Some(day @ 1..=31), None) => {
            Some(year % 100 * YEAR + month * MONTH + day)
        }
        _ => None,
    }
}

/// `15:42:11.125364`: without a fraction it is too coarse.
fn time_of_day(word: &str) -> Option<u64> {
    let mut parts = word.splitn(3, ':');
    let (hours, minutes, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let seconds = seconds(rest)?;
    (hours < 24 && minutes < 60 && seconds < 60 * SECOND)
        .then_some((hours * 60 + minutes) * 60 * SECOND + seconds)
}

/// `11.125364`, `1342.480016`, `00.010,000`.
fn seconds(word: &str) -> Option<u64> {
    let (whole, fraction) = word.split_once('.')?;
    // A time zone may follow.
    let zone = fraction.find(['+', '-', 'Z']).unwrap_or(fraction.len());
    let fraction = fraction.get(..zone)?.replace(',', "");
    let scale = 9_u32.checked_sub(u32::try_from(fraction.len()).ok()?)?;
    let nanoseconds = number(&fraction)? * 10_u64.pow(scale);
    let known = fraction.len() >= 3 && whole.len() <= 10;
    known
        .then(|| number(whole))?
        .map(|whole| whole * SECOND + nanoseconds)
}

fn number(digits: &str) -> Option<u64> {
    let all = digits.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| digits.parse().ok())?
}
