//! Alerts as channels receive them from `ctm serve`.

use crate::http::{Answer, get, host, request_with};
use crate::place::{Place, response};
use crate::process::Process;
use crate::running::wait_for;
use chrono::{DateTime, Days, TimeDelta, Utc};
use ctm_report::clock::Clock;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

/// Answers one request of a channel, and returns its body.
fn receiver(status: &'static str) -> (SocketAddr, JoinHandle<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let received = thread::spawn(move || {
        let (body, stream) = next_request(&listener);
        answer(stream, status);
        body
    });
    (address, received)
}

/// Returns the body of the next request of a channel, and the connection that waits for the answer.
fn next_request(listener: &TcpListener) -> (Value, TcpStream) {
    let (stream, _) = listener.accept().unwrap();
    (body(&stream), stream)
}

/// Reads a request; returns its body.
fn body(stream: &TcpStream) -> Value {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    serde_json::from_slice(&body).unwrap()
}

fn answer(mut stream: TcpStream, status: &str) {
    stream.write_all(format!("HTTP/1.1 {status}\r\nconnection: close\r\n\r\n").as_bytes()).unwrap();
}

/// A place with a rule and the channels of a config file.
fn with_channels(channels: &str) -> Place {
    let place = Place::everyday();
    place.print(&["daily"]);
    place.print(&["alert", "add", "fast", "--watch", "spend_rate", "--usd-per-minute", "0.5"]);
    let folder = place.path().join(".config/ctm");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), channels).unwrap();
    place
}

fn webhook(address: SocketAddr) -> String {
    format!(
        "[[channel]]\nname = 'hook'\nkind = 'webhook'\nurl = 'http://{address}/path-hush'\ntoken = 'token-hush'\n\
         allow_http = true\nallow_private = true\n"
    )
}

