//! Folders of projects, and their rules in the config file.

use super::problems::check_problem;
use super::{NOW, everyday};
use crate::contract;
use crate::figures::{Report, Row};
use crate::http::{Answer, host, request, request_with};
use crate::place::Place;
use crate::running::{Running, wait_for};
use crate::socket::Socket;
use serde::Deserialize;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

const TOKEN: &str = "correct-horse-battery-staple";
const RULES: &str = "api/v1/projects/rules";
const JSON: (&str, &str) = ("content-type", "application/json");

/// The config file that a server of a place makes.
fn config(place: &Place) -> PathBuf {
    place.path().join(".config/ctm/config.toml")
}

/// Makes the config file.
fn write_config(place: &Place, text: &str) {
    fs::create_dir_all(config(place).parent().unwrap()).unwrap();
    fs::write(config(place), text).unwrap();
}

/// Changes rules by these headers.
fn patch_with(server: &Running, headers: &[(&str, &str)], body: &str) -> Answer {
    request_with("PATCH", &format!("{}{RULES}", server.url()), headers, body)
}

/// Changes rules as the page does, based on a version.
fn patch(server: &Running, version: &str, folders: &Value) -> Answer {
    let (origin, tag) = (own_origin(server), format!("\"{version}\""));
    let headers = [JSON, ("origin", &*origin), ("if-match", &*tag)];
    patch_with(server, &headers, &json!({ "folders": folders }).to_string())
}

fn own_origin(server: &Running) -> String {
    format!("http://{}", host(&server.url()))
}

fn version(server: &Running) -> String {
    server.json("projects/rules")["version"].as_str().unwrap().to_owned()
}

/// Returns the folders of each project with why they are of it.
fn together(server: &Running) -> Value {
    let answer = server.json("projects/folders?limit=500");
    let item = |item: &Value| {
        let folders = item["folders"].as_array().unwrap().iter();
        let folders: Vec<_> = folders.map(|of| json!([of["folder"], of["why"]])).collect();
        (item["project"].as_str().unwrap().to_owned(), json!(folders))
    };
    answer["items"].as_array().unwrap().iter().map(item).collect::<serde_json::Map<_, _>>().into()
}

#[test]
fn each_project_has_its_folders_with_their_usage_and_why() {
    let place = Place::everyday();
    for (number, cwd) in [(1, "/home/u/shop/.claude/worktrees/drift"), (2, "/home/u/other")] {
        let line = crate::place::response(&format!("s{number}"), number, 1_000, "2026-03-11T09:00:00.000Z");
        let line = line.replace("/home/u/live", cwd);
        place.append(&format!("projects/-x/s{number}.jsonl"), line.as_bytes());
    }
    write_config(&place, "[project]\nmisc = '/home/u/other'\n");
    let server = Running::at(NOW, &place, &[]);
    let expected = json!({
        "/home/u/shop": [["/home/u/shop", "itself"], ["/home/u/shop/.claude/worktrees/drift", "worktree"]],
        "/home/u/notes": [["/home/u/notes", "itself"]],
        "misc": [["/home/u/other", "rule"]],
    });
    assert_eq!(together(&server), expected);

    let answer = server.json("projects/folders");
    let projects = server.json("stats/projects");
    assert_eq!((answer["total"].as_u64(), &answer["next_cursor"]), (Some(3), &Value::Null));
    for item in answer["items"].as_array().unwrap() {
        let listed = projects["items"].as_array().unwrap().iter();
        let listed = listed.into_iter().find(|listed| listed["project"] == item["project"]).unwrap();
        for field in ["responses", "sessions", "total_tokens", "cost_usd", "last_at", "label"] {
            assert_eq!(item[field], listed[field], "{field} of {item}");
        }
        let folders = item["folders"].as_array().unwrap();
        let sum: u64 = folders.iter().map(|folder| folder["responses"].as_u64().unwrap()).sum();
        assert_eq!(item["responses"], sum);
    }
    let folder = |path: &str| {
        let items = answer["items"].as_array().unwrap().iter();
        let mut folders = items.flat_map(|item| item["folders"].as_array().unwrap());
        folders.find(|folder| folder["folder"] == path).unwrap().clone()
    };
    let tree = folder("/home/u/shop/.claude/worktrees/drift");
    assert_eq!((&tree["repository"], &tree["rule"]), (&json!("/home/u/shop"), &Value::Null));
    assert_eq!((&tree["responses"], &tree["first_at"]), (&json!(1), &json!("2026-03-11T09:00:00.000Z")));
    let other = folder("/home/u/other");
    assert_eq!((&other["repository"], &other["rule"]), (&Value::Null, &json!("/home/u/other")));

    let page = server.json("projects/folders?limit=1&sort=last_at");
    let next = page["next_cursor"].as_str().unwrap();
    let next = server.json(&format!("projects/folders?limit=1&sort=last_at&cursor={}", super::escaped(next)));
    assert_ne!(page["items"][0]["project"], next["items"][0]["project"]);
    server.stop();
}

