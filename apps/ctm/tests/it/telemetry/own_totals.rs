//! Claude Code's own totals of sessions in generated homes, against what the generator knows of them.

use super::truth::Known;
use crate::running::Running;
use ctm_corpus::OwnTotal;
use ctm_pricing::PriceBook;
use ctm_types::{PicoUsd, TokenCounts};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The end of the homes.
const NOW: &str = "2026-11-22T12:00:00Z";

/// What is known by the names that a comparison uses.
fn by_canonical_name(models: &BTreeMap<&'static str, OwnTotal>) -> BTreeMap<String, OwnTotal> {
    let prices = PriceBook::builtin();
    let name = |model: &str| prices.model_of(model).map_or_else(|| model.to_owned(), |of| of.id.to_string());
    models.iter().map(|(model, total)| (name(model), *total)).collect()
}

/// Tokens as a comparison shows them.
fn shown(tokens: TokenCounts) -> Value {
    json!({
        "input_tokens": tokens.input,
        "output_tokens": tokens.output,
        "cache_read_tokens": tokens.cache_read,
        "cache_write_tokens": tokens.cache_write_5m + tokens.cache_write_1h,
    })
}

/// Checks the reasons of a model after whose last line nothing came: they are those that the generator knows.
#[track_caller]
fn check_reasons(compared: &Value, model: &str, known: &OwnTotal, is_complete: bool) {
    let reasons = compared["reasons"].as_array().unwrap().iter().filter(|reason| reason["model"] == model);
    let found: BTreeMap<&str, &str> =
        reasons.map(|reason| (reason["code"].as_str().unwrap(), reason["text"].as_str().unwrap())).collect();
    let unlogged = known.unlogged.prompt();
    assert_eq!(found.contains_key("unlogged"), unlogged > 0, "{model}: {compared}");
    if let Some(text) = found.get("unlogged") {
        assert!(text.starts_with(&format!("{unlogged} prompt tokens belong to requests")), "{text}");
    }
    let is_open = known.unfinalised > 0 && !is_complete;
    assert_eq!(found.contains_key("unfinalised"), is_open, "{model}: {compared}");
    assert!(!found.contains_key("behind") && !found.contains_key("dropped_model"), "{model}: {compared}");
}

#[test]
fn own_totals_of_sessions_are_compared_with_what_is_known_of_them() {
    let known = Known::generated(2, 6_000_000, 0);
    assert!(known.own_totals.len() > 3, "{}", known.own_totals.len());
    let server = Running::at(NOW, &known.source, &[]);
    let (mut whole, mut behind) = (0, 0);
    for is_complete in [false, true] {
        if is_complete {
            super::truth::send(&server, &known.delivered);
        }
        for (session, models) in &known.own_totals {
            let compared = server.json(&format!("sessions/{session}"))["claude_code"].take();
            let cost: PicoUsd = models.values().map(|model| model.cost).sum();
            assert_eq!(compared["claude_code_usd"].to_string().parse(), Ok(cost), "{session}");
            let models = by_canonical_name(models);
            let items = compared["models"].as_array().unwrap();
            assert_eq!(items.len(), models.len(), "{compared}");
            for item in items {
                let model = item["model"].as_str().unwrap();
                let total = &models[model];
                if total.counted != TokenCounts::default() {
                    assert_eq!(item["claude_code_tokens"], shown(total.counted), "{model}");
                }
                if !is_complete {
                    assert_eq!(item["tokens"], shown(total.logged), "{model}");
                }
                if total.is_behind {
                    behind += 1;
                    continue;
                }
                whole += 1;
                check_reasons(&compared, model, total, is_complete);
                if is_complete {
                    // Nothing but requests that no transcript has is left.
                    let ours = &item["tokens"];
                    let left = total.counted.output - ours["output_tokens"].as_u64().unwrap();
                    assert_eq!(left, total.unlogged.output, "{model}");
                }
            }
        }
    }
    assert!(whole > 0 && behind > 0, "{whole} {behind}");
    let audit = server.json("audit?range=all")["sessions"].take();
    assert_eq!(audit["sessions"], known.own_totals.len());
    let cost: PicoUsd = known.own_totals.values().flat_map(BTreeMap::values).map(|model| model.cost).sum();
    assert_eq!(audit["claude_code_usd"].to_string().parse(), Ok(cost));
    server.stop();
}
