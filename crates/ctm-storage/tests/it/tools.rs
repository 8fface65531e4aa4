use crate::support::{Database, HOME, T0, batch, call, conversation, copy, in_home, next_batch, part};
use ctm_facts::{ResponseFilter, ResponsePage, TimeOrder, UsageFilter};
use ctm_types::{Batch, LoggedCopy, Slot, ToolError, ToolUsage};

const HOUR_MS: i64 = 3_600_000;

/// A response with calls, some hours after [`T0`].
fn calling(key: &str, session: &str, hours: i64, calls: &[(&str, &str)]) -> LoggedCopy {
    let mut copy = copy(key, session, hours.unsigned_abs() * 10, 1);
    copy.attribution.at_ms = T0 + hours * HOUR_MS;
    copy.tool_calls = calls.iter().map(|(id, tool)| call(id, tool)).collect();
    copy
}

fn failing(mut batch: Batch, calls: &[&str]) -> Batch {
    batch.tool_errors = calls.iter().map(|id| ToolError { id: (*id).to_owned() }).collect();
    batch
}

/// Tool, calls, errors and sessions of each.
async fn usage(database: &Database, filter: &UsageFilter) -> Vec<(String, u64, u64, u64)> {
    let usage = database.store.tool_usage(filter).await.unwrap();
    usage.into_iter().map(|tool| (tool.tool, tool.calls, tool.errors, tool.sessions)).collect()
}

fn tool(tool: &str, calls: u64, errors: u64, sessions: u64) -> (String, u64, u64, u64) {
    (tool.to_owned(), calls, errors, sessions)
}

/// The result of a call may be read before the call, and again in a fork.
#[tokio::test]
async fn searches_of_calls_are_those_of_the_response_that_called() {
    let searches = |database: &Database| {
        let store = database.store.clone();
        async move {
            store
                .usage(&UsageFilter::default())
                .await
                .unwrap()
                .iter()
                .map(|row| row.web_searches)
                .sum::<u64>()
        }
    };
    let searched = || vec![ctm_types::CallSearches { id: "1".to_owned(), searches: 3 }];
    let mut database = Database::new().await;
    let result = Batch { searches: searched(), ..batch("s", 10, vec![]) };
    database.writer.apply(std::slice::from_ref(&result)).await.unwrap();
    assert_eq!(searches(&database).await, 0);
    let called = calling("a", "s", 12, &[("1", "WebSearch")]);
    database.writer.apply(&[next_batch("s", 10, 20, vec![called.clone()])]).await.unwrap();
    assert_eq!(searches(&database).await, 3);
    let version = database.store.data_version().await.unwrap();
    database.writer.apply(&[Batch { searches: searched(), ..batch("s", 10, vec![]) }]).await.unwrap();
    assert_eq!((searches(&database).await, database.store.data_version().await.unwrap()), (3, version));

    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 20, vec![called])]).await.unwrap();
    database.writer.settle().await.unwrap();
    database
        .writer
        .apply(&[Batch { searches: searched(), ..next_batch("s", 20, 30, vec![]) }])
        .await
        .unwrap();
    assert_eq!(searches(&database).await, 3);
    let page =
        ResponsePage { after: None, limit: 9, order: TimeOrder::OldestFirst, ..ResponsePage::default() };
    let responses = database.store.responses(&UsageFilter::default(), &page).await.unwrap();
    assert_eq!(responses[0].parts[0].web_searches, 3);
}

