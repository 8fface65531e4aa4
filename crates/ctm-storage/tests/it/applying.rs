use crate::support::{
    Database, HOME, T0, batch, call, conversation, copy, details, gone, next_batch, part, path_of, totals,
};
use ctm_facts::{
    ExplainedResponse, KnownFile, PresenceChange, ResponseFilter, ResponsePage, TimeOrder, UsageFilter,
};
use ctm_types::{
    Agent, Batch, Checkpoint, EpochMs, IssueKind, LineIssue, LoggedCopy, Prompt, SkipReason, ToolError,
};
use proptest::prelude::*;
use std::collections::HashMap;

#[tokio::test]
async fn the_winning_copy_is_what_counts() {
    let mut database = Database::new().await;
    let growing = vec![copy("a", "s", 0, 2), copy("a", "s", 10, 90), copy("b", "s", 20, 5)];
    let applied = database.writer.apply(&[batch("s", 30, growing)]).await.unwrap();
    assert_eq!(applied.data_version, 1);
    assert_eq!(database.totals().await, (2, [2, 95, 200, 20, 2_000]));
    let applied =
        database.writer.apply(&[next_batch("s", 30, 40, vec![copy("a", "s", 30, 100)])]).await.unwrap();
    assert_eq!((applied.data_version, applied.changed.len()), (2, 1));
    assert_eq!(
        (applied.changed[0].conversation.session.as_str(), applied.changed[0].billing.model.as_str()),
        ("s", "claude-opus-5")
    );
    assert_eq!(database.totals().await, (2, [2, 105, 200, 20, 2_000]));
    assert_eq!(database.number("SELECT count(*) FROM superseded").await, 2);
}

#[tokio::test]
async fn applying_again_changes_nothing() {
    let mut database = Database::new().await;
    let batches = [batch("s", 30, vec![copy("a", "s", 0, 2), copy("b", "s", 10, 5)])];
    database.writer.apply(&batches).await.unwrap();
    let (usage, lines) = (database.usage().await, database.store.line_totals().await.unwrap());
    let applied = database.writer.apply(&batches).await.unwrap();
    assert_eq!((applied.data_version, applied.changed.len()), (1, 0));
    assert_eq!(database.usage().await, usage);
    assert_eq!(database.store.line_totals().await.unwrap(), lines);
}

#[tokio::test]
async fn a_batch_that_another_process_overtook_is_refused() {
    let mut database = Database::new().await;
    database.writer.apply(&[batch("s", 30, vec![copy("a", "s", 0, 2)])]).await.unwrap();
    let late = next_batch("s", 20, 40, vec![copy("b", "s", 25, 9)]);
    let applied = database.writer.apply(&[late, next_batch("new", 5, 9, vec![])]).await.unwrap();
    assert_eq!(applied.stale, [path_of("s"), path_of("new")]);
    assert_eq!(database.totals().await.0, 1);
    assert_eq!(database.known().await[0].offset_bytes, 30);
}

#[tokio::test]
async fn facts_survive_a_rewritten_and_a_vanished_file() {
    let mut database = Database::new().await;
    database
        .writer
        .apply(&[batch("s", 30, vec![copy("a", "s", 0, 2), copy("b", "s", 10, 5)])])
        .await
        .unwrap();
    database.writer.apply(&[batch("s", 10, vec![copy("b", "s", 0, 5)])]).await.unwrap();
    assert_eq!(database.totals().await.0, 2);
    assert_eq!(database.number("SELECT count(*) FROM superseded").await, 1);
    let lines = &database.store.line_totals().await.unwrap()[0];
    // Existing transcripts, and those that responses depend on.
    assert_eq!((lines.read, lines.copies, lines.skipped["no_usage"]), (2 + 2, 2 + 1, 1));

    let version = database.store.data_version().await.unwrap();
    database.writer.mark(&[gone(path_of("s"))]).await.unwrap();
    assert_eq!(database.store.line_totals().await.unwrap()[0].files_gone, 1);
    // The homes in a report change.
    let now = async |database: &Database| {
        (database.totals().await.0, database.store.data_version().await.unwrap() - version)
    };
    assert_eq!(now(&database).await, (2, 1));
    database.writer.mark(&[gone(path_of("s")), gone(path_of("unknown"))]).await.unwrap();
    assert_eq!(now(&database).await, (2, 1));
    database.writer.mark(&[PresenceChange { path: path_of("s"), gone: false }]).await.unwrap();
    assert_eq!(database.store.line_totals().await.unwrap()[0].files_gone, 0);
    assert_eq!(now(&database).await, (2, 2));
}

