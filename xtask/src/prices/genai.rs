//! The list of genai-prices: `prices/data.json`.

use super::list::{Listed, Rates, per_million};
use super::sorted;
use anyhow::{Context, Result};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::Value;

/// The fields of the kinds of tokens, in the order of [`Rates`].
const FIELDS: [&str; 5] =
    ["input_mtok", "output_mtok", "cache_read_mtok", "cache_write_mtok", "cache_write_1h_mtok"];

#[derive(Deserialize)]
struct Provider {
    id: String,
    #[serde(default)]
    models: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    id: String,
    /// A price, or several with conditions.
    prices: Value,
    #[serde(default)]
    price_variants: Vec<Variant>,
}

#[derive(Deserialize)]
struct Variant {
    #[serde(default)]
    when: Value,
    prices: Value,
}

/// Reads the models of Anthropic, with their prices of a UTC day.
pub(super) fn parse(text: &str, day: NaiveDate) -> Result<Vec<Listed>> {
    let providers: Vec<Provider> = serde_json::from_str(text)?;
    let provider = providers.into_iter().find(|provider| provider.id == "anthropic");
    let models = provider.context("there is no provider `anthropic`")?.models;
    let claude = models.iter().filter(|model| model.id.starts_with("claude-"));
    Ok(sorted(claude.map(|model| listed(model, day)).collect()))
}

fn listed(model: &Model, day: NaiveDate) -> Listed {
    let prices = of_day(&model.prices, day);
    let fast = model.price_variants.iter().find(|variant| variant.when["speed"] == "fast");
    Listed {
        model: model.id.clone(),
        standard: rates(prices, base),
        long: threshold(prices)
            .map(|above| (above, rates(prices, |price| tier(price).and_then(|tier| tier["price"].as_f64())))),
        fast: fast.map(|variant| rates(&variant.prices, base)),
    }
}

/// Returns the prices of a day: the last ones with a matching condition.
fn of_day(prices: &Value, day: NaiveDate) -> &Value {
    let Some(conditional) = prices.as_array() else { return prices };
    let begins =
        |entry: &Value| -> Option<NaiveDate> { entry["constraint"]["start_date"].as_str()?.parse().ok() };
    let holds = |entry: &&Value| begins(entry).is_none_or(|from| from <= day);
    conditional.iter().rev().find(holds).map_or(prices, |entry| &entry["prices"])
}

fn rates(prices: &Value, rate: impl Fn(&Value) -> Option<f64>) -> Rates {
    FIELDS.map(|field| rate(&prices[field]).and_then(per_million))
}

fn base(price: &Value) -> Option<f64> {
    price.as_f64().or_else(|| price["base"].as_f64())
}

fn tier(price: &Value) -> Option<&Value> {
    price["tiers"].as_array()?.first()
}

/// Returns the tokens above which a prompt is a long one.
fn threshold(prices: &Value) -> Option<u64> {
    tier(&prices["input_mtok"])?["start"].as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dated_prices_tiers_and_fast_mode_are_read() {
        let list = r#"[{"id": "openai"}, {"id": "anthropic", "models": [
            {"id": "claude-a", "prices": [
                {"prices": {"input_mtok": {"base": 5, "tiers": [{"start": 200000, "price": 10}]}}},
                {"constraint": {"start_date": "2026-03-13"}, "prices": {"input_mtok": 5, "output_mtok": 25}}]},
            {"id": "claude-b", "prices": {"input_mtok": 0.1, "cache_write_1h_mtok": 0.2},
             "price_variants": [{"when": {"processing": "batch"}, "prices": {"input_mtok": 0.05}},
                                {"when": {"speed": "fast"}, "prices": {"input_mtok": 0.2}}]}]}]"#;
        let on = |day: &str| parse(list, day.parse().unwrap()).unwrap();
        let five = Some(5_000_000);
        assert_eq!(on("2026-03-12")[0].long, Some((200_000, [Some(10_000_000), None, None, None, None])));
        assert_eq!((on("2026-03-13")[0].long, on("2026-03-13")[0].standard[0]), (None, five));
        let b = &on("2026-03-13")[1];
        assert_eq!(b.standard, [Some(100_000), None, None, None, Some(200_000)]);
        assert_eq!(b.fast, Some([Some(200_000), None, None, None, None]));
    }
}
