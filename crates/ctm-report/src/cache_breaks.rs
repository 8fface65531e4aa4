//! Cache breaks of a session.

use super::responses::{amounts, context_tokens, quote};
use super::wire;
use ctm_aggregate::{BreakReason, CacheBreak, Lane, Prompt, cache_breaks, extra_cost};
use ctm_facts::StoredResponse;
use ctm_pricing::PriceBook;

/// Returns the cache breaks of responses, which are in the order of time.
pub(super) fn break_items(responses: &[StoredResponse], prices: &PriceBook) -> Vec<wire::CacheBreak> {
    let prompts: Vec<Prompt<'_>> = responses.iter().map(|response| prompt(response, prices)).collect();
    let found = cache_breaks(&prompts);
    found.iter().filter_map(|found| item(found, responses.get(found.index)?, prices)).collect()
}

fn prompt<'a>(response: &'a StoredResponse, prices: &PriceBook) -> Prompt<'a> {
    Prompt {
        at_ms: response.at_ms,
        model: response.parts.first().map_or("", |part| &part.billing.model),
        lane: match &response.agent {
            _ if !response.sidechain => Lane::Main,
            Some(agent) => Lane::Agent(agent),
            None => Lane::Unknown,
        },
        context: context_tokens(response, prices),
        tokens: amounts(response, prices).tokens,
    }
}

fn item(found: &CacheBreak, response: &StoredResponse, prices: &PriceBook) -> Option<wire::CacheBreak> {
    // The first billed part sends the prompt; further ones read it back.
    let quotes = response.parts.iter().map(|part| (part, quote(part, response.at_ms, prices)));
    let (part, quote) = quotes.into_iter().find(|(_, quote)| !quote.is_unbilled())?;
    Some(wire::CacheBreak {
        key: response.key.clone(),
        at: wire::Time::of(response.at_ms),
        agent: response.agent.clone(),
        cached_tokens: found.cached,
        read_tokens: found.read,
        resent_tokens: found.resent,
        extra_cost_usd: extra_cost(found.resent, &part.tokens, &quote).map(wire::Usd),
        pause_ms: found.pause_ms,
        reason: match found.reason {
            BreakReason::Model => wire::BreakReason::Model,
            BreakReason::Idle => wire::BreakReason::Idle,
            BreakReason::Shortened => wire::BreakReason::Shortened,
            BreakReason::Changed => wire::BreakReason::Changed,
        },
    })
}
