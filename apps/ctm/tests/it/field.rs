//! Reported bugs of other programs, rebuilt as small homes with the right answers, where
//! `CTM_CORPORA` names a folder beside them.

use crate::place::Place;
use crate::running::wait_for;
use ctm_report::clock::Clock;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A report: its home, and what is right.
struct Case {
    place: Place,
    expect: Value,
}

/// Returns a report by its name.
fn case(name: &str) -> Option<Case> {
    let Some(corpora) = std::env::var_os("CTM_CORPORA").map(PathBuf::from) else {
        println!("skipped: CTM_CORPORA is not set");
        return None;
    };
    let folder = corpora.join("../cases/field").join(name);
    let expect: Value = serde_json::from_slice(&std::fs::read(folder.join("expect.json")).unwrap()).unwrap();
    Some(Case { place: Place::reading(&folder.join("claude")), expect: expect["expect"].clone() })
}

impl Case {
    fn json(&self, args: &[&str]) -> Value {
        let all = [args, &["--json", "--tz", "UTC"]].concat();
        serde_json::from_str(&self.place.print(&all)).unwrap()
    }

    /// Checks the figures of the totals that are expected.
    fn check_totals(&self, answer: &Value) {
        let totals = &answer["totals"];
        let expected = self.expect.as_object().unwrap().iter();
        for (name, expected) in expected.filter(|(name, _)| !matches!(name.as_str(), "why" | "projects")) {
            let expected = expected.as_str().map_or_else(|| expected.to_string(), str::to_owned);
            assert_eq!(totals[name].to_string(), expected, "{name} in {totals}");
        }
    }

    /// Checks the responses of each session, with and without a database.
    fn check_sessions(&self) {
        let expected: BTreeMap<String, u64> = serde_json::from_value(self.expect.clone()).unwrap();
        for more in [&["sessions"][..], &["sessions", "--no-database"]] {
            let answer = self.json(more);
            let items = answer["items"].as_array().unwrap().iter();
            let found: BTreeMap<String, u64> = items
                .map(|item| (item["id"].as_str().unwrap().to_owned(), item["responses"].as_u64().unwrap()))
                .collect();
            assert_eq!(found, expected, "{more:?}");
        }
    }
}

#[test]
fn a_marked_fork_owns_its_additions() {
    let Some(case) = case("background-fork-marked") else { return };
    case.check_sessions();
}

#[test]
fn an_unmarked_fork_owns_its_additions() {
    let Some(case) = case("fork-unmarked-smaller-name") else { return };
    case.check_sessions();
    let page = case.place.print(&["explain", "1aaaaaaa-2222-4222-8222-222222222222"]);
    let parent =
        "Forked from ffffffff-1111-4111-8111-111111111111 at 2026-08-09 10:10 (UTC), with 3 responses";
    assert!(page.contains(parent), "{page}");
}

#[test]
fn a_response_that_only_a_progress_record_holds_counts() {
    let Some(case) = case("embedded-only-counts") else { return };
    case.check_totals(&case.json(&["daily"]));
    case.check_totals(&case.json(&["daily", "--no-database"]));
    let page = case.place.print(&["explain", "msg_01EMBEDDEDAAAAAAAAAAAA2"]);
    assert!(page.contains("counts (progress record)"), "{page}");
    let audit = case.json(&["audit"]);
    assert_eq!(audit["responses"]["embedded_used"], 1);
}

#[test]
fn the_zone_of_the_environment_is_that_of_days() {
    let Some(case) = case("tz-environment") else { return };
    let mut command = case.place.ctm(&["daily", "--csv"]);
    let ran = crate::place::Ran::of(command.env_remove("CTM_TZ").env("TZ", "Asia/Tokyo"));
    let day = case.expect["day"].as_str().unwrap();
    assert!(ran.out.lines().nth(1).is_some_and(|row| row.starts_with(day)), "{ran:?}");
    // Every report names its zone and the source of the zone.
    let ask = |args: &[&str]| {
        let mut command = case.place.ctm(args);
        crate::place::Ran::of(command.env_remove("CTM_TZ").env("TZ", "Asia/Tokyo")).out
    };
    assert!(ask(&["daily"]).contains("Days in Asia/Tokyo (TZ)."));
    let meta = |answer: &str| serde_json::from_str::<Value>(answer).unwrap()["meta"].clone();
    let of_variable = meta(&ask(&["daily", "--json"]));
    assert_eq!(
        (&of_variable["tz"], &of_variable["tz_source"]),
        (&"Asia/Tokyo".into(), &"tz_variable".into())
    );
    assert_eq!(meta(&ask(&["daily", "--json", "--tz", "UTC"]))["tz_source"], "flag");
}

