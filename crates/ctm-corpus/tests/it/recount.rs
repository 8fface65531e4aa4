//! Counts a home the slow and simple way: parse every line, keep every copy, then choose.

use ctm_corpus::{Answer, ExpectedUsage};
use ctm_types::{LineCounts, SkipReason, TokenCounts};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

type Files = BTreeMap<String, Vec<u8>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    #[serde(rename = "type")]
    kind: Option<String>,
    timestamp: Option<String>,
    session_id: Option<String>,
    cwd: Option<String>,
    request_id: Option<String>,
    uuid: Option<String>,
    #[serde(default)]
    is_sidechain: bool,
    message: Option<Message>,
    tool_use_result: Option<Value>,
    data: Option<Value>,
    session_kind: Option<String>,
    forked_from: Option<Value>,
    continued_in_session_id: Option<String>,
    worktree_session: Option<Value>,
    subtype: Option<String>,
    api_refusal_category: Option<String>,
    #[serde(skip)]
    is_embedded: bool,
}

#[derive(Deserialize)]
struct Message {
    id: Option<String>,
    model: Option<String>,
    stop_reason: Option<String>,
    stop_details: Option<Value>,
    usage: Option<Value>,
}

/// The one field that may contain invalid UTF-8.
#[derive(Deserialize)]
struct Content {
    message: ContentOfMessage,
}

#[derive(Deserialize)]
struct ContentOfMessage {
    content: Vec<Value>,
}

/// A copy: its rank, and its content.
struct Copy {
    rank: (bool, u64, bool, bool, bool, Reverse<String>, usize),
    age: (String, String, usize),
    parts: Vec<Part>,
    /// The request, which another line may name.
    request: Option<String>,
    web_searches: u64,
    session: String,
    project: String,
}

/// A part of a response.
struct Part {
    model: String,
    tokens: TokenCounts,
    /// Of a request that was refused before any output: the category, if the line names it.
    refusal: Option<Option<String>>,
}

#[derive(Default)]
struct Count {
    lines: LineCounts,
    responses: BTreeMap<String, Vec<Copy>>,
    tool_ids: HashSet<String>,
    tool_calls: BTreeMap<String, u64>,
    /// The original of each session according to its lines; itself if the lines do not name one.
    copied_from: BTreeMap<String, String>,
    /// The repositories of worktrees.
    worktrees: BTreeMap<String, String>,
    /// The categories of refused requests.
    refusals: BTreeMap<String, String>,
    /// The responses that called for searches of the web, by the call.
    search_calls: BTreeMap<String, String>,
    /// Searches, by the call.
    searches: BTreeMap<String, u64>,
}

/// Returns whether a file of a home is a transcript.
pub(crate) fn is_transcript(path: &str) -> bool {
    path.starts_with("projects/") && path.ends_with(".jsonl") && !path.ends_with("/journal.jsonl")
}

/// Returns what is in the transcripts.
pub(crate) fn recount(files: &Files) -> Answer {
    let (mut count, mut answer) = (Count::default(), Answer::default());
    for (path, bytes) in files.iter().filter(|(path, _)| is_transcript(path)) {
        answer.files += 1;
        answer.bytes += bytes.len() as u64;
        let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        let unfinished = lines.pop().expect("a split has a part");
        answer.unfinished_lines += u64::from(!unfinished.is_empty());
        for (number, line) in lines.into_iter().enumerate() {
            match count.line(path, number, line) {
                Ok(()) => count.lines.add_copy(),
                Err(reason) => count.lines.add_skipped(reason),
            }
        }
    }
    let (own_first, shared) = (own_first(&count.responses), shared(&count.responses));
    let projects = count.projects();
    for (key, copies) in &count.responses {
        let winner = copies.iter().max_by_key(|copy| &copy.rank).unwrap();
        let rank = |copy: &&Copy| {
            let session = copy.session.as_str();
            (count.depth(session), shared.get(session), own_first.get(session).copied(), copy.age.clone())
        };
        let original = copies.iter().min_by_key(rank).unwrap();
        let is_billed = |part: &&Part| count.is_billed(winner, part);
        let (billed, unbilled): (Vec<_>, Vec<_>) = winner.parts.iter().partition(is_billed);
        answer.unbilled.responses += u64::from(billed.is_empty());
        answer.unbilled.tokens += unbilled.iter().map(|part| part.tokens).sum();
        let calls = count.search_calls.iter().filter(|(_, of)| *of == key);
        let searches: u64 = calls.filter_map(|(call, _)| count.searches.get(call)).sum();
        for (index, Part { model, tokens, .. }) in billed.into_iter().enumerate() {
            let tally = ExpectedUsage {
                tokens: *tokens,
                responses: u64::from(index == 0),
                unfinalised: u64::from(index == 0 && !winner.rank.0),
                web_searches: if index == 0 { winner.web_searches + searches } else { 0 },
            };
            answer.totals += tally;
            let day = original.age.0[..10].to_owned();
            *answer.by_day_utc.entry(day).or_default() += tally;
            *answer.by_model.entry(model.clone()).or_default() += tally;
            *answer.by_session.entry(original.session.clone()).or_default() += tally;
            *answer.by_project.entry(projects[original.session.as_str()].clone()).or_default() += tally;
        }
    }
    answer.lines = count.lines;
    answer.tool_calls = count.tool_calls;
    answer
}

