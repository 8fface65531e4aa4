//! The fields of a transcript's records that are read.
//!
//! Other fields are skipped without being decoded: texts of prompts, replies and tools
//! never exist in memory as such. The one exception is [`Lead`], the first bytes of a text in a
//! user's record, which distinguishes a typed prompt from what Claude Code writes in its place.

use crate::lenient::{Count, Flag, List, Object, Presence, Text, first_objects, otherwise};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A record. `C` is the requested part of `message.content`.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a, C: Deserialize<'de> + Default"))]
pub(crate) struct Record<'a, C> {
    /// `None` when the field is absent: some old records have no type.
    #[serde(rename = "type", borrow, default)]
    pub(crate) kind: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(crate) timestamp: Option<Text<'a>>,
    #[serde(rename = "sessionId", borrow, default)]
    pub(crate) session_id: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) cwd: Text<'a>,
    #[serde(rename = "gitBranch", borrow, default)]
    pub(crate) git_branch: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) version: Text<'a>,
    #[serde(rename = "isSidechain", default)]
    pub(crate) is_sidechain: Flag,
    #[serde(rename = "agentId", borrow, default)]
    pub(crate) agent_id: Text<'a>,
    #[serde(rename = "requestId", borrow, default)]
    pub(crate) request_id: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) uuid: Text<'a>,
    /// `bg`: a conversation that was copied to continue in the background.
    #[serde(rename = "sessionKind", borrow, default)]
    pub(crate) session_kind: Text<'a>,
    /// Of a line that was copied from another session.
    #[serde(rename = "forkedFrom", borrow, default)]
    pub(crate) forked_from: Object<ForkedFrom<'a>>,
    #[serde(borrow, default)]
    pub(crate) entrypoint: Text<'a>,
    #[serde(rename = "teamName", borrow, default)]
    pub(crate) team_name: Text<'a>,
    /// Of a member of a team.
    #[serde(rename = "agentName", borrow, default)]
    pub(crate) agent_name: Text<'a>,
    #[serde(rename = "attributionSkill", borrow, default)]
    pub(crate) attribution_skill: Text<'a>,
    #[serde(rename = "attributionPlugin", borrow, default)]
    pub(crate) attribution_plugin: Text<'a>,
    #[serde(rename = "attributionAgent", borrow, default)]
    pub(crate) attribution_agent: Text<'a>,
    #[serde(rename = "attributionMcpServer", borrow, default)]
    pub(crate) attribution_mcp_server: Text<'a>,
    #[serde(rename = "attributionMcpTool", borrow, default)]
    pub(crate) attribution_mcp_tool: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) effort: Text<'a>,
    #[serde(rename = "isMeta", default)]
    pub(crate) is_meta: Flag,
    #[serde(rename = "isCompactSummary", default)]
    pub(crate) is_compact_summary: Flag,
    #[serde(borrow, default)]
    pub(crate) message: Object<Message<'a, C>>,
    #[serde(rename = "toolUseResult", default)]
    pub(crate) tool_use_result: Object<ToolUseResult>,
    /// Of a `progress` record.
    #[serde(borrow, default)]
    pub(crate) data: Object<ProgressData<'a, C>>,
}

impl<C> Record<'_, C> {
    /// Returns the attribution of the response, and its effort, in the order of
    /// [`Circumstance`](ctm_types::Circumstance)'s fields.
    pub(crate) fn attributed(&self) -> [Option<&str>; 6] {
        [
            self.attribution_skill.get(),
            self.attribution_plugin.get(),
            self.attribution_agent.get(),
            self.attribution_mcp_server.get(),
            self.attribution_mcp_tool.get(),
            self.effort.get(),
        ]
    }
}

/// The origin of a copied line.
#[derive(Debug, Deserialize)]
pub(crate) struct ForkedFrom<'a> {
    #[serde(rename = "sessionId", borrow, default)]
    pub(crate) session_id: Text<'a>,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a, C: Deserialize<'de> + Default"))]
