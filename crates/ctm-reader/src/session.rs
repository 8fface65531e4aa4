//! Lines about a session: turns, hooks, pull requests, names, and Claude Code's own totals.
//!
//! They contain private texts: the command line of a hook may contain a secret, and a title may be derived
//! from a prompt. Only the file name of a command's program is kept; titles are read only on request.

use crate::bounds::{bounded, limited};
use crate::interpret::{PathDefaults, time};
use crate::lenient::{Count, EmptyList, Flag, List, Number, Object, Text};
use ctm_types::{
    CostState, HookOutcome, ModelCost, NameKind, PicoUsd, Recorded, SessionFacts, SessionName, SessionRecord,
};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// Maximum number of hooks of one line, and of models of one session's totals.
const MAX_ITEMS: usize = 100;

/// A line about a session.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionLine<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Text<'a>,
    #[serde(borrow, default)]
    subtype: Text<'a>,
    #[serde(borrow, default)]
    uuid: Text<'a>,
    #[serde(borrow, default)]
    timestamp: Option<Text<'a>>,
    #[serde(borrow, default)]
    session_id: Text<'a>,
    /// Of a turn.
    #[serde(default)]
    duration_ms: Number,
    #[serde(borrow, default)]
    hook_infos: List<HookInfo<'a>>,
    /// Of hooks: an empty list if none failed.
    #[serde(default)]
    hook_errors: EmptyList,
    #[serde(borrow, default)]
    attachment: Object<Attachment<'a>>,
    #[serde(default)]
    pr_number: Option<Count>,
    #[serde(borrow, default)]
    pr_url: Text<'a>,
    #[serde(borrow, default)]
    pr_repository: Text<'a>,
    #[serde(borrow, default)]
    custom_title: Text<'a>,
    #[serde(borrow, default)]
    agent_name: Text<'a>,
    #[serde(rename = "totalCostUSD", default)]
    total_cost_usd: Number,
    #[serde(rename = "totalAPIDuration", default)]
    total_api_duration: Number,
    #[serde(default)]
    total_tool_duration: Number,
    #[serde(default)]
    total_duration: Number,
    #[serde(default)]
    total_lines_added: Count,
    #[serde(default)]
    total_lines_removed: Count,
    #[serde(default)]
    model_usage: Object<Models>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HookInfo<'a> {
    #[serde(borrow, default)]
    command: Text<'a>,
    #[serde(default)]
    duration_ms: Number,
}

/// A hook that ran at an event.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attachment<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Text<'a>,
    #[serde(borrow, default)]
    hook_event: Text<'a>,
    #[serde(borrow, default)]
    command: Text<'a>,
    #[serde(borrow, default)]
    blocking_error: Object<BlockingError<'a>>,
    #[serde(default)]
    timed_out: Flag,
    #[serde(default)]
    duration_ms: Number,
}

/// Why a hook blocked something, with its command.
#[derive(Debug, Deserialize)]
struct BlockingError<'a> {
    #[serde(borrow, default)]
    command: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ModelUsage {
    #[serde(default)]
    input_tokens: Count,
    #[serde(default)]
    output_tokens: Count,
    #[serde(default)]
    thinking_tokens: Count,
    #[serde(default)]
    cache_read_input_tokens: Count,
    #[serde(default)]
    cache_creation_input_tokens: Count,
    #[serde(default)]
    web_search_requests: Count,
    #[serde(rename = "costUSD", default)]
    cost_usd: Number,
}

/// The totals of the first models, by name.
#[derive(Debug, Default)]
struct Models(BTreeMap<String, ModelCost>);

impl<'de> Deserialize<'de> for Models {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ModelsVisitor;
        impl<'de> Visitor<'de> for ModelsVisitor {
            type Value = Models;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("models")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Models, A::Error> {
                let mut models = BTreeMap::new();
                while let Some((model, usage)) = fields.next_entry::<String, Object<ModelUsage>>()? {
                    if let (Object::Is(usage), true) = (usage, models.len() < MAX_ITEMS) {
                        models.insert(bounded(&model), usage.cost());
                    }
                }
                Ok(Models(models))
            }
        }
        deserializer.deserialize_map(ModelsVisitor)
    }
}