/// Returns the number of responses that each session shares with another one: a fork of a fork shares those
/// of its original with the first one too.
fn shared(responses: &BTreeMap<String, Vec<Copy>>) -> BTreeMap<&str, u64> {
    let mut shared: BTreeMap<&str, u64> = BTreeMap::new();
    for copies in responses.values() {
        let sessions: HashSet<&str> = copies.iter().map(|copy| copy.session.as_str()).collect();
        for session in sessions.iter().filter(|_| sessions.len() > 1) {
            *shared.entry(session).or_default() += 1;
        }
    }
    shared
}

/// Returns when each session made the first response that no other session has: in a generated home, a
/// fork that does not say so is continued after its original.
fn own_first(responses: &BTreeMap<String, Vec<Copy>>) -> BTreeMap<&str, &str> {
    let mut own_first: BTreeMap<&str, &str> = BTreeMap::new();
    for copies in responses.values() {
        let sessions: HashSet<&str> = copies.iter().map(|copy| copy.session.as_str()).collect();
        for (copy, session) in copies.iter().filter(|_| sessions.len() == 1).zip(sessions.iter().cycle()) {
            let at = copy.age.0.as_str();
            own_first.entry(session).and_modify(|first| *first = at.min(*first)).or_insert(at);
        }
    }
    own_first
}

/// Returns the record of a line, saved from damage where possible.
fn parse(line: &[u8]) -> Result<(Record, &[u8]), SkipReason> {
    let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line).trim_ascii();
    if line.is_empty() {
        return Err(SkipReason::Blank);
    }
    if let Ok(record) = serde_json::from_slice(line) {
        return Ok((record, line));
    }
    if serde_json::from_slice::<IgnoredAny>(line).is_ok() {
        return Err(SkipReason::NotAnObject);
    }
    let start = br#"{"parentUuid""#;
    let last = line.windows(start.len()).rposition(|window| window == start);
    let rest = &line[last.ok_or(SkipReason::Malformed)?..];
    let record = serde_json::from_slice(rest).map_err(|_| SkipReason::Malformed)?;
    Ok((record, rest))
}

impl Count {
    /// Returns the project of each session: where its earliest line in its own transcript is, if one there is,
    /// and the repository of a worktree.
    fn projects(&self) -> BTreeMap<&str, String> {
        let mut starts: BTreeMap<&str, &Copy> = BTreeMap::new();
        let rank = |copy: &Copy| (!copy.rank.4, copy.age.0.clone());
        for copy in self.responses.values().flatten() {
            let start = starts.entry(&copy.session).or_insert(copy);
            if rank(copy) < rank(start) {
                *start = copy;
            }
        }
        let project = |copy: &Copy| {
            let folder = self.worktrees.get(&copy.project).unwrap_or(&copy.project).replace('\\', "/");
            let repository = folder.split("/.claude/worktrees/").next().unwrap_or_default();
            ctm_types::project::normalised(repository)
        };
        starts.into_iter().map(|(session, copy)| (session, project(copy))).collect()
    }

