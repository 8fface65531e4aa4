//! Incidents beside the dialogue: errors, compaction, and records about the session.

use crate::calendar::timestamp;
use crate::dialogue::write_content;
use crate::error::Result;
use crate::home::Home;
use crate::line::{Fate, Line, Message};
use crate::prose;
use crate::records;
use crate::refusals;
use crate::subagents::Subagents;
use crate::thread::Thread;
use crate::voice::Context;
use crate::world::WorkingDir;
use ctm_types::SkipReason;

/// The context, in tokens, beyond which a conversation is summed up.
const COMPACTION: u64 = 155_000;

/// Usage as Claude Code writes it for messages of its own.
const NO_USAGE: &str = r#""usage":{"input_tokens":0,"output_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"server_tool_use":{"web_search_requests":0,"web_fetch_requests":0},"service_tier":null,"inference_geo":null,"iterations":null,"speed":null}"#;

/// Records about the session that old versions write, without a session id.
const OLD_RECORDS: &[&str] = &[
    r#"{"type":"summary","summary":"Split the stale index","leafUuid":"5d1d29a2-7c9e-4f7b-a1ce-8a3f1e2b7c60"}"#,
    r#"{"type":"file-history-snapshot","messageId":"0f6ee7a4-54c1-4b1b-a8b0-5a7ffdb62d11","snapshot":{"trackedFileBackups":{}},"isSnapshotUpdate":false}"#,
];

