//! Filler: sentences, code and images that mean nothing.
//!
//! Everything is kept as the inside of a JSON string, escaped once. Some of it is bait for
//! readers that search bytes instead of parsing: records and usage inside of strings, escape
//! sequences, and letters beyond ASCII.

use crate::random::Random;

const NOUNS: &[&str] = &[
    "parser",
    "index",
    "queue",
    "cache",
    "router",
    "schema",
    "ledger",
    "widget",
    "token",
    "buffer",
    "session",
    "worker",
    "cursor",
    "layout",
    "filter",
    "branch",
    "adapter",
    "payload",
    "snapshot",
    "retry",
    "column",
    "handler",
    "stream",
    "fixture",
    "migration",
    "timeout",
    "config",
    "checkout",
    "invoice",
    "report",
];
const VERBS: &[&str] = &[
    "checks", "splits", "loads", "merges", "drops", "renders", "sorts", "stores", "skips", "updates",
    "returns", "wraps", "opens", "flushes", "counts", "rejects", "parses", "moves",
];
const ADJECTIVES: &[&str] = &[
    "empty", "stale", "shared", "nested", "slow", "broken", "local", "first", "unused", "pending", "narrow",
    "cached", "missing", "partial", "final", "plain",
];
const REQUESTS: &[&str] =
    &["Please fix", "Look into", "Simplify", "Write a test for", "Explain", "Rename", "Speed up", "Document"];

/// Lines that tempt a reader to search bytes.
const BAIT: &[&str] = &[
    r#"{\"type\":\"assistant\",\"message\":{\"usage\":{\"input_tokens\":4096,\"output_tokens\":77}}}"#,
    r#"\"usage\": {\"output_tokens\": 12}, \"timestamp\": \"2020-01-01T00:00:00.000Z\""#,
    r"\u001b[32mok\u001b[39m 41 passed \ud83d\ude80 done\r",
    r"naïve café, 漢字かな, Größe ✓ 🚀",
    r"C:\\src\\tool\\main.rs:12:\t// \\\\ not the end of a string",
];

/// Filler that was made once, to be cut to length.
#[derive(Debug)]
pub(crate) struct Prose {
    sentences: Text,
    code: Text,
    image: String,
}

impl Prose {
    /// Makes up the filler.
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            sentences: Text::new(48 << 10, || sentence(random)),
            code: Text::new(256 << 10, || code_line(random)),
            image: random.base64(512 << 10),
        }
    }

    /// Returns about `len` bytes of sentences, at most 48 KiB.
    pub(crate) fn sentences(&self, random: &mut Random, len: u64) -> &str {
        self.sentences.cut(random, len)
    }

    /// Returns about `len` bytes of code and command output, at most 256 KiB.
    pub(crate) fn code(&self, random: &mut Random, len: u64) -> &str {
        self.code.cut(random, len)
    }

    /// Returns `len` bytes of base64, at most 512 KiB.
    pub(crate) fn base64(&self, random: &mut Random, len: u64) -> &str {
        let len = usize::try_from(len).map_or(self.image.len(), |len| len.min(self.image.len()));
        let start = random.index(self.image.len() - len + 1);
        &self.image[start..start + len]
    }
}

/// A text whose lines can be cut out: escaped, each line ending with `\n`.
#[derive(Debug)]
struct Text {
    text: String,
    starts: Vec<usize>,
}

impl Text {
    fn new(len: usize, mut line: impl FnMut() -> String) -> Self {
        let (mut text, mut starts) = (String::with_capacity(len + 512), Vec::new());
        while text.len() < len {
            starts.push(text.len());
            text.push_str(&line());
            text.push_str("\\n");
        }
        Self { text, starts }
    }

    /// Returns whole lines, at least `len` bytes of them unless the text is shorter.
    fn cut(&self, random: &mut Random, len: u64) -> &str {
        let len = usize::try_from(len).map_or(self.text.len(), |len| len.min(self.text.len()));
        let last = self.starts.partition_point(|start| *start <= self.text.len() - len);
        let start = self.starts[random.index(last)];
        let end = self.starts.partition_point(|end| *end < start + len);
        &self.text[start..self.starts.get(end).copied().unwrap_or(self.text.len())]
    }
}

/// Returns a sentence, in plain ASCII and with nothing to escape.
pub(crate) fn sentence(random: &mut Random) -> String {
    format!(
        "The {} {} {} the {} {} before the {} is done.",
        random.pick(ADJECTIVES),
        random.pick(NOUNS),
        random.pick(VERBS),
        random.pick(ADJECTIVES),
        random.pick(NOUNS),
        random.pick(NOUNS)
    )
}

/// Returns a prompt, in plain ASCII and with nothing to escape.
pub(crate) fn prompt(random: &mut Random) -> String {
    let mut prompt = format!("{} the {}. ", random.pick(REQUESTS), topic(random));
    for _ in 0..random.skewed(1..=8) {
        prompt.push_str(&sentence(random));
        prompt.push(' ');
    }
    prompt
}

/// Returns what a prompt, a branch or a title is about: two words.
pub(crate) fn topic(random: &mut Random) -> String {
    format!("{} {}", random.pick(ADJECTIVES), random.pick(NOUNS))
}

/// Returns a short name: two words joined by a hyphen.
pub(crate) fn name(random: &mut Random) -> String {
    topic(random).replace(' ', "-")
}

fn code_line(random: &mut Random) -> String {
    if random.one_in(40) {
        return (*random.pick(BAIT)).to_owned();
    }
    let (noun, other, number) = (*random.pick(NOUNS), *random.pick(NOUNS), random.below(10_000));
    match random.below(6) {
        0 => format!("{number:>6}→    let {noun} = {other}.load({number})?;"),
        1 => format!("    \\\"{noun}_{other}\\\": {number},"),
        2 => format!("\\tif {noun}.len() > {number} {{ return Err({other}Error::TooLong); }}"),
        3 => format!("src/{noun}/{other}.rs:{number}: warning: unused variable `{other}`"),
        4 => format!("        // The {other} {} the {noun}.", random.pick(VERBS)),
        _ => format!("test {noun}::{other}_{number} ... ok"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cut_is_the_inside_of_a_json_string() {
        let mut random = Random::new(3);
        let prose = Prose::new(&mut random);
        for len in [0, 1, 100, 5_000, 40_000, 1 << 40] {
            for _ in 0..20 {
                for text in [prose.sentences(&mut random, len), prose.code(&mut random, len)] {
                    assert!(serde_json::from_str::<String>(&format!("\"{text}\"")).is_ok());
                    assert!(text.len() as u64 >= len.min(48 << 10));
                }
            }
        }
        assert_eq!(prose.base64(&mut random, 1_000).len(), 1_000);
    }

    #[test]
    fn prompts_need_no_escaping() {
        let mut random = Random::new(3);
        for _ in 0..100 {
            let text = prompt(&mut random);
            assert!(text.is_ascii() && !text.contains(['"', '\\', '{']));
        }
    }
}
