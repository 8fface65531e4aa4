//! Windows of five hours, the unit of subscription limits.
//!
//! # Design
//!
//! The windows that Anthropic counts are not in the transcripts; these are an estimate by a rule that
//! is widely used: the first window begins at the hour, in UTC, of the first event, and the next
//! one with the first event that comes five hours after that or later. Windows are half-open, so
//! that they never overlap: an event at the exact end of one begins the next.
//!
//! Windows belong to an account. They follow from all of its events, and a filter by project
//! or model selects what is summed in them, not where they begin.

use crate::priced::PricedRows;
use crate::report::{NamedUsage, ranked};
use crate::usage::{Span, Usage};
use ctm_pricing::PriceBook;
use ctm_types::{Catalog, EpochMs, PicoUsd, Slot, UsageRow};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Length of a block.
pub const BLOCK_MS: i64 = 5 * HOUR_MS;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Time after the first event from which on a block has a projection, in milliseconds: the pace of a few responses
/// says nothing about hours.
pub(crate) const PROJECTED_AFTER_MS: i64 = 30 * 60 * 1000;

/// A window, with the times of its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Start, in UTC epoch milliseconds: a full hour.
    pub start_ms: EpochMs,
    /// Time of its first event.
    pub first_ms: EpochMs,
    /// Time of its last event.
    pub last_ms: EpochMs,
}

impl Window {
    /// Returns its end, in UTC epoch milliseconds.
    #[must_use]
    pub fn end_ms(self) -> EpochMs {
        self.start_ms.saturating_add(BLOCK_MS)
    }

    /// Returns whether it is active: it has begun and not ended, and the last event is less than
    /// five hours old.
    #[must_use]
    pub fn is_active(self, now_ms: EpochMs) -> bool {
        (self.start_ms..self.end_ms()).contains(&now_ms) && now_ms.since(self.last_ms) < BLOCK_MS
    }
}

/// Returns the active window among windows in order; responses dated in the future begin others.
#[must_use]
pub fn active(windows: &[Window], now_ms: EpochMs) -> Option<Window> {
    let begun = windows.partition_point(|window| window.start_ms <= now_ms);
    windows[..begun].last().copied().filter(|window| window.is_active(now_ms))
}

/// A window and its usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The window.
    pub window: Window,
    /// The requested usage in it.
    pub usage: Usage,
}

/// Burn rate and projection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BurnRate {
    /// Tokens per minute.
    pub tokens_per_min: f64,
    /// US dollars per hour; `None` when the cost is unknown.
    pub usd_per_hour: Option<f64>,
    /// Projected tokens at the end of the block; `None` when it is too young, or ended.
    pub projected_tokens: Option<u64>,
    /// Projected cost at the end of the block; `None` also when the cost is unknown.
    pub projected_cost: Option<PicoUsd>,
}

/// Times of usage by slot, from which windows follow.
///
/// Rows are added in parts, so that all rows of a long history are never in memory together.
#[derive(Debug, Default)]
pub struct SlotSpans(BTreeMap<Slot, Span>);

impl SlotSpans {
    /// Adds rows in any order.
    pub fn add(&mut self, rows: &[UsageRow]) {
        for row in rows {
            let span = Span { first_ms: row.first_ms, last_ms: row.last_ms };
            self.0.entry(row.slot).and_modify(|known| *known = known.union(span)).or_insert(span);
        }
    }

    /// Returns the windows.
    #[must_use]
    pub fn windows(&self) -> Vec<Window> {
        let mut windows: Vec<Window> = Vec::new();
        for (slot, &Span { first_ms, last_ms }) in &self.0 {
            // A window begins at a full hour and so at a slot: no slot is in two windows.
            match windows.last_mut().filter(|window| slot.start() < window.end_ms()) {
                Some(window) => window.last_ms = window.last_ms.max(last_ms),
                None => {
                    let start_ms = first_ms.saturating_sub(first_ms.0.rem_euclid(HOUR_MS));
                    windows.push(Window { start_ms, first_ms, last_ms });
                }
            }
        }
        windows
    }
}

/// Returns the windows with the usage of `rows` in each.
#[must_use]
pub fn blocks(windows: &[Window], rows: &[UsageRow], catalog: &Catalog, prices: &PriceBook) -> Vec<Block> {
    let mut blocks: Vec<Block> =
        windows.iter().map(|window| Block { window: *window, usage: Usage::default() }).collect();
    for (row, terms) in PricedRows::new(rows, catalog, prices).iter() {
        if let Some(block) = window_of(windows, row).and_then(|index| blocks.get_mut(index)) {
            block.usage.add_row(row, terms.amounts(row));
        }
    }
    blocks
}

/// Returns the windows with the models of `rows` in each.
#[must_use]
pub fn models_of_windows(
    windows: &[Window],
    rows: &[UsageRow],
    catalog: &Catalog,
    prices: &PriceBook,
) -> Vec<Vec<NamedUsage>> {
    let priced = PricedRows::new(rows, catalog, prices);
    let mut models: Vec<HashMap<&Arc<str>, Usage>> = windows.iter().map(|_| HashMap::new()).collect();
    for (row, terms) in priced.iter() {
        if let Some(models) = window_of(windows, row).and_then(|index| models.get_mut(index)) {
            models.entry(&terms.model).or_default().add_row(row, terms.amounts(row));
        }
    }
    models.into_iter().map(ranked).collect()
}

/// Returns the window that contains a row: the last that had begun.
fn window_of(windows: &[Window], row: &UsageRow) -> Option<usize> {
    windows.partition_point(|window| window.start_ms <= row.slot.start()).checked_sub(1)
}

impl Block {
    /// Returns the burn rate since its first event: until now while it is active, else
    /// until its last event. `None` for less than a minute, which is too short.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a pace is for showing only")]
    pub fn pace(&self, now_ms: EpochMs) -> Option<BurnRate> {
        let active = self.window.is_active(now_ms);
        let until_ms = if active { now_ms } else { self.window.last_ms };
        let elapsed_ms = until_ms.since(self.window.first_ms);
        if elapsed_ms < 60_000 {
            return None;
        }
        let left_ms = self.window.end_ms().since(now_ms);
        let is_projected = active && elapsed_ms >= PROJECTED_AFTER_MS;
        let tokens = self.usage.amounts.tokens.total();
        let cost = self.usage.amounts.cost_usd();
        let more = |amount: i128| amount.saturating_mul(left_ms.into()) / i128::from(elapsed_ms);
        Some(BurnRate {
            tokens_per_min: tokens as f64 / (elapsed_ms as f64 / 60_000.0),
            usd_per_hour: cost.map(|cost| cost.to_f64() / (elapsed_ms as f64 / HOUR_MS as f64)),
            projected_tokens: is_projected
                .then(|| tokens.saturating_add(u64::try_from(more(tokens.into())).unwrap_or(u64::MAX))),
            projected_cost: cost.filter(|_| is_projected).map(|cost| cost + PicoUsd(more(cost.0))),
        })
    }
}
