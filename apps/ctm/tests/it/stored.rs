//! Databases with values that ctm never stores: every request succeeds, or fails with the problem and the
//! remedy.

use crate::http::{get, post_json};
use crate::place::{Place, Ran, response};
use crate::running::Running;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const NOW: &str = "2026-03-11T10:00:00Z";
const SESSION: &str = "11111111-1111-4111-8111-111111111111";

/// Runs statements on a database, with no reference checked; `None` without the program for that.
pub(crate) fn sqlite3(database: &Path, statements: &str) -> Option<String> {
    let mut command = Command::new("sqlite3");
    let Ok(output) = command.arg("-bail").arg(database).arg(statements).output() else {
        println!("skipped: there is no sqlite3");
        return None;
    };
    assert!(output.status.success(), "{statements}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// A place with something in every table, and a copy of its database; `None` without `sqlite3`.
fn filled() -> Option<(Place, PathBuf)> {
    let place = Place::everyday();
    fs::write(
        place.claude().join("stats-cache.json"),
        r#"{"version": 2, "lastComputedDate": "2026-03-07",
            "dailyActivity": [{"date": "2026-03-01", "messageCount": 9, "sessionCount": 2, "toolCallCount": 4}],
            "dailyModelTokens": [{"date": "2026-03-01", "tokensByModel": {"m": 5}}],
            "modelUsage": {"m": {"inputTokens": 9, "outputTokens": 9}}}"#,
    )
    .unwrap();
    // An invalid line, so that there are issues too.
    place.append("projects/-home-u-live/new.jsonl", b"{\"type\":\"assistant\",\"message\":{\"usage\":\n");
    place.append(
        "projects/-home-u-live/new.jsonl",
        response("new", 1, 1_000, "2026-03-11T09:00:00.000Z").as_bytes(),
    );
    let server = Running::at(NOW, &place, &[("snapshot_interval", "60")]);
    crate::running::wait_for(|| Some(server.json("stats/history")).filter(|history| history["total"] != 0));
    server.stop();
    sqlite3(
        &place.database(),
        "INSERT INTO limit_sample (home, session, window_hours, name, used_percentage, resets_at_ms, first_at_ms, last_at_ms)
         VALUES ('', 's', 5, 'five_hour', 12.5, 1773230400000, 1773219600000, 1773219600000);
         PRAGMA wal_checkpoint(TRUNCATE);",
    )?;
    let whole = place.path().join("whole.db");
    fs::copy(place.database(), &whole).unwrap();
    Some((place, whole))
}

/// Every column of every table, with its type and whether it may not be NULL, as the schema has them.
fn columns(database: &Path) -> Vec<(String, String, String, bool)> {
    let listed = sqlite3(
        database,
        "SELECT tables.name, columns.name, columns.type, columns.\"notnull\"
         FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
         WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite#_%' ESCAPE '#'
               AND tables.name <> '_sqlx_migrations'
         ORDER BY tables.name, columns.cid",
    );
    let listed = listed.unwrap();
    let columns = listed.lines().map(|line| {
        let [table, column, kind, not_null] = line.split('|').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        (table.to_owned(), column.to_owned(), kind.to_owned(), not_null == "1")
    });
    columns.collect()
}

fn values(kind: &str) -> &'static [&'static str] {
    match kind {
        "INTEGER" => &["-1", "9223372036854775807"],
        "TEXT" => &["CAST(x'ff' AS TEXT)"],
        "REAL" => &["9e999", "-1.0"],
        "BLOB" => &["x'00'"],
        other => panic!("no values of type {other}"),
    }
}

/// Everything that can be asked for over REST, in a zone.
fn questions(tz: &str, key: &str) -> Vec<String> {
    let asked = [
        "stats?compare=year&tz=",
        "stats/daily?breakdown=model&tz=",
        "stats/models?tz=",
        "stats/projects?tz=",
        "stats/sources?tz=",
        "stats/tools?tz=",
        "stats/trends?group=project&bucket=hour&from=2026-03-01&to=2026-03-12&tz=",
        "stats/trends?bucket=month&metric=sessions&tz=",
        "stats/activity?tz=",
        "blocks?tz=",
        "limits?tz=",
        "sessions?tz=",
        "audit?tz=",
    ];
    let mut questions: Vec<String> = asked.iter().map(|asked| format!("api/v1/{asked}{tz}")).collect();
    questions.push(format!("api/v1/sessions/{SESSION}?tz={tz}"));
    questions.push(format!("api/v1/sessions/{SESSION}/responses?limit=500"));
    questions.push(format!("api/v1/responses/{key}"));
    questions.push("api/v1/stats/history".to_owned());
    questions.push("api/v1/health".to_owned());
    questions.push("metrics".to_owned());
    questions
}

