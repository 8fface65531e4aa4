//! Figures that other programs kept: each file once, the latest of a program for each day, and none in a sum.

use crate::support::{Database, T0, batch, copy};
use ctm_facts::imports::{
    ImportChange, ImportContent, ImportFigures, ImportGrain, ImportPeriod, ImportTokens, OtherProgram,
};
use ctm_storage::Store;
use ctm_types::PicoUsd;

fn content(program: OtherProgram, periods: &[(ImportGrain, &str, &str, u64)]) -> ImportContent {
    let mut figures = ImportFigures::default();
    for (grain, first, last, input) in periods {
        let period = ImportPeriod { grain: *grain, first: (*first).to_owned(), last: (*last).to_owned() };
        let tokens = ImportTokens { input: *input, ..ImportTokens::default() };
        figures.add(period, "m", tokens, Some(PicoUsd(5))).unwrap();
    }
    ImportContent {
        program,
        format: Some("5".to_owned()),
        zone: Some("UTC"),
        has_other_agents: false,
        figures: figures.finish(),
        undated: 0,
    }
}

fn days(program: OtherProgram, days: &[(&str, u64)]) -> ImportContent {
    let periods: Vec<_> = days.iter().map(|(day, input)| (ImportGrain::Day, *day, *day, *input)).collect();
    content(program, &periods)
}

async fn add(store: &Store, digest: &str, content: &ImportContent) -> ImportChange {
    store.import_figures(digest, "f.json", content, T0).await.unwrap()
}

/// Imports a file of one day.
pub(crate) async fn import(store: &Store) {
    add(store, "d", &days(OtherProgram::Ccusage, &[("2026-03-07", 1)])).await;
}

/// Returns program, first day and tokens of every figure.
async fn stored(store: &Store) -> Vec<(&'static str, String, u64)> {
    let imports = store.imports().await.unwrap();
    let figures = imports.iter().flat_map(|import| {
        import.figures.iter().map(|of| (import.program.name(), of.period.first.clone(), of.tokens.input))
    });
    figures.collect()
}

#[tokio::test]
async fn the_same_file_twice_is_once_and_a_later_one_replaces_its_days() {
    let Database { store, .. } = &Database::new().await;
    let first = days(OtherProgram::Ccusage, &[("2026-03-07", 1), ("2026-03-08", 2), ("2026-03-09", 3)]);
    assert_eq!(add(store, "a", &first).await, ImportChange { is_new: true, replaced: 0 });
    assert_eq!(store.imports().await.unwrap()[0].figures, first.figures);
    let version = store.data_version().await.unwrap();
    assert_eq!(add(store, "a", &first).await, ImportChange { is_new: false, replaced: 0 });
    assert_eq!(store.data_version().await.unwrap(), version);
    let other = days(OtherProgram::Toktrack, &[("2026-03-08", 70)]);
    assert_eq!(add(store, "t", &other).await, ImportChange { is_new: true, replaced: 0 });
    let later = days(OtherProgram::Ccusage, &[("2026-03-08", 20), ("2026-03-10", 40)]);
    assert_eq!(add(store, "b", &later).await, ImportChange { is_new: true, replaced: 1 });
    let day = |program, day: &str, tokens| (program, day.to_owned(), tokens);
    let (theirs, toktrack) = ("ccusage", day("toktrack", "2026-03-08", 70));
    let kept = [day(theirs, "2026-03-07", 1), day(theirs, "2026-03-09", 3)];
    let new = [day(theirs, "2026-03-08", 20), day(theirs, "2026-03-10", 40)];
    assert_eq!(stored(store).await, [&kept[..], std::slice::from_ref(&toktrack), &new[..]].concat());
    // The earlier file is known, and does not come back.
    assert_eq!(add(store, "a", &first).await, ImportChange { is_new: false, replaced: 0 });
    store.remove_imports(&["a", "b", "unknown"]).await.unwrap();
    assert_eq!(stored(store).await, [toktrack]);
    assert_eq!(add(store, "a", &first).await, ImportChange { is_new: true, replaced: 0 });
}

#[tokio::test]
async fn only_periods_of_the_same_kind_that_share_a_day_are_replaced() {
    let Database { store, .. } = &Database::new().await;
    let first = content(
        OtherProgram::Ccusage,
        &[
            (ImportGrain::Day, "2026-03-07", "2026-03-07", 1),
            (ImportGrain::Month, "2026-03-01", "2026-03-31", 2),
            (ImportGrain::Sessions, "2026-03-01", "2026-03-20", 3),
            (ImportGrain::Sessions, "2026-04-01", "2026-04-02", 4),
            (ImportGrain::Week, "2026-03-02", "2026-03-08", 5),
        ],
    );
    add(store, "a", &first).await;
    let later = content(
        OtherProgram::Ccusage,
        &[
            (ImportGrain::Sessions, "2026-02-01", "2026-03-01", 30),
            (ImportGrain::Sessions, "2026-02-02", "2026-02-03", 31),
            (ImportGrain::Week, "2026-03-09", "2026-03-15", 50),
        ],
    );
    assert_eq!(add(store, "b", &later).await.replaced, 1);
    let mut left: Vec<u64> = stored(store).await.into_iter().map(|(_, _, tokens)| tokens).collect();
    left.sort_unstable();
    assert_eq!(left, [1, 2, 4, 5, 30, 31, 50]);
    let span = store.import_span().await.unwrap().unwrap();
    assert_eq!(span.first, span.last);
}

#[tokio::test]
async fn no_import_changes_usage() {
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 30, vec![copy("a", "s", 0, 2)])]).await.unwrap();
    database.writer.settle().await.unwrap();
    let (usage, span) = (database.usage().await, database.store.time_span().await.unwrap());
    add(&database.store, "a", &days(OtherProgram::Ccusage, &[("2026-03-10", 9), ("2026-01-01", 1)])).await;
    assert_eq!((database.usage().await, database.store.time_span().await.unwrap()), (usage, span));
    assert!(database.store.has_usage().await.unwrap());
}