#[test]
fn projects_are_joined_renamed_and_split_at_once_and_in_the_config_file() {
    let (place, server) = everyday();
    let before = server.json("stats/projects");
    assert_eq!(before["total"], 2);
    let tag =
        |path: &str| request("GET", &format!("{}api/v1/{path}", server.url()), &[]).header("etag").to_owned();
    let paths = ["stats/projects", "projects/folders", "sessions", "projects/rules"];
    let tags = paths.map(tag);
    let mut socket = Socket::greeted(&server.url());

    let answer = patch(&server, &version(&server), &json!({"/home/u/shop/": "all", "/home/u/notes": "all"}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let rules = answer.json();
    assert_eq!(rules["folders"], json!({"/home/u/notes": "all", "/home/u/shop": "all"}));
    assert_eq!(rules["version"], version(&server));
    assert_eq!(answer.header("etag"), format!("\"{}\"", version(&server)));
    assert_eq!(rules["file"], config(&place).to_str().unwrap());
    let text = fs::read_to_string(config(&place)).unwrap();
    assert_eq!(text, "[project]\nall = [\"/home/u/notes\", \"/home/u/shop\"]\n");

    // Subscribers are notified, and no answer that was kept is sent again.
    let update = socket.next();
    assert_eq!((&update["type"], &update["data"]["more"]), (&json!("stats_update"), &json!(true)));
    let data_version = |answer: &Value| answer["meta"]["data_version"].as_u64().unwrap();
    let joined = server.json("stats/projects");
    assert!(data_version(&joined) > data_version(&before));
    assert_eq!(update["data"]["data_version"], data_version(&joined));
    for (path, before) in paths.iter().zip(tags) {
        assert_ne!(tag(path), before, "{path}");
    }
    assert_eq!((&joined["total"], &joined["items"][0]["project"]), (&json!(1), &json!("all")));
    assert_eq!(joined["totals"], before["totals"]);

    let renamed = patch(&server, &version(&server), &json!({"/home/u/shop": "a b", "/home/u/notes": "a b"}));
    assert_eq!(renamed.status, 200);
    assert_eq!(server.json("stats/projects")["items"][0]["project"], "a b");

    let split = patch(&server, &version(&server), &json!({"/home/u/notes": null}));
    assert_eq!(split.status, 200);
    let expected = json!({"a b": [["/home/u/shop", "rule"]], "/home/u/notes": [["/home/u/notes", "itself"]]});
    assert_eq!(together(&server), expected);
    server.stop();
    // The command line and the next server follow the same rules.
    assert!(place.print(&["projects"]).contains("a b"));
    let server = Running::at(NOW, &place, &[]);
    assert_eq!(together(&server), expected);
    server.stop();
}

#[test]
fn of_two_writers_the_second_one_is_refused() {
    let (place, server) = everyday();
    let seen = version(&server);
    assert_eq!(patch(&server, &seen, &json!({"/home/u/shop": "one"})).status, 200);
    let late = patch(&server, &seen, &json!({"/home/u/shop": "two"}));
    check_problem(&late, 412, "/api/v1/projects/rules");
    assert!(late.json()["detail"].as_str().unwrap().contains(&version(&server)));
    assert_eq!(server.json("projects/rules")["folders"], json!({"/home/u/shop": "one"}));

    // At the same time, too; and whatever comes of it is in the file.
    let seen = version(&server);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let writers = ["a", "b", "c", "d"].map(|name| {
            let (seen, server) = (&seen, &server);
            scope.spawn(move || patch(server, seen, &json!({"/home/u/shop": name})).status)
        });
        writers.map(|writer| writer.join().unwrap()).to_vec()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 412].contains(status)), "{statuses:?}");
    let rules = server.json("projects/rules");
    let text = fs::read_to_string(config(&place)).unwrap();
    let name = rules["folders"]["/home/u/shop"].as_str().unwrap();
    assert_eq!(text, format!("[project]\n{name} = \"/home/u/shop\"\n"));

    // A change by hand counts as one of another writer.
    let seen = version(&server);
    fs::write(config(&place), "[project]\nmine = '/home/u/notes'\n").unwrap();
    check_problem(&patch(&server, &seen, &json!({"/home/u/shop": "two"})), 412, "/api/v1/projects/rules");
    let now = version(&server);
    assert_eq!(patch(&server, &now, &json!({"/home/u/shop": "two"})).status, 200);
    let text = fs::read_to_string(config(&place)).unwrap();
    assert_eq!(text, "[project]\nmine = '/home/u/notes'\ntwo = \"/home/u/shop\"\n");

    let headers = [JSON, ("origin", &*own_origin(&server))];
    let blind = patch_with(&server, &headers, "{\"folders\":{}}");
    check_problem(&blind, 428, "/api/v1/projects/rules");
    server.stop();
}

