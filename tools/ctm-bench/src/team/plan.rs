//! Simulated machines, and what their usage sums to.
//!
//! # Design
//!
//! Everything follows from numbers: of a machine, a day and a response. So the truth is computed response by response from the claims
//! that machines make in the end, and no machine needs memory for its usage. Every fifth machine has a copy of a part of the
//! home of the machine before, in which some responses are broken off: only the better claim counts.

use ctm_push_format::{KnownResponse, Level, Pepper};
use ctm_types::{Billing, ClaimRank, EpochMs, MachineId, Part, ResponseClaims, ResponseKey, TokenCounts};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const WEEK_DAYS: u32 = 7;

/// Of so many machines, one has a copy of a part of the home of the one before.
const COPY_EVERY: u32 = 5;

/// Of so many machines, one is cloned after a third of the time.
const CLONE_EVERY: u32 = 50;

/// Of so many weeks, a machine is offline in one.
const OFFLINE_EVERY: u64 = 6;

/// Most hours by which the clock of a machine is wrong.
const MOST_SKEW_HOURS: i64 = 3;

const MODELS: [&str; 3] = ["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"];

/// What is simulated.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) machines: u32,
    pub(crate) days: u32,
    /// Responses of a machine and day.
    pub(crate) responses: u32,
    pub(crate) seed: u64,
    /// End of the last day, in UTC epoch milliseconds.
    pub(crate) until_ms: i64,
}

/// A response: that of a home, a day and a number in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Response {
    home: u32,
    day: u32,
    number: u32,
}

/// Sums as a report has them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Totals {
    pub(crate) responses: u64,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) cache_read_tokens: u64,
}

impl Plan {
    pub(crate) fn id(&self, machine: u32) -> MachineId {
        let [one, two] = [0, 1].map(|part| self.chance(machine, part, 0).to_be_bytes());
        MachineId(std::array::from_fn(|at| if at < 8 { one[at] } else { two[at - 8] }))
    }

    /// Returns whether a machine pushes on a day: on the last one all do.
    pub(crate) fn is_online(&self, machine: u32, day: u32) -> bool {
        let week = day / WEEK_DAYS;
        day + 1 == self.days || !self.chance(machine, 2, week).is_multiple_of(OFFLINE_EVERY)
    }

    /// Returns by how much the clock of a machine is ahead.
    pub(crate) fn skew_ms(&self, machine: u32) -> i64 {
        let hours = self.chance(machine, 3, 0) % (2 * MOST_SKEW_HOURS.unsigned_abs() + 1);
        (hours.cast_signed() - MOST_SKEW_HOURS) * 60 * 60 * 1000
    }

    /// Returns the day from which on a machine has a clone.
    pub(crate) fn cloned_on(&self, machine: u32) -> Option<u32> {
        (machine % CLONE_EVERY == CLONE_EVERY - 1).then_some(self.days / 3)
    }

    /// Returns what a machine has at the end of a day that it did not have before, in the order in which it notices it. Broken
    /// off responses of its own are complete on the next day, and come again.
    pub(crate) fn noticed(&self, machine: u32, day: u32) -> impl Iterator<Item = Response> {
        let of = move |home, day| (0..self.responses).map(move |number| Response { home, day, number });
        let completed = day.checked_sub(1).into_iter().flat_map(move |before| of(machine, before));
        let copied = self.copied(machine).into_iter().flat_map(move |home| of(home, day));
        let copied = copied.filter(|response| response.number.is_multiple_of(2));
        completed.filter(Response::is_long).chain(of(machine, day)).chain(copied)
    }

    /// Returns the machine of whose home another one has a copy.
    fn copied(&self, machine: u32) -> Option<u32> {
        (machine % COPY_EVERY == COPY_EVERY - 1).then(|| machine - 1)
    }