/// Checks the only project of a home, with and without a database.
fn check_project(name: &str, project: &str) {
    let Some(case) = case(name) else { return };
    for args in [&["projects"][..], &["projects", "--no-database"]] {
        let answer = case.json(args);
        assert_eq!(answer["total"], 1, "{args:?}: {answer}");
        assert_eq!(answer["items"][0]["project"], project, "{args:?}");
        for figure in ["responses", "total_tokens", "cost_usd"] {
            let Some(expected) = case.expect.get(figure) else { continue };
            let expected = expected.as_str().map_or_else(|| expected.to_string(), str::to_owned);
            assert_eq!(answer["items"][0][figure].to_string(), expected, "{args:?} {figure}");
        }
        // The filter selects the whole project.
        let filtered = case.json(&[args, &["--project", project]].concat());
        assert_eq!(filtered["totals"], answer["totals"], "{args:?}");
    }
}

#[test]
fn a_session_that_changes_its_folder_is_of_one_project() {
    check_project("cwd-drifts-into-subfolders", "/home/dev/app");
    let Some(case) = case("cwd-drifts-into-subfolders") else { return };
    for database in [&[][..], &["--no-database"]] {
        let of = |folder: &str| {
            let answer = case.json(&[&["daily", "--cwd", folder], database].concat());
            answer["totals"]["responses"].as_u64().unwrap()
        };
        let inside = of("/home/dev/app/");
        assert!((1..5).contains(&inside), "{inside}");
        assert_eq!(of("/nowhere"), 0);
    }
}

#[test]
fn a_drives_letter_is_one_whatever_its_case() {
    check_project("windows-drive-letter-case", r"C:\Users\dev\shop");
}

#[test]
fn worktrees_are_of_their_repository() {
    check_project("worktree-folded", "/home/dev/lens");
}

#[test]
fn rules_of_the_config_file_join_and_rename_projects() {
    let Some(case) = case("worktree-folded") else { return };
    let config = case.place.path().join("config.toml");
    std::fs::write(&config, "[project]\nlens = \"/home/dev/lens\"\n").unwrap();
    let config = config.to_str().unwrap();
    for database in [&[][..], &["--no-database"]] {
        let args = [&["projects", "--project", "lens", "--config", config], database].concat();
        let answer = case.json(&args);
        assert_eq!((&answer["items"][0]["project"], answer["total"].as_u64()), (&"lens".into(), Some(1)));
    }
    // They hold when a question is asked: without them the name is the folder again.
    assert_eq!(case.json(&["projects"])["items"][0]["project"], "/home/dev/lens");
    std::fs::write(config, "[project]\na = \"/x\"\nb = [\"/x/\"]\n").unwrap();
    let ran = case.place.run(&["projects", "--config", config]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("the folder `/x/` is assigned to two projects, `a` and `b`"), "{ran:?}");
}

#[test]
fn a_refusal_before_any_output_is_billed_by_category() {
    let Some(case) = case("refusal-before-output") else { return };
    for args in [&["daily"][..], &["daily", "--no-database"]] {
        case.check_totals(&case.json(args));
    }
    let audit = case.json(&["audit"]);
    assert_eq!(audit["lines"][0]["used"], 2);
    assert_eq!(audit["lines"][0]["unbilled"], 2);
    let by_category = serde_json::json!({"cyber": 412, "uncategorised": 100_000});
    assert_eq!(audit["responses"]["unbilled"]["by_category"], by_category);
    // Each is explained, and in no list.
    let page = case.place.print(&["explain", "msg_01e85c142eee7b94b38ec187"]);
    assert!(page.contains("claude-fable-5-1, refused as cyber"), "{page}");
    assert!(page.contains("not billed: refused before any output: 412 tokens"), "{page}");
    let listed =
        case.place.print(&["export", "--dataset", "responses", "--fields", "key", "--format", "csv"]);
    assert_eq!(listed.lines().count(), 1 + 2, "{listed}");
}

