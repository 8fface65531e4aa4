//! Trends, the hours of the week, windows of five hours.

use super::{NOW, everyday};
use crate::http::get;
use crate::place::Place;
use crate::running::Running;
use serde_json::{Value, json};

#[test]
fn a_trend_is_in_columns() {
    let (_place, server) = everyday();
    let trend = server.json("stats/trends?group=model&series=2&from=2026-03-07&to=2026-03-09");
    assert_eq!(trend["buckets"], json!(["2026-03-07", "2026-03-08", "2026-03-09"]));
    assert_eq!(
        (&trend["metric"], &trend["bucket"], &trend["group"]),
        (&json!("cost_usd"), &json!("day"), &json!("model"))
    );
    assert_eq!(trend["totals"], json!([0.0805, 0.03225, 0.01353]));
    let series: Vec<_> = trend["series"]
        .as_array()
        .unwrap()
        .iter()
        .map(|series| (&series["label"], &series["values"]))
        .collect();
    assert_eq!(
        series,
        [
            (&json!("Opus 4.5"), &json!([0.0805, 0.02725, 0])),
            (&json!("Sonnet 4.5"), &json!([0, 0, 0.01353])),
            // Unpriced usage is excluded from the sum, and the sum is unknown without other usage.
            (&json!(""), &json!([0, 0.005, null])),
        ]
    );
    let statistics = &trend["statistics"];
    assert_eq!(
        (&statistics["min"], &statistics["max"], &statistics["total"]),
        (&json!(0.01353), &json!(0.0805), &json!(0.12628))
    );
    // Nothing is known of the three days before.
    assert_eq!((&trend["previous"], &trend["previous_period"]), (&Value::Null, &Value::Null));
    server.stop();
}

#[test]
fn a_period_that_is_known_in_part_has_values_and_no_change() {
    let (_place, server) = everyday();
    // The first day with usage is the 7th, so that one of the three days before is known.
    let query = "from=2026-03-08&to=2026-03-10&compare=previous";
    let trend = server.json(&format!("stats/trends?{query}"));
    assert_eq!(trend["previous"], json!([null, null, 0.0805]));
    let known = &trend["previous_period"];
    assert_eq!((&known["from"], &known["known_from"]), (&json!("2026-03-05"), &json!("2026-03-07")));
    let stats = server.json(&format!("stats?{query}"));
    assert_eq!(stats["previous"]["known_from"], "2026-03-07");
    assert!(stats["previous"]["totals"]["cost_usd"].is_number());
    assert_eq!(stats["change"]["cost_usd"], json!({"absolute": null, "relative": null}));
    assert_eq!(server.json(&format!("stats/models?{query}"))["previous"]["known_from"], "2026-03-07");
    let whole = server.json("stats?from=2026-03-08&to=2026-03-08&compare=previous");
    assert_eq!(whole["previous"]["known_from"], Value::Null);
    assert!(whole["change"]["cost_usd"]["absolute"].is_number());
    server.stop();
}

#[test]
fn every_amount_has_its_certainty() {
    let (_place, server) = everyday();
    // A model without a price, and a response without a final record.
    let trend = server.json("stats/trends?group=model&series=2&from=2026-03-07&to=2026-03-09");
    assert_eq!(trend["certainty"], "at_least");
    let series: Vec<_> = trend["series"].as_array().unwrap().iter().map(|of| &of["certainty"]).collect();
    assert_eq!(series, ["exact", "exact", "at_least"]);
    let tokens = server.json("stats/trends?metric=total_tokens&from=2026-03-07&to=2026-03-09");
    assert_eq!((&tokens["certainty"], &tokens["at_least"]), (&json!("exact"), &json!([])));
    let activity = server.json("stats/activity?range=all");
    assert!(!activity["at_least"].as_array().unwrap().is_empty(), "{activity}");
    let changes = server.json("stats/changes?from=2026-03-09&to=2026-03-09&compare=previous");
    assert_eq!(changes["total"]["current_certainty"], "at_least");
    let folders = server.json("projects/folders?range=all");
    let totals = server.json("stats?range=all");
    let certainties: Vec<_> =
        folders["items"].as_array().unwrap().iter().map(|of| &of["certainty"]).collect();
    assert_eq!(totals["totals"]["certainty"], "at_least");
    assert!(certainties.iter().any(|certainty| **certainty == "at_least"), "{certainties:?}");
    server.stop();
}

