use crate::support::Database;
use ctm_storage::StorageError;
use ctm_types::{EpochMs, LimitSample, LimitWindow};
use sqlx::{Connection, SqliteConnection};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_millis(50);

fn sample(session: &str, used_percentage: f64, at_ms: i64) -> LimitSample {
    LimitSample {
        home: "/home/u/.claude".to_owned(),
        session: session.to_owned(),
        window: LimitWindow::FiveHour,
        used_percentage,
        resets_at_ms: Some(EpochMs(9_000)),
        first_at_ms: EpochMs(at_ms),
        last_at_ms: EpochMs(at_ms),
    }
}

#[tokio::test]
async fn a_repeated_sample_extends_its_row() {
    let database = Database::new().await;
    assert_eq!(database.store.limits_version().await.unwrap(), 0);
    let samples = [
        sample("a", 12.5, 10),
        sample("a", 12.5, 20),
        // Another session still shows its previous value.
        sample("b", 11.0, 25),
        sample("a", 12.5, 30),
        sample("a", 40.0, 40),
        LimitSample { window: LimitWindow::SevenDay, ..sample("a", 40.0, 40) },
        LimitSample { resets_at_ms: None, ..sample("a", 40.0, 50) },
        LimitSample { resets_at_ms: None, ..sample("a", 40.0, 60) },
    ];
    for sample in samples {
        database.store.add_samples(&[sample], &[], PATIENCE).await.unwrap();
    }
    let stored = database.store.limit_samples(&(EpochMs(0)..EpochMs(100)), &[]).await.unwrap();
    let figures: Vec<_> = stored
        .iter()
        .map(|sample| (&*sample.session, sample.window.hours(), sample.first_at_ms.0, sample.last_at_ms.0))
        .collect();
    assert_eq!(
        figures,
        [("a", 5, 10, 30), ("b", 5, 25, 25), ("a", 5, 40, 40), ("a", 168, 40, 40), ("a", 5, 50, 60)]
    );
    assert_eq!(database.store.limits_version().await.unwrap(), 5);

    let some = database.store.limit_samples(&(EpochMs(26)..EpochMs(40)), &[]).await.unwrap();
    assert_eq!(some.len(), 1, "the one that was still reported then");
    let of_others =
        database.store.limit_samples(&(EpochMs(0)..EpochMs(100)), &["/other".to_owned()]).await.unwrap();
    assert!(of_others.is_empty());
}

#[tokio::test]
async fn a_clock_that_was_ahead_does_not_duplicate_samples() {
    let database = Database::new().await;
    let ahead = 10 * 365 * 86_400_000_i64;
    for at_ms in [10, 20, ahead, ahead + 10, 30, 40, 50] {
        database.store.add_samples(&[sample("a", 12.5, at_ms)], &[], PATIENCE).await.unwrap();
    }
    let stored = database.store.limit_samples(&(EpochMs(0)..EpochMs::MAX), &[]).await.unwrap();
    let times: Vec<_> = stored.iter().map(|sample| (sample.first_at_ms.0, sample.last_at_ms.0)).collect();
    assert_eq!(times, [(10, ahead + 10)]);
    // A figure that only the clock ahead dated is not the last one of those before it.
    database.store.add_samples(&[sample("b", 1.0, ahead)], &[], PATIENCE).await.unwrap();
    for at_ms in [10, 20, 30] {
        database.store.add_samples(&[sample("b", 2.0, at_ms)], &[], PATIENCE).await.unwrap();
    }
    assert_eq!(database.number("SELECT count(*) FROM limit_sample WHERE session = 'b'").await, 2);
}

#[tokio::test]
async fn a_wait_has_a_limit_and_nothing_is_stored_partially() {
    let database = Database::new().await;
    let url = format!("sqlite://{}", database.store.path().display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    let lock = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let samples = [sample("a", 1.0, 1), sample("a", 2.0, 2)];
    let error = database.store.add_samples(&samples, &[], PATIENCE).await.unwrap_err();
    assert!(matches!(error, StorageError::Locked { .. }), "{error}");
    lock.rollback().await.unwrap();
    assert!(database.store.limit_samples(&(EpochMs(0)..EpochMs(9)), &[]).await.unwrap().is_empty());
    database.store.add_samples(&samples, &[], PATIENCE).await.unwrap();
    assert_eq!(database.store.limit_samples(&(EpochMs(0)..EpochMs(9)), &[]).await.unwrap(), samples);
}

#[tokio::test]
async fn figures_beyond_all_sense_that_were_stored_once_are_clamped() {
    let database = Database::new().await;
    let absurd = [("a", 1e308), ("b", f64::INFINITY), ("c", -1e308), ("d", 104.5)];
    let samples = absurd.map(|(session, used)| sample(session, used, 1));
    database.store.add_samples(&samples, &[], PATIENCE).await.unwrap();
    let stored = database.store.limit_samples(&(EpochMs(0)..EpochMs(9)), &[]).await.unwrap();
    let figures: Vec<_> = stored.iter().map(|sample| sample.used_percentage).collect();
    assert_eq!(figures, [1_000.0, 1_000.0, 0.0, 104.5]);
}
