//! The dialogue of a thread: prompts, responses, and the results of tools.

use crate::calendar::timestamp;
use crate::error::Result;
use crate::home::Home;
use crate::json::Json;
use crate::line::{Line, Message};
use crate::random::Random;
use crate::thread::Thread;
use crate::tools::Call;
use crate::voice::Voice;

/// A block of a response, which is a line of its own.
#[derive(Debug, Clone)]
pub(crate) enum Block {
    /// A thinking block.
    Thinking,
    /// A text block.
    Text,
    /// A tool that it calls.
    Call(Call),
}

impl Block {
    /// Returns how many tokens the block is.
    pub(crate) fn tokens(&self, random: &mut Random) -> u64 {
        match self {
            Self::Thinking => random.skewed(80..=5_000),
            Self::Text => random.skewed(20..=1_200),
            Self::Call(_) => random.skewed(50..=1_600),
        }
    }

    /// Returns the block as the only item of `message.content`.
    pub(crate) fn to_json(&self, home: &mut Home) -> String {
        let Home { prose, random, rates, .. } = home;
        let words = &rates.words;
        match self {
            Self::Thinking => {
                let len = random.skewed(words.thinking.clone());
                let (text, len) = (prose.sentences(random, len), random.within(words.signature.clone()));
                let signature = prose.base64(random, len);
                format!(r#"{{"type":"thinking","thinking":"{text}","signature":"{signature}"}}"#)
            }
            Self::Text => {
                let len = random.skewed(words.text.clone());
                format!(r#"{{"type":"text","text":"{}"}}"#, prose.sentences(random, len))
            }
            Self::Call(Call { id, tool, .. }) => {
                let text = tool.text.map_or(String::new(), |(key, len)| {
                    let len = random.skewed(20..=len.min(words.longest_input));
                    format!(r#","{key}":"{}""#, prose.code(random, len))
                });
                let (name, input) = (tool.name, tool.input);
                format!(r#"{{"type":"tool_use","id":"{id}","name":"{name}","input":{{{input}{text}}}}}"#)
            }
        }
    }
}

/// Returns the blocks of a response, the last one of its turn or not.
pub(crate) fn blocks(home: &mut Home, is_last: bool) -> Vec<Block> {
    let Home { random, rates, .. } = home;
    let mut blocks = Vec::new();
    if random.percent(rates.thinking_percent) {
        blocks.push(Block::Thinking);
    }
    let calls = if is_last { 0 } else { random.weighted(&rates.calls) };
    if calls == 0 || random.percent(30) {
        blocks.push(Block::Text);
    }
    blocks.extend((0..calls).map(|_| Block::Call(Call::random(random))));
    blocks
}

/// Fills in the message of a user that consists of blocks.
pub(crate) fn write_content(json: &mut Json, fill: impl FnOnce(&mut Json)) {
    json.nested("message", |json| {
        json.string("role", "user");
        json.list("content", fill);
    });
}

/// Fills in the message of a user that is the result of a tool, a plain text.
pub(crate) fn write_result(json: &mut Json, call: &Call, is_error: bool, text: &str) {
    write_content(json, |list| {
        list.item(|json| {
            json.string("tool_use_id", &call.id);
            json.string("type", "tool_result");
            json.string("content", text);
            if is_error {
                json.raw("is_error", "true");
            }
        });
    });
}

fn write_image(json: &mut Json, data: &str) {
    json.string("type", "image");
    json.nested("source", |json| {
        json.members(r#""type":"base64","media_type":"image/png""#);
        json.string("data", data);
    });
}

impl Thread {
    /// Writes a prompt of a user or, for a subagent, of the main conversation.
    pub(crate) fn prompt(&mut self, home: &mut Home) -> Result<()> {
        let line = self.voice.prompt(&mut home.random);
        self.write(home, &line)
    }

    /// Writes a response, a line for each block, and the results of those calls that are done
    /// before it is; returns the other calls.
    pub(crate) fn respond(&mut self, home: &mut Home, blocks: &[Block]) -> Result<Vec<Call>> {
        if !self.voice.era.ids && blocks.len() > 1 {
            // Without ids, each line is a response of its own.
            let mut waiting = Vec::new();
            for block in blocks.chunks(1) {
                waiting.append(&mut self.respond(home, block)?);
            }
            return Ok(waiting);
        }
        self.voice.pace.wait(home.random.skewed(900..=25_000));
        let response = self.voice.compose(home, blocks);
        let is_interleaved = blocks.len() > 2 && home.random.percent(30);
        let (mut waiting, mut earliest_ms) = (Vec::new(), i64::MAX);
        for (index, block) in blocks.iter().enumerate() {
            let mut at_ms = self.voice.pace.wait(home.random.within(50..=2_500));
            if home.random.one_in(200) {
                // Lines are not always in the order of their times.
                at_ms -= 3_000;
            }
            earliest_ms = earliest_ms.min(at_ms);
            let (json, now) = (block.to_json(home), timestamp(at_ms));
            let copy = self.voice.copy(&mut home.random, &response, index, json.as_bytes(), Some(&now));
            let line = copy.with_message(Message {
                at_ms,
                sidechain: self.voice.sidechain,
                usage: Some((response.model, response.tokens_at(index))),
                tool_calls: u64::from(matches!(block, Block::Call(_))),
            });
            self.write(home, &line)?;
            let Block::Call(call) = block else { continue };
            home.answer.book_tool_call(call.tool.name);
            if is_interleaved && !call.is_delegation() {
                self.result(home, call)?;
            } else {
                waiting.push(call.clone());
            }
        }
        let calls = blocks.iter().filter_map(|block| match block {
            Block::Call(call) => Some(call.searches),
            _ => None,
        });
        self.book(home, &response, earliest_ms, calls.sum());
        self.voice.last = Some(response);
        Ok(waiting)
    }

    /// Writes the result of a tool, twice on its line as Claude Code does.
    pub(crate) fn result(&mut self, home: &mut Home, call: &Call) -> Result<()> {
        self.voice.pace.wait(home.random.skewed(80..=40_000));
        self.voice.context.new += home.random.skewed(80..=6_000);
        let line = if call.searches > 0 {
            self.voice.search_result(home, call)
        } else if home.rates.image.strikes() {
            self.voice.image_result(home, call)
        } else {
            self.voice.text_result(home, call)
        };
        self.write(home, &line)
    }
}

impl Voice {
    fn text_result(&mut self, home: &mut Home, call: &Call) -> Line {
        let kind = home.random.weighted(&[70, 25, 5]);
        let len = home.random.within(home.rates.results[kind].clone()).min(home.room() / 8);
        let is_error = home.random.percent(4);
        let text = home.prose.code(&mut home.random, len);
        self.said(&mut home.random, |json| {
            write_result(json, call, is_error, text);
            if is_error {
                json.string("toolUseResult", text);
                return;
            }
            json.nested("toolUseResult", |json| {
                json.string("stdout", text);
                json.members(r#""stderr":"","interrupted":false,"isImage":false"#);
            });
        })
    }

    fn search_result(&mut self, home: &mut Home, call: &Call) -> Line {
        let text = home.prose.sentences(&mut home.random, 200);
        self.said(&mut home.random, |json| {
            write_result(json, call, false, text);
            json.nested("toolUseResult", |json| {
                json.members(
                    r#""query":"narrow cursor of a stale index","results":[],"durationSeconds":2.5"#,
                );
                json.number("searchCount", call.searches);
            });
        })
    }

    fn image_result(&mut self, home: &mut Home, call: &Call) -> Line {
        let len = home.random.within(home.rates.image_len.clone()).min(home.room() / 8);
        let data = home.prose.base64(&mut home.random, len);
        self.said(&mut home.random, |json| {
            write_content(json, |list| {
                list.item(|json| {
                    json.string("tool_use_id", &call.id);
                    json.string("type", "tool_result");
                    json.list("content", |list| list.item(|json| write_image(json, data)));
                });
            });
            json.nested("toolUseResult", |json| {
                json.string("type", "image");
                json.nested("file", |json| json.string("base64", data));
            });
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use std::path::Path;

    #[test]
    fn every_block_is_json_and_a_turn_ends_with_words() {
        let mut home = Home::new(&Plan::stress(5, 0, 0), Path::new("nowhere"));
        for round in 0..200 {
            let blocks = blocks(&mut home, round % 2 == 0);
            for block in &blocks {
                let json = block.to_json(&mut home);
                assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{json}");
            }
            assert_eq!(matches!(blocks.last(), Some(Block::Text)), round % 2 == 0);
        }
    }
}
