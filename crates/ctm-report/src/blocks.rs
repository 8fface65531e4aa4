//! Reports on five-hour windows.

use super::breakdown::Breakdown;
use super::error::ReportError;
use super::page::{Order, PageQuery};
use super::query::{Period, Query};
use super::reporter::{Reporter, model_shares};
use super::wire;
use ctm_aggregate::blocks::{BLOCK_MS, SlotSpans, active, blocks, models_of_windows};
use ctm_aggregate::{Block, RangePreset, Usage, Window};
use ctm_facts::{CatalogNames, UsageFilter};
use ctm_types::{Catalog, EpochMs, UsageRow};

/// An item of the list of blocks, in order of time.
#[expect(clippy::large_enum_variant, reason = "there are few, and they live for a moment")]
enum Entry {
    Window(Block),
    /// An idle period, from one event to the next, in UTC epoch milliseconds.
    Gap(EpochMs, EpochMs),
}

impl Reporter {
    /// Returns a page of the five-hour blocks of a period; `is_active` selects the active block, or all
    /// others.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, or the cursor is invalid.
    pub async fn blocks(
        &self,
        query: &Query,
        page: &PageQuery,
        is_active: Option<bool>,
    ) -> Result<wire::Blocks, ReportError> {
        let now_ms = self.clock.now_ms();
        let gathered = self.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        let all = self.account_windows(query).await?;
        let bounds = gathered.range.bounds_ms(query.tz);
        let is_wanted = |window: &Window| {
            window.end_ms() > bounds.start
                && window.start_ms < bounds.end
                && is_active.is_none_or(|is_active| is_active == window.is_active(now_ms))
        };
        let current = active(&all, now_ms);
        let wanted: Vec<Window> =
            all.iter().copied().filter(|window| is_wanted(window) || Some(*window) == current).collect();
        let (rows, catalog) = self.usage_in(query, &wanted).await?;
        let mut filled = blocks(&wanted, &rows, &catalog, &self.prices);
        let current = filled.iter().find(|block| Some(block.window) == current);
        let current = current.map(|block| block_item(block, now_ms));
        filled.retain(|block| is_wanted(&block.window));
        // A window without usage that passes the filter is omitted.
        filled.retain(|block| block.usage.amounts.span.is_some());

        let mut entries = with_gaps(filled, &all, is_active != Some(true));
        if page.order == Order::Descending {
            entries.reverse();
        }
        let total = entries.len();
        let (entries, next_cursor) = page.cut_sorted(entries, |entry| match entry {
            Entry::Window(block) => block.window.start_ms.to_string(),
            Entry::Gap(start_ms, _) => format!("gap-{start_ms}"),
        })?;
        Ok(wire::Blocks {
            meta: self.meta(query, &gathered, &self.ledger(query, &gathered)),
            current,
            items: entries
                .iter()
                .map(|entry| match entry {
                    Entry::Window(block) => block_item(block, now_ms),
                    Entry::Gap(start_ms, end_ms) => gap_item(*start_ms, *end_ms),
                })
                .collect(),
            next_cursor,
            total,
        })
    }

    /// Returns the active block of some homes, or of all if none is named; `None` if there is no active one.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn current_block(&self, homes: &[String]) -> Result<Option<wire::Block>, ReportError> {
        let period = Period::Preset(RangePreset::Today);
        let filter = UsageFilter { homes: homes.to_vec(), ..UsageFilter::default() };
        let query = Query { period, tz: chrono_tz::UTC, filter };
        let now_ms = self.clock.now_ms();
        let windows = self.account_windows(&query).await?;
        let Some(window) = active(&windows, now_ms) else { return Ok(None) };
        let (rows, catalog) = self.usage_in(&query, &[window]).await?;
        let filled = blocks(&[window], &rows, &catalog, &self.prices);
        Ok(filled.first().map(|block| block_item(block, now_ms)))
    }

    /// Returns the usage of each window, by model and start of the window.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn models_by_block(&self, query: &Query) -> Result<Breakdown<wire::Time>, ReportError> {
        let windows = self.account_windows(query).await?;
        let (rows, catalog) = self.usage_in(query, &windows).await?;
        let models = models_of_windows(&windows, &rows, &catalog, &self.prices);
        let named = windows.iter().zip(&models);
        Ok(named.map(|(window, models)| (wire::Time::of(window.start_ms), model_shares(models))).collect())
    }

    /// Returns all windows of the requested homes, regardless of other filters.
    pub(super) async fn account_windows(&self, query: &Query) -> Result<Vec<Window>, ReportError> {
        let mut spans = SlotSpans::default();
        self.facts.each_usage(&query.account(), |rows| spans.add(rows)).await?;
        Ok(spans.windows())
    }

    /// Returns the usage that passes the filter, in windows.
    async fn usage_in(
        &self,
        query: &Query,
        windows: &[Window],
    ) -> Result<(Vec<UsageRow>, Catalog), ReportError> {
        let (Some(first), Some(last)) = (windows.first(), windows.last()) else {
            return Ok(Default::default());
        };
        let filter = query.between_ms(first.start_ms, last.end_ms());
        Ok((self.facts.usage(&filter).await?, self.facts.catalog(CatalogNames::None).await?))
    }
}

/// Inserts the idle periods of more than five hours between consecutive windows.
fn with_gaps(blocks: Vec<Block>, all: &[Window], gaps: bool) -> Vec<Entry> {
    let mut entries = Vec::new();
    for block in blocks {
        let place = all.partition_point(|window| window.start_ms < block.window.start_ms);
        let before = place.checked_sub(1).and_then(|before| all.get(before));
        let idle = before.filter(|before| gaps && block.window.first_ms.since(before.last_ms) > BLOCK_MS);
        // The first entry of the list has no preceding idle period.
        if let Some(before) = idle.filter(|_| !entries.is_empty()) {
            entries.push(Entry::Gap(before.last_ms, block.window.first_ms));
        }
        entries.push(Entry::Window(block));
    }
    entries
}

fn block_item(block: &Block, now_ms: EpochMs) -> wire::Block {
    let window = block.window;
    let active = window.is_active(now_ms);
    let pace = block.pace(now_ms);
    let span = block.usage.amounts.span;
    wire::Block {
        start_at: wire::Time::of(window.start_ms),
        end_at: wire::Time::of(window.end_ms()),
        first_at: span.map(|span| wire::Time::of(span.first_ms)),
        last_at: span.map(|span| wire::Time::of(span.last_ms)),
        active,
        gap: false,
        burn_tokens_per_min: pace.map(|pace| pace.tokens_per_min),
        burn_usd_per_h: pace.and_then(|pace| pace.usd_per_hour),
        projected_tokens: pace.and_then(|pace| pace.projected_tokens),
        projected_cost_usd: pace.and_then(|pace| pace.projected_cost).map(wire::Usd),
        estimated: true,
        usage: (&block.usage).into(),
    }
}

fn gap_item(start_ms: EpochMs, end_ms: EpochMs) -> wire::Block {
    wire::Block {
        start_at: wire::Time::of(start_ms),
        end_at: wire::Time::of(end_ms),
        first_at: None,
        last_at: None,
        active: false,
        gap: true,
        burn_tokens_per_min: None,
        burn_usd_per_h: None,
        projected_tokens: None,
        projected_cost_usd: None,
        estimated: true,
        usage: (&Usage::default()).into(),
    }
}
