//! What one percent of a limit buys, found in simulated windows whose rate is known; with the table of them in
//! `docs/insight.md`.

use crate::simulated::{Account, DAY_MS, Outcome, cents, outcomes};
use ctm_aggregate::Amounts;
use ctm_aggregate::calibration::{
    LEAST_PERCENT, LimitRate, LimitRises, Quartiles, UsageMeter, calibrate, limit_rises,
};
use ctm_types::LimitWindow::{FiveHour, SevenDay};
use ctm_types::{EpochMs, LimitSample, PicoUsd};
use proptest::prelude::*;
use std::path::Path;

const SEEDS: u64 = 20;

/// Lines around the table in the document.
const MARKS: [&str; 2] = [
    "<!-- written by `TRYCMD=overwrite cargo test -p ctm-aggregate --test it calibration` -->\n",
    "<!-- end -->\n",
];

/// Accounts by what is special about them: five hours at 50 cents per percent for four weeks, seven days at 4 dollars for eight.
fn accounts() -> Vec<(&'static str, Account)> {
    let five = || Account::steady(FiveHour, 28, 50.0);
    let seven = || Account::steady(SevenDay, 56, 400.0);
    vec![
        ("5 hours", five()),
        ("5 hours, a percent buys 18 % less from day 14 on", Account { then: Some((14, 41.0)), ..five() }),
        ("5 hours, 15 % of the sessions elsewhere", Account { elsewhere: 0.15, ..five() }),
        ("7 days", seven()),
        ("7 days, a percent buys 18 % less from day 28 on", Account { then: Some((28, 328.0)), ..seven() }),
        ("7 days, a percent buys 10 % more from day 28 on", Account { then: Some((28, 440.0)), ..seven() }),
        ("7 days, 15 % of the sessions elsewhere", Account { elsewhere: 0.15, ..seven() }),
        ("7 days, resets on days 10 and 33", Account { resets: vec![10, 33], ..seven() }),
    ]
}

/// Figures of the outcomes of an account.
#[derive(Debug, PartialEq)]
struct Figures {
    /// Mean number of observations.
    observations: usize,
    /// Deviations of rates from the truth, as parts of it: the median, and the largest.
    deviations: [f64; 2],
    /// Outcomes with exactly the true changes, each within a day.
    with_changes: usize,
    /// Percent used elsewhere, in truth and found.
    elsewhere: [f64; 2],
    /// Early resets found.
    resets: usize,
}

impl Figures {
    fn of(account: &Account, outcomes: &[Outcome]) -> Self {
        let rates = || outcomes.iter().flat_map(|of| &of.found.rates);
        let mut deviations: Vec<f64> = rates().map(|rate| deviation(account, rate)).collect();
        deviations.sort_by(f64::total_cmp);
        let sum = |of: fn(&Outcome) -> f64| outcomes.iter().map(of).sum::<f64>() / outcomes.len() as f64;
        let unexplained = |of: &Outcome| of.found.elsewhere.iter().fold(0.0, |sum, of| sum + of.unexplained);
        Self {
            observations: rates().map(|rate| rate.observations).sum::<usize>() / outcomes.len(),
            deviations: [deviations[deviations.len() / 2], deviations[deviations.len() - 1]],
            with_changes: outcomes.iter().filter(|of| has_true_changes(account, of)).count(),
            elsewhere: [sum(|of| of.elsewhere), sum(unexplained)],
            resets: outcomes.iter().map(|of| of.early_resets.len()).sum(),
        }
    }

    fn row(&self, name: &str) -> String {
        let Self { observations, deviations, with_changes, elsewhere, resets } = self;
        let [median, worst] = deviations.map(|of| of * 100.0);
        let [truth, found] = elsewhere;
        format!(
            "| {name} | {observations} | {median:.1} % | {worst:.1} % | {with_changes} | {truth:.0} % | {found:.0} % | {resets} |\n"
        )
    }
}

/// Returns how far a rate is from the truth in the middle of its time.
fn deviation(account: &Account, rate: &LimitRate) -> f64 {
    let middle_ms = i64::midpoint(rate.from_ms.0, rate.to_ms.0);
    let then = account.then.filter(|(day, _)| middle_ms >= day * DAY_MS);
    (cents(rate.cost.median) / then.map_or(account.cents, |(_, cents)| cents) - 1.0).abs()
}

fn has_true_changes(account: &Account, of: &Outcome) -> bool {
    let found = of.found.rates.iter().skip(1).map(|rate| rate.from_ms.0);
    let truth: Vec<i64> = account.then.iter().map(|(day, _)| day * DAY_MS).collect();
    let found: Vec<i64> = found.collect();
    found.len() == truth.len()
        && found.iter().zip(&truth).all(|(found, truth)| (found - truth).abs() < DAY_MS)
}

