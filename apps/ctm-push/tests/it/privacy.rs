//! What is sent, at each level.

use crate::hub::{CODE, Hub, Request};
use crate::place::{CANARY, Place};
use serde_json::Value;

/// Returns a push without the time at which it was written.
fn timeless(body: &str) -> Vec<Value> {
    let mut lines: Vec<Value> = body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines[0]["at"] = Value::Null;
    lines
}

#[test]
fn no_path_branch_id_or_tool_is_sent_at_any_level() {
    for level in ["totals", "hashed", "names"] {
        let (mut place, hub) = (Place::with(3), Hub::new());
        place.print(&["enrol", &hub.url, CODE, "--level", level]);
        place.print(&[]);
        place.read(2);
        place.print(&[]);
        let requests: Vec<Request> = hub.state().requests.clone();
        assert_eq!(hub.state().claims.len(), 5);
        let sent = format!("{requests:?}");
        assert!(!sent.contains(CANARY), "{level}: {sent}");
        assert!(sent.contains(&format!("\\\"level\\\":\\\"{level}\\\"")), "{sent}");
        assert_eq!(sent.contains("\\\"project\\\":\\\"work\\\""), level == "names", "{sent}");
    }
}

#[test]
fn a_dry_run_prints_what_the_push_contains_and_sends_nothing() {
    let (place, hub) = (Place::with(3), Hub::new());
    place.print(&["enrol", &hub.url, CODE]);
    let asked = hub.state().requests.len();
    let shown = place.print(&["--dry-run"]);
    assert_eq!(hub.state().requests.len(), asked);
    place.print(&[]);
    assert_eq!(timeless(&shown), timeless(&hub.pushes()[0]));
}

#[test]
fn the_stricter_level_holds() {
    for (hub_level, own, expected) in [("totals", "names", "totals"), ("names", "hashed", "hashed")] {
        let (place, hub) = (Place::with(1), Hub::new());
        hub.state().level = hub_level;
        let enrolled = place.print(&["enrol", &hub.url, CODE, "--level", own]);
        assert!(enrolled.contains(&format!("level {expected}")), "{enrolled}");
        place.print(&[]);
        assert!(hub.pushes()[0].contains(&format!("\"level\":\"{expected}\"")));
    }
}
