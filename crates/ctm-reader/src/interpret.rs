//! From a record to facts: the counting rule of one line.
//!
//! A record is a copy of a response when its `type` is `assistant` or absent and its
//! `message.usage` is an object. A `progress` record of a subagent embeds such a record, which is a
//! copy like others: if the subagent's own transcript does not exist, it is the only one. The rule that
//! makes one response out of many copies is in [`ctm_types::response`].

use crate::bounds::{Shared, bounded, limited};
use crate::details::details;
use crate::lenient::{Count, List, Object, Presence, Text};
use crate::record::{
    EmbeddedRecord, FallbackRecord, Iteration, Lead, LineageRecord, Message, Record, ReplyBlocks,
    UsageRecord, UserBlock, UserContent, WorktreeRecord,
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use ctm_types::response::Identity;
use ctm_types::{
    Attribution, Billing, CallSearches, Circumstance, Consumption, Conversation, EpochMs, IssueKind, Locus,
    LoggedCopy, Part, Prompt, ResponseKey, SessionFacts, SessionStart, SkipReason, TokenCounts, ToolCall,
    ToolError, TranscriptPath,
};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

/// The defaults that a transcript's path provides for its lines.
#[derive(Debug, Clone)]
pub(crate) struct PathDefaults {
    /// The file, as facts name it.
    pub(crate) file: Arc<TranscriptPath>,
    /// The session that lines without `sessionId` belong to.
    pub(crate) session: String,
    /// The file's name without extension.
    pub(crate) stem: String,
    /// The project of lines without a working directory: the folder's name.
    folder: String,
    /// The subagent of the transcript.
    pub(crate) agent: Option<String>,
}

impl PathDefaults {
    /// Reads the path of a transcript below its home.
    ///
    /// Below `<session>/subagents/` the session is the parent's; elsewhere the file is named
    /// after it.
    pub(crate) fn of(file: &TranscriptPath) -> Self {
        let parts: Vec<&str> = file.relative.split('/').collect();
        let stem = parts.last().and_then(|name| name.strip_suffix(".jsonl")).unwrap_or_default();
        let parent = parts.iter().position(|part| *part == "subagents").and_then(|at| at.checked_sub(1));
        Self {
            file: Arc::new(file.clone()),
            session: parent.map_or(stem, |at| parts[at]).to_owned(),
            stem: stem.to_owned(),
            folder: parts.get(1).copied().unwrap_or_default().to_owned(),
            agent: stem.strip_prefix("agent-").map(bounded),
        }
    }
}

/// Facts besides copies, collected over the records of a batch.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) prompts: Vec<Prompt>,
    pub(crate) tool_errors: Vec<ToolError>,
    pub(crate) searches: Vec<CallSearches>,
    /// The categories of refusals, by the refused request.
    pub(crate) refusals: BTreeMap<String, String>,
    pub(crate) conversations: Shared<Conversation>,
    pub(crate) billings: Shared<Billing>,
    pub(crate) circumstances: Shared<Circumstance>,
    /// Problems of the present record; the caller drains them.
    pub(crate) issues: Vec<IssueKind>,
    /// The last working directory.
    pub(crate) cwd: Option<String>,
    /// Sessions that are forks according to their lines, each with the sessions that lines name as its original.
    pub(crate) forks: BTreeMap<String, BTreeSet<String>>,
    /// Number of originals in `forks`.
    pub(crate) originals: usize,
    /// First working directory of each session, by its id.
    pub(crate) starts: BTreeMap<String, SessionStart>,
    /// The repositories of worktrees, by the worktree's folder.
    pub(crate) worktrees: BTreeMap<String, String>,
    /// Records of sessions.
    pub(crate) sessions: SessionFacts,
}

/// Interprets a record that may be a copy of a response, or returns why it is not one.
pub(crate) fn interpret<C: ReplyBlocks>(
    record: &Record<'_, C>,
    offset_bytes: u64,
    place: &PathDefaults,
    findings: &mut Findings,
) -> Result<LoggedCopy, SkipReason> {
    note_cwd(record, place, findings);
    let reply = reply(record, place);
    if let Some(reply) = reply.as_ref().filter(|_| is_of_fork(record)) {
        let original = record.forked_from.get().and_then(|from| from.session_id.get());
        note_fork(reply.session, original, findings);
    }
    let message = reply.as_ref().and_then(|reply| reply.message);
    match (&reply, message, message.map(|message| &message.usage)) {
        (Some(reply), Some(message), Some(Object::Is(usage))) => {
            copy(reply, message, usage, offset_bytes, place, findings)
        }
        (Some(_), _, Some(Object::Other)) => Err(SkipReason::UsageNotAnObject),
        _ => match record.tool_use_result.get() {
            Some(result) if result.usage == Presence(true) => Err(SkipReason::ToolResultSummary),
            _ => Err(SkipReason::NoUsage),
        },
    }
}

