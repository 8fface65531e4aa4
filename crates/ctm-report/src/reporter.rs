//! Answering queries.

use super::error::ReportError;
use super::homes::Homes;
use super::others::OtherCounts;
use super::page::PageQuery;
use super::query::{Compare, Query, SessionQuery, SoughtSessions};
use super::wire;
use crate::clock::Clock;
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use ctm_aggregate::{
    Base, Bucket, DateRange, Grain, HourOfWeek, Ledger, LedgerSums, ModelUsage, NamedUsage, SessionUsage,
    Shift, Usage, UsageChange, WhyUnpriced, day_of_ms, day_of_slot,
};
use ctm_backend::FactsReader;
use ctm_config::settings::ManagedSettings;
use ctm_config::settings::{TicketPattern, ZoneSource};
use ctm_facts::{CatalogNames, UsageFilter};
use ctm_pricing::{PlanBook, Price, PriceBook, Quote, Rate, Rates};
use ctm_types::printable::one_line;
use ctm_types::{ACTIVE_MS, Budget, Catalog, DaySpan, EpochMs, PicoUsd, SessionDetails, UsageRow};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Number of days from which on a period omits days, weeks or months without data: a single
/// response with an absurd date would otherwise make every response body huge.
pub(super) const MOST_EMPTY: usize = 3_660;

/// Number of days at the end of the period that a project's sparkline shows.
const SPARK_DAYS: u64 = 90;

/// Answers queries.
#[derive(Debug, Clone)]
pub struct Reporter {
    pub(super) facts: FactsReader,
    pub(super) prices: Arc<PriceBook>,
    pub(super) clock: Clock,
    pub(super) homes: Homes,
    /// Whether requests that only telemetry reports are included unless a query says otherwise.
    counts_unlogged: bool,
    /// The default time zone, and its source.
    zone: Option<(Tz, ZoneSource)>,
    /// `true` if titles of sessions are shown.
    has_titles: bool,
    /// Claude Code's managed settings, which may state how long transcripts are kept.
    pub(super) managed: ManagedSettings,
    /// What is a ticket in a branch name.
    pub(super) ticket: TicketPattern,
    /// Plans and exchange rates.
    pub(super) plans: Arc<PlanBook>,
    /// Budgets of the config file.
    pub(super) budgets: Arc<[Budget]>,
}

/// The priced usage of a period, with the metadata of the response body.
struct PeriodUsage {
    ledger: Ledger,
    range: DateRange,
    meta: wire::Meta,
}

/// Number of models that precede all others, because they cost most: a chart has as many colours.
const FIRST_MODELS: usize = 7;

/// Billed models that were ever used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownModels {
    /// All, in the order in which the database first stored them; of more than [`FIRST_MODELS`], the most expensive ones
    /// are first.
    pub all: Vec<String>,
    /// Those without a price today, by name.
    pub unpriced: Vec<String>,
}

/// The stored usage of a period and of other requested days: its rows, or what they were summed to.
pub(super) struct Gathered<Rows = Vec<UsageRow>> {
    pub(super) rows: Rows,
    pub(super) catalog: Catalog,
    pub(super) range: DateRange,
    /// Requests that only telemetry reports.
    unlogged: Vec<UsageRow>,
    known: KnownDays,
    data_version: u64,
}

/// The first days with data of the requested homes; `None` without any.
#[derive(Debug, Clone, Copy)]
struct KnownDays {
    /// With usage.
    of_usage: Option<NaiveDate>,
    /// With usage, or in Claude Code's own statistics.
    of_any: Option<NaiveDate>,
}

/// A period, before its usage is read.
struct Frame {
    /// Selects the usage of the period and of other requested days.
    filter: UsageFilter,
    range: DateRange,
    data_version: u64,
}

/// Ledgers of a period and of its base.
pub(super) struct Ledgers {
    /// Of the period and other requested days, priced.
    all: Ledger,
    /// Of the base, if there is one with known usage.
    base: Option<(Base, Ledger)>,
}

impl<Rows> Gathered<Rows> {
    /// Returns whether usage is unknown up to a day: the first day with usage is later.
    pub(super) fn is_unknown(&self, last: NaiveDate) -> bool {
        self.known.of_usage.is_some_and(|first| last < first)
    }

    /// Returns the first day with usage.
    pub(super) fn first_known(&self) -> Option<NaiveDate> {
        self.known.of_usage
    }

    /// Returns the base, unless its usage is unknown.
    pub(super) fn known_base(&self, base: Option<Base>) -> Option<Base> {
        base.filter(|base| !self.is_unknown(base.days.to()))
    }

    /// Returns a base in wire form.
    pub(super) fn previous_period(&self, base: &Base) -> wire::PreviousPeriod {
        wire::PreviousPeriod {
            from: base.days.from(),
            to: base.days.to(),
            until: base.until_ms.map(wire::Time::of),
            known_from: self.known.of_usage.filter(|first| base.days.from() < *first),
        }
    }

    /// Returns a base and its usage in wire form.
    pub(super) fn previous(&self, base: &Base, totals: &Usage) -> wire::Previous {
        wire::Previous { period: self.previous_period(base), totals: totals.into() }
    }

