use crate::support::Database;
use ctm_types::{CacheSample, EpochMs, PromptCache};
use std::ops::Range;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_millis(50);
const ALWAYS: Range<EpochMs> = EpochMs(0)..EpochMs::MAX;
const DAY_MS: i64 = 86_400_000;

/// A sample of a session with so many requests and misses.
fn sample(session: &str, requests: u64, misses: u64, at_ms: i64) -> CacheSample {
    let cache = PromptCache {
        expires_at_ms: Some(EpochMs(at_ms + 300_000)),
        requests: Some(requests),
        misses: Some(misses),
        last_miss_at_ms: (misses > 0).then_some(EpochMs(misses.cast_signed())),
        last_miss: if misses > 0 { vec!["ttl_expired_5m".to_owned()] } else { Vec::new() },
        miss_causes: (misses > 0).then(|| ("ttl_expired_5m".to_owned(), misses)).into_iter().collect(),
        ..PromptCache::default()
    };
    CacheSample {
        home: "/home/u/.claude".to_owned(),
        session: session.to_owned(),
        title: None,
        model: Some("claude-opus-4-5".to_owned()),
        cache,
        first_at_ms: EpochMs(at_ms),
        last_at_ms: EpochMs(at_ms),
    }
}

async fn add(database: &Database, sample: &CacheSample) {
    database.store.add_samples(&[], std::slice::from_ref(sample), PATIENCE).await.unwrap();
}

/// Returns the requests, misses and times of the stored samples.
async fn stored(database: &Database) -> Vec<(u64, u64, i64, i64)> {
    let samples = database.store.cache_samples(&ALWAYS, &[]).await.unwrap();
    let figures = samples
        .iter()
        .map(|of| (of.cache.requests.unwrap(), of.cache.misses.unwrap(), of.first_at_ms.0, of.last_at_ms.0));
    figures.collect()
}

#[tokio::test]
async fn the_last_state_between_two_misses_is_kept() {
    let database = Database::new().await;
    let first = sample("a", 1, 0, 10);
    add(&database, &first).await;
    let version = database.store.limits_version().await.unwrap();
    add(&database, &CacheSample { first_at_ms: EpochMs(20), last_at_ms: EpochMs(20), ..first.clone() }).await;
    assert_eq!(database.store.limits_version().await.unwrap(), version, "nothing changed");
    assert_eq!(stored(&database).await, [(1, 0, 10, 20)]);
    let second = sample("a", 2, 0, 30);
    add(&database, &second).await;
    assert_ne!(database.store.limits_version().await.unwrap(), version);
    assert_eq!(stored(&database).await, [(2, 0, 10, 30)]);
    for sample in [sample("a", 3, 1, 40), sample("a", 4, 1, 50), sample("a", 5, 2, 60), sample("b", 1, 0, 70)]
    {
        add(&database, &sample).await;
    }
    assert_eq!(stored(&database).await, [(2, 0, 10, 30), (4, 1, 40, 50), (5, 2, 60, 60), (1, 0, 70, 70)]);
    let samples = database.store.cache_samples(&ALWAYS, &[]).await.unwrap();
    assert_eq!(samples[2], sample("a", 5, 2, 60));
    assert!(database.store.cache_samples(&ALWAYS, &["/other".to_owned()]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_sample_that_was_spooled_does_not_replace_a_later_one() {
    let database = Database::new().await;
    add(&database, &sample("a", 5, 1, 50)).await;
    add(&database, &sample("a", 4, 0, 40)).await;
    assert_eq!(stored(&database).await, [(5, 1, 50, 50)]);
    // A clock that was ahead by years hides nothing.
    add(&database, &sample("a", 6, 1, 50 * DAY_MS)).await;
    add(&database, &sample("a", 7, 1, 60)).await;
    assert_eq!(stored(&database).await, [(7, 1, 50, 60)]);
}

#[tokio::test]
async fn the_rows_of_a_session_are_bounded() {
    let database = Database::new().await;
    let samples: Vec<_> =
        (1..=600).map(|number: u64| sample("a", number, number, number.cast_signed())).collect();
    database.store.add_samples(&[], &samples, Duration::from_secs(5)).await.unwrap();
    let stored = stored(&database).await;
    assert_eq!((stored.len(), stored[0].0, stored[499].0), (500, 101, 600));
}
