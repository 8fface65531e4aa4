//! The floor of reading: the least that any program has to do to count the tokens of a home.
//!
//! ```sh
//! cargo run --release -p ctm-reader --example floor -- ~/.claude
//! cargo run --release -p ctm-reader --example floor -- --stat ~/.claude
//! ```
//!
//! It reads every byte once, searches for `"usage"`, parses the lines around the hits with the fastest
//! available parser, keeps one copy of each response, and prints the sums as JSON. It repairs no line, keeps
//! no time, place, price or checkpoint, and stores nothing: additional time of the reader and the program is
//! the cost of these.
//!
//! With `--stat` it only looks at every transcript, which is the least that any program has to do
//! to see that nothing changed.

use ctm_types::response::Identity;
use ctm_types::{ResponseKey, TokenCounts};
use memchr::memmem::Finder;
use memchr::{memchr, memrchr};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use std::collections::HashMap;
use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use walkdir::WalkDir;
use xxhash_rust::xxh3::xxh3_128;

/// Bytes that are read at once; a longer line makes the buffer grow.
const BUFFER: usize = 256 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    match &*arguments {
        [home] => count(Path::new(home)),
        [mode, home] if mode == "--stat" => stat(Path::new(home)),
        _ => Err("usage: floor [--stat] <claude home>".into()),
    }
}

/// Looks at every transcript.
fn stat(home: &Path) -> Result<(), Box<dyn Error>> {
    let files = transcripts(home)?;
    let bytes: u64 = files.iter().map(|(size, _)| size).sum();
    println!("{}", json!({ "files": files.len(), "bytes": bytes }));
    Ok(())
}

/// Counts the tokens of every transcript.
fn count(home: &Path) -> Result<(), Box<dyn Error>> {
    let mut files = transcripts(home)?;
    // The largest first, so that no thread is left with one at the end.
    files.sort_unstable_by(|a, b| b.cmp(a));
    let next = AtomicUsize::new(0);
    let count_some = || -> std::io::Result<Counter> {
        let (mut counter, mut buffer) = (Counter::default(), vec![0; BUFFER]);
        while let Some((_, path)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            counter.read(path, &mut buffer)?;
        }
        Ok(counter)
    };
    let threads = thread::available_parallelism()?.get();
    let total = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(count_some)).collect();
        let counters = workers.into_iter().map(|worker| worker.join().expect("no thread panics"));
        counters.reduce(|total, other| Ok(total?.with(other?))).expect("there is at least one thread")
    })?;
    let tokens: TokenCounts = total.winners.values().map(|winner| winner.tokens).sum();
    println!(
        "{}",
        json!({
            "files": files.len(),
            "bytes": files.iter().map(|(size, _)| size).sum::<u64>(),
            "parsed": total.parsed,
            "skipped": total.skipped,
            "responses": total.winners.len(),
            "input": tokens.input,
            "output": tokens.output,
            "cache_read": tokens.cache_read,
            "write_5m": tokens.cache_write_5m,
            "write_1h": tokens.cache_write_1h,
        })
    );
    Ok(())
}

/// Returns size and path of every transcript.
fn transcripts(home: &Path) -> Result<Vec<(u64, PathBuf)>, walkdir::Error> {
    let mut files = Vec::new();
    for entry in WalkDir::new(home.join("projects")) {
        let entry = entry?;
        let is_transcript = entry.path().extension().is_some_and(|extension| extension == "jsonl")
            && entry.file_name() != "journal.jsonl";
        if is_transcript {
            files.push((entry.metadata()?.len(), entry.into_path()));
        }
    }
    Ok(files)
}

/// Fields of the winning copy of a response.
#[derive(Clone, Copy)]
struct Winner {
    rank: (bool, u64),
    tokens: TokenCounts,
}

/// State of the count.
struct Counter {
    usage: Finder<'static>,
    /// The responses, by the hash of their key.
    winners: HashMap<u128, Winner>,
    parsed: u64,
    skipped: u64,
}

