//! The body of each endpoint, added up by hand.

use super::{FORK, MAIN, NOTES, NOW, everyday, names};
use crate::place::Place;
use crate::running::Running;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn health_has_status_reading_and_database() {
    let (place, server) = everyday();
    let health = server.json("health");
    let part = |name: &str| health[name].clone();
    assert_eq!((part("status"), part("version")), (json!("healthy"), json!(env!("CARGO_PKG_VERSION"))));
    assert_eq!(part("uptime"), 0);
    let path = place.claude().to_str().unwrap();
    assert_eq!(part("claude_dir"), json!({"path": path, "label": path, "exists": true, "readable": true}));
    assert_eq!(part("claude_dirs"), json!([part("claude_dir")]));
    assert_eq!(part("unread_homes"), json!([]));
    assert_eq!(part("watcher"), json!({"mode": "notify", "last_event_at": null}));
    let database = part("database");
    assert_eq!((&database["ok"], &database["error"]), (&json!(true), &Value::Null));
    assert_eq!(database["path"], place.database().to_str().unwrap());
    assert!(database["size_bytes"].as_u64() > Some(0) && database["schema_version"].as_u64() > Some(0));
    let bytes = place.transcripts().iter().map(|path| path.metadata().unwrap().len()).sum::<u64>();
    let done = json!({"state": "live", "files_total": 4, "files_done": 4, "bytes_total": bytes, "bytes_done": bytes});
    assert_eq!(part("ingest"), done);
    assert_eq!(part("prices")["unpriced_models"], json!(["house-model-1"]));
    let models: BTreeSet<String> = serde_json::from_value(part("models")).unwrap();
    assert_eq!(models.len(), part("models").as_array().unwrap().len());
    let used = server.json("stats/models?range=all");
    let used =
        used["items"].as_array().unwrap().iter().map(|item| item["model"].as_str().unwrap().to_owned());
    assert_eq!(models, used.collect());
    assert_eq!((part("conditions"), part("problems")), (json!([]), json!([])));
    server.stop();
}

#[test]
fn a_missing_home_degrades_health() {
    let (place, server) = everyday();
    std::fs::remove_dir_all(place.claude()).unwrap();
    let health = server.json("health");
    assert_eq!(health["status"], "degraded");
    assert_eq!(
        (&health["claude_dir"]["exists"], &health["claude_dir"]["readable"]),
        (&json!(false), &json!(false))
    );
    let [condition] = &health["conditions"].as_array().unwrap()[..] else { panic!("{health}") };
    assert_eq!((&condition["code"], &condition["severity"]), (&json!("home_unreadable"), &json!("degraded")));
    assert_eq!(condition["since"], "2026-03-11T10:00:00.000Z");
    assert_eq!(health["problems"], json!([condition["message"]]));
    assert_eq!(server.json("stats")["totals"]["responses"], 6);
    server.stop();
}

#[test]
fn stats_are_what_can_be_added_up_by_hand() {
    let (_place, server) = everyday();
    let stats = server.get("stats");
    // The exact decimal, as the person who adds up sees it.
    assert!(stats.contains("\"cost_usd\":0.12634,"), "{stats}");
    let stats: Value = serde_json::from_str(&stats).unwrap();
    let meta = &stats["meta"];
    assert_eq!((&meta["from"], &meta["to"]), (&json!("2026-03-07"), &json!("2026-03-11")));
    assert_eq!((&meta["tz"], &meta["source"]), (&json!("UTC"), &json!("events")));
    assert_eq!(meta["generated_at"], "2026-03-11T10:00:00.000Z");
    assert_eq!(meta["unpriced_models"], json!(["house-model-1"]));
    assert!(meta["data_version"].is_u64() && meta["price_version"].is_string());
    let totals = json!({
        "input_tokens": 1865, "output_tokens": 3283, "cache_read_tokens": 44000,
        "cache_write_5m_tokens": 6000, "cache_write_1h_tokens": 1000, "total_tokens": 56148,
        "cost_usd": 0.12634, "web_searches": 0, "responses": 6, "sessions": 3,
        "cache_hit_rate": 44000.0 / 52865.0, "unpriced_tokens": 780, "unfinalised_responses": 1,
        "cache_saving_usd": 0.1515, "certainty": "at_least",
        "subagent_responses": 1, "subagent_tokens": 3300, "subagent_cost_usd": 0.005,
    });
    assert_eq!(stats["totals"], totals);
    let today = &stats["today"];
    assert_eq!((&today["responses"], &today["cost_usd"]), (&json!(1), &json!(0.00006)));
    assert_eq!((&stats["previous"], &stats["change"]), (&Value::Null, &Value::Null));
    server.stop();
}

