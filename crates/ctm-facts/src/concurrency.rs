//! How many sessions and subagents are active at once.
//!
//! # Design
//!
//! A session is active from each of its responses on for [`ACTIVE_MS`], a subagent likewise. Every response extends the
//! time by as much, so those that end next are the ones that began first: a queue suffices, and memory depends on how
//! many responses there are within that time. Sums are of slots, and can be taken at any moment, because they add up.

use crate::ResolvedFilter;
use crate::place::EventPlace;
use ctm_types::{ACTIVE_MS, AtOnce, Concurrency, EpochMs, SessionId, Slot};
use foldhash::HashMap;
use std::collections::VecDeque;
use std::hash::Hash;

/// Sums by slot. Events are added in the order of their times.
#[derive(Debug)]
pub struct ConcurrencySums {
    /// The first slot of which time counts.
    first: Slot,
    /// The time after which none counts.
    end_ms: EpochMs,
    sessions: Sweep<SessionId>,
    subagents: Sweep<(SessionId, i64)>,
}

impl ConcurrencySums {
    /// Creates empty sums of the time from a slot on until `end_ms`.
    #[must_use]
    pub fn new(first: Option<Slot>, end_ms: EpochMs) -> Self {
        let first = first.unwrap_or(Slot(i64::MIN));
        Self { first, end_ms, sessions: Sweep::new(), subagents: Sweep::new() }
    }

    /// Adds an event that the filter takes. Its columns are its place and the number of the subagent (0 if it is unknown).
    pub fn add(&mut self, columns: &[i64], filter: &ResolvedFilter) {
        let Some((place, &[subagent])) = EventPlace::read(columns) else { return };
        if place.at_ms >= self.end_ms || !filter.takes(&place.key()) {
            return;
        }
        self.sessions.begin(place.session, place.at_ms);
        if place.sidechain {
            self.subagents.begin((place.session, subagent), place.at_ms);
        }
    }

    /// Adds the time after the last event.
    pub fn finish(&mut self) {
        self.sessions.finish(self.end_ms);
        self.subagents.finish(self.end_ms);
    }

    /// Returns the number of sums.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sessions.sums.len() + self.subagents.sums.len()
    }

    /// Returns whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the sums. A slot can be in several; they add up.
    pub fn take(&mut self) -> Vec<(Slot, Concurrency)> {
        let sessions = std::mem::take(&mut self.sessions.sums).into_iter();
        let sessions =
            sessions.map(|(slot, sessions)| (slot, Concurrency { sessions, ..Concurrency::default() }));
        let subagents = std::mem::take(&mut self.subagents.sums).into_iter();
        let subagents =
            subagents.map(|(slot, subagents)| (slot, Concurrency { subagents, ..Concurrency::default() }));
        sessions.chain(subagents).filter(|(slot, _)| *slot >= self.first).collect()
    }
}

/// Passes time in order, and counts those that are active.
#[derive(Debug)]
struct Sweep<Key> {
    at_ms: EpochMs,
    /// When each that is active ends.
    active: HashMap<Key, EpochMs>,
    /// Ends in order; those that were extended since are outdated.
    ends: VecDeque<(EpochMs, Key)>,
    /// Sums by slot, in order.
    sums: Vec<(Slot, AtOnce)>,
}

impl<Key: Copy + Eq + Hash> Sweep<Key> {
    fn new() -> Self {
        Self { at_ms: EpochMs::MIN, active: HashMap::default(), ends: VecDeque::new(), sums: Vec::new() }
    }

    /// Passes the time until a response, which begins or extends the time of its session.
    fn begin(&mut self, key: Key, at_ms: EpochMs) {
        self.pass(at_ms);
        let end_ms = at_ms.saturating_add(ACTIVE_MS);
        if self.active.insert(key, end_ms) != Some(end_ms) {
            self.ends.push_back((end_ms, key));
        }
    }

    /// Passes the time until the last end, at most until `end_ms`.
    fn finish(&mut self, end_ms: EpochMs) {
        if let Some((last_ms, _)) = self.ends.back() {
            self.pass(end_ms.min(*last_ms));
        }
    }

