//! Forecasts of the active block and of the current day, week and month.

use super::{at_noon, everyday};
use crate::place::Place;
use crate::running::Running;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use ctm_report::clock::Clock;
use serde_json::Value;

/// Returns the forecast of a period.
fn of<'a>(forecasts: &'a Value, period: &str) -> &'a Value {
    forecasts["items"].as_array().unwrap().iter().find(|item| item["period"] == period).unwrap()
}

#[test]
fn forecasts_begin_with_what_is_used() {
    let (place, _) = Place::of_days(1, 365, 4_000_000);
    let server = at_noon(&place);
    let forecasts = server.json("forecast?tz=UTC&week_start=sunday");
    let mut with_interval = 0;
    for (period, range) in [("day", "today"), ("week", "this-week"), ("month", "this-month")] {
        let forecast = of(&forecasts, period);
        let used = server.json(&format!("stats?tz=UTC&week_start=sunday&range={range}"));
        assert_eq!(forecast["from"], used["meta"]["from"], "{period}");
        let next = forecast["to"].as_str().unwrap().parse::<NaiveDate>().unwrap() + Days::new(1);
        assert_eq!(forecast["ends_at"], format!("{next}T00:00:00.000Z"));
        assert_eq!(forecast["cost"]["used_usd"], used["totals"]["cost_usd"], "{period}");
        assert_eq!(forecast["tokens"]["used"], used["totals"]["total_tokens"], "{period}");
        for (kind, names) in [
            ("cost", ["used_usd", "low_usd", "median_usd", "high_usd"]),
            ("tokens", ["used", "low", "median", "high"]),
        ] {
            let [used, low, median, high] = names.map(|name| forecast[kind][name].as_f64());
            let has_interval = forecast[kind]["stretches"].as_u64().unwrap() >= 9 && used > Some(0.0);
            assert_eq!(low.is_some(), has_interval, "{forecast}");
            with_interval += u32::from(has_interval);
            if has_interval {
                assert!(used <= low && low <= median && median <= high, "{forecast}");
            }
        }
    }
    assert!(with_interval > 0, "{forecasts}");
    server.stop();
}

#[test]
fn the_forecast_of_the_active_block_begins_with_its_usage() {
    let (place, _) = Place::of_days(1, 365, 4_000_000);
    let server = at_noon(&place);
    let last = server.json("blocks?tz=UTC&range=all&order=desc&limit=1")["items"][0].clone();
    server.stop();
    let time = |name: &str| last[name].as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let (end, minute) = (time("end_at"), TimeDelta::minutes(1));
    let is_young = time("last_at") - time("first_at") < TimeDelta::minutes(30);
    for (at, has_interval) in [(time("last_at"), !is_young), (end - minute, true), (end, false)] {
        let server = Running::start(Clock::frozen(at), &place, &[]);
        let forecasts = server.json("forecast?tz=UTC");
        server.stop();
        if at == end {
            assert_eq!(forecasts["items"][0]["period"], "day");
            continue;
        }
        let block = of(&forecasts, "block");
        assert_eq!(block["ends_at"], last["end_at"]);
        assert_eq!(block["cost"]["used_usd"], last["cost_usd"]);
        assert_eq!(block["tokens"]["used"], last["total_tokens"]);
        let [low, median, high] = ["low", "median", "high"].map(|name| block["tokens"][name].as_u64());
        assert_eq!(
            (low.is_some(), median.is_some(), high.is_some()),
            (has_interval, has_interval, has_interval)
        );
        assert!(low <= median && median <= high, "{block}");
    }
}

#[test]
fn a_short_history_has_no_forecast() {
    let (_place, server) = everyday();
    let forecasts = server.json("forecast?tz=UTC");
    for period in ["day", "week", "month"] {
        let cost = &of(&forecasts, period)["cost"];
        assert_eq!(
            (&cost["low_usd"], &cost["median_usd"], &cost["high_usd"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
    }
    let month = |filter: &str| {
        of(&server.json(&format!("forecast?tz=UTC{filter}")), "month")["tokens"]["used"].as_u64()
    };
    assert!(month("") > month("&project=none-of-these"));
    assert_eq!(month("&project=none-of-these"), Some(0));
}