    /// Calls `with` with what a machine knows of a response at the end of a day.
    pub(crate) fn known<T>(
        &self,
        (machine, day): (u32, u32),
        revision: u64,
        response: Response,
        with: impl FnOnce(&KnownResponse<'_>) -> T,
    ) -> T {
        let Response { home, day: begun, number } = response;
        let is_copy = home != machine;
        let is_whole = if is_copy { !number.is_multiple_of(4) } else { !response.is_long() || day > begun };
        let amount = self.chance(home, 4 + number, begun) % 100_000;
        let tokens = TokenCounts {
            input: amount % 97,
            output: if is_whole { 10 + amount % 4_000 } else { 1 },
            cache_read: amount,
            cache_write_5m: 0,
            cache_write_1h: 0,
        };
        let rank = u64::from(is_whole) << 57 | tokens.output << 3 | u64::from(!is_copy);
        let model = MODELS[(home + begun) as usize % MODELS.len()].to_owned();
        let billing = Arc::new(Billing { model, ..Billing::default() });
        let part = Part { billing, tokens, web_searches: 0, ttl_assumed: false };
        with(&KnownResponse {
            key: &ResponseKey::from_stored(&format!("msg_{home}_{begun}_{number}")),
            revision,
            rank: ClaimRank::from_number(rank).expect("an output is small"),
            at_ms: self.at_ms(response),
            parts: &[part],
            session: &format!("session-{home}-{begun}"),
            project: ["/home/a/shop", "/home/a/site", "/home/a/docs"][number as usize % 3],
            version: Some("2.1.44"),
            sidechain: number.is_multiple_of(9),
        })
    }

    fn at_ms(&self, Response { home, day, number }: Response) -> EpochMs {
        let offset = self.chance(home, number, day) % DAY_MS.unsigned_abs();
        EpochMs(self.until_ms - i64::from(self.days - day) * DAY_MS + offset.cast_signed())
    }

    /// Returns the sums of the claims that count in the end.
    pub(crate) fn totals(&self, pepper: &Pepper) -> Totals {
        let mut totals = Totals::default();
        for home in 0..self.machines {
            let copy =
                Some(home + 1).filter(|other| *other < self.machines && self.copied(*other) == Some(home));
            for (day, number) in
                (0..self.days).flat_map(|day| (0..self.responses).map(move |number| (day, number)))
            {
                let response = Response { home, day, number };
                let copy = copy.filter(|_| number.is_multiple_of(2));
                totals.add(&self.counting([Some(home), copy], response, pepper));
            }
        }
        totals
    }

    fn counting(&self, machines: [Option<u32>; 2], response: Response, pepper: &Pepper) -> ResponseClaims {
        let mut claims = ResponseClaims::default();
        for machine in machines.into_iter().flatten() {
            let claim = self
                .known((machine, self.days - 1), 1, response, |known| Level::Names.disclose(pepper, known));
            claims.put(self.id(machine), claim);
        }
        claims
    }

    /// Returns a number that looks random, and follows from others.
    fn chance(&self, machine: u32, what: u32, day: u32) -> u64 {
        let seed = u64::from(machine) << 32 | u64::from(day);
        fastrand::Rng::with_seed(self.seed ^ seed.rotate_left(17) ^ u64::from(what) << 7).u64(..)
    }
}

impl Response {
    pub(crate) fn id(self) -> (u32, u32, u32) {
        (self.home, self.day, self.number)
    }

    /// Returns whether it is broken off at the end of its day.
    fn is_long(&self) -> bool {
        self.number % 7 == 6
    }
}

impl Totals {
    fn add(&mut self, claims: &ResponseClaims) {
        let Some((_, claim)) = claims.counting() else { return };
        self.responses += 1;
        for Part { tokens, .. } in &claim.parts {
            self.input_tokens += tokens.input;
            self.output_tokens += tokens.output;
            self.cache_read_tokens += tokens.cache_read;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_that_several_machines_have_counts_once_and_whole() {
        let plan = Plan { machines: 10, days: 9, responses: 8, seed: 3, until_ms: 1_764_000_000_000 };
        let pepper = Pepper::new(b"");
        let totals = plan.totals(&pepper);
        assert_eq!(totals.responses, 10 * 9 * 8);
        // Of those that were broken off where they were found last, the last day's alone are.
        let noticed = |machine| (0..plan.days).map(|day| plan.noticed(machine, day).count()).sum::<usize>();
        assert_eq!(noticed(3), 9 * 8 + 8);
        assert_eq!(noticed(4), 9 * 8 + 8 + 9 * 4);
        assert!(totals.output_tokens > 10 * totals.responses);
    }

    #[test]
    fn machines_have_ids_of_their_own_and_are_online_in_the_end() {
        let plan = Plan { machines: 200, days: 60, responses: 1, seed: 3, until_ms: 0 };
        let ids: std::collections::BTreeSet<MachineId> = (0..200).map(|machine| plan.id(machine)).collect();
        assert_eq!(ids.len(), 200);
        let online = |day| (0..200).filter(|machine| plan.is_online(*machine, day)).count();
        assert_eq!(online(59), 200);
        assert!((120..200).contains(&online(20)), "{}", online(20));
        assert!((0..200).all(|machine| plan.skew_ms(machine).abs() <= MOST_SKEW_HOURS * 3_600_000));
    }
}
