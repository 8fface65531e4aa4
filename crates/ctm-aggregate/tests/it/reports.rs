//! Figures, order and edges of the reports.

use crate::fixture::{
    CLAUDE_2, FUTURE, OPUS, OPUS_BATCH, SONNET, SONNET_5_5, catalog, date, ledger, range, row,
};
use chrono_tz::Tz;
use ctm_aggregate::{Bucket, Buckets, Ledger, NamedUsage, Split, Step, Trend, WhyUnpriced};
use ctm_pricing::PriceBook;
use ctm_types::{Billing, BillingId, Catalog, TokenCounts, UsageRow};

/// Writes a report as `name cost/tokens/sessions` each.
fn text(named: &[NamedUsage]) -> Vec<String> {
    let line = |NamedUsage { name, usage }: &NamedUsage| {
        let cost = usage.amounts.cost_usd().map_or("?".to_owned(), |cost| cost.to_string());
        let millions = usage.amounts.tokens.total() / 1_000_000;
        format!("{name} ${cost} {millions}M {}", usage.session_count())
    };
    named.iter().map(line).collect()
}

#[test]
fn a_day_is_the_zones_day() {
    let rows = [row("2026-01-31T23:30:00Z", 0, 0, OPUS), row("2026-02-01T00:30:00Z", 0, 0, OPUS)];
    let check = |tz: Tz, expected: &[(&str, u64)]| {
        let days: Vec<_> = ledger(&rows, tz)
            .by_day(range("2026-01-31", "2026-02-02"))
            .into_iter()
            .map(|day| (day.first_day, day.usage.amounts.responses))
            .collect();
        let expected: Vec<_> = expected.iter().map(|(day, count)| (date(day), *count)).collect();
        assert_eq!(days, expected, "{tz}");
    };
    check(Tz::UTC, &[("2026-01-31", 1), ("2026-02-01", 1), ("2026-02-02", 0)]);
    check(Tz::Asia__Kolkata, &[("2026-01-31", 0), ("2026-02-01", 2), ("2026-02-02", 0)]);
    check(Tz::America__New_York, &[("2026-01-31", 2), ("2026-02-01", 0), ("2026-02-02", 0)]);
}

#[test]
fn weeks_and_months_are_named_by_their_first_day_and_cut_to_the_range() {
    let rows = [
        row("2026-01-30T12:00:00Z", 0, 0, OPUS),
        row("2026-01-31T12:00:00Z", 0, 0, OPUS),
        row("2026-02-01T12:00:00Z", 0, 0, OPUS),
    ];
    let ledger = ledger(&rows, Tz::UTC);
    let months: Vec<_> = ledger
        .by_bucket(range("2026-01-31", "2026-03-01"), Bucket::Month)
        .into_iter()
        .map(|month| (month.first_day, month.usage.amounts.responses))
        .collect();
    assert_eq!(months, [(date("2026-01-01"), 1), (date("2026-02-01"), 1), (date("2026-03-01"), 0)]);
}

#[test]
fn names_are_ordered_by_cost_then_tokens_then_name() {
    let rows = [
        row("2026-02-01T00:00:00Z", 0, 0, SONNET),
        row("2026-02-01T00:00:00Z", 1, 1, FUTURE),
        row("2026-02-01T00:15:00Z", 2, 2, FUTURE),
        row("2026-02-01T00:30:00Z", 2, 2, FUTURE),
        row("2026-02-01T00:00:00Z", 3, 3, OPUS),
        row("2026-02-02T00:00:00Z", 0, 4, FUTURE),
    ];
    let ledger = ledger(&rows, Tz::UTC);
    assert_eq!(
        text(&ledger.by_project()),
        [
            "/project/3 $5 1M 1",
            "/project/0 $3 1M 1",
            "/project/2 $? 2M 1",
            "/project/1 $? 1M 1",
            "/project/4 $? 1M 1",
        ]
    );
    assert_eq!(
        text(&ledger.by_session()),
        ["session-3 $5 1M 1", "session-0 $3 2M 1", "session-2 $? 2M 1", "session-1 $? 1M 1",]
    );
    assert_eq!(text(&ledger.by_home()), ["/home/1 $5 2M 2", "/home/0 $3 4M 2"]);
}

#[test]
fn a_model_names_its_priced_model() {
    let rows = [
        row("2026-10-06T23:45:00Z", 0, 0, SONNET_5_5),
        row("2026-10-07T00:00:00Z", 0, 0, SONNET_5_5),
        row("2026-10-07T00:00:00Z", 1, 0, OPUS),
        row("2026-10-07T00:00:00Z", 1, 0, OPUS_BATCH),
        row("2026-10-07T00:00:00Z", 1, 0, FUTURE),
    ];
    // A single local day with two UTC days: prices change with the UTC day.
    let models = ledger(&rows, Tz::Asia__Tokyo).by_model();
    let lines: Vec<_> = models
        .iter()
        .map(|model| {
            let priced: Vec<_> = model
                .priced_as
                .iter()
                .map(|used| format!("{} ${}", used.price.model, used.amounts.cost))
                .collect();
            format!("{}: {}", model.model, priced.join(", "))
        })
        .collect();
    assert_eq!(
        lines,
        [
            "claude-opus-4-5-20251101: claude-opus-4-5 $5, claude-opus-4-5 $2.5",
            "claude-sonnet-5-5: claude-sonnet-5-5 $2, claude-sonnet-5-5 $2",
            "claude-opus-99: ",
        ]
    );
    let shares: Vec<_> = models.iter().map(|model| (model.share_tokens, model.share_cost)).collect();
    assert_eq!(shares, [(Some(0.4), Some(7.5 / 11.5)), (Some(0.4), Some(4.0 / 11.5)), (Some(0.2), None)]);
}

