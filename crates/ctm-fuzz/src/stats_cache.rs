//! Claude Code's own statistics.

use ctm_reader::parse_stats_cache;

pub(crate) fn run(input: &[u8]) {
    let Ok(cache) = parse_stats_cache(input) else { return };
    assert_eq!(parse_stats_cache(input).unwrap(), cache, "the same text gives the same result");
}
