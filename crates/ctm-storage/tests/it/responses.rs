use crate::support::{
    Database, HOME, T0, batch, call, conversation, copy, details, gone, in_home, part, path_of,
};
use ctm_facts::{ResponseCursor, ResponseFilter, ResponsePage, StoredResponse, TimeOrder, UsageFilter};
use ctm_types::{Agent, LoggedCopy, RankRule, Slot};

const OTHER: &str = "/mnt/claude";

fn at(mut copy: LoggedCopy, after_ms: i64) -> LoggedCopy {
    copy.attribution.at_ms = T0 + after_ms;
    copy
}

/// Forty responses in four sessions and two homes, three at each time, in another order in files.
async fn many() -> Database {
    let mut database = Database::new().await;
    let batches = [("s", 1), ("t", 2), ("u", 3), ("v", 4)].map(|(file, first)| {
        let copies = (0..10_u64).map(|number| {
            let key = format!("{file}{number}");
            let place = number * 7 % 10 * 4 + first;
            let mut copy = at(copy(&key, file, number * 10, number + 1), (place / 3).cast_signed() * 600_000);
            if number % 2 == 0 {
                copy.snapshot.parts[0] = part("claude-haiku-5-5", number + 1);
            }
            if number % 5 == 0 {
                copy.snapshot.parts.push(part("claude-opus-5", 7));
            }
            conversation(&mut copy).sidechain = number == 3;
            if file == "v" {
                conversation(&mut copy).folder = "/home/u/other".to_owned();
            }
            copy
        });
        let batch = batch(file, 100, copies.collect());
        if file == "u" { in_home(OTHER, batch) } else { batch }
    });
    database.writer.apply(&batches).await.unwrap();
    database
}

/// Goes through all pages of a size.
async fn all_pages(
    database: &Database,
    filter: &UsageFilter,
    limit: usize,
    order: TimeOrder,
) -> Vec<StoredResponse> {
    let mut page = ResponsePage { after: None, limit, order, ..ResponsePage::default() };
    let mut all: Vec<StoredResponse> = Vec::new();
    loop {
        let responses = database.store.responses(filter, &page).await.unwrap();
        assert!(responses.len() <= limit);
        let Some(last) = responses.last() else { return all };
        page.after = Some(ResponseCursor::of(last));
        all.extend(responses);
    }
}

#[tokio::test]
async fn pages_of_any_size_go_through_all_responses_in_both_orders() {
    let database = many().await;
    let all = UsageFilter::default();
    let session = UsageFilter { sessions: vec!["t".to_owned(), "u".to_owned()], ..UsageFilter::default() };
    for (filter, count) in [(all, 40), (session, 20)] {
        let mut expected = all_pages(&database, &filter, 1_000, TimeOrder::OldestFirst).await;
        assert_eq!(expected.len(), count);
        assert!(expected.is_sorted_by_key(|response| (response.at_ms, response.key.clone())));
        for limit in [1, 3, 7] {
            assert_eq!(all_pages(&database, &filter, limit, TimeOrder::OldestFirst).await, expected);
        }
        expected.reverse();
        for limit in [1, 3, 7] {
            assert_eq!(all_pages(&database, &filter, limit, TimeOrder::NewestFirst).await, expected);
        }
    }
    let none =
        ResponsePage { after: None, limit: 0, order: TimeOrder::OldestFirst, ..ResponsePage::default() };
    assert!(database.store.responses(&UsageFilter::default(), &none).await.unwrap().is_empty());
}

