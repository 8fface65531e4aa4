//! Read-only links: what each scope reads, and attempts to read more.

use crate::http::{Answer, host, request, request_with};
use crate::place::Place;
use crate::running::Running;
use crate::socket::Socket;
use ctm_personal::{Link, LinkScope, Personal};
use ctm_report::clock::Clock;
use ctm_storage::Store;
use ctm_types::EpochMs;
use serde_json::{Value, json};
use std::fs;
use tokio::runtime::Runtime;

pub(super) const TOKEN: &str = "correct-horse-battery-staple";
pub(super) const BEARER: (&str, &str) = ("authorization", "Bearer correct-horse-battery-staple");
pub(super) const JSON: (&str, &str) = ("content-type", "application/json");

/// Output tokens of the project of the scope, of another one of the same home, and of another home.
const OUTPUT: [u64; 3] = [1_000, 20_000, 300_000];

/// Routes that a link of any scope reads.
const WITHIN: [&str; 12] = [
    "stats",
    "report",
    "report?format=md",
    "report?format=html",
    "stats/daily",
    "stats/models",
    "stats/projects",
    "stats/trends",
    "stats/activity",
    "stats/tools",
    "sessions",
    "now",
];

/// Routes that no link reads.
const BEYOND: [&str; 21] = [
    "alerts",
    "alerts/rules",
    "alerts/channels",
    "config",
    "audit",
    "links",
    "machines",
    "seals",
    "team",
    "openapi.json",
    "projects/folders",
    "projects/rules",
    "responses",
    "responses/msg_1",
    "sessions/live-0",
    "sessions/live-0/responses",
    "stats/history",
    "stats/sources",
    "export",
    "nothing",
    "",
];

/// A server with two homes and three projects.
struct World {
    place: Place,
    other_home: String,
    server: Running,
}

