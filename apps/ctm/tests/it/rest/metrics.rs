//! `GET /metrics`: the samples, and their two formats.

use super::problems::check_problem;
use super::{NOW, everyday};
use crate::http::{get, request};
use crate::place::{Place, response};
use crate::running::Running;
use crate::statusline::{described, line};
use chrono::DateTime;

#[test]
fn metrics_are_those_of_the_reports() {
    let (_place, server) = everyday();
    let metrics = get(&format!("{}metrics", server.url())).body;
    for line in [
        "ctm_tokens_total{model=\"claude-opus-4-5-20251101\",kind=\"cache_read\"} 24000",
        "ctm_cost_usd_total{model=\"claude-haiku-4-5-20251001\"} 0.005",
        "ctm_unpriced_tokens_total{model=\"house-model-1\"} 780",
        "ctm_sessions 3",
        "ctm_websocket_clients 0",
    ] {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
    assert!(!metrics.contains("ctm_cost_usd_total{model=\"house-model-1\"}"));
    server.get("stats");
    let metrics = get(&format!("{}metrics", server.url())).body;
    let counted =
        "ctm_http_request_duration_seconds_count{method=\"GET\",route=\"/api/v1/stats\",status=\"200\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
    server.stop();
}

#[test]
fn metrics_are_in_the_format_that_a_client_accepts() {
    let (_place, server) = everyday();
    let scrape = |accept: &str| {
        let answer = request("GET", &format!("{}metrics", server.url()), &[("accept", accept)]);
        assert_eq!((answer.status, answer.header("vary").contains("accept")), (200, true), "{accept}");
        answer
    };
    let prometheus =
        "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
    let open = scrape(prometheus);
    assert_eq!(open.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert!(open.body.contains("# TYPE ctm_tokens counter\n") && open.body.ends_with("# EOF\n"));
    for accept in ["text/plain", "*/*", "text/plain;version=0.0.4;q=0.9, application/openmetrics-text;q=0.1"]
    {
        let text = scrape(accept);
        assert_eq!(text.header("content-type"), "text/plain; version=0.0.4; charset=utf-8", "{accept}");
        assert!(text.body.contains("# TYPE ctm_tokens_total counter\n") && !text.body.contains("# EOF"));
        assert!(text.body.contains("# TYPE ctm_build_info gauge\n") && !text.body.contains("# UNIT"));
    }
    let refused = request("GET", &format!("{}metrics", server.url()), &[("accept", "image/png")]);
    check_problem(&refused, 406, "/metrics");
    server.stop();
}

#[test]
fn metrics_have_the_limits_of_each_home_and_the_pace() {
    let place = Place::everyday();
    let logged = response("live", 1, 400_000, "2026-03-11T09:58:00.000Z");
    place.append("projects/-home-u-live/live.jsonl", logged.as_bytes());
    line(&place, &[], &described(&place, 23.5, 112.0));
    let server = Running::at(NOW, &place, &[]);
    let metrics = get(&format!("{}metrics", server.url())).body;
    let now = server.json("now?tz=UTC");
    let label = now["limits"]["source"].as_str().unwrap();
    let resets_at = now["limits"]["five_hour"]["resets_at"].as_str().unwrap();
    let resets_at = DateTime::parse_from_rfc3339(resets_at).unwrap().timestamp();
    for line in [
        format!("ctm_limit_used_ratio{{source=\"{label}\",window=\"five_hour\"}} 0.235\n"),
        format!("ctm_limit_used_ratio{{source=\"{label}\",window=\"seven_day\"}} 1.12\n"),
        format!(
            "ctm_limit_reset_timestamp_seconds{{source=\"{label}\",window=\"five_hour\"}} {resets_at}.0\n"
        ),
        format!("ctm_pace_usd_per_minute {}\n", now["usd_per_min"]),
    ] {
        assert!(metrics.contains(&line), "{line} is not in {metrics}");
    }
    assert!(now["usd_per_min"].as_f64().unwrap() > 0.0);
    server.stop();
}

#[test]
fn metrics_have_the_level_of_each_budget() {
    let place = Place::everyday();
    for (name, tokens) in [("month", "40000"), ("soft", "60000"), ("roomy", "9000000")] {
        place.print(&["budget", "add", name, "--tokens", tokens, "--per", "month"]);
    }
    let server = Running::at(NOW, &place, &[]);
    let metrics = get(&format!("{}metrics", server.url())).body;
    let budgets = server.json("budgets?tz=UTC");
    for (budget, level) in budgets["items"].as_array().unwrap().iter().zip([2, 1, 0]) {
        let name = budget["name"].as_str().unwrap();
        let used = format!("ctm_budget_used_ratio{{budget=\"{name}\"}} {}\n", budget["used_ratio"]);
        assert!(metrics.contains(&used), "{used} is not in {metrics}");
        let level = format!("ctm_budget_level{{budget=\"{name}\"}} {level}\n");
        assert!(metrics.contains(&level), "{level} is not in {metrics}");
    }
    server.stop();
}