    /// Returns the totals of the period in wire form.
    fn totals(&self, ledger: &Ledger) -> wire::Usage {
        if self.is_unknown(self.range.to()) { wire::Usage::unknown() } else { (&ledger.total()).into() }
    }
}

impl Gathered<Ledgers> {
    /// Returns the ledger of the period.
    pub(super) fn ledger(&self) -> Ledger {
        self.rows.all.within(self.range)
    }
}

impl Reporter {
    /// Creates a reporter over `facts`, which are split by the long-context thresholds
    /// of `prices`, with those prices and the labels of `homes`.
    #[must_use]
    pub fn new(facts: impl Into<FactsReader>, prices: PriceBook, clock: Clock, homes: Homes) -> Self {
        Self {
            facts: facts.into(),
            prices: Arc::new(prices),
            clock,
            homes,
            counts_unlogged: false,
            zone: None,
            has_titles: false,
            managed: ManagedSettings::Off,
            ticket: TicketPattern::default(),
            plans: Arc::default(),
            budgets: Arc::default(),
        }
    }

    /// Returns the same reporter with a default time zone and its source.
    #[must_use]
    pub fn in_zone(mut self, tz: Tz, source: ZoneSource) -> Self {
        self.zone = Some((tz, source));
        self
    }

    /// Returns the same reporter that includes requests that only telemetry reports, unless a query says otherwise.
    #[must_use]
    pub fn counting_unlogged(self, counts_unlogged: bool) -> Self {
        Self { counts_unlogged, ..self }
    }

    /// Returns whether requests that only telemetry reports are included unless a query says otherwise.
    #[must_use]
    pub fn counts_unlogged(&self) -> bool {
        self.counts_unlogged
    }

    /// Returns the same reporter, which shows titles of sessions if they are wanted.
    #[must_use]
    pub fn with_titles(self, are_wanted: bool) -> Self {
        Self { has_titles: are_wanted, ..self }
    }

    /// Returns the same reporter with managed settings of Claude Code.
    #[must_use]
    pub fn with_managed(self, managed: ManagedSettings) -> Self {
        Self { managed, ..self }
    }

    /// Returns the same reporter with another pattern of tickets.
    #[must_use]
    pub fn with_ticket(self, ticket: TicketPattern) -> Self {
        Self { ticket, ..self }
    }

    /// Returns the same reporter with plans and exchange rates.
    #[must_use]
    pub fn with_plans(self, plans: PlanBook) -> Self {
        Self { plans: Arc::new(plans), ..self }
    }

    /// Returns the same reporter with budgets of the config file.
    #[must_use]
    pub fn with_budgets(self, budgets: Vec<Budget>) -> Self {
        Self { budgets: budgets.into(), ..self }
    }

    /// Returns the titles of sessions, if they are wanted.
    pub(super) async fn titles(
        &self,
        sessions: &[SessionUsage],
    ) -> Result<HashMap<String, String>, ReportError> {
        let ids: Vec<&str> = sessions.iter().map(|session| &*session.session).collect();
        Ok(self.titles_of(&ids).await?.unwrap_or_default())
    }

    /// Returns the titles of sessions by their ids; `None` if they are not wanted, or without a database.
    pub(super) async fn titles_of(
        &self,
        ids: &[&str],
    ) -> Result<Option<HashMap<String, String>>, ReportError> {
        match self.facts.store() {
            Some(store) if self.has_titles => Ok(Some(store.session_titles(ids).await?)),
            _ => Ok(None),
        }
    }

    /// Returns the source of a time zone.
    pub(super) fn zone_source(&self, tz: Tz) -> ZoneSource {
        let usual = self.zone.filter(|(usual, _)| *usual == tz);
        usual.map_or(ZoneSource::Request, |(_, source)| source)
    }

    /// Returns the facts.
    #[must_use]
    pub fn facts(&self) -> &FactsReader {
        &self.facts
    }

    /// Returns the prices.
    #[must_use]
    pub fn prices(&self) -> &PriceBook {
        &self.prices
    }

    /// Returns the Claude homes.
    #[must_use]
    pub fn homes(&self) -> &Homes {
        &self.homes
    }

    /// Returns the present day in a zone.
    #[must_use]
    pub fn today(&self, tz: Tz) -> NaiveDate {
        day_of_ms(self.clock.now_ms(), tz)
    }