#[test]
fn a_change_by_hand_is_followed_and_a_mistake_in_it_changes_nothing() {
    let (place, server) = everyday();
    let mut socket = Socket::greeted(&server.url());
    write_config(&place, "[project]\nmine = '/home/u/shop'\n");
    assert_eq!(socket.next()["data"]["more"], true);
    wait_for(|| (server.json("projects/rules")["folders"] == json!({"/home/u/shop": "mine"})).then_some(()));
    assert_eq!(together(&server)["mine"], json!([["/home/u/shop", "rule"]]));

    write_config(&place, "[project]\nmine = '/home/u/shop'\nother = '/home/u/shop'\n");
    let broken = patch(&server, &version(&server), &json!({"/home/u/notes": "n"}));
    check_problem(&broken, 409, "/api/v1/projects/rules");
    let problem = broken.json();
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("to two projects") && detail.contains("config.toml"), "{detail}");
    assert_eq!(problem["toml"], "[project]\nmine = \"/home/u/shop\"\nn = \"/home/u/notes\"\n");
    assert_eq!(server.json("projects/rules")["folders"], json!({"/home/u/shop": "mine"}));
    server.stop();
}

#[cfg(unix)]
#[test]
fn the_rest_of_the_config_file_its_mode_and_a_link_to_it_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let place = Place::everyday();
    let real = place.path().join("dotfiles.toml");
    let text =
        "# mine\ntz = 'UTC' # here\r\n\r\n[project]\n# the shop\nshop = [\n  '/home/u/shop', # it\n]\n";
    fs::write(&real, text).unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    fs::create_dir_all(config(&place).parent().unwrap()).unwrap();
    symlink(&real, config(&place)).unwrap();
    let server = Running::at(NOW, &place, &[]);
    assert_eq!(patch(&server, &version(&server), &json!({"/home/u/notes": "shop"})).status, 200);
    let expected = text.replace("# it\n", "# it\r\n  \"/home/u/notes\",\r\n");
    let written = fs::read_to_string(&real).unwrap();
    assert_eq!(written.replace("\r\n", "\n"), expected.replace("\r\n", "\n"));
    assert!(written.starts_with("# mine\ntz = 'UTC' # here\r\n\r\n[project]\n# the shop\n"), "{written:?}");
    assert!(config(&place).is_symlink());
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    // Only the former rules are next to it.
    assert_eq!(fs::read_dir(config(&place).parent().unwrap()).unwrap().count(), 2);
    assert!(config(&place).with_extension("toml.undo").is_file());
    server.stop();
}