#[test]
fn a_day_that_is_not_over_is_compared_until_the_same_time() {
    // The day before had its only response at 18:45.
    let check = |time: &str, until: Value, responses: u64| {
        let place = Place::everyday();
        let server = Running::at(&format!("2026-03-08T{time}Z"), &place, &[]);
        let stats = server.json("stats?range=today");
        let previous = &stats["previous"];
        assert_eq!((&previous["from"], &previous["to"]), (&json!("2026-03-07"), &json!("2026-03-07")));
        assert_eq!(
            (&previous["until"], &previous["totals"]["responses"]),
            (&until, &json!(responses)),
            "{time}"
        );
        let models = server.json("stats/models?range=today&compare=previous");
        assert_eq!(
            (&models["previous"]["until"], &models["previous"]["totals"]["responses"]),
            (&until, &json!(responses))
        );
        server.stop();
    };
    check("12:00:00", json!("2026-03-07T12:00:00.000Z"), 0);
    check("18:45:00", json!("2026-03-07T18:45:00.000Z"), 0);
    check("18:46:30", json!("2026-03-07T18:46:00.000Z"), 1);
    check("23:59:00", Value::Null, 1);
}

#[test]
fn items_of_lists_have_what_was_used_before_if_that_is_requested() {
    let (_place, server) = everyday();
    let days = "from=2026-03-09&to=2026-03-11";
    for list in ["stats/models", "stats/projects", "sessions"] {
        let before = |answer: &Value| -> u64 {
            let items = answer["items"].as_array().unwrap();
            items.iter().map(|item| item["previous"]["responses"].as_u64().unwrap()).sum()
        };
        let answer = server.json(&format!("{list}?{days}&compare=previous"));
        assert_eq!(answer["previous"]["totals"]["responses"], 3, "{list}");
        assert!(before(&answer) <= 3, "{list}");
        let plain = server.json(&format!("{list}?{days}"));
        assert_eq!((plain.get("previous"), plain["items"][0].get("previous")), (None, None), "{list}");
    }
    // The project of both periods.
    let projects = server.json(&format!("stats/projects?{days}&compare=previous"));
    let shop = projects["items"].as_array().unwrap().iter().find(|item| item["responses"] == 1).unwrap();
    assert!(shop["previous"]["responses"].is_u64());
    let tools = server.json(&format!("stats/tools?{days}&compare=previous"));
    assert_eq!(tools["previous"]["from"], "2026-03-06");
    assert!(tools["items"].as_array().unwrap().iter().all(|tool| tool["previous_calls"].is_u64()));
    server.stop();
}

