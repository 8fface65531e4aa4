//! Prices, aliases, multipliers and a discount of the user, and those of managed settings.

use ctm_pricing::{ManagedPricing, PriceBook, Quote};
use ctm_types::{Billing, EpochMs};

pub(crate) fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if text.starts_with('{') {
        return run_managed(text);
    }
    match PriceBook::builtin().with_overrides(text) {
        Ok(book) => check(&book),
        Err(error) => assert!(!error.to_string().is_empty(), "an error has a message"),
    }
}

/// Reads managed settings twice, the second time on top of the first.
fn run_managed(text: &str) {
    let mut pricing = ManagedPricing::default();
    pricing.add("a", text);
    let (once, faults) = PriceBook::builtin().with_managed(pricing.clone());
    assert!(faults.iter().all(|fault| !fault.to_string().is_empty()), "a fault has a message");
    check(&once);
    pricing.add("a", text);
    let (twice, _) = PriceBook::builtin().with_managed(pricing);
    assert_eq!(once.version(), twice.version(), "the same file again changes nothing");
}

/// Models of the table keep a price, whatever is configured.
fn check(book: &PriceBook) {
    for model in ["claude-opus-5", "aihubmix/claude-opus-5", "gateway/x[1m]", "glm-5"] {
        let billing = Billing { model: model.to_owned(), ..Billing::default() };
        let quote = book.quote(&billing, Some(EpochMs(1_795_348_800_000)), 0);
        assert!(model != "claude-opus-5" || matches!(quote, Quote::Priced(_)), "it has a price");
    }
}
