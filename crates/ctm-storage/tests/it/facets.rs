//! Usage by what responses were made for.

use crate::support::{Database, T0, batch, call, conversation, copy, details, part};
use ctm_facts::UsageFilter;
use ctm_facts::facets::{Called, FacetUsage};
use ctm_storage::FacetDetails;
use ctm_types::{LoggedCopy, Recorded, SessionRecord, TokenCounts, UsageRow};
use proptest::prelude::*;

const ALL: FacetDetails = FacetDetails { tools: true, pull_requests: true, versions: true };

fn sums<'r>(rows: impl Iterator<Item = &'r UsageRow>) -> (u64, u64, u64, TokenCounts) {
    rows.fold(Default::default(), |(responses, unfinalised, searches, mut tokens), row| {
        tokens += row.tokens;
        (responses + row.responses, unfinalised + row.unfinalised, searches + row.web_searches, tokens)
    })
}

/// Returns the only part of the usage.
async fn usage(database: &Database, filter: &UsageFilter, details: FacetDetails) -> FacetUsage {
    let mut parts = database.store.facet_usage(filter, details).await.unwrap();
    let usage = parts.next().await.unwrap();
    assert!(parts.next().await.unwrap().is_none());
    usage.unwrap_or_default()
}

/// Returns the skills of the responses with their numbers.
fn skills(usage: &FacetUsage) -> Vec<(Option<String>, u64)> {
    let rows = usage.rows.iter();
    rows.map(|(key, row)| {
        let circumstance = usage.circumstances.get(&key.circumstance);
        (circumstance.and_then(|circumstance| circumstance.skill.clone()), row.responses)
    })
    .collect()
}

#[tokio::test]
async fn later_parts_belong_to_the_circumstance_and_the_tools_of_their_response() {
    let mut database = Database::new().await;
    let mut parts = LoggedCopy { details: details(2_186), ..copy("a", "s", 0, 9) };
    parts.snapshot.parts.push(part("advisor", 4));
    parts.tool_calls = vec![call("1", "Bash"), call("2", "Bash")];
    let mut several = copy("b", "s", 1, 9);
    several.tool_calls = vec![call("3", "Bash"), call("4", "Read")];
    database.writer.apply(&[batch("s", 30, vec![parts, several, copy("c", "s", 2, 9)])]).await.unwrap();
    let usage = usage(&database, &UsageFilter::default(), ALL).await;
    let skill = details(2_186).circumstance.unwrap().skill.clone();
    assert!(skill.is_some());
    let of_first = |row: &(Option<String>, u64)| row.0 == skill;
    let (first, others): (Vec<_>, Vec<_>) = skills(&usage).into_iter().partition(of_first);
    assert_eq!(first.iter().map(|(_, responses)| responses).sum::<u64>(), 1);
    assert_eq!((first.len(), others.len()), (2, 2));
    let called = |wanted: Called| usage.rows.iter().filter(|(key, _)| key.called == wanted).count();
    let [(bash, _)] = &usage.tools.iter().collect::<Vec<_>>()[..] else { panic!("{:?}", usage.tools) };
    assert_eq!((called(Called::One(**bash)), called(Called::Several), called(Called::Nothing)), (2, 1, 1));
}

#[tokio::test]
async fn pull_requests_are_those_of_the_session() {
    let mut database = Database::new().await;
    let mut linked = batch("s", 30, vec![copy("a", "s", 0, 9)]);
    let what = Recorded::PullRequest { repository: "acme/shop".to_owned(), number: 5, url: None };
    linked.sessions.records =
        vec![SessionRecord { id: "p".to_owned(), session: "s".to_owned(), at_ms: T0, what }];
    database.writer.apply(&[linked, batch("t", 30, vec![copy("b", "t", 0, 9)])]).await.unwrap();
    let usage = usage(&database, &UsageFilter::default(), ALL).await;
    let names =
        usage.rows.iter().map(|(key, _)| key.pull_request.map(|index| &*usage.pull_requests[index].name));
    assert_eq!(names.collect::<std::collections::BTreeSet<_>>(), [None, Some("acme/shop#5")].into());
}

#[tokio::test]
async fn more_sums_than_a_part_has_come_in_several() {
    const RESPONSES: u64 = 21_000;
    let mut database = Database::new().await;
    let copies = (0..RESPONSES).map(|at| {
        let mut copy = copy(&format!("k{at}"), "s", at, 9);
        conversation(&mut copy).session = format!("s{at}");
        copy
    });
    database.writer.apply(&[batch("s", RESPONSES, copies.collect())]).await.unwrap();
    database.writer.settle().await.unwrap();
    let mut parts = database.store.facet_usage(&UsageFilter::default(), ALL).await.unwrap();
    let mut responses = Vec::new();
    while let Some(part) = parts.next().await.unwrap() {
        assert_eq!(part.rows.len(), part.conversations.len());
        responses.push(part.rows.iter().map(|(_, row)| row.responses).sum::<u64>());
    }
    assert_eq!((responses.len(), responses.iter().sum::<u64>()), (2, RESPONSES));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is selected, the sums by facets are those of the reports.
    #[test]
    fn sums_are_those_of_the_reports(
        said in prop::collection::vec((0..4_000_u32, 0..3_u8, any::<bool>(), 1..100_u64), 1..20),
        sidechain in prop::option::of(any::<bool>()),
        session in prop::option::of(0..3_u8),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut database = Database::new().await;
            for file in 0..3_u8 {
                let copies = said.iter().enumerate().filter(|(_, (_, of, ..))| *of == file);
                let copies = copies.map(|(at, (number, _, is_sidechain, output))| {
                    let name = format!("s{file}");
                    let mut copy = copy(&format!("k{at}"), &name, at as u64, *output);
                    copy.details = details(*number);
                    conversation(&mut copy).sidechain = *is_sidechain;
                    if number % 3 == 0 {
                        copy.snapshot.parts.push(part("advisor", 4));
                    }
                    copy
                });
                let copies = copies.collect();
                database.writer.apply(&[batch(&format!("s{file}"), 900, copies)]).await.unwrap();
            }
            let filter = UsageFilter {
                sidechain,
                sessions: session.map(|session| format!("s{session}")).into_iter().collect(),
                ..UsageFilter::default()
            };
            let expected = database.store.usage(&filter).await.unwrap();
            for details in [ALL, FacetDetails::default()] {
                let usage = usage(&database, &filter, details).await;
                assert_eq!(sums(usage.rows.iter().map(|(_, row)| row)), sums(expected.iter()));
            }
        });
    }
}
