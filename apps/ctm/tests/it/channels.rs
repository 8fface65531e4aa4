//! Alerts as channels receive them from `ctm serve`.

use crate::http::{Answer, get, host, request_with};
use crate::place::Place;
use crate::process::Process;
use crate::running::wait_for;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

/// Answers one request of a channel, and returns its body.
fn receiver(answer: &'static str) -> (SocketAddr, JoinHandle<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let received = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
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
        stream.write_all(format!("HTTP/1.1 {answer}\r\nconnection: close\r\n\r\n").as_bytes()).unwrap();
        serde_json::from_slice(&body).unwrap()
    });
    (address, received)
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
    let path = format!("api/v1/alerts/rules/{}/test", rules["items"][0]["id"].as_str().unwrap());
    let origin = format!("http://{}", host(server.url()));
    let headers = [("content-type", "application/json"), ("origin", &*origin)];
    let answer: Answer = request_with("POST", &format!("{}{path}", server.url()), &headers, "");
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
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
        [&alert["id"], &alert["en"]["title"], &json!("fast"), &json!("spend_rate"), &json!(true)]
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
    assert_eq!((&body["id"], &body["title"]), (&alert["id"], &alert["zh"]["title"]));
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

/// Without a channel the server has no connection but those of its clients.
#[cfg(target_os = "linux")]
#[test]
fn without_a_channel_no_socket_is_opened() {
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
    stop(server);
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
