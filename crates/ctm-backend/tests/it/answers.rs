//! Both back ends answer the same.

use crate::batches::{HOME, home, stats_cache};
use ctm_backend::{FactsReader, FactsWriter, MemoryStore};
use ctm_facts::{CatalogNames, PresenceChange, UsageFilter};
use ctm_storage::Store;
use ctm_types::{
    Batch, DaySpan, EpochMs, Projects, SessionDetails, Slot, StoredStatsCache, TokenCounts, UtcDay,
};
use tempfile::TempDir;

const THRESHOLDS: [u64; 1] = [1_000];

/// A row of usage, with the names behind its numbers.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    names: [String; 5],
    slot: Slot,
    context_band: u8,
    tokens: u64,
    responses: u64,
}

/// Everything that is asked of a back end.
#[derive(Debug, PartialEq)]
struct Answers {
    rows: Vec<Row>,
    of_model: Vec<Row>,
    span: Option<(EpochMs, EpochMs)>,
    models: Vec<String>,
    sessions: Vec<SessionDetails>,
    uncounted_lines: u64,
    stats_cache_span: Option<DaySpan>,
    stats_caches: Vec<StoredStatsCache>,
}

async fn rows(facts: &FactsReader, filter: &UsageFilter) -> Vec<Row> {
    let catalog = facts.catalog(CatalogNames::SessionsAndProjects).await.unwrap();
    let (folders, _) = facts.folders().await.unwrap();
    let usage = facts.usage(filter).await.unwrap();
    let row = |row: &ctm_types::UsageRow| Row {
        names: [
            catalog.sessions[&row.session].clone(),
            catalog.projects[&row.project].clone(),
            folders[&row.folder].clone(),
            catalog.homes[&row.home].clone(),
            catalog.billings[&row.billing].model.clone(),
        ],
        slot: row.slot,
        context_band: row.context_band,
        tokens: TokenCounts::total(&row.tokens),
        responses: row.responses,
    };
    let mut rows: Vec<Row> = usage.iter().map(row).collect();
    rows.sort();
    rows
}

async fn answers(facts: &FactsReader) -> Answers {
    let models = vec!["claude-haiku-4-5".to_owned()];
    let billings = facts.billings().await.unwrap();
    let mut names: Vec<String> = billings.into_values().map(|billing| billing.model).collect();
    names.sort();
    let mut sessions = facts.session_details(&["app", "fork", "unknown"]).await.unwrap();
    sessions.sort_by(|one, other| one.session.cmp(&other.session));
    Answers {
        rows: rows(facts, &UsageFilter::default()).await,
        of_model: rows(facts, &UsageFilter { models, ..UsageFilter::default() }).await,
        span: facts.time_span().await.unwrap(),
        models: names,
        sessions,
        uncounted_lines: facts.uncounted_lines().await.unwrap(),
        stats_cache_span: facts.stats_cache_span().await.unwrap(),
        stats_caches: facts.stored_stats_caches().await.unwrap(),
    }
}

async fn back_ends(folder: &TempDir) -> [FactsReader; 2] {
    let store = Store::open(&folder.path().join("ctm.db"), &THRESHOLDS).await.unwrap();
    let memory = MemoryStore::new(&THRESHOLDS, Projects::default()).with_session_details();
    [store.into(), memory.into()]
}

/// Returns a writer of the same facts.
fn writer_of(facts: &FactsReader) -> FactsWriter {
    match facts {
        FactsReader::Sqlite(store) => store.clone().into(),
        FactsReader::Memory(memory) => memory.clone().into(),
        FactsReader::Team(_) => panic!("machines push to a team, and no transcripts are read"),
    }
}

/// Hands batches over as reading threads do: each to the part of one of two threads.
async fn read(writer: &mut FactsWriter, batches: Vec<Batch>) {
    let mut intakes = [writer.intake(), writer.intake()];
    let mut left = Vec::new();
    for (at, batch) in batches.into_iter().enumerate() {
        left.extend(intakes[at % 2].take(batch));
    }
    for intake in intakes {
        writer.collect(intake);
    }
    if !left.is_empty() {
        writer.apply(&left).await.unwrap();
    }
}

