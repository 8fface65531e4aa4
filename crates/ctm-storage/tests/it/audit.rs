use crate::support::{Database, ROOT, batch, copy, path_of};
use ctm_storage::IssueAt;
use ctm_types::{IssueKind, LineIssue, ResponseKey, SkipReason};

#[tokio::test]
async fn every_line_is_used_a_duplicate_or_skipped() {
    let mut database = Database::new().await;
    let first = batch("s", 30, vec![copy("a", "s", 0, 2), copy("a", "s", 10, 5), copy("b", "s", 20, 1)]);
    database.writer.apply(&[first, batch("t", 30, vec![copy("a", "t", 0, 5)])]).await.unwrap();
    database.writer.mark_gone(&[(path_of("t"), true)]).await.unwrap();
    let [totals] = database.store.line_totals().await.unwrap().try_into().unwrap();
    assert_eq!((totals.root.as_str(), totals.files, totals.files_gone), (ROOT, 2, 1));
    assert_eq!((totals.read, totals.copies, totals.superseded), (6, 4, 2));
    assert_eq!(totals.read, totals.copies + totals.skipped.values().sum::<u64>());
    assert_eq!(totals.copies - totals.superseded, database.totals().await.0);
}

#[tokio::test]
async fn lines_to_look_at_are_counted_and_the_first_ones_listed() {
    let mut database = Database::new().await;
    let mut batch = batch("s", 30, vec![]);
    let issue = |offset_bytes, kind| LineIssue { offset_bytes, kind };
    batch.issues = vec![
        issue(9, IssueKind::BadCount),
        issue(3, IssueKind::Skipped(SkipReason::Malformed)),
        issue(5, IssueKind::BadCount),
    ];
    database.writer.apply(&[batch]).await.unwrap();
    let (counts, lines) = database.store.line_issues(2).await.unwrap();
    let counts: Vec<_> = counts.iter().map(|(kind, lines)| (kind.as_str(), *lines)).collect();
    assert_eq!(counts, [("bad_count", 2), ("malformed", 1)]);
    let at =
        |offset_bytes, kind: &str| IssueAt { path: path_of("s").full(), offset_bytes, kind: kind.to_owned() };
    assert_eq!(lines, [at(3, "malformed"), at(5, "bad_count")]);
}

#[tokio::test]
async fn embedded_responses_are_told_from_those_that_are_logged_too() {
    let mut database = Database::new().await;
    let mut batch = batch("s", 30, vec![copy("a", "s", 0, 2)]);
    batch.embedded_ids = vec![ResponseKey::from_stored("a").to_string(), "lost".to_owned()];
    database.writer.apply(&[batch]).await.unwrap();
    assert_eq!(database.store.embedded_responses().await.unwrap(), (2, 1));
}

#[tokio::test]
async fn files_that_are_about_to_be_deleted_are_counted() {
    let mut database = Database::new().await;
    let mut unfinished = batch("t", 30, vec![]);
    unfinished.next.size_bytes = 40;
    database.writer.apply(&[batch("s", 30, vec![]), unfinished, batch("u", 30, vec![])]).await.unwrap();
    database.writer.mark_gone(&[(path_of("u"), true)]).await.unwrap();
    assert_eq!(database.store.files_older_than(ROOT, 6).await.unwrap(), (2, 1));
    assert_eq!(database.store.files_older_than(ROOT, 5).await.unwrap(), (0, 0));
    assert_eq!(database.store.files_older_than("/other", 6).await.unwrap(), (0, 0));
}