#[test]
fn no_stored_value_breaks_the_server() {
    let Some((place, whole)) = filled() else { return };
    let server = Running::at(NOW, &place, &[("watch", "poll"), ("poll_interval", "3600")]);
    let key = server.json(&format!("sessions/{SESSION}/responses"))["items"][0]["key"].clone();
    let key = key.as_str().unwrap().to_owned();
    let mut zones = chrono_tz::TZ_VARIANTS.iter().cycle();
    let tables: BTreeSet<String> = columns(&whole).into_iter().map(|(table, ..)| table).collect();
    let restore: String = tables
        .iter()
        .map(|table| {
            format!("DELETE FROM main.{table}; INSERT INTO main.{table} SELECT * FROM whole.{table};")
        })
        .collect();
    for (table, column, kind, not_null) in columns(&whole) {
        let null = (!not_null).then_some("NULL");
        for value in values(&kind).iter().copied().chain(null) {
            let damage = format!("UPDATE OR IGNORE {table} SET {column} = {value}");
            // Some are refused by a condition of the table.
            let mut command = Command::new("sqlite3");
            command
                .arg(place.database())
                .arg(format!("{damage}; UPDATE OR IGNORE state SET data_version = data_version + 1;"));
            command.output().unwrap();
            // In another zone, so that no answer of before is one to this.
            let tz = &zones.next().unwrap().name().replace('+', "%2B");
            for question in questions(tz, &key) {
                // Every answer is compared with the OpenAPI document.
                let answer = get(&format!("{}{question}", server.url()));
                assert!(matches!(answer.status, 200 | 404 | 503), "{damage}: {question}: {answer:?}");
                if answer.status == 503 && question != "api/v1/health" {
                    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
                    assert!(detail.contains("the database"), "{damage}: {question}: {detail}");
                }
            }
            // The export of responses is aborted at an unreadable one.
            let body = json!({"dataset": "sessions", "format": "csv"}).to_string();
            let file = post_json(&format!("{}api/v1/export", server.url()), &body);
            assert!(matches!(file.status, 200 | 503), "{damage}: {file:?}");
            let attach = format!("ATTACH '{}' AS whole; BEGIN; {restore} COMMIT;", whole.display());
            sqlite3(&place.database(), &attach);
        }
    }
    assert_eq!(server.json("stats?tz=UTC&compare=none")["totals"]["total_tokens"], 57_148);
    server.stop();
}

/// Tables whose values are names: any value can be a name, and a transcript gives no other number to an
/// existing one.
const NAMES: [&str; 7] = ["agent", "billing", "home", "project", "session", "term", "conversation"];

#[test]
fn no_stored_value_breaks_a_command() {
    let Some((place, whole)) = filled() else { return };
    let database = place.database();
    let before = place.print(&["daily", "--json", "--no-update"]);
    let before: Value = serde_json::from_str(&before).unwrap();
    // Lines of every response that are not read yet: reading them looks at what is stored.
    let copies: Vec<(PathBuf, Vec<u8>)> =
        place.transcripts().into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    for (path, lines) in &copies {
        fs::write(path.with_extension("copy.jsonl"), lines).unwrap();
    }
    let run = |args: &[&str], damage: &str| -> Ran {
        let ran = place.run(args);
        assert!(matches!(ran.code, Some(0 | 4)), "{damage}: {args:?}: {ran:?}");
        if ran.code == Some(4) {
            assert!(
                ran.err.contains("ctm db ") || ran.err.contains("--database"),
                "{damage}: {args:?}: {ran:?}"
            );
        }
        ran
    };
    for (table, column, kind, _) in columns(&whole) {
        let value = values(&kind)[0];
        let damage = format!("UPDATE OR IGNORE {table} SET {column} = {value}");
        fs::copy(&whole, &database).unwrap();
        for log in ["db-wal", "db-shm"] {
            let _ = fs::remove_file(database.with_extension(log));
        }
        let done = Command::new("sqlite3").arg("-bail").arg(&database).arg(&damage).output().unwrap();
        if !done.status.success() {
            continue;
        }
        let found = run(&["db", "check"], &damage).code == Some(4);
        run(&["daily", "--breakdown"], &damage);
        let repaired = run(&["db", "rebuild"], &damage).code == Some(0);
        if !found || !repaired || NAMES.contains(&&*table) {
            continue;
        }
        let checked = run(&["db", "check"], &damage);
        assert_eq!(checked.code, Some(0), "{damage}: {checked:?}");
        let after = run(&["daily", "--json"], &damage);
        let after: Value = serde_json::from_str(&after.out).unwrap();
        assert_eq!(after["totals"]["total_tokens"], before["totals"]["total_tokens"], "{damage}");
    }
}

#[test]
fn unreadable_sums_are_recomputed() {
    let Some((place, _)) = filled() else { return };
    let days = ["daily", "--no-update", "--from", "2026-03-07", "--to", "2026-03-11"];
    let before = place.print(&days);
    sqlite3(&place.database(), "UPDATE usage_day SET usage = x'0000', tools = randomblob(30)");
    let ran = place.run(&days);
    assert_eq!((ran.code, ran.out), (Some(0), before.clone()));
    place.run(&["db", "check"]).failed(4, &["the sums of", "ctm db rebuild"]);
    place.print(&["db", "rebuild"]);
    assert!(place.print(&["db", "check"]).contains("is in order"));
    assert_eq!(place.print(&days), before);
}

