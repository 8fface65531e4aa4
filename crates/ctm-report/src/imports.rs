//! Figures that other programs kept: shown beside those of the transcripts, and never added to anything.

use super::wire;
use super::wire::Usd;
use chrono::NaiveDate;
use ctm_aggregate::DateRange;
use ctm_backend::FactsReader;
use ctm_facts::StorageError;
use ctm_facts::imports::{ImportFigure, ImportGrain, ImportPeriod, StoredImport};
use std::collections::{BTreeMap, BTreeSet};

/// The figures of all imported files by period, one for each program.
#[derive(Debug, Default)]
pub(super) struct ImportedUsages(Vec<wire::ImportedUsage>);

impl ImportedUsages {
    /// Loads the figures of all imported files, of some models, or of all if the list is empty.
    pub(super) async fn load(facts: &FactsReader, models: &[String]) -> Result<Self, StorageError> {
        Ok(Self::of(&facts.imports().await?, models))
    }

    /// Returns the figures of files, of some models, or of all if the list is empty.
    pub(super) fn of(imports: &[StoredImport], models: &[String]) -> Self {
        let mut usages: Vec<_> = imports.iter().flat_map(|import| periods(import, models)).collect();
        usages.sort_by(|a, b| (a.from, a.to, a.grain, a.program).cmp(&(b.from, b.to, b.grain, b.program)));
        Self(usages)
    }

    /// Returns the days that a program counted by themselves.
    pub(super) fn days(&self) -> impl Iterator<Item = &wire::ImportedUsage> {
        self.0.iter().filter(|usage| usage.grain == ImportGrain::Day.name())
    }

    /// Returns those of a day that programs counted by itself.
    pub(super) fn of_day(&self, date: NaiveDate) -> impl Iterator<Item = &wire::ImportedUsage> {
        let first = self.0.partition_point(|usage| usage.from < date);
        let on_day = self.0[first..].iter().take_while(move |usage| usage.from == date);
        on_day.filter(|usage| usage.grain == ImportGrain::Day.name())
    }

    /// Returns the first and the last day that a program counted by itself.
    pub(super) fn span(&self) -> Option<DateRange> {
        let first = self.days().next()?.from;
        DateRange::new(first, self.days().last()?.from).ok()
    }

    /// Returns all figures, by first day.
    pub(super) fn into_all(self) -> Vec<wire::ImportedUsage> {
        self.0
    }

    /// Returns the figures with a day in a range.
    pub(super) fn within(&self, range: DateRange) -> Vec<wire::ImportedUsage> {
        let is_within = |usage: &&wire::ImportedUsage| usage.from <= range.to() && range.from() <= usage.to;
        self.0.iter().filter(is_within).cloned().collect()
    }
}

/// Returns the periods of a file, each with the sum of its models.
fn periods(import: &StoredImport, models: &[String]) -> Vec<wire::ImportedUsage> {
    let mut periods: BTreeMap<&ImportPeriod, wire::ImportedUsage> = BTreeMap::new();
    let wanted = |figure: &&ImportFigure| models.is_empty() || models.contains(&figure.model);
    for figure in import.figures.iter().filter(wanted) {
        let (Ok(from), Ok(to)) = (figure.period.first.parse(), figure.period.last.parse()) else { continue };
        let usage = periods.entry(&figure.period).or_insert_with(|| empty(import, figure, from, to));
        let tokens = figure.tokens;
        let add = |sum: &mut u64, more: u64| *sum = sum.saturating_add(more);
        add(&mut usage.input_tokens, tokens.input);
        add(&mut usage.output_tokens, tokens.output);
        add(&mut usage.cache_read_tokens, tokens.cache_read);
        add(&mut usage.cache_write_tokens, tokens.cache_write);
        add(&mut usage.total_tokens, tokens.total());
        add(usage.models.entry(figure.model.clone()).or_default(), tokens.total());
        if let Some(cost) = figure.cost {
            usage.cost_usd = Some(Usd(usage.cost_usd.map_or(cost, |Usd(sum)| sum + cost)));
        }
    }
    periods.into_values().collect()
}

fn empty(
    import: &StoredImport,
    figure: &ImportFigure,
    from: NaiveDate,
    to: NaiveDate,
) -> wire::ImportedUsage {
    wire::ImportedUsage {
        program: import.program.name(),
        grain: figure.period.grain.name(),
        from,
        to,
        zone: import.zone.clone(),
        other_agents: import.has_other_agents,
        input_tokens: 0,
        output_tokens: 0,
        cache_read_tokens: 0,
        cache_write_tokens: 0,
        total_tokens: 0,
        cost_usd: None,
        models: BTreeMap::new(),
        known: None,
    }
}

pub(super) fn file(import: &StoredImport) -> wire::ImportedFile {
    let periods: BTreeSet<&ImportPeriod> = import.figures.iter().map(|figure| &figure.period).collect();
    let tokens = import.figures.iter().fold(0_u64, |sum, figure| sum.saturating_add(figure.tokens.total()));
    wire::ImportedFile {
        digest: import.digest.clone(),
        name: import.name.clone(),
        program: import.program.name(),
        format: import.format.clone(),
        zone: import.zone.clone(),
        other_agents: import.has_other_agents,
        imported_at: wire::Time::of(import.imported_at_ms),
        periods: periods.len(),
        total_tokens: tokens,
    }
}
