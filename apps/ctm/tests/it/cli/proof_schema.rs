//! `ctm prove --schema`: the JSON Schema of bundles and of statements of seals, which every one of them satisfies.

use crate::golden::corpora;
use crate::place::Place;
use ctm_proof::schema::SCHEMA_VERSION;
use jsonschema::Validator;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;

/// The digest of each version of the schema. A change after a release raises the version and appends a digest;
/// that of a version that is not released is replaced.
const DIGESTS: [&str; SCHEMA_VERSION as usize] =
    ["07280e212ffa297d3a7a1566fce06ac9b5d87cb2dc323f642a3238219a5c7de3"];

/// Sessions of a place that are checked at most.
const MOST_SESSIONS: usize = 10;

/// Returns the schema as it is checked in.
fn checked_in() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas/proof.json");
    std::fs::read_to_string(path).unwrap()
}

fn validator(form: &str) -> Validator {
    let mut document: Value = serde_json::from_str(&checked_in()).unwrap();
    assert!(document["$defs"][form].is_object(), "{form}");
    document["$ref"] = json!(format!("#/$defs/{form}"));
    jsonschema::options().should_validate_formats(true).build(&document).unwrap()
}

/// Checks a form, and that every field of it is required and no other one permitted.
fn check(form: &str, value: &Value) {
    let validator = validator(form);
    let errors: Vec<_> =
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:?} in {value}");
    for pointer in objects(value, String::new()) {
        let fields: Vec<String> =
            value.pointer(&pointer).unwrap().as_object().unwrap().keys().cloned().collect();
        let refuses = |change: &dyn Fn(&mut serde_json::Map<String, Value>)| {
            let mut planted = value.clone();
            change(planted.pointer_mut(&pointer).unwrap().as_object_mut().unwrap());
            !validator.is_valid(&planted)
        };
        for field in &fields {
            assert!(
                refuses(&|object| _ = object.remove(field)),
                "{field} at `{pointer}` of {form} may be missing"
            );
            assert!(
                refuses(&|object| object[field] = json!({"x": 1})),
                "{field} at `{pointer}` of {form} may be anything"
            );
        }
        assert!(
            refuses(&|object| _ = object.insert("another".to_owned(), Value::Null)),
            "`{pointer}` of {form}"
        );
    }
}

/// Returns the places of the objects of a value, of each list that of the first one.
fn objects(value: &Value, at: String) -> Vec<String> {
    match value {
        Value::Array(items) => {
            items.first().map(|first| objects(first, format!("{at}/0"))).unwrap_or_default()
        }
        Value::Object(members) => {
            let inner = members.iter().flat_map(|(name, member)| objects(member, format!("{at}/{name}")));
            let inner: Vec<_> = inner.collect();
            [at].into_iter().chain(inner).collect()
        }
        _ => Vec::new(),
    }
}

/// Checks bundles of the sessions of a place, and returns their number.
fn check_sessions(place: &Place, more: &[&str]) -> usize {
    let sessions: Value = serde_json::from_str(&place.print(&["sessions", "--json"])).unwrap();
    let sessions = sessions["items"].as_array().unwrap();
    for session in sessions.iter().take(MOST_SESSIONS) {
        let args = [&["prove", "--no-update", "--session", session["id"].as_str().unwrap()], more].concat();
        check("ProofBundle", &serde_json::from_str(&place.print(&args)).unwrap());
    }
    sessions.len()
}

/// Seals a month, and checks its statement.
fn check_seal(place: &Place, args: &[&str]) {
    let listed: Value = serde_json::from_str(&place.print(&[&["close", "--json"], args].concat())).unwrap();
    let statement = listed["items"][0]["statement"].as_str().unwrap();
    check("SealStatement", &serde_json::from_str(statement).unwrap());
}

#[test]
fn the_schema_is_as_checked_in_and_has_a_version() {
    let printed = Place::empty().print(&["prove", "--schema"]);
    assert_eq!(printed, checked_in(), "`cargo xtask codegen` writes it");
    let document: Value = serde_json::from_str(&printed).unwrap();
    assert!(jsonschema::draft202012::meta::is_valid(&document));
    assert_eq!(document["$id"], format!("urn:claude-token-monitor:proof:{SCHEMA_VERSION}"));
    let digest: String = Sha256::digest(printed).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, *DIGESTS.last().unwrap(), "the schema changed: see `DIGESTS`");
}

#[test]
fn every_bundle_and_every_seal_satisfies_the_schema() {
    let place = Place::everyday();
    place.print(&["close", "--make-key", "seal.pem"]);
    assert!(check_sessions(&place, &[]) > 1);
    check_sessions(&place, &["--key", "seal.pem"]);
    check_seal(&place, &["2026-03", "--key", "seal.pem"]);
    check_seal(&place, &["2026-04"]);
    for place in [Place::tangled(7, 200_000).0, Place::generated(8, 200_000).0] {
        assert!(check_sessions(&place, &[]) > 0);
        check_seal(&place, &["2026-10", "--tz", "Australia/Lord_Howe"]);
    }
}

#[test]
fn every_bundle_of_the_corpora_satisfies_the_schema() {
    let Some(corpora) = corpora() else { return };
    for entry in std::fs::read_dir(corpora).unwrap() {
        let home = entry.unwrap().path();
        if home.join("golden.json").exists() {
            check_sessions(&Place::reading(&home), &[]);
        }
    }
}
