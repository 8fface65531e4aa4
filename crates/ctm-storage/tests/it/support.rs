//! Batches made by hand, and a database to apply them to.

use ctm_facts::{CleanUp, KnownFile, PresenceChange, UsageFilter};
use ctm_storage::{Store, Writer};
use ctm_types::{
    Attribution, Batch, Billing, Checkpoint, Circumstance, Consumption, Conversation, Details, EpochMs,
    FileIdentity, LineCounts, Locus, LoggedCopy, NamedRequest, Part, RequestKey, ResponseKey, SkipReason,
    Start, TokenCounts, ToolCall, TranscriptPath, UsageRow,
};
use std::sync::Arc;
use tempfile::TempDir;

pub(crate) const HOME: &str = "/home/u/.claude";
/// 2026-03-10T10:00:00Z.
pub(crate) const T0: EpochMs = EpochMs(1_773_136_800_000);

pub(crate) struct Database {
    dir: TempDir,
    pub(crate) store: Store,
    pub(crate) writer: Writer,
}

impl Database {
    pub(crate) async fn new() -> Self {
        Self::with_thresholds(&[]).await
    }

    pub(crate) async fn with_thresholds(thresholds: &[u64]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("ctm.db"), thresholds).await.unwrap();
        let writer = store.writer();
        Self { dir, store, writer }
    }

    pub(crate) fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub(crate) async fn usage(&self) -> Vec<UsageRow> {
        self.store.usage(&UsageFilter::default()).await.unwrap()
    }

    /// Responses and the five kinds of tokens, summed.
    pub(crate) async fn totals(&self) -> (u64, [u64; 5]) {
        totals(&self.usage().await)
    }

    /// Runs statements of the test's own.
    pub(crate) async fn execute(&self, statements: &str) {
        execute(self.store.path(), statements).await;
    }

    /// Returns all transcripts that were read before.
    pub(crate) async fn known(&self) -> Vec<KnownFile> {
        known(&self.store).await
    }

    /// Runs a statement of the test's own and returns its one text; empty for NULL.
    pub(crate) async fn text(&self, statement: &'static str) -> String {
        use sqlx::Connection;
        let url = format!("sqlite://{}", self.store.path().display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let text: Option<String> = sqlx::query_scalar(statement).fetch_one(&mut connection).await.unwrap();
        text.unwrap_or_default()
    }

    /// Runs a statement of the test's own and returns its one number.
    pub(crate) async fn number(&self, statement: &'static str) -> i64 {
        use sqlx::Connection;
        let url = format!("sqlite://{}", self.store.path().display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        sqlx::query_scalar(statement).fetch_one(&mut connection).await.unwrap()
    }
}

/// A clean-up of what was last changed before a time, which keeps the desktop app's sessions.
pub(crate) fn clean_up(before_ns: i64) -> CleanUp {
    CleanUp { before_ns, desktop_before_ns: None, is_of_desktop: false }
}

/// Runs statements on a database, which is created if necessary.
pub(crate) async fn execute(path: &std::path::Path, statements: &str) {
    use sqlx::Connection;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Returns all transcripts that were read before.
pub(crate) async fn known(store: &Store) -> Vec<KnownFile> {
    let mut known = Vec::new();
    store.known_files(|file| known.push(file)).await.unwrap();
    known
}

pub(crate) fn totals(rows: &[UsageRow]) -> (u64, [u64; 5]) {
    let tokens: TokenCounts = rows.iter().map(|row| row.tokens).sum();
    let responses = rows.iter().map(|row| row.responses).sum();
    (
        responses,
        [tokens.input, tokens.output, tokens.cache_read, tokens.cache_write_5m, tokens.cache_write_1h],
    )
}

/// The same batch, of another Claude home.
pub(crate) fn in_home(home: &str, mut batch: Batch) -> Batch {
    batch.file.home = home.into();
    let file = Arc::new(batch.file.clone());
    batch.copies.iter_mut().for_each(|copy| copy.locus.file = file.clone());
    batch
}

pub(crate) fn path_of(file: &str) -> TranscriptPath {
    TranscriptPath { home: HOME.into(), relative: format!("projects/-p/{file}.jsonl").into() }
}

/// A transcript that is gone.
pub(crate) fn gone(path: TranscriptPath) -> PresenceChange {
    PresenceChange { path, gone: true }
}

/// A copy of the response `key` in `file`, one part with `output` tokens.
pub(crate) fn copy(key: &str, file: &str, offset_bytes: u64, output: u64) -> LoggedCopy {
    LoggedCopy {
        key: ResponseKey::from_stored(key),
        locus: Locus { file: path_of(file).into(), offset_bytes },
        snapshot: Consumption { parts: vec![part("claude-opus-5", output)], output, is_final: false },
        attribution: Attribution {
            at_ms: T0,
            conversation: Arc::new(Conversation {
                session: file.to_owned(),
                folder: "/home/u/app".to_owned(),
                branch: Some("main".to_owned()),
                version: Some("2.1.200".to_owned()),
                sidechain: false,
                agent: None,
                ..Conversation::default()
            }),
        },
        details: Default::default(),
        embedded: false,
        in_own_file: true,
        tool_calls: Vec::new(),
        refused_request: None,
    }
}

/// Details of which each field is one of three, by a digit of `number` in base 3.
pub(crate) fn details(number: u32) -> Details {
    let mut rest = number;
    let mut next = || {
        let digit = rest % 3;
        rest /= 3;
        digit
    };
    let mut name = |names: [&str; 2]| match next() {
        0 => None,
        digit => Some(names[digit as usize - 1].to_owned()),
    };
    let circumstance = Circumstance {
        cache_miss: name(["model_changed", "tools_changed"]),
        skill: name(["commit", "review"]),
        mcp_server: name(["docs", "issues"]),
        mcp_tool: name(["list", "search"]),
        effort: name(["high", "low"]),
        ..Circumstance::default()
    };
    let mut count = || Some(u64::from(next())).filter(|count| *count > 0);
    Details {
        thinking_tokens: count(),
        cache_missed_tokens: count(),
        request: count().map(|hash| NamedRequest { at_ms: T0, request: RequestKey(hash.cast_signed()) }),
        circumstance: (!circumstance.is_empty()).then(|| Arc::new(circumstance)),
    }
}

/// Returns the conversation of a copy, to be changed.
pub(crate) fn conversation(copy: &mut LoggedCopy) -> &mut Conversation {
    Arc::make_mut(&mut copy.attribution.conversation)
}

pub(crate) fn part(model: &str, output: u64) -> Part {
    Part {
        billing: Arc::new(Billing { model: model.to_owned(), ..Billing::default() }),
        tokens: TokenCounts { input: 1, output, cache_read: 100, cache_write_5m: 10, cache_write_1h: 1_000 },
        web_searches: 0,
        ttl_assumed: false,
    }
}

pub(crate) fn call(id: &str, name: &str) -> ToolCall {
    ToolCall { id: id.to_owned(), name: name.to_owned() }
}

/// A batch that reads `file` from its beginning up to `end`.
pub(crate) fn batch(file: &str, end: u64, copies: Vec<LoggedCopy>) -> Batch {
    let mut lines = LineCounts::default();
    copies.iter().for_each(|_| lines.add_copy());
    lines.add_skipped(SkipReason::NoUsage);
    Batch {
        file: path_of(file),
        start: Start::Beginning,
        next: Checkpoint {
            identity: FileIdentity { device: u64::MAX, inode: 7 },
            size_bytes: end,
            modified_ns: 5,
            offset_bytes: end,
            head_hash: u64::MAX,
            tail_hash: 1,
            cwd: Some("/home/u/app".to_owned()),
        },
        at_end: true,
        copies,
        prompts: Vec::new(),
        tool_errors: Vec::new(),
        searches: Vec::new(),
        refusals: Default::default(),
        agent: None,
        forks: Default::default(),
        starts: Vec::new(),
        worktrees: Default::default(),
        sessions: Default::default(),
        lines,
        tail: LineCounts::default(),
        issues: Vec::new(),
    }
}

/// The same, read on from the checkpoint at `from`.
pub(crate) fn next_batch(file: &str, from: u64, end: u64, copies: Vec<LoggedCopy>) -> Batch {
    Batch { start: Start::Checkpoint(from), ..batch(file, end, copies) }
}
