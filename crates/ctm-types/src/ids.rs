//! Row numbers, slots and days, each of its own type, so that they cannot be confused.

use std::fmt;

/// Defines a number that only identifies a row.
macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// Number of a billed part of a response; a response is known by that of its first part.
    EventId,
    /// Number of a text that many rows share, such as the name of a tool or a branch.
    TermId,
    /// Number of a subagent.
    AgentId,
    /// Number of an attribution of responses, such as a skill or an agent.
    CircumstanceId,
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
    pub fn of_ms(at_ms: i64) -> Self {
        Self(at_ms.div_euclid(Self::MILLIS))
    }

    /// Returns the day that contains a slot.
    #[must_use]
    pub fn of_slot(slot: Slot) -> Self {
        Self(slot.0.div_euclid(Self::SLOTS))
    }

    /// Returns the slot at an index of the day, from 0 to 95. Saturates, so that a day of any number has one.
    #[must_use]
    pub fn slot(self, place: u8) -> Slot {
        Slot(self.0.saturating_mul(Self::SLOTS).saturating_add(place.into()))
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
    pub fn of_ms(at_ms: i64) -> Self {
        Self(at_ms.div_euclid(Self::MILLIS))
    }

    /// Returns the first slot that begins at a time or later.
    #[must_use]
    pub fn from_ms(at_ms: i64) -> Self {
        Self::of_ms(at_ms.saturating_add(Self::MILLIS - 1))
    }

    /// Returns the slot's first millisecond, in UTC epoch milliseconds.
    ///
    /// Saturates, so that a slot of any number has one.
    #[must_use]
    pub fn start_ms(self) -> i64 {
        self.0.saturating_mul(Self::MILLIS)
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
                UtcDay::of_ms(slot.start_ms()),
                if slot.0 == i64::MAX { UtcDay::of_ms(i64::MAX) } else { day }
            );
        }
        assert_eq!([UtcDay::MIN, UtcDay::MAX].map(|day| day.slot(95).0), [i64::MIN + 95, i64::MAX]);
    }
}
