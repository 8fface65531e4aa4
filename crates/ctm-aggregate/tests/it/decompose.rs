//! Causes of a changed cost.

use crate::fixture::{FUTURE, OPUS, OPUS_BATCH, SONNET, SONNET_5_5, ledger, row};
use crate::invariant::rows;
use chrono_tz::Tz;
use ctm_aggregate::{Cause, Decomposition, Ledger};
use ctm_types::{PicoUsd, TokenCounts, UsageRow};
use proptest::prelude::*;

const DAY: &str = "2026-03-10T10:00:00Z";

fn between(before: &[UsageRow], now: &[UsageRow]) -> Decomposition {
    Decomposition::new(&ledger(before, Tz::UTC), &ledger(now, Tz::UTC))
}

/// Returns responses of a model with everything that is billed.
fn used(billing: i64, responses: u64) -> UsageRow {
    let each = TokenCounts {
        input: 1_000,
        output: 500,
        cache_read: 80_000,
        cache_write_5m: 3_000,
        cache_write_1h: 2_000,
    };
    UsageRow { tokens: times(each, responses), responses, web_searches: responses, ..row(DAY, 0, 0, billing) }
}

fn times(of: TokenCounts, factor: u64) -> TokenCounts {
    TokenCounts {
        input: of.input * factor,
        output: of.output * factor,
        cache_read: of.cache_read * factor,
        cache_write_5m: of.cache_write_5m * factor,
        cache_write_1h: of.cache_write_1h * factor,
    }
}

/// Checks that a difference of cost has one cause alone.
fn check(before: &[UsageRow], now: &[UsageRow], cause: Cause) {
    let split = between(before, now);
    assert_ne!(split.difference(), PicoUsd::ZERO, "{cause:?}");
    for other in Cause::ALL {
        let expected = if other == cause { split.difference() } else { PicoUsd::ZERO };
        assert_eq!(split.causes[other], expected, "{other:?} of {cause:?}");
    }
}

#[test]
fn each_change_has_its_own_cause() {
    let before = [used(OPUS, 100), used(SONNET, 300)];
    let each = |change: fn(&mut UsageRow)| {
        let mut rows = before;
        rows.iter_mut().for_each(change);
        rows
    };
    check(&before, &[used(OPUS, 200), used(SONNET, 600)], Cause::Volume);
    check(&before, &[used(OPUS, 300), used(SONNET, 100)], Cause::Mix);
    check(&before, &[used(OPUS, 50), used(OPUS_BATCH, 50), used(SONNET, 300)], Cause::Mix);
    let longer = each(|row| {
        row.tokens = TokenCounts { output: row.tokens.output, ..times(row.tokens, 2) };
    });
    check(&before, &longer, Cause::Context);
    let written_again = each(|row| {
        row.tokens.cache_read -= 20_000 * row.responses;
        row.tokens.cache_write_5m += 20_000 * row.responses;
    });
    check(&before, &written_again, Cause::Cache);
    check(&before, &each(|row| row.tokens.output *= 3), Cause::Output);
    check(&before, &each(|row| row.web_searches *= 3), Cause::Searches);
    let at = |day: &str| [UsageRow { slot: row(day, 0, 0, SONNET_5_5).slot, ..used(SONNET_5_5, 100) }];
    check(&at("2026-10-06T10:00:00Z"), &at("2026-10-07T10:00:00Z"), Cause::Price);
}

#[test]
fn a_long_prompt_makes_output_more_expensive_by_its_context() {
    let tier = |context_band| UsageRow {
        context_band,
        tokens: TokenCounts { output: 1_000, ..TokenCounts::default() },
        ..row("2025-10-10T10:00:00Z", 0, 0, SONNET)
    };
    let long = (1..=2).find(|band| between(&[tier(0)], &[tier(*band)]).difference() != PicoUsd::ZERO);
    check(&[tier(0)], &[tier(long.unwrap())], Cause::Context);
}

