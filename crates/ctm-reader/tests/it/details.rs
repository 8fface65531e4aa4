//! Details beside usage: of responses, and of sessions.

use crate::home::{Home, Line, S1, S2, lines, main_file, reply};
use ctm_reader::Reader;
use ctm_types::{
    Batch, CostState, Details, EpochMs, HookOutcome, ModelCost, NameKind, PicoUsd, Recorded, Response,
    SessionFacts, SessionName, SessionRecord,
};

const USAGE: &str =
    r#"{"input_tokens":10,"output_tokens":50,"output_tokens_details":{"thinking_tokens":40}}"#;

fn response(line: &Line) -> Response {
    let answer = Home::with(line.line()).answer();
    assert_eq!(answer.responses.len(), 1);
    answer.responses.values().next().unwrap().clone()
}

fn read(content: &str, with_names: bool, limit_bytes: u64) -> Vec<Batch> {
    let home = Home::with(content);
    let file = &home.files()[0];
    let mut batches: Vec<Batch> = Vec::new();
    loop {
        let checkpoint = batches.last().map(|batch| &batch.next);
        let batch = Reader::with_session_names(with_names).read(file, checkpoint, limit_bytes).unwrap();
        let at_end = batch.at_end;
        batches.push(batch);
        if at_end {
            return batches;
        }
    }
}

fn facts(content: &str) -> SessionFacts {
    read(content, false, u64::MAX).remove(0).sessions
}