    /// Returns the totals of a period and of today, with the change from the compared period.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn stats(&self, query: &Query, compare: Compare) -> Result<wire::Stats, ReportError> {
        let today = DateRange::day(self.today(query.tz));
        let mut gathered = self.sum(query, CatalogNames::None, compare, |_| true, &[today]).await?;
        let base = gathered.rows.base.take().map(|(base, ledger)| (base, ledger.total()));
        let ledger = gathered.ledger();
        let totals = ledger.total();
        Ok(wire::Stats {
            meta: self.meta(query, &gathered, &ledger),
            totals: gathered.totals(&ledger),
            today: (&gathered.rows.all.within(today).total()).into(),
            change: base.as_ref().map(|(base, usage)| match gathered.previous_period(base).known_from {
                Some(_) => wire::StatsChange::UNKNOWN,
                None => UsageChange::between(&totals, usage).into(),
            }),
            previous: base.map(|(base, usage)| gathered.previous(&base, &usage)),
        })
    }

    /// Returns the base that a period is compared with: none before the first representable days.
    pub(super) fn base(&self, query: &Query, compare: Compare, range: DateRange) -> Option<Base> {
        self.base_at(query, compare.shift(query.period, range)?, range)
    }

    /// Returns the base at a distance; times of a day have none.
    pub(super) fn base_at(&self, query: &Query, shift: Shift, range: DateRange) -> Option<Base> {
        if query.is_of_times() {
            return None;
        }
        let base = Base::new(range, shift, self.clock.now_ms(), self.today(query.tz), query.tz);
        Some(base).filter(|base| base.days.to() >= NaiveDate::default())
    }

    /// Returns the ledger of a base.
    pub(super) fn base_ledger(&self, query: &Query, gathered: &Gathered, base: &Base) -> Ledger {
        let end_ms = base.end_ms(query.tz);
        let rows: Vec<_> = gathered.rows.iter().filter(|row| row.slot.start() < end_ms).cloned().collect();
        Ledger::new(&rows, &gathered.catalog, &self.prices, query.tz).within(base.days)
    }

    /// Returns the usage by day, week or month of the zone, depending on the bucket.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn daily(
        &self,
        query: &Query,
        bucket: Bucket,
        by_model: bool,
    ) -> Result<wire::DailyStats, ReportError> {
        let gathered = self.sum(query, CatalogNames::None, Compare::None, |_| true, &[]).await?;
        let (range, ledger) = (gathered.range, gathered.ledger());
        let mut meta = self.meta(query, &gathered, &ledger);
        let is_complete = range.part_count(bucket) <= MOST_EMPTY;
        let item = |(first_day, part): (NaiveDate, Ledger)| {
            let day =
                day_item(first_day, &part.total(), by_model.then(|| model_shares(&part.usage_by_model())));
            if gathered.is_unknown(bucket.last_day(first_day)) { unknown(day) } else { day }
        };
        let mut days: Vec<wire::Day> = if is_complete {
            ledger.buckets(range, bucket).map(item).collect()
        } else {
            ledger.used_buckets(bucket).map(item).collect()
        };
        if bucket == Bucket::Day && query.suits_stats_cache() {
            let others = OtherCounts::load(&self.facts, query).await?;
            if !is_complete {
                let known: BTreeSet<NaiveDate> = days.iter().map(|day| day.date).collect();
                let more = others.days().into_iter();
                let more = more.filter(|date| range.contains(*date) && !known.contains(date));
                days.extend(more.map(|date| day_item(date, &Usage::default(), by_model.then(Vec::new))));
                days.sort_by_key(|day| day.date);
            }
            self.fill_in(query, &others, &mut days, &mut meta).await?;
            self.add_imported(query, &others, range, &mut days).await?;
        }
        Ok(wire::DailyStats { meta, days, totals: gathered.totals(&ledger) })
    }

    /// Adds what other programs counted to their days.
    async fn add_imported(
        &self,
        query: &Query,
        others: &OtherCounts,
        range: DateRange,
        days: &mut [wire::Day],
    ) -> Result<(), ReportError> {
        let mut imported = others.imported.within(range);
        imported.retain(|usage| others.imported.of_day(usage.from).any(|of_day| of_day == usage));
        self.compare_imported(query, &mut imported).await?;
        for usage in imported {
            if let Ok(place) = days.binary_search_by_key(&usage.from, |day| day.date) {
                days[place].imported.push(usage);
            }
        }
        Ok(())
    }

    /// Adds Claude Code's own statistics to days without events, and states the source of days that others counted.
    async fn fill_in(
        &self,
        query: &Query,
        others: &OtherCounts,
        days: &mut [wire::Day],
        meta: &mut wire::Meta,
    ) -> Result<(), ReportError> {
        let empty = days.iter_mut().filter(|day| day.source == wire::FactSource::None);
        let figures = empty.filter_map(|day| {
            let cached = others.stats_cache.day_of(day.date, &query.filter.models);
            let is_counted = cached.is_some() || others.imported.of_day(day.date).next().is_some();
            is_counted.then_some((cached, day))
        });
        let figures: Vec<_> = figures.collect();
        let dates = || figures.iter().map(|(_, day)| day.date);
        let counted = match dates().min().zip(dates().max()) {
            Some((first, last)) => self.utc_days_with_events(query, first, last).await?,
            None => BTreeSet::new(),
        };
        for (figure, day) in figures {
            // Their days are in UTC: part of such a day may be on the next one here.
            if !counted.contains(&day.date) {
                let is_cached = figure.is_some();
                day.source =
                    if is_cached { wire::FactSource::StatsCache } else { wire::FactSource::Imported };
                day.stats_cache = figure;
                day.usage = wire::Usage::unknown();
            }
        }
        let is_any = |source: &wire::FactSource| days.iter().any(|day| day.source == *source);
        let sources = [wire::FactSource::Events, wire::FactSource::StatsCache, wire::FactSource::Imported];
        meta.source = match sources.into_iter().filter(is_any).collect::<Vec<_>>()[..] {
            [] => wire::FactSource::Events,
            [source] => source,
            _ => wire::FactSource::Mixed,
        };
        Ok(())
    }

    /// Returns the UTC days with events, between two days.
    async fn utc_days_with_events(
        &self,
        query: &Query,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<BTreeSet<NaiveDate>, ReportError> {
        let bounds = DateRange::new(first, last).unwrap_or(DateRange::day(first)).bounds_ms(Tz::UTC);
        let rows = self.facts.usage(&query.between_ms(bounds.start, bounds.end)).await?;
        Ok(rows.iter().map(|row| day_of_slot(row.slot, Tz::UTC)).collect())
    }

    /// Returns the usage by model, with today's price of each.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn models(&self, query: &Query, compare: Compare) -> Result<wire::ModelStats, ReportError> {
        let (PeriodUsage { ledger, meta, .. }, base) =
            self.compared(query, CatalogNames::None, compare).await?;
        let before = base.as_ref().map(|(_, ledger)| by_name(ledger.usage_by_model()));
        let unpriced = ledger.unpriced_models();
        // Of several reasons, the one with the most tokens, which is the first.
        let mut why: HashMap<&str, &WhyUnpriced> = HashMap::new();
        for unpriced in &unpriced {
            why.entry(&unpriced.model).or_insert(&unpriced.why);
        }
        let items = ledger.by_model();
        let items = items.iter().map(|model| wire::Model {
            previous: before.as_ref().map(|before| used_before(before, &model.model)),
            ..model_item(model, why.get(&*model.model))
        });
        Ok(wire::ModelStats {
            meta,
            items: items.collect(),
            totals: (&ledger.total()).into(),
            previous: base.map(|(previous, _)| previous),
        })
    }

    /// Returns a page of the usage by project.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, or the cursor is invalid.
    pub async fn projects(
        &self,
        query: &Query,
        page: &PageQuery,
        compare: Compare,
    ) -> Result<wire::ProjectStats, ReportError> {
        let (PeriodUsage { ledger, range, meta }, base) =
            self.compared(query, CatalogNames::Projects, compare).await?;
        let before = base.as_ref().map(|(_, ledger)| by_name(ledger.by_project()));
        let projects = ledger.by_project();
        let total = projects.len();
        let name = |project: &NamedUsage| Arc::clone(&project.name);
        let (projects, next_cursor) =
            page.cut(projects, |project| &project.name, |project| &project.usage.amounts)?;
        // Usage dated in the future would leave nothing of the relevant days.
        let last = range.to().min(self.today(query.tz)).max(range.from());
        let first = last.checked_sub_days(Days::new(SPARK_DAYS - 1)).unwrap_or_default();
        let recent = DateRange::new(first.max(range.from()), last).unwrap_or(DateRange::day(last));
        let mut sparks = ledger.project_sparks(recent);
        let items = projects.iter().map(|project| {
            let spark = sparks.remove(&name(project)).unwrap_or_default();
            wire::Project {
                project: project.name.to_string(),
                label: one_line(last_component(&project.name)).into_owned(),
                last_at: project.usage.amounts.span.map(|span| wire::Time::of(span.last_ms)),
                spark: spark.iter().map(|day| day.cost.to_f64()).collect(),
                usage: (&project.usage).into(),
                previous: before.as_ref().map(|before| used_before(before, &project.name)),
            }
        });
        Ok(wire::ProjectStats {
            meta,
            items: items.collect(),
            next_cursor,
            total,
            totals: (&ledger.total()).into(),
            previous: base.map(|(previous, _)| previous),
        })
    }

    /// Returns the usage by the label of Claude homes.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn sources(&self, query: &Query) -> Result<wire::SourceStats, ReportError> {
        let mut gathered = self.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        // Homes with the same label are one row.
        for name in gathered.catalog.homes.values_mut() {
            *name = self.homes.first_path(name).into();
        }
        let ledger = self.ledger(query, &gathered);
        let meta = self.meta(query, &gathered, &ledger);
        let read = self.homes.read();
        let item = |path: &str, usage: &Usage| wire::Source {
            source: self.homes.label(path),
            path: path.to_owned(),
            homes: read.iter().filter(|home| self.homes.first_path(&home.name) == path).count().max(1),
            is_read: read.iter().any(|root| *root.name == *path),
            last_at: usage.amounts.span.map(|span| wire::Time::of(span.last_ms)),
            usage: usage.into(),
        };
        let used = ledger.by_home();
        let unused = read.iter().filter(|root| {
            let is_first = self.homes.first_path(&root.name) == &*root.name;
            is_first && used.iter().all(|home| home.name != root.name)
        });
        let nothing = Usage::default();
        let items = used.iter().map(|home| item(&home.name, &home.usage));
        Ok(wire::SourceStats {
            meta,
            items: items.chain(unused.map(|root| item(&root.name, &nothing))).collect(),
            totals: (&ledger.total()).into(),
        })
    }

    /// Returns a page of sessions with usage in the period.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read, or the cursor is invalid.
    pub async fn sessions(
        &self,
        query: &Query,
        wanted: &SessionQuery,
    ) -> Result<wire::Sessions, ReportError> {
        let SessionQuery { page, compare, hour_of_week, sought } = wanted;
        let (PeriodUsage { ledger, meta, .. }, base) =
            self.compared_in(query, CatalogNames::SessionsAndProjects, *compare, *hour_of_week).await?;
        let before: Option<HashMap<_, _>> = base.as_ref().map(|(_, ledger)| {
            let sessions = ledger.by_session_and_project().into_iter();
            sessions.map(|session| ((session.session, session.project), session.usage)).collect()
        });
        let now_ms = self.clock.now_ms();
        let mut sessions = ledger.by_session_and_project();
        sessions.retain(|session| sought.active.is_none_or(|active| active == is_active(session, now_ms)));
        if sought.has_words() {
            let details = self.details_of(&sessions).await?;
            let titles = self.titles(&sessions).await?;
            sessions.retain(|SessionUsage { session, project, .. }| {
                let branch = details.get(&**session).and_then(|details| details.branch.as_deref());
                let title = titles.get(&**session).map(String::as_str);
                sought.has_all_words(session, &[Some(project), branch, title])
            });
        }
        let total = sessions.len();
        let totals = if *sought == SoughtSessions::default() {
            ledger.total()
        } else {
            sessions.iter().fold(Usage::default(), |mut sum, session| {
                sum += &session.usage;
                sum
            })
        };
        let (sessions, next_cursor) =
            page.cut(sessions, |session| &session.session, |session| &session.usage.amounts)?;
        let details = self.details_of(&sessions).await?;
        let titles = self.titles(&sessions).await?;
        let items = sessions.iter().map(|session| {
            let key = (Arc::clone(&session.session), Arc::clone(&session.project));
            wire::Session {
                previous: before
                    .as_ref()
                    .map(|before| before.get(&key).map_or_else(|| (&Usage::default()).into(), Into::into)),
                session_title: titles.get(&*session.session).cloned(),
                ..session_item(session, details.get(&*session.session), now_ms)
            }
        });
        Ok(wire::Sessions {
            meta,
            items: items.collect(),
            next_cursor,
            total,
            totals: (&totals).into(),
            previous: base.map(|(previous, _)| previous),
        })
    }

    /// Returns the details of sessions by their id.
    async fn details_of(
        &self,
        sessions: &[SessionUsage],
    ) -> Result<HashMap<String, SessionDetails>, ReportError> {
        let names: Vec<&str> = sessions.iter().map(|session| &*session.session).collect();
        let details = self.facts.session_details(&names).await?;
        Ok(details.into_iter().map(|details| (details.session.clone(), details)).collect())
    }

    /// Returns the billed models that were ever used.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn known_models(&self) -> Result<KnownModels, ReportError> {
        let mut known = self.billed_models().await?;
        if known.all.len() > FIRST_MODELS {
            let by_cost = self.models(&Query::all(), Compare::None).await?.items;
            let first: BTreeSet<_> = by_cost.into_iter().take(FIRST_MODELS).map(|of| of.model).collect();
            known.all.sort_by_key(|model| !first.contains(model));
        }
        Ok(known)
    }

    /// Returns the billed models that were ever used, in the order in which the database first stored them.
    pub(super) async fn billed_models(&self) -> Result<KnownModels, ReportError> {
        let billings: BTreeMap<_, _> = self.facts.billings().await?.into_iter().collect();
        let now_ms = Some(self.clock.now_ms());
        let (mut seen, mut unpriced) = (BTreeSet::new(), BTreeSet::new());
        let mut known = KnownModels::default();
        for billing in billings.into_values() {
            match self.prices.quote(&billing, now_ms, 0) {
                Quote::Unbilled(_) => continue,
                Quote::Priced(_) => {}
                _ => drop(unpriced.insert(billing.model.clone())),
            }
            if seen.insert(billing.model.clone()) {
                known.all.push(billing.model);
            }
        }
        known.unpriced = unpriced.into_iter().collect();
        Ok(known)
    }

    /// Returns the sum of the requested usage, and its data version.
    pub(super) async fn total(&self, query: &Query) -> Result<(Usage, u64), ReportError> {
        let PeriodUsage { ledger, meta, .. } = self.answer(query, CatalogNames::None).await?;
        Ok((ledger.total(), meta.data_version))
    }

    async fn answer(&self, query: &Query, names: CatalogNames) -> Result<PeriodUsage, ReportError> {
        Ok(self.compared(query, names, Compare::None).await?.0)
    }

    /// Returns the usage of a period and of its base, if there is one.
    async fn compared(
        &self,
        query: &Query,
        names: CatalogNames,
        compare: Compare,
    ) -> Result<(PeriodUsage, Option<(wire::Previous, Ledger)>), ReportError> {
        self.compared_in(query, names, compare, None).await
    }

    /// Returns the same of one hour of the week alone, if that is requested.
    async fn compared_in(
        &self,
        query: &Query,
        names: CatalogNames,
        compare: Compare,
        hour_of_week: Option<HourOfWeek>,
    ) -> Result<(PeriodUsage, Option<(wire::Previous, Ledger)>), ReportError> {
        let is_wanted =
            |row: &UsageRow| hour_of_week.is_none_or(|wanted| HourOfWeek::of(row.slot, query.tz) == wanted);
        let mut gathered = self.sum(query, names, compare, is_wanted, &[]).await?;
        let base = gathered.rows.base.take();
        let base = base.map(|(base, ledger)| (gathered.previous(&base, &ledger.total()), ledger));
        let ledger = gathered.ledger();
        let meta = self.meta(query, &gathered, &ledger);
        Ok((PeriodUsage { ledger, range: gathered.range, meta }, base))
    }

    /// Returns the stored usage of the period, and of other days that depend on it.
    pub(super) async fn gather(
        &self,
        query: &Query,
        names: CatalogNames,
        others: impl FnOnce(DateRange) -> Vec<DateRange>,
    ) -> Result<Gathered, ReportError> {
        let frame = self.frame(query, others).await?;
        let rows = self.facts.usage(&frame.filter).await?;
        self.gathered(query, names, frame, rows).await
    }

    /// Returns the stored usage of the period, apart by time, home and price terms alone: a hundredth of the rows of a long history.
    pub(super) async fn gather_by_time(&self, query: &Query) -> Result<Gathered, ReportError> {
        let frame = self.frame(query, |_| Vec::new()).await?;
        let mut sums: Vec<UsageRow> = Vec::new();
        let take = |rows: &[UsageRow]| {
            let (session, project, folder) = Default::default();
            let mut part: Vec<_> =
                rows.iter().map(|row| UsageRow { session, project, folder, ..*row }).collect();
            // The rows of a slot are in one part, or in few: only neighbours are added.
            part.sort_unstable_by_key(|row| (row.slot, row.key()));
            for row in part {
                match sums.last_mut().filter(|sum| (sum.slot, sum.key()) == (row.slot, row.key())) {
                    Some(sum) => sum.join(&row),
                    None => sums.push(row),
                }
            }
        };
        self.facts.each_usage(&frame.filter, take).await?;
        self.gathered(query, CatalogNames::None, frame, sums).await
    }

    /// Sums the wanted rows of a period, of its base, and of other days to ledgers, a part of the rows at a time.
    pub(super) async fn sum(
        &self,
        query: &Query,
        names: CatalogNames,
        compare: Compare,
        is_wanted: impl Fn(&UsageRow) -> bool + Sync,
        others: &[DateRange],
    ) -> Result<Gathered<Ledgers>, ReportError> {
        let days_of_base = |range| self.base(query, compare, range).map(|base| base.days);
        let days = |range| days_of_base(range).into_iter().chain(others.iter().copied()).collect();
        let frame = self.frame(query, days).await?;
        let base = self.base(query, compare, frame.range);
        let end_ms = base.as_ref().map(|base| base.end_ms(query.tz));
        let grain = grain_with(names);
        let (mut all, mut of_base) = (LedgerSums::new(query.tz, grain), LedgerSums::new(query.tz, grain));
        let take = |rows: &[UsageRow]| {
            let wanted = || rows.iter().filter(|row| is_wanted(row));
            all.add(wanted());
            if let Some(end_ms) = end_ms {
                of_base.add(wanted().filter(|row| row.slot.start() < end_ms));
            }
        };
        self.facts.each_usage(&frame.filter, take).await?;
        let gathered = self.gathered(query, names, frame, ()).await?;
        let priced = |sums: LedgerSums| sums.priced(&gathered.catalog, &self.prices);
        let base = gathered.known_base(base).map(|base| {
            let ledger = priced(of_base).within(base.days);
            (base, ledger)
        });
        let rows = Ledgers { all: priced(all), base };
        let Gathered { rows: (), catalog, range, unlogged, known, data_version } = gathered;
        Ok(Gathered { rows, catalog, range, unlogged, known, data_version })
    }

    /// Returns the period, and the filter of its usage and of that of other days.
    async fn frame(
        &self,
        query: &Query,
        others: impl FnOnce(DateRange) -> Vec<DateRange>,
    ) -> Result<Frame, ReportError> {
        // Before the facts, so that the data version is never newer than the figures.
        let data_version = self.facts.data_version().await?;
        let range = self.range(query).await?;
        let bounds = others(range).into_iter().fold(range, DateRange::union).bounds_ms(query.tz);
        Ok(Frame { filter: query.between_ms(bounds.start, bounds.end), range, data_version })
    }

    /// Adds what belongs to rows that were read: names come after them, so that none of a new row is missing.
    async fn gathered<Rows>(
        &self,
        query: &Query,
        names: CatalogNames,
        Frame { filter, range, data_version }: Frame,
        rows: Rows,
    ) -> Result<Gathered<Rows>, ReportError> {
        let unlogged = self.facts.unlogged(&filter).await?;
        let unlogged = unlogged.into_iter().map(|request| request.usage).collect();
        let catalog = self.facts.catalog(names).await?;
        Ok(Gathered { rows, unlogged, catalog, range, known: self.known_days(query).await?, data_version })
    }

    /// Returns the first days with data of the requested homes.
    async fn known_days(&self, query: &Query) -> Result<KnownDays, ReportError> {
        let homes = &query.filter.homes;
        let (first_ms, elsewhere) = if homes.is_empty() {
            let first_ms = self.facts.time_span().await?.map(|(first_ms, _)| first_ms);
            (first_ms, self.counted_elsewhere().await?.map(DateRange::from))
        } else {
            let mut first_ms: Option<EpochMs> = None;
            let take = |rows: &[UsageRow]| {
                first_ms = first_ms.into_iter().chain(rows.iter().map(|row| row.first_ms)).min();
            };
            self.facts.each_usage(&query.account(), take).await?;
            (first_ms, OtherCounts::load(&self.facts, query).await?.first_day())
        };
        let of_usage = first_ms.map(|first_ms| day_of_ms(first_ms, query.tz));
        Ok(KnownDays { of_usage, of_any: of_usage.into_iter().chain(elsewhere).min() })
    }

    /// Returns the requested days.
    pub(super) async fn range(&self, query: &Query) -> Result<DateRange, ReportError> {
        let span = self.facts.time_span().await?.into_iter();
        let unlogged =
            if query.filter.unlogged { self.facts.unlogged(&query.account()).await? } else { Vec::new() };
        let unlogged = unlogged.iter().map(|request| (request.usage.first_ms, request.usage.last_ms));
        let span = span.chain(unlogged).reduce(|(first, last), (from, to)| (first.min(from), last.max(to)));
        let used = span.and_then(|(first_ms, last_ms)| {
            DateRange::new(day_of_ms(first_ms, query.tz), day_of_ms(last_ms, query.tz)).ok()
        });
        // Days that only others counted are days of usage too.
        let all_homes = query.suits_stats_cache() && query.filter.homes.is_empty();
        let elsewhere = if all_homes { self.counted_elsewhere().await? } else { None };
        let used = used.into_iter().chain(elsewhere).reduce(DateRange::union);
        Ok(query.period.resolve(self.today(query.tz), used))
    }

    /// Returns the first and the last day that Claude Code's own statistics or other programs counted.
    async fn counted_elsewhere(&self) -> Result<Option<DateRange>, ReportError> {
        let cached = self.facts.stats_cache_span().await?.and_then(days);
        let imported = self.facts.import_span().await?.and_then(days);
        Ok(cached.into_iter().chain(imported).reduce(DateRange::union))
    }

    /// Returns the metadata of a response body for a ledger.
    pub(super) fn meta<Rows>(&self, query: &Query, gathered: &Gathered<Rows>, ledger: &Ledger) -> wire::Meta {
        let mut unpriced_models: Vec<_> =
            ledger.unpriced_models().into_iter().map(|model| model.model.to_string()).collect();
        unpriced_models.dedup();
        wire::Meta {
            from: gathered.range.from(),
            to: gathered.range.to(),
            first_day: gathered.known.of_any,
            tz: query.tz.name(),
            tz_source: self.zone_source(query.tz),
            generated_at: wire::Time(self.clock.now()),
            data_version: gathered.data_version,
            price_version: self.prices.version().to_owned(),
            source: wire::FactSource::Events,
            unpriced_models,
            discount: self.prices.discount().map(|discount| wire::Discount {
                multiplier: discount.multiplier.to_string(),
                cost_usd: ledger.total().amounts.cost_usd().map(|cost| wire::Usd(discount.apply(cost))),
            }),
            unlogged: self.unlogged(query, gathered),
        }
    }
}

