//! The causes of `ctm why` over a generated year and real homes, compared with a computation of their own; with the
//! tables of them in `docs/insight.md`.

mod truth;

use crate::document::check_table;
use crate::figures::exact;
use crate::golden::corpora;
use crate::place::{NOON, Place};
use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime};
use ctm_corpus::Listed;
use ctm_pricing::PriceBook;
use ctm_types::{Billing, PicoUsd, TokenCounts};
use num_bigint::BigInt;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use truth::{BilledPart, CAUSES, Causes, UNITS, Usage};

const HEAD: &str = "responses | cost | difference | volume | mix | context | cache | output | web searches | price |\n\
                    |---|---|---|---|---|---|---|---|---|---|---|\n";

/// What a month is compared with.
#[derive(Debug, Clone, Copy)]
enum Versus {
    MonthBefore,
    YearBefore,
}

impl Versus {
    fn of(self, month: NaiveDate) -> NaiveDate {
        match self {
            Self::MonthBefore => month - Months::new(1),
            Self::YearBefore => month - Months::new(12),
        }
    }

    fn option(self) -> &'static str {
        match self {
            Self::MonthBefore => "previous",
            Self::YearBefore => "year",
        }
    }

    fn head(self) -> String {
        let before = match self {
            Self::MonthBefore => "the one before",
            Self::YearBefore => "the same a year before",
        };
        format!("| month, and {before} | {HEAD}")
    }
}

/// A month with another one, as `ctm why` splits it.
#[derive(Debug, Deserialize)]
struct Why {
    current: Period,
    previous: Period,
    #[serde(deserialize_with = "exact")]
    difference_usd: Option<PicoUsd>,
    causes: Vec<Cause>,
}

#[derive(Debug, Deserialize)]
struct Period {
    responses: u64,
    #[serde(deserialize_with = "exact")]
    cost_usd: Option<PicoUsd>,
}

#[derive(Debug, Deserialize)]
struct Cause {
    cause: String,
    #[serde(deserialize_with = "exact")]
    difference_usd: Option<PicoUsd>,
}

impl Why {
    fn ask(place: &Place, month: NaiveDate, versus: Versus) -> Self {
        let last = (month + Months::new(1)).pred_opt().unwrap();
        let json = place.print(&[
            "why",
            "--json",
            "--no-update",
            "--vs",
            versus.option(),
            "--from",
            &month.to_string(),
            "--to",
            &last.to_string(),
        ]);
        serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error} in {json}"))
    }

    /// Checks the periods and each cause.
    fn check(&self, before: &Usage, now: &Usage) {
        for (period, usage) in [(&self.previous, before), (&self.current, now)] {
            assert_eq!(period.responses, usage.responses());
            assert_eq!(period.cost_usd.unwrap_or_default(), PicoUsd(usage.cost()));
        }
        let parts = self.parts();
        assert_eq!(self.difference_usd, Some(PicoUsd(now.cost() - before.cost())));
        assert_eq!(Some(parts.iter().copied().sum()), self.difference_usd);
        let truth = Causes::between(before, now);
        for (at, part) in parts.into_iter().enumerate() {
            // In each product, parts are whole pico-dollars.
            let distance = BigInt::from(part.0 * UNITS) - &truth.units[at];
            assert!(
                distance.magnitude() <= BigInt::from(truth.products * UNITS).magnitude(),
                "{}: {part:?} is not {} thousandths of a pico-dollar",
                CAUSES[at],
                truth.units[at]
            );
        }
    }

    fn parts(&self) -> [PicoUsd; CAUSES.len()] {
        let names: Vec<_> = self.causes.iter().map(|cause| cause.cause.as_str()).collect();
        assert_eq!(names, CAUSES);
        std::array::from_fn(|at| self.causes[at].difference_usd.unwrap())
    }

    fn row(&self, month: NaiveDate) -> String {
        let Self { current, previous, .. } = self;
        let cost = current.cost_usd.unwrap_or_default();
        let parts = self.difference_usd.into_iter().chain(self.parts()).map(signed);
        format!(
            "| {} | {}, {} | {:.2} | {} |\n",
            month.format("%B %Y"),
            current.responses,
            previous.responses,
            cost.to_f64(),
            parts.collect::<Vec<_>>().join(" | ")
        )
    }
}

/// Returns an amount in cents of a dollar, with a sign unless it is nothing.
fn signed(amount: PicoUsd) -> String {
    if amount == PicoUsd::ZERO { "0".to_owned() } else { format!("{:+.2}", amount.to_f64()) }
}

/// Returns the first day of the month of a time, in UTC.
fn month_of(at_ms: i64) -> NaiveDate {
    DateTime::from_timestamp_millis(at_ms).unwrap().date_naive().with_day(1).unwrap()
}

