//! Responses whose dates are absurd: they count, and break no answer on any other.

use crate::http::{get, post_json};
use crate::place::{Place, response};
use crate::running::Running;
use serde_json::{Value, json};

const NOW: &str = "2026-03-11T10:00:00Z";

/// Dates of machines whose clock had stopped, or was years ahead, within what a transcript may say.
const ABSURD: [&str; 3] =
    ["1970-01-01T00:00:00.000Z", "1999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"];

/// The tokens of the home of usual things, and those with absurd dates.
const USUAL: u64 = 56_148;
const ALL: u64 = USUAL + 3 * 1_000;

/// The home of usual things, and one response at each of the absurd dates.
fn with_absurd_dates() -> Place {
    let place = Place::everyday();
    for (number, at) in (1..).zip(ABSURD) {
        place.append("projects/-home-u-live/old.jsonl", response("old", number, 1_000, at).as_bytes());
    }
    place
}

fn total(values: &Value) -> u64 {
    values.as_array().unwrap().iter().filter_map(Value::as_u64).sum()
}

#[test]
fn a_trend_of_all_time_has_the_usage_of_every_date() {
    let place = with_absurd_dates();
    let server = Running::at(NOW, &place, &[]);
    for tz in ["UTC", "Asia/Kolkata", "America/New_York", "Pacific/Apia"] {
        for bucket in ["hour", "day", "week", "month"] {
            for group in ["none", "model", "project", "kind"] {
                for range in ["", "&range=all"] {
                    let query = format!(
                        "stats/trends?metric=total_tokens&bucket={bucket}&group={group}&tz={tz}{range}"
                    );
                    let trend = server.json(&query);
                    let buckets = trend["buckets"].as_array().unwrap();
                    assert_eq!(total(&trend["totals"]), ALL, "{query}");
                    assert!(buckets.len() < 20, "{query}: {}", buckets.len());
                    assert_eq!(trend["statistics"]["total"], ALL, "{query}");
                    let series = trend["series"].as_array().unwrap();
                    assert_eq!(series.iter().map(|of| total(&of["values"])).sum::<u64>(), ALL, "{query}");
                    assert_eq!(trend["previous"], Value::Null, "{query}");
                }
            }
        }
    }
    // As many months as fit are listed with those without usage between them.
    let place = Place::everyday();
    place.append("projects/-p/a.jsonl", response("a", 1, 1_000, ABSURD[0]).as_bytes());
    let months = Running::at(NOW, &place, &[]).json("stats/trends?bucket=month&metric=total_tokens");
    assert_eq!((months["buckets"].as_array().unwrap().len(), &months["totals"][1]), (56 * 12 + 3, &json!(0)));
    assert_eq!(total(&months["totals"]), USUAL + 1_000);
    server.stop();
}

#[test]
fn hours_of_years_are_those_with_usage() {
    let place = with_absurd_dates();
    let server = Running::at(NOW, &place, &[]);
    let hours = server.json("stats/trends?bucket=hour&metric=total_tokens&from=2024-01-01&to=2026-03-11");
    assert_eq!(total(&hours["totals"]), USUAL);
    assert!(hours["buckets"].as_array().unwrap().len() < 20);
    // Nothing is compared with buckets that are left out.
    assert_eq!(hours["previous"], Value::Null);
    let days = server.json("stats/trends?bucket=day&metric=total_tokens&from=2024-01-01&to=2026-03-11");
    assert_eq!(days["buckets"].as_array().unwrap().len(), days["previous"].as_array().unwrap().len());
    server.stop();
}

#[test]
fn every_answer_has_the_usage_of_every_date() {
    let place = with_absurd_dates();
    let server = Running::at(NOW, &place, &[]);
    for tz in ["UTC", "Asia/Kolkata", "America/New_York"] {
        for report in ["stats", "stats/daily", "stats/models", "stats/projects", "stats/sources", "sessions"]
        {
            for more in ["", "&breakdown=model", "&compare=year"] {
                if more.contains("breakdown") && report != "stats/daily"
                    || more.contains("compare") && report != "stats"
                {
                    continue;
                }
                let answer = server.json(&format!("{report}?tz={tz}{more}"));
                assert_eq!(answer["totals"]["total_tokens"], ALL, "{report} {tz}");
                let text = answer.to_string();
                assert!(!text.contains("+1"), "a date that is none: {text}");
            }
        }
        let daily = server.json(&format!("stats/daily?tz={tz}"));
        let days = daily["days"].as_array().unwrap();
        assert_eq!(days.iter().filter_map(|day| day["total_tokens"].as_u64()).sum::<u64>(), ALL);
        assert!(days.len() < 20, "{}", days.len());
        let grid = server.json(&format!("stats/activity?metric=total_tokens&tz={tz}"));
        assert_eq!(grid["grid"].as_array().unwrap().iter().map(total).sum::<u64>(), ALL);
        let tools = server.json(&format!("stats/tools?tz={tz}"));
        assert!(tools["calls"].as_u64() > Some(0));
        let audit = server.json(&format!("audit?tz={tz}"));
        assert_eq!(audit["responses"]["totals"]["total_tokens"], ALL);
    }
    for (dataset, format) in [
        ("daily", "csv"),
        ("daily", "json"),
        ("responses", "ndjson"),
        ("sessions", "csv"),
        ("projects", "csv"),
    ] {
        let body = json!({"dataset": dataset, "format": format, "fields": ["total_tokens"]}).to_string();
        let file = post_json(&format!("{}api/v1/export", server.url()), &body);
        assert_eq!(file.status, 200, "{}", file.body);
        let numbers =
            file.body.split(|char: char| !char.is_ascii_digit()).filter_map(|word| word.parse::<u64>().ok());
        assert_eq!(numbers.sum::<u64>(), ALL, "{dataset} {format}: {}", file.body);
    }
    let metrics = get(&format!("{}metrics", server.url())).body;
    assert!(metrics.contains("ctm_sessions 4"), "{metrics}");
    server.stop();
}