#[test]
fn prices_that_cost_the_same_have_one_order() {
    let mut rows =
        [row("2026-10-06T00:00:00Z", 0, 0, SONNET_5_5), row("2026-10-07T00:00:00Z", 0, 0, SONNET_5_5)];
    let models = ledger(&rows, Tz::UTC).by_model();
    assert_eq!(models[0].priced_as.len(), 2);
    rows.reverse();
    assert_eq!(ledger(&rows, Tz::UTC).by_model(), models);
}

#[test]
fn unpriced_models_are_listed_with_the_reason() {
    let mut cached = row("2026-02-01T00:00:00Z", 0, 0, CLAUDE_2);
    cached.tokens = TokenCounts { input: 1, cache_read: 7, ..TokenCounts::default() };
    let rows = [cached, row("2026-02-01T00:00:00Z", 0, 0, FUTURE), row("2026-02-01T00:00:00Z", 0, 0, OPUS)];
    let unpriced = ledger(&rows, Tz::UTC).unpriced_models();
    let [future, claude_2] = unpriced.as_slice() else {
        panic!("{unpriced:?}");
    };
    assert_eq!((&*future.model, future.tokens), ("claude-opus-99", 1_000_000));
    let WhyUnpriced::NoPrice(reason) = &future.why else {
        panic!("{future:?}");
    };
    assert!(!reason.hint.is_empty());
    assert_eq!((&*claude_2.model, claude_2.tokens, &claude_2.why), ("claude-2.1", 7, &WhyUnpriced::NoRate));
}

#[test]
fn sparks_have_a_figure_for_each_day() {
    let rows = [
        row("2026-02-01T00:00:00Z", 0, 0, OPUS),
        row("2026-02-03T00:00:00Z", 0, 0, OPUS),
        row("2026-02-03T00:00:00Z", 0, 1, FUTURE),
        row("2026-02-04T00:00:00Z", 0, 2, OPUS),
    ];
    let sparks: Vec<_> = ledger(&rows, Tz::UTC)
        .project_sparks(range("2026-02-01", "2026-02-03"))
        .into_iter()
        .map(|(project, days)| {
            let costs: Vec<_> = days.iter().map(|day| day.cost_usd().map(|cost| cost.to_string())).collect();
            format!("{project} {costs:?}")
        })
        .collect();
    assert_eq!(
        sparks,
        [r#"/project/0 [Some("5"), Some("0"), Some("5")]"#, r#"/project/1 [Some("0"), Some("0"), None]"#,]
    );
}

#[test]
fn very_many_models_without_a_price_are_each_listed_once() {
    // Comparing each with all others would take minutes.
    const MODELS: i64 = 50_000;
    let billing = |number: i64| Billing { model: format!("house-model-{number}"), ..Billing::default() };
    let catalog =
        Catalog { billings: (0..MODELS).map(|id| (BillingId(id), billing(id))).collect(), ..catalog() };
    let rows: Vec<UsageRow> =
        (0..2 * MODELS).map(|number| row("2026-03-10T10:00:00Z", number % 5, 0, number % MODELS)).collect();
    let ledger = Ledger::new(&rows, &catalog, &PriceBook::builtin(), Tz::UTC);
    let unpriced = ledger.unpriced_models();
    assert_eq!(unpriced.len(), MODELS as usize);
    assert!(unpriced.iter().all(|model| model.tokens == 2_000_000));
    assert_eq!(ledger.by_model().len(), MODELS as usize);
    let buckets = Buckets::new(range("2020-01-01", "2026-03-10"), Step::Calendar(Bucket::Day), Tz::UTC);
    let trend = Trend::new(&rows, &catalog, &PriceBook::builtin(), &buckets, Split::Model, 8);
    assert_eq!((trend.series.len(), &trend.series[8].name), (9, &None));
    let responses: u64 = trend.series.iter().map(|series| series.whole.amounts.responses).sum();
    assert_eq!(responses, 2 * MODELS as u64);
}

#[test]
fn rows_missing_in_the_catalog_count_without_a_name() {
    let rows = [row("2026-02-01T00:00:00Z", 77, 77, 77)];
    let ledger = ledger(&rows, Tz::UTC);
    assert_eq!(text(&ledger.by_project()), [" $? 1M 1"]);
    assert_eq!(text(&ledger.by_session()), [" $? 1M 1"]);
    assert_eq!(text(&ledger.by_home()), ["/home/1 $? 1M 1"]);
    assert_eq!(ledger.by_model()[0].share_tokens, Some(1.0));
    assert_eq!(ledger.unpriced_models()[0].tokens, 1_000_000);
}

#[test]
fn no_rows_make_an_empty_ledger() {
    let ledger = Ledger::new(&[], &catalog(), &PriceBook::builtin(), Tz::UTC);
    assert_eq!(ledger.days_of_use(), None);
    assert_eq!(ledger.total().amounts.cost_usd().unwrap().to_string(), "0");
    assert!(ledger.by_model().is_empty() && ledger.by_project().is_empty());
    assert_eq!(ledger.by_day(range("2026-02-01", "2026-02-02")).len(), 2);
}
