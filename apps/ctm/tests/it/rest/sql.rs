//! Statements of SQL, and saved queries.

use super::problems::check_problem;
use super::{NOW, at_noon, send};
use crate::http::{get, request_with};
use crate::place::{Place, response};
use crate::running::Running;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const DOCS: &str = include_str!("../../../../../docs/sql.md");

#[track_caller]
fn ask(server: &Running, body: &Value) -> Value {
    let answer = send(server, "POST", "sql", body);
    assert_eq!(answer.status, 200, "{body}: {answer:?}");
    answer.json()
}

/// Returns the statements of the examples in the documentation.
fn examples() -> Vec<&'static str> {
    let blocks = DOCS.split("```sql\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}

/// Removes the last value of each row, which is an amount of US dollars.
fn take_costs(rows: &mut Value) -> Vec<f64> {
    let rows = rows.as_array_mut().unwrap().iter_mut();
    rows.map(|row| row.as_array_mut().unwrap().pop().unwrap().as_f64().unwrap_or_default()).collect()
}

#[test]
fn the_certainty_of_a_row_is_that_of_the_reports() {
    let place = Place::everyday();
    let unpriced =
        response("new", 1, 1_000, "2026-03-11T09:00:00.000Z").replace("claude-sonnet", "unknown-sonnet");
    place.append("projects/-home-u-live/new.jsonl", unpriced.as_bytes());
    let server = Running::at(NOW, &place, &[]);
    let listed = |path: &str, key: &str| -> BTreeMap<String, Value> {
        let items = server.json(path)["items"].as_array().unwrap().clone();
        items.iter().map(|item| (item[key].as_str().unwrap().to_owned(), item["certainty"].clone())).collect()
    };
    let mut kinds = BTreeSet::new();
    for (view, key, path, name) in [
        ("responses", "response", "responses?range=all&limit=500", "key"),
        ("sessions", "session", "sessions?range=all&limit=500", "id"),
    ] {
        let found =
            ask(&server, &json!({"sql": format!("SELECT {key}, certainty FROM {view}"), "limit": 10_000}));
        let found = found["rows"].as_array().unwrap();
        let found: BTreeMap<_, _> = found.iter().map(|row| (row[0].as_str().unwrap(), &row[1])).collect();
        let expected = listed(path, name);
        assert!(!expected.is_empty(), "{view}");
        for (id, certainty) in &expected {
            assert_eq!(found.get(&**id), Some(&certainty), "{view} {id}");
            kinds.insert(certainty.as_str().unwrap().to_owned());
        }
    }
    assert_eq!(kinds.len(), 3, "{kinds:?}");
    server.stop();
}

#[test]
fn sums_of_the_views_are_the_totals_of_the_reports() {
    for seed in [9, 11] {
        let (place, _) = Place::generated(seed, 1_500_000);
        let server = at_noon(&place);
        for tz in ["UTC", "Asia/Tokyo", "America/St_Johns"] {
            let daily = server.json(&format!("stats/daily?range=all&tz={}", tz.replace('/', "%2F")));
            for view in ["usage", "responses"] {
                let count = if view == "usage" { "sum(responses)" } else { "count(*)" };
                let sql = format!(
                    "SELECT day, {count}, sum(total_tokens), sum(unpriced_tokens), sum(cost_pico_usd) / 1e12 FROM {view}
                     GROUP BY day ORDER BY day"
                );
                let mut found = ask(&server, &json!({"sql": sql, "tz": tz}));
                let used = daily["days"].as_array().unwrap().iter().filter(|day| day["responses"] != 0);
                let names = ["date", "responses", "total_tokens", "unpriced_tokens", "cost_usd"];
                let mut expected: Value = used.map(|day| names.map(|name| day[name].clone())).collect();
                let costs = take_costs(&mut found["rows"]).into_iter().zip(take_costs(&mut expected));
                assert!(costs.len() > 1, "{daily}");
                for (cost, expected) in costs {
                    assert!((cost - expected).abs() < 1e-9, "{seed} {tz} {view}: {cost} {expected}");
                }
                assert_eq!(found["rows"], expected, "{seed} {tz} {view}");
            }
        }
        for (column, path) in
            [("model", "stats/models"), ("project", "stats/projects"), ("session", "sessions")]
        {
            let sql = format!("SELECT {column}, sum(total_tokens) FROM usage GROUP BY 1 ORDER BY 1");
            let found = ask(&server, &json!({"sql": sql}));
            let listed = server.json(
                &format!("{path}?range=all&limit=500")
                    .replace("stats/models?range=all&limit=500", "stats/models?range=all"),
            );
            let name = if column == "session" { "id" } else { column };
            let mut expected: Vec<_> = listed["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| json!([item[name], item["total_tokens"]]))
                .collect();
            expected.sort_by_key(|row| row[0].to_string());
            assert_eq!(found["rows"], json!(expected), "{column}");
        }
        server.stop();
    }
}

#[test]
fn examples_of_the_documentation_run_and_every_view_and_column_is_documented() {
    let (place, _) = Place::generated(9, 1_500_000);
    let server = at_noon(&place);
    assert_eq!(examples().len(), 8);
    for sql in examples() {
        let found = ask(&server, &json!({"sql": sql}));
        let rows = found["rows"].as_array().unwrap();
        let may_be_empty = ["thinking", "cache_samples"].iter().any(|word| sql.contains(word));
        assert!(may_be_empty || !rows.is_empty(), "{sql}: {found}");
        let printed = place.print(&["sql", sql, "--json", "--no-update", "--tz=UTC"]);
        let printed: Value = serde_json::from_str(&printed).unwrap();
        assert_eq!(printed, found, "{sql}");
    }
    let views = server.json("sql");
    assert_eq!(views["allowed"], true);
    for view in views["views"].as_array().unwrap() {
        assert!(DOCS.contains(view["name"].as_str().unwrap()), "{view}");
        for column in view["columns"].as_array().unwrap() {
            assert!(DOCS.contains(&format!("`{}`", column.as_str().unwrap())), "{view}: {column}");
        }
    }
    server.stop();
}

#[test]
fn rows_are_cut_off_and_values_keep_their_digits() {
    let place = Place::everyday();
    let server = at_noon(&place);
    let found =
        ask(&server, &json!({"sql": "VALUES (1, 'a'), (9007199254740993, NULL), (0.5, x'00')", "limit": 2}));
    assert_eq!(found["rows"], json!([[1, "a"], ["9007199254740993", null]]));
    assert_eq!((&found["cut"], &found["columns"]), (&json!("rows"), &json!(["column1", "column2"])));
    let whole = ask(&server, &json!({"sql": "VALUES (0.5, x'00')"}));
    assert_eq!((&whole["rows"], &whole["cut"]), (&json!([[0.5, "x'00'"]]), &Value::Null));
    server.stop();
}

#[test]
fn a_statement_that_does_more_than_read_views_is_refused() {
    let place = Place::everyday();
    let server = at_noon(&place);
    for sql in [
        "DELETE FROM event",
        "SELECT content FROM personal_record",
        "PRAGMA query_only = OFF",
        "ATTACH '/tmp/x.db' AS x",
        "SELECT load_extension('x')",
        "SELECT 1; SELECT 2",
        "nonsense",
    ] {
        let answer = send(&server, "POST", "sql", &json!({"sql": sql}));
        let errors = check_problem(&answer, 400, "/api/v1/sql");
        assert_eq!(errors, [("sql".to_owned(), "refused".to_owned())].into(), "{answer:?}");
    }
    for body in
        [json!({}), json!({"sql": ""}), json!({"sql": "SELECT 1", "limit": 20_000}), json!({"sql": 1})]
    {
        check_problem(&send(&server, "POST", "sql", &body), 400, "/api/v1/sql");
    }
    assert_eq!(send(&server, "PUT", "sql", &json!({})).status, 405);
    server.stop();
}

#[test]
fn a_foreign_page_and_a_server_in_a_network_run_nothing() {
    let place = Place::everyday();
    let server = at_noon(&place);
    let url = format!("{}api/v1/sql", server.url());
    let body = json!({"sql": "SELECT 1"}).to_string();
    let json_body = ("content-type", "application/json");
    for headers in
        [&[json_body][..], &[json_body, ("origin", "http://evil.example")], &[("content-type", "text/plain")]]
    {
        assert!([403, 415].contains(&request_with("POST", &url, headers, &body).status), "{headers:?}");
    }
    server.stop();
    for (settings, is_allowed) in [
        (&[("sql", "refuse")][..], false),
        (&[("sql", "allow")][..], true),
        (&[("host", "0.0.0.0"), ("auth", "none")][..], false),
        (&[("host", "0.0.0.0"), ("auth", "none"), ("sql", "allow")][..], true),
    ] {
        let server = Running::at("2026-03-11T23:00:00Z", &place, settings);
        assert_eq!(get(&format!("{}api/v1/sql", server.url())).json()["allowed"], is_allowed, "{settings:?}");
        let answer = send(&server, "POST", "sql", &json!({"sql": "SELECT 1"}));
        assert_eq!(answer.status, if is_allowed { 200 } else { 403 }, "{settings:?} {answer:?}");
        server.stop();
    }
}

#[test]
fn queries_are_saved_changed_run_by_name_and_removed() {
    let place = Place::everyday();
    let server = at_noon(&place);
    let saved = send(&server, "POST", "queries", &json!({"name": "by day", "sql": "SELECT day FROM usage"}));
    assert_eq!(saved.status, 201, "{saved:?}");
    let path = format!("queries/{}", saved.json()["id"].as_str().unwrap());
    let sql = "SELECT count(*) AS n,\n1 AS one FROM responses";
    let changed = send(&server, "PATCH", &path, &json!({"sql": sql}));
    assert_eq!((changed.status, &changed.json()["sql"]), (200, &json!(sql)));
    assert_eq!(server.json("queries")["items"], json!([changed.json()]));
    let count = server.json("stats?range=all")["totals"]["responses"].clone();
    let printed = place.print(&["sql", "--saved", "by day", "--csv", "--no-update"]);
    assert_eq!(printed, format!("n,one\n{count},1\n"));
    let bad = send(&server, "POST", "queries", &json!({"name": "", "sql": "SELECT '\u{1b}'", "path": "/"}));
    let errors = check_problem(&bad, 400, "/api/v1/queries");
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert_eq!(send(&server, "DELETE", &path, &Value::Null).status, 200);
    assert_eq!(send(&server, "DELETE", &path, &Value::Null).status, 404);
    server.stop();
}

#[test]
fn the_command_prints_a_table_reads_its_input_and_refuses_as_the_server_does() {
    let place = Place::everyday();
    let table = place.print(&["sql", "SELECT 'a' AS name, 12345 AS tokens, 1.5 AS cost_usd, NULL AS empty"]);
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines, [vec!["name", "tokens", "cost_usd", "empty"], vec!["a", "12,345", "$1.50"]]);
    let views = place.print(&["sql", "--views", "--csv"]);
    assert!(views.starts_with("view,column\nusage,response\n"), "{views}");
    let statement = place.path().join("statement.sql");
    std::fs::write(&statement, "SELECT count(*) AS n\nFROM usage WHERE part < 0").unwrap();
    let mut command = place.ctm(&["sql", "-", "--csv"]);
    let read = command.stdin(std::fs::File::open(&statement).unwrap()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&read.stdout), "n\n0\n");
    for (args, reason) in [
        (&["sql", "DELETE FROM event"][..], "refused"),
        (&["sql", "--saved", "nothing"], "no saved query is called `nothing`"),
        (&["sql", "SELECT 1", "--limit", "0"], "1 to 10000"),
        (&["sql"], "required"),
    ] {
        let refused = place.run(args);
        assert_eq!(refused.code, Some(2), "{args:?}: {}", refused.err);
        assert!(refused.err.contains(reason), "{args:?}: {}", refused.err);
    }
}
