//! Details of a response: the logged fields besides usage, time and place.
//!
//! # Design
//!
//! Copies of a response differ in their details: the first ones are written before the response ends. No copy
//! is chosen: **each field is the greatest value over all copies**, and a field that no copy has is the least.
//! Only of the requests that copies name, the earliest is kept. Such a join gives the same result for any order and any chunking of reads, and joining a copy twice changes
//! nothing. The server and the tool of a call are one value, and so are the reason of a cache miss and its
//! tokens: the values of two copies never make a pair that no copy has.

use crate::{EpochMs, RequestKey};
use std::sync::Arc;

/// Names around a response; many responses share them.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Circumstance {
    /// Skill that it is attributed to.
    pub skill: Option<String>,
    /// Plugin that it is attributed to.
    pub plugin: Option<String>,
    /// Agent that it is attributed to, by name.
    pub agent: Option<String>,
    /// MCP server that it is attributed to.
    pub mcp_server: Option<String>,
    /// MCP tool that it is attributed to.
    pub mcp_tool: Option<String>,
    /// Requested effort, such as `high`.
    pub effort: Option<String>,
    /// Category of the model's refusal.
    pub refusal: Option<String>,
    /// Reason of the cache miss, such as `tools_changed`.
    pub cache_miss: Option<String>,
}

impl Circumstance {
    /// Returns whether every field is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn mcp(&self) -> (&Option<String>, &Option<String>) {
        (&self.mcp_server, &self.mcp_tool)
    }
}

/// Details of a response besides its usage, time and place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Details {
    /// The names; `None` without any.
    pub circumstance: Option<Arc<Circumstance>>,
    /// Thinking tokens, which are part of the output.
    pub thinking_tokens: Option<u64>,
    /// Tokens that were not read from the prompt cache because it was missed.
    pub cache_missed_tokens: Option<u64>,
    /// The request that it answers, according to the earliest copy that names one: Claude Code repeats a response under
    /// the request of a later one, and only the earliest was sent.
    pub request: Option<NamedRequest>,
}

/// A request that a copy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NamedRequest {
    /// Time of the copy, in UTC epoch milliseconds.
    pub at_ms: EpochMs,
    /// The request.
    pub request: RequestKey,
}

impl Details {
    /// Joins the details of another copy, and returns whether anything changed.
    pub fn join(&mut self, other: &Self) -> bool {
        if self == other {
            return false;
        }
        let joined = Self {
            circumstance: self.joined_circumstance(other),
            thinking_tokens: self.thinking_tokens.max(other.thinking_tokens),
            cache_missed_tokens: self.cache_miss().max(other.cache_miss()).1,
            request: [self.request, other.request].into_iter().flatten().min(),
        };
        let changed = *self != joined;
        *self = joined;
        changed
    }

    fn cache_miss(&self) -> (Option<&str>, Option<u64>) {
        let reason = self.circumstance.as_ref().and_then(|circumstance| circumstance.cache_miss.as_deref());
        (reason, self.cache_missed_tokens)
    }

    fn joined_circumstance(&self, other: &Self) -> Option<Arc<Circumstance>> {
        let (Some(one), Some(two)) = (&self.circumstance, &other.circumstance) else {
            return self.circumstance.clone().or_else(|| other.circumstance.clone());
        };
        if one == two {
            return Some(Arc::clone(one));
        }
        fn greater<'a>(one: &'a Option<String>, two: &'a Option<String>) -> Option<String> {
            one.max(two).clone()
        }
        let (mcp_server, mcp_tool) = one.mcp().max(two.mcp());
        let joined = Circumstance {
            skill: greater(&one.skill, &two.skill),
            plugin: greater(&one.plugin, &two.plugin),
            agent: greater(&one.agent, &two.agent),
            mcp_server: mcp_server.clone(),
            mcp_tool: mcp_tool.clone(),
            effort: greater(&one.effort, &two.effort),
            refusal: greater(&one.refusal, &two.refusal),
            cache_miss: greater(&one.cache_miss, &two.cache_miss),
        };
        let known = [one, two].into_iter().find(|known| ***known == joined);
        Some(known.map_or_else(|| Arc::new(joined), Arc::clone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All details in which each field is absent or one of two values; a field represents all of its
    /// type.
    fn all() -> Vec<Details> {
        let names = [None, Some("a"), Some("b")].map(|name| name.map(str::to_owned));
        let counts = [None, Some(0), Some(7)];
        let mut all = Vec::new();
        for skill in &names[..2] {
            for mcp_server in &names {
                for mcp_tool in &names {
                    for cache_miss in &names {
                        let circumstance = Circumstance {
                            skill: skill.clone(),
                            mcp_server: mcp_server.clone(),
                            mcp_tool: mcp_tool.clone(),
                            cache_miss: cache_miss.clone(),
                            ..Circumstance::default()
                        };
                        let is_empty = circumstance.is_empty();
                        let circumstance = (!is_empty).then(|| Arc::new(circumstance));
                        all.extend(counts.map(|tokens| Details {
                            circumstance: circumstance.clone(),
                            thinking_tokens: tokens,
                            cache_missed_tokens: tokens,
                            request: tokens.map(|number| NamedRequest {
                                at_ms: EpochMs(number.cast_signed()),
                                request: RequestKey(number.cast_signed()),
                            }),
                        }));
                    }
                }
            }
        }
        all
    }

    fn joined(of: &[&Details]) -> Details {
        let mut joined = Details::default();
        for details in of {
            joined.join(details);
        }
        joined
    }

    #[test]
    fn joining_is_free_of_order_and_repetition() {
        let all = all();
        for one in &all {
            let mut again = one.clone();
            assert!(!again.join(one) && !again.join(&Details::default()) && again == *one, "{one:?}");
            for two in &all {
                let both = joined(&[one, two]);
                assert_eq!(both, joined(&[two, one, two]));
                assert_eq!(one.clone().join(two), both != *one);
            }
        }
        for (at, one) in all.iter().enumerate().step_by(7) {
            for two in all.iter().skip(at % 5).step_by(11) {
                for three in all.iter().skip(at % 3).step_by(13) {
                    let of_two = joined(&[two, three]);
                    assert_eq!(joined(&[&joined(&[one, two]), three]), joined(&[one, &of_two]));
                }
            }
        }
    }

    #[test]
    fn pairs_stay_together() {
        let missed = |reason: Option<&str>, tokens, server: &str, tool: Option<&str>| Details {
            circumstance: Some(Arc::new(Circumstance {
                cache_miss: reason.map(str::to_owned),
                mcp_server: Some(server.to_owned()),
                mcp_tool: tool.map(str::to_owned),
                ..Circumstance::default()
            })),
            thinking_tokens: None,
            cache_missed_tokens: tokens,
            request: None,
        };
        let one = missed(Some("model_changed"), Some(900), "docs", Some("search"));
        let two = missed(Some("tools_changed"), Some(5), "issues", None);
        assert_eq!(joined(&[&one, &two]), missed(Some("tools_changed"), Some(5), "issues", None));
        let bare = missed(Some("unavailable"), None, "a", Some("z"));
        assert_eq!(joined(&[&one, &bare]), missed(Some("unavailable"), None, "docs", Some("search")));
    }
}