/// Checks all months of parts that are compared with one with usage, and returns their table.
fn check_months(place: &Place, parts: &[BilledPart], versus: Versus) -> String {
    let book = PriceBook::builtin();
    let mut months: BTreeMap<NaiveDate, Vec<&BilledPart>> = BTreeMap::new();
    for part in parts {
        months.entry(month_of(part.at_ms)).or_default().push(part);
    }
    let usage: BTreeMap<_, _> =
        months.into_iter().map(|(month, parts)| (month, Usage::of(parts.into_iter(), &book))).collect();
    let mut table = versus.head();
    for (month, now) in &usage {
        if let Some(before) = usage.get(&versus.of(*month)) {
            let why = Why::ask(place, *month, versus);
            why.check(before, now);
            table += &why.row(*month);
        }
    }
    table
}

/// Returns the billed parts of generated responses.
fn generated_parts(list: &[Listed]) -> Vec<BilledPart> {
    let parts_of = |response: &Listed| {
        let (at_ms, searches) = (response.at_ms, response.tally.web_searches);
        let part = move |(at, (billing, tokens)): (usize, &(Billing, TokenCounts))| BilledPart {
            billing: billing.clone(),
            at_ms,
            responses: u64::from(at == 0),
            tokens: *tokens,
            web_searches: if at == 0 { searches } else { 0 },
        };
        response.parts.iter().enumerate().map(part).collect::<Vec<_>>()
    };
    list.iter().flat_map(parts_of).collect()
}

/// Returns the billed parts of a home that has no answer beside it, as the view `usage` lists them.
fn stored_parts(place: &Place) -> Vec<BilledPart> {
    let statement = "SELECT model, speed, service_tier, inference_geo, at_ms, responses, web_searches, input_tokens, \
                     output_tokens, cache_read_tokens, cache_write_5m_tokens, cache_write_1h_tokens FROM usage";
    let answer: Value = serde_json::from_str(&place.print(&["sql", "--json", statement])).unwrap();
    assert_eq!(answer["cut"], Value::Null);
    let part = |row: &Value| {
        let text = |at: usize| row[at].as_str().map(str::to_owned);
        let count = |at: usize| row[at].as_u64().unwrap();
        BilledPart {
            billing: Billing {
                model: text(0).unwrap_or_default(),
                speed: text(1),
                service_tier: text(2),
                inference_geo: text(3),
                refusal: None,
            },
            at_ms: row[4].as_i64().unwrap(),
            responses: count(5),
            web_searches: count(6),
            tokens: TokenCounts {
                input: count(7),
                output: count(8),
                cache_read: count(9),
                cache_write_5m: count(10),
                cache_write_1h: count(11),
            },
        }
    };
    answer["rows"].as_array().unwrap().iter().map(part).collect()
}

/// Returns the billed parts of whole months: the last one is not over.
fn whole_months(list: &[Listed]) -> Vec<BilledPart> {
    let mut parts = generated_parts(list);
    parts.retain(|part| part.at_ms < month_of(NOON).and_time(NaiveTime::MIN).and_utc().timestamp_millis());
    parts
}

#[test]
fn causes_of_a_generated_year_are_those_of_all_orders() {
    let (place, list) = Place::of_days(2, 365, 16_000_000);
    place.print(&["daily"]);
    let parts = whole_months(&list);
    let has = |is: fn(&BilledPart) -> bool| parts.iter().any(is);
    assert!(has(|part| part.billing.speed.as_deref() == Some("fast")));
    assert!(has(|part| part.billing.service_tier.as_deref() == Some("batch")));
    assert!(has(|part| part.billing.inference_geo.is_some()));
    assert!(has(|part| part.responses == 0) && has(|part| part.web_searches > 0));
    assert!(has(|part| part.billing.model == "glm-5"), "nothing without a price");
    check_table("causes", "generated year", &check_months(&place, &parts, Versus::MonthBefore));
}

#[test]
fn causes_since_a_year_before_are_those_of_all_orders() {
    let (place, list) = Place::of_days(2, 730, 16_000_000);
    place.print(&["daily"]);
    let table = check_months(&place, &whole_months(&list), Versus::YearBefore);
    check_table("causes", "two generated years", &table);
}

#[test]
fn causes_of_real_homes_are_those_of_all_orders() {
    let Some(corpora) = corpora() else { return };
    for name in ["irrlicht", "claude-code-log"] {
        let place = Place::reading(&corpora.join(name));
        let parts = stored_parts(&place);
        check_table("causes", name, &check_months(&place, &parts, Versus::MonthBefore));
    }
}