#[test]
fn rates_changes_and_resets_are_those_that_are_simulated() {
    for (name, account) in accounts() {
        let of = outcomes(&account, 0..SEEDS);
        let figures = Figures::of(&account, &of);
        assert!(figures.deviations[1] < 0.03, "{name}: {figures:?}");
        assert_eq!(figures.with_changes, of.len(), "{name}");
        assert_eq!(figures.resets, account.resets.len() * of.len(), "{name}");
        let [truth, found] = figures.elsewhere;
        if account.elsewhere > 0.0 {
            assert!(found > truth * 0.2 && found <= truth, "{name}: {figures:?}");
        } else {
            assert!(found < 2.0, "{name}: {figures:?}");
        }
    }
}

#[test]
fn chance_is_rarely_taken_for_a_change() {
    let account = Account::steady(SevenDay, 28, 400.0);
    let of = outcomes(&account, 1_000..1_200);
    let changed = of.iter().filter(|of| of.found.rates.len() > 1).count();
    assert!(changed <= 2, "{changed} of {}", of.len());
}

#[test]
fn the_document_has_the_table_of_simulated_windows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/insight.md");
    let document = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let (before, rest) = document.split_once(MARKS[0]).unwrap();
    let (table, after) = rest.split_once(MARKS[1]).unwrap();
    let head = "| simulated | observations | deviation, median | largest | true changes found, of 20 | used elsewhere | found | early resets found |\n\
                |---|---|---|---|---|---|---|---|\n";
    let rows = accounts()
        .into_iter()
        .map(|(name, account)| Figures::of(&account, &outcomes(&account, 0..SEEDS)).row(name));
    let expected = format!("\n{head}{}\n", rows.collect::<String>());
    if std::env::var_os("TRYCMD").is_some_and(|how| how == "overwrite") {
        std::fs::write(&path, [before, MARKS[0], &expected, MARKS[1], after].concat()).unwrap();
    } else {
        assert_eq!(table, expected, "the table is stale; `{}` is how it is written", MARKS[0].trim());
    }
}

/// Reports of two sessions in two windows, and responses, at minutes.
fn reports() -> impl Strategy<Value = Vec<LimitSample>> {
    let report = (0..2_000_i64, 0..2_u8, 0..3_i64, 0.0..130.0_f64);
    proptest::collection::vec(report, 0..80).prop_map(|mut reports| {
        reports.sort_by_key(|(minute, ..)| *minute);
        let sample = |(minute, session, end, used): (i64, u8, i64, f64)| LimitSample {
            home: String::new(),
            session: session.to_string(),
            window: FiveHour,
            used_percentage: used,
            resets_at_ms: (end > 0).then_some(EpochMs(end * 900 * 60_000)),
            first_at_ms: EpochMs(minute * 60_000),
            last_at_ms: EpochMs(minute * 60_000),
        };
        reports.into_iter().map(sample).collect()
    })
}

proptest! {
    #[test]
    fn each_rise_counts_once_whatever_is_reported(
        samples in reports(),
        responses in proptest::collection::vec((0..2_000_i64, 0..90_i128), 0..200),
    ) {
        for LimitRises { rises, .. } in limit_rises(&samples) {
            prop_assert!(rises.iter().all(|rise| rise.percent >= LEAST_PERCENT && rise.from_ms <= rise.to_ms));
            prop_assert!(rises.windows(2).all(|pair| pair[0].to_ms <= pair[1].from_ms), "{rises:?}");
            let mut meter = UsageMeter::new(rises.iter().flat_map(|rise| [rise.from_ms, rise.to_ms]));
            for (minute, cents) in &responses {
                let cost = PicoUsd(cents * 10_000_000_000);
                let unpriced_tokens = u64::from(*cents == 7);
                meter.add(EpochMs(minute * 60_000), Amounts { cost, unpriced_tokens, ..Amounts::default() });
            }
            let of = calibrate(&rises, |from_ms, to_ms| meter.between(from_ms, to_ms));
            let explained: usize = of.rates.iter().map(|rate| rate.observations).sum();
            let all = explained + of.elsewhere.len() + of.unpriced;
            prop_assert!(all <= rises.len());
            prop_assert!(of.rates.len() != 1 || all == rises.len(), "{of:?}");
            for rate in &of.rates {
                let Quartiles { lower, median, upper } = rate.cost;
                prop_assert!(0.0 < lower && lower <= median && median <= upper);
            }
            prop_assert!(of.elsewhere.iter().all(|of| 0.0 < of.unexplained && of.unexplained <= of.percent));
        }
    }
}
