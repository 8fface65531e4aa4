//! The tools that a model calls.

use crate::random::Random;

/// A tool and how it is called.
#[derive(Debug)]
pub(crate) struct Tool {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its share of the calls.
    weight: u64,
    /// The members of its input that are always the same.
    pub(crate) input: &'static str,
    /// A member of its input that is a text, and the text's greatest length in bytes.
    pub(crate) text: Option<(&'static str, u64)>,
}

const TOOLS: &[Tool] = &[
    tool("Bash", 30, r#""description":"Run the tests","timeout":120000"#, Some(("command", 120))),
    tool("Read", 26, r#""file_path":"/home/dev/code/src/parser.rs","limit":400"#, None),
    tool(
        "Edit",
        18,
        r#""file_path":"/home/dev/code/src/index.rs","replace_all":false"#,
        Some(("new_string", 900)),
    ),
    tool("Grep", 10, r#""pattern":"fn \\w+_cache\\(","output_mode":"content""#, None),
    tool("Write", 5, r#""file_path":"/home/dev/code/docs/queue.md""#, Some(("content", 2_000))),
    tool("Glob", 5, r#""pattern":"**/*.rs""#, None),
    tool(
        "TodoWrite",
        4,
        r#""todos":[{"content":"Split the schema","status":"in_progress","activeForm":"Splitting the schema"}]"#,
        None,
    ),
    tool("WebFetch", 1, r#""url":"https://example.com/changelog","prompt":"What is new?""#, None),
    // Its input is bait: usage that is not the message's.
    tool(
        "mcp__metrics__record",
        1,
        r#""usage":{"input_tokens":987654,"output_tokens":321},"type":"assistant","model":"none""#,
        None,
    ),
];

/// The tool that starts subagents.
pub(crate) static DELEGATE: Tool =
    tool("Task", 0, r#""description":"Look around","subagent_type":"Explore""#, Some(("prompt", 300)));

/// The tool that searches the web, in separate requests.
static SEARCH: Tool = tool("WebSearch", 0, r#""query":"narrow cursor of a stale index""#, None);

const fn tool(
    name: &'static str,
    weight: u64,
    input: &'static str,
    text: Option<(&'static str, u64)>,
) -> Tool {
    Tool { name, weight, input, text }
}

/// A call of a tool.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Id of the call.
    pub(crate) id: String,
    /// The tool.
    pub(crate) tool: &'static Tool,
    /// Number of web searches.
    pub(crate) searches: u64,
}

impl Call {
    /// Returns a call of a tool that does its work at once.
    pub(crate) fn random(random: &mut Random) -> Self {
        let weights: Vec<u64> = TOOLS.iter().map(|tool| tool.weight).collect();
        let tool = &TOOLS[random.weighted(&weights)];
        Self::of(random, tool)
    }

    /// Returns a call that starts a subagent.
    pub(crate) fn delegate(random: &mut Random) -> Self {
        Self::of(random, &DELEGATE)
    }

    /// Returns a call that searches the web.
    pub(crate) fn search(random: &mut Random) -> Self {
        let searches = random.within(1..=5);
        Self { searches, ..Self::of(random, &SEARCH) }
    }

    fn of(random: &mut Random, tool: &'static Tool) -> Self {
        Self { id: random.id("toolu_01"), tool, searches: 0 }
    }

    /// Returns whether the call starts a subagent.
    pub(crate) fn is_delegation(&self) -> bool {
        std::ptr::eq(self.tool, &raw const DELEGATE)
    }
}