#[tokio::test]
async fn lists_match_counts_and_sums() {
    let database = many().await;
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let slot = |after_ms| Some(Slot::of(T0 + after_ms));
    let check = async |filter: UsageFilter, expected: u64| {
        let listed = all_pages(&database, &filter, 3, TimeOrder::NewestFirst).await;
        assert_eq!(listed.len() as u64, expected, "{filter:?}");
        assert_eq!(
            database.store.count_responses(&filter, &ResponseFilter::default()).await.unwrap(),
            expected,
            "{filter:?}"
        );
        let by_copies = database.store.responses_by_copies(&filter).await.unwrap();
        assert_eq!(by_copies.values().sum::<u64>(), expected, "{filter:?}");
    };
    let all = UsageFilter::default;
    check(all(), 40).await;
    check(UsageFilter { from: slot(1_800_000), ..all() }, 32).await;
    check(UsageFilter { until: slot(1_800_000), ..all() }, 8).await;
    check(UsageFilter { from: slot(1_800_000), until: slot(3_600_000), sessions: names(&["s"]), ..all() }, 3)
        .await;
    check(UsageFilter { models: names(&["claude-haiku-5-5"]), ..all() }, 20).await;
    // Any part of a response will do.
    check(UsageFilter { models: names(&["claude-opus-5"]), ..all() }, 24).await;
    check(UsageFilter { models: names(&["claude-opus-5", "claude-haiku-5-5"]), ..all() }, 40).await;
    check(UsageFilter { projects: names(&["/home/u/other"]), ..all() }, 10).await;
    check(UsageFilter { projects: names(&["/home/u/other"]), sessions: names(&["s"]), ..all() }, 0).await;
    check(UsageFilter { homes: names(&[OTHER]), ..all() }, 10).await;
    check(UsageFilter { homes: names(&[OTHER]), sessions: names(&["s", "u"]), ..all() }, 10).await;
    check(UsageFilter { homes: names(&[HOME, OTHER]), sidechain: Some(true), ..all() }, 4).await;
    check(UsageFilter { sidechain: Some(false), sessions: names(&["v"]), ..all() }, 9).await;
    check(UsageFilter { sessions: names(&["unknown"]), ..all() }, 0).await;
}

#[tokio::test]
async fn copies_are_counted_of_the_responses_that_pass_a_filter() {
    const DAY_MS: i64 = 86_400_000;
    let mut database = Database::new().await;
    let a = [copy("a", "s", 0, 1), copy("a", "s", 10, 2), copy("a", "s", 20, 3)];
    let first = [a.to_vec(), vec![copy("b", "s", 30, 1)]].concat();
    let second = [copy("c", "t", 0, 1), copy("c", "t", 10, 2), copy("d", "t", 20, 1)];
    let second = second.map(|copy| at(copy, DAY_MS)).to_vec();
    database.writer.apply(&[batch("s", 40, first), in_home(OTHER, batch("t", 30, second))]).await.unwrap();
    let check = async |filter: UsageFilter, expected: &[(u64, u64)]| {
        let by_copies = database.store.responses_by_copies(&filter).await.unwrap();
        assert_eq!(by_copies.into_iter().collect::<Vec<_>>(), expected, "{filter:?}");
    };
    let all = UsageFilter::default;
    let names = |name: &str| vec![name.to_owned()];
    check(all(), &[(1, 2), (2, 1), (3, 1)]).await;
    check(UsageFilter { sessions: names("s"), ..all() }, &[(1, 1), (3, 1)]).await;
    check(UsageFilter { homes: names(OTHER), ..all() }, &[(1, 1), (2, 1)]).await;
    check(UsageFilter { until: Some(Slot::of(T0 + DAY_MS)), ..all() }, &[(1, 1), (3, 1)]).await;
    check(UsageFilter { models: names("claude-opus-5"), ..all() }, &[(1, 2), (2, 1), (3, 1)]).await;
    check(UsageFilter { models: names("none"), ..all() }, &[]).await;
    check(UsageFilter { sidechain: Some(true), ..all() }, &[]).await;
}