/// A reply of a model that another one was asked before, and what Claude Code notes of that.
const FALLBACK: [&str; 2] = [
    r#"{"type":"assistant","sessionId":"s","cwd":"/home/dev/app","timestamp":"2026-10-01T10:00:00.000Z","requestId":"req_1","message":{"id":"msg_fallback00000000000001","model":"claude-opus-4-8","stop_reason":"end_turn","content":[{"type":"text","text":"x"}],"usage":{"input_tokens":3,"output_tokens":40,"iterations":[{"type":"message","model":"claude-fable-5","input_tokens":100000,"output_tokens":2},{"type":"fallback_message","model":"claude-opus-4-8","input_tokens":3,"output_tokens":40}]}}}"#,
    r#"{"type":"system","subtype":"model_refusal_fallback","sessionId":"s","requestId":"req_1","originalModel":"claude-fable-5","fallbackModel":"claude-opus-4-8","apiRefusalCategory":"CATEGORY"}"#,
];

#[test]
fn an_attempt_before_a_fallback_is_billed_by_category() {
    for (category, tokens, cost) in
        [("cyber", 43, "0.001015"), ("bio", 100_045, "1.001115"), ("new", 43, "0.001015")]
    {
        for order in [[0, 1], [1, 0]] {
            let place = Place::empty();
            let text = order.map(|line| FALLBACK[line].replace("CATEGORY", category) + "\n").concat();
            place.append("projects/-home-dev-app/s.jsonl", text.as_bytes());
            for args in [
                &["daily", "--json", "--tz", "UTC"][..],
                &["daily", "--no-database", "--json", "--tz", "UTC"],
            ] {
                let totals: Value = serde_json::from_str(&place.print(args)).unwrap();
                let totals = &totals["totals"];
                let found = (totals["responses"].as_u64(), totals["total_tokens"].as_u64());
                assert_eq!(found, (Some(1), Some(tokens)), "{category} {order:?} {args:?}");
                assert_eq!(totals["cost_usd"].to_string(), cost, "{category} {order:?} {args:?}");
            }
            let page = place.print(&["explain", "msg_fallback00000000000001"]);
            assert!(page.contains(&format!("claude-fable-5, refused as {category}")), "{page}");
            assert_eq!(page.contains("not billed"), category != "bio", "{page}");
            assert_eq!(page.contains("unknown_refusal"), category == "new", "{page}");
        }
    }
}

#[test]
fn searches_of_the_web_search_tool_count() {
    let Some(case) = case("web-search-side-call") else { return };
    for args in [&["daily"][..], &["daily", "--no-database"]] {
        case.check_totals(&case.json(args));
    }
    let page = case.place.print(&["explain", "msg_0156af3f0f477d954bcb4588"]);
    assert!(page.contains("web_searches"), "{page}");
    assert!(page.contains("counted from the results of its WebSearch calls, not from its usage"), "{page}");
}

#[test]
fn a_home_without_transcripts_is_reported() {
    let Some(case) = case("home-that-is-the-projects-folder") else { return };
    for args in [&["daily", "--csv"][..], &["daily", "--csv", "--no-database"]] {
        let ran = case.place.run(args);
        assert_eq!((ran.code, ran.out.as_str()), (Some(3), ""), "{args:?}");
        assert!(ran.err.contains("no `projects` folder in"), "{ran:?}");
    }
    // A folder that is called so is taken for what it is.
    let projects = case.place.path().join("home/projects/-p");
    std::fs::create_dir_all(&projects).unwrap();
    let transcript = case.place.claude().join("-home-dev-app/c376ad60-bec7-45b6-8f7b-4f5d87c1f688.jsonl");
    std::fs::copy(transcript, projects.join("c376ad60-bec7-45b6-8f7b-4f5d87c1f688.jsonl")).unwrap();
    let home = case.place.path().join("home/projects");
    let answer = case.json(&["daily", "--claude-dir", home.to_str().unwrap()]);
    assert_eq!(answer["totals"]["responses"], 1);
}