impl Default for Counter {
    fn default() -> Self {
        Self { usage: Finder::new(br#""usage""#), winners: HashMap::new(), parsed: 0, skipped: 0 }
    }
}

impl Counter {
    /// Reads a transcript.
    fn read(&mut self, path: &Path, buffer: &mut Vec<u8>) -> std::io::Result<()> {
        let mut file = File::open(path)?;
        let mut held = 0;
        loop {
            if held == buffer.len() {
                buffer.resize(2 * held, 0);
            }
            let length = file.read(&mut buffer[held..])?;
            if length == 0 {
                self.scan(&buffer[..held]);
                return Ok(());
            }
            let end = held + length;
            // The bytes before contain no line feed.
            let Some(last) = memrchr(b'\n', &buffer[held..end]) else {
                held = end;
                continue;
            };
            let complete = held + last + 1;
            self.scan(&buffer[..complete]);
            buffer.copy_within(complete..end, 0);
            held = end - complete;
        }
    }

    /// Searches complete lines for usage.
    fn scan(&mut self, lines: &[u8]) {
        let mut from = 0;
        while let Some(hit) = self.usage.find(&lines[from..]).map(|at| from + at) {
            let begin = memrchr(b'\n', &lines[from..hit]).map_or(from, |at| from + at + 1);
            let end = memchr(b'\n', &lines[hit..]).map_or(lines.len(), |at| hit + at);
            match sonic_rs::from_slice::<Line<'_>>(&lines[begin..end]) {
                Ok(line) => self.count(&line),
                Err(_) => self.skipped += 1,
            }
            from = end;
        }
    }

    fn count(&mut self, line: &Line<'_>) {
        self.parsed += 1;
        let counted = matches!(line.kind, None | Some("assistant"));
        let Some(message) = line.message.as_ref().filter(|message| message.model != Some("<synthetic>"))
        else {
            return;
        };
        let Some(usage) = message.usage.as_ref().filter(|_| counted) else { return };
        let winner = Winner {
            rank: (message.stop_reason.is_some() || usage.iterations.is_some(), usage.output_tokens),
            tokens: usage.tokens(),
        };
        // A larger value is not a count: beyond 2^53, JSON numbers are not exact.
        if (1..=1 << 53).contains(&winner.tokens.total()) {
            self.keep(line.key(message, usage), winner);
        }
    }

    /// Keeps the better one of two copies.
    fn keep(&mut self, key: u128, winner: Winner) {
        let known = self.winners.entry(key).or_insert(winner);
        if known.rank < winner.rank {
            *known = winner;
        }
    }

    /// Adds what another thread read.
    fn with(mut self, other: Self) -> Self {
        self.parsed += other.parsed;
        self.skipped += other.skipped;
        for (key, winner) in other.winners {
            self.keep(key, winner);
        }
        self
    }
}

/// The counted fields of a line. A line with fields of other types is skipped.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    session_id: Option<&'a str>,
    request_id: Option<&'a str>,
    uuid: Option<&'a str>,
    #[serde(borrow)]
    message: Option<Message<'a>>,
}

#[derive(Deserialize)]
struct Message<'a> {
    id: Option<&'a str>,
    model: Option<&'a str>,
    stop_reason: Option<IgnoredAny>,
    #[serde(borrow)]
    usage: Option<Usage<'a>>,
}

/// `message.usage`, and each of its iterations.
#[derive(Deserialize)]
struct Usage<'a> {
    #[serde(default)]
    input_tokens: u64,
    #[serde(default)]
    output_tokens: u64,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_creation: Option<CacheCreation>,
    #[serde(borrow)]
    iterations: Option<Vec<Usage<'a>>>,
    #[serde(rename = "type")]
    kind: Option<&'a str>,
}

#[derive(Deserialize)]
struct CacheCreation {
    #[serde(default)]
    ephemeral_5m_input_tokens: u64,
    #[serde(default)]
    ephemeral_1h_input_tokens: u64,
}

impl Line<'_> {
    /// Returns the hash of the response's key.
    fn key(&self, message: &Message<'_>, usage: &Usage<'_>) -> u128 {
        if let Some(id) = message.id.filter(|id| id.starts_with("msg_") && id.len() >= 20) {
            return xxh3_128(id.as_bytes());
        }
        let top = usage.counts();
        let identity = Identity {
            message_id: message.id,
            request_id: self.request_id,
            uuid: self.uuid,
            session: self.session_id.unwrap_or_default(),
            prompt: [top.input, top.cache_read, top.cache_write_5m + top.cache_write_1h],
            locus: ("", 0),
        };
        xxh3_128(ResponseKey::of(&identity).as_str().as_bytes())
    }
}

impl Usage<'_> {
    /// Returns all billed tokens: those of the iterations, if they cover the top level.
    fn tokens(&self) -> TokenCounts {
        let top = self.counts();
        let iterations = self.iterations.as_deref().unwrap_or_default();
        let fallback = iterations.iter().rposition(|iteration| iteration.kind == Some("fallback_message"));
        let refused = |at: usize, iteration: &Usage<'_>| {
            iteration.kind == Some("message")
                && iteration.output_tokens == 0
                && fallback.is_some_and(|last| at < last)
        };
        let billed = iterations.iter().enumerate().filter(|(at, iteration)| !refused(*at, iteration));
        let sum: TokenCounts = billed.map(|(_, iteration)| iteration.counts()).sum();
        if sum.total() >= top.total() { sum } else { top }
    }

    /// Returns the tokens that stand here.
    fn counts(&self) -> TokenCounts {
        let split = self.cache_creation.as_ref();
        let (short, long) =
            split.map_or((0, 0), |split| (split.ephemeral_5m_input_tokens, split.ephemeral_1h_input_tokens));
        let unknown = self.cache_creation_input_tokens.unwrap_or(0).saturating_sub(short + long);
        TokenCounts {
            input: self.input_tokens,
            output: self.output_tokens,
            cache_read: self.cache_read_input_tokens.unwrap_or(0),
            cache_write_5m: short + unknown,
            cache_write_1h: long,
        }
    }
}
