//! Circumstances that make responses expensive, such as a long prompt: the cost drivers.
//!
//! # Design
//!
//! A driver is a property of a response, whatever the filter is: the response alone has to pass it. So the usage of a
//! driver in days adds up to that in a month. Drivers overlap, and are kept as a set: every event is in exactly one sum,
//! and the usage of a driver is the sum of all sets that contain it.

use crate::cache::{CacheSums, LaneFold, SeenEvent};
use crate::{FactKey, ResolvedFilter};
use ctm_types::{EpochMs, EventId, SessionId, Slot, UsageKey, UsageRow};
use foldhash::{HashMap, HashSet};

/// Prompts with more tokens are long.
pub const LONG_CONTEXT_TOKENS: u64 = 150_000;

/// As many sessions in a quarter of an hour are parallel.
pub const PARALLEL_SESSIONS: u64 = 4;

/// A response as long after the first one of its session, in milliseconds, is one of a long session.
pub const LONG_SESSION_MS: i64 = 8 * 60 * 60 * 1000;

/// A miss of the cache with more tokens counts.
pub const MISSED_TOKENS: u64 = 100_000;

/// A cost driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driver {
    /// The prompt has more than [`LONG_CONTEXT_TOKENS`].
    LongContext,
    /// It is one of a subagent.
    Subagents,
    /// At least [`PARALLEL_SESSIONS`] sessions have responses in its slot.
    Parallel,
    /// It is at least [`LONG_SESSION_MS`] after the first response of its session.
    LongSession,
    /// It misses the prompt cache with more than [`MISSED_TOKENS`].
    CacheMiss,
}

impl Driver {
    /// All drivers.
    pub const ALL: [Self; 5] =
        [Self::LongContext, Self::Subagents, Self::Parallel, Self::LongSession, Self::CacheMiss];

    fn bit(self) -> u8 {
        match self {
            Self::LongContext => 1,
            Self::Subagents => 2,
            Self::Parallel => 4,
            Self::LongSession => 8,
            Self::CacheMiss => 16,
        }
    }
}

/// A set of drivers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Drivers(u8);

impl Drivers {
    /// Returns whether a driver is among them.
    #[must_use]
    pub fn contains(self, driver: Driver) -> bool {
        self.0 & driver.bit() > 0
    }

    /// Returns whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the set with a driver, if that holds.
    #[must_use]
    pub fn with(self, driver: Driver, holds: bool) -> Self {
        if holds { Self(self.0 | driver.bit()) } else { self }
    }
}

/// Which responses are listed by their drivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driven {
    /// Those with a driver, and maybe others.
    By(Driver),
    /// Those without any.
    ByNone,
}

impl Driven {
    fn takes(self, drivers: Drivers) -> bool {
        match self {
            Self::By(driver) => drivers.contains(driver),
            Self::ByNone => drivers.is_empty(),
        }
    }
}

/// Usage by its drivers: sums, each of one slot.
pub type DriverRows = Vec<(Drivers, UsageRow)>;

/// Sums of usage by drivers. Events are added in the order of their times.
///
/// Later events of a slot decide whether its sessions are parallel, so the sums of a slot are complete with the first event
/// after it.
#[derive(Debug)]
pub struct DriverSums<'f> {
    lanes: CacheSums<'f>,
    wanted: Option<Driven>,
    /// Time of the first event of each session.
    begun: HashMap<SessionId, EpochMs>,
    /// The slot of the last event.
    slot: Slot,
    /// Its sessions.
    at_once: HashSet<SessionId>,
    /// Its sums.
    sums: HashMap<(Drivers, UsageKey), UsageRow>,
    /// Its responses.
    responses: Vec<(EventId, Drivers)>,
    /// Sums of the slots before it.
    rows: DriverRows,
    /// The wanted responses of the slots before it.
    events: Vec<EventId>,
}

