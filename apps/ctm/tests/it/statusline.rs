//! The status line: printed whatever happens, and limits kept until they can be stored.
//!
//! No test asserts a time: a hanging test fails, and obstacles stay until the end.

use crate::holder::Holder;
use crate::place::{Place, Ran};
use crate::running::{PATIENCE, wait_for};
use ctm_types::EpochMs;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;

/// When limits reset, in epoch seconds: in 2036.
const RESETS_AT: i64 = 2_100_000_000;

const SESSION: &str = "11111111-1111-4111-8111-111111111111";

/// The line of what Claude Code describes, without the times of a zone that is not known in time.
const DESCRIBED: &str = "Opus 4.5 · session $9.99 · context 41% · 5h 1%";

/// Returns the input of Claude Code for a session with this utilization of both limits, in percent.
pub(crate) fn described(place: &Place, five_hour: f64, seven_day: f64) -> Value {
    let transcript = place.claude().join(format!("projects/-home-u-shop/{SESSION}.jsonl"));
    json!({
        "session_id": SESSION,
        "transcript_path": transcript,
        "model": { "id": "claude-opus-4-5-20251101", "display_name": "Opus 4.5" },
        "cost": { "total_cost_usd": 9.99 },
        "context_window": { "used_percentage": 41.4 },
        "rate_limits": {
            "five_hour": { "used_percentage": five_hour, "resets_at": RESETS_AT },
            "seven_day": { "used_percentage": seven_day, "resets_at": RESETS_AT },
        },
    })
}

/// Runs `ctm statusline` as Claude Code does, on a machine that is not too busy for it to read what that describes.
fn statusline(place: &Place, args: &[&str], input: impl AsRef<[u8]>) -> Ran {
    let described = place.path().join("described.json");
    fs::write(&described, input).unwrap();
    wait_for(|| {
        let input = File::open(&described).unwrap();
        let ran = ended(place.ctm(&[&["statusline"], args].concat()).stdin(input));
        (!ran.err.contains("it is not whole in time")).then_some(ran)
    })
}

/// Runs a command that has to end, whatever holds it up.
#[track_caller]
fn ended(command: &mut Command) -> Ran {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (sender, texts) = channel();
    let outputs: [Box<dyn Read + Send>; 2] =
        [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
    for (index, mut output) in outputs.into_iter().enumerate() {
        let sender = sender.clone();
        std::thread::spawn(move || {
            let mut text = String::new();
            output.read_to_string(&mut text).unwrap();
            sender.send((index, text))
        });
    }
    let mut texts = [texts.recv_timeout(PATIENCE), texts.recv_timeout(PATIENCE)];
    if texts.iter().any(Result::is_err) {
        child.kill().unwrap();
    }
    let code = child.wait().unwrap().code();
    texts.sort_unstable_by_key(|text| text.as_ref().map_or(0, |(index, _)| *index));
    let [out, err] = texts.map(|text| text.expect("the command does not end").1);
    Ran { code, out, err }
}

/// Returns the line of a machine that is not too busy to find everything in time and to store the limits.
#[track_caller]
pub(crate) fn line(place: &Place, args: &[&str], input: &Value) -> String {
    let run = || {
        let ran = statusline(place, args, input.to_string());
        assert_eq!((ran.code, &*ran.err), (Some(0), ""));
        ran.out
    };
    // One after the other: on a busy machine hardly any run has the time for both.
    let complete = wait_for(|| Some(run()).filter(|out| !out.ends_with(" · reading…\n")));
    wait_for(|| {
        if !kept(place).is_empty() {
            run();
        }
        kept(place).is_empty().then_some(())
    });
    complete.trim_end().to_owned()
}

/// The file in which limits are kept that could not be stored.
fn spool(place: &Place) -> PathBuf {
    place.database().with_extension("db.limits")
}

/// Returns the lines of limits that are kept.
fn kept(place: &Place) -> Vec<String> {
    let text = fs::read(spool(place)).unwrap_or_default();
    String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
}

/// Returns the used part of each figure of five hours that was stored, in percent.
fn stored(place: &Place) -> Vec<f64> {
    let days = ["limits", "--json", "--from", "2020-01-01", "--to", "2035-12-31"];
    let limits: Value = serde_json::from_str(&place.print(&days)).unwrap();
    let samples = limits["samples"].as_array().unwrap().iter();
    let of_five_hours = samples.filter(|sample| sample["window"] == "five_hour");
    of_five_hours.map(|sample| sample["used_percentage"].as_f64().unwrap()).collect()
}

/// A line of the file of kept limits.
fn kept_line(used: impl std::fmt::Display, at_ms: i64) -> String {
    format!(
        "{{\"home\":\"\",\"session\":\"kept\",\"window\":\"five_hour\",\"used_percentage\":{used},\"resets_at_ms\":{at_ms},\"at_ms\":{at_ms}}}\n"
    )
}

#[test]
fn the_status_line_shows_what_is_known() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let described = described(&place, 23.5, 104.0);
    let session = place.print(&["daily", "--session", SESSION, "--json"]);
    let session: Value = serde_json::from_str(&session).unwrap();
    let cost = format!("${:.2}", session["totals"]["cost_usd"].as_f64().unwrap());
    assert_eq!(
        line(&place, &[], &described),
        format!(
            "Opus 4.5 · session {cost} · today $0.00 · context 41% · 5h 24% until 13:20 · 7d 104% until Fri 13:20"
        )
    );
    let format = ["--statusline-format", "{model}[ {block_cost}] \\[{seven_day}\\]"];
    assert_eq!(line(&place, &format, &described), "Opus 4.5 [104%]");
}

