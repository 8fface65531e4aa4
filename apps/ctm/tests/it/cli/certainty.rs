//! The certainty of exported rows, in a home with a model without a price, an unfinished response and days without data.

use crate::place::Place;
use ctm_report::export::Dataset;
use std::collections::BTreeMap;

/// Returns the certainty of each row by its key.
fn words(place: &Place, dataset: &str, key: &str, more: &[&str]) -> BTreeMap<String, String> {
    let certainty = if dataset == "focus" { "x_Certainty" } else { "certainty" };
    let fields = format!("{key},{certainty}");
    let csv =
        place.print(&[&["export", "--dataset", dataset, "--fields", &fields, "--tz=UTC"], more].concat());
    let row = |line: &str| line.rsplit_once(',').map(|(key, word)| (key.to_owned(), word.to_owned()));
    csv.lines().skip(1).filter_map(row).collect()
}

#[test]
fn every_data_set_has_a_column_of_certainty() {
    for dataset in Dataset::ALL {
        let has = |name| dataset.fields().contains(&name);
        assert!(has("certainty") != has("x_Certainty"), "{}", dataset.name());
        assert_eq!(has("x_Certainty"), dataset == Dataset::Focus);
    }
}

#[test]
fn each_row_of_each_data_set_has_its_certainty() {
    let place = Place::everyday();
    place.print(&["daily"]);
    place.print(&["note", "add", "a new model", "--date", "2026-03-08"]);
    let days = ["--from=2026-03-06", "--to=2026-03-11"];
    let check = |dataset: &str, key: &str, days: &[&str], expected: &[(&str, &str)]| {
        let expected = expected.iter().map(|(key, word)| ((*key).to_owned(), (*word).to_owned()));
        assert_eq!(words(&place, dataset, key, days), expected.collect(), "{dataset}");
    };
    let (opus, haiku) = ("claude-opus-4-5-20251101", "claude-haiku-4-5-20251001");
    let (sonnet, house) = ("claude-sonnet-4-5-20250929", "house-model-1");
    check(
        "daily",
        "date",
        &days,
        &[
            ("2026-03-06", "unknown"),
            ("2026-03-07", "exact"),
            ("2026-03-08", "exact"),
            ("2026-03-09", "at_least"),
            ("2026-03-10", "exact"),
            ("2026-03-11", "at_least"),
        ],
    );
    check(
        "models",
        "model",
        &days,
        &[(opus, "exact"), (haiku, "exact"), (sonnet, "at_least"), (house, "unknown")],
    );
    check(
        "daily-models",
        "date,model",
        &days,
        &[
            (&format!("2026-03-07,{opus}"), "exact"),
            (&format!("2026-03-08,{opus}"), "exact"),
            (&format!("2026-03-08,{haiku}"), "exact"),
            (&format!("2026-03-09,{sonnet}"), "exact"),
            (&format!("2026-03-09,{house}"), "unknown"),
            (&format!("2026-03-11,{sonnet}"), "at_least"),
        ],
    );
    check("projects", "project", &days, &[("/home/u/shop", "exact"), ("/home/u/notes", "at_least")]);
    check(
        "daily-projects",
        "date,project",
        &days,
        &[
            ("2026-03-07,/home/u/shop", "exact"),
            ("2026-03-08,/home/u/shop", "exact"),
            ("2026-03-09,/home/u/shop", "exact"),
            ("2026-03-09,/home/u/notes", "unknown"),
            ("2026-03-11,/home/u/notes", "at_least"),
        ],
    );
    let [first, second, third] = [1, 2, 3].map(|digit| {
        let of = |length| digit.to_string().repeat(length);
        format!("{}-{}-4{}-8{}-{}", of(8), of(4), of(3), of(3), of(12))
    });
    check("sessions", "session", &days, &[(&first, "exact"), (&second, "exact"), (&third, "at_least")]);
    // Blocks of a model without a price cost nothing that is known.
    let blocks = words(&place, "blocks", "start_at", &days);
    assert_eq!(blocks.values().filter(|word| *word == "unknown").count(), 1, "{blocks:?}");
    assert_eq!(blocks.values().filter(|word| *word == "at_least").count(), 1, "{blocks:?}");
    let responses = words(&place, "responses", "model,final", &days);
    assert_eq!(responses[&format!("{house},true")], "unknown", "{responses:?}");
    assert_eq!(responses[&format!("{sonnet},false")], "at_least", "{responses:?}");
    assert_eq!(responses[&format!("{opus},true")], "exact", "{responses:?}");
    let focus = words(&place, "focus", "ChargePeriodStart,SkuId", &days);
    let charge = |day: &str, sku: &str| focus[&format!("{day}T00:00:00Z,{sku}")].clone();
    assert_eq!(charge("2026-03-09", &format!("{house}:input")), "unknown");
    assert_eq!(charge("2026-03-11", &format!("{sonnet}:output")), "at_least");
    assert_eq!(charge("2026-03-09", &format!("{sonnet}:output")), "exact");
    assert!(words(&place, "tools", "tool", &days).values().all(|word| word == "exact"));
    check("notes", "date", &days, &[("2026-03-08", "exact")]);
    check(
        "changes",
        "key",
        &["--from=2026-03-09", "--to=2026-03-11"],
        &[(opus, "exact"), (haiku, "exact"), (sonnet, "at_least"), (house, "unknown")],
    );
    check("changes", "key", &["--from=2026-03-06", "--to=2026-03-06"], &[]);
}
