//! Bundles: what anybody changes in one is found, and no text is a panic.

mod hostile;
mod tampered;

use ctm_pricing::PriceBook;
use ctm_proof::{BundleSession, ProofBundle, ProvableResponse, SigningKey};
use ctm_types::{Billing, EpochMs, Part, TokenCounts};
use std::sync::Arc;

fn part(model: &str, tier: Option<&str>, scale: u64) -> Part {
    let billing =
        Billing { model: model.to_owned(), service_tier: tier.map(str::to_owned), ..Billing::default() };
    let tokens = TokenCounts {
        input: scale,
        output: 2 * scale,
        cache_read: 30 * scale,
        cache_write_5m: 4 * scale,
        cache_write_1h: 5 * scale,
    };
    Part { billing: Arc::new(billing), tokens, web_searches: scale % 3, ttl_assumed: false }
}

/// A bundle of four responses, one of them without a price and one that is not final.
fn bundle(key: Option<&SigningKey>) -> ProofBundle {
    let prices = PriceBook::builtin();
    let mut session = BundleSession::new("11111111-1111-4111-8111-111111111111", &prices);
    let responses = [
        ("msg_1", true, vec![part("claude-opus-4-5", None, 100), part("claude-haiku-4-5", None, 70)]),
        ("msg_2", true, vec![part("claude-opus-4-5", Some("batch"), 1)]),
        ("msg_3", false, vec![part("nobody-knows", None, 11)]),
        ("msg_4", true, vec![part("claude-opus-4-5", None, 9_000)]),
    ];
    for (number, (key, is_final, parts)) in (0..).zip(&responses) {
        let at_ms = EpochMs(1_773_259_200_000 + number * 60_000);
        let response = ProvableResponse { key, at_ms, is_final: *is_final, parts };
        session.add(&response, "a.jsonl", 17 * number.unsigned_abs(), 2);
    }
    session.finish("0.1.0", key)
}
