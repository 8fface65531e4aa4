//! Budgets: how they stand at any day.
//!
//! # Design
//!
//! Only the budgets are stored, and how they stand is derived from the facts, for a past day as for the present one. So a corrected
//! price, or usage that is read late, applies to the past as well. A rule that depends on a level evaluates the same status.

use super::database::DatabaseReports;
use super::error::ReportError;
use super::forecast::{self, Forecasted, Past};
use super::query::{Compare, Period, Query};
use super::reporter::Gathered;
use super::wire::{self, BudgetAmount, Certainty};
use chrono::{Days, NaiveDate, Weekday};
use chrono_tz::Tz;
use ctm_aggregate::budgets::{BudgetReach, BudgetUse, days_of};
use ctm_aggregate::{Amounts, Bucket, DateRange, Grain, Ledger, LedgerSums, day_start_ms};
use ctm_alerts::BudgetFact;
use ctm_facts::{CatalogNames, UsageFilter};
use ctm_personal::{Personal, StoredBudget};
use ctm_types::{Budget, BudgetLimit, BudgetPeriod, BudgetScope};

/// Maximum number of days of a history.
const MOST_DAYS: usize = 366;

/// Number of days before the last one that a history covers by default.
const USUAL_DAYS: Days = Days::new(29);

/// The zone and the weeks of a question about budgets.
#[derive(Debug, Clone, Copy)]
pub struct BudgetCalendar {
    /// The zone of the days.
    pub tz: Tz,
    /// The first day of a week.
    pub week_start: Weekday,
}

/// Usage of a scope, read once for all its budgets.
struct ScopeUsage {
    scope: BudgetScope,
    gathered: Gathered,
    /// Usage since the first of their periods began.
    ledger: Ledger,
    /// Usage of all time.
    past: Past,
}

