//! Counts a home the slow and simple way: parse every line, keep every copy, then choose.

use ctm_corpus::{Answer, Tally};
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
    #[serde(skip)]
    is_embedded: bool,
}

#[derive(Deserialize)]
struct Message {
    id: Option<String>,
    model: Option<String>,
    stop_reason: Option<String>,
    usage: Option<Value>,
}

/// The one field that may hold text that is no Unicode.
#[derive(Deserialize)]
struct Content {
    message: ContentOfMessage,
}

#[derive(Deserialize)]
struct ContentOfMessage {
    content: Vec<Value>,
}

/// A copy: what it is chosen by, and what it says.
struct Copy {
    rank: (bool, u64, bool, bool, bool, Reverse<String>, usize),
    age: (String, String, usize),
    parts: Vec<(String, TokenCounts)>,
    web_searches: u64,
    session: String,
    project: String,
}

#[derive(Default)]
struct Count {
    lines: LineCounts,
    responses: BTreeMap<String, Vec<Copy>>,
    tool_ids: HashSet<String>,
    tool_calls: BTreeMap<String, u64>,
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
    let own_first = own_first(&count.responses);
    let projects = projects(&count.responses);
    for copies in count.responses.values() {
        let winner = copies.iter().max_by_key(|copy| &copy.rank).unwrap();
        let original =
            copies.iter().min_by_key(|copy| (own_first.get(copy.session.as_str()), &copy.age)).unwrap();
        for (index, (model, tokens)) in winner.parts.iter().enumerate() {
            let tally = Tally {
                tokens: *tokens,
                responses: u64::from(index == 0),
                unfinalised: u64::from(index == 0 && !winner.rank.0),
                web_searches: if index == 0 { winner.web_searches } else { 0 },
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

/// Returns when each session made the first response that no other session has: no conversation of a
/// generated home is forked twice, and a fork goes on after its original.
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

/// Returns the project of each session: where its earliest line in its own transcript is, if one there is, and
/// the repository of a worktree.
fn projects(responses: &BTreeMap<String, Vec<Copy>>) -> BTreeMap<&str, String> {
    let mut starts: BTreeMap<&str, &Copy> = BTreeMap::new();
    let rank = |copy: &Copy| (!copy.rank.4, copy.age.0.clone());
    for copy in responses.values().flatten() {
        let start = starts.entry(&copy.session).or_insert(copy);
        if rank(copy) < rank(start) {
            *start = copy;
        }
    }
    let project = |copy: &Copy| {
        let folder = copy.project.replace('\\', "/");
        let repository = folder.split("/.claude/worktrees/").next().unwrap_or_default();
        ctm_types::project::normalised(repository)
    };
    starts.into_iter().map(|(session, copy)| (session, project(copy))).collect()
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
    fn line(&mut self, path: &str, number: usize, line: &[u8]) -> Result<(), SkipReason> {
        let (mut record, json) = parse(line)?;
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
        let time = record.timestamp.ok_or(SkipReason::NoTimestamp)?;
        chrono::DateTime::parse_from_rfc3339(&time).map_err(|_| SkipReason::BadTimestamp)?;
        let session = record.session_id.unwrap();
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
            parts: parts(&model, &usage, tokens),
            web_searches: number_at(&usage["server_tool_use"], "web_search_requests"),
            session,
            project: record.cwd.unwrap(),
        });
        self.tools(json);
        Ok(())
    }

    fn tools(&mut self, json: &[u8]) {
        let Ok(Content { message }) = serde_json::from_slice(json) else {
            return;
        };
        for block in message.content.iter().filter(|block| block["type"] == "tool_use") {
            if self.tool_ids.insert(block["id"].as_str().unwrap().to_owned()) {
                let name = block["name"].as_str().unwrap().to_owned();
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

fn parts(model: &str, usage: &Value, whole: TokenCounts) -> Vec<(String, TokenCounts)> {
    let none = Vec::new();
    let iterations = usage["iterations"].as_array().unwrap_or(&none);
    let fallback = iterations.iter().position(|part| part["type"] == "fallback_message");
    let is_billed =
        |index: usize, tokens: &TokenCounts| fallback.is_none_or(|at| index >= at) || tokens.output > 0;
    let billed: Vec<(String, TokenCounts)> = iterations
        .iter()
        .enumerate()
        .map(|(index, part)| (index, part["model"].as_str().unwrap_or(model).to_owned(), tokens(part)))
        .filter(|(index, _, tokens)| is_billed(*index, tokens))
        .map(|(_, model, tokens)| (model, tokens))
        .collect();
    match billed.is_empty() {
        true => vec![(model.to_owned(), whole)],
        false => billed,
    }
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
