//! Prices a response and explains the amount.
//!
//! `cargo run -p ctm-pricing --example price_a_response -- us.anthropic.claude-opus-4-8`

use ctm_pricing::{PriceBook, Quote};
use ctm_types::{Billing, EpochMs, TokenCounts};

fn main() {
    let model = std::env::args().nth(1).unwrap_or_else(|| "claude-opus-5-5".to_owned());
    let tokens = TokenCounts {
        input: 1_200,
        output: 800,
        cache_read: 90_000,
        cache_write_5m: 4_000,
        cache_write_1h: 0,
    };
    let billing = Billing { model, ..Billing::default() };
    let at_ms = Some(EpochMs(1_795_262_400_000)); // 2026-11-21, 12:00 UTC.

    let book = PriceBook::builtin();
    let quote = book.quote_request(&billing, at_ms, tokens.prompt());
    match &quote {
        Quote::Priced(price) => {
            let cost = quote.cost(&tokens, 0);
            println!("{} USD, API list price", cost.amount);
            println!("model:       {}", price.model);
            println!("tier:        {:?}", price.tier);
            for (modifier, ratio) in &price.multipliers {
                println!("multiplier:  {} x {ratio}", modifier.name());
            }
            for flag in &price.flags {
                println!("flag:        {}", flag.name());
            }
            println!("source:      {}", price.source);
            println!("price table: {}", book.version());
        }
        Quote::Unpriced(unpriced) => println!("no price: {}", unpriced.hint),
        Quote::Ignored => println!("no model was asked"),
        Quote::Unbilled(unbilled) => println!("not billed: refused as {}", unbilled.category),
    }
}
