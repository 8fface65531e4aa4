//! Details of a response on a line, besides usage, time and place: names, and two counts.

use crate::bounds::{Shared, limited};
use crate::lenient::Count;
use crate::record::{Message, UsageRecord};
use ctm_types::{Circumstance, Details, EpochMs, NamedRequest, RequestKey};
use std::borrow::Cow;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Returns the details of a copy, with the attribution and the request of its record.
pub(crate) fn details<C>(
    attributed: [Option<&str>; 6],
    request: Option<&str>,
    at_ms: EpochMs,
    message: &Message<'_, C>,
    usage: &UsageRecord<'_>,
    circumstances: &mut Shared<Circumstance>,
) -> Details {
    let miss = message.diagnostics.get().and_then(|diagnostics| diagnostics.cache_miss_reason.get());
    let refusal = message.stop_details.get().filter(|_| message.stop_reason.is_refusal);
    let [skill, plugin, agent, mcp_server, mcp_tool, effort] = attributed;
    let names = [
        skill,
        plugin,
        agent,
        mcp_server,
        mcp_tool,
        effort,
        refusal.and_then(|details| details.category.get()),
        miss.and_then(|miss| miss.kind.get()),
    ];
    let thinking = usage.output_tokens_details.get().and_then(|details| details.thinking_tokens);
    Details {
        circumstance: circumstance(&names.map(|name| name.map(limited)), circumstances),
        thinking_tokens: thinking.and_then(Count::good),
        cache_missed_tokens: miss.and_then(|miss| miss.cache_missed_input_tokens).and_then(Count::good),
        request: request
            .filter(|id| !id.is_empty())
            .map(|id| NamedRequest { at_ms, request: request_key(id) }),
    }
}

/// Returns the identity of a request; the same hash as that of other ids.
fn request_key(id: &str) -> RequestKey {
    RequestKey(i64::from_ne_bytes(xxh3_64(id.as_bytes()).max(1).to_ne_bytes()))
}

/// Returns names shared by the copies of a batch; `None` without names.
fn circumstance(
    names: &[Option<Cow<'_, str>>; 8],
    circumstances: &mut Shared<Circumstance>,
) -> Option<Arc<Circumstance>> {
    if names.iter().all(Option::is_none) {
        return None;
    }
    let is_it = |known: &Circumstance| {
        let Circumstance { skill, plugin, agent, mcp_server, mcp_tool, effort, refusal, cache_miss } = known;
        let known = [skill, plugin, agent, mcp_server, mcp_tool, effort, refusal, cache_miss];
        known.iter().zip(names).all(|(known, name)| known.as_deref() == name.as_deref())
    };
    let make = || {
        let owned = names.each_ref().map(|name| name.as_deref().map(str::to_owned));
        let [skill, plugin, agent, mcp_server, mcp_tool, effort, refusal, cache_miss] = owned;
        Circumstance { skill, plugin, agent, mcp_server, mcp_tool, effort, refusal, cache_miss }
    };
    Some(circumstances.get(is_it, make))
}
