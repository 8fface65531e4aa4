//! Alert rules with those that are suggested, the alerts, and the facts that rules are evaluated on.
//!
//! # Design
//!
//! Only what a rule watches is read. What depends on stored facts alone is read again when these, the budgets, or the quarter of an hour have changed
//! ([`AlertKey`]); the pace, the limits and the conditions are read each time, because they change by themselves.

use super::budgets::BudgetCalendar;
use super::database::DatabaseReports;
use super::error::ReportError;
use super::query::{Period, Query};
use super::wire;
use chrono::{Days, NaiveDate};
use ctm_aggregate::forecast::by_slot;
use ctm_aggregate::{Bucket, DateRange};
use ctm_alerts::{AlertFacts, ConditionFact, DaysFact, LimitFact, Watched};
use ctm_facts::{CatalogNames, UsageFilter};
use ctm_personal::{Alert, Personal, StoredRule};
use ctm_types::{EpochMs, PicoUsd, Slot};
use std::collections::BTreeMap;

const HOUR_MS: i64 = 3_600_000;

/// Number of days whose hours and sessions a rule compares with.
const PAST_DAYS: u64 = 28;

/// Number of days within which transcripts are due.
const DUE_DAYS: u64 = 3;

/// What the stored part of the facts depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertKey {
    data_version: u64,
    personal_version: u64,
    /// Days of any zone begin with one.
    quarter: Slot,
}

