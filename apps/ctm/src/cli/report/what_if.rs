//! `ctm what-if`.

use super::super::context::{CommandContext, UpdateArgs};
use super::super::filter::{FilterArgs, day, named};
use super::super::output::{CommandOutput, FormArgs, bold, dim, warning};
use super::super::table::{Row, Table, Value};
use super::super::text::{count, counted};
use super::usage::{Doubts, footer, no_usage};
use crate::error::AppError;
use crate::wrapping::width;
use chrono::NaiveDate;
use clap::{ArgGroup, Args};
use ctm_aggregate::Bucket;
use ctm_aggregate::what_if::{RepricedPart, Scenario};
use ctm_export::{Cell, Column};
use ctm_report::wire::{Usd, WhatIfAmounts, WhatIfKind, WhatIfModel, WhatIfScenario, WhatIfStats};
use ctm_report::{CACHE_SCENARIOS, CacheScenario, PARTS, WhatIfQuery};
use ctm_types::printable::one_line;

#[derive(Debug, Args)]
#[command(override_usage = "ctm what-if [OPTIONS] <ASSUMPTION>...")]
#[command(group = ArgGroup::new("assumption").required(true).multiple(true).args(["as_model", "prices_on", "cache"]))]
pub(in crate::cli) struct WhatIfArgs {
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    pub(super) update: UpdateArgs,
    #[command(flatten)]
    form: FormArgs,
    /// Price the usage as that of this model
    #[arg(long, value_name = "MODEL")]
    as_model: Option<String>,
    /// Price the usage by the price table of this UTC day, which may be to come
    #[arg(long, value_name = "DAY", value_parser = day)]
    prices_on: Option<NaiveDate>,
    /// Price the usage without a cache, with the 5-minute cache only, or with the 1-hour cache only
    #[arg(long, value_parser = named(&CACHE_SCENARIOS))]
    cache: Option<CacheScenario>,
    /// Price only main conversations or only subagents anew
    #[arg(long, default_value = "all", value_parser = named(&PARTS))]
    part: RepricedPart,
}

pub(super) async fn answer(ready: &CommandContext, args: &WhatIfArgs) -> Result<CommandOutput, AppError> {
    let query = args.filter.query(&ready.reporter, ready.tz(), Bucket::Day)?;
    let model = match &args.as_model {
        Some(name) => Some(ready.reporter.priced_model(name).ok_or_else(|| no_price(name))?),
        None => None,
    };
    let scenario = Scenario { part: args.part, prices_on: args.prices_on, model };
    let wanted = WhatIfQuery { scenario, cache: args.cache.unwrap_or_default() };
    let stats = ready.archive()?.what_if(&query, &wanted).await?;
    let is_empty = stats.models.is_empty() && stats.left_out_responses == 0;
    ready.say_why_empty(&query, is_empty).await?;
    args.form.output(&stats, columns(), &stats.models, || {
        if is_empty { no_usage(&stats.meta) } else { page(&stats, args.form.compact) }
    })
}

fn no_price(name: &str) -> AppError {
    AppError::Query(format!("the model `{}` has no price; see `ctm prices list`", one_line(name)))
}

fn page(stats: &WhatIfStats, compact: bool) -> String {
    let mut parts = vec![
        bold(&heading(&stats.scenario)),
        models(stats, compact).render(width()),
        kinds(stats, compact).render(width()),
    ];
    let mut notes = footer(&stats.meta, &Doubts::default());
    if stats.left_out_tokens > 0 {
        let tokens = count(stats.left_out_tokens);
        let responses = counted(stats.left_out_responses, "response", "responses");
        let text = format!("Not compared, because there is no price: {tokens} tokens of {responses}.");
        notes.push_str(&format!("\n{}", warning(&text)));
    }
    let last = parts.pop().unwrap_or_default();
    parts.push(last + &notes);
    let formula = "Arithmetic with the same tokens, no forecast. Difference: tokens x price of the assumption - tokens \
                   x price as billed, for each kind.";
    parts.join("\n\n") + "\n" + &dim(formula)
}

fn heading(scenario: &WhatIfScenario) -> String {
    let part = match scenario.part {
        "main" => "Main conversations",
        "subagents" => "Subagents",
        _ => "All usage",
    };
    let mut words = vec![part.to_owned()];
    words.extend(scenario.as_model.as_ref().map(|model| format!("as {}", one_line(model))));
    words.extend(scenario.prices_on.map(|day| format!("at the prices of {day}")));
    match scenario.cache {
        "none" => words.push("without a cache".to_owned()),
        "5m" => words.push("with the 5-minute cache only".to_owned()),
        "1h" => words.push("with the 1-hour cache only".to_owned()),
        _ => {}
    }
    words.join(" ")
}

fn cells(of: &WhatIfAmounts) -> [Value; 4] {
    let [cost, what_if] = [of.cost_usd, of.what_if_usd].map(|cost| Value::cost(Some(cost), of.certainty));
    [Value::Count(of.total_tokens), cost, what_if, Value::Difference(Some(of.difference_usd.0))]
}

fn models(stats: &WhatIfStats, compact: bool) -> Table {
    let row = |of: &WhatIfModel| {
        let mut row = vec![Value::name(&of.model)];
        row.extend(cells(&of.amounts));
        Row::new(row)
    };
    let mut rows: Vec<Row> = stats.models.iter().map(row).collect();
    let mut part = vec![Value::name("Part")];
    part.extend(cells(&stats.part));
    rows.push(Row::new(part));
    let total = vec![
        Value::name("Total of the report"),
        Value::Nothing,
        Value::cost(stats.cost_usd, stats.certainty),
        Value::cost(stats.what_if_usd, stats.certainty),
        Value::Difference(Some(stats.part.difference_usd.0)),
    ];
    Table {
        head: ["Model", "Tokens", "As billed", "What if", "Difference"].map(str::to_owned).to_vec(),
        rows,
        total: Some(total),
        compact,
    }
}

fn kinds(stats: &WhatIfStats, compact: bool) -> Table {
    let row = |of: &WhatIfKind| {
        let [cost, what_if] = [of.cost_usd, of.what_if_usd].map(|Usd(amount)| Value::Usd(Some(amount)));
        let difference = Value::Difference(Some(of.difference_usd.0));
        let name = Value::name(&of.kind.replace('_', " "));
        Row::new(vec![
            name,
            Value::Count(of.count),
            cost,
            Value::Count(of.what_if_count),
            what_if,
            difference,
        ])
    };
    Table {
        head: ["Kind", "Tokens", "As billed", "Tokens if", "What if", "Difference"]
            .map(str::to_owned)
            .to_vec(),
        rows: stats.kinds.iter().map(row).collect(),
        total: None,
        compact,
    }
}

fn columns() -> Vec<Column<WhatIfModel>> {
    vec![
        Column::new("model", |of: &WhatIfModel| Cell::Text(&of.model)),
        Column::new("as_model", |of| Cell::Text(&of.as_model)),
        Column::new("responses", |of| Cell::Count(of.amounts.responses)),
        Column::new("total_tokens", |of| Cell::Count(of.amounts.total_tokens)),
        Column::new("cost_usd", |of| Cell::Usd(of.amounts.cost_usd.0)),
        Column::new("what_if_usd", |of| Cell::Usd(of.amounts.what_if_usd.0)),
        Column::new("difference_usd", |of| Cell::Usd(of.amounts.difference_usd.0)),
    ]
}