#[test]
fn what_is_not_complete_is_neither_the_lowest_nor_in_the_mean() {
    let (_place, server) = everyday();
    // Today has the least; without it the two days without use are the lowest.
    let days = server.json("stats/trends?from=2026-03-07&to=2026-03-11");
    assert_eq!((&days["partial"], &days["statistics"]["min"]), (&json!([4]), &json!(0)));
    let mean = (0.0805 + 0.03225 + 0.01353) / 4.0;
    assert!((days["statistics"]["avg"].as_f64().unwrap() - mean).abs() < 1e-9, "{days}");
    // The period cuts the first week off, and the second is not over.
    let weeks = server.json("stats/trends?bucket=week&from=2026-03-04&to=2026-03-11");
    assert_eq!(weeks["partial"], json!([0, 1]));
    assert_eq!((&weeks["statistics"]["min"], &weeks["statistics"]["avg"]), (&Value::Null, &Value::Null));
    assert!(weeks["statistics"]["max"].is_number());
    // Nothing is known of the weeks before.
    assert_eq!(weeks["previous_period"], Value::Null);
    let later = server.json("stats/trends?bucket=week&from=2026-03-12&to=2026-03-18");
    assert_eq!(
        (&later["previous_period"]["from"], &later["previous_period"]["until"]),
        (&json!("2026-03-05"), &Value::Null)
    );
    // Another first day of the week makes other weeks.
    let sunday = server.json("stats/trends?bucket=week&from=2026-03-04&to=2026-03-11&week_start=sunday");
    assert_eq!(
        (&sunday["bucket"], &sunday["buckets"]),
        (&json!("week"), &json!(["2026-03-01", "2026-03-08"]))
    );
    server.stop();
}

#[test]
fn usage_is_narrowed_to_times_and_to_an_hour_of_the_week() {
    let (_place, server) = everyday();
    let check = |query: &str, expected: u64| {
        assert_eq!(server.json(query)["totals"]["responses"], expected, "{query}");
    };
    // 7 March 2026 was a Saturday; all of its usage was at 18:45.
    check("sessions?weekday=saturday&hour=18", 1);
    check("sessions?weekday=saturday&hour=19", 0);
    check("sessions?weekday=saturday&hour=23&tz=Asia/Kolkata", 0);
    check("sessions?weekday=sunday&hour=0&tz=Asia/Kolkata", 1);
    check("stats?since=2026-03-07T18:45:00Z&until=2026-03-07T19:00:00Z", 1);
    check("stats?since=2026-03-07T19:00:00Z&until=2026-03-08T04:30:00Z", 0);
    check("stats?since=2026-03-08T05:30:00%2B01:00&until=2026-03-08T05:00:00Z", 2);
    check("sessions?range=today&since=2026-03-07T18:45:00Z", 1);
    // A part of days is compared with nothing.
    assert_eq!(server.json("stats?range=7d&since=2026-03-08T00:00:00Z")["previous"], Value::Null);
    for (query, code) in [
        ("sessions?weekday=saturday", "conflict"),
        ("sessions?weekday=saturday&hour=24", "invalid"),
        ("stats?since=2026-03-07", "invalid"),
        ("stats?since=2026-03-07T10:00:00Z&until=2026-03-07T10:00:00Z", "reversed"),
    ] {
        let answer = get(&format!("{}api/v1/{query}", server.url()));
        assert_eq!((answer.status, &answer.json()["errors"][0]["code"]), (400, &json!(code)), "{query}");
    }
    server.stop();
}

#[test]
fn hours_weeks_and_months_have_the_same_sum() {
    let (_place, server) = everyday();
    for bucket in ["hour", "day", "week", "month"] {
        for tz in ["UTC", "Asia/Kolkata", "America/New_York"] {
            let trend = server.json(&format!("stats/trends?bucket={bucket}&metric=total_tokens&tz={tz}"));
            let sum: u64 = trend["totals"].as_array().unwrap().iter().filter_map(Value::as_u64).sum();
            assert_eq!((sum, &trend["statistics"]["total"]), (56_148, &json!(56_148)), "{bucket} {tz}");
        }
    }
    let hours = server
        .json("stats/trends?bucket=hour&metric=responses&tz=Asia/Kolkata&from=2026-03-08&to=2026-03-08");
    assert_eq!(hours["buckets"].as_array().unwrap().len(), 24);
    // Midnight in Kolkata is half past six in the evening before, in UTC.
    assert_eq!((&hours["buckets"][0], &hours["totals"][0]), (&json!("2026-03-07T18:30:00.000Z"), &json!(1)));
    let kinds = server.json("stats/trends?group=kind&metric=total_tokens&bucket=month");
    let totals: Vec<_> = kinds["series"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| (kind["key"].as_str().unwrap(), &kind["total"]))
        .collect();
    let expected = [
        ("input", &json!(1865)),
        ("output", &json!(3283)),
        ("cache_read", &json!(44_000)),
        ("cache_write_5m", &json!(6000)),
        ("cache_write_1h", &json!(1000)),
    ];
    assert_eq!(totals, expected);
    server.stop();
}