/// Records about the session that recent versions write: type and members.
const RECORDS: &[(&str, &str)] = &[
    ("permission-mode", r#""permissionMode":"acceptEdits""#),
    ("mode", r#""mode":"normal""#),
    ("ai-title", r#""aiTitle":"Sort out the pending queue""#),
    ("last-prompt", r#""lastPrompt":"Explain the narrow cursor.""#),
    ("something-new", r#""usage":null"#),
];

/// Writes what comes before a prompt.
pub(crate) fn before_turn(home: &mut Home, main: &mut Thread) -> Result<()> {
    if !main.voice.branch.starts_with("worktree-")
        && let Some(number) = home.rates.worktree.strike()
    {
        enter_worktree(home, main, number)?;
    }
    Ok(())
}

/// Continues in a worktree: one below the repository, or one elsewhere, whose repository only a record names.
pub(crate) fn enter_worktree(home: &mut Home, main: &mut Thread, number: usize) -> Result<()> {
    let name = prose::name(&mut home.random);
    let repository = main.voice.place.escaped.clone();
    let path = if number.is_multiple_of(2) {
        format!("{}/.claude/worktrees/{name}", main.voice.place.path.trim_end_matches('/'))
    } else {
        format!("/home/dev/trees/{}/{name}", home.random.hex("", 8))
    };
    main.voice.place = WorkingDir::new(path);
    main.voice.branch = format!("worktree-{name}");
    let members = format!(
        r#""worktreeSession":{{"worktreeName":"{name}","worktreePath":"{}","originalCwd":"{repository}"}}"#,
        main.voice.place.escaped
    );
    let line = main.voice.about("worktree-state", &members);
    main.write(home, &line)
}

/// Writes what comes between a response and the next.
pub(crate) fn after_response(
    home: &mut Home,
    thread: &mut Thread,
    subagents: Option<&Subagents>,
) -> Result<()> {
    if home.rates.failure.strikes() {
        fail(home, thread)?;
    }
    ask_side_question(home, thread, subagents)?;
    refusals::strike(home, thread)?;
    // A gateway's prompts have to grow: their length distinguishes its responses.
    if thread.voice.gateway.is_none() {
        let is_full = thread.voice.context.sent > COMPACTION;
        if is_full || (thread.can_delegate() && home.rates.compaction.strikes()) {
            let trigger = if is_full { "auto" } else { "manual" };
            compact(home, thread, trigger, subagents)?;
        }
    }
    Ok(())
}

/// Writes what comes after the last response of a turn.
pub(crate) fn after_turn(home: &mut Home, main: &mut Thread) -> Result<()> {
    if home.random.percent(50) {
        return Ok(());
    }
    let random = &mut home.random;
    let now = timestamp(main.voice.pace.at_ms);
    let line = if main.voice.era.progress {
        main.voice.record(random, Some(&now), |json| {
            json.members(r#""type":"progress","data":{"type":"hook_progress","hookEvent":"Stop"}"#);
        })
    } else if main.voice.era.place_last {
        match random.below(4) {
            0 => {
                main.voice.about("queue-operation", &format!(r#""operation":"dequeue","timestamp":"{now}""#))
            }
            1 => {
                let members = records::hook(main.voice.pace.at_ms.unsigned_abs());
                main.voice.record(random, Some(&now), |json| json.members(&members))
            }
            2 => main.voice.system(random, "turn_duration", r#""durationMs":41730,"isMeta":false"#),
            _ => {
                let (kind, members) = *random.pick(RECORDS);
                main.voice.about(kind, members)
            }
        }
    } else {
        Line::new((*random.pick(OLD_RECORDS)).into(), None)
    };
    main.write(home, &line)?;
    records::after_turn(home, main)
}

/// Writes a failed request, and sometimes the message of Claude Code in place of the model.
fn fail(home: &mut Home, thread: &mut Thread) -> Result<()> {
    let members =
        r#""level":"error","error":{"status":529},"retryInMs":1024,"retryAttempt":1,"maxRetries":10"#;
    let line = thread.voice.system(&mut home.random, "api_error", members);
    thread.write(home, &line)?;
    if !home.random.percent(60) {
        return Ok(());
    }
    let (at_ms, is_error) = (thread.voice.pace.at_ms, home.random.percent(80));
    let id = home.random.uuid();
    let line = thread.voice.record(&mut home.random, Some(&timestamp(at_ms)), |json| {
        json.string("type", "assistant");
        json.nested("message", |json| {
            json.string("id", &id);
            json.members(r#""type":"message","role":"assistant","model":"<synthetic>""#);
            json.list("content", |list| {
                list.item(|json| json.members(r#""type":"text","text":"API Error: overloaded""#));
            });
            json.members(r#""stop_reason":"stop_sequence","stop_sequence":"""#);
            json.members(NO_USAGE);
        });
        json.raw("isApiErrorMessage", if is_error { "true" } else { "false" });
    });
    let line = line.with_fate(Fate::Skipped(SkipReason::Synthetic)).with_message(Message {
        at_ms,
        sidechain: thread.voice.sidechain,
        usage: None,
        tool_calls: 0,
    });
    thread.write(home, &line)
}

/// Asks a side question about the response before now and then, where the version can.
fn ask_side_question(home: &mut Home, thread: &mut Thread, subagents: Option<&Subagents>) -> Result<()> {
    let Some(subagents) = subagents.filter(|_| thread.voice.era.place_last && thread.can_delegate()) else {
        return Ok(());
    };
    if !home.rates.side_question.strikes() {
        return Ok(());
    }
    let original = thread.voice.last.clone().expect("an incident follows a response");
    (subagents.ask_aside)(home, thread, &original)
}

/// Compacts the conversation and continues with the summary.
fn compact(home: &mut Home, thread: &mut Thread, trigger: &str, subagents: Option<&Subagents>) -> Result<()> {
    if let Some(subagents) = subagents.filter(|_| thread.voice.era.progress && thread.can_delegate()) {
        (subagents.compact)(home, thread)?;
    }
    let members = format!(
        r#""content":"Conversation compacted","compactMetadata":{{"trigger":"{trigger}","preTokens":{}}}"#,
        thread.voice.context.sent
    );
    thread.voice.parent = None;
    let line = thread.voice.system(&mut home.random, "compact_boundary", &members);
    thread.write(home, &line)?;
    let summary = home.prose.sentences(&mut home.random, 1_500);
    let line = thread.voice.said(&mut home.random, |json| {
        json.raw("isCompactSummary", "true");
        write_content(json, |list| {
            list.item(|json| {
                json.string("type", "text");
                json.string("text", summary);
            });
        });
    });
    thread.voice.context = Context::fresh(home.random.within(18_000..=30_000));
    thread.write(home, &line)
}
