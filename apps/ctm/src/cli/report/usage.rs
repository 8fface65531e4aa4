//! Tables of usage, with notes on their figures.

use super::super::output::{dim, warning};
use super::super::table::{Row, Table, Value};
use super::super::text::{count, counted, usd};
use crate::wrapping::width;
use ctm_report::wire::{Certainty, Discount, Meta, ModelShare, Unlogged, Usage};
use ctm_types::PicoUsd;
use ctm_types::printable::one_line;

pub(super) const ESTIMATE: &str = "Estimate at API list prices, not your subscription bill.";

/// A table with one line of usage per name.
pub(super) struct UsageTable {
    head: &'static str,
    compact: bool,
    /// `true` for the share of subagents in place of the kinds of tokens.
    apart: bool,
    rows: Vec<Row>,
}

impl UsageTable {
    /// Returns a table without lines, with this heading of the names.
    pub(super) fn new(head: &'static str, compact: bool) -> Self {
        Self { head, compact, apart: false, rows: Vec::new() }
    }

    /// Returns the table with the share of subagents in place of the kinds of tokens, if that is wanted.
    pub(super) fn apart(self, apart: bool) -> Self {
        Self { apart, ..self }
    }

    /// Adds a line, and one for each of its models.
    pub(super) fn add(&mut self, name: &str, usage: &Usage, models: Option<&[ModelShare]>) {
        self.rows.push(Row::new(self.cells(name, usage)));
        for share in models.unwrap_or_default() {
            self.rows.push(Row::part(self.cells(&share.model, &share.usage)));
        }
    }

    /// Writes the table, its sum, and the notes.
    pub(super) fn render(self, totals: &Usage, meta: &Meta) -> String {
        if self.rows.is_empty() {
            return no_usage(meta);
        }
        let figures: &[&str] = if self.apart {
            &["Total", "Subagents", "Share", "Cost", "Subagents", "Share"]
        } else if self.compact {
            &["Input", "Output", "Total", "Cost"]
        } else {
            &["Input", "Output", "Cache write", "Cache read", "Total", "Cost"]
        };
        let table = Table {
            head: [self.head].iter().chain(figures).map(|text| (*text).to_owned()).collect(),
            total: Some(self.cells("Total", totals)),
            rows: self.rows,
            compact: self.compact,
        };
        table.render(width()) + &footer(meta, &Doubts::of(totals))
    }

    fn cells(&self, name: &str, usage: &Usage) -> Vec<Value> {
        if self.apart {
            return apart(name, usage);
        }
        let mut cells =
            vec![Value::name(name), Value::Count(usage.input_tokens), Value::Count(usage.output_tokens)];
        if !self.compact {
            cells.push(Value::Count(usage.cache_write_5m_tokens + usage.cache_write_1h_tokens));
            cells.push(Value::Count(usage.cache_read_tokens));
        }
        cells.extend([Value::Count(usage.total_tokens), cost_value(usage)]);
        cells
    }
}

/// Returns the cells of usage with the share of subagents.
fn apart(name: &str, usage: &Usage) -> Vec<Value> {
    let has_any = usage.subagent_responses.is_some_and(|responses| responses > 0);
    let certainty = if has_any { usage.certainty } else { Certainty::Exact };
    vec![
        Value::name(name),
        Value::Count(usage.total_tokens),
        usage.subagent_tokens.map_or(Value::Nothing, Value::Count),
        Value::Rate(usage.subagent_token_share()),
        cost_value(usage),
        Value::cost(usage.subagent_cost_usd, certainty),
        Value::Rate(usage.subagent_cost_share()),
    ]
}

/// Omitted or uncertain parts of a sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Doubts {
    pub(super) unpriced_tokens: u64,
    pub(super) unfinalised_responses: u64,
    pub(super) responses: u64,
}

impl Doubts {
    /// Returns the doubts of a sum.
    pub(super) fn of(usage: &Usage) -> Self {
        Self {
            unpriced_tokens: usage.unpriced_tokens,
            unfinalised_responses: usage.unfinalised_responses,
            responses: usage.responses,
        }
    }

    /// Adds the doubts of another sum.
    pub(super) fn add(&mut self, usage: &Usage) {
        self.unpriced_tokens += usage.unpriced_tokens;
        self.unfinalised_responses += usage.unfinalised_responses;
        self.responses += usage.responses;
    }
}

/// Returns the message of an empty report.
pub(super) fn no_usage(meta: &Meta) -> String {
    format!("No usage from {} to {} ({}).", meta.from, meta.to, meta.tz)
}

/// Returns notes on the figures.
pub(super) fn footer(meta: &Meta, doubts: &Doubts) -> String {
    let zone = format!("Days in {} ({}).", meta.tz, meta.tz_source.words());
    let between = if ESTIMATE.len() + 1 + zone.len() <= width() { " " } else { "\n" };
    let mut lines = vec![dim(&format!("{ESTIMATE}{between}{zone}"))];
    if let Some(Discount { multiplier, cost_usd }) = &meta.discount {
        let cost = usd(cost_usd.map(|cost| cost.0));
        lines.push(format!("After your discount (list price x {multiplier}): {cost}."));
    }
    if doubts.unpriced_tokens > 0 {
        let names = meta.unpriced_models.iter();
        let names = names.map(|model| if model.is_empty() { "(no name)".into() } else { one_line(model) });
        let models: Vec<_> = names.collect();
        let tokens = count(doubts.unpriced_tokens);
        let models = models.join(", ");
        lines.push(warning(&format!(
            "Without a price and not included in the cost: {tokens} tokens of {models}."
        )));
    }
    if doubts.unfinalised_responses > 0 {
        let (part, all) = (count(doubts.unfinalised_responses), count(doubts.responses));
        lines.push(warning(&format!(
            "{part} of {all} responses have no final record; their output may be incomplete."
        )));
    }
    lines.extend(meta.unlogged.as_ref().map(unlogged));
    format!("\n\n{}", lines.join("\n"))
}

/// Returns how much only telemetry reports.
fn unlogged(of: &Unlogged) -> String {
    let requests = counted(of.requests, "request", "requests");
    let (tokens, cost) = (count(of.total_tokens), usd(of.cost_usd.map(|cost| cost.0)));
    let place = if of.included { "Included" } else { "Not included (see --unlogged)" };
    format!("{place}: {requests} that only telemetry reports, {tokens} tokens, {cost}.")
}

/// Returns the cost as a cell.
pub(super) fn cost_value(usage: &Usage) -> Value {
    Value::cost(usage.cost_usd, usage.certainty)
}

/// Returns the cost, if anything could be priced.
pub(super) fn cost(usage: &Usage) -> Option<PicoUsd> {
    usage.cost_usd.map(|cost| cost.0)
}
