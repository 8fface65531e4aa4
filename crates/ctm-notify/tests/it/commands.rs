//! Commands that receive notices.

#![cfg(unix)]

use crate::config::{NOW, channel, notice};
use ctm_notify::{SendFailure, Sent};
use serde_json::Value;

fn run(script: &str, arguments: &str) -> Result<Sent, SendFailure> {
    channel(&format!("kind = 'exec'\ncommand = ['sh', '-c', '''{script}''', 'sh'{arguments}]"))
        .send(&notice(), NOW)
}

#[test]
fn a_command_receives_the_notice_and_its_arguments_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("input");
    let script = format!("cat > {}; printf %s \"$1\"", path.display());
    let sent = run(&script, ", '$(id); `id` > x'").unwrap();
    assert_eq!(sent.text, "the command exits with 0: $(id); `id` > x");
    let input: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(input["id"], notice().id);
    assert_eq!(input["text"], notice().text);
}

#[test]
fn a_failed_command_is_tried_again_with_what_it_wrote() {
    let failure = run("echo out; echo err >&2; exit 3", "").unwrap_err();
    assert_eq!((failure.text.as_str(), failure.can_retry), (r"the command exits with 3: out\nerr", true));
    assert!(run("kill -9 $$", "").unwrap_err().text.contains("ended by a signal"));
    let missing = channel("kind = 'exec'\ncommand = ['/nowhere/notify']").send(&notice(), NOW).unwrap_err();
    assert!(!missing.can_retry && missing.text.contains("cannot be started"), "{missing:?}");
}

#[test]
fn much_output_and_unread_input_hold_nothing_up() {
    assert_eq!(run("exit 0", "").unwrap().text, "the command exits with 0");
    let sent = run("head -c 1000000 /dev/zero | tr '\\0' x", "").unwrap();
    assert!(sent.text.chars().count() <= 200);
    // A process that is left behind keeps the output open.
    assert!(run("sleep 5 & echo done", "").is_ok());
}