/// A model's reply, wherever it is in a record.
struct Reply<'r, C> {
    message: Option<&'r Message<'r, C>>,
    timestamp: Option<&'r Text<'r>>,
    request_id: &'r Text<'r>,
    uuid: &'r Text<'r>,
    session: &'r str,
    branch: &'r Text<'r>,
    version: &'r Text<'r>,
    sidechain: bool,
    agent: Option<&'r str>,
    entrypoint: &'r Text<'r>,
    team: &'r Text<'r>,
    teammate: Option<&'r str>,
    attributed: [Option<&'r str>; 6],
    embedded: bool,
}

impl<'r, C> Reply<'r, C> {
    /// Returns the reply of a record.
    fn of(record: &'r Record<'r, C>, place: &'r PathDefaults) -> Self {
        Self {
            message: record.message.get(),
            timestamp: record.timestamp.as_ref(),
            request_id: &record.request_id,
            uuid: &record.uuid,
            session: record.session_id.get().unwrap_or(&place.session),
            branch: &record.git_branch,
            version: &record.version,
            sidechain: is_sidechain(record, place),
            agent: record.agent_id.get().or(place.agent.as_deref()),
            entrypoint: &record.entrypoint,
            team: &record.team_name,
            // Outside a team it may be a title.
            teammate: record.team_name.get().and(record.agent_name.get()),
            attributed: record.attributed(),
            embedded: false,
        }
    }

    /// Returns the subagent's reply that a progress record of its parent embeds.
    fn embedded(
        record: &'r Record<'r, C>,
        inner: &'r EmbeddedRecord<'r, C>,
        place: &'r PathDefaults,
    ) -> Self {
        Self {
            message: inner.message.get(),
            timestamp: inner.timestamp.as_ref().or(record.timestamp.as_ref()),
            request_id: &inner.request_id,
            uuid: &inner.uuid,
            sidechain: true,
            agent: record.data.get().and_then(|data| data.agent_id.get()),
            // Attributes of the parent's record belong to the parent.
            attributed: [None; 6],
            embedded: true,
            ..Self::of(record, place)
        }
    }
}

fn reply<'r, C>(record: &'r Record<'r, C>, place: &'r PathDefaults) -> Option<Reply<'r, C>> {
    match record.kind.as_ref().map(|kind| kind.get().unwrap_or_default()) {
        None | Some("assistant") => Some(Reply::of(record, place)),
        Some("progress") => embedded(record).map(|inner| Reply::embedded(record, inner, place)),
        Some(_) => None,
    }
}

/// Returns whether a record has the form of a response's copy.
pub(crate) fn is_reply<C>(record: &Record<'_, C>) -> bool {
    let message = match record.kind.as_ref().map(|kind| kind.get().unwrap_or_default()) {
        None | Some("assistant") => record.message.get(),
        Some("progress") => embedded(record).and_then(|inner| inner.message.get()),
        Some(_) => None,
    };
    message.is_some_and(|message| message.usage.get().is_some())
}

/// Returns the subagent's record in a progress record, if it is a reply.
fn embedded<'r, C>(record: &'r Record<'r, C>) -> Option<&'r EmbeddedRecord<'r, C>> {
    let data = record.data.get().filter(|data| data.kind.get() == Some("agent_progress"))?;
    data.message.get().filter(|inner| inner.kind.get() == Some("assistant"))
}

