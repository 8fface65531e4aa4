//! Line accounting, and Claude Code's own figures for comparison.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::{Period, Query};
use super::reporter::Gathered;
use super::stats_cache::{implausible_count, lifetime, plausible};
use super::wire;
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use ctm_aggregate::{Bucket, DateRange, Ledger, Unbilled};
use ctm_config::settings::ManagedSettings;
use ctm_facts::{CatalogNames, CleanUp, UsageFilter};
use ctm_reader::{
    ClaudeHome, CleanupPeriods, DEFAULT_CLEANUP_PERIOD_DAYS, ReadError, is_of_cowork, read_cleanup_periods,
    read_managed_cleanup_days,
};
use ctm_types::printable::with_causes;
use ctm_types::{StoredStatsCache, TokenUnit};
use std::collections::{BTreeMap, BTreeSet};

/// Maximum number of listed lines with issues; all are counted.
const LISTED_ISSUES: u32 = 100;

/// Number of days before deletion from which on a transcript counts as due.
const SOON_DAYS: u64 = 3;

const DAY_NS: i64 = 86_400_000_000_000;

/// Versions of `stats-cache.json` that are known.
const KNOWN_VERSIONS: std::ops::RangeInclusive<u64> = 1..=5;

impl DatabaseReports {
    /// Returns the line accounting, and Claude Code's own statistics for comparison.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn audit(&self, query: &Query) -> Result<wire::Audit, ReportError> {
        let gathered = self.reporter.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        let ledger = self.reporter.ledger(query, &gathered);
        let issues = self.machine_store()?.line_issues(LISTED_ISSUES).await?;
        let issue_line = |issue: ctm_facts::IssueAt| wire::IssueLine {
            file: issue.path,
            line_offset: issue.offset_bytes,
            kind: issue.kind,
        };
        let lines = self.lines(query).await?;
        Ok(wire::Audit {
            forgotten: self.forgotten(&lines).await?,
            lines,
            issues: issues.counts,
            issue_lines: issues.first.into_iter().map(issue_line).collect(),
            responses: self.audited_responses(query, &gathered, &ledger).await?,
            stats_cache: self.compared(query, gathered.range).await?,
            sessions: self.own_totals(query).await?,
            retention: self.retention(query).await?,
            meta: self.reporter.meta(query, &gathered, &ledger),
        })
    }

    /// Returns the classification of all lines, by the label of their Claude home.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn lines(&self, query: &Query) -> Result<Vec<wire::AuditedLines>, ReportError> {
        let unbilled = self.unbilled_responses().await?;
        let unbilled = |home: &str| unbilled.iter().filter(|response| response.home == home).count() as u64;
        let totals = self.machine_store()?.line_totals().await?.into_iter();
        let wanted = totals.filter(|home| is_wanted(query, &home.home));
        let mut lines: Vec<wire::AuditedLines> = Vec::new();
        let item = |home: ctm_facts::LineTotals| wire::AuditedLines {
            source: self.reporter.homes.label(&home.home),
            files: home.files,
            files_gone: home.files_gone,
            read: home.read,
            used: [home.superseded, home.forgotten, unbilled(&home.home)]
                .iter()
                .fold(home.copies, |lines, others| lines.saturating_sub(*others)),
            unbilled: unbilled(&home.home),
            duplicate: home.superseded,
            forgotten: home.forgotten,
            skipped: home.skipped,
        };
        for of_home in wanted.map(item) {
            match lines.iter_mut().find(|known| known.source == of_home.source) {
                Some(known) => known.add(of_home),
                None => lines.push(of_home),
            }
        }
        Ok(lines)
    }

    /// Returns the forgotten facts, with the number of lines that still log them.
    async fn forgotten(&self, lines: &[wire::AuditedLines]) -> Result<wire::AuditedForgotten, ReportError> {
        let decisions = self.machine_store()?.forgettings().await?;
        Ok(wire::AuditedForgotten {
            decisions: decisions.len() as u64,
            responses: decisions.iter().map(|decision| decision.responses).sum(),
            tokens: decisions.iter().map(|decision| decision.tokens).sum(),
            lines: lines.iter().map(|home| home.forgotten).sum(),
        })
    }

    async fn audited_responses(
        &self,
        query: &Query,
        gathered: &Gathered,
        ledger: &Ledger,
    ) -> Result<wire::AuditedResponses, ReportError> {
        let range = gathered.range;
        let unbilled = Unbilled::of(&gathered.rows, &gathered.catalog, &self.reporter.prices);
        let bounds = range.bounds_ms(query.tz);
        let filter = query.between_ms(bounds.start, bounds.end);
        let period = Period::Between { from: Some(range.from()), to: Some(range.to()) };
        let subagents = UsageFilter { sidechain: Some(true), ..query.filter.clone() };
        let subagents = Query { period, filter: subagents, ..query.clone() };
        let asked_for_others = query.filter.sidechain == Some(false);
        let sidechain =
            if asked_for_others { Default::default() } else { self.reporter.total(&subagents).await?.0 };
        let embedded = self.machine_store()?.embedded_copies().await?;
        let mut unpriced: BTreeMap<String, u64> = BTreeMap::new();
        for model in ledger.unpriced_models() {
            let of_model = unpriced.entry(model.model.to_string()).or_default();
            *of_model = of_model.saturating_add(model.tokens);
        }
        let totals = ledger.total();
        Ok(wire::AuditedResponses {
            by_copies: self
                .store
                .responses_by_copies(&self.billed(filter).await?)
                .await?
                .into_iter()
                .map(|(copies, responses)| wire::CopiesCount { copies, responses })
                .collect(),
            sidechain_share: share(sidechain.amounts.tokens.total(), totals.amounts.tokens.total()),
            sidechain: (&sidechain).into(),
            embedded_used: embedded.winners,
            embedded_duplicates: embedded.superseded,
            unpriced,
            unbilled: wire::AuditedUnbilled {
                responses: unbilled.responses,
                tokens: unbilled.tokens.total(),
                by_category: unbilled.by_category,
                unknown_categories: unbilled.unknown,
            },
            totals: (&totals).into(),
        })
    }

    /// Compares the stats cache of each home with our own count of that home, in UTC days.
    async fn compared(
        &self,
        query: &Query,
        range: DateRange,
    ) -> Result<Vec<wire::AuditedStatsCache>, ReportError> {
        let mut compared = Vec::new();
        for stored in self.machine_store()?.stored_stats_caches().await? {
            if is_wanted(query, &stored.home) && query.suits_stats_cache() {
                let filter = UsageFilter {
                    homes: vec![stored.home.clone()],
                    models: query.filter.models.clone(),
                    ..UsageFilter::default()
                };
                let ours = Query { filter, ..Query::all() };
                let gathered = self.reporter.gather(&ours, CatalogNames::None, |_| Vec::new()).await?;
                let ledger = self.reporter.ledger(&ours, &gathered);
                let comparison = Comparison { stored: &stored, ledger, range, models: &query.filter.models };
                let today = self.reporter.today(Tz::UTC);
                compared.push(comparison.tell(self.reporter.homes.label(&stored.home), today));
            }
        }
        Ok(compared)
    }

    /// Returns the transcripts that Claude Code is about to delete, by the label of their Claude home.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn retention(&self, query: &Query) -> Result<Vec<wire::Retention>, ReportError> {
        let mut homes: Vec<wire::Retention> = Vec::new();
        for home in self.reporter.homes.read().iter().filter(|home| is_wanted(query, &home.name)) {
            let of_home = self.retention_of(home).await?;
            match homes.iter_mut().find(|known| known.source == of_home.source) {
                Some(known) => known.add(of_home),
                None => homes.push(of_home),
            }
        }
        Ok(homes)
    }

    async fn retention_of(&self, home: &ClaudeHome) -> Result<wire::Retention, ReportError> {
        let periods = cleanup_periods(home, &self.reporter.managed).await;
        let days = periods.days.unwrap_or(DEFAULT_CLEANUP_PERIOD_DAYS);
        let now_ns = self.reporter.clock.now_ms().0.saturating_mul(1_000_000);
        let before_ns = |days: u64| {
            let soon = i64::try_from(days.saturating_sub(SOON_DAYS)).unwrap_or(i64::MAX);
            now_ns.saturating_sub(soon.saturating_mul(DAY_NS))
        };
        let clean_up = CleanUp {
            before_ns: before_ns(days),
            desktop_before_ns: periods.desktop_days.map(before_ns),
            is_of_desktop: is_of_cowork(&home.path),
        };
        let old = self.machine_store()?.due_files(&home.name, &clean_up, wire::MOST_PENDING).await?;
        Ok(wire::Retention {
            source: home.label.to_string(),
            cleanup_period_days: days,
            is_set: periods.days.is_some(),
            is_managed: periods.is_managed,
            desktop_period_days: periods.desktop_days,
            files_expiring_in_3_days: old.there,
            fully_stored: old.stored,
            pending_lines: old.pending,
            pending_files: old.pending_paths,
            kept_desktop_files: old.kept,
        })
    }
}

