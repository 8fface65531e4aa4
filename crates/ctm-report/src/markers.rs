//! Markers and notes by day.
//!
//! Whether a use is the first one depends on all usage, so that the sums of all days are read, whatever the period is.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::{Period, Query};
use super::reporter::{label, priced};
use super::wire::{self, Marker, MarkerKind};
use ctm_aggregate::markers::{FirstUses, ModelUses, PriceChange, first_versions};
use ctm_facts::{CatalogNames, UsageFilter};
use ctm_pricing::PriceRow;

/// Maximum number of names of a marker.
const MOST_NAMES: usize = 20;

impl DatabaseReports {
    /// Returns the markers and notes of a period. The filter of the query is ignored: they concern all usage.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn markers(&self, query: &Query) -> Result<wire::Markers, ReportError> {
        let reporter = &self.reporter;
        let range = reporter.range(query).await?;
        let rows = reporter.facts.usage(&UsageFilter::default()).await?;
        let catalog = reporter.facts.catalog(CatalogNames::None).await?;
        let models = ModelUses::new(&rows, &catalog, &reporter.prices);
        let uses = match self.machine_store() {
            Ok(store) => store.version_uses().await?,
            Err(_) => Vec::new(),
        };
        let versions = first_versions(&uses, &rows, query.tz);
        let prices = models.price_changes(&reporter.prices);
        let mut markers: Vec<Marker> = prices.iter().map(price_marker).collect();
        markers.extend(first_uses(MarkerKind::Model, &models.firsts(query.tz), label));
        markers.extend(first_uses(MarkerKind::Version, &versions, str::to_owned));
        markers.retain(|marker| range.contains(marker.date));
        markers.sort_by_key(|marker| marker.date);
        Ok(wire::Markers {
            from: range.from(),
            to: range.to(),
            tz: query.tz.name(),
            markers,
            notes: self.notes(Some(range.from()), Some(range.to())).await?.items,
        })
    }

    /// Returns the notes of the period of a query; of all time, those before and after the days with usage too.
    pub(super) async fn notes_of(&self, query: &Query) -> Result<Vec<wire::Note>, ReportError> {
        let (from, to) = match query.period {
            Period::ALL => (None, None),
            Period::Between { from, to } => (from, to),
            Period::Preset(_) => {
                let range = self.reporter.range(query).await?;
                (Some(range.from()), Some(range.to()))
            }
        };
        Ok(self.notes(from, to).await?.items)
    }
}

/// Returns a marker for each day of first uses.
fn first_uses(
    kind: MarkerKind,
    firsts: &FirstUses,
    shown: impl Fn(&str) -> String,
) -> impl Iterator<Item = Marker> {
    firsts.iter().map(move |(date, names)| Marker {
        date: *date,
        kind,
        names: names.iter().take(MOST_NAMES).map(|name| shown(name)).collect(),
        more: names.len().saturating_sub(MOST_NAMES),
        price: None,
    })
}

fn price_marker(change: &PriceChange) -> Marker {
    Marker {
        date: change.date,
        kind: MarkerKind::Price,
        names: vec![label(&change.model)],
        more: 0,
        price: Some(wire::PriceChange { before: listed(&change.before), after: listed(&change.after) }),
    }
}

/// Returns the usual rates of a row of the price table.
fn listed(row: &PriceRow) -> wire::Price {
    priced(&row.standard.listed.rates, row.from, row.until, &row.source)
}
