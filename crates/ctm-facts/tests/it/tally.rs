//! Counting without a database.

use ctm_facts::{Sums, Tally};
use ctm_types::{
    Attribution, Batch, Billing, BillingId, Checkpoint, Circumstance, Consumption, Conversation, Details,
    EpochMs, FileIdentity, FolderId, HomeId, LineCounts, Locus, LoggedCopy, Part, ProjectId, Projects,
    Prompt, ResponseKey, SessionDetails, SessionId, Start, TokenCounts, ToolCall, ToolError, TranscriptPath,
    UsageRow,
};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

/// 2026-03-10T10:00:00Z.
const T0: EpochMs = EpochMs(1_773_136_800_000);

fn copy(key: &str, file: &str, offset_bytes: u64, output: u64) -> LoggedCopy {
    let conversation = Conversation {
        session: file.to_owned(),
        folder: "/p".to_owned(),
        branch: Some(format!("of-{file}")),
        sidechain: file == "agent",
        agent: (file == "agent").then(|| "a1".to_owned()),
        ..Conversation::default()
    };
    LoggedCopy {
        key: ResponseKey::from_stored(key),
        locus: Locus {
            file: Arc::new(TranscriptPath { home: "/r".into(), relative: file.into() }),
            offset_bytes,
        },
        snapshot: Consumption {
            parts: vec![Part {
                billing: Arc::new(Billing { model: "m".to_owned(), ..Billing::default() }),
                tokens: TokenCounts { input: 1_000, output, ..TokenCounts::default() },
                web_searches: 0,
                ttl_assumed: false,
            }],
            output,
            is_final: false,
        },
        attribution: Attribution {
            at_ms: T0 + offset_bytes.cast_signed(),
            conversation: Arc::new(conversation),
        },
        details: Default::default(),
        embedded: false,
        in_own_file: true,
        tool_calls: Vec::new(),
        refused_request: None,
    }
}

fn batch(file: &str, copies: Vec<LoggedCopy>) -> Batch {
    Batch {
        file: TranscriptPath { home: "/r".into(), relative: file.into() },
        start: Start::Beginning,
        next: Checkpoint {
            identity: FileIdentity { device: 0, inode: 0 },
            size_bytes: 0,
            modified_ns: 0,
            offset_bytes: 0,
            head_hash: 0,
            tail_hash: 0,
            cwd: None,
        },
        at_end: true,
        copies,
        prompts: Vec::new(),
        tool_errors: Vec::new(),
        searches: Vec::new(),
        refusals: BTreeMap::new(),
        agent: None,
        forks: Default::default(),
        starts: Vec::new(),
        worktrees: BTreeMap::new(),
        sessions: Default::default(),
        lines: LineCounts::default(),
        tail: LineCounts::default(),
        issues: Vec::new(),
    }
}

/// Sums by session rather than by its number, which depends on the order of counting.
fn sums(tally: &Tally) -> Vec<(String, bool, UsageRow)> {
    let sums = tally.sums(&[999], &Projects::default());
    let named = |row: &UsageRow| {
        let session = sums.catalog.sessions[&row.session].clone();
        let unnumbered = UsageRow {
            session: SessionId(0),
            project: ProjectId(0),
            folder: FolderId(0),
            home: HomeId(0),
            billing: BillingId(0),
            ..*row
        };
        (session, row.sidechain, unnumbered)
    };
    let mut rows: Vec<_> = sums.rows.iter().map(named).collect();
    rows.sort_by(|a, b| (&a.0, a.2.slot).cmp(&(&b.0, b.2.slot)));
    rows
}

#[test]
fn a_response_counts_once_by_its_best_copy_in_its_first_session() {
    let mut tally = Tally::default();
    tally.add(batch("fork", vec![copy("a", "fork", 50, 90), copy("b", "fork", 60, 7)]));
    tally.add(batch("first", vec![copy("a", "first", 10, 2), copy("a", "first", 20, 40)]));
    let rows = sums(&tally);
    let of = |at: usize| (rows[at].0.as_str(), rows[at].2.tokens.output, rows[at].2.responses);
    assert_eq!((rows.len(), of(0), of(1)), (2, ("first", 90, 1), ("fork", 7, 1)));
    let first = &rows[0].2;
    assert_eq!((first.context_band, first.unfinalised, first.first_ms), (1, 1, T0 + 10));
}

#[test]
fn a_fork_has_what_it_added_however_tallies_are_merged() {
    // The fork of a fork has the smallest id, and the original is continued last.
    let sessions: [(&str, &[u64]); 3] = [("z", &[1, 2, 5]), ("m", &[1, 2, 6, 7]), ("a", &[1, 2, 6, 7, 8])];
    let expected = [("a", 1), ("m", 2), ("z", 3)];
    let part = |(session, responses): &(&str, &[u64])| {
        let copies = responses.iter().map(|number| copy(&number.to_string(), session, *number, 1));
        batch(session, copies.collect())
    };
    let by_session = |tally: &Tally| {
        let mut responses: BTreeMap<String, u64> = BTreeMap::new();
        sums(tally).iter().for_each(|(session, _, row)| {
            *responses.entry(session.clone()).or_default() += row.responses;
        });
        responses
    };
    let expected: BTreeMap<String, u64> =
        expected.map(|(session, responses)| (session.to_owned(), responses)).into();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let (mut whole, mut merged) = (Tally::default(), Tally::default());
        for at in order {
            whole.add(part(&sessions[at]));
            let mut one = Tally::default();
            one.add(part(&sessions[at]));
            merged.merge(one);
        }
        assert_eq!(by_session(&whole), expected, "{order:?}");
        assert_eq!(by_session(&merged), expected, "{order:?}");
    }
}

