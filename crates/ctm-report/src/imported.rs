//! Figures that other programs kept, beside those of the transcripts.

use super::error::ReportError;
use super::imports::{ImportedUsages, file};
use super::query::{Period, Query};
use super::reporter::Reporter;
use super::wire;
use super::wire::Usd;
use chrono_tz::Tz;
use ctm_aggregate::{DateRange, Ledger};
use ctm_facts::CatalogNames;
use ctm_facts::imports::ImportGrain;
use std::collections::BTreeSet;

impl Reporter {
    /// Returns the imported files and their figures, each beside what the transcripts have.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn imports(&self, tz: Tz) -> Result<wire::Imports, ReportError> {
        let imports = self.facts.imports().await?;
        let mut items = ImportedUsages::of(&imports, &[]).into_all();
        self.compare_imported(&Query { tz, ..Query::all() }, &mut items).await?;
        Ok(wire::Imports { files: imports.iter().map(file).collect(), items })
    }

    /// Adds to imported figures what the transcripts have on the same days, with the filter of a query.
    pub(super) async fn compare_imported(
        &self,
        query: &Query,
        usages: &mut [wire::ImportedUsage],
    ) -> Result<(), ReportError> {
        let zone_of = |usage: &wire::ImportedUsage| {
            usage.zone.as_deref().and_then(|zone| zone.parse().ok()).unwrap_or(query.tz)
        };
        let is_comparable = |usage: &wire::ImportedUsage| usage.grain != ImportGrain::Sessions.name();
        let zones: BTreeSet<&str> =
            usages.iter().filter(|usage| is_comparable(usage)).map(|usage| zone_of(usage).name()).collect();
        for zone in zones.into_iter().filter_map(|zone| zone.parse::<Tz>().ok()) {
            let mut of_zone: Vec<_> =
                usages.iter_mut().filter(|usage| is_comparable(usage) && zone_of(usage) == zone).collect();
            let span =
                of_zone.iter().map(|usage| usage.from).min().zip(of_zone.iter().map(|usage| usage.to).max());
            let Some(span) = span.and_then(|(first, last)| DateRange::new(first, last).ok()) else {
                continue;
            };
            let ledger = self.ledger_between(query, span, zone).await?;
            for usage in &mut of_zone {
                usage.known = known(&ledger, usage);
            }
        }
        Ok(())
    }

    /// Returns the ledger of some days of a zone.
    async fn ledger_between(&self, query: &Query, days: DateRange, tz: Tz) -> Result<Ledger, ReportError> {
        let period = Period::Between { from: Some(days.from()), to: Some(days.to()) };
        let query = Query { period, tz, ..query.clone() };
        let gathered = self.gather(&query, CatalogNames::None, |_| Vec::new()).await?;
        Ok(self.ledger(&query, &gathered))
    }
}

/// Returns what a ledger has on the days of imported figures.
fn known(ledger: &Ledger, usage: &wire::ImportedUsage) -> Option<wire::KnownBeside> {
    let total = ledger.within(DateRange::new(usage.from, usage.to).ok()?).total().amounts;
    if total.responses == 0 {
        return None;
    }
    let tokens = total.tokens.total();
    let cost = total.cost_usd().map(Usd);
    Some(wire::KnownBeside {
        total_tokens: tokens,
        cost_usd: cost,
        difference_tokens: usage.total_tokens.wrapping_sub(tokens).cast_signed(),
        difference_usd: usage.cost_usd.zip(cost).map(|(Usd(theirs), Usd(ours))| Usd(theirs - ours)),
    })
}
