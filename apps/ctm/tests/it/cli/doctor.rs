//! `ctm doctor` and `ctm healthcheck`: exit codes that scripts can go by.

use crate::place::{Place, Ran, response};
use crate::running::Running;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

#[track_caller]
fn check(place: &Place, args: &[&str], code: i32, expected: &[(&str, &str, &str)]) {
    let ran = place.run(&[&["doctor", "--json"], args].concat());
    assert_eq!((ran.code, ran.err.as_str()), (Some(code), ""), "{}", ran.out);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    for (name, status, part) in expected {
        let found = report["checks"].as_array().unwrap().iter().any(|check| {
            check["name"] == *name
                && check["status"] == *status
                && check["message"].as_str().unwrap().contains(part)
                && (check["advice"].is_string() || *status == "ok")
        });
        assert!(found, "{name} {status} {part}: {}", ran.out);
    }
}

/// A place whose one model has a price.
fn priced() -> Place {
    let place = Place::empty();
    place.append("projects/-p/a.jsonl", response("a", 1, 5, "2026-03-11T10:00:00.000Z").as_bytes());
    place
}

#[test]
fn a_valid_setup_is_reported_as_ok() {
    let place = priced();
    check(&place, &[], 10, &[("database", "warning", "does not exist yet")]);
    assert!(!place.database().exists());
    place.print(&["daily"]);
    let all = [
        ("settings", "ok", "none in a file"),
        ("home", "ok", ": 1 transcript"),
        ("watcher", "ok", "at once"),
        ("database", "ok", "1 response"),
        ("retention", "ok", "after 30 days by default; 0 are due"),
        ("prices", "ok", "every used model has a price"),
    ];
    check(&place, &[], 0, &all);
    let text = place.print(&["doctor"]);
    assert!(text.lines().all(|line| line.starts_with("ok ") || line.starts_with("   ")), "{text}");
}

#[test]
fn the_files_of_settings_that_were_read_are_shown_with_what_is_wrong_in_them() {
    let place = priced();
    place.print(&["daily"]);
    let folder = place.path().join(".config/ctm");
    std::fs::create_dir_all(&folder).unwrap();
    let env_file = folder.join(".env");
    std::fs::write(&env_file, "FOO=bar baz\nCTM_POLL_INTERVAL=7\n").unwrap();
    let shown = env_file.to_str().unwrap();
    check(&place, &[], 0, &[("settings", "ok", &format!("read from `{shown}`")), ("watcher", "ok", "")]);
    let config = folder.join("config.toml");
    std::fs::write(&config, "").unwrap();
    let both = format!("read from `{shown}` and `{}`", config.display());
    check(&place, &[], 0, &[("settings", "ok", &both)]);
    std::fs::write(place.path().join("other"), "CTM_PROT=8080\n").unwrap();
    let expected = [
        ("settings", "ok", "read from `other`"),
        ("settings", "warning", "CTM_PROT in `other`, line 1, is an unknown setting"),
    ];
    check(&place, &["--env-file", "other"], 10, &expected);
    place.run(&["doctor", "--env-file", "absent"]).failed(2, &["`absent`", "No such file"]);
}

#[test]
fn missing_parts_are_reported_with_a_remedy() {
    let place = Place::everyday();
    place.print(&["daily"]);
    check(&place, &[], 10, &[("prices", "warning", "house-model-1")]);
    std::fs::write(place.path().join("own.toml"), "price = 5").unwrap();
    check(&place, &["--prices", "own.toml"], 11, &[("prices", "error", "line 1, column 9")]);
    check(&place, &["--claude-dir", "nowhere"], 11, &[("home", "error", "no Claude home found")]);
    place.run(&["doctor", "--tz", "Mars/Phobos"]).failed(2, &["Mars/Phobos"]);
}

