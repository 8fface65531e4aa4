//! Texts that nobody has written with this program.

use crate::bundle;
use ctm_pricing::PriceBook;
use ctm_proof::verify;
use ctm_proof::verify::{BundleError, read};
use proptest::prelude::*;
use serde_json::{Value, json};

fn whole() -> String {
    json!(bundle(None)).to_string()
}

#[test]
fn other_texts_are_refused() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let inside = whole().replacen("\"prices\":[", &format!("\"prices\":[{deep},"), 1);
    let more = whole().replacen("\"program\"", "\"more\":1,\"program\"", 1);
    let twice = whole().replacen("\"program\"", "\"program\":\"a\",\"program\"", 1);
    let texts =
        ["", "\0", "null", "1", "[]", "{}", "{\"format\":\"ctm-proof\"}", &deep, &inside, &more, &twice];
    for text in texts {
        assert!(matches!(read(text.as_bytes()), Err(BundleError::NotABundle(_))), "{text:.80}");
    }
    assert!(matches!(read(b"\xff"), Err(BundleError::NotABundle(_))));
    let other = json!({ "format": "zip", "version": 1 }).to_string();
    assert!(matches!(read(other.as_bytes()), Err(BundleError::NotABundle(_))));
    let newer = json!({ "format": "ctm-proof", "version": 2, "anything": [] }).to_string();
    assert_eq!(read(newer.as_bytes()), Err(BundleError::Version(2)));
}

#[test]
fn numbers_that_are_not_whole_or_too_large_are_refused() {
    for number in
        ["-1", "1.5", "1e3", "1e999", "NaN", "Infinity", "18446744073709551616", "\"1\"", "null", "[]"]
    {
        let text = whole().replacen("\"offset\":0", &format!("\"offset\":{number}"), 1);
        assert!(matches!(read(text.as_bytes()), Err(BundleError::NotABundle(_))), "{number}");
    }
    for amount in
        ["1", "\"1e9\"", "\"inf\"", "\"\"", "\"0.0000000000001\"", &format!("\"{}\"", "9".repeat(60))]
    {
        let text = whole().replacen("\"unfinalised\"", &format!("\"cost_usd\":{amount},\"unfinalised\""), 1);
        assert!(matches!(read(text.as_bytes()), Err(BundleError::NotABundle(_))), "{amount}");
    }
}

/// Every place in a document.
fn places(value: &Value, at: &str, places: &mut Vec<String>) {
    places.push(at.to_owned());
    match value {
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                places_of(item, &format!("{at}/{number}"), places);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                places_of(field, &format!("{at}/{name}"), places);
            }
        }
        _ => {}
    }
}

fn places_of(value: &Value, at: &str, all: &mut Vec<String>) {
    places(value, at, all);
}

#[test]
fn every_value_may_be_any_other_and_no_changed_bundle_holds_unnoticed() {
    let document: Value = serde_json::from_str(&whole()).unwrap();
    let mut all = Vec::new();
    places(&document, "", &mut all);
    let values = [
        json!(null),
        json!(0),
        json!(u64::MAX),
        json!(i64::MIN),
        json!("x"),
        json!([]),
        json!({}),
        json!(true),
    ];
    for at in &all {
        for value in &values {
            let mut changed = document.clone();
            *changed.pointer_mut(at).unwrap() = value.clone();
            let Ok(read) = read(changed.to_string().as_bytes()) else { continue };
            let is_same = read == bundle(None);
            assert_eq!(verify(&read, &PriceBook::builtin()).holds, is_same, "{at} = {value}");
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_are_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), at in any::<usize>()) {
        let _ = read(&bytes);
        let mut text = whole().into_bytes();
        let at = at % text.len();
        let end = text.len().min(at + bytes.len());
        text[at..end].copy_from_slice(&bytes[..end - at]);
        if let Ok(bundle) = read(&text) {
            let _ = verify(&bundle, &PriceBook::builtin());
        }
    }
}