    /// Returns how many copies lie between a session and an original.
    fn depth(&self, session: &str) -> u64 {
        match self.copied_from.get(session) {
            None => 0,
            Some(unnamed) if unnamed == session => 1,
            Some(original) => 1 + self.depth(original),
        }
    }

    /// Returns whether a part is billed: refusals of one category are.
    fn is_billed(&self, copy: &Copy, part: &Part) -> bool {
        let Some(refusal) = &part.refusal else { return true };
        let elsewhere = copy.request.as_ref().and_then(|request| self.refusals.get(request));
        refusal.as_ref().or(elsewhere).is_some_and(|category| category == "bio")
    }

    /// Records the details of a line besides usage.
    fn note(&mut self, record: &Record) {
        let session = record.session_id.clone().unwrap_or_default();
        if let Some(next) = &record.continued_in_session_id {
            self.copied_from.insert(next.clone(), session.clone());
        }
        if record.session_kind.is_some() {
            self.copied_from.entry(session.clone()).or_insert_with(|| session.clone());
        }
        if let Some(from) = record.forked_from.as_ref().and_then(|from| from["sessionId"].as_str()) {
            self.copied_from.insert(session, from.to_owned());
        }
        if let Some(tree) = &record.worktree_session {
            let text = |key: &str| tree[key].as_str().unwrap().to_owned();
            self.worktrees.insert(text("worktreePath"), text("originalCwd"));
        }
        if let (Some("model_refusal_fallback"), Some(category)) =
            (record.subtype.as_deref(), &record.api_refusal_category)
        {
            self.refusals.insert(record.request_id.clone().unwrap(), category.clone());
        }
    }

    fn line(&mut self, path: &str, number: usize, line: &[u8]) -> Result<(), SkipReason> {
        let (mut record, json) = parse(line)?;
        self.note(&record);
        if let Some(searches) =
            record.tool_use_result.as_ref().and_then(|result| result["searchCount"].as_u64())
        {
            let Content { message } = serde_json::from_slice(json).unwrap();
            self.searches.insert(message.content[0]["tool_use_id"].as_str().unwrap().to_owned(), searches);
        }
        let embedded = record.data.take().filter(|data| data["type"] == "agent_progress");
        if let Some(mut data) = embedded {
            let inner: Record = serde_json::from_value(data["message"].take()).unwrap();
            let (cwd, session_id) = (record.cwd, record.session_id);
            record = Record { cwd, session_id, is_sidechain: true, is_embedded: true, ..inner };
        }
        if record.tool_use_result.as_ref().is_some_and(|result| result.get("usage").is_some()) {
            return Err(SkipReason::ToolResultSummary);
        }
        let is_assistant = record.kind.as_deref().is_none_or(|kind| kind == "assistant");
        let message = record.message.filter(|_| is_assistant).ok_or(SkipReason::NoUsage)?;
        let usage = message.usage.ok_or(SkipReason::NoUsage)?;
        if !usage.is_object() {
            return Err(SkipReason::UsageNotAnObject);
        }
        let model = message.model.unwrap();
        if model == "<synthetic>" {
            return Err(SkipReason::Synthetic);
        }
        let tokens = tokens(&usage);
        if tokens.is_zero() {
            return Err(SkipReason::ZeroUsage);
        }
        let mut time = record.timestamp.ok_or(SkipReason::NoTimestamp)?;
        if time.len() == "2026-03-10T10:00:00.000".len() {
            time.push('Z');
        }
        chrono::DateTime::parse_from_rfc3339(&time).map_err(|_| SkipReason::BadTimestamp)?;
        let session = record.session_id.unwrap();
        let request = record.request_id.clone();
        let key = match (message.id, record.request_id) {
            (Some(id), _) if id.starts_with("msg_") && id.len() >= 20 => id,
            (Some(id), Some(request)) => format!("{id} {request}"),
            (Some(id), None) => format!(
                "{session} {id} {} {} {}",
                tokens.input,
                tokens.cache_read,
                tokens.cache_write_5m + tokens.cache_write_1h
            ),
            (None, Some(request)) => request,
            (None, None) => record.uuid.unwrap(),
        };
        let is_final = message.stop_reason.is_some()
            || usage["iterations"].is_array()
            || usage["server_tool_use"].is_object();
        let is_own_file = path.ends_with(&format!("/{session}.jsonl"));
        let category =
            message.stop_details.and_then(|details| details["category"].as_str().map(str::to_owned));
        let refusal = (message.stop_reason.as_deref() == Some("refusal")).then_some(category);
        self.tools(json, &key);
        self.responses.entry(key).or_default().push(Copy {
            rank: (
                is_final,
                tokens.output,
                !record.is_embedded,
                !record.is_sidechain,
                is_own_file,
                Reverse(path.to_owned()),
                number,
            ),
            age: (time, path.to_owned(), number),
            parts: parts(&model, &usage, tokens, refusal),
            request,
            web_searches: number_at(&usage["server_tool_use"], "web_search_requests"),
            session,
            project: record.cwd.unwrap(),
        });
        Ok(())
    }