#[tokio::test]
async fn parts_follow_the_winner_when_it_changes() {
    let mut database = Database::new().await;
    let with_parts = |offset, output, models: &[&str]| {
        let mut copy = copy("a", "s", offset, output);
        copy.snapshot.parts = models.iter().map(|model| part(model, output)).collect();
        copy
    };
    let counts = [(5, vec!["x", "y"]), (6, vec!["x", "y", "z"]), (7, vec!["z"])];
    for (at, (output, models)) in counts.into_iter().enumerate() {
        let offset = at as u64 * 10;
        let copies = vec![with_parts(offset, output, &models)];
        let batch =
            if at == 0 { batch("s", 10, copies) } else { next_batch("s", offset, offset + 10, copies) };
        database.writer.apply(&[batch]).await.unwrap();
        let (responses, [_, sum, ..]) = database.totals().await;
        assert_eq!((responses, sum), (1, output * models.len() as u64));
    }
    assert_eq!(database.number("SELECT count(*) FROM event").await, 1);
}

#[tokio::test]
async fn checkpoints_come_back_as_they_were_stored() {
    let mut database = Database::new().await;
    let mut subagent = batch("agent-1", 30, vec![]);
    subagent.agent = Some(Agent { id: "1".to_owned(), kind: None });
    database.writer.apply(&[batch("s", 30, vec![]), subagent.clone()]).await.unwrap();
    let known = database.known().await;
    let Checkpoint { identity, size_bytes, modified_ns, offset_bytes, .. } = batch("s", 30, vec![]).next;
    let path = path_of("s");
    let expected = KnownFile {
        path,
        identity,
        size_bytes,
        modified_ns,
        offset_bytes,
        agent_kind_missing: false,
        gone: false,
    };
    assert_eq!(known[0], expected);
    let [s, unknown] = [path_of("s"), path_of("unknown")].map(|path| path.relative);
    let checkpoints = database.store.checkpoints(HOME, &[&s, &unknown]).await.unwrap();
    assert_eq!(checkpoints, HashMap::from([(s.to_string(), batch("s", 30, vec![]).next)]));
    assert!(database.store.checkpoints("/other", &[&s]).await.unwrap().is_empty());
    assert_eq!(known.iter().map(|file| file.agent_kind_missing).collect::<Vec<_>>(), [false, true]);
    subagent.agent = Some(Agent { id: "1".to_owned(), kind: Some("Explore".to_owned()) });
    database.writer.apply(&[subagent.clone()]).await.unwrap();
    subagent.agent = Some(Agent { id: "1".to_owned(), kind: None });
    database.writer.apply(&[subagent]).await.unwrap();
    assert!(!database.known().await[1].agent_kind_missing);
}

#[tokio::test]
async fn odd_texts_are_stored_as_they_are() {
    let mut database = Database::new().await;
    let odd = "quote \" backslash \\ line\nfeed \u{1} emoji 😀 ' ; --";
    let mut line = copy(odd, "s", 0, 3);
    conversation(&mut line).folder = odd.to_owned();
    line.tool_calls = vec![call(odd, odd)];
    let mut batch = batch("s", 10, vec![line]);
    batch.tool_errors = vec![ToolError { id: odd.to_owned() }];
    for _ in 0..2 {
        database.writer.apply(std::slice::from_ref(&batch)).await.unwrap();
    }
    assert_eq!(database.totals().await.0, 1);
    assert_eq!(database.number("SELECT count(*) FROM tool_call JOIN tool_error USING (id)").await, 1);
    assert!(database.store.project_names().await.unwrap().values().any(|project| project == odd));
}

