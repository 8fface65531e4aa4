//! Prices, aliases and a discount of a person's own.

use ctm_pricing::PriceBook;

pub(crate) fn run(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Err(error) = PriceBook::builtin().with_overrides(text) {
        assert!(!error.to_string().is_empty(), "an error says what is wrong");
    }
}
