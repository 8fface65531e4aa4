//! Tables as files.

use super::by::with_tickets;
use super::problems::check_problem;
use super::{MAIN, at_noon, everyday};
use crate::http::{Answer, post_json};
use crate::place::{Place, response};
use crate::running::Running;
use ctm_report::BY;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

fn export(server: &Running, body: &Value) -> Answer {
    post_json(&format!("{}api/v1/export", server.url()), &body.to_string())
}

#[test]
fn every_table_comes_in_every_format() {
    let (_place, server) = everyday();
    for (dataset, rows) in [("daily", 5), ("models", 4), ("projects", 2), ("sessions", 3), ("responses", 6)] {
        let of = |format: &str| export(&server, &json!({"dataset": dataset, "format": format}));
        let csv = of("csv");
        assert_eq!((csv.status, csv.header("x-row-count")), (200, rows.to_string().as_str()), "{}", csv.body);
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        let file = format!("attachment; filename=\"ctm-{dataset}-2026-03-07-2026-03-11.csv\"");
        assert_eq!(csv.header("content-disposition"), file);
        let mut reader = csv::Reader::from_reader(csv.body.as_bytes());
        let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(reader.records().map(Result::unwrap).count(), rows, "{dataset}");

        let list: Vec<serde_json::Map<String, Value>> = serde_json::from_str(&of("json").body).unwrap();
        let lines = of("ndjson").body;
        let lines: Vec<_> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!((list.len(), &list), (rows, &lines), "{dataset}");
        let fields: BTreeSet<_> = list[0].keys().cloned().collect();
        assert_eq!(fields, head.into_iter().collect(), "{dataset}");
        let tokens: u64 = list.iter().map(|row| row["total_tokens"].as_u64().unwrap()).sum();
        assert_eq!(tokens, 56_148, "{dataset}");
    }
    server.stop();
}

#[test]
fn fields_and_filters_choose() {
    let (_place, server) = everyday();
    let chosen = export(
        &server,
        &json!({
            "dataset": "responses", "format": "csv", "fields": ["key", "cost_usd"],
            "filter": {"session": [MAIN], "sidechain": false, "from": "2026-03-08", "tz": "UTC"},
        }),
    );
    assert_eq!(chosen.body, "key,cost_usd\nmsg_everyday0000000000002,0.02725\n");
    let none = export(
        &server,
        &json!({"dataset": "daily", "format": "json", "filter": {"to": "2020-01-01", "from": "2020-01-01"}}),
    );
    assert!(none.body.contains("\"responses\":null"), "{}", none.body);
    server.stop();
}

#[test]
fn a_list_is_exported_as_it_is_shown() {
    let (_place, server) = everyday();
    let check = |dataset: &str, filter: Value, query: &str| {
        let file = export(&server, &json!({"dataset": dataset, "format": "json", "filter": filter}));
        let rows: Vec<Value> = serde_json::from_str(&file.body).unwrap();
        let list = server.json(&format!("{dataset}?{query}"));
        assert_eq!(list["total"], rows.len(), "{query}");
        assert!(!rows.is_empty(), "{query}");
        let names = |rows: &[Value], name: &str| {
            rows.iter().map(|row| row[name].to_string()).collect::<BTreeSet<_>>()
        };
        let (of_row, of_item) = if dataset == "responses" { ("key", "key") } else { ("session", "id") };
        assert_eq!(names(&rows, of_row), names(list["items"].as_array().unwrap(), of_item), "{query}");
    };
    check("responses", json!({"tool": "Bash", "failed": true}), "tool=Bash&failed=true");
    check("responses", json!({"weekday": "sunday", "hour": "4"}), "weekday=sunday&hour=4");
    check("sessions", json!({"weekday": "sunday", "hour": "4"}), "weekday=sunday&hour=4");
    let (since, until) = ("2026-03-08T04:30:00Z", "2026-03-08T05:00:00Z");
    check("responses", json!({"since": since, "until": until}), &format!("since={since}&until={until}"));
    server.stop();
}

