//! Files that no program wrote: each is refused with its reason and place, and none is a panic.

use ctm_facts::imports::OtherProgram;
use ctm_types::printable::with_causes;
use proptest::prelude::*;
use serde_json::{Value, json};

fn refusal(text: &str) -> String {
    with_causes(&ctm_imports::read(text.as_bytes(), None).unwrap_err())
}

fn day(changes: &Value) -> String {
    let mut row = json!({
        "date": "2026-03-07", "inputTokens": 1, "outputTokens": 2, "cacheCreationTokens": 3,
        "cacheReadTokens": 4, "totalCost": 0.5,
    });
    for (field, value) in changes.as_object().unwrap() {
        row[field] = value.clone();
    }
    json!({"daily": [row]}).to_string()
}

#[test]
fn a_refusal_says_what_is_wrong_and_where() {
    let check = |text: &str, expected: &[&str]| {
        let refusal = refusal(text);
        assert!(expected.iter().all(|part| refusal.contains(part)), "{refusal}");
    };
    check("", &["incomplete", "line 1 column 0"]);
    check("{\"daily\": [{\"date\": \"2026", &["incomplete", "line 1"]);
    check("nonsense", &["not JSON", "line 1 column 2"]);
    check("{\"daily\": [{\"inputTokens\": NaN}]}", &["not JSON", "line 1"]);
    check("{}", &["of no known program", "supported: "]);
    check("[]", &["not JSON as a known program writes it"]);
    check(&day(&json!({"inputTokens": -5})), &["`-5`", "line 1 column"]);
    check(&day(&json!({"inputTokens": 1.5})), &["1.5", "line 1 column"]);
    check(&day(&json!({"inputTokens": "7"})), &["string \"7\"", "line 1 column"]);
    check(&day(&json!({"inputTokens": u64::MAX})), &["`daily[0]`", "tokens on 2026-03-07"]);
    check(&day(&json!({"date": "1969-12-31"})), &["`daily[0]`", "`1969-12-31` is not a day"]);
    check(&day(&json!({"date": "99999-01-01"})), &["`99999-01-01` is not a day"]);
    check(&day(&json!({"date": "\u{202e}"})), &["is not a day"]);
    check(&day(&json!({"date": null})), &["`daily[0]`", "is not a day"]);
    check(&day(&json!({"totalCost": -1})), &["`daily[0]`: -1 is not a cost"]);
    check(&day(&json!({"totalCost": 1e300})), &["is not a cost"]);
    check(&day(&json!({"totalCost": 0.5})).replace("0.5", "1e999"), &["number out of range"]);
    check("{\"blocks\": [[1]]}", &["blocks of five hours", "ccusage daily --json"]);
    check("{\"schema_version\": \"1.0\", \"status\": {}}", &["no days", "--view entries"]);
    check("{\"cli\": \"codex\", \"summaries\": []}", &["`codex`", "claude-code_daily.json"]);
    let deep = "[".repeat(100_000);
    check(&format!("{{\"other\": {deep}"), &["incomplete", "line 1"]);
}

#[test]
fn another_program_than_the_wanted_one_is_refused() {
    let text = day(&json!({}));
    assert_eq!(
        ctm_imports::read(text.as_bytes(), Some(OtherProgram::Ccusage)).unwrap().program,
        OtherProgram::Ccusage
    );
    let refused = ctm_imports::read(text.as_bytes(), Some(OtherProgram::Toktrack)).unwrap_err();
    assert_eq!(refused.to_string(), "it is a file of ccusage, not of toktrack");
}

#[test]
fn figures_of_other_agents_are_noted_and_rows_of_them_left_out() {
    let row = |changes: Value| serde_json::from_str::<Value>(&day(&changes)).unwrap()["daily"][0].clone();
    let both = json!({"agent": "all", "metadata": {"agents": ["claude", "codex"]}});
    let text = json!({"daily": [row(both), row(json!({"agent": "codex"}))]}).to_string();
    let content = ctm_imports::read(text.as_bytes(), None).unwrap();
    assert_eq!((content.has_other_agents, content.figures.len()), (true, 1));
    assert_eq!(content.figures[0].tokens.total(), 10);
}

#[test]
fn a_million_days_are_too_many() {
    let row = json!({
        "date": "2026-03-07", "inputTokens": 1, "outputTokens": 2, "cacheCreationTokens": 3, "cacheReadTokens": 4,
    });
    let mut text = "{\"daily\": [".to_owned();
    for number in 0..250_000 {
        let mut row = row.clone();
        row["modelsUsed"] = json!([number.to_string()]);
        text.push_str(&row.to_string());
        text.push(',');
    }
    text.pop();
    text.push_str("]}");
    assert!(refusal(&text).contains("more than 200000 models and days"));
}

proptest! {
    #[test]
    fn any_bytes_are_an_answer(bytes: Vec<u8>) {
        let _ = ctm_imports::read(&bytes, None);
    }

    #[test]
    fn any_change_of_a_file_is_an_answer(place in 0_usize..3_000, byte: u8, cut in 0_usize..3_000) {
        let mut text = include_bytes!("../../../../testdata/imports/ccusage-20.0.24-daily.json").to_vec();
        let place = place % text.len();
        text[place] = byte;
        text.truncate(text.len() - cut % text.len());
        let _ = ctm_imports::read(&text, None);
    }
}
