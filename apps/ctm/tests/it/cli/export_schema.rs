//! `ctm export schema`: the JSON Schema of the rows, which every export satisfies.

use crate::golden::corpora;
use crate::http::{host, request_with};
use crate::place::Place;
use crate::running::Running;
use ctm_report::export::{Dataset, SCHEMA_VERSION};
use jsonschema::Validator;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;

/// The digest of each version of the schema. A change after a release raises the version and appends a digest;
/// that of a version that is not released is replaced.
const DIGESTS: [&str; SCHEMA_VERSION as usize] =
    ["1b14b76736ea968ccbb19d43e962ec26d9ec905cd905ef5c26bc22cb6b42f83e"];

/// Returns the schema as it is checked in.
fn checked_in() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas/export.json");
    std::fs::read_to_string(path).unwrap()
}

/// Returns the validator of the rows of a data set, without fields beside those of the schema.
fn validator(dataset: Dataset) -> Validator {
    let document: Value = serde_json::from_str(&checked_in()).unwrap();
    let mut row = document["$defs"][dataset.name()].clone();
    assert_eq!(row["required"], json!(dataset.fields()));
    row["additionalProperties"] = json!(false);
    jsonschema::options().should_validate_formats(true).build(&row).unwrap()
}

/// Returns the rows of a data set as JSON, which are those as NDJSON.
fn rows(place: &Place, dataset: Dataset, days: &[&str]) -> Vec<Value> {
    let print = |format| {
        place
            .print(&[&["export", "--dataset", dataset.name(), "--format", format, "--tz=UTC"], days].concat())
    };
    let rows: Vec<Value> = serde_json::from_str(&print("json")).unwrap();
    let lines: Vec<Value> = print("ndjson").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows, lines, "{}", dataset.name());
    rows
}

/// Checks every row of a place, and that a value of another type in any field fails; returns the rows by data set.
fn check(place: &Place, days: &[&str]) -> Vec<(Dataset, Vec<Value>)> {
    let of = |dataset: Dataset| {
        let (rows, validator) = (rows(place, dataset, days), validator(dataset));
        for row in &rows {
            let errors: Vec<_> = validator.iter_errors(row).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{}: {errors:?} in {row}", dataset.name());
        }
        if let Some(row) = rows.first() {
            for field in dataset.fields() {
                let mut planted = row.clone();
                planted[field] = json!([]);
                assert!(!validator.is_valid(&planted), "{field} of {}", dataset.name());
            }
        }
        (dataset, rows)
    };
    Dataset::ALL.map(of).into()
}

#[test]
fn the_schema_is_as_checked_in_and_has_a_version() {
    let place = Place::everyday();
    let printed = place.print(&["export", "schema"]);
    assert_eq!(printed, checked_in(), "`cargo xtask codegen` writes it");
    let document: Value = serde_json::from_str(&printed).unwrap();
    assert!(jsonschema::draft202012::meta::is_valid(&document));
    assert_eq!(document["$id"], format!("urn:claude-token-monitor:export:{SCHEMA_VERSION}"));
    let digest: String = Sha256::digest(printed).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, *DIGESTS.last().unwrap(), "the schema changed: see `DIGESTS`");
}

/// A response that the model refused.
fn refused() -> String {
    let line = json!({
        "type": "assistant", "uuid": "u-refused", "timestamp": "2026-03-11T09:10:00.000Z",
        "sessionId": "s", "cwd": "/home/u/shop", "version": "2.1.278",
        "message": {
            "id": "msg_refused0000000000001", "model": "claude-sonnet-4-5", "stop_reason": "refusal",
            "stop_details": {"category": "cyber"}, "usage": {"input_tokens": 10, "output_tokens": 8},
        },
    });
    format!("{line}\n")
}

#[test]
fn every_export_satisfies_the_schema() {
    let place = Place::everyday();
    place.append("projects/-home-u-shop/s.jsonl", refused().as_bytes());
    let server = Running::at("2026-03-11T10:00:00Z", &place, &[]);
    let origin = format!("http://{}", host(&server.url()));
    let headers = [("content-type", "application/json"), ("origin", &*origin)];
    let url = format!("{}api/v1/views", server.url());
    let view = request_with("POST", &url, &headers, r#"{"name":"Costs","path":"/"}"#);
    assert_eq!(view.status, 201, "{}", view.body);
    server.stop();
    place.print(&["note", "add", "a new model", "--date", "2026-03-08"]);
    let mut found = check(&place, &["--from=2026-03-01", "--to=2026-03-31"]);
    // There are no changes since a time without usage.
    found.extend(check(&place, &["--from=2026-03-09", "--to=2026-03-11"]));
    let has =
        |field: &str, value: &Value| found.iter().flat_map(|(_, rows)| rows).any(|row| row[field] == *value);
    assert!(has("model", &json!("house-model-1")) && has("cost_usd", &Value::Null));
    assert!(has("certainty", &json!("unknown")) && has("certainty", &json!("at_least")));
    assert!(has("refusal_category", &json!("cyber")));
    for dataset in Dataset::ALL {
        let is_found = found.iter().any(|(of, rows)| *of == dataset && !rows.is_empty());
        assert!(is_found, "{} has no rows", dataset.name());
    }
    // Figures of a day without data are unknown.
    let unknown = rows(&place, Dataset::Daily, &["--from=2020-01-01", "--to=2020-01-01"]);
    assert!(unknown.iter().all(|row| row["responses"].is_null() && validator(Dataset::Daily).is_valid(row)));
    assert_eq!(unknown.len(), 1);
}

#[test]
fn every_export_of_a_generated_home_satisfies_the_schema() {
    let (place, _) = Place::generated(7, 200_000);
    check(&place, &[]);
}

#[test]
fn every_export_of_the_corpora_satisfies_the_schema() {
    let Some(corpora) = corpora() else { return };
    for entry in std::fs::read_dir(corpora).unwrap() {
        let home = entry.unwrap().path();
        if home.join("golden.json").exists() {
            check(&Place::reading(&home), &[]);
        }
    }
}
