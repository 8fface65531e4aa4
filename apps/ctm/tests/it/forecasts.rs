//! Forecasts over generated years and real homes, each compared with what was used in the end; with the table in
//! `docs/insight.md`.

use crate::document::check_table;
use crate::golden::corpora;
use crate::place::Place;
use chrono::{DateTime, Days, NaiveDate, Weekday};
use chrono_tz::Tz;
use ctm_aggregate::block_forecast::block_forecast;
use ctm_aggregate::forecast::{Forecast, LEAST, UsedByDay};
use ctm_aggregate::{Bucket, DateRange, Window};
use ctm_types::{EpochMs, Slot};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::AddAssign;

const HEAD: &str = "| home | period | forecasts | interval contains the truth | truth is below | truth is above | nothing more is used |\n\
                    |---|---|---|---|---|---|---|\n";

/// The hours at which the forecasts of a period are made.
const PERIODS: [(Bucket, &[i64]); 3] =
    [(Bucket::Day, &[9, 12, 15, 18, 21]), (Bucket::Week(Weekday::Mon), &[12]), (Bucket::Month, &[12])];

/// The times since the start of a block at which forecasts of it are made, in hours.
const BLOCK_HOURS: [i64; 4] = [1, 2, 3, 4];

const HOUR_MS: i64 = 3_600_000;

/// The names of all periods; those of blocks with the time since their start.
const NAMES: [&str; 7] = ["block, 1 h", "block, 2 h", "block, 3 h", "block, 4 h", "day", "week", "month"];

/// How many forecasts of a period there are, and where the truth is.
#[derive(Debug, Default)]
struct Hits {
    inside: u32,
    below: u32,
    above: u32,
    /// How many of these periods use nothing more.
    idle: u32,
}

impl Hits {
    /// Counts a forecast, unless there was too little history for it.
    fn add(&mut self, forecast: Forecast, truth: i128) {
        let Some(at_end) = forecast.at_end else { return };
        assert!(forecast.stretches >= LEAST && at_end.low >= forecast.used, "{forecast:?}");
        self.idle += u32::from(truth == forecast.used);
        match truth {
            truth if truth < at_end.low => self.below += 1,
            truth if truth > at_end.high => self.above += 1,
            _ => self.inside += 1,
        }
    }

    fn number(&self) -> u32 {
        self.inside + self.below + self.above
    }

    fn share(&self) -> f64 {
        self.share_of(self.inside)
    }

    fn share_of(&self, part: u32) -> f64 {
        f64::from(part) / f64::from(self.number().max(1))
    }

    fn row(&self, home: &str, period: &str) -> String {
        let Self { below, above, .. } = self;
        let percent = |part| {
            let percent = format!("{:.0} %", self.share_of(part) * 100.0);
            if self.number() == 0 { String::new() } else { percent }
        };
        let (share, idle) = (percent(self.inside), percent(self.idle));
        format!("| {home} | {period} | {} | {share} | {below} | {above} | {idle} |\n", self.number())
    }
}

impl AddAssign for Hits {
    fn add_assign(&mut self, other: Self) {
        self.inside += other.inside;
        self.below += other.below;
        self.above += other.above;
        self.idle += other.idle;
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
            let now_ms = midnight(day).saturating_add(hour * HOUR_MS);
            let Some(used) = UsedByDay::new(spent.iter().copied(), now_ms, Tz::UTC) else { continue };
            hits.add(used.forecast(period), truth);
        }
    }
    hits
}

/// Returns the windows of five hours.
fn windows(spent: &[(EpochMs, i128)]) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    for (at_ms, _) in spent {
        match windows.last_mut().filter(|window| *at_ms < window.end_ms()) {
            Some(window) => window.last_ms = *at_ms,
            None => windows.push(Window {
                start_ms: EpochMs(at_ms.0 - at_ms.0.rem_euclid(HOUR_MS)),
                first_ms: *at_ms,
                last_ms: *at_ms,
            }),
        }
    }
    windows
}

/// Makes all forecasts of blocks, some hours after their start, that there was enough history for, as they were made at that time.
fn hits_of_blocks(spent: &[(EpochMs, i128)], hours: i64) -> Hits {
    let windows = windows(spent);
    let before = |ms: EpochMs| &spent[..spent.partition_point(|(at_ms, _)| *at_ms < ms)];
    let mut hits = Hits::default();
    for window in &windows {
        let is_in_block = |(at_ms, _): &&(EpochMs, i128)| *at_ms >= window.start_ms;
        let truth = before(window.end_ms()).iter().filter(is_in_block).map(|(_, amount)| amount).sum();
        let now_ms = window.start_ms.saturating_add(hours * HOUR_MS);
        let mut slots: BTreeMap<Slot, i128> = BTreeMap::new();
        for (at_ms, amount) in before(now_ms) {
            *slots.entry(Slot::of(*at_ms)).or_default() += amount;
        }
        let slots: Vec<_> = slots.into_iter().collect();
        if let Some(forecast) = block_forecast(&slots, &windows, now_ms) {
            hits.add(forecast, truth);
        }
    }
    hits
}

/// Returns the hits of each period in a home.
fn hits(place: &Place) -> Vec<Hits> {
    place.print(&["daily"]);
    let spent = spent(place);
    let blocks = BLOCK_HOURS.map(|hours| hits_of_blocks(&spent, hours));
    blocks.into_iter().chain(PERIODS.map(|(period, hours)| hits_of(&spent, period, hours))).collect()
}

#[test]
fn four_of_five_intervals_contain_the_truth_of_generated_years() {
    let mut table = HEAD.to_owned();
    let mut all = NAMES.map(|_| Hits::default());
    for seed in 1..=6 {
        let (place, _) = Place::of_days(seed, 365, 16_000_000);
        for ((sum, period), hits) in all.iter_mut().zip(NAMES).zip(hits(&place)) {
            table += &hits.row(&format!("seed {seed}"), period);
            *sum += hits;
        }
    }
    for (hits, period) in all.iter().zip(NAMES) {
        table += &hits.row("all", period);
        // If most blocks use nothing more, an interval that contains that contains as many.
        let most = if period.starts_with("block") { hits.share_of(hits.idle).max(0.8) + 0.05 } else { 0.85 };
        assert!((0.75..=most).contains(&hits.share()), "{table}");
    }
    check_table("forecasts", "forecasts of generated years", &table);
}

#[test]
fn forecasts_of_real_homes_are_compared_with_the_truth() {
    let Some(corpora) = corpora() else { return };
    let mut table = HEAD.to_owned();
    for name in ["irrlicht", "claude-code-log"] {
        for (hits, period) in hits(&Place::reading(&corpora.join(name))).iter().zip(NAMES) {
            table += &hits.row(name, period);
        }
    }
    check_table("forecasts", "forecasts of real homes", &table);
}