/// Interprets a user's record: a prompt, or the results of tools.
pub(crate) fn interpret_user(
    record: &Record<'_, UserContent<'_>>,
    place: &PathDefaults,
    findings: &mut Findings,
) {
    note_cwd(record, place, findings);
    if record.kind.as_ref().and_then(Text::get) != Some("user") {
        return;
    }
    let session = record.session_id.get().unwrap_or(&place.session);
    let content = record.message.get().map(|message| &message.content);
    let blocks = match content {
        Some(UserContent::Blocks(blocks)) => blocks.as_slice(),
        _ => &[],
    };
    let failed = blocks.iter().filter(|block| block.is_error.is_true());
    let failed = failed.filter_map(|block| block.tool_use_id.get());
    findings.tool_errors.extend(failed.map(|id| ToolError { id: tool_id(id, session) }));

    if let Some(searches) = searches(record, blocks, session) {
        findings.searches.push(searches);
    }

    let typed = match content {
        Some(UserContent::Text(lead)) => *lead == Lead::Typed,
        Some(UserContent::Blocks(blocks)) => {
            let mut leads = blocks.iter().filter_map(|block| block.text.0);
            let results = blocks.iter().any(|block| block.kind.get() == Some("tool_result"));
            !blocks.is_empty() && !results && leads.all(|lead| lead == Lead::Typed)
        }
        Some(UserContent::Other) | None => false,
    };
    let by_machine =
        record.is_meta.is_true() || record.is_compact_summary.is_true() || is_sidechain(record, place);
    if let (true, false, Some(uuid), Ok(at_ms)) =
        (typed, by_machine, record.uuid.get(), time(record.timestamp.as_ref(), &mut Vec::new()))
    {
        findings.prompts.push(Prompt { uuid: bounded(uuid), session: bounded(session), at_ms });
    }
}

/// Returns the number of web searches of a call, according to its result.
fn searches(
    record: &Record<'_, UserContent<'_>>,
    blocks: &[UserBlock<'_>],
    session: &str,
) -> Option<CallSearches> {
    let searches = record.tool_use_result.get()?.search_count.value;
    let id = blocks.iter().find_map(|block| block.tool_use_id.get())?;
    (searches > 0).then(|| CallSearches { id: tool_id(id, session), searches })
}

/// Returns whether a record marks its session as a copy of another one.
fn is_of_fork<C>(record: &Record<'_, C>) -> bool {
    !matches!(record.forked_from, Object::Absent) || record.session_kind.get() == Some("bg")
}

fn note_fork(session: &str, original: Option<&str>, findings: &mut Findings) {
    let session = limited(session);
    let original = original.map(limited).filter(|original| *original != session);
    let originals = match findings.forks.get_mut(&*session) {
        Some(originals) => originals,
        None => findings.forks.entry(session.into_owned()).or_default(),
    };
    if let Some(original) = original.filter(|original| !originals.contains(&**original)) {
        originals.insert(original.into_owned());
        findings.originals += 1;
    }
}

/// Notes which session is a copy of which, if a record names the other one.
pub(crate) fn note_lineage(record: &LineageRecord<'_>, place: &PathDefaults, findings: &mut Findings) {
    let session = record.session_id.get().unwrap_or(&place.session);
    let (fork, original) = match record.kind.get() {
        Some("continued-in") => (record.continued_in.get(), Some(session)),
        Some("fork-context-ref") => (Some(session), record.parent.get()),
        _ => return,
    };
    // A subagent that was given the conversation belongs to the same session.
    let (Some(fork), Some(original)) = (fork, original) else { return };
    if !fork.is_empty() && !original.is_empty() && fork != original {
        note_fork(fork, Some(original), findings);
    }
}

fn note_cwd<C>(record: &Record<'_, C>, place: &PathDefaults, findings: &mut Findings) {
    let Some(cwd) = record.cwd.get() else { return };
    if findings.cwd.as_deref() != Some(cwd) {
        findings.cwd = Some(bounded(cwd));
    }
    if let Ok(at_ms) = time(record.timestamp.as_ref(), &mut Vec::new()) {
        note_start(record.session_id.get().unwrap_or(&place.session), cwd, at_ms, place, findings);
    }
}

fn note_start(session: &str, cwd: &str, at_ms: EpochMs, place: &PathDefaults, findings: &mut Findings) {
    let name = limited(session);
    let known = findings.starts.get_mut(&*name);
    if known.as_ref().is_some_and(|known| known.at_ms < at_ms) {
        return;
    }
    let in_own_file = session == place.stem;
    let start = SessionStart { session: name.into_owned(), folder: bounded(cwd), at_ms, in_own_file };
    match known {
        Some(known) if known.rank() <= start.rank() => {}
        Some(known) => *known = start,
        None => {
            findings.starts.insert(start.session.clone(), start);
        }
    }
}

/// Notes the repository of a worktree, if a record names it.
pub(crate) fn note_worktree(record: &WorktreeRecord<'_>, findings: &mut Findings) {
    let Some(worktree) = record.worktree_session.get() else { return };
    if let (Some(path), Some(repository)) = (worktree.worktree_path.get(), worktree.original_cwd.get()) {
        findings.worktrees.insert(bounded(path), bounded(repository));
    }
}

fn copy<C: ReplyBlocks>(
    reply: &Reply<'_, C>,
    message: &Message<'_, C>,
    usage: &UsageRecord<'_>,
    offset_bytes: u64,
    place: &PathDefaults,
    findings: &mut Findings,
) -> Result<LoggedCopy, SkipReason> {
    let model = message.model.get().unwrap_or_default();
    if model == "<synthetic>" {
        return Err(SkipReason::Synthetic);
    }
    let request = reply.request_id.get().or(message.id.get());
    note_fallbacks(message, request, findings);
    let parts = billed_parts(usage, model, refusal(message, usage), findings);
    if parts.is_empty() {
        return Err(SkipReason::ZeroUsage);
    }
    let at_ms = time(reply.timestamp, &mut findings.issues)?;
    let (top, _) = tokens(usage);
    let [message_id, request_id, uuid] =
        [&message.id, reply.request_id, reply.uuid].map(|id| id.get().map(limited));
    let identity = Identity {
        message_id: message_id.as_deref(),
        request_id: request_id.as_deref(),
        uuid: uuid.as_deref(),
        session: &limited(reply.session),
        prompt: [top.input, top.cache_read, top.cache_write_5m + top.cache_write_1h],
        locus: (&place.file.relative, offset_bytes),
    };
    let is_refused = parts.iter().any(|part| part.billing.refusal.is_some());
    Ok(LoggedCopy {
        key: ResponseKey::of(&identity),
        locus: Locus { file: Arc::clone(&place.file), offset_bytes },
        snapshot: Consumption {
            parts,
            output: usage.output_tokens.value,
            is_final: is_final(message, usage),
        },
        attribution: Attribution { at_ms, conversation: conversation(reply, place, findings) },
        details: details(
            reply.attributed,
            reply.request_id.get(),
            at_ms,
            message,
            usage,
            &mut findings.circumstances,
        ),
        embedded: reply.embedded,
        in_own_file: reply.session == place.stem,
        tool_calls: tool_calls(message, reply.session),
        refused_request: request.filter(|_| is_refused).map(bounded),
    })
}

/// Returns the category of a refusal before any output, if the response is one: its content is empty, or
/// it has no output. Counts may be logged nevertheless. A refusal amid the output is a response like others.
fn refusal<'m, C: ReplyBlocks>(message: &'m Message<'_, C>, usage: &UsageRecord<'_>) -> Option<&'m str> {
    let has_output = usage.output_tokens.value > 0
        || usage.iterations.items().iter().any(|iteration| iteration.output_tokens.value > 0);
    let is_refusal = message.stop_reason.is_refusal && (!has_output || message.content.is_empty());
    is_refusal.then(|| {
        let category = message.stop_details.get().and_then(|details| details.category.get());
        category.unwrap_or(Billing::UNCATEGORISED)
    })
}