#[tokio::test]
async fn prompts_belong_to_the_session_of_their_earliest_copy() {
    let prompt = |session: &str, at_ms| Prompt { uuid: "u".to_owned(), session: session.to_owned(), at_ms };
    let with = |file: &str, at_ms| Batch { prompts: vec![prompt(file, at_ms)], ..batch(file, 10, vec![]) };
    let orders: [[Batch; 3]; 2] = [
        [with("c", T0), with("b", T0), with("a", T0 + 1)],
        [with("a", T0 + 1), with("b", T0), with("c", T0)],
    ];
    for order in orders {
        let mut database = Database::new().await;
        for batch in order {
            database.writer.apply(&[batch]).await.unwrap();
        }
        assert_eq!(database.store.data_version().await.unwrap(), 2);
        let details = database.store.session_details(&["a", "b", "c", "unknown"]).await.unwrap();
        let prompts: Vec<_> =
            details.iter().map(|session| (session.session.as_str(), session.prompts)).collect();
        assert_eq!(prompts, [("a", 0), ("b", 1), ("c", 0)]);
    }
}

#[tokio::test]
async fn issues_are_kept_with_their_place() {
    let mut database = Database::new().await;
    let mut batch = batch("s", 10, vec![]);
    batch.issues = vec![LineIssue { offset_bytes: 3, kind: IssueKind::Skipped(SkipReason::Malformed) }; 2];
    database.writer.apply(&[batch]).await.unwrap();
    assert_eq!(
        database
            .number("SELECT count(*) FROM line_issue WHERE kind = 'malformed' AND offset_bytes = 3")
            .await,
        1
    );
}

#[tokio::test]
async fn more_names_than_are_remembered_are_stored_all_the_same() {
    const SESSIONS: u64 = 8_000;
    let mut database = Database::new().await;
    // The same lines again in another order: what was forgotten is looked up.
    for range in [0..SESSIONS, SESSIONS..2 * SESSIONS, 2 * SESSIONS..3 * SESSIONS, 0..SESSIONS] {
        let of_session = |number: u64| {
            let name = format!("s{number}");
            batch(&name, 30, vec![copy(&name, &name, 0, number)])
        };
        let batches: Vec<Batch> = range.map(of_session).collect();
        database.writer.apply(&batches).await.unwrap();
    }
    let mut late = copy("s3", "late", 0, SESSIONS);
    late.snapshot.is_final = true;
    database.writer.apply(&[batch("late", 10, vec![late])]).await.unwrap();
    let responses = 3 * SESSIONS;
    let output = responses * (responses - 1) / 2 - 3 + SESSIONS;
    let (counted, [_, sum, ..]) = database.totals().await;
    assert_eq!((counted, sum), (responses, output));
    assert_eq!(database.number("SELECT count(*) FROM session").await, 1 + responses.cast_signed());
    assert_eq!(database.number("SELECT count(*) FROM superseded").await, 1);
}

#[tokio::test]
async fn two_writers_take_turns_and_agree() {
    let mut database = Database::new().await;
    let mut other = database.store.writer();
    database.writer.apply(&[batch("s", 30, vec![copy("a", "s", 0, 2)])]).await.unwrap();
    other.apply(&[batch("t", 30, vec![copy("a", "t", 0, 9), copy("b", "t", 10, 1)])]).await.unwrap();
    database
        .writer
        .apply(&[batch("t", 30, vec![copy("a", "t", 0, 9), copy("b", "t", 10, 1)])])
        .await
        .unwrap();
    other.apply(&[next_batch("s", 30, 40, vec![copy("b", "s", 30, 4)])]).await.unwrap();
    assert_eq!(database.totals().await, (2, [2, 13, 200, 20, 2_000]));
    assert_eq!(database.number("SELECT count(*) FROM pragma_foreign_key_check").await, 0);
}

