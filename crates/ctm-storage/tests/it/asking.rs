use crate::support::{Database, HOME, T0, batch, call, conversation, copy, in_home, part, totals};
use ctm_facts::UsageFilter;
use ctm_storage::Store;
use ctm_types::{
    Billing, DaySpan, EpochMs, Slot, StatsCache, StatsCacheActivity, StatsCacheModel, StatsCacheTokens,
    TokenUnit, ToolError, UsageRow, UtcDay,
};

/// Three responses in two sessions and two projects, an hour apart, the last by a subagent.
async fn example() -> Database {
    let mut database = Database::new().await;
    let mut second = copy("b", "s", 10, 20);
    second.attribution.at_ms = T0 + 3_600_000;
    second.snapshot.parts = vec![part("claude-haiku-5-5", 20)];
    second.tool_calls = vec![call("t1", "Read"), call("t2", "Bash")];
    let mut third = copy("c", "t", 0, 30);
    third.attribution.at_ms = T0 + 7_200_000;
    conversation(&mut third).folder = "/home/u/other".to_owned();
    conversation(&mut third).sidechain = true;
    conversation(&mut third).agent = Some("a1".to_owned());
    third.snapshot.is_final = true;
    let mut first_batch = batch("s", 30, vec![copy("a", "s", 0, 10), second]);
    first_batch.tool_errors = vec![ToolError { id: "t2".to_owned() }];
    database.writer.apply(&[first_batch, batch("t", 30, vec![third])]).await.unwrap();
    database
}

#[tokio::test]
async fn every_filter_narrows_and_alternatives_widen() {
    let database = example().await;
    let check = async |filter: UsageFilter, outputs: u64| {
        let rows = database.store.usage(&filter).await.unwrap();
        assert_eq!(totals(&rows).1[1], outputs, "{filter:?}");
    };
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    check(UsageFilter::default(), 60).await;
    check(UsageFilter { from: Some(Slot::after(T0 + 1)), ..UsageFilter::default() }, 50).await;
    check(UsageFilter { until: Some(Slot::after(T0 + 3_600_000)), ..UsageFilter::default() }, 10).await;
    check(UsageFilter { projects: names(&["/home/u/other"]), ..UsageFilter::default() }, 30).await;
    check(UsageFilter { projects: names(&["/home/u/other", "/home/u/app"]), ..UsageFilter::default() }, 60)
        .await;
    check(UsageFilter { models: names(&["claude-haiku-5-5", "none"]), ..UsageFilter::default() }, 20).await;
    check(UsageFilter { sessions: names(&["s"]), ..UsageFilter::default() }, 30).await;
    check(UsageFilter { homes: names(&[HOME]), ..UsageFilter::default() }, 60).await;
    check(UsageFilter { homes: names(&["/other"]), ..UsageFilter::default() }, 0).await;
    check(UsageFilter { sidechain: Some(true), ..UsageFilter::default() }, 30).await;
    check(UsageFilter { sidechain: Some(false), sessions: names(&["t"]), ..UsageFilter::default() }, 0).await;
    check(UsageFilter { projects: names(&["x'] OR 1=1 --"]), ..UsageFilter::default() }, 0).await;
}