/// Records the reason for which models refused a request before another one answered it, if a block of the
/// response states it.
fn note_fallbacks<C: ReplyBlocks>(message: &Message<'_, C>, request: Option<&str>, findings: &mut Findings) {
    let blocks = message.content.blocks().iter();
    for category in blocks.filter_map(|block| block.trigger.get()?.category.get()) {
        note_refusal(request, category, findings);
    }
}

/// Notes why a model refused a request. The greater of two categories is kept, so that the order does
/// not matter.
fn note_refusal(request: Option<&str>, category: &str, findings: &mut Findings) {
    let Some(request) = request.map(bounded) else { return };
    let known = findings.refusals.entry(request).or_default();
    if known.as_str() < category {
        *known = bounded(category);
    }
}

/// Records the reason for which a model refused a request, if a record of Claude Code states that another one
/// answers it.
pub(crate) fn note_refusal_fallback(record: &FallbackRecord<'_>, findings: &mut Findings) {
    if record.subtype.get() != Some("model_refusal_fallback") {
        return;
    }
    if let Some(category) = record.category.get() {
        note_refusal(record.request_id.get(), category, findings);
    }
}

/// Returns whether a copy carries a final marker. The marker depends on the version: 2.1.30 to 2.1.37 only
/// write `server_tool_use` with the last copy, and none of the others.
fn is_final<C>(message: &Message<'_, C>, usage: &UsageRecord<'_>) -> bool {
    message.stop_reason.is_present
        || !matches!(usage.iterations, List::Absent)
        || !matches!(usage.server_tool_use, Object::Absent)
}