    fn pass(&mut self, to_ms: EpochMs) {
        while let Some(&(end_ms, key)) = self.ends.front()
            && end_ms <= to_ms
        {
            self.spend(end_ms);
            self.ends.pop_front();
            if self.active.get(&key) == Some(&end_ms) {
                self.active.remove(&key);
            }
        }
        self.spend(to_ms);
    }

    /// Adds the time until `to_ms`, in which as many are active as now.
    fn spend(&mut self, to_ms: EpochMs) {
        let number = self.active.len() as u64;
        while number > 0 && self.at_ms < to_ms {
            let slot = Slot::of(self.at_ms);
            let end_ms = Slot(slot.0 + 1).start().min(to_ms);
            let time = AtOnce::of(number, self.at_ms, end_ms);
            match self.sums.last_mut() {
                Some((last, sum)) if *last == slot => *sum += time,
                _ => self.sums.push((slot, time)),
            }
            self.at_ms = end_ms;
        }
        self.at_ms = self.at_ms.max(to_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const MINUTE: i64 = 60_000;

    /// A response: minute, session, and number of the subagent, 0 for the main conversation.
    type Response = (i64, i64, i64);

    fn columns((minute, session, subagent): Response) -> [i64; 8] {
        [minute * MINUTE, session, 1, 1, 1, i64::from(subagent > 0), 1, subagent]
    }

    /// Returns the sum of all time, with the sums taken after as many responses each.
    fn sum(responses: &[Response], first: Option<Slot>, end_ms: EpochMs, each: usize) -> Concurrency {
        let filter = ResolvedFilter::default();
        let mut sums = ConcurrencySums::new(first, end_ms);
        let mut sum = Concurrency::default();
        for part in responses.chunks(each) {
            part.iter().for_each(|response| sums.add(&columns(*response), &filter));
            sums.take().into_iter().for_each(|(_, of)| sum += of);
        }
        sums.finish();
        sums.take().into_iter().for_each(|(_, of)| sum += of);
        sum
    }

    fn all(responses: &[Response]) -> Concurrency {
        sum(responses, None, EpochMs::MAX, 100)
    }

    fn minutes(of: &AtOnce) -> [i64; 5] {
        let peak = of.peak.map_or(0, |(peak, _)| peak.cast_signed());
        let minutes = |time_ms: u64| time_ms.cast_signed() / MINUTE;
        [minutes(of.one_ms), minutes(of.two_ms), minutes(of.more_ms), minutes(of.total_ms), peak]
    }

    #[test]
    fn a_session_is_active_for_five_minutes_from_each_response_on() {
        let check = |responses: &[Response], expected| {
            assert_eq!(minutes(&all(responses).sessions), expected, "{responses:?}");
        };
        check(&[], [0, 0, 0, 0, 0]);
        check(&[(0, 1, 0)], [5, 0, 0, 5, 1]);
        check(&[(0, 1, 0), (0, 1, 0)], [5, 0, 0, 5, 1]);
        check(&[(0, 1, 0), (3, 1, 0)], [8, 0, 0, 8, 1]);
        check(&[(0, 1, 0), (5, 1, 0), (60, 1, 0)], [15, 0, 0, 15, 1]);
        // One that begins when another one ends is not at once with it.
        check(&[(0, 1, 0), (5, 2, 0)], [10, 0, 0, 10, 1]);
        check(&[(0, 1, 0), (4, 2, 0)], [8, 1, 0, 10, 2]);
        check(&[(0, 1, 0), (1, 2, 0), (2, 3, 0), (3, 4, 0)], [2, 2, 4, 20, 4]);
    }

    #[test]
    fn subagents_are_counted_apart_and_keep_their_session_active() {
        let of = all(&[(0, 1, 0), (1, 1, 7), (2, 1, 8), (2, 2, 7), (30, 1, 0)]);
        assert_eq!(minutes(&of.subagents), [1, 1, 4, 15, 3]);
        assert_eq!(minutes(&of.sessions), [2 + 5, 5, 0, 17, 2]);
    }

    #[test]
    fn time_outside_of_the_period_is_in_no_sum() {
        let responses = [(13, 1, 0), (28, 2, 0)];
        let of = sum(&responses, Some(Slot(1)), EpochMs(30 * MINUTE), 100);
        // Until minute 18, and from minute 28 to the end of the period.
        assert_eq!(minutes(&of.sessions), [5, 0, 0, 5, 1]);
        assert_eq!(of.sessions.peak, Some((1, EpochMs(15 * MINUTE))));
        let of_before_the_end = sum(&responses, None, EpochMs(20 * MINUTE), 100);
        assert_eq!(minutes(&of_before_the_end.sessions), [5, 0, 0, 5, 1]);
    }

    #[test]
    fn a_filter_selects_responses() {
        let mut sums = ConcurrencySums::new(None, EpochMs::MAX);
        let filter = ResolvedFilter { sessions: Some([SessionId(2)].into()), ..ResolvedFilter::default() };
        [(0, 1, 0), (1, 2, 0), (2, 2, 0)].into_iter().for_each(|of| sums.add(&columns(of), &filter));
        sums.finish();
        let mut sum = Concurrency::default();
        sums.take().into_iter().for_each(|(_, of)| sum += of);
        assert_eq!(minutes(&sum.sessions), [6, 0, 0, 6, 1]);
    }

    /// Returns the active time of a session, of all of its responses, in milliseconds.
    fn active_ms(times: &[i64]) -> i64 {
        let until_next = times.windows(2).map(|pair| (pair[1] - pair[0]).min(ACTIVE_MS)).sum::<i64>();
        until_next + times.last().map_or(0, |_| ACTIVE_MS)
    }

    proptest! {
        #[test]
        fn the_active_times_of_sessions_are_the_integral_of_concurrency(
            mut responses in prop::collection::vec((0..400_i64, 1..6_i64, 0..4_i64), 0..80),
            each in 1..20_usize,
        ) {
            responses.sort_unstable();
            let of = sum(&responses, None, EpochMs::MAX, each);
            let mut sessions: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
            let mut subagents: BTreeMap<(i64, i64), Vec<i64>> = BTreeMap::new();
            for (minute, session, subagent) in &responses {
                sessions.entry(*session).or_default().push(minute * MINUTE);
                if *subagent > 0 {
                    subagents.entry((*session, *subagent)).or_default().push(minute * MINUTE);
                }
            }
            let sum_ms = |times: Vec<&Vec<i64>>| times.into_iter().map(|times| active_ms(times)).sum::<i64>();
            prop_assert_eq!(of.sessions.total_ms.cast_signed(), sum_ms(sessions.values().collect()));
            prop_assert_eq!(of.subagents.total_ms.cast_signed(), sum_ms(subagents.values().collect()));
            // Minute by minute, as times are whole minutes.
            let at = |minute: i64| {
                let is_active = |times: &&Vec<i64>| {
                    times.iter().any(|at_ms| (*at_ms..at_ms + ACTIVE_MS).contains(&(minute * MINUTE)))
                };
                sessions.values().filter(is_active).count()
            };
            let numbers: Vec<usize> = (0..500).map(at).collect();
            let count = |is_so: &dyn Fn(usize) -> bool| numbers.iter().filter(|number| is_so(**number)).count() as i64;
            let peak = numbers.iter().copied().max().unwrap_or(0) as i64;
            let expected = [
                count(&|number| number == 1),
                count(&|number| number == 2),
                count(&|number| number > 2),
                numbers.iter().sum::<usize>() as i64,
                peak,
            ];
            prop_assert_eq!(minutes(&of.sessions), expected);
            let first = numbers.iter().position(|number| *number as i64 == peak).filter(|_| peak > 0);
            let first_ms = first.map(|minute| EpochMs(minute as i64 * MINUTE));
            prop_assert_eq!(of.sessions.peak.map(|(_, at_ms)| at_ms), first_ms);
        }
    }
}
