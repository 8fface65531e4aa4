use crate::support::{
    Database, HOME, batch, clean_up, conversation, copy, gone, in_home, next_batch, path_of,
};
use ctm_facts::{CleanUp, EmbeddedCopies, IssueAt, LineIssues, OldFiles};
use ctm_types::{Batch, IssueKind, LineCounts, LineIssue, SkipReason};

#[tokio::test]
async fn every_line_is_used_a_duplicate_or_skipped() {
    let mut database = Database::new().await;
    let first = batch("s", 30, vec![copy("a", "s", 0, 2), copy("a", "s", 10, 5), copy("b", "s", 20, 1)]);
    database.writer.apply(&[first, batch("t", 30, vec![copy("a", "t", 0, 5)])]).await.unwrap();
    database.writer.mark(&[gone(path_of("t"))]).await.unwrap();
    let [totals] = database.store.line_totals().await.unwrap().try_into().unwrap();
    assert_eq!((totals.home.as_str(), totals.files, totals.files_gone), (HOME, 2, 1));
    assert_eq!((totals.read, totals.copies, totals.superseded), (6, 4, 2));
    assert_eq!(totals.read, totals.copies + totals.skipped.values().sum::<u64>());
    assert_eq!(totals.copies - totals.superseded, database.totals().await.0);
}

#[tokio::test]
async fn lines_that_a_rewritten_transcript_no_longer_has_stay_accounted_for() {
    let check = async |database: &Database, expected: (u64, u64, u64)| {
        let [totals] = &database.store.line_totals().await.unwrap()[..] else { panic!("one home") };
        assert_eq!((totals.read, totals.copies, totals.superseded), expected);
        assert_eq!(totals.read, totals.copies + totals.skipped.values().sum::<u64>());
        assert_eq!(totals.copies - totals.superseded, database.totals().await.0);
    };
    let mut database = Database::new().await;
    let first = batch("s", 30, vec![copy("a", "s", 0, 5), copy("b", "s", 10, 1), copy("b", "s", 20, 3)]);
    database.writer.apply(&[first]).await.unwrap();
    check(&database, (4, 3, 1)).await;
    // The first response is gone from the transcript, and the other one is at other places in it.
    let shorter = batch("s", 20, vec![copy("b", "s", 0, 1), copy("b", "s", 10, 3)]);
    database.writer.apply(&[shorter]).await.unwrap();
    check(&database, (5, 4, 2)).await;
    let longer = batch("s", 40, vec![copy("c", "s", 0, 2), copy("b", "s", 10, 1), copy("b", "s", 30, 3)]);
    database.writer.apply(&[longer]).await.unwrap();
    check(&database, (6, 5, 2)).await;
    database.writer.apply(&[batch("s", 1, vec![])]).await.unwrap();
    check(&database, (4, 3, 0)).await;
}

#[tokio::test]
async fn lines_are_counted_by_home() {
    let mut database = Database::new().await;
    let mut other = in_home("/other", batch("s", 20, vec![copy("a", "s", 0, 1)]));
    other.lines.add_skipped(SkipReason::Synthetic);
    database.writer.apply(&[batch("s", 30, vec![copy("a", "s", 0, 9)]), other]).await.unwrap();
    let totals = database.store.line_totals().await.unwrap();
    let of = |home: &str| totals.iter().find(|totals| totals.home == home).unwrap();
    assert_eq!(totals.len(), 2);
    assert_eq!((of(HOME).read, of(HOME).superseded, of(HOME).skipped.len()), (2, 0, 1));
    let other = of("/other");
    assert_eq!((other.read, other.superseded, other.skipped["synthetic"]), (3, 1, 1));
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
    count_issues(&mut batch);
    database.writer.apply(&[batch]).await.unwrap();
    let LineIssues { counts, first: lines } = database.store.line_issues(2).await.unwrap();
    let counts: Vec<_> = counts.iter().map(|(kind, lines)| (kind.as_str(), *lines)).collect();
    assert_eq!(counts, [("bad_count", 2), ("malformed", 1)]);
    let at =
        |offset_bytes, kind: &str| IssueAt { path: path_of("s").full(), offset_bytes, kind: kind.to_owned() };
    assert_eq!(lines, [at(3, "malformed"), at(5, "bad_count")]);
}

/// Counts the issues of a batch, as the reader does.
fn count_issues(batch: &mut Batch) {
    for issue in &batch.issues {
        match issue.kind {
            IssueKind::Skipped(reason) => batch.lines.add_skipped(reason),
            flaw => batch.lines.add_flaw(flaw),
        }
    }
}