#[tokio::test]
async fn responses_are_found_by_their_calls() {
    let mut database = Database::new().await;
    let first = calling("a", "s", 0, &[("1", "Read"), ("2", "Bash")]);
    let second = calling("b", "s", 1, &[("3", "Read")]);
    let third = calling("c", "s", 2, &[]);
    database
        .writer
        .apply(&[failing(batch("s", 400, vec![first, second, third]), &["2", "3", "of none"])])
        .await
        .unwrap();
    let check = async |tool: Option<&str>, failed: bool, expected: &[&str]| {
        let only = ResponseFilter { tool: tool.map(str::to_owned), failed, ..ResponseFilter::default() };
        let everything = UsageFilter::default();
        let count = database.store.count_responses(&everything, &only).await.unwrap();
        assert_eq!(count, expected.len() as u64, "{only:?}");
        let order = TimeOrder::OldestFirst;
        let page = ResponsePage { after: None, limit: 9, order, only: only.clone() };
        let found = database.store.responses(&everything, &page).await.unwrap();
        let keys: Vec<_> = found.iter().map(|response| response.key.as_str()).collect();
        assert_eq!(keys, expected, "{only:?}");
    };
    check(None, false, &["a", "b", "c"]).await;
    check(None, true, &["a", "b"]).await;
    check(Some("Read"), false, &["a", "b"]).await;
    // That another call of the response failed does not count.
    check(Some("Read"), true, &["b"]).await;
    check(Some("Bash"), true, &["a"]).await;
    check(Some("Grep"), false, &[]).await;
    let slots = Some(vec![Slot::of(T0 + HOUR_MS), Slot::of(T0 + 9 * HOUR_MS)]);
    let only = ResponseFilter { slots, ..ResponseFilter::default() };
    assert_eq!(database.store.count_responses(&UsageFilter::default(), &only).await.unwrap(), 1);
}

#[tokio::test]
async fn every_filter_narrows_what_tools_were_called() {
    let mut database = Database::new().await;
    let first = calling("a", "s", 0, &[("1", "Read"), ("2", "Bash")]);
    let mut second = calling("b", "s", 30, &[("3", "Read")]);
    // The first part is the response.
    second.snapshot.parts = vec![part("claude-haiku-5-5", 1), part("claude-opus-5", 1)];
    let mut third = calling("c", "t", 31, &[("4", "Read"), ("5", "Grep")]);
    conversation(&mut third).folder = "/home/u/other".to_owned();
    conversation(&mut third).sidechain = true;
    let batches = [
        failing(batch("s", 400, vec![first, second]), &["2", "3"]),
        in_home("/mnt/claude", batch("t", 400, vec![third])),
    ];
    database.writer.apply(&batches).await.unwrap();
    let check = async |filter: UsageFilter, expected: &[(String, u64, u64, u64)]| {
        assert_eq!(usage(&database, &filter).await, expected, "{filter:?}");
    };
    let (from_second, just_one) = ([tool("Read", 2, 1, 2), tool("Grep", 1, 0, 1)], [tool("Read", 1, 1, 1)]);
    let (of_first, of_third) =
        ([tool("Bash", 1, 1, 1), tool("Read", 1, 0, 1)], [tool("Grep", 1, 0, 1), tool("Read", 1, 0, 1)]);
    let all = UsageFilter::default;
    let names = |name: &str| vec![name.to_owned()];
    let slot = |hours: i64| Some(Slot::of(T0 + hours * HOUR_MS));
    check(all(), &[tool("Read", 3, 1, 2), tool("Bash", 1, 1, 1), tool("Grep", 1, 0, 1)]).await;
    check(UsageFilter { from: slot(30), ..all() }, &from_second).await;
    check(UsageFilter { until: slot(30), ..all() }, &of_first).await;
    check(UsageFilter { models: names("claude-haiku-5-5"), ..all() }, &just_one).await;
    check(UsageFilter { projects: names("/home/u/other"), ..all() }, &of_third).await;
    check(UsageFilter { sessions: names("t"), ..all() }, &of_third).await;
    check(UsageFilter { homes: names("/mnt/claude"), ..all() }, &of_third).await;
    check(UsageFilter { homes: names(HOME), from: slot(30), ..all() }, &just_one).await;
    check(UsageFilter { sidechain: Some(true), ..all() }, &of_third).await;
    check(UsageFilter { sidechain: Some(true), sessions: names("s"), ..all() }, &[]).await;
    let read = database.store.tool_usage(&all()).await.unwrap().swap_remove(0);
    assert_eq!(
        read,
        ToolUsage { tool: "Read".to_owned(), calls: 3, errors: 1, sessions: 2, last_ms: T0 + 31 * HOUR_MS }
    );
}

