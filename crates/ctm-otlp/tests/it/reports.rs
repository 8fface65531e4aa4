//! What is read of a record.

use crate::wire::{Of, Record, read};
use ctm_facts::hash_of;
use ctm_otlp::Rejection;
use ctm_types::{EpochMs, ReportedTokens, RequestKey};

#[test]
fn a_request_is_reported_with_its_names() {
    let record = Record::request()
        .with("event.timestamp", "2026-03-10T10:00:00.500Z")
        .with("cost_usd", Of::Double(0.1234567))
        .with("cost_usd_micros", 123_456)
        .with("speed", "fast")
        .with("query_source", "compact")
        .with("app.version", "2.1.331")
        .with("effort", "high")
        .with("agent.name", "Explore")
        .with("skill.name", "commit")
        .with("plugin.name", "tools")
        .with("mcp_server.name", "docs")
        .with("mcp_tool.name", "search");
    let logs = read(&[record]);
    let witness = &logs.reports[0];
    assert_eq!(witness.request, RequestKey(hash_of("req_011")));
    let report = &witness.report;
    let tokens = ReportedTokens { output: 900, input: 3, cache_read: 20, cache_creation: 7 };
    assert_eq!((report.tokens, report.cost_micros), (tokens, Some(123_456)));
    assert_eq!((report.at_ms, report.session.as_deref()), (EpochMs(1_773_136_800_500), Some("s-1")));
    assert_eq!(
        (report.billing.model.as_str(), report.billing.speed.as_deref()),
        ("claude-opus-5", Some("fast"))
    );
    assert_eq!(
        (report.query_source.as_deref(), report.version.as_deref()),
        (Some("compact"), Some("2.1.331"))
    );
    let names = report.circumstance.as_ref().unwrap();
    let names =
        [&names.skill, &names.plugin, &names.agent, &names.mcp_server, &names.mcp_tool, &names.effort];
    let names = names.map(|name| name.as_deref().unwrap_or_default());
    assert_eq!(names, ["commit", "tools", "Explore", "docs", "search", "high"]);
}

#[test]
fn counts_are_integers_in_any_form() {
    let of =
        |value: Of| read(&[Record::request().with("output_tokens", value)]).reports[0].report.tokens.output;
    assert_eq!([of(12.into()), of(Of::Double(12.0)), of("12".into())], [12, 12, 12]);
    assert_eq!(of((1 << 53).into()), 1 << 53);
    let bare = Record::request().without("cache_read_tokens").without("cache_creation_tokens");
    assert_eq!(read(&[bare]).reports[0].report.tokens.cache_read, 0);
}

#[test]
fn the_usual_speed_is_named_as_in_transcripts_and_the_cost_of_earlier_versions_is_rounded() {
    let record = Record::request().with("speed", "normal").with("cost_usd", Of::Double(0.001_234_4));
    let report = read(&[record]).reports.remove(0).report;
    assert_eq!((report.billing.speed.as_deref(), report.cost_micros), (Some("standard"), Some(1_234)));
    assert_eq!(report.at_ms, EpochMs(1_773_136_800_123));
}

#[test]
fn other_events_are_accepted_and_ignored() {
    let other =
        Record { body: "claude_code.user_prompt", ..Record::request() }.with("event.name", "user_prompt");
    let text = Record { body: "a prompt", ..Record::default() };
    let logs = read(&[other, text, Record::request().without("event.name")]);
    assert_eq!((logs.records, logs.reports.len(), logs.rejections(), logs.message()), (3, 1, 0, None));
}

#[test]
fn a_report_without_a_request_is_counted() {
    let logs = read(&[Record::request().without("request_id"), Record::request()]);
    assert_eq!((logs.reports.len(), logs.without_request, logs.rejections()), (1, 1, 0));
}

#[test]
fn a_record_that_cannot_be_right_is_rejected_and_the_others_stay() {
    let check = |record: Record, expected: Rejection| {
        let logs = read(&[Record::request(), record]);
        assert_eq!((logs.reports.len(), logs.rejected.into_iter().next()), (1, Some((expected, 1))));
    };
    let negative = Record::request().with("output_tokens", -1);
    check(negative.clone(), Rejection::Count("output_tokens"));
    check(Record::request().with("input_tokens", i64::MAX), Rejection::Count("input_tokens"));
    check(Record::request().with("input_tokens", Of::Double(1.5)), Rejection::Count("input_tokens"));
    check(
        Record::request().with("input_tokens", Of::Double(f64::NAN.copysign(1.0).max(1e300))),
        Rejection::Count("input_tokens"),
    );
    check(Record::request().with("input_tokens", "many"), Rejection::Count("input_tokens"));
    check(Record::request().with("cache_read_tokens", Of::Bool(true)), Rejection::Count("cache_read_tokens"));
    check(Record::request().with("cost_usd_micros", -5), Rejection::Count("cost_usd_micros"));
    check(Record::request().without("output_tokens"), Rejection::Missing("output_tokens"));
    check(Record::request().without("model"), Rejection::Model);
    check(Record::request().with("model", 5), Rejection::Model);
    check(Record::request().with("model", &*"m".repeat(501)), Rejection::Model);
    check(Record { time_ns: 0, ..Record::request() }, Rejection::Time);
    let mut many = Record::request();
    many.attributes.extend((0..300).map(|at| (format!("a{at}"), Of::Int(at))));
    check(many, Rejection::Attributes);
    let message = read(&[negative.clone(), negative]).message().unwrap();
    assert_eq!(message, "rejected reports of requests: 2 whose `output_tokens` is no integer from 0 to 2^53");
}

#[test]
fn what_is_not_read_is_in_nothing() {
    let marker = "MARKER-c0ffee";
    let mut record = Record { body: "MARKER-c0ffee", ..Record::request() };
    for name in [
        "prompt",
        "user.email",
        "user.id",
        "user.account_uuid",
        "organization.id",
        "terminal.type",
        "tool_input",
        "tool_parameters",
        "prompt.id",
        "workspace.host_paths",
        "client_request_id",
        "error",
    ] {
        record = record.with(name, marker);
    }
    let logs =
        read(&[record.with("input_tokens", marker), Record { body: "MARKER-c0ffee", ..Record::request() }]);
    assert_eq!((logs.reports.len(), logs.rejections()), (1, 1));
    assert!(!format!("{logs:?}{:?}", logs.message()).contains("MARKER"));
}