/// Raises a test of the only rule.
fn test(server: &Process) -> Value {
    let rules = get(&format!("{}api/v1/alerts/rules", server.url())).json();
    let answer =
        post(server.url(), &format!("alerts/rules/{}/test", rules["items"][0]["id"].as_str().unwrap()));
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

/// Sends a change as a page of the server does.
fn post(url: &str, path: &str) -> Answer {
    let origin = format!("http://{}", host(url));
    let headers = [("content-type", "application/json"), ("origin", &*origin)];
    request_with("POST", &format!("{url}api/v1/{path}"), &headers, "")
}

/// Returns the title of a test.
fn test_title(text: &Value) -> Value {
    json!(format!("Test: {}", text["title"].as_str().unwrap()))
}

/// Waits until each delivery of the newest alert was attempted, and returns them.
fn attempted(server: &Process) -> Vec<Value> {
    wait_for(|| {
        let alerts = get(&format!("{}api/v1/alerts", server.url())).json();
        let deliveries = alerts["items"][0]["deliveries"].as_array()?.clone();
        deliveries.iter().all(|of| of["attempts"] != 0).then_some(deliveries)
    })
}

fn stop(server: Process) {
    server.signal(Signal::TERM);
    server.end();
}

#[test]
fn an_alert_is_sent_to_its_channels_and_their_answers_are_kept() {
    let (address, received) = receiver("204 No Content");
    let script = "[[channel]]\nname = 'script'\nkind = 'exec'\nlanguage = 'zh'\ncommand = ['sh', '-c', 'cat > received']\n";
    let place = with_channels(&(webhook(address) + script));
    let server = Process::serve(&place, &[]);
    let alert = test(&server);
    let body = received.join().unwrap();
    assert_eq!(
        [&body["id"], &body["title"], &body["rule"], &body["kind"], &body["is_test"]],
        [&alert["id"], &test_title(&alert["en"]), &json!("fast"), &json!("spend_rate"), &json!(true)]
    );
    let deliveries = attempted(&server);
    let shown: Vec<_> = deliveries.iter().map(|of| (&of["channel"], &of["state"], &of["answer"])).collect();
    assert_eq!(
        shown,
        [
            (&json!("hook"), &json!("sent"), &json!("webhook answers 204")),
            (&json!("script"), &json!("sent"), &json!("the command exits with 0"))
        ]
    );
    let body: Value =
        serde_json::from_str(&fs::read_to_string(place.path().join("received")).unwrap()).unwrap();
    let title = format!("测试：{}", alert["zh"]["title"].as_str().unwrap());
    assert_eq!((&body["id"], &body["title"]), (&alert["id"], &json!(title)));
    assert_eq!(body["report"], Value::Null);
    stop(server);
}

#[test]
fn a_summary_has_its_report_with_the_names_that_a_channel_permits() {
    let (address, received) = receiver("204 No Content");
    let script = "[[channel]]\nname = 'script'\nkind = 'exec'\nlanguage = 'zh'\nnames = 'shown'\n\
                  command = ['sh', '-c', 'cat > received']\n";
    let place = with_channels(&(webhook(address) + script));
    place.print(&["alert", "remove", "fast"]);
    place.print(&["alert", "add", "month", "--watch", "month_summary"]);
    // All of last month and what is before, so that it is the same month at any time of the test.
    for number in 1..70 {
        let at = (Clock::system().now() - Days::new(number)).format("%Y-%m-%dT%H:%M:%S.000Z").to_string();
        let line = response("secret-session", number as u32, 1_000, &at);
        let line = line.replace("/home/u/live", "/home/u/secret-project");
        place.append("projects/-secret/secret-session.jsonl", line.as_bytes());
    }
    place.print(&["daily"]);
    // The first evaluation raises the alert.
    let server = Process::serve(&place, &[]);
    let body = received.join().unwrap();
    attempted(&server);
    let alert = &get(&format!("{}api/v1/alerts", server.url())).json()["items"][0];
    assert_eq!([&body["id"], &body["title"]], [&alert["id"], &alert["en"]["title"]]);
    let report = body["report"].as_str().unwrap();
    assert!(report.starts_with("# Claude Code usage\n") && report.contains("| Project "), "{report}");
    assert!(!body.to_string().contains("secret"), "{body}");
    assert!(body["text"].as_str().unwrap().lines().count() >= 2, "{body}");
    let body: Value =
        serde_json::from_str(&fs::read_to_string(place.path().join("received")).unwrap()).unwrap();
    let report = body["report"].as_str().unwrap();
    assert!(report.starts_with("# Claude Code 用量\n") && report.contains("secret-project"), "{report}");
    stop(server);
}

#[test]
fn what_was_not_received_is_kept_and_shows_no_secret() {
    let (address, received) = receiver("503 token-hush");
    let place = with_channels(&webhook(address));
    let server = Process::serve(&place, &[]);
    test(&server);
    received.join().unwrap();
    let deliveries = attempted(&server);
    assert_eq!((&deliveries[0]["state"], &deliveries[0]["attempts"]), (&json!("pending"), &json!(1)));
    assert!(deliveries[0]["next_at"].is_string(), "{deliveries:?}");
    for path in ["alerts", "alerts/rules", "config", "health"] {
        let answer = get(&format!("{}api/v1/{path}", server.url()));
        assert!(!answer.body.contains("hush"), "{path}: {}", answer.body);
    }
    stop(server);
    let other = with_channels("[[channel]]\nname = 'a'\nkind = 'slack'\nurl_env = 'NOWHERE'\n");
    other
        .run(&["serve", "--port", "0"])
        .failed(2, &["channel `a`: `url_env`", "the variable `NOWHERE` is not set"]);
}

#[test]
fn an_alert_that_a_killed_server_was_sending_arrives_again_with_its_id_and_then_no_more() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = with_channels(&webhook(listener.local_addr().unwrap()));
    let server = Process::serve(&place, &[]);
    let alert = test(&server);
    let (body, waiting) = next_request(&listener);
    assert_eq!(body["id"], alert["id"]);
    // While it waits for the answer.
    server.signal(Signal::KILL);
    server.end();
    drop(waiting);
    let server = Process::serve(&place, &[]);
    let (body, stream) = next_request(&listener);
    assert_eq!(body["id"], alert["id"]);
    answer(stream, "204 No Content");
    let delivery = &attempted(&server)[0];
    assert_eq!((&delivery["state"], &delivery["attempts"]), (&json!("sent"), &json!(1)));
    server.signal(Signal::KILL);
    server.end();
    // The queue begins with the oldest alert: what comes next is another one.
    let server = Process::serve(&place, &[]);
    let other = test(&server);
    let (body, stream) = next_request(&listener);
    assert_eq!(body["id"], other["id"]);
    answer(stream, "204 No Content");
    assert_eq!(attempted(&server)[0]["state"], "sent");
    stop(server);
}