#[test]
fn present_usage_is_not_hidden_by_future_dates() {
    let place = with_absurd_dates();
    let now = "2026-03-11T09:58:00.000Z";
    place.append("projects/-home-u-live/new.jsonl", response("new", 9, 500, now).as_bytes());
    let server = Running::at(NOW, &place, &[]);
    let blocks = server.json("blocks?limit=500");
    let current = &blocks["current"];
    assert_eq!((&current["active"], &current["last_at"]), (&json!(true), &json!(now)));
    let active: Vec<_> =
        blocks["items"].as_array().unwrap().iter().filter(|block| block["active"] == true).collect();
    assert_eq!(active, [current]);
    assert_eq!(server.json("blocks?active=true")["items"].as_array().unwrap().len(), 1);
    // A session that was used last in the year 9999 is not in use.
    let sessions = server.json("sessions?limit=500");
    let is_active = |id: &str| {
        let items = sessions["items"].as_array().unwrap();
        items.iter().find(|session| session["id"] == id).unwrap()["active"].clone()
    };
    assert_eq!((is_active("old"), is_active("new")), (json!(false), json!(true)));
    // A project's last 90 days end today.
    let projects = server.json("stats/projects");
    let live = projects["items"].as_array().unwrap().iter().find(|of| of["label"] == "live").unwrap().clone();
    let spark: Vec<f64> =
        live["spark"].as_array().unwrap().iter().map(|cost| cost.as_f64().unwrap()).collect();
    assert_eq!((spark.len(), spark[89] > 0.0), (90, true));
    server.stop();
}

#[test]
fn coverage_of_ages_is_that_of_the_days_with_anything() {
    let place = with_absurd_dates();
    let server = Running::at(NOW, &place, &[]);
    let history = server.json("stats/history");
    assert_eq!((&history["from"], &history["to"]), (&json!("1970-01-01"), &json!("2026-03-11")));
    let coverage = history["coverage"].as_array().unwrap();
    assert!(coverage.len() < 20 && coverage.iter().all(|day| day["source"] == "events"), "{coverage:?}");
    server.stop();
}

#[test]
fn days_of_the_stats_cache_are_kept_with_an_absurd_date() {
    let place = with_absurd_dates();
    std::fs::write(
        place.claude().join("stats-cache.json"),
        r#"{"version": 2, "lastComputedDate": "2026-03-07", "dailyActivity": [],
            "dailyModelTokens": [{"date": "2026-02-01", "tokensByModel": {"m": 5}}]}"#,
    )
    .unwrap();
    let server = Running::at(NOW, &place, &[]);
    let daily = server.json("stats/daily");
    let days = daily["days"].as_array().unwrap();
    let cached: Vec<_> = days.iter().filter(|day| day["source"] == "stats_cache").collect();
    assert_eq!((cached.len(), &cached[0]["date"]), (1, &json!("2026-02-01")));
    let dates: Vec<_> = days.iter().map(|day| day["date"].as_str().unwrap()).collect();
    assert!(dates.is_sorted(), "{dates:?}");
    let history = server.json("stats/history");
    let covered = history["coverage"].as_array().unwrap().iter();
    assert_eq!(covered.filter(|day| day["source"] == "stats_cache").count(), 1);
    server.stop();
}

#[test]
fn commands_answer_over_all_dates_as_tables_and_files() {
    let place = with_absurd_dates();
    for facts in [&[][..], &["--no-database"]] {
        for bucket in ["hour", "day", "week", "month"] {
            let args = [&["trends", "--metric", "total_tokens", "--bucket", bucket], facts].concat();
            let table = place.print(&args);
            assert!(table.contains("59,148"), "{table}");
            let json: Value = serde_json::from_str(&place.print(&[&args[..], &["--json"]].concat())).unwrap();
            assert_eq!(total(&json["totals"]), ALL);
            let csv = place.print(&[&args[..], &["--csv"]].concat());
            assert!(csv.lines().count() < 20, "{csv}");
        }
        for command in ["daily", "weekly", "monthly", "models", "projects", "sessions"] {
            place.print(&[&[command], facts].concat());
            let json = place.print(&[&[command, "--json"], facts].concat());
            let json: Value = serde_json::from_str(&json).unwrap();
            assert_eq!(json["totals"]["total_tokens"], ALL, "{command}");
        }
        place.print(&[&["blocks"], facts].concat());
    }
    let monthly = place.print(&["monthly", "--breakdown"]);
    assert!(monthly.lines().count() < 40, "{monthly}");
    let from = ["trends", "--bucket", "hour", "--from", "1970-01-01", "--metric", "total_tokens", "--json"];
    let hours: Value = serde_json::from_str(&place.print(&from)).unwrap();
    assert_eq!(total(&hours["totals"]), ALL);
    place.print(&["limits", "--from", "0001-01-01", "--to", "9999-12-31"]);
    place.print(&["audit"]);
    place.print(&[]);
    let csv = place.print(&["export", "--dataset", "daily", "--format", "csv"]);
    assert!(csv.contains("1970-01-01") && csv.contains("9999-12-31"), "{csv}");
}