#[tokio::test]
async fn late_call_details_count_on_the_day_of_the_response() {
    let mut database = Database::new().await;
    let old = calling("a", "s", 0, &[("1", "Read")]);
    database.writer.apply(&[batch("s", 10, vec![old.clone()])]).await.unwrap();
    let check = async |database: &Database, version: u64, expected: &[(String, u64, u64, u64)]| {
        assert_eq!(database.store.data_version().await.unwrap(), version);
        assert_eq!(usage(database, &UsageFilter::default()).await, expected);
        // It was not left to the query.
        assert_eq!(database.number("SELECT count(*) FROM usage_day WHERE usage IS NULL").await, 0);
    };
    check(&database, 1, &[tool("Read", 1, 0, 1)]).await;

    // Days later the call is known to have failed.
    let late = vec![calling("b", "s", 72, &[])];
    database.writer.apply(&[failing(next_batch("s", 10, 730, late), &["1", "2"])]).await.unwrap();
    check(&database, 2, &[tool("Read", 1, 1, 1)]).await;

    // A line of a known response with an additional call; the error was known before.
    let mut again = calling("a", "s", 0, &[("1", "Read"), ("2", "Bash")]);
    again.locus.offset_bytes = 730;
    again.snapshot.output = 0;
    let applied = database.writer.apply(&[next_batch("s", 730, 740, vec![again])]).await.unwrap();
    assert_eq!(applied.changed.len(), 1);
    check(&database, 3, &[tool("Bash", 1, 1, 1), tool("Read", 1, 1, 1)]).await;

    // The error without its call, and the error of an unknown call.
    let alone = |from, end, id| failing(next_batch("s", from, end, vec![]), &[id]);
    database.writer.apply(&[alone(740, 750, "1"), alone(750, 760, "unknown")]).await.unwrap();
    check(&database, 3, &[tool("Bash", 1, 1, 1), tool("Read", 1, 1, 1)]).await;
    let unknown = calling("c", "t", 1, &[("unknown", "Bash"), ("5", "Bash")]);
    database.writer.apply(&[batch("t", 20, vec![unknown])]).await.unwrap();
    check(&database, 4, &[tool("Bash", 3, 2, 2), tool("Read", 1, 1, 1)]).await;
    database.writer.apply(&[alone(760, 770, "5")]).await.unwrap();
    check(&database, 5, &[tool("Bash", 3, 3, 2), tool("Read", 1, 1, 1)]).await;
}

#[tokio::test]
async fn calls_move_with_their_response() {
    let mut database = Database::new().await;
    let late = calling("a", "fork", 48, &[("1", "Read")]);
    database.writer.apply(&[batch("fork", 490, vec![late])]).await.unwrap();
    let original = calling("a", "s", 0, &[]);
    database.writer.apply(&[batch("s", 10, vec![original])]).await.unwrap();
    let read = &database.store.tool_usage(&UsageFilter::default()).await.unwrap()[0];
    assert_eq!((read.calls, read.last_ms), (1, T0));
    let of = |session: &str| UsageFilter { sessions: vec![session.to_owned()], ..UsageFilter::default() };
    assert_eq!(usage(&database, &of("s")).await, [tool("Read", 1, 0, 1)]);
    assert_eq!(usage(&database, &of("fork")).await, []);
}

#[tokio::test]
async fn tools_of_mcp_servers_are_in_the_order_of_the_commits_that_stored_them() {
    let mut database = Database::new().await;
    let calls = [("1", "mcp__web__get"), ("2", "Bash"), ("3", "mcp_other")];
    database.writer.apply(&[batch("s", 10, vec![calling("a", "s", 1, &calls)])]).await.unwrap();
    let more = [("5", "mcp__db__query"), ("6", "mcp__a__b")];
    database.writer.apply(&[batch("t", 10, vec![calling("b", "t", 2, &more)])]).await.unwrap();
    let tools = database.store.mcp_tools().await.unwrap();
    assert_eq!(tools, ["mcp__web__get", "mcp__a__b", "mcp__db__query"]);
}