impl Attachment<'_> {
    /// Returns the run of a hook; `None` of other attachments. Those at the end of a turn are in its summary.
    fn hook(&self) -> Option<Recorded> {
        const AT_THE_END: [&str; 2] = ["Stop", "SubagentStop"];
        let outcome = self.outcome()?;
        let event = self.hook_event.get().filter(|event| is_event(event) && !AT_THE_END.contains(event))?;
        let of_block = self.blocking_error.get().and_then(|error| error.command.get());
        Some(Recorded::Hook {
            program: self.command.get().or(of_block).and_then(program),
            event: Some(event.to_owned()),
            duration_ms: self.duration_ms.whole(),
            outcome: Some(outcome),
        })
    }

    fn outcome(&self) -> Option<HookOutcome> {
        Some(match self.kind.get()? {
            "hook_success" => HookOutcome::Passed,
            "hook_blocking_error" => HookOutcome::Blocked,
            "hook_non_blocking_error" | "hook_error_during_execution" => HookOutcome::Failed,
            "hook_cancelled" if self.timed_out.is_true() => HookOutcome::TimedOut,
            "hook_cancelled" => HookOutcome::Cancelled,
            _ => return None,
        })
    }
}

/// Returns whether a text can be the name of an event, such as `PreToolUse`.
fn is_event(text: &str) -> bool {
    text.len() <= MAX_PROGRAM && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl ModelUsage {
    fn cost(&self) -> ModelCost {
        ModelCost {
            cost: usd(self.cost_usd),
            input: self.input_tokens.value,
            output: self.output_tokens.value,
            thinking: self.thinking_tokens.value,
            cache_read: self.cache_read_input_tokens.value,
            cache_write: self.cache_creation_input_tokens.value,
            web_searches: self.web_search_requests.value,
        }
    }
}

/// Returns an amount, as exact as Claude Code's floating-point number.
fn usd(number: Number) -> PicoUsd {
    const MOST: f64 = 9e6;
    let amount = number.get().filter(|amount| *amount <= MOST);
    amount.and_then(|amount| format!("{amount:.12}").parse().ok()).unwrap_or_default()
}

/// Notes a line about a session, at `offset_bytes` of its transcript.
pub(crate) fn note_session(
    line: &SessionLine<'_>,
    offset_bytes: u64,
    place: &PathDefaults,
    with_names: bool,
    facts: &mut SessionFacts,
) {
    let session = limited(line.session_id.get().unwrap_or(&place.session)).into_owned();
    match (line.kind.get(), line.subtype.get()) {
        (Some("system"), Some("turn_duration" | "stop_hook_summary"))
        | (Some("pr-link" | "attachment"), _) => {
            note_records(line, &session, facts);
        }
        (Some("cost-state"), _) => facts.add_cost_state(session, cost_state(line)),
        (Some("custom-title"), _) if with_names => {
            note_name(NameKind::Title, &line.custom_title, session, offset_bytes, place, facts);
        }
        (Some("agent-name"), _) if with_names => {
            note_name(NameKind::Agent, &line.agent_name, session, offset_bytes, place, facts);
        }
        _ => {}
    }
}

fn note_records(line: &SessionLine<'_>, session: &str, facts: &mut SessionFacts) {
    let Ok(at_ms) = time(line.timestamp.as_ref(), &mut Vec::new()) else { return };
    let uuid = line.uuid.get().map_or_else(|| format!("{session}|{at_ms}"), str::to_owned);
    let mut note = |id: String, what| {
        facts.records.push(SessionRecord { id: bounded(&id), session: session.to_owned(), at_ms, what });
    };
    let is_turn = line.subtype.get() == Some("turn_duration");
    if let Some(duration_ms) = line.duration_ms.whole().filter(|_| is_turn) {
        note(format!("turn|{uuid}"), Recorded::Turn { duration_ms });
    }
    for (at, hook) in line.hook_infos.items().iter().take(MAX_ITEMS).enumerate() {
        let program = hook.command.get().and_then(program);
        let (event, duration_ms) = (None, hook.duration_ms.whole());
        // An error names no hook, and one without a duration may not have ended.
        let passed = duration_ms.is_some() && line.hook_errors.0;
        let outcome = passed.then_some(HookOutcome::Passed);
        note(format!("hook|{uuid}|{at}"), Recorded::Hook { program, event, duration_ms, outcome });
    }
    if let Some(hook) = line.attachment.get().and_then(Attachment::hook) {
        note(format!("hook|{uuid}"), hook);
    }
    if let (Some(repository), Some(number)) = (line.pr_repository.get(), line.pr_number.and_then(Count::good))
    {
        let url = line.pr_url.get().and_then(address);
        let id = format!("pr|{session}|{number}|{repository}");
        note(id, Recorded::PullRequest { repository: bounded(repository), number, url });
    }
}

fn cost_state(line: &SessionLine<'_>) -> CostState {
    let millis = |number: Number| number.whole().unwrap_or_default();
    CostState {
        cost: usd(line.total_cost_usd),
        api_duration_ms: millis(line.total_api_duration),
        tool_duration_ms: millis(line.total_tool_duration),
        duration_ms: millis(line.total_duration),
        lines_added: line.total_lines_added.value,
        lines_removed: line.total_lines_removed.value,
        models: line.model_usage.get().map(|models| models.0.clone()).unwrap_or_default(),
    }
}

fn note_name(
    kind: NameKind,
    name: &Text<'_>,
    session: String,
    offset_bytes: u64,
    place: &PathDefaults,
    facts: &mut SessionFacts,
) {
    let Some(name) = name.get() else { return };
    let in_own_file = session == place.stem;
    facts.names.insert((session, kind), SessionName { name: bounded(name), offset_bytes, in_own_file });
}

/// Maximum length of the name of a program or an event, in bytes.
const MAX_PROGRAM: usize = 64;

/// Programs that are recognised without their folder. Any other first word may be text, because a hook may
/// be a prompt instead of a command.
const PROGRAMS: [&str; 24] = [
    "bash",
    "bun",
    "bunx",
    "cmd",
    "deno",
    "echo",
    "fish",
    "go",
    "jq",
    "make",
    "node",
    "npm",
    "npx",
    "perl",
    "php",
    "pnpm",
    "powershell",
    "pwsh",
    "python",
    "python3",
    "ruby",
    "sh",
    "uv",
    "zsh",
];

/// Returns the file name of the program that a command line begins with. A word that could be anything but
/// the path of a program has no name: an address, a substitution, a secret.
fn program(command: &str) -> Option<String> {
    let mut rest = command;
    let word = loop {
        let (word, behind) = first_word(rest)?;
        if !is_assignment(&word) {
            break word;
        }
        rest = behind;
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    let (folder, name) = match word.rfind(['/', '\\']) {
        Some(at) => (Some(&word[..at]), &word[at + 1..]),
        None => (None, word.as_str()),
    };
    let is_known = match folder {
        Some(folder) => {
            !folder.contains("://") && !folder.ends_with(":/") && !word.contains(['`', '(', ')', '\n'])
        }
        None => PROGRAMS.contains(&name.trim_end_matches(".exe")),
    };
    let is_name = !name.is_empty() && name.len() <= MAX_PROGRAM && name.bytes().all(is_plain);
    (is_known && is_name).then(|| name.to_owned())
}

/// Returns the first word of a command line without its quotes, and the rest.
fn first_word(command: &str) -> Option<(String, &str)> {
    let command = command.trim_start();
    let (mut word, mut quote) = (String::new(), None);
    for (at, character) in command.char_indices() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, space) if space.is_whitespace() => return Some((word, &command[at..])),
            (None, ';' | '|' | '&' | '<' | '>') => return (!word.is_empty()).then_some((word, "")),
            _ => word.push(character),
        }
    }
    (quote.is_none() && !word.is_empty()).then_some((word, ""))
}

