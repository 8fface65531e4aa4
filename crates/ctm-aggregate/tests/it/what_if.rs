//! The same usage at other prices.

use crate::fixture::{FUTURE, OPUS, SONNET, SONNET_5_5, catalog, date, ledger, row};
use crate::invariant::rows;
use chrono_tz::Tz;
use ctm_aggregate::Amounts;
use ctm_aggregate::what_if::{Repriced, RepricedPart, Scenario, WhatIf};
use ctm_pricing::PriceBook;
use ctm_types::{PicoUsd, TokenCounts, UsageRow};
use proptest::prelude::*;

fn what_if(rows: &[UsageRow], scenario: &Scenario) -> WhatIf {
    let tokens: Vec<TokenCounts> = rows.iter().map(|row| row.tokens).collect();
    WhatIf::new(rows, &tokens, scenario, &catalog(), &PriceBook::builtin())
}

fn as_model(model: &str) -> Scenario {
    Scenario { model: Some(model.to_owned()), ..Scenario::default() }
}

/// Returns both costs in US dollars.
fn costs(of: &Repriced) -> [f64; 2] {
    [of.actual.cost.to_f64(), of.alternative.cost.to_f64()]
}

#[test]
fn another_model_has_other_prices() {
    let rows = [row("2026-03-10T10:00:00Z", 0, 0, OPUS), row("2026-03-10T10:00:00Z", 0, 0, SONNET)];
    let of = what_if(&rows, &as_model("claude-haiku-4-5"));
    // A million input tokens of each, at 5 and 3 dollars, and at 1.
    assert_eq!(costs(&of.part), [8.0, 2.0]);
    let models: Vec<_> = of.models.keys().map(|(model, other)| (&**model, &**other)).collect();
    assert_eq!(
        models,
        [("claude-opus-4-5-20251101", "claude-haiku-4-5"), ("claude-sonnet-4-5", "claude-haiku-4-5")]
    );
}

#[test]
fn a_part_alone_is_priced_anew() {
    let subagent = UsageRow { sidechain: true, ..row("2026-03-10T10:00:00Z", 0, 0, OPUS) };
    let rows = [row("2026-03-10T10:00:00Z", 0, 0, OPUS), subagent];
    let of = |part| what_if(&rows, &Scenario { part, ..as_model("claude-haiku-4-5") }).part;
    assert_eq!(costs(&of(RepricedPart::All)), [10.0, 2.0]);
    assert_eq!(costs(&of(RepricedPart::Main)), [5.0, 1.0]);
    assert_eq!(costs(&of(RepricedPart::Subagents)), [5.0, 1.0]);
}

#[test]
fn the_prices_of_another_day_are_those_of_its_table() {
    let read = TokenCounts { cache_read: 1_000_000, ..TokenCounts::default() };
    let at = |day: &str| UsageRow { tokens: read, ..row(day, 0, 0, SONNET_5_5) };
    let (before, after) = (at("2026-10-06T10:00:00Z"), at("2026-10-07T10:00:00Z"));
    let on = |day: &str| Scenario { prices_on: Some(date(day)), ..Scenario::default() };
    let cost = |row: UsageRow| ledger(&[row], Tz::UTC).total().amounts.cost.to_f64();
    assert_ne!(cost(before), cost(after));
    let forward = what_if(&[before], &on("2026-10-07")).part;
    assert_eq!(costs(&forward), [cost(before), cost(after)]);
    let backward = what_if(&[after], &on("2026-10-06")).part;
    assert_eq!(costs(&backward), [cost(after), cost(before)]);
}

#[test]
fn usage_without_a_price_is_in_no_comparison() {
    let rows = [row("2026-03-10T10:00:00Z", 0, 0, OPUS), row("2026-03-10T10:00:00Z", 0, 0, FUTURE)];
    let of = what_if(&rows, &as_model("claude-haiku-4-5"));
    assert_eq!(costs(&of.part), [5.0, 1.0]);
    assert_eq!((of.left_out.responses, of.left_out.tokens.input), (1, 1_000_000));
}

#[test]
fn tokens_of_another_kind_are_priced_as_this_kind() {
    let rows = [row("2026-03-10T10:00:00Z", 0, 0, OPUS)];
    let read = TokenCounts { cache_read: 1_000_000, ..TokenCounts::default() };
    let of = WhatIf::new(&rows, &[read], &Scenario::default(), &catalog(), &PriceBook::builtin());
    assert_eq!(costs(&of.part), [5.0, 0.5]);
    let kinds: Vec<_> = of.kinds.iter().map(costs).collect();
    assert_eq!(kinds[..3], [[5.0, 0.0], [0.0, 0.0], [0.0, 0.5]]);
}

/// Returns the sum of both costs.
fn sum<'c>(all: impl IntoIterator<Item = &'c Repriced>) -> [PicoUsd; 2] {
    let mut sums = [PicoUsd::ZERO; 2];
    for of in all {
        sums[0] += of.actual.cost;
        sums[1] += of.alternative.cost;
    }
    sums
}

proptest! {
    #[test]
    fn parts_models_and_kinds_add_up_to_the_report(rows in rows(), day in 0..3_usize, model in 0..3_usize) {
        let scenario = |part| Scenario {
            part,
            prices_on: [None, Some(date("2025-01-01")), Some(date("2027-01-01"))][day],
            model: [None, Some("claude-haiku-4-5"), Some("claude-opus-4-5")][model].map(str::to_owned),
        };
        let all = what_if(&rows, &scenario(RepricedPart::All));
        let part = sum([&all.part]);
        prop_assert_eq!(sum(all.models.values()), part);
        prop_assert_eq!(sum(&all.kinds), part);
        let halves = [RepricedPart::Main, RepricedPart::Subagents].map(|part| what_if(&rows, &scenario(part)));
        prop_assert_eq!(sum(halves.iter().map(|half| &half.part)), part);
        let total = ledger(&rows, Tz::UTC).total().amounts;
        prop_assert_eq!(part[0] + all.left_out.cost, total.cost);
        prop_assert_eq!(all.part.actual.responses + all.left_out.responses, total.responses);
        prop_assert_eq!(all.part.actual.tokens + all.left_out.tokens, total.tokens);
    }

    #[test]
    fn nothing_changes_without_an_assumption(rows in rows()) {
        let Repriced { actual, alternative } = what_if(&rows, &Scenario::default()).part;
        prop_assert_eq!(actual, Amounts { span: actual.span, ..alternative });
    }
}