#[cfg(unix)]
#[test]
fn a_failed_write_returns_the_text_to_write_by_hand() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::everyday();
    write_config(&place, "tz = 'UTC'\n");
    fs::set_permissions(config(&place), fs::Permissions::from_mode(0o444)).unwrap();
    let server = Running::at(NOW, &place, &[]);
    let refused = patch(&server, &version(&server), &json!({"/home/u/shop": "shop"}));
    check_problem(&refused, 409, "/api/v1/projects/rules");
    let problem = refused.json();
    assert_eq!(problem["toml"], "[project]\nshop = \"/home/u/shop\"\n");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(config(&place).to_str().unwrap()) && detail.contains("by hand"), "{detail}");
    assert_eq!(fs::read_to_string(config(&place)).unwrap(), "tz = 'UTC'\n");
    assert_eq!(server.json("projects/rules")["folders"], json!({}));
    server.stop();

    // Nothing is ever written into a Claude home.
    let inside = place.claude().join("config.toml");
    fs::write(&inside, "").unwrap();
    let server = Running::at(NOW, &place, &[("config", inside.to_str().unwrap())]);
    let refused = patch(&server, &version(&server), &json!({"/home/u/shop": "shop"}));
    check_problem(&refused, 409, "/api/v1/projects/rules");
    assert_eq!(fs::read_to_string(&inside).unwrap(), "");
    server.stop();
}

#[test]
fn a_server_that_is_set_to_refuse_changes_nothing() {
    let place = Place::everyday();
    let server = Running::at(NOW, &place, &[("project_edits", "refuse")]);
    assert_eq!(server.json("projects/rules")["editable"], false);
    let refused = patch(&server, &version(&server), &json!({"/home/u/shop": "shop"}));
    check_problem(&refused, 403, "/api/v1/projects/rules");
    assert!(!config(&place).exists());
    server.stop();
}

#[test]
fn all_that_is_wrong_with_a_change_is_named_at_once() {
    let (place, server) = everyday();
    let check = |body: &str, expected: &[(&str, &str)]| {
        let headers = [JSON, ("origin", &*own_origin(&server)), ("if-match", "*")];
        let codes = check_problem(&patch_with(&server, &headers, body), 400, "/api/v1/projects/rules");
        let expected: Vec<_> =
            expected.iter().map(|(field, code)| ((*field).to_owned(), (*code).to_owned())).collect();
        assert_eq!(codes.into_iter().collect::<Vec<_>>(), expected, "{body}");
    };
    check("{}", &[("folders", "missing")]);
    check("{\"folders\":[]}", &[("folders", "invalid")]);
    check(
        "{\"folders\":{\"/a\":1,\"/b\":\"b\"},\"x\":1}",
        &[("folders./a", "invalid"), ("x", "unknown_parameter")],
    );
    check(
        "{\"folders\":{\"\":\"a\",\"/a\":\" \",\"/b\":\"x\\u0000y\",\"/c\":\"x\\ny\",\"/d\\u0000\":\"d\"}}",
        &[
            ("folders.", "invalid"),
            ("folders./a", "invalid"),
            ("folders./b", "invalid"),
            ("folders./c", "invalid"),
            ("folders./d\u{0}", "invalid"),
        ],
    );
    check("{\"folders\":{\"/a\":\"one\",\"/a/\":\"two\"}}", &[("folders./a/", "invalid")]);
    check("{\"folders\":{\"/a\":\"one\",\"/a\":\"one\"}}", &[("body", "malformed")]);
    let long = json!({"folders": {"/a": "x".repeat(201), format!("/{}", "y".repeat(4096)): "y"}}).to_string();
    let longest = format!("folders./{}", "y".repeat(4096));
    check(&long, &[("folders./a", "invalid"), (&longest, "invalid")]);
    assert!(!config(&place).exists());
    let answer = patch_with(
        &server,
        &[JSON, ("origin", &*own_origin(&server)), ("if-match", "x")],
        "{\"folders\":{}}",
    );
    check_problem(&answer, 412, "/api/v1/projects/rules");
    server.stop();
}

