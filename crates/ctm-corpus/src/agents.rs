//! Subagents, and the places in which their usage is repeated.

use crate::calendar::{timestamp, utc_day};
use crate::dialogue::{Block, write_result};
use crate::eras::AgentPlace;
use crate::error::Result;
use crate::exchange::exchange;
use crate::home::Home;
use crate::line::{Fate, Message};
use crate::models;
use crate::prose;
use crate::response::Response;
use crate::subagents::Subagents;
use crate::thread::Thread;
use crate::tools::Call;
use crate::transcript::TranscriptKind;
use crate::voice::Context;
use ctm_types::SkipReason;

/// The subagents of a main conversation.
pub(crate) const STARTED: Subagents = Subagents { delegate, ask_aside, compact };

/// Types of subagents.
const TYPES: &[&str] = &["Explore", "general-purpose", "Plan", "code-reviewer"];

/// Writes what the subagents do that a call starts, and the call's result.
fn delegate(home: &mut Home, main: &mut Thread, call: &Call) -> Result<()> {
    match main.voice.era.agent_place {
        AgentPlace::Inline => run_inline(home, main)?,
        AgentPlace::Below if home.rates.workflow.strikes() => run_workflow(home, main)?,
        AgentPlace::Below | AgentPlace::Beside => {
            let (id, last) = run_one(home, main)?;
            if main.voice.era.progress {
                embed_in_progress(home, main, &id, &last)?;
            }
            if home.random.percent(60) {
                return sum_up(home, main, call, &last);
            }
        }
    }
    main.result(home, call)
}

/// Writes the lines of a subagent among those of the main conversation.
fn run_inline(home: &mut Home, main: &mut Thread) -> Result<()> {
    let model = models::for_agent(&mut home.random, &utc_day(main.voice.pace.at_ms));
    let context = Context::fresh(home.random.within(6_000..=14_000));
    let before = (
        std::mem::replace(&mut main.voice.model, model),
        std::mem::replace(&mut main.voice.context, context),
    );
    main.voice.sidechain = true;
    main.prompt(home)?;
    let responses = home.random.skewed(1..=12);
    exchange(home, main, responses, None)?;
    main.voice.sidechain = false;
    (main.voice.model, main.voice.context) = before;
    Ok(())
}

/// Runs a subagent with a transcript of its own, and returns its id and its last response.
fn run_one(home: &mut Home, main: &mut Thread) -> Result<(String, Response)> {
    let (id, path, kind) = match main.voice.era.agent_place {
        AgentPlace::Below => {
            let id = home.random.hex("a", 16);
            let path = format!("{}/subagents/agent-{id}.jsonl", main.session_folder());
            (id, path, TranscriptKind::Agent)
        }
        _ => {
            let id = home.random.hex("", 8);
            let path = format!("{}/agent-{id}.jsonl", main.voice.folder);
            (id, path, TranscriptKind::HiddenAgent)
        }
    };
    let (last, end_ms) = run(home, main, &id, path, kind)?;
    main.voice.pace.at_ms = end_ms;
    Ok((id, last))
}

/// Runs several subagents at once, with their journal, which is not a transcript.
fn run_workflow(home: &mut Home, main: &mut Thread) -> Result<()> {
    let name = format!("{}-{}", home.random.hex("wf_", 8), home.random.hex("", 3));
    let folder = format!("{}/subagents/workflows/{name}", main.session_folder());
    let (mut journal, mut end_ms) = (String::new(), main.voice.pace.at_ms);
    for _ in 0..home.random.within(2..=5) {
        let id = home.random.hex("a", 16);
        let path = format!("{folder}/agent-{id}.jsonl");
        let (last, agent_end_ms) = run(home, main, &id, path, TranscriptKind::HiddenAgent)?;
        end_ms = end_ms.max(agent_end_ms);
        let tokens = last.tokens.total();
        journal.push_str(&format!(
            "{{\"type\":\"started\",\"agentId\":\"{id}\"}}\n\
             {{\"type\":\"result\",\"agentId\":\"{id}\",\"usage\":{{\"total_tokens\":{tokens}}}}}\n"
        ));
    }
    main.voice.pace.at_ms = end_ms;
    home.write_file(&format!("{folder}/journal.jsonl"), &journal)
}

