//! Filters and zones choose the same usage on every endpoint.

use super::{FORK, NOTES, at_noon, escaped, everyday, pages};
use crate::figures::{Report, Row};
use crate::http::post_json;
use crate::place::Place;
use crate::running::Running;
use chrono::{Days, NaiveDate};
use ctm_types::PicoUsd;
use serde_json::{Value, json};

#[test]
fn filters_choose_by_project_model_session_and_sidechain() {
    let (_place, server) = everyday();
    let check = |query: &str, responses: u64, cost: &str| {
        for report in ["stats/daily", "stats/models", "stats/projects", "sessions"] {
            let report = Report::parse(&server.get(&format!("{report}?{query}")));
            assert_eq!(
                (report.totals.responses, report.totals.cost().to_string()),
                (responses, cost.to_owned()),
                "{query}"
            );
            report.check_sum();
        }
    };
    check("project=/home/u/shop", 4, "0.12628");
    check("project=/home/u/shop&project=/home/u/notes", 6, "0.12634");
    check("project=/home/u", 0, "0");
    check("model=claude-opus-4-5-20251101", 2, "0.10775");
    check("model=house-model-1&model=claude-haiku-4-5-20251001", 2, "0.005");
    check(&format!("session={FORK}"), 1, "0.01353");
    check(&format!("session={FORK}&session={NOTES}&model=claude-sonnet-4-5-20250929"), 2, "0.01359");
    check("sidechain=true", 1, "0.005");
    check("sidechain=false", 5, "0.12134");
    check("range=today", 1, "0.00006");
    check("range=3d", 3, "0.01359");
    check("from=2026-03-08&to=2026-03-08", 2, "0.03225");
    check("to=2026-03-07", 1, "0.0805");
    check("from=2026-03-11", 1, "0.00006");
    server.stop();
}

#[test]
fn days_before_any_time_are_compared_with_nothing() {
    let (_place, server) = everyday();
    for compare in ["previous", "year"] {
        let stats = server.json(&format!("stats?from=0000-01-01&to=0000-01-02&compare={compare}"));
        assert_eq!((&stats["meta"]["from"], &stats["previous"]), (&json!("0000-01-01"), &json!(null)));
    }
    server.stop();
}

#[test]
fn days_follow_the_zone_through_half_hours_and_summer_time() {
    let (_place, server) = everyday();
    let check = |tz: &str, expected: &[(&str, u64)]| {
        let daily = Report::parse(&server.get(&format!("stats/daily?tz={tz}")));
        daily.check_sum();
        let days = daily.items.iter().filter(|day| day.responses > 0);
        let days: Vec<_> = days.map(|day| (day.name(), day.responses)).collect();
        assert_eq!(days, expected, "{tz}");
    };
    check("UTC", &[("2026-03-07", 1), ("2026-03-08", 2), ("2026-03-09", 2), ("2026-03-11", 1)]);
    // 18:45 in UTC is a quarter past midnight, half an hour more than whole hours would give.
    check("Asia/Kolkata", &[("2026-03-08", 3), ("2026-03-09", 2), ("2026-03-11", 1)]);
    // On 2026-03-08, which had 23 hours, clocks were put forward: 04:15 in UTC on the 9th is a
    // quarter past midnight by then, and was a quarter past eleven before.
    check("America/New_York", &[("2026-03-07", 3), ("2026-03-09", 2), ("2026-03-11", 1)]);
    check("America/Bogota", &[("2026-03-07", 3), ("2026-03-08", 1), ("2026-03-09", 1), ("2026-03-11", 1)]);
    let stats = server.json("stats?tz=America/New_York&from=2026-03-08&to=2026-03-08");
    assert_eq!(
        (&stats["meta"]["tz"], &stats["totals"]["responses"]),
        (&json!("America/New_York"), &json!(0))
    );
    server.stop();
}