#[test]
fn a_period_is_compared_with_the_one_before() {
    let (_place, server) = everyday();
    let stats = server.json("stats?from=2026-03-09&to=2026-03-10&compare=previous");
    let previous = &stats["previous"];
    assert_eq!((&previous["from"], &previous["to"]), (&json!("2026-03-07"), &json!("2026-03-08")));
    assert_eq!((&stats["totals"]["responses"], &previous["totals"]["responses"]), (&json!(2), &json!(3)));
    let change = &stats["change"];
    assert_eq!(change["responses"], json!({"absolute": -1, "relative": -1.0 / 3.0}));
    // 21,290 tokens after 34,850.
    assert_eq!(change["total_tokens"], json!({"absolute": -13560, "relative": -13560.0 / 34850.0}));
    assert_eq!(change["cost_usd"]["absolute"], json!(-0.09922));
    for field in ["input_tokens", "output_tokens", "cache_read_tokens", "sessions", "cache_hit_rate"] {
        assert!(change[field]["absolute"].is_number(), "{field}: {change}");
    }
    let is_compared = |query: &str| {
        let stats = server.json(&format!("stats?from=2026-03-09&to=2026-03-10{query}"));
        (stats["previous"].is_object(), stats["change"].is_object())
    };
    assert_eq!(is_compared(""), (true, true));
    assert_eq!(is_compared("&compare=none"), (false, false));
    let year = server.json("stats?from=2026-03-09&to=2026-03-10&compare=year");
    // Nothing is known of that year.
    assert_eq!((&year["previous"], &year["change"]), (&Value::Null, &Value::Null));
    server.stop();
}

#[test]
fn days_without_use_are_zeros() {
    let (_place, server) = everyday();
    let daily = server.json("stats/daily?from=2026-03-06&to=2026-03-12");
    let dates =
        ["2026-03-06", "2026-03-07", "2026-03-08", "2026-03-09", "2026-03-10", "2026-03-11", "2026-03-12"];
    assert_eq!(names(&daily["days"], "date"), dates);
    let unused = json!({
        "date": "2026-03-10", "source": "none",
        "input_tokens": 0, "output_tokens": 0, "cache_read_tokens": 0,
        "cache_write_5m_tokens": 0, "cache_write_1h_tokens": 0, "total_tokens": 0,
        "cost_usd": 0, "web_searches": 0, "responses": 0, "sessions": 0,
        "cache_hit_rate": null, "unpriced_tokens": 0, "unfinalised_responses": 0, "cache_saving_usd": 0,
        "certainty": "exact", "subagent_responses": 0, "subagent_tokens": 0, "subagent_cost_usd": 0,
    });
    assert_eq!(daily["days"][4], unused);
    assert_eq!(daily["meta"]["first_day"], "2026-03-07");
    let before = &daily["days"][0];
    assert_eq!((&before["cost_usd"], &before["certainty"]), (&Value::Null, &json!("unknown")));
    assert_eq!((&daily["meta"]["from"], &daily["meta"]["to"]), (&json!("2026-03-06"), &json!("2026-03-12")));
    assert_eq!(daily["totals"], server.json("stats")["totals"]);
    server.stop();
}

#[test]
fn nothing_is_known_of_days_before_the_first_one() {
    let (_place, server) = everyday();
    let days = "from=2026-03-05&to=2026-03-10";
    let trend = server.json(&format!("stats/trends?{days}&bucket=day"));
    let known: Vec<bool> = trend["totals"].as_array().unwrap().iter().map(Value::is_number).collect();
    assert_eq!(known, [false, false, true, true, true, true]);
    assert_eq!(trend["series"][0]["values"], trend["totals"]);
    // Of the last day but one, a model has no price.
    assert_eq!(trend["at_least"], json!([4]));
    let hours = server.json("stats/trends?from=2026-03-06&to=2026-03-07&bucket=hour&metric=responses");
    let unknown = hours["totals"].as_array().unwrap().iter().filter(|value| value.is_null()).count();
    assert_eq!(unknown, 24);
    let stats = server.json("stats?from=2026-03-01&to=2026-03-06");
    assert_eq!(
        (&stats["totals"]["cost_usd"], &stats["totals"]["certainty"]),
        (&Value::Null, &json!("unknown"))
    );
    assert_eq!(stats["previous"], Value::Null);
    server.stop();
}

