//! What usage cost at list prices beside what plans cost.

use super::error::ReportError;
use super::query::Query;
use super::reporter::{Gathered, Reporter};
use super::wire::{Certainty, PaidPlan, Usd, WorthAmounts, WorthMonth, WorthStats};
use ctm_aggregate::Bucket;
use ctm_aggregate::worth::{DailyWorth, HomePlan, MonthWorth, Worth};
use ctm_facts::CatalogNames;
use ctm_pricing::Plan;
use ctm_types::PicoUsd;
use std::collections::BTreeSet;

impl Reporter {
    /// Returns usage at list prices beside the price of the plans, by calendar month.
    ///
    /// A query of some homes has the plans for these homes only.
    ///
    /// # Errors
    ///
    /// Fails when the database cannot be read.
    pub async fn worth(&self, query: &Query) -> Result<WorthStats, ReportError> {
        let gathered = self.gather(query, CatalogNames::None, |_| Vec::new()).await?;
        let ledger = self.ledger(query, &gathered);
        let plans = self.plans_of(query);
        let daily = DailyWorth::new(&ledger, gathered.range, self.today(query.tz), &plans, &self.plans);
        let months: Vec<WorthMonth> = daily.months().iter().map(|of| month(of, &gathered)).collect();
        let is_part = months.iter().any(|month| month.amounts.cost_usd.is_none());
        Ok(WorthStats {
            meta: self.meta(query, &gathered, &ledger),
            plans: plans.iter().map(|of| self.paid_plan(of, &gathered)).collect(),
            missing_rates: self.missing_rates(&plans, &daily),
            months,
            total: lower_bound_if(is_part, amounts(&daily.total())),
            usage: (&ledger.total()).into(),
        })
    }

    /// Returns the plans for the homes of a query.
    fn plans_of(&self, query: &Query) -> Vec<HomePlan<'_>> {
        let wanted = &query.filter.homes;
        let with_homes = |plan: &'_ Plan| plan.home.as_deref().map(|home| self.homes.paths(home));
        let plans = self.plans.plans.iter().map(|plan| HomePlan { plan, homes: with_homes(plan) });
        let is_wanted = |homes: &Option<Vec<String>>| match homes {
            None => wanted.is_empty(),
            Some(homes) => wanted.is_empty() || homes.iter().any(|home| wanted.contains(home)),
        };
        plans.filter(|of| is_wanted(&of.homes)).collect()
    }

    fn paid_plan(&self, HomePlan { plan, homes }: &HomePlan<'_>, gathered: &Gathered) -> PaidPlan {
        let is_known = |path: &String| {
            self.homes.read().iter().any(|home| *home.name == **path)
                || gathered.catalog.homes.values().any(|home| home == path)
        };
        PaidPlan {
            name: plan.name.clone(),
            price: plan.price(),
            currency: plan.currency.clone(),
            from: plan.from,
            until: plan.until,
            home: plan.home.as_deref().map(|home| self.homes.label(home)),
            is_home_known: homes.as_ref().is_none_or(|homes| homes.iter().any(is_known)),
        }
    }

    /// Returns the currencies without a rate on a day with a plan.
    fn missing_rates(&self, plans: &[HomePlan<'_>], daily: &DailyWorth<'_>) -> Vec<String> {
        let days = || daily.days().iter().filter(|(_, worth)| worth.plans.is_none()).map(|(day, _)| *day);
        let lacks =
            |plan: &Plan| days().any(|day| plan.runs_on(day) && self.plans.price_of_day(plan, day).is_none());
        let currencies = plans.iter().filter(|of| lacks(of.plan)).map(|of| of.plan.currency.clone());
        currencies.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

fn month(of: &MonthWorth, gathered: &Gathered) -> WorthMonth {
    let is_unknown = gathered.is_unknown(Bucket::Month.last_day(of.first_day));
    WorthMonth {
        month: of.first_day,
        amounts: if is_unknown { unknown(&of.worth) } else { amounts(&of.worth) },
        month_price_usd: of.price.map(Usd),
        break_even: of.break_even,
    }
}

fn amounts(of: &Worth) -> WorthAmounts {
    let compared = of.compared.cost_usd();
    WorthAmounts {
        cost_usd: of.usage.cost_usd().map(Usd),
        certainty: Certainty::of(&of.usage),
        compared_usd: compared.map(Usd),
        compared_certainty: Certainty::of(&of.compared),
        plan_usd: of.plans.map(Usd),
        difference_usd: compared.zip(of.plans).map(|(compared, plans)| Usd(compared - plans)),
        factor: compared.zip(of.plans).and_then(|(compared, plans)| factor(compared, plans)),
    }
}

fn factor(compared: PicoUsd, plans: PicoUsd) -> Option<f64> {
    (plans > PicoUsd::ZERO).then(|| compared.to_f64() / plans.to_f64())
}

/// Returns the amounts of a month before the first known usage.
fn unknown(of: &Worth) -> WorthAmounts {
    WorthAmounts {
        cost_usd: None,
        certainty: Certainty::Unknown,
        compared_usd: None,
        compared_certainty: Certainty::Unknown,
        difference_usd: None,
        factor: None,
        ..amounts(of)
    }
}

/// Returns a sum whose known costs are lower bounds, if a part of it is unknown.
fn lower_bound_if(is_part: bool, sum: WorthAmounts) -> WorthAmounts {
    let certainty = |of: Certainty| if is_part && of == Certainty::Exact { Certainty::AtLeast } else { of };
    WorthAmounts {
        certainty: certainty(sum.certainty),
        compared_certainty: certainty(sum.compared_certainty),
        ..sum
    }
}