#[test]
fn sums_agree_across_endpoints_for_any_filter_and_zone() {
    let (place, answer) = Place::generated(8, 3_000_000);
    let server = at_noon(&place);
    let mut random = fastrand::Rng::with_seed(8);
    let zones = ["UTC", "Asia/Kolkata", "America/New_York", "Pacific/Chatham", "Australia/Lord_Howe"];
    let last: NaiveDate = "2026-11-22".parse().unwrap();
    let mut used = 0;
    for _ in 0..24 {
        let mut query = format!("tz={}", random.choice(zones).unwrap());
        let mut choose = |name: &str, values: &mut dyn Iterator<Item = &String>| {
            if random.u8(..4) == 0 {
                let value = random.choice(values.collect::<Vec<_>>()).unwrap();
                query.push_str(&format!("&{name}={}", escaped(value)));
            }
        };
        choose("project", &mut answer.by_project.keys());
        choose("model", &mut answer.by_model.keys());
        choose("session", &mut answer.by_session.keys());
        choose("sidechain", &mut ["true".to_owned(), "false".to_owned()].iter());
        if random.bool() {
            let from = last.checked_sub_days(Days::new(random.u64(1..60))).unwrap();
            let to = from.checked_add_days(Days::new(random.u64(0..30))).unwrap();
            query.push_str(&format!("&from={from}&to={to}"));
        }
        used += u32::from(agree(&place, &server, &query).responses > 0);
    }
    assert!(used > 8, "only {used} of the filters chose anything");
    assert_eq!(agree(&place, &server, "tz=UTC").tally(), answer.totals);
    server.stop();
}

/// Checks that all reports say the same, and returns what.
#[track_caller]
fn agree(place: &Place, server: &Running, query: &str) -> Row {
    let reports =
        ["stats/daily", "stats/daily?breakdown=model", "stats/models", "stats/projects", "sessions"];
    let totals = reports.map(|report| {
        let join = if report.contains('?') { '&' } else { '?' };
        let report = Report::parse(&server.get(&format!("{report}{join}{query}")));
        if report.next_cursor.is_none() {
            report.check_sum();
        }
        report.totals
    });
    assert!(totals.iter().all(|total| *total == totals[0]), "{query}: {totals:?}");
    let listed: PicoUsd = pages(server, &format!("sessions?limit=7&{query}"))
        .iter()
        .flat_map(|page| page.items.iter().map(Row::cost))
        .sum();
    assert_eq!(listed, totals[0].cost(), "{query}");
    let [total, ..] = totals;
    for (bucket, group) in [("hour", "none"), ("day", "project"), ("week", "kind"), ("month", "model")] {
        let trend =
            server.json(&format!("stats/trends?metric=total_tokens&bucket={bucket}&group={group}&{query}"));
        let sum = |series: &Value| {
            series["values"].as_array().unwrap().iter().filter_map(Value::as_u64).sum::<u64>()
        };
        let series: u64 = trend["series"].as_array().unwrap().iter().map(sum).sum();
        assert_eq!(
            (series, &trend["statistics"]["total"]),
            (total.total_tokens, &json!(total.total_tokens)),
            "{query}"
        );
    }
    for dataset in ["daily", "models", "projects", "sessions", "responses"] {
        let rows = exported(server, dataset, query);
        let tokens: u64 = rows.iter().map(|row| row.total_tokens).sum();
        let cost: PicoUsd = rows.iter().map(Row::cost).sum();
        assert_eq!((tokens, cost), (total.total_tokens, total.cost()), "{dataset} {query}");
    }
    // The command line has no sidechains.
    if !query.contains("sidechain") {
        let flags = pairs(query).map(|(name, value)| format!("--{name}={value}"));
        let flags: Vec<String> = flags.collect();
        let args: Vec<&str> =
            ["daily", "--json"].into_iter().chain(flags.iter().map(String::as_str)).collect();
        assert_eq!(Report::parse(&place.print(&args)).totals, total, "{query}");
    }
    total
}

/// Returns the names and values of a query, unescaped.
fn pairs(query: &str) -> impl Iterator<Item = (&str, String)> {
    query.split('&').map(|pair| {
        let (name, value) = pair.split_once('=').unwrap();
        (name, percent_encoding::percent_decode_str(value).decode_utf8().unwrap().into_owned())
    })
}

/// Returns the value of a parameter as the body of a request has it.
fn member(name: &str, value: &str) -> Value {
    match name {
        "project" | "model" | "session" | "home" => json!([value]),
        "sidechain" => json!(value == "true"),
        _ => json!(value),
    }
}

/// Exports what a query chooses, and reads the rows.
fn exported(server: &Running, dataset: &str, query: &str) -> Vec<Row> {
    let filter: serde_json::Map<String, Value> =
        pairs(query).map(|(name, value)| (name.to_owned(), member(name, &value))).collect();
    let body = json!({"dataset": dataset, "format": "ndjson", "filter": filter});
    let file = post_json(&format!("{}api/v1/export", server.url()), &body.to_string());
    assert_eq!(file.status, 200, "{}", file.body);
    let rows: Vec<Row> = file.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(file.header("x-row-count"), rows.len().to_string(), "{dataset} {query}");
    rows
}
