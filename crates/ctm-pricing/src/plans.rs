//! Plans with a price per calendar month, and exchange rates.
//!
//! # Design
//!
//! Both come from the user: there is no list of them and uses no network. The price of a month is distributed over its
//! days so that the days of a whole month add up to it exactly, however it divides. Each day is converted by the
//! latest rate up to it; without one the price is unknown, never zero.

use chrono::{Datelike, NaiveDate};
use ctm_types::PicoUsd;

/// The currency of prices that need no rate.
pub const USD: &str = "USD";

/// The parts that a unit of a currency has in [`Plan::price_pico`].
pub const PER_UNIT: i128 = 1_000_000_000_000;

/// A plan that is paid by the month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// Price per calendar month, in 1e-12 of the currency; at most 1e7 units.
    pub price_pico: i128,
    /// Code of the currency.
    pub currency: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day; `None` while it runs.
    pub until: Option<NaiveDate>,
    /// Label or path of the Claude home that it is for; `None` for all.
    pub home: Option<String>,
}

impl Plan {
    /// Returns whether it runs on a day.
    #[must_use]
    pub fn runs_on(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    /// Returns the price per calendar month as a decimal number.
    #[must_use]
    pub fn price(&self) -> String {
        // The notation of amounts is independent of the currency.
        PicoUsd(self.price_pico).to_string()
    }
}

/// The value of a currency from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRate {
    /// Code of the currency.
    pub currency: String,
    /// First day.
    pub from: NaiveDate,
    /// US dollars per unit of the currency; at most 1e6.
    pub usd: PicoUsd,
}

/// The plans and exchange rates of the user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanBook {
    /// Plans, in the order of the file.
    pub plans: Vec<Plan>,
    /// Exchange rates, in any order.
    pub rates: Vec<ExchangeRate>,
}

impl PlanBook {
    /// Returns the part of a plan's price for a day on which it runs; `None` without an exchange rate.
    #[must_use]
    pub fn price_of_day(&self, plan: &Plan, day: NaiveDate) -> Option<PicoUsd> {
        let month = self.in_usd(plan, day)?;
        let days = i128::from(day.num_days_in_month());
        let up_to = |day: u32| month * i128::from(day) / days;
        Some(PicoUsd(up_to(day.day()) - up_to(day.day0())))
    }

    /// Returns a plan's price per month in pico-US-dollars, by the rate of a day.
    fn in_usd(&self, plan: &Plan, day: NaiveDate) -> Option<i128> {
        if plan.currency == USD {
            return Some(plan.price_pico);
        }
        let rates = self.rates.iter().filter(|rate| rate.currency == plan.currency && rate.from <= day);
        let rate = rates.max_by_key(|rate| rate.from)?;
        Some(plan.price_pico * rate.usd.0 / PER_UNIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn plan(currency: &str) -> Plan {
        Plan {
            name: "Max".to_owned(),
            price_pico: 100 * PER_UNIT,
            currency: currency.to_owned(),
            from: date("2026-01-15"),
            until: Some(date("2026-03-31")),
            home: None,
        }
    }

    fn sum(book: &PlanBook, plan: &Plan, from: &str, to: &str) -> Option<String> {
        let days = date(from).iter_days().take_while(|day| *day <= date(to));
        let days: Option<Vec<PicoUsd>> = days.map(|day| book.price_of_day(plan, day)).collect();
        days.map(|days| days.into_iter().sum::<PicoUsd>().to_string())
    }

    #[test]
    fn the_days_of_a_month_add_up_to_its_price() {
        let book = PlanBook::default();
        for [from, to] in [["2026-02-01", "2026-02-28"], ["2026-03-01", "2026-03-31"]] {
            assert_eq!(sum(&book, &plan(USD), from, to).as_deref(), Some("100"));
        }
        assert_eq!(sum(&book, &plan(USD), "2026-02-01", "2026-02-07").as_deref(), Some("25"));
    }

    #[test]
    fn a_day_has_the_latest_rate_up_to_it() {
        let rate = |from: &str, usd| ExchangeRate {
            currency: "EUR".to_owned(),
            from: date(from),
            usd: PicoUsd(usd),
        };
        let rates = vec![rate("2026-02-15", 2 * PER_UNIT), rate("2026-02-01", PER_UNIT)];
        let book = PlanBook { plans: Vec::new(), rates };
        assert_eq!(sum(&book, &plan("EUR"), "2026-02-01", "2026-02-28").as_deref(), Some("150"));
        assert_eq!(sum(&book, &plan("EUR"), "2026-01-31", "2026-02-28"), None);
        assert_eq!(sum(&book, &plan("GBP"), "2026-02-01", "2026-02-28"), None);
    }

    #[test]
    fn a_plan_runs_on_its_first_and_last_day() {
        let runs =
            ["2026-01-14", "2026-01-15", "2026-03-31", "2026-04-01"].map(|day| plan(USD).runs_on(date(day)));
        assert_eq!(runs, [false, true, true, false]);
    }
}
