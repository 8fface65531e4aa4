//! Homes match their answers.

#![expect(clippy::unwrap_used, reason = "a test that cannot continue may panic")]

mod recount;

use ctm_corpus::{Answer, CorpusError, ExpectedUsage, LiveWork, Plan, Style, generate, generate_listed};
use ctm_types::SkipReason;
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;
use tempfile::TempDir;

/// 2026-11-22 at noon, UTC.
const NOON: i64 = 1_795_348_800_000;

fn small(style: Style, seed: u64) -> Plan {
    Plan { size_bytes: 5_000_000, days: 90, style, ..Plan::stress(seed, 0, NOON) }
}

fn home(plan: &Plan) -> (TempDir, Answer) {
    let home = tempfile::tempdir().unwrap();
    let answer = generate(plan, home.path()).unwrap();
    (home, answer)
}

/// Returns every file of a home.
fn files(home: &Path) -> BTreeMap<String, Vec<u8>> {
    walkdir::WalkDir::new(home)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let path = entry.path().strip_prefix(home).unwrap();
            (path.to_str().unwrap().to_owned(), std::fs::read(entry.path()).unwrap())
        })
        .collect()
}

#[test]
fn counting_the_lines_gives_the_answer() {
    for style in [Style::Demo, Style::Ordinary, Style::Stress, Style::Lean, Style::Tangled] {
        for seed in 1..=4 {
            let (home, answer) = home(&small(style, seed));
            let found = recount::recount(&files(home.path()));
            let compare = |what: &str, found: &dyn std::fmt::Debug, expected: &dyn std::fmt::Debug| {
                assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{what} of {style:?} {seed}");
            };
            compare("lines", &found.lines, &answer.lines);
            compare("totals", &found.totals, &answer.totals);
            assert_eq!(found, answer, "{style:?} {seed}");
        }
    }
}

#[test]
fn a_seed_gives_the_same_bytes_and_another_seed_others() {
    for style in [Style::Demo, Style::Ordinary, Style::Stress, Style::Lean, Style::Tangled] {
        let [(one, answer), (same, same_answer), (other, _)] =
            [7, 7, 8].map(|seed| home(&small(style, seed)));
        assert!(files(one.path()) == files(same.path()), "{style:?}");
        assert_eq!(answer, same_answer);
        assert!(files(one.path()) != files(other.path()), "{style:?}");
    }
}

#[test]
fn all_groupings_add_up_to_the_totals() {
    let (_home, answer) = home(&small(Style::Stress, 3));
    let check = |map: &BTreeMap<String, ExpectedUsage>| {
        let mut sum = ExpectedUsage::default();
        for tally in map.values() {
            sum += *tally;
        }
        assert_eq!(sum, answer.totals);
    };
    check(&answer.by_day_utc);
    check(&answer.by_model);
    check(&answer.by_session);
    check(&answer.by_project);
    let skipped: u64 = answer.lines.skipped.iter().sum();
    assert_eq!(answer.lines.read, answer.lines.copies + skipped);
}

#[test]
fn size_is_about_the_requested_one() {
    let check = |plan: &Plan| {
        let (home, answer) = home(plan);
        let transcripts = files(home.path()).into_iter().filter(|(path, _)| recount::is_transcript(path));
        assert_eq!(transcripts.map(|(_, bytes)| bytes.len() as u64).sum::<u64>(), answer.bytes);
        let error = answer.bytes.abs_diff(plan.size_bytes);
        assert!(error * 10 <= plan.size_bytes, "{} instead of {}", answer.bytes, plan.size_bytes);
    };
    for seed in 0..3 {
        check(&small(Style::Stress, seed));
        check(&Plan { size_bytes: 1_000_000, ..small(Style::Demo, seed) });
        check(&Plan { days: 1, ..small(Style::Stress, seed) });
        check(&Plan { until_ms: NOON - 12 * 3_600_000, days: 1, ..small(Style::Demo, seed) });
    }
}

#[test]
fn nothing_is_later_than_the_end_or_much_earlier_than_the_beginning() {
    for style in [Style::Demo, Style::Ordinary, Style::Stress, Style::Lean, Style::Tangled] {
        let (home, _) = home(&small(style, 5));
        let times = recount::timestamps(&files(home.path()));
        assert!(times.last().unwrap().as_str() <= "2026-11-22T12:00:00.000Z");
        assert!(times.first().unwrap().as_str() >= "2026-08-24T23:59");
    }
}

#[test]
fn a_home_that_is_not_empty_is_unchanged() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("settings.json"), "{}").unwrap();
    let error = generate(&small(Style::Demo, 1), home.path()).unwrap_err();
    assert!(matches!(error, CorpusError::NotEmpty(_)), "{error}");
    assert_eq!(files(home.path()).len(), 1);
}