impl World {
    fn new(token: &[(&'static str, &str)]) -> Self {
        let place = Place::empty();
        let other = place.path().canonicalize().unwrap().join("other");
        let line = |number: usize, project: &str| {
            format!(
                "{{\"type\":\"assistant\",\"timestamp\":\"2026-03-10T10:00:0{number}.000Z\",\"sessionId\":\"live-{number}\",\
                 \"cwd\":\"{project}\",\"gitBranch\":\"branch-{number}\",\"requestId\":\"req_{number}\",\"message\":{{\"id\":\"msg_{number}\",\
                 \"model\":\"claude-sonnet-4-5-20250929\",\"stop_reason\":\"end_turn\",\"usage\":{{\"input_tokens\":0,\
                 \"output_tokens\":{}}}}}}}\n",
                OUTPUT[number]
            )
        };
        place.append("projects/a/live-0.jsonl", line(0, "/src/web").as_bytes());
        place.append("projects/b/live-1.jsonl", line(1, "/src/vault").as_bytes());
        fs::create_dir_all(other.join("projects/c")).unwrap();
        fs::write(other.join("projects/c/live-2.jsonl"), line(2, "/src/mine")).unwrap();
        let homes = format!("{},{}", place.claude().display(), other.display());
        let flags = [&[("claude_dir", homes.as_str())][..], token].concat();
        let server = Running::start(Clock::system(), &place, &flags);
        Self { other_home: other.to_str().unwrap().to_owned(), place, server }
    }

    fn closed() -> Self {
        Self::new(&[("auth_token", TOKEN)])
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.url())
    }

    /// Creates a link and returns its id and its cookie.
    #[track_caller]
    fn open(&self, body: &Value) -> (String, String) {
        let link = request_with("POST", &self.url("api/v1/links"), &[BEARER, JSON], &body.to_string());
        assert_eq!(link.status, 201, "{}", link.body);
        let link = link.json();
        let secret = link["path"].as_str().unwrap().strip_prefix("/link#").unwrap();
        let opened = self.exchange(secret);
        assert_eq!(opened.status, 204, "{}", opened.body);
        (link["id"].as_str().unwrap().to_owned(), cookie_of(&opened))
    }

    /// Sends a secret as the page of a link does.
    fn exchange(&self, secret: &str) -> Answer {
        let body = json!({ "secret": secret }).to_string();
        request_with("POST", &self.url("link"), &[JSON], &body)
    }

    fn visit(&self, cookie: &str, path: &str) -> Answer {
        request("GET", &self.url(path), &[("cookie", cookie)])
    }

    #[track_caller]
    fn output(&self, cookie: &str, query: &str) -> u64 {
        let stats = self.visit(cookie, &format!("api/v1/stats?{query}"));
        assert_eq!(stats.status, 200, "{}", stats.body);
        stats.json()["totals"]["output_tokens"].as_u64().unwrap()
    }

    /// Stores a link as it was created some time ago, and returns its secret.
    fn store(&self, hours: u32, created: EpochMs) -> String {
        let (link, secret) = Link::create("Earlier", LinkScope::Everything, true, hours, created);
        Runtime::new().unwrap().block_on(async {
            let store = Store::open(&self.place.database(), &[]).await.unwrap();
            Personal::new(store.clone()).add(&link, created).await.unwrap();
            store.close().await;
        });
        secret
    }
}

pub(super) fn cookie_of(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

pub(super) fn scope(scope: &str, of: Option<&str>, names: bool) -> Value {
    json!({"name": "Lead", "scope": scope, "of": of, "names": names, "hours": 1})
}

#[test]
fn without_a_token_there_are_no_links() {
    let world = World::new(&[]);
    let own = format!("http://{}", host(&world.server.url()));
    let body = scope("everything", None, true).to_string();
    let refused = request_with("POST", &world.url("api/v1/links"), &[JSON, ("origin", &own)], &body);
    assert_eq!(refused.status, 403);
    assert!(refused.body.contains("CTM_AUTH_TOKEN"), "{}", refused.body);
    assert_eq!(world.server.json("links"), json!({"allowed": false, "items": []}));
    assert_eq!(world.exchange(&"0".repeat(64)).status, 403);
    let ran = world.place.run(&["link", "add", "Lead"]);
    ran.failed(2, &["needs a server with a token"]);
    world.server.stop();
}

#[test]
fn every_answer_is_within_the_scope_whatever_is_asked() {
    let world = World::closed();
    let (_, project) = world.open(&scope("project", Some("/src/web"), true));
    let (_, home) = world.open(&scope("home", Some(world.place.claude().to_str().unwrap()), true));
    let (_, everything) = world.open(&scope("everything", None, true));
    let other = &world.other_home;
    for query in [
        String::new(),
        "project=%2Fsrc%2Fvault".to_owned(),
        "project=%2Fsrc%2Fweb&project=%2Fsrc%2Fvault".to_owned(),
        "pro%6Aect=%2Fsrc%2Fvault".to_owned(),
        "project=".to_owned(),
        "range=all&compare=none".to_owned(),
    ] {
        assert_eq!(world.output(&project, &query), OUTPUT[0], "{query}");
    }
    assert_eq!(world.output(&project, &format!("home={other}")), 0);
    for query in
        [String::new(), format!("home={other}"), format!("source={other}"), format!("hom%65={other}")]
    {
        assert_eq!(world.output(&home, &query), OUTPUT[0] + OUTPUT[1], "{query}");
    }
    assert_eq!(world.output(&everything, ""), OUTPUT.iter().sum::<u64>());
    for path in WITHIN {
        let answer = world.visit(&project, &format!("api/v1/{path}"));
        assert_eq!(
            (answer.status, answer.header("cache-control")),
            (200, "no-store"),
            "{path}: {}",
            answer.body
        );
        assert_eq!(answer.header("etag"), "", "{path}");
        for secret in ["vault", "mine", "live-1", "live-2", "branch-1"] {
            assert!(!answer.body.contains(secret), "{path}: {secret} in {}", answer.body);
        }
        let answer = world.visit(&home, &format!("api/v1/{path}"));
        for secret in ["mine", "live-2", "branch-2", other.as_str()] {
            assert!(!answer.body.contains(secret), "{path}: {secret} in {}", answer.body);
        }
    }
    for path in ["blocks", "limits", "limits/calibration"] {
        assert_eq!(world.visit(&project, &format!("api/v1/{path}")).status, 403, "{path}");
        assert_eq!(world.visit(&home, &format!("api/v1/{path}")).status, 200, "{path}");
    }
    world.server.stop();
}

#[test]
fn other_routes_and_methods_are_refused_for_every_scope() {
    let world = World::closed();
    let web = "/src/web";
    let scopes = [
        scope("everything", None, true),
        scope("everything", None, false),
        scope("project", Some(web), true),
    ];
    for body in scopes {
        let (id, cookie) = world.open(&body);
        for path in BEYOND {
            assert_eq!(world.visit(&cookie, &format!("api/v1/{path}")).status, 403, "{path}");
        }
        for path in [
            "metrics",
            "%6Detrics",
            "api/v1/%63onfig",
            "%61pi/v1/config",
            "api%2Fv1/config",
            "api/v1//config",
        ] {
            let answer = world.visit(&cookie, path);
            assert!(answer.status == 403 || answer.status == 404, "{path}: {}", answer.status);
        }
        let own = format!("http://{}", host(&world.server.url()));
        let headers = [("cookie", cookie.as_str()), ("origin", own.as_str()), JSON];
        let send = |method: &str, path: &str, body: &str| {
            request_with(method, &world.url(&format!("api/v1/{path}")), &headers, body).status
        };
        assert_eq!(send("POST", "export", r#"{"dataset":"daily","format":"csv"}"#), 403);
        assert_eq!(send("POST", "links", &body.to_string()), 403);
        assert_eq!(send("DELETE", &format!("links/{id}"), ""), 403);
        assert_eq!(send("POST", "alerts/channels/phone/test", ""), 403);
        assert_eq!(send("PATCH", "projects/rules", r#"{"folders":{}}"#), 403);
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            assert_eq!(send(method, "stats", ""), 403, "{method}");
        }
    }
    world.server.stop();
}

#[test]
fn a_link_without_names_discloses_none() {
    let world = World::closed();
    let (_, cookie) = world.open(&scope("everything", None, false));
    let paths = WITHIN.iter().copied().chain([
        "blocks",
        "limits",
        "limits/calibration",
        "health",
        "stats/trends?group=project",
    ]);
    for path in paths {
        let answer = world.visit(&cookie, &format!("api/v1/{path}"));
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let folder = world.place.path().to_str().unwrap();
        for secret in ["/src", "/mine", "vault", "\"web\"", "branch-", "ctm.db", folder] {
            assert!(!answer.body.contains(secret), "{path}: {secret} in {}", answer.body);
        }
    }
    let projects = world.visit(&cookie, "api/v1/stats/projects").json();
    let mut names: Vec<_> =
        projects["items"].as_array().unwrap().iter().map(|item| item["project"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Project A", "Project B", "Project C"]);
    let of_aliases: u64 =
        names.iter().map(|name| world.output(&cookie, &format!("project={}", name.replace(' ', "+")))).sum();
    assert_eq!(of_aliases, OUTPUT.iter().sum::<u64>());
    // A guessed name is not confirmed.
    assert_eq!(world.output(&cookie, "project=%2Fsrc%2Fvault"), 0);
    for query in ["cwd=%2Fsrc%2Fvault", "home=claude", "cursor=a"] {
        assert_eq!(world.visit(&cookie, &format!("api/v1/stats?{query}")).status, 403, "{query}");
    }
    world.server.stop();
}

#[test]
fn a_link_ends_on_time_and_when_it_is_removed() {
    let world = World::closed();
    let now = Clock::system().now_ms();
    let hour = 3_600_000;
    assert_eq!(world.exchange(&world.store(1, EpochMs(now.0 - hour))).status, 401);

    let (id, cookie) = world.open(&scope("everything", None, true));
    let listed = || request("GET", &world.url("api/v1/links"), &[BEARER]).json()["items"].clone();
    assert_eq!(world.visit(&cookie, "api/v1/stats").status, 200);
    let link = listed().as_array().unwrap().iter().find(|link| link["id"] == id.as_str()).unwrap().clone();
    assert!(link["last_used_at"].is_string() && link["expired"] == false, "{link}");
    let health = world.visit(&cookie, "api/v1/health").json();
    assert_eq!(health["read_only"], json!({"scope": "everything", "names": true, "until": link["ends_at"]}));

    let mut socket = Socket::with_cookie(&world.server.url(), &cookie);
    assert_eq!(socket.next()["type"], "connected");
    let removed = request("DELETE", &world.url(&format!("api/v1/links/{id}")), &[BEARER]);
    assert_eq!(removed.status, 200, "{}", removed.body);
    assert_eq!(world.visit(&cookie, "api/v1/stats").status, 401);
    socket.send(r#"{"v":1,"type":"subscribe","data":{"topics":["stats","health"]}}"#);
    assert_eq!(socket.close_code(), 4004);
    world.server.stop();
}

#[test]
fn an_open_websocket_ends_with_its_link_and_has_no_figures() {
    let world = World::closed();
    let now = Clock::system().now_ms();
    let soon = 3_000;
    let opened = world.exchange(&world.store(1, EpochMs(now.0 - 3_600_000 + soon)));
    assert_eq!(opened.status, 204, "{}", opened.body);
    let mut socket = Socket::with_cookie(&world.server.url(), &cookie_of(&opened));
    assert_eq!(socket.next()["type"], "connected");
    let first = socket.next();
    assert_eq!(first["type"], "data_update");
    assert_eq!(first["data"].as_object().unwrap().keys().collect::<Vec<_>>(), ["data_version"]);
    assert_eq!(socket.close_code(), 4004);
    world.server.stop();
}

#[test]
fn guesses_and_secrets_in_addresses_are_refused() {
    let world = World::closed();
    let (id, cookie) = world.open(&scope("everything", None, true));
    let name = cookie.split('=').next().unwrap();
    for value in
        [id.clone(), format!("{id}."), format!("{id}.{}", "0".repeat(64)), format!(".{}", "0".repeat(64))]
    {
        let guess = format!("{name}={value}");
        assert_eq!(world.visit(&guess, "api/v1/stats").status, 401, "{guess}");
    }
    assert_eq!(world.visit(&cookie, "api/v1/stats?secret=s").status, 400);
    for _ in 0..5 {
        assert_eq!(world.exchange(&"0".repeat(64)).status, 401);
    }
    assert_eq!(world.exchange(&"0".repeat(64)).status, 429);
    world.server.stop();
}

#[test]
fn the_command_line_creates_lists_and_removes_links() {
    let place = Place::everyday();
    let run = |args: &[&str]| crate::place::Ran::of(place.ctm(args).env("CTM_AUTH_TOKEN", TOKEN));
    let added = run(&["link", "add", "Lead", "--project", "/home/u/shop", "--hours", "2"]);
    assert_eq!((added.code, added.err.as_str()), (Some(0), ""), "{}", added.out);
    let secret = added.out.strip_prefix("/link#").unwrap().lines().next().unwrap().to_owned();
    assert_eq!(secret.len(), 64);
    let listed = run(&["link", "list", "--json"]).out;
    assert!(!listed.contains(&secret), "{listed}");
    let links: Value = serde_json::from_str(&listed).unwrap();
    let found = (&links[0]["name"], &links[0]["scope"], &links[0]["of"], &links[0]["names"]);
    assert_eq!(found, (&json!("Lead"), &json!("project"), &json!("/home/u/shop"), &json!(false)));
    assert!(run(&["link", "list"]).out.contains("Lead"));
    let id = links[0]["id"].as_str().unwrap();
    assert_eq!(run(&["link", "remove", id]).out, "Removed the link \"Lead\".\n");
    run(&["link", "remove", id]).failed(2, &["no link has the id"]);
    assert!(run(&["link", "list"]).out.starts_with("No links."));
}
