//! Reports at the default width of 80 columns without a terminal.

use crate::figures::Report;
use crate::place::{Place, Ran, response};
use crate::running::Running;
use ctm_report::clock::Clock;
use insta::assert_snapshot;
use serde_json::Value;

/// The days of the home of usual things, so that answers do not depend on today.
const DAYS: [&str; 4] = ["--from", "2026-03-07", "--to", "2026-03-11"];

/// Runs a report on the days of the home of usual things.
#[track_caller]
fn report(args: &[&str]) -> String {
    let text = Place::everyday().print(&[args, &DAYS].concat());
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    text
}

#[test]
fn worth_has_the_plans_of_the_config_file_and_advice_without_any() {
    let place = Place::everyday();
    let folder = place.path().join(".config/ctm");
    std::fs::create_dir_all(&folder).unwrap();
    let worth = || place.print(&[&["worth"], &DAYS[..]].concat());
    assert!(worth().contains("No plan to compare with: add one to the config file"), "{}", worth());
    let plans = "[[plan]]\nname = 'Max'\nprice = 20\nfrom = 2026-03-08\n\
                 [[plan]]\nname = 'Seat'\nprice = '31'\ncurrency = 'EUR'\nhome = 'work'\nfrom = 2026-03-11\n";
    std::fs::write(folder.join("config.toml"), plans).unwrap();
    assert_snapshot!(worth(), @"
    Month    List price  Plans  Difference  Factor  Break-even
    2026-03   ≥ $0.0458      -           -  -                -
    Total     ≥ $0.0458      -           -  -

    Estimate at API list prices, not your subscription bill. Days in UTC (CTM_TZ).
    Without a price and not included in the cost: 780 tokens of house-model-1.
    1 of 6 responses have no final record; their output may be incomplete.
    Plan Max: 20 USD per month from 2026-03-08.
    Plan Seat: 31 EUR per month from 2026-03-11, of work.
    No Claude home `work` is known; correct `home` of the plan `Seat`.
    No exchange rate on some days: EUR; add one to the config file as [[exchange]].
    Not compared, because no plan ran: ≥ $0.0805.
    Factor: list price / plans. Break-even: when the list price reaches the price of the month.
    ");
    let rate = "[[exchange]]\ncurrency = 'EUR'\nusd = 1.5\nfrom = 2026-01-01\n";
    std::fs::write(folder.join("config.toml"), format!("{plans}{rate}")).unwrap();
    assert_snapshot!(worth().lines().take(3).collect::<Vec<_>>().join("\n"), @"
    Month    List price  Plans  Difference  Factor  Break-even
    2026-03   ≥ $0.0458  $4.08    ≥ -$4.03  ≥ 0.01           -
    Total     ≥ $0.0458  $4.08    ≥ -$4.03  ≥ 0.01
    ");
}

#[test]
fn daily_is_a_table_of_used_days() {
    assert_snapshot!(report(&["daily"]), @"
    Day         Input  Output  Cache write  Cache read   Total       Cost
    2026-03-07    100   2,000        4,000      10,000  16,100    $0.0805
    2026-03-08  1,050     700        3,000      14,000  18,750    $0.0322
    2026-03-09    710     580            0      20,000  21,290  ≥ $0.0135
    2026-03-11      5       3            0           0       8    ≥ $0.00
    Total       1,865   3,283        7,000      44,000  56,148    ≥ $0.13

    Estimate at API list prices, not your subscription bill. Days in UTC (CTM_TZ).
    Without a price and not included in the cost: 780 tokens of house-model-1.
    1 of 6 responses have no final record; their output may be incomplete.
    ");
    assert_snapshot!(report(&["daily", "--tz", "Asia/Kolkata"]), @"
    Day         Input  Output  Cache write  Cache read   Total       Cost
    2026-03-08  1,150   2,700        7,000      24,000  34,850      $0.11
    2026-03-09    710     580            0      20,000  21,290  ≥ $0.0135
    2026-03-11      5       3            0           0       8    ≥ $0.00
    Total       1,865   3,283        7,000      44,000  56,148    ≥ $0.13

    Estimate at API list prices, not your subscription bill.
    Days in Asia/Kolkata (--tz).
    Without a price and not included in the cost: 780 tokens of house-model-1.
    1 of 6 responses have no final record; their output may be incomplete.
    ");
}

#[test]
fn weekly_begins_with_mondays() {
    assert_snapshot!(report(&["weekly"]), @"
    Week from   Input  Output  Cache write  Cache read   Total       Cost
    2026-03-02  1,150   2,700        7,000      24,000  34,850      $0.11
    2026-03-09    715     583            0      20,000  21,298  ≥ $0.0136
    Total       1,865   3,283        7,000      44,000  56,148    ≥ $0.13

    Estimate at API list prices, not your subscription bill. Days in UTC (CTM_TZ).
    Without a price and not included in the cost: 780 tokens of house-model-1.
    1 of 6 responses have no final record; their output may be incomplete.
    ");
}

#[test]
fn monthly_is_a_table_of_months() {
    assert_snapshot!(report(&["monthly"]), @"
    Month    Input  Output  Cache write  Cache read   Total     Cost
    2026-03  1,865   3,283        7,000      44,000  56,148  ≥ $0.13
    Total    1,865   3,283        7,000      44,000  56,148  ≥ $0.13

    Estimate at API list prices, not your subscription bill. Days in UTC (CTM_TZ).
    Without a price and not included in the cost: 780 tokens of house-model-1.
    1 of 6 responses have no final record; their output may be incomplete.
    ");
}

#[test]
fn models_without_a_price_have_no_cost() {
    assert_snapshot!(report(&["models"]), @"
    Model                   Input  Output  Cache write  Cache read  Total       Cost
    claude-opu…-5-20251101    150   2.40k        5.00k       24.0k  31.6k      $0.11
    claude-son…-5-20250929     15     503            0       20.0k  20.5k  ≥ $0.0136
    claude-hai…-5-20251001  1.00k     300        2.00k           0  3.30k    $0.0050
    house-model-1             700      80            0           0    780          -
    Total                   1.86k   3.28k        7.00k       44.0k  56.1k    ≥ $0.13

    Estimate at API list prices, not your subscription bill. Days in UTC (CTM_TZ).
    Without a price and not included in the cost: 780 tokens of house-model-1.
    1 of 6 responses have no final record; their output may be incomplete.
    ");
}

#[test]
fn projects_are_sorted_by_cost() {
    assert_snapshot!(report(&["projects"]), @"
    Project        Input  Output  Cache write  Cache read   Total     Cost
    /home/u/shop   1,160   3,200        7,000      44,000  55,360    $0.13
    /home/u/notes    705      83            0           0     788  ≥ $0.00
    Total          1,865   3,283        7,000      44,000  56,148  ≥ $0.13

    Estimate at API list prices, not your subscription bill. Days in UTC (CTM_TZ).
    Without a price and not included in the cost: 780 tokens of house-model-1.
    1 of 6 responses have no final record; their output may be incomplete.
    ");
}

#[test]
fn sessions_are_listed_with_the_latest_first() {
    assert_snapshot!(report(&["sessions"]), @"
    Project  Session                               Last        Tokens     Cost
    notes    33333333-3333-4333-8333-333333333333  2026-03-11     788  ≥ $0.00
    shop     22222222-2222-4222-8222-222222222222  2026-03-09  20,510  $0.0135
    shop     11111111-1111-4111-8111-111111111111  2026-03-08  34,850    $0.11
    Total                                                      56,148  ≥ $0.13

    Estimate at API list prices, not your subscription bill. Days in UTC (CTM_TZ).
    Without a price and not included in the cost: 780 tokens of house-model-1.
    1 of 6 responses have no final record; their output may be incomplete.
    ");
}

#[test]
fn without_a_command_there_is_a_summary() {
    let place = Place::empty();
    place.append("projects/-p/a.jsonl", response("a", 1, 20_000, "2025-10-01T10:00:00.000Z").as_bytes());
    assert_snapshot!(place.print(&[]), @"
               Cost  Tokens  Output  Responses  Sessions  Cache hits
    Today     $0.00       0       0          0         0           -
    7 days    $0.00       0       0          0         0           -
    30 days   $0.00       0       0          0         0           -
    All time  $0.30  20,000  20,000          1         1           -

    Estimate at API list prices, not your subscription bill. Days in UTC (CTM_TZ).
    ");
}

#[test]
fn csv_has_exact_figures_and_no_footer() {
    let place = Place::everyday();
    assert_snapshot!(place.print(&["daily", "--csv"]), @"
    date,input_tokens,output_tokens,cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,total_tokens,cost_usd,web_searches,responses,sessions,cache_hit_rate,unpriced_tokens,unfinalised_responses,certainty,subagent_responses,subagent_tokens,subagent_cost_usd
    2026-03-07,100,2000,10000,4000,0,16100,0.0805,0,1,1,0.7092198581560284,0,0,exact,0,0,0
    2026-03-08,1050,700,14000,2000,1000,18750,0.03225,0,2,1,0.775623268698061,0,0,exact,1,3300,0.005
    2026-03-09,710,580,20000,0,0,21290,0.01353,0,2,2,0.9657170449058425,780,0,at_least,0,0,0
    2026-03-11,5,3,0,0,0,8,0.00006,0,1,1,0,0,1,at_least,0,0,0
    ");
    assert_snapshot!(place.print(&["models", "--csv"]), @"
    model,priced_as,input_tokens,output_tokens,cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,total_tokens,cost_usd,web_searches,responses,sessions,cache_hit_rate,unpriced_tokens,unfinalised_responses,certainty,subagent_responses,subagent_tokens,subagent_cost_usd
    claude-opus-4-5-20251101,claude-opus-4-5,150,2400,24000,4000,1000,31550,0.10775,0,2,1,0.823327615780446,0,0,exact,0,0,0
    claude-sonnet-4-5-20250929,claude-sonnet-4-5,15,503,20000,0,0,20518,0.01359,0,2,2,0.9992505620784412,0,1,at_least,0,0,0
    claude-haiku-4-5-20251001,claude-haiku-4-5,1000,300,0,2000,0,3300,0.005,0,1,1,0,0,0,exact,1,3300,0.005
    house-model-1,,700,80,0,0,0,780,,0,1,1,0,780,0,unknown,0,0,0
    ");
    assert_snapshot!(place.print(&["projects", "--csv"]), @"
    project,input_tokens,output_tokens,cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,total_tokens,cost_usd,web_searches,responses,sessions,cache_hit_rate,unpriced_tokens,unfinalised_responses,certainty,subagent_responses,subagent_tokens,subagent_cost_usd
    /home/u/shop,1160,3200,44000,6000,1000,55360,0.12628,0,4,2,0.843558282208589,0,0,exact,1,3300,0.005
    /home/u/notes,705,83,0,0,0,788,0.00006,0,2,1,0,780,1,at_least,0,0,0
    ");
    assert_snapshot!(place.print(&["sessions", "--csv"]), @"
    session,project,branch,started_at,ended_at,input_tokens,output_tokens,cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,total_tokens,cost_usd,web_searches,responses,sessions,cache_hit_rate,unpriced_tokens,unfinalised_responses,certainty,subagent_responses,subagent_tokens,subagent_cost_usd
    33333333-3333-4333-8333-333333333333,/home/u/notes,main,2026-03-09T12:00:00.000Z,2026-03-11T09:00:00.000Z,705,83,0,0,0,788,0.00006,0,2,1,0,780,1,at_least,0,0,0
    22222222-2222-4222-8222-222222222222,/home/u/shop,main,2026-03-09T04:15:00.000Z,2026-03-09T04:15:00.000Z,10,500,20000,0,0,20510,0.01353,0,1,1,0.9995002498750625,0,0,exact,0,0,0
    11111111-1111-4111-8111-111111111111,/home/u/shop,main,2026-03-07T18:45:00.000Z,2026-03-08T04:31:00.000Z,1150,2700,24000,6000,1000,34850,0.11275,0,3,1,0.7465007776049767,0,0,exact,1,3300,0.005
    ");
    assert_snapshot!(place.print(&["daily", "--csv", "--project", "/nowhere"]), @"date,input_tokens,output_tokens,cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,total_tokens,cost_usd,web_searches,responses,sessions,cache_hit_rate,unpriced_tokens,unfinalised_responses,certainty,subagent_responses,subagent_tokens,subagent_cost_usd");
}

#[test]
fn cells_of_csv_are_no_formulas() {
    let place = Place::empty();
    let line = response("=1+1", 1, 5, "2026-03-11T10:00:00.000Z").replace("/home/u/live", "@SUM(A1)");
    place.append("projects/-p/a.jsonl", line.as_bytes());
    let csv = place.print(&["sessions", "--csv"]);
    let row = csv.lines().nth(1).unwrap();
    assert!(row.starts_with("'=1+1,'@SUM(A1),"), "{row}");
}

#[test]
fn a_home_without_usage_is_reported() {
    let place = Place::empty();
    for command in ["daily", "weekly", "monthly", "models", "projects", "sessions"] {
        let text = place.print(&[&[command][..], &DAYS].concat());
        assert_eq!(text, "No usage from 2026-03-07 to 2026-03-11 (UTC).\n", "{command}");
    }
    assert_snapshot!(place.print(&[]), @"
               Cost  Tokens  Output  Responses  Sessions  Cache hits
    Today     $0.00       0       0          0         0           -
    7 days    $0.00       0       0          0         0           -
    30 days   $0.00       0       0          0         0           -
    All time  $0.00       0       0          0         0           -

    Estimate at API list prices, not your subscription bill. Days in UTC (CTM_TZ).
    ");
    assert_eq!(place.print(&["daily", "--csv"]).lines().count(), 1);
    assert!(place.print(&["daily", "--json"]).contains("\"responses\": 0"));
}

#[test]
fn a_range_ends_with_today() {
    let place = Place::empty();
    let now = Clock::system().now().format("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    place.append("projects/-p/a.jsonl", response("a", 1, 5, "2025-10-01T10:00:00.000Z").as_bytes());
    place.append("projects/-p/a.jsonl", response("a", 2, 7, &now).as_bytes());
    let check = |range: &str, tokens: u64| {
        let daily = Report::parse(&place.print(&["daily", "--json", "--range", range]));
        assert_eq!(daily.totals.total_tokens, tokens, "{range}");
    };
    // Not `today`: the day may end while this runs.
    check("2d", 7);
    check("30d", 7);
    check("all", 12);
}

#[test]
fn invalid_arguments_are_refused_with_the_valid_ones() {
    let place = Place::everyday();
    let check = |args: &[&str], part: &str| place.run(args).failed(2, &[part]);
    check(&["daily", "--range", "fortnight"], "fortnight");
    check(&["daily", "--range", "7d", "--from", "2026-03-07"], "cannot be used with");
    check(&["daily", "--from", "2026-3-7"], "YYYY-MM-DD");
    check(&["daily", "--from", "2026-03-08", "--to", "2026-03-07"], "--from is 2026-03-08");
    check(&["daily", "--home", "a", "--source", "a"], "cannot be used with");
    check(&["db", "forget", "--home", "a", "--source", "a"], "cannot be used with");
    check(&["daily", "--json", "--csv"], "cannot be used with");
    check(&["yearly"], "yearly");
}

#[test]
fn a_project_may_begin_with_a_hyphen() {
    let place = Place::everyday();
    let line = response("a", 1, 20_000, "2026-03-11T10:00:00.000Z").replace("\"cwd\":\"/home/u/live\",", "");
    place.append("projects/-home-u-moved/a.jsonl", line.as_bytes());
    let joined = place.print(&[&["projects", "--project=-home-u-moved"], &DAYS[..]].concat());
    assert_eq!(place.print(&[&["projects", "--project", "-home-u-moved"], &DAYS[..]].concat()), joined);
    assert_snapshot!(joined, @"
    Project        Input  Output  Cache write  Cache read   Total   Cost
    -home-u-moved      0  20,000            0           0  20,000  $0.30
    Total              0  20,000            0           0  20,000  $0.30

    Estimate at API list prices, not your subscription bill. Days in UTC (CTM_TZ).
    ");
}

#[test]
fn filters_may_be_repeated_and_combined() {
    let place = Place::everyday();
    let check = |args: &[&str], responses: u64| {
        let report = Report::parse(&place.print(&[&["models", "--json"], args].concat()));
        assert_eq!(report.totals.responses, responses, "{args:?}");
    };
    check(&["--project", "/home/u/shop"], 4);
    check(&["--project", "/home/u/shop", "--project", "/home/u/notes"], 6);
    check(&["--model", "house-model-1"], 1);
    check(&["--session", "33333333-3333-4333-8333-333333333333", "--model", "claude-sonnet-4-5-20250929"], 1);
}

#[test]
fn the_breakdown_by_model_adds_up() {
    let place = Place::everyday();
    for command in ["daily", "weekly", "monthly", "projects", "sessions", "blocks"] {
        let plain: Value =
            serde_json::from_str(&place.print(&[&[command, "--json"], &DAYS[..]].concat())).unwrap();
        let split = place.print(&[&[command, "--json", "--breakdown"], &DAYS[..]].concat());
        let split: Value = serde_json::from_str(&split).unwrap();
        let rows = if split["days"].is_null() { &split["items"] } else { &split["days"] };
        let tokens = |rows: &Value| -> u64 {
            rows.as_array().unwrap().iter().map(|row| row["total_tokens"].as_u64().unwrap()).sum()
        };
        for row in rows.as_array().unwrap() {
            assert_eq!(tokens(&row["models"]), row["total_tokens"].as_u64().unwrap(), "{command}");
        }
        assert_eq!(tokens(rows), 56_148);
        assert_eq!(split["totals"], plain["totals"]);
    }
}

#[test]
fn days_of_the_stats_cache_are_noted_below_the_table() {
    let place = Place::everyday();
    let cache = r#"{"version": 2, "lastComputedDate": "2026-03-02",
        "dailyModelTokens": [{"date": "2026-03-01", "tokensByModel": {"claude-opus-4-5-20251101": 1000}},
                             {"date": "2026-03-02", "tokensByModel": {"claude-opus-4-5-20251101": 507}}],
        "modelUsage": {"claude-opus-4-5-20251101": {"inputTokens": 900, "outputTokens": 9100}}}"#;
    place.append("stats-cache.json", cache.as_bytes());
    let note = "Only Claude Code's own statistics cover 2 days from 2026-03-01 to 2026-03-02: 1,507 tokens by its count";
    let text = place.print(&["daily", "--to", "2026-03-11"]);
    assert!(text.contains(note) && text.contains("Total       1,865   3,283"), "{text}");
    assert!(!place.print(&[&["daily"], &DAYS[..]].concat()).contains("Only Claude Code"));
}

#[test]
fn without_an_update_only_stored_data_are_reported() {
    let place = Place::everyday();
    place.run(&["daily", "--no-update"]).failed(4, &["no database", "--no-update"]);
    let before = place.print(&[&["daily"], &DAYS[..]].concat());
    std::fs::remove_dir_all(place.claude()).unwrap();
    assert_eq!(place.print(&[&["daily", "--no-update"], &DAYS[..]].concat()), before);
    assert!(place.print(&["blocks", "--no-update"]).starts_with("Window from"));
    place.run(&["daily", "--no-update", "--no-database"]).failed(2, &["cannot be used with"]);
}

#[test]
fn the_active_block_has_a_burn_rate_and_a_target() {
    let place = Place::empty();
    let at = |seconds: i64| {
        let at = Clock::system().now() - chrono::TimeDelta::seconds(seconds);
        at.format("%Y-%m-%dT%H:%M:%S.000Z").to_string()
    };
    place.append("projects/-p/a.jsonl", response("a", 1, 100_000, &at(2_400)).as_bytes());
    place.append("projects/-p/a.jsonl", response("a", 2, 100_000, &at(1)).as_bytes());
    let text = place.print(&["blocks", "--active", "--target", "2"]);
    for part in [
        "active",
        "Current window",
        "Burn rate",
        "Projected at its end",
        "Budget $2.00: 150.0% used, $1.00 above it",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let json: Value = serde_json::from_str(&place.print(&["blocks", "--json", "--target", "4"])).unwrap();
    assert_eq!(json["target"]["left_usd"], 1);
    place.run(&["blocks", "--target", "none"]).failed(2, &["an amount of dollars"]);
}

#[test]
fn styles_are_for_terminals_or_on_request() {
    let place = Place::everyday();
    let styled = |variables: &[(&str, &str)]| {
        let ran = Ran::of(place.ctm(&["daily"]).envs(variables.iter().copied()));
        assert_eq!(ran.code, Some(0));
        ran.out.contains('\u{1b}')
    };
    assert!(!styled(&[]));
    assert!(styled(&[("CLICOLOR_FORCE", "1")]));
    assert!(!styled(&[("CLICOLOR_FORCE", "0")]));
    assert!(!styled(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    let json = Ran::of(place.ctm(&["daily", "--json"]).env("CLICOLOR_FORCE", "1"));
    assert!(!json.out.contains('\u{1b}'));
    // Errors of the command line follow the same rule.
    for (value, expected) in [("1", true), ("0", false)] {
        let help = Ran::of(place.ctm(&["--help"]).env("CLICOLOR_FORCE", value));
        assert_eq!((help.code, help.out.contains('\u{1b}')), (Some(0), expected), "{value}");
        let error = Ran::of(place.ctm(&["no-command"]).env("CLICOLOR_FORCE", value));
        assert_eq!((error.code, error.err.contains('\u{1b}')), (Some(2), expected), "{value}");
    }
}

#[test]
fn json_is_what_the_server_answers() {
    let place = Place::everyday();
    // Its days are over, as they are for the command: what is not over is compared until the present time.
    let server = Running::at("2026-03-12T23:00:00Z", &place, &[]);
    for (command, endpoint) in [
        ("daily", "stats/daily?"),
        ("models", "stats/models?"),
        ("projects", "stats/projects?sort=cost_usd&"),
        ("sessions", "sessions?sort=last_at&"),
        ("blocks", "blocks?order=asc&"),
        ("tools", "stats/tools?"),
        ("why --limit 2", "why?limit=2&"),
        ("by version", "by/version?"),
        (
            "trends --metric total_tokens --group kind --compare previous",
            "stats/trends?metric=total_tokens&group=kind&",
        ),
    ] {
        let words: Vec<_> = command.split(' ').collect();
        let printed = place.print(&[&words[..], &["--json"], &DAYS].concat());
        let answered = server.get(&format!("{endpoint}from=2026-03-07&to=2026-03-11"));
        assert_eq!(timeless(&printed), timeless(&answered), "{command}");
    }
    server.stop();
}

/// Returns JSON without white space and without the time at which it was made.
fn timeless(json: &str) -> String {
    let dense: String = json.split_whitespace().collect();
    let (before, time) = dense.split_once("\"generated_at\":\"").unwrap();
    let (_, after) = time.split_once('"').unwrap();
    // A server of a test has its zone from a flag.
    format!("{before}{after}").replace(r#""tz_source":"flag""#, r#""tz_source":"env""#)
}
