//! Sealed months are kept, whatever happens to the facts.

use crate::support::{Database, T0, batch, copy};
use ctm_facts::{Selection, StoredCorrection, StoredSeal};

pub(crate) fn seal(month: &str) -> StoredSeal {
    StoredSeal {
        month: month.to_owned(),
        statement: "{\"version\":1}".to_owned(),
        digest: "00".to_owned(),
        signature: Some("{}".to_owned()),
    }
}

pub(crate) fn correction(day: &str) -> StoredCorrection {
    StoredCorrection {
        month: "2026-03".to_owned(),
        day: day.to_owned(),
        noticed_at_ms: T0,
        former: None,
        present: Some("{}".to_owned()),
    }
}

#[tokio::test]
async fn of_two_processes_that_seal_at_once_one_does() {
    let database = Database::new().await;
    let store = &database.store;
    assert!(store.add_seal(&seal("2026-03"), 0).await.unwrap());
    assert!(!store.add_seal(&seal("2026-04"), 0).await.unwrap());
    assert!(store.add_seal(&seal("2026-04"), 1).await.unwrap());
    // A month that is sealed stays as it is.
    let replaced = StoredSeal { digest: "11".to_owned(), ..seal("2026-03") };
    assert!(store.add_seal(&replaced, 2).await.is_err());
    assert_eq!(store.seals().await.unwrap(), [seal("2026-03"), seal("2026-04")]);
    store.add_seal_corrections(&[correction("2026-03-09"), correction("2026-03-10")], 0).await.unwrap();
    // Noticed by another process at the same time.
    store.add_seal_corrections(&[correction("2026-03-11")], 0).await.unwrap();
    let days: Vec<_> = store.seal_corrections().await.unwrap().into_iter().map(|of| of.day).collect();
    assert_eq!(days, ["2026-03-09", "2026-03-10"]);
}

#[tokio::test]
async fn forgetting_and_reading_again_keep_seals() {
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 30, vec![copy("a", "s", 0, 2)])]).await.unwrap();
    assert!(database.store.add_seal(&seal("2026-03"), 0).await.unwrap());
    database.store.add_seal_corrections(&[correction("2026-03-09")], 0).await.unwrap();
    let everything = Selection { sessions: vec!["s".to_owned()], ..Selection::default() };
    database.store.forget(&everything, T0).await.unwrap();
    database.writer.forget_checkpoints().await.unwrap();
    assert_eq!(database.store.seals().await.unwrap(), [seal("2026-03")]);
    assert_eq!(database.store.seal_corrections().await.unwrap(), [correction("2026-03-09")]);
}
