//! Details that recent versions log: of a response beside its usage, of a session beside its responses.
//!
//! What is said follows from ids and times and not from chance, so that a home is as it would be without it but
//! for these members and lines.

use crate::calendar::timestamp;
use crate::error::Result;
use crate::home::Home;
use crate::json::Json;
use crate::thread::Thread;

/// Details of a response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Details(u64);

const SKILLS: [&str; 3] = ["commit", "review-pr", "release-notes"];
const SERVERS: [(&str, &str); 2] = [("docs", "search"), ("issues", "list_open")];
const MISSES: [&str; 3] = ["messages_changed", "tools_changed", "system_changed"];

impl Details {
    /// Returns what is said of the response with an id.
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

/// Writes a line about the session after some turns.
pub(crate) fn after_turn(home: &mut Home, main: &mut Thread) -> Result<()> {
    if !main.voice.era.details {
        return Ok(());
    }
    let at_ms = main.voice.pace.at_ms.unsigned_abs();
    let number = 1 + at_ms / 1_000 % 90;
    let line = match at_ms % 24 {
        0 => {
            let members = format!(
                r#""hookCount":2,"hookInfos":[{{"command":"/home/dev/.claude/hooks/lint.sh --all","durationMs":{number}}},{{"command":"python3 notify.py"}}],"hookErrors":[]"#
            );
            main.voice.system(&mut home.random, "stop_hook_summary", &members)
        }
        1 => {
            let now = timestamp(main.voice.pace.at_ms);
            let members = format!(
                r#""prNumber":{number},"prUrl":"https://github.com/house/tools/pull/{number}","prRepository":"house/tools","timestamp":"{now}""#
            );
            main.voice.about("pr-link", &members)
        }
        2 => {
            // As it is within a session: it never falls.
            let spent = at_ms / 60_000;
            let model = main.voice.model;
            let members = format!(
                r#""totalCostUSD":{}.{:02},"totalAPIDuration":{spent},"totalDuration":{at_ms},"totalLinesAdded":{number},"modelUsage":{{"{model}":{{"inputTokens":{spent},"outputTokens":{number},"costUSD":0.5}}}}"#,
                spent / 100,
                spent % 100
            );
            main.voice.about("cost-state", &members)
        }
        3 => main.voice.about("custom-title", r#""customTitle":"the pending queue""#),
        _ => return Ok(()),
    };
    main.write(home, &line)
}
