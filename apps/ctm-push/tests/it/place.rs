//! A database of its own, and the program beside it.

use ctm_storage::Store;
use ctm_types::{
    Attribution, Batch, Billing, Checkpoint, Consumption, Conversation, EpochMs, FileIdentity, LineCounts,
    Locus, LoggedCopy, Part, ResponseKey, Start, TokenCounts, ToolCall, TranscriptPath,
};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

/// What must never be sent, in names and ids of facts.
pub(crate) const CANARY: &str = "canary";

const T0: EpochMs = EpochMs(1_764_000_000_123);

/// A folder with a database.
pub(crate) struct Place {
    pub(crate) dir: TempDir,
    read: u64,
}

/// What a command printed, and its exit code.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    /// Returns a place with a few responses.
    pub(crate) fn with(responses: u64) -> Self {
        let mut place = Self { dir: tempfile::tempdir().unwrap(), read: 0 };
        place.read(responses);
        place
    }

    /// Reads further responses into the database.
    pub(crate) fn read(&mut self, responses: u64) {
        let range = self.read..self.read + responses;
        self.read = range.end;
        let batch = batch(range);
        let path = self.dir.path().join("ctm.db");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::open(&path, &[]).await.unwrap();
            let mut writer = store.writer();
            writer.apply(&[batch]).await.unwrap();
            store.close().await;
            writer.close().await.unwrap();
        });
    }

    /// Copies the database, and returns where to.
    pub(crate) fn back_up(&self) -> PathBuf {
        let to = self.dir.path().join("backup.db");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(ctm_storage::copy(&self.dir.path().join("ctm.db"), &to)).unwrap();
        to
    }

    /// Replaces the database by a backup.
    pub(crate) fn restore(&self, backup: &Path) {
        for log in ["ctm.db-wal", "ctm.db-shm"] {
            // There is none if the last program closed the database.
            let _ = std::fs::remove_file(self.dir.path().join(log));
        }
        std::fs::copy(backup, self.dir.path().join("ctm.db")).unwrap();
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ctm-push"));
        for (name, _) in std::env::vars_os() {
            if ["CTM_", "CLAUDE_", "XDG_"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
                command.env_remove(name);
            }
        }
        command.env("HOME", self.dir.path()).env("COLUMNS", "80").current_dir(self.dir.path());
        command.args(args).arg("--database").arg(self.dir.path().join("ctm.db"));
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().trim_end().to_owned();
        Ran { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Runs a command that must succeed, and returns what it printed.
    #[track_caller]
    pub(crate) fn print(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{args:?}: {ran:?}");
        ran.out
    }

    /// Runs a command that must fail.
    #[track_caller]
    pub(crate) fn fails(&self, args: &[&str], code: i32, reason: &str) {
        let ran = self.run(args);
        assert_eq!(ran.code, Some(code), "{args:?}: {ran:?}");
        assert!(ran.err.starts_with("ctm push: ") && ran.err.contains(reason), "{args:?}: {ran:?}");
    }
}

/// A batch of a transcript with responses of these numbers.
fn batch(numbers: std::ops::Range<u64>) -> Batch {
    let file = TranscriptPath {
        home: format!("/home/{CANARY}/.claude").into(),
        relative: format!("projects/-{CANARY}/{CANARY}.jsonl").into(),
    };
    let file_of_lines = Arc::new(file.clone());
    let conversation = Arc::new(Conversation {
        session: format!("session-{CANARY}"),
        folder: format!("/home/{CANARY}/{CANARY}-client/work"),
        branch: Some(format!("{CANARY}-branch")),
        version: Some("2.1.200".to_owned()),
        ..Conversation::default()
    });
    let copy = |number: u64| LoggedCopy {
        key: ResponseKey::from_stored(&format!("{CANARY}-message-{number}")),
        locus: Locus { file: file_of_lines.clone(), offset_bytes: number },
        snapshot: Consumption { parts: vec![part(number)], output: number, is_final: true },
        attribution: Attribution { at_ms: T0 + number.cast_signed(), conversation: conversation.clone() },
        details: Default::default(),
        embedded: false,
        in_own_file: true,
        tool_calls: vec![ToolCall { id: format!("toolu_{CANARY}_{number}"), name: format!("{CANARY}-tool") }],
        refused_request: None,
    };
    let start = if numbers.start == 0 { Start::Beginning } else { Start::Checkpoint(numbers.start) };
    let end = numbers.end;
    let copies: Vec<LoggedCopy> = numbers.map(copy).collect();
    let mut lines = LineCounts::default();
    copies.iter().for_each(|_| lines.add_copy());
    Batch {
        file,
        start,
        next: Checkpoint {
            identity: FileIdentity { device: 1, inode: 7 },
            size_bytes: end,
            modified_ns: 5,
            offset_bytes: end,
            head_hash: 1,
            tail_hash: 1,
            cwd: None,
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

fn part(number: u64) -> Part {
    Part {
        billing: Arc::new(Billing { model: "claude-opus-5".to_owned(), ..Billing::default() }),
        tokens: TokenCounts { input: 1, output: number, ..TokenCounts::default() },
        web_searches: 0,
        ttl_assumed: false,
    }
}
