use crate::support::{Database, batch, copy};
use ctm_facts::TimeOrder::{NewestFirst, OldestFirst};
use ctm_facts::{SnapshotPage, Snapshots};
use ctm_types::{EpochMs, PicoUsd, TokenCounts, UsageSnapshot};

fn snapshot(taken_at_ms: i64, cost: Option<PicoUsd>) -> UsageSnapshot {
    UsageSnapshot {
        taken_at_ms: EpochMs(taken_at_ms),
        data_version: 7,
        price_version: "2026-11-20".to_owned(),
        tokens: TokenCounts {
            input: 1,
            output: 2,
            cache_read: 3,
            cache_write_5m: 4,
            cache_write_1h: u64::MAX,
        },
        web_searches: 5,
        responses: 6,
        sessions: 7,
        unfinalised: 8,
        unpriced_tokens: 9,
        cost,
        cache_saving: PicoUsd(-1),
    }
}

#[tokio::test]
async fn snapshots_stay_as_they_were_taken() {
    let mut database = Database::new().await;
    let taken = [snapshot(10, Some(PicoUsd(1_234_567_890_123_456))), snapshot(20, None), snapshot(30, None)];
    for snapshot in &taken {
        database.writer.add_snapshot(snapshot, EpochMs(0)).await.unwrap();
    }
    let all = EpochMs::MIN..EpochMs::MAX;
    let ids = async |after, limit, order| {
        let asked = SnapshotPage { after, limit, order };
        let Snapshots { page, total } = database.store.snapshots(&all, &asked).await.unwrap();
        assert_eq!(total, 3);
        page.into_iter().map(|stored| (stored.id, stored.snapshot.taken_at_ms.0)).collect::<Vec<_>>()
    };
    assert_eq!(ids(None, 2, OldestFirst).await, [(1, 10), (2, 20)]);
    assert_eq!(ids(Some(2), 2, OldestFirst).await, [(3, 30)]);
    assert_eq!(ids(None, 2, NewestFirst).await, [(3, 30), (2, 20)]);
    assert_eq!(ids(Some(2), 2, NewestFirst).await, [(1, 10)]);
    let first = |limit| SnapshotPage { limit, ..SnapshotPage::default() };
    let read = database.store.snapshots(&(EpochMs(0)..EpochMs(20)), &first(9)).await.unwrap().page;
    assert_eq!((read.len(), &read[0].snapshot), (1, &taken[0]));
    assert_eq!(database.store.snapshots(&(EpochMs(10)..EpochMs(30)), &first(1)).await.unwrap().total, 2);
    assert_eq!(database.store.last_snapshot().await.unwrap().as_ref(), taken.last());
}

#[tokio::test]
async fn old_snapshots_are_deleted_and_facts_never() {
    let mut database = Database::new().await;
    assert_eq!(database.store.last_snapshot().await.unwrap(), None);
    database.writer.apply(&[batch("s", 30, vec![copy("a", "s", 0, 2)])]).await.unwrap();
    database.writer.add_snapshot(&snapshot(10, None), EpochMs(0)).await.unwrap();
    database.writer.add_snapshot(&snapshot(20, None), EpochMs(11)).await.unwrap();
    let left = SnapshotPage { limit: 9, ..SnapshotPage::default() };
    let left = database.store.snapshots(&(EpochMs(0)..EpochMs(99)), &left).await.unwrap().page;
    // Numbers are not used again, so that a cursor never means another one.
    assert_eq!(left.iter().map(|stored| stored.id).collect::<Vec<_>>(), [2]);
    assert_eq!(database.totals().await.0, 1);
}
