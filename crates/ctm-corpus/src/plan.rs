//! The plan of a home.

use serde::{Deserialize, Serialize};

/// Purpose of a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Style {
    /// Pleasant to look at: a handful of projects, the current versions of Claude Code, short
    /// tool results, and only now and then something broken.
    Demo,
    /// Ordinary work of current versions: like a demonstration, without damage, unusual usage, refusals and gateways.
    Ordinary,
    /// Hard to read: everything that any version is known to have written, damage included, in
    /// the proportions of files, lines and bytes that real homes have.
    Stress,
    /// Hard to keep: as many responses in its bytes as there can be, all of them well formed.
    Lean,
    /// Hard to attribute: forks of all kinds, forks of forks, subagents, progress records and worktrees, as many
    /// as there can be in few and short conversations.
    Tangled,
}

/// Size of a lean home for each of its responses, prompts and the results of tools included.
const BYTES_PER_LEAN_RESPONSE: u64 = 985;

/// Specification of a home.
///
/// Equal plans give equal homes, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Seed of everything random.
    pub seed: u64,
    /// Size of all transcripts together, in bytes; it is met within some percent.
    pub size_bytes: u64,
    /// Number of days, the last one included; at least 1.
    pub days: u32,
    /// The end, in UTC epoch milliseconds: nothing in the home is later.
    pub until_ms: i64,
    /// Offset of the zone whose days and nights the work follows, in minutes east of UTC.
    pub utc_offset_minutes: i32,
    /// Purpose of the home.
    pub style: Style,
}

impl Plan {
    /// Returns the plan of a demonstration: 120 days that end at `until_ms`, 22 MB.
    #[must_use]
    pub fn demo(seed: u64, until_ms: i64) -> Self {
        Self { seed, size_bytes: 22_600_000, days: 120, until_ms, utc_offset_minutes: 0, style: Style::Demo }
    }

    /// Returns the plan of a home without anything unusual: 120 days that end at `until_ms`, 22 MB.
    #[must_use]
    pub fn ordinary(seed: u64, until_ms: i64) -> Self {
        Self { style: Style::Ordinary, ..Self::demo(seed, until_ms) }
    }

    /// Returns the plan of a load test of reading: a year that ends at `until_ms`.
    ///
    /// A gigabyte is about 1,300 transcripts with 56,000 responses. Two of three transcripts are
    /// subagents', most of which take up some tens of kilobytes; the longest conversations take
    /// up some tens of megabytes. 58 % of the lines log a response, and 20 % of the bytes are
    /// theirs. Below a gigabyte conversations are shorter and more.
    #[must_use]
    pub fn stress(seed: u64, size_bytes: u64, until_ms: i64) -> Self {
        Self { seed, size_bytes, days: 365, until_ms, utc_offset_minutes: 0, style: Style::Stress }
    }

    /// Returns the plan of a load test of a database: a year that ends at `until_ms`, with about
    /// this number of responses.
    ///
    /// The size follows from their number, and the number is met within some percent.
    #[must_use]
    pub fn lean(seed: u64, responses: u64, until_ms: i64) -> Self {
        let size_bytes = responses.saturating_mul(BYTES_PER_LEAN_RESPONSE);
        Self { style: Style::Lean, ..Self::stress(seed, size_bytes, until_ms) }
    }

    /// Returns the plan of a test of attribution: 90 days that end at `until_ms`.
    ///
    /// 300 kB hold every kind of copy.
    #[must_use]
    pub fn tangled(seed: u64, size_bytes: u64, until_ms: i64) -> Self {
        Self { style: Style::Tangled, days: 90, ..Self::stress(seed, size_bytes, until_ms) }
    }
}