fn is_wanted(query: &Query, home: &str) -> bool {
    query.filter.homes.is_empty() || query.filter.homes.iter().any(|wanted| wanted == home)
}

/// Returns how many days a home's settings keep transcripts, or managed settings. Settings that
/// cannot be read count as silent.
async fn cleanup_periods(home: &ClaudeHome, managed: &ManagedSettings) -> CleanupPeriods {
    fn known<T: Default>(read: Result<T, ReadError>) -> T {
        read.inspect_err(|error| tracing::warn!("{}", with_causes(error))).unwrap_or_default()
    }
    let (home, managed) = (home.clone(), managed.clone());
    let read = move || {
        let of_home = known(read_cleanup_periods(&home));
        of_home.managed(known(read_managed_cleanup_days(&managed.files())))
    };
    tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| {
        tracing::warn!("cannot read the settings of Claude Code: {}", with_causes(&error));
        CleanupPeriods::default()
    })
}

#[expect(clippy::cast_precision_loss, reason = "a rate is for showing only")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A stats cache and our own count of the same home.
struct Comparison<'a> {
    stored: &'a StoredStatsCache,
    /// UTC days of this home only.
    ledger: Ledger,
    range: DateRange,
    models: &'a [String],
}

impl Comparison<'_> {
    fn tell(&self, source: String, today: NaiveDate) -> wire::AuditedStatsCache {
        let ours = self.ours();
        let theirs: BTreeMap<(NaiveDate, &str), (u64, TokenUnit)> = plausible(self.stored)
            .filter(|(_, model, ..)| self.is_asked_for(model))
            .map(|(date, model, tokens, unit)| ((date, model), (tokens, unit)))
            .collect();
        let cache = &self.stored.cache;
        let keys: BTreeSet<(NaiveDate, &str)> = theirs
            .keys()
            .copied()
            .chain(ours.keys().map(|(date, model)| (*date, model.as_str())))
            .filter(|(date, _)| self.range.contains(*date))
            .collect();
        let days: Vec<wire::ComparedDay> = keys
            .into_iter()
            .map(|(date, model)| {
                let (stats_cache, unit) = match theirs.get(&(date, model)) {
                    Some((tokens, unit)) => (Some(*tokens), *unit),
                    None => (None, cache.token_unit),
                };
                let [shown, all] = ours.get(&(date, model.to_owned())).copied().unwrap_or_default();
                let events = if unit == TokenUnit::All { all } else { shown };
                wire::ComparedDay {
                    date,
                    model: model.to_owned(),
                    unit: unit.name().to_owned(),
                    difference: stats_cache.map(|tokens| difference(tokens, events)),
                    stats_cache,
                    events,
                }
            })
            .collect();
        let our_days: BTreeSet<NaiveDate> = ours.keys().map(|(date, _)| *date).collect();
        let their_days: BTreeSet<NaiveDate> = theirs.keys().map(|(date, _)| *date).collect();
        wire::AuditedStatsCache {
            source,
            version: cache.version,
            last_computed_date: cache.last_computed_date.clone(),
            unit: cache.token_unit.name().to_owned(),
            days_only_there: their_days.difference(&our_days).count() as u64,
            models: self.compared_models(&ours),
            reasons: self.reasons(&our_days, &their_days, today),
            days,
        }
    }

    fn is_asked_for(&self, model: &str) -> bool {
        self.models.is_empty() || self.models.iter().any(|asked| asked == model)
    }

    /// Returns our tokens by day and model: input and output, and all kinds.
    fn ours(&self) -> BTreeMap<(NaiveDate, String), [u64; 2]> {
        let mut ours = BTreeMap::new();
        for (day, ledger) in self.ledger.used_buckets(Bucket::Day) {
            for model in ledger.usage_by_model() {
                let tokens = model.usage.amounts.tokens;
                let shown = tokens.input.saturating_add(tokens.output);
                ours.insert((day, model.name.to_string()), [shown, tokens.total()]);
            }
        }
        ours
    }

    fn compared_models(&self, ours: &BTreeMap<(NaiveDate, String), [u64; 2]>) -> Vec<wire::ComparedModel> {
        let mut events: BTreeMap<&str, u64> = BTreeMap::new();
        for ((_, model), [_, all]) in ours {
            let of_model = events.entry(model).or_default();
            *of_model = of_model.saturating_add(*all);
        }
        let theirs: BTreeMap<&str, u64> = self
            .stored
            .cache
            .models
            .iter()
            .filter(|model| self.is_asked_for(&model.model))
            .map(|model| (model.model.as_str(), lifetime(model, TokenUnit::All)))
            .collect();
        let models: BTreeSet<&str> = theirs.keys().chain(events.keys()).copied().collect();
        let item = |model: &str| {
            let stats_cache = theirs.get(model).copied();
            let events = events.get(model).copied().unwrap_or_default();
            wire::ComparedModel {
                model: model.to_owned(),
                difference: stats_cache.map(|tokens| difference(tokens, events)),
                stats_cache,
                events,
            }
        };
        models.into_iter().map(item).collect()
    }

    fn reasons(
        &self,
        ours: &BTreeSet<NaiveDate>,
        theirs: &BTreeSet<NaiveDate>,
        today: NaiveDate,
    ) -> Vec<wire::DifferenceReason> {
        let cache = &self.stored.cache;
        let mut reasons = Vec::new();
        let mut add = |code, text: String| reasons.push(wire::DifferenceReason { code, text });
        add(
            "per_line",
            "Claude Code adds up every line of a transcript; a response has a line for each of its blocks, \
             so that its figures are about twice as high."
                .to_owned(),
        );
        let computed: Option<NaiveDate> =
            cache.last_computed_date.as_deref().and_then(|date| date.parse().ok());
        if let Some(computed) = computed
            && Some(computed) < today.checked_sub_days(Days::new(1))
        {
            add(
                "stale",
                format!(
                    "It was last brought up to date for {computed}: Claude Code does so only when its own \
                     usage page is opened."
                ),
            );
        }
        if cache.token_unit == TokenUnit::InputOutput {
            add("input_output_only", "Its daily figures do not include cache tokens.".to_owned());
        }
        let dropped =
            computed.map_or(0, |computed| ours.difference(theirs).filter(|day| **day <= computed).count());
        if dropped > 0 {
            add("days_dropped", format!("It does not cover {dropped} of the days with transcripts."));
        }
        let deleted = theirs.difference(ours).count();
        if deleted > 0 {
            add(
                "deleted",
                format!("The transcripts of {deleted} of its days were deleted before they were read."),
            );
        }
        let implausible = implausible_count(self.stored);
        if implausible > 0 {
            add(
                "implausible",
                format!(
                    "{implausible} of its daily figures are omitted: each exceeds its own total for the model."
                ),
            );
        }
        if !cache.version.is_some_and(|version| KNOWN_VERSIONS.contains(&version)) {
            let version =
                cache.version.map_or("no version".to_owned(), |version| format!("version {version}"));
            add(
                "unknown_version",
                format!("It has {version}, which is unknown; the known fields were used."),
            );
        }
        reasons
    }
}

fn difference(theirs: u64, ours: u64) -> i64 {
    let difference = i128::from(theirs) - i128::from(ours);
    i64::try_from(difference).unwrap_or(if difference < 0 { i64::MIN } else { i64::MAX })
}