pub(crate) struct Message<'a, C> {
    #[serde(borrow, default)]
    pub(crate) id: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) model: Text<'a>,
    #[serde(default)]
    pub(crate) stop_reason: StopReason,
    #[serde(borrow, default)]
    pub(crate) stop_details: Object<RefusalDetails<'a>>,
    #[serde(borrow, default)]
    pub(crate) diagnostics: Object<Diagnostics<'a>>,
    #[serde(borrow, default)]
    pub(crate) usage: Object<UsageRecord<'a>>,
    #[serde(default)]
    pub(crate) content: C,
}

/// `message.stop_reason`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StopReason {
    pub(crate) is_present: bool,
    pub(crate) is_refusal: bool,
}

impl<'de> Deserialize<'de> for StopReason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ReasonVisitor;
        impl<'de> Visitor<'de> for ReasonVisitor {
            type Value = StopReason;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a reason")
            }

            fn visit_str<E>(self, text: &str) -> Result<StopReason, E> {
                Ok(StopReason { is_present: true, is_refusal: text == "refusal" })
            }

            otherwise!(StopReason::default() => null);
            otherwise!(StopReason { is_present: true, is_refusal: false } => bool number list object);
        }
        deserializer.deserialize_any(ReasonVisitor)
    }
}

/// Details of a refusal: `stop_details`, and the `trigger` of a `fallback` block.
#[derive(Debug, Deserialize)]
pub(crate) struct RefusalDetails<'a> {
    #[serde(borrow, default)]
    pub(crate) category: Text<'a>,
}

/// Diagnostics of the API on a response.
#[derive(Debug, Deserialize)]
pub(crate) struct Diagnostics<'a> {
    #[serde(borrow, default)]
    pub(crate) cache_miss_reason: Object<CacheMiss<'a>>,
}

/// Reason of a cache miss.
#[derive(Debug, Deserialize)]
pub(crate) struct CacheMiss<'a> {
    #[serde(rename = "type", borrow, default)]
    pub(crate) kind: Text<'a>,
    #[serde(default)]
    pub(crate) cache_missed_input_tokens: Option<Count>,
}

/// `message.usage`, and each of its `iterations`, in which further ones are not looked for.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a, I: Deserialize<'de> + Default"))]
pub(crate) struct UsageRecord<'a, I = List<Iteration<'a>>> {
    #[serde(default)]
    pub(crate) input_tokens: Count,
    #[serde(default)]
    pub(crate) output_tokens: Count,
    #[serde(default)]
    pub(crate) cache_read_input_tokens: Count,
    #[serde(default)]
    pub(crate) cache_creation_input_tokens: Count,
    #[serde(default)]
    pub(crate) cache_creation: Object<CacheCreation>,
    #[serde(borrow, default)]
    pub(crate) speed: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) service_tier: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) inference_geo: Text<'a>,
    #[serde(default)]
    pub(crate) server_tool_use: Object<ServerToolUse>,
    #[serde(default)]
    pub(crate) output_tokens_details: Object<OutputDetails>,
    #[serde(default)]
    pub(crate) iterations: I,
    /// Of an iteration: `message`, `advisor_message`, `fallback_message` or `compaction`.
    #[serde(rename = "type", borrow, default)]
    pub(crate) kind: Text<'a>,
    /// Of an iteration: its model, where it is not the message's.
    #[serde(borrow, default)]
    pub(crate) model: Text<'a>,
}

/// A request within a response.
pub(crate) type Iteration<'a> = UsageRecord<'a, IgnoredAny>;

#[derive(Debug, Default, Deserialize)]
pub(crate) struct CacheCreation {
    #[serde(default)]
    pub(crate) ephemeral_5m_input_tokens: Count,
    #[serde(default)]
    pub(crate) ephemeral_1h_input_tokens: Count,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ServerToolUse {
    #[serde(default)]
    pub(crate) web_search_requests: Count,
}

/// Parts of the output.
#[derive(Debug, Deserialize)]
pub(crate) struct OutputDetails {
    #[serde(default)]
    pub(crate) thinking_tokens: Option<Count>,
}

/// A record of Claude Code that names a copy of the session (`continued-in`, 2.1.270), or the session whose
/// conversation a subagent was given (`fork-context-ref`).
#[derive(Debug, Deserialize)]
pub(crate) struct LineageRecord<'a> {
    #[serde(rename = "type", borrow, default)]
    pub(crate) kind: Text<'a>,
    #[serde(rename = "sessionId", borrow, default)]
    pub(crate) session_id: Text<'a>,
    #[serde(rename = "continuedInSessionId", borrow, default)]
    pub(crate) continued_in: Text<'a>,
    #[serde(rename = "parentSessionId", borrow, default)]
    pub(crate) parent: Text<'a>,
}

