//! Rows of generated homes, compared with the known answer of each, and prices.

use ctm_bindings::{BilledResponse, Certainty, Request, price, read_home};
use ctm_corpus::{Listed, Plan, generate_listed};
use ctm_types::{Billing, EpochMs, PicoUsd, TokenCounts};
use std::collections::BTreeMap;
use std::fs;

/// 2026-11-01, 00:00 UTC.
const UNTIL_MS: i64 = 1_793_491_200_000;

/// Session, project, time, tokens, web searches and the final marker of a response.
type Known = (String, String, i64, TokenCounts, u64, bool);

fn expected(list: &[Listed]) -> BTreeMap<String, Known> {
    let billed = list.iter().filter(|listed| listed.tally.responses > 0);
    let known = |of: &Listed| {
        let (session, project) = (of.session.clone(), of.project.clone());
        (session, project, of.at_ms, of.tally.tokens, of.tally.web_searches, of.tally.unfinalised == 0)
    };
    billed.map(|listed| (listed.key.as_str().to_owned(), known(listed))).collect()
}

fn found(responses: &[BilledResponse]) -> BTreeMap<String, Known> {
    let known = |of: &BilledResponse| {
        let (session, project) = (of.conversation().session.clone(), of.project.to_string());
        (session, project, of.at_ms().0, of.tokens(), of.web_searches(), of.is_final)
    };
    responses.iter().map(|response| (response.key.as_str().to_owned(), known(response))).collect()
}

fn check(plan: &Plan) {
    let folder = tempfile::tempdir().expect("a folder");
    let (answer, list) = generate_listed(plan, folder.path()).expect("a home");
    let usage = read_home(folder.path()).expect("usage");
    assert_eq!(usage.problems, [""; 0]);
    let (found, expected) = (found(&usage.responses), expected(&list));
    for (key, known) in &expected {
        assert_eq!(found.get(key), Some(known), "{key}");
    }
    assert_eq!(found.len(), expected.len());
    assert_eq!(usage.responses.len() as u64, answer.totals.responses);
    assert_eq!(usage.lines, answer.lines.read);
    assert!(usage.responses.is_sorted_by_key(BilledResponse::at_ms));
}

#[test]
fn rows_are_the_known_responses_of_a_home_full_of_copies() {
    check(&Plan::tangled(1, 1_000_000, UNTIL_MS));
}

#[test]
fn rows_are_the_known_responses_of_a_home_like_real_ones() {
    check(&Plan::stress(1, 20_000_000, UNTIL_MS));
}

#[test]
fn what_is_not_read_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    assert_eq!(read_home(&missing).unwrap_err().to_string(), format!("cannot read `{}`", missing.display()));
    let home = folder.path().canonicalize().unwrap();
    let usage = read_home(&home).unwrap();
    let problem = format!("`{}` has no folder `projects`, so it is no Claude home", home.display());
    assert_eq!(usage.problems, [problem]);

    let projects = home.join("projects/-home-me-app");
    fs::create_dir_all(&projects).unwrap();
    fs::write(projects.join("s.jsonl"), "{}\n[]\nnot JSON\nnor this\n").unwrap();
    let usage = read_home(&home).unwrap();
    assert_eq!(usage.lines, 4);
    assert_eq!(usage.skipped, [("not_an_object", 1), ("malformed", 2)]);
    assert!(usage.responses.is_empty() && usage.problems.is_empty());
}

#[test]
fn a_row_without_a_price_is_unknown_and_one_without_an_end_a_lower_bound() {
    let home = tempfile::tempdir().unwrap();
    let projects = home.path().join("projects/-home-me-app");
    fs::create_dir_all(&projects).unwrap();
    let line = |id: &str, model: &str, stop: &str| {
        format!(
            r#"{{"type":"assistant","timestamp":"2026-01-15T10:00:00Z","sessionId":"s","cwd":"/home/me/app","requestId":"r","message":{{"id":"msg_0123456789abcdefghi{id}","model":"{model}","stop_reason":{stop},"usage":{{"output_tokens":7}}}}}}"#
        )
    };
    let lines = [
        line("a", "claude-opus-4-5-20251101", "\"end_turn\""),
        line("b", "claude-opus-4-5-20251101", "null"),
        line("c", "claude-none", "\"end_turn\""),
    ];
    fs::write(projects.join("s.jsonl"), lines.join("\n") + "\n").unwrap();
    let usage = read_home(home.path()).unwrap();
    let found: Vec<_> = usage.responses.iter().map(|row| (row.amount(), row.certainty())).collect();
    let cost = Some(PicoUsd(7 * 25_000_000));
    assert_eq!(found, [(cost, Certainty::Exact), (cost, Certainty::AtLeast), (None, Certainty::Unknown)]);
    assert_eq!(usage.responses[2].cost().unpriced_tokens, 7);
}

#[test]
fn a_request_has_a_price_or_a_reason() {
    let request = |model: &str| Request {
        billing: Billing { model: model.to_owned(), ..Billing::default() },
        tokens: TokenCounts { input: 12_345, output: 6_789, ..TokenCounts::default() },
        web_searches: 0,
        at_ms: Some(EpochMs(1_768_471_200_000)),
    };
    let priced = price(&request("claude-opus-4-5-20251101")).unwrap();
    assert_eq!(priced.amount().map(|amount| amount.to_string()).as_deref(), Some("0.23145"));
    assert_eq!((&*priced.model, priced.certainty()), ("claude-opus-4-5", Certainty::Exact));
    for (model, reason) in [("claude-opus-6", "unknown_model"), ("", "no_model"), ("<synthetic>", "no_model")]
    {
        let error = price(&request(model)).unwrap_err();
        assert_eq!(error.reason, reason);
        let table = &error.table_version;
        let text = format!("no price for the model {model:?}: {reason} in the price table {table}");
        assert_eq!(error.to_string(), text);
    }
}