/// Copies of a few responses with all that decides which one wins, with calls of a tool, and with
/// calls that are known to have failed.
fn some_copy() -> impl Strategy<Value = (LoggedCopy, Vec<ToolError>)> {
    let calls = (0..3_u8, 0..3_u8, 0..3_u32.pow(7));
    (0..3_u8, 0..3_u8, 0..9_u64, 0..4_u64, 1..3_usize, 0..3_i64, any::<[bool; 4]>(), calls).prop_map(
        |(
            key,
            file,
            offset,
            output,
            parts,
            time,
            [is_final, embedded, sidechain, in_own_file],
            (calls, failed, said),
        )| {
            // A line is a copy: its position determines its response.
            let key = format!("key-{}", (u64::from(key) + offset) % 3);
            let mut copy = copy(&key, &format!("file-{file}"), offset, output);
            copy.snapshot.parts = vec![part("m", output); parts];
            copy.snapshot.is_final = is_final;
            copy.attribution.at_ms = T0 + time;
            conversation(&mut copy).sidechain = sidechain;
            copy.details = details(said);
            copy.embedded = embedded;
            copy.in_own_file = in_own_file;
            copy.tool_calls = (0..calls).map(|number| call(&format!("{key}-{number}"), "Read")).collect();
            let errors = (0..failed).map(|call| ToolError { id: format!("{key}-{call}") });
            (copy, errors.collect())
        },
    )
}

/// Session, slot and times of all rows; numbers of sessions depend on the order, names do not.
async fn by_session(database: &Database) -> Vec<(String, EpochMs, EpochMs, u64)> {
    let sessions = database.store.session_names().await.unwrap();
    let rows = database.usage().await;
    let row = |row: &ctm_types::UsageRow| {
        (sessions[&row.session].clone(), row.first_ms, row.last_ms, row.tokens.total())
    };
    let mut rows: Vec<_> = rows.iter().map(row).collect();
    rows.sort();
    rows
}

/// All responses with the lines that log them.
async fn explained(database: &Database) -> Vec<ExplainedResponse> {
    let page =
        ResponsePage { after: None, limit: 100, order: TimeOrder::OldestFirst, ..ResponsePage::default() };
    let mut all = Vec::new();
    for response in database.store.responses(&UsageFilter::default(), &page).await.unwrap() {
        let explained = database.store.response(&response.key).await.unwrap().unwrap();
        assert_eq!(explained.response, response);
        all.push(explained);
    }
    all
}