#[tokio::test]
async fn a_response_is_of_the_home_of_its_earliest_copy() {
    const OTHER: &str = "/mnt/laptop/.claude";
    let late = |key, output| {
        let mut copy = copy(key, "s", output, output);
        copy.attribution.at_ms = T0 + 5;
        copy
    };
    let early = |key| copy(key, "s", 0, 1);
    let mut database = Database::new().await;
    let check = async |database: &Database, home: &str, outputs: u64| {
        let filter = UsageFilter { homes: vec![home.to_owned()], ..UsageFilter::default() };
        let rows = database.store.usage(&filter).await.unwrap();
        assert_eq!(totals(&rows).1[1], outputs, "{home}");
        let homes = database.store.home_names().await.unwrap();
        assert!(rows.iter().all(|row| homes[&row.home] == home));
    };
    database.writer.apply(&[batch("s", 30, vec![late("a", 7), late("b", 8)])]).await.unwrap();
    check(&database, HOME, 15).await;
    // The same path below another home is another file.
    let copies = vec![early("a"), late("c", 9)];
    database.writer.apply(&[in_home(OTHER, batch("s", 30, copies))]).await.unwrap();
    assert_eq!(database.known().await.len(), 2);
    check(&database, HOME, 8).await;
    check(&database, OTHER, 16).await;
    database.number("UPDATE usage_day SET usage = NULL RETURNING day").await;
    check(&database, HOME, 8).await;
    check(&database, OTHER, 16).await;
}

#[tokio::test]
async fn rows_carry_all_that_a_report_needs() {
    let database = example().await;
    let rows = database.usage().await;
    assert_eq!(rows.len(), 3);
    let last = rows.iter().max_by_key(|row| row.slot).unwrap();
    assert_eq!(last.slot, Slot::of(T0 + 7_200_000));
    assert_eq!(
        (last.first_ms, last.last_ms, last.responses, last.unfinalised),
        (T0 + 7_200_000, T0 + 7_200_000, 1, 0)
    );
    assert_eq!(database.store.session_names().await.unwrap()[&last.session], "t");
    assert_eq!(database.store.project_names().await.unwrap()[&last.project], "/home/u/other");
    let billing = Billing { model: "claude-opus-5".to_owned(), ..Billing::default() };
    assert_eq!(database.store.billings().await.unwrap()[&last.billing], billing);
    assert_eq!(rows.iter().map(|row| row.unfinalised).sum::<u64>(), 2);
    assert_eq!(database.store.time_span().await.unwrap(), Some((T0, T0 + 7_200_000)));
}

#[tokio::test]
async fn context_bands_count_the_thresholds_that_are_exceeded() {
    let database = example().await;
    // Each prompt has 1,111 tokens.
    for (thresholds, band) in [(&[][..], 0), (&[1_111], 0), (&[1_110], 1), (&[10, 1_110, 2_000], 2)] {
        // The days are summed by the thresholds of the last writer; another one computes its own.
        let store = Store::open(database.store.path(), thresholds).await.unwrap();
        let before = store.usage(&UsageFilter::default()).await.unwrap();
        assert!(before.iter().all(|row| row.context_band == band), "{thresholds:?}");
        store.writer().settle().await.unwrap();
        assert_eq!(in_order(store.usage(&UsageFilter::default()).await.unwrap()), in_order(before));
    }
}

fn in_order(mut rows: Vec<UsageRow>) -> Vec<UsageRow> {
    rows.sort_by_key(|row| (row.slot, row.session, row.project, row.billing, row.context_band));
    rows
}

