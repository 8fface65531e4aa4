//! Charges after FOCUS, the `FinOps` Open Cost and Usage Specification, version 1.2.
//!
//! # Design
//!
//! ctm knows list prices and no bill, and FOCUS permits no empty cost. So `BilledCost` is 0: nothing of this file was invoiced, and the
//! file can be read beside the one of an invoice without doubling it. `ListCost`, `ContractedCost` and `EffectiveCost` are the cost at
//! list prices, as every other report has it. Without a price they are 0, `ListUnitPrice` is null, and `x_Certainty` is `unknown`.
//!
//! Days are those of UTC, whatever the zone of the query: FOCUS has no other ones.

use super::columns::CERTAINTY;
use crate::error::ReportError;
use crate::query::Query;
use crate::reporter::Reporter;
use crate::wire::Certainty;
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use ctm_aggregate::DateRange;
use ctm_aggregate::charges::{Charge, ChargeKind};
use ctm_export::{Cell, Column, Kind};
use ctm_facts::CatalogNames;
use ctm_types::PicoUsd;

/// Of a home without a name.
const NO_ACCOUNT: &str = "unknown";

/// A charge as a row.
#[derive(Debug)]
pub(super) struct FocusRow {
    charge: Charge,
    account: String,
    /// Start and end of the day.
    charge_period: [String; 2],
    /// Start and end of the month.
    billing_period: [String; 2],
    description: String,
    sku: String,
    sku_price: Option<String>,
    tags: [(&'static str, String); 2],
    price_details: [(&'static str, String); 1],
}

impl Reporter {
    /// Returns the charges of the UTC days of a period.
    pub(super) async fn focus_rows(&self, query: &Query) -> Result<(DateRange, Vec<FocusRow>), ReportError> {
        let query = Query { tz: Tz::UTC, ..query.clone() };
        let gathered = self.gather(&query, CatalogNames::Projects, |_| Vec::new()).await?;
        let charges = self.ledger(&query, &gathered).charges();
        Ok((gathered.range, charges.into_iter().map(|charge| self.focus_row(charge)).collect()))
    }

    fn focus_row(&self, charge: Charge) -> FocusRow {
        let home = self.homes.label(&charge.home);
        let next_month = charge.day.checked_add_months(chrono::Months::new(1)).unwrap_or(charge.day);
        let sku = format!("{}:{}", charge.model, sku(charge.kind));
        let price = unit_price(&charge);
        FocusRow {
            account: if home.is_empty() { NO_ACCOUNT.to_owned() } else { home.clone() },
            charge_period: [charge.day, charge.day.succ_opt().unwrap_or(charge.day)].map(midnight),
            billing_period: [charge.day, next_month].map(|day| midnight(day.with_day(1).unwrap_or(day))),
            description: format!("{}, {}", charge.model, meter(charge.kind)),
            sku_price: price.map(|price| format!("{sku}:{price}")),
            sku,
            tags: [("ctm:home", home), ("ctm:project", charge.project.to_string())],
            price_details: [("x_PriceTable", self.prices.version().to_owned())],
            charge,
        }
    }
}

/// Returns the beginning of a day as FOCUS writes it.
fn midnight(day: NaiveDate) -> String {
    format!("{day}T00:00:00Z")
}

/// Returns the name of a kind within the id of a SKU.
fn sku(kind: ChargeKind) -> &'static str {
    match kind {
        ChargeKind::Input => "input",
        ChargeKind::Output => "output",
        ChargeKind::CacheRead => "cache-read",
        ChargeKind::CacheWrite5m => "cache-write-5m",
        ChargeKind::CacheWrite1h => "cache-write-1h",
        ChargeKind::WebSearch => "web-search",
    }
}

/// Returns what a kind measures.
fn meter(kind: ChargeKind) -> &'static str {
    match kind {
        ChargeKind::Input => "Input Tokens",
        ChargeKind::Output => "Output Tokens",
        ChargeKind::CacheRead => "Cache Read Tokens",
        ChargeKind::CacheWrite5m => "5-Minute Cache Write Tokens",
        ChargeKind::CacheWrite1h => "1-Hour Cache Write Tokens",
        ChargeKind::WebSearch => "Web Searches",
    }
}

/// Returns the unit of the quantity, that of the price, and how many of the first the second has.
fn units(kind: ChargeKind) -> (&'static str, &'static str, u32) {
    match kind {
        ChargeKind::WebSearch => ("Requests", "1000 Requests", 1_000),
        _ => ("Tokens", "1000000 Tokens", 1_000_000),
    }
}

/// Returns the price of a unit.
fn unit_price(charge: &Charge) -> Option<PicoUsd> {
    let (_, _, size) = units(charge.kind);
    Some(charge.rate?.of(size.into()))
}

fn certainty(charge: &Charge) -> Certainty {
    match charge.rate {
        None => Certainty::Unknown,
        Some(_) if charge.is_lower_bound => Certainty::AtLeast,
        Some(_) => Certainty::Exact,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 exceed every usage")]
fn pricing_quantity(charge: &Charge) -> f64 {
    let (_, _, size) = units(charge.kind);
    charge.count as f64 / f64::from(size)
}

/// Returns the cost at list prices; 0 without a price, as FOCUS has no unknown cost.
fn cost(row: &FocusRow) -> Cell<'_> {
    Cell::Usd(row.charge.cost().unwrap_or(PicoUsd::ZERO))
}

fn price(row: &FocusRow) -> Cell<'_> {
    unit_price(&row.charge).map(Cell::Usd).into()
}

/// Columns of charges, as FOCUS names and orders them.
pub(super) fn focus_columns() -> Vec<Column<FocusRow>> {
    const COST: Kind = Kind::Usd;
    vec![
        Column::described("BilledCost", COST.always("Always 0: ctm knows no invoice."), |_| {
            Cell::Usd(PicoUsd::ZERO)
        }),
        Column::described(
            "BillingAccountId",
            Kind::Text.always("Label of the home: the account is not logged."),
            |row| Cell::Text(&row.account),
        ),
        Column::described("BillingAccountName", Kind::Text.or_null("Always null: it is not logged."), |_| {
            Cell::Unknown
        }),
        Column::described("BillingCurrency", Kind::Word(&["USD"]).always("Currency of all amounts."), |_| {
            Cell::Text("USD")
        }),
        Column::described(
            "BillingPeriodEnd",
            Kind::Time.always("End of the calendar month, exclusive."),
            |row| Cell::Text(&row.billing_period[1]),
        ),
        Column::described("BillingPeriodStart", Kind::Time.always("Start of the calendar month."), |row| {
            Cell::Text(&row.billing_period[0])
        }),
        Column::described("ChargeCategory", Kind::Word(&["Usage"]).always("Category of the charge."), |_| {
            Cell::Text("Usage")
        }),
        Column::described("ChargeClass", Kind::Text.or_null("Always null: no correction."), |_| {
            Cell::Unknown
        }),
        Column::described("ChargeDescription", Kind::Text.always("Model and kind of token."), |row| {
            Cell::Text(&row.description)
        }),
        Column::described(
            "ChargeFrequency",
            Kind::Word(&["Usage-Based"]).always("Frequency of the charge."),
            |_| Cell::Text("Usage-Based"),
        ),
        Column::described("ChargePeriodEnd", Kind::Time.always("End of the day, exclusive."), |row| {
            Cell::Text(&row.charge_period[1])
        }),
        Column::described("ChargePeriodStart", Kind::Time.always("Start of the day."), |row| {
            Cell::Text(&row.charge_period[0])
        }),
        Column::described(
            "ConsumedQuantity",
            Kind::Count("ConsumedUnit").always("Tokens or web searches."),
            |row| Cell::Count(row.charge.count),
        ),
        Column::described(
            "ConsumedUnit",
            Kind::Word(&["Tokens", "Requests"]).always("Unit of `ConsumedQuantity`."),
            |row| Cell::Text(units(row.charge.kind).0),
        ),
        Column::described(
            "ContractedCost",
            COST.always("Cost at list prices, as no contract is known; 0 without a price."),
            cost,
        ),
        Column::described(
            "ContractedUnitPrice",
            COST.or_null("Price of a `PricingUnit`; null without a price."),
            price,
        ),
        Column::described("EffectiveCost", COST.always("Cost at list prices; 0 without a price."), cost),
        Column::described("InvoiceId", Kind::Text.or_null("Always null: ctm knows no invoice."), |_| {
            Cell::Unknown
        }),
        Column::described("InvoiceIssuerName", Kind::Text.always("Issuer of invoices."), anthropic),
        Column::described("ListCost", COST.always("Cost at list prices; 0 without a price."), cost),
        Column::described(
            "ListUnitPrice",
            COST.or_null("Price of a `PricingUnit`; null without a price."),
            price,
        ),
        Column::described(
            "PricingCategory",
            Kind::Word(&["Standard", "Other"]).always("`Standard`; `Other` without a price."),
            |row| Cell::Text(if row.charge.rate.is_some() { "Standard" } else { "Other" }),
        ),
        Column::described(
            "PricingQuantity",
            Kind::Number("PricingUnit").always("Quantity in the unit of the price."),
            |row| Cell::Rate(pricing_quantity(&row.charge)),
        ),
        Column::described(
            "PricingUnit",
            Kind::Word(&["1000000 Tokens", "1000 Requests"]).always("Unit of the price."),
            |row| Cell::Text(units(row.charge.kind).1),
        ),
        Column::described("ProviderName", Kind::Text.always("Provider of the service."), anthropic),
        Column::described("PublisherName", Kind::Text.always("Publisher of the service."), anthropic),
        Column::described(
            "ServiceCategory",
            Kind::Word(&["AI and Machine Learning"]).always("Category of the service."),
            |_| Cell::Text("AI and Machine Learning"),
        ),
        Column::described("ServiceName", Kind::Word(&["Claude Code"]).always("The service."), |_| {
            Cell::Text("Claude Code")
        }),
        Column::described(
            "ServiceSubcategory",
            Kind::Word(&["Generative AI"]).always("Subcategory of the service."),
            |_| Cell::Text("Generative AI"),
        ),
        Column::described("SkuId", Kind::Text.always("Model, as logged, and kind of token."), |row| {
            Cell::Text(&row.sku)
        }),
        Column::described("SkuMeter", Kind::Text.always("What is measured."), |row| {
            Cell::Text(meter(row.charge.kind))
        }),
        Column::described(
            "SkuPriceDetails",
            Kind::Tags.or_null("`x_PriceTable`, the version of the price table; null without a price."),
            |row| row.charge.rate.map(|_| Cell::Tags(&row.price_details)).into(),
        ),
        Column::described(
            "SkuPriceId",
            Kind::Text.or_null("The SKU at this price; null without a price."),
            |row| row.sku_price.as_deref().map(Cell::Text).into(),
        ),
        Column::described(
            "Tags",
            Kind::Tags.always("`ctm:home` and `ctm:project`; as JSON text in CSV."),
            |row| Cell::Tags(&row.tags),
        ),
        Column::described("x_Certainty", CERTAINTY.always("How much of the usage the costs cover."), |row| {
            Cell::Text(certainty(&row.charge).name())
        }),
        Column::described("x_Model", Kind::Text.always("Model, as logged."), |row| {
            Cell::Text(&row.charge.model)
        }),
    ]
}

fn anthropic(_: &FocusRow) -> Cell<'_> {
    Cell::Text("Anthropic")
}