impl DatabaseReports {
    /// Returns all budgets, and how they stand at the end of a day; without a day, now. With a forecast, those of the present day have the
    /// time until they are reached, which takes all usage of the past to be read.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn budgets(
        &self,
        calendar: BudgetCalendar,
        at: Option<NaiveDate>,
        has_forecast: bool,
    ) -> Result<wire::Budgets, ReportError> {
        let tz = calendar.tz;
        let today = self.reporter.today(tz);
        let day = at.unwrap_or(today);
        let all = self.all_budgets().await?;
        let scopes =
            if has_forecast && day == today { self.scopes(&all, day, calendar).await? } else { Vec::new() };
        let mut items = Vec::new();
        for (shown, budget) in &all {
            let usage = scopes.iter().find(|usage| usage.scope == budget.scope);
            let reached = usage.and_then(|usage| self.reached(budget, calendar, usage));
            let stood = match usage.filter(|_| budget.period != BudgetPeriod::Block) {
                Some(usage) => vec![self.stood_on(budget, day, calendar, &usage.gathered, &usage.ledger)],
                None => self.stood(budget, DateRange::day(day), calendar).await?,
            };
            let item =
                |of: wire::BudgetDay| wire::BudgetStatus { budget: shown.clone(), used: of.used, reached };
            items.extend(stood.into_iter().map(item));
        }
        Ok(wire::Budgets {
            day,
            tz: tz.name(),
            tz_source: self.reporter.zone_source(tz),
            level: items.iter().map(|of| of.used.level).max().unwrap_or(wire::BudgetLevel::Fine),
            items,
        })
    }

    /// Returns how a budget stood at the end of each day; without an end until today, without a beginning for 30 days. It is
    /// found by its id or its name.
    ///
    /// # Errors
    ///
    /// Fails when there is no such budget, the days are too many, or the database cannot be read.
    pub async fn budget_history(
        &self,
        key: &str,
        (from, to): (Option<NaiveDate>, Option<NaiveDate>),
        calendar: BudgetCalendar,
    ) -> Result<wire::BudgetHistory, ReportError> {
        let all = self.all_budgets().await?;
        let by_id = all.iter().find(|(shown, _)| shown.id.as_deref() == Some(key));
        let found = by_id.or_else(|| all.iter().find(|(shown, _)| shown.name == key));
        let unknown = || ReportError::Unknown { what: "budget", name: key.to_owned() };
        let (shown, budget) = found.ok_or_else(unknown)?;
        let to = to.unwrap_or_else(|| self.reporter.today(calendar.tz).max(from.unwrap_or_default()));
        let from = from.unwrap_or_else(|| to.checked_sub_days(USUAL_DAYS).unwrap_or_default());
        let days = DateRange::new(from, to).unwrap_or(DateRange::day(to));
        if days.day_count() > MOST_DAYS {
            return Err(ReportError::TooLong { from, to, most: MOST_DAYS, parts: "days" });
        }
        Ok(wire::BudgetHistory {
            from: days.from(),
            to: days.to(),
            tz: calendar.tz.name(),
            tz_source: self.reporter.zone_source(calendar.tz),
            budget: shown.clone(),
            days: self.stood(budget, days, calendar).await?,
        })
    }

    /// Returns how the budgets stand now, for alert rules.
    pub(super) async fn budget_facts(
        &self,
        calendar: BudgetCalendar,
    ) -> Result<Vec<BudgetFact>, ReportError> {
        let today = DateRange::day(self.reporter.today(calendar.tz));
        let mut facts = Vec::new();
        for (_, budget) in self.all_budgets().await? {
            for of in self.stood(&budget, today, calendar).await? {
                facts.push(BudgetFact {
                    name: budget.name.clone(),
                    period: self.period_of(&budget, &of.used, calendar).await?,
                    limit: budget.limit,
                    per: budget.period,
                    first: of.used.period_from,
                    level: of.used.level.into(),
                    used: of.used.used.map(BudgetAmount::units),
                });
            }
        }
        Ok(facts)
    }

    /// Returns the identity of the present period of a budget: its first day or time; of a rolling window the day since which it is at the
    /// soft level or above, because days enter and leave it.
    async fn period_of(
        &self,
        budget: &Budget,
        of: &wire::BudgetUse,
        calendar: BudgetCalendar,
    ) -> Result<String, ReportError> {
        let today = self.reporter.today(calendar.tz);
        match budget.period {
            BudgetPeriod::Block => {
                let homes = self.filter_of(&budget.scope).homes;
                let block = self.reporter.current_block(&homes).await?;
                Ok(block.map(|block| block.start_at.to_string()).unwrap_or_default())
            }
            BudgetPeriod::Days(_) if of.level >= wire::BudgetLevel::Soft => {
                let from = today.checked_sub_days(Days::new(MOST_DAYS as u64 - 1)).unwrap_or_default();
                let days = DateRange::new(from, today).unwrap_or(DateRange::day(today));
                let stood = self.stood(budget, days, calendar).await?;
                let reached = stood.iter().rev().take_while(|of| of.used.level >= wire::BudgetLevel::Soft);
                Ok(reached.last().map(|of| of.day.to_string()).unwrap_or_default())
            }
            _ => Ok(of.period_from.map(|day| day.to_string()).unwrap_or_default()),
        }
    }

    /// Returns all budgets: those of the config file, then the stored ones, the oldest first.
    async fn all_budgets(&self) -> Result<Vec<(wire::Budget, Budget)>, ReportError> {
        let configured = self.reporter.budgets.iter();
        let mut all: Vec<_> =
            configured.map(|budget| (wire::Budget::configured(budget), budget.clone())).collect();
        let stored = Personal::new(self.store.clone()).all::<StoredBudget>().await?;
        all.extend(stored.into_iter().map(|record| (wire::Budget::from(&record), record.content.budget)));
        for (shown, _) in &mut all {
            // A path is shown by its label.
            if let (wire::BudgetScope::Home, Some(home)) = (shown.scope, &mut shown.scope_name) {
                *home = self.reporter.homes.label(home);
            }
        }
        Ok(all)
    }

    /// Reads the usage of all time of each scope that has a budget with a forecast.
    async fn scopes(
        &self,
        all: &[(wire::Budget, Budget)],
        today: NaiveDate,
        BudgetCalendar { tz, week_start }: BudgetCalendar,
    ) -> Result<Vec<ScopeUsage>, ReportError> {
        let mut scopes: Vec<ScopeUsage> = Vec::new();
        let forecasted = || all.iter().map(|(_, budget)| budget).filter(|budget| is_forecasted(budget));
        for budget in forecasted() {
            if scopes.iter().any(|usage| usage.scope == budget.scope) {
                continue;
            }
            let query = Query { period: Period::ALL, tz, filter: self.filter_of(&budget.scope) };
            let mut same = forecasted().filter(|other| other.scope == budget.scope);
            let has_blocks = same.any(|other| other.period == BudgetPeriod::Block);
            let (gathered, past) = self.reporter.past(&query, has_blocks).await?;
            let of_scope = all.iter().map(|(_, budget)| budget).filter(|other| other.scope == budget.scope);
            let periods = of_scope.filter_map(|budget| days_of(budget.period, today, week_start));
            let since = day_start_ms(periods.map(DateRange::from).min().unwrap_or(today), tz);
            let present = gathered.rows.iter().filter(|row| row.slot.start() >= since);
            let mut sums = LedgerSums::new(tz, Grain::Day);
            sums.add(present);
            let ledger = sums.priced(&gathered.catalog, &self.reporter.prices);
            scopes.push(ScopeUsage { scope: budget.scope.clone(), gathered, ledger, past });
        }
        Ok(scopes)
    }

    /// Returns when a budget is reached at the pace of the forecast.
    fn reached(
        &self,
        budget: &Budget,
        BudgetCalendar { week_start, .. }: BudgetCalendar,
        usage: &ScopeUsage,
    ) -> Option<wire::BudgetReach> {
        let period = match budget.period {
            BudgetPeriod::Block => Forecasted::Block,
            BudgetPeriod::Day => Forecasted::Days(Bucket::Day),
            BudgetPeriod::Week => Forecasted::Days(Bucket::Week(week_start)),
            BudgetPeriod::Month => Forecasted::Days(Bucket::Month),
            BudgetPeriod::Days(_) => return None,
        };
        let amount = match budget.limit {
            BudgetLimit::Usd(_) => forecast::cost,
            BudgetLimit::Tokens(_) => forecast::tokens,
        };
        let (forecast, end_ms) = usage.past.forecast(period, amount)?;
        let left_ms = end_ms.since(self.reporter.clock.now_ms());
        BudgetReach::of(budget, &forecast, left_ms).as_ref().map(Into::into)
    }

    /// Returns how a budget stood at the end of each day, or stands now.
    async fn stood(
        &self,
        budget: &Budget,
        days: DateRange,
        calendar: BudgetCalendar,
    ) -> Result<Vec<wire::BudgetDay>, ReportError> {
        let first = days_of(budget.period, days.from(), calendar.week_start);
        let Some(first) = first else {
            let today = self.reporter.today(calendar.tz);
            let mut stood = Vec::new();
            for day in days.days() {
                let used = if day == today { self.block_use(budget).await? } else { past_block(budget) };
                stood.push(wire::BudgetDay { day, used });
            }
            return Ok(stood);
        };
        let period = Period::Between { from: Some(first.from()), to: Some(days.to()) };
        let query = Query { period, tz: calendar.tz, filter: self.filter_of(&budget.scope) };
        let gathered = self.reporter.sum(&query, CatalogNames::None, Compare::None, |_| true, &[]).await?;
        let ledger = gathered.ledger();
        let of = |day| self.stood_on(budget, day, calendar, &gathered, &ledger);
        Ok(days.days().map(of).collect())
    }

    fn stood_on<Rows>(
        &self,
        budget: &Budget,
        day: NaiveDate,
        BudgetCalendar { tz, week_start }: BudgetCalendar,
        gathered: &Gathered<Rows>,
        ledger: &Ledger,
    ) -> wire::BudgetDay {
        let days = days_of(budget.period, day, week_start).unwrap_or(DateRange::day(day));
        let until = DateRange::new(days.from(), day).unwrap_or(DateRange::day(day));
        let usage = ledger.within(until).total();
        let (used, certainty) = if gathered.is_unknown(day) {
            (None, Certainty::Unknown)
        } else {
            used(budget.limit, &usage.amounts)
        };
        let now_ms = self.reporter.clock.now_ms();
        let of = BudgetUse::of_days(budget, used, (days, day), now_ms, tz);
        wire::BudgetDay { day, used: sent(budget, &of, certainty, Some(days)) }
    }

    /// Returns what is used of a budget of the active block.
    async fn block_use(&self, budget: &Budget) -> Result<wire::BudgetUse, ReportError> {
        let homes = self.filter_of(&budget.scope).homes;
        let Some(block) = self.reporter.current_block(&homes).await? else {
            return Ok(sent(budget, &BudgetUse::none(budget), Certainty::Exact, None));
        };
        let (used, certainty) = match budget.limit {
            BudgetLimit::Usd(_) => (block.usage.cost_usd.map(|cost| cost.0.0), block.usage.certainty),
            BudgetLimit::Tokens(_) => (Some(i128::from(block.usage.total_tokens)), Certainty::Exact),
        };
        let time = block.start_at.epoch_ms()..block.end_at.epoch_ms();
        let of = BudgetUse::of_time(budget, used, &time, self.reporter.clock.now_ms());
        Ok(sent(budget, &of, certainty, None))
    }

    fn filter_of(&self, scope: &BudgetScope) -> UsageFilter {
        let all = UsageFilter::default();
        match scope {
            BudgetScope::Everything => all,
            BudgetScope::Project(name) => UsageFilter { projects: vec![name.clone()], ..all },
            BudgetScope::Model(name) => UsageFilter { models: vec![name.clone()], ..all },
            BudgetScope::Home(home) => UsageFilter { homes: self.reporter.homes.paths(home), ..all },
        }
    }
}

