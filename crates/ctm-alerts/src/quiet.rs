//! Hours of the day in which a rule raises nothing.

use chrono::{DateTime, Timelike};
use chrono_tz::Tz;
use ctm_types::EpochMs;
use std::fmt;
use std::str::FromStr;

/// Quiet hours, from a time of the day to another one, exclusive; they may contain midnight.
///
/// They are times as clocks show them: in a night in which clocks change, they are an hour shorter or longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// Minutes since midnight.
    from: u16,
    to: u16,
}

impl QuietHours {
    /// Returns whether a time is within the quiet hours of a zone.
    #[must_use]
    pub fn contains(self, now_ms: EpochMs, tz: Tz) -> bool {
        let Some(now) = DateTime::from_timestamp_millis(now_ms.0) else { return false };
        let now = now.with_timezone(&tz);
        let minute = (now.hour() * 60 + now.minute()) as u16;
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

impl FromStr for QuietHours {
    type Err = String;

    /// Parses two different times of the day, such as `22:00-07:00`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let times = text.split_once('-').and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
        let hours = times.filter(|(from, to)| from != to).map(|(from, to)| Self { from, to });
        hours.ok_or_else(|| "allowed: two different times such as 22:00-07:00".to_owned())
    }
}

/// Parses a time of the day, as minutes since midnight.
fn minute(text: &str) -> Option<u16> {
    let is_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let (hour, minute) =
        text.split_once(':').filter(|(hour, minute)| is_digits(hour) && is_digits(minute))?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_are_read_as_they_are_written() {
        for text in ["22:00-07:00", "00:00-23:59", "12:30-13:00"] {
            assert_eq!(text.parse::<QuietHours>().map(|hours| hours.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "22-7", "22:00-24:00", "22:60-07:00", "7:00-8:00", "08:00-08:00", "+1:00-02:00"] {
            assert!(text.parse::<QuietHours>().is_err(), "{text}");
        }
    }

    #[test]
    fn quiet_hours_follow_the_clocks_of_the_zone() {
        let is_quiet = |hours: &str, at: &str, tz: Tz| {
            let at = DateTime::parse_from_rfc3339(at).unwrap().timestamp_millis();
            hours.parse::<QuietHours>().unwrap().contains(EpochMs(at), tz)
        };
        let berlin = Tz::Europe__Berlin;
        // Seven o'clock is at 6 UTC in winter, and at 5 UTC from 29 March on.
        assert!(is_quiet("22:00-07:00", "2026-03-28T05:59:00Z", berlin));
        assert!(!is_quiet("22:00-07:00", "2026-03-28T06:00:00Z", berlin));
        assert!(is_quiet("22:00-07:00", "2026-03-29T04:59:00Z", berlin));
        assert!(!is_quiet("22:00-07:00", "2026-03-29T05:00:00Z", berlin));
        // The hour that clocks show twice is quiet twice.
        for at in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"] {
            assert!(is_quiet("02:00-03:00", at, berlin));
        }
        assert!(!is_quiet("09:00-12:00", "2026-03-28T08:59:59Z", Tz::UTC));
        assert!(is_quiet("09:00-12:00", "2026-03-28T09:00:00Z", Tz::UTC));
        assert!(!is_quiet("09:00-12:00", "2026-03-28T12:00:00Z", Tz::UTC));
    }
}
