//! Batches of a small home.

use ctm_types::{
    Attribution, Batch, Billing, Checkpoint, Consumption, Conversation, EpochMs, FileIdentity, LineCounts,
    Locus, LoggedCopy, Part, Prompt, ResponseKey, SessionStart, SkipReason, Start, StatsCache,
    StatsCacheTokens, TokenCounts, TokenUnit, ToolCall, ToolError, TranscriptPath,
};
use std::sync::Arc;

/// 2026-03-08T00:00:00Z.
const T0: EpochMs = EpochMs(1_772_928_000_000);

pub(crate) const HOME: &str = "/home/u/.claude";

fn path_of(session: &str) -> TranscriptPath {
    TranscriptPath { home: HOME.into(), relative: format!("projects/-p/{session}.jsonl").into() }
}

/// A copy of a response in a session, so many minutes after [`T0`], with one tool call.
fn copy(key: &str, session: &str, minute: i64, output: u64, model: &str) -> LoggedCopy {
    let part = Part {
        billing: Arc::new(Billing { model: model.to_owned(), ..Billing::default() }),
        tokens: TokenCounts { input: 1, output, cache_read: 1_000, ..TokenCounts::default() },
        web_searches: 0,
        ttl_assumed: false,
    };
    let conversation = Conversation {
        session: session.to_owned(),
        folder: format!("/home/u/{session}"),
        branch: Some("main".to_owned()),
        ..Conversation::default()
    };
    LoggedCopy {
        key: ResponseKey::from_stored(key),
        locus: Locus { file: path_of(session).into(), offset_bytes: minute.unsigned_abs() * 10 },
        snapshot: Consumption { parts: vec![part], output, is_final: true },
        attribution: Attribution { at_ms: T0 + minute * 60_000, conversation: Arc::new(conversation) },
        details: Default::default(),
        embedded: false,
        in_own_file: true,
        tool_calls: vec![ToolCall { id: format!("call-{key}"), name: "Bash".to_owned() }],
        refused_request: None,
    }
}

/// The whole transcript of a session, with a prompt, and a reply that counts no tokens.
fn batch(session: &str, copies: Vec<LoggedCopy>) -> Batch {
    let mut lines = LineCounts::default();
    copies.iter().for_each(|_| lines.add_copy());
    lines.add_skipped(SkipReason::ZeroUsage);
    let first_ms = copies[0].attribution.at_ms;
    Batch {
        file: path_of(session),
        start: Start::Beginning,
        next: Checkpoint {
            identity: FileIdentity { device: 1, inode: session.len() as u64 },
            size_bytes: 1_000,
            modified_ns: 5,
            offset_bytes: 1_000,
            head_hash: 1,
            tail_hash: 2,
            cwd: None,
        },
        at_end: true,
        tool_errors: vec![ToolError { id: copies[0].tool_calls[0].id.clone() }],
        copies,
        prompts: vec![Prompt { uuid: format!("p-{session}"), session: session.to_owned(), at_ms: first_ms }],
        searches: Vec::new(),
        refusals: Default::default(),
        agent: None,
        forks: Default::default(),
        starts: Vec::<SessionStart>::new(),
        worktrees: Default::default(),
        sessions: Default::default(),
        lines,
        tail: LineCounts::default(),
        issues: Vec::new(),
    }
}

/// Three sessions; the second copies the first and continues, and the third is another model's.
pub(crate) fn home() -> Vec<Batch> {
    let opus = |key, session, minute, output| copy(key, session, minute, output, "claude-opus-5");
    vec![
        batch("app", vec![opus("a", "app", 0, 5), opus("b", "app", 20, 7)]),
        batch("fork", vec![opus("a", "fork", 1, 5), opus("b", "fork", 21, 9), opus("c", "fork", 1_500, 3)]),
        batch("shop", vec![copy("d", "shop", 40, 11, "claude-haiku-4-5")]),
    ]
}

pub(crate) fn stats_cache() -> StatsCache {
    let tokens =
        |date: &str| StatsCacheTokens { date: date.to_owned(), model: "claude-opus-5".to_owned(), tokens: 5 };
    StatsCache {
        version: Some(2),
        last_computed_date: None,
        activity: Vec::new(),
        tokens: vec![tokens("2026-01-31"), tokens("2026-02-28"), tokens("2026-03-01")],
        token_unit: TokenUnit::InputOutput,
        models: Vec::new(),
    }
}