#[test]
fn changes_add_up_and_name_what_is_new_and_gone() {
    let (_place, server) = everyday();
    let days = "from=2026-03-09&to=2026-03-10";
    let stats = server.json(&format!("stats?{days}"));
    for by in ["model", "project", "session"] {
        for (metric, limit) in [("cost_usd", 50), ("total_tokens", 1)] {
            let changes = server.json(&format!("stats/changes?{days}&by={by}&metric={metric}&limit={limit}"));
            let total = &changes["total"];
            assert_eq!(total["current"], stats["totals"][metric], "{by} {metric}");
            assert_eq!(total["previous"], stats["previous"]["totals"][metric], "{by} {metric}");
            assert_eq!(total["difference"], stats["change"][metric]["absolute"], "{by} {metric}");
            let items = changes["items"].as_array().unwrap();
            assert!(items.len() <= limit, "{by}");
            let parts = items.iter().chain(Some(&changes["rest"])).filter(|part| part.is_object());
            let sum: f64 = parts.filter_map(|part| part["difference"].as_f64()).sum();
            assert!((sum - total["difference"].as_f64().unwrap()).abs() < 1e-9, "{by} {metric}");
            let sizes = items.iter().map(|item| item["difference"].as_f64().unwrap_or_default().abs());
            assert!(sizes.is_sorted_by(|one, next| one >= next), "{by} {metric}");
        }
    }
    let models = server.json(&format!("stats/changes?{days}&metric=total_tokens"));
    let presence = |model: &str| {
        let items = models["items"].as_array().unwrap();
        items.iter().find(|item| item["key"] == model).unwrap()["presence"].clone()
    };
    assert_eq!(presence("house-model-1"), "new");
    assert_eq!(presence("claude-opus-4-5-20251101"), "gone");
    let tools = server.json(&format!("stats/changes?{days}&by=tool"));
    assert_eq!((&tools["metric"], &tools["total"]["previous"]), (&json!("calls"), &json!(3)));
    assert_eq!(tools["total"]["difference"], -3);
    let all = server.json("stats/changes");
    assert_eq!((&all["previous_period"], &all["items"]), (&Value::Null, &json!([])));
    server.stop();
}

#[test]
fn days_are_broken_down_by_model() {
    let (_place, server) = everyday();
    let daily = server.json("stats/daily?breakdown=model&from=2026-03-08&to=2026-03-10");
    let models = |day: usize| names(&daily["days"][day]["models"], "model");
    assert_eq!(models(0), ["claude-opus-4-5-20251101", "claude-haiku-4-5-20251001"]);
    assert_eq!(models(1), ["claude-sonnet-4-5-20250929", "house-model-1"]);
    assert_eq!(models(2), [""; 0]);
    let unpriced = &daily["days"][1]["models"][1];
    assert_eq!((&unpriced["cost_usd"], &unpriced["unpriced_tokens"]), (&Value::Null, &json!(780)));
    assert!(server.json("stats/daily?breakdown=none")["days"][0].get("models").is_none());
    server.stop();
}

#[test]
fn models_come_with_their_price_or_the_reason_for_none() {
    let (_place, server) = everyday();
    let answer = server.json("stats/models");
    let items = &answer["items"];
    let expected = [
        "claude-opus-4-5-20251101",
        "claude-sonnet-4-5-20250929",
        "claude-haiku-4-5-20251001",
        "house-model-1",
    ];
    assert_eq!(names(items, "model"), expected);
    let opus = &items[0];
    assert_eq!((&opus["label"], &opus["priced_as"]), (&json!("Opus 4.5"), &json!("claude-opus-4-5")));
    let price = &opus["price"];
    let rates =
        ["input", "output", "cache_read", "cache_write_5m", "cache_write_1h"].map(|kind| &price[kind]);
    assert_eq!(rates, [&json!(5), &json!(25), &json!(0.5), &json!(6.25), &json!(10)]);
    assert!(price["from"].is_string() && price["source"].is_string());
    assert_eq!(opus["unpriced_reason"], Value::Null);
    assert_eq!(
        (&opus["first_at"], &opus["last_at"]),
        (&json!("2026-03-07T18:45:00.000Z"), &json!("2026-03-08T04:30:00.000Z"))
    );

    let unknown = &items[3];
    for field in ["priced_as", "price", "cost_usd", "share_cost"] {
        assert_eq!(unknown[field], Value::Null, "{field}");
    }
    assert!(unknown["unpriced_reason"].is_string());
    let shares: f64 =
        items.as_array().unwrap().iter().map(|item| item["share_tokens"].as_f64().unwrap()).sum();
    assert!((shares - 1.0).abs() < 1e-9, "{shares}");
    server.stop();
}