#[tokio::test]
async fn summed_days_equal_the_events() {
    let mut database = Database::with_thresholds(&[1_110]).await;
    // More days than one commit sums at once, one of them before the epoch's first slot ended.
    let on_day = |day: u64| {
        let mut copy = copy(&format!("k{day}"), "s", day * 10, day);
        copy.attribution.at_ms = EpochMs(i64::try_from(day).unwrap() * 86_400_000 + 7);
        copy
    };
    database.writer.apply(&[batch("s", 90, (0..9).map(on_day).collect())]).await.unwrap();
    assert_eq!(database.number("SELECT count(*) FROM usage_day WHERE usage IS NULL").await, 9);
    let marked = in_order(database.usage().await);
    database.writer.settle().await.unwrap();
    assert_eq!(database.number("SELECT count(*) FROM usage_day WHERE usage IS NULL").await, 0);
    assert_eq!(in_order(database.usage().await), marked);
    assert_eq!((marked.len(), totals(&marked).0), (9, 9));

    // An earlier copy moves a response to another day; the day that it leaves has none any more.
    let mut earlier = copy("k8", "t", 0, 1);
    earlier.attribution.at_ms = EpochMs(2 * 86_400_000);
    database.writer.apply(&[batch("t", 10, vec![earlier])]).await.unwrap();
    assert_eq!(database.number("SELECT count(*) FROM usage_day WHERE usage IS NULL").await, 0);
    let days: Vec<i64> = in_order(database.usage().await).iter().map(|row| row.slot.0 / 96).collect();
    assert_eq!(days, [0, 1, 2, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test]
async fn sessions_have_details() {
    let database = example().await;
    let details = database.store.session_details(&["t", "s"]).await.unwrap();
    let [s, t] = details.as_slice() else { panic!("{details:?}") };
    assert_eq!((s.session.as_str(), s.tool_calls, s.tool_errors, s.subagents), ("s", 2, 1, 0));
    assert_eq!((t.session.as_str(), t.tool_calls, t.subagents), ("t", 0, 1));
    assert_eq!((t.branch.as_deref(), t.version.as_deref()), (Some("main"), Some("2.1.200")));
}

#[tokio::test]
async fn an_empty_database_answers_too() {
    let database = Database::new().await;
    assert_eq!(database.totals().await, (0, [0; 5]));
    assert_eq!(database.store.time_span().await.unwrap(), None);
    assert_eq!(database.store.data_version().await.unwrap(), 0);
    assert_eq!(database.store.line_totals().await.unwrap(), []);
    assert!(database.store.size_bytes().await.unwrap() > 0);
    assert!(database.store.schema_version().await.unwrap() > 20_000_000_000_000);
}

#[tokio::test]
async fn days_that_a_stats_cache_forgot_are_kept_apart_from_events() {
    let mut database = Database::new().await;
    let cache = |token_unit, dates: &[&str]| StatsCache {
        version: Some(2),
        last_computed_date: Some("2026-03-09".to_owned()),
        token_unit,
        activity: dates
            .iter()
            .map(|date| StatsCacheActivity {
                date: (*date).to_owned(),
                messages: 1,
                sessions: 2,
                tool_calls: 3,
            })
            .collect(),
        tokens: dates
            .iter()
            .map(|date| StatsCacheTokens { date: (*date).to_owned(), model: "m".to_owned(), tokens: 9 })
            .collect(),
        models: vec![StatsCacheModel {
            model: "m".to_owned(),
            input: 1,
            output: 2,
            cache_read: 3,
            cache_write: 4,
        }],
    };
    let (old, new) = (TokenUnit::InputOutput, TokenUnit::All);
    database.writer.store_stats_cache("/r", 1, &cache(old, &["2026-03-08", "2026-03-09"])).await.unwrap();
    database.writer.store_stats_cache("/r", 2, &cache(new, &["2026-03-09", "2026-03-10"])).await.unwrap();
    assert_eq!(database.number("SELECT count(*) FROM stats_cache_tokens").await, 3);
    assert_eq!(database.number("SELECT count(*) FROM stats_cache_activity").await, 3);
    assert_eq!(database.store.stats_caches().await.unwrap()["/r"], 2);
    assert_eq!(database.totals().await.0, 0);
    // Reports show it, so that what was answered before is old.
    assert_eq!(database.store.data_version().await.unwrap(), 2);
    let stored = database.store.stored_stats_caches().await.unwrap();
    let expected = cache(new, &["2026-03-08", "2026-03-09", "2026-03-10"]);
    assert_eq!((stored.len(), &stored[0].home), (1, &"/r".to_owned()));
    assert_eq!((&stored[0].cache, &stored[0].units), (&expected, &vec![old, new, new]));
    let span = database.store.stats_cache_span().await.unwrap();
    let day = |date| UtcDay::of_date(date).unwrap();
    assert_eq!(span, Some(DaySpan { first: day("2026-03-08"), last: day("2026-03-10") }));
}
