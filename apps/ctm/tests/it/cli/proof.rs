//! `ctm prove` and `ctm verify`: bundles of sessions, and their check.

use super::facts::{CANARY, canaries};
use crate::place::{Place, response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;

const SESSION: &str = "11111111-1111-4111-8111-111111111111";

fn bundle(place: &Place, session: &str) -> Value {
    serde_json::from_str(&place.print(&["prove", "--session", session])).unwrap()
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a bundle to a file.
fn write(place: &Place, bundle: &Value) {
    fs::write(place.path().join("bundle.json"), bundle.to_string()).unwrap();
}

#[test]
fn every_session_is_proven_with_the_figures_of_its_report() {
    for place in [Place::everyday(), Place::tangled(7, 200_000).0, Place::generated(8, 200_000).0] {
        let sessions: Value = serde_json::from_str(&place.print(&["sessions", "--json"])).unwrap();
        let mut count = 0;
        for session in sessions["items"].as_array().unwrap() {
            let id = session["id"].as_str().unwrap();
            let ran = place.run(&["prove", "--session", id, "-o", "bundle.json", "--force", "--no-update"]);
            assert_eq!((ran.code, &*ran.out), (Some(0), ""), "{}", ran.err);
            let bundle: Value =
                serde_json::from_slice(&fs::read(place.path().join("bundle.json")).unwrap()).unwrap();
            let totals = &bundle["statement"]["totals"];
            for field in
                ["responses", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_1h_tokens"]
            {
                assert_eq!(totals[field], session[field], "{field} of {id}");
            }
            let cost = session["cost_usd"].to_string();
            assert!(cost == "null" || totals["cost_usd"] == json!(cost), "{cost} {totals}");
            let verified = place.run(&["verify", "bundle.json"]);
            assert_eq!((verified.code, &*verified.err), (Some(0), ""), "{}", verified.out);
            count += 1;
            if count == 12 {
                break;
            }
        }
        let own = place.run(&["verify", "bundle.json", "--against-home", "--no-update"]);
        assert_eq!(own.code, Some(0), "{}{}", own.out, own.err);
    }
}

#[test]
fn a_bundle_has_no_text_path_or_id() {
    let place = canaries();
    let text = place.print(&["prove", "--session", "canary-session"]);
    assert!(!text.contains(CANARY) && !text.contains(['@', '/', '\\']), "{text}");
    let everyday = Place::everyday();
    let text = everyday.print(&["prove", "--session", SESSION]);
    for part in ["msg_", "req_", SESSION, "/home", "jsonl", "shop"] {
        assert!(!text.contains(part), "{part} is in {text}");
    }
    // Who has the transcript can compute the hashes again.
    let bundle: Value = serde_json::from_str(&text).unwrap();
    let statement = &bundle["statement"];
    assert_eq!(statement["session"], json!(sha256(&format!("ctm-proof-1\nsession\n{SESSION}"))));
    let key = sha256(&format!("ctm-proof-1\nresponse\n{SESSION}\nmsg_everyday0000000000001"));
    let file = sha256(&format!("ctm-proof-1\nfile\n{SESSION}\n{SESSION}.jsonl"));
    let responses = statement["responses"].as_array().unwrap();
    let found = responses.iter().find(|of| of["key"] == json!(key)).unwrap();
    assert_eq!((&found["file"], &found["lines"]), (&json!(file), &json!(6)));
    assert_eq!(bundle, self::bundle(&everyday, SESSION), "the same facts are the same bundle");
}

#[test]
fn a_bundle_is_checked_without_a_home_and_a_database() {
    let place = Place::everyday();
    place.print(&["close", "--make-key", "proof.pem"]);
    let ran = place.run(&["prove", "--session", SESSION, "-o", "bundle.json", "--key", "proof.pem"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let text = fs::read(place.path().join("bundle.json")).unwrap();
    let bundle: Value = serde_json::from_slice(&text).unwrap();
    let public = bundle["signature"]["public_key"].as_str().unwrap();
    let elsewhere = Place::empty();
    fs::remove_dir_all(elsewhere.claude()).unwrap();
    fs::write(elsewhere.path().join("bundle.json"), &text).unwrap();
    let verified = elsewhere.run(&["verify", "bundle.json", "--signed-by", public]);
    assert_eq!((verified.code, &*verified.err), (Some(0), ""), "{}", verified.out);
    assert!(verified.out.contains("signature: holds: by the key "), "{}", verified.out);
    assert!(!elsewhere.database().exists());
    let other = elsewhere.run(&["verify", "bundle.json", "--signed-by", &"0".repeat(64)]);
    assert_eq!(other.code, Some(11), "{}", other.out);
    assert!(other.out.contains("signer: does not hold"), "{}", other.out);
}

#[test]
fn a_changed_bundle_does_not_hold() {
    let place = Place::everyday();
    let whole = bundle(&place, SESSION);
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 5] = [
        ("costs", |of| of["responses"][0]["parts"][0]["output_tokens"] = json!(7)),
        ("costs", |of| of["prices"][0]["output"] = json!(1)),
        ("totals", |of| drop(of["responses"].as_array_mut().unwrap().remove(0))),
        ("order", |of| {
            let copy = of["responses"][0].clone();
            of["responses"].as_array_mut().unwrap().push(copy);
        }),
        ("order", |of| of["responses"].as_array_mut().unwrap().reverse()),
    ];
    for (check, change) in changes {
        let mut changed = whole.clone();
        change(&mut changed["statement"]);
        write(&place, &changed);
        let verified = place.run(&["verify", "bundle.json", "--json"]);
        assert_eq!((verified.code, &*verified.err), (Some(11), ""));
        let verdict: Value = serde_json::from_str(&verified.out).unwrap();
        let failing: Vec<_> = verdict["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|finding| finding["holds"] == json!(false))
            .map(|finding| finding["check"].as_str().unwrap())
            .collect();
        assert!(failing.contains(&check) && failing.contains(&"digest"), "{check}: {failing:?}");
    }
}

#[test]
fn a_bundle_is_compared_with_the_facts_of_this_machine() {
    let place = Place::everyday();
    place.run(&["prove", "--session", SESSION, "-o", "bundle.json"]);
    place.print(&["verify", "bundle.json", "--against-home"]);
    let elsewhere = Place::empty();
    elsewhere.append("projects/-a/a.jsonl", response("live", 1, 5, "2026-03-20T10:00:00Z").as_bytes());
    fs::copy(place.path().join("bundle.json"), elsewhere.path().join("bundle.json")).unwrap();
    let verified = elsewhere.run(&["verify", "bundle.json", "--against-home"]);
    assert_eq!(verified.code, Some(11));
    assert!(verified.out.contains("the session is not known here"), "{}", verified.out);
    // A response that was added after the bundle was written.
    let added = response(SESSION, 1, 5, "2026-03-20T10:00:00Z");
    place.append(&format!("projects/-home-u-shop/{SESSION}.jsonl"), added.as_bytes());
    let verified = place.run(&["verify", "bundle.json", "--against-home"]);
    assert_eq!(verified.code, Some(11));
    assert!(verified.out.contains("is missing in the bundle"), "{}", verified.out);
}

#[test]
fn what_is_no_bundle_is_refused() {
    let place = Place::everyday();
    place.run(&["prove", "--session", "unknown"]).failed(2, &["unknown session `unknown`"]);
    place.run(&["verify", "missing.json"]).failed(1, &["cannot read `missing.json`"]);
    place.run(&["verify", "."]).failed(1, &["cannot read `.`"]);
    let deep = "[".repeat(200_000);
    let esc = "{\"format\":\"\u{1b}[2J\",\"version\":1}";
    for text in ["", "[]", "{\"format\":\"ctm-proof\",\"version\":1e999}", &deep, esc] {
        fs::write(place.path().join("bundle.json"), text).unwrap();
        place
            .run(&["verify", "bundle.json"])
            .failed(2, &["`bundle.json` cannot be checked: it is not a bundle"]);
    }
    fs::write(place.path().join("bundle.json"), "{\"format\":\"ctm-proof\",\"version\":7}").unwrap();
    place.run(&["verify", "bundle.json"]).failed(2, &["version 7; this program reads version 1"]);
}