#[test]
fn a_small_stress_home_has_everything() {
    for seed in 1..=4 {
        let (home, answer) = home(&Plan::stress(seed, 20_000_000, NOON));
        let files = files(home.path());
        for reason in SkipReason::ALL {
            let is_there = answer.lines.skipped(reason) > 0;
            assert_eq!(is_there, reason != SkipReason::TooLong, "{} of {seed}", reason.name());
        }
        for part in ["/subagents/agent-a", "/workflows/wf_", "journal.jsonl", "agent-acompact-", ".meta.json"]
        {
            assert!(files.keys().any(|path| path.contains(part)), "{part} of {seed}");
        }
        let beside = |path: &String| path.matches('/').count() == 2 && path.contains("/agent-");
        assert!(files.keys().any(beside), "{seed}");
        let begins = |start: &str| files.values().any(|bytes| bytes.starts_with(start.as_bytes()));
        assert!(begins("\u{feff}{\"") && begins("{\"parentUuid\": null"), "{seed}");
        assert!(files.values().any(|bytes| bytes.ends_with(b"\r\n")), "{seed}");
        assert!(answer.unfinished_lines > 0, "{seed}");
        assert!(answer.totals.unfinalised > 0, "{seed}");
        assert!(answer.totals.web_searches > 0, "{seed}");
        assert!(
            ["glm-5", "house-coder-2"].iter().all(|model| answer.by_model.contains_key(*model)),
            "{seed}"
        );
        let in_worktree = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).contains("/.claude/worktrees/");
        assert!(files.values().any(in_worktree), "{seed}");
        assert!(answer.by_project.keys().all(|path| !path.contains("/worktrees/")), "{seed}");
    }
}

#[test]
fn a_small_tangled_home_has_every_kind_of_copy() {
    for seed in 1..=4 {
        let (home, answer) = home(&Plan::tangled(seed, 300_000, NOON));
        let files = files(home.path());
        let all: String = files.values().map(|bytes| String::from_utf8_lossy(bytes)).collect();
        for part in [
            r#""sessionKind""#,
            r#""forkedFrom""#,
            r#""continuedInSessionId""#,
            r#""agent_progress""#,
            r#""searchCount""#,
            r#""category":"cyber""#,
            r#""category":"bio""#,
            r#""category":null"#,
            r#""model_refusal_fallback""#,
            "/home/dev/trees/",
        ] {
            assert!(all.replace(": ", ":").contains(part), "{part} of {seed}");
        }
        let smaller = files.keys().filter(|path| path.contains("/00000000-") && path.ends_with(".jsonl"));
        assert!(smaller.count() >= 7, "{seed}");
        assert!(answer.unbilled.responses > 0, "{seed}");
        assert!(answer.unbilled.tokens.total() > 0, "{seed}");
    }
}

#[test]
fn a_list_has_each_response_of_the_answer_once() {
    let home = tempfile::tempdir().unwrap();
    let (answer, list) = generate_listed(&Plan::tangled(1, 300_000, NOON), home.path()).unwrap();
    let keys: std::collections::BTreeSet<_> = list.iter().map(|response| &response.key).collect();
    assert_eq!(keys.len(), list.len());
    let by = |name: fn(&ctm_corpus::Listed) -> &str| {
        let mut sums: BTreeMap<String, ExpectedUsage> = BTreeMap::new();
        for response in list.iter().filter(|response| response.tally.responses > 0) {
            *sums.entry(name(response).to_owned()).or_default() += response.tally;
        }
        sums
    };
    assert_eq!(by(|response| &response.session), answer.by_session);
    assert_eq!(by(|response| &response.project), answer.by_project);
    let unbilled = list.iter().filter(|response| response.tally.responses == 0).count();
    assert_eq!(unbilled as u64, answer.unbilled.responses);
}

#[test]
fn stress_has_the_proportions_of_real_homes() {
    let plan = Plan::stress(1, 60_000_000, NOON);
    let (home, answer) = home(&plan);
    let check = |what: &str, part: u64, whole: u64, expected: RangeInclusive<u64>| {
        let percent = part * 100 / whole;
        assert!(expected.contains(&percent), "{what}: {percent} %");
    };
    let files = files(home.path());
    check("lines of responses", answer.lines.copies, answer.lines.read, 55..=61);
    check("bytes of responses", recount::usage_bytes(&files), answer.bytes, 17..=24);
    check("copies of responses", answer.lines.copies, answer.totals.responses, 180..=220);
    check("responses in 100 kB", answer.totals.responses, answer.bytes / 100_000, 500..=620);

    let mut sizes: Vec<usize> = files
        .into_iter()
        .filter(|(path, _)| recount::is_transcript(path))
        .map(|(_, bytes)| bytes.len())
        .collect();
    sizes.sort_unstable();
    assert!(sizes[sizes.len() / 4] < 50_000, "few short transcripts");
    assert!(sizes[sizes.len() - 1] > 1_000_000, "no long transcript");
    assert!((100..=300).contains(&sizes.len()), "{} transcripts", sizes.len());
}