impl Reporter {
    /// Returns how much of a period only telemetry reports.
    fn unlogged<Rows>(&self, query: &Query, gathered: &Gathered<Rows>) -> Option<wire::Unlogged> {
        let Gathered { unlogged, catalog, range, .. } = gathered;
        let total = Ledger::new(unlogged, catalog, &self.prices, query.tz).within(*range).total();
        (total.amounts.responses > 0).then(|| wire::Unlogged {
            requests: total.amounts.responses,
            total_tokens: total.amounts.tokens.total(),
            cost_usd: total.amounts.cost_usd().map(wire::Usd),
            included: query.filter.unlogged,
        })
    }
}

/// Returns usages by their names.
fn by_name(usages: Vec<NamedUsage>) -> HashMap<Arc<str>, Usage> {
    usages.into_iter().map(|named| (named.name, named.usage)).collect()
}

/// Returns what was used under a name before; nothing if it was not.
fn used_before(before: &HashMap<Arc<str>, Usage>, name: &Arc<str>) -> wire::Usage {
    before.get(name).map_or_else(|| (&Usage::default()).into(), Into::into)
}

/// Returns the dates of UTC days.
fn days(DaySpan { first, last }: DaySpan) -> Option<DateRange> {
    let [first, last] = [first, last].map(|day| day_of_slot(day.slot(0), Tz::UTC));
    DateRange::new(first, last).ok()
}

