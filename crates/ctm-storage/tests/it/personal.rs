//! Personal records: kept by a backup, untouched by forgetting.

use crate::support::{Database, T0};
use ctm_facts::{PersonalRecord, PersonalRecords, Selection};
use ctm_storage::{Store, copy};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

fn record(content: &str) -> PersonalRecord {
    PersonalRecord { created_at_ms: T0, changed_at_ms: T0, content: content.to_owned() }
}

async fn put(store: &Store, content: &str) {
    let edit = |records: &mut PersonalRecords| {
        records.insert("id".to_owned(), record(content));
        Ok::<(), ()>(())
    };
    store.edit_personal_records("note", edit).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_failed_edit_stores_nothing() {
    let database = Database::new().await;
    put(&database.store, "1").await;
    let fail = |records: &mut PersonalRecords| {
        records.clear();
        Err::<(), &str>("no")
    };
    assert_eq!(database.store.edit_personal_records("note", fail).await.unwrap(), Err("no"));
    assert_eq!(database.store.personal_records("note").await.unwrap()["id"], record("1"));
    assert_eq!(database.store.personal_version().await.unwrap(), 1);
}

#[tokio::test]
async fn records_are_part_of_a_copy_and_outlive_forgetting() {
    let database = Database::new().await;
    put(&database.store, "1").await;
    let everything = Selection { homes: vec![crate::support::HOME.to_owned()], ..Selection::default() };
    database.store.forget(&everything, T0).await.unwrap();
    let path = database.dir().join("copy.db");
    copy(database.store.path(), &path).await.unwrap();
    for store in [&database.store, &Store::open(&path, &[]).await.unwrap()] {
        assert_eq!(store.personal_records("note").await.unwrap()["id"], record("1"));
        assert_eq!(store.personal_records("view").await.unwrap(), PersonalRecords::new());
    }
}

#[tokio::test]
async fn targets_become_budgets_of_all_usage() {
    let database = Database::new().await;
    let path = database.store.path().to_owned();
    let edit = |records: &mut PersonalRecords| {
        let targets = r#"{"block":null,"day":"5","week":7,"month":"200.5","year":"1"}"#;
        records.insert("targets".to_owned(), record(targets));
        records.insert("damaged".to_owned(), record("{\"month\":"));
        Ok::<(), ()>(())
    };
    database.store.edit_personal_records("target", edit).await.unwrap().unwrap();
    let options = SqliteConnectOptions::new().filename(&path);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let before = "DELETE FROM _sqlx_migrations WHERE version = 20261129160000";
    sqlx::query(before).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();

    let store = Store::open(&path, &[]).await.unwrap();
    assert_eq!(store.personal_records("target").await.unwrap(), PersonalRecords::new());
    let budgets = store.personal_records("budget").await.unwrap();
    let expected = [
        ("day", r#"{"name":"per day","usd":"5","per":"day","by":""}"#),
        ("month", r#"{"name":"per month","usd":"200.5","per":"month","by":""}"#),
    ];
    let expected = expected.map(|(id, content)| (id.to_owned(), record(content)));
    assert_eq!(budgets, expected.into_iter().collect::<PersonalRecords>());
}
