//! Cache misses of a session.

use super::cache::cause;
use super::responses::quote;
use super::wire;
use ctm_aggregate::cache::extra_cost;
use ctm_facts::StoredResponse;
use ctm_facts::cache::CacheMiss;
use ctm_pricing::PriceBook;

/// Returns a cache miss as an item, or `None` for an unbilled response.
pub(super) fn miss_item(
    (miss, response): &(CacheMiss, StoredResponse),
    prices: &PriceBook,
) -> Option<wire::CacheMiss> {
    let part = response.parts.first()?;
    let quote = quote(part, response.at_ms, prices);
    let logged = || response.details.circumstance.as_ref().and_then(|of| of.cache_miss.clone());
    let (basis, cause) = cause(miss.cause, |_| logged());
    (!quote.is_unbilled()).then(|| wire::CacheMiss {
        key: response.key.clone(),
        at: wire::Time::of(response.at_ms),
        agent: response.agent.clone(),
        cached_tokens: miss.cached,
        read_tokens: part.tokens.cache_read,
        resent_tokens: miss.billed.prompt(),
        extra_cost_usd: extra_cost(&miss.billed, &quote).map(wire::Usd),
        pause_ms: miss.pause_ms,
        cause,
        basis,
    })
}