#[test]
fn a_busy_service_is_asked_again_when_it_says() {
    let (address, received) = receiver("429 Too Many Requests\r\nretry-after: 7200");
    let place = with_channels(&webhook(address));
    let server = Process::serve(&place, &[]);
    test(&server);
    received.join().unwrap();
    let delivery = &attempted(&server)[0];
    assert_eq!(delivery["state"], "pending");
    let [last, next] =
        ["last_at", "next_at"].map(|name| delivery[name].as_str().unwrap().parse::<DateTime<Utc>>().unwrap());
    assert_eq!(next - last, TimeDelta::hours(2));
    stop(server);
}

/// Without a channel the server has no connection but those of its clients, and runs no program.
#[cfg(target_os = "linux")]
#[test]
fn without_a_channel_no_socket_is_opened_and_no_program_runs() {
    let place = with_channels("");
    let server = Process::serve(&place, &[]);
    assert_eq!(test(&server)["deliveries"], json!([]));
    let port: u16 = host(server.url()).rsplit(':').next().unwrap().parse().unwrap();
    let folder = format!("/proc/{}", server.id());
    let links =
        fs::read_dir(format!("{folder}/fd")).unwrap().filter_map(|fd| fs::read_link(fd.ok()?.path()).ok());
    let names: Vec<_> = links.map(|link| link.to_string_lossy().into_owned()).collect();
    for table in ["tcp", "tcp6", "udp", "udp6"] {
        let Ok(lines) = fs::read_to_string(format!("{folder}/net/{table}")) else { continue };
        for line in lines.lines().skip(1) {
            let fields: Vec<_> = line.split_whitespace().collect();
            let local = u16::from_str_radix(fields[1].rsplit(':').next().unwrap(), 16).unwrap();
            assert!(!names.contains(&format!("socket:[{}]", fields[9])) || local == port, "{table}: {line}");
        }
    }
    for task in fs::read_dir(format!("{folder}/task")).unwrap() {
        assert_eq!(fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default(), "");
    }
    // The page faults of children that have ended, in the fields after the name of the program: there were none.
    let status = fs::read_to_string(format!("{folder}/stat")).unwrap();
    let fields: Vec<_> = status.rsplit_once(')').unwrap().1.split_whitespace().collect();
    assert_eq!([fields[8], fields[10]], ["0", "0"], "{status}");
    stop(server);
}

#[test]
fn no_log_export_backup_or_command_has_a_secret() {
    let (address, received) = receiver("503 no token-hush at /path-hush");
    let place = with_channels(&(webhook(address) + "secret = 'secret-hush'\n"));
    let log = place.path().join("log");
    let server = Process::spawn(
        place.ctm(&["serve", "--port", "0", "--log-level", "trace"]).stderr(fs::File::create(&log).unwrap()),
    );
    test(&server);
    received.join().unwrap();
    attempted(&server);
    for path in ["alerts", "config", "health", "openapi.json"] {
        let answer = get(&format!("{}api/v1/{path}", server.url()));
        assert!(!answer.body.contains("-hush"), "{path}: {}", answer.body);
    }
    server.signal(Signal::TERM);
    let output = server.output();
    assert!(output.contains("alert"), "{output}");
    assert!(!output.contains("-hush"), "{output}");
    assert!(!fs::read_to_string(&log).unwrap().contains("-hush"));
    for args in [
        &["settings"][..],
        &["doctor"],
        &["alert", "history", "--json"],
        &["alert", "channels", "--json"],
        &["db", "status"],
        &["export", "facts"],
        &["export", "--dataset", "responses", "--range", "all"],
        &["sql", "SELECT * FROM sqlite_schema"],
        &["openapi"],
    ] {
        let ran = place.run(args);
        assert!(!(ran.out + &ran.err).contains("-hush"), "{args:?}");
    }
    let backup = place.path().join("backup.db");
    place.print(&["db", "backup", backup.to_str().unwrap()]);
    for file in [backup, place.database()] {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(5).any(|part| part == b"-hush"), "{}", file.display());
    }
}

