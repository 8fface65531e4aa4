//! Prints the totals of a Claude home as JSON: a program outside of the repository, by the published crates alone.
//! Every batch is stored as JSON before it is counted.

use ctm_pricing::{Cost, PriceBook};
use ctm_reader::{ClaudeHome, Reader, discover};
use ctm_types::{Batch, Responses, TokenCounts};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: totals <claude home>")?;
    let (mut reader, mut responses) = (Reader::new(), Responses::new());
    for file in discover(&ClaudeHome::open(path.as_ref())?).files {
        for batch in reader.batches(&file, None) {
            let stored: Batch = serde_json::from_str(&serde_json::to_string(&batch?)?)?;
            responses.add_batch(&stored);
        }
    }
    let (book, mut tokens, mut cost) = (PriceBook::builtin(), TokenCounts::default(), Cost::default());
    let (mut count, mut web_searches) = (0, 0);
    for owned in responses.owned() {
        let (mut is_billed, mut call_searches) = (false, owned.call_searches);
        for part in &owned.response.parts {
            let (terms, at_ms) = (responses.billing(owned.key, part), Some(owned.claim.attribution.at_ms));
            let quote = book.quote_request(&terms, at_ms, part.tokens.prompt());
            if !quote.is_unbilled() {
                is_billed = true;
                tokens += part.tokens;
                let searches = part.web_searches + std::mem::take(&mut call_searches);
                web_searches += searches;
                cost += quote.cost(&part.tokens, searches);
            }
        }
        count += u64::from(is_billed);
    }
    let totals = serde_json::json!({
        "input": tokens.input, "output": tokens.output, "cache_read": tokens.cache_read,
        "write_5m": tokens.cache_write_5m, "write_1h": tokens.cache_write_1h,
        "responses": count, "web_searches": web_searches, "unpriced_tokens": cost.unpriced_tokens, "cost_usd": cost.amount.to_string(),
    });
    println!("{totals}");
    Ok(())
}
