//! Responses as they are reported to other machines: all of them, as this machine counts them.

use crate::support::{Database, T0, batch, call, conversation, copy, part};
use crate::telemetry::report;
use ctm_facts::ReportedResponse;
use ctm_types::{CallSearches, EpochMs, EventId, NamedRequest, Projects, RequestKey, TokenCounts};

/// Goes through all pages of a size.
async fn reported(database: &Database, since: EpochMs, limit: usize) -> Vec<ReportedResponse> {
    let (mut all, mut after): (Vec<ReportedResponse>, _) = (Vec::new(), EventId(i64::MIN));
    loop {
        let page = database.store.reported_responses(since, after, limit).await.unwrap();
        assert!(page.len() <= limit);
        let Some(last) = page.last() else { return all };
        after = last.event;
        all.extend(page);
    }
}

/// Thirteen responses of two sessions: with several parts, searches of a tool call, and a witness.
async fn varied() -> Database {
    let mut database = Database::new().await;
    let copies = (0..12_u64).map(|number| {
        let mut copy = copy(&format!("r{number}"), "s", number * 10, number + 1);
        copy.attribution.at_ms = T0 + number.cast_signed() * 60_000;
        copy.snapshot.is_final = number.is_multiple_of(3);
        if number.is_multiple_of(5) {
            copy.snapshot.parts.push(part("claude-haiku-4-5", 7));
        }
        conversation(&mut copy).session = ["s", "t"][number as usize % 2].to_owned();
        conversation(&mut copy).sidechain = number == 3;
        copy
    });
    let mut searching = copy("searching", "s", 200, 5);
    searching.tool_calls = vec![call("toolu_1", "WebSearch")];
    let mut witnessed = copy("witnessed", "s", 210, 2);
    witnessed.details.request = Some(NamedRequest { at_ms: T0, request: RequestKey(9) });
    let mut whole = batch("s", 300, copies.chain([searching, witnessed]).collect());
    whole.searches = vec![CallSearches { id: "toolu_1".to_owned(), searches: 4 }];
    database.writer.apply(&[whole]).await.unwrap();
    database.store.add_witnesses(&[report(9, "s", 900)]).await.unwrap();
    database
}

#[tokio::test]
async fn pages_of_any_size_add_up_to_the_usage() {
    let database = varied().await;
    let usage = database.usage().await;
    let all = reported(&database, EpochMs::MIN, 1_000).await;
    for limit in [1, 3, 7] {
        assert_eq!(reported(&database, EpochMs::MIN, limit).await, all, "{limit} at once");
    }
    let parts = || all.iter().flat_map(|response| &response.parts);
    let tokens: TokenCounts = parts().map(|part| part.tokens).sum();
    let searches: u64 = parts().map(|part| part.web_searches).sum();
    let unfinal = all.iter().filter(|response| !response.rank.is_final()).count() as u64;
    let counted: TokenCounts = usage.iter().map(|row| row.tokens).sum();
    let [responses, counted_searches, unfinalised] = usage
        .iter()
        .fold([0; 3], |[a, b, c], row| [a + row.responses, b + row.web_searches, c + row.unfinalised]);
    assert_eq!((tokens, searches, unfinal), (counted, counted_searches, unfinalised));
    assert_eq!((all.len() as u64, searches), (responses, 4));
}

#[tokio::test]
async fn a_response_that_telemetry_completes_is_reported_as_final_and_with_its_output() {
    let all = reported(&varied().await, EpochMs::MIN, 100).await;
    let witnessed = all.iter().find(|response| response.key.as_str() == "witnessed").unwrap();
    assert_eq!((witnessed.rank.is_final(), witnessed.parts[0].tokens.output), (true, 900));
    let other = all.iter().find(|response| response.key.as_str() == "searching").unwrap();
    assert!(!other.rank.is_final() && other.rank < witnessed.rank);
}

#[tokio::test]
async fn responses_since_a_time_are_those_at_it_and_later() {
    let database = varied().await;
    let late = reported(&database, T0 + 9 * 60_000, 2).await;
    let keys: Vec<&str> = late.iter().map(|response| response.key.as_str()).collect();
    assert_eq!(keys, ["r9", "r10", "r11"]);
}

#[tokio::test]
async fn a_response_has_the_session_project_and_version_of_the_reports() {
    let mut database = varied().await;
    let of = |all: &[ReportedResponse], key: &str| {
        let response = all.iter().find(|response| response.key.as_str() == key).unwrap();
        let ReportedResponse { session, project, version, sidechain, .. } = response.clone();
        (session, project, version, sidechain)
    };
    let named = |session: &str, project: &str, sidechain| {
        (session.to_owned(), project.to_owned(), Some("2.1.200".to_owned()), sidechain)
    };
    let all = reported(&database, EpochMs::MIN, 100).await;
    assert_eq!(of(&all, "r0"), named("s", "/home/u/app", false));
    assert_eq!(of(&all, "r3"), named("t", "/home/u/app", true));
    // A rule of names.
    let rules = [("shop".to_owned(), ["/home/u/app".to_owned()].into())].into();
    database.store = database.store.clone().with_projects(Projects::by_rules(&rules));
    let all = reported(&database, EpochMs::MIN, 100).await;
    assert_eq!(of(&all, "r3"), named("t", "shop", true));
}