#[test]
fn names_and_counts_of_a_response_are_read() {
    let line = reply("a", 50)
        .usage(USAGE)
        .set("attributionSkill", r#""commit""#)
        .set("attributionPlugin", r#""tools""#)
        .set("attributionAgent", r#""Explore""#)
        .set("attributionMcpServer", r#""docs""#)
        .set("attributionMcpTool", r#""search""#)
        .set("effort", r#""high""#)
        .set("entrypoint", r#""claude-vscode""#)
        .set("teamName", r#""builders""#)
        .set("agentName", r#""tester""#)
        .message(
            "diagnostics",
            r#"{"cache_miss_reason":{"type":"tools_changed","cache_missed_input_tokens":900,"note":"x"}}"#,
        );
    let Response { details, attribution, .. } = response(&line);
    assert_eq!((details.thinking_tokens, details.cache_missed_tokens), (Some(40), Some(900)));
    let names = details.circumstance.unwrap();
    let all = [
        &names.skill,
        &names.plugin,
        &names.agent,
        &names.mcp_server,
        &names.mcp_tool,
        &names.effort,
        &names.refusal,
        &names.cache_miss,
    ];
    let all = all.map(|name| name.as_deref().unwrap_or("-"));
    assert_eq!(all, ["commit", "tools", "Explore", "docs", "search", "high", "-", "tools_changed"]);
    let conversation = attribution.conversation;
    let [entrypoint, team, teammate] = [&conversation.entrypoint, &conversation.team, &conversation.teammate];
    assert_eq!(entrypoint.as_deref(), Some("claude-vscode"));
    assert_eq!((team.as_deref(), teammate.as_deref()), (Some("builders"), Some("tester")));
}

#[test]
fn a_name_is_one_in_a_team_or_none() {
    let teammate = |line: Line| response(&line).attribution.conversation.teammate.clone();
    let named = || reply("a", 50).set("agentName", r#""a title""#);
    assert_eq!(teammate(named()), None);
    assert_eq!(teammate(named().set("teamName", r#""builders""#)).as_deref(), Some("a title"));
}

#[test]
fn absent_or_invalid_details_are_unknown() {
    let none = Details { request: response(&reply("a", 50)).details.request, ..Details::default() };
    assert_eq!(response(&reply("a", 50)).details, none);
    for odd in ["null", "7", r#""""#, "[]", "{}", r#"{"a":{}}"#] {
        let line = reply("a", 50)
            .usage(format!(r#"{{"output_tokens":50,"output_tokens_details":{odd}}}"#))
            .set("attributionSkill", odd)
            .set("effort", odd)
            .message("diagnostics", odd);
        assert_eq!(response(&line).details, none, "{odd}");
        let line = reply("a", 50)
            .usage(format!(r#"{{"output_tokens":50,"output_tokens_details":{{"thinking_tokens":{odd}}}}}"#))
            .message("diagnostics", format!(r#"{{"cache_miss_reason":{odd}}}"#));
        let thinking = response(&line).details.thinking_tokens;
        assert_eq!(thinking, (odd == "7").then_some(7), "{odd}");
    }
}

#[test]
fn thinking_is_part_of_the_output_and_added_to_nothing() {
    let Response { parts, details, .. } = response(&reply("a", 50).usage(USAGE));
    assert_eq!(
        (parts[0].tokens.output, parts[0].tokens.total(), details.thinking_tokens),
        (50, 60, Some(40))
    );
}

#[test]
fn the_request_of_a_response_is_read_as_its_hash() {
    let request = |line: Line| response(&line).details.request.map(|named| named.request);
    let hash = request(reply("a", 50).set("requestId", r#""req_1""#)).unwrap();
    assert_eq!(request(reply("b", 50).set("requestId", r#""req_1""#).embedded()), Some(hash));
    assert!(hash.0 != 0 && request(reply("a", 50).set("requestId", r#""req_2""#)) != Some(hash));
    for none in ["null", r#""""#, "7", "{}"] {
        assert_eq!(request(reply("a", 50).set("requestId", none)), None, "{none}");
    }
}

#[test]
fn long_names_are_bounded() {
    let name = "x".repeat(100_000);
    let line = reply("a", 50).set("attributionSkill", format!(r#""{name}""#));
    let skill = response(&line).details.circumstance.unwrap().skill.clone().unwrap();
    assert!(skill.len() <= 500 && skill.starts_with("xxx"));
}

#[test]
fn the_category_of_a_refusal_that_counts_is_read() {
    let refused = |reason: &str| {
        let line = reply("a", 50)
            .message("stop_reason", reason)
            .message("stop_details", r#"{"type":"refusal","category":"cyber"}"#);
        response(&line).details.circumstance.and_then(|names| names.refusal.clone())
    };
    assert_eq!(refused(r#""refusal""#).as_deref(), Some("cyber"));
    assert_eq!(refused(r#""end_turn""#), None);
}

#[test]
fn attribution_of_a_progress_record_is_not_that_of_the_embedded_message() {
    let line = reply("a", 50).embedded().set("attributionSkill", r#""commit""#).set("entrypoint", r#""cli""#);
    let Response { details, attribution, .. } = response(&line);
    assert_eq!(details, Details { request: details.request, ..Details::default() });
    assert_eq!(attribution.conversation.entrypoint.as_deref(), Some("cli"));
}

#[test]
fn the_session_that_a_fork_was_copied_from_is_read() {
    let line = reply("a", 50).set("forkedFrom", format!(r#"{{"sessionId":"{S2}","messageUuid":"m"}}"#));
    let batch = read(&line.line(), false, u64::MAX).remove(0);
    assert!(batch.forks.contains_key(S1));
    // A mark of another kind is a mark all the same.
    let batch = read(&reply("a", 50).set("forkedFrom", r#""x""#).line(), false, u64::MAX).remove(0);
    assert!(batch.sessions.is_empty() && batch.forks.contains_key(S1));
}

fn about(members: &str) -> String {
    format!(r#"{{{members},"sessionId":"{S1}","uuid":"u1","timestamp":"2026-03-10T10:00:00.000Z"}}"#) + "\n"
}

#[test]
fn turns_and_hooks_are_read_with_their_durations() {
    let turn = about(r#""type":"system","subtype":"turn_duration","durationMs":55312"#);
    let hooks = about(
        r#""type":"system","subtype":"stop_hook_summary","hookInfos":[
            {"command":"/home/u/hooks/lint.sh --token secret","durationMs":120.4},
            {"command":"secret words of a prompt"},
            {"durationMs":-1}],"hookErrors":["secret"],"stopReason":"secret""#,
    )
    .replace('\n', "")
        + "\n";
    let facts = facts(&(turn + &hooks));
    let what: Vec<_> = facts.records.iter().map(|record| record.what.clone()).collect();
    let hook = |program: Option<&str>, duration_ms| Recorded::Hook {
        program: program.map(str::to_owned),
        event: None,
        duration_ms,
        outcome: None,
    };
    assert_eq!(
        what,
        [
            Recorded::Turn { duration_ms: 55_312 },
            hook(Some("lint.sh"), Some(120)),
            hook(None, None),
            hook(None, None),
        ]
    );
    assert!(
        facts.records.iter().all(|record| record.session == S1 && record.at_ms == EpochMs(1_773_136_800_000))
    );
    assert!(!format!("{facts:?}").contains("secret"));
    let ids: std::collections::BTreeSet<_> = facts.records.iter().map(|record| &record.id).collect();
    assert_eq!(ids.len(), 4);
}

#[test]
fn hooks_of_other_events_are_read_with_their_outcome() {
    const COMMAND: &str = r#""command":"/home/u/hooks/lint.sh secret""#;
    let line = |kind: &str, event: &str, members: &str| {
        about(&format!(
            r#""type":"attachment","attachment":{{"type":"{kind}","hookName":"secret","hookEvent":"{event}","content":"secret","stdout":"{}","exitCode":7,{members}}}"#,
            "secret".repeat(20_000)
        ))
    };
    let read = |kind: &str, event: &str, members: &str| -> Option<Recorded> {
        let facts = facts(&line(kind, event, members));
        assert!(!format!("{facts:?}").contains("secret"));
        assert!(facts.records.len() <= 1);
        facts.records.first().map(|record| record.what.clone())
    };
    let check = |kind: &str, members: &str, duration_ms, outcome| {
        let expected = Recorded::Hook {
            program: Some("lint.sh".to_owned()),
            event: Some("PreToolUse".to_owned()),
            duration_ms,
            outcome: Some(outcome),
        };
        assert_eq!(read(kind, "PreToolUse", members), Some(expected), "{kind}");
    };
    let timed = format!(r#"{COMMAND},"durationMs":21"#);
    check("hook_success", &timed, Some(21), HookOutcome::Passed);
    check("hook_non_blocking_error", &timed, Some(21), HookOutcome::Failed);
    check("hook_error_during_execution", &timed, Some(21), HookOutcome::Failed);
    let block = format!(r#""blockingError":{{"blockingError":"secret",{COMMAND}}}"#);
    check("hook_blocking_error", &block, None, HookOutcome::Blocked);
    let late = format!(r#"{timed},"timedOut":true,"timeoutMs":20"#);
    check("hook_cancelled", &late, Some(21), HookOutcome::TimedOut);
    check("hook_cancelled", &timed, Some(21), HookOutcome::Cancelled);
    // The summary of the turn has it.
    for event in ["Stop", "SubagentStop", "not the name of an event", ""] {
        assert_eq!(read("hook_success", event, &timed), None, "{event}");
    }
    assert_eq!(read("hook_additional_context", "SessionStart", &timed), None);
}

#[test]
fn hooks_at_the_end_of_a_turn_passed_where_no_error_is_logged() {
    let outcomes = |errors: &str| -> Vec<Option<HookOutcome>> {
        let line = about(&format!(
            r#""type":"system","subtype":"stop_hook_summary","hookInfos":[{{"command":"/bin/a.sh","durationMs":1}},{{"command":"/bin/b.sh"}}]{errors}"#
        ));
        let outcome = |record: &SessionRecord| match &record.what {
            Recorded::Hook { outcome, .. } => *outcome,
            _ => None,
        };
        facts(&line).records.iter().map(outcome).collect()
    };
    assert_eq!(outcomes(r#","hookErrors":[]"#), [Some(HookOutcome::Passed), None]);
    assert_eq!(outcomes(r#","hookErrors":["x"]"#), [None, None]);
    assert_eq!(outcomes(""), [None, None]);
}

#[test]
fn a_pull_request_is_read_without_credentials_and_query() {
    let line = |number: &str| {
        about(&format!(
            r#""type":"pr-link","prNumber":{number},"prUrl":"https://u:secret@github.com/acme/shop/pull/5?secret","prRepository":"acme/shop","prTitle":"secret""#,
        ))
    };
    let facts_of = facts(&line("5"));
    let url = Some("https://github.com/acme/shop/pull/5".to_owned());
    assert_eq!(
        facts_of.records[0].what,
        Recorded::PullRequest { repository: "acme/shop".to_owned(), number: 5, url }
    );
    assert!(facts(&line("null")).is_empty() && facts(&line("-5")).is_empty());
}

#[test]
fn of_a_sessions_own_totals_the_greatest_are_read() {
    let state = |cost: &str, output| {
        about(&format!(
        r#""type":"cost-state","totalCostUSD":{cost},"totalAPIDuration":5,"totalToolDuration":6.6,"totalDuration":9,
           "totalLinesAdded":3,"totalLinesRemoved":1,"modelUsage":{{"claude-opus-5":{{"inputTokens":1,
           "outputTokens":{output},"thinkingTokens":1,"cacheReadInputTokens":4,"cacheCreationInputTokens":5,
           "webSearchRequests":6,"costUSD":{cost},"contextWindow":200000}},"odd":7}},"hasUnknownModelCost":false"#
    )).replace('\n', "") + "\n"
    };
    let facts = facts(&[state("0.1234", 2), state("1.5", 3), state("0.5", 9), state("-1", 99)].concat());
    let model = ModelCost {
        cost: PicoUsd(1_500_000_000_000),
        input: 1,
        output: 3,
        thinking: 1,
        cache_read: 4,
        cache_write: 5,
        web_searches: 6,
    };
    let expected = CostState {
        cost: PicoUsd(1_500_000_000_000),
        api_duration_ms: 5,
        tool_duration_ms: 7,
        duration_ms: 9,
        lines_added: 3,
        lines_removed: 1,
        models: [("claude-opus-5".to_owned(), model)].into(),
    };
    assert_eq!(facts.cost_states[S1], expected);
    assert!(facts.records.is_empty());
}

#[test]
fn names_of_sessions_are_read_only_where_they_are_wanted() {
    let content = [
        about(r#""type":"custom-title","customTitle":"one""#),
        about(r#""type":"agent-name","agentName":"one""#),
        about(r#""type":"ai-title","aiTitle":"made from the prompt""#),
        about(r#""type":"custom-title","customTitle":"tw\ud83do""#),
        reply("a", 5).set("customTitle", r#""no""#).line(),
    ]
    .concat();
    assert!(facts(&content).is_empty());
    let names = read(&content, true, u64::MAX).remove(0).sessions.names;
    assert_eq!(names.len(), 2);
    let title = &names[&(S1.to_owned(), NameKind::Title)];
    let last = content.find("tw").unwrap();
    let begin = content[..last].rfind('\n').unwrap() as u64 + 1;
    assert_eq!(
        title,
        &SessionName { name: "tw\u{fffd}o".to_owned(), offset_bytes: begin, in_own_file: true }
    );
    assert_eq!(names[&(S1.to_owned(), NameKind::Agent)].name, "one");
}

#[test]
fn lines_about_sessions_are_counted_as_before_and_read_in_any_stretch() {
    let content = [
        about(r#""type":"system","subtype":"turn_duration","durationMs":5"#),
        reply("a", 5).line(),
        about(r#""type":"custom-title","customTitle":"one""#),
        about(r#""type":"cost-state","totalCostUSD":2"#),
        lines(&[reply("b", 6)]),
        about(r#""type":"custom-title","customTitle":"two""#),
    ]
    .concat();
    let whole = &read(&content, true, u64::MAX)[0];
    assert_eq!((whole.lines.read, whole.lines.copies, whole.issues.len()), (6, 2, 0));
    assert_eq!(whole.facts(), 2 + whole.sessions.len() + whole.starts.len());
    let parts = read(&content, true, 1);
    assert!(parts.len() >= 6);
    let records = parts.iter().flat_map(|batch| &batch.sessions.records);
    assert!(records.eq(&whole.sessions.records));
    let last = parts.iter().rev().find_map(|batch| batch.sessions.names.values().next()).unwrap();
    assert_eq!(Some(last), whole.sessions.names.values().next());
    // A record in progress is read again when it is complete.
    let unfinished = Home::with(content.trim_end());
    let batch = Reader::with_session_names(true).read(&unfinished.files()[0], None, u64::MAX).unwrap();
    assert_eq!((batch.sessions.names.len(), batch.lines.read, batch.tail.read), (1, 5, 1));
    assert_eq!(unfinished.files()[0].absolute(), unfinished.path(&main_file(S1)).canonicalize().unwrap());
}