#[test]
fn the_prompt_cache_and_the_spending_limit_are_figures() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let mut described = described(&place, 23.5, 104.0);
    let format = [
        "--statusline-format",
        "[{cache_expires}][ · {cache_cost_if_cold} if cold][ · {cache_miss}][ · spent {spend_limit}]",
    ];
    assert_eq!(line(&place, &format, &described), "");
    described["prompt_cache"] = json!({
        "warm": false, "ttl": "5m", "expires_at": 1_000, "recache_tokens_if_cold": 100_000,
        "last_miss_cause": { "causes": ["ttl_expired_5m"] },
    });
    described["rate_limits"]["spend_limit"] = json!({ "used_usd": 30, "limit_usd": 40, "period": "monthly" });
    // 100,000 tokens at $6.25 per million, the 5-minute write of Opus 4.5.
    let expected = "cold · $0.62 if cold · ttl_expired_5m · spent 75%";
    assert!(
        [expected, "cold · $0.63 if cold · ttl_expired_5m · spent 75%"]
            .contains(&&*line(&place, &format, &described))
    );
    described["prompt_cache"]["ttl"] = json!("1h");
    described["prompt_cache"]["expires_at"] = json!(RESETS_AT);
    let hour = line(&place, &format, &described);
    assert!(hour.contains(" · $1.00 if cold") && !hour.starts_with("cold"), "{hour}");
}

#[test]
fn with_a_damaged_database_the_line_shows_what_claude_code_describes() {
    let place = Place::everyday();
    fs::create_dir_all(place.database().parent().unwrap()).unwrap();
    fs::write(place.database(), "no database, for sure").unwrap();
    let ran = statusline(&place, &[], described(&place, 1.0, 2.0).to_string());
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.starts_with(DESCRIBED), "{}", ran.out);
    assert!(ran.out.ends_with(" · see `ctm doctor`\n"), "{}", ran.out);
    assert!(ran.err.contains("is damaged or not a SQLite database"), "{}", ran.err);
    assert_eq!(kept(&place).len(), 2, "until the database is there again");
}

#[test]
fn without_a_home_the_line_shows_what_claude_code_describes() {
    let place = Place::everyday();
    fs::remove_dir_all(place.claude()).unwrap();
    let ran = statusline(&place, &[], described(&place, 1.0, 2.0).to_string());
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.starts_with(DESCRIBED), "{}", ran.out);
}

#[test]
fn an_invalid_input_only_affects_the_session() {
    let place = Place::everyday();
    place.print(&["daily"]);
    for input in ["", "[]", "{\"session_id\": ", "\u{1b}[2J", "{}}"] {
        let shown = wait_for(|| {
            let ran = statusline(&place, &[], input);
            assert_eq!(ran.code, Some(0), "{input}");
            let advice = "standard input does not describe a session: ";
            assert!(ran.err.contains(advice) && ran.err.contains("--install` shows"), "{}", ran.err);
            (!ran.out.contains("reading…")).then_some(ran.out)
        });
        assert_eq!(shown, "– · today $0.00\n", "{input}");
    }
    let endless = "y\n".repeat(1 << 20);
    assert_eq!(statusline(&place, &[], endless).code, Some(0));
}

