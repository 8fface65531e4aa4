//! The list of `LiteLLM`: `model_prices_and_context_window.json`.

use super::list::{Listed, Rates, per_million};
use super::sorted;
use anyhow::Result;
use ctm_pricing::Pack;
use serde_json::{Map, Value};

/// The fields of the kinds of tokens, in the order of [`Rates`].
const FIELDS: [&str; 5] = [
    "input_cost_per_token",
    "output_cost_per_token",
    "cache_read_input_token_cost",
    "cache_creation_input_token_cost",
    "cache_creation_input_token_cost_above_1hr",
];

/// Reads the Claude models of the first-party API, and the models of the pack by the names that it has.
pub(super) fn parse(text: &str) -> Result<Vec<Listed>> {
    let models: Map<String, Value> = serde_json::from_str(text)?;
    let is_claude =
        |name: &str, fields: &Value| name.starts_with("claude-") && fields["litellm_provider"] == "anthropic";
    let listed = models.iter().filter_map(|(name, fields)| {
        if is_claude(name, fields) {
            return Some(listed(name, fields));
        }
        // A pack has no tiers for long prompts.
        Pack::Others.has(name).then(|| Listed { long: None, ..listed(name, fields) })
    });
    Ok(sorted(listed.collect()))
}

fn listed(name: &str, fields: &Value) -> Listed {
    let standard = rates(fields, "");
    let long = threshold(fields)
        .map(|thousands| (thousands * 1_000, rates(fields, &format!("_above_{thousands}k_tokens"))));
    // Fast mode is given as a factor of the usual rates.
    let fast = fields["provider_specific_entry"]["fast"].as_f64();
    let times = |factor: f64| standard.map(|rate| rate.map(|rate| (rate as f64 * factor).round() as u64));
    Listed { model: name.to_owned(), standard, long, fast: fast.map(times) }
}

fn rates(fields: &Value, suffix: &str) -> Rates {
    // The price of a token equals that of a million tokens in millionths.
    FIELDS.map(|field| fields[format!("{field}{suffix}")].as_f64().and_then(|usd| per_million(usd * 1e6)))
}

/// Returns the thousands of tokens above which a prompt is a long one.
fn threshold(fields: &Value) -> Option<u64> {
    let names = fields.as_object()?.keys();
    let long =
        names.filter_map(|name| name.strip_prefix("input_cost_per_token_above_")?.strip_suffix("k_tokens"));
    long.filter_map(|thousands| thousands.parse().ok()).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_tiers_and_fast_mode_are_read() {
        let list = r#"{
            "sample_spec": {},
            "claude-b": {"litellm_provider": "anthropic", "input_cost_per_token": 5e-06, "output_cost_per_token": 2.5e-05,
                "provider_specific_entry": {"us": 1.1, "fast": 2.0}},
            "claude-a": {"litellm_provider": "anthropic", "input_cost_per_token": 1e-07, "cache_read_input_token_cost": 1e-08,
                "input_cost_per_token_above_100k_tokens": 5e-07},
            "claude-c": {"litellm_provider": "vertex_ai", "input_cost_per_token": 1},
            "gpt-5.4": {"litellm_provider": "openai", "input_cost_per_token": 2.5e-06,
                "input_cost_per_token_above_272k_tokens": 5e-06},
            "azure/gpt-5.4": {"litellm_provider": "azure", "input_cost_per_token": 1}
        }"#;
        let listed = parse(list).unwrap();
        let a = [Some(100_000), None, Some(10_000), None, None];
        assert_eq!((listed[0].model.as_str(), listed[0].standard), ("claude-a", a));
        assert_eq!(listed[0].long, Some((100_000, [Some(500_000), None, None, None, None])));
        assert_eq!(listed[1].fast, Some([Some(10_000_000), Some(50_000_000), None, None, None]));
        let other = Listed {
            model: "gpt-5.4".to_owned(),
            standard: [Some(2_500_000), None, None, None, None],
            ..Listed::default()
        };
        assert_eq!(listed[2..], [other]);
    }
}