impl<'f> DriverSums<'f> {
    /// Creates empty sums, which list the wanted responses.
    #[must_use]
    pub fn new(lanes: CacheSums<'f>, wanted: Option<Driven>) -> Self {
        Self {
            lanes,
            wanted,
            begun: HashMap::default(),
            slot: Slot::of(EpochMs::MIN),
            at_once: HashSet::default(),
            sums: HashMap::default(),
            responses: Vec::new(),
            rows: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Returns an event with all of its drivers but [`Driver::Parallel`], which later events decide.
    fn seen(&mut self, columns: &[i64]) -> Option<(SeenEvent, Drivers)> {
        let seen = self.lanes.seen(columns)?;
        let SeenEvent { key, event, miss, .. } = &seen;
        let begun = *self.begun.entry(key.session).or_insert(event.at_ms);
        let missed = miss.as_ref().map_or(0, |miss| miss.billed.prompt());
        let drivers = Drivers::default()
            .with(Driver::LongContext, event.tokens.prompt() > LONG_CONTEXT_TOKENS)
            .with(Driver::Subagents, key.sidechain)
            .with(Driver::LongSession, event.at_ms.since(begun) >= LONG_SESSION_MS)
            .with(Driver::CacheMiss, missed > MISSED_TOKENS);
        Some((seen, drivers))
    }

    /// Completes the sums of the slot.
    fn end_slot(&mut self) {
        let parallel = self.at_once.len() as u64 >= PARALLEL_SESSIONS;
        let all = |drivers: Drivers| drivers.with(Driver::Parallel, parallel);
        let mut sums: Vec<_> = self.sums.drain().collect();
        sums.sort_unstable_by_key(|(key, _)| *key);
        self.rows.extend(sums.into_iter().map(|((drivers, _), row)| (all(drivers), row)));
        let wanted = self.wanted;
        let is_wanted = |drivers| wanted.is_some_and(|wanted| wanted.takes(all(drivers)));
        let responses = self.responses.drain(..).filter(|(_, drivers)| is_wanted(*drivers));
        self.events.extend(responses.map(|(id, _)| id));
        self.at_once.clear();
    }

    /// Returns the number of complete sums.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether no sum is complete.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Takes the complete sums, in the order of slots, drivers and keys.
    #[must_use]
    pub fn take(&mut self) -> DriverRows {
        std::mem::take(&mut self.rows)
    }

    /// Returns the sums that were not taken, and the first parts of all wanted responses in the order of time.
    #[must_use]
    pub fn into_rest(mut self) -> (DriverRows, Vec<EventId>) {
        self.end_slot();
        (self.rows, self.events)
    }
}

impl LaneFold for DriverSums<'_> {
    fn follow(&mut self, columns: &[i64]) {
        self.seen(columns);
    }

    fn add(&mut self, columns: &[i64], filter: &ResolvedFilter) {
        let Some((SeenEvent { id, key, event, .. }, drivers)) = self.seen(columns) else { return };
        let slot = Slot::of(event.at_ms);
        if slot != self.slot {
            self.end_slot();
            self.slot = slot;
        }
        self.at_once.insert(key.session);
        if !filter.takes(&FactKey::of(slot, &key)) {
            return;
        }
        self.sums
            .entry((drivers, key))
            .and_modify(|row| row.add(&event))
            .or_insert_with(|| UsageRow::of(&event, &key));
        if event.is_first && self.wanted.is_some() {
            self.responses.push((id, drivers));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::days::DayForm;

    const MINUTE: i64 = 60_000;

    /// Returns the drivers of responses: each a minute, a session, whether it is one of a subagent, and
    /// input, read and written tokens.
    fn drivers(responses: &[(i64, i64, bool, [i64; 3])]) -> Vec<Drivers> {
        let form = DayForm::new(&[]);
        let lanes = CacheSums::new(&form, HashMap::default());
        let mut sums = DriverSums::new(lanes, None);
        for (number, (minute, session, sidechain, [input, read, written])) in (1..).zip(responses) {
            let subagent = i64::from(*sidechain);
            let place = [minute * MINUTE, *session, 1, 1, 1, subagent, 1];
            let usage = [0, 1, *input, 0, *read, *written, 0, 0, 1];
            let more = [1, subagent, 0, -1, number];
            let columns: Vec<i64> = place.into_iter().chain(usage).chain(more).collect();
            sums.add(&columns, &ResolvedFilter::default());
        }
        let mut rows = sums.take();
        rows.extend(sums.into_rest().0);
        assert_eq!(rows.iter().map(|(_, row)| row.responses).sum::<u64>(), responses.len() as u64);
        rows.into_iter().map(|(drivers, _)| drivers).collect()
    }

    fn of(all: &[Driver]) -> Drivers {
        all.iter().fold(Drivers::default(), |drivers, driver| drivers.with(*driver, true))
    }

    #[test]
    fn a_prompt_is_long_above_the_threshold() {
        assert_eq!(drivers(&[(0, 1, false, [150_000, 0, 0])]), [of(&[])]);
        assert_eq!(drivers(&[(0, 1, false, [1, 150_000, 0])]), [of(&[Driver::LongContext])]);
    }

    #[test]
    fn a_session_is_long_after_eight_hours() {
        let small = [10, 0, 0];
        let expected = [of(&[]), of(&[]), of(&[Driver::LongSession])];
        let times = [0, 8 * 60 - 15, 8 * 60];
        assert_eq!(drivers(&times.map(|minute| (minute, 1, false, small))), expected);
    }

    #[test]
    fn sessions_of_a_slot_are_parallel_from_the_fourth_one_on() {
        let at_once = |sessions: i64| {
            drivers(&(1..=sessions).map(|session| (session, session, false, [10, 0, 0])).collect::<Vec<_>>())
        };
        assert_eq!(at_once(3), [of(&[]); 3]);
        assert_eq!(at_once(4), [of(&[Driver::Parallel]); 4]);
    }

    #[test]
    fn subagents_and_large_misses_are_drivers() {
        assert_eq!(drivers(&[(0, 1, true, [10, 0, 0])]), [of(&[Driver::Subagents])]);
        let missed = [(0, 1, false, [0, 0, 120_000]), (20, 1, false, [0, 0, 120_000])];
        assert_eq!(drivers(&missed), [of(&[]), of(&[Driver::CacheMiss])]);
        let small = [(0, 1, false, [0, 0, 90_000]), (20, 1, false, [0, 0, 90_000])];
        assert_eq!(drivers(&small), [of(&[]), of(&[])]);
    }
}
