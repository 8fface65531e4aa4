//! `ctm export focus`: the charges add up to the days, and a price times its quantity is the cost.

use crate::golden::corpora;
use crate::place::Place;
use ctm_types::PicoUsd;
use serde_json::Value;
use std::collections::BTreeMap;

/// Cost and tokens.
type Sum = (PicoUsd, u64);

fn amount(text: &str) -> PicoUsd {
    text.parse().unwrap_or_else(|_| panic!("{text}"))
}

/// Returns the rows, each as its fields by name.
fn rows(place: &Place, more: &[&str]) -> Vec<BTreeMap<String, String>> {
    let printed = place.print(&[&["export", "focus", "--format=csv"], more].concat());
    let mut csv = csv::Reader::from_reader(printed.as_bytes());
    csv.deserialize().map(Result::unwrap).collect()
}

/// Returns cost and tokens of each UTC day with usage, as `ctm daily` reports them.
fn daily(place: &Place) -> BTreeMap<String, Sum> {
    let days: Value = serde_json::from_str(&place.print(&["daily", "--json", "--tz=UTC"])).unwrap();
    let days = days["days"].as_array().unwrap().iter().filter(|day| day["total_tokens"] != 0);
    let sum = |day: &Value| {
        let cost = Some(&day["cost_usd"]).filter(|cost| !cost.is_null()).map(ToString::to_string);
        (cost.map_or(PicoUsd::ZERO, |cost| amount(&cost)), day["total_tokens"].as_u64().unwrap())
    };
    days.map(|day| (day["date"].as_str().unwrap().to_owned(), sum(day))).collect()
}

/// Checks every row of a place, and that rows add up to days.
fn check(place: &Place) {
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    let rows = rows(place, &["--tz=UTC"]);
    for row in &rows {
        let cost = amount(&row["ListCost"]);
        for same in ["ContractedCost", "EffectiveCost"] {
            assert_eq!(row[same], row["ListCost"], "{row:?}");
        }
        assert_eq!((&*row["BilledCost"], &*row["InvoiceId"], &*row["BillingAccountName"]), ("0", "", ""));
        let is_priced = row["x_Certainty"] != "unknown";
        for name in ["ListUnitPrice", "ContractedUnitPrice", "SkuPriceId", "SkuPriceDetails"] {
            assert_eq!(!row[name].is_empty(), is_priced, "{name} {row:?}");
        }
        let (consumed, size) = match &*row["ConsumedUnit"] {
            "Tokens" => (row["ConsumedQuantity"].parse::<u64>().unwrap(), 1_000_000),
            _ => (row["ConsumedQuantity"].parse().unwrap(), 1_000),
        };
        // Millionths of the unit, exactly.
        let quantity = amount(&row["PricingQuantity"]).0 / 1_000_000;
        assert_eq!(quantity, i128::from(consumed) * 1_000_000 / size, "{row:?}");
        let product = if is_priced { amount(&row["ListUnitPrice"]).0 * quantity / 1_000_000 } else { 0 };
        assert_eq!(PicoUsd(product), cost, "{row:?}");
        let (day, rest) = row["ChargePeriodStart"].split_at(10);
        assert_eq!(rest, "T00:00:00Z");
        assert!(
            row["BillingPeriodStart"].starts_with(&day[..7])
                && row["BillingPeriodEnd"] > row["ChargePeriodStart"]
        );
        assert!(row["BillingPeriodEnd"] >= row["ChargePeriodEnd"], "{row:?}");
        let tags: Value = serde_json::from_str(&row["Tags"]).unwrap();
        assert!(tags["ctm:home"].is_string() && tags["ctm:project"].is_string(), "{row:?}");
        let (sum_cost, sum_tokens) = sums.entry(day.to_owned()).or_default();
        *sum_cost += cost;
        *sum_tokens += if size == 1_000 { 0 } else { consumed };
    }
    assert_eq!(sums, daily(place));
}

#[test]
fn charges_add_up_to_the_days() {
    check(&Place::everyday());
    check(&Place::in_situation("special-prices"));
    check(&Place::generated(7, 2_000_000).0);
}

#[test]
fn charges_of_the_corpora_add_up_to_the_days() {
    let Some(corpora) = corpora() else { return };
    for entry in std::fs::read_dir(corpora).unwrap() {
        let home = entry.unwrap().path();
        if home.join("golden.json").exists() {
            check(&Place::reading(&home));
        }
    }
}

#[test]
fn days_are_those_of_utc_in_every_zone() {
    let place = Place::everyday();
    let in_utc = rows(&place, &["--tz=UTC"]);
    for zone in ["--tz=Asia/Kolkata", "--tz=Pacific/Honolulu"] {
        assert_eq!(rows(&place, &[zone]), in_utc, "{zone}");
    }
    let one = rows(&place, &["--tz=Asia/Kolkata", "--from=2026-03-08", "--to=2026-03-08"]);
    assert!(!one.is_empty() && one.iter().all(|row| row["ChargePeriodStart"] == "2026-03-08T00:00:00Z"));
}

#[test]
fn the_command_writes_what_the_data_set_has() {
    let place = Place::everyday();
    for format in ["csv", "json", "ndjson"] {
        let by_name = place.print(&["export", "--dataset", "focus", "--format", format]);
        assert_eq!(place.print(&["export", "focus", "--format", format]), by_name);
    }
    let json = place.print(&["export", "focus", "--format=json", "--fields=Tags,ListCost"]);
    let rows: Value = serde_json::from_str(&json).unwrap();
    assert!(rows[0]["Tags"].is_object() && rows[0]["ListCost"].is_number(), "{rows}");
}
