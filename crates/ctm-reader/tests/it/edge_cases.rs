//! Edge cases that were seen in real transcripts.

use crate::home::{Answer, Home, Line, S1, S2, lines, main_file, reply, usage};
use ctm_types::{Billing, EpochMs, IssueKind, LineIssue, SkipReason};
use std::fs;

fn issues(answer: &Answer) -> Vec<IssueKind> {
    answer.issues.iter().map(|(_, kind)| *kind).collect()
}

fn skipped(reason: SkipReason) -> IssueKind {
    IssueKind::Skipped(reason)
}

// --- Copies in one file

#[test]
fn repeated_lines_count_once() {
    let answer = Home::with(lines(&[reply("a", 50), reply("a", 50), reply("a", 50)])).answer();
    assert_eq!((answer.responses.len(), answer.five()), (1, [10, 50, 100, 5, 15]));
    assert_eq!((answer.read, answer.copies), (3, 3));
}

#[test]
fn the_largest_output_wins_whatever_the_order() {
    let answer = Home::with(lines(&[reply("a", 2), reply("a", 250), reply("a", 8)])).answer();
    assert_eq!(answer.five(), [10, 250, 100, 5, 15]);
}

#[test]
fn the_final_copy_wins_over_a_larger_one_without_marker() {
    for marker in [
        reply("a", 7).message("stop_reason", r#""end_turn""#),
        reply("a", 7).usage(r#"{"input_tokens":10,"output_tokens":7,"iterations":[]}"#),
    ] {
        let answer = Home::with(lines(&[marker, reply("a", 900)])).answer();
        assert_eq!((answer.tokens().output, answer.unfinalised()), (7, 0));
    }
}

#[test]
fn a_response_without_final_marker_counts_and_is_flagged() {
    let placeholder =
        reply("a", 3).message("stop_reason", "null").usage(r#"{"output_tokens":3,"iterations":null}"#);
    let answer = Home::with(lines(&[placeholder])).answer();
    assert_eq!((answer.tokens().output, answer.unfinalised()), (3, 1));
}

#[test]
fn copies_may_be_far_apart() {
    let between = r#"{"type":"user","message":{"role":"user","content":[]}}"#;
    let content = format!(
        "{}{between}\n{}{between}\n{}",
        reply("a", 2).line(),
        reply("b", 5).at("2026-03-10T10:00:40Z").line(),
        reply("a", 90).at("2026-03-10T10:01:35Z").line()
    );
    let answer = Home::with(content).answer();
    assert_eq!((answer.responses.len(), answer.tokens().output), (2, 95));
}

#[test]
fn a_snapshot_is_taken_whole() {
    let other = reply("a", 90)
        .message("model", r#""claude-haiku-4-5""#)
        .usage(r#"{"input_tokens":1,"output_tokens":90}"#);
    let answer = Home::with(lines(&[reply("a", 80), other])).answer();
    assert_eq!(answer.five(), [1, 90, 0, 0, 0]);
    assert_eq!(answer.only().parts[0].billing.model, "claude-haiku-4-5");
}

#[test]
fn the_earliest_time_holds() {
    let answer = Home::with(lines(&[
        reply("a", 2).at("2026-03-10T10:00:05Z"),
        reply("a", 9).at("2026-03-10T09:59:59.5Z"),
        reply("a", 20).at("2026-03-11T00:00:00Z"),
    ]))
    .answer();
    assert_eq!(answer.only().attribution.at_ms, EpochMs(1_773_136_799_500));
    assert_eq!(answer.tokens().output, 20);
}

// --- Identity

#[test]
fn a_second_request_id_for_an_issued_id_is_a_replay() {
    let home = Home::with(lines(&[reply("a", 50)]));
    let replay = reply("a", 50).set("requestId", r#""req_other""#).set("isSidechain", "true");
    home.write(&format!("projects/-home-u-app/{S1}/subagents/agent-x.jsonl"), replay.line());
    let answer = home.answer();
    assert_eq!(answer.five(), [10, 50, 100, 5, 15]);
    assert!(!answer.only().attribution.conversation.sidechain);
}

#[test]
fn short_ids_are_distinguished_by_their_requests() {
    let mock =
        |request: &str| reply("a", 50).id(r#""msg_mock_001""#).set("requestId", format!(r#""{request}""#));
    let answer = Home::with(lines(&[mock("r1"), mock("r1"), mock("r2")])).answer();
    assert_eq!(answer.responses.len(), 2);
}

#[test]
fn constant_ids_of_gateways_are_distinguished_by_session_and_prompt() {
    let gateway = |session: &str, input: u64, output: u64| {
        reply("a", 0)
            .id(r#""ocgo""#)
            .set("requestId", "")
            .session(session)
            .usage(format!(r#"{{"input_tokens":{input},"output_tokens":{output}}}"#))
    };
    let answer = Home::with(lines(&[
        gateway(S1, 100, 1),
        gateway(S1, 100, 9),
        gateway(S1, 200, 5),
        gateway(S2, 100, 7),
    ]))
    .answer();
    assert_eq!((answer.responses.len(), answer.tokens().output), (3, 21));
}

#[test]
fn without_message_id_the_request_then_the_uuid_then_the_place_identifies() {
    let without = |id: &str| reply("a", 5).id(id);
    let by_request = [without(""), without(r#""""#), without("null").set("uuid", "")];
    assert_eq!(Home::with(lines(&by_request)).answer().responses.len(), 1);
    let by_uuid = [without("").set("requestId", ""), without("").set("requestId", r#""""#)];
    assert_eq!(Home::with(lines(&by_uuid)).answer().responses.len(), 1);
    let by_place = without("").set("requestId", "").set("uuid", "");
    assert_eq!(Home::with(lines(&[by_place.clone(), by_place])).answer().responses.len(), 2);
}

#[test]
fn separators_in_ids_do_not_make_two_responses_one() {
    let line = |id: &str, request: &str| {
        reply("a", 5).id(format!(r#""{id}""#)).set("requestId", format!(r#""{request}""#))
    };
    let answer = Home::with(lines(&[line("a|b", "c"), line("a", "b|c"), line("a%7Cb", "c")])).answer();
    assert_eq!(answer.responses.len(), 3);
}

// --- Copies in several files

#[test]
fn a_fork_belongs_to_the_session_it_was_forked_from() {
    let home = Home::new();
    home.write(
        &main_file(S2),
        lines(&[reply("a", 50).session(S2), reply("b", 1).session(S2).at("2026-03-10T11:00:00Z")]),
    );
    home.write(&main_file(S1), lines(&[reply("a", 50)]));
    let answer = home.answer();
    assert_eq!(answer.tokens().output, 51);
    let sessions: Vec<_> =
        answer.responses.values().map(|r| r.attribution.conversation.session.as_str()).collect();
    assert_eq!(sessions, [S1, S2]);
}

#[test]
fn lines_name_the_originals_of_sessions() {
    // The session that a home's transcript is of, unless the line names one.
    let check = |line: &str, expected: &[(&str, &[&str])]| {
        let batch = |home: &Home| ctm_reader::Reader::new().read(&home.files()[0], None, u64::MAX).unwrap();
        let forks = batch(&Home::with(format!("{line}\n"))).forks;
        let found: Vec<(&str, Vec<&str>)> = forks
            .iter()
            .map(|(fork, originals)| (fork.as_str(), originals.iter().map(String::as_str).collect()))
            .collect();
        let expected: Vec<(&str, Vec<&str>)> =
            expected.iter().map(|(fork, originals)| (*fork, originals.to_vec())).collect();
        assert_eq!(found, expected, "{line}");
    };
    check(r#"{"type":"continued-in","continuedInSessionId":"b"}"#, &[("b", &[S1])]);
    check(r#"{"type": "continued-in", "sessionId": "a", "continuedInSessionId": "b"}"#, &[("b", &["a"])]);
    check(
        r#"{"type":"fork-context-ref","agentId":"x","sessionId":"a","parentSessionId":"p"}"#,
        &[("a", &["p"])],
    );
    // A session is not a copy of itself, and lines of other sessions are irrelevant.
    check(r#"{"type":"continued-in","sessionId":"a","continuedInSessionId":"a"}"#, &[]);
    check(r#"{"type":"continued-in","sessionId":"a","continuedInSessionId":null}"#, &[]);
    check(r#"{"type":"continued-in","sessionId":"a","continuedInSessionId":""}"#, &[]);
    check(r#"{"type":"other","sessionId":"a","continuedInSessionId":"b"}"#, &[]);
    check(r#"{"type":"user","message":{"content":"\"continued-in\""},"continuedInSessionId":"b"}"#, &[]);

    let marked =
        |mark: &'static str, value: &str| reply("a", 5).set(mark, value).line().trim_end().to_owned();
    check(&marked("sessionKind", r#""bg""#), &[(S1, &[])]);
    check(&marked("sessionKind", r#""interactive""#), &[]);
    check(&marked("forkedFrom", r#"{"sessionId":"o","messageUuid":"u"}"#), &[(S1, &["o"])]);
    check(&marked("forkedFrom", r#"{}"#), &[(S1, &[])]);
    check(&marked("forkedFrom", r#""o""#), &[(S1, &[])]);
    check(&marked("forkedFrom", "null"), &[]);
}

#[test]
fn a_subagent_that_was_given_the_conversation_is_no_fork_of_its_session() {
    let home = Home::new();
    let line = format!(r#"{{"type":"fork-context-ref","agentId":"a1","parentSessionId":"{S1}"}}"#);
    home.write(&format!("projects/-home-u-app/{S1}/subagents/agent-a1.jsonl"), line + "\n");
    let batch = ctm_reader::Reader::new().read(&home.files()[0], None, u64::MAX).unwrap();
    assert!(batch.forks.is_empty(), "{:?}", batch.forks);
}

#[test]
fn several_homes_hold_one_truth() {
    let (one, two) =
        (Home::with(lines(&[reply("a", 5), reply("b", 6)])), Home::with(lines(&[reply("b", 6)])));
    let mut answer = Answer::default();
    answer.read_all(&one.files());
    answer.read_all(&two.files());
    assert_eq!(answer.tokens().output, 11);
}

// --- Usage

#[test]
fn synthetic_lines_are_counted_apart() {
    let nulls = r#"{"input_tokens":0,"output_tokens":0,"cache_creation":null,"server_tool_use":null,"service_tier":null,"iterations":null,"speed":null,"inference_geo":null}"#;
    let synthetic = reply("a", 0).message("model", r#""<synthetic>""#).set("isApiErrorMessage", "false");
    let answer = Home::with(lines(&[synthetic.clone().usage(nulls), synthetic.usage(usage(6))])).answer();
    assert_eq!((answer.responses.len(), answer.skipped["synthetic"]), (0, 2));
}

#[test]
fn usage_that_is_no_object_is_reported_and_missing_usage_is_no_response() {
    let answer = Home::with(lines(&[
        reply("a", 5).usage("[1,2]"),
        reply("b", 5).usage(r#""many""#),
        reply("c", 5).usage("null"),
        reply("d", 5).usage(""),
    ]))
    .answer();
    assert_eq!(
        (answer.responses.len(), answer.skipped["usage_not_an_object"], answer.skipped["no_usage"]),
        (0, 2, 2)
    );
    assert_eq!(issues(&answer), [skipped(SkipReason::UsageNotAnObject); 2]);
}

#[test]
fn missing_cache_counts_are_zero() {
    for counts in [
        r#"{"input_tokens":3,"output_tokens":4}"#,
        r#"{"input_tokens":3,"output_tokens":4,"cache_read_input_tokens":null,"cache_creation":null}"#,
    ] {
        let answer = Home::with(lines(&[reply("a", 0).usage(counts)])).answer();
        assert_eq!((answer.five(), issues(&answer).len()), ([3, 4, 0, 0, 0], 0));
    }
}

#[test]
fn the_larger_of_flat_and_split_cache_writes_holds() {
    let check = |flat: u64, short: u64, long: u64, expected: [u64; 2], assumed: bool| {
        let counts = format!(
            r#"{{"cache_creation_input_tokens":{flat},"cache_creation":{{"ephemeral_5m_input_tokens":{short},"ephemeral_1h_input_tokens":{long}}}}}"#
        );
        let answer = Home::with(lines(&[reply("a", 0).usage(counts)])).answer();
        let [.., write_5m, write_1h] = answer.five();
        assert_eq!([write_5m, write_1h], expected, "{flat} {short} {long}");
        assert_eq!(answer.only().parts[0].ttl_assumed, assumed);
    };
    check(20, 5, 15, [5, 15], false);
    check(0, 5, 15, [5, 15], false);
    check(30, 5, 15, [15, 15], true);
    check(30, 0, 0, [30, 0], true);
}

#[test]
fn an_advisor_is_billed_by_its_own_model() {
    let counts = r#"{"input_tokens":4,"output_tokens":669,"cache_read_input_tokens":123,"cache_creation_input_tokens":31,
        "cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":15},"iterations":[
        {"type":"message","input_tokens":2,"output_tokens":92,"cache_read_input_tokens":61,"cache_creation_input_tokens":16,
            "cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":16}},
        {"type":"advisor_message","model":"claude-fable-5-1","input_tokens":63892,"output_tokens":4130},
        {"type":"message","input_tokens":2,"output_tokens":577,"cache_read_input_tokens":62,"cache_creation_input_tokens":15,
            "cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":15}}]}"#
        .replace('\n', "");
    let answer = Home::with(lines(&[reply("a", 0).usage(counts)])).answer();
    let parts = &answer.only().parts;
    let models: Vec<_> = parts.iter().map(|part| part.billing.model.as_str()).collect();
    assert_eq!(models, ["claude-sonnet-4-5", "claude-fable-5-1", "claude-sonnet-4-5"]);
    assert_eq!(answer.five(), [63_896, 4_799, 123, 0, 31]);
}

#[test]
fn an_attempt_that_was_refused_before_any_output_is_apart_from_the_fallback() {
    let of = |first: &str| {
        let counts = format!(
            r#"{{"input_tokens":3,"output_tokens":40,"iterations":[{{"type":"message","input_tokens":9,{first}}},{{"type":"fallback_message","input_tokens":3,"output_tokens":40}}]}}"#
        );
        let answer = Home::with(lines(&[reply("a", 0).usage(counts)])).answer();
        let parts = &answer.only().parts;
        let refusals: Vec<_> = parts.iter().map(|part| part.billing.refusal.clone()).collect();
        (answer.five(), refusals)
    };
    let refused = Some(Billing::UNCATEGORISED.to_owned());
    let other = r#""model":"claude-opus-5","output_tokens":"#;
    assert_eq!(of(&format!("{other}578")), ([12, 618, 0, 0, 0], vec![None, None]));
    // A response is logged with some output when it begins.
    assert_eq!(of(&format!("{other}2")), ([12, 42, 0, 0, 0], vec![None, refused.clone()]));
    assert_eq!(of(&format!("{other}0")), ([12, 40, 0, 0, 0], vec![None, refused.clone()]));
    // An iteration of the model that answers was not refused.
    assert_eq!(of(r#""output_tokens":2"#), ([12, 42, 0, 0, 0], vec![None, None]));
    assert_eq!(of(r#""output_tokens":0"#), ([12, 40, 0, 0, 0], vec![None, refused]));
}

#[test]
fn why_a_request_was_refused_is_in_a_block_or_in_a_record_of_its_own() {
    let block = |trigger: &str| {
        let block = format!(r#"[{{"type":"fallback","from":{{"model":"a"}},"trigger":{trigger}}}]"#);
        reply("a", 1).set("requestId", r#""req_1""#).message("content", block).line()
    };
    let record = |category: &str, more: &str| {
        format!(
            r#"{{"type":"system","subtype":"model_refusal_fallback","requestId":"req_2","apiRefusalCategory":{category}{more}}}"#
        ) + "\n"
    };
    let check = |line: String, expected: &[(&str, &str)]| {
        let batch =
            ctm_reader::Reader::new().read(&Home::with(line.clone()).files()[0], None, u64::MAX).unwrap();
        let refusals: Vec<_> = batch.refusals.iter().map(|(of, why)| (of.as_str(), why.as_str())).collect();
        assert_eq!(refusals, expected, "{line}");
    };
    check(block(r#"{"type":"refusal","category":"bio"}"#), &[("req_1", "bio")]);
    check(block(r#"{"type":"refusal","category":null}"#), &[]);
    check(block("7"), &[]);
    check(record(r#""cyber""#, ""), &[("req_2", "cyber")]);
    check(record("null", ""), &[]);
    check(record(r#""cyber""#, "") + &record(r#""bio""#, ""), &[("req_2", "cyber")]);
    // It has a long explanation, which is not read.
    let explained = format!(r#","apiRefusalExplanation":"{}""#, "x".repeat(20_000));
    check(record(r#""bio""#, &explained), &[("req_2", "bio")]);
    check(record(r#""bio""#, "").replace("model_refusal_fallback", "model_consent_fallback"), &[]);
}

#[test]
fn iterations_that_miss_something_do_not_hide_the_total() {
    let counts = r#"{"input_tokens":30,"output_tokens":40,"iterations":[{"type":"message","input_tokens":3,"output_tokens":40}]}"#;
    let answer = Home::with(lines(&[reply("a", 0).usage(counts)])).answer();
    assert_eq!((answer.five(), issues(&answer)), ([30, 40, 0, 0, 0], vec![IssueKind::IterationsBelowTotal]));
}

#[test]
fn iterations_of_any_form_leave_the_top_level_standing() {
    for iterations in ["null", "[]", "{}", "7", "[null]", r#"["message"]"#, r#"[{"type":"message"}]"#] {
        let counts = format!(r#"{{"input_tokens":3,"output_tokens":4,"iterations":{iterations}}}"#);
        let answer = Home::with(lines(&[reply("a", 0).usage(counts)])).answer();
        assert_eq!(answer.five(), [3, 4, 0, 0, 0], "{iterations}");
    }
}

#[test]
fn price_terms_are_kept_and_neutral_ones_left_out() {
    let check = |speed: &str, tier: &str, geo: &str, expected: [Option<&str>; 3]| {
        let counts = format!(
            r#"{{"output_tokens":4,"speed":{speed},"service_tier":{tier},"inference_geo":{geo},"server_tool_use":{{"web_search_requests":2}}}}"#
        );
        let answer = Home::with(lines(&[reply("a", 0).usage(counts)])).answer();
        let part = &answer.only().parts[0];
        let [speed, service_tier, inference_geo] = expected.map(|term| term.map(str::to_owned));
        assert_eq!(
            *part.billing,
            Billing { model: "claude-sonnet-4-5".into(), speed, service_tier, inference_geo, refusal: None }
        );
        assert_eq!(part.web_searches, 2);
    };
    check(r#""fast""#, r#""batch""#, r#""us""#, [Some("fast"), Some("batch"), Some("us")]);
    check(r#""standard""#, r#""standard""#, r#""not_available""#, [Some("standard"), None, None]);
    check("null", "7", r#""""#, [None, None, None]);
}

#[test]
fn model_names_are_kept_as_written() {
    for model in ["claude-opus-4-6[1m]", "us.anthropic.claude-opus-4-8", "glm-5", "Claude-X"] {
        let answer = Home::with(lines(&[reply("a", 5).message("model", format!(r#""{model}""#))])).answer();
        assert_eq!(answer.only().parts[0].billing.model, model);
    }
    let answer = Home::with(lines(&[reply("a", 5).message("model", "")])).answer();
    assert_eq!(answer.only().parts[0].billing.model, "");
}

#[test]
fn an_invalid_count_is_zero_and_reported_and_the_line_still_counts() {
    for bad in ["-5", "1.5", r#""7""#, "9007199254740993", "[]", "true", "1e300"] {
        let counts = format!(r#"{{"input_tokens":{bad},"output_tokens":4}}"#);
        let answer = Home::with(lines(&[reply("a", 0).usage(counts)])).answer();
        assert_eq!((answer.five(), issues(&answer)), ([0, 4, 0, 0, 0], vec![IssueKind::BadCount]), "{bad}");
    }
}

#[test]
fn usage_of_nothing_is_no_response() {
    let answer =
        Home::with(lines(&[reply("a", 0).usage(r#"{"input_tokens":0,"output_tokens":0}"#)])).answer();
    assert_eq!((answer.responses.len(), answer.skipped["zero_usage"]), (0, 1));
}

// --- Lines

#[test]
fn records_of_other_types_are_skipped_whatever_their_fields() {
    let answer = Home::with(concat!(
        r#"{"type":"summary","summary":"x"}"#,
        "\n",
        r#"{"type":"brand-new","usage":{"output_tokens":5}}"#,
        "\n",
        r#"{"type":"system","message":{"usage":{"output_tokens":5}}}"#,
        "\n",
        r#"{"type":7,"message":{"usage":{"output_tokens":5}}}"#,
        "\n",
    ))
    .answer();
    assert_eq!((answer.responses.len(), answer.skipped["no_usage"]), (0, 4));
}

#[test]
fn a_record_without_type_counts() {
    let answer =
        Home::with(lines(&[reply("a", 5).set("type", ""), reply("b", 6).set("type", "null")])).answer();
    assert_eq!(answer.tokens().output, 11);
}

#[test]
fn json_that_is_no_object_is_reported() {
    let answer = Home::with("[1,2]\n\"text\"\n42\nnull\n[{\"usage\":1}]\n").answer();
    assert_eq!(answer.skipped["not_an_object"], 5);
}

#[test]
fn a_time_without_zone_is_taken_as_utc_and_reported() {
    for time in ["2026-03-10T10:00:00.000", "2026-03-10 10:00:00", " 2026-03-10T10:00:00.000000 "] {
        let answer = Home::with(reply("a", 5).at(time).line()).answer();
        assert_eq!(
            (answer.tokens().output, answer.only().attribution.at_ms),
            (5, EpochMs(1_773_136_800_000)),
            "{time}"
        );
        assert_eq!(issues(&answer), [IssueKind::ZoneAssumed]);
    }
}

#[test]
fn a_line_without_usable_time_is_reported() {
    let answer = Home::with(lines(&[
        reply("a", 5).set("timestamp", ""),
        reply("b", 5).at("yesterday"),
        reply("c", 5).at("2026-03-10T10:00"),
        reply("d", 5).set("timestamp", "1773136800000"),
        reply("e", 5).at("2026-03-10T12:30:00+02:30"),
        reply("f", 5).at("0001-01-01T00:00:00Z"),
    ]))
    .answer();
    assert_eq!((answer.skipped["no_timestamp"], answer.skipped["bad_timestamp"]), (1, 4));
    assert_eq!(answer.only().attribution.at_ms, EpochMs(1_773_136_800_000));
}

#[test]
fn times_may_go_backwards_and_lie_in_the_future() {
    let answer = Home::with(lines(&[
        reply("a", 5).at("2999-12-31T23:59:59Z"),
        reply("b", 6).at("2026-03-10T10:00:00Z"),
        reply("c", 7).at("2025-01-01T00:00:00Z"),
    ]))
    .answer();
    assert_eq!(answer.tokens().output, 18);
}

#[test]
fn a_line_that_is_still_being_written_waits_unless_it_is_whole() {
    let (first, second) = (reply("a", 5).line(), reply("b", 6).text());
    let home = Home::with(format!("{first}{}", &second[..second.len() - 1]));
    let mut answer = home.answer();
    assert_eq!((answer.responses.len(), answer.read), (1, 1));
    home.append(&main_file(S1), "}");
    answer.read_all(&home.files());
    assert_eq!((answer.tokens().output, answer.read), (11, 1));
    assert_eq!(answer.tail(), (1, 1));
    home.append(&main_file(S1), "\n");
    answer.read_all(&home.files());
    assert_eq!((answer.tokens().output, answer.read, answer.copies), (11, 2, 2));
    assert_eq!(answer.tail(), (0, 0));
}

#[test]
fn a_last_line_without_line_feed_is_counted_apart_if_it_is_a_whole_record() {
    let check = |last: &str, expected: (u64, u64)| {
        let answer = Home::with(reply("a", 5).line() + last).answer();
        assert_eq!((answer.read, answer.tail()), (1, expected), "{last}");
    };
    check(&reply("b", 6).text(), (1, 1));
    check(r#"{"type":"summary","summary":"x"}"#, (1, 0));
    check(r#"{"type":"user","message":{"content":"{}"#, (0, 0));
    check(r#"{"type":"user"}}"#, (0, 0));
    check("[1]", (0, 0));
    check("", (0, 0));
    check(&reply("b", 6).at("yesterday").text(), (1, 0));
    let filler = format!(r#""{}""#, "x".repeat(9 << 20));
    check(&reply("b", 6).set("toolUseResult", filler.clone()).text(), (1, 1));
    check(&format!(r#"{{"type":"user","message":{filler}"#), (0, 0));
}

#[test]
fn server_tools_in_usage_mark_the_final_copy() {
    let usage = |output: u64, more: &str| {
        reply("a", 0).usage(format!(r#"{{"input_tokens":3,"output_tokens":{output}{more}}}"#))
    };
    let tools = r#","server_tool_use":{"web_search_requests":0,"web_fetch_requests":0}"#;
    let answer = Home::with(lines(&[usage(8, ""), usage(8, ""), usage(288, tools)])).answer();
    assert_eq!((answer.tokens().output, answer.unfinalised()), (288, 0));
    let answer = Home::with(lines(&[usage(8, ""), usage(8, r#","server_tool_use":null"#)])).answer();
    assert_eq!(answer.unfinalised(), 1);
}

#[test]
fn a_record_behind_a_truncated_one_is_saved() {
    let whole = reply("b", 6).text();
    let parent_first = format!(r#"{{"parentUuid":null,{}"#, &whole[1..]);
    for record in [whole, parent_first] {
        let broken = reply("a", 5).message("content", r#"[{"type":"text","text":"x"}]"#).text();
        let answer = Home::with(format!("{}{record}\n", &broken[..broken.len() - 30])).answer();
        assert_eq!((answer.tokens().output, issues(&answer)), (6, vec![IssueKind::Recovered]));
        assert_eq!(answer.only().winner.locus.offset_bytes, broken.len() as u64 - 30);
    }
}

#[test]
fn two_records_on_one_line_count_both() {
    let answer = Home::with(format!("{}{}\n", reply("a", 5).text(), reply("b", 6).text())).answer();
    assert_eq!((answer.tokens().output, answer.read, issues(&answer)), (11, 2, vec![IssueKind::Recovered]));
}

#[test]
fn nul_bytes_around_a_record_are_dropped() {
    let answer =
        Home::with(format!("{}{}\n{}", "\0".repeat(300), reply("a", 5).text(), reply("b", 6).line()))
            .answer();
    assert_eq!(answer.tokens().output, 11);
}

#[test]
fn odd_characters_do_not_cost_the_line() {
    let mut content = b"\xEF\xBB\xBF".to_vec();
    content.extend(reply("a", 1).line().bytes());
    content.extend(reply("b", 2).text().bytes().chain(*b"\r\n\r\n  \n"));
    content.extend(reply("c", 4).set("gitBranch", r#""\ud83d""#).line().bytes());
    content.extend(reply("d", 8).set("gitBranch", r#""\ud83d\ude00 \\ud83d \udc00""#).line().bytes());
    let invalid = reply("e", 16).set("gitBranch", r#""?""#).line();
    content.extend(invalid.bytes().map(|byte| if byte == b'?' { 0xFF } else { byte }));
    content.extend(reply("f", 32).set("cwd", r#""x","cwd":"y""#).line().bytes());
    let answer = Home::with(content).answer();
    assert_eq!((answer.tokens().output, answer.skipped["blank"]), (63, 2), "{:?}", answer.issues);
    let branches: Vec<_> =
        answer.responses.values().filter_map(|r| r.attribution.conversation.branch.as_deref()).collect();
    assert_eq!(branches, ["\u{fffd}", "\u{1f600} \\ud83d \u{fffd}", "\u{fffd}"]);
    assert_eq!(answer.responses.values().last().unwrap().attribution.conversation.folder, "y");
}

#[test]
fn white_space_in_json_is_legal() {
    let spaced = reply("a", 5).text().replace("\":", "\" : ").replace(',', " , ");
    let answer = Home::with(format!("  {spaced}\t\n")).answer();
    assert_eq!(answer.five(), [10, 5, 100, 5, 15]);
    assert_eq!(answer.only().winner.locus.offset_bytes, 2);
}

#[test]
fn a_line_beyond_the_buffer_counts_and_keeps_memory_flat() {
    let filler = format!(r#""{}""#, "x".repeat(12 << 20));
    let long = reply("a", 5).set("toolUseResult", format!(r#"{{"stdout":{filler}}}"#));
    let user =
        format!(r#"{{"type":"user","message":{{"content":[{{"type":"tool_result","content":{filler}}}]}}}}"#);
    let broken = format!(r#"{{"type":"assistant","message":{filler}"#);
    let content =
        format!("{}{}{user}\n{broken}\n{}", reply("b", 6).line(), long.line(), reply("c", 7).line());
    let answer = Home::with(content).answer();
    assert_eq!((answer.tokens().output, answer.read), (18, 5));
    assert_eq!((answer.skipped["no_usage"], answer.skipped["too_long"]), (1, 1));
}

#[test]
fn a_line_beyond_the_buffer_follows_the_rules_of_short_ones() {
    let filler = format!(r#""{}""#, "x".repeat(9 << 20));
    let long = |name: &str, output| reply(name, output).set("toolUseResult", filler.clone()).text();
    let of = |line: String| {
        let answer = Home::with(line + "\n" + &reply("z", 1).line()).answer();
        assert_eq!(answer.responses.values().filter(|response| response.winner.output == 1).count(), 1);
        let skipped: Vec<_> = answer.skipped.iter().map(|(reason, lines)| (*reason, *lines)).collect();
        (answer.tokens().output - 1, answer.copies - 1, skipped, issues(&answer))
    };
    let recovered = vec![IssueKind::Recovered];
    assert_eq!(of(format!("\u{feff}  {}", long("a", 5))), (5, 1, vec![], vec![]));
    assert_eq!(of(long("a", 5) + " \r"), (5, 1, vec![], vec![]));
    let not_an_object = vec![skipped(SkipReason::NotAnObject)];
    assert_eq!(of(format!("[{filler}]")), (0, 0, vec![("not_an_object", 1)], not_an_object.clone()));
    assert_eq!(of(format!("[{}]", long("a", 5))), (0, 0, vec![("not_an_object", 1)], not_an_object));
    assert_eq!(of(long("a", 5) + &reply("b", 6).text()), (11, 2, vec![], recovered.clone()));
    assert_eq!(of(long("a", 5) + &long("b", 6)), (11, 2, vec![], recovered.clone()));
    assert_eq!(of(long("a", 5) + "}"), (5, 1, vec![], recovered.clone()));
    let broken = long("a", 5);
    assert_eq!(of(broken[..broken.len() - 9].to_owned() + &long("b", 6)), (6, 1, vec![], recovered));
    let malformed = vec![skipped(SkipReason::TooLong)];
    assert_eq!(of(broken[..broken.len() - 9].to_owned()), (0, 0, vec![("too_long", 1)], malformed));
    assert_eq!(of(" ".repeat(9 << 20)), (0, 0, vec![("blank", 1)], vec![]));
    let prompt = format!(
        r#"{{"type":"user","uuid":"u","timestamp":"2026-03-10T10:00:00Z","message":{{"content":[{{"type":"text","text":"look"}},{{"type":"image","source":{filler}}}]}}}}"#
    );
    let answer = Home::with(prompt + "\n").answer();
    assert_eq!((answer.prompts.len(), answer.skipped["no_usage"]), (1, 1));
}

#[test]
fn a_long_line_that_is_still_being_written_waits() {
    let long = reply("a", 5).set("toolUseResult", format!(r#""{}""#, "x".repeat(9 << 20))).line();
    let home = Home::with(&long[..long.len() - 10]);
    let mut answer = home.answer();
    assert_eq!((answer.responses.len(), answer.checkpoint(&home.files()[0]).offset_bytes), (0, 0));
    home.append(&main_file(S1), &long[long.len() - 10..]);
    answer.read_all(&home.files());
    assert_eq!((answer.tokens().output, answer.read), (5, 1));
}

#[test]
fn records_that_begin_within_each_other_are_not_read_again_and_again() {
    let endless = format!("{{\"usage\":{}", r#"{"type":"#.repeat(200_000));
    let answer = Home::with(format!("{endless}\n{}", reply("a", 5).line())).answer();
    assert_eq!((answer.read, answer.copies, answer.tokens().output), (2, 1, 5));
}

#[test]
fn nesting_is_followed_as_deep_as_a_small_stack_allows() {
    for depth in [50, 62, 64, 100, 128, 500, 1_900] {
        let (lists, ends) = ("[".repeat(depth), "]".repeat(depth));
        let ignored = reply("a", 5).message("content", format!("[{lists}{ends}]"));
        let objects = format!("{}1{}", r#"{"iterations":["#.repeat(depth), "]}".repeat(depth));
        let looked_at = reply("b", 6).usage(objects);
        let answer = Home::with(crate::home::lines(&[ignored, looked_at, reply("c", 7)])).answer();
        assert_eq!(answer.read, 3, "{depth}");
        assert!(answer.tokens().output >= 12, "{depth}: {}", answer.tokens().output);
    }
}

#[test]
fn deep_nesting_is_no_danger() {
    let (open, close) = ("[".repeat(100_000), "]".repeat(100_000));
    let ignored = format!(r#"{{"usage":{open}{close}}}"#);
    let deep = format!(
        r#"{{"message":{{"usage":{}{}}}}}"#,
        r#"{"iterations":["#.repeat(10_000),
        "]}".repeat(10_000)
    );
    let answer = Home::with(format!("{ignored}\n{deep}\n{}", reply("a", 5).line())).answer();
    assert_eq!((answer.tokens().output, answer.read), (5, 3));
    assert_eq!((answer.skipped["no_usage"], answer.skipped["zero_usage"]), (1, 1));
}

#[test]
fn a_batch_holds_some_thousand_facts_however_short_the_lines_are() {
    const LINES: usize = 10_000;
    let of = |line: &dyn Fn(usize) -> String| Home::with((0..LINES).map(line).collect::<String>());
    let prompt = |number: usize| {
        format!(
            r#"{{"type":"user","uuid":"{number}","timestamp":"2026-03-10T10:00:00Z","message":{{"content":"x"}}}}"#
        ) + "\n"
    };
    let error = |number: usize| {
        let block = format!(r#"{{"type":"tool_result","tool_use_id":"{number}","is_error":true}}"#);
        format!(r#"{{"type":"user","message":{{"content":[{block}]}}}}"#) + "\n"
    };
    let embedded = |number: usize| {
        let message = format!(r#"{{"id":"{number}","model":"m","usage":{{"output_tokens":1}}}}"#);
        let inner = format!(r#"{{"type":"assistant","requestId":"{number}","message":{message}}}"#);
        let data = format!(r#"{{"type":"agent_progress","message":{inner}}}"#);
        format!(r#"{{"type":"progress","timestamp":"2026-03-10T10:00:00Z","data":{data}}}"#) + "\n"
    };
    let calls = |number: usize| {
        let call = |of: usize| format!(r#"{{"type":"tool_use","id":"toolu_{number}_{of}","name":"Bash"}}"#);
        reply(&number.to_string(), 1).message("content", format!("[{},{}]", call(0), call(1))).line()
    };
    let homes = [
        of(&|number| reply(&number.to_string(), 1).line()),
        of(&prompt),
        of(&error),
        of(&embedded),
        of(&calls),
    ];
    for (home, facts) in homes.iter().zip([1, 1, 1, 1, 3]) {
        let file = &home.files()[0];
        let mut reader = ctm_reader::Reader::new();
        let (mut checkpoint, mut found, mut read) = (None, 0, 0);
        loop {
            let batch = reader.read(file, checkpoint.as_ref(), ctm_reader::BATCH_BYTES).unwrap();
            assert!(batch.facts() < 5_000, "{}", batch.facts());
            // A partial read never looks like a complete one.
            assert_eq!(batch.next.size_bytes, if batch.at_end { file.size_bytes } else { 0 });
            // In addition, each batch contains the start of the session.
            found += batch.facts() - batch.starts.len();
            read += batch.lines.read;
            checkpoint = Some(batch.next);
            if batch.at_end {
                break;
            }
        }
        assert_eq!((found, read), (facts * LINES, LINES as u64));
    }
}

#[test]
fn of_many_broken_lines_all_are_counted_and_the_first_ones_noted() {
    let broken: String = (0..5_000).map(|number| format!("{{\"usage\" {number}\n")).collect();
    let bad = reply("a", 5).usage(r#"{"output_tokens":7,"input_tokens":-1}"#);
    let home = Home::with(broken + &bad.line().repeat(3));
    let file = &home.files()[0];
    let batch = ctm_reader::Reader::new().read(file, None, u64::MAX).unwrap();
    assert_eq!(batch.issues.len(), LineIssue::KEPT);
    assert!(batch.issues.iter().all(|issue| issue.kind == IssueKind::Skipped(SkipReason::Malformed)));
    assert!(batch.issues.is_sorted_by_key(|issue| issue.offset_bytes) && batch.issues[0].offset_bytes == 0);
    assert_eq!((batch.lines.read, batch.lines.skipped(SkipReason::Malformed)), (5_003, 5_000));
    let flaws: Vec<_> = IssueKind::FLAWS.into_iter().zip(batch.lines.flawed).collect();
    assert_eq!(flaws[1], (IssueKind::BadCount, 3));

    // A last line in progress is not counted, whatever its fault.
    let home = Home::with(bad.text());
    let batch = ctm_reader::Reader::new().read(&home.files()[0], None, u64::MAX).unwrap();
    assert_eq!(
        (batch.copies.len(), batch.lines.read, batch.lines.flawed, batch.issues.len()),
        (1, 0, [0; 4], 0)
    );
}

#[test]
fn a_line_of_many_beginnings_is_read_once() {
    // Each beginning was searched again after each of the others: 200 GB of memory were looked at.
    let begins = r#"{"type""#.repeat(1_000_000);
    let answer = Home::with(format!("\"usage\"{begins}\n{}{}", &begins[..70], reply("a", 5).line())).answer();
    assert_eq!((answer.tokens().output, answer.read, answer.skipped["malformed"]), (5, 2, 1));
}

#[test]
fn of_absurdly_many_iterations_none_is_counted() {
    let usage = |iterations: String| format!(r#"{{"output_tokens":7,"iterations":[{iterations}]}}"#);
    let iteration = r#"{"output_tokens":1},"#;
    let answer = Home::with(reply("a", 0).usage(usage(iteration.repeat(30_000) + "{}")).line()).answer();
    assert_eq!((answer.tokens().output, issues(&answer)), (7, vec![IssueKind::BadCount]));
    let nested = format!(r#"{{"output_tokens":8,"iterations":[{}{{}}]}}"#, iteration.repeat(30_000));
    let answer = Home::with(reply("a", 0).usage(usage(nested)).line()).answer();
    assert_eq!((answer.tokens().output, issues(&answer).len()), (8, 0));
}

#[test]
fn names_of_absurd_length_on_a_line_beyond_the_buffer_are_cut() {
    let long = "x".repeat(9 << 20);
    let answer = Home::with(reply("a", 5).set("cwd", format!("\"{long}\"")).line()).answer();
    assert_eq!(answer.tokens().output, 5);
    assert!(answer.only().attribution.conversation.folder.len() < 1_000);
}

// --- Files

#[test]
fn a_truncated_rewritten_or_replaced_file_is_read_again() {
    let home = Home::with(lines(&[reply("a", 5), reply("b", 6)]));
    let mut answer = home.answer();
    let first = answer.checkpoint(&home.files()[0]).clone();

    home.write(&main_file(S1), lines(&[reply("a", 5)]));
    answer.read_all(&home.files());
    assert_eq!(
        (answer.tokens().output, answer.checkpoint(&home.files()[0]).offset_bytes < first.offset_bytes),
        (11, true)
    );

    home.write(&main_file(S1), lines(&[reply("c", 7), reply("d", 8), reply("e", 9)]));
    answer.read_all(&home.files());
    assert_eq!(answer.tokens().output, 35);

    home.write("new", lines(&[reply("f", 1), reply("g", 1), reply("h", 1), reply("i", 1)]));
    fs::rename(home.path("new"), home.path(&main_file(S1))).unwrap();
    answer.read_all(&home.files());
    assert_eq!(answer.tokens().output, 39);
}

#[test]
fn an_edit_in_place_is_read_again() {
    let home = Home::with(lines(&[reply("a", 5), reply("b", 6)]));
    let mut answer = home.answer();
    home.write(&main_file(S1), lines(&[reply("x", 5), reply("b", 6)]));
    let later = std::time::UNIX_EPOCH + std::time::Duration::from_secs(2_000_000_000);
    fs::File::options().write(true).open(home.path(&main_file(S1))).unwrap().set_modified(later).unwrap();
    answer.read_all(&home.files());
    assert_eq!(answer.tokens().output, 16);
}

#[test]
fn a_file_that_vanishes_between_listing_and_opening_is_an_error_of_its_own() {
    let home = Home::with(lines(&[reply("a", 5)]));
    home.write(&main_file(S2), lines(&[reply("b", 6)]));
    let files = home.files();
    fs::remove_file(files[0].absolute()).unwrap();
    let error = ctm_reader::Reader::new().read(&files[0], None, u64::MAX).unwrap_err();
    assert!(error.is_not_found());
    assert!(error.to_string().contains(S1), "{error}");
    let mut answer = Answer::default();
    answer.read_all(&files[1..]);
    assert_eq!(answer.tokens().output, 6);
}

#[cfg(unix)]
#[test]
fn pipes_in_place_of_files_are_not_opened() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let home = Home::with(lines(&[reply("a", 5)]));
    home.write("projects/-home-u-app/agent-a1.jsonl", reply("b", 6).line());
    for name in ["projects/-home-u-app/x.jsonl", "projects/-home-u-app/agent-a1.meta.json"] {
        mknodat(CWD, home.path(name), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    }
    let answer = home.answer();
    assert_eq!((answer.tokens().output, answer.read), (11, 2));
    assert_eq!(answer.agents["a1"], None);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_of_the_system_is_read_no_further_than_its_size() {
    for endless in ["/proc/self/status", "/proc/self/mem", "/proc/self/pagemap"] {
        let home = Home::with(lines(&[reply("a", 5)]));
        std::os::unix::fs::symlink(endless, home.path(&main_file(S2))).unwrap();
        assert_eq!(home.files().len(), 2, "{endless}");
        let mut answer = home.answer();
        assert_eq!((answer.tokens().output, answer.read, answer.issues.len()), (5, 1, 0), "{endless}");
        home.append(&main_file(S1), reply("b", 6).line());
        answer.read_all(&home.files());
        assert_eq!((answer.tokens().output, answer.read), (11, 2), "{endless}");
    }
}

#[test]
fn subagents_belong_to_the_parent_session_even_when_its_file_is_gone() {
    let home = Home::new();
    let folder = format!("projects/-home-u-app/{S1}/subagents");
    let bare = |name: &str| reply(name, 5).set("sessionId", "").set("cwd", "");
    home.write(&format!("{folder}/agent-a1.jsonl"), bare("a").line());
    home.write(&format!("{folder}/agent-a1.meta.json"), r#"{"agentType":"Explore","description":"secret"}"#);
    home.write(&format!("{folder}/workflows/wf_1-a/agent-a2.jsonl"), bare("b").line());
    home.write(&format!("{folder}/workflows/wf_1-a/journal.jsonl"), bare("no").line());
    home.write(&format!("{folder}/agent-acompact-a3.jsonl"), bare("c").line());
    let answer = home.answer();
    assert_eq!(answer.responses.len(), 3);
    for response in answer.responses.values() {
        let attribution = &response.attribution;
        assert_eq!(
            (attribution.conversation.session.as_str(), attribution.conversation.sidechain),
            (S1, true)
        );
        assert_eq!(attribution.conversation.folder, "-home-u-app");
    }
    let agents: Vec<_> = answer.agents.iter().map(|(id, kind)| (id.as_str(), kind.as_deref())).collect();
    assert_eq!(agents, [("a1", Some("Explore")), ("a2", None), ("acompact-a3", None)]);
}

#[test]
fn agent_files_next_to_sessions_have_the_session_of_their_lines() {
    let home = Home::new();
    home.write("projects/-home-u-app/agent-1a2b.jsonl", reply("a", 5).set("isSidechain", "true").line());
    let answer = home.answer();
    let attribution = &answer.only().attribution;
    assert_eq!(
        (attribution.conversation.session.as_str(), attribution.conversation.agent.as_deref()),
        (S1, Some("1a2b"))
    );
}

#[test]
fn a_response_that_only_a_progress_record_holds_counts_once() {
    let inner = |output| reply("p", output).set("sessionId", "").set("cwd", "");
    let home = Home::with(lines(&[inner(7).embedded(), inner(99).embedded(), inner(99).embedded()]));
    let answer = home.answer();
    assert_eq!((answer.tokens().output, answer.read, answer.copies), (99, 3, 3));
    let response = answer.only();
    let of = &response.attribution.conversation;
    assert_eq!((&*of.session, of.agent.as_deref(), of.sidechain), (S1, Some("1a2b"), true));
    assert_eq!(response.attribution.at_ms.0 % 60_000, 0, "the time is that of the inner message");
    assert!(response.winner.embedded && !response.winner.is_final);
    assert_eq!(answer.unfinalised(), 1);
}

#[test]
fn a_line_of_a_transcript_counts_before_an_equal_one_that_is_embedded() {
    let (outer, inner) = (reply("a", 50), reply("p", 7).set("isSidechain", "true"));
    let agent = format!("projects/-home-u-app/{S1}/subagents/agent-1a2b.jsonl");
    let check = |own: &Line, embedded: &Line, expected: (u64, bool)| {
        let home = Home::with(lines(&[outer.clone(), embedded.embedded()]));
        home.write(&agent, own.line());
        let mut files = home.files();
        for _ in 0..2 {
            files.reverse();
            let mut answer = Answer::default();
            answer.read_all(&files);
            let response = answer.responses.values().find(|response| response.winner.output != 50).unwrap();
            assert_eq!((response.winner.output, response.winner.embedded), expected);
            assert_eq!((answer.responses.len(), answer.copies), (2, 3));
        }
    };
    check(&inner, &inner, (7, false));
    check(&inner, &reply("p", 9), (9, true));
    check(&inner.clone().message("stop_reason", r#""end_turn""#), &reply("p", 9), (7, false));
}

#[test]
fn progress_of_other_kinds_and_sums_in_results_are_not_counted() {
    let other = reply("p", 99).embedded().line().replace("agent_progress", "hook_progress");
    let user = reply("q", 99).set("type", r#""user""#).embedded().line();
    let result = format!(
        r#"{{"type":"user","message":{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"toolu_1","is_error":true}}]}},"toolUseResult":{{"usage":{},"totalTokens":99}}}}"#,
        usage(99)
    );
    let answer = Home::with(format!("{other}{user}{result}\n{}", reply("a", 5).line())).answer();
    assert_eq!(answer.tokens().output, 5);
    assert_eq!((answer.skipped["no_usage"], answer.skipped["tool_result_summary"]), (2, 1));
    assert_eq!(answer.tool_errors.len(), 1);
}

#[test]
fn the_line_decides_the_session_not_the_file() {
    let home =
        Home::with(lines(&[reply("a", 5), reply("b", 6).session(S2), reply("c", 7).session("sdk-agent")]));
    let answer = home.answer();
    let sessions: Vec<_> =
        answer.responses.values().map(|r| r.attribution.conversation.session.as_str()).collect();
    assert_eq!(sessions, [S1, S2, "sdk-agent"]);
}

#[test]
fn the_folder_of_a_response_is_the_working_directory_and_may_change() {
    let line = |name: &str, cwd: &str| reply(name, 5).set("cwd", cwd);
    let home = Home::with(lines(&[
        line("a", ""),
        line("b", r#""/home/u/app""#),
        line("c", ""),
        line("d", r#""/home/u/app-worktree""#),
        line("e", r#""C:\\Users\\u\\app""#),
    ]));
    let answer = home.answer();
    let projects: Vec<_> =
        answer.responses.values().map(|r| r.attribution.conversation.folder.as_str()).collect();
    assert_eq!(
        projects,
        ["-home-u-app", "/home/u/app", "/home/u/app", "/home/u/app-worktree", r"C:\Users\u\app"]
    );
}

#[test]
fn a_session_starts_where_its_earliest_line_is_and_worktrees_name_their_repository() {
    let line = |name: &str, at: &str, cwd: &str| {
        reply(name, 5).set("timestamp", format!("\"2026-03-10T{at}:00Z\"")).set("cwd", format!("\"{cwd}\""))
    };
    let worktree = concat!(
        r#"{"type":"worktree-state","worktreeSession":{"originalCwd":"/app","worktreePath":"/trees/one","#,
        r#""worktreeName":"one"},"sessionId":"x"}"#,
        "\n",
        r#"{"type":"user","message":{"content":"\"worktreeSession\": {\"worktreePath\":\"/no\"}"}}"#,
        "\n"
    );
    let text = [
        worktree.to_owned(),
        lines(&[line("a", "10:05", "/app/b"), line("b", "10:01", "/app"), line("c", "10:09", "/c")]),
    ];
    let home = Home::with(text.concat());
    let batch = ctm_reader::Reader::new().read(&home.files()[0], None, u64::MAX).unwrap();
    let starts: Vec<_> =
        batch.starts.iter().map(|start| (start.session.as_str(), start.folder.as_str())).collect();
    assert_eq!(starts, [(S1, "/app")]);
    assert!(batch.starts[0].in_own_file);
    let worktrees: Vec<_> = batch.worktrees.iter().map(|(path, of)| (path.as_str(), of.as_str())).collect();
    assert_eq!(worktrees, [("/trees/one", "/app")]);
}

#[test]
fn folder_names_are_never_parsed() {
    let home = Home::new();
    let long = format!("{}-1a2b3c", "x".repeat(200));
    for folder in ["-home-u-a-b", &long, "custom name"] {
        home.write(&format!("projects/{folder}/{S1}.jsonl"), reply(folder, 5).set("cwd", "").line());
    }
    let projects: Vec<_> =
        home.answer().responses.values().map(|r| r.attribution.conversation.folder.clone()).collect();
    for folder in ["-home-u-a-b", &long, "custom name"] {
        assert!(projects.iter().any(|project| project == folder), "{projects:?}");
    }
}

#[cfg(unix)]
#[test]
fn an_unreadable_folder_does_not_cost_the_others() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::with(lines(&[reply("a", 5)]));
    home.write("projects/-closed/s.jsonl", reply("b", 6).line());
    let closed = home.path("projects/-closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let discovery = ctm_reader::discover(&home.claude_home());
    let readable_anyway = fs::read_dir(&closed).is_ok();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    if !readable_anyway {
        assert_eq!((discovery.files.len(), discovery.problems.len()), (1, 1));
        assert_eq!(discovery.problems[0].path, closed.canonicalize().unwrap());
    }
}

#[test]
fn thousands_of_files_are_found_and_read() {
    let home = Home::new();
    for n in 0..11_000 {
        home.write(&format!("projects/-p{}/s{n}.jsonl", n % 50), reply(&n.to_string(), 1).line());
    }
    assert_eq!(home.answer().tokens().output, 11_000);
}

// --- Tools and prompts

#[test]
fn tool_calls_are_the_union_over_all_copies() {
    let call = |id: &str, name: &str| {
        reply("a", 5).message(
            "content",
            format!(r#"[{{"type":"tool_use","id":"{id}","name":"{name}","input":{{"x":"y"}}}}]"#),
        )
    };
    let home = Home::with(lines(&[
        reply("a", 5).message("content", r#"[{"type":"thinking","thinking":"..."}]"#),
        call("toolu_1", "Read"),
        call("toolu_2", "mcp__github__search"),
        call("toolu_1", "Read"),
        reply("a", 6).message("content", r#""plain""#),
    ]));
    let names: Vec<_> = home.answer().tools.iter().map(|call| call.name.clone()).collect();
    assert_eq!(names, ["Read", "mcp__github__search"]);
}

#[test]
fn typed_prompts_count_and_nothing_else() {
    let user = |uuid: &str, content: &str| Line {
        fields: vec![
            ("type", r#""user""#.into()),
            ("uuid", format!(r#""{uuid}""#)),
            ("timestamp", r#""2026-03-10T10:00:00Z""#.into()),
            ("sessionId", format!(r#""{S1}""#)),
        ],
        message: vec![("role", r#""user""#.into()), ("content", content.into())],
    };
    let home = Home::with(lines(&[
        user("typed", r#""fix it""#),
        user("pasted", r#"[{"type":"image","source":{}},{"type":"text","text":"see this"}]"#),
        user("lone", r#""odd \ud83d""#),
        user("result", r#"[{"type":"tool_result","tool_use_id":"toolu_1","content":"ok"}]"#),
        user("command", r#""<command-name>/clear</command-name>""#),
        user("interrupted", r#"[{"type":"text","text":"[Request interrupted by user]"}]"#),
        user("meta", r#""Caveat""#).set("isMeta", "true"),
        user("summary", r#""so far""#).set("isCompactSummary", "true"),
        user("agent", r#""search""#).set("isSidechain", "true"),
        user("timeless", r#""when""#).set("timestamp", ""),
        user("odd", "7"),
    ]));
    let prompts: Vec<_> = home.answer().prompts.iter().map(|prompt| prompt.uuid.clone()).collect();
    assert_eq!(prompts, ["typed", "pasted", "lone"]);
}

#[test]
fn failed_tool_calls_are_found() {
    let result = |id: &str, flag: &str| {
        format!(
            r#"{{"type":"user","sessionId":"{S1}","message":{{"role":"user","content":[{{"tool_use_id":"{id}","type":"tool_result","content":"\"is_error\":true"{flag}}}]}}}}"#
        ) + "\n"
    };
    let home = Home::with(
        result("toolu_1", r#","is_error" : true"#)
            + &result("toolu_2", r#","is_error":false"#)
            + &result("toolu_3", "")
            + &result("call_0", r#","is_error":true"#),
    );
    let errors: Vec<_> = home.answer().tool_errors.iter().map(|error| error.id.clone()).collect();
    assert_eq!(errors, [format!("{S1}|call_0"), "toolu_1".to_owned()]);
}

#[test]
fn absurdly_long_names_are_cut_but_stay_different() {
    let line =
        |name: &str, end: &str| reply(name, 5).message("model", format!(r#""{}{end}""#, "é".repeat(5_000)));
    let answer = Home::with(lines(&[line("a", "1"), line("b", "2")])).answer();
    let models: Vec<_> = answer.responses.values().map(|r| &r.parts[0].billing.model).collect();
    assert!(models.iter().all(|model| model.len() <= 500), "{models:?}");
    assert_ne!(models[0], models[1]);
}

#[test]
fn nul_characters_do_not_end_a_name() {
    let line = |name: &str| {
        reply(name, 5)
            .id(format!(r#""a\u0000{name}""#))
            .set("gitBranch", r#""x\u0000y""#)
            .set("sessionId", format!(r#""s\u0000{name}""#))
    };
    let answer = Home::with(lines(&[line("a"), line("b")])).answer();
    assert_eq!(answer.responses.len(), 2);
    for (key, response) in answer.responses.iter() {
        assert!(!key.as_str().contains('\0'));
        assert!(!response.attribution.conversation.session.contains('\0'));
        assert_eq!(response.attribution.conversation.branch.as_deref(), Some("x\u{fffd}y"));
    }
}

#[test]
fn a_refusal_before_any_output_has_its_category_among_the_terms() {
    let refusal = |output: u64, details: &str, content: &str| {
        let answer = Home::with(
            reply("a", 0)
                .usage(format!(r#"{{"input_tokens":100,"output_tokens":{output}}}"#))
                .message("stop_reason", r#""refusal""#)
                .message("stop_details", details)
                .message("content", content)
                .line(),
        )
        .answer();
        answer.only().parts[0].billing.refusal.clone()
    };
    let of = |category: &str| format!(r#"{{"type":"refusal","category":{category},"explanation":null}}"#);
    let text = r#"[{"type":"text","text":"x"}]"#;
    assert_eq!(refusal(0, &of(r#""cyber""#), text).as_deref(), Some("cyber"));
    assert_eq!(refusal(0, &of(r#""new""#), text).as_deref(), Some("new"));
    assert_eq!(refusal(0, &of("null"), text).as_deref(), Some(Billing::UNCATEGORISED));
    assert_eq!(refusal(0, "null", text).as_deref(), Some(Billing::UNCATEGORISED));
    // Tokens can be logged of a response without content.
    assert_eq!(refusal(1, &of(r#""cyber""#), "[]").as_deref(), Some("cyber"));
    // A refusal amid the output is a response like others.
    assert_eq!(refusal(1, &of(r#""cyber""#), text), None);
    assert_eq!(refusal(50, &of(r#""cyber""#), text), None);
    // Another stop reason without output is not a refusal.
    let answer = Home::with(reply("a", 0).message("stop_reason", r#""end_turn""#).line()).answer();
    assert_eq!(answer.only().parts[0].billing.refusal, None);
}

#[test]
fn searches_of_a_call_are_in_its_result_and_no_other_count_is() {
    let result = |id: &str, result: &str| {
        let block = format!(r#"{{"type":"tool_result","tool_use_id":"{id}","content":"x"}}"#);
        format!(r#"{{"type":"user","message":{{"content":[{block}]}},"toolUseResult":{result}}}"#) + "\n"
    };
    let home = Home::with(
        [
            result("toolu_searched", r#"{"query":"x","results":[],"searchCount":3}"#),
            result("toolu_agent", r#"{"toolStats":{"searchCount":9},"usage":{}}"#),
            result("toolu_none", r#"{"searchCount":0}"#),
            result("toolu_bad", r#"{"searchCount":"7"}"#),
            result("toolu_text", r#""searchCount""#),
        ]
        .concat(),
    );
    let batch = ctm_reader::Reader::new().read(&home.files()[0], None, u64::MAX).unwrap();
    let searches: Vec<_> = batch.searches.iter().map(|call| (call.id.as_str(), call.searches)).collect();
    assert_eq!(searches, [("toolu_searched", 3)]);
}