#[test]
fn an_input_that_is_never_closed_is_not_waited_for() {
    let place = Place::everyday();
    let whole = described(&place, 1.0, 2.0).to_string();
    let half = &whole[..whole.len() / 2];
    // The session's cost may be known from the transcripts in time.
    for (input, shown) in [(&*whole, "Opus 4.5 · session $"), (half, "–"), ("", "–")] {
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(input.as_bytes()).unwrap();
        let ran = ended(place.ctm(&["statusline"]).stdin(reader));
        assert_eq!(ran.code, Some(0));
        // A busy machine may be too slow for the input.
        assert!(ran.out.starts_with(shown) || ran.out.starts_with('–'), "{}", ran.out);
        drop(writer);
    }
}

#[test]
fn invalid_settings_only_affect_their_own_part() {
    let place = Place::everyday();
    let input = described(&place, 1.0, 2.0).to_string();
    let ran = statusline(&place, &["--statusline-format", "{cost}"], &input);
    assert_eq!(ran.code, Some(0));
    assert_eq!(ran.out, format!("{DESCRIBED} · 7d 2% · see `ctm doctor`\n"));
    assert!(ran.err.contains("--statusline-format is `{cost}`; allowed: "), "{}", ran.err);
}

#[test]
fn installing_changes_nothing_and_shows_a_valid_setting() {
    let place = Place::everyday();
    let text = place.print(&["statusline", "--install"]);
    let start = text.find('{').unwrap();
    let end = text.find("\n}\n").unwrap() + 2;
    let setting: Value = serde_json::from_str(&text[start..end]).unwrap();
    assert_eq!(setting["statusLine"]["type"], "command");
    assert!(setting["statusLine"]["command"].as_str().unwrap().ends_with(" statusline"));
    assert!(!place.claude().join("settings.json").exists());
}

#[test]
fn while_the_database_is_written_to_the_line_shows_what_it_has_and_limits_are_kept_for_the_next_one() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let Some(holder) = Holder::of(&place) else { return };
    let new = crate::place::response(SESSION, 1, 7, "2026-03-11T09:30:00.000Z");
    place.append("projects/-home-u-live/new.jsonl", new.as_bytes());
    let input = described(&place, 55.0, 2.0).to_string();
    wait_for(|| {
        let ran = statusline(&place, &[], &input);
        assert_eq!((ran.code, &*ran.err), (Some(0), ""));
        assert!(ran.out.ends_with(" · reading…\n"), "{}", ran.out);
        ran.out.contains(" · today $0.00 · ").then_some(())
    });
    assert!(kept(&place).len() >= 2);
    holder.release();

    line(&place, &[], &json!({ "session_id": SESSION }));
    assert_eq!(stored(&place), [55.0]);
}

#[test]
fn while_the_database_cannot_be_opened_the_line_is_printed_and_limits_are_spooled() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let Some(holder) = Holder::alone(&place) else { return };
    let expected = format!("{DESCRIBED} until 13:20 · 7d 2% until Fri 13:20 · reading…\n");
    // A busy machine may be too slow for the whole input.
    wait_for(|| {
        let ran = statusline(&place, &[], described(&place, 1.0, 2.0).to_string());
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        (ran.err.is_empty() && ran.out == expected).then_some(())
    });
    assert!(kept(&place).len() >= 2);
    holder.release();

    line(&place, &[], &json!({ "session_id": SESSION }));
    assert_eq!(stored(&place), [1.0]);
}

#[cfg(unix)]
#[test]
fn no_pipe_at_any_place_is_waited_for() {
    let check = |at: &str, settings: &[(&str, &str)]| {
        let place = Place::everyday();
        pipe(&place.path().join(at));
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(described(&place, 1.0, 2.0).to_string().as_bytes()).unwrap();
        let mut command = place.ctm(&["statusline"]);
        let ran = ended(command.envs(settings.iter().copied()).stdin(reader));
        assert_eq!(ran.code, Some(0), "{at}");
        // A busy machine may be too slow for the input.
        let is_line = ["Opus 4.5 · session $", "–"].iter().any(|line| ran.out.starts_with(line));
        assert!(is_line, "{at}: {}", ran.out);
        drop(writer);
    };
    check("data/ctm.db", &[]);
    check("data/ctm.db-wal", &[]);
    check("data/ctm.db.limits", &[]);
    check(".env", &[]);
    check(".config/ctm/config.toml", &[]);
    check(".config/ctm/prices.toml", &[]);
    check("log", &[("CTM_LOG_FILE", "log")]);
    check("token", &[("CTM_AUTH_TOKEN_FILE", "token")]);
    check("home", &[("CTM_CLAUDE_DIR", "home")]);
    check("home/projects", &[("CTM_CLAUDE_DIR", "home")]);
    check("claude/stats-cache.json", &[]);
    check("claude/settings.json", &[]);
    check(&format!("claude/projects/-home-u-shop/{SESSION}.jsonl"), &[]);
}

