//! `ctm close`: sealed months, what changed of them since, and their check.

use crate::place::{Place, response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

/// The file of a session of the everyday home.
const TRANSCRIPT: &str = "projects/-home-u-live/live.jsonl";

fn parsed(place: &Place, args: &[&str]) -> Value {
    serde_json::from_str(&place.print(args)).unwrap()
}

/// Seals a month, and returns it.
fn close(place: &Place, args: &[&str]) -> Value {
    parsed(place, &[&["close", "--json"], args].concat())["items"][0].clone()
}

/// Returns the digests of the facts, of the prices and of the days of a sealed month.
fn digests(sealed: &Value) -> [Value; 3] {
    let statement: Value = serde_json::from_str(sealed["statement"].as_str().unwrap()).unwrap();
    ["facts", "price_digest", "days"].map(|field| statement[field].clone())
}

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn states(place: &Place) -> Vec<Value> {
    let listed = parsed(place, &["close", "--json"]);
    listed["items"].as_array().unwrap().iter().map(|item| item["state"].clone()).collect()
}

/// Appends a response of March of the everyday home.
fn append(place: &Place, number: u32, output: u64, at: &str) {
    place.append(TRANSCRIPT, response("live", number, output, at).as_bytes());
}

#[test]
fn a_sealed_month_has_the_totals_of_its_report() {
    let tangled = Place::tangled(5, 300_000).0;
    let stress = Place::generated(6, 300_000).0;
    for (place, month, zone) in [
        (Place::everyday(), "2026-03", "UTC"),
        (Place::everyday(), "2026-03", "Asia/Kolkata"),
        (tangled, "2026-10", "America/New_York"),
        (stress, "2026-10", "Australia/Lord_Howe"),
    ] {
        let monthly = parsed(&place, &["monthly", "--json", "--tz", zone]);
        let months = monthly["days"].as_array().unwrap();
        let first = format!("{month}-01");
        let reported = months.iter().find(|row| row["date"] == first.as_str()).unwrap();
        let sealed = close(&place, &[month, "--tz", zone]);
        let totals = &sealed["totals"];
        for field in ["responses", "input_tokens", "output_tokens", "cache_read_tokens", "web_searches"] {
            assert_eq!(totals[field], reported[field], "{month} {field}");
        }
        for field in ["cache_write_5m_tokens", "cache_write_1h_tokens", "unpriced_tokens"] {
            assert_eq!(totals[field], reported[field], "{month} {field}");
        }
        assert_eq!(totals["cost_usd"].as_str().unwrap(), reported["cost_usd"].to_string());
        assert_eq!((&sealed["state"], &sealed["zone"]), (&json!("intact"), &json!(zone)));
        assert_eq!(totals, &sealed["present"]);
    }
}

#[test]
fn anybody_can_compute_a_seal_again() {
    let place = Place::everyday();
    let sealed = close(&place, &["2026-03"]);
    let statement = sealed["statement"].as_str().unwrap();
    assert_eq!(sealed["digest"], json!(sha256(statement)));
    let statement: Value = serde_json::from_str(statement).unwrap();
    let mut days = String::new();
    for day in statement["days"].as_array().unwrap() {
        let date = day["day"].as_str().unwrap();
        let lines = place.print(&["close", "--lines", date]);
        assert_eq!(day["digest"], json!(sha256(&lines)), "{lines}");
        days += &format!("{date} {}\n", sha256(&lines));
    }
    assert_eq!(statement["facts"], json!(sha256(&days)));
    // A line has the hash of its response's key.
    let everything = place.print(&["close", "--lines", "2026-03-07"]);
    assert!(everything.contains(&sha256("msg_everyday0000000000001")), "{everything}");
    assert!(!everything.contains("msg_") && !everything.contains("/home"), "{everything}");
}

#[test]
fn neither_the_order_of_reading_nor_a_rebuild_nor_a_restore_changes_a_digest() {
    let (place, _) = Place::generated(11, 200_000);
    let sealed = close(&place, &["2026-10"]);
    place.print(&["db", "rebuild"]);
    place.print(&["db", "vacuum"]);
    assert_eq!(states(&place), [json!("intact")]);
    place.print(&["db", "backup", "a.db"]);
    fs::remove_dir_all(place.path().join("data")).unwrap();
    place.print(&["db", "restore", "a.db"]);
    let restored = parsed(&place, &["close", "--json"])["items"][0].clone();
    assert_eq!((&restored["state"], &restored["digest"]), (&json!("intact"), &sealed["digest"]));
    // One transcript after the other, the last one first, into a database of its own.
    let other = Place::empty();
    let mut transcripts = place.transcripts();
    transcripts.reverse();
    for transcript in transcripts {
        let to = other.claude().join(transcript.strip_prefix(place.claude()).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        let whole = fs::read(&transcript).unwrap();
        fs::write(&to, &whole[..whole.len() / 2]).unwrap();
        other.run(&["daily"]);
        fs::write(&to, &whole).unwrap();
        other.run(&["daily"]);
    }
    assert_eq!(digests(&close(&other, &["2026-10"])), digests(&sealed));
    // Facts outlive their transcripts.
    fs::remove_dir_all(place.claude().join("projects")).unwrap();
    fs::create_dir(place.claude().join("projects")).unwrap();
    place.run(&["daily"]);
    assert_eq!(parsed(&place, &["close", "--json", "--no-update"])["items"][0]["state"], json!("intact"));
}

#[test]
fn what_changes_a_sealed_month_is_a_correction_and_noticed_once() {
    let place = Place::everyday();
    append(&place, 1, 100, "2026-03-20T10:00:00Z");
    close(&place, &["2026-03"]);
    close(&place, &["2026-04"]);
    assert_eq!(states(&place), [json!("intact"), json!("intact")]);
    // A transcript that is found later; a day of another month is no correction of this one.
    append(&place, 2, 50, "2026-03-21T10:00:00Z");
    append(&place, 3, 50, "2026-05-01T00:00:00Z");
    let checked = place.run(&["close", "--check", "--json"]);
    assert_eq!((checked.code, &*checked.err), (Some(10), ""));
    let checked: Value = serde_json::from_str(&checked.out).unwrap();
    assert_eq!(checked["items"][0]["corrections"][0]["noticed_at"], json!(null));
    let listed = parsed(&place, &["close", "--json"]);
    let corrections = listed["items"][0]["corrections"].as_array().unwrap().clone();
    assert_eq!(corrections.len(), 1, "{corrections:?}");
    assert_eq!((&corrections[0]["day"], &corrections[0]["before"]), (&json!("2026-03-21"), &json!(null)));
    assert_eq!(corrections[0]["after"]["output_tokens"], json!(50));
    assert_eq!(corrections[0]["after"]["cost_usd"], json!("0.00075"));
    assert!(corrections[0]["noticed_at"].is_string());
    assert_eq!(states(&place), [json!("corrected"), json!("intact")]);
    let again = parsed(&place, &["close", "--json"]);
    assert_eq!(again["items"][0]["corrections"].as_array().unwrap(), &corrections);
    assert_eq!(again["items"][0]["totals"], listed["items"][0]["totals"], "what was sealed stays");
    // A better copy of a response.
    append(&place, 1, 900, "2026-03-20T10:00:00Z");
    let better = parsed(&place, &["close", "--json"])["items"][0]["corrections"][1].clone();
    assert_eq!(
        (&better["before"]["output_tokens"], &better["after"]["output_tokens"]),
        (&json!(100), &json!(900))
    );
    // What is forgotten, and then remembered.
    place.print(&["db", "forget", "--yes", "--no-backup", "--session", "live"]);
    let forgotten =
        parsed(&place, &["close", "--json"])["items"][0]["corrections"].as_array().unwrap().clone();
    assert_eq!(forgotten.len(), 4, "{forgotten:?}");
    assert!(forgotten[2..].iter().all(|of| of["after"].is_null()), "{forgotten:?}");
    let text = place.print(&["close"]);
    assert!(text.contains("2026-03: 4 corrections") && text.contains("; now nothing"), "{text}");
    place.print(&["close", "--check", "2026-04"]);
}

#[test]
fn forgetting_names_the_sealed_months_that_it_corrects() {
    let place = Place::everyday();
    // In March of the zone of the seal, and in April of UTC.
    append(&place, 1, 100, "2026-04-01T02:00:00Z");
    append(&place, 2, 100, "2026-05-20T10:00:00Z");
    for month in ["2026-03", "2026-04", "2026-05"] {
        close(&place, &[month, "--tz", "America/New_York"]);
    }
    let forget = |more: &[&str]| {
        let args = [&["db", "forget", "--session", "live", "--tz", "UTC"], more].concat();
        parsed(&place, &[&args[..], &["--json"]].concat())["sealed_months"].clone()
    };
    assert_eq!(forget(&["--dry-run"]), json!(["2026-03", "2026-05"]));
    assert_eq!(forget(&["--dry-run", "--before", "2026-05-01"]), json!(["2026-03"]));
    let preview = place.print(&["db", "forget", "--session", "live", "--dry-run"]);
    assert!(
        preview.contains("Of sealed months, which this corrects: 2026-03, 2026-05. `ctm close` lists it.\n"),
        "{preview}"
    );
    assert_eq!(forget(&["--yes", "--no-backup"]), json!(["2026-03", "2026-05"]));
    assert_eq!(states(&place), [json!("corrected"), json!("intact"), json!("corrected")]);
    let other =
        place.print(&["db", "forget", "--session", "11111111-1111-4111-8111-111111111111", "--dry-run"]);
    assert!(other.contains("which this corrects: 2026-03."), "{other}");
    let unsealed = Place::everyday();
    unsealed.print(&["daily"]);
    let preview = unsealed.print(&["db", "forget", "--project", "/home/u/shop", "--dry-run"]);
    assert!(!preview.contains("sealed"), "{preview}");
}

#[test]
fn a_month_that_is_as_it_was_sealed_again_is_intact() {
    let place = Place::everyday();
    append(&place, 1, 100, "2026-03-20T10:00:00Z");
    close(&place, &["2026-03"]);
    place.print(&["db", "forget", "--yes", "--no-backup", "--session", "live"]);
    assert_eq!(states(&place), [json!("corrected")]);
    place.print(&["db", "remember", "--all"]);
    let listed = parsed(&place, &["close", "--json"])["items"][0].clone();
    assert_eq!((&listed["state"], listed["corrections"].as_array().unwrap().len()), (&json!("intact"), 2));
}

#[test]
fn months_are_closed_in_order_and_only_when_they_are_over() {
    let place = Place::everyday();
    close(&place, &["2026-03"]);
    place.run(&["close", "2026-03"]).failed(2, &["2026-03 is sealed already"]);
    place.run(&["close", "2026-02"]).failed(2, &["the first sealed month is 2026-03"]);
    place.run(&["close", "2026-05"]).failed(2, &["seal 2026-04 first: `ctm close 2026-04`"]);
    place.run(&["close", "9999-12"]).failed(2, &["9999-12 is not over"]);
    place.run(&["close", "2026-04", "--tz", "Asia/Tokyo"]).failed(2, &["in the zone UTC", "use --tz UTC"]);
    place.run(&["close", "--check", "2026-04"]).failed(2, &["2026-04 is not sealed"]);
    for month in ["2026-13", "2026-4", "+999-01", "2026-03-01", "0000-01", ""] {
        place.run(&["close", month]).failed(2, &["a month is written as YYYY-MM"]);
    }
    let april = close(&place, &["2026-04"]);
    let statement: Value = serde_json::from_str(april["statement"].as_str().unwrap()).unwrap();
    let march = parsed(&place, &["close", "--json"])["items"][0]["digest"].clone();
    assert_eq!((&statement["previous"], &statement["days"]), (&march, &json!([])));
}

#[test]
fn a_changed_price_is_no_change_of_facts() {
    let place = Place::everyday();
    let sealed = close(&place, &["2026-03"]);
    let own = "[[price]]\nmodel = \"claude-opus-4-5\"\ninput = \"1\"\noutput = \"2\"\n";
    fs::write(place.path().join("own.toml"), own).unwrap();
    let listed = parsed(&place, &["close", "--json", "--prices", "own.toml"]);
    let item = &listed["items"][0];
    assert_eq!(
        (&item["state"], &item["repriced"], &item["corrections"]),
        (&json!("intact"), &json!(true), &json!([]))
    );
    assert_eq!(item["totals"], sealed["totals"]);
    assert_ne!(item["present"]["cost_usd"], sealed["totals"]["cost_usd"]);
    assert_ne!(listed["price_version"], item["price_version"]);
    let text = place.print(&["close", "--prices", "own.toml"]);
    assert!(text.contains("2026-03: sealed with the prices of "), "{text}");
    place.print(&["close", "--check", "--prices", "own.toml"]);
}

#[test]
fn a_month_with_unknown_costs_is_sealed_as_a_lower_bound() {
    let place = Place::empty();
    let unknown =
        response("live", 1, 10, "2026-03-20T10:00:00Z").replace("claude-sonnet-4-5-20250929", "nobody");
    place.append(TRANSCRIPT, unknown.as_bytes());
    assert_eq!(close(&place, &["2026-03"])["certainty"], json!("unknown"));
    append(&place, 2, 10, "2026-04-20T10:00:00Z");
    place.append(
        TRANSCRIPT,
        unknown.replace("-03-", "-04-").replace("live_1", "live_3").replace("00001\"", "00003\"").as_bytes(),
    );
    let april = close(&place, &["2026-04"]);
    assert_eq!((&april["certainty"], &april["totals"]["unpriced_tokens"]), (&json!("at_least"), &json!(10)));
}

#[test]
fn a_signed_seal_is_checked_with_its_key() {
    let place = Place::everyday();
    let made = place.print(&["close", "--make-key", "seal.pem"]);
    let public = made.trim().rsplit(' ').next().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(place.path().join("seal.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    place.run(&["close", "--make-key", "seal.pem"]).failed(2, &["`seal.pem` already exists"]);
    place.run(&["close", "--make-key", "claude/seal.pem"]).failed(2, &["read-only"]);
    fs::write(place.path().join("none.pem"), "no key").unwrap();
    place.run(&["close", "2026-03", "--key", "none.pem"]).failed(2, &["`none.pem` has no key"]);
    place.run(&["close", "--key", "seal.pem"]).failed(2, &["--key signs a month"]);
    assert_eq!(parsed(&place, &["close", "--json"])["items"], json!([]), "nothing was sealed by errors");
    let sealed = close(&place, &["2026-03", "--key", "seal.pem"]);
    assert_eq!(sealed["signature"]["public_key"], json!(public));
    place.print(&["close", "--check"]);
}

/// Replaces a text of the closed database by another one of the same length.
fn tamper(database: &Path, from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    let mut bytes = fs::read(database).unwrap();
    let places: Vec<_> = bytes
        .windows(from.len())
        .enumerate()
        .filter(|(_, at)| *at == from.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty(), "{from}");
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    fs::write(database, bytes).unwrap();
}

#[test]
fn a_seal_that_was_changed_does_not_hold() {
    let place = Place::everyday();
    place.print(&["close", "--make-key", "seal.pem"]);
    close(&place, &["2026-03", "--key", "seal.pem"]);
    close(&place, &["2026-04"]);
    let program = concat!("\"program\":\"", env!("CARGO_PKG_VERSION"), "\"");
    let other = format!("\"program\":\"{}\"", "9".repeat(env!("CARGO_PKG_VERSION").len()));
    tamper(&place.database(), program, &other);
    let checked = place.run(&["close", "--check"]);
    assert_eq!((checked.code, &*checked.err), (Some(11), ""));
    assert!(checked.out.contains("2026-03: the seal does not hold: its digest"), "{}", checked.out);
    place.run(&["close", "2026-05"]).failed(2, &["the seal of 2026-04 does not hold"]);
    tamper(&place.database(), &other, program);
    place.print(&["close", "--check"]);
    tamper(&place.database(), "\"public_key\":\"", "\"public_kex\":\"");
    let checked = place.run(&["close", "--check", "--json"]);
    assert_eq!(checked.code, Some(11));
    let checked: Value = serde_json::from_str(&checked.out).unwrap();
    assert_eq!(checked["items"][0]["faults"], json!(["its signature is not valid"]));
    assert_eq!(checked["items"][1]["state"], json!("intact"));
}
