use crate::support::{Database, HOME, T0, batch, copy, gone, in_home, next_batch, path_of};
use ctm_facts::{DayFiles, PresenceChange};
use ctm_types::{LoggedCopy, UtcDay};

const DAY_MS: i64 = 86_400_000;
/// The UTC day of [`T0`].
const DAY: i64 = T0.0 / DAY_MS;

/// A line that logs a response so many days after [`T0`].
fn on_day(key: &str, file: &str, offset_bytes: u64, days: i64, output: u64) -> LoggedCopy {
    let mut copy = copy(key, file, offset_bytes, output);
    copy.attribution.at_ms = T0 + days * DAY_MS;
    copy
}

#[tokio::test]
async fn a_day_depends_on_the_files_with_winning_lines() {
    let mut database = Database::new().await;
    // The line in `fork` wins `a`, that in `s` decides its day; in `lost`, nothing counts.
    let batches = [
        batch("s", 30, vec![on_day("a", "s", 0, 0, 1), on_day("b", "s", 10, 1, 9)]),
        batch("fork", 30, vec![on_day("a", "fork", 0, 2, 5), on_day("c", "fork", 10, 1, 7)]),
        batch("lost", 30, vec![on_day("b", "lost", 0, 1, 2)]),
    ];
    database.writer.apply(&batches).await.unwrap();
    let check = async |database: &Database, expected: &[(i64, u64, u64)]| {
        let expected: Vec<_> = expected
            .iter()
            .map(|&(day, there, gone)| DayFiles { utc_day: UtcDay(DAY + day), there, gone })
            .collect();
        assert_eq!(database.store.day_files().await.unwrap(), expected);
    };
    check(&database, &[(0, 1, 0), (1, 2, 0)]).await;
    database.writer.mark(&[gone(path_of("fork")), gone(path_of("lost"))]).await.unwrap();
    check(&database, &[(0, 0, 1), (1, 1, 1)]).await;
    database.number("UPDATE usage_day SET usage = NULL RETURNING day").await;
    check(&database, &[(0, 0, 1), (1, 1, 1)]).await;

    // A file that continues exists again, also in reports.
    let version = database.store.data_version().await.unwrap();
    let applied = database.writer.apply(&[next_batch("fork", 30, 40, vec![])]).await.unwrap();
    assert_eq!((applied.data_version, applied.changed.len()), (version + 1, 0));
    check(&database, &[(0, 1, 0), (1, 2, 0)]).await;
}

#[tokio::test]
async fn files_at_a_path_and_below_it_are_found_by_it() {
    let mut database = Database::new().await;
    let of = |path: &str| {
        let mut batch = batch("s", 10, vec![]);
        batch.file.relative = format!("projects/{path}").into();
        batch
    };
    let paths = [
        "-p/a.jsonl",
        "-p/a/b.jsonl",
        "-p/a-b.jsonl",
        "-p-q/a.jsonl",
        "-p.jsonl",
        "-p0/a.jsonl",
        "%/a.jsonl",
    ];
    let batches: Vec<_> = paths.iter().map(|path| of(path)).collect();
    database.writer.apply(&batches).await.unwrap();
    database.writer.apply(&[in_home("/other", of("-p/c.jsonl"))]).await.unwrap();
    let found = async |database: &Database, wanted: &[&str]| {
        let mut found = Vec::new();
        let wanted: Vec<String> = wanted.iter().map(|path| format!("projects/{path}")).collect();
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        database.store.files_below(HOME, &wanted, |path| found.push(path)).await.unwrap();
        found.sort();
        found.iter().map(|path| path.strip_prefix("projects/").unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found(&database, &["-p"]).await, ["-p/a-b.jsonl", "-p/a.jsonl", "-p/a/b.jsonl"]);
    assert_eq!(found(&database, &["-p/a", "-p.jsonl", "none"]).await, ["-p.jsonl", "-p/a/b.jsonl"]);
    assert_eq!(found(&database, &["%"]).await, ["%/a.jsonl"]);
    assert!(found(&database, &[]).await.is_empty());

    // A file that was already deleted is not reported again.
    let lost = [of("-p/a.jsonl").file, of("-p/a/b.jsonl").file];
    database.writer.mark(&lost.clone().map(gone)).await.unwrap();
    assert_eq!(found(&database, &["-p"]).await, ["-p/a-b.jsonl"]);
    database
        .writer
        .mark(&[PresenceChange { path: lost[0].clone(), gone: false }, gone(lost[1].clone())])
        .await
        .unwrap();
    assert_eq!(found(&database, &["-p"]).await, ["-p/a-b.jsonl", "-p/a.jsonl"]);
    assert_eq!(database.number("SELECT count(*) FROM source_file WHERE gone").await, 1);
}

#[tokio::test]
async fn known_files_are_handed_over_whatever_their_number() {
    let mut database = Database::new().await;
    let batches: Vec<_> = (0..4_500).map(|number| batch(&format!("s{number}"), 10, vec![])).collect();
    database.writer.apply(&batches).await.unwrap();
    let known = database.known().await;
    assert!(known.iter().map(|file| &file.path).eq(batches.iter().map(|batch| &batch.file)));
}