#[test]
fn projects_come_with_their_last_days() {
    let (_place, server) = everyday();
    let answer = server.json("stats/projects?from=2026-03-07&to=2026-03-11");
    let items = &answer["items"];
    assert_eq!((&answer["total"], &answer["next_cursor"]), (&json!(2), &Value::Null));
    assert_eq!(names(items, "project"), ["/home/u/shop", "/home/u/notes"]);
    assert_eq!(names(items, "label"), ["shop", "notes"]);
    assert_eq!(items[0]["last_at"], "2026-03-09T04:15:00.000Z");
    assert_eq!(items[0]["spark"], json!([0.0805, 0.03225, 0.01353, 0.0, 0.0]));
    assert_eq!((&items[0]["sessions"], &items[1]["sessions"]), (&json!(2), &json!(1)));
    server.stop();
}

#[test]
fn sessions_have_their_details() {
    let (_place, server) = everyday();
    let answer = server.json("sessions");
    let items = &answer["items"];
    assert_eq!(names(items, "id"), [NOTES, FORK, MAIN]);
    let main = &items[2];
    let expected = json!({
        "id": MAIN, "session_title": null, "project": "/home/u/shop", "branch": "main",
        "started_at": "2026-03-07T18:45:00.000Z", "ended_at": "2026-03-08T04:31:00.000Z", "duration_s": 35160,
        "models": ["claude-opus-4-5-20251101", "claude-haiku-4-5-20251001"],
        "subagents": 1, "prompts": 2, "tool_calls": 3, "tool_errors": 1, "active": false,
        "input_tokens": 1150, "output_tokens": 2700, "cache_read_tokens": 24000,
        "cache_write_5m_tokens": 6000, "cache_write_1h_tokens": 1000, "total_tokens": 34850,
        "cost_usd": 0.11275, "web_searches": 0, "responses": 3, "sessions": 1,
        "cache_hit_rate": 24000.0 / 32150.0, "unpriced_tokens": 0, "unfinalised_responses": 0,
        "cache_saving_usd": 0.0975, "certainty": "exact",
        "subagent_responses": 1, "subagent_tokens": 3300, "subagent_cost_usd": 0.005,
    });
    assert_eq!(main, &expected);
    // Prompts, responses and tool calls that a fork copied belong to the original.
    let fork = ["responses", "prompts", "tool_calls"].map(|field| &items[1][field]);
    assert_eq!(fork, [&json!(1), &json!(1), &json!(0)]);
    server.stop();
    let place = Place::everyday();
    let server = Running::at("2026-03-11T09:04:59Z", &place, &[]);
    assert_eq!(server.json("sessions")["items"][0]["active"], true);
    server.stop();
}

#[test]
fn config_shows_each_setting_with_its_source() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("ws_heartbeat", "9")]);
    let config = server.json("config");
    let settings = config["settings"].as_array().unwrap();
    let setting = |name: &str| settings.iter().find(|setting| setting["name"] == name).unwrap();
    assert_eq!(settings.len(), ctm_config::settings::SETTINGS.len());
    assert_eq!(
        (&setting("ws_heartbeat")["value"], &setting("ws_heartbeat")["source"]),
        (&json!("9"), &json!("flag"))
    );
    assert_eq!(
        (&setting("watch")["value"], &setting("watch")["source"]),
        (&json!("notify"), &json!("default"))
    );
    assert_eq!(setting("claude_dir")["value"], place.claude().to_str().unwrap());
    assert_eq!(setting("poll_interval")["env"], "CTM_POLL_INTERVAL");
    assert!(settings.iter().all(|setting| setting["help"].is_string() && setting["default"].is_string()));
    assert!(config["prices"]["models"].as_u64() > Some(0));
    server.stop();
}
