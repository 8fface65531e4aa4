//! Row numbers, slots and days, each of its own type, so that they cannot be confused.

use std::fmt;
use std::ops::{Add, Sub};

/// Defines a number that only identifies a row.
macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $name(pub i64);

        impl From<i64> for $name {
            fn from(number: i64) -> Self {
                Self(number)
            }
        }

        impl From<$name> for i64 {
            fn from($name(number): $name) -> Self {
                number
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

row_id! {
    /// Number of a session.
    SessionId,
    /// Number of a working directory.
    FolderId,
    /// Number of a project: that of the folder in which its sessions were started.
    ProjectId,
    /// Number of a Claude home.
    HomeId,
    /// Number of a model with its price terms.
    BillingId,
    /// Number of a conversation.
    ConversationId,
    /// Number of a transcript.
    FileId,
    /// Number of a billed part of a response; a response is identified by its first part.
    EventId,
    /// Number of a text that many rows share, such as the name of a tool or a branch.
    TermId,
    /// Number of a subagent.
    AgentId,
    /// Number of an attribution of responses, such as a skill or an agent.
    CircumstanceId,
    /// Identity of a request: a hash of the id that the API issued for it; never 0.
    RequestKey,
}

impl From<FolderId> for ProjectId {
    fn from(FolderId(number): FolderId) -> Self {
        Self(number)
    }
}

impl From<ProjectId> for FolderId {
    fn from(ProjectId(number): ProjectId) -> Self {
        Self(number)
    }
}

/// A time in milliseconds of UTC since 1970-01-01. Any number is one: times come from transcripts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct EpochMs(pub i64);

impl EpochMs {
    /// The earliest of all times.
    pub const MIN: Self = Self(i64::MIN);
    /// The latest of all times.
    pub const MAX: Self = Self(i64::MAX);

    /// Returns the time `millis` milliseconds later, at most [`Self::MAX`].
    #[must_use]
    pub fn saturating_add(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Returns the time `millis` milliseconds earlier, at least [`Self::MIN`].
    #[must_use]
    pub fn saturating_sub(self, millis: i64) -> Self {
        Self(self.0.saturating_sub(millis))
    }

    /// Returns the milliseconds since `earlier`, within what an `i64` holds; negative when it is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for EpochMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Add<i64> for EpochMs {
    type Output = Self;

    /// Returns the time that many milliseconds later.
    fn add(self, millis: i64) -> Self {
        Self(self.0 + millis)
    }
}

impl Sub<i64> for EpochMs {
    type Output = Self;

    /// Returns the time that many milliseconds earlier.
    fn sub(self, millis: i64) -> Self {
        Self(self.0 - millis)
    }
}

impl From<i64> for EpochMs {
    fn from(millis: i64) -> Self {
        Self(millis)
    }
}

impl From<EpochMs> for i64 {
    fn from(EpochMs(millis): EpochMs) -> Self {
        millis
    }
}

/// A day of UTC, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcDay(pub i64);

impl UtcDay {
    /// The first of all days.
    pub const MIN: Self = Self(i64::MIN);
    /// The last of all days.
    pub const MAX: Self = Self(i64::MAX);
    /// Length of a day in milliseconds.
    pub const MILLIS: i64 = 24 * 60 * 60 * 1000;
    /// Slots of a day.
    pub const SLOTS: i64 = Self::MILLIS / Slot::MILLIS;

    /// Returns the day that contains a time.
    #[must_use]
    pub fn of(at: EpochMs) -> Self {
        Self(at.0.div_euclid(Self::MILLIS))
    }

    /// Returns the day that contains a slot.
    #[must_use]
    pub fn of_slot(slot: Slot) -> Self {
        Self(slot.0.div_euclid(Self::SLOTS))
    }

    /// Returns the day of a date, `YYYY-MM-DD`, of the Gregorian calendar; `None` for any other text.
    #[must_use]
    pub fn of_date(date: &str) -> Option<Self> {
        let mut parts = date.split('-').map(|part| {
            let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<i64>().ok().filter(|_| is_number)
        });
        let [Some(Some(year)), Some(Some(month)), Some(Some(day)), None] = [(); 4].map(|()| parts.next())
        else {
            return None;
        };
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 => 28 + i64::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if date.len() != 10 || date.as_bytes()[4] != b'-' || !(1..=days).contains(&day) {
            return None;
        }
        // In years that begin in March, so that the leap day is the last one.
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        let of_year = (153 * month + 2) / 5 + day - 1;
        Some(Self(year * 365 + leap_days + of_year - 719_468))
    }

    /// Returns the slot at an index of the day, from 0 to 95. Saturates, so that a day of any number has one.
    #[must_use]
    pub fn slot(self, place: u8) -> Slot {
        Slot(self.0.saturating_mul(Self::SLOTS).saturating_add(place.into()))
    }
}

/// Consecutive UTC days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySpan {
    /// The first day.
    pub first: UtcDay,
    /// The last day, included.
    pub last: UtcDay,
}

impl DaySpan {
    /// Returns the span from the first to the last of some days; `None` without any.
    #[must_use]
    pub fn of(days: impl IntoIterator<Item = UtcDay>) -> Option<Self> {
        days.into_iter().fold(None, |span: Option<Self>, day| match span {
            None => Some(Self { first: day, last: day }),
            Some(Self { first, last }) => Some(Self { first: first.min(day), last: last.max(day) }),
        })
    }
}

impl From<i64> for UtcDay {
    fn from(day: i64) -> Self {
        Self(day)
    }
}

impl From<UtcDay> for i64 {
    fn from(UtcDay(day): UtcDay) -> Self {
        day
    }
}

/// A quarter of an hour of UTC time, counted from the epoch.
///
/// Every time zone offset in use is a multiple of 15 minutes, so that a slot lies within one
/// calendar day in each zone, and within one UTC day, the unit by which prices change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub i64);

impl Slot {
    /// Length of a slot in milliseconds.
    pub const MILLIS: i64 = 15 * 60 * 1000;

    /// Returns the slot that contains a time.
    #[must_use]
    pub fn of(at: EpochMs) -> Self {
        Self(at.0.div_euclid(Self::MILLIS))
    }

    /// Returns the first slot that begins at a time or later.
    #[must_use]
    pub fn after(at: EpochMs) -> Self {
        Self::of(at.saturating_add(Self::MILLIS - 1))
    }

    /// Returns the slot's first millisecond.
    ///
    /// Saturates, so that a slot of any number has one.
    #[must_use]
    pub fn start(self) -> EpochMs {
        EpochMs(self.0.saturating_mul(Self::MILLIS))
    }

    /// Returns the slot's index in its UTC day, from 0 to 95.
    #[must_use]
    pub fn place_in_day(self) -> u8 {
        self.0.rem_euclid(UtcDay::SLOTS) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_at_its_place_of_its_day() {
        for slot in [-97, -96, -1, 0, 95, 96, i64::MAX].map(Slot) {
            let (day, place) = (UtcDay::of_slot(slot), slot.place_in_day());
            assert!(place < 96, "{slot:?}");
            assert_eq!(day.slot(place), slot);
            assert_eq!(
                UtcDay::of(slot.start()),
                if slot.0 == i64::MAX { UtcDay::of(EpochMs::MAX) } else { day }
            );
        }
        assert_eq!([UtcDay::MIN, UtcDay::MAX].map(|day| day.slot(95).0), [i64::MIN + 95, i64::MAX]);
    }

    #[test]
    fn a_date_is_a_day_and_no_other_text_is() {
        let check =
            |date: &str, day: Option<i64>| assert_eq!(UtcDay::of_date(date), day.map(UtcDay), "{date}");
        check("1970-01-01", Some(0));
        check("1969-12-31", Some(-1));
        check("2000-02-29", Some(11_016));
        check("2000-03-01", Some(11_017));
        check("2026-11-28", Some(20_785));
        check("0000-01-01", Some(-719_528));
        check("9999-12-31", Some(2_932_896));
        for text in [
            "",
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "2026-1-1",
            "+026-01-01",
        ] {
            check(text, None);
        }
        for text in
            ["2026-11-28T", "2026-11-2", "20261-1-28", "2026-11--8", "no day", "2026/11/28", "2026-11-é"]
        {
            check(text, None);
        }
    }

    #[test]
    fn a_span_reaches_from_the_first_to_the_last_day() {
        let span = |days: &[i64]| DaySpan::of(days.iter().copied().map(UtcDay));
        assert_eq!(span(&[]), None);
        assert_eq!(span(&[7]), Some(DaySpan { first: UtcDay(7), last: UtcDay(7) }));
        assert_eq!(span(&[7, -3, 9, 2]), Some(DaySpan { first: UtcDay(-3), last: UtcDay(9) }));
    }
}