/// Replaces a file by a pipe.
#[cfg(unix)]
fn pipe(path: &std::path::Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let _ = fs::remove_file(path);
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

#[test]
fn odd_figures_are_neither_shown_nor_stored() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let odd = ["1e308", "1e999", "1000.5", "-1", "-1e308", "null", "\"23\"", "true", "[9]", "{\"a\":1}"];
    for used in odd {
        let limit = format!(r#"{{"used_percentage":{used},"resets_at":292277026596}}"#);
        let input = format!(
            r#"{{"model":{{"display_name":{used}}},"cost":{{"total_cost_usd":{used}}},
                "context_window":{{"used_percentage":{used}}},
                "rate_limits":{{"five_hour":{limit},"seven_day":{limit}}}}}"#
        );
        let ran = statusline(&place, &[], &input);
        assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{used}");
        assert!(!ran.out.contains("context") && !ran.out.contains("5h"), "{used}: {}", ran.out);
        assert!(ran.out.chars().count() < 200, "{used}: {}", ran.out);
    }
    let input = r#"{"cost":{"total_cost_usd":1e300},"context_window":{"used_percentage":-0.0},
        "rate_limits":{"five_hour":{"used_percentage":999.4,"resets_at":1e300}}}"#;
    let ran = statusline(&place, &[], input);
    assert!(ran.out.contains("– · ") && ran.out.contains(" · context 0% · 5h 999%"), "{}", ran.out);
    line(&place, &[], &json!({}));
    assert_eq!(stored(&place), [999.4]);
}

#[test]
fn figures_of_an_earlier_version_are_clamped_wherever_they_are_shown() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let sample = ctm_types::LimitSample {
        home: place.claude().to_str().unwrap().to_owned(),
        session: SESSION.to_owned(),
        window: ctm_types::LimitWindow::FiveHour,
        used_percentage: 1e308,
        resets_at_ms: Some(EpochMs::MAX),
        first_at_ms: EpochMs(1_800_000_000_000),
        last_at_ms: EpochMs(1_900_000_000_000),
    };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = ctm_storage::Store::open(&place.database(), &[]).await.unwrap();
        store.add_samples(&[sample], &[], PATIENCE).await.unwrap();
    });
    let transcript = described(&place, 0.0, 0.0)["transcript_path"].clone();
    let shown = line(&place, &[], &json!({ "session_id": SESSION, "transcript_path": transcript }));
    assert!(shown.contains(" · 5h 1000%") && shown.chars().count() < 200, "{shown}");
    assert_eq!(stored(&place), [1000.0]);
}

#[test]
fn a_name_of_any_length_leaves_the_line_short() {
    let place = Place::everyday();
    let name = "Opus ".repeat(100_000);
    let ran = statusline(&place, &[], json!({ "model": { "display_name": name } }).to_string());
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.chars().count() < 200, "{}", ran.out);
}

#[test]
fn a_torn_line_of_kept_limits_costs_no_other() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let torn: [&[u8]; 5] = [b"{\"home\":\"\xff\xfe", b"\0\0\0\0", b"[]", b"\"\"", b"{}"];
    let mut text = kept_line(31.0, 1_700_000_000_000).into_bytes();
    for line in torn {
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    for (used, at_ms) in [("1e308", 1), ("-1", 1), ("null", 1), ("1", -1), ("2", i64::MAX)] {
        text.extend_from_slice(kept_line(used, at_ms).as_bytes());
    }
    text.extend_from_slice(kept_line(32.0, 1_700_000_000_001).as_bytes());
    text.extend_from_slice(b"{\"home\":\"torn");
    fs::write(spool(&place), text).unwrap();
    let stored = wait_for(|| {
        let ran = statusline(&place, &[], described(&place, 33.0, 2.0).to_string());
        assert_eq!(ran.code, Some(0));
        kept(&place).is_empty().then(|| stored(&place))
    });
    assert_eq!(stored, [31.0, 32.0, 33.0]);
}

