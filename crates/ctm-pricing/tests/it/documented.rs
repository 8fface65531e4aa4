//! Complete amounts from the documentation and the price history.

use chrono::NaiveDate;
use ctm_pricing::{PriceBook, Quote};
use ctm_types::{Billing, EpochMs, TokenCounts};

fn noon_ms(day: &str) -> i64 {
    let day: NaiveDate = day.parse().unwrap();
    day.and_hms_opt(12, 0, 0).unwrap().and_utc().timestamp_millis()
}

/// Returns the cost in US dollars, or `unpriced`.
fn cost(day: &str, billing: &Billing, tokens: TokenCounts, web_searches: u64) -> String {
    let book = PriceBook::builtin();
    let band = book.context_band(tokens.prompt());
    match book.quote(billing, Some(EpochMs(noon_ms(day))), band) {
        Quote::Priced(price) => price.rates.cost(&tokens, web_searches).amount.to_string(),
        _ => "unpriced".to_owned(),
    }
}

fn check(day: &str, model: &str, tokens: TokenCounts, expected: &str) {
    let billing = Billing { model: model.to_owned(), ..Billing::default() };
    assert_eq!(cost(day, &billing, tokens, 0), expected, "{model}");
}

fn tokens(input: u64, output: u64, cache_read: u64) -> TokenCounts {
    TokenCounts { input, output, cache_read, ..TokenCounts::default() }
}

#[test]
fn names_that_other_tools_get_wrong() {
    let million = tokens(1_000_000, 1_000_000, 0);
    let day = "2026-11-20";
    check(day, "claude-opus-6", million, "unpriced");
    check(day, "claude-opus-4-9", million, "unpriced");
    check(day, "claude-opus-5-5", million, "24");
    check(day, "claude-sonnet-5-5", million, "12");
    check(day, "claude-fable-5-2", million, "48");
    check(day, "claude-opus-5[1m]", million, "30");
    check(day, "claude-haiku-4-5@20251001", million, "6");
    check(day, "anthropic/claude-opus-4.5", million, "30");
    check(day, "us.anthropic.claude-opus-4-8", million, "33");
    check(day, "opus", million, "unpriced");
    check(day, "claude-sonnet-4-6-thinking", million, "18");
    check(day, "claude-opus-5-fast", million, "60");
    check(day, "claude-2.1", million, "32");
    check(day, "claude-opus-latest", million, "unpriced");
    check(day, "my-proxy-claude", million, "unpriced");
}

/// Returns the first example of `docs/prices.md` in TOML.
fn example() -> &'static str {
    let page = include_str!("../../../../docs/prices.md");
    let (_, rest) = page.split_once("```toml\n").unwrap();
    rest.split_once("```").unwrap().0
}

#[test]
fn the_documented_example_of_own_prices_works() {
    let book = PriceBook::builtin().with_overrides(example()).unwrap();
    let check = |day: &str, model: &str, expected: Option<&str>| {
        let billing = Billing { model: model.to_owned(), ..Billing::default() };
        let amount = match book.quote(&billing, Some(EpochMs(noon_ms(day))), 0) {
            Quote::Priced(price) => {
                Some(price.rates.cost(&tokens(1_000_000, 1_000_000, 0), 0).amount.to_string())
            }
            _ => None,
        };
        assert_eq!(amount.as_deref(), expected, "{model} on {day}");
    };
    check("2026-12-01", "claude-opus-6", Some("36"));
    check("2026-11-20", "opus", Some("24"));
    check("2026-11-20", "aihubmix/claude-opus-5", Some("33"));
    check("2026-11-20", "aihubmix/claude-opus-5[1m]", Some("33"));
    check("2026-11-20", "aihubmix/claude-haiku-4-5", Some("7.5"));
    check("2026-12-01", "aihubmix/claude-opus-6", Some("39.6"));
    check("2026-11-20", "aihubmix/claude-opus-7", None);
    check("2026-11-20", "other/claude-opus-5", None);
    check("2026-11-20", "claude-opus-5", Some("30"));
    assert_eq!(book.discount().unwrap().multiplier.to_string(), "0.85");
    let patterns: Vec<_> = book.multipliers().map(|(pattern, ratio)| format!("{pattern} {ratio}")).collect();
    assert_eq!(patterns, ["aihubmix/claude-haiku-* 1.25", "aihubmix/* 1.1"]);
}

#[test]
fn inference_in_the_us_and_web_searches_are_billed() {
    let mut billing = Billing {
        model: "claude-opus-5".to_owned(),
        inference_geo: Some("us".to_owned()),
        ..Billing::default()
    };
    let million = tokens(1_000_000, 1_000_000, 0);
    assert_eq!(cost("2026-11-20", &billing, million, 0), "33");
    billing.inference_geo = None;
    assert_eq!(cost("2026-11-20", &billing, million, 1_000), "40");
}

#[test]
fn a_long_prompt_is_dear_as_a_whole_and_the_cache_counts() {
    check("2025-12-01", "claude-sonnet-4-5", tokens(300_000, 0, 0), "1.8");
    check("2025-12-01", "claude-sonnet-4-5", tokens(150_000, 0, 150_000), "0.99");
}

#[test]
fn a_single_token_does_not_vanish() {
    let billing = Billing {
        model: "claude-haiku-5-5".to_owned(),
        inference_geo: Some("us".to_owned()),
        ..Billing::default()
    };
    assert_eq!(cost("2026-11-20", &billing, tokens(0, 0, 1), 0), "0.000000011");
}