/// Any time that can be stored: of these days, at the edges of what is stored, written or read, and
/// any other.
fn any_time() -> impl Strategy<Value = EpochMs> {
    prop_oneof![
        T0.0..T0.0 + 5 * 86_400_000,
        prop::sample::select(vec![
            i64::MIN,
            i64::MIN + 1,
            -62_135_596_800_000,
            -86_400_000,
            -1,
            0,
            253_402_300_799_999,
            i64::MAX - 1,
            i64::MAX,
        ]),
        any::<i64>(),
    ]
    .prop_map(EpochMs)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn responses_of_any_time_are_stored_summed_and_found(times in prop::collection::vec(any_time(), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut database = Database::new().await;
            let copies = times.iter().enumerate().map(|(number, at_ms)| {
                let mut copy = copy(&format!("key-{number}"), "s", number as u64, 2);
                copy.attribution.at_ms = *at_ms;
                copy.tool_calls = vec![call(&format!("call-{number}"), "Read")];
                copy
            });
            let copies: Vec<_> = copies.collect();
            // The same line later has the same content, at another time.
            let mut again = copies.clone();
            again.iter_mut().for_each(|copy| {
                copy.locus.offset_bytes += 100;
                copy.attribution.at_ms = copy.attribution.at_ms.saturating_add(1_000_000);
            });
            database.writer.apply(&[batch("s", 30, copies)]).await.unwrap();
            database.writer.apply(&[next_batch("s", 30, 60, again)]).await.unwrap();
            let count = times.len() as u64;
            let check = async |database: &Database| {
                let everything = UsageFilter::default();
                let rows = database.usage().await;
                assert_eq!((totals(&rows).0, totals(&rows).1[1]), (count, 2 * count));
                let first = rows.iter().map(|row| row.first_ms).min();
                let last = rows.iter().map(|row| row.last_ms).max();
                assert_eq!(first.zip(last), database.store.time_span().await.unwrap());
                assert_eq!((first, last), (times.iter().copied().min(), times.iter().copied().max()));
                assert_eq!(database.store.tool_usage(&everything).await.unwrap()[0].calls, count);
                let page = ResponsePage { after: None, limit: 100, order: TimeOrder::NewestFirst, ..ResponsePage::default() };
                assert_eq!(database.store.responses(&everything, &page).await.unwrap().len(), times.len());
                assert_eq!(database.store.count_responses(&everything, &ResponseFilter::default()).await.unwrap(), count);
                assert!(database.store.differing_days().await.unwrap().is_empty());
            };
            check(&database).await;
            database.writer.settle().await.unwrap();
            check(&database).await;
            database.writer.forget_checkpoints().await.unwrap();
            database.writer.settle().await.unwrap();
            check(&database).await;
        });
    }

    #[test]
    fn any_order_and_any_split_give_the_same(mut lines in prop::collection::vec(some_copy(), 1..8), seed in any::<u64>()) {
        // The position of a line determines its content.
        lines.sort_by(|(one, _), (other, _)| one.locus.cmp(&other.locus));
        lines.dedup_by(|(one, _), (other, _)| one.locus == other.locus);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            const FILES: [&str; 3] = ["file-0", "file-1", "file-2"];
            let mut expected = Database::new().await;
            let of = |file: &str| {
                let lines = lines.iter().filter(|(copy, _)| copy.attribution.conversation.session == file);
                let (copies, tool_errors): (Vec<_>, Vec<_>) = lines.cloned().unzip();
                Batch { tool_errors: tool_errors.concat(), ..batch(file, 9, copies) }
            };
            expected.writer.apply(&FILES.map(of)).await.unwrap();

            let mut database = Database::new().await;
            database.writer.apply(&FILES.map(|file| batch(file, 9, vec![]))).await.unwrap();
            let mut shuffled = lines.clone();
            shuffled.sort_by_key(|(copy, _)| {
                (copy.snapshot.output ^ copy.locus.offset_bytes ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15)
            });
            for (copy, tool_errors) in shuffled {
                let file = copy.attribution.conversation.session.clone();
                let batch = Batch { tool_errors, ..next_batch(&file, 9, 9, vec![copy]) };
                database.writer.apply(&[batch]).await.unwrap();
            }
            assert_eq!(database.totals().await, expected.totals().await);
            assert_eq!(by_session(&database).await, by_session(&expected).await);
            // The incrementally stored sums equal those of the events.
            assert_eq!(explained(&database).await, explained(&expected).await);
            let tools = async |database: &Database| {
                database.store.tool_usage(&UsageFilter::default()).await.unwrap()
            };
            let kept = (by_session(&database).await, tools(&database).await);
            assert_eq!(kept.1, tools(&expected).await);
            database.number("UPDATE usage_day SET usage = NULL RETURNING day").await;
            assert_eq!((by_session(&database).await, tools(&database).await), kept);
        });
    }
}

#[tokio::test]
async fn a_day_is_summed_once_while_much_of_it_is_stored() {
    const MARKED: &str = "SELECT count(*) FROM usage_day WHERE usage IS NULL";
    let mut database = Database::new().await;
    let copies = |numbers: std::ops::Range<u64>| {
        numbers.map(|number| copy(&format!("key-{number}"), "a", number, 1)).collect::<Vec<_>>()
    };
    database.writer.apply(&[batch("a", 1_000, copies(0..1_000))]).await.unwrap();
    assert_eq!((database.number(MARKED).await, database.totals().await.0), (1, 1_000));
    database.writer.settle().await.unwrap();
    assert_eq!((database.number(MARKED).await, database.totals().await.0), (0, 1_000));
    database.writer.apply(&[next_batch("a", 1_000, 1_001, copies(1_000..1_001))]).await.unwrap();
    assert_eq!((database.number(MARKED).await, database.totals().await.0), (0, 1_001));
}