#[tokio::test]
async fn a_response_is_returned_with_its_details() {
    let mut database = Database::new().await;
    let mut first = at(copy("a", "agent-1", 10, 2), 0);
    let conversation = conversation(&mut first);
    (conversation.sidechain, conversation.agent) = (true, Some("1".to_owned()));
    conversation.entrypoint = Some("sdk-py".to_owned());
    (conversation.team, conversation.teammate) = (Some("builders".to_owned()), Some("tester".to_owned()));
    first.details = details(0b11);
    first.tool_calls = vec![call("1", "Read"), call("2", "Bash")];
    let mut second = at(copy("a", "agent-1", 20, 9), 5);
    second.attribution.conversation = first.attribution.conversation.clone();
    second.snapshot.parts = vec![part("claude-opus-5", 9), part("claude-haiku-5-5", 4)];
    second.snapshot.is_final = true;
    second.tool_calls = vec![call("2", "Bash"), call("3", "Read")];
    let mut batch = in_home(OTHER, batch("agent-1", 30, vec![first, second]));
    batch.agent = Some(Agent { id: "1".to_owned(), kind: Some("Explore".to_owned()) });
    database.writer.apply(&[batch]).await.unwrap();
    let text = str::to_owned;
    let expected = StoredResponse {
        key: text("a"),
        at_ms: T0,
        session: text("agent-1"),
        project: text("/home/u/app"),
        folder: text("/home/u/app"),
        branch: Some(text("main")),
        version: Some(text("2.1.200")),
        agent: Some(text("1")),
        agent_kind: Some(text("Explore")),
        sidechain: true,
        entrypoint: Some(text("sdk-py")),
        team: Some(text("builders")),
        teammate: Some(text("tester")),
        details: details(0b11),
        searches_of_calls: 0,
        parts: vec![part("claude-opus-5", 9), part("claude-haiku-5-5", 4)],
        is_final: true,
        witness: None,
        tools: vec![text("Bash"), text("Read"), text("Read")],
        failed_tools: Vec::new(),
        copies: 2,
        path: path_of("agent-1").full().replace(HOME, OTHER),
        offset_bytes: 20,
        home: text(OTHER),
    };
    let listed = all_pages(&database, &UsageFilter::default(), 9, TimeOrder::OldestFirst).await;
    assert_eq!(listed, std::slice::from_ref(&expected));
    let explained = database.store.response("a").await.unwrap().unwrap();
    assert_eq!((explained.response, explained.origin_offset_bytes), (expected.clone(), 10));
    assert_eq!(explained.origin_path, expected.path);
    assert_eq!(explained.copies.len(), 2);
    assert_eq!(database.store.response("unknown").await.unwrap(), None);
}

#[tokio::test]
async fn every_superseded_line_has_its_rule() {
    let mut database = Database::new().await;
    let line = |file: &str, offset, after_ms, output, flags: [bool; 3]| {
        let mut copy = at(copy("a", file, offset, output), after_ms);
        let [is_final, sidechain, in_own_file] = flags;
        copy.snapshot.is_final = is_final;
        conversation(&mut copy).sidechain = sidechain;
        copy.in_own_file = in_own_file;
        copy
    };
    let best = [true, false, true];
    let mut iterated = line("b", 40, 5, 5, best);
    // Lines are not compared by the sum of their parts.
    iterated.snapshot.parts.push(part("claude-opus-5", 90));
    let batches = [
        batch("b", 50, vec![line("b", 20, 5, 5, best), iterated]),
        batch("z", 50, vec![line("z", 30, 4, 5, best)]),
        batch("a", 50, vec![line("a", 10, 3, 5, [true, false, false])]),
        batch("c", 50, vec![line("c", 0, 2, 9, [false, false, true]), line("c", 5, 6, 4, best)]),
        batch("d", 50, vec![line("d", 7, 1, 5, [true, true, true])]),
        batch("e", 50, vec![LoggedCopy { embedded: true, ..line("e", 3, 7, 5, best) }]),
    ];
    database.writer.apply(&batches).await.unwrap();
    database.writer.mark(&[gone(path_of("d"))]).await.unwrap();
    let explain = async |database: &Database| {
        let explained = database.store.response("a").await.unwrap().unwrap();
        assert_eq!(explained.response.copies, explained.copies.len() as u64);
        let copies = explained.copies.into_iter();
        let copies = copies.map(|copy| {
            let file = copy.path.replace(&format!("{HOME}/projects/-p/"), "");
            (file, copy.offset_bytes, copy.lost_by, [copy.wins, copy.is_origin, copy.gone])
        });
        copies.collect::<Vec<_>>()
    };
    let of =
        |file: &str, offset, lost_by, flags: [bool; 3]| (format!("{file}.jsonl"), offset, lost_by, flags);
    let plain = [false; 3];
    let expected = [
        of("b", 40, None, [true, false, false]),
        of("b", 20, Some(RankRule::LatestLine), plain),
        of("z", 30, Some(RankRule::SmallestPath), plain),
        of("a", 10, Some(RankRule::OwnFile), plain),
        of("d", 7, Some(RankRule::MainConversation), [false, true, true]),
        of("e", 3, Some(RankRule::OwnLine), plain),
        of("c", 5, Some(RankRule::MoreOutput), plain),
        of("c", 0, Some(RankRule::Final), plain),
    ];
    assert_eq!(explain(&database).await, expected);
    let explained = database.store.response("a").await.unwrap().unwrap();
    let winner = &explained.copies[0];
    assert_eq!((winner.output, winner.tokens.output, winner.at_ms), (5, 95, T0 + 5));
    assert_eq!(explained.origin_path, path_of("d").full());
}