#[test]
fn pages_of_others_and_what_is_no_json_change_nothing() {
    let (place, server) = everyday();
    let own = own_origin(&server);
    let any = ("if-match", "*");
    let body = "{\"folders\":{\"/home/u/shop\":\"stolen\"}}";
    let check = |status: u16, headers: &[(&str, &str)]| {
        let answer = patch_with(&server, headers, body);
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.body);
    };
    // A foreign page, a page without an origin, and a program without headers.
    check(403, &[JSON, any, ("origin", "http://evil.example")]);
    check(403, &[JSON, any, ("origin", "http://127.0.0.1:1")]);
    check(403, &[JSON, any, ("origin", "null")]);
    check(403, &[JSON, any, ("origin", "null"), ("sec-fetch-site", "cross-site")]);
    check(403, &[JSON, any, ("sec-fetch-site", "cross-site")]);
    check(403, &[JSON, any, ("sec-fetch-site", "same-site")]);
    check(403, &[JSON, any]);
    // Media types that a form can send.
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        check(415, &[("content-type", kind), any, ("origin", &own)]);
    }
    check(415, &[any, ("origin", &own)]);
    // Another path to the same place, and another method.
    let odd = format!("{}api/v1/projects/rul%65s", server.url());
    assert_eq!(request_with("PATCH", &odd, &[JSON, any], body).status, 403);
    for method in ["POST", "PUT", "DELETE"] {
        let answer =
            request_with(method, &format!("{}{RULES}", server.url()), &[JSON, any, ("origin", &own)], body);
        check_problem(&answer, 405, "/api/v1/projects/rules");
        assert_eq!(answer.header("allow"), "GET, HEAD, PATCH, OPTIONS");
    }
    let answer = patch_with(&server, &[JSON, any, ("origin", &own), ("host", "evil.example")], body);
    assert_eq!(answer.status, 421);
    let huge = format!("{{\"folders\":{{\"/{}\":\"x\"}}}}", "x".repeat(70 << 10));
    assert_eq!(patch_with(&server, &[JSON, any, ("origin", &own)], &huge).status, 413);
    assert!(!config(&place).exists());
    check(200, &[JSON, any, ("sec-fetch-site", "same-origin")]);
    server.stop();
}

#[test]
fn with_a_token_only_its_holder_changes_rules() {
    let place = Place::everyday();
    let flags = [("auth_token", TOKEN), ("cors_origins", "https://dash.example")];
    let server = Running::at(NOW, &place, &flags);
    let body = "{\"folders\":{\"/home/u/shop\":\"shop\"}}";
    let any = ("if-match", "*");
    let own = own_origin(&server);
    assert_eq!(patch_with(&server, &[JSON, any, ("origin", &own)], body).status, 401);
    let wrong = [JSON, any, ("authorization", "Bearer wrong-wrong-wrong-wrong")];
    assert_eq!(patch_with(&server, &wrong, body).status, 401);
    // An allowed origin may only read: the preflight request of a change is refused.
    let preflight = [
        ("origin", "https://dash.example"),
        ("access-control-request-method", "PATCH"),
        ("access-control-request-headers", "content-type,if-match"),
    ];
    let answer = request("OPTIONS", &format!("{}{RULES}", server.url()), &preflight);
    let allowed = answer.header("access-control-allow-methods");
    assert!(answer.status == 400 || !allowed.contains("PATCH"), "{answer:?}");
    let bearer = format!("Bearer {TOKEN}");
    let right = [JSON, any, ("authorization", &*bearer)];
    assert_eq!(patch_with(&server, &right, body).status, 200);
    assert!(fs::read_to_string(config(&place)).unwrap().contains("shop = "));
    server.stop();
}

#[test]
fn every_change_requires_the_token_or_an_own_page() {
    let (_place, server) = everyday();
    let changing = contract::operations();
    let changes_nothing = ["/api/v1/export", "/api/v1/projects/rules/preview"];
    let is_change =
        |(method, path): &&(String, String)| method != "GET" && !changes_nothing.contains(&&**path);
    let changing: Vec<_> = changing.iter().filter(is_change).collect();
    assert!(!changing.is_empty());
    for (method, path) in changing {
        let url = format!("{}{}", server.url(), path[1..].replace(['{', '}'], ""));
        // Pushes have tokens of their own, and this server is no hub.
        let expected = if path.starts_with("/api/v1/push") { 404 } else { 403 };
        let answer = request_with(method, &url, &[JSON, ("if-match", "*")], "{}");
        assert_eq!(answer.status, expected, "{method} {path}");
    }
    server.stop();
}