/// A record of Claude Code that it entered a worktree.
#[derive(Debug, Deserialize)]
pub(crate) struct WorktreeRecord<'a> {
    #[serde(rename = "worktreeSession", borrow, default)]
    pub(crate) worktree_session: Object<WorktreeSession<'a>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct WorktreeSession<'a> {
    #[serde(rename = "worktreePath", borrow, default)]
    pub(crate) worktree_path: Text<'a>,
    /// The repository of the worktree.
    #[serde(rename = "originalCwd", borrow, default)]
    pub(crate) original_cwd: Text<'a>,
}

/// A record of Claude Code about a refusal of a model before an answer of another one.
#[derive(Debug, Deserialize)]
pub(crate) struct FallbackRecord<'a> {
    #[serde(borrow, default)]
    pub(crate) subtype: Text<'a>,
    #[serde(rename = "requestId", borrow, default)]
    pub(crate) request_id: Text<'a>,
    #[serde(rename = "apiRefusalCategory", borrow, default)]
    pub(crate) category: Text<'a>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ToolUseResult {
    #[serde(default)]
    pub(crate) usage: Presence,
    /// Of a web search. `toolStats.searchCount` of a subagent is a different count: of searches in files.
    #[serde(rename = "searchCount", default)]
    pub(crate) search_count: Count,
}

/// Data of a `progress` record: of kind `agent_progress`, a message of a subagent.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a, C: Deserialize<'de> + Default"))]
pub(crate) struct ProgressData<'a, C> {
    #[serde(rename = "type", borrow, default)]
    pub(crate) kind: Text<'a>,
    #[serde(rename = "agentId", borrow, default)]
    pub(crate) agent_id: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) message: Object<EmbeddedRecord<'a, C>>,
}

/// A record of a subagent, as in its own transcript.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'a, C: Deserialize<'de> + Default"))]
pub(crate) struct EmbeddedRecord<'a, C> {
    #[serde(rename = "type", borrow, default)]
    pub(crate) kind: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) timestamp: Option<Text<'a>>,
    #[serde(rename = "requestId", borrow, default)]
    pub(crate) request_id: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) uuid: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) message: Object<Message<'a, C>>,
}

/// `message.content` of a response.
pub(crate) type ReplyContent<'a> = List<ReplyBlock<'a>>;

/// The relevant part of `message.content` of a response.
pub(crate) trait ReplyBlocks {
    fn blocks(&self) -> &[ReplyBlock<'_>];

    /// Returns whether it is a list without blocks.
    fn is_empty(&self) -> bool;
}

impl ReplyBlocks for ReplyContent<'_> {
    fn blocks(&self) -> &[ReplyBlock<'_>] {
        self.items()
    }

    fn is_empty(&self) -> bool {
        matches!(self, List::Is(blocks) if blocks.is_empty())
    }
}

/// The content of a line that is too long for memory is skipped.
impl ReplyBlocks for IgnoredAny {
    fn blocks(&self) -> &[ReplyBlock<'_>] {
        &[]
    }

    fn is_empty(&self) -> bool {
        false
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct ReplyBlock<'a> {
    #[serde(rename = "type", borrow, default)]
    pub(crate) kind: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) id: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) name: Text<'a>,
    /// Of a `fallback` block: why the previous model refused.
    #[serde(borrow, default)]
    pub(crate) trigger: Object<RefusalDetails<'a>>,
}

/// `message.content` of a user's record: a text, or blocks.
#[derive(Debug, Default)]
pub(crate) enum UserContent<'a> {
    #[default]
    Other,
    Text(Lead),
    Blocks(Vec<UserBlock<'a>>),
}

#[derive(Debug, Deserialize)]
pub(crate) struct UserBlock<'a> {
    #[serde(rename = "type", borrow, default)]
    pub(crate) kind: Text<'a>,
    #[serde(borrow, default)]
    pub(crate) tool_use_id: Text<'a>,
    #[serde(default)]
    pub(crate) is_error: Flag,
    #[serde(default)]
    pub(crate) text: UserText,
}

