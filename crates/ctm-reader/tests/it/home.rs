//! A Claude home in a temporary folder, and the answer that reading it gives.

use ctm_reader::{ClaudeHome, TranscriptFile, discover};
use ctm_types::{
    Batch, Checkpoint, IssueKind, LineCounts, Prompt, Response, Responses, SkipReason, TokenCounts, ToolCall,
    ToolError,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use tempfile::TempDir;

/// Session and file name of most cases.
pub(crate) const S1: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub(crate) const S2: &str = "bbbbbbbb-0000-4000-8000-000000000002";

pub(crate) struct Home {
    dir: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    /// A home with one main transcript of session [`S1`].
    pub(crate) fn with(content: impl AsRef<[u8]>) -> Self {
        let home = Self::new();
        home.write(&main_file(S1), content);
        home
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.dir.path().join(relative)
    }

    pub(crate) fn write(&self, relative: &str, content: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn append(&self, relative: &str, content: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        file.write_all(content.as_ref()).unwrap();
    }

    pub(crate) fn claude_home(&self) -> ClaudeHome {
        ClaudeHome::open(self.dir.path()).unwrap()
    }

    pub(crate) fn files(&self) -> Vec<TranscriptFile> {
        discover(&self.claude_home()).files
    }

    pub(crate) fn answer(&self) -> Answer {
        let mut answer = Answer::default();
        answer.read_all(&self.files());
        answer
    }
}

pub(crate) fn main_file(session: &str) -> String {
    format!("projects/-home-u-app/{session}.jsonl")
}

/// Sum of the facts read so far.
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) responses: Responses,
    pub(crate) tools: BTreeSet<ToolCall>,
    pub(crate) tool_errors: BTreeSet<ToolError>,
    pub(crate) prompts: Vec<Prompt>,
    pub(crate) agents: BTreeMap<String, Option<String>>,
    pub(crate) read: u64,
    pub(crate) copies: u64,
    /// Last lines without a line feed that are whole records, by file.
    pub(crate) tails: BTreeMap<String, LineCounts>,
    pub(crate) skipped: BTreeMap<&'static str, u64>,
    pub(crate) issues: Vec<(u64, IssueKind)>,
    checkpoints: HashMap<PathBuf, Checkpoint>,
}

impl Answer {
    pub(crate) fn read_all(&mut self, files: &[TranscriptFile]) {
        for file in files {
            self.read_to_end(file, ctm_reader::BATCH_BYTES);
        }
    }

    /// Reads what is new in a file, in batches of about `limit_bytes`.
    pub(crate) fn read_to_end(&mut self, file: &TranscriptFile, limit_bytes: u64) {
        loop {
            let checkpoint = self.checkpoints.get(&file.absolute());
            let batch = ctm_reader::Reader::new().read(file, checkpoint, limit_bytes).unwrap();
            self.checkpoints.insert(file.absolute(), batch.next.clone());
            let at_end = batch.at_end;
            self.take(batch);
            if at_end {
                return;
            }
        }
    }

    fn take(&mut self, batch: Batch) {
        for copy in &batch.copies {
            self.tools.extend(copy.tool_calls.iter().cloned());
            self.responses.add(copy);
        }
        self.tool_errors.extend(batch.tool_errors);
        self.prompts.extend(batch.prompts);
        self.agents.extend(batch.agent.map(|agent| (agent.id, agent.kind)));
        self.issues.extend(batch.issues.iter().map(|issue| (issue.offset_bytes, issue.kind)));
        self.tails.insert(batch.file.full(), batch.tail);
        self.read += batch.lines.read;
        self.copies += batch.lines.copies;
        for reason in SkipReason::ALL {
            if batch.lines.skipped(reason) > 0 {
                *self.skipped.entry(reason.name()).or_default() += batch.lines.skipped(reason);
            }
        }
        assert_eq!(
            self.read,
            self.copies + self.skipped.values().sum::<u64>(),
            "every line is accounted for"
        );
    }

    pub(crate) fn tokens(&self) -> TokenCounts {
        self.responses.tokens()
    }

    /// The five kinds in the order input, output, cache read, 5-minute and 1-hour cache writes.
    pub(crate) fn five(&self) -> [u64; 5] {
        let tokens = self.tokens();
        [tokens.input, tokens.output, tokens.cache_read, tokens.cache_write_5m, tokens.cache_write_1h]
    }