#[test]
fn a_response_is_of_the_home_of_its_earliest_copy() {
    let of_home = |home: &str, file: &str, offset_bytes| {
        let mut copies = vec![copy("a", file, offset_bytes, 1), copy(file, file, offset_bytes, 1)];
        let path = TranscriptPath { home: home.into(), relative: file.into() };
        copies.iter_mut().for_each(|copy| copy.locus.file = Arc::new(path.clone()));
        Batch { file: path, ..batch(file, copies) }
    };
    let batches = || [of_home("/work", "w", 7), of_home("/own", "o", 5), of_home("/work", "v", 6)];
    let mut whole = Tally::default();
    batches().into_iter().for_each(|batch| whole.add(batch));
    let mut merged = Tally::default();
    for batch in batches() {
        let mut part = Tally::default();
        part.add(batch);
        merged.merge(part);
    }
    for tally in [whole, merged] {
        let Sums { rows, catalog, .. } = tally.sums(&[], &Projects::default());
        let mut homes: BTreeMap<&str, u64> = BTreeMap::new();
        for row in &rows {
            *homes.entry(&catalog.homes[&row.home]).or_default() += row.responses;
        }
        assert_eq!(homes, BTreeMap::from([("/own", 2), ("/work", 2)]));
    }
}

#[test]
fn sessions_have_the_requested_details() {
    let call = |id: &str| ToolCall { id: id.to_owned(), name: "Bash".to_owned() };
    let prompt = |session: &str, at_ms| Prompt { uuid: "u".to_owned(), session: session.to_owned(), at_ms };
    let parts = || {
        let (mut one, mut again) = (copy("a", "s", 10, 1), copy("a", "s", 20, 2));
        one.tool_calls = vec![call("t1")];
        again.tool_calls = vec![call("t1"), call("t2")];
        let mut first = batch("s", vec![one]);
        first.prompts = vec![prompt("s", T0)];
        let mut second = batch("s", vec![again, copy("c", "agent", 30, 3)]);
        second.prompts = vec![prompt("other", T0 + 1)];
        second.tool_errors = vec![ToolError { id: "t2".to_owned() }];
        [first, second]
    };
    let mut tally = Tally::with_session_details();
    for part in parts() {
        let mut other = Tally::with_session_details();
        other.add(part);
        tally.merge(other);
    }
    let expected = [
        SessionDetails {
            session: "agent".to_owned(),
            branch: Some("of-agent".to_owned()),
            subagents: 1,
            ..SessionDetails::default()
        },
        SessionDetails {
            session: "s".to_owned(),
            branch: Some("of-s".to_owned()),
            prompts: 1,
            tool_calls: 2,
            tool_errors: 1,
            ..SessionDetails::default()
        },
    ];
    assert_eq!(tally.session_details(), expected);
    let mut plain = Tally::default();
    parts().into_iter().for_each(|part| plain.add(part));
    assert!(plain.session_details().is_empty());
    assert_eq!(sums(&plain), sums(&tally));
}

proptest! {
    #[test]
    fn tallies_of_parts_merge_to_the_tally_of_all(
        lines in prop::collection::vec((0..4_u8, 0..3_u8, 0..9_u64, 0..5_u64, 0..3_usize), 0..24),
    ) {
        let mut whole = Tally::default();
        let mut parts = [Tally::default(), Tally::default(), Tally::default()];
        for (key, file, offset, output, part) in lines {
            // The position of a line determines its content.
            let (file, output) = (format!("f{file}"), output * 10 + offset);
            let line = copy(&format!("k{}", (u64::from(key) + offset) % 4), &file, offset, output);
            whole.add(batch(&file, vec![line.clone()]));
            parts[part].add(batch(&file, vec![line]));
        }
        let merged = parts.into_iter().rev().reduce(|mut merged, part| {
            merged.merge(part);
            merged
        });
        prop_assert_eq!(sums(&merged.unwrap()), sums(&whole));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn details_are_joined_over_all_lines_whatever_the_tallies(
        lines in prop::collection::vec((0..3_u8, 0..2_u8, 0..4_u64, 0..3_usize, 0..3_u64), 1..10),
        split in 1..10_usize,
    ) {
        let lines: Vec<LoggedCopy> = (0..).zip(&lines).map(|(offset, (key, session, output, name, tokens))| {
            let mut line = copy(&format!("key-{key}"), &format!("s{session}"), offset, *output);
            let circumstance = Circumstance {
                effort: [None, Some("high"), Some("low")][*name].map(str::to_owned),
                cache_miss: [None, Some("tools_changed"), Some("model_changed")][*name].map(str::to_owned),
                ..Circumstance::default()
            };
            line.details = Details {
                circumstance: (!circumstance.is_empty()).then(|| Arc::new(circumstance)),
                thinking_tokens: tokens.checked_sub(1),
                cache_missed_tokens: tokens.checked_sub(1),
                request: None,
            };
            line
        }).collect();
        let mut expected: BTreeMap<ResponseKey, Details> = BTreeMap::new();
        for line in &lines {
            expected.entry(line.key.clone()).or_default().join(&line.details);
        }
        let (mut whole, mut merged) = (Tally::default(), Tally::default());
        for part in lines.chunks(split) {
            whole.add(batch("s", part.to_vec()));
        }
        for part in lines.rchunks(split) {
            let mut other = Tally::default();
            other.add(batch("s", part.to_vec()));
            merged.merge(other);
        }
        for (key, details) in &expected {
            prop_assert_eq!((whole.details(key), merged.details(key)), (Some(details), Some(details)));
        }
    }
}