/// Returns whether a budget has a forecast: a rolling window has none, because usage leaves it as well.
fn is_forecasted(budget: &Budget) -> bool {
    !matches!(budget.period, BudgetPeriod::Days(_))
}

/// Returns the used amount in the unit of a budget, and how much of the usage it covers.
fn used(limit: BudgetLimit, amounts: &Amounts) -> (Option<i128>, Certainty) {
    match limit {
        BudgetLimit::Usd(_) => (amounts.cost_usd().map(|cost| cost.0), Certainty::of(amounts)),
        BudgetLimit::Tokens(_) => (Some(i128::from(amounts.tokens.total())), Certainty::Exact),
    }
}

/// Returns what was used of a block of a past day, which is unknown: a day has several.
fn past_block(budget: &Budget) -> wire::BudgetUse {
    sent(budget, &BudgetUse::unknown(budget), Certainty::Unknown, None)
}

#[expect(clippy::cast_precision_loss, reason = "a share is for showing only")]
fn sent(budget: &Budget, of: &BudgetUse, certainty: Certainty, days: Option<DateRange>) -> wire::BudgetUse {
    let amount = |units: i128| BudgetAmount::of(budget.limit, units);
    wire::BudgetUse {
        period_from: days.map(DateRange::from),
        period_to: days.map(DateRange::to),
        used: of.used.map(amount),
        certainty,
        used_ratio: of.used.map(|used| used as f64 / budget.limit.units() as f64),
        level: of.level.into(),
        elapsed: of.elapsed,
        left: of.left.map(amount),
        left_per_day: of.left_per_day.map(amount),
    }
}