impl DatabaseReports {
    /// Returns the alert rules, and those that are suggested besides.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn alert_rules(&self) -> Result<wire::AlertRules, ReportError> {
        let stored = Personal::new(self.store.clone()).all::<StoredRule>().await?;
        let suggested = ctm_alerts::AlertRule::suggested().into_iter();
        let is_new = |rule: &ctm_alerts::AlertRule| {
            stored.iter().all(|record| {
                let known = &record.content.rule;
                known.watched != rule.watched && known.name != rule.name
            })
        };
        let suggested = suggested.filter(is_new).map(|rule| wire::AlertRule::suggested(&rule)).collect();
        Ok(wire::AlertRules { items: stored.into_iter().map(wire::AlertRule::from).collect(), suggested })
    }

    /// Returns an alert rule, by its id.
    ///
    /// # Errors
    ///
    /// Fails when there is no such rule, or the database cannot be read.
    pub async fn alert_rule(&self, id: &str) -> Result<wire::AlertRule, ReportError> {
        let found = self.alert_rules().await?.items.into_iter().find(|rule| rule.id.as_deref() == Some(id));
        found.ok_or_else(|| ReportError::Unknown { what: "alert rule", name: id.to_owned() })
    }

    /// Returns the alerts, the newest first.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn alerts(&self) -> Result<wire::Alerts, ReportError> {
        let mut alerts = Personal::new(self.store.clone()).all::<Alert>().await?;
        alerts.reverse();
        Ok(wire::Alerts { items: alerts.into_iter().map(wire::Alert::from).collect() })
    }

    /// Returns what the stored part of the facts depends on at present.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn alert_key(&self) -> Result<AlertKey, ReportError> {
        Ok(AlertKey {
            data_version: self.reporter.facts.data_version().await?,
            personal_version: self.store.personal_version().await?,
            quarter: Slot::of(self.reporter.clock.now_ms()),
        })
    }

    /// Returns the facts that depend on what is stored, as far as they are watched.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn stored_alert_facts(
        &self,
        watched: &[Watched],
        calendar: BudgetCalendar,
    ) -> Result<AlertFacts, ReportError> {
        let mut facts = AlertFacts::default();
        if watched.iter().any(|of| matches!(of, Watched::Budget { .. })) {
            facts.budgets = self.budget_facts(calendar).await?;
        }
        if watched.contains(&Watched::UnusualHour) {
            facts.hours = self.costs_of_hours(calendar).await?;
        }
        if watched.contains(&Watched::UnusualSession) {
            facts.sessions = self.costs_of_sessions(calendar).await?;
        }
        if watched.contains(&Watched::UnpricedModel) {
            facts.unpriced = self.reporter.billed_models().await?.unpriced;
        }
        if watched.contains(&Watched::ExpiringTranscripts) {
            facts.expiring = self.expiring(calendar).await?;
        }
        let today = self.reporter.today(calendar.tz);
        if watched.contains(&Watched::DaySummary) {
            facts.day = self.past_days(Bucket::Day, today, calendar).await?;
        }
        if watched.contains(&Watched::WeekSummary) {
            facts.week = self.past_days(Bucket::Week(calendar.week_start), today, calendar).await?;
        }
        if watched.contains(&Watched::MonthSummary) {
            facts.month = self.past_days(Bucket::Month, today, calendar).await?;
        }
        Ok(facts)
    }

    /// Adds the facts that change by themselves, as far as they are watched.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn present_alert_facts(
        &self,
        watched: &[Watched],
        stored: AlertFacts,
        conditions: Vec<ConditionFact>,
    ) -> Result<AlertFacts, ReportError> {
        let is_of_limits = |of: &Watched| {
            matches!(of, Watched::LimitUsed(_) | Watched::LimitReset(_) | Watched::LimitReached)
        };
        let limits = if watched.iter().any(is_of_limits) { self.limit_facts().await? } else { Vec::new() };
        let is_of_pace = watched.iter().any(|of| matches!(of, Watched::SpendRate(_)));
        let pace = if is_of_pace { self.pace().await?.map(pico) } else { None };
        Ok(AlertFacts { limits, pace, conditions, ..stored })
    }

    async fn limit_facts(&self) -> Result<Vec<LimitFact>, ReportError> {
        let mut facts = Vec::new();
        for of_home in self.limits_by_home().await? {
            let wire::CurrentLimits { source, five_hour, seven_day, others } = of_home;
            let home = source.unwrap_or_default();
            let named = [("five_hour", five_hour), ("seven_day", seven_day)];
            let named = named.into_iter().filter_map(|(window, limit)| Some((window, limit?)));
            let all = named.chain(others.into_iter().map(|other| (other.window, other.limit)));
            facts.extend(all.map(|(window, limit)| LimitFact {
                home: home.clone(),
                window,
                used_percent: limit.used_percentage,
                resets_at_ms: limit.resets_at.map(wire::Time::epoch_ms),
                reached_at_ms: limit.runs_out_at.map(wire::Time::epoch_ms),
            }));
        }
        Ok(facts)
    }

    /// Returns the usage of the last weeks.
    fn recent(&self, calendar: BudgetCalendar) -> Query {
        let today = self.reporter.today(calendar.tz);
        let from = today.checked_sub_days(Days::new(PAST_DAYS));
        let period = Period::Between { from, to: Some(today) };
        Query { period, tz: calendar.tz, filter: UsageFilter::default() }
    }

    async fn costs_of_hours(&self, calendar: BudgetCalendar) -> Result<Vec<(EpochMs, PicoUsd)>, ReportError> {
        let gathered = self.reporter.gather_by_time(&self.recent(calendar)).await?;
        let mut hours: BTreeMap<EpochMs, PicoUsd> = BTreeMap::new();
        for (slot, amounts) in by_slot(&gathered.rows, &gathered.catalog, &self.reporter.prices) {
            let start_ms = slot.start().0;
            *hours.entry(EpochMs(start_ms - start_ms.rem_euclid(HOUR_MS))).or_default() += amounts.cost;
        }
        Ok(hours.into_iter().collect())
    }

    async fn costs_of_sessions(
        &self,
        calendar: BudgetCalendar,
    ) -> Result<Vec<(String, PicoUsd)>, ReportError> {
        let query = self.recent(calendar);
        let gathered =
            self.reporter.gather(&query, CatalogNames::SessionsAndProjects, |_| Vec::new()).await?;
        let mut sessions = self.reporter.ledger_of(&query, &gathered).by_session();
        sessions.sort_by_key(|of| of.usage.amounts.span.map(|span| span.last_ms));
        Ok(sessions.into_iter().map(|of| (of.name.to_string(), of.usage.amounts.cost)).collect())
    }

    /// Returns the transcripts that are due and not stored.
    async fn expiring(&self, calendar: BudgetCalendar) -> Result<Option<(NaiveDate, u64)>, ReportError> {
        let homes = self.retention(&Query::all()).await?;
        let lost = |of: &wire::Retention| {
            of.files_expiring_in_3_days.saturating_sub(of.fully_stored).saturating_sub(of.pending_lines)
        };
        let number = homes.iter().map(lost).sum::<u64>();
        let day = self.reporter.today(calendar.tz).checked_add_days(Days::new(DUE_DAYS));
        Ok(day.filter(|_| number > 0).map(|day| (day, number)))
    }

    /// Returns the day, week or month before that of today, if it had usage.
    async fn past_days(
        &self,
        bucket: Bucket,
        today: NaiveDate,
        calendar: BudgetCalendar,
    ) -> Result<Option<DaysFact>, ReportError> {
        let Some(last) = bucket.first_day(today).pred_opt() else { return Ok(None) };
        let days = DateRange::new(bucket.first_day(last), last).unwrap_or(DateRange::day(last));
        let period = Period::Between { from: Some(days.from()), to: Some(days.to()) };
        let query = Query { period, tz: calendar.tz, filter: UsageFilter::default() };
        let amounts = self.reporter.total(&query).await?.0.amounts;
        let (first, last) = (days.from(), days.to());
        let fact = DaysFact { first, last, cost: amounts.cost_usd(), responses: amounts.responses };
        Ok(Some(fact).filter(|fact| fact.responses > 0))
    }
}

/// Returns an amount of US dollars, to the nearest pico-dollar.
#[expect(clippy::cast_possible_truncation, reason = "a pace beyond an i128 is the greatest one")]
fn pico(usd: f64) -> PicoUsd {
    PicoUsd((usd * 1e12).round() as i128)
}
