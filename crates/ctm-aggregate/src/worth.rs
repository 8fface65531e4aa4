//! What usage cost at list prices beside what plans cost.
//!
//! # Design
//!
//! Everything is a sum of days: months, and the total, are folds of the same days, so that they cannot disagree. Only
//! usage of a home on a day on which a plan for it runs is compared, so that a plan that begins on the 15th is not
//! compared with usage before.

use crate::calendar::{Bucket, DateRange};
use crate::ledger::Ledger;
use crate::usage::Amounts;
use chrono::NaiveDate;
use ctm_pricing::{Plan, PlanBook};
use ctm_types::PicoUsd;
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// A plan with the homes that it is for.
#[derive(Debug, Clone)]
pub struct HomePlan<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// Paths of the homes; `None` for all.
    pub homes: Option<Vec<String>>,
}

impl HomePlan<'_> {
    fn is_for(&self, home: &str, day: NaiveDate) -> bool {
        self.plan.runs_on(day) && self.homes.as_ref().is_none_or(|homes| homes.iter().any(|own| own == home))
    }
}

/// Usage beside the price of plans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worth {
    /// All usage, as in every report.
    pub usage: Amounts,
    /// The usage of homes and days with a plan.
    pub compared: Amounts,
    /// What the plans cost; `None` if an exchange rate is missing.
    pub plans: Option<PicoUsd>,
}

impl Default for Worth {
    fn default() -> Self {
        Self { usage: Amounts::default(), compared: Amounts::default(), plans: Some(PicoUsd::ZERO) }
    }
}

impl AddAssign for Worth {
    fn add_assign(&mut self, other: Self) {
        self.usage += other.usage;
        self.compared += other.compared;
        self.plans = sum(self.plans, other.plans);
    }
}

fn sum(a: Option<PicoUsd>, b: Option<PicoUsd>) -> Option<PicoUsd> {
    Some(a? + b?)
}

/// A calendar month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthWorth {
    /// First day of the month, which can precede the requested range.
    pub first_day: NaiveDate,
    /// Its days within the range.
    pub worth: Worth,
    /// What the plans cost on all days of the month; `None` if an exchange rate is missing.
    pub price: Option<PicoUsd>,
    /// The first day on which the compared usage, from the first day of the month in the range on, reaches `price`.
    pub break_even: Option<NaiveDate>,
}

/// Usage beside the price of plans, by day.
#[derive(Debug, Clone)]
pub struct DailyWorth<'a> {
    days: BTreeMap<NaiveDate, Worth>,
    plans: &'a [HomePlan<'a>],
    book: &'a PlanBook,
}

impl<'a> DailyWorth<'a> {
    /// Compares the usage of a ledger in a range with plans, which cost nothing yet after `today`.
    #[must_use]
    pub fn new(
        ledger: &Ledger,
        range: DateRange,
        today: NaiveDate,
        plans: &'a [HomePlan<'a>],
        book: &'a PlanBook,
    ) -> Self {
        let mut days: BTreeMap<NaiveDate, Worth> = BTreeMap::new();
        for line in ledger.within(range).lines() {
            let day = days.entry(line.key.day).or_default();
            day.usage += line.amounts;
            let home = ledger.home(line);
            if line.key.day <= today && plans.iter().any(|plan| plan.is_for(home, line.key.day)) {
                day.compared += line.amounts;
            }
        }
        for HomePlan { plan, .. } in plans {
            for day in days_of(plan, range.from(), range.to().min(today)) {
                let of = days.entry(day).or_default();
                of.plans = sum(of.plans, book.price_of_day(plan, day));
            }
        }
        Self { days, plans, book }
    }

    /// Returns the days with usage or a plan.
    #[must_use]
    pub fn days(&self) -> &BTreeMap<NaiveDate, Worth> {
        &self.days
    }

    /// Returns the sum of all days.
    #[must_use]
    pub fn total(&self) -> Worth {
        total(self.days.values())
    }

    /// Returns the months with usage or a plan, in order.
    #[must_use]
    pub fn months(&self) -> Vec<MonthWorth> {
        let mut months: BTreeMap<NaiveDate, Vec<(NaiveDate, Worth)>> = BTreeMap::new();
        for (day, worth) in &self.days {
            months.entry(Bucket::Month.first_day(*day)).or_default().push((*day, *worth));
        }
        months.into_iter().map(|(first_day, days)| self.month(first_day, &days)).collect()
    }

    fn month(&self, first_day: NaiveDate, days: &[(NaiveDate, Worth)]) -> MonthWorth {
        let last_day = Bucket::Month.last_day(first_day);
        let prices = self.plans.iter().flat_map(|HomePlan { plan, .. }| {
            days_of(plan, first_day, last_day).map(|day| self.book.price_of_day(plan, day))
        });
        let price = prices.fold(Some(PicoUsd::ZERO), sum);
        MonthWorth {
            first_day,
            worth: total(days.iter().map(|(_, worth)| worth)),
            price,
            break_even: price.filter(|price| *price > PicoUsd::ZERO).and_then(|price| reached(days, price)),
        }
    }
}

/// Returns the days on which a plan runs between two days.
fn days_of(plan: &Plan, first: NaiveDate, last: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    let last = plan.until.map_or(last, |until| until.min(last));
    plan.from.max(first).iter_days().take_while(move |day| *day <= last)
}

fn total<'w>(days: impl Iterator<Item = &'w Worth>) -> Worth {
    days.fold(Worth::default(), |mut total, day| {
        total += *day;
        total
    })
}

/// Returns the first day on which the compared usage so far costs as much as the plans.
fn reached(days: &[(NaiveDate, Worth)], price: PicoUsd) -> Option<NaiveDate> {
    let mut so_far = PicoUsd::ZERO;
    let reached = days.iter().find(|(_, worth)| {
        so_far += worth.compared.cost;
        so_far >= price
    });
    reached.map(|(day, _)| *day)
}