    fn tools(&mut self, json: &[u8], response: &str) {
        let Ok(Content { message }) = serde_json::from_slice(json) else {
            return;
        };
        for block in message.content.iter().filter(|block| block["type"] == "tool_use") {
            let id = block["id"].as_str().unwrap().to_owned();
            let name = block["name"].as_str().unwrap().to_owned();
            if name == "WebSearch" {
                self.search_calls.insert(id.clone(), response.to_owned());
            }
            if self.tool_ids.insert(id) {
                *self.tool_calls.entry(name).or_default() += 1;
            }
        }
    }
}

fn number_at(json: &Value, key: &str) -> u64 {
    json[key].as_u64().filter(|number| *number <= 1 << 53).unwrap_or(0)
}

fn tokens(usage: &Value) -> TokenCounts {
    let split = &usage["cache_creation"];
    let five_minutes = number_at(split, "ephemeral_5m_input_tokens");
    let hour = number_at(split, "ephemeral_1h_input_tokens");
    let flat = number_at(usage, "cache_creation_input_tokens");
    TokenCounts {
        input: number_at(usage, "input_tokens"),
        output: number_at(usage, "output_tokens"),
        cache_read: number_at(usage, "cache_read_input_tokens"),
        cache_write_5m: five_minutes + flat.saturating_sub(five_minutes + hour),
        cache_write_1h: hour,
    }
}

/// Returns the parts, those last that were refused before a fallback.
fn parts(model: &str, usage: &Value, whole: TokenCounts, refusal: Option<Option<String>>) -> Vec<Part> {
    let none = Vec::new();
    let iterations = usage["iterations"].as_array().unwrap_or(&none);
    let fallback = iterations.iter().position(|part| part["type"] == "fallback_message");
    let mut parts: Vec<Part> = iterations
        .iter()
        .enumerate()
        .map(|(index, part)| {
            let tokens = tokens(part);
            let is_refused = fallback.is_some_and(|at| index < at) && tokens.output <= 8;
            let model = part["model"].as_str().unwrap_or(model).to_owned();
            Part { model, tokens, refusal: if is_refused { Some(None) } else { refusal.clone() } }
        })
        .collect();
    if parts.is_empty() {
        parts.push(Part { model: model.to_owned(), tokens: whole, refusal });
    }
    parts.sort_by_key(|part| part.refusal.is_some());
    parts
}

/// Returns the timestamps of all records, sorted.
pub(crate) fn timestamps(files: &Files) -> Vec<String> {
    let mut times: Vec<String> = records(files)
        .filter_map(|(record, _)| record.timestamp)
        .filter(|time| chrono::DateTime::parse_from_rfc3339(time).is_ok())
        .collect();
    times.sort();
    times
}

/// Returns the size of the lines that log a response, in bytes.
pub(crate) fn usage_bytes(files: &Files) -> u64 {
    records(files)
        .filter(|(record, _)| record.message.as_ref().is_some_and(|message| message.usage.is_some()))
        .map(|(_, line)| line.len() as u64)
        .sum()
}

fn records(files: &Files) -> impl Iterator<Item = (Record, &[u8])> {
    files
        .iter()
        .filter(|(path, _)| is_transcript(path))
        .flat_map(|(_, bytes)| bytes.split(|byte| *byte == b'\n'))
        .filter_map(|line| parse(line).ok())
}
