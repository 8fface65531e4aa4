//! Details of a response that recent versions log beside its usage.
//!
//! They follow from the id and not from chance, so that a home without them differs in these members alone.

use crate::json::Json;

/// Details of a response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Details(u64);

const SKILLS: [&str; 3] = ["commit", "review-pr", "release-notes"];
const SERVERS: [(&str, &str); 2] = [("docs", "search"), ("issues", "list_open")];
const MISSES: [&str; 3] = ["messages_changed", "tools_changed", "system_changed"];

impl Details {
    /// Returns the details of the response with an id.
    pub(crate) fn of(id: &str) -> Self {
        Self(id.bytes().fold(7, |number, byte| (number * 31 + u64::from(byte)) % 1_000_003))
    }

    /// Writes the members of the line.
    pub(crate) fn write_line(self, json: &mut Json) {
        json.string("effort", if self.0.is_multiple_of(5) { "medium" } else { "high" });
        if self.0.is_multiple_of(3) {
            json.string("attributionSkill", chosen(&SKILLS, self.0 / 3));
        }
        if self.0.is_multiple_of(40) {
            json.string("attributionPlugin", "house-tools");
        }
        if self.0.is_multiple_of(7) {
            let (server, tool) = chosen(&SERVERS, self.0 / 7);
            json.string("attributionMcpServer", server);
            json.string("attributionMcpTool", tool);
        }
    }

    /// Writes the members of the message.
    pub(crate) fn write_message(self, json: &mut Json) {
        if self.0.is_multiple_of(30) {
            json.nested("diagnostics", |json| {
                json.nested("cache_miss_reason", |json| {
                    json.string("type", chosen(&MISSES, self.0 / 30));
                    json.number("cache_missed_input_tokens", self.0 % 9_000);
                });
            });
        }
    }

    /// Writes the members of usage: of the output, so much was thought.
    pub(crate) fn write_usage(self, json: &mut Json, output: u64) {
        json.nested("output_tokens_details", |json| {
            json.number("thinking_tokens", output / (2 + self.0 % 7));
        });
    }
}

fn chosen<T: Copy>(from: &[T], number: u64) -> T {
    from[usize::try_from(number % from.len() as u64).expect("an index")]
}
