//! The attributes of a log record that are read.
//!
//! The list is complete: what is not named here, such as a prompt, an account, an organization or the input of a tool, is
//! skipped by the walk of a body and never becomes a value.

/// Attributes of a record that are counted at most; a record with more is rejected.
pub const MOST_ATTRIBUTES: usize = 256;

/// The longest text of an attribute, in bytes.
const MOST_TEXT: usize = 500;

/// An attribute that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Field {
    /// Name of the event.
    EventName,
    /// Time of the event.
    EventTimestamp,
    /// Session.
    SessionId,
    /// Version of Claude Code.
    AppVersion,
    /// The request.
    RequestId,
    /// The model.
    Model,
    /// Input tokens.
    InputTokens,
    /// Output tokens.
    OutputTokens,
    /// Cache reads.
    CacheReadTokens,
    /// Cache writes.
    CacheCreationTokens,
    /// Claude Code's own cost, in millionths of a US dollar.
    CostUsdMicros,
    /// The same in US dollars, of earlier versions.
    CostUsd,
    /// `fast` or `normal`.
    Speed,
    /// What the request was for.
    QuerySource,
    /// Effort.
    Effort,
    /// Agent.
    AgentName,
    /// Skill.
    SkillName,
    /// Plugin.
    PluginName,
    /// MCP server.
    McpServerName,
    /// MCP tool.
    McpToolName,
}

/// The fields by the names of their attributes, in the order of the enum.
const NAMES: [(&str, Field); 20] = [
    ("event.name", Field::EventName),
    ("event.timestamp", Field::EventTimestamp),
    ("session.id", Field::SessionId),
    ("app.version", Field::AppVersion),
    ("request_id", Field::RequestId),
    ("model", Field::Model),
    ("input_tokens", Field::InputTokens),
    ("output_tokens", Field::OutputTokens),
    ("cache_read_tokens", Field::CacheReadTokens),
    ("cache_creation_tokens", Field::CacheCreationTokens),
    ("cost_usd_micros", Field::CostUsdMicros),
    ("cost_usd", Field::CostUsd),
    ("speed", Field::Speed),
    ("query_source", Field::QuerySource),
    ("effort", Field::Effort),
    ("agent.name", Field::AgentName),
    ("skill.name", Field::SkillName),
    ("plugin.name", Field::PluginName),
    ("mcp_server.name", Field::McpServerName),
    ("mcp_tool.name", Field::McpToolName),
];

impl Field {
    /// Returns the field of an attribute, if it is read.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }

    /// Returns the name of the attribute.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES[self as usize].0
    }
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A text.
    Text(String),
    /// An integer.
    Integer(i64),
    /// Another number.
    Double(f64),
    /// Any other type, and a text that is too long.
    Other,
}

impl Value {
    /// Returns a text as a value, if it is one that is kept: of limited length and without a NUL character.
    #[must_use]
    pub fn text(text: &str) -> Self {
        if text.len() > MOST_TEXT || text.contains('\0') { Self::Other } else { Self::Text(text.to_owned()) }
    }
}

/// The fields of a record.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fields {
    values: [Option<Value>; NAMES.len()],
    /// The name of the event, by the record itself.
    pub event_name: Option<String>,
    /// Time of the record, in nanoseconds since the epoch; 0: unknown.
    pub time_ns: u64,
    /// Number of attributes.
    pub attributes: usize,
}

impl Fields {
    /// Sets a field; of two values, the first one holds.
    pub fn set(&mut self, field: Field, value: Value) {
        self.values[field as usize].get_or_insert(value);
    }

    /// Returns the value of a field.
    #[must_use]
    pub fn get(&self, field: Field) -> Option<&Value> {
        self.values[field as usize].as_ref()
    }

    /// Sets the name of the event, if it can be one: a body may hold any text.
    pub fn set_event_name(&mut self, name: &str) {
        if self.event_name.is_none() && name.len() <= 64 && name.starts_with("claude_code.") {
            self.event_name = Some(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_of_the_fields() {
        for (at, (name, field)) in NAMES.iter().enumerate() {
            assert_eq!((*field as usize, field.name(), Field::of(name)), (at, *name, Some(*field)));
        }
        for other in ["prompt", "user.email", "organization.id", "tool_input", "", "Model"] {
            assert_eq!(Field::of(other), None);
        }
    }

    #[test]
    fn texts_are_bounded() {
        assert_eq!(Value::text(&"a".repeat(501)), Value::Other);
        assert_eq!(Value::text("a\0b"), Value::Other);
        assert_eq!(Value::text("a"), Value::Text("a".to_owned()));
    }
}