    pub(crate) fn unfinalised(&self) -> usize {
        self.responses.values().filter(|response| !response.winner.is_final).count()
    }

    pub(crate) fn only(&self) -> &Response {
        assert_eq!(self.responses.len(), 1, "{:#?}", self.responses);
        self.responses.values().next().unwrap()
    }

    /// Last lines without line feed that are whole records, and the number of copies among them.
    pub(crate) fn tail(&self) -> (u64, u64) {
        self.tails.values().fold((0, 0), |sum, tail| (sum.0 + tail.read, sum.1 + tail.copies))
    }

    pub(crate) fn checkpoint(&self, file: &TranscriptFile) -> &Checkpoint {
        &self.checkpoints[&file.absolute()]
    }
}

/// The `usage` of most cases: `output` grows.
pub(crate) fn usage(output: u64) -> String {
    format!(
        r#"{{"input_tokens":10,"output_tokens":{output},"cache_read_input_tokens":100,"cache_creation_input_tokens":20,"cache_creation":{{"ephemeral_5m_input_tokens":5,"ephemeral_1h_input_tokens":15}}}}"#
    )
}

/// A line builder with the fields that cases vary.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) fields: Vec<(&'static str, String)>,
    pub(crate) message: Vec<(&'static str, String)>,
}

/// A response's line: id `msg_<name>` padded to the length that Anthropic issues.
pub(crate) fn reply(name: &str, output: u64) -> Line {
    Line {
        fields: vec![
            ("type", r#""assistant""#.into()),
            ("timestamp", r#""2026-03-10T10:00:00.000Z""#.into()),
            ("sessionId", format!(r#""{S1}""#)),
            ("requestId", format!(r#""req_{name}""#)),
            ("uuid", format!(r#""uuid-{name}""#)),
            ("cwd", r#""/home/u/app""#.into()),
        ],
        message: vec![
            ("id", format!(r#""{}""#, message_id(name))),
            ("model", r#""claude-sonnet-4-5""#.into()),
            ("usage", usage(output)),
        ],
    }
}

pub(crate) fn message_id(name: &str) -> String {
    format!("msg_{name:0>24}")
}

impl Line {
    /// Sets a field to a JSON text, or removes it when that is empty.
    pub(crate) fn set(mut self, field: &'static str, json: impl Into<String>) -> Self {
        set(&mut self.fields, field, json.into());
        self
    }

    pub(crate) fn message(mut self, field: &'static str, json: impl Into<String>) -> Self {
        set(&mut self.message, field, json.into());
        self
    }

    pub(crate) fn usage(self, json: impl Into<String>) -> Self {
        self.message("usage", json)
    }

    pub(crate) fn id(self, json: impl Into<String>) -> Self {
        self.message("id", json)
    }

    pub(crate) fn at(self, time: &str) -> Self {
        self.set("timestamp", format!(r#""{time}""#))
    }

    pub(crate) fn session(self, session: &str) -> Self {
        self.set("sessionId", format!(r#""{session}""#))
    }

    /// The progress record of a main conversation that embeds this line of a subagent.
    pub(crate) fn embedded(&self) -> Self {
        let message = self.text();
        let data = format!(r#"{{"type":"agent_progress","agentId":"1a2b","message":{message}}}"#);
        let outer = reply("", 0).set("type", r#""progress""#).at("2026-03-10T10:00:09.000Z");
        Self { message: Vec::new(), ..outer.set("requestId", "").set("data", data) }
    }

    /// The line without line feed.
    pub(crate) fn text(&self) -> String {
        let object = |fields: &[(&str, String)]| {
            let fields: Vec<_> = fields.iter().map(|(name, json)| format!(r#""{name}":{json}"#)).collect();
            format!("{{{}}}", fields.join(","))
        };
        let mut fields = self.fields.clone();
        if !self.message.is_empty() {
            fields.push(("message", object(&self.message)));
        }
        object(&fields)
    }

    pub(crate) fn line(&self) -> String {
        self.text() + "\n"
    }
}

fn set(fields: &mut Vec<(&'static str, String)>, field: &'static str, json: String) {
    fields.retain(|(name, _)| *name != field);
    if !json.is_empty() {
        fields.push((field, json));
    }
}

pub(crate) fn lines(lines: &[Line]) -> String {
    lines.iter().map(Line::line).collect()
}