fn conversation<C>(reply: &Reply<'_, C>, place: &PathDefaults, findings: &mut Findings) -> Arc<Conversation> {
    let session = limited(reply.session);
    let folder = findings.cwd.as_deref().map_or_else(|| limited(&place.folder), Cow::Borrowed);
    let [branch, version, entrypoint, team] =
        [reply.branch, reply.version, reply.entrypoint, reply.team].map(|text| text.get().map(limited));
    let teammate = reply.teammate.map(limited);
    let agent = reply.agent.map(limited);
    let sidechain = reply.sidechain;
    findings.conversations.get(
        |known| {
            known.session == session
                && known.folder == folder
                && known.branch.as_deref() == branch.as_deref()
                && known.version.as_deref() == version.as_deref()
                && known.sidechain == sidechain
                && known.agent.as_deref() == agent.as_deref()
                && known.entrypoint.as_deref() == entrypoint.as_deref()
                && known.team.as_deref() == team.as_deref()
                && known.teammate.as_deref() == teammate.as_deref()
        },
        || Conversation {
            session: session.to_string(),
            folder: folder.to_string(),
            branch: branch.as_deref().map(str::to_owned),
            version: version.as_deref().map(str::to_owned),
            sidechain,
            agent: agent.as_deref().map(str::to_owned),
            entrypoint: entrypoint.as_deref().map(str::to_owned),
            team: team.as_deref().map(str::to_owned),
            teammate: teammate.as_deref().map(str::to_owned),
        },
    )
}

/// A record of a subagent's own transcript is a sidechain even if it is not marked as one.
fn is_sidechain<C>(record: &Record<'_, C>, place: &PathDefaults) -> bool {
    record.is_sidechain.0.unwrap_or(place.agent.is_some())
}

/// Returns the billed parts: the iterations if there are any, else the top level; empty without usage.
fn billed_parts(
    usage: &UsageRecord<'_>,
    model: &str,
    refusal: Option<&str>,
    findings: &mut Findings,
) -> Vec<Part> {
    let searches = match usage.server_tool_use.get() {
        Some(server_tools) => server_tools.web_search_requests,
        None => Count::default(),
    };
    let is_cut = matches!(usage.iterations, List::Cut(_));
    if has_bad_count(usage) || searches.bad || is_cut || usage.iterations.items().iter().any(has_bad_count) {
        findings.issues.push(IssueKind::BadCount);
    }
    let mut parts = iteration_parts(usage, model, refusal, findings);
    if parts.is_empty() {
        parts.extend(part(usage, usage, model, refusal, &mut findings.billings));
    }
    match parts.first_mut() {
        Some(first) => first.web_searches = searches.value,
        None if searches.value > 0 => parts.push(Part {
            billing: billing(usage, usage, model, None, &mut findings.billings),
            tokens: TokenCounts::default(),
            web_searches: searches.value,
            ttl_assumed: false,
        }),
        None => {}
    }
    parts
}

/// The maximum number of output tokens logged for an attempt without any output, because a response is logged
/// with some when it begins.
const MOST_BEFORE_OUTPUT: u64 = 8;

