//! Five-hour windows.

use crate::fixture::{FUTURE, OPUS, SONNET, catalog, row};
use chrono::DateTime;
use ctm_aggregate::blocks::{BLOCK_MS, SlotSpans, active, blocks};
use ctm_aggregate::{Block, Window};
use ctm_pricing::PriceBook;
use ctm_types::{EpochMs, PicoUsd, UsageRow};

/// Returns the windows of rows in any order, each added by itself.
pub(crate) fn windows(rows: &[UsageRow]) -> Vec<Window> {
    let mut spans = SlotSpans::default();
    rows.chunks(1).for_each(|row| spans.add(row));
    spans.windows()
}

fn ms(at: &str) -> EpochMs {
    EpochMs(DateTime::parse_from_rfc3339(&format!("2026-03-{at}:00Z")).unwrap().timestamp_millis())
}

fn at(at: &str) -> UsageRow {
    row(&format!("2026-03-{at}:00Z"), 0, 0, OPUS)
}

fn check(events: &[&str], expected: &[&str]) {
    let mut rows: Vec<UsageRow> = events.iter().map(|event| at(event)).collect();
    let starts = |rows: &[UsageRow]| windows(rows).iter().map(|window| window.start_ms).collect::<Vec<_>>();
    let expected: Vec<EpochMs> = expected.iter().map(|start| ms(start)).collect();
    assert_eq!(starts(&rows), expected, "{events:?}");
    rows.reverse();
    assert_eq!(starts(&rows), expected, "{events:?}");
}

#[test]
fn a_window_begins_at_the_hour_of_the_first_event_after_the_one_before() {
    check(&[], &[]);
    check(&["10T10:59"], &["10T10:00"]);
    check(&["10T10:59", "10T14:59"], &["10T10:00"]);
    // Half-open: what happens at the very end begins the next one.
    check(&["10T10:59", "10T15:00"], &["10T10:00", "10T15:00"]);
    check(&["10T10:00", "10T15:20", "10T19:59", "10T20:00"], &["10T10:00", "10T15:00", "10T20:00"]);
    check(&["10T10:00", "12T03:45"], &["10T10:00", "12T03:00"]);
}

#[test]
fn a_window_is_active_until_it_ends() {
    let window = windows(&[at("10T10:30"), at("10T11:00")])[0];
    assert_eq!((window.end_ms(), window.last_ms), (ms("10T15:00"), ms("10T11:00")));
    assert!(window.is_active(ms("10T11:00")) && window.is_active(ms("10T14:59")));
    assert!(!window.is_active(ms("10T15:00")));
    let lone = Window { start_ms: EpochMs(0), first_ms: EpochMs(0), last_ms: EpochMs(0) };
    assert!(!lone.is_active(EpochMs(BLOCK_MS)));
}

#[test]
fn a_response_dated_later_hides_no_window() {
    let rows = [at("10T10:30"), row("9999-12-31T23:59:00Z", 0, 0, OPUS)];
    let windows = windows(&rows);
    let current = active(&windows, ms("10T11:00")).map(|window| window.start_ms);
    assert_eq!((windows.len(), current), (2, Some(ms("10T10:00"))));
    assert!(!windows[1].is_active(ms("10T11:00")));
    assert_eq!(active(&windows, ms("10T15:00")), None);
    assert_eq!(active(&windows, EpochMs::MIN), None);
}

fn filled(rows: &[UsageRow]) -> Vec<Block> {
    blocks(&windows(rows), rows, &catalog(), &PriceBook::builtin())
}

#[test]
fn windows_include_all_usage_and_count_their_sessions() {
    let rows = [at("10T10:30"), row("2026-03-10T11:00:00Z", 1, 0, SONNET), at("10T16:00")];
    let blocks = filled(&rows);
    let responses: Vec<_> = blocks.iter().map(|block| block.usage.amounts.responses).collect();
    assert_eq!((responses, blocks[0].usage.session_count()), (vec![2, 1], 2));
    // Rows before the first of the windows that are wanted belong to none.
    let late = ctm_aggregate::blocks::blocks(&windows(&rows)[1..], &rows, &catalog(), &PriceBook::builtin());
    assert_eq!(late[0].usage.amounts.responses, 1);
}

#[test]
fn the_projection_extends_the_burn_rate_to_the_end_of_the_block() {
    let rows = [at("10T10:00"), at("10T11:00")];
    let block = &filled(&rows)[0];
    // Two million input tokens at five dollars a million, in two of five hours.
    let pace = block.pace(ms("10T12:00")).unwrap();
    let projected = (Some(5_000_000), Some(PicoUsd(25_000_000_000_000)));
    assert_eq!((pace.projected_tokens, pace.projected_cost), projected);
    assert_eq!((pace.usd_per_hour, pace.tokens_per_min), (Some(5.0), 2_000_000.0 / 120.0));
    // An ended block has no projection, and its pace is that of its one hour of use.
    let ended = block.pace(ms("10T16:00")).unwrap();
    assert_eq!((ended.projected_tokens, ended.usd_per_hour), (None, Some(10.0)));
    assert_eq!(filled(&rows[..1])[0].pace(ms("10T10:00")), None);
}

#[test]
fn a_pace_without_a_price_has_no_cost() {
    let rows = [row("2026-03-10T10:00:00Z", 0, 0, FUTURE)];
    let pace = filled(&rows)[0].pace(ms("10T11:00")).unwrap();
    assert_eq!(
        (pace.usd_per_hour, pace.projected_cost, pace.projected_tokens),
        (None, None, Some(5_000_000))
    );
}

#[test]
fn a_young_block_has_a_pace_and_no_projection() {
    let rows = [at("10T10:00")];
    let block = &filled(&rows)[0];
    let pace = |at| block.pace(ms(at)).map(|pace| (pace.usd_per_hour, pace.projected_tokens));
    assert_eq!(pace("10T10:29").map(|pace| pace.1), Some(None));
    assert_eq!(pace("10T10:30"), Some((Some(10.0), Some(10_000_000))));
}