#[test]
fn channels_are_listed_without_their_secrets() {
    let bot =
        "[[channel]]\nname = 'bot'\nkind = 'telegram'\ntoken_env = 'NOWHERE'\nchat = '1'\nlanguage = 'zh'\n";
    let place = with_channels(&(webhook(([127, 0, 0, 1], 1).into()) + bot));
    let listed: Value = serde_json::from_str(&place.print(&["alert", "channels", "--json"])).unwrap();
    let [hook, bot] = [0, 1].map(|at| &listed["items"][at]);
    assert_eq!(*hook, json!({ "name": "hook", "kind": "webhook", "language": "en", "problem": null }));
    assert_eq!([&bot["name"], &bot["kind"], &bot["language"]], ["bot", "telegram", "zh"]);
    assert!(bot["problem"].as_str().unwrap().contains("the variable `NOWHERE` is not set"), "{bot}");
    let page = place.print(&["alert", "channels"]);
    assert!(page.contains("hook") && page.contains("telegram"), "{page}");
    assert!(!page.contains("hush") && !listed.to_string().contains("hush"), "{page}");
    let none = Place::everyday().print(&["alert", "channels"]);
    assert_eq!(none, "No channels. The config file has them as `[[channel]]`.\n");
}

#[track_caller]
fn refused(answer: &Answer, status: u16) {
    assert_eq!((answer.status, &answer.json()["status"]), (status, &json!(status)), "{answer:?}");
}

#[test]
fn a_channel_is_tested_over_rest_and_its_answer_returned() {
    let (address, received) = receiver("204 No Content");
    let script =
        "[[channel]]\nname = 'script'\nkind = 'exec'\nlanguage = 'zh'\ncommand = ['sh', '-c', 'exit 3']\n";
    let place = with_channels(&(webhook(address) + script));
    let server = Process::serve(&place, &[]);
    let listed = get(&format!("{}api/v1/alerts/channels", server.url()));
    assert_eq!(
        listed.json()["items"],
        json!([
            { "name": "hook", "kind": "webhook", "language": "en", "problem": null },
            { "name": "script", "kind": "exec", "language": "zh", "problem": null }
        ])
    );
    let answer = post(server.url(), "alerts/channels/hook/test");
    assert_eq!(answer.status, 200, "{answer:?}");
    let delivery = answer.json();
    assert_eq!(
        [&delivery["channel"], &delivery["state"], &delivery["attempts"], &delivery["answer"]],
        [&json!("hook"), &json!("sent"), &json!(1), &json!("webhook answers 204")]
    );
    let body = received.join().unwrap();
    assert_eq!(
        [&body["title"], &body["kind"], &body["rule"], &body["is_test"]],
        [&json!("Test of the channel hook"), &json!("channel"), &json!(""), &json!(true)]
    );
    // A failure is answered as well, and not repeated.
    let failed = post(server.url(), "alerts/channels/script/test").json();
    assert_eq!(
        [&failed["state"], &failed["answer"], &failed["next_at"]],
        [&json!("failed"), &json!("the command exits with 3"), &Value::Null]
    );
    let alerts = get(&format!("{}api/v1/alerts", server.url())).json();
    assert_eq!(alerts["items"], json!([]));
    assert!(!listed.body.contains("hush") && !answer.body.contains("hush"));
    stop(server);
}

#[test]
fn one_test_of_a_channel_is_sent_at_a_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = with_channels(&webhook(listener.local_addr().unwrap()));
    let server = Process::serve(&place, &[]);
    let url = server.url().to_owned();
    let first = thread::spawn(move || post(&url, "alerts/channels/hook/test"));
    let (_, stream) = next_request(&listener);
    let path = "/api/v1/alerts/channels/hook/test";
    refused(&post(server.url(), &path[8..]), 409);
    answer(stream, "204 No Content");
    assert_eq!(first.join().unwrap().json()["state"], "sent");
    stop(server);
}

#[test]
fn a_test_of_a_channel_is_refused_to_others_and_without_a_channel() {
    let place = with_channels(&webhook(([127, 0, 0, 1], 1).into()));
    let server = Process::serve(&place, &[]);
    let path = "/api/v1/alerts/channels/hook/test";
    let foreign = [("content-type", "application/json"), ("sec-fetch-site", "cross-site")];
    let url = format!("{}{}", server.url(), &path[1..]);
    refused(&request_with("POST", &url, &foreign, ""), 403);
    let none = post(server.url(), "alerts/channels/%E2%80%AEhook/test");
    assert_eq!(none.status, 404, "{none:?}");
    assert!(none.body.contains("no channel has the name") && !none.body.contains('\u{202e}'), "{none:?}");
    stop(server);
    // A demonstration has no channel, whatever the config file has.
    let server = Process::serve(&place, &["--demo"]);
    assert_eq!(get(&format!("{}api/v1/alerts/channels", server.url())).json()["items"], json!([]));
    refused(&post(server.url(), &path[8..]), 404);
    stop(server);
}
