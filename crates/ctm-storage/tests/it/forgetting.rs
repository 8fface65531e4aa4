//! Facts that are forgotten are gone, and do not come again.

use crate::support::{
    Database, HOME, T0, batch, call, conversation, copy, details, gone, in_home, known, next_batch, part,
    path_of,
};
use ctm_facts::{
    ExplainedResponse, Removal, Resolved, ResponsePage, Selection, TimeOrder, UsageFilter, is_sealed,
    name_hash, sealed,
};
use ctm_types::{
    Agent, Batch, CacheSample, EpochMs, IssueKind, LimitSample, LimitWindow, LineIssue, LoggedCopy, Prompt,
    PromptCache, Response, SessionStart, StatsCache, StatsCacheActivity, StatsCacheModel, StatsCacheTokens,
    TokenUnit, ToolError, TranscriptPath,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

const DAY_MS: i64 = 86_400_000;
const OTHER: &str = "/other/.claude";
const SECRET: &str = "/home/u/acme-merger";

fn project(name: &str) -> Selection {
    Selection { projects: vec![name.to_owned()], ..Selection::default() }
}

fn home(root: &str) -> Selection {
    Selection { homes: vec![root.to_owned()], ..Selection::default() }
}

fn session(id: &str) -> Selection {
    Selection { sessions: vec![id.to_owned()], ..Selection::default() }
}

fn of_project(mut copy: LoggedCopy, project: &str) -> LoggedCopy {
    conversation(&mut copy).folder = project.to_owned();
    copy
}

fn prompt(uuid: &str, session: &str) -> Prompt {
    Prompt { uuid: uuid.to_owned(), session: session.to_owned(), at_ms: T0 }
}

async fn forget(database: &Database, selection: &Selection) -> Resolved {
    let shown = database.store.selected(selection).await.unwrap();
    let Removal { decision: number, removed } = database.store.forget(selection, T0 + DAY_MS).await.unwrap();
    assert_eq!((number.is_none(), &removed), (removed.is_empty(), &shown));
    check_whole(database).await;
    if number.is_some() {
        check_names(database).await;
    }
    removed
}

/// Checks that no reference dangles, that sums equal those of the events, and that line counts are
/// consistent.
async fn check_whole(database: &Database) {
    assert_eq!(database.number("SELECT count(*) FROM pragma_foreign_key_check").await, 0);
    assert!(database.store.differing_days().await.unwrap().is_empty());
    for home in database.store.line_totals().await.unwrap() {
        assert_eq!(home.read, home.copies + home.skipped.values().sum::<u64>(), "{home:?}");
        assert!(home.superseded + home.forgotten <= home.copies, "{home:?}");
    }
}

/// Checks that there are no names that nothing refers to.
async fn check_names(database: &Database) {
    for name in [
        "SELECT count(*) FROM conversation WHERE id NOT IN (SELECT conversation_id FROM event UNION ALL SELECT conversation_id FROM claim)",
        "SELECT count(*) FROM session WHERE id NOT IN (SELECT session_id FROM conversation
                                                       UNION SELECT session_id FROM prompt
                                                       UNION SELECT session_id FROM claim
                                                       UNION SELECT session_id FROM session_record
                                                       UNION SELECT session_id FROM session_name
                                                       UNION SELECT session_id FROM cost_state)",
        "SELECT count(*) FROM circumstance WHERE id NOT IN (SELECT circumstance_id FROM event WHERE circumstance_id IS NOT NULL)",
        "SELECT count(*) FROM project WHERE id NOT IN (SELECT project_id FROM conversation UNION SELECT start_project_id FROM session
                                                       WHERE start_project_id IS NOT NULL)",
    ] {
        assert_eq!(database.number(name).await, 0, "{name}");
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Returns whether a text can be read anywhere in the database or its log.
fn holds(database: &Database, text: &str) -> bool {
    let path = database.store.path();
    [path.to_owned(), path.with_extension("db-wal"), path.with_extension("db-shm")]
        .iter()
        .any(|file| fs::read(file).is_ok_and(|bytes| contains(&bytes, text)))
}

/// A transcript of a project with all that can be known of one, and one of another project.
fn two_projects() -> [Batch; 2] {
    let mut secret = of_project(copy("a", "acme-session", 0, 2), SECRET);
    conversation(&mut secret).branch = Some("acme-branch".to_owned());
    conversation(&mut secret).agent = Some("acme-agent".to_owned());
    secret.snapshot.parts = vec![part("acme-model", 2), part("claude-opus-5", 3)];
    secret.tool_calls = vec![call("acme-call", "acme-tool")];
    let again = LoggedCopy { locus: copy("a", "acme-session", 10, 2).locus, ..secret.clone() };
    let mut first = batch("acme-session", 30, vec![secret, again]);
    first.next.cwd = Some(SECRET.to_owned());
    first.prompts = vec![prompt("p", "acme-session")];
    first.tool_errors = vec![ToolError { id: "acme-call".to_owned() }];
    first.agent = Some(Agent { id: "acme-agent".to_owned(), kind: Some("acme-kind".to_owned()) });
    let start = |folder: &str| SessionStart {
        session: "acme-session".to_owned(),
        folder: folder.to_owned(),
        at_ms: T0,
        in_own_file: true,
    };
    first.starts = vec![start(SECRET)];
    first.forks = [("acme-session".to_owned(), Default::default())].into();
    first.worktrees = [(format!("{SECRET}/acme-tree"), SECRET.to_owned())].into();
    first.issues = vec![LineIssue { offset_bytes: 10, kind: IssueKind::BadCount }];
    let mut second = batch("other", 30, vec![copy("b", "other", 0, 5)]);
    second.prompts = vec![prompt("q", "other")];
    [first, second]
}

#[tokio::test]
async fn a_project_is_forgotten_with_its_names() {
    let mut database = Database::new().await;
    database.writer.apply(&two_projects()).await.unwrap();
    let version = database.store.data_version().await.unwrap();
    assert!(holds(&database, "acme"));

    let removed = forget(&database, &project(SECRET)).await;
    assert_eq!((removed.prompts, removed.transcripts, removed.logged_elsewhere), (1, 1, 0));
    assert_eq!(removed.usage.iter().map(|row| row.responses).sum::<u64>(), 1);
    assert_eq!(removed.usage.iter().map(|row| row.tokens.output).sum::<u64>(), 5);
    assert_eq!(database.totals().await, (1, [1, 5, 100, 10, 1_000]));
    assert_eq!(database.store.data_version().await.unwrap(), version + 1);
    for (table, rows) in [
        ("SELECT count(*) FROM event", 1),
        ("SELECT count(*) FROM superseded", 0),
        ("SELECT count(*) FROM tool_call", 0),
        ("SELECT count(*) FROM tool_error", 0),
        ("SELECT count(*) FROM prompt", 1),
        ("SELECT count(*) FROM session", 1),
        ("SELECT count(*) FROM project", 1),
        ("SELECT count(*) FROM agent", 0),
        ("SELECT count(*) FROM billing", 1),
        ("SELECT count(*) FROM line_issue", 0),
    ] {
        assert_eq!(database.number(table).await, rows, "{table}");
    }
    database.store.erase().await.unwrap();
    assert!(!holds(&database, "acme"));

    let [decision] = database.store.forgettings().await.unwrap().try_into().unwrap();
    assert_eq!((decision.projects, decision.homes.len()), (vec![name_hash(SECRET)], 0));
    assert_eq!((decision.responses, decision.tokens, decision.at_ms), (1, 2_227, T0 + DAY_MS));
}

#[tokio::test]
async fn forgotten_facts_stay_excluded() {
    let mut database = Database::new().await;
    let [first, second] = two_projects();
    database.writer.apply(&[first.clone(), second.clone()]).await.unwrap();
    forget(&database, &project(SECRET)).await;
    let before = (database.totals().await, database.store.data_version().await.unwrap());
    // From the same transcript, from a rewritten one, and from a fork in another session and project.
    let rewritten = Batch { copies: vec![first.copies[1].clone()], ..batch("acme-session", 20, vec![]) };
    let fork = batch("fork", 30, vec![copy("a", "fork", 0, 90)]);
    for again in [&[first.clone(), second][..], &[rewritten], std::slice::from_ref(&fork)] {
        database.writer.apply(again).await.unwrap();
        check_whole(&database).await;
        assert_eq!((database.totals().await, database.store.data_version().await.unwrap()), before);
    }
    assert_eq!(database.number("SELECT count(*) FROM prompt").await, 1);
    assert_eq!(database.number("SELECT count(*) FROM tool_error").await, 0);
    database.store.erase().await.unwrap();
    assert!(!holds(&database, "acme"));

    // By another process too, which read before.
    let mut other = database.store.writer();
    other
        .apply(&[batch("fork", 40, vec![copy("a", "fork", 0, 90), copy("c", "fork", 10, 1)])])
        .await
        .unwrap();
    assert_eq!(database.totals().await.0, 2);
    // Later responses count in any project.
    let later = of_project(copy("d", "acme-session", 30, 7), SECRET);
    let mut grown = batch("acme-session", 40, [first.copies, vec![later]].concat());
    grown.next.cwd = Some(SECRET.to_owned());
    other.apply(&[grown]).await.unwrap();
    check_whole(&database).await;
    assert_eq!(database.totals().await.0, 3);
    assert!(database.store.project_names().await.unwrap().values().any(|name| name == SECRET));
    assert!(forget(&database, &session("nobody")).await.is_empty());
}

#[tokio::test]
async fn lines_of_what_was_forgotten_are_accounted_for() {
    let mut database = Database::new().await;
    let lines = vec![copy("a", "s", 0, 2), copy("a", "s", 10, 5), copy("b", "s", 20, 1)];
    let fork = || batch("t", 30, vec![of_project(copy("a", "t", 0, 5), "/fork"), copy("c", "t", 10, 1)]);
    let mut unfinished = batch("s", 30, lines);
    // A last line without its line feed is not among the lines yet.
    unfinished.copies.push(copy("a", "s", 30, 5));
    database.writer.apply(&[unfinished.clone(), fork()]).await.unwrap();
    let of_a = Selection { from_ms: Some(T0), until_ms: Some(T0 + 1), ..session("s") };
    database.number("UPDATE event SET at_ms = at_ms + 1 WHERE key = 'b' RETURNING 1").await;
    database.number("UPDATE usage_day SET usage = NULL RETURNING 1").await;
    forget(&database, &of_a).await;
    let check = async |database: &Database| {
        let [home] = database.store.line_totals().await.unwrap().try_into().unwrap();
        assert_eq!((home.copies, home.superseded, home.forgotten), (5, 0, 3));
        assert_eq!(home.copies - home.superseded - home.forgotten, database.totals().await.0);
    };
    check(&database).await;
    database.writer.apply(&[unfinished, fork()]).await.unwrap();
    check(&database).await;
    // Of a transcript that was rewritten since, there are no more lines than it has.
    database.writer.apply(&[batch("t", 10, vec![copy("c", "t", 0, 1)])]).await.unwrap();
    forget(&database, &Selection { until_ms: Some(EpochMs::MAX), ..Selection::default() }).await;
    assert_eq!(database.totals().await.0, 0);
}

#[tokio::test]
async fn a_whole_home_is_forgotten_with_all_of_its_facts() {
    let mut database = Database::new().await;
    let of_home = || in_home(OTHER, two_projects()[0].clone());
    let day =
        |date: &str| StatsCacheActivity { date: date.to_owned(), messages: 1, sessions: 1, tool_calls: 1 };
    let tokens = |date: &str| StatsCacheTokens { date: date.to_owned(), model: "m".to_owned(), tokens: 5 };
    let cache = |dates: &[&str]| StatsCache {
        version: Some(3),
        last_computed_date: None,
        token_unit: TokenUnit::All,
        activity: dates.iter().map(|date| day(date)).collect(),
        tokens: dates.iter().map(|date| tokens(date)).collect(),
        models: vec![StatsCacheModel {
            model: "m".to_owned(),
            input: 1,
            output: 1,
            cache_read: 1,
            cache_write: 1,
        }],
    };
    database.writer.apply(&[of_home(), two_projects()[1].clone()]).await.unwrap();
    database.writer.store_stats_cache(OTHER, 1, &cache(&["2026-01-01", "9999-01-01"])).await.unwrap();
    database.writer.store_stats_cache(HOME, 1, &cache(&["2026-01-01"])).await.unwrap();
    let sample = |home: &str| LimitSample {
        home: home.to_owned(),
        session: "s".to_owned(),
        window: LimitWindow::FiveHour,
        used_percentage: 1.0,
        resets_at_ms: None,
        first_at_ms: T0,
        last_at_ms: T0,
    };
    let samples = [sample(HOME), sample(OTHER)];
    let prompt_cache = |home: &str, session: &str| CacheSample {
        home: home.to_owned(),
        session: session.to_owned(),
        title: (home == OTHER).then(|| "acme".to_owned()),
        model: None,
        cache: PromptCache::default(),
        first_at_ms: T0,
        last_at_ms: T0,
    };
    let caches = [prompt_cache(HOME, "s"), prompt_cache(OTHER, "t")];
    database.store.add_samples(&samples, &caches, Duration::from_secs(1)).await.unwrap();

    let removed = forget(&database, &home(OTHER)).await;
    assert_eq!((removed.transcripts, removed.limit_samples, removed.stats_cache_days), (1, 1, 2));
    assert_eq!(removed.cache_samples, 1);
    assert_eq!(database.totals().await.0, 1);
    assert_eq!(database.store.home_names().await.unwrap().into_values().collect::<Vec<_>>(), [HOME]);
    assert_eq!(known(&database.store).await.len(), 1);
    database.store.erase().await.unwrap();
    assert!(!holds(&database, "acme") && !holds(&database, OTHER));

    // Read again, it adds nothing but what is new.
    database.writer.apply(&[of_home()]).await.unwrap();
    check_whole(&database).await;
    let totals = database.store.line_totals().await.unwrap();
    assert_eq!((totals.len(), totals[1].copies, totals[1].forgotten), (2, 2, 2));
    let later = cache(&["2026-01-01", "2026-01-02", "9999-01-01"]);
    database.writer.store_stats_cache(OTHER, 2, &later).await.unwrap();
    let stored = database.store.stored_stats_caches().await.unwrap();
    assert_eq!(stored.iter().map(|of| of.cache.activity.len()).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(stored.iter().map(|of| of.cache.models.len()).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(stored[1].cache.tokens, [tokens("2026-01-02")]);
    assert_eq!(database.totals().await.0, 1);
}

#[tokio::test]
async fn responses_of_another_home_stay_as_if_the_home_had_never_been_read() {
    // The copy of the hostile home is earlier, larger, and of another model and project.
    let mut hostile = of_project(copy("a", "s", 0, 900), SECRET);
    hostile.snapshot.parts = vec![part("acme-model", 900)];
    hostile.snapshot.is_final = true;
    hostile.attribution.at_ms = hostile.attribution.at_ms - 5 * DAY_MS;
    let hostile = in_home(OTHER, batch("s", 30, vec![hostile, copy("mine", "s", 10, 1)]));
    let honest = batch("s", 30, vec![copy("a", "s", 0, 2), copy("a", "s", 10, 5)]);

    let mut expected = Database::new().await;
    expected.writer.apply(std::slice::from_ref(&honest)).await.unwrap();
    let mut database = Database::new().await;
    database.writer.apply(&[hostile.clone(), honest.clone()]).await.unwrap();
    assert_eq!(database.totals().await.1[1], 901);

    let removed = forget(&database, &home(OTHER)).await;
    assert_eq!((removed.logged_elsewhere, removed.usage.len()), (1, 1));
    // At once with the figures of the line that stays; with the rest as soon as it is read.
    assert_eq!(database.totals().await, expected.totals().await);
    let known = known(&database.store).await;
    assert_ne!(known[0].identity, honest.next.identity, "it is to be read again");
    database.writer.apply(&[honest]).await.unwrap();
    assert_eq!(explained(&database).await, explained(&expected).await);
    database.writer.apply(&[hostile]).await.unwrap();
    assert_eq!(explained(&database).await, explained(&expected).await);
    database.store.erase().await.unwrap();
    check_whole(&database).await;
    check_names(&database).await;
    assert!(!holds(&database, "acme"));
}

#[tokio::test]
async fn responses_of_deleted_transcripts_of_another_home_stay() {
    let mut database = Database::new().await;
    let test_home = in_home("/a", batch("s", 30, vec![copy("a", "s", 0, 5), copy("b", "s", 10, 7)]));
    let real = batch("s", 30, vec![copy("a", "s", 0, 5), copy("b", "s", 10, 7)]);
    database.writer.apply(&[test_home, real]).await.unwrap();
    database.writer.mark(&[gone(path_of("s"))]).await.unwrap();
    let before = database.totals().await;
    forget(&database, &home("/a")).await;
    assert_eq!(database.totals().await, before);
    assert_eq!(database.store.home_names().await.unwrap().into_values().collect::<Vec<_>>(), [HOME]);
    let lines = explained(&database).await.into_iter().flat_map(|of| of.copies);
    assert!(lines.into_iter().all(|line| line.path.starts_with(HOME)));
}

#[tokio::test]
async fn times_select_what_a_wrong_clock_dated() {
    let mut database = Database::new().await;
    let dated = |key: &str, offset, at_ms| {
        let mut copy = copy(key, "s", offset, 1);
        copy.attribution.at_ms = at_ms;
        copy
    };
    let far = 253_370_764_800_000;
    let lines =
        || vec![dated("early", 0, EpochMs(1_000)), dated("now", 10, T0), dated("late", 20, EpochMs(far))];
    database.writer.apply(&[batch("s", 30, lines())]).await.unwrap();
    forget(&database, &Selection { from_ms: Some(T0 + 1), ..Selection::default() }).await;
    assert_eq!(database.store.time_span().await.unwrap(), Some((EpochMs(1_000), T0)));
    forget(&database, &Selection { until_ms: Some(T0), ..Selection::default() }).await;
    assert_eq!(database.store.time_span().await.unwrap(), Some((T0, T0)));
    database.writer.apply(&[batch("s", 30, lines())]).await.unwrap();
    assert_eq!(database.totals().await.0, 1);
    assert_eq!(database.store.line_totals().await.unwrap()[0].forgotten, 2);
    // The transcript has a line that counts, so that its name stays.
    assert!(known(&database.store).await.iter().all(|file| !is_sealed(&file.path)));
}

#[tokio::test]
async fn a_sealed_transcript_keeps_its_checkpoint_until_it_has_something_new() {
    let mut database = Database::new().await;
    let read = |end, copies| Batch {
        next: ctm_types::Checkpoint { cwd: Some(SECRET.to_owned()), ..batch("s", end, vec![]).next },
        ..batch("s", end, copies)
    };
    let secret = || vec![of_project(copy("a", "s", 0, 2), SECRET)];
    let known = async |database: &Database| {
        let [file] = known(&database.store).await.try_into().unwrap();
        let path = &*file.path.relative;
        let checkpoint = database.store.checkpoints(HOME, &[path]).await.unwrap().remove(path).unwrap();
        (file.path, checkpoint)
    };
    database.writer.apply(&[read(30, secret())]).await.unwrap();
    let (_, before) = known(&database).await;
    forget(&database, &project(SECRET)).await;
    let (path, checkpoint) = known(&database).await;
    assert_eq!(path, sealed(&path_of("s")));
    assert_eq!(
        (checkpoint.size_bytes, checkpoint.identity, &checkpoint.cwd),
        (before.size_bytes, before.identity, &None)
    );
    // It matches no file, so a changed transcript is read from its first byte.
    assert_ne!(checkpoint.head_hash, before.head_hash);

    // It is read in several stretches, and adds nothing until the last.
    let steps = [read(20, secret()), Batch { ..next_batch("s", 20, 25, vec![]) }];
    for step in steps {
        database.writer.apply(&[step]).await.unwrap();
        assert_eq!(known(&database).await.0, sealed(&path_of("s")));
        assert!(!holds_open(&database, "acme").await);
    }
    let more = of_project(copy("new", "s", 25, 1), SECRET);
    let applied = database.writer.apply(&[next_batch("s", 99, 120, vec![more.clone()])]).await.unwrap();
    assert_eq!(applied.stale, [path_of("s")]);
    database.writer.apply(&[next_batch("s", 25, 40, vec![more])]).await.unwrap();
    assert_eq!(known(&database).await.0, path_of("s"));
    assert_eq!((database.totals().await.0, known(&database).await.1.offset_bytes), (1, 40));
    let [home] = database.store.line_totals().await.unwrap().try_into().unwrap();
    assert_eq!((home.copies, home.forgotten), (2, 1));
}

/// Returns whether a name is anywhere in the tables, as a copy without unused parts shows.
async fn holds_open(database: &Database, text: &str) -> bool {
    let target = database.dir().join("copy-to-search.db");
    let _ = fs::remove_file(&target);
    ctm_storage::copy(database.store.path(), &target).await.unwrap();
    contains(&fs::read(&target).unwrap(), text)
}

#[tokio::test]
async fn a_transcript_of_two_projects_loses_only_what_is_of_the_one() {
    let mut database = Database::new().await;
    let mixed = || Batch {
        next: ctm_types::Checkpoint { cwd: Some(SECRET.to_owned()), ..batch("s", 30, vec![]).next },
        ..batch("s", 30, vec![copy("a", "s", 0, 2), of_project(copy("b", "s", 10, 3), SECRET)])
    };
    database.writer.apply(&[mixed()]).await.unwrap();
    for _ in 0..2 {
        forget(&database, &project(SECRET)).await;
        assert_eq!(database.totals().await.1[1], 2);
        assert!(!holds_open(&database, "acme").await);
        database.writer.apply(&[mixed()]).await.unwrap();
        check_whole(&database).await;
        assert!(!holds_open(&database, "acme").await);
    }
}

#[tokio::test]
async fn a_writer_that_knew_the_names_gives_new_numbers() {
    let mut database = Database::new().await;
    let mut other = database.store.writer();
    database.writer.apply(&two_projects()).await.unwrap();
    other.apply(&[batch("more", 30, vec![of_project(copy("c", "more", 0, 1), SECRET)])]).await.unwrap();
    forget(&database, &project(SECRET)).await;
    // Released numbers of names are used by others now.
    let fresh = batch("fresh", 30, vec![of_project(copy("f", "fresh", 0, 1), "/fresh")]);
    database.writer.apply(&[fresh]).await.unwrap();
    let again = of_project(copy("d", "more", 30, 9), SECRET);
    let stale = other.apply(&[next_batch("more", 30, 40, vec![again])]).await.unwrap();
    assert_eq!(stale.stale, []);
    check_whole(&database).await;
    let found = explained(&database).await;
    let of = |key: &str| found.iter().find(|of| of.response.key == key).unwrap().response.clone();
    assert_eq!((of("f").project, of("d").project), ("/fresh".to_owned(), SECRET.to_owned()));
    assert_eq!((of("f").session, of("d").session), ("fresh".to_owned(), "more".to_owned()));
}

#[tokio::test]
async fn remembered_facts_are_read_again() {
    let mut database = Database::new().await;
    database.writer.apply(&two_projects()).await.unwrap();
    let before = (database.totals().await, explained(&database).await);
    forget(&database, &project(SECRET)).await;
    forget(&database, &session("other")).await;
    assert_eq!(database.totals().await.0, 0);
    let [first, _] = database.store.forgettings().await.unwrap().try_into().unwrap();
    assert_eq!(database.store.forgetting_of_response("a").await.unwrap().map(|of| of.id), Some(first.id));
    assert_eq!(database.store.forgetting_of_session("other").await.unwrap().map(|of| of.id), Some(2));
    assert_eq!(database.store.remember(&[first.id]).await.unwrap(), 1);
    assert_eq!(database.store.forgetting_of_response("a").await.unwrap(), None);
    database.writer.apply(&two_projects()).await.unwrap();
    check_whole(&database).await;
    assert_eq!(database.totals().await.0, 1);
    assert_eq!(database.store.remember(&[]).await.unwrap(), 1);
    database.writer.apply(&two_projects()).await.unwrap();
    assert_eq!((database.totals().await, explained(&database).await), before);
    assert_eq!(database.store.line_totals().await.unwrap()[0].forgotten, 0);
    // A number is never given twice.
    forget(&database, &session("other")).await;
    assert_eq!(database.store.forgettings().await.unwrap()[0].id, 3);
}

#[tokio::test]
async fn a_failure_on_the_way_changes_nothing() {
    let mut database = Database::new().await;
    database.writer.apply(&two_projects()).await.unwrap();
    let before = (explained(&database).await, database.store.data_version().await.unwrap());
    for trigger in [
        "CREATE TRIGGER full BEFORE UPDATE ON state BEGIN SELECT RAISE(FAIL, 'full'); END",
        "CREATE TRIGGER full BEFORE DELETE ON prompt BEGIN SELECT RAISE(FAIL, 'full'); END",
    ] {
        execute(&database, trigger).await;
        database.store.forget(&project(SECRET), T0).await.unwrap_err();
        execute(&database, "DROP TRIGGER full").await;
        assert_eq!((explained(&database).await, database.store.data_version().await.unwrap()), before);
        assert_eq!(database.store.forgettings().await.unwrap(), []);
        assert_eq!(database.number("SELECT count(*) FROM forgotten").await, 0);
    }
}

async fn execute(database: &Database, statement: &'static str) {
    use sqlx::Connection;
    let url = format!("sqlite://{}", database.store.path().display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(statement).execute(&mut connection).await.unwrap();
}

/// All responses with the lines that log them.
async fn explained(database: &Database) -> Vec<ExplainedResponse> {
    let page =
        ResponsePage { after: None, limit: 1_000, order: TimeOrder::OldestFirst, ..ResponsePage::default() };
    let mut all = Vec::new();
    for response in database.store.responses(&UsageFilter::default(), &page).await.unwrap() {
        all.push(database.store.response(&response.key).await.unwrap().unwrap());
    }
    all
}

const HOMES: [&str; 2] = [HOME, OTHER];
const PROJECTS: [&str; 2] = ["/p/0", "/p/1"];

/// A line of one of three files in one of two homes.
fn some_line() -> impl Strategy<Value = (usize, LoggedCopy)> {
    let place = (0..2_usize, 0..3_u8, 0..6_u64, 0..3_u32.pow(7));
    (0..4_u8, place, 0..2_usize, 0..3_i64, 0..4_u64, 1..3_usize, any::<[bool; 2]>()).prop_map(
        |(key, (root, file, offset, said), project, day, output, parts, [is_final, sidechain])| {
            let key = format!("key-{}", (u64::from(key) + offset) % 4);
            let mut copy = of_project(copy(&key, &format!("file-{file}"), offset, output), PROJECTS[project]);
            copy.locus.file =
                TranscriptPath { home: HOMES[root].into(), ..path_of(&format!("file-{file}")) }.into();
            // Never as early in two sessions: whose a response then is follows from all that these have.
            copy.attribution.at_ms = T0 + day * DAY_MS + i64::from(file);
            copy.snapshot.parts = vec![part("m", output); parts];
            copy.snapshot.is_final = is_final;
            copy.details = details(said);
            conversation(&mut copy).sidechain = sidechain;
            copy.tool_calls = vec![call(&format!("{key}-call"), "Read")];
            (root, copy)
        },
    )
}

fn some_selection() -> impl Strategy<Value = Selection> {
    let names = |names: Vec<String>| prop::option::weighted(0.4, prop::sample::select(names));
    let homes = names(HOMES.map(str::to_owned).to_vec());
    let projects = names(PROJECTS.map(str::to_owned).to_vec());
    let sessions = names((0..3).map(|file| format!("file-{file}")).collect());
    let bound = || prop::option::weighted(0.3, (0..4_i64).prop_map(|day| T0 + day * DAY_MS));
    (homes, projects, sessions, bound(), bound()).prop_map(
        |(homes, projects, sessions, from_ms, until_ms)| {
            let list = |name: Option<String>| name.into_iter().collect();
            Selection {
                homes: list(homes),
                projects: list(projects),
                sessions: list(sessions),
                from_ms,
                until_ms,
            }
        },
    )
}

fn means(selection: &Selection, response: &Response) -> bool {
    let of = &response.attribution;
    let among = |names: &[String], name: &String| names.is_empty() || names.contains(name);
    among(&selection.projects, &of.conversation.folder)
        && among(&selection.sessions, &of.conversation.session)
        && selection.from_ms.is_none_or(|from_ms| of.at_ms >= from_ms)
        && selection.until_ms.is_none_or(|until_ms| of.at_ms < until_ms)
}

/// Returns the lines that are left, by what a selection means.
fn left(lines: &[(usize, LoggedCopy)], selection: &Selection) -> Vec<(usize, LoggedCopy)> {
    let mut responses: BTreeMap<&str, Response> = BTreeMap::new();
    for (_, copy) in lines {
        match responses.get_mut(copy.key.as_str()) {
            Some(response) => drop(response.absorb(copy)),
            None => drop(responses.insert(copy.key.as_str(), Response::from_copy(copy))),
        }
    }
    let stays = |(root, copy): &&(usize, LoggedCopy)| {
        let is_of_other_home = !selection.homes.is_empty() && selection.homes != [HOMES[*root]];
        is_of_other_home || !means(selection, &responses[copy.key.as_str()])
    };
    lines.iter().filter(stays).cloned().collect()
}

fn batches(lines: &[(usize, LoggedCopy)]) -> Vec<Batch> {
    let files = (0..2).flat_map(|root| (0..3).map(move |file| (root, format!("file-{file}"))));
    let batch_of = |(root, file): (usize, String)| {
        let name = format!("/{file}.jsonl");
        let of = lines.iter().filter(|(of, copy)| *of == root && copy.locus.file.relative.ends_with(&name));
        let copies: Vec<LoggedCopy> = of.map(|(_, copy)| copy.clone()).collect();
        let mut batch = batch(&file, 9, copies);
        batch.file.home = HOMES[root].into();
        batch
    };
    files.map(batch_of).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn in_any_order_what_was_forgotten_is_what_is_missing(
        mut lines in prop::collection::vec(some_line(), 1..14),
        selections in prop::collection::vec(some_selection(), 1..3),
        seed in any::<u64>(),
    ) {
        // The position of a line determines its content.
        lines.sort_by(|(_, one), (_, other)| one.locus.cmp(&other.locus));
        lines.dedup_by(|(_, one), (_, other)| one.locus == other.locus);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut database = Database::new().await;
            database.writer.apply(&batches(&lines)).await.unwrap();
            let mut remaining = lines.clone();
            for selection in &selections {
                forget(&database, selection).await;
                // As the other homes log it.
                database.writer.apply(&batches(&remaining)).await.unwrap();
                remaining = left(&remaining, selection);
            }
            let mut expected = Database::new().await;
            expected.writer.apply(&batches(&remaining)).await.unwrap();
            assert_eq!(explained(&database).await, explained(&expected).await);
            assert_eq!(database.totals().await, expected.totals().await);

            // Read again, in another order and in small stretches.
            let mut shuffled = batches(&lines);
            shuffled.sort_by_key(|batch| {
                let name = batch.file.full().bytes().fold(seed, |hash, byte| hash.rotate_left(5) ^ u64::from(byte));
                name.wrapping_mul(0x9E37_79B9_7F4A_7C15)
            });
            for whole in shuffled {
                let empty = Batch { copies: Vec::new(), ..whole.clone() };
                let single = |copy: &LoggedCopy| Batch {
                    copies: vec![copy.clone()],
                    start: ctm_types::Start::Checkpoint(9),
                    lines: ctm_types::LineCounts::default(),
                    ..whole.clone()
                };
                database.writer.apply(&[empty]).await.unwrap();
                for step in whole.copies.iter().map(single) {
                    assert_eq!(database.writer.apply(&[step]).await.unwrap().stale, []);
                }
            }
            assert_eq!(explained(&database).await, explained(&expected).await);
            assert_eq!(database.totals().await, expected.totals().await);
            let tools = async |database: &Database| {
                database.store.tool_usage(&UsageFilter::default()).await.unwrap()
            };
            assert_eq!(tools(&database).await, tools(&expected).await);
            assert!(database.store.differing_days().await.unwrap().is_empty());
        });
    }
}