#[test]
fn limits_are_kept_behind_a_torn_line() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let Some(holder) = Holder::alone(&place) else { return };
    fs::write(spool(&place), b"{\"home\":\"\xff").unwrap();
    let ran = statusline(&place, &[], described(&place, 41.0, 2.0).to_string());
    assert_eq!(ran.code, Some(0));
    holder.release();
    wait_for(|| {
        let ran = statusline(&place, &[], described(&place, 42.0, 2.0).to_string());
        assert_eq!(ran.code, Some(0));
        kept(&place).is_empty().then_some(())
    });
    assert_eq!(stored(&place), [41.0, 42.0]);
}

#[test]
fn the_file_of_kept_limits_stays_small_and_the_newest_are_in_it() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let Some(holder) = Holder::alone(&place) else { return };
    let many: String = (0..4_000).map(|second| kept_line(1, 1_700_000_000_000 + second)).collect();
    fs::write(spool(&place), &many).unwrap();
    let ran = statusline(&place, &[], described(&place, 51.0, 2.0).to_string());
    assert_eq!((ran.code, &*ran.err), (Some(0), ""));
    let lines = kept(&place);
    assert!(fs::metadata(spool(&place)).unwrap().len() <= 256 << 10);
    assert_eq!(lines[lines.len() - 3].clone() + "\n", kept_line(1, 1_700_000_003_999));
    assert!(lines.iter().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    holder.release();
}

// On other systems a locked file cannot be read.
#[cfg(unix)]
#[test]
fn a_lock_on_the_file_of_kept_limits_is_not_waited_for() {
    let place = Place::everyday();
    place.print(&["daily"]);
    fs::write(spool(&place), kept_line(61.0, 1_700_000_000_000)).unwrap();
    let lock = File::open(spool(&place)).unwrap();
    lock.lock().unwrap();
    wait_for(|| {
        let ran = statusline(&place, &[], described(&place, 62.0, 2.0).to_string());
        assert_eq!(ran.code, Some(0));
        (stored(&place) == [62.0]).then_some(())
    });
    assert_eq!(kept(&place).len(), 1, "what is kept waits for the next time");
    drop(lock);
    line(&place, &[], &json!({}));
    assert_eq!(stored(&place), [61.0, 62.0]);
}

#[cfg(unix)]
#[test]
fn nothing_but_a_regular_file_is_taken_for_that_of_kept_limits() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let place = Place::everyday();
    place.print(&["daily"]);
    let elsewhere = place.path().join("elsewhere");
    fs::write(&elsewhere, kept_line(71.0, 1_700_000_000_000)).unwrap();
    let all: [(f64, &dyn Fn()); 4] = [
        (72.0, &|| symlink(&elsewhere, spool(&place)).unwrap()),
        (73.0, &|| symlink("/dev/zero", spool(&place)).unwrap()),
        (74.0, &|| pipe(&spool(&place))),
        (75.0, &|| fs::create_dir(spool(&place)).unwrap()),
    ];
    for (used, put) in all {
        put();
        wait_for(|| {
            let ran = statusline(&place, &[], described(&place, used, 2.0).to_string());
            assert_eq!(ran.code, Some(0));
            assert!(ran.out.starts_with("Opus 4.5 · "), "{}", ran.out);
            stored(&place).contains(&used).then_some(())
        });
        let _ = fs::remove_file(spool(&place)).or_else(|_| fs::remove_dir(spool(&place)));
    }
    let Some(holder) = Holder::alone(&place) else { return };
    symlink(&elsewhere, spool(&place)).unwrap();
    let ran = statusline(&place, &[], described(&place, 76.0, 2.0).to_string());
    assert_eq!(ran.code, Some(0));
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), kept_line(71.0, 1_700_000_000_000));
    fs::remove_file(spool(&place)).unwrap();
    statusline(&place, &[], described(&place, 77.0, 2.0).to_string());
    assert_eq!(fs::metadata(spool(&place)).unwrap().permissions().mode() & 0o777, 0o600);
    holder.release();
}
