//! Runs the shared cases: usage as Claude Code logs it, and the exact cost worked out by hand.

use chrono::DateTime;
use ctm_pricing::{Cost, PriceBook, Quote};
use ctm_types::{Billing, EpochMs, PicoUsd, TokenCounts};
use serde_json::Value;
use std::path::PathBuf;

/// Outcome of a case: status, model, and cost in US dollars.
type Outcome = (String, Option<String>, Option<PicoUsd>);

#[test]
fn every_shared_case_costs_what_was_worked_out() {
    let Ok(corpora) = std::env::var("CTM_CORPORA") else {
        println!("skipped: CTM_CORPORA is not set");
        return;
    };
    let path = PathBuf::from(corpora).join("../cases/cost-cases.json");
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(!cases.is_empty());
    let book = PriceBook::builtin();
    for case in &cases {
        assert_eq!(outcome(&book, case), expected(case), "{}: {}", case["id"], case["title"]);
    }
    println!("{} cases", cases.len());
}

fn expected(case: &Value) -> Outcome {
    let text = |field: &str| case[field].as_str().map(str::to_owned);
    (
        text("expected_status").unwrap(),
        text("expected_model"),
        text("expected_usd").map(|usd| usd.parse().unwrap()),
    )
}

fn outcome(book: &PriceBook, case: &Value) -> Outcome {
    let wants_flag =
        case["expected_status"].as_str().and_then(|status| status.strip_prefix("priced_with_flag:"));
    let mut total = Cost::default();
    let mut last = Quote::Ignored;
    for record in case["records"].as_array().unwrap() {
        let tokens = tokens(&record["usage"]);
        let searches = record["usage"]["server_tool_use"]["web_search_requests"].as_u64().unwrap_or(0);
        last = book.quote(&billing(record), at_ms(record), book.context_band(tokens.prompt()));
        total += last.cost(&tokens, searches);
    }
    match last {
        Quote::Priced(price) => {
            assert!(total.is_complete());
            let flag = price.flags.iter().find(|flag| Some(flag.name()) == wants_flag);
            let status = match flag {
                Some(flag) => format!("priced_with_flag:{}", flag.name()),
                None => "priced".to_owned(),
            };
            (status, Some(price.model.to_string()), Some(total.amount))
        }
        Quote::Unpriced(_) => {
            assert!(!total.is_complete());
            ("unpriced".to_owned(), None, None)
        }
        Quote::Ignored => ("ignored".to_owned(), None, Some(total.amount)),
        Quote::Unbilled(_) => ("unbilled".to_owned(), None, Some(total.amount)),
    }
}

fn billing(record: &Value) -> Billing {
    let term = |field: &str| record["usage"][field].as_str().map(str::to_owned);
    Billing {
        model: record["model"].as_str().unwrap().to_owned(),
        speed: term("speed"),
        service_tier: term("service_tier"),
        inference_geo: term("inference_geo"),
        refusal: None,
    }
}

fn at_ms(record: &Value) -> Option<EpochMs> {
    let text = record["timestamp"].as_str()?;
    Some(EpochMs(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()))
}

/// Reads token counts; cache writes without a split are five-minute ones.
fn tokens(usage: &Value) -> TokenCounts {
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let split = &usage["cache_creation"];
    let (cache_write_5m, cache_write_1h) = if split.is_object() {
        (count(&split["ephemeral_5m_input_tokens"]), count(&split["ephemeral_1h_input_tokens"]))
    } else {
        (count(&usage["cache_creation_input_tokens"]), 0)
    };
    TokenCounts {
        input: count(&usage["input_tokens"]),
        output: count(&usage["output_tokens"]),
        cache_read: count(&usage["cache_read_input_tokens"]),
        cache_write_5m,
        cache_write_1h,
    }
}