/// Runs a subagent; returns its last response and when it ended.
fn run(
    home: &mut Home,
    main: &Thread,
    id: &str,
    path: String,
    kind: TranscriptKind,
) -> Result<(Response, i64)> {
    if main.voice.era.agent_place == AgentPlace::Below {
        let meta = format!(
            r#"{{"agentType":"{}","description":"{}"}}"#,
            home.random.pick(TYPES),
            prose::topic(&mut home.random)
        );
        home.write_file(&path.replace(".jsonl", ".meta.json"), &meta)?;
    }
    let model = models::for_agent(&mut home.random, &utc_day(main.voice.pace.at_ms));
    let mut agent = main.begin_agent(home, id, path, kind, model)?;
    agent.prompt(home)?;
    let responses = home.random.skewed(2..=20);
    exchange(home, &mut agent, responses, None)?;
    let last = agent.voice.last.clone().expect("an exchange has a response");
    let end_ms = agent.voice.pace.at_ms;
    agent.finish(home)?;
    Ok((last, end_ms))
}

/// Writes progress records: they embed a response that the subagent's transcript contains too, and one that
/// is only there, because the transcript of its subagent was deleted.
fn embed_in_progress(home: &mut Home, main: &mut Thread, id: &str, last: &Response) -> Result<()> {
    let first = last.stages[0];
    let lost = Response {
        message_id: Some(home.random.id("msg_01")),
        request_id: Some(home.random.id("req_011C")),
        tokens: last.tokens_at(0),
        stages: vec![first],
        output: last.output,
        web_searches: if first.is_final { last.web_searches } else { 0 },
        ..last.clone()
    };
    main.book(home, &lost, main.voice.pace.at_ms, 0);
    for (agent, response) in [(id.to_owned(), last), (home.random.hex("a", 16), &lost)] {
        let now = timestamp(main.voice.pace.at_ms);
        let content = Block::Text.to_json(home);
        let line = main.voice.record(&mut home.random, Some(&now), |json| {
            json.string("type", "progress");
            json.nested("data", |json| {
                json.string("type", "agent_progress");
                json.string("agentId", &agent);
                json.nested("message", |json| {
                    json.string("type", "assistant");
                    json.string("timestamp", &now);
                    if let Some(request) = &response.request_id {
                        json.string("requestId", request);
                    }
                    json.nested("message", |json| {
                        response.write_message(json, 0, |list| list.members(&content));
                    });
                });
            });
        });
        main.write(home, &line.with_fate(Fate::Copy))?;
    }
    Ok(())
}

/// Writes the result of a call with the usage of the subagent's last request in it.
fn sum_up(home: &mut Home, main: &mut Thread, call: &Call, last: &Response) -> Result<()> {
    let text = prose::sentence(&mut home.random);
    main.voice.context.new += last.tokens.output;
    let line = main.voice.said(&mut home.random, |json| {
        write_result(json, call, false, &text);
        json.nested("toolUseResult", |json| {
            json.members(r#""status":"completed","totalToolUseCount":4"#);
            json.number("totalTokens", last.tokens.total());
            json.nested("usage", |json| last.write_usage(json, last.stages.len() - 1));
        });
    });
    main.write(home, &line.with_fate(Fate::Skipped(SkipReason::ToolResultSummary)))
}

/// Asks a side question: a subagent's transcript that begins with the last response of the main
/// conversation, under another `requestId`.
fn ask_aside(home: &mut Home, main: &Thread, original: &Response) -> Result<()> {
    let id = home.random.hex("a", 16);
    let path = format!("{}/subagents/agent-{id}.jsonl", main.session_folder());
    let mut agent = main.begin_agent(home, &id, path, TranscriptKind::Agent, main.voice.model)?;
    let replay = Response { request_id: Some(home.random.id("req_011C")), ..original.clone() };
    let (at_ms, index) = (agent.voice.pace.wait(1_000), replay.stages.len() - 1);
    let (block, now) = (Block::Text.to_json(home), timestamp(at_ms));
    let copy = agent.voice.copy(&mut home.random, &replay, index, block.as_bytes(), Some(&now));
    let message =
        Message { at_ms, sidechain: true, usage: Some((replay.model, replay.tokens)), tool_calls: 0 };
    agent.write(home, &copy.with_message(message))?;
    agent.prompt(home)?;
    exchange(home, &mut agent, 1, None)?;
    agent.finish(home)
}

/// Writes the transcript of the subagent that sums up a conversation.
fn compact(home: &mut Home, main: &Thread) -> Result<()> {
    let id = home.random.hex("acompact-", 16);
    let path = format!("{}/subagents/agent-{id}.jsonl", main.session_folder());
    let mut agent = main.begin_agent(home, &id, path, TranscriptKind::Agent, main.voice.model)?;
    agent.prompt(home)?;
    exchange(home, &mut agent, 1, None)?;
    agent.finish(home)
}