/// Returns the iterations, followed by those that a model refused before any output with a subsequent
/// fallback. Empty without iterations, or if they are inconsistent because their sum is below the top level.
fn iteration_parts(
    usage: &UsageRecord<'_>,
    model: &str,
    refusal: Option<&str>,
    findings: &mut Findings,
) -> Vec<Part> {
    let iterations = usage.iterations.items();
    // The total of the rest of a list is unknown.
    if iterations.is_empty() || matches!(usage.iterations, List::Cut(_)) {
        return Vec::new();
    }
    let is_fallback = |iteration: &Iteration<'_>| iteration.kind.get() == Some("fallback_message");
    let last_fallback = iterations.iter().rposition(is_fallback);
    // The fallback's own earlier iterations are messages too.
    let model_of = |iteration: &Iteration<'_>| iteration.model.get().unwrap_or(model).to_owned();
    let fallback_model = last_fallback.map(|last| model_of(&iterations[last]));
    let is_refused = |at: usize, iteration: &Iteration<'_>| {
        last_fallback.is_some_and(|last| at < last)
            && iteration.kind.get() == Some("message")
            && iteration.output_tokens.value <= MOST_BEFORE_OUTPUT
            && (iteration.output_tokens.value == 0 || Some(model_of(iteration)) != fallback_model)
    };
    let (refused, others): (Vec<_>, Vec<_>) =
        iterations.iter().enumerate().partition(|(at, iteration)| is_refused(*at, iteration));
    let others = others.into_iter().map(|(_, iteration)| (iteration, refusal));
    let refused = refused.into_iter().map(|(_, iteration)| (iteration, Some(Billing::UNCATEGORISED)));
    let parts: Vec<Part> = others
        .chain(refused)
        .filter_map(|(iteration, refusal)| part(iteration, usage, model, refusal, &mut findings.billings))
        .collect();

    let in_top_level = |iteration: &&Iteration<'_>| {
        matches!(iteration.kind.get(), None | Some("message" | "fallback_message"))
    };
    let sum: TokenCounts = iterations.iter().filter(in_top_level).map(|iteration| tokens(iteration).0).sum();
    let (top, _) = tokens(usage);
    let covers = sum.input >= top.input
        && sum.output >= top.output
        && sum.cache_read >= top.cache_read
        && sum.cache_write_5m + sum.cache_write_1h >= top.cache_write_5m + top.cache_write_1h;
    if !parts.is_empty() && !covers {
        findings.issues.push(IssueKind::IterationsBelowTotal);
        return Vec::new();
    }
    parts
}

fn part<I>(
    counts: &UsageRecord<'_, I>,
    usage: &UsageRecord<'_>,
    model: &str,
    refusal: Option<&str>,
    billings: &mut Shared<Billing>,
) -> Option<Part> {
    let (tokens, ttl_assumed) = tokens(counts);
    (!tokens.is_zero()).then(|| Part {
        billing: billing(counts, usage, counts.model.get().unwrap_or(model), refusal, billings),
        tokens,
        web_searches: 0,
        ttl_assumed,
    })
}

/// Returns the price terms. An explicit standard speed is kept: it overrides a model
/// name that ends in `-fast`.
fn billing<I>(
    counts: &UsageRecord<'_, I>,
    usage: &UsageRecord<'_>,
    model: &str,
    refusal: Option<&str>,
    billings: &mut Shared<Billing>,
) -> Arc<Billing> {
    let model = limited(model);
    let speed = term(if counts.speed.get().is_some() { &counts.speed } else { &usage.speed }, None);
    let service_tier = term(&usage.service_tier, Some("standard"));
    let inference_geo = term(&usage.inference_geo, Some("not_available"));
    let refusal = refusal.map(limited);
    let owned = |term: &Option<Cow<'_, str>>| term.as_deref().map(str::to_owned);
    billings.get(
        |known| {
            known.model == model
                && known.speed.as_deref() == speed.as_deref()
                && known.service_tier.as_deref() == service_tier.as_deref()
                && known.inference_geo.as_deref() == inference_geo.as_deref()
                && known.refusal.as_deref() == refusal.as_deref()
        },
        || Billing {
            model: model.to_string(),
            speed: owned(&speed),
            service_tier: owned(&service_tier),
            inference_geo: owned(&inference_geo),
            refusal: owned(&refusal),
        },
    )
}

/// Returns a price term in lower case, unless it is the `neutral` one.
fn term<'a>(text: &'a Text<'_>, neutral: Option<&str>) -> Option<Cow<'a, str>> {
    let text = text.get()?.trim();
    let text = if text.chars().any(char::is_uppercase) {
        Cow::Owned(bounded(&text.to_lowercase()))
    } else {
        limited(text)
    };
    (!text.is_empty() && Some(&*text) != neutral).then_some(text)
}

/// Returns the tokens, and whether cache writes of unknown duration were counted as five-minute
/// ones. Either the flat count or the split can be smaller; the larger one is used.
fn tokens<I>(usage: &UsageRecord<'_, I>) -> (TokenCounts, bool) {
    let (short, long) = match usage.cache_creation.get() {
        Some(split) => (split.ephemeral_5m_input_tokens.value, split.ephemeral_1h_input_tokens.value),
        None => (0, 0),
    };
    let unknown = usage.cache_creation_input_tokens.value.saturating_sub(short + long);
    let tokens = TokenCounts {
        input: usage.input_tokens.value,
        output: usage.output_tokens.value,
        cache_read: usage.cache_read_input_tokens.value,
        cache_write_5m: short + unknown,
        cache_write_1h: long,
    };
    (tokens, unknown > 0)
}