/// Returns the usage of models in wire form.
pub(super) fn model_shares(models: &[NamedUsage]) -> Vec<wire::ModelShare> {
    let share =
        |model: &NamedUsage| wire::ModelShare { model: model.name.to_string(), usage: (&model.usage).into() };
    models.iter().map(share).collect()
}

/// Returns the coarsest grain whose reports have these names.
fn grain_with(names: CatalogNames) -> Grain {
    match names {
        CatalogNames::None => Grain::Day,
        CatalogNames::Projects => Grain::Project,
        CatalogNames::SessionsAndProjects => Grain::Session,
    }
}

fn day_item(date: NaiveDate, usage: &Usage, models: Option<Vec<wire::ModelShare>>) -> wire::Day {
    let source = if usage.amounts.span.is_some() { wire::FactSource::Events } else { wire::FactSource::None };
    wire::Day { date, source, stats_cache: None, imported: Vec::new(), usage: usage.into(), models }
}

/// Returns a day without data.
fn unknown(day: wire::Day) -> wire::Day {
    wire::Day { usage: wire::Usage::unknown(), ..day }
}

fn model_item(model: &ModelUsage, why: Option<&&WhyUnpriced>) -> wire::Model {
    let why = why.map(|why| match why {
        WhyUnpriced::NoPrice(reason) => reason.hint.clone(),
        WhyUnpriced::NoModel => "the name is a placeholder, not a model".to_owned(),
        WhyUnpriced::NoRate => "the price table has no rate for some of its tokens".to_owned(),
    });
    let used = model.priced_as.first();
    let amounts = &model.usage.amounts;
    wire::Model {
        model: model.model.to_string(),
        label: one_line(&label(used.map_or(&model.model, |used| &used.price.model))).into_owned(),
        priced_as: used.map(|used| used.price.model.to_string()),
        price: used.map(|used| price_item(&used.price, &used.price.rates)),
        unpriced_reason: why,
        share_tokens: model.share_tokens.unwrap_or_default(),
        share_cost: model.share_cost,
        first_at: amounts.span.map(|span| wire::Time::of(span.first_ms)),
        last_at: amounts.span.map(|span| wire::Time::of(span.last_ms)),
        usage: (&model.usage).into(),
        previous: None,
    }
}