#[test]
fn lean_is_little_but_responses() {
    let (_home, answer) = home(&Plan::lean(1, 20_000, NOON));
    let ExpectedUsage { responses, unfinalised, .. } = answer.totals;
    assert!((19_400..=20_600).contains(&responses), "{responses} responses");
    assert!(answer.bytes < responses * 1_000, "{} bytes for {responses} responses", answer.bytes);
    assert!(answer.lines.copies <= responses * 2 && unfinalised == 0);
    let of_no_interest = [SkipReason::NoUsage, SkipReason::ToolResultSummary];
    let skipped: u64 = of_no_interest.iter().map(|reason| answer.lines.skipped(*reason)).sum();
    assert_eq!(answer.lines.read, answer.lines.copies + skipped);
    let in_session = responses / answer.by_session.len() as u64;
    assert!((30..=200).contains(&in_session), "{in_session} responses in a session");
    assert!(answer.by_day_utc.len() > 150, "{} days", answer.by_day_utc.len());
    assert!(answer.by_model.len() > 10 && answer.by_project.len() == 7);
}

#[test]
fn demo_is_a_handful_of_projects_and_models_with_little_damage() {
    let (_home, answer) = home(&Plan::demo(1, NOON));
    let projects = answer.by_project.keys().filter(|path| !path.contains("/worktrees/"));
    assert_eq!(projects.count(), 7);
    assert!(answer.by_day_utc.len() > 100, "{} days", answer.by_day_utc.len());
    assert!(answer.by_day_utc["2026-11-22"].responses > 20, "nothing of today");
    assert!((5..=13).contains(&answer.by_model.len()), "{:?}", answer.by_model.keys());
    assert!(answer.totals.responses > 5_000, "{}", answer.totals.responses);
    assert!(answer.totals.unfinalised * 20 < answer.totals.responses);
    let damaged = answer.lines.skipped(SkipReason::Malformed) + answer.lines.skipped(SkipReason::NoTimestamp);
    assert!(damaged < 20, "{damaged}");
    assert!((1..=30).contains(&answer.unfinished_lines));
}

#[test]
fn the_statistics_agree_with_themselves_and_end_with_yesterday() {
    let (home, answer) = home(&small(Style::Stress, 2));
    let text = std::fs::read(home.path().join("stats-cache.json")).unwrap();
    let stats: Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(stats["version"], 5);
    assert_eq!(stats["lastComputedDate"], "2026-11-21");
    let sum =
        |values: &mut dyn Iterator<Item = &Value>| values.map(|value| value.as_u64().unwrap()).sum::<u64>();
    let days = stats["dailyModelTokens"].as_array().unwrap();
    let by_day: u64 =
        days.iter().map(|day| sum(&mut day["tokensByModel"].as_object().unwrap().values())).sum();
    let by_model: u64 = stats["modelUsage"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|usage| {
            ["inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"]
                .map(|key| &usage[key])
        })
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!(by_day, by_model);
    // Each copy is counted, which is the point of the file.
    assert!(by_day > answer.totals.tokens.total());
    let activity = stats["dailyActivity"].as_array().unwrap();
    let sessions = sum(&mut activity.iter().map(|day| &day["sessionCount"]));
    assert_eq!(stats["totalSessions"], sessions);
    assert_eq!(sum(&mut stats["hourCounts"].as_object().unwrap().values()), sessions);
    assert!(activity.iter().all(|day| day["date"].as_str().unwrap() <= "2026-11-21"));
}

#[test]
fn live_work_grows_together_with_its_answer() {
    let (home, _) = home(&Plan { size_bytes: 200_000, ..Plan::demo(1, NOON) });
    let before = files(home.path());
    let mut live = LiveWork::begin(home.path(), 1, NOON).unwrap();
    let mut at_ms = NOON;
    for _ in 1..=60 {
        let seen = live.answer().totals.responses;
        let pause = live.append(at_ms).unwrap();
        assert!(live.answer().totals.responses > seen);
        let mut new = files(home.path());
        new.retain(|path, _| !before.contains_key(path));
        assert_eq!(&recount::recount(&new), live.answer());
        let now = recount::timestamps(&new).into_iter().max().unwrap();
        let now = chrono::DateTime::parse_from_rfc3339(&now).unwrap().timestamp_millis();
        assert!((at_ms - 5_000..=at_ms).contains(&now), "{now} at {at_ms}");
        at_ms += i64::try_from(pause.as_millis()).unwrap();
    }
}

#[test]
fn live_work_is_that_of_one_person() {
    const HOUR: u128 = 3_600_000;
    let (home, _) = home(&Plan { size_bytes: 200_000, ..Plan::demo(1, NOON) });
    let mut live = LiveWork::begin(home.path(), 1, NOON).unwrap();
    let (mut at, mut pauses) = (0, Vec::new());
    while at < 48 * HOUR {
        let pause = live.append(NOON + i64::try_from(at).unwrap()).unwrap().as_millis();
        pauses.push(pause);
        at += pause;
    }
    // Something is new within minutes at the beginning, and each day has an end.
    let in_ten_minutes = pauses.iter().scan(0, |at, pause| {
        *at += pause;
        (*at < HOUR / 6).then_some(())
    });
    assert!(in_ten_minutes.count() >= 5);
    assert_eq!(pauses.iter().filter(|pause| **pause > 10 * HOUR).count(), 2);
    assert!((200..600).contains(&(pauses.len() / 2)), "{} responses a day", pauses.len() / 2);
}