#[test]
fn a_list_is_exported_as_it_is_narrowed() {
    let (place, _) = Place::generated(9, 400_000);
    let server = with_tickets(&place);
    let mut narrowings: Vec<(String, String)> = [
        ("driver", "none"),
        ("driver", "subagents"),
        ("driver", "long_sessions"),
        ("cache_miss", "any"),
        ("cache_miss", "inferred:expired"),
        ("same_projects", "version"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let first = |what: &str| server.json(&format!("{what}?range=all"))["items"][0]["key"].clone();
    narrowings.push(("only_model".to_owned(), first("compare/model").as_str().unwrap().to_owned()));
    for (what, _) in BY {
        let name = if what == "tool" { "only_tool" } else { what };
        narrowings.push((name.to_owned(), first(&format!("by/{what}")).as_str().unwrap().to_owned()));
        narrowings.push(("without".to_owned(), what.to_owned()));
    }
    let mut rows_of_all = 0;
    for (name, value) in narrowings {
        let mut filter = json!({"range": "all"});
        filter[&name] = json!(value);
        let file = export(&server, &json!({"dataset": "responses", "format": "json", "filter": filter}));
        assert_eq!(file.status, 200, "{}", file.body);
        let rows: Vec<Value> = serde_json::from_str(&file.body).unwrap();
        let query = format!("responses?range=all&{name}={}&order=asc&limit=500", super::escaped(&value));
        let list = server.json(&query);
        assert_eq!(list["total"], rows.len(), "{query}");
        assert_eq!(file.header("x-row-count"), rows.len().to_string(), "{query}");
        let keys =
            |rows: &[Value]| rows.iter().take(500).map(|row| row["key"].to_string()).collect::<Vec<_>>();
        let (found, expected) = (keys(&rows), keys(list["items"].as_array().unwrap()));
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len(), "{query}");
        assert_eq!(found, expected, "{query}");
        rows_of_all += rows.len();
    }
    assert!(rows_of_all > 100, "{rows_of_all}");
    let several = json!({"dataset": "responses", "format": "json", "filter": {"several_tools": true}});
    assert_eq!(export(&server, &several).header("x-row-count"), {
        let list = server.json("responses?several_tools=true&limit=1");
        list["total"].to_string()
    });
    let days = json!({"dataset": "daily", "format": "json", "filter": {"driver": "none"}});
    assert_eq!(export(&server, &days).status, 400);
    server.stop();
}

#[test]
fn words_select_sessions_by_project_branch_and_id() {
    let (place, server) = everyday();
    let ids = |query: &str| -> BTreeSet<String> {
        let list = server.json(&format!("sessions?{query}"));
        let items = list["items"].as_array().unwrap();
        assert_eq!(list["total"], items.len(), "{query}");
        let responses: u64 = items.iter().map(|item| item["responses"].as_u64().unwrap()).sum();
        assert_eq!(list["totals"]["responses"], responses, "{query}");
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    let all = ids("");
    assert_eq!(all.len(), 3);
    assert_eq!(ids("search="), all);
    assert_eq!(ids(&format!("search={}", MAIN[..8].to_uppercase())), BTreeSet::from([MAIN.to_owned()]));
    assert_eq!(ids(&format!("search={}", &MAIN[1..9])), BTreeSet::new());
    let items = server.json("sessions");
    for item in items["items"].as_array().unwrap() {
        let project = item["project"].as_str().unwrap();
        let folder = project.rsplit('/').next().unwrap().to_uppercase();
        let found = ids(&format!("search={folder}"));
        assert!(found.contains(item["id"].as_str().unwrap()) && found.is_subset(&all), "{folder}");
        let Some(branch) = item["branch"].as_str() else { continue };
        assert!(
            ids(&format!("search={branch}%20{folder}")).contains(item["id"].as_str().unwrap()),
            "{branch}"
        );
    }
    assert_eq!(ids("search=no-such-word"), BTreeSet::new());
    assert_eq!(ids("active=true"), BTreeSet::new());
    assert_eq!(ids("active=false"), all);

    let body = json!({"dataset": "sessions", "format": "json", "filter": {"search": MAIN}});
    let rows: Vec<Value> = serde_json::from_str(&export(&server, &body).body).unwrap();
    assert_eq!((rows.len(), &rows[0]["session"]), (1, &json!(MAIN)));
    server.stop();
    let listed: Value =
        serde_json::from_str(&place.print(&["sessions", "--json", "--search", MAIN])).unwrap();
    assert_eq!((&listed["total"], &listed["items"][0]["id"]), (&json!(1), &json!(MAIN)));
    assert!(place.print(&["sessions", "--search", "no-such-word"]).contains("No such session"));
}

#[test]
fn tools_blocks_and_changes_are_exported_as_they_are_listed() {
    let (place, server) = everyday();
    let rows = |dataset: &str, filter: Value| -> Vec<Value> {
        let body = json!({"dataset": dataset, "format": "json", "filter": filter});
        let file = export(&server, &body);
        assert_eq!(file.status, 200, "{}", file.body);
        serde_json::from_str(&file.body).unwrap()
    };
    let tools = server.json("stats/tools");
    let calls: u64 = rows("tools", json!({})).iter().map(|row| row["calls"].as_u64().unwrap()).sum();
    assert_eq!(tools["calls"], calls);
    let blocks = server.json("blocks");
    let windows = blocks["items"].as_array().unwrap().iter().filter(|block| block["gap"] == false).count();
    assert_eq!(rows("blocks", json!({})).len(), windows);

    let filter = json!({"from": "2026-03-10", "to": "2026-03-11", "tz": "UTC", "by": "project"});
    let changed = rows("changes", filter);
    let listed = server.json("stats/changes?from=2026-03-10&to=2026-03-11&tz=UTC&by=project");
    let listed = listed["items"].as_array().unwrap();
    assert!(!changed.is_empty());
    for (row, item) in changed.iter().zip(listed) {
        for field in ["key", "presence", "previous", "current", "difference", "current_certainty"] {
            assert_eq!(row[field], item[field], "{field} of {}", item["key"]);
        }
    }
    assert_eq!(changed.len(), listed.len());
    let refused = export(&server, &json!({"dataset": "tools", "format": "csv", "filter": {"search": "a"}}));
    assert!(refused.status == 400 && refused.body.contains("does not apply"), "{}", refused.body);
    server.stop();
    let args = ["export", "--dataset", "tools", "--search", "a"];
    assert!(place.run(&args).err.contains("--search does not apply to the data set `tools`"));
}

#[test]
fn parts_of_days_add_up_to_the_days() {
    let (_place, server) = everyday();
    let rows = |dataset: &str| -> Vec<Value> {
        let file =
            export(&server, &json!({"dataset": dataset, "format": "json", "filter": {"range": "all"}}));
        serde_json::from_str(&file.body).unwrap()
    };
    // Dollars are decimals of at most twelve digits: their sum is exact in units of the last one.
    let pico = |row: &Value| (row["cost_usd"].as_f64().unwrap_or(0.0) * 1e12).round() as i128;
    let sums = |rows: &[Value]| {
        let mut sums = BTreeMap::new();
        for row in rows.iter().filter(|row| row["total_tokens"] != 0) {
            let sum: &mut (i128, u64) = sums.entry(row["date"].to_string()).or_default();
            *sum = (sum.0 + pico(row), sum.1 + row["total_tokens"].as_u64().unwrap());
        }
        sums
    };
    let days = sums(&rows("daily"));
    assert!(days.len() > 2, "{days:?}");
    for (dataset, name) in [("daily-models", "model"), ("daily-projects", "project")] {
        let parts = rows(dataset);
        assert_eq!(sums(&parts), days, "{dataset}");
        let keys: BTreeSet<_> =
            parts.iter().map(|row| (row["date"].to_string(), row[name].to_string())).collect();
        assert_eq!(keys.len(), parts.len(), "{dataset}");
        assert!(parts.len() > days.len(), "{dataset}");
    }
    server.stop();
}

#[test]
fn amounts_have_their_certainty() {
    let (_place, server) = everyday();
    let certainty = |dataset: &str, filter: Value| {
        let file = export(
            &server,
            &json!({"dataset": dataset, "format": "csv", "fields": ["cost_usd", "certainty"], "filter": filter}),
        );
        file.body.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(certainty("models", json!({"model": ["house-model-1"]})), [",unknown"]);
    let days = certainty("daily", json!({"from": "2026-03-06", "to": "2026-03-10"}));
    assert_eq!((days[0].as_str(), days[4].as_str()), (",unknown", "0,exact"));
    assert!(days[3].ends_with(",at_least"), "{days:?}");
    server.stop();
}

#[test]
fn days_without_data_have_empty_cells_and_days_without_usage_have_zeros() {
    let (_place, server) = everyday();
    let rows = |format: &str| {
        let body = json!({
            "dataset": "daily", "format": format, "filter": {"from": "2026-03-06", "to": "2026-03-10"},
            "fields": ["date", "total_tokens", "cost_usd", "responses", "sessions", "certainty"],
        });
        export(&server, &body).body
    };
    let csv = rows("csv");
    let lines: Vec<_> = csv.lines().skip(1).collect();
    assert_eq!((lines[0], lines[4]), ("2026-03-06,,,,,unknown", "2026-03-10,0,0,0,0,exact"));
    let json: Value = serde_json::from_str(&rows("json")).unwrap();
    assert_eq!((&json[0]["total_tokens"], &json[4]["total_tokens"]), (&Value::Null, &json!(0)));
    // A model without a price has counts, and no cost.
    let body = json!({
        "dataset": "models", "format": "csv", "fields": ["cost_usd", "responses"],
        "filter": {"model": ["house-model-1"]},
    });
    assert_eq!(export(&server, &body).body.lines().nth(1), Some(",1"));
    server.stop();
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    let (_place, server) = everyday();
    let check = |body: Value, expected: &[(&str, &str)]| {
        let errors = check_problem(&export(&server, &body), 400, "/api/v1/export");
        let expected = expected.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned()));
        assert_eq!(errors, expected.collect(), "{body}");
    };
    check(json!({}), &[("dataset", "missing"), ("format", "missing")]);
    check(
        json!({"dataset": "all", "format": "xlsx", "colour": 1, "filter": {"tz": "Mars/Base", "limit": 5, "from": {}}}),
        &[
            ("dataset", "invalid"),
            ("format", "invalid"),
            ("colour", "unknown_parameter"),
            ("tz", "invalid"),
            ("limit", "unknown_parameter"),
            ("from", "invalid"),
        ],
    );
    check(json!({"dataset": "daily", "format": "csv", "filter": 7}), &[("filter", "invalid")]);
    check(
        json!({"dataset": "sessions", "format": "csv", "filter": {"tool": "Bash", "failed": true, "hour": "4"}}),
        &[("tool", "conflict"), ("failed", "conflict"), ("hour", "conflict")],
    );
    // Values that a query accepts are invalid in a body.
    check(
        json!({
            "dataset": "daily",
            "format": "csv",
            "fields": "date",
            "filter": {"model": false, "home": [7], "sidechain": "true", "from": ["2026-03-08"], "tz": 1},
        }),
        &[
            ("fields", "invalid"),
            ("model", "invalid"),
            ("home", "invalid"),
            ("sidechain", "invalid"),
            ("from", "invalid"),
            ("tz", "invalid"),
        ],
    );
    check(
        json!({"dataset": "daily", "format": "csv", "fields": ["date", "colour"]}),
        &[("fields", "unknown_field")],
    );
    let deep = format!("{{\"dataset\":{}", "[".repeat(50_000));
    let url = format!("{}api/v1/export", server.url());
    for body in [deep.as_str(), "{", "", "[1]", "\"daily\"", "{\"dataset\":\"\\ud83d\"}"] {
        check_problem(&post_json(&url, body), 400, "/api/v1/export");
    }
    assert_eq!(server.json("stats")["totals"]["total_tokens"], 56_148);
    server.stop();
}

#[test]
fn names_that_begin_like_formulas_stay_text() {
    let place = Place::empty();
    let line =
        response("=HYPERLINK(1)", 1, 5, "2026-03-11T09:00:00.000Z").replace("/home/u/live", "@SUM(A1)");
    place.append("projects/x/a.jsonl", line.as_bytes());
    let server = Running::at(super::NOW, &place, &[]);
    let csv =
        export(&server, &json!({"dataset": "sessions", "format": "csv", "fields": ["session", "project"]}));
    assert_eq!(csv.body, "session,project\n'=HYPERLINK(1),'@SUM(A1)\n");
    let json = export(&server, &json!({"dataset": "sessions", "format": "ndjson", "fields": ["session"]}));
    assert_eq!(json.body, "{\"session\":\"=HYPERLINK(1)\"}\n");
    server.stop();
}

#[test]
fn responses_are_exported_page_by_page_without_gap_or_overlap() {
    let (place, answer) = Place::generated(9, 6_000_000);
    let server = at_noon(&place);
    assert!(answer.totals.responses > 300, "{}", answer.totals.responses);
    let file = export(&server, &json!({"dataset": "responses", "format": "ndjson"}));
    let keys: Vec<String> = file
        .body
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["key"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(file.header("x-row-count"), keys.len().to_string());
    assert_eq!(keys.len() as u64, answer.totals.responses);
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
    server.stop();
}

#[test]
fn listed_responses_are_exported_page_by_page_without_gap_or_overlap() {
    const RESPONSES: u32 = 2_100;
    let place = Place::empty();
    let session = "55555555-5555-4555-8555-555555555555";
    let at = |number: u32| format!("2026-11-20T{:02}:{:02}:00Z", number / 600, number / 10 % 60);
    let lines: String = (0..RESPONSES).map(|number| response(session, number, 100, &at(number))).collect();
    place.append(&format!("projects/-home-u-app/{session}.jsonl"), lines.as_bytes());
    let server = at_noon(&place);
    let body =
        json!({"dataset": "responses", "format": "ndjson", "filter": {"driver": "none", "sidechain": false}});
    let file = export(&server, &body);
    let rows: Vec<Value> = file.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let keys: BTreeSet<_> = rows.iter().map(|row| row["key"].to_string()).collect();
    assert_eq!((rows.len(), keys.len()), (RESPONSES as usize, RESPONSES as usize));
    assert_eq!(file.header("x-row-count"), RESPONSES.to_string());
    let times: Vec<_> = rows.iter().map(|row| row["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted());
    server.stop();
}
