//! Trends and the hours of the week match the ledger.

use crate::fixture::{CLAUDE_2, FUTURE, MODELS, OPUS, SONNET, catalog, date, ledger, range, row};
use chrono_tz::Tz;
use ctm_aggregate::trend::{KINDS, by_hour_of_week};
use ctm_aggregate::{Bucket, BucketStart, Buckets, Figure, Metric, Split, Step, Trend, Usage};
use ctm_pricing::PriceBook;
use ctm_types::{PicoUsd, TokenCounts, UsageRow};

fn days(from: &str, to: &str) -> Buckets {
    Buckets::new(range(from, to), Step::Calendar(Bucket::Day), Tz::UTC)
}

fn trend(rows: &[UsageRow], buckets: &Buckets, split: Split, most: usize) -> Trend {
    Trend::new(rows, &catalog(), &PriceBook::builtin(), buckets, split, most)
}

fn rows() -> Vec<UsageRow> {
    let mut cached = row("2026-03-11T10:00:00Z", 1, 1, SONNET);
    cached.tokens =
        TokenCounts { input: 1, output: 20, cache_read: 300, cache_write_5m: 4_000, cache_write_1h: 50_000 };
    cached.web_searches = 2;
    vec![
        row("2026-03-10T23:59:00Z", 0, 0, OPUS),
        row("2026-03-11T00:10:00Z", 0, 1, OPUS),
        cached,
        row("2026-03-11T11:00:00Z", 2, 2, FUTURE),
        row("2026-03-13T11:00:00Z", 2, 2, CLAUDE_2),
    ]
}

#[test]
fn a_trend_has_the_days_of_the_ledger_and_its_series_add_up() {
    let (rows, range) = (rows(), range("2026-03-10", "2026-03-13"));
    let buckets = days("2026-03-10", "2026-03-13");
    assert_eq!(buckets.starts()[3], BucketStart::Day(date("2026-03-13")));
    let by_day: Vec<Usage> = ledger(&rows, Tz::UTC).by_day(range).into_iter().map(|day| day.usage).collect();
    for split in [Split::Nothing, Split::Model, Split::Project] {
        let trend = trend(&rows, &buckets, split, 2);
        assert_eq!(trend.total.buckets, by_day, "{split:?}");
        assert_eq!(trend.total.whole, ledger(&rows, Tz::UTC).total());
        let mut sums = vec![Usage::default(); 4];
        for series in &trend.series {
            for (sum, usage) in sums.iter_mut().zip(&series.buckets) {
                *sum += usage;
            }
        }
        assert_eq!(sums, by_day, "{split:?}");
    }
}

#[test]
fn series_are_sorted_by_cost_and_the_rest_has_no_name() {
    let trend = trend(&rows(), &days("2026-03-10", "2026-03-13"), Split::Model, 2);
    let names: Vec<_> = trend.series.iter().map(|series| series.name.as_deref()).collect();
    assert_eq!(names, [Some(MODELS[0]), Some("claude-2.1"), None]);
    assert_eq!(trend.series[2].whole.amounts.responses, 2);
    assert_eq!(trend.series[2].whole.session_count(), 2);
}

#[test]
fn kinds_of_tokens_cost_what_the_whole_costs() {
    let trend = trend(&rows(), &days("2026-03-10", "2026-03-13"), Split::Kind, 1);
    let names: Vec<_> = trend.series.iter().filter_map(|series| series.name.as_deref()).collect();
    assert_eq!(names, KINDS);
    let cost: PicoUsd = trend.series.iter().map(|series| series.whole.amounts.cost).sum();
    assert_eq!(cost, trend.total.whole.amounts.cost);
    let tokens: u64 = trend.series.iter().map(|series| series.whole.amounts.tokens.total()).sum();
    assert_eq!(tokens, trend.total.whole.amounts.tokens.total());
}

#[test]
fn usage_outside_the_buckets_is_omitted() {
    let trend = trend(&rows(), &days("2026-03-11", "2026-03-11"), Split::Nothing, 1);
    assert_eq!(trend.total.whole.amounts.responses, 3);
    let none = Trend::new(
        &[],
        &catalog(),
        &PriceBook::builtin(),
        &days("2026-03-11", "2026-03-12"),
        Split::Model,
        8,
    );
    assert_eq!((none.series.len(), none.total.buckets.len()), (0, 2));
}

#[test]
fn metrics_are_unknown_where_nothing_is_known() {
    let trend = trend(&rows(), &days("2026-03-10", "2026-03-12"), Split::Nothing, 1);
    let of = |metric: Metric| trend.total.buckets.iter().map(|usage| metric.of(usage)).collect::<Vec<_>>();
    assert_eq!(of(Metric::Responses), [1, 3, 0].map(|count| Some(Figure::Count(count))));
    assert_eq!(of(Metric::Sessions), [1, 3, 0].map(|count| Some(Figure::Count(count))));
    assert_eq!(of(Metric::CacheRead)[1], Some(Figure::Count(300)));
    assert_eq!(of(Metric::CacheHitRate)[2], None);
    assert_eq!(
        of(Metric::CacheSaving),
        [0, 1, 2].map(|at| Some(Figure::Usd(trend.total.buckets[at].amounts.cache_saving)))
    );
    assert_ne!(of(Metric::CacheSaving)[1], Some(Figure::Usd(PicoUsd::ZERO)));
    assert_eq!(of(Metric::Cost)[2], Some(Figure::Usd(PicoUsd::ZERO)));
    let unpriced = Trend::new(
        &rows()[3..4],
        &catalog(),
        &PriceBook::builtin(),
        &days("2026-03-11", "2026-03-11"),
        Split::Nothing,
        1,
    );
    for metric in [Metric::Cost, Metric::CacheSaving] {
        assert_eq!(metric.of(&unpriced.total.whole), None);
    }
}

#[test]
fn hours_of_the_week_are_those_that_clocks_show() {
    let check = |at: &str, tz: Tz, expected: (usize, usize)| {
        let grid = by_hour_of_week(&[row(at, 0, 0, OPUS)], &catalog(), &PriceBook::builtin(), tz);
        let used = |(weekday, hours): (usize, &[Usage; 24])| {
            hours.iter().position(|usage| usage.amounts.responses > 0).map(|hour| (weekday, hour))
        };
        assert_eq!(grid.iter().enumerate().find_map(used), Some(expected), "{at} {tz}");
    };
    // A Tuesday.
    check("2026-03-10T23:59:00Z", Tz::UTC, (1, 23));
    check("2026-03-10T23:59:00Z", Tz::Asia__Kolkata, (2, 5));
    check("2026-03-09T03:00:00Z", Tz::America__New_York, (6, 23));
    check("1970-01-01T00:00:00Z", Tz::UTC, (3, 0));
}
