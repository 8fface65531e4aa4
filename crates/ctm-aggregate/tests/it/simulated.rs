//! A simulated account: its use of a limit here and elsewhere, and what the status line reports of it.

use ctm_aggregate::Amounts;
use ctm_aggregate::calibration::{Calibration, EarlyReset, UsageMeter, calibrate, limit_rises};
use ctm_types::{EpochMs, LimitSample, LimitWindow, PicoUsd};
use std::ops::Range;

pub(crate) const HOUR_MS: i64 = 3_600_000;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// Pico-US-dollars of a cent.
const CENT: i128 = 10_000_000_000;

/// What is simulated.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) window: LimitWindow,
    pub(crate) days: i64,
    /// Cents that a percent buys.
    pub(crate) cents: f64,
    /// Cents that a percent buys from a day on.
    pub(crate) then: Option<(i64, f64)>,
    /// Part of the sessions that are on another machine.
    pub(crate) elsewhere: f64,
    /// Days at whose noon the window is reset.
    pub(crate) resets: Vec<i64>,
}

/// What was simulated, and what was found in it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) found: Calibration,
    pub(crate) early_resets: Vec<EarlyReset>,
    /// Percent that were used elsewhere in all.
    pub(crate) elsewhere: f64,
}

/// The state of the account's window.
struct State<'a> {
    account: &'a Account,
    used: f64,
    end_ms: i64,
    samples: Vec<LimitSample>,
    usage: Vec<(EpochMs, i128)>,
    elsewhere: f64,
}

impl Account {
    /// Returns an account with a constant rate that is used here alone.
    pub(crate) fn steady(window: LimitWindow, days: i64, cents: f64) -> Self {
        Self { window, days, cents, then: None, elsewhere: 0.0, resets: Vec::new() }
    }

    fn cents_at(&self, at_ms: i64) -> f64 {
        self.then.filter(|(day, _)| at_ms >= day * DAY_MS).map_or(self.cents, |(_, cents)| cents)
    }

    /// Simulates days of work from nine to five: sessions of responses a minute apart, each with a report.
    pub(crate) fn simulate(&self, seed: u64) -> Outcome {
        let mut random = fastrand::Rng::with_seed(seed);
        let (samples, usage) = (Vec::new(), Vec::new());
        let mut state = State { account: self, used: 0.0, end_ms: 0, samples, usage, elsewhere: 0.0 };
        for day in 0..self.days {
            let mut at_ms = day * DAY_MS + 9 * HOUR_MS;
            while at_ms < day * DAY_MS + 17 * HOUR_MS {
                let is_here = random.f64() >= self.elsewhere;
                for _ in 0..random.u8(10..40) {
                    at_ms += random.i64(10_000..90_000);
                    state.respond(at_ms, is_here, &mut random);
                }
                at_ms += random.i64(5 * 60_000..40 * 60_000);
            }
        }
        state.outcome()
    }
}

impl State<'_> {
    /// A response, with a report of what was used before it: limits are known when a response begins.
    fn respond(&mut self, at_ms: i64, is_here: bool, random: &mut fastrand::Rng) {
        let length_ms = self.account.window.hours() * HOUR_MS;
        let is_reset = |day: &i64| {
            let noon = day * DAY_MS + 12 * HOUR_MS;
            noon <= at_ms && self.end_ms - length_ms < noon && noon < self.end_ms
        };
        if at_ms >= self.end_ms || self.account.resets.iter().any(is_reset) {
            self.used = 0.0;
            self.end_ms = at_ms + length_ms;
        }
        if is_here {
            self.report(at_ms);
        }
        // From 2 to 24 cents, most of them cheap.
        let cents = 2.0 + 22.0 * random.f64() * random.f64();
        let percent = cents / self.account.cents_at(at_ms);
        if self.used + percent >= 100.0 {
            return;
        }
        self.used += percent;
        if is_here {
            #[expect(clippy::cast_possible_truncation, reason = "a few cents")]
            self.usage.push((EpochMs(at_ms), (cents * CENT as f64) as i128));
        } else {
            self.elsewhere += percent;
        }
    }

    fn report(&mut self, at_ms: i64) {
        self.samples.push(LimitSample {
            home: "/home/u/.claude".to_owned(),
            session: "s".to_owned(),
            window: self.account.window,
            used_percentage: self.used.floor(),
            resets_at_ms: Some(EpochMs(self.end_ms)),
            first_at_ms: EpochMs(at_ms),
            last_at_ms: EpochMs(at_ms),
        });
    }

    fn outcome(self) -> Outcome {
        let of = limit_rises(&self.samples).pop().expect("something is reported");
        let moments = of.rises.iter().flat_map(|rise| [rise.from_ms, rise.to_ms]);
        let mut meter = UsageMeter::new(moments);
        for (at_ms, cost) in &self.usage {
            meter.add(*at_ms, Amounts { cost: PicoUsd(*cost), ..Amounts::default() });
        }
        let found = calibrate(&of.rises, |from_ms, to_ms| meter.between(from_ms, to_ms));
        Outcome { found, early_resets: of.early_resets, elsewhere: self.elsewhere }
    }
}

/// Returns cents of pico-US-dollars.
pub(crate) fn cents(of: f64) -> f64 {
    of / CENT as f64
}

/// Returns the outcomes of seeds.
pub(crate) fn outcomes(account: &Account, seeds: Range<u64>) -> Vec<Outcome> {
    seeds.map(|seed| account.simulate(seed)).collect()
}