#[test]
fn activity_falls_on_the_hours_that_clocks_show() {
    let (_place, server) = everyday();
    let grid = server.json("stats/activity?metric=responses");
    let cell = |weekday: usize, hour: usize| grid["grid"][weekday][hour].clone();
    // A Saturday evening, early on Sunday, early and at noon on Monday, on Wednesday morning.
    let used = [cell(5, 18), cell(6, 4), cell(0, 4), cell(0, 12), cell(2, 9)];
    assert_eq!(used, [json!(1), json!(2), json!(1), json!(1), json!(1)]);
    assert_eq!(grid["peak"], json!({"weekday": 6, "hour": 4}));
    let kolkata = server.json("stats/activity?metric=cost_usd&tz=Asia/Kolkata");
    assert_eq!(
        (&kolkata["grid"][6][0], &kolkata["peak"]),
        (&json!(0.0805), &json!({"weekday": 6, "hour": 0}))
    );
    assert_eq!(server.json("stats/activity?session=none")["peak"], Value::Null);
    server.stop();
}

#[test]
fn blocks_are_windows_of_five_hours_with_the_gaps_between() {
    let (_place, server) = everyday();
    let blocks = server.json("blocks?order=asc");
    let found: Vec<_> = blocks["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| {
            (block["start_at"].as_str().unwrap(), block["gap"] == true, block["responses"].as_u64().unwrap())
        })
        .collect();
    let expected = [
        ("2026-03-07T18:00:00.000Z", false, 1),
        ("2026-03-07T18:45:00.000Z", true, 0),
        ("2026-03-08T04:00:00.000Z", false, 2),
        ("2026-03-08T04:31:00.000Z", true, 0),
        ("2026-03-09T04:00:00.000Z", false, 1),
        ("2026-03-09T04:15:00.000Z", true, 0),
        ("2026-03-09T12:00:00.000Z", false, 1),
        ("2026-03-09T12:00:00.000Z", true, 0),
        ("2026-03-11T09:00:00.000Z", false, 1),
    ];
    assert_eq!(found, expected);
    // An hour after its only response, which had eight tokens, with four hours to go.
    let current = &blocks["current"];
    assert_eq!((&current["active"], &current["end_at"]), (&json!(true), &json!("2026-03-11T14:00:00.000Z")));
    assert_eq!((&current["projected_tokens"], &current["projected_cost_usd"]), (&json!(40), &json!(0.0003)));
    assert_eq!((&current["burn_usd_per_h"], &current["estimated"]), (&json!(0.00006), &json!(true)));

    let items = |query: &str| server.json(&format!("blocks?{query}"))["items"].as_array().unwrap().len();
    assert_eq!(
        (items("active=true"), items("active=false"), items("from=2026-03-09&to=2026-03-09")),
        (1, 7, 3)
    );
    // A filter chooses what is in the windows, not where they begin.
    let shop = server.json("blocks?project=/home/u/shop");
    assert_eq!(
        (shop["items"][0]["start_at"].as_str(), &shop["total"]),
        (Some("2026-03-09T04:00:00.000Z"), &json!(5))
    );
    let first = server.json("blocks?limit=2");
    let next = server.json(&format!("blocks?limit=2&cursor={}", first["next_cursor"].as_str().unwrap()));
    assert_eq!(next["items"][0], server.json("blocks")["items"][2]);
    server.stop();
}

#[test]
fn after_the_end_of_a_block_none_is_active() {
    let place = Place::everyday();
    let server = Running::at("2026-03-11T14:00:00Z", &place, &[]);
    let blocks = server.json("blocks");
    assert_eq!((&blocks["current"], &blocks["items"][0]["active"]), (&Value::Null, &json!(false)));
    assert_eq!(server.json("blocks?active=true")["items"], json!([]));
    server.stop();
    let empty = Place::empty();
    let server = Running::at(NOW, &empty, &[]);
    let nothing = server.json("blocks");
    assert_eq!((&nothing["current"], &nothing["total"]), (&Value::Null, &json!(0)));
    server.stop();
}

#[test]
fn an_open_range_has_a_limit() {
    let (_place, server) = everyday();
    for query in [
        "stats/trends?to=9999-12-31&bucket=hour",
        "stats/trends?to=9999-12-31",
        "stats/history?to=9999-12-31",
    ] {
        let answer = get(&format!("{}api/v1/{query}", server.url()));
        assert_eq!(
            (answer.status, &answer.json()["errors"][0]["code"]),
            (400, &json!("too_long")),
            "{query}"
        );
    }
    server.stop();
}
