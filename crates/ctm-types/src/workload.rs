//! What responses did besides the tokens that are billed.

use std::ops::AddAssign;

/// Prompts, thinking and tool calls of responses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Workload {
    /// Prompts that the responses are the first to answer.
    pub prompts: u64,
    /// Responses whose thinking tokens are known.
    pub thinking_responses: u64,
    /// Their thinking tokens, which are part of the output.
    pub thinking_tokens: u64,
    /// Their output tokens.
    pub thinking_output: u64,
    /// Tool calls.
    pub tool_calls: u64,
    /// Tool calls that failed.
    pub tool_errors: u64,
}

impl AddAssign for Workload {
    fn add_assign(&mut self, other: Self) {
        self.prompts = self.prompts.saturating_add(other.prompts);
        self.thinking_responses = self.thinking_responses.saturating_add(other.thinking_responses);
        self.thinking_tokens = self.thinking_tokens.saturating_add(other.thinking_tokens);
        self.thinking_output = self.thinking_output.saturating_add(other.thinking_output);
        self.tool_calls = self.tool_calls.saturating_add(other.tool_calls);
        self.tool_errors = self.tool_errors.saturating_add(other.tool_errors);
    }
}