#[test]
fn a_period_of_nothing_differs_by_its_volume() {
    check(&[], &[used(OPUS, 10), used(SONNET, 5)], Cause::Volume);
    check(&[used(OPUS, 10), used(SONNET, 5)], &[], Cause::Volume);
}

#[test]
fn a_part_without_a_response_has_a_cause() {
    let part = |responses, factor| UsageRow {
        responses,
        tokens: times(used(OPUS, 1).tokens, factor),
        ..used(OPUS, 1)
    };
    let split = between(&[used(SONNET, 10), part(0, 1)], &[used(SONNET, 10), part(0, 3)]);
    assert_eq!(split.causes.total(), split.difference());
    assert_eq!(split.causes[Cause::Volume], PicoUsd::ZERO);
    let alone = between(&[part(0, 1)], &[part(0, 3)]);
    assert_eq!(alone.causes.total(), alone.difference());
    assert_ne!(alone.causes[Cause::Volume], PicoUsd::ZERO);
}

#[test]
fn what_has_no_price_is_counted_apart() {
    let unpriced = UsageRow { web_searches: 0, ..used(FUTURE, 7) };
    let split = between(&[used(OPUS, 10)], &[used(OPUS, 10), unpriced]);
    assert_eq!(split.difference(), PicoUsd::ZERO);
    assert!(Cause::ALL.iter().all(|cause| split.causes[*cause] == PicoUsd::ZERO));
    assert_eq!((split.before.unpriced_responses, split.before.unpriced_tokens), (0, 0));
    assert_eq!((split.now.responses, split.now.unpriced_responses), (10, 7));
    assert_eq!(split.now.unpriced_tokens, unpriced.tokens.total());
}

/// Splits rows in two periods.
fn halves(rows: &[UsageRow]) -> (Vec<UsageRow>, Vec<UsageRow>) {
    let middle = rows.iter().map(|row| row.slot).max().map_or(0, |last| last.0);
    let first = rows.iter().map(|row| row.slot.0).min().unwrap_or(middle);
    rows.iter().cloned().partition(|row| row.slot.0 - first < (middle - first) / 2)
}

proptest! {
    #[test]
    fn causes_add_up_to_the_difference_of_the_totals(rows in rows()) {
        let (before, now) = halves(&rows);
        let split = between(&before, &now);
        let cost = |ledger: Ledger| ledger.total().amounts.cost;
        let difference = cost(ledger(&now, Tz::UTC)) - cost(ledger(&before, Tz::UTC));
        prop_assert_eq!(split.difference(), difference);
        prop_assert_eq!(split.causes.total(), difference);
    }

    #[test]
    fn swapping_the_periods_negates_every_cause(rows in rows()) {
        let (before, now) = halves(&rows);
        let (split, swapped) = (between(&before, &now), between(&now, &before));
        for cause in Cause::ALL {
            prop_assert_eq!(split.causes[cause], -swapped.causes[cause]);
        }
    }

    #[test]
    fn identical_periods_have_no_cause_and_the_order_of_rows_does_not_matter(rows in rows()) {
        let split = between(&rows, &rows);
        prop_assert!(Cause::ALL.iter().all(|cause| split.causes[*cause] == PicoUsd::ZERO));
        let (mut before, mut now) = halves(&rows);
        let forwards = between(&before, &now);
        before.reverse();
        now.reverse();
        prop_assert_eq!(between(&before, &now), forwards);
    }

    #[test]
    fn more_of_the_same_is_volume(rows in rows(), factor in 2..9_u64) {
        let more = |row: &UsageRow| UsageRow {
            tokens: times(row.tokens, factor),
            responses: row.responses * factor,
            web_searches: row.web_searches * factor,
            ..*row
        };
        let now: Vec<UsageRow> = rows.iter().map(more).collect();
        let split = between(&rows, &now);
        prop_assert_eq!(split.causes[Cause::Volume], split.difference());
    }
}