#[tokio::test]
async fn all_issues_are_counted_and_the_first_ones_of_each_transcript_are_kept() {
    let mut database = Database::new().await;
    let stretch = |file: &str, from: u64, to: u64, kind| {
        let mut batch = if from == 0 { batch(file, to, vec![]) } else { next_batch(file, from, to, vec![]) };
        let issues = (from..to).map(|offset_bytes| LineIssue { offset_bytes, kind });
        batch.issues = issues.take(LineIssue::KEPT).collect();
        for _ in from..to {
            match kind {
                IssueKind::Skipped(reason) => batch.lines.add_skipped(reason),
                flaw => batch.lines.add_flaw(flaw),
            }
        }
        batch
    };
    let check = async |database: &Database, expected: &[(&str, u64)], kept: i64| {
        let LineIssues { counts, first: lines } = database.store.line_issues(1_000).await.unwrap();
        let counts: Vec<_> = counts.iter().map(|(kind, lines)| (kind.as_str(), *lines)).collect();
        assert_eq!(counts, expected);
        assert_eq!(lines.len() as i64, kept);
        assert_eq!(database.number("SELECT count(*) FROM line_issue").await, kept);
        let [totals] = database.store.line_totals().await.unwrap().try_into().unwrap();
        assert_eq!(totals.read, totals.copies + totals.skipped.values().sum::<u64>());
    };
    let malformed = IssueKind::Skipped(SkipReason::Malformed);
    let first = [stretch("s", 0, 60, malformed), stretch("s", 60, 5_000, IssueKind::BadCount)];
    database.writer.apply(&first).await.unwrap();
    check(&database, &[("bad_count", 4_940), ("malformed", 60)], 100).await;
    let next = [stretch("s", 5_000, 6_000, malformed), stretch("t", 0, 7, IssueKind::Recovered)];
    database.writer.apply(&next).await.unwrap();
    check(&database, &[("bad_count", 4_940), ("malformed", 1_060), ("recovered", 7)], 107).await;
    assert_eq!(database.number("SELECT max(offset_bytes) FROM line_issue").await, 99);

    // A transcript that is read from its beginning again is counted again.
    database.writer.apply(&[stretch("s", 0, 3, IssueKind::IterationsBelowTotal)]).await.unwrap();
    check(&database, &[("iterations_below_total", 3), ("recovered", 7)], 10).await;
}

#[tokio::test]
async fn embedded_copies_are_used_or_duplicates() {
    let mut database = Database::new().await;
    let embedded =
        |key, offset, output| ctm_types::LoggedCopy { embedded: true, ..copy(key, "s", offset, output) };
    let copies =
        vec![embedded("a", 0, 2), copy("a", "s", 10, 2), embedded("lost", 20, 3), embedded("lost", 30, 4)];
    database.writer.apply(&[batch("s", 40, copies)]).await.unwrap();
    assert_eq!(database.store.embedded_copies().await.unwrap(), EmbeddedCopies { winners: 1, superseded: 2 });
}

#[tokio::test]
async fn a_last_line_without_line_feed_is_in_the_counts_until_it_is_read_again() {
    let mut database = Database::new().await;
    let (mut copied, mut skipped) = (LineCounts::default(), LineCounts::default());
    copied.add_copy();
    skipped.add_skipped(SkipReason::ZeroUsage);
    for (tail, expected) in [
        (copied.clone(), (3, 2, 0, 1)),
        (skipped, (3, 1, 1, 1)),
        (LineCounts::default(), (2, 1, 0, 0)),
        (copied, (3, 2, 0, 1)),
    ] {
        let mut batch = batch("s", 20, vec![copy("a", "s", 0, 2)]);
        batch.next.size_bytes = 25;
        batch.tail = tail;
        database.writer.apply(&[batch]).await.unwrap();
        let [totals] = &database.store.line_totals().await.unwrap()[..] else { panic!("one home") };
        let zero = totals.skipped.get("zero_usage").copied().unwrap_or_default();
        let whole = database.store.due_files(HOME, &clean_up(99), 9).await.unwrap().stored;
        assert_eq!((totals.read, totals.copies, zero, whole), expected);
        assert_eq!(totals.read, totals.copies + totals.skipped.values().sum::<u64>());
    }
}

#[tokio::test]
async fn files_that_are_about_to_be_deleted_are_counted() {
    let mut database = Database::new().await;
    let mut unfinished = batch("t", 30, vec![]);
    unfinished.next.size_bytes = 40;
    let mut unread = batch("v", 30, vec![]);
    unread.next.size_bytes = 0;
    let batches = [batch("s", 30, vec![]), unfinished, batch("u", 30, vec![]), unread];
    database.writer.apply(&batches).await.unwrap();
    database.writer.mark(&[gone(path_of("u"))]).await.unwrap();
    let old = async |home, before_ns| database.store.due_files(home, &clean_up(before_ns), 9).await.unwrap();
    let pending_paths = vec!["projects/-p/t.jsonl".to_owned()];
    assert_eq!(old(HOME, 6).await, OldFiles { there: 3, stored: 1, pending: 1, pending_paths, kept: 0 });
    assert_eq!(old(HOME, 5).await, OldFiles::default());
    let unlisted = database.store.due_files(HOME, &clean_up(6), 0).await.unwrap();
    assert_eq!((unlisted.pending, unlisted.pending_paths), (1, vec![]));
    assert_eq!(old("/other", 6).await, OldFiles::default());
}

#[tokio::test]
async fn sessions_of_the_desktop_app_are_kept_or_have_a_time_of_their_own() {
    let mut database = Database::new().await;
    let of = |session: &str, entrypoint: &str| {
        let mut copy = copy(&format!("r-{session}"), session, 0, 2);
        conversation(&mut copy).entrypoint = Some(entrypoint.to_owned());
        batch(session, 30, vec![copy])
    };
    let batches = [of("typed", "cli"), of("clicked", "claude-desktop"), batch("quiet", 30, vec![])];
    database.writer.apply(&batches).await.unwrap();
    let due = async |desktop_before_ns, is_of_desktop| {
        let clean_up = CleanUp { before_ns: 6, desktop_before_ns, is_of_desktop };
        let old = database.store.due_files(HOME, &clean_up, 9).await.unwrap();
        (old.there, old.kept)
    };
    assert_eq!(due(None, false).await, (2, 1));
    assert_eq!(due(Some(5), false).await, (2, 1));
    assert_eq!(due(Some(6), false).await, (3, 0));
    assert_eq!(due(None, true).await, (0, 3));
    assert_eq!(due(Some(6), true).await, (3, 0));
    // The app's sessions may have the shorter time.
    let clean_up = CleanUp { before_ns: 5, desktop_before_ns: Some(6), is_of_desktop: false };
    assert_eq!(database.store.due_files(HOME, &clean_up, 9).await.unwrap().there, 1);
}
