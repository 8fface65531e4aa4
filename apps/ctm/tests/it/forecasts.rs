//! Forecasts over generated years and real homes, each compared with what was used in the end; with the table in
//! `docs/insight.md`.

use crate::document::check_table;
use crate::golden::corpora;
use crate::place::Place;
use chrono::{DateTime, Days, NaiveDate, Weekday};
use chrono_tz::Tz;
use ctm_aggregate::forecast::{LEAST, UsedByDay};
use ctm_aggregate::{Bucket, DateRange};
use ctm_types::EpochMs;
use serde_json::Value;
use std::ops::AddAssign;

const HEAD: &str = "| home | period | forecasts | interval contains the truth | truth is below | truth is above |\n\
                    |---|---|---|---|---|---|\n";

/// The hours at which the forecasts of a period are made.
const PERIODS: [(&str, Bucket, &[i64]); 3] = [
    ("day", Bucket::Day, &[9, 12, 15, 18, 21]),
    ("week", Bucket::Week(Weekday::Mon), &[12]),
    ("month", Bucket::Month, &[12]),
];

/// How many forecasts of a period there are, and where the truth is.
#[derive(Debug, Default)]
struct Hits {
    inside: u32,
    below: u32,
    above: u32,
}

impl Hits {
    fn number(&self) -> u32 {
        self.inside + self.below + self.above
    }

    fn share(&self) -> f64 {
        f64::from(self.inside) / f64::from(self.number().max(1))
    }

    fn row(&self, home: &str, period: &str) -> String {
        let Self { below, above, .. } = self;
        let share = if self.number() == 0 { String::new() } else { format!("{:.0} %", self.share() * 100.0) };
        format!("| {home} | {period} | {} | {share} | {below} | {above} |\n", self.number())
    }
}

impl AddAssign for Hits {
    fn add_assign(&mut self, other: Self) {
        self.inside += other.inside;
        self.below += other.below;
        self.above += other.above;
    }
}

/// Returns when what was spent in a home, in pico-US-dollars.
fn spent(place: &Place) -> Vec<(EpochMs, i128)> {
    let rows: Vec<Value> =
        serde_json::from_str(&place.print(&["export", "--dataset", "responses", "--format", "json"]))
            .unwrap();
    let spent = |row: &Value| {
        let at = DateTime::parse_from_rfc3339(row["at"].as_str().unwrap()).unwrap();
        let usd = row["cost_usd"].as_f64().unwrap_or_default();
        (EpochMs(at.timestamp_millis()), (usd * 1e12) as i128)
    };
    let mut spent: Vec<_> = rows.iter().map(spent).collect();
    spent.sort_unstable();
    spent
}

fn midnight(day: NaiveDate) -> EpochMs {
    EpochMs(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis())
}

/// Makes all forecasts of a period that there was enough history for, as they were made at that time.
fn hits_of(spent: &[(EpochMs, i128)], period: Bucket, hours: &[i64]) -> Hits {
    let day_of = |at: EpochMs| DateTime::from_timestamp_millis(at.0).unwrap().date_naive();
    let days = DateRange::new(day_of(spent[0].0), day_of(spent[spent.len() - 1].0)).unwrap();
    let mut hits = Hits::default();
    for day in days.days().filter(|day| period.last_day(*day) < days.to()) {
        let end_ms = midnight(period.last_day(day) + Days::new(1));
        let in_period =
            |(at_ms, _): &&(EpochMs, i128)| (midnight(period.first_day(day))..end_ms).contains(at_ms);
        let truth: i128 = spent.iter().filter(in_period).map(|(_, amount)| amount).sum();
        for hour in hours {
            let now_ms = midnight(day).saturating_add(hour * 3_600_000);
            let Some(used) = UsedByDay::new(spent.iter().copied(), now_ms, Tz::UTC) else { continue };
            let forecast = used.forecast(period);
            let Some(at_end) = forecast.at_end else { continue };
            assert!(forecast.stretches >= LEAST && at_end.low >= forecast.used, "{forecast:?}");
            match truth {
                truth if truth < at_end.low => hits.below += 1,
                truth if truth > at_end.high => hits.above += 1,
                _ => hits.inside += 1,
            }
        }
    }
    hits
}

/// Returns the hits of each period in a home.
fn hits(place: &Place) -> [Hits; 3] {
    place.print(&["daily"]);
    let spent = spent(place);
    PERIODS.map(|(_, period, hours)| hits_of(&spent, period, hours))
}

#[test]
fn four_of_five_intervals_contain_the_truth_of_generated_years() {
    let mut table = HEAD.to_owned();
    let mut all = PERIODS.map(|_| Hits::default());
    for seed in 1..=6 {
        let (place, _) = Place::of_days(seed, 365, 16_000_000);
        for ((sum, (period, ..)), hits) in all.iter_mut().zip(PERIODS).zip(hits(&place)) {
            table += &hits.row(&format!("seed {seed}"), period);
            *sum += hits;
        }
    }
    for (hits, (period, ..)) in all.iter().zip(PERIODS) {
        table += &hits.row("all", period);
        assert!((0.75..=0.85).contains(&hits.share()), "{table}");
    }
    check_table("forecasts", "forecasts of generated years", &table);
}

#[test]
fn forecasts_of_real_homes_are_compared_with_the_truth() {
    let Some(corpora) = corpora() else { return };
    let mut table = HEAD.to_owned();
    for name in ["irrlicht", "claude-code-log"] {
        for (hits, (period, ..)) in hits(&Place::reading(&corpora.join(name))).iter().zip(PERIODS) {
            table += &hits.row(name, period);
        }
    }
    check_table("forecasts", "forecasts of real homes", &table);
}