#[test]
fn the_diagnosis_names_the_reason_why_a_database_cannot_be_read() {
    let Some((place, _)) = filled() else { return };
    sqlite3(&place.database(), "UPDATE home SET root = CAST(x'ff' AS TEXT)");
    let ran = place.run(&["doctor", "--json"]);
    let diagnosis: Value = serde_json::from_str(&ran.out).unwrap();
    let checks = diagnosis["checks"].as_array().unwrap();
    let messages = checks.iter().filter_map(|check| check["message"].as_str());
    let reason = "invalid utf-8 sequence";
    let found: Vec<_> = messages.filter(|message| message.contains(reason)).collect();
    assert!(matches!(found[..], [message] if message.matches(reason).count() == 1), "{ran:?}");
}

#[test]
fn a_database_of_another_program_stays_what_it_is() {
    let place = Place::everyday();
    let other = place.path().join("other.sqlite");
    for statements in
        ["CREATE TABLE notes (text TEXT)", "PRAGMA journal_mode = WAL; CREATE TABLE notes (text TEXT)"]
    {
        let _ = fs::remove_file(&other);
        if sqlite3(&other, statements).is_none() {
            return;
        }
        let before = fs::read(&other).unwrap();
        let name = other.to_str().unwrap();
        for command in [
            &["daily"][..],
            &["daily", "--no-update"],
            &["serve", "--port", "0"],
            &["db", "status"],
            &["db", "check"],
            &["db", "rebuild"],
            &["db", "vacuum"],
            &["db", "backup", "b.db"],
        ] {
            place
                .run(&[command, &["--database", name]].concat())
                .failed(4, &["other.sqlite", "not one of ctm"]);
        }
        place.print(&["daily"]);
        place.run(&["db", "restore", name]).failed(4, &["other.sqlite", "not one of ctm"]);
        assert!(fs::read(&other).unwrap() == before, "{statements}");
    }
    let empty = place.path().join("empty.db");
    fs::write(&empty, "").unwrap();
    assert!(place.print(&["daily", "--database", empty.to_str().unwrap()]).contains("56,148"));
}

#[test]
fn a_backup_that_could_change_facts_is_not_put_in_place() {
    let Some((place, _)) = filled() else { return };
    let days = ["daily", "--no-update", "--from", "2026-03-07", "--to", "2026-03-11"];
    let before = place.print(&days);
    let backup = place.path().join("b.db");
    for (statements, problem) in [
        (
            "CREATE TRIGGER more AFTER INSERT ON event BEGIN UPDATE event SET output = 0; END",
            "trigger `more`",
        ),
        ("CREATE VIEW more AS SELECT * FROM event", "view `more`"),
        ("CREATE TABLE more (text TEXT)", "table `more`"),
        ("ALTER TABLE event ADD COLUMN more INTEGER DEFAULT 7", "table `event`"),
        ("UPDATE event SET billing_id = 999; UPDATE event SET input = -5", "refer to nothing"),
    ] {
        place.print(&["db", "backup", "b.db", "--force"]);
        sqlite3(&backup, statements);
        place.run(&["db", "restore", "b.db"]).failed(4, &["b.db", problem]);
        assert_eq!(place.print(&days), before);
    }
    let names = fs::read_dir(place.database().parent().unwrap()).unwrap();
    let names: Vec<_> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(
        names.iter().all(|name| ["ctm.db", "ctm.db-wal", "ctm.db-shm", "machine-id"].contains(&&**name)),
        "{names:?}"
    );
    // A trigger that was added to the database itself is found, and a backup replaces it.
    place.print(&["db", "backup", "b.db", "--force"]);
    sqlite3(&place.database(), "CREATE TRIGGER more AFTER INSERT ON event BEGIN DELETE FROM event; END");
    for command in [&["daily"][..], &["daily", "--no-update"], &["db", "check"], &["db", "status"]] {
        place.run(command).failed(4, &["trigger `more`", "ctm db restore"]);
    }
    place.print(&["db", "restore", "b.db"]);
    assert_eq!(place.print(&days), before);
}

#[test]
fn leftovers_of_a_killed_restore_are_removed_by_the_next() {
    let place = Place::everyday();
    place.print(&["daily"]);
    place.print(&["db", "backup", "b.db"]);
    let left = place.database().parent().unwrap().join(".ctm-partial-killed");
    let mine = place.database().parent().unwrap().join("ctm-partial-mine");
    for folder in [&left, &mine] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("lock"), "").unwrap();
        fs::write(folder.join("ctm.db"), "half of a database").unwrap();
    }
    place.print(&["db", "restore", "b.db"]);
    assert!(!left.exists() && mine.exists());
}
