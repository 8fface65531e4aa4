//! Preview of `ctm db forget`: the totals of a selection.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::wire;
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use ctm_aggregate::{Ledger, Usage, day_of_slot};
use ctm_facts::{CatalogNames, Resolved};
use ctm_proof::{SealStatement, StoredSealText, chain};
use ctm_types::{Catalog, UsageRow};
use std::collections::BTreeSet;

impl DatabaseReports {
    /// Returns the names of everything that may be forgotten, because they are gone afterwards.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn names(&self) -> Result<Catalog, ReportError> {
        Ok(self.reporter.facts.catalog(CatalogNames::SessionsAndProjects).await?)
    }

    /// Returns the totals of a selection, with its cost and by project, in days of a zone, and the sealed months that it is of.
    #[must_use]
    pub fn selected(
        &self,
        selected: &Resolved,
        names: &Catalog,
        seals: &[StoredSealText],
        tz: Tz,
    ) -> wire::Selected {
        let ledger = Ledger::new(&selected.usage, names, &self.reporter.prices, tz);
        let of_project = |name: &str| -> Vec<&UsageRow> {
            let is_of = |row: &&UsageRow| names.projects.get(&row.project).is_some_and(|of| of == name);
            selected.usage.iter().filter(is_of).collect()
        };
        let projects = ledger.by_project();
        let projects = projects.iter().map(|project| wire::SelectedProject {
            project: project.name.to_string(),
            of: extent(&project.usage, &of_project(&project.name), tz),
        });
        wire::Selected {
            tz: tz.name(),
            price_version: self.reporter.prices.version().to_owned(),
            projects: projects.collect(),
            logged_elsewhere: selected.logged_elsewhere,
            transcripts: selected.transcripts,
            prompts: selected.prompts,
            session_facts: selected.session_facts,
            witnesses: selected.witnesses,
            limit_samples: selected.limit_samples,
            cache_samples: selected.cache_samples,
            stats_cache_days: selected.stats_cache_days,
            sealed_months: sealed_months(&selected.usage, seals, tz),
            totals: extent(&ledger.total(), &selected.usage.iter().collect::<Vec<_>>(), tz),
        }
    }
}

/// Returns the sealed months with usage, in the zones of their seals; in `tz` of a seal that cannot be read.
fn sealed_months(usage: &[UsageRow], seals: &[StoredSealText], tz: Tz) -> Vec<String> {
    let zone = |seal: &StoredSealText| {
        let statement: Option<SealStatement> = serde_json::from_str(&seal.statement).ok();
        statement.and_then(|of| of.zone.parse().ok()).unwrap_or(tz)
    };
    let is_of = |seal: &&StoredSealText| {
        let (zone, first) = (zone(seal), seal.month);
        let is_in = |day: NaiveDate| (day.year(), day.month()) == (first.year(), first.month());
        usage.iter().any(|row| is_in(day_of_slot(row.slot, zone)))
    };
    seals.iter().filter(is_of).map(|seal| chain::month(&seal.month)).collect()
}

fn extent(usage: &Usage, rows: &[&UsageRow], tz: Tz) -> wire::Extent {
    let days: BTreeSet<NaiveDate> = rows.iter().map(|row| day_of_slot(row.slot, tz)).collect();
    let span = usage.amounts.span;
    wire::Extent {
        days: days.len() as u64,
        first_at: span.map(|span| wire::Time::of(span.first_ms)),
        last_at: span.map(|span| wire::Time::of(span.last_ms)),
        usage: usage.into(),
    }
}