/// Returns whether a word sets a variable for the command that follows.
fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
    })
}

/// Returns an address without credentials, query and fragment; `None` unless it is a web page.
fn address(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let rest = rest.split(['?', '#']).next()?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit('@').next().filter(|host| !host.is_empty())?;
    matches!(scheme, "https" | "http").then(|| bounded(&format!("{scheme}://{host}/{path}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_command_the_file_name_of_its_program_is_kept() {
        let check = |command: &str, expected: Option<&str>| {
            assert_eq!(program(command).as_deref(), expected, "{command}");
        };
        check("/home/u/.claude/hooks/lint.sh --token secret", Some("lint.sh"));
        check("python3 /home/u/hooks/secret.py", Some("python3"));
        check("python3", Some("python3"));
        check(r#""$CLAUDE_PROJECT_DIR"/.claude/hooks/check.sh secret"#, Some("check.sh"));
        check("$CLAUDE_PROJECT_DIR/hooks/check.sh", Some("check.sh"));
        check(r#""C:\Program Files\hooks\note.exe" /secret"#, Some("note.exe"));
        check("TOKEN=secret OTHER='se cret' ./notify.sh", Some("notify.sh"));
        check("~/bin/done.sh;curl secret", Some("done.sh"));
        check("TOKEN=\"a secret\" node x.js", Some("node"));
    }

    #[test]
    fn ambiguous_commands_have_no_program_name() {
        for command in [
            "",
            "   ",
            "SECRET=1",
            "SECRET='a b",
            "secret",
            "Check that the secret is safe",
            "\"secret program\"",
            "https://hooks.example.com/T0/B0/SECRET",
            "$(cat /etc/secret)",
            "`cat /etc/secret`",
            "/bin/$(cat secret)/x",
            "/bin/a=secret",
            "/bin/se:cret",
            "curl https://u:secret@host/",
            "; secret",
            "/bin/",
            "'/bin/secret",
            "SECRET=a'b c'd",
        ] {
            assert_eq!(program(command), None, "{command}");
        }
        assert_eq!(program(&format!("/bin/{}", "x".repeat(65))), None);
    }

    #[test]
    fn an_address_has_no_credentials_and_no_query() {
        let check =
            |url: &str, expected: Option<&str>| assert_eq!(address(url).as_deref(), expected, "{url}");
        check("https://github.com/o/r/pull/5", Some("https://github.com/o/r/pull/5"));
        check(
            "https://u:secret@git.example.com/o/r/pull/5?token=secret#secret",
            Some("https://git.example.com/o/r/pull/5"),
        );
        check("https://git.example.com?secret", Some("https://git.example.com/"));
        check("file:///home/u/secret", None);
        check("secret", None);
        check("https://", None);
    }

    #[test]
    fn fields_of_any_kind_do_not_cost_the_line() {
        for value in [
            "null",
            "true",
            "-1",
            "2.5",
            r#""x""#,
            "[]",
            r#"[{"command":1}]"#,
            "{}",
            r#"{"m":{"inputTokens":"x"}}"#,
        ] {
            for field in [
                "type",
                "subtype",
                "uuid",
                "timestamp",
                "sessionId",
                "durationMs",
                "hookInfos",
                "hookErrors",
                "attachment",
                "prNumber",
                "prUrl",
                "prRepository",
                "customTitle",
                "agentName",
                "totalCostUSD",
                "totalAPIDuration",
                "totalLinesAdded",
                "modelUsage",
            ] {
                let line = format!(r#"{{"{field}":{value}}}"#);
                assert!(serde_json::from_str::<SessionLine<'_>>(&line).is_ok(), "{line}");
            }
        }
    }
}