#[test]
fn a_line_has_80_columns_and_wrapping_changes_no_word() {
    let place = Place::everyday();
    place.print(&["daily"]);
    let said = |columns: &str| {
        let ran = Ran::of(place.ctm(&["doctor", "--prices", "missing.toml"]).env("COLUMNS", columns));
        assert_eq!(ran.code, Some(11), "{}", ran.err);
        ran.out
    };
    let (narrow, wide) = (said("80"), said("400"));
    // A path that is longer than a line is left whole.
    let is_long =
        |line: &str| line.chars().count() > 80 && line.get(21..).is_some_and(|text| text.contains(' '));
    let long: Vec<_> = narrow.lines().filter(|line| is_long(line)).collect();
    assert_eq!(long, [""; 0]);
    assert!(narrow.lines().count() > wide.lines().count(), "{narrow}");
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&narrow), words(&wide));
}

#[test]
fn transcripts_that_are_due_and_not_stored_are_reported() {
    let place = priced();
    place.print(&["daily"]);
    place.append("settings.json", br#"{"cleanupPeriodDays": 1}"#);
    check(&place, &[], 0, &[("retention", "ok", "1 is due within 3 days, all of them fully stored")]);
}

#[test]
fn managed_settings_precede_those_of_the_home() {
    let place = priced();
    place.print(&["daily"]);
    place.append("settings.json", br#"{"cleanupPeriodDays": 90}"#);
    check(&place, &[], 0, &[("retention", "ok", "after 90 days by its settings; 0 are due")]);
    let file = place.claude().with_file_name("managed-settings.json");
    std::fs::write(&file, r#"{"cleanupPeriodDays": 1}"#).unwrap();
    let managed = ["--managed-settings", file.to_str().unwrap()];
    let expected = "after 1 day by managed settings, those of the desktop app after 1 day; 1 is due";
    check(&place, &managed, 0, &[("retention", "ok", expected)]);
}

#[test]
fn a_pending_line_is_not_missing() {
    let place = priced();
    place.append("projects/p/pending.jsonl", b"{\"type\":\"user\"}\n{\"type\":\"assi");
    place.print(&["daily"]);
    place.append("settings.json", br#"{"cleanupPeriodDays": 1}"#);
    let pending = "1 fully stored; 1 has a pending last line, without a line feed, and nothing else missing: \
                   `projects/p/pending.jsonl`";
    check(&place, &[], 0, &[("retention", "ok", pending)]);
}

#[cfg(unix)]
#[test]
fn a_database_that_others_may_read_is_reported() {
    use std::os::unix::fs::PermissionsExt;
    let place = priced();
    place.print(&["daily"]);
    std::fs::set_permissions(place.database(), std::fs::Permissions::from_mode(0o644)).unwrap();
    check(&place, &[], 10, &[("database", "warning", "others on this machine may read")]);
}

#[test]
fn a_healthy_server_is_distinguished_from_an_unhealthy_one() {
    let place = priced();
    let server = Running::at("2026-03-11T23:00:00Z", &place, &[]);
    let port = server.url().trim_end_matches('/').rsplit(':').next().unwrap().to_owned();
    let said = place.print(&["healthcheck", "--port", &port]);
    assert!(said.starts_with("healthy (ctm "), "{said}");
    server.stop();
    place
        .run(&["healthcheck", "--port", &port])
        .failed(1, &["cannot request the health of the server at 127.0.0.1:"]);
    place.run(&["healthcheck", "--port", "many"]).failed(1, &["--port is `many`"]);
}

#[test]
fn a_server_with_a_token_shows_strangers_its_status() {
    let place = priced();
    let flags = [("auth_token", "0123456789abcdef-secret"), ("host", "127.0.0.1")];
    let server = Running::at("2026-03-11T23:00:00Z", &place, &flags);
    let port = server.url().trim_end_matches('/').rsplit(':').next().unwrap().to_owned();
    assert!(place.print(&["healthcheck", "--host", "0.0.0.0", "--port", &port]).starts_with("healthy (ctm "));
    server.stop();
}

#[test]
fn another_program_at_the_port_is_not_a_server() {
    let place = Place::empty();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let other = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = String::new();
        // Closing before all was read would break the connection off.
        BufReader::new(&stream)
            .lines()
            .map_while(Result::ok)
            .take_while(|line| !line.is_empty())
            .for_each(|line| request.push_str(&line));
        assert!(request.starts_with("GET /api/v1/health HTTP/1.1"), "{request}");
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").unwrap();
    });
    place.run(&["healthcheck", "--port", &port]).failed(1, &["which is not a response of ctm"]);
    other.join().unwrap();
}