fn has_bad_count<I>(usage: &UsageRecord<'_, I>) -> bool {
    let split = usage.cache_creation.get();
    let split = split.map(|split| [split.ephemeral_5m_input_tokens, split.ephemeral_1h_input_tokens]);
    [
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_input_tokens,
        usage.cache_creation_input_tokens,
    ]
    .iter()
    .chain(split.iter().flatten())
    .any(|count| count.bad)
}

fn tool_calls<C: ReplyBlocks>(message: &Message<'_, C>, session: &str) -> Vec<ToolCall> {
    let blocks = message.content.blocks().iter();
    let calls = blocks.filter(|block| block.kind.get().is_some_and(|kind| kind.ends_with("tool_use")));
    calls
        .filter_map(|block| {
            let name = block.name.get()?;
            Some(ToolCall { id: tool_id(block.id.get().unwrap_or(name), session), name: bounded(name) })
        })
        .collect()
}

/// Returns the id that links a call and its result: unchanged if Anthropic issued
/// it, within the session otherwise, because gateways repeat ids.
fn tool_id(id: &str, session: &str) -> String {
    if id.starts_with("toolu_") || id.starts_with("srvtoolu_") {
        bounded(id)
    } else {
        bounded(&format!("{session}|{id}"))
    }
}

/// Returns the time in UTC epoch milliseconds. Any offset from UTC is accepted; a time without one
/// is taken as UTC, which is an issue of the line. A time before 1970 comes from a clock that was
/// never set.
pub(crate) fn time(timestamp: Option<&Text<'_>>, issues: &mut Vec<IssueKind>) -> Result<EpochMs, SkipReason> {
    let text = timestamp.ok_or(SkipReason::NoTimestamp)?.get().map(str::trim);
    let exact = text.and_then(|text| usual_time(text.as_bytes()).or_else(|| any_time(text)));
    let assumed = || {
        let at_ms = text.and_then(zoneless_time)?;
        issues.push(IssueKind::ZoneAssumed);
        Some(at_ms)
    };
    exact.or_else(assumed).filter(|at_ms| *at_ms >= EpochMs(0)).ok_or(SkipReason::BadTimestamp)
}

/// Returns a time with any offset from UTC.
pub(crate) fn any_time(text: &str) -> Option<EpochMs> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| EpochMs(time.timestamp_millis()))
}

fn zoneless_time(text: &str) -> Option<EpochMs> {
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    let time = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
    Some(EpochMs(time.and_utc().timestamp_millis()))
}

/// Parses a time in the one form that Claude Code writes, `2026-03-10T10:00:00.000Z`, which takes a
/// tenth of the time of parsing any form.
fn usual_time(text: &[u8]) -> Option<EpochMs> {
    let b"0000-00-00T00:00:00.000Z" = &shape(text)? else { return None };
    let number = |digits: Range<usize>| {
        text[digits].iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
    };
    let year = i32::try_from(number(0..4)).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number(5..7), number(8..10))?;
    let time = NaiveTime::from_hms_milli_opt(number(11..13), number(14..16), number(17..19), number(20..23))?;
    Some(EpochMs(date.and_time(time).and_utc().timestamp_millis()))
}

/// Returns 24 characters with every digit replaced by a zero.
fn shape(text: &[u8]) -> Option<[u8; 24]> {
    let text: [u8; 24] = text.try_into().ok()?;
    Some(text.map(|byte| if byte.is_ascii_digit() { b'0' } else { byte }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_form_of_a_time_means_what_any_form_means() {
        let check = |text: &str| assert_eq!(usual_time(text.as_bytes()), any_time(text), "{text}");
        check("2026-03-10T09:59:59.500Z");
        check("1970-01-01T00:00:00.000Z");
        check("2024-02-29T23:59:59.999Z");
        check("2023-02-29T23:59:59.999Z");
        check("2026-13-01T00:00:00.000Z");
        check("2026-03-10T24:00:00.000Z");
        for other in ["2026-03-10T09:59:59Z", "2026-03-10T09:59:59.500+01:00", "2026-03-10 09:59:59.500Z", ""]
        {
            assert_eq!(usual_time(other.as_bytes()), None, "{other}");
        }
    }
}
