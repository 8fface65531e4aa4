//! Start folders of sessions.

use crate::support::{Database, batch, conversation, copy, next_batch, path_of};
use ctm_facts::{ResponseFilter, ResponsePage, TimeOrder, UsageFilter};
use ctm_types::{Batch, EpochMs, LoggedCopy, Projects, SessionStart};
use std::collections::BTreeMap;

fn start(session: &str, folder: &str, at_ms: i64, in_own_file: bool) -> SessionStart {
    SessionStart {
        session: session.to_owned(),
        folder: folder.to_owned(),
        at_ms: EpochMs(at_ms),
        in_own_file,
    }
}

fn in_folder(key: &str, offset: u64, folder: &str) -> LoggedCopy {
    let mut copy = copy(key, "s", offset, 5);
    conversation(&mut copy).folder = folder.to_owned();
    copy
}

/// Returns the responses of each project.
async fn projects(database: &Database, filter: &UsageFilter) -> BTreeMap<String, u64> {
    let names = database.store.project_names().await.unwrap();
    let mut projects = BTreeMap::new();
    for row in database.store.usage(filter).await.unwrap() {
        *projects.entry(names[&row.project].clone()).or_default() += row.responses;
    }
    projects
}

fn batches() -> [Batch; 3] {
    let mut first = batch("s", 20, vec![in_folder("a", 0, "/app"), in_folder("b", 10, "/app/build")]);
    first.starts = vec![start("s", "/app", 10, true)];
    let mut next = next_batch("s", 20, 40, vec![in_folder("c", 30, "/tmp")]);
    next.starts = vec![start("s", "/tmp", 30, true)];
    // A subagent's transcript begins elsewhere, and its first line is the earliest of all.
    let mut of_agent = in_folder("d", 0, "/app/crates");
    of_agent.locus.file = path_of("agent-1").into();
    let mut agent = batch("agent-1", 20, vec![of_agent]);
    agent.starts = vec![start("s", "/app/crates", 5, false)];
    [first, next, agent]
}

#[tokio::test]
async fn a_session_is_of_the_project_that_it_was_started_in() {
    for order in [[0, 1, 2], [0, 2, 1], [2, 0, 1]] {
        let mut database = Database::new().await;
        for at in order {
            database.writer.apply(&[batches()[at].clone()]).await.unwrap();
        }
        let all = UsageFilter::default();
        assert_eq!(projects(&database, &all).await, BTreeMap::from([("/app".to_owned(), 4)]), "{order:?}");
        let of = |projects: &[&str], folders: &[&str]| {
            let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            UsageFilter { projects: list(projects), folders: list(folders), ..UsageFilter::default() }
        };
        for (filter, expected) in
            [(of(&["/app"], &[]), 4), (of(&["/app/build"], &[]), 0), (of(&[], &["/app/build/"]), 1)]
        {
            assert_eq!(
                database.store.count_responses(&filter, &ResponseFilter::default()).await.unwrap(),
                expected,
                "{filter:?}"
            );
            let page = ResponsePage {
                after: None,
                limit: 9,
                order: TimeOrder::OldestFirst,
                ..ResponsePage::default()
            };
            let responses = database.store.responses(&filter, &page).await.unwrap();
            assert_eq!(responses.len() as u64, expected, "{filter:?}");
            assert!(responses.iter().all(|response| response.project == "/app"));
        }
        assert_eq!(database.store.session_folders("s").await.unwrap().len(), 4);
        // Reading it again changes nothing.
        let version = database.store.data_version().await.unwrap();
        database.writer.apply(&[batches()[0].clone()]).await.unwrap();
        assert_eq!(database.store.data_version().await.unwrap(), version);
    }
}

#[tokio::test]
async fn a_start_that_is_found_later_moves_all_of_the_session() {
    let mut database = Database::new().await;
    let [first, next, agent] = batches();
    database.writer.apply(&[agent]).await.unwrap();
    database.writer.settle().await.unwrap();
    let all = UsageFilter::default();
    assert_eq!(projects(&database, &all).await, BTreeMap::from([("/app/crates".to_owned(), 1)]));
    let version = database.store.data_version().await.unwrap();
    database.writer.apply(&[Batch { copies: Vec::new(), ..first }]).await.unwrap();
    assert_eq!(projects(&database, &all).await, BTreeMap::from([("/app".to_owned(), 1)]));
    assert!(database.store.data_version().await.unwrap() > version);
    database.writer.apply(&[next]).await.unwrap();
    assert_eq!(projects(&database, &all).await, BTreeMap::from([("/app".to_owned(), 2)]));
}

#[tokio::test]
async fn a_start_that_is_found_later_moves_what_a_wrong_clock_dated_before_1970() {
    let mut database = Database::new().await;
    let [first, _, mut agent] = batches();
    agent.copies.iter_mut().for_each(|copy| copy.attribution.at_ms = EpochMs(-5));
    database.writer.apply(&[agent]).await.unwrap();
    database.writer.settle().await.unwrap();
    database.writer.apply(&[Batch { copies: Vec::new(), ..first }]).await.unwrap();
    let all = UsageFilter::default();
    assert_eq!(projects(&database, &all).await, BTreeMap::from([("/app".to_owned(), 1)]));
}

#[tokio::test]
async fn worktrees_and_rules_determine_project_names() {
    let mut database = Database::new().await;
    let mut tree = batch("s", 20, vec![in_folder("a", 0, "/trees/one")]);
    tree.starts = vec![start("s", "/trees/one", 10, true)];
    tree.worktrees = BTreeMap::from([("/trees/one".to_owned(), "/app".to_owned())]);
    database.writer.apply(&[tree]).await.unwrap();
    let all = UsageFilter::default();
    assert_eq!(projects(&database, &all).await, BTreeMap::from([("/app".to_owned(), 1)]));
    let rules = BTreeMap::from([("shop".to_owned(), ["/app".to_owned()].into())]);
    database.store = database.store.clone().with_projects(Projects::by_rules(&rules));
    let shop = UsageFilter { projects: vec!["shop".to_owned()], ..UsageFilter::default() };
    assert_eq!(projects(&database, &shop).await, BTreeMap::from([("shop".to_owned(), 1)]));
}
