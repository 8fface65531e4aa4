use crate::support::{Database, HOME, T0, batch, call, conversation, copy, gone, in_home, path_of};
use ctm_facts::SessionFile;
use ctm_types::{LoggedCopy, ToolError};

/// A line so many milliseconds after [`T0`], written by a version on a branch.
fn line(key: &str, file: &str, after_ms: i64, version: &str, branch: Option<&str>) -> LoggedCopy {
    let mut copy = copy(key, file, after_ms.unsigned_abs(), 5);
    copy.attribution.at_ms = T0 + after_ms;
    let conversation = conversation(&mut copy);
    conversation.session = "s".to_owned();
    conversation.version = Some(version.to_owned());
    conversation.branch = branch.map(str::to_owned);
    copy
}

#[tokio::test]
async fn a_session_has_versions_and_branches_in_the_order_of_first_use() {
    let mut database = Database::new().await;
    let lines = vec![
        line("c", "s", 30, "2.0.9", Some("main")),
        line("a", "s", 10, "2.1.0", Some("feature")),
        line("b", "s", 20, "2.0.9", None),
        line("d", "s", 40, "2.1.0", Some("feature")),
    ];
    database
        .writer
        .apply(&[batch("s", 50, lines), batch("t", 50, vec![copy("e", "t", 0, 1)])])
        .await
        .unwrap();
    assert_eq!(database.store.session_versions("s").await.unwrap(), ["2.1.0", "2.0.9"]);
    assert_eq!(database.store.session_branches("s").await.unwrap(), ["feature", "main"]);
    assert!(database.store.session_versions("unknown").await.unwrap().is_empty());
    assert!(database.store.session_branches("unknown").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_session_has_its_tools() {
    let mut database = Database::new().await;
    let calling =
        |key, file, call_id| LoggedCopy { tool_calls: vec![call(call_id, "Bash")], ..copy(key, file, 0, 1) };
    let mut failed = batch("s", 50, vec![calling("a", "s", "1")]);
    failed.tool_errors = vec![ToolError { id: "1".to_owned() }];
    database.writer.apply(&[failed, batch("t", 50, vec![calling("b", "t", "2")])]).await.unwrap();
    let tools = database.store.session_tools("s").await.unwrap();
    let tools: Vec<_> = tools.iter().map(|tool| (tool.tool.as_str(), tool.calls, tool.errors)).collect();
    assert_eq!(tools, [("Bash", 1, 1)]);
    assert!(database.store.session_tools("unknown").await.unwrap().is_empty());
}

#[tokio::test]
async fn the_files_of_a_session_are_all_that_log_its_responses() {
    const OTHER: &str = "/mnt/claude";
    let mut database = Database::new().await;
    let own = vec![line("a", "s", 10, "2", None), line("b", "s", 20, "2", None)];
    // The line of `a` wins; that of `b` does not count.
    let mut better = line("a", "copied", 30, "2", None);
    better.snapshot.is_final = true;
    let mut worse = line("b", "backup", 40, "2", None);
    worse.snapshot.output = 1;
    let stranger = batch("t", 50, vec![copy("c", "t", 0, 1)]);
    let batches = [
        batch("s", 50, own),
        batch("copied", 60, vec![better]),
        in_home(OTHER, batch("backup", 70, vec![worse])),
        stranger,
    ];
    database.writer.apply(&batches).await.unwrap();
    database.writer.mark(&[gone(path_of("copied"))]).await.unwrap();
    let file = |home: &str, file: &str, gone, size_bytes, lines, responses| SessionFile {
        path: path_of(file).full().replace(HOME, home),
        home: home.to_owned(),
        gone,
        size_bytes,
        lines,
        responses,
    };
    let expected = [
        file(HOME, "copied", true, 60, 2, 1),
        file(HOME, "s", false, 50, 3, 1),
        file(OTHER, "backup", false, 70, 2, 0),
    ];
    assert_eq!(database.store.session_files("s").await.unwrap(), expected);
    assert!(database.store.session_files("unknown").await.unwrap().is_empty());
}