/// A project in a preview, with exact costs.
#[derive(Deserialize)]
struct Changed {
    project: String,
    before: Option<Row>,
    after: Option<Row>,
}

#[derive(Deserialize)]
struct Preview {
    items: Vec<Changed>,
}

fn preview(server: &Running, folders: &Value) -> Answer {
    let body = json!({ "folders": folders }).to_string();
    request_with("POST", &format!("{}{RULES}/preview", server.url()), &[JSON], &body)
}

/// Returns responses, tokens and exact cost of each project.
fn totals(server: &Running) -> Vec<Row> {
    Report::parse(&server.get("stats/projects")).items
}

#[test]
fn a_preview_shows_what_the_change_then_does_and_changes_nothing() {
    let (place, server) = everyday();
    let (before, seen) = (totals(&server), version(&server));
    let change = json!({"/home/u/shop": "all", "/home/u/notes": "all"});
    let answer = preview(&server, &change);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let expected: Preview = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((totals(&server), version(&server)), (before.clone(), seen.clone()));
    assert!(!config(&place).exists());
    let moves = answer.json()["moves"].clone();
    let moved: Vec<_> = moves.as_array().unwrap().iter().map(|of| json!([of["folder"], of["to"]])).collect();
    assert_eq!(moved, [json!(["/home/u/notes", "all"]), json!(["/home/u/shop", "all"])]);

    assert_eq!(patch(&server, &seen, &change).status, 200);
    let after = totals(&server);
    let projects: Vec<_> = expected.items.iter().map(|item| &*item.project).collect();
    assert_eq!(projects, ["/home/u/notes", "/home/u/shop", "all"]);
    for Changed { project, before: was, after: is } in &expected.items {
        let of = |rows: &[Row]| rows.iter().find(|row| row.name() == project).map(amounts);
        assert_eq!(was.as_ref().map(amounts), of(&before), "{project} before");
        assert_eq!(is.as_ref().map(amounts), of(&after), "{project} after");
    }
    server.stop();
}

/// Returns what previews and reports have in common.
fn amounts(row: &Row) -> (u64, u64, Option<ctm_types::PicoUsd>) {
    (row.responses, row.total_tokens, row.cost_usd)
}

#[test]
fn a_preview_of_an_invalid_change_is_refused() {
    let (_place, server) = everyday();
    check_problem(&preview(&server, &json!({"": "x"})), 400, "/api/v1/projects/rules/preview");
    server.stop();
}

#[test]
fn changes_are_undone_one_by_one_to_the_former_totals() {
    let (place, mut server) = everyday();
    let mut states = vec![totals(&server)];
    assert_eq!(server.json("projects/rules")["undo"], Value::Null);
    for change in [json!({"/home/u/shop": "all", "/home/u/notes": "all"}), json!({"/home/u/notes": "other"})]
    {
        assert_eq!(patch(&server, &version(&server), &change).status, 200);
        states.push(totals(&server));
    }
    while let Some(expected) = states.pop() {
        assert_eq!(totals(&server), expected);
        // Also after a restart.
        server.stop();
        server = Running::at(NOW, &place, &[]);
        let undo = server.json("projects/rules")["undo"].clone();
        assert_eq!(undo.is_null(), states.is_empty());
        if !undo.is_null() {
            assert_eq!(patch(&server, &version(&server), &undo).status, 200);
        }
    }
    assert_eq!(fs::read_to_string(config(&place)).unwrap(), "[project]\n");

    // A manual change is not undone.
    assert_eq!(patch(&server, &version(&server), &json!({"/home/u/shop": "mine"})).status, 200);
    write_config(&place, "[project]\nyours = '/home/u/shop'\n");
    wait_for(|| (server.json("projects/rules")["folders"]["/home/u/shop"] == "yours").then_some(()));
    assert_eq!(server.json("projects/rules")["undo"], Value::Null);
    server.stop();
}
