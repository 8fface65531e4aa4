//! Forecasts of the current day, week and month.

use super::{at_noon, everyday};
use crate::place::Place;
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