/// Prints the status line of a session with a limit of five hours that ends in so many seconds.
fn status_line(case: &Case, percentage: u32, ends_in_s: i64) -> String {
    let now = Clock::system().now().timestamp();
    let limit = serde_json::json!({ "used_percentage": percentage, "resets_at": now + ends_in_s });
    let session = serde_json::json!({
        "session_id": "s",
        "model": {"id": "claude-opus-5", "display_name": "Opus 5"},
        "rate_limits": {"five_hour": limit},
    });
    crate::statusline::line(&case.place, &[], &session)
}

#[test]
fn a_limit_of_an_expired_window_is_not_shown() {
    let Some(case) = case("statusline-expired-limit") else { return };
    // A busy machine may not even have read what the session is.
    let line = wait_for(|| Some(status_line(&case, 97, -600)).filter(|line| line.contains("Opus 5")));
    assert!(!line.contains("97%"), "{line}");
    wait_for(|| status_line(&case, 37, 3_600).contains("5h 37%").then_some(()));
}

#[test]
fn the_official_window_replaces_the_guessed_one() {
    let Some(case) = case("statusline-official-window-beside-guess") else { return };
    let began = Clock::system().now() - chrono::TimeDelta::minutes(50);
    let began = began.format("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    let place = Place::empty();
    place.append("projects/-p/s.jsonl", crate::place::response("s", 1, 1_000, &began).as_bytes());
    place.print(&["daily"]);
    let case = Case { place, ..case };
    // By the responses alone, the window would last four more hours.
    wait_for(|| {
        let line = status_line(&case, 37, 3_600);
        line.contains(", 59 min left").then_some(())
    });
}

#[cfg(unix)]
#[test]
fn the_command_of_the_status_line_runs_as_it_is_printed() {
    let Some(case) = case("statusline-install-path") else { return };
    let folder = case.place.path().join("a folder's");
    std::fs::create_dir(&folder).unwrap();
    let program = folder.join("ctm");
    crate::place::copy_program(&program);
    let database = folder.join("my.db");
    let args = ["statusline", "--install", "--database", database.to_str().unwrap(), "--tz", "Asia/Tokyo"];
    let ran = crate::place::Ran::of(&mut case.place.command(&program, &args));
    let setting = ran.out.split("\n\n").find(|part| part.trim_start().starts_with('{')).unwrap();
    let setting: Value = serde_json::from_str(setting).unwrap();
    let command = setting["statusLine"]["command"].as_str().unwrap();
    assert!(command.contains("--tz Asia/Tokyo"), "{command}");
    // A shell finds the program and its options: it complains of nothing, and uses that database.
    let script =
        format!("echo '{{\"session_id\":\"s\",\"model\":{{\"id\":\"claude-opus-5\"}}}}' | {command}");
    let line = crate::place::Ran::of(&mut case.place.command("/bin/sh", &["-c", &script]));
    assert_eq!((line.code, line.err.as_str()), (Some(0), ""), "{command}: {line:?}");
}

#[test]
fn an_empty_report_has_a_reason() {
    let Some(case) = case("gateway-zero-usage") else { return };
    for form in [&[][..], &["--json"], &["--csv"]] {
        for database in [&[][..], &["--no-database"]] {
            let ran = case.place.run(&[&["daily"], form, database].concat());
            let said =
                "ctm: nothing to report: 2 lines of replies count 0 tokens, as logged by some gateways";
            assert!(ran.err.contains(said), "{ran:?}");
            assert_eq!((ran.code, ran.err.lines().count()), (Some(0), 1), "{ran:?}");
        }
    }
    assert!(case.place.run(&["doctor"]).out.contains("2 lines of replies, all with 0 tokens"));

    // The filter excludes everything.
    let everyday = Place::everyday();
    for args in [
        &["daily", "--from", "2001-01-01", "--to", "2001-01-02"][..],
        &["projects", "--project", "none"],
        &["models", "--model", "none", "--json"],
        &["sessions", "--session", "none", "--csv"],
        &["blocks", "--home", "none"],
        &["tools", "--cwd", "/none"],
        &["trends", "--sidechain", "true", "--model", "none"],
    ] {
        let ran = everyday.run(args);
        let said = "excludes all 6 responses, dated 2026-03-07 to 2026-03-11";
        assert!(ran.err.contains(said) && ran.code == Some(0), "{args:?}: {ran:?}");
    }
    // There is no message if there is usage.
    assert_eq!(everyday.run(&["daily"]).err, "");
}
