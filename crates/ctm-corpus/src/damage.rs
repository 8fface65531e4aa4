//! Lines that are broken, and lines whose usage must not count.
//!
//! Files are damaged when Claude Code or the machine dies during a write: a record is truncated and the next
//! one follows on the same line, or a stretch of zero bytes precedes it. Recoverable records count; every
//! other line here documents why it does not.

use crate::calendar::timestamp;
use crate::dialogue::Block;
use crate::error::Result;
use crate::home::Home;
use crate::line::{Fate, Line};
use crate::response::{Oddity, Response, Stage};
use crate::thread::Thread;
use ctm_types::{SkipReason, TokenCounts};

/// A line that is not as it should be.
#[derive(Debug, Clone, Copy)]
enum Damage {
    /// A prompt of which the end is missing.
    Truncated,
    /// Such a prompt with a response on the same line.
    TruncatedBefore,
    /// A whole prompt with a response on the same line.
    GluedBefore,
    /// Zero bytes with a response behind them.
    ZerosBefore,
    /// Bytes that are no record.
    Junk(&'static [u8], SkipReason),
    /// A response with invalid UTF-8 in its text.
    NoUnicode(&'static [u8]),
    /// A response with this timestamp, or none.
    NoTime(Option<&'static str>, SkipReason),
    /// A response with a timestamp that names no zone, which is taken as UTC.
    NoZone,
    /// A response with a usage that is not an object.
    NoUsage(&'static str),
    /// A response that consumed nothing.
    NothingUsed,
}

/// Content of a response on a damaged line.
const TEXT: &[u8] = br#"{"type":"text","text":"Where was I?"}"#;

const DAMAGES: &[Damage] = &[
    Damage::Truncated,
    Damage::TruncatedBefore,
    Damage::TruncatedBefore,
    Damage::GluedBefore,
    Damage::ZerosBefore,
    Damage::Junk(b"", SkipReason::Blank),
    Damage::Junk(b" \t", SkipReason::Blank),
    Damage::Junk(b"Error: write after end", SkipReason::Malformed),
    Damage::Junk(b"[\"usage\",{\"assistant\":1}]", SkipReason::NotAnObject),
    Damage::Junk(b"\"usage of the assistant\"", SkipReason::NotAnObject),
    Damage::Junk(b"42", SkipReason::NotAnObject),
    Damage::NoUnicode(br#"{"type":"text","text":"half a pair: \ud83d"}"#),
    Damage::NoUnicode(b"{\"type\":\"text\",\"text\":\"no letter: \xff\xfe\"}"),
    Damage::NoTime(None, SkipReason::NoTimestamp),
    Damage::NoTime(Some("yesterday"), SkipReason::BadTimestamp),
    Damage::NoTime(Some("2026-13-45T10:00:00.000Z"), SkipReason::BadTimestamp),
    Damage::NoZone,
    Damage::NoUsage("[]"),
    Damage::NoUsage("\"none\""),
    Damage::NothingUsed,
];

/// Writes a damaged line now and then.
pub(crate) fn strike(home: &mut Home, thread: &mut Thread) -> Result<()> {
    let Some(number) = home.rates.damage.strike() else {
        return Ok(());
    };
    match DAMAGES[number % DAMAGES.len()] {
        Damage::Truncated => {
            let prompt = truncated_prompt(home, thread);
            thread.write(home, &prompt)
        }
        Damage::TruncatedBefore => {
            let prompt = truncated_prompt(home, thread);
            let response = saved_response(home, thread, TEXT);
            thread.write(home, &prompt.glued_to(&response))
        }
        Damage::GluedBefore => {
            let prompt = thread.voice.prompt(&mut home.random);
            let response = saved_response(home, thread, TEXT);
            thread.write(home, &prompt.glued_to(&response))
        }
        Damage::ZerosBefore => {
            let zeros = Line::junk(&[0; 512], SkipReason::Malformed);
            let response = saved_response(home, thread, TEXT);
            thread.write(home, &zeros.glued_to(&response))
        }
        Damage::Junk(bytes, reason) => thread.write(home, &Line::junk(bytes, reason)),
        Damage::NoUnicode(text) => {
            let response = saved_response(home, thread, text);
            thread.write(home, &response)
        }
        Damage::NoTime(timestamp, reason) => {
            let response = compose(home, thread);
            let line = copy(home, thread, &response, timestamp);
            thread.write(home, &line.with_fate(Fate::Skipped(reason)))
        }
        Damage::NoZone => {
            let now = timestamp(thread.voice.pace.at_ms);
            let response = saved_response_at(home, thread, TEXT, now.trim_end_matches('Z'));
            thread.write(home, &response)
        }
        Damage::NoUsage(usage) => {
            let response = Response { oddity: Oddity::NoObject(usage), ..compose(home, thread) };
            let line = copy_now(home, thread, &response);
            thread.write(home, &line.with_fate(Fate::Skipped(SkipReason::UsageNotAnObject)))
        }
        Damage::NothingUsed => {
            let response = nothing_used(home, thread);
            let line = copy_now(home, thread, &response);
            thread.write(home, &line.with_fate(Fate::Skipped(SkipReason::ZeroUsage)))
        }
    }
}

/// Returns a prompt whose end is missing, somewhere behind its session.
fn truncated_prompt(home: &mut Home, thread: &mut Thread) -> Line {
    let parent = thread.voice.parent.clone();
    let prompt = thread.voice.prompt(&mut home.random);
    // Nothing refers to a record that was never written whole.
    thread.voice.parent = parent;
    let len = prompt.bytes.len();
    prompt.cut(len / 2 + home.random.index(len / 2))
}

/// Returns a line with the only copy of a response, which is put into the answer.
fn saved_response(home: &mut Home, thread: &mut Thread, block: &[u8]) -> Line {
    let now = timestamp(thread.voice.pace.at_ms);
    saved_response_at(home, thread, block, &now)
}

fn saved_response_at(home: &mut Home, thread: &mut Thread, block: &[u8], now: &str) -> Line {
    let response = compose(home, thread);
    let line = thread.voice.copy(&mut home.random, &response, 0, block, Some(now));
    thread.book(home, &response, thread.voice.pace.at_ms, 0);
    line
}

fn compose(home: &mut Home, thread: &mut Thread) -> Response {
    let response = thread.voice.compose(home, &[Block::Text]);
    Response { oddity: Oddity::None, ..response }
}

/// Returns a response that consumed nothing, in none of its parts.
fn nothing_used(home: &mut Home, thread: &mut Thread) -> Response {
    Response {
        tokens: TokenCounts::default(),
        stages: vec![Stage { output: 0, is_final: false }],
        iterations: Vec::new(),
        ..compose(home, thread)
    }
}

fn copy_now(home: &mut Home, thread: &mut Thread, response: &Response) -> Line {
    let now = timestamp(thread.voice.pace.at_ms);
    copy(home, thread, response, Some(&now))
}

fn copy(home: &mut Home, thread: &mut Thread, response: &Response, timestamp: Option<&str>) -> Line {
    thread.voice.copy(&mut home.random, response, 0, TEXT, timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{self, Opening};
    use crate::json::Json;
    use crate::plan::Plan;
    use crate::quota::Quota;
    use serde_json::Value;

    /// 2026-11-22 at noon, UTC.
    const NOON: i64 = 1_795_348_800_000;

    #[test]
    fn zero_usage_is_zero_usage_despite_other_oddities() {
        let folder = tempfile::tempdir().unwrap();
        let mut home = Home::new(&Plan::stress(1, 0, NOON), folder.path());
        home.rates.oddity = Quota::one_in(1);
        let opening = Opening { start_ms: NOON, permille: 1_000 };
        let mut thread = conversation::begin(&mut home, &opening).unwrap();
        for _ in 0..20 {
            let mut json = Json::object();
            nothing_used(&mut home, &mut thread).write_usage(&mut json, 0);
            let usage: Value = serde_json::from_slice(&json.finish()).unwrap();
            let counts = usage
                .as_object()
                .unwrap()
                .values()
                .chain(usage["cache_creation"].as_object().unwrap().values());
            assert!(counts.filter_map(Value::as_u64).all(|count| count == 0), "{usage}");
        }
    }
}