#[tokio::test]
async fn every_back_end_answers_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for facts in back_ends(&folder).await {
        let mut writer = writer_of(&facts);
        read(&mut writer, home()).await;
        writer.store_stats_cache(HOME, 7, &stats_cache()).await.unwrap();
        writer.settle().await.unwrap();
        all.push(answers(&facts).await);
        writer.close().await.unwrap();
    }
    let [sqlite, memory] = &all[..] else { panic!("two back ends") };
    assert_eq!(sqlite, memory);
    assert_eq!((sqlite.rows.len(), sqlite.of_model.len(), sqlite.uncounted_lines), (4, 1, 3));
    assert_eq!(sqlite.rows.iter().map(|row| row.responses).sum::<u64>(), 4);
    assert_eq!(sqlite.models, ["claude-haiku-4-5", "claude-opus-5"]);
    let day = |date| UtcDay::of_date(date).unwrap();
    let span = DaySpan { first: day("2026-01-31"), last: day("2026-03-01") };
    assert_eq!(sqlite.stats_cache_span, Some(span));
    let details = |at: usize| {
        let of = &sqlite.sessions[at];
        (of.session.as_str(), of.prompts, of.tool_calls, of.tool_errors)
    };
    assert_eq!((details(0), details(1)), (("app", 1, 2, 1), ("fork", 1, 1, 0)));
}

#[tokio::test]
async fn batches_give_the_same_on_whichever_thread_they_are_taken() {
    let folder = tempfile::tempdir().unwrap();
    for facts in back_ends(&folder).await {
        let mut writer = writer_of(&facts);
        writer.apply(&home()).await.unwrap();
        writer.settle().await.unwrap();
        let at_once = answers(&facts).await;
        // Nothing counts twice: memory begins anew, and a database knows its responses.
        read(&mut writer, home().into_iter().rev().collect()).await;
        writer.settle().await.unwrap();
        assert_eq!(answers(&facts).await, at_once);
    }
}

#[tokio::test]
async fn a_database_resumes_and_memory_reads_everything_again() {
    let folder = tempfile::tempdir().unwrap();
    for (facts, expected) in back_ends(&folder).await.into_iter().zip([3, 0]) {
        let mut writer = writer_of(&facts);
        // A scan that was not completed.
        writer.apply(&home()[..1]).await.unwrap();
        read(&mut writer, home()[1..].to_vec()).await;
        writer.store_stats_cache(HOME, 7, &stats_cache()).await.unwrap();
        let mut known = Vec::new();
        let stats_caches = writer.resume(|file| known.push(file.path)).await.unwrap();
        assert_eq!((known.len(), stats_caches[HOME]), (expected, 7));
        let checkpoints = writer.intake().checkpoints(HOME, &["projects/-p/app.jsonl"]).await.unwrap();
        assert_eq!(checkpoints.len(), expected.min(1));

        let gone: Vec<_> = known.into_iter().map(|path| PresenceChange { path, gone: true }).collect();
        writer.mark(&gone).await.unwrap();
        read(&mut writer, home()).await;
        writer.settle().await.unwrap();
        assert_eq!(facts.uncounted_lines().await.unwrap(), 3);
    }
}

#[tokio::test]
async fn only_a_database_is_one() {
    let folder = tempfile::tempdir().unwrap();
    for (facts, expected) in back_ends(&folder).await.into_iter().zip([true, false]) {
        let mut writer = writer_of(&facts);
        assert_eq!((facts.store().is_some(), writer.database().is_some()), (expected, expected));
        assert!(!writer.is_moved());
        assert_eq!(writer.forgotten_version().await.unwrap(), 0);
        writer.forget_checkpoints().await.unwrap();
    }
}