/// The text of a user's block, reduced to its lead.
#[derive(Debug, Default)]
pub(crate) struct UserText(pub(crate) Option<Lead>);

/// The beginnings of texts that Claude Code writes on behalf of the user without marking them otherwise.
const MACHINE_LEADS: [&str; 8] = [
    "<command-",
    "<local-command-",
    "<bash-",
    "<task-notification",
    "<system-reminder",
    "<user-memory-input",
    "[Request interrupted",
    "Caveat: The messages below",
];

/// Classification of a text by its beginning: typed or generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lead {
    Typed,
    Machine,
}

impl Lead {
    fn of(text: &str) -> Self {
        let text = text.trim_start();
        if MACHINE_LEADS.iter().any(|lead| text.starts_with(lead)) { Self::Machine } else { Self::Typed }
    }
}

impl<'de> Deserialize<'de> for UserText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = UserText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E>(self, text: &str) -> Result<UserText, E> {
                Ok(UserText(Some(Lead::of(text))))
            }

            otherwise!(UserText(None) => bool number null list object);
        }
        deserializer.deserialize_any(TextVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for UserContent<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ContentVisitor<'a>(std::marker::PhantomData<&'a ()>);
        impl<'de: 'a, 'a> Visitor<'de> for ContentVisitor<'a> {
            type Value = UserContent<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or blocks")
            }

            fn visit_str<E>(self, text: &str) -> Result<UserContent<'a>, E> {
                Ok(UserContent::Text(Lead::of(text)))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<UserContent<'a>, A::Error> {
                Ok(UserContent::Blocks(first_objects(&mut items)?.0))
            }

            otherwise!(UserContent::Other => bool number null object);
        }
        deserializer.deserialize_any(ContentVisitor(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_any_kind_do_not_cost_the_record() {
        let values = ["null", "true", "1", "2.5", r#""x""#, "[]", r#"[{"a":1}]"#, "{}", r#"{"message":[]}"#];
        for value in values {
            for field in [
                "type",
                "timestamp",
                "sessionId",
                "cwd",
                "gitBranch",
                "version",
                "isSidechain",
                "agentId",
                "requestId",
                "uuid",
                "sessionKind",
                "forkedFrom",
                "entrypoint",
                "teamName",
                "agentName",
                "attributionSkill",
                "attributionPlugin",
                "attributionAgent",
                "attributionMcpServer",
                "attributionMcpTool",
                "effort",
                "isMeta",
                "isCompactSummary",
                "message",
                "toolUseResult",
                "data",
            ] {
                let line = format!(r#"{{"{field}":{value}}}"#);
                let record = serde_json::from_str::<Record<'_, IgnoredAny>>(&line);
                assert!(record.is_ok(), "{line}: {record:?}");
            }
            for field in ["id", "model", "stop_reason", "stop_details", "diagnostics", "usage", "content"] {
                let line = format!(r#"{{"message":{{"{field}":{value}}}}}"#);
                assert!(serde_json::from_str::<Record<'_, ReplyContent<'_>>>(&line).is_ok(), "{line}");
                assert!(serde_json::from_str::<Record<'_, UserContent<'_>>>(&line).is_ok(), "{line}");
            }
            for field in [
                "input_tokens",
                "cache_creation",
                "speed",
                "service_tier",
                "inference_geo",
                "server_tool_use",
                "output_tokens_details",
                "iterations",
                "type",
                "model",
            ] {
                let usage = format!(r#"{{"{field}":{value}}}"#);
                assert!(serde_json::from_str::<UsageRecord<'_>>(&usage).is_ok(), "{usage}");
            }
        }
    }

    #[test]
    fn typed_prompts_are_distinguished_from_generated_ones() {
        let check = |text: &str, expected| assert_eq!(Lead::of(text), expected, "{text}");
        check("fix the test", Lead::Typed);
        check("<div> is not closed", Lead::Typed);
        check("<command-name>/clear</command-name>", Lead::Machine);
        check("\n<local-command-stdout></local-command-stdout>", Lead::Machine);
        check("[Request interrupted by user]", Lead::Machine);
    }
}
