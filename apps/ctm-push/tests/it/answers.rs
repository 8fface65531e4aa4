//! Each answer of a hub, and its message.

use crate::hub::{Answer, CODE, Hub};
use crate::place::Place;
use serde_json::{Value, json};

fn enrolled() -> (Place, Hub) {
    let (place, hub) = (Place::with(2), Hub::new());
    place.print(&["enrol", &hub.url, CODE]);
    (place, hub)
}

/// What is taken in the end, after an answer that is repaired by itself.
#[test]
fn some_answers_are_repaired_at_once() {
    let fork = json!({ "code": "fork" });
    for (answer, pushes) in [(Answer::Status(409, fork), 2), (Answer::Status(413, Value::Null), 3)] {
        let (place, hub) = enrolled();
        hub.state().next.push_back(answer);
        assert_eq!(place.print(&[]), format!("{}: 2 responses pushed", hub.url));
        assert_eq!(hub.counts(), (2, pushes));
    }
    let (mut place, hub) = enrolled();
    place.print(&[]);
    place.read(1);
    hub.state().next.push_back(Answer::Status(409, json!({ "code": "behind", "acked": 1 })));
    assert_eq!(place.print(&[]), format!("{}: 2 responses pushed", hub.url));
    assert_eq!(hub.state().claims.len(), 3);
}

#[test]
fn some_answers_are_tried_again_later() {
    for (answer, reason) in [
        (Answer::With(503, "Retry-After", "9".to_owned()), "answers 503; 0 responses pushed"),
        (Answer::With(429, "Retry-After", "soon".to_owned()), "answers 429"),
        (
            Answer::Status(500, json!({ "detail": "the disk\u{1b}[2J is full" })),
            r"answers 500: the disk\u{1b}",
        ),
        (Answer::Status(200, json!({ "acked": "all" })), "does not answer as a hub does"),
        (Answer::Status(404, Value::Null), "answers 404"),
    ] {
        let (place, hub) = enrolled();
        hub.state().next.push_back(answer);
        place.fails(&[], 1, reason);
        let log = place.print(&["log"]);
        assert_eq!(log.lines().count(), 1, "{log}");
        assert_eq!(place.print(&[]), format!("{}: 2 responses pushed", hub.url));
    }
}

#[test]
fn some_answers_stop_the_program() {
    for (answer, reason) in [
        (Answer::Status(410, Value::Null), "this machine was removed from the hub"),
        (Answer::Status(426, json!({ "detail": "versions 2 to 3" })), "the hub reads versions 2 to 3"),
    ] {
        let (place, hub) = enrolled();
        hub.state().next.push_back(answer);
        place.fails(&[], 1, reason);
        let asked = hub.state().requests.len();
        place.fails(&[], 1, "enrol this machine again");
        place.fails(&["daemon"], 1, reason);
        assert_eq!(hub.state().requests.len(), asked, "nothing is asked any more");
        assert!(place.print(&["status"]).contains("  Stopped    "));
        // Another enrolment begins anew.
        place.print(&["enrol", &hub.url, CODE]);
        assert_eq!(place.print(&[]), format!("{}: 2 responses pushed", hub.url));
    }
}

#[test]
fn refused_responses_are_set_aside_and_shown() {
    let (place, hub) = enrolled();
    let refused = json!({ "r": 1, "reason": "its time is ahead" });
    let taken = json!({ "acked": 2, "taken": 1, "refused": [refused], "receipt": "ab", "again_after_ms": 60_000,
                        "most": 5_000 });
    hub.state().next.push_back(Answer::Status(200, taken));
    assert_eq!(place.print(&[]), format!("{}: 1 response pushed", hub.url));
    let page = place.print(&["status"]);
    assert!(page.contains("  Refused    1 response") && page.contains("its time is ahead"), "{page}");
}

#[test]
fn a_token_is_sent_to_its_hub_alone() {
    let (place, hub) = enrolled();
    let elsewhere = Hub::new();
    hub.state().next.push_back(Answer::With(307, "Location", format!("{}/api/v1/push", elsewhere.url)));
    place.fails(&[], 1, "answers 307");
    assert_eq!(elsewhere.state().requests.len(), 0);
}

#[test]
fn what_cannot_be_is_refused_with_what_to_do() {
    let (place, hub) = enrolled();
    place.fails(&["enrol", "http://hub.example", CODE], 2, "--insecure-http");
    place.fails(&["enrol", "hub.example", CODE], 2, "https://hub.example");
    place.fails(&["enrol", &hub.url, "other"], 1, "answers 403: the code is unknown, expired or used up");
    place.fails(&["now", "--url", "https://other.example"], 2, "is not enrolled at");
    let certificate = place.dir.path().join("hub.pem");
    std::fs::write(&certificate, "nothing").unwrap();
    let enrol = ["enrol", &hub.url, CODE, "--certificate", certificate.to_str().unwrap()];
    place.fails(&enrol, 2, "no certificate in PEM form");
    std::fs::remove_file(place.dir.path().join(format!("push-{}.token", "0f".repeat(16)))).unwrap();
    place.fails(&[], 1, "enrol this machine again");
    place.fails(&["forget"], 1, "enrol this machine again");
    let ended = place.print(&["forget", "--only-here"]);
    assert!(ended.ends_with("Its usage on the hub stays."), "{ended}");
    // The hub of a machine that has no token any more is not asked.
    assert!(hub.state().requests.iter().all(|request| !request.line.starts_with("DELETE")));
}
