//! Records on a database in a temporary folder.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod alerts;
mod budgets;
mod links;

use ctm_personal::{FieldFault, Kind, Personal, PersonalError, Record};
use ctm_storage::Store;
use ctm_types::EpochMs;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Label {
    text: String,
}

impl Kind for Label {
    const NAME: &'static str = "label";
    const MOST: usize = 3;

    fn faults(&self) -> Vec<FieldFault> {
        let fault = || FieldFault { field: "text", message: "the text must not be empty".to_owned() };
        if self.text.is_empty() { vec![fault()] } else { Vec::new() }
    }
}

/// Another kind with the same form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Number(u32);

impl Kind for Number {
    const NAME: &'static str = "number";
    const MOST: usize = 1;

    fn faults(&self) -> Vec<FieldFault> {
        Vec::new()
    }
}

fn label(text: &str) -> Label {
    Label { text: text.to_owned() }
}

async fn personal() -> (TempDir, Store, Personal) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("ctm.db"), &[]).await.unwrap();
    (dir, store.clone(), Personal::new(store))
}

async fn texts(personal: &Personal) -> Vec<String> {
    personal.all::<Label>().await.unwrap().into_iter().map(|record| record.content.text).collect()
}

#[tokio::test]
async fn records_are_added_changed_and_removed() {
    let (_dir, _, personal) = personal().await;
    let later = personal.add(&label("second"), EpochMs(20)).await.unwrap();
    personal.add(&label("first"), EpochMs(10)).await.unwrap();
    assert_eq!(texts(&personal).await, ["first", "second"]);
    let changed =
        personal.change(&later.id, |label: &mut Label| label.text.push('!'), EpochMs(30)).await.unwrap();
    assert_eq!(changed, Record { content: label("second!"), changed_at_ms: EpochMs(30), ..later.clone() });
    assert_eq!(personal.remove::<Label>(&later.id).await.unwrap(), changed);
    assert_eq!(texts(&personal).await, ["first"]);
    assert!(matches!(personal.remove::<Label>(&later.id).await, Err(PersonalError::Unknown { .. })));
}

#[tokio::test]
async fn records_of_the_same_millisecond_keep_their_order() {
    let (_dir, _, personal) = personal().await;
    for text in ["a", "b", "c"] {
        personal.add(&label(text), EpochMs(5)).await.unwrap();
    }
    assert_eq!(texts(&personal).await, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_version_increases_with_changes_only() {
    let (_dir, _, personal) = personal().await;
    let version = async || personal.version().await.unwrap();
    assert_eq!(version().await, 0);
    personal.set("one", &label("a"), EpochMs(1)).await.unwrap();
    assert_eq!(version().await, 1);
    personal.set("one", &label("a"), EpochMs(1)).await.unwrap();
    assert!(personal.add(&label(""), EpochMs(2)).await.is_err());
    assert!(personal.remove::<Label>("two").await.is_err());
    assert_eq!(version().await, 1);
}

#[tokio::test]
async fn invalid_and_excess_records_are_refused_and_change_nothing() {
    let (_dir, _, personal) = personal().await;
    personal.set("a", &label("a"), EpochMs(1)).await.unwrap();
    let emptied = personal.change("a", |label: &mut Label| label.text.clear(), EpochMs(2)).await;
    let Err(PersonalError::Invalid { faults, .. }) = emptied else { panic!("{emptied:?}") };
    assert_eq!(faults, label("").faults());
    for text in ["b", "c"] {
        personal.add(&label(text), EpochMs(3)).await.unwrap();
    }
    assert!(matches!(
        personal.add(&label("d"), EpochMs(4)).await,
        Err(PersonalError::TooMany { most: 3, .. })
    ));
    assert!(matches!(personal.set("d", &label("d"), EpochMs(4)).await, Err(PersonalError::TooMany { .. })));
    personal.set("a", &label("e"), EpochMs(5)).await.unwrap();
    let mut left = texts(&personal).await;
    left.sort();
    assert_eq!(left, ["b", "c", "e"]);
}

#[tokio::test]
async fn kinds_are_separate_and_unparsable_records_are_kept() {
    let (_dir, store, personal) = personal().await;
    personal.set("a", &label("a"), EpochMs(1)).await.unwrap();
    personal.set("a", &Number(7), EpochMs(1)).await.unwrap();
    assert_eq!((texts(&personal).await.len(), personal.all::<Number>().await.unwrap().len()), (1, 1));
    let edit = |records: &mut ctm_facts::PersonalRecords| {
        records.get_mut("a").unwrap().content = "{\"text\": 7}".to_owned();
        Ok::<(), ()>(())
    };
    store.edit_personal_records(Label::NAME, edit).await.unwrap().unwrap();
    assert_eq!(texts(&personal).await, [""; 0]);
    assert_eq!(store.personal_records(Label::NAME).await.unwrap()["a"].content, "{\"text\": 7}");
}
