//! `ctm worth`.

use super::super::context::{CommandContext, FactsArgs};
use super::super::filter::FilterArgs;
use super::super::output::{CommandOutput, FormArgs, dim, warning};
use super::super::table::{Row, Table, Value};
use super::super::text::{usd, usd_at_least};
use super::usage::{Doubts, footer, no_usage};
use crate::error::AppError;
use crate::wrapping::width;
use clap::Args;
use ctm_aggregate::Bucket;
use ctm_export::{Cell, Column};
use ctm_report::wire::{Certainty, PaidPlan, Usd, WorthAmounts, WorthMonth, WorthStats};
use ctm_types::printable::one_line;

#[derive(Debug, Args)]
pub(in crate::cli) struct WorthArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    pub(super) facts: FactsArgs,
    #[command(flatten)]
    form: FormArgs,
}

/// What to do without a plan.
const NO_PLAN: &str = "No plan to compare with: add one to the config file as [[plan]], with name, price (per month) \
                       and from (the first day).";

pub(super) async fn answer(ready: &CommandContext, args: &WorthArgs) -> Result<CommandOutput, AppError> {
    let query = args.filter.query(&ready.reporter, ready.tz(), Bucket::Month)?;
    let stats = ready.reporter.worth(&query).await?;
    ready.say_why_empty(&query, stats.months.is_empty()).await?;
    args.form.output(&stats, columns(), &stats.months, || page(&stats, args.form.compact))
}

fn page(stats: &WorthStats, compact: bool) -> String {
    if stats.plans.is_empty() {
        return NO_PLAN.to_owned();
    }
    if stats.months.is_empty() {
        return no_usage(&stats.meta);
    }
    let table = table(stats, compact).render(width());
    table + &footer(&stats.meta, &Doubts::of(&stats.usage)) + &notes(stats)
}

fn table(stats: &WorthStats, compact: bool) -> Table {
    let row = |month: &WorthMonth| {
        let day = month.break_even.map(|day| day.to_string());
        cells(
            &month.month.format("%Y-%m").to_string(),
            &month.amounts,
            Value::name(day.as_deref().unwrap_or("-")),
        )
    };
    let head = ["Month", "List price", "Plans", "Difference", "Factor", "Break-even"];
    Table {
        head: head.map(str::to_owned).to_vec(),
        rows: stats.months.iter().map(|month| Row::new(row(month))).collect(),
        total: Some(cells("Total", &stats.total, Value::Nothing)),
        compact,
    }
}

fn cells(name: &str, of: &WorthAmounts, break_even: Value) -> Vec<Value> {
    let is_at_least = of.compared_certainty == Certainty::AtLeast;
    let difference = of.difference_usd.map(|Usd(amount)| amount);
    vec![
        Value::name(name),
        Value::cost(of.compared_usd, of.compared_certainty),
        Value::Usd(of.plan_usd.map(|Usd(amount)| amount)),
        if is_at_least { Value::DifferenceAtLeast(difference) } else { Value::Difference(difference) },
        Value::name(&factor(of.factor, is_at_least)),
        break_even,
    ]
}

fn factor(factor: Option<f64>, is_at_least: bool) -> String {
    let sign = if is_at_least { "≥ " } else { "" };
    factor.map_or_else(|| "-".to_owned(), |factor| format!("{sign}{factor:.2}"))
}

/// Returns notes on what is compared.
fn notes(stats: &WorthStats) -> String {
    let mut lines: Vec<String> = stats.plans.iter().map(plan).collect();
    for plan in stats.plans.iter().filter(|plan| !plan.is_home_known) {
        let (home, name) = (plan.home.as_deref().unwrap_or_default(), one_line(&plan.name));
        let home = one_line(home);
        lines.push(warning(&format!(
            "No Claude home `{home}` is known; correct `home` of the plan `{name}`."
        )));
    }
    if !stats.missing_rates.is_empty() {
        let currencies = stats.missing_rates.join(", ");
        let text = format!(
            "No exchange rate on some days: {currencies}; add one to the config file as [[exchange]]."
        );
        lines.push(warning(&text));
    }
    lines.extend(not_compared(&stats.total));
    lines.push(dim(
        "Factor: list price / plans. Break-even: when the list price reaches the price of the month.",
    ));
    format!("\n{}", lines.join("\n"))
}

fn plan(of: &PaidPlan) -> String {
    let until = of.until.map_or_else(String::new, |until| format!(" to {until}"));
    let home = of.home.as_deref().map_or_else(String::new, |home| format!(", of {}", one_line(home)));
    let name = one_line(&of.name);
    dim(&format!("Plan {name}: {} {} per month from {}{until}{home}.", of.price, of.currency, of.from))
}

/// Returns how much usage has no plan.
fn not_compared(total: &WorthAmounts) -> Option<String> {
    let (Usd(all), Usd(compared)) = total.cost_usd.zip(total.compared_usd)?;
    let rest = all - compared;
    let is_at_least = total.certainty == Certainty::AtLeast;
    let shown = if is_at_least { usd_at_least(rest) } else { usd(Some(rest)) };
    (all > compared).then(|| format!("Not compared, because no plan ran: {shown}."))
}

fn columns() -> Vec<Column<WorthMonth>> {
    vec![
        Column::new("month", |of: &WorthMonth| Cell::Date(of.month)),
        Column::new("cost_usd", |of| amount(of.amounts.cost_usd)),
        Column::new("certainty", |of| Cell::Text(of.amounts.certainty.name())),
        Column::new("compared_usd", |of| amount(of.amounts.compared_usd)),
        Column::new("compared_certainty", |of| Cell::Text(of.amounts.compared_certainty.name())),
        Column::new("plan_usd", |of| amount(of.amounts.plan_usd)),
        Column::new("difference_usd", |of| amount(of.amounts.difference_usd)),
        Column::new("factor", |of| of.amounts.factor.map(Cell::Rate).into()),
        Column::new("month_price_usd", |of| amount(of.month_price_usd)),
        Column::new("break_even", |of| of.break_even.map(Cell::Date).into()),
    ]
}

fn amount<'a>(of: Option<Usd>) -> Cell<'a> {
    of.map(|Usd(amount)| Cell::Usd(amount)).into()
}