/// Returns a price with these rates.
pub(super) fn price_item(price: &Price, rates: &Rates) -> wire::Price {
    priced(rates, price.from, price.until, &price.source)
}

/// Returns the rates that hold between two days.
pub(super) fn priced(
    rates: &Rates,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    source: &str,
) -> wire::Price {
    wire::Price {
        input: per_million(rates.input),
        output: per_million(rates.output),
        cache_read: per_million(rates.cache_read),
        cache_write_5m: per_million(rates.cache_write_5m),
        cache_write_1h: per_million(rates.cache_write_1h),
        from,
        until,
        source: source.to_owned(),
    }
}

/// Returns the price of a million tokens.
pub fn per_million(rate: Option<Rate>) -> Option<wire::Usd> {
    rate.map(|rate| wire::Usd(PicoUsd(i128::from(rate.0) * 1_000_000)))
}

/// Returns the display name of a model: `claude-opus-4-5` is Opus 4.5. Names of other
/// forms are unchanged.
pub(super) fn label(model: &str) -> String {
    let Some(rest) = model.strip_prefix("claude-") else {
        return model.to_owned();
    };
    let is_number =
        |part: &&str| !part.is_empty() && part.len() < 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let (numbers, words): (Vec<&str>, Vec<&str>) = rest.split('-').partition(is_number);
    let capital = |word: &&str| {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        first.to_uppercase() + rest
    };
    let words: Vec<_> = words.iter().map(capital).collect();
    [words.join(" "), numbers.join(".")].join(" ").trim().to_owned()
}

