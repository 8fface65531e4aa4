//! Attacks by names in transcripts, by addresses, and by what a service answers.
//!
//! | attack | tests besides those below |
//! |---|---|
//! | names that are ranges, mapped, translated and other addresses of private networks | `address`, `resolver` |
//! | a name with a public address that becomes a private one | `http::the_address_that_was_checked_is_the_one_that_is_connected_to` |
//! | redirects, endless and broken answers, secrets in answers | `errors` |
//! | mentions, links and markup of a service | `templates::names_are_no_markup_and_mention_no_one` |
//! | lines and recipients of a mail | `mail::no_name_adds_a_header_or_a_recipient` |
//! | arguments of commands | `commands` |

use crate::config::{NOW, channel, notice, with_report};
use crate::server::{Received, Server};
use ctm_config::channel::{HttpKind, Need};
use ctm_notify::Notice;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::TcpListener;

/// Forms of addresses of this machine that a resolver, or the library of an address, may take as one.
const OF_THIS_MACHINE: [&str; 13] = [
    "127.0.0.1",
    "127.1",
    "127.255.255.254",
    "0177.0.0.1",
    "0x7f.0.0.1",
    "0x7f000001",
    "2130706433",
    "localhost",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
];

#[test]
fn no_form_of_an_address_of_this_machine_is_connected_to() {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    for host in OF_THIS_MACHINE {
        let service = format!("kind = 'slack'\nurl = 'http://{host}:{port}/a'\nallow_http = true");
        let bare = host.trim_matches(['[', ']']);
        let mail = format!(
            "kind = 'smtp'\nhost = '{bare}'\nport = {port}\nfrom = 'a@b.example'\nto = ['a@b.example']"
        );
        for lines in [service, mail] {
            let failure = channel(&lines).send(&notice(), NOW).unwrap_err();
            assert!(
                ["is not connected to", "cannot be resolved"].iter().any(|part| failure.text.contains(part)),
                "{lines}: {failure:?}"
            );
        }
    }
    assert!(listener.accept().is_err(), "a connection was made");
}

/// What a project, a model or a session may be called.
const NAMES: [&str; 6] = [
    "a\r\nX-Forged: 1\r\n\r\n{}",
    "\", \"text\": \"forged\", \"x\": \"\\",
    "{title} {{7*7}} ${HOME} $(id) `id` %s %n",
    "\u{0}\u{1}\u{1b}[31m\u{7f}\u{85}\u{2028}\u{202e}",
    "<!channel> <@U1> @everyone @here [a](https://b.example) <at user_id=\"all\"></at>",
    "]]><script>alert(1)</script>&amp;",
];

/// Returns the only request of a notice to a service.
fn sent(kind: HttpKind, notice: &Notice) -> Received {
    let answer = r#"{"code":0,"errcode":0}"#;
    let length = answer.len();
    let server = Server::answering(&format!(
        "200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{answer}"
    ));
    let mut lines = format!("kind = '{}'\nallow_private = true\nallow_http = true\n", kind.name());
    lines.push_str(&format!("url = 'http://{}/a/b'\n", server.address));
    for (key, need) in [("token", kind.token()), ("secret", kind.secret())] {
        if need != Need::None {
            lines.push_str(&format!("{key} = 'hush'\n"));
        }
    }
    if kind == HttpKind::Telegram {
        lines.push_str("chat = '1'\n");
    }
    channel(&lines).send(notice, NOW).unwrap();
    let [received] = &server.received()[..] else { panic!("not one request: {kind:?}") };
    received.clone()
}

/// Returns the paths of all values of a body, each with whether it is a text.
fn shape(body: &Value) -> BTreeMap<String, bool> {
    fn add(path: &str, value: &Value, paths: &mut BTreeMap<String, bool>) {
        match value {
            Value::Object(fields) => {
                fields.iter().for_each(|(key, value)| add(&format!("{path}/{key}"), value, paths));
            }
            Value::Array(items) => items.iter().for_each(|value| add(&format!("{path}/-"), value, paths)),
            value => _ = paths.insert(path.to_owned(), value.is_string()),
        }
    }
    let mut paths = BTreeMap::new();
    add("", body, &mut paths);
    paths
}

#[test]
fn no_name_adds_a_header_or_a_field_or_is_expanded() {
    for (_, kind) in HttpKind::ALL {
        let harmless = sent(kind, &with_report());
        let names_of = |received: &Received| received.headers.keys().cloned().collect::<Vec<_>>();
        for name in NAMES {
            let mut attack = with_report();
            for text in [&mut attack.rule, &mut attack.title, &mut attack.text, &mut attack.kind] {
                *text = name.to_owned();
            }
            let received = sent(kind, &attack);
            assert_eq!(names_of(&received), names_of(&harmless), "{kind:?} {name:?}");
            let body: Value = serde_json::from_str(&received.body).unwrap();
            let expected: Value = serde_json::from_str(&harmless.body).unwrap();
            assert_eq!(shape(&body), shape(&expected), "{kind:?} {name:?}");
            let is_raw = |char: char| char.is_control() && char != '\n';
            assert!(!received.body.contains(is_raw), "{kind:?} {name:?}: {}", received.body);
        }
        let placeholders = Notice { title: NAMES[2].to_owned(), ..notice() };
        let body = sent(kind, &placeholders).body.replace('\\', "");
        assert!(body.contains("{title} {{7*7}} ${HOME} $(id) `id` %s %n"), "{kind:?}: {body}");
    }
}
