//! The zone of times of the day: that of where this runs, or UTC. What is typed
//! means the zone in which is shown.

use jiff::tz::TimeZone;

/// The zone, in UTC if that was asked for.
#[must_use]
pub fn zone(utc: bool) -> TimeZone {
    match utc {
        true => TimeZone::UTC,
        false => TimeZone::system(),
    }
}