/// Returns the last component of a path, the display name of a project.
pub fn last_component(path: &str) -> &str {
    path.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(path)
}

/// Returns whether a session has a response within [`ACTIVE_MS`].
fn is_active(session: &SessionUsage, now_ms: EpochMs) -> bool {
    session.usage.amounts.span.is_some_and(|span| now_ms.since(span.last_ms).abs() < ACTIVE_MS)
}

pub(super) fn session_item(
    session: &SessionUsage,
    details: Option<&SessionDetails>,
    now_ms: EpochMs,
) -> wire::Session {
    let span = session.usage.amounts.span;
    wire::Session {
        id: session.session.to_string(),
        session_title: None,
        project: session.project.to_string(),
        branch: details.and_then(|details| details.branch.clone()),
        started_at: span.map(|span| wire::Time::of(span.first_ms)),
        ended_at: span.map(|span| wire::Time::of(span.last_ms)),
        duration_s: span.map_or(0, |span| span.last_ms.since(span.first_ms) / 1000),
        models: session.models.iter().map(ToString::to_string).collect(),
        subagents: details.map_or(0, |details| details.subagents),
        prompts: details.map_or(0, |details| details.prompts),
        tool_calls: details.map_or(0, |details| details.tool_calls),
        tool_errors: details.map_or(0, |details| details.tool_errors),
        active: is_active(session, now_ms),
        usage: (&session.usage).into(),
        previous: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_have_display_names() {
        let check = |model: &str, expected: &str| assert_eq!(label(model), expected);
        check("claude-opus-4-5", "Opus 4.5");
        check("claude-3-5-haiku", "Haiku 3.5");
        check("claude-mythos-preview", "Mythos Preview");
        check("glm-5", "glm-5");
    }

    #[test]
    fn projects_are_called_after_their_folder() {
        let check = |path: &str, expected: &str| assert_eq!(last_component(path), expected);
        check("/home/u/app", "app");
        check("/home/u/app/", "app");
        check(r"C:\Users\u\app", "app");
        check("/", "/");
        check("-home-u-app", "-home-u-app");
    }
}
